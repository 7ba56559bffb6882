package tickets

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// group is the rows of the inbox under one heading.
type group struct {
	Key  string
	Next time.Weekday // of the group of the next working day
	Rows []*listed
}

// sideMenu is the portal's part of the menu of staff.
type sideMenu struct {
	Counts  map[string]int
	Saved   []savedTab
	Current string // the query of the list that is shown, or the path of another page
	Kept    int    // answers of today that came in time
	Of      int    // answers of today that had been promised
}

type savedTab struct {
	savedView
	Count int
	Hot   bool // some of it is late
}

// inboxPage is the list of colleagues.
type inboxPage struct {
	Menu     sideMenu
	Filter   filter
	Search   string
	Form     web.Form[filter]
	Company  account.Company // of the filter
	Unknown  bool            // no company has the name that was asked for
	Agents   []account.Account
	Products []settings.Product
	Desk     deskSettings
	Groups   []group
	Total    int
	Shown    int
	Older    string
	Now      time.Time
	Soon     time.Time // a promise due by then is due within an hour of work
	Peek     *staffPage
}

// side reads the portal's part of the menu of staff.
func (p *portal) side(c *web.Context, current string) (sideMenu, error) {
	menu := sideMenu{Current: current}
	var err error
	if menu.Counts, err = counts(c, p.DB, c.Account.ID); err != nil {
		return menu, err
	}
	midnight := hours.At(p.Zone, hours.DateOf(c.Now(), p.Zone), 0)
	if menu.Kept, menu.Of, err = onTime(c, p.DB, midnight); err != nil {
		return menu, err
	}
	saved, err := savedViews(c, p.DB, c.Account.ID)
	if err != nil {
		return menu, err
	}
	for _, v := range saved {
		f := parseFilter(v.Query)
		until, err := p.until(c, f)
		if err != nil {
			return menu, err
		}
		n, err := f.count(c, p.DB, c.Account.ID, until)
		if err != nil {
			return menu, err
		}
		menu.Saved = append(menu.Saved, savedTab{v, n, n > 0 && (f.Due == "late" || f.Due == "soon")})
	}
	return menu, nil
}

// parseFilter reads a filter that was written by its query; what is unknown in it is left out.
func parseFilter(query string) filter {
	values, err := url.ParseQuery(query)
	if err != nil {
		return filter{}
	}
	var f filter
	for _, part := range f.parts() {
		*part.Value = values.Get(part.Name)
	}
	if _, known := viewOf(f.View); !known {
		f.View = ""
	}
	return f
}

// until is the moment before which the filter on promises wants them due.
func (p *portal) until(c *web.Context, f filter) (time.Time, error) {
	switch f.Due {
	case "late":
		return c.Now(), nil
	case "soon":
		calendar, err := p.calendar(c)
		if err != nil {
			return time.Time{}, err
		}
		return calendar.Add(c.Now(), time.Hour)
	case "today":
		return hours.At(p.Zone, hours.DateOf(c.Now(), p.Zone).AddDays(1), 0), nil
	}
	return far, nil
}

// inbox shows a list of colleagues, with what is open beside it; or for the
// script only a part of that.
func (p *portal) inbox(c *web.Context) error {
	page := inboxPage{Form: web.Form[filter]{Prefix: "tickets.filter"}, Now: c.Now()}
	if ok, err := page.Form.Bind(c); err != nil {
		return err
	} else if !ok {
		return fault.NotFound
	}
	page.Filter = page.Form.V
	if _, known := viewOf(page.Filter.View); !known {
		return fault.NotFound
	}
	if err := p.companyOf(c, &page); err != nil {
		return err
	}
	page.Search = typed(c.Query("q"))
	if id := c.Query("t"); id != "" {
		t, err := ofStaff(c, p.DB, id)
		if err != nil {
			return err
		}
		open, err := p.staffPage(c, t, newAnswer(t))
		if err != nil {
			return err
		}
		v, _ := viewOf(page.Filter.View)
		open.List = page.Filter.query("view", v.Key, "q", page.Search)
		page.Peek = &open
	}
	switch c.Fragment() {
	case "peek", "looking", "thread":
		if page.Peek != nil {
			return c.Render(http.StatusOK, peekFragment(*page.Peek))
		}
	}
	if err := p.fill(c, &page); err != nil {
		return err
	}
	if c.Fragment() == "rows" {
		return c.Render(http.StatusOK, rowsView(page))
	}
	return c.Render(http.StatusOK, inboxView(page))
}

// typed is what somebody typed in a field of one line, fit to look for.
func typed(s string) string {
	runes := []rune(strings.Join(strings.Fields(text.Clean(s)), " "))
	return string(runes[:min(len(runes), 200)])
}

// companyOf finds the company of the filter by its id or its name.
func (p *portal) companyOf(c *web.Context, page *inboxPage) error {
	if page.Filter.Company == "" {
		return nil
	}
	found, err := companyLike(c, p.DB, page.Filter.Company)
	if errors.Is(err, fault.NotFound) {
		page.Unknown = true
		return nil
	}
	page.Company, page.Filter.Company = found, found.ID
	return err
}

// fill reads the rows of the list and all that stands around them.
func (p *portal) fill(c *web.Context, page *inboxPage) error {
	var err error
	if page.Menu, err = p.side(c, page.Filter.query()); err != nil {
		return err
	}
	if page.Agents, err = agents(c, p.DB); err != nil {
		return err
	}
	if page.Products, err = p.Settings.Products(c); err != nil {
		return err
	}
	if page.Desk, err = settings.Get(c, p.Settings, deskKey); err != nil {
		return err
	}
	calendar, err := p.calendar(c)
	if err != nil {
		return err
	}
	if page.Soon, err = calendar.Add(page.Now, time.Hour); err != nil {
		return err
	}
	if page.Search != "" {
		return p.seek(c, page)
	}
	until, err := p.until(c, page.Filter)
	if err != nil {
		return err
	}
	after, err := parsePlace(c.Query("after"))
	if err != nil {
		return err
	}
	rows, err := page.Filter.list(c, p.DB, c.Account.ID, after, until, pageOfStaff+1)
	if err != nil {
		return err
	}
	page.Total = len(rows)
	if len(rows) > pageOfStaff {
		rows = rows[:pageOfStaff]
		page.Older = page.Filter.path("after", page.Filter.next(rows[pageOfStaff-1]).String())
	}
	switch n, kept := kept(page.Menu.Counts, page.Filter.View); {
	case kept && !page.Filter.narrow():
		page.Total = n
	case page.Older != "" || after.ID != "":
		if page.Total, err = page.Filter.count(c, p.DB, c.Account.ID, until); err != nil {
			return err
		}
	}
	page.Shown = len(rows)
	page.Groups = grouped(page.Filter, rows, page.Now, p.Zone, workday(calendar, page.Now, p.Zone))
	return nil
}

// kept is how many tickets a view has, by the counters.
func kept(counts map[string]int, view string) (int, bool) {
	if view == "" {
		view = "todo"
	}
	if view == "all" {
		return counts["todo"] + counts["waiting"] + counts["snoozed"] + counts["solved"] + counts["closed"], true
	}
	return counts[view], true
}

// seek fills the list with what the index finds in tickets and their notes.
func (p *portal) seek(c *web.Context, page *inboxPage) error {
	var ids []string
	ref := strings.TrimPrefix(strings.ToUpper(strings.TrimPrefix(page.Search, "#")), "TK-")
	if number, err := strconv.ParseInt(ref, 10, 64); err == nil {
		id, err := byNumber(c, p.DB, number)
		if err == nil {
			ids = append(ids, id)
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	found, err := p.Search.Find(c, p.DB, search.Query{Text: page.Search, Readers: c.Account.Readers(), Kinds: []string{"ticket", "ticket_note"}, Limit: pageOfStaff, Prefix: true, Best: true})
	if err != nil {
		return err
	}
	for _, hit := range found.Hits {
		ids = append(ids, hit.Ref)
	}
	rows, err := rowsOf(c, p.DB, ids)
	if err != nil || len(rows) == 0 {
		return err
	}
	page.Shown, page.Total = len(rows), max(len(rows), found.Count)
	page.Groups = []group{{Key: "search"}}
	for i := range rows {
		page.Groups[0].Rows = append(page.Groups[0].Rows, &rows[i])
	}
	return nil
}

// workday is the first date after today on which the desk opens.
func workday(calendar hours.Calendar, now time.Time, zone *time.Location) hours.Date {
	day := hours.DateOf(now, zone).AddDays(1)
	for n := 0; n < 30 && len(calendar.Windows(day)) == 0; n++ {
		day = day.AddDays(1)
	}
	return day
}

// grouped puts rows that are in order under their headings.
func grouped(f filter, rows []listed, now time.Time, zone *time.Location, next hours.Date) []group {
	var all []group
	for i := range rows {
		row := &rows[i]
		key := f.View
		if f.byDue() {
			key = row.Group(now, zone, next)
		} else if key == "" {
			key = "todo"
		}
		at := slices.IndexFunc(all, func(g group) bool { return g.Key == key })
		if at < 0 {
			at = len(all)
			all = append(all, group{Key: key, Next: next.Weekday()})
		}
		all[at].Rows = append(all[at].Rows, row)
	}
	return all
}

// saveForm is a list that a colleague keeps under a name.
type saveForm struct {
	Title string `form:"title" binding:"required,max=40"`
	List  string `form:"list" binding:"max=1000"`
}

// saveView keeps a filter under a name.
func (p *portal) saveView(c *web.Context) error {
	form := web.Form[saveForm]{Prefix: "tickets.save"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	f := parseFilter(form.V.List)
	if !ok {
		return c.RedirectWith(f.path(), web.Flash{Kind: "bad", Text: form.Complaints()[0].Text})
	}
	saved, err := savedViews(c, p.DB, c.Account.ID)
	if err != nil {
		return err
	}
	if len(saved) >= 20 {
		return c.RedirectWith(f.path(), web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.save.many", 20)})
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		return db.Insert(c, tx, "ticket_view", savedView{newID(), c.Account.ID, form.V.Title, f.query(), c.Now()})
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(f.path(), "tickets.save.done", form.V.Title)
}

// dropView forgets a view of the colleague himself.
func (p *portal) dropView(c *web.Context) error {
	var n int64
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		n, err = deleteView(c, tx, c.Account.ID, c.Param("view"))
		return err
	})
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/tickets/", "tickets.save.dropped")
}

// backTo is the list that a form of the page came from, with the ticket open
// beside it, or the page of the ticket.
func backTo(c *web.Context, id string) string {
	list := c.PostForm("list")
	if list == "" {
		return "/staff/tickets/" + id
	}
	values, err := url.ParseQuery(list)
	if err != nil {
		return "/staff/tickets/" + id
	}
	return parseFilter(list).path("q", values.Get("q"), "t", id)
}

// onward is where a colleague goes who is done with a ticket: the next of his
// list, or the page of the ticket when he came from there.
func (p *portal) onward(c *web.Context, before Ticket) (string, error) {
	list := c.PostForm("list")
	if list == "" {
		return "/staff/tickets/" + before.ID, nil
	}
	f := parseFilter(list)
	until, err := p.until(c, f)
	if err != nil {
		return "", err
	}
	rows, err := f.list(c, p.DB, c.Account.ID, f.next(listed{Ticket: before}), until, 1)
	if err != nil || len(rows) == 0 {
		return f.path(), err
	}
	return f.path("t", rows[0].ID), nil
}

// contextOfList is what the chips of a list go by.
type contextOfList struct {
	ctx       context.Context
	now, soon time.Time
}
