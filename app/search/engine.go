package search

import (
	"strings"

	"loket/db"
)

// engine is how a database is asked: its statements, and how it writes that a
// document must have all or any of some terms.
type engine struct {
	count  string // how many hits there are, at most: match, limit
	newest string // the newest hits: match, before, limit
	titles string // the same, without what is only shown
	quote  func(term string) string
	and    string
	or     string
}

var sqlite = engine{
	count: `SELECT COUNT(*) FROM (SELECT rowid FROM search_fts WHERE search_fts MATCH ? LIMIT ?) h`,
	newest: `
		SELECT d.id, kind, ref, path, title, body, note, at, d.terms
		FROM (SELECT rowid AS id FROM search_fts WHERE search_fts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) h
		JOIN search_doc d ON d.id = h.id
		ORDER BY d.id DESC`,
	titles: `
		SELECT d.id, title
		FROM (SELECT rowid AS id FROM search_fts WHERE search_fts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) h
		JOIN search_doc d ON d.id = h.id
		ORDER BY d.id DESC`,
	// https://sqlite.org/fts5.html#fts5_strings: in quotes, a quote is doubled
	// and nothing else means anything.
	quote: func(term string) string { return `"` + strings.ReplaceAll(term, `"`, `""`) + `"` },
	and:   " AND ",
	or:    " OR ",
}

var postgres = engine{
	count: `SELECT COUNT(*) FROM (SELECT 1 FROM search_doc WHERE vector @@ CAST(CAST(? AS TEXT) AS TSQUERY) LIMIT ?) h`,
	newest: `
		SELECT id, kind, ref, path, title, body, note, at, terms
		FROM search_doc WHERE vector @@ CAST(CAST(? AS TEXT) AS TSQUERY) AND id < ?
		ORDER BY id DESC LIMIT ?`,
	titles: `
		SELECT id, title
		FROM search_doc WHERE vector @@ CAST(CAST(? AS TEXT) AS TSQUERY) AND id < ?
		ORDER BY id DESC LIMIT ?`,
	// https://www.postgresql.org/docs/15/datatype-textsearch.html: in quotes, a
	// quote and a backslash are doubled.
	quote: func(term string) string {
		return `'` + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(term) + `'`
	},
	and: " & ",
	or:  " | ",
}

func engineOf(on db.Querier) engine {
	if on.DriverName() == "sqlite3" {
		return sqlite
	}
	return postgres
}

func (e engine) all(parts ...string) string { return join(parts, e.and) }
func (e engine) any(parts ...string) string { return join(parts, e.or) }

func join(parts []string, by string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, by) + ")"
}
