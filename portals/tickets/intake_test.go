package tickets_test

import (
	"strings"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// askContact sends a question by the form of the contact counter and returns
// its page for colleagues.
func askContact(b *apptest.Browser, name, email, message string) string {
	a := b.App
	a.T.Helper()
	stamp := b.Get("/contact/").Want(200).Input("spam_stamp")
	a.Advance(10 * time.Second)
	b.Post("/contact/", "topic", "question", "name", name, "email", email, "message", message, "spam_stamp", stamp).Want(200)
	id, err := db.Get[string](a.T.Context(), a.DB, `SELECT id FROM contact ORDER BY received_at DESC, id LIMIT 1`)
	if err != nil {
		a.T.Fatal(err)
	}
	return "/staff/contact/" + id
}

// rowsIn counts the rows of a table, and the files of it.
func rowsIn(a *apptest.App, table string) int {
	a.T.Helper()
	n, err := db.Get[int](a.T.Context(), a.DB, `SELECT count(*) FROM `+table)
	if err != nil {
		a.T.Fatal(err)
	}
	return n
}

// Iris is no customer yet. What she asked becomes a ticket, with all that was
// said, and nothing stays behind; she hears of it without her own words, chooses
// a password, and goes on.
func TestAQuestionAtContactBecomesATicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	sanne := a.Staff("Sanne", "contact", "tickets")
	iris := a.Visitor().In("en")
	path := askContact(iris, "Iris Blom", "iris@blom.example", "Can I share a *drawing* with Blom Bouw?")
	sanne.Post(path+"/note", "message", "Even navragen bij Daan.").Want(200)
	a.Advance(time.Hour)
	sanne.Post(path+"/answer", "message", "Jazeker.").Want(200)
	a.ForgetMails()
	a.Advance(time.Hour)
	sanne.Get(path+"/move/ticket").Want(200, "Een ticket maken van deze vraag?")
	page := sanne.Post(path+"/move/ticket").Want(200, "De vraag is verhuisd", "TK-1001", "Can I share a drawing with Blom Bouw?", "Even navragen bij Daan.", "Jazeker.",
		"Iris Blom", "iris@blom.example", "E-mailadres nog niet bevestigd", "via het formulier", "maakte dit ticket van een vraag bij een ander loket")
	ticket := strings.TrimPrefix(page.Path, "/staff")

	sanne.Get(path).Want(404)
	if n := rowsIn(a, "contact") + rowsIn(a, "contact_message"); n != 0 {
		t.Errorf("%d rows stay at contact", n)
	}
	for _, q := range []string{"drawing", "navragen"} {
		if n := len(rows(sanne.Get("/staff/tickets/?q=" + q).Want(200))); n != 1 {
			t.Errorf("%d found for %s", n, q)
		}
	}
	// The promise counts from when she asked, and the answer of then has kept it.
	type kept struct {
		Created db.Time `db:"created_at"`
		Done    db.Time `db:"first_done_at"`
		Status  string
	}
	k, err := db.Get[kept](t.Context(), a.DB, `SELECT created_at, first_done_at, status FROM ticket`)
	if err != nil || !k.Created.Equal(time.Date(2026, 11, 23, 9, 0, 10, 0, time.UTC)) || k.Done.Sub(k.Created.Time).Round(time.Second) != time.Hour || k.Status != "open" {
		t.Errorf("%+v, %v", k, err)
	}
	m := a.MailTo("iris@blom.example")
	if !strings.Contains(m.Subject, "Your question is now ticket TK-1001") {
		t.Errorf("subject %q", m.Subject)
	}
	for _, about := range []string{"Iris", "Blom Bouw", "share a", "Daan"} {
		if strings.Contains(m.Subject+m.Text+m.HTML, about) {
			t.Errorf("%q goes to an address that nobody confirmed", about)
		}
	}
	welcome := a.Link(m, "/signin/welcome/")
	a.ForgetMails()
	sanne.Post(staffPath(ticket), "body", "Lukt het?", "then", "pending").Want(200)
	if m := a.MailTo("iris@blom.example"); !strings.Contains(m.Text, "Lukt het?") || strings.Contains(m.Subject+m.Text+m.HTML, "Blom Bouw") {
		t.Errorf("the answer: %s\n%s", m.Subject, m.Text)
	}
	iris.Get(welcome).Want(200)
	iris.Post(welcome, "password", "een-zeer-lange-zin-van-mij").Want(200)
	iris.Get(ticket).Want(200, "Can I share a drawing with Blom Bouw?", "Jazeker.", "Lukt het?").WantNot("navragen")
	a.ForgetMails()
	iris.Post(ticket, "body", "Yes, thanks.").Want(200)
	sanne.Post(staffPath(ticket), "body", "Mooi.", "then", "solved").Want(200)
	if m := a.MailTo("iris@blom.example"); !strings.Contains(m.Subject, "Blom Bouw") || !strings.Contains(m.Text, "Mooi.") {
		t.Errorf("the answer to who confirmed: %s\n%s", m.Subject, m.Text)
	}
	iris.Post(ticket, "body", "Still a question.").Want(200) // it is hers in every way
	log, err := db.All[string](t.Context(), a.DB, `SELECT act FROM audit WHERE act IN ('contact.moved', 'ticket.taken_over') ORDER BY act`)
	if err != nil || len(log) != 2 {
		t.Errorf("the log has %v, %v", log, err)
	}
}

// Jan has an account. Signed in, it is his and his company's; by his address
// only, it is his alone until he has looked at it. His manager sees the first.
func TestAQuestionOfACustomerBecomesHisTicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	sanne, jan, marit := a.Staff("Sanne", "contact", "tickets"), a.Customer("Jan"), a.Manager("Marit")
	own := askContact(jan, "Jan", "jan@example.com", "Verkeerd adres op de factuur")
	sanne.Post(own+"/move/ticket").Want(200, "Verkeerd adres op de factuur", "Van der Wal Bouw")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Subject, "Je vraag is nu ticket TK-1001") || strings.Contains(m.Text, "/signin/welcome/") {
		t.Errorf("Jan hears %s\n%s", m.Subject, m.Text)
	}
	byAddress := askContact(a.Visitor(), "Iemand", "JAN@example.com", "Wie ben ik?")
	sanne.Post(byAddress+"/move/ticket").Want(200, "Wie ben ik?", "Van der Wal Bouw")
	jan.Get("/tickets/").Want(200, "Verkeerd adres", "Wie ben ik?")
	marit.Get("/tickets/?view=company").Want(200, "Verkeerd adres").WantNot("Wie ben ik?")
	if n := rowsIn(a, "account"); n != 3 {
		t.Errorf("%d accounts", n)
	}
}

// Who can be reached by telephone only stays where he is, and nothing is made.
// So does somebody whose account is shut.
func TestAQuestionWithoutAnAddressStays(t *testing.T) {
	a := apptest.New(t, portals.All...)
	sanne := a.Staff("Sanne", "contact", "tickets")
	sanne.Post("/staff/contact/new", "channel", "phone", "topic", "question", "name", "Bel Mij", "phone", "0301 55 00 77", "message", "Hoe deel ik?").Want(200)
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM contact`)
	if err != nil {
		t.Fatal(err)
	}
	sanne.Post("/staff/contact/"+id+"/move/ticket").Want(200, "kan zo niet verhuizen: er is geen e-mailadres", "Hoe deel ik?")
	piet := a.Customer("Piet")
	path := askContact(piet, "Piet", "piet@example.com", "Ben ik er nog?")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET disabled_at = ? WHERE id = ?`, a.Now(), piet.Account.ID)
		return err
	})
	sanne.Post("/language", "lang", "en")
	sanne.Post(path+"/move/ticket").Want(200, "cannot move as it is")
	if n := rowsIn(a, "ticket"); n != 0 {
		t.Errorf("%d tickets", n)
	}
	if n := rowsIn(a, "contact"); n != 2 {
		t.Errorf("%d questions", n)
	}
}

// A colleague of contact who does not work in tickets hands it over all the same.
func TestHandedOverByWhoDoesNotWorkInTickets(t *testing.T) {
	a := apptest.New(t, portals.All...)
	daan := a.Staff("Daan", "contact")
	path := askContact(a.Visitor(), "Iris Blom", "iris@blom.example", "Hoe deel ik?")
	daan.Post(path+"/move/ticket").Want(200, "De vraag is verhuisd")
	a.Staff("Sofie", "tickets").Get("/staff/tickets/").Want(200, "Hoe deel ik?")
}
