package tickets

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// bulkForm is what a colleague does with the rows that he ticked. Do is the
// button: assign, status, snooze, tag, merge, with a value behind a colon where
// the button has one.
type bulkForm struct {
	IDs    []string `form:"id" binding:"max=200,dive,max=40"`
	Do     string   `form:"do" binding:"max=80"`
	Tags   string   `form:"tags" binding:"max=300"`
	Moment string   `form:"moment" binding:"omitempty,datetime=2006-01-02T15:04"`
	Seen   int64    `form:"seen"` // when the list was made, in microseconds since 1970
	List   string   `form:"list" binding:"max=1000"`
}

// bulk does one thing with many tickets. A ticket that somebody else changed
// since the list was made is left as it is, and the answer says so.
func (p *portal) bulk(c *web.Context) error {
	form := web.Form[bulkForm]{Prefix: "tickets.bulk"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	back := parseFilter(form.V.List).path()
	if values, err := url.ParseQuery(form.V.List); err == nil {
		back = parseFilter(form.V.List).path("q", values.Get("q"))
	}
	if !ok {
		return c.RedirectWith(back, web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.bulk.wrong")})
	}
	slices.Sort(form.V.IDs)
	ids := slices.Compact(form.V.IDs)
	if len(ids) == 0 {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.bulk.none")})
	}
	do, with, _ := strings.Cut(form.V.Do, ":")
	if do == "merge" {
		return c.See("/staff/tickets/merge?" + url.Values{"id": ids}.Encode())
	}
	edit, err := p.bulkEdit(c, do, with, form.V)
	if errors.Is(err, fault.BadInput) {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.bulk.wrong")})
	}
	if err != nil {
		return err
	}
	seen := time.Time{}
	if form.V.Seen > 0 {
		seen = time.UnixMicro(form.V.Seen).UTC()
	}
	result, err := p.changeMany(c, ids, edit, seen)
	if err != nil {
		return err
	}
	flash := web.Flash{Kind: "ok", Text: i18n.N(c, "tickets.bulk.done", result.changed), Undo: result.undo}
	if len(result.stale) > 0 {
		flash.Kind = "warn"
		flash.Text += " " + i18n.T(c, "tickets.bulk.stale", strings.Join(result.stale, ", "))
	}
	return c.RedirectWith(back, flash)
}

// bulkEdit is what a button does with each ticket; fault.BadInput when what it
// needs was not filled in.
func (p *portal) bulkEdit(c *web.Context, do, with string, v bulkForm) (func(*Ticket), error) {
	switch do {
	case "assign":
		if with == "me" {
			with = c.Account.ID
		}
		if _, err := p.mayHave(c, with); err != nil {
			return nil, err
		}
		return func(t *Ticket) { t.AssigneeID = pointer(with) }, nil
	case "status":
		if !slices.Contains(statuses, with) {
			return nil, fault.BadInput
		}
		return func(t *Ticket) { t.Status = with }, nil
	case "snooze":
		until, err := p.snoozeUntil(c, with, v.Moment)
		return func(t *Ticket) {
			if !finished(t.Status) {
				t.SnoozedUntil = until
			}
		}, err
	case "tag":
		tags := tagList(v.Tags)
		if len(tags) == 0 {
			return nil, fault.BadInput
		}
		return func(t *Ticket) { t.Tags = strings.Join(tagList(t.Tags+" "+strings.Join(tags, " ")), " ") }, nil
	}
	return nil, fault.BadInput
}

// bulkResult is what came of a change of many tickets.
type bulkResult struct {
	changed int
	stale   []string // the numbers of those that were left as they were
	undo    string
}

// changeMany changes each ticket in a transaction of its own, so that one that
// cannot be changed keeps none of the others.
func (p *portal) changeMany(c *web.Context, ids []string, edit func(*Ticket), seen time.Time) (bulkResult, error) {
	var result bulkResult
	var steps []undoable
	d, err := p.desk(c, p.DB)
	if err != nil {
		return result, err
	}
	for _, id := range ids {
		var ref string
		var one done
		err := p.DB.Tx(c, func(tx *db.Tx) error {
			one = done{}
			t, err := locked(c, tx, id)
			if err != nil {
				return err
			}
			ref = t.Ref()
			if stale, err := changedSince(c, tx, id, seen, c.Account.ID); err != nil {
				return err
			} else if stale && !seen.IsZero() {
				return fault.Conflict
			}
			if one.Before, one.After, _, err = apply(c, tx, d, id, Change{Actor: c.Account, Edit: edit}); err != nil {
				return err
			}
			if one.After.MergedID != nil && one.After.Status != one.Before.Status { // it goes on in another
				return fault.Conflict
			}
			if err := p.tell(c, tx, one.Before, one.After, Message{}, *c.Account); err != nil {
				return err
			}
			return p.index(c, tx, one.After)
		})
		switch {
		case errors.Is(err, fault.Conflict):
			result.stale = append(result.stale, ref)
		case errors.Is(err, fault.NotFound):
			result.stale = append(result.stale, i18n.T(c, "tickets.bulk.gone"))
		case err != nil:
			return result, err
		default:
			result.changed++
			if one.After.Seq > one.Before.Seq {
				steps = append(steps, undoStep(one))
			}
		}
	}
	if len(steps) == 0 {
		return result, nil
	}
	return result, p.DB.Tx(c, func(tx *db.Tx) (err error) {
		result.undo, err = keepUndo(c, tx, c.Account.ID, d.Now, steps...)
		return err
	})
}

// micros is a moment in microseconds, for a hidden field.
func micros(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }
