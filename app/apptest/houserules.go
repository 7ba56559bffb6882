package apptest

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Text is the page as it is read: the text of its elements, spaces made one.
func (p *Page) Text() string {
	doc, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		return p.Body
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Attr returns the value of an attribute of the first element that has the
// given attribute and value ("data-id", "x" → "href"), or empty.
func (p *Page) Attr(name, value, want string) string {
	for _, n := range p.elements() {
		if attr(n, name) == value {
			return attr(n, want)
		}
	}
	return ""
}

// Values are the values of an attribute on all elements, in order.
func (p *Page) Values(name string) []string {
	var all []string
	for _, n := range p.elements() {
		if v, ok := lookup(n, name); ok {
			all = append(all, v)
		}
	}
	return all
}

// Input is the value of the form's input with that name.
func (p *Page) Input(name string) string { return p.Attr("name", name, "value") }

// Links are the addresses of the page's links on this site.
func (p *Page) Links() []string {
	var all []string
	for _, n := range p.elements() {
		if href, ok := lookup(n, "href"); ok && n.Data == "a" {
			if u, err := url.Parse(href); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(href, "/") {
				u.Fragment = ""
				all = append(all, u.String())
			}
		}
	}
	return all
}

func (p *Page) elements() []*html.Node {
	doc, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		return nil
	}
	var all []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	v, _ := lookup(n, name)
	return v
}

func lookup(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// broken says which rules of the house an HTML page breaks. Every page that
// any test visits is checked, so no page needs tests of its own for these.
func broken(page, csp string, fragment bool) []string {
	var wrong []string
	if i := strings.Index(page, "⟦"); i >= 0 {
		wrong = append(wrong, "text missing from the catalogue: "+page[i:min(i+60, len(page))])
	}
	if i := strings.Index(page, "%!"); i >= 0 {
		wrong = append(wrong, "text with a verb unfilled: "+page[max(0, i-30):min(i+40, len(page))])
	}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return append(wrong, err.Error())
	}
	ids, labelled, titles := map[string]int{}, map[string]bool{}, 0
	var inputs []*html.Node
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				wrong = append(wrong, "inline "+a.Key+" on "+n.Data)
			}
			if (a.Key == "src" || a.Key == "href" && n.Data == "link") && foreign(a.Val) && !(n.Data == "iframe" && framed(a.Val, csp)) {
				wrong = append(wrong, "third party: "+a.Val)
			}
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") == "" && !fragment {
				wrong = append(wrong, "html without lang")
			}
		case "h1":
			titles++
		case "label":
			labelled[attr(n, "for")] = true
		case "img":
			if _, ok := lookup(n, "alt"); !ok {
				wrong = append(wrong, "img without alt: "+attr(n, "src"))
			}
		case "style":
			wrong = append(wrong, "inline style sheet")
		case "script":
			if attr(n, "src") == "" {
				wrong = append(wrong, "inline script")
			}
		case "input", "select", "textarea":
			if kind := attr(n, "type"); kind != "hidden" && kind != "submit" {
				inputs = append(inputs, n)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			wrong = append(wrong, fmt.Sprintf("id %q used %d times", id, n))
		}
	}
	for _, in := range inputs {
		if !labelled[attr(in, "id")] && attr(in, "aria-label") == "" && !within(in, "label") {
			wrong = append(wrong, "input without label: "+attr(in, "name"))
		}
	}
	if titles != 1 && !fragment {
		wrong = append(wrong, fmt.Sprintf("%d h1 headings", titles))
	}
	return wrong
}

func within(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == tag {
			return true
		}
	}
	return false
}

// framed reports whether the page's policy names the host of a frame: its visitor
// asked for it.
func framed(address, csp string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	_, sources, _ := strings.Cut(csp, "frame-src ")
	sources, _, _ = strings.Cut(sources, ";")
	return strings.Contains(" "+sources+" ", " "+u.Scheme+"://"+u.Host+" ")
}

func foreign(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Host != "" || u.Scheme != ""
}
