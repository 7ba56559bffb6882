package privacy

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"loket/app/hours"
	"loket/db"
)

// tombstone is what is left of a row in the database and the ledger: never a
// name or an address.
type tombstone struct {
	ID        string    `db:"id" json:"id"`
	At        time.Time `db:"at" json:"at"`
	Run       int64     `db:"run" json:"run"`
	Cause     Cause     `db:"cause" json:"cause"`
	Purpose   string    `db:"purpose" json:"purpose"`
	Table     string    `db:"table_name" json:"table"`
	Row       string    `db:"row_id" json:"row"`
	Action    Verb      `db:"action" json:"action"`
	Detail    string    `db:"detail" json:"detail,omitempty"` // the columns, when only some were blanked
	Rule      string    `db:"rule" json:"rule"`
	Statement int64     `db:"statement" json:"statement"`
	Ledgered  bool      `db:"ledgered" json:"-"`
}

// work is one stretch of erasing under one version of the statement.
type work struct {
	*Engine
	at        time.Time
	run       int64
	statement int64
	who       Subject
	names     Identifiers
	scrubber  *scrubber // of names
	replay    bool      // the tombstone is there already
	done      int       // tombstones so far: they sort in the order of the work
}

// apply does to one row what d says, and leaves a tombstone. It reports false
// when there was nothing left to do.
func (w *work) apply(ctx context.Context, tx *db.Tx, d Due) (bool, error) {
	rec := d.rec
	who := w.who
	if d.Person != "" {
		who = Subject{AccountID: d.Person}
	}
	args := who.args(map[string]any{"row": d.Row, "now": w.at})
	there := "SELECT 1 FROM " + rec.Table + " t WHERE t." + rec.key() + " = :row"
	if d.Action == Anonymises { // what was done before is not done again, the statements before it included
		there += " AND (" + left(rec, d.action) + ")"
	}
	here, err := all[int](ctx, tx, there, args)
	if err != nil || len(here) == 0 {
		return false, err
	}
	for _, before := range d.action.Before {
		if _, err := exec(ctx, tx, before, args); err != nil {
			return false, err
		}
	}
	var within []string
	if d.rule == nil || d.rule.With == "" { // else the parent's own rule sees to it
		if within, err = documents(ctx, tx, rec, d.Row); err != nil {
			return false, err
		}
	}
	var touched bool
	switch d.Action {
	case Deletes:
		if err := w.forgetFiles(ctx, tx, rec, d, args); err != nil {
			return false, err
		}
		if _, err := exec(ctx, tx, "DELETE FROM "+rec.Table+" WHERE "+rec.key()+" = :row", args); err != nil {
			return false, err
		}
		touched = true // also when a hook or a cascade took it
		if rec.Search != "" && w.Hooks.Unindex != nil {
			if err := w.Hooks.Unindex(ctx, tx, rec.Search, d.Row); err != nil {
				return false, err
			}
		}
	case Anonymises:
		if touched, err = w.blank(ctx, tx, d, args); err != nil {
			return false, err
		}
	}
	if touched {
		if err := w.reindexWithin(ctx, tx, rec, within); err != nil {
			return false, err
		}
	}
	if !touched || w.replay {
		return touched, nil
	}
	w.done++
	return true, db.Insert(ctx, tx, "erasure", tombstone{
		ID: fmt.Sprintf("%09d%s", w.done, rand.Text()), At: w.at, Run: w.run, Cause: d.Cause, Purpose: d.Purpose, Table: d.Table, Row: d.Row,
		Action: d.Action, Detail: strings.Join(d.action.Only, ","), Rule: d.Rule, Statement: w.statement,
	})
}

// documents are the refs of the documents of others that hold words of a row.
func documents(ctx context.Context, tx *db.Tx, rec *Record, row string) ([]string, error) {
	if rec.Within.Ref == "" {
		return nil, nil
	}
	return all[string](ctx, tx, "SELECT coalesce("+rec.Within.Ref+", '') FROM "+rec.Table+" t WHERE CAST(t."+rec.key()+" AS TEXT) = :row", map[string]any{"row": row})
}

// reindexWithin has the documents that held words of a row made anew.
func (w *work) reindexWithin(ctx context.Context, tx *db.Tx, rec *Record, refs []string) error {
	if w.Hooks.Reindex == nil {
		return nil
	}
	for _, ref := range refs {
		for _, kind := range rec.Within.Kinds {
			if ref == "" {
				continue
			}
			if err := w.Hooks.Reindex(ctx, tx, kind, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// blank anonymises one row: columns with a Blank get it, other free text
// loses the person's name and addresses, files go.
func (w *work) blank(ctx context.Context, tx *db.Tx, d Due, args map[string]any) (bool, error) {
	rec := d.rec
	var set []string
	for _, c := range rec.blanks(d.action) {
		set = append(set, c.Name+" = "+c.Blank)
	}
	n, err := exec(ctx, tx, "UPDATE "+rec.Table+" AS t SET "+strings.Join(set, ", ")+" WHERE t."+rec.key()+" = :row AND ("+left(rec, d.action)+")", args)
	if err != nil {
		return false, err
	}
	whole := len(d.action.Only) == 0
	if whole || slices.ContainsFunc(d.action.Only, func(name string) bool { c, _ := rec.column(name); return c.File }) {
		if err := w.forgetFiles(ctx, tx, rec, d, args); err != nil {
			return false, err
		}
	}
	if whole && !w.names.IsZero() {
		if _, _, err := w.scrubRow(ctx, tx, rec, d.Row); err != nil {
			return false, err
		}
	}
	if n > 0 && rec.Search != "" && w.Hooks.Reindex != nil {
		if err := w.Hooks.Reindex(ctx, tx, rec.Search, d.Row); err != nil {
			return false, err
		}
	}
	return n > 0, nil
}

// forgetFiles removes the files that a row owns.
func (w *work) forgetFiles(ctx context.Context, tx *db.Tx, rec *Record, d Due, args map[string]any) error {
	var files []string
	if rec.Files {
		owned, err := db.All[string](ctx, tx, `SELECT id FROM file WHERE owner = ?`, d.Table+":"+d.Row)
		if err != nil {
			return err
		}
		files = owned
	}
	for _, c := range rec.Columns {
		if !c.File || rec.Table == "file" && c.Name != "id" {
			continue
		}
		held, err := all[string](ctx, tx, "SELECT t."+c.Name+" FROM "+rec.Table+" t WHERE t."+rec.key()+" = :row AND t."+c.Name+" IS NOT NULL", args)
		if err != nil {
			return err
		}
		files = append(files, held...)
	}
	return w.forget(ctx, tx, files)
}

// orphans forgets the files of rows that went along with another: by a
// cascade, or by a statement of a rule.
func (w *work) orphans(ctx context.Context, tx *db.Tx, r *Registry) error {
	return r.each(func(_ *Purpose, rec *Record) error {
		if !rec.Files {
			return nil
		}
		files, err := db.All[string](ctx, tx, `SELECT f.id FROM file f WHERE f.owner LIKE ? ESCAPE '!' AND NOT EXISTS
			(SELECT 1 FROM `+rec.Table+` t WHERE f.owner = ? || CAST(t.`+rec.key()+` AS TEXT))`, likeEscape(rec.Table+":")+"%", rec.Table+":")
		if err != nil {
			return err
		}
		return w.forget(ctx, tx, files)
	})
}

// forget removes files with their bytes.
func (w *work) forget(ctx context.Context, tx *db.Tx, files []string) error {
	for _, id := range files {
		if id == "" {
			continue
		}
		if w.Hooks.Forget != nil {
			if err := w.Hooks.Forget(ctx, tx, id); err != nil {
				return fmt.Errorf("file %s: %w", id, err)
			}
		}
		if _, err := db.Exec(ctx, tx, `DELETE FROM file WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// planned is a row of a person and the page about it.
type planned struct {
	Row  string `db:"row_id"`
	Page string `db:"page_id"`
}

// plan is what erasure means for every row of a person, whether he asked for it or
// the term of his account is over, last declared first, so that every path to the
// person still exists when it is needed. Rows that are kept are in it, with the reason
// and the day.
func (e *Engine) plan(ctx context.Context, on db.Querier, r *Registry, who Subject, asked bool, choices []string, at time.Time, holds heldRows) ([]Due, error) {
	var plan []Due
	args := who.args(map[string]any{"now": at})
	for _, p := range slices.Backward(ptrs(r.Purposes)) {
		for _, rec := range slices.Backward(ptrs(p.Records)) {
			if rec.Of == "" {
				continue
			}
			decided := map[string]bool{}
			for _, a := range rec.OnErase {
				if a.Asked && !asked || a.Choice != "" && !slices.Contains(choices, a.Choice) {
					continue
				}
				where := rec.Of
				if a.When != "" {
					where = "(" + where + ") AND (" + a.When + ")"
				}
				rows, err := all[planned](ctx, on, "SELECT CAST(t."+rec.key()+" AS TEXT) AS row_id, "+rec.page()+" AS page_id FROM "+rec.Table+" t WHERE "+where+" ORDER BY t."+rec.key(), args)
				if err != nil {
					return nil, err
				}
				for _, one := range rows {
					row := one.Row
					if decided[row] {
						continue
					}
					decided[row] = true
					d := Due{Purpose: p.Key, Table: rec.Table, Row: row, Rule: "art. 17", Action: a.Do, Cause: Requested, Why: a.Why, Link: rec.link(one.Page), action: a, rec: rec}
					if h, ok := holds[rec.Table+"\x00"+row]; ok {
						d.Blocker, d.Until = Held, h.review()
						d.Why = Text{"vastgehouden: " + h.Reason, "on hold: " + h.Reason}
					} else if a.Do == Refuses {
						if err := e.refused(ctx, p, rec, &d, at, holds); err != nil {
							return nil, err
						}
					}
					plan = append(plan, d)
				}
			}
		}
	}
	return plan, nil
}

// refused finds the day until which a row is kept although its person asked.
func (e *Engine) refused(ctx context.Context, p *Purpose, rec *Record, d *Due, at time.Time, holds heldRows) error {
	d.Blocker = Law
	rules, err := e.explain(ctx, p, rec, "t."+rec.key()+" = :row", map[string]any{"row": d.Row}, at, holds)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		d.Sentence, d.Trigger = rule.Sentence, rule.Trigger
		for _, day := range []hours.Date{rule.Day, rule.Until} {
			if day.Compare(d.Until) > 0 {
				d.Until = day
			}
		}
	}
	return nil
}
