package ideas_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/apptest"
	"loket/app/origin"
	"loket/db"
)

func TestChangeAndRemoveYourComment(t *testing.T) {
	a := newApp(t)
	jan, piet, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	at := "/ideas/" + id + "/comments/" + piet.Post("/ideas/"+id+"/comments", "body", "Bel 06-12345678").Want(200).Attr("class", "msg", "data-id")
	if link := piet.Get("/ideas/1").Attr("href", at, "href"); link != at {
		t.Fatal("his comment cannot be changed")
	}
	piet.Get(at).Want(200, "Bel 06-12345678")
	piet.Post(at, "body", " ").Want(422, "Schrijf eerst je reactie")
	piet.Post(at, "body", "Graag **snel**").Want(200, "Je reactie is gewijzigd", "gewijzigd", "<strong>snel</strong>").WantNot("06-12345678")
	for _, b := range []*apptest.Browser{jan, sofie} {
		b.Get("/ideas/1").Want(200).WantNot(at)
		b.Get(at).Want(404)
		b.Post(at, "body", "Van mij").Want(404)
		b.Post(at + "/remove").Want(404)
	}
	if to := a.Visitor().Still().Get(at); to.Status != 303 || !strings.HasPrefix(to.Header.Get("Location"), "/signin") {
		t.Errorf("a visitor gets %d", to.Status)
	}
	piet.Get("/ideas/" + file(jan, "Iets anders") + at[strings.Index(at, "/comments/"):]).Want(404)
	piet.Post(at+"/remove").Want(200, "Je reactie is weg", "0 reacties")
	piet.Post(at + "/remove").Want(404)
	if n := number[int](a, `SELECT count(*) FROM idea_comment`); n != 0 {
		t.Errorf("%d comments kept", n)
	}
	counted(a)
	// What colleagues hid, its writer cannot bring back.
	at = "/ideas/" + id + "/comments/" + piet.Post("/ideas/"+id+"/comments", "body", "Schelden").Want(200).Attr("class", "msg", "data-id")
	comment := at[strings.LastIndex(at, "/")+1:]
	sofie.Post("/staff/ideas/1/hide/"+comment).Want(200, "Schelden", "verborgen", "Toon weer")
	piet.Post(at, "body", "Toch").Want(404)
	piet.Get("/ideas/1").Want(200, "0 reacties").WantNot("Schelden")
	sofie.Post("/staff/ideas/1/unhide/"+comment).Want(200, "Verberg")
	sofie.Post("/staff/ideas/1/unhide/" + comment).Want(404)
	piet.Get("/ideas/1").Want(200, "1 reactie", "Schelden")
	counted(a)
}

// One comment is removed in two tabs while others are written.
func TestCommentsComeAndGoAtOnce(t *testing.T) {
	a := newApp(t)
	jan := a.Customer("Jan")
	id := file(jan, "Donkere weergave")
	at := "/ideas/" + id + "/comments/" + jan.Post("/ideas/"+id+"/comments", "body", "Weg ermee").Want(200).Attr("class", "msg", "data-id")
	var all sync.WaitGroup
	var gone [4]int
	for n := range gone {
		all.Go(func() { gone[n] = jan.Still().Post(at + "/remove").Status })
		all.Go(func() { jan.Still().Post("/ideas/"+id+"/comments", "body", fmt.Sprint("Nog een ", n)) })
	}
	all.Wait()
	done := 0
	for _, status := range gone {
		if status == 303 {
			done++
		} else if status != 404 {
			t.Errorf("removing answered %d", status)
		}
	}
	if n := number[int](a, `SELECT comments FROM idea WHERE id = ?`, id); done != 1 || n != 4 {
		t.Errorf("removed %d times; %d comments", done, n)
	}
	counted(a)
}

func TestChangeAndWithdrawYourIdea(t *testing.T) {
	a := newApp(t)
	jan, piet, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere wergave", "vote", "true")
	jan.Get("/ideas/1").Want(200, "/ideas/1/edit")
	piet.Get("/ideas/1").Want(200).WantNot("/ideas/1/edit")
	for _, path := range []string{"/ideas/1/edit", "/ideas/1/withdraw"} {
		piet.Post(path, "title", "Van Piet", "topic", "general").Want(404)
	}
	jan.Get("/ideas/1/edit").Want(200, "Donkere wergave", "Trek je idee in")
	jan.Post("/ideas/1/edit", "title", "", "topic", "general").Want(422, "Geef je idee een titel")
	jan.Post("/ideas/1/edit", "title", "X", "topic", "nergens").Want(422, "Kies een ander onderwerp")
	jan.Post("/ideas/1/edit", "title", "Donkere weergave", "body", "Te fel", "topic", "general").Want(200, "Je idee is gewijzigd", "Te fel")
	a.Visitor().Get("/ideas/?q=weergave").Want(200, "Donkere weergave")
	jan.Post("/ideas/1/edit", "title", "Zwaluw", "topic", "general", "private", "true").Want(200, "besloten")
	a.Visitor().Get("/ideas/1").Want(404)
	a.Visitor().Get("/ideas/?q=zwaluw").Want(200).WantNot("Zwaluw")
	jan.Post("/ideas/1/edit", "title", "Donkere weergave", "topic", "general").Want(200)
	// Somebody votes: now it is theirs too.
	piet.Post("/ideas/" + id + "/vote").Want(200)
	jan.Get("/ideas/1").Want(200).WantNot("/ideas/1/edit")
	for _, path := range []string{"/ideas/1/edit", "/ideas/1/withdraw"} {
		jan.Post(path, "title", "Iets heel anders", "topic", "general").Want(200, "Anderen deden al iets met dit idee", "Donkere weergave")
	}
	jan.Get("/ideas/1/edit").Want(200, "Anderen deden al iets met dit idee")
	piet.Post("/ideas/"+id+"/vote", "vote", "0").Want(200)
	a.Tx(func(tx *db.Tx) error {
		return origin.Keep(t.Context(), tx, origin.Link{Source: "ticket:T1", Made: "idea:" + id, Path: "/ideas/1", Title: "Donkere weergave", State: "new"}, a.Now())
	})
	jan.Post("/ideas/1/withdraw").Want(200, "“Donkere weergave” is ingetrokken", "Nog geen ideeën")
	for _, table := range []string{"idea", "idea_vote", "idea_gram", "idea_moved", "idea_comment", "origin"} {
		if n := number[int](a, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	jan.Get("/ideas/1").Want(404)
	a.Visitor().Get("/ideas/?q=weergave").Want(200).WantNot("Donkere weergave")
	// A decision ends it too; a moderated board reads what was changed.
	file(jan, "Sneltoetsen")
	sofie.Post("/staff/ideas/2/status", "status", "planned").Want(200)
	jan.Post("/ideas/2/withdraw").Want(200, "of wij besloten erover")
	file(jan, "Stempel")
	sofie.Post("/staff/ideas/boards/general", "name", "Algemeen", "moderated", "true", "position", "1").Want(200)
	jan.Post("/ideas/3/edit", "title", "Goedkope horloges", "topic", "general").Want(200, "We lezen dit idee eerst")
	a.Visitor().Get("/ideas/").Want(200).WantNot("horloges", "Stempel")
	sofie.Get("/staff/ideas/?view=moderate").Want(200, "Goedkope horloges")
}

// An author withdraws while somebody votes: the vote is there and the idea
// stays, or the idea is gone and the voter is told.
func TestWithdrawAmidAVote(t *testing.T) {
	a := newApp(t)
	jan, piet := a.Customer("Jan"), a.Customer("Piet")
	for n := range 10 {
		id := file(jan, fmt.Sprint("Wens ", n))
		var all sync.WaitGroup
		var vote int
		all.Go(func() { vote = piet.Still().Post("/ideas/" + id + "/vote").Status })
		all.Go(func() { jan.Still().Post("/ideas/" + id + "/withdraw") })
		all.Wait()
		left := number[int](a, `SELECT count(*) FROM idea WHERE id = ?`, id)
		if left == 1 && vote != 303 || left == 0 && vote != 404 {
			t.Errorf("the vote answered %d and %d ideas are left", vote, left)
		}
	}
	counted(a)
}

func TestPlacedAfterAll(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/boards/general", "name", "Algemeen", "moderated", "true", "position", "1").Want(200)
	id := file(jan, "Donkere weergave")
	sofie.Post("/staff/ideas/1/refuse", "reason", "Dit is een vraag.").Want(200, "Zet toch op het bord")
	sofie.Post("/staff/ideas/1/refuse", "reason", "Nog eens.").Want(409)
	sofie.Post("/staff/ideas/1/approve").Want(200).WantNot("Zet toch op het bord")
	a.Visitor().Get("/ideas/1").Want(200, "Nieuw").WantNot("Dit is een vraag.", "Niet gedaan")
	if n := number[int](a, `SELECT count(*) FROM idea WHERE decided_at IS NOT NULL`); n != 0 {
		t.Error("the term for the author's name runs")
	}
	a.Customer("Piet").Post("/ideas/"+id+"/vote").Want(200, "Je stemde op")
}

// Who votes, writes or comments can stop the mail from the page too, and a merge
// does not bring it back.
func TestNoMail(t *testing.T) {
	a := newApp(t)
	jan, piet, kees, sofie := a.Customer("Jan"), a.Customer("Piet"), a.Customer("Kees"), a.Staff("Sofie", "ideas")
	id, other := file(jan, "Donkere weergave"), file(kees, "Donker thema")
	piet.Post("/ideas/" + id + "/vote").Want(200)
	piet.Get("/ideas/1").Want(200, "Je krijgt mail als we iets besluiten", "Geen mail")
	piet.Post("/ideas/"+id+"/comments", "body", "Graag").Want(200, "Je volgt dit idee")
	sofie.Post("/ideas/"+id+"/comments", "body", "Waar precies?").Want(200).WantNot("Je volgt dit idee")
	if m := a.MailTo("piet@example.com"); !strings.Contains(m.Text, "Waar precies?") {
		t.Errorf("who commented reads\n%s", m.Text)
	}
	told := func(want ...string) {
		t.Helper()
		a.ForgetMails()
		sofie.Post("/staff/ideas/2/status", "status", "review", "response", "We kijken.", "tell", "true").Want(200)
		var got []string
		for _, m := range a.Mails() {
			got = append(got, strings.TrimSuffix(m.To, "@example.com"))
		}
		if len(got) != len(want) || strings.Join(got, " ") != strings.Join(want, " ") && strings.Join(got, " ") != strings.Join([]string{want[len(want)-1], want[0]}, " ") {
			t.Errorf("told %v, want %v", got, want)
		}
	}
	piet.Post("/ideas/"+id+"/follow", "follow", "0").Want(200, "Je krijgt geen mail over dit idee")
	piet.Post("/ideas/"+id+"/comments", "body", "Nog iets").Want(200, "Je krijgt geen mail over dit idee")
	a.ForgetMails()
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	if n := len(a.Mails()); n != 1 {
		t.Errorf("%d mails about the merge", n)
	}
	told("jan", "kees")
	// Jan wants none about what he wrote; his vote on the other idea is another matter.
	jan.Post("/ideas/"+other+"/follow", "follow", "0").Want(200, "Je krijgt geen mail over dit idee")
	told("kees")
	piet.Post("/ideas/"+other+"/follow", "follow", "1").Want(200, "Je volgt dit idee")
	told("kees", "piet")
}

// Many hear of a decision: each once, also when a worker dies and does his job
// again.
func TestManyAreToldOnce(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave", "vote", "true")
	const voters = 230
	a.Tx(func(tx *db.Tx) error {
		for n := range voters {
			who := account.Account{ID: fmt.Sprintf("VOTER%03d", n), Name: fmt.Sprint("Kiezer ", n), Email: fmt.Sprintf("kiezer%d@example.com", n), Lang: "nl"}
			if _, err := db.Exec(t.Context(), tx, `INSERT INTO account (id, email, name, lang, verified_at, created_at, active_at) VALUES (?, ?, ?, 'nl', ?, ?, ?)`, who.ID, who.Email, who.Name, a.Now(), a.Now(), a.Now()); err != nil {
				return err
			}
			if _, err := db.Exec(t.Context(), tx, `INSERT INTO idea_vote (id, idea_id, original_id, account_id, voted_at) VALUES (?, ?, ?, ?, ?)`, who.ID, id, id, who.ID, a.Now()); err != nil {
				return err
			}
		}
		_, err := db.Exec(t.Context(), tx, `UPDATE idea SET votes = votes + ? WHERE id = ?`, voters, id)
		return err
	})
	sofie.Post("/staff/ideas/1/status", "status", "planned", "response", "Komt.", "tell", "true").Want(200)
	first := number[string](a, `SELECT payload FROM job WHERE kind = 'ideas.status'`)
	a.RunJobs()
	again := func() {
		a.Tx(func(tx *db.Tx) error {
			_, err := db.Exec(t.Context(), tx, `INSERT INTO job (id, kind, payload, about, run_at, created_at) VALUES (?, 'ideas.status', ?, '', ?, ?)`, fmt.Sprint("AGAIN", a.Now()), first, a.Now(), a.Now())
			return err
		})
		a.RunJobs()
	}
	again()
	a.Advance(time.Minute)
	again()
	to := map[string]int{}
	for _, m := range a.Mails() {
		to[m.To]++
	}
	if len(to) != voters+1 {
		t.Errorf("%d people were told", len(to))
	}
	for who, n := range to {
		if n != 1 {
			t.Errorf("%s was told %d times", who, n)
		}
	}
	sofie.Get("/staff/ideas/1").Want(200, "231 mensen kregen mail")
}
