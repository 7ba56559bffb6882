package mydata

import (
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// How long things are kept: the terms that may be chosen.

// rulePart is one period of a rule that can be set.
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
