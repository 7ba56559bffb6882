package home

import (
	"cmp"
	"net/url"
)

func urlText(s string) string { return url.QueryEscape(s) }

// icons are the drawings beside what was found, by kind.
var icons = map[string]string{
	"ticket": "ticket", "ticket_note": "lock", "ticket_known": "message", "idea": "idea", "training": "calendar",
	"demo": "screen", "demo_booking": "screen", "contact": "message", "account": "person", "company": "building",
}

func hitIcon(kind string) string { return cmp.Or(icons[kind], "file") }
