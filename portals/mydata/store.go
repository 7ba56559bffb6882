package mydata

import (
	"context"
	"errors"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/privacy"
	"loket/db"
)

// wording is the words of a consent, or empty when only their sum is known.
func wording(ctx context.Context, on db.Querier, hash string) (string, error) {
	words, err := db.Get[string](ctx, on, `SELECT words FROM consent_wording WHERE hash = ?`, hash)
	if errors.Is(err, fault.NotFound) {
		return "", nil
	}
	return words, err
}

// namesOf are the names of accounts by id.
func namesOf(ctx context.Context, on db.Querier, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	type named struct{ ID, Name string }
	all, err := db.All[named](ctx, on, `SELECT id, name FROM account WHERE id IN (?)`, ids)
	for _, a := range all {
		names[a.ID] = a.Name
	}
	return names, err
}

// requestsBy are the requests of a person, the newest first.
func requestsBy(ctx context.Context, on db.Querier, who privacy.Subject) ([]privacy.Request, error) {
	return db.All[privacy.Request](ctx, on, `
		SELECT * FROM request WHERE account_id = ? AND account_id <> '' OR email = ? AND email <> ''
		ORDER BY number DESC LIMIT 50`, who.AccountID, who.Email)
}

// accessWaits is the request of a person for access that waits for a colleague; empty for none.
func accessWaits(ctx context.Context, on db.Querier, who privacy.Subject) (string, error) {
	ids, err := db.All[string](ctx, on, `
		SELECT id FROM request WHERE type = 'access' AND answered_at IS NULL AND verified_at IS NOT NULL
			AND (account_id = ? AND account_id <> '' OR email = ? AND email <> '')
		ORDER BY number LIMIT 1`, who.AccountID, who.Email)
	return strings.Join(ids, ""), err
}

// notesReleased reports whether a colleague has granted a person access after
// that moment, and with it looked at the notes about him.
func notesReleased(ctx context.Context, on db.Querier, who privacy.Subject, after time.Time) (bool, error) {
	return db.Get[bool](ctx, on, `
		SELECT EXISTS (SELECT 1 FROM request WHERE type = 'access' AND state = 'fulfilled' AND handled_by <> '' AND answered_at > ?
			AND (account_id = ? AND account_id <> '' OR email = ? AND email <> ''))`, after, who.AccountID, who.Email)
}

// requestsDone are the latest requests that have been answered.
func requestsDone(ctx context.Context, on db.Querier) ([]privacy.Request, error) {
	return db.All[privacy.Request](ctx, on, `SELECT * FROM request WHERE answered_at IS NOT NULL ORDER BY number DESC LIMIT 100`)
}

// byThemselves counts how many people did it at my data, of all who asked.
type byThemselves struct{ Self, All int }

func selfService(ctx context.Context, on db.Querier) (byThemselves, error) {
	return db.Get[byThemselves](ctx, on, `SELECT count(*) FILTER (WHERE channel IN ('account', 'link')) AS self, count(*) AS "all" FROM request`)
}

// count is the number of rows of a table that a purpose declares.
func count(ctx context.Context, on db.Querier, table string) (int, error) {
	return db.Get[int](ctx, on, `SELECT count(*) FROM `+table)
}

// liftedHolds are the holds that were lifted last.
func liftedHolds(ctx context.Context, on db.Querier) ([]privacy.Hold, error) {
	return db.All[privacy.Hold](ctx, on, `SELECT * FROM hold WHERE lifted_at IS NOT NULL ORDER BY lifted_at DESC LIMIT 20`)
}

func breachByID(ctx context.Context, on db.Querier, id string) (privacy.Breach, error) {
	return db.Get[privacy.Breach](ctx, on, `SELECT * FROM breach WHERE id = ?`, id)
}

func cookieByID(ctx context.Context, on db.Querier, id string) (privacy.Cookie, error) {
	return db.Get[privacy.Cookie](ctx, on, `SELECT * FROM cookie WHERE id = ?`, id)
}

func processorByID(ctx context.Context, on db.Querier, id string) (privacy.Processor, error) {
	return db.Get[privacy.Processor](ctx, on, `SELECT * FROM processor WHERE id = ?`, id)
}

func companies(ctx context.Context, on db.Querier) ([]account.Company, error) {
	return db.All[account.Company](ctx, on, `SELECT * FROM company ORDER BY name, id LIMIT 2000`)
}

// everybody is a part of the people who have an account in use, after an id.
func everybody(ctx context.Context, on db.Querier, after string, limit int) ([]account.Account, error) {
	return db.All[account.Account](ctx, on, `
		SELECT * FROM account WHERE id > ? AND verified_at IS NOT NULL AND disabled_at IS NULL AND email <> ''
		ORDER BY id LIMIT ?`, after, limit)
}
