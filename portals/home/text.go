package home

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"loket/app/i18n"
	"loket/app/search"
	"loket/app/web"
	"loket/templates"
)

// searched are the kinds that a search can be narrowed to, by what stands in its
// address.
var searched = map[string][]string{
	"tickets":   {"ticket", "ticket_note"},
	"ideas":     {"idea"},
	"trainings": {"training"},
	"demos":     {"demo", "demo_booking"},
	"contact":   {"contact"},
}

// at is the address of the search, narrowed to a kind.
func (page searchPage) at(kind string, before search.Cursor) string {
	query := url.Values{"q": {page.Query}}
	if kind != "" {
		query.Set("kind", kind)
	}
	if before != 0 {
		query.Set("before", strconv.FormatInt(int64(before), 10))
	}
	return "/search?" + query.Encode()
}

// kinds are the tabs above what was found: those in which the visitor can find
// anything.
func (page searchPage) kinds(ctx context.Context) []templates.Tab {
	a := web.Of(ctx).Account
	tabs := []templates.Tab{{Path: page.at("", 0), Label: i18n.T(ctx, "home.search.all"), Current: page.Kind == ""}}
	for _, kind := range []string{"tickets", "ideas", "trainings", "demos", "contact"} {
		if kind == "tickets" && a == nil || kind == "contact" && !(a != nil && a.May("contact")) {
			continue
		}
		tabs = append(tabs, templates.Tab{Path: page.at(kind, 0), Label: i18n.T(ctx, "home.search.kind."+kind), Current: page.Kind == kind})
	}
	return tabs
}

// count says how much was found, where it was counted.
func (page searchPage) count(ctx context.Context) string {
	switch {
	case page.Later:
		return i18n.T(ctx, "home.search.results")
	case page.Found.Many:
		return i18n.T(ctx, "home.search.many", i18n.Number(ctx, page.Found.Count))
	}
	return i18n.N(ctx, "home.search.count", page.Found.Count)
}

// icons are the drawings beside what was found, by kind.
var icons = map[string]string{
	"ticket": "ticket", "ticket_note": "lock", "ticket_known": "message", "idea": "idea", "training": "calendar",
	"demo": "screen", "demo_booking": "screen", "contact": "message", "account": "person", "company": "building",
}

func hitIcon(kind string) string { return cmp.Or(icons[kind], "file") }
