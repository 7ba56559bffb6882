package trainings

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"loket/app/fault"
	"loket/db"
	"loket/db/dbtest"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// room makes a published session with that many seats, in three days.
func room(t testing.TB, d *db.DB, capacity int) Session {
	t.Helper()
	training := Training{ID: rand.Text(), Kind: "webinar", Title: "Uitgiftes zonder e-mail", State: "published", CreatedAt: monday, ChangedAt: monday}
	if err := db.Insert(t.Context(), d, "training", training); err != nil {
		t.Fatal(err)
	}
	s := Session{ID: rand.Text(), TrainingID: training.ID, StartsAt: monday.Add(72 * time.Hour), EndsAt: monday.Add(73 * time.Hour),
		Zone: "Europe/Amsterdam", Lang: "nl", Place: "Westerdam", State: "open", Capacity: capacity, Chairs: capacity, CreatedAt: monday}
	if err := db.Insert(t.Context(), d, "training_session", s); err != nil {
		t.Fatal(err)
	}
	return s
}

func signUpOf(t testing.TB, d *db.DB, session, email string) (r Registration, err error) {
	t.Helper()
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		s, err := lock(t.Context(), tx, session)
		if err != nil {
			return err
		}
		r = Registration{ID: rand.Text(), Name: email, Email: email, Lang: "nl", Zone: "Europe/Amsterdam", UID: rand.Text(), ToldAt: monday, CreatedAt: monday}
		if err := place(t.Context(), tx, &s, &r); err != nil {
			return err
		}
		return db.Insert(t.Context(), tx, "training_registration", r)
	})
	return r, err
}

func cancelOf(t testing.TB, d *db.DB, r Registration, now time.Time) (up []Registration, err error) {
	t.Helper()
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		s, err := lock(t.Context(), tx, r.SessionID)
		if err != nil {
			return err
		}
		fresh, err := registrationByID(t.Context(), tx, r.ID)
		if err != nil {
			return err
		}
		if err := cancel(t.Context(), tx, &s, &fresh, "self", now); err != nil {
			return err
		}
		up, err = promote(t.Context(), tx, &s, now)
		return err
	})
	return up, err
}

func session(t testing.TB, d *db.DB, id string) Session {
	t.Helper()
	s, err := sessionByID(t.Context(), d, id)
	if err != nil {
		t.Fatal(err)
	}
	return s.Session
}

// counted holds the kept counts to the rows.
func counted(t testing.TB, d *db.DB, id string) (in, waiting int) {
	t.Helper()
	s := session(t, d, id)
	for state, kept := range map[string]int{"in": s.Taken, "waiting": s.Waiting} {
		n, err := db.Get[int](t.Context(), d, `SELECT count(*) FROM training_registration WHERE session_id = ? AND state = ?`, id, state)
		if err != nil {
			t.Fatal(err)
		}
		if n != kept {
			t.Errorf("%d are %s, the session says %d", n, state, kept)
		}
	}
	return s.Taken, s.Waiting
}

// TestTwoHundredForTwenty: 200 people want 20 seats at the same moment.
func TestTwoHundredForTwenty(t *testing.T) {
	d := dbtest.Open(t)
	s := room(t, d, 20)
	var wg sync.WaitGroup
	errs := make([]error, 200)
	for i := range errs {
		wg.Go(func() { _, errs[i] = signUpOf(t, d, s.ID, fmt.Sprintf("p%d@example.com", i)) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if in, waiting := counted(t, d, s.ID); in != 20 || waiting != 180 {
		t.Errorf("%d in, %d waiting", in, waiting)
	}
	line, err := db.All[int64](t.Context(), d, `SELECT position FROM training_registration WHERE session_id = ? AND state = 'waiting' ORDER BY position`, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, position := range line {
		if position != int64(i+1) {
			t.Fatalf("number %d in line has position %d", i+1, position)
		}
	}
}

// TestCancellationsAndNewcomersAtOnce: five cancel, three wait, five newcomers
// come, all at the same moment: the three who wait come first, two newcomers are
// in, three are at the tail.
func TestCancellationsAndNewcomersAtOnce(t *testing.T) {
	d := dbtest.Open(t)
	s := room(t, d, 10)
	var seated, waiting []Registration
	for i := range 13 {
		r, err := signUpOf(t, d, s.ID, fmt.Sprintf("old%d@example.com", i))
		if err != nil {
			t.Fatal(err)
		}
		if r.State == "in" {
			seated = append(seated, r)
		} else {
			waiting = append(waiting, r)
		}
	}
	if len(seated) != 10 || len(waiting) != 3 {
		t.Fatalf("%d in, %d waiting", len(seated), len(waiting))
	}
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range 5 {
		wg.Go(func() { _, errs[i] = cancelOf(t, d, seated[i], monday) })
		wg.Go(func() { _, errs[5+i] = signUpOf(t, d, s.ID, fmt.Sprintf("new%d@example.com", i)) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if in, line := counted(t, d, s.ID); in != 10 || line != 3 {
		t.Errorf("%d in, %d waiting", in, line)
	}
	for _, r := range waiting {
		if now, err := registrationByID(t.Context(), d, r.ID); err != nil || now.State != "in" {
			t.Errorf("%s, who waited first, is %s (%v)", r.Email, now.State, err)
		}
	}
	newcomers, err := db.Get[int](t.Context(), d, `SELECT count(*) FROM training_registration WHERE session_id = ? AND state = 'in' AND email LIKE 'new%'`, s.ID)
	if err != nil || newcomers != 2 {
		t.Errorf("%d newcomers are in (%v)", newcomers, err)
	}
}

func TestFreedSeatGoesToTheFirst(t *testing.T) {
	d := dbtest.Open(t)
	s := room(t, d, 1)
	jan, _ := signUpOf(t, d, s.ID, "jan@example.com")
	piet, _ := signUpOf(t, d, s.ID, "piet@example.com")
	if _, err := signUpOf(t, d, s.ID, "klaas@example.com"); err != nil {
		t.Fatal(err)
	}
	up, err := cancelOf(t, d, jan, monday)
	if err != nil || len(up) != 1 || up[0].Email != piet.Email {
		t.Fatalf("%v moved up, %v", up, err)
	}
	if _, err := cancelOf(t, d, jan, monday); !errors.Is(err, fault.Gone) {
		t.Errorf("cancelling twice: %v", err)
	}
	if in, waiting := counted(t, d, s.ID); in != 1 || waiting != 1 {
		t.Errorf("%d in, %d waiting", in, waiting)
	}
	// Within two hours of the start nobody moves up, and a newcomer still joins the tail.
	up, err = cancelOf(t, d, up[0], s.StartsAt.Add(-time.Hour))
	if err != nil || len(up) != 0 {
		t.Errorf("%v moved up an hour before the start, %v", up, err)
	}
	kees, err := signUpOf(t, d, s.ID, "kees@example.com")
	if err != nil || kees.State != "waiting" || *kees.Position != 3 {
		t.Errorf("a newcomer is %s, %v", kees.State, err)
	}
}

func TestTheSchemaRefusesOneTooMany(t *testing.T) {
	d := dbtest.Open(t)
	s := room(t, d, 1)
	if _, err := signUpOf(t, d, s.ID, "jan@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), d, `UPDATE training_session SET taken = taken + 1 WHERE id = ?`, s.ID); err == nil {
		t.Error("one seat, two taken")
	}
	if _, err := signUpOf(t, d, s.ID, "jan@example.com"); !errors.Is(err, fault.Conflict) {
		t.Errorf("the same address twice: %v", err)
	}
}

// TestSwapsDoNotLock: people who change between two sessions in both directions
// at once do not wait for each other.
func TestSwapsDoNotLock(t *testing.T) {
	d := dbtest.Open(t)
	a, b := room(t, d, 100), room(t, d, 100)
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range 40 {
		from, to := a, b
		if i%2 == 0 {
			from, to = b, a
		}
		r, err := signUpOf(t, d, from.ID, fmt.Sprintf("p%d@example.com", i))
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			errs[i] = d.Tx(t.Context(), func(tx *db.Tx) error {
				again := r
				_, _, err := move(t.Context(), tx, &again, to.ID, monday)
				return err
			})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Session{a, b} {
		if in, waiting := counted(t, d, s.ID); in != 20 || waiting != 0 {
			t.Errorf("%d in, %d waiting", in, waiting)
		}
	}
}
