package ideas

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/search"
	"loket/app/web"
	"loket/db"
)

// listPage is a list of ideas.
type listPage struct {
	side
	Filter  filter
	View    string // mine, voted, or empty for all
	Q       string
	Rows    []Row
	Next    string // path of the next page
	First   string // path of the first page, when this is another
	Tag     string
	Many    bool // more was found than is shown
	Mine    int  // ideas of the visitor
	Account *account.Account
}

// list shows ideas: all, those the visitor wrote, or those he voted on.
func (p *portal) list(c *web.Context) error {
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page := listPage{side: s, View: asked(c, "view"), Q: asked(c, "q"), Account: c.Account}
	page.Filter = filter{Order: asked(c, "order"), Status: asked(c, "status"), Board: asked(c, "topic"), Tag: asked(c, "tag")}
	if _, ok := orders[page.Filter.Order]; !ok {
		page.Filter.Order = orderNames[0]
	}
	if (page.View == "mine" || page.View == "voted") && c.Account == nil {
		return fault.SignIn
	}
	var next string
	after := asked(c, "after")
	switch page.View {
	case "mine", "voted":
		before, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			before = 1 << 62
		}
		page.Rows, next, err = ofAccount(c, p.DB, c.Account.ID, page.View, before)
		if err != nil {
			return err
		}
	default:
		page.View = ""
		if page.Q != "" {
			found, err := p.Search.Find(c, p.DB, search.Query{Text: page.Q, Readers: []string{"all"}, Kinds: []string{"idea"}, Limit: 100, Prefix: true})
			if err != nil {
				return err
			}
			page.Filter.Sought, page.Many = true, found.More
			for _, h := range found.Hits {
				page.Filter.Refs = append(page.Filter.Refs, h.Ref)
			}
		}
		if page.Rows, next, err = page.Filter.from(after).page(c, p.DB); err != nil {
			return err
		}
	}
	if c.Account != nil {
		if err := personal(c, p.DB, page.Rows, c.Account.ID, c.Account.Company()); err != nil {
			return err
		}
		if page.Mine, err = db.Get[int](c, p.DB, `SELECT count(*) FROM idea WHERE author_id = ?`, c.Account.ID); err != nil {
			return err
		}
	}
	query := c.Request.URL.Query()
	query.Del("after")
	if after != "" {
		page.First = address(query)
	}
	if next != "" {
		query.Set("after", next)
		page.Next = address(query)
	}
	return c.Render(http.StatusOK, listView(page))
}

// address is the path of a list with that query, empty answers left out.
func address(query url.Values) string {
	for name, values := range query {
		if len(values) == 0 || values[0] == "" {
			query.Del(name)
		}
	}
	if len(query) == 0 {
		return "/ideas/"
	}
	return "/ideas/?" + query.Encode()
}

// ideaPage is one idea.
type ideaPage struct {
	Idea       Idea
	Board      Board
	Tags       []Tag
	Author     string
	Voted      bool
	Mail       string // what mail about the idea the visitor gets: "", mailFollows, …
	Yours      bool   // he may still change it
	Colleagues int
	Comments   []commentRow
	Older      string // path of earlier comments
	History    []statusRow
	Merged     []mergedRow
	Form       web.Form[commentForm]
	Account    *account.Account
	Agent      bool // a colleague of ideas
}

type commentRow struct {
	ID        string
	AccountID *string `db:"account_id"`
	Name      *string
	Official  bool
	Body      string
	CreatedAt time.Time  `db:"created_at"`
	EditedAt  *time.Time `db:"edited_at"`
	HiddenAt  *time.Time `db:"hidden_at"`
	From      *string    // title of the idea it was made on, if that was merged into this one and may be known
}

type statusRow struct {
	Status    string
	Response  string
	Expected  string
	Told      int
	Name      *string
	CreatedAt time.Time `db:"created_at"`
}

type mergedRow struct {
	Number int64
	Title  string
	ID     string
	Shown  bool
}

const commentsShown = 100

// show shows an idea. One that was merged away leads to where it went; the
// address is completed with the title only for who may know it.
func (p *portal) show(c *web.Context) error {
	i, err := p.find(c, p.DB)
	if err != nil {
		return err
	}
	if c.Request.URL.Path != i.Path() && c.Request.URL.EscapedPath() != i.Path() {
		return c.See((&url.URL{Path: i.Path()}).String())
	}
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	return p.showPage(c, http.StatusOK, i, web.Form[commentForm]{Prefix: "ideas.comment", Once: rand.Text()})
}

func (p *portal) showPage(c *web.Context, status int, i Idea, form web.Form[commentForm]) error {
	page, err := p.ideaPage(c, i, false)
	if err != nil {
		return err
	}
	page.Form = form
	return c.Render(status, ideaView(page))
}

// ideaPage reads an idea with what surrounds it, for the desk also the comments
// that are hidden.
func (p *portal) ideaPage(c *web.Context, i Idea, desk bool) (page ideaPage, err error) {
	page = ideaPage{Idea: i, Account: c.Account, Agent: c.Account != nil && c.Account.May("ideas")}
	s, err := p.side(c)
	if err != nil {
		return page, err
	}
	page.Board, _ = s.board(i.BoardID)
	if page.Tags, err = db.All[Tag](c, p.DB, `SELECT t.* FROM idea_tag t JOIN idea_tagged g ON g.tag_id = t.id WHERE g.idea_id = ? AND NOT t.internal ORDER BY t.name`, i.ID); err != nil {
		return page, err
	}
	if i.AuthorID != nil {
		a, err := db.Get[string](c, p.DB, `SELECT name FROM account WHERE id = ?`, *i.AuthorID)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return page, err
		}
		page.Author = a
	}
	before, path, readable := asked(c, "before"), i.Path(), heard
	if desk {
		path, readable = staffPath(i), `TRUE`
	} else if page.Agent {
		readable = `k.hidden_at IS NULL`
	}
	page.Comments, err = db.All[commentRow](c, p.DB, `
		SELECT k.id, k.account_id, a.name, k.official, k.body, k.created_at, k.edited_at, k.hidden_at,
			CASE WHEN o.id <> k.idea_id AND o.approved_at IS NOT NULL AND NOT o.private THEN o.title END AS "from"
		FROM (
			SELECT k.* FROM idea_comment k JOIN idea o ON o.id = k.original_id WHERE k.idea_id = ? AND `+readable+`
				AND (? = '' OR (k.created_at, k.id) < (SELECT created_at, id FROM idea_comment WHERE id = ? AND idea_id = ?))
			ORDER BY k.created_at DESC, k.id DESC LIMIT ?) k
		JOIN idea o ON o.id = k.original_id LEFT JOIN account a ON a.id = k.account_id
		ORDER BY k.created_at, k.id`, i.ID, before, before, i.ID, commentsShown+1)
	if err != nil {
		return page, err
	}
	if len(page.Comments) > commentsShown {
		page.Comments = page.Comments[1:]
		page.Older = path + "?before=" + page.Comments[0].ID
	}
	page.History, err = db.All[statusRow](c, p.DB, `
		SELECT h.status, h.response, h.expected, h.told, a.name, h.created_at
		FROM idea_status h LEFT JOIN account a ON a.id = h.account_id
		WHERE h.idea_id = ? ORDER BY h.created_at DESC, h.id LIMIT 50`, i.ID)
	if err != nil {
		return page, err
	}
	page.Merged, err = db.All[mergedRow](c, p.DB, `
		SELECT number, title, id, approved_at IS NOT NULL AND NOT private AS shown FROM idea WHERE merged_into = ? ORDER BY number`, i.ID)
	if err != nil || c.Account == nil {
		return page, err
	}
	row := []Row{{ID: i.ID}}
	if err := personal(c, p.DB, row, c.Account.ID, c.Account.Company()); err != nil {
		return page, err
	}
	page.Voted, page.Colleagues = row[0].Voted, row[0].Colleagues
	if page.Mail, err = mailOf(c, p.DB, i, c.Account.ID, page.Voted); err != nil || !i.by(c.Account.ID) {
		return page, err
	}
	page.Yours, err = untouched(c, p.DB, i)
	return page, err
}

// back leads from the address of a form to the idea that the form is on.
func (p *portal) back(c *web.Context) error {
	i, err := p.find(c, p.DB)
	if err != nil {
		return err
	}
	return c.See((&url.URL{Path: i.Path()}).String())
}

// unverified is what somebody reads who has not shown yet that his address is his.
func unverified(c *web.Context, path string) error {
	return c.RedirectWith(path, web.Flash{Kind: "warn", Text: i18n.T(c, "ideas.unverified"), Link: "/profile", LinkLabel: i18n.T(c, "ideas.unverified.link")})
}
