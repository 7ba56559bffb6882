package tickets

import (
	"fmt"
	"strings"
	"testing"

	"loket/db"
)

// TestListsAreReadOffAnIndex holds the lists to what makes them as fast with a
// million tickets as with a thousand: the page is found in an index, in order;
// only that page is sorted and joined.
func TestListsAreReadOffAnIndex(t *testing.T) {
	o := newOffice(t)
	if !o.db.SQLite() {
		t.Log("PostgreSQL chooses its plans by the size of the tables; SQLite's plans speak for both")
		return
	}
	joost, sanne := o.people["joost"], o.people["sanne"]
	o.tx(func(tx *db.Tx) error {
		for i := range 900 {
			ticket, _, err := insert(t.Context(), tx, o.desk, Ticket{CompanyID: joost.CompanyID, RequesterID: &joost.ID, Severity: severities[i%3], Subject: fmt.Sprint(i)}, Message{Body: "x"})
			if err != nil {
				return err
			}
			_, _, _, err = apply(t.Context(), tx, o.desk, ticket.ID, Change{Actor: &sanne, Edit: func(t *Ticket) {
				t.Status, t.Tags = []string{Open, Solved, Pending, Closed, Closed, Closed}[i%6], "mail"
				if i%4 == 0 {
					t.AssigneeID = &sanne.ID
				}
			}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := db.Exec(t.Context(), o.db, `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	plan := func(name, query string, arg any) {
		type step struct {
			ID, Parent, Notused int
			Detail              string
		}
		steps, err := db.AllNamed[step](t.Context(), o.db, `EXPLAIN QUERY PLAN `+query, arg)
		if err != nil {
			t.Fatal(err)
		}
		sorts, all := 0, ""
		for _, s := range steps {
			all += "\n  " + s.Detail
			if strings.HasPrefix(s.Detail, "SCAN ticket") || s.Detail == "SCAN t" || strings.HasPrefix(s.Detail, "SCAN t ") && !strings.Contains(s.Detail, "INDEX ticket_updated") {
				t.Errorf("%s reads the whole table:%s", name, all)
			}
			if strings.Contains(s.Detail, "TEMP B-TREE") {
				sorts++
			}
		}
		if sorts > 1 {
			t.Errorf("%s sorts more than its page:%s", name, all)
		}
	}
	tried := 0
	for _, v := range views {
		for _, sort := range []string{"", "changed"} {
			for _, f := range []filter{{}, {Due: "late"}, {Company: "wal"}, {Company: "wal", Due: "today", Severity: "blocks"},
				{Status: Open}, {Severity: "blocks", Product: "viewer"}, {Tag: "mail"}, {Assignee: "sanne"}, {Assignee: "nobody", Team: "x"}} {
				f.View, f.Sort = v.Key, sort
				args := f.args("sanne", place{}, o.desk.Now, pageOfStaff+1)
				plan(f.query(), f.statement(), args)
				// The page by itself, as it is counted, sorts nothing at all.
				type step struct {
					ID, Parent, Notused int
					Detail              string
				}
				steps, err := db.AllNamed[step](t.Context(), o.db, `EXPLAIN QUERY PLAN `+f.page(), args)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range steps {
					if strings.Contains(s.Detail, "TEMP B-TREE") {
						t.Errorf("the page of %s is sorted: %s", f.query(), s.Detail)
					}
				}
				tried++
			}
		}
	}
	if tried != len(views)*2*9 {
		t.Errorf("tried %d lists", tried)
	}
	list := customerList{Me: "joost", Company: "wal", Before: far, BeforeID: "~", Limit: 21}
	plan("company", companyText, list)
}
