package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"loket/app/fault"
	"loket/db"
)

func open(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open("sqlite:" + filepath.Join(t.TempDir(), "loket.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOnlyOneProcessUsesADatabase(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "loket.db")
	first, err := db.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(path); !errors.Is(err, fault.Unavailable) {
		t.Errorf("second open: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := db.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestFaults(t *testing.T) {
	d, ctx := open(t), t.Context()
	if _, err := db.Get[string](ctx, d, `SELECT value FROM setting WHERE name = ?`, "x"); !errors.Is(err, fault.NotFound) {
		t.Errorf("missing row: %v", err)
	}
	set := `INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)`
	if _, err := db.Exec(ctx, d, set, "x", "1", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, d, set, "x", "2", time.Unix(0, 0)); !errors.Is(err, fault.Conflict) {
		t.Errorf("second row: %v", err)
	}
}

func TestTimesKeepTheirInstant(t *testing.T) {
	d, ctx := open(t), t.Context()
	zone := time.FixedZone("x", 3600)
	at := time.Date(2026, 3, 29, 12, 0, 0, 123456789, zone)
	if _, err := db.Exec(ctx, d, `INSERT INTO setting (name, value, changed_at) VALUES (?, '', ?)`, "x", at); err != nil {
		t.Fatal(err)
	}
	got, err := db.Get[time.Time](ctx, d, `SELECT changed_at FROM setting`)
	if err != nil || !got.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("got %v, %v", got, err)
	}
	latest, err := db.Get[db.Time](ctx, d, `SELECT max(changed_at) FROM setting`)
	if err != nil || !latest.Equal(got) {
		t.Errorf("max: %v, %v", latest, err)
	}
}

func TestNumbersNeverRepeat(t *testing.T) {
	d, ctx := open(t), t.Context()
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int64]bool{}
	for range 50 {
		wg.Go(func() {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				n, err := db.Next(ctx, tx, "thing")
				mu.Lock()
				defer mu.Unlock()
				if seen[n] {
					t.Errorf("%d twice", n)
				}
				seen[n] = true
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(seen) != 50 || !seen[1] || !seen[50] {
		t.Errorf("%d numbers", len(seen))
	}
}

func TestReadersCannotWrite(t *testing.T) {
	d := open(t)
	if _, err := db.Get[string](context.Background(), d, `INSERT INTO counter VALUES ('x', 1) RETURNING name`); err == nil {
		t.Error("a reader wrote")
	}
}

// TestEngineAt: `loket version` answers beside a site that is being served.
func TestEngineAt(t *testing.T) {
	where := "sqlite:" + filepath.Join(t.TempDir(), "site.db")
	if said, err := db.EngineAt(t.Context(), where); err != nil || !strings.HasPrefix(said, "SQLite 3.") {
		t.Fatal(said, err)
	}
	if _, err := os.Stat(strings.TrimPrefix(where, "sqlite:")); !os.IsNotExist(err) {
		t.Errorf("asking for the version made a database: %v", err)
	}
	d, err := db.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if said, err := db.EngineAt(t.Context(), where); err != nil || !strings.HasPrefix(said, "SQLite 3.") {
		t.Fatal(said, err)
	}
}

// A statement is planned by its text, never by what is bound: otherwise SQLite
// parses and plans it anew at every use, although the driver keeps it.
func TestStatementsArePlannedOnce(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	if _, err := db.Exec(ctx, d, `CREATE TABLE plan (word TEXT COLLATE NOCASE)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, d, `CREATE INDEX plan_word ON plan (word)`); err != nil {
		t.Fatal(err)
	}
	for text, args := range map[string][]any{
		`EXPLAIN QUERY PLAN SELECT word FROM plan WHERE word LIKE 'a%'`: nil,
		`EXPLAIN QUERY PLAN SELECT word FROM plan WHERE word LIKE ?`:    {"a%"},
	} {
		rows, err := db.Rows(ctx, d, text, args...)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		// A beginning that the text shows finds its place in the index.
		if found := strings.HasPrefix(rows[0]["detail"].(string), "SEARCH"); found != (args == nil) {
			t.Errorf("%s with %v: %v", text, args, rows[0]["detail"])
		}
	}
}

// A name is a name outside of literals only, and one that no field has is a
// mistake of the program.
func TestNamesOutsideOfLiterals(t *testing.T) {
	d := open(t)
	type from struct {
		Word  string
		Other *string `db:"other_word"`
	}
	type found struct{ A, B, C string }
	got, err := db.GetNamed[found](t.Context(), d, `SELECT :word || 'it''s :word' AS a, coalesce(:other_word, '12:30') AS b, :word AS c`, from{Word: "x"})
	if want := (found{"xit's :word", "12:30", "x"}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if _, err := db.GetNamed[found](t.Context(), d, `SELECT :nobody AS a`, from{}); err == nil {
		t.Error("a name without a field is taken")
	}
}
