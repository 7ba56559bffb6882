package hours

import (
	"encoding/json"
	"slices"
	"time"
)

// Horizon is how many days ahead a deadline is looked for: ten years.
const Horizon = 3660

// Week is the windows of each weekday, by [time.Weekday].
type Week [7][]Window

// Weekdays is a week with the same windows from Monday to Friday.
func Weekdays(windows ...Window) Week {
	return Week{time.Monday: windows, time.Tuesday: windows, time.Wednesday: windows, time.Thursday: windows, time.Friday: windows}
}

// Calendar says when a desk is open. The zero value is never open.
type Calendar struct {
	Zone       *time.Location    // where its wall clock hangs; none is UTC
	Week       Week              // its windows in a usual week
	Closed     []Date            // days without any
	Exceptions map[Date][]Window // days with other windows, or none; they win over Closed and Dutch
	Dutch      *Options          // Dutch holidays, in every year; none if nil
}

// zone is the zone of the calendar.
func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Windows is the windows that open on a date: those of the exception if there
// is one, none on a closed day or a holiday, else those of the weekday.
func (c Calendar) Windows(d Date) []Window {
	if windows, found := c.Exceptions[d]; found {
		return windows
	}
	if windows := c.Week[d.Weekday()]; len(windows) == 0 || c.Free(d) == "" {
		return windows
	}
	return nil
}

// ClosedDay is what Free says of a date that is closed by name.
const ClosedDay = "closed"

// Free is why the weekday does not count on a date without an exception:
// [ClosedDay], the key of a holiday, or nothing.
func (c Calendar) Free(d Date) string {
	if slices.Contains(c.Closed, d) {
		return ClosedDay
	}
	if c.Dutch != nil {
		holiday, _ := c.Dutch.Holiday(d)
		return holiday.Key
	}
	return ""
}

// Validate refuses, with [Invalid], a calendar that nobody can mean: without a
// zone or any open window in the week, with impossible times, or with windows
// that overlap, also over midnight. Windows may touch.
func (c Calendar) Validate() error {
	if c.Zone == nil || c.Zone == time.Local {
		return Invalid{Problem: BadZone}
	}
	for _, windows := range c.Week {
		if err := checkDay(windows); err != nil {
			return err
		}
	}
	for _, windows := range c.Exceptions {
		if err := checkDay(windows); err != nil {
			return err
		}
	}
	if c.Dutch != nil {
		switch c.Dutch.LiberationDay {
		case Never, Lustrum, Yearly:
		default:
			return Invalid{Problem: BadOption, Text: string(c.Dutch.LiberationDay)}
		}
	}
	return checkWeek(c.Week)
}

// checkWeek refuses a week without windows and one in which a window runs over
// midnight into another. The days by themselves are in order.
func checkWeek(week Week) error {
	open := false
	for weekday, windows := range week {
		open = open || len(windows) > 0
		for _, w := range windows {
			for _, next := range week[(weekday+1)%7] {
				if w.Open+w.length() > next.Open+Midnight {
					return Invalid{Problem: Overlap, Text: w.String() + ", " + next.String()}
				}
			}
		}
	}
	if !open {
		return Invalid{Problem: NeverOpen}
	}
	return nil
}

// stored is a calendar as JSON has it.
type stored struct {
	Zone       string              `json:"tz"`
	Hours      map[string][]Window `json:"hours"`
	Closed     []Date              `json:"holidays"`
	Exceptions map[Date][]Window   `json:"exceptions"`
	Dutch      *Options            `json:"dutch,omitempty"`
}

// MarshalJSON writes the calendar: tz, hours by the English name of the
// weekday, holidays (closed dates), exceptions by date, and dutch if set.
func (c Calendar) MarshalJSON() ([]byte, error) {
	s := stored{c.zone().String(), map[string][]Window{}, c.Closed, map[Date][]Window{}, c.Dutch}
	for weekday, windows := range c.Week {
		if len(windows) > 0 {
			s.Hours[time.Weekday(weekday).String()] = windows
		}
	}
	for date, windows := range c.Exceptions {
		s.Exceptions[date] = append([]Window{}, windows...)
	}
	if s.Closed == nil {
		s.Closed = []Date{}
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON writes. It refuses unknown days and
// zones and unreadable times; whether the calendar makes sense is for Validate.
func (c *Calendar) UnmarshalJSON(text []byte) error {
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	zone, err := Zone(s.Zone)
	if err != nil {
		return err
	}
	read := Calendar{Zone: zone, Closed: s.Closed, Exceptions: s.Exceptions, Dutch: s.Dutch}
	for name, windows := range s.Hours {
		weekday := slices.IndexFunc(weekdays[:], func(d time.Weekday) bool { return d.String() == name })
		if weekday < 0 {
			return Invalid{Problem: BadDay, Text: name}
		}
		read.Week[weekday] = windows
	}
	*c = read
	return nil
}

var weekdays = [...]time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}

// Zone is the time zone with a name from the IANA list. The empty name and
// "Local", which mean another place on each machine, are refused with [Invalid].
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, Invalid{Problem: BadZone, Text: name}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, Invalid{Problem: BadZone, Text: name}
	}
	return zone, nil
}
