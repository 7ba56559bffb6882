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
	joost := o.people["joost"]
	o.tx(func(tx *db.Tx) error {
		for i := range 600 {
			_, _, err := insert(t.Context(), tx, o.desk, Ticket{CompanyID: joost.CompanyID, RequesterID: &joost.ID, Severity: severities[i%3], Subject: fmt.Sprint(i)}, Message{Body: "x"})
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
			if strings.HasPrefix(s.Detail, "SCAN ticket") || s.Detail == "SCAN t" || strings.HasPrefix(s.Detail, "SCAN t ") && !strings.Contains(s.Detail, "INDEX") {
				t.Errorf("%s reads the whole table", name)
			}
			if strings.Contains(s.Detail, "TEMP B-TREE") {
				sorts++
			}
		}
		if sorts > 1 {
			t.Errorf("%s sorts more than its page:%s", name, all)
		}
	}
	for _, v := range views {
		plan(v.Key, v.query, inboxArgs{Me: "sanne", At: far, ID: "~", Limit: 51})
	}
	list := customerList{Me: "joost", Company: "wal", Before: far, BeforeID: "~", Limit: 21}
	plan("company", companyText, list)
}
