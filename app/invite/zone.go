package invite

import (
	"strconv"
	"time"

	ics "github.com/arran4/golang-ical"

	"loket/app/hours"
)

// change is a moment at which the clocks of a zone are put forward or back.
type change struct {
	at       time.Time
	from, to int // seconds ahead of UTC, before and after
	name     string
	summer   bool
}

// wall is what the clocks showed at the moment of the change, before it
// (RFC 5545, section 3.6.5: DTSTART of an observance), as if it were UTC.
func (c change) wall() time.Time { return c.at.Add(time.Duration(c.from) * time.Second).UTC() }

// timezone is the rules of a zone for moments between from and until, by Go's
// own tables. Most calendars want them as a yearly rule, so a zone that changes
// by the same two rules in the years around gets those; any other gets its
// changes one by one.
func timezone(zone *time.Location, from, until time.Time) *ics.VTimezone {
	tz := ics.NewTimezone(zone.String())
	first, last := from.In(zone).Year()-1, until.In(zone).Year()+1
	begin, end := newYear(zone, first), newYear(zone, last+1)
	all := changes(zone, begin, end)
	if rules, ok := yearly(all, first, last); ok {
		for i, rule := range rules {
			observe(tz, all[i], rule)
		}
		return tz
	}
	name, seconds := begin.Zone()
	observe(tz, change{at: begin, from: seconds, to: seconds, name: name, summer: begin.IsDST()}, "")
	for _, c := range all {
		observe(tz, c, "")
	}
	return tz
}

func newYear(zone *time.Location, year int) time.Time {
	return hours.At(zone, hours.Date{Year: year, Month: time.January, Day: 1}, 0)
}

// changes lists those after begin and before end, in order.
func changes(zone *time.Location, begin, end time.Time) (all []change) {
	for t := begin.In(zone); ; {
		_, next := t.ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			return all
		}
		_, before := t.Zone()
		name, after := next.Zone()
		if before != after {
			all = append(all, change{at: next, from: before, to: after, name: name, summer: next.IsDST()})
		}
		t = next
	}
}

// yearly finds the rules by which the first two changes come back in every
// year from first to last.
func yearly(all []change, first, last int) (rules [2]string, ok bool) {
	if len(all) != 2*(last-first+1) {
		return rules, false
	}
	for i := range rules {
		rule, fits := recurs(all[i:], first, last)
		if !fits {
			return rules, false
		}
		rules[i] = rule
	}
	return rules, true
}

// recurs describes every second change as the n-th or the last of a weekday in
// a month, if that is what they are.
func recurs(all []change, first, last int) (rule string, ok bool) {
	one := all[0]
	day := one.wall()
	for _, n := range []int{-1, (day.Day() + 6) / 7} {
		fits := true
		for year, i := first, 0; year <= last; year, i = year+1, i+2 {
			other := all[i].wall()
			fits = fits && other.Year() == year && other.Month() == day.Month() && other.Weekday() == day.Weekday() &&
				other.Format("1504") == day.Format("1504") && nth(other, n) && all[i].from == one.from && all[i].to == one.to
		}
		if fits {
			return "FREQ=YEARLY;BYMONTH=" + strconv.Itoa(int(day.Month())) + ";BYDAY=" + strconv.Itoa(n) + weekdays[day.Weekday()], true
		}
	}
	return "", false
}

var weekdays = [7]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// nth reports whether a day is the n-th of its weekday in its month; -1 is the last.
func nth(day time.Time, n int) bool {
	if n == -1 {
		return day.AddDate(0, 0, 7).Month() != day.Month()
	}
	return (day.Day()+6)/7 == n
}

// observe adds what the clocks show from a change on.
func observe(tz *ics.VTimezone, c change, rule string) {
	var part *ics.ComponentBase
	if c.summer {
		daylight := &ics.Daylight{}
		tz.Components = append(tz.Components, daylight)
		part = &daylight.ComponentBase
	} else {
		part = &tz.AddStandard().ComponentBase
	}
	part.SetProperty(ics.ComponentPropertyDtStart, c.wall().Format(local))
	part.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), offset(c.from))
	part.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), offset(c.to))
	part.SetProperty(ics.ComponentProperty(ics.PropertyTzname), c.name)
	if rule != "" {
		part.SetProperty(ics.ComponentPropertyRrule, rule)
	}
}
