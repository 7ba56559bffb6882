package hours

import (
	"slices"
	"time"
)

// span is a stretch of real time, [from, to), that belongs to a date.
type span struct {
	from, to time.Time
	day      Date
}

// spans gives yield the stretches in which the calendar is open and that end
// after a moment, in order and never overlapping, until yield says stop or a
// number of days has passed. Stretches may touch. The first may have begun
// before the moment.
func (c Calendar) spans(after time.Time, days int, yield func(span) bool) {
	zone := c.zone()
	var room [4]span
	var last time.Time
	// Two days back: a window may run over midnight, into a date that the zone skipped.
	day := DateOf(after, zone).AddDays(-2)
	dawn := At(zone, day, 0)
	for range days + 3 {
		next := day.AddDays(1)
		dusk := At(zone, next, 0)
		for _, s := range c.opened(room[:0], day, dawn, dusk) {
			if s.from.Before(last) {
				s.from = last
			}
			if !s.from.Before(s.to) {
				continue
			}
			last = s.to
			if s.to.After(after) && !yield(s) {
				return
			}
		}
		day, dawn = next, dusk
	}
}

// opened adds the windows of a date, which lasts from dawn to dusk, as spans in
// order. A date that the zone skips (Apia had no 30 December 2011) has none.
func (c Calendar) opened(to []span, day Date, dawn, dusk time.Time) []span {
	windows := c.Windows(day)
	if len(windows) == 0 || !dawn.Before(dusk) {
		return to
	}
	zone := c.zone()
	for _, w := range windows {
		to = append(to, span{At(zone, day, w.Open), At(zone, day, w.Open+w.length()), day})
	}
	if len(to) > 1 {
		slices.SortFunc(to, func(a, b span) int { return a.from.Compare(b.from) })
	}
	return to
}

// Open reports whether the desk is open at a moment.
func (c Calendar) Open(t time.Time) (open bool) {
	c.spans(t, 0, func(s span) bool {
		open = !t.Before(s.from)
		return false
	})
	return open
}

// NextChange is when the desk, if it is open at a moment, closes, and if it is
// closed, opens. It is false if nothing changes within a year: a desk that
// never closes, or never opens.
func (c Calendar) NextChange(t time.Time) (change time.Time, found bool) {
	c.spans(t, 366, func(s span) bool {
		switch {
		case change.IsZero() && s.from.After(t):
			change, found = s.from, true
		case change.IsZero() || s.from.Equal(change):
			change = s.to
			return true
		default:
			found = true
		}
		return false
	})
	if found || !change.IsZero() && change.Before(t.AddDate(1, 0, 0)) {
		return change, true
	}
	return time.Time{}, false
}

// NextOpening is the moment itself if the desk is then open, else when it opens
// next; [ErrFar] if it does not within the [Horizon].
func (c Calendar) NextOpening(t time.Time) (time.Time, error) { return c.Add(t, 0) }

// Working is how long the desk is open from one moment to another; zero if the
// second is not after the first. Stretches of more than a century count for
// their first century.
func (c Calendar) Working(from, to time.Time) time.Duration { return c.Elapsed(from, to, nil) }

// Elapsed is how much of Working was not paused: what a clock that started at
// from shows at to.
func (c Calendar) Elapsed(from, to time.Time, pauses []Pause) (sum time.Duration) {
	if !from.Before(to) {
		return 0
	}
	days := min(to.Sub(from)/(24*time.Hour)+2, century)
	stops := united(pauses)
	c.spans(from, int(days), func(s span) bool {
		if !s.from.Before(to) {
			return false
		}
		s = s.within(from, to)
		running(s, &stops, func(r span) bool {
			sum += r.to.Sub(r.from)
			return true
		})
		return true
	})
	return sum
}

const century = 36525

// within is the part of s that lies from one moment to another.
func (s span) within(from, to time.Time) span {
	if s.from.Before(from) {
		s.from = from
	}
	if s.to.After(to) {
		s.to = to
	}
	return s
}
