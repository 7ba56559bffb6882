package hours

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestDue runs every case in testdata/due*.json.
func TestDue(t *testing.T) {
	files, err := filepath.Glob("testdata/due*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []json.RawMessage
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(cases) == 0 {
			t.Fatalf("%s has no cases", file)
		}
		for _, text := range cases {
			var want struct {
				ID     string
				Start  time.Time
				Sec    int64
				Pauses [][2]time.Time
				Due    *time.Time // null: it is never reached
			}
			var c Calendar
			if err := errors.Join(json.Unmarshal(text, &want), json.Unmarshal(text, &c)); err != nil {
				t.Fatalf("%s: %v in %s", file, err, text)
			}
			var pauses []Pause
			for _, p := range want.Pauses {
				pauses = append(pauses, Pause{p[0], p[1]})
			}
			t.Run(filepath.Base(file)+"/"+want.ID, func(t *testing.T) {
				target := time.Duration(want.Sec) * time.Second
				got, err := c.Due(want.Start, target, pauses)
				if want.Due == nil {
					if err == nil {
						t.Fatalf("due %v, want never", got.UTC())
					}
					return
				}
				if err != nil || !got.Equal(*want.Due) {
					t.Fatalf("due %v (%v), want %v", got.UTC(), err, want.Due.UTC())
				}
				if spent := c.Elapsed(want.Start, got, pauses); spent != target {
					t.Errorf("the clock shows %v at the due moment, want %v", spent, target)
				}
			})
		}
	}
}

var amsterdam = zone("Europe/Amsterdam")

// zone is a time zone that exists.
func zone(name string) *time.Location {
	z, err := Zone(name)
	if err != nil {
		panic(err)
	}
	return z
}

// moment reads an instant such as "2026-03-09 08:30" on the clock of Amsterdam.
func moment(s string) time.Time {
	wall, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return At(amsterdam, DateOf(wall, time.UTC), ClockOf(wall, time.UTC))
}

// desk is open on weekdays from 08:30 to 17:00.
func desk() Calendar {
	return Calendar{Zone: amsterdam, Week: Weekdays(Window{HM(8, 30), HM(17, 0)})}
}

// always never closes.
func always() Calendar {
	c := Calendar{Zone: amsterdam}
	for day := range c.Week {
		c.Week[day] = []Window{{0, Midnight}}
	}
	return c
}

func TestTargets(t *testing.T) {
	lunch := Calendar{Zone: amsterdam, Week: Weekdays(Window{HM(8, 30), HM(12, 0)}, Window{HM(13, 0), HM(17, 0)})}
	night := Calendar{Zone: amsterdam, Week: Weekdays(Window{HM(22, 0), HM(6, 0)})}
	short := desk()
	short.Exceptions = map[Date][]Window{{2026, 3, 11}: {{HM(8, 30), HM(12, 0)}}}
	late := desk()
	late.Exceptions = map[Date][]Window{{2026, 3, 10}: {{HM(13, 0), HM(17, 0)}}}
	easter := desk()
	easter.Dutch = &Options{}
	pause := func(from, to string) []Pause { return []Pause{{moment(from), moment(to)}} }
	for _, x := range []struct {
		name     string
		calendar Calendar
		start    string
		target   Target
		pauses   []Pause
		due      string
	}{
		{"ten minutes before the weekend", desk(), "2026-03-06 16:50", Target{2, WorkingDays}, nil, "2026-03-10 16:50"},
		{"on Saturday", desk(), "2026-03-07 10:00", Target{2, WorkingDays}, nil, "2026-03-10 17:00"},
		{"at opening", desk(), "2026-03-09 08:30", Target{1, WorkingDays}, nil, "2026-03-09 17:00"},
		{"at closing", desk(), "2026-03-09 17:00", Target{1, WorkingDays}, nil, "2026-03-10 17:00"},
		{"no days at night", desk(), "2026-03-09 20:00", Target{0, WorkingDays}, nil, "2026-03-10 08:30"},
		{"in the lunch break", lunch, "2026-03-09 12:15", Target{1, WorkingDays}, nil, "2026-03-10 12:00"},
		{"short day at the end", short, "2026-03-09 15:00", Target{2, WorkingDays}, nil, "2026-03-11 12:00"},
		{"late opening at the end", late, "2026-03-09 10:00", Target{1, WorkingDays}, nil, "2026-03-09 17:00"},
		{"over midnight", night, "2026-03-10 02:00", Target{1, WorkingDays}, nil, "2026-03-11 02:00"},
		{"over midnight and the weekend", night, "2026-03-14 02:00", Target{1, WorkingDays}, nil, "2026-03-17 02:00"},
		{"never closed", always(), "2026-03-07 10:00", Target{2, WorkingDays}, nil, "2026-03-09 10:00"},
		{"over Easter", easter, "2026-04-02 16:00", Target{2, WorkingDays}, nil, "2026-04-07 16:00"},
		{"paused for an hour", desk(), "2026-03-09 10:00", Target{1, WorkingDays}, pause("2026-03-09 11:00", "2026-03-09 12:00"), "2026-03-10 11:00"},
		{"paused at night", desk(), "2026-03-09 10:00", Target{1, WorkingDays}, pause("2026-03-09 18:00", "2026-03-10 08:00"), "2026-03-10 10:00"},
		{"minutes", desk(), "2026-03-09 16:50", Target{20, Minutes}, nil, "2026-03-10 08:40"},
		{"calendar days keep the clock in spring", desk(), "2026-03-28 12:00", Target{1, CalendarDays}, nil, "2026-03-29 12:00"},
		{"calendar days into the gap", desk(), "2026-03-28 02:30", Target{1, CalendarDays}, nil, "2026-03-29 03:30"},
		{"calendar days over a month's end", desk(), "2026-01-31 23:59", Target{30, CalendarDays}, nil, "2026-03-02 23:59"},
		{"calendar days paused at night", desk(), "2026-03-09 10:00", Target{1, CalendarDays}, pause("2026-03-09 18:00", "2026-03-10 08:00"), "2026-03-11 00:00"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := x.target.Due(x.calendar, moment(x.start), x.pauses)
			if err != nil || !got.Equal(moment(x.due)) {
				t.Errorf("due %v (%v), want %s", got, err, x.due)
			}
		})
	}
}

func TestUniformDaysAreTheirHours(t *testing.T) {
	lunch := Calendar{Zone: amsterdam, Week: Weekdays(Window{HM(8, 30), HM(12, 0)}, Window{HM(13, 0), HM(18, 0)})}
	for _, c := range []Calendar{desk(), lunch} {
		start := moment("2026-03-20 00:00")
		for range 14 * 24 {
			for n := range 8 {
				byDays, err := Target{n, WorkingDays}.Due(c, start, nil)
				if err != nil {
					t.Fatal(err)
				}
				byTime, err := c.Add(start, time.Duration(n)*c.Working(moment("2026-03-16 00:00"), moment("2026-03-17 00:00")))
				if err != nil || !byDays.Equal(byTime) {
					t.Fatalf("%d working days from %v: %v by days, %v by hours (%v)", n, start, byDays, byTime, err)
				}
			}
			start = start.Add(time.Hour + 7*time.Second)
		}
	}
}

func TestNoDue(t *testing.T) {
	monday := moment("2026-03-09 10:00")
	onHold := []Pause{{From: monday.Add(time.Hour)}}
	shut := desk()
	shut.Exceptions = map[Date][]Window{}
	for day, n := (Date{2026, 3, 1}), 0; n < Horizon+10; n++ {
		shut.Exceptions[day.AddDays(n)] = nil
	}
	for _, x := range []struct {
		name     string
		calendar Calendar
		target   Target
		pauses   []Pause
		want     error
	}{
		{"never open", Calendar{}, Target{1, Minutes}, nil, ErrFar},
		{"never open, in days", Calendar{}, Target{1, WorkingDays}, nil, ErrFar},
		{"closed for ten years", shut, Target{1, Minutes}, nil, ErrFar},
		{"too much", desk(), Target{Horizon * 24 * 60, Minutes}, nil, ErrFar},
		{"on hold", desk(), Target{61, Minutes}, onHold, ErrPaused},
		{"on hold, in days", desk(), Target{1, WorkingDays}, onHold, ErrPaused},
		{"on hold, in dates", desk(), Target{1, CalendarDays}, onHold, ErrPaused},
		{"negative", desk(), Target{-1, Minutes}, nil, Invalid{BadTarget, "-1 minutes"}},
		{"unknown unit", desk(), Target{1, "weeks"}, nil, Invalid{BadTarget, "1 weeks"}},
		{"beyond counting", desk(), Target{1 << 60, Minutes}, nil, Invalid{BadTarget, "1152921504606846976 minutes"}},
	} {
		if got, err := x.target.Due(x.calendar, monday, x.pauses); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, %v, want %v", x.name, got, err, x.want)
		}
	}
	if got, err := (Target{60, Minutes}).Due(desk(), monday, onHold); err != nil || !got.Equal(monday.Add(time.Hour)) {
		t.Errorf("used up when the hold began: %v, %v", got, err)
	}
	if _, err := desk().Add(monday, -time.Second); !errors.Is(err, Invalid{BadTarget, "-1s"}) {
		t.Errorf("negative time: %v", err)
	}
}

// chance makes the calendars, moments and pauses of the property tests.
type chance struct{ *rand.Rand }

func seeded(seed uint64) chance { return chance{rand.New(rand.NewPCG(seed, 2026))} }

// calendar has windows that never touch the hours in which clocks change.
func (r chance) calendar() Calendar {
	c := Calendar{Zone: amsterdam, Exceptions: map[Date][]Window{}}
	for day := range c.Week {
		c.Week[day] = r.windows()
	}
	c.Week[time.Monday] = []Window{{HM(9, 0), HM(12, 0)}}
	for range r.IntN(5) {
		c.Closed = append(c.Closed, Date{2026, 3, 1}.AddDays(r.IntN(40)))
	}
	for range r.IntN(5) {
		c.Exceptions[Date{2026, 3, 1}.AddDays(r.IntN(40))] = r.windows()
	}
	if r.IntN(2) == 0 {
		c.Dutch = &Options{LiberationDay: Yearly, GoodFriday: true}
	}
	return c
}

func (r chance) windows() (windows []Window) {
	at := HM(4, 0)
	for at += Clock(r.IntN(300)) * minute; at < HM(23, 0); at += Clock(1+r.IntN(300)) * minute {
		open := at
		at = min(at+Clock(1+r.IntN(400))*minute, Midnight)
		windows = append(windows, Window{open, at})
	}
	switch {
	case r.IntN(3) == 0:
		return nil
	case len(windows) > 0 && r.IntN(3) == 0: // over midnight
		windows[len(windows)-1].Close = Clock(1+r.IntN(90)) * minute
	}
	return windows
}

func (r chance) moment() time.Time {
	return moment("2026-03-02 00:00").Add(time.Duration(r.IntN(40*24*60)) * time.Minute)
}

func (r chance) pauses() (pauses []Pause) {
	for range r.IntN(5) {
		from := r.moment()
		pauses = append(pauses, Pause{from, from.Add(time.Duration(r.IntN(2000)-100) * time.Minute)})
	}
	return pauses
}

// slowDue is Due by looking at the clock on the wall every minute.
func slowDue(c Calendar, start time.Time, minutes int, pauses []Pause) time.Time {
	ticking := func(t time.Time) bool {
		for _, p := range pauses {
			if !t.Before(p.From) && t.Before(p.To) {
				return false
			}
		}
		day, clock := DateOf(t, c.Zone), ClockOf(t, c.Zone)
		for _, w := range c.Windows(day) {
			if clock >= w.Open && (clock < w.Close || w.Close <= w.Open) {
				return true
			}
		}
		for _, w := range c.Windows(day.AddDays(-1)) {
			if w.Close <= w.Open && clock < w.Close {
				return true
			}
		}
		return false
	}
	t := start
	for !ticking(t) {
		t = t.Add(time.Minute)
	}
	for ; minutes > 0; t = t.Add(time.Minute) {
		if ticking(t) {
			minutes--
		}
	}
	return t
}

func TestDueAgreesWithWatchingTheClock(t *testing.T) {
	for seed := range uint64(300) {
		r := seeded(seed)
		c, start, minutes, pauses := r.calendar(), r.moment(), r.IntN(3000), r.pauses()
		got, err := c.Due(start, time.Duration(minutes)*time.Minute, pauses)
		if want := slowDue(c, start, minutes, pauses); err != nil || !got.Equal(want) {
			t.Fatalf("seed %d: %d minutes from %v: %v (%v), want %v", seed, minutes, start, got, err, want)
		}
	}
}

func TestProperties(t *testing.T) {
	for seed := range uint64(2000) {
		r := seeded(seed)
		c, start, pauses := r.calendar(), r.moment().Add(time.Duration(r.IntN(60))*time.Second), r.pauses()
		target := time.Duration(r.IntN(400000)) * time.Second
		due, err := c.Add(start, target)
		if err != nil {
			t.Fatal(err)
		}
		if back := c.Working(start, due); back != target {
			t.Fatalf("seed %d: added %v, worked %v", seed, target, back)
		}
		paused, err := c.Due(start, target, pauses)
		if err != nil || paused.Before(due) {
			t.Fatalf("seed %d: pauses bring %v forward to %v (%v)", seed, due, paused, err)
		}
		total := c.Working(start, paused)
		if same, err := c.Add(start, total); err != nil || target > 0 && !same.Equal(paused) {
			t.Fatalf("seed %d: %v with pauses, %v with their total (%v)", seed, paused, same, err)
		}
		later, err := c.Due(start, target+time.Duration(r.IntN(10000))*time.Second, pauses)
		if err != nil || later.Before(paused) {
			t.Fatalf("seed %d: more time is due earlier: %v, %v (%v)", seed, paused, later, err)
		}
		after, err := c.Due(start.Add(time.Duration(r.IntN(100000))*time.Second), target, pauses)
		if err != nil || after.Before(paused) {
			t.Fatalf("seed %d: a later start is due earlier: %v, %v (%v)", seed, paused, after, err)
		}
		checkStory(t, c, start, paused, pauses)
	}
}

// checkStory fails unless an explanation is without gaps and adds up.
func checkStory(t *testing.T, c Calendar, from, to time.Time, pauses []Pause) {
	t.Helper()
	at := from
	var running, open time.Duration
	for _, s := range c.Explain(from, to, pauses) {
		if !s.From.Equal(at) || !s.From.Before(s.To) || DateOf(s.From, c.Zone) != s.Day {
			t.Fatalf("segment %+v does not follow on %v", s, at)
		}
		if c.Open(s.From) != (s.Kind != Shut) {
			t.Fatalf("segment %+v is not as the desk is", s)
		}
		at = s.To
		switch s.Kind {
		case Running:
			running += s.Length()
			open += s.Length()
		case Paused:
			open += s.Length()
		}
	}
	if from.Before(to) && !at.Equal(to) {
		t.Fatalf("the story ends at %v, not at %v", at, to)
	}
	if running != c.Elapsed(from, to, pauses) || open != c.Working(from, to) {
		t.Fatalf("running %v, want %v; open %v, want %v", running, c.Elapsed(from, to, pauses), open, c.Working(from, to))
	}
}

func BenchmarkDueTwoDays(b *testing.B) {
	c := desk()
	c.Dutch = &Options{LiberationDay: Lustrum}
	for n := range 12 {
		c.Closed = append(c.Closed, Date{2026, 12, 10 + n})
	}
	start := moment("2026-03-06 16:50")
	pauses := []Pause{{start.Add(time.Hour), start.Add(70 * time.Hour)}}
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Add(start, 17*time.Hour)
		}
	})
	b.Run("pauses", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Due(start, 17*time.Hour, pauses)
		}
	})
	b.Run("working days", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Target{2, WorkingDays}.Due(c, start, nil)
		}
	})
}
