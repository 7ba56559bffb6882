package tickets

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/i18n"
	"loket/app/search"
	"loket/app/web"
	"loket/db"
)

// A new ticket: the form, what looks like it, and its receipt.

// newForm is a question as a customer files it.
type newForm struct {
	Subject     string `form:"subject" binding:"required,max=200"`
	Product     string `form:"product" binding:"max=60"`
	Severity    string `form:"severity" binding:"required,oneof=blocks hinders question"`
	Body        string `form:"body" binding:"required,max=20000"`
	Attachments string `form:"attachments"`
	CC          string `form:"cc" binding:"max=1000"`
	Private     bool   `form:"private"`
	Similar     string `form:"similar" binding:"max=10"`   // ask: show similar tickets before saving
	Continues   string `form:"continues" binding:"max=40"` // the closed ticket that this one goes on from
}

// newPage is the form with all that stands around it.
type newPage struct {
	Form       web.Form[newForm]
	Products   []web.Option
	Promises   map[string]time.Time
	Colleagues []account.Account
	Company    string
	Kept       []files.File
	Similar    alike
	Problems   []known // that we are working on now
	Ask        bool    // what is similar is shown as a step
	Continues  *Ticket
	Keeps      keeps
}

func (p *portal) blank(c *web.Context) error {
	page := newPage{Form: web.NewForm[newForm]("tickets.new")}
	page.Form.V.Severity, page.Form.V.Similar = "hinders", "ask"
	if id := c.Query("continues"); id != "" {
		t, err := ofCustomer(c, p.DB, c.Account.ID, id)
		if err != nil {
			return err
		}
		page.Form.V.Continues, page.Form.V.Subject, page.Form.V.Product = t.ID, t.Subject, t.Product
		page.Form.V.Private = t.Private
	}
	return p.renderNew(c, http.StatusOK, page)
}

// renderNew fills in what stands around the form.
func (p *portal) renderNew(c *web.Context, status int, page newPage) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	page.Promises = map[string]time.Time{}
	for _, severity := range severities {
		if page.Promises[severity], err = promise(d.Now, severity, d.Policies, d.Calendar); err != nil {
			return err
		}
	}
	if page.Products, err = p.products(c); err != nil {
		return err
	}
	if len(page.Products) > 0 {
		page.Products = append(page.Products, web.Option{Value: "", Label: i18n.T(c, "tickets.new.product.unknown")})
	}
	if company := c.Account.Company(); company != "" {
		if page.Colleagues, err = account.Colleagues(c, p.DB, company); err != nil {
			return err
		}
		page.Colleagues = slices.DeleteFunc(page.Colleagues, func(a account.Account) bool { return a.ID == c.Account.ID })
		page.Company = c.Account.CompanyName
	}
	if page.Form.V.Continues != "" {
		before, err := ofCustomer(c, p.DB, c.Account.ID, page.Form.V.Continues)
		if err != nil {
			return err
		}
		page.Continues = &before
	}
	if page.Problems, err = problemsNow(c, p.DB); err != nil {
		return err
	}
	page.Keeps = receiptOf(c)
	return c.Render(status, newView(page))
}

// alike is what looks like a ticket that is about to be filed.
type alike struct {
	Known   []known
	Tickets []listed
}

// Any reports whether anything does.
func (a alike) Any() bool { return len(a.Known)+len(a.Tickets) > 0 }

// similar is the part of the form that lists what looks like what is being typed.
func (p *portal) similar(c *web.Context) error {
	found, err := p.alike(c, c.Query("subject")+" "+c.Query("body"))
	if err != nil {
		return err
	}
	problems, err := problemsNow(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, similarView(found, problems))
}

// alike finds what is known, and tickets that the customer may see, like a text.
func (p *portal) alike(c *web.Context, text string) (found alike, err error) {
	if len([]rune(strings.TrimSpace(text))) < 3 {
		return found, nil
	}
	runes := []rune(text)
	text = string(runes[:min(len(runes), 1000)])
	if found.Known, err = p.knownLike(c, text); err != nil {
		return found, err
	}
	hits, err := p.Search.Similar(c, p.DB, search.Query{Text: text, Readers: c.Account.Readers(), Kinds: []string{"ticket"}, Limit: 5})
	if err != nil {
		return found, err
	}
	var ids []string
	for _, hit := range hits {
		ids = append(ids, hit.Ref)
	}
	found.Tickets, err = byIDs(c, p.DB, c.Account.ID, ids)
	return found, err
}

// create files a ticket and sends the customer a receipt; before that it shows,
// once, what looks like it.
func (p *portal) create(c *web.Context) error {
	page := newPage{Form: web.NewForm[newForm]("tickets.new")}
	once := page.Form.Once
	readers, err := p.readNew(c, &page)
	if err != nil {
		return err
	}
	form := &page.Form
	if c.PostForm("drop") != "" { // only to leave a file out
		form.Errors = nil
		return p.renderNew(c, http.StatusOK, page)
	}
	if !form.OK() {
		return p.renderNew(c, http.StatusUnprocessableEntity, page)
	}
	if form.V.Similar == "ask" {
		if page.Similar, err = p.alike(c, form.V.Subject+" "+form.V.Body); err != nil {
			return err
		}
		if page.Similar.Any() {
			page.Ask, form.V.Similar, form.Once = true, "seen", once
			return p.renderNew(c, http.StatusOK, page)
		}
	}
	ticket, err := p.fileNew(c, page, readers)
	if err != nil {
		return err
	}
	if ticket.DueAt == nil {
		return c.RedirectTo(ticket.Path(), "tickets.sent", ticket.Ref())
	}
	return c.RedirectTo(ticket.Path(), "tickets.sent.by", ticket.Ref(), i18n.DateTime(c, *ticket.DueAt))
}

// readNew reads the form of a new ticket with its files, notes what is wrong with
// it, and returns the colleagues who are to read along.
func (p *portal) readNew(c *web.Context, page *newPage) ([]Person, error) {
	form := &page.Form
	ok, err := form.Bind(c)
	if err != nil {
		return nil, err
	}
	form.V.Subject = strings.Join(strings.Fields(form.V.Subject), " ")
	if ok && form.V.Subject == "" {
		form.Wrong(c, "Subject", "required")
	}
	var wrong string
	if page.Kept, wrong, err = p.attach(c); err != nil {
		return nil, err
	}
	if wrong != "" {
		form.Errors["Attachments"] = wrong
	}
	if err := knownProduct(c, p, form, form.V.Product); err != nil {
		return nil, err
	}
	return p.readers(c, form)
}

// fileNew keeps a new ticket with its files and readers, and mails the receipt.
func (p *portal) fileNew(c *web.Context, page newPage, readers []Person) (Ticket, error) {
	v := page.Form.V
	ticket := Ticket{
		ID: rand.Text(), CompanyID: c.Account.CompanyID, RequesterID: &c.Account.ID, Product: v.Product,
		Severity: v.Severity, Subject: v.Subject, Private: v.Private, ContinuesID: pointer(v.Continues),
	}
	if ticket.ContinuesID != nil {
		if _, err := ofCustomer(c, p.DB, c.Account.ID, *ticket.ContinuesID); err != nil {
			return ticket, err
		}
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return ticket, err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, page.Form.Once, ticket.Path()); err != nil {
			return err
		}
		filed, m, err := insert(c, tx, d, ticket, Message{AuthorID: &c.Account.ID, Body: v.Body})
		if err != nil {
			return err
		}
		if err := p.Files.Adopt(c, tx, fileIDs(page.Kept), draft(c), owner(m)); err != nil {
			return err
		}
		if filed, err = p.welcome(c, tx, d, filed, readers); err != nil {
			return err
		}
		if err := p.send(c, tx, personOf(*c.Account), received(p, filed)); err != nil {
			return err
		}
		ticket = filed
		return p.index(c, tx, filed)
	})
	return ticket, err
}

// products are the products to choose from.
func (p *portal) products(c *web.Context) (all []web.Option, err error) {
	products, err := p.Settings.Products(c)
	for _, product := range products {
		all = append(all, web.Option{Value: product.Key, Label: product.Name})
	}
	return all, err
}

// knownProduct refuses a product that is not on the list.
func knownProduct[V any](c *web.Context, p *portal, form *web.Form[V], product string) error {
	all, err := p.products(c)
	if err != nil || product == "" {
		return err
	}
	if !slices.ContainsFunc(all, func(o web.Option) bool { return o.Value == product }) {
		form.Wrong(c, "Product", "oneof")
	}
	return nil
}

// readers are the colleagues whom the form lets read along.
func (p *portal) readers(c *web.Context, form *web.Form[newForm]) ([]Person, error) {
	var all []Person
	for _, typed := range strings.FieldsFunc(form.V.CC, func(r rune) bool { return strings.ContainsRune(",; \n", r) }) {
		who, err := colleague(c, p.DB, c.Account.Company(), typed)
		if errors.Is(err, fault.NotFound) {
			form.Wrong(c, "CC", "colleague", typed)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if who.ID != c.Account.ID {
			all = append(all, who)
		}
	}
	return all, nil
}
