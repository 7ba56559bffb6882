// Package dbtest gives a test a database of its own.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"loket/db"
)

// Open returns a migrated, empty database that goes when the test ends: a SQLite
// file, or a database on the PostgreSQL server of LOKET_TEST_DB.
func Open(t testing.TB) *db.DB {
	t.Helper()
	server := os.Getenv("LOKET_TEST_DB")
	if server != "" {
		return open(t, copied(t, server))
	}
	d := open(t, "sqlite:"+filepath.Join(t.TempDir(), "loket.db")+"?_synchronous=OFF")
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t testing.TB, where string) *db.DB {
	t.Helper()
	d, err := db.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// copied makes a database like the template on the server at where and returns
// its address.
func copied(t testing.TB, where string) string {
	t.Helper()
	model, err := template()
	if err != nil {
		t.Fatal(err)
	}
	server, err := db.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := server.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+model); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's context has ended by now.
		if _, err := server.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	address, err := named(where, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// named is the address of another database on the server at where.
func named(where, name string) (string, error) {
	address, err := url.Parse(where)
	if err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), nil
}

// template makes a migrated database on the server of LOKET_TEST_DB to copy from,
// once for each set of migrations, and returns its name: to copy takes a fraction
// of the time of migrating. Programs that test at the same time may each make
// one; the first to give it its name is the one that stays.
var template = sync.OnceValues(func() (name string, err error) {
	ctx, where := context.Background(), os.Getenv("LOKET_TEST_DB")
	server, err := db.Open(where)
	if err != nil {
		return "", err
	}
	defer server.Close()
	name = "loket_" + db.Fingerprint()
	if made, err := exists(ctx, server, name); made || err != nil {
		return name, err
	}
	draft := "draft_" + strings.ToLower(rand.Text())
	if _, err := server.ExecContext(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0"); err != nil {
		return "", err
	}
	address, err := named(where, draft)
	if err != nil {
		return "", err
	}
	d, err := db.Open(address)
	if err != nil {
		return "", err
	}
	if err := errors.Join(d.Migrate(ctx), d.Close()); err != nil {
		return "", err
	}
	_, taken := server.ExecContext(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	if taken == nil {
		return name, nil
	}
	if _, err := server.ExecContext(ctx, "DROP DATABASE "+draft); err != nil {
		return "", err
	}
	if made, err := exists(ctx, server, name); !made || err != nil {
		return "", errors.Join(taken, err)
	}
	return name, nil
})

func exists(ctx context.Context, server *db.DB, name string) (bool, error) {
	return db.Get[bool](ctx, server, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = ?)", name)
}
