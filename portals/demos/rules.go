package demos

import (
	"slices"
	"time"

	"loket/app/hours"
)

// Plan is what an event type asks of a moment.
type Plan struct {
	Duration, Step time.Duration // a step of zero is the duration
	Before, After  time.Duration // buffers: the host is not free for others in them
	Notice         time.Duration // at least so long before the start; inclusive
	Days           int           // bookable up to and including so many host-local dates ahead; zero is no end
	Daily, Weekly  int           // most bookings per host-local date and per week from Monday; zero is no limit
}

// Block is a stretch in which a host is not free: [From, To), buffers included.
// A booking that counts for the limits has the Start of its appointment.
type Block struct {
	From, To time.Time
	Counts   bool
	Start    time.Time
}

// Diary is when a host can be booked: the windows of the weekday, or those of
// the date where it has its own (none: a day off), minus the blocks.
type Diary struct {
	Zone  *time.Location
	Week  hours.Week
	Dated map[hours.Date][]hours.Window
	Busy  []Block
}

// Slots is the moments in [from, to) at which an appointment can begin, in
// order. Starts lie a whole number of steps, in elapsed time, after the opening
// of a window, and the appointment ends inside it; buffers may lie outside.
// Blocks may touch. Wall clocks become instants in hours.At and nowhere else.
func Slots(p Plan, d Diary, from, to, now time.Time) []time.Time {
	step := p.Step
	if step <= 0 {
		step = p.Duration
	}
	if step <= 0 || p.Duration <= 0 || !from.Before(to) {
		return nil
	}
	if earliest := now.Add(p.Notice); from.Before(earliest) {
		from = earliest
	}
	last := hours.DateOf(now, d.Zone).AddDays(p.Days)
	perDay, perWeek := counted(d)
	busy := united(d.Busy)
	var starts []time.Time
	// Two days back: a window may run over midnight, into a date that the zone skipped.
	for day := hours.DateOf(from, d.Zone).AddDays(-2); day.Compare(hours.DateOf(to, d.Zone)) <= 0; day = day.AddDays(1) {
		for _, w := range d.windows(day) {
			opens, closes := ends(d.Zone, day, w)
			for start := opens; !start.Add(p.Duration).After(closes); start = start.Add(step) {
				on := hours.DateOf(start, d.Zone)
				switch {
				case start.Before(from), !start.Before(to),
					p.Days > 0 && on.Compare(last) > 0,
					p.Daily > 0 && perDay[on] >= p.Daily,
					p.Weekly > 0 && perWeek[monday(on)] >= p.Weekly,
					!free(busy, start.Add(-p.Before), start.Add(p.Duration+p.After)):
				default:
					starts = append(starts, start)
				}
			}
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	return slices.CompactFunc(starts, time.Time.Equal)
}

// Free reports whether an appointment can begin at that very moment.
func Free(p Plan, d Diary, start, now time.Time) bool {
	return len(Slots(p, d, start, start.Add(time.Microsecond), now)) > 0
}

// Holds reports whether a window of the diary has all of [from, to).
func (d Diary) Holds(from, to time.Time) bool {
	for day := hours.DateOf(from, d.Zone).AddDays(-1); day.Compare(hours.DateOf(from, d.Zone)) <= 0; day = day.AddDays(1) {
		for _, w := range d.windows(day) {
			if opens, closes := ends(d.Zone, day, w); !from.Before(opens) && !to.After(closes) {
				return true
			}
		}
	}
	return false
}

func (d Diary) windows(day hours.Date) []hours.Window {
	if windows, own := d.Dated[day]; own {
		return windows
	}
	return d.Week[day.Weekday()]
}

// ends is a window as instants; one that closes no later than it opens runs over
// midnight and belongs to the day on which it opens.
func ends(zone *time.Location, day hours.Date, w hours.Window) (opens, closes time.Time) {
	close := w.Close
	if close <= w.Open {
		close += hours.Midnight
	}
	return hours.At(zone, day, w.Open), hours.At(zone, day, close)
}

// united is the blocks in order, those that overlap made one.
func united(blocks []Block) (all []Block) {
	sorted := slices.Clone(blocks)
	slices.SortFunc(sorted, func(a, b Block) int { return a.From.Compare(b.From) })
	for _, b := range sorted {
		switch last := len(all) - 1; {
		case !b.From.Before(b.To): // empty
		case last >= 0 && b.From.Before(all[last].To):
			if b.To.After(all[last].To) {
				all[last].To = b.To
			}
		default:
			all = append(all, b)
		}
	}
	return all
}

// free reports whether no block has anything of [from, to).
func free(united []Block, from, to time.Time) bool {
	i, _ := slices.BinarySearchFunc(united, from, func(b Block, from time.Time) int {
		if b.To.After(from) {
			return 1
		}
		return -1
	})
	return i == len(united) || !united[i].From.Before(to)
}

// counted is how many bookings the host has per date and per week.
func counted(d Diary) (perDay, perWeek map[hours.Date]int) {
	perDay, perWeek = map[hours.Date]int{}, map[hours.Date]int{}
	for _, b := range d.Busy {
		if b.Counts {
			on := hours.DateOf(b.Start, d.Zone)
			perDay[on]++
			perWeek[monday(on)]++
		}
	}
	return perDay, perWeek
}

// monday is the first day of the week of a date.
func monday(d hours.Date) hours.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// remind is which reminder a prospect is owed now: "day" the day before at the
// same time on his clock, "hour" an hour before, or none. One that came in
// between is not sent after all, and whoever booked after its moment never gets
// it. Nothing is sent once the appointment has begun.
func remind(start, booked, now time.Time, zone *time.Location, sent string) string {
	if !now.Before(start) {
		return ""
	}
	hour := start.Add(-time.Hour)
	day := hours.At(zone, hours.DateOf(start, zone).AddDays(-1), hours.ClockOf(start, zone))
	switch {
	case !now.Before(hour):
		if sent != "hour" && booked.Before(hour) {
			return "hour"
		}
	case !now.Before(day):
		if sent == "" && booked.Before(day) {
			return "day"
		}
	}
	return ""
}

// ask is how often a host has to have been asked by now to record what came of
// an appointment that ended then: an hour after it, three days, two weeks and,
// a week before the data goes for good, once more.
func ask(ended, now time.Time) (times int) {
	for _, after := range []time.Duration{time.Hour, 3 * 24 * time.Hour, 14 * 24 * time.Hour, 23 * 24 * time.Hour} {
		if !now.Before(ended.Add(after)) {
			times++
		}
	}
	return times
}
