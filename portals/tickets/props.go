package tickets

import (
	"net/http"
	"slices"
	"strings"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
)

// What colleagues set on a ticket beside the conversation: whose it is, its
// status and the rest.

// assign gives a ticket to a colleague, to oneself ("me"), or to nobody.
func (p *portal) assign(c *web.Context) error {
	who := c.PostForm("assignee")
	if who == "me" {
		who = c.Account.ID
	}
	name, err := p.mayHave(c, who)
	if err != nil {
		return err
	}
	id := c.Param("id")
	d, err := p.work(c, id, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.AssigneeID = pointer(who) }}, nil, 0)
	if err != nil {
		return err
	}
	words := i18n.T(c, "tickets.done.assigned", d.After.Ref(), name)
	if who == "" {
		words = i18n.T(c, "tickets.done.unassigned", d.After.Ref())
	}
	return c.RedirectWith(backTo(c, id), undoFlash(words, d))
}

// mayHave returns the name of an account that works in tickets, or fault.NotFound.
func (p *portal) mayHave(c *web.Context, who string) (string, error) {
	if who == "" {
		return "", nil
	}
	a, err := account.ByID(c, p.DB, who)
	if err == nil && (!a.May("tickets") || a.DisabledAt != nil) {
		err = fault.NotFound
	}
	return a.Name, err
}

// setStatus changes only the status. Who solves a ticket goes on to the next of
// his list.
func (p *portal) setStatus(c *web.Context) error {
	status := c.PostForm("status")
	if !slices.Contains(statuses, status) {
		return fault.BadInput
	}
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	back := backTo(c, t.ID)
	if t.MergedID != nil && status != t.Status {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.merged.answer")})
	}
	if finished(status) {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) { t.Status = status }}, nil, 0)
	if err != nil {
		return err
	}
	return c.RedirectWith(back, undoFlash(i18n.T(c, "tickets.done.status", t.Ref(), i18n.T(c, "tickets.status."+status)), d))
}

// propsForm is what colleagues set on a ticket beside the conversation. The
// fields that begin with Was are what the page showed: only what somebody
// changed himself is set, so that two colleagues at once do not undo each other.
type propsForm struct {
	Status   string   `form:"status" binding:"required,oneof=new open pending on-hold solved closed"`
	Assignee string   `form:"assignee" binding:"max=40"`
	Severity string   `form:"severity" binding:"required,oneof=blocks hinders question"`
	Priority string   `form:"priority" binding:"required,oneof=low normal high urgent"`
	Product  string   `form:"product" binding:"max=60"`
	Team     string   `form:"team" binding:"max=60"`
	Tags     string   `form:"tags" binding:"max=300"`
	Was      []string `form:"was" binding:"max=7,dive,max=300"` // in the order of the fields
}

// values are the settings in the order of the fields.
func (f propsForm) values() []string {
	return []string{f.Status, f.Assignee, f.Severity, f.Priority, f.Product, f.Team, f.Tags}
}

func props(t Ticket) web.Form[propsForm] {
	form := web.Form[propsForm]{Prefix: "tickets.props", V: propsForm{Status: t.Status, Assignee: t.Assignee(), Severity: t.Severity,
		Priority: t.Priority, Product: t.Product, Team: t.Team, Tags: t.Tags}}
	form.V.Was = form.V.values()
	return form
}

func (p *portal) setProps(c *web.Context) error {
	t, err := ofStaff(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[propsForm]{Prefix: "tickets.props"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		for _, wrong := range form.Complaints() {
			c.Say(web.Flash{Kind: "bad", Text: wrong.Text})
		}
		return p.renderStaff(c, http.StatusUnprocessableEntity, t, newAnswer(t), nil)
	}
	if _, err := p.mayHave(c, form.V.Assignee); err != nil {
		return err
	}
	was := form.V.Was
	back := backTo(c, t.ID)
	if t.MergedID != nil && form.V.Status != t.Status {
		return c.RedirectWith(back, web.Flash{Kind: "warn", Text: i18n.T(c, "tickets.merged.answer")})
	}
	if finished(form.V.Status) && !finished(t.Status) {
		if back, err = p.onward(c, t); err != nil {
			return err
		}
	}
	d, err := p.work(c, t.ID, "", Change{Actor: c.Account, Edit: func(t *Ticket) {
		assignee, tags := t.Assignee(), t.Tags
		for i, field := range []*string{&t.Status, &assignee, &t.Severity, &t.Priority, &t.Product, &t.Team, &tags} {
			if is := form.V.values()[i]; i >= len(was) || was[i] != is {
				*field = is
			}
		}
		t.AssigneeID, t.Tags = pointer(assignee), strings.Join(tagList(tags), " ")
	}}, nil, 0)
	if err != nil {
		return err
	}
	return c.RedirectWith(back, undoFlash(i18n.T(c, "tickets.props.saved"), d))
}
