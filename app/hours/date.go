package hours

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a day on the calendar, without a zone or a time.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date in a zone at an instant.
func DateOf(t time.Time, zone *time.Location) Date {
	year, month, day := t.In(zone).Date()
	return Date{year, month, day}
}

// ParseDate reads a date written as 2006-01-02. A day that does not exist,
// such as 30 February, is refused with [Invalid].
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, Invalid{Problem: BadDate, Text: s}
	}
	return DateOf(t, time.UTC), nil
}

// String writes the date as 2006-01-02.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays is the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(d.utc().AddDate(0, 0, n), time.UTC)
}

// Compare is negative if d comes before e, zero if they are the same day and
// positive if d comes after e.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// IsZero reports whether d was never set.
func (d Date) IsZero() bool { return d == Date{} }

// MarshalText writes the date as 2006-01-02, in JSON also as a key.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// utc is the date as a moment that calculates: its midnight in UTC.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
