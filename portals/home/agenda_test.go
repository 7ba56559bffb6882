package home_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"loket/app/apptest"
	"loket/db"
	"loket/portals/contact"
	"loket/portals/demos"
	"loket/portals/home"
	"loket/portals/trainings"
)

// week is a site on Monday 23 November 2026, 10:00, where Sanne gives a webinar
// on Thursday and a demo on Tuesday, calls somebody back, and is off on Friday.
func week(t *testing.T) (*apptest.App, *apptest.Browser) {
	t.Helper()
	a := apptest.New(t, home.New, trainings.New, demos.New, contact.New)
	sanne := a.Staff("Sanne", "trainings", "demos", "contact")
	page := sanne.Post("/staff/trainings/new", "kind", "webinar", "title", "Uitgiftes zonder e-mail").Want(200)
	sanne.Post(page.Path + "/publish").Want(200)
	sanne.Post(page.Path+"/sessions/new", "date", "2026-11-26", "start", "10:00", "end", "10:45", "zone", "Europe/Amsterdam", "lang", "nl", "capacity", "20", "place", "Havenkade 12",
		"host", sanne.Account.ID, "do", "open").Want(200, "Open")
	sanne.Post("/staff/demos/hosts", "account", sanne.Account.ID).Want(200)
	sanne.Post("/staff/demos/types/new", "name_nl", "Kennismaking", "name_en", "Meet us", "slug", "kennismaking", "minutes", "30", "step", "30", "before", "0", "after", "0",
		"notice", "0", "days", "60", "daily", "0", "weekly", "0", "cutoff", "0", "hosts", sanne.Account.ID).Want(200)
	sanne.Post("/staff/demos/hosts/"+sanne.Account.ID+"/off", "from", "2026-11-27", "until", "2026-11-30").Want(200)
	a.Customer("Joost").Post("/demos/kennismaking", "name", "Joost Bakker", "email", "joost@example.com", "start", "2026-11-24T09:00:00Z").Want(200, "Je afspraak staat")
	sanne.Post("/staff/contact/new", "channel", "phone", "topic", "other", "name", "Mevrouw Peters", "phone", "0301 55 00 93", "message", "Bel me terug").Want(200)
	return a, sanne
}

// Sanne sees her week over all counters, in order; Daan his own, and hers when
// he asks for everybody's; who does not work at a counter sees nothing of it.
func TestAgendaOverAllCounters(t *testing.T) {
	a, sanne := week(t)
	page := sanne.Get("/staff/agenda").Want(200, "Week 48", "Dinsdag 24 november 2026", "Joost Bakker", "10:00–10:30", "Kennismaking", "Mevrouw Peters", "vóór 10:00", "0301 55 00 93",
		"Uitgiftes zonder e-mail", "10:00–10:45", "0 van 20 plekken bezet", "Havenkade 12", "Vrij", "hele dag")
	if text := page.Text(); !(strings.Index(text, "Joost") < strings.Index(text, "Peters") && strings.Index(text, "Peters") < strings.Index(text, "Uitgiftes") && strings.Index(text, "Uitgiftes") < strings.Index(text, "Vrij")) {
		t.Errorf("not in order: %s", text)
	}
	sanne.Get("/staff/").Want(200, "Dinsdag 24 november 2026", "Joost Bakker", "Mevrouw Peters").WantNot("Uitgiftes zonder e-mail", "hele dag")
	for _, path := range page.Links() {
		if strings.HasPrefix(path, "/staff/") {
			sanne.Get(path).Want(200)
		}
	}
	if off := page.Values("data-id"); len(off) != 6 { // Friday, Saturday and Sunday off
		t.Errorf("%d lines: %v", len(off), off)
	}
	sanne.Get("/staff/agenda?from=2026-12-01").Want(200, "Week 49", "hele dag").WantNot("Joost", "Peters", "Uitgiftes") // Monday is off too
	sanne.Get("/staff/agenda?from=2026-12-25").Want(200, "Eerste kerstdag")
	for _, from := range []string{"gisteren", "2026-02-30", "9999-12-31", "-1"} {
		sanne.Get("/staff/agenda?from="+from).Want(200, "Week 48")
	}
	daan := a.Staff("Daan", "demos")
	daan.Get("/staff/agenda").Want(200, "Niets deze week").WantNot("Joost")
	daan.Get("/staff/agenda?who=all").Want(200, "Joost Bakker", "Sanne").WantNot("Uitgiftes", "Peters")
	a.Customer("Marit").Get("/staff/agenda").Want(403)
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET lang = 'en'`)
		return err
	})
	sanne.Get("/staff/agenda").Want(200, "Tuesday 24 November 2026", "by 10:00", "all day")
}

// Her own calendar reads the same from a secret address, until she ends it or
// loses what it shows.
func TestOwnCalendar(t *testing.T) {
	a, sanne := week(t)
	made := func() string {
		t.Helper()
		page := sanne.Post("/staff/agenda/calendar").Want(200, "Dit is je adres")
		at := strings.Index(page.Body, "/calendar/")
		return page.Body[at : at+strings.Index(page.Body[at:], ".ics")+4]
	}
	own := made()
	sanne.Get("/staff/agenda").Want(200, "Je hebt een adres, gemaakt op").WantNot(own)
	program := a.Visitor()
	titles := func() (all []string) {
		t.Helper()
		feed := program.Get(own).Want(200)
		if kind := feed.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/calendar") || feed.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s, %s", kind, feed.Header.Get("Cache-Control"))
		}
		cal, err := ical.NewDecoder(strings.NewReader(feed.Body)).Decode()
		a.Fatal(err)
		for _, e := range cal.Events() {
			start, err := e.DateTimeStart(nil)
			a.Fatal(err)
			all = append(all, start.UTC().Format("02 15:04 ")+e.Props.Get(ical.PropSummary).Value)
		}
		return all
	}
	if got, want := titles(), []string{"24 09:00 Kennismaking: Joost Bakker", "26 09:00 Webinar: Uitgiftes zonder e-mail"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	before := own
	own = made()
	program.Get(before).Want(404) // a new address ends the old one
	if len(titles()) != 2 {
		t.Error("the new address has another calendar")
	}
	// What she may not see any more is not in it.
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET permissions = 'demos' WHERE id = ?`, sanne.Account.ID)
		return err
	})
	if got := titles(); len(got) != 1 {
		t.Errorf("%q", got)
	}
	a.Tx(func(tx *db.Tx) error {
		now := a.Now()
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET disabled_at = ? WHERE id = ?`, now, sanne.Account.ID)
		return err
	})
	program.Get(own).Want(404)
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET disabled_at = NULL WHERE id = ?`, sanne.Account.ID)
		return err
	})
	a.Advance(time.Minute)
	sanne.SignIn()
	sanne.Post("/staff/agenda/calendar/stop").Want(200, "Het adres werkt niet meer")
	for _, path := range []string{own, "/calendar/guess.ics", "/calendar/.ics", "/calendar/" + strings.Repeat("A", 300) + ".ics", "/calendar/trainings.txt"} {
		program.Get(path).Want(404)
	}
	program.Get("/calendar/trainings.ics").Want(200, "BEGIN:VCALENDAR")
}
