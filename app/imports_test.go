package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lower are the packages of the host by height: one may import those before it
// and never those after it.
var heights = map[string]int{
	"loket/app/fault": 0, "loket/app/hours": 0, "loket/app/text": 0, "loket/app/i18n": 0, "loket/app/invite": 0,
	"loket/db": 1, "loket/db/dbtest": 2,
	"loket/app/account": 2, "loket/app/jobs": 2, "loket/app/privacy": 2, "loket/app/files": 2, "loket/app/search": 2, "loket/app/settings": 2, "loket/app/origin": 2,
	"loket/app/links": 3, "loket/app/mail": 3,
	"loket/app/web": 4, "loket/static": 4,
	"loket/templates": 5, "loket/app/spam": 5,
	"loket/app": 6,
}

// only names who may import what: database/sql and the drivers live in db, gin
// in the frame, goth at the sign-in counter, bluemonday where text is made safe.
var only = map[string][]string{
	"database/sql":                       {"loket/db"},
	"github.com/jmoiron/sqlx":            {"loket/db"},
	"github.com/mattn/go-sqlite3":        {"loket/db"},
	"github.com/jackc/pgx":               {"loket/db"},
	"github.com/gin-gonic/gin":           {"loket/app", "loket/app/web", "loket/app/bench"},
	"github.com/markbates/goth":          {"loket/portals/signin"},
	"github.com/microcosm-cc/bluemonday": {"loket/app/text"},
	"github.com/gorilla/sessions":        {"loket/app/web"},
}

// TestImports keeps the arrows pointing one way:
// main → portals → portals/x → app → app/* → db → app/fault.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "loket/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := words[0]
		packages++
		for _, imported := range words[1:] {
			portal := strings.HasPrefix(imported, "loket/portals/")
			if portal && pkg != "loket/portals" && pkg != "loket" && !strings.HasPrefix(imported, pkg+"/") {
				t.Errorf("%s imports the portal %s: portals meet by URL or in app/*", pkg, imported)
			}
			mine, known := heights[pkg]
			theirs, knownToo := heights[imported]
			if known && strings.HasPrefix(imported, "loket/") && pkg != "loket/app/apptest" && (!knownToo || theirs > mine) {
				t.Errorf("%s imports %s, which stands above it", pkg, imported)
			}
			for library, owners := range only {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !owns(owners, pkg) {
					t.Errorf("%s imports %s, which only %s may", pkg, imported, strings.Join(owners, ", "))
				}
			}
		}
	}
	if packages < 10 {
		t.Fatalf("only %d packages listed", packages)
	}
}

func owns(owners []string, pkg string) bool {
	for _, owner := range owners {
		if pkg == owner {
			return true
		}
	}
	return false
}

// TestHouseHabits greps what the compiler does not hold: one clock, one place
// for raw HTML, no init.
func TestHouseHabits(t *testing.T) {
	forbidden := []struct{ text, where, why string }{
		{"time.Now()", "main.go", "take the time from Host.Now"},
		{"templ.Raw(", "app/text/", "only app/text makes HTML from text"},
		{"\nfunc init()", "", "no init functions"},
	}
	files := 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "node_modules" || d.Name() == "bench" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, f := range forbidden {
			if strings.Contains(string(source), f.text) && (f.where == "" || !strings.Contains(path, f.where)) {
				t.Errorf("%s has %s: %s", path, strings.TrimSpace(f.text), f.why)
			}
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Fatalf("%d files, %v", files, err)
	}
}
