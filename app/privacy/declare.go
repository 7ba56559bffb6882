// Package privacy holds what the program promises about personal data and
// does what it promises. Each portal declares, beside its SQL, the purposes it
// serves: why, on which lawful basis, which columns of which tables, for how
// long, and what happens then. The statement that visitors read, the run that
// erases at night, the answer to "what do you hold on me", the register of
// processing and the test that nothing was forgotten all come from that one
// declaration.
//
// Code outside this package deletes no personal data because of its age. What
// ends by itself, such as a session or a link, app.sweep may clear before the
// night.
package privacy

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Text is a piece of text in both languages of the site.
type Text struct {
	NL string `json:"nl"`
	EN string `json:"en"`
}

// In is the text in lang, which is "nl" or else English.
func (t Text) In(lang string) string {
	if lang == "nl" {
		return t.NL
	}
	return t.EN
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t == Text{} }

// Purpose is one reason to keep personal data: a chapter of the statement and
// a row of the register of processing (GDPR art. 5(1)(b), 13, 30).
type Purpose struct {
	Key        string     // "jobs": part of addresses and of the ledger, never changes
	Title      Text       // heading of the chapter
	Why        Text       // whole sentences, speaking to the reader
	Subjects   []Subjects // whose data it is
	Basis      []Basis
	Processors []string // keys in the register of processors
	Records    []Record
	Source     Text     // where data comes from that the person did not give (art. 14)
	Obliged    Text     // whether one has to give it and what happens if not (art. 13(2)(e))
	Automated  Text     // decisions made without a human being; empty: none (art. 22)
	Notes      []Text   // more sentences for the chapter
	Choices    []Choice // what a person may choose when asking for erasure
	Nothing    Text     // for a purpose that keeps nothing: why (Google Maps)
}

// Subjects is a group of people whose data a purpose holds.
type Subjects string

const (
	Visitors   Subjects = "visitor"
	Customers  Subjects = "customer"
	Prospects  Subjects = "prospect"
	Attendees  Subjects = "attendee"
	Applicants Subjects = "applicant"
	Staff      Subjects = "staff"
)

// Basis is a ground of GDPR art. 6(1).
type Basis struct {
	Article  string `json:"article"`  // "6(1)(b)"
	Interest Text   `json:"interest"` // which legitimate interest; obligatory for (f), art. 13(1)(d)
	For      Text   `json:"for"`      // which part of the purpose, when there are several grounds
}

var (
	// Consent: art. 6(1)(a). Gives the right to withdraw, and portability.
	Consent = Basis{Article: "6(1)(a)"}
	// Contract: art. 6(1)(b), also the steps before one. Gives portability.
	Contract = Basis{Article: "6(1)(b)"}
	// LegalObligation: art. 6(1)(c). No erasure before the law allows it.
	LegalObligation = Basis{Article: "6(1)(c)"}
)

// LegitimateInterest is art. 6(1)(f) with the interest that is pursued. It
// gives the right to object (art. 21).
func LegitimateInterest(nl, en string) Basis {
	return Basis{Article: "6(1)(f)", Interest: Text{nl, en}}
}

// Covering is b for one part of the purpose.
func (b Basis) Covering(nl, en string) Basis {
	b.For = Text{nl, en}
	return b
}

// Choice is what a person may ask for when his data is erased.
type Choice struct {
	Key  string // "withdraw_votes"
	Text Text
}

// Record is one table that serves a purpose. A table has exactly one owner;
// in all SQL of a declaration its rows are called t.
type Record struct {
	Table string
	Label Text   // what a row is: "Aanmelding"; heading in the export
	Key   string // the key column; empty means "id"
	// Of is the SQL condition that reaches the rows about a person:
	// "t.account_id = :account", "lower(t.email) = :email", or both with OR.
	// :account and :email match nothing when the person has none. Empty: the rows lead to nobody.
	Of string
	// Reads is the SQL condition for rows of others that the person could
	// see (public messages of a ticket he takes part in): given in an export, never erased with him.
	Reads string
	// Review is the SQL condition for rows that a colleague looks at before
	// they go into an export (internal notes; GDPR art. 15(4)).
	Review  string
	Columns []Column // all of them, also the impersonal ones
	Keep    []Retention
	// Follows names the table whose rows take these along when they go
	// (ON DELETE CASCADE, or files of an owner); such a record needs no rule of its own.
	Follows string
	// OnErase is what happens to a row when its person asks for erasure: the first whose When holds.
	OnErase []Action
	// Active is a TIMESTAMP expression: when somebody last did something with
	// the row. A row that is due but was active in the last 30 days is not erased but shown as a contradiction.
	Active string
	// Link is the page for staff about a row, with {id} for its key, or for
	// what the SQL expression LinkOf over t gives: the key of what it hangs on.
	Link   string
	LinkOf string
	// Person marks the table whose row is the account itself: when a rule
	// takes the row, everything that :account reaches is erased as on request.
	Person bool
	// Files says that rows own files, by "TABLE:KEY" in file.owner; they go with the row.
	Files bool
	// Search is the kind of the row's document in the search index, if it has one; its Ref is the key.
	Search string
	// Within are the documents of another row that hold words of this one.
	Within Within
}

// Within is the kinds of documents, and the SQL expression over t for their Ref.
type Within struct {
	Kinds []string
	Ref   string
}

// key is the name of the key column.
func (r *Record) key() string {
	if r.Key == "" {
		return "id"
	}
	return r.Key
}

// page is the SQL expression for what stands for {id} in the link; empty for none.
func (r *Record) page() string {
	switch {
	case r.Link == "":
		return "''"
	case r.LinkOf != "":
		return "coalesce(" + r.LinkOf + ", '')"
	}
	return "CAST(t." + r.key() + " AS TEXT)"
}

// link is the page for staff about a row for which page gave that.
func (r *Record) link(page string) string {
	if page == "" {
		return ""
	}
	return strings.ReplaceAll(r.Link, "{id}", page)
}

// column finds a column by name.
func (r *Record) column(name string) (Column, bool) {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return r.Columns[i], true
}

// blanks are the columns that a changes when it anonymises.
func (r *Record) blanks(a Action) (cols []Column) {
	for _, c := range r.Columns {
		if c.Blank != "" && (len(a.Only) == 0 || slices.Contains(a.Only, c.Name)) {
			cols = append(cols, c)
		}
	}
	return cols
}

// Column is one column of a Record.
type Column struct {
	Name     string
	Category Text   // the line in the statement; empty: not personal
	Blank    string // SQL value that replaces it when anonymising: NULL, '', 0, 'x-' || t.id
	Secret   bool   // never exported: password hash, token
	Free     bool   // free text: may name people, is scrubbed
	File     bool   // key of a row of file: its bytes go into the export and go with the row
	Given    bool   // given by the person: part of portable.json (art. 20)
	Is       Kind   // what the value says who he is: it is looked for in other people's text when he is erased
	// Other says whose role stands in the export instead of the value when it
	// is about somebody else: the colleague who answered, the fellow participant.
	Other Text
}

// Kind is what a column says of who somebody is.
type Kind string

const (
	Name  Kind = "name" // full name
	Email Kind = "email"
	Phone Kind = "phone"
)

// Plain is columns that say nothing about a person.
func Plain(names ...string) []Column {
	cols := make([]Column, len(names))
	for i, name := range names {
		cols[i] = Column{Name: name}
	}
	return cols
}

// Verb is what is done to a row.
type Verb string

const (
	Deletes    Verb = "delete"
	Anonymises Verb = "anonymise"
	Refuses    Verb = "refuse"
)

// Action is what happens to a row when its time has come or its person asks.
type Action struct {
	Do     Verb
	When   string   // SQL condition over t; empty: always. Only in OnErase
	Choice string   // only for a person who chose this (key of a Choice of the purpose)
	Asked  bool     // only when the person asks, not when the term of his account is over
	Before []string // SQL run first in the same transaction, with :row, :account, :email, :now (saves a tally, deletes what hangs below)
	Only   []string // columns to blank; none: every column that has a Blank
	Why    Text     // for the person's report: why it is kept, or why only anonymised
}

var (
	// Delete removes the row.
	Delete = Action{Do: Deletes}
	// Anonymise gives every column that has a Blank that value, and scrubs the person from the other free text.
	Anonymise = Action{Do: Anonymises}
)

// Refuse keeps the row, as GDPR art. 17(3) allows, until its own rule takes it.
func Refuse(nl, en string) Action { return Action{Do: Refuses, Why: Text{nl, en}} }

// If has the action apply only to rows for which the SQL condition holds.
func (a Action) If(sql string) Action { a.When = sql; return a }

// Chosen has the action apply only to a person who chose key.
func (a Action) Chosen(key string) Action { a.Choice = key; return a }

// WhenAsked has the action apply only when the person asks for erasure, not when
// he goes because the term of his account is over.
func (a Action) WhenAsked() Action { a.Asked = true; return a }

// First has statements run before it, in the same transaction.
func (a Action) First(sql ...string) Action {
	a.Before = append(slices.Clone(a.Before), sql...)
	return a
}

// Of narrows an Anonymise to some columns.
func (a Action) Of(columns ...string) Action { a.Only = columns; return a }

// Because gives the reason that the person reads in his report.
func (a Action) Because(nl, en string) Action { a.Why = Text{nl, en}; return a }

// Impersonal declares a table without personal data.
type Impersonal struct {
	Table  string
	Reason string
	// Columns that look personal by their name and are not ("name" of a product).
	Columns []string
}

// Store is a place with personal data that is not a table: files, an outbox.
type Store interface {
	Name() Text
	// Holds lists the names in the data folder, and the prefixes "TABLE" of
	// file owners, that this store answers for.
	Holds() []string
	// Export adds what it holds of the person and says how many things.
	Export(ctx context.Context, s Subject, to *Archive) (n int, err error)
	// Erase removes what it holds of the person and says how many things.
	Erase(ctx context.Context, s Subject) (n int, err error)
}

// Subject is the person it is about. Either may be empty.
type Subject struct {
	AccountID string
	Email     string
}

// nobody is bound for an account or address that the person does not have: no key and no address looks like it.
const nobody = "(none)"

// args are the values of the names in declared SQL.
func (s Subject) args(more map[string]any) map[string]any {
	all := map[string]any{"account": nobody, "email": nobody}
	if s.AccountID != "" {
		all["account"] = s.AccountID
	}
	if s.Email != "" {
		all["email"] = strings.ToLower(strings.TrimSpace(s.Email))
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

// Registry is all that the program declares.
type Registry struct {
	Purposes   []Purpose
	Impersonal []Impersonal
	Stores     []Store
}

// New builds a registry and refuses declarations that contradict themselves.
func New(purposes []Purpose, impersonal []Impersonal, stores ...Store) (*Registry, error) {
	r := &Registry{purposes, impersonal, stores}
	seen := map[string]bool{}
	for _, p := range purposes {
		if p.Key == "" || seen[p.Key] {
			return nil, fmt.Errorf("privacy: purpose %q is declared twice or has no key", p.Key)
		}
		seen[p.Key] = true
		rules := map[string]bool{}
		for i := range p.Records {
			for _, k := range p.Records[i].Keep {
				rule := ruleKey(&p, &p.Records[i], &k)
				if rules[rule] {
					return nil, fmt.Errorf("privacy: two rules are called %s: give them a Name", rule)
				}
				rules[rule] = true
			}
		}
	}
	return r, nil
}

// ruleKey names a rule for the published statement and the ledger.
func ruleKey(p *Purpose, rec *Record, k *Retention) string {
	if k.Name == "" {
		return p.Key + "." + rec.Table
	}
	return p.Key + "." + rec.Table + "." + k.Name
}

// each calls f for every record, in the order of the declaration.
func (r *Registry) each(f func(p *Purpose, rec *Record) error) error {
	for i := range r.Purposes {
		for j := range r.Purposes[i].Records {
			if err := f(&r.Purposes[i], &r.Purposes[i].Records[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Record finds a table's declaration and its purpose.
func (r *Registry) Record(table string) (*Purpose, *Record, bool) {
	for i := range r.Purposes {
		for j := range r.Purposes[i].Records {
			if r.Purposes[i].Records[j].Table == table {
				return &r.Purposes[i], &r.Purposes[i].Records[j], true
			}
		}
	}
	return nil, nil, false
}

// Purpose finds a purpose by its key.
func (r *Registry) Purpose(key string) (*Purpose, bool) {
	for i := range r.Purposes {
		if r.Purposes[i].Key == key {
			return &r.Purposes[i], true
		}
	}
	return nil, false
}
