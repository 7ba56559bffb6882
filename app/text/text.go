// Package text handles what people write: Markdown to HTML that is safe to
// show, excerpts, and the cleaning of all text that comes in.
//
// Nobody's text is trusted. HTML in it is shown as it was typed, not obeyed;
// pictures from elsewhere become links, since they would tell their owner who
// reads what; links lead to the web or to an address, and nowhere else. Two
// layers see to it, the Markdown renderer and a policy of our own for
// bluemonday, so that a mistake in one is caught by the other.
//
// Text that is too long or too deeply nested to be Markdown in reasonable time
// is shown as plain text: see [HTML].
package text

import (
	"context"
	"html"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// SafeHTML is HTML that may be put on a page as it is. Only this package makes
// it. It is a templ component and, as a string, a part of a mail.
type SafeHTML struct{ html string }

// String is the HTML.
func (s SafeHTML) String() string { return s.html }

// Render writes the HTML to a page; it makes SafeHTML a [templ.Component].
func (s SafeHTML) Render(ctx context.Context, w io.Writer) error {
	return templ.Raw(s.html).Render(ctx, w)
}

// Component is a text in Markdown as a part of a page.
func Component(markdown string) templ.Component { return HTML(markdown) }

// HTML is a text in Markdown as HTML: paragraphs, lists, quotes, tables, code,
// emphasis and links. A line break stays one, as people type it. Headings begin
// at h3, below those of the page. Links carry rel="nofollow noopener noreferrer".
// Table cells that are aligned carry the class "center" or "right".
//
// It takes any text and never fails: what is no Markdown is text. A text over
// 64 kB, or nested so that it would take more than its length in time or space,
// comes out as plain paragraphs.
func HTML(markdown string) SafeHTML {
	markdown = Clean(markdown)
	if tooMuch(markdown) {
		return SafeHTML{paragraphs(markdown)}
	}
	return SafeHTML{policy.Sanitize(render(markdown))}
}

// paragraphs is plain text as HTML.
func paragraphs(s string) string {
	var b strings.Builder
	open := false
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		switch blank := strings.TrimSpace(line) == ""; {
		case blank && open:
			b.WriteString("</p>\n")
			open = false
		case blank:
		case open:
			b.WriteString("<br>\n" + html.EscapeString(line))
		default:
			b.WriteString("<p>" + html.EscapeString(line))
			open = true
		}
	}
	if open {
		b.WriteString("</p>\n")
	}
	return b.String()
}
