package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/mail"
	"net/url"
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

// try is one attempt to sign in with a password, as it is counted.
type try struct{ rows []counted }

// counted is a row of attempt.
type counted struct{ ID, What, Who string }

// knock counts an attempt before any work is done for it, and says how long to
// wait when there were too many. Counting comes before looking, so that a
// hundred at once are not each the first.
func (p *portal) knock(c *web.Context, address string, dev device) (try, error) {
	t, now := p.countedAs(c, account.Address(address), dev), c.Now()
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		for _, row := range t.rows {
			if _, err := db.Exec(c, tx, `INSERT INTO attempt (id, what, who, at) VALUES (?, ?, ?, ?)`, row.ID, row.What, row.Who, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	var until time.Time
	for _, row := range t.rows {
		before, err := tries(c, p.DB, row, now)
		if err != nil {
			return t, err
		}
		free := retryAt(before)
		if row.What == triesOfNetwork {
			free = networkRetryAt(before, now)
		}
		if free.After(until) {
			until = free
		}
	}
	if until.After(now) {
		if err := p.uncount(c, t); err != nil {
			return t, err
		}
		return t, web.Wait{For: until.Sub(now)}
	}
	return t, nil
}

// countedAs is where an attempt at an address counts: for the account and for the
// network. The owner's own device counts by itself alone: it is not slowed down
// by what strangers do, nor by who shares its network.
func (p *portal) countedAs(c *web.Context, address string, dev device) try {
	if dev.knows(p.mark("known " + address)) {
		return try{[]counted{{rand.Text(), triesOfDevice, p.mark(dev.ID + " " + address)}}}
	}
	return try{[]counted{
		{rand.Text(), triesOfAccount, p.mark(address)},
		{rand.Text(), triesOfNetwork, p.mark(web.Network(c.ClientIP()))},
	}}
}

// tries returns when the tries of a day before this one were, the oldest first.
func tries(ctx context.Context, on db.Querier, this counted, now time.Time) ([]time.Time, error) {
	all, err := db.All[time.Time](ctx, on, `
		SELECT at FROM attempt WHERE what = ? AND who = ? AND at > ? AND id <> ? ORDER BY at DESC LIMIT 80`,
		this.What, this.Who, now.Add(-24*time.Hour), this.ID)
	slices.Reverse(all)
	return all, err
}

// uncount takes back an attempt that was no failure.
func (p *portal) uncount(ctx context.Context, t try) error {
	for _, row := range t.rows {
		if _, err := db.Exec(ctx, p.DB, `DELETE FROM attempt WHERE id = ?`, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// forgive forgets what went wrong before, now that the person got in.
func (p *portal) forgive(ctx context.Context, t try) error {
	if err := p.uncount(ctx, t); err != nil {
		return err
	}
	_, err := db.Exec(ctx, p.DB, `DELETE FROM attempt WHERE what = ? AND who = ?`, t.rows[0].What, t.rows[0].Who)
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

// desk are the addresses at which mail comes in at the desk.
func (p *portal) desk() []string {
	from, err := mail.ParseAddress(p.Config.From) // a name may stand before it
	if err != nil {
		return []string{p.Site.Vendor().Email}
	}
	return []string{from.Address, p.Site.Vendor().Email}
}

// ours reports whether mail to an address comes in at the desk: a link sent
// there could show up in a ticket, for its requester to use.
func (p *portal) ours(address string) bool {
	plain := func(address string) string {
		local, domain, _ := strings.Cut(account.Address(address), "@")
		local, _, _ = strings.Cut(local, "+")
		return local + "@" + domain
	}
	return slices.ContainsFunc(p.desk(), func(desk string) bool { return plain(address) == plain(desk) })
}

// ofVendor reports whether an address is of the vendor's own domain. Its people
// get their account from an admin: who could make one for himself there might
// read the answer to a mail in a ticket.
func (p *portal) ofVendor(address string) bool {
	site := ""
	if u, err := url.Parse(p.Config.URL); err == nil {
		site = u.Hostname()
	}
	return slices.ContainsFunc(p.desk(), func(desk string) bool { return ownDomain(address, desk, site) })
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
