package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"loket/app/account"
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

// ballot is a vote to be cast.
type ballot struct {
	Account string
	CastBy  *string // a colleague, when he does it for a customer
	Consent string  // and how the customer said that he may
}

// castVote notes a vote on an open idea, once per person: changed is false when
// there was one already. errMoved: look where the idea went and try again.
func castVote(ctx context.Context, tx *db.Tx, idea string, b ballot, now time.Time) (changed bool, err error) {
	// The vote comes first: of two at once, the unique index lets one through,
	// and a change of the idea's row shows whether it is still open.
	n, err := db.Exec(ctx, tx, `
		INSERT INTO idea_vote (id, idea_id, original_id, account_id, counts, voted_at, cast_by, consent)
		VALUES (?, ?, ?, ?, TRUE, ?, ?, ?) ON CONFLICT DO NOTHING`,
		rand.Text(), idea, idea, b.Account, now, b.CastBy, b.Consent)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, stillOpen(ctx, tx, idea)
	}
	s, err := db.Get[standing](ctx, tx, `
		UPDATE idea SET votes = votes + 1
		WHERE id = ? AND merged_into IS NULL AND status IN ('new', 'review', 'planned', 'started')
		RETURNING number, votes, comments, heat`, idea)
	if errors.Is(err, fault.NotFound) {
		if err = stillOpen(ctx, tx, idea); err == nil {
			err = errMoved
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	s.Votes--
	return true, place(ctx, tx, s, warmer(s.Heat, 1, now), now)
}

// withdrawVote takes a vote back.
func withdrawVote(ctx context.Context, tx *db.Tx, idea, account string, zone *time.Location, now time.Time) (changed bool, err error) {
	counted, err := db.All[bool](ctx, tx, `DELETE FROM idea_vote WHERE idea_id = ? AND account_id = ? RETURNING counts`, idea, account)
	if err != nil {
		return false, err
	}
	if !slices.Contains(counted, true) {
		return false, stillOpen(ctx, tx, idea)
	}
	s, err := db.Get[standing](ctx, tx, `
		UPDATE idea SET votes = votes - 1
		WHERE id = ? AND merged_into IS NULL AND status IN ('new', 'review', 'planned', 'started')
		RETURNING number, votes, comments, heat`, idea)
	if errors.Is(err, fault.NotFound) {
		if err = stillOpen(ctx, tx, idea); err == nil {
			err = errMoved
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	s.Votes++
	heat, err := summedHeat(ctx, tx, idea, zone)
	if err != nil {
		return false, err
	}
	return true, place(ctx, tx, s, heat, now)
}

// stillOpen says why a vote is not possible, or nothing when it is.
func stillOpen(ctx context.Context, on db.Querier, id string) error {
	i, err := byID(ctx, on, id)
	switch {
	case err != nil:
		return err
	case i.MergedInto != nil:
		return errMoved
	case !open(i.Status):
		return errClosed
	}
	return nil
}

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

// family are the ids of an idea and of those merged into it.
func family(ctx context.Context, on db.Querier, id string) ([]string, error) {
	return db.All[string](ctx, on, `SELECT id FROM idea WHERE id = ? OR merged_into = ? ORDER BY number`, id, id)
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

// merge makes source a duplicate of target, or of what target was merged into.
// Votes and comments move along; of one person's votes the earliest counts.
// Returned is the target that it came to.
func merge(ctx context.Context, tx *db.Tx, source, target, staff string, zone *time.Location, now time.Time) (Idea, error) {
	both, err := lock(ctx, tx, source, target)
	if err != nil {
		return Idea{}, err
	}
	from, to := both[0], both[1]
	if from.MergedInto != nil {
		return to, errMerged
	}
	if to.MergedInto != nil {
		if both, err = lock(ctx, tx, *to.MergedInto); err != nil {
			return to, err
		}
		to = both[0]
	}
	if from.ID == to.ID {
		return to, errSelf
	}
	sameAuthor := from.AuthorID != nil && to.AuthorID != nil && *from.AuthorID == *to.AuthorID
	if !to.public() && !(sameAuthor && !from.public()) {
		return to, errPrivate
	}
	for _, step := range []struct {
		text string
		args []any
	}{
		{`UPDATE idea_vote SET counts = FALSE, idea_id = ? WHERE idea_id = ?`, []any{to.ID, from.ID}},
		{`UPDATE idea_comment SET idea_id = ? WHERE idea_id = ?`, []any{to.ID, from.ID}},
		{`UPDATE idea SET merged_into = ? WHERE merged_into = ?`, []any{to.ID, from.ID}},
		{`UPDATE idea SET parent_id = ?, merged_into = ?, status = 'duplicate', status_at = ?, decided_at = ?, seen_at = coalesce(seen_at, ?) WHERE id = ?`, []any{to.ID, to.ID, now, now, now, from.ID}},
		{`INSERT INTO idea_merge (id, source_id, target_id, status_before, decided_before, account_id, merged_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			[]any{rand.Text(), from.ID, to.ID, from.Status, from.DecidedAt, staff, now}},
	} {
		if _, err := db.Exec(ctx, tx, step.text, step.args...); err != nil {
			return to, err
		}
	}
	if err := relist(ctx, tx, from.ID); err != nil {
		return to, err
	}
	if err := settle(ctx, tx, to, zone, now); err != nil {
		return to, err
	}
	return to, settle(ctx, tx, from, zone, now)
}

// unmerge takes a merge back: everybody's vote and comment returns to where it
// was cast, with the ideas that had been merged into source before.
func unmerge(ctx context.Context, tx *db.Tx, source, staff string, zone *time.Location, now time.Time) (from, to Idea, err error) {
	if from, err = byID(ctx, tx, source); err != nil {
		return from, to, err
	}
	if from.MergedInto == nil {
		return from, to, fault.Conflict
	}
	both, err := lock(ctx, tx, source, *from.MergedInto)
	if err != nil {
		return from, to, err
	}
	if both[0].MergedInto == nil || *both[0].MergedInto != both[1].ID {
		return from, to, fault.Conflict // somebody was first
	}
	from, to = both[0], both[1]
	type undone struct {
		ID            string
		StatusBefore  string     `db:"status_before"`
		DecidedBefore *time.Time `db:"decided_before"`
	}
	m, err := db.Get[undone](ctx, tx, `SELECT id, status_before, decided_before FROM idea_merge WHERE source_id = ? AND undone_at IS NULL`, source)
	if err != nil {
		return from, to, err
	}
	family, err := descendants(ctx, tx, from, to)
	if err != nil {
		return from, to, err
	}
	for _, step := range []struct {
		text string
		args []any
	}{
		{`UPDATE idea_vote SET counts = FALSE, idea_id = ? WHERE idea_id = ? AND original_id IN (?)`, []any{from.ID, to.ID, family}},
		{`UPDATE idea_comment SET idea_id = ? WHERE idea_id = ? AND original_id IN (?)`, []any{from.ID, to.ID, family}},
		{`UPDATE idea SET merged_into = ? WHERE merged_into = ? AND id IN (?)`, []any{from.ID, to.ID, family}},
		{`UPDATE idea SET parent_id = NULL, merged_into = NULL, status = ?, status_at = ?, decided_at = ? WHERE id = ?`, []any{m.StatusBefore, now, m.DecidedBefore, from.ID}},
		{`UPDATE idea_merge SET undone_at = ?, undone_by = ? WHERE id = ?`, []any{now, staff, m.ID}},
	} {
		if _, err := db.Exec(ctx, tx, step.text, step.args...); err != nil {
			return from, to, err
		}
	}
	if err := relist(ctx, tx, from.ID); err != nil {
		return from, to, err
	}
	if err := settle(ctx, tx, from, zone, now); err != nil {
		return from, to, err
	}
	if err := settle(ctx, tx, to, zone, now); err != nil {
		return from, to, err
	}
	from, err = byID(ctx, tx, source)
	return from, to, err
}

// descendants are the ids of from and of the ideas that came to to by way of it.
func descendants(ctx context.Context, on db.Querier, from, to Idea) ([]string, error) {
	type branch struct {
		ID       string
		ParentID string `db:"parent_id"`
	}
	all, err := db.All[branch](ctx, on, `SELECT id, parent_id FROM idea WHERE merged_into = ?`, to.ID)
	if err != nil {
		return nil, err
	}
	family := []string{from.ID}
	for i := 0; i < len(family); i++ {
		for _, b := range all {
			if b.ParentID == family[i] && !slices.Contains(family, b.ID) {
				family = append(family, b.ID)
			}
		}
	}
	return family, nil
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

// Comment is what somebody said about an idea.
type Comment struct {
	ID         string
	IdeaID     string  `db:"idea_id"`
	OriginalID string  `db:"original_id"`
	AccountID  *string `db:"account_id"`
	Official   bool
	Body       string
	Warm       bool
	CreatedAt  time.Time  `db:"created_at"`
	EditedAt   *time.Time `db:"edited_at"`
	HiddenAt   *time.Time `db:"hidden_at"`
}

// heard is the condition on a comment k, made on the idea o, under which who may
// see the idea that it stands with may read it: what was said about a private
// idea stays private when that is merged into one that is not.
const heard = `k.hidden_at IS NULL AND (o.id = k.idea_id OR o.approved_at IS NOT NULL AND NOT o.private)`

// say adds a comment. errMoved: the idea was merged meanwhile.
func say(ctx context.Context, tx *db.Tx, k Comment, zone *time.Location) error {
	held, err := lock(ctx, tx, k.IdeaID)
	if err != nil {
		return err
	}
	i := held[0]
	if i.MergedInto != nil {
		return errMoved
	}
	earlier, err := db.All[time.Time](ctx, tx, `SELECT created_at FROM idea_comment WHERE idea_id = ? AND account_id = ? AND hidden_at IS NULL AND created_at > ? ORDER BY created_at`, i.ID, *k.AccountID, k.CreatedAt.Add(-26*time.Hour))
	if err != nil {
		return err
	}
	k.Warm = !slices.ContainsFunc(earlier, func(t time.Time) bool { return sameDay(t, k.CreatedAt, zone) })
	if err := db.Insert(ctx, tx, "idea_comment", k); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, `UPDATE idea SET comments = comments + 1 WHERE id = ?`, i.ID); err != nil {
		return err
	}
	heat := i.Heat
	if k.Warm {
		heat = warmer(heat, commentWeight, k.CreatedAt)
	}
	return place(ctx, tx, standing{i.Number, i.Votes, i.Comments, i.Heat}, heat, k.CreatedAt)
}

// hide takes a comment off the page.
func hide(ctx context.Context, tx *db.Tx, idea, comment string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `UPDATE idea_comment SET hidden_at = ? WHERE id = ? AND idea_id = ? AND hidden_at IS NULL`, now, comment, idea)
}

// unhide puts it back.
func unhide(ctx context.Context, tx *db.Tx, idea, comment string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `UPDATE idea_comment SET hidden_at = NULL WHERE id = ? AND idea_id = ? AND hidden_at IS NOT NULL`, comment, idea)
}

// takeBack removes somebody's own comment for good.
func takeBack(ctx context.Context, tx *db.Tx, idea, comment, account string, zone *time.Location, now time.Time) error {
	return unsay(ctx, tx, idea, zone, now, `DELETE FROM idea_comment WHERE id = ? AND idea_id = ? AND account_id = ? AND hidden_at IS NULL`, comment, idea, account)
}

// unsay changes which comments an idea has, and counts it anew.
func unsay(ctx context.Context, tx *db.Tx, idea string, zone *time.Location, now time.Time, query string, args ...any) error {
	held, err := lock(ctx, tx, idea)
	if err != nil {
		return err
	}
	n, err := db.Exec(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound
	}
	return settle(ctx, tx, held[0], zone, now)
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

// follow and unfollow: who follows hears of each new status and comment.
func follow(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (idea_id, account_id) DO UPDATE SET muted = FALSE`, idea, account, rand.Text(), now)
	return err
}

// join has somebody follow who said something, unless he wants no mail.
func join(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (idea_id, account_id) DO NOTHING`, idea, account, rand.Text(), now)
	return err
}

// mute stops all mail to one person about an idea, voter or not.
func mute(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	_, err := db.Exec(ctx, tx, `INSERT INTO idea_follow (idea_id, account_id, id, muted, created_at) VALUES (?, ?, ?, TRUE, ?)
		ON CONFLICT (idea_id, account_id) DO UPDATE SET muted = TRUE`, idea, account, rand.Text(), now)
	return err
}

// unfollow ends that. Who would hear of the idea all the same, because he voted
// or wrote it, is kept as somebody who wants no mail.
func unfollow(ctx context.Context, tx *db.Tx, idea, account string, now time.Time) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM idea_follow WHERE account_id = ? AND (idea_id = ? OR idea_id IN (SELECT id FROM idea WHERE merged_into = ?))`, account, idea, idea); err != nil {
		return err
	}
	concerned, err := db.Get[bool](ctx, tx, `
		SELECT EXISTS (SELECT 1 FROM idea_vote WHERE idea_id = ? AND account_id = ?)
			OR EXISTS (SELECT 1 FROM idea WHERE (id = ? OR merged_into = ?) AND author_id = ?)`, idea, account, idea, idea, account)
	if err != nil || !concerned {
		return err
	}
	return mute(ctx, tx, idea, account, now)
}

// circle asks who is to hear of an idea.
type circle struct {
	Idea   string
	Voters bool   // also those who only voted
	After  string // only those whose id comes after it
	Limit  int
}

// audience are the people to tell of an idea: its author, its followers, perhaps
// its voters, and those of the ideas merged into it, each once, by id. Who wants
// no mail about an idea hears of it only for another that it was merged with.
func audience(ctx context.Context, on db.Querier, c circle) ([]account.Account, error) {
	return db.AllNamed[account.Account](ctx, on, `
		SELECT a.id, a.email, a.name, a.lang, a.role, a.permissions
		FROM (
			SELECT v.account_id AS id FROM idea_vote v WHERE :voters AND v.idea_id = :idea
				AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = v.original_id AND m.account_id = v.account_id AND m.muted)
			UNION
			SELECT f.account_id FROM idea_follow f JOIN idea i ON i.id = f.idea_id WHERE (i.id = :idea OR i.merged_into = :idea) AND NOT f.muted
			UNION
			SELECT i.author_id FROM idea i WHERE (i.id = :idea OR i.merged_into = :idea)
				AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = i.id AND m.account_id = i.author_id AND m.muted)) x
		JOIN account a ON a.id = x.id
		WHERE a.disabled_at IS NULL AND a.verified_at IS NOT NULL AND a.id > :after
			AND NOT EXISTS (SELECT 1 FROM idea_follow m WHERE m.idea_id = :idea AND m.account_id = a.id AND m.muted)
		ORDER BY a.id LIMIT :limit`, c)
}

// Board gathers the ideas about one product.
type Board struct {
	ID        string
	Name      string
	Product   string
	About     string
	Moderated bool
	Position  int
	ClosedAt  *time.Time `db:"closed_at"`
}

// boards lists the boards in the order of the menus.
func boards(ctx context.Context, on db.Querier) ([]Board, error) {
	return db.All[Board](ctx, on, `SELECT * FROM idea_board ORDER BY position, name, id`)
}
