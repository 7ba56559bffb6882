package trainings

import (
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

// Session is one time that a training is held.
type Session struct {
	ID         string
	TrainingID string    `db:"training_id"`
	StartsAt   time.Time `db:"starts_at"`
	EndsAt     time.Time `db:"ends_at"`
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

// Doors reports whether participants may go in: from half an hour before the
// start until the end.
func (s Session) Doors(now time.Time) bool {
	return s.State == "open" && !now.Before(s.StartsAt.Add(-doorsOpen)) && now.Before(s.EndsAt)
}

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

// The reminders, in the order in which they go out.
const (
	dayBefore  = 1
	hourBefore = 2
	soonBefore = 3
)

// reminderDue is when a reminder of a session goes out. That of the day before
// goes by the wall clock of the session: at the same time of day, also over the
// night in which the clocks change.
func reminderDue(s Session, which int) time.Time {
	switch which {
	case dayBefore:
		zone := s.Location()
		return hours.At(zone, hours.DateOf(s.StartsAt, zone).AddDays(-1), hours.ClockOf(s.StartsAt, zone))
	case hourBefore:
		return s.StartsAt.Add(-time.Hour)
	}
	return s.StartsAt.Add(-10 * time.Minute)
}

// reminder is the reminder that somebody should have now, or 0: the last one
// that is due, of those that were not due yet when he was told last. So after an
// outage there is one, and none after the start.
func reminder(s Session, toldAt time.Time, reminded int, now time.Time) int {
	if !now.Before(s.StartsAt) {
		return 0
	}
	for which := soonBefore; which > reminded; which-- {
		if due := reminderDue(s, which); !now.Before(due) && toldAt.Before(due) {
			return which
		}
	}
	return 0
}
