package search_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/apptest/spent"
	"loket/app/search"
	"loket/db"
	"loket/db/dbtest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// desk is an index with a few documents in it.
type desk struct {
	t testing.TB
	*db.DB
	search.Index
}

func newDesk(t testing.TB) desk { return desk{t, dbtest.Open(t), search.Index{}} }

func (d desk) put(docs ...search.Doc) {
	d.t.Helper()
	err := d.Tx(d.t.Context(), func(tx *db.Tx) error {
		for _, doc := range docs {
			if err := d.Put(d.t.Context(), tx, doc); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) find(q search.Query) search.Result {
	d.t.Helper()
	if q.Readers == nil {
		q.Readers = []string{"all"}
	}
	found, err := d.Find(d.t.Context(), d.DB, q)
	if err != nil {
		d.t.Fatalf("find %.40q: %v", q.Text, err)
	}
	return found
}

func refs(hits []search.Hit) string {
	var all []string
	for _, h := range hits {
		all = append(all, h.Ref)
	}
	return strings.Join(all, " ")
}

func open(ref, title, body string) search.Doc {
	return search.Doc{Kind: "ticket", Ref: ref, Path: "/tickets/" + ref, Title: title, Body: body, At: noon, Readers: []string{"all"}}
}

func TestFormsOfAWordMeet(t *testing.T) {
	for _, forms := range []string{
		"factuur facturen Factuur", "melding meldingen", "idee ideeën ideeen", "huis huizen", "brief brieven", "bijlage bijlagen",
		"probleem problemen", "vraag vragen", "taak taken", "foto foto's foto’s fotos", "wachtwoord wachtwoorden", "bestand bestanden",
		"mogelijkheid mogelijkheden", "categorie categorieën category categories", "optie opties", "tekening tekeningen", "archief archieven",
		"importeer importeren", "mailmelding mailmeldingen", "één een EEN", "café cafe", "printer printers", "print printing printed prints",
		"company companies", "file files", "close closing closed closes", "class classes", "box boxes", "process processes", "screen screens",
		"key keys", "day days", "training trainingen trainings", "token tokens", "status", "straße strasse", "ĳs ijs", "setting settings",
	} {
		d := newDesk(t)
		all := strings.Fields(forms)
		for _, form := range all {
			d.put(open(form, form, ""))
		}
		for _, form := range all {
			if got := d.find(search.Query{Text: form}); len(got.Hits) != len(all) {
				t.Errorf("%s finds %q, want all of %q", form, refs(got.Hits), forms)
			}
		}
		if os.Getenv("LOKET_TEST_DB") != "" && len(forms) > 20 {
			break // a database each is slow there, and the words are made before it sees them
		}
	}
}

func TestWhatSomebodyTypesIsNeverSyntax(t *testing.T) {
	d := newDesk(t)
	d.put(
		open("cpp", "Fout in C++ en C#", "Korting 100% op ab\"c"),
		open("c", "C compiler", "and or not near"),
		open("mail", "E-mail komt niet aan", "Zie TK-2841 en 2026-11-23."),
	)
	for text, want := range map[string]string{
		"c++": "cpp", "C#": "cpp", "c compiler": "c", `ab"c`: "cpp", "AND": "c", "NOT": "c", "NEAR(": "c", "NEAR(and, 2)": "", "100%": "cpp",
		"%": "", "_": "", `\`: "", "*": "", `"`: "", "'": "", "'' | 'rx'": "", "compiler:*": "c", "terms:compiler": "", "^compiler": "c",
		"email": "mail", "e-mail": "mail", "mail": "mail", "tk2841": "mail", "TK-2841": "mail", "2841": "mail", "#2841": "mail", "": "", "  ": "",
		strings.Repeat("%", 10_000): "", strings.Repeat("a", 10_000): "", strings.Repeat(`"`, 10_000): "", "compiler\x00": "c", "compiler\xff": "c",
		"C compiler OR fout": "", "compiler -fout": "", "(compiler": "c", "compiler')": "c", "½ compiler": "c",
	} {
		start := spent.CPU()
		if got := refs(d.find(search.Query{Text: text}).Hits); got != want {
			t.Errorf("%.40q finds %q, want %q", text, got, want)
		}
		for _, hostile := range []search.Query{{Text: text, Prefix: true}, {Text: text, Best: true}} {
			d.find(hostile)
		}
		if _, err := d.Similar(t.Context(), d.DB, search.Query{Text: text, Readers: []string{"all"}}); err != nil {
			t.Errorf("similar %.40q: %v", text, err)
		}
		if took := spent.CPU() - start; took > 300*time.Millisecond {
			t.Errorf("%.40q took %v", text, took)
		}
	}
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint("w", i)
	}
	d.find(search.Query{Text: strings.Join(many, " ")})
}

func TestNobodyFindsWhatHeMayNotSee(t *testing.T) {
	d := newDesk(t)
	secret := open("1", "Kanarie", "overname")
	secret.Readers = []string{"company:B", "staff:tickets"}
	d.put(secret, open("2", "Kanarie te koop", ""))
	for readers, want := range map[string]string{"all": "2", "all company:A": "2", "all company:B": "1 2", "staff:tickets": "1", "company:b": "", "staff": ""} {
		got := d.find(search.Query{Text: "kanarie", Readers: strings.Fields(readers)})
		found := strings.Fields(refs(got.Hits))
		slices.Sort(found)
		if strings.Join(found, " ") != want || got.Count != len(found) {
			t.Errorf("%s finds %q (%d), want %q", readers, found, got.Count, want)
		}
	}
	if got := d.find(search.Query{Text: "kanarie", Readers: []string{}}); len(got.Hits) != 0 {
		t.Errorf("nobody finds %q", refs(got.Hits))
	}
	if got, _ := d.Similar(t.Context(), d.DB, search.Query{Text: "kanarie overname", Readers: []string{"all", "company:A"}}); len(got) != 0 {
		t.Errorf("similar shows %q", refs(got))
	}
	for _, typed := range []string{"company:B", "all", "rall", "kticket"} {
		if got := d.find(search.Query{Text: typed}); len(got.Hits) != 0 {
			t.Errorf("%q, typed, finds %q", typed, refs(got.Hits))
		}
	}
}

func TestNewestFirstPageByPage(t *testing.T) {
	d := newDesk(t)
	var want []string
	for i := range 55 {
		doc := open(fmt.Sprint(i), "Printer", "")
		if i%3 > 0 { // many of one moment
			doc.At = noon.Add(-time.Duration(i) * time.Minute)
		}
		if i%2 == 0 {
			doc.Kind = "idea"
		}
		d.put(doc)
		want = append(want, doc.Ref)
	}
	var got []string
	q := search.Query{Text: "printer", Limit: 10}
	for {
		page := d.find(q)
		if q.Before == 0 && (page.Count != 55 || page.Many) {
			t.Errorf("counted %d", page.Count)
		}
		for i, h := range page.Hits {
			if i > 0 && h.At.After(page.Hits[i-1].At) {
				t.Errorf("%s is newer than the one before it", h.Ref)
			}
			got = append(got, h.Ref)
		}
		if !page.More {
			break
		}
		q.Before = page.Next
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("pages give %v", got)
	}
	if ideas := d.find(search.Query{Text: "printer", Kinds: []string{"idea"}}); ideas.Count != 28 {
		t.Errorf("%d ideas", ideas.Count)
	}
}

func TestAnAnsweredTicketComesFirst(t *testing.T) {
	d := newDesk(t)
	d.put(open("1", "Printer", ""), open("2", "Printer", ""))
	later := open("1", "Printer", "nu met inkt")
	later.At = noon.Add(time.Hour)
	d.put(later)
	if got := refs(d.find(search.Query{Text: "printer"}).Hits); got != "1 2" {
		t.Errorf("found %q", got)
	}
	if got := refs(d.find(search.Query{Text: "inkt"}).Hits); got != "1" {
		t.Errorf("new word finds %q", got)
	}
	d.put(open("1", "Toner", ""))
	if got := refs(d.find(search.Query{Text: "printer"}).Hits); got != "2" {
		t.Errorf("old word finds %q", got)
	}
}

func TestBeginningOfATitleWord(t *testing.T) {
	d := newDesk(t)
	d.put(open("title", "Facturatie loopt vast", "kopieerapparaat"), open("body", "Iets", "facturatie"))
	for text, want := range map[string]string{"fac": "title", "facturat": "title", "vast fa": "title", "kop": "", "f": "", "fac vast": "", "facturatie": "body title"} {
		found := strings.Fields(refs(d.find(search.Query{Text: text, Prefix: true}).Hits))
		slices.Sort(found)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	if got := d.find(search.Query{Text: "fac"}); len(got.Hits) != 0 {
		t.Errorf("without prefix: %q", refs(got.Hits))
	}
}

func TestBestFitFirst(t *testing.T) {
	d := newDesk(t)
	old := open("old", "Printer drukt scheef af", "")
	old.At = noon.AddDate(-1, 0, 0)
	d.put(old, open("new", "Vraag", "Mijn printer drukt scheef."))
	if got := refs(d.find(search.Query{Text: "printer scheef"}).Hits); got != "new old" {
		t.Errorf("newest: %q", got)
	}
	if got := refs(d.find(search.Query{Text: "printer scheef", Best: true}).Hits); got != "old new" {
		t.Errorf("best: %q", got)
	}
}

func TestSimilarTickets(t *testing.T) {
	d := newDesk(t)
	d.put(
		open("same", "Uitgifte blijft hangen op voorbereiden", "De omzetter struikelt over DWG-bestanden."),
		open("near", "DWG omzetten lukt niet", "De uitgifte van bestanden blijft uit."),
		open("far", "Wachtwoord vergeten", "Ik kan niet meer inloggen."),
		open("word", "Uitgifte van de nieuwsbrief", ""),
	)
	got, err := d.Similar(t.Context(), d.DB, search.Query{Text: "Uitgifte hangt: het omzetten van mijn DWG-bestand blijft hangen", Readers: []string{"all"}})
	if err != nil || refs(got) != "same near" {
		t.Errorf("similar: %q, %v", refs(got), err)
	}
}

func TestWhatWasSoughtIsMarkedAsText(t *testing.T) {
	d := newDesk(t)
	d.put(open("1", "Facturen <b>kwijt</b>", strings.Repeat("Lorem ipsum dolor. ", 30)+"Waar is de FACTUUR van <script>alert(1)</script> gebleven? "+strings.Repeat("Sit amet. ", 50)))
	hit := d.find(search.Query{Text: "factuur"}).Hits[0]
	if want := []search.Segment{{"Facturen", true}, {" <b>kwijt</b>", false}}; !slices.Equal(hit.Marked, want) {
		t.Errorf("title %v", hit.Marked)
	}
	var text string
	var marked []string
	for _, s := range hit.Excerpt {
		text += s.Text
		if s.Hit {
			marked = append(marked, s.Text)
		}
	}
	if !slices.Equal(marked, []string{"FACTUUR"}) || !strings.HasPrefix(text, "… ") || !strings.HasSuffix(text, " …") || !strings.Contains(text, "<script>") || len(text) > 300 {
		t.Errorf("excerpt %q, marked %q", text, marked)
	}
}

func TestManyIsSaidNotCounted(t *testing.T) {
	d := newDesk(t)
	docs := make([]search.Doc, 1_005)
	for i := range docs {
		docs[i] = open(fmt.Sprint(i), "Printer", "")
	}
	d.put(docs...)
	if got := d.find(search.Query{Text: "printer"}); !got.Many || got.Count != 1_000 || len(got.Hits) != 20 || !got.More {
		t.Errorf("%d hits of %d, many %v, more %v", len(got.Hits), got.Count, got.Many, got.More)
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	d := newDesk(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 20 {
				doc := open(fmt.Sprint(n%5), fmt.Sprintf("Printer %d", i), "gelijktijdig")
				doc.At = noon.Add(time.Duration(n) * time.Second)
				if err := d.Tx(t.Context(), func(tx *db.Tx) error { return d.Put(t.Context(), tx, doc) }); err != nil {
					t.Error(err)
				}
				if _, err := d.Find(t.Context(), d.DB, search.Query{Text: "printer", Readers: []string{"all"}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := d.find(search.Query{Text: "gelijktijdig"}); got.Count != 5 {
		t.Errorf("%d documents", got.Count)
	}
}

func TestWhatIsRemovedIsGoneFromTheDisk(t *testing.T) {
	d := newDesk(t)
	for i := range 200 { // enough for several segments of the index
		d.put(open(fmt.Sprint(i), fmt.Sprintf("zwanenzang%d", i), "kolibrievlucht en gewone woorden"))
	}
	d.put(open("stays", "Blijft", "gewone woorden"))
	for i := range 200 {
		if i%2 == 0 {
			d.put(open(fmt.Sprint(i), "anders", ""))
		} else if err := d.Tx(t.Context(), func(tx *db.Tx) error { return d.Remove(t.Context(), tx, "ticket", fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"zwanenzang7", "zwanenzang8", "kolibrievlucht"} {
		if got := d.find(search.Query{Text: text}); got.Count != 0 {
			t.Errorf("%s still finds %d", text, got.Count)
		}
	}
	if got := d.find(search.Query{Text: "woorden"}); refs(got.Hits) != "stays" {
		t.Errorf("found %q", refs(got.Hits))
	}
	if !d.SQLite() {
		return // there, dead rows stay until VACUUM
	}
	if _, err := db.Exec(t.Context(), d.DB, `INSERT INTO search_fts (search_fts, rank) VALUES ('integrity-check', 1)`); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(t.Context(), d.DB, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{d.Path(), d.Path() + "-wal"} {
		bytes, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"wanenzang", "kolibrievlucht", "anenz", "olibri"} {
			if n := strings.Count(string(bytes), gone); n > 0 {
				t.Errorf("%q stands %d times in the file", gone, n)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range []string{"c++", `ab"c`, "NEAR(", "'", `\`, "é", "ﬁ ½ ĳ", "\xff\x00", "e-mail-adres", "a’s"} {
		f.Add(text)
	}
	d := desk{f, dbtest.Open(f), search.Index{}}
	f.Fuzz(func(t *testing.T, text string) {
		ctx := t.Context()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := d.Put(ctx, tx, open("1", text, text)); err != nil {
				return err
			}
			found, err := d.Find(ctx, tx, search.Query{Text: text, Readers: []string{"all"}, Prefix: true})
			if err == nil && len(found.Hits) == 1 {
				var whole string
				for _, s := range found.Hits[0].Marked {
					whole += s.Text
				}
				if whole != found.Hits[0].Title {
					t.Errorf("marked %q of %q", whole, found.Hits[0].Title)
				}
			}
			return err
		})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestANewNoteIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	d.put(open("1", "Printer", ""))
	solved := open("1", "Printer", "")
	solved.Note, solved.Path = "opgelost", "/tickets/1a"
	d.put(solved)
	if got := d.find(search.Query{Text: "printer"}); got.Count != 1 || got.Hits[0].Note != "opgelost" || got.Hits[0].Path != "/tickets/1a" {
		t.Errorf("found %+v", got)
	}
}
