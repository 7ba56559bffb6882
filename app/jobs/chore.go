package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Chore is work that comes back: every so often, or at the moments that Next
// names. Of several programs on one database one does it; what was missed while
// none ran is done at the start, once; so is what ran later than it is now, when the clock was set back. Do must be safe to repeat.
type Chore struct {
	Name  string
	Every time.Duration
	Next  func(last time.Time) time.Time // when it is due after a run at last; nil means last + Every
	Lease time.Duration                  // how long one run may take, zero is ten minutes
	Do    func(context.Context) error
}

// Ran is when a chore last ran, for staff and the health page.
type Ran struct {
	Name        string
	LeasedUntil *time.Time `db:"leased_until"`
	StartedAt   *time.Time `db:"started_at"`
	EndedAt     *time.Time `db:"ended_at"`
	Failure     string
}

// LastRuns lists every chore that ever ran.
func LastRuns(ctx context.Context, on db.Querier) ([]Ran, error) {
	return db.All[Ran](ctx, on, `SELECT * FROM chore ORDER BY name`)
}

// RunChores does the chores that are due.
func (q *Queue) RunChores(ctx context.Context, chores []Chore) error {
	var failed []error
	for _, chore := range chores {
		if ctx.Err() != nil {
			break
		}
		if err := q.runChore(ctx, chore); err != nil {
			failed = append(failed, fmt.Errorf("chore %s: %w", chore.Name, err))
		}
	}
	return errors.Join(failed...)
}

func (q *Queue) runChore(ctx context.Context, c Chore) error {
	now := q.Now()
	ran, err := db.Get[Ran](ctx, q.DB, `SELECT * FROM chore WHERE name = ?`, c.Name)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	if ran.StartedAt != nil && !now.Before(*ran.StartedAt) && now.Before(c.due(*ran.StartedAt)) || ran.LeasedUntil != nil && now.Before(*ran.LeasedUntil) {
		return nil
	}
	if c.Lease == 0 {
		c.Lease = 10 * time.Minute
	}
	claimed, err := db.Exec(ctx, q.DB, `
		INSERT INTO chore (name, leased_until, started_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET leased_until = excluded.leased_until, started_at = excluded.started_at
		WHERE chore.started_at IS NULL OR chore.started_at = ? AND (chore.leased_until IS NULL OR chore.leased_until < ?)`,
		c.Name, now.Add(c.Lease), now, ran.startedAt(), now)
	if err != nil || claimed == 0 {
		return err
	}
	hand, cancel := inHand(ctx, c.Lease)
	defer cancel()
	failure := ""
	failed := c.do(hand)
	ctx = context.WithoutCancel(ctx) // that it ran is noted in any case
	if failed != nil {
		failure = short(failed)
		slog.Error("chore failed", "chore", c.Name, "err", failed)
	}
	_, err = db.Exec(ctx, q.DB, `UPDATE chore SET leased_until = NULL, ended_at = ?, failure = ? WHERE name = ?`, q.Now(), failure, c.Name)
	return errors.Join(failed, err)
}

func (r Ran) startedAt() time.Time {
	if r.StartedAt == nil {
		return time.Time{}
	}
	return *r.StartedAt
}

// due is when the chore comes back. Chores are looked at once a minute, a
// moment sooner or later: seconds do not make it wait another minute.
func (c Chore) due(last time.Time) time.Time {
	if c.Next != nil {
		return c.Next(last)
	}
	return last.Add(c.Every).Truncate(time.Minute)
}

func (c Chore) do(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.Do(ctx)
}
