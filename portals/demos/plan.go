package demos

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/mail"
	"loket/app/web"
	"loket/db"
)

// planForm is what a colleague fills in for somebody on the telephone.
type planForm struct {
	Start   string `form:"start" binding:"required,max=40"`
	Name    string `form:"name" binding:"required,max=120"`
	Email   string `form:"email" binding:"required,email,max=254"`
	Phone   string `form:"phone" binding:"max=40"`
	Company string `form:"company" binding:"max=120"`
	Wish    string `form:"wish" binding:"max=2000"`
	Lang    string `form:"lang" binding:"required,oneof=nl en"`
	Zone    string `form:"zone" binding:"required,max=64"`
	Host    string `form:"host" binding:"max=40"`
	Sure    bool   `form:"sure"`
}

type planPage struct {
	Type  Type
	Form  web.Form[planForm]
	Start time.Time
	Hosts []Host
	Zones []web.Option
	Offer []time.Time // to choose from when Start will not do
}

// planTypes asks what to plan; of one kind there is nothing to ask.
func (p *portal) planTypes(c *web.Context) error {
	all, err := types(c, p.DB)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return c.See("/staff/demos/new/" + all[0].Slug)
	}
	return c.Render(http.StatusOK, planTypesView(all))
}

// planType is the type in the address, without the notice that visitors give:
// who plans knows whether it can be done.
func (p *portal) planType(c *web.Context) (Type, error) {
	t, err := typeBySlug(c, p.DB, c.Param("type"))
	t.Notice = 0
	return t, err
}

// planPick shows the moments of a type; once one is chosen, the form.
func (p *portal) planPick(c *web.Context) error {
	t, err := p.planType(c)
	if err != nil {
		return err
	}
	start, err := instantOf(c.Query("start"))
	if err != nil {
		page, err := p.choice(c, t, Booking{Zone: p.Zone.String()})
		if err != nil {
			return err
		}
		return c.Render(http.StatusOK, planPickView(page))
	}
	form := web.NewForm[planForm]("demos.plan")
	zone := p.zoneOf(c.Query("zone"))
	form.V.Start, form.V.Lang, form.V.Zone = utc(start), "nl", zone.String()
	return p.showPlan(c, http.StatusOK, planPage{Type: t, Form: form, Start: start})
}

func (p *portal) showPlan(c *web.Context, status int, page planPage) (err error) {
	zone := p.zoneOf(page.Form.V.Zone)
	c.TellTimeIn(zone)
	page.Zones = p.zoneOptions(c, zone)
	if page.Hosts, err = hostsOf(c, p.DB, page.Type.ID); err != nil {
		return err
	}
	if page.Form.Errors["Start"] != "" {
		from := page.Start
		if from.Before(c.Now()) {
			from = c.Now()
		}
		if page.Offer, err = p.next(c, p.DB, page.Type, "", from, 6); err != nil {
			return err
		}
	}
	return c.Render(status, planView(page))
}

// plan books a moment for somebody who called. When the colleague went through
// the address with him, or it is an account's, both sides have it at once; else
// he is asked by mail whether it is his, and the moment stays his until then.
func (p *portal) plan(c *web.Context) error {
	t, err := p.planType(c)
	if err != nil {
		return err
	}
	form := web.Form[planForm]{Prefix: "demos.plan"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page := planPage{Type: t}
	if page.Start, err = instantOf(form.V.Start); err != nil && form.V.Start != "" {
		form.Wrong(c, "Start", "choose")
	}
	if ok && !mail.Fits(form.V.Email) {
		form.Wrong(c, "Email", "email")
	}
	if !form.OK() {
		page.Form = form
		return p.showPlan(c, http.StatusUnprocessableEntity, page)
	}
	v := form.V
	b := Booking{ID: newID(), TypeID: t.ID, Name: v.Name, Email: v.Email, Phone: v.Phone, Company: v.Company, Wish: v.Wish, Lang: v.Lang, Zone: p.zoneOf(v.Zone).String(), CreatedAt: c.Now()}
	path, said := "/staff/demos/bookings/"+b.ID, "demos.plan.done"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		if err := c.Once(tx, form.Once, path); err != nil {
			return err
		}
		who, err := account.ByEmail(c, tx, b.Email)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && who.Verified() {
			v.Sure, b.AccountID, b.CompanyID = true, &who.ID, who.CompanyID
		}
		b.Status = held
		if err := db.Insert(c, tx, "demo_booking", b); err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo.planned", Object: about(b)}); err != nil {
			return err
		}
		if !v.Sure {
			said = "demos.plan.asked"
			return p.holdFor(c, tx, t, b, page.Start, v.Host)
		}
		said = "demos.plan.done"
		host, err := p.free(c, tx, t, b, page.Start, v.Host)
		if err != nil {
			return err
		}
		b.StartAt = &page.Start
		return p.settle(c, tx, t, b, host)
	})
	if errors.Is(err, fault.Conflict) {
		page.Form = form
		if slot := p.open(c, p.DB, t, page.Start); slot == nil && v.Host != "" {
			page.Form.Wrong(c, "Host", "busy")
		} else {
			page.Form.Wrong(c, "Start", "taken")
		}
		return p.showPlan(c, http.StatusConflict, page)
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(path, said)
}

// holdFor gives b, whose address nobody confirmed, a moment with a host (any,
// when none is named), and asks by mail whether the address is his. What a
// colleague plans stays reserved until it is over. The caller has the lock.
func (p *portal) holdFor(c ctx, tx *db.Tx, t Type, b Booking, start time.Time, only string) error {
	host, err := p.free(c, tx, t, b, start, only)
	if err != nil {
		return err
	}
	until := start.Add(t.Plan().Duration)
	b.Status, b.HoldUntil, b.Outcome, b.OutcomeAt, b.SettledAt = held, &until, "", nil, nil
	if err := p.take(c, tx, t, &b, host, start); err != nil {
		return err
	}
	if err := p.put(c, tx, b); err != nil {
		return err
	}
	return p.tellPlanned(c, tx, t, b)
}

// staffConfirm makes a held booking certain: a colleague has spoken to the person.
func (p *portal) staffConfirm(c *web.Context) error {
	path := "/staff/demos/bookings/" + c.Param("id")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, _, err := p.of(c, tx)
		if err != nil {
			return err
		}
		if !slices.Contains([]string{held, booked}, b.Status) {
			return fault.Gone
		}
		if b.Status == booked {
			return nil // pressed twice
		}
		host, err := p.keptFor(c, tx, t, b)
		if err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo.confirmed", Object: about(b)}); err != nil {
			return err
		}
		return p.settle(c, tx, t, b, host)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "demos.staff.confirmed")
}
