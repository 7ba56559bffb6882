package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Comments: what visitors and colleagues say about an idea, and what colleagues
// hide of it. What an author does with his own comment is in author.go.

// Comment is what somebody said about an idea.
type Comment struct {
	ID         string
	IdeaID     string  `db:"idea_id"`
	OriginalID string  `db:"original_id"`
	AccountID  *string `db:"account_id"`
	Official   bool
	Body       string
	Warm       bool
	CreatedAt  time.Time  `db:"created_at"`
	EditedAt   *time.Time `db:"edited_at"`
	HiddenAt   *time.Time `db:"hidden_at"`
}

// heard is the condition on a comment k, made on the idea o, under which who may
// see the idea that it stands with may read it: what was said about a private
// idea stays private when that is merged into one that is not.
const heard = `k.hidden_at IS NULL AND (o.id = k.idea_id OR o.approved_at IS NOT NULL AND NOT o.private)`

type commentForm struct {
	Body string `form:"body" binding:"required,max=5000"`
}

var commentLimit = web.Limit{What: "ideas.comment", Times: 40, Within: time.Hour}

// comment adds what the visitor says about an idea.
func (p *portal) comment(c *web.Context) error {
	i, err := p.find(c, p.DB)
	if err != nil {
		return err
	}
	if !c.Account.Verified() {
		return unverified(c, i.Path())
	}
	form := web.Form[commentForm]{Prefix: "ideas.comment"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.showPage(c, http.StatusUnprocessableEntity, i, form)
	}
	k := Comment{ID: rand.Text(), IdeaID: i.ID, OriginalID: i.ID, AccountID: &c.Account.ID, Official: c.Account.May("ideas"), Body: form.V.Body, CreatedAt: c.Now()}
	for try := 1; try <= 5; try++ {
		err = p.writeVote(c, func(tx *db.Tx) error {
			if err := c.Once(tx, form.Once, i.Path()+"#m-"+k.ID); err != nil {
				return err
			}
			if err := commentLimit.Take(c, tx, c.Account.ID, c.Now()); err != nil {
				return err
			}
			if err := say(c, tx, k, p.Zone); err != nil {
				return err
			}
			if err := active(c, tx, c.Account.ID, c.Now()); err != nil {
				return err
			}
			if !k.Official {
				if err := join(c, tx, k.IdeaID, c.Account.ID, c.Now()); err != nil {
					return err
				}
			}
			return p.tellComment(c, tx, k)
		})
		if !errors.Is(err, errMoved) {
			break
		}
		if i, err = p.find(c, p.DB); err != nil {
			return err
		}
		k.IdeaID, k.OriginalID = i.ID, i.ID
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(i.Path()+"#m-"+k.ID, "ideas.comment.sent")
}

// hideComment takes a comment off the page.
func (p *portal) hideComment(c *web.Context) error {
	return p.showComment(c, hide, "ideas.hide", "ideas.comment.hidden")
}

// unhideComment puts it back.
func (p *portal) unhideComment(c *web.Context) error {
	return p.showComment(c, unhide, "ideas.unhide", "ideas.comment.unhidden")
}

func (p *portal) showComment(c *web.Context, do func(context.Context, *db.Tx, string, string, *time.Location, time.Time) error, act, said string) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	comment := text.Clean(c.Param("comment"))
	err = p.write(c, func(tx *db.Tx) error {
		if err := do(c, tx, i.ID, comment, p.Zone, c.Now()); err != nil {
			return err
		}
		return account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Act: act, Object: "idea_comment:" + comment})
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), said)
}

// say adds a comment. errMoved: the idea was merged meanwhile.
func say(ctx context.Context, tx *db.Tx, k Comment, zone *time.Location) error {
	held, err := lock(ctx, tx, k.IdeaID)
	if err != nil {
		return err
	}
	i := held[0]
	if i.MergedInto != nil {
		return errMoved
	}
	earlier, err := db.All[time.Time](ctx, tx, `SELECT created_at FROM idea_comment WHERE idea_id = ? AND account_id = ? AND hidden_at IS NULL AND created_at > ? ORDER BY created_at`, i.ID, *k.AccountID, k.CreatedAt.Add(-26*time.Hour))
	if err != nil {
		return err
	}
	k.Warm = !slices.ContainsFunc(earlier, func(t time.Time) bool { return sameDay(t, k.CreatedAt, zone) })
	if err := db.Insert(ctx, tx, "idea_comment", k); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `UPDATE idea SET comments = comments + 1 WHERE id = ?`, i.ID); err != nil {
		return err
	}
	heat := i.Heat
	if k.Warm {
		heat = warmer(heat, commentWeight, k.CreatedAt)
	}
	return place(ctx, tx, standing{i.Number, i.Votes, i.Comments, i.Heat}, heat, k.CreatedAt)
}

// hide takes a comment off the page.
func hide(ctx context.Context, tx *db.Tx, idea, comment string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `UPDATE idea_comment SET hidden_at = ? WHERE id = ? AND idea_id = ? AND hidden_at IS NULL`, now, comment, idea)
}

// unhide puts it back.
func unhide(ctx context.Context, tx *db.Tx, idea, comment string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `UPDATE idea_comment SET hidden_at = NULL WHERE id = ? AND idea_id = ? AND hidden_at IS NOT NULL`, comment, idea)
}

// takeBack removes somebody's own comment for good.
func takeBack(ctx context.Context, tx *db.Tx, idea, comment, account string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `DELETE FROM idea_comment WHERE id = ? AND idea_id = ? AND account_id = ? AND hidden_at IS NULL`, comment, idea, account)
}

// unsay changes which comments an idea has, and counts it anew.
func unsay(ctx context.Context, tx *db.Tx, idea string, zone *time.Location, now time.Time, query string, args ...any) error {
	held, err := lock(ctx, tx, idea)
	if err != nil {
		return err
	}
	n, err := db.Exec(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound
	}
	return settle(ctx, tx, held[0], zone, now)
}
