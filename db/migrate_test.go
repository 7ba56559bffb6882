package db

import (
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// empty is a database without tables, of the engine that the tests run on.
func empty(t *testing.T) *DB {
	t.Helper()
	where := os.Getenv("LOKET_TEST_DB")
	if where == "" {
		return opened(t, "sqlite:"+filepath.Join(t.TempDir(), "loket.db"))
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := Exec(t.Context(), opened(t, where), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	own, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	options := own.Query()
	options.Set("search_path", schema)
	own.RawQuery = options.Encode()
	return opened(t, own.String())
}

func opened(t *testing.T, where string) *DB {
	t.Helper()
	d, err := Open(where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestFromAnOlderVersion: a site of long ago, with people and tickets in it, is
// brought up to date, once; and a program refuses the site of a later one.
func TestFromAnOlderVersion(t *testing.T) {
	d, ctx := empty(t), t.Context()
	provider, err := d.provider()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, 8); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO company (id, name, created_at) VALUES ('c', 'Bouw', ?)`, []any{at}},
		{`INSERT INTO account (id, email, name, password, role, company_id, created_at, active_at) VALUES ('a', 'jan@bouw.example', 'Jan', '', 'customer', 'c', ?, ?)`, []any{at, at}},
		{`INSERT INTO ticket (id, number, company_id, requester_id, severity, subject, status, queue, live, sort_at, created_at, updated_at) VALUES ('t', 1001, 'c', 'a', 'question', 'Printer', 'open', 'todo', ?, ?, ?, ?)`, []any{true, at, at, at}},
	} {
		if _, err := Exec(ctx, d, row.text, row.args...); err != nil {
			t.Fatal(err)
		}
	}
	if done, err := d.Migrated(ctx); done || err != nil {
		t.Errorf("up to date already: %v %v", done, err)
	}
	for range 2 {
		if err := d.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	subject, err := Get[string](ctx, d, `SELECT t.subject FROM ticket t JOIN account a ON a.id = t.requester_id WHERE a.email = 'jan@bouw.example'`)
	if err != nil || subject != "Printer" {
		t.Errorf("%q %v", subject, err)
	}
	if done, err := d.Migrated(ctx); !done || err != nil {
		t.Errorf("not up to date: %v %v", done, err)
	}
	if _, err := Exec(ctx, d, `INSERT INTO migration (version_id, is_applied) VALUES (9999, ?)`, true); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(ctx); err == nil || !strings.Contains(err.Error(), "newer loket") {
		t.Errorf("of a later version: %v", err)
	}
}
