package demos

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"loket/app/hours"
)

// slotCase is a case of testdata: see the README beside the vectors it came with.
type slotCase struct {
	ID, Title    string
	Weekly       map[string][]hours.Window
	Overrides    map[hours.Date][]hours.Window
	HostTZ       string `json:"host_tz"`
	InviteeTZ    string `json:"invitee_tz"`
	Duration     int
	Increment    int
	BufferBefore int `json:"buffer_before"`
	BufferAfter  int `json:"buffer_after"`
	MinNotice    int `json:"min_notice"`
	HorizonDays  int `json:"horizon_days"`
	DailyLimit   int `json:"daily_limit"`
	WeeklyLimit  int `json:"weekly_limit"`
	Busy         []struct {
		Start, End   time.Time
		BufferBefore int `json:"buffer_before"`
		BufferAfter  int `json:"buffer_after"`
		Counts       bool
	}
	Now           time.Time
	From, To      hours.Date
	Starts        []string
	InviteeStarts []string `json:"invitee_starts"`
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func (s slotCase) slots(t *testing.T) ([]time.Time, *time.Location) {
	host, err := hours.Zone(s.HostTZ)
	if err != nil {
		t.Fatal(err)
	}
	invitee, err := hours.Zone(s.InviteeTZ)
	if err != nil {
		t.Fatal(err)
	}
	d := Diary{Zone: host, Dated: s.Overrides}
	for name, windows := range s.Weekly {
		day := map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}[name]
		d.Week[day] = windows
	}
	for _, b := range s.Busy {
		d.Busy = append(d.Busy, Block{b.Start.Add(-minutes(b.BufferBefore)), b.End.Add(minutes(b.BufferAfter)), b.Counts, b.Start})
	}
	p := Plan{minutes(s.Duration), minutes(s.Increment), minutes(s.BufferBefore), minutes(s.BufferAfter), minutes(s.MinNotice), s.HorizonDays, s.DailyLimit, s.WeeklyLimit}
	return Slots(p, d, hours.At(invitee, s.From, 0), hours.At(invitee, s.To.AddDays(1), 0), s.Now), invitee
}

func TestSlots(t *testing.T) {
	for _, file := range []string{"testdata/slots.json", "testdata/slots-more.json"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []slotCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatal(err)
		}
		if len(cases) == 0 {
			t.Fatalf("%s has no cases", file)
		}
		for _, s := range cases {
			t.Run(s.ID+" "+s.Title, func(t *testing.T) {
				slots, zone := s.slots(t)
				utc, local := []string{}, []string{}
				for _, at := range slots {
					utc = append(utc, at.UTC().Format("2006-01-02T15:04Z"))
					local = append(local, at.In(zone).Format("2006-01-02 15:04-0700"))
				}
				if !reflect.DeepEqual(utc, s.Starts) || !reflect.DeepEqual(local, s.InviteeStarts) {
					t.Errorf("slots\n %v\n %v\nwant\n %v\n %v", utc, local, s.Starts, s.InviteeStarts)
				}
			})
		}
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Every slot can be booked, and a moment that is no slot cannot.
func TestFreeAgreesWithSlots(t *testing.T) {
	zone, err := hours.Zone("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	now := instant(t, "2026-03-25T08:00:00+01:00")
	d := Diary{Zone: zone, Week: hours.Weekdays(hours.Window{Open: hours.HM(9, 0), Close: hours.HM(12, 0)})}
	d.Busy = []Block{{From: instant(t, "2026-03-26T10:00:00+01:00"), To: instant(t, "2026-03-26T10:30:00+01:00")}}
	p := Plan{Duration: 30 * time.Minute, Step: 15 * time.Minute, After: 10 * time.Minute}
	offered := map[time.Time]bool{}
	for _, at := range Slots(p, d, now, now.Add(7*24*time.Hour), now) {
		offered[at.UTC()] = true
	}
	if len(offered) < 20 {
		t.Fatalf("only %d slots", len(offered))
	}
	for at := now.Truncate(time.Hour); at.Before(now.Add(7 * 24 * time.Hour)); at = at.Add(5 * time.Minute) {
		if Free(p, d, at, now) != offered[at.UTC()] {
			t.Errorf("%s is offered %v, free %v", at, offered[at.UTC()], !offered[at.UTC()])
		}
	}
}

func TestReminders(t *testing.T) {
	zone, err := hours.Zone("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct{ why, start, booked, now, sent, want string }{
		{"the day before, at the same time", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-25T15:00:00+01:00", "", "day"},
		{"not a second earlier", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-25T14:59:59+01:00", "", ""},
		{"once", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-25T16:00:00+01:00", "day", ""},
		{"over the spring change the clock time stays", "2026-03-29T15:00:00+02:00", "2026-03-20T10:00:00+01:00", "2026-03-28T15:00:00+01:00", "", "day"},
		{"over the autumn change too", "2026-10-25T15:00:00+01:00", "2026-10-20T10:00:00+02:00", "2026-10-24T14:59:00+02:00", "", ""},
		{"an hour before", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-26T14:00:00+01:00", "day", "hour"},
		{"booked three hours before: no day, but an hour", "2026-11-26T15:00:00+01:00", "2026-11-26T12:00:00+01:00", "2026-11-26T12:05:00+01:00", "", ""},
		{"booked three hours before: an hour", "2026-11-26T15:00:00+01:00", "2026-11-26T12:00:00+01:00", "2026-11-26T14:10:00+01:00", "", "hour"},
		{"after an outage over both only the last", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-26T14:50:00+01:00", "", "hour"},
		{"never after the start", "2026-11-26T15:00:00+01:00", "2026-11-20T10:00:00+01:00", "2026-11-26T15:00:00+01:00", "", ""},
	} {
		if got := remind(instant(t, s.start), instant(t, s.booked), instant(t, s.now), zone, s.sent); got != s.want {
			t.Errorf("%s: %q, want %q", s.why, got, s.want)
		}
	}
}
