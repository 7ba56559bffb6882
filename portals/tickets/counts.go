package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"loket/db"
)

// The counters behind the lists of colleagues: kept with each change, checked
// every day.

// recount moves a ticket from the counters it was in to those it is in now, in
// an order that two changes at once cannot lock each other with.
func recount(ctx context.Context, tx *db.Tx, was, is []string) error {
	delta := map[string]int{}
	for _, name := range was {
		delta[name]--
	}
	for _, name := range is {
		delta[name]++
	}
	var names []string
	for name, by := range delta {
		if by != 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := db.Exec(ctx, tx, `
			INSERT INTO ticket_count (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + excluded.value`, name, delta[name]); err != nil {
			return err
		}
	}
	return nil
}

// counts reads the counters that a colleague sees: todo, mine, nobody, waiting,
// snoozed, solved, closed.
func counts(ctx context.Context, on db.Querier, me string) (map[string]int, error) {
	type row struct {
		Name  string
		Value int
	}
	rows, err := db.All[row](ctx, on, `
		SELECT name, value FROM ticket_count
		WHERE name IN ('todo', 'nobody', 'waiting', 'snoozed', 'solved', 'closed', ?)`, "mine:"+me)
	all := map[string]int{}
	for _, r := range rows {
		if strings.HasPrefix(r.Name, "mine:") {
			r.Name = "mine"
		}
		all[r.Name] = r.Value
	}
	return all, err
}

// countAnew makes the counters what counting gives, and says how many were wrong.
func countAnew(ctx context.Context, tx *db.Tx) (wrong int, err error) {
	type row struct {
		Name  string
		Value int
	}
	// The lock on the counter of numbers keeps new tickets out meanwhile.
	if _, err := db.Exec(ctx, tx, `UPDATE counter SET value = value WHERE name = 'ticket'`); err != nil {
		return 0, err
	}
	found, err := db.All[row](ctx, tx, `
		SELECT queue AS name, count(*) AS value FROM ticket GROUP BY queue
		UNION ALL SELECT 'nobody', count(*) FROM ticket WHERE queue = 'todo' AND assignee_id IS NULL
		UNION ALL SELECT 'mine:' || assignee_id, count(*) FROM ticket WHERE queue = 'todo' AND assignee_id IS NOT NULL GROUP BY assignee_id`)
	if err != nil {
		return 0, err
	}
	kept, err := db.All[row](ctx, tx, `SELECT name, value FROM ticket_count`)
	if err != nil {
		return 0, err
	}
	delta := map[string]int{}
	for _, r := range found {
		delta[r.Name] += r.Value
	}
	for _, r := range kept {
		delta[r.Name] -= r.Value
	}
	for name, by := range delta {
		if by == 0 {
			continue
		}
		wrong++
		if _, err := db.Exec(ctx, tx, `
			INSERT INTO ticket_count (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = ticket_count.value + excluded.value`, name, by); err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}

// checkCounts counts once a day what is kept, and mends it.
func (p *portal) checkCounts(ctx context.Context) error {
	var wrong int
	err := p.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		wrong, err = countAnew(ctx, tx)
		return err
	})
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d counters of tickets were wrong and have been mended", wrong)
	}
	return err
}
