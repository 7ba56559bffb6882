package ideas

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/db"
)

const pageSize = 20

// Row is an idea in a list.
type Row struct {
	ID         string
	Number     int64
	BoardID    string `db:"board_id"`
	Title      string
	Excerpt    string
	Status     string
	Private    bool
	ApprovedAt *time.Time `db:"approved_at"`
	MergedInto *string    `db:"merged_into"`
	Reply      string
	Expected   string
	StatusAt   time.Time `db:"status_at"`
	Votes      int
	Comments   int
	CreatedAt  time.Time `db:"created_at"`
	Board      string
	Moved      int64   // the state of the lists that the row was read from
	KeyVotes   int     `db:"key_votes"`
	KeyTalk    int     `db:"key_talk"`
	KeyHeat    float64 `db:"key_heat"`

	Voted      bool `db:"-"`
	Colleagues int  `db:"-"`
}

func (r Row) Path() string { return path(r.Number, r.Title) }
func (r Row) Open() bool   { return open(r.Status) && r.MergedInto == nil }

// filter is what a list is asked for. Its zero value is every idea that
// everybody may see.
type filter struct {
	Order  string // a key of orders
	Board  string
	Status string
	Tag    string
	Refs   []string // only these ids, when Sought
	Sought bool

	Account string
	Limit   int

	// Where the page starts: after the row with these keys, in the lists as they
	// were at Since.
	Number int64
	Votes  int64
	Talk   int64
	Heat   float64
	Since  int64
}

// orders are the ways to sort; the names of columns are of this table and of
// nothing that a visitor sends.
var orders = map[string]struct{ column, param string }{
	"wanted":    {"votes", ":votes"},
	"trending":  {"heat", ":heat"},
	"newest":    {"number", ":number"},
	"discussed": {"comments", ":talk"},
}

var orderNames = []string{"wanted", "trending", "newest", "discussed"}

// cursor is the start of the page after r.
func (f filter) cursor(r Row, since int64) string {
	key := ""
	switch f.Order {
	case "wanted":
		key = strconv.Itoa(r.KeyVotes)
	case "trending":
		key = strconv.FormatFloat(r.KeyHeat, 'g', -1, 64)
	case "discussed":
		key = strconv.Itoa(r.KeyTalk)
	}
	return fmt.Sprintf("%d_%s_%d", since, key, r.Number)
}

// from puts the start of the page to a cursor; one that is none is the start.
func (f filter) from(cursor string) filter {
	f.Number, f.Votes, f.Talk, f.Heat, f.Since = 1<<62, 1<<62, 1<<62, 1e300, -1
	parts := strings.Split(cursor, "_")
	if len(parts) != 3 {
		return f
	}
	since, err := strconv.ParseInt(parts[0], 10, 64)
	number, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil || since < 0 || number < 1 {
		return f
	}
	at := f
	at.Since, at.Number = since, number
	switch f.Order {
	case "wanted":
		at.Votes, err = strconv.ParseInt(parts[1], 10, 64)
	case "trending":
		at.Heat, err = strconv.ParseFloat(parts[1], 64)
	case "discussed":
		at.Talk, err = strconv.ParseInt(parts[1], 10, 64)
	}
	if err != nil || math.IsNaN(at.Heat) || math.IsInf(at.Heat, 0) {
		return f
	}
	return at
}

const rowColumns = `i.id, i.number, i.board_id, i.title, i.excerpt, i.status, i.private, i.approved_at, i.merged_into,
	i.reply, i.expected, i.status_at, i.votes, i.comments, i.created_at`

const filters = `
	(:board = '' OR i.board_id = :board)
	AND (:status = '' OR i.status = :status)
	AND (:tag = '' OR EXISTS (SELECT 1 FROM idea_tagged g JOIN idea_tag t ON t.id = g.tag_id WHERE g.idea_id = i.id AND g.tag_id = :tag AND NOT t.internal))`

// text is the query of a page. Who pages on sees the list as it was on his
// first page: ideas that have moved since stand where they stood. For a few
// hours idea_moved knows where that was; after that the list is as it is now.
func (f filter) text() (still, moved string) {
	o := orders[f.Order]
	extra := ""
	if f.Sought {
		extra = ` AND i.id IN (:refs)`
	}
	key := func(table string) string {
		return "(" + table + "." + o.column + ", i.number) < (" + o.param + ", :number)"
	}
	by := func(table string) string { return table + "." + o.column + " DESC, i.number DESC" }
	if f.Order == "newest" {
		key = func(string) string { return "i.number < :number" }
		by = func(string) string { return "i.number DESC" }
	}
	unmoved := ""
	if f.Since >= 0 {
		unmoved = ` AND NOT EXISTS (SELECT 1 FROM idea_moved m WHERE m.idea = i.number AND m.number > :since)`
	}
	still = `
		SELECT p.*, b.name AS board, coalesce((SELECT value FROM counter WHERE name = 'ideas.moved'), 0) AS moved
		FROM (
			SELECT ` + rowColumns + `, i.votes AS key_votes, i.comments AS key_talk, i.heat AS key_heat FROM idea i
			WHERE i.listed AND ` + key("i") + ` AND ` + filters + extra + unmoved + `
			ORDER BY ` + by("i") + ` LIMIT :limit) p
		JOIN idea_board b ON b.id = p.board_id`
	moved = `
		SELECT ` + rowColumns + `, b.name AS board, m.votes AS key_votes, m.comments AS key_talk, m.heat AS key_heat, 0 AS moved
		FROM idea_moved m JOIN idea i ON i.number = m.idea JOIN idea_board b ON b.id = i.board_id
		WHERE m.number > :since
			AND NOT EXISTS (SELECT 1 FROM idea_moved e WHERE e.idea = m.idea AND e.number > :since AND e.number < m.number)
			AND i.listed AND ` + key("m") + ` AND ` + filters + extra + `
		ORDER BY ` + by("m") + ` LIMIT :limit`
	return still, moved
}

// page returns one page of a list and the cursor of the next, empty at the end.
func (f filter) page(ctx context.Context, on db.Querier) (rows []Row, next string, err error) {
	f.Limit = pageSize + 1
	if f.Sought && len(f.Refs) == 0 {
		return nil, "", nil
	}
	if f.Since >= 0 {
		kept, err := db.Get[int64](ctx, on, `SELECT coalesce(min(number), 0) FROM idea_moved`)
		if err != nil {
			return nil, "", err
		}
		if kept > f.Since+1 {
			f.Since = -1 // too long ago
		}
	}
	still, moved := f.text()
	if rows, err = db.AllNamed[Row](ctx, on, still, f); err != nil {
		return nil, "", err
	}
	since := f.Since
	if since < 0 && len(rows) > 0 {
		since = rows[0].Moved
	} else if since >= 0 {
		back, err := db.AllNamed[Row](ctx, on, moved, f)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, back...)
	}
	slices.SortFunc(rows, f.compare)
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		next = f.cursor(rows[pageSize-1], since)
	}
	return rows, next, nil
}

// wanted are the open ideas with the most votes. The statuses that are left out
// are named: with those that are meant SQLite finds all of them and sorts.
func wanted(ctx context.Context, on db.Querier, n int) ([]Row, error) {
	return db.All[Row](ctx, on, `
		SELECT number, title, status, votes FROM idea
		WHERE listed AND status NOT IN ('completed', 'declined', 'duplicate')
		ORDER BY votes DESC, number DESC LIMIT ?`, n)
}

func (f filter) compare(a, b Row) int {
	by := 0
	switch f.Order {
	case "wanted":
		by = b.KeyVotes - a.KeyVotes
	case "trending":
		by = compare(b.KeyHeat, a.KeyHeat)
	case "discussed":
		by = b.KeyTalk - a.KeyTalk
	}
	if by == 0 && a.Number != b.Number {
		return int(max(-1, min(1, b.Number-a.Number)))
	}
	return by
}

// ofAccount are the ideas that somebody wrote, or voted on, newest first.
func ofAccount(ctx context.Context, on db.Querier, account, view string, before int64) (rows []Row, next string, err error) {
	which := `i.author_id = :account`
	if view == "voted" {
		// What became private since is its author's and ours again.
		which = `i.id IN (SELECT idea_id FROM idea_vote WHERE account_id = :account AND counts) AND (i.listed OR i.author_id = :account)`
	}
	rows, err = db.AllNamed[Row](ctx, on, `
		SELECT `+rowColumns+`, b.name AS board, 0 AS moved, 0 AS key_votes, 0 AS key_talk, CAST(0 AS DOUBLE PRECISION) AS key_heat
		FROM idea i JOIN idea_board b ON b.id = i.board_id
		WHERE `+which+` AND i.number < :number ORDER BY i.number DESC LIMIT :limit`, filter{Account: account, Number: before, Limit: pageSize + 1})
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		next = strconv.FormatInt(rows[pageSize-1].Number, 10)
	}
	return rows, next, err
}

// personal adds what the rows mean to one person: his vote, and how many
// colleagues of his company voted too.
func personal(ctx context.Context, on db.Querier, rows []Row, account, company string) error {
	if len(rows) == 0 || account == "" {
		return nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	mine, err := db.All[string](ctx, on, `SELECT idea_id FROM idea_vote WHERE account_id = ? AND counts AND idea_id IN (?)`, account, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Voted = slices.Contains(mine, rows[i].ID)
	}
	if company == "" {
		return nil
	}
	type tally struct {
		IdeaID string `db:"idea_id"`
		N      int
	}
	tallies, err := db.All[tally](ctx, on, `
		SELECT v.idea_id, count(*) AS n FROM account a JOIN idea_vote v ON v.account_id = a.id
		WHERE a.company_id = ? AND a.id <> ? AND v.counts AND v.idea_id IN (?) GROUP BY v.idea_id`, company, account, ids)
	for _, t := range tallies {
		for i := range rows {
			if rows[i].ID == t.IdeaID {
				rows[i].Colleagues = t.N
			}
		}
	}
	return err
}

// side is what stands around the lists; it changes seldom.
type side struct {
	Total   int // listed ideas
	Shipped []Row
	Boards  []Board
	Tags    []Tag
}

// readSide reads it; a total that is known goes unread.
func readSide(ctx context.Context, on db.Querier, total int) (s side, err error) {
	if s.Total = total; total == 0 {
		if s.Total, err = db.Get[int](ctx, on, `SELECT count(*) FROM idea WHERE listed`); err != nil {
			return s, err
		}
	}
	if s.Shipped, err = lane(ctx, on, statusCompleted, time.Time{}, 2); err != nil {
		return s, err
	}
	if s.Boards, err = boards(ctx, on); err != nil {
		return s, err
	}
	s.Tags, err = db.All[Tag](ctx, on, `SELECT * FROM idea_tag WHERE NOT internal ORDER BY name`)
	return s, err
}

func (s side) board(id string) (Board, bool) {
	i := slices.IndexFunc(s.Boards, func(b Board) bool { return b.ID == id })
	if i < 0 {
		return Board{}, false
	}
	return s.Boards[i], true
}

// openBoards are those that take new ideas.
func (s side) openBoards() []Board { return stillOpenBoards(s.Boards) }

func stillOpenBoards(all []Board) []Board {
	return slices.DeleteFunc(slices.Clone(all), func(b Board) bool { return b.ClosedAt != nil })
}
