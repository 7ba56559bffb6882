package text

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Plain is what a reader sees of a text in Markdown, without the marks: for the
// search index. Blocks and line breaks become new lines.
func Plain(markdown string) string {
	markdown = Clean(markdown)
	if tooMuch(markdown) {
		return strings.TrimSpace(markdown)
	}
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(render(markdown)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return tidy(b.String())
		case html.TextToken:
			b.Write(tokens.Text())
		case html.EndTagToken:
			switch name, _ := tokens.TagName(); string(name) {
			case "td", "th":
				b.WriteByte(' ')
			}
		}
	}
}

// tidy takes the spaces off the ends of lines, and lines without text out.
func tidy(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimRightFunc(line, unicode.IsSpace); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// Excerpt is the beginning of a text in Markdown as one line of plain text, no
// longer than a number of characters. What is cut off ends at a word, if there
// is one, and in an ellipsis, which counts.
func Excerpt(markdown string, runes int) string {
	if runes <= 0 {
		return ""
	}
	// A list of tickets shows fifty excerpts: it need not parse fifty whole texts.
	const marks = 1 << 10 // room for the marks, spaces and addresses of links
	enough := 4*runes + marks
	whole := len(markdown) <= enough
	if !whole {
		markdown = strings.ToValidUTF8(markdown[:enough], "")
	}
	return shorten(Line(Plain(markdown)), runes, whole)
}

// shorten cuts a line to a number of characters. A line that is not whole
// always ends in an ellipsis.
func shorten(line string, runes int, whole bool) string {
	letters := []rune(line)
	if len(letters) < runes && !whole {
		return line + "…"
	}
	if len(letters) <= runes && whole {
		return line
	}
	end := runes - 1
	for i := end; i > runes/2; i-- {
		if unicode.IsSpace(letters[i]) {
			end = i
			break
		}
	}
	return strings.TrimRightFunc(string(letters[:end]), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:-–(", r)
	}) + "…"
}
