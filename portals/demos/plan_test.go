package demos_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"loket/app"
	"loket/app/apptest"
	"loket/db"
)

func plan(b *apptest.Browser, name, start string, more ...string) *apptest.Page {
	fields := map[string]string{"name": name, "email": strings.ToLower(strings.Fields(name)[0]) + "@blom.example", "start": start, "zone": "Europe/Amsterdam", "lang": "nl"}
	for i := 0; i < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	var all []string
	for name, value := range fields {
		all = append(all, name, value)
	}
	return b.Post("/staff/demos/new/kennismaking", all...)
}

// Iris calls. Sanne finds her a moment that visitors cannot book any more, and
// nothing about Iris goes to an address that she may have misheard.
func TestPlannedForACaller(t *testing.T) {
	a, sanne := desk(t, "Sanne", "Daan")
	sanne.Get("/staff/demos/").Want(200, "Plan een afspraak")
	const soon = "2026-11-23T09:30:00Z" // in half an hour; visitors give an hour's notice
	a.Visitor().Get("/demos/kennismaking?from=2026-11-23").Want(200).WantNot(soon)
	sanne.Get("/staff/demos/new").Want(200, `data-start="`+soon+`"`) // of one kind there is nothing to ask
	sanne.Get("/staff/demos/new/kennismaking?zone=Europe/Amsterdam&start="+soon).Want(200, "ma 23 nov, 10:30", "Wie aan de beurt is", "Daan")
	plan(sanne, "Iris Blom", soon, "email", "iris@", "wish", "Blijft staan").Want(422, "Blijft staan", "Iris Blom")
	page := plan(sanne, "Iris Blom", soon, "phone", "0301 55 00 77", "wish", "Onderaannemers", "host", sanne.Account.ID).Want(200, "Het moment is gereserveerd", "nog niet bevestigd", "Zet vast")

	ask := a.MailTo("iris@blom.example")
	for _, about := range []string{"Iris", "Onderaannemers", "10:30", "Sanne", "0301"} {
		if strings.Contains(ask.Text+ask.HTML+ask.Subject, about) {
			t.Errorf("%q goes to an address that nobody confirmed", about)
		}
	}
	if len(a.Mails()) != 1 || ask.Calendar != "" {
		t.Errorf("%d mails, invitation %q", len(a.Mails()), ask.Calendar)
	}
	link := a.Link(ask, "/bookings/")
	iris := a.Visitor()
	iris.Get(link).Want(200, "Bevestig je afspraak", "10:30").WantNot("Onderaannemers", "0301")
	a.SetNow(time.Date(2026, 11, 23, 9, 29, 0, 0, time.UTC)) // a hold of half an hour would be over
	iris.Post(link+"/confirm").Want(200, "Je afspraak staat", "Met Sanne", "Onderaannemers")
	if m := a.MailTo("iris@blom.example"); m.CalendarMethod != "REQUEST" || property(calendarOf(t, m), ical.PropSequence) != "0" {
		t.Errorf("%s", m.Calendar)
	}
	a.MailTo("sanne@example.com")

	// Sanne has gone through the address: both sides have it at once.
	sanne.SignIn()
	a.ForgetMails()
	plan(sanne, "Hassan Idrissi", tuesday10, "sure", "true", "lang", "en", "zone", "America/New_York").Want(200, "De afspraak staat", "afgesproken")
	if m := a.MailTo("hassan@blom.example"); m.CalendarMethod != "REQUEST" || !strings.Contains(m.Text, "Tue 24 Nov, 04:00") {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	// So has whoever signed up with it, asked or not.
	a.Customer("Joost")
	plan(sanne, "Joost", tuesday10, "email", "joost@example.com").Want(200, "De afspraak staat")
	// Both are taken now: another colleague, or another moment.
	plan(sanne, "Greet Maas", tuesday10).Want(409, "Iemand was je net voor", "Greet Maas", `data-start="2026-11-24T10:00:00Z"`)
	plan(sanne, "Greet Maas", "2026-11-24T10:00:00Z", "host", sanne.Account.ID).Want(200, "gereserveerd")
	plan(sanne, "Kees Prins", "2026-11-24T10:00:00Z", "host", sanne.Account.ID).Want(409, "Die collega kan dan niet")
	greet := "/staff/demos/bookings/" + id(t, a, "Greet Maas")
	a.Advance(time.Second)
	sanne.Post(greet+"/confirm").Want(200, "De afspraak staat vast", "afgesproken").WantNot("Zet vast")
	sanne.Post(greet + "/confirm").Want(200)
	if m := a.MailTo("greet@blom.example"); m.CalendarMethod != "REQUEST" {
		t.Errorf("Greet reads %q", m.Subject)
	}
	sanne.Post(greet + "/cancel").Want(200)
	sanne.Post(greet + "/confirm").Want(410)

	for _, start := range []string{"", "morgen", "2026-11-24T10:07:00Z", "2020-01-01T10:00:00Z"} {
		if got := plan(sanne, "Kees Prins", start).Status; got != 422 && got != 409 {
			t.Errorf("planned at %q: %d", start, got)
		}
	}
	sanne.Get("/staff/demos/new/nergens").Want(404)
	a.Customer("Marit").Get("/staff/demos/new/kennismaking").Want(403)
	a.Staff("Pim", "tickets").Post("/staff/demos/new/kennismaking").Want(403)
	if page.Status != 200 {
		t.Error(page.Status)
	}
}

// A question from Contact becomes a demo. When a colleague picks the moment, the
// address is asked first; only then the invitation goes.
func TestPlannedForSomebodyFromContact(t *testing.T) {
	a, sanne := desk(t, "Sanne")
	take, ok := a.Take("demo")
	if !ok {
		t.Fatal("nobody takes demos")
	}
	a.Tx(func(tx *db.Tx) error {
		_, err := take(a.Ctx(), tx, app.Intake{By: sanne.Account, Name: "Iris Blom", Email: "iris@blom.example", Lang: "nl", Messages: []app.Handed{{Text: "Mag ik het zien?", At: a.Now()}}, ReceivedAt: a.Now()})
		return err
	})
	a.MailTo("iris@blom.example")
	a.Advance(time.Second)
	sanne.Post("/staff/demos/bookings/"+id(t, a, "Iris Blom")+"/move", "start", tuesday10).Want(200, "nog niet bevestigd")
	for _, m := range a.Mails() {
		if strings.Contains(m.Text, "Iris") || strings.Contains(m.Text, "10:00") || m.Calendar != "" {
			t.Errorf("to an address that nobody confirmed: %s", m.Text)
		}
	}
	link := a.Link(a.MailTo("iris@blom.example"), "/bookings/")
	a.Advance(time.Second)
	a.Visitor().Post(link+"/confirm").Want(200, "Je afspraak staat", "Mag ik het zien?")
	if m := a.MailTo("iris@blom.example"); m.CalendarMethod != "REQUEST" {
		t.Errorf("Iris reads %q", m.Subject)
	}
}

// Who books just before the last moment to book keeps it while it is held.
func TestConfirmedAfterTheNotice(t *testing.T) {
	a, _ := desk(t, "Sanne")
	a.SetNow(time.Date(2026, 11, 23, 9, 29, 0, 0, time.UTC))
	iris := a.Visitor()
	book(iris, "Iris Blom", "2026-11-23T10:30:00Z").Want(200, "kijk in je mail") // an hour and a minute from now
	link := a.Link(a.MailTo("iris@blom.example"), "/bookings/")
	a.Advance(20 * time.Minute)
	iris.Post(link+"/confirm").Want(200, "Je afspraak staat", "11:30")
}

// Fifty visitors from one network, without an account, want one moment.
func TestFiftyVisitorsForOneMoment(t *testing.T) {
	a, _ := desk(t, "Sanne")
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[int]int{}
	for i := range 50 {
		wg.Go(func() {
			res, err := http.PostForm(a.Server.URL+"/demos/kennismaking", url.Values{"start": {tuesday10}, "name": {"P"}, "email": {fmt.Sprintf("p%d@example.org", i)}, "once": {"k" + strconv.Itoa(i)}})
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode == 409 && !strings.Contains(string(body), `data-start="2026-11-24T10:00:00Z"`) {
				t.Errorf("told without the next free moments: %v", err)
			}
			mu.Lock()
			seen[res.StatusCode]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if seen[200] != 1 || seen[409] != 49 {
		t.Errorf("answers %v", seen)
	}
	if n := len(a.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// Nobody holds all there is: five moments an address, forty a network, five
// appointments ahead of a person.
func TestHoldsAreBounded(t *testing.T) {
	a, sanne := desk(t, "Sanne", "Daan")
	at := func(i int) string {
		return time.Date(2026, 12, 1+i/6, []int{8, 9, 10, 12, 13, 14}[i%6], 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	eve := a.Visitor()
	stamp := eve.Get("/demos/kennismaking?start=" + at(0)).Input("spam_stamp")
	a.Advance(10 * time.Second)
	hold := func(i int, email string) *apptest.Page {
		return eve.Post("/demos/kennismaking", "name", "Eve", "email", email, "start", at(i), "spam_stamp", stamp)
	}
	for i := range 5 {
		hold(i, "eve@blom.example").Want(200, "kijk in je mail")
	}
	full := eve.Post("/demos/kennismaking", "name", "Eve", "email", "EVE@blom.example", "start", at(5), "spam_by", "mail", "spam_stamp", stamp)
	if full.Status != 429 || full.Header.Get("Retry-After") == "" {
		t.Errorf("a sixth moment: %d, %q", full.Status, full.Header.Get("Retry-After"))
	}
	for i := range 50 {
		if got := eve.Post("/demos/kennismaking", "name", "Eve", "email", fmt.Sprintf("eve%d@blom.example", i), "start", at(5+i%19), "spam_by", "mail", "spam_stamp", stamp).Status; got >= 500 {
			t.Fatalf("status %d", got)
		}
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM demo_booking WHERE status = 'held'`)
	if err != nil || n != 40 {
		t.Errorf("%d held, %v", n, err)
	}
	a.Advance(31 * time.Minute) // then they are everybody's again
	joost := a.Customer("Joost")
	for i := range 5 {
		joost.Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", at(i)).Want(200, "Je afspraak staat")
	}
	joost.Post("/demos/kennismaking", "name", "Joost", "email", "joost@example.com", "start", at(5), "wish", "Nog een").Want(409, "al 5 afspraken staan", "Nog een")
	// A colleague may plan a sixth.
	a.Advance(time.Second)
	sanne.SignIn()
	plan(sanne, "Joost", at(5), "email", "joost@example.com").Want(200, "De afspraak staat")
	joost.Post("/demos/kennismaking", "name", "Ander", "email", "ander@example.com", "start", at(6)).Want(200, "kijk in je mail")
}
