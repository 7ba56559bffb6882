package tickets

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/origin"
	"loket/app/web"
	"loket/db"
)

func (p *portal) customerRoutes(r *app.Routes) {
	r.Customers.GET("/", p.list)
	r.Customers.GET("/new", p.blank)
	r.Customers.POST("/new", p.create)
	r.Customers.GET("/similar", p.similar)
	r.Anyone.GET("/known", p.knownList)
	r.Anyone.GET("/known/:known", p.knownShow)
	r.Customers.POST("/known/:known/follow", p.knownFollow)
	r.Customers.POST("/known/:known/helped", p.knownHelped)
	r.Customers.GET("/:id", p.show)
	r.Customers.POST("/:id", p.reply)
	r.Customers.POST("/:id/solve", p.solve)
	r.Customers.POST("/:id/reopen", p.reopen)
	r.Customers.POST("/:id/rate", p.rate)
	r.Customers.POST("/:id/people", p.addPerson)
	r.Customers.POST("/:id/people/remove", p.removePerson)
	r.Customers.POST("/:id/private", p.setPrivate)
	r.Customers.POST("/:id/follow", p.setFollow)
	r.Customers.GET("/:id/files/:file", p.file)
	r.Anyone.GET("/helped/:token", p.askHelped)
	r.Anyone.POST("/helped/:token", p.helped)
}

// replyForm is what a customer writes in a ticket.
type replyForm struct {
	Body        string `form:"body" binding:"max=20000"`
	Attachments string `form:"attachments"`
	Close       string `form:"close" binding:"max=10"` // send it and mark the ticket solved
}

// showPage is a ticket as its customer reads it.
type showPage struct {
	Ticket    Ticket
	Entries   []entry
	Form      web.Form[replyForm]
	Rate      web.Form[rateForm]
	Kept      []files.File
	People    []Person
	Addable   []account.Account
	Me        account.Account
	Following bool
	Company   string
	Product   string
	Clocks    Clocks
	Calendar  hours.Calendar
	Now       time.Time
	Assignee  Person
	Before    *Ticket // the ticket that it goes on from
	Into      *Ticket // the ticket that it was merged into
	After     []Ticket
	Made      []origin.Link
	Known     []known // the known problems that it is about
	Keeps     keeps
	Vendor    string
}

func (p *portal) show(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if errors.Is(err, fault.NotFound) && c.Account.May("tickets") {
		// A link in a mail or a search is the customer's page; colleagues have their own.
		if _, err := ofStaff(c, p.DB, c.Param("id")); err != nil {
			return err
		}
		return c.See("/staff/tickets/" + c.Param("id"))
	}
	if err != nil {
		return err
	}
	return p.renderShow(c, http.StatusOK, t, web.NewForm[replyForm]("tickets.reply"), nil)
}

// renderShow answers with the page of a ticket, with the reply that is being written.
func (p *portal) renderShow(c *web.Context, status int, t Ticket, form web.Form[replyForm], kept []files.File) error {
	page, err := p.showPage(c, t)
	if err != nil {
		return err
	}
	page.Form, page.Kept = form, kept
	return c.Render(status, showView(page))
}

// showPage reads all that a customer's page of a ticket shows.
func (p *portal) showPage(c *web.Context, t Ticket) (showPage, error) {
	page := showPage{Ticket: t, Form: web.NewForm[replyForm]("tickets.reply"), Rate: web.Form[rateForm]{Prefix: "tickets.rate"},
		Me: *c.Account, Now: c.Now(), Keeps: receiptOf(c), Vendor: p.Site.Vendor().Name}
	for _, read := range []func(*web.Context, *showPage) error{p.talkOf, p.readersOf, p.chain} {
		if err := read(c, &page); err != nil {
			return page, err
		}
	}
	return page, nil
}

// talkOf reads what was said and what is promised.
func (p *portal) talkOf(c *web.Context, page *showPage) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	page.Calendar = d.Calendar
	told, err := events(c, p.DB, page.Ticket.ID)
	if err != nil {
		return err
	}
	if page.Clocks, err = clocks(told, d.Policies, d.Calendar); err != nil {
		return err
	}
	page.Entries, err = p.conversation(c, page.Ticket, told, d, false)
	return err
}

// readersOf reads who takes part, whose it is, and who may be let in.
func (p *portal) readersOf(c *web.Context, page *showPage) error {
	t := page.Ticket
	var err error
	if page.People, err = participants(c, p.DB, t); err != nil {
		return err
	}
	page.People = slices.DeleteFunc(page.People, func(who Person) bool {
		if who.ID == c.Account.ID {
			page.Following = who.Mail
		}
		return !who.Present
	})
	if t.AssigneeID != nil {
		found, err := people(c, p.DB, []string{*t.AssigneeID})
		if err != nil {
			return err
		}
		page.Assignee = found[*t.AssigneeID]
	}
	if company := t.Company(); company != "" {
		all, err := account.Colleagues(c, p.DB, company)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.DisabledAt == nil && t.mayAdd(c.Account.ID) && !slices.ContainsFunc(page.People, func(who Person) bool { return who.ID == a.ID }) {
				page.Addable = append(page.Addable, a)
			}
			page.Company = a.CompanyName
		}
	}
	return nil
}

// chain finds what the ticket has to do with: the one that it goes on from, that
// it was merged into, those that go on from it, what was made of it, and what is known.
func (p *portal) chain(c *web.Context, page *showPage) (err error) {
	t := page.Ticket
	if t.Product != "" {
		page.Product = p.Settings.ProductName(c, t.Product)
	}
	if page.Made, err = madeOf(c, p.DB, t, false); err != nil {
		return err
	}
	if page.Known, err = problemsOf(c, p.DB, t.ID); err != nil {
		return err
	}
	for _, link := range []struct {
		id *string
		to **Ticket
	}{{page.Ticket.ContinuesID, &page.Before}, {page.Ticket.MergedID, &page.Into}} {
		if link.id == nil {
			continue
		}
		t, err := ofCustomer(c, p.DB, c.Account.ID, *link.id)
		if err == nil {
			*link.to = &t
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	if !finished(page.Ticket.Status) {
		return nil
	}
	page.After, err = continuing(c, p.DB, c.Account.ID, page.Ticket.ID)
	return err
}

// reply adds what a customer wrote; "close" marks the ticket solved as well. A
// reply to a solved ticket opens it again.
func (p *portal) reply(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[replyForm]("tickets.reply")
	if _, err := form.Bind(c); err != nil {
		return err
	}
	kept, wrong, err := p.attach(c)
	if err != nil {
		return err
	}
	if c.PostForm("drop") != "" {
		form.Errors = nil
		return p.renderShow(c, http.StatusOK, t, form, kept)
	}
	closes := form.V.Close != ""
	if form.V.Body == "" && (!closes || len(kept) > 0) {
		form.Wrong(c, "Body", "required")
	}
	if wrong != "" {
		form.Errors["Attachments"] = wrong
	}
	if !form.OK() {
		return p.renderShow(c, http.StatusUnprocessableEntity, t, form, kept)
	}
	if !t.Talks(c.Now()) {
		c.Say(web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.closed.kept")})
		return p.renderShow(c, http.StatusConflict, t, form, kept)
	}
	change := Change{Actor: c.Account}
	if form.V.Body != "" {
		change.Message = &Message{Kind: Reply, Party: Customer, Channel: "web", Body: form.V.Body}
	}
	if closes {
		change.Edit = func(t *Ticket) { t.Status = Solved }
	}
	err = p.act(c, t.ID, form.Once, change, kept)
	if err != nil {
		return err
	}
	if closes {
		return c.RedirectTo(t.Path()+"#helped", "tickets.solved.thanks")
	}
	return c.RedirectTo(t.Path(), "tickets.reply.sent")
}

// act carries out what a customer does to a ticket: the change, its files, who
// hears of it, and the index, in one transaction.
func (p *portal) act(c *web.Context, id, once string, change Change, attached []files.File) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	return p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, once, "/tickets/"+id); err != nil {
			return err
		}
		// Again inside: who left the company a moment ago writes no more.
		if _, err := ofCustomer(c, tx, c.Account.ID, id); err != nil {
			return err
		}
		if change.Message != nil {
			if err := join(c, tx, id, c.Account.ID, d.Now); err != nil {
				return err
			}
		}
		// The status that is asked for is that after the message, which may reopen.
		before, after, m, err := apply(c, tx, d, id, change)
		if err != nil {
			return err
		}
		if err := p.Files.Adopt(c, tx, fileIDs(attached), draft(c), owner(m)); err != nil {
			return err
		}
		if err := p.tell(c, tx, before, after, m, *c.Account); err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
}

// solve marks a ticket solved.
func (p *portal) solve(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	if t.Status == Closed {
		return fault.Conflict
	}
	if t.Status != Solved {
		if err := p.act(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.Status = Solved }}, nil); err != nil {
			return err
		}
	}
	return c.RedirectTo(t.Path()+"#helped", "tickets.solved.thanks")
}

// reopen opens a solved ticket again, within 14 days.
func (p *portal) reopen(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	if !finished(t.Status) {
		return c.See(t.Path())
	}
	form := web.NewForm[replyForm]("tickets.reply")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.renderShow(c, http.StatusUnprocessableEntity, t, form, nil)
	}
	if !t.Reopenable(c.Now()) {
		c.Say(web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.closed.late")})
		return p.renderShow(c, http.StatusConflict, t, form, nil)
	}
	change := Change{Actor: c.Account, Events: []Event{{Kind: Asked}}}
	if form.V.Body != "" {
		change = Change{Actor: c.Account, Message: &Message{Kind: Reply, Party: Customer, Channel: "web", Body: form.V.Body}}
	}
	if err := p.act(c, t.ID, "", change, nil); err != nil {
		return err
	}
	return c.RedirectTo(t.Path(), "tickets.reopened")
}

// setPrivate hides a ticket from the managers of the company, or shows it to
// them; only the requester may.
func (p *portal) setPrivate(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	if t.Requester() != c.Account.ID {
		return fault.Forbidden
	}
	private := c.PostForm("private") == "true"
	if err := p.act(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.Private = private }}, nil); err != nil {
		return err
	}
	if private {
		return c.RedirectTo(t.Path(), "tickets.private.on")
	}
	return c.RedirectTo(t.Path(), "tickets.private.off")
}
