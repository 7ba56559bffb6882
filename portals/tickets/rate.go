package tickets

import (
	"context"
	"net/http"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// "Are you helped?", asked on the page of a solved ticket and by a link in a mail.

// rateForm is the answer to "are you helped?".
type rateForm struct {
	Helped  string `form:"helped" binding:"required,oneof=yes no"`
	Comment string `form:"comment" binding:"max=2000"`
}

// rate keeps the answer of who is signed in.
func (p *portal) rate(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[rateForm]("tickets.rate")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !finished(t.Status) || t.Requester() != c.Account.ID {
		return fault.Conflict
	}
	if !ok {
		page, err := p.showPage(c, t)
		if err != nil {
			return err
		}
		page.Rate = form
		return c.Render(http.StatusUnprocessableEntity, showView(page))
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error { return rated(c, tx, d, t.ID, c.Account, form.V) })
	if err != nil {
		return err
	}
	return c.RedirectTo(t.Path(), "tickets.rated."+form.V.Helped)
}

// rated keeps the answer to "are you helped?"; yes settles the ticket, which
// starts the erasure of what it says about people.
func rated(ctx context.Context, tx *db.Tx, d desk, id string, who *account.Account, v rateForm) error {
	_, _, _, err := apply(ctx, tx, d, id, Change{
		Actor: who, Events: []Event{{Kind: Rated, Value: v.Helped}},
		Edit: func(t *Ticket) {
			t.Rating, t.RatingComment, t.RatedAt, t.SettledAt = v.Helped, v.Comment, &d.Now, nil
			if v.Helped == "yes" {
				t.SettledAt = &d.Now
			}
		},
	})
	return err
}

// helpedPage is the page that a link in a mail opens: one question.
type helpedPage struct {
	Ticket Ticket
	Form   web.Form[rateForm]
	Done   bool
}

// ratePurpose is the purpose of the links with which somebody says whether he is helped.
const ratePurpose = "tickets.helped"

func (p *portal) askHelped(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, ratePurpose, c.Param("token"), c.Now())
	if err != nil {
		return err
	}
	t, err := ofStaff(c, p.DB, link.Subject)
	if err != nil {
		return err
	}
	page := helpedPage{Ticket: t, Form: web.NewForm[rateForm]("tickets.rate")}
	if answer := c.Query("helped"); answer == "yes" || answer == "no" {
		page.Form.V.Helped = answer
	}
	return c.Render(http.StatusOK, helpedView(page))
}

func (p *portal) helped(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, ratePurpose, c.Param("token"), c.Now())
	if err != nil {
		return err
	}
	t, err := ofStaff(c, p.DB, link.Subject)
	if err != nil {
		return err
	}
	page := helpedPage{Ticket: t, Form: web.NewForm[rateForm]("tickets.rate")}
	if ok, err := page.Form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, helpedView(page))
	}
	if !finished(t.Status) {
		return fault.Gone // it has been opened again since
	}
	who, err := account.ByID(c, p.DB, value(link.AccountID))
	if err != nil {
		return err
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := links.Use(c, tx, ratePurpose, c.Param("token"), d.Now); err != nil {
			return err
		}
		return rated(c, tx, d, t.ID, &who, page.Form.V)
	})
	if err != nil {
		return err
	}
	page.Done = true
	return c.Render(http.StatusOK, helpedView(page))
}
