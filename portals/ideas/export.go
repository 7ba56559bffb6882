package ideas

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"loket/app/web"
	"loket/db"
)

// All ideas as a file for a spreadsheet.

// export writes all ideas, private ones marked, as comma-separated values. Every cell is one that a spreadsheet shows, not runs.
func (p *portal) export(c *web.Context) error {
	type line struct {
		Number    int64
		Title     string
		Status    string
		Board     string
		Votes     int
		Comments  int
		Companies int
		CreatedAt time.Time `db:"created_at"`
		StatusAt  time.Time `db:"status_at"`
		Expected  string
		Response  string
		Private   bool
	}
	c.Header("Content-Disposition", `attachment; filename="ideas.csv"`)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	out := csv.NewWriter(c.Writer)
	head := []string{"number", "title", "status", "topic", "votes", "comments", "companies", "created", "status_since", "expected", "response", "private"}
	if err := out.Write(head); err != nil {
		return err
	}
	err := db.Each(c, p.DB, `
		SELECT i.number, i.title, i.status, b.name AS board, i.votes, i.comments, i.created_at, i.status_at, i.expected, i.response, i.private,
			(SELECT count(DISTINCT a.company_id) FROM idea_vote v JOIN account a ON a.id = v.account_id WHERE v.idea_id = i.id AND v.counts) AS companies
		FROM idea i JOIN idea_board b ON b.id = i.board_id WHERE i.merged_into IS NULL ORDER BY i.number`, nil, func(l line) error {
		return out.Write([]string{strconv.FormatInt(l.Number, 10), csvCell(l.Title), l.Status, csvCell(l.Board), strconv.Itoa(l.Votes), strconv.Itoa(l.Comments), strconv.Itoa(l.Companies),
			l.CreatedAt.In(p.Zone).Format(time.DateOnly), l.StatusAt.In(p.Zone).Format(time.DateOnly), csvCell(l.Expected), csvCell(l.Response), strconv.FormatBool(l.Private)})
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// csvCell makes a cell that a spreadsheet shows and does not run: one that would
// begin a formula gets an apostrophe (OWASP, CSV injection).
func csvCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
