package hours

import (
	"slices"
	"time"
)

// Holiday is a day on which the Netherlands is free.
type Holiday struct {
	Date Date
	Key  string // one of the keys below, for texts and for Name
}

// Name is the name of the holiday in Dutch ("nl") or else in English.
func (h Holiday) Name(language string) string { return HolidayName(h.Key, language) }

// HolidayName is the name that belongs to the key of a holiday, in Dutch ("nl")
// or else in English; it is empty for a key that is none.
func HolidayName(key, language string) string {
	if language == "nl" {
		return names[key].nl
	}
	return names[key].en
}

var names = map[string]struct{ nl, en string }{
	"new_year":      {"Nieuwjaarsdag", "New Year's Day"},
	"good_friday":   {"Goede Vrijdag", "Good Friday"},
	"easter_sunday": {"Eerste paasdag", "Easter Sunday"},
	"easter_monday": {"Tweede paasdag", "Easter Monday"},
	"kings_day":     {"Koningsdag", "King's Day"},
	"liberation":    {"Bevrijdingsdag", "Liberation Day"},
	"ascension":     {"Hemelvaartsdag", "Ascension Day"},
	"whit_sunday":   {"Eerste pinksterdag", "Whit Sunday"},
	"whit_monday":   {"Tweede pinksterdag", "Whit Monday"},
	"christmas_day": {"Eerste kerstdag", "Christmas Day"},
	"boxing_day":    {"Tweede kerstdag", "Boxing Day"},
}

// Liberation says in which years 5 May is a day off. The zero value is Never.
type Liberation string

const (
	Never   Liberation = ""
	Lustrum Liberation = "lustrum" // once in five years: 2025, 2030, …
	Yearly  Liberation = "yearly"
)

// Options are the Dutch holidays on which organisations differ.
type Options struct {
	LiberationDay Liberation `json:"liberation_day,omitempty"`
	GoodFriday    bool       `json:"good_friday,omitempty"`
}

// Statutory is how the law counts for its own terms: 5 May every year, and Good
// Friday put on a par with the holidays (Algemene termijnenwet, article 3).
func Statutory() Options { return Options{LiberationDay: Yearly, GoodFriday: true} }

// Dutch is the holidays of a year, in order. King's Day is 27 April and moves
// to the 26th when that is a Sunday. Two may share a date: in 2016 Ascension
// Day fell on 5 May.
func Dutch(year int, o Options) []Holiday {
	var free []Holiday
	for _, h := range dutch(year) {
		if o.has(h) {
			free = append(free, h)
		}
	}
	slices.SortStableFunc(free, func(a, b Holiday) int { return a.Date.Compare(b.Date) })
	return free
}

// Holiday is the holiday on a date, if that is one.
func (o Options) Holiday(d Date) (Holiday, bool) {
	for _, h := range dutch(d.Year) {
		if h.Date == d && o.has(h) {
			return h, true
		}
	}
	return Holiday{}, false
}

// has reports whether a holiday of the list counts for this organisation.
func (o Options) has(h Holiday) bool {
	switch h.Key {
	case "good_friday":
		return o.GoodFriday
	case "liberation":
		return o.LiberationDay == Yearly || o.LiberationDay == Lustrum && h.Date.Year%5 == 0
	}
	return true
}

// NextWorkingDay is the date itself, or the first after it that is neither in
// a weekend nor a holiday.
func NextWorkingDay(d Date, o Options) Date {
	for {
		_, free := o.Holiday(d)
		if weekday := d.Weekday(); !free && weekday != time.Saturday && weekday != time.Sunday {
			return d
		}
		d = d.AddDays(1)
	}
}

// dutch is all that may be a holiday in a year.
func dutch(year int) [11]Holiday {
	easter := Easter(year)
	kings := Date{year, time.April, 27}
	if kings.Weekday() == time.Sunday {
		kings.Day = 26
	}
	return [...]Holiday{
		{Date{year, time.January, 1}, "new_year"},
		{easter.AddDays(-2), "good_friday"},
		{easter, "easter_sunday"},
		{easter.AddDays(1), "easter_monday"},
		{kings, "kings_day"},
		{Date{year, time.May, 5}, "liberation"},
		{easter.AddDays(39), "ascension"},
		{easter.AddDays(49), "whit_sunday"},
		{easter.AddDays(50), "whit_monday"},
		{Date{year, time.December, 25}, "christmas_day"},
		{Date{year, time.December, 26}, "boxing_day"},
	}
}

// Easter is Easter Sunday of a year in the Gregorian calendar, by the
// "anonymous" computus that Nature printed on 20 April 1876 and Jean Meeus
// repeats in Astronomical Algorithms, chapter 8; its letters are kept.
func Easter(year int) Date {
	a := year % 19
	b, c := year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}
