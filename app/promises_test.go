package app_test

import (
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

// TestEveryColumnIsDeclared holds the schema to the privacy statement: a table
// or column that no purpose names is data without a reason.
func TestEveryColumnIsDeclared(t *testing.T) {
	a := apptest.New(t, portals.All...)
	problems, err := a.Privacy.Registry.Undeclared(t.Context(), a.DB)
	a.Fatal(err)
	for _, problem := range problems {
		t.Error(problem)
	}
}

// TestAColumnWithoutAPurposeIsFound shows that the test above can fail.
func TestAColumnWithoutAPurposeIsFound(t *testing.T) {
	a := apptest.New(t, portals.All...)
	for _, change := range []string{`ALTER TABLE account ADD COLUMN linkedin TEXT`, `CREATE TABLE newsletter (id TEXT PRIMARY KEY, email TEXT)`} {
		_, err := db.Exec(t.Context(), a.DB, change)
		a.Fatal(err)
	}
	problems, err := a.Privacy.Registry.Undeclared(t.Context(), a.DB)
	a.Fatal(err)
	all := strings.Join(problems, "\n")
	for _, name := range []string{"account.linkedin", "newsletter"} {
		if !strings.Contains(all, name) {
			t.Errorf("%s is not among %q", name, problems)
		}
	}
}
