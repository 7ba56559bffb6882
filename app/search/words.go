package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// soughtWord is one word of a question. It is there if one of its forms is:
// all the terms of a form.
type soughtWord struct {
	folded string
	forms  [][]string
}

type sought []soughtWord

// parse reads what somebody typed into at most n different words. Where some
// words tell more than "the" and "een", only those are sought.
func parse(text string, n int, prefix bool) sought {
	found := words(clean(text, queryBytes))
	var all sought
	seen := map[string]bool{}
	add := func(w soughtWord) {
		if !seen[w.folded] && len(all) < n {
			seen[w.folded] = true
			all = append(all, w)
		}
	}
	for i := 0; i < len(found); {
		// Words that hyphens join are sought apart and as one: e-mail is email.
		end := i + 1
		for end < len(found) && found[end].glued {
			end++
		}
		var apart []string
		joined := ""
		for _, w := range found[i:end] {
			apart = append(apart, wordTerm(w.folded))
			joined += w.folded
		}
		if end-i == 2 {
			add(soughtWord{cut(joined, wordRunes), [][]string{apart, {wordTerm(cut(joined, wordRunes))}}})
		} else {
			for _, w := range found[i:end] {
				add(soughtWord{w.folded, [][]string{{wordTerm(w.folded)}}})
			}
		}
		i = end
	}
	if telling := slices.DeleteFunc(slices.Clone(all), func(w soughtWord) bool { return filler(w.folded) }); len(telling) > 0 {
		all = telling
	}
	if prefix && len(all) > 0 {
		last := &all[len(all)-1]
		if utf8.RuneCountInString(last.folded) > 1 && last.folded == lastFolded(found) {
			last.forms = append(last.forms, []string{startTerm(last.folded)})
		}
	}
	return all
}

func lastFolded(found []word) string { return found[len(found)-1].folded }

// telling keeps the n words that tell most about the text: the longest, which
// are the rarest. A number tells more than its length.
func (s sought) telling(n int) sought {
	weight := func(w soughtWord) int {
		if strings.ContainsAny(w.folded, "0123456789") {
			return 2 * len(w.folded)
		}
		return len(w.folded)
	}
	s = slices.DeleteFunc(s, func(w soughtWord) bool { return filler(w.folded) })
	slices.SortStableFunc(s, func(a, b soughtWord) int { return weight(b) - weight(a) })
	return s[:min(n, len(s))]
}

// each writes every word as e wants it.
func (s sought) each(e engine) []string {
	var parts []string
	for _, w := range s {
		var forms []string
		for _, form := range w.forms {
			var quoted []string
			for _, term := range form {
				quoted = append(quoted, e.quote(term))
			}
			forms = append(forms, e.all(quoted...))
		}
		parts = append(parts, e.any(forms...))
	}
	return parts
}

// in reports whether one of the forms of w is among those terms.
func (w soughtWord) in(has map[string]bool) bool {
	return slices.ContainsFunc(w.forms, func(form []string) bool {
		return !slices.ContainsFunc(form, func(term string) bool { return !has[term] })
	})
}

// matched says how many of the words stand in a title.
func (s sought) matched(title string) (n int) {
	has := map[string]bool{}
	before := ""
	for _, w := range words(title) {
		has[wordTerm(w.folded)] = true
		if w.glued {
			has[wordTerm(cut(before+w.folded, wordRunes))] = true
		}
		before = w.folded
	}
	for _, w := range s {
		if w.in(has) {
			n++
		}
	}
	return n
}

func set(list []string) map[string]bool {
	has := make(map[string]bool, len(list))
	for _, s := range list {
		has[s] = true
	}
	return has
}

const (
	excerptRunes = 220
	leadRunes    = 60 // of it that may stand before the first hit
)

func hits(rows []row, seek sought) []Hit {
	marks, starts := map[string]bool{}, []string{}
	for _, w := range seek {
		for _, form := range w.forms {
			for _, term := range form {
				if start, ok := strings.CutPrefix(term, "p"); ok {
					starts = append(starts, start)
				} else {
					marks[term] = true
				}
			}
		}
	}
	found := make([]Hit, 0, len(rows))
	for _, r := range rows {
		found = append(found, Hit{
			Kind: r.Kind, Ref: r.Ref, Path: r.Path, Title: r.Title, Note: r.Note, At: r.At,
			Marked: mark(r.Title, words(r.Title), func(w word) bool {
				return marks[wordTerm(w.folded)] || slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(w.folded, start) })
			}),
			Excerpt: excerpt(r.Body, func(w word) bool { return marks[wordTerm(w.folded)] }),
		})
	}
	return found
}

// excerpt is the part of a text around the first word that was sought, or its
// beginning.
func excerpt(body string, hit func(word) bool) []Segment {
	body = strings.Join(strings.Fields(body), " ")
	all := words(body)
	from, to := 0, len(body)
	if first := slices.IndexFunc(all, hit); first > 0 {
		for lead := first; lead >= 0 && all[first].start-all[lead].start < leadRunes; lead-- {
			from = all[lead].start
		}
		if all[first].start < leadRunes {
			from = 0
		}
	}
	if short := cut(body[from:], excerptRunes); len(short) < len(body)-from {
		to = from + len(short)
		if space := strings.LastIndexByte(short, ' '); space > 0 {
			to = from + space
		}
	}
	var inside []word
	for _, w := range all {
		if w.start >= from && w.end <= to {
			inside = append(inside, word{w.folded, w.start - from, w.end - from, w.glued})
		}
	}
	parts := mark(body[from:to], inside, hit)
	if from > 0 {
		parts = append([]Segment{{Text: "… "}}, parts...)
	}
	if to < len(body) {
		parts = append(parts, Segment{Text: " …"})
	}
	return parts
}

// mark cuts text into what was sought and what stands between.
func mark(text string, in []word, hit func(word) bool) []Segment {
	var parts []Segment
	at := 0
	for _, w := range in {
		if !hit(w) {
			continue
		}
		if w.start > at {
			parts = append(parts, Segment{Text: text[at:w.start]})
		}
		parts = append(parts, Segment{Text: text[w.start:w.end], Hit: true})
		at = w.end
	}
	if at < len(text) {
		parts = append(parts, Segment{Text: text[at:]})
	}
	return parts
}
