package privacy

// Rule is one rule with what it belongs to, for pages about all of them.
type Rule struct {
	Key     string
	Purpose *Purpose
	Record  *Record
	Keep    *Retention
}

// Rules are all rules in the order of the statement.
func (r *Registry) Rules() (rules []Rule) {
	_ = r.each(func(p *Purpose, rec *Record) error {
		for _, k := range ptrs(rec.Keep) {
			rules = append(rules, Rule{ruleKey(p, rec, k), p, rec, k})
		}
		return nil
	})
	return rules
}

// DiffLines compares two texts line by line.
func DiffLines(before, after []string) []DiffLine { return diff(before, after) }
