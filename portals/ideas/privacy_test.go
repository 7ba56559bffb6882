package ideas_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"loket/app/apptest"
	"loket/app/origin"
	"loket/app/privacy"
	"loket/app/search"
	"loket/db"
	"loket/portals/ideas"
)

func at(t *testing.T, a *apptest.App, local string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", local, a.Zone)
	a.Fatal(err)
	return when
}

// erase carries out somebody's request to be erased.
func erase(t *testing.T, a *apptest.App, who *apptest.Browser, choices ...string) {
	t.Helper()
	_, err := a.Privacy.EraseNow(t.Context(), privacy.Subject{AccountID: who.Account.ID, Email: who.Account.Email}, choices)
	a.Fatal(err)
}

// twelve is an idea of Jan with twelve votes, his own among them, and a comment
// of Piet's.
func twelve(t *testing.T, a *apptest.App) (jan, piet *apptest.Browser, id string) {
	jan, piet = a.Customer("Jan"), a.Customer("Piet")
	id = file(jan, "Donkere weergave", "vote", "true")
	piet.Post("/ideas/" + id + "/vote").Want(200)
	piet.Post("/ideas/"+id+"/comments", "body", "Graag, en snel").Want(200)
	for _, name := range []string{"Ada", "Bo", "Cas", "Dirk", "Els", "Fenna", "Gijs", "Hein", "Ineke", "Joke"} {
		a.Customer(name).Post("/ideas/" + id + "/vote").Want(200)
	}
	if votes(a, id) != 12 {
		t.Fatalf("%d votes", votes(a, id))
	}
	return jan, piet, id
}

// Case 7: done on 10 January 2026, its author last active on 1 September: kept
// on 31 August 2027, without name and text on 1 September, with all its votes.
func TestDoneIdeaLosesItsAuthorAfterAYear(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan, _, id := twelve(t, a)
	a.Tx(func(tx *db.Tx) error {
		if _, err := db.Exec(t.Context(), tx, `UPDATE idea SET status = 'completed', decided_at = ?, status_at = ? WHERE id = ?`, at(t, a, "2026-01-10 12:00"), at(t, a, "2026-01-10 12:00"), id); err != nil {
			return err
		}
		_, err := db.Exec(t.Context(), tx, `UPDATE idea_activity SET active_at = ? WHERE account_id = ?`, at(t, a, "2026-09-01 20:00"), jan.Account.ID)
		return err
	})
	for _, run := range []struct {
		at   string
		body string
	}{{"2027-08-31 05:00", "Omdat het nu niet kan."}, {"2027-09-01 05:00", ""}, {"2027-09-02 05:00", ""}} {
		a.SetNow(at(t, a, run.at))
		if body := number[string](a, `SELECT body FROM idea WHERE id = ?`, id); body != run.body {
			t.Fatalf("on %s its text is %q", run.at, body)
		}
	}
	if n := number[int](a, `SELECT count(*) FROM idea WHERE id = ? AND author_id IS NULL AND title = '#1'`, id); n != 1 {
		t.Error("the author or the title is still there")
	}
	if n := number[int](a, `SELECT count(*) FROM idea_gram`); n != 0 {
		t.Errorf("%d pieces of the title are left", n)
	}
	if votes(a, id) != 12 {
		t.Errorf("%d votes", votes(a, id))
	}
	counted(a)
	found, err := a.Search.Find(t.Context(), a.DB, search.Query{Text: "donkere", Readers: []string{"all"}})
	a.Fatal(err)
	if len(found.Hits) != 0 {
		t.Error("the old title is found")
	}
	a.Visitor().Get("/ideas/1").Want(200, "Voormalig gebruiker", "12")
}

// Case 9: while nobody has decided, no term runs.
func TestUndecidedIdeaIsNeverDue(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan, _, id := twelve(t, a)
	a.Tx(func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `UPDATE idea_activity SET active_at = ? WHERE account_id = ?`, at(t, a, "2020-01-01 12:00"), jan.Account.ID)
		return err
	})
	_, err := db.Exec(t.Context(), a.DB, `UPDATE account SET active_at = ?`, at(t, a, "2036-01-01 12:00")) // accounts have terms of their own
	a.Fatal(err)
	a.SetNow(at(t, a, "2036-01-02 05:00"))
	if body := number[string](a, `SELECT body FROM idea WHERE id = ?`, id); body == "" {
		t.Error("its text went though nobody decided")
	}
	erase(t, a, jan)
	a.Visitor().Get("/ideas/1").Want(200, "Donkere weergave", "Voormalig gebruiker")
}

// Case 9 as well: when the account goes at the end of its term, its name comes off
// an idea that nobody else has voted on yet. Only who asks takes the idea along.
func TestUndecidedIdeaOutlivesItsAuthorsAccount(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan := a.Customer("Jan")
	file(jan, "Alleen van Jan", "vote", "true")
	_, err := db.Exec(t.Context(), a.DB, `UPDATE account SET active_at = ? WHERE id = ?`, a.Now(), jan.Account.ID)
	a.Fatal(err)
	night := a.Now().AddDate(1, 1, 0)
	_, err = a.Privacy.Run(t.Context(), night, true)
	a.Fatal(err)
	if n := number[int](a, `SELECT count(*) FROM account WHERE id = ?`, jan.Account.ID); n != 0 {
		t.Fatal("the account is still there")
	}
	a.Visitor().Get("/ideas/1").Want(200, "Alleen van Jan", "Voormalig gebruiker")
	if n := number[int](a, `SELECT votes FROM idea`); n != 1 {
		t.Errorf("%d votes", n)
	}
	counted(a)
}

// Case 27: the author goes, twelve votes stay; a voter goes, twelve votes stay,
// and he is in no table.
func TestErasedPeopleLeaveTheirCount(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan, piet, id := twelve(t, a)
	erase(t, a, jan)
	if votes(a, id) != 12 {
		t.Errorf("%d votes without the author", votes(a, id))
	}
	a.Visitor().Get("/ideas/1").Want(200, "Voormalig gebruiker", "Donkere weergave")
	erase(t, a, piet)
	if votes(a, id) != 12 {
		t.Errorf("%d votes without the voter", votes(a, id))
	}
	counted(a)
	for _, table := range []string{"idea_vote", "idea_comment", "idea_follow", "idea_activity"} {
		if n := number[int](a, `SELECT count(*) FROM `+table+` WHERE account_id = ?`, piet.Account.ID); n != 0 {
			t.Errorf("%s has %d rows of the voter", table, n)
		}
	}
	a.Visitor().Get("/ideas/1").Want(200).WantNot("Piet")
	// A merge and its undoing keep what is anonymous with its own idea.
	other := file(a.Customer("Kees"), "Donker thema", "vote", "true")
	sofie := a.Staff("Sofie", "ideas")
	sofie.Post("/staff/ideas/1/merge", "into", "2").Want(200)
	if n := votes(a, other); n != 13 {
		t.Errorf("%d votes united", n)
	}
	sofie.Post("/staff/ideas/1/unmerge").Want(200)
	if m, n := votes(a, id), votes(a, other); m != 12 || n != 1 {
		t.Errorf("%d and %d votes after taking back", m, n)
	}
}

// An idea that nobody else voted on goes with its author; votes go along when he
// asks for that.
func TestErasureTakesWhatIsOnlyHis(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan, kees := a.Customer("Jan"), a.Customer("Kees")
	file(jan, "Alleen van Jan", "vote", "true")
	theirs := file(kees, "Van Kees", "vote", "true")
	jan.Post("/ideas/" + theirs + "/vote").Want(200)
	erase(t, a, jan, "ideas_votes")
	a.Visitor().Get("/ideas/1").Want(404)
	if n := votes(a, theirs); n != 1 {
		t.Errorf("%d votes after he withdrew his", n)
	}
	counted(a)
}

// The title of an idea goes from the ticket that it was made from too; the idea
// that goes with its author takes its mention there along.
func TestTitleGoesFromTheTicketToo(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan := a.Customer("Jan")
	kept, gone := file(jan, "Zwaluwproject"), file(jan, "Zwaluwnest")
	a.Customer("Piet").Post("/ideas/" + kept + "/vote").Want(200)
	a.Tx(func(tx *db.Tx) error {
		for id, path := range map[string]string{kept: "/ideas/1-zwaluwproject", gone: "/ideas/2-zwaluwnest"} {
			if err := origin.Keep(t.Context(), tx, origin.Link{Source: "ticket:T1", Made: "idea:" + id, Path: path, Title: "Zwaluw", State: "new", Shown: true}, a.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	erase(t, a, jan, "ideas_text")
	made, err := origin.Of(t.Context(), a.DB, "ticket:T1")
	a.Fatal(err)
	if len(made) != 1 || made[0].Title != "#1" || made[0].Path != "/ideas/1" {
		t.Errorf("the ticket still shows %+v", made)
	}
}

// What colleagues say among themselves about a customer's idea is not in what he
// gets of his data.
func TestExportOfACustomerHasNoNotes(t *testing.T) {
	a := apptest.New(t, ideas.New)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	file(jan, "Donkere weergave")
	sofie.Post("/staff/ideas/tags", "tag", "zwarteland", "internal", "true").Want(200)
	sofie.Post("/staff/ideas/1/edit", "title", "Donkere weergave", "body", "Fel", "topic", "general", "internal", number[string](a, `SELECT id FROM idea_tag`)).Want(200)
	sofie.Post("/staff/ideas/1/note", "note", "Klant kwikstaart dreigt te gaan").Want(200)
	var all bytes.Buffer
	_, err := a.Privacy.Export(t.Context(), privacy.Subject{AccountID: jan.Account.ID, Email: jan.Account.Email}, &all, privacy.ExportOptions{})
	a.Fatal(err)
	files, err := zip.NewReader(bytes.NewReader(all.Bytes()), int64(all.Len()))
	a.Fatal(err)
	text := ""
	for _, f := range files.File {
		r, err := f.Open()
		a.Fatal(err)
		b, err := io.ReadAll(r)
		a.Fatal(err)
		text += string(b)
	}
	if !strings.Contains(text, "Donkere weergave") || strings.Contains(text, "kwikstaart") || strings.Contains(text, "zwarteland") {
		t.Error("the export lacks his idea, or has our notes or tags")
	}
}
