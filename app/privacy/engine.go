package privacy

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"loket/app/hours"
	"loket/db"
)

// Engine carries out what the registry declares.
type Engine struct {
	Registry *Registry
	DB       *db.DB
	Now      func() time.Time
	Zone     *time.Location // of the organisation: its calendar days count
	Ledger   string         // file outside the database that lists every erasure; empty: none
	Backups  Period         // how long the oldest backup lives; zero means 35 days
	Undo     Period         // how long an erasure on request waits; zero means none
	Security []Text         // sentences about security in the statement: measured facts, no absolutes
	// About says who answers for the data; nil: what SetController stored.
	About func(ctx context.Context, on db.Querier) (Controller, error)
	Hooks Hooks
}

// Hooks is what the engine asks of the program around it. An empty one is skipped.
type Hooks struct {
	// Forget removes the row of table file with that id, and its bytes after tx.
	Forget func(ctx context.Context, tx *db.Tx, file string) error
	// Open gives the bytes of a file for an export.
	Open func(ctx context.Context, file string) (io.ReadCloser, error)
	// Unindex takes a document out of the search index.
	Unindex func(ctx context.Context, tx *db.Tx, kind, ref string) error
	// Reindex has a document whose row was anonymised or scrubbed made anew.
	Reindex func(ctx context.Context, tx *db.Tx, kind, ref string) error
	// Rerender makes a queued mail again from the data as they are now and
	// reports whether it could; else the engine scrubs the text that stands there.
	Rerender func(ctx context.Context, tx *db.Tx, mail string) (bool, error)
	// Reported is called, before the person's address goes, with what was done for a request.
	Reported func(ctx context.Context, tx *db.Tx, r Request, report Report) error
	// Inform tells people of a new version that changes things for the worse.
	Inform func(ctx context.Context, tx *db.Tx, v Version, changes []Change) error
	// Thawed is called when an account may be used again: its erasure was
	// stopped or refused, a hold on it was lifted.
	Thawed func(ctx context.Context, tx *db.Tx, account string) error
	// Frozen is called when an erasure was asked and can still be stopped.
	Frozen func(ctx context.Context, tx *db.Tx, r Request) error
}

// runTime is when the nightly run starts, local time. Between 02:00 and 03:00
// an hour is missing in March and doubled in October.
var runTime = hours.HM(4, 15)

// RunOf is the instant of the run of a day.
func (e *Engine) RunOf(d hours.Date) time.Time { return hours.At(e.Zone, d, runTime) }

// NextRun is the first run after t.
func (e *Engine) NextRun(t time.Time) time.Time {
	d := hours.DateOf(t, e.Zone)
	for {
		if at := e.RunOf(d); at.After(t) {
			return at
		}
		d = d.AddDays(1)
	}
}

// LastRun is the last run that should have begun at or before t.
func (e *Engine) LastRun(t time.Time) time.Time {
	d := hours.DateOf(t, e.Zone)
	if at := e.RunOf(d); !at.After(t) {
		return at
	}
	return e.RunOf(d.AddDays(-1))
}

func (e *Engine) day(t time.Time) hours.Date { return hours.DateOf(t, e.Zone) }

// dawn is the instant at which a day begins.
func (e *Engine) dawn(d hours.Date) time.Time { return hours.At(e.Zone, d, 0) }

func (e *Engine) backups() Period {
	if e.Backups.IsZero() {
		return Period{Days: 35}
	}
	return e.Backups
}

// bind replaces the :names of declared SQL by placeholders. What stands
// between quotes is left alone. A name without a value is a fault of the declaration.
func bind(query string, args map[string]any) (string, []any, error) {
	var b strings.Builder
	var values []any
	quoted := false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c != ':' || quoted {
			b.WriteByte(c)
			continue
		}
		end := i + 1
		for end < len(query) && (query[end] == '_' || query[end] >= 'a' && query[end] <= 'z' || query[end] >= '0' && query[end] <= '9') {
			end++
		}
		value, ok := args[query[i+1:end]]
		if !ok {
			return "", nil, fmt.Errorf("no value for %q in %q", query[i:end], query)
		}
		b.WriteByte('?')
		values = append(values, value)
		i = end - 1
	}
	return b.String(), values, nil
}

// exec runs declared SQL.
func exec(ctx context.Context, on db.Querier, query string, args map[string]any) (int64, error) {
	text, values, err := bind(query, args)
	if err != nil {
		return 0, err
	}
	n, err := db.Exec(ctx, on, text, values...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	return n, nil
}

// all reads with declared SQL.
func all[T any](ctx context.Context, on db.Querier, query string, args map[string]any) ([]T, error) {
	text, values, err := bind(query, args)
	if err != nil {
		return nil, err
	}
	rows, err := db.All[T](ctx, on, text, values...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	return rows, nil
}
