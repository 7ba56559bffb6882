package privacy

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
)

// Types of request of a data subject (GDPR art. 15-21, 7(3)).
const (
	Access        = "access"
	Portability   = "portability"
	Rectification = "rectification"
	Erasure       = "erasure"
	Restriction   = "restriction"
	Objection     = "objection"
	Withdrawal    = "withdrawal"
	Deceased      = "deceased" // by a relative or an authorised agent: handled by hand
)

// RequestTypes are the types in the order of a form.
var RequestTypes = []string{Access, Portability, Rectification, Erasure, Restriction, Objection, Withdrawal, Deceased}

// States of a request.
const (
	Received  = "received"
	Verified  = "verified"
	Extended  = "extended"
	Fulfilled = "fulfilled"
	Partial   = "partly"
	Refused   = "refused"
	Stopped   = "stopped" // an erasure that its person stopped in time
)

// Channels through which a request comes.
const (
	ByAccount = "account"
	ByLink    = "link"
	ByStaff   = "staff" // a letter, a call
	ByCommand = "command"
)

// Request is what somebody asks about his data.
type Request struct {
	ID             string     `db:"id"`
	Number         int64      `db:"number"`
	Type           string     `db:"type"`
	State          string     `db:"state"`
	AccountID      *string    `db:"account_id"`
	Email          string     `db:"email"`
	Channel        string     `db:"channel"`
	Body           string     `db:"body"`
	Lang           string     `db:"lang"`
	Choices        string     `db:"choices"`
	Statement      int64      `db:"statement"`
	ReceivedAt     time.Time  `db:"received_at"`
	VerifiedAt     *time.Time `db:"verified_at"`
	DueOn          string     `db:"due_on"`
	ExtendedAt     *time.Time `db:"extended_at"`
	Extension      string     `db:"extension"`
	DisabledBefore bool       `db:"disabled_before"`
	EraseAt        *time.Time `db:"erase_at"`
	StoppedAt      *time.Time `db:"stopped_at"`
	AnsweredAt     *time.Time `db:"answered_at"`
	Answer         string     `db:"answer"`
	Report         string     `db:"report"`
	Reminded14     *time.Time `db:"reminded_14_at"`
	Reminded25     *time.Time `db:"reminded_25_at"`
	HandledBy      string     `db:"handled_by"`
}

// OnlyPurpose begins the choice of who wants the data of one purpose erased
// and stays himself: "only:support". It stands first among the choices.
const OnlyPurpose = "only:"

// Only is the purpose that an erasure is about; empty: the whole person.
func (r Request) Only() string { return onlyOf(splitList(r.Choices)) }

func onlyOf(choices []string) string {
	for _, choice := range choices {
		if key, ok := strings.CutPrefix(choice, OnlyPurpose); ok {
			return key
		}
	}
	return ""
}

// Done is what an erasure did, if it has been done.
func (r Request) Done() (Report, bool, error) {
	var report Report
	if r.Report == "" {
		return report, false, nil
	}
	return report, true, json.Unmarshal([]byte(r.Report), &report)
}

// Deadline is the last day to answer a request received on a day: a month
// later, clamped to the end of the month, moved off weekends and public
// holidays (GDPR art. 12(3); Regulation 1182/71, art. 3(2)(c) and 3(4)).
func Deadline(received hours.Date) hours.Date {
	return hours.NextWorkingDay(Period{Months: 1}.Add(received), hours.Statutory())
}

// ExtendedDeadline is the last day when two months were added.
func ExtendedDeadline(received hours.Date) hours.Date {
	return hours.NextWorkingDay(Period{Months: 3}.Add(received), hours.Statutory())
}

// Ask is a new request.
type Ask struct {
	Type     string
	Subject  Subject
	Channel  string
	Body     string
	Lang     string
	Choices  []string
	Verified bool      // the person proved who he is: signed in anew, or came by a mailed link
	At       time.Time // when it was received; zero: now (a letter came earlier)
}

// Ask files a request. An erasure that is verified freezes the account at once
// and waits for the window in which it can be stopped.
func (e *Engine) Ask(ctx context.Context, tx *db.Tx, a Ask) (r Request, err error) {
	now := e.Now()
	if !slices.Contains(RequestTypes, a.Type) || a.Subject == (Subject{}) || a.At.After(now) {
		return r, fmt.Errorf("request of type %q: %w", a.Type, fault.BadInput)
	}
	if a.At.IsZero() {
		a.At = now
	}
	if a.Lang == "" {
		a.Lang = "nl"
	}
	version, err := db.All[int64](ctx, tx, `SELECT number FROM statement WHERE effective_on <= ? ORDER BY number DESC LIMIT 1`, e.day(now).String())
	if err != nil {
		return r, err
	}
	number, err := db.Next(ctx, tx, "request")
	if err != nil {
		return r, err
	}
	r = Request{ID: rand.Text(), Number: number, Type: a.Type, State: Received, Email: strings.ToLower(strings.TrimSpace(a.Subject.Email)), Channel: a.Channel, Body: a.Body,
		Lang: a.Lang, Choices: strings.Join(a.Choices, ","), ReceivedAt: a.At, DueOn: Deadline(e.day(a.At)).String()}
	if len(version) > 0 {
		r.Statement = version[0]
	}
	if a.Subject.AccountID != "" {
		r.AccountID = &a.Subject.AccountID
	}
	if err := db.Insert(ctx, tx, "request", r); err != nil {
		return r, err
	}
	if a.Verified {
		return e.Verify(ctx, tx, r.ID)
	}
	return r, nil
}

// Verify writes down that the person proved who he is. fault.Gone when the
// request was verified or answered before.
func (e *Engine) Verify(ctx context.Context, tx *db.Tx, id string) (r Request, err error) {
	r, err = db.Get[Request](ctx, tx, `SELECT * FROM request WHERE id = ?`, id)
	if err != nil {
		return r, err
	}
	if r.VerifiedAt != nil || r.AnsweredAt != nil {
		return r, fault.Gone
	}
	now := e.Now()
	r.VerifiedAt = &now
	if r.State == Received {
		r.State = Verified
	}
	if r.AccountID == nil && r.Email != "" {
		who, err := e.complete(ctx, tx, Subject{Email: r.Email})
		if err != nil {
			return r, err
		}
		if who.AccountID != "" {
			r.AccountID = &who.AccountID
		}
	}
	if r.AccountID != nil && r.Email == "" { // the report still has to reach him
		email, err := db.All[string](ctx, tx, `SELECT lower(email) FROM account WHERE id = ? AND verified_at IS NOT NULL`, *r.AccountID)
		if err != nil {
			return r, err
		}
		r.Email = strings.Join(email, "")
	}
	if r.Type == Erasure {
		if r.Only() == "" {
			if err := e.freeze(ctx, tx, &r); err != nil {
				return r, err
			}
		}
		r.EraseAt = new(now.Add(time.Duration(e.Undo.Days+7*e.Undo.Weeks) * 24 * time.Hour)) // hours: 72, also over the change of the clock
	}
	if _, err := db.Exec(ctx, tx, `UPDATE request SET verified_at = ?, state = ?, account_id = ?, email = ?, disabled_before = ?, erase_at = ? WHERE id = ?`,
		r.VerifiedAt, r.State, r.AccountID, r.Email, r.DisabledBefore, r.EraseAt, r.ID); err != nil {
		return r, err
	}
	if err := e.tasks(ctx, tx, r); err != nil {
		return r, err
	}
	if r.Type == Erasure && e.Hooks.Frozen != nil {
		return r, e.Hooks.Frozen(ctx, tx, r)
	}
	return r, nil
}

// tasks asks colleagues to tell each recipient of a rectification, erasure or
// restriction (GDPR art. 19).
func (e *Engine) tasks(ctx context.Context, tx *db.Tx, r Request) error {
	if r.Type != Rectification && r.Type != Erasure && r.Type != Restriction {
		return nil
	}
	list, err := processors(ctx, tx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if _, err := db.Exec(ctx, tx, `INSERT INTO request_task (id, request_id, processor, what, made_at) VALUES (?, ?, ?, ?, ?)`,
			rand.Text(), r.ID, p.ID, r.Type, e.Now()); err != nil {
			return err
		}
	}
	return nil
}

// RequestTask is one recipient to be told.
type RequestTask struct {
	ID        string     `db:"id"`
	RequestID string     `db:"request_id"`
	Processor string     `db:"processor"`
	What      string     `db:"what"`
	MadeAt    time.Time  `db:"made_at"`
	DoneAt    *time.Time `db:"done_at"`
	DoneBy    string     `db:"done_by"`
}

// Tasks lists the recipients to be told for a request.
func (e *Engine) Tasks(ctx context.Context, request string) ([]RequestTask, error) {
	return db.All[RequestTask](ctx, e.DB, `SELECT * FROM request_task WHERE request_id = ? ORDER BY processor, id`, request)
}

// TaskDone writes down that a recipient was told.
func (e *Engine) TaskDone(ctx context.Context, tx *db.Tx, id, by string) error {
	return once(db.Exec(ctx, tx, `UPDATE request_task SET done_at = ?, done_by = ? WHERE id = ? AND done_at IS NULL`, e.Now(), by, id))
}

// once turns "no row changed" into fault.NotFound.
func once(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.NotFound
	}
	return err
}

// Extend adds two months, with the reason that the person gets. The law allows
// it once and only when the person is told before the first deadline is over; else fault.Gone.
func (e *Engine) Extend(ctx context.Context, tx *db.Tx, id, reason, by string) (Request, error) {
	r, err := db.Get[Request](ctx, tx, `SELECT * FROM request WHERE id = ?`, id)
	if err != nil {
		return r, err
	}
	if strings.TrimSpace(reason) == "" {
		return r, fmt.Errorf("extend: without a reason: %w", fault.BadInput)
	}
	today := e.day(e.Now()).String()
	if r.AnsweredAt != nil || r.ExtendedAt != nil || today > r.DueOn {
		return r, fault.Gone
	}
	now := e.Now()
	r.ExtendedAt, r.Extension, r.State, r.HandledBy = &now, reason, Extended, by
	r.DueOn = ExtendedDeadline(e.day(r.ReceivedAt)).String()
	_, err = db.Exec(ctx, tx, `UPDATE request SET extended_at = ?, extension = ?, state = ?, handled_by = ?, due_on = ?, reminded_14_at = NULL, reminded_25_at = NULL WHERE id = ?`,
		r.ExtendedAt, r.Extension, r.State, r.HandledBy, r.DueOn, r.ID)
	return r, err
}

// Answer closes a request that people handle. state is Fulfilled, Partial or
// Refused; a refusal needs a reason, to which the page adds the way to the authority.
func (e *Engine) Answer(ctx context.Context, tx *db.Tx, id, state, answer, by string) error {
	if !slices.Contains([]string{Fulfilled, Partial, Refused}, state) || state != Fulfilled && strings.TrimSpace(answer) == "" {
		return fmt.Errorf("answer %q without a reason: %w", state, fault.BadInput)
	}
	r, err := db.Get[Request](ctx, tx, `SELECT * FROM request WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if r.AnsweredAt != nil {
		return fault.Gone
	}
	if r.EraseAt != nil && r.AccountID != nil && !r.DisabledBefore && r.Only() == "" {
		if _, err := db.Exec(ctx, tx, `UPDATE account SET disabled_at = NULL WHERE id = ?`, *r.AccountID); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, `UPDATE request SET state = ?, answer = ?, answered_at = ?, handled_by = ?, erase_at = NULL WHERE id = ?`, state, answer, e.Now(), by, id)
	if err != nil || r.EraseAt == nil || r.AccountID == nil {
		return err
	}
	return e.thaw(ctx, tx, *r.AccountID)
}

// finish closes an erasure: the report stays, without the address.
func (e *Engine) finish(ctx context.Context, tx *db.Tx, r Request, report Report) error {
	state := Fulfilled
	if report.Doubtful > 0 || slices.ContainsFunc(report.Purposes, func(l ReportLine) bool { return l.Kept > 0 }) {
		state = Partial
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if r.Only() != "" { // who stays may look it up
		_, err = db.Exec(ctx, tx, `UPDATE request SET state = ?, answered_at = ?, report = ?, body = '' WHERE id = ?`, state, e.Now(), string(text), r.ID)
		return err
	}
	_, err = db.Exec(ctx, tx, `UPDATE request SET state = ?, answered_at = ?, report = ?, email = '', body = '', account_id = NULL WHERE id = ?`, state, e.Now(), string(text), r.ID)
	return err
}

// Request is one by its id.
func (e *Engine) Request(ctx context.Context, id string) (Request, error) {
	return db.Get[Request](ctx, e.DB, `SELECT * FROM request WHERE id = ?`, id)
}

// OpenRequests are those that wait for an answer, the first due first.
func (e *Engine) OpenRequests(ctx context.Context) ([]Request, error) {
	return db.All[Request](ctx, e.DB, `SELECT * FROM request WHERE answered_at IS NULL ORDER BY due_on, number`)
}

// RequestsOf are the requests of an account, newest first.
func (e *Engine) RequestsOf(ctx context.Context, account string) ([]Request, error) {
	return db.All[Request](ctx, e.DB, `SELECT * FROM request WHERE account_id = ? ORDER BY number DESC`, account)
}

// Reminders are the open requests of which colleagues must be reminded: from
// the 14th and again from the 25th day. It marks them, so that each comes once; after an outage only the last counts.
func (e *Engine) Reminders(ctx context.Context, tx *db.Tx) ([]Request, error) {
	now := e.Now()
	today := e.day(now)
	open, err := db.All[Request](ctx, tx, `SELECT * FROM request WHERE answered_at IS NULL AND reminded_25_at IS NULL ORDER BY due_on, number`)
	if err != nil {
		return nil, err
	}
	var remind []Request
	for _, r := range open {
		start := e.day(r.ReceivedAt)
		if r.ExtendedAt != nil {
			start = Period{Months: 2}.Add(start)
		}
		age := daysBetween(start, today)
		switch {
		case age >= 25:
			_, err = db.Exec(ctx, tx, `UPDATE request SET reminded_14_at = coalesce(reminded_14_at, ?), reminded_25_at = ? WHERE id = ?`, now, now, r.ID)
		case age >= 14 && r.Reminded14 == nil:
			_, err = db.Exec(ctx, tx, `UPDATE request SET reminded_14_at = ? WHERE id = ?`, now, r.ID)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		remind = append(remind, r)
	}
	return remind, nil
}

// Reviews are the places in free text that wait for a colleague, the first due first.
func (e *Engine) Reviews(ctx context.Context) ([]Review, error) {
	return db.All[Review](ctx, e.DB, `SELECT * FROM review WHERE decided_at IS NULL ORDER BY due_on, id`)
}

// Passage is the text around a review's word, and the page of its row.
type Passage struct {
	Text string
	Link string
}

// Passage reads what a review is about; fault.NotFound when the row is gone.
func (e *Engine) Passage(ctx context.Context, r Review) (Passage, error) {
	_, rec, ok := e.Registry.Record(r.Table)
	if !ok {
		return Passage{}, fault.NotFound
	}
	if c, ok := rec.column(r.Column); !ok || !c.Free {
		return Passage{}, fault.NotFound
	}
	text, err := db.Get[string](ctx, e.DB, "SELECT "+r.Column+" FROM "+rec.Table+" WHERE "+rec.key()+" = ?", r.Row)
	return Passage{text, strings.ReplaceAll(rec.Link, "{id}", r.Row)}, err
}

// Decide closes a review: with remove the word goes from the text, else
// somebody else is meant. The word itself goes from the list either way.
func (e *Engine) Decide(ctx context.Context, tx *db.Tx, id string, remove bool, by string) error {
	r, err := db.Get[Review](ctx, tx, `SELECT * FROM review WHERE id = ? AND decided_at IS NULL`, id)
	if err != nil {
		return err
	}
	decision := "other"
	if remove {
		decision = "removed"
		if _, rec, ok := e.Registry.Record(r.Table); ok {
			w := &work{Engine: e, at: e.Now(), names: Identifiers{Names: []string{r.Word}}}
			if _, _, err := w.scrubRow(ctx, tx, rec, r.Row); err != nil {
				return err
			}
			if rec.Search != "" && e.Hooks.Reindex != nil {
				if err := e.Hooks.Reindex(ctx, tx, rec.Search, r.Row); err != nil {
					return err
				}
			}
		}
	}
	_, err = db.Exec(ctx, tx, `UPDATE review SET decided_at = ?, decided_by = ?, decision = ?, word = '' WHERE id = ?`, e.Now(), by, decision, id)
	return err
}

// Object records that a person does not want a purpose that rests on our
// interest (GDPR art. 21). Collection asks Objects; the next run unlinks what is there. fault.Conflict if he did before.
func (e *Engine) Object(ctx context.Context, tx *db.Tx, account, purpose, how string) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO objection (id, account_id, purpose, at, how) VALUES (?, ?, ?, ?, ?)`, rand.Text(), account, purpose, e.Now(), how)
	return err
}

// Unobject takes an objection back.
func (e *Engine) Unobject(ctx context.Context, tx *db.Tx, account, purpose string) error {
	return once(db.Exec(ctx, tx, `UPDATE objection SET withdrawn_at = ? WHERE account_id = ? AND purpose = ? AND withdrawn_at IS NULL`, e.Now(), account, purpose))
}

// Objects reports whether an account objects to a purpose. Whoever collects for it asks in the same transaction.
func (e *Engine) Objects(ctx context.Context, on db.Querier, account, purpose string) (bool, error) {
	return db.Get[bool](ctx, on, `SELECT EXISTS (SELECT 1 FROM objection WHERE account_id = ? AND purpose = ? AND withdrawn_at IS NULL)`, account, purpose)
}

// Breach is a personal data breach; all are logged, also those that need not
// be reported (GDPR art. 33(5)).
type Breach struct {
	ID           string     `db:"id"`
	Number       int64      `db:"number"`
	DiscoveredAt time.Time  `db:"discovered_at"`
	DueAt        time.Time  `db:"due_at"`
	Facts        string     `db:"facts"`
	Effects      string     `db:"effects"`
	Measures     string     `db:"measures"`
	HighRisk     bool       `db:"high_risk"`
	Decision     string     `db:"decision"`
	ReportedAt   *time.Time `db:"reported_at"`
	ToldAt       *time.Time `db:"told_at"`
	ClosedAt     *time.Time `db:"closed_at"`
	LoggedBy     string     `db:"logged_by"`
	LoggedAt     time.Time  `db:"logged_at"`
}

// BreachDeadline is 72 hours after discovery: hours, so weekends, holidays and
// the change of the clock count for nothing (GDPR art. 33(1)).
func BreachDeadline(discovered time.Time) time.Time { return discovered.Add(72 * time.Hour) }

// LogBreach writes a breach down and sets its deadline.
func (e *Engine) LogBreach(ctx context.Context, tx *db.Tx, b Breach) (Breach, error) {
	now := e.Now()
	if strings.TrimSpace(b.Facts) == "" || b.DiscoveredAt.IsZero() || b.DiscoveredAt.After(now) {
		return b, fmt.Errorf("breach: facts and the moment of discovery: %w", fault.BadInput)
	}
	number, err := db.Next(ctx, tx, "breach")
	if err != nil {
		return b, err
	}
	b.ID, b.Number, b.LoggedAt, b.DueAt = rand.Text(), number, now, BreachDeadline(b.DiscoveredAt)
	return b, db.Insert(ctx, tx, "breach", b)
}

// UpdateBreach stores what is found out and decided later. The number, the
// moment of discovery and the deadline never change.
func (e *Engine) UpdateBreach(ctx context.Context, tx *db.Tx, b Breach) error {
	return once(db.ExecNamed(ctx, tx, `UPDATE breach SET facts = :facts, effects = :effects, measures = :measures, high_risk = :high_risk,
		decision = :decision, reported_at = :reported_at, told_at = :told_at, closed_at = :closed_at WHERE id = :id`, b))
}

// Breaches lists all, the newest first.
func (e *Engine) Breaches(ctx context.Context) ([]Breach, error) {
	return db.All[Breach](ctx, e.DB, `SELECT * FROM breach ORDER BY number DESC`)
}

// Disclosure is data that was given to an authority or another third party.
type Disclosure struct {
	ID        string    `db:"id"`
	At        time.Time `db:"at"`
	Receiver  string    `db:"receiver"`
	Ground    string    `db:"ground"` // one of Grounds
	What      string    `db:"what"`
	AccountID *string   `db:"account_id"`
	LoggedBy  string    `db:"logged_by"`
}

// Grounds are the only grounds on which data goes to others.
var Grounds = []string{"law", "court", "consent", "contract", "claim"}

// Disclose writes down that data were given to somebody.
func (e *Engine) Disclose(ctx context.Context, tx *db.Tx, d Disclosure) error {
	if !slices.Contains(Grounds, d.Ground) || d.Receiver == "" || d.What == "" {
		return fmt.Errorf("disclosure: receiver, ground and what: %w", fault.BadInput)
	}
	d.ID, d.At = rand.Text(), e.Now()
	return db.Insert(ctx, tx, "disclosure", d)
}

// Disclosures lists all, the newest first.
func (e *Engine) Disclosures(ctx context.Context) ([]Disclosure, error) {
	return db.All[Disclosure](ctx, e.DB, `SELECT * FROM disclosure ORDER BY at DESC, id`)
}
