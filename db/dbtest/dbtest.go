// Package dbtest gives a test a database of its own.
package dbtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loket/db"
)

// Open returns a migrated, empty database that goes when the test ends: a SQLite
// file, or a schema in the PostgreSQL database of LOKET_TEST_DB.
func Open(t testing.TB) *db.DB {
	t.Helper()
	where := os.Getenv("LOKET_TEST_DB")
	if where == "" {
		return migrated(t, "sqlite:"+filepath.Join(t.TempDir(), "loket.db")+"?_synchronous=OFF")
	}
	whole, err := db.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := db.Exec(t.Context(), whole, "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	own, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	options := own.Query()
	options.Set("search_path", schema)
	own.RawQuery = options.Encode()
	t.Cleanup(func() {
		// The test's context has ended by now.
		if _, err := whole.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
		whole.Close()
	})
	return migrated(t, own.String())
}

func migrated(t testing.TB, where string) *db.DB {
	t.Helper()
	d, err := db.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}
