package mydata

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

type processorForm struct {
	ID         string   `form:"key" binding:"required,max=40"`
	Name       string   `form:"name" binding:"required,max=200"`
	Category   string   `form:"category" binding:"required,oneof=it mail payment cookie marketing login"`
	Own        bool     `form:"own_controller"`
	TaskNL     string   `form:"task_nl" binding:"required,max=300"`
	TaskEN     string   `form:"task_en" binding:"required,max=300"`
	Country    string   `form:"country" binding:"required,len=2"`
	Safeguards []string `form:"safeguards" binding:"dive,oneof=adequacy dpf scc bcr consent"`
	AgreedOn   string   `form:"agreed_on" binding:"omitempty,datetime=2006-01-02"`
	Agreement  string   `form:"agreement" binding:"max=300"`
	EndedOn    string   `form:"ended_on" binding:"omitempty,datetime=2006-01-02"`
}

func (p *portal) processors(c *web.Context) error {
	list, err := p.Privacy.Processors(c)
	if err != nil {
		return err
	}
	unknown, err := p.Privacy.Unknown(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.processors"), Hint: i18n.T(c, "mydata.processors.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/processors/edit", Label: i18n.T(c, "mydata.processor.nav")}}}
	if len(unknown) > 0 {
		v.Parts = append(v.Parts, noteView("warn", i18n.T(c, "mydata.health.processors", strings.Join(unknown, ", "))))
	}
	g := grid{Caption: i18n.T(c, "mydata.tab.processors"), Heads: []string{i18n.T(c, "mydata.processor.name"), i18n.T(c, "mydata.processors.task"), i18n.T(c, "mydata.processor.country"), i18n.T(c, "mydata.processors.agreed")}}
	for _, pr := range list {
		row := []cell{{Text: pr.Name, Small: i18n.T(c, "mydata.processor.category."+pr.Category), Path: "/staff/privacy/processors/edit?id=" + pr.ID}, {Text: text(c, pr.Task())}, {Text: pr.CountryIn(i18n.Lang(c)), Small: pr.SafeguardsIn(i18n.Lang(c))}, {Text: p.isoText(c, pr.AgreedOn), Small: pr.Agreement}}
		for _, m := range pr.Missing() {
			row[3].Tag = text(c, m)
		}
		g.Rows = append(g.Rows, row)
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("building", i18n.T(c, "mydata.processors.none"), i18n.T(c, "mydata.processors.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g))
	}
	return p.show(c, http.StatusOK, v)
}

func (p *portal) showProcessor(c *web.Context) error {
	form := web.NewForm[processorForm]("mydata.processor")
	form.V = processorForm{Category: "it", Country: "NL"}
	if id := c.Query("id"); id != "" {
		pr, err := processorByID(c, p.DB, id)
		if err != nil {
			return err
		}
		form.V = processorForm{pr.ID, pr.Name, pr.Category, pr.OwnController, pr.TaskNL, pr.TaskEN, pr.Country, strings.Fields(pr.Safeguards), pr.AgreedOn, pr.Agreement, pr.EndedOn}
	}
	return p.processorPage(c, form)
}

func (p *portal) processorPage(c *web.Context, form web.Form[processorForm]) error {
	f := func(name string) templ.Component { return templates.Text(form.Field(c, name)) }
	var safeguards []web.Option
	for _, key := range []string{"adequacy", "dpf", "scc", "bcr", "consent"} {
		safeguards = append(safeguards, web.Option{Value: key, Label: text(c, privacy.Safeguards[key])})
	}
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.processor.title"), Hint: i18n.T(c, "mydata.processor.text"), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/processors", Label: i18n.T(c, "mydata.tab.processors")}, {Label: i18n.T(c, "mydata.processor.title")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/processors/edit", Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.save"), Inputs: []templ.Component{
			f("ID"), f("Name"), templates.Select(form.Field(c, "Category")), templates.Check(form.Field(c, "Own")), f("TaskNL"), f("TaskEN"), f("Country"), templates.Checks(form.Field(c, "Safeguards").With(safeguards...)),
			templates.Text(form.Field(c, "AgreedOn").As("date")), f("Agreement"), templates.Text(form.Field(c, "EndedOn").As("date"))}})}})
}

func (p *portal) saveProcessor(c *web.Context) error {
	form := web.Form[processorForm]{Prefix: "mydata.processor"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.processorPage(c, form)
	}
	v := form.V
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.SaveProcessor(c, tx, privacy.Processor{ID: v.ID, Name: v.Name, Category: v.Category, OwnController: v.Own, TaskNL: v.TaskNL, TaskEN: v.TaskEN, Country: strings.ToUpper(v.Country),
			Safeguards: strings.Join(v.Safeguards, " "), AgreedOn: v.AgreedOn, Agreement: v.Agreement, EndedOn: v.EndedOn}); err != nil {
			return err
		}
		return audit(c, tx, "processor", "processor:"+v.ID, "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/processors", "mydata.saved.draft")
}

type disclosureForm struct {
	Receiver string `form:"receiver" binding:"required,max=200"`
	Ground   string `form:"ground" binding:"required,oneof=law court consent contract claim"`
	What     string `form:"what" binding:"required,max=2000"`
	Email    string `form:"email" binding:"omitempty,email,max=254"`
}

func (p *portal) disclosures(c *web.Context) error {
	list, err := p.Privacy.Disclosures(c)
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range list {
		ids = append(ids, d.LoggedBy)
	}
	names, err := namesOf(c, p.DB, ids)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.disclosures"), Hint: i18n.T(c, "mydata.disclosures.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/disclosures/new", Label: i18n.T(c, "mydata.disclosure.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.tab.disclosures"), Heads: []string{i18n.T(c, "mydata.disclosure.receiver"), i18n.T(c, "mydata.disclosure.ground"), i18n.T(c, "mydata.disclosure.what"), i18n.T(c, "mydata.holds.by")}}
	for _, d := range list {
		g.Rows = append(g.Rows, []cell{{Text: d.Receiver, Small: i18n.DateTime(c, d.At)}, {Text: i18n.T(c, "mydata.disclosure.ground."+d.Ground)}, {Text: d.What}, {Text: names[d.LoggedBy]}})
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("open", i18n.T(c, "mydata.disclosures.none"), i18n.T(c, "mydata.disclosures.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g))
	}
	return p.show(c, http.StatusOK, v)
}

func (p *portal) blankDisclosure(c *web.Context) error {
	return p.disclosurePage(c, web.NewForm[disclosureForm]("mydata.disclosure"))
}

func (p *portal) disclosurePage(c *web.Context, form web.Form[disclosureForm]) error {
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.disclosure.title"), Hint: i18n.T(c, "mydata.disclosure.text"), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/disclosures", Label: i18n.T(c, "mydata.tab.disclosures")}, {Label: i18n.T(c, "mydata.disclosure.nav")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/disclosures/new", Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.disclosure.do"), Inputs: []templ.Component{
			templates.Text(form.Field(c, "Receiver")), templates.Choices(form.Field(c, "Ground")), templates.Textarea(form.Field(c, "What")), templates.Text(form.Field(c, "Email"))}})}})
}

func (p *portal) disclose(c *web.Context) error {
	form := web.Form[disclosureForm]{Prefix: "mydata.disclosure"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.disclosurePage(c, form)
	}
	d := privacy.Disclosure{Receiver: form.V.Receiver, Ground: form.V.Ground, What: form.V.What, LoggedBy: c.Account.ID}
	about := ""
	if form.V.Email != "" {
		who, err := account.ByEmail(c, p.DB, form.V.Email)
		if errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Email", "unknown")
			return p.disclosurePage(c, form)
		}
		if err != nil {
			return err
		}
		about, d.AccountID = who.ID, &who.ID
	}
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/privacy/disclosures"); err != nil {
			return err
		}
		if err := p.Privacy.Disclose(c, tx, d); err != nil {
			return err
		}
		return audit(c, tx, "disclosure", d.Ground, about)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/disclosures", "mydata.disclosure.done")
}

type cookieForm struct {
	ID        string `form:"id" binding:"max=60"`
	Pattern   string `form:"pattern" binding:"max=200"`
	Category  string `form:"category" binding:"required,oneof=functional analytical marketing embedded"`
	Vendor    string `form:"vendor" binding:"required,max=100"`
	Country   string `form:"country" binding:"max=60"`
	PurposeNL string `form:"purpose_nl" binding:"required,max=300"`
	PurposeEN string `form:"purpose_en" binding:"required,max=300"`
	Term      string `form:"term" binding:"required,max=20"`
	Own       bool   `form:"first_party"`
	Consent   bool   `form:"consent_needed"`
	Click     bool   `form:"click"`
	Hosts     string `form:"hosts" binding:"max=500"`
	EndedOn   string `form:"ended_on" binding:"omitempty,datetime=2006-01-02"`
}

func (p *portal) staffCookies(c *web.Context) error {
	r, err := p.Privacy.CookieRegister(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.cookies"), Hint: i18n.T(c, "mydata.register.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/cookies/edit", Label: i18n.T(c, "mydata.cookie.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.tab.cookies"), Heads: []string{i18n.T(c, "mydata.cookies.whose"), i18n.T(c, "mydata.cookie.category"), i18n.T(c, "mydata.cookies.what"), i18n.T(c, "mydata.cookies.term"), i18n.T(c, "mydata.cookie.hosts")}}
	own := map[string]bool{}
	for _, e := range privacy.OwnCookies {
		own[e.ID] = true
	}
	for _, e := range r.Cookies {
		row := []cell{{Text: whose(c, e), Small: e.Pattern}, {Text: text(c, privacy.CategoryName(e.Category))}, {Text: text(c, e.Purpose())}, {Text: e.TermIn(i18n.Lang(c))}, {Text: e.Hosts}}
		if e.ConsentNeeded {
			row[1].Small = i18n.T(c, "mydata.register.asks", r.Versions[e.Category])
		}
		if !own[e.ID] {
			row[0].Path = "/staff/privacy/cookies/edit?id=" + e.ID
		}
		g.Rows = append(g.Rows, row)
	}
	v.Parts = append(v.Parts, gridView(g))
	days, err := p.Privacy.ConsentDays(c, p.Now().AddDate(0, 0, -90))
	if err != nil {
		return err
	}
	slices.Reverse(days)
	counts := grid{Caption: i18n.T(c, "mydata.register.days"), Heads: []string{i18n.T(c, "mydata.register.day"), i18n.T(c, "mydata.cookie.category"), i18n.T(c, "mydata.register.how"), i18n.T(c, "mydata.cookies.yes"), i18n.T(c, "mydata.cookies.no")}}
	for _, d := range days {
		category := strings.TrimPrefix(d.Purpose, "cookies.")
		name := text(c, privacy.CategoryName(category))
		if name == "" {
			name = category
		}
		counts.Rows = append(counts.Rows, []cell{{Text: p.isoText(c, d.Day)}, {Text: name}, {Text: i18n.T(c, "mydata.how."+d.How)}, {Text: i18n.Number(c, d.Yes), Num: true}, {Text: i18n.Number(c, d.No), Num: true}})
	}
	if len(days) > 0 {
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.register.days"), i18n.T(c, "mydata.register.days.text"), gridView(counts)))
	}
	return p.show(c, http.StatusOK, v)
}

func (p *portal) showCookie(c *web.Context) error {
	form := web.NewForm[cookieForm]("mydata.cookie")
	form.V = cookieForm{Category: privacy.Analytical, Term: "P6M", Consent: true}
	if id := c.Query("id"); id != "" {
		e, err := cookieByID(c, p.DB, id)
		if err != nil {
			return err
		}
		form.V = cookieForm{e.ID, e.Pattern, e.Category, e.Vendor, e.Country, e.PurposeNL, e.PurposeEN, e.Term, e.FirstParty, e.ConsentNeeded, e.Click, e.Hosts, e.EndedOn}
	}
	return p.cookiePage(c, form)
}

func (p *portal) cookiePage(c *web.Context, form web.Form[cookieForm]) error {
	f := func(name string) templ.Component { return templates.Text(form.Field(c, name)) }
	check := func(name string) templ.Component { return templates.Check(form.Field(c, name)) }
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.cookie.title"), Hint: i18n.T(c, "mydata.cookie.text"), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/cookies", Label: i18n.T(c, "mydata.tab.cookies")}, {Label: i18n.T(c, "mydata.cookie.title")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/cookies/edit", Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.save"), Inputs: []templ.Component{
			templates.Hidden("id", form.V.ID), f("Vendor"), f("Country"), templates.Select(form.Field(c, "Category")), f("Pattern"), f("PurposeNL"), f("PurposeEN"), f("Term"), f("Hosts"), check("Own"), check("Consent"), check("Click"), templates.Text(form.Field(c, "EndedOn").As("date"))}})}})
}

func (p *portal) saveCookie(c *web.Context) error {
	form := web.Form[cookieForm]{Prefix: "mydata.cookie"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	v := form.V
	if _, err := privacy.ParsePeriod(v.Term); ok && v.Term != "session" && err != nil {
		form.Wrong(c, "Term", "period")
	}
	if ok && !v.Own && !v.Consent {
		form.Wrong(c, "Consent", "third")
	}
	if !form.OK() {
		return p.cookiePage(c, form)
	}
	e := privacy.Cookie{ID: v.ID, Pattern: v.Pattern, Category: v.Category, Vendor: v.Vendor, Country: v.Country, PurposeNL: v.PurposeNL, PurposeEN: v.PurposeEN, Term: v.Term, FirstParty: v.Own, ConsentNeeded: v.Consent, Click: v.Click,
		Hosts: strings.Join(strings.Fields(strings.ToLower(v.Hosts)), " "), EndedOn: v.EndedOn}
	if e.ID == "" {
		e.ID = strings.ToLower(rand.Text())
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		p.changed(tx)
		if err := p.Privacy.SaveCookie(c, tx, e); err != nil {
			return err
		}
		return audit(c, tx, "cookie", "cookie:"+e.ID, "")
	})
	switch {
	case errors.Is(err, fault.Conflict):
		form.Wrong(c, "PurposeNL", "twice")
	case errors.Is(err, fault.BadInput):
		form.Wrong(c, "Hosts", "host")
	case err != nil:
		return err
	}
	if !form.OK() {
		return p.cookiePage(c, form)
	}
	return c.RedirectTo("/staff/privacy/cookies", "mydata.saved.draft")
}

// art30 is the register of processing activities (GDPR art. 30).
func (p *portal) art30(c *web.Context) error {
	rows, err := p.Privacy.Register(c, i18n.Lang(c))
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.register"), Hint: i18n.T(c, "mydata.art30.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/register.csv", Label: i18n.T(c, "mydata.csv")}}}
	for _, r := range rows {
		fact := func(key string, list ...string) templates.Fact {
			return templates.Fact{Name: i18n.T(c, "mydata.art30."+key), Value: strings.Join(list, "; ")}
		}
		facts := slices.DeleteFunc([]templates.Fact{fact("why", r.Why), fact("subjects", r.Subjects...), fact("categories", r.Categories...), fact("basis", r.Basis...), fact("recipients", r.Recipients...), fact("transfers", r.Transfers...), fact("terms", r.Terms...), fact("tables", r.Tables...)},
			func(f templates.Fact) bool { return f.Value == "" })
		v.Parts = append(v.Parts, sectionView(r.Title, "", templates.Facts(facts)))
	}
	return p.show(c, http.StatusOK, v)
}

func (p *portal) art30CSV(c *web.Context) error {
	rows, err := p.Privacy.Register(c, i18n.Lang(c))
	if err != nil {
		return err
	}
	attachment(c, "text/csv; charset=utf-8", "register.csv")
	return privacy.RegisterCSV(c.Writer, rows)
}

type publishForm struct {
	EffectiveOn string `form:"effective_on" binding:"required,datetime=2006-01-02"`
	NoteNL      string `form:"note_nl" binding:"required,max=300"`
	NoteEN      string `form:"note_en" binding:"required,max=300"`
	Inform      bool   `form:"inform"`
}

// draft compares what would be published now with what is.
func (p *portal) draft(c *web.Context) error {
	form := web.NewForm[publishForm]("mydata.publish")
	form.V.EffectiveOn = p.today().String()
	return p.draftPage(c, form)
}

func (p *portal) draftPage(c *web.Context, form web.Form[publishForm]) error {
	d, err := p.Privacy.Draft(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.tab.statement"), Hint: i18n.T(c, "mydata.publish.same"), Wrong: !form.OK(), Buttons: []templates.Link{
		{Path: "/privacy/", Label: i18n.T(c, "mydata.publish.public")}, {Path: "/staff/privacy/statement/controller", Label: i18n.T(c, "mydata.controller.nav")}, {Path: "/staff/privacy/statement/terms", Label: i18n.T(c, "mydata.terms.nav")}}}
	controller, err := p.Privacy.Controller(c, p.DB)
	if err != nil {
		return err
	}
	for _, m := range controller.Missing() {
		v.Parts = append(v.Parts, noteView("warn", i18n.T(c, "mydata.health.controller", text(c, m))))
	}
	if d.Changed {
		v.Hint = i18n.T(c, "mydata.publish.changed")
		if d.Inform {
			v.Parts = append(v.Parts, noteView("warn", i18n.T(c, "mydata.publish.worse")))
		}
		if len(d.Changes) > 0 {
			g := grid{Caption: i18n.T(c, "mydata.publish.changes"), Heads: []string{i18n.T(c, "mydata.publish.what"), i18n.T(c, "mydata.publish.before"), i18n.T(c, "mydata.publish.after")}}
			for _, ch := range d.Changes {
				row := []cell{{Text: text(c, ch.What)}, {Text: period(c, ch.Before)}, {Text: period(c, ch.After)}}
				if ch.Worse {
					row[2].Tag = i18n.T(c, "mydata.publish.tell")
				}
				g.Rows = append(g.Rows, row)
			}
			v.Parts = append(v.Parts, gridView(g))
		}
		lines, err := p.draftLines(c, d)
		if err != nil {
			return err
		}
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.publish.sentences"), "", diffLines(lines)))
		v.Parts = append(v.Parts, fieldsView(fields{Heading: i18n.T(c, "mydata.publish.title"), Action: "/staff/privacy/statement", Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.publish.do"), Inputs: []templ.Component{
			templates.Text(form.Field(c, "EffectiveOn").As("date")), templates.Text(form.Field(c, "NoteNL")), templates.Text(form.Field(c, "NoteEN")), templates.Check(form.Field(c, "Inform"))}}))
	}
	versions, err := p.Privacy.Versions(c)
	if err != nil {
		return err
	}
	g := grid{Caption: i18n.T(c, "mydata.statement.versions"), Heads: []string{i18n.T(c, "mydata.publish.version"), i18n.T(c, "mydata.publish.effective"), i18n.T(c, "mydata.publish.note"), i18n.T(c, "mydata.publish.told")}}
	for _, old := range versions {
		told := ""
		if old.InformedAt != nil {
			told = i18n.Day(c, *old.InformedAt)
		}
		g.Rows = append(g.Rows, []cell{{Text: i18n.T(c, "mydata.statement.number", old.Number), Path: "/privacy/v/" + strconv.FormatInt(old.Number, 10)}, {Text: p.isoText(c, old.EffectiveOn)}, {Text: text(c, old.Note())}, {Text: told}})
	}
	if len(versions) > 0 {
		v.Parts = append(v.Parts, sectionView(i18n.T(c, "mydata.statement.versions"), "", gridView(g)))
	}
	return p.show(c, statusOf(form.OK()), v)
}

// period is an ISO 8601 period in words.
func period(c *web.Context, iso string) string {
	pd, err := privacy.ParsePeriod(iso)
	if err != nil {
		return iso
	}
	if pd.IsZero() {
		return i18n.T(c, "mydata.term.zero")
	}
	return pd.In(i18n.Lang(c))
}

// draftLines are the sentences that differ between the draft and the latest version.
func (p *portal) draftLines(c *web.Context, d privacy.Draft) ([]privacy.DiffLine, error) {
	versions, err := p.Privacy.Versions(c)
	if err != nil {
		return nil, err
	}
	doc := d.EN
	if i18n.Lang(c) == "nl" {
		doc = d.NL
	}
	var before []string
	if len(versions) > 0 {
		old, err := versions[0].Document(i18n.Lang(c))
		if err != nil {
			return nil, err
		}
		before = old.Lines()
	}
	lines, _ := around(privacy.DiffLines(before, doc.Lines()))
	return lines, nil
}

func (p *portal) publish(c *web.Context) error {
	form := web.Form[publishForm]{Prefix: "mydata.publish"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	day, err := hours.ParseDate(form.V.EffectiveOn)
	if ok && (err != nil || day.Compare(p.today()) < 0) {
		form.Wrong(c, "EffectiveOn", "past")
	}
	draft, err := p.Privacy.Draft(c)
	if err != nil {
		return err
	}
	if ok && draft.Inform && !form.V.Inform {
		form.Wrong(c, "Inform", "must")
	}
	controller, err := p.Privacy.Controller(c, p.DB)
	if err != nil {
		return err
	}
	if ok && len(controller.Missing()) > 0 {
		form.Wrong(c, "NoteNL", "controller")
	}
	if !form.OK() {
		return p.draftPage(c, form)
	}
	var v privacy.Version
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		v, err = p.Privacy.Publish(c, tx, privacy.Publication{EffectiveOn: form.V.EffectiveOn, Note: privacy.Text{NL: form.V.NoteNL, EN: form.V.NoteEN}, By: c.Account.ID, Inform: form.V.Inform})
		if err != nil {
			return err
		}
		return audit(c, tx, "statement.published", "statement:"+strconv.FormatInt(v.Number, 10), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/statement", "mydata.publish.done", v.Number)
}

type controllerForm struct {
	Name    string `form:"name" binding:"required,max=200"`
	Address string `form:"address" binding:"required,max=300"`
	Email   string `form:"email" binding:"required,email,max=254"`
	Phone   string `form:"phone" binding:"max=40"`
	Officer string `form:"officer" binding:"max=200"`
	Contact string `form:"officer_contact" binding:"max=254"`
}

func (p *portal) blankController(c *web.Context) error {
	now, err := p.Privacy.Controller(c, p.DB)
	if err != nil {
		return err
	}
	form := web.NewForm[controllerForm]("mydata.controller")
	form.V = controllerForm{now.Name, now.Address, now.Email, now.Phone, now.Officer, now.OfficerContact}
	return p.controllerPage(c, form)
}

func (p *portal) controllerPage(c *web.Context, form web.Form[controllerForm]) error {
	f := func(name string) templ.Component { return templates.Text(form.Field(c, name)) }
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.controller.title"), Hint: i18n.T(c, "mydata.controller.text"), Wrong: !form.OK(), Crumbs: []templates.Link{{Path: "/staff/privacy/statement", Label: i18n.T(c, "mydata.tab.statement")}, {Label: i18n.T(c, "mydata.controller.nav")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/statement/controller", Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.save"), Inputs: []templ.Component{f("Name"), f("Address"), f("Email"), f("Phone"), f("Officer"), f("Contact")}})}})
}

func (p *portal) saveController(c *web.Context) error {
	form := web.Form[controllerForm]{Prefix: "mydata.controller"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return p.controllerPage(c, form)
	}
	v := form.V
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.SetController(c, tx, privacy.Controller{Name: v.Name, Address: v.Address, Email: v.Email, Phone: v.Phone, Officer: v.Officer, OfficerContact: v.Contact}); err != nil {
			return err
		}
		return audit(c, tx, "controller", "", "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/statement", "mydata.saved.draft")
}

// part is one period of a rule that can be set.
type rulePart struct {
	Name string
	Of   func(privacy.Term) *privacy.Period
}

var ruleParts = []rulePart{
	{"for", func(t privacy.Term) *privacy.Period { return &t.For }}, {"longer", func(t privacy.Term) *privacy.Period { return t.Longer }},
	{"silence", func(t privacy.Term) *privacy.Period { return t.Silence }}, {"cap", func(t privacy.Term) *privacy.Period { return t.Cap }}, {"floor", func(t privacy.Term) *privacy.Period { return t.Floor }},
}

func (p *portal) terms(c *web.Context) error {
	d, err := p.Privacy.Draft(c)
	if err != nil {
		return err
	}
	v := view{Title: i18n.T(c, "mydata.terms.title"), Hint: i18n.T(c, "mydata.terms.text"), Crumbs: []templates.Link{{Path: "/staff/privacy/statement", Label: i18n.T(c, "mydata.tab.statement")}, {Label: i18n.T(c, "mydata.terms.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.terms.title"), Heads: []string{i18n.T(c, "mydata.tonight.rule"), i18n.T(c, "mydata.terms.part"), i18n.T(c, "mydata.terms.now"), i18n.T(c, "mydata.terms.change")}}
	for _, rule := range p.Privacy.Registry.With(d.Terms).Rules() {
		for _, part := range ruleParts {
			now := part.Of(d.Terms[rule.Key])
			if now == nil || part.Name == "for" && rule.Keep.After.SQL == "" {
				continue
			}
			g.Rows = append(g.Rows, []cell{{Text: text(c, rule.Purpose.Title) + ": " + text(c, rule.Record.Label), Small: text(c, rule.Keep.Text())}, {Text: i18n.T(c, "mydata.term.part."+part.Name)}, {Text: period(c, now.String())},
				{Text: i18n.T(c, "mydata.terms.change"), Path: "/staff/privacy/statement/terms/edit?rule=" + rule.Key + "&part=" + part.Name}})
		}
	}
	v.Parts = []templ.Component{gridView(g)}
	return p.show(c, http.StatusOK, v)
}

type termForm struct {
	Rule   string `form:"rule" binding:"required,max=200"`
	Part   string `form:"part" binding:"required,oneof=for longer silence cap floor"`
	Amount int    `form:"amount" binding:"gte=0,lte=1000"`
	Unit   string `form:"unit" binding:"required,oneof=days weeks months years"`
}

func (p *portal) blankTerm(c *web.Context) error {
	d, err := p.Privacy.Draft(c)
	if err != nil {
		return err
	}
	form := web.NewForm[termForm]("mydata.term")
	form.V.Rule, form.V.Part = c.Query("rule"), c.Query("part")
	i := slices.IndexFunc(ruleParts, func(part rulePart) bool { return part.Name == form.V.Part })
	t, ok := d.Terms[form.V.Rule]
	if i < 0 || !ok || ruleParts[i].Of(t) == nil {
		return fault.NotFound
	}
	now := *ruleParts[i].Of(t)
	form.V.Unit = "days"
	for unit, n := range map[string]int{"days": now.Days, "weeks": now.Weeks, "months": now.Months, "years": now.Years} {
		if n > 0 {
			form.V.Amount, form.V.Unit = n, unit
		}
	}
	return p.termPage(c, form, now)
}

func (p *portal) termPage(c *web.Context, form web.Form[termForm], now privacy.Period) error {
	return p.show(c, statusOf(form.OK()), view{Title: i18n.T(c, "mydata.term.title"), Hint: form.V.Rule + ", " + i18n.T(c, "mydata.term.part."+form.V.Part) + ": " + period(c, now.String()), Wrong: !form.OK(),
		Crumbs: []templates.Link{{Path: "/staff/privacy/statement", Label: i18n.T(c, "mydata.tab.statement")}, {Path: "/staff/privacy/statement/terms", Label: i18n.T(c, "mydata.terms.nav")}, {Label: i18n.T(c, "mydata.term.title")}},
		Parts: []templ.Component{fieldsView(fields{Action: "/staff/privacy/statement/terms/edit", Complaints: form.Complaints(), Submit: i18n.T(c, "mydata.save"), Inputs: []templ.Component{
			templates.Hidden("rule", form.V.Rule), templates.Hidden("part", form.V.Part), templates.Text(form.Field(c, "Amount").As("number")), templates.Select(form.Field(c, "Unit"))}})}})
}

func (p *portal) saveTerm(c *web.Context) error {
	form := web.Form[termForm]{Prefix: "mydata.term"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	var pd privacy.Period
	switch form.V.Unit {
	case "weeks":
		pd.Weeks = form.V.Amount
	case "months":
		pd.Months = form.V.Amount
	case "years":
		pd.Years = form.V.Amount
	default:
		pd.Days = form.V.Amount
	}
	if !ok {
		if form.Errors["Rule"] != "" || form.Errors["Part"] != "" {
			return fault.BadInput
		}
		return p.termPage(c, form, pd)
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.SetTerm(c, tx, form.V.Rule, form.V.Part, pd); err != nil {
			return err
		}
		return audit(c, tx, "term", form.V.Rule+" "+form.V.Part+" "+pd.String(), "")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/statement/terms", "mydata.saved.draft")
}

type invoiceForm struct {
	Number    string `form:"number" binding:"required,max=40"`
	Company   string `form:"company" binding:"required,max=60"`
	Addressee string `form:"addressee" binding:"required,max=200"`
	Address   string `form:"address" binding:"max=500"`
	Email     string `form:"email" binding:"omitempty,email,max=254"`
	About     string `form:"about" binding:"max=500"`
	Euros     string `form:"euros" binding:"required,max=20"`
	IssuedOn  string `form:"issued_on" binding:"required,datetime=2006-01-02"`
	PaidOn    string `form:"paid_on" binding:"omitempty,datetime=2006-01-02"`
}

func (p *portal) invoices(c *web.Context) error {
	list, err := invoicesPage(c, p.DB, c.Query("before"), c.Query("id"))
	if err != nil {
		return err
	}
	older := ""
	if len(list) > 50 {
		list = list[:50]
		older = "/staff/privacy/invoices?before=" + list[49].IssuedOn + "&id=" + list[49].ID
	}
	v := view{Title: i18n.T(c, "mydata.tab.invoices"), Hint: i18n.T(c, "mydata.invoices.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/invoices/new", Label: i18n.T(c, "mydata.invoice.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.tab.invoices"), Heads: []string{i18n.T(c, "mydata.invoice.number"), i18n.T(c, "mydata.invoice.addressee"), i18n.T(c, "mydata.invoice.euros"), i18n.T(c, "mydata.invoice.paid_on")}}
	for _, i := range list {
		row := []cell{{Text: i.Number, Small: p.isoText(c, i.IssuedOn), Path: "/staff/privacy/invoices/" + i.ID}, {Text: i.Addressee, Small: i.About}, {Text: euros(c, i.Cents), Num: true}, {Text: i18n.T(c, "mydata.invoices.unpaid")}}
		if i.PaidOn != nil {
			row[3].Text = p.isoText(c, *i.PaidOn)
		}
		g.Rows = append(g.Rows, row)
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("euro", i18n.T(c, "mydata.invoices.none"), i18n.T(c, "mydata.invoices.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g), templates.Pager("", older))
	}
	return p.show(c, http.StatusOK, v)
}

func euros(c *web.Context, cents int64) string {
	return "€ " + i18n.Decimal(c, float64(cents)/100, 2)
}

// cents reads an amount as people write it: 1250, 1.250,00, 1250.00.
func cents(s string) (int64, bool) {
	whole, part := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "€")), ""
	if i := strings.LastIndexAny(whole, ".,"); i >= 0 && len(whole)-i-1 <= 2 {
		whole, part = whole[:i], whole[i+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "", " ", "").Replace(whole)
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil && n >= 0 && n < 1e12
}

func (p *portal) blankInvoice(c *web.Context) error {
	form := web.NewForm[invoiceForm]("mydata.invoice")
	form.V.IssuedOn = p.today().String()
	return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
}

func (p *portal) invoicePage(c *web.Context, form web.Form[invoiceForm], action string, until []privacy.Due) error {
	list, err := companies(c, p.DB)
	if err != nil {
		return err
	}
	var options []web.Option
	for _, co := range list {
		options = append(options, web.Option{Value: co.ID, Label: co.Name})
	}
	f := func(name string) templ.Component { return templates.Text(form.Field(c, name)) }
	v := view{Title: i18n.T(c, "mydata.invoice.title"), Wrong: !form.OK(), Crumbs: []templates.Link{{Path: "/staff/privacy/invoices", Label: i18n.T(c, "mydata.tab.invoices")}, {Label: i18n.T(c, "mydata.invoice.title")}}}
	for _, d := range until {
		words := text(c, d.Sentence)
		if !d.Until.IsZero() {
			words += " " + i18n.T(c, "mydata.invoice.floor", p.dayText(c, d.Until))
		}
		v.Parts = append(v.Parts, noteView("info", words))
	}
	inputs := []templ.Component{f("Addressee"), templates.Textarea(form.Field(c, "Address")), f("Email"), f("About"), f("Euros"), templates.Text(form.Field(c, "PaidOn").As("date"))}
	if action == "/staff/privacy/invoices/new" {
		inputs = append([]templ.Component{f("Number"), templates.Select(form.Field(c, "Company").With(options...)), templates.Text(form.Field(c, "IssuedOn").As("date"))}, inputs...)
	} else {
		inputs = append([]templ.Component{templates.Hidden("number", form.V.Number), templates.Hidden("company", form.V.Company), templates.Hidden("issued_on", form.V.IssuedOn)}, inputs...)
		v.Title = form.V.Number
	}
	v.Parts = append(v.Parts, fieldsView(fields{Action: action, Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.save"), Inputs: inputs}))
	return p.show(c, statusOf(form.OK()), v)
}

func (p *portal) addInvoice(c *web.Context) error {
	form := web.Form[invoiceForm]{Prefix: "mydata.invoice"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	amount, good := cents(form.V.Euros)
	if ok && !good {
		form.Wrong(c, "Euros", "amount")
	}
	if ok {
		if _, err := account.CompanyByID(c, p.DB, form.V.Company); errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Company", "unknown")
		} else if err != nil {
			return err
		}
	}
	if !form.OK() {
		return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
	}
	i := form.V.invoice(amount)
	i.ID, i.CreatedAt = rand.Text(), c.Now()
	if i.Email != "" {
		if id := p.accountOf(c, person{Subject: privacy.Subject{Email: i.Email}}); id != "" {
			i.AccountID = &id
		}
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/privacy/invoices/"+i.ID); err != nil {
			return err
		}
		if err := db.Insert(c, tx, "invoice", i); err != nil {
			return err
		}
		return audit(c, tx, "invoice", "invoice:"+i.ID, "")
	})
	if errors.Is(err, fault.Conflict) {
		form.Wrong(c, "Number", "taken")
		return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/invoices", "mydata.saved")
}

// invoice is the form as a row.
func (f invoiceForm) invoice(cents int64) invoice {
	i := invoice{Number: f.Number, CompanyID: f.Company, Addressee: f.Addressee, Address: f.Address, Email: strings.ToLower(f.Email), About: f.About, Cents: cents, IssuedOn: f.IssuedOn}
	if f.PaidOn != "" {
		i.PaidOn = &f.PaidOn
	}
	return i
}

func (p *portal) showInvoice(c *web.Context) error {
	i, err := invoiceByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[invoiceForm]("mydata.invoice")
	form.V = invoiceForm{Number: i.Number, Company: i.CompanyID, Addressee: i.Addressee, Address: i.Address, Email: i.Email, About: i.About, Euros: strings.TrimPrefix(euros(c, i.Cents), "€ "), IssuedOn: i.IssuedOn}
	if i.PaidOn != nil {
		form.V.PaidOn = *i.PaidOn
	}
	until, err := p.Privacy.Explain(c, c.Now(), "invoice", i.ID)
	if err != nil {
		return err
	}
	if i.AccountID != nil {
		err := c.Aside(func(ctx context.Context) error {
			return p.DB.Tx(ctx, func(tx *db.Tx) error { return audit(c, tx, "read", "invoice:"+i.ID, *i.AccountID) })
		})
		if err != nil {
			return err
		}
	}
	return p.invoicePage(c, form, "/staff/privacy/invoices/"+i.ID, until)
}

func (p *portal) saveInvoice(c *web.Context) error {
	i, err := invoiceByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[invoiceForm]{Prefix: "mydata.invoice"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	amount, good := cents(form.V.Euros)
	if ok && !good {
		form.Wrong(c, "Euros", "amount")
	}
	if !form.OK() {
		return p.invoicePage(c, form, "/staff/privacy/invoices/"+i.ID, nil)
	}
	changed := form.V.invoice(amount)
	changed.ID = i.ID
	about := ""
	if i.AccountID != nil {
		about = *i.AccountID
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := saveInvoice(c, tx, changed); err != nil {
			return err
		}
		return audit(c, tx, "invoice.changed", "invoice:"+i.ID, about)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/invoices", "mydata.saved")
}
