package ideas

import (
	"errors"
	"net/http"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// Pages behind the links in mails, opened without signing in: a vote to agree
// with, mail to stop.

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
