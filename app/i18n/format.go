package i18n

import (
	"context"
	"strconv"
	"strings"
	"time"
)

var days = map[string][7]string{
	"nl": {"zo", "ma", "di", "wo", "do", "vr", "za"},
	"en": {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
}

var longDays = map[string][7]string{
	"nl": {"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
	"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
}

var months = map[string][12]string{
	"nl": {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

var longMonths = map[string][12]string{
	"nl": {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Weekday is the short name of a day: "di", "Tue".
func Weekday(ctx context.Context, d time.Weekday) string { return days[Lang(ctx)][d] }

// WeekdayLong is the full name of a day: "dinsdag", "Tuesday".
func WeekdayLong(ctx context.Context, d time.Weekday) string { return longDays[Lang(ctx)][d] }

// Month is the short name of a month: "mrt", "Mar".
func Month(ctx context.Context, m time.Month) string { return months[Lang(ctx)][m-1] }

// MonthLong is the full name of a month: "maart", "March".
func MonthLong(ctx context.Context, m time.Month) string { return longMonths[Lang(ctx)][m-1] }

// Clock writes the time of day in the reader's zone: "14:30".
func Clock(ctx context.Context, t time.Time) string { return t.In(Of(ctx).Zone).Format("15:04") }

// Day writes a day in the reader's zone: "di 25 nov", with the year when it is
// another than this one.
func Day(ctx context.Context, t time.Time) string {
	l := Of(ctx)
	t = t.In(l.Zone)
	out := days[l.Code][t.Weekday()] + " " + strconv.Itoa(t.Day()) + " " + months[l.Code][t.Month()-1]
	if t.Year() != l.Now.In(l.Zone).Year() {
		out += " " + strconv.Itoa(t.Year())
	}
	return out
}

// DayLong writes a day in full: "25 november 2025", "25 November 2025".
func DayLong(ctx context.Context, t time.Time) string {
	l := Of(ctx)
	t = t.In(l.Zone)
	return strconv.Itoa(t.Day()) + " " + longMonths[l.Code][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// DateTime writes a moment: "di 25 nov, 14:30".
func DateTime(ctx context.Context, t time.Time) string { return Day(ctx, t) + ", " + Clock(ctx, t) }

// Soon writes a moment that is near: only the clock today, day and clock within
// six days ("di 14:30"), else as DateTime.
func Soon(ctx context.Context, t time.Time) string {
	l := Of(ctx)
	local, now := t.In(l.Zone), l.Now.In(l.Zone)
	apart := dayNumber(local) - dayNumber(now)
	switch {
	case apart == 0:
		return Clock(ctx, t)
	case apart > -7 && apart < 7:
		return days[l.Code][local.Weekday()] + " " + Clock(ctx, t)
	}
	return DateTime(ctx, t)
}

// Iso writes a moment for a machine, with the offset of the reader's zone.
func Iso(ctx context.Context, t time.Time) string { return t.In(Of(ctx).Zone).Format(time.RFC3339) }

// Age writes how long ago t was, in one unit: "4 u", "3 d".
func Age(ctx context.Context, t time.Time) string {
	ago := Of(ctx).Now.Sub(t)
	nl := Lang(ctx) == "nl"
	pick := func(n int, nlUnit, enUnit string) string {
		if nl {
			return strconv.Itoa(n) + " " + nlUnit
		}
		return strconv.Itoa(n) + " " + enUnit
	}
	switch {
	case ago < time.Hour:
		return pick(max(0, int(ago.Minutes())), "m", "m")
	case ago < 24*time.Hour:
		return pick(int(ago.Hours()), "u", "h")
	default:
		return pick(int(ago.Hours()/24), "d", "d")
	}
}

// Span writes a length of time in hours and minutes: "7 u 12 min", "43 min".
func Span(ctx context.Context, d time.Duration) string {
	hour := "u"
	if Lang(ctx) == "en" {
		hour = "h"
	}
	minutes := int(d.Round(time.Minute).Minutes())
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return strconv.Itoa(m) + " min"
	case m == 0:
		return strconv.Itoa(h) + " " + hour
	default:
		return strconv.Itoa(h) + " " + hour + " " + strconv.Itoa(m) + " min"
	}
}

// Number writes a whole number with thousands apart: "1.240", "1,240".
func Number(ctx context.Context, n int) string {
	sep := "."
	if Lang(ctx) == "en" {
		sep = ","
	}
	text := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	var parts []string
	for len(text) > 3 {
		parts = append([]string{text[len(text)-3:]}, parts...)
		text = text[:len(text)-3]
	}
	return sign + strings.Join(append([]string{text}, parts...), sep)
}

// Decimal writes a number with that many digits after the mark: "99,94", "99.94".
func Decimal(ctx context.Context, x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if Lang(ctx) == "nl" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// Percent writes a share: "96 %", "96%".
func Percent(ctx context.Context, x float64, digits int) string {
	if Lang(ctx) == "nl" {
		return Decimal(ctx, x, digits) + " %"
	}
	return Decimal(ctx, x, digits) + "%"
}

// Size writes a number of bytes: "212 kB", "4,1 MB".
func Size(ctx context.Context, bytes int64) string {
	switch {
	case bytes < 1000:
		return strconv.FormatInt(bytes, 10) + " B"
	case bytes < 1000*1000:
		return strconv.FormatInt((bytes+500)/1000, 10) + " kB"
	}
	return Decimal(ctx, float64(bytes)/1e6, 1) + " MB"
}

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
