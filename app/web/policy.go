package web

import (
	"slices"
	"strings"
)

// Policy is what an answer allows the browser beyond the base: hosts by
// directive of the Content-Security-Policy. Its zero value allows nothing more.
type Policy struct{ more map[string][]string }

// The base: nothing but this site's own files, no inline script or style, no frames.
var basePolicy = []struct{ directive, sources string }{
	{"default-src", "'none'"}, {"script-src", "'self'"}, {"style-src", "'self'"}, {"font-src", "'self'"},
	{"img-src", "'self'"}, {"connect-src", "'self'"}, {"form-action", "'self'"},
	{"object-src", "'none'"}, {"base-uri", "'none'"}, {"frame-ancestors", "'none'"},
}

// Allow adds sources to a directive for this answer only.
func (p *Policy) Allow(directive string, sources ...string) {
	if p.more == nil {
		p.more = map[string][]string{}
	}
	p.more[directive] = append(p.more[directive], sources...)
}

var basePolicyText = Policy{}.text()

// String is the header's value.
func (p Policy) String() string {
	if len(p.more) == 0 {
		return basePolicyText
	}
	return p.text()
}

func (p Policy) text() string {
	var b strings.Builder
	done := map[string]bool{}
	for _, base := range basePolicy {
		sources := base.sources
		if more := p.more[base.directive]; len(more) > 0 {
			sources = strings.Join(append([]string{strings.TrimPrefix(sources, "'none'")}, more...), " ")
		}
		done[base.directive] = true
		b.WriteString(base.directive + " " + strings.TrimSpace(sources) + "; ")
	}
	var rest []string
	for directive := range p.more {
		if !done[directive] {
			rest = append(rest, directive)
		}
	}
	slices.Sort(rest)
	for _, directive := range rest {
		b.WriteString(directive + " " + strings.Join(p.more[directive], " ") + "; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}
