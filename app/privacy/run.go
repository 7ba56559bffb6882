package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Run is one nightly run as it is kept: numbers, never a name. Each carries
// the hash of the one before it.
type Run struct {
	Number     int64      `db:"number" json:"number"`
	Night      string     `db:"night" json:"night"`
	PlannedAt  time.Time  `db:"planned_at" json:"planned_at"`
	StartedAt  time.Time  `db:"started_at" json:"started_at"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	Statement  int64      `db:"statement" json:"statement"`
	Late       int64      `db:"late" json:"late"` // days, of the row that waited longest
	Erased     int64      `db:"erased" json:"erased"`
	Anonymised int64      `db:"anonymised" json:"anonymised"`
	Blocked    int64      `db:"blocked" json:"blocked"`
	Failed     int64      `db:"failed" json:"failed"`
	Report     string     `db:"report" json:"-"`
	Hash       string     `db:"hash" json:"hash"`
}

// Tally is what a run did by one rule.
type Tally struct {
	Erased     int `json:"erased,omitempty"`
	Anonymised int `json:"anonymised,omitempty"`
	Held       int `json:"held,omitempty"`
	Law        int `json:"law,omitempty"`
	Kept       int `json:"kept,omitempty"`
	Recent     int `json:"recent,omitempty"`
	Guarded    int `json:"guarded,omitempty"`
	Late       int `json:"late,omitempty"` // days
	Failed     int `json:"failed,omitempty"`
}

// Tallies are what the run did, by rule.
func (r Run) Tallies() (map[string]Tally, error) {
	t := map[string]Tally{}
	if r.Report == "" {
		return t, nil
	}
	return t, json.Unmarshal([]byte(r.Report), &t)
}

// Result is what a run did: the run as it is kept, every row with what
// happened, and what failed. The next run tries failed rows again.
type Result struct {
	Run      Run
	Due      []Due
	Failures []error
}

const runLease = "privacy-run"

// Run does what Due shows for that moment. Each row goes whole or not at all;
// a row that fails takes no other with it; running again does nothing more. Only one
// run is under way at a time, of however many programs: else fault.Conflict.
// Rows that the guard blocks stay unless confirm is set.
func (e *Engine) Run(ctx context.Context, at time.Time, confirm bool) (res Result, err error) {
	if err := e.lease(ctx); err != nil {
		return res, err
	}
	defer func() {
		free := context.WithoutCancel(ctx)
		_, e2 := db.Exec(free, e.DB, `UPDATE chore SET leased_until = NULL, ended_at = ? WHERE name = ?`, e.Now(), runLease)
		err = errors.Join(err, e2)
	}()
	r, version, err := e.inForce(ctx, at)
	if err != nil {
		return res, err
	}
	if res.Due, err = e.dueBy(ctx, r, at, confirm); err != nil {
		return res, err
	}
	run := Run{Night: e.day(at).String(), PlannedAt: e.LastRun(earliest(at, e.Now())), StartedAt: e.Now(), Statement: version.Number}
	err = e.DB.Tx(ctx, func(tx *db.Tx) error {
		if run.Number, err = db.Next(ctx, tx, "privacy_run"); err != nil {
			return err
		}
		return db.Insert(ctx, tx, "privacy_run", run)
	})
	if err != nil {
		return res, err
	}
	tallies := map[string]Tally{}
	w := &work{Engine: e, at: e.Now(), run: run.Number, statement: version.Number}
	res.Failures, err = w.carryOut(ctx, r, res.Due, func(d Due, done bool, failure error) {
		t := tallies[d.Rule]
		switch {
		case failure != nil:
			t.Failed++
			run.Failed++
		case d.Blocker == Held, d.Blocker == Partly:
			t.Held++
		case d.Blocker == Law:
			t.Law++
		case d.Blocker == Kept:
			t.Kept++
		case d.Blocker == Recent:
			t.Recent++
		case d.Blocker == Guard:
			t.Guarded++
		case done && d.Action == Deletes:
			t.Erased++
			run.Erased++
		case done:
			t.Anonymised++
			run.Anonymised++
		}
		if !d.Taken() {
			run.Blocked++
		} else if done {
			t.Late = max(t.Late, d.Late)
			run.Late = max(run.Late, int64(d.Late))
		}
		tallies[d.Rule] = t
	})
	if err != nil {
		return res, err
	}
	if err := e.DB.Tx(ctx, func(tx *db.Tx) error { return w.orphans(ctx, tx, r) }); err != nil {
		return res, err
	}
	report, err := json.Marshal(tallies)
	if err != nil {
		return res, err
	}
	run.Report, run.EndedAt = string(report), new(e.Now())
	if res.Run, err = e.close(ctx, run); err != nil {
		return res, err
	}
	return res, e.after(ctx)
}

// lease takes the right to run, for an hour.
func (e *Engine) lease(ctx context.Context) error {
	now := e.Now()
	n, err := db.Exec(ctx, e.DB, `INSERT INTO chore (name, leased_until, started_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET leased_until = excluded.leased_until, started_at = excluded.started_at
		WHERE chore.leased_until IS NULL OR chore.leased_until < ?`, runLease, now.Add(time.Hour), now, now)
	if err == nil && n == 0 {
		return fmt.Errorf("privacy: a run is under way: %w", fault.Conflict)
	}
	return err
}

// earliest keeps a run that was asked for a later moment from standing for the
// nights until then.
func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

const batch = 200 // rows in one transaction

// carryOut applies what is taken, in transactions of some rows; where one
// fails its rows are tried one by one. tell hears of every row exactly once.
func (w *work) carryOut(ctx context.Context, r *Registry, due []Due, tell func(Due, bool, error)) (failures []error, err error) {
	for len(due) > 0 {
		if err := ctx.Err(); err != nil {
			return failures, err
		}
		if _, err := db.Exec(ctx, w.DB, `UPDATE chore SET leased_until = ? WHERE name = ?`, w.Now().Add(time.Hour), runLease); err != nil {
			return failures, err
		}
		n := min(batch, len(due))
		part := due[:n]
		due = due[n:]
		done, err := w.together(ctx, r, part)
		if err == nil {
			for i, d := range part {
				tell(d, done[i], nil)
			}
			continue
		}
		for i, d := range part {
			one, err := w.together(ctx, r, part[i:i+1])
			if err != nil {
				failures = append(failures, fmt.Errorf("%s %s: %w", d.Rule, d.Row, err))
				tell(d, false, err)
				continue
			}
			tell(d, one[0], nil)
		}
	}
	return failures, nil
}

// together applies some rows in one transaction. Holds are looked at again
// inside it: one that was set a moment ago counts.
func (w *work) together(ctx context.Context, r *Registry, part []Due) (done []bool, err error) {
	err = w.DB.Tx(ctx, func(tx *db.Tx) error {
		done = make([]bool, len(part))
		holds, err := w.holds(ctx, tx, r)
		if err != nil {
			return err
		}
		for i, d := range part {
			if !d.Taken() || d.Action == Refuses {
				continue
			}
			if _, held := holds[d.Table+"\x00"+d.Row]; held {
				continue
			}
			if done[i], err = w.apply(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// close writes down how a run ended, chained to the one before.
func (e *Engine) close(ctx context.Context, run Run) (Run, error) {
	err := e.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := db.All[string](ctx, tx, `SELECT hash FROM privacy_run WHERE number < ? ORDER BY number DESC LIMIT 1`, run.Number)
		if err != nil {
			return err
		}
		run.Hash = run.chain(before)
		_, err = db.Exec(ctx, tx, `UPDATE privacy_run SET ended_at = ?, late = ?, erased = ?, anonymised = ?, blocked = ?, failed = ?, report = ?, hash = ? WHERE number = ?`,
			*run.EndedAt, run.Late, run.Erased, run.Anonymised, run.Blocked, run.Failed, run.Report, run.Hash, run.Number)
		return err
	})
	return run, err
}

func (r Run) chain(before []string) string {
	return hexSum(fmt.Sprint(before, r.Number, r.Night, r.Statement, r.Late, r.Erased, r.Anonymised, r.Blocked, r.Failed, r.Report))
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// after makes the erasing last: the ledger, the disk, and the tombstones that
// are old enough to become numbers.
func (e *Engine) after(ctx context.Context) error {
	if err := e.SyncLedger(ctx); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := e.compact(ctx); err != nil {
		return fmt.Errorf("tombstones: %w", err)
	}
	if err := e.DB.Checkpoint(ctx); err != nil && !errors.Is(err, fault.Unavailable) {
		return err
	}
	return nil
}

// Tick runs what should have run by now: the erasures whose time to stop is
// over, and the night if it has not been done. Nights that were missed are caught up
// in one run, which reports how late it is; it takes what the last of them should have
// taken, and nothing that is for the night to come. It reports whether the night ran.
func (e *Engine) Tick(ctx context.Context) (ran bool, err error) {
	if _, err := e.EraseDue(ctx); err != nil {
		return false, err
	}
	planned := e.LastRun(e.Now())
	done, err := db.Get[bool](ctx, e.DB, `
		SELECT EXISTS (SELECT 1 FROM privacy_run WHERE planned_at >= ? AND ended_at IS NOT NULL)
		    OR NOT EXISTS (SELECT 1 FROM statement WHERE published_at < ?)`, planned, planned)
	if err != nil || done {
		return false, err
	}
	_, err = e.Run(ctx, planned, false)
	if errors.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil, err
}

// Runs lists the latest runs, newest first.
func (e *Engine) Runs(ctx context.Context, limit int) ([]Run, error) {
	return db.All[Run](ctx, e.DB, `SELECT * FROM privacy_run ORDER BY number DESC LIMIT ?`, limit)
}

// RunsIntact reports whether the chain of runs is unbroken.
func (e *Engine) RunsIntact(ctx context.Context) (bool, error) {
	runs, err := db.All[Run](ctx, e.DB, `SELECT * FROM privacy_run WHERE ended_at IS NOT NULL ORDER BY number`)
	if err != nil {
		return false, err
	}
	for i, run := range runs {
		var before []string
		if i > 0 {
			before = []string{runs[i-1].Hash}
		} else {
			before = []string{}
		}
		if run.Hash != run.chain(before) {
			return false, nil
		}
	}
	return true, nil
}

// Health is what the health page shows of privacy.
type Health struct {
	LastRun     *time.Time // nil: never
	Missed      int        // nights since that should have run
	LateDays    int64      // of the last run
	Failed      int64      // rows that the last run could not erase
	Guarded     int        // rows that wait for a confirmation
	Unpublished bool       // the declaration promises something else than the published statement
	Overdue     int        // requests past their deadline
	HoldsToSee  int        // holds past their review day
	Intact      bool       // the chain of runs
}

// Yellow reports whether somebody should look.
func (h Health) Yellow() bool {
	return h.Missed > 0 || h.LateDays > 0 || h.Failed > 0 || h.Guarded > 0 || h.Unpublished || h.Overdue > 0 || h.HoldsToSee > 0 || !h.Intact
}

// Health looks at the runs, the requests and the holds.
func (e *Engine) Health(ctx context.Context) (h Health, err error) {
	now := e.Now()
	runs, err := db.All[Run](ctx, e.DB, `SELECT * FROM privacy_run WHERE ended_at IS NOT NULL ORDER BY number DESC LIMIT 1`)
	if err != nil {
		return h, err
	}
	if len(runs) > 0 {
		h.LastRun, h.LateDays, h.Failed = runs[0].EndedAt, runs[0].Late, runs[0].Failed
		h.Missed = max(0, daysBetween(e.day(runs[0].PlannedAt), e.day(e.LastRun(now))))
		tallies, err := runs[0].Tallies()
		if err != nil {
			return h, err
		}
		for _, t := range tallies {
			h.Guarded += t.Guarded
		}
	}
	if h.Unpublished, err = e.Unpublished(ctx); err != nil {
		return h, err
	}
	if h.Overdue, err = db.Get[int](ctx, e.DB, `SELECT count(*) FROM request WHERE answered_at IS NULL AND stopped_at IS NULL AND due_on < ?`, e.day(now).String()); err != nil {
		return h, err
	}
	if h.HoldsToSee, err = db.Get[int](ctx, e.DB, `SELECT count(*) FROM hold WHERE lifted_at IS NULL AND review_on <= ?`, e.day(now).String()); err != nil {
		return h, err
	}
	h.Intact, err = e.RunsIntact(ctx)
	return h, err
}

// Warnings are the accounts that go within 30 days and whose people have not
// been told yet. The caller mails them and calls Warned in the same transaction.
func (e *Engine) Warnings(ctx context.Context, at time.Time) ([]Due, error) {
	r, _, err := e.inForce(ctx, at)
	if err != nil {
		return nil, err
	}
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return nil, err
	}
	var soon []Due
	horizon := e.RunOf(e.day(at).AddDays(30))
	err = r.each(func(p *Purpose, rec *Record) error {
		if !rec.Person {
			return nil
		}
		due, err := e.dueOf(ctx, p, rec, horizon, holds)
		if err != nil {
			return err
		}
		for _, d := range due {
			if d.Action != Deletes || !d.Taken() {
				continue
			}
			account, err := db.Get[struct {
				Verified db.Time `db:"verified_at"`
				Warned   db.Time `db:"warned_at"`
			}](ctx, e.DB, `SELECT verified_at, warned_at FROM account WHERE id = ?`, d.Row)
			if err != nil {
				return err
			}
			told := !account.Warned.IsZero() && daysBetween(e.day(account.Warned.Time), d.Day) <= 31
			if !account.Verified.IsZero() && !told {
				soon = append(soon, d)
			}
		}
		return nil
	})
	return soon, err
}

// Warned writes down that the person of an account was told.
func (e *Engine) Warned(ctx context.Context, tx *db.Tx, account string) error {
	_, err := db.Exec(ctx, tx, `UPDATE account SET warned_at = ? WHERE id = ?`, e.Now(), account)
	return err
}
