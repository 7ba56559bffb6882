package privacy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Manifest lists what an export holds: every purpose and every store, also
// the empty ones, so that a missing one cannot be mistaken for an empty one.
type Manifest struct {
	MadeAt    time.Time         `json:"made_at"`
	Statement int64             `json:"statement"`
	Purposes  []ManifestPurpose `json:"purposes"`
	Stores    []ManifestStore   `json:"stores"`
	Files     []ManifestFile    `json:"files"`
}

// ManifestPurpose counts the rows of one purpose by table.
type ManifestPurpose struct {
	Key      string         `json:"key"`
	Title    string         `json:"title"`
	Rows     int            `json:"rows"`
	Tables   map[string]int `json:"tables"`
	Withheld int            `json:"withheld"` // rows that a colleague looks at first
}

// ManifestStore counts what one store holds.
type ManifestStore struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// ExportOptions are how an export is made.
type ExportOptions struct {
	Lang string
	// Released includes the rows that a colleague has to look at first, because one did.
	Released bool
	// Purpose is the only one that goes in; empty: all, and the stores.
	Purpose string
}

// exported is one purpose in data.json.
type exported struct {
	Key    string          `json:"key"`
	Title  string          `json:"title"`
	Why    string          `json:"why"`
	Tables []exportedTable `json:"tables"`
}

type exportedTable struct {
	Table    string            `json:"table"`
	Label    string            `json:"label"`
	Columns  map[string]string `json:"columns"` // category of each personal column
	Rows     []exportedRow     `json:"rows"`
	Withheld int               `json:"withheld,omitempty"`
	order    []string
}

type exportedRow struct {
	KeptUntil string         `json:"kept_until,omitempty"`
	Own       bool           `json:"own"` // false: of somebody else, visible to the person
	Values    map[string]any `json:"values"`
	key       string
}

// Export writes the zip with all that is held of a person (GDPR art. 15 and
// 20): a readable page, data.json, portable.json with what he gave on consent or contract, his files, the
// statement, and a manifest with the sum of each file. Passwords and tokens are never in it; other people's data is replaced by their
// role. who.Email counts as proven. It is made while it is read and stored nowhere.
func (e *Engine) Export(ctx context.Context, who Subject, to io.Writer, o ExportOptions) (m Manifest, err error) {
	if o.Lang != "en" {
		o.Lang = "nl"
	}
	r, version, err := e.Published(ctx)
	if err != nil {
		return m, err
	}
	if who, err = e.complete(ctx, e.DB, who); err != nil {
		return m, err
	}
	if who == (Subject{}) {
		return m, fmt.Errorf("export of nobody: %w", fault.BadInput)
	}
	holds, err := e.holds(ctx, e.DB, r)
	if err != nil {
		return m, err
	}
	stores := e.Registry.Stores
	if o.Purpose != "" {
		p, ok := r.Purpose(o.Purpose)
		if !ok {
			return m, fault.NotFound
		}
		r, stores = &Registry{Purposes: []Purpose{*p}}, nil
	}
	zip := newArchive(to, e.Now().In(e.Zone))
	x := &exporter{Engine: e, who: who, lang: o.Lang, released: o.Released, zip: zip, holds: holds}
	m = Manifest{MadeAt: e.Now(), Statement: version.Number, Purposes: []ManifestPurpose{}, Stores: []ManifestStore{}}
	var data []exported
	for _, p := range ptrs(r.Purposes) {
		one, counts, err := x.purpose(ctx, p)
		if err != nil {
			return m, err
		}
		data = append(data, one)
		m.Purposes = append(m.Purposes, counts)
	}
	for _, s := range stores {
		n, err := s.Export(ctx, who, zip)
		if err != nil {
			return m, fmt.Errorf("%s: %w", s.Name().EN, err)
		}
		m.Stores = append(m.Stores, ManifestStore{s.Name().In(o.Lang), n})
	}
	if err := writeJSON(zip, "data.json", data); err != nil {
		return m, err
	}
	if err := writeJSON(zip, "portable.json", x.portable(r, data)); err != nil {
		return m, err
	}
	if err := x.pages(ctx, data, m); err != nil {
		return m, err
	}
	zip.finish()
	m.Files = zip.files
	if err := writeJSON(zip, "manifest.json", m); err != nil {
		return m, err
	}
	return m, zip.close()
}

// Withheld counts the rows that an export of a person, or of one purpose of
// his, leaves out because a colleague has to look at them first.
func (e *Engine) Withheld(ctx context.Context, who Subject, purpose string) (n int, err error) {
	if who, err = e.complete(ctx, e.DB, who); err != nil {
		return 0, err
	}
	err = e.Registry.each(func(p *Purpose, rec *Record) error {
		if rec.Review == "" || rec.Of == "" || purpose != "" && p.Key != purpose {
			return nil
		}
		where := "(" + rec.Of + ")"
		if rec.Reads != "" {
			where += " OR (" + rec.Reads + ")"
		}
		held, err := all[int](ctx, e.DB, "SELECT count(*) FROM "+rec.Table+" t WHERE ("+where+") AND ("+rec.Review+")", who.args(nil))
		if err == nil {
			n += held[0]
		}
		return err
	})
	return n, err
}

func writeJSON(zip *Archive, name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return zip.Write(name, append(text, '\n'))
}

type exporter struct {
	*Engine
	who      Subject
	lang     string
	released bool
	zip      *Archive
	holds    heldRows
	files    map[string]bool
}

func (x *exporter) purpose(ctx context.Context, p *Purpose) (exported, ManifestPurpose, error) {
	out := exported{Key: p.Key, Title: p.Title.In(x.lang), Why: p.Why.In(x.lang), Tables: []exportedTable{}}
	counts := ManifestPurpose{Key: p.Key, Title: out.Title, Tables: map[string]int{}}
	for _, rec := range ptrs(p.Records) {
		if rec.Of == "" {
			continue
		}
		t, err := x.table(ctx, p, rec)
		if err != nil {
			return out, counts, fmt.Errorf("%s.%s: %w", p.Key, rec.Table, err)
		}
		out.Tables = append(out.Tables, t)
		counts.Tables[rec.Table] = len(t.Rows)
		counts.Rows += len(t.Rows)
		counts.Withheld += t.Withheld
	}
	return out, counts, nil
}

func (x *exporter) table(ctx context.Context, p *Purpose, rec *Record) (exportedTable, error) {
	t := exportedTable{Table: rec.Table, Label: rec.Label.In(x.lang), Columns: map[string]string{}, Rows: []exportedRow{}}
	cols := []string{"CAST(t." + rec.key() + " AS TEXT) AS privacy_row"}
	for _, c := range rec.Columns {
		if c.Secret {
			continue
		}
		cols = append(cols, "t."+c.Name)
		t.order = append(t.order, c.Name)
		if category := c.Category.In(x.lang); category != "" {
			t.Columns[c.Name] = category
		}
	}
	until, err := x.keptUntil(ctx, p, rec, rec.Of, x.who, x.holds, x.lang)
	if err != nil {
		return t, err
	}
	seen := map[string]bool{}
	for _, reach := range []struct {
		where string
		own   bool
	}{{rec.Of, true}, {rec.Reads, false}} {
		if reach.where == "" {
			continue
		}
		where := reach.where
		if rec.Review != "" && !x.released {
			held, err := all[int](ctx, x.DB, "SELECT count(*) FROM "+rec.Table+" t WHERE ("+where+") AND ("+rec.Review+")", x.who.args(nil))
			if err != nil {
				return t, err
			}
			t.Withheld += held[0]
			where = "(" + where + ") AND NOT (" + rec.Review + ")"
		}
		query, args, err := bind("SELECT "+strings.Join(cols, ", ")+" FROM "+rec.Table+" t WHERE "+where+" ORDER BY t."+rec.key(), x.who.args(nil))
		if err != nil {
			return t, err
		}
		rows, err := db.Rows(ctx, x.DB, query, args...)
		if err != nil {
			return t, err
		}
		for _, row := range rows {
			key := text(row["privacy_row"])
			if seen[key] {
				continue
			}
			seen[key] = true
			out := exportedRow{KeptUntil: until[key], Own: reach.own, Values: map[string]any{}, key: key}
			for _, c := range rec.Columns {
				if !c.Secret {
					out.Values[c.Name] = x.value(rec, c, row[c.Name], reach.own)
				}
			}
			t.Rows = append(t.Rows, out)
			if err := x.filesOf(ctx, rec, key, row); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

var anyAddress = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)

// value is what the person gets to see of one value: another person's is
// replaced by a role, other people's addresses in free text are masked.
func (x *exporter) value(rec *Record, c Column, v any, own bool) any {
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	s, isText := v.(string)
	if !isText || s == "" {
		return v
	}
	mine := s == x.who.AccountID || x.who.Email != "" && strings.EqualFold(s, x.who.Email)
	if !c.Other.IsZero() && !mine {
		return "(" + c.Other.In(x.lang) + ")"
	}
	if !c.Other.IsZero() && mine {
		return Text{"(jij)", "(you)"}.In(x.lang)
	}
	if !own && !c.Category.IsZero() && !c.Free {
		return Text{"(van iemand anders)", "(somebody else's)"}.In(x.lang)
	}
	if c.Free {
		return anyAddress.ReplaceAllStringFunc(s, func(address string) string {
			if strings.EqualFold(address, x.who.Email) {
				return address
			}
			return Text{"[e-mailadres van iemand anders]", "[somebody else's e-mail address]"}.In(x.lang)
		})
	}
	return v
}

// filesOf puts the files of a row under files/.
func (x *exporter) filesOf(ctx context.Context, rec *Record, key string, row db.Row) error {
	if x.Hooks.Open == nil {
		return nil
	}
	if x.files == nil {
		x.files = map[string]bool{}
	}
	type file struct{ ID, Name string }
	var files []file
	if rec.Files {
		owned, err := db.All[file](ctx, x.DB, `SELECT id, name FROM file WHERE owner = ? ORDER BY created_at, id`, rec.Table+":"+key)
		if err != nil {
			return err
		}
		files = owned
	}
	for _, c := range rec.Columns {
		if id := text(row[c.Name]); c.File && id != "" {
			held, err := db.All[file](ctx, x.DB, `SELECT id, name FROM file WHERE id = ?`, id)
			if err != nil {
				return err
			}
			files = append(files, held...)
		}
	}
	for _, f := range files {
		if x.files[f.ID] {
			continue
		}
		x.files[f.ID] = true
		if err := x.file(ctx, f.ID, f.Name); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) file(ctx context.Context, id, name string) error {
	in, err := x.Hooks.Open(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("file %s: %w", id, err)
	}
	defer in.Close()
	out, err := x.zip.Create("files/" + id + "-" + strings.ReplaceAll(name, "/", "_"))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}

// portable is what the person gave himself, of the purposes that rest on
// consent or contract (art. 20(1)).
func (x *exporter) portable(r *Registry, data []exported) map[string]map[string][]map[string]any {
	out := map[string]map[string][]map[string]any{}
	for i := range r.Purposes {
		p := &r.Purposes[i]
		counts := false
		for _, b := range p.Basis {
			counts = counts || b.Article == "6(1)(a)" || b.Article == "6(1)(b)"
		}
		if !counts {
			continue
		}
		out[p.Key] = map[string][]map[string]any{}
		for _, t := range data[i].Tables {
			_, rec, _ := r.Record(t.Table)
			for _, row := range t.Rows {
				given := map[string]any{}
				for _, c := range rec.Columns {
					if c.Given && row.Own {
						given[c.Name] = row.Values[c.Name]
					}
				}
				if len(given) > 0 {
					out[p.Key][t.Table] = append(out[p.Key][t.Table], given)
				}
			}
		}
	}
	return out
}

// pages writes the readable page and the statement.
func (x *exporter) pages(ctx context.Context, data []exported, m Manifest) error {
	var b bytes.Buffer
	view := exportView{Lang: x.lang, MadeAt: x.Now().In(x.Zone).Format("2006-01-02 15:04"), Data: data, Stores: m.Stores,
		Title: Text{"Jouw gegevens", "Your data"}.In(x.lang), Nothing: Text{"Wij bewaren hiervoor niets van je.", "We hold nothing of you for this."}.In(x.lang),
		Until: Text{"Bewaard tot", "Kept until"}.In(x.lang), Made: Text{"Gemaakt op", "Made on"}.In(x.lang), Others: Text{"Andere bewaarplaatsen", "Other places"}.In(x.lang),
		Withheld:  Text{"Een collega kijkt hier eerst naar, omdat er gegevens van anderen in kunnen staan. Aantal:", "A colleague looks at this first, because it may hold other people's data. Number:"}.In(x.lang),
		Statement: Text{"De privacyverklaring", "The privacy statement"}.In(x.lang)}
	if err := exportPage.Execute(&b, view); err != nil {
		return err
	}
	if err := x.zip.Write("index.html", b.Bytes()); err != nil {
		return err
	}
	doc, err := x.Statement(ctx, x.lang)
	if err != nil {
		return err
	}
	html, err := doc.HTML()
	if err != nil {
		return err
	}
	return x.zip.Write("statement.html", html)
}

type exportView struct {
	Lang, Title, MadeAt, Nothing, Until, Made, Others, Withheld, Statement string
	Data                                                                   []exported
	Stores                                                                 []ManifestStore
}

// Order are the columns of a table as they were declared.
func (t exportedTable) Order() []string { return t.order }

// Head is a column's category, or its name.
func (t exportedTable) Head(column string) string {
	if c := t.Columns[column]; c != "" {
		return c
	}
	return column
}

// Value is a value as text.
func (r exportedRow) Value(column string) string { return text(r.Values[column]) }

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

const pageStyle = `body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem}dl{display:grid;grid-template-columns:minmax(10rem,1fr) 3fr;gap:.25rem 1rem;border-top:1px solid #bbb;padding-top:.5rem}
dt{color:#555}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}`

var exportPage = template.Must(template.New("export").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title><style>` + pageStyle + `</style></head><body>
<h1>{{.Title}}</h1><p>{{.Made}} {{.MadeAt}}. <a href="statement.html">{{.Statement}}</a></p>
{{range $p := .Data}}<section id="{{.Key}}"><h2>{{.Title}}</h2><p>{{.Why}}</p>
{{$any := false}}{{range $t := .Tables}}{{if .Withheld}}{{$any = true}}<p>{{$.Withheld}} {{.Withheld}}</p>{{end}}{{if .Rows}}{{$any = true}}<h3>{{or .Label .Table}} ({{len .Rows}})</h3>
{{range $r := .Rows}}<dl>{{range $c := $t.Order}}{{with $r.Value $c}}<dt>{{$t.Head $c}}</dt><dd>{{.}}</dd>{{end}}{{end}}{{with .KeptUntil}}<dt>{{$.Until}}</dt><dd>{{.}}</dd>{{end}}</dl>
{{end}}{{end}}{{end}}{{if not $any}}<p>{{$.Nothing}}</p>{{end}}</section>
{{end}}{{if .Stores}}<section><h2>{{.Others}}</h2><ul>{{range .Stores}}<li>{{.Name}}: {{.Count}}</li>{{end}}</ul></section>{{end}}
</body></html>
`))

var documentPage = template.Must(template.New("statement").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title><style>` + pageStyle + `</style></head><body>
<h1>{{.Title}}</h1>{{if .Number}}<p>{{if eq .Lang "nl"}}Versie {{.Number}}, geldig vanaf {{.EffectiveOn}}{{else}}Version {{.Number}}, in force from {{.EffectiveOn}}{{end}}</p>{{end}}
{{range .Elements}}{{if eq .Kind "heading"}}{{if eq .Level 2}}<h2 id="{{.ID}}">{{.Text}}</h2>{{else}}<h3 id="{{.ID}}">{{.Text}}</h3>{{end}}
{{else if eq .Kind "paragraph"}}<p>{{if .Strong}}<strong>{{.Text}}</strong>{{else}}{{.Text}}{{end}}</p>
{{else if eq .Kind "list"}}<ul>{{range .Items}}<li>{{.}}</li>{{end}}</ul>
{{else if eq .Kind "facts"}}<dl>{{range .Rows}}<dt>{{index . 0}}</dt><dd>{{index . 1}}</dd>{{end}}</dl>
{{else}}<table>{{range $i, $row := .Rows}}<tr>{{range .}}{{if $i}}<td>{{.}}</td>{{else}}<th scope="col">{{.}}</th>{{end}}{{end}}</tr>{{end}}</table>
{{end}}{{end}}</body></html>
`))

// HTML is the document as a page that stands alone.
func (d Document) HTML() ([]byte, error) {
	var b bytes.Buffer
	err := documentPage.Execute(&b, d)
	return b.Bytes(), err
}
