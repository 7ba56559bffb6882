package ideas

import (
	"context"
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"loket/app/search"
	"loket/db"
)

// Similar ideas share trigrams: pieces of three letters of their words, with
// spaces around each word so that its beginning weighs more. It forgives
// plurals, typing errors and, what Dutch needs, compounds. What is said in other
// words or in the other language is found by the lexicon: each text is compared
// as it stands and with its synonyms in one form.
const (
	similarEnough = 0.13
	similarMost   = 5
	muchLess      = 0.4 // of the best one's likeness
)

// grams are the trigrams of a text, each once, sorted. Words that say nothing
// about what is missed are left out, unless there are no others.
func grams(text string) []string { return gramsOf(foldedWords(text)) }

func gramsOf(all []string) []string {
	telling := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return stopwords[w] })
	if len(telling) == 0 {
		telling = all
	}
	var found []string
	for _, w := range telling {
		padded := "  " + w + " "
		var starts []int // of each letter
		for i := range padded {
			starts = append(starts, i)
		}
		starts = append(starts, len(padded))
		for i := range len(starts) - 3 {
			found = append(found, padded[starts[i]:starts[i+3]])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// foldedWords are the words of a text without case and diacritics.
func foldedWords(text string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// lexicon knows which terms of one or more words mean the same.
type lexicon struct {
	group  map[string]int // of each term, its words as stems
	heads  [][]string     // of each group: the words that stand for it
	terms  [][]string     // and all that do
	most   int            // words in a term
	single []spelling
}

// spelling is a term of one word.
type spelling struct {
	grams []string
	group int
}

// newLexicon reads groups: terms with commas between them, the first of which
// stands for all. Of a term in more groups the first counts.
func newLexicon(groups []string) lexicon {
	l := lexicon{group: map[string]int{}}
	for _, group := range groups {
		var terms []string
		for term := range strings.SplitSeq(group, ",") {
			words := foldedWords(term)
			if len(words) == 0 {
				continue
			}
			// Who writes dark mode as one word means the same.
			for _, key := range []string{stems(words), search.Stem(strings.Join(words, ""))} {
				if _, taken := l.group[key]; !taken {
					l.group[key] = len(l.heads)
				}
			}
			if len(words) == 1 {
				l.single = append(l.single, spelling{grams(words[0]), len(l.heads)})
			}
			l.most = max(l.most, len(words))
			terms = append(terms, strings.Join(words, " "))
		}
		if len(terms) > 0 {
			l.heads = append(l.heads, strings.Fields(terms[0]))
			l.terms = append(l.terms, terms)
		}
	}
	return l
}

func stems(words []string) string {
	if len(words) == 1 {
		return search.Stem(words[0])
	}
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(search.Stem(w))
	}
	return b.String()
}

// root is the word that a Dutch participle is made of, as far as its letters
// tell: kopieer of gekopieerde, verwijder of verwijderd.
func root(w string) string {
	w = search.Stem(w)
	body := strings.TrimRight(w, "dt")
	if body == w || len(body) < 4 {
		return ""
	}
	if rest, ok := strings.CutPrefix(body, "ge"); ok && len(rest) > 2 {
		body = rest
	}
	return search.Stem(body)
}

// commonLexicon holds on every board, beside the board's own synonyms.
var commonLexicon = func() lexicon {
	var groups []string
	for line := range strings.Lines(commonSynonyms) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			groups = append(groups, line)
		}
	}
	return newLexicon(groups)
}()

//go:embed synonyms.txt
var commonSynonyms string

// lexicons are looked in one after the other.
type lexicons []lexicon

// known returns the words that stand for a term, and all terms like it.
func (ls lexicons) known(words []string) (head, terms []string) {
	for _, l := range ls {
		if len(words) <= l.most {
			n, ok := l.group[stems(words)]
			if !ok && len(words) == 1 {
				n, ok = l.group[root(words[0])]
			}
			if !ok && len(words) == 2 { // nacht modus
				n, ok = l.group[search.Stem(words[0]+words[1])]
			}
			if ok {
				return l.heads[n], l.terms[n]
			}
		}
	}
	return nil, nil
}

// plain writes words with one word for all that means the same, compounds in
// their parts; terms are those that could have stood there.
func (ls lexicons) plain(words []string, fuzzy bool) (plain, terms []string) {
	longest := 0
	for _, l := range ls {
		longest = max(longest, l.most)
	}
	for i := 0; i < len(words); {
		n := min(longest, len(words)-i)
		for ; n > 0; n-- {
			if head, like := ls.known(words[i : i+n]); head != nil {
				plain, terms = append(plain, head...), append(terms, like...)
				break
			}
		}
		if n == 0 {
			for _, part := range ls.parts(words[i]) {
				head, like := ls.known([]string{part})
				if head == nil && fuzzy {
					head, like = ls.nearly(part)
				}
				if head != nil {
					plain, terms = append(plain, head...), append(terms, like...)
				} else {
					plain = append(plain, part)
				}
			}
			n = 1
		}
		i += n
	}
	return plain, terms
}

// nearly is known for a word that is written wrongly: the term that it is most
// like, if that is like enough.
func (ls lexicons) nearly(w string) (head, terms []string) {
	const enough, least = 0.5, 5
	if len(w) < least || stopwords[w] {
		return nil, nil
	}
	asked, best := grams(w), enough
	for _, l := range ls {
		for _, s := range l.single {
			if like := likeness(asked, s.grams); like > best {
				best, head, terms = like, l.heads[s.group], l.terms[s.group]
			}
		}
	}
	return head, terms
}

// parts are the two words of which a Dutch compound is made, if the lexicon
// knows both, or one that is long enough; otherwise the word itself.
func (ls lexicons) parts(w string) []string {
	best, at := 0, 0
	for i := range w {
		if i < 3 || len(w)-i < 3 {
			continue
		}
		score := 0
		for _, part := range []string{w[:i], w[i:]} {
			if head, _ := ls.known([]string{part}); head != nil {
				score += len(part)
			}
		}
		if score == len(w) {
			score += 100
		}
		if score > best && (score > 100 || score >= 5 && len(w)-score >= 3) {
			best, at = score, i
		}
	}
	if at == 0 {
		return []string{w}
	}
	return []string{w[:at], w[at:]}
}

// likeness is the share of their trigrams that two texts have in common: 0 to 1.
func likeness(a, b []string) float64 {
	shared := common(a, b)
	if shared == 0 {
		return 0
	}
	return float64(shared) / float64(len(a)+len(b)-shared)
}

// common counts what two sorted lists share.
func common(a, b []string) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

var stopwords = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`
		de het een en of in op te van voor met aan bij door uit naar om over tot als dan dat die dit deze er per via
		ik je jij jullie u we wij ze zij hij mij mijn me ons onze hun haar zijn is was ben bent heb hebt heeft hebben had
		kan kun kunnen wil willen graag moet moeten zal zou word wordt worden niet geen wel ook nog al maar want hoe wat waar
		zetten maken gebruiken werken werkt mogelijk mogelijkheid optie opties functie instellen instelbaar instelling instellingen beheren beheer
		the a an and or of to on for from with at by as is are was were be been it its this that these those
		i you we they my your our their me us have has had do does did can could will would should not no but if how what where when
		make use using work works possible option options feature setting settings manage`) {
		set[w] = true
	}
	return set
}()

// lexiconOf are the synonyms that hold on a board, or on any when board is empty.
func lexiconOf(ctx context.Context, on db.Querier, board string) (lexicons, error) {
	own, err := db.All[string](ctx, on, `SELECT terms FROM idea_synonym WHERE ? = '' OR board_id IS NULL OR board_id = ? ORDER BY id`, board, board)
	return lexicons{newLexicon(own), commonLexicon}, err
}

// Alike is an idea that is like what somebody is typing.
type Alike struct {
	ID       string
	Number   int64
	Title    string
	Status   string
	Response string
	Votes    int
	Voted    bool
	Score    float64 `db:"-"`
}

func (a Alike) Path() string { return path(a.Number, a.Title) }
func (a Alike) Open() bool   { return open(a.Status) }

// rarest leaves out the trigrams that a thousand titles have, and as many as it
// takes to read no more than some thousand entries of each list: they tell little
// and cost most.
func rarest(ctx context.Context, on db.Querier, lists ...[]string) (some [][]string, err error) {
	const common, entries, least = 1_000, 4_000, 8
	type known struct {
		Gram string
		N    int
	}
	var args []any
	for _, g := range slices.Concat(lists...) {
		args = append(args, g)
	}
	for len(args)%32 > 0 {
		args = append(args, "") // few different statements
	}
	found, err := db.All[known](ctx, on, `
		WITH g (gram) AS (VALUES `+strings.Repeat("(?), ", len(args)-1)+`(?))
		SELECT gram, (SELECT count(*) FROM (SELECT 1 AS one FROM idea_gram x WHERE x.gram = g.gram LIMIT `+strconv.Itoa(common)+`) c) AS n
		FROM g ORDER BY n, gram`, args...)
	for _, list := range lists {
		var part []string
		sum := 0
		for _, k := range found {
			if k.N == 0 || !slices.Contains(list, k.Gram) || slices.Contains(part, k.Gram) {
				continue
			}
			if sum += k.N; (sum > entries || k.N == common) && len(part) >= least {
				break
			}
			part = append(part, k.Gram)
		}
		some = append(some, part)
	}
	return some, err
}

// question is a title that is being typed, as it is compared.
type question struct {
	ls         lexicons
	raw, plain []string // its trigrams as it stands, and with one word for all that means the same
	own, other []string // to seek by: those of the words in it, and of what means the same
}

func (ls lexicons) question(asked string) question {
	const most = 64 // of each list
	words := foldedWords(asked)
	plain, terms := ls.plain(words, true)
	q := question{ls: ls, raw: gramsOf(words), plain: gramsOf(plain)}
	q.own = telling(append(slices.Clone(q.raw), q.plain...), most)
	q.other = telling(grams(strings.Join(terms, " ")), most)
	return q
}

// telling are some of those trigrams, spread evenly, without those that only say
// with what letter a word begins.
func telling(all []string, most int) (some []string) {
	all = slices.DeleteFunc(all, func(g string) bool { return strings.HasPrefix(g, "  ") })
	slices.Sort(all)
	all = slices.Compact(all)
	for n := range min(most, len(all)) {
		some = append(some, all[n*len(all)/min(most, len(all))])
	}
	return some
}

// like is how much a title is like what was asked: 0 to 1.
func (q question) like(title string) float64 {
	words := foldedWords(title)
	plain, _ := q.ls.plain(words, false)
	return max(likeness(q.raw, gramsOf(words)), likeness(q.plain, gramsOf(plain)))
}

// similar finds the ideas most like what was asked that the account may see,
// the best first, each merged one as its target.
func similar(ctx context.Context, on db.Querier, asked, board, account string) ([]Alike, error) {
	ls, err := lexiconOf(ctx, on, board)
	if err != nil {
		return nil, err
	}
	q := ls.question(asked)
	if len(q.own) < 2 {
		return nil, nil
	}
	seek, err := rarest(ctx, on, q.own, q.other)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		Title      string
		ID         string
		MergedInto *string `db:"merged_into"`
	}
	// What shares most of those is weighed exactly, by all its trigrams.
	candidates, err := db.All[candidate](ctx, on, `
		SELECT i.title, i.id, i.merged_into
		FROM (
			SELECT idea FROM (SELECT idea FROM idea_gram WHERE gram IN (?) GROUP BY idea ORDER BY count(*) DESC, idea DESC LIMIT 60) a
			UNION
			SELECT idea FROM (SELECT idea FROM idea_gram WHERE gram IN (?) GROUP BY idea ORDER BY count(*) DESC, idea DESC LIMIT 40) b) g
		JOIN idea i ON i.number = g.idea
		WHERE i.approved_at IS NOT NULL AND NOT i.private OR i.author_id = ?`, append(seek[0], ""), append(seek[1], ""), account)
	if err != nil {
		return nil, err
	}
	scores := map[string]float64{}
	var order []string
	for _, c := range candidates {
		score := q.like(c.Title)
		if score < similarEnough {
			continue
		}
		at := c.ID
		if c.MergedInto != nil {
			at = *c.MergedInto
		}
		if scores[at] == 0 {
			order = append(order, at)
		}
		scores[at] = max(scores[at], score)
	}
	slices.SortStableFunc(order, func(a, b string) int { return compare(scores[b], scores[a]) })
	// Beside one that fits well, those that only share a word are noise.
	for len(order) > 1 && scores[order[len(order)-1]] < muchLess*scores[order[0]] {
		order = order[:len(order)-1]
	}
	if len(order) == 0 {
		return nil, nil
	}
	found, err := db.All[Alike](ctx, on, `
		SELECT id, number, title, status, response, votes,
			EXISTS (SELECT 1 FROM idea_vote v WHERE v.idea_id = idea.id AND v.account_id = ? AND v.counts) AS voted
		FROM idea WHERE id IN (?) AND (listed OR author_id = ?)`, account, order[:min(len(order), 2*similarMost)], account)
	for n := range found {
		found[n].Score = scores[found[n].ID]
	}
	slices.SortStableFunc(found, func(a, b Alike) int { return compare(b.Score, a.Score) })
	return found[:min(len(found), similarMost)], err
}
