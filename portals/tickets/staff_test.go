package tickets_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

func idOf(path string) string { return strings.TrimPrefix(path, "/tickets/") }

// rows are the ids of the rows of a list, in order.
func rows(p *apptest.Page) []string {
	var ids []string
	for _, id := range p.Values("data-id") {
		if len(id) == 26 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// fileAs has somebody file a ticket of that severity and returns its id.
func fileAs(b *apptest.Browser, subject, severity string) string {
	b.App.T.Helper()
	page := b.Post("/tickets/new", "subject", subject, "body", "Wat nu?", "severity", severity, "product", "viewer", "similar", "seen").Want(200, subject)
	path, _, _ := strings.Cut(page.Path, "?")
	return idOf(path)
}

// Monday 10:00. What blocks is due today at 14:00, what hinders tomorrow at
// 10:00, a question on Wednesday at 10:00.
func TestInboxIsInTheOrderOfPromises(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	question, hinders, blocks := fileAs(jan, "Een vraag", "question"), fileAs(jan, "Printer stuk", "hinders"), fileAs(jan, "Alles ligt stil", "blocks")
	inbox := sofie.Get("/staff/tickets/").Want(200, "Vandaag", "Morgen", "Later", "14:00", "di 10:00")
	if got := rows(inbox); !slices.Equal(got, []string{blocks, hinders, question}) {
		t.Errorf("order: %v", got)
	}
	inbox.WantNot(`data-s="late"`)
	// A second before, the promise can still be kept; a second later it is broken.
	a.Advance(4*time.Hour - time.Second)
	sofie.Get("/staff/tickets/").Want(200, "Vandaag").WantNot(`data-s="late"`)
	a.Advance(2 * time.Second)
	sofie.Get("/staff/tickets/").Want(200, `data-s="late"`, "-0:00")
	sofie.Get("/staff/tickets/?due=late").Want(200, "Alles ligt stil", "Belofte: Te laat").WantNot("Een vraag")
	// Tuesday's promises are tomorrow's until midnight, whatever the desk's hours.
	a.SetNow(time.Date(2026, 11, 23, 22, 59, 0, 0, time.UTC)) // 23:59 in Amsterdam
	sofie.Get("/staff/tickets/?severity=hinders").Want(200, "Morgen", "Printer stuk")
	a.Advance(time.Minute)
	sofie = sofie.Again()
	sofie.Get("/staff/tickets/?severity=hinders").Want(200, "Vandaag", "Printer stuk").WantNot("Alles ligt stil")
	// A customer who is to move is no work.
	sofie.Post("/staff/tickets/"+hinders, "body", "Welke printer?", "then", "pending")
	sofie.Get("/staff/tickets/").Want(200, "Wacht op klant", "staat stil")
	sofie.Get("/staff/tickets/?view=waiting").Want(200, "Printer stuk")
	sofie.Get("/staff/tickets/?view=mine").Want(200, "Printer stuk").WantNot("Een vraag")
	sofie.Get("/staff/tickets/?view=nobody").Want(200, "Een vraag").WantNot("Printer stuk")
	sofie.Get("/staff/tickets/?view=nothing").Want(404)
	sofie.Get("/staff/tickets/?after=%00%01").Want(404)
	sofie.Get("/staff/tickets/?status=%27").Want(404)
}

func TestFiltersAndSavedViews(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, piet := a.Customer("Jan"), a.CustomerOf("Bouwgroep Zuid", "Piet")
	sofie, daan := a.Staff("Sofie"), a.Staff("Daan")
	printer := idOf(file(jan, "Printer stuk"))
	fileAs(piet, "Muis kapot", "blocks")
	sofie.Post("/staff/tickets/"+printer+"/props", "status", "open", "severity", "hinders", "priority", "normal", "product", "uitgifte", "tags", "Druk, inkt").Want(200, "Bewaard", "inkt")
	for query, want := range map[string]string{
		"tag=inkt": "Printer", "company=bouw": "Muis", "company=" + a.Company("Van der Wal Bouw").ID: "Printer", "severity=blocks": "Muis",
		"status=open": "Printer", "assignee=nobody&severity=blocks": "Muis", "view=all&company=Van+der&sort=changed": "Printer", "view=all&status=new": "Muis", "product=uitgifte&tag=druk": "Printer",
	} {
		page := sofie.Get("/staff/tickets/?"+query).Want(200, want)
		if n := len(rows(page)); want == "Muis" && n != 1 {
			t.Errorf("%s: %d rows", query, n)
		}
	}
	sofie.Get("/staff/tickets/?company=%25").Want(200, "Geen bedrijf dat begint met")
	sofie.Get("/staff/tickets/?tag=niemendal").Want(200, "Niets met dit filter")

	sofie.Post("/staff/tickets/views", "title", "Alles van Zuid", "list", "company="+a.Company("Bouwgroep Zuid").ID+"&evil=<script>").Want(200, "Alles van Zuid")
	page := sofie.Get("/staff/tickets/").Want(200, "Bewaarde weergaven", "Alles van Zuid")
	i := slices.IndexFunc(page.Links(), func(l string) bool { return strings.Contains(l, "company=") })
	if i < 0 {
		t.Fatal("the saved view has no link")
	}
	sofie.Get(page.Links()[i]).Want(200, "Muis kapot", "Haal “Alles van Zuid” uit je menu").WantNot("evil")
	sofie.Post("/staff/tickets/views", "title", "", "list", "").Want(200, "Geef de weergave een naam")
	daan.Get("/staff/tickets/").Want(200).WantNot("Alles van Zuid")
	drop := sofie.Get(page.Links()[i])
	var path string
	for _, action := range drop.Values("action") {
		if strings.HasSuffix(action, "/drop") {
			path = action
		}
	}
	daan.Post(path).Want(404) // another's view
	sofie.Post(path).Want(200, "De weergave is weg").WantNot("Alles van Zuid")
}

func TestSearchFindsTicketsAndNotes(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	sofie.Post(staffPath(ticket), "kind", "note", "body", "Toverdrank zegt ontwikkeling").Want(200, "De klant ziet haar niet")
	sofie.Get("/staff/tickets/?q=toverdrank").Want(200, "Printer stuk")
	sofie.Get("/staff/tickets/?q=TK-1001").Want(200, "Printer stuk")
	sofie.Get("/staff/tickets/?q=print").Want(200, "Printer stuk")
	for _, q := range []string{"%25", "_", "%5C", strings.Repeat("%25", 2000), "NEAR(", "%22", "*", "AND+OR", "%E2%80%AE"} {
		sofie.Get("/staff/tickets/?q=" + q).Want(200)
	}
	sofie.Get("/staff/tickets/?q=%25").Want(200, "Niets gevonden").WantNot("Printer stuk")
}

// A note is for colleagues: its words are nowhere that a customer looks.
func TestNotesNeverReachTheCustomer(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, marit, sofie := a.Customer("Jan"), a.Manager("Marit"), a.Staff("Sofie")
	const canary = "kanariepiet"
	ticket := file(jan, "Printer stuk")
	sofie.Upload(staffPath(ticket), []apptest.File{{Field: "attachments", Name: canary + ".txt", Content: "geheim " + canary}}, "kind", "note", "body", "Dit is "+canary).Want(200, canary)
	sofie.Post(staffPath(ticket), "body", "Zit de stekker erin?", "then", "pending")
	other := file(marit, "Nog een printer")
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "into", idOf(other)).Want(200, "Samengevoegd")
	sofie.Get(staffPath(ticket)).Want(200, canary)
	a.RunJobs()
	for _, b := range []*apptest.Browser{jan, marit} {
		for _, path := range []string{ticket, other, "/tickets/", "/tickets/?view=closed", "/tickets/?view=company", "/tickets/?q=" + canary, "/search?q=" + canary, "/tickets/similar?subject=" + canary, "/tickets/new"} {
			page := b.Get(path)
			if strings.Contains(strings.ReplaceAll(page.Body, "q="+canary, ""), "Dit is "+canary) || strings.Contains(page.Body, canary+".txt") {
				t.Errorf("%s shows the note", path)
			}
		}
	}
	file := ""
	for _, link := range sofie.Get(staffPath(ticket)).Links() {
		if strings.Contains(link, "/files/") {
			file = link
		}
	}
	sofie.Get(file).Want(200)
	jan.Get(strings.TrimPrefix(file, "/staff")).Want(404)
	jan.Get(file).Want(http.StatusForbidden)
	for _, m := range a.Mails() {
		if !strings.HasPrefix(m.To, "sofie") && strings.Contains(m.Text+m.HTML+m.Subject, canary) {
			t.Errorf("mail to %s has the note", m.To)
		}
	}
}

func TestTwoAnswersAtOnceAreBothKept(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie, daan := a.Customer("Jan"), a.Staff("Sofie"), a.Staff("Daan")
	ticket := file(jan, "Printer stuk")
	seen := sofie.Get(staffPath(ticket)).Want(200).Input("seen")
	daan.Get(staffPath(ticket)).Want(200, "Sofie kijkt nu ook naar dit ticket")
	pages := make([]*apptest.Page, 2)
	var both sync.WaitGroup
	for i, b := range []*apptest.Browser{sofie, daan} {
		both.Go(func() {
			pages[i] = b.Post(staffPath(ticket), "body", "Antwoord van "+b.Account.Name, "then", "open", "seen", seen)
		})
	}
	both.Wait()
	told := 0
	for _, page := range pages {
		if page.Has("antwoordde intussen ook") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d of the two were told of the other", told)
	}
	jan.Get(ticket).Want(200, "Antwoord van Sofie", "Antwoord van Daan")
	a.Advance(2 * time.Minute)
	daan.Get(staffPath(ticket)).Want(200).WantNot("Sofie kijkt nu ook")
}

func TestBulkLeavesAStaleRowAlone(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie, daan := a.Customer("Jan"), a.Staff("Sofie"), a.Staff("Daan")
	one, two, three := idOf(file(jan, "Eerste zaak")), idOf(file(jan, "Tweede geval", "similar", "seen")), idOf(file(jan, "Derde kwestie", "similar", "seen"))
	a.Advance(time.Minute)
	seen := sofie.Get("/staff/tickets/").Want(200).Input("seen")
	a.Advance(time.Minute)
	jan.Post("/tickets/"+two, "body", "Wacht, er is nog iets")
	sofie.Post("/staff/tickets/"+three+"/assign", "assignee", "me") // her own change is no surprise to her
	page := sofie.Post("/staff/tickets/bulk", "id", one, "id", two, "id", three, "id", "BESTAATNIET", "do", "status:solved", "seen", seen)
	page.Want(200, "2 tickets bijgewerkt", "intussen veranderd door een ander", "TK-1002", "een ticket dat er niet meer is")
	sofie.Get("/staff/tickets/?view=solved").Want(200, "Eerste zaak", "Derde kwestie").WantNot("Tweede geval")
	// Undone: open as before, and the promise runs as if nothing had been.
	undo := ""
	for _, action := range page.Values("action") {
		if strings.Contains(action, "/undo/") {
			undo = action
		}
	}
	daan.Post(undo).Want(200, "Dit kan niet meer terug") // another's step
	sofie.Post("/staff/tickets/"+three, "kind", "note", "body", "hm")
	sofie.Post(undo).Want(200, "Niet teruggedraaid", "TK-1003")
	sofie.Get("/staff/tickets/").Want(200, "Eerste zaak", "Tweede geval").WantNot("Derde kwestie")
	jan.Get("/tickets/"+one).Want(200, "Eerste antwoord vóór", "di 24 nov, 10:00")
	sofie.Post(undo).Want(200, "Dit kan niet meer terug")

	sofie.Post("/staff/tickets/bulk", "id", one, "id", two, "do", "assign:"+daan.Account.ID).Want(200, "2 tickets bijgewerkt")
	daan.Get("/staff/tickets/?view=mine").Want(200, "Eerste zaak", "Tweede geval")
	sofie.Post("/staff/tickets/bulk", "id", one, "id", two, "do", "enter", "tags", "Haast").Want(200)
	sofie.Post("/staff/tickets/bulk", "id", one, "do", "tag", "tags", "Haast").Want(200, "1 ticket bijgewerkt")
	sofie.Get("/staff/tickets/?tag=haast").Want(200, "Eerste zaak")
	sofie.Post("/staff/tickets/bulk", "id", one, "do", "snooze:tomorrow").Want(200, "1 ticket bijgewerkt")
	sofie.Get("/staff/tickets/?view=snoozed").Want(200, "Eerste zaak")
	a.SetNow(time.Date(2026, 11, 24, 7, 31, 0, 0, time.UTC)) // Tuesday 08:31: the desk opens at 08:30
	sofie.Again().Get("/staff/tickets/?view=snoozed").Want(200).WantNot("Eerste zaak")
	sofie = sofie.Again()
	for _, fields := range [][]string{{"do", "status:solved"}, {"id", one, "do", "fly"}, {"id", one, "do", "status:gone"}, {"id", one, "do", "snooze", "moment", "2020-01-01T00:00"}, {"id", one, "do", "tag"}} {
		sofie.Post("/staff/tickets/bulk", fields...).Want(200, "Er is niets veranderd")
	}
	sofie.Post("/staff/tickets/bulk", "id", one, "do", "assign:"+jan.Account.ID).Want(404) // not a colleague
}

func undoOf(p *apptest.Page) string {
	for _, action := range p.Values("action") {
		if strings.Contains(action, "/undo/") {
			return action
		}
	}
	p.T.Fatalf("%s offers no way back: %s", p.Path, p.Text())
	return ""
}

func TestEveryStepCanBeTakenBack(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	for _, step := range []struct{ path, name, value, then string }{
		{"/assign", "assignee", "me", "is nu van Sofie"}, {"/status", "status", "pending", "Wacht op klant"}, {"/snooze", "until", "week", "sluimert tot"}, {"/status", "status", "solved", "Opgelost"},
	} {
		page := sofie.Post(staffPath(ticket)+step.path, step.name, step.value).Want(200, step.then)
		sofie.Post(undoOf(page)).Want(200, "1 ticket is weer zoals het was")
		jan.Get(ticket).Want(200, "Eerste antwoord vóór", "di 24 nov, 10:00", "Ontvangen")
		sofie.Get("/staff/tickets/?view=nobody").Want(200, "Printer stuk")
	}
	page := sofie.Post(staffPath(ticket)+"/status", "status", "solved")
	a.Advance(time.Hour)
	sofie.Post(undoOf(page)).Want(200, "Dit kan niet meer terug")
	sofie.Post(staffPath(ticket)+"/status", "status", "gone").Want(400)
	sofie.Post(staffPath(ticket)+"/snooze", "moment", "gisteren").Want(422, "Kies een moment dat nog komt")
}

func TestMergeAndTakeApart(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, marit, piet, sofie := a.Customer("Jan"), a.Manager("Marit"), a.CustomerOf("Bouwgroep Zuid", "Piet"), a.Staff("Sofie")
	ticket, other, strange := file(jan, "Printer stuk"), file(marit, "Afdrukken lukt niet"), file(piet, "Ook een printer")
	sofie.Get("/staff/tickets/merge?id="+idOf(ticket)).Want(200, "Welk ticket blijft?", "Afdrukken lukt niet").WantNot("Ook een printer")
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "into", idOf(strange)).Want(422, "van een andere klant")
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "number", "TK-1001").Want(422, "niet in zichzelf")
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "number", "TK-9999").Want(422, "geen ticket met dit nummer")
	a.ForgetMails()
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "number", "tk-1002").Want(200, "Samengevoegd met TK-1002", "Hierin is samengevoegd", "TK-1001")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "TK-1002") || !strings.Contains(m.Text, other) {
		t.Errorf("Jan is told: %s", m.Text)
	}
	jan.Get(other).Want(200, "Afdrukken lukt niet")                           // he came along
	jan.Get(ticket).Want(200, "Hij doet niets.", "gaat verder in", "TK-1002") // and his own history is there
	sofie.Get(staffPath(ticket)).Want(200, "Samengevoegd met", "Hij doet niets.")
	sofie.Post("/staff/tickets/merge", "id", idOf(ticket), "into", idOf(other)).Want(422, "al samengevoegd")
	sofie.Post("/staff/tickets/merge", "id", idOf(other), "into", idOf(ticket)).Want(422, "niet in zichzelf") // the chain ends where it began
	sofie.Post(staffPath(ticket)+"/unmerge").Want(200, "weer een ticket op zichzelf")
	jan.Get(other).Want(404)
	jan.Get(ticket).Want(200, "Eerste antwoord vóór", "di 24 nov, 10:00")
	sofie.Post(staffPath(ticket) + "/unmerge").Want(409)
	// Two merges at once, of each into the other: one wins, and no circle comes of it.
	var both sync.WaitGroup
	statuses := make([]int, 2)
	for i, pair := range [][2]string{{ticket, other}, {other, ticket}} {
		both.Go(func() {
			statuses[i] = sofie.Again().Post("/staff/tickets/merge", "id", idOf(pair[0]), "into", idOf(pair[1])).Status
		})
	}
	both.Wait()
	slices.Sort(statuses)
	if !slices.Equal(statuses, []int{200, 422}) {
		t.Errorf("two merges at once: %v", statuses)
	}
	acts, err := db.All[string](t.Context(), a.DB, `SELECT act FROM audit WHERE act LIKE 'ticket.%' ORDER BY number`)
	a.Fatal(err)
	if !slices.Equal(acts, []string{"ticket.merge", "ticket.unmerge", "ticket.merge"}) {
		t.Errorf("the log: %v", acts)
	}
}

func TestSplitAMessage(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	a.Advance(time.Hour)
	jan.Upload(ticket, []apptest.File{{Field: "attachments", Name: "log.txt", Content: "fout 7"}}, "body", "En de viewer start ook niet.")
	a.Advance(time.Hour)
	page := sofie.Get(staffPath(ticket)).Want(200, "Maak hier een eigen ticket van")
	split := ""
	for _, link := range page.Links() {
		if strings.Contains(link, "/split?m=") {
			split = link
		}
	}
	_, m, _ := strings.Cut(split, "m=")
	sofie.Get(split).Want(200, "En de viewer start ook niet.")
	sofie.Post(staffPath(ticket)+"/split", "m", m, "subject", "", "severity", "blocks").Want(422, "Geef het nieuwe ticket een onderwerp")
	a.ForgetMails()
	fresh := sofie.Post(staffPath(ticket)+"/split", "m", m, "subject", "Viewer start niet", "severity", "blocks").
		Want(200, "TK-1002 is gemaakt uit TK-1001", "En de viewer start ook niet.", "log.txt", "TK-1001")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "TK-1002") {
		t.Errorf("Jan is told: %s", m.Text)
	}
	jan.Get("/tickets/").Want(200, "Viewer start niet", "Printer stuk")
	// It counts from when he wrote: Monday 11:00, four working hours.
	path, _, _ := strings.Cut(strings.TrimPrefix(fresh.Path, "/staff"), "?")
	jan.Get(path).Want(200, "ma 23 nov, 15:00")
	sofie.Get(staffPath(ticket)).Want(200, "En de viewer start ook niet.", "maakte van een bericht TK-1002")
	sofie.Get(staffPath(ticket) + "/split?m=BESTAATNIET").Want(404)
	sofie.Get(strings.Replace(split, idOf(ticket), idOf(path), 1)).Want(404)
}

func TestLinkFollowAndReadAlong(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, piet, sofie, daan := a.Customer("Jan"), a.CustomerOf("Bouwgroep Zuid", "Piet"), a.Staff("Sofie"), a.Staff("Daan")
	ticket, other := file(jan, "Printer stuk"), file(piet, "Ook een printer")
	sofie.Post(staffPath(ticket)+"/link", "number", "1002").Want(200, "Gekoppeld", "Ook een printer")
	sofie.Get(staffPath(other)).Want(200, "Printer stuk", "koppelde het aan TK-1001")
	sofie.Post(staffPath(ticket)+"/link", "number", "TK-1001").Want(422, "geen ander ticket met dit nummer")
	piet.Get(other).Want(200).WantNot("Printer stuk")
	sofie.Post(staffPath(other)+"/unlink", "other", idOf(ticket)).Want(200, "Niet meer gekoppeld")

	daan.Post(staffPath(ticket)+"/follow", "follow", "true").Want(200, "Volg niet meer")
	a.ForgetMails()
	jan.Post(ticket, "body", "Is er al iets?")
	if m := a.MailTo("daan@example.com"); !strings.Contains(m.Text, "Is er al iets?") || !strings.Contains(m.Text, staffPath(ticket)) {
		t.Errorf("Daan hears: %s", m.Text)
	}
	jan.Get(ticket).Want(200).WantNot("Daan")
	daan.Post(staffPath(ticket)+"/follow", "follow", "false").Want(200, "Volg per mail")

	sofie.Post(staffPath(ticket)+"/people", "account", piet.Account.ID).Want(422, "hoort niet bij dit bedrijf")
	ties := a.Customer("Ties")
	ties.Get(ticket).Want(404)
	sofie.Post(staffPath(ticket)+"/people", "account", ties.Account.ID).Want(200, "Ties")
	ties.Get(ticket).Want(200, "Printer stuk")
	sofie.Post(staffPath(ticket)+"/people/remove", "account", ties.Account.ID).Want(200)
	ties.Get(ticket).Want(404)
	sofie.Post(staffPath(ticket)+"/people/remove", "account", jan.Account.ID).Want(404) // the requester stays
}

func TestTakeAQuestionByPhone(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	a.Customer("Janneke")
	sofie.Get("/staff/tickets/new").Want(200, "Wie vraagt het?")
	base := []string{"channel", "phone", "subject", "Printer stuk", "severity", "hinders", "body", "Belde: niets doet het.", "product", "uitgifte", "mine", "true"}
	sofie.Post("/staff/tickets/new", append(base, "who", "nobody@example.com")...).Want(422, "We kennen niemand")
	sofie.Post("/staff/tickets/new", append(base, "who", "jan")...).Want(422, "Wie van hen?", "Janneke")
	sofie.Post("/staff/tickets/new", append(base, "who", "%")...).Want(422, "We kennen niemand")
	sofie.Post("/staff/tickets/new", append(base, "who", "sofie")...).Want(422, "We kennen niemand") // a colleague is no customer
	sofie.Post("/staff/tickets/new", append(base, "who", "jan", "account", jan.Account.ID)...).Want(200, "is gemaakt voor Jan", "per telefoon", "nam deze vraag aan")
	jan.Get("/tickets/").Want(200, "Printer stuk")
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "TK-1001") {
		t.Errorf("receipt: %s", m.Text)
	}
	sofie.Get("/staff/tickets/?view=mine").Want(200, "Printer stuk")
}

func TestStandardTexts(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	sofie.Get("/staff/tickets/replies").Want(200, "Nog geen standaardteksten")
	sofie.Post("/staff/tickets/replies/new", "title", "Stekker").Want(422, "minstens één taal")
	sofie.Post("/staff/tickets/replies/new", "title", "Stekker", "body_nl", "Dag {name}, zit bij {ticket} de stekker erin? {agent}", "body_en", "Hello {name}", "status", "pending", "tags", "Stroom", "mine", "true").
		Want(200, "“Stekker” is bewaard", "trefwoorden stroom")
	page := sofie.Get(staffPath(ticket)).Want(200, "Stekker")
	canned := page.Attr("name", "canned", "name")
	if canned == "" {
		t.Fatal("no texts to choose from")
	}
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM canned_reply`)
	a.Fatal(err)
	page = sofie.Post(staffPath(ticket), "insert", "yes", "canned", id, "body", "Eerst dit.", "seen", "1").
		Want(200, "Eerst dit.", "Dag Jan, zit bij TK-1001 de stekker erin? Sofie", "Bij versturen: status “Wacht op klant”, trefwoorden stroom")
	jan.Get(ticket).Want(200).WantNot("stekker")
	sofie.Post(staffPath(ticket), "body", "Dag Jan, zit de stekker erin?", "used", page.Input("used"), "then", "pending").Want(200, "Je antwoord is verstuurd")
	sofie.Get("/staff/tickets/?view=waiting&tag=stroom&assignee="+sofie.Account.ID).Want(200, "Printer stuk")
	sofie.Post("/staff/tickets/replies/"+id, "title", "Stekker 2", "body_nl", "x").Want(200, "“Stekker 2” is bewaard")
	sofie.Post("/staff/tickets/replies/"+id+"/drop").Want(200, "De tekst is weg")
	sofie.Get("/staff/tickets/replies/" + id).Want(404)
	sofie.Post("/staff/tickets/replies/"+id, "title", "Stekker 2", "body_nl", "x").Want(404)
}

func TestPromisesChangeOpenClocks(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Printer stuk")
	jan.Get(ticket).Want(200, "di 24 nov, 10:00")
	sofie.Get("/staff/tickets/promises").Want(200, "Eerste antwoord", "De klok van 1 open ticket")
	fields := func(second, unit string) []string {
		var all []string
		for i := range 9 {
			amount, u := "1", "working_days"
			if i == 3 { // hinders, first answer
				amount, u = second, unit
			}
			all = append(all, "amount", amount, "unit", u)
		}
		return all
	}
	sofie.Post("/staff/tickets/promises", fields("-1", "minutes")...).Want(422, "Vul overal een heel getal in")
	sofie.Post("/staff/tickets/promises", fields("999999", "working_days")...).Want(422, "tien jaar")
	sofie.Post("/staff/tickets/promises", fields("2", "weeks")...).Want(422)
	sofie.Post("/staff/tickets/promises", "amount", "1").Want(400)
	sofie.Post("/staff/tickets/promises", fields("90", "minutes")...).Want(200, "Bewaard")
	a.RunJobs()
	jan.Get(ticket).Want(200, "11:30")
	sofie.Get(staffPath(ticket)).Want(200, "rekende de beloftes opnieuw uit", "ma 23 nov 10:00")
	acts, err := db.All[string](t.Context(), a.DB, `SELECT object FROM audit WHERE act = 'promise' AND object LIKE 'hinders%'`)
	a.Fatal(err)
	if len(acts) != 1 || !strings.Contains(acts[0], "90 minutes") {
		t.Errorf("the log: %v", acts)
	}
}

func TestExportIsNoFormula(t *testing.T) {
	a := apptest.New(t, portals.All...)
	sofie := a.Staff("Sofie")
	kees := a.CustomerOf("@SUM(1)", "Kees")
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE account SET name = '=HYPERLINK(1)' WHERE id = ?`, kees.Account.ID)
		return err
	})
	file(kees, `=cmd|' /C calc'!A0`)
	file(kees, "+31 \"bellen\"", "similar", "seen")
	page := sofie.Post("/staff/tickets/export", "list", "view=todo").Want(200)
	if kind := page.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") || !strings.Contains(page.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", page.Header)
	}
	for _, cell := range []string{`"'=cmd|' /C calc'!A0"`, `"'+31 ""bellen"""`, `"'@SUM(1)"`, `"'=HYPERLINK(1)"`, `"TK-1001"`} {
		if !strings.Contains(page.Body, cell) {
			t.Errorf("no %s in\n%s", cell, page.Body)
		}
	}
	n, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM audit WHERE act = 'export' AND object = 'tickets 2'`)
	a.Fatal(err)
	if n != 1 {
		t.Errorf("the log has %d exports", n)
	}
}

func TestReportCountsWhatHappened(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	one, two := file(jan, "Eerste zaak"), file(jan, "Tweede geval", "similar", "seen")
	a.Advance(2 * time.Hour)
	sofie.Post(staffPath(one), "body", "Zo.", "then", "solved")
	a.SetNow(time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC))
	sofie = sofie.Again()
	sofie.Post(staffPath(two), "body", "Te laat, sorry.", "then", "open")
	sofie.Get("/staff/tickets/report").Want(200, "Tickets per week: ", "23-11 2", "Op tijd beantwoord, in procenten:", "50 %", "Per week")
	sofie.Get("/staff/tickets/").Want(200, "van 1 op tijd vandaag")
}

// Whoever works in another field sees nothing of tickets, whatever he asks for.
func TestOnlyWhoWorksInTickets(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie, ideas := a.Customer("Jan"), a.Staff("Sofie"), a.Staff("Ilse", "ideas")
	ticket := file(jan, "Printer stuk")
	for _, route := range a.Policy() {
		if !strings.HasPrefix(route.Path, "/staff/tickets") {
			continue
		}
		if route.Who != "staff:tickets" {
			t.Errorf("%s %s is for %s", route.Method, route.Path, route.Who)
		}
		path := strings.NewReplacer(":id", idOf(ticket), ":step", "X", ":view", "X", ":reply", "new", ":file", "X").Replace(route.Path)
		for _, b := range []*apptest.Browser{jan, ideas} {
			var page *apptest.Page
			if route.Method == "POST" {
				page = b.Post(path)
			} else {
				page = b.Get(path)
			}
			if page.Status != http.StatusForbidden {
				t.Errorf("%s %s by %s is %d", route.Method, path, b.Account.Name, page.Status)
			}
		}
	}
	sofie.Get(staffPath(ticket)).Want(200, "di 24 nov, 10:00") // nothing has changed
}

// Every form of the desk takes whatever is typed, and shows it as text.
func TestHostileInputAtTheDesk(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket, other := file(jan, "Printer stuk"), file(jan, "Tweede geval", "similar", "seen")
	const script = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	hostile := []string{script, "\x00\xff\xfe", strings.Repeat("a", 30000), "../../etc/passwd", "%s%d%n", "𝕳\u202e", "-1", "' OR 1=1 --"}
	fields := []string{"body", "kind", "then", "seen", "canned", "used", "insert", "status", "assignee", "severity", "priority", "product", "team", "tags", "was", "until", "moment",
		"follow", "account", "number", "other", "m", "subject", "list", "id", "do", "title", "body_nl", "body_en", "teams", "amount", "unit", "who", "channel", "into", "once", "kept", "drop"}
	paths := []string{"", "/assign", "/status", "/snooze", "/props", "/follow", "/people", "/people/remove", "/link", "/unlink", "/unmerge", "/split"}
	var all []string
	for _, path := range paths {
		all = append(all, staffPath(ticket)+path, "/staff/tickets/NIETS"+path)
	}
	all = append(all, "/staff/tickets/bulk", "/staff/tickets/undo/X", "/staff/tickets/views", "/staff/tickets/views/X/drop", "/staff/tickets/export", "/staff/tickets/new",
		"/staff/tickets/merge", "/staff/tickets/replies/new", "/staff/tickets/replies/X", "/staff/tickets/promises", "/staff/tickets/settings")
	for _, path := range all {
		for _, bad := range hostile {
			var form []string
			for _, field := range fields {
				form = append(form, field, bad)
			}
			page := sofie.Post(path, form...)
			if page.Status >= 500 {
				t.Errorf("POST %s with %.20q is %d", path, bad, page.Status)
			}
			if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "<img src=x") {
				t.Errorf("POST %s puts the script on the page", path)
			}
		}
	}
	// What can be kept is kept as it was typed, and shown as text.
	sofie.Post(staffPath(ticket), "body", script, "then", "open").Want(200, "alert(1)")
	sofie.Post(staffPath(ticket)+"/props", "status", "open", "severity", "hinders", "priority", "normal", "tags", script, "team", script[:20]).Want(200)
	sofie.Post("/staff/tickets/views", "title", script[:30], "list", "tag=x").Want(200)
	sofie.Post("/staff/tickets/settings", "teams", script, "tags", script).Want(200)
	for _, path := range []string{"/staff/tickets/", "/staff/tickets/?t=" + idOf(ticket), "/staff/tickets/settings", staffPath(ticket), "/staff/tickets/?q=" + "%3Cscript%3E", "/staff/tickets/?tag=%3Cscript%3E&team=%3Cscript%3E"} {
		page := sofie.Get(path).Want(200)
		if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "<img src=x") {
			t.Errorf("%s puts the script on the page", path)
		}
	}
	jan.Get(other).Want(200, "Tweede geval")
}

// The script asks for a part of the page: it gets only that.
func TestPartsOfThePage(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := idOf(file(jan, "Printer stuk"))
	sofie.Header.Set("X-Fragment", "#peek")
	sofie.Get("/staff/tickets/?t="+ticket).Want(200, `id="peek"`, "Hij doet niets.").WantNot("<html", `id="rows"`)
	sofie.Post("/staff/tickets/"+ticket, "body", "", "list", "view=todo").Want(422, `id="peek"`, "Schrijf eerst iets")
	sofie.Header.Set("X-Fragment", "#rows")
	sofie.Get("/staff/tickets/").Want(200, `id="rows"`, "Printer stuk").WantNot("<html")
	sofie.Header.Del("X-Fragment")
	sofie.Get("/staff/tickets/?view=mine&t="+ticket).Want(200, `id="peek"`, "Hij doet niets.", `value="view=mine"`)
	sofie.Get("/staff/tickets/?t=NIETS").Want(404)
	// What is done beside the list leads back to the list.
	sofie.Get("/staff/tickets/?t="+ticket).Want(200, `value="view=todo"`)
	if page := sofie.Post("/staff/tickets/"+ticket+"/assign", "assignee", "me", "list", "view=todo&q=x"); page.Path != "/staff/tickets/?q=x&t="+ticket+"&view=todo" {
		t.Errorf("back at %s", page.Path)
	}
	if page := sofie.Post("/staff/tickets/"+ticket+"/assign", "assignee", "", "list", "%zz"); !strings.HasPrefix(page.Path, "/staff/tickets/") {
		t.Errorf("back at %s", page.Path)
	}
	// Who solves one goes on to the next of his list.
	next := idOf(file(jan, "Tweede geval", "similar", "seen"))
	page := sofie.Post("/staff/tickets/"+ticket+"/status", "status", "solved", "list", "view=todo").Want(200)
	if !strings.Contains(page.Path, "t="+next) {
		t.Errorf("she went on to %s", page.Path)
	}
}

func TestInboxPagesWithoutGaps(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	for range 103 {
		jan.Post("/tickets/new", "subject", "Zaak", "body", "Wat nu?", "severity", "hinders", "product", "uitgifte", "similar", "seen")
	}
	for _, query := range []string{"", "?sort=changed", "?view=all"} {
		seen := map[string]bool{}
		path, pages := "/staff/tickets/"+query, 0
		for path != "" && pages < 5 {
			page := sofie.Get(path).Want(200)
			for _, id := range rows(page) {
				if seen[id] {
					t.Errorf("%s shows %s twice", query, id)
				}
				seen[id] = true
			}
			path = ""
			for _, link := range page.Links() {
				if strings.Contains(link, "after=") {
					path = link
				}
			}
			pages++
		}
		if len(seen) != 103 || pages != 3 {
			t.Errorf("%s: %d tickets on %d pages", query, len(seen), pages)
		}
	}
}

// The card of a busy customer leaves room for what he asks.
func TestTheCardIsShort(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	var ticket string
	for _, subject := range []string{"Een", "Twee", "Drie", "Vier"} {
		ticket = fileAs(jan, subject, "question")
	}
	page := sofie.Get("/staff/tickets/"+ticket).Want(200, "Ook open", "nog 1")
	sofie.Get("/staff/tickets/?t="+ticket).Want(200, "Ook open", "toon 3").WantNot("nog 1")
	shown, rest, _ := strings.Cut(page.Body, "nog 1</summary>")
	for _, c := range []struct{ name, in string }{{"at once", shown}, {"after a click", rest}} {
		n := 0
		for _, subject := range []string{"TK-1001 Een", "TK-1002 Twee", "TK-1003 Drie"} {
			if strings.Contains(c.in, subject) {
				n++
			}
		}
		if want := map[string]int{"at once": 2, "after a click": 1}[c.name]; n != want {
			t.Errorf("%s there are %d of his other tickets, want %d", c.name, n, want)
		}
	}
}

// The front page says how the promise was kept, once there is enough to say.
func TestTheFrontPageSaysHowThePromiseWasKept(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	a.SetNow(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)) // Monday 09:00 at the desk
	var filed []string
	for _, subject := range []string{"Een", "Twee", "Drie", "Vier", "Vijf"} {
		filed = append(filed, file(jan, subject))
	}
	answer := func(who *apptest.Browser, ticket string) {
		who.Post(staffPath(ticket), "body", "Zo doe je dat.", "then", "open").Want(200)
	}
	a.Advance(2 * time.Hour)
	for _, ticket := range filed[:4] {
		answer(sofie, ticket)
	}
	front := func() *apptest.Page {
		a.Advance(20 * time.Minute)
		return a.Visitor().Get("/")
	}
	if page := front().Want(200, "Nu ingediend, antwoord vóór").WantNot("Op tijd, 30 dagen"); !strings.Contains(page.Body, "<b>wo 11:20</b>") {
		t.Error("the time does not stand out")
	}
	a.Advance(5 * 24 * time.Hour)
	answer(a.Staff("Daan"), filed[4])
	front().Want(200, "Meestal al na 2 u Op tijd, 30 dagen 80 %")
	a.Advance(40 * 24 * time.Hour)
	front().Want(200).WantNot("Op tijd, 30 dagen")
}

// On a Saturday an answer takes no working time; what is shown is the same everywhere.
func TestAnsweredOutsideOfficeHours(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.SetNow(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC))
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	ticket := file(jan, "Weekend")
	a.Advance(10 * time.Minute)
	sofie.Post(staffPath(ticket), "body", "Al gedaan.", "then", "open").Want(200)
	page := jan.Get(ticket).Want(200, "na 1 min").WantNot("na 0 min")
	if n := strings.Count(page.Text(), "na 1 min"); n != 2 {
		t.Errorf("%d times", n)
	}
}

// What Jan keeps to himself nobody reads by way of a merge; his own tickets go together.
func TestMergeBringsNobodyIntoAPrivateTicket(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, ties, sofie := a.Customer("Jan"), a.Customer("Ties"), a.Staff("Sofie")
	private := idOf(file(jan, "Mijn salaris", "private", "true"))
	his, jans := fileAs(ties, "Van Ties", "question"), fileAs(jan, "Ook van Jan", "question")
	sofie.Post("/staff/tickets/merge", "id", his, "into", private).Want(422, "De klant houdt dat ticket voor zichzelf")
	ties.Get("/tickets/" + private).Want(404)
	sofie.Get("/staff/tickets/"+his).Want(200, "Van Ties").WantNot("Samengevoegd met")
	sofie.Post("/staff/tickets/merge", "id", jans, "into", private).Want(200, "Samengevoegd met")
}

// Marit asked on Monday, Jan on Tuesday; Marit has been answered, Jan has not.
func TestMergeKeepsWhatWasPromised(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, marit, sofie := a.Customer("Jan"), a.Manager("Marit"), a.Staff("Sofie")
	into := file(marit, "Afdrukken lukt niet")
	sofie.Post(staffPath(into), "body", "Welke printer?", "then", "pending").Want(200)
	from := file(jan, "Printer stuk")
	a.Advance(2 * time.Hour)
	sofie = sofie.Again()
	sofie.Post("/staff/tickets/merge", "id", idOf(from), "into", idOf(into)).Want(200, "Samengevoegd")
	// Jan filed on Monday at 10:00 and waits: one working day from then.
	marit.Get(into).Want(200, "Volgend antwoord vóór", "di 24 nov, 10:00").WantNot("klok staat stil")
	jan.Get(into).Want(200, "di 24 nov, 10:00")
	// Taken apart, nobody waits in the other any more.
	sofie.Post(staffPath(from) + "/unmerge").Want(200)
	marit.Get(into).Want(200).WantNot("Volgend antwoord vóór")
	jan.Get(from).Want(200, "Eerste antwoord vóór", "di 24 nov, 10:00")
}

func TestReportComesAsAFile(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	file(jan, "Printer stuk")
	sofie.Get("/staff/tickets/report").Want(200, "Download als CSV")
	sofie.Get("/staff/tickets/report.csv").Want(200, `"week","filed","solved","promised","kept"`, `"2026-11-23","1","0","0","0"`)
	jan.Get("/staff/tickets/report.csv").Want(403)
	a.Staff("Wim", "ideas").Get("/staff/tickets/report.csv").Want(403)
}

func TestBeforeTheWeekendTheNextDayIsMonday(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.SetNow(time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)) // Friday
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	fileAs(jan, "Printer stuk", "hinders")
	fileAs(jan, "Een vraag", "question")
	sofie.Get("/staff/tickets/").Want(200, "Maandag", "Later")
	if got := sofie.Get("/staff/tickets/").Text(); strings.Index(got, "Maandag") > strings.Index(got, "Later") {
		t.Error("later comes before Monday")
	}
}

func TestMergedTicketGoesOnElsewhere(t *testing.T) {
	a := apptest.New(t, portals.All...)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie")
	from, into := file(jan, "Printer stuk"), file(jan, "Afdrukken lukt niet")
	sofie.Post("/staff/tickets/merge", "id", idOf(from), "into", idOf(into)).Want(200)
	a.ForgetMails()
	sofie.Post(staffPath(from), "body", "Wat ik typte", "then", "pending").Want(409, "Dit ticket is samengevoegd", "Wat ik typte")
	sofie.Post(staffPath(from)+"/status", "status", "open").Want(200, "Dit ticket is samengevoegd")
	sofie.Post("/staff/tickets/bulk", "id", idOf(from), "do", "status:open").Want(200, "TK-1001")
	sofie.Post(staffPath(from), "kind", "note", "body", "Zelfde oorzaak").Want(200, "Zelfde oorzaak")
	jan.Get(from).Want(200, "Gesloten").WantNot("Wat ik typte", "Vervolg indienen")
	if n := len(a.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
}
