package privacy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"loket/app/hours"
)

// Period is a calendar period. Months and years keep the number of the day and
// clamp it to the end of the month (Regulation 1182/71, art. 3(2)(c)): 31
// January + 1 month = 28 February. time.AddDate overflows there.
type Period struct{ Years, Months, Weeks, Days int }

// IsZero reports whether p is no time at all: "until" instead of "after".
func (p Period) IsZero() bool { return p == Period{} }

// Add is the day on which p, counted from day d, is over.
func (p Period) Add(d hours.Date) hours.Date {
	first := time.Date(d.Year+p.Years, d.Month+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	start := hours.Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
	return start.AddDays(7*p.Weeks + p.Days)
}

// Cutoff is the last day c for which c + p is not after today, so that SQL
// needs no more than a comparison. Because of the clamping it is not simply today - p.
func (p Period) Cutoff(today hours.Date) hours.Date {
	c := Period{-p.Years, -p.Months, -p.Weeks, -p.Days}.Add(today).AddDays(4)
	for p.Add(c).Compare(today) > 0 {
		c = c.AddDays(-1)
	}
	return c
}

// In spells the period out in lang. The number that people read is the number
// that the program uses.
func (p Period) In(lang string) string {
	var parts []string
	add := func(n int, one, many Text) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one.In(lang))
		case n != 0:
			parts = append(parts, strconv.Itoa(n)+" "+many.In(lang))
		}
	}
	add(p.Years, Text{"jaar", "year"}, Text{"jaar", "years"})
	add(p.Months, Text{"maand", "month"}, Text{"maanden", "months"})
	add(p.Weeks, Text{"week", "week"}, Text{"weken", "weeks"})
	add(p.Days, Text{"dag", "day"}, Text{"dagen", "days"})
	if lang == "nl" {
		return strings.Join(parts, " en ")
	}
	return strings.Join(parts, " and ")
}

// String is the period as ISO 8601 writes it: P1Y6W.
func (p Period) String() string {
	s := "P"
	for _, part := range []struct {
		n    int
		unit string
	}{{p.Years, "Y"}, {p.Months, "M"}, {p.Weeks, "W"}, {p.Days, "D"}} {
		if part.n != 0 {
			s += strconv.Itoa(part.n) + part.unit
		}
	}
	if s == "P" {
		return "P0D"
	}
	return s
}

// ParsePeriod reads what String writes.
func ParsePeriod(s string) (p Period, err error) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return p, fmt.Errorf("%q is no period such as P6W", s)
	}
	for rest != "" {
		i := strings.IndexAny(rest, "YMWD")
		if i < 1 {
			return p, fmt.Errorf("%q is no period such as P6W", s)
		}
		n, err := strconv.Atoi(rest[:i])
		if err != nil || n < 0 || n > 1000 {
			return p, fmt.Errorf("%q is no period such as P6W", s)
		}
		switch rest[i] {
		case 'Y':
			p.Years = n
		case 'M':
			p.Months = n
		case 'W':
			p.Weeks = n
		case 'D':
			p.Days = n
		}
		rest = rest[i+1:]
	}
	return p, nil
}

// MarshalText writes the period as String does.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (p *Period) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePeriod(string(text))
	return err
}

// roughly is the length in days, to tell a longer term from a shorter one.
func (p Period) roughly() int { return p.Years*365 + p.Months*30 + p.Weeks*7 + p.Days }
