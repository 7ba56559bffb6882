package ideas

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// What colleagues decide: a status with an answer, and on a moderated board
// whether an idea is shown at all.

type statusForm struct {
	Status   string `form:"status" binding:"required,oneof=new review planned started completed declined"`
	Response string `form:"response" binding:"max=5000"`
	Expected string `form:"expected" binding:"max=40"`
	Tell     bool   `form:"tell"`
}

// setStatus decides on an idea and has everybody told who voted or follows.
func (p *portal) setStatus(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[statusForm]{Prefix: "ideas.status_form"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	// What is not done is not done for a reason, and that is told.
	if ok && form.V.Status == statusDeclined && form.V.Response == "" {
		form.Wrong(c, "Response", "why")
		ok = false
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Status = form
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	id := rand.Text()
	err = p.write(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, staffPath(i)); err != nil {
			return err
		}
		return p.decide(c, tx, i.ID, id, form.V, c.Account.ID)
	})
	if err != nil {
		return err
	}
	if form.V.Tell {
		return c.RedirectTo(staffPath(i), "ideas.status_form.told")
	}
	return c.RedirectTo(staffPath(i), "ideas.status_form.saved")
}

// decide gives an idea a status, with what is said at it.
func (p *portal) decide(ctx context.Context, tx *db.Tx, id, change string, v statusForm, staff string) error {
	now := p.Now()
	held, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	i := held[0]
	if i.MergedInto != nil {
		return errMerged
	}
	if v.Response == "" && v.Status == i.Status {
		v.Response = i.Response // only the date moved
	}
	var decidedAt *time.Time
	if decided(v.Status) {
		decidedAt = &now
		if i.Status == v.Status && i.DecidedAt != nil {
			decidedAt = i.DecidedAt // said anew, decided then
		}
	}
	_, err = db.Exec(ctx, tx, `
		UPDATE idea SET status = ?, response = ?, reply = ?, expected = ?, status_at = ?, decided_at = ?, seen_at = coalesce(seen_at, ?) WHERE id = ?`,
		v.Status, v.Response, text.Excerpt(v.Response, excerptRunes), v.Expected, now, decidedAt, now, id)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO idea_status (id, idea_id, status, response, expected, account_id, told, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		change, id, v.Status, v.Response, v.Expected, staff, map[bool]int{true: -1, false: 0}[v.Tell], now)
	if err != nil {
		return err
	}
	if i, err = byID(ctx, tx, id); err != nil {
		return err
	}
	if err := p.originOf(ctx, tx, i); err != nil {
		return err
	}
	if err := p.index(ctx, tx, id); err != nil {
		return err
	}
	if err := p.tellOrigins(ctx, tx, i); err != nil {
		return err
	}
	if v.Tell {
		return p.tellStatus(ctx, tx, change)
	}
	return nil
}

// tellOrigins tells those who own what an idea, or an idea merged into it, was
// made from.
func (p *portal) tellOrigins(ctx context.Context, tx *db.Tx, i Idea) error {
	made, err := family(ctx, tx, i.ID)
	if err != nil {
		return err
	}
	for _, id := range made {
		if err := p.Origin.Tell(ctx, tx, "idea:"+id, i.Response); err != nil {
			return err
		}
	}
	return nil
}

// approve shows an idea of a moderated board to everybody.
func (p *portal) approve(c *web.Context) error {
	return p.moderate(c, true, "")
}

type refuseForm struct {
	Reason string `form:"reason" binding:"required,max=1000"`
}

// refuse keeps an idea off the board, and tells its author why.
func (p *portal) refuse(c *web.Context) error {
	form := web.Form[refuseForm]{Prefix: "ideas.refuse"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "ideas.refuse.why")})
		i, err := byAddress(c, p.DB, c.Param("id"))
		if err != nil {
			return err
		}
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		return c.Render(http.StatusUnprocessableEntity, workView(page))
	}
	return p.moderate(c, false, form.V.Reason)
}

func (p *portal) moderate(c *web.Context, yes bool, reason string) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	now := c.Now()
	err = p.write(c, func(tx *db.Tx) error {
		// What was refused can be placed after all: then nothing has been decided.
		set := `approved_at = ?, refused_at = NULL,
			status = CASE WHEN refused_at IS NULL THEN status ELSE 'new' END,
			response = CASE WHEN refused_at IS NULL THEN response ELSE '' END,
			decided_at = CASE WHEN refused_at IS NULL THEN decided_at END`
		again := ``
		if !yes {
			set, again = `approved_at = NULL, refused_at = ?`, ` AND refused_at IS NULL`
		}
		n, err := db.Exec(c, tx, `UPDATE idea SET `+set+`, seen_at = coalesce(seen_at, ?) WHERE id = ? AND approved_at IS NULL AND merged_into IS NULL`+again, now, now, i.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict // a colleague was first
		}
		if !yes {
			// A refusal is a decision: the term for the author's name runs.
			if _, err := db.Exec(c, tx, `UPDATE idea SET status = 'declined', decided_at = ?, status_at = ?, response = ? WHERE id = ?`, now, now, reason, i.ID); err != nil {
				return err
			}
		}
		if err := relist(c, tx, i.ID); err != nil {
			return err
		}
		if i, err = byID(c, tx, i.ID); err != nil {
			return err
		}
		if err := p.index(c, tx, i.ID); err != nil {
			return err
		}
		if err := p.originOf(c, tx, i); err != nil {
			return err
		}
		return p.tellModerated(c, tx, i, reason)
	})
	if err != nil {
		return err
	}
	if yes {
		return c.RedirectTo(staffPath(i), "ideas.approved")
	}
	return c.RedirectTo(staffPath(i), "ideas.refused")
}
