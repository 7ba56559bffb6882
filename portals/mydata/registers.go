package mydata

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/fault"
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
