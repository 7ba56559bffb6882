package app_test

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/apptest"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/db"
	"loket/portals"
)

// amsterdam is a moment as the clocks at the desk show it.
func amsterdam(t *testing.T, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// holding are the tables in which a text stands somewhere.
func holding(a *apptest.App, text string) (tables []string) {
	a.T.Helper()
	columns, err := a.DB.Columns(a.T.Context())
	a.Fatal(err)
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Table] {
			continue
		}
		seen[c.Table] = true
		rows, err := db.Rows(a.T.Context(), a.DB, `SELECT * FROM `+c.Table)
		a.Fatal(err)
		for _, row := range rows {
			if strings.Contains(strings.ToLower(fmt.Sprint(row)), strings.ToLower(text)) {
				tables = append(tables, c.Table)
				break
			}
		}
	}
	return tables
}

func number(a *apptest.App, query string, args ...any) int {
	a.T.Helper()
	n, err := db.Get[int](a.T.Context(), a.DB, query, args...)
	a.Fatal(err)
	return n
}

// nights has every run up to a moment happen at its own time.
func nights(a *apptest.App, until time.Time) {
	a.T.Helper()
	for at := a.Privacy.NextRun(a.Now()); !at.After(until); at = a.Privacy.NextRun(a.Now()) {
		a.SetNow(at)
	}
	a.SetNow(until)
}

// TestCase13EndOfAgreement: Anna works for a company whose agreement ends, Bert
// also for one whose agreement runs on. Staff ends it on the page of the company.
func TestCase13EndOfAgreement(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.SetNow(amsterdam(t, "2025-06-30 10:00"))
	anna, bert := a.CustomerOf("Oudbouw", "Anna"), a.CustomerOf("Oudbouw", "Bert")
	ada := a.Admin("Ada")
	old, other := a.Company("Oudbouw"), a.Company("Nieuwbouw")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `INSERT INTO membership (id, account_id, company_id, manager, started_at) VALUES ('second', ?, ?, FALSE, ?)`, bert.Account.ID, other.ID, a.Now())
		return err
	})
	for _, company := range []account.Company{old, other} {
		ada.Post("/staff/signin/companies/"+company.ID+"/agreements", "plan", "Compleet", "started_on", "2025-07-01", "started", "2025-07-01").Want(200)
	}
	first, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM agreement WHERE company_id = ?`, old.ID)
	a.Fatal(err)
	a.SetNow(amsterdam(t, "2026-06-01 10:00"))
	ada.SignIn()
	ada.Post("/staff/signin/companies/"+old.ID+"/agreements/"+first+"/end", "ended_on", "2026-06-30", "ended", "2026-06-30").Want(200)
	if n := number(a, `SELECT count(*) FROM agreement WHERE ended_on = '2026-06-30'`); n != 1 {
		t.Fatalf("%d agreements ended", n)
	}
	there := func() string {
		names, err := db.All[string](t.Context(), a.DB, `SELECT name FROM account WHERE role = 'customer' ORDER BY name`)
		a.Fatal(err)
		return strings.Join(names, " ")
	}
	a.SetNow(amsterdam(t, "2027-05-30 12:00"))
	a.ForgetMails()
	a.SetNow(amsterdam(t, "2027-05-31 12:00"))
	told := a.Mails()
	if len(told) != 1 || told[0].To != anna.Account.Email || !strings.Contains(told[0].Text, "30 juni 2027") {
		t.Errorf("on 31 May the mails are %v", told)
	}
	nights(a, amsterdam(t, "2027-06-29 12:00"))
	if got := there(); got != "Anna Bert" {
		t.Errorf("on 29 June: %s", got)
	}
	nights(a, amsterdam(t, "2027-06-30 12:00"))
	if got := there(); got != "Bert" {
		t.Errorf("on 30 June: %s", got)
	}
	if left := holding(a, "anna@example.com"); len(left) > 0 {
		t.Errorf("Anna is still in %v", left)
	}
}

// TestCase14WhoBelongsNowhere: Anna left her company while it stays a customer;
// Bert left one such company and stays with another, whose agreement ended long
// before: the last one counts. They left half an hour into the 15th at the desk,
// when it was the 14th in UTC. Cas never belonged anywhere.
func TestCase14WhoBelongsNowhere(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.SetNow(amsterdam(t, "2026-01-05 10:00"))
	anna, bert := a.CustomerOf("Loopt", "Anna"), a.CustomerOf("Loopt", "Bert")
	a.Customer("Cas")
	a.CustomerOf("Loopt", "Eva")
	runs, ended := a.Company("Loopt"), a.Company("Afgelopen")
	a.Tx(func(tx *db.Tx) error {
		for _, q := range []string{
			`INSERT INTO membership (id, account_id, company_id, manager, started_at) VALUES ('second', '` + bert.Account.ID + `', '` + ended.ID + `', FALSE, '2026-01-05 09:00:00+00:00')`,
			`INSERT INTO agreement (id, company_id, started_on, ended_on, created_at) VALUES ('ended', '` + ended.ID + `', '2020-01-01', '2026-03-31', '2026-01-05 09:00:00+00:00')`,
			`INSERT INTO agreement (id, company_id, started_on, created_at) VALUES ('runs', '` + runs.ID + `', '2020-01-01', '2026-01-05 09:00:00+00:00')`,
		} {
			if _, err := db.Exec(t.Context(), tx, q); err != nil {
				return err
			}
		}
		return nil
	})
	a.SetNow(amsterdam(t, "2026-06-15 00:30"))
	ada := a.Admin("Ada")
	for _, leaver := range []*apptest.Browser{anna, bert} {
		ada.Post("/staff/signin/people/"+leaver.Account.ID+"/company/end", "company", runs.ID).Want(200)
	}
	if n := number(a, `SELECT count(*) FROM membership WHERE ended_at IS NOT NULL`); n != 2 {
		t.Fatalf("%d left", n)
	}
	there := func() string {
		names, err := db.All[string](t.Context(), a.DB, `SELECT name FROM account WHERE role = 'customer' ORDER BY name`)
		a.Fatal(err)
		return strings.Join(names, " ")
	}
	for _, night := range []struct{ at, want string }{
		{"2027-01-04 12:00", "Anna Bert Cas Eva"},
		{"2027-01-05 12:00", "Anna Bert Eva"},
		{"2027-06-14 12:00", "Anna Bert Eva"},
		{"2027-06-15 12:00", "Eva"},
	} {
		a.SetNow(amsterdam(t, night.at))
		if got := there(); got != night.want {
			t.Errorf("on %s: %s, want %s", night.at, got, night.want)
		}
	}
}

// exported is data.json of a zip with somebody's data.
func exported(a *apptest.App, body string) string {
	a.T.Helper()
	r, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	a.Fatal(err)
	f, err := r.Open("data.json")
	a.Fatal(err)
	data, err := io.ReadAll(f)
	a.Fatal(err)
	return string(data)
}

// TestNoPasswordInAnExport: Dora signed up and has not confirmed her address,
// so what she entered waits in the link. Her data hold that link, not what is in it.
func TestNoPasswordInAnExport(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Visitor().Post("/signup", "name", "Dora", "email", "dora@example.com", "password", "een lang wachtwoord").Want(200)
	var zipped strings.Builder
	_, err := a.Privacy.Export(t.Context(), privacy.Subject{Email: "dora@example.com"}, &zipped, privacy.ExportOptions{})
	a.Fatal(err)
	data := exported(a, zipped.String())
	if !strings.Contains(data, "dora@example.com") || strings.Contains(data, "argon2") || strings.Contains(data, `"Password`) {
		t.Errorf("the export lacks her, or holds a password: %s", data)
	}
}

// TestNotesAboutMe: what colleagues noted about Jan is looked at before he gets
// it. His download asks for it once, and once Ineke granted it, has it for a week.
func TestNotesAboutMe(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ineke := a.Customer("Jan"), a.Staff("Ineke", "privacy", "contact")
	jan.Post("/contact/", "topic", "other", "name", "Jan", "email", "jan@example.com", "message", "Wanneer zijn jullie open?").Want(200)
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM contact`)
	a.Fatal(err)
	ineke.Post("/staff/contact/"+id+"/note", "message", "Belt altijd op vrijdag.").Want(200)
	noted := func() bool {
		return strings.Contains(exported(a, jan.Post("/privacy/mine/download").Want(200).Body), "Belt altijd")
	}
	for range 2 { // asking again asks the colleagues nothing new
		if noted() {
			t.Error("Jan reads a note that nobody looked at")
		}
	}
	open, err := a.Privacy.OpenRequests(t.Context())
	a.Fatal(err)
	if len(open) != 1 || open[0].Type != privacy.Access {
		t.Fatalf("two downloads opened %v", open)
	}
	path := "/staff/privacy/requests/" + open[0].ID
	ineke.Get(path).Want(200, "Er is 1 notitie van collega’s over mij", "Kijk in de download")
	ineke.Post(path+"/answer", "state", "fulfilled", "answer", "").Want(200)
	a.RunJobs()
	if letter := a.MailTo("jan@example.com"); !strings.Contains(letter.Text, "/privacy/mine/download") {
		t.Errorf("the letter shows no way: %s", letter.Text)
	}
	if !noted() {
		t.Error("Jan does not get the note that Ineke granted")
	}
	a.Advance(8 * 24 * time.Hour)
	jan.SignIn()
	if noted() {
		t.Error("after a week the note still goes along")
	}
}

// TestCase21MissedNights: the program was off when a question should have gone;
// it goes when the program starts, and the console says how late.
func TestCase21MissedNights(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.SetNow(amsterdam(t, "2027-03-12 10:00"))
	a.Customer("Jan").Post("/contact/", "topic", "other", "name", "Jan", "email", "jan@example.com", "message", "Wanneer zijn jullie open?").Want(200)
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM contact`)
	a.Fatal(err)
	a.SetNow(amsterdam(t, "2027-03-13 10:00"))
	a.Staff("Sanne", "contact").Post("/staff/contact/"+id+"/answer", "message", "Morgen.").Want(200)
	nights(a, amsterdam(t, "2027-04-09 23:00"))
	if n := number(a, `SELECT count(*) FROM contact`); n != 1 {
		t.Fatalf("%d questions before their time", n)
	}
	a.SetNow(amsterdam(t, "2027-04-20 12:00")) // the first minute after the start
	if n := number(a, `SELECT count(*) FROM contact`); n != 0 {
		t.Errorf("%d questions after the start", n)
	}
	if n := number(a, `SELECT late FROM privacy_run ORDER BY number DESC LIMIT 1`); n != 8 {
		t.Errorf("the run was %d days late", n)
	}
	a.Staff("Ineke", "privacy").Get("/staff/privacy/").Want(200, "De laatste ronde was dagen te laat: 8")
}

// TestOnePersonEverywhere erases Marit, who manages a company and has been at
// every counter, by her own page, and looks for her everywhere (cases 25, 27
// and 29, and the hard cases of shared things).
func TestOnePersonEverywhere(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	marit, joost, sanne := a.As("marit@vanderwal.example"), a.As("joost@vanderwal.example"), a.As("sanne@tekenkast.example")
	marit.Post("/tickets/new", "product", "viewer", "severity", "hinders", "subject", "Marit Hoekstra kan niet tekenen", "body", "Bel me: Marit Hoekstra, marit@vanderwal.example.").Want(200)
	own, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM ticket WHERE subject LIKE 'Marit%'`)
	a.Fatal(err)
	joost.Post("/tickets/new", "product", "viewer", "severity", "question", "subject", "Samen met een collega", "body", "Marit Hoekstra (marit@vanderwal.example) weet er meer van.").Want(200)
	shared, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM ticket WHERE subject = 'Samen met een collega'`)
	a.Fatal(err)
	sanne.Post("/staff/tickets/"+own, "body", "Dag Marit Hoekstra, we kijken ernaar.").Want(200)
	joost.Post("/tickets/"+shared+"/people", "email", "marit@vanderwal.example").Want(200)
	marit.Post("/tickets/"+shared, "body", "Ik weet dit ook. Groet, Marit Hoekstra").Want(200)
	idea := func(title string) string {
		marit.Post("/ideas/new", "board", "viewer", "title", title, "body", "Door Marit Hoekstra bedacht.", "sure", "1").Want(200)
		id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM idea WHERE title = ?`, title)
		a.Fatal(err)
		return id
	}
	alone, liked := idea("Uitgummen met beide handen"), idea("Meeluisteren tijdens presentaties")
	joost.Post("/ideas/" + liked + "/vote").Want(200)
	marit.Post("/ideas/" + liked + "/vote").Want(200)
	votes := number(a, `SELECT sum(votes) FROM idea WHERE id <> ?`, alone)
	marit.Post("/contact/", "topic", "other", "name", "Marit Hoekstra", "email", "marit@vanderwal.example", "phone", "06 19 73 64 82", "message", "Kan dat?").Want(200)
	a.RunJobs()
	// Five letters wait: two to Marit, one to Joost that names her, two to Joost.
	queue := func(to *apptest.Browser, say string) {
		a.Tx(func(tx *db.Tx) error {
			return a.Mail.Send(t.Context(), tx, mail.To{AccountID: to.Account.ID, Address: to.Account.Email, Lang: "nl"},
				fixed(mail.Letter{Kind: "test", Subject: say, Heading: say, Parts: []mail.Part{mail.Para(say)}, Why: "Omdat."}))
		})
	}

	erase := marit.Get("/privacy/mine/erase").Want(200, "Wat er verdwijnt en wat blijft", "Ideeënportaal", "Ondersteuningsportal")
	if _, form, _ := strings.Cut(erase.Body, `method="post" action="/privacy/mine/erase"`); !strings.Contains(form, `value="ideas_text"`) {
		t.Error("what one ticks does not go along with the button that erases")
	}
	marit.Post("/privacy/mine/erase", "once", erase.Input("once")).Want(200, "We wissen je op")
	marit.Still().Get("/profile").Want(303)
	stop := a.Link(a.MailTo("marit@vanderwal.example"), "/privacy/stop/")
	for i := range 2 {
		queue(marit, fmt.Sprint("Voor Marit Hoekstra ", i))
		queue(joost, fmt.Sprint("Iets anders ", i))
	}
	queue(joost, "Marit Hoekstra schreef iets")
	a.ForgetMails()
	a.Advance(time.Hour)
	if n := number(a, `SELECT count(*) FROM mail WHERE kind = 'test' AND account_id = ? AND sent_at IS NULL AND cancelled_at IS NULL`, marit.Account.ID); n != 2 {
		t.Errorf("%d letters to Marit wait while she may still stop it", n)
	}
	a.Visitor().Post(stop).Want(200, "Gestopt")
	a.RunJobs()
	if n := number(a, `SELECT count(*) FROM mail WHERE kind = 'test' AND account_id = ? AND sent_at IS NOT NULL`, marit.Account.ID); n != 2 {
		t.Errorf("%d letters reached Marit after she stopped it", n)
	}
	marit = a.As("marit@vanderwal.example")
	marit.Get("/tickets/"+own).Want(200, "kan niet tekenen")

	marit.Post("/privacy/mine/erase").Want(200, "We wissen je op")
	queue(marit, "Nog een voor Marit Hoekstra")
	a.Advance(72*time.Hour + time.Minute)
	// What stays: the bills, for the law; her number without a name in the log and
	// in the list of what was erased.
	for text, may := range map[string][]string{"Hoekstra": {"invoice"}, "marit@vanderwal": {"invoice"}, "0619736482": nil, "06 19 73 64 82": nil, marit.Account.ID: {"audit", "erasure"}} {
		for _, table := range holding(a, text) {
			if !slices.Contains(may, table) {
				t.Errorf("%q is still in %s", text, table)
			}
		}
	}
	if n := number(a, `SELECT count(*) FROM account WHERE id = ?`, marit.Account.ID); n != 0 {
		t.Error("the account is still there")
	}
	if n := number(a, `SELECT sum(votes) FROM idea`); n != votes {
		t.Errorf("%d votes, there were %d", n, votes)
	}
	if n := number(a, `SELECT count(*) FROM idea WHERE id = ?`, alone); n != 0 {
		t.Error("the idea for which nobody else voted is still there")
	}
	if n := number(a, `SELECT count(*) FROM idea WHERE id = ? AND author_id IS NULL`, liked); n != 1 {
		t.Error("the idea that others want is gone, or still hers")
	}
	joost = a.As("joost@vanderwal.example")
	joost.Get("/tickets/"+shared).Want(200, "Ik weet dit ook", "[verwijderd]")
	if n := number(a, `SELECT count(*) FROM ticket WHERE id = ? AND requester_id IS NULL AND product = 'viewer'`, own); n != 1 {
		t.Error("her own ticket has no shell left")
	}
	if n := number(a, `SELECT count(*) FROM ticket_message WHERE ticket_id = ?`, own); n != 0 {
		t.Error("the words of her own ticket are still there")
	}
	page := a.As("fatma@tekenkast.example").Get("/staff/privacy/requests").Want(200, "adres gewist")
	page.WantNot("Hoekstra")
	report, err := db.Get[string](t.Context(), a.DB, `SELECT report FROM request WHERE type = 'erasure' AND report <> ''`)
	a.Fatal(err)
	for _, word := range []string{`"support"`, `"ideas"`, `"billing"`, "artikel 52", `"scrubbed"`} {
		if !strings.Contains(report, word) {
			t.Errorf("the report lacks %s", word)
		}
	}
	due, err := a.Privacy.Plan(t.Context(), privacy.Subject{Email: "marit@vanderwal.example"}, nil)
	a.Fatal(err)
	for _, d := range due {
		if d.Table != "invoice" {
			t.Errorf("who comes back finds %s %s", d.Table, d.Row)
		}
	}
}
