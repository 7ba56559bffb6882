package app_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"loket/db"
)

// few are the tables that a page may read from end to end, and why they stay small.
var few = map[string]string{
	"setting":         "one row a setting",
	"chore":           "one row a chore",
	"statement":       "one row a version",
	"cookie":          "one row a cookie of the register",
	"cookie_category": "one row a category",
	"processor":       "one row a processor",
	"breach":          "one row a breach",
	"disclosure":      "one row each time an authority asked",
	"hold":            "one row a claim or dispute",
	"request":         "some requests a month, and gone after their term",
	"privacy_run":     "one row a night",
	"erasure_count":   "one row a month and rule",
	"idea_board":      "one row a product",
	"idea_tag":        "as many as colleagues made",
	"idea_synonym":    "as many as colleagues made",
	"ticket_policy":   "one row a severity",
	"ticket_count":    "one row a view",
	"ticket_known":    "as many as colleagues wrote",
	"canned_reply":    "as many as colleagues wrote",
	"demo_type":       "one row a kind of demo",
	"demo_host":       "some colleagues",
	"demo_off":        "days off of some colleagues",
	"demo_tally":      "one row a month and outcome",
	"training":        "one row a training on offer",
	"company":         "some thousands, looked through for a part of a name",
}

// sorted are the indexes of which what was found may be sorted, besides what
// belongs to one thing, and why that is little.
var sorted = map[string]string{
	"account_role":   "the colleagues",
	"training_state": "the trainings on offer",
	"link_subject":   "the open invitations of one company",
	"idea_status_at": "what changed on the roadmap lately",
	"audit_at":       "the days that an admin asks for",
}

// TestEveryPageIsReadOffAnIndex: performance.md. Whatever the site asks of the
// database while everybody looks at everything it finds in an index: it reads
// no table from end to end that grows, and sorts no more than a page of a list
// or what belongs to one thing. The database is not analysed, as on a real site:
// SQLite then takes every table for a large one.
func TestEveryPageIsReadOffAnIndex(t *testing.T) {
	a := demonstrated(t)
	if !a.DB.SQLite() {
		t.Log("PostgreSQL chooses its plans by the size of the tables; SQLite's plans speak for both")
		return
	}
	var asked sync.Map
	stop := db.Watch(func(query string, args []any) { asked.Store(query, args) })
	defer stop()
	crawl(t, a.Visitor().In("nl"), "/")
	for _, who := range []string{"joost@vanderwal.example", "marit@vanderwal.example", "daan@tekenkast.example", "fatma@tekenkast.example"} {
		crawl(t, a.As(who).In("nl"), "/", "/staff/")
	}
	anybody, fatma := a.Visitor(), a.As("fatma@tekenkast.example")
	for _, order := range []string{"wanted", "trending", "newest", "discussed"} {
		for _, more := range []string{"", "&status=planned", "&tag=x", "&board=general", "&q=tekening"} {
			anybody.Get("/ideas/?sort=" + order + more)
		}
	}
	for _, path := range []string{"/search?q=tekening", "/search?q=tekening&kind=idea", "/search?q=tekening&before=100"} {
		anybody.Get(path).Want(200)
		fatma.Get(path).Want(200)
	}
	a.Fatal(a.Jobs.RunDue(t.Context()))
	stop()
	names, err := db.All[string](t.Context(), a.DB, `SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'`)
	a.Fatal(err)
	partial := map[string]bool{} // an index that holds no more than its lists show
	for _, name := range names {
		partial[name] = true
	}
	looked := 0
	asked.Range(func(query, args any) bool {
		text := strings.Join(strings.Fields(query.(string)), " ")
		if !reads.MatchString(text) || byTable.MatchString(text) || everything.MatchString(text) {
			return true
		}
		looked++
		steps, err := db.All[step](t.Context(), a.DB, `EXPLAIN QUERY PLAN `+query.(string), args.([]any)...)
		a.Fatal(err)
		for i, s := range steps {
			if !quick(text, steps, i, partial) {
				t.Errorf("%s\n%s%s", s.Detail, text, plan(steps))
			}
		}
		return true
	})
	if looked < 200 {
		t.Errorf("only %d statements were asked", looked)
	}
}

type step struct {
	ID, Parent, Notused int
	Detail              string
}

func plan(steps []step) (all string) {
	for _, s := range steps {
		all += "\n  " + s.Detail
	}
	return all
}

var (
	reads = regexp.MustCompile(`^(SELECT|WITH|UPDATE|DELETE)`)
	// What the privacy rules ask of each table: at night, and when somebody asks for all of his data.
	byTable = regexp.MustCompile(`^SELECT (CAST\(t\.\w+ AS TEXT\)|count\(\*\) FROM \w+ t )`)
	// How many there are of all, and the export of all ideas.
	everything = regexp.MustCompile(`^SELECT (CAST\()?count\(\*\)[^F]* FROM "?\w+"?$|count\(DISTINCT a\.company_id\)`)

	scan  = regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)
	found = regexp.MustCompile(`^SEARCH \w+ USING .*\((\w*id|email|owner|gram|rowid|idea|made|source|merged_into)=\?`)
	index = regexp.MustCompile(`INDEX (\w+)`)
)

// quick reports whether step i of a plan takes as long with a million rows as with ten.
func quick(query string, steps []step, i int, partial map[string]bool) bool {
	at := steps[i]
	if m := scan.FindStringSubmatch(at.Detail); m != nil {
		inOrder := m[2] != "" && !strings.HasPrefix(m[2], "sqlite_autoindex") && strings.Contains(query, " LIMIT ")
		return small(query, steps, at.Detail) || partial[m[2]] || inOrder
	}
	if !strings.HasSuffix(at.Detail, "TEMP B-TREE FOR ORDER BY") {
		return true
	}
	for _, s := range steps { // what is sorted is what the first step of the same level yields
		if s.Parent != at.Parent {
			continue
		}
		switch kind, _, _ := strings.Cut(s.Detail, " "); kind {
		case "SCAN":
			return small(query, steps, s.Detail)
		case "SEARCH":
			of := index.FindStringSubmatch(s.Detail)
			return found.MatchString(s.Detail) || of != nil && sorted[of[1]] != ""
		case "MULTI-INDEX": // what belongs to one person by account or address
			return true
		}
	}
	return true
}

// small reports whether a step reads what the statement made itself, or a table
// that has few rows.
func small(query string, steps []step, detail string) bool {
	if strings.Contains(detail, "CONSTANT ROW") || strings.Contains(detail, "VIRTUAL TABLE INDEX") {
		return true
	}
	name := scan.FindStringSubmatch(detail)[1]
	for _, s := range steps {
		if s.Detail == "CO-ROUTINE "+name || s.Detail == "MATERIALIZE "+name {
			return true
		}
	}
	if of := regexp.MustCompile(`(?:FROM|JOIN|,)\s+(\w+)(?:\s+AS)?\s+` + name + `\b`).FindStringSubmatch(query); of != nil {
		name = of[1]
	}
	return few[name] != ""
}
