package tickets

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/files"
	"loket/app/hours"
	"loket/db"
)

// Ticket is a question of a customer and how far its answer is.
type Ticket struct {
	ID            string
	Number        int64
	CompanyID     *string `db:"company_id"`
	RequesterID   *string `db:"requester_id"`
	Product       string
	Severity      string
	Priority      string
	Channel       string
	Subject       string
	Excerpt       string
	Status        string
	Queue         string    // todo, waiting, snoozed, solved, closed
	Live          bool      // among the work: todo or waiting
	SortAt        time.Time `db:"sort_at"`
	Private       bool
	AssigneeID    *string `db:"assignee_id"`
	Team          string
	Tags          string     // apart by spaces
	SnoozedUntil  *time.Time `db:"snoozed_until"`
	ContinuesID   *string    `db:"continues_id"`
	MergedID      *string    `db:"merged_id"`
	Seq           int64      // of the last message or event
	DueAt         *time.Time `db:"due_at"`
	DueClock      string     `db:"due_clock"`
	FirstDueAt    *time.Time `db:"first_due_at"`
	FirstDoneAt   *time.Time `db:"first_done_at"`
	FirstLate     bool       `db:"first_late"`
	NextDueAt     *time.Time `db:"next_due_at"`
	NextLate      bool       `db:"next_late"`
	SolveDueAt    *time.Time `db:"solve_due_at"`
	SolveLate     bool       `db:"solve_late"`
	WaitingSince  *time.Time `db:"waiting_since"`
	LastBy        string     `db:"last_by"` // customer or staff: who wrote to the other last
	LastCustomer  *time.Time `db:"last_customer_at"`
	LastStaff     *time.Time `db:"last_staff_at"`
	Rating        string     // yes or no: is the customer helped
	RatingComment string     `db:"rating_comment"`
	RatedAt       *time.Time `db:"rated_at"`
	CreatedAt     time.Time  `db:"created_at"`
	UpdatedAt     time.Time  `db:"updated_at"`
	SolvedAt      *time.Time `db:"solved_at"`
	ClosedAt      *time.Time `db:"closed_at"`
	SettledAt     *time.Time `db:"settled_at"`
}

// Company is the id of the requester's company, or empty.
func (t *Ticket) Company() string { return value(t.CompanyID) }

// Requester is the id of the account that asks, or empty once it has been erased.
func (t *Ticket) Requester() string { return value(t.RequesterID) }

// Assignee is the id of the colleague whose ticket it is, or empty.
func (t *Ticket) Assignee() string { return value(t.AssigneeID) }

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Parties to a message.
const (
	Customer = "customer"
	Staff    = "staff"
)

// Kinds of message.
const (
	Reply = "reply"
	Note  = "note"
)

// Message is what somebody wrote in a ticket.
type Message struct {
	ID        string
	TicketID  string `db:"ticket_id"`
	Seq       int64
	Kind      string
	Party     string
	Channel   string
	AuthorID  *string `db:"author_id"`
	Automatic bool
	Body      string    // Markdown
	CreatedAt time.Time `db:"created_at"`
}

// Event is something that happened to a ticket.
type Event struct {
	ID       string
	TicketID string `db:"ticket_id"`
	Seq      int64
	Kind     string
	Value    string
	ActorID  *string    `db:"actor_id"` // who did it; nil is the program
	AboutID  *string    `db:"about_id"`
	DueAt    *time.Time `db:"due_at"` // of an answer: when it had been promised
	At       time.Time
}

const ticketColumns = `t.id, t.number, t.company_id, t.requester_id, t.product, t.severity, t.priority, t.channel, t.subject, t.excerpt,
	t.status, t.queue, t.live, t.sort_at, t.private, t.assignee_id, t.team, t.tags, t.snoozed_until, t.continues_id, t.merged_id, t.seq,
	t.due_at, t.due_clock, t.first_due_at, t.first_done_at, t.first_late, t.next_due_at, t.next_late, t.solve_due_at, t.solve_late,
	t.waiting_since, t.last_by, t.last_customer_at, t.last_staff_at, t.rating, t.rating_comment, t.rated_at,
	t.created_at, t.updated_at, t.solved_at, t.closed_at, t.settled_at`

// visible is who may see a ticket t: :me, who asked and belongs to the company
// he asked for, or takes part and belongs to it, or manages it while the ticket
// is not private. Who has left a company sees nothing of it any more.
const visible = `(t.company_id IS NULL AND t.requester_id = :me OR EXISTS (
	SELECT 1 FROM membership m WHERE m.account_id = :me AND m.company_id = t.company_id AND m.ended_at IS NULL AND (
		t.requester_id = :me OR m.manager AND NOT t.private OR EXISTS (
			SELECT 1 FROM ticket_participant p WHERE p.ticket_id = t.id AND p.account_id = :me))))`

// viewer is the argument of queries about what a customer may see.
type viewer struct{ Me, ID string }

// ofCustomer returns the ticket if that customer may see it, else fault.NotFound.
func ofCustomer(ctx context.Context, on db.Querier, me, id string) (Ticket, error) {
	return db.GetNamed[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.id = :id AND `+visible, viewer{me, id})
}

// ofStaff returns the ticket with that id; its route lets only staff through
// who work in tickets.
func ofStaff(ctx context.Context, on db.Querier, id string) (Ticket, error) {
	return db.Get[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.id = ?`, id)
}

// byNumber returns the id of the ticket with that number.
func byNumber(ctx context.Context, on db.Querier, number int64) (string, error) {
	return db.Get[string](ctx, on, `SELECT id FROM ticket WHERE number = ?`, number)
}

// messages lists what was written in a ticket, in order; notes only for staff.
func messages(ctx context.Context, on db.Querier, ticket string, notes bool) ([]Message, error) {
	return db.All[Message](ctx, on, `
		SELECT id, ticket_id, seq, kind, party, channel, author_id, automatic, body, created_at
		FROM ticket_message WHERE ticket_id = ? AND (kind = 'reply' OR ?) ORDER BY seq`, ticket, notes)
}

// events lists what happened to a ticket, in order.
func events(ctx context.Context, on db.Querier, ticket string) ([]Event, error) {
	return db.All[Event](ctx, on, `
		SELECT id, ticket_id, seq, kind, value, actor_id, about_id, due_at, at
		FROM ticket_event WHERE ticket_id = ? ORDER BY seq`, ticket)
}

// desk is the office hours and promises in force, and the present: what a change
// to a ticket needs to work out its clocks.
type desk struct {
	Now      time.Time
	Calendar hours.Calendar
	Policies Policies
}

// policies reads what is promised.
func policies(ctx context.Context, on db.Querier) (Policies, error) {
	type row struct {
		Severity    string
		FirstAmount int    `db:"first_amount"`
		FirstUnit   string `db:"first_unit"`
		NextAmount  int    `db:"next_amount"`
		NextUnit    string `db:"next_unit"`
		SolveAmount int    `db:"solve_amount"`
		SolveUnit   string `db:"solve_unit"`
	}
	rows, err := db.All[row](ctx, on, `SELECT * FROM ticket_policy`)
	all := Policies{}
	for _, r := range rows {
		all[r.Severity] = Policy{
			hours.Target{Amount: r.FirstAmount, Unit: hours.Unit(r.FirstUnit)},
			hours.Target{Amount: r.NextAmount, Unit: hours.Unit(r.NextUnit)},
			hours.Target{Amount: r.SolveAmount, Unit: hours.Unit(r.SolveUnit)},
		}
	}
	return all, err
}

// setPolicy changes what is promised for a severity. The clocks that run follow
// by recomputeOpen.
func setPolicy(ctx context.Context, tx *db.Tx, severity string, p Policy) error {
	for _, target := range []*hours.Target{&p.First, &p.Next, &p.Solve} {
		if target.Amount == 0 {
			target.Unit = hours.Minutes
		}
		if err := target.Validate(); err != nil {
			return errors.Join(fault.BadInput, err)
		}
	}
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_policy (severity, first_amount, first_unit, next_amount, next_unit, solve_amount, solve_unit)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (severity) DO UPDATE SET
			first_amount = excluded.first_amount, first_unit = excluded.first_unit,
			next_amount = excluded.next_amount, next_unit = excluded.next_unit,
			solve_amount = excluded.solve_amount, solve_unit = excluded.solve_unit`,
		severity, p.First.Amount, string(p.First.Unit), p.Next.Amount, string(p.Next.Unit), p.Solve.Amount, string(p.Solve.Unit))
	return err
}

// insert files a ticket with its first message: t has what the customer said of
// it. It returns both as they are kept.
func insert(ctx context.Context, tx *db.Tx, d desk, t Ticket, m Message) (Ticket, Message, error) {
	var err error
	if t.Number, err = db.Next(ctx, tx, "ticket"); err != nil {
		return t, m, err
	}
	if t.ID == "" {
		t.ID = rand.Text()
	}
	at := d.Now
	t.Status, t.Seq, t.CreatedAt, t.UpdatedAt, t.LastBy, t.LastCustomer = Fresh, 1, at, at, Customer, &at
	if t.Priority == "" {
		t.Priority = "normal"
	}
	if t.Channel == "" {
		t.Channel = "web"
	}
	t.Excerpt = shorten(m.Body)
	filed := Event{ID: rand.Text(), TicketID: t.ID, Seq: 1, Kind: Filed, Value: t.Severity, ActorID: m.AuthorID, At: at}
	c, err := clocks([]Event{filed}, d.Policies, d.Calendar)
	if err != nil {
		return t, m, err
	}
	t.obey(c, at)
	if m.ID == "" {
		m.ID = rand.Text()
	}
	m.TicketID, m.Seq, m.Kind, m.Party, m.CreatedAt = t.ID, 1, Reply, Customer, at
	if m.Channel == "" {
		m.Channel = t.Channel
	}
	if err := db.Insert(ctx, tx, "ticket", t); err != nil {
		return t, m, err
	}
	if err := db.Insert(ctx, tx, "ticket_message", m); err != nil {
		return t, m, err
	}
	if err := db.Insert(ctx, tx, "ticket_event", filed); err != nil {
		return t, m, err
	}
	if t.RequesterID != nil {
		if err := join(ctx, tx, t.ID, *t.RequesterID, at); err != nil {
			return t, m, err
		}
	}
	return t, m, recount(ctx, tx, nil, t.counted())
}

// Change is what somebody does to a ticket at one moment: a message, and what
// else changes with it. Every part may be empty.
type Change struct {
	Actor   *account.Account // who does it; nil is the program
	Message *Message         // its Kind, Party, Channel and Body
	Edit    func(*Ticket)    // comes after the message; changes Status, Severity, AssigneeID, Team, Priority, Product, Subject, Tags, SnoozedUntil, Private
	Events  []Event          // more that happened: its Kind, Value, AboutID
}

// apply carries out a change on the ticket with that id: it locks the ticket, so
// that changes come one after the other, keeps the message, notes what happened,
// works out the clocks and keeps the counters. It returns the ticket before and
// after, and the message.
func apply(ctx context.Context, tx *db.Tx, d desk, id string, change Change) (before, after Ticket, m Message, err error) {
	if _, err = db.Exec(ctx, tx, `UPDATE ticket SET seq = seq WHERE id = ?`, id); err != nil {
		return
	}
	if before, err = ofStaff(ctx, tx, id); err != nil {
		return
	}
	told, err := events(ctx, tx, id)
	if err != nil {
		return
	}
	after = before
	// What came before in this ticket stays before it, whatever the clock says.
	at := d.Now.UTC().Truncate(time.Microsecond)
	if n := len(told); n > 0 && at.Before(told[n-1].At) {
		at = told[n-1].At
	}
	happened := change.happened(before, &after, at)
	if change.Message != nil {
		m = *change.Message
	}
	known, err := clocks(told, d.Policies, d.Calendar)
	if err != nil {
		return
	}
	for i := range happened {
		e := &happened[i]
		after.Seq++
		e.ID, e.TicketID, e.Seq, e.At = rand.Text(), id, after.Seq, at
		if change.Actor != nil {
			e.ActorID = &change.Actor.ID
		}
		if answer := known.Answer(); (e.Kind == Answered || e.Kind == ToStatus && finished(e.Value)) && answer.Runs() && !answer.Due.IsZero() {
			due := answer.Due.UTC().Truncate(time.Microsecond)
			e.DueAt = &due
			known = Clocks{} // it ends once
		}
		if isMessage(e.Kind) && change.Message != nil {
			if m.ID == "" {
				m.ID = rand.Text()
			}
			m.TicketID, m.Seq, m.AuthorID, m.CreatedAt = id, e.Seq, e.ActorID, at
			if err = db.Insert(ctx, tx, "ticket_message", m); err != nil {
				return
			}
		}
		if err = db.Insert(ctx, tx, "ticket_event", *e); err != nil {
			return
		}
	}
	c, err := clocks(append(told, happened...), d.Policies, d.Calendar)
	if err != nil {
		return
	}
	if slices.ContainsFunc(happened, Event.moves) {
		after.UpdatedAt = at
	}
	after.obey(c, d.Now)
	if before.Tags != after.Tags {
		if err = retag(ctx, tx, id, strings.Fields(after.Tags)); err != nil {
			return
		}
	}
	if err = save(ctx, tx, after); err != nil {
		return
	}
	err = recount(ctx, tx, before.counted(), after.counted())
	return
}

// moves reports whether an event puts its ticket on top of what changed last:
// what somebody did, or news for the customer, but not what follows by itself.
func (e Event) moves() bool {
	return (e.ActorID != nil || e.Kind == Shipped) && e.Kind != Recomputed
}

func isMessage(kind string) bool {
	return kind == Asked || kind == Answered || kind == Noted || kind == Acknowledged
}

// happened lists what a change means, as events, and lets after follow from
// them: a message of a customer wakes and reopens, an answer opens what is new.
func (c Change) happened(before Ticket, after *Ticket, at time.Time) []Event {
	var all []Event
	if m := c.Message; m != nil {
		kind := Noted
		switch {
		case m.Kind == Note:
		case m.Automatic:
			kind = Acknowledged
		case m.Party == Customer:
			kind = Asked
		default:
			kind = Answered
		}
		all = append(all, Event{Kind: kind})
		after.wrote(kind, m.Body, at)
	}
	for _, e := range c.Events {
		if e.Kind == Asked {
			after.wrote(Asked, after.Excerpt, at)
		}
		all = append(all, e)
	}
	if c.Edit != nil { // after the message, which may itself open the ticket
		c.Edit(after)
	}
	changed := func(kind, was, is string) {
		if was != is {
			all = append(all, Event{Kind: kind, Value: is})
		}
	}
	changed(ToSeverity, before.Severity, after.Severity)
	changed(ToPriority, before.Priority, after.Priority)
	changed(ToProduct, before.Product, after.Product)
	changed(ToTeam, before.Team, after.Team)
	changed(ToTags, before.Tags, after.Tags)
	if before.Subject != after.Subject {
		all = append(all, Event{Kind: ToSubject})
	}
	if before.Private != after.Private {
		all = append(all, Event{Kind: ToPrivate, Value: map[bool]string{true: "true", false: "false"}[after.Private]})
	}
	if before.Assignee() != after.Assignee() {
		all = append(all, Event{Kind: ToAssignee, AboutID: after.AssigneeID})
		if after.Status == Fresh && after.AssigneeID != nil && before.Status == Fresh {
			after.Status = Open
		}
	}
	if until, was := after.SnoozedUntil, before.SnoozedUntil; until != nil && (was == nil || !was.Equal(*until)) {
		all = append(all, Event{Kind: Snoozed, Value: until.UTC().Format(time.RFC3339)})
	} else if until == nil && was != nil {
		all = append(all, Event{Kind: Snoozed})
	}
	changed(ToStatus, before.Status, after.Status)
	after.stamp(before.Status, at)
	return all
}

// wrote follows a message.
func (t *Ticket) wrote(kind, body string, at time.Time) {
	switch kind {
	case Asked:
		t.LastBy, t.LastCustomer, t.SnoozedUntil = Customer, &at, nil
		if t.Status == Pending || t.Status == OnHold || t.Status == Solved {
			t.Status = Open
		}
	case Answered:
		t.LastBy, t.LastStaff = Staff, &at
		if t.Status == Fresh {
			t.Status = Open
		}
	default:
		return
	}
	t.Excerpt = shorten(body)
}

// stamp fills in the moments that go with a status.
func (t *Ticket) stamp(was string, at time.Time) {
	switch {
	case !finished(t.Status):
		t.SolvedAt, t.ClosedAt, t.SettledAt = nil, nil, nil
		if finished(was) {
			t.Rating, t.RatingComment, t.RatedAt = "", "", nil
		}
	case !finished(was):
		t.SolvedAt, t.SnoozedUntil = &at, nil
	}
	if t.Status == Closed && was != Closed {
		t.ClosedAt = &at
	}
}

func save(ctx context.Context, tx *db.Tx, t Ticket) error {
	_, err := db.ExecNamed(ctx, tx, `
		UPDATE ticket SET product = :product, severity = :severity, priority = :priority, subject = :subject, excerpt = :excerpt,
			status = :status, queue = :queue, live = :live, sort_at = :sort_at, private = :private, assignee_id = :assignee_id,
			team = :team, tags = :tags, snoozed_until = :snoozed_until, continues_id = :continues_id, merged_id = :merged_id, seq = :seq,
			due_at = :due_at, due_clock = :due_clock, first_due_at = :first_due_at, first_done_at = :first_done_at,
			first_late = :first_late, next_due_at = :next_due_at, next_late = :next_late, solve_due_at = :solve_due_at,
			solve_late = :solve_late, waiting_since = :waiting_since, last_by = :last_by, last_customer_at = :last_customer_at,
			last_staff_at = :last_staff_at, rating = :rating, rating_comment = :rating_comment, rated_at = :rated_at,
			updated_at = :updated_at, solved_at = :solved_at, closed_at = :closed_at, settled_at = :settled_at
		WHERE id = :id`, t)
	return err
}

func retag(ctx context.Context, tx *db.Tx, ticket string, tags []string) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM ticket_tag WHERE ticket_id = ?`, ticket); err != nil {
		return err
	}
	for _, tag := range tags {
		if _, err := db.Exec(ctx, tx, `INSERT INTO ticket_tag (ticket_id, tag) VALUES (?, ?)`, ticket, tag); err != nil {
			return err
		}
	}
	return nil
}

// recount moves a ticket from the counters it was in to those it is in now, in
// an order that two changes at once cannot lock each other with.
func recount(ctx context.Context, tx *db.Tx, was, is []string) error {
	delta := map[string]int{}
	for _, name := range was {
		delta[name]--
	}
	for _, name := range is {
		delta[name]++
	}
	var names []string
	for name, by := range delta {
		if by != 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := db.Exec(ctx, tx, `
			INSERT INTO ticket_count (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + excluded.value`, name, delta[name]); err != nil {
			return err
		}
	}
	return nil
}

// counts reads the counters that a colleague sees: todo, mine, nobody, waiting,
// snoozed, solved, closed.
func counts(ctx context.Context, on db.Querier, me string) (map[string]int, error) {
	type row struct {
		Name  string
		Value int
	}
	rows, err := db.All[row](ctx, on, `
		SELECT name, value FROM ticket_count
		WHERE name IN ('todo', 'nobody', 'waiting', 'snoozed', 'solved', 'closed', ?)`, "mine:"+me)
	all := map[string]int{}
	for _, r := range rows {
		if strings.HasPrefix(r.Name, "mine:") {
			r.Name = "mine"
		}
		all[r.Name] = r.Value
	}
	return all, err
}

// countAnew makes the counters what counting gives, and says how many were wrong.
func countAnew(ctx context.Context, tx *db.Tx) (wrong int, err error) {
	type row struct {
		Name  string
		Value int
	}
	// The lock on the counter of numbers keeps new tickets out meanwhile.
	if _, err := db.Exec(ctx, tx, `UPDATE counter SET value = value WHERE name = 'ticket'`); err != nil {
		return 0, err
	}
	found, err := db.All[row](ctx, tx, `
		SELECT queue AS name, count(*) AS value FROM ticket GROUP BY queue
		UNION ALL SELECT 'nobody', count(*) FROM ticket WHERE queue = 'todo' AND assignee_id IS NULL
		UNION ALL SELECT 'mine:' || assignee_id, count(*) FROM ticket WHERE queue = 'todo' AND assignee_id IS NOT NULL GROUP BY assignee_id`)
	if err != nil {
		return 0, err
	}
	kept, err := db.All[row](ctx, tx, `SELECT name, value FROM ticket_count`)
	if err != nil {
		return 0, err
	}
	delta := map[string]int{}
	for _, r := range found {
		delta[r.Name] += r.Value
	}
	for _, r := range kept {
		delta[r.Name] -= r.Value
	}
	for name, by := range delta {
		if by == 0 {
			continue
		}
		wrong++
		if _, err := db.Exec(ctx, tx, `
			INSERT INTO ticket_count (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + excluded.value`, name, by); err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}

// join lets an account take part in a ticket and follow it by mail.
func join(ctx context.Context, tx *db.Tx, ticket, who string, at time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_participant (id, ticket_id, account_id, mail, added_at) VALUES (?, ?, ?, TRUE, ?)
		ON CONFLICT (ticket_id, account_id) DO NOTHING`, rand.Text(), ticket, who, at)
	return err
}

// leave ends the part that an account takes in a ticket.
func leave(ctx context.Context, tx *db.Tx, ticket, who string) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM ticket_participant WHERE ticket_id = ? AND account_id = ?`, ticket, who)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	return err
}

// follow sets whether an account follows a ticket by mail.
func follow(ctx context.Context, tx *db.Tx, ticket, who string, mail bool, at time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO ticket_participant (id, ticket_id, account_id, mail, added_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (ticket_id, account_id) DO UPDATE SET mail = excluded.mail`, rand.Text(), ticket, who, mail, at)
	return err
}

// Person is somebody in a ticket.
type Person struct {
	ID      string
	Email   string
	Name    string
	Lang    string
	Role    string
	Mail    bool // follows by mail
	Present bool // may see the ticket now
	Proven  bool // has shown that the address is his
}

// Ours reports whether the person is a colleague.
func (p Person) Ours() bool { return p.Role == account.StaffRole || p.Role == account.AdminRole }

// First is the first word of the name.
func (p Person) First() string {
	name, _, _ := strings.Cut(p.Name, " ")
	return name
}

// participants lists who takes part in a ticket, the requester first. Present
// are those who belong to its company now.
func participants(ctx context.Context, on db.Querier, t Ticket) ([]Person, error) {
	return db.All[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, p.mail, a.verified_at IS NOT NULL AS proven,
			a.disabled_at IS NULL AND (CAST(? AS TEXT) = '' OR EXISTS (
				SELECT 1 FROM membership m WHERE m.account_id = a.id AND m.company_id = ? AND m.ended_at IS NULL)) AS present
		FROM ticket_participant p JOIN account a ON a.id = p.account_id
		WHERE p.ticket_id = ? ORDER BY a.id <> ?, a.name, a.id`, t.Company(), t.Company(), t.ID, t.Requester())
}

// people returns the accounts with those ids, by id.
func people(ctx context.Context, on db.Querier, ids []string) (map[string]Person, error) {
	found := map[string]Person{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := db.All[Person](ctx, on, `SELECT id, email, name, lang, role, FALSE AS mail, TRUE AS present, verified_at IS NOT NULL AS proven FROM account WHERE id IN (?)`, ids)
	for _, p := range rows {
		found[p.ID] = p
	}
	return found, err
}

// colleague returns the member of a company with that address or id, or fault.NotFound.
func colleague(ctx context.Context, on db.Querier, company, who string) (Person, error) {
	return db.Get[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, TRUE AS mail, TRUE AS present, a.verified_at IS NOT NULL AS proven
		FROM membership m JOIN account a ON a.id = m.account_id
		WHERE m.company_id = ? AND m.ended_at IS NULL AND a.disabled_at IS NULL AND (a.email = ? OR a.id = ?)`, company, account.Address(who), who)
}

// recomputeOpen works out the clocks of the unsolved tickets after the ticket
// with the id after (empty is the first), at most limit of them, and notes what
// changed. It returns the last id it looked at, empty when there are no more.
func recomputeOpen(ctx context.Context, tx *db.Tx, d desk, after string, limit int, actor *account.Account) (last string, changed int, err error) {
	ids, err := db.All[string](ctx, tx, `
		SELECT id FROM ticket WHERE id > ? AND queue IN ('todo', 'waiting', 'snoozed') ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return "", 0, err
	}
	for _, id := range ids {
		last = id
		t, err := ofStaff(ctx, tx, id)
		if err != nil {
			return last, changed, err
		}
		told, err := events(ctx, tx, id)
		if err != nil {
			return last, changed, err
		}
		c, err := clocks(told, d.Policies, d.Calendar)
		if err != nil {
			return last, changed, err
		}
		anew := t
		anew.obey(c, d.Now)
		if same(anew.DueAt, t.DueAt) && same(anew.FirstDueAt, t.FirstDueAt) && same(anew.NextDueAt, t.NextDueAt) && same(anew.SolveDueAt, t.SolveDueAt) {
			continue
		}
		changed++
		if _, _, _, err := apply(ctx, tx, d, id, Change{Actor: actor, Events: []Event{{Kind: Recomputed}}}); err != nil {
			return last, changed, err
		}
	}
	if len(ids) < limit {
		last = ""
	}
	return last, changed, nil
}

func same(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// countLate counts the tickets whose promise is broken, up to 100.
func countLate(ctx context.Context, on db.Querier, now time.Time) (int, error) {
	return db.Get[int](ctx, on, `SELECT count(*) FROM (SELECT id FROM ticket WHERE live = TRUE AND sort_at < ? ORDER BY sort_at, id LIMIT 100) late`, now)
}

// ofRequester lists the last tickets that somebody filed.
func ofRequester(ctx context.Context, on db.Querier, who string, limit int) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.requester_id = ? ORDER BY t.updated_at DESC, t.id DESC LIMIT ?`, who, limit)
}

func snoozedUntil(ctx context.Context, on db.Querier, now time.Time) ([]string, error) {
	return db.All[string](ctx, on, `SELECT id FROM ticket WHERE snoozed_until IS NOT NULL AND snoozed_until <= ? ORDER BY snoozed_until LIMIT 500`, now)
}

func solvedBefore(ctx context.Context, on db.Querier, before time.Time) ([]string, error) {
	return db.All[string](ctx, on, `
		SELECT id FROM ticket WHERE solved_at IS NOT NULL AND queue = 'solved' AND solved_at <= ? ORDER BY solved_at LIMIT 500`, before)
}

// place is where a page of a list ends: the next begins after it.
type place struct {
	At time.Time
	ID string
}

// listed is a ticket in a list of customers or colleagues, with the names that it shows.
type listed struct {
	Ticket
	CompanyName   string `db:"company_name"`
	RequesterName string `db:"requester_name"`
	AssigneeName  string `db:"assignee_name"`
}

// rowColumns are those of a ticket that a list shows; the others stay empty.
// Reading all would cost half of a page of fifty.
const rowColumns = `t.id, t.number, t.company_id, t.requester_id, t.product, t.severity, t.priority, t.subject, t.excerpt, t.status, t.queue, t.live, t.sort_at,
	t.private, t.assignee_id, t.team, t.tags, t.snoozed_until, t.due_at, t.first_due_at, t.first_done_at, t.next_due_at, t.waiting_since,
	t.last_by, t.created_at, t.updated_at, t.solved_at`

// named joins a page of tickets (a sub-query that yields their ids) with the
// names. The page comes first, so that the joins touch no more than it.
func named(page, order string) string {
	return `SELECT ` + rowColumns + `,
		coalesce(c.name, '') AS company_name, coalesce(r.name, '') AS requester_name, coalesce(s.name, '') AS assignee_name
		FROM (` + page + `) page JOIN ticket t ON t.id = page.id
		LEFT JOIN company c ON c.id = t.company_id LEFT JOIN account r ON r.id = t.requester_id LEFT JOIN account s ON s.id = t.assignee_id
		ORDER BY ` + order
}

const pageOfCustomer = 20

// customerList is which tickets a customer sees.
type customerList struct {
	Me, Company string
	Done        bool      // finished, instead of open
	State       string    // of the company's: open, closed, or empty for both
	Before      time.Time `db:"before"`
	BeforeID    string    `db:"before_id"`
	Limit       int
}

const lastFirst = `t.updated_at DESC, t.id DESC`

var (
	mineText = named(`
		SELECT t.id FROM ticket_participant j JOIN ticket t ON t.id = j.ticket_id
		WHERE j.account_id = :me AND (t.queue IN ('solved', 'closed')) = :done AND (t.updated_at, t.id) < (:before, :before_id) AND `+visible+`
		ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit`, lastFirst)
	companyText = named(`
		SELECT t.id FROM ticket t
		WHERE t.company_id = :company AND (:state = '' OR (t.queue IN ('solved', 'closed')) = (:state = 'closed')) AND (t.updated_at, t.id) < (:before, :before_id) AND `+visible+`
		ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit`, lastFirst)
)

// mine lists the tickets in which a customer takes part, or with company all
// that he may see of his company, last changed first, one more than a page.
func mine(ctx context.Context, on db.Querier, list customerList, company bool, before place) ([]listed, error) {
	list.Before, list.BeforeID, list.Limit = before.At, before.ID, pageOfCustomer+1
	if before.ID == "" {
		list.Before, list.BeforeID = far, "~"
	}
	query := mineText
	if company {
		query = companyText
	}
	return db.AllNamed[listed](ctx, on, query, list)
}

// byIDs lists the tickets with those ids that a customer may see.
func byIDs(ctx context.Context, on db.Querier, me string, ids []string) ([]listed, error) {
	var all []listed
	for _, id := range ids {
		found, err := db.AllNamed[listed](ctx, on, named(`SELECT t.id FROM ticket t WHERE t.id = :id AND `+visible, lastFirst), viewer{me, id})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// customerCounts counts a customer's own tickets, open and done, and those of
// his company, each up to 100.
func customerCounts(ctx context.Context, on db.Querier, list customerList) (open, done int, err error) {
	type row struct{ Open, Done int }
	r, err := db.GetNamed[row](ctx, on, `
		SELECT count(CASE WHEN t.queue NOT IN ('solved', 'closed') THEN 1 END) AS open, count(CASE WHEN t.queue IN ('solved', 'closed') THEN 1 END) AS done
		FROM ticket_participant j JOIN ticket t ON t.id = j.ticket_id WHERE j.account_id = :me AND `+visible, list)
	return r.Open, r.Done, err
}

// continuing lists the tickets that go on from a closed one and that the customer may see.
func continuing(ctx context.Context, on db.Querier, me, id string) ([]Ticket, error) {
	return db.AllNamed[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.continues_id = :id AND `+visible+` ORDER BY t.number LIMIT 20`, viewer{me, id})
}

// takesPart reports whether an account takes part in a ticket.
func takesPart(ctx context.Context, on db.Querier, ticket, who string) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM ticket_participant WHERE ticket_id = ? AND account_id = ?)`, ticket, who)
}

// attachment returns a file of a message of that ticket; those of notes only for colleagues.
func attachment(ctx context.Context, on db.Querier, ticket, file string, staff bool) (files.File, error) {
	return db.Get[files.File](ctx, on, `
		SELECT f.* FROM file f JOIN ticket_message m ON f.owner = 'ticket_message:' || m.id
		WHERE f.id = ? AND m.ticket_id = ? AND (m.kind = 'reply' OR ?)`, file, ticket, staff)
}
