package tickets

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// A colleague's last step, taken back.

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

// undoFlash is the message after a change, with the way back.
func undoFlash(text string, d done) web.Flash {
	return web.Flash{Kind: "ok", Text: text, Undo: d.Undo}
}
