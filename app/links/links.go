// Package links is the links that are mailed: each opens one thing for one
// purpose, ends after a while, and is kept only as a hash. A GET of such a link
// shows a page; only the POST of that page's form uses it, because mail
// scanners follow every link they see.
package links

import (
	"context"
	"errors"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/db"
)

// Link is a link as it is kept.
type Link struct {
	ID        string
	Purpose   string  // signin.reset, demos.booking, …
	AccountID *string `db:"account_id"`
	Email     string
	Subject   string     // what it is about: an id, a new address
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt time.Time  `db:"expires_at"`
	UsedAt    *time.Time `db:"used_at"`
}

// Make keeps l and returns the secret that goes into its address.
func Make(ctx context.Context, tx *db.Tx, l Link, now time.Time, lasts time.Duration) (secret string, err error) {
	secret = account.Secret()
	l.ID, l.Email, l.CreatedAt, l.ExpiresAt = account.Hash(secret), account.Address(l.Email), now, now.Add(lasts)
	return secret, db.Insert(ctx, tx, "link", l)
}

// Only is Make for a link that voids the older ones of its purpose: those of
// its account, or without an account those of its address.
func Only(ctx context.Context, tx *db.Tx, l Link, now time.Time, lasts time.Duration) (secret string, err error) {
	if l.AccountID != nil {
		_, err = db.Exec(ctx, tx, `DELETE FROM link WHERE purpose = ? AND account_id = ?`, l.Purpose, *l.AccountID)
	} else {
		_, err = db.Exec(ctx, tx, `DELETE FROM link WHERE purpose = ? AND account_id IS NULL AND email = ?`, l.Purpose, account.Address(l.Email))
	}
	if err != nil {
		return "", err
	}
	return Make(ctx, tx, l, now, lasts)
}

// Look returns the link that secret opens for purpose. fault.NotFound: there is
// none. fault.Gone: it was used or is too old.
func Look(ctx context.Context, on db.Querier, purpose, secret string, now time.Time) (Link, error) {
	l, err := db.Get[Link](ctx, on, `SELECT * FROM link WHERE id = ? AND purpose = ?`, account.Hash(secret), purpose)
	if err != nil {
		return l, err
	}
	if l.UsedAt != nil || !now.Before(l.ExpiresAt) {
		return l, fault.Gone
	}
	return l, nil
}

// Use is Look, and ends the link: of two who use it at once one gets fault.Gone.
func Use(ctx context.Context, tx *db.Tx, purpose, secret string, now time.Time) (Link, error) {
	l, err := Look(ctx, tx, purpose, secret, now)
	if err != nil {
		return l, err
	}
	n, err := db.Exec(ctx, tx, `UPDATE link SET used_at = ? WHERE id = ? AND used_at IS NULL`, now, l.ID)
	if err == nil && n == 0 {
		err = fault.Gone
	}
	return l, err
}

// Expired reports whether err says that a link is no longer good, or never was.
func Expired(err error) bool { return errors.Is(err, fault.Gone) || errors.Is(err, fault.NotFound) }
