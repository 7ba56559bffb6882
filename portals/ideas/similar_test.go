package ideas

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"loket/db"
	"loket/db/dbtest"
)

// likeSet is a board with its ideas and what people type who look for them:
// Dutch and English, compounds, synonyms, typing errors.
type likeSet struct {
	Ideas   []string
	Queries []struct{ Asked, Want string }
}

func likeSets(tb testing.TB) (sets []likeSet) {
	tb.Helper()
	raw, err := os.ReadFile("testdata/similar.json")
	if err == nil {
		err = json.Unmarshal(raw, &sets)
	}
	if err != nil || len(sets) == 0 {
		tb.Fatalf("%d sets: %v", len(sets), err)
	}
	return sets
}

// ideasOf is a site with ideas of those titles.
func ideasOf(tb testing.TB, titles ...string) *db.DB {
	tb.Helper()
	d, now := dbtest.Open(tb), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	err := d.Tx(tb.Context(), func(tx *db.Tx) error {
		for n, title := range titles {
			if _, err := insert(tb.Context(), tx, Idea{ID: fmt.Sprint("IDEA", n), BoardID: "general", Title: title, CreatedAt: now, ApprovedAt: &now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// Of fourteen questions thirteen have the right idea first, and there is no
// crowd around it.
func TestSimilar(t *testing.T) {
	for n, set := range likeSets(t) {
		d := ideasOf(t, set.Ideas...)
		first, shown := 0, 0
		for _, q := range set.Queries {
			found, err := similar(t.Context(), d, q.Asked, "general", "")
			if err != nil {
				t.Fatal(err)
			}
			shown += len(found)
			if len(found) > 0 && found[0].Title == q.Want {
				first++
			} else {
				t.Logf("%q finds %+v, not %q", q.Asked, found, q.Want)
			}
		}
		if first*14 < len(set.Queries)*13 {
			t.Errorf("set %d: %d of %d queries have the right idea first", n, first, len(set.Queries))
		}
		if shown > 2*len(set.Queries) {
			t.Errorf("set %d: %d ideas are shown for %d queries", n, shown, len(set.Queries))
		}
	}
}

// What is like nothing shows nothing.
func TestNothingIsSimilar(t *testing.T) {
	d := ideasOf(t, likeSets(t)[0].Ideas...)
	for _, asked := range []string{"koffie op kantoor", "factuur per kwartaal ontvangen", "xyzzy qwrt", "vacature voor een ontwikkelaar", "parkeergarage", "a", "", "%", "de het een", "😀😀😀"} {
		if found, err := similar(t.Context(), d, asked, "", ""); err != nil || len(found) > 0 {
			t.Errorf("%q finds %+v, %v", asked, found, err)
		}
	}
}

func TestPlainWords(t *testing.T) {
	ls := lexicons{newLexicon([]string{"meetstaat, hoeveelhedenlijst, bill of quantities"}), commonLexicon}
	for asked, want := range map[string]string{
		"Bill of quantities uitwerken": "meetstaat uitwerken", // the board's own synonyms
		"mailmeldingen":                "mail melding",        // a compound
		"e-mail notifications":         "mail melding",
		"dark mode":                    "donkere weergave",
		"darkmode":                     "donkere weergave", // as one word
		"nacht modus":                  "donkere weergave", // as two
		"gekopieerde mappen":           "kopieren map",     // a participle
		"prulenbak":                    "verwijderen",      // a typing error
		"Eigen woord xyz":              "eigen woord xyz",
	} {
		if plain, _ := ls.plain(foldedWords(asked), true); fmt.Sprint(plain) != "["+want+"]" {
			t.Errorf("%q is %v, not %q", asked, plain, want)
		}
	}
}
