package privacy

import (
	"context"
	"crypto/rand"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"loket/app/hours"
	"loket/db"
)

// Identifiers are the words by which a person is recognised in other people's
// text.
type Identifiers struct {
	Emails []string
	Phones []string
	Names  []string // full names: certain
	First  []string // first names: somebody else may be meant
}

// IsZero reports whether there is nothing to look for.
func (id Identifiers) IsZero() bool {
	return len(id.Emails)+len(id.Phones)+len(id.Names)+len(id.First) == 0
}

// Identify makes identifiers of what is known of a person. What cannot be a
// name, an address or a number (too long, no text) is left out.
func Identify(name, email, phone string) (id Identifiers) {
	email = strings.ToLower(strings.TrimSpace(strings.ToValidUTF8(email, "")))
	if strings.Contains(email, "@") && len(email) <= 320 {
		id.Emails = []string{email}
	}
	if digits := digitsOf(phone); len(digits) >= 8 && len(digits) <= 20 {
		id.Phones = []string{digits}
	}
	name = strings.ToValidUTF8(name, "")
	if len(name) > 400 {
		return id
	}
	switch words := strings.Fields(name); {
	case len(words) == 1: // "Jan" may be anybody
		id.First = words
	case len(words) > 1:
		id.Names = []string{strings.Join(words, " ")}
		if len([]rune(words[0])) > 1 {
			id.First = words[:1]
		}
	}
	return id
}

const removed = "[verwijderd]"

// Scrub takes a person out of text: addresses, telephone numbers however
// written, full names, mentions. It counts what it took and lists the words
// that may or may not be the person (a first name alone), which stay for a colleague to judge.
func Scrub(text string, id Identifiers) (clean string, hits int, uncertain []string) {
	return id.compile().scrub(text)
}

// scrubber is identifiers made ready for many texts.
type scrubber struct {
	certain []pattern
	doubt   []pattern
}

type pattern struct {
	*regexp.Regexp
	word   string
	inWord string // characters that also belong to a word before the match
}

func (id Identifiers) compile() *scrubber {
	s := &scrubber{}
	for _, email := range id.Emails {
		s.certain = append(s.certain, pattern{regexp.MustCompile(`(?i)` + regexp.QuoteMeta(email)), email, "._%+-"})
	}
	for _, phone := range id.Phones {
		s.certain = append(s.certain, pattern{phonePattern(phone), phone, ""})
	}
	for _, name := range id.Names {
		s.certain = append(s.certain, pattern{namePattern(name), name, ""})
	}
	for _, first := range id.First {
		s.doubt = append(s.doubt, pattern{namePattern(first), first, ""})
	}
	return s
}

func (s *scrubber) scrub(text string) (clean string, hits int, uncertain []string) {
	for _, p := range s.certain {
		var n int
		text, n = cut(text, p.Regexp, p.inWord)
		hits += n
	}
	for _, p := range s.doubt {
		if _, n := cut(text, p.Regexp, p.inWord); n > 0 {
			uncertain = append(uncertain, p.word)
		}
	}
	return text, hits, uncertain
}

// cut replaces the matches that are not part of a longer word; inWord are
// characters that also belong to a word when they stand before the match.
func cut(text string, re *regexp.Regexp, inWord string) (string, int) {
	var b strings.Builder
	n, done := 0, 0
	for _, m := range re.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
		after, _ := utf8.DecodeRuneInString(text[m[1]:])
		if isWord(before) || m[0] > 0 && strings.ContainsRune(inWord, before) || isWord(after) {
			continue
		}
		b.WriteString(text[done:m[0]])
		b.WriteString(removed)
		n, done = n+1, m[1]
	}
	if n == 0 {
		return text, 0
	}
	b.WriteString(text[done:])
	return b.String(), n
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// namePattern matches a name in any case, as a mention (@jan.jansen), over
// lines, and as HTML writes it.
func namePattern(name string) *regexp.Regexp {
	words := strings.Fields(name)
	for i, w := range words {
		words[i] = `(?:` + regexp.QuoteMeta(w) + `|` + regexp.QuoteMeta(html.EscapeString(w)) + `)`
	}
	return regexp.MustCompile(`(?i)@?` + strings.Join(words, `[\s\x{00a0}._-]*`))
}

func digitsOf(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
}

// phonePattern matches a number with or without its country code and with
// whatever stands between the digits.
func phonePattern(phone string) *regexp.Regexp {
	digits := digitsOf(phone)
	for _, prefix := range []string{"0031", "31", "0"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && len(rest) >= 8 {
			digits = rest
			break
		}
	}
	between := `[\s\x{00a0}().-]*`
	return regexp.MustCompile(`(?:(?:\+|00)\d{1,3}` + between + `)?(?:\(?0\)?` + between + `)?` + strings.Join(strings.Split(digits, ""), between))
}

// add takes the words of other over, each once.
func (id *Identifiers) add(other Identifiers) {
	for _, pair := range []struct{ to, from *[]string }{{&id.Emails, &other.Emails}, {&id.Phones, &other.Phones}, {&id.Names, &other.Names}, {&id.First, &other.First}} {
		for _, word := range *pair.from {
			if !slices.Contains(*pair.to, word) {
				*pair.to = append(*pair.to, word)
			}
		}
	}
}

// identify gathers from the rows about a person the words by which he is
// recognised: his account, but also an application of somebody without one.
func (e *Engine) identify(ctx context.Context, on db.Querier, r *Registry, who Subject) (id Identifiers, err error) {
	id = Identify("", who.Email, "")
	err = r.each(func(_ *Purpose, rec *Record) error {
		if rec.Of == "" {
			return nil
		}
		more, err := e.identifiersIn(ctx, on, rec, rec.Of, who.args(nil))
		id.add(more)
		return err
	})
	return id, err
}

func (e *Engine) identifiersIn(ctx context.Context, on db.Querier, rec *Record, where string, args map[string]any) (id Identifiers, err error) {
	for _, c := range rec.Columns {
		if c.Is == "" {
			continue
		}
		values, err := all[string](ctx, on, "SELECT DISTINCT t."+c.Name+" FROM "+rec.Table+" t WHERE ("+where+") AND t."+c.Name+" IS NOT NULL LIMIT 20", args)
		if err != nil {
			return id, err
		}
		for _, v := range values {
			switch c.Is {
			case Name:
				id.add(Identify(v, "", ""))
			case Email:
				id.add(Identify("", v, ""))
			case Phone:
				id.add(Identify("", "", v))
			}
		}
	}
	return id, nil
}

// scrubRow takes the person out of the free text of one row and says how much
// it took and which columns are uncertain.
func (w *work) scrubRow(ctx context.Context, tx *db.Tx, rec *Record, row string) (hits int, doubts []Review, err error) {
	args := map[string]any{"row": row}
	for _, c := range rec.Columns {
		if !c.Free {
			continue
		}
		texts, err := all[*string](ctx, tx, "SELECT t."+c.Name+" FROM "+rec.Table+" t WHERE t."+rec.key()+" = :row", args)
		if err != nil {
			return hits, doubts, err
		}
		if len(texts) == 0 || texts[0] == nil {
			continue
		}
		if w.scrubber == nil {
			w.scrubber = w.names.compile()
		}
		clean, n, uncertain := w.scrubber.scrub(*texts[0])
		hits += n
		for _, word := range uncertain {
			doubts = append(doubts, Review{Table: rec.Table, Row: row, Column: c.Name, Word: word})
		}
		if n > 0 {
			args["text"] = clean
			if _, err := exec(ctx, tx, "UPDATE "+rec.Table+" SET "+c.Name+" = :text WHERE "+rec.key()+" = :row", args); err != nil {
				return hits, doubts, err
			}
		}
	}
	return hits, doubts, nil
}

// scrubOthers looks for the person in the free text of everybody else's rows.
// What is certain goes now; what is not goes on the review list.
func (w *work) scrubOthers(ctx context.Context, tx *db.Tx, r *Registry, request *string, due hours.Date) (hits int, doubts int, err error) {
	err = r.each(func(p *Purpose, rec *Record) error {
		if !slices.ContainsFunc(rec.Columns, func(c Column) bool { return c.Free }) {
			return nil
		}
		where, args := w.mentions(rec)
		rows, err := all[string](ctx, tx, "SELECT CAST(t."+rec.key()+" AS TEXT) FROM "+rec.Table+" t WHERE "+where+" ORDER BY t."+rec.key(), args)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if rec.Table == "mail" && w.Hooks.Rerender != nil {
				if _, err := w.Hooks.Rerender(ctx, tx, row); err != nil {
					return err
				}
			}
			n, uncertain, err := w.scrubRow(ctx, tx, rec, row)
			if err != nil {
				return err
			}
			hits += n
			for _, review := range uncertain {
				review.ID, review.RequestID, review.Purpose, review.FoundAt, review.DueOn = rand.Text(), request, p.Key, w.at, due.String()
				if err := db.Insert(ctx, tx, "review", review); err != nil {
					return err
				}
				doubts++
			}
			if n > 0 {
				refs, err := documents(ctx, tx, rec, row)
				if err != nil {
					return err
				}
				if err := w.reindexWithin(ctx, tx, rec, refs); err != nil {
					return err
				}
			}
			if n > 0 && rec.Search != "" && w.Hooks.Reindex != nil {
				if err := w.Hooks.Reindex(ctx, tx, rec.Search, row); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return hits, doubts, err
}

// mentions is a rough condition for text that may name the person; Scrub decides.
func (w *work) mentions(rec *Record) (string, map[string]any) {
	var words []string
	words = append(words, w.names.Emails...)
	for _, name := range append(slices.Clone(w.names.Names), w.names.First...) {
		words = append(words, strings.Fields(name)[0])
	}
	for _, phone := range w.names.Phones {
		digits := digitsOf(phone)
		words = append(words, digits[len(digits)-2:]) // however it is written, its last two digits stand together
	}
	args, where := map[string]any{}, []string{}
	for i, word := range words {
		name := "word" + string(rune('a'+i))
		args[name] = "%" + likeEscape(strings.ToLower(word)) + "%"
		for _, c := range rec.Columns {
			if c.Free {
				where = append(where, "lower(t."+c.Name+") LIKE :"+name+" ESCAPE '!'")
			}
		}
	}
	if len(where) == 0 {
		return "FALSE", args
	}
	return "(" + strings.Join(where, " OR ") + ")", args
}

// likeEscape makes s literal in a LIKE. What is not ASCII matches any
// character: SQLite's lower() leaves capitals with diacritics as they are.
func likeEscape(s string) string {
	s = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '_'
		}
		return r
	}, s)
}

// Review is a place in free text that may name an erased person.
type Review struct {
	ID        string     `db:"id"`
	RequestID *string    `db:"request_id"`
	Purpose   string     `db:"purpose"`
	Table     string     `db:"table_name"`
	Row       string     `db:"row_id"`
	Column    string     `db:"column_name"`
	Word      string     `db:"word"`
	FoundAt   time.Time  `db:"found_at"`
	DueOn     string     `db:"due_on"`
	DecidedAt *time.Time `db:"decided_at"`
	DecidedBy string     `db:"decided_by"`
	Decision  string     `db:"decision"`
}
