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
		if due, want := reminderDue(s, dayBefore), at(t, "Europe/Amsterdam", c.dueDate, c.dueClock); !due.Equal(want) {
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
