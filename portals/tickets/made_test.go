package tickets_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// ideaLink is where a colleague makes an idea of the ticket that he reads.
func ideaLink(p *apptest.Page) string {
	all := p.Links()
	if i := slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, "/staff/ideas/new?") }); i >= 0 {
		return all[i]
	}
	return ""
}

// filed has somebody ask that and returns the path of the ticket's page.
func filed(b *apptest.Browser, subject, body string) string {
	b.App.T.Helper()
	path, _, _ := strings.Cut(b.Post("/tickets/new", "subject", subject, "body", body, "severity", "question", "similar", "seen").Want(200, "TK-").Path, "?")
	return path
}

// From a ticket to an idea, with Jan's vote when he says so, to the day that he
// reads on his ticket that it is there.
func TestAnIdeaOfATicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "tickets", "ideas")
	ticket := filed(jan, "Uitgiftelijst uit Excel", "Ik typ hem *nu* over.")
	at := ideaLink(sofie.Get(staffPath(ticket)).Want(200, "Maak er een idee van"))
	form := sofie.Get(at).Want(200, "Uitgiftelijst uit Excel", "Ik typ hem *nu* over.", "Jan krijgt een mail")
	if from := form.Input("from"); from != "ticket:"+idOf(ticket) {
		t.Errorf("from %q", from)
	}
	a.ForgetMails()
	sofie.Post("/staff/ideas/new", "title", "Uitgiftelijst inlezen", "body", "x", "topic", "general", "from", form.Input("from"), "account", form.Input("account")).Want(200, "nummer 1")
	jan.Get(ticket).Want(200, "Hiervan is een idee gemaakt:", "Uitgiftelijst inlezen", "(nieuw)")
	sofie.Get(staffPath(ticket)).Want(200, "Hiervan is een idee gemaakt:", "Uitgiftelijst inlezen")

	votes := func() int {
		n, err := db.Get[int](t.Context(), a.DB, `SELECT votes FROM idea`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if votes() != 0 {
		t.Error("a vote before he agreed")
	}
	agree := a.Link(a.MailTo("jan@example.com"), "/ideas/agree/")
	jan.Get(agree).Want(200)
	jan.Post(agree).Want(200, "Je stem telt mee")
	if votes() != 1 {
		t.Errorf("%d votes", votes())
	}

	jan.Post("/language", "lang", "en")
	sofie.Post("/staff/ideas/1/status", "status", "started", "response", "We zijn begonnen.").Want(200)
	jan.Get(ticket).Want(200, "This became an idea:", "(started)").WantNot("is done")
	a.ForgetMails()
	for range 2 { // said anew, it is told once
		sofie.Post("/staff/ideas/1/status", "status", "completed", "response", "Het zit in **4.3**.").Want(200)
	}
	jan.Get(ticket).Want(200, "(done)", "reports that the idea from this ticket is done")
	told := 0
	for _, m := range a.Mails() {
		if m.To == "jan@example.com" && strings.Contains(m.Subject, "[TK-1001] It is here: Uitgiftelijst uit Excel") {
			told++
			if !strings.Contains(m.Text, "Uitgiftelijst inlezen") || !strings.Contains(m.Text, "4.3") || !strings.Contains(m.Text, "/ideas/1-") {
				t.Errorf("told %s", m.Text)
			}
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// What not everybody may see stays among colleagues, also when it is done; who
// turned the mail off reads it on his ticket only.
func TestAPrivateIdeaOfATicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "tickets", "ideas")
	ticket := file(jan, "Geheime wens")
	from := "ticket:" + idOf(ticket)
	sofie.Post("/staff/ideas/new", "title", "Vertrouwelijk", "topic", "general", "private", "true", "from", from).Want(200)
	sofie.Post("/staff/ideas/new", "title", "Openbaar", "topic", "general", "from", from).Want(200)
	jan.Post(ticket+"/follow", "follow", "false").Want(200)
	a.ForgetMails()
	for _, n := range []string{"1", "2"} {
		sofie.Post("/staff/ideas/"+n+"/status", "status", "completed", "response", "Klaar.").Want(200)
	}
	sofie.Get(staffPath(ticket)).Want(200, "Vertrouwelijk", "Openbaar")
	page := jan.Get(ticket).Want(200, "Openbaar", "meldt dat het idee").WantNot("Vertrouwelijk")
	if n := strings.Count(page.Text(), "meldt dat het idee"); n != 1 {
		t.Errorf("told %d times", n)
	}
	for _, m := range a.Mails() {
		if m.To == "jan@example.com" {
			t.Errorf("a mail: %s", m.Subject)
		}
	}
}

// Erased, a ticket is no longer what the idea came from; and it does not hear of it.
func TestAnErasedTicketIsNoSource(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "tickets", "ideas")
	a.RunJobs() // the statement is out before what it is about
	for _, subject := range []string{"Wens", "Droom"} {
		ticket := file(jan, subject, "similar", "seen")
		sofie.Post("/staff/ideas/new", "title", subject+" van iemand", "topic", "general", "from", "ticket:"+idOf(ticket)).Want(200)
		if subject == "Wens" {
			jan.Post(ticket + "/solve").Want(200)
			jan.Post(ticket+"/rate", "helped", "yes").Want(200, "Fijn dat je geholpen bent")
		}
	}
	night(a, 1)
	if n := rowsIn(a, "origin"); n != 1 {
		t.Errorf("%d links after the night", n)
	}
	a.Fatal(eraseNow(a, jan))
	if n := rowsIn(a, "origin"); n != 0 {
		t.Errorf("%d links after he erased himself", n)
	}
	sofie.SignIn()
	sofie.Post("/staff/ideas/1/status", "status", "completed", "response", "Klaar.").Want(200)
}

// Who does not work in ideas makes none; a question is cut to what an address holds.
func TestWhoMakesIdeas(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, tom, ina := a.Customer("Jan"), a.Staff("Tom", "tickets"), a.Staff("Ina", "tickets", "ideas")
	ticket := filed(jan, "Lang & <b>breed</b>", strings.Repeat("é&=% ", 3000))
	if l := ideaLink(tom.Get(staffPath(ticket)).Want(200)); l != "" {
		t.Errorf("Tom may make ideas at %s", l)
	}
	at, err := url.Parse(ideaLink(ina.Get(staffPath(ticket)).Want(200)))
	if err != nil || len([]rune(at.Query().Get("body"))) != 1500 || at.Query().Get("title") != "Lang & <b>breed</b>" {
		t.Errorf("%v %v", at.Query(), err)
	}
	if title := ina.Get(at.String()).Want(200).Input("title"); title != "Lang & <b>breed</b>" {
		t.Errorf("title %q", title)
	}
}
