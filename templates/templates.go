// Package templates is the design system: the frame of every page, the fields
// of forms, and the parts that pages are made of. A portal writes no markup that
// one of them makes. README.md lists them all with an example of each.
package templates

import (
	"context"
	"embed"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"loket/app/i18n"
	"loket/app/web"
)

// Texts are the texts of the frame and its parts: folder "site".
//
//go:embed nl.json en.json
var Texts embed.FS

// Head is what a page tells its frame.
type Head struct {
	Title  string // of the browser's tab; the page itself has an h1
	Wrong  bool   // a form on the page has errors: the title says so
	Crumbs []Link // the way here; the last has no path
	Narrow bool   // a column of reading width
	Full   bool   // the page sets its own width (the band of the home page)
	Class  string // more classes of main: "gate", "oops"
	Feed   string // path of the Atom feed of what the page lists

	Top  templ.Component // of the staff app: what stands in its bar, such as a score or a button for something new
	Side templ.Component // of the staff app: the portal's own views, above the other counters
	Peek templ.Component // of the staff app's list: what is open beside it
}

// Link leads somewhere.
type Link struct{ Path, Label string }

// title is the text of the title element: "Fout: Ticket indienen – Tekenkast loket".
func (h Head) title(ctx context.Context) string {
	text := h.Title + " – " + vendor(ctx).Name + " " + i18n.T(ctx, "site.name")
	if h.Wrong {
		text = i18n.T(ctx, "site.error_prefix") + " " + text
	}
	return text
}

func (h Head) mainClass() string {
	class := ""
	if !h.Full {
		class = "wrap"
	}
	if h.Narrow {
		class += " narrow"
	}
	if h.Class != "" {
		class += " " + h.Class
	}
	return strings.TrimSpace(class)
}

// listClass gives what is open the place of the list where there is no room for both.
func listClass(h Head) string {
	if h.Peek != nil {
		return "app opened"
	}
	return "app"
}

func vendor(ctx context.Context) web.Vendor { return web.Of(ctx).Site.Vendor() }

func asset(ctx context.Context, name string) string { return web.Of(ctx).Site.Assets.Path(name) }

func themePath(ctx context.Context) string {
	path, _ := web.ThemeCSS(vendor(ctx))
	return path
}

// here is the path to come back to: of the page itself, or of the one before
// when this answers a form that was wrong.
func here(ctx context.Context) string { return web.Of(ctx).Request.URL.RequestURI() }

func keys(ctx context.Context) string {
	if a := web.Of(ctx).Account; a != nil && a.Keys {
		return "on"
	}
	return "off"
}

// current reports whether the page belongs to the menu entry with that path.
func current(ctx context.Context, path string) bool {
	now := web.Of(ctx).Request.URL.Path
	if path == "/" || path == "/staff/" {
		return now == path
	}
	return now == path || strings.HasPrefix(now, strings.TrimSuffix(path, "/")+"/")
}

// visible leaves out the entries of a menu that the visitor may not open.
func visible(ctx context.Context, items []web.NavItem) []web.NavItem {
	a := web.Of(ctx).Account
	var seen []web.NavItem
	for _, item := range items {
		switch {
		case item.May == "", a != nil && item.May == "admin" && a.Admin(), a != nil && item.May != "admin" && a.May(item.May):
			seen = append(seen, item)
		}
	}
	return seen
}

// percent writes a part of a whole (0 to 1) for an attribute: "13.5%".
func percent(part float64) string {
	part = min(max(part, 0), 1)
	return strconv.FormatFloat(math.Round(part*1000)/10, 'f', -1, 64) + "%"
}

// tenths is a part of a whole (0 to 1) in steps, for data-p: 0 to 10.
func tenths(part float64) string {
	return strconv.Itoa(int(math.Round(min(max(part, 0), 1) * 10)))
}

// initials are the first letters of the first and the last name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	letter := func(word string) string {
		r, _ := utf8.DecodeRuneInString(word)
		return string(unicode.ToUpper(r))
	}
	if len(words) == 1 {
		return letter(words[0])
	}
	return letter(words[0]) + letter(words[len(words)-1])
}

// shade picks one of the eight colours of avatars by a hash of the id, so that
// a person has the same colour everywhere.
func shade(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never fails
	return strconv.Itoa(int(h.Sum32() % 8))
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// sought is what the bar of staff was asked.
func sought(ctx context.Context) string {
	if c := web.Of(ctx); c.Request.URL.Path == "/search" {
		return c.Query("q")
	}
	return ""
}

// Dial is a phone number without the spaces and brackets that people read it by.
func Dial(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}

func flashRole(kind string) string {
	if kind == "bad" {
		return "alert"
	}
	return "status"
}

func flashIcon(kind string) string {
	switch kind {
	case "warn", "bad":
		return "alert"
	case "ok":
		return "ok"
	}
	return "info"
}

func undoLabel(ctx context.Context, f web.Flash) string {
	if f.UndoLabel != "" {
		return f.UndoLabel
	}
	return i18n.T(ctx, "site.undo")
}

// errorText is a text of the page for a status; one without its own says
// whose fault it is.
func errorText(ctx context.Context, status int, part string) string {
	otherwise := "site.error.4xx."
	if status >= 500 {
		otherwise = "site.error.500."
	}
	return i18n.Or(ctx, []string{"site.error." + strconv.Itoa(status) + "." + part, otherwise + part})
}

// again reports whether asking once more could help: after a GET that failed by
// our fault or came too often.
func again(ctx context.Context, status int) bool {
	return web.Of(ctx).Request.Method == "GET" && (status >= 500 || status == 429)
}

// said is what assistive technology hears of a field besides its label.
func said(f web.Field) templ.Attributes {
	if !f.Required && f.Error == "" && f.Hint == "" && f.Ask == "" {
		return nil
	}
	said := templ.Attributes{}
	if f.Ask != "" {
		said["data-get"], said["data-fragment"] = f.Ask, f.Into
	}
	if f.Required {
		said["aria-required"] = "true"
	}
	if f.Error != "" {
		said["aria-invalid"] = "true"
	}
	if ids := f.Described(); ids != "" {
		said["aria-describedby"] = ids
	}
	return said
}

// optionID is the id of an answer; the first has the id of the field, to which
// the summary of errors leads.
func optionID(f web.Field, i int) string {
	if i == 0 {
		return f.ID
	}
	return f.ID + "-" + strconv.Itoa(i)
}

func offers(f web.Field, value string) bool {
	for _, o := range f.Options {
		if o.Value == value {
			return true
		}
	}
	return false
}

// capital begins a heading with a capital, as month names in Dutch do not.
func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}
