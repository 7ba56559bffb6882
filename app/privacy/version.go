package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
)

// Term is the numbers of one rule.
type Term struct {
	For     Period  `json:"for"`
	Longer  *Period `json:"longer,omitempty"`
	Silence *Period `json:"silence,omitempty"`
	Cap     *Period `json:"cap,omitempty"`
	Floor   *Period `json:"floor,omitempty"`
}

// Terms are the numbers of all rules, by the key of the rule.
type Terms map[string]Term

// Terms are the numbers that stand in the declaration.
func (r *Registry) Terms() Terms {
	terms := Terms{}
	_ = r.each(func(p *Purpose, rec *Record) error {
		for _, k := range ptrs(rec.Keep) {
			t := Term{For: k.For}
			if k.Longer != nil {
				t.Longer = new(k.Longer.For)
			}
			if k.Silence != nil {
				t.Silence = new(k.Silence.For)
			}
			if k.Cap != nil {
				t.Cap = new(k.Cap.For)
			}
			if k.AtLeast != nil {
				t.Floor = new(k.AtLeast.For)
			}
			terms[ruleKey(p, rec, k)] = t
		}
		return nil
	})
	return terms
}

// With is the registry with other numbers. A rule that terms does not know
// keeps its own.
func (r *Registry) With(terms Terms) *Registry {
	other := *r
	other.Purposes = slices.Clone(r.Purposes)
	for i := range other.Purposes {
		p := &other.Purposes[i]
		p.Records = slices.Clone(p.Records)
		for j := range p.Records {
			rec := &p.Records[j]
			rec.Keep = slices.Clone(rec.Keep)
			for l := range rec.Keep {
				k := &rec.Keep[l]
				if t, ok := terms[ruleKey(p, rec, k)]; ok {
					k.set(t)
				}
			}
		}
	}
	return &other
}

func (k *Retention) set(t Term) {
	k.For = t.For
	if k.Longer != nil && t.Longer != nil {
		longer := *k.Longer
		longer.For = *t.Longer
		k.Longer = &longer
	}
	if k.Silence != nil && t.Silence != nil {
		silence := *k.Silence
		silence.For = *t.Silence
		k.Silence = &silence
	}
	if k.Cap != nil && t.Cap != nil {
		limit := *k.Cap
		limit.For = *t.Cap
		k.Cap = &limit
	}
	if k.AtLeast != nil && t.Floor != nil {
		floor := *k.AtLeast
		floor.For = *t.Floor
		k.AtLeast = &floor
	}
}

// Version is a statement as it was published. It never changes.
type Version struct {
	Number      int64      `db:"number" json:"number"`
	EffectiveOn string     `db:"effective_on" json:"effective_on"`
	PublishedAt time.Time  `db:"published_at" json:"published_at"`
	PublishedBy string     `db:"published_by" json:"-"`
	NoteNL      string     `db:"note_nl" json:"note_nl"`
	NoteEN      string     `db:"note_en" json:"note_en"`
	Hash        string     `db:"hash" json:"hash"`
	NL          string     `db:"nl" json:"-"`
	EN          string     `db:"en" json:"-"`
	TermsText   string     `db:"terms" json:"-"`
	InformedAt  *time.Time `db:"informed_at" json:"informed_at,omitempty"`
}

// Note is what changed, in words.
func (v Version) Note() Text { return Text{v.NoteNL, v.NoteEN} }

// Document is the text as it was published.
func (v Version) Document(lang string) (Document, error) {
	var d Document
	text := v.EN
	if lang == "nl" {
		text = v.NL
	}
	err := json.Unmarshal([]byte(text), &d)
	d.Number, d.EffectiveOn, d.Hash = v.Number, v.EffectiveOn, v.Hash
	return d, err
}

// Terms are the numbers that were published.
func (v Version) Terms() (Terms, error) {
	terms := Terms{}
	if v.TermsText == "" {
		return terms, nil
	}
	return terms, json.Unmarshal([]byte(v.TermsText), &terms)
}

// Published is the registry with the numbers of the latest statement in force:
// what is promised is what is run. Before the first publication it is the
// declaration itself, under version 0.
func (e *Engine) Published(ctx context.Context) (*Registry, Version, error) {
	return e.inForce(ctx, e.Now())
}

// inForce is what Published is at a moment: of a version that was published
// for a later day a run after that day keeps the terms.
func (e *Engine) inForce(ctx context.Context, at time.Time) (*Registry, Version, error) {
	v, err := e.current(ctx, e.DB, at)
	if errors.Is(err, fault.NotFound) {
		return e.Registry, Version{}, nil
	} else if err != nil {
		return nil, v, err
	}
	terms, err := v.Terms()
	if err != nil {
		return nil, v, fmt.Errorf("statement %d: %w", v.Number, err)
	}
	return e.Registry.With(terms), v, nil
}

func (e *Engine) current(ctx context.Context, on db.Querier, at time.Time) (Version, error) {
	return db.Get[Version](ctx, on, `SELECT * FROM statement WHERE effective_on <= ? ORDER BY number DESC LIMIT 1`, e.day(at).String())
}

// Version is a published version by its number, or fault.NotFound.
func (e *Engine) Version(ctx context.Context, number int64) (Version, error) {
	return db.Get[Version](ctx, e.DB, `SELECT * FROM statement WHERE number = ?`, number)
}

// Versions lists the published versions, newest first.
func (e *Engine) Versions(ctx context.Context) ([]Version, error) {
	return db.All[Version](ctx, e.DB, `SELECT * FROM statement ORDER BY number DESC`)
}

// Draft is the statement as it would be published now.
type Draft struct {
	NL, EN  Document
	Terms   Terms
	Hash    string
	Changed bool     // differs from the latest version
	Changes []Change // of its terms and recipients
	Inform  bool     // people must be told: a longer term, a new purpose or recipient
}

// Change is one difference in what is promised.
type Change struct {
	What   Text
	Before string // of a term: ISO 8601
	After  string
	Worse  bool // for the person: he must be told
}

// Draft makes the statement from the declaration, the settings of terms and
// the registers, and compares it with the latest version.
func (e *Engine) Draft(ctx context.Context) (Draft, error) { return e.draft(ctx, e.DB) }

func (e *Engine) draft(ctx context.Context, on db.Querier) (d Draft, err error) {
	r, err := e.configured(ctx, on)
	if err != nil {
		return d, err
	}
	about, err := e.surroundings(ctx, on)
	if err != nil {
		return d, err
	}
	d.NL, d.EN, d.Terms = r.document(about, "nl"), r.document(about, "en"), r.Terms()
	if d.Hash, err = hashOf(d.NL, d.EN, d.Terms); err != nil {
		return d, err
	}
	latest, err := db.Get[Version](ctx, on, `SELECT * FROM statement ORDER BY number DESC LIMIT 1`)
	if errors.Is(err, fault.NotFound) {
		d.Changed = true
		return d, nil
	} else if err != nil {
		return d, err
	}
	d.Changed = latest.Hash != d.Hash
	before, err := latest.Terms()
	if err != nil {
		return d, err
	}
	old, err := latest.Document("nl")
	if err != nil {
		return d, err
	}
	d.Changes = changes(r, before, d.Terms, old.Recipients, d.NL.Recipients)
	d.Inform = slices.ContainsFunc(d.Changes, func(c Change) bool { return c.Worse })
	return d, nil
}

func changes(r *Registry, before, after Terms, had, have []string) (list []Change) {
	_ = r.each(func(p *Purpose, rec *Record) error {
		for _, k := range ptrs(rec.Keep) {
			key := ruleKey(p, rec, k)
			what := Text{p.Title.NL + ": " + rec.Label.NL, p.Title.EN + ": " + rec.Label.EN}
			was, ok := before[key]
			if !ok {
				list = append(list, Change{What: what, After: after[key].For.String(), Worse: true})
				continue
			}
			is := after[key]
			for _, pair := range [][2]*Period{{&was.For, &is.For}, {was.Longer, is.Longer}, {was.Silence, is.Silence}, {was.Cap, is.Cap}, {was.Floor, is.Floor}} {
				old, now := pair[0], pair[1]
				switch {
				case old == nil && now == nil, old != nil && now != nil && *old == *now:
				case old == nil:
					list = append(list, Change{What: what, After: now.String(), Worse: true})
				case now == nil:
					list = append(list, Change{What: what, Before: old.String()})
				default:
					list = append(list, Change{What: what, Before: old.String(), After: now.String(), Worse: now.roughly() > old.roughly()})
				}
			}
		}
		return nil
	})
	for _, name := range have {
		if !slices.Contains(had, name) {
			list = append(list, Change{What: Text{"Nieuwe ontvanger: " + name, "New recipient: " + name}, Worse: true})
		}
	}
	for _, name := range had {
		if !slices.Contains(have, name) {
			list = append(list, Change{What: Text{"Geen ontvanger meer: " + name, "No longer a recipient: " + name}})
		}
	}
	return list
}

// hashOf is the sum over the rendered text in both languages and the terms.
func hashOf(nl, en Document, terms Terms) (string, error) {
	h := sha256.New()
	for _, part := range []any{nl, en, terms} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Publication is what the one who publishes adds to the draft.
type Publication struct {
	EffectiveOn string // a day, today or later
	Note        Text
	By          string // account id
	Inform      bool   // the people concerned are told
}

// Publish makes the draft the newest version. It refuses a draft that changes
// nothing (fault.Conflict), one that is worse for people without informing them, and from a person one
// that does not say who answers for the data (fault.BadInput; GDPR art. 13(1)(a)).
func (e *Engine) Publish(ctx context.Context, tx *db.Tx, p Publication) (Version, error) {
	d, err := e.draft(ctx, tx)
	if err != nil {
		return Version{}, err
	}
	controller, err := e.Controller(ctx, tx)
	if err != nil {
		return Version{}, err
	}
	day, err := hours.ParseDate(p.EffectiveOn)
	switch {
	case err != nil || day.Compare(e.day(e.Now())) < 0:
		return Version{}, fmt.Errorf("publish: %q is no day from today on: %w", p.EffectiveOn, fault.BadInput)
	case !d.Changed:
		return Version{}, fmt.Errorf("publish: nothing changed: %w", fault.Conflict)
	case p.By != "" && len(controller.Missing()) > 0:
		return Version{}, fmt.Errorf("publish: who answers for the data is not complete: %w", fault.BadInput)
	case d.Inform && !p.Inform:
		return Version{}, fmt.Errorf("publish: a longer term, a new purpose or a new recipient: inform people: %w", fault.BadInput)
	}
	nl, err := json.Marshal(d.NL)
	if err != nil {
		return Version{}, err
	}
	en, err := json.Marshal(d.EN)
	if err != nil {
		return Version{}, err
	}
	terms, err := json.Marshal(d.Terms)
	if err != nil {
		return Version{}, err
	}
	number, err := db.Next(ctx, tx, "statement")
	if err != nil {
		return Version{}, err
	}
	v := Version{Number: number, EffectiveOn: p.EffectiveOn, PublishedAt: e.Now(), PublishedBy: p.By, NoteNL: p.Note.NL, NoteEN: p.Note.EN,
		Hash: d.Hash, NL: string(nl), EN: string(en), TermsText: string(terms)}
	if p.Inform {
		v.InformedAt = new(e.Now())
	}
	if err := db.Insert(ctx, tx, "statement", v); err != nil {
		return v, err
	}
	if p.Inform && e.Hooks.Inform != nil {
		return v, e.Hooks.Inform(ctx, tx, v, d.Changes)
	}
	return v, nil
}

// EnsurePublished publishes version 1 when nothing has been published, so that
// a fresh site obeys its declaration from its first night.
func (e *Engine) EnsurePublished(ctx context.Context) error {
	if some, err := db.Get[bool](ctx, e.DB, `SELECT EXISTS (SELECT 1 FROM statement)`); err != nil || some {
		return err
	}
	return e.DB.Tx(ctx, func(tx *db.Tx) error {
		any, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM statement)`)
		if err != nil || any {
			return err
		}
		_, err = e.Publish(ctx, tx, Publication{EffectiveOn: e.day(e.Now()).String(), Note: Text{"Eerste versie", "First version"}})
		return err
	})
}

// Unpublished reports whether the declaration or the settings promise
// something else than the latest version does: for the health page.
func (e *Engine) Unpublished(ctx context.Context) (bool, error) {
	d, err := e.Draft(ctx)
	return d.Changed, err
}

const termSetting = "term:"

// SetTerm sets another period for a part of a rule ("for", "longer", "silence",
// "cap", "floor"). It counts from the next publication on. fault.BadInput for a rule or part that does not exist.
func (e *Engine) SetTerm(ctx context.Context, tx *db.Tx, rule, part string, p Period) error {
	t, ok := e.Registry.Terms()[rule]
	if !ok || t.part(part) == nil {
		return fmt.Errorf("term %s %s: %w", rule, part, fault.BadInput)
	}
	_, err := db.Exec(ctx, tx, `INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, termSetting+rule+" "+part, p.String(), e.Now())
	return err
}

func (t *Term) part(name string) *Period {
	switch name {
	case "for":
		return &t.For
	case "longer":
		return t.Longer
	case "silence":
		return t.Silence
	case "cap":
		return t.Cap
	case "floor":
		return t.Floor
	}
	return nil
}

// configured is the declaration with the terms that were set.
func (e *Engine) configured(ctx context.Context, on db.Querier) (*Registry, error) {
	type setting struct{ Name, Value string }
	set, err := db.All[setting](ctx, on, `SELECT name, value FROM setting WHERE name LIKE 'term:%' ORDER BY name`)
	if err != nil || len(set) == 0 {
		return e.Registry, err
	}
	terms := e.Registry.Terms()
	for _, s := range set {
		rule, part, _ := strings.Cut(strings.TrimPrefix(s.Name, termSetting), " ")
		t, known := terms[rule]
		p, err := ParsePeriod(s.Value)
		if err != nil {
			return nil, fmt.Errorf("setting %s: %w", s.Name, err)
		}
		if at := t.part(part); known && at != nil {
			*at = p
			terms[rule] = t
		}
	}
	return e.Registry.With(terms), nil
}

// DiffLine is one line of the difference between two versions.
type DiffLine struct {
	Op   string // "=", "+" or "-"
	Text string
}

// Diff compares two versions line by line, in lang.
func (e *Engine) Diff(ctx context.Context, from, to int64, lang string) ([]DiffLine, error) {
	var lines [2][]string
	for i, n := range []int64{from, to} {
		v, err := e.Version(ctx, n)
		if err != nil {
			return nil, err
		}
		d, err := v.Document(lang)
		if err != nil {
			return nil, err
		}
		lines[i] = d.Lines()
	}
	return diff(lines[0], lines[1]), nil
}

// diff is the shortest edit by the longest common subsequence; statements are
// a few hundred lines.
func diff(a, b []string) (lines []DiffLine) {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, DiffLine{"=", a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			lines = append(lines, DiffLine{"-", a[i]})
			i++
		default:
			lines = append(lines, DiffLine{"+", b[j]})
			j++
		}
	}
	return lines
}
