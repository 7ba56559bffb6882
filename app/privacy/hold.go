package privacy

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
)

// Kinds of hold.
const (
	Claim    = "claim"    // needed for a legal claim: art. 17(3)(e)
	Disputed = "disputed" // its accuracy is disputed: art. 18(1)(a)
	Unlawful = "unlawful" // the person wants it restricted and not erased: art. 18(1)(b)
	Pending  = "pending"  // an objection is being weighed: art. 18(1)(d)
)

// Hold keeps a row, or everything of a person, whatever the rules say, and
// hides it from all but those who decide about it.
type Hold struct {
	ID        string     `db:"id"`
	Kind      string     `db:"kind"`
	Table     string     `db:"table_name"`
	Row       string     `db:"row_id"`
	AccountID string     `db:"account_id"`
	Email     string     `db:"email"`
	Reason    string     `db:"reason"`
	SetBy     string     `db:"set_by"`
	SetAt     time.Time  `db:"set_at"`
	ReviewOn  string     `db:"review_on"`
	LiftedBy  string     `db:"lifted_by"`
	LiftedAt  *time.Time `db:"lifted_at"`
}

func (h Hold) review() hours.Date {
	d, _ := hours.ParseDate(h.ReviewOn)
	return d
}

// Hold puts h in force. It needs a kind, a reason, one row or one person, and a
// review day at most a year ahead; else fault.BadInput.
func (e *Engine) Hold(ctx context.Context, tx *db.Tx, h Hold) (Hold, error) {
	now := e.Now()
	h.ID, h.SetAt, h.LiftedAt, h.LiftedBy = rand.Text(), now, nil, ""
	review, err := hours.ParseDate(h.ReviewOn)
	switch {
	case err != nil:
		return h, fmt.Errorf("hold: review day: %w: %w", fault.BadInput, err)
	case review.Compare(e.day(now)) <= 0 || review.Compare(Period{Years: 1}.Add(e.day(now))) > 0:
		return h, fmt.Errorf("hold: the review day is not within a year: %w", fault.BadInput)
	case h.Reason == "" || h.Kind == "":
		return h, fmt.Errorf("hold: without a reason: %w", fault.BadInput)
	case (h.Table == "" || h.Row == "") && h.AccountID == "" && h.Email == "":
		return h, fmt.Errorf("hold: of nothing: %w", fault.BadInput)
	}
	if h.Table != "" {
		if _, _, ok := e.Registry.Record(h.Table); !ok {
			return h, fmt.Errorf("hold: table %q is in no purpose: %w", h.Table, fault.BadInput)
		}
	}
	return h, db.Insert(ctx, tx, "hold", h)
}

// Lift ends a hold; fault.NotFound if it does not stand.
func (e *Engine) Lift(ctx context.Context, tx *db.Tx, id, by string) error {
	n, err := db.Exec(ctx, tx, `UPDATE hold SET lifted_at = ?, lifted_by = ? WHERE id = ? AND lifted_at IS NULL`, e.Now(), by, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound
	}
	account, err := db.Get[string](ctx, tx, `SELECT account_id FROM hold WHERE id = ?`, id)
	if err != nil {
		return err
	}
	return e.thaw(ctx, tx, account)
}

// Holds lists those that stand, the first to be reviewed first.
func (e *Engine) Holds(ctx context.Context) ([]Hold, error) {
	return db.All[Hold](ctx, e.DB, `SELECT * FROM hold WHERE lifted_at IS NULL ORDER BY review_on, id`)
}

// heldRows are the rows under a hold, by table and key.
type heldRows map[string]Hold

func (e *Engine) holds(ctx context.Context, on db.Querier, r *Registry) (heldRows, error) {
	standing, err := db.All[Hold](ctx, on, `SELECT * FROM hold WHERE lifted_at IS NULL ORDER BY review_on, id`)
	if err != nil {
		return nil, err
	}
	held := heldRows{}
	for _, h := range standing {
		if h.Table != "" {
			held[h.Table+"\x00"+h.Row] = h
			continue
		}
		who := Subject{AccountID: h.AccountID, Email: h.Email}
		err := r.each(func(_ *Purpose, rec *Record) error {
			if rec.Of == "" {
				return nil
			}
			rows, err := all[string](ctx, on, "SELECT CAST(t."+rec.key()+" AS TEXT) FROM "+rec.Table+" t WHERE "+rec.Of, who.args(nil))
			for _, row := range rows {
				held[rec.Table+"\x00"+row] = h
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

// Restricted reports whether a row may be seen only by those who need it: a
// hold stands on it, or its own term is over and only the law keeps it (G6).
func (e *Engine) Restricted(ctx context.Context, table, row string) (bool, error) {
	due, err := e.Explain(ctx, e.Now(), table, row)
	if err != nil {
		return false, err
	}
	today := e.day(e.Now())
	for _, d := range due {
		if d.Blocker == Held || d.Blocker == Law && !d.Day.IsZero() && d.Day.Compare(today) <= 0 {
			return true, nil
		}
	}
	return false, nil
}

// Unheld is the SQL condition that no hold stands on a row t of table, nor on
// the account in the column account (which may be empty): it belongs in the query of every
// page for those who do not decide about holds. Both names come from code.
func Unheld(table, account string) string {
	condition := "NOT EXISTS (SELECT 1 FROM hold WHERE hold.lifted_at IS NULL AND (hold.table_name = '" + table + "' AND hold.row_id = t.id"
	if account != "" {
		condition += " OR hold.account_id <> '' AND hold.account_id = t." + account
	}
	return condition + "))"
}

// RestrictedPerson reports whether a hold stands on an account.
func (e *Engine) RestrictedPerson(ctx context.Context, on db.Querier, account string) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM hold WHERE account_id = ? AND lifted_at IS NULL)`, account)
}
