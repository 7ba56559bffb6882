package ideas

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"loket/app/apptest/spent"
	"loket/db"
	"loket/db/dbtest"
)

// manyIdeas fills a database with that many ideas whose titles are made of the
// words of real ones.
func manyIdeas(tb testing.TB, n int) *db.DB {
	tb.Helper()
	d := dbtest.Open(tb)
	var words []string
	twenty := likeSets(tb)[0].Ideas
	for _, title := range twenty {
		words = append(words, foldedWords(title)...)
	}
	seed := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var rows, pieces []any
	for i := range n {
		title := ""
		for range 4 + seed.IntN(4) {
			w := words[seed.IntN(len(words))]
			title += w[:max(1, len(w)-seed.IntN(3))] + fmt.Sprintf("%c ", 'a'+seed.IntN(26))
		}
		if i < len(twenty) {
			title = twenty[i]
		}
		title = strings.ToValidUTF8(title, "")
		rows = append(rows, fmt.Sprint("IDEA", i), i+1, title, now, now, now)
		for _, g := range grams(title) {
			pieces = append(pieces, g, i+1)
		}
	}
	err := d.Tx(tb.Context(), func(tx *db.Tx) error {
		if err := fill(tb.Context(), tx, `INSERT INTO idea (id, number, title, approved_at, status_at, created_at, board_id, body, listed, heat) VALUES `, `(?, ?, ?, ?, ?, ?, 'general', '', TRUE, 0)`, 6, rows); err != nil {
			return err
		}
		return fill(tb.Context(), tx, `INSERT INTO idea_gram (gram, idea) VALUES `, `(?, ?)`, 2, pieces)
	})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := db.Exec(context.Background(), d, `ANALYZE`); err != nil {
		tb.Fatal(err)
	}
	return d
}

// fill inserts many rows of so many values, a thousand at a time.
func fill(ctx context.Context, tx *db.Tx, into, row string, width int, values []any) error {
	for part := range slices.Chunk(values, 1_000*width) {
		if _, err := db.Exec(ctx, tx, into+strings.Repeat(row+", ", len(part)/width-1)+row, part...); err != nil {
			return err
		}
	}
	return nil
}

// Among ten thousand others made of the very same words, the right one is still
// among the five that are shown.
func TestSimilarAmongMany(t *testing.T) {
	d, twenty := manyIdeas(t, 10_000), likeSets(t)[0].Ideas
	for asked, want := range map[string]string{"mailmeldingen uitzetten": twenty[0], "dark mode": twenty[7], "revisievergelijking": twenty[1]} {
		found, err := similar(t.Context(), d, asked, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(found, func(a Alike) bool { return a.Title == want }) {
			t.Errorf("%q finds %+v", asked, found)
		}
		if len(found) > similarMost {
			t.Errorf("%q finds %d", asked, len(found))
		}
	}
}

// BenchmarkSimilar asks for what is similar among 10,000 ideas: under 20 ms.
func BenchmarkSimilar(b *testing.B) {
	d := manyIdeas(b, 10_000)
	for _, asked := range []string{"mailmeldingen uitzetten", "map structuur copieren", "SSO via Azure AD / Entra", "tekeningen in één keer uitgeven aan meerdere partijen per mail"} {
		b.Run(asked, func(b *testing.B) {
			if _, err := similar(b.Context(), d, asked, "", ""); err != nil { // the first prepares its statements
				b.Fatal(err)
			}
			before := spent.CPU()
			for b.Loop() {
				if _, err := similar(b.Context(), d, asked, "", ""); err != nil {
					b.Fatal(err)
				}
			}
			each := (spent.CPU() - before) / time.Duration(b.N)
			b.ReportMetric(float64(each.Microseconds()), "CPU-µs/op")
			if each > 20*time.Millisecond {
				b.Errorf("%v of processor time, at most 20 ms", each)
			}
		})
	}
}
