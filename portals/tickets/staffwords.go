package tickets

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// viewTabs are the lists of colleagues in their menu.
func viewTabs(ctx context.Context, m sideMenu) []templates.Tab {
	var all []templates.Tab
	for _, v := range views {
		f := filter{View: v.Key}
		tab := templates.Tab{Path: f.path(), Icon: v.Icon, Label: i18n.T(ctx, "tickets.view."+v.Key), Current: m.Current == f.query() || m.Current == "" && v.Key == "todo"}
		if v.Key != "solved" && v.Key != "closed" && v.Key != "all" { // how many are done asks for nothing
			tab.Count = m.Counts[v.Key]
		}
		all = append(all, tab)
	}
	return all
}

// savedTabs are the lists that a colleague keeps under a name.
func savedTabs(m sideMenu) []templates.Tab {
	var all []templates.Tab
	for _, v := range m.Saved {
		all = append(all, templates.Tab{Path: parseFilter(v.Query).path(), Icon: "star", Label: v.Title, Count: v.Count, Hot: v.Hot, Current: m.Current == v.Query})
	}
	return all
}

// manageTabs are the pages by which the desk is set up.
func manageTabs(ctx context.Context, m sideMenu) []templates.Tab {
	var all []templates.Tab
	for _, page := range []struct{ path, icon string }{{"known", "alert"}, {"replies", "message"}, {"promises", "clock"}, {"settings", "settings"}, {"report", "chart"}} {
		path := "/staff/tickets/" + page.path
		all = append(all, templates.Tab{Path: path, Icon: page.icon, Label: i18n.T(ctx, "tickets.side."+page.path), Current: m.Current == path})
	}
	return all
}

// listTitle is the name of what the list shows.
func listTitle(ctx context.Context, p inboxPage) string {
	if p.Search != "" {
		return i18n.T(ctx, "tickets.inbox.found", p.Search)
	}
	for _, v := range p.Menu.Saved {
		if v.Query == p.Filter.query() {
			return v.Title
		}
	}
	v, _ := viewOf(p.Filter.View)
	return i18n.T(ctx, "tickets.view."+v.Key)
}

func sortedKey(p inboxPage) string {
	if p.Search == "" && p.Filter.byDue() {
		return "tickets.inbox.sorted"
	}
	return "tickets.inbox.sorted.changed"
}

// peekOf is the ticket that is open beside the list, or nothing.
func peekOf(p inboxPage) templ.Component {
	if p.Peek == nil {
		return nil
	}
	return peekView(*p.Peek)
}

// choice is a part of a filter that is on, and the list without it.
type choice struct{ Label, Path string }

// chipsOf are the parts of the filter that are on.
func chipsOf(ctx context.Context, p inboxPage) []choice {
	f := p.Filter
	var all []choice
	add := func(name, label string) {
		all = append(all, choice{i18n.T(ctx, "tickets.filter."+name) + ": " + label, f.without(name).path()})
	}
	if p.Search != "" {
		all = append(all, choice{i18n.T(ctx, "tickets.filter.q") + ": " + p.Search, f.path()})
		return all
	}
	if f.Due != "" {
		add("due", i18n.T(ctx, "tickets.filter.due."+f.Due))
	}
	if f.Status != "" {
		add("status", i18n.T(ctx, "tickets.status."+f.Status))
	}
	if f.Severity != "" {
		add("severity", i18n.T(ctx, "tickets.props.severity."+f.Severity))
	}
	if f.Priority != "" {
		add("priority", i18n.T(ctx, "tickets.priority."+f.Priority))
	}
	if f.Product != "" {
		label := f.Product
		for _, product := range p.Products {
			if product.Key == f.Product {
				label = product.Name
			}
		}
		add("product", label)
	}
	if f.Assignee != "" {
		label := i18n.T(ctx, "tickets.nobody")
		for _, a := range p.Agents {
			if a.ID == f.Assignee {
				label = a.Name
			}
		}
		add("assignee", label)
	}
	if f.Team != "" {
		add("team", f.Team)
	}
	if f.Tag != "" {
		add("tag", f.Tag)
	}
	if f.Company != "" {
		label := f.Company
		if p.Company.ID != "" {
			label = p.Company.Name
		}
		add("company", label)
	}
	return all
}

// apart is a field with an id of its own, on a page that has another of the name.
func apart(f web.Field) web.Field {
	f.ID, f.Required = "x-"+f.Name, true // a filter says of no field that it is optional
	return f
}

// filterFields are the selects of the filter.
func filterFields(ctx context.Context, p inboxPage) []web.Field {
	f := p.Form
	anything := web.Option{Label: i18n.T(ctx, "tickets.filter.any")}
	with := func(name string, options ...web.Option) web.Field {
		return apart(f.Field(ctx, name).With(append([]web.Option{anything}, options...)...))
	}
	status, severity := f.Field(ctx, "Status").Options, f.Field(ctx, "Severity").Options
	fields := []web.Field{with("Due", f.Field(ctx, "Due").Options...), with("Status", status...), with("Severity", severity...), with("Priority", f.Field(ctx, "Priority").Options...)}
	var products []web.Option
	for _, product := range p.Products {
		products = append(products, web.Option{Value: product.Key, Label: product.Name})
	}
	if len(products) > 0 {
		fields = append(fields, with("Product", products...))
	}
	assignees := []web.Option{{Value: "nobody", Label: i18n.T(ctx, "tickets.nobody")}}
	for _, a := range p.Agents {
		assignees = append(assignees, web.Option{Value: a.ID, Label: a.Name})
	}
	fields = append(fields, with("Assignee", assignees...))
	var teams []web.Option
	for _, team := range p.Desk.Teams {
		teams = append(teams, web.Option{Value: team, Label: team})
	}
	if len(teams) > 0 {
		fields = append(fields, with("Team", teams...))
	}
	return fields
}

// companyField is the field for a company, with its name where its id was given.
func companyField(ctx context.Context, p inboxPage) web.Field {
	f := apart(p.Form.Field(ctx, "Company"))
	if p.Company.ID != "" {
		f.Value = p.Company.Name
	}
	return f
}

// groupTitle is the heading of a group: that of the next working day is its name.
func groupTitle(ctx context.Context, g group) string {
	if g.Key == "next" {
		day := i18n.WeekdayLong(ctx, g.Next)
		return strings.ToUpper(day[:1]) + day[1:]
	}
	return i18n.T(ctx, "tickets.group."+g.Key)
}

// groupState is the look of a heading in the inbox.
func groupState(key string) string {
	switch key {
	case "late", "today", "tomorrow":
		return key
	case "waiting":
		return "wait"
	}
	return "tomorrow"
}

// deskRow is a ticket as a row of the inbox.
func deskRow(ctx context.Context, p *inboxPage, t *listed) templates.DeskRow {
	state, words := chip(contextOfList{ctx, p.Now, p.Soon}, &t.Ticket)
	row := templates.DeskRow{
		ID: t.ID, Ref: t.Ref(), Path: rowPath(p, t.ID), Title: t.Subject, Excerpt: t.Excerpt, Org: t.CompanyName,
		WhoID: t.Assignee(), Who: t.AssigneeName, Age: i18n.Age(ctx, t.UpdatedAt), Promise: state, Part: gone(t.Ticket, p.Now), Left: words,
		Severity: severityLevel(t.Severity), Open: p.Peek != nil && p.Peek.Ticket.ID == t.ID,
	}
	row.Tag, _, _ = strings.Cut(t.Tags, " ")
	if row.Org == "" {
		row.Org = t.RequesterName
	}
	return row
}

// gone is how much of the time of a promise is gone, roughly: by the clock on
// the wall since the customer began to wait.
func gone(t Ticket, now time.Time) float64 {
	if t.DueAt == nil {
		return 0
	}
	since := t.CreatedAt
	if t.WaitingSince != nil {
		since = *t.WaitingSince
	}
	whole := t.DueAt.Sub(since)
	if whole <= 0 {
		return 1
	}
	return float64(now.Sub(since)) / float64(whole)
}

// rowPath opens a ticket beside the list.
func rowPath(p *inboxPage, id string) string { return p.Filter.path("q", p.Search, "t", id) }

// propFields are the selects of what a ticket is like.
func propFields(ctx context.Context, p staffPage, form web.Form[propsForm]) []web.Field {
	assignees := []web.Option{{Value: "", Label: i18n.T(ctx, "tickets.nobody")}}
	for _, a := range p.Agents {
		assignees = append(assignees, web.Option{Value: a.ID, Label: a.Name})
	}
	if p.Ticket.Assignee() != "" && p.Assignee == "" { // he works here no more
		assignees = append(assignees, web.Option{Value: p.Ticket.Assignee(), Label: i18n.T(ctx, "tickets.former")})
	}
	fields := []web.Field{form.Field(ctx, "Status"), form.Field(ctx, "Assignee").With(assignees...), form.Field(ctx, "Severity"), form.Field(ctx, "Priority"),
		form.Field(ctx, "Product").With(offering(ctx, "tickets.new.product.unknown", p.Products, p.Ticket.Product, p.Product)...)}
	var teams []web.Option
	for _, team := range p.Desk.Teams {
		teams = append(teams, web.Option{Value: team, Label: team})
	}
	if len(teams) > 0 || p.Ticket.Team != "" {
		fields = append(fields, form.Field(ctx, "Team").With(offering(ctx, "tickets.props.team.none", teams, p.Ticket.Team, p.Ticket.Team)...))
	}
	for i := range fields {
		for j, o := range fields[i].Options {
			fields[i].Options[j].Chosen = o.Value == fields[i].Value
		}
	}
	return fields
}

// offering is a list to choose from: none, what there is, and what is chosen
// now although it is offered no more.
func offering(ctx context.Context, none string, all []web.Option, chosen, label string) []web.Option {
	options := append([]web.Option{{Value: "", Label: i18n.T(ctx, none)}}, all...)
	for _, o := range options {
		if o.Value == chosen {
			return options
		}
	}
	return append(options, web.Option{Value: chosen, Label: label})
}

// propKey is the key that goes to a select.
func propKey(name string) string {
	switch name {
	case "status":
		return "s"
	case "assignee":
		return "a"
	}
	return ""
}

// subject is the subject of a ticket; one that has been erased says so.
func subject(ctx context.Context, t Ticket) string {
	if t.Subject == "" {
		return i18n.T(ctx, "tickets.open.erased")
	}
	return t.Subject
}

func requesterName(ctx context.Context, p staffPage) string {
	if p.Requester.Name == "" {
		return i18n.T(ctx, "tickets.former")
	}
	return p.Requester.Name
}

func cardName(ctx context.Context, p staffPage) string {
	if p.Company.Name != "" {
		return p.Company.Name
	}
	return requesterName(ctx, p)
}

// workLeft is how much working time is left for the promise that is due first.
func workLeft(ctx context.Context, p staffPage) string {
	due := p.Clocks.Due()
	if due.Name == "" || finished(p.Ticket.Status) || due.Late(p.Now) {
		return ""
	}
	return i18n.T(ctx, "tickets.open.left", i18n.Span(ctx, p.Calendar.Elapsed(p.Now, due.Due, due.Pauses)))
}

// signInState says how the requester's account is.
func signInState(ctx context.Context, p staffPage) string {
	a := p.Requester
	switch {
	case a.DisabledAt != nil:
		return i18n.T(ctx, "tickets.card.disabled")
	case a.VerifiedAt == nil:
		return i18n.T(ctx, "tickets.card.unverified")
	}
	return i18n.T(ctx, "tickets.card.active", i18n.Day(ctx, a.ActiveAt), i18n.T(ctx, "site.language."+a.Lang))
}

// contract says what the company has with us.
func contract(ctx context.Context, p staffPage) string {
	switch {
	case p.Agreement == nil:
		return i18n.T(ctx, "tickets.card.contract.none")
	case p.Agreement.EndedOn == nil:
		return i18n.T(ctx, "tickets.card.contract.runs", planName(ctx, p.Agreement.Plan))
	}
	day, err := hours.ParseDate(*p.Agreement.EndedOn)
	if err != nil {
		return planName(ctx, p.Agreement.Plan)
	}
	at := hours.At(p.Calendar.Zone, day, 0)
	if at.Before(p.Now) {
		return i18n.T(ctx, "tickets.card.contract.ended", planName(ctx, p.Agreement.Plan), i18n.Day(ctx, at))
	}
	return i18n.T(ctx, "tickets.card.contract.until", planName(ctx, p.Agreement.Plan), i18n.Day(ctx, at))
}

// few is how many lines of each kind the card of a customer shows at once: none
// beside a list, where the card stands above the conversation.
func few(p staffPage) int {
	if p.List != "" {
		return 0
	}
	return 2
}

func moreKey(few int) string {
	if few == 0 {
		return "tickets.card.all"
	}
	return "tickets.card.more"
}

func openItems(all []Ticket) []app.BesideItem {
	var items []app.BesideItem
	for _, t := range all {
		items = append(items, app.BesideItem{Path: t.StaffPath(), Label: t.Ref() + " " + t.Subject})
	}
	return items
}

func planName(ctx context.Context, plan string) string {
	if plan == "" {
		return i18n.T(ctx, "tickets.card.contract.plain")
	}
	return plan
}

func personNote(ctx context.Context, p staffPage, who Person) string {
	switch {
	case who.ID == p.Ticket.Requester():
		return i18n.T(ctx, "tickets.people.requester")
	case !who.Present:
		return i18n.T(ctx, "tickets.cc.gone")
	}
	return who.Email
}

func follows(p staffPage) bool {
	return slices.ContainsFunc(p.Followers, func(who Person) bool { return who.ID == p.Me })
}

func followerNames(p staffPage) string {
	var names []string
	for _, who := range p.Followers {
		if who.ID != p.Me {
			names = append(names, who.Name)
		}
	}
	return strings.Join(names, ", ")
}

func ratingState(t Ticket) string {
	if t.Rating == "yes" {
		return "ok"
	}
	return "warn"
}

// splits reports whether a message can become a ticket of its own: one of a
// customer, after the first.
func splits(e entry) bool {
	return e.Message.Party == Customer && e.Message.Kind == Reply && e.Message.Seq > 1 && e.Message.Body != ""
}

// thens are the statuses that an answer can go along with, the first one first:
// that of the canned reply, else that we wait for the customer.
func thens(p staffPage) []string {
	all := []string{Pending, Solved, Open}
	if p.Form.V.Used == "" || !slices.Contains(all, p.Form.V.Then) {
		return all
	}
	rest := slices.DeleteFunc(all, func(s string) bool { return s == p.Form.V.Then })
	return append([]string{p.Form.V.Then}, rest...)
}

func cannedOptions(all []cannedReply) []web.Option {
	var options []web.Option
	for _, r := range all {
		options = append(options, web.Option{Value: r.ID, Label: r.Title})
	}
	return options
}

func cannedTitle(p cannedPage) string {
	if p.ID == "new" {
		return "tickets.canned.new"
	}
	return "tickets.canned.edit"
}

func placeholderList() string { return strings.Join(placeholders, " ") }

func thenOptions(ctx context.Context) []web.Option {
	options := []web.Option{{Label: i18n.T(ctx, "tickets.canned.status.none")}}
	for _, status := range []string{Pending, Solved, Open, OnHold} {
		options = append(options, web.Option{Value: status, Label: i18n.T(ctx, "tickets.status."+status)})
	}
	return options
}

func fittingOptions(all []account.Account) []web.Option {
	var options []web.Option
	for _, a := range all {
		options = append(options, web.Option{Value: a.ID, Label: a.Name, Hint: strings.Trim(a.Email+" · "+a.CompanyName, " ·")})
	}
	return options
}

func mergeOptions(ctx context.Context, all []Ticket) []web.Option {
	var options []web.Option
	for _, t := range all {
		options = append(options, web.Option{Value: t.ID, Label: t.Ref() + " " + t.Subject, Hint: i18n.T(ctx, "tickets.status."+t.Status)})
	}
	return options
}

// promiseID is the id of a field of a promise; the first is what the summary of
// errors leads to.
func promiseID(name string, severity, clock int) string {
	if severity+clock == 0 {
		return "f-" + name
	}
	return "f-" + name + "-" + strconv.Itoa(3*severity+clock)
}

// promiseComplaints say once what is wrong, however many fields are.
func promiseComplaints(_ context.Context, form web.Form[promisesForm]) []web.Complaint {
	return form.Complaints()
}

// staffHappened says what an event was, and where more of it is to be read.
func staffHappened(ctx context.Context, e entry) (icon, words, path string) {
	switch e.Event.Kind {
	case Linked, Unlinked, Split, SplitFrom:
		return "tag", i18n.T(ctx, "tickets.event."+e.Event.Kind, e.Event.Value), ""
	case Merged, Unmerged:
		return "merge", i18n.T(ctx, "tickets.event."+e.Event.Kind), "/staff/tickets/" + e.Event.Value
	case Taken:
		return "phone", i18n.T(ctx, "tickets.event.taken"), ""
	case TakenOver:
		return "message", i18n.T(ctx, "tickets.event.taken_over"), ""
	case Undone:
		return "redo", i18n.T(ctx, "tickets.event.undone"), ""
	case ToTags, ToTeam:
		if e.Event.Value == "" {
			return "tag", i18n.T(ctx, "tickets.event."+e.Event.Kind+".none"), ""
		}
	}
	icon, words = happened(ctx, e)
	return icon, words, ""
}

func keptShare(ctx context.Context, w week) string {
	if w.Promised == 0 {
		return "–"
	}
	return i18n.Percent(ctx, float64(w.Kept)*100/float64(w.Promised), 0)
}

func medianWords(ctx context.Context, p reportPage) string {
	if p.First == 0 {
		return "–"
	}
	return i18n.Span(ctx, p.Median)
}

// plotWords are a plot for who cannot see it.
func plotWords(title string, bars []bar) string {
	words := title + ":"
	for _, b := range bars {
		words += " " + b.Label + " " + b.Value + ";"
	}
	return strings.TrimSuffix(words, ";")
}

func plotX(i, n int, at float64) string {
	return strconv.FormatFloat((float64(i)+at)*600/float64(n), 'f', 1, 64)
}

func plotWidth(n int) string  { return strconv.FormatFloat(.7*600/float64(n), 'f', 1, 64) }
func plotHeight(b bar) string { return strconv.FormatFloat(b.Part*150, 'f', 1, 64) }
func plotY(b bar) string      { return strconv.FormatFloat(180-b.Part*150, 'f', 1, 64) }
func plotText(b bar) string   { return strconv.FormatFloat(174-b.Part*150, 'f', 1, 64) }

func plotFont(n int) string {
	if n > 6 {
		return "14"
	}
	return "18"
}

func plotFill(b bar) string {
	if b.Low {
		return "var(--bad)"
	}
	return "var(--brand)"
}

// shownClocks are the promises that there are.
func shownClocks(c Clocks) []Clock {
	var all []Clock
	for _, clock := range []Clock{c.First, c.Next, c.Solve} {
		if clock.Name != "" {
			all = append(all, clock)
		}
	}
	return all
}

// clockState says how a promise stands.
func clockState(ctx context.Context, c Clock, now time.Time) string {
	switch {
	case c.Stopped:
		return i18n.T(ctx, "tickets.clock.stopped")
	case c.Due.IsZero():
		return i18n.T(ctx, "tickets.clock.none")
	case !c.Done.IsZero() && c.Late(now):
		return i18n.T(ctx, "tickets.clock.was_late", i18n.DateTime(ctx, c.Done), i18n.DateTime(ctx, c.Due))
	case !c.Done.IsZero():
		return i18n.T(ctx, "tickets.clock.kept", i18n.DateTime(ctx, c.Done), i18n.DateTime(ctx, c.Due))
	case c.Late(now):
		return i18n.T(ctx, "tickets.clock.late", i18n.DateTime(ctx, c.Due))
	}
	return i18n.T(ctx, "tickets.clock.due", i18n.DateTime(ctx, c.Due))
}

// explained tells what a clock did, a line for every stretch in which it ran or
// was stopped while the desk was open.
func explained(ctx context.Context, c Clock, calendar hours.Calendar, now time.Time) []string {
	until := now
	if !c.Done.IsZero() {
		until = c.Done
	}
	// What a reader can follow; the sum below is of all of it.
	told := until
	if end := c.Start.AddDate(0, 2, 0); told.After(end) {
		told = end
	}
	var lines []string
	for _, s := range calendar.Explain(c.Start, told, c.Pauses) {
		switch s.Kind {
		case hours.Running:
			lines = append(lines, i18n.T(ctx, "tickets.clock.ran", i18n.Day(ctx, s.From), i18n.Clock(ctx, s.From), i18n.Clock(ctx, s.To), i18n.Span(ctx, s.Length())))
		case hours.Paused:
			lines = append(lines, i18n.T(ctx, "tickets.clock.paused", i18n.Day(ctx, s.From), i18n.Clock(ctx, s.From), i18n.Clock(ctx, s.To)))
		case hours.Shut:
			if s.Why != "" {
				lines = append(lines, i18n.T(ctx, "tickets.clock.free", i18n.Day(ctx, s.From)))
			}
		}
	}
	if len(lines) > 40 || told != until {
		lines = append(lines[:min(40, len(lines))], "…")
	}
	return append(lines, i18n.T(ctx, "tickets.clock.total", i18n.Span(ctx, calendar.Elapsed(c.Start, until, c.Pauses)), targetWords(ctx, c.Target)))
}

// targetWords is how much time a promise takes.
func targetWords(ctx context.Context, t hours.Target) string {
	switch t.Unit {
	case hours.WorkingDays:
		return i18n.N(ctx, "tickets.target.working_days", t.Amount)
	case hours.CalendarDays:
		return i18n.N(ctx, "tickets.target.calendar_days", t.Amount)
	}
	return i18n.T(ctx, "tickets.target.minutes", i18n.Span(ctx, time.Duration(t.Amount)*time.Minute))
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
