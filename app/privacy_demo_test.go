package app_test

import (
	"io"
	"testing"

	"loket/app/apptest"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/portals"
)

// TestTheDemonstrationKeepsItsPromises: what should have gone by today is gone,
// nothing waits for a confirmation, nobody has to look at anything, also when
// months go by at once.
func TestTheDemonstrationKeepsItsPromises(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	due, err := a.Privacy.Due(t.Context(), a.Now(), false)
	a.Fatal(err)
	for _, d := range due {
		if d.Taken() || d.Blocker == privacy.Guard {
			t.Errorf("%s %s should have gone on %s (%s)", d.Table, d.Row, d.Day, d.Blocker)
		}
	}
	health, err := a.Privacy.Health(t.Context())
	a.Fatal(err)
	if health.Yellow() {
		t.Errorf("somebody should look: %+v", health)
	}
	due, err = a.Privacy.Due(t.Context(), a.Privacy.RunOf(hours.DateOf(a.Now(), a.Zone).AddDays(150)), false)
	a.Fatal(err)
	if len(due) < 50 {
		t.Errorf("after five months only %d rows are due", len(due))
	}
	for _, d := range due {
		if d.Blocker == privacy.Guard {
			t.Errorf("%s waits for a confirmation: %s", d.Rule, d.Why.EN)
		}
	}
}
