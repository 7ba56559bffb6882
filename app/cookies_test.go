package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loket/app/privacy"
)

var (
	cookieSet   = regexp.MustCompile(`\b(?:Remember|setCookie)\((?:c, )?("[a-z]+"|[a-zA-Z]+),`)
	cookieBare  = regexp.MustCompile(`http\.SetCookie\(`)
	cookieConst = `\b%s\s*=\s*"([a-z]+)"`
)

// TestEveryCookieIsInTheRegister reads in the sources which cookies the program
// sets, and compares them with the register both ways. (How long each stays is
// looked at on every page that any test opens.)
func TestEveryCookieIsInTheRegister(t *testing.T) {
	set := map[string]string{"loket": "app/web/session.go", "loket-" + privacy.ConsentCookie: "portals/mydata/cookies.go"}
	bare := map[string]int{}
	for _, root := range []string{"web", "../portals"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if n := len(cookieBare.FindAll(source, -1)); n > 0 {
				bare[filepath.ToSlash(path)] = n
			}
			for _, m := range cookieSet.FindAllStringSubmatch(string(source), -1) {
				if name, literal := strings.CutPrefix(m[1], `"`); literal {
					set["loket-"+strings.TrimSuffix(name, `"`)] = path
				} else if name := named(t, filepath.Dir(path), m[1]); m[1] != "name" && name != "" {
					set["loket-"+name] = path
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range set {
		if !slices.ContainsFunc(privacy.OwnCookies, func(c privacy.Cookie) bool { return c.Pattern == name }) {
			t.Errorf("%s sets %s, which is not in the register", path, name)
		}
	}
	for _, c := range privacy.OwnCookies {
		if set[c.Pattern] == "" {
			t.Errorf("%s is in the register and nothing sets it", c.Pattern)
		}
	}
	// Whoever sets a cookie otherwise than by Remember is looked at by hand: the
	// session, the flash, the choice of cookies and the end of what it refuses.
	for path, n := range bare {
		if known := map[string]int{"web/flash.go": 2, "web/session.go": 1, "../portals/mydata/cookies.go": 2}[path]; n != known {
			t.Errorf("%s sets %d cookies by itself, %d are known", path, n, known)
		}
	}
}

// named is the value of a constant of a package; empty for a parameter.
func named(t *testing.T, folder, constant string) string {
	t.Helper()
	declared := regexp.MustCompile(strings.ReplaceAll(cookieConst, "%s", constant))
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := declared.FindSubmatch(source); m != nil {
			return string(m[1])
		}
	}
	return ""
}
