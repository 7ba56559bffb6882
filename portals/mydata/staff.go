package mydata

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// view is a page of the console: a head and what stands below it.
type view struct {
	Title, Hint string
	Crumbs      []templates.Link
	Tabs        []templates.Tab
	Buttons     []templates.Link
	Wrong       bool
	Parts       []templ.Component
}

// cell is one field of a table.
type cell struct {
	Text, Small, Path, Tag string
	Num                    bool
	Acts                   []act
}

// act is a button that does something.
type act struct {
	Label, Action string
	Fields        [][2]string
	Danger        bool
}

// grid is a table; its first column names the row.
type grid struct {
	Caption string
	Heads   []string
	Rows    [][]cell
	Idle    []bool // rows that ask for nothing
}

// fields is a form: what is asked, and the button.
type fields struct {
	Heading    string
	Hint       string
	Action     string
	Complaints []web.Complaint
	Inputs     []templ.Component
	Once       string
	Submit     string
	Danger     bool
}

// waiting is what waits for the colleagues who keep privacy.
type waiting struct{ Requests, Soon, Breaches, Reviews, Holds, HoldsToSee int }

func (p *portal) waits(ctx context.Context) (w waiting, err error) {
	open, err := p.Privacy.OpenRequests(ctx)
	if err != nil {
		return w, err
	}
	for _, r := range open {
		if r.EraseAt != nil && r.EraseAt.After(p.Now()) {
			continue // waits for its person
		}
		w.Requests++
		if soon(r.DueOn, p.today()) {
			w.Soon++
		}
	}
	breaches, err := p.Privacy.Breaches(ctx)
	if err != nil {
		return w, err
	}
	for _, b := range breaches {
		if b.ClosedAt == nil {
			w.Breaches++
		}
	}
	reviews, err := p.Privacy.Reviews(ctx)
	if err != nil {
		return w, err
	}
	w.Reviews = len(reviews)
	holds, err := p.Privacy.Holds(ctx)
	if err != nil {
		return w, err
	}
	w.Holds = len(holds)
	for _, h := range holds {
		if h.ReviewOn <= p.today().String() {
			w.HoldsToSee++
		}
	}
	return w, nil
}

// health is what somebody should look at, in words.
type health struct {
	Reasons []string
	Red     bool
}

func (p *portal) health(ctx context.Context) (h health, err error) {
	e, err := p.Privacy.Health(ctx)
	if err != nil {
		return h, err
	}
	say := func(red bool, key string, args ...any) {
		h.Reasons = append(h.Reasons, i18n.T(ctx, "mydata.health."+key, args...))
		h.Red = h.Red || red
	}
	if !e.Intact {
		say(true, "chain")
	}
	if e.Missed > 0 {
		say(true, "missed", e.Missed)
	}
	if e.Failed > 0 {
		say(true, "failed", e.Failed)
	}
	if e.Overdue > 0 {
		say(true, "overdue", e.Overdue)
	}
	if e.LateDays > 0 {
		say(false, "late", e.LateDays)
	}
	if e.Guarded > 0 {
		say(false, "guarded", e.Guarded)
	}
	if e.Unpublished {
		say(false, "unpublished")
	}
	if e.HoldsToSee > 0 {
		say(false, "holds", e.HoldsToSee)
	}
	controller, err := p.Privacy.Controller(ctx, p.DB)
	if err != nil {
		return h, err
	}
	for _, m := range controller.Missing() {
		say(false, "controller", text(ctx, m))
	}
	unknown, err := p.Privacy.Unknown(ctx)
	if err != nil {
		return h, err
	}
	if len(unknown) > 0 {
		say(false, "processors", strings.Join(unknown, ", "))
	}
	list, err := p.Privacy.Processors(ctx)
	if err != nil {
		return h, err
	}
	for _, pr := range list {
		for _, m := range pr.Missing() {
			say(false, "processor", pr.Name, text(ctx, m))
		}
	}
	return h, nil
}

// show answers with a page of the console.
func (p *portal) show(c *web.Context, status int, v view) error {
	w, err := p.waits(c)
	if err != nil {
		return err
	}
	tab := func(path, icon, key string, n int, hot bool) {
		full := "/staff/privacy/" + path
		now := c.Request.URL.Path
		v.Tabs = append(v.Tabs, templates.Tab{Path: full, Icon: icon, Label: i18n.T(c, "mydata.tab."+key), Count: n, Hot: hot, Current: now == full || path != "" && strings.HasPrefix(now, full+"/")})
	}
	if c.Account.May("privacy") {
		tab("", "trash", "tonight", 0, false)
		tab("requests", "person", "requests", w.Requests, w.Soon > 0)
		tab("reviews", "eye", "reviews", w.Reviews, false)
		tab("holds", "lock", "holds", w.Holds, w.HoldsToSee > 0)
		tab("breaches", "alert", "breaches", w.Breaches, w.Breaches > 0)
		tab("runs", "redo", "runs", 0, false)
		tab("statement", "file", "statement", 0, false)
		tab("register", "check", "register", 0, false)
		tab("processors", "building", "processors", 0, false)
		tab("disclosures", "open", "disclosures", 0, false)
		tab("cookies", "screen", "cookies", 0, false)
	}
	return c.Render(status, staffView(v))
}

// statusOf is the status of a form: 422 when something is wrong with it.
func statusOf(ok bool) int {
	if ok {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

// when is the run that a page of tonight is about.
func (p *portal) when(c *web.Context) time.Time {
	if d, err := hours.ParseDate(c.Query("at")); err == nil {
		if at := p.Privacy.RunOf(d); at.After(p.Now()) {
			return at
		}
	}
	return p.Privacy.NextRun(p.Now())
}

// picked keeps of a dry run what the filters of the page ask for.
func picked(c *web.Context, due []privacy.Due) []privacy.Due {
	rule, blocker := c.Query("rule"), c.Query("blocker")
	return slices.DeleteFunc(slices.Clone(due), func(d privacy.Due) bool {
		return rule != "" && d.Rule != rule || blocker == "any" && d.Taken() || blocker != "" && blocker != "any" && string(d.Blocker) != blocker
	})
}

// rowsShown is how many rows a page shows; the file for a spreadsheet has all.
const rowsShown = 200

// tonight is the dry run of the next night: what goes by which rule, and every
// row with what blocks it.
func (p *portal) tonight(c *web.Context) error {
	at := p.when(c)
	due, err := p.Privacy.Due(c, at, false)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tonight.title", i18n.DateTime(c, at)), Hint: i18n.T(c, "mydata.tonight.hint", i18n.Span(c, at.Sub(p.Now())), i18n.Clock(c, p.Now()))}
	query := "?at=" + p.day(at).String()
	v.Buttons = []templates.Link{{Path: "/staff/privacy/tonight.csv" + query, Label: i18n.T(c, "mydata.csv")}}
	h, err := p.health(c)
	if err != nil {
		return err
	}
	if len(h.Reasons) > 0 {
		v.Parts = append(v.Parts, healthView(h))
	}
	if c.Query("rule") != "" || c.Query("blocker") != "" {
		v.Buttons[0].Path += "&rule=" + c.Query("rule") + "&blocker=" + c.Query("blocker")
		rows := picked(c, due)
		v.Crumbs = []templates.Link{{Path: "/staff/privacy/" + query, Label: i18n.T(c, "mydata.tab.tonight")}, {Label: c.Query("rule") + c.Query("blocker")}}
		v.Parts = append(v.Parts, p.dueRows(c, rows))
		return p.show(c, http.StatusOK, v)
	}
	counts := map[bool]map[privacy.Verb]int{true: {}, false: {}}
	guarded := false
	for _, d := range due {
		counts[d.Taken()][d.Action]++
		guarded = guarded || d.Blocker == privacy.Guard
	}
	runs, err := p.Privacy.Runs(c, 5)
	if err != nil {
		return err
	}
	last := i18n.T(c, "mydata.tonight.never")
	if len(runs) > 0 && runs[0].EndedAt != nil {
		last = i18n.DateTime(c, *runs[0].EndedAt)
	}
	v.Parts = append(v.Parts, templates.Stats([]templates.Fact{
		{Name: i18n.T(c, "mydata.tonight.erase"), Value: i18n.Number(c, counts[true][privacy.Deletes])},
		{Name: i18n.T(c, "mydata.tonight.anonymise"), Value: i18n.Number(c, counts[true][privacy.Anonymises])},
		{Name: i18n.T(c, "mydata.tonight.blocked"), Value: i18n.Number(c, counts[false][privacy.Deletes]+counts[false][privacy.Anonymises])},
		{Name: i18n.T(c, "mydata.tonight.last"), Value: last},
	}))
	if guarded {
		v.Buttons = append(v.Buttons, templates.Link{Path: "/staff/privacy/run", Label: i18n.T(c, "mydata.run.nav")})
	}
	rules, err := p.ruleRows(c, due, query)
	if err != nil {
		return err
	}
	v.Parts = append(v.Parts, dayForm(p.day(at).String()), gridView(rules))
	open, err := p.Privacy.OpenRequests(c)
	if err != nil {
		return err
	}
	self, err := selfService(c, p.DB)
	if err != nil {
		return err
	}
	v.Parts = append(v.Parts, besideView(p.requestLines(c, open[:min(len(open), 5)]), self, p.runLines(c, runs)))
	return p.show(c, http.StatusOK, v)
}

// ruleRows is what tonight does, by rule.
func (p *portal) ruleRows(c *web.Context, due []privacy.Due, query string) (grid, error) {
	g := grid{Caption: i18n.T(c, "mydata.tonight.rules"), Heads: []string{i18n.T(c, "mydata.tonight.rule"), i18n.T(c, "mydata.tonight.held"), i18n.T(c, "mydata.tonight.goes"), i18n.T(c, "mydata.tonight.what"), i18n.T(c, "mydata.tonight.oldest"), i18n.T(c, "mydata.look")}}
	published, _, err := p.Privacy.Published(c)
	if err != nil {
		return g, err
	}
	type tally struct {
		taken, blocked int
		oldest         *time.Time
	}
	tallies := map[string]tally{}
	for _, d := range due {
		t := tallies[d.Rule]
		if d.Taken() {
			t.taken++
		} else {
			t.blocked++
		}
		if d.Trigger != nil && (t.oldest == nil || d.Trigger.Before(*t.oldest)) {
			t.oldest = d.Trigger
		}
		tallies[d.Rule] = t
	}
	counts := map[string]int{}
	var idle [][]cell // below what is done tonight
	for _, rule := range published.Rules() {
		n, ok := counts[rule.Record.Table]
		if !ok {
			if n, err = count(c, p.DB, rule.Record.Table); err != nil {
				return g, err
			}
			counts[rule.Record.Table] = n
		}
		t := tallies[rule.Key]
		if n == 0 && t.taken+t.blocked == 0 {
			continue
		}
		row := []cell{
			{Text: text(c, rule.Purpose.Title) + ": " + text(c, rule.Record.Label), Small: rule.Keep.Brief(i18n.Lang(c))},
			{Text: i18n.Number(c, n), Num: true}, {Text: i18n.Number(c, t.taken), Num: true}, {Text: i18n.T(c, "mydata.verb."+string(rule.Keep.Then.Do))}, {}, {},
		}
		if t.blocked > 0 {
			row[3].Tag = i18n.N(c, "mydata.tonight.held.rows", t.blocked)
		}
		if t.oldest != nil {
			row[4].Text = i18n.Day(c, *t.oldest)
		}
		if t.taken+t.blocked > 0 {
			row[5] = cell{Text: i18n.T(c, "mydata.look.rows", t.taken+t.blocked), Path: "/staff/privacy/" + query + "&rule=" + rule.Key}
		}
		if t.taken+t.blocked == 0 {
			idle = append(idle, row)
			continue
		}
		g.Rows, g.Idle = append(g.Rows, row), append(g.Idle, false)
	}
	for _, row := range idle {
		g.Rows, g.Idle = append(g.Rows, row), append(g.Idle, true)
	}
	return g, nil
}

// dueRows are the rows themselves: trigger, due day, blocker, and the way to each.
func (p *portal) dueRows(c *web.Context, due []privacy.Due) templ.Component {
	g := grid{Caption: i18n.T(c, "mydata.tonight.rows"), Heads: []string{i18n.T(c, "mydata.due.row"), i18n.T(c, "mydata.due.trigger"), i18n.T(c, "mydata.due.due"), i18n.T(c, "mydata.tonight.what"), i18n.T(c, "mydata.due.blocker"), i18n.T(c, "mydata.due.hold")}}
	for _, d := range due[:min(len(due), rowsShown)] {
		row := []cell{{Text: d.Table + " " + d.Row, Small: text(c, d.Sentence), Path: d.Link}, {}, {}, {Text: i18n.T(c, "mydata.verb."+string(d.Action))}, {}, {}}
		if d.Trigger != nil {
			row[1].Text = i18n.Day(c, *d.Trigger)
		}
		if !d.Day.IsZero() {
			row[2].Text = i18n.Day(c, p.noon(d.Day))
		}
		if d.Late > 0 {
			row[2].Tag = i18n.N(c, "mydata.due.late", d.Late)
		}
		if !d.Taken() {
			row[4] = cell{Text: i18n.T(c, "mydata.block."+string(d.Blocker)), Small: text(c, d.Why)}
			if !d.Until.IsZero() {
				row[4].Small += " " + i18n.T(c, "mydata.mine.until", p.dayText(c, d.Until))
			}
		}
		if d.Blocker != privacy.Held {
			row[5] = cell{Text: i18n.T(c, "mydata.due.hold.do"), Path: "/staff/privacy/holds?table=" + d.Table + "&row=" + d.Row}
		}
		g.Rows = append(g.Rows, row)
	}
	if len(due) > rowsShown {
		g.Caption = i18n.T(c, "mydata.tonight.part", i18n.Number(c, rowsShown), i18n.Number(c, len(due)))
	}
	if len(due) == 0 {
		return templates.Empty("ok", i18n.T(c, "mydata.tonight.none"), i18n.T(c, "mydata.tonight.none.text"))
	}
	return gridView(g)
}

// tonightCSV is the dry run for a spreadsheet.
func (p *portal) tonightCSV(c *web.Context) error {
	at := p.when(c)
	due, err := p.Privacy.Due(c, at, false)
	if err != nil {
		return err
	}
	attachment(c, "text/csv; charset=utf-8", "wisronde-"+p.day(at).String()+".csv")
	return privacy.DueCSV(c.Writer, picked(c, due), i18n.Lang(c))
}

// sureRun asks before rows go that the guard held back.
func (p *portal) sureRun(c *web.Context) error {
	due, err := p.Privacy.Due(c, p.Now(), false)
	if err != nil {
		return err
	}
	guarded, others := 0, 0
	for _, d := range due {
		switch {
		case d.Blocker == privacy.Guard:
			guarded++
		case d.Taken():
			others++
		}
	}
	return p.show(c, http.StatusOK, view{Title: i18n.T(c, "mydata.run.title"), Crumbs: []templates.Link{{Path: "/staff/privacy/", Label: i18n.T(c, "mydata.tab.tonight")}, {Label: i18n.T(c, "mydata.run.nav")}},
		Hint: i18n.T(c, "mydata.run.text", guarded, others), Parts: []templ.Component{actsView([]act{{Label: i18n.T(c, "mydata.run.do"), Action: "/staff/privacy/run", Danger: true}})}})
}

// run does the night now, with what the guard held back.
func (p *portal) run(c *web.Context) error {
	done, err := p.Privacy.Run(c, p.Now(), true)
	if errors.Is(err, fault.Conflict) {
		return err
	}
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		return audit(c, tx, "privacy.run", "run:"+strconv.FormatInt(done.Run.Number, 10), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/runs", "mydata.run.done", int(done.Run.Erased), int(done.Run.Anonymised))
}

// runLine is one run in words.
type runLine struct {
	At   time.Time
	Text string
	Hash string
}

func (p *portal) runLines(ctx context.Context, runs []privacy.Run) (lines []runLine) {
	for _, r := range runs {
		line := runLine{At: r.StartedAt, Text: i18n.T(ctx, "mydata.runs.line", r.Number, r.Erased, r.Anonymised, r.Blocked, r.Failed), Hash: r.Hash}
		if r.Late > 0 {
			line.Text += " " + i18n.N(ctx, "mydata.due.late", int(r.Late))
		}
		if r.EndedAt == nil {
			line.Text = i18n.T(ctx, "mydata.runs.unfinished", r.Number)
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *portal) runs(c *web.Context) error {
	runs, err := p.Privacy.Runs(c, 100)
	if err != nil {
		return err
	}
	intact, err := p.Privacy.RunsIntact(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.runs"), Hint: i18n.T(c, "mydata.runs.intact"), Buttons: []templates.Link{{Path: "/staff/privacy/runs.json", Label: i18n.T(c, "mydata.runs.proof")}}}
	if !intact {
		v.Hint = i18n.T(c, "mydata.health.chain")
	}
	if len(runs) == 0 {
		v.Parts = append(v.Parts, templates.Empty("redo", i18n.T(c, "mydata.runs.none"), i18n.T(c, "mydata.runs.none.text")))
	} else {
		v.Parts = append(v.Parts, runsView(p.runLines(c, runs)))
	}
	return p.show(c, http.StatusOK, v)
}

func (p *portal) runsJSON(c *web.Context) error {
	runs, err := p.Privacy.Runs(c, 100_000)
	if err != nil {
		return err
	}
	attachment(c, "application/json", "wisrondes.json")
	c.JSON(http.StatusOK, runs)
	return nil
}

type holdForm struct {
	Kind   string `form:"kind" binding:"required,oneof=claim disputed unlawful pending"`
	Email  string `form:"email" binding:"omitempty,email,max=254"`
	Table  string `form:"table" binding:"max=60"`
	Row    string `form:"row" binding:"max=60"`
	Reason string `form:"reason" binding:"required,max=2000"`
	Review string `form:"review" binding:"required,datetime=2006-01-02"`
}

func (p *portal) holds(c *web.Context) error {
	form := web.NewForm[holdForm]("mydata.hold")
	form.V = holdForm{Kind: privacy.Claim, Table: c.Query("table"), Row: c.Query("row"), Review: privacy.Period{Months: 6}.Add(p.today()).String()}
	return p.holdsPage(c, form)
}

func (p *portal) holdsPage(c *web.Context, form web.Form[holdForm]) error {
	standing, err := p.Privacy.Holds(c)
	if err != nil {
		return err
	}
	lifted, err := liftedHolds(c, p.DB)
	if err != nil {
		return err
	}
	var ids []string
	for _, h := range append(slices.Clone(standing), lifted...) {
		ids = append(ids, h.SetBy, h.LiftedBy)
	}
	for _, h := range standing {
		ids = append(ids, h.AccountID)
	}
	names, err := namesOf(c, p.DB, ids)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.holds"), Hint: i18n.T(c, "mydata.holds.hint"), Wrong: !form.OK()}
	g := grid{Caption: i18n.T(c, "mydata.tab.holds"), Heads: []string{i18n.T(c, "mydata.holds.what"), i18n.T(c, "mydata.hold.reason"), i18n.T(c, "mydata.hold.review"), i18n.T(c, "mydata.holds.by"), i18n.T(c, "mydata.holds.lift")}}
	of := func(h privacy.Hold) string {
		switch {
		case h.Table != "":
			return h.Table + " " + h.Row
		case names[h.AccountID] != "":
			return names[h.AccountID]
		}
		return h.Email
	}
	for _, h := range standing {
		row := []cell{{Text: of(h), Small: i18n.T(c, "mydata.hold.kind."+h.Kind)}, {Text: h.Reason}, {Text: p.isoText(c, h.ReviewOn)}, {Text: names[h.SetBy], Small: i18n.Day(c, h.SetAt)}, {Acts: []act{{Label: i18n.T(c, "mydata.holds.lift"), Action: "/staff/privacy/holds/" + h.ID + "/lift"}}}}
		if h.ReviewOn <= p.today().String() {
			row[2].Tag = i18n.T(c, "mydata.holds.see")
		}
		g.Rows = append(g.Rows, row)
	}
	if len(standing) == 0 {
		v.Parts = append(v.Parts, templates.Empty("lock", i18n.T(c, "mydata.holds.none"), i18n.T(c, "mydata.holds.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g))
	}
	v.Parts = append(v.Parts, fieldsView(fields{Heading: i18n.T(c, "mydata.hold.title"), Hint: i18n.T(c, "mydata.hold.hint"), Action: "/staff/privacy/holds", Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.hold.do"), Inputs: []templ.Component{
		templates.Select(form.Field(c, "Kind")), templates.Text(form.Field(c, "Email")), templates.Text(form.Field(c, "Table")), templates.Text(form.Field(c, "Row")), templates.Textarea(form.Field(c, "Reason")), templates.Text(form.Field(c, "Review").As("date"))}}))
	restricted, err := p.restricted(c)
	if err != nil {
		return err
	}
	if len(restricted.Rows) > 0 {
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.restricted.title"), i18n.T(c, "mydata.restricted.text"), gridView(restricted)))
	}
	if len(lifted) > 0 {
		old := grid{Caption: i18n.T(c, "mydata.holds.lifted"), Heads: []string{i18n.T(c, "mydata.holds.what"), i18n.T(c, "mydata.hold.reason"), i18n.T(c, "mydata.holds.lifted.at"), i18n.T(c, "mydata.holds.by")}}
		for _, h := range lifted {
			old.Rows = append(old.Rows, []cell{{Text: of(h)}, {Text: h.Reason}, {Text: i18n.Day(c, *h.LiftedAt)}, {Text: names[h.LiftedBy]}})
		}
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.holds.lifted"), "", gridView(old)))
	}
	return p.show(c, statusOf(form.OK()), v)
}

// restricted are the rows whose term is over and which only the law keeps: only
// who does the books may see them.
func (p *portal) restricted(c *web.Context) (grid, error) {
	g := grid{Caption: i18n.T(c, "mydata.restricted.title"), Heads: []string{i18n.T(c, "mydata.due.row"), i18n.T(c, "mydata.due.due"), i18n.T(c, "mydata.restricted.until")}}
	due, err := p.Privacy.Due(c, p.Now(), false)
	for _, d := range due {
		if d.Blocker == privacy.Law && len(g.Rows) < rowsShown {
			g.Rows = append(g.Rows, []cell{{Text: d.Table + " " + d.Row, Path: d.Link, Small: text(c, d.Why)}, {Text: p.dayText(c, d.Day)}, {Text: p.dayText(c, d.Until)}})
		}
	}
	return g, err
}

func (p *portal) hold(c *web.Context) error {
	form := web.Form[holdForm]{Prefix: "mydata.hold"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && form.V.Email == "" && (form.V.Table == "" || form.V.Row == "") {
		form.Wrong(c, "Email", "nobody")
	}
	if _, _, known := p.Privacy.Registry.Record(form.V.Table); ok && form.V.Table != "" && !known {
		form.Wrong(c, "Table", "unknown")
	}
	if d, err := hours.ParseDate(form.V.Review); ok && (err != nil || d.Compare(p.today()) <= 0 || d.Compare(privacy.Period{Years: 1}.Add(p.today())) > 0) {
		form.Wrong(c, "Review", "year")
	}
	if !form.OK() {
		return p.holdsPage(c, form)
	}
	h := privacy.Hold{Kind: form.V.Kind, Reason: form.V.Reason, ReviewOn: form.V.Review, SetBy: c.Account.ID}
	if form.V.Table != "" && form.V.Row != "" {
		h.Table, h.Row = form.V.Table, form.V.Row
	} else {
		h.Email = strings.ToLower(form.V.Email)
		h.AccountID = p.accountOf(c, person{Subject: privacy.Subject{Email: h.Email}})
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/privacy/holds"); err != nil {
			return err
		}
		set, err := p.Privacy.Hold(c, tx, h)
		if err != nil {
			return err
		}
		return audit(c, tx, "hold", "hold:"+set.ID, h.AccountID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/holds", "mydata.hold.done")
}

func (p *portal) lift(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		about, err := db.Get[string](c, tx, `SELECT account_id FROM hold WHERE id = ?`, c.Param("id"))
		if err != nil {
			return err
		}
		if err := p.Privacy.Lift(c, tx, c.Param("id"), c.Account.ID); err != nil {
			return err
		}
		return audit(c, tx, "hold.lifted", "hold:"+c.Param("id"), about)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/holds", "mydata.holds.done")
}
