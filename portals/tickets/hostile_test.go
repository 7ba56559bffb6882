package tickets_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// A file is found under its own ticket only, that of a note by colleagues only,
// and a message is split off the ticket that it stands in.
func TestWhatBelongsToATicketIsFoundThereOnly(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, marit, sofie := a.Customer("Jan"), a.Manager("Marit"), a.Staff("Sofie")
	page := jan.Upload("/tickets/new", []apptest.File{{"attachments", "log.txt", "regel"}}, "subject", "Een", "body", "x", "severity", "question", "similar", "seen")
	one, _, _ := strings.Cut(page.Path, "?")
	mine := fileLink(page)
	two := file(jan, "Twee", "similar", "seen")
	jan.Post(one, "body", "Nog iets").Want(200)
	noted := fileLink(sofie.Upload(staffPath(two), []apptest.File{{"attachments", "geheim.txt", "intern"}}, "body", "Zie bijlage", "kind", "note").Want(200, "geheim.txt"))
	name := mine[strings.LastIndex(mine, "/")+1:]
	secret := noted[strings.LastIndex(noted, "/")+1:]

	jan.Get(mine).Want(200, "regel")
	marit.Get(mine).Want(200, "regel")
	sofie.Get(staffPath(mine)).Want(200, "regel")
	sofie.Get(noted).Want(200, "intern")
	for _, path := range []string{two + "/files/" + name, two + "/files/" + secret, one + "/files/" + secret} {
		jan.Get(path).Want(404)
		marit.Get(path).Want(404)
	}
	for _, path := range []string{staffPath(two) + "/files/" + name, staffPath(one) + "/files/" + secret} {
		sofie.Get(path).Want(404)
	}
	message, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM ticket_message WHERE body = 'Nog iets'`)
	a.Fatal(err)
	sofie.Get(staffPath(one)+"/split?m="+message).Want(200, "Nog iets")
	sofie.Get(staffPath(two) + "/split?m=" + message).Want(404)
	sofie.Post(staffPath(two)+"/split", "m", message, "subject", "Gepikt", "severity", "question").Want(404)

	// Another company's manager meets a wall everywhere, and so does a colleague
	// of another counter.
	noor := a.CustomerOf("Bouwgroep Zuid", "Noor")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE membership SET manager = TRUE WHERE account_id = ?`, noor.Account.ID)
		return err
	})
	for _, path := range []string{one, mine, one + "/files/" + secret, "/tickets/new?continues=" + idOf(one)} {
		noor.Get(path).Want(404).WantNot("Een", "regel")
	}
	noor.Get("/tickets/?view=company").Want(200).WantNot("Een", "Twee")
	noor.Post("/tickets/new", "subject", "Verder", "body", "x", "severity", "question", "continues", idOf(one)).Want(404)
	henk := a.Staff("Henk", "ideas")
	for _, path := range []string{staffPath(one), staffPath(mine), staffPath(one) + "/split?m=" + message} {
		henk.Get(path).Want(403)
	}
}

// Whatever a customer sends, in whichever field, he gets an answer, and nobody
// gets his script.
func TestHostileInputInEveryField(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	const script = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	fields := []string{"subject", "product", "severity", "body", "cc", "private", "similar", "continues", "attachments", "kept", "drop", "once", "close", "helped", "comment", "email", "account", "follow"}
	for _, bad := range []string{script, "\x00\xff\xfe", strings.Repeat("regel\n", 10_000), "../../etc/passwd", "%s%d%n", "\u202e𝕳", "-1", "' OR 1=1 --"} {
		for _, path := range []string{"/tickets/new", ticket, ticket + "/solve", ticket + "/reopen", ticket + "/rate", ticket + "/people", ticket + "/people/remove", ticket + "/private", ticket + "/follow", "/tickets/helped/x"} {
			var form []string
			for _, field := range fields {
				form = append(form, field, bad)
			}
			page := jan.Post(path, form...)
			if page.Status >= 500 || strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "<img src=x") {
				t.Errorf("POST %s with %.20q is %d", path, bad, page.Status)
			}
		}
	}
	jan.Post("/tickets/new", "subject", script, "body", "[a](javascript:alert(1))\n\n![b](https://elders.example/x.png)\n\n<style>*{display:none}</style>"+script, "severity", "blocks", "similar", "seen").Want(200)
	jan.Post(ticket + "/solve").Want(200)
	jan.Post(ticket+"/rate", "helped", "no", "comment", script).Want(200, "alert(1)")
	for _, page := range []*apptest.Page{jan.Get("/tickets/"), jan.Get(ticket), jan.Get("/tickets/similar?subject=%3Cscript%3Ealert"), sofie.Get("/staff/tickets/?view=all"), sofie.Get(staffPath(ticket)), sofie.Get("/staff/tickets/?q=alert")} {
		page.Want(200)
		if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "<img src=x") || strings.Contains(page.Body, `src="https://elders`) || strings.Contains(page.Body, "<style>*") {
			t.Errorf("%s gives what was sent", page.Path)
		}
	}
	for _, m := range a.Mails() {
		if strings.Contains(m.HTML, "<script>alert") || strings.Contains(m.HTML, "<img src=x") || strings.Contains(m.HTML, `href="javascript:`) || strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("the mail %q has the script", m.Subject)
		}
	}
}

// Fifty people press send at once, by the pages: every reply is there once, in
// one order, and the promise counts from the first.
func TestFiftyRepliesByThePages(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Druk")
	before := a.Now()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			b, path := jan, ticket
			if i%2 == 1 {
				b, path = sofie, staffPath(ticket)
			}
			if page := b.Post(path, "body", fmt.Sprintf("Antwoord %d.", i), "then", "open"); page.Status != http.StatusOK {
				t.Errorf("reply %d is %d", i, page.Status)
			}
		})
	}
	all.Wait()
	page := jan.Get(ticket).Want(200)
	for i := range 50 {
		if n := strings.Count(page.Text(), fmt.Sprintf("Antwoord %d.", i)); n != 1 {
			t.Errorf("reply %d is there %d times", i, n)
		}
	}
	type ends struct {
		Messages, Places int
		Last             int64
		Seq              int64
	}
	e, err := db.Get[ends](t.Context(), a.DB, `
		SELECT count(*) AS messages, count(DISTINCT m.seq) AS places, max(m.seq) AS last, (SELECT seq FROM ticket) AS seq FROM ticket_message m`)
	if err != nil || e.Messages != 51 || e.Places != 51 || e.Seq < e.Last {
		t.Errorf("%+v %v", e, err)
	}
	if wrong, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM ticket_event e JOIN ticket_event later ON later.ticket_id = e.ticket_id AND later.seq > e.seq AND later.at < e.at WHERE e.at >= ?`, before); err != nil || wrong != 0 {
		t.Errorf("%d events out of order, %v", wrong, err)
	}
}
