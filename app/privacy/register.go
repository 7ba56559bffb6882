package privacy

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strings"
)

// RegisterRow is one purpose in the register of processing activities (GDPR
// art. 30(1)): the statement's declaration, read the other way.
type RegisterRow struct {
	Key        string   `json:"key"`
	Controller string   `json:"controller"`
	Title      string   `json:"title"`
	Why        string   `json:"why"`
	Subjects   []string `json:"subjects"`
	Categories []string `json:"categories"`
	Basis      []string `json:"basis"`
	Recipients []string `json:"recipients"`
	Transfers  []string `json:"transfers"` // outside the EEA, with the safeguard
	Terms      []string `json:"terms"`
	Security   []string `json:"security"`
	Tables     []string `json:"tables"`
}

var subjectNames = map[Subjects]Text{
	Visitors:   {"bezoekers", "visitors"},
	Customers:  {"klanten en gebruikers", "customers and users"},
	Prospects:  {"geïnteresseerden", "prospects"},
	Attendees:  {"deelnemers", "attendees"},
	Applicants: {"sollicitanten", "applicants"},
	Staff:      {"medewerkers", "staff"},
}

// Name is the group in words.
func (s Subjects) Name() Text { return subjectNames[s] }

// Register is the register of processing, in lang, by the published terms.
func (e *Engine) Register(ctx context.Context, lang string) ([]RegisterRow, error) {
	r, _, err := e.Published(ctx)
	if err != nil {
		return nil, err
	}
	s, err := e.surroundings(ctx, e.DB)
	if err != nil {
		return nil, err
	}
	rows := make([]RegisterRow, 0, len(r.Purposes))
	for _, p := range ptrs(r.Purposes) {
		row := RegisterRow{Key: p.Key, Controller: strings.Trim(s.controller.Name+", "+s.controller.Email, ", "), Title: p.Title.In(lang), Why: p.Why.In(lang),
			Categories: p.categories(lang), Terms: p.terms(lang), Subjects: []string{}, Basis: []string{}, Recipients: []string{}, Transfers: []string{}, Security: []string{}, Tables: []string{}}
		if !p.Nothing.IsZero() {
			row.Terms = append(row.Terms, p.Nothing.In(lang))
		}
		for _, g := range p.Subjects {
			row.Subjects = append(row.Subjects, g.Name().In(lang))
		}
		for _, b := range p.Basis {
			row.Basis = append(row.Basis, strings.Trim(b.Article+" "+grounds[b.Article].In(lang)+": "+b.Interest.In(lang), ": "))
		}
		for _, pr := range s.processors {
			if !slices.Contains(p.Processors, pr.ID) {
				continue
			}
			row.Recipients = append(row.Recipients, pr.Name)
			if !strings.Contains(eea, " "+strings.ToUpper(pr.Country)+" ") {
				row.Transfers = append(row.Transfers, pr.Name+": "+pr.CountryIn(lang)+", "+pr.SafeguardsIn(lang))
			}
		}
		for _, t := range s.security {
			row.Security = append(row.Security, t.In(lang))
		}
		for _, rec := range p.Records {
			row.Tables = append(row.Tables, rec.Table)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// RegisterCSV writes the register for a spreadsheet.
func RegisterCSV(to io.Writer, rows []RegisterRow) error {
	lines := [][]string{{"key", "controller", "title", "why", "subjects", "categories", "basis", "recipients", "transfers", "terms", "security", "tables"}}
	join := func(list []string) string { return strings.Join(list, "; ") }
	for _, r := range rows {
		lines = append(lines, []string{r.Key, r.Controller, r.Title, r.Why, join(r.Subjects), join(r.Categories), join(r.Basis), join(r.Recipients), join(r.Transfers), join(r.Terms), join(r.Security), join(r.Tables)})
	}
	return writeCSV(to, lines)
}

// writeCSV puts an apostrophe before a cell that a spreadsheet would take for a formula.
func writeCSV(to io.Writer, rows [][]string) error {
	w := csv.NewWriter(to)
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
