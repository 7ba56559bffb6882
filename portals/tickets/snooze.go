package tickets

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Tickets that rest until a moment.

// snooze lets a ticket rest until a moment, or wakes it.
func (p *portal) snooze(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	until, err := p.snoozeUntil(c, c.PostForm("until"), c.PostForm("moment"))
	if errors.Is(err, fault.BadInput) {
		c.Say(web.Flash{Kind: "bad", Text: i18n.T(c, "tickets.snooze.wrong")})
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if err != nil {
		return err
	}
	if finished(t.Status) && until != nil {
		return fault.Conflict
	}
	back := backTo(c, t.ID)
	if until != nil {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.SnoozedUntil = until }}, nil, 0)
	if err != nil {
		return err
	}
	words := i18n.T(c, "tickets.done.woken", t.Ref())
	if until != nil {
		words = i18n.T(c, "tickets.done.snoozed", t.Ref(), i18n.DateTime(c, *until))
	}
	return c.RedirectWith(back, undoFlash(words, d))
}

// snoozes are the moments that are offered for a ticket to come back.
var snoozes = []string{"later", "tomorrow", "monday", "week"}

// snoozeUntil is the moment that a name of snoozes means, or what was typed as
// the desk's clock shows it; none wakes the ticket. What lies behind us is fault.BadInput.
func (p *portal) snoozeUntil(c *web.Context, name, typed string) (*time.Time, error) {
	if name == "wake" {
		return nil, nil //nolint:nilnil // no moment is an answer
	}
	if name == "" {
		until, err := snoozeTime(typed, p.Zone)
		if err == nil && (until == nil || !until.After(c.Now())) {
			err = fault.BadInput
		}
		return until, err
	}
	calendar, err := p.calendar(c)
	if err != nil {
		return nil, err
	}
	return snoozePreset(name, c.Now(), calendar)
}

// snoozePreset is a moment of snoozes: in two hours of work, or at the opening
// of the first working day from tomorrow, from Monday, or from a week from now.
func snoozePreset(name string, now time.Time, calendar hours.Calendar) (*time.Time, error) {
	today := hours.DateOf(now, calendar.Zone)
	day := today.AddDays(1)
	switch name {
	case "later":
		until, err := calendar.Add(now, 2*time.Hour)
		until = until.UTC()
		return &until, err
	case "tomorrow":
	case "monday":
		for day.Weekday() != time.Monday {
			day = day.AddDays(1)
		}
	case "week":
		day = today.AddDays(7)
	default:
		return nil, fault.BadInput
	}
	for range hours.Horizon {
		if windows := calendar.Windows(day); len(windows) > 0 {
			until := hours.At(calendar.Zone, day, windows[0].Open).UTC()
			return &until, nil
		}
		day = day.AddDays(1)
	}
	return nil, fault.BadInput
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

func snoozedUntil(ctx context.Context, on db.Querier, now time.Time) ([]string, error) {
	return db.All[string](ctx, on, `SELECT id FROM ticket WHERE snoozed_until IS NOT NULL AND snoozed_until <= ? ORDER BY snoozed_until LIMIT 500`, now)
}
