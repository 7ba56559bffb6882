package tickets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
	"loket/db/dbtest"
)

// office is a company with people, and a desk, on a database of its own.
type office struct {
	*testing.T
	db     *db.DB
	desk   desk
	people map[string]account.Account
}

func newOffice(t *testing.T) *office {
	o := &office{T: t, db: dbtest.Open(t), people: map[string]account.Account{}}
	policies, err := policies(t.Context(), o.db)
	if err != nil {
		t.Fatal(err)
	}
	o.desk = desk{at(24, 15, 48), weekdays, policies}
	o.tx(func(tx *db.Tx) error {
		for _, company := range []string{"wal", "zuid"} {
			if err := db.Insert(t.Context(), tx, "company", account.Company{ID: company, Name: company, CreatedAt: o.desk.Now}); err != nil {
				return err
			}
		}
		for _, p := range []struct {
			name, company, role string
			manager             bool
		}{{"joost", "wal", "customer", false}, {"marit", "wal", "customer", true}, {"ties", "wal", "customer", false}, {"piet", "zuid", "customer", true}, {"sanne", "", "staff", false}, {"daan", "", "staff", false}} {
			a := account.Account{ID: p.name, Email: p.name + "@example.nl", Name: p.name, Role: p.role, Permissions: "tickets", CreatedAt: o.desk.Now}
			if p.company != "" {
				a.CompanyID = &p.company
			}
			made, err := account.Create(t.Context(), tx, a, p.manager)
			if err != nil {
				return err
			}
			o.people[p.name] = made
		}
		return nil
	})
	return o
}

func (o *office) tx(f func(*db.Tx) error) {
	o.Helper()
	if err := o.db.Tx(o.Context(), f); err != nil {
		o.Fatal(err)
	}
}

func (o *office) file(who, severity, subject string) (filed Ticket) {
	o.Helper()
	p := o.people[who]
	o.tx(func(tx *db.Tx) (err error) {
		filed, _, err = insert(o.Context(), tx, o.desk, Ticket{CompanyID: p.CompanyID, RequesterID: &p.ID, Severity: severity, Subject: subject}, Message{AuthorID: &p.ID, Body: "Help"})
		return err
	})
	return filed
}

func (o *office) change(id, who string, c Change) (after Ticket) {
	o.Helper()
	if who != "" {
		p := o.people[who]
		c.Actor = &p
	}
	o.tx(func(tx *db.Tx) (err error) {
		_, after, _, err = apply(o.Context(), tx, o.desk, id, c)
		return err
	})
	return after
}

func message(party, body string) *Message {
	return &Message{Kind: Reply, Party: party, Channel: "web", Body: body}
}

func (o *office) counts(me string) map[string]int {
	o.Helper()
	found, err := counts(o.Context(), o.db, me)
	if err != nil {
		o.Fatal(err)
	}
	return found
}

func TestNumbersRunFrom1001(t *testing.T) {
	o := newOffice(t)
	if a, b := o.file("joost", "hinders", "Een"), o.file("joost", "hinders", "Twee"); a.Number != 1001 || b.Number != 1002 {
		t.Errorf("numbers %d and %d", a.Number, b.Number)
	}
}

func TestNumbersAreUniqueWhenAllFileAtOnce(t *testing.T) {
	o := newOffice(t)
	var wait sync.WaitGroup
	numbers := make(chan int64, 40)
	for range 40 {
		wait.Go(func() {
			err := o.db.Tx(t.Context(), func(tx *db.Tx) error {
				joost := o.people["joost"]
				filed, _, err := insert(t.Context(), tx, o.desk, Ticket{CompanyID: joost.CompanyID, RequesterID: &joost.ID, Severity: "blocks", Subject: "x"}, Message{Body: "y"})
				numbers <- filed.Number
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	close(numbers)
	seen := map[int64]bool{}
	for n := range numbers {
		seen[n] = true
	}
	if len(seen) < 40 || o.counts("")["todo"] != 40 {
		t.Errorf("%d numbers, %v", len(seen), o.counts(""))
	}
}

func TestFiftyRepliesAtOnceKeepTheirOrder(t *testing.T) {
	o := newOffice(t)
	filed := o.file("joost", "hinders", "Druk")
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			who, party := o.people["joost"], Customer
			if i%2 == 0 {
				who, party = o.people["sanne"], Staff
			}
			err := o.db.Tx(t.Context(), func(tx *db.Tx) error {
				_, _, _, err := apply(t.Context(), tx, o.desk, filed.ID, Change{Actor: &who, Message: message(party, fmt.Sprint("bericht ", i))})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	all, err := messages(t.Context(), o.db, filed.ID, false)
	if err != nil || len(all) != 51 {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	for i := range all[1:] {
		if all[i+1].Seq <= all[i].Seq || all[i+1].CreatedAt.Before(all[i].CreatedAt) {
			t.Errorf("message %d comes before the one before it", i+1)
		}
	}
	if got := o.counts(""); got["todo"] != 1 || got["nobody"] != 1 {
		t.Errorf("counters %v", got)
	}
	o.tx(func(tx *db.Tx) error {
		if wrong, err := countAnew(t.Context(), tx); err != nil || wrong != 0 {
			t.Errorf("%d counters were wrong, %v", wrong, err)
		}
		return nil
	})
}

func TestAJourneyKeepsClocksAndCounters(t *testing.T) {
	o := newOffice(t)
	filed := o.file("joost", "hinders", "Uitgifte hangt")
	if !filed.DueAt.Equal(at(25, 15, 48)) || filed.DueClock != First || !filed.Live {
		t.Fatalf("filed: due %v by %q", filed.DueAt, filed.DueClock)
	}
	sanne := o.people["sanne"].ID
	o.desk.Now = at(24, 16, 0)
	mine := o.change(filed.ID, "sanne", Change{Edit: func(t *Ticket) { t.AssigneeID = &sanne }})
	if mine.Status != Open || o.counts(sanne)["mine"] != 1 || o.counts(sanne)["nobody"] != 0 {
		t.Errorf("assigned: %s %v", mine.Status, o.counts(sanne))
	}
	o.desk.Now = at(24, 16, 31)
	answered := o.change(filed.ID, "sanne", Change{Message: message(Staff, "Wil je dit proberen?"), Edit: func(t *Ticket) { t.Status = Pending }})
	if answered.Queue != "waiting" || answered.DueAt != nil || answered.FirstLate || answered.FirstDoneAt == nil || o.counts(sanne)["waiting"] != 1 || o.counts(sanne)["mine"] != 0 {
		t.Errorf("answered: %+v %v", answered, o.counts(sanne))
	}
	o.desk.Now = at(25, 9, 0)
	again := o.change(filed.ID, "joost", Change{Message: message(Customer, "Nee")})
	if again.Status != Open || again.DueClock != Next || !again.DueAt.Equal(at(26, 9, 0)) || again.Excerpt != "Nee" {
		t.Errorf("asked again: %+v", again)
	}
	o.desk.Now = at(26, 9, 0).Add(time.Second)
	late := o.change(filed.ID, "sanne", Change{Message: message(Staff, "Zo dan"), Edit: func(t *Ticket) { t.Status = Solved }})
	if !late.NextLate || late.FirstLate || late.SolvedAt == nil || late.Live || o.counts(sanne)["solved"] != 1 {
		t.Errorf("solved a second late: %+v", late)
	}
	told, err := events(t.Context(), o.db, filed.ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range told {
		kinds = append(kinds, e.Kind)
	}
	if got, want := fmt.Sprint(kinds), "[filed assigned status answered status asked status answered status]"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

func TestNewPolicyRecomputesOpenClocks(t *testing.T) {
	o := newOffice(t)
	open, done := o.file("joost", "question", "Open"), o.file("joost", "question", "Klaar")
	o.change(done.ID, "sanne", Change{Message: message(Staff, "Zo"), Edit: func(t *Ticket) { t.Status = Solved }})
	o.tx(func(tx *db.Tx) error {
		day := hours.Target{Amount: 1, Unit: hours.WorkingDays}
		return setPolicy(t.Context(), tx, "question", Policy{First: day, Next: day})
	})
	var err error
	if o.desk.Policies, err = policies(t.Context(), o.db); err != nil {
		t.Fatal(err)
	}
	ada := o.people["daan"]
	o.tx(func(tx *db.Tx) error {
		last, changed, err := recomputeOpen(t.Context(), tx, o.desk, "", 10, &ada)
		if err != nil || last != "" || changed != 1 {
			t.Errorf("recomputed %d up to %q, %v", changed, last, err)
		}
		return nil
	})
	anew, err := ofStaff(t.Context(), o.db, open.ID)
	if err != nil || !anew.DueAt.Equal(at(25, 15, 48)) {
		t.Errorf("due %v, %v", anew.DueAt, err)
	}
	told, err := events(t.Context(), o.db, open.ID)
	if err != nil || told[len(told)-1].Kind != Recomputed {
		t.Errorf("the log ends with %+v, %v", told[len(told)-1], err)
	}
}

func TestBadPolicyIsRefused(t *testing.T) {
	o := newOffice(t)
	err := o.db.Tx(t.Context(), func(tx *db.Tx) error {
		return setPolicy(t.Context(), tx, "blocks", Policy{First: hours.Target{Amount: -1, Unit: hours.Minutes}})
	})
	if !errors.Is(err, fault.BadInput) {
		t.Errorf("got %v", err)
	}
}

func TestWhoSeesATicket(t *testing.T) {
	o := newOffice(t)
	filed := o.file("joost", "hinders", "Van Joost")
	sees := func(who string) bool {
		_, err := ofCustomer(t.Context(), o.db, who, filed.ID)
		if err != nil && !errors.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	check := func(moment string, want map[string]bool) {
		t.Helper()
		for who, may := range want {
			if sees(who) != may {
				t.Errorf("%s: %s sees it %v, want %v", moment, who, !may, may)
			}
		}
	}
	check("filed", map[string]bool{"joost": true, "marit": true, "ties": false, "piet": false, "": false})
	o.tx(func(tx *db.Tx) error { return join(t.Context(), tx, filed.ID, "ties", o.desk.Now) })
	o.change(filed.ID, "joost", Change{Edit: func(t *Ticket) { t.Private = true }})
	check("private, Ties reads along", map[string]bool{"joost": true, "marit": false, "ties": true, "piet": false})
	o.tx(func(tx *db.Tx) error {
		return errors.Join(account.Leave(t.Context(), tx, "ties", "wal", o.desk.Now), account.Leave(t.Context(), tx, "joost", "wal", o.desk.Now))
	})
	check("both have left the company", map[string]bool{"joost": false, "ties": false, "piet": false})
}

func TestReplyToNothing(t *testing.T) {
	o := newOffice(t)
	err := o.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, _, _, err := apply(context.Background(), tx, o.desk, "nowhere", Change{Message: message(Customer, "x")})
		return err
	})
	if !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}
