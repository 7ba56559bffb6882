package tickets_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// file has somebody file a ticket and returns the path of its page.
func file(b *apptest.Browser, subject string, more ...string) string {
	b.App.T.Helper()
	fields := append([]string{"subject", subject, "body", "Hij doet niets.", "severity", "hinders", "product", "uitgifte"}, more...)
	page := b.Post("/tickets/new", fields...).Want(200, subject)
	path, _, _ := strings.Cut(page.Path, "?")
	if !strings.HasPrefix(path, "/tickets/") || path == "/tickets/new" {
		b.App.T.Fatalf("filing led to %s", page.Path)
	}
	return path
}

func staffPath(path string) string { return "/staff" + path }

func TestFileAnswerSolve(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	jan.Get("/tickets/").Want(200, "Je hebt nog geen tickets")
	// Monday 10:00: four working hours, one working day, two working days.
	jan.Get("/tickets/new").Want(200, "Ticket indienen", `maxlength="200"`, "antwoord vóór 14:00", "antwoord vóór di 10:00", "antwoord vóór wo 10:00", "Wat we hiervan bewaren")
	ticket := file(jan, "Printer stuk")
	jan.Get(ticket).Want(200, "TK-1001", "Printer stuk", "Eerste antwoord vóór", "di 24 nov, 10:00", "Nog 8 u 30 min werktijd")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Subject, "TK-1001") || !strings.Contains(m.Text, "di 24 nov, 10:00") {
		t.Errorf("receipt: %s\n%s", m.Subject, m.Text)
	}
	jan.Get("/tickets/").Want(200, "Printer stuk", "antwoord vóór", "di 10:00", "Ontvangen")
	inbox := sofie.Get("/staff/tickets/").Want(200, "Printer stuk", "Morgen")
	if id := inbox.Attr("data-id", strings.TrimPrefix(ticket, "/tickets/"), "data-id"); id == "" {
		t.Error("the row has no data-id")
	}
	a.ForgetMails()
	a.Advance(43 * time.Minute)
	sofie.Post(staffPath(ticket), "body", "Zit de stekker erin?", "then", "pending").Want(200, "Je antwoord is verstuurd", "Wacht op klant")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "Zit de stekker erin?") || !strings.Contains(m.Text, ticket) {
		t.Errorf("answer mailed: %s", m.Text)
	}
	jan.Get(ticket).Want(200, "Zit de stekker erin?", "na 43 min", "Jij bent aan zet", "klok staat stil")
	a.ForgetMails()
	jan.Post(ticket, "body", "Nee! Dank.").Want(200, "Je antwoord is verstuurd", "Volgend antwoord vóór")
	if m := a.MailTo("sofie@example.com"); !strings.Contains(m.Text, "Nee! Dank.") {
		t.Errorf("the agent hears: %s", m.Text)
	}
	jan.Post(ticket+"/solve").Want(200, "Ben je geholpen?", "Opgelost op")
	jan.Get("/tickets/").Want(200, "Je hebt nog geen tickets")
	jan.Get("/tickets/?view=closed").Want(200, "Printer stuk")
	jan.Post(ticket+"/rate", "helped", "yes", "comment", "Snel!").Want(200, "Fijn dat je geholpen bent", "Snel!")
	sofie.Get("/staff/tickets/?view=solved").Want(200, "Printer stuk")
}

func TestTheSameInEnglish(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	jan.Post("/language", "lang", "en", "next", "/tickets/")
	jan.Header.Set("Accept-Language", "en")
	sofie := a.Staff("Sofie")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET lang = 'en'`)
		return err
	})
	jan.Get("/tickets/new").Want(200, "File a ticket", "answer by Tue 10:00")
	ticket := file(jan, "Printer broken")
	jan.Get(ticket).Want(200, "First answer by", "Tue 24 Nov, 10:00")
	a.ForgetMails()
	sofie.Post(staffPath(ticket), "body", "Plug?", "then", "solved").Want(200, "Your answer has been sent")
	jan.Get(ticket).Want(200, "Solved on", "Did this help?")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Subject, "Solved") {
		t.Error(m.Subject)
	}
}

func TestWrongInputKeepsWhatWasTypedAndTheFiles(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	page := jan.Upload("/tickets/new", []apptest.File{{"attachments", "../../etc/log.txt", "regel"}}, "subject", "", "body", "Getypt", "severity", "hinders")
	page.Want(422, "Geef je ticket een onderwerp", "Fout:", "Getypt", "log.txt").WantNot("etc/log.txt")
	kept := page.Input("kept")
	if kept == "" {
		t.Fatal("the file is not kept")
	}
	jan.Post("/tickets/new", "subject", "S", "body", "B", "severity", "hinders", "kept", kept, "drop", kept).Want(200).WantNot("log.txt")
	// Somebody else's draft is nobody's business.
	piet := a.CustomerOf("Bouwgroep Zuid", "Piet")
	other := file(piet, "Van Piet", "kept", kept)
	piet.Get(other).WantNot("log.txt")
	page = jan.Upload("/tickets/new", nil, "subject", "Met bijlage", "body", "Getypt", "severity", "hinders", "kept", kept).Want(200, "Met bijlage", "log.txt")
	href := fileLink(page)
	got := jan.Get(href).Want(200, "regel")
	if got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("headers %v", got.Header)
	}
	if head := jan.Do("HEAD", href, "", nil); head.Status != 200 || head.Body != "" {
		t.Errorf("HEAD %d %q", head.Status, head.Body)
	}
	jan.Header.Set("Range", "bytes=0-1")
	if part := jan.Get(href); part.Status != 206 || part.Body != "re" {
		t.Errorf("range %d %q", part.Status, part.Body)
	}
	jan.Header.Del("Range")
	jan.Header.Set("If-None-Match", got.Header.Get("ETag"))
	if same := jan.Get(href); same.Status != 304 {
		t.Errorf("conditional %d", same.Status)
	}
	for _, stranger := range []*apptest.Browser{piet, a.Customer("Ties")} {
		for _, header := range []string{"", "Range", "If-None-Match"} {
			if header != "" {
				stranger.Header.Set(header, jan.Header.Get("If-None-Match"))
			}
			stranger.Get(href).Want(404)
			stranger.Do("HEAD", href, "", nil).Want(404)
			stranger.Header.Del(header)
		}
	}
	jan.Upload("/tickets/new", []apptest.File{{"attachments", "leeg.txt", ""}}, "subject", "S", "body", "B", "severity", "hinders").Want(422, "leeg.txt is leeg")
}

func fileLink(p *apptest.Page) string {
	for _, link := range p.Links() {
		if strings.Contains(link, "/files/") {
			return link
		}
	}
	p.T.Fatal("no link to a file")
	return ""
}

func TestHostileInput(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	page := jan.Post("/tickets/new", "subject", evil, "body", evil+"\n[x](javascript:alert(1))\x00\xff", "severity", "hinders").Want(200)
	ticket, _, _ := strings.Cut(page.Path, "?")
	for _, body := range []string{page.Body, jan.Get("/tickets/").Body, sofie.Get("/staff/tickets/").Body, sofie.Get(staffPath(ticket)).Body} {
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript:`) {
			t.Error("the script came through")
		}
	}
	jan.Post("/tickets/new", "subject", "x", "body", "y", "severity", "terrible").Want(422, "Kies een van de antwoorden")
	jan.Post("/tickets/new", "subject", strings.Repeat("x", 201), "body", "y", "severity", "blocks").Want(422, "hooguit 200")
	jan.Post("/tickets/new", "subject", "x", "body", strings.Repeat("regel\n", 10_000), "severity", "blocks").Want(422, "hooguit 20000")
	jan.Post("/tickets/new", "subject", "x", "body", "y", "severity", "blocks", "product", "van een ander").Want(422, "Kies een product uit de lijst")
	jan.Post("/tickets/new", "subject", "Lang", "body", strings.Repeat("a\n", 10_000), "severity", "blocks").Want(200, "Lang")
	files := []apptest.File{{"attachments", "x.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`}, {"attachments", "x.html", "<script>alert(1)</script>"}, {"attachments", "C:\\x\r\nSet-Cookie: a=b\".txt", "x"}}
	page = jan.Upload("/tickets/new", files, "subject", "Bestanden", "body", "y", "severity", "blocks").Want(200, "x.svg", "x.html")
	for _, link := range page.Links() {
		if strings.Contains(link, "/files/") {
			got := jan.Get(link).Want(200)
			if kind := got.Header.Get("Content-Type"); strings.Contains(kind, "html") || strings.Contains(kind, "svg") || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s goes as %s, %v", link, kind, got.Header)
			}
		}
	}
	for _, path := range []string{"/tickets/1001", "/tickets/01", "/tickets/-1", "/tickets/1e0", "/tickets/99999999999999999999", "/tickets/%00", ticket + "abc", "/tickets/?view=all", "/tickets/?before=x", "/tickets/?view=company", ticket + "/files/x"} {
		if got := jan.Get(path); got.Status != 404 && got.Status != 400 {
			t.Errorf("%s is %d", path, got.Status)
		}
	}
}

func TestNobodyElseSeesATicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ties, piet := a.Customer("Jan"), a.Customer("Ties"), a.CustomerOf("Bouwgroep Zuid", "Piet")
	ticket := file(jan, "Kanarieboom")
	for _, b := range []*apptest.Browser{piet, ties} {
		for _, action := range []string{"", "/solve", "/reopen", "/rate", "/people", "/people/remove", "/private", "/follow"} {
			b.Post(ticket+action, "body", "x", "helped", "yes", "email", "piet@example.com").Want(404).WantNot("Kanarieboom")
		}
		if strip(b.Get(ticket).Want(404)) != strip(b.Get("/tickets/BESTAATNIET").Want(404)) {
			t.Error("another's ticket differs from one that does not exist")
		}
		b.Get("/tickets/").WantNot("Kanarieboom")
		b.Get("/tickets/?q=Kanarieboom").WantNot("TK-1001")
		b.Get("/search?q=Kanarieboom").WantNot("TK-1001")
		b.Get("/tickets/similar?subject=Kanarieboom").WantNot("TK-1001")
		b.Get("/staff/tickets/").Want(403)
	}
	jan.Get("/tickets/?q=Kanarieboom").Want(200, "TK-1001")
	jan.Get("/search?q=Kanarieboom").Want(200, "TK-1001")
	if got := a.Visitor().Still().Do("HEAD", ticket, "", nil); got.Status != 303 {
		t.Errorf("a visitor gets %d", got.Status)
	}
	a.Staff("Henk", "ideas").Get(staffPath(ticket)).Want(403)
}

// strip leaves out what differs between any two answers.
func strip(p *apptest.Page) string {
	text := p.Text()
	if i := strings.Index(text, "Noem dan"); i >= 0 {
		text = text[:i]
	}
	return text
}

func TestColleaguesReadAlongWhileTheyAreColleagues(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ties, marit := a.Customer("Jan"), a.Customer("Ties"), a.Manager("Marit")
	ticket := file(jan, "Samen lezen", "cc", "ties@example.com")
	if m := a.MailTo("ties@example.com"); !strings.Contains(m.Text, "laat je meelezen") {
		t.Error(m.Text)
	}
	ties.Get(ticket).Want(200, "Samen lezen", "leest mee")
	marit.Get("/tickets/?view=company").Want(200, "Samen lezen", "Jan")
	marit.Get(ticket).Want(200)
	jan.Post(ticket+"/private", "private", "true").Want(200, "ziet dit ticket niet meer")
	marit.Get(ticket).Want(404)
	marit.Get("/tickets/?view=company").WantNot("Samen lezen")
	marit.Get("/search?q=samen").WantNot("Samen lezen")
	ties.Get("/search?q=samen").Want(200, "TK-1001")
	ties.Post(ticket+"/private", "private", "false").Want(403)
	a.ForgetMails()
	a.Tx(func(tx *db.Tx) error {
		return account.Leave(t.Context(), tx, ties.Account.ID, ties.Account.Company(), a.Now())
	})
	ties.Get(ticket).Want(404)
	ties.Get("/tickets/").WantNot("Samen lezen")
	ties.Get("/search?q=samen").WantNot("TK-1001")
	a.Staff("Sofie").Post(staffPath(ticket), "body", "Alleen voor wie er werkt").Want(200)
	for _, m := range a.Mails() {
		if m.To == "ties@example.com" {
			t.Errorf("who left still gets %s", m.Subject)
		}
	}
	a.MailTo("jan@example.com")
	jan.Post("/tickets/new", "subject", "x", "body", "y", "severity", "blocks", "cc", "vreemde@elders.nl").Want(422, "vreemde@elders.nl is geen collega")
	jan.Post(ticket+"/people", "email", "vreemde@elders.nl").Want(422, "Dat is geen collega")
	jan.Post(ticket+"/people", "email", "marit@example.com").Want(200, "Marit leest nu mee")
	marit.Get(ticket).Want(200)
	marit.Post(ticket+"/people/remove", "account", jan.Account.ID).Want(404)
	marit.Post(ticket+"/people/remove", "account", ties.Account.ID).Want(403)
	jan.Post(ticket+"/people/remove", "account", marit.Account.ID).Want(200, "leest niet meer mee")
	marit.Get(ticket).Want(404)
}

func TestANoteIsForColleaguesOnly(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Met notitie")
	a.ForgetMails()
	sofie.Upload(staffPath(ticket), []apptest.File{{"attachments", "kanariebestand.txt", "x"}}, "body", "kanariepiet zegt iets", "kind", "note").Want(200, "kanariepiet", "De klant ziet haar niet")
	sofie.Get("/search?q=kanariepiet").Want(200, "Met notitie")
	notefile := fileLink(sofie.Get(staffPath(ticket)))
	jan.Get(strings.TrimPrefix(notefile, "/staff")).Want(404)
	for _, path := range []string{ticket, "/tickets/", "/tickets/?q=kanariepiet", "/search?q=kanariepiet", "/tickets/similar?subject=kanariepiet", "/"} {
		if page := jan.Get(path); strings.Contains(page.Body, "kanariebestand") || strings.Contains(strings.ReplaceAll(page.Body, "q=kanariepiet", ""), "kanariepiet zegt") || strings.Contains(page.Body, "TK-1001") && strings.Contains(path, "q=") {
			t.Errorf("%s shows the note", path)
		}
	}
	if sent := a.Mails(); len(sent) != 0 {
		t.Errorf("a note was mailed to %s", sent[0].To)
	}
	jan.Get(ticket).Want(200, "Eerste antwoord vóór")
}

func TestPostedTwiceIsOneTicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	once := jan.Get("/tickets/new").Input("once")
	first := file(jan, "Dubbel", "once", once)
	if again := file(jan, "Dubbel", "once", once); again != first {
		t.Errorf("a second ticket at %s", again)
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM ticket`)
	if err != nil || n != 1 || len(a.Mails()) != 1 {
		t.Errorf("%d tickets, %v", n, err)
	}
}

func TestSimilarTicketsAreShownBeforeSaving(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	file(jan, "Uitgifte van tekeningen blijft hangen")
	page := jan.Post("/tickets/new", "subject", "Uitgifte tekeningen hangen", "body", "Het hangt", "severity", "hinders", "similar", "ask")
	page.Want(200, "Misschien helpt dit al", "TK-1001", "Toch indienen", "Het hangt")
	if page.Input("similar") != "seen" {
		t.Errorf("the form would ask again: %q", page.Input("similar"))
	}
	file(jan, "Uitgifte tekeningen hangen", "similar", "seen", "once", page.Input("once"))
	jan.Header.Set("X-Fragment", "#similar")
	jan.Get("/tickets/similar?subject=uitgifte+tekeningen").Want(200, "TK-1001", "TK-1002", `id="similar"`).WantNot("<html")
}

func TestReopenWithinFourteenDays(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Komt terug")
	sofie.Post(staffPath(ticket), "body", "Klaar", "then", "solved").Want(200)
	a.ForgetMails()
	a.Advance(13 * 24 * time.Hour)
	jan.SignIn()
	jan.Post(ticket, "body", "Toch niet").Want(200, "Je antwoord is verstuurd", "In onderzoek")
	if m := a.MailTo("sofie@example.com"); !strings.Contains(m.Subject, "Weer open") {
		t.Error(m.Subject)
	}
	jan.Post(ticket, "close", "1").Want(200, "Opgelost op")
	jan.Post(ticket+"/reopen").Want(200, "Het ticket is weer open")
	jan.Post(ticket + "/solve")
	a.Advance(14*24*time.Hour + time.Hour)
	jan.SignIn()
	jan.Get(ticket).Want(200, "Dit ticket is gesloten", "Vervolg indienen").WantNot("Jouw antwoord")
	lost := jan.Post(ticket, "body", "Nog iets").Want(409, "is bewaard", "Dien dit in als vervolg", "Nog iets")
	jan.Post("/tickets/new", "continues", lost.Input("continues"), "subject", lost.Input("subject"), "severity", lost.Input("severity"), "body", lost.Input("body")).Want(200, "Nog iets", "Dit gaat verder op")
	jan.Post(ticket + "/reopen").Want(409)
	id := strings.TrimPrefix(ticket, "/tickets/")
	jan.Get("/tickets/new?continues="+id).Want(200, "Dit ticket gaat verder op", "Komt terug")
	next := file(jan, "Vervolg", "continues", id)
	jan.Get(next).Want(200, "Dit gaat verder op", "Komt terug")
	jan.Get(ticket).Want(200, "Dit gaat verder in", "Vervolg")
	a.CustomerOf("Bouwgroep Zuid", "Piet").Post("/tickets/new", "subject", "x", "body", "y", "severity", "blocks", "continues", id).Want(404)
}

func TestRateByTheLinkInTheMail(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	ticket := file(jan, "Beoordeel mij")
	a.ForgetMails()
	a.Staff("Sofie").Post(staffPath(ticket), "body", "Klaar", "then", "solved").Want(200)
	link := a.Link(a.MailTo("jan@example.com"), "/tickets/helped/")
	anyone := a.Visitor()
	for range 2 { // a scanner of mail follows every link
		page := anyone.Get(link).Want(200, "Ben je geholpen?", "Beoordeel mij")
		if page.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the address may leak")
		}
	}
	rating := func() string {
		rating, err := db.Get[string](t.Context(), a.DB, `SELECT rating FROM ticket`)
		a.Fatal(err)
		return rating
	}
	if rating() != "" {
		t.Error("opening the link rated")
	}
	path, _, _ := strings.Cut(link, "?")
	anyone.Post(path).Want(422, "Kies ja of nee")
	anyone.Post(path, "helped", "yes").Want(200, "Dank je wel")
	settled, err := db.Get[bool](t.Context(), a.DB, `SELECT settled_at IS NOT NULL FROM ticket`)
	if err != nil || !settled || rating() != "yes" {
		t.Errorf("settled %v, rating %s, %v", settled, rating(), err)
	}
	anyone.Post(path, "helped", "no").Want(410)
	anyone.Get("/tickets/helped/verzonnen").Want(404)
}

func TestNewOfficeHoursMoveThePromise(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ada := a.Customer("Jan"), a.Admin("Ada")
	ticket := file(jan, "Beloofd")
	jan.Get(ticket).Want(200, "di 24 nov, 10:00")
	hours := []string{"mon", "09:00-16:00", "tue", "", "wed", "09:00-16:00", "thu", "09:00-16:00", "fri", "09:00-16:00", "sat", "", "sun", "", "liberation", "never"}
	ada.Post("/staff/home/hours", hours...).Want(200)
	a.RunJobs()
	jan.Get(ticket).Want(200, "wo 25 nov, 10:00")
	jan.Get("/tickets/").Want(200, "wo 10:00")
	ada.Post("/staff/home/hours", "mon", "", "tue", "", "wed", "", "thu", "", "fri", "", "sat", "", "sun", "", "liberation", "never").Want(422)
}

func TestTwoColleaguesAnswerAtOnce(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie, daan := a.Customer("Jan"), a.Staff("Sofie"), a.Staff("Daan")
	ticket := file(jan, "Druk")
	seen := sofie.Get(staffPath(ticket)).Input("seen")
	daan.Post(staffPath(ticket), "body", "Van Daan", "seen", seen).Want(200, "Je antwoord is verstuurd")
	sofie.Post(staffPath(ticket), "body", "Van Sofie", "seen", seen).Want(200, "Daan antwoordde intussen ook", "Van Daan", "Van Sofie")
	jan.Get(ticket).Want(200, "Van Daan", "Van Sofie")
}

func TestMails(t *testing.T) {
	a := apptest.New(t, portals.All...)
	for _, p := range a.Portals() {
		if p.Name != "tickets" {
			continue
		}
		for _, lang := range []string{"nl", "en"} {
			ctx := a.Site.Catalog.With(t.Context(), lang, a.Zone, a.Now())
			for _, s := range p.Mails {
				r, err := a.Mail.Render(ctx, s.Make(ctx))
				if err != nil || strings.Contains(r.Subject+r.Text+r.HTML, "⟦") || strings.Contains(r.Subject+r.Text, "%!") || !strings.Contains(r.Subject+r.Text, "TK-2841") && !strings.Contains(r.Text, "/tickets/known/EXAMPLE") {
					t.Errorf("%s in %s: %v %s\n%s", s.Name, lang, err, r.Subject, r.Text)
				}
			}
		}
	}
}

func TestTheCounterOnTheFrontPage(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Visitor().Get("/").Want(200, "Stel een vraag", "Nu ingediend, antwoord vóór wo 10:00")
}

func TestAListOfManyPages(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	for i := range 55 {
		file(jan, fmt.Sprint("Nummer ", i))
		a.Advance(time.Minute)
	}
	seen := map[string]bool{}
	for path, pages := "/tickets/", 0; path != ""; pages++ {
		page := jan.Get(path).Want(200)
		for _, id := range page.Values("data-id") {
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
		}
		path = page.Attr("rel", "next", "href")
		if pages > 3 {
			t.Fatal("no end to the pages")
		}
	}
	if len(seen) != 55 {
		t.Errorf("%d tickets on the pages", len(seen))
	}
	page := sofie.Get("/staff/tickets/").Want(200, "Nummer 0")
	if n := len(page.Values("data-open")) + strings.Count(page.Body, `class="row"`); n != 50 {
		t.Errorf("%d rows", n)
	}
	sofie.Get(page.Attr("rel", "next", "href")).Want(200, "Nummer 54")
}

func TestBodyTooLarge(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	got := jan.Do("POST", "/tickets/new", "application/x-www-form-urlencoded", strings.NewReader("subject=x&body="+strings.Repeat("a", 2<<20)))
	if got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", got.Status)
	}
}

func TestDemonstration(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), t.Output()))
	joost, sanne := a.As("joost@vanderwal.example"), a.As("sanne@tekenkast.example")
	joost.Get("/tickets/").Want(200, "Uitgifte blijft hangen op ‘voorbereiden’", "Jij bent aan zet", "klok staat stil")
	inbox := sanne.Get("/staff/tickets/").Want(200, "Te laat", "Niemand kan inloggen na wachtwoordbeleid", "Wacht op klant")
	sanne.Get("/staff/tickets/?view=snoozed").Want(200, "Kan ik mappen kopiëren tussen projecten?")
	for _, id := range inbox.Values("data-id")[:5] {
		sanne.Get("/staff/tickets/"+id).Want(200, "Eerste antwoord")
		sanne.Get("/staff/tickets/?t="+id).Want(200, "Eerste antwoord")
	}
	sanne.Get("/staff/").Want(200, "Tickets van niemand", "Tickets waarvan het antwoord te laat is")
	sanne.Get("/search?q=uitgifte").Want(200, "TK-10")
}

func TestOpinionNeedsAChoice(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan := a.Customer("Jan")
	ticket := file(jan, "Printer stuk")
	jan.Post(ticket + "/solve").Want(200)
	jan.Post(ticket+"/rate", "comment", "Snel!").Want(422, "Kies ja of nee", "Snel!", "Fout:")
}

func TestOnlyWhoKeepsItPrivateLetsOthersIn(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ties := a.Customer("Jan"), a.Customer("Ties")
	a.Customer("Kim")
	ticket := file(jan, "Mijn salaris", "private", "true", "cc", "ties@example.com")
	ties.Get(ticket).Want(200, "Mijn salaris").WantNot("Laat een collega meelezen")
	ties.Post(ticket+"/people", "email", "kim@example.com").Want(403)
	jan.Post(ticket+"/people", "email", "kim@example.com").Want(200, "Kim")
}

func TestCompanyListByHowFarItIs(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, marit, sofie := a.Customer("Jan"), a.Manager("Marit"), a.Staff("Sofie")
	done, open := file(jan, "Al klaar"), file(jan, "Nog bezig")
	sofie.Post(staffPath(done), "body", "Gedaan", "then", "solved").Want(200)
	sofie.Post(staffPath(open), "body", "Welke?", "then", "pending").Want(200)
	marit.Get("/tickets/?view=company").Want(200, "Al klaar", "Nog bezig")
	marit.Get("/tickets/?view=company&status=open").Want(200, "Nog bezig", "antwoord voor je").WantNot("Al klaar")
	marit.Get("/tickets/?view=company&status=closed").Want(200, "Al klaar").WantNot("Nog bezig")
	marit.Get("/tickets/?view=company&status=x").Want(404)
	jan.Get("/tickets/?view=company&status=open").Want(404)
	// What follows by itself, such as closing after 14 days, puts nothing on top.
	a.Advance(15 * 24 * time.Hour)
	marit = marit.Again()
	if got := rows(marit.Get("/tickets/?view=company").Want(200, "Gesloten")); len(got) != 2 || got[0] != idOf(open) {
		t.Errorf("order: %v, want %s first", got, idOf(open))
	}
	// Reopening is over by then: a clear sentence, and the way on.
	jan.Again().Post(done+"/reopen").Want(409, "tot 14 dagen", "Vervolg indienen")
}
