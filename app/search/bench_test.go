package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"loket/app/search"
	"loket/db"
)

// BenchmarkSearch asks an index of LOKET_BENCH_DOCS documents (20,000 when not
// set) of 60 words each, drawn from 20,000 words as a language uses them.
func BenchmarkSearch(b *testing.B) {
	docs, _ := strconv.Atoi(os.Getenv("LOKET_BENCH_DOCS"))
	if docs == 0 {
		docs = 20_000
	}
	d := newDesk(b)
	seed := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(seed, 1.1, 4, 19_999)
	text := func(n int) string {
		var words []string
		for range n {
			words = append(words, fmt.Sprintf("woord%dx", zipf.Uint64()))
		}
		return strings.Join(words, " ")
	}
	start := time.Now()
	for from := 0; from < docs; from += 1_000 {
		var batch []search.Doc
		for i := from; i < from+1_000; i++ {
			doc := open(strconv.Itoa(i), text(6), text(60))
			doc.At = noon.Add(time.Duration(i) * time.Minute)
			doc.Readers = []string{"staff:tickets", "account:" + strconv.Itoa(i%5_000), "company:" + strconv.Itoa(i%400)}
			batch = append(batch, doc)
		}
		d.put(batch...)
	}
	b.Logf("filled with %d in %v", docs, time.Since(start).Round(time.Millisecond))
	if _, err := db.Exec(b.Context(), d.DB, `ANALYZE`); err != nil {
		b.Fatal(err)
	}
	staff, company := []string{"all", "staff:tickets"}, []string{"all", "account:17", "company:17"}
	for _, c := range []struct {
		name string
		q    search.Query
	}{
		{"common", search.Query{Text: "woord0x", Readers: staff}},
		{"two", search.Query{Text: "woord1x woord20x", Readers: staff}},
		{"rare", search.Query{Text: "woord15000x", Readers: staff}},
		{"nobody", search.Query{Text: "bestaatniet", Readers: staff}},
		{"prefix", search.Query{Text: "woo", Readers: staff, Prefix: true}},
		{"best", search.Query{Text: "woord0x woord3x", Readers: staff, Best: true}},
		{"company-common", search.Query{Text: "woord0x", Readers: company}},
		{"company-rare", search.Query{Text: "woord15000x", Readers: company}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				d.find(c.q)
			}
		})
	}
	b.Run("similar", func(b *testing.B) {
		q := search.Query{Text: text(30), Readers: staff}
		for b.Loop() {
			if _, err := d.Similar(b.Context(), d.DB, q); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, ref := range map[string]int{"put-new": docs, "put-again": 0} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				doc := open(strconv.Itoa(ref), text(6), text(60))
				doc.At = noon.Add(time.Duration(ref) * time.Minute)
				d.put(doc)
				ref++
			}
		})
	}
}
