package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// How long a write waits for a lock that another process holds, before it is
// fault.Unavailable: SQLite adds up the pauses that it asks for, which on a busy
// machine last longer, and it is to be five seconds at most. And how much a write
// gets at least when its turn comes late, or when an earlier one waited in vain.
const (
	lockWait  = 4 * time.Second
	leastWait = 20 * time.Millisecond
)

// turn returns the connection to write on, SQLite's only one, when its turn has
// come; closing it passes it on. Whoever has waited in our own queue waits that
// much less for a lock of another process, so that all who came while it was
// held are told within lockWait, not one after the other.
func (db *DB) turn(ctx context.Context) (*writing, error) {
	until, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	conn, err := db.write.Connx(ctx)
	if err != nil || !db.SQLite() {
		return &writing{Conn: conn, stuck: &db.stuck}, err
	}
	deadline, _ := until.Deadline()
	own, limited := ctx.Deadline()
	hasty := limited && own.Equal(deadline)
	left := max(leastWait, time.Until(deadline))
	if db.stuck.Load() {
		left = leastWait
	}
	if lockWait-left < lockWait/50 {
		return &writing{Conn: conn, stuck: &db.stuck, hasty: hasty}, nil
	}
	w := &writing{conn, &db.stuck, true, hasty}
	if err := w.wait(left); err != nil {
		return nil, errors.Join(err, w.Close()) // else nobody would ever write again
	}
	return w, nil
}

type writing struct {
	*sqlx.Conn
	stuck     *atomic.Bool
	shortened bool // of how long SQLite waits on it
	hasty     bool // whoever writes has less than lockWait
}

func (w *writing) wait(most time.Duration) error {
	_, err := w.ExecContext(context.Background(), fmt.Sprintf("PRAGMA busy_timeout = %d", most.Milliseconds()))
	return err
}

// Close passes the turn on, with the patience that whoever has the next one needs.
func (w *writing) Close() error {
	if !w.shortened || w.stuck.Load() {
		return w.Conn.Close()
	}
	return errors.Join(w.wait(lockWait), w.Conn.Close())
}

// waited remembers whether another process kept the lock from a write for as long
// as one waits.
func (w *writing) waited(err error) error {
	switch {
	case err == nil:
		w.stuck.Store(false)
	case !w.hasty && locked(err):
		w.stuck.Store(true)
	}
	return err
}

// locked reports whether another process holds the lock of the SQLite file.
func locked(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && lite.Code == sqlite3.ErrBusy
}

// Check reads the whole SQLite file for damage; nil when there is none. On
// PostgreSQL that is the server's own work.
func (db *DB) Check(ctx context.Context) error {
	if !db.SQLite() {
		return nil
	}
	found, err := Get[string](ctx, db, `PRAGMA quick_check(1)`)
	if err != nil || found == "ok" {
		return err
	}
	return fmt.Errorf("the database is damaged, put a backup back: %s", found)
}

// Lost is closed when the disk did not keep what was written to the SQLite
// file. The system may since have dropped it from its memory, so no later write
// tells anything: the process has to end, and the next reads what is really there.
func (db *DB) Lost() <-chan struct{} { return db.lost }

// loss is closed at most once.
type loss struct {
	lost chan struct{}
	told atomic.Bool
}

func (l *loss) tell() {
	if l != nil && l.told.CompareAndSwap(false, true) {
		close(l.lost)
	}
}

// unkept reports whether err says that an fsync failed.
func unkept(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && (lite.ExtendedCode == sqlite3.ErrIoErrFsync || lite.ExtendedCode == sqlite3.ErrIoErrDirFsync)
}

// failed is known, and remembers that the disk keeps nothing or that the lock is held.
func failed(on Querier, err error) error {
	if w, ok := on.(writer); ok && locked(err) {
		w.stuck.Store(true)
	}
	if err != nil && unkept(err) {
		switch on := on.(type) {
		case *DB:
			on.loss.tell()
		case *Tx:
			on.loss.tell()
		case writer:
			on.loss.tell()
		}
	}
	return known(err)
}

// writer runs queries on the writers, for a statement that changes rows and
// also returns them.
type writer struct{ *DB }

func (w writer) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return w.write.QueryContext(ctx, q, args...)
}
func (w writer) QueryxContext(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	return w.write.QueryxContext(ctx, q, args...)
}
func (w writer) QueryRowxContext(ctx context.Context, q string, args ...any) *sqlx.Row {
	return w.write.QueryRowxContext(ctx, q, args...)
}
