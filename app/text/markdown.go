package text

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads CommonMark without HTML, so that <div> is five letters, with
// tables, strikethrough and bare links. Each change to this is a change to what
// strangers may put on a page.
var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithASTTransformers(util.Prioritized(tamer{}, 1000)),
	)),
	goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
		extension.Strikethrough,
		extension.Linkify,
	),
	goldmark.WithRendererOptions(html.WithHardWraps()),
)

// policy is all that may be on a page from outside. It allows what markdown
// makes and nothing else.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^` + rel + `$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// rel is what every link carries: no credit for spam, no handle on our page,
// and no word of where the reader came from.
const rel = "nofollow noopener noreferrer"

// render is a text in Markdown as HTML that the policy has yet to see.
func render(s string) string {
	var b bytes.Buffer
	// The buffer never fails, and neither does the renderer on what it parsed itself.
	if err := markdown.Convert([]byte(s), &b); err != nil {
		return paragraphs(s)
	}
	return b.String()
}

// fit has the headings of a text begin at h3 and go down one step at a time,
// whatever its author began with: who listens to a page finds his way by them.
func fit(headings []*ast.Heading) {
	top := 6
	for _, h := range headings {
		top = min(top, h.Level)
	}
	last := 2
	for _, h := range headings {
		h.Level = min(h.Level-top+3, last+1, 6)
		last = h.Level
	}
}

// tamer fits what a stranger wrote into a page of ours: headings below those
// of the page, pictures as links, links only to the web or to an address.
type tamer struct{}

// Transform does so with one text.
func (tamer) Transform(doc *ast.Document, reader gmtext.Reader, _ parser.Context) {
	source := reader.Source()
	var links []ast.Node
	var headings []*ast.Heading
	// The walk never fails, since its function does not.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
		case *tables.TableCell:
			if n.Alignment == tables.AlignCenter || n.Alignment == tables.AlignRight {
				n.SetAttributeString("class", []byte(n.Alignment.String()))
			}
		case *ast.Link, *ast.Image, *ast.AutoLink:
			links = append(links, n)
		}
		return ast.WalkContinue, nil
	})
	fit(headings)
	for _, n := range links {
		switch n := n.(type) {
		case *ast.Image:
			tameImage(n)
		case *ast.Link:
			if leadsOut(n.Destination) {
				n.SetAttributeString("rel", []byte(rel))
				n.Title = nil
			} else {
				unwrap(n)
			}
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkEmail || leadsOut(n.URL(source)) {
				n.SetAttributeString("rel", []byte(rel))
			} else {
				label := ast.NewString(n.Label(source))
				label.SetRaw(true)
				n.Parent().ReplaceChild(n.Parent(), n, label)
			}
		}
	}
}

// tameImage turns an image into a link to it, or into its description where a
// link cannot be.
func tameImage(n *ast.Image) {
	if n.FirstChild() == nil {
		label := ast.NewString(n.Destination)
		label.SetRaw(true)
		n.AppendChild(n, label)
	}
	inLink := false
	for p := n.Parent(); p != nil; p = p.Parent() {
		inLink = inLink || p.Kind() == ast.KindLink
	}
	if inLink || !leadsOut(n.Destination) {
		unwrap(n)
		return
	}
	link := ast.NewLink()
	link.Destination = n.Destination
	link.SetAttributeString("rel", []byte(rel))
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		link.AppendChild(link, child)
	}
	n.Parent().ReplaceChild(n.Parent(), n, link)
}

// unwrap puts what is in a node in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

// leadsOut reports whether a link leads to the web or to an address, as it is
// written: no entity or escape in its scheme.
func leadsOut(destination []byte) bool {
	start := strings.ToLower(string(destination[:min(len(destination), len("https://"))]))
	return strings.HasPrefix(start, "http://") || strings.HasPrefix(start, "https://") || strings.HasPrefix(start, "mailto:")
}
