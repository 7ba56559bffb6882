package privacy

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"loket/app/fault"
	"loket/db"
)

// How a consent was given or refused.
const (
	ByForm   = "form"
	ByBanner = "banner"
	ByMail   = "mail"
	ByImport = "import"
	ByGPC    = "gpc"
)

// ConsentRecord is one decision on one purpose, with proof of what was asked
// (GDPR art. 7(1)). Records are never changed: a withdrawal is a record of its own. It knows no network address and no browser.
type ConsentRecord struct {
	ID          string     `db:"id"`
	SubjectRef  string     `db:"subject_ref"` // of a visitor: the random id in his cookie
	AccountID   *string    `db:"account_id"`
	Email       string     `db:"email"`
	Purpose     string     `db:"purpose"`
	Item        string     `db:"item"`    // what exactly: "photo", an application's id
	Version     int64      `db:"version"` // of the statement, or of the register's category
	WordingHash string     `db:"wording_hash"`
	GivenAt     *time.Time `db:"given_at"`
	WithdrawnAt *time.Time `db:"withdrawn_at"`
	DecidedAt   time.Time  `db:"decided_at"`
	How         string     `db:"how"`
	Lang        string     `db:"lang"`
	Proof       string     `db:"proof"`
}

// Yes reports whether it is a yes.
func (c ConsentRecord) Yes() bool { return c.GivenAt != nil && c.WithdrawnAt == nil }

// Consented is a decision to record.
type Consented struct {
	Ref     string // of a visitor
	Subject Subject
	Purpose string
	Item    string
	Version int64
	Wording string // the words that stood beside the box or the button
	Yes     bool
	How     string
	Lang    string
	Proof   string // what shows it: "checkbox keep_longer", a letter's date
}

// Record stores a decision. The same decision again adds nothing, so that a
// form that is sent twice makes one record.
func (e *Engine) Record(ctx context.Context, tx *db.Tx, c Consented) (ConsentRecord, error) {
	now := e.Now()
	if c.Purpose == "" || c.Wording == "" || c.How == "" || c.Ref == "" && c.Subject == (Subject{}) {
		return ConsentRecord{}, fmt.Errorf("consent: who, what for, which words and how: %w", fault.BadInput)
	}
	r := ConsentRecord{ID: rand.Text(), SubjectRef: c.Ref, Purpose: c.Purpose, Item: c.Item, Version: c.Version, WordingHash: hexSum(c.Wording), DecidedAt: now, How: c.How, Lang: c.Lang, Proof: c.Proof}
	if c.Subject.AccountID != "" {
		r.AccountID = &c.Subject.AccountID
	} else {
		r.Email = c.Subject.args(nil)["email"].(string)
		if c.Subject.Email == "" {
			r.Email = ""
		}
	}
	last, err := e.lastConsent(ctx, tx, c.Ref, c.Subject, c.Purpose, c.Item)
	if err != nil {
		return r, err
	}
	if last != nil && last.Yes() == c.Yes && last.Version == c.Version && last.WordingHash == r.WordingHash {
		return *last, nil
	}
	if c.Yes {
		r.GivenAt = &now
	} else {
		r.WithdrawnAt = &now
		if last != nil {
			r.GivenAt = last.GivenAt
		}
	}
	if _, err := db.Exec(ctx, tx, `INSERT INTO consent_wording (hash, words, first_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING`, r.WordingHash, c.Wording, now); err != nil {
		return r, err
	}
	return r, db.Insert(ctx, tx, "consent", r)
}

func (e *Engine) lastConsent(ctx context.Context, on db.Querier, ref string, who Subject, purpose, item string) (*ConsentRecord, error) {
	args := who.args(map[string]any{"ref": orNobody(ref), "purpose": purpose, "item": item})
	list, err := all[ConsentRecord](ctx, on, `SELECT * FROM consent WHERE purpose = :purpose AND item = :item AND (account_id = :account OR email = :email OR subject_ref = :ref)
		ORDER BY decided_at DESC, id DESC LIMIT 1`, args)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Agreed reports whether a person's last decision on a purpose and item was
// yes. Whoever publishes or sends on consent asks inside the transaction that does so.
func (e *Engine) Agreed(ctx context.Context, on db.Querier, who Subject, purpose, item string) (bool, error) {
	last, err := e.lastConsent(ctx, on, "", who, purpose, item)
	return last != nil && last.Yes(), err
}

// Withdraw records that a person withdraws a consent, by the words under which
// he gave it. fault.NotFound when there is none that stands.
func (e *Engine) Withdraw(ctx context.Context, tx *db.Tx, who Subject, purpose, item, how string) error {
	last, err := e.lastConsent(ctx, tx, "", who, purpose, item)
	if err != nil {
		return err
	}
	if last == nil || !last.Yes() {
		return fault.NotFound
	}
	now := e.Now()
	r := *last
	r.ID, r.WithdrawnAt, r.DecidedAt, r.How = rand.Text(), &now, now, how
	return db.Insert(ctx, tx, "consent", r)
}

// ConsentsOf are all decisions of a person, newest first.
func (e *Engine) ConsentsOf(ctx context.Context, who Subject) ([]ConsentRecord, error) {
	return all[ConsentRecord](ctx, e.DB, `SELECT * FROM consent WHERE account_id = :account OR email = :email ORDER BY decided_at DESC, id`, who.args(nil))
}

// ConsentDay is how visitors decided on a day: for the admin, without a nudge.
type ConsentDay struct {
	Day     string
	Purpose string
	How     string
	Yes, No int
}

// ConsentDays counts the decisions of visitors by day since a moment.
func (e *Engine) ConsentDays(ctx context.Context, since time.Time) ([]ConsentDay, error) {
	var days []ConsentDay
	err := db.Each(ctx, e.DB, `SELECT * FROM consent WHERE subject_ref <> '' AND decided_at >= ? ORDER BY decided_at`, []any{since}, func(r ConsentRecord) error {
		day := e.day(r.DecidedAt).String()
		i := len(days) - 1
		for i >= 0 && days[i].Day == day && (days[i].Purpose != r.Purpose || days[i].How != r.How) {
			i--
		}
		if i < 0 || days[i].Day != day {
			days = append(days, ConsentDay{Day: day, Purpose: r.Purpose, How: r.How})
			i = len(days) - 1
		}
		if r.Yes() {
			days[i].Yes++
		} else {
			days[i].No++
		}
		return nil
	})
	return days, err
}
