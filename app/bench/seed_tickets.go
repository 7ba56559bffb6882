package main

import (
	"context"
	"fmt"
	"time"

	index "loket/app/search"
	"loket/db"
)

// far is where tickets without a running promise stand in the inbox.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// state is how far the nth ticket is: of a hundred, six are to be done, two
// wait, one sleeps, three are solved and the rest is closed.
func state(i int) (status, queue string) {
	switch n := i * 37 % 100; {
	case n < 2:
		return "new", "todo"
	case n < 6:
		return "open", "todo"
	case n < 8:
		return "pending", "waiting"
	case n < 9:
		return "open", "snoozed"
	case n < 12:
		return "solved", "solved"
	}
	return "closed", "closed"
}

// seedTickets makes tickets with two messages each, findable, in the counters.
func seedTickets(ctx context.Context, s *seeder) error {
	n := s.tickets
	subjects := make([]string, n)
	for i := range n {
		s.made.tickets = append(s.made.tickets, id("BT", i))
		subjects[i] = s.prose(6)
	}
	filed := func(i int) time.Time { return s.now.Add(-time.Duration(n-i) * 7 * time.Minute) }
	counts := map[string]int{}
	columns := []string{"id", "number", "company_id", "requester_id", "product", "severity", "subject", "excerpt", "status", "queue", "live", "sort_at",
		"assignee_id", "seq", "due_at", "due_clock", "first_due_at", "first_done_at", "snoozed_until", "waiting_since", "last_by", "last_customer_at",
		"created_at", "updated_at", "solved_at", "closed_at"}
	err := s.insert(ctx, "ticket", columns, n, func(i int) []any {
		status, queue := state(i)
		at := filed(i)
		customer := i * 13 % customers
		var assignee, due, first, snooze, waiting, solved, closed any
		if status != "new" {
			assignee, first = id("BS", i%colleague), at.Add(time.Hour)
		}
		sort, clock := far, ""
		live := queue == "todo" || queue == "waiting"
		if queue == "todo" || queue == "snoozed" {
			sort = s.now.Add(time.Duration(i%2000-100) * 3 * time.Minute)
			due, waiting, clock = sort, at, "first"
		}
		if queue == "snoozed" {
			snooze = s.now.Add(48 * time.Hour)
		}
		if queue == "solved" || queue == "closed" {
			solved = at.Add(26 * time.Hour)
		}
		if queue == "closed" {
			closed = at.Add(400 * time.Hour)
		}
		counts[queue]++
		if queue == "todo" && assignee == nil {
			counts["nobody"]++
		} else if queue == "todo" {
			counts["mine:"+id("BS", i%colleague)]++
		}
		return []any{id("BT", i), 1001 + i, id("BC", customer%companies), id("BA", customer), "", []string{"question", "hinders", "blocks"}[i%3],
			subjects[i], s.prose(12), status, queue, live, sort, assignee, 4, due, clock, at.Add(24 * time.Hour), first, snooze, waiting, "customer", at,
			at, at.Add(2 * time.Hour), solved, closed}
	})
	if err != nil {
		return err
	}
	if err := s.insert(ctx, "ticket_participant", []string{"id", "ticket_id", "account_id", "mail", "added_at"}, n, func(i int) []any {
		return []any{id("BP", i), id("BT", i), id("BA", i*13%customers), true, filed(i)}
	}); err != nil {
		return err
	}
	bodies := make([]string, 2*n)
	columns = []string{"id", "ticket_id", "seq", "kind", "party", "author_id", "body", "created_at"}
	if err := s.insert(ctx, "ticket_message", columns, 2*n, func(i int) []any {
		t := i / 2
		bodies[i] = s.prose(40)
		if i%2 == 0 {
			return []any{id("BG", i), id("BT", t), 1, "reply", "customer", id("BA", t*13%customers), bodies[i], filed(t)}
		}
		return []any{id("BG", i), id("BT", t), 2, "reply", "staff", id("BS", t%colleague), bodies[i], filed(t).Add(time.Hour)}
	}); err != nil {
		return err
	}
	columns = []string{"id", "ticket_id", "seq", "kind", "value", "actor_id", "at"}
	if err := s.insert(ctx, "ticket_event", columns, 2*n, func(i int) []any {
		t := i / 2
		if i%2 == 0 {
			return []any{id("BE", i), id("BT", t), 1, "filed", []string{"question", "hinders", "blocks"}[t%3], id("BA", t*13%customers), filed(t)}
		}
		return []any{id("BE", i), id("BT", t), 2, "answered", "", id("BS", t%colleague), filed(t).Add(time.Hour)}
	}); err != nil {
		return err
	}
	var done []int
	for i := range n {
		if _, queue := state(i); queue == "solved" || queue == "closed" {
			done = append(done, i)
		}
	}
	if err := s.insert(ctx, "ticket_event", columns, len(done), func(i int) []any {
		t := done[i]
		return []any{id("BF", t), id("BT", t), 3, "status", "solved", id("BS", t%colleague), filed(t).Add(26 * time.Hour)}
	}); err != nil {
		return err
	}
	for name, value := range counts {
		if _, err := db.Exec(ctx, s.tx, `INSERT INTO ticket_count (name, value) VALUES (?, ?)`, name, value); err != nil {
			return err
		}
	}
	if _, err := db.Exec(ctx, s.tx, `UPDATE counter SET value = ? WHERE name = 'ticket'`, 1000+n); err != nil {
		return err
	}
	for i := range n {
		customer := i * 13 % customers
		company := id("BC", customer%companies)
		err := index.Index{}.Put(ctx, s.tx, index.Doc{
			Kind: "ticket", Ref: id("BT", i), Path: "/tickets/" + id("BT", i), Title: subjects[i], Body: bodies[2*i] + "\n" + bodies[2*i+1],
			Note: fmt.Sprintf("TK-%d", 1001+i), At: filed(i),
			Readers: []string{"staff:tickets", "member:" + company + ":" + id("BA", customer), "managers:" + company},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
