package tickets

import (
	"context"
	"slices"
	"time"

	"loket/app/files"
	"loket/app/hours"
	"loket/db"
)

// What was said and done in a ticket, in its order, as customers and colleagues
// read it.

// entry is a message or an event of a conversation.
type entry struct {
	Message *Message
	Event   Event
	Who     Person // who wrote or did it
	About   Person
	Files   []files.File
	Kept    time.Duration // how much working time an answer in time took; zero for any other
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

// messages lists what was written in a ticket, in order; notes only for staff.
func messages(ctx context.Context, on db.Querier, ticket string, notes bool) ([]Message, error) {
	return db.All[Message](ctx, on, `
		SELECT id, ticket_id, seq, kind, party, channel, author_id, automatic, body, created_at
		FROM ticket_message WHERE ticket_id = ? AND (kind = 'reply' OR ?) ORDER BY seq`, ticket, notes)
}

// events lists what happened to a ticket, in order.
func events(ctx context.Context, on db.Querier, ticket string) ([]Event, error) {
	return db.All[Event](ctx, on, `
		SELECT id, ticket_id, seq, kind, value, actor_id, about_id, due_at, at
		FROM ticket_event WHERE ticket_id = ? ORDER BY seq`, ticket)
}
