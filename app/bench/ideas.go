package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// voters is how many of the customers vote on the seeded ideas.
const voters = 500

// votesOf is how many voted on the nth idea: a few ideas have many, most have few.
func votesOf(n int) int { return min(max(1000/(1+n%97)/2, 1), voters) }

// seedIdeas fills the ideas counter: 430 characters a text, three comments, some
// 27 votes on average, ten tags, six in ten new.
func seedIdeas(ctx context.Context, s *seeder) error {
	statuses := []string{"new", "new", "new", "new", "new", "new", "review", "planned", "started", "completed"}
	start := s.now.AddDate(-1, 0, 0)
	at := func(n int) time.Time {
		return start.Add(time.Duration(n) * 364 * 24 * time.Hour / time.Duration(s.ideas+1))
	}
	if err := s.insert(ctx, "counter", []string{"name", "value"}, 1, func(int) []any { return []any{"idea", s.ideas} }); err != nil {
		return err
	}
	err := s.insert(ctx, "idea", []string{"id", "number", "board_id", "author_id", "title", "body", "excerpt", "status", "approved_at", "seen_at", "listed", "status_at", "votes", "comments", "heat", "created_at"}, s.ideas, func(n int) []any {
		body := s.prose(62)
		if n%10 != 9 { // what is done takes no votes
			s.made.ideas = append(s.made.ideas, id("BI", n))
		}
		// The title has no spaces, so that its address is known here.
		title := fmt.Sprintf("%s%d", s.words[300+n%1000], n+1)
		s.made.ideaPaths = append(s.made.ideaPaths, fmt.Sprintf("%d-%s", n+1, title))
		heat := math.Log2(float64(votesOf(n))) + float64(at(n).Unix()-1767225600)/(14*86400)
		return []any{id("BI", n), n + 1, "general", id("BA", n%voters), title, body, body[:min(len(body), 170)], statuses[n%10], at(n), at(n), true, at(n), votesOf(n), 3, heat, at(n)}
	})
	if err != nil {
		return err
	}
	type pair struct{ idea, voter int }
	var pairs []pair
	for n := range s.ideas {
		for v := range votesOf(n) {
			pairs = append(pairs, pair{n, v})
		}
	}
	if err := s.insert(ctx, "idea_vote", []string{"id", "idea_id", "original_id", "account_id", "voted_at"}, len(pairs), func(i int) []any {
		p := pairs[i]
		return []any{id("BV", i), id("BI", p.idea), id("BI", p.idea), id("BA", p.voter), at(p.idea)}
	}); err != nil {
		return err
	}
	if err := s.insert(ctx, "idea_comment", []string{"id", "idea_id", "original_id", "account_id", "body", "warm", "created_at"}, 3*s.ideas, func(i int) []any {
		return []any{id("BK", i), id("BI", i/3), id("BI", i/3), id("BA", i%voters), s.prose(20), true, at(i / 3)}
	}); err != nil {
		return err
	}
	if err := s.insert(ctx, "idea_tag", []string{"id", "name"}, 10, func(i int) []any { return []any{id("BT", i), s.words[50+i]} }); err != nil {
		return err
	}
	return s.insert(ctx, "idea_tagged", []string{"idea_id", "tag_id"}, s.ideas, func(i int) []any { return []any{id("BI", i), id("BT", i%10)} })
}
