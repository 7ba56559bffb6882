// Package mail writes to people: a letter is composed once and becomes HTML and
// plain text, in the language of who receives it. It is queued in the transaction
// that causes it and sent by a job, to one address.
package mail

import (
	"context"
	"embed"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"loket/app/i18n"
	"loket/app/text"
)

// Texts are those of the frame of a letter.
//
//go:embed nl.json en.json
var Texts embed.FS

// Letter is what is written to one person. A field left empty is not shown.
type Letter struct {
	Kind      string // which letter: tickets.answered
	Subject   string
	Preheader string // what a list of mails shows behind the subject
	Top       string // above the card: that and how one may answer
	Heading   string
	Sub       string // under the heading, smaller
	Parts     []Part
	Why       string // why the receiver gets it
	// Optional is where a letter that need not be sent can be stopped: a path of
	// this site that takes a POST without more (RFC 8058) and shows a page on GET.
	Optional string
	Thread   string // what belongs together in a mail program: ticket:ID; or the Message-ID that it answers
	ReplyTo  string // address for answers, other than the sender's
	About    string // whom or what it is about, to cancel it: ticket:ID
	Calendar *Calendar
}

// Calendar is an invitation or its withdrawal that goes with a letter (RFC 6047).
type Calendar struct {
	Method string // REQUEST, CANCEL, PUBLISH
	ICS    string // the object, with that METHOD in it
}

// Link is a place to go. Its URL is absolute.
type Link struct{ Label, URL string }

// Sample is an example of a letter, for the preview page and the tests.
type Sample struct {
	Name string
	Make func(context.Context) Letter
}

// Part is a piece of a letter: one value, drawn as HTML and as text.
type Part struct {
	html templ.Component
	text string // lines are wrapped later, but for those with a URL
}

// Para is a paragraph of plain text.
func Para(s string) Part { return Part{para(s), s} }

// Button is the one thing to do.
func Button(label, url string) Part { return Part{button(label, url), line(label, url)} }

// Links asks something and offers places to go.
func Links(s string, to ...Link) Part {
	lines := []string{s}
	for _, l := range to {
		lines = append(lines, line(l.Label, l.URL))
	}
	return Part{links(s, to), strings.TrimSpace(strings.Join(lines, "\n"))}
}

// Quote is what somebody wrote, in Markdown. As plain text it stays as it was
// written: that is what Markdown is made for, and its links stay links.
func Quote(markdown string) Part {
	return Part{quote("", text.HTML(markdown)), indent(text.Clean(markdown))}
}

// Said is a Quote with the name of who wrote it; wrote introduces it in plain
// text ("Sanne schreef:").
func Said(name, wrote, markdown string) Part {
	return Part{quote(name, text.HTML(markdown)), wrote + "\n\n" + indent(text.Clean(markdown))}
}

// Facts are names with their values: Facts("When", "Tue 14:30", "Where", "online").
func Facts(pairs ...string) Part {
	var lines []string
	width := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		width = max(width, utf8.RuneCountInString(pairs[i]))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		gap := width - utf8.RuneCountInString(pairs[i]) + 2
		lines = append(lines, pairs[i]+":"+strings.Repeat(" ", gap)+pairs[i+1])
	}
	return Part{facts(pairs), strings.Join(lines, "\n")}
}

// List is a list of short texts.
func List(items ...string) Part { return Part{list(items), "- " + strings.Join(items, "\n- ")} }

// Fine is the small print, below a perforation: what is promised about the thing.
func Fine(s string) Part { return Part{fine(s), s} }

func line(label, url string) string {
	if utf8.RuneCountInString(label)+utf8.RuneCountInString(url)+2 > columns {
		return label + ":\n" + url
	}
	return label + ": " + url
}

const columns = 76 // RFC 5322, section 2.1.1 asks for 78 with what ends a line

func indent(s string) string { return "  " + strings.ReplaceAll(wrap(s, columns-2), "\n", "\n  ") }

// wrap breaks lines at spaces so that they have at most width characters. A word
// that is longer, such as a URL, stays whole. A line keeps its indent.
func wrap(s string, width int) string {
	var out strings.Builder
	for i, l := range strings.Split(s, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		if utf8.RuneCountInString(l) <= width {
			out.WriteString(strings.TrimRight(l, " "))
			continue
		}
		lead := l[:len(l)-len(strings.TrimLeft(l, " "))]
		if strings.HasPrefix(l[len(lead):], "- ") {
			lead += "  "
		}
		n := 0
		for j, word := range strings.Fields(l) {
			length := utf8.RuneCountInString(word)
			switch {
			case j == 0:
				before := l[:len(l)-len(strings.TrimLeft(l, " "))]
				out.WriteString(before)
				n = len(before)
			case n+1+length > width:
				out.WriteString("\n" + lead)
				n = len(lead)
			default:
				out.WriteByte(' ')
				n++
			}
			out.WriteString(word)
			n += length
		}
	}
	return out.String()
}

// Brand is who writes.
type Brand struct {
	Name   string
	Line   string // company, address, telephone
	MyData string // URL of the page where the receiver finds what is kept about him
}

// Rendered is a letter as it is sent.
type Rendered struct{ Subject, HTML, Text string }

func render(ctx context.Context, l Letter, b Brand) (Rendered, error) {
	var html strings.Builder
	if err := page(l, b).Render(ctx, &html); err != nil {
		return Rendered{}, err
	}
	return Rendered{subject(l), html.String(), plain(ctx, l, b)}, nil
}

func subject(l Letter) string {
	s := []rune(text.Line(l.Subject))
	return string(s[:min(len(s), 200)])
}

// plain is the letter for who reads no HTML, with all that the HTML says.
func plain(ctx context.Context, l Letter, b Brand) string {
	var blocks []string
	if l.Top != "" {
		top := wrap(l.Top, columns)
		blocks = append(blocks, top+"\n"+strings.Repeat("-", min(columns, utf8.RuneCountInString(l.Top))))
	}
	head := l.Heading
	if l.Sub != "" {
		head += "\n" + l.Sub
	}
	blocks = append(blocks, wrap(head, columns))
	for _, p := range l.Parts {
		blocks = append(blocks, wrap(p.text, columns))
	}
	foot := []string{"-- "}
	if l.Why != "" {
		foot = append(foot, wrap(l.Why, columns))
	}
	if l.Optional != "" {
		foot = append(foot, line(i18n.T(ctx, "mail.stop"), l.Optional))
	}
	if b.MyData != "" {
		foot = append(foot, line(i18n.T(ctx, "mail.mydata"), b.MyData))
	}
	if b.Line != "" {
		foot = append(foot, wrap(b.Line, columns))
	}
	return strings.TrimLeft(strings.Join(append(blocks, strings.Join(foot, "\n")), "\n\n"), "\n") + "\n"
}
