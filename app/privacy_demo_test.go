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

// TestTheWayToEachRow: a colleague who sees what will go can look at it first.
func TestTheWayToEachRow(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	due, err := a.Privacy.Due(t.Context(), a.Privacy.RunOf(hours.DateOf(a.Now(), a.Zone).AddDays(4000)), true)
	a.Fatal(err)
	for _, email := range []string{"joost@vanderwal.example", "marit@vanderwal.example", "sanne@tekenkast.example"} {
		plan, err := a.Privacy.Plan(t.Context(), privacy.Subject{AccountID: a.As(email).Account.ID}, nil)
		a.Fatal(err)
		due = append(due, plan...)
	}
	fatma := a.As("fatma@tekenkast.example")
	seen, way := map[string]bool{}, map[string]bool{}
	for _, d := range due {
		_, rec, ok := a.Privacy.Registry.Record(d.Table)
		if !ok || rec.Link == "" || d.Link == "" || way[d.Table] && seen[d.Link] {
			continue
		}
		if way[d.Table] && len(seen) > 60 {
			continue
		}
		way[d.Table] = true
		if !seen[d.Link] {
			seen[d.Link] = true
			if page := fatma.Get(d.Link); page.Status != 200 {
				t.Errorf("%s %s: %s answers %d", d.Table, d.Row, d.Link, page.Status)
			}
		}
	}
	for _, table := range []string{"account", "ticket", "ticket_message", "ticket_event", "idea", "idea_vote", "idea_comment", "contact", "demo_booking", "training_registration", "request", "invoice", "company"} {
		if !way[table] {
			t.Errorf("nothing of %s has a page", table)
		}
	}
}
