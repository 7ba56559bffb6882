package mydata

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// deskRequest is a request as colleagues see it in a list.
type deskRequest struct {
	Path, Title, Text string
	State             string // of the promise: late, soon, ok, hold
	Left              string
	Part              float64
	Done              bool // answered: there is only something to look at
}

func (p *portal) requestLines(ctx context.Context, requests []privacy.Request) (lines []deskRequest) {
	today := p.today()
	for _, r := range requests {
		who := r.Email
		if who == "" {
			who = i18n.T(ctx, "mydata.requests.nobody")
		}
		line := deskRequest{Path: "/staff/privacy/requests/" + r.ID, Title: i18n.T(ctx, "mydata.type."+r.Type) + ": " + who, Done: r.AnsweredAt != nil}
		line.Text = i18n.T(ctx, "mydata.requests.line", i18n.Day(ctx, r.ReceivedAt), p.isoText(ctx, r.DueOn), i18n.T(ctx, "mydata.state."+r.State))
		if due, err := hours.ParseDate(r.DueOn); err == nil {
			left, all := days(today, due), max(1, days(p.day(r.ReceivedAt), due))
			line.Left, line.Part = i18n.N(ctx, "mydata.requests.left", left), 1-float64(left)/float64(all)
			switch {
			case r.AnsweredAt != nil:
				line.State, line.Left = "ok", i18n.T(ctx, "mydata.state."+r.State)
			case r.EraseAt != nil && r.EraseAt.After(p.Now()):
				line.State = "hold"
				line.Text += " " + i18n.T(ctx, "mydata.requests.waits", i18n.DateTime(ctx, *r.EraseAt))
			case left < 0:
				line.State = "late"
			case left <= soonIs:
				line.State = "soon"
			default:
				line.State = "ok"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *portal) requests(c *web.Context) error {
	open, err := p.Privacy.OpenRequests(c)
	if err != nil {
		return err
	}
	done, err := requestsDone(c, p.DB)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.requests"), Hint: i18n.T(c, "mydata.requests.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/requests/new", Label: i18n.T(c, "mydata.entry.nav")}}}
	if len(open) == 0 {
		v.Parts = append(v.Parts, templates.Empty("person", i18n.T(c, "mydata.requests.none"), i18n.T(c, "mydata.requests.none.text")))
	} else {
		v.Parts = append(v.Parts, requestsView(p.requestLines(c, open)))
	}
	if len(done) > 0 {
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.requests.done"), "", requestsView(p.requestLines(c, done))))
	}
	return p.show(c, http.StatusOK, v)
}

type entryForm struct {
	Type     string `form:"type" binding:"required,oneof=access portability rectification erasure restriction objection withdrawal deceased"`
	Email    string `form:"email" binding:"required,email,max=254"`
	Received string `form:"received" binding:"required,datetime=2006-01-02"`
	Lang     string `form:"lang" binding:"required,oneof=nl en"`
	Body     string `form:"body" binding:"max=5000"`
}

func (p *portal) blankEntry(c *web.Context) error {
	form := web.NewForm[entryForm]("mydata.entry")
	form.V = entryForm{Type: privacy.Access, Received: p.today().String(), Lang: "nl"}
	return p.entryPage(c, form)
}

func (p *portal) entryPage(c *web.Context, form web.Form[entryForm]) error {
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.entry.title"), Hint: i18n.T(c, "mydata.entry.text"), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/requests", Label: i18n.T(c, "mydata.tab.requests")}, {Label: i18n.T(c, "mydata.entry.nav")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/requests/new", Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.entry.do"), Inputs: []templ.Component{
			templates.Choices(form.Field(c, "Type")), templates.Text(form.Field(c, "Email")), templates.Text(form.Field(c, "Received").As("date")), templates.Select(form.Field(c, "Lang")), templates.Textarea(form.Field(c, "Body"))}})}})
}

// enter files a request that came by letter or telephone.
func (p *portal) enter(c *web.Context) error {
	form := web.Form[entryForm]{Prefix: "mydata.entry"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	at := p.Now()
	if day, err := hours.ParseDate(form.V.Received); ok && (err != nil || day.Compare(p.today()) > 0) {
		form.Wrong(c, "Received", "future")
	} else if day.Compare(p.today()) < 0 {
		at = p.noon(day)
	}
	if !form.OK() {
		return p.entryPage(c, form)
	}
	who := person{Subject: privacy.Subject{Email: account.Address(form.V.Email)}}
	about := p.accountOf(c, who)
	var r privacy.Request
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, form.Once, "/staff/privacy/requests"); err != nil {
			return err
		}
		r, err = p.Privacy.Ask(c, tx, privacy.Ask{Type: form.V.Type, Subject: who.Subject, Channel: privacy.ByStaff, Body: form.V.Body, Lang: form.V.Lang, At: at})
		if err != nil {
			return err
		}
		return audit(c, tx, "request.entered", "request:"+r.ID, about)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/requests/"+r.ID, "mydata.entry.done", p.isoText(c, r.DueOn))
}

type extendForm struct {
	Reason string `form:"reason" binding:"required,max=2000"`
}

type answerForm struct {
	State  string `form:"state" binding:"required,oneof=fulfilled partly refused"`
	Answer string `form:"answer" binding:"max=5000"`
}

func (p *portal) showRequest(c *web.Context) error {
	return p.requestPage(c, web.NewForm[extendForm]("mydata.extend"), web.Form[answerForm]{Prefix: "mydata.answer", V: answerForm{State: privacy.Fulfilled}})
}

func (p *portal) requestPage(c *web.Context, extending web.Form[extendForm], answering web.Form[answerForm]) error {
	r, err := p.Privacy.Request(c, c.Param("id"))
	if err != nil {
		return err
	}
	tasks, err := p.Privacy.Tasks(c, r.ID)
	if err != nil {
		return err
	}
	path := "/staff/privacy/requests/" + r.ID
	v := view{Title: i18n.T(c, "mydata.request.number", r.Number, i18n.T(c, "mydata.type."+r.Type)), Wrong: !extending.OK() || !answering.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/requests", Label: i18n.T(c, "mydata.tab.requests")}, {Label: i18n.T(c, "mydata.request.number", r.Number, i18n.T(c, "mydata.type."+r.Type))}}}
	fact := func(key, value string) templates.Fact {
		return templates.Fact{Name: i18n.T(c, "mydata.request."+key), Value: value}
	}
	facts := []templates.Fact{fact("from", r.Email), fact("channel", i18n.T(c, "mydata.channel."+r.Channel)), fact("received", i18n.DateTime(c, r.ReceivedAt)), fact("due", p.isoText(c, r.DueOn)), fact("state", i18n.T(c, "mydata.state."+r.State))}
	if r.VerifiedAt != nil {
		facts = append(facts, fact("verified", i18n.DateTime(c, *r.VerifiedAt)))
	}
	if r.Extension != "" {
		facts = append(facts, fact("extension", r.Extension))
	}
	if r.EraseAt != nil {
		facts = append(facts, fact("erase", i18n.DateTime(c, *r.EraseAt)))
	}
	if r.AnsweredAt != nil {
		facts = append(facts, fact("answered", i18n.DateTime(c, *r.AnsweredAt)))
	}
	if r.Body != "" {
		facts = append(facts, fact("body", r.Body))
	}
	if r.Answer != "" {
		facts = append(facts, fact("answer", r.Answer))
	}
	facts = append(facts, fact("statement", i18n.T(c, "mydata.statement.number", r.Statement)))
	v.Parts = append(v.Parts, templates.Facts(facts))
	if report, ok, err := r.Done(); err != nil {
		return err
	} else if ok {
		var lines []string
		for _, l := range p.eraseLines(c, report.Purposes) {
			lines = append(lines, l.say())
		}
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.request.report"), "", listView(lines)))
	}
	if len(tasks) > 0 {
		v.Parts = append(v.Parts, p.tasksOf(c, path, tasks))
	}
	if r.AnsweredAt == nil {
		v.Parts = append(v.Parts, p.openRequest(c, r, path, extending, answering)...)
	}
	return p.show(c, statusOf(extending.OK() && answering.OK()), v)
}

// openRequest is what can be done about a request that waits.
func (p *portal) openRequest(c *web.Context, r privacy.Request, path string, extending web.Form[extendForm], answering web.Form[answerForm]) (parts []templ.Component) {
	var acts []act
	if r.VerifiedAt == nil {
		parts = append(parts, noteView("warn", i18n.T(c, "mydata.request.unverified")))
		acts = append(acts, act{Label: i18n.T(c, "mydata.request.verify"), Action: path + "/verify"})
	} else {
		acts = append(acts, act{Label: i18n.T(c, "mydata.request.export"), Action: path + "/export"})
	}
	if r.EraseAt != nil && r.EraseAt.After(p.Now()) {
		acts = append(acts, act{Label: i18n.T(c, "mydata.request.stop"), Action: path + "/stop"})
	}
	parts = append(parts, actsView(acts))
	if r.Type == privacy.Access {
		parts = append(parts, noteView("info", i18n.T(c, "mydata.request.notes")))
	}
	if r.EraseAt == nil {
		parts = append(parts, fieldsView(fields{Heading: i18n.T(c, "mydata.answer.title"), Hint: i18n.T(c, "mydata.answer.text"), Action: path + "/answer", Complaints: answering.Complaints(), Submit: i18n.T(c, "mydata.answer.do"),
			Inputs: []templ.Component{templates.Choices(answering.Field(c, "State")), templates.Textarea(answering.Field(c, "Answer"))}}))
	}
	if r.ExtendedAt == nil && r.DueOn >= p.today().String() {
		parts = append(parts, fieldsView(fields{Heading: i18n.T(c, "mydata.extend.title"), Hint: i18n.T(c, "mydata.extend.text", p.dayText(c, privacy.ExtendedDeadline(p.day(r.ReceivedAt)))), Action: path + "/extend", Complaints: extending.Complaints(), Submit: i18n.T(c, "mydata.extend.do"),
			Inputs: []templ.Component{templates.Textarea(extending.Field(c, "Reason"))}}))
	}
	return parts
}

func (p *portal) tasksOf(c *web.Context, path string, tasks []privacy.RequestTask) templ.Component {
	g := grid{Caption: i18n.T(c, "mydata.tasks.title"), Heads: []string{i18n.T(c, "mydata.tasks.who"), i18n.T(c, "mydata.tasks.what"), i18n.T(c, "mydata.tasks.state")}}
	for _, t := range tasks {
		row := []cell{{Text: t.Processor}, {Text: i18n.T(c, "mydata.type."+t.What)}, {}}
		if t.DoneAt != nil {
			row[2].Text = i18n.T(c, "mydata.tasks.done", i18n.Day(c, *t.DoneAt))
		} else {
			row[2].Acts = []act{{Label: i18n.T(c, "mydata.tasks.do"), Action: path + "/told", Fields: [][2]string{{"task", t.ID}}}}
		}
		g.Rows = append(g.Rows, row)
	}
	return sectionView(i18n.T(c, "mydata.tasks.title"), i18n.T(c, "mydata.tasks.text"), gridView(g))
}

// change does something about a request and writes down that this colleague did.
func (p *portal) change(c *web.Context, name, done string, do func(*db.Tx, privacy.Request) error) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		r, err := db.Get[privacy.Request](c, tx, `SELECT * FROM request WHERE id = ?`, c.Param("id"))
		if err != nil {
			return err
		}
		if err := p.auditRequest(c, tx, name, r.ID); err != nil {
			return err
		}
		return do(tx, r)
	})
	if errors.Is(err, privacy.ErrOnlyAdmin) {
		return c.RedirectWith("/staff/privacy/requests/"+c.Param("id"), web.Flash{Kind: "bad", Text: i18n.T(c, "mydata.request.only.admin")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/requests/"+c.Param("id"), done)
}

func (p *portal) verify(c *web.Context) error {
	return p.change(c, "request.verified", "mydata.request.verify.done", func(tx *db.Tx, r privacy.Request) error {
		_, err := p.Privacy.Verify(c, tx, r.ID)
		return err
	})
}

func (p *portal) stopFor(c *web.Context) error {
	return p.change(c, "erase.stopped", "mydata.stop.done", func(tx *db.Tx, r privacy.Request) error {
		return p.Privacy.StopErasure(c, tx, r.ID)
	})
}

func (p *portal) told(c *web.Context) error {
	return p.change(c, "request.told", "mydata.tasks.told", func(tx *db.Tx, r privacy.Request) error {
		task, err := db.Get[privacy.RequestTask](c, tx, `SELECT * FROM request_task WHERE id = ? AND request_id = ?`, c.PostForm("task"), r.ID)
		if err != nil {
			return err
		}
		return p.Privacy.TaskDone(c, tx, task.ID, c.Account.ID)
	})
}

func (p *portal) extend(c *web.Context) error {
	form := web.Form[extendForm]{Prefix: "mydata.extend"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.requestPage(c, form, web.Form[answerForm]{Prefix: "mydata.answer", V: answerForm{State: privacy.Fulfilled}})
	}
	err := p.change(c, "request.extended", "mydata.extend.done", func(tx *db.Tx, r privacy.Request) error {
		r, err := p.Privacy.Extend(c, tx, r.ID, form.V.Reason, c.Account.ID)
		if err != nil || r.Email == "" {
			return err
		}
		return p.Mail.Send(c, tx, to(r.Email, r.Lang), func(ctx context.Context) mail.Letter {
			return extendLetter(r, p.isoText(ctx, r.DueOn), form.V.Reason)(ctx)
		})
	})
	if errors.Is(err, fault.Gone) { // too late, or extended before
		form.Wrong(c, "Reason", "late")
		c.Say(web.Flash{Kind: "bad", Text: form.Errors["Reason"]})
		return p.requestPage(c, form, web.Form[answerForm]{Prefix: "mydata.answer", V: answerForm{State: privacy.Fulfilled}})
	}
	return err
}

func (p *portal) answer(c *web.Context) error {
	form := web.Form[answerForm]{Prefix: "mydata.answer"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && form.V.State != privacy.Fulfilled && strings.TrimSpace(form.V.Answer) == "" {
		form.Wrong(c, "Answer", "reason")
	}
	if !form.OK() {
		return p.requestPage(c, web.NewForm[extendForm]("mydata.extend"), form)
	}
	return p.change(c, "request.answered", "mydata.answer.done", func(tx *db.Tx, r privacy.Request) error {
		if err := p.Privacy.Answer(c, tx, r.ID, form.V.State, form.V.Answer, c.Account.ID); err != nil || r.Email == "" {
			return err
		}
		way := "/privacy/mine/download"
		if r.AccountID == nil {
			way = "/privacy/request"
		}
		return p.Mail.Send(c, tx, to(r.Email, r.Lang), answerLetter(r, form.V.State, form.V.Answer, c.Link(way)))
	})
}

// exportFor makes the zip of a person who asked by letter or telephone, with
// what a colleague has looked at first: this one does.
func (p *portal) exportFor(c *web.Context) error {
	r, err := p.Privacy.Request(c, c.Param("id"))
	if err != nil {
		return err
	}
	if r.VerifiedAt == nil || r.AnsweredAt != nil {
		return fault.Conflict
	}
	if err := p.DB.Tx(c, func(tx *db.Tx) error { return p.auditRequest(c, tx, "export", r.ID) }); err != nil {
		return err
	}
	who := privacy.Subject{Email: r.Email}
	if r.AccountID != nil {
		who.AccountID = *r.AccountID
	}
	attachment(c, "application/zip", "verzoek-"+i18n.Number(c, int(r.Number))+".zip")
	_, err = p.Privacy.Export(c, who, c.Writer, privacy.ExportOptions{Lang: r.Lang, Released: true})
	return err
}

// reviews is the free text that may name somebody who was erased.
func (p *portal) reviews(c *web.Context) error {
	list, err := p.Privacy.Reviews(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.reviews"), Hint: i18n.T(c, "mydata.reviews.hint")}
	g := grid{Caption: i18n.T(c, "mydata.tab.reviews"), Heads: []string{i18n.T(c, "mydata.reviews.word"), i18n.T(c, "mydata.reviews.text"), i18n.T(c, "mydata.reviews.due"), i18n.T(c, "mydata.reviews.decide")}}
	for _, r := range list {
		passage, err := p.Privacy.Passage(c, r)
		if errors.Is(err, fault.NotFound) {
			passage.Text = i18n.T(c, "mydata.reviews.gone")
		} else if err != nil {
			return err
		}
		path := "/staff/privacy/reviews/" + r.ID
		g.Rows = append(g.Rows, []cell{{Text: r.Word, Small: r.Table + "." + r.Column, Path: passage.Link}, {Text: excerpt(passage.Text, r.Word)}, {Text: p.isoText(c, r.DueOn)},
			{Acts: []act{{Label: i18n.T(c, "mydata.reviews.remove"), Action: path, Fields: [][2]string{{"do", "remove"}}, Danger: true}, {Label: i18n.T(c, "mydata.reviews.other"), Action: path, Fields: [][2]string{{"do", "other"}}}}}})
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("eye", i18n.T(c, "mydata.reviews.none"), i18n.T(c, "mydata.reviews.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g))
	}
	return p.show(c, http.StatusOK, v)
}

// excerpt is the text around a word.
func excerpt(text, word string) string {
	runes := []rune(text)
	at := strings.Index(strings.ToLower(text), strings.ToLower(word))
	if at < 0 {
		at = 0
	}
	at = len([]rune(text[:min(at, len(text))]))
	from, to := max(0, at-80), min(len(runes), at+len([]rune(word))+80)
	out := string(runes[from:to])
	if from > 0 {
		out = "… " + out
	}
	if to < len(runes) {
		out += " …"
	}
	return out
}

func (p *portal) decide(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.Decide(c, tx, c.Param("id"), c.PostForm("do") == "remove", c.Account.ID); err != nil {
			return err
		}
		return audit(c, tx, "review."+map[bool]string{true: "removed", false: "other"}[c.PostForm("do") == "remove"], "review:"+c.Param("id"), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/reviews", "mydata.reviews.done")
}

type breachForm struct {
	Discovered string `form:"discovered" binding:"required,datetime=2006-01-02T15:04"`
	Facts      string `form:"facts" binding:"required,max=5000"`
	Effects    string `form:"effects" binding:"max=5000"`
	Measures   string `form:"measures" binding:"max=5000"`
	HighRisk   bool   `form:"high_risk"`
}

type breachLater struct {
	Facts    string `form:"facts" binding:"required,max=5000"`
	Effects  string `form:"effects" binding:"max=5000"`
	Measures string `form:"measures" binding:"max=5000"`
	HighRisk bool   `form:"high_risk"`
	Decision string `form:"decision" binding:"max=5000"`
	Reported bool   `form:"reported"`
	Told     bool   `form:"told"`
	Closed   bool   `form:"closed"`
}

func (p *portal) breaches(c *web.Context) error {
	list, err := p.Privacy.Breaches(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.breaches"), Hint: i18n.T(c, "mydata.breaches.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/breaches/new", Label: i18n.T(c, "mydata.breach.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.tab.breaches"), Heads: []string{i18n.T(c, "mydata.breaches.number"), i18n.T(c, "mydata.breaches.facts"), i18n.T(c, "mydata.breaches.due"), i18n.T(c, "mydata.breaches.state")}}
	for _, b := range list {
		row := []cell{{Text: i18n.T(c, "mydata.breaches.one", b.Number), Small: i18n.DateTime(c, b.DiscoveredAt), Path: "/staff/privacy/breaches/" + b.ID}, {Text: excerpt(b.Facts, "")}, {Text: i18n.DateTime(c, b.DueAt)}, {Text: i18n.T(c, "mydata.breaches.open")}}
		switch {
		case b.ClosedAt != nil:
			row[3].Text = i18n.T(c, "mydata.breaches.closed")
		case b.ReportedAt != nil:
			row[3].Text = i18n.T(c, "mydata.breaches.reported")
		case b.DueAt.Before(p.Now()):
			row[2].Tag = i18n.T(c, "mydata.breaches.late")
		}
		g.Rows = append(g.Rows, row)
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("alert", i18n.T(c, "mydata.breaches.none"), i18n.T(c, "mydata.breaches.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g))
	}
	return p.show(c, http.StatusOK, v)
}

// wallClock is how a browser writes a moment without a zone.
const wallClock = "2006-01-02T15:04"

func (p *portal) blankBreach(c *web.Context) error {
	form := web.NewForm[breachForm]("mydata.breach")
	form.V.Discovered = p.Now().In(p.Zone).Format(wallClock)
	return p.breachPage(c, form)
}

func (p *portal) breachPage(c *web.Context, form web.Form[breachForm]) error {
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.breach.title"), Hint: i18n.T(c, "mydata.breach.text"), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/breaches", Label: i18n.T(c, "mydata.tab.breaches")}, {Label: i18n.T(c, "mydata.breach.nav")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/breaches/new", Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.breach.do"), Inputs: []templ.Component{
			templates.Text(form.Field(c, "Discovered").As("datetime-local")), templates.Textarea(form.Field(c, "Facts")), templates.Textarea(form.Field(c, "Effects")), templates.Textarea(form.Field(c, "Measures")), templates.Check(form.Field(c, "HighRisk"))}})}})
}

func (p *portal) logBreach(c *web.Context) error {
	form := web.Form[breachForm]{Prefix: "mydata.breach"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	at, err := time.ParseInLocation(wallClock, form.V.Discovered, p.Zone)
	if ok && (err != nil || at.After(p.Now())) {
		form.Wrong(c, "Discovered", "future")
	}
	if !form.OK() {
		return p.breachPage(c, form)
	}
	var b privacy.Breach
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, form.Once, "/staff/privacy/breaches"); err != nil {
			return err
		}
		b, err = p.Privacy.LogBreach(c, tx, privacy.Breach{DiscoveredAt: at, Facts: form.V.Facts, Effects: form.V.Effects, Measures: form.V.Measures, HighRisk: form.V.HighRisk, LoggedBy: c.Account.ID})
		if err != nil {
			return err
		}
		return audit(c, tx, "breach", "breach:"+b.ID, "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/breaches/"+b.ID, "mydata.breach.done", i18n.DateTime(c, b.DueAt))
}

func (p *portal) showBreach(c *web.Context) error {
	b, err := breachByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[breachLater]("mydata.breach")
	form.V = breachLater{Facts: b.Facts, Effects: b.Effects, Measures: b.Measures, HighRisk: b.HighRisk, Decision: b.Decision, Reported: b.ReportedAt != nil, Told: b.ToldAt != nil, Closed: b.ClosedAt != nil}
	return p.breachLaterPage(c, b, form)
}

func (p *portal) breachLaterPage(c *web.Context, b privacy.Breach, form web.Form[breachLater]) error {
	title := i18n.T(c, "mydata.breaches.one", b.Number)
	left := i18n.T(c, "mydata.breach.over")
	if b.DueAt.After(p.Now()) {
		left = i18n.Span(c, b.DueAt.Sub(p.Now()))
	}
	return p.show(c, statusOf(form.OK()), view{Title: title, Wrong: !form.OK(), Crumbs: []templates.Link{{Path: "/staff/privacy/breaches", Label: i18n.T(c, "mydata.tab.breaches")}, {Label: title}},
		Parts: []templ.Component{
			templates.Facts([]templates.Fact{{Name: i18n.T(c, "mydata.breach.discovered"), Value: i18n.DateTime(c, b.DiscoveredAt)}, {Name: i18n.T(c, "mydata.breaches.due"), Value: i18n.DateTime(c, b.DueAt)}, {Name: i18n.T(c, "mydata.breach.left"), Value: left}}),
			fieldsView(fields{Action: "/staff/privacy/breaches/" + b.ID, Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.save"), Inputs: []templ.Component{
				templates.Textarea(form.Field(c, "Facts")), templates.Textarea(form.Field(c, "Effects")), templates.Textarea(form.Field(c, "Measures")), templates.Check(form.Field(c, "HighRisk")), templates.Textarea(form.Field(c, "Decision")),
				templates.Check(form.Field(c, "Reported")), templates.Check(form.Field(c, "Told")), templates.Check(form.Field(c, "Closed"))}}),
		}})
}

func (p *portal) updateBreach(c *web.Context) error {
	b, err := breachByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[breachLater]{Prefix: "mydata.breach"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok && form.V.Closed && !form.V.Reported && form.V.Decision == "" {
		form.Wrong(c, "Decision", "why")
	}
	if !form.OK() {
		return p.breachLaterPage(c, b, form)
	}
	b.Facts, b.Effects, b.Measures, b.HighRisk, b.Decision = form.V.Facts, form.V.Effects, form.V.Measures, form.V.HighRisk, form.V.Decision
	b.ReportedAt, b.ToldAt, b.ClosedAt = p.since(b.ReportedAt, form.V.Reported), p.since(b.ToldAt, form.V.Told), p.since(b.ClosedAt, form.V.Closed)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.UpdateBreach(c, tx, b); err != nil {
			return err
		}
		return audit(c, tx, "breach.changed", "breach:"+b.ID, "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/breaches/"+b.ID, "mydata.saved")
}

// since keeps the moment at which a box was first ticked.
func (p *portal) since(before *time.Time, ticked bool) *time.Time {
	if !ticked {
		return nil
	}
	if before != nil {
		return before
	}
	return new(p.Now())
}
