package demos_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"loket/app/account"
	"loket/app/apptest"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/app/settings"
	"loket/db"
	"loket/portals/demos"
	"loket/portals/home"
)

// desk is the program with one kind of demonstration (30 minutes, on the half
// hour, a quarter of an hour kept free after it) and hosts on weekdays from 9 to
// 12 and 13 to 17. It is Monday 23 November 2026, 10:00.
func desk(t *testing.T, hosts ...string) (*apptest.App, *apptest.Browser) {
	t.Helper()
	a := apptest.New(t, home.New, demos.New)
	var first *apptest.Browser
	for _, name := range hosts {
		h := a.Staff(name, "demos")
		h.Post("/staff/demos/hosts", "account", h.Account.ID).Want(200, "Toegevoegd")
		if first == nil {
			first = h
		}
	}
	first.Post("/staff/demos/types/new", kind(map[string]string{"hosts": hostIDs(first)})...).Want(200, "Bewaard", "Kennismaking")
	return a, first
}

func hostIDs(h *apptest.Browser) string {
	return strings.Join(h.Get("/staff/demos/hosts").Values("data-id"), " ")
}

func kind(more map[string]string) []string {
	fields := map[string]string{"name_nl": "Kennismaking", "name_en": "Meet us", "slug": "kennismaking", "minutes": "30", "step": "30", "before": "0", "after": "15",
		"notice": "60", "days": "60", "daily": "0", "weekly": "0", "cutoff": "120"}
	for k, v := range more {
		fields[k] = v
	}
	var all []string
	for k, v := range fields {
		if k == "hosts" {
			for _, id := range strings.Fields(v) {
				all = append(all, "hosts", id)
			}
			continue
		}
		all = append(all, k, v)
	}
	return all
}

const tuesday10 = "2026-11-24T09:00:00Z"

func book(b *apptest.Browser, name, start string, more ...string) *apptest.Page {
	return b.Post("/demos/kennismaking", append([]string{"name", name, "email", strings.ToLower(strings.Fields(name)[0]) + "@blom.example", "start", start, "zone", "Europe/Amsterdam"}, more...)...)
}

// confirmed books and confirms by the mailed link, and returns the booking's own path.
func confirmed(a *apptest.App, b *apptest.Browser, name, start string, more ...string) string {
	a.T.Helper()
	book(b, name, start, more...).Want(200, "kijk in je mail")
	link := a.Link(a.MailTo(strings.ToLower(strings.Fields(name)[0])+"@blom.example"), "/bookings/")
	b.Get(link).Want(200, "Bevestig je afspraak")
	a.Advance(time.Second)
	b.Post(link+"/confirm").Want(200, "Je afspraak staat")
	a.Advance(time.Second)
	return link
}

// calendarOf reads the invitation of a mail with another parser than the one
// that wrote it.
func calendarOf(t *testing.T, m apptest.Mail) *ical.Event {
	t.Helper()
	cal, err := ical.NewDecoder(strings.NewReader(m.Calendar)).Decode()
	if err != nil || len(cal.Events()) != 1 {
		t.Fatalf("%v in\n%s", err, m.Calendar)
	}
	if method := cal.Props.Get(ical.PropMethod); method == nil || method.Value != m.CalendarMethod {
		t.Errorf("the mail says %s, its calendar %v", m.CalendarMethod, method)
	}
	return &cal.Events()[0]
}

func property(e *ical.Event, name string) string {
	if got := e.Props.Get(name); got != nil {
		return got.Value
	}
	return ""
}

// Iris picks a moment, hears nothing about herself by mail before her address is
// confirmed, and then both sides have it in their calendars.
func TestIrisBooksADemo(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	iris := a.Visitor()
	iris.Get("/demos/").Want(200, "Kennismaking", "30 minuten")
	day := iris.Get("/demos/kennismaking?zone=Europe/Amsterdam&from=2026-11-24").Want(200, "Dinsdag 24 november", "09:00", "16:30", "Ochtend", "Middag")
	if starts := day.Values("data-start"); len(starts) != 14 || starts[2] != tuesday10 {
		t.Fatalf("moments %v", starts)
	}
	iris.Get("/demos/kennismaking?zone=Europe/Amsterdam&start="+tuesday10).Want(200, "di 24 nov, 10:00 (tijd in Amsterdam)", "Wat we hiervan bewaren", "30 dagen nadat de afspraak is geweest")
	book(iris, "Iris Blom", tuesday10, "company", "Blom Bouwadvies", "wish", "Onze onderaannemers").Want(200, "kijk in je mail")

	ask := a.MailTo("iris@blom.example")
	for _, about := range []string{"Iris", "Blom", "onderaannemers", "10:00", "Sanne"} {
		if strings.Contains(ask.Text, about) || strings.Contains(ask.HTML, about) {
			t.Errorf("%q goes to an address that nobody confirmed", about)
		}
	}
	if ask.Calendar != "" || len(a.Mails()) != 1 {
		t.Errorf("%d mails, invitation %q", len(a.Mails()), ask.Calendar)
	}
	link := a.Link(ask, "/bookings/")
	for range 2 { // a mail scanner opens every link it sees
		iris.Get(link).Want(200, "Bevestig je afspraak")
	}
	sanne.Get("/staff/demos/").Want(200, "Iris Blom", "nog niet bevestigd")
	a.Advance(time.Minute)
	iris.Post(link+"/confirm").Want(200, "Je afspraak staat", "Met Sanne", "Verzet")
	iris.Post(link+"/confirm").Want(200, "Je afspraak staat")

	hers, his := a.MailTo("iris@blom.example"), a.MailTo("sanne@example.com")
	mine, other := calendarOf(t, hers), calendarOf(t, his)
	if property(mine, ical.PropUID) != property(other, ical.PropUID) || hers.CalendarMethod != "REQUEST" {
		t.Error("both sides do not share one invitation")
	}
	if start, err := mine.DateTimeStart(nil); err != nil || start.UTC().Format(time.RFC3339) != tuesday10 {
		t.Errorf("invitation begins at %v, %v", start, err)
	}
	if !strings.Contains(his.Text, "onderaannemers") || !strings.Contains(hers.Text, "Dag Iris Blom") {
		t.Errorf("letters\n%s\n%s", hers.Text, his.Text)
	}
	if len(a.Mails()) != 3 {
		t.Errorf("%d mails", len(a.Mails()))
	}
	sanne.Get("/search?q=onderaannemers").Want(200, "Iris Blom")
	iris.Get("/search?q=onderaannemers").WantNot("Iris Blom")
	if file := iris.Get(link+"/calendar.ics").Want(200, "METHOD:REQUEST"); !strings.HasPrefix(file.Header.Get("Content-Type"), "text/calendar") {
		t.Error(file.Header)
	}
}

// Whoever has signed in with a confirmed address is asked nothing twice, and the
// colleague who looks after his company gets him.
func TestCustomerGetsHisOwnColleague(t *testing.T) {
	a, _ := desk(t, "Daan", "Sanne")
	joost := a.Customer("Joost")
	sanne := a.As("sanne@example.com")
	sanne.Post("/staff/demos/hosts/"+sanne.Account.ID+"/owner", "company", "van der wal bouw").Want(200, "Van der Wal Bouw")
	joost.Get("/demos/kennismaking?start="+tuesday10).Want(200, `value="joost@example.com"`)
	joost.Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", tuesday10).Want(200, "Je afspraak staat", "Sanne")
	a.Advance(time.Minute)
	// Others take turns: Daan has never been booked, and then it is Sanne's turn again.
	confirmed(a, a.Visitor(), "Iris Blom", "2026-11-24T10:00:00Z")
	a.Advance(time.Minute)
	confirmed(a, a.Visitor(), "Hassan Idrissi", "2026-11-24T12:00:00Z")
	a.MailTo("daan@example.com")
	last := a.MailTo("sanne@example.com")
	if !strings.Contains(last.Text, "Hassan") {
		t.Errorf("not in turn: %s", last.Text)
	}
}

// A session at 15:00 in Amsterdam, seen from New York, in the fortnight when
// only one of them has moved the clock.
func TestNewYorkSeesItsOwnClock(t *testing.T) {
	a, _ := desk(t, "Sanne")
	a.SetNow(time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC))
	newYork := a.Visitor().In("en")
	for from, want := range map[string]string{"2026-03-16": "2026-03-16T14:00:00Z 10:00", "2026-03-30": "2026-03-30T13:00:00Z 09:00"} {
		page := newYork.Get("/demos/kennismaking?zone=America/New_York&from=" + from).Want(200)
		start, clock, _ := strings.Cut(want, " ")
		if page.Attr("data-start", start, "data-start") == "" || page.Attr("datetime", from+"T"+clock+":00-04:00", "datetime") == "" {
			t.Errorf("%s: no %s at %s in %s", from, start, clock, page.Text())
		}
	}
	newYork.Get("/demos/kennismaking?zone=America/New_York&start=2026-03-16T14:00:00Z").Want(200, "Mon 16 Mar, 10:00 (time in New York)")
	// What was chosen once is kept, and no script guesses over it.
	newYork.Get("/demos/kennismaking?from=2026-03-16").Want(200, "10:00").WantNot("data-zone")
	a.Visitor().Get("/demos/kennismaking?from=2026-03-16").Want(200, "15:00", "data-zone")
	// A zone that is none is as if nobody had named one; nobody sees an error.
	for _, zone := range []string{"Mars/Phobos", "../../etc/passwd", strings.Repeat("x", 500), "%00"} {
		a.Visitor().Get("/demos/kennismaking?from=2026-03-16&zone="+url.QueryEscape(zone)).Want(200, "15:00")
	}
}

// Fifty people, one moment: one has it, forty-nine hear so kindly and see what is free.
func TestFiftyForOneMoment(t *testing.T) {
	a, _ := desk(t, "Sanne")
	var people []*apptest.Browser
	for i := range 50 {
		people = append(people, a.Loner("Gast"+strconv.Itoa(i)))
	}
	var wg sync.WaitGroup
	pages := make([]*apptest.Page, len(people))
	for i, who := range people {
		wg.Go(func() {
			pages[i] = who.Post("/demos/kennismaking", "name", who.Account.Name, "email", who.Account.Email, "start", tuesday10, "once", "x"+strconv.Itoa(i))
		})
	}
	wg.Wait()
	in, told := 0, 0
	for _, page := range pages {
		switch page.Status {
		case 200:
			in++
		case 409:
			told++
			page.Want(409, "Iemand was je net voor", "Gast")
			if free := page.Values("data-start"); len(free) != 6 || free[0] == tuesday10 {
				t.Errorf("offered %v", free)
			}
		default:
			t.Errorf("status %d: %s", page.Status, page.Text())
		}
	}
	if in != 1 || told != 49 {
		t.Errorf("%d in, %d told", in, told)
	}
	rows, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM demo_booking`)
	if err != nil || rows != 1 {
		t.Errorf("%d bookings, %v", rows, err)
	}
}

// The schema itself refuses a second booking of the same time, whatever the program does.
func TestTimeCannotBeTakenTwice(t *testing.T) {
	a, _ := desk(t, "Sanne")
	confirmed(a, a.Visitor(), "Iris Blom", tuesday10)
	_, err := db.Exec(t.Context(), a.DB, `INSERT INTO demo_taken (host_id, piece, booking_id) SELECT host_id, piece, booking_id FROM demo_taken LIMIT 1`)
	if err == nil {
		t.Error("a piece of time was taken twice")
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM demo_taken`)
	if err != nil || n != 9 { // half an hour and the quarter after it
		t.Errorf("%d pieces, %v", n, err)
	}
}

func TestMovedAndCancelled(t *testing.T) {
	a, _ := desk(t, "Sanne")
	iris := a.Visitor()
	link := confirmed(a, iris, "Iris Blom", tuesday10)
	uid := property(calendarOf(t, a.MailTo("iris@blom.example")), ical.PropUID)

	iris.Get(link+"/move?from=2026-11-25").Want(200, "Woensdag 25 november", "Nu: di 24 nov, 10:00")
	iris.Post(link+"/move", "start", "2026-11-25T10:00:00Z").Want(200, "De afspraak is verzet", "wo 25 nov, 11:00")
	moved := a.MailTo("iris@blom.example")
	event := calendarOf(t, moved)
	if property(event, ical.PropUID) != uid || property(event, ical.PropSequence) != "1" || moved.CalendarMethod != "REQUEST" {
		t.Errorf("invitation %s", moved.Calendar)
	}
	a.Visitor().Get("/demos/kennismaking?from=2026-11-24").Want(200, `data-start="`+tuesday10+`"`)

	// A moment that has gone, or never was one, is refused with others to choose from.
	confirmed(a, a.Visitor(), "Hassan Idrissi", "2026-11-25T13:00:00Z")
	iris.Post(link+"/move?from=2026-11-25", "start", "2026-11-25T13:00:00Z").Want(409, "Iemand was je net voor")
	a.Advance(time.Minute)
	for start, want := range map[string]int{"": 422, "morgen": 422, "9999-01-01T00:00:00Z": 422, "2026-11-25T10:07:00Z": 409, "2026-11-22T10:00:00Z": 409, "2031-11-25T10:00:00Z": 409} {
		if page := iris.Post(link+"/move", "start", start); page.Status != want {
			t.Errorf("moved to %q: %d", start, page.Status)
		}
	}

	a.Advance(time.Minute)
	iris.Get(link+"/cancel").Want(200, "De afspraak afzeggen?")
	iris.Get(link).Want(200, "Je afspraak staat") // looking changes nothing
	iris.Post(link+"/cancel").Want(200, "De afspraak is afgezegd")
	iris.Post(link+"/cancel").Want(200, "Deze afspraak is afgezegd")
	gone, his := a.MailTo("iris@blom.example"), a.MailTo("sanne@example.com")
	event = calendarOf(t, gone)
	if gone.CalendarMethod != "CANCEL" || his.CalendarMethod != "CANCEL" || property(event, ical.PropSequence) != "2" || property(event, ical.PropUID) != uid {
		t.Errorf("withdrawal %s", gone.Calendar)
	}
	a.Visitor().Get("/demos/kennismaking?from=2026-11-25").Want(200, `data-start="2026-11-25T10:00:00Z"`)
	a.Customer("Joost").Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", "2026-11-25T10:00:00Z").Want(200, "Je afspraak staat")
}

// Two hours before the start it is too late to change it online.
func TestCutOff(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	iris := a.Visitor()
	link := confirmed(a, iris, "Iris Blom", tuesday10)
	a.SetNow(time.Date(2026, 11, 24, 6, 59, 59, 0, time.UTC))
	iris.Get(link).Want(200, "Verzet")
	a.SetNow(time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC))
	iris.Get(link).Want(200, "bijna zover")
	iris.Post(link+"/cancel").Want(200, "Je afspraak staat")
	iris.Post(link+"/move", "start", "2026-11-25T10:00:00Z").Want(200, "di 24 nov, 10:00")

	// Colleagues may until it begins; after that it is past for everybody.
	staff := "/staff/demos/bookings/" + id(t, a, "Iris Blom")
	sanne = sanne.Again()
	sanne.Get(staff).Want(200, "Zeg af")
	a.SetNow(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	iris.Get(link).Want(200, "De afspraak is begonnen of voorbij").WantNot("bijna zover")
	sanne.Get(staff).Want(200, "Iris Blom").WantNot("Zeg af")
}

// A hold ends by itself: the moment is free that minute. Who confirms late still
// gets it when nobody else took it, or may choose another.
func TestHoldEnds(t *testing.T) {
	a, _ := desk(t, "Sanne")
	iris := a.Visitor()
	book(iris, "Iris Blom", tuesday10).Want(200)
	link := a.Link(a.MailTo("iris@blom.example"), "/bookings/")
	hassan := a.Visitor()
	book(hassan, "Hassan Idrissi", tuesday10).Want(409)
	a.Advance(30 * time.Minute)
	iris.Get(link).Want(200, "hielden het moment niet langer vast")
	other := confirmed(a, hassan, "Hassan Idrissi", tuesday10)
	iris.Post(link+"/confirm").Want(200, "Dat moment is intussen vergeven", "Kies een ander moment")
	iris.Post(link+"/move", "start", "2026-11-24T12:00:00Z").Want(200, "di 24 nov, 13:00")
	hassan.Get(other).Want(200, "10:00")
	if m := a.MailTo("iris@blom.example"); m.CalendarMethod != "REQUEST" {
		t.Error("no invitation for the moment that she chose")
	}
}

func TestReminders(t *testing.T) {
	a, _ := desk(t, "Sanne")
	iris := a.Visitor()
	confirmed(a, iris, "Iris Blom", "2026-11-26T14:00:00Z")
	a.SetNow(time.Date(2026, 11, 25, 13, 59, 0, 0, time.UTC))
	a.ForgetMails()
	// Two workers at the moment that it is due: one reminder.
	a.SetNow(time.Date(2026, 11, 25, 14, 10, 0, 0, time.UTC))
	if mails := a.Mails(); len(mails) != 1 || !strings.HasPrefix(mails[0].Subject, "Morgen") {
		t.Fatalf("%d mails", len(mails))
	}
	a.SetNow(time.Date(2026, 11, 26, 13, 0, 0, 0, time.UTC))
	if hour := a.MailTo("iris@blom.example"); !strings.HasPrefix(hour.Subject, "Over een uur") {
		t.Errorf("%s", hour.Subject)
	}
	before := len(a.Mails())
	a.SetNow(time.Date(2026, 11, 26, 14, 5, 0, 0, time.UTC))
	if len(a.Mails()) != before {
		t.Error("a reminder after the start")
	}
}

func TestTwoWorkersOneReminder(t *testing.T) {
	a, _ := desk(t, "Sanne")
	confirmed(a, a.Visitor(), "Iris Blom", "2026-11-26T14:00:00Z")
	a.ForgetMails()
	var remind func(context.Context) error
	for _, p := range a.Portals() {
		for _, c := range p.Chores {
			if p.Name == "demos" && c.Name == "remind" {
				remind = c.Do
			}
		}
	}
	a.SetNow(time.Date(2026, 11, 26, 13, 30, 0, 0, time.UTC)) // runs it once already
	_, err := db.Exec(t.Context(), a.DB, `UPDATE demo_booking SET reminded = ''`)
	a.Fatal(err)
	a.ForgetMails()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := remind(a.Ctx()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if mails := a.Mails(); len(mails) != 2 { // Iris and Sanne
		t.Errorf("%d mails", len(mails))
	}
}

func id(t *testing.T, a *apptest.App, name string) string {
	t.Helper()
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM demo_booking WHERE name = ?`, name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOutcomes(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	iris, hassan, greet := a.Visitor(), a.Visitor(), a.Visitor()
	confirmed(a, iris, "Iris Blom", tuesday10, "company", "Blom Bouwadvies", "phone", "0301 55 00 77")
	confirmed(a, hassan, "Hassan Idrissi", "2026-11-24T10:00:00Z")
	own := confirmed(a, greet, "Greet Maas", "2026-11-24T12:00:00Z")
	sanne.Post("/staff/demos/bookings/"+id(t, a, "Iris Blom")+"/outcome", "outcome", "no_customer").Want(200, "nog niet geweest")
	a.SetNow(time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC))
	sanne = a.As("sanne@example.com")
	if m := a.MailTo("sanne@example.com"); !strings.HasPrefix(m.Subject, "Wat kwam eruit?") {
		t.Errorf("Sanne is not asked to record: %s", m.Subject)
	}
	sanne.Get("/staff/").Want(200, "3 Demo’s zonder uitkomst")

	// Iris becomes a customer: her data move, and nothing of her stays here.
	path := "/staff/demos/bookings/" + id(t, a, "Iris Blom")
	sanne.Post(path+"/outcome", "outcome", "customer").Want(200, "Wordt dit een klant?", "Blom Bouwadvies")
	sanne.Post(path+"/customer", "plan", "Tekenkast Compleet").Want(200, "Iris Blom is klant")
	sanne.Get(path).Want(404)
	sanne.Get("/search?q=Bouwadvies").WantNot("/staff/demos/bookings")
	who, err := account.ByEmail(t.Context(), a.DB, "iris@blom.example")
	if err != nil || who.CompanyName != "Blom Bouwadvies" || !who.Manager || who.Phone != "0301 55 00 77" || !who.Verified() {
		t.Errorf("%+v %v", who, err)
	}
	running, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM agreement WHERE company_id = ? AND ended_on IS NULL AND started_on = '2026-11-24'`, who.Company())
	if err != nil || running != 1 {
		t.Errorf("%d agreements, %v", running, err)
	}
	if m := a.MailTo("iris@blom.example"); !strings.Contains(m.Text, "/signin/forgot") {
		t.Errorf("welcome: %s", m.Text)
	}

	sanne.Post("/staff/demos/bookings/"+id(t, a, "Hassan Idrissi")+"/outcome", "outcome", "no_show").Want(200, "vastgelegd", "Kwam niet")
	if m := a.MailTo("hassan@blom.example"); !strings.HasPrefix(m.Subject, "We misten je") {
		t.Errorf("%s", m.Subject)
	}
	// We were not there: Greet may choose again, with the same invitation.
	sanne.Post("/staff/demos/bookings/"+id(t, a, "Greet Maas")+"/outcome", "outcome", "host_no_show").Want(200, "vastgelegd")
	greet.Get(own).Want(200, "Kies een moment")
	a.Advance(time.Minute)
	greet.Post(own+"/move", "start", "2026-11-25T12:00:00Z").Want(200, "wo 25 nov, 13:00")
	if m := a.MailTo("greet@blom.example"); property(calendarOf(t, m), ical.PropSequence) != "1" {
		t.Errorf("%s", m.Calendar)
	}
	sanne.Post("/staff/demos/bookings/"+id(t, a, "Hassan Idrissi")+"/outcome", "outcome", "nonsens").Want(200, "Kies een uitkomst")
	sanne.Get("/staff/demos/").Want(200, "Wordt klant", "Kwam niet", "Wij waren er niet")
	if broken, err := account.AuditBroken(t.Context(), a.DB); err != nil || len(broken) > 0 {
		t.Error(broken, err)
	}
}

func due(t *testing.T, a *apptest.App, day string) (rows []string) {
	t.Helper()
	date, err := hours.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	all, err := a.Privacy.Due(t.Context(), a.Privacy.RunOf(date), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Table == "demo_booking" && d.Taken() {
			rows = append(rows, d.Row)
		}
	}
	return rows
}

// Case 15 of the privacy rules, with its dates.
func TestErasedInTime(t *testing.T) {
	a, _ := desk(t, "Sanne", "Daan")
	a.SetNow(time.Date(2027, 2, 1, 9, 0, 0, 0, time.UTC))
	const start = "2027-02-03T09:00:00Z"
	confirmed(a, a.Visitor(), "Iris Blom", start)
	confirmed(a, a.Visitor(), "Hassan Idrissi", start)
	a.SetNow(time.Date(2027, 2, 10, 10, 0, 0, 0, time.UTC))
	iris := id(t, a, "Iris Blom")
	a.As("sanne@example.com").Post("/staff/demos/bookings/"+iris+"/outcome", "outcome", "no_customer").Want(200, "vastgelegd")
	if got := due(t, a, "2027-02-10"); len(got) != 0 {
		t.Errorf("on the day itself before the outcome: %v", got)
	}
	if got := due(t, a, "2027-02-11"); len(got) != 1 || got[0] != iris {
		t.Errorf("11 February: %v", got)
	}
	if got := due(t, a, "2027-03-04"); len(got) != 1 || got[0] != iris {
		t.Errorf("4 March: %v", got)
	}
	if got := due(t, a, "2027-03-05"); len(got) != 2 {
		t.Errorf("5 March: %v", got)
	}
}

// exported is all that somebody gets who asks what is kept of him.
func exported(t *testing.T, a *apptest.App, email string) string {
	t.Helper()
	var out bytes.Buffer
	_, err := a.Privacy.Export(t.Context(), privacy.Subject{Email: email}, &out, privacy.ExportOptions{})
	a.Fatal(err)
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	a.Fatal(err)
	data, err := archive.Open("data.json")
	a.Fatal(err)
	defer data.Close()
	text, err := io.ReadAll(data)
	a.Fatal(err)
	return string(text)
}

// kept is every table in which some text still has the marker.
func kept(t *testing.T, a *apptest.App, marker string) (tables []string) {
	t.Helper()
	columns, err := a.DB.Columns(t.Context())
	a.Fatal(err)
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Table] {
			continue
		}
		seen[c.Table] = true
		rows, err := db.Rows(t.Context(), a.DB, `SELECT * FROM `+c.Table)
		a.Fatal(err)
		for _, row := range rows {
			if strings.Contains(strings.ToLower(fmt.Sprint(row)), marker) {
				tables = append(tables, c.Table)
				break
			}
		}
	}
	return tables
}

// What was filled in is nowhere any more after the night of the outcome, nor
// after somebody asked for it to be erased.
func TestNothingStays(t *testing.T) {
	a, sanne := desk(t, "Sanne", "Daan")
	more := []string{"company", "zqmerk bv", "phone", "zqmerk 0301", "wish", "zqmerk wens"}
	confirmed(a, a.Visitor(), "Zqmerk Blom", tuesday10, more...)
	sanne.Post("/staff/demos/bookings/"+id(t, a, "Zqmerk Blom")+"/note", "note", "zqmerk notitie").Want(200, "Bewaard")
	if got := kept(t, a, "zqmerk"); len(got) < 3 {
		t.Fatalf("the marker is only in %v", got)
	}
	a.SetNow(time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC))
	a.As("sanne@example.com").Post("/staff/demos/bookings/"+id(t, a, "Zqmerk Blom")+"/outcome", "outcome", "no_customer").Want(200)
	a.SetNow(time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC))
	if got := kept(t, a, "zqmerk"); len(got) == 0 {
		t.Error("gone before the night's run")
	}
	a.SetNow(time.Date(2026, 11, 25, 3, 25, 0, 0, time.UTC)) // 04:25 in Amsterdam
	if got := kept(t, a, "zqmerk"); len(got) != 0 {
		t.Errorf("after the run: %v", got)
	}

	confirmed(a, a.Visitor(), "Zqander Blom", "2026-11-26T09:00:00Z", "company", "zqander bv", "wish", "zqander wens")
	if got := exported(t, a, "zqander@blom.example"); !strings.Contains(got, "zqander wens") {
		t.Errorf("what she is given: %s", got)
	}
	report, err := a.Privacy.EraseNow(t.Context(), privacy.Subject{Email: "zqander@blom.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := kept(t, a, "zqander"); len(got) != 0 {
		t.Errorf("after erasure: %v, %+v", got, report)
	}
	// His time is free again.
	a.Customer("Joost").Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", "2026-11-26T09:00:00Z").Want(200, "Je afspraak staat")
}

func TestWrongInputIsToldAtTheField(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	iris := a.Visitor()
	iris.Post("/demos/kennismaking", "start", tuesday10, "wish", "Dit moet blijven staan").Want(422, "Vul je naam in", "Vul je e-mailadres in", "Dit moet blijven staan", "Fout:")
	iris.Post("/demos/kennismaking", "name", "Iris", "email", "iris@blom.example").Want(422, "Kies een moment", `data-start=`)
	for _, email := range []string{"iris", "iris@", "a@b.example\r\nBcc: x@y.example", `"a b"@c.example`, "a@b.example, c@d.example"} {
		iris.Post("/demos/kennismaking", "name", "Iris", "email", email, "start", tuesday10).Want(422)
	}
	for _, start := range []string{"nu", "2026-11-24", "2026-11-24T09:00:00", "'; DROP TABLE demo_booking; --", strings.Repeat("9", 5000)} {
		if page := iris.Post("/demos/kennismaking", "name", "Iris", "email", "iris@blom.example", "start", start); page.Status != 422 {
			t.Errorf("start %.30q: %d", start, page.Status)
		}
	}
	// A moment that is none: in the past, off the grid, at night, on Christmas Day.
	for i, start := range []string{"2026-11-20T09:00:00Z", "2026-11-24T09:10:00Z", "2026-11-24T22:00:00Z", "2026-12-25T09:00:00Z", "2030-01-02T09:00:00Z"} {
		if page := a.Loner("Gast"+strconv.Itoa(i)).Post("/demos/kennismaking", "name", "Iris", "email", "iris@blom.example", "start", start); page.Status != 409 {
			t.Errorf("start %s: %d", start, page.Status)
		}
	}
	iris.Get("/demos/bestaatniet").Want(404)
	iris.Get("/bookings/" + strings.Repeat("A", 26)).Want(404)
	iris.Post("/bookings/x/confirm").Want(404)
	a.Loner("Wout").Post("/demos/kennismaking", "name", "<script>alert(1)</script>", "email", "wout@example.com", "start", tuesday10, "wish", "[x](javascript:alert(1))").Want(200, "Je afspraak staat")
	if agenda := sanne.Get("/staff/demos/").Want(200, "&lt;script&gt;"); strings.Contains(agenda.Body, "<script>alert") {
		t.Error("a name is run as a script")
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM demo_booking`)
	if err != nil || n != 1 {
		t.Errorf("%d bookings, %v", n, err)
	}
}

// A form sent twice by a double click is one booking.
func TestPostedTwice(t *testing.T) {
	a, _ := desk(t, "Sanne", "Daan")
	joost := a.Customer("Joost")
	form := joost.Get("/demos/kennismaking?start=" + tuesday10).Want(200)
	once := form.Input("once")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			joost.Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", tuesday10, "once", once).Want(200, "Je afspraak staat")
		})
	}
	wg.Wait()
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM demo_booking`)
	if err != nil || n != 1 {
		t.Errorf("%d bookings, %v", n, err)
	}
}

func TestBotsAreAsked(t *testing.T) {
	a, _ := desk(t, "Sanne")
	bot := a.Visitor()
	book(bot, "Bot", tuesday10, "homepage", "http://casino.example").Want(422, "geen robot", "nog niet verstuurd", `value="Bot"`)
	book(bot, "Bot", tuesday10, "homepage", "http://casino.example", "spam_by", "mail").Want(200, "kijk in je mail")
}

func TestAvailability(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	host := "/staff/demos/hosts/" + sanne.Account.ID
	starts := func(day string) []string {
		return a.Visitor().Get("/demos/kennismaking?zone=Europe/Amsterdam&from=" + day).Want(200).Values("data-start")
	}
	week := []string{"mon", "09:00-12:00", "tue", "10:00-11:00", "wed", "9-12", "thu", "", "fri", "", "sat", "", "sun", "", "zone", "Europe/Amsterdam", "active", "true"}
	sanne.Post(host, week...).Want(200, "Bewaard", "10:00-11:00")
	if got := starts("2026-11-24"); len(got) != 2 || got[0] != tuesday10 {
		t.Errorf("Tuesday %v", got)
	}
	sanne.Post(host+"/day", "day", "2026-11-24", "windows", "").Want(200, "Bewaard")
	if got := starts("2026-11-24"); got[0] != "2026-11-25T08:00:00Z" {
		t.Errorf("after a day off comes %v", got)
	}
	sanne.Post(host+"/day", "day", "2026-11-24", "windows", "20:00-21:00").Want(200, "20:00-21:00")
	if got := starts("2026-11-24"); len(got) != 2 || got[0] != "2026-11-24T19:00:00Z" {
		t.Errorf("other hours %v", got)
	}
	sanne.Post(host+"/drop", "day", "2026-11-24").Want(200)
	sanne.Post(host+"/off", "from", "2026-11-24", "until", "2026-11-25").Want(200, "Bewaard")
	if got := starts("2026-11-24"); got[0] != "2026-11-30T08:00:00Z" {
		t.Errorf("during time off %v", got)
	}
	sanne.Post(host, "mon", "09:00-12:00, 11:00-13:00", "tue", "ochtend", "wed", "09:03-12:00", "zone", "Mars/Phobos", "link", "javascript:alert(1)").
		Want(422, "Schrijf tijden als", "Kies een tijdzone", "webadres")
	sanne.Post(host+"/day", "day", "2026-02-30", "windows", "ochtend").Want(422, "Schrijf de datum als", "Schrijf tijden als", `value="ochtend"`)
	sanne.Post(host+"/off", "from", "2026-12-02", "until", "2026-12-01").Want(422, "Geef een einde", `value="2026-12-02"`)
	sanne.Post(host+"/off", "from", "2026-12-02", "from_time", "12:00", "until", "2026-12-02", "until_time", "12:00").Want(422, "Geef een einde")
	sanne.Post(host+"/off", "from", "2026-12-02", "from_time", "noen", "until", "2026-12-02").Want(422, "Geef een einde", `value="noen"`)
	sanne.Post(host+"/owner", "company", "Bestaat Niet").Want(422, "geen bedrijf met die naam", `value="Bestaat Niet"`)
	for _, form := range []string{"/day", "/off", "/owner", "/drop"} {
		sanne.Post("/staff/demos/hosts/nobody" + form).Want(404)
	}
	sanne.Post("/staff/demos/types/new", kind(map[string]string{"minutes": "32", "slug": "Met Spatie", "days": "9999", "hosts": "onbekend"})...).
		Want(422, "veelvoud van vijf", "kleine letters", "Hooguit 120")
	sanne.Post("/staff/demos/types/new", kind(nil)...).Want(422, "al van een andere soort")
	// Without the field of work nobody sees any of it.
	a.Staff("Daan", "tickets").Get("/staff/demos/").Want(403)
	a.Customer("Joost").Get("/staff/demos/hosts").Want(403)
}

func TestDemonstrationAndBothLanguages(t *testing.T) {
	a := apptest.New(t, home.New, demos.New)
	a.Fatal(a.Demonstrate(t.Context(), t.Output()))
	a.Visitor().Get("/").Want(200, "Eerste vrije plek: ")
	a.Visitor().In("en").Get("/demos/kennismaking").Want(200, "Choose a moment", "Time zone")
	sanne := a.As("sanne@tekenkast.example")
	for _, path := range []string{"/staff/demos/", "/staff/demos/?who=all", "/staff/demos/hosts", "/staff/demos/types"} {
		for _, link := range sanne.In("en").Get(path).Want(200).Links() {
			if strings.HasPrefix(link, "/staff/demos/") {
				sanne.Get(link).Want(200)
			}
		}
	}
	for _, p := range a.Portals() {
		for _, s := range p.Mails {
			for _, lang := range []string{"nl", "en"} {
				ctx := a.Site.Catalog.With(t.Context(), lang, a.Zone, a.Now())
				r, err := a.Mail.Render(ctx, s.Make(ctx))
				if err != nil || strings.ContainsAny(r.Subject+r.Text, "⟦") || strings.Contains(r.Subject+r.Text, "%!") {
					t.Errorf("%s in %s: %v %s\n%s", s.Name, lang, err, r.Subject, r.Text)
				}
			}
		}
	}
}

func hostOf(t *testing.T, a *apptest.App, name string) string {
	t.Helper()
	id, err := db.Get[string](t.Context(), a.DB, `SELECT host_id FROM demo_booking WHERE name = ?`, name)
	a.Fatal(err)
	return id
}

// Time off can be a part of a day; what still stands in it is told.
func TestPartOfADayOff(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	host := "/staff/demos/hosts/" + sanne.Account.ID
	confirmed(a, a.Visitor(), "Iris Blom", tuesday10)
	sanne.Post(host+"/off", "from", "2026-11-24", "from_time", "09:30", "until", "2026-11-24", "until_time", "16:00").
		Want(200, "nog 1 afspraak die er niet in past", "di 24 nov, 09:30 – di 24 nov, 16:00")
	got := a.Visitor().Get("/demos/kennismaking?zone=Europe/Amsterdam&from=2026-11-24").Values("data-start")
	if !slices.Equal(got, []string{"2026-11-24T15:00:00Z", "2026-11-24T15:30:00Z"}) {
		t.Errorf("around time off %v", got) // at 9:00 the quarter of an hour afterwards falls in it
	}
	sanne.Post(host+"/day", "day", "2026-11-24", "windows", "09:00-10:30").Want(200, "Bewaard").WantNot("die er niet in past")
	sanne.Post(host+"/day", "day", "2026-11-24", "windows", "").Want(200, "nog 1 afspraak die er niet in past")
	sanne.Post(host+"/off", "from", "2026-12-24", "until", "2026-12-24").Want(200, "Bewaard", "do 24 dec").WantNot("do 24 dec –")
}

// Sanne is ill. Daan takes over: Iris hears with whom she meets, at the same
// moment, and it moves from one calendar to the other.
func TestGivenToAColleague(t *testing.T) {
	a, sanne := desk(t, "Sanne", "Daan")
	link := confirmed(a, a.Visitor(), "Iris Blom", tuesday10)
	first := a.MailTo("iris@blom.example")
	at := "/staff/demos/bookings/" + id(t, a, "Iris Blom")
	host := hostOf(t, a, "Iris Blom")
	var old, other string
	for _, id := range strings.Fields(hostIDs(sanne)) {
		if id == host {
			old = id
		} else {
			other = id
		}
	}
	sanne.Get(at).Want(200, "Geef aan een collega", `value="`+other+`"`).WantNot(`value="` + old + `"`)
	a.ForgetMails()
	sanne.Post(at+"/host", "host", other).Want(200, "doorgegeven")
	sanne.Post(at+"/host", "host", other).Want(200) // pressed twice
	if got := hostOf(t, a, "Iris Blom"); got != other {
		t.Errorf("with %s, not %s", got, other)
	}
	mails := a.Mails()
	if len(mails) != 3 {
		t.Errorf("%d mails", len(mails))
	}
	for _, m := range mails {
		method, sequence := "REQUEST", "1"
		if m.Subject == "Demo naar een collega: Iris Blom" {
			method = "CANCEL"
		}
		e := calendarOf(t, m)
		if m.CalendarMethod != method || property(e, ical.PropUID) != property(calendarOf(t, first), ical.PropUID) || property(e, ical.PropSequence) != sequence {
			t.Errorf("%s: %s, sequence %s", m.Subject, m.CalendarMethod, property(e, ical.PropSequence))
		}
	}
	if m := a.MailTo("iris@blom.example"); m.Subject != "Je spreekt een andere collega: Kennismaking" || !strings.Contains(m.Text, "di 24 nov, 10:00") {
		t.Errorf("Iris reads %s\n%s", m.Subject, m.Text)
	}
	a.Visitor().Get(link).Want(200, "di 24 nov, 10:00", "Verzetten of afzeggen kan hier tot di 24 nov, 08:00")
	// Her old host is free again, the new one is not.
	plan(sanne, "Hassan Idrissi", tuesday10, "host", other, "sure", "true").Want(409, "Die collega kan dan niet")
	plan(sanne, "Hassan Idrissi", tuesday10, "host", old, "sure", "true").Want(200)
	sanne.Post(at+"/host", "host", old).Want(200, "Die collega kan dan niet")
	sanne.Post(at+"/host", "host", "nobody").Want(200, "Die collega kan dan niet")
	sanne.Post(at + "/cancel").Want(200)
	sanne.Post(at+"/host", "host", old).Want(410)
	a.Customer("Joost").Post(at+"/host", "host", old).Want(403)
}

// A colleague leaves for good. His guests still hear, and can still cancel.
func TestHostHasLeft(t *testing.T) {
	a, sanne := desk(t, "Sanne", "Daan")
	iris := a.Visitor()
	link := confirmed(a, iris, "Iris Blom", tuesday10)
	held := a.Visitor()
	book(held, "Hassan Idrissi", tuesday10).Want(200, "kijk in je mail")
	other := a.Link(a.MailTo("hassan@blom.example"), "/bookings/")
	for _, name := range []string{"Iris Blom", "Hassan Idrissi"} {
		_, err := db.Exec(t.Context(), a.DB, `UPDATE demo_booking SET host_id = NULL WHERE name = ?`, name)
		a.Fatal(err)
	}
	a.ForgetMails()
	a.SetNow(time.Date(2026, 11, 24, 8, 1, 0, 0, time.UTC))
	a.RunJobs()
	a.MailTo("iris@blom.example")
	iris.Get(link).Want(200, "Je afspraak staat")
	iris.Get(link + "/calendar.ics").Want(200)
	at := "/staff/demos/bookings/" + id(t, a, "Iris Blom")
	sanne.SignIn()
	sanne.Get(at).Want(200, "Geef aan een collega")
	sanne.Post(at+"/cancel").Want(200, "afgezegd")
	if m := a.MailTo("iris@blom.example"); m.CalendarMethod != "CANCEL" {
		t.Errorf("Iris reads %s", m.Subject)
	}
	held.Get(other).Want(200)
}

// Who chooses nothing, or a moment that has gone, hears so before he fills in
// anything, and keeps the day that he looked at.
func TestNothingChosen(t *testing.T) {
	a, _ := desk(t, "Sanne")
	iris := a.Visitor()
	iris.Get("/demos/kennismaking?zone=America/New_York&from=2026-12-01").Want(200, "Dinsdag 1 december", "Met Sanne", "Nacht", `name="from" value="2026-12-01"`)
	iris.Get("/demos/kennismaking?zone=Europe/Amsterdam&start=2026-11-23T09:30:00Z").Want(409, "dit moment kan niet meer", `data-start="2026-11-23T10:30:00Z"`)
	iris.Get("/demos/kennismaking?zone=Europe/Amsterdam&start=2026-11-24T09:07:00Z").Want(409, "dit moment kan niet meer")
	link := confirmed(a, iris, "Iris Blom", tuesday10)
	iris.Post(link+"/move?zone=Europe/Amsterdam&from=2026-12-01").Want(422, "Kies een moment", "Dinsdag 1 december").WantNot("Iemand was je net voor")
	iris.Post(link+"/move?zone=Europe/Amsterdam&from=2026-12-01", "start", "2026-12-01T09:07:00Z").Want(409, "Iemand was je net voor", "Dinsdag 1 december")
}

// On a date on which the desk is closed nobody is offered, whether it is a
// holiday or closed for this once; a host may give that date hours of his own.
func TestClosedDates(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	first := func(day string) string {
		return a.Visitor().Get("/demos/kennismaking?zone=Europe/Amsterdam&from=" + day).Want(200).Values("data-start")[0]
	}
	if got := first("2026-12-25"); got != "2026-12-28T08:00:00Z" {
		t.Errorf("on Christmas Day %s", got)
	}
	a.Tx(func(tx *db.Tx) error {
		calendar, err := settings.GetIn(t.Context(), tx, settings.CalendarKey(a.Zone))
		if err != nil {
			return err
		}
		day, err := hours.ParseDate("2026-11-24")
		a.Fatal(err)
		calendar.Exceptions = map[hours.Date][]hours.Window{day: nil}
		return settings.Put(t.Context(), tx, a.Settings, settings.CalendarKey(a.Zone), calendar)
	})
	if got := first("2026-11-24"); got != "2026-11-25T08:00:00Z" {
		t.Errorf("on a day that is closed for once %s", got)
	}
	sanne.Post("/staff/demos/hosts/"+sanne.Account.ID+"/day", "day", "2026-11-24", "windows", "10:00-11:00").Want(200)
	if got := first("2026-11-24"); got != tuesday10 {
		t.Errorf("with hours of his own %s", got)
	}
}
