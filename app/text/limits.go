package text

import "strings"

// What Markdown may cost. The parser takes more than its share of time for
// thousands of brackets or stars that never close and for deep nesting, and a
// table is padded to its width in every row. Nobody who writes to be read comes
// near these limits; a pasted log may, and is better shown as it is.
const (
	mostBytes      = 64 << 10 // of a text
	mostNesting    = 40       // quotes and lists begun on one line
	mostDelimiters = 1000     // of [ ] * _ ~ ` < in one paragraph
	mostCells      = 20000    // of all that may be tables
)

// tooMuch reports whether a text would cost more than its length as Markdown.
// It looks at each byte once and errs on the side of plain text.
func tooMuch(s string) bool {
	if len(s) > mostBytes {
		return true
	}
	var delimiters, lines, widest, cells int
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" {
			delimiters, lines, widest = 0, 0, 0
			continue
		}
		if nesting(line) > mostNesting {
			return true
		}
		pipes := 0
		for i := range len(line) {
			switch line[i] {
			case '[', ']', '*', '_', '~', '`', '<':
				delimiters++
			case '|':
				pipes++
			}
		}
		lines++
		before := (lines - 1) * widest
		widest = max(widest, pipes)
		cells += lines*widest - before
		if delimiters > mostDelimiters || cells > mostCells {
			return true
		}
	}
	return false
}

// nesting is how many quotes and lists a line may begin.
func nesting(line string) (depth int) {
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == ' ' || b == '\t' || b >= '0' && b <= '9':
		case b == '>':
			depth++
		case strings.IndexByte("-+*.)", b) >= 0:
			if i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t') {
				depth++
			}
		default:
			return depth
		}
	}
	return depth
}
