package trainings

import (
	"net/url"
	"strings"
	"time"

	"loket/app/hours"
)

const (
	holdFor        = 24 * time.Hour   // an address that has not been confirmed keeps its place for so long
	holdLeast      = time.Hour        // and at least so long, when the session is near
	noPromotion    = 2 * time.Hour    // before the start nobody moves up any more: he could not make it
	doorsOpen      = 30 * time.Minute // before the start the way in opens
	linkLasts      = 90 * 24 * time.Hour
	confirmAgain   = 10 * time.Minute // between two mails that ask the same address the same
	mostTimes      = 30               // that a series is held
	certifiedAfter = 30 * time.Minute // the host has so long to correct the list
)

// Training is something to learn; it is held in sessions.
type Training struct {
	ID          string
	Kind        string // training or webinar
	Title       string
	Lead        string // one or two sentences
	About       string // Markdown
	Products    string // keys, with a space between
	Certificate bool
	State       string    // draft, published, archived
	CreatedAt   time.Time `db:"created_at"`
	ChangedAt   time.Time `db:"changed_at"`
}

// ProductKeys are the products that it is about.
func (t Training) ProductKeys() []string { return strings.Fields(t.Products) }

// Session is what one signs up for: a training held once, or a few times as a
// series. StartsAt is the start of the first time, EndsAt the end of the last.
type Session struct {
	ID         string
	TrainingID string    `db:"training_id"`
	StartsAt   time.Time `db:"starts_at"`
	EndsAt     time.Time `db:"ends_at"`
	Times      int       // how often it is held
	Every      int       // days between two times
	Zone       string
	Lang       string
	Place      string
	JoinURL    string  `db:"join_url"`
	HostID     *string `db:"host_id"`
	State      string  // draft, open, cancelled
	Capacity   int
	Chairs     int
	Taken      int
	Waiting    int
	Attended   int
	Queued     int64
	Version    int64
	CreatedAt  time.Time `db:"created_at"`
	ChangedAt  time.Time `db:"changed_at"` // what the feeds say of it
}

// Meeting is one time of a session.
type Meeting struct{ Start, End time.Time }

// Meetings are the times that a session is held, at the same hour by the clock
// on the wall.
func (s Session) Meetings() []Meeting {
	if s.Times <= 1 {
		return []Meeting{{s.StartsAt, s.EndsAt}}
	}
	zone, all := s.Location(), make([]Meeting, s.Times)
	for i := range all {
		all[i].Start = later(s.StartsAt, zone, i*s.Every)
		all[i].End = later(s.EndsAt, zone, (i+1-s.Times)*s.Every)
	}
	return all
}

// Length is how long it takes, all times together.
func (s Session) Length() (sum time.Duration) {
	for _, m := range s.Meetings() {
		sum += m.End.Sub(m.Start)
	}
	return sum
}

// later is the same hour on the wall, days later.
func later(t time.Time, zone *time.Location, days int) time.Time {
	if days == 0 {
		return t
	}
	return hours.At(zone, hours.DateOf(t, zone).AddDays(days), hours.ClockOf(t, zone))
}

// Upcoming is the first time that is not over at now, or the last one.
func (s Session) Upcoming(now time.Time) Meeting {
	all := s.Meetings()
	for _, m := range all {
		if now.Before(m.End) {
			return m
		}
	}
	return all[len(all)-1]
}

// Location is the zone in which the session's clock hangs.
func (s Session) Location() *time.Location {
	zone, err := hours.Zone(s.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Free is how many seats a newcomer can have: none while anyone waits.
func (s Session) Free() int {
	if s.Waiting > 0 {
		return 0
	}
	return max(0, s.Capacity-s.Taken)
}

// Full is how much of the room is taken, 0 to 1.
func (s Session) Full() float64 { return min(1, float64(s.Taken)/float64(s.Capacity)) }

// Open reports whether one can sign up.
func (s Session) Open(now time.Time) bool { return s.State == "open" && now.Before(s.StartsAt) }

// Over reports whether the session has been held.
func (s Session) Over(now time.Time) bool { return !now.Before(s.EndsAt) }

// Promotes reports whether somebody who waits may still get a seat.
func (s Session) Promotes(now time.Time) bool {
	return s.State == "open" && now.Before(s.StartsAt.Add(-noPromotion))
}

// Doors reports whether participants may go in: from half an hour before each
// start until the end.
func (s Session) Doors(now time.Time) bool {
	m := s.Upcoming(now)
	return s.State == "open" && !now.Before(m.Start.Add(-doorsOpen)) && now.Before(m.End)
}

// Begun reports whether it can be noted who is there.
func (s Session) Begun(now time.Time) bool { return !now.Before(s.StartsAt.Add(-doorsOpen)) }

// Registration is somebody's sign-up.
type Registration struct {
	ID          string
	SessionID   string  `db:"session_id"`
	AccountID   *string `db:"account_id"`
	Name        string
	Email       string
	Company     string
	Phone       string
	URL         string
	Lang        string
	Zone        string
	State       string // in, waiting, cancelled
	Position    *int64
	ConfirmedAt *time.Time `db:"confirmed_at"`
	HeldUntil   *time.Time `db:"held_until"`
	UID         string
	Sequence    int
	Invited     bool
	ToldAt      time.Time `db:"told_at"`
	Reminded    int
	AttendedAt  *time.Time `db:"attended_at"`
	CertifiedAt *time.Time `db:"certified_at"`
	CancelledAt *time.Time `db:"cancelled_at"`
	CancelledBy string     `db:"cancelled_by"`
	OverAt      time.Time  `db:"over_at"`
	CreatedAt   time.Time  `db:"created_at"`
}

// Confirmed reports whether the address has been shown to be the person's.
func (r Registration) Confirmed() bool { return r.ConfirmedAt != nil }

// heldUntil is until when an address that has not been confirmed keeps its
// place: a day, but so that those who wait can still move up.
func heldUntil(now, start time.Time) time.Time {
	until := now.Add(holdFor)
	if last := start.Add(-noPromotion); until.After(last) {
		until = last
	}
	if least := now.Add(holdLeast); until.Before(least) {
		until = least
	}
	return until
}

// The reminders of each time that a session is held, in the order in which they
// go out. Those of the second time count on: 4, 5, 6.
const (
	dayBefore  = 1
	hourBefore = 2
	soonBefore = 3
)

// reminderDue is when a reminder of a meeting goes out. That of the day before
// goes by the wall clock of the session: at the same time of day, also over the
// night in which the clocks change.
func reminderDue(m Meeting, zone *time.Location, which int) time.Time {
	switch which {
	case dayBefore:
		return later(m.Start, zone, -1)
	case hourBefore:
		return m.Start.Add(-time.Hour)
	}
	return m.Start.Add(-10 * time.Minute)
}

// reminder is the reminder that somebody should have now, or 0: the last one
// that is due, of those that were not due yet when he was told last. So after an
// outage there is one, and none after the start.
func reminder(s Session, toldAt time.Time, reminded int, now time.Time) int {
	meetings := s.Meetings()
	for n := soonBefore * len(meetings); n > reminded; n-- {
		m := meetings[(n-1)/soonBefore]
		if !now.Before(m.Start) {
			return 0 // and all that are left were due even earlier
		}
		if due := reminderDue(m, s.Location(), kindOf(n)); !now.Before(due) && toldAt.Before(due) {
			return n
		}
	}
	return 0
}

// kindOf is which of the three a reminder is.
func kindOf(n int) int { return (n-1)%soonBefore + 1 }

// webAddress reports whether a text is the address of a site, as people type
// it: with https:// or without. No address runs a script.
func webAddress(typed string) bool {
	if strings.ContainsAny(typed, " \"'<>\\`") {
		return false
	}
	scheme, _, full := strings.Cut(typed, "://")
	if !full {
		scheme, typed = "https", "https://"+typed
	}
	u, err := url.Parse(typed)
	return err == nil && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) && u.Hostname() != "" && u.User == nil &&
		(u.Port() == "" || full || strings.Contains(u.Hostname(), "."))
}
