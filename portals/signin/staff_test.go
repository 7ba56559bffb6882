package signin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/apptest"
	"loket/app/jobs"
	"loket/db"
	"loket/portals"
	"loket/portals/signin"
)

// Table D, row 1.
func TestFirstAdmin(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Visitor().Get("/signin/first/geraden").Want(404)
	address, err := signin.FirstAdmin(t.Context(), &a.Host)
	a.Fatal(err)
	older := strings.TrimPrefix(address, a.Site.URL)
	address, err = signin.FirstAdmin(t.Context(), &a.Host)
	a.Fatal(err)
	link := strings.TrimPrefix(address, a.Site.URL)
	if !strings.HasPrefix(link, "/signin/first/") || older == link {
		t.Fatalf("link %q", address)
	}
	a.Visitor().Get(older).Want(404)
	a.Visitor().Get(link).Want(200, "Maak de eerste beheerder")
	a.Visitor().Post(link, "name", "Ada", "email", "ada@example.com", "password", "kort").Want(422, "minstens 12 tekens")

	var all sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		all.Go(func() {
			statuses[i] = a.Visitor().Still().Post(link, "name", "Ada", "email", fmt.Sprintf("ada%d@example.com", i), "password", sentence).Status
		})
	}
	all.Wait()
	made := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			made++
		case http.StatusNotFound:
		default:
			t.Errorf("status %d", status)
		}
	}
	if n := count(a, `SELECT count(*) FROM account WHERE role = 'admin'`); n != 1 || made != 1 {
		t.Errorf("%d admins, %d times done", n, made)
	}
	a.Visitor().Get(link).Want(404)
	a.Visitor().Post(link, "name", "Eva", "email", "eva@example.com", "password", sentence).Want(404)
	if address, err = signin.FirstAdmin(t.Context(), &a.Host); err != nil || address != "" {
		t.Errorf("a link although there is an admin: %q, %v", address, err)
	}
	b := a.Visitor()
	email, err := db.Get[string](t.Context(), a.DB, `SELECT email FROM account`)
	a.Fatal(err)
	b.Post("/signin", "email", email, "password", sentence)
	b.Get("/staff/signin/").Want(200, "Mensen")
}

func TestFirstAdminTooLate(t *testing.T) {
	a := apptest.New(t, portals.All...)
	address, err := signin.FirstAdmin(t.Context(), &a.Host)
	a.Fatal(err)
	a.Advance(24 * time.Hour)
	a.Visitor().Get(strings.TrimPrefix(address, a.Site.URL)).Want(404)
}

// Colleagues look people up; only an admin changes anything.
func TestPeople(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	a.Customer("Joost")
	sofie := a.Staff("Sofie")
	jan.Get("/staff/signin/").Want(403)
	jan.Get("/staff/signin/people/" + jan.Account.ID).Want(403)
	sofie.Get("/staff/signin/").Want(200, "Jan", "Joost", "Van der Wal Bouw").WantNot("Voeg iemand toe")
	sofie.Get("/staff/signin/people?q=JOOST@").Want(200, "Joost").WantNot("jan@example.com")
	sofie.Get("/staff/signin/people?role=staff").Want(200, "Sofie").WantNot("jan@example.com")
	for _, nothing := range []string{"%", "_", `\`, "'", strings.Repeat("%", 300)} {
		sofie.Get("/staff/signin/people?q="+url.QueryEscape(nothing)).Want(200, "Niemand gevonden")
	}
	sofie.Get("/staff/signin/people/"+jan.Account.ID).Want(200, "jan@example.com").WantNot("Blokkeer", "Rol en rechten", "Logboek")
	sofie.Get("/staff/signin/people/bestaat-niet").Want(404)
	at := "/staff/signin/people/" + jan.Account.ID
	for _, path := range []string{at + "/role", at + "/block", at + "/unblock", at + "/sessions", at + "/resend", at + "/company", "/staff/signin/people/new", "/staff/signin/companies/new"} {
		sofie.Post(path, "role", "admin").Want(403)
	}
	for _, path := range []string{"/staff/signin/people/new", "/staff/signin/audit", "/staff/signin/jobs"} {
		sofie.Get(path).Want(403)
	}
	if n := count(a, `SELECT count(*) FROM audit WHERE act = 'read' AND about_id = ?`, jan.Account.ID); n != 1 {
		t.Errorf("looking is noted %d times", n)
	}
	sofie.Get(at).Want(200)
	if n := count(a, `SELECT count(*) FROM audit WHERE act = 'read'`); n != 1 {
		t.Errorf("looking twice within the hour is noted %d times", n)
	}
}

// Pages hold every person once, whatever their names.
func TestPeoplePages(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada := a.Admin("Ada")
	a.Tx(func(tx *db.Tx) error {
		for i := range 120 {
			name := []string{"Élodie", "de Vries", "Zoë", "Émile", "van Dam", "Bakker"}[i%6]
			if _, err := account.Create(t.Context(), tx, account.Account{Name: name, Email: fmt.Sprintf("mens%d@example.com", i), CreatedAt: a.Now()}, false); err != nil {
				return err
			}
		}
		return nil
	})
	seen, path := map[string]int{}, "/staff/signin/people?role=customer"
	for path != "" {
		page := ada.Get(path).Want(200)
		for _, id := range page.Values("data-id") {
			seen[id]++
		}
		path = page.Attr("rel", "next", "href")
		if len(seen) > 200 {
			t.Fatal("no end")
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d people on the pages, want 120", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
}

// A change of role ends the person's sessions at once.
func TestRoles(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada, jan := a.Admin("Ada"), a.Customer("Jan")
	at := "/staff/signin/people/" + jan.Account.ID
	ada.Post(at+"/role", "role", "keizer").Want(422, "Kies een van de antwoorden")
	ada.Post(at+"/role", "role", "staff", "permissions", "tickets", "permissions", "verzonnen", "permissions", "hiring").Want(200, "Rol en rechten zijn bewaard", "Tickets, Vacatures")
	if signedIn(jan) {
		t.Error("the session from before goes on")
	}
	jan.SignIn()
	jan.Get("/staff/signin/").Want(200)
	jan.Get("/staff/signin/audit").Want(403)
	ada.Post(at+"/role", "role", "customer", "permissions", "tickets").Want(200)
	jan.SignIn()
	jan.Get("/staff/signin/").Want(403)
	if n := count(a, `SELECT count(*) FROM account WHERE permissions <> ''`); n != 0 {
		t.Error("a customer has permissions")
	}
	for _, what := range []string{"/role", "/block", "/sessions"} {
		ada.Post("/staff/signin/people/"+ada.Account.ID+what, "role", "customer").Want(403)
	}
	if !signedIn(ada) {
		t.Error("the admin locked himself out")
	}
}

// Two admins take each other's rights away at once: one of them stays.
func TestAdminsAgainstEachOther(t *testing.T) {
	for _, what := range []string{"/role", "/block"} {
		a := apptest.New(t, portals.All...)
		ada, eva := a.Admin("Ada"), a.Admin("Eva")
		var both sync.WaitGroup
		both.Go(func() { ada.Still().Post("/staff/signin/people/"+eva.Account.ID+what, "role", "customer") })
		both.Go(func() { eva.Still().Post("/staff/signin/people/"+ada.Account.ID+what, "role", "customer") })
		both.Wait()
		if n := count(a, `SELECT count(*) FROM account WHERE role = 'admin' AND disabled_at IS NULL`); n != 1 {
			t.Errorf("%s: %d admins left", what, n)
		}
	}
}

// Somebody is added by an admin and sets his own password by a mailed link.
func TestAddPerson(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada := a.Admin("Ada")
	a.Company("Van der Wal Bouw")
	once := ada.Get("/staff/signin/people/new").Want(200).Input("once")
	fields := func(email, company string) []string {
		return []string{"once", once, "name", "Daan Visser", "email", email, "lang", "nl", "role", "customer", "company", company, "manager", "true"}
	}
	ada.Post("/staff/signin/people/new", fields("daan@example.com", "Bestaat Niet")...).Want(422, "Er is geen bedrijf met die naam")
	ada.Post("/staff/signin/people/new", fields("Ada@example.com", "")...).Want(422, "Met dit e-mailadres is al een account")
	ada.Post("/staff/signin/people/new", fields("Daan@example.com", "van der wal bouw")...).Want(200, "onderweg naar daan@example.com", "adres niet bevestigd", "Van der Wal Bouw")
	ada.Post("/staff/signin/people/new", fields("daan@example.com", "van der wal bouw")...).Want(200, "Daan Visser") // posted twice
	if n := count(a, `SELECT count(*) FROM account WHERE name = 'Daan Visser'`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	old := a.Link(a.MailTo("daan@example.com"), "/signin/welcome/")
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM account WHERE email = 'daan@example.com'`)
	a.Fatal(err)
	a.ForgetMails()
	ada.Post("/staff/signin/people/"+id+"/resend").Want(200, "opnieuw verstuurd")
	link := a.Link(a.MailTo("daan@example.com"), "/signin/welcome/")
	daan := a.Visitor()
	daan.Get(old).Want(410)
	daan.Get(strings.Replace(link, "welcome", "reset", 1)).Want(410) // a link is for one purpose
	daan.Get(link).Want(200, "Kies je wachtwoord", "daan@example.com")
	daan.Post(link, "password", sentence)
	daan.Get("/company").Want(200, "Van der Wal Bouw", "Nodig een collega uit")
	ada.Post("/staff/signin/people/" + id + "/resend").Want(409)
}

func TestCompanies(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada, sofie, marit := a.Admin("Ada"), a.Staff("Sofie"), a.Manager("Marit")
	wal := a.Company("Van der Wal Bouw")
	sofie.Get("/staff/signin/companies").Want(200, "Van der Wal Bouw", "geen overeenkomst").WantNot("Voeg bedrijf toe")
	sofie.Get("/staff/signin/companies/"+wal.ID).Want(200, "Marit").WantNot("Leg overeenkomst vast")
	sofie.Post("/staff/signin/companies/"+wal.ID+"/agreements", "plan", "X", "started_on", "2026-01-01").Want(403)
	sofie.Get("/staff/signin/companies/x").Want(404)

	ada.Post("/staff/signin/companies/new", "name", "VAN DER WAL BOUW").Want(422, "Er is al een bedrijf met die naam")
	ada.Post("/staff/signin/companies/new", "name", "Atelier Noord", "phone", "0301 55 00 30").Want(200, "Het bedrijf is bewaard", "0301 55 00 30")
	ada.Post("/staff/signin/companies/"+wal.ID+"/edit", "name", "Van der Wal Bouw BV", "address", "Havenkade 12").Want(200, "Havenkade 12")
	ada.Get("/staff/signin/companies?q=wal").Want(200, "Van der Wal Bouw BV").WantNot("Atelier Noord")

	at := "/staff/signin/companies/" + wal.ID + "/agreements"
	ada.Post(at, "plan", "Compleet", "started_on", "gisteren").Want(422, "Dit is geen datum")
	ada.Post(at, "plan", "Compleet", "started_on", "2026-05-01", "ended_on", "2026-04-30").Want(422, "De laatste dag ligt vóór de eerste")
	ada.Post(at, "plan", "Compleet", "started_on", "2026-01-01").Want(200, "De overeenkomst is bijgewerkt", "Compleet", "loopt")
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM agreement`)
	a.Fatal(err)
	ada.Post(at+"/"+id+"/end", "ended_on", "2026-06-30").Want(200).WantNot("loopt")
	for _, what := range []string{"/end", "/renew"} {
		ada.Post(at+"/"+id+what, "ended_on", "2025-12-31").Want(422, "De laatste dag ligt vóór de eerste", `value="2025-12-31"`)
		ada.Post(at+"/"+id+what, "ended_on", "morgen").Want(422, "Dit is geen datum")
		ada.Post(at+"/verzonnen"+what, "ended_on", "2026-12-31").Want(404)
	}
	if end, err := db.Get[string](t.Context(), a.DB, `SELECT ended_on FROM agreement`); err != nil || end != "2026-06-30" {
		t.Errorf("the agreement ends %s, %v", end, err)
	}
	ada.Post("/staff/signin/companies/"+a.Company("Atelier Noord").ID+"/agreements/"+id+"/end", "ended_on", "2026-07-01").Want(404)
	ada.Post(at+"/"+id+"/renew", "ended_on", "2027-06-30").Want(200, "loopt")
	if end, err := db.Get[string](t.Context(), a.DB, `SELECT ended_on FROM agreement`); err != nil || end != "2027-06-30" {
		t.Errorf("the agreement ends %s, %v", end, err)
	}
	ada.Post(at+"/"+id+"/renew", "ended_on", "").Want(200, "loopt").WantNot("tot en met")

	ada.Post("/staff/signin/companies/new", "name", "Élan Études").Want(200)
	ada.Post("/staff/signin/companies/new", "name", "ÉlAN ÉTUDES").Want(422, "Er is al een bedrijf met die naam")
	ada.Get("/staff/signin/companies?q=Élan").Want(200, "Élan Études")
	person := "/staff/signin/people/" + marit.Account.ID
	ada.Post(person+"/company", "company", "atelier noord").Want(200, "bijgewerkt", "Atelier Noord")
	ada.Post(person+"/company", "company", "nergens").Want(200, "geen bedrijf met die naam")
	ada.Post(person+"/company/end", "company", wal.ID).Want(200).WantNot("Van der Wal Bouw BV")
	marit.Get("/company").Want(200, "Atelier Noord").WantNot("Van der Wal")
}

// Table D, rows 5 and 7: what happened is in the log, without secrets, and the
// chain of the log holds.
func TestAudit(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada, jan := a.Admin("Ada"), a.Customer("Jan")
	b := a.Visitor()
	b.Post("/signin", "email", "jan@example.com", "password", "niet het goede wachtwoord")
	b.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	b.Post("/profile/password", "current", apptest.Password, "password", sentence)
	b.Post("/profile", "name", "Jan\n\x1b[31m\",\"act\":\"role", "lang", "nl", "theme", "auto")
	b.Post("/signout")
	at := "/staff/signin/people/" + jan.Account.ID
	ada.Post(at+"/role", "role", "staff", "permissions", "tickets")
	ada.Post(at + "/block")
	b.Post("/signin", "email", "jan@example.com", "password", sentence)
	ada.Post(at + "/unblock")
	page := ada.Get("/staff/signin/audit").Want(200, "Ingelogd", "Inloggen mislukt", "Inloggen geweigerd", "Wachtwoord gewijzigd", "Uitgelogd",
		"Rol of rechten gewijzigd", "Medewerker: Tickets", "Geblokkeerd", "Blokkade opgeheven", "127.0.0.1", "Ada")
	page.WantNot(sentence, apptest.Password, "niet het goede wachtwoord", "jan@example.com", "argon2")
	ada.Get("/staff/signin/audit?act=block").Want(200, "Geblokkeerd").WantNot("Ada Ada")
	if rows := ada.Get("/staff/signin/audit?act=block&who=jan@example.com").Values("data-id"); len(rows) != 1 {
		t.Errorf("%d rows of being blocked", len(rows))
	}
	if rows := ada.Get("/staff/signin/audit?who=niemand@example.com").Values("data-id"); len(rows) != 0 {
		t.Errorf("%d rows about nobody", len(rows))
	}
	ada.Get("/staff/signin/audit?from=2026-11-24").Want(200, "Niets gevonden")
	ada.Get("/staff/signin/audit?to=2026-11-23&from=2026-11-23").Want(200, "Geblokkeerd")
	ada.Get("/staff/signin/audit?before=x").Want(404)
	ada.Get(at).Want(200, "Logboek", "Inloggen geweigerd")
	for _, method := range []string{"POST", "DELETE", "PUT"} {
		if status := ada.Do(method, "/staff/signin/audit", "", nil).Status; status != 404 {
			t.Errorf("%s answers %d", method, status)
		}
	}
	broken, err := account.AuditBroken(t.Context(), a.DB)
	a.Fatal(err)
	if len(broken) != 0 {
		t.Errorf("broken at %v", broken)
	}
	if n := count(a, `SELECT count(*) FROM audit WHERE network = ''`); n != 0 {
		t.Errorf("%d entries without a network", n)
	}
	ada.Get("/staff/signin/audit?check=1").Want(200, "De keten klopt")
	_, err = db.Exec(t.Context(), a.DB, `UPDATE audit SET object = 'admin' WHERE number = 4`)
	a.Fatal(err)
	ada.Get("/staff/signin/audit?check=1").Want(200, "De keten is gebroken bij regel 4:")
}

func TestFailedJobs(t *testing.T) {
	a := apptest.New(t, portals.All...)
	ada := a.Admin("Ada")
	ada.Get("/staff/signin/jobs").Want(200, "Niets mislukt")
	broken := true
	jobs.Handle(a.Jobs, "test.letter", func(_ context.Context, _ struct{}) error {
		if broken {
			return fmt.Errorf("post office is closed: %w", jobs.Permanent)
		}
		return nil
	})
	a.Tx(func(tx *db.Tx) error {
		return a.Jobs.Add(t.Context(), tx, "test.letter", jobs.Work{Payload: struct{}{}})
	})
	a.RunJobs()
	page := ada.Get("/staff/signin/jobs").Want(200, "test.letter", "post office is closed", "Sluit opgeloste tickets", "Kijk of de wisronde moet beginnen").WantNot("tickets.close")
	ada.Get("/staff/").Want(200, "1 taak is mislukt")
	broken = false
	ada.Post("/staff/signin/jobs/"+page.Values("data-id")[0]+"/retry").Want(200, "opnieuw geprobeerd", "Niets mislukt")
	ada.Post("/staff/signin/jobs/nergens/retry").Want(404)
	a.RunJobs()
	if n := count(a, `SELECT count(*) FROM job`); n != 0 {
		t.Errorf("%d jobs left", n)
	}
}

// Table S, rows 5, 7, 11 and 15.
func TestCookiesAndSecrets(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	cross := a.Visitor()
	cross.Header = http.Header{"Origin": {"https://evil.test"}, "Sec-Fetch-Site": {"cross-site"}}
	cross.Post("/signin", "email", "jan@example.com", "password", apptest.Password).Want(403)
	if signedIn(cross) {
		t.Error("signed in from another site")
	}
	b := a.Visitor()
	b.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	for _, c := range b.Cookies() {
		for i := 0; i < len(c.Value); i += 7 {
			touched := a.Visitor()
			flipped := []byte(c.Value)
			flipped[i] ^= 1
			touched.Header.Set("Cookie", c.Name+"="+string(flipped))
			if status := touched.Still().Get("/signin").Status; status != 200 {
				t.Fatalf("cookie %s with byte %d flipped: %d", c.Name, i, status)
			}
			if c.Name == "loket" && signedIn(touched) {
				t.Fatalf("signed in with byte %d flipped", i)
			}
		}
		for _, other := range b.Cookies() {
			swapped := a.Visitor()
			swapped.Header.Set("Cookie", "loket="+other.Value)
			if other.Name != "loket" && signedIn(swapped) {
				t.Errorf("the cookie %s opens a session", other.Name)
			}
		}
		if strings.Contains(c.Value, "jan") || strings.Contains(c.Value, jan.Account.ID) {
			t.Errorf("the cookie %s tells who it is", c.Name)
		}
	}
	long := a.Visitor()
	long.Header.Set("Cookie", "loket="+strings.Repeat("x", 8<<10))
	long.Get("/signin").Want(200)

	// Nothing in the cookie of a session says when it was made.
	again := a.Visitor()
	again.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	for _, x := range b.Cookies() {
		for _, y := range again.Cookies() {
			if x.Name == "loket" && y.Name == "loket" && x.Value[:4] == y.Value[:4] {
				t.Errorf("two sessions begin alike: %s %s", x.Value, y.Value)
			}
		}
	}
	seen := map[string]bool{}
	for range 2000 {
		s := account.Secret()
		if seen[s] || len(s) != 43 {
			t.Fatalf("secret %q", s)
		}
		seen[s] = true
	}
	stored, err := db.All[string](t.Context(), a.DB, `SELECT id FROM session`)
	a.Fatal(err)
	for _, id := range stored {
		for _, c := range b.Cookies() {
			if strings.Contains(c.Value, id) {
				t.Error("the table holds what the cookie carries")
			}
		}
	}
}

// Where somebody goes after sign-in is a page of this site.
func TestNext(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "/%0d%0aSet-Cookie:x=y", "\thttps://evil.example"} {
		page := a.Visitor().Still().Post("/signin", "email", "jan@example.com", "password", apptest.Password, "next", next)
		to := page.Header.Get("Location")
		u, err := url.Parse(to)
		if err != nil || page.Status != 303 || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
			t.Errorf("%q leads to %q (%d)", next, to, page.Status)
		}
	}
}

// Staff go on reading when nothing can be written any more, though that they
// read is then only in the program's own log.
func TestReadingOnAFullDisk(t *testing.T) {
	a := apptest.New(t, portals.All...)
	if !a.DB.SQLite() {
		return // a server that refuses to write is not for a test to make
	}
	jan, ada := a.Customer("Jan"), a.Admin("Ada")
	jan.Post("/tickets/new", "subject", "Vol", "body", "Alles is vol.", "severity", "hinders").Want(200)
	ticket, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM ticket`)
	a.Fatal(err)
	_, err = db.Exec(t.Context(), a.DB, `PRAGMA query_only = 1`) // what the writer gets then is no write either
	a.Fatal(err)
	for _, path := range []string{"/staff/signin/people/" + jan.Account.ID, "/staff/tickets/" + ticket, "/staff/tickets/", "/staff/"} {
		ada.Get(path).Want(200)
	}
	ada.Post("/staff/signin/people/"+jan.Account.ID+"/block").Want(503, "We zijn er zo weer")
	_, err = db.Exec(t.Context(), a.DB, `PRAGMA query_only = 0`)
	a.Fatal(err)
	ada.Post("/staff/signin/people/" + jan.Account.ID + "/block").Want(200)
}
