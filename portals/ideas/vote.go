package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// Votes: cast and taken back by the visitor, or cast by a colleague for a
// customer who asked for it.

// vote casts the visitor's vote, or takes it back when the field vote is 0. It
// says what should be, not that something should change: posting it four times
// is one vote.
func (p *portal) vote(c *web.Context) error {
	i, err := p.find(c, p.DB)
	if err != nil {
		return err
	}
	path := c.Next(i.Path())
	if !c.Account.Verified() {
		return unverified(c, path)
	}
	wanted := !has([]string{"0", "no", "off", "false"}, c.PostForm("vote"))
	if i, err = p.castOrWithdraw(c, i, c.Account.ID, wanted); err != nil {
		return err
	}
	if at := c.Fragment(); strings.HasPrefix(at, "vote-") {
		return c.Render(http.StatusOK, templates.Vote(templates.Ballot{ID: strings.TrimPrefix(at, "vote-"), Path: votePath(i.ID, path), Title: i.Title, Count: i.Votes, Mine: wanted}))
	}
	key := "ideas.voted"
	if !wanted {
		key = "ideas.unvoted"
	}
	return c.RedirectTo(path, key, i.Title)
}

// castOrWithdraw sees a vote through a merge that comes in between, and returns
// the idea as it stands after it.
func (p *portal) castOrWithdraw(ctx context.Context, i Idea, who string, wanted bool) (Idea, error) {
	for try := 1; ; try++ {
		err := p.writeVote(ctx, func(tx *db.Tx) error {
			changed, err := false, error(nil)
			if wanted {
				changed, err = castVote(ctx, tx, i.ID, ballot{Account: who}, p.Now())
			} else {
				changed, err = withdrawVote(ctx, tx, i.ID, who, p.Zone, p.Now())
			}
			if err != nil || !changed {
				return err
			}
			return active(ctx, tx, who, p.Now())
		})
		if err != nil && !errors.Is(err, errMoved) {
			return i, p.gone(ctx, i, err)
		}
		now, readErr := byID(ctx, p.DB, i.ID)
		if readErr != nil {
			return i, readErr
		}
		i = now
		if err == nil {
			return i, nil
		}
		if try == 5 || i.MergedInto == nil {
			return i, fault.Conflict
		}
		i.ID = *i.MergedInto
	}
}

// gone is err, or fault.NotFound when the idea was taken back meanwhile: then a
// row about it breaks a foreign key.
func (p *portal) gone(ctx context.Context, i Idea, err error) error {
	if _, now := byID(ctx, p.DB, i.ID); err != nil && errors.Is(now, fault.NotFound) {
		return now
	}
	return err
}

func votePath(id, next string) string {
	path := "/ideas/" + id + "/vote"
	if next != "" {
		path += "?next=" + url.QueryEscape(next)
	}
	return path
}

type behalfForm struct {
	Email   string `form:"email" binding:"required,email,max=254"`
	Consent string `form:"consent" binding:"required,max=200"`
}

// voteFor casts the vote of a customer who asked for it, and tells him.
func (p *portal) voteFor(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err == nil && i.MergedInto != nil {
		i, err = byID(c, p.DB, *i.MergedInto)
	}
	if err != nil {
		return err
	}
	form := web.Form[behalfForm]{Prefix: "ideas.behalf"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	var who account.Account
	if ok {
		who, err = account.ByEmail(c, p.DB, form.V.Email)
		switch {
		case errors.Is(err, fault.NotFound) || err == nil && (!who.Verified() || who.DisabledAt != nil):
			form.Wrong(c, "Email", "unknown")
			ok = false
		case err != nil:
			return err
		case !i.public() && !who.May("ideas") && !i.by(who.ID):
			form.Wrong(c, "Email", "private")
			ok = false
		}
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Behalf = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	changed := false
	err = p.writeVote(c, func(tx *db.Tx) (err error) {
		if changed, err = castVote(c, tx, i.ID, ballot{Account: who.ID, CastBy: &c.Account.ID, Consent: form.V.Consent}, c.Now()); err != nil || !changed {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Act: "ideas.vote", Object: "idea:" + i.ID, AboutID: who.ID}); err != nil {
			return err
		}
		return p.tellBehalf(c, tx, i, who)
	})
	if errors.Is(err, errMoved) {
		return fault.Conflict
	}
	if err != nil {
		return err
	}
	if !changed {
		return c.RedirectWith(staffPath(i), web.Flash{Kind: "info", Text: i18n.T(c, "ideas.behalf.already", who.Name)})
	}
	return c.RedirectTo(staffPath(i), "ideas.behalf.done", who.Name)
}

// ballot is a vote to be cast.
type ballot struct {
	Account string
	CastBy  *string // a colleague, when he does it for a customer
	Consent string  // and how the customer said that he may
}

// castVote notes a vote on an open idea, once per person: changed is false when
// there was one already. errMoved: look where the idea went and try again.
func castVote(ctx context.Context, tx *db.Tx, idea string, b ballot, now time.Time) (changed bool, err error) {
	// The vote comes first: of two at once, the unique index lets one through,
	// and a change of the idea's row shows whether it is still open.
	n, err := db.Exec(ctx, tx, `
		INSERT INTO idea_vote (id, idea_id, original_id, account_id, counts, voted_at, cast_by, consent)
		VALUES (?, ?, ?, ?, TRUE, ?, ?, ?) ON CONFLICT DO NOTHING`,
		rand.Text(), idea, idea, b.Account, now, b.CastBy, b.Consent)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, stillOpen(ctx, tx, idea)
	}
	s, err := tally(ctx, tx, idea, 1)
	if err != nil {
		return false, err
	}
	return true, place(ctx, tx, s, warmer(s.Heat, 1, now), now)
}

// tally counts a vote more or less on an open idea, and returns how it stood
// before. errMoved: it was merged away meanwhile.
func tally(ctx context.Context, tx *db.Tx, idea string, votes int) (before standing, err error) {
	before, err = db.Get[standing](ctx, tx, `
		UPDATE idea SET votes = votes + ?
		WHERE id = ? AND merged_into IS NULL AND status IN ('new', 'review', 'planned', 'started')
		RETURNING number, votes, comments, heat`, votes, idea)
	if errors.Is(err, fault.NotFound) {
		if err = stillOpen(ctx, tx, idea); err == nil {
			err = errMoved
		}
	}
	before.Votes -= votes
	return before, err
}

// withdrawVote takes a vote back.
func withdrawVote(ctx context.Context, tx *db.Tx, idea, account string, zone *time.Location, now time.Time) (changed bool, err error) {
	counted, err := db.All[bool](ctx, tx, `DELETE FROM idea_vote WHERE idea_id = ? AND account_id = ? RETURNING counts`, idea, account)
	if err != nil {
		return false, err
	}
	if !slices.Contains(counted, true) {
		return false, stillOpen(ctx, tx, idea)
	}
	s, err := tally(ctx, tx, idea, -1)
	if err != nil {
		return false, err
	}
	heat, err := summedHeat(ctx, tx, idea, zone)
	if err != nil {
		return false, err
	}
	return true, place(ctx, tx, s, heat, now)
}

// stillOpen says why a vote is not possible, or nothing when it is.
func stillOpen(ctx context.Context, on db.Querier, id string) error {
	i, err := byID(ctx, on, id)
	switch {
	case err != nil:
		return err
	case i.MergedInto != nil:
		return errMoved
	case !open(i.Status):
		return errClosed
	}
	return nil
}
