package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Entry is one line of the log of who did what to whose data. It refers to
// people by id only; Object says what it was about, without personal data.
type Entry struct {
	Number  int64
	At      time.Time
	ActorID string `db:"actor_id"`
	Network string
	Act     string // signin, signin.failed, role, export, erase, read, …
	Object  string
	AboutID string `db:"about_id"`
	Hash    string
}

// Audit adds an entry to the log. Each carries the hash of the one before it,
// so that one taken out or changed shows: see AuditBroken.
func Audit(ctx context.Context, tx *db.Tx, e Entry) error {
	number, err := db.Next(ctx, tx, "audit") // holds the counter, so that entries come one after the other
	if err != nil {
		return err
	}
	before, err := db.Get[string](ctx, tx, `SELECT hash FROM audit WHERE number = ?`, number-1)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	e.Number, e.At = number, e.At.UTC().Truncate(time.Microsecond)
	e.Hash = e.chained(before)
	return db.Insert(ctx, tx, "audit", e)
}

// The network is left out: it is blanked after a month, and the chain must hold.
func (e Entry) chained(before string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%s|%s|%s|%s|%s", before, e.Number, e.At.UTC().Format(time.RFC3339Nano), e.ActorID, e.Act, e.Object, e.AboutID))
	return hex.EncodeToString(sum[:])
}

// AuditBroken returns the numbers of the entries that do not follow from the
// one before them. Entries that were erased at the beginning break nothing.
func AuditBroken(ctx context.Context, on db.Querier) (broken []int64, err error) {
	var before string
	var last int64
	err = db.Each(ctx, on, `SELECT * FROM audit ORDER BY number`, nil, func(e Entry) error {
		if last != 0 && (e.Number != last+1 || e.Hash != e.chained(before)) {
			broken = append(broken, e.Number)
		}
		before, last = e.Hash, e.Number
		return nil
	})
	return broken, err
}
