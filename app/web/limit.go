package web

import (
	"context"
	"crypto/rand"
	"net/netip"
	"time"

	"loket/app/account"
	"loket/db"
)

// Network is the part of an address that counts as one sender: an IPv4 address,
// the /64 of an IPv6 one (a household has that many addresses).
func Network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr = addr.Unmap()
	if addr.Is6() {
		prefix, err := addr.Prefix(64)
		if err != nil {
			return ""
		}
		return prefix.String()
	}
	return addr.String()
}

// Limit says how often something may be tried: Times in Within.
type Limit struct {
	What   string
	Times  int
	Within time.Duration
}

// Check returns a Wait when who has used up the limit. It notes nothing.
func (l Limit) Check(ctx context.Context, on db.Querier, who string, now time.Time) error {
	type tally struct {
		N     int
		First db.Time
	}
	t, err := db.Get[tally](ctx, on, `SELECT count(*) AS n, min(at) AS first FROM attempt WHERE what = ? AND who = ? AND at > ?`, l.What, who, now.Add(-l.Within))
	if err != nil || t.N < l.Times {
		return err
	}
	return Wait{t.First.Add(l.Within).Sub(now)}
}

// Note counts one attempt of who.
func (l Limit) Note(ctx context.Context, on db.Querier, who string, now time.Time) error {
	_, err := db.Exec(ctx, on, `INSERT INTO attempt (id, what, who, at) VALUES (?, ?, ?, ?)`, rand.Text(), l.What, who, now)
	return err
}

// Take counts one attempt of who, or returns a Wait when the limit is used up.
// Within a transaction it is exact, however many come at once: the others of who
// wait for its end.
func (l Limit) Take(ctx context.Context, on db.Querier, who string, now time.Time) error {
	if err := l.queue(ctx, on, who, now); err != nil {
		return err
	}
	if err := l.Check(ctx, on, who, now); err != nil {
		return err
	}
	return l.Note(ctx, on, who, now)
}

// queue writes the one row that all attempts of who at l share.
func (l Limit) queue(ctx context.Context, on db.Querier, who string, now time.Time) error {
	_, err := db.Exec(ctx, on, `INSERT INTO attempt (id, what, who, at) VALUES (?, 'queue', ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
		account.Hash(l.What+" "+who), who, now)
	return err
}

// Clear forgets the attempts of who.
func (l Limit) Clear(ctx context.Context, on db.Querier, who string) error {
	_, err := db.Exec(ctx, on, `DELETE FROM attempt WHERE what = ? AND who = ?`, l.What, who)
	return err
}
