package tickets

import (
	"context"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/files"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// How a ticket is put into words, for customers and for colleagues.

// ring is the shape of the status in a pill.
func ring(t Ticket) string {
	switch t.Status {
	case Fresh:
		return "new"
	case Open:
		return "doing"
	case Pending:
		return "plan"
	case OnHold:
		return "think"
	}
	return "done"
}

// dueWords says in a list when a customer gets an answer: words and a moment.
func dueWords(ctx context.Context, t Ticket) (words, moment string) {
	answer := t.FirstDueAt
	if t.FirstDoneAt != nil {
		answer = t.NextDueAt
	}
	switch {
	case finished(t.Status) && t.SolvedAt != nil:
		return i18n.T(ctx, "tickets.solved_on"), i18n.Soon(ctx, *t.SolvedAt)
	case finished(t.Status):
		return "", ""
	case t.Status == Pending:
		return i18n.T(ctx, "tickets.stands_still"), ""
	case t.WaitingSince == nil || answer == nil:
		return i18n.T(ctx, "tickets.at_work"), ""
	case i18n.Of(ctx).Now.After(*answer):
		return i18n.T(ctx, "tickets.late_since"), i18n.Soon(ctx, *answer)
	}
	return i18n.T(ctx, "tickets.answer_by"), i18n.Soon(ctx, *answer)
}

// sentence is the state of the promises in one sentence, for a customer whose
// promise has no clock to show.
func sentence(ctx context.Context, p showPage) string {
	t, answer := p.Ticket, p.Clocks.Answer()
	switch {
	case t.Status == Closed && t.ClosedAt != nil:
		return i18n.T(ctx, "tickets.sentence.closed", i18n.DateTime(ctx, *t.ClosedAt))
	case t.Status == Solved && t.SolvedAt != nil:
		return i18n.T(ctx, "tickets.sentence.solved", i18n.DateTime(ctx, *t.SolvedAt), i18n.Day(ctx, t.SolvedAt.Add(reopenFor)))
	case t.Status == Pending:
		return i18n.T(ctx, "tickets.sentence.pending")
	case answer.Runs() && answer.Late(p.Now):
		return i18n.T(ctx, "tickets.sentence.late", i18n.DateTime(ctx, answer.Due))
	case answer.Runs() && !answer.Due.IsZero():
		return i18n.T(ctx, "tickets.sentence.by", i18n.DateTime(ctx, answer.Due))
	case p.Clocks.Solve.Runs() && !p.Clocks.Solve.Due.IsZero() && !p.Clocks.Solve.Late(p.Now):
		return i18n.T(ctx, "tickets.sentence.solve", i18n.Day(ctx, p.Clocks.Solve.Due))
	}
	return i18n.T(ctx, "tickets.sentence.at_work")
}

// shut says that the desk is closed now and when it opens, or nothing.
func shut(ctx context.Context, calendar hours.Calendar, now time.Time) string {
	if calendar.Open(now) {
		return ""
	}
	opens, found := calendar.NextChange(now)
	if !found {
		return ""
	}
	return i18n.T(ctx, "tickets.desk_shut", i18n.Soon(ctx, opens))
}

// promised is the bar of the answer that is owed; false when none is shown,
// because none runs or because it is late.
func promised(ctx context.Context, p showPage) (templates.Clock, bool) {
	answer := p.Clocks.Answer()
	if !answer.Runs() || answer.Due.IsZero() || answer.Late(p.Now) || finished(p.Ticket.Status) {
		return templates.Clock{}, false
	}
	bar := p.Calendar.Bar(answer.Start, answer.Due, p.Now, answer.Pauses)
	clock := templates.Clock{
		Lead: i18n.T(ctx, "tickets.promise."+answer.Name), By: answer.Due,
		Left: i18n.T(ctx, "tickets.promise.left", i18n.Span(ctx, p.Calendar.Elapsed(p.Now, answer.Due, answer.Pauses))),
		Gone: bar.Gone, Now: bar.Now,
		Start: i18n.T(ctx, "tickets.promise.start", i18n.Soon(ctx, answer.Start)), End: i18n.Soon(ctx, answer.Due),
	}
	if words := shut(ctx, p.Calendar, p.Now); words != "" {
		clock.Left += ". " + words
	}
	for _, part := range bar.Parts {
		if part.Kind != hours.Running {
			clock.Shut = append(clock.Shut, templates.Part{From: part.Left, To: part.Right})
		}
	}
	return clock, true
}

// steps is where a ticket stands, for its customer.
func steps(ctx context.Context, p showPage) []templates.Step {
	t := p.Ticket
	all := []templates.Step{{State: "done", Label: i18n.T(ctx, "tickets.steps.received"), Note: i18n.Soon(ctx, t.CreatedAt)}}
	first := templates.Step{Label: i18n.T(ctx, "tickets.steps.first")}
	if t.FirstDoneAt != nil && t.LastStaff != nil {
		first.State = "done"
		first.Note = i18n.T(ctx, "tickets.steps.after", i18n.Soon(ctx, *t.FirstDoneAt), i18n.Span(ctx, max(time.Minute, p.Calendar.Working(t.CreatedAt, *t.FirstDoneAt))))
	} else if !finished(t.Status) {
		first.State = "now"
		if p.Clocks.First.Runs() && !p.Clocks.First.Due.IsZero() {
			first.Note = i18n.T(ctx, "tickets.steps.by", i18n.Soon(ctx, p.Clocks.First.Due))
		}
	}
	if t.LastStaff != nil || !finished(t.Status) {
		all = append(all, first)
	}
	last := templates.Step{Label: i18n.T(ctx, "tickets.steps.solved"), Note: i18n.T(ctx, "tickets.steps.confirm")}
	switch {
	case finished(t.Status) && t.SolvedAt != nil:
		last.State, last.Note = "now", i18n.Soon(ctx, *t.SolvedAt)
	case t.LastStaff != nil:
		all = append(all, templates.Step{State: "now", Label: i18n.T(ctx, "tickets.status."+t.Status+".mine")})
	}
	return append(all, last)
}

// severityOptions adds to each severity when its answer would come.
func severityOptions(ctx context.Context, f web.Field, promises map[string]time.Time) web.Field {
	options := append([]web.Option(nil), f.Options...)
	for i, o := range options {
		if due := promises[o.Value]; !due.IsZero() {
			options[i].End = i18n.T(ctx, "tickets.new.by", i18n.Soon(ctx, due))
		}
	}
	return f.With(options...)
}

// happened says what an event was, without who did it; icon is its drawing.
func happened(ctx context.Context, e entry) (icon, words string) {
	name := e.About.Name
	switch e.Event.Kind {
	case ToStatus:
		icon = map[string]string{Solved: "check", Closed: "lock", Open: "redo", Pending: "pause", OnHold: "pause"}[e.Event.Value]
		if icon == "" {
			icon = "info"
		}
		return icon, i18n.T(ctx, "tickets.event.status."+e.Event.Value)
	case ToAssignee:
		switch {
		case e.Event.AboutID == nil:
			return "person", i18n.T(ctx, "tickets.event.unassigned")
		case value(e.Event.ActorID) == *e.Event.AboutID:
			return "person", i18n.T(ctx, "tickets.event.took")
		}
		return "person", i18n.T(ctx, "tickets.event.assigned", name)
	case Joined:
		return "people", i18n.T(ctx, "tickets.event.joined", name)
	case Left:
		return "people", i18n.T(ctx, "tickets.event.left", name)
	case ToPrivate:
		return "lock", i18n.T(ctx, "tickets.event.private."+e.Event.Value)
	case Rated:
		return "star", i18n.T(ctx, "tickets.event.rated."+e.Event.Value)
	case ToSeverity:
		return "flag", i18n.T(ctx, "tickets.event.severity", i18n.T(ctx, "tickets.new.severity."+e.Event.Value))
	case ToPriority:
		return "flag", i18n.T(ctx, "tickets.event.priority", i18n.T(ctx, "tickets.priority."+e.Event.Value))
	case ToTags:
		return "tag", i18n.T(ctx, "tickets.event.tags", e.Event.Value)
	case ToTeam:
		return "people", i18n.T(ctx, "tickets.event.team", e.Event.Value)
	case Known, Unknown:
		return "alert", i18n.T(ctx, "tickets.event."+e.Event.Kind)
	case Shipped:
		return "idea", i18n.T(ctx, "tickets.event.shipped")
	case Snoozed:
		if until, err := time.Parse(time.RFC3339, e.Event.Value); err == nil {
			return "moon", i18n.T(ctx, "tickets.event.snoozed", i18n.DateTime(ctx, until))
		}
		return "moon", i18n.T(ctx, "tickets.event.woke")
	}
	return "info", i18n.T(ctx, "tickets.event."+e.Event.Kind)
}

// actor is who did something: a name, you, or the program.
func actor(ctx context.Context, e entry, me string) string {
	switch {
	case e.Event.ActorID == nil:
		return i18n.T(ctx, "tickets.by_itself")
	case *e.Event.ActorID == me:
		return i18n.T(ctx, "tickets.you")
	}
	return e.Who.Name
}

// author is the name over a message; who has been erased is a former user.
func author(ctx context.Context, e entry) string {
	if e.Who.Name == "" {
		return i18n.T(ctx, "tickets.former")
	}
	return e.Who.Name
}

// said describes a message to the component that shows it.
func said(ctx context.Context, e entry, me, company, vendor string) templates.Said {
	m := e.Message
	s := templates.Said{ID: m.ID, By: "you", WhoID: value(m.AuthorID), Who: author(ctx, e), You: value(m.AuthorID) == me, At: m.CreatedAt}
	switch {
	case m.Kind == Note:
		s.By = "note"
	case m.Party == Staff:
		s.By, s.From = "us", vendor
	case !s.You:
		s.From = company
	}
	if e.Kept > 0 {
		s.Kept = i18n.Span(ctx, e.Kept)
	}
	return s
}

// fileLinks are the files of a message, under the path of the page.
func fileLinks(path string, all []files.File) []templates.FileLink {
	var links []templates.FileLink
	for _, f := range all {
		links = append(links, templates.FileLink{Path: path + "/files/" + f.ID, Name: f.Name, Size: f.Size, Image: len(f.Type) > 6 && f.Type[:6] == "image/"})
	}
	return links
}

// keptFiles are the files that came with an earlier try of a form.
func keptFiles(all []files.File) []templates.Kept {
	var kept []templates.Kept
	for _, f := range all {
		kept = append(kept, templates.Kept{ID: f.ID, Name: f.Name, Size: f.Size})
	}
	return kept
}

// note is what somebody is in a ticket, for the list of people.
func note(ctx context.Context, p showPage, who Person) string {
	switch {
	case who.ID == p.Ticket.Requester():
		return i18n.T(ctx, "tickets.people.requester")
	}
	return i18n.T(ctx, "tickets.people.reads")
}

// tabs are the views of a customer's list.
func tabs(ctx context.Context, p listPage) []templates.Tab {
	all := []templates.Tab{
		{Path: "/tickets/", Label: i18n.T(ctx, "tickets.list.open"), Count: p.Open, Current: p.View == "open"},
		{Path: "/tickets/?view=closed", Label: i18n.T(ctx, "tickets.list.closed"), Count: p.Done, Current: p.View == "closed"},
	}
	if p.Manager {
		all = append(all, templates.Tab{Path: "/tickets/?view=company", Label: i18n.T(ctx, "tickets.list.company"), Current: p.View == "company"})
	}
	return all
}

// lineTag marks in a list of customers a ticket with an answer that he has not
// written back to.
func lineTag(ctx context.Context, t Ticket) string {
	if t.LastBy == Staff && !finished(t.Status) {
		return i18n.T(ctx, "tickets.list.answered")
	}
	return ""
}

// stateKey is the text of a choice among the tickets of a company.
func stateKey(state string) string {
	if state == "" {
		return "tickets.list.all"
	}
	return "tickets.list." + state
}

// required is a field that says nothing about being optional: its own words do.
func required(f web.Field) web.Field { f.Required = true; return f }

// withHint is a field with another hint.
func withHint(f web.Field, hint string) web.Field { f.Hint = hint; return f }

// replyField is the field for a reply, with other words where it reopens the ticket.
func replyField(ctx context.Context, p showPage) web.Field {
	f := required(p.Form.Field(ctx, "Body"))
	if finished(p.Ticket.Status) {
		f.Hint = i18n.T(ctx, "tickets.reply.body.reopens")
	}
	return f
}

func sendLabel(ctx context.Context, again bool) string {
	if again {
		return i18n.T(ctx, "tickets.new.anyway")
	}
	return i18n.T(ctx, "tickets.new.send")
}

// colleagueNames lists addresses to choose readers from, ten at most.
func colleagueNames(all []account.Account) string {
	var names []string
	for _, a := range all[:min(len(all), 10)] {
		names = append(names, a.Email)
	}
	return strings.Join(names, ", ")
}
