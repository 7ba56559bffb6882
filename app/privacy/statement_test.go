package privacy_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"loket/app"
	"loket/app/privacy"
	"loket/db"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The statement word for word: whoever changes a term sees the sentence that changes.
func TestStatementGolden(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.demo()
	draft, err := w.Draft(w.ctx)
	w.ok(err)
	for lang, doc := range map[string]privacy.Document{"nl": draft.NL, "en": draft.EN} {
		name := "testdata/statement." + lang + ".txt"
		got := strings.Join(doc.Lines(), "\n") + "\n"
		if *update {
			w.ok(os.MkdirAll("testdata", 0o755))
			w.ok(os.WriteFile(name, []byte(got), 0o644))
		}
		want, err := os.ReadFile(name)
		w.ok(err)
		if got != string(want) {
			t.Errorf("%s differs; look at it and run the test with -update:\n%s", name, got)
		}
	}
}

func TestStatementSaysWhatTheLawAsks(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.demo()
	draft, err := w.Draft(w.ctx)
	w.ok(err)
	nl, en := strings.Join(draft.NL.Lines(), "\n"), strings.Join(draft.EN.Lines(), "\n")
	for _, s := range []string{"Tekenkast B.V.", "tot maximaal 6 weken nadat de functie is vervuld; met jouw toestemming: 1 jaar en 6 weken", "totdat de training of het webinar is geweest", "Autoriteit Persoonsgegevens",
		"minstens 7 jaar na het einde van het boekjaar", "Je mag bezwaar maken.", "Microsoft Azure", "alleen als onomkeerbare code", "Wij nemen geen besluiten over je zonder"} {
		if !strings.Contains(nl, s) {
			t.Errorf("the Dutch text misses %q", s)
		}
	}
	for _, s := range []string{"for at most 6 weeks after the position has been filled; with your consent: 1 year and 6 weeks", "until the training or webinar has taken place", "at least 7 years after the end of the financial year"} {
		if !strings.Contains(en, s) {
			t.Errorf("the English text misses %q", s)
		}
	}
	if a, b := len(draft.NL.Elements), len(draft.EN.Elements); a != b {
		t.Errorf("%d elements in Dutch, %d in English", a, b)
	}
}

func TestStatementAsPDF(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.demo()
	w.tx(func(tx *db.Tx) error {
		_, err := w.Publish(w.ctx, tx, privacy.Publication{EffectiveOn: "2027-03-01", Inform: true})
		return err
	})
	doc, err := w.Statement(w.ctx, "nl")
	w.ok(err)
	var one, two bytes.Buffer
	w.ok(doc.PDF(&one))
	w.ok(doc.PDF(&two))
	if !bytes.HasPrefix(one.Bytes(), []byte("%PDF-")) || one.Len() < 5000 || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("%d and %d bytes", one.Len(), two.Len())
	}
	if doc.Number != 2 || doc.Hash == "" {
		t.Errorf("version %d %s", doc.Number, doc.Hash)
	}
}

func TestRegisterOfProcessing(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.demo()
	rows, err := w.Register(w.ctx, "en")
	w.ok(err)
	if len(rows) != len(w.Registry.Purposes) || rows[0].Controller == "" || len(rows[0].Recipients) == 0 || rows[2].Basis[0] != "6(1)(c) legal obligation" {
		t.Errorf("%+v", rows[0])
	}
	rows[0].Title = "=1+1"
	var b bytes.Buffer
	w.ok(privacy.RegisterCSV(&b, rows))
	if !strings.Contains(b.String(), "'=1+1") {
		t.Error("a cell is a formula")
	}
}

// What the schema lacks in declarations is named; what portals have is their
// own business here.
func TestWhatIsNotDeclaredIsNamed(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	before, err := w.Registry.Undeclared(w.ctx, w.DB)
	w.ok(err)
	w.do(`ALTER TABLE toy_application ADD COLUMN linkedin TEXT`)
	w.do(`CREATE TABLE newsletter (id TEXT PRIMARY KEY, email TEXT)`)
	w.do(`ALTER TABLE toy_event ADD COLUMN host_email TEXT`)
	w.do(`INSERT INTO file (id, owner, name, type, size, sha256, created_at) VALUES ('f', 'postcard:1', 'x', 'x', 1, '', ?)`, w.now)
	purposes := append(app.HostPurposes(), standInPurposes()...)
	for i := range purposes {
		switch purposes[i].Key {
		case "contact":
			purposes[i].Records[0].Keep[0].Cap = nil
		case "demo":
			purposes[i].Basis = nil
		case "training":
			purposes[i].Records = append(purposes[i].Records, privacy.Record{Table: "toy_booking", Columns: privacy.Plain("id", "email", "name", "starts_at", "outcome", "outcome_at"), Follows: "toy_event"})
		case "support":
			purposes[i].Records[1].Columns = append(purposes[i].Records[1].Columns, privacy.Column{Name: "gone"})
		case "ideas":
			purposes[i].Basis[0].Interest = privacy.Text{}
			purposes[i].Records[0].Columns[0].Blank = "NULL"
		case "analytics":
			purposes[i].Records[0].Keep = nil
		}
	}
	r, err := privacy.New(purposes, append(app.HostImpersonal(), standInImpersonal()...))
	w.ok(err)
	problems, err := r.Undeclared(w.ctx, w.DB, "uploads")
	w.ok(err)
	problems = slices.DeleteFunc(problems, func(p string) bool { return slices.Contains(before, p) })
	want := []string{
		"toy_application.linkedin: column not declared in purpose jobs",
		"toy_event.host_email: looks personal in a table declared as without personal data",
		"files of postcard: no record with Files and no store answers for them",
		"toy_idea.id: anonymising would put NULL where the database refuses it",
		"purpose demo: has no lawful basis",
		"purpose ideas: says legitimate interest but not which",
		"rule contact.toy_question: its trigger may stay empty for ever and no cap on a column that is always filled ends it",
		"store uploads: in the data folder but declared by no store",
		"table toy_activity: purpose analytics gives it no term",
		"table toy_booking: has two owners, purpose demo and purpose training",
		"table newsletter: in no purpose and not declared as without personal data",
		"toy_ticket_message.gone: column declared but not in the database",
	}
	slices.Sort(want)
	if got := strings.Join(problems, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", got)
	}
}

func TestAPersonPublishesOnlyWhatIsComplete(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	missing, err := w.Incomplete(w.ctx)
	w.ok(err)
	if len(missing) < 4 { // name, address, e-mail, and the recipients that purposes name
		t.Errorf("%v", missing)
	}
	w.tx(func(tx *db.Tx) error {
		return w.SetTerm(w.ctx, tx, "jobs.toy_application", "for", privacy.Period{Weeks: 4})
	})
	publish := func() error {
		return w.DB.Tx(w.ctx, func(tx *db.Tx) error {
			_, err := w.Publish(w.ctx, tx, privacy.Publication{EffectiveOn: "2027-03-01", By: "fatma", Inform: true})
			return err
		})
	}
	if publish() == nil {
		t.Error("published without saying who answers for the data")
	}
	w.demo()
	w.ok(publish())
	if err := publish(); err == nil {
		t.Error("published what changes nothing")
	}
	missing, err = w.Incomplete(w.ctx)
	w.ok(err)
	if len(missing) != 0 {
		t.Errorf("%v", missing)
	}
	w.tx(func(tx *db.Tx) error {
		return w.SaveProcessor(w.ctx, tx, privacy.Processor{ID: "x", Name: "Elders Inc.", Category: "it", Country: "US"})
	})
	if missing, _ = w.Incomplete(w.ctx); len(missing) != 2 {
		t.Errorf("%v", missing)
	}
	draft, err := w.Draft(w.ctx)
	w.ok(err)
	if !draft.Inform {
		t.Error("a new recipient informs nobody")
	}
}
