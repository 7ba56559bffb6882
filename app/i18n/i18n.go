// Package i18n holds the texts of the site in every language it speaks, and
// how each language writes dates, times and numbers.
package i18n

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Codes are the languages of the site. The first is the default.
var Codes = []string{"nl", "en"}

// Folder is a folder of the source that has texts: nl.json and en.json in
// Files, with keys that start with "NAME.".
type Folder struct {
	Name  string
	Files fs.FS
}

// Catalog is every text in every language.
type Catalog struct {
	langs   map[string]*Language
	matcher language.Matcher
}

// Language is the texts of one language.
type Language struct {
	Code  string
	texts map[string]message
}

// message is a text, and whether it takes arguments: known once, asked often.
type message struct {
	text, plain string // plain has its %% made %
	takes       bool
}

// Load reads the texts of the folders. A key of another folder, a text that one
// language lacks, or verbs that differ between languages are errors.
func Load(folders ...Folder) (*Catalog, error) {
	c := &Catalog{langs: map[string]*Language{}}
	var tags []language.Tag
	for _, code := range Codes {
		c.langs[code] = &Language{code, map[string]message{}}
		tags = append(tags, language.MustParse(code))
	}
	c.matcher = language.NewMatcher(tags)
	for _, folder := range folders {
		for _, code := range Codes {
			if err := c.langs[code].read(folder, code+".json"); err != nil {
				return nil, err
			}
		}
	}
	return c, c.complete()
}

func (l *Language) read(folder Folder, file string) error {
	raw, err := fs.ReadFile(folder.Files, file)
	if err != nil {
		return fmt.Errorf("texts of %s: %w", folder.Name, err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		return fmt.Errorf("%s/%s: %w", folder.Name, file, err)
	}
	for key, text := range texts {
		if !strings.HasPrefix(key, folder.Name+".") {
			return fmt.Errorf("%s/%s: key %q belongs elsewhere", folder.Name, file, key)
		}
		l.texts[key] = message{text, strings.ReplaceAll(text, "%%", "%"), verbs(text) != ""}
	}
	return nil
}

func (c *Catalog) complete() error {
	first := c.langs[Codes[0]]
	for _, code := range Codes[1:] {
		other := c.langs[code]
		for key, m := range first.texts {
			translated, ok := other.texts[key]
			if !ok {
				return fmt.Errorf("text %q is missing in %s", key, code)
			}
			if verbs(m.text) != verbs(translated.text) {
				return fmt.Errorf("text %q takes other arguments in %s", key, code)
			}
		}
		for key := range other.texts {
			if _, ok := first.texts[key]; !ok {
				return fmt.Errorf("text %q is missing in %s", key, Codes[0])
			}
		}
	}
	return nil
}

// verbs lists the kinds of argument that a text takes, in any order.
func verbs(text string) string {
	var found []string
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		j := i + 1
		for j < len(text) && strings.ContainsRune("[]0123456789.+-", rune(text[j])) {
			j++
		}
		if j < len(text) && text[j] != '%' {
			found = append(found, text[j:j+1])
		}
		i = j
	}
	sort.Strings(found)
	return strings.Join(found, "")
}

// Keys lists every key, sorted.
func (c *Catalog) Keys() []string {
	var keys []string
	for key := range c.langs[Codes[0]].texts {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Known reports whether code is one of Codes.
func Known(code string) bool {
	for _, known := range Codes {
		if code == known {
			return true
		}
	}
	return false
}

// Match picks the language for an Accept-Language header.
func (c *Catalog) Match(accept string) string {
	if len(accept) > 200 { // no browser sends more; the parser would take its time
		return Codes[0]
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return Codes[0]
	}
	_, i, confidence := c.matcher.Match(tags...)
	if confidence == language.No {
		return Codes[0]
	}
	return Codes[i]
}

// Locale is how one reader is spoken to: language, time zone, and the present,
// by which a date leaves out this year.
type Locale struct {
	*Language
	Zone *time.Location
	Now  time.Time
}

type contextKey struct{}

// With returns a context in which texts come out for the language with that
// code and times in zone.
func (c *Catalog) With(ctx context.Context, code string, zone *time.Location, now time.Time) context.Context {
	lang, ok := c.langs[code]
	if !ok {
		lang = c.langs[Codes[0]]
	}
	return context.WithValue(ctx, contextKey{}, &Locale{lang, zone, now})
}

// Of returns the locale of ctx. A context without one is a mistake in the
// program: every request and every mail sets it.
func Of(ctx context.Context) *Locale { return ctx.Value(contextKey{}).(*Locale) }

// Lang is the code of the language of ctx.
func Lang(ctx context.Context) string { return Of(ctx).Code }

// T returns the text for key, its verbs filled in with args. A missing text
// shows as its key in brackets, which no test lets pass.
func T(ctx context.Context, key string, args ...any) string { return Of(ctx).T(key, args...) }

// N returns the text for n things: key.one or key.other. The first verb of the
// text is the number.
func N(ctx context.Context, key string, n int, args ...any) string {
	form := key + ".other"
	if n == 1 {
		form = key + ".one"
	}
	return Of(ctx).T(form, append([]any{n}, args...)...)
}

// Has reports whether there is a text for key.
func Has(ctx context.Context, key string) bool {
	_, ok := Of(ctx).texts[key]
	return ok
}

// Or returns the text for the first of the keys that has one.
func Or(ctx context.Context, keys []string, args ...any) string {
	for _, key := range keys {
		if Has(ctx, key) {
			return T(ctx, key, args...)
		}
	}
	return T(ctx, keys[len(keys)-1], args...)
}

// T returns the text for key in l.
func (l *Language) T(key string, args ...any) string {
	m, ok := l.texts[key]
	switch {
	case !ok:
		return "⟦" + key + "⟧"
	case len(args) == 0 || !m.takes:
		return m.plain
	}
	return fmt.Sprintf(m.text, args...)
}
