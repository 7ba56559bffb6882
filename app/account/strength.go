package account

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// How long a password may be, in characters. There is a most only because a
// request has to end somewhere.
const (
	ShortestPassword = 12
	LongestPassword  = 128
)

//go:embed common.txt
var commonText string

// commonWords are the words that people in the Netherlands and elsewhere make
// passwords of, the longest first so that the longest match is taken.
var commonWords = sync.OnceValue(func() []string {
	return longestFirst(strings.Fields(commonText))
})

// The order of keys and letters that fingers follow.
var runs = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "qwertzuiop", "1234567890", "abcdefghijklmnopqrstuvwxyz"}

// Weakness says why a password will not do: "short", "long" or "common"; empty
// when it will. about are words that lie at hand for a guesser: the person's
// own name and address, the names of the vendor and of its products. There are
// no other rules: not which kinds of characters, not how often to change it
// (NIST SP 800-63B §3.1.1.2, OWASP ASVS 5.0 §6.2).
func Weakness(password string, about ...string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < ShortestPassword:
		return "short"
	case n > LongestPassword:
		return "long"
	case n <= 20 && monotonous(strings.ToLower(password)):
		return "common"
	}
	words := commonWords()
	if own := atHand(about); len(own) > 0 {
		words = longestFirst(append(own, words...))
	}
	for _, reading := range readings(password) {
		if madeOf(reading, words) {
			return "common"
		}
	}
	return ""
}

// readings are the ways in which somebody may have dressed up a word: digits
// and signs around it, digits and signs for letters in it.
func readings(password string) []string {
	lower := strings.ToLower(password)
	trimmed := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	return []string{lower, plain.Replace(trimmed), plain.Replace(lower), onlyLetters(lower)}
}

func onlyLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

var plain = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i", "€", "e",
	"é", "e", "è", "e", "ë", "e", "á", "a", "à", "a", "ä", "a", "ö", "o", "ó", "o", "ü", "u", "ú", "u", "ï", "i", "í", "i", "ç", "c")

// madeOf reports whether next to nothing is left of a password when the words
// are taken out of it. Three different words or more are a sentence, which is
// what a good password is.
func madeOf(reading string, words []string) bool {
	rest, found := reading, map[string]bool{}
	for _, word := range words {
		if strings.Contains(rest, word) {
			found[word] = true
			rest = strings.ReplaceAll(rest, word, " ")
		}
	}
	letters, others := 0, 0
	for _, r := range rest {
		switch {
		case unicode.IsLetter(r):
			letters++
		case !unicode.IsSpace(r):
			others++
		}
	}
	return len(found) > 0 && len(found) < 3 && letters < 3 && others <= 8
}

// monotonous reports whether a short password is one character or one piece
// over and over, or follows the keyboard or the alphabet.
func monotonous(lower string) bool {
	rs := []rune(lower)
	for period := 1; period <= min(6, len(rs)/2); period++ {
		if repeats(rs, period) {
			return true
		}
	}
	steps := 0
	for i := 1; i < len(rs); i++ {
		if rs[i] == rs[i-1] || neighbours(rs[i-1], rs[i]) {
			steps++
		}
	}
	return steps >= len(rs)-3
}

func repeats(rs []rune, period int) bool {
	for i := period; i < len(rs); i++ {
		if rs[i] != rs[i-period] {
			return false
		}
	}
	return true
}

func neighbours(a, b rune) bool {
	for _, run := range runs {
		i, j := strings.IndexRune(run, a), strings.IndexRune(run, b)
		if i >= 0 && j >= 0 && (i-j == 1 || j-i == 1) {
			return true
		}
	}
	return false
}

// atHand cuts names and addresses into the words that a guesser would try.
func atHand(about []string) []string {
	var words []string
	for _, text := range about {
		text = strings.ToLower(text)
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(word) >= 4 {
				words = append(words, word, plain.Replace(word))
			}
		}
		if whole := onlyLetters(text); utf8.RuneCountInString(whole) >= 4 {
			words = append(words, whole)
		}
	}
	return words
}

func longestFirst(words []string) []string {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}
