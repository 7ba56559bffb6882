// Package jobs runs work outside of requests: once, as soon as possible, or
// every so often. Work is queued in the database, inside the transaction that
// causes it, so that it happens if and only if that transaction commits.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"loket/app/fault"
	"loket/db"
)

// A job gets ten tries, with pauses of 2, 4, 8 … minutes; after that it stays
// for staff to see. A worker that dies loses its job when the lease ends.
const (
	tries = 10
	lease = 5 * time.Minute
)

// Queue takes work and hands it out.
type Queue struct {
	DB       *db.DB
	Now      func() time.Time
	handlers map[string]func(context.Context, []byte) error
	wake     chan struct{}
}

// NewQueue returns an empty queue on d.
func NewQueue(d *db.DB, now func() time.Time) *Queue {
	return &Queue{d, now, map[string]func(context.Context, []byte) error{}, make(chan struct{}, 1)}
}

// Permanent marks a failure that another try will not mend.
var Permanent = errors.New("permanent")

// Handle tells the queue who does work of one kind. do may run twice for one
// job (a worker can die after the work and before noting it), so it must be
// safe to repeat. ids go into payloads, not content.
func Handle[P any](q *Queue, kind string, do func(context.Context, P) error) {
	q.handlers[kind] = func(ctx context.Context, raw []byte) error {
		var payload P
		if err := json.Unmarshal(raw, &payload); err != nil {
			return errors.Join(Permanent, err)
		}
		return do(ctx, payload)
	}
}

// Work is what a job needs besides its kind.
type Work struct {
	Payload any
	About   string    // whose or what it is about ("account:ID"), to find it for cancelling
	At      time.Time // not before; zero is now
}

// Add queues work, as part of tx.
func (q *Queue) Add(ctx context.Context, tx *db.Tx, kind string, w Work) error {
	raw, err := json.Marshal(w.Payload)
	if err != nil {
		return err
	}
	now := q.Now()
	if w.At.IsZero() {
		w.At = now
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO job (id, kind, payload, about, run_at, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		rand.Text(), kind, string(raw), w.About, w.At, now)
	if err == nil {
		tx.OnCommit(q.Wake)
	}
	return err
}

// Wake tells a waiting worker that there is work.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Cancel takes back the work about something that has not been done.
func (q *Queue) Cancel(ctx context.Context, tx *db.Tx, about string) error {
	_, err := db.Exec(ctx, tx, `DELETE FROM job WHERE about = ?`, about)
	return err
}

type job struct {
	ID, Kind, Payload string
	Tries             int
}

// RunDue does all work that is due and returns when there is none left, or
// when ctx ends, having finished the job in hand.
func (q *Queue) RunDue(ctx context.Context) error {
	for ctx.Err() == nil {
		j, err := q.claim(ctx)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.finish(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

func (q *Queue) claim(ctx context.Context) (job, error) {
	now := q.Now()
	// Reading first keeps an idle worker from asking SQLite's one writer.
	if due, err := db.Get[bool](ctx, q.DB, `SELECT EXISTS (SELECT 1 FROM job WHERE run_at <= ? AND failed_at IS NULL AND (leased_until IS NULL OR leased_until < ?))`, now, now); err != nil || !due {
		return job{}, errors.Join(err, notFoundUnless(err))
	}
	// The condition stands outside the sub-select too: without it two workers on
	// PostgreSQL can claim one row.
	return db.Get[job](ctx, q.DB.Writer(), `
		UPDATE job SET leased_until = ?, tries = tries + 1
		WHERE failed_at IS NULL AND (leased_until IS NULL OR leased_until < ?) AND id = (
			SELECT id FROM job WHERE run_at <= ? AND failed_at IS NULL AND (leased_until IS NULL OR leased_until < ?)
			ORDER BY run_at, id LIMIT 1)
		RETURNING id, kind, payload, tries`, now.Add(lease), now, now, now)
}

func notFoundUnless(err error) error {
	if err != nil {
		return nil
	}
	return fault.NotFound
}

func (q *Queue) finish(ctx context.Context, j job) error {
	hand, cancel := inHand(ctx, lease-time.Minute)
	defer cancel()
	err := q.do(hand, j)
	ctx = context.WithoutCancel(ctx) // what came of it is noted in any case
	switch {
	case err == nil:
		_, err = db.Exec(ctx, q.DB, `DELETE FROM job WHERE id = ?`, j.ID)
	case j.Tries >= tries || errors.Is(err, Permanent):
		slog.Error("job given up", "kind", j.Kind, "job", j.ID, "tries", j.Tries, "err", err)
		_, err = db.Exec(ctx, q.DB, `UPDATE job SET leased_until = NULL, failed_at = ?, failure = ? WHERE id = ?`, q.Now(), short(err), j.ID)
	default:
		slog.Warn("job failed", "kind", j.Kind, "job", j.ID, "tries", j.Tries, "err", err)
		again := q.Now().Add(time.Minute << j.Tries)
		_, err = db.Exec(ctx, q.DB, `UPDATE job SET leased_until = NULL, run_at = ?, failure = ? WHERE id = ?`, again, short(err), j.ID)
	}
	return err
}

func short(err error) string {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", ": "), Permanent.Error()+": ")
	return text[:min(len(text), 500)]
}

func (q *Queue) do(ctx context.Context, j job) (err error) {
	h, ok := q.handlers[j.Kind]
	if !ok {
		return fmt.Errorf("nobody does %q: %w", j.Kind, Permanent)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h(ctx, []byte(j.Payload))
}

// grace is how long the work in hand may go on when the program is stopping.
const grace = 8 * time.Second

// inHand is the context of work that is finished even when ctx ends, within
// grace; and in any case within most.
func inHand(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	hand, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	stop := context.AfterFunc(ctx, func() {
		wait := time.NewTimer(grace)
		defer wait.Stop()
		select {
		case <-wait.C:
			cancel()
		case <-hand.Done():
		}
	})
	return hand, func() { stop(); cancel() }
}

// Failed is work that was given up, for staff to see.
type Failed struct {
	ID, Kind, Failure string
	Tries             int
	FailedAt          time.Time `db:"failed_at"`
}

// GivenUp lists the work that was given up, the last first.
func (q *Queue) GivenUp(ctx context.Context) ([]Failed, error) {
	return db.All[Failed](ctx, q.DB, `SELECT id, kind, failure, tries, failed_at FROM job WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id LIMIT 100`)
}

// Retry gives work that was given up another ten tries, from now on.
func (q *Queue) Retry(ctx context.Context, tx *db.Tx, id string) error {
	n, err := db.Exec(ctx, tx, `UPDATE job SET failed_at = NULL, tries = 0, run_at = ? WHERE id = ? AND failed_at IS NOT NULL`, q.Now(), id)
	if err == nil && n == 0 {
		return fault.NotFound
	}
	tx.OnCommit(q.Wake)
	return err
}

// Work does what is due until ctx ends: when woken, and every poll.
func (q *Queue) Work(ctx context.Context, poll time.Duration) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := q.RunDue(ctx); err != nil && ctx.Err() == nil {
			slog.Error("jobs stopped for a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-tick.C:
		}
	}
}
