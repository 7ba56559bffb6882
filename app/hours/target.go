package hours

import (
	"strconv"
	"time"
)

// Unit is what a target is counted in.
type Unit string

const (
	Minutes      Unit = "minutes"       // minutes in which the desk is open
	WorkingDays  Unit = "working_days"  // dates on which the desk opens
	CalendarDays Unit = "calendar_days" // dates, whether or not the desk opens
)

// Target is how much time a promise takes: 240 minutes, 2 working days.
type Target struct {
	Amount int  `json:"amount"`
	Unit   Unit `json:"unit"`
}

// Validate refuses, with [Invalid], an unknown unit, and an amount below zero or
// so large that no clock could reach it within the [Horizon].
func (t Target) Validate() error {
	limit, known := map[Unit]int{Minutes: Horizon * 24 * 60, WorkingDays: Horizon, CalendarDays: Horizon}[t.Unit]
	if !known || t.Amount < 0 || t.Amount > limit {
		return Invalid{Problem: BadTarget, Text: strconv.Itoa(t.Amount) + " " + string(t.Unit)}
	}
	return nil
}

// Due is when a promise that starts to count at start must have been kept.
//
// Minutes are minutes of [Calendar.Due].
//
// Working days: the same clock time so many working days later, counted from
// the start or, outside hours, from the next opening. Two working days from
// Friday 16:50 is Tuesday 16:50. Where that clock time is outside hours the
// promise is due at the closing before it, since no working time lies between:
// two working days from Saturday count from Monday 08:30 and are due on Tuesday
// at 17:00, not on Wednesday at 08:30. So with days of one length N working days
// are exactly N times that length. A pause moves the deadline by the working
// time that it takes.
//
// Calendar days: the same clock time so many dates later, open or not. A pause
// moves the deadline by its whole length.
//
// The errors are those of [Calendar.Due] and Validate.
func (t Target) Due(c Calendar, start time.Time, pauses []Pause) (time.Time, error) {
	if err := t.Validate(); err != nil {
		return time.Time{}, err
	}
	switch t.Unit {
	case CalendarDays:
		return t.dueByDate(c.zone(), start, pauses)
	case WorkingDays:
		length, err := t.workingDays(c, start)
		if err != nil {
			return time.Time{}, err
		}
		return c.Due(start, length, pauses)
	}
	return c.Due(start, time.Duration(t.Amount)*time.Minute, pauses)
}

// dueByDate is Due for calendar days.
func (t Target) dueByDate(zone *time.Location, start time.Time, pauses []Pause) (time.Time, error) {
	end := At(zone, DateOf(start, zone).AddDays(t.Amount), ClockOf(start, zone))
	// In an hour that comes twice, no days from its second pass would be its first.
	m := meter{left: max(0, end.Sub(start)), stops: united(pauses)}
	m.take(span{from: start, to: end.AddDate(0, 0, Horizon)})
	return m.result(zone)
}

// workingDays is the working time from start to the same clock time so many
// working days later.
func (t Target) workingDays(c Calendar, start time.Time) (time.Duration, error) {
	var first span
	c.spans(start, Horizon, func(s span) bool {
		first = s
		return false
	})
	if first.to.IsZero() {
		return 0, ErrFar
	}
	if first.from.Before(start) {
		first.from = start
	}
	zone := c.zone()
	// In a window that runs over midnight the clock of its own day goes past 24:00.
	clock := ClockOf(first.from, zone)
	if DateOf(first.from, zone) != first.day {
		clock += Midnight
	}
	day := first.day
	for n, tries := t.Amount, 0; n > 0; tries++ {
		if tries > Horizon {
			return 0, ErrFar
		}
		if day = day.AddDays(1); len(c.Windows(day)) > 0 {
			n--
		}
	}
	return c.Working(first.from, At(zone, day, clock)), nil
}
