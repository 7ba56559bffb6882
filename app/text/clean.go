package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean is a text from outside as the program keeps it: valid UTF-8 in Unicode
// normal form C, lines ended by \n, without control characters but \n and \t.
// Also without byte order marks and the characters that turn the direction of
// writing around, with which a name can be made to read as another. What is not
// UTF-8 becomes U+FFFD. PostgreSQL refuses a NUL and invalid UTF-8, SQLite keeps
// both: unclean text would bar the way from one to the other.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return norm.NFC.String(strings.Map(clean, s))
}

// isClean reports whether a text is plain ASCII that needs nothing.
func isClean(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= utf8.RuneSelf || b < ' ' && b != '\n' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// clean is what becomes of a character; -1 takes it out.
func clean(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == '\r' || r == '\u0085': // a line's end on old Macs and on mainframes
		return '\n'
	case unicode.IsControl(r), r == '\uFEFF', r == '\u202D', r == '\u202E':
		return -1
	}
	return r
}

// Line is [Clean] for a text of one line, such as a name or a subject: every
// run of spaces and line breaks is one space, and none at the ends.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// Fold is a text for searching and comparing, not for showing: lower case,
// without accents, letters that only look different made one. Two texts that a
// reader would call the same word fold to the same.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, found := letters[r]; found {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// letters are those that carry their accent as a part of themselves, so that
// Unicode does not take it off.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'þ': "th", 'ŧ': "t", 'ς': "σ",
}
