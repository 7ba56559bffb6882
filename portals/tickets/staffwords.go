package tickets

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// viewTabs are the lists of colleagues in their menu.
func viewTabs(ctx context.Context, p inboxPage) []templates.Tab {
	var all []templates.Tab
	for _, v := range views {
		all = append(all, templates.Tab{Path: "/staff/tickets/?view=" + v.Key, Icon: v.Icon, Label: i18n.T(ctx, "tickets.view."+v.Key), Count: p.Counts[v.count], Current: v.Key == p.View.Key})
	}
	return all
}

func viewCount(p inboxPage) int { return p.Counts[p.View.Key] }

// peekOf is the ticket that is open beside the list, or nothing.
func peekOf(p inboxPage) templ.Component {
	if p.Peek == nil {
		return nil
	}
	return openTicket(*p.Peek, true)
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
func deskRow(ctx context.Context, p inboxPage, t listed) templates.DeskRow {
	state, words := chip(contextOfList{ctx, p.Now, p.Soon}, &t.Ticket)
	row := templates.DeskRow{
		ID: t.ID, Ref: t.Ref(), Path: "/staff/tickets/?view=" + p.View.Key + "&t=" + t.ID, Title: t.Subject, Excerpt: t.Excerpt, Org: t.CompanyName,
		WhoID: t.Assignee(), Who: t.AssigneeName, Age: i18n.Age(ctx, t.UpdatedAt), Promise: state, Part: gone(t.Ticket, p.Now), Left: words,
		Severity: severityLevel(t.Severity), Open: p.Peek != nil && p.Peek.Ticket.ID == t.ID,
	}
	if len(t.Tags) > 0 {
		row.Tag = t.Tags
	}
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

func agentOptions(ctx context.Context, agents []account.Account) []web.Option {
	options := []web.Option{{Value: "", Label: i18n.T(ctx, "tickets.nobody")}}
	for _, a := range agents {
		options = append(options, web.Option{Value: a.ID, Label: a.Name})
	}
	return options
}

func productOptions(ctx context.Context, p staffPage) []web.Option {
	options := []web.Option{{Value: "", Label: i18n.T(ctx, "tickets.new.product.unknown")}}
	options = append(options, p.Products...)
	for _, o := range options {
		if o.Value == p.Ticket.Product {
			return options
		}
	}
	return append(options, web.Option{Value: p.Ticket.Product, Label: p.Product})
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

// clockSummary says how a promise stands.
func clockSummary(ctx context.Context, c Clock, now time.Time) string {
	name := i18n.T(ctx, "tickets.clock."+c.Name)
	switch {
	case c.Stopped:
		return i18n.T(ctx, "tickets.clock.stopped", name)
	case c.Due.IsZero():
		return i18n.T(ctx, "tickets.clock.none", name)
	case !c.Done.IsZero() && c.Late(now):
		return i18n.T(ctx, "tickets.clock.was_late", name, i18n.DateTime(ctx, c.Done), i18n.DateTime(ctx, c.Due))
	case !c.Done.IsZero():
		return i18n.T(ctx, "tickets.clock.kept", name, i18n.DateTime(ctx, c.Done), i18n.DateTime(ctx, c.Due))
	case c.Late(now):
		return i18n.T(ctx, "tickets.clock.late", name, i18n.DateTime(ctx, c.Due))
	}
	return i18n.T(ctx, "tickets.clock.due", name, i18n.DateTime(ctx, c.Due))
}

// explained tells what a clock did, a line for every stretch in which it ran or
// was stopped while the desk was open.
func explained(ctx context.Context, c Clock, calendar hours.Calendar, now time.Time) []string {
	until := now
	if !c.Done.IsZero() {
		until = c.Done
	}
	var lines []string
	for _, s := range calendar.Explain(c.Start, until, c.Pauses) {
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
	if len(lines) > 40 {
		lines = append(lines[:40], "…")
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
