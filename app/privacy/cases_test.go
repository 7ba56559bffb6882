package privacy_test

import (
	"testing"
	"time"

	"loket/app/privacy"
	"loket/db"
)

// The cases with exact dates, by their numbers in the specification.

func (w *world) application(id, received string, vacancy any) {
	w.do(`INSERT INTO toy_application (id, vacancy_id, email, name, letter, received_at) VALUES (?, ?, ?, 'Sol Licitant', 'Beste allen', ?)`, id, vacancy, id+"@example.nl", at(received))
}

func TestCase1ApplicationWithoutConsent(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.want("2027-04-11", "")
	tomorrow, err := w.Due(w.ctx, w.NextRun(w.now), false)
	w.ok(err)
	if taken(tomorrow) != "toy_application/a" || tomorrow[0].Day.String() != "2027-04-12" || !tomorrow[0].At.Equal(at("2027-04-12")) {
		t.Errorf("not previewed for tomorrow: %+v", tomorrow)
	}
	w.want("2027-04-12", "toy_application/a")
	if n := w.count(`SELECT count(*) FROM toy_application`); n != 0 {
		t.Error("still there")
	}
	w.want("2027-04-13", "")
}

func TestCase3ConsentWithdrawn(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.now = at("2027-02-10 09:00")
	who := privacy.Subject{Email: "a@example.nl"}
	w.tx(func(tx *db.Tx) error {
		_, err := w.Record(w.ctx, tx, privacy.Consented{Subject: who, Purpose: "jobs", Item: "a", Version: 1, Wording: "Bewaar mijn gegevens een jaar langer.", Yes: true, How: privacy.ByForm, Lang: "nl"})
		return err
	})
	w.want("2027-04-12", "")
	w.now = at("2027-09-15 10:00")
	w.tx(func(tx *db.Tx) error { return w.Withdraw(w.ctx, tx, who, "jobs", "a", privacy.ByMail) })
	w.want("2027-09-16", "toy_application/a")
	decisions, err := w.ConsentsOf(w.ctx, who)
	w.ok(err)
	if len(decisions) != 2 || decisions[0].WithdrawnAt == nil || !decisions[0].WithdrawnAt.Equal(at("2027-09-15 10:00")) || decisions[1].GivenAt == nil || decisions[1].WithdrawnAt != nil {
		t.Errorf("proof: %+v", decisions)
	}
}

func TestCase2ConsentKeepsAYearOnTop(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.tx(func(tx *db.Tx) error {
		_, err := w.Record(w.ctx, tx, privacy.Consented{Subject: privacy.Subject{Email: "a@example.nl"}, Purpose: "jobs", Item: "a", Version: 1, Wording: "Bewaar.", Yes: true, How: privacy.ByForm, Lang: "nl"})
		return err
	})
	w.want("2028-04-11", "")
	w.want("2028-04-12", "toy_application/a")
}

func TestCase5FilledAgain(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.do(`UPDATE toy_vacancy SET filled_at = NULL`)
	w.want("2027-04-12", "")
	w.do(`UPDATE toy_vacancy SET filled_at = ?`, at("2027-04-20 12:00"))
	w.want("2027-05-31", "")
	w.want("2027-06-01", "toy_application/a")
}

func TestOpenApplicationEndsAtItsCap(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.application("a", "2027-02-10 09:00", nil)
	w.want("2027-08-09", "")
	w.want("2027-08-10", "toy_application/a")
}

func TestCase7IdeaDoneAndAuthorAway(t *testing.T) {
	w := newWorld(t, "2026-01-01")
	w.company("c", "Bakker", "")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	w.do(`INSERT INTO toy_idea (id, account_id, title, body, status, decided_at, author_active_at, anonymous_votes) VALUES ('i', 'jan', 'Donkere kleuren', 'Graag', 'done', ?, ?, 12)`, at("2026-01-10 12:00"), at("2026-09-01 20:00"))
	w.want("2027-08-31", "")
	w.want("2027-09-01", "toy_idea/i")
	if a, b, n := w.text(`SELECT coalesce(account_id, '') FROM toy_idea`), w.text(`SELECT body FROM toy_idea`), w.count(`SELECT anonymous_votes FROM toy_idea`); a != "" || b != "" || n != 12 {
		t.Errorf("author %q, text %q, %d votes", a, b, n)
	}
	w.want("2027-09-02", "")
}

func TestCase9IdeaUnderConsiderationIsNeverDue(t *testing.T) {
	w := newWorld(t, "2020-01-01")
	w.company("c", "Bakker", "2026-06-30")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	w.account("piet", "piet@example.nl", "Piet Pietersen")
	w.company("d", "Slager", "")
	w.member("piet", "d")
	w.do(`INSERT INTO toy_idea (id, account_id, title, body, status, author_active_at) VALUES ('i', 'jan', 'Donkere kleuren', 'Graag', 'considering', ?)`, at("2020-01-01 12:00"))
	w.do(`INSERT INTO toy_vote (id, idea_id, account_id, at) VALUES ('v', 'i', 'piet', ?)`, w.now)
	w.want("2027-06-29", "")
	w.night("2027-06-30") // the account goes, and the author comes off
	if n := w.count(`SELECT count(*) FROM account WHERE id = 'jan'`); n != 0 {
		t.Fatal("account still there")
	}
	if a, s := w.text(`SELECT coalesce(account_id, '') FROM toy_idea`), w.text(`SELECT title FROM toy_idea`); a != "" || s != "Donkere kleuren" {
		t.Errorf("author %q, title %q", a, s)
	}
}

func TestCase11Webinar(t *testing.T) {
	w := newWorld(t, "2027-05-01")
	w.do(`INSERT INTO toy_event (id, title, ends_at) VALUES ('e', 'Webinar', ?)`, at("2027-05-20 15:00"))
	for i := range 30 {
		w.do(`INSERT INTO toy_registration (id, event_id, email, name) VALUES (?, 'e', 'x@example.nl', 'X')`, string(rune('A'+i)))
	}
	w.want("2027-05-20", "")
	if n := len(w.night("2027-05-21")); n == 0 {
		t.Error("nothing went")
	}
	if left, heads := w.count(`SELECT count(*) FROM toy_registration`), w.count(`SELECT heads FROM toy_event`); left != 0 || heads != 30 {
		t.Errorf("%d registrations, %d heads", left, heads)
	}
}

func TestCase13EndOfAgreement(t *testing.T) {
	w := newWorld(t, "2026-01-01")
	w.company("a", "Firma A", "2026-06-30")
	w.company("b", "Firma B", "")
	w.account("A", "a@example.nl", "Anna Aarts")
	w.account("B", "b@example.nl", "Bart Bos")
	w.member("A", "a")
	w.member("B", "a")
	w.member("B", "b")
	warn := func(day string) string {
		w.now = at(day)
		soon, err := w.Warnings(w.ctx, w.now)
		w.ok(err)
		return taken(soon)
	}
	if got := warn("2027-05-30"); got != "" {
		t.Errorf("warned too early: %s", got)
	}
	if got := warn("2027-05-31"); got != "account/A" {
		t.Errorf("warned: %q", got)
	}
	w.tx(func(tx *db.Tx) error { return w.Warned(w.ctx, tx, "A") })
	if got := warn("2027-06-01"); got != "" {
		t.Errorf("warned twice: %q", got)
	}
	w.night("2027-06-29")
	if n := w.count(`SELECT count(*) FROM account`); n != 2 {
		t.Error("gone too early")
	}
	w.night("2027-06-30")
	if n := w.text(`SELECT id FROM account`); n != "B" {
		t.Errorf("left: %s", n)
	}
	if name := w.text(`SELECT name FROM company WHERE id = 'a'`); name == "Firma A" {
		t.Error("the company keeps its name")
	}
}

func TestCase13RenewedAgreementKeepsAll(t *testing.T) {
	w := newWorld(t, "2026-01-01")
	w.company("a", "Firma A", "2026-06-30")
	w.account("A", "a@example.nl", "Anna Aarts")
	w.member("A", "a")
	w.now = at("2027-06-01 10:00")
	w.do(`INSERT INTO agreement (id, company_id, started_on, created_at) VALUES ('again', 'a', '2027-06-01', ?)`, w.now)
	w.want("2027-06-30", "")
	w.want("2027-07-31", "")
}

func TestAccountsWithoutAgreement(t *testing.T) {
	w := newWorld(t, "2027-01-10 12:00")
	w.do(`INSERT INTO account (id, email, name, created_at, active_at) VALUES ('never', 'n@example.nl', 'Nooit', ?, ?)`, w.now, w.now)
	w.account("alone", "alone@example.nl", "Alleen Staand")
	w.account("left", "left@example.nl", "Weg Gegaan")
	w.company("c", "Firma", "")
	w.member("left", "c")
	w.do(`UPDATE membership SET ended_at = ? WHERE account_id = 'left'`, at("2027-03-05 12:00"))
	w.want("2027-01-16", "")
	w.want("2027-01-17", "account/never")
	w.want("2028-01-09", "")
	w.want("2028-01-10", "account/alone")
	w.want("2028-03-04", "")
	w.want("2028-03-05", "account/left membership/left-c")
}

func TestCase15Demo(t *testing.T) {
	w := newWorld(t, "2027-02-01")
	for _, id := range []string{"a", "b", "c"} {
		w.do(`INSERT INTO toy_booking (id, email, name, starts_at) VALUES (?, 'x@example.nl', 'X', ?)`, id, at("2027-02-03 10:00"))
	}
	w.do(`UPDATE toy_booking SET outcome = 'none', outcome_at = ? WHERE id = 'a'`, at("2027-02-10 11:00"))
	w.want("2027-02-10", "")
	w.do(`UPDATE toy_booking SET outcome = 'customer', outcome_at = ? WHERE id = 'c'`, at("2027-02-10 11:00"))
	w.want("2027-02-11", "toy_booking/a")
	w.want("2027-03-04", "")
	w.want("2027-03-05", "toy_booking/b")
}

func TestCase17Contact(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_question (id, email, name, body, received_at, answered_at) VALUES ('silent', 'x@example.nl', 'X', 'Hoe laat', ?, ?)`, at("2027-01-07 10:00"), at("2027-01-08 16:00"))
	w.do(`INSERT INTO toy_question (id, email, name, body, received_at) VALUES ('forgotten', 'y@example.nl', 'Y', 'Hallo', ?)`, at("2027-01-07 10:00"))
	w.want("2027-02-06", "")
	w.want("2027-02-07", "toy_question/silent")
	w.want("2027-07-06", "")
	w.want("2027-07-07", "toy_question/forgotten")
}

func TestCase19Hold(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.now = at("2027-04-01 10:00")
	var hold privacy.Hold
	w.tx(func(tx *db.Tx) (err error) {
		hold, err = w.Hold(w.ctx, tx, privacy.Hold{Kind: privacy.Claim, Table: "toy_application", Row: "a", Reason: "bezwaarprocedure", ReviewOn: "2028-01-01"})
		return err
	})
	w.want("2027-04-12", "")
	due, err := w.Due(w.ctx, w.now, false)
	w.ok(err)
	if len(due) != 1 || due[0].Blocker != privacy.Held || due[0].Until.String() != "2028-01-01" {
		t.Errorf("not reported as held: %+v", due)
	}
	if restricted, err := w.Restricted(w.ctx, "toy_application", "a"); err != nil || !restricted {
		t.Errorf("restricted: %v %v", restricted, err)
	}
	w.want("2027-08-01", "")
	w.now = at("2027-08-01 11:00")
	w.tx(func(tx *db.Tx) error { return w.Lift(w.ctx, tx, hold.ID, "") })
	w.want("2027-08-02", "toy_application/a")
	health, err := w.Health(w.ctx)
	w.ok(err)
	if health.LateDays != 0 {
		t.Errorf("no night was missed, and the run is %d days late", health.LateDays)
	}
}

func TestCase21MissedNights(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.want("2027-04-10", "")
	w.now = at("2027-04-20 12:00")
	health, err := w.Health(w.ctx)
	w.ok(err)
	if health.Missed != 10 || !health.Yellow() {
		t.Errorf("health before: %+v", health)
	}
	ran, err := w.Tick(w.ctx)
	w.ok(err)
	if n := w.count(`SELECT count(*) FROM toy_application`); !ran || n != 0 {
		t.Errorf("ran %v, %d left", ran, n)
	}
	health, err = w.Health(w.ctx)
	w.ok(err)
	if health.LateDays != 8 || !health.Yellow() || health.Missed != 0 {
		t.Errorf("health after: %+v", health)
	}
	if again, err := w.Tick(w.ctx); err != nil || again {
		t.Errorf("ran twice: %v %v", again, err)
	}
}

// A night that is caught up a minute before the next takes nothing of the next.
func TestCatchingUpIsNotAhead(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?), ('u', 'Metselaar', ?)`, at("2027-03-01 16:00"), at("2027-02-28 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.application("b", "2027-02-10 09:00", "u")
	for _, moment := range []struct {
		now  string
		left int
	}{{"2027-04-11 04:14", 2}, {"2027-04-12 04:14", 1}, {"2027-04-12 04:15", 0}} {
		w.now = at(moment.now)
		if _, err := w.Tick(w.ctx); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT count(*) FROM toy_application`); n != moment.left {
			t.Errorf("at %s: %d left, want %d", moment.now, n, moment.left)
		}
	}
}

func TestCase23Deadlines(t *testing.T) {
	w := newWorld(t, "2027-01-31 12:00")
	ask := func(received string) privacy.Request {
		var r privacy.Request
		w.now = at(received + " 12:00")
		w.tx(func(tx *db.Tx) (err error) {
			r, err = w.Ask(w.ctx, tx, privacy.Ask{Type: privacy.Access, Subject: privacy.Subject{Email: "x@example.nl"}, Channel: privacy.ByLink, Verified: true})
			return err
		})
		return r
	}
	for received, due := range map[string]string{"2027-08-31": "2027-09-30", "2026-11-25": "2026-12-28"} {
		if r := ask(received); r.DueOn != due {
			t.Errorf("%s: due %s, want %s", received, r.DueOn, due)
		}
	}
	late := ask("2027-01-31")
	r := ask("2027-01-31")
	if r.DueOn != "2027-03-01" || r.State != privacy.Verified {
		t.Errorf("due %s, %s", r.DueOn, r.State)
	}
	w.now = at("2027-02-20 10:00")
	w.tx(func(tx *db.Tx) (err error) { r, err = w.Extend(w.ctx, tx, r.ID, "Veel gegevens", ""); return err })
	if r.DueOn != "2027-04-30" {
		t.Errorf("extended to %s", r.DueOn)
	}
	w.now = at("2027-03-02 10:00")
	err := w.DB.Tx(w.ctx, func(tx *db.Tx) error { _, err := w.Extend(w.ctx, tx, late.ID, "Te laat", ""); return err })
	if err == nil {
		t.Error("extended after the deadline")
	}
}

func TestRemindersOnDay14And25(t *testing.T) {
	w := newWorld(t, "2027-02-01 12:00")
	w.tx(func(tx *db.Tx) error {
		_, err := w.Ask(w.ctx, tx, privacy.Ask{Type: privacy.Rectification, Subject: privacy.Subject{Email: "x@example.nl"}, Channel: privacy.ByLink})
		return err
	})
	var days []string
	for day := at("2027-02-01 13:00"); day.Before(at("2027-03-10")); day = day.AddDate(0, 0, 1) {
		w.now = day
		w.tx(func(tx *db.Tx) error {
			due, err := w.Reminders(w.ctx, tx)
			if len(due) > 0 {
				days = append(days, day.Format("01-02"))
			}
			return err
		})
	}
	if len(days) != 2 || days[0] != "02-15" || days[1] != "02-26" {
		t.Errorf("reminded on %v", days)
	}
}

func TestCase31ObjectionToAnalytics(t *testing.T) {
	w := newWorld(t, "2027-04-01")
	w.company("c", "Firma", "")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	w.member("jan", "c")
	for _, id := range []string{"1", "2", "3"} {
		w.do(`INSERT INTO toy_activity (id, account_id, page, at) VALUES (?, 'jan', '/ideas/', ?)`, id, at("2027-04-02 12:00"))
	}
	w.now = at("2027-04-20 15:00")
	w.tx(func(tx *db.Tx) error { return w.Object(w.ctx, tx, "jan", "analytics", privacy.ByForm) })
	if objects, err := w.Objects(w.ctx, w.DB, "jan", "analytics"); err != nil || !objects {
		t.Error("the collector is not told")
	}
	w.want("2027-04-21", "toy_activity/1 toy_activity/2 toy_activity/3")
	if all, linked := w.count(`SELECT count(*) FROM toy_activity`), w.count(`SELECT count(*) FROM toy_activity WHERE account_id IS NOT NULL`); all != 3 || linked != 0 {
		t.Errorf("%d rows, %d linked", all, linked)
	}
	if cause := w.text(`SELECT DISTINCT cause FROM erasure`); cause != "objection" {
		t.Errorf("cause %s", cause)
	}
}

func TestCase37PublishedNumbersRun(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-03-01 16:00"))
	w.application("a", "2027-02-10 09:00", "v")
	w.tx(func(tx *db.Tx) error {
		return w.SetTerm(w.ctx, tx, "jobs.toy_application", "for", privacy.Period{Weeks: 8})
	})
	health, err := w.Health(w.ctx)
	w.ok(err)
	if !health.Unpublished {
		t.Error("the health page does not say that there is an unpublished change")
	}
	w.want("2027-04-11", "")
	w.want("2027-04-12", "toy_application/a")

	draft, err := w.Draft(w.ctx)
	w.ok(err)
	if !draft.Changed || !draft.Inform || len(draft.Changes) != 1 || draft.Changes[0].Before != "P6W" || draft.Changes[0].After != "P8W" {
		t.Errorf("draft: %+v", draft.Changes)
	}
	publish := func(inform bool) error {
		return w.DB.Tx(w.ctx, func(tx *db.Tx) error {
			_, err := w.Publish(w.ctx, tx, privacy.Publication{EffectiveOn: "2027-04-12", Inform: inform})
			return err
		})
	}
	if publish(false) == nil {
		t.Error("a longer term was published without informing anybody")
	}
	w.ok(publish(true))
	w.application("b", "2027-02-10 09:00", "v")
	w.want("2027-04-25", "")
	w.want("2027-04-26", "toy_application/b")
	lines, err := w.Diff(w.ctx, 1, 2, "nl")
	w.ok(err)
	var less, more int
	for _, l := range lines {
		switch l.Op {
		case "-":
			less++
		case "+":
			more++
		}
	}
	if less == 0 || less != more {
		t.Errorf("diff: %d lines out, %d in", less, more)
	}
}

// TestCase38ALaterVersionCountsFromItsDay: a shorter term is published in
// January for March. What a run would do before that day goes by the old
// number, after it by the new one, whenever one asks.
func TestCase38ALaterVersionCountsFromItsDay(t *testing.T) {
	w := newWorld(t, "2027-01-01")
	w.do(`INSERT INTO toy_vacancy (id, title, filled_at) VALUES ('v', 'Bouwer', ?)`, at("2027-02-01 16:00"))
	w.application("a", "2027-01-10 09:00", "v")
	w.tx(func(tx *db.Tx) error {
		if err := w.SetTerm(w.ctx, tx, "jobs.toy_application", "for", privacy.Period{Weeks: 4}); err != nil {
			return err
		}
		_, err := w.Publish(w.ctx, tx, privacy.Publication{EffectiveOn: "2027-03-05"})
		return err
	})
	for night, want := range map[string]int{"2027-03-01": 0, "2027-03-04": 0, "2027-03-05": 1} {
		due, err := w.Due(w.ctx, at(night+" 04:15"), false)
		w.ok(err)
		if len(due) != want {
			t.Errorf("asked in January, the night of %s takes %d rows, want %d", night, len(due), want)
		}
	}
	w.want("2027-03-04", "")
	w.want("2027-03-05", "toy_application/a")
}

func TestInvoicesWaitForTheLaw(t *testing.T) {
	w := newWorld(t, "2026-01-01")
	w.company("c", "Firma", "2026-06-30")
	w.do(`INSERT INTO invoice (id, number, company_id, addressee, cents, issued_on, created_at) VALUES ('f', '2026-1', 'c', 'Anna Aarts', 12100, '2026-05-05', ?)`, w.now)
	w.night("2027-06-30")
	if n := w.count(`SELECT count(*) FROM invoice`); n != 1 {
		t.Fatal("an invoice went before the law allows it")
	}
	if restricted, err := w.Restricted(w.ctx, "invoice", "f"); err != nil || !restricted {
		t.Errorf("not restricted after its own term: %v %v", restricted, err)
	}
	w.want("2033-12-31", "")
	w.want("2034-01-01", "invoice/f")
}

// The night runs once, also when the clock changes.
func TestOneRunEachNight(t *testing.T) {
	w := newWorld(t, "2027-03-26 12:00")
	for _, span := range [][2]string{{"2027-03-26 12:00", "2027-03-30 12:00"}, {"2027-10-29 12:00", "2027-11-02 12:00"}} {
		start := w.count(`SELECT count(*) FROM privacy_run`)
		w.now = at(span[0])
		if _, err := w.Tick(w.ctx); err != nil { // whatever was missed between the spans
			t.Fatal(err)
		}
		begun := w.count(`SELECT count(*) FROM privacy_run`)
		for ; w.now.Before(at(span[1])); w.now = w.now.Add(20 * time.Minute) {
			if _, err := w.Tick(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM privacy_run`) - begun; n != 4 {
			t.Errorf("%v: %d runs in four nights (from %d)", span, n, start)
		}
	}
	runs, err := w.Runs(w.ctx, 100)
	w.ok(err)
	for _, r := range runs {
		if local := r.PlannedAt.In(amsterdam).Format("15:04"); local != "04:15" {
			t.Errorf("planned at %s", local)
		}
	}
	if intact, err := w.RunsIntact(w.ctx); err != nil || !intact {
		t.Error("the chain of runs is broken")
	}
	w.do(`UPDATE privacy_run SET erased = 5 WHERE number = 2`)
	if intact, _ := w.RunsIntact(w.ctx); intact {
		t.Error("a changed run does not show")
	}
}
