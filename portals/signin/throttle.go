package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/web"
	"loket/db"
)

// What is counted, in attempt.what.
const (
	triesOfAccount = "signin.account"
	triesOfDevice  = "signin.device"
	triesOfNetwork = "signin.network"
)

// Mails of one kind that a stranger can have sent to an address, and what one
// network may ask for that costs a mail, a hash or a call: an office may be
// behind one address.
var (
	mailsToAddress = web.Limit{What: "signin.mail", Times: 3, Within: time.Hour}
	asksOfNetwork  = web.Limit{What: "signin.ask", Times: 300, Within: time.Hour}
)

// mark is how somebody is named where tries are counted: a keyed hash, so that
// the table tells nothing about whose address was tried.
func (p *portal) mark(who string) string {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(who))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// try is one attempt to sign in with a password.
type try struct {
	whose, network [2]string // what, who
	ids            []string
}

// knock counts an attempt before any work is done for it, and says how long to
// wait when there were too many. Counting comes before looking, so that a
// hundred at once are not each the first.
func (p *portal) knock(c *web.Context, address string, dev device) (try, error) {
	t := try{
		whose:   [2]string{triesOfAccount, p.mark(account.Address(address))},
		network: [2]string{triesOfNetwork, p.mark(web.Network(c.ClientIP()))},
		ids:     []string{rand.Text(), rand.Text()},
	}
	if dev.knows(p.mark("known " + account.Address(address))) {
		// The owner's own device is not slowed down by what strangers do.
		t.whose = [2]string{triesOfDevice, p.mark(dev.ID + " " + account.Address(address))}
	}
	now := c.Now()
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		for i, what := range [][2]string{t.whose, t.network} {
			if _, err := db.Exec(c, tx, `INSERT INTO attempt (id, what, who, at) VALUES (?, ?, ?, ?)`, t.ids[i], what[0], what[1], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	failures, err := tries(c, p.DB, t.whose, t.ids[0], now.Add(-24*time.Hour))
	if err != nil {
		return t, err
	}
	all, err := tries(c, p.DB, t.network, t.ids[1], now.Add(-time.Hour))
	if err != nil {
		return t, err
	}
	until := retryAt(failures)
	if net := networkRetryAt(all, now); net.After(until) {
		until = net
	}
	if until.After(now) {
		if err := p.uncount(c, t); err != nil {
			return t, err
		}
		return t, web.Wait{For: until.Sub(now)}
	}
	return t, nil
}

// tries returns when the tries before this one were, the oldest first.
func tries(ctx context.Context, on db.Querier, of [2]string, except string, since time.Time) ([]time.Time, error) {
	all, err := db.All[time.Time](ctx, on, `
		SELECT at FROM attempt WHERE what = ? AND who = ? AND at > ? AND id <> ? ORDER BY at DESC LIMIT 80`, of[0], of[1], since, except)
	slices.Reverse(all)
	return all, err
}

// uncount takes back an attempt that was no failure.
func (p *portal) uncount(ctx context.Context, t try) error {
	_, err := db.Exec(ctx, p.DB, `DELETE FROM attempt WHERE id IN (?)`, t.ids)
	return err
}

// forgive forgets what went wrong before, now that the person got in.
func (p *portal) forgive(ctx context.Context, t try) error {
	if err := p.uncount(ctx, t); err != nil {
		return err
	}
	_, err := db.Exec(ctx, p.DB, `DELETE FROM attempt WHERE what = ? AND who = ?`, t.whose[0], t.whose[1])
	return err
}

// mailable counts a mail of a kind that somebody asks for to an address. It is
// false when that address has had enough, or is the desk's own; the page says
// the same either way.
func (p *portal) mailable(c *web.Context, tx *db.Tx, kind, address string) (bool, error) {
	if p.ours(address) {
		return false, nil
	}
	err := mailsToAddress.Take(c, tx, p.mark(kind+" "+account.Address(address)), c.Now())
	if _, wait := err.(web.Wait); wait {
		return false, nil
	}
	return err == nil, err
}

// ours reports whether mail to an address comes in at the desk: a link sent
// there could show up in a ticket, for its requester to use.
func (p *portal) ours(address string) bool {
	plain := func(address string) string {
		local, domain, _ := strings.Cut(account.Address(address), "@")
		local, _, _ = strings.Cut(local, "+")
		return local + "@" + domain
	}
	return plain(address) == plain(p.Config.From) || plain(address) == plain(p.Site.Vendor().Email)
}

// device is what the browser of somebody who has signed in before remembers,
// signed: that it is known to these accounts, and how the last one came in.
type device struct {
	ID    string
	Known []string // marks of accounts
	Last  string   // the provider, or empty
}

// How many accounts one browser remembers, and for how long.
const (
	knownAccounts = 5
	knownFor      = 180 * 24 * time.Hour
)

func deviceOf(c *web.Context) device {
	var d device
	c.Recall("known", &d)
	return d
}

func (d device) knows(mark string) bool { return slices.Contains(d.Known, mark) }

// with is d that knows one more account.
func (d device) with(mark, provider string) device {
	if d.ID == "" {
		d.ID = rand.Text()
	}
	d.Known = append([]string{mark}, slices.DeleteFunc(d.Known, func(m string) bool { return m == mark })...)
	d.Known = d.Known[:min(len(d.Known), knownAccounts)]
	d.Last = provider
	return d
}
