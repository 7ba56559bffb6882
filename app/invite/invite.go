// Package invite writes calendar invitations that Outlook, Google and Apple
// accept, change and take back: iCalendar (RFC 5545) as mail carries it (iTIP,
// RFC 5546; iMIP, RFC 6047). It is a pure function of what it is given.
//
// An appointment has one UID for life. Each change that the other side must
// know of (time, place, cancellation) goes out with a Sequence one higher than
// the last; a calendar ignores what is older than what it has.
package invite

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"loket/app/hours"
	"loket/app/text"
)

// Event is an appointment as it stands in a calendar.
type Event struct {
	UID         string // one for life; see UID
	Sequence    int    // 0 at first, one more at each change
	Start, End  time.Time
	Zone        *time.Location // in which the wall clock of the appointment hangs; nil is UTC
	Times       int            // how often it is held; Start and End are those of the first time
	Every       int            // days between two times
	Summary     string
	Description string // plain text, may have several lines
	Location    string
	URL         string // its page
	Organizer   Person
	Attendee    Person    // whom it is sent to; none in a feed
	Stamp       time.Time // when this version was made
}

// Person is someone in a calendar.
type Person struct{ Name, Address string }

// The methods of RFC 5546, section 1.4, that go in a mail's Content-Type.
const (
	MethodRequest = "REQUEST"
	MethodCancel  = "CANCEL"
)

// UID is the identity for life of the appointment of a kind with an id, on the
// site with that address: "seat-ABC@support.example.com".
func UID(kind, id, site string) string {
	_, host, found := strings.Cut(site, "://")
	if !found {
		host = site
	}
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	return kind + "-" + id + "@" + host
}

// Request invites the attendee, or tells him what has changed (METHOD:REQUEST).
// He signed up himself, so it stands in his calendar as accepted.
func Request(e Event) []byte {
	cal := calendar(ics.MethodRequest)
	zones(cal, []Event{e})
	event := add(cal, e)
	event.SetStatus(ics.ObjectStatusConfirmed)
	return write(cal)
}

// Cancel takes the appointment out of the attendee's calendar (METHOD:CANCEL).
// Its Sequence is one higher than that of the last Request.
func Cancel(e Event) []byte {
	cal := calendar(ics.MethodCancel)
	zones(cal, []Event{e})
	event := add(cal, e)
	event.SetStatus(ics.ObjectStatusCancelled)
	return write(cal)
}

// Feed is a calendar to subscribe to or to import (METHOD:PUBLISH): it names
// nobody as attendee.
func Feed(name string, events []Event) []byte {
	cal := calendar(ics.MethodPublish)
	cal.SetXWRCalName(text.Line(name))
	cal.SetName(text.Line(name))
	cal.SetRefreshInterval("PT6H", ics.WithValue("DURATION"))
	cal.SetXPublishedTTL("PT6H")
	zones(cal, events)
	for _, e := range events {
		e.Attendee = Person{}
		add(cal, e)
	}
	return write(cal)
}

func calendar(method ics.Method) *ics.Calendar {
	cal := ics.NewCalendar()
	cal.SetProductId("-//Loket//Loket//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(method)
	return cal
}

// add puts e into cal. All text is cleaned first, so that no value can end its
// line and begin a property of its own.
func add(cal *ics.Calendar, e Event) *ics.VEvent {
	event := cal.AddEvent(text.Line(e.UID))
	event.SetDtStampTime(e.Stamp)
	event.SetSequence(e.Sequence)
	at(event, ics.ComponentPropertyDtStart, e.Start, e.Zone)
	at(event, ics.ComponentPropertyDtEnd, e.End, e.Zone)
	if e.Times > 1 {
		event.AddRrule(rule(e))
	}
	event.SetSummary(text.Line(e.Summary))
	if s := text.Clean(e.Description); s != "" {
		event.SetDescription(s)
	}
	if s := text.Line(e.Location); s != "" {
		event.SetLocation(s)
	}
	if s := uri(e.URL); s != "" {
		event.SetURL(s)
	}
	if e.Organizer.Address != "" {
		event.SetOrganizer("mailto:"+uri(e.Organizer.Address), ics.WithCN(name(e.Organizer)))
	}
	if e.Attendee.Address != "" {
		event.AddAttendee("mailto:"+uri(e.Attendee.Address), ics.WithCN(name(e.Attendee)),
			ics.CalendarUserTypeIndividual, ics.ParticipationRoleReqParticipant, ics.ParticipationStatusAccepted, ics.WithRSVP(false))
	}
	event.SetTimeTransparency(ics.TransparencyOpaque)
	return event
}

// rule is how an appointment comes back (RFC 5545, section 3.3.10).
func rule(e Event) string {
	freq, every := "DAILY", e.Every
	if every%7 == 0 {
		freq, every = "WEEKLY", every/7
	}
	return "FREQ=" + freq + ";INTERVAL=" + strconv.Itoa(every) + ";COUNT=" + strconv.Itoa(e.Times)
}

// last is until when an appointment needs the rules of its zone.
func (e Event) last() time.Time { return e.End.AddDate(0, 0, max(0, e.Times-1)*e.Every) }

const local = "20060102T150405"

// at sets a moment: as wall clock with its zone, so that the appointment stays
// at its hour when a government changes the rules, or as UTC where there is no
// zone, and in the hour that comes twice, of which not every calendar takes the
// first as RFC 5545, section 3.3.5 has it.
func at(event *ics.VEvent, property ics.ComponentProperty, t time.Time, zone *time.Location) {
	if named(zone) && !twice(t, zone) && hours.At(zone, hours.DateOf(t, zone), hours.ClockOf(t, zone)).Equal(t) {
		event.SetProperty(property, t.In(zone).Format(local), ics.WithTZID(zone.String()))
	} else {
		event.SetProperty(property, t.UTC().Format(local+"Z"))
	}
}

// twice reports whether the clock of a zone shows a moment's time again, or did before.
func twice(t time.Time, zone *time.Location) bool {
	shows := func(t time.Time) string { return t.In(zone).Format(local) }
	return shows(t) == shows(t.Add(time.Hour)) || shows(t) == shows(t.Add(-time.Hour))
}

// named reports whether the zone has a name that means the same everywhere.
func named(zone *time.Location) bool {
	return zone != nil && zone != time.Local && zone.String() != "UTC"
}

// zones adds the rules of every zone that the events use.
func zones(cal *ics.Calendar, events []Event) {
	var seen []string
	for _, e := range events {
		if !named(e.Zone) || slices.Contains(seen, e.Zone.String()) {
			continue
		}
		seen = append(seen, e.Zone.String())
		from, until := e.Start, e.last()
		for _, f := range events {
			if f.Zone == nil || f.Zone.String() != e.Zone.String() {
				continue
			}
			if f.Start.Before(from) {
				from = f.Start
			}
			if f.last().After(until) {
				until = f.last()
			}
		}
		cal.AddVTimezone(timezone(e.Zone, from, until))
	}
}

// write folds lines at 75 octets and ends them with CRLF (RFC 5545, section 3.1).
func write(cal *ics.Calendar) []byte {
	return []byte(cal.Serialize(ics.WithNewLine("\r\n"), ics.WithLineLength(75)))
}

// name is a person's name fit for CN=, or his address: what would need quoting
// (RFC 5545, section 3.2), which the library escapes in a way of its own, is
// left out.
func name(p Person) string {
	s := strings.Map(func(r rune) rune {
		switch r {
		case '\'':
			return '’'
		case ',', ';', ':', '"', '\\':
			return ' '
		}
		return r
	}, text.Line(cmp.Or(p.Name, p.Address)))
	return strings.Join(strings.Fields(s), " ")
}

// uri is an address on one line, without spaces.
func uri(s string) string { return strings.Join(strings.Fields(text.Line(s)), "") }

// offset writes how far a zone is ahead of UTC: +0100.
func offset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := sign + two(seconds/3600) + two(seconds/60%60)
	if seconds%60 != 0 {
		s += two(seconds % 60)
	}
	return s
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
