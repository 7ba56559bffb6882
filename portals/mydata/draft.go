package mydata

import (
	"strconv"

	"github.com/a-h/templ"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// The privacy statement: what changed since the last version, publishing it, and
// who is responsible.

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
