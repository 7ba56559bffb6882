package contact

import (
	"context"
	"time"

	"loket/db"
)

// Contact is a question and whoever asked it.
type Contact struct {
	ID          string
	Topic       string
	Channel     string // form, mail, phone
	Status      string
	How         string // mail or call: how the answer is wanted
	Name        string
	Email       string
	Phone       string
	Company     string
	Message     string
	Lang        string
	AccountID   *string    `db:"account_id"`
	AgentID     *string    `db:"agent_id"`
	ReceivedAt  time.Time  `db:"received_at"`
	OwedAt      time.Time  `db:"owed_at"` // since when an answer is owed: the oldest unanswered message
	DueAt       time.Time  `db:"due_at"`
	FirstAt     *time.Time `db:"first_at"`
	AnsweredAt  *time.Time `db:"answered_at"`
	ConfirmedAt *time.Time `db:"confirmed_at"`
	SettledAt   *time.Time `db:"settled_at"`
	Alarmed     bool
}

// The states of a question.
const (
	unconfirmed = "unconfirmed"
	open        = "open"
	answered    = "answered"
	settled     = "settled"
	spammed     = "spam"
)

// Message is what was written after the question.
type Message struct {
	ID        string
	ContactID string  `db:"contact_id"`
	Party     string  // them, us, note
	AccountID *string `db:"account_id"`
	Body      string
	CreatedAt time.Time `db:"created_at"`

	Name string `db:"name"` // of the colleague
}

func in(lang, nl, en string) string {
	if lang == "nl" {
		return nl
	}
	return en
}

func byID(c context.Context, on db.Querier, id string) (Contact, error) {
	return db.Get[Contact](c, on, `SELECT * FROM contact WHERE id = ?`, id)
}

func messages(c context.Context, on db.Querier, id string) ([]Message, error) {
	return db.All[Message](c, on, `
		SELECT m.*, coalesce(a.name, '') AS name FROM contact_message m LEFT JOIN account a ON a.id = m.account_id
		WHERE m.contact_id = ? ORDER BY m.created_at, m.id`, id)
}

// say adds a message.
func say(c context.Context, tx *db.Tx, id, party, accountID, body string, now time.Time) error {
	m := struct {
		ID        string
		ContactID string `db:"contact_id"`
		Party     string
		AccountID *string `db:"account_id"`
		Body      string
		CreatedAt time.Time `db:"created_at"`
	}{newID(), id, party, nil, body, now}
	if accountID != "" {
		m.AccountID = &accountID
	}
	return db.Insert(c, tx, "contact_message", m)
}

// save writes what can change of a question.
func save(c context.Context, tx *db.Tx, q Contact) error {
	_, err := db.ExecNamed(c, tx, `
		UPDATE contact SET status = :status, agent_id = :agent_id, owed_at = :owed_at, due_at = :due_at, first_at = :first_at,
			answered_at = :answered_at, confirmed_at = :confirmed_at, settled_at = :settled_at, alarmed = :alarmed
		WHERE id = :id`, q)
	return err
}

// filter is what a colleague wants to see of the inbox, and after which line.
type filter struct {
	Status, Topic string
	Who, Me       string // "mine": those of the colleague Me; "nobody": those of nobody; else everybody's
	After         time.Time
	AfterID       string `db:"after_id"`
	Limit         int
}

const pageSize = 50

// inbox lists questions by what is due first, a page at a time.
func inbox(c context.Context, on db.Querier, f filter) ([]Contact, error) {
	f.Limit = pageSize + 1
	f.After = f.After.UTC()
	return db.AllNamed[Contact](c, on, `
		SELECT * FROM contact WHERE status = :status AND (:topic = '' OR topic = :topic)
		  AND (:who <> 'mine' OR agent_id = :me) AND (:who <> 'nobody' OR agent_id IS NULL)
		  AND (due_at, id) > (:after, :after_id)
		ORDER BY due_at, id LIMIT :limit`, f)
}

// owed is how many questions wait for an answer.
func owed(c context.Context, on db.Querier) (int, error) {
	return db.Get[int](c, on, `SELECT count(*) FROM contact WHERE status = 'open'`)
}

// count notes that a question had its first answer, in time or late.
func count(c context.Context, tx *db.Tx, q Contact, at time.Time, zone *time.Location) error {
	_, err := db.Exec(c, tx, `
		INSERT INTO contact_tally (month, topic, late, n) VALUES (?, ?, ?, 1)
		ON CONFLICT (month, topic, late) DO UPDATE SET n = contact_tally.n + 1`, q.ReceivedAt.In(zone).Format("2006-01"), q.Topic, at.After(q.DueAt))
	return err
}

// gone erases a question whose data has moved elsewhere.
func gone(c context.Context, tx *db.Tx, id string) error {
	if _, err := db.Exec(c, tx, `DELETE FROM link WHERE purpose = 'contact.message' AND subject = ?`, id); err != nil {
		return err
	}
	_, err := db.Exec(c, tx, `DELETE FROM contact WHERE id = ?`, id)
	return err
}
