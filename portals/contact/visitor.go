package contact

import (
	"net/http"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/mail"
	"loket/app/settings"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
)

// lasts is how long a link to a question's page works: as long as the question
// can be kept.
const lasts = 184 * 24 * time.Hour

type askForm struct {
	Topic   string `form:"topic" binding:"max=40"`
	Message string `form:"message" binding:"required,max=10000"`
	Name    string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Company string `form:"company" binding:"max=120" autocomplete:"organization"`
	How     string `form:"how" binding:"omitempty,oneof=mail call"`
	Phone   string `form:"phone" binding:"max=40" autocomplete:"tel"`
	Email   string `form:"email" binding:"omitempty,email,max=254"`
}

func (p *portal) blank(c *web.Context) error {
	form := web.NewForm[askForm]("contact.ask")
	form.V.Topic, form.V.How = c.Query("topic"), "mail"
	if a := c.Account; a != nil && !a.Staff() {
		form.V.Name, form.V.Email, form.V.Phone, form.V.Company = a.Name, a.Email, a.Phone, a.CompanyName
	}
	return p.form(c, http.StatusOK, form, p.guard.Fresh(c, "contact"))
}

func (p *portal) form(c *web.Context, status int, form web.Form[askForm], ask spam.Ask) error {
	topics, err := p.topics(c)
	if err != nil {
		return err
	}
	page := askPage{Form: form, Topics: topics, Ask: ask, Vendor: p.Site.Vendor()}
	if page.Form.V.Topic == "" && len(topics) > 0 {
		page.Form.V.Topic = topics[0].Key
	}
	if page.Form.V.How == "" {
		page.Form.V.How = "mail"
	}
	if page.By, err = p.dueAt(c, c.Now()); err != nil {
		return err
	}
	if page.Open, page.Change, _, err = p.open(c); err != nil {
		return err
	}
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	page.Hours = week(c, calendar, c.Now())
	return c.Render(status, askView(page))
}

// ask takes a question in.
func (p *portal) ask(c *web.Context) error {
	form := web.Form[askForm]{Prefix: "contact.ask"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	topics, err := p.topics(c)
	if err != nil {
		return err
	}
	p.check(c, &form, topics)
	if !form.OK() {
		if err := p.guard.Amiss(c, p.DB); err != nil {
			return err
		}
		return p.form(c, http.StatusUnprocessableEntity, form, p.guard.Fresh(c, "contact"))
	}
	q, err := p.questionFrom(c, form.V)
	if err != nil {
		return err
	}
	var verdict spam.Verdict
	var ask spam.Ask
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		verdict, ask, err = p.guard.Check(c, tx, spam.Post{Form: "contact", Email: q.Email, Text: q.Message})
		if err != nil || verdict == spam.Prove {
			return err
		}
		q := q
		if verdict == spam.Confirm {
			until := q.ReceivedAt.Add(48 * time.Hour)
			q.Status, q.SettledAt = unconfirmed, &until
		}
		if err := c.Once(tx, form.Once, "/contact/sent"); err != nil {
			return err
		}
		if err := db.Insert(c, tx, "contact", q); err != nil {
			return err
		}
		if q.Status == unconfirmed {
			return p.tellToConfirm(c, tx, q)
		}
		return p.received(c, tx, q)
	})
	if err != nil {
		return err
	}
	if verdict == spam.Prove || verdict == spam.Confirm && q.Email == "" {
		form.Errors = map[string]string{"": spam.Wrong(c)}
		return p.form(c, http.StatusUnprocessableEntity, form, ask)
	}
	if verdict == spam.Confirm {
		return c.See("/contact/sent?confirm=1")
	}
	return c.See("/contact/sent")
}

// check holds a form to what its tags cannot say.
func (p *portal) check(c *web.Context, form *web.Form[askForm], topics []Topic) {
	if form.V.How == "" {
		form.V.How = "mail"
	}
	if form.V.Topic == "" && len(topics) > 0 {
		form.V.Topic = topics[0].Key
	}
	if len(topics) > 0 && indexOf(topics, form.V.Topic) < 0 {
		form.Wrong(c, "Topic", "oneof")
	}
	switch {
	case form.V.How == "mail" && form.V.Email == "":
		form.Wrong(c, "Email", "required")
	case form.V.Email != "" && !mail.Fits(form.V.Email):
		form.Wrong(c, "Email", "email")
	}
	if form.V.How == "call" && !dialable(form.V.Phone) {
		form.Wrong(c, "Phone", "phone")
	}
	// Without script, a form that must be confirmed by mail needs an address.
	if c.PostForm("spam_by") == "mail" && form.V.Email == "" {
		form.Wrong(c, "Email", "required")
	}
}

// dialable reports whether a text has enough digits to call.
func dialable(s string) bool {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits >= 6
}

func (p *portal) questionFrom(c *web.Context, v askForm) (Contact, error) {
	now := c.Now()
	due, err := p.dueAt(c, now)
	q := Contact{ID: newID(), Topic: v.Topic, Channel: "form", Status: open, How: v.How, Name: v.Name, Email: v.Email, Phone: v.Phone, Company: v.Company,
		Message: v.Message, Lang: i18n.Lang(c), ReceivedAt: now, OwedAt: now, DueAt: due}
	if a := c.Account; a != nil && !a.Staff() {
		q.AccountID = &a.ID
		if a.Verified() && account.Address(v.Email) == a.Email {
			q.ConfirmedAt = &now
		}
	}
	return q, err
}

// received has a question take its place in the inbox, and tells both sides.
func (p *portal) received(c ctx, tx *db.Tx, q Contact) error {
	if err := p.Search.Put(c, tx, doc(q)); err != nil {
		return err
	}
	if q.Email != "" {
		if err := p.tellReceived(c, tx, q); err != nil {
			return err
		}
	}
	return p.tellTeam(c, tx, q)
}

func (p *portal) sent(c *web.Context) error {
	by, err := p.dueAt(c, c.Now())
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, sentView(c.Query("confirm") != "", by))
}

func (p *portal) link(c ctx, tx *db.Tx, q Contact) (string, error) {
	secret, err := links.Make(c, tx, links.Link{Purpose: "contact.message", Subject: q.ID}, p.Now(), lasts)
	return "/contact/message/" + secret, err
}

// mine is the question that the link in the address opens.
func (p *portal) mine(c *web.Context, on db.Querier) (Contact, error) {
	c.Private()
	l, err := links.Look(c, on, "contact.message", c.Param("token"), c.Now())
	if err != nil {
		return Contact{}, err
	}
	q, err := byID(c, on, l.Subject)
	if err == nil && q.Status == spammed {
		return q, fault.NotFound
	}
	return q, err
}

func (p *portal) show(c *web.Context) error {
	q, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	return p.showTo(c, http.StatusOK, q, web.NewForm[moreForm]("contact.more"))
}

func (p *portal) showTo(c *web.Context, status int, q Contact, form web.Form[moreForm]) error {
	all, err := messages(c, p.DB, q.ID)
	if err != nil {
		return err
	}
	return c.Render(status, ownView(ownPage{Contact: q, Messages: all, Form: form, Path: "/contact/message/" + c.Param("token")}))
}

// change does something to the question that the link opens: who gets here has
// read the mail, so the address is his.
func (p *portal) change(c *web.Context, said string, do func(*db.Tx, *Contact) error) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		q, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if q.ConfirmedAt == nil {
			now := c.Now()
			q.ConfirmedAt = &now
		}
		if err := do(tx, &q); err != nil {
			return err
		}
		return save(c, tx, q)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/contact/message/"+c.Param("token"), said)
}

// confirm takes in a question that was sent without a script.
func (p *portal) confirm(c *web.Context) error {
	return p.change(c, "contact.confirmed", func(tx *db.Tx, q *Contact) error {
		if q.Status != unconfirmed {
			return nil
		}
		var err error
		q.Status, q.SettledAt, q.OwedAt = open, nil, c.Now()
		if q.DueAt, err = p.dueAt(c, q.OwedAt); err != nil {
			return err
		}
		return p.received(c, tx, *q)
	})
}

// satisfied is the end of a question: it is erased in the next night.
func (p *portal) satisfied(c *web.Context) error {
	return p.change(c, "contact.satisfied", func(_ *db.Tx, q *Contact) error {
		if q.Status == unconfirmed {
			return fault.NotFound
		}
		now := c.Now()
		if q.SettledAt == nil {
			q.Status, q.SettledAt = settled, &now
		}
		return nil
	})
}

type moreForm struct {
	Message string `form:"message" binding:"required,max=10000"`
}

// more adds to a question, which makes us owe an answer again.
func (p *portal) more(c *web.Context) error {
	form := web.Form[moreForm]{Prefix: "contact.more"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		q, err := p.mine(c, p.DB)
		if err != nil {
			return err
		}
		return p.showTo(c, http.StatusUnprocessableEntity, q, form)
	}
	return p.change(c, "contact.more.sent", func(tx *db.Tx, q *Contact) (err error) {
		if err := c.Once(tx, form.Once, "/contact/message/"+c.Param("token")); err != nil {
			return err
		}
		if q.Status == unconfirmed {
			return fault.NotFound
		}
		now := c.Now()
		if err := say(c, tx, q.ID, "them", "", form.V.Message, now); err != nil {
			return err
		}
		if q.Status != open {
			q.OwedAt, q.Alarmed = now, false
			if q.DueAt, err = p.dueAt(c, now); err != nil {
				return err
			}
		}
		q.Status, q.AnsweredAt, q.SettledAt = open, nil, nil
		return p.tellTeam(c, tx, *q)
	})
}

// Route is how to get to the vendor, as staff set it; the plan is drawn from
// these names. Without a street there is no plan.
type Route struct {
	Street, Cross, Station, Parking string
	NL, EN                          string
}

// RouteKey is the way to the vendor.
var RouteKey = settings.Key[Route]{Name: "contact.route"}

// Google's map, after a click, and then only from this host; and its entry in the
// register of cookies.
const (
	mapHost  = "https://www.google.com"
	mapEntry = "google-maps"
)

// route tells the way. A map of Google's comes only in answer to a POST, never
// by following a link, unless the visitor has chosen to see it always. Location
// is asked for by another button: Loket does not get it and keeps no answer.
func (p *portal) route(c *web.Context) error {
	way, err := settings.Get(c, p.Settings, RouteKey)
	if err != nil {
		return err
	}
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	page := routePage{Vendor: p.Site.Vendor(), Route: way, Hours: week(c, calendar, c.Now())}
	register, err := p.Privacy.CookieRegister(c)
	if err != nil {
		return err
	}
	page.Always = register.Always(mapEntry, c.Request, hours.DateOf(c.Now(), p.Zone))
	page.Map = page.Always
	if c.Request.Method == http.MethodPost && strings.TrimSpace(page.Vendor.Address) != "" {
		switch c.PostForm("map") {
		case "google":
			page.Map = true
		case "location":
			page.Map, page.Location = true, true
			c.Header("Permissions-Policy", `geolocation=("`+mapHost+`"), camera=(), microphone=()`)
		}
	}
	if page.Map {
		c.Policy.Allow("frame-src", mapHost)
		c.Header("Cache-Control", "no-store")
	}
	return c.Render(http.StatusOK, routeView(page))
}
