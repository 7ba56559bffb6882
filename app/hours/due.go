package hours

import (
	"errors"
	"slices"
	"time"
)

// Pause is a stretch, [From, To), in which a clock stands still, such as while
// a ticket waits for its customer. Without To it lasts until further notice; a
// To that is not after From makes it empty. Pauses may come in any order and
// overlap.
type Pause struct{ From, To time.Time }

// ErrFar is the error for a deadline that is not reached within the [Horizon].
var ErrFar = errors.New("hours: not reached within ten years")

// ErrPaused is the error for a deadline that cannot be told, because the clock
// stands still until further notice.
var ErrPaused = errors.New("hours: the clock stands still")

// Add is when a desk has been open for d since start: due exactly at closing if
// it is used up then. With a d of zero it is the start, or the next opening if
// the desk is closed at the start. The error is [ErrFar], or [Invalid] if d is
// negative.
func (c Calendar) Add(start time.Time, d time.Duration) (time.Time, error) {
	return c.Due(start, d, nil)
}

// Due is Add with a clock that stands still during pauses. Only what a pause
// takes of open time moves the deadline. The error may also be [ErrPaused].
func (c Calendar) Due(start time.Time, d time.Duration, pauses []Pause) (time.Time, error) {
	if d < 0 {
		return time.Time{}, Invalid{Problem: BadTarget, Text: d.String()}
	}
	m := meter{left: d, stops: united(pauses)}
	c.spans(start, Horizon, func(s span) bool {
		if s.from.Before(start) {
			s.from = start
		}
		return m.take(s)
	})
	return m.result(c.zone())
}

// meter uses up a target, span by span.
type meter struct {
	left  time.Duration
	stops []Pause
	due   time.Time
	done  bool
}

// take uses up what it can of s and reports whether it wants more.
func (m *meter) take(s span) bool {
	running(s, &m.stops, func(r span) bool {
		length := r.to.Sub(r.from)
		if m.done = m.left <= length; m.done {
			m.due = r.from.Add(m.left)
		} else {
			m.left -= length
		}
		return !m.done
	})
	return !m.done && !m.stuck(s.to)
}

// stuck reports whether the clock stands still for good from some moment before t.
func (m *meter) stuck(t time.Time) bool {
	return len(m.stops) > 0 && m.stops[0].To.IsZero() && m.stops[0].From.Before(t)
}

// result is when the target was used up, on the clock of a zone.
func (m *meter) result(zone *time.Location) (time.Time, error) {
	switch {
	case m.done:
		return m.due.In(zone), nil
	case len(m.stops) > 0 && m.stops[0].To.IsZero():
		return time.Time{}, ErrPaused
	}
	return time.Time{}, ErrFar
}

// running gives yield the parts of s in which the clock runs. It drops the
// stops that ended before s does, so spans must come in order.
func running(s span, stops *[]Pause, yield func(span) bool) {
	for s.from.Before(s.to) && len(*stops) > 0 {
		stop := (*stops)[0]
		endless := stop.To.IsZero()
		if !stop.From.Before(s.to) {
			break
		}
		if stop.From.After(s.from) && !yield(span{s.from, stop.From, s.day}) {
			return
		}
		if endless || stop.To.After(s.to) {
			return
		}
		if stop.To.After(s.from) {
			s.from = stop.To
		}
		*stops = (*stops)[1:]
	}
	if s.from.Before(s.to) {
		yield(s)
	}
}

// united is the pauses in order, the empty ones left out and those that overlap
// or touch made one.
func united(pauses []Pause) []Pause {
	if len(pauses) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(pauses), func(a, b Pause) int { return a.From.Compare(b.From) })
	merged := sorted[:0]
	for _, p := range sorted {
		if !p.To.IsZero() && !p.From.Before(p.To) {
			continue
		}
		if n := len(merged); n > 0 && (merged[n-1].To.IsZero() || !merged[n-1].To.Before(p.From)) {
			if last := &merged[n-1]; !last.To.IsZero() && (p.To.IsZero() || p.To.After(last.To)) {
				last.To = p.To
			}
			continue
		}
		merged = append(merged, p)
	}
	return merged
}
