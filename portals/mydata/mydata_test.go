package mydata_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"loket/app"
	"loket/app/apptest"
	"loket/app/privacy"
	"loket/db"
	"loket/portals/mydata"
)

// site is the program with this counter on it, some minutes old.
func site(t *testing.T) *apptest.App {
	t.Helper()
	a := apptest.New(t, mydata.New)
	a.RunJobs() // publishes the first version
	return a
}

func TestStatement(t *testing.T) {
	a := site(t)
	v := a.Visitor()
	page := v.Get("/privacy/").Want(200, "Privacy- en cookieverklaring", "Versie 1, geldig vanaf 23 november 2026", "tot maximaal 1 jaar nadat", "Autoriteit Persoonsgegevens")
	if page.Attr("lang", "nl", "lang") != "nl" {
		t.Error("the Dutch statement is not marked as Dutch")
	}
	a.Visitor().In("en").Get("/privacy/").Want(200, "Privacy and cookie statement", "for at most 1 year after")
	v.Get("/privacy").Want(200, "Versie 1")
	v.Get("/privacy/v/1").Want(200, "Versie 1", "tot maximaal 1 jaar nadat")
	v.Get("/privacy/v/2").Want(404)
	v.Get("/privacy/v/01").Want(404)
	pdf := v.Get("/privacy/v/1.pdf").Want(200)
	if !strings.HasPrefix(pdf.Body, "%PDF-") || pdf.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("no PDF: %.20q, %s", pdf.Body, pdf.Header.Get("Content-Type"))
	}
	if again := v.Get("/privacy/v/1.pdf"); again.Body != pdf.Body {
		t.Error("the frozen copy is another each time")
	}
	for _, path := range []string{"/privacy.json", "/privacy/json", "/privacy/v/1.json"} {
		v.Get(path).Want(200, `"elements"`, `"number": 1`)
	}
	v.Get("/.well-known/gpc.json").Want(200, `"gpc":true`)
}

// TestPublishing: staff shorten a term, see the sentence that changes, and the
// run obeys it only once it has been published; a longer one must be told.
func TestPublishing(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	ada := a.Admin("Ada")
	rule := ""
	for _, r := range a.Privacy.Registry.Rules() {
		if r.Record.Table == "attempt" {
			rule = r.Key
		}
	}
	edit := "/staff/privacy/statement/terms/edit"
	ada.Get("/staff/privacy/statement/terms").Want(200, rule)
	ada.Get(edit+"?rule="+rule+"&part=for").Want(200, "14 dagen")
	ada.Post(edit, "rule", rule, "part", "for", "amount", "7", "unit", "days").Want(200, "Bewaard")
	ada.Get("/staff/privacy/statement").Want(200, "verschilt van wat er gepubliceerd is", "14 dagen", "7 dagen")
	a.Visitor().Get("/privacy/").Want(200, "Versie 1").WantNot("Versie 2")
	publish := func(fields ...string) *apptest.Page { return ada.Post("/staff/privacy/statement", fields...) }
	publish("effective_on", "2026-11-22", "note_nl", "Korter.", "note_en", "Shorter.").Want(422, "Kies vandaag of later")
	publish("effective_on", "2026-11-23", "note_nl", "Korter.", "note_en", "Shorter.").Want(422, "Vul eerst in wie verantwoordelijk is")
	ada.Post("/staff/privacy/statement/controller", "name", "Tekenkast B.V.", "address", "Havenkade 12", "email", "privacy@tekenkast.example").Want(200, "Bewaard")
	publish("effective_on", "2026-11-23", "note_nl", "Korter.", "note_en", "Shorter.").Want(200, "Versie 2 is gepubliceerd")
	a.Visitor().Get("/privacy/").Want(200, "Versie 2", "Korter.")
	a.Visitor().Get("/privacy/diff/1/2").Want(200, "Nieuw:", "Weg:", "Havenkade 12")
	a.Visitor().Get("/privacy/v/1").Want(200, "Een andere versie geldt nu")
	if mails := a.Mails(); len(mails) != 0 {
		t.Errorf("%d mails about a shorter term", len(mails))
	}
	ada.Post(edit, "rule", rule, "part", "for", "amount", "2", "unit", "months").Want(200)
	publish("effective_on", "2026-11-23", "note_nl", "Langer.", "note_en", "Longer.").Want(422, "vertel het ze")
	publish("effective_on", "2026-11-23", "note_nl", "Langer.", "note_en", "Longer.", "inform", "true").Want(200, "Versie 3 is gepubliceerd")
	if m := a.MailTo(jan.Account.Email); !strings.Contains(m.Text, "2 maanden") {
		t.Errorf("Jan is not told which sentence is new:\n%s", m.Text)
	}
	publish("effective_on", "2026-11-23", "note_nl", "Weer.", "note_en", "Again.", "inform", "true").Want(409)
}

// addVendors puts three parties in the register: measuring, ads, and a map after a click.
func addVendors(a *apptest.App) {
	a.T.Helper()
	ada := a.Admin("Ada")
	for _, c := range [][]string{
		{"vendor", "Meetbureau", "category", "analytical", "purpose_nl", "Tellen", "purpose_en", "Counting", "term", "P1Y", "hosts", "meet.voorbeeld.nl", "pattern", "_mb*", "consent_needed", "true"},
		{"vendor", "Tweede Meter", "category", "analytical", "purpose_nl", "Ook tellen", "purpose_en", "Counting too", "term", "P1Y", "hosts", "twee.voorbeeld.nl", "consent_needed", "true"},
		{"vendor", "Reclamebord", "category", "marketing", "purpose_nl", "Adverteren", "purpose_en", "Advertising", "term", "P6M", "hosts", "ads.voorbeeld.nl *.ads.voorbeeld.nl", "consent_needed", "true"},
		{"vendor", "Kaartenbak", "category", "embedded", "purpose_nl", "De kaart", "purpose_en", "The map", "term", "session", "hosts", "kaart.voorbeeld.nl", "consent_needed", "true", "click", "true"},
	} {
		ada.Post("/staff/privacy/cookies/edit", c...).Want(200, "Bewaard")
	}
	ada.Post("/staff/privacy/cookies/edit", "vendor", "Stiekem", "category", "functional", "purpose_nl", "x", "purpose_en", "x", "term", "P1Y", "hosts", "x.voorbeeld.nl").Want(422, "altijd toestemming")
	ada.Post("/staff/privacy/cookies/edit", "vendor", "Meetbureau", "category", "marketing", "purpose_nl", "Tellen", "purpose_en", "Counting", "term", "P1Y", "consent_needed", "true").Want(422, "ditzelfde doel")
	ada.Post("/staff/privacy/cookies/edit", "vendor", "Fout", "category", "marketing", "purpose_nl", "y", "purpose_en", "y", "term", "P1Y", "hosts", "x.nl;script-src", "consent_needed", "true").Want(422, "Schrijf adressen als")
}

// policyHosts are the third parties in a Content-Security-Policy.
func policyHosts(p *apptest.Page) []string {
	var hosts []string
	for _, word := range strings.FieldsFunc(p.Header.Get("Content-Security-Policy"), func(r rune) bool { return r == ' ' || r == ';' }) {
		if host, ok := strings.CutPrefix(word, "https://"); ok && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// pageHosts are the third parties from which a page would load something.
func pageHosts(p *apptest.Page) (hosts []string) {
	doc, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		p.T.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data == "a" || n.Data == "form" {
			continue
		}
		for _, a := range n.Attr {
			if u, err := url.Parse(a.Val); err == nil && u.Host != "" && slices.Contains([]string{"src", "href", "action", "data", "poster", "srcset"}, a.Key) {
				hosts = append(hosts, u.Host)
			}
		}
	}
	return hosts
}

const banner = "Mogen we meekijken?"

// TestNothingToAsk is the default: only first-party functional cookies, so no banner.
func TestNothingToAsk(t *testing.T) {
	a := site(t)
	v := a.Visitor()
	for _, path := range []string{"/privacy/", "/privacy/cookies", "/privacy/request"} {
		page := v.Get(path).Want(200).WantNot(banner)
		if hosts := append(policyHosts(page), pageHosts(page)...); len(hosts) > 0 {
			t.Errorf("%s meets %v", path, hosts)
		}
	}
	if cookies := v.Cookies(); len(cookies) > 0 {
		t.Errorf("a visit leaves %v", cookies)
	}
	v.Get("/privacy/cookies").Want(200, "Er valt niets te kiezen", "loket-flash").WantNot("Alles weigeren")
}

// TestConsentStates visits every open page in every state of consent and
// compares what it may meet with the register.
func TestConsentStates(t *testing.T) {
	a := site(t)
	addVendors(a)
	all := []string{"*.ads.voorbeeld.nl", "ads.voorbeeld.nl", "meet.voorbeeld.nl", "twee.voorbeeld.nl"}
	ids := map[string]string{}
	register, err := a.Privacy.CookieRegister(t.Context())
	a.Fatal(err)
	for _, c := range register.Cookies {
		ids[c.Vendor] = c.ID
	}
	for _, state := range []struct {
		name   string
		choose []string
		hosts  []string
		asked  bool
	}{
		{"before", nil, nil, true},
		{"refused", []string{"choice", "none", "from", "banner"}, nil, false},
		{"accepted", []string{"choice", "all", "from", "banner"}, all, false},
		{"analytical", []string{"choice", "some", "analytical", "1", "marketing", "0"}, []string{"meet.voorbeeld.nl", "twee.voorbeeld.nl"}, false},
		{"one vendor", []string{"choice", "some", "vendor", ids["Tweede Meter"]}, []string{"twee.voorbeeld.nl"}, false},
		{"map always", []string{"choice", "some", "vendor", ids["Kaartenbak"]}, []string{"kaart.voorbeeld.nl"}, false},
		{"nothing ticked", []string{"choice", "some"}, nil, false},
		{"withdrawn", []string{"choice", "none"}, nil, false},
	} {
		v := a.Visitor()
		if state.name == "withdrawn" {
			v.Post("/privacy/cookies", "choice", "all").Want(200)
		}
		if state.choose != nil {
			v.Post("/privacy/cookies", state.choose...).Want(200, "Je keuze is bewaard")
		}
		for _, path := range []string{"/privacy/", "/privacy/cookies", "/privacy/request", "/privacy/v/1", "/privacy/diff/1/1", "/nergens"} {
			page := v.Get(path)
			if got := policyHosts(page); !slices.Equal(got, state.hosts) {
				t.Errorf("%s: %s lets in %v, want %v", state.name, path, got, state.hosts)
			}
			for _, host := range pageHosts(page) {
				if !slices.Contains(state.hosts, host) {
					t.Errorf("%s: %s loads from %s", state.name, path, host)
				}
			}
			if asked := page.Has(banner); asked != (state.asked && path != "/privacy/cookies") {
				t.Errorf("%s: %s asks: %v", state.name, path, asked)
			}
		}
		for _, c := range v.Cookies() {
			if !slices.ContainsFunc(register.Cookies, func(e privacy.Cookie) bool { return e.Pattern == c.Name }) {
				t.Errorf("%s: cookie %s is not in the register", state.name, c.Name)
			}
		}
	}
}

// TestBanner: equal buttons, refusing first, nothing ticked, no wall.
func TestBanner(t *testing.T) {
	a := site(t)
	addVendors(a)
	v := a.Visitor()
	page := v.Get("/privacy/").Want(200, banner, "Meetbureau", "Reclamebord", "Privacy- en cookieverklaring")
	refuse := strings.Index(page.Body, `<button class="btn" name="choice" value="none">`)
	accept := strings.Index(page.Body, `<button class="btn" name="choice" value="all">`)
	if refuse < 0 || accept < refuse {
		t.Errorf("the buttons are not equal, or refusing is not first: %d %d", refuse, accept)
	}
	if !strings.Contains(page.Body, `<a class="btn" href="/privacy/cookies">Zelf kiezen</a>`) {
		t.Error("no link to choose")
	}
	if settings := v.Get("/privacy/cookies"); strings.Contains(settings.Body, " checked") {
		t.Error("something is ticked before a choice")
	}
	v.Header.Set("X-Fragment", "#cookie") // as the script sends it
	if part := v.Post("/privacy/cookies", "choice", "none", "from", "banner", "next", "/privacy/").Want(200, "Je keuze is bewaard"); part.Has(banner) {
		t.Error("the script does not get the banner away")
	}
}

// TestConsentLasts: half a year for yes and no alike; a new party asks again,
// for its category only; an editorial change does not.
func TestConsentLasts(t *testing.T) {
	a := site(t)
	addVendors(a)
	no, yes := a.Visitor(), a.Visitor()
	no.Post("/privacy/cookies", "choice", "none")
	yes.Post("/privacy/cookies", "choice", "all")
	a.SetNow(time.Date(2027, 5, 22, 12, 0, 0, 0, time.UTC))
	no.Get("/privacy/").WantNot(banner)
	yes.Get("/privacy/").WantNot(banner)
	ada := a.As("ada@example.com")
	id := ""
	register, err := a.Privacy.CookieRegister(t.Context())
	a.Fatal(err)
	for _, c := range register.Of(privacy.MarketingAd) {
		id = c.ID
	}
	ads := []string{"id", id, "vendor", "Reclamebord", "category", "marketing", "purpose_nl", "Adverteren", "purpose_en", "Advertising elsewhere", "term", "P6M", "hosts", "ads.voorbeeld.nl *.ads.voorbeeld.nl", "consent_needed", "true"}
	ada.Post("/staff/privacy/cookies/edit", ads...).Want(200)
	no.Get("/privacy/").WantNot(banner)
	ada.Post("/staff/privacy/cookies/edit", "vendor", "Nieuw Bord", "category", "marketing", "purpose_nl", "Meer adverteren", "purpose_en", "More ads", "term", "P6M", "hosts", "nieuw.voorbeeld.nl", "consent_needed", "true").Want(200)
	page := yes.Get("/privacy/").Want(200, banner, "Nieuw Bord")
	if part := page.Body[strings.Index(page.Body, `class="cookie"`):]; strings.Contains(part[:strings.Index(part, "</section>")], "Meetbureau") {
		t.Error("measuring is asked again for a new advertiser")
	}
	if got := policyHosts(page); !slices.Equal(got, []string{"meet.voorbeeld.nl", "twee.voorbeeld.nl"}) {
		t.Errorf("until he answers, %v", got)
	}
	a.SetNow(time.Date(2027, 5, 23, 12, 0, 0, 0, time.UTC))
	no.Get("/privacy/").Want(200, banner, "Meetbureau")
}

// TestBrowserSignal: Global Privacy Control and Do Not Track refuse and are
// recorded as such; an explicit yes counts after it was asked once more.
func TestBrowserSignal(t *testing.T) {
	for _, header := range []string{"Sec-Gpc", "Dnt"} {
		a := site(t)
		addVendors(a)
		v := a.Visitor()
		v.Header.Set(header, "1")
		page := v.Get("/privacy/").Want(200).WantNot(banner)
		if hosts := policyHosts(page); len(hosts) > 0 {
			t.Errorf("%s lets in %v", header, hosts)
		}
		v.Get("/privacy/request").WantNot(banner)
		how, err := db.All[string](t.Context(), a.DB, `SELECT how FROM consent WHERE withdrawn_at IS NOT NULL OR given_at IS NULL`)
		a.Fatal(err)
		if len(how) != 2 || how[0] != privacy.ByGPC {
			t.Errorf("%s is recorded as %v", header, how)
		}
		sure := v.Post("/privacy/cookies", "choice", "some", "analytical", "1").Want(200, "Toch toestaan?", "Meetbureau")
		if hosts := policyHosts(v.Get("/privacy/")); len(hosts) > 0 {
			t.Errorf("%s: let in before it was sure: %v", header, hosts)
		}
		v.Post("/privacy/cookies", "sure", sure.Input("sure"), "analytical", sure.Input("analytical")).Want(200, "Je keuze is bewaard")
		if hosts := policyHosts(v.Get("/privacy/")); !slices.Equal(hosts, []string{"meet.voorbeeld.nl", "twee.voorbeeld.nl"}) {
			t.Errorf("%s: an explicit yes lets in %v", header, hosts)
		}
	}
}

// TestProof: a choice is kept under a random number, without address or
// browser; staff see counts.
func TestProof(t *testing.T) {
	a := site(t)
	addVendors(a)
	v := a.Visitor()
	v.Header.Set("User-Agent", "Mozilla/5.0 Herkenbaar/7")
	v.Post("/privacy/cookies", "choice", "all", "from", "banner")
	v.Post("/privacy/cookies", "choice", "all", "from", "banner") // pressed twice
	rows, err := db.Rows(t.Context(), a.DB, `SELECT * FROM consent`)
	a.Fatal(err)
	if len(rows) != 3 {
		t.Errorf("%d records of two categories and a map", len(rows))
	}
	for _, row := range rows {
		for column, value := range row {
			if s, ok := value.(string); ok && (strings.Contains(s, "Herkenbaar") || strings.Contains(s, "127.0.0.1")) {
				t.Errorf("%s holds %q", column, s)
			}
		}
	}
	a.As("ada@example.com").Get("/staff/privacy/cookies").Want(200, "Keuzes per dag", "23 november 2026", "melding")
}

// theZip opens what a browser got as a download.
func theZip(t *testing.T, p *apptest.Page) map[string]string {
	t.Helper()
	if p.Status != 200 || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%s: status %d, %s", p.Path, p.Status, p.Header.Get("Content-Disposition"))
	}
	in, err := zip.NewReader(bytes.NewReader([]byte(p.Body)), int64(len(p.Body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestMyData(t *testing.T) {
	a := site(t)
	still := a.Visitor().Still().Get("/privacy/mine").Want(303)
	if to := still.Header.Get("Location"); to != "/signin?next=/privacy/mine" {
		t.Errorf("a visitor goes to %q", to)
	}
	jan, piet := a.Customer("Jan"), a.Customer("Piet")
	page := jan.Get("/privacy/mine").Want(200, "Mijn gegevens", "Wat gaat wanneer weg", "Registratie en gebruik van het loket", "geen vaste dag", "Gerechtvaardigd belang", "Geen gegevens voor:")
	page.WantNot(piet.Account.Email)
	files := theZip(t, jan.Post("/privacy/mine/download"))
	if !strings.Contains(files["data.json"], "jan@example.com") || strings.Contains(files["data.json"], "piet@example.com") {
		t.Error("the export has not Jan, or has Piet")
	}
	for _, name := range []string{"index.html", "portable.json", "manifest.json", "statement.html"} {
		if files[name] == "" {
			t.Errorf("the export lacks %s", name)
		}
	}
	if strings.Contains(files["data.json"], jan.Account.Password) {
		t.Error("the export holds the password")
	}
	jan.Get("/privacy/mine").Want(200, "Jij", "downloadde al je gegevens", "Wat je ons vroeg", "Inzage")
	jan.Get("/privacy/mine/log").Want(200, "downloadde al je gegevens")
}

// TestOnePurpose: what is held for one purpose can be taken away and erased by
// itself; the account stays, and there is time to think it over.
func TestOnePurpose(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	a.RunJobs()
	page := jan.Get("/privacy/mine").Want(200, `href="/privacy/mine/download?purpose=security"`, `href="/privacy/mine/erase?purpose=security"`)
	page.WantNot(`href="/privacy/mine/erase?purpose=portal"`, `href="/privacy/mine/erase?purpose=service"`)
	jan.Get("/privacy/mine/download?purpose=security").Want(200, "Downloaden: Beveiliging")
	files := theZip(t, jan.Post("/privacy/mine/download", "purpose", "security"))
	if !strings.Contains(files["data.json"], `"key": "security"`) || strings.Contains(files["data.json"], `"key": "portal"`) {
		t.Errorf("the export of one purpose:\n%s", files["data.json"])
	}
	jan.Post("/privacy/mine/download", "purpose", "nope").Want(404)
	jan.Post("/privacy/mine/erase", "purpose", "portal").Want(404)
	erase := jan.Get("/privacy/mine/erase?purpose=security").Want(200, "Wissen: Beveiliging", "Je account blijft gewoon werken").WantNot("Registratie en gebruik")
	jan.Post("/privacy/mine/erase", "purpose", "security", "once", erase.Input("once")).Want(200, "Mijn gegevens", "Beveiliging: we wissen je gegevens op do 26 nov, 10:00")
	if mail := a.MailTo("jan@example.com"); !strings.Contains(mail.Text, "“Beveiliging”") || !strings.Contains(mail.Text, "/privacy/stop/") {
		t.Errorf("the mail:\n%s", mail.Text)
	}
	left := func() int {
		n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM session WHERE account_id = ?`, jan.Account.ID)
		a.Fatal(err)
		return n
	}
	jan.Post("/privacy/mine/stop").Want(200, "Gestopt")
	a.Advance(73 * time.Hour)
	if left() == 0 {
		t.Error("erased after it was stopped")
	}
	jan = a.As("jan@example.com")
	jan.Post("/privacy/mine/erase", "purpose", "security").Want(200, "we wissen je gegevens")
	a.Advance(73 * time.Hour)
	if left() != 0 {
		t.Error("not erased")
	}
	a.As("jan@example.com").Get("/privacy/mine").Want(200, "Mijn gegevens", "Wissen")
	if n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM mail WHERE kind = 'mydata.report'`); err != nil || n != 1 {
		t.Errorf("%d reports: %v", n, err)
	}
}

// TestSignedInTooLongAgo: to take everything away the password is asked again.
func TestSignedInTooLongAgo(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	a.Advance(16 * time.Minute)
	for _, path := range []string{"/privacy/mine/download", "/privacy/mine/erase"} {
		jan.Get(path).Want(200, "Ben jij het nog?")
		jan.Post(path).Want(200, "Ben jij het nog?")
	}
	if n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM request`); err != nil || n != 0 {
		t.Errorf("%d requests: %v", n, err)
	}
	jan.Post("/privacy/mine/confirm", "password", "iets anders dan dit", "next", "/privacy/mine/download").Want(422, "Dit wachtwoord klopt niet")
	jan.Post("/privacy/mine/confirm", "password", apptest.Password, "next", "/privacy/mine/download").Want(200, "Al je gegevens downloaden")
	theZip(t, jan.Post("/privacy/mine/download"))
	for range 5 {
		jan.Post("/privacy/mine/confirm", "password", "raden maar", "next", "/")
	}
	jan.Post("/privacy/mine/confirm", "password", "raden maar", "next", "/").Want(429)
}

func TestObjection(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	jan.Get("/privacy/mine/object").Want(200, "Bezwaar maken", "Ons belang:")
	jan.Post("/privacy/mine/object", "purpose", "portal").Want(200, "Je bezwaar is vastgelegd", "Je maakte bezwaar.")
	jan.Post("/privacy/mine/object", "purpose", "portal").Want(200)
	objects, err := a.Privacy.Objects(t.Context(), a.DB, jan.Account.ID, "portal")
	if a.Fatal(err); !objects {
		t.Error("no objection is recorded")
	}
	if open, err := a.Privacy.OpenRequests(t.Context()); err != nil || len(open) != 1 || open[0].Type != privacy.Objection {
		t.Errorf("for a colleague to weigh: %v %v", open, err)
	}
	jan.Post("/privacy/mine/object", "purpose", "portal", "do", "undo").Want(200, "ingetrokken")
	jan.Post("/privacy/mine/object", "purpose", "billing").Want(404)
	a.Visitor().Still().Post("/privacy/mine/object", "purpose", "portal").Want(303)
}

func TestWithdrawConsent(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	who := privacy.Subject{AccountID: jan.Account.ID}
	a.Tx(func(tx *db.Tx) error {
		_, err := a.Privacy.Record(t.Context(), tx, privacy.Consented{Subject: who, Purpose: "reference", Item: "photo", Version: 1, Wording: "Mijn foto bij een klantverhaal", Yes: true, How: privacy.ByForm, Lang: "nl"})
		return err
	})
	jan.Get("/privacy/mine").Want(200, "Mijn foto bij een klantverhaal", "Gegeven op 23 november 2026")
	a.Customer("Piet").Post("/privacy/mine/consent", "purpose", "reference", "item", "photo").Want(404)
	jan.Post("/privacy/mine/consent", "purpose", "reference", "item", "photo").Want(200, "Ingetrokken")
	agreed, err := a.Privacy.Agreed(t.Context(), a.DB, who, "reference", "photo")
	if a.Fatal(err); agreed {
		t.Error("it still counts")
	}
}

// TestEraseAndStop: Jan sees what goes, asks, is out at once; the mail stops it
// and all is as it was. Then he asks again and it is done after 72 hours.
func TestEraseAndStop(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	erase := jan.Get("/privacy/mine/erase").Want(200, "Wat er verdwijnt en wat blijft", "72 uur")
	jan.Post("/privacy/mine/erase", "once", erase.Input("once")).Want(200, "We wissen je op", "do 26 nov, 10:00")
	jan.Again().Still().Get("/privacy/mine").Want(303)
	mail := a.MailTo("jan@example.com")
	stop := a.Link(mail, "/privacy/stop/")
	a.Visitor().Get(stop).Want(200, "Het wissen stoppen?")
	a.Visitor().Get(stop).Want(200) // looking changes nothing
	a.Advance(71 * time.Hour)
	a.Visitor().Post(stop).Want(200, "Gestopt")
	a.Visitor().Post(stop).Want(410)
	jan = a.As("jan@example.com")
	jan.Get("/privacy/mine").Want(200, "gestopt")
	a.Advance(48 * time.Hour)
	if _, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM account WHERE email = 'jan@example.com'`); err != nil {
		t.Fatalf("erased after it was stopped: %v", err)
	}

	jan = a.As("jan@example.com")
	jan.Post("/privacy/mine/erase").Want(200, "We wissen je op")
	late := a.Link(a.MailTo("jan@example.com"), "/privacy/stop/")
	a.ForgetMails()
	a.Advance(72*time.Hour + time.Minute)
	a.Visitor().Post(late).Want(404)
	if n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM account WHERE email LIKE 'jan@%'`); err != nil || n != 0 {
		t.Errorf("%d accounts of Jan: %v", n, err)
	}
	sent, err := db.All[string](t.Context(), a.DB, `SELECT kind FROM mail WHERE about LIKE 'once:%' AND sent_at IS NOT NULL AND address = ''`)
	if a.Fatal(err); len(sent) != 1 || sent[0] != "mydata.report" {
		t.Errorf("the report went, and its address with it: %v", sent)
	}
	a.Admin("Ada").Get("/staff/privacy/requests").Want(200, "adres gewist").WantNot("jan@example.com")
}

// TestWithoutAccount: the answer tells nobody whether an address is known; the
// link works once, and shows that address only.
func TestWithoutAccount(t *testing.T) {
	a := site(t)
	jan := a.Customer("Jan")
	v := a.Visitor()
	v.Get("/privacy/request").Want(200, "Vraag wat we van je bewaren")
	v.Post("/privacy/request", "email", "geen adres", "type", "access").Want(422, "Dit is geen e-mailadres")
	known := v.Post("/privacy/request", "email", "Jan@example.com", "type", "access").Want(200, "Kijk in je mail")
	unknown := v.Post("/privacy/request", "email", "niemand@example.com", "type", "access").Want(200)
	if known.Body != unknown.Body {
		t.Error("the page tells whether an address is known")
	}
	a.ForgetMails()
	a.Mails()
	v.Post("/privacy/request", "email", "sol@example.com", "type", "erasure").Want(200)
	link := a.Link(a.MailTo("sol@example.com"), "/privacy/link/")
	a.Visitor().Get(link).Want(200, "sol@example.com", "Bekijk mijn gegevens")
	sol := a.Visitor()
	sol.Get(link).Want(200)
	sol.Post(link).Want(200, "Wis mij")
	a.Visitor().Post(link).Want(410)
	sol.Get("/privacy/mine").Want(200, "sol@example.com", "via de link in je mail").WantNot(jan.Account.Email)
	theZip(t, sol.Post("/privacy/mine/download"))
	sol.Post("/privacy/mine/ask", "type", "rectification", "body", "Mijn naam is Sol, niet Sal").Want(200, "Je verzoek heeft nummer")
	a.Advance(61 * time.Minute)
	sol.Still().Get("/privacy/mine").Want(303)

	old := a.Visitor()
	old.Post("/privacy/request", "email", "laat@example.com", "type", "access").Want(200)
	link = a.Link(a.MailTo("laat@example.com"), "/privacy/link/")
	a.Advance(25 * time.Hour)
	if got := old.Get(link).Status; got != 410 && got != 404 {
		t.Errorf("after a day the link is %d", got)
	}
	for range 3 {
		a.Visitor().Post("/privacy/request", "email", "veel@example.com", "type", "access").Want(200)
	}
	if a.Visitor().Post("/privacy/request", "email", "veel@example.com", "type", "access").Want(429).Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
}

// TestEraseByLink: whoever has the mailbox of an account can have it erased, and stop it.
func TestEraseByLink(t *testing.T) {
	a := site(t)
	a.Customer("Jan")
	v := a.Visitor()
	v.Post("/privacy/request", "email", "jan@example.com", "type", "erasure")
	v.Post(a.Link(a.MailTo("jan@example.com"), "/privacy/link/")).Want(200, "Registratie en gebruik")
	v.Post("/privacy/mine/erase").Want(200, "We wissen je op")
	v.Still().Get("/privacy/mine").Want(303)
	a.ForgetMails()
	v.Post("/privacy/request", "email", "jan@example.com", "type", "erasure")
	v.Post(a.Link(a.MailTo("jan@example.com"), "/privacy/link/")).Want(200, "Stop het wissen")
	v.Post("/privacy/mine/stop").Want(200, "Gestopt")
	a.As("jan@example.com").Get("/privacy/mine").Want(200)
}

// console is a colleague who keeps privacy, on a site with something to do.
func console(t *testing.T) (*apptest.App, *apptest.Browser) {
	a := site(t)
	return a, a.Staff("Ineke", "privacy")
}

func TestWhoMaySeeTheConsole(t *testing.T) {
	a, ineke := console(t)
	ineke.Get("/staff/privacy/").Want(200, "Wisronde van")
	a.Staff("Sofie", "tickets").Get("/staff/privacy/").Want(403)
	ineke.Get("/staff/privacy/invoices").Want(403)
	a.Staff("Fien", "finance").Get("/staff/privacy/invoices").Want(200, "Geen facturen")
	ineke.Post("/staff/privacy/run").Want(403)
	a.Customer("Jan").Get("/staff/privacy/").Want(403)
}

func TestTonight(t *testing.T) {
	a, ineke := console(t)
	a.Tx(func(tx *db.Tx) error {
		for i, id := range []string{"t1", "t2"} {
			then := a.Now().AddDate(-1, 0, -20)
			r := privacy.Request{ID: id, Number: int64(90 + i), Type: privacy.Access, State: privacy.Fulfilled, Channel: privacy.ByLink, ReceivedAt: then, AnsweredAt: &then, DueOn: "2025-12-03"}
			if err := db.Insert(t.Context(), tx, "request", r); err != nil {
				return err
			}
		}
		return nil
	})
	page := ineke.Get("/staff/privacy/").Want(200, "Wisronde van di 24 nov, 04:15", "Bekijk 2", "niets is gewist")
	i := strings.Index(page.Body, "&amp;rule=")
	if i < 0 {
		t.Fatal("no rule to look at")
	}
	rule := page.Body[i+len("&amp;rule="):]
	rule = rule[:strings.IndexByte(rule, '"')]
	ineke.Get("/staff/privacy/?rule="+rule).Want(200, "request t1", "ma 3 nov 2025", "Houd vast")
	csv := ineke.Get("/staff/privacy/tonight.csv?rule=" + rule).Want(200)
	if strings.Count(csv.Body, "request,t") < 2 || !strings.HasPrefix(csv.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("the file:\n%s", csv.Body)
	}
	ineke.Post("/staff/privacy/holds", "kind", "claim", "table", "request", "row", "t1", "reason", "aangifte", "review", "2027-01-15").Want(200, "Vastgehouden")
	ineke.Get("/staff/privacy/?blocker=hold").Want(200, "request t1").WantNot("request t2")
	a.SetNow(time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC))
	left, err := db.All[string](t.Context(), a.DB, `SELECT id FROM request WHERE id IN ('t1', 't2')`)
	if a.Fatal(err); !slices.Equal(left, []string{"t1"}) {
		t.Errorf("after the night: %v", left)
	}
	ineke.SignIn()
	ineke.Get("/staff/privacy/runs").Want(200, "Ronde 1: 1 gewist", "de keten klopt")
	ineke.Get("/staff/privacy/runs.json").Want(200, `"erased":1`)
	a.Visitor().Get("/privacy/").Want(200, "Laatste ronde: di 24 nov, 05:00, 1 gewist")
	id := ineke.Get("/staff/privacy/holds").Want(200, "aangifte", "Ineke", "15 januari 2027").Body
	at := strings.Index(id, "/staff/privacy/holds/") + len("/staff/privacy/holds/")
	ineke.Post("/staff/privacy/holds/"+id[at:at+26]+"/lift").Want(200, "Vrijgegeven")
	for _, wrong := range [][]string{
		{"kind", "claim", "reason", "x", "review", "2027-01-15"},
		{"kind", "claim", "email", "a@b.example", "reason", "x", "review", "2029-01-15"},
		{"kind", "claim", "email", "a@b.example", "review", "2027-01-15"},
		{"kind", "claim", "table", "nope", "row", "1", "reason", "x", "review", "2027-01-15"},
	} {
		ineke.Post("/staff/privacy/holds", wrong...).Want(422)
	}
}

// TestRequestByLetter: entered with its day, verified, extended, refused with
// the way to the authority; the deadline is clamped and moved off a Sunday.
func TestRequestByLetter(t *testing.T) {
	a, ineke := console(t)
	a.SetNow(time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC))
	ineke.SignIn()
	page := ineke.Post("/staff/privacy/requests/new", "type", "access", "email", "brief@example.com", "received", "2027-01-31", "lang", "nl", "body", "Brief van mevrouw Brief").Want(200, "Antwoord vóór 1 maart 2027")
	path, _, _ := strings.Cut(page.Path, "?")
	ineke.Post("/staff/privacy/requests/new", "type", "access", "email", "brief@example.com", "received", "2027-02-03", "lang", "nl").Want(422, "Deze dag moet nog komen")
	ineke.Post(path + "/export").Want(409) // nobody knows yet who it is
	ineke.Post(path+"/verify").Want(200, "in behandeling")
	theZip(t, ineke.Post(path+"/export"))
	ineke.Post(path+"/extend").Want(422, "Geef de reden")
	a.SetNow(time.Date(2027, 2, 20, 11, 0, 0, 0, time.UTC))
	ineke.SignIn()
	if m := a.MailTo("ineke@example.com"); !strings.Contains(m.Text, "1 maart 2027") {
		t.Errorf("Ineke is reminded:\n%s", m.Text)
	}
	ineke.Post(path+"/extend", "reason", "We wachten op een leverancier.").Want(200, "30 april 2027")
	if m := a.MailTo("brief@example.com"); !strings.Contains(m.Text, "leverancier") || !strings.Contains(m.Text, "30 april 2027") {
		t.Errorf("the mail about more time:\n%s", m.Text)
	}
	ineke.Post(path+"/extend", "reason", "Nog eens.").Want(422, "Dat kan alleen één keer")
	ineke.Post(path+"/answer", "state", "refused").Want(422, "Zeg waarom")
	ineke.Post(path+"/answer", "state", "refused", "answer", "We konden niet vaststellen wie je bent.").Want(200, "afgewezen")
	if m := a.MailTo("brief@example.com"); !strings.Contains(m.Text, "autoriteitpersoonsgegevens.nl") || !strings.Contains(m.Text, "vaststellen") {
		t.Errorf("the refusal:\n%s", m.Text)
	}
	ineke.Post(path+"/answer", "state", "fulfilled").Want(410)
	ineke.Get("/staff/privacy/requests/bestaatniet").Want(404)
	acts, err := db.All[string](t.Context(), a.DB, `SELECT act FROM audit WHERE actor_id = ? ORDER BY number`, ineke.Account.ID)
	a.Fatal(err)
	for _, act := range []string{"request.entered", "request.verified", "export", "request.extended", "request.answered"} {
		if !slices.Contains(acts, act) {
			t.Errorf("the log has no %s: %v", act, acts)
		}
	}
}

// TestEraseByLetter: an erasure that staff verify waits its 72 hours too, and
// asks to tell the recipients.
func TestEraseByLetter(t *testing.T) {
	a, ineke := console(t)
	a.Customer("Jan")
	ineke.Post("/staff/privacy/processors/edit", "key", "hosting", "name", "Wolkenrek", "category", "it", "task_nl", "Draait het loket", "task_en", "Runs the counter", "country", "us", "safeguards", "dpf", "safeguards", "scc", "agreed_on", "2026-01-02", "agreement", "map 3").Want(200, "Bewaard", "Verenigde Staten", "modelcontract")
	page := ineke.Post("/staff/privacy/requests/new", "type", "erasure", "email", "jan@example.com", "received", "2026-11-20", "lang", "nl").Want(200, "Nog niet zeker wie dit is")
	path := page.Path
	ineke.Post(path+"/verify").Want(200, "Wordt gewist op", "Doorgeven aan ontvangers", "hosting")
	task := ineke.Get(path).Input("task")
	ineke.Post(path+"/told", "task", task).Want(200, "Doorgegeven op")
	ineke.Post(path+"/stop").Want(200, "Gestopt", "gestopt")
	a.As("jan@example.com").Get("/privacy/mine").Want(200)
}

// TestOnlyAdmin: the last who can run the site stays until somebody else can,
// by whichever door the erasure is asked; of two who ask, one stays.
func TestOnlyAdmin(t *testing.T) {
	a, ineke := console(t)
	ada := a.Admin("Ada")
	ada.Post("/privacy/mine/erase").Want(200, "enige beheerder").WantNot("We wissen je op")
	ada.Get("/privacy/mine").Want(200)
	path := ineke.Post("/staff/privacy/requests/new", "type", "erasure", "email", "ada@example.com", "received", "2026-11-20", "lang", "nl").Want(200).Path
	ineke.Post(path+"/verify").Want(200, "enige beheerder").WantNot("Wordt gewist op")
	if _, err := a.Privacy.EraseNow(t.Context(), privacy.Subject{Email: "ada@example.com"}, nil); !errors.Is(err, privacy.ErrOnlyAdmin) {
		t.Errorf("erased by command: %v", err)
	}
	ada.Get("/privacy/mine").Want(200)

	bob := a.Admin("Bob")
	ada.Post("/privacy/mine/erase").Want(200, "We wissen je op")
	bob.Post("/privacy/mine/erase").Want(200, "enige beheerder")
	a.Advance(72*time.Hour + time.Minute)
	if n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM account WHERE role = 'admin' AND disabled_at IS NULL`); err != nil || n != 1 {
		t.Errorf("%d administrators left: %v", n, err)
	}
}

func TestBreach(t *testing.T) {
	a, ineke := console(t)
	a.SetNow(time.Date(2027, 3, 26, 16, 40, 0, 0, time.UTC))
	ineke.SignIn()
	page := ineke.Post("/staff/privacy/breaches/new", "discovered", "2027-03-26T17:30", "facts", "Laptop kwijt").Want(200, "Melden kan tot ma 29 mrt, 18:30")
	ineke.Get("/staff/privacy/breaches").Want(200, "Laptop kwijt", "open")
	ineke.Post("/staff/privacy/breaches/new", "discovered", "2027-03-27T17:30", "facts", "x").Want(422, "Dit moment moet nog komen")
	ineke.Post(page.Path, "facts", "Laptop kwijt", "closed", "true").Want(422, "Zeg waarom het niet gemeld is")
	ineke.Post(page.Path, "facts", "Laptop kwijt", "closed", "true", "decision", "Versleuteld; geen risico.").Want(200, "Bewaard")
	ineke.Get("/staff/privacy/breaches").Want(200, "afgehandeld")
}

func TestRegistersOfStaff(t *testing.T) {
	a, ineke := console(t)
	jan := a.Customer("Jan")
	ineke.Post("/staff/privacy/disclosures/new", "receiver", "Politie", "ground", "law", "what", "Naam bij een ticket", "email", "jan@example.com").Want(200, "Politie", "Wettelijke plicht")
	jan.Get("/privacy/mine").Want(200, "gaf gegevens aan een ander", "Ineke")
	ineke.Post("/staff/privacy/disclosures/new", "receiver", "Politie", "ground", "law", "what", "x", "email", "wie@example.com").Want(422, "geen account")
	ineke.Get("/staff/privacy/register").Want(200, "Registratie en gebruik van het loket", "invoice")
	if csv := ineke.Get("/staff/privacy/register.csv").Want(200); !strings.HasPrefix(csv.Body, "key,") {
		t.Errorf("register: %.40q", csv.Body)
	}
	fien := a.Staff("Fien", "finance")
	company := a.Company("Van der Wal Bouw").ID
	bill := []string{"number", "2026-0042", "company", company, "addressee", "Jan", "email", "jan@example.com", "euros", "1.250,50", "issued_on", "2026-05-05"}
	fien.Post("/staff/privacy/invoices/new", bill...).Want(200, "2026-0042", "1250,50")
	fien.Post("/staff/privacy/invoices/new", bill...).Want(422, "Dit nummer is er al")
	id := fien.Get("/staff/privacy/invoices").Body
	at := strings.Index(id, "/staff/privacy/invoices/") // the new one is the button
	for strings.HasPrefix(id[at:], "/staff/privacy/invoices/new") {
		id = id[at+10:]
		at = strings.Index(id, "/staff/privacy/invoices/")
	}
	path := id[at : at+len("/staff/privacy/invoices/")+26]
	fien.Get(path).Want(200, "2026-0042", "De wet")
	jan.Get("/privacy/mine").Want(200, "Facturen en betalingen")
	jan.Get("/privacy/mine/erase").Want(200, "blijft tot 1 januari 2034")
}

// TestReviews: a first name that stays in somebody else's text after an erasure
// is for a colleague to judge.
func TestReviews(t *testing.T) {
	a, ineke := console(t)
	a.Tx(func(tx *db.Tx) error {
		b, err := a.Privacy.LogBreach(t.Context(), tx, privacy.Breach{DiscoveredAt: a.Now(), Facts: "Jan belde hierover met Piet."})
		if err != nil {
			return err
		}
		_, err = db.Exec(t.Context(), tx, `INSERT INTO review (id, purpose, table_name, row_id, column_name, word, found_at, due_on) VALUES ('r1', 'rights', 'breach', ?, 'facts', 'Jan', ?, '2026-12-20')`, b.ID, a.Now())
		return err
	})
	ineke.Get("/staff/privacy/reviews").Want(200, "Jan belde hierover", "20 december 2026")
	ineke.Post("/staff/privacy/reviews/r1", "do", "remove").Want(200, "Niets na te kijken")
	ineke.Get("/staff/privacy/breaches").Want(200, "[verwijderd] belde hierover met Piet")
	ineke.Post("/staff/privacy/reviews/r1", "do", "remove").Want(404)
}

// TestWarning: a month before an account goes its person is told, once.
func TestWarning(t *testing.T) {
	a := site(t)
	jan := a.Loner("Jan")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET active_at = ? WHERE id = ?`, a.Now().AddDate(-1, 0, 20), jan.Account.ID)
		return err
	})
	a.Advance(2 * time.Hour)
	a.Advance(2 * time.Hour)
	about := 0
	for _, m := range a.Mails() {
		if m.To == "jan@example.com" && strings.Contains(m.Text, "wissen we je account") {
			about++
		}
	}
	if about != 1 {
		t.Errorf("%d warnings", about)
	}
}

// TestDesk: what waits is on the desk of who keeps privacy, and of nobody else.
func TestDesk(t *testing.T) {
	a, ineke := console(t)
	ineke.Post("/staff/privacy/breaches/new", "discovered", "2026-11-23T09:00", "facts", "Laptop kwijt").Want(200)
	items, err := a.Waiting(a.Ctx(), ineke.Account)
	a.Fatal(err)
	if !slices.ContainsFunc(items, func(i app.DeskItem) bool { return i.Path == "/staff/privacy/breaches" && i.Urgent }) {
		t.Errorf("on the desk: %v", items)
	}
	sofie := a.Staff("Sofie", "tickets")
	if items, err := a.Waiting(a.Ctx(), sofie.Account); err != nil || len(items) > 0 {
		t.Errorf("on Sofie's desk: %v %v", items, err)
	}
}
