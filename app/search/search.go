// Package search is the one index that all portals feed: what it finds is what
// the asker may see, newest first.
//
// The words are folded and stemmed here, before either engine sees them, so that
// SQLite (FTS5) and PostgreSQL (GIN) find the same. Who may read a document is a
// term of the index like its words: what somebody may not see is never looked at.
package search

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"loket/db"
)

const (
	queryBytes = 4_000   // of what somebody typed that is looked at
	queryWords = 12      // of it that are sought
	bodyBytes  = 100_000 // of a document that are kept and indexed
	countCap   = 1_000   // hits are counted up to here
	rankCap    = 2_000   // of the newest hits that are put in order of how well they fit
	pageSize   = 20      // hits where the query does not say
	maxLimit   = 100
)

// Doc is something that can be found.
type Doc struct {
	Kind  string // what it is: ticket, idea; together with Ref it is unique
	Ref   string // its id within Kind
	Path  string // its page
	Title string
	Body  string    // plain text, no markup
	Note  string    // shown beside the title to all who find it (a number, a state); not searched
	At    time.Time // the newest is found first
	// Readers are those who may find it: all, staff:tickets, account:ID,
	// company:ID. Nobody finds a document without readers.
	Readers []string
}

// Query is what somebody seeks.
type Query struct {
	Text    string   // as typed; it has no syntax. Every word must be found
	Readers []string // what the asker is; a document needs one of them
	Kinds   []string // only these; none means all
	Limit   int      // at most 100; 0 means 20
	Before  Cursor   // only what comes after that hit
	Prefix  bool     // the last word may be the beginning of a word of a title
	Best    bool     // those with the words in their title first, among the newest 2,000 hits; has no next page
}

// Cursor is a place in a list of hits; the zero Cursor is its start.
type Cursor int64

// Result is what was found.
type Result struct {
	Hits []Hit
	More bool   // there are hits after these
	Next Cursor // for Query.Before, if More
	// Count is the number of hits, counted on the first page only; Many says
	// that there are more than that.
	Count int
	Many  bool
}

// Hit is a document that was found.
type Hit struct {
	Kind, Ref, Path, Title, Note string
	At                           time.Time
	Marked                       []Segment // the title
	Excerpt                      []Segment // of the body, around the first words that were found
}

// Segment is a piece of a text; Hit says that it is a word that was sought. It
// is plain text: escape it as any other.
type Segment struct {
	Text string
	Hit  bool
}

// Index is the index of a site; it needs nothing of its own.
type Index struct{}

// row is a document as it is stored.
type row struct {
	ID                                 int64
	Kind, Ref, Path, Title, Body, Note string
	At                                 time.Time
	Terms                              string
}

// Put makes d findable as it is now, in place of how it was. A document that
// nobody may find is removed.
func (Index) Put(ctx context.Context, tx *db.Tx, d Doc) error {
	if len(d.Readers) == 0 {
		return Index{}.Remove(ctx, tx, d.Kind, d.Ref)
	}
	d.Title, d.Body, d.Note = clean(d.Title, 1_000), clean(d.Body, bodyBytes), clean(d.Note, 1_000)
	id, err := freeID(ctx, tx, d)
	if err != nil {
		return err
	}
	_, err = db.ExecNamed(ctx, tx, `
		INSERT INTO search_doc (id, kind, ref, path, title, body, note, at, terms)
		VALUES (:id, :kind, :ref, :path, :title, :body, :note, :at, :terms)
		ON CONFLICT (kind, ref) DO UPDATE SET
			id = excluded.id, path = excluded.path, title = excluded.title, body = excluded.body,
			note = excluded.note, at = excluded.at, terms = excluded.terms`,
		row{id, d.Kind, d.Ref, d.Path, d.Title, d.Body, d.Note, d.At, terms(d)})
	return err
}

// Remove makes a document unfindable; nothing of it stays in the index.
func (Index) Remove(ctx context.Context, tx *db.Tx, kind, ref string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM search_doc WHERE kind = ? AND ref = ?`, kind, ref)
	return err
}

// Clear empties the index, for who is going to fill it anew.
func (Index) Clear(ctx context.Context, tx *db.Tx) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM search_doc`)
	return err
}

// freeID returns the id of d: the milliseconds of its date and 20 bits that keep
// documents of one moment apart, the same ones on every engine.
func freeID(ctx context.Context, tx *db.Tx, d Doc) (int64, error) {
	h := fnv.New32a()
	fmt.Fprint(h, d.Kind, ":", d.Ref)
	ms := min(max(d.At.UnixMilli(), -1<<42), 1<<42)
	for low := int64(h.Sum32()); ; low++ {
		id := ms<<20 | low&(1<<20-1)
		taken, err := db.Get[bool](ctx, tx, `
			SELECT EXISTS (SELECT 1 FROM search_doc WHERE id = ? AND NOT (kind = ? AND ref = ?))`, id, d.Kind, d.Ref)
		if err != nil || !taken {
			return id, err
		}
	}
}

// Find finds the documents that have every word of q.Text and that one of
// q.Readers may see.
func (Index) Find(ctx context.Context, on db.Querier, q Query) (Result, error) {
	e := engineOf(on)
	seek := parse(q.Text, queryWords, q.Prefix)
	if len(seek) == 0 || len(q.Readers) == 0 {
		return Result{}, nil
	}
	match := e.all(append(filters(e, q), seek.each(e)...)...)
	limit := min(max(q.Limit, 0), maxLimit)
	if limit == 0 {
		limit = pageSize
	}
	var found Result
	if q.Before == 0 {
		n, err := db.Get[int](ctx, on, e.count, match, countCap+1)
		if err != nil {
			return Result{}, err
		}
		if n == 0 {
			return Result{}, nil
		}
		found.Count, found.Many = min(n, countCap), n > countCap
	}
	var rows []row
	var err error
	if q.Best {
		rows, err = best(ctx, on, e, match, seek, limit)
		found.More = found.Count > len(rows)
	} else {
		before := int64(q.Before)
		if before == 0 {
			before = 1<<63 - 1
		}
		rows, err = db.All[row](ctx, on, e.newest, match, before, limit+1)
		if len(rows) > limit {
			rows, found.More = rows[:limit], true
			found.Next = Cursor(rows[limit-1].ID)
		}
	}
	found.Hits = hits(rows, seek)
	return found, err
}

// titled is what the order of the best hits goes by.
type titled struct {
	ID    int64
	Title string
}

func best(ctx context.Context, on db.Querier, e engine, match string, seek sought, limit int) ([]row, error) {
	candidates, err := db.All[titled](ctx, on, e.titles, match, int64(1<<63-1), rankCap)
	if err != nil {
		return nil, err
	}
	fit := make(map[int64]int, len(candidates))
	for _, c := range candidates {
		fit[c.ID] = seek.matched(c.Title)
	}
	slices.SortStableFunc(candidates, func(a, b titled) int { return fit[b.ID] - fit[a.ID] })
	return inOrder(ctx, on, candidates[:min(limit, len(candidates))])
}

// Similar finds the documents that have most of the words of q.Text: at least a
// third, and two where there are two. The best fit comes first. It looks at the
// eight words that tell most and at the newest documents that have some of them.
func (Index) Similar(ctx context.Context, on db.Querier, q Query) ([]Hit, error) {
	e := engineOf(on)
	seek := parse(q.Text, 60, false).telling(8)
	if len(seek) == 0 || len(q.Readers) == 0 {
		return nil, nil
	}
	match := e.all(append(filters(e, q), pairs(e, seek.each(e)))...)
	rows, err := db.All[row](ctx, on, e.newest, match, int64(1<<63-1), rankCap/4)
	if err != nil {
		return nil, err
	}
	least := max(min(2, len(seek)), (len(seek)+2)/3)
	fit := map[int64]int{}
	rows = slices.DeleteFunc(rows, func(r row) bool {
		has := set(strings.Fields(r.Terms))
		n := 0
		for _, w := range seek {
			if w.in(has) {
				n++
			}
		}
		fit[r.ID] = 2*n + seek.matched(r.Title)
		return n < least
	})
	slices.SortStableFunc(rows, func(a, b row) int { return fit[b.ID] - fit[a.ID] })
	limit := min(max(q.Limit, 0), maxLimit)
	if limit == 0 {
		limit = 5
	}
	return hits(rows[:min(limit, len(rows))], seek), nil
}

// pairs asks for two of the words, so that a common one alone fills no list.
func pairs(e engine, each []string) string {
	if len(each) == 1 {
		return each[0]
	}
	var two []string
	for i, a := range each {
		for _, b := range each[i+1:] {
			two = append(two, e.all(a, b))
		}
	}
	return e.any(two...)
}

// filters are the terms that a document must have besides the words.
func filters(e engine, q Query) []string {
	var readers, kinds []string
	for _, who := range q.Readers {
		readers = append(readers, e.quote(readerTerm(who)))
	}
	must := []string{e.any(readers...)}
	for _, kind := range q.Kinds {
		kinds = append(kinds, e.quote(kindTerm(kind)))
	}
	if len(kinds) > 0 {
		must = append(must, e.any(kinds...))
	}
	return must
}

func inOrder(ctx context.Context, on db.Querier, of []titled) ([]row, error) {
	if len(of) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(of))
	place := map[int64]int{}
	for i, t := range of {
		ids[i], place[t.ID] = t.ID, i
	}
	rows, err := db.All[row](ctx, on, `SELECT id, kind, ref, path, title, body, note, at, '' AS terms FROM search_doc WHERE id IN (?)`, ids)
	slices.SortFunc(rows, func(a, b row) int { return place[a.ID] - place[b.ID] })
	return rows, err
}

func clean(s string, bytes int) string {
	if len(s) > bytes {
		s = s[:bytes]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
