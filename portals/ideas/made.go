package ideas

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/app/origin"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Ideas that colleagues file, perhaps made from something of another portal, such
// as a ticket.

// staffNewForm is an idea that a colleague files, perhaps from something of
// another portal.
type staffNewForm struct {
	Title   string `form:"title" binding:"required,max=120"`
	Body    string `form:"body" binding:"max=10000"`
	Topic   string `form:"topic" binding:"required,max=40"`
	Private bool   `form:"private"`
	From    string `form:"from" binding:"max=70"`
	Account string `form:"account" binding:"max=40"` // for whom: he is asked for his vote by mail
}

type staffNewPage struct {
	Form    web.Form[staffNewForm]
	Boards  []Board
	Similar []Alike
	For     *account.Account
}

// staffBlank shows the form, filled in by the address: from=ticket:ID, title,
// body, and account, the id of the person who asked.
func (p *portal) staffBlank(c *web.Context) error {
	form := web.Form[staffNewForm]{Prefix: "ideas.staff_new", Once: rand.Text(), V: staffNewForm{
		Title: text.Line(c.Query("title")), Body: asked(c, "body"), Topic: asked(c, "topic"), From: asked(c, "from"), Account: asked(c, "account")}}
	if form.V.From != "" && !origin.Valid(form.V.From) {
		return fault.NotFound
	}
	return p.staffNewPage(c, http.StatusOK, form)
}

func (p *portal) staffNewPage(c *web.Context, status int, form web.Form[staffNewForm]) error {
	s, err := p.side(c)
	if err != nil {
		return err
	}
	page := staffNewPage{Form: form, Boards: s.openBoards()}
	if form.V.Account != "" {
		who, err := account.ByID(c, p.DB, form.V.Account)
		if err != nil {
			return err
		}
		page.For = &who
	}
	if form.V.Title != "" {
		if page.Similar, err = similar(c, p.DB, form.V.Title, form.V.Topic, ""); err != nil {
			return err
		}
	}
	return c.Render(status, staffNewView(page))
}

// staffCreate files the idea. What it was made from is kept, and the person who
// asked gets a link with which he can have his vote go along.
func (p *portal) staffCreate(c *web.Context) error {
	form := web.Form[staffNewForm]{Prefix: "ideas.staff_new"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if form.V.From != "" && !origin.Valid(form.V.From) {
		return fault.BadInput
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	if ok && !hasBoard(s.openBoards(), form.V.Topic) {
		form.Wrong(c, "Topic", "oneof")
		ok = false
	}
	if !ok {
		return p.staffNewPage(c, http.StatusUnprocessableEntity, form)
	}
	var who *account.Account
	if form.V.Account != "" {
		found, err := account.ByID(c, p.DB, form.V.Account)
		if err != nil {
			return err
		}
		who = &found
	}
	now := c.Now()
	idea := Idea{ID: rand.Text(), BoardID: form.V.Topic, AuthorID: &c.Account.ID, Title: text.Line(form.V.Title), Body: form.V.Body, Private: form.V.Private, CreatedAt: now, ApprovedAt: &now, SeenAt: &now}
	err = p.write(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/ideas/"+idea.ID); err != nil {
			return err
		}
		if idea, err = insert(c, tx, idea); err != nil {
			return err
		}
		if err := p.Search.Put(c, tx, document(idea)); err != nil {
			return err
		}
		return p.madeFrom(c, tx, idea, form.V.From, who)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(idea), "ideas.staff_new.sent", idea.Number)
}

// madeFrom keeps what an idea was made from, if anything, and asks the person who
// asked for it, if anybody, by mail whether his vote may go along.
func (p *portal) madeFrom(ctx context.Context, tx *db.Tx, idea Idea, from string, who *account.Account) error {
	if from != "" {
		l := origin.Link{Source: from, Made: "idea:" + idea.ID, Path: idea.Path(), Title: idea.Title, State: idea.Status, Shown: idea.public()}
		if who != nil {
			l.AccountID = &who.ID
		}
		if err := origin.Keep(ctx, tx, l, p.Now()); err != nil {
			return err
		}
	}
	if who == nil || !who.Verified() || !idea.public() || !idea.Open() {
		return nil
	}
	voted, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM idea_vote WHERE idea_id = ? AND account_id = ?)`, idea.ID, who.ID)
	if err != nil || voted {
		return err
	}
	secret, err := links.Make(ctx, tx, links.Link{Purpose: agreeLink, AccountID: &who.ID, Email: who.Email, Subject: idea.ID}, p.Now(), 30*24*time.Hour)
	if err != nil {
		return err
	}
	return p.askVote(ctx, tx, *who, idea, secret)
}

// joinIdea notes that an idea that is there already was asked for in something
// of another portal too.
func (p *portal) joinIdea(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err == nil && i.MergedInto != nil {
		i, err = byID(c, p.DB, *i.MergedInto)
	}
	if err != nil {
		return err
	}
	from := text.Clean(c.PostForm("from"))
	if !origin.Valid(from) {
		return fault.BadInput
	}
	var who *account.Account
	if id := text.Clean(c.PostForm("account")); id != "" {
		found, err := account.ByID(c, p.DB, id)
		if err != nil {
			return err
		}
		who = &found
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		held, err := lock(c, tx, i.ID)
		if err != nil {
			return err
		}
		made, err := origin.Of(c, tx, from)
		if err != nil || slices.ContainsFunc(made, func(l origin.Link) bool { return l.Made == "idea:"+i.ID }) {
			return err
		}
		return p.madeFrom(c, tx, held[0], from, who)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.staff_new.joined")
}

// originOf tells the other portals how an idea stands that was made from
// something of theirs; of one that was merged away, what it was merged into.
func (p *portal) originOf(ctx context.Context, tx *db.Tx, i Idea) error {
	made, err := family(ctx, tx, i.ID)
	for _, id := range made {
		if err := origin.Changed(ctx, tx, "idea:"+id, i.Path(), i.Title, i.Status, i.public(), p.Now()); err != nil {
			return err
		}
	}
	return err
}
