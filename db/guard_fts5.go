//go:build !sqlite_fts5 && !fts5

package db

// Loket searches with SQLite's FTS5, which the driver leaves out unless asked.
var _ = build_loket_with_tags_sqlite_fts5 // use make, or: go build -tags sqlite_fts5,nomsgpack
