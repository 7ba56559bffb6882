package tickets_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// warned lists who is told since the last look that a promise is about to break.
func warned(a *apptest.App) (to []string) {
	for _, m := range a.Mails() {
		if strings.Contains(m.Subject, "Bijna te laat") {
			name, _, _ := strings.Cut(m.To, "@")
			to = append(to, name+" "+m.Subject[strings.LastIndex(m.Subject, " ")+1:])
		}
	}
	a.ForgetMails()
	slices.Sort(to)
	return to
}

func wantWarned(a *apptest.App, when string, want ...string) {
	a.T.Helper()
	got := warned(a)
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		a.T.Errorf("%s: told %q, want %q", when, got, want)
	}
}

// Monday 10:00: what blocks is promised for 14:00 and to be solved on Wednesday.
// An hour before, whose it is hears it; of nobody's ticket all who work here do.
func TestWarnedBeforeAPromiseBreaks(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "tickets")
	a.Staff("Daan", "tickets")
	a.Staff("Henk", "ideas")
	fileAs(jan, "Brand", "blocks")
	water := fileAs(jan, "Water", "blocks")
	sofie.Post("/staff/tickets/"+water+"/assign", "assignee", "me").Want(200)
	a.ForgetMails()
	a.Advance(3*time.Hour - time.Minute)
	wantWarned(a, "12:59")
	a.Advance(time.Minute)
	got := a.Mails()
	wantWarned(a, "13:00", "daan Brand", "sofie Brand", "sofie Water")
	for _, m := range got {
		if strings.Contains(m.Subject, "Bijna te laat: Brand") && (!strings.Contains(m.Text, "nog 1 u werktijd") || !strings.Contains(m.Text, "Het is van niemand") || !strings.Contains(m.Text, "Eerste antwoord") || !strings.Contains(m.Text, "14:00")) {
			t.Errorf("the warning says %s", m.Text)
		}
	}
	a.Advance(30 * time.Minute)
	wantWarned(a, "half an hour later")
	// An answer keeps the promise; the customer's next question is a new one.
	sofie.Post("/staff/tickets/"+water, "body", "Kraan dicht?", "then", "open").Want(200)
	jan.Post("/tickets/"+water, "body", "Ja").Want(200)
	a.ForgetMails()
	a.Advance(2*time.Hour + 31*time.Minute) // 16:01, due tomorrow at 09:00: half an hour after opening
	wantWarned(a, "at 16:01 with 90 minutes left")
	a.Advance(30 * time.Minute)
	wantWarned(a, "at 16:31", "sofie Water")
	a.Advance(15 * time.Hour) // Tuesday 07:31
	wantWarned(a, "before the desk opens")
	// Pending, no promise breaks.
	sofie = sofie.Again()
	sofie.Post("/staff/tickets/"+water, "body", "En nu?", "then", "pending").Want(200)
	a.ForgetMails()
	a.Advance(28 * time.Hour)
	wantWarned(a, "while the customer is to move")
}

// What breaks while the desk is shut is told before it shuts, and nobody is
// woken at night.
func TestWarnedInWorkingTimeOnly(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	a.Staff("Sofie", "tickets")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE ticket_policy SET first_amount = 5, first_unit = 'calendar_days', solve_amount = 0 WHERE severity = 'question'`)
		return err
	})
	fileAs(jan, "Weekend", "question") // Monday 10:00; due on Saturday
	a.ForgetMails()
	a.SetNow(time.Date(2026, 11, 27, 14, 59, 0, 0, time.UTC)) // Friday 15:59
	wantWarned(a, "Friday 15:59")
	a.Advance(2 * time.Minute)
	wantWarned(a, "Friday 16:01", "sofie Weekend")
	a.Advance(24 * time.Hour)
	wantWarned(a, "on Saturday")
}

// Nobody is warned of what a holiday leaves time for.
func TestNoWarningOnAHoliday(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	a.Staff("Sofie", "tickets")
	a.SetNow(time.Date(2026, 12, 24, 13, 30, 0, 0, time.UTC)) // Thursday 14:30, then Christmas and the weekend
	jan = jan.Again()
	fileAs(jan, "Kerst", "blocks") // 2:30 today, 1:30 on Monday: due at 10:00
	a.ForgetMails()
	for range 3 {
		a.Advance(23 * time.Hour)
		wantWarned(a, a.Now().String())
	}
	a.SetNow(time.Date(2026, 12, 28, 8, 1, 0, 0, time.UTC)) // Monday 09:01
	wantWarned(a, "Monday 09:01", "sofie Kerst")
}
