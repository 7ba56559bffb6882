package ideas_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/apptest"
	"loket/db"
	"loket/portals/ideas"
)

func newApp(t *testing.T) *apptest.App { return apptest.New(t, ideas.New) }

// file has somebody file an idea and returns its id.
func file(b *apptest.Browser, title string, more ...string) string {
	b.App.T.Helper()
	page := b.Post("/ideas/new", append([]string{"title", title, "body", "Omdat het nu niet kan."}, more...)...).Want(200, title)
	return page.Attr("class", "idea", "data-id")
}

func number[T any](a *apptest.App, query string, args ...any) T {
	a.T.Helper()
	n, err := db.Get[T](a.T.Context(), a.DB, query, args...)
	a.Fatal(err)
	return n
}

func votes(a *apptest.App, idea string) int {
	a.T.Helper()
	return number[int](a, `SELECT votes FROM idea WHERE id = ?`, idea)
}

// counted fails the test unless what is kept of each idea is what counting gives.
func counted(a *apptest.App) {
	a.T.Helper()
	type wrong struct {
		Number                  int64
		Votes, Rows, Talk, Said int
	}
	all, err := db.All[wrong](a.T.Context(), a.DB, `
		SELECT * FROM (
			SELECT i.number, i.votes, i.comments AS talk,
				(SELECT count(*) FROM idea_vote v WHERE v.idea_id = i.id AND v.counts)
					+ (SELECT CAST(coalesce(sum(m.anonymous_votes), 0) AS BIGINT) FROM idea m WHERE m.id = i.id OR m.merged_into = i.id) AS rows,
				(SELECT count(*) FROM idea_comment k JOIN idea o ON o.id = k.original_id WHERE k.idea_id = i.id AND k.hidden_at IS NULL
					AND (o.id = i.id OR o.approved_at IS NOT NULL AND NOT o.private)) AS said
			FROM idea i) x
		WHERE votes <> rows OR talk <> said`)
	a.Fatal(err)
	for _, w := range all {
		a.T.Errorf("idea %d: %d votes kept, %d counted; %d comments kept, %d counted", w.Number, w.Votes, w.Rows, w.Talk, w.Said)
	}
}

func TestFileAnIdeaAndVote(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	jan.Get("/ideas/").Want(200, "Nog geen ideeën", "Wat mis je?")
	jan.Get("/ideas/new").Want(200, `maxlength="120"`, "Wat we hiervan bewaren")
	jan.Post("/ideas/new", "title", " ").Want(422, "Geef je idee een titel")
	page := jan.Post("/ideas/new", "title", "Meerdere tekeningen tegelijk uitgeven", "body", "Een set van *zestig*.", "vote", "true").
		Want(200, "Meerdere tekeningen tegelijk uitgeven", "nummer 1", "<em>zestig</em>")
	if page.Path != "/ideas/1-meerdere-tekeningen-tegelijk-uitgeven" {
		t.Errorf("filed at %s", page.Path)
	}
	id := page.Attr("class", "idea", "data-id")
	if votes(a, id) != 1 {
		t.Error("his own vote does not count")
	}
	piet := a.Customer("Piet")
	list := piet.Get("/ideas/").Want(200, "Meerdere tekeningen", "1 collega stemde ook", "Een set van zestig.")
	if list.Attr("data-id", id, "class") != "idea" {
		t.Error("the row does not carry its id")
	}
	piet.Post("/ideas/"+id+"/vote").Want(200, "Je stemde op")
	piet.Post("/ideas/"+id+"/vote", "vote", "1").Want(200)
	if votes(a, id) != 2 {
		t.Errorf("%d votes", votes(a, id))
	}
	piet.Get("/ideas/?view=voted").Want(200, "Meerdere tekeningen", `aria-pressed="true"`)
	piet.Get("/ideas/?view=mine").Want(200, "Je gaf nog geen idee")
	piet.Post("/ideas/1/vote", "vote", "0").Want(200, "is ingetrokken")
	if votes(a, id) != 1 {
		t.Errorf("%d votes after withdrawing", votes(a, id))
	}
	visitor := a.Visitor()
	visitor.Get("/ideas/1").Want(200, "Jan").WantNot("Jan@", "example.com", jan.Account.ID)
	visitor.Get("/ideas/2").Want(404)
	for _, odd := range []string{"01", "-1", "1e0", "1abc", "99999999999999999999", "1%00"} {
		if got := visitor.Get("/ideas/" + odd).Status; got != 404 && got != 400 {
			t.Errorf("/ideas/%s is %d", odd, got)
		}
	}
	en := a.Visitor().In("en")
	en.Get("/ideas/").Want(200, "What do you miss?")
	en.Get("/ideas/1").Want(200, "1 vote")
	counted(a)
}

func TestTypedFirstSignedInAfter(t *testing.T) {
	a := newApp(t)
	b := a.Visitor()
	b.Get("/ideas/new").Want(200, "Inloggen doe je aan het eind")
	to := b.Still().Post("/ideas/new", "title", "Donkere weergave", "body", "Te fel.")
	if to.Status != 303 || to.Header.Get("Location") != "/signin?next=%2Fideas%2Fnew" {
		t.Fatalf("%d to %q", to.Status, to.Header.Get("Location"))
	}
	jan := a.Customer("Jan")
	b.Account = jan.Account
	b.SignIn()
	page := b.Get("/ideas/new").Want(200, "Je idee staat nog klaar", "Te fel.")
	if page.Input("title") != "Donkere weergave" {
		t.Errorf("title is %q", page.Input("title"))
	}
	jan.Get("/ideas/new").WantNot("Te fel.")
	b.Post("/ideas/new", "title", "Donkere weergave", "body", "Te fel.").Want(200, "Donkere weergave")
	if n := number[int](a, `SELECT count(*) FROM idea_draft`); n != 0 {
		t.Errorf("%d drafts left", n)
	}
	late := a.Visitor()
	late.Still().Post("/ideas/new", "title", "Vergeten", "body", "Weg")
	a.Advance(25 * time.Hour)
	late.Get("/ideas/new").Want(200).WantNot("Vergeten")
	if n := number[int](a, `SELECT count(*) FROM idea_draft`); n != 0 {
		t.Errorf("%d drafts after a day", n)
	}
}

func TestSimilarIdeasAreShownFirst(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	file(jan, "E-mailmeldingen per onderwerp uit kunnen zetten")
	done := file(jan, "Donkere weergave")
	sofie := a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/2/status", "status", "completed", "response", "In 4.2.").Want(200)
	piet := a.Customer("Piet")
	piet.Get("/ideas/new?title=mailmeldingen+uitzetten").Want(200, "1 idee lijkt hierop", "E-mailmeldingen per onderwerp")
	piet.Get("/ideas/new?title=dark+mode").Want(200, "Donkere weergave", "Klaar")
	piet.Header.Set("X-Fragment", "#similar")
	piet.Get("/ideas/similar?title=nachtmodus").Want(200, "Donkere weergave", `data-id="`+done+`"`).WantNot("<html")
	piet.Header.Del("X-Fragment")
	// Without script the form itself asks once.
	step := piet.Get("/ideas/new").Input("step")
	piet.Post("/ideas/new", "title", "Een donker thema", "body", "Fel.", "step", step).Want(200, "Dien toch in", "Donkere weergave", "Fel.")
	piet.Post("/ideas/new", "title", "Een donker thema", "body", "Fel.", "step", "seen").Want(200, "nummer 3")
	// Two ideas with one title are both fine.
	file(piet, "Donkere weergave")
	if n := number[int](a, `SELECT count(*) FROM idea WHERE title = 'Donkere weergave'`); n != 2 {
		t.Errorf("%d ideas with that title", n)
	}
	sofie.Post("/staff/ideas/synonyms", "terms", "meetstaat, hoeveelhedenlijst").Want(200)
	file(jan, "Hoeveelhedenlijst uitdraaien")
	piet.Get("/ideas/new?title=meetstaat").Want(200, "Hoeveelhedenlijst uitdraaien")
	sofie.Post("/staff/ideas/synonyms", "terms", "alleen").Want(422, "minstens twee woorden")
}

// Fifty people press four times each, all at once: fifty votes.
func TestFiftyPeopleVoteFourTimes(t *testing.T) {
	a := newApp(t)
	id := file(a.Customer("Jan"), "Donkere weergave")
	var people []*apptest.Browser
	for n := range 50 {
		people = append(people, a.Customer(fmt.Sprint("Kiezer", n)))
	}
	var all sync.WaitGroup
	for _, b := range people {
		for range 4 {
			all.Go(func() {
				if got := b.Still().Post("/ideas/"+id+"/vote", "vote", "1").Status; got != 303 {
					t.Errorf("vote answered %d", got)
				}
			})
		}
	}
	all.Wait()
	if n := votes(a, id); n != 50 {
		t.Errorf("%d votes", n)
	}
	counted(a)
	if kept, summed := number[float64](a, `SELECT heat FROM idea WHERE id = ?`, id), ideas.SummedHeat(t, a.DB, id, a.Zone); kept-summed > 1e-9 || summed-kept > 1e-9 {
		t.Errorf("heat kept %v, summed %v", kept, summed)
	}
	// Two tabs: one withdraws twice, the other votes and withdraws.
	all = sync.WaitGroup{}
	for _, b := range people[:10] {
		for _, want := range []string{"0", "0"} {
			all.Go(func() { b.Still().Post("/ideas/"+id+"/vote", "vote", want) })
		}
	}
	all.Wait()
	if n := votes(a, id); n != 40 {
		t.Errorf("%d votes after ten withdrew in two tabs", n)
	}
	all = sync.WaitGroup{}
	for _, b := range people[:10] {
		for _, want := range []string{"1", "0", "1", "0"} {
			all.Go(func() { b.Still().Post("/ideas/"+id+"/vote", "vote", want) })
		}
	}
	all.Wait()
	counted(a)
}

func TestClosedIdeaTakesNoVotes(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	id := file(jan, "Chat in de app")
	sofie := a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/1/status", "status", "declined").Want(422, "Schrijf waarom niet")
	sofie.Post("/staff/ideas/1/status", "status", "declined", "response", "Gesprekken horen bij de tekening.").Want(200)
	jan.Get("/ideas/1").Want(200, "Niet gedaan", "Gesprekken horen bij de tekening.").WantNot(`name="vote"`)
	jan.Post("/ideas/"+id+"/vote", "vote", "1").Want(409)
	jan.Post("/ideas/"+id+"/vote", "vote", "0").Want(409)
	a.Visitor().Get("/ideas/roadmap").Want(200, "Niet gedaan, en waarom", "Chat in de app", "Gesprekken horen bij de tekening.")
}

func TestMergeAndTakeBack(t *testing.T) {
	a := newApp(t)
	one, two, three, four := a.Customer("Een"), a.Customer("Twee"), a.Customer("Drie"), a.Customer("Vier")
	A, B := file(one, "Map kopiëren"), file(three, "Mappenstructuur kopiëren")
	for _, x := range []struct {
		idea string
		who  []*apptest.Browser
	}{{A, []*apptest.Browser{one, two, three}}, {B, []*apptest.Browser{three, four}}} {
		for _, b := range x.who {
			b.Post("/ideas/" + x.idea + "/vote").Want(200)
		}
	}
	two.Post("/ideas/"+A+"/comments", "body", "Bij mij ook.").Want(200, "Bij mij ook.")
	sofie := a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/1/merge", "into", "1").Want(409, "hetzelfde idee")
	sofie.Post("/staff/ideas/1/merge", "into", "99").Want(422, "geen idee met dat nummer")
	sofie.Get("/staff/ideas/").Want(200, "Map kopiëren")
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200, "Mappenstructuur kopiëren", "Ongedaan maken")
	sofie.Get("/staff/ideas/").Want(200).WantNot(">Map kopiëren<") // it has been read
	if n := votes(a, B); n != 4 {
		t.Errorf("%d votes united", n)
	}
	counted(a)
	if mail := a.MailTo("twee@example.com"); !strings.Contains(strings.Join(strings.Fields(mail.Text), " "), "Mappenstructuur kopiëren") {
		t.Errorf("the voter reads\n%s", mail.Text)
	}
	five := a.Customer("Vijf")
	if page := five.Get("/ideas/1"); page.Path != "/ideas/2-mappenstructuur-kopieren" {
		t.Errorf("the merged idea leads to %s", page.Path)
	}
	five.Get("/ideas/2").Want(200, "Bij mij ook.", "Geschreven bij “Map kopiëren”", "#1 Map kopiëren")
	five.Post("/ideas/" + A + "/vote").Want(200)
	if n := votes(a, B); n != 5 {
		t.Errorf("%d votes after one on the merged idea", n)
	}
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(409, "voegde dit idee net samen")
	sofie.Post("/staff/ideas/1/unmerge").Want(200, "staat weer op zichzelf")
	if m, n := votes(a, A), votes(a, B); m != 3 || n != 3 {
		t.Errorf("%d and %d votes after taking back, want 3 and 2 + 1", m, n)
	}
	counted(a)
	five.Get("/ideas/1").Want(200, "Bij mij ook.", "Map kopiëren")
	sofie.Post("/staff/ideas/1/unmerge").Want(409)
}

// A into B, B into C: all lead to C, and each comes back with its own.
func TestChainOfMerges(t *testing.T) {
	a := newApp(t)
	people := []*apptest.Browser{a.Customer("Een"), a.Customer("Twee"), a.Customer("Drie")}
	A, B, C := file(people[0], "Offline werken"), file(people[1], "Werken zonder internet"), file(people[2], "Op de bouw zonder bereik")
	for n, idea := range []string{A, B, C} {
		for _, b := range people[n:] {
			b.Post("/ideas/" + idea + "/vote").Want(200)
		}
	}
	sofie := a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	sofie.Post("/staff/ideas/2/merge", "into", "3").Want(200)
	if n := votes(a, C); n != 3 {
		t.Errorf("%d votes at the end of the chain", n)
	}
	if page := people[0].Get("/ideas/1"); page.Path != "/ideas/3-op-de-bouw-zonder-bereik" {
		t.Errorf("the first leads to %s", page.Path)
	}
	sofie.Post("/staff/ideas/3/merge", "into", "1").Want(409, "hetzelfde idee")
	counted(a)
	sofie.Post("/staff/ideas/2/unmerge").Want(200)
	if page := people[0].Get("/ideas/1"); page.Path != "/ideas/2-werken-zonder-internet" {
		t.Errorf("the first leads to %s after taking the second back", page.Path)
	}
	if m, n := votes(a, B), votes(a, C); m != 3 || n != 1 {
		t.Errorf("%d and %d votes, want 3 and 1", m, n)
	}
	sofie.Post("/staff/ideas/1/unmerge").Want(200)
	if l, m, n := votes(a, A), votes(a, B), votes(a, C); l != 3 || m != 2 || n != 1 {
		t.Errorf("%d, %d and %d votes, want 3, 2 and 1", l, m, n)
	}
	counted(a)
}

// Two colleagues merge one idea into two others at once, while people vote on
// it: one wins, the other is told, and every vote is somewhere.
func TestTwoMergesAtOnceAmidVotes(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	A, B, C := file(jan, "Sneltoetsen"), file(jan, "Toetsenbord in de viewer"), file(jan, "Sneltoetsen in de viewer")
	var voters []*apptest.Browser
	for n := range 20 {
		voters = append(voters, a.Customer(fmt.Sprint("Kiezer", n)))
	}
	sofie, daan := a.Staff("Sofie", "ideas"), a.Staff("Daan", "ideas")
	var all sync.WaitGroup
	var got [2]int
	for _, b := range voters {
		all.Go(func() {
			if status := b.Still().Post("/ideas/" + A + "/vote").Status; status != 303 {
				t.Errorf("vote answered %d", status)
			}
		})
	}
	all.Go(func() { got[0] = sofie.Post("/staff/ideas/1/merge", "into", "2").Status })
	all.Go(func() { got[1] = daan.Post("/staff/ideas/1/merge", "into", "3").Status })
	all.Wait()
	if got != [2]int{200, 409} && got != [2]int{409, 200} {
		t.Errorf("the merges answered %v", got)
	}
	if n := votes(a, B) + votes(a, C); n != 20 {
		t.Errorf("%d votes on the targets", n)
	}
	counted(a)
	// Into each other, at once.
	all.Go(func() { got[0] = sofie.Post("/staff/ideas/2/merge", "into", "3").Status })
	all.Go(func() { got[1] = daan.Post("/staff/ideas/3/merge", "into", "2").Status })
	all.Wait()
	if got != [2]int{200, 409} && got != [2]int{409, 200} {
		t.Errorf("merging into each other answered %v", got)
	}
	counted(a)
}

// What is private stays so: page, redirect, feed, search, list, mail.
func TestPrivateTitleLeaksNowhere(t *testing.T) {
	a := newApp(t)
	jan, piet, visitor, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Visitor(), a.Staff("Sofie", "ideas")
	secret := file(jan, "Geheim Zwaluwproject", "private", "true")
	open := file(piet, "Openbaar idee")
	jan.Get("/ideas/1").Want(200, "Geheim Zwaluwproject", "besloten")
	for _, b := range []*apptest.Browser{visitor, piet} {
		for _, path := range []string{"/ideas/1", "/ideas/" + secret, "/ideas/1-geheim-zwaluwproject", "/ideas/" + secret + "/vote"} {
			if b == visitor && strings.HasSuffix(path, "/vote") {
				continue // asks to sign in, whatever is there
			}
			page := b.Still().Get(path)
			if page.Status != 404 || strings.Contains(page.Header.Get("Location")+page.Body, "waluw") && path != "/ideas/1-geheim-zwaluwproject" {
				t.Errorf("%s: %d to %q", path, page.Status, page.Header.Get("Location"))
			}
		}
		for _, path := range []string{"/ideas/", "/ideas/?order=newest", "/ideas/?q=zwaluwproject", "/feed/ideas.atom", "/ideas/roadmap", "/ideas/new?title=geheim+zwaluwproject", "/ideas/similar?title=zwaluwproject"} {
			if body := strings.ReplaceAll(b.Get(path).Body, "geheim zwaluwproject", ""); strings.Contains(strings.ReplaceAll(body, `value="zwaluwproject"`, ""), "Zwaluw") {
				t.Errorf("%s tells of the private idea", path)
			}
		}
	}
	piet.Post("/ideas/" + secret + "/vote").Want(404)
	piet.Post("/ideas/"+secret+"/comments", "body", "Ha").Want(404)
	piet.Post("/ideas/"+secret+"/follow", "follow", "1").Want(404)
	sofie.Post("/staff/ideas/2/merge", "into", "1").Want(409, "besloten")
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	for _, b := range []*apptest.Browser{visitor, piet} {
		page := b.Still().Get("/ideas/1")
		if page.Status != 404 {
			t.Errorf("the merged private idea answers %d to %q", page.Status, page.Header.Get("Location"))
		}
		b.Get("/ideas/2").Want(200).WantNot("Zwaluw")
	}
	if page := jan.Get("/ideas/1"); page.Path != "/ideas/2-openbaar-idee" {
		t.Errorf("its author is led to %s", page.Path)
	}
	sofie.Post("/staff/ideas/1/unmerge").Want(200)
	// An idea that becomes private is no longer told of to who voted before.
	piet.Post("/ideas/" + open + "/vote").Want(200)
	a.Customer("Kees").Post("/ideas/" + open + "/vote").Want(200)
	sofie.Post("/staff/ideas/2/edit", "title", "Stil Zwaluwnest", "body", "x", "topic", "general", "private", "true").Want(200)
	a.ForgetMails()
	sofie.Post("/staff/ideas/2/status", "status", "planned", "response", "Komt eraan.", "tell", "true").Want(200)
	for _, m := range a.Mails() {
		if m.To != "piet@example.com" {
			t.Errorf("mail to %s: %s", m.To, m.Subject)
		}
	}
	visitor.Get("/ideas/").Want(200).WantNot("Zwaluw")
}

func TestModeratedBoard(t *testing.T) {
	a := newApp(t)
	sofie, jan := a.Staff("Sofie", "ideas"), a.Customer("Jan")
	sofie.Post("/staff/ideas/boards/general", "name", "Algemeen", "moderated", "true", "position", "1").Want(200, "eerst lezen")
	jan.Post("/ideas/new", "title", "Bel mij terug", "body", "Nu").Want(200, "We lezen je idee eerst")
	jan.Post("/ideas/new", "title", "Donkere weergave", "body", "Fel").Want(200)
	a.Visitor().Get("/ideas/1").Want(404)
	a.Visitor().Get("/ideas/").Want(200, "Nog geen ideeën")
	sofie.Get("/staff/ideas/?view=moderate").Want(200, "Bel mij terug", "Wacht op ons")
	sofie.Post("/staff/ideas/1/refuse").Want(422, "Schrijf waarom niet")
	sofie.Post("/staff/ideas/1/refuse", "reason", "Dit is een vraag.").Want(200)
	if m := a.MailTo("jan@example.com"); !strings.Contains(m.Text, "Dit is een vraag.") {
		t.Errorf("the author reads\n%s", m.Text)
	}
	sofie.Post("/staff/ideas/2/approve").Want(200)
	sofie.Post("/staff/ideas/2/approve").Want(409)
	a.Visitor().Get("/ideas/").Want(200, "Donkere weergave").WantNot("Bel mij terug")
	sofie.Post("/staff/ideas/boards/general", "name", "Algemeen", "closed", "true", "position", "1").Want(200)
	jan.Post("/ideas/new", "title", "Nog een", "topic", "general").Want(422, "Kies een ander onderwerp")
}

func TestStatusIsToldToVotersAndFollowers(t *testing.T) {
	a := newApp(t)
	jan, piet, kees, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Customer("Kees"), a.Staff("Sofie", "ideas")
	ann := a.Customer("Ann")
	id := file(jan, "Donkere weergave")
	piet.Post("/ideas/" + id + "/vote").Want(200)
	kees.Post("/ideas/"+id+"/follow", "follow", "1").Want(200, "Je volgt dit idee")
	ann.Post("/ideas/"+id+"/comments", "body", "Graag!").Want(200)
	if m := a.MailTo("kees@example.com"); !strings.Contains(m.Text, "Graag!") {
		t.Errorf("the follower reads\n%s", m.Text)
	}
	a.ForgetMails()
	sofie.Get("/staff/ideas/1").Want(200, "4 mensen krijgen mail")
	sofie.Post("/staff/ideas/1/status", "status", "started", "response", "Vanaf **maandag**.", "expected", "Q1 2027", "tell", "true").Want(200)
	mails := a.Mails()
	if len(mails) != 4 {
		t.Fatalf("%d mails", len(mails))
	}
	m := a.MailTo("piet@example.com")
	if !strings.Contains(m.Subject, "In de maak: Donkere weergave") || !strings.Contains(m.Text, "maandag") {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
	sofie.Get("/staff/ideas/1").Want(200, "4 mensen kregen mail")
	// A scanner that opens the link stops nothing; the button does.
	stop := a.Link(m, "/ideas/stop/")
	a.Visitor().Get(stop).Want(200, "Stop deze mail", "Je stem blijft staan")
	sofie.Get("/staff/ideas/1").Want(200, "4 mensen krijgen mail")
	a.Visitor().Post(stop).Want(200, "Je krijgt hier geen mail meer over")
	sofie.Get("/staff/ideas/1").Want(200, "3 mensen krijgen mail")
	a.Visitor().Get("/ideas/roadmap").Want(200, "Donkere weergave", "Q1 2027", "Bijgewerkt op")
	a.Visitor().Get("/ideas/1").Want(200, "Vanaf", "In de maak")
	a.ForgetMails()
	kees.Post("/ideas/"+id+"/follow", "follow", "0").Want(200)
	sofie.Post("/staff/ideas/1/status", "status", "completed", "response", "Het staat aan.", "tell", "true").Want(200)
	if n := len(a.Mails()); n != 2 {
		t.Errorf("%d mails after one stopped following and one stopped the mail", n)
	}
	a.Visitor().Get("/ideas/").Want(200, "Pas opgeleverd")
}

// What colleagues say among themselves is theirs: no page, feed, mail, search
// or list of others has it.
func TestNotesAndInternalTagsStayInside(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	sofie.Post("/staff/ideas/tags", "tag", "toegankelijk").Want(200)
	sofie.Post("/staff/ideas/tags", "tag", "zwarteland", "internal", "true").Want(200)
	sofie.Post("/staff/ideas/tags", "tag", "zwarteland").Want(422, "Dit label is er al")
	public, internal := number[string](a, `SELECT id FROM idea_tag WHERE NOT internal`), number[string](a, `SELECT id FROM idea_tag WHERE internal`)
	sofie.Post("/staff/ideas/1/edit", "title", "Donkere weergave", "body", "Fel", "topic", "general", "tags", public, "internal", internal).Want(200, "zwarteland")
	sofie.Post("/staff/ideas/1/note", "note", "Klant kwikstaart dreigt te gaan").Want(200, "kwikstaart")
	jan.Post("/ideas/"+id+"/follow", "follow", "1")
	sofie.Post("/staff/ideas/1/status", "status", "planned", "response", "Komt.", "tell", "true").Want(200)
	for _, b := range []*apptest.Browser{jan, a.Visitor()} {
		for _, path := range []string{"/ideas/", "/ideas/1", "/feed/ideas.atom", "/ideas/roadmap", "/ideas/?q=donkere", "/ideas/?tag=" + internal} {
			b.Get(path).Want(200).WantNot("kwikstaart", "zwarteland")
		}
		b.Get("/ideas/?q=kwikstaart").Want(200, "Geen idee past hierbij")
		b.Get("/ideas/?tag="+internal).Want(200, "Geen idee past hierbij")
		b.Get("/ideas/?tag="+public).Want(200, "Donkere weergave", "toegankelijk")
		if status := b.Get("/staff/ideas/export.csv").Status; b == jan && status != 403 {
			t.Errorf("the export answers a customer %d", status)
		}
		if status := b.Get("/staff/ideas/1").Status; b == jan && status != 403 {
			t.Errorf("the work page answers a customer %d", status)
		}
	}
	for _, m := range a.Mails() {
		if strings.Contains(m.Subject+m.Text+m.HTML, "kwikstaart") || strings.Contains(m.Subject+m.Text+m.HTML, "zwarteland") {
			t.Errorf("mail %q tells", m.Subject)
		}
	}
	a.Staff("Daan", "tickets").Get("/staff/ideas/").Want(403)
}

func TestExportRunsNoFormula(t *testing.T) {
	a := newApp(t)
	file(a.Customer("Jan"), "=HYPERLINK(\"http://kwaad.example\")")
	page := a.Staff("Sofie", "ideas").Get("/staff/ideas/export.csv").Want(200, "number,title", "'=HYPERLINK")
	if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/csv") || !strings.Contains(page.Header.Get("Content-Disposition"), "attachment") {
		t.Error(page.Header)
	}
}

func TestVoteForACustomer(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	piet := a.CustomerOf("Bouwgroep Zuid", "Piet")
	sofie.Post("/staff/ideas/1/vote", "email", "piet@example.com").Want(422, "hoe de klant toestemming gaf")
	sofie.Post("/staff/ideas/1/vote", "email", "niemand@example.com", "consent", "telefonisch").Want(422, "Niemand met dit adres")
	sofie.Post("/staff/ideas/1/vote", "email", "Piet@Example.com", "consent", "telefonisch, 23 nov").Want(200, "De stem van Piet telt mee", "Bouwgroep Zuid", "telefonisch, 23 nov")
	sofie.Post("/staff/ideas/1/vote", "email", "piet@example.com", "consent", "telefonisch").Want(200, "stemde al")
	if votes(a, id) != 1 {
		t.Error("the vote does not count once")
	}
	a.MailTo("piet@example.com")
	piet.Get("/ideas/1").Want(200, `aria-pressed="true"`)
	piet.Post("/ideas/"+id+"/vote", "vote", "0").Want(200)
	counted(a)
	// On an idea that a colleague merged meanwhile it lands where that went.
	file(jan, "Donker thema")
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	sofie.Post("/staff/ideas/1/vote", "email", "piet@example.com", "consent", "aan de balie").Want(200, "De stem van Piet telt mee")
	if n := number[int](a, `SELECT votes FROM idea WHERE number = 2`); n != 1 {
		t.Errorf("%d votes on the target", n)
	}
	counted(a)
}

// Of a ticket comes an idea: who asked may have his vote go along, by a button.
func TestIdeaFromATicket(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	at := "/staff/ideas/new?from=ticket:T1&title=Uitgiftelijst+uit+Excel&account=" + jan.Account.ID
	sofie.Get(at).Want(200, "Uitgiftelijst uit Excel", "Jan krijgt een mail")
	sofie.Get("/staff/ideas/new?from=javascript:x()").Want(404)
	sofie.Post("/staff/ideas/new", "title", "Uitgiftelijst uit Excel", "body", "x", "topic", "general", "from", "ticket:T1", "account", jan.Account.ID).Want(200, "nummer 1", "Gemaakt van een ticket")
	if n := number[int](a, `SELECT votes FROM idea`); n != 0 {
		t.Errorf("%d votes before he agreed", n)
	}
	link := a.Link(a.MailTo("jan@example.com"), "/ideas/agree/")
	somebody := a.Visitor()
	somebody.Get(link).Want(200, "Uitgiftelijst uit Excel", "Ja, tel mijn stem mee")
	if n := number[int](a, `SELECT votes FROM idea`); n != 0 {
		t.Error("opening the link voted")
	}
	somebody.Post(link).Want(200, "Je stem telt mee")
	somebody.Post(link).Want(410)
	if n := number[int](a, `SELECT votes FROM idea`); n != 1 {
		t.Errorf("%d votes after he agreed", n)
	}
	sofie.Post("/staff/ideas/1/status", "status", "completed", "response", "Het kan.", "tell", "true").Want(200)
	if state := number[string](a, `SELECT state FROM origin WHERE source = 'ticket:T1'`); state != "completed" {
		t.Errorf("the ticket sees %q", state)
	}
}

// What a ticket asks for may be an idea already: then that belongs to it, and
// who asked is told and asked as if it were new.
func TestTicketOfAnIdeaThatIsThere(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas", "tickets")
	file(a.Customer("Piet"), "Uitgiftelijst importeren uit Excel")
	sofie.Get("/staff/ideas/new?from=ticket:T1&title=Import+issue+list&account="+jan.Account.ID).Want(200, "Uitgiftelijst importeren uit Excel", "Dit is het")
	sofie.Get("/staff/ideas/new?title=Import+issue+list").Want(200, "Uitgiftelijst importeren").WantNot("Dit is het")
	for range 2 { // pressed twice is once
		sofie.Post("/staff/ideas/1/origin", "from", "ticket:T1", "account", jan.Account.ID).Want(200, "hoort er nu bij", `<a href="/staff/tickets/T1">Gemaakt van een ticket`)
	}
	if n := len(a.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
	a.Visitor().Post(a.Link(a.MailTo("jan@example.com"), "/ideas/agree/")).Want(200, "Je stem telt mee")
	a.Staff("Daan", "ideas").Get("/staff/ideas/1").Want(200, "Gemaakt van een ticket").WantNot("/staff/tickets/T1")
	sofie.Post("/staff/ideas/1/origin", "from", "javascript:x()").Want(400)
	sofie.Post("/staff/ideas/99/origin", "from", "ticket:T1").Want(404)
	jan.Post("/staff/ideas/1/origin", "from", "ticket:T1").Want(403)
	counted(a)
}

// Somebody pages through a list while others vote: he sees each idea once.
func TestVotesWhilePaging(t *testing.T) {
	for _, order := range []string{"wanted", "trending", "newest", "discussed"} {
		t.Run(order, func(t *testing.T) {
			a := newApp(t)
			jan, piet := a.Customer("Jan"), a.Customer("Piet")
			var ids []string
			for n := range 50 {
				ids = append(ids, file(jan, fmt.Sprintf("Wens %d", n)))
				if n%3 == 0 {
					jan.Post("/ideas/" + ids[n] + "/vote")
				}
				if n%10 == 0 {
					jan.Post("/ideas/"+ids[n]+"/comments", "body", "Graag")
				}
			}
			seen := map[string]int{}
			path, pages := "/ideas/?order="+order, 0
			for path != "" {
				page := a.Visitor().Get(path).Want(200)
				rows := 0
				for _, id := range page.Values("data-id") {
					seen[id]++
					rows++
				}
				pages++
				path = page.Attr("rel", "next", "href")
				if pages == 1 && rows != 20 {
					t.Errorf("%d rows on the first page", rows)
				}
				// The last becomes first, the first loses its vote, some are talked about.
				for n := range ids {
					if (n+pages)%4 == 0 {
						piet.Post("/ideas/"+ids[n]+"/vote", "vote", "1")
					}
					if (n+pages)%5 == 0 {
						jan.Post("/ideas/"+ids[n]+"/vote", "vote", "0")
					}
					if (n+pages)%11 == 0 {
						piet.Post("/ideas/"+ids[n]+"/comments", "body", "Ook hier")
					}
				}
			}
			for _, id := range ids {
				if seen[id] != 1 {
					t.Errorf("an idea was shown %d times", seen[id])
				}
			}
			counted(a)
		})
	}
}

func TestFilters(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/boards", "name", "Viewer", "product", "viewer", "position", "2").Want(200, "Viewer")
	board := number[string](a, `SELECT id FROM idea_board WHERE name = 'Viewer'`)
	file(jan, "Sneltoetsen", "topic", board)
	file(jan, "Herinnering")
	sofie.Post("/staff/ideas/1/status", "status", "planned").Want(200)
	v := a.Visitor()
	v.Get("/ideas/?topic="+board).Want(200, "Sneltoetsen").WantNot("Herinnering")
	v.Get("/ideas/?status=new").Want(200, "Herinnering").WantNot("Sneltoetsen")
	v.Get("/ideas/?q=herin").Want(200, "Herinnering").WantNot("Sneltoetsen")
	v.Get("/ideas/?q=herin&status=planned").Want(200, "Geen idee past hierbij")
	v.Get("/ideas/?order=kwaad%27&after=1_2_3_4&status=%27").Want(200)
	v.Get("/ideas/?after=-1_NaN_1&order=trending").Want(200, "Sneltoetsen")
	if page := v.Get("/ideas/?view=mine"); page.Status == 200 && page.Has("Sneltoetsen") {
		t.Error("a visitor has ideas of his own")
	}
}

func TestListIsSentOnce(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	id := file(jan, "Donkere weergave")
	v := a.Visitor()
	for _, path := range []string{"/ideas/", "/ideas/1-donkere-weergave", "/ideas/roadmap", "/feed/ideas.atom"} {
		v.Header.Del("If-None-Match")
		tag := v.Get(path).Want(200).Header.Get("ETag")
		if tag == "" {
			t.Fatalf("%s has no tag", path)
		}
		v.Header.Set("If-None-Match", tag)
		if got := v.Get(path); got.Status != 304 || got.Body != "" {
			t.Errorf("%s unchanged answers %d", path, got.Status)
		}
		if got := a.Visitor().In("en"); got.Get(path).Header.Get("ETag") == tag {
			t.Errorf("%s is the same in English", path)
		}
		jan.Post("/ideas/"+id+"/vote", "vote", "1")
		v.Get(path).Want(200)
		jan.Post("/ideas/"+id+"/vote", "vote", "0")
	}
	if tag := jan.Get("/ideas/").Header.Get("ETag"); tag != "" {
		t.Error("a page with somebody's name on it is tagged")
	}
}

// After a start of the program, tags that it gave before mean nothing: what
// changed in between is not counted.
func TestTagOfAnotherRun(t *testing.T) {
	a := newApp(t)
	again, err := app.New(app.Parts{Config: a.Config, DB: a.DB, Files: a.Files, Secret: a.Secret, Now: a.Now, Passwords: account.CheapHasher()}, ideas.New)
	a.Fatal(err)
	var tags []string
	for _, h := range []http.Handler{a.App.Handler, again.Handler} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", a.Server.URL+"/ideas/", nil))
		if w.Code != 200 {
			t.Fatal(w.Code)
		}
		tags = append(tags, w.Header().Get("ETag"))
	}
	if same := tags[0] == tags[1]; same != !a.DB.SQLite() {
		t.Errorf("two runs give the tags %v", tags)
	}
}

// Who signed up with his address for a name does not show it to everybody.
func TestNameThatIsAnAddress(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	_, err := db.Exec(t.Context(), a.DB, `UPDATE account SET name = 'jan.jansen@bouwgroep.example' WHERE id = ?`, jan.Account.ID)
	a.Fatal(err)
	id := file(jan, "Donkere weergave")
	jan.Post("/ideas/"+id+"/comments", "body", "Graag")
	a.Visitor().Get("/ideas/1").Want(200, "jan.jansen").WantNot("bouwgroep.example")
}

// The feed has what RFC 4287 asks (4.1.1 and 4.1.2): an id, a title and a moment
// for the feed and each entry, an author, a link, ids that differ and stay.
func TestFeedIsAtom(t *testing.T) {
	a := newApp(t)
	a.Visitor().Get("/feed/ideas.atom").Want(200)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	for _, title := range []string{"Vet & <b>schuin</b>", "]]> en \"aanhaling\"", "Vet & <b>schuin</b>"} {
		file(jan, title)
	}
	a.Advance(time.Hour)
	sofie.Post("/staff/ideas/1/status", "status", "planned", "response", "Komt *snel* & goed.").Want(200)
	page := a.Visitor().Get("/feed/ideas.atom").Want(200)
	if kind := page.Header.Get("Content-Type"); kind != "application/atom+xml; charset=utf-8" {
		t.Error(kind)
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Links   []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Entries []struct {
			ID        string `xml:"id"`
			Title     string `xml:"title"`
			Updated   string `xml:"updated"`
			Published string `xml:"published"`
			Summary   string `xml:"summary"`
			Link      struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	a.Fatal(xml.Unmarshal([]byte(page.Body), &feed))
	if feed.ID == "" || feed.Title == "" || feed.Author == "" || len(feed.Links) != 2 || feed.Links[0].Rel != "self" || !strings.HasSuffix(feed.Links[0].Href, "/feed/ideas.atom") {
		t.Errorf("the feed is %+v", feed)
	}
	ids, latest := map[string]bool{}, ""
	for _, e := range feed.Entries {
		if _, err := time.Parse(time.RFC3339, e.Updated); err != nil || e.ID == "" || e.Title == "" || e.Published == "" || ids[e.ID] {
			t.Errorf("an entry is %+v: %v", e, err)
		}
		ids[e.ID], latest = true, max(latest, e.Updated)
		a.Visitor().Get(e.Link.Href[strings.Index(e.Link.Href, "/ideas/"):]).Want(200)
	}
	if len(feed.Entries) != 3 || feed.Updated != latest || feed.Entries[2].Title != "Vet & <b>schuin</b>" || !strings.Contains(feed.Entries[2].Summary, "Komt snel & goed.") {
		t.Errorf("the feed is %+v", feed)
	}
	page.WantNot("Jan")
	for _, path := range []string{"/ideas/", "/ideas/roadmap"} {
		if kind := a.Visitor().Get(path).Attr("href", "/feed/ideas.atom", "type"); kind != "application/atom+xml" {
			t.Errorf("%s does not name its feed", path)
		}
	}
}

func TestUnverifiedAddressCountsForNothing(t *testing.T) {
	a := newApp(t)
	id := file(a.Customer("Jan"), "Donkere weergave")
	piet := a.Customer("Piet")
	_, err := db.Exec(t.Context(), a.DB, `UPDATE account SET verified_at = NULL WHERE id = ?`, piet.Account.ID)
	a.Fatal(err)
	piet.Still().Post("/ideas/" + id + "/vote")
	piet.Still().Post("/ideas/"+id+"/comments", "body", "Ha")
	piet.Post("/ideas/new", "title", "Van mij", "body", "x").Want(422, "Bevestig eerst je e-mailadres")
	if n := votes(a, id); n != 0 {
		t.Errorf("%d votes", n)
	}
	if n := number[int](a, `SELECT count(*) FROM idea`); n != 1 {
		t.Errorf("%d ideas", n)
	}
}

func TestManyFileAtOnce(t *testing.T) {
	a := newApp(t)
	var people []*apptest.Browser
	for n := range 8 {
		people = append(people, a.Customer(fmt.Sprint("Klant", n)))
	}
	var all sync.WaitGroup
	for _, b := range people {
		all.Go(func() {
			for n := range 5 {
				if got := b.Still().Post("/ideas/new", "title", fmt.Sprint("Wens ", n), "body", "x").Status; got != 303 {
					t.Errorf("filing answered %d", got)
				}
			}
		})
	}
	all.Wait()
	if n, m := number[int](a, `SELECT count(*) FROM idea`), number[int](a, `SELECT max(number) FROM idea`); n != 40 || m != 40 {
		t.Errorf("%d ideas, numbered to %d", n, m)
	}
	// One form, sent twice, is one idea.
	once := people[0].Get("/ideas/new").Input("once")
	people[0].Post("/ideas/new", "title", "Een keer", "body", "x", "once", once).Want(200, "Een keer")
	people[0].Post("/ideas/new", "title", "Een keer", "body", "x", "once", once).Want(200, "Een keer")
	if n := number[int](a, `SELECT count(*) FROM idea WHERE title = 'Een keer'`); n != 1 {
		t.Errorf("%d ideas of one form", n)
	}
}

func TestHiddenCommentIsGone(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan Jansen"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	jan.Post("/ideas/"+id+"/comments", "body", "").Want(422, "Schrijf eerst je reactie")
	page := jan.Post("/ideas/"+id+"/comments", "body", "Bel 06-12345678").Want(200, "Bel 06-12345678")
	comment := page.Attr("class", "msg", "data-id")
	a.Visitor().Get("/ideas/1").Want(200, "Jan J.").WantNot("Jansen")
	sofie.Post("/staff/ideas/1/hide/" + comment).Want(200)
	a.Visitor().Get("/ideas/1").Want(200, "0 reacties").WantNot("06-12345678")
	sofie.Post("/staff/ideas/1/hide/" + comment).Want(404)
	counted(a)
}
