package hours

import "time"

// Kind is what a clock does in a segment.
type Kind string

const (
	Running Kind = "open"   // the desk is open and the clock runs
	Paused  Kind = "paused" // the desk is open and the clock stands still
	Shut    Kind = "closed" // the desk is closed
)

// Segment is a stretch, [From, To), of one date in which a clock does one thing.
type Segment struct {
	Day      Date
	From, To time.Time // in the zone of the calendar
	Kind     Kind
	Why      string // of a closed segment: [ClosedDay] or the key of a holiday, if that is why
}

// Length is how long the segment lasts. Those of the running segments add up to
// [Calendar.Elapsed].
func (s Segment) Length() time.Duration { return s.To.Sub(s.From) }

// Explain tells what a clock did from one moment to another, without gaps: per
// date, when it ran, when it was paused in open time, and when the desk was
// closed. It tells of the first ten years at most.
func (c Calendar) Explain(from, to time.Time, pauses []Pause) []Segment {
	if far := from.AddDate(0, 0, Horizon); to.After(far) {
		to = far
	}
	if !from.Before(to) {
		return nil
	}
	story := story{calendar: c, told: from.In(c.zone())}
	stops := united(pauses)
	c.spans(from, int(to.Sub(from)/(24*time.Hour))+2, func(s span) bool {
		if !s.from.Before(to) {
			return false
		}
		s = s.within(from, to)
		story.tell(s.from, Shut)
		running(s, &stops, func(r span) bool {
			story.tell(r.from, Paused)
			story.tell(r.to, Running)
			return true
		})
		story.tell(s.to, Paused)
		return true
	})
	story.tell(to, Shut)
	return story.segments
}

// story is an explanation in the making: all up to told.
type story struct {
	calendar Calendar
	told     time.Time
	segments []Segment
}

// tell adds what the clock did up to a moment, cut at midnight.
func (s *story) tell(upTo time.Time, kind Kind) {
	zone := s.calendar.zone()
	for s.told.Before(upTo) {
		day := DateOf(s.told, zone)
		end := At(zone, day.AddDays(1), 0)
		// Where midnight comes twice, the clock may show yesterday after it.
		if end.After(upTo) || !end.After(s.told) {
			end = upTo.In(zone)
		}
		s.add(Segment{Day: day, From: s.told, To: end, Kind: kind})
		s.told = end
	}
}

// add adds a segment, or makes the last one longer if it only goes on.
func (s *story) add(next Segment) {
	if n := len(s.segments); n > 0 && s.segments[n-1].Day == next.Day && s.segments[n-1].Kind == next.Kind {
		s.segments[n-1].To = next.To
		return
	}
	if _, other := s.calendar.Exceptions[next.Day]; next.Kind == Shut && !other {
		next.Why = s.calendar.Free(next.Day)
	}
	s.segments = append(s.segments, next)
}

// Part is a piece of a clock bar. Left and Right are where it begins and ends,
// as fractions of the width of the bar.
type Part struct {
	Kind        Kind
	Left, Right float64
	From, To    time.Time
}

// Bar is a clock drawn as a bar from its start to its due moment. Open time has
// its width by its length; every stretch in which the clock stands still is
// pressed together into a narrow piece of one width.
type Bar struct {
	Parts []Part  // side by side, from 0 to 1
	Now   float64 // where now is, from 0 to 1
	Gone  float64 // how much of the working time is used up, from 0 to 1
}

const (
	narrow    = 0.12 // of the bar: a stretch in which the clock stands still
	narrowest = 0.4  // of the bar: all of these together, at most
)

// Bar draws the clock that started at start and is due at due, as it is now. A
// clock without any time from start to due has no parts and is used up.
func (c Calendar) Bar(start, due, now time.Time, pauses []Pause) Bar {
	bar := Bar{Now: 1, Gone: 1}
	var open time.Duration
	still := 0
	for _, s := range c.Explain(start, due, pauses) {
		if n := len(bar.Parts); n > 0 && bar.Parts[n-1].Kind == s.Kind {
			bar.Parts[n-1].To = s.To
		} else {
			bar.Parts = append(bar.Parts, Part{Kind: s.Kind, From: s.From, To: s.To})
			if s.Kind != Running {
				still++
			}
		}
		if s.Kind == Running {
			open += s.Length()
		}
	}
	bar.layOut(open, still)
	if len(bar.Parts) > 0 {
		bar.point(now)
	}
	if open > 0 {
		bar.Gone = min(1, float64(c.Elapsed(start, now, pauses))/float64(open))
	}
	return bar
}

// layOut gives the parts their places: open time by length, the rest narrow.
func (b *Bar) layOut(open time.Duration, still int) {
	each := 0.0
	if still > 0 {
		each = min(narrow, narrowest/float64(still))
		if open == 0 {
			each = 1 / float64(still)
		}
	}
	left := 0.0
	for i := range b.Parts {
		p := &b.Parts[i]
		width := each
		if p.Kind == Running {
			width = (1 - each*float64(still)) * float64(p.To.Sub(p.From)) / float64(open)
		}
		p.Left, p.Right = left, min(1, left+width)
		left = p.Right
	}
	if n := len(b.Parts); n > 0 {
		b.Parts[n-1].Right = 1
	}
}

// point finds where now is.
func (b *Bar) point(now time.Time) {
	b.Now = 0
	for _, p := range b.Parts {
		switch {
		case !now.Before(p.To):
			b.Now = p.Right
		case now.After(p.From):
			b.Now = p.Left + (p.Right-p.Left)*float64(now.Sub(p.From))/float64(p.To.Sub(p.From))
		}
	}
}
