package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"loket/app/fault"
	"loket/db"
)

// How long a session lasts: without use, for staff without use, and at most.
const (
	Idle      = 14 * 24 * time.Hour
	StaffIdle = 12 * time.Hour
	Longest   = 90 * 24 * time.Hour
)

// Session is one browser that has signed in. Its id is the SHA-256 of what the
// cookie carries, so that the table alone opens nothing.
type Session struct {
	ID        string
	AccountID string `db:"account_id"`
	Device    string
	Network   string
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

// Secret makes a new secret of 256 random bits for a cookie or a link.
func Secret() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash is how a secret is kept.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Open starts a session and returns the secret for its cookie.
func Open(ctx context.Context, on db.Querier, account, device, network string, now time.Time) (secret string, s Session, err error) {
	secret = Secret()
	s = Session{ID: Hash(secret), AccountID: account, Device: device, Network: network, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(Longest)}
	return secret, s, db.Insert(ctx, on, "session", s)
}

// BySecret returns the session that the secret belongs to and its account, or
// fault.NotFound when it has ended, was idle too long, or the account is disabled.
func BySecret(ctx context.Context, on db.Querier, secret string, now time.Time) (Session, Account, error) {
	type row struct {
		Account
		SessionID string    `db:"session_id"`
		Device    string    `db:"device"`
		Network   string    `db:"network"`
		Since     time.Time `db:"since"`
		SeenAt    time.Time `db:"seen_at"`
		ExpiresAt time.Time `db:"expires_at"`
	}
	r, err := db.Get[row](ctx, on, `
		SELECT s.id AS session_id, s.device, s.network, s.created_at AS since, s.seen_at, s.expires_at, `+columns+`
		FROM session s JOIN account a ON a.id = s.account_id`+joins+`
		WHERE s.id = ? AND s.expires_at > ? AND a.disabled_at IS NULL`, Hash(secret), now)
	if err != nil {
		return Session{}, Account{}, err
	}
	idle := Idle
	if r.Account.Staff() {
		idle = StaffIdle
	}
	if now.Sub(r.SeenAt) > idle {
		return Session{}, Account{}, fault.NotFound
	}
	return Session{r.SessionID, r.Account.ID, r.Device, r.Network, r.Since, r.SeenAt, r.ExpiresAt}, r.Account, nil
}

// Seen notes that the session is in use; it is called at most every five minutes.
func Seen(ctx context.Context, d *db.DB, s Session, now time.Time) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := db.Exec(ctx, tx, `UPDATE session SET seen_at = ? WHERE id = ?`, now, s.ID); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, `UPDATE account SET active_at = ?, warned_at = NULL WHERE id = ?`, now, s.AccountID)
		return err
	})
}

// Sessions lists the sessions of an account that would still open something, the
// last used first.
func Sessions(ctx context.Context, on db.Querier, account string, now time.Time) ([]Session, error) {
	return db.All[Session](ctx, on, `
		SELECT s.* FROM session s JOIN account a ON a.id = s.account_id
		WHERE s.account_id = ? AND s.expires_at > ? AND s.seen_at >= ? AND (a.role = 'customer' OR s.seen_at >= ?)
		ORDER BY s.seen_at DESC, s.id`, account, now, now.Add(-Idle), now.Add(-StaffIdle))
}

// End ends one session of an account.
func End(ctx context.Context, on db.Querier, account, id string) error {
	n, err := db.Exec(ctx, on, `DELETE FROM session WHERE id = ? AND account_id = ?`, id, account)
	if err == nil && n == 0 {
		return fault.NotFound
	}
	return err
}

// EndAll ends every session of an account except the one with that id.
func EndAll(ctx context.Context, on db.Querier, account, except string) error {
	_, err := db.Exec(ctx, on, `DELETE FROM session WHERE account_id = ? AND id <> ?`, account, except)
	return err
}
