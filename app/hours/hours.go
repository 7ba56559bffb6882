// Package hours knows when the desk is open: wall clocks and instants, office
// hours, holidays, and the deadlines that follow from them.
//
// Everything here is a pure function of its arguments: no clock, no database,
// no state. A [Calendar] says when the desk is open, a [Target] how much time a
// promise takes, a [Pause] when its clock stood still; [Calendar.Due] and
// [Target.Due] say when the promise must have been kept and
// [Calendar.Explain] shows how that time was spent.
//
// Three rules hold everywhere:
//
//   - Windows are half-open, [open, close): at 17:00 a desk that closes at
//     17:00 is closed, and a target used up exactly at closing is due at
//     closing, not at the next opening.
//   - A target starts to count at its start, or at the next opening when that
//     is outside hours.
//   - Wall clocks become instants in [At] and nowhere else in the program.
//
// Every search ahead is bounded by [Horizon].
package hours

import (
	"time"
	_ "time/tzdata" // a deadline must not depend on the zone files of the machine
)

// Clock is a reading of a wall clock: the time since 00:00 as the hands show
// it, whatever the sun or the law did that night. It is from 00:00 to 24:00 in
// a window; [At] takes any, so 26:00 is two o'clock the next day.
type Clock time.Duration

// Midnight is the end of a day as windows write it.
const Midnight = Clock(24 * time.Hour)

// HM is the clock at an hour and a minute.
func HM(hour, minute int) Clock {
	return Clock(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// ClockOf is what the clock in a zone shows at an instant.
func ClockOf(t time.Time, zone *time.Location) Clock {
	local := t.In(zone)
	hour, minute, second := local.Clock()
	return HM(hour, minute) + Clock(time.Duration(second)*time.Second+time.Duration(local.Nanosecond()))
}

// At is the instant at which the clock in a zone shows a time on a date. It
// follows RFC 5545, section 3.3.5: a time that comes twice means the first; a
// time that is skipped is read with the offset from before the gap, so 02:30
// in an hour that jumps from 02:00 to 03:00 is 03:30.
//
// The standard library promises neither, so this is the only place in the
// program where a wall clock becomes an instant.
func At(zone *time.Location, d Date, c Clock) time.Time {
	wall := d.utc().Add(time.Duration(c)) // what the hands show, as if it were UTC
	probe := wall.Add(-farthest).In(zone)
	for {
		t := wall.Add(-offset(probe))
		_, change := probe.ZoneBounds()
		if change.IsZero() || t.Before(change) {
			return t.In(zone)
		}
		if skipped := wall.Add(-offset(change)).Before(change); skipped {
			return t.In(zone)
		}
		probe = change
	}
}

// farthest is more than any place on Earth was ever ahead of UTC.
const farthest = 24 * time.Hour

// offset is how far the zone of t is ahead of UTC at t.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
