package privacy

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/hours"
	"loket/db"
)

// Block is what keeps a row that is due.
type Block string

const (
	Held   Block = "hold"   // a hold stands on the row or its person
	Law    Block = "floor"  // the law wants it kept
	Kept   Block = "unless" // the rule's own exception
	Recent Block = "active" // somebody used it in the last 30 days: the rule and the facts contradict
	Guard  Block = "guard"  // the rule would take an improbable share of its table
	Partly Block = "parts"  // the person's account waits for a row of his that is held
)

// Due is one row that a run takes, or would take but for a blocker.
type Due struct {
	Purpose  string     `json:"purpose"`
	Table    string     `json:"table"`
	Row      string     `json:"row"`
	Rule     string     `json:"rule"`
	Sentence Text       `json:"sentence"`
	Trigger  *time.Time `json:"trigger"`        // what the term is counted from; nil: the clock does not run
	Day      hours.Date `json:"-"`              // the day on which the run takes it
	At       *time.Time `json:"due"`            // that run
	Late     int        `json:"late,omitempty"` // days that the run is late: nights missed
	Action   Verb       `json:"action"`
	Cause    Cause      `json:"cause"`
	Blocker  Block      `json:"blocker,omitempty"`
	Why      Text       `json:"why,omitzero"`           // the blocker in words
	Until    hours.Date `json:"blocked_until,omitzero"` // when a floor ends or a hold is reviewed
	Person   string     `json:"person,omitempty"`       // the account that takes this row along
	Link     string     `json:"link,omitempty"`

	action Action
	rec    *Record
	rule   *Retention
}

// Taken reports whether the run takes the row.
func (d Due) Taken() bool { return d.Blocker == "" }

// Due is the dry run: every row that a run at that moment takes, and every row
// that is due but blocked, by the terms of the statement as published. The
// order is that of the work: last declared first, so that what hangs below
// goes before what it hangs on. confirm lets through what the guard stops.
func (e *Engine) Due(ctx context.Context, at time.Time, confirm bool) ([]Due, error) {
	r, _, err := e.inForce(ctx, at)
	if err != nil {
		return nil, err
	}
	return e.dueBy(ctx, r, at, confirm)
}

func (e *Engine) dueBy(ctx context.Context, r *Registry, at time.Time, confirm bool) ([]Due, error) {
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return nil, err
	}
	missed, err := e.nightsMissed(ctx, at)
	if err != nil {
		return nil, err
	}
	var due []Due
	for _, p := range slices.Backward(ptrs(r.Purposes)) {
		for _, rec := range slices.Backward(ptrs(p.Records)) {
			mine, err := e.dueOf(ctx, p, rec, at, holds)
			if err != nil {
				return nil, err
			}
			if !confirm {
				if err := e.guard(ctx, rec, mine); err != nil {
					return nil, err
				}
			}
			for i := range mine {
				mine[i].Late = min(mine[i].Late, missed)
			}
			due = append(due, mine...)
		}
	}
	guardBelow(due)
	return e.along(ctx, r, due, at, holds)
}

// nightsMissed counts the nights before that of a moment in which no run was
// done. No run is later than that for a row: one that the law or a hold kept until today is on time.
func (e *Engine) nightsMissed(ctx context.Context, at time.Time) (int, error) {
	last, err := db.All[time.Time](ctx, e.DB, `SELECT planned_at FROM privacy_run WHERE planned_at < ? AND ended_at IS NOT NULL ORDER BY planned_at DESC LIMIT 1`, at)
	if err != nil || len(last) == 0 {
		return math.MaxInt, err
	}
	return max(0, daysBetween(e.day(last[0]), e.day(at))-1), nil
}

func ptrs[T any](s []T) []*T {
	p := make([]*T, len(s))
	for i := range s {
		p[i] = &s[i]
	}
	return p
}

// dueOf is what the rules of one record take. A row that one rule deletes is
// not also anonymised by another.
func (e *Engine) dueOf(ctx context.Context, p *Purpose, rec *Record, at time.Time, holds heldRows) ([]Due, error) {
	var mine []Due
	for _, k := range ptrs(rec.Keep) {
		if k.After.SQL == "" {
			continue
		}
		where, args := e.over(k, at)
		if k.Then.Do == Anonymises {
			where += " AND (" + left(rec, k.Then) + ")"
		}
		found, err := e.rows(ctx, e.DB, p, rec, k, where, args, at, holds)
		if err != nil {
			return nil, err
		}
		mine = append(mine, found...)
	}
	if len(rec.Keep) < 2 {
		return mine, nil
	}
	gone := map[string]bool{}
	for _, d := range mine {
		if d.Action == Deletes && d.Taken() {
			gone[d.Row] = true
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(mine, func(d Due) bool {
		key := d.Row + string(d.Action)
		twice := d.Taken() && d.Action == Deletes && seen[key]
		seen[key] = true
		return twice || d.Action == Anonymises && gone[d.Row]
	}), nil
}

// left is the condition that there is something left to blank: tonight's work is not tomorrow's.
func left(rec *Record, a Action) string {
	var conditions []string
	for _, c := range rec.blanks(a) {
		conditions = append(conditions, "t."+c.Name+" IS DISTINCT FROM "+c.Blank)
	}
	return strings.Join(conditions, " OR ")
}

// over is the condition that a rule's term is over at a moment. All cut-offs
// are computed here, so that SQL only compares and both engines run the same text.
func (e *Engine) over(k *Retention, at time.Time) (string, map[string]any) {
	args := map[string]any{}
	passed := func(t Trigger, p Period) string {
		name := fmt.Sprintf("cut%d", len(args))
		today := e.day(at)
		switch {
		case p.IsZero() && t.Day:
			args[name] = today.AddDays(-1).String()
		case t.Day:
			args[name] = p.Cutoff(today).String()
		case p.IsZero():
			args[name] = at
		default:
			args[name] = e.dawn(p.Cutoff(today).AddDays(1))
		}
		if t.Day {
			return "(" + t.SQL + ") <= :" + name
		}
		return "(" + t.SQL + ") < :" + name
	}
	main := passed(k.After, k.For)
	if k.Longer != nil {
		main = "CASE WHEN " + k.Longer.If + " THEN " + passed(k.After, k.Longer.For) + " ELSE " + main + " END"
	}
	if k.Silence == nil && k.Cap == nil {
		return main, args
	}
	cases := "CASE WHEN (" + k.After.SQL + ") IS NOT NULL THEN " + main
	for _, c := range []*Cap{k.Silence, k.Cap} {
		if c != nil {
			cases += " WHEN (" + c.After.SQL + ") IS NOT NULL THEN " + passed(c.After, c.For)
		}
	}
	return cases + " ELSE FALSE END", args
}

// candidate is a row with all that decides about it.
type candidate struct {
	Row     string  `db:"row_id"`
	After   db.Time `db:"after_at"`
	Silence db.Time `db:"silence_at"`
	Cap     db.Time `db:"cap_at"`
	Floor   db.Time `db:"floor_at"`
	Active  db.Time `db:"active_at"`
	Page    string  `db:"page_id"`
	Longer  bool    `db:"is_longer"`
	Kept    bool    `db:"is_kept"`
}

// rows asks a rule about the rows for which where holds.
func (e *Engine) rows(ctx context.Context, on db.Querier, p *Purpose, rec *Record, k *Retention, where string, args map[string]any, at time.Time, holds heldRows) ([]Due, error) {
	or := func(sql, none string) string {
		if sql == "" {
			return none
		}
		return "(" + sql + ")"
	}
	when := func(sql string) string {
		if sql == "" {
			return "FALSE"
		}
		return "CASE WHEN " + sql + " THEN TRUE ELSE FALSE END"
	}
	var silence, limit, floor, longer, unless string
	if k.Silence != nil {
		silence = k.Silence.After.SQL
	}
	if k.Cap != nil {
		limit = k.Cap.After.SQL
	}
	if k.AtLeast != nil {
		floor = k.AtLeast.After.SQL
	}
	if k.Longer != nil {
		longer = k.Longer.If
	}
	if k.Unless != nil {
		unless = k.Unless.SQL
	}
	query := "SELECT CAST(t." + rec.key() + " AS TEXT) AS row_id, " + or(k.After.SQL, "NULL") + " AS after_at, " + or(silence, "NULL") + " AS silence_at, " +
		or(limit, "NULL") + " AS cap_at, " + or(floor, "NULL") + " AS floor_at, " + or(rec.Active, "NULL") + " AS active_at, " +
		rec.page() + " AS page_id, " + when(longer) + " AS is_longer, " + when(unless) + " AS is_kept FROM " + rec.Table + " t WHERE " + or(k.When, "TRUE") + " AND (" + where + ") ORDER BY t." + rec.key()
	query, values, err := bind(query, args)
	if err != nil {
		return nil, err
	}
	sentence, name := k.Text(), ruleKey(p, rec, k)
	var due []Due
	err = db.Each(ctx, on, query, values, func(c candidate) error {
		d := Due{Purpose: p.Key, Table: rec.Table, Row: c.Row, Rule: name, Sentence: sentence, Action: k.Then.Do, Cause: k.Cause, action: k.Then, rec: rec, rule: k}
		if d.Cause == "" {
			d.Cause = Expired
		}
		d.Link = rec.link(c.Page)
		e.count(&d, k, c, at)
		e.block(&d, k, c, at, holds)
		due = append(due, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return due, nil
}

// count works out when the row goes.
func (e *Engine) count(d *Due, k *Retention, c candidate, at time.Time) {
	var from time.Time
	var t Trigger
	var p Period
	switch {
	case !c.After.IsZero():
		from, t, p = c.After.Time, k.After, k.For
		if c.Longer {
			p = k.Longer.For
		}
	case !c.Silence.IsZero():
		from, t, p = c.Silence.Time, k.Silence.After, k.Silence.For
	case !c.Cap.IsZero():
		from, t, p = c.Cap.Time, k.Cap.After, k.Cap.For
	default:
		return
	}
	day := e.day(from)
	if t.Day { // a day has no zone: it came as midnight UTC
		day = hours.DateOf(from, time.UTC)
		from = e.dawn(day)
	}
	var run time.Time
	switch {
	case p.IsZero() && t.Day:
		run = e.RunOf(day.AddDays(1))
	case p.IsZero():
		run = e.NextRun(from)
	default:
		run = e.RunOf(p.Add(day))
	}
	from = from.In(e.Zone)
	d.Trigger, d.At, d.Day = &from, &run, e.day(run)
	if late := daysBetween(d.Day, e.day(at)); late > 0 {
		d.Late = late
	}
}

// block looks for what keeps a row: first what a human decided, then the law, then the rule.
func (e *Engine) block(d *Due, k *Retention, c candidate, at time.Time, holds heldRows) {
	today := e.day(at)
	if h, ok := holds[d.Table+"\x00"+d.Row]; ok {
		d.Blocker, d.Why, d.Until = Held, Text{"vastgehouden: " + h.Reason, "on hold: " + h.Reason}, h.review()
		return
	}
	if k.AtLeast != nil && !c.Floor.IsZero() {
		if free := e.floor(k.AtLeast, c.Floor.Time); free.Compare(today) > 0 {
			d.Blocker, d.Until = Law, free
			d.Why = Text{"de wet bewaart dit: " + k.AtLeast.Law.NL, "the law keeps this: " + k.AtLeast.Law.EN}
			return
		}
	}
	if c.Kept {
		d.Blocker, d.Why = Kept, Text{"zolang " + k.Unless.Text.NL, "while " + k.Unless.Text.EN}
		return
	}
	if active := c.Active.Time; !active.IsZero() && e.day(active).AddDays(30).Compare(today) > 0 {
		d.Blocker, d.Until = Recent, e.day(active).AddDays(30)
		d.Why = Text{"de laatste 30 dagen nog gebruikt: kijk of de datum klopt", "used in the last 30 days: check whether the date is right"}
	}
}

// floor is the first day on which the law lets a row go.
func (e *Engine) floor(f *Floor, from time.Time) hours.Date {
	day := e.day(from)
	if f.After.Day {
		day = hours.DateOf(from, time.UTC)
	}
	if f.BookYear {
		return f.For.Add(hours.Date{Year: day.Year, Month: time.December, Day: 31}).AddDays(1)
	}
	return f.For.Add(day)
}

func daysBetween(from, to hours.Date) int {
	day := func(d hours.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int(day(to).Sub(day(from)).Hours() / 24)
}

// guard blocks a rule that would take more than a fifth of a table of more than a hundred rows: more likely a
// wrong date than a real end. Fleeting rows are left out.
func (e *Engine) guard(ctx context.Context, rec *Record, due []Due) error {
	taken := map[string]int{}
	for _, d := range due {
		if d.Taken() && !d.rule.Fleeting && d.rule.With == "" {
			taken[d.Rule]++
		}
	}
	if len(taken) == 0 || slices.Max(slices.Collect(maps.Values(taken))) <= 20 {
		return nil
	}
	all, err := db.Get[int](ctx, e.DB, "SELECT count(*) FROM "+rec.Table)
	if err != nil {
		return err
	}
	for i := range due {
		d := &due[i]
		if n := taken[d.Rule]; all > 100 && n*5 > all && d.Taken() {
			d.Blocker = Guard
			d.Why = Text{fmt.Sprintf("deze regel zou %d van de %d rijen wissen: bevestig dat eerst", n, all),
				fmt.Sprintf("this rule would erase %d of the %d rows: confirm that first", n, all)}
		}
	}
	return nil
}

// guardBelow blocks the rows that hang on a table that the guard holds back.
func guardBelow(due []Due) {
	why := map[string]Text{}
	for _, d := range due {
		if d.Blocker == Guard {
			why[d.Table] = d.Why
		}
	}
	for i := range due {
		d := &due[i]
		if reason, guarded := why[d.rule.With]; guarded && d.Taken() {
			d.Blocker, d.Why = Guard, reason
		}
	}
}

// along adds the rows that go with a person whose account goes, before the
// account itself; an account of which a row is held waits.
func (e *Engine) along(ctx context.Context, r *Registry, due []Due, at time.Time, holds heldRows) ([]Due, error) {
	if !slices.ContainsFunc(due, func(d Due) bool { return d.rec.Person && d.Action == Deletes && d.Taken() }) {
		return due, nil
	}
	taken := map[string]bool{}
	for _, d := range due {
		if d.Taken() && !(d.rec.Person && d.Action == Deletes) {
			taken[d.Table+"\x00"+d.Row+"\x00"+string(d.Action)] = true
			if d.Action == Deletes {
				taken[d.Table+"\x00"+d.Row+"\x00"+string(Anonymises)] = true
			}
		}
	}
	var whole []Due
	for _, d := range due {
		if !d.rec.Person || d.Action != Deletes || !d.Taken() {
			whole = append(whole, d)
			continue
		}
		parts, err := e.plan(ctx, e.DB, r, Subject{AccountID: d.Row}, false, nil, at, holds)
		if err != nil {
			return nil, err
		}
		held := slices.IndexFunc(parts, func(part Due) bool { return part.Blocker == Held })
		if held >= 0 {
			d.Blocker, d.Why, d.Until = Partly, parts[held].Why, parts[held].Until
			whole = append(whole, d)
			continue
		}
		for _, part := range parts {
			key := part.Table + "\x00" + part.Row + "\x00" + string(part.Action)
			if part.Table == d.Table && part.Row == d.Row || taken[key] || part.Action == Refuses {
				continue
			}
			taken[key] = true
			part.Rule, part.Sentence, part.Trigger, part.Day, part.At, part.Late, part.Cause, part.Person = d.Rule, d.Sentence, d.Trigger, d.Day, d.At, d.Late, d.Cause, d.Row
			whole = append(whole, part)
		}
		whole = append(whole, d)
	}
	return whole, nil
}

// Explain says of rows of a table what each rule means for them at a moment:
// when they go and what blocks that. It is what a card on a page of staff shows.
func (e *Engine) Explain(ctx context.Context, at time.Time, table string, rows ...string) ([]Due, error) {
	r, _, err := e.inForce(ctx, at)
	if err != nil {
		return nil, err
	}
	p, rec, ok := r.Record(table)
	if !ok || len(rows) == 0 {
		return nil, nil
	}
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return nil, err
	}
	args := map[string]any{}
	var names []string
	for i, row := range rows {
		name := fmt.Sprintf("row%d", i)
		args[name] = row
		names = append(names, ":"+name)
	}
	return e.explain(ctx, p, rec, "t."+rec.key()+" IN ("+strings.Join(names, ", ")+")", args, at, holds)
}

func (e *Engine) explain(ctx context.Context, p *Purpose, rec *Record, where string, args map[string]any, at time.Time, holds heldRows) ([]Due, error) {
	var due []Due
	for _, k := range ptrs(rec.Keep) {
		found, err := e.rows(ctx, e.DB, p, rec, k, where, args, at, holds)
		if err != nil {
			return nil, err
		}
		due = append(due, found...)
	}
	return due, nil
}

// Line is the row in words, for the command line.
func (d Due) Line(lang string) string {
	moment := func(t *time.Time) string {
		if t == nil {
			return "-"
		}
		return t.Format("2006-01-02 15:04")
	}
	blocker := "-"
	if d.Blocker != "" {
		blocker = string(d.Blocker) + " (" + d.Why.In(lang) + ")"
	}
	return strings.Join([]string{d.Purpose, d.Table, d.Row, string(d.Action), moment(d.Trigger), moment(d.At), blocker, d.Sentence.In(lang)}, "\t")
}

// DueCSV writes the rows for a spreadsheet, in lang.
func DueCSV(to io.Writer, due []Due, lang string) error {
	rows := [][]string{{"purpose", "table", "row", "rule", "sentence", "trigger", "due", "late", "action", "blocker", "why"}}
	moment := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	for _, d := range due {
		rows = append(rows, []string{d.Purpose, d.Table, d.Row, d.Rule, d.Sentence.In(lang), moment(d.Trigger), moment(d.At), strconv.Itoa(d.Late), string(d.Action), string(d.Blocker), d.Why.In(lang)})
	}
	return writeCSV(to, rows)
}

// Night is what one coming run takes.
type Night struct {
	At  time.Time
	Due []Due
}

// Preview is the coming runs until a moment, with what each would take if
// nothing changes. Rows that are due and blocked stand under the first.
func (e *Engine) Preview(ctx context.Context, until time.Time) ([]Night, error) {
	due, err := e.Due(ctx, e.LastRun(until), true)
	if err != nil {
		return nil, err
	}
	first := e.NextRun(e.Now())
	var nights []Night
	for at := first; !at.After(until); at = e.NextRun(at) {
		nights = append(nights, Night{At: at})
	}
	for _, d := range due {
		i := 0
		for d.At != nil && i+1 < len(nights) && nights[i].At.Before(*d.At) {
			i++
		}
		if i < len(nights) {
			nights[i].Due = append(nights[i].Due, d)
		}
	}
	return nights, nil
}
