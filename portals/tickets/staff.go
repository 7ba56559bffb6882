package tickets

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

func (p *portal) staffRoutes(r *app.Routes) {
	r.Staff.GET("/", p.inbox)
	r.Staff.GET("/:id", p.read)
	r.Staff.POST("/:id", p.answer)
	r.Staff.POST("/:id/assign", p.assign)
	r.Staff.POST("/:id/status", p.setStatus)
	r.Staff.POST("/:id/props", p.setProps)
	r.Staff.GET("/:id/files/:file", p.staffFile)
}

// group is the rows of the inbox under one heading.
type group struct {
	Key  string
	Rows []listed
}

// inboxPage is the list of colleagues.
type inboxPage struct {
	View   view
	Groups []group
	Counts map[string]int
	Shown  int
	Older  string
	Now    time.Time
	Soon   time.Time // a promise due by then is due within an hour of work
	Peek   *staffPage
}

func (p *portal) inbox(c *web.Context) error {
	v, known := viewOf(c.Query("view"))
	if !known {
		return fault.NotFound
	}
	after, err := parsePlace(c.Query("after"))
	if err != nil {
		return err
	}
	rows, err := v.list(c, p.DB, c.Account.ID, after)
	if err != nil {
		return err
	}
	page := inboxPage{View: v, Now: c.Now()}
	if page.Counts, err = counts(c, p.DB, c.Account.ID); err != nil {
		return err
	}
	if len(rows) > pageOfStaff {
		rows = rows[:pageOfStaff]
		page.Older = "/staff/tickets/?view=" + v.Key + "&after=" + v.next(rows[pageOfStaff-1]).String()
	}
	page.Shown = len(rows)
	calendar, err := p.calendar(c)
	if err != nil {
		return err
	}
	if page.Soon, err = calendar.Add(page.Now, time.Hour); err != nil {
		return err
	}
	page.Groups = grouped(v, rows, page.Now, p.Zone)
	if id := c.Query("t"); id != "" {
		t, err := ofStaff(c, p.DB, id)
		if err != nil {
			return err
		}
		open, err := p.staffPage(c, t, newAnswer(t))
		if err != nil {
			return err
		}
		page.Peek = &open
	}
	return c.Render(http.StatusOK, inboxView(page))
}

// grouped puts rows that are in order under their headings.
func grouped(v view, rows []listed, now time.Time, zone *time.Location) []group {
	var all []group
	for _, row := range rows {
		key := v.Key
		if v.byDue {
			key = row.Group(now, zone)
		}
		at := slices.IndexFunc(all, func(g group) bool { return g.Key == key })
		if at < 0 {
			at = len(all)
			all = append(all, group{Key: key})
		}
		all[at].Rows = append(all[at].Rows, row)
	}
	return all
}

// answerForm is what a colleague writes.
type answerForm struct {
	Kind        string `form:"kind" binding:"omitempty,oneof=reply note"`
	Body        string `form:"body" binding:"required,max=20000"`
	Attachments string `form:"attachments"`
	Then        string `form:"then" binding:"omitempty,oneof=open pending on-hold solved"` // the status after an answer
	Seen        int64  `form:"seen"`                                                       // the last thing that the page showed
}

func newAnswer(t Ticket) web.Form[answerForm] {
	form := web.NewForm[answerForm]("tickets.answer")
	form.V.Kind, form.V.Seen = Reply, t.Seq
	return form
}

// staffPage is a ticket as colleagues read it.
type staffPage struct {
	Ticket    Ticket
	Entries   []entry
	Form      web.Form[answerForm]
	Kept      []files.File
	People    []Person
	Agents    []account.Account
	Products  []web.Option
	Requester account.Account
	Assignee  string // the name of the colleague whose it is
	Company   string
	Product   string
	Beside    []app.BesideItem
	Clocks    Clocks
	Calendar  hours.Calendar
	Now       time.Time
	Soon      time.Time
	Me        string
	Vendor    string
}

func (p *portal) staffPage(c *web.Context, t Ticket, form web.Form[answerForm]) (staffPage, error) {
	page := staffPage{Ticket: t, Form: form, Now: c.Now(), Me: c.Account.ID, Vendor: p.Site.Vendor().Name}
	d, err := p.desk(c, p.DB)
	if err != nil {
		return page, err
	}
	page.Calendar = d.Calendar
	if page.Soon, err = d.Calendar.Add(page.Now, time.Hour); err != nil {
		return page, err
	}
	told, err := events(c, p.DB, t.ID)
	if err != nil {
		return page, err
	}
	if page.Clocks, err = clocks(told, d.Policies, d.Calendar); err != nil {
		return page, err
	}
	if page.Entries, err = p.conversation(c, t, told, d, true); err != nil {
		return page, err
	}
	if page.People, err = participants(c, p.DB, t); err != nil {
		return page, err
	}
	if page.Agents, err = account.Agents(c, p.DB, "tickets"); err != nil {
		return page, err
	}
	for _, a := range page.Agents {
		if a.ID == t.Assignee() {
			page.Assignee = a.Name
		}
	}
	products, err := p.Settings.Products(c)
	if err != nil {
		return page, err
	}
	for _, product := range products {
		page.Products = append(page.Products, web.Option{Value: product.Key, Label: product.Name})
	}
	if t.Product != "" {
		page.Product = p.Settings.ProductName(c, t.Product)
	}
	if t.CompanyID != nil {
		company, err := account.CompanyByID(c, p.DB, *t.CompanyID)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return page, err
		}
		page.Company = company.Name
	}
	if t.RequesterID != nil {
		if page.Requester, err = account.ByID(c, p.DB, *t.RequesterID); err != nil && !errors.Is(err, fault.NotFound) {
			return page, err
		}
		if page.Requester.ID != "" && p.Beside != nil {
			if page.Beside, err = p.Beside(c, *c.Account, page.Requester); err != nil {
				return page, err
			}
		}
	}
	return page, nil
}

// read shows a ticket to a colleague, on a page or beside the list.
func (p *portal) read(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.renderStaff(c, http.StatusOK, t, newAnswer(t), nil)
}

func (p *portal) renderStaff(c *web.Context, status int, t Ticket, form web.Form[answerForm], kept []files.File) error {
	page, err := p.staffPage(c, t, form)
	if err != nil {
		return err
	}
	page.Kept = kept
	var view templ.Component = ticketView(page)
	return c.Render(status, view)
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
	change := Change{Actor: c.Account, Message: &Message{Kind: Reply, Party: Staff, Channel: "web", Body: form.V.Body}}
	if form.V.Kind == Note {
		change.Message.Kind = Note
	} else {
		me, then := c.Account.ID, form.V.Then
		change.Edit = func(t *Ticket) {
			if t.AssigneeID == nil {
				t.AssigneeID = &me
			}
			if then != "" {
				t.Status = then
			}
		}
	}
	between, err := p.work(c, t.ID, form.Once, change, kept, form.V.Seen)
	if err != nil {
		return err
	}
	if between != "" {
		return c.RedirectWith(t.StaffPath(), web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.answer.collision", between)})
	}
	if change.Message.Kind == Note {
		return c.RedirectTo(t.StaffPath(), "tickets.answer.noted")
	}
	return c.RedirectTo(t.StaffPath(), "tickets.answer.sent")
}

// work carries out what a colleague does to a ticket, with its files, mails and
// index, in one transaction. between names the colleagues who answered since the
// page that was seen: both answers stay.
func (p *portal) work(c *web.Context, id, once string, change Change, attached []files.File, seen int64) (between string, err error) {
	d, err := p.desk(c, p.DB)
	if err != nil {
		return "", err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, once, "/staff/tickets/"+id); err != nil {
			return err
		}
		before, after, m, err := apply(c, tx, d, id, change)
		if err != nil {
			return err
		}
		if change.Message != nil && seen > 0 && before.Seq > seen {
			if between, err = answeredSince(c, tx, id, seen, before.Seq, c.Account.ID); err != nil {
				return err
			}
		}
		if err := p.Files.Adopt(c, tx, fileIDs(attached), draft(c), owner(m)); err != nil {
			return err
		}
		if err := p.tell(c, tx, before, after, m, *c.Account); err != nil {
			return err
		}
		return p.index(c, tx, after)
	})
	return between, err
}

// assign gives a ticket to a colleague, to oneself ("me"), or to nobody.
func (p *portal) assign(c *web.Context) error {
	who := c.PostForm("assignee")
	if who == "me" {
		who = c.Account.ID
	}
	if err := p.mayHave(c, who); err != nil {
		return err
	}
	id := c.Param("id")
	if _, err := p.work(c, id, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.AssigneeID = pointer(who) }}, nil, 0); err != nil {
		return err
	}
	return c.RedirectTo(web.Local(c.PostForm("next"), "/staff/tickets/"+id), "tickets.props.saved")
}

// mayHave refuses an account that does not work in tickets.
func (p *portal) mayHave(c *web.Context, who string) error {
	if who == "" {
		return nil
	}
	a, err := account.ByID(c, p.DB, who)
	if err == nil && (!a.May("tickets") || a.DisabledAt != nil) {
		err = fault.NotFound
	}
	return err
}

// setStatus changes only the status.
func (p *portal) setStatus(c *web.Context) error {
	status := c.PostForm("status")
	if !slices.Contains(statuses, status) {
		return fault.BadInput
	}
	id := c.Param("id")
	if _, err := p.work(c, id, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.Status = status }}, nil, 0); err != nil {
		return err
	}
	return c.RedirectTo(web.Local(c.PostForm("next"), "/staff/tickets/"+id), "tickets.props.saved")
}

// propsForm is what colleagues set on a ticket beside the conversation.
type propsForm struct {
	Status   string `form:"status" binding:"required,oneof=new open pending on-hold solved closed"`
	Assignee string `form:"assignee" binding:"max=40"`
	Severity string `form:"severity" binding:"required,oneof=blocks hinders question"`
	Priority string `form:"priority" binding:"required,oneof=low normal high urgent"`
	Product  string `form:"product" binding:"max=60"`
	Team     string `form:"team" binding:"max=60"`
	Tags     string `form:"tags" binding:"max=300"`
	Snooze   string `form:"snooze" binding:"omitempty,datetime=2006-01-02T15:04"` // until when, as the desk's clock shows it
}

func props(p staffPage) web.Form[propsForm] {
	t := p.Ticket
	form := web.Form[propsForm]{Prefix: "tickets.props", V: propsForm{t.Status, t.Assignee(), t.Severity, t.Priority, t.Product, t.Team, t.Tags, ""}}
	if t.SnoozedUntil != nil {
		form.V.Snooze = t.SnoozedUntil.In(p.Calendar.Zone).Format("2006-01-02T15:04")
	}
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
	if err := p.mayHave(c, form.V.Assignee); err != nil {
		return err
	}
	until, err := snoozeTime(form.V.Snooze, p.Zone)
	if err != nil {
		return err
	}
	_, err = p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) {
		v := form.V
		t.Status, t.AssigneeID, t.Severity, t.Priority = v.Status, pointer(v.Assignee), v.Severity, v.Priority
		t.Product, t.Team, t.Tags, t.SnoozedUntil = v.Product, v.Team, strings.Join(tagList(v.Tags), " "), until
	}}, nil, 0)
	if err != nil {
		return err
	}
	return c.RedirectTo(t.StaffPath(), "tickets.props.saved")
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
		return "ok", i18n.T(c.ctx, "tickets.status.solved")
	case t.DueAt == nil && t.Status == Pending:
		return "hold", i18n.T(c.ctx, "tickets.chip.hold")
	case t.DueAt == nil:
		return "hold", i18n.T(c.ctx, "tickets.chip.none")
	case c.now.After(*t.DueAt):
		return "late", "-" + clockSpan(c.now.Sub(*t.DueAt))
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
