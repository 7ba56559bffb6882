package ideas_test

import (
	"context"
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/app/origin"
	"loket/db"
)

// An idea that becomes private after people voted on it is out of their lists,
// and no mailed link tells its new title.
func TestIdeaThatBecomesPrivate(t *testing.T) {
	a := newApp(t)
	jan, piet, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	piet.Post("/ideas/" + id + "/vote").Want(200)
	sofie.Post("/staff/ideas/1/status", "status", "planned", "response", "Komt.", "tell", "true").Want(200)
	stop := a.Link(a.MailTo("piet@example.com"), "/ideas/stop/")
	sofie.Post("/staff/ideas/new", "title", "Uitgiftelijst uit Excel", "body", "x", "topic", "general", "from", "ticket:T1", "account", piet.Account.ID).Want(200)
	agree := a.Link(a.MailTo("piet@example.com"), "/ideas/agree/")
	for number, title := range map[string]string{"1": "Zwaluwnest", "2": "Zwaluwstaart"} {
		sofie.Post("/staff/ideas/"+number+"/edit", "title", title, "body", "x", "topic", "general", "private", "true").Want(200)
	}
	piet.Get("/ideas/?view=voted").Want(200).WantNot("Zwaluw", "Donkere")
	jan.Get("/ideas/?view=mine").Want(200, "Zwaluwnest")
	a.Visitor().Get(agree).Want(404).WantNot("Zwaluw")
	a.Visitor().Post(agree).Want(404)
	a.Visitor().Get(stop).Want(200, "Stop deze mail", "dit idee").WantNot("Zwaluw")
	a.Visitor().Post(stop).Want(200).WantNot("Zwaluw")
	if n := number[int](a, `SELECT count(*) FROM idea_follow WHERE account_id = ? AND muted`, piet.Account.ID); n != 1 {
		t.Error("the mail does not stop")
	}
	if n := number[int](a, `SELECT count(*) FROM origin WHERE shown`); n != 0 {
		t.Error("the ticket's page shows the private idea")
	}
}

// What was said about a private idea stays between its author and staff when it
// is merged into one that everybody reads.
func TestTalkAboutAPrivateIdea(t *testing.T) {
	a := newApp(t)
	jan, piet, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Staff("Sofie", "ideas")
	secret, open := file(jan, "Zwaluwproject", "private", "true"), file(piet, "Openbaar idee")
	sofie.Post("/ideas/"+open+"/follow", "follow", "1").Want(200)
	piet.Post("/ideas/"+open+"/comments", "body", "Ik ook").Want(200)
	a.RunJobs()
	a.ForgetMails()
	jan.Post("/ideas/"+secret+"/comments", "body", "Onze klant heet Kwikstaart").Want(200)
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	for _, b := range []*apptest.Browser{a.Visitor(), piet} {
		b.Get("/ideas/2").Want(200, "1 reactie", "Ik ook").WantNot("Kwikstaart", "Zwaluw")
	}
	sofie.Get("/staff/ideas/2").Want(200, "Kwikstaart")
	for _, m := range a.Mails() {
		if m.To == "piet@example.com" && strings.Contains(m.Text+m.Subject, "Kwikstaart") {
			t.Errorf("mail to %s: %s", m.To, m.Text)
		}
	}
	counted(a)
	// As long as the idea is not private any more, they read it; then no longer.
	sofie.Post("/staff/ideas/1/edit", "title", "Project", "body", "x", "topic", "general").Want(200)
	a.Visitor().Get("/ideas/2").Want(200, "2 reacties", "Kwikstaart")
	counted(a)
	sofie.Post("/staff/ideas/1/edit", "title", "Project", "body", "x", "topic", "general", "private", "true").Want(200)
	a.Visitor().Get("/ideas/2").Want(200, "1 reactie").WantNot("Kwikstaart")
	counted(a)
	sofie.Post("/staff/ideas/1/unmerge").Want(200)
	jan.Get("/ideas/1").Want(200, "Kwikstaart")
	counted(a)
}

// A customer agrees to his vote after the idea was merged, and after it shipped.
func TestAgreeLater(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	file(a.Customer("Piet"), "Lijst uit Excel")
	var links []string
	for _, title := range []string{"Uitgiftelijst uit Excel", "Stempel op de tekening"} {
		sofie.Post("/staff/ideas/new", "title", title, "body", "x", "topic", "general", "from", "ticket:T1", "account", jan.Account.ID).Want(200)
		links = append(links, a.Link(a.MailTo("jan@example.com"), "/ideas/agree/"))
		a.ForgetMails()
	}
	sofie.Post("/staff/ideas/2/merge", "into", "1").Want(200)
	a.Visitor().Post(links[0]).Want(200, "Je stem telt mee", "Lijst uit Excel")
	if n := number[int](a, `SELECT votes FROM idea WHERE number = 1`); n != 1 {
		t.Errorf("%d votes on the target", n)
	}
	counted(a)
	sofie.Post("/staff/ideas/3/status", "status", "completed", "response", "Het kan.").Want(200)
	a.Visitor().Get(links[1]).Want(200, "Hierover is al besloten").WantNot("Ja, tel mijn stem mee")
	a.Visitor().Post(links[1]).Want(409, "Hierover is al besloten")
	// What the ticket shows follows the idea that it went into.
	sofie.Post("/staff/ideas/1/edit", "title", "Lijsten uit Excel", "body", "x", "topic", "general").Want(200)
	sofie.Post("/staff/ideas/1/status", "status", "started", "response", "We zijn bezig.").Want(200)
	made, err := origin.Of(t.Context(), a.DB, "ticket:T1")
	a.Fatal(err)
	if len(made) != 2 || made[0].Title != "Lijsten uit Excel" || made[0].State != "started" || !strings.HasPrefix(made[0].Path, "/ideas/1") {
		t.Errorf("the ticket shows %+v", made)
	}
	sofie.Post("/staff/ideas/2/unmerge").Want(200)
	if made, err = origin.Of(t.Context(), a.DB, "ticket:T1"); err != nil || made[0].Title != "Uitgiftelijst uit Excel" || made[0].State != "new" {
		t.Errorf("after taking back the ticket shows %+v, %v", made, err)
	}
}

// The ticket's owner is told when the idea ships, also by way of the idea that
// it was merged into.
func TestWhoAskedIsToldThatItShips(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	var heard []origin.News
	a.Origin.Handle("ticket", func(_ context.Context, _ *db.Tx, n origin.News) error { heard = append(heard, n); return nil })
	file(jan, "Lijst uit Excel")
	sofie.Post("/staff/ideas/new", "title", "Uitgiftelijst", "body", "x", "topic", "general", "from", "ticket:T1", "account", jan.Account.ID).Want(200)
	sofie.Post("/staff/ideas/2/merge", "into", "1").Want(200)
	sofie.Post("/staff/ideas/1/status", "status", "completed", "response", "Het kan.").Want(200)
	if len(heard) != 1 || heard[0].Source != "ticket:T1" || heard[0].State != "completed" || heard[0].Text != "Het kan." || !heard[0].Shown || heard[0].AccountID == nil || *heard[0].AccountID != jan.Account.ID {
		t.Errorf("the ticket heard %+v", heard)
	}
}
