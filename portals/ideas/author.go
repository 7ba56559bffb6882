package ideas

import (
	"context"
	"net/http"
	"net/url"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/origin"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// What somebody does with what he wrote himself: an idea while nobody else has
// done anything with it, a comment at any time.

// ownForm changes an idea.
type ownForm struct {
	Title   string `form:"title" binding:"required,max=120"`
	Body    string `form:"body" binding:"max=10000"`
	Topic   string `form:"topic" binding:"required,max=40"`
	Private bool   `form:"private"`
}

type ownPage struct {
	Idea   Idea
	Form   web.Form[ownForm]
	Boards []Board
}

// own returns the visitor's idea; fault.NotFound when it is somebody else's.
func (p *portal) own(c *web.Context, on db.Querier) (Idea, error) {
	i, err := byAddress(c, on, c.Param("id"))
	if err == nil && !i.by(c.Account.ID) {
		err = fault.NotFound
	}
	return i, err
}

// touched is what somebody reads who comes too late to change his idea.
func touched(c *web.Context, i Idea) error {
	return c.RedirectWith((&url.URL{Path: i.Path()}).String(), web.Flash{Kind: "warn", Text: i18n.T(c, "ideas.own.late")})
}

// ownPage shows the form with which an author changes his idea or takes it back.
func (p *portal) ownPage(c *web.Context) error {
	i, err := p.own(c, p.DB)
	if err != nil {
		return err
	}
	if ok, err := untouched(c, p.DB, i); err != nil || !ok {
		if err != nil {
			return err
		}
		return touched(c, i)
	}
	return p.showOwn(c, http.StatusOK, i, web.Form[ownForm]{Prefix: "ideas.own", V: ownForm{i.Title, i.Body, i.BoardID, i.Private}})
}

func (p *portal) showOwn(c *web.Context, status int, i Idea, form web.Form[ownForm]) error {
	s, err := p.side(c)
	if err != nil {
		return err
	}
	return c.Render(status, ownView(ownPage{i, form, boardsFor(s.Boards, i.BoardID)}))
}

// boardsFor are the boards that an idea can be moved to: those that take ideas,
// and the one that it is on.
func boardsFor(all []Board, own string) (some []Board) {
	for _, b := range all {
		if b.ClosedAt == nil || b.ID == own {
			some = append(some, b)
		}
	}
	return some
}

// rewordOwn changes the visitor's idea. On a board where ideas are read first,
// that holds for changed ones too.
func (p *portal) rewordOwn(c *web.Context) error {
	i, err := p.own(c, p.DB)
	if err != nil {
		return err
	}
	form := web.Form[ownForm]{Prefix: "ideas.own"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	s, err := p.side(c)
	if err != nil {
		return err
	}
	form.V.Title = text.Line(form.V.Title)
	board, _ := s.board(form.V.Topic)
	if ok && !hasBoard(boardsFor(s.Boards, i.BoardID), form.V.Topic) {
		form.Wrong(c, "Topic", "closed")
		ok = false
	}
	if !ok {
		return p.showOwn(c, http.StatusUnprocessableEntity, i, form)
	}
	late := false
	err = p.write(c, func(tx *db.Tx) error {
		held, err := lock(c, tx, i.ID)
		if err != nil {
			return err
		}
		i = held[0]
		if ok, err := untouched(c, tx, i); err != nil || !ok {
			late = true
			return err
		}
		i.Title, i.Body, i.BoardID = form.V.Title, form.V.Body, form.V.Topic
		if err := reword(c, tx, i); err != nil {
			return err
		}
		if board.Moderated && !c.Account.May("ideas") {
			if _, err := db.Exec(c, tx, `UPDATE idea SET approved_at = NULL, seen_at = NULL WHERE id = ?`, i.ID); err != nil {
				return err
			}
		}
		if err := hideOrShow(c, tx, i, form.V.Private, p.Zone, c.Now()); err != nil {
			return err
		}
		if i, err = byID(c, tx, i.ID); err != nil {
			return err
		}
		if err := p.originOf(c, tx, i); err != nil {
			return err
		}
		if err := active(c, tx, c.Account.ID, c.Now()); err != nil {
			return err
		}
		return p.index(c, tx, i.ID)
	})
	if err != nil {
		return err
	}
	if late {
		return touched(c, i)
	}
	return c.RedirectTo((&url.URL{Path: i.Path()}).String(), "ideas.own.saved")
}

// withdraw takes the visitor's idea back, for good.
func (p *portal) withdraw(c *web.Context) error {
	i, err := p.own(c, p.DB)
	if err != nil {
		return err
	}
	late := false
	err = p.write(c, func(tx *db.Tx) error {
		held, err := lock(c, tx, i.ID)
		if err != nil {
			return err
		}
		if ok, err := untouched(c, tx, held[0]); err != nil || !ok {
			late = true
			return err
		}
		if _, err := db.Exec(c, tx, `DELETE FROM idea WHERE id = ?`, i.ID); err != nil {
			return err
		}
		if err := origin.Forget(c, tx, "idea:"+i.ID); err != nil {
			return err
		}
		return p.Search.Remove(c, tx, "idea", i.ID)
	})
	if err != nil {
		return err
	}
	if late {
		return touched(c, i)
	}
	return c.RedirectTo("/ideas/", "ideas.own.withdrawn", i.Title)
}

// remarkPage is a comment that its writer changes.
type remarkPage struct {
	Idea    Idea
	Comment Comment
	Form    web.Form[commentForm]
}

// ownComment returns the visitor's comment and the idea that it stands with.
func (p *portal) ownComment(c *web.Context) (Idea, Comment, error) {
	i, err := p.find(c, p.DB)
	if err != nil {
		return i, Comment{}, err
	}
	k, err := commentOf(c, p.DB, i.ID, c.Param("comment"), c.Account.ID)
	return i, k, err
}

func commentOf(ctx context.Context, on db.Querier, idea, comment, account string) (Comment, error) {
	return db.Get[Comment](ctx, on, `SELECT * FROM idea_comment WHERE id = ? AND idea_id = ? AND account_id = ? AND hidden_at IS NULL`, text.Clean(comment), idea, account)
}

// commentPage shows the form with which somebody changes his comment.
func (p *portal) commentPage(c *web.Context) error {
	i, k, err := p.ownComment(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, remarkView(remarkPage{i, k, web.Form[commentForm]{Prefix: "ideas.comment", V: commentForm{k.Body}}}))
}

// rewordComment changes the visitor's comment; readers see that he did.
func (p *portal) rewordComment(c *web.Context) error {
	i, k, err := p.ownComment(c)
	if err != nil {
		return err
	}
	form := web.Form[commentForm]{Prefix: "ideas.comment"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, remarkView(remarkPage{i, k, form}))
	}
	if form.V.Body != k.Body {
		err = p.writeVote(c, func(tx *db.Tx) error {
			n, err := db.Exec(c, tx, `UPDATE idea_comment SET body = ?, edited_at = ? WHERE id = ? AND account_id = ? AND hidden_at IS NULL`, form.V.Body, c.Now(), k.ID, c.Account.ID)
			if err == nil && n == 0 {
				err = fault.NotFound
			}
			if err != nil {
				return err
			}
			return active(c, tx, c.Account.ID, c.Now())
		})
		if err != nil {
			return err
		}
	}
	return c.RedirectTo((&url.URL{Path: i.Path(), Fragment: "m-" + k.ID}).String(), "ideas.comment.changed")
}

// removeComment takes the visitor's comment back, for good.
func (p *portal) removeComment(c *web.Context) error {
	i, k, err := p.ownComment(c)
	if err != nil {
		return err
	}
	err = p.writeVote(c, func(tx *db.Tx) error {
		return takeBack(c, tx, i.ID, k.ID, c.Account.ID, p.Zone, c.Now())
	})
	if err != nil {
		return err
	}
	return c.RedirectTo((&url.URL{Path: i.Path()}).String(), "ideas.comment.removed")
}
