package ideas

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/search"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
	"loket/templates"
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

type commentForm struct {
	Body string `form:"body" binding:"required,max=5000"`
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

// newForm is a new idea.
type newForm struct {
	Title   string `form:"title" binding:"required,max=120"`
	Body    string `form:"body" binding:"max=10000"`
	Topic   string `form:"topic" binding:"max=40"`
	Private bool   `form:"private"`
	Vote    bool   `form:"vote"`
	Step    string `form:"step" binding:"max=10"` // typed: what is like it has not been shown yet
}

type newPage struct {
	Form    web.Form[newForm]
	Boards  []Board
	Similar []Alike
	Asked   bool // what is like it has been looked for
	Draft   bool // it was written before signing in
	Account *account.Account
}

const draftCookie = "idea"

// blank shows the form for a new idea, with the title that was typed on the list
// and what is like it; or with what the visitor wrote before he signed in.
func (p *portal) blank(c *web.Context) error {
	form := web.Form[newForm]{Prefix: "ideas.new", Once: rand.Text(), V: newForm{Title: text.Line(c.Query("title")), Topic: asked(c, "topic"), Vote: true}}
	if len([]rune(form.V.Title)) > 120 {
		form.V.Title = string([]rune(form.V.Title)[:120])
	}
	page := newPage{Form: form}
	if d, err := p.draft(c); err == nil && form.V.Title == "" {
		page.Draft = true
		page.Form.V = newForm{Title: d.Title, Body: d.Body, Topic: d.BoardID, Private: d.Private, Vote: true}
	} else if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	return p.newPage(c, http.StatusOK, page)
}

func (p *portal) newPage(c *web.Context, status int, page newPage) error {
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page.Boards, page.Account = s.openBoards(), c.Account
	if page.Form.V.Title != "" && !page.Asked {
		page.Asked = true
		if page.Similar, err = p.alike(c, page.Form.V.Title, page.Form.V.Topic); err != nil {
			return err
		}
	}
	page.Form.V.Step = "typed"
	if page.Asked && status != http.StatusUnprocessableEntity {
		page.Form.V.Step = "seen"
	}
	return c.Render(status, newView(page))
}

func (p *portal) alike(c *web.Context, title, board string) ([]Alike, error) {
	who := ""
	if c.Account != nil {
		who = c.Account.ID
	}
	return similar(c, p.DB, title, board, who)
}

// similar shows what is like the title that is being typed.
func (p *portal) similar(c *web.Context) error {
	title := text.Line(c.Query("title"))
	if len([]rune(title)) > 120 {
		title = string([]rune(title)[:120])
	}
	found, err := p.alike(c, title, asked(c, "topic"))
	if err != nil {
		return err
	}
	if c.Fragment() != "" {
		return c.Render(http.StatusOK, similarList(found, title, c.Account != nil))
	}
	return c.See("/ideas/new?" + url.Values{"title": {title}}.Encode())
}

// Who has shown that his address is his may file as much as he likes; what a
// visitor leaves behind is limited.
var draftLimit = web.Limit{What: "ideas.draft", Times: 20, Within: time.Hour}

// create files an idea. Who has not signed in goes and does that first, and
// finds what he wrote when he is back.
func (p *portal) create(c *web.Context) error {
	form := web.Form[newForm]{Prefix: "ideas.new"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	all, err := boards(c, p.DB)
	if err != nil {
		return err
	}
	s := side{Boards: all}
	form.V.Title = text.Line(form.V.Title)
	board, known := s.board(form.V.Topic)
	if form.V.Topic == "" {
		if open := s.openBoards(); len(open) > 0 {
			board, known = open[0], true
		}
	}
	if ok && (!known || board.ClosedAt != nil) {
		form.Wrong(c, "Topic", "closed")
		ok = false
	}
	if !ok {
		return p.newPage(c, http.StatusUnprocessableEntity, newPage{Form: form})
	}
	if form.V.Step == "typed" {
		found, err := p.alike(c, form.V.Title, board.ID)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return p.newPage(c, http.StatusOK, newPage{Form: form, Similar: found, Asked: true})
		}
	}
	if c.Account == nil {
		return p.keepDraft(c, form.V)
	}
	if !c.Account.Verified() {
		form.Errors[""] = i18n.T(c, "ideas.unverified")
		return p.newPage(c, http.StatusUnprocessableEntity, newPage{Form: form})
	}
	now := c.Now()
	idea := Idea{ID: rand.Text(), BoardID: board.ID, AuthorID: &c.Account.ID, Title: form.V.Title, Body: form.V.Body, Private: form.V.Private, CreatedAt: now}
	if !board.Moderated || c.Account.May("ideas") {
		idea.ApprovedAt = &now
	}
	err = p.write(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/ideas/"+idea.ID); err != nil {
			return err
		}
		if idea, err = insert(c, tx, idea); err != nil {
			return err
		}
		if form.V.Vote {
			if _, err := castVote(c, tx, idea.ID, ballot{Account: c.Account.ID}, now); err != nil {
				return err
			}
		}
		if err := active(c, tx, c.Account.ID, now); err != nil {
			return err
		}
		if err := p.dropDraft(c, tx); err != nil {
			return err
		}
		return p.Search.Put(c, tx, document(idea))
	})
	if err != nil {
		return err
	}
	path := (&url.URL{Path: idea.Path()}).String()
	switch {
	case idea.ApprovedAt == nil:
		return c.RedirectTo(path, "ideas.new.waiting")
	case idea.Private:
		return c.RedirectTo(path, "ideas.new.private_sent")
	}
	return c.RedirectTo(path, "ideas.new.sent", idea.Number)
}

type draft struct {
	ID        string
	BoardID   string `db:"board_id"`
	Title     string
	Body      string
	Private   bool
	CreatedAt time.Time `db:"created_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

const draftLasts = 24 * time.Hour

// keepDraft keeps what a visitor wrote until he has signed in. Only his browser
// knows the secret that leads back to it.
func (p *portal) keepDraft(c *web.Context, v newForm) error {
	secret := account.Secret()
	now := c.Now()
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := draftLimit.Take(c, tx, web.Network(c.ClientIP()), now); err != nil {
			return err
		}
		if err := p.dropDraft(c, tx); err != nil {
			return err
		}
		return db.Insert(c, tx, "idea_draft", draft{account.Hash(secret), v.Topic, v.Title, v.Body, v.Private, now, now.Add(draftLasts)})
	})
	if err != nil {
		return err
	}
	if err := c.Remember(draftCookie, secret, draftLasts); err != nil {
		return err
	}
	return c.RedirectWith("/signin?next="+url.QueryEscape("/ideas/new"), web.Flash{Kind: "info", Text: i18n.T(c, "ideas.new.signin")})
}

// draft is what the visitor wrote before; fault.NotFound when nothing.
func (p *portal) draft(c *web.Context) (draft, error) {
	var secret string
	if !c.Recall(draftCookie, &secret) {
		return draft{}, fault.NotFound
	}
	return db.Get[draft](c, p.DB, `SELECT * FROM idea_draft WHERE id = ? AND expires_at > ?`, account.Hash(secret), c.Now())
}

func (p *portal) dropDraft(c *web.Context, tx *db.Tx) error {
	var secret string
	if !c.Recall(draftCookie, &secret) {
		return nil
	}
	c.Forget(draftCookie)
	_, err := db.Exec(c, tx, `DELETE FROM idea_draft WHERE id = ?`, account.Hash(secret))
	return err
}

// column is one of the roadmap.
type column struct {
	Status string
	Rows   []Row
}

type roadmapPage struct {
	Columns  []column
	Declined []Row
	Total    int
	Mine     int
	Updated  time.Time
	Account  *account.Account
}

const laneSize = 30

// roadmap shows what is being made, what comes, what is thought about, what was
// finished in the last 90 days, and what will not be done and why.
func (p *portal) roadmap(c *web.Context) error {
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page := roadmapPage{Total: s.Total, Account: c.Account}
	for _, status := range []string{statusStarted, statusPlanned, statusReview, statusCompleted} {
		var since time.Time
		if status == statusCompleted {
			since = c.Now().AddDate(0, 0, -90)
		}
		rows, err := lane(c, p.DB, status, since, laneSize)
		if err != nil {
			return err
		}
		page.Columns = append(page.Columns, column{status, rows})
	}
	if page.Declined, err = lane(c, p.DB, statusDeclined, c.Now().AddDate(-1, 0, 0), laneSize); err != nil {
		return err
	}
	for _, rows := range append([][]Row{page.Declined}, page.Columns[0].Rows, page.Columns[1].Rows, page.Columns[2].Rows, page.Columns[3].Rows) {
		for _, r := range rows {
			if r.StatusAt.After(page.Updated) {
				page.Updated = r.StatusAt
			}
		}
	}
	if c.Account != nil {
		for i := range page.Columns {
			if err := personal(c, p.DB, page.Columns[i].Rows, c.Account.ID, ""); err != nil {
				return err
			}
		}
		if page.Mine, err = db.Get[int](c, p.DB, `SELECT count(*) FROM idea WHERE author_id = ?`, c.Account.ID); err != nil {
			return err
		}
	}
	return c.Render(http.StatusOK, roadmapView(page))
}

// The feed follows RFC 4287. It names the vendor as author and nobody else.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Link      atomLink     `xml:"link"`
	Category  atomCategory `xml:"category"`
	Summary   string       `xml:"summary"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

const feedPath = "/feed/ideas.atom"

// feed gives the latest ideas that everybody may see, for feed readers.
func (p *portal) feed(c *web.Context) error {
	if same, err := p.unchanged(c); err != nil || same {
		return err
	}
	rows, _, err := filter{Order: "newest"}.from("").page(c, p.DB)
	if err != nil {
		return err
	}
	f := atomFeed{Lang: i18n.Lang(c), ID: c.Link("/ideas/"), Title: i18n.T(c, "ideas.feed.title", c.Site.Vendor().Name), Author: c.Site.Vendor().Name,
		Links: []atomLink{{"self", c.Link(feedPath)}, {"", c.Link("/ideas/")}}}
	latest := time.Unix(0, 0)
	for _, r := range rows {
		updated := r.CreatedAt
		if r.StatusAt.After(updated) {
			updated = r.StatusAt
		}
		if updated.After(latest) {
			latest = updated
		}
		summary := r.Excerpt
		if r.Reply != "" {
			summary = strings.TrimSpace(summary + "\n\n" + c.Site.Vendor().Name + ": " + r.Reply)
		}
		link := c.Link((&url.URL{Path: r.Path()}).String())
		f.Entries = append(f.Entries, atomEntry{ID: c.Link("/ideas/" + strconv.FormatInt(r.Number, 10)), Title: r.Title, Updated: updated.UTC().Format(time.RFC3339), Published: r.CreatedAt.UTC().Format(time.RFC3339),
			Link: atomLink{"", link}, Category: atomCategory{r.Status, i18n.T(c, "ideas.status."+r.Status)}, Summary: summary})
	}
	f.Updated = latest.UTC().Format(time.RFC3339)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(f); err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/atom+xml; charset=utf-8", b.Bytes())
	return nil
}

// tokenPage asks the visitor to confirm what a mailed link is for.
type tokenPage struct {
	Title  string
	Path   string // where yes is posted
	Idea   string // where to go from here
	Voted  bool   // he said yes
	Closed bool   // the idea takes no votes any more
}

// Purposes of the links that are mailed.
const (
	agreeLink = "ideas.agree"
	stopLink  = "ideas.stop"
)

func (p *portal) linked(c *web.Context, purpose string) (links.Link, Idea, error) {
	c.Private()
	l, err := links.Look(c, p.DB, purpose, c.Param("token"), c.Now())
	if err != nil {
		return l, Idea{}, err
	}
	if l.AccountID == nil {
		return l, Idea{}, fault.NotFound
	}
	who, err := account.ByID(c, p.DB, *l.AccountID)
	if err != nil {
		return l, Idea{}, err
	}
	i, err := byID(c, p.DB, l.Subject)
	if err == nil && i.MergedInto != nil {
		i, err = byID(c, p.DB, *i.MergedInto)
	}
	if err == nil && !seen(&who, i) {
		// It became private after the mail: he learns nothing new of it.
		if purpose != stopLink {
			return l, i, fault.NotFound
		}
		i.Title = i18n.T(c, "ideas.stop.unseen")
	}
	return l, i, err
}

// agreement asks whether somebody's vote may go to the idea that was made from
// his ticket. Mail scanners follow links: only the form's post says yes.
func (p *portal) agreement(c *web.Context) error {
	_, i, err := p.linked(c, agreeLink)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, agreeView(tokenPage{Title: i.Title, Path: c.Request.URL.Path, Closed: !i.Open(), Idea: shownPath(i)}))
}

func (p *portal) agree(c *web.Context) error {
	l, i, err := p.linked(c, agreeLink)
	if err != nil {
		return err
	}
	for try := 1; try <= 5; try++ {
		err = p.writeVote(c, func(tx *db.Tx) error {
			if _, err := links.Use(c, tx, agreeLink, c.Param("token"), c.Now()); err != nil {
				return err
			}
			_, err := castVote(c, tx, i.ID, ballot{Account: *l.AccountID, Consent: "link"}, c.Now())
			if err == nil {
				err = active(c, tx, *l.AccountID, c.Now())
			}
			return err
		})
		if !errors.Is(err, errMoved) {
			break
		}
		if _, i, err = p.linked(c, agreeLink); err != nil {
			return err
		}
		err = fault.Conflict
	}
	if errors.Is(err, errClosed) {
		return c.Render(http.StatusConflict, agreeView(tokenPage{Title: i.Title, Closed: true, Idea: shownPath(i)}))
	}
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, agreeView(tokenPage{Title: i.Title, Idea: shownPath(i), Voted: true}))
}

// shownPath is where somebody goes from a page that he opened without signing in.
func shownPath(i Idea) string {
	if i.public() {
		return i.Path()
	}
	return "/ideas/"
}

// stopping asks whether mail about an idea should stop.
func (p *portal) stopping(c *web.Context) error {
	_, i, err := p.linked(c, stopLink)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, stopView(tokenPage{Title: i.Title, Path: c.Request.URL.Path, Idea: shownPath(i)}))
}

func (p *portal) stop(c *web.Context) error {
	l, i, err := p.linked(c, stopLink)
	if err != nil {
		return err
	}
	if err := p.DB.Tx(c, func(tx *db.Tx) error { return mute(c, tx, i.ID, *l.AccountID, c.Now()) }); err != nil {
		return err
	}
	return c.Render(http.StatusOK, stopView(tokenPage{Title: i.Title, Idea: shownPath(i), Voted: true}))
}

// boardOptions are the boards to choose from.
func boardOptions(all []Board, first ...web.Option) []web.Option {
	for _, b := range all {
		first = append(first, web.Option{Value: b.ID, Label: b.Name, Hint: b.About})
	}
	return slices.Clip(first)
}
