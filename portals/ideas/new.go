package ideas

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// A new idea: the form, what is like it, and the draft of who has yet to sign in.

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
	form, board, err := p.readNew(c)
	if err != nil {
		return err
	}
	if !form.OK() {
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
	idea, err := p.fileNew(c, form, board)
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

// readNew reads the form of a new idea and the board that it is for, the first
// that is open when none was chosen, and notes what is wrong.
func (p *portal) readNew(c *web.Context) (form web.Form[newForm], board Board, err error) {
	form = web.Form[newForm]{Prefix: "ideas.new"}
	ok, err := form.Bind(c)
	if err != nil {
		return form, board, err
	}
	form.V.Title = text.Line(form.V.Title)
	all, err := boards(c, p.DB)
	if err != nil {
		return form, board, err
	}
	s := side{Boards: all}
	board, known := s.board(form.V.Topic)
	if form.V.Topic == "" {
		if open := s.openBoards(); len(open) > 0 {
			board, known = open[0], true
		}
	}
	if ok && (!known || board.ClosedAt != nil) {
		form.Wrong(c, "Topic", "closed")
	}
	return form, board, nil
}

// fileNew keeps a new idea, with its author's vote if he gives it. On a moderated
// board it waits for a colleague.
func (p *portal) fileNew(c *web.Context, form web.Form[newForm], board Board) (Idea, error) {
	now := c.Now()
	idea := Idea{ID: rand.Text(), BoardID: board.ID, AuthorID: &c.Account.ID, Title: form.V.Title, Body: form.V.Body, Private: form.V.Private, CreatedAt: now}
	if !board.Moderated || c.Account.May("ideas") {
		idea.ApprovedAt = &now
	}
	err := p.write(c, func(tx *db.Tx) (err error) {
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
	return idea, err
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
