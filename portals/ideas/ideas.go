// Package ideas is the counter where users say what they miss, see who misses it
// too, and hear what becomes of it.
package ideas

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/search"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct {
	*app.Host
	start   string       // tells this run of the program from others
	changes atomic.Int64 // of anything a list shows, in this process
	around  atomic.Pointer[cachedSide]
	aside   atomic.Int64 // of what stands around the lists
}

type cachedSide struct {
	side
	of int64
	at time.Time
}

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{Host: host, start: rand.Text()}
	p.jobs()
	return app.Portal{
		Name:       "ideas",
		Permission: "ideas",
		Texts:      texts,
		Nav:        []web.NavItem{{Path: "/ideas/", Label: "ideas.nav", Icon: "idea", Public: true}},
		StaffNav:   []web.NavItem{{Path: "/staff/ideas/", Label: "ideas.nav", Icon: "idea", May: "ideas"}},
		Counter:    &app.Counter{Path: "/ideas/", Live: p.live},
		Front:      p.front,
		Desk:       p.desk,
		Beside:     p.beside,
		Purposes:   purposes,
		Impersonal: impersonal,
		Chores:     []jobs.Chore{{Name: "ideas.sweep", Every: time.Hour, Do: p.sweep}},
		Mails:      p.samples(),
		Reindex:    p.reindex,
		Document:   p.document,
		Demo:       p.demo,
		Routes: func(r *app.Routes) {
			r.Anyone.GET("/", p.list)
			r.Anyone.GET("/new", p.blank)
			r.Anyone.POST("/new", p.create)
			r.Anyone.GET("/similar", p.similar)
			r.Anyone.GET("/roadmap", p.roadmap)
			r.Anyone.GET("/:id", p.show)
			r.Anyone.GET("/agree/:token", p.agreement)
			r.Anyone.POST("/agree/:token", p.agree)
			r.Anyone.GET("/stop/:token", p.stopping)
			r.Anyone.POST("/stop/:token", p.stop)
			r.Anyone.At("").GET(feedPath, p.feed)
			for verb, do := range map[string]web.Handler{"vote": p.vote, "comments": p.comment, "follow": p.follow} {
				r.Customers.POST("/:id/"+verb, do)
				r.Customers.GET("/:id/"+verb, p.back) // where somebody arrives who signs in to do it
			}
			r.Customers.GET("/:id/comments/:comment", p.commentPage)
			r.Customers.POST("/:id/comments/:comment", p.rewordComment)
			r.Customers.POST("/:id/comments/:comment/remove", p.removeComment)
			r.Customers.GET("/:id/edit", p.ownPage)
			r.Customers.POST("/:id/edit", p.rewordOwn)
			r.Customers.POST("/:id/withdraw", p.withdraw)
			p.staffRoutes(r.Staff)
		},
	}
}

// write runs f in a transaction after which the lists have changed.
func (p *portal) write(ctx context.Context, f func(*db.Tx) error) error {
	return p.change(ctx, f, &p.changes, &p.aside)
}

// writeVote is write for what changes only an idea and its place.
func (p *portal) writeVote(ctx context.Context, f func(*db.Tx) error) error {
	return p.change(ctx, f, &p.changes)
}

func (p *portal) change(ctx context.Context, f func(*db.Tx) error, counts ...*atomic.Int64) error {
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if !p.DB.SQLite() {
			// Other processes may serve the same site: they see it in the database.
			if _, err := db.Next(ctx, tx, changesCounter); err != nil {
				return err
			}
		}
		tx.OnCommit(func() {
			for _, n := range counts {
				n.Add(1)
			}
		})
		return nil
	})
}

const changesCounter = "ideas.changes"

// unchanged answers 304 when the visitor has this page as it is now. Only pages
// that are the same for everybody without an account are tagged.
func (p *portal) unchanged(c *web.Context) (bool, error) {
	if c.Account != nil {
		return false, nil
	}
	n, counted := p.changes.Load(), p.start
	if !p.DB.SQLite() {
		counted = "by the database"
		var err error
		n, err = db.Get[int64](c, p.DB, `SELECT value FROM counter WHERE name = ?`, changesCounter)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return false, err
		}
	}
	// All that the page depends on: the ideas, what the browser says of its
	// visitor, whose counter it is, which program, and the hour, since dates
	// read differently tomorrow and the night erases.
	h := sha256.New()
	fmt.Fprint(h, n, "\n", counted, "\n", c.Request.URL.RequestURI(), "\n", i18n.Lang(c), "\n", c.GetHeader("Cookie"), "\n",
		c.GetHeader("Sec-GPC"), c.GetHeader("DNT"), c.Fragment(), "\n", c.Site.Vendor(), "\n", c.Site.Assets.Path("loket.css"), "\n",
		c.Now().Unix()/3600, web.Key(p.Secret, "ideas.etag"))
	tag := `"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	for given := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(given), "W/") == tag {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return true, nil
		}
	}
	return false, nil
}

// side is what stands around the lists, read anew after a change or a minute.
func (p *portal) side(ctx context.Context) (side, error) {
	n, now := p.aside.Load(), p.Now()
	total, counted := 0, now
	if s := p.around.Load(); s != nil && now.Sub(s.at) < time.Minute && !now.Before(s.at) {
		if s.of == n {
			return s.side, nil
		}
		if s.Total > 2_000 { // nobody misses one of thousands for a minute
			total, counted = s.Total, s.at
		}
	}
	s, err := readSide(ctx, p.DB, total)
	if err == nil {
		p.around.Store(&cachedSide{s, n, counted})
	}
	return s, err
}

// seen reports whether the account, nil for a visitor, may know of an idea.
func seen(a *account.Account, i Idea) bool {
	return i.public() || a != nil && (a.May("ideas") || i.by(a.ID))
}

// find returns the idea of the address if the visitor may know of it; of one
// that was merged away, what it was merged into.
func (p *portal) find(c *web.Context, on db.Querier) (Idea, error) {
	i, err := byAddress(c, on, c.Param("id"))
	if err != nil {
		return i, err
	}
	if !seen(c.Account, i) {
		return i, fault.NotFound
	}
	if i.MergedInto != nil {
		if i, err = byID(c, on, *i.MergedInto); err == nil && !seen(c.Account, i) {
			err = fault.NotFound
		}
	}
	return i, err
}

// index brings the search index in line with an idea.
func (p *portal) index(ctx context.Context, tx *db.Tx, id string) error {
	i, err := byID(ctx, tx, id)
	if err != nil {
		return err
	}
	return p.Search.Put(ctx, tx, document(i))
}

// document is how an idea is found: only what everybody may read of it, and if
// it is not for everybody only by its author and the colleagues of ideas.
func document(i Idea) search.Doc {
	d := search.Doc{Kind: "idea", Ref: i.ID, Path: i.Path(), Title: i.Title, Body: text.Plain(i.Body + "\n\n" + i.Response), Note: fmt.Sprintf("#%d", i.Number), At: i.CreatedAt}
	switch {
	case i.MergedInto != nil:
	case i.public():
		d.Readers = []string{"all"}
	default:
		d.Readers = []string{"staff:ideas"}
		if i.AuthorID != nil {
			d.Readers = append(d.Readers, "account:"+*i.AuthorID)
		}
	}
	return d
}

// document is how one idea is found now, for the night that changed its row.
func (p *portal) document(ctx context.Context, tx *db.Tx, kind, ref string) (search.Doc, error) {
	if kind != "idea" {
		return search.Doc{}, fault.NotFound
	}
	i, err := byID(ctx, tx, ref)
	return document(i), err
}

func (p *portal) reindex(ctx context.Context, put func(search.Doc) error) error {
	return db.Each(ctx, p.DB, `SELECT * FROM idea WHERE merged_into IS NULL AND title <> ''`, nil, func(i Idea) error { return put(document(i)) })
}

// live is the fact on the front page: what is being made.
func (p *portal) live(ctx context.Context) (app.Fact, error) {
	n, err := db.Get[int](ctx, p.DB, `SELECT count(*) FROM idea WHERE listed AND status = 'started'`)
	if err != nil || n == 0 {
		return app.Fact{}, err
	}
	return app.Fact{Sentence: i18n.N(ctx, "ideas.counter.live", n), Point: i18n.Number(ctx, n)}, nil
}

// front are the ideas that most people want and that are still open.
func (p *portal) front(ctx context.Context) ([]templ.Component, error) {
	most, err := wanted(ctx, p.DB, 3)
	if err != nil || len(most) == 0 {
		return nil, err
	}
	return []templ.Component{frontView(most)}, nil
}

// desk is what waits for a colleague: ideas that nobody has read.
func (p *portal) desk(ctx context.Context, _ account.Account) ([]app.DeskItem, error) {
	n, err := db.Get[int](ctx, p.DB, `SELECT count(*) FROM idea WHERE seen_at IS NULL`)
	if err != nil {
		return nil, err
	}
	late, err := db.Get[int](ctx, p.DB, `SELECT count(*) FROM idea WHERE seen_at IS NULL AND created_at < ?`, p.Now().AddDate(0, 0, -30))
	if err != nil || n == 0 {
		return nil, err
	}
	return []app.DeskItem{{Path: "/staff/ideas/", Label: i18n.T(ctx, "ideas.desk"), Count: n, Urgent: late > 0}}, nil
}

// beside is what a colleague sees about a person: what he asked for and voted on.
func (p *portal) beside(ctx context.Context, _, person account.Account) ([]app.BesideItem, error) {
	type line struct {
		Number int64
		Title  string
		Wrote  bool
	}
	all, err := db.All[line](ctx, p.DB, `
		SELECT i.number, i.title, coalesce(i.author_id, '') = ? AS wrote
		FROM (SELECT id FROM idea WHERE author_id = ? UNION SELECT idea_id FROM idea_vote WHERE account_id = ? AND counts) his
		JOIN idea i ON i.id = his.id
		WHERE i.merged_into IS NULL
		ORDER BY i.number DESC LIMIT 5`, person.ID, person.ID, person.ID)
	var items []app.BesideItem
	for _, l := range all {
		key := "ideas.beside.voted"
		if l.Wrote {
			key = "ideas.beside.wrote"
		}
		items = append(items, app.BesideItem{Path: fmt.Sprintf("/staff/ideas/%d", l.Number), Label: i18n.T(ctx, key, l.Title)})
	}
	return items, err
}

// sweep forgets drafts that nobody came back for and how the lists once stood.
func (p *portal) sweep(ctx context.Context) error {
	if _, err := db.Exec(ctx, p.DB, `DELETE FROM idea_draft WHERE expires_at < ?`, p.Now()); err != nil {
		return err
	}
	_, err := db.Exec(ctx, p.DB, `DELETE FROM idea_moved WHERE at < ?`, p.Now().Add(-3*time.Hour))
	return err
}

// pillOf is the ring that goes with a status.
func pillOf(status string) string {
	switch status {
	case statusReview:
		return "think"
	case statusPlanned:
		return "plan"
	case statusStarted:
		return "doing"
	case statusCompleted:
		return "done"
	case statusDeclined, statusDuplicate:
		return "no"
	}
	return "new"
}

// shortName is how somebody is named to others than colleagues: "Joost B.". Of a
// name that is an address, only what stands before the at sign.
func shortName(ctx context.Context, name string) string {
	name, _, _ = strings.Cut(name, "@")
	words := strings.Fields(name)
	switch len(words) {
	case 0:
		return i18n.T(ctx, "ideas.former")
	case 1:
		return words[0]
	}
	last := []rune(words[len(words)-1])
	return words[0] + " " + string(last[0]) + "."
}

func has(list []string, s string) bool { return slices.Contains(list, s) }
