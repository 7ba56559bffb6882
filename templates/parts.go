package templates

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"loket/app/i18n"
)

// Tab is a view in a row or column of views.
type Tab struct {
	Path, Label, Icon string
	Count             int  // shown when more than 0
	Hot               bool // the count asks for attention
	Current           bool
}

// Part is a stretch of a whole, from and to in 0 to 1.
type Part struct{ From, To float64 }

// Clock is the time between a question and the answer that is promised, drawn
// from left (Start) to right (End) in parts of the whole: 0 to 1.
type Clock struct {
	Lead       string    // "Volgend antwoord vóór"
	By         time.Time // when the answer is due
	Left       string    // "Nog 7 u 12 min werktijd"
	Gone       float64   // of the working time, in words for who cannot see the bar
	Now        float64   // where the present is on the bar
	Shut       []Part    // nights, weekends and holidays, in order
	Start, End string    // the words under both ends
}

// open is what is not shut.
func (c Clock) open() []Part {
	var open []Part
	from := 0.0
	for _, shut := range c.Shut {
		if shut.From > from {
			open = append(open, Part{from, shut.From})
		}
		from = max(from, shut.To)
	}
	if from < 1 {
		open = append(open, Part{from, 1})
	}
	return open
}

// Item is one thing in a list.
type Item struct {
	ID, Path, Title string
	Tag             string          // beside the title, asking for attention: "nieuw antwoord"
	Deep            bool            // an h3, when the list has an h2 of its own
	Lead, End       templ.Component // before and after: Stub, Day, Votes; Due, Tag
}

// Said is one message: by us, by you (a customer), or a note among colleagues.
type Said struct {
	ID, By     string // us, you or note
	WhoID, Who string
	You        bool   // the reader wrote it
	From       string // the organisation
	At         time.Time
	Kept       string // how fast, when it kept a promise: "43 min"
}

// FileLink is a file to fetch.
type FileLink struct {
	Path, Name string
	Size       int64
	Image      bool
}

// Step is a station of something: done, now, or empty for what comes.
type Step struct{ State, Label, Note string }

// Fact is a name and a value.
type Fact struct{ Name, Value string }

// Keeps is what a Receipt says: why, until when, who sees it.
type Keeps struct {
	Why, Until, Who string
	Open            bool // on long or sensitive forms
}

// Sure is a question before a step: what to do, where, and the way back.
type Sure struct {
	Title, Do, Action string
	Not, Back         string
	Once              string // see web.Context.Once
	Danger            bool
}

// Mark is a word on an axis, at a part of the whole.
type Mark struct {
	At   float64
	Text string
}

// Purpose is one row of the timeline of erasure.
type Purpose struct {
	Icon, Name, What string
	Gone             string  // the day it goes
	Part             float64 // where that day is on the axis
	Locked           bool    // the law has us keep it
	Open             bool
}

// Ballot is something to vote for.
type Ballot struct {
	ID, Path, Title string
	Count           int
	Mine            bool
}

// Month is a month to choose a day from.
type Month struct {
	First      time.Time    // the first of the month
	Days       map[int]Free // by day of the month
	Chosen     int
	Prev, Next string // paths; empty when there is nothing to choose
}

// Free is a day that can be chosen.
type Free struct {
	Path string
	Few  bool // almost full
}

var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// weeks are the days of the month in rows from Monday; 0 is of another month.
func (m Month) weeks() [][7]int {
	offset := (int(m.First.Weekday()) + 6) % 7
	last := m.First.AddDate(0, 1, -m.First.Day()).Day()
	rows := make([][7]int, (offset+last+6)/7)
	for day := 1; day <= last; day++ {
		at := offset + day - 1
		rows[at/7][at%7] = day
	}
	return rows
}

func monthName(ctx context.Context, t time.Time) string {
	return i18n.MonthLong(ctx, t.Month()) + " " + strconv.Itoa(t.Year())
}

// monthTitle is monthName as a heading: "December 2025".
func monthTitle(ctx context.Context, t time.Time) string { return capital(monthName(ctx, t)) }

func dayLabel(ctx context.Context, first time.Time, day int, free Free) string {
	t := first.AddDate(0, 0, day-first.Day())
	state := "site.calendar.free"
	if free.Few {
		state = "site.calendar.few"
	}
	return i18n.WeekdayLong(ctx, t.Weekday()) + " " + strconv.Itoa(day) + " " + i18n.MonthLong(ctx, t.Month()) + ", " + i18n.T(ctx, state)
}

func isoDay(ctx context.Context, t time.Time) string {
	return t.In(i18n.Of(ctx).Zone).Format(time.DateOnly)
}

func dayOfMonth(ctx context.Context, t time.Time) string {
	return strconv.Itoa(t.In(i18n.Of(ctx).Zone).Day())
}

func monthOf(ctx context.Context, t time.Time) string {
	return i18n.Month(ctx, t.In(i18n.Of(ctx).Zone).Month())
}

func anchor(at float64) string {
	switch {
	case at <= 0:
		return "start"
	case at >= 1:
		return "end"
	}
	return "middle"
}

// voteValue is what pressing the button asks for.
func voteValue(mine bool) string {
	if mine {
		return "0"
	}
	return "1"
}
