package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"loket/app/fault"
	"loket/app/text"
	"loket/db"
)

// excerptRunes is how much of a text a list shows.
const excerptRunes = 180

// Idea is an idea as it is kept.
type Idea struct {
	ID             string
	Number         int64
	BoardID        string  `db:"board_id"`
	AuthorID       *string `db:"author_id"`
	Title          string
	Body           string
	Excerpt        string
	Status         string
	Private        bool
	ApprovedAt     *time.Time `db:"approved_at"`
	RefusedAt      *time.Time `db:"refused_at"`
	Listed         bool
	SeenAt         *time.Time `db:"seen_at"`
	Response       string
	Reply          string
	Expected       string
	StatusAt       time.Time  `db:"status_at"`
	DecidedAt      *time.Time `db:"decided_at"`
	ParentID       *string    `db:"parent_id"`
	MergedInto     *string    `db:"merged_into"`
	Votes          int
	AnonymousVotes int `db:"anonymous_votes"`
	Comments       int
	Heat           float64
	Grams          int
	CreatedAt      time.Time `db:"created_at"`
}

// Path is the idea's page.
func (i Idea) Path() string { return path(i.Number, i.Title) }

func path(number int64, title string) string {
	if s := slug(title); s != "" {
		return fmt.Sprintf("/ideas/%d-%s", number, s)
	}
	return fmt.Sprintf("/ideas/%d", number)
}

// public reports whether everybody may know of the idea, also when it has been
// merged away.
func (i Idea) public() bool { return i.ApprovedAt != nil && !i.Private }

// Open reports whether it can be voted on.
func (i Idea) Open() bool { return open(i.Status) && i.MergedInto == nil }

// by reports whether that account wrote it.
func (i Idea) by(account string) bool {
	return i.AuthorID != nil && *i.AuthorID == account && account != ""
}

var (
	errMoved   = errors.New("the idea was merged meanwhile")
	errSelf    = fmt.Errorf("an idea cannot be merged with itself: %w", fault.Conflict)
	errMerged  = fmt.Errorf("the idea has been merged already: %w", fault.Conflict)
	errPrivate = fmt.Errorf("merging would show a private idea to others: %w", fault.Conflict)
	errClosed  = fmt.Errorf("the idea is closed: %w", fault.Conflict)
)

// byAddress returns the idea that a part of an address names.
func byAddress(ctx context.Context, on db.Querier, part string) (Idea, error) {
	if number, id := addressed(part); id != "" {
		return byID(ctx, on, id)
	} else {
		return db.Get[Idea](ctx, on, `SELECT * FROM idea WHERE number = ?`, number)
	}
}

func byID(ctx context.Context, on db.Querier, id string) (Idea, error) {
	return db.Get[Idea](ctx, on, `SELECT * FROM idea WHERE id = ?`, id)
}

// insert adds an idea and gives it its number.
func insert(ctx context.Context, tx *db.Tx, i Idea) (Idea, error) {
	var err error
	if i.Number, err = db.Next(ctx, tx, "idea"); err != nil {
		return i, err
	}
	if i.ID == "" {
		i.ID = rand.Text()
	}
	found := grams(i.Title)
	i.Excerpt = text.Excerpt(i.Body, excerptRunes)
	i.Status, i.StatusAt, i.Heat, i.Grams, i.Listed = statusNew, i.CreatedAt, cold, len(found), i.public()
	if err := db.Insert(ctx, tx, "idea", i); err != nil {
		return i, err
	}
	return i, keepGrams(ctx, tx, i.Number, found)
}

func keepGrams(ctx context.Context, tx *db.Tx, number int64, found []string) error {
	if len(found) == 0 {
		return nil
	}
	query := make([]byte, 0, 40+8*len(found))
	query = append(query, `INSERT INTO idea_gram (gram, idea) VALUES `...)
	args := make([]any, 0, 2*len(found))
	for n, g := range found {
		if n > 0 {
			query = append(query, ", "...)
		}
		query = append(query, "(?, ?)"...)
		args = append(args, g, number)
	}
	_, err := db.Exec(ctx, tx, string(query), args...)
	return err
}

// reword changes an idea's text.
func reword(ctx context.Context, tx *db.Tx, i Idea) error {
	found := grams(i.Title)
	_, err := db.Exec(ctx, tx, `UPDATE idea SET title = ?, body = ?, excerpt = ?, board_id = ?, grams = ? WHERE id = ?`, i.Title, i.Body, text.Excerpt(i.Body, excerptRunes), i.BoardID, len(found), i.ID)
	if err == nil {
		_, err = db.Exec(ctx, tx, `DELETE FROM idea_gram WHERE idea = ?`, i.Number)
	}
	if err != nil {
		return err
	}
	return keepGrams(ctx, tx, i.Number, found)
}

// relist brings listed in line with what it follows from.
func relist(ctx context.Context, tx *db.Tx, id string) error {
	_, err := db.Exec(ctx, tx, `UPDATE idea SET listed = (approved_at IS NOT NULL AND NOT private AND merged_into IS NULL) WHERE id = ?`, id)
	return err
}

// standing is what an idea's place in the lists follows from.
type standing struct {
	Number   int64
	Votes    int
	Comments int
	Heat     float64
}

// place gives an idea a new heat and keeps how it stood before.
func place(ctx context.Context, tx *db.Tx, before standing, heat float64, now time.Time) error {
	if _, err := db.Exec(ctx, tx, `UPDATE idea SET heat = ? WHERE number = ?`, heat, before.Number); err != nil {
		return err
	}
	// Holding the counter until the end makes the numbers follow the order of
	// the commits, so that a list as of a number is one state of the database.
	n, err := db.Next(ctx, tx, movedCounter)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO idea_moved (number, idea, votes, comments, heat, at) VALUES (?, ?, ?, ?, ?, ?)`,
		n, before.Number, before.Votes, before.Comments, before.Heat, now)
	return err
}

const movedCounter = "ideas.moved"

// summedHeat is the heat from all that is known of an idea. Votes of people who
// are no longer known weigh as if cast on the first day.
func summedHeat(ctx context.Context, on db.Querier, id string, zone *time.Location) (float64, error) {
	votes, err := db.All[time.Time](ctx, on, `SELECT voted_at FROM idea_vote WHERE idea_id = ? AND counts`, id)
	if err != nil {
		return 0, err
	}
	type anonymous struct {
		Votes     int
		CreatedAt time.Time `db:"created_at"`
	}
	unknown, err := db.All[anonymous](ctx, on, `SELECT anonymous_votes AS votes, created_at FROM idea WHERE (id = ? OR merged_into = ?) AND anonymous_votes > 0`, id, id)
	if err != nil {
		return 0, err
	}
	for _, u := range unknown {
		votes = append(votes, slices.Repeat([]time.Time{u.CreatedAt}, u.Votes)...)
	}
	type said struct {
		AccountID *string   `db:"account_id"`
		CreatedAt time.Time `db:"created_at"`
		ID        string
	}
	all, err := db.All[said](ctx, on, `SELECT k.account_id, k.created_at, k.id FROM idea_comment k JOIN idea o ON o.id = k.original_id WHERE k.idea_id = ? AND `+heard+` ORDER BY k.created_at, k.id`, id)
	if err != nil {
		return 0, err
	}
	var remarks []remark
	for _, s := range all {
		who := s.ID // somebody unknown: nobody else
		if s.AccountID != nil {
			who = *s.AccountID
		}
		remarks = append(remarks, remark{who, s.CreatedAt})
	}
	return fullHeat(votes, remarks, zone), nil
}

// hideOrShow makes an idea private or no longer so. What was said about it goes
// along, also where it has been merged into another.
func hideOrShow(ctx context.Context, tx *db.Tx, i Idea, private bool, zone *time.Location, now time.Time) error {
	if _, err := db.Exec(ctx, tx, `UPDATE idea SET private = ? WHERE id = ?`, private, i.ID); err != nil {
		return err
	}
	if err := relist(ctx, tx, i.ID); err != nil || i.MergedInto == nil || i.Private == private {
		return err
	}
	held, err := lock(ctx, tx, *i.MergedInto)
	if err != nil {
		return err
	}
	return settle(ctx, tx, held[0], zone, now)
}

// lock holds ideas until tx ends, in the order of their ids so that two who want
// the same ones wait for each other, and returns them in the order asked.
func lock(ctx context.Context, tx *db.Tx, ids ...string) ([]Idea, error) {
	ordered := slices.Clone(ids)
	slices.Sort(ordered)
	for _, id := range slices.Compact(ordered) {
		if n, err := db.Exec(ctx, tx, `UPDATE idea SET votes = votes WHERE id = ?`, id); err != nil || n == 0 {
			return nil, errors.Join(err, map[bool]error{true: fault.NotFound}[err == nil])
		}
	}
	var all []Idea
	for _, id := range ids {
		i, err := byID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, nil
}

// settle counts an idea anew after its votes or comments have moved: of each
// person's votes the earliest counts.
func settle(ctx context.Context, tx *db.Tx, i Idea, zone *time.Location, now time.Time) error {
	if _, err := db.Exec(ctx, tx, `UPDATE idea_vote SET counts = FALSE WHERE idea_id = ?`, i.ID); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `
		UPDATE idea_vote SET counts = TRUE WHERE id IN (
			SELECT id FROM (
				SELECT id, row_number() OVER (PARTITION BY account_id ORDER BY voted_at, id) AS nth
				FROM idea_vote WHERE idea_id = ?) v
			WHERE nth = 1)`, i.ID); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `
		UPDATE idea SET
			votes = (SELECT count(*) FROM idea_vote v WHERE v.idea_id = idea.id AND v.counts)
				+ (SELECT CAST(coalesce(sum(m.anonymous_votes), 0) AS BIGINT) FROM idea m WHERE m.id = idea.id OR m.merged_into = idea.id),
			comments = (SELECT count(*) FROM idea_comment k JOIN idea o ON o.id = k.original_id WHERE k.idea_id = idea.id AND `+heard+`)
		WHERE id = ?`, i.ID); err != nil {
		return err
	}
	heat, err := summedHeat(ctx, tx, i.ID, zone)
	if err != nil {
		return err
	}
	return place(ctx, tx, standing{i.Number, i.Votes, i.Comments, i.Heat}, heat, now)
}

// untouched reports whether an idea is still its author's alone: nobody else
// voted or said something, and we did not decide.
func untouched(ctx context.Context, on db.Querier, i Idea) (bool, error) {
	if i.Status != statusNew || i.MergedInto != nil || i.RefusedAt != nil || i.AuthorID == nil || i.Response != "" {
		return false, nil
	}
	return db.Get[bool](ctx, on, `
		SELECT t.anonymous_votes = 0
			AND NOT EXISTS (SELECT 1 FROM idea m WHERE m.merged_into = t.id)
			AND NOT EXISTS (SELECT 1 FROM idea_vote v WHERE v.idea_id = t.id AND v.account_id <> t.author_id)
			AND NOT EXISTS (SELECT 1 FROM idea_comment k WHERE k.idea_id = t.id AND (k.account_id IS NULL OR k.account_id <> t.author_id))
		FROM idea t WHERE t.id = ?`, i.ID)
}

// active notes that somebody did something with ideas.
func active(ctx context.Context, tx *db.Tx, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `
		INSERT INTO idea_activity (account_id, active_at) VALUES (?, ?)
		ON CONFLICT (account_id) DO UPDATE SET active_at = excluded.active_at`, account, now)
	return err
}
