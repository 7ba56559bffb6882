// Package spam tells people from machines at the forms that anyone may fill in,
// without asking anything of people and without a third party.
//
// Signs add up: a field that no human sees, a form that comes back faster than
// anyone can type or without the stamp that it was given with, many posts from
// one network or about one address, a text full of links. One sign means
// nothing; from two on, the form is shown again as it was filled in, with a proof
// of work (a sum that the page's script does by itself in a moment) or, without
// script, a button that has the sender confirm by mail. Whoever has signed in is
// never asked.
//
// An honest limit: a proof of work taxes bulk, it stops no determined sender.
package spam

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
)

// Texts are those of the fields: folder "spam".
//
//go:embed nl.json en.json
var Texts embed.FS

const (
	work       = 15               // bits: some 33,000 hashes, a third of a second in a browser
	life       = 20 * time.Minute // of a challenge, at most
	quick      = 3 * time.Second  // faster than a person fills in a form
	stale      = 24 * time.Hour   // older than a page that somebody left open
	suspicious = 2                // signs
)

// The documented limits. A post that goes over the hard one is refused with 429;
// over a soft one counts as a sign.
var (
	// Hard is how many posts all forms together take from one network.
	Hard        = web.Limit{What: "spam.network", Times: 60, Within: 10 * time.Minute}
	softNetwork = web.Limit{What: "spam.network", Times: 5, Within: 10 * time.Minute}
	softAddress = web.Limit{What: "spam.address", Times: 3, Within: time.Hour}
	// Who has signed in is asked nothing, but is held to the hard limit by himself;
	// and so are posts that were not even filled in well.
	member = web.Limit{What: "spam.account", Times: Hard.Times, Within: Hard.Within}
	amiss  = web.Limit{What: "spam.amiss", Times: Hard.Times, Within: Hard.Within}
)

// Guard judges posts.
type Guard struct{ key []byte }

// New returns a guard whose stamps and challenges are signed with a key from secret.
func New(secret []byte) Guard { return Guard{web.Key(secret, "spam")} }

// Ask is what a form carries: a stamp, and a challenge once its sender is suspicious.
type Ask struct {
	Stamp     string
	Challenge string // empty while nothing is asked
}

// Fresh is the Ask of a form that is shown for the first time. Whoever has
// signed in is asked nothing.
func (g Guard) Fresh(c *web.Context, form string) Ask {
	if c.Account != nil {
		return Ask{}
	}
	at := strconv.FormatInt(c.Now().Unix(), 10)
	return Ask{Stamp: at + "." + g.sign("stamp", form, at)}
}

// Post is what somebody sent: the form's name, the address he gave and the text he wrote.
type Post struct {
	Form, Email, Text string
	// Crowd: a whole company may fill in the form at once, and what it asks for
	// waits until its address has been confirmed. Then it is judged by itself:
	// how many came from its network or about its address is no sign.
	Crowd bool
}

// Verdict is what a post deserves.
type Verdict string

const (
	Welcome Verdict = "welcome" // take it
	Prove   Verdict = "prove"   // show the filled-in form again, with the Ask that came with the verdict
	Confirm Verdict = "confirm" // take it once the sender has confirmed by mail; until then nobody acts on it
)

// Amiss counts a post that was not filled in well, which nobody judges. The error
// is a web.Wait when its sender does nothing else.
func (g Guard) Amiss(c *web.Context, d *db.DB) error {
	who := web.Network(c.ClientIP())
	if c.Account != nil {
		who = c.Account.ID
	}
	return d.Tx(c, func(tx *db.Tx) error { return amiss.Take(c, tx, g.nameless(who), c.Now()) })
}

// Check judges a post, as part of tx. The error is a web.Wait when the network,
// or the account of whoever has signed in, has posted too often. With Prove the form is shown again with ask (answer 422):
// nothing that was typed is lost, also when a proof came too late.
func (g Guard) Check(c *web.Context, tx *db.Tx, p Post) (v Verdict, ask Ask, err error) {
	if c.Account != nil {
		return Welcome, ask, member.Take(c, tx, g.nameless(c.Account.ID), c.Now())
	}
	signs := g.seen(c, p)
	if !p.Crowd {
		others, err := g.counted(c, tx, p)
		if err != nil {
			return "", ask, err
		}
		signs += others
	}
	if signs < suspicious {
		return Welcome, ask, nil
	}
	if c.PostForm("spam_by") == "mail" {
		return Confirm, ask, nil
	}
	proven, err := g.proven(c, tx, p.Form, c.PostForm("spam_challenge"), c.PostForm("spam_answer"), c.Now())
	if err != nil || proven {
		return Welcome, ask, err
	}
	ask = g.Fresh(c, p.Form)
	ask.Challenge = g.challenge(p.Form, c.Now())
	return Prove, ask, nil
}

// seen counts what in a post itself speaks against it.
func (g Guard) seen(c *web.Context, p Post) (n int) {
	if c.PostForm("homepage") != "" {
		n += suspicious // nobody sees this field
	}
	if age, ok := g.age(p.Form, c.PostForm("spam_stamp"), c.Now()); !ok || age < quick || age > stale {
		n++
	}
	switch links := strings.Count(strings.ToLower(p.Text), "http://") + strings.Count(strings.ToLower(p.Text), "https://"); {
	case links > 5:
		n += suspicious
	case links > 2:
		n++
	}
	return n
}

// counted counts what the number of posts speaks against this one, and notes it.
// The error is a web.Wait when the network has posted too often.
func (g Guard) counted(c *web.Context, tx *db.Tx, p Post) (n int, err error) {
	now, network, address := c.Now(), g.nameless(web.Network(c.ClientIP())), g.nameless(strings.ToLower(p.Email))
	if err := Hard.Check(c, tx, network, now); err != nil {
		return 0, err
	}
	for _, soft := range []struct {
		limit web.Limit
		who   string
	}{{softNetwork, network}, {softAddress, address}} {
		over, err := over(c, tx, soft.limit, soft.who, now)
		if err != nil {
			return 0, err
		}
		if over {
			n++
		}
	}
	if err := softNetwork.Note(c, tx, network, now); err != nil || p.Email == "" {
		return n, err
	}
	return n, softAddress.Note(c, tx, address, now)
}

func over(ctx context.Context, on db.Querier, l web.Limit, who string, now time.Time) (bool, error) {
	err := l.Check(ctx, on, who, now)
	if _, waits := err.(web.Wait); waits {
		return true, nil
	}
	return false, err
}

// age is how long ago the form was given out with that stamp; false if it was not.
func (g Guard) age(form, stamp string, now time.Time) (time.Duration, bool) {
	at, sig, _ := strings.Cut(stamp, ".")
	if !hmac.Equal([]byte(sig), []byte(g.sign("stamp", form, at))) {
		return 0, false
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	return now.Sub(time.Unix(seconds, 0)), err == nil
}

// sign puts a length before every field, so that no two lists of fields give the
// same bytes and nothing can be moved from one field to the next.
func (g Guard) sign(fields ...string) string {
	mac := hmac.New(sha256.New, g.key)
	for _, f := range fields {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(f)))
		mac.Write(n[:])
		mac.Write([]byte(f))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// nameless is what is counted instead of a network or an address: it leads back
// to neither.
func (g Guard) nameless(who string) string {
	sum := sha256.Sum256([]byte(g.sign("who", who)))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// challenge is salt.exp.bits.sig, for one form.
func (g Guard) challenge(form string, now time.Time) string {
	salt, exp, b := strings.ToLower(rand.Text()), strconv.FormatInt(now.Add(life).Unix(), 10), strconv.Itoa(work)
	return strings.Join([]string{salt, exp, b, g.sign("work", form, salt, exp, b)}, ".")
}

// proven reports whether answer solves a challenge of ours for this form, in
// time and for the first time. A spent salt is kept until its challenge ends.
func (g Guard) proven(ctx context.Context, tx *db.Tx, form, challenge, answer string, now time.Time) (bool, error) {
	part := strings.Split(challenge, ".")
	if len(part) != 4 || len(answer) > 12 || !hmac.Equal([]byte(part[3]), []byte(g.sign("work", form, part[0], part[1], part[2]))) {
		return false, nil
	}
	exp, err := strconv.ParseInt(part[1], 10, 64)
	want, err2 := strconv.Atoi(part[2])
	if err != nil || err2 != nil || now.Unix() > exp {
		return false, nil
	}
	sum := sha256.Sum256([]byte(part[0] + "." + answer))
	if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:4])) < want {
		return false, nil
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO spam_spent (id, expires_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, part[0], time.Unix(exp, 0))
	return n == 1, err
}

// Chore forgets spent salts when their challenges have ended.
func Chore(d *db.DB, now func() time.Time) jobs.Chore {
	return jobs.Chore{Name: "spam", Every: 5 * time.Minute, Do: func(ctx context.Context) error {
		_, err := db.Exec(ctx, d, `DELETE FROM spam_spent WHERE expires_at < ?`, now())
		return err
	}}
}

// Purpose is what the check keeps, for the statement.
var Purpose = privacy.Purpose{
	Key:      "antispam",
	Title:    privacy.Text{NL: "Spam tegenhouden", EN: "Stopping spam"},
	Why:      privacy.Text{NL: "Om formulieren open te houden voor mensen. We gebruiken geen reCAPTCHA of andere dienst: een verdacht formulier krijgt een rekensom voor je browser, of een mail ter bevestiging.", EN: "To keep our forms open for people. We use no reCAPTCHA or other service: a suspicious form gets a sum for your browser to do, or a mail to confirm."},
	Subjects: []privacy.Subjects{privacy.Visitors},
	Basis:    []privacy.Basis{privacy.LegitimateInterest("onze formulieren bruikbaar houden", "keeping our forms usable")},
	Records: []privacy.Record{{
		Table: "spam_spent", Label: privacy.Text{NL: "Gebruikte rekensom", EN: "Spent sum"},
		Columns: privacy.Plain("id", "expires_at"), // a random number that leads to nobody
		Keep: []privacy.Retention{{
			After:    privacy.Trigger{SQL: "t.expires_at", Text: privacy.Text{NL: "de rekensom niet meer geldt, na hooguit 20 minuten", EN: "the sum no longer counts, after at most 20 minutes"}},
			Then:     privacy.Delete,
			Fleeting: true,
		}},
	}},
}

// Wrong is what the form says on top when it is shown again with an Ask.
func Wrong(ctx context.Context) string { return i18n.T(ctx, "spam.asked") }
