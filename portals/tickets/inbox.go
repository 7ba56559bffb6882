package tickets

import (
	"context"
	"strings"
	"time"

	"loket/db"
)

// The lists of colleagues: each view is one statement whose text never changes,
// read off one index, a page at a time.

const pageOfStaff = 50

// view is one of the lists of colleagues.
type view struct {
	Key   string // ?view=KEY
	Icon  string
	query string
	byDue bool // by promise; else last changed first
	count string
}

const (
	byPromise = `t.sort_at, t.id`
	afterDue  = ` AND (t.sort_at, t.id) > (:at, :id) ORDER BY t.sort_at, t.id LIMIT :limit`
	afterLast = ` AND (t.updated_at, t.id) < (:at, :id) ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit`
)

// views are the lists of colleagues, in the order of their menu.
var views = []view{
	{Key: "todo", Icon: "inbox", byDue: true, count: "todo", query: named(`SELECT t.id FROM ticket t WHERE t.live = TRUE`+afterDue, byPromise)},
	{Key: "mine", Icon: "person", byDue: true, count: "mine", query: named(`SELECT t.id FROM ticket t WHERE t.assignee_id = :me AND t.live = TRUE`+afterDue, byPromise)},
	{Key: "nobody", Icon: "flag", byDue: true, count: "nobody", query: named(`SELECT t.id FROM ticket t WHERE t.assignee_id IS NULL AND t.live = TRUE`+afterDue, byPromise)},
	{Key: "waiting", Icon: "pause", count: "waiting", query: named(`SELECT t.id FROM ticket t WHERE t.queue = 'waiting'`+afterLast, lastFirst)},
	{Key: "snoozed", Icon: "moon", count: "snoozed", query: named(`SELECT t.id FROM ticket t WHERE t.queue = 'snoozed'`+afterLast, lastFirst)},
	{Key: "solved", Icon: "check", query: named(`SELECT t.id FROM ticket t WHERE t.queue = 'solved'`+afterLast, lastFirst)},
	{Key: "closed", Icon: "lock", query: named(`SELECT t.id FROM ticket t WHERE t.queue = 'closed'`+afterLast, lastFirst)},
}

// viewOf returns the view with that key; the first for none, false for an unknown one.
func viewOf(key string) (view, bool) {
	if key == "" {
		return views[0], true
	}
	for _, v := range views {
		if v.Key == key {
			return v, true
		}
	}
	return view{}, false
}

// inboxArgs are the names in the statements of views.
type inboxArgs struct {
	Me    string
	At    time.Time
	ID    string
	Limit int
}

// list reads a page of the view, and one more when there are more.
func (v view) list(ctx context.Context, on db.Querier, me string, after place) ([]listed, error) {
	args := inboxArgs{me, after.At, after.ID, pageOfStaff + 1}
	if after.ID == "" {
		if v.byDue {
			args.At = time.Time{}.AddDate(1, 0, 0)
		} else {
			args.At, args.ID = far, "~"
		}
	}
	return db.AllNamed[listed](ctx, on, v.query, args)
}

// next is the place after the last of a page.
func (v view) next(last listed) place {
	if v.byDue {
		return place{last.SortAt, last.ID}
	}
	return place{last.UpdatedAt, last.ID}
}

// answeredSince names the colleagues other than me who answered between two
// places in a conversation.
func answeredSince(ctx context.Context, on db.Querier, ticket string, after, upTo int64, me string) (string, error) {
	names, err := db.All[string](ctx, on, `
		SELECT DISTINCT a.name FROM ticket_message m JOIN account a ON a.id = m.author_id
		WHERE m.ticket_id = ? AND m.seq > ? AND m.seq <= ? AND m.party = 'staff' AND m.kind = 'reply' AND a.id <> ? ORDER BY a.name`, ticket, after, upTo, me)
	return strings.Join(names, ", "), err
}

// contextOfList is what the chips of a list go by.
type contextOfList struct {
	ctx       context.Context
	now, soon time.Time
}
