package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/web"
	"loket/db"
)

// Who hears of an idea by mail, and how he stops that.

// What mail somebody gets about an idea.
const (
	mailFollows   = "follows"   // of all that happens
	mailConcerned = "concerned" // of what we decide, since he voted or wrote it
	mailMuted     = "muted"     // none, as he asked
)

// mailOf is what mail somebody gets about an idea that he voted on or not.
func mailOf(ctx context.Context, on db.Querier, i Idea, account string, voted bool) (string, error) {
	muted, err := db.Get[bool](ctx, on, `SELECT muted FROM idea_follow WHERE idea_id = ? AND account_id = ?`, i.ID, account)
	switch {
	case err == nil && muted:
		return mailMuted, nil
	case err == nil:
		return mailFollows, nil
	case !errors.Is(err, fault.NotFound):
		return "", err
	case voted || i.by(account):
		return mailConcerned, nil
	}
	return "", nil
}

// follow has the visitor told of news, or no longer.
func (p *portal) follow(c *web.Context) error {
	i, err := p.find(c, p.DB)
	if err != nil {
		return err
	}
	if !c.Account.Verified() {
		return unverified(c, i.Path())
	}
	stop := c.PostForm("follow") == "0"
	err = p.writeVote(c, func(tx *db.Tx) error {
		if stop {
			return unfollow(c, tx, i.ID, c.Account.ID, c.Now())
		}
		if err := active(c, tx, c.Account.ID, c.Now()); err != nil {
			return err
		}
		return follow(c, tx, i.ID, c.Account.ID, c.Now())
	})
	if err != nil {
		return p.gone(c, i, err)
	}
	if stop {
		return c.RedirectTo(i.Path(), "ideas.unfollowed")
	}
	return c.RedirectTo(i.Path(), "ideas.followed")
}

// follow and unfollow: who follows hears of each new status and comment.
func follow(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (idea_id, account_id) DO UPDATE SET muted = FALSE`, idea, account, rand.Text(), now)
	return err
}

// join has somebody follow who said something, unless he wants no mail.
func join(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (idea_id, account_id) DO NOTHING`, idea, account, rand.Text(), now)
	return err
}

// mute stops all mail to one person about an idea, voter or not.
func mute(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, muted, created_at) VALUES (?, ?, ?, TRUE, ?)
		ON CONFLICT (idea_id, account_id) DO UPDATE SET muted = TRUE`, idea, account, rand.Text(), now)
	return err
}

// unfollow ends that. Who would hear of the idea all the same, because he voted
// or wrote it, is kept as somebody who wants no mail.
func unfollow(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM idea_follow WHERE account_id = ? AND (idea_id = ? OR idea_id IN (SELECT id FROM idea WHERE merged_into = ?))`, account, idea, idea); err != nil {
		return err
	}
	concerned, err := db.Get[bool](ctx, tx, `
		SELECT EXISTS (SELECT 1 FROM idea_vote WHERE idea_id = ? AND account_id = ?)
			OR EXISTS (SELECT 1 FROM idea WHERE (id = ? OR merged_into = ?) AND author_id = ?)`, idea, account, idea, idea, account)
	if err != nil || !concerned {
		return err
	}
	return mute(ctx, tx, idea, account, now)
}

// circle asks who is to hear of an idea.
type circle struct {
	Idea   string
	Voters bool   // also those who only voted
	After  string // only those whose id comes after it
	Limit  int
}

// audience are the people to tell of an idea: its author, its followers, perhaps
// its voters, and those of the ideas merged into it, each once, by id. Who wants
// no mail about an idea hears of it only for another that it was merged with.
func audience(ctx context.Context, on db.Querier, c circle) ([]account.Account, error) {
	return db.AllNamed[account.Account](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, a.permissions
		FROM (
			SELECT v.account_id AS id FROM idea_vote v WHERE :voters AND v.idea_id = :idea
				AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = v.original_id AND m.account_id = v.account_id AND m.muted)
			UNION
			SELECT f.account_id FROM idea_follow f JOIN idea i ON i.id = f.idea_id WHERE (i.id = :idea OR i.merged_into = :idea) AND NOT f.muted
			UNION
			SELECT i.author_id FROM idea i WHERE (i.id = :idea OR i.merged_into = :idea)
				AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = i.id AND m.account_id = i.author_id AND m.muted)) x
		JOIN account a ON a.id = x.id
		WHERE a.disabled_at IS NULL AND a.verified_at IS NOT NULL AND a.id > :after
			AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = :idea AND m.account_id = a.id AND m.muted)
		ORDER BY a.id LIMIT :limit`, c)
}
