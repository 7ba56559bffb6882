package tickets

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/origin"
	"loket/app/search"
	"loket/app/text"
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

// listPage is the list of a customer's tickets.
type listPage struct {
	View     string // open, closed, company or search
	State    string // of the company's: open, closed, or empty for both
	Query    string
	Tickets  []listed
	Open     int
	Done     int
	Manager  bool
	Older    string
	Policies Policies
	Now      time.Time
}

func (p *portal) list(c *web.Context) error {
	page := listPage{View: "open", Query: strings.TrimSpace(c.Query("q")), Manager: c.Account.Manager, Now: c.Now()}
	switch view := c.Query("view"); {
	case view == "closed", view == "company" && page.Manager:
		page.View = view
	case view != "" && view != "open":
		return fault.NotFound
	}
	if page.View == "company" {
		page.State = c.Query("status")
		if !slices.Contains([]string{"", "open", "closed"}, page.State) {
			return fault.NotFound
		}
	}
	who := customerList{Me: c.Account.ID, Company: c.Account.Company(), Done: page.View == "closed", State: page.State}
	var err error
	if page.Open, page.Done, err = customerCounts(c, p.DB, who); err != nil {
		return err
	}
	if page.Query != "" {
		page.View = "search"
		page.Tickets, err = p.find(c, page.Query)
		if err != nil {
			return err
		}
		return c.Render(http.StatusOK, listView(page))
	}
	before, err := parsePlace(c.Query("before"))
	if err != nil {
		return err
	}
	if page.Tickets, err = mine(c, p.DB, who, page.View == "company", before); err != nil {
		return err
	}
	if len(page.Tickets) > pageOfCustomer {
		page.Tickets = page.Tickets[:pageOfCustomer]
		last := page.Tickets[pageOfCustomer-1]
		page.Older = page.path(page.State) + "&before=" + place{last.UpdatedAt, last.ID}.String()
	}
	return c.Render(http.StatusOK, listView(page))
}

// path is the address of the view, of the company's with that state.
func (p listPage) path(state string) string {
	path := "/tickets/?view=" + p.View
	if state != "" {
		path += "&status=" + state
	}
	return path
}

// find seeks in the tickets that the customer may see: what the index finds is
// read again by the query that decides who sees what.
func (p *portal) find(c *web.Context, query string) ([]listed, error) {
	found, err := p.Search.Find(c, p.DB, search.Query{Text: query, Readers: c.Account.Readers(), Kinds: []string{"ticket"}, Limit: 50, Prefix: true})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, hit := range found.Hits {
		ids = append(ids, hit.Ref)
	}
	return byIDs(c, p.DB, c.Account.ID, ids)
}

// String writes a place for an address.
func (p place) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 36) + "." + p.ID))
}

// parsePlace reads what String writes; anything else is fault.NotFound.
func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return place{}, fault.NotFound
	}
	at, id, _ := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	if err != nil || id == "" || len(id) > 40 || text.Clean(id) != id || micros < 0 || micros > far.UnixMicro() {
		return place{}, fault.NotFound
	}
	return place{time.UnixMicro(micros).UTC(), id}, nil
}

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
	products, err := p.Settings.Products(c)
	if err != nil {
		return err
	}
	for _, product := range products {
		page.Products = append(page.Products, web.Option{Value: product.Key, Label: product.Name})
	}
	if len(products) > 0 {
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

// draft is the owner of the files that somebody chose for a form that has not
// been sent yet.
func draft(c *web.Context) string { return files.Draft("tickets:" + c.Account.ID) }

// attach takes in the files that were chosen in the form and those that were
// kept from an earlier try, less the one that is dropped. wrong says in the
// visitor's language which file was refused and why.
func (p *portal) attach(c *web.Context) (kept []files.File, wrong string, err error) {
	drop := c.PostForm("drop")
	chosen := c.PostValues("kept")
	for i, id := range chosen {
		if i == 20 || id == drop {
			continue
		}
		f, err := files.One(c, p.DB, draft(c), id)
		if errors.Is(err, fault.NotFound) {
			continue // its day is over, or it went along with another ticket
		}
		if err != nil {
			return nil, "", err
		}
		kept = append(kept, f)
	}
	for _, header := range c.Uploads("attachments") {
		if len(kept) >= 20 {
			return kept, i18n.T(c, "tickets.file.many", 20), nil
		}
		f, err := header.Open()
		if err != nil {
			return kept, "", err
		}
		taken, err := p.take(c, files.CleanName(header.Filename), f)
		f.Close()
		if reason := files.Reason(err); reason != "" {
			wrong = i18n.T(c, "tickets.file."+reason, files.CleanName(header.Filename), i18n.Size(c, header.Size), i18n.Size(c, p.Files.Limits().File))
			continue
		}
		if err != nil {
			return kept, "", err
		}
		kept = append(kept, taken)
	}
	return kept, wrong, nil
}

// take keeps one file as part of the visitor's draft.
func (p *portal) take(c *web.Context, name string, from io.Reader) (kept files.File, err error) {
	upload, err := p.Files.Take(c, name, from)
	if err != nil {
		return kept, err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		kept, err = p.Files.Save(c, tx, upload, draft(c), c.Account.ID)
		return err
	})
	if err != nil {
		err = errors.Join(err, p.Files.Drop(c, upload))
	}
	return kept, err
}

func fileIDs(all []files.File) []string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return ids
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
	if err := p.knownProduct(c, form); err != nil {
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

// owner is the owner of a message's files.
func owner(m Message) string { return "ticket_message:" + m.ID }

// knownProduct refuses a product that is not on the list.
func (p *portal) knownProduct(c *web.Context, form *web.Form[newForm]) error {
	products, err := p.Settings.Products(c)
	if err != nil || form.V.Product == "" {
		return err
	}
	for _, product := range products {
		if product.Key == form.V.Product {
			return nil
		}
	}
	form.Wrong(c, "Product", "oneof")
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

// welcome has people read along from now on, and tells them.
func (p *portal) welcome(c *web.Context, tx *db.Tx, d desk, t Ticket, who []Person) (Ticket, error) {
	if len(who) == 0 {
		return t, nil
	}
	var told []Event
	for _, person := range who {
		if err := join(c, tx, t.ID, person.ID, d.Now); err != nil {
			return t, err
		}
		told = append(told, Event{Kind: Joined, AboutID: &person.ID})
	}
	_, after, _, err := apply(c, tx, d, t.ID, Change{Actor: c.Account, Events: told})
	if err != nil {
		return t, err
	}
	for _, person := range who {
		if err := p.send(c, tx, person, added(p, after, c.Account.Name)); err != nil {
			return t, err
		}
	}
	return after, nil
}

func personOf(a account.Account) Person {
	return Person{ID: a.ID, Email: a.Email, Name: a.Name, Lang: a.Lang, Role: a.Role, Mail: true, Present: true, Proven: a.Verified()}
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

// entry is a message or an event of a conversation.
type entry struct {
	Message *Message
	Event   Event
	Who     Person // who wrote or did it
	About   Person
	Files   []files.File
	Kept    time.Duration // how much working time an answer in time took; zero for any other
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

// mayAdd reports whether somebody who takes part may let others read along; to
// a private ticket only who keeps it to himself may.
func (t *Ticket) mayAdd(who string) bool { return !t.Private || t.Requester() == who }

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

// conversation lists the messages and events of a ticket in their order, with
// who and what belongs to each; notes and what only colleagues care about are
// for colleagues only.
func (p *portal) conversation(ctx context.Context, t Ticket, told []Event, d desk, staff bool) ([]entry, error) {
	said, err := messages(ctx, p.DB, t.ID, staff)
	if err != nil {
		return nil, err
	}
	var owners, ids []string
	for _, m := range said {
		owners = append(owners, owner(m))
		ids = append(ids, value(m.AuthorID))
	}
	for _, e := range told {
		ids = append(ids, value(e.ActorID), value(e.AboutID))
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	who, err := people(ctx, p.DB, ids)
	if err != nil {
		return nil, err
	}
	attached, err := files.ByOwner(ctx, p.DB, owners)
	if err != nil {
		return nil, err
	}
	in := inTime(told, d.Calendar)
	var all []entry
	for i := range said {
		m := &said[i]
		all = append(all, entry{Message: m, Event: Event{Seq: m.Seq, At: m.CreatedAt}, Who: who[value(m.AuthorID)], Files: attached[owner(*m)], Kept: in[m.Seq]})
	}
	for _, e := range told {
		if shown(e, staff) {
			all = append(all, entry{Event: e, Who: who[value(e.ActorID)], About: who[value(e.AboutID)]})
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return int(a.Event.Seq - b.Event.Seq) })
	return all, nil
}

// shown reports whether an event stands in the conversation. Those with a
// message are told by the message.
func shown(e Event, staff bool) bool {
	switch e.Kind {
	case Filed, Asked, Answered, Noted, Acknowledged:
		return false
	case ToAssignee:
		return staff || e.AboutID != nil
	case ToStatus, ToPrivate, Joined, Left, Rated, ToSeverity, ToSubject, ToProduct, Merged, Unmerged, Shipped, Known:
		return true
	}
	return staff
}

// inTime tells, by the number of an answer that was in time, how much working
// time it took.
func inTime(told []Event, calendar hours.Calendar) map[int64]time.Duration {
	took := map[int64]time.Duration{}
	var since time.Time
	for _, e := range told {
		switch {
		case (e.Kind == Filed || e.Kind == Asked) && since.IsZero():
			since = e.since()
		case e.Kind == Answered:
			if e.DueAt != nil && !e.At.After(*e.DueAt) && !since.IsZero() {
				took[e.Seq] = max(time.Minute, calendar.Working(since, e.At))
			}
			since = time.Time{}
		}
	}
	return took
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

// addPerson has a colleague of the same company read along.
func (p *portal) addPerson(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	if !t.mayAdd(c.Account.ID) {
		return fault.Forbidden
	}
	who, err := colleague(c, p.DB, t.Company(), strings.TrimSpace(c.PostForm("email")))
	if errors.Is(err, fault.NotFound) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.people.unknown")})
		return p.renderShow(c, http.StatusUnprocessableEntity, t, web.NewForm[replyForm]("tickets.reply"), nil)
	}
	if err != nil {
		return err
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		already, err := takesPart(c, tx, t.ID, who.ID)
		if err != nil || already {
			return err
		}
		after, err := p.welcome(c, tx, d, t, []Person{who})
		if err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(t.Path(), "tickets.people.added", who.Name)
}

// removePerson ends that somebody reads along; the requester stays. The
// requester may send anybody away, the others only themselves.
func (p *portal) removePerson(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	who := c.PostForm("account")
	if who == t.Requester() || who == "" {
		return fault.NotFound
	}
	if t.Requester() != c.Account.ID && who != c.Account.ID {
		return fault.Forbidden
	}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := leave(c, tx, t.ID, who); err != nil {
			return err
		}
		_, after, _, err := apply(c, tx, d, t.ID, Change{Actor: c.Account, Events: []Event{{Kind: Left, AboutID: &who}}})
		if err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
	if err != nil {
		return err
	}
	if who == c.Account.ID {
		return c.RedirectTo("/tickets/", "tickets.people.left")
	}
	return c.RedirectTo(t.Path(), "tickets.people.removed")
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

// setFollow starts or stops the mails of a ticket to who asks.
func (p *portal) setFollow(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	mail := c.PostForm("follow") == "true"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := follow(c, tx, t.ID, c.Account.ID, mail, c.Now()); err != nil {
			return err
		}
		return p.index(c, tx, t)
	})
	if err != nil {
		return err
	}
	if mail {
		return c.RedirectTo(t.Path(), "tickets.follow.on")
	}
	return c.RedirectTo(t.Path(), "tickets.follow.off")
}

// file gives an attachment to who may see its ticket.
func (p *portal) file(c *web.Context) error {
	t, err := ofCustomer(c, p.DB, c.Account.ID, c.Param("id"))
	if err != nil {
		return err
	}
	return p.serve(c, t, false)
}

// serve answers with a file of a ticket; those of notes are for colleagues.
// Ranges and conditions are answered by the same question as the whole.
func (p *portal) serve(c *web.Context, t Ticket, staff bool) error {
	f, err := attachment(c, p.DB, t.ID, c.Param("file"), staff)
	if err != nil {
		return err
	}
	body, err := p.Files.Open(c, f)
	if err != nil {
		return err
	}
	defer body.Close()
	for name, value := range f.Headers() {
		c.Header(name, value)
	}
	http.ServeContent(c.Writer, c.Request, "", f.CreatedAt, body)
	return nil
}
