package search

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	wordRunes   = 40 // a longer word is cut: it is a token or a line of dashes
	prefixRunes = 10 // the longest beginning of a title word that is indexed
)

// word is a word of a text: what stands there, folded, and where.
type word struct {
	folded     string
	start, end int  // in bytes
	glued      bool // a hyphen joins it to the word before it: e-mail
}

// words splits text into its words. A word is letters and digits; plus signs and
// hashes right behind a letter belong to it (C++, C#), a genitive or plural 's
// does not.
func words(text string) []word {
	var found []word
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !inWord(r) {
			i += n
			continue
		}
		start := i
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			if !inWord(r) {
				break
			}
			i += n
		}
		if last, _ := utf8.DecodeLastRuneInString(text[start:i]); unicode.IsLetter(last) {
			for i < len(text) && (text[i] == '+' || text[i] == '#') {
				i++
			}
		}
		folded := fold(text[start:i])
		if folded == "" || folded == "s" && apostropheEnds(text[:start]) {
			continue
		}
		found = append(found, word{folded, start, i, len(found) > 0 && text[found[len(found)-1].end:start] == "-"})
	}
	return found
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func apostropheEnds(text string) bool {
	return strings.HasSuffix(text, "'") || strings.HasSuffix(text, "’")
}

var plain = strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// fold takes case and diacritics off: Één, één and een are one word.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	if !ascii {
		s = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) || r == utf8.RuneError {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKD.String(s))
		s = plain.Replace(s)
		// A compatibility form may hold what separates words (½ is 1⁄2).
		s = strings.Map(func(r rune) rune {
			if inWord(r) || r == '+' || r == '#' {
				return r
			}
			return -1
		}, s)
	} else {
		s = strings.ToLower(s)
	}
	return cut(s, wordRunes)
}

// cut returns at most the first n runes of s.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// Stem brings the forms of a Dutch or English word together: plurals, and the
// commonest forms of verbs and adjectives. It works without knowing the
// language, because people write "de tickets" and "printing" in one sentence. It
// asks only that the forms of a word meet, not that the result is a word.
func Stem(w string) string {
	if len(w) < 4 {
		return w
	}
	for i := 0; i < len(w); i++ {
		if w[i] < 'a' || w[i] > 'z' {
			return w
		}
	}
	// tickets, ideas, files; not status, analysis, access
	if body, ok := strings.CutSuffix(w, "s"); ok && len(body) > 2 && !strings.ContainsRune("isu", rune(body[len(body)-1])) {
		w = body
	} else if strings.HasSuffix(w, "ies") && len(w) > 4 {
		w = w[:len(w)-1]
	}
	switch {
	case strings.HasSuffix(w, "ie") && len(w) > 4: // opties, companies
		w = w[:len(w)-1]
	case strings.HasSuffix(w, "ieen") && len(w) > 5: // categorieën
		w = w[:len(w)-3]
	case strings.HasSuffix(w, "eeen"): // ideeën
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "heden"): // mogelijkheden
		w = w[:len(w)-4] + "eid"
	case suffixAfterConsonant(w, "en"), suffixAfterConsonant(w, "ed"): // facturen, printed
		w = w[:len(w)-2]
	case suffixAfterConsonant(w, "y"):
		w = w[:len(w)-1] + "i"
	case suffixAfterConsonant(w, "e"): // bijlage
		w = w[:len(w)-1]
	case strings.HasSuffix(w, "dt"): // meldt
		w = w[:len(w)-1]
	}
	if body, ok := strings.CutSuffix(w, "ing"); ok && len(body) > 2 && strings.ContainsAny(body, "aeiouy") { // melding, printing
		w = body
	}
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !vowel(w[n-1]) { // bakken, running
		w, n = w[:n-1], n-1
	}
	if n > 3 && w[n-2] == w[n-3] && strings.ContainsRune("aeou", rune(w[n-2])) && !vowel(w[n-1]) { // factuur
		w, n = w[:n-2]+w[n-1:], n-1
	}
	switch w[n-1] {
	case 'v': // brieven
		w = w[:n-1] + "f"
	case 'z': // huizen
		w = w[:n-1] + "s"
	}
	return w
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// suffixAfterConsonant reports whether w is at least three letters, the last a
// consonant, and then suffix.
func suffixAfterConsonant(w, suffix string) bool {
	body, ok := strings.CutSuffix(w, suffix)
	return ok && len(body) > 2 && !vowel(body[len(body)-1])
}

// The terms of the index. Their first letter keeps words apart from what only
// the program may ask for.
func wordTerm(folded string) string { return "w" + Stem(folded) }
func startTerm(start string) string { return "p" + cut(start, prefixRunes) }
func readerTerm(who string) string  { return "r" + hashed(who) }
func kindTerm(kind string) string   { return "k" + hashed(kind) }

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return lower32.EncodeToString(sum[:10])
}

// terms lists every term under which d is found, each once.
func terms(d Doc) string {
	seen := make(map[string]bool, 64)
	var b strings.Builder
	add := func(term string) {
		if !seen[term] {
			seen[term] = true
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(term)
		}
	}
	add(kindTerm(d.Kind))
	for _, who := range d.Readers {
		add(readerTerm(who))
	}
	addWords := func(text string, each func(word)) {
		before := ""
		for _, w := range words(text) {
			add(wordTerm(w.folded))
			if w.glued {
				add(wordTerm(cut(before+w.folded, wordRunes)))
			}
			before = w.folded
			each(w)
		}
	}
	addWords(d.Title, func(w word) {
		n := 0
		for i := range w.folded {
			if n > 1 && n <= prefixRunes {
				add("p" + w.folded[:i])
			}
			n++
		}
		if n <= prefixRunes {
			add("p" + w.folded)
		}
	})
	addWords(d.Body, func(word) {})
	return b.String()
}

// filler reports whether a word says nothing about what is sought. Such words
// are indexed, but a question with better words does not need them.
func filler(folded string) bool { return fillers[folded] }

var fillers = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`
		de het een en of in op te van voor met aan bij door uit naar om over tot als dan dat die dit deze er
		ik je jij jullie u we wij ze zij hij mij mijn me ons onze hun haar zijn is was ben bent heb hebt heeft hebben had
		kan kun kunnen wil willen moet moeten zal word wordt worden niet geen wel ook nog al maar want hoe wat waar wanneer wie waarom hier daar
		the a an and or of in on to for from with at by as is are was were be been it its this that these those
		i you he she they my your our their me us have has had do does did can could will would should not no but if how what where when who why there here`) {
		set[w] = true
	}
	return set
}()
