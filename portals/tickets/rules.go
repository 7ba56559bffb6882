package tickets

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/hours"
)

// Status is how far a ticket is. Staff and customers have words of their own
// for each: tickets.status.NAME and tickets.status.NAME.mine.
const (
	Fresh   = "new"     // nobody of ours has looked at it
	Open    = "open"    // we are at work
	Pending = "pending" // the customer is to move; the clocks stand still
	OnHold  = "on-hold" // we wait for somebody else; the clocks run
	Solved  = "solved"  // the customer may still reopen it
	Closed  = "closed"  // done: what comes after is a new ticket
)

// The lists that the rest of the program chooses from.
var (
	statuses   = []string{Fresh, Open, Pending, OnHold, Solved, Closed}
	severities = []string{"blocks", "hinders", "question"}
)

// What happens to a ticket. The first five are messages; a clock reads only
// these and the status.
const (
	Filed        = "filed"        // the first message; value is the severity
	Asked        = "asked"        // a later message of a customer
	Answered     = "answered"     // a message of a colleague to the customer
	Noted        = "noted"        // a message among colleagues
	Acknowledged = "acknowledged" // an automatic message to the customer
	ToStatus     = "status"       // value is the new status
	ToSeverity   = "severity"     // value is the new severity
	ToAssignee   = "assigned"     // about the colleague; none when it is nobody's again
	ToTeam       = "team"
	ToPriority   = "priority"
	ToProduct    = "product"
	ToSubject    = "subject"
	ToTags       = "tags"
	Snoozed      = "snoozed" // value is until when, RFC 3339; empty when it woke up
	Joined       = "joined"  // about who reads along from now on
	Left         = "left"    // about who no longer does
	ToPrivate    = "private" // value is true or false
	Rated        = "rated"   // value is yes or no
	Recomputed   = "recomputed"
	Merged       = "merged"   // value is the id of the other ticket
	Unmerged     = "unmerged" // value is the id of the other ticket
	Continued    = "continued"
	Linked       = "linked"     // value is the number of the other ticket
	Unlinked     = "unlinked"   // value is the number of the other ticket
	Split        = "split"      // value is the number of the ticket that was made of a message
	SplitFrom    = "split_from" // value is the number of the ticket that the message was in
	Taken        = "taken"      // a colleague filed it for a customer
	TakenOver    = "taken_over" // a colleague made it of a question at another counter
	Known        = "known"      // value is the id of the known problem that it is about
	Unknown      = "unknown"    // value is the id of the known problem that it is about no longer
	Shipped      = "shipped"    // value is what was made of the ticket: it is there
	Undone       = "undone"     // value is the numbers of the events that were taken back: no clock reads them
)

// reopenFor is how long after solving a customer may reopen a ticket.
const reopenFor = 14 * 24 * time.Hour

// closeAfter is when a solved ticket is closed: nobody can reopen it any more.
const closeAfter = reopenFor

// finished reports whether the work on a ticket is done.
func finished(status string) bool { return status == Solved || status == Closed }

// A Clock is one promise about a ticket: when it must be kept, and whether it was.
type Clock struct {
	Name    string        // first, next or solve; empty is no clock
	Target  hours.Target  // how much time it takes
	Start   time.Time     // when it began to count
	Pauses  []hours.Pause // when it stood still
	Due     time.Time     // when the promise must be kept; zero while it stands still
	Done    time.Time     // when it was kept, or ended; zero while it runs
	Stopped bool          // it stands still until further notice
	joined  time.Time     // when it came from a ticket that was merged into this one; pauses of before were not its
}

// Names of clocks.
const (
	First = "first"
	Next  = "next"
	Solve = "solve"
)

// Runs reports whether the promise is still to be kept.
func (c Clock) Runs() bool { return c.Name != "" && c.Done.IsZero() }

// Late reports whether the promise was, or at now is, broken. To keep it at the
// due instant itself is in time.
func (c Clock) Late(now time.Time) bool {
	if c.Due.IsZero() {
		return false
	}
	if !c.Done.IsZero() {
		now = c.Done
	}
	return now.After(c.Due)
}

// Policy is what is promised for one severity. A target of zero promises nothing.
type Policy struct{ First, Next, Solve hours.Target }

// Policies is the promises by severity.
type Policies map[string]Policy

// Clocks is what the events of a ticket say about its promises.
type Clocks struct {
	First, Next, Solve Clock
	NextLate           bool      // some later answer came too late, now or before
	Waiting            time.Time // since when the customer waits for an answer; zero: he does not
}

// Due is the promise to keep first, of those that run.
func (c Clocks) Due() Clock {
	var first Clock
	for _, clock := range []Clock{c.First, c.Next, c.Solve} {
		if clock.Runs() && !clock.Due.IsZero() && (first.Due.IsZero() || clock.Due.Before(first.Due)) {
			first = clock
		}
	}
	return first
}

// Answer is the promise of an answer that runs or stands still, if there is one.
func (c Clocks) Answer() Clock {
	if c.First.Runs() {
		return c.First
	}
	if c.Next.Runs() {
		return c.Next
	}
	return Clock{}
}

// Stopped reports whether a promise stands still until the customer moves.
func (c Clocks) Stopped() bool {
	return c.First.Runs() && c.First.Stopped || c.Next.Runs() && c.Next.Stopped || c.Solve.Runs() && c.Solve.Stopped
}

// clocks works out the promises of a ticket from its events, in their order. It
// is a pure function: the same events, policies and calendar give the same clocks.
//
// The first answer counts from filing; a later one from the oldest message of
// the customer that has no answer yet, so a second message changes nothing. Only
// a person's reply to the customer is an answer. While the ticket is pending all
// clocks stand still; while it is solved the clock of the solution does, and
// goes on when the ticket is reopened.
func clocks(events []Event, policies Policies, calendar hours.Calendar) (Clocks, error) {
	r := reading{policies: policies, calendar: calendar}
	undone := takenBack(events)
	for _, e := range events {
		if undone[e.Seq] {
			continue
		}
		if err := r.read(e); err != nil {
			return Clocks{}, err
		}
	}
	return r.clocks, r.dues()
}

// takenBack are the numbers of the events that somebody took back: for the
// clocks it is as if they never were.
func takenBack(events []Event) map[int64]bool {
	var undone map[int64]bool
	for _, e := range events {
		if e.Kind != Undone {
			continue
		}
		if undone == nil {
			undone = map[int64]bool{}
		}
		for _, text := range strings.Fields(e.Value) {
			if seq, err := strconv.ParseInt(text, 10, 64); err == nil {
				undone[seq] = true
			}
		}
	}
	return undone
}

// reading is the clocks of a ticket as far as its events have been read.
type reading struct {
	clocks   Clocks
	policies Policies
	severity string
	calendar hours.Calendar
	status   string
	pending  []hours.Pause // while the customer was to move
	solved   []hours.Pause // while the ticket was solved
}

func (r *reading) read(e Event) error {
	switch e.Kind {
	case Filed:
		r.status, r.severity = Fresh, e.Value
		r.clocks.Waiting = e.At
		r.clocks.First = Clock{Name: First, Start: e.At}
		r.clocks.Solve = Clock{Name: Solve, Start: e.At}
	case Asked:
		r.asked(e.since(), e.At)
	case Answered:
		r.clocks.Waiting = time.Time{}
		return r.end(e)
	case ToSeverity:
		r.severity = e.Value
	case ToStatus:
		return r.move(e)
	}
	return nil
}

// since is from when the customer waits who asked: since he wrote, or, of a
// ticket that was merged into this one, since he wrote there.
func (e Event) since() time.Time {
	if at, err := time.Parse(time.RFC3339Nano, e.Value); err == nil && at.Before(e.At) {
		return at
	}
	return e.At
}

// asked has the customer wait for an answer since a moment, as it is told at
// another. What was promised from an earlier one stays.
func (r *reading) asked(since, told time.Time) {
	if !r.clocks.Waiting.IsZero() && !since.Before(r.clocks.Waiting) {
		return
	}
	clock := &r.clocks.First
	if !clock.Runs() {
		clock = &r.clocks.Next
		*clock = Clock{Name: Next}
	}
	clock.Start, r.clocks.Waiting = since, since
	if since.Before(told) {
		clock.joined = told
	}
}

// pauses are those of the ticket in which a clock stood still.
func (r *reading) pauses(clock *Clock) []hours.Pause {
	return slices.DeleteFunc(slices.Clone(r.pending), func(p hours.Pause) bool { return p.From.Before(clock.joined) })
}

// end ends the clock that waited for an answer.
func (r *reading) end(e Event) error {
	clock := &r.clocks.First
	if !clock.Runs() {
		clock = &r.clocks.Next
	}
	if !clock.Runs() {
		return nil
	}
	if e.DueAt != nil {
		clock.Due = *e.DueAt
	} else if err := r.due(clock); err != nil {
		return err
	}
	clock.Target = r.target(clock.Name)
	clock.Pauses = r.pauses(clock)
	clock.Done, clock.Stopped = e.At, false
	if clock.Name == Next {
		r.clocks.NextLate = r.clocks.NextLate || clock.Late(e.At)
	}
	return nil
}

// move follows the ticket to another status.
func (r *reading) move(e Event) error {
	was := r.status
	r.status = e.Value
	if was == Pending && e.Value != Pending {
		ended(r.pending, e.At)
	}
	if finished(was) && !finished(e.Value) {
		ended(r.solved, e.At)
		r.clocks.Solve.Done = time.Time{}
	}
	if e.Value == Pending && was != Pending {
		r.pending = append(r.pending, hours.Pause{From: e.At})
	}
	if finished(e.Value) && !finished(was) {
		if r.clocks.Answer().Runs() {
			// Nobody waits for an answer about what is solved.
			if err := r.end(e); err != nil {
				return err
			}
			r.clocks.Waiting = time.Time{}
		}
		if r.clocks.Solve.Runs() {
			if err := r.due(&r.clocks.Solve); err != nil {
				return err
			}
			r.clocks.Solve.Done = e.At
		}
		r.solved = append(r.solved, hours.Pause{From: e.At})
	}
	return nil
}

// ended ends the last of the pauses.
func ended(pauses []hours.Pause, at time.Time) {
	if n := len(pauses); n > 0 && pauses[n-1].To.IsZero() {
		pauses[n-1].To = at
	}
}

// dues works out when the clocks that still run are due.
func (r *reading) dues() error {
	for _, clock := range []*Clock{&r.clocks.First, &r.clocks.Next, &r.clocks.Solve} {
		if clock.Runs() {
			if err := r.due(clock); err != nil {
				return err
			}
		}
	}
	return nil
}

// due works out when a clock is due, or that it stands still.
func (r *reading) due(clock *Clock) error {
	clock.Target = r.target(clock.Name)
	if clock.Target.Amount == 0 {
		if clock.Done.IsZero() {
			*clock = Clock{}
		}
		return nil
	}
	clock.Pauses = r.pauses(clock)
	if clock.Name == Solve {
		clock.Pauses = append(clock.Pauses, r.solved...)
	}
	due, err := clock.Target.Due(r.calendar, clock.Start, clock.Pauses)
	clock.Due, clock.Stopped = due, false
	switch {
	case errors.Is(err, hours.ErrPaused):
		clock.Due, clock.Stopped = time.Time{}, true
		return nil
	case errors.Is(err, hours.ErrFar):
		clock.Due = time.Time{}
		return nil
	}
	return err
}

func (r *reading) target(name string) hours.Target {
	policy := r.policies[r.severity]
	switch name {
	case First:
		return policy.First
	case Next:
		return policy.Next
	}
	return policy.Solve
}

// promise is when a ticket of that severity, filed now, will be answered.
func promise(now time.Time, severity string, policies Policies, calendar hours.Calendar) (time.Time, error) {
	target := policies[severity].First
	if target.Amount == 0 {
		return time.Time{}, nil
	}
	return target.Due(calendar, now, nil)
}

// far is where a ticket without a running promise stands in the order of promises.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// place fills in where a ticket stands in the lists of staff: its queue, whether
// it is among the work to do, and at which place.
func (t *Ticket) place(now time.Time) {
	switch {
	case finished(t.Status):
		t.Queue = t.Status
	case t.SnoozedUntil != nil && t.SnoozedUntil.After(now):
		t.Queue = Snoozed
	case t.Status == Pending || t.Status == OnHold:
		t.Queue = "waiting"
	default:
		t.Queue = "todo"
	}
	t.Live = t.Queue == "todo" || t.Queue == "waiting"
	t.SortAt = far
	if t.DueAt != nil {
		t.SortAt = *t.DueAt
	}
}

// obey fills in what the clocks say.
func (t *Ticket) obey(c Clocks, now time.Time) {
	when := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		at = at.UTC().Truncate(time.Microsecond)
		return &at
	}
	t.FirstDueAt, t.FirstDoneAt, t.FirstLate = when(c.First.Due), when(c.First.Done), !c.First.Done.IsZero() && c.First.Late(now)
	t.NextDueAt, t.NextLate = nil, c.NextLate
	if c.Next.Runs() {
		t.NextDueAt = when(c.Next.Due)
	}
	t.SolveDueAt, t.SolveLate = when(c.Solve.Due), !c.Solve.Done.IsZero() && c.Solve.Late(now)
	t.WaitingSince = when(c.Waiting)
	due := c.Due()
	t.DueAt, t.DueClock = when(due.Due), due.Name
	t.place(now)
}

// counted lists the counters that a ticket is counted in: its queue, and of the
// work to do whose it is.
func (t *Ticket) counted() []string {
	names := []string{t.Queue}
	if t.Queue == "todo" {
		if t.AssigneeID == nil {
			names = append(names, "nobody")
		} else {
			names = append(names, "mine:"+*t.AssigneeID)
		}
	}
	return names
}

// Late reports whether a promise is broken at now and still not kept.
func (t *Ticket) Late(now time.Time) bool { return t.DueAt != nil && now.After(*t.DueAt) }

// Reopenable reports whether a customer may still reopen the ticket.
func (t *Ticket) Reopenable(now time.Time) bool {
	return t.Status == Solved && t.SolvedAt != nil && now.Before(t.SolvedAt.Add(reopenFor))
}

// Talks reports whether a customer may still write in the ticket.
func (t *Ticket) Talks(now time.Time) bool { return !finished(t.Status) || t.Reopenable(now) }

// Group is the heading under which a ticket stands in the inbox. Next is the
// first working day after today: on a Friday that is Monday.
func (t *Ticket) Group(now time.Time, zone *time.Location, next hours.Date) string {
	if t.Queue == "waiting" && t.DueAt == nil {
		return "waiting"
	}
	if t.DueAt == nil {
		return "later"
	}
	today := hours.DateOf(now, zone)
	switch day := hours.DateOf(*t.DueAt, zone); {
	case now.After(*t.DueAt):
		return "late"
	case day == today:
		return "today"
	case day == today.AddDays(1):
		return "tomorrow"
	case day.Compare(next) <= 0:
		return "next"
	}
	return "later"
}

// tagList reads tags as people type them: apart by commas or spaces, in lower
// case, each once, at most ten of 30 characters.
func tagList(typed string) []string {
	var tags []string
	for _, tag := range strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return r == ',' || r == ' ' || r == '#' || r == ';' }) {
		if runes := []rune(tag); len(runes) > 30 {
			tag = string(runes[:30])
		}
		if tag != "" && !slices.Contains(tags, tag) && len(tags) < 10 {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
}
