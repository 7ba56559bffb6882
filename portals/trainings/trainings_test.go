package trainings_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"

	"loket/app/apptest"
	"loket/app/jobs"
	"loket/app/privacy"
	"loket/db"
	"loket/portals"
)

// world is a site with a published webinar of Sanne's.
type world struct {
	*apptest.App
	t     *testing.T
	sanne *apptest.Browser
	id    string // of the training
}

func newWorld(t *testing.T) *world {
	t.Helper()
	a := apptest.New(t, portals.All...)
	w := &world{App: a, t: t, sanne: a.Staff("Sanne", "trainings")}
	w.id = w.training("kind", "webinar", "title", "Uitgiftes zonder e-mail", "lead", "Van losse bijlagen naar één plek.", "about", "## Voor wie\n\nVoor *iedereen*.", "products", "uitgifte", "certificate", "true")
	return w
}

// training makes and publishes one, and returns its id.
func (w *world) training(fields ...string) string {
	w.t.Helper()
	page := w.sanne.Post("/staff/trainings/new", fields...).Want(200, "Concept")
	w.sanne.Post(page.Path+"/publish").Want(200, "Gepubliceerd")
	return page.Path[strings.LastIndex(page.Path, "/")+1:]
}

// session makes one of the training on a date; more are fields in place of the usual.
func (w *world) session(date, start, end string, capacity int, more ...string) string {
	w.t.Helper()
	if len(more) == 0 {
		more = []string{"join_url", "https://meet.example/room-1"}
	}
	given := map[string]string{"date": date, "start": start, "end": end, "zone": "Europe/Amsterdam", "lang": "nl", "capacity": fmt.Sprint(capacity), "host": w.sanne.Account.ID, "do": "open"}
	for i := 0; i < len(more); i += 2 {
		given[more[i]] = more[i+1]
	}
	var fields []string
	for name, value := range given {
		fields = append(fields, name, value)
	}
	page := w.sanne.Post("/staff/trainings/"+w.id+"/sessions/new", fields...).Want(200, "Open")
	return page.Path[strings.LastIndex(page.Path, "/")+1:]
}

func address(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return strings.ToLower(first) + "@example.org"
}

// post is what a visitor does a second later: mails have an order by their time.
func (w *world) post(path string, fields ...string) *apptest.Page {
	w.t.Helper()
	w.Advance(time.Second)
	return w.Visitor().Post(path, fields...)
}

// staff is what Sanne does a second later, signed in as she is.
func (w *world) staff(path string, fields ...string) *apptest.Page {
	w.t.Helper()
	w.Advance(time.Second)
	w.sanne.SignIn()
	return w.sanne.Post(path, fields...)
}

// signUp signs a visitor up and returns the path of the page that the mail leads to.
func (w *world) signUp(session, name string) string {
	w.t.Helper()
	w.post("/trainings/"+w.id, "session", session, "name", name, "email", address(name), "company", "Bouw").Want(200, "Kijk in je mail")
	return w.Link(w.MailTo(address(name)), "/registrations/")
}

// comes signs a visitor up and confirms the address.
func (w *world) comes(session, name string) string {
	w.t.Helper()
	own := w.signUp(session, name)
	w.post(own+"/confirm").Want(200, "Je adres klopt", "wachtlijst")
	return own
}

func (w *world) seated(session, name string) string {
	w.t.Helper()
	own := w.signUp(session, name)
	w.post(own+"/confirm").Want(200, "Je hebt een plek")
	return own
}

// invitation reads the calendar of a mail with another parser than the one that wrote it.
func invitation(t *testing.T, m apptest.Mail) (method string, props ical.Props) {
	t.Helper()
	if m.Calendar == "" {
		t.Fatalf("no calendar with %q", m.Subject)
	}
	cal, err := ical.NewDecoder(strings.NewReader(m.Calendar)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	if len(cal.Events()) != 1 {
		t.Fatalf("%d events", len(cal.Events()))
	}
	method = cal.Props.Get("METHOD").Value
	if method != m.CalendarMethod {
		t.Errorf("METHOD %s goes as %s", method, m.CalendarMethod)
	}
	return method, cal.Events()[0].Props
}

func (w *world) mailsTo(name string) (all []apptest.Mail) {
	w.t.Helper()
	for _, m := range w.Mails() {
		if m.To == address(name) {
			all = append(all, m)
		}
	}
	return all
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	n, err := db.Get[int](w.t.Context(), w.DB, query, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestVisitorSignsUp: from the agenda to the room, without an account.
func TestVisitorSignsUp(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	jan := w.Visitor()
	jan.Get("/trainings/").Want(200, "November", "Uitgiftes zonder e-mail", "do 10:00–10:45", "nog 20 plekken", "Nederlandse tijd", "Sanne")
	jan.Get("/trainings/"+w.id).Want(200, "donderdag 26 november 2026", "Voor wie", "iedereen", `maxlength="100"`, "Plek reserveren").WantNot("meet.example")
	jan.Post("/trainings/"+w.id, "session", session, "name", " ", "email", "jan", "company", "Bouw").
		Want(422, "Vul je naam in", "Dit is geen e-mailadres", `value="Bouw"`)
	jan.Post("/trainings/"+w.id, "session", session, "name", "Jan Geheim", "email", "Jan@Example.org ", "company", "Bouw", "phone", "06", "url", "bouw.example").
		Want(200, "Kijk in je mail", "We houden een plek voor je vast")
	ask := w.MailTo("jan@example.org")
	if strings.Contains(ask.Text+ask.HTML+ask.Subject, "Geheim") || strings.Contains(ask.Text, "Bouw") || ask.Calendar != "" {
		t.Errorf("the question to confirm says more than that:\n%s", ask.Text)
	}
	own := w.Link(ask, "/registrations/")

	// A mail scanner follows every link, twice: nothing changes.
	for range 2 {
		w.Visitor().Get(own).Want(200, "Is dit jouw aanmelding?", "Ja, ik kom").WantNot("Geheim", "jan@example.org", "meet.example")
		w.Visitor().Get(own+"/join").Want(200, "Is dit jouw aanmelding?")
	}
	if w.count(`SELECT count(*) FROM training_registration WHERE confirmed_at IS NOT NULL`) != 0 {
		t.Error("a GET confirmed")
	}
	jan.Post(own+"/join").Want(200, "De deur is nu dicht").WantNot("meet.example")
	jan.Get(own + "/invite.ics").Want(404)

	w.Advance(time.Second)
	jan.Post(own+"/confirm").Want(200, "Je hebt een plek", "Jan Geheim", "donderdag 26 november 2026, 10:00–10:45 (Nederlandse tijd)", "De deelnameknop staat hier vanaf do 26 nov, 09:30").WantNot("meet.example")
	seat := w.MailTo("jan@example.org")
	method, props := invitation(t, seat)
	if method != "REQUEST" || props.Get("SEQUENCE").Value != "0" || props.Get("DTSTART").Value != "20261126T100000" || strings.Contains(seat.Calendar, "meet.example") {
		t.Errorf("%s\n%s", method, seat.Calendar)
	}
	jan.Post(own+"/confirm").Want(200, "Je hebt een plek")
	if n := len(w.mailsTo("Jan")); n != 2 {
		t.Errorf("%d mails, want the question and the seat", n)
	}
	if got := jan.Get(own+"/invite.ics").Want(200, "BEGIN:VCALENDAR", "METHOD:PUBLISH"); !strings.HasPrefix(got.Header.Get("Content-Type"), "text/calendar") {
		t.Errorf("type %s", got.Header.Get("Content-Type"))
	}

	w.SetNow(time.Date(2026, 11, 26, 8, 40, 0, 0, time.UTC))
	page := jan.Get(own).Want(200, "Doe mee")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://meet.example") {
		t.Errorf("the browser may not follow to the room: %s", csp)
	}
	went := jan.Still().Post(own + "/join")
	if went.Status != 303 || went.Header.Get("Location") != "https://meet.example/room-1" {
		t.Errorf("%d to %s", went.Status, went.Header.Get("Location"))
	}
	jan.Still().Post(own + "/join")
	if n := w.count(`SELECT attended FROM training_session WHERE id = ?`, session); n != 1 {
		t.Errorf("%d attended", n)
	}
	w.sanne.SignIn()
	w.sanne.Get("/staff/trainings/sessions/"+session).Want(200, "Jan Geheim", "checked", "Noteer wie er was")
}

func TestSignedInNeedsNoConfirmation(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	jan := w.Customer("Jan")
	if got := jan.Get("/trainings/" + w.id).Input("email"); got != "jan@example.com" {
		t.Errorf("his address is filled in as %q", got)
	}
	jan.Post("/trainings/"+w.id, "session", session, "name", "Jan", "email", "jan@example.com").Want(200, "Je hebt een plek")
	if _, props := invitation(t, w.MailTo("jan@example.com")); props.Get("ATTENDEE").Value != "mailto:jan@example.com" {
		t.Error("the invitation is not his")
	}
	// Somebody else's address has to be confirmed by him.
	jan.Post("/trainings/"+w.id, "session", session, "name", "Piet", "email", "piet@example.org").Want(200, "Kijk in je mail", "als nummer 1")
	// Signing up once more is no second seat.
	jan.Post("/trainings/"+w.id, "session", session, "name", "Jan", "email", "jan@example.com").Want(200, "Je hebt een plek")
	if n := w.count(`SELECT count(*) FROM training_registration`); n != 2 {
		t.Errorf("%d sign-ups", n)
	}
}

// TestNobodyLearnsWhoComes: a second sign-up of an address looks like the first.
func TestNobodyLearnsWhoComes(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	w.seated(session, "Jan")
	w.Advance(20 * time.Minute)
	w.post("/trainings/"+w.id, "session", session, "name", "Iemand", "email", address("Jan")).Want(200, "Kijk in je mail", "We houden een plek voor je vast").WantNot("al aangemeld")
	if m := w.MailTo(address("Jan")); !strings.Contains(m.Subject, "Je bent al aangemeld") {
		t.Errorf("Jan reads %q", m.Subject)
	}
	if n := w.count(`SELECT taken FROM training_session WHERE id = ?`, session); n != 1 {
		t.Errorf("%d seats taken", n)
	}
}

func TestSameFormTwiceIsOneSignUp(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	jan := w.Visitor()
	once := jan.Get("/trainings/" + w.id).Input("once")
	for range 2 {
		jan.Post("/trainings/"+w.id, "session", session, "name", "Jan", "email", address("Jan"), "once", once).Want(200, "Kijk in je mail")
	}
	if n := len(w.mailsTo("Jan")); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestTwoHundredVisitors: 200 people post the form at the same moment.
func TestTwoHundredVisitors(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	var wg sync.WaitGroup
	statuses := make([]int, 200)
	for i := range statuses {
		wg.Go(func() {
			res, err := http.PostForm(w.Server.URL+"/trainings/"+w.id, url.Values{"session": {session}, "name": {"P"}, "email": {fmt.Sprintf("p%d@example.org", i)}, "once": {fmt.Sprint("k", i)}})
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				statuses[i] = res.StatusCode
			}
		})
	}
	wg.Wait()
	for i, status := range statuses {
		if status != 200 {
			t.Errorf("person %d: %d", i, status)
		}
	}
	if in, waiting := w.count(`SELECT taken FROM training_session WHERE id = ?`, session), w.count(`SELECT waiting FROM training_session WHERE id = ?`, session); in != 20 || waiting != 180 {
		t.Errorf("%d in, %d waiting", in, waiting)
	}
	if n := len(w.Mails()); n != 200 {
		t.Errorf("%d mails", n)
	}
	w.Visitor().Get("/trainings/").Want(200, "vol, 180 wachten", "Wachtlijst")
}

func TestWaitingListMovesUp(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	jan, piet := w.seated(session, "Jan"), w.comes(session, "Piet")
	klaas := w.comes(session, "Klaas")
	w.Visitor().Get(klaas).Want(200, "als nummer 2")
	if m := w.MailTo(address("Klaas")); !strings.Contains(m.Text, "nummer 2 op de wachtlijst") || m.Calendar != "" {
		t.Errorf("Klaas reads %s", m.Text)
	}
	w.Visitor().Get(jan + "/cancel").Want(404)
	w.post(jan+"/cancel").Want(200, "Je bent afgemeld")
	method, gone := invitation(t, w.MailTo(address("Jan")))
	_, had := invitation(t, w.mailsTo("Jan")[1])
	if method != "CANCEL" || gone.Get("UID").Value != had.Get("UID").Value || gone.Get("SEQUENCE").Value != "1" {
		t.Errorf("%s of %s with %s", method, gone.Get("UID").Value, gone.Get("SEQUENCE").Value)
	}
	up := w.MailTo(address("Piet"))
	if method, _ := invitation(t, up); method != "REQUEST" || !strings.Contains(up.Subject, "Er is een plek voor je") {
		t.Errorf("Piet reads %q", up.Subject)
	}
	w.Visitor().Get(piet).Want(200, "Je hebt een plek")
	w.Visitor().Get(klaas).Want(200, "als nummer 1")
	w.post(jan+"/cancel").Want(200, "Je bent afgemeld")

	// One more seat: Klaas. Fewer seats: nobody goes.
	edit := func(capacity string) {
		w.staff("/staff/trainings/sessions/"+session+"/edit", "date", "2026-11-26", "start", "10:00", "end", "10:45", "zone", "Europe/Amsterdam", "lang", "nl", "capacity", capacity, "join_url", "https://meet.example/room-1").Want(200, "Bewaard.")
	}
	edit("2")
	w.Visitor().Get(klaas).Want(200, "Je hebt een plek")
	if n := len(w.mailsTo("Piet")); n != 3 {
		t.Errorf("Piet has %d mails: more seats are no news for him", n)
	}
	edit("1")
	w.Visitor().Get(klaas).Want(200, "Je hebt een plek")
	w.Visitor().Get(piet).Want(200, "Je hebt een plek")
	kees := w.comes(session, "Kees")
	w.post(piet + "/cancel")
	w.Visitor().Get(kees).Want(200, "als nummer 1") // still one too many for one seat

	// Within two hours of the start nobody moves up.
	w.SetNow(time.Date(2026, 11, 26, 7, 30, 0, 0, time.UTC))
	w.post(klaas + "/cancel")
	w.Visitor().Get(kees).Want(200, "als nummer 1")
}

func TestUnconfirmedPlaceLapses(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	jan := w.signUp(session, "Jan")
	piet := w.comes(session, "Piet")
	w.Advance(23 * time.Hour)
	w.Visitor().Get(piet).Want(200, "als nummer 1")
	w.Advance(2 * time.Hour)
	w.Visitor().Get(piet).Want(200, "Je hebt een plek")
	w.Visitor().Get(jan).Want(200, "Je aanmelding is vervallen")
	w.post(jan+"/confirm").Want(200, "Je aanmelding is vervallen")
	if n := len(w.mailsTo("Jan")); n != 1 {
		t.Errorf("%d mails to an address that nobody confirmed", n)
	}
}

func TestSessionMovedAndCalledOff(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	w.seated(session, "Jan")
	w.comes(session, "Piet")
	w.signUp(session, "Nooit")
	w.staff("/staff/trainings/sessions/"+session+"/edit", "date", "2026-11-27", "start", "14:00", "end", "15:00", "zone", "Europe/Amsterdam", "lang", "nl", "capacity", "1", "join_url", "https://meet.example/room-1").Want(200, "Bewaard.")
	moved := w.MailTo(address("Jan"))
	method, props := invitation(t, moved)
	if method != "REQUEST" || props.Get("SEQUENCE").Value != "1" || props.Get("DTSTART").Value != "20261127T140000" || !strings.Contains(moved.Text, "14:00–15:00") {
		t.Errorf("%s %s %s", method, props.Get("SEQUENCE").Value, props.Get("DTSTART").Value)
	}
	if m := w.MailTo(address("Piet")); m.Calendar != "" || !strings.Contains(m.Subject, "Gewijzigd") {
		t.Errorf("Piet, who waits, reads %q", m.Subject)
	}
	w.sanne.Get("/staff/trainings/sessions/"+session+"/cancel").Want(200, "1 deelnemers en 2 wachtenden")
	w.staff("/staff/trainings/sessions/"+session+"/cancel", "reason", "Sanne is ziek.").Want(200, "2 mensen krijgen bericht", "Gaat niet door")
	off := w.MailTo(address("Jan"))
	method, props = invitation(t, off)
	if method != "CANCEL" || props.Get("SEQUENCE").Value != "2" || !strings.Contains(off.Text, "Sanne is ziek.") {
		t.Errorf("%s %s\n%s", method, props.Get("SEQUENCE").Value, off.Text)
	}
	if m := w.MailTo(address("Piet")); m.Calendar != "" || !strings.Contains(m.Subject, "Gaat niet door") {
		t.Errorf("Piet reads %q", m.Subject)
	}
	if n := len(w.mailsTo("Nooit")); n != 1 {
		t.Errorf("%d mails to an address that nobody confirmed", n)
	}
	w.Visitor().Get("/trainings/").Want(200, "Er staat nu niets gepland")
	w.staff("/staff/trainings/sessions/" + session + "/cancel").Want(409)
}

func TestChangeSession(t *testing.T) {
	w := newWorld(t)
	first, second := w.session("2026-11-26", "10:00", "10:45", 1), w.session("2026-12-03", "15:00", "15:45", 1)
	jan := w.seated(first, "Jan")
	piet := w.comes(first, "Piet")
	w.Visitor().Get(jan).Want(200, "Toch een andere datum?", "do 3 dec, 15:00–15:45")
	w.post(jan+"/session", "session", second).Want(200, "Je komt nu op deze datum", "donderdag 3 december 2026")
	_, before := invitation(t, w.mailsTo("Jan")[1])
	method, after := invitation(t, w.MailTo(address("Jan")))
	if method != "REQUEST" || after.Get("UID").Value != before.Get("UID").Value || after.Get("SEQUENCE").Value != "1" || after.Get("DTSTART").Value != "20261203T150000" {
		t.Errorf("%s %s", method, after.Get("SEQUENCE").Value)
	}
	w.Visitor().Get(piet).Want(200, "Je hebt een plek") // the seat that Jan left
	w.post(piet+"/session", "session", second).Want(200, "Die datum is net vol", "Je hebt een plek")
	w.post(piet+"/session", "session", "nergens").Want(404)
}

func TestReminders(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-27", "15:00", "16:00", 20)
	w.seated(session, "Jan")
	start := time.Date(2026, 11, 27, 14, 0, 0, 0, time.UTC)
	reminders := func(name string) (all []string) {
		for _, m := range w.mailsTo(name) {
			if strings.HasPrefix(m.Subject, "Herinnering") || strings.HasPrefix(m.Subject, "Bijna") {
				all = append(all, strings.Fields(m.Subject)[0])
			}
		}
		return all
	}
	w.SetNow(start.Add(-24*time.Hour - time.Minute))
	if got := reminders("Jan"); len(got) != 0 {
		t.Errorf("too early: %v", got)
	}
	w.SetNow(start.Add(-24 * time.Hour))
	w.SetNow(start.Add(-23 * time.Hour))
	if got := reminders("Jan"); len(got) != 1 {
		t.Errorf("the day before: %v", got)
	}
	w.SetNow(start.Add(-3 * time.Hour))
	w.seated(session, "Laat") // signs up three hours before
	w.signUp(session, "Nooit")
	w.SetNow(start.Add(-2 * time.Hour))
	if got := reminders("Laat"); len(got) != 0 {
		t.Errorf("who signed up late got %v", got)
	}
	w.SetNow(start.Add(-time.Hour))
	w.SetNow(start.Add(-10 * time.Minute))
	w.SetNow(start.Add(-9 * time.Minute))
	w.SetNow(start)
	w.SetNow(start.Add(time.Minute))
	if got := reminders("Jan"); len(got) != 3 {
		t.Errorf("Jan got %v", got)
	}
	if got := reminders("Laat"); len(got) != 2 {
		t.Errorf("Laat got %v", got)
	}
	if got := reminders("Nooit"); len(got) != 0 {
		t.Errorf("an address that nobody confirmed got %v", got)
	}
}

// TestReminderAfterOutage: no worker ran since the day before.
func TestReminderAfterOutage(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-27", "15:00", "16:00", 20)
	w.seated(session, "Jan")
	w.ForgetMails()
	w.SetNow(time.Date(2026, 11, 27, 13, 55, 0, 0, time.UTC))
	if got := w.mailsTo("Jan"); len(got) != 1 {
		t.Errorf("%d mails five minutes before the start", len(got))
	}
	w.SetNow(time.Date(2026, 11, 27, 14, 30, 0, 0, time.UTC))
	if got := w.mailsTo("Jan"); len(got) != 1 {
		t.Errorf("%d mails after the start", len(got))
	}
}

// TestTwoWorkersOneReminder: the chore runs twice at once.
func TestTwoWorkersOneReminder(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-27", "15:00", "16:00", 20)
	w.seated(session, "Jan")
	w.ForgetMails()
	var remind func(context.Context) error
	w.Chores = slices.DeleteFunc(w.Chores, func(c jobs.Chore) bool {
		if c.Name == "trainings.reminders" {
			remind = c.Do
		}
		return c.Name == "trainings.reminders"
	})
	w.SetNow(time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := remind(w.Ctx()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.mailsTo("Jan"); len(got) != 1 {
		t.Errorf("%d reminders", len(got))
	}
}

// TestFromNewYork: 15:00 in Amsterdam is 10:00 in New York on 16 March 2026,
// when only America has changed its clocks, and 09:00 on the 30th.
func TestFromNewYork(t *testing.T) {
	w := newWorld(t)
	w.SetNow(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	w.sanne.SignIn()
	w.session("2026-03-16", "15:00", "16:00", 20)
	w.session("2026-03-30", "15:00", "16:00", 20)
	visitor := w.Visitor()
	visitor.Get("/trainings/").Want(200, "ma 15:00–16:00")
	visitor.Get("/trainings/?zone=America/New_York").Want(200, "ma 10:00–11:00", "ma 09:00–10:00", "tijd van New York").WantNot("15:00")
	visitor.Get("/trainings/"+w.id).Want(200, "10:00–11:00", "tijd van New York") // remembered
	visitor.Get("/trainings/?zone=Nowhere/Here").Want(200, "tijd van New York")
	visitor.In("en").Get("/trainings/?zone=America/New_York").Want(200, "Mon 10:00–11:00", "New York time")
}

func TestFiltersAndFeeds(t *testing.T) {
	w := newWorld(t)
	w.session("2026-11-26", "10:00", "10:45", 20)
	w.id = w.training("kind", "training", "title", "Viewer =basis", "products", "viewer")
	w.session("2026-12-03", "10:00", "10:45", 20, "place", "Westerdam", "lang", "en")
	v := w.Visitor()
	v.Get("/trainings/?kind=webinar").Want(200, "Uitgiftes").WantNot("Viewer =basis")
	v.Get("/trainings/?lang=en").Want(200, "Viewer =basis").WantNot("Uitgiftes zonder")
	v.Get("/trainings/?product=viewer").Want(200, "Viewer =basis").WantNot("Uitgiftes zonder")
	v.Get("/trainings/?kind=webinar&product=viewer").Want(200, "Niets gevonden")
	v.Get("/trainings/?kind=%27%22").Want(200, "Uitgiftes", "Viewer =basis")
	v.Get("/feed/trainings.atom").Want(200, "<title>Uitgiftes zonder e-mail</title>", "http://www.w3.org/2005/Atom")
	feed := v.Get("/calendar/trainings.ics").Want(200)
	cal, err := ical.NewDecoder(bytes.NewReader([]byte(feed.Body))).Decode()
	if err != nil || len(cal.Events()) != 2 || strings.Contains(feed.Body, "meet.example") {
		t.Errorf("%v\n%s", err, feed.Body)
	}
	v.Get("/calendar/guess.ics").Want(404)
	v.Get("/").Want(200, "Eerstvolgende: do 26 nov, 10:00")
	v.Get("/search?q=uitgiftes").Want(200, "/trainings/")
}

// TestDraftsLeaveNoTrace: what has not been published is nowhere.
func TestDraftsLeaveNoTrace(t *testing.T) {
	w := newWorld(t)
	w.session("2026-11-26", "10:00", "10:45", 20)
	for _, state := range []string{"draft", "archive"} {
		w.sanne.Post("/staff/trainings/" + w.id + "/" + state).Want(200)
		for _, browser := range []*apptest.Browser{w.Visitor(), w.Customer("Jan" + state)} {
			for _, path := range []string{"/trainings/", "/feed/trainings.atom", "/calendar/trainings.ics", "/sitemap.xml", "/search?q=uitgiftes", "/"} {
				browser.Get(path).Want(200).WantNot("Uitgiftes zonder", w.id)
			}
			browser.Get("/trainings/" + w.id).Want(404)
			browser.Get("/trainings/" + w.id + "/sent").Want(404)
			browser.Post("/trainings/"+w.id, "name", "Jan", "email", "jan@example.org").Want(404)
		}
	}
	w.sanne.Post("/staff/trainings/" + w.id + "/publish")
	w.sanne.Post("/staff/trainings/"+w.id+"/sessions/new", "date", "2026-11-28", "start", "11:11", "end", "12:00", "zone", "Europe/Amsterdam", "lang", "nl", "capacity", "9", "place", "Hier", "do", "draft").Want(200, "Concept")
	for _, path := range []string{"/trainings/", "/feed/trainings.atom", "/calendar/trainings.ics", "/trainings/" + w.id} {
		w.Visitor().Get(path).Want(200).WantNot("11:11", "T111100")
	}
}

func TestStaffOnlyWithThePermission(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 20)
	for _, browser := range []*apptest.Browser{w.Staff("Daan", "tickets"), w.Customer("Jan")} {
		for _, path := range []string{"/staff/trainings/", "/staff/trainings/sessions/" + session, "/staff/trainings/sessions/" + session + "/export.csv"} {
			if got := browser.Get(path).Status; got != 403 && got != 404 {
				t.Errorf("%s: %d", path, got)
			}
		}
	}
}

func TestHostConsole(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 2)
	path := "/staff/trainings/sessions/" + session
	w.seated(session, "Jan")
	w.post("/trainings/"+w.id, "session", session, "name", "=cmd|' /C calc'!A0", "email", "evil@example.org", "company", "@SUM(1)")
	csv := w.sanne.Get(path + "/export.csv").Want(200).Body
	for _, cell := range []string{"'=cmd|' /C calc'!A0", "'@SUM(1)", "Jan,jan@example.org"} {
		if !strings.Contains(csv, cell) {
			t.Errorf("no %s in\n%s", cell, csv)
		}
	}

	// A list of people to sign up: each confirms for himself.
	w.staff(path+"/import", "what", "people", "list", "Naam;Telefoon\nPiet;06").Want(422, "geen kolom met e-mailadressen")
	w.staff(path+"/import", "what", "people", "list", "Naam;E-mail\nPiet;piet@example.org\nKees;geen adres").Want(422, "Er is niets ingelezen", "regel 3", "Piet;piet@example.org")
	w.staff(path+"/import", "what", "people", "list", "Naam;E-mail;Bedrijf\nPiet;piet@example.org;Bouw\nJan;jan@example.org;").Want(200, "Aangemeld: 1. Waren al aangemeld: 1.")
	own := w.Link(w.MailTo("piet@example.org"), "/registrations/")
	w.post(own+"/confirm").Want(200, "wachtlijst")
	w.sanne.Upload(path+"/import", []apptest.File{{Field: "file", Name: "lijst.csv", Content: "\xef\xbb\xbfname,email\nRen\xc3\xa9,rene@example.org\n"}}, "what", "people").Want(200, "Aangemeld: 1.")

	// A letter to a selection, seen first.
	w.staff(path+"/mail", "who", "attended", "subject", "Hoi", "body", "Dag").Want(422, "Niemand van deze groep")
	w.ForgetMails()
	w.staff(path+"/mail", "who", "in", "subject", "Laptop mee", "body", "Neem een **laptop** mee.").Want(200, "Zo wordt het", "Naar 1 persoon", "<strong>laptop</strong>", "Verstuur naar 1 persoon")
	if n := len(w.Mails()); n != 0 {
		t.Errorf("looking sent %d mails", n)
	}
	w.staff(path+"/mail", "who", "in", "subject", "Laptop mee", "body", "Neem een **laptop** mee.", "do", "send").Want(200, "De mail gaat naar 1 persoon")
	if all := w.Mails(); len(all) != 1 || all[0].To != "jan@example.org" || !strings.Contains(all[0].Text, "laptop") {
		t.Errorf("%v", all)
	}

	// Attendance, by hand and by a list.
	w.staff(path+"/attendance", "there", "x").Want(409)
	w.SetNow(time.Date(2026, 11, 26, 3, 20, 0, 0, time.UTC)) // the nightly run
	w.SetNow(time.Date(2026, 11, 26, 9, 50, 0, 0, time.UTC))
	w.sanne.SignIn()
	w.sanne.Get("/staff/").Want(200, "Noteer vandaag wie er was")
	w.staff(path+"/import", "what", "attendance", "list", "e-mail\njan@example.org\nonbekend@example.org").Want(200, "Als aanwezig genoteerd: 1. Niet op de lijst van deelnemers: 1.")
	jan, err := db.Get[string](t.Context(), w.DB, `SELECT id FROM training_registration WHERE email = 'jan@example.org'`)
	w.Fatal(err)
	w.staff(path+"/attendance", "shown", jan).Want(200, "genoteerd")
	if n := w.count(`SELECT attended FROM training_session WHERE id = ?`, session); n != 0 {
		t.Errorf("%d attended", n)
	}
	w.staff(path+"/attendance", "shown", jan, "there", jan).Want(200)
	if n := w.count(`SELECT attended FROM training_session WHERE id = ?`, session); n != 1 {
		t.Errorf("%d attended", n)
	}
	w.sanne.Get(path+"/people/"+jan).Want(200, "jan@example.org", "Aanwezig")
	w.staff(path+"/people/"+jan+"/remove").Want(200, "De aanmelding is weg")
	if m := w.MailTo("jan@example.org"); m.CalendarMethod != "CANCEL" {
		t.Errorf("Jan reads %q", m.Subject)
	}
}

func TestCertificate(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "11:30", 20)
	own := w.seated(session, "Zoe Yıldız-Łuk")
	w.seated(session, "Afwezig")
	w.SetNow(time.Date(2026, 11, 26, 9, 5, 0, 0, time.UTC))
	w.Visitor().Still().Post(own + "/join")
	w.ForgetMails()
	w.SetNow(time.Date(2026, 11, 26, 11, 1, 0, 0, time.UTC))
	w.Advance(10 * time.Minute)
	if n := len(w.Mails()); n != 1 {
		t.Fatalf("%d mails after the session", n)
	}
	link := w.Link(w.Mails()[0], "/trainings/certificates/")
	code := strings.Split(link, "/")[3]

	v := w.Visitor()
	v.Get(link).Want(200, "Certificaat van Zoe Yıldız-Łuk", "26 november 2026", "1 u 30 min")
	pdf := v.Get(link + "/certificate.pdf").Want(200)
	if !strings.HasPrefix(pdf.Body, "%PDF-") || len(pdf.Body) < 5000 {
		t.Errorf("%d bytes of %q", len(pdf.Body), pdf.Body[:8])
	}
	v.Get("/trainings/certificates/"+code).Want(200, "Dit certificaat is echt", "Uitgiftes zonder e-mail", "Tekenkast").WantNot("Zoe")
	v.Get("/trainings/certificates/"+code+"?name="+url.QueryEscape(" zoé  YILDIZ-łuk")).Want(200, "Ja: dit certificaat staat op naam van")
	v.Get("/trainings/certificates/"+code+"?name=Jan").Want(200, "Nee: dit certificaat staat niet op naam van Jan")
	v.Get("/trainings/certificates/?code="+strings.ToLower(strings.ReplaceAll(code, "-", "+"))).Want(200, "Dit certificaat is echt")
	v.Get("/trainings/certificates/AAAAA-AAAAA-AAAAA-AAAAA").Want(404, "Deze code kennen we niet")
	v.Get("/trainings/certificates/?code=x").Want(422, "Deze code kennen we niet")
	v.Get("/trainings/certificates/" + code + "/AAAA").Want(404)
	if n := w.count(`SELECT count(*) FROM training_certificate WHERE title LIKE '%Yıld%' OR proof LIKE '%Yıld%'`); n != 0 {
		t.Error("the register names somebody")
	}
	v.Post(link).Want(200, "Je certificaat is ingetrokken")
	v.Get(link).Want(404)
}

// TestErasedTheNightAfter is case 11 of the dated cases: a webinar on Thursday 20
// May 2027, 14:00 to 15:00, with thirty people. The run of that night keeps
// them, the next one does not; the head count stays and the mails are gone.
func TestErasedTheNightAfter(t *testing.T) {
	w := newWorld(t)
	w.SetNow(time.Date(2027, 5, 18, 9, 0, 0, 0, time.UTC))
	w.sanne.SignIn()
	session := w.session("2027-05-20", "14:00", "15:00", 40)
	for i := range 30 {
		w.Visitor().Post("/trainings/"+w.id, "session", session, "name", fmt.Sprint("Deelnemer", i), "email", fmt.Sprintf("d%d@example.org", i)).Want(200)
	}
	first := w.Link(w.MailTo("d0@example.org"), "/registrations/")
	w.post(first+"/confirm").Want(200, "Je hebt een plek")
	w.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE training_registration SET held_until = NULL, confirmed_at = ? WHERE confirmed_at IS NULL`, w.Now())
		return err
	})
	left := func() int { return w.count(`SELECT count(*) FROM training_registration`) }
	w.SetNow(time.Date(2027, 5, 20, 2, 16, 0, 0, time.UTC))
	if n := left(); n != 30 {
		t.Fatalf("%d sign-ups after the run of the 20th", n)
	}
	w.SetNow(time.Date(2027, 5, 20, 20, 0, 0, 0, time.UTC))
	w.SetNow(time.Date(2027, 5, 21, 2, 16, 0, 0, time.UTC))
	if n := left(); n != 0 {
		t.Errorf("%d sign-ups after the run of the 21st", n)
	}
	if n := w.count(`SELECT taken FROM training_session WHERE id = ?`, session); n != 30 {
		t.Errorf("the head count is %d", n)
	}
	if n := w.count(`SELECT count(*) FROM mail WHERE about LIKE 'training%'`); n != 0 {
		t.Errorf("%d mails are left", n)
	}
	w.Visitor().Get(first).Want(404)
	w.sanne.SignIn()
	w.sanne.Get("/staff/trainings/sessions/"+session).Want(200, "Er waren 30 aanmeldingen en 0 aanwezigen").WantNot("d0@example.org")
}

// TestCancelledIsErasedThatNight: so is who cancels before.
func TestCancelledIsErasedThatNight(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-12-10", "14:00", "15:00", 40)
	w.post(w.seated(session, "Jan")+"/cancel").Want(200, "Je bent afgemeld")
	w.seated(session, "Piet")
	w.SetNow(time.Date(2026, 11, 24, 3, 16, 0, 0, time.UTC))
	if n := w.count(`SELECT count(*) FROM training_registration`); n != 1 {
		t.Errorf("%d sign-ups", n)
	}
}

// TestErasedOnRequest: who asks to be erased leaves his seat to the next.
func TestErasedOnRequest(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-12-10", "14:00", "15:00", 1)
	w.seated(session, "Jan")
	piet := w.comes(session, "Piet")
	_, err := w.Privacy.EraseNow(t.Context(), privacy.Subject{Email: address("Jan")}, nil)
	w.Fatal(err)
	w.Advance(2 * time.Minute)
	w.Visitor().Get(piet).Want(200, "Je hebt een plek")
	if n := w.count(`SELECT count(*) FROM mail WHERE address = ?`, address("Jan")); n != 0 {
		t.Errorf("%d mails to Jan are left", n)
	}
}

func TestFormsOfStaff(t *testing.T) {
	w := newWorld(t)
	w.sanne.Post("/staff/trainings/new", "kind", "party", "title", "").Want(422)
	path := "/staff/trainings/" + w.id + "/sessions/new"
	good := map[string]string{"date": "2026-11-26", "start": "10:00", "end": "11:00", "zone": "Europe/Amsterdam", "lang": "nl", "capacity": "12", "place": "Hier"}
	for _, c := range []struct{ field, value, says string }{
		{"date", "2026-02-30", "Kies een datum"}, {"start", "25:00", "Vul een tijd in"}, {"end", "09:00", "Het einde komt na het begin"},
		{"capacity", "veel", "Vul een getal in"}, {"capacity", "0", "Vul een getal in"}, {"date", "2026-11-20", "Deze datum is al geweest"},
		{"place", "", "Vul een plaats in"}, {"join_url", "javascript:alert(1)", "Dit is geen webadres"}, {"zone", "Mars/Base", ""},
	} {
		fields := []string{}
		for name, value := range good {
			if name == c.field {
				value = c.value
			}
			fields = append(fields, name, value)
		}
		if _, usual := good[c.field]; !usual {
			fields = append(fields, c.field, c.value)
		}
		w.sanne.Post(path, fields...).Want(422, c.says)
	}
	w.sanne.Get("/staff/trainings/"+w.id+"/edit").Want(200, "Uitgiftes zonder e-mail", "checked")
	w.sanne.Post("/staff/trainings/"+w.id+"/edit", "kind", "webinar", "title", "Andere titel").Want(200, "Andere titel", "Bewaard.")
	w.Visitor().Get("/search?q=andere").Want(200, "Andere titel")
	w.session("2026-11-26", "10:00", "11:00", 3)
	w.Customer("Jan").Post("/trainings/"+w.id, "name", "Jan", "email", "jan@example.com").Want(200, "Je hebt een plek")
	w.sanne.Post("/staff/trainings/"+w.id+"/archive").Want(200, "Er zijn nog mensen aangemeld")
	// A session of an hour in the night that the clocks go back, and one of three days.
	w.session("2027-10-31", "02:30", "03:30", 3, "place", "Hier")
	w.session("2026-12-07", "09:00", "17:00", 3, "place", "Hier", "end_date", "2026-12-09")
	w.Visitor().Get("/trainings/").Want(200, "09:00 tot wo 9 dec, 17:00")
}

// TestEveryLetterInBothLanguages: the letters of the preview page have all their texts.
func TestEveryLetterInBothLanguages(t *testing.T) {
	w := newWorld(t)
	for _, portal := range w.Portals() {
		if portal.Name != "trainings" {
			continue
		}
		if len(portal.Mails) != 15 {
			t.Errorf("%d samples", len(portal.Mails))
		}
		for _, lang := range []string{"nl", "en"} {
			ctx := w.Site.Catalog.With(t.Context(), lang, w.Zone, w.Now())
			for _, sample := range portal.Mails {
				drawn, err := w.Mail.Render(ctx, sample.Make(ctx))
				if err != nil || strings.Contains(drawn.Text+drawn.Subject+drawn.HTML, "⟦") || strings.Contains(drawn.Text, "%!") {
					t.Errorf("%s in %s: %v\n%s", sample.Name, lang, err, drawn.Text)
				}
			}
		}
	}
}

// TestDemonstration: the demonstration company has an agenda that lives.
func TestDemonstration(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Tx(func(tx *db.Tx) error { _, err := db.Exec(t.Context(), tx, `DELETE FROM account`); return err })
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	a.Visitor().Get("/trainings/").Want(200, "Basistraining Projecten", "vol, 3 wachten").WantNot("Nieuw in het voorjaar")
	sanne := a.As("sanne@tekenkast.example")
	sanne.Get("/staff/trainings/").Want(200, "Net geweest")
	sanne.Get("/staff/trainings/?state=draft").Want(200, "Nieuw in het voorjaar")
	for _, path := range sanne.Get("/staff/trainings/").Links() {
		if strings.HasPrefix(path, "/staff/trainings/sessions/") {
			sanne.Get(path).Want(200)
		}
	}
}

// TestEnglish: the pages have their texts in English too.
func TestEnglish(t *testing.T) {
	w := newWorld(t)
	session := w.session("2026-11-26", "10:00", "10:45", 1)
	v := w.Visitor().In("en")
	v.Get("/trainings/").Want(200, "Training and webinars", "1 seat left", "Thu 10:00–10:45")
	v.Post("/trainings/"+w.id, "session", session, "name", "John", "email", "john@example.org").Want(200, "Look in your mail")
	m := w.MailTo("john@example.org")
	if !strings.Contains(m.Subject, "Confirm your sign-up") {
		t.Errorf("John reads %q", m.Subject)
	}
	own := w.Link(m, "/registrations/")
	v.Get(own).Want(200, "Is this your sign-up?")
	w.Advance(time.Second)
	v.Post(own+"/confirm").Want(200, "You have a seat", "Thursday 26 November 2026")
	w.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET lang = 'en'`)
		return err
	})
	w.sanne.Get("/staff/trainings/sessions/"+session).Want(200, "Participants")
}
