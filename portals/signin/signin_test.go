package signin_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

const sentence = "vier dunne jassen hangen scheef"

// count counts rows.
func count(a *apptest.App, query string, args ...any) int {
	a.T.Helper()
	n, err := db.Get[int](a.T.Context(), a.DB, query, args...)
	a.Fatal(err)
	return n
}

// signedIn reports whether the browser has a session.
func signedIn(b *apptest.Browser) bool {
	return b.Still().Get("/profile").Status == http.StatusOK
}

func TestSignUp(t *testing.T) {
	a := apptest.New(t, portals.All...)
	joost := a.Visitor()
	joost.Get("/signup").Want(200, "Account maken", "12 tot 128 tekens")
	joost.Post("/signup", "name", "", "email", "geen adres", "password", "kort").
		Want(422, "Dit is geen e-mailadres", "Vul dit in", "geen adres")
	joost.Post("/signup", "name", "Joost Bakker", "email", "joost@bakker.example", "password", "kort").Want(422, "minstens 12 tekens")
	if count(a, `SELECT count(*) FROM link`)+len(a.Mails()) != 0 {
		t.Fatal("a form that is wrong has left something")
	}
	joost.Post("/signup", "name", "Joost Bakker", "email", " Joost@Bakker.example ", "password", sentence, "company", "Bakker Bouw", "next", "/company").
		Want(200, "Kijk in je mail", "joost@bakker.example")

	link := a.Link(a.MailTo("joost@bakker.example"), "/signin/verify/")
	for range 2 { // the mail scanner
		scanner := a.Visitor()
		scanner.Get(link).Want(200, "Bevestig en ga verder")
		scanner.Do("HEAD", link, "", nil)
		if signedIn(scanner) || count(a, `SELECT count(*) FROM account`) != 0 {
			t.Fatal("opening the link did something")
		}
	}
	if referrer := joost.Get(link).Header.Get("Referrer-Policy"); referrer != "no-referrer" {
		t.Errorf("Referrer-Policy %q", referrer)
	}
	joost.Post(link).Want(200, "Bakker Bouw", "Beheerder", "Joost Bakker")
	a.Visitor().Post(link).Want(410, "Deze link werkt niet meer")
	joost.Post("/signout").Want(200, "Je bent uitgelogd")
	joost.Post("/signin", "email", "JOOST@bakker.example", "password", sentence, "next", "/profile").Want(200, "joost@bakker.example", "dit apparaat")
}

// Two sign up with one address: whose it is decides, not who typed last. What
// the other typed opens nothing.
func TestSignUpTwice(t *testing.T) {
	a := apptest.New(t, portals.All...)
	up := func(password string) {
		a.ForgetMails()
		a.Visitor().Post("/signup", "name", "Joost", "email", "joost@bakker.example", "password", password).Want(200, "Kijk in je mail")
	}
	link := func() string { return a.Link(a.MailTo("joost@bakker.example"), "/signin/verify/") }
	up(sentence)
	first := link()
	up("een indringer typt dit ook")
	second := link()
	a.Visitor().Post(first).Want(410)
	joost := a.Visitor()
	joost.Get(second).Want(200, "Kies je wachtwoord", "meer dan eens een account gevraagd")
	joost.Post(second).Want(422, "Kies een wachtwoord")
	joost.Post(second, "password", "kort").Want(422, "minstens 12 tekens")
	if count(a, `SELECT count(*) FROM account`) != 0 {
		t.Fatal("there is an account already")
	}
	joost.Post(second, "password", "zelf bedacht en onthouden").Want(200)
	for password, opens := range map[string]bool{sentence: false, "een indringer typt dit ook": false, "zelf bedacht en onthouden": true} {
		b := a.Visitor()
		b.Post("/signin", "email", "joost@bakker.example", "password", password)
		if signedIn(b) != opens {
			t.Errorf("%q opens: %v", password, !opens)
		}
	}

	// Whoever only asks once more, with the same password, has nothing to choose.
	for range 2 {
		a.ForgetMails()
		a.Visitor().Post("/signup", "name", "Piet", "email", "piet@bakker.example", "password", sentence).Want(200)
	}
	piet := a.Visitor()
	piet.Post(a.Link(a.MailTo("piet@bakker.example"), "/signin/verify/")).Want(200)
	if !signedIn(piet) {
		t.Error("Piet is not in")
	}
}

// The list of sessions holds what opens something still.
func TestSessionsGoneIdle(t *testing.T) {
	a := apptest.New(t, portals.All...)
	sofie := a.Staff("Sofie")
	a.Clock(a.Now().Add(account.StaffIdle + time.Minute))
	sofie = sofie.Again()
	sofie.Get("/profile").Want(200, "dit apparaat").WantNot("Log overal anders uit")
}

// A known address: the same page, and a mail to its owner only.
func TestSignUpKnownAddress(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	a.ForgetMails()
	fresh := a.Visitor().Post("/signup", "name", "Jan", "email", "nieuw@example.com", "password", sentence).Want(200)
	known := a.Visitor().Post("/signup", "name", "Jan", "email", "JAN@example.com", "password", sentence).Want(200)
	if got, want := nonced(known.Body), strings.ReplaceAll(nonced(fresh.Body), "nieuw@example.com", "jan@example.com"); got != want {
		t.Error("the page tells whether an address is known")
	}
	mail := a.MailTo("jan@example.com")
	if !strings.Contains(mail.Subject, "Je hebt al een account") || strings.Contains(mail.Text, "/signin/verify/") {
		t.Errorf("mail to the owner: %s\n%s", mail.Subject, mail.Text)
	}
	if n := count(a, `SELECT count(*) FROM account WHERE lower(email) = 'jan@example.com'`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	for range 6 {
		a.Visitor().Post("/signup", "name", "Jan", "email", "jan@example.com", "password", sentence).Want(200, "Kijk in je mail")
	}
	if n := mailsTo(a, "jan@example.com"); n != 3 {
		t.Errorf("%d mails within the hour, want 3", n)
	}
}

func mailsTo(a *apptest.App, address string) (n int) {
	for _, m := range a.Mails() {
		if m.To == address {
			n++
		}
	}
	return n
}

// wantMail fails the test unless a mail with that subject went to an address.
func wantMail(a *apptest.App, address, subject string) {
	a.T.Helper()
	var got []string
	for _, m := range a.Mails() {
		if m.To == address {
			if m.Subject == subject {
				return
			}
			got = append(got, m.Subject)
		}
	}
	a.T.Errorf("no mail %q to %s, only %q", subject, address, got)
}

// nonced is a page without what differs from request to request.
func nonced(body string) string {
	var kept []string
	for line := range strings.Lines(body) {
		if !strings.Contains(line, `name="once"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// Table M, row 3: a link sent to the desk's own address could show up in a
// ticket, for its requester to use.
func TestOwnAddress(t *testing.T) {
	a := apptest.With(t, portals.All, func(parts *app.Parts) { parts.Config.From = "Loket van Tekenkast <loket@tekenkast.example>" })
	for _, address := range []string{"loket@tekenkast.example", "Loket+TK-1001@tekenkast.example", "iemand@Tekenkast.example"} {
		a.Visitor().Post("/signup", "name", "Jan", "email", address, "password", sentence).Want(422, "Adressen van Tekenkast krijgen hun account van een beheerder")
	}
	a.Visitor().Post("/signin/forgot", "email", "loket+TK-1001@tekenkast.example").Want(200, "Kijk in je mail")
	a.Customer("Jan").Post("/profile/email", "email", "iemand@tekenkast.example", "current", apptest.Password).Want(422, "van een beheerder")
	a.Manager("Marit").Post("/company/invite", "email", "loket+TK-1001@tekenkast.example").Want(422, "Dit is ons eigen adres")
	if mails := a.Mails(); len(mails) != 0 {
		t.Errorf("%d mails", len(mails))
	}
}

// One mailbox is one account, however its address is written; what no letter can
// go to is none.
func TestOneMailboxOneAccount(t *testing.T) {
	a := apptest.New(t, portals.All...)
	b := a.Visitor()
	b.Post("/signup", "name", "Jan", "email", "Jan@BÜCHER.example", "password", sentence).Want(200, "jan@bücher.example")
	b.Post(a.Link(a.MailTo("jan@xn--bcher-kva.example"), "/signin/verify/")).Want(200)
	for _, twin := range []string{"jan@xn--bcher-kva.example", " JAN@bücher.example", "jan@bu\u0308cher.example"} {
		a.Advance(time.Hour)
		a.ForgetMails()
		a.Visitor().Post("/signup", "name", "Jan", "email", twin, "password", sentence).Want(200)
		wantMail(a, "jan@xn--bcher-kva.example", "Je hebt al een account")
		again := a.Visitor()
		again.Post("/signin", "email", twin, "password", sentence)
		if !signedIn(again) {
			t.Errorf("%q does not sign in", twin)
		}
	}
	if n := count(a, `SELECT count(*) FROM account`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	for _, none := range []string{`"jan de wit"@klant.example`, "ja\u200bn@klant.example", "jan@klant..example", "jan@klant", "Jan <jan@klant.example>"} {
		a.Visitor().Post("/signup", "name", "Jan", "email", none, "password", sentence).Want(422, "geen e-mailadres")
	}
}

// However many ask at once, an address gets three mails an hour.
func TestMailsToAddressConcurrently(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	a.ForgetMails()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { a.Visitor().Post("/signin/forgot", "email", "jan@example.com").Want(200, "Kijk in je mail") })
	}
	all.Wait()
	if n := len(a.Mails()); n != 3 {
		t.Errorf("%d mails", n)
	}
}

// A company that is there already is not entered by its name.
func TestSignUpNamesCompany(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Manager("Marit")
	ties := a.Visitor()
	ties.Post("/signup", "name", "Ties Mulder", "email", "ties@example.com", "password", sentence, "company", "van der wal BOUW").Want(200)
	ties.Post(a.Link(a.MailTo("ties@example.com"), "/signin/verify/"))
	ties.Get("/company").Want(200, "Je hoort nog bij geen bedrijf").WantNot("Marit")
	if m := a.MailTo("marit@example.com"); !strings.Contains(m.Text, "ties@example.com") {
		t.Errorf("the manager is told %s", m.Text)
	}
}

// Table A, row 13.
func TestPasswordRules(t *testing.T) {
	a := apptest.New(t, portals.All...)
	eighty := strings.Repeat("x", 39) + strings.Repeat("yz", 20)
	for i, c := range []struct {
		password string
		status   int
	}{
		{"zeven77", 422}, {"welkom01", 422}, {"password1", 422}, {"qwertyuiop", 422}, {"Welkom2026!!", 422}, {"P@ssw0rd1234", 422},
		{"Tekenkast2026", 422}, {"TekenkastViewer1", 422}, {"Annemieke2026!", 422}, {strings.Repeat("lang", 33), 422},
		{strings.Repeat("k9 ", 21) + "z", 200}, {strings.Repeat("p7", 64), 200}, {strings.Repeat("é", 40), 200},
		{"   ik  hou van   spaties ", 200}, {"🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋🦈", 200}, {eighty + "a", 200}, {"alleenkleineletterszonder", 200},
	} {
		a.Advance(time.Hour)
		email := fmt.Sprintf("annemieke%d@example.com", i)
		b := a.Visitor()
		b.Post("/signup", "name", "Annemieke Jansen", "email", email, "password", c.password).Want(c.status)
		if c.status != 200 {
			continue
		}
		b.Post(a.Link(a.MailTo(email), "/signin/verify/"))
		other := a.Visitor()
		if wrong := c.password[:len(c.password)-1] + "q"; other.Post("/signin", "email", email, "password", wrong).Status != 422 {
			t.Errorf("%q is as good as %q", wrong, c.password)
		}
		other.Post("/signin", "email", email, "password", c.password)
		if !signedIn(other) {
			t.Errorf("%q does not sign in", c.password)
		}
	}
}

// forget drops the count of tries of one kind, to test the other alone.
func forget(a *apptest.App, what string) {
	a.T.Helper()
	_, err := db.Exec(a.T.Context(), a.DB, `DELETE FROM attempt WHERE what = ?`, what)
	a.Fatal(err)
}

// Table A, rows 3 and 15; security.md, attempts.
func TestThrottleAccount(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	jan := a.Visitor()
	jan.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	if !signedIn(jan) {
		t.Fatal("Jan does not get in")
	}
	jan.Post("/signout")
	stranger := a.Visitor()
	try := func(email string) *apptest.Page {
		defer forget(a, "signin.network")
		return stranger.Post("/signin", "email", email, "password", "niet het goede wachtwoord")
	}
	for i := range 10 {
		try([]string{"jan@example.com", " Jan@example.com", "JAN@EXAMPLE.COM "}[i%3]).Want(422, "hoort niet bij dit e-mailadres")
	}
	for range 10 {
		try("niemand@example.com").Want(422, "hoort niet bij dit e-mailadres")
	}
	wait := 1
	for range 12 { // every failure doubles the wait, up to a quarter of an hour
		known, unknown := try("jan@example.com"), try("niemand@example.com")
		if known.Status != 429 || known.Header.Get("Retry-After") != fmt.Sprint(wait) {
			t.Fatalf("status %d, Retry-After %q, want 429 and %d", known.Status, known.Header.Get("Retry-After"), wait)
		}
		if nonced(known.Body) != strings.ReplaceAll(nonced(unknown.Body), "niemand@example.com", "jan@example.com") || unknown.Status != 429 {
			t.Fatal("the answer tells whether an address is known")
		}
		a.Advance(time.Duration(wait) * time.Second)
		try("jan@example.com").Want(422)
		try("niemand@example.com").Want(422)
		wait = min(2*wait, 900)
	}
	// A stranger cannot lock Jan out: his own browser is free, a mailed link too.
	forget(a, "signin.network")
	if stranger.Post("/signin", "email", "jan@example.com", "password", apptest.Password); signedIn(stranger) {
		t.Error("the right password gets through the wait")
	}
	for range 12 {
		stranger.Post("/signin", "email", "iemand@example.com", "password", "niet het goede wachtwoord")
	}
	jan.Post("/signin", "email", "jan@example.com", "password", "een tikfout, dat kan")
	jan.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	if !signedIn(jan) {
		t.Error("Jan's own device has to wait")
	}
	elsewhere := a.Visitor()
	elsewhere.Post("/signin/link", "email", "jan@example.com").Want(200, "inloglink")
	link := a.Link(a.MailTo("jan@example.com"), "/signin/link/")
	elsewhere.Get(link).Want(200, "jan@example.com")
	elsewhere.Post(link)
	if !signedIn(elsewhere) {
		t.Error("the mailed link does not sign in")
	}
	a.Visitor().Post(link).Want(410)
}

// Table A, row 17: one password against many accounts.
func TestThrottleNetwork(t *testing.T) {
	a := apptest.New(t, portals.All...)
	b := a.Visitor()
	tried := 0
	for i := range 50 {
		if page := b.Post("/signin", "email", fmt.Sprintf("mens%d@example.com", i), "password", "Zomer2026 is voorbij"); page.Status == 422 {
			tried++
		} else if page.Status != 429 || page.Header.Get("Retry-After") == "" {
			t.Fatalf("status %d", page.Status)
		}
	}
	if tried != 10 {
		t.Errorf("%d tries in a minute, want 10", tried)
	}
	for range 12 {
		a.Advance(time.Minute)
		for range 12 {
			if b.Post("/signin", "email", "x@example.com", "password", "Zomer2026 is voorbij").Status == 422 {
				tried++
			}
			forget(a, "signin.account")
		}
	}
	if tried != 60 {
		t.Errorf("%d tries in an hour, want 60", tried)
	}
}

// However many come at once, no more are let through than may.
func TestThrottleConcurrently(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	var wrong sync.Map
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			b := a.Visitor()
			if b.Post("/signin", "email", "jan@example.com", "password", "niet het goede wachtwoord").Status == 422 {
				wrong.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	wrong.Range(func(any, any) bool { n++; return true })
	if n > 10 {
		t.Errorf("%d of 40 passwords were tried at once", n)
	}
}

// Table A, rows 5, 7, 9 and 11.
func TestReset(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	phone := jan.Again()
	a.ForgetMails()
	known := a.Visitor().Post("/signin/forgot", "email", "Jan@example.com").Want(200, "Kijk in je mail")
	unknown := a.Visitor().Post("/signin/forgot", "email", "jxn@example.com").Want(200)
	if nonced(known.Body) != strings.ReplaceAll(nonced(unknown.Body), "jxn@", "jan@") {
		t.Error("the page tells whether an address is known")
	}
	for name := range known.Header {
		if _, ok := unknown.Header[name]; !ok {
			t.Errorf("only the known address has the header %s", name)
		}
	}
	first := a.Link(a.MailTo("jan@example.com"), "/signin/reset/")
	a.ForgetMails()
	a.Visitor().Post("/signin/forgot", "email", "jan@example.com")
	second := a.Link(a.MailTo("jan@example.com"), "/signin/reset/")
	a.Visitor().Get(first).Want(410, "Deze link werkt niet meer")
	a.Visitor().Post(first, "password", sentence).Want(410)

	forgetful := a.Visitor()
	page := forgetful.Get(second).Want(200, "Kies een nieuw wachtwoord", "jan@example.com")
	if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may give its address away")
	}
	forgetful.Post(second, "password", "welkom123456").Want(422, "raadt iemand snel")
	forgetful.Post(second, "password", sentence)
	if !signedIn(forgetful) {
		t.Error("not signed in after the reset")
	}
	if signedIn(jan) || signedIn(phone) {
		t.Error("an old session lives on")
	}
	a.Visitor().Post(second, "password", "nog een andere lange zin").Want(410)
	wantMail(a, "jan@example.com", "Je wachtwoord is gewijzigd")
	a.Visitor().Post("/signin", "email", "jan@example.com", "password", apptest.Password).Want(422)

	a.ForgetMails()
	a.Advance(2 * time.Hour)
	a.Visitor().Post("/signin/forgot", "email", "jan@example.com")
	late := a.Link(a.MailTo("jan@example.com"), "/signin/reset/")
	a.Advance(61 * time.Minute)
	a.Visitor().Get(late).Want(410)
}

// Table A, row 5.
func TestResetToOneAddressOnly(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Customer("Jan")
	a.Customer("Evil")
	a.ForgetMails()
	for _, fields := range [][]string{
		{"email[]", "jan@example.com", "email[]", "evil@example.com"},
		{"email", "jan@example.com", "email", "evil@example.com"},
		{"email", "jan@example.com,evil@example.com"},
		{"email", "jan@example.com\r\nBcc: evil@example.com"},
		{"email", `["jan@example.com","evil@example.com"]`},
		{"email", "jan@example.com evil@example.com"},
		{"email", "Jan <jan@example.com>, evil@example.com"},
	} {
		a.ForgetMails()
		a.Visitor().Post("/signin/forgot", fields...)
		mails := a.Mails()
		if len(mails) > 1 {
			t.Errorf("%q: %d mails", fields, len(mails))
		}
		for _, m := range mails {
			if m.To != "jan@example.com" || strings.Contains(m.Text, "evil") {
				t.Errorf("%q: mail to %s", fields, m.To)
			}
		}
	}
}

// Table A, row 11; the session goes on under another id.
func TestChangePassword(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	phone := jan.Again()
	a.ForgetMails()
	before := session(jan)
	jan.Post("/profile/password", "password", sentence).Want(422, "huidige wachtwoord")
	jan.Post("/profile/password", "current", "niet het goede", "password", sentence).Want(422, "Dit is niet je huidige wachtwoord")
	if !signedIn(phone) || len(a.Mails()) != 0 {
		t.Fatal("a wrong password has changed something")
	}
	jan.Post("/profile/password", "current", apptest.Password, "password", "jan@example.com 1").Want(422, "raadt iemand snel")
	jan.Post("/profile/password", "current", apptest.Password, "password", sentence).Want(200, "Je wachtwoord is gewijzigd")
	if signedIn(phone) || !signedIn(jan) || session(jan) == before {
		t.Error("old sessions live on, or this one did not change")
	}
	wantMail(a, "jan@example.com", "Je wachtwoord is gewijzigd")
}

func session(b *apptest.Browser) string {
	for _, c := range b.Cookies() {
		if c.Name == "loket" {
			return c.Value
		}
	}
	return ""
}

// Table S, rows 1, 3, 9 and 11.
func TestSessions(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	planted := session(jan)
	jan.Post("/signin", "email", "jan@example.com", "password", apptest.Password)
	if session(jan) == planted || planted == "" {
		t.Error("the session has the same id after sign-in")
	}
	old := a.Visitor()
	old.Header.Set("Cookie", "loket="+planted)
	if signedIn(old) {
		t.Error("the session from before sign-in lives on")
	}
	kept := session(jan)
	jan.Post("/signout")
	old.Header.Set("Cookie", "loket="+kept)
	old.Get("/profile").Want(200, "Inloggen", "Mail me een inloglink")

	phone := jan.Again()
	onPhone, err := account.Sessions(t.Context(), a.DB, jan.Account.ID, a.Now())
	a.Fatal(err)
	jan.SignIn()
	tablet := jan.Again()
	page := jan.Get("/profile").Want(200, "Waar je bent ingelogd", "dit apparaat", "Onbekend apparaat")
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the profile may be kept by a cache")
	}
	ids, err := account.Sessions(t.Context(), a.DB, jan.Account.ID, a.Now())
	a.Fatal(err)
	if len(ids) != 3 {
		t.Fatalf("%d sessions", len(ids))
	}
	stranger := a.Customer("Piet")
	for _, s := range ids {
		stranger.Post("/profile/sessions", "session", s.ID).Want(404)
	}
	jan.Post("/profile/sessions", "session", onPhone[0].ID).Want(200)
	if signedIn(phone) || !signedIn(tablet) || !signedIn(jan) {
		t.Error("not the one session ended")
	}
	jan.Post("/profile/sessions", "session", "all").Want(200)
	if signedIn(tablet) || !signedIn(jan) {
		t.Error("not all other sessions ended")
	}
	a.Admin("Ada").Post("/staff/signin/people/"+jan.Account.ID+"/sessions").Want(200, "Overal uitgelogd")
	if signedIn(jan) {
		t.Error("the admin did not end the session")
	}
}
