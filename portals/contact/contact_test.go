package contact_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app"
	"loket/app/apptest"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/app/settings"
	"loket/db"
	"loket/portals/contact"
	"loket/portals/demos"
	"loket/portals/home"
)

func desk(t *testing.T) (*apptest.App, *apptest.Browser) {
	t.Helper()
	a := apptest.New(t, home.New, demos.New, contact.New)
	return a, a.Staff("Sanne", "contact", "demos")
}

// ask sends a question after the time that a person needs to write it, with
// other fields than the usual where more names them.
func ask(a *apptest.App, b *apptest.Browser, more ...string) *apptest.Page {
	fields := map[string]string{"topic": "question", "name": "Iris Blom", "email": "iris@blom.example", "message": "Kan ik een tekening delen?",
		"spam_stamp": b.Get("/contact/").Want(200).Input("spam_stamp")}
	for i := 0; i+1 < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	a.Advance(10 * time.Second)
	var all []string
	for name, value := range fields {
		all = append(all, name, value)
	}
	return b.Post("/contact/", all...)
}

func id(t *testing.T, a *apptest.App) string {
	t.Helper()
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM contact ORDER BY received_at DESC, id LIMIT 1`)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Iris asks on Monday morning, is promised an answer by Wednesday, gets one, has
// another question, and is satisfied: then all of it goes.
func TestIrisAsks(t *testing.T) {
	a, sanne := desk(t)
	iris := a.Visitor()
	iris.Get("/contact/").Want(200, "Nu open, tot 17:00", "vóór wo 25 nov, 10:00", "085 000 00 00", "Wat we hiervan bewaren", "30 dagen nadat we je antwoordden")
	ask(a, iris, "company", "Blom Bouwadvies").Want(200, "We hebben je vraag", "wo 25 nov, 10:00")

	receipt := a.MailTo("iris@blom.example")
	for _, about := range []string{"Iris", "Blom Bouw", "tekening", "/contact/message/"} {
		if strings.Contains(receipt.Text, about) || strings.Contains(receipt.HTML, about) {
			t.Errorf("%q goes to an address that nobody confirmed", about)
		}
	}
	if team := a.MailTo("sanne@example.com"); !strings.Contains(team.Text, "Iris Blom") {
		t.Errorf("the team hears %s", team.Text)
	}
	sanne.Get("/staff/").Want(200, "1 Vragen bij Contact")
	sanne.Get("/staff/contact/").Want(200, "Iris Blom", "Kan ik een tekening delen?", `data-s="ok"`)
	path := "/staff/contact/" + id(t, a)
	sanne.Post(path+"/note", "message", "Even navragen bij Daan.").Want(200, "De notitie staat erbij")
	sanne.Post(path+"/answer", "message", "").Want(422, "Schrijf iets")
	a.Advance(time.Hour)
	sanne.Post(path+"/answer", "message", "Ja, met een **link**.").Want(200, "Je antwoord is verstuurd", "Beantwoord")

	answer := a.MailTo("iris@blom.example")
	if !strings.Contains(answer.HTML, "<strong>link</strong>") || strings.Contains(answer.Text, "Kan ik") || strings.Contains(answer.Text, "Even navragen") {
		t.Errorf("answer %s", answer.Text)
	}
	own := a.Link(answer, "/contact/message/")
	for range 2 { // a mail scanner opens every link it sees
		iris.Get(own).Want(200, "Ben je tevreden?", "Kan ik een tekening delen?", "met een link").WantNot("Even navragen")
	}
	sanne.Get(path).Want(200, "Beantwoord", "Even navragen")

	a.SetNow(time.Date(2026, 11, 27, 15, 50, 0, 0, time.UTC)) // Friday 16:50
	iris.Post(own+"/more", "message", "").Want(422, "Schrijf je bericht")
	iris.Post(own+"/more", "message", "En hoe lang werkt die link?").Want(200, "Je krijgt antwoord vóór di 1 dec, 16:50")
	sanne = a.As("sanne@example.com")
	sanne.Get("/staff/contact/").Want(200, "Iris Blom")
	a.Advance(time.Minute)
	sanne.Post(path+"/answered", "message", "Gebeld: zo lang als je kiest.").Want(200, "Vastgelegd als beantwoord")
	iris.Post(own+"/satisfied").Want(200, "Fijn dat je geholpen bent")
	sanne.Get("/staff/contact/?status=settled").Want(200, "Iris Blom")
	late, err := db.All[bool](t.Context(), a.DB, `SELECT late FROM contact_tally`)
	if err != nil || len(late) != 1 || late[0] {
		t.Errorf("tally %v %v", late, err)
	}
}

// Joost has signed in: his form is filled in, and his own words come back to him.
func TestCustomerAsks(t *testing.T) {
	a, _ := desk(t)
	joost := a.Customer("Joost")
	joost.Get("/contact/").Want(200, `value="joost@example.com"`, "Van der Wal Bouw")
	joost.Post("/contact/", "topic", "invoice", "name", "Joost", "email", "joost@example.com", "message", "Verkeerd adres op de factuur").Want(200, "We hebben je vraag")
	receipt := a.MailTo("joost@example.com")
	if !strings.Contains(receipt.Text, "Verkeerd adres") {
		t.Errorf("receipt %s", receipt.Text)
	}
	joost.Get(a.Link(receipt, "/contact/message/")).Want(200, "Verkeerd adres", "Je krijgt antwoord vóór")
}

// Who wants to be called gives a number and needs no address.
func TestCallMeBack(t *testing.T) {
	a, sanne := desk(t)
	iris := a.Visitor()
	ask(a, iris, "how", "call").Want(422, "het nummer in waarop we je kunnen bellen", "Kan ik een tekening delen?")
	iris.Post("/contact/", "how", "call", "topic", "other", "name", "Iris", "phone", "0301 55 00 77", "message", "Bel me").Want(200, "We hebben je vraag")
	sanne.Get("/staff/contact/").Want(200, "bel terug")
	page := sanne.Get("/staff/contact/"+id(t, a)).Want(200, "0301 55 00 77", "Gebeld: leg vast")
	page.WantNot("Antwoord per mail")
	sanne.Post("/staff/contact/"+id(t, a)+"/answer", "message", "Hallo").Want(400)
	sanne.Post("/staff/contact/"+id(t, a)+"/settled").Want(200, "Vannacht wissen we de vraag")
}

func TestWrongInputKeepsWhatWasTyped(t *testing.T) {
	a, _ := desk(t)
	iris := a.Visitor()
	iris.Post("/contact/", "message", "Dit blijft staan").Want(422, "Vul je naam in", "Vul je e-mailadres in", "Dit blijft staan")
	for _, wrong := range [][]string{
		{"topic", "bestaatniet"}, {"how", "duif"}, {"email", "iris"}, {"email", `"i r"@blom.example`}, {"email", "a@b.example, c@d.example"},
		{"email", "a@b.example\r\nBcc: x@y.example"}, {"name", strings.Repeat("x", 121)}, {"message", strings.Repeat("x", 10001)},
	} {
		fields := map[string]string{"topic": "question", "name": "Iris", "email": "iris@blom.example", "message": "Hallo"}
		fields[wrong[0]] = wrong[1]
		var all []string
		for k, v := range fields {
			all = append(all, k, v)
		}
		if page := iris.Post("/contact/", all...); page.Status != 422 {
			t.Errorf("%.30q: %d", wrong, page.Status)
		}
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM contact`)
	if err != nil || n != 0 {
		t.Errorf("%d questions, %v", n, err)
	}
	iris.Get("/contact/message/" + strings.Repeat("A", 40)).Want(404)
	iris.Post("/contact/message/x/satisfied").Want(404)
}

func TestHostileText(t *testing.T) {
	a, sanne := desk(t)
	ask(a, a.Visitor(), "name", "<img src=x onerror=alert(1)>", "message", "<script>alert(1)</script> [klik](javascript:alert(1)) ![](http://tracker.example/x.png)\x00\u202e").Want(200)
	page := sanne.Get("/staff/contact/" + id(t, a)).Want(200)
	for _, bad := range []string{"<script>alert", "<img src=x", "javascript:alert", `src="http://tracker`} {
		if strings.Contains(page.Body, bad) {
			t.Errorf("%q stands in the page", bad)
		}
	}
}

// A suspicious form without a script is taken in once its sender has confirmed.
func TestConfirmedByMail(t *testing.T) {
	a, sanne := desk(t)
	bot := a.Visitor()
	links := strings.Repeat("https://casino.example ", 6)
	ask(a, bot, "message", links).Want(422, "geen robot", "nog niet verstuurd", "casino.example")
	ask(a, bot, "message", links, "spam_by", "mail").Want(200, "kijk in je mail")
	sanne.Get("/staff/contact/").WantNot("Iris Blom")
	mail := a.MailTo("iris@blom.example")
	if strings.Contains(mail.Text, "casino") || len(a.Mails()) != 1 {
		t.Errorf("%d mails, %s", len(a.Mails()), mail.Text)
	}
	own := a.Link(mail, "/contact/message/")
	bot.Get(own).Want(200, "Bevestig je vraag").WantNot("casino", "Iris Blom")
	sanne.Get("/staff/contact/").WantNot("Iris Blom")
	bot.Post(own+"/confirm").Want(200, "We gaan ermee aan de slag")
	sanne.Get("/staff/contact/").Want(200, "Iris Blom")
	if late := due(t, a, "2026-12-24"); len(late) != 0 {
		t.Errorf("a confirmed question is due %v", late)
	}
}

func TestSpam(t *testing.T) {
	a, sanne := desk(t)
	ask(a, a.Visitor()).Want(200)
	path := "/staff/contact/" + id(t, a)
	sanne.Post(path+"/spam").Want(200, "Als spam gemerkt", "Ongedaan maken").WantNot("Iris Blom")
	sanne.Get("/search?q=tekening").WantNot("Iris Blom")
	sanne.Post(path+"/restore").Want(200, "Terug in de lijst", "Te beantwoorden")
	sanne.Get("/search?q=tekening").Want(200, "Iris Blom")
	sanne.Post(path + "/spam").Want(200)
	if got := due(t, a, "2026-11-24"); len(got) != 1 {
		t.Errorf("spam is due %v", got)
	}
}

// 200 posts a minute from one network: a closed door with the time to wait.
func TestFlood(t *testing.T) {
	a, _ := desk(t)
	bot := a.Visitor()
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int]int{}
	for range 8 {
		wg.Go(func() {
			for range 10 {
				page := bot.Post("/contact/", "topic", "other", "name", "Bot", "email", "x@bot.example", "message", "Hallo")
				mu.Lock()
				seen[page.Status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if seen[429] == 0 || seen[200] > 15 || seen[200]+seen[422]+seen[429] != 80 {
		t.Errorf("answers %v", seen)
	}
}

func TestNotesOfCallsAndMails(t *testing.T) {
	a, sanne := desk(t)
	sanne.Post("/staff/contact/new", "channel", "phone", "topic", "other", "name", "Mevrouw Peters", "message", "Wil weten wie de tekeningen beheert").Want(422, "e-mailadres of een telefoonnummer")
	sanne.Post("/staff/contact/new", "channel", "phone", "topic", "other", "name", "Mevrouw Peters", "phone", "0301 55 00 93", "message", "Wil weten wie de tekeningen beheert").Want(200, "Mevrouw Peters", "telefoon", "bij Sanne")
	sanne.Post("/staff/contact/new", "channel", "mail", "topic", "invoice", "name", "Els", "email", "els@deboer.example", "message", "Ander adres").Want(200, "mail")
	sanne.Get("/staff/contact/").Want(200, "Mevrouw Peters", "Els")
	sanne.Get("/staff/contact/?topic=invoice").Want(200, "Els").WantNot("Mevrouw Peters")
	if n := len(a.Mails()); n != 0 {
		t.Errorf("%d mails about notes", n)
	}
	a.Staff("Daan", "tickets").Get("/staff/contact/").Want(403)
	a.Customer("Joost").Get("/staff/contact/new").Want(403)
}

// The alarm goes once, when two working days are over, and hours that change
// change the promise.
func TestPromiseAndAlarm(t *testing.T) {
	a, _ := desk(t)
	ask(a, a.Visitor()).Want(200)
	a.SetNow(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	a.ForgetMails()
	a.SetNow(time.Date(2026, 11, 25, 9, 20, 0, 0, time.UTC))
	if m := a.MailTo("sanne@example.com"); !strings.HasPrefix(m.Subject, "Te laat bij Contact") {
		t.Errorf("alarm %s", m.Subject)
	}
	before := len(a.Mails())
	a.SetNow(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC))
	if len(a.Mails()) != before {
		t.Error("a second alarm")
	}
	a.As("sanne@example.com").Get("/staff/contact/").Want(200, `data-s="late"`)
	a.Tx(func(tx *db.Tx) error {
		key := settings.CalendarKey(a.Zone)
		calendar := key.Default
		closed, err := hours.ParseDate("2026-11-24")
		if err != nil {
			return err
		}
		calendar.Closed = append(calendar.Closed, closed)
		return settings.Put(t.Context(), tx, a.Settings, key, calendar)
	})
	due, err := db.Get[time.Time](t.Context(), a.DB, `SELECT due_at FROM contact`)
	if err != nil || !due.Equal(time.Date(2026, 11, 26, 9, 0, 10, 0, time.UTC)) {
		t.Errorf("due %v %v", due, err)
	}
}

// A question becomes a demo: the data is there, and gone here.
func TestBecomesADemo(t *testing.T) {
	a, sanne := desk(t)
	ask(a, a.Visitor(), "company", "Blom Bouwadvies", "message", "Mag ik het eens zien?").Want(200)
	path := "/staff/contact/" + id(t, a)
	sanne.Post(path+"/note", "message", "Klinkt als een goede klant.").Want(200)
	sanne.Get(path).Want(200, "Maak er een demo van").WantNot("Maak er een ticket van")
	sanne.Get(path+"/move/demo").Want(200, "Een demo maken van deze vraag?")
	sanne.Post(path+"/move/demo").Want(200, "kan zo niet verhuizen") // no kind of demo yet
	sanne.Post("/staff/demos/hosts", "account", sanne.Account.ID).Want(200)
	sanne.Post("/staff/demos/types/new", "name_nl", "Kennismaking", "name_en", "Meet us", "slug", "kennismaking", "minutes", "30", "step", "30", "before", "0", "after", "0",
		"notice", "0", "days", "60", "daily", "0", "weekly", "0", "cutoff", "0", "hosts", sanne.Account.ID).Want(200)
	a.ForgetMails()
	sanne.Post(path+"/move/demo").Want(200, "De vraag is verhuisd", "Iris Blom", "Blom Bouwadvies", "Mag ik het eens zien?", "Klinkt als een goede klant")
	sanne.Get(path).Want(404)
	for _, table := range []string{"contact", "contact_message"} {
		n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM `+table)
		if err != nil || n != 0 {
			t.Errorf("%d left in %s, %v", n, table, err)
		}
	}
	invite := a.MailTo("iris@blom.example")
	if strings.Contains(invite.Text, "Iris") || strings.Contains(invite.Text, "eens zien") {
		t.Errorf("to an address that nobody confirmed: %s", invite.Text)
	}
	iris := a.Visitor()
	own := a.Link(invite, "/bookings/")
	iris.Get(own).Want(200, "Kies een moment")
	iris.Post(own+"/move", "start", "2026-11-24T09:00:00Z").Want(200, "Je afspraak staat")
	sanne.Get(path + "/move/nergens").Want(404)
}

// What takes over may refuse or fail: then nothing has moved.
func TestFailedMoveMovesNothing(t *testing.T) {
	taken := 0
	tickets := func(h *app.Host) app.Portal {
		return app.Portal{Name: "tickets", Takes: map[string]app.Take{"ticket": func(_ context.Context, tx *db.Tx, in app.Intake) (string, error) {
			taken++
			if in.Messages[0].Text != "Kan ik een tekening delen?" || in.Email != "iris@blom.example" || in.By.Name != "Sanne" || in.Confirmed {
				t.Errorf("handed over %+v", in)
			}
			return "", fault.Conflict
		}}}
	}
	a := apptest.New(t, home.New, contact.New, tickets)
	sanne := a.Staff("Sanne", "contact")
	ask(a, a.Visitor()).Want(200)
	path := "/staff/contact/" + id(t, a)
	sanne.Post(path + "/move/ticket").Want(409)
	sanne.Get(path).Want(200, "Iris Blom", "Maak er een ticket van")
	if taken != 1 {
		t.Errorf("handed over %d times", taken)
	}
}

func TestRoute(t *testing.T) {
	a, _ := desk(t)
	admin := a.Admin("Ada")
	admin.Post("/staff/contact/settings", "street", "Havenkade", "cross", "Stationsweg", "station", "Station Westerdam", "nl", "Langs het water.", "en", "Along the water.").Want(200, "Bewaard")
	a.Tx(func(tx *db.Tx) error {
		v := settings.VendorKey.Default
		v.Name, v.LegalName, v.Address = "Tekenkast", "Tekenkast B.V.", "Havenkade 12, 1234 AB Westerdam"
		return settings.Put(t.Context(), tx, a.Settings, settings.VendorKey, v)
	})
	iris := a.Visitor()
	for _, path := range []string{"/contact/route", "/contact/route?map=google"} { // a link never loads it
		page := iris.Get(path).Want(200, "Havenkade 12", "Langs het water", "08:30–17:00", "OpenStreetMap", "Laad de kaart", "Station Westerdam")
		if strings.Contains(page.Body, "<iframe") || strings.Contains(page.Header.Get("Content-Security-Policy"), "google") {
			t.Errorf("%s has Google's map before a click", path)
		}
	}
	page := iris.Post("/contact/route", "map", "google").Want(200, "<iframe", "Gebruik mijn locatie")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src https://www.google.com") || strings.Count(csp, "google") != 1 {
		t.Errorf("policy %s", csp)
	}
	if p := page.Header.Get("Permissions-Policy"); !strings.Contains(p, "geolocation=()") || strings.Contains(page.Body, "allow=") {
		t.Errorf("location is given with the map: %s", p)
	}
	page = iris.Post("/contact/route", "map", "location").Want(200, `allow="geolocation"`)
	if p := page.Header.Get("Permissions-Policy"); !strings.Contains(p, `geolocation=("https://www.google.com")`) {
		t.Errorf("permissions %s", p)
	}
	if csp := iris.Get("/contact/").Want(200).Header.Get("Content-Security-Policy"); strings.Contains(csp, "google") {
		t.Errorf("the choice is kept: %s", csp)
	}
	if len(iris.Cookies()) != 0 {
		t.Errorf("cookies %v", iris.Cookies())
	}
	iris.In("en").Get("/contact/route").Want(200, "Along the water", "Directions").WantNot("Christmas")
	a.SetNow(time.Date(2026, 12, 21, 9, 0, 0, 0, time.UTC)) // other hours are told some weeks ahead
	iris.In("nl").Get("/contact/route").Want(200, "vr 25 dec", "gesloten (Eerste kerstdag)", "vr 1 jan 2027").WantNot("za 26 dec")
}

func TestTopicsHaveTeams(t *testing.T) {
	a, sanne := desk(t)
	daan := a.Staff("Daan", "contact")
	admin := a.Admin("Ada")
	admin.Get("/staff/contact/settings").Want(200, "Een vraag over wat we doen", "Iedereen bij Contact", "Nieuw onderwerp")
	admin.Post("/staff/contact/topics/invoice", "nl", "Factuur", "en", "Invoice", "team", daan.Account.ID).Want(200, "Bewaard", "Factuur", "Daan")
	admin.Get("/staff/contact/topics/invoice").Want(200, `value="`+daan.Account.ID+`" checked`, `value="Factuur"`)
	admin.Post("/staff/contact/topics/new", "nl", "", "en", "Building", "team", "nobody").Want(422, "Vul de Nederlandse naam in", `value="Building"`)
	admin.Post("/staff/contact/topics/new", "nl", "De bouwplaats", "en", "The building site!", "team", sanne.Account.ID).Want(200, "De bouwplaats", `data-id="the-building-site"`)
	admin.Post("/staff/contact/topics/new", "nl", "Nog een", "en", "The building site").Want(200, "Nog een")
	admin.Post("/staff/contact/topics/the-building-site/up").Want(200)
	if got := admin.Get("/staff/contact/settings").Values("data-id"); len(got) != 6 || got[3] != "the-building-site" || got[4] != "other" {
		t.Errorf("topics %v", got)
	}
	admin.Post("/staff/contact/topics/press/drop").Want(200, "Het onderwerp is weg").WantNot("Pers en samenwerken")
	for _, path := range []string{"press", "press/up", "press/drop"} {
		admin.Post("/staff/contact/topics/"+path, "nl", "x", "en", "x").Want(404)
	}
	a.Visitor().Get("/contact/").Want(200, "De bouwplaats").WantNot("Pers en samenwerken")
	a.Staff("Pim", "tickets").Get("/staff/contact/topics/new").Want(403)
	ask(a, a.Visitor(), "topic", "invoice").Want(200)
	to := map[string]bool{}
	for _, m := range a.Mails() {
		to[m.To] = true
	}
	if !to["daan@example.com"] || to["sanne@example.com"] || to["ada@example.com"] {
		t.Errorf("mails to %v", to)
	}
	a.Visitor().In("en").Get("/contact/?topic=invoice").Want(200, "Invoice", "How would you like an answer?")
	for _, key := range admin.Get("/staff/contact/settings").Values("data-id") {
		admin.Post("/staff/contact/topics/" + key + "/drop").Want(200)
	}
	admin.Get("/staff/contact/settings").Want(200, "Onderwerpen", "/drop") // one has to stay
	ask(a, a.Visitor(), "topic", "").Want(200)
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
		if d.Table == "contact" && d.Taken() {
			rows = append(rows, d.Row)
		}
	}
	return rows
}

// Case 17 of the privacy rules: answered on 8 January 2027, silence.
func TestErasedAfterSilence(t *testing.T) {
	a, _ := desk(t)
	a.SetNow(time.Date(2027, 1, 7, 9, 0, 0, 0, time.UTC))
	ask(a, a.Visitor()).Want(200)
	a.SetNow(time.Date(2027, 1, 8, 9, 0, 0, 0, time.UTC))
	sanne := a.As("sanne@example.com")
	sanne.Post("/staff/contact/"+id(t, a)+"/answer", "message", "Ja.").Want(200)
	for day, want := range map[string]int{"2027-02-06": 0, "2027-02-07": 1} {
		if got := due(t, a, day); len(got) != want {
			t.Errorf("%s: %v", day, got)
		}
	}
	// Writing again stops the clock; half a year after it came in all of it goes.
	own := a.Link(a.MailTo("iris@blom.example"), "/contact/message/")
	a.Visitor().Post(own+"/more", "message", "En hoe dan?").Want(200)
	for day, want := range map[string]int{"2027-02-07": 0, "2027-07-06": 0, "2027-07-07": 1} {
		if got := due(t, a, day); len(got) != want {
			t.Errorf("%s after a new message: %v", day, got)
		}
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

// What was written is nowhere any more after the night in which its sender said
// that he is satisfied, nor after he asked for it to be erased.
func TestNothingStays(t *testing.T) {
	a, sanne := desk(t)
	for _, way := range []string{"satisfied", "erased"} {
		marker := "zq" + way
		ask(a, a.Visitor(), "name", marker, "email", marker+"@blom.example", "company", marker, "phone", marker, "message", marker+" vraag").Want(200)
		path := "/staff/contact/" + id(t, a)
		sanne.Post(path+"/note", "message", marker+" notitie").Want(200)
		sanne.Post(path+"/answer", "message", marker+" antwoord").Want(200)
		if got := kept(t, a, marker); len(got) < 4 {
			t.Fatalf("the marker is only in %v", got)
		}
		if got := exported(t, a, marker+"@blom.example"); !strings.Contains(got, marker+" vraag") || !strings.Contains(got, marker+" antwoord") || strings.Contains(got, marker+" notitie") {
			t.Errorf("what he is given: %s", got)
		}
		if way == "erased" {
			_, err := a.Privacy.EraseNow(t.Context(), privacy.Subject{Email: marker + "@blom.example"}, nil)
			a.Fatal(err)
		} else {
			own := a.Link(a.MailTo(marker+"@blom.example"), "/contact/message/")
			a.Visitor().Post(own + "/satisfied").Want(200)
			a.SetNow(time.Date(2026, 11, 24, 3, 25, 0, 0, time.UTC)) // 04:25 in Amsterdam
			a.Visitor().Get(own).Want(404)
			sanne = a.As("sanne@example.com")
		}
		if got := kept(t, a, marker); len(got) != 0 {
			t.Errorf("%s: still in %v", way, got)
		}
	}
}

func TestNeverAnswered(t *testing.T) {
	a, _ := desk(t)
	ask(a, a.Visitor()).Want(200)
	for day, want := range map[string]int{"2027-05-22": 0, "2027-05-23": 1} {
		if got := due(t, a, day); len(got) != want {
			t.Errorf("%s: %v", day, got)
		}
	}
}

func TestDemonstrationAndBothLanguages(t *testing.T) {
	a := apptest.New(t, home.New, demos.New, contact.New)
	a.Fatal(a.Demonstrate(t.Context(), t.Output()))
	a.Visitor().Get("/").Want(200, "Telefoon open tot 17:00")
	sanne := a.As("sanne@tekenkast.example")
	for _, lang := range []string{"nl", "en"} {
		for i, path := range []string{"/staff/contact/", "/staff/contact/?status=answered", "/staff/contact/?status=spam", "/staff/contact/new", "/staff/contact/settings"} {
			page := sanne.In(lang).Get(path).Want(200)
			for _, row := range page.Values("data-id") {
				if i == 4 {
					row = "topics/" + row
				}
				sanne.Get("/staff/contact/" + row).Want(200)
			}
			if i < 3 && len(page.Values("data-id")) == 0 {
				t.Errorf("%s is empty", path)
			}
		}
	}
	for _, p := range a.Portals() {
		for _, s := range p.Mails {
			for _, lang := range []string{"nl", "en"} {
				c := a.Site.Catalog.With(t.Context(), lang, a.Zone, a.Now())
				r, err := a.Mail.Render(c, s.Make(c))
				if err != nil || strings.Contains(r.Subject+r.Text, "⟦") || strings.Contains(r.Subject+r.Text, "%!") {
					t.Errorf("%s in %s: %v %s\n%s", s.Name, lang, err, r.Subject, r.Text)
				}
			}
		}
	}
}

// The inbox pages through many by what is due first.
func TestManyQuestions(t *testing.T) {
	a, sanne := desk(t)
	now := a.Now()
	a.Tx(func(tx *db.Tx) error {
		for i := range 120 {
			at := now.Add(time.Duration(i) * time.Minute)
			_, err := db.Exec(t.Context(), tx, `INSERT INTO contact (id, topic, channel, status, how, name, message, lang, received_at, owed_at, due_at) VALUES (?, 'other', 'form', 'open', 'mail', ?, 'Hallo', 'nl', ?, ?, ?)`,
				"q"+strconv.Itoa(i), "Vrager "+strconv.Itoa(i), at, at, at)
			if err != nil {
				return err
			}
		}
		return nil
	})
	seen := map[string]bool{}
	path := "/staff/contact/"
	for path != "" {
		page := sanne.Get(path).Want(200)
		for _, id := range page.Values("data-id") {
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
		}
		path = page.Attr("rel", "next", "href")
	}
	if len(seen) != 120 {
		t.Errorf("%d seen", len(seen))
	}
}

// Sanne gives a question to Daan, who hears of it; a slip of the hand is undone.
func TestWhoAnswers(t *testing.T) {
	a, sanne := desk(t)
	daan := a.Staff("Daan", "contact")
	ask(a, a.Visitor()).Want(200)
	path := "/staff/contact/" + id(t, a)
	sanne.Get("/staff/contact/?who=nobody").Want(200, "Iris Blom")
	sanne.Get("/staff/contact/?who=mine").Want(200, "Hier staat niets")
	a.ForgetMails()
	sanne.Post(path+"/assign", "agent", daan.Account.ID).Want(200, "Doorgegeven aan Daan", "bij Daan")
	sanne.Post(path+"/assign", "agent", daan.Account.ID).Want(200)
	if mails := a.Mails(); len(mails) != 1 || mails[0].Subject != "Voor jou bij Contact: Een vraag over wat we doen" || !strings.Contains(mails[0].To, "daan@") {
		t.Errorf("%d mails", len(mails))
	}
	daan.Get("/staff/contact/?who=mine").Want(200, "Iris Blom", "bij Daan")
	sanne.Get("/staff/contact/?who=nobody").WantNot("Iris Blom")
	sanne.Get(path).Want(200, "Geef aan mij")
	sanne.Post(path+"/assign", "agent", sanne.Account.ID).Want(200, "nu van jou").WantNot("Geef aan mij")
	sanne.Post(path+"/assign", "agent", "").Want(200, "van niemand")
	sanne.Post(path+"/assign", "agent", a.Staff("Pim", "tickets").Account.ID).Want(400)
	sanne.Post(path+"/settled").Want(200, "Vannacht wissen we de vraag", "Ongedaan maken", "Tevreden")
	sanne.Post(path+"/restore").Want(200, "Te beantwoorden")
	if got := due(t, a, "2026-11-24"); len(got) != 0 {
		t.Errorf("what was restored is due %v", got)
	}
	long := strings.Repeat("Woord ", 4000)
	sanne.Post(path+"/note", "message", long).Want(422, "Woord Woord", "hooguit 20000 tekens")
	sanne.Post(path+"/answered", "message", "").Want(422, "Schrijf iets")
}

// Forms that are not filled in well count too: 60 in ten minutes, then the door
// is closed, also for whoever has signed in.
func TestCarelessFlood(t *testing.T) {
	a, _ := desk(t)
	bot, joost := a.Visitor(), a.Customer("Joost")
	for _, flood := range []struct {
		who    *apptest.Browser
		fields []string
		status int
	}{
		{bot, []string{"name", "", "email", "x@bot.example", "message", "Hallo"}, 422},
		{joost, []string{"name", "Joost", "email", "joost@example.com", "message", "Hallo"}, 200},
		{joost, []string{"name", "Joost", "email", "geen", "message", "Hallo"}, 422},
	} {
		for i := range 60 {
			if got := flood.who.Post("/contact/", flood.fields...).Status; got != flood.status {
				t.Fatalf("post %d: %d", i, got)
			}
		}
		if page := flood.who.Post("/contact/", flood.fields...).Want(429); page.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
}
