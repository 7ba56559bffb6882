package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"loket/app/fault"
)

// OpenBeside opens the database of a site that may be running in another
// process, for a short command: it takes no lock. A SQLite file that is not there is fault.NotFound.
func OpenBeside(where string) (*DB, error) {
	if err := Exists(where); err != nil {
		return nil, err
	}
	rest, ok := strings.CutPrefix(where, "sqlite:")
	if !ok {
		return Open(where)
	}
	return openSQLite(rest, func(string) (*os.File, error) { return nil, nil })
}

// Exists returns fault.NotFound when where names a SQLite file that is not there,
// which Open would make.
func Exists(where string) error {
	rest, ok := strings.CutPrefix(where, "sqlite:")
	path, _, _ := strings.Cut(rest, "?")
	if _, err := os.Stat(path); ok && err != nil {
		return fmt.Errorf("there is no database at %s: %w", path, fault.NotFound)
	}
	return nil
}

// Snapshot writes all that is in the database at one moment, while others go
// on writing, to a new SQLite file at path.
func (db *DB) Snapshot(ctx context.Context, path string) (err error) {
	// Made first, so that nobody else can read it at any moment.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if db.SQLite() {
		_, err := db.write.ExecContext(ctx, `VACUUM INTO ?`, path)
		return known(err)
	}
	to, err := Open("sqlite:" + path)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, to.Close(), os.Remove(path+".lock"))
	}()
	if err := to.Migrate(ctx); err != nil {
		return err
	}
	begun, err := db.read.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer begun.Rollback() //nolint:errcheck // it has only read
	if _, err := copyAll(ctx, db, &Tx{Tx: begun}, to); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return to.Checkpoint(ctx)
}
