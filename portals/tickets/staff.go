package tickets

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
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
	products, err := p.Settings.Products(c)
	if err != nil {
		return err
	}
	for _, product := range products {
		page.Products = append(page.Products, web.Option{Value: product.Key, Label: product.Name})
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

// undoable is how a ticket was before somebody changed it: what undoing brings back.
type undoable struct {
	ID       string
	Seq      int64 // of the ticket after the change: when it is another, somebody went on
	From     int64 // the seq before the change
	Status   string
	Assignee string
	Severity string
	Priority string
	Product  string
	Team     string
	Tags     string
	Snoozed  *time.Time
}

func undoStep(d done) undoable {
	t := d.Before
	return undoable{t.ID, d.After.Seq, t.Seq, t.Status, t.Assignee(), t.Severity, t.Priority, t.Product, t.Team, t.Tags, t.SnoozedUntil}
}

// undoFor is how long a step can be taken back. The message that offers it is
// gone after ten seconds or at the next page; this leaves time for both.
const undoFor = 10 * time.Minute

// keepUndo keeps how tickets were, and returns the path that brings it back.
func keepUndo(c *web.Context, tx *db.Tx, me string, now time.Time, steps ...undoable) (string, error) {
	raw, err := json.Marshal(steps)
	if err != nil {
		return "", err
	}
	type row struct {
		ID        string
		AccountID string `db:"account_id"`
		Steps     string
		At        time.Time
	}
	id := newID()
	return "/staff/tickets/undo/" + id, db.Insert(c, tx, "ticket_undo", row{id, me, string(raw), now})
}

// undo takes the last step of a colleague back, for the tickets that nobody has
// touched since.
func (p *portal) undo(c *web.Context) error {
	raw, err := db.Get[string](c, p.DB, `SELECT steps FROM ticket_undo WHERE id = ? AND account_id = ? AND at >= ?`, c.Param("step"), c.Account.ID, c.Now().Add(-undoFor))
	if errors.Is(err, fault.NotFound) {
		return c.RedirectWith("/staff/tickets/", web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.undo.late")})
	}
	if err != nil {
		return err
	}
	var steps []undoable
	if err := json.Unmarshal([]byte(raw), &steps); err != nil {
		return err
	}
	var stale []string
	undone := 0
	for _, step := range steps {
		ref, err := p.takeBack(c, step)
		switch {
		case errors.Is(err, fault.Conflict):
			stale = append(stale, ref)
		case err != nil:
			return err
		default:
			undone++
		}
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		_, err := db.Exec(c, tx, `DELETE FROM ticket_undo WHERE id = ?`, c.Param("step"))
		return err
	})
	if err != nil {
		return err
	}
	back := undoneAt(c, steps)
	if len(stale) > 0 {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.undo.stale", strings.Join(stale, ", "))})
	}
	return c.RedirectWith(back, web.Flash{Kind: "ok", Text: i18n.N(c, "tickets.undo.done", undone)})
}

// undoneAt is the page that a step was taken back on: the list, with the ticket
// open beside it when it was one, or the page of that ticket.
func undoneAt(c *web.Context, steps []undoable) string {
	from, err := url.Parse(c.Request.Referer())
	if err != nil {
		from = &url.URL{}
	}
	id := ""
	if len(steps) == 1 {
		id = steps[0].ID
	}
	if id != "" && from.Path == "/staff/tickets/"+id {
		return from.Path
	}
	return parseFilter(from.RawQuery).path("t", id)
}

// takeBack brings a ticket back to how it was; fault.Conflict when it has
// changed since.
func (p *portal) takeBack(c *web.Context, step undoable) (ref string, err error) {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return "", err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		t, err := locked(c, tx, step.ID)
		if err != nil {
			return err
		}
		if ref = t.Ref(); t.Seq != step.Seq {
			return fault.Conflict
		}
		var seqs []string
		for seq := step.From + 1; seq <= step.Seq; seq++ {
			seqs = append(seqs, strconv.FormatInt(seq, 10))
		}
		before, after, _, err := apply(c, tx, d, step.ID, Change{
			Actor: c.Account, Events: []Event{{Kind: Undone, Value: strings.Join(seqs, " ")}},
			Edit: func(t *Ticket) {
				t.Status, t.AssigneeID, t.Severity, t.Priority = step.Status, pointer(step.Assignee), step.Severity, step.Priority
				t.Product, t.Team, t.Tags, t.SnoozedUntil = step.Product, step.Team, step.Tags, step.Snoozed
			},
		})
		if err != nil {
			return err
		}
		if err := p.tell(c, tx, before, after, Message{}, *c.Account); err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
	return ref, err
}

// locked reads a ticket that nobody else changes before tx ends.
func locked(c *web.Context, tx *db.Tx, id string) (Ticket, error) {
	if _, err := db.Exec(c, tx, `UPDATE ticket SET seq = seq WHERE id = ?`, id); err != nil {
		return Ticket{}, err
	}
	return ofStaff(c, tx, id)
}

// undoFlash is the message after a change, with the way back.
func undoFlash(text string, d done) web.Flash {
	return web.Flash{Kind: "ok", Text: text, Undo: d.Undo}
}

// assign gives a ticket to a colleague, to oneself ("me"), or to nobody.
func (p *portal) assign(c *web.Context) error {
	who := c.PostForm("assignee")
	if who == "me" {
		who = c.Account.ID
	}
	name, err := p.mayHave(c, who)
	if err != nil {
		return err
	}
	id := c.Param("id")
	d, err := p.work(c, id, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.AssigneeID = pointer(who) }}, nil, 0)
	if err != nil {
		return err
	}
	words := i18n.T(c, "tickets.done.assigned", d.After.Ref(), name)
	if who == "" {
		words = i18n.T(c, "tickets.done.unassigned", d.After.Ref())
	}
	return c.RedirectWith(backTo(c, id), undoFlash(words, d))
}

// mayHave returns the name of an account that works in tickets, or fault.NotFound.
func (p *portal) mayHave(c *web.Context, who string) (string, error) {
	if who == "" {
		return "", nil
	}
	a, err := account.ByID(c, p.DB, who)
	if err == nil && (!a.May("tickets") || a.DisabledAt != nil) {
		err = fault.NotFound
	}
	return a.Name, err
}

// setStatus changes only the status. Who solves a ticket goes on to the next of
// his list.
func (p *portal) setStatus(c *web.Context) error {
	status := c.PostForm("status")
	if !slices.Contains(statuses, status) {
		return fault.BadInput
	}
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	back := backTo(c, t.ID)
	if t.MergedID != nil && status != t.Status {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.merged.answer")})
	}
	if finished(status) {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.Status = status }}, nil, 0)
	if err != nil {
		return err
	}
	return c.RedirectWith(back, undoFlash(i18n.T(c, "tickets.done.status", t.Ref(), i18n.T(c, "tickets.status."+status)), d))
}

// propsForm is what colleagues set on a ticket beside the conversation. The
// fields that begin with Was are what the page showed: only what somebody
// changed himself is set, so that two colleagues at once do not undo each other.
type propsForm struct {
	Status   string   `form:"status" binding:"required,oneof=new open pending on-hold solved closed"`
	Assignee string   `form:"assignee" binding:"max=40"`
	Severity string   `form:"severity" binding:"required,oneof=blocks hinders question"`
	Priority string   `form:"priority" binding:"required,oneof=low normal high urgent"`
	Product  string   `form:"product" binding:"max=60"`
	Team     string   `form:"team" binding:"max=60"`
	Tags     string   `form:"tags" binding:"max=300"`
	Was      []string `form:"was" binding:"max=7,dive,max=300"` // in the order of the fields
}

// values are the settings in the order of the fields.
func (f propsForm) values() []string {
	return []string{f.Status, f.Assignee, f.Severity, f.Priority, f.Product, f.Team, f.Tags}
}

func props(t Ticket) web.Form[propsForm] {
	form := web.Form[propsForm]{Prefix: "tickets.props", V: propsForm{Status: t.Status, Assignee: t.Assignee(), Severity: t.Severity,
		Priority: t.Priority, Product: t.Product, Team: t.Team, Tags: t.Tags}}
	form.V.Was = form.V.values()
	return form
}

func (p *portal) setProps(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[propsForm]{Prefix: "tickets.props"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		for _, wrong := range form.Complaints() {
			c.Say(web.Flash{Kind: "bad", Text: wrong.Text})
		}
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if _, err := p.mayHave(c, form.V.Assignee); err != nil {
		return err
	}
	was := form.V.Was
	back := backTo(c, t.ID)
	if t.MergedID != nil && form.V.Status != t.Status {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.merged.answer")})
	}
	if finished(form.V.Status) && !finished(t.Status) {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) {
		assignee, tags := t.Assignee(), t.Tags
		for i, field := range []*string{&t.Status, &assignee, &t.Severity, &t.Priority, &t.Product, &t.Team, &tags} {
			if is := form.V.values()[i]; i >= len(was) || was[i] != is {
				*field = is
			}
		}
		t.AssigneeID, t.Tags = pointer(assignee), strings.Join(tagList(tags), " ")
	}}, nil, 0)
	if err != nil {
		return err
	}
	return c.RedirectWith(back, undoFlash(i18n.T(c, "tickets.props.saved"), d))
}

// snooze lets a ticket rest until a moment, or wakes it.
func (p *portal) snooze(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	until, err := p.snoozeUntil(c, c.PostForm("until"), c.PostForm("moment"))
	if errors.Is(err, fault.BadInput) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.snooze.wrong")})
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if err != nil {
		return err
	}
	if finished(t.Status) && until != nil {
		return fault.Conflict
	}
	back := backTo(c, t.ID)
	if until != nil {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.SnoozedUntil = until }}, nil, 0)
	if err != nil {
		return err
	}
	words := i18n.T(c, "tickets.done.woken", t.Ref())
	if until != nil {
		words = i18n.T(c, "tickets.done.snoozed", t.Ref(), i18n.DateTime(c, *until))
	}
	return c.RedirectWith(back, undoFlash(words, d))
}

// snoozes are the moments that are offered for a ticket to come back.
var snoozes = []string{"later", "tomorrow", "monday", "week"}

// snoozeUntil is the moment that a name of snoozes means, or what was typed as
// the desk's clock shows it; none wakes the ticket. What lies behind us is fault.BadInput.
func (p *portal) snoozeUntil(c *web.Context, name, typed string) (*time.Time, error) {
	if name == "wake" {
		return nil, nil //nolint:nilnil // no moment is an answer
	}
	if name == "" {
		until, err := snoozeTime(typed, p.Zone)
		if err == nil && (until == nil || !until.After(c.Now())) {
			err = fault.BadInput
		}
		return until, err
	}
	calendar, err := p.calendar(c)
	if err != nil {
		return nil, err
	}
	return snoozePreset(name, c.Now(), calendar)
}

// snoozePreset is a moment of snoozes: in two hours of work, or at the opening
// of the first working day from tomorrow, from Monday, or from a week from now.
func snoozePreset(name string, now time.Time, calendar hours.Calendar) (*time.Time, error) {
	today := hours.DateOf(now, calendar.Zone)
	day := today.AddDays(1)
	switch name {
	case "later":
		until, err := calendar.Add(now, 2*time.Hour)
		until = until.UTC()
		return &until, err
	case "tomorrow":
	case "monday":
		for day.Weekday() != time.Monday {
			day = day.AddDays(1)
		}
	case "week":
		day = today.AddDays(7)
	default:
		return nil, fault.BadInput
	}
	for range hours.Horizon {
		if windows := calendar.Windows(day); len(windows) > 0 {
			until := hours.At(calendar.Zone, day, windows[0].Open).UTC()
			return &until, nil
		}
		day = day.AddDays(1)
	}
	return nil, fault.BadInput
}

// snoozeTime reads a moment on the desk's clock; none for nothing.
func snoozeTime(text string, zone *time.Location) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no moment is an answer
	}
	day, clock, _ := strings.Cut(text, "T")
	date, err := hours.ParseDate(day)
	if err != nil {
		return nil, errors.Join(fault.BadInput, err)
	}
	at, err := hours.ParseClock(clock)
	if err != nil {
		return nil, errors.Join(fault.BadInput, err)
	}
	until := hours.At(zone, date, at).UTC()
	return &until, nil
}

// staffFollow starts or stops the mails of a ticket to a colleague.
func (p *portal) staffFollow(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	follow := c.PostForm("follow") == "true"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if !follow {
			_, err := db.Exec(c, tx, `DELETE FROM ticket_follower WHERE ticket_id = ? AND account_id = ?`, t.ID, c.Account.ID)
			return err
		}
		_, err := db.Exec(c, tx, `
			INSERT INTO ticket_follower (id, ticket_id, account_id, added_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (ticket_id, account_id) DO NOTHING`, newID(), t.ID, c.Account.ID, c.Now())
		return err
	})
	if err != nil {
		return err
	}
	if follow {
		return c.RedirectTo(backTo(c, t.ID), "tickets.follow.on")
	}
	return c.RedirectTo(backTo(c, t.ID), "tickets.follow.off")
}

// staffAdd has a colleague of the customer read along.
func (p *portal) staffAdd(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	who, err := colleague(c, p.DB, t.Company(), strings.TrimSpace(c.PostForm("account")))
	if errors.Is(err, fault.NotFound) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.cc.unknown")})
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
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
	return c.RedirectTo(backTo(c, t.ID), "tickets.people.added", who.Name)
}

// staffRemove ends that somebody reads along; the requester stays.
func (p *portal) staffRemove(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	who := c.PostForm("account")
	if who == t.Requester() || who == "" {
		return fault.NotFound
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
	return c.RedirectTo(backTo(c, t.ID), "tickets.people.removed")
}

func (p *portal) staffFile(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.serve(c, t, true)
}

// chip is the promise of a ticket as the list shows it: its state and words.
func chip(c contextOfList, t *Ticket) (state, words string) {
	switch {
	case finished(t.Status):
		return "hold", i18n.T(c.ctx, "tickets.status."+t.Status)
	case t.DueAt == nil && t.Status == Pending:
		return "hold", i18n.T(c.ctx, "tickets.chip.hold")
	case t.DueAt == nil:
		return "hold", i18n.T(c.ctx, "tickets.chip.none")
	case c.now.After(*t.DueAt):
		return "late", "-" + clockSpan(c.now.Sub(*t.DueAt))
	case !t.DueAt.After(c.soon) && t.DueAt.Sub(c.now) <= time.Hour:
		return "soon", clockSpan(t.DueAt.Sub(c.now))
	case !t.DueAt.After(c.soon):
		return "soon", i18n.Soon(c.ctx, *t.DueAt)
	}
	return "ok", i18n.Soon(c.ctx, *t.DueAt)
}

// clockSpan writes a length of time as 0:42, or in days when it is long.
func clockSpan(d time.Duration) string {
	if d >= 48*time.Hour {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	minutes := int(d / time.Minute)
	return strconv.Itoa(minutes/60) + ":" + strconv.Itoa(minutes%60/10) + strconv.Itoa(minutes%10)
}

// severityLevel is how bad a ticket is in bars: 1 to 3.
func severityLevel(severity string) int {
	switch severity {
	case "blocks":
		return 3
	case "hinders":
		return 2
	}
	return 1
}
