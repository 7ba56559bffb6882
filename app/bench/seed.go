package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"loket/db"
)

// How much is seeded beside the tickets, whose number is an option.
const (
	companies = 400
	customers = 5_000
	colleague = 30 // members of staff
	words     = 20_000
)

// seeder writes a site that is the same every time: rows in bulk, straight into
// the tables, since making 100,000 tickets by the pages would take an hour.
type seeder struct {
	tx      *db.Tx
	columns map[string][]string // of each table that exists
	rand    *rand.Rand
	zipf    *rand.Zipf
	words   []string
	now     time.Time
	tickets int
	ideas   int
	made    *made
}

// made is what the workloads need to know of the site.
type made struct {
	tickets, ideas []string // ids
	ideaPaths      []string // NUMBER-SLUG
}

// parts fill the tables, one after another. Each is for one portal, and skipped
// when its table is not there.
var parts = []struct {
	table string
	fill  func(context.Context, *seeder) error
}{
	{"setting", seedProducts},
	{"company", seedCompanies},
	{"account", seedCustomers},
	{"ticket", seedTickets},
	{"idea", seedIdeas},
}

// seed fills an empty, migrated database in one transaction and has it analysed.
// All customers get the password of the account that pattern names.
func seed(ctx context.Context, d *db.DB, now time.Time, tickets, ideas int) (*made, error) {
	s := newSeeder(now, tickets)
	s.ideas = ideas
	all, err := d.Columns(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		s.columns[c.Table] = append(s.columns[c.Table], c.Column)
	}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		s.tx = tx
		for _, part := range parts {
			if s.columns[part.table] == nil {
				continue
			}
			if err := part.fill(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", part.table, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(ctx, d, `ANALYZE`)
	return s.made, err
}

func newSeeder(now time.Time, tickets int) *seeder {
	s := &seeder{columns: map[string][]string{}, now: now.UTC().Truncate(time.Hour), tickets: tickets, made: &made{}}
	s.rand = rand.New(rand.NewPCG(1, 2))
	s.zipf = rand.NewZipf(s.rand, 1.1, 4, words-1)
	s.words = vocabulary(words)
	return s
}

// insert writes rows into a table, some hundred a statement. What a row leaves
// out gets the column's default.
func (s *seeder) insert(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error {
	const most = 200
	var values []any
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		one := "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
		all := one + strings.Repeat(", "+one, len(values)/len(columns)-1)
		_, err := db.Exec(ctx, s.tx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES `+all, values...)
		values = values[:0]
		return err
	}
	for i := range n {
		values = append(values, row(i)...)
		if len(values) >= most*len(columns) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// id is the nth id of its kind, in the alphabet and length of the program's own.
func id(kind string, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	tail := []byte(strings.Repeat("A", 26-len(kind)))
	for at := len(tail) - 1; n > 0; at-- {
		tail[at] = alphabet[n%32]
		n /= 32
	}
	return kind + string(tail)
}

// vocabulary is that many words, the commonest first, with the ones that the
// workloads search for at a place that makes them common, middling or rare.
func vocabulary(n int) []string {
	syllables := []string{"be", "der", "ge", "lo", "ma", "ni", "po", "ra", "sel", "tu", "van", "wer", "ti", "ko", "da", "fi"}
	all := make([]string, n)
	for i := range all {
		var w strings.Builder
		for rest := i + 300; rest > 0; rest /= len(syllables) {
			w.WriteString(syllables[rest%len(syllables)])
		}
		all[i] = w.String()
	}
	all[2], all[12], all[20], all[30], all[12_000] = "excel", "sharepoint", "tekening", "storing", "kwantiteit"
	return all
}

// prose is that many words by Zipf's law (1.1, 4).
func (s *seeder) prose(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.words[s.zipf.Uint64()])
	}
	return b.String()
}

// product is what every ticket is about.
const product = "uitgifte"

func seedProducts(ctx context.Context, s *seeder) error {
	return s.insert(ctx, "setting", []string{"name", "value", "changed_at"}, 1, func(int) []any {
		return []any{"products", `[{"Key": "` + product + `", "Name": "Uitgifte"}]`, s.now}
	})
}

func seedCompanies(ctx context.Context, s *seeder) error {
	return s.insert(ctx, "company", []string{"id", "name", "created_at"}, companies, func(i int) []any {
		return []any{id("BC", i), fmt.Sprintf("Bouwbedrijf %s %d", s.words[100+i], i), s.now.AddDate(-2, 0, i)}
	})
}

// patterns are the two accounts that the program itself made; the others get
// their passwords, so that hashing happens twice and not 5,000 times.
const (
	patternCustomer = "pattern-customer@bench.example"
	patternStaff    = "pattern-staff@bench.example"
	password        = "elf paarse fietsen in de gracht"
)

func customerEmail(i int) string { return fmt.Sprintf("customer-%d@bench.example", i) }
func staffEmail(i int) string    { return fmt.Sprintf("staff-%d@bench.example", i) }

func seedCustomers(ctx context.Context, s *seeder) error {
	hash := map[string]string{}
	for _, email := range []string{patternCustomer, patternStaff} {
		found, err := db.Get[string](ctx, s.tx, `SELECT password FROM account WHERE email = ?`, email)
		if err != nil {
			return fmt.Errorf("%s: %w", email, err)
		}
		hash[email] = found
	}
	columns := []string{"id", "email", "verified_at", "name", "password", "role", "permissions", "company_id", "created_at", "active_at"}
	err := s.insert(ctx, "account", columns, customers, func(i int) []any {
		return []any{id("BA", i), customerEmail(i), s.now, fmt.Sprintf("Klant %d", i), hash[patternCustomer], "customer", "", id("BC", i%companies), s.now.AddDate(-1, 0, 0), s.now}
	})
	if err != nil {
		return err
	}
	err = s.insert(ctx, "account", columns, colleague, func(i int) []any {
		return []any{id("BS", i), staffEmail(i), s.now, fmt.Sprintf("Collega %d", i), hash[patternStaff], "staff", "tickets,ideas,trainings,demos,contact,hiring,references", nil, s.now.AddDate(-1, 0, 0), s.now}
	})
	if err != nil {
		return err
	}
	return s.insert(ctx, "membership", []string{"id", "account_id", "company_id", "manager", "started_at"}, customers, func(i int) []any {
		return []any{id("BM", i), id("BA", i), id("BC", i%companies), i < companies, s.now.AddDate(-1, 0, 0)}
	})
}
