package tickets

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/hours"
	"loket/db"
)

// A change to a ticket: what it means, the clocks and counters that follow from it.

// desk is the office hours and promises in force, and the present: what a change
// to a ticket needs to work out its clocks.
type desk struct {
	Now      time.Time
	Calendar hours.Calendar
	Policies Policies
}

// insert files a ticket with its first message: t has what the customer said of
// it. It returns both as they are kept.
func insert(ctx context.Context, tx *db.Tx, d desk, t Ticket, m Message) (Ticket, Message, error) {
	var err error
	if t.Number, err = db.Next(ctx, tx, "ticket"); err != nil {
		return t, m, err
	}
	if t.ID == "" {
		t.ID = rand.Text()
	}
	at := d.Now
	t.Status, t.Seq, t.CreatedAt, t.UpdatedAt, t.LastBy, t.LastCustomer = Fresh, 1, at, at, Customer, &at
	if t.Priority == "" {
		t.Priority = "normal"
	}
	if t.Channel == "" {
		t.Channel = "web"
	}
	t.Excerpt = shorten(m.Body)
	filed := Event{ID: rand.Text(), TicketID: t.ID, Seq: 1, Kind: Filed, Value: t.Severity, ActorID: m.AuthorID, At: at}
	c, err := clocks([]Event{filed}, d.Policies, d.Calendar)
	if err != nil {
		return t, m, err
	}
	t.obey(c, at)
	if m.ID == "" {
		m.ID = rand.Text()
	}
	m.TicketID, m.Seq, m.Kind, m.Party, m.CreatedAt = t.ID, 1, Reply, Customer, at
	if m.Channel == "" {
		m.Channel = t.Channel
	}
	if err := db.Insert(ctx, tx, "ticket", t); err != nil {
		return t, m, err
	}
	if err := db.Insert(ctx, tx, "ticket_message", m); err != nil {
		return t, m, err
	}
	if err := db.Insert(ctx, tx, "ticket_event", filed); err != nil {
		return t, m, err
	}
	if t.RequesterID != nil {
		if err := join(ctx, tx, t.ID, *t.RequesterID, at); err != nil {
			return t, m, err
		}
	}
	return t, m, recount(ctx, tx, nil, t.counted())
}

// Change is what somebody does to a ticket at one moment: a message, and what
// else changes with it. Every part may be empty.
type Change struct {
	Actor   *account.Account // who does it; nil is the program
	Message *Message         // its Kind, Party, Channel and Body
	Edit    func(*Ticket)    // comes after the message; changes Status, Severity, AssigneeID, Team, Priority, Product, Subject, Tags, SnoozedUntil, Private
	Events  []Event          // more that happened: its Kind, Value, AboutID
}

// apply carries out a change on the ticket with that id: it locks the ticket, so
// that changes come one after the other, keeps the message, notes what happened,
// works out the clocks and keeps the counters. It returns the ticket before and
// after, and the message.
func apply(ctx context.Context, tx *db.Tx, d desk, id string, change Change) (before, after Ticket, m Message, err error) {
	if _, err = db.Exec(ctx, tx, `UPDATE ticket SET seq = seq WHERE id = ?`, id); err != nil {
		return
	}
	if before, err = ofStaff(ctx, tx, id); err != nil {
		return
	}
	told, err := events(ctx, tx, id)
	if err != nil {
		return
	}
	after = before
	// What came before in this ticket stays before it, whatever the clock says.
	at := d.Now.UTC().Truncate(time.Microsecond)
	if n := len(told); n > 0 && at.Before(told[n-1].At) {
		at = told[n-1].At
	}
	happened := change.happened(before, &after, at)
	if change.Message != nil {
		m = *change.Message
	}
	known, err := clocks(told, d.Policies, d.Calendar)
	if err != nil {
		return
	}
	for i := range happened {
		e := &happened[i]
		after.Seq++
		e.ID, e.TicketID, e.Seq, e.At = rand.Text(), id, after.Seq, at
		if change.Actor != nil {
			e.ActorID = &change.Actor.ID
		}
		if answer := known.Answer(); (e.Kind == Answered || e.Kind == ToStatus && finished(e.Value)) && answer.Runs() && !answer.Due.IsZero() {
			due := answer.Due.UTC().Truncate(time.Microsecond)
			e.DueAt = &due
			known = Clocks{} // it ends once
		}
		if isMessage(e.Kind) && change.Message != nil {
			if m.ID == "" {
				m.ID = rand.Text()
			}
			m.TicketID, m.Seq, m.AuthorID, m.CreatedAt = id, e.Seq, e.ActorID, at
			if err = db.Insert(ctx, tx, "ticket_message", m); err != nil {
				return
			}
		}
		if err = db.Insert(ctx, tx, "ticket_event", *e); err != nil {
			return
		}
	}
	c, err := clocks(append(told, happened...), d.Policies, d.Calendar)
	if err != nil {
		return
	}
	if slices.ContainsFunc(happened, Event.moves) {
		after.UpdatedAt = at
	}
	after.obey(c, d.Now)
	if before.Tags != after.Tags {
		if err = retag(ctx, tx, id, strings.Fields(after.Tags)); err != nil {
			return
		}
	}
	if err = save(ctx, tx, after); err != nil {
		return
	}
	err = recount(ctx, tx, before.counted(), after.counted())
	return
}

// moves reports whether an event puts its ticket on top of what changed last:
// what somebody did, or news for the customer, but not what follows by itself.
func (e Event) moves() bool {
	return (e.ActorID != nil || e.Kind == Shipped) && e.Kind != Recomputed
}

func isMessage(kind string) bool {
	return kind == Asked || kind == Answered || kind == Noted || kind == Acknowledged
}

// happened lists what a change means, as events, and lets after follow from
// them: a message of a customer wakes and reopens, an answer opens what is new.
func (c Change) happened(before Ticket, after *Ticket, at time.Time) []Event {
	var all []Event
	if m := c.Message; m != nil {
		kind := Noted
		switch {
		case m.Kind == Note:
		case m.Automatic:
			kind = Acknowledged
		case m.Party == Customer:
			kind = Asked
		default:
			kind = Answered
		}
		all = append(all, Event{Kind: kind})
		after.wrote(kind, m.Body, at)
	}
	for _, e := range c.Events {
		if e.Kind == Asked {
			after.wrote(Asked, after.Excerpt, at)
		}
		all = append(all, e)
	}
	if c.Edit != nil { // after the message, which may itself open the ticket
		c.Edit(after)
	}
	changed := func(kind, was, is string) {
		if was != is {
			all = append(all, Event{Kind: kind, Value: is})
		}
	}
	changed(ToSeverity, before.Severity, after.Severity)
	changed(ToPriority, before.Priority, after.Priority)
	changed(ToProduct, before.Product, after.Product)
	changed(ToTeam, before.Team, after.Team)
	changed(ToTags, before.Tags, after.Tags)
	if before.Subject != after.Subject {
		all = append(all, Event{Kind: ToSubject})
	}
	if before.Private != after.Private {
		all = append(all, Event{Kind: ToPrivate, Value: map[bool]string{true: "true", false: "false"}[after.Private]})
	}
	if before.Assignee() != after.Assignee() {
		all = append(all, Event{Kind: ToAssignee, AboutID: after.AssigneeID})
		if after.Status == Fresh && after.AssigneeID != nil && before.Status == Fresh {
			after.Status = Open
		}
	}
	if until, was := after.SnoozedUntil, before.SnoozedUntil; until != nil && (was == nil || !was.Equal(*until)) {
		all = append(all, Event{Kind: Snoozed, Value: until.UTC().Format(time.RFC3339)})
	} else if until == nil && was != nil {
		all = append(all, Event{Kind: Snoozed})
	}
	changed(ToStatus, before.Status, after.Status)
	after.stamp(before.Status, at)
	return all
}

// wrote follows a message.
func (t *Ticket) wrote(kind, body string, at time.Time) {
	switch kind {
	case Asked:
		t.LastBy, t.LastCustomer, t.SnoozedUntil = Customer, &at, nil
		if t.Status == Pending || t.Status == OnHold || t.Status == Solved {
			t.Status = Open
		}
	case Answered:
		t.LastBy, t.LastStaff = Staff, &at
		if t.Status == Fresh {
			t.Status = Open
		}
	default:
		return
	}
	t.Excerpt = shorten(body)
}

// stamp fills in the moments that go with a status.
func (t *Ticket) stamp(was string, at time.Time) {
	switch {
	case !finished(t.Status):
		t.SolvedAt, t.ClosedAt, t.SettledAt = nil, nil, nil
		if finished(was) {
			t.Rating, t.RatingComment, t.RatedAt = "", "", nil
		}
	case !finished(was):
		t.SolvedAt, t.SnoozedUntil = &at, nil
	}
	if t.Status == Closed && was != Closed {
		t.ClosedAt = &at
	}
}

func save(ctx context.Context, tx *db.Tx, t Ticket) error {
	_, err := db.ExecNamed(ctx, tx, `
		UPDATE ticket SET product = :product, severity = :severity, priority = :priority, subject = :subject, excerpt = :excerpt,
			status = :status, queue = :queue, live = :live, sort_at = :sort_at, private = :private, assignee_id = :assignee_id,
			team = :team, tags = :tags, snoozed_until = :snoozed_until, continues_id = :continues_id, merged_id = :merged_id, seq = :seq,
			due_at = :due_at, due_clock = :due_clock, first_due_at = :first_due_at, first_done_at = :first_done_at,
			first_late = :first_late, next_due_at = :next_due_at, next_late = :next_late, solve_due_at = :solve_due_at,
			solve_late = :solve_late, waiting_since = :waiting_since, last_by = :last_by, last_customer_at = :last_customer_at,
			last_staff_at = :last_staff_at, rating = :rating, rating_comment = :rating_comment, rated_at = :rated_at,
			updated_at = :updated_at, solved_at = :solved_at, closed_at = :closed_at, settled_at = :settled_at
		WHERE id = :id`, t)
	return err
}

func retag(ctx context.Context, tx *db.Tx, ticket string, tags []string) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM ticket_tag WHERE ticket_id = ?`, ticket); err != nil {
		return err
	}
	for _, tag := range tags {
		if _, err := db.Exec(ctx, tx, `INSERT INTO ticket_tag (ticket_id, tag) VALUES (?, ?)`, ticket, tag); err != nil {
			return err
		}
	}
	return nil
}
