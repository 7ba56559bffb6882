package tickets

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

const weeksOfReport = 12

// week is the figures of one week.
type week struct {
	Monday   hours.Date
	Filed    int
	Solved   int
	Promised int // answers that had been promised
	Kept     int // of those, the ones in time
}

// reportPage is how the counter did.
type reportPage struct {
	Menu   sideMenu
	Weeks  []week
	Firsts [5]int        // first answers by how long they took: see firstSteps
	Median time.Duration // of working time until the first answer
	First  int           // how many first answers there were
}

// firstSteps are the bounds of the groups of first answers, in working time.
var firstSteps = [4]time.Duration{time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour}

func (p *portal) report(c *web.Context) error {
	calendar, err := p.calendar(c)
	if err != nil {
		return err
	}
	page, err := figures(c, p.DB, c.Now(), calendar)
	if err != nil {
		return err
	}
	if page.Menu, err = p.side(c, "/staff/tickets/report"); err != nil {
		return err
	}
	return c.Render(http.StatusOK, reportView(page))
}

// reportFile gives the figures of the weeks as a file for a spreadsheet.
func (p *portal) reportFile(c *web.Context) error {
	calendar, err := p.calendar(c)
	if err != nil {
		return err
	}
	page, err := figures(c, p.DB, c.Now(), calendar)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cells(&out, "week", "filed", "solved", "promised", "kept")
	for _, w := range page.Weeks {
		cells(&out, w.Monday.String(), strconv.Itoa(w.Filed), strconv.Itoa(w.Solved), strconv.Itoa(w.Promised), strconv.Itoa(w.Kept))
	}
	return spreadsheet(c, "report.csv", out.Bytes())
}

// spreadsheet answers with a file of cells, in UTF-8 as spreadsheets know it.
func spreadsheet(c *web.Context, name string, cells []byte) error {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Cache-Control", "private, no-store")
	c.Data(http.StatusOK, "text/csv; charset=utf-8", append([]byte("\uFEFF"), cells...))
	return nil
}

// figures counts the last weeks, this one included.
func figures(ctx context.Context, on db.Querier, now time.Time, calendar hours.Calendar) (reportPage, error) {
	var page reportPage
	monday := hours.DateOf(now, calendar.Zone)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDays(-1)
	}
	start := monday.AddDays(-7 * (weeksOfReport - 1))
	for i := range weeksOfReport {
		page.Weeks = append(page.Weeks, week{Monday: start.AddDays(7 * i)})
	}
	since := hours.At(calendar.Zone, start, 0)
	of := func(at time.Time) *week {
		day := hours.DateOf(at, calendar.Zone)
		for i := len(page.Weeks) - 1; i > 0; i-- {
			if day.Compare(page.Weeks[i].Monday) >= 0 {
				return &page.Weeks[i]
			}
		}
		return &page.Weeks[0]
	}
	type filed struct {
		CreatedAt   time.Time  `db:"created_at"`
		FirstDoneAt *time.Time `db:"first_done_at"`
		Answered    bool
	}
	var took []time.Duration
	err := db.Each(ctx, on, `SELECT created_at, first_done_at, last_staff_at IS NOT NULL AS answered FROM ticket WHERE created_at >= ?`, []any{since.UTC()}, func(t filed) error {
		of(t.CreatedAt).Filed++
		if t.FirstDoneAt != nil && t.Answered {
			took = append(took, calendar.Working(t.CreatedAt, *t.FirstDoneAt))
		}
		return nil
	})
	if err != nil {
		return page, err
	}
	err = db.Each(ctx, on, `SELECT solved_at FROM ticket WHERE solved_at IS NOT NULL AND solved_at >= ?`, []any{since.UTC()}, func(at time.Time) error {
		of(at).Solved++
		return nil
	})
	if err != nil {
		return page, err
	}
	err = eachPromised(ctx, on, since, func(at time.Time, kept bool) {
		w := of(at)
		w.Promised++
		if kept {
			w.Kept++
		}
	})
	page.First = len(took)
	slices.Sort(took)
	if len(took) > 0 {
		page.Median = took[len(took)/2]
	}
	for _, d := range took {
		step := 0
		for step < len(firstSteps) && d > firstSteps[step] {
			step++
		}
		page.Firsts[step]++
	}
	return page, err
}

// eachPromised calls f for every answer since then that had been promised, with
// whether the promise was kept.
func eachPromised(ctx context.Context, on db.Querier, since time.Time, f func(at time.Time, kept bool)) error {
	type answer struct {
		At  time.Time
		Due time.Time `db:"due_at"`
	}
	return db.Each(ctx, on, `SELECT at, due_at FROM ticket_event WHERE due_at IS NOT NULL AND at >= ?`, []any{since.UTC()}, func(a answer) error {
		f(a.At, !a.At.After(a.Due))
		return nil
	})
}

// enough is how many answers it takes to say how they go.
const enough = 5

// reckon works out how the promise of an answer was kept in the last thirty
// days, for the front page.
func (p *portal) reckon(ctx context.Context) error {
	calendar, err := p.calendar(ctx)
	if err != nil {
		return err
	}
	kept, err := lately(ctx, p.DB, p.Now().AddDate(0, 0, -30), calendar)
	if err != nil {
		return err
	}
	before, err := settings.Get(ctx, p.Settings, settings.KeptKey)
	if err != nil || before == kept {
		return err
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error { return settings.Put(ctx, tx, p.Settings, settings.KeptKey, kept) })
}

// lately is how answers went since then; nothing when they are too few.
func lately(ctx context.Context, on db.Querier, since time.Time, calendar hours.Calendar) (settings.Kept, error) {
	var kept settings.Kept
	err := eachPromised(ctx, on, since, func(_ time.Time, inTime bool) {
		kept.Answers++
		if inTime {
			kept.InTime++
		}
	})
	if err != nil {
		return settings.Kept{}, err
	}
	type first struct {
		CreatedAt time.Time `db:"created_at"`
		DoneAt    time.Time `db:"first_done_at"`
	}
	var took []time.Duration
	err = db.Each(ctx, on, `
		SELECT created_at, first_done_at FROM ticket
		WHERE created_at >= ? AND first_done_at IS NOT NULL AND last_staff_at IS NOT NULL`, []any{since.UTC()}, func(f first) error {
		took = append(took, calendar.Working(f.CreatedAt, f.DoneAt))
		return nil
	})
	if err != nil || kept.Answers < enough || len(took) < enough {
		return settings.Kept{}, err
	}
	slices.Sort(took)
	kept.Median = took[len(took)/2].Round(10 * time.Minute)
	return kept, nil
}

// bar is a bar of a plot: how high it is (0 to 1), and the words at it.
type bar struct {
	Part         float64
	Value, Label string
	Low          bool // asks for attention
}

// volume are the bars of how much came in.
func volume(ctx context.Context, weeks []week) []bar {
	highest := 1
	for _, w := range weeks {
		highest = max(highest, w.Filed)
	}
	var bars []bar
	for _, w := range weeks {
		bars = append(bars, bar{Part: float64(w.Filed) / float64(highest), Value: strconv.Itoa(w.Filed), Label: weekLabel(ctx, w.Monday)})
	}
	return bars
}

// shares are the bars of how much was answered in time.
func shares(ctx context.Context, weeks []week) []bar {
	var bars []bar
	for _, w := range weeks {
		b := bar{Label: weekLabel(ctx, w.Monday), Value: "–"}
		if w.Promised > 0 {
			b.Part = float64(w.Kept) / float64(w.Promised)
			b.Value, b.Low = strconv.Itoa(w.Kept*100/w.Promised), b.Part < .9
		}
		bars = append(bars, b)
	}
	return bars
}

// firsts are the bars of how long first answers took.
func firsts(ctx context.Context, p reportPage) []bar {
	highest := 1
	for _, n := range p.Firsts {
		highest = max(highest, n)
	}
	var bars []bar
	for i, n := range p.Firsts {
		bars = append(bars, bar{Part: float64(n) / float64(highest), Value: strconv.Itoa(n), Label: i18n.T(ctx, "tickets.report.first."+strconv.Itoa(i))})
	}
	return bars
}

// weekLabel is the day and month of a Monday: 23-11.
func weekLabel(_ context.Context, d hours.Date) string {
	at := hours.At(time.UTC, d, 0)
	return strconv.Itoa(at.Day()) + "-" + strconv.Itoa(int(at.Month()))
}

// totals are the figures of all weeks together.
func totals(weeks []week) (all week) {
	for _, w := range weeks {
		all.Filed += w.Filed
		all.Solved += w.Solved
		all.Promised += w.Promised
		all.Kept += w.Kept
	}
	return all
}

// rowsOfExport is how many tickets one file holds at most.
const rowsOfExport = 10_000

// export gives the tickets of a list as a file for a spreadsheet, and notes
// in the log who took it.
func (p *portal) export(c *web.Context) error {
	f := parseFilter(c.PostForm("list"))
	until, err := p.until(c, f)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cells(&out, "number", "subject", "status", "severity", "company", "requester", "assignee", "tags", "created", "updated", "due")
	var after place
	n := 0
	for n < rowsOfExport {
		rows, err := f.list(c, p.DB, c.Account.ID, after, until, 500)
		if err != nil {
			return err
		}
		for _, t := range rows {
			due := ""
			if t.DueAt != nil {
				due = i18n.Iso(c, *t.DueAt)
			}
			cells(&out, t.Ref(), t.Subject, t.Status, t.Severity, t.CompanyName, t.RequesterName, t.AssigneeName, t.Tags, i18n.Iso(c, t.CreatedAt), i18n.Iso(c, t.UpdatedAt), due)
			after = f.next(t)
		}
		n += len(rows)
		if len(rows) < 500 {
			break
		}
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		return p.audit(c, tx, "export", "tickets "+strconv.Itoa(n))
	})
	if err != nil {
		return err
	}
	return spreadsheet(c, "tickets.csv", out.Bytes())
}

// cells writes a row of a CSV file (RFC 4180), every cell in quotes. A cell that
// a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
func cells(out *bytes.Buffer, values ...string) {
	for i, value := range values {
		if i > 0 {
			out.WriteByte(',')
		}
		if value != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(value[0])) {
			value = "'" + value
		}
		out.WriteString(`"` + strings.ReplaceAll(value, `"`, `""`) + `"`)
	}
	out.WriteString("\r\n")
}
