package tickets_test

import (
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// write has a colleague write something known and returns the path of its page.
func write(b *apptest.Browser, kind, title, body string) string {
	b.App.T.Helper()
	page := b.Post("/staff/tickets/known/new", "kind", kind, "title_nl", title, "body_nl", body).Want(200, title, "is bewaard")
	for _, link := range page.Links() {
		if path := strings.TrimPrefix(link, "/staff"); path != link && len(path) == len("/tickets/known/")+26 && b.Get(path).Has(body) {
			return path
		}
	}
	b.App.T.Fatal("what was written has no page")
	return ""
}

func TestWhatIsKnownComesBeforeATicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	sofie.Get("/staff/tickets/known").Want(200, "Hier staat nog niets")
	sofie.Post("/staff/tickets/known/new", "kind", "answer").Want(422, "in minstens één taal")
	sofie.Post("/staff/tickets/known/new", "kind", "answer", "title_en", "Printer").Want(422, "Schrijf ook de tekst in het Engels")
	answer := write(sofie, "answer", "Printer drukt wit papier af", "Draai de cartridge om.")
	jan.Get("/tickets/new").Want(200).WantNot("Printer drukt wit")

	// While typing, and as a step without script, with all that was typed kept.
	jan.Get("/tickets/similar?subject=printer+wit+papier").Want(200, "Printer drukt wit papier af", "Antwoord")
	step := jan.Post("/tickets/new", "subject", "Onze printer geeft wit papier", "body", "Sinds vandaag.", "severity", "question", "product", "viewer", "similar", "ask")
	step.Want(200, "Printer drukt wit papier af", "Onze printer geeft wit papier", "Sinds vandaag.", "Toch indienen")
	jan.Get(answer).Want(200, "Draai de cartridge om.", "Ben je hiermee geholpen?").WantNot("hielp 1 keer")
	once := jan.Get(answer).Values("value")
	key := ""
	for _, v := range once {
		if len(v) == 26 {
			key = v
		}
	}
	jan.Post(answer+"/helped", "once", key).Want(200, "Fijn dat het helpt")
	jan.Post(answer+"/helped", "once", key).Want(200) // the same press twice
	jan.Get(answer).Want(200, "hielp 1 keer")
	jan.Get("/tickets/").WantNot("wit papier") // no ticket was needed

	// Anybody may read it, and nothing of a script in it runs.
	a.Visitor().Get("/tickets/known").Want(200, "Printer drukt wit papier af")
	evil := write(sofie, "answer", "<script>alert(1)</script>", "Kwaad")
	a.Visitor().Get(evil).Want(200, "Kwaad", "&lt;script&gt;")
	a.Visitor().Get("/tickets/known/none").Want(404)
	jan.Get("/staff/tickets/known").Want(403)
	jan.Post("/staff"+answer, "kind", "answer", "title_nl", "Van mij", "body_nl", "x").Want(403)
	sofie.Post("/staff"+answer+"/drop").Want(200, "Het is weg")
	jan.Get(answer).Want(404)
	jan.Get("/tickets/similar?subject=printer+wit+papier").Want(200).WantNot("Printer drukt wit")
}

func TestKnownProblemIsFollowedInsteadOfFiled(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, piet, sofie := a.Customer("Jan"), a.CustomerOf("Bouwgroep Zuid", "Piet"), a.Staff("Sofie")
	ticket := file(piet, "Uitgeven van grote sets hangt")
	problem := write(sofie, "problem", "Grote sets uitgeven hangt", "Sinds 12:00.")
	jan.Get("/tickets/new").Want(200, "Bekend probleem", "Grote sets uitgeven hangt", "Houd me op de hoogte")
	a.Visitor().Post(problem+"/follow").Want(200, "Inloggen")
	jan.Post(problem+"/follow").Want(200, "We houden je op de hoogte", "Je hoort per mail hoe ver we zijn")
	jan.Post(problem + "/follow").Want(200) // twice is once

	// The ticket that looks like it is tied to it; its customer then hears of it as well.
	sofie.Get(staffPath(ticket)).Want(200, "Lijkt op het bekende probleem", "Koppel")
	id := strings.TrimPrefix(problem, "/tickets/known/")
	jan.Post(staffPath(ticket)+"/known", "known", id).Want(403)
	sofie.Post(staffPath(ticket)+"/known", "known", id).Want(200, "Dit hoort bij een bekend probleem", "Maak los").WantNot("Lijkt op het bekende")
	piet.Get(ticket).Want(200, "Dit hoort bij een bekend probleem", "Grote sets uitgeven hangt", "koppelde dit aan een bekend probleem")
	sofie.Get("/staff"+problem).Want(200, "2 mensen volgen", "1 ticket hierover", "TK-1001")

	a.RunJobs()
	a.ForgetMails()
	sofie.Post("/staff"+problem, "kind", "problem", "title_nl", "Grote sets uitgeven hangt", "body_nl", "De tweede omzetter draait.").Want(200)
	if n := len(a.Mails()); n != 0 {
		t.Errorf("%d mails about a change that was not to be told", n)
	}
	sofie.Post("/staff"+problem, "kind", "problem", "title_nl", "Grote sets uitgeven hangt", "body_nl", "De tweede omzetter draait.", "tell", "true").Want(200)
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "De tweede omzetter draait.") {
		t.Errorf("told: %s", m.Text)
	}
	a.MailTo("piet@example.com")
	a.ForgetMails()
	piet.Post(problem+"/follow", "follow", "false").Want(200, "Je hoort er niets meer over")
	sofie.Post("/staff"+problem+"/solved", "solved", "true").Want(200, "Opgelost. Wie volgt")
	sofie.Post("/staff"+problem+"/solved", "solved", "true").Want(200)
	if m := a.MailTo("jan@example.com"); !strings.HasPrefix(m.Subject, "Opgelost:") {
		t.Errorf("told: %s", m.Subject)
	}
	if n := len(a.Mails()); n != 1 {
		t.Errorf("%d mails, want one: who stopped hears nothing, and twice is once", n)
	}
	jan.Get("/tickets/new").Want(200).WantNot("Grote sets uitgeven hangt")
	jan.Get("/tickets/similar?subject=grote+sets+uitgeven").Want(200).WantNot("Grote sets uitgeven hangt")
	piet.Get(ticket).Want(200, "dat is opgelost")
	jan.Post(problem + "/follow").Want(409)
	sofie.Post("/staff"+problem+"/solved", "solved", "false").Want(200, "Weer open")
	jan.Get("/tickets/new").Want(200, "Grote sets uitgeven hangt")

	// Who follows is kept no longer than needed.
	sofie.Post("/staff"+problem+"/solved", "solved", "true").Want(200)
	night(a, 29)
	if n := followersOfProblems(a); n != 1 {
		t.Errorf("%d follow after 29 days, want 1", n)
	}
	night(a, 1)
	if n := followersOfProblems(a); n != 0 {
		t.Errorf("%d follow after 30 days, want none", n)
	}
}

func followersOfProblems(a *apptest.App) int {
	n, err := db.Get[int](a.T.Context(), a.DB, `SELECT count(*) FROM ticket_known_follower`)
	a.Fatal(err)
	return n
}
