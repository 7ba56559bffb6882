package db

import (
	"context"
	"strings"
)

// TableColumn is a column of a table as the database has it.
type TableColumn struct {
	Table, Column, Type string
	Required            bool // NOT NULL
}

// Columns lists every column of every table, except the engine's own, the
// migrations' and the inner tables of the full-text index.
func (db *DB) Columns(ctx context.Context) ([]TableColumn, error) {
	query := `
		SELECT m.name AS "table", c.name AS "column", upper(c.type) AS type, c."notnull" = 1 OR c.pk > 0 AS required
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.rowid, c.cid`
	if !db.SQLite() {
		query = `
			SELECT table_name AS "table", column_name AS "column", upper(data_type) AS type, is_nullable = 'NO' AS required
			FROM information_schema.columns WHERE table_schema = current_schema()
			ORDER BY table_name, ordinal_position`
	}
	all, err := All[TableColumn](ctx, db, query)
	var mine []TableColumn
	for _, c := range all {
		if c.Table != "migration" && !strings.Contains(c.Table, "_fts") {
			mine = append(mine, c)
		}
	}
	return mine, err
}

// tables lists the tables in the order in which they were made, which puts a
// table after those that it refers to.
func (db *DB) tables(ctx context.Context) ([]string, error) {
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid`
	if !db.SQLite() {
		query = `
			SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind = 'r' AND n.nspname = current_schema() ORDER BY c.oid`
	}
	return All[string](ctx, db, query)
}
