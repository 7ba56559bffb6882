// Package db opens the database and runs SQL on it. The same SQL text runs on
// SQLite and on PostgreSQL; README.md in this folder has the few rules.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"loket/app/fault"
)

// DB is an open database. Reads run on it directly; writes that belong
// together run inside Tx.
type DB struct {
	read, write *sqlx.DB
	path        string      // of the SQLite file
	lock        *os.File    // held while a SQLite site is in use by this process
	stuck       atomic.Bool // see waited
	*loss
}

// Querier is what a query runs on: a *DB or a *Tx.
type Querier interface{ sqlx.ExtContext }

// Tx is a transaction.
type Tx struct {
	*sqlx.Tx
	committed []func()
	*loss
}

// Durable and fast enough: in a simulated power cut synchronous=NORMAL lost up
// to 22 % of the acknowledged writes, FULL none.
var sqliteOptions = url.Values{
	"_foreign_keys":    {"1"},
	"_journal_mode":    {"WAL"},
	"_synchronous":     {"FULL"},
	"_busy_timeout":    {"4000"}, // lockWait
	"_secure_delete":   {"on"},
	"_stmt_cache_size": {"256"},
	"_loc":             {"UTC"},
}

// Open opens the database at where: a postgres:// URL, or sqlite:PATH. A
// SQLite path may carry the driver's options (sqlite:x.db?_synchronous=OFF).
func Open(where string) (*DB, error) {
	switch {
	case strings.HasPrefix(where, "postgres://"), strings.HasPrefix(where, "postgresql://"):
		return openPostgres(where)
	case strings.HasPrefix(where, "sqlite:"):
		return openSQLite(strings.TrimPrefix(where, "sqlite:"), lockFile)
	}
	return nil, fmt.Errorf("%q is neither sqlite:PATH nor postgres://…", where)
}

// openPostgres opens readers and writers of their own, so that pages are still
// read while every writer waits for a lock.
func openPostgres(where string) (*DB, error) {
	u, err := url.Parse(where)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read") // it may hold a password
	}
	options := u.Query()
	if !options.Has("lock_timeout") {
		options.Set("lock_timeout", fmt.Sprint(lockWait.Milliseconds()))
	}
	u.RawQuery = options.Encode()
	write, err := sqlx.Connect("pgx", u.String())
	if err != nil {
		return nil, unreachable(err)
	}
	read, err := sqlx.Connect("pgx", u.String())
	if err != nil {
		return nil, errors.Join(unreachable(err), write.Close())
	}
	for _, pool := range []*sqlx.DB{write, read} {
		pool.SetMaxOpenConns(10)
		pool.SetMaxIdleConns(10)
	}
	return &DB{read: read, write: write, loss: &loss{lost: make(chan struct{})}}, nil
}

// unreachable is err in one line.
func unreachable(err error) error {
	first, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), ":\n\t", ": "), "\n")
	return errors.New(first)
}

// SQLite lets many read at once but only one write, so writers queue for a
// pool of one connection instead of failing with "database is locked".
func openSQLite(where string, take func(path string) (*os.File, error)) (*DB, error) {
	path, given, _ := strings.Cut(where, "?")
	extra, err := url.ParseQuery(given)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := planStably(); err != nil {
		return nil, err
	}
	lock, err := take(path + ".lock")
	if err != nil {
		return nil, err
	}
	dsn := func(more url.Values) string {
		all := url.Values{}
		for _, set := range []url.Values{sqliteOptions, more, extra} {
			for k, v := range set {
				all[k] = v
			}
		}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + all.Encode()
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	} else if err := f.Close(); err != nil {
		return nil, err
	}
	write, err := sqlx.Connect("sqlite3", dsn(url.Values{"_txlock": {"immediate"}}))
	if err != nil {
		return nil, errors.Join(err, unlock(lock))
	}
	write.SetMaxOpenConns(1)
	write.SetConnMaxLifetime(0)
	read, err := sqlx.Connect("sqlite3", dsn(url.Values{"_query_only": {"1"}}))
	if err != nil {
		return nil, errors.Join(err, write.Close(), unlock(lock))
	}
	// As many readers as cores and a few to wait on pages: more only compete.
	read.SetMaxOpenConns(max(4, 2*runtime.NumCPU()))
	read.SetMaxIdleConns(max(4, 2*runtime.NumCPU()))
	return &DB{read: read, write: write, path: path, lock: lock, loss: &loss{lost: make(chan struct{})}}, nil
}

// Close closes the database.
func (db *DB) Close() error {
	err := db.read.Close()
	// The writer goes last, so that SQLite folds the log into the file.
	return errors.Join(err, db.write.Close(), unlock(db.lock))
}

func unlock(lock *os.File) error {
	if lock == nil { // of OpenBeside
		return nil
	}
	return lock.Close()
}

// SQLite reports whether the site lives in a SQLite file.
func (db *DB) SQLite() bool { return db.path != "" }

// Checkpoint folds SQLite's log into the file and empties it, so that what was
// deleted is on disk no longer; fault.Unavailable when readers hold it up. PostgreSQL does this by itself.
func (db *DB) Checkpoint(ctx context.Context) error {
	if !db.SQLite() {
		return nil
	}
	var busy, pages, done int
	if err := db.write.QueryRowxContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done); err != nil {
		return known(err)
	}
	if busy != 0 {
		return fmt.Errorf("checkpoint: readers hold it up: %w", fault.Unavailable)
	}
	return nil
}

// Path is that of the SQLite file, or empty.
func (db *DB) Path() string { return db.path }

// Engine says which engine this is and its version.
func (db *DB) Engine(ctx context.Context) (string, error) {
	if db.SQLite() {
		v, err := Get[string](ctx, db, `SELECT sqlite_version()`)
		return "SQLite " + v, err
	}
	v, err := Get[string](ctx, db, `SHOW server_version`)
	return "PostgreSQL " + v, err
}

// EngineAt says the same of the database that where names; it touches no SQLite
// file, so that it answers while a site is being served.
func EngineAt(ctx context.Context, where string) (string, error) {
	if strings.HasPrefix(where, "sqlite:") {
		v, _, _ := sqlite3.Version()
		return "SQLite " + v, nil
	}
	d, err := Open(where)
	if err != nil {
		return "", err
	}
	engine, err := d.Engine(ctx)
	return engine, errors.Join(err, d.Close())
}

// Tx runs f inside a transaction and commits it if f returns nil. f may run
// again when PostgreSQL breaks a deadlock, so it changes nothing but the database
// and what it assigns anew.
func (db *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	for try := 1; ; try++ {
		err := db.once(ctx, f)
		if try == 4 || !retryable(err) {
			return err
		}
	}
}

func (db *DB) once(ctx context.Context, f func(*Tx) error) error {
	conn, err := db.turn(ctx)
	if err != nil {
		return known(err)
	}
	defer conn.Close()
	begun, err := conn.BeginTxx(ctx, nil)
	if conn.waited(err) != nil {
		return known(err)
	}
	tx := &Tx{Tx: begun, loss: db.loss}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed(tx, err)
	}
	for _, then := range tx.committed {
		then()
	}
	return nil
}

// OnCommit has f called once tx has been committed, and never if it is not.
func (tx *Tx) OnCommit(f func()) { tx.committed = append(tx.committed, f) }

// Writer returns the pool for writing, for a statement that changes rows and
// also returns them.
func (db *DB) Writer() Querier { return writer{db} }

// Next returns the next number of the counter with that name: 1, 2, 3, …
// It never gives one twice: the row stays locked until tx ends.
func Next(ctx context.Context, tx *Tx, counter string) (int64, error) {
	return Get[int64](ctx, tx, `
		INSERT INTO counter (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = counter.value + 1
		RETURNING value`, counter)
}

// The methods that make a *DB a Querier: reading from the readers, writing
// through the writer.

func (db *DB) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return db.read.QueryContext(ctx, q, args...)
}
func (db *DB) QueryxContext(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	return db.read.QueryxContext(ctx, q, args...)
}
func (db *DB) QueryRowxContext(ctx context.Context, q string, args ...any) *sqlx.Row {
	return db.read.QueryRowxContext(ctx, q, args...)
}
func (db *DB) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	conn, err := db.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	result, err := conn.ExecContext(ctx, q, args...)
	return result, conn.waited(err)
}
func (db *DB) DriverName() string                                 { return db.read.DriverName() }
func (db *DB) Rebind(q string) string                             { return db.read.Rebind(q) }
func (db *DB) BindNamed(q string, arg any) (string, []any, error) { return db.read.BindNamed(q, arg) }

var errInUse = fmt.Errorf("another loket is using this database: %w", fault.Unavailable)
