// Package contact is the counter for who just wants to ask something: a form, or
// a note that a colleague makes of a mail or a call. All land in one inbox with
// one promise, and all go once the sender is satisfied.
package contact

import (
	"context"
	"crypto/rand"
	"embed"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/spam"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct {
	*app.Host
	guard spam.Guard
}

type ctx = context.Context

func newID() string { return rand.Text() }

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{host, spam.New(host.Secret)}
	host.Settings.OnChange("calendar", p.recompute)
	return app.Portal{
		Name:       "contact",
		Permission: "contact",
		Texts:      texts,
		Nav:        []web.NavItem{{Path: "/contact/", Label: "contact.nav", Icon: "message", Public: true}},
		FootNav:    []web.NavItem{{Path: "/contact/route", Label: "contact.route.nav", Public: true}},
		StaffNav:   []web.NavItem{{Path: "/staff/contact/", Label: "contact.staff.nav", Icon: "message", May: "contact"}},
		Counter:    &app.Counter{Path: "/contact/", Live: p.live},
		Routes: func(r *app.Routes) {
			r.Anyone.GET("/", p.blank)
			r.Anyone.POST("/", p.ask)
			r.Anyone.GET("/sent", p.sent)
			r.Anyone.GET("/route", p.route)
			r.Anyone.POST("/route", p.route)
			r.Anyone.GET("/message/:token", p.show)
			r.Anyone.POST("/message/:token/confirm", p.confirm)
			r.Anyone.POST("/message/:token/satisfied", p.satisfied)
			r.Anyone.POST("/message/:token/more", p.more)
			p.staff(r.Staff)
		},
		Desk:       p.desk,
		Agenda:     p.calls,
		Beside:     p.beside,
		Purposes:   purposes,
		Impersonal: impersonal,
		Chores:     []jobs.Chore{{Name: "alarm", Every: 10 * time.Minute, Do: p.alarm}},
		Mails:      p.samples(),
		Reindex:    p.reindex,
		Document:   p.document,
		Demo:       p.demo,
	}
}

// promise is how soon a person answers.
var promise = hours.Target{Amount: 2, Unit: hours.WorkingDays}

// dueAt is when the answer to what came in at start is owed.
func (p *portal) dueAt(c ctx, start time.Time) (time.Time, error) {
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return time.Time{}, err
	}
	return promise.Due(calendar, start, nil)
}

// recompute gives every question that is open its due time by the hours that
// have just been set.
func (p *portal) recompute(c context.Context, tx *db.Tx) error {
	calendar, err := settings.GetIn(c, tx, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	open, err := db.All[Contact](c, tx, `SELECT * FROM contact WHERE status IN ('open', 'unconfirmed')`)
	if err != nil {
		return err
	}
	for _, q := range open {
		due, err := promise.Due(calendar, q.OwedAt, nil)
		if err != nil {
			return err
		}
		if _, err := db.Exec(c, tx, `UPDATE contact SET due_at = ? WHERE id = ?`, due, q.ID); err != nil {
			return err
		}
	}
	return nil
}

// live says until when somebody picks up the telephone.
func (p *portal) live(c context.Context) (app.Fact, error) {
	open, change, found, err := p.open(c)
	if err != nil || !found || p.Site.Vendor().Phone == "" {
		return app.Fact{}, err
	}
	key, at := "contact.counter.closed", i18n.Soon(c, change)
	if open {
		key = "contact.counter.open"
	}
	return app.Fact{Sentence: i18n.T(c, key, at), Point: at}, nil
}

func (p *portal) open(c ctx) (open bool, change time.Time, found bool, err error) {
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return false, change, false, err
	}
	now := p.Now()
	change, found = calendar.NextChange(now)
	return calendar.Open(now), change, found, nil
}

func (p *portal) desk(c context.Context, who account.Account) ([]app.DeskItem, error) {
	type counts struct{ Open, Late int }
	n, err := db.Get[counts](c, p.DB, `
		SELECT count(*) AS open, count(*) FILTER (WHERE due_at <= ?) AS late FROM contact
		WHERE status = 'open' AND (agent_id IS NULL OR agent_id = ?)`, p.Now(), who.ID)
	if err != nil || n.Open == 0 {
		return nil, err
	}
	return []app.DeskItem{{Path: "/staff/contact/", Label: i18n.T(c, "contact.desk"), Count: n.Open, Urgent: n.Late > 0}}, nil
}

// calls are those who wait for a colleague to call them back, at the moment by
// which that was promised.
func (p *portal) calls(c context.Context, ask app.AgendaAsk) (items []app.AgendaItem, err error) {
	who := ask.Who.ID
	if ask.All {
		who = ""
	}
	type call struct {
		Contact
		Agent string
	}
	all, err := db.All[call](c, p.DB, `
		SELECT q.*, coalesce(a.name, '') AS agent FROM contact q LEFT JOIN account a ON a.id = q.agent_id
		WHERE q.status = 'open' AND q.how = 'call' AND q.due_at >= ? AND q.due_at < ? AND (? = '' OR q.agent_id = ?) ORDER BY q.due_at, q.id LIMIT 200`, ask.From, ask.To, who, who)
	for _, q := range all {
		items = append(items, app.AgendaItem{UID: "contact-" + q.ID, Start: q.DueAt, End: q.DueAt, Zone: p.Zone, Kind: i18n.T(c, "contact.agenda.call"), Title: q.Name, Note: q.Phone, Who: q.Agent, Path: "/staff/contact/" + q.ID})
	}
	return items, err
}

func (p *portal) beside(c context.Context, _, person account.Account) ([]app.BesideItem, error) {
	found, err := db.All[Contact](c, p.DB, `
		SELECT * FROM contact WHERE (account_id = ? OR lower(email) = ?) AND status <> 'spam' ORDER BY received_at DESC, id LIMIT 3`, person.ID, person.Email)
	var items []app.BesideItem
	for _, q := range found {
		items = append(items, app.BesideItem{Path: "/staff/contact/" + q.ID, Label: i18n.T(c, "contact.beside", i18n.Day(c, q.ReceivedAt), text.Excerpt(q.Message, 60))})
	}
	return items, err
}

func doc(q Contact) search.Doc {
	d := search.Doc{
		Kind: "contact", Ref: q.ID, Path: "/staff/contact/" + q.ID, Title: q.Name + ": " + text.Excerpt(q.Message, 80),
		Body: q.Message + "\n" + q.Company + "\n" + q.Email + "\n" + q.Phone, At: q.ReceivedAt, Readers: []string{"staff:contact"},
	}
	if q.Status == spammed || q.Status == unconfirmed {
		d.Readers = nil
	}
	return d
}

// document is the entry of one question.
func (p *portal) document(c context.Context, tx *db.Tx, kind, ref string) (search.Doc, error) {
	if kind != "contact" {
		return search.Doc{}, fault.NotFound
	}
	q, err := byID(c, tx, ref)
	return doc(q), err
}

func (p *portal) reindex(c context.Context, put func(search.Doc) error) error {
	return db.Each(c, p.DB, `SELECT * FROM contact WHERE status NOT IN ('spam', 'unconfirmed') ORDER BY received_at, id`, nil, func(q Contact) error { return put(doc(q)) })
}
