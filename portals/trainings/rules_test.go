package trainings

import (
	"testing"
	"time"

	"loket/app/hours"
)

func at(t testing.TB, zone, date, clock string) time.Time {
	t.Helper()
	loc, err := hours.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	d, err := hours.ParseDate(date)
	if err != nil {
		t.Fatal(err)
	}
	c, err := hours.ParseClock(clock)
	if err != nil {
		t.Fatal(err)
	}
	return hours.At(loc, d, c)
}

func TestReminderOfTheDayBeforeKeepsTheClock(t *testing.T) {
	for _, c := range []struct{ name, date, clock, dueDate, dueClock string }{
		{"an ordinary day", "2026-11-27", "10:00", "2026-11-26", "10:00"},
		{"after the spring change", "2026-03-29", "15:00", "2026-03-28", "15:00"},
		{"after the autumn change", "2026-10-25", "15:00", "2026-10-24", "15:00"},
	} {
		s := Session{Zone: "Europe/Amsterdam", StartsAt: at(t, "Europe/Amsterdam", c.date, c.clock)}
		if due, want := reminderDue(s.Meetings()[0], s.Location(), dayBefore), at(t, "Europe/Amsterdam", c.dueDate, c.dueClock); !due.Equal(want) {
			t.Errorf("%s: due %v, want %v", c.name, due, want)
		}
	}
}

func TestWhichReminder(t *testing.T) {
	s := Session{Zone: "Europe/Amsterdam", StartsAt: at(t, "Europe/Amsterdam", "2026-11-27", "15:00")}
	early := s.StartsAt.Add(-10 * 24 * time.Hour)
	for _, c := range []struct {
		name     string
		told     time.Time
		reminded int
		before   time.Duration // of now, before the start
		want     int
	}{
		{"two days before", early, 0, 48 * time.Hour, 0},
		{"the day before", early, 0, 24 * time.Hour, dayBefore},
		{"once", early, dayBefore, 23 * time.Hour, 0},
		{"an hour before", early, dayBefore, time.Hour, hourBefore},
		{"ten minutes before", early, hourBefore, 10 * time.Minute, soonBefore},
		{"after an outage there is one", early, 0, 5 * time.Minute, soonBefore},
		{"after an outage of a day", early, 0, 3 * time.Hour, dayBefore},
		{"at the start", early, 0, 0, 0},
		{"after the start", early, hourBefore, -time.Minute, 0},
		{"signed up three hours before", s.StartsAt.Add(-3 * time.Hour), 0, 2 * time.Hour, 0},
		{"who signed up late has the hour", s.StartsAt.Add(-3 * time.Hour), 0, time.Hour, hourBefore},
		{"who signed up half an hour before", s.StartsAt.Add(-30 * time.Minute), 0, 20 * time.Minute, 0},
	} {
		if got := reminder(s, c.told, c.reminded, s.StartsAt.Add(-c.before)); got != c.want {
			t.Errorf("%s: reminder %d, want %d", c.name, got, c.want)
		}
	}
}

func TestHowLongAPlaceIsHeld(t *testing.T) {
	now := monday
	for _, c := range []struct{ start, want time.Duration }{
		{10 * 24 * time.Hour, 24 * time.Hour}, {10 * time.Hour, 8 * time.Hour}, {2 * time.Hour, time.Hour}, {30 * time.Minute, time.Hour},
	} {
		if got := heldUntil(now, now.Add(c.start)).Sub(now); got != c.want {
			t.Errorf("%v before the start: held for %v, want %v", c.start, got, c.want)
		}
	}
}

func TestDoors(t *testing.T) {
	s := Session{State: "open", StartsAt: monday, EndsAt: monday.Add(time.Hour)}
	for before, want := range map[time.Duration]bool{31 * time.Minute: false, 30 * time.Minute: true, 0: true, -59 * time.Minute: true, -time.Hour: false} {
		if s.Doors(monday.Add(-before)) != want {
			t.Errorf("%v before the start: %v", before, !want)
		}
	}
}

// TestMeetings: each time of a series is at the same hour on the wall, also after
// the clocks have changed.
func TestMeetings(t *testing.T) {
	s := Session{Zone: "Europe/Amsterdam", StartsAt: at(t, "Europe/Amsterdam", "2026-03-22", "15:00"), EndsAt: at(t, "Europe/Amsterdam", "2026-04-05", "16:30"), Times: 3, Every: 7, State: "open"}
	for i, date := range []string{"2026-03-22", "2026-03-29", "2026-04-05"} {
		m := s.Meetings()[i]
		if !m.Start.Equal(at(t, "Europe/Amsterdam", date, "15:00")) || !m.End.Equal(at(t, "Europe/Amsterdam", date, "16:30")) {
			t.Errorf("time %d: %v to %v", i+1, m.Start, m.End)
		}
	}
	if s.Length() != 4*time.Hour+30*time.Minute {
		t.Errorf("it takes %v", s.Length())
	}
	second := s.Meetings()[1].Start
	for before, want := range map[time.Duration]bool{31 * time.Minute: false, 30 * time.Minute: true, -time.Hour: true, -2 * time.Hour: false} {
		if s.Doors(second.Add(-before)) != want {
			t.Errorf("%v before the second time the doors are %v", before, !want)
		}
	}
	told := s.StartsAt.AddDate(0, 0, -10)
	for _, c := range []struct {
		before         time.Duration
		reminded, want int
	}{
		{24 * time.Hour, 3, 0}, {23 * time.Hour, 3, 4}, {time.Hour, 4, 5}, {9 * time.Minute, 5, 6}, {9 * time.Minute, 0, 6}, {-time.Hour, 0, 0},
	} {
		if got := reminder(s, told, c.reminded, second.Add(-c.before)); got != c.want {
			t.Errorf("%v before the second time, after %d: %d, want %d", c.before, c.reminded, got, c.want)
		}
	}
}

func TestWebAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"bedrijf.tekenkast.example": true, "https://bedrijf.tekenkast.example/a?b=c": true, "HTTP://x.example:8080/": true, "bedrijf": true, "x.example:8443/pad": true, "bücher.example": true,
		"javascript:alert(1)": false, "JavaScript://x.example/%0aalert(1)": false, "javascript:80": false, "data:text/html,x": false, "mailto:jan@x.example": false, "vbscript:x": false,
		"https://": false, "https://x.example/\"onload=": false, "https://jan:geheim@x.example": false, "geen adres": false, "ftp://x.example": false, "//x.example": false,
	} {
		if webAddress(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}
