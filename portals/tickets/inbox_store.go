package tickets

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"

	"loket/app/account"
	"loket/db"
)

// The lists of colleagues. Each is one statement out of a few whose texts never
// change, read off one index, a page at a time.

const pageOfStaff = 50

// view is one of the lists of colleagues.
type view struct {
	Key   string // ?view=KEY
	Icon  string
	where string // which tickets, in the words of its index
	loose string // the same, in words that no index knows, where another one is to be used
	live  bool   // among the work to do, which has an order of promises
}

// views are the lists of colleagues, in the order of their menu.
var views = []view{
	{Key: "todo", Icon: "inbox", live: true, where: `t.live = TRUE`, loose: `coalesce(t.live, FALSE) = TRUE`},
	{Key: "mine", Icon: "person", live: true, where: `t.assignee_id = :me AND t.live = TRUE`, loose: `coalesce(t.assignee_id, '') = :me`},
	{Key: "nobody", Icon: "flag", live: true, where: `t.assignee_id IS NULL AND t.live = TRUE`, loose: `coalesce(t.assignee_id, '') = ''`},
	{Key: "waiting", Icon: "pause", where: `t.queue = 'waiting'`, loose: `coalesce(t.queue, '') = 'waiting'`},
	{Key: "snoozed", Icon: "moon", where: `t.queue = 'snoozed'`, loose: `coalesce(t.queue, '') = 'snoozed'`},
	{Key: "solved", Icon: "check", where: `t.queue = 'solved'`, loose: `coalesce(t.queue, '') = 'solved'`},
	{Key: "closed", Icon: "lock", where: `t.queue = 'closed'`, loose: `coalesce(t.queue, '') = 'closed'`},
	{Key: "all", Icon: "ticket", where: `t.updated_at IS NOT NULL`, loose: `t.updated_at IS NOT NULL`},
}

// viewOf returns the view with that key; the first for none, false for an unknown one.
func viewOf(key string) (view, bool) {
	if key == "" {
		return views[0], true
	}
	for _, v := range views {
		if v.Key == key {
			return v, true
		}
	}
	return view{}, false
}

// filter is which tickets a list shows and in which order: what its address says.
type filter struct {
	View     string `form:"view" binding:"max=20"`
	Sort     string `form:"sort" binding:"omitempty,oneof=due changed"`
	Due      string `form:"due" binding:"omitempty,oneof=late soon today"`
	Status   string `form:"status" binding:"omitempty,oneof=new open pending on-hold solved closed"`
	Severity string `form:"severity" binding:"omitempty,oneof=blocks hinders question"`
	Priority string `form:"priority" binding:"omitempty,oneof=low normal high urgent"`
	Product  string `form:"product" binding:"max=60"`
	Assignee string `form:"assignee" binding:"max=40"` // an account, or nobody
	Team     string `form:"team" binding:"max=60"`
	Tag      string `form:"tag" binding:"max=30"`
	Company  string `form:"company" binding:"max=120"` // its id, or what its name begins with
}

// parts are the filter by name, in the order of its form.
func (f *filter) parts() []struct {
	Name  string
	Value *string
} {
	return []struct {
		Name  string
		Value *string
	}{
		{"view", &f.View}, {"due", &f.Due}, {"status", &f.Status}, {"severity", &f.Severity}, {"priority", &f.Priority}, {"product", &f.Product},
		{"assignee", &f.Assignee}, {"team", &f.Team}, {"tag", &f.Tag}, {"company", &f.Company}, {"sort", &f.Sort},
	}
}

// query is the filter as the query of an address, with more names and values;
// what is empty is left out.
func (f filter) query(more ...string) string {
	values := url.Values{}
	for _, part := range f.parts() {
		if *part.Value != "" {
			values.Set(part.Name, *part.Value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			values.Set(more[i], more[i+1])
		}
	}
	return values.Encode()
}

// path is the address of the list, with more names and values.
func (f filter) path(more ...string) string {
	if q := f.query(more...); q != "" {
		return "/staff/tickets/?" + q
	}
	return "/staff/tickets/"
}

// without is the filter less one of its parts.
func (f filter) without(name string) filter {
	for _, part := range f.parts() {
		if part.Name == name {
			*part.Value = ""
		}
	}
	return f
}

// narrow reports whether the filter leaves anything out of its view.
func (f filter) narrow() bool {
	return f.Company != "" || f.Due != "" || f.picky()
}

func (f filter) picky() bool {
	return f.Status != "" || f.Severity != "" || f.Priority != "" || f.Product != "" || f.Assignee != "" || f.Team != "" || f.Tag != ""
}

// byDue reports whether the list is in the order of promises; else last changed first.
func (f filter) byDue() bool {
	v, _ := viewOf(f.View)
	return v.live && f.Sort != "changed"
}

// listArgs are the names in the statements of lists.
type listArgs struct {
	Me       string
	At       time.Time
	ID       string
	Until    time.Time
	Limit    int
	Status   string
	Severity string
	Priority string
	Product  string
	Assignee string
	Team     string
	Tag      string
	Company  string
}

// page is the statement that reads the ids of a page.
func (f filter) page() string {
	v, _ := viewOf(f.View)
	where := v.where
	switch {
	case f.Company != "" && f.byDue():
		where = `t.company_id = :company AND t.live = TRUE`
		if v.Key != "todo" {
			where += ` AND ` + v.loose
		}
	case f.Company != "":
		where = `t.company_id = :company AND ` + v.loose
		if v.live {
			where += ` AND coalesce(t.live, FALSE) = TRUE`
		}
	case v.live && !f.byDue():
		where = `t.live = TRUE`
		if v.Key != "todo" {
			where += ` AND ` + v.loose
		}
	}
	if f.Due != "" && f.byDue() {
		where += ` AND t.sort_at < :until`
	} else if f.Due != "" {
		where += ` AND coalesce(t.sort_at, :until) < :until`
	}
	if f.picky() {
		where += `
			AND (:status = '' OR coalesce(t.status, '') = :status) AND (:severity = '' OR t.severity = :severity)
			AND (:priority = '' OR t.priority = :priority) AND (:product = '' OR t.product = :product) AND (:team = '' OR t.team = :team)
			AND (:assignee = '' OR coalesce(t.assignee_id, 'nobody') = :assignee)
			AND (:tag = '' OR EXISTS (SELECT 1 FROM ticket_tag g WHERE g.ticket_id = t.id AND g.tag = :tag))`
	}
	if f.byDue() {
		return `SELECT t.id FROM ticket t WHERE ` + where + ` AND (t.sort_at, t.id) > (:at, :id) ORDER BY t.sort_at, t.id LIMIT :limit`
	}
	return `SELECT t.id FROM ticket t WHERE ` + where + ` AND (t.updated_at, t.id) < (:at, :id) ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit`
}

// deskColumns are what a row of a list shows.
const deskColumns = `t.id, t.number, t.subject, t.excerpt, t.status, t.queue, t.severity, t.tags, t.assignee_id, t.sort_at,
	t.due_at, t.waiting_since, t.created_at, t.updated_at, coalesce(c.name, '') AS company_name, coalesce(r.name, '') AS requester_name,
	coalesce(s.name, '') AS assignee_name`

const deskJoins = ` LEFT JOIN company c ON c.id = t.company_id LEFT JOIN account r ON r.id = t.requester_id LEFT JOIN account s ON s.id = t.assignee_id`

// statement is the page with all that its rows show; the page comes first, so
// that the joins touch no more than it.
func (f filter) statement() string {
	order := `t.updated_at DESC, t.id DESC`
	if f.byDue() {
		order = `t.sort_at, t.id`
	}
	return `SELECT ` + deskColumns + ` FROM (` + f.page() + `) page JOIN ticket t ON t.id = page.id` + deskJoins + ` ORDER BY ` + order
}

func (f filter) args(me string, after place, until time.Time, limit int) listArgs {
	args := listArgs{Me: me, At: after.At, ID: after.ID, Until: until, Limit: limit, Status: f.Status, Severity: f.Severity, Priority: f.Priority,
		Product: f.Product, Assignee: f.Assignee, Team: f.Team, Tag: f.Tag, Company: f.Company}
	if after.ID == "" {
		if f.byDue() {
			args.At = time.Unix(0, 0)
		} else {
			args.At, args.ID = far, "~"
		}
	}
	return args
}

// list reads a page of at most limit tickets. Until is what the filter on
// promises goes by: see portal.until.
func (f filter) list(ctx context.Context, on db.Querier, me string, after place, until time.Time, limit int) ([]listed, error) {
	return db.AllNamed[listed](ctx, on, f.statement(), f.args(me, after, until, limit))
}

// many is how far the tickets of a filter are counted.
const many = 100

// count counts the tickets of a filter, up to many.
func (f filter) count(ctx context.Context, on db.Querier, me string, until time.Time) (int, error) {
	counted, err := db.AllNamed[int](ctx, on, `SELECT count(*) FROM (`+f.page()+`) page`, f.args(me, place{}, until, many))
	if err != nil || len(counted) == 0 {
		return 0, err
	}
	return counted[0], nil
}

// next is the place after the last of a page.
func (f filter) next(last listed) place {
	if f.byDue() {
		return place{last.SortAt, last.ID}
	}
	return place{last.UpdatedAt, last.ID}
}

// rowsOf reads the tickets with those ids, in that order.
func rowsOf(ctx context.Context, on db.Querier, ids []string) ([]listed, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := db.All[listed](ctx, on, `SELECT `+deskColumns+` FROM ticket t`+deskJoins+` WHERE t.id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	byID := map[string]listed{}
	for _, t := range found {
		byID[t.ID] = t
	}
	var rows []listed
	for _, id := range ids {
		if t, ok := byID[id]; ok {
			rows = append(rows, t)
			delete(byID, id) // a ticket and its note may both be found
		}
	}
	return rows, nil
}

// companyLike returns the company with that id, else the first whose name begins
// so; fault.NotFound when there is none.
func companyLike(ctx context.Context, on db.Querier, typed string) (account.Company, error) {
	return db.Get[account.Company](ctx, on, `
		SELECT * FROM company WHERE id = ? OR lower(name) LIKE ? ESCAPE '\' ORDER BY id <> ?, name, id LIMIT 1`, typed, beginning(typed), typed)
}

// beginning is a pattern for LIKE of what begins with a text, in lower case.
func beginning(typed string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(typed)) + "%"
}

// answeredSince names the colleagues other than me who answered between two
// places in a conversation.
func answeredSince(ctx context.Context, on db.Querier, ticket string, after, upTo int64, me string) (string, error) {
	names, err := db.All[string](ctx, on, `
		SELECT DISTINCT a.name FROM ticket_message m JOIN account a ON a.id = m.author_id
		WHERE m.ticket_id = ? AND m.seq > ? AND m.seq <= ? AND m.party = 'staff' AND m.kind = 'reply' AND a.id <> ? ORDER BY a.name`, ticket, after, upTo, me)
	return strings.Join(names, ", "), err
}

// changedSince reports whether somebody else changed a ticket after a moment.
func changedSince(ctx context.Context, on db.Querier, ticket string, at time.Time, me string) (bool, error) {
	return db.Get[bool](ctx, on, `
		SELECT EXISTS (SELECT 1 FROM ticket_event WHERE ticket_id = ? AND at > ? AND kind <> 'recomputed' AND coalesce(actor_id, '') <> ?)`, ticket, at, me)
}

// onTime counts the answers since a moment that had been promised, and those in time.
func onTime(ctx context.Context, on db.Querier, since time.Time) (kept, all int, err error) {
	type row struct{ Kept, Promised int }
	r, err := db.Get[row](ctx, on, `
		SELECT count(CASE WHEN at <= due_at THEN 1 END) AS kept, count(*) AS promised FROM ticket_event WHERE due_at IS NOT NULL AND at >= ?`, since)
	return r.Kept, r.Promised, err
}

// looks is how long somebody counts as looking after his page last said so.
const looks = time.Minute

// look notes that a colleague has a ticket open, unless that was noted a moment
// ago, and lists the others who have.
func look(ctx context.Context, d *db.DB, ticket, me string, now time.Time) ([]Person, error) {
	type looker struct {
		Person
		At time.Time
	}
	all, err := db.All[looker](ctx, d, `
		SELECT a.id, a.email, a.name, a.lang, a.role, FALSE AS mail, TRUE AS present, l.at
		FROM ticket_looking l JOIN account a ON a.id = l.account_id WHERE l.ticket_id = ? AND l.at > ? ORDER BY a.name, a.id`, ticket, now.Add(-looks))
	if err != nil {
		return nil, err
	}
	var others []Person
	fresh := false
	for _, l := range all {
		if l.ID == me {
			fresh = now.Sub(l.At) < looks/4
		} else {
			others = append(others, l.Person)
		}
	}
	if fresh {
		return others, nil
	}
	return others, d.Tx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, `
			INSERT INTO ticket_looking (id, ticket_id, account_id, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (ticket_id, account_id) DO UPDATE SET at = excluded.at`, rand.Text(), ticket, me, now)
		return err
	})
}

// savedView is a view of the inbox that a colleague saved.
type savedView struct {
	ID        string
	AccountID string `db:"account_id"`
	Title     string
	Query     string
	CreatedAt time.Time `db:"created_at"`
}

// savedViews lists a colleague's views by name.
func savedViews(ctx context.Context, on db.Querier, me string) ([]savedView, error) {
	return db.All[savedView](ctx, on, `SELECT id, account_id, title, query, created_at FROM ticket_view WHERE account_id = ? ORDER BY title, id LIMIT 20`, me)
}

// deleteView drops one of a colleague's own views.
func deleteView(ctx context.Context, on db.Querier, me, id string) (int64, error) {
	return db.Exec(ctx, on, `DELETE FROM ticket_view WHERE id = ? AND account_id = ?`, id, me)
}

// relatedColumns are what a ticket shows of another.
const relatedColumns = `t.id, t.number, t.subject, t.status`

// linksOf lists the tickets that are linked to one.
func linksOf(ctx context.Context, on db.Querier, id string) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+relatedColumns+`
		FROM (SELECT other_id AS id FROM ticket_link WHERE ticket_id = ? UNION SELECT ticket_id FROM ticket_link WHERE other_id = ?) l
		JOIN ticket t ON t.id = l.id
		ORDER BY t.number LIMIT 50`, id, id)
}

// mergedInto lists the tickets that were merged into one.
func mergedInto(ctx context.Context, on db.Querier, id string) ([]Ticket, error) {
	return db.All[Ticket](ctx, on, `SELECT `+relatedColumns+` FROM ticket t WHERE t.merged_id = ? ORDER BY t.number LIMIT 50`, id)
}

// openOf lists other unsolved tickets of the same customer: of his company, or
// his own where he has none.
func openOf(ctx context.Context, on db.Querier, t Ticket, limit int) ([]Ticket, error) {
	if t.CompanyID != nil {
		return db.All[Ticket](ctx, on, `SELECT `+relatedColumns+` FROM ticket t
			WHERE t.company_id = ? AND t.live = TRUE AND t.id <> ? ORDER BY t.sort_at, t.id LIMIT ?`, *t.CompanyID, t.ID, limit)
	}
	return db.All[Ticket](ctx, on, `SELECT `+relatedColumns+` FROM ticket t
		WHERE t.requester_id = ? AND t.company_id IS NULL AND t.live = TRUE AND t.id <> ? ORDER BY t.updated_at DESC, t.id DESC LIMIT ?`, t.Requester(), t.ID, limit)
}

// agreement is what a company has with us.
type agreement struct {
	Plan    string
	EndedOn *string `db:"ended_on"` // a day; none while it runs
}

// agreementOf returns the last agreement of a company, or fault.NotFound.
func agreementOf(ctx context.Context, on db.Querier, company string) (agreement, error) {
	return db.Get[agreement](ctx, on, `
		SELECT plan, ended_on FROM agreement WHERE company_id = ? ORDER BY ended_on IS NOT NULL, ended_on DESC, created_at DESC LIMIT 1`, company)
}

// agents lists the colleagues who work in tickets by name, with no more of them
// than a list shows.
func agents(ctx context.Context, on db.Querier) ([]account.Account, error) {
	all, err := db.All[account.Account](ctx, on, `
		SELECT id, name, role, permissions FROM account WHERE role IN ('staff', 'admin') AND disabled_at IS NULL ORDER BY name, id`)
	return slices.DeleteFunc(all, func(a account.Account) bool { return !a.May("tickets") }), err
}

// followers lists the colleagues who follow a ticket by mail.
func followers(ctx context.Context, on db.Querier, ticket string) ([]Person, error) {
	return db.All[Person](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, TRUE AS mail, TRUE AS present
		FROM ticket_follower f JOIN account a ON a.id = f.account_id
		WHERE f.ticket_id = ? AND a.disabled_at IS NULL AND a.role IN ('staff', 'admin') ORDER BY a.name, a.id`, ticket)
}

// customersLike lists customers by what their address or name begins with.
func customersLike(ctx context.Context, on db.Querier, typed string) ([]account.Account, error) {
	ids, err := db.All[string](ctx, on, `
		SELECT id FROM account WHERE role = 'customer' AND disabled_at IS NULL AND (email = ? OR lower(name) LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\')
		ORDER BY email <> ?, name, id LIMIT 10`, account.Address(typed), beginning(typed), beginning(typed), account.Address(typed))
	if err != nil {
		return nil, err
	}
	var all []account.Account
	for _, id := range ids {
		a, err := account.ByID(ctx, on, id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
