package tickets

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/search"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// The list of a customer's tickets, by page and by search.

// listPage is the list of a customer's tickets.
type listPage struct {
	View     string // open, closed, company or search
	State    string // of the company's: open, closed, or empty for both
	Query    string
	Tickets  []listed
	Open     int
	Done     int
	Manager  bool
	Older    string
	Policies Policies
	Now      time.Time
}

func (p *portal) list(c *web.Context) error {
	page := listPage{View: "open", Query: strings.TrimSpace(c.Query("q")), Manager: c.Account.Manager, Now: c.Now()}
	switch view := c.Query("view"); {
	case view == "closed", view == "company" && page.Manager:
		page.View = view
	case view != "" && view != "open":
		return fault.NotFound
	}
	if page.View == "company" {
		page.State = c.Query("status")
		if !slices.Contains([]string{"", "open", "closed"}, page.State) {
			return fault.NotFound
		}
	}
	who := customerList{Me: c.Account.ID, Company: c.Account.Company(), Done: page.View == "closed", State: page.State}
	var err error
	if page.Open, page.Done, err = customerCounts(c, p.DB, who); err != nil {
		return err
	}
	if page.Query != "" {
		page.View = "search"
		page.Tickets, err = p.find(c, page.Query)
		if err != nil {
			return err
		}
		return c.Render(http.StatusOK, listView(page))
	}
	before, err := parsePlace(c.Query("before"))
	if err != nil {
		return err
	}
	if page.Tickets, err = mine(c, p.DB, who, page.View == "company", before); err != nil {
		return err
	}
	if len(page.Tickets) > pageOfCustomer {
		page.Tickets = page.Tickets[:pageOfCustomer]
		last := page.Tickets[pageOfCustomer-1]
		page.Older = page.path(page.State) + "&before=" + place{last.UpdatedAt, last.ID}.String()
	}
	return c.Render(http.StatusOK, listView(page))
}

// path is the address of the view, of the company's with that state.
func (p listPage) path(state string) string {
	path := "/tickets/?view=" + p.View
	if state != "" {
		path += "&status=" + state
	}
	return path
}

// find seeks in the tickets that the customer may see: what the index finds is
// read again by the query that decides who sees what.
func (p *portal) find(c *web.Context, query string) ([]listed, error) {
	found, err := p.Search.Find(c, p.DB, search.Query{Text: query, Readers: c.Account.Readers(), Kinds: []string{"ticket"}, Limit: 50, Prefix: true})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, hit := range found.Hits {
		ids = append(ids, hit.Ref)
	}
	return byIDs(c, p.DB, c.Account.ID, ids)
}

// place is where a page of a list ends: the next begins after it.
type place struct {
	At time.Time
	ID string
}

// String writes a place for an address.
func (p place) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 36) + "." + p.ID))
}

// parsePlace reads what String writes; anything else is fault.NotFound.
func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return place{}, fault.NotFound
	}
	at, id, _ := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	if err != nil || id == "" || len(id) > 40 || text.Clean(id) != id || micros < 0 || micros > far.UnixMicro() {
		return place{}, fault.NotFound
	}
	return place{time.UnixMicro(micros).UTC(), id}, nil
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
