package ideas

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

// Ideas that ask for the same: merged into one, and apart again.

type mergeForm struct {
	Into string `form:"into" binding:"required,max=80"`
}

// mergeInto merges an idea into another. Of two colleagues who do it at once,
// one is told that the other was first.
func (p *portal) mergeInto(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[mergeForm]{Prefix: "ideas.merge"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	var to Idea
	status := http.StatusUnprocessableEntity
	if ok {
		to, err = byAddress(c, p.DB, strings.TrimPrefix(form.V.Into, "#"))
		if errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Into", "unknown")
			ok = false
		} else if err != nil {
			return err
		}
	}
	if ok {
		err = p.write(c, func(tx *db.Tx) error {
			target, err := merge(c, tx, i.ID, to.ID, c.Account.ID, p.Zone, c.Now())
			if err != nil {
				return err
			}
			if err := p.index(c, tx, i.ID); err != nil {
				return err
			}
			if err := p.originOf(c, tx, target); err != nil {
				return err
			}
			to = target
			return p.tellMerged(c, tx, i, target)
		})
		for _, known := range []struct {
			err    error
			reason string
		}{{errSelf, "self"}, {errMerged, "merged"}, {errPrivate, "private"}} {
			if errors.Is(err, known.err) {
				form.Wrong(c, "Into", known.reason)
				ok, err = false, nil
				status = http.StatusConflict
			}
		}
		if err != nil {
			return err
		}
	}
	if !ok {
		page, err := p.workOn(c, i)
		if err != nil {
			return err
		}
		page.Merge = form
		return c.Render(status, workView(page))
	}
	return c.RedirectWith(staffPath(to), web.Flash{Kind: "ok", Text: i18n.T(c, "ideas.merged", i.Title), Undo: staffPath(i) + "/unmerge"})
}

// unmergeIt takes a merge back.
func (p *portal) unmergeIt(c *web.Context) error {
	i, err := byAddress(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	err = p.write(c, func(tx *db.Tx) error {
		from, to, err := unmerge(c, tx, i.ID, c.Account.ID, p.Zone, c.Now())
		if err != nil {
			return err
		}
		for _, x := range []Idea{from, to} {
			if err := p.index(c, tx, x.ID); err != nil {
				return err
			}
			if err := p.originOf(c, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(staffPath(i), "ideas.unmerged", i.Title)
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

// family are the ids of an idea and of those merged into it.
func family(ctx context.Context, on db.Querier, id string) ([]string, error) {
	return db.All[string](ctx, on, `SELECT id FROM idea WHERE id = ? OR merged_into = ? ORDER BY number`, id, id)
}
