package origin_test

import (
	"context"
	"testing"
	"time"

	"loket/app/origin"
	"loket/db"
	"loket/db/dbtest"
)

func TestTicketHearsOfItsIdea(t *testing.T) {
	d, now := dbtest.Open(t), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	known := origin.NewRegistry()
	var heard []origin.News
	known.Handle("ticket", func(_ context.Context, _ *db.Tx, n origin.News) error {
		heard = append(heard, n)
		return nil
	})
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		l := origin.Link{Source: "ticket:T1", Made: "idea:I1", Path: "/ideas/1-x", Title: "X", State: "new", Shown: true}
		for _, source := range []string{"ticket:T1", "ticket:T1", "fax:F1"} {
			l.Source = source
			if err := origin.Keep(t.Context(), tx, l, now); err != nil {
				return err
			}
		}
		if err := origin.Changed(t.Context(), tx, "idea:I1", "/ideas/1-y", "Y", "completed", true, now.Add(time.Hour)); err != nil {
			return err
		}
		return known.Tell(t.Context(), tx, "idea:I1", "Het staat aan.")
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(heard) != 1 || heard[0].Source != "ticket:T1" || heard[0].State != "completed" || heard[0].Text != "Het staat aan." {
		t.Errorf("the ticket heard %+v", heard)
	}
	made, err := origin.Of(t.Context(), d, "ticket:T1")
	if err != nil || len(made) != 1 || made[0].Title != "Y" || made[0].Path != "/ideas/1-y" {
		t.Errorf("made from the ticket: %+v, %v", made, err)
	}
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return origin.Forget(t.Context(), tx, "ticket:T1") }); err != nil {
		t.Fatal(err)
	}
	if left, err := origin.Of(t.Context(), d, "ticket:T1"); err != nil || len(left) != 0 {
		t.Errorf("left after forgetting: %+v, %v", left, err)
	}
}

func TestNames(t *testing.T) {
	for s, want := range map[string]bool{"ticket:ABC2": true, "": false, "ticket:": false, "ticket:a b": false, "Ticket:A": false, "a:b:c": false} {
		if origin.Valid(s) != want {
			t.Errorf("Valid(%q) is not %v", s, want)
		}
	}
}
