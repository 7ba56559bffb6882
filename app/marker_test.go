package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/apptest"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/db"
	"loket/portals"
)

// The person of the marker test. Nothing else contains zqzq, not even by chance.
const (
	zqName  = "Zqzqvoor Zqzqachter"
	zqEmail = "zqzqpost@zqzqhuis.example"
	zqPhone = "+31 6 19 73 64 82"
)

// marked is a site on which one person has something in every table that holds
// something of people, each column with a marker of its own. It knows the
// tables from the registry, so a new portal is covered by itself.
type marked struct {
	*apptest.App
	columns map[string][]db.TableColumn
	to      map[string]string // "table.column" → the table it refers to
	given   map[string]bool   // "table.column" that the database fills in by itself
	rows    map[string]string // table → key of the person's row
	making  map[string]bool
	who     account.Account
	markers map[string]string // marker → where it stands
	secret  map[string]bool
	files   []string // contents
	skipped []string // tables in which no row can be made by rule of thumb
}

// TestMarkers fills every personal column and file of one person with a marker
// of its own. The export holds each, secrets excepted. After erasure no byte of
// database, log of the database, mail folder, upload folder, ledger, log or
// fresh backup holds any.
func TestMarkers(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })

	m := mark(t)
	m.mails()
	if left := m.found(); left == 0 {
		t.Fatal("nothing is marked: the search would find nothing by itself")
	}
	t.Logf("%d markers in %d tables, %d files", len(m.markers), len(m.rows), len(m.files))
	for _, table := range m.skipped {
		t.Errorf("table %s: no row of the person could be made by rule of thumb; teach app/marker_test.go", table)
	}
	m.seeded()
	m.indexed()
	m.exported()
	var choices []string
	for _, p := range m.Privacy.Registry.Purposes {
		for _, choice := range p.Choices {
			choices = append(choices, choice.Key)
		}
	}
	_, err := m.Privacy.EraseNow(t.Context(), privacy.Subject{AccountID: m.who.ID}, choices)
	m.Fatal(err)
	m.Advance(time.Hour)
	m.Fatal(m.DB.Checkpoint(t.Context()))
	m.gone(log.Bytes())
}

// nameless are columns about a person that hold no words of or about him.
var nameless = map[string]string{
	"audit.act":           "one of our own words for what was done",
	"consent.subject_ref": "the random number of a visitor without an account",
}

// seeded fails for a personal column in which nothing of the person stands: a
// new column must be marked here too, else nobody would see that it stays.
func (m *marked) seeded() {
	m.T.Helper()
	own := append(m.traces(), []byte(m.who.ID))
	for _, p := range m.Privacy.Registry.Purposes {
		for i := range p.Records {
			rec := &p.Records[i]
			if rec.Of == "" || refuses(rec) || m.rows[rec.Table] == "" {
				continue
			}
			for _, c := range m.columns[rec.Table] {
				for _, column := range rec.Columns {
					personal := !column.Category.IsZero() || column.Free || column.Given || column.Is != ""
					if column.Name != c.Column || c.Type != "TEXT" || !personal || column.File || c.Column == key(rec) || nameless[rec.Table+"."+c.Column] != "" {
						continue
					}
					if other, refers := m.to[rec.Table+"."+c.Column]; refers && other != "account" {
						continue
					}
					value, err := db.Get[string](m.T.Context(), m.DB, "SELECT coalesce("+c.Column+", '') FROM "+rec.Table+" WHERE CAST("+key(rec)+" AS TEXT) = ?", m.rows[rec.Table])
					m.Fatal(err)
					if !slices.ContainsFunc(own, func(trace []byte) bool { return strings.Contains(value, string(trace)) }) {
						m.T.Errorf("%s.%s holds %q: nothing of the person; teach app/marker_test.go", rec.Table, c.Column, value)
					}
				}
			}
		}
	}
}

// indexed makes the search index from the marked rows, as portals do, and fails
// when nothing of the person can be found in it.
func (m *marked) indexed() {
	m.T.Helper()
	m.Fatal(m.Reindex(m.T.Context()))
	n, err := db.Get[int](m.T.Context(), m.DB, `SELECT count(*) FROM search_doc WHERE lower(title || ' ' || body) LIKE '%zqzq%'`)
	m.Fatal(err)
	if n == 0 {
		m.T.Error("nothing of the person is in the search index: that it goes would not be seen")
	}
}

func mark(t *testing.T) *marked {
	t.Helper()
	m := &marked{App: apptest.New(t, portals.All...), columns: map[string][]db.TableColumn{}, to: map[string]string{}, given: map[string]bool{}, rows: map[string]string{}, making: map[string]bool{}, markers: map[string]string{}, secret: map[string]bool{}}
	all, err := m.DB.Columns(t.Context())
	m.Fatal(err)
	for _, c := range all {
		m.columns[c.Table] = append(m.columns[c.Table], c)
	}
	m.schema()
	m.RunJobs()
	company := m.Company("Bouwbedrijf Elders")
	now := m.Now()
	m.Tx(func(tx *db.Tx) (err error) {
		m.who, err = account.Create(t.Context(), tx, account.Account{Name: zqName, Email: zqEmail, Phone: zqPhone, Password: "zqzqaccountpassword", VerifiedAt: &now, CreatedAt: now, CompanyID: &company.ID}, false)
		return err
	})
	m.rows["account"], m.rows["company"] = m.who.ID, company.ID
	for _, marker := range []string{zqName, zqEmail, zqPhone} {
		m.markers[marker] = "account"
	}
	for _, p := range m.Privacy.Registry.Purposes {
		for i := range p.Records {
			if rec := &p.Records[i]; rec.Of != "" && !refuses(rec) {
				m.own(rec)
			}
		}
	}
	return m
}

// schema reads which columns refer to other tables, and which have a default.
func (m *marked) schema() {
	m.T.Helper()
	type reference struct{ Tab, Col, Other string }
	query := `SELECT m.name AS tab, f."from" AS col, f."table" AS other FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	defaults := `SELECT m.name AS tab, c.name AS col, '' AS other FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.dflt_value IS NOT NULL`
	if !m.DB.SQLite() {
		query = `SELECT k.table_name AS tab, k.column_name AS col, u.table_name AS other FROM information_schema.table_constraints c
			JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema
			JOIN information_schema.constraint_column_usage u ON u.constraint_name = c.constraint_name AND u.table_schema = c.table_schema
			WHERE c.constraint_type = 'FOREIGN KEY' AND c.table_schema = current_schema()`
		defaults = `SELECT table_name AS tab, column_name AS col, '' AS other FROM information_schema.columns WHERE table_schema = current_schema() AND column_default IS NOT NULL`
	}
	found, err := db.All[reference](m.T.Context(), m.DB, query)
	m.Fatal(err)
	for _, r := range found {
		m.to[r.Tab+"."+r.Col] = r.Other
	}
	found, err = db.All[reference](m.T.Context(), m.DB, defaults)
	m.Fatal(err)
	for _, r := range found {
		m.given[r.Tab+"."+r.Col] = true
	}
}

// done is what happens to the row of a person who chose all that he may choose.
func done(rec *privacy.Record) privacy.Action {
	for _, a := range rec.OnErase {
		if a.When == "" {
			return a
		}
	}
	return privacy.Delete
}

// refuses reports whether the law keeps the rows, or a hold.
func refuses(rec *privacy.Record) bool { return done(rec).Do == privacy.Refuses || rec.Table == "hold" }

// goes reports whether a value of a column goes with the person; of free text
// that stays, what names him goes.
func goes(rec *privacy.Record, c privacy.Column) bool {
	a := done(rec)
	return a.Do == privacy.Deletes || c.Blank != "" && (len(a.Only) == 0 || slices.Contains(a.Only, c.Name))
}

// reached are the person's rows of a table.
func (m *marked) reached(rec *privacy.Record) ([]string, error) {
	args := strings.NewReplacer(":account", "'"+m.who.ID+"'", ":email", "'"+zqEmail+"'")
	return db.All[string](m.T.Context(), m.DB, "SELECT CAST(t."+key(rec)+" AS TEXT) FROM "+rec.Table+" t WHERE "+args.Replace(rec.Of))
}

// own makes a row of the person in a table, with a marker in each column that
// the declaration calls personal and erases.
func (m *marked) own(rec *privacy.Record) {
	m.T.Helper()
	if m.rows[rec.Table] != "" || m.making[rec.Table] {
		return
	}
	m.making[rec.Table] = true
	if have, err := m.reached(rec); err == nil && len(have) > 0 { // made along with another
		m.rows[rec.Table] = have[0]
		m.overwrite(rec)
		return
	}
	row := m.row(rec.Table, rec)
	err := m.DB.Tx(m.T.Context(), func(tx *db.Tx) error { return m.insert(tx, rec.Table, row) })
	if err == nil {
		var reached []string
		if reached, err = m.reached(rec); err == nil && len(reached) == 0 {
			err = fmt.Errorf("the declaration does not reach the row")
		}
	}
	if err != nil {
		m.skipped = append(m.skipped, rec.Table+" ("+err.Error()+")")
		return
	}
	m.rows[rec.Table] = fmt.Sprint(row[key(rec)])
	for _, c := range rec.Columns {
		marker, ok := row[c.Name].(string)
		if !ok || !strings.Contains(marker, "zqzq") {
			continue
		}
		m.markers[marker] = rec.Table + "." + c.Name
		m.secret[marker] = c.Secret
	}
	if rec.Files {
		m.file(rec.Table, m.rows[rec.Table])
	}
}

// overwrite puts markers in a row that was made along with another.
func (m *marked) overwrite(rec *privacy.Record) {
	m.T.Helper()
	for _, c := range m.columns[rec.Table] {
		for _, column := range rec.Columns {
			if column.Name != c.Column || c.Type != "TEXT" || m.to[rec.Table+"."+c.Column] != "" || c.Column == key(rec) || rec.Table == "account" {
				continue
			}
			marker, ok := m.value(rec.Table, rec, c, column)
			if text, is := marker.(string); ok && is && strings.Contains(text, "zqzq") && !strings.Contains(text, "@") {
				_, err := db.Exec(m.T.Context(), m.DB, "UPDATE "+rec.Table+" SET "+c.Column+" = ? WHERE CAST("+key(rec)+" AS TEXT) = ?", text, m.rows[rec.Table])
				m.Fatal(err)
				m.markers[text], m.secret[text] = rec.Table+"."+c.Column, column.Secret
			}
		}
	}
}

func key(rec *privacy.Record) string {
	if rec.Key != "" {
		return rec.Key
	}
	return "id"
}

// row fills the columns of a table by their types and names.
func (m *marked) row(table string, rec *privacy.Record) map[string]any {
	row := map[string]any{}
	for _, c := range m.columns[table] {
		var column privacy.Column
		for _, declared := range rec.Columns {
			if declared.Name == c.Column {
				column = declared
			}
		}
		if value, ok := m.value(table, rec, c, column); ok {
			row[c.Column] = value
		}
	}
	return row
}

func (m *marked) value(table string, rec *privacy.Record, c db.TableColumn, column privacy.Column) (any, bool) {
	name := c.Column
	marker := "zqzq" + strings.ReplaceAll(table+name, "_", "")
	personal := !column.Category.IsZero() || column.Free || column.Given || column.Secret
	other, refers := m.to[table+"."+name]
	switch {
	case refers:
		return m.reference(table, other, c.Required)
	case strings.Contains(c.Type, "BOOL"), strings.Contains(c.Type, "INT"), strings.Contains(c.Type, "DOUBLE"), strings.Contains(c.Type, "TIMESTAMP"):
		return m.plain(table, c)
	case name == key(rec):
		return rand.Text(), true
	case table == "job" && name == "about":
		return "account:" + m.who.ID, true
	case column.Is == privacy.Email, name == "email", table == "mail" && name == "address", table == "attempt" && name == "who":
		return zqEmail, true
	case column.Is == privacy.Phone, name == "phone":
		return zqPhone, true
	case column.Is == privacy.Name, name == "name" && personal && table != "file":
		return zqName, true
	case name == "account_id":
		return m.who.ID, true
	case slices.Contains([]string{"undone_by", "cast_by"}, name):
		return m.who.ID, true
	case strings.HasSuffix(name, "_id") && !personal:
		return m.who.ID, c.Required
	case strings.HasSuffix(name, "_on"), name == "day", name == "night":
		return "2026-11-23", c.Required
	case name == "lang":
		return "nl", true
	case name == "zone":
		return "Europe/Amsterdam", true
	case column.File:
		return "", c.Required
	case personal && goes(rec, column):
		return marker, true
	case column.Free:
		return "Dit schreef " + zqName + " (" + zqEmail + ").", true
	}
	return "", c.Required && !m.given[table+"."+name]
}

// plain is a value that is no text. What was asked has been answered.
func (m *marked) plain(table string, c db.TableColumn) (any, bool) {
	needed := c.Required && !m.given[table+"."+c.Column]
	switch {
	case strings.Contains(c.Type, "TIMESTAMP"):
		return m.Now(), needed || c.Column == "answered_at"
	case strings.Contains(c.Type, "BOOL"):
		return false, needed
	case strings.Contains(c.Type, "DOUBLE"):
		return 0.0, needed
	}
	return int64(900000 + len(m.making)), needed
}

// reference is the key of the row that a column points to: one of the person
// where the table has such rows.
func (m *marked) reference(table, to string, required bool) (any, bool) {
	if to == "account" {
		return m.who.ID, true
	}
	if to == table {
		return nil, false
	}
	if _, rec, ok := m.Privacy.Registry.Record(to); ok && m.rows[to] == "" {
		if rec.Of != "" {
			m.own(rec)
		} else {
			m.parent(to, rec)
		}
	} else if !ok && m.rows[to] == "" {
		m.parent(to, &privacy.Record{Table: to})
	}
	if m.rows[to] == "" {
		return rand.Text(), required
	}
	return m.rows[to], true
}

// parent makes a row of a table that holds nothing of the person.
func (m *marked) parent(table string, rec *privacy.Record) {
	if m.making[table] {
		return
	}
	m.making[table] = true
	bare := &privacy.Record{Table: table, Key: rec.Key, OnErase: rec.OnErase}
	row := m.row(table, bare)
	if err := m.DB.Tx(m.T.Context(), func(tx *db.Tx) error { return m.insert(tx, table, row) }); err != nil {
		m.skipped = append(m.skipped, table+" ("+err.Error()+")")
		return
	}
	m.rows[table] = fmt.Sprint(row[key(bare)])
}

func (m *marked) insert(tx *db.Tx, table string, row map[string]any) error {
	var names []string
	var values []any
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values = append(values, row[name])
	}
	_, err := db.Exec(m.T.Context(), tx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")", values...)
	return err
}

// file gives a row a file with a marker in its bytes and in its name.
func (m *marked) file(table, row string) {
	content := "zqzqbytes" + strings.ReplaceAll(table, "_", "") + " in a file"
	up, err := m.Files.Take(m.T.Context(), "zqzqfile"+strings.ReplaceAll(table, "_", "")+".txt", strings.NewReader(content))
	m.Fatal(err)
	m.Tx(func(tx *db.Tx) error {
		_, err := m.Files.Save(m.T.Context(), tx, up, table+":"+row, m.who.ID)
		return err
	})
	m.files = append(m.files, content)
}

// mails has a letter go to the person, and one to a colleague that names him.
func (m *marked) mails() {
	piet := m.CustomerOf("Bouwbedrijf Elders", "Piet")
	m.Tx(func(tx *db.Tx) error {
		for _, to := range []mail.To{{AccountID: m.who.ID, Address: zqEmail, Lang: "nl"}, {AccountID: piet.Account.ID, Address: piet.Account.Email, Lang: "nl"}} {
			letter := mail.Letter{Kind: "test", Subject: "Over " + zqName, Heading: "Bericht", Parts: []mail.Part{mail.Para(zqName + " (" + zqEmail + ") schreef iets.")}, Why: "Omdat."}
			if err := m.Mail.Send(m.T.Context(), tx, to, fixed(letter)); err != nil {
				return err
			}
		}
		return nil
	})
	m.RunJobs()
}

// exported fails for a marker that the export lacks, and for a secret in it.
func (m *marked) exported() {
	m.T.Helper()
	var b bytes.Buffer
	_, err := m.Privacy.Export(m.T.Context(), privacy.Subject{AccountID: m.who.ID}, &b, privacy.ExportOptions{Lang: "nl", Released: true})
	m.Fatal(err)
	all := unzipped(m.T, b.Bytes())
	for marker, where := range m.markers {
		switch has := bytes.Contains(all, []byte(marker)); {
		case has && m.secret[marker]:
			m.T.Errorf("the export holds the secret %s", where)
		case !has && !m.secret[marker]:
			m.T.Errorf("the export lacks %s (%s)", where, marker)
		}
	}
	for _, content := range m.files {
		if !bytes.Contains(all, []byte(content)) {
			m.T.Errorf("the export lacks the file with %q", content)
		}
	}
}

// traces are what must not be found after erasure.
func (m *marked) traces() [][]byte {
	traces := [][]byte{[]byte("zqzq"), []byte("Zqzq"), []byte(zqPhone), []byte("0619736482"), []byte("31619736482"), []byte(m.who.Password)}
	return slices.DeleteFunc(traces, func(b []byte) bool { return len(b) == 0 })
}

// found counts the texts of the database with a trace.
func (m *marked) found() (n int) {
	m.T.Helper()
	for table, columns := range m.columns {
		for _, c := range columns {
			if c.Type != "TEXT" {
				continue
			}
			values, err := db.All[string](m.T.Context(), m.DB, "SELECT "+c.Column+" FROM "+table+" WHERE "+c.Column+" LIKE '%zqzq%' OR "+c.Column+" LIKE '%Zqzq%'")
			m.Fatal(err)
			n += len(values)
		}
	}
	return n
}

// gone fails for every trace that is left anywhere.
func (m *marked) gone(log []byte) {
	m.T.Helper()
	for table, columns := range m.columns {
		for _, c := range columns {
			if c.Type != "TEXT" {
				continue
			}
			values, err := db.All[string](m.T.Context(), m.DB, "SELECT "+c.Column+" FROM "+table+" WHERE "+c.Column+" LIKE '%zqzq%' OR "+c.Column+" LIKE '%Zqzq%'")
			m.Fatal(err)
			for _, v := range values {
				m.T.Errorf("after erasure %s.%s holds %.80q", table, c.Column, v)
			}
		}
	}
	if !m.DB.SQLite() {
		m.dumped()
	}
	folder := m.T.(*testing.T).TempDir()
	made, err := app.Backup(m.T.Context(), m.Config, m.DB, m.Files, m.Now(), filepath.Join(folder, "fresh.zip"))
	m.Fatal(err)
	if len(made.Parts) < 2 {
		m.T.Errorf("the backup has only %v", made.Parts)
	}
	look := func(name string, content []byte) {
		for _, trace := range m.traces() {
			if i := bytes.Index(content, trace); i >= 0 {
				m.T.Errorf("after erasure %s holds %q", name, content[max(0, i-20):min(len(content), i+60)])
			}
		}
	}
	look("the log", log)
	seen := 0
	err = filepath.WalkDir(filepath.Dir(folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".zip") {
			content = unzipped(m.T, content)
		}
		look(filepath.Base(path), content)
		return nil
	})
	m.Fatal(err)
	if seen < 3 {
		m.T.Errorf("looked at only %d files", seen)
	}
}

// dumped looks through every column of every table, whatever its type, as a
// dump of the database would write it.
func (m *marked) dumped() {
	m.T.Helper()
	tables, err := db.All[string](m.T.Context(), m.DB, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`)
	m.Fatal(err)
	if len(tables) < 40 {
		m.T.Errorf("only %d tables", len(tables))
	}
	for _, table := range tables {
		rows, err := db.All[string](m.T.Context(), m.DB, `SELECT CAST(t AS TEXT) FROM `+table+` t WHERE lower(CAST(t AS TEXT)) LIKE '%zqzq%'`)
		m.Fatal(err)
		for _, row := range rows {
			m.T.Errorf("after erasure %s holds %.120q", table, row)
		}
	}
}

// unzipped is the content of all files in a zip.
func unzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(f.Name + "\n")
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.Bytes()
}

func fixed(l mail.Letter) func(context.Context) mail.Letter {
	return func(context.Context) mail.Letter { return l }
}
