package home

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/links"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// ownCalendar is the purpose of the address of a colleague's calendar.
const ownCalendar = "home.calendar"

// agendaDay is a day of the agenda: what is on, and why the desk is closed.
type agendaDay struct {
	Day     hours.Date
	Noon    time.Time
	Holiday string
	Items   []app.AgendaItem
}

// title is the day as a heading: "Dinsdag 24 november 2026".
func (d agendaDay) title(ctx context.Context) string {
	words := i18n.WeekdayLong(ctx, d.Day.Weekday()) + " " + i18n.DayLong(ctx, d.Noon)
	return strings.ToUpper(words[:1]) + words[1:]
}

type agendaPage struct {
	All                  bool
	Week                 int
	Days                 []agendaDay
	Before, After, Today string
	Mine, Everybody      string
	Made                 time.Time // of the calendar's address; zero without one
}

func (p agendaPage) tabs(ctx context.Context) []templates.Tab {
	return []templates.Tab{
		{Path: p.Mine, Label: i18n.T(ctx, "home.agenda.mine"), Current: !p.All},
		{Path: p.Everybody, Label: i18n.T(ctx, "home.agenda.all"), Current: p.All},
	}
}

// empty reports whether nothing is on and every day is an ordinary one.
func (p agendaPage) empty() bool {
	return !slices.ContainsFunc(p.Days, func(d agendaDay) bool { return len(d.Items) > 0 || d.Holiday != "" })
}

// monday is the first day of the week of a date.
func monday(d hours.Date) hours.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

func agendaPath(first hours.Date, all bool) string {
	q := url.Values{"from": {first.String()}}
	if all {
		q.Set("who", "all")
	}
	return "/staff/agenda?" + q.Encode()
}

// agenda shows a colleague his week, or that of everybody, over all counters
// where he works.
func (p *portal) agenda(c *web.Context) error {
	today := hours.DateOf(c.Now(), p.Zone)
	from, err := hours.ParseDate(c.Query("from"))
	if err != nil || from.Year < 2000 || from.Year > 2200 {
		from = today
	}
	first := monday(from)
	page := agendaPage{All: c.Query("who") == "all", Before: agendaPath(first.AddDays(-7), c.Query("who") == "all"), After: agendaPath(first.AddDays(7), c.Query("who") == "all")}
	page.Mine, page.Everybody = agendaPath(first, false), agendaPath(first, true)
	if first != monday(today) {
		page.Today = agendaPath(monday(today), page.All)
	}
	_, page.Week = noonOf(first, p.Zone).ISOWeek()
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	items, err := p.Agenda(c.Request.Context(), app.AgendaAsk{Who: *c.Account, All: page.All, From: hours.At(p.Zone, first, 0), To: hours.At(p.Zone, first.AddDays(7), 0)})
	if err != nil {
		return err
	}
	for i := range 7 {
		page.Days = append(page.Days, dayOf(first.AddDays(i), calendar, items, p.Zone, i18n.Lang(c)))
	}
	if page.Made, err = p.calendarMade(c, c.Account.ID); err != nil {
		return err
	}
	return c.Render(http.StatusOK, agendaView(page))
}

// ahead are the first two days of the coming week on which a colleague has
// something in his agenda.
func (p *portal) ahead(c *web.Context) (days []agendaDay, err error) {
	today := hours.DateOf(c.Now(), p.Zone)
	items, err := p.Agenda(c.Request.Context(), app.AgendaAsk{Who: *c.Account, From: c.Now(), To: hours.At(p.Zone, today.AddDays(7), 0)})
	if err != nil || len(items) == 0 {
		return nil, err
	}
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return nil, err
	}
	for i := 0; i < 7 && len(days) < 2; i++ {
		if day := dayOf(today.AddDays(i), calendar, items, p.Zone, i18n.Lang(c)); len(day.Items) > 0 {
			days = append(days, day)
		}
	}
	return days, nil
}

// noonOf stands for a date where only its name is written.
func noonOf(d hours.Date, zone *time.Location) time.Time { return hours.At(zone, d, hours.HM(12, 0)) }

// dayOf is a day with what of the items is on it.
func dayOf(d hours.Date, calendar hours.Calendar, items []app.AgendaItem, zone *time.Location, lang string) agendaDay {
	day := agendaDay{Day: d, Noon: noonOf(d, zone), Holiday: hours.HolidayName(calendar.Free(d), lang)}
	from, to := hours.At(zone, d, 0), hours.At(zone, d.AddDays(1), 0)
	for _, item := range items {
		if item.Start.Before(to) && (item.End.After(from) || item.Start.Equal(item.End) && !item.Start.Before(from)) {
			day.Items = append(day.Items, item)
		}
	}
	return day
}

// span is when an item is on a day: from when to when, by when, or all of it.
func span(ctx context.Context, item app.AgendaItem, day agendaDay) string {
	zone := i18n.Of(ctx).Zone
	from, to := hours.At(zone, day.Day, 0), hours.At(zone, day.Day.AddDays(1), 0)
	switch starts, ends := !item.Start.Before(from), !item.End.After(to); {
	case item.Start.Equal(item.End):
		return i18n.T(ctx, "home.agenda.by", i18n.Clock(ctx, item.Start))
	case !item.Start.After(from) && !item.End.Before(to):
		return i18n.T(ctx, "home.agenda.allday")
	case starts && ends:
		return i18n.Clock(ctx, item.Start) + "–" + i18n.Clock(ctx, item.End)
	case starts:
		return i18n.Clock(ctx, item.Start) + "–24:00"
	}
	return i18n.T(ctx, "home.agenda.until", i18n.Clock(ctx, item.End))
}

// calendarMade is when a colleague made the address of his calendar; the zero
// time when he has none that works.
func (p *portal) calendarMade(ctx context.Context, who string) (time.Time, error) {
	at, err := db.Get[time.Time](ctx, p.DB, `SELECT created_at FROM link WHERE purpose = ? AND account_id = ? AND expires_at > ? ORDER BY created_at DESC LIMIT 1`, ownCalendar, who, p.Now())
	if errors.Is(err, fault.NotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// makeCalendar makes the address of a colleague's calendar, in place of the one
// that he had. It is shown once: only its hash is kept.
func (p *portal) makeCalendar(c *web.Context) error {
	var secret string
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		secret, err = links.Only(c, tx, links.Link{Purpose: ownCalendar, AccountID: &c.Account.ID, Email: c.Account.Email}, c.Now(), 2*365*24*time.Hour)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/agenda", "home.agenda.feed.made", p.Config.URL+"/calendar/"+secret+".ics")
}

// stopCalendar ends the address.
func (p *portal) stopCalendar(c *web.Context) error {
	if _, err := db.Exec(c, p.DB, `DELETE FROM link WHERE purpose = ? AND account_id = ?`, ownCalendar, c.Account.ID); err != nil {
		return err
	}
	return c.RedirectTo("/staff/agenda", "home.agenda.feed.stopped")
}

// calendar is a colleague's agenda for his own calendar: what was in the last
// month and what comes in the next year. It says what he may see now: who has
// lost a field of work, or his account, has lost it here too.
func (p *portal) calendar(c *web.Context) error {
	c.Private()
	secret, isCalendar := strings.CutSuffix(c.Param("file"), ".ics")
	if !isCalendar {
		return fault.NotFound
	}
	link, err := links.Look(c, p.DB, ownCalendar, secret, c.Now())
	if err != nil {
		return err
	}
	if link.AccountID == nil {
		return fault.NotFound
	}
	who, err := account.ByID(c, p.DB, *link.AccountID)
	if err != nil {
		return err
	}
	if who.DisabledAt != nil || !who.Staff() {
		return fault.NotFound
	}
	ctx := p.Site.Catalog.With(c.Request.Context(), who.Lang, p.Zone, c.Now())
	items, err := p.Agenda(ctx, app.AgendaAsk{Who: who, From: c.Now().AddDate(0, -1, 0), To: c.Now().AddDate(1, 0, 0)})
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", invite.Feed(i18n.T(ctx, "home.agenda.calendar", who.Name), p.events(ctx, items)))
	return nil
}

// events are items as appointments; what is off, or only has to be done by
// then, is none.
func (p *portal) events(ctx context.Context, items []app.AgendaItem) (all []invite.Event) {
	for _, item := range items {
		if item.Off || item.Start.Equal(item.End) {
			continue
		}
		e := invite.Event{
			UID: item.UID, Sequence: item.Sequence, Start: item.Start, End: item.End, Zone: item.Zone, Summary: item.Title, Description: item.Note,
			Location: item.Where, URL: p.Config.URL + item.Path, Organizer: p.Organizer(), Stamp: p.Now(),
		}
		if item.Kind != "" {
			e.Summary = item.Kind + ": " + item.Title
		}
		if item.Open {
			e.Summary += " (" + i18n.T(ctx, "home.agenda.open") + ")"
		}
		all = append(all, e)
	}
	return all
}
