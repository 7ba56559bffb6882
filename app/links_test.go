package app_test

import (
	"sort"
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/portals"
)

// demonstrated is the whole program with the demonstration company in it.
func demonstrated(t *testing.T) *apptest.App {
	t.Helper()
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), t.Output()))
	return a
}

// TestEveryLink follows every link that each kind of person can see: none is
// broken, and none leads where its reader may not go.
func TestEveryLink(t *testing.T) {
	for _, who := range []struct {
		name string
		come func(*apptest.App) *apptest.Browser
	}{
		{"visitor", (*apptest.App).Visitor},
		{"customer", func(a *apptest.App) *apptest.Browser { return a.As("joost@vanderwal.example") }},
		{"manager", func(a *apptest.App) *apptest.Browser { return a.As("marit@vanderwal.example") }},
		{"agent", func(a *apptest.App) *apptest.Browser { return a.As("daan@tekenkast.example") }},
		{"admin", func(a *apptest.App) *apptest.Browser { return a.As("fatma@tekenkast.example") }},
	} {
		for _, lang := range []string{"nl", "en"} {
			t.Run(who.name+" "+lang, func(t *testing.T) {
				a := demonstrated(t)
				pages := crawl(t, who.come(a).In(lang), "/", "/staff/")
				if pages < 2 {
					t.Errorf("only %d pages", pages)
				}
			})
		}
	}
}

// crawl visits every page that can be reached from the starts, a few of each
// kind (addresses that differ only in ids and queries), and returns how many.
func crawl(t *testing.T, b *apptest.Browser, starts ...string) int {
	t.Helper()
	seen, kinds, todo := map[string]bool{}, map[string]int{}, append([]string(nil), starts...)
	from := map[string]string{}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || kinds[kind(path)] > 6 || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/auth/") {
			continue
		}
		seen[path] = true
		kinds[kind(path)]++
		page := b.Get(path)
		if lang := b.Header.Get("Accept-Language"); strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") && !page.Has(`<html lang="`+lang+`"`) {
			t.Errorf("%s is not in %s", path, lang)
		}
		if page.Status != 200 && !(path == "/staff/" && page.Status == 403) {
			t.Errorf("%s (linked from %s) is %d", path, from[path], page.Status)
			continue
		}
		links := page.Links()
		sort.Strings(links)
		for _, link := range links {
			if !seen[link] {
				if from[link] == "" {
					from[link] = path
				}
				todo = append(todo, link)
			}
		}
	}
	return len(seen)
}

// kind is the address with ids and the values of its query left out.
func kind(path string) string {
	path, query, _ := strings.Cut(path, "?")
	words := strings.Split(path, "/")
	for i, word := range words {
		if strings.ContainsAny(word, "0123456789") || len(word) == 26 && strings.ToUpper(word) == word {
			words[i] = "*"
		}
	}
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return strings.Join(words, "/") + "?" + strings.Join(names, "&")
}
