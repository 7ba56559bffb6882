package privacy

import "strings"

// Retention is one rule: keep for For after After, but longer with Longer,
// not while Unless, at least AtLeast; then Then. The rules of a record stand
// on their own; give each a When if it is for some rows only, and a Name if there are several.
type Retention struct {
	Name string // part of the rule's key; never changes once published
	When string // SQL condition over t: for which rows; empty: all
	// Who begins the sentence of a rule that is for some rows only: "Zonder organisatie", "Without an organisation".
	Who Text
	// What stands in the place of "deze gegevens" / "these data" when the rule
	// is about a part of the row: "Het netwerkadres", "the network address".
	What  Text
	After Trigger
	For   Period // zero: until the moment itself
	// Silence counts while After is NULL: no new message since an answer.
	Silence *Cap
	// Cap is the hard end while After, and Silence, are NULL.
	Cap *Cap
	// While says during what the clock does not run, for a trigger that may
	// be NULL for ever and has no Cap: "de overeenkomst loopt", "the agreement runs".
	While  Text
	Unless *Unless
	Longer *Longer
	// AtLeast is a minimum that the law sets.
	AtLeast *Floor
	Then    Action
	// Cause says in the tombstone why: empty is Expired; Withdrawn and Objected
	// mark rules that carry out a withdrawn consent or an objection.
	Cause Cause
	// Fleeting rows (sessions, links, texts of mails) go in numbers every night: the guard
	// against erasing an improbable share of a table leaves them out.
	Fleeting bool
	// With names the table on whose rows these hang, when it is the parent's
	// trigger that counts: the guard looks at the parents, and holds the rows
	// below them back with them, so that a thing is never erased by half.
	With string
	// Note is a sentence of argument behind the rule: why six weeks.
	Note Text
}

// Cause is why a row went.
type Cause string

const (
	Expired   Cause = "retention"
	Requested Cause = "request"
	Withdrawn Cause = "withdrawn"
	Objected  Cause = "objection"
)

// Trigger is what a term is counted from.
type Trigger struct {
	SQL string // over t: a TIMESTAMP, or with Day a TEXT day (2026-11-23); NULL: the clock does not run
	Day bool
	// Text is the clause after "nadat" / "after", or after "totdat" / "until":
	// "de functie is vervuld", "the position has been filled".
	Text Text
}

// Cap is another trigger with its own period.
type Cap struct {
	After Trigger
	For   Period
}

// Unless keeps a row while SQL, a condition over t, holds.
type Unless struct {
	SQL  string
	Text Text // "je ticket nog open is", "your ticket is still open"
}

// Longer is the period for rows for which If, a condition over t, holds.
type Longer struct {
	If   string
	For  Period
	Text Text // "met jouw toestemming", "with your consent"
}

// Floor is a statutory minimum: For, counted from the day of the trigger or,
// with BookYear, from the end of that day's calendar year. Until it is over
// the row is kept, and after its maximum it is restricted to those who need it.
type Floor struct {
	After    Trigger
	For      Period
	BookYear bool
	Law      Text // "artikel 52 AWR", "section 52 of the General Taxes Act (AWR)"
}

// Sentence is the rule in words, in lang.
func (k *Retention) Sentence(lang string) string {
	pick := func(dutch, english string) string { return Text{dutch, english}.In(lang) }
	who, what := k.Who.In(lang), k.What.In(lang)
	var b strings.Builder
	switch {
	case who != "" && what != "":
		b.WriteString(who + pick(" bewaren wij "+lowerFirst(what)+" ", " we keep "+what+" "))
	case who != "":
		b.WriteString(who + pick(" bewaren wij deze gegevens ", " we keep these data "))
	case what != "":
		b.WriteString(pick(what+" bewaren wij ", "We keep "+what+" "))
	default:
		b.WriteString(pick("Wij bewaren deze gegevens ", "We keep these data "))
	}
	b.WriteString(k.body(lang) + ".")
	if k.AtLeast != nil {
		b.WriteString(pick(
			" De wet verplicht ons ze minstens "+k.AtLeast.span(lang)+" te bewaren ("+k.AtLeast.Law.NL+"); na de eerste termijn kan alleen de administratie ze nog zien.",
			" The law obliges us to keep them for at least "+k.AtLeast.span(lang)+" ("+k.AtLeast.Law.EN+"); after the first term only our finance staff can see them."))
	}
	switch {
	case k.Then.Do == Anonymises && what != "":
		b.WriteString(pick(" Daarna maken wij dat onherkenbaar.", " After that we make it unrecognisable."))
	case k.Then.Do == Anonymises:
		b.WriteString(pick(" Daarna anonimiseren wij ze.", " After that we anonymise them."))
	}
	if n := k.Note.In(lang); n != "" {
		b.WriteString(" " + n)
	}
	return b.String()
}

// Brief is the rule in as few words as say the same: for a table.
func (k *Retention) Brief(lang string) string {
	text := k.body(lang)
	if what := k.What.In(lang); what != "" {
		text = lowerFirst(strings.TrimSuffix(what, ",")) + ": " + text
	}
	if who := k.Who.In(lang); who != "" {
		text = lowerFirst(who) + " " + text
	}
	if k.AtLeast != nil {
		text += Text{", en minstens ", ", and at least "}.In(lang) + k.AtLeast.span(lang)
	}
	return text
}

// span is how long the law wants something kept.
func (f *Floor) span(lang string) string {
	if f.BookYear {
		return f.For.In(lang) + Text{" na het einde van het boekjaar", " after the end of the financial year"}.In(lang)
	}
	return f.For.In(lang) + Text{" nadat ", " after "}.In(lang) + f.After.Text.In(lang)
}

// body is from when to when.
func (k *Retention) body(lang string) string {
	pick := func(dutch, english string) string { return Text{dutch, english}.In(lang) }
	clause := func(t Trigger, p Period, most string) string {
		if p.IsZero() {
			return pick("totdat ", "until ") + t.Text.In(lang)
		}
		return most + p.In(lang) + pick(" nadat ", " after ") + t.Text.In(lang)
	}
	atMost := pick("tot maximaal ", "for at most ")
	if w := k.While.In(lang); w != "" && k.After.SQL == "" {
		return pick("zolang ", "as long as ") + w
	}
	text := clause(k.After, k.For, atMost)
	if k.Longer != nil {
		text += "; " + k.Longer.Text.In(lang) + ": " + k.Longer.For.In(lang)
	}
	if k.Silence != nil {
		text += pick("; weten wij dat niet, dan ", "; if we do not know, ") + clause(k.Silence.After, k.Silence.For, atMost)
	}
	if k.Cap != nil {
		text += pick("; gebeurt dat niet, dan ", "; failing that, ") + clause(k.Cap.After, k.Cap.For, pick("uiterlijk ", "for at most "))
	}
	if k.Unless != nil {
		text += pick(", maar niet zolang ", ", but not while ") + k.Unless.Text.In(lang)
	}
	return text
}

// Text is the rule in both languages.
func (k *Retention) Text() Text { return Text{k.Sentence("nl"), k.Sentence("en")} }
