package signin

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"loket/app"
	"loket/app/account"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/web"
	"loket/db"
)

// waiting is what an admin has to look at: work that was given up.
func (p *portal) waiting(ctx context.Context, a account.Account) ([]app.DeskItem, error) {
	if !a.Admin() {
		return nil, nil
	}
	n, err := db.Get[int](ctx, p.DB, `SELECT count(*) FROM job WHERE failed_at IS NOT NULL`)
	if err != nil || n == 0 {
		return nil, err
	}
	return []app.DeskItem{{Path: "/staff/signin/jobs", Label: i18n.N(ctx, "signin.jobs.waiting", n), Count: n, Urgent: true}}, nil
}

// pageRows is how many rows a list shows at a time.
const pageRows = 50

// search is what somebody looks for in a list, and from where it goes on.
type search struct {
	Q, Role string
	After   string // name of the last row of the page before
	AfterID string
	Like    string
	Limit   int
}

func searchOf(c *web.Context) search {
	s := search{Q: strings.TrimSpace(c.Query("q")), Role: c.Query("role"), After: c.Query("after"), AfterID: c.Query("id"), Limit: pageRows + 1}
	s.Like = "%" + likely.Replace(s.Q) + "%"
	return s
}

// likely makes the signs that LIKE gives a meaning mean themselves.
var likely = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// next is the address of the page after one that ends with that row.
func (s search) next(path, name, id string) string {
	q := url.Values{"after": {name}, "id": {id}}
	if s.Q != "" {
		q.Set("q", s.Q)
	}
	if s.Role != "" {
		q.Set("role", s.Role)
	}
	return path + "?" + q.Encode()
}

// jobs shows the work that was given up.
func (p *portal) jobs(c *web.Context) error {
	failed, err := p.Jobs.GivenUp(c)
	if err != nil {
		return err
	}
	chores, err := jobs.LastRuns(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, jobsView(failed, chores))
}

// choreName is what a chore does, in words; the host's own have theirs here.
func choreName(ctx context.Context, name string) string {
	portal, chore, ofPortal := strings.Cut(name, ".")
	if !ofPortal {
		portal, chore = "signin", name
	}
	if key := portal + ".chore." + chore; i18n.Has(ctx, key) {
		return i18n.T(ctx, key)
	}
	return name
}

func (p *portal) retry(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Jobs.Retry(c, tx, c.Param("id")); err != nil {
			return err
		}
		return p.note(c, tx, c.Account.ID, "retry", "job:"+c.Param("id"), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/signin/jobs", "signin.jobs.again")
}
