package privacy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"loket/db"
)

// Undeclared compares the migrated database, and the names found in the data
// folder, with the declarations, and says in one sentence each what does not
// agree. An empty answer means that nothing personal is kept without a
// purpose, a basis and an end. The test that calls it is what keeps the statement true.
func (r *Registry) Undeclared(ctx context.Context, d *db.DB, folder ...string) ([]string, error) {
	columns, err := d.Columns(ctx)
	if err != nil {
		return nil, err
	}
	c := coverage{has: map[string]map[string]db.TableColumn{}, owner: map[string]string{}}
	for _, col := range columns {
		if strings.HasPrefix(col.Table, "search_") { // derived: goes with the rows that it was made from
			continue
		}
		if c.has[col.Table] == nil {
			c.has[col.Table] = map[string]db.TableColumn{}
			c.tables = append(c.tables, col.Table)
		}
		c.has[col.Table][col.Column] = col
	}
	for i := range r.Purposes {
		c.purpose(&r.Purposes[i])
	}
	for _, free := range r.Impersonal {
		c.impersonal(free)
	}
	for _, table := range c.tables {
		if c.owner[table] == "" {
			c.say("table %s: in no purpose and not declared as without personal data", table)
		}
	}
	if err := c.stores(ctx, d, r, folder); err != nil {
		return nil, err
	}
	slices.Sort(c.problems)
	return c.problems, nil
}

type coverage struct {
	has      map[string]map[string]db.TableColumn
	tables   []string
	owner    map[string]string
	problems []string
}

func (c *coverage) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *coverage) own(table, owner string) {
	if before := c.owner[table]; before != "" {
		c.say("table %s: has two owners, %s and %s", table, before, owner)
	}
	c.owner[table] = owner
}

func (c *coverage) purpose(p *Purpose) {
	if p.Title.NL == "" || p.Title.EN == "" || p.Why.NL == "" || p.Why.EN == "" {
		c.say("purpose %s: its title or its reason is missing in a language", p.Key)
	}
	if len(p.Basis) == 0 {
		c.say("purpose %s: has no lawful basis", p.Key)
	}
	for _, b := range p.Basis {
		if b.Article == "6(1)(f)" && (b.Interest.NL == "" || b.Interest.EN == "") {
			c.say("purpose %s: says legitimate interest but not which", p.Key)
		}
	}
	if len(p.Records) == 0 && p.Nothing.IsZero() {
		c.say("purpose %s: keeps no record and does not say that it keeps nothing", p.Key)
	}
	for i := range p.Records {
		c.record(p, &p.Records[i])
	}
}

func (c *coverage) record(p *Purpose, rec *Record) {
	c.own(rec.Table, "purpose "+p.Key)
	has, there := c.has[rec.Table]
	if !there {
		c.say("table %s: declared by purpose %s but not in the database", rec.Table, p.Key)
		return
	}
	declared := map[string]bool{}
	for _, col := range rec.Columns {
		if declared[col.Name] {
			c.say("%s.%s: column declared twice", rec.Table, col.Name)
		}
		declared[col.Name] = true
		if _, ok := has[col.Name]; !ok {
			c.say("%s.%s: column declared but not in the database", rec.Table, col.Name)
		} else if strings.EqualFold(col.Blank, "NULL") && has[col.Name].Required {
			c.say("%s.%s: anonymising would put NULL where the database refuses it", rec.Table, col.Name)
		}
		if (col.Category.NL == "") != (col.Category.EN == "") {
			c.say("%s.%s: its category is missing in a language", rec.Table, col.Name)
		}
	}
	for _, name := range sortedKeys(has) {
		if !declared[name] {
			c.say("%s.%s: column not declared in purpose %s", rec.Table, name, p.Key)
		}
	}
	if !declared[rec.key()] {
		c.say("table %s: its key column %s is not declared", rec.Table, rec.key())
	}
	if len(rec.Keep) == 0 && rec.Follows == "" {
		c.say("table %s: purpose %s gives it no term", rec.Table, p.Key)
	}
	if rec.Follows != "" && c.has[rec.Follows] == nil {
		c.say("table %s: follows %s, which is not in the database", rec.Table, rec.Follows)
	}
	if rec.Of != "" && len(rec.OnErase) == 0 && rec.Follows == "" {
		c.say("table %s: purpose %s does not say what happens when its person asks for erasure", rec.Table, p.Key)
	}
	for _, a := range rec.OnErase {
		c.action(p, rec, a)
		if a.Do == Refuses && (a.Why.NL == "" || a.Why.EN == "") {
			c.say("table %s: refuses erasure without a reason in both languages", rec.Table)
		}
		if a.Choice != "" && !slices.ContainsFunc(p.Choices, func(ch Choice) bool { return ch.Key == a.Choice }) {
			c.say("table %s: depends on a choice %s that purpose %s does not offer", rec.Table, a.Choice, p.Key)
		}
	}
	for i := range rec.Keep {
		c.rule(p, rec, &rec.Keep[i])
	}
}

func (c *coverage) action(p *Purpose, rec *Record, a Action) {
	if a.Do == Anonymises && len(rec.blanks(a)) == 0 {
		c.say("table %s: is anonymised by purpose %s but no column has a Blank", rec.Table, p.Key)
	}
	for _, name := range a.Only {
		if col, ok := rec.column(name); !ok || col.Blank == "" {
			c.say("%s.%s: is to be blanked but has no Blank", rec.Table, name)
		}
	}
}

func (c *coverage) rule(p *Purpose, rec *Record, k *Retention) {
	name := ruleKey(p, rec, k)
	if k.Then.Do != Deletes && k.Then.Do != Anonymises {
		c.say("rule %s: does not end in erasing or anonymising", name)
	}
	c.action(p, rec, k.Then)
	if k.With != "" && c.has[k.With] == nil {
		c.say("rule %s: hangs on %s, which is not in the database", name, k.With)
	}
	if k.After.SQL == "" && k.While.IsZero() {
		c.say("rule %s: has no trigger", name)
	}
	if k.After.SQL != "" && (k.After.Text.NL == "" || k.After.Text.EN == "") {
		c.say("rule %s: its trigger is missing in words in a language", name)
	}
	bounded := c.certain(rec, k.After) || !k.While.IsZero() || k.Cap != nil && c.certain(rec, k.Cap.After)
	if !bounded {
		c.say("rule %s: its trigger may stay empty for ever and no cap on a column that is always filled ends it", name)
	}
}

var plainColumn = regexp.MustCompile(`^(?:t\.)?([a-z_0-9]+)$`)

// certain reports whether a trigger is a column that is never NULL.
func (c *coverage) certain(rec *Record, t Trigger) bool {
	m := plainColumn.FindStringSubmatch(strings.TrimSpace(t.SQL))
	return m != nil && c.has[rec.Table][m[1]].Required
}

// Column names that usually mean a person. The list is only for tables that
// are said to hold nothing personal; in the others every column is declared.
var suspects = []string{"email", "mail", "name", "phone", "address", "ip", "network", "device", "account", "account_id", "user", "user_id",
	"person", "by", "birth", "token", "author", "contact", "signature", "text", "body", "note", "letter", "linkedin"}

func (c *coverage) impersonal(free Impersonal) {
	c.own(free.Table, "the list of tables without personal data")
	if free.Reason == "" {
		c.say("table %s: said to hold no personal data, without a reason", free.Table)
	}
	has, there := c.has[free.Table]
	if !there {
		c.say("table %s: declared as without personal data but not in the database", free.Table)
	}
	for _, name := range sortedKeys(has) {
		looks := slices.ContainsFunc(suspects, func(s string) bool { return name == s || strings.HasSuffix(name, "_"+s) })
		if looks && !slices.Contains(free.Columns, name) {
			c.say("%s.%s: looks personal in a table declared as without personal data", free.Table, name)
		}
	}
	for _, name := range free.Columns {
		if _, ok := has[name]; there && !ok {
			c.say("%s.%s: excepted but not in the database", free.Table, name)
		}
	}
}

// stores looks at what is not a table: the names in the data folder, and the
// owners of files.
func (c *coverage) stores(ctx context.Context, d *db.DB, r *Registry, folder []string) error {
	held := map[string]bool{}
	for _, s := range r.Stores {
		for _, name := range s.Holds() {
			if held[name] {
				c.say("store %s: has two owners", name)
			}
			held[name] = true
		}
	}
	for _, name := range folder {
		if !held[name] {
			c.say("store %s: in the data folder but declared by no store", name)
		}
	}
	if c.has["file"] == nil {
		return nil
	}
	owners, err := db.All[string](ctx, d, `SELECT DISTINCT owner FROM file`)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, owner := range owners {
		table, _, _ := strings.Cut(owner, ":")
		if _, rec, ok := r.Record(table); (!ok || !rec.Files) && !held[table] && !said[table] {
			said[table] = true
			c.say("files of %s: no record with Files and no store answers for them", table)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
