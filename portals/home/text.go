package home

import "net/url"

func urlText(s string) string { return url.QueryEscape(s) }
