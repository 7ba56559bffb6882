package tickets

import (
	"context"
	"time"

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

// countLate counts the tickets whose promise is broken, up to 100.
func countLate(ctx context.Context, on db.Querier, now time.Time) (int, error) {
	return db.Get[int](ctx, on, `SELECT count(*) FROM (SELECT id FROM ticket WHERE live = TRUE AND sort_at < ? ORDER BY sort_at, id LIMIT 100) late`, now)
}

// ofRequester lists the last tickets that somebody filed.
func ofRequester(ctx context.Context, on db.Querier, who string, limit int) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.requester_id = ? ORDER BY t.updated_at DESC, t.id DESC LIMIT ?`, who, limit)
}

func solvedBefore(ctx context.Context, on db.Querier, before time.Time) ([]string, error) {
	return db.All[string](ctx, on, `
		SELECT id FROM ticket WHERE solved_at IS NOT NULL AND queue = 'solved' AND solved_at <= ? ORDER BY solved_at LIMIT 500`, before)
}

// continuing lists the tickets that go on from a closed one and that the customer may see.
func continuing(ctx context.Context, on db.Querier, me, id string) ([]Ticket, error) {
	return db.AllNamed[Ticket](ctx, on, `SELECT `+ticketColumns+` FROM ticket t WHERE t.continues_id = :id AND `+visible+` ORDER BY t.number LIMIT 20`, viewer{me, id})
}
