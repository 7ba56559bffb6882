package signin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// The log of who did what.

// auditFilter is which lines of the log to show.
type auditFilter struct {
	Act, About, Actor string
	Who               string // an address: about him or by him
	From, To          string // days at the desk, inclusive
	Before            int64
	Limit             int
	WhoID             string
	Since, Until      time.Time
}

type auditRow struct {
	account.Entry
	Actor, About string
}

// auditRows returns lines of the log, the last first, with the names of people
// who still have an account.
func auditRows(ctx context.Context, on db.Querier, f auditFilter) ([]auditRow, error) {
	if f.Before == 0 {
		f.Before = 1 << 62
	}
	if f.Until.IsZero() {
		f.Until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return db.AllNamed[auditRow](ctx, on, `
		SELECT e.*, coalesce(x.name, '') AS actor, coalesce(y.name, '') AS about
		FROM (
			SELECT * FROM audit
			WHERE number < :before
			  AND (:act = '' OR act = :act)
			  AND (:about = '' OR about_id = :about)
			  AND (:whoid = '' OR about_id = :whoid OR actor_id = :whoid)
			  AND at >= :since AND at < :until
			ORDER BY number DESC LIMIT :limit) e
		LEFT JOIN account x ON x.id = e.actor_id
		LEFT JOIN account y ON y.id = e.about_id
		ORDER BY e.number DESC`, f)
}

// Acts that the log can be narrowed to.
var acts = []string{
	"signin", "signin.failed", "signin.refused", "signout", "signup", "password", "email", "link", "unlink", "session.end",
	"role", "block", "unblock", "invite", "membership", "membership.end", "company", "agreement", "read", "export", "erase", "refused", "retry",
	"setting", "promise", "import", "mail", "erase.asked", "consent.withdrawn", "request.entered", "hold", "hold.lifted", "processor",
	"disclosure", "cookie", "controller", "term", "statement.published", "privacy.run", "breach", "breach.changed", "invoice",
	"invoice.changed", "review.removed", "review.other", "ticket.merge", "ticket.unmerge", "ticket.taken_over", "training.saved",
	"training.session", "training.off", "training.attendance", "training.removed", "demo.planned", "demo.confirmed", "demo.customer",
	"contact.moved", "ideas.vote", "ideas.hide", "ideas.unhide",
}

type auditPage struct {
	Filter auditFilter
	Acts   []web.Option
	Rows   []auditRow
	Older  string

	Checked bool    // whether the lines were held against the chain
	Broken  []int64 // numbers of those that do not follow from the one before
}

// audit shows the log of who did what, which nobody can change.
func (p *portal) audit(c *web.Context) error {
	f := auditFilter{Act: c.Query("act"), Who: strings.TrimSpace(c.Query("who")), From: c.Query("from"), To: c.Query("to"), Limit: pageRows + 1}
	page := auditPage{Filter: f}
	for _, act := range acts {
		page.Acts = append(page.Acts, web.Option{Value: act, Label: i18n.T(c, "signin.act."+act), Chosen: act == f.Act})
	}
	if before := c.Query("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return fault.NotFound
		}
		f.Before = n
	}
	if f.Who != "" {
		who, err := account.ByEmail(c, p.DB, f.Who)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		f.WhoID = cmp.Or(who.ID, f.Who)
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.From, p.Zone); err == nil {
		f.Since = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.To, p.Zone); err == nil {
		f.Until = day.AddDate(0, 0, 1)
	}
	if c.Query("check") != "" {
		page.Checked = true
		var err error
		if page.Broken, err = account.AuditBroken(c, p.DB); err != nil {
			return err
		}
	}
	rows, err := auditRows(c, p.DB, f)
	if err != nil {
		return err
	}
	if page.Rows = rows; len(rows) > pageRows {
		page.Rows = rows[:pageRows]
		q := c.Request.URL.Query()
		q.Del("check")
		q.Set("before", strconv.FormatInt(page.Rows[pageRows-1].Number, 10))
		page.Older = "/staff/signin/audit?" + q.Encode()
	}
	return c.Render(http.StatusOK, auditView(page))
}
