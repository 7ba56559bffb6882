package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
)

// Report is what an erasure did, as the person reads it.
type Report struct {
	Purposes     []ReportLine  `json:"purposes"`
	Stores       []ReportStore `json:"stores,omitempty"`
	Scrubbed     int           `json:"scrubbed"`      // places in other people's text
	Doubtful     int           `json:"doubtful"`      // places that a colleague looks at
	Cancelled    int           `json:"cancelled"`     // mails that were still to be sent
	BackupsUntil hours.Date    `json:"backups_until"` // when the last copy lapses
}

// ReportLine is what happened to the data of one purpose.
type ReportLine struct {
	Purpose    string     `json:"purpose"`
	Title      Text       `json:"title"`
	Deleted    int        `json:"deleted"`
	Anonymised int        `json:"anonymised"`
	Kept       int        `json:"kept"`
	Until      hours.Date `json:"until,omitzero"` // of what is kept
	Why        []Text     `json:"why,omitempty"`
}

// ReportStore is what went from a store.
type ReportStore struct {
	Name  Text `json:"name"`
	Count int  `json:"count"`
}

// Rows counts what was deleted and anonymised.
func (r Report) Rows() (n int) {
	for _, p := range r.Purposes {
		n += p.Deleted + p.Anonymised
	}
	return n
}

// complete fills in what belongs to the same person: the account of an
// address, the address of an account. An address that was never proven counts for nothing: else
// anybody could sign up with somebody's address and ask for his data.
func (e *Engine) complete(ctx context.Context, on db.Querier, who Subject) (Subject, error) {
	who.Email = strings.ToLower(strings.TrimSpace(who.Email))
	if who.AccountID != "" {
		email, err := db.All[string](ctx, on, `SELECT lower(email) FROM account WHERE id = ? AND verified_at IS NOT NULL`, who.AccountID)
		if err == nil && who.Email == "" && len(email) > 0 {
			who.Email = email[0]
		}
		return who, err
	}
	if who.Email == "" {
		return who, nil
	}
	id, err := db.All[string](ctx, on, `SELECT id FROM account WHERE lower(email) = ?`, who.Email)
	if err == nil && len(id) > 0 {
		who.AccountID = id[0]
	}
	return who, err
}

// Plan shows a person what erasing him would do to every row, before he asks.
// who.Email counts as proven.
func (e *Engine) Plan(ctx context.Context, who Subject, choices []string) ([]Due, error) {
	r, _, err := e.Published(ctx)
	if err != nil {
		return nil, err
	}
	if who, err = e.complete(ctx, e.DB, who); err != nil {
		return nil, err
	}
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return nil, err
	}
	return e.personPlan(ctx, e.DB, r, who, choices, e.Now(), holds)
}

// personPlan is plan in which the account waits for rows of its person that are held.
func (e *Engine) personPlan(ctx context.Context, on db.Querier, r *Registry, who Subject, choices []string, at time.Time, holds heldRows) ([]Due, error) {
	plan, err := e.plan(ctx, on, r, who, true, choices, at, holds)
	if err != nil {
		return nil, err
	}
	if only := onlyOf(choices); only != "" {
		return slices.DeleteFunc(plan, func(d Due) bool { return d.Purpose != only || d.rec.Person }), nil
	}
	var held *Due
	for i := range plan {
		if plan[i].Blocker == Held && held == nil {
			held = &plan[i]
		}
	}
	if held != nil {
		for i := range plan {
			if d := &plan[i]; d.rec.Person && d.Taken() && d.Action == Deletes {
				d.Blocker, d.Why, d.Until = Partly, held.Why, held.Until
			}
		}
	}
	return plan, nil
}

// Summary puts a plan together by purpose, in the order of the statement;
// also the purposes that hold nothing.
func (e *Engine) Summary(plan []Due) []ReportLine {
	lines := make([]ReportLine, len(e.Registry.Purposes))
	index := map[string]int{}
	for i, p := range e.Registry.Purposes {
		lines[i] = ReportLine{Purpose: p.Key, Title: p.Title}
		index[p.Key] = i
	}
	for _, d := range plan {
		line := &lines[index[d.Purpose]]
		switch {
		case !d.Taken() || d.Action == Refuses:
			line.Kept++
			if d.Until.Compare(line.Until) > 0 {
				line.Until = d.Until
			}
			line.because(d.Why)
		case d.Action == Deletes:
			line.Deleted++
			line.because(d.action.Why)
		default:
			line.Anonymised++
			line.because(d.action.Why)
		}
	}
	return lines
}

func (l *ReportLine) because(why Text) {
	for _, w := range l.Why {
		if w == why {
			return
		}
	}
	if !why.IsZero() {
		l.Why = append(l.Why, why)
	}
}

// ErrOnlyAdmin refuses to erase the one administrator who can sign in: after
// him nobody could run the site or answer anybody's request.
var ErrOnlyAdmin = errors.New("this is the only administrator; make somebody else administrator first")

// notOnlyAdmin is ErrOnlyAdmin for the account of the only administrator. Two
// who ask at once wait for one another here: one of them stays.
func notOnlyAdmin(ctx context.Context, tx *db.Tx, account string) error {
	admins, err := db.Exec(ctx, tx, `UPDATE account SET keys = keys WHERE role = 'admin' AND disabled_at IS NULL`)
	if err != nil || admins != 1 {
		return err
	}
	last, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM account WHERE id = ? AND role = 'admin' AND disabled_at IS NULL)`, account)
	if err == nil && last {
		return ErrOnlyAdmin
	}
	return err
}

// EraseNow erases a person without a window to stop it, as the operator asks.
// who.Email counts as proven. ErrOnlyAdmin when he is that.
func (e *Engine) EraseNow(ctx context.Context, who Subject, choices []string) (Report, error) {
	who, err := e.complete(ctx, e.DB, who)
	if err != nil {
		return Report{}, err
	}
	report, err := e.erase(ctx, who, choices, nil)
	if err != nil {
		return report, err
	}
	return report, e.after(ctx)
}

// EraseCompany erases everybody of a company and then its own name and
// address; invoices stay as long as the law wants.
func (e *Engine) EraseCompany(ctx context.Context, company string) ([]Report, error) {
	members, err := db.All[string](ctx, e.DB, `SELECT DISTINCT account_id FROM membership WHERE company_id = ? ORDER BY account_id`, company)
	if err != nil {
		return nil, err
	}
	var reports []Report
	for _, account := range members {
		report, err := e.EraseNow(ctx, Subject{AccountID: account}, nil)
		if err != nil {
			return reports, err
		}
		reports = append(reports, report)
	}
	r, version, err := e.Published(ctx)
	if err != nil {
		return reports, err
	}
	p, rec, ok := r.Record("company")
	if !ok || len(rec.blanks(Anonymise)) == 0 {
		return reports, nil
	}
	w := &work{Engine: e, at: e.Now(), statement: version.Number}
	err = e.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := w.apply(ctx, tx, Due{Purpose: p.Key, Table: "company", Row: company, Rule: "art. 17", Action: Anonymises, Cause: Requested, action: Anonymise, rec: rec})
		return err
	})
	if err != nil {
		return reports, err
	}
	return reports, e.after(ctx)
}

// erase does the plan of a person in one transaction, then the stores.
func (e *Engine) erase(ctx context.Context, who Subject, choices []string, request *Request) (report Report, err error) {
	r, version, err := e.Published(ctx)
	if err != nil {
		return report, err
	}
	now := e.Now()
	reviewBy := Period{Months: 1}.Add(e.day(now))
	var requestID *string
	if request != nil {
		requestID = &request.ID
		if due, err := hours.ParseDate(request.DueOn); err == nil {
			reviewBy = due
		}
	}
	err = e.DB.Tx(ctx, func(tx *db.Tx) error {
		if onlyOf(choices) == "" {
			if err := notOnlyAdmin(ctx, tx, who.AccountID); err != nil {
				return err
			}
		}
		report = Report{BackupsUntil: e.backups().Add(e.day(now))}
		holds, err := e.holds(ctx, tx, r)
		if err != nil {
			return err
		}
		plan, err := e.personPlan(ctx, tx, r, who, choices, now, holds)
		if err != nil {
			return err
		}
		w := &work{Engine: e, at: now, statement: version.Number, who: who}
		if w.names, err = e.identify(ctx, tx, r, who); err != nil {
			return err
		}
		waiting, err := db.Get[int](ctx, tx, `SELECT count(*) FROM mail WHERE sent_at IS NULL AND cancelled_at IS NULL AND (account_id = ? OR lower(address) = ?)`,
			orNobody(who.AccountID), orNobody(who.Email))
		if err != nil {
			return err
		}
		if only := onlyOf(choices); only == "" || only == "notify" {
			report.Cancelled = waiting
		}
		for _, d := range plan {
			if !d.Taken() || d.Action == Refuses {
				continue
			}
			if _, err := w.apply(ctx, tx, d); err != nil {
				return err
			}
		}
		if err := w.orphans(ctx, tx, r); err != nil {
			return err
		}
		report.Purposes = e.Summary(plan)
		if !w.names.IsZero() && onlyOf(choices) == "" {
			report.Scrubbed, report.Doubtful, err = w.scrubOthers(ctx, tx, r, requestID, reviewBy)
		}
		return err
	})
	if err != nil {
		return report, err
	}
	if onlyOf(choices) != "" {
		return report, nil
	}
	for _, s := range e.Registry.Stores {
		n, err := s.Erase(ctx, who)
		if err != nil {
			return report, fmt.Errorf("%s: %w", s.Name().EN, err)
		}
		report.Stores = append(report.Stores, ReportStore{s.Name(), n})
	}
	return report, nil
}

func orNobody(s string) string {
	if s == "" {
		return nobody
	}
	return s
}

// freeze stops the use of a person's data at once: no sign-in, no sessions,
// no links, no mail. Nothing is lost yet. ErrOnlyAdmin when nobody else could run the site.
func (e *Engine) freeze(ctx context.Context, tx *db.Tx, r *Request) error {
	if r.AccountID == nil {
		return nil
	}
	if err := notOnlyAdmin(ctx, tx, *r.AccountID); err != nil {
		return err
	}
	now := e.Now()
	before, err := db.Get[bool](ctx, tx, `SELECT disabled_at IS NOT NULL FROM account WHERE id = ?`, *r.AccountID)
	if err != nil {
		return err
	}
	r.DisabledBefore = before
	for _, q := range []string{
		`DELETE FROM session WHERE account_id = ?`,
		`DELETE FROM link WHERE account_id = ? AND used_at IS NULL`,
	} {
		if _, err := db.Exec(ctx, tx, q, *r.AccountID); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, `UPDATE account SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL`, now, *r.AccountID)
	return err
}

// StopErasure undoes a freeze within the window: the person is back as he was.
// fault.Gone when it is too late, fault.NotFound when there is no such erasure.
func (e *Engine) StopErasure(ctx context.Context, tx *db.Tx, request string) error {
	r, err := db.Get[Request](ctx, tx, `SELECT * FROM request WHERE id = ? AND type = ?`, request, Erasure)
	if err != nil {
		return err
	}
	if r.EraseAt == nil || r.StoppedAt != nil || r.AnsweredAt != nil || !r.EraseAt.After(e.Now()) {
		return fault.Gone
	}
	if r.AccountID != nil && !r.DisabledBefore && r.Only() == "" {
		if _, err := db.Exec(ctx, tx, `UPDATE account SET disabled_at = NULL WHERE id = ?`, *r.AccountID); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, `UPDATE request SET state = ?, stopped_at = ?, answered_at = ?, erase_at = NULL WHERE id = ?`, Stopped, e.Now(), e.Now(), r.ID)
	if err != nil || r.AccountID == nil {
		return err
	}
	return e.thaw(ctx, tx, *r.AccountID)
}

func (e *Engine) thaw(ctx context.Context, tx *db.Tx, account string) error {
	if e.Hooks.Thawed == nil || account == "" {
		return nil
	}
	return e.Hooks.Thawed(ctx, tx, account)
}

// EraseDue erases everybody whose window to stop it is over, and says how
// many. One that fails stays open, is tried again at the next tick, and does not keep up the others.
func (e *Engine) EraseDue(ctx context.Context) (n int, err error) {
	due, err := db.All[Request](ctx, e.DB, `SELECT * FROM request WHERE erase_at <= ? AND answered_at IS NULL AND stopped_at IS NULL ORDER BY erase_at, id`, e.Now())
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var failures error
	for _, r := range due {
		if err := e.eraseFor(ctx, r); err != nil {
			failures = errors.Join(failures, fmt.Errorf("request %d: %w", r.Number, err))
			continue
		}
		n++
	}
	if n == 0 {
		return n, failures
	}
	return n, errors.Join(failures, e.after(ctx))
}

// eraseFor answers one request: rows, stores, report, and last of all the
// address that the report went to.
func (e *Engine) eraseFor(ctx context.Context, r Request) error {
	who := Subject{Email: r.Email}
	if r.AccountID != nil {
		who.AccountID = *r.AccountID
	}
	who, err := e.complete(ctx, e.DB, who)
	if err != nil {
		return err
	}
	report, err := e.erase(ctx, who, splitList(r.Choices), &r)
	if err != nil {
		return err
	}
	return e.DB.Tx(ctx, func(tx *db.Tx) error {
		if e.Hooks.Reported != nil {
			if err := e.Hooks.Reported(ctx, tx, r, report); err != nil {
				return err
			}
		}
		return e.finish(ctx, tx, r, report)
	})
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
