package trainings_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"loket/db"
)

// TestFiveCancelFiveCome: five cancel, three wait and five newcomers come, all
// at the same moment and through the pages: the three who waited come first.
func TestFiveCancelFiveCome(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 10)
	var own []string
	for i := range 10 {
		own = append(own, w.seated(session, "Oud"+strconv.Itoa(i)))
	}
	var waiting []string
	for i := range 3 {
		waiting = append(waiting, w.comes(session, "Wacht"+strconv.Itoa(i)))
	}
	w.Advance(time.Second)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() { w.Visitor().Post(own[i]+"/cancel").Want(200, "Je bent afgemeld") })
		wg.Go(func() {
			w.Visitor().Post("/trainings/"+w.id, "session", session, "name", "Nieuw", "email", fmt.Sprintf("nieuw%d@example.org", i)).Want(200, "Kijk in je mail")
		})
	}
	wg.Wait()
	for i, path := range waiting {
		w.Visitor().Get(path).Want(200, "Je hebt een plek")
		if m := w.MailTo(address("Wacht" + strconv.Itoa(i))); m.CalendarMethod != "REQUEST" {
			t.Errorf("who moved up reads %q", m.Subject)
		}
	}
	in, line := w.count(`SELECT count(*) FROM training_registration WHERE email LIKE 'nieuw%' AND state = 'in'`), w.count(`SELECT count(*) FROM training_registration WHERE email LIKE 'nieuw%' AND state = 'waiting'`)
	if in != 2 || line != 3 {
		t.Errorf("%d newcomers in, %d waiting", in, line)
	}
	positions, err := db.All[int64](t.Context(), w.DB, `SELECT position FROM training_registration WHERE state = 'waiting' ORDER BY position`)
	w.Fatal(err)
	for i := 1; i < len(positions); i++ {
		if positions[i] <= positions[i-1] {
			t.Errorf("positions %v", positions)
		}
	}
}

// TestMachinesAreAsked: who fills in what nobody sees does a sum first, or
// confirms by mail; nothing that was typed is lost.
func TestMachinesAreAsked(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	bot := w.Visitor()
	bot.Get("/trainings/"+w.id).Want(200, `name="homepage"`)
	bot.Post("/trainings/"+w.id, "session", session, "name", "Bot", "email", "bot@example.org", "homepage", "https://casino.example").Want(422, "geen robot", `value="Bot"`)
	if n := w.count(`SELECT count(*) FROM training_registration`); n != 0 || len(w.Mails()) != 0 {
		t.Errorf("%d sign-ups, %d mails", n, len(w.Mails()))
	}
	bot.Post("/trainings/"+w.id, "session", session, "name", "Bot", "email", "bot@example.org", "homepage", "https://casino.example", "spam_by", "mail").Want(200, "Kijk in je mail")
}

// TestHeldPlacesAreBounded: an address that nobody confirms holds five places at most.
func TestHeldPlacesAreBounded(t *testing.T) {
	w := newWorld(t)
	var sessions []string
	for i := range 6 {
		sessions = append(sessions, w.session(fmt.Sprintf("2026-12-0%d", i+1), "10:00", "10:45", 20))
	}
	for i, session := range sessions {
		w.Advance(time.Second)
		page := w.Visitor().Post("/trainings/"+w.id, "session", session, "name", "Eve", "email", "EVE@example.org")
		if want := map[bool]int{true: 200, false: 429}[i < 5]; page.Status != want {
			t.Errorf("place %d: %d", i+1, page.Status)
		}
		if i == 5 && page.Header.Get("Retry-After") == "" {
			t.Error("without the time to wait")
		}
	}
	w.Advance(25 * time.Hour) // they were given up
	w.post("/trainings/"+w.id, "session", sessions[5], "name", "Eve", "email", "eve@example.org").Want(200, "Kijk in je mail")
}

// TestChangeToWhereOneIs: nobody has two places at one session.
func TestChangeToWhereOneIs(t *testing.T) {
	w := newWorld(t)
	first, second := w.session("2026-11-26", "10:00", "10:45", 5), w.session("2026-12-03", "15:00", "15:45", 5)
	w.seated(second, "Jan")
	own := w.seated(first, "Jan")
	w.post(own+"/session", "session", second).Want(200, "heb je je al aangemeld", "26 november")
}

// TestOddHours: in the night in which the clock skips an hour and in the one in
// which it has one twice, the page, the mail and the calendar say the same.
func TestOddHours(t *testing.T) {
	w := newWorld(t)
	autumn := w.session("2027-10-31", "02:30", "03:30", 5) // the first 02:30: two hours long
	w.session("2027-03-28", "02:30", "04:00", 5)           // there is no 02:30: as if the clock had not moved yet
	w.Visitor().Get("/trainings/").Want(200, "zo 02:30–03:30", "zo 03:30–04:00")
	w.Visitor().Get("/trainings/?zone=UTC").Want(200, "zo 00:30–02:30", "zo 01:30–02:00")
	w.seated(autumn, "Jan")
	_, props := invitation(t, w.MailTo(address("Jan")))
	start, err := props.DateTime("DTSTART", nil)
	if err != nil || !start.UTC().Equal(time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC)) {
		t.Errorf("the calendar says %v, %v", start.UTC(), err)
	}
}
