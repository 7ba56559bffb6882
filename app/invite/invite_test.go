package invite_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"

	"loket/app/invite"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func webinar(t testing.TB) invite.Event {
	return invite.Event{
		UID: invite.UID("seat", "ABC", "https://loket.example:8443/x"), Sequence: 3,
		Start:   time.Date(2026, 3, 16, 14, 0, 0, 0, time.UTC),
		End:     time.Date(2026, 3, 16, 15, 30, 0, 0, time.UTC),
		Zone:    zone(t, "Europe/Amsterdam"),
		Summary: "Uitgiftes zonder e-mail, deel 1; het begin",
		Description: "Van losse bijlagen naar één plek. Met live voorbeeld en tijd voor vragen.\n\n" +
			"Meedoen: https://loket.example/registrations/x/join\nKomma's, punt;komma en \\ blijven heel.",
		Location:  "Havenkade 12, Westerdam",
		URL:       "https://loket.example/trainings/1",
		Organizer: invite.Person{Name: "Tekenkast", Address: "loket@tekenkast.example"},
		Attendee:  invite.Person{Name: `Jan "de Lange" d'Hondt, jr.`, Address: "jan@example.com"},
		Stamp:     time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC),
	}
}

// read parses with another library than the one that wrote, and holds the bytes
// to RFC 5545, section 3.1: lines end in CRLF and have at most 75 octets.
func read(t testing.TB, raw []byte) *ical.Calendar {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	if !bytes.HasSuffix(raw, []byte("END:VCALENDAR\r\n")) {
		t.Errorf("ends in %q", raw[max(0, len(raw)-20):])
	}
	cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return cal
}

func prop(t testing.TB, props ical.Props, name string) string {
	t.Helper()
	p := props.Get(name)
	if p == nil {
		t.Fatalf("no %s", name)
	}
	if p.ValueType() != ical.ValueText {
		return p.Value
	}
	s, err := p.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRequestReadsBack(t *testing.T) {
	e := webinar(t)
	raw := invite.Request(e)
	cal := read(t, raw)
	if got := prop(t, cal.Props, "METHOD"); got != "REQUEST" {
		t.Errorf("METHOD %s", got)
	}
	events := cal.Events()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	props := events[0].Props
	for name, want := range map[string]string{
		"UID": "seat-ABC@loket.example", "SEQUENCE": "3", "SUMMARY": e.Summary, "DESCRIPTION": e.Description,
		"LOCATION": e.Location, "URL": e.URL, "DTSTAMP": "20260201T120000Z", "DTSTART": "20260316T150000",
		"ORGANIZER": "mailto:loket@tekenkast.example", "ATTENDEE": "mailto:jan@example.com", "STATUS": "CONFIRMED",
	} {
		if got := prop(t, props, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	attendee := props.Get("ATTENDEE")
	if cn := attendee.Params.Get("CN"); cn != "Jan de Lange d’Hondt jr." {
		t.Errorf("CN = %q", cn)
	}
	if attendee.Params.Get("PARTSTAT") != "ACCEPTED" {
		t.Errorf("PARTSTAT = %q", attendee.Params.Get("PARTSTAT"))
	}
	start, err := events[0].DateTimeStart(nil)
	if err != nil || !start.Equal(e.Start) {
		t.Errorf("starts %v, %v", start, err)
	}
	end, err := events[0].DateTimeEnd(nil)
	if err != nil || !end.Equal(e.End) {
		t.Errorf("ends %v, %v", end, err)
	}
}

func TestCancelTakesTheSameAppointmentBack(t *testing.T) {
	e := webinar(t)
	e.Sequence = 4
	cal := read(t, invite.Cancel(e))
	props := cal.Events()[0].Props
	for name, want := range map[string]string{"UID": "seat-ABC@loket.example", "SEQUENCE": "4", "STATUS": "CANCELLED"} {
		if got := prop(t, props, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := prop(t, cal.Props, "METHOD"); got != "CANCEL" {
		t.Errorf("METHOD %s", got)
	}
}

func TestFeedNamesNobody(t *testing.T) {
	one, two := webinar(t), webinar(t)
	two.UID, two.Zone = "other@loket.example", zone(t, "America/New_York")
	cal := read(t, invite.Feed("Tekenkast", []invite.Event{one, two}))
	if len(cal.Events()) != 2 || len(cal.Children) != 4 {
		t.Fatalf("%d events among %d parts", len(cal.Events()), len(cal.Children))
	}
	for _, e := range cal.Events() {
		if e.Props.Get("ATTENDEE") != nil {
			t.Error("a feed names an attendee")
		}
	}
}

// TestNoInjection: whatever is in a title or a name, it is one property.
func TestNoInjection(t *testing.T) {
	evil := "Hoi\r\nATTENDEE:mailto:evil@example.com\r\nX:\n\u2028BEGIN:VEVENT\r\x00"
	e := webinar(t)
	e.Summary, e.Location, e.Description, e.UID, e.URL = evil, evil, evil, evil, "https://x.example/"+evil
	e.Attendee = invite.Person{Name: evil, Address: "jan@example.com" + evil}
	e.Organizer = invite.Person{Name: evil, Address: "a@example.com" + evil}
	for _, raw := range [][]byte{invite.Request(e), invite.Cancel(e), invite.Feed(evil, []invite.Event{e})} {
		cal := read(t, raw)
		if len(cal.Events()) != 1 {
			t.Errorf("%d events", len(cal.Events()))
		}
		if n := len(cal.Events()[0].Props.Values("ATTENDEE")); n > 1 {
			t.Errorf("%d attendees", n)
		}
		if cal.Events()[0].Props.Get("X") != nil {
			t.Error("a property came out of a text")
		}
	}
}

// TestZoneRules compares what the VTIMEZONE says, read by another library, with
// what Go knows, through three years, north and south of the equator, in zones
// with a rule, without one, and with changes by decree.
func TestZoneRules(t *testing.T) {
	for _, name := range []string{"Europe/Amsterdam", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Australia/Sydney",
		"Australia/Lord_Howe", "Asia/Kolkata", "Asia/Tokyo", "Africa/Casablanca", "Africa/Cairo", "Pacific/Auckland", "America/Caracas"} {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, name)
			e := webinar(t)
			e.Zone, e.Start, e.End = loc, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), time.Date(2027, 12, 31, 12, 0, 0, 0, time.UTC)
			cal := read(t, invite.Request(e))
			tz := cal.Children[0]
			if tz.Name != "VTIMEZONE" || prop(t, tz.Props, "TZID") != name {
				t.Fatalf("first part is %s %s", tz.Name, prop(t, tz.Props, "TZID"))
			}
			for at := e.Start; at.Before(e.End); at = at.Add(5 * time.Hour) {
				_, want := at.In(loc).Zone()
				if got := offsetAt(t, tz, at); got != want {
					t.Fatalf("%v: %d s ahead of UTC, want %d", at, got, want)
				}
			}
		})
	}
}

// offsetAt evaluates a VTIMEZONE by RFC 5545, section 3.6.5: the observance
// with the last onset not after the moment counts.
func offsetAt(t *testing.T, tz *ical.Component, at time.Time) int {
	t.Helper()
	var last time.Time
	found := 0
	for _, part := range tz.Children {
		from, to := seconds(t, prop(t, part.Props, "TZOFFSETFROM")), seconds(t, prop(t, part.Props, "TZOFFSETTO"))
		start, err := time.Parse("20060102T150405", prop(t, part.Props, "DTSTART"))
		if err != nil {
			t.Fatal(err)
		}
		onset := start
		if r := part.Props.Get("RRULE"); r != nil {
			option, err := rrule.StrToROption(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			option.Dtstart = start
			rule, err := rrule.NewRRule(*option)
			if err != nil {
				t.Fatal(err)
			}
			onset = rule.Before(at.Add(time.Duration(from)*time.Second), true)
			if onset.IsZero() {
				continue
			}
		}
		onset = onset.Add(-time.Duration(from) * time.Second)
		if !onset.After(at) && (last.IsZero() || onset.After(last)) {
			last, found = onset, to
		}
	}
	if last.IsZero() {
		t.Fatalf("no observance at %v", at)
	}
	return found
}

func seconds(t *testing.T, s string) int {
	t.Helper()
	d, err := time.Parse("-0700", s)
	if err != nil {
		t.Fatal(err)
	}
	_, n := d.Zone()
	return n
}

func TestEuropeGetsAYearlyRule(t *testing.T) {
	raw := string(invite.Request(webinar(t)))
	for _, want := range []string{"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "DTSTART;TZID=Europe/Amsterdam:20260316T150000"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in\n%s", want, raw)
		}
	}
}

// TestTwoThirtyTwice: 02:30 comes twice on 25 October 2026; neither is left to
// a calendar to guess.
func TestTwoThirtyTwice(t *testing.T) {
	e := webinar(t)
	e.Start = time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	e.End = time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
	props := read(t, invite.Request(e)).Events()[0].Props
	if start, end := prop(t, props, "DTSTART"), prop(t, props, "DTEND"); start != "20261025T003000Z" || end != "20261025T013000Z" {
		t.Errorf("from %s to %s", start, end)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("Titel", "Naam", "a@example.com")
	f.Add("x\r\nBEGIN:VEVENT", "\"", ":;,\\")
	f.Fuzz(func(t *testing.T, title, name, address string) {
		e := webinar(t)
		e.Summary, e.Description, e.Attendee = title, title+"\n"+name, invite.Person{Name: name, Address: address}
		if cal := read(t, invite.Request(e)); len(cal.Events()) != 1 {
			t.Errorf("%d events", len(cal.Events()))
		}
	})
}

// TestSeriesReadsBack: an appointment that comes back does so at the same hour on
// the wall, also after the clocks have changed.
func TestSeriesReadsBack(t *testing.T) {
	e := webinar(t)
	amsterdam := zone(t, "Europe/Amsterdam")
	e.Start, e.Zone, e.Times, e.Every = time.Date(2026, 3, 16, 14, 0, 0, 0, time.UTC), amsterdam, 3, 14
	e.End = e.Start.Add(time.Hour)
	set, err := read(t, invite.Request(e)).Events()[0].RecurrenceSet(amsterdam)
	if err != nil || set == nil {
		t.Fatalf("%v, %v", set, err)
	}
	want := []time.Time{e.Start, time.Date(2026, 3, 30, 13, 0, 0, 0, time.UTC), time.Date(2026, 4, 13, 13, 0, 0, 0, time.UTC)}
	if got := set.All(); !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("it comes back %v, want %v", got, want)
	}
	for every, rule := range map[int]string{1: "FREQ=DAILY;INTERVAL=1;COUNT=3", 28: "FREQ=WEEKLY;INTERVAL=4;COUNT=3"} {
		e.Every = every
		if got := read(t, invite.Cancel(e)).Events()[0].Props.Get("RRULE").Value; got != rule {
			t.Errorf("every %d days: %s", every, got)
		}
	}
}
