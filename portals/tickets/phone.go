package tickets

import (
	"net/http"
	"strings"

	"loket/app/account"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// phoneForm is a question that a colleague files for a customer who calls.
type phoneForm struct {
	Who         string `form:"who" binding:"required,max=200"` // his address, or what his name begins with
	Account     string `form:"account" binding:"max=40"`       // chosen, where more than one fits
	Channel     string `form:"channel" binding:"required,oneof=phone mail"`
	Subject     string `form:"subject" binding:"required,max=200"`
	Product     string `form:"product" binding:"max=60"`
	Severity    string `form:"severity" binding:"required,oneof=blocks hinders question"`
	Body        string `form:"body" binding:"required,max=20000"`
	Attachments string `form:"attachments"`
	Mine        bool   `form:"mine"`
}

type phonePage struct {
	Menu     sideMenu
	Form     web.Form[phoneForm]
	Fitting  []account.Account // the customers who fit what was typed
	Products []web.Option
	Kept     []files.File
}

func (p *portal) phoneBlank(c *web.Context) error {
	page := phonePage{Form: web.NewForm[phoneForm]("tickets.phone")}
	page.Form.V = phoneForm{Who: typed(c.Query("who")), Channel: "phone", Severity: "hinders", Mine: true}
	return p.renderPhone(c, http.StatusOK, page)
}

func (p *portal) renderPhone(c *web.Context, status int, page phonePage) error {
	var err error
	if page.Products, err = p.products(c); err != nil {
		return err
	}
	if page.Menu, err = p.side(c, "/staff/tickets/new"); err != nil {
		return err
	}
	return c.Render(status, phoneView(page))
}

// phone files a ticket for a customer: his question, in his name.
func (p *portal) phone(c *web.Context) error {
	page := phonePage{Form: web.NewForm[phoneForm]("tickets.phone")}
	form := &page.Form
	if _, err := form.Bind(c); err != nil {
		return err
	}
	form.V.Subject = strings.Join(strings.Fields(form.V.Subject), " ")
	var wrong string
	var err error
	if page.Kept, wrong, err = p.attach(c); err != nil {
		return err
	}
	if c.PostForm("drop") != "" {
		form.Errors = nil
		return p.renderPhone(c, http.StatusOK, page)
	}
	if wrong != "" {
		form.Errors["Attachments"] = wrong
	}
	customer, err := p.caller(c, &page)
	if err != nil {
		return err
	}
	if err := knownProduct(c, p, form, form.V.Product); err != nil {
		return err
	}
	if !form.OK() {
		return p.renderPhone(c, http.StatusUnprocessableEntity, page)
	}
	ticket, err := p.filePhoned(c, page, customer)
	if err != nil {
		return err
	}
	return c.RedirectTo(ticket.StaffPath(), "tickets.phone.done", ticket.Ref(), customer.Name)
}

// filePhoned keeps the ticket of a customer who called, with its files, and mails
// him the receipt.
func (p *portal) filePhoned(c *web.Context, page phonePage, customer account.Account) (Ticket, error) {
	form := page.Form
	ticket := Ticket{ID: newID(), CompanyID: customer.CompanyID, RequesterID: &customer.ID, Product: form.V.Product,
		Severity: form.V.Severity, Subject: form.V.Subject, Channel: form.V.Channel}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return ticket, err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, ticket.StaffPath()); err != nil {
			return err
		}
		filed, m, err := insert(c, tx, d, ticket, Message{AuthorID: &customer.ID, Body: form.V.Body})
		if err != nil {
			return err
		}
		if err := p.Files.Adopt(c, tx, fileIDs(page.Kept), draft(c), owner(m)); err != nil {
			return err
		}
		told := Change{Actor: c.Account, Events: []Event{{Kind: Taken}}}
		if form.V.Mine {
			told.Edit = func(t *Ticket) { t.AssigneeID = &c.Account.ID }
		}
		if _, filed, _, err = apply(c, tx, d, filed.ID, told); err != nil {
			return err
		}
		if err := p.send(c, tx, personOf(customer), received(p, filed)); err != nil {
			return err
		}
		ticket = filed
		return p.index(c, tx, filed)
	})
	return ticket, err
}

// caller finds the customer whom the form means; with several who fit, the form
// asks which.
func (p *portal) caller(c *web.Context, page *phonePage) (account.Account, error) {
	form := &page.Form
	if form.V.Who == "" {
		return account.Account{}, nil
	}
	found, err := customersLike(c, p.DB, form.V.Who)
	if err != nil {
		return account.Account{}, err
	}
	for _, a := range found {
		if a.ID == form.V.Account || a.Email == account.Address(form.V.Who) {
			return a, nil
		}
	}
	switch len(found) {
	case 0:
		form.Wrong(c, "Who", "unknown")
		return account.Account{}, nil
	case 1:
		return found[0], nil
	}
	page.Fitting = found
	if form.Errors == nil {
		form.Errors = map[string]string{}
	}
	form.Errors["Account"] = i18n.T(c, "tickets.phone.account.which")
	return account.Account{}, nil
}
