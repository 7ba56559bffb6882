package tickets

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/origin"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

func (p *portal) staffRoutes(r *app.Routes) {
	r.Staff.GET("/", p.inbox)
	r.Staff.POST("/bulk", p.bulk)
	r.Staff.POST("/undo/:step", p.undo)
	r.Staff.POST("/views", p.saveView)
	r.Staff.POST("/views/:view/drop", p.dropView)
	r.Staff.POST("/export", p.export)
	r.Staff.GET("/new", p.phoneBlank)
	r.Staff.POST("/new", p.phone)
	r.Staff.GET("/merge", p.mergePage)
	r.Staff.POST("/merge", p.merge)
	r.Staff.GET("/replies", p.cannedList)
	r.Staff.GET("/replies/:reply", p.cannedEdit)
	r.Staff.POST("/replies/:reply", p.cannedSave)
	r.Staff.POST("/replies/:reply/drop", p.cannedDrop)
	r.Staff.GET("/known", p.knownStaffList)
	r.Staff.GET("/known/:known", p.knownWrite)
	r.Staff.POST("/known/:known", p.knownSave)
	r.Staff.POST("/known/:known/solved", p.knownSolve)
	r.Staff.POST("/known/:known/drop", p.knownDrop)
	r.Staff.GET("/promises", p.promises)
	r.Staff.POST("/promises", p.savePromises)
	r.Staff.GET("/settings", p.deskPage)
	r.Staff.POST("/settings", p.saveDesk)
	r.Staff.GET("/report", p.report)
	r.Staff.GET("/report.csv", p.reportFile)
	r.Staff.GET("/:id", p.read)
	r.Staff.POST("/:id", p.answer)
	r.Staff.POST("/:id/assign", p.assign)
	r.Staff.POST("/:id/status", p.setStatus)
	r.Staff.POST("/:id/snooze", p.snooze)
	r.Staff.POST("/:id/props", p.setProps)
	r.Staff.POST("/:id/follow", p.staffFollow)
	r.Staff.POST("/:id/people", p.staffAdd)
	r.Staff.POST("/:id/people/remove", p.staffRemove)
	r.Staff.POST("/:id/link", p.link)
	r.Staff.POST("/:id/unlink", p.unlink)
	r.Staff.POST("/:id/known", p.setKnown)
	r.Staff.POST("/:id/unmerge", p.unmerge)
	r.Staff.GET("/:id/split", p.splitPage)
	r.Staff.POST("/:id/split", p.split)
	r.Staff.GET("/:id/files/:file", p.staffFile)
}

func newID() string { return rand.Text() }

// answerForm is what a colleague writes.
type answerForm struct {
	Kind        string `form:"kind" binding:"omitempty,oneof=reply note"`
	Body        string `form:"body" binding:"required,max=20000"`
	Attachments string `form:"attachments"`
	Then        string `form:"then" binding:"omitempty,oneof=open pending on-hold solved"` // the status after an answer
	Seen        int64  `form:"seen"`                                                       // the last thing that the page showed
	Canned      string `form:"canned" binding:"max=40"`                                    // the text to put in
	Used        string `form:"used" binding:"max=40"`                                      // the text that was put in, for what it does with the ticket
}

func newAnswer(t Ticket) web.Form[answerForm] {
	form := web.NewForm[answerForm]("tickets.answer")
	form.V.Kind, form.V.Seen = Reply, t.Seq
	return form
}

// staffPage is a ticket as colleagues read it.
type staffPage struct {
	Menu      sideMenu
	List      string // the query of the list beside which it is open; empty on a page of its own
	Ticket    Ticket
	Entries   []entry
	Form      web.Form[answerForm]
	Kept      []files.File
	People    []Person
	Followers []Person
	Looking   []Person
	Agents    []account.Account
	Products  []web.Option
	Desk      deskSettings
	Canned    []cannedReply
	Used      *cannedReply // what was put in the answer that is being written
	Links     []Ticket
	Merged    []Ticket // into this one
	Made      []origin.Link
	About     []known // the known problems that it is about
	Maybe     *known  // the one that it looks like
	Problems  []known // the others that there are now
	Into      *Ticket // this one was merged into it
	Before    *Ticket // this one goes on from it
	Requester account.Account
	Assignee  string // the name of the colleague whose it is
	Company   account.Company
	Agreement *agreement
	Open      []Ticket // other unsolved tickets of the same customer
	Addable   []account.Account
	Product   string
	Beside    []app.BesideItem
	Ideas     string // where an idea is made of it; empty where there are none
	Clocks    Clocks
	Calendar  hours.Calendar
	Now       time.Time
	Soon      time.Time
	Me        string
	Vendor    string
}

func (p *portal) staffPage(c *web.Context, t Ticket, form web.Form[answerForm]) (staffPage, error) {
	page := staffPage{Ticket: t, Form: form, Now: c.Now(), Me: c.Account.ID, Vendor: p.Site.Vendor().Name}
	for _, read := range []func(*web.Context, *staffPage) error{p.conversationOf, p.peopleOf, p.customerOf, p.relationsOf, p.knownOf, p.toolsOf} {
		if err := read(c, &page); err != nil {
			return page, err
		}
	}
	return page, nil
}

// conversationOf reads what was said and what was promised.
func (p *portal) conversationOf(c *web.Context, page *staffPage) error {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return err
	}
	page.Calendar = d.Calendar
	if page.Soon, err = d.Calendar.Add(page.Now, time.Hour); err != nil {
		return err
	}
	told, err := events(c, p.DB, page.Ticket.ID)
	if err != nil {
		return err
	}
	if page.Clocks, err = clocks(told, d.Policies, d.Calendar); err != nil {
		return err
	}
	page.Entries, err = p.conversation(c, page.Ticket, told, d, true)
	return err
}

// peopleOf reads who takes part, follows, looks, and may have the ticket.
func (p *portal) peopleOf(c *web.Context, page *staffPage) error {
	t := page.Ticket
	var err error
	if page.People, err = participants(c, p.DB, t); err != nil {
		return err
	}
	if page.Followers, err = followers(c, p.DB, t.ID); err != nil {
		return err
	}
	if page.Agents, err = agents(c, p.DB); err != nil {
		return err
	}
	for _, a := range page.Agents {
		if a.ID == t.Assignee() {
			page.Assignee = a.Name
		}
	}
	if c.Request.Method == http.MethodGet {
		err = c.Aside(func(ctx context.Context) (err error) {
			page.Looking, err = look(ctx, p.DB, t.ID, c.Account.ID, c.Now())
			return err
		})
	}
	return err
}

// customerOf reads who asks, and what else there is about him.
func (p *portal) customerOf(c *web.Context, page *staffPage) error {
	t := page.Ticket
	var err error
	if t.CompanyID != nil {
		if page.Company, err = account.CompanyByID(c, p.DB, *t.CompanyID); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if found, err := agreementOf(c, p.DB, *t.CompanyID); err == nil {
			page.Agreement = &found
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
		all, err := account.Colleagues(c, p.DB, *t.CompanyID)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.DisabledAt == nil && !slices.ContainsFunc(page.People, func(who Person) bool { return who.ID == a.ID }) {
				page.Addable = append(page.Addable, a)
			}
		}
	}
	if page.Open, err = openOf(c, p.DB, t, 5); err != nil {
		return err
	}
	if t.RequesterID == nil {
		return nil
	}
	if page.Requester, err = account.ByID(c, p.DB, *t.RequesterID); err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	if page.Requester.ID == "" || p.Beside == nil {
		return nil
	}
	all, err := p.Beside(c, *c.Account, page.Requester)
	for _, item := range all {
		own := item.Path == t.StaffPath() || slices.ContainsFunc(page.Open, func(o Ticket) bool { return item.Path == o.StaffPath() })
		if !own {
			page.Beside = append(page.Beside, item)
		}
	}
	return err
}

// relationsOf reads which other tickets this one has to do with.
func (p *portal) relationsOf(c *web.Context, page *staffPage) error {
	t := page.Ticket
	var err error
	if page.Links, err = linksOf(c, p.DB, t.ID); err != nil {
		return err
	}
	if page.Merged, err = mergedInto(c, p.DB, t.ID); err != nil {
		return err
	}
	other := func(id *string) (*Ticket, error) {
		if id == nil {
			return nil, nil //nolint:nilnil // no other ticket is an answer
		}
		found, err := ofStaff(c, p.DB, *id)
		if errors.Is(err, fault.NotFound) {
			return nil, nil //nolint:nilnil // it has been erased
		}
		return &found, err
	}
	if page.Into, err = other(t.MergedID); err != nil {
		return err
	}
	page.Before, err = other(t.ContinuesID)
	return err
}

// toolsOf reads what a colleague works with.
func (p *portal) toolsOf(c *web.Context, page *staffPage) error {
	t := page.Ticket
	var err error
	if page.Products, err = p.products(c); err != nil {
		return err
	}
	if t.Product != "" {
		page.Product = p.Settings.ProductName(c, t.Product)
	}
	if page.Desk, err = settings.Get(c, p.Settings, deskKey); err != nil {
		return err
	}
	if page.Canned, err = cannedReplies(c, p.DB); err != nil {
		return err
	}
	for i := range page.Canned {
		if page.Canned[i].ID == page.Form.V.Used {
			page.Used = &page.Canned[i]
		}
	}
	page.Ideas = p.ideaPath(c, t, question(page.Entries))
	page.Made, err = madeOf(c, p.DB, t, true)
	return err
}

// read shows a ticket to a colleague, on a page of its own.
func (p *portal) read(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.renderStaff(c, http.StatusOK, t, newAnswer(t), nil)
}

// renderStaff answers with the page of a ticket, or with only the part that
// stands beside a list.
func (p *portal) renderStaff(c *web.Context, status int, t Ticket, form web.Form[answerForm], kept []files.File) error {
	page, err := p.staffPage(c, t, form)
	if err != nil {
		return err
	}
	page.Kept = kept
	if c.Fragment() == "peek" {
		page.List = c.PostForm("list")
		return c.Render(status, peekFragment(page))
	}
	if page.Menu, err = p.side(c, t.StaffPath()); err != nil {
		return err
	}
	return c.Render(status, ticketView(page))
}

// answer adds a colleague's answer or note, and the status that goes with it.
func (p *portal) answer(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := newAnswer(t)
	if _, err := form.Bind(c); err != nil {
		return err
	}
	kept, wrong, err := p.attach(c)
	if err != nil {
		return err
	}
	if c.PostForm("insert") != "" {
		return p.insertCanned(c, t, form, kept)
	}
	if c.PostForm("drop") != "" {
		form.Errors = nil
		return p.renderStaff(c, http.StatusOK, t, form, kept)
	}
	if wrong != "" {
		form.Errors["Attachments"] = wrong
	}
	if !form.OK() {
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, form, kept)
	}
	if form.V.Kind != Note && t.MergedID != nil {
		form.Errors["Body"] = i18n.T(c, "tickets.merged.answer")
		return p.renderStaff(c, http.StatusConflict, t, form, kept)
	}
	change, err := p.answering(c, form.V)
	if err != nil {
		return err
	}
	// Where the list goes on is asked before the ticket leaves its place.
	back := backTo(c, t.ID)
	if change.Message.Kind == Reply && (form.V.Then == Solved || form.V.Then == Pending) {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	done, err := p.work(c, t.ID, form.Once, change, kept, form.V.Seen)
	if err != nil {
		return err
	}
	if done.Between != "" {
		return c.RedirectWith(backTo(c, t.ID), web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.answer.collision", done.Between)})
	}
	if change.Message.Kind == Note {
		return c.RedirectTo(back, "tickets.answer.noted")
	}
	flash := web.Flash{Kind: "ok", Text: i18n.T(c, "tickets.answer.sent")}
	if !strings.Contains(back, t.ID) {
		flash.Link, flash.LinkLabel = t.StaffPath(), t.Ref()
	}
	return c.RedirectWith(back, flash)
}

// answering is what a colleague's answer or note changes: with an answer goes the
// status after it, and what the standard text does that it was made with.
func (p *portal) answering(c *web.Context, v answerForm) (Change, error) {
	change := Change{Actor: c.Account, Message: &Message{Kind: Reply, Party: Staff, Channel: "web", Body: v.Body}}
	if v.Kind == Note {
		change.Message.Kind = Note
		return change, nil
	}
	used, err := p.used(c, v.Used)
	if err != nil {
		return change, err
	}
	me := c.Account.ID
	change.Edit = func(t *Ticket) {
		if t.AssigneeID == nil || used.Mine {
			t.AssigneeID = &me
		}
		if used.Tags != "" {
			t.Tags = strings.Join(tagList(t.Tags+" "+used.Tags), " ")
		}
		if v.Then != "" {
			t.Status = v.Then
		}
	}
	return change, nil
}

// done is what came of a change.
type done struct {
	Before, After Ticket
	Between       string // the colleagues who answered since the page that was seen: both answers stay
	Undo          string // the path that takes the step back, of a change without a message
}

// work carries out what a colleague does to a ticket, with its files, mails and
// index, in one transaction.
func (p *portal) work(c *web.Context, id, once string, change Change, attached []files.File, seen int64) (done, error) {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return done{}, err
	}
	var result done
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		result = done{}
		if err := c.Once(tx, once, "/staff/tickets/"+id); err != nil {
			return err
		}
		var m Message
		if result.Before, result.After, m, err = apply(c, tx, d, id, change); err != nil {
			return err
		}
		if change.Message != nil && seen > 0 && result.Before.Seq > seen {
			if result.Between, err = answeredSince(c, tx, id, seen, result.Before.Seq, c.Account.ID); err != nil {
				return err
			}
		}
		if change.Message == nil && result.After.Seq > result.Before.Seq {
			if result.Undo, err = keepUndo(c, tx, c.Account.ID, d.Now, undoStep(result)); err != nil {
				return err
			}
		}
		if err := p.Files.Adopt(c, tx, fileIDs(attached), draft(c), owner(m)); err != nil {
			return err
		}
		if err := p.tell(c, tx, result.Before, result.After, m, *c.Account); err != nil {
			return err
		}
		return p.index(c, tx, result.After)
	})
	return result, err
}

// locked reads a ticket that nobody else changes before tx ends.
func locked(c *web.Context, tx *db.Tx, id string) (Ticket, error) {
	if _, err := db.Exec(c, tx, `UPDATE ticket SET seq = seq WHERE id = ?`, id); err != nil {
		return Ticket{}, err
	}
	return ofStaff(c, tx, id)
}
