package templates_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/web"
	"loket/static"
	"loket/templates"
)

// It is Monday 24 November 2025, 15:48 in Amsterdam, as in all of the designs.
var now = time.Date(2025, 11, 24, 14, 48, 0, 0, time.UTC)

func newSite(t testing.TB) *web.Site {
	t.Helper()
	dist, err := static.Dist()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := web.NewAssets(dist)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.Load(i18n.Folder{Name: "site", Files: templates.Texts})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	site := &web.Site{
		URL: "http://loket.example", Zone: zone, Now: func() time.Time { return now }, Catalog: catalog, Assets: assets,
		Nav:       []web.NavItem{{Path: "/tickets/", Label: "site.receipt", Icon: "ticket"}},
		StaffNav:  []web.NavItem{{Path: "/staff/tickets/", Label: "site.receipt", Icon: "ticket", May: "tickets"}},
		ManageNav: []web.NavItem{{Path: "/staff/settings/", Label: "site.receipt.why", Icon: "settings", May: "admin"}},
		FootNav:   []web.NavItem{{Path: "/privacy/", Label: "site.receipt.who"}},
		Vendor: func() web.Vendor {
			return web.Vendor{Name: "Tekenkast", LegalName: "Tekenkast B.V.", Phone: "085 000 00 00", Email: "loket@tekenkast.example"}
		},
		ErrorPage: templates.Error,
	}
	if err := site.Start([]byte("a secret for the test only")); err != nil {
		t.Fatal(err)
	}
	return site
}

// within renders a component as a request would, and returns what came out.
func within(t testing.TB, site *web.Site, path, lang string, who *account.Account, page templ.Component) string {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Accept-Language", lang)
	g, _ := gin.CreateTestContext(answer)
	g.Request = request
	site.Handle(func(c *web.Context) error {
		c.Account = who
		return c.Render(http.StatusOK, page)
	})(g)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s answers %d: %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// page is what a check of the whole document finds.
type page struct {
	t    testing.TB
	root *html.Node
	text string
}

func parse(t testing.TB, body string) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return page{t, root, body}
}

// all returns the elements with that name, or all elements for "".
func (p page) all(name string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// lawful holds a page to the rules that every page keeps (design.md §11, and the
// Content-Security-Policy).
func (p page) lawful() {
	p.t.Helper()
	if strings.Contains(p.text, "⟦") {
		p.t.Errorf("a text is missing: %s", p.text[strings.Index(p.text, "⟦"):][:60])
	}
	ids, labels := map[string]bool{}, map[string]bool{}
	for _, n := range p.all("") {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				p.t.Errorf("id %q stands on the page twice", id)
			}
			ids[id] = true
		}
		if n.Data == "label" && has(n, "for") {
			labels[attr(n, "for")] = true
		}
		if has(n, "style") || n.Data == "style" {
			p.t.Errorf("inline style on %s", n.Data)
		}
		if n.Data == "script" && attr(n, "src") == "" {
			p.t.Error("inline script")
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				p.t.Errorf("inline handler %s", a.Key)
			}
		}
		if has(n, "required") {
			p.t.Error("required: the server writes the errors, see aria-required")
		}
	}
	for _, n := range p.all("") {
		for _, name := range []string{"aria-describedby", "aria-labelledby", "popovertarget", "for"} {
			for _, id := range strings.Fields(attr(n, name)) {
				if !ids[id] {
					p.t.Errorf("%s of %s names %q, which is not there", name, n.Data, id)
				}
			}
		}
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] && !insideLabel(n) && attr(n, "aria-label") == "" {
				p.t.Errorf("field %s has no label", attr(n, "name"))
			}
		case "button", "a":
			if content(n) == "" && attr(n, "aria-label") == "" {
				p.t.Errorf("%s without a name: %s", n.Data, attr(n, "class"))
			}
		}
	}
}

func insideLabel(n *html.Node) bool {
	for a := range n.Ancestors() {
		if a.Data == "label" {
			return true
		}
	}
	return false
}

// whole is lawful for a complete document.
func (p page) whole(lang string) {
	p.t.Helper()
	p.lawful()
	if got := attr(p.all("html")[0], "lang"); got != lang {
		p.t.Errorf("html lang is %q, want %q", got, lang)
	}
	if n := len(p.all("h1")); n != 1 {
		p.t.Errorf("%d h1", n)
	}
	if n := len(p.all("main")); n != 1 {
		p.t.Errorf("%d main", n)
	}
	level := 0
	for _, n := range p.all("") {
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			now := int(n.Data[1] - '0')
			if now > level+1 && level > 0 {
				p.t.Errorf("h%d follows h%d", now, level)
			}
			level = now
		}
	}
}
