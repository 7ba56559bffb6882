// Package demos is the counter where a prospect books a demonstration: he picks
// a moment in his own time zone, a colleague gets him, and what came of it is
// recorded, which is when his data goes or moves to the customer administration.
package demos

import (
	"context"
	"crypto/rand"
	"embed"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/jobs"
	"loket/app/search"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct {
	*app.Host
	guard spam.Guard
}

func newID() string { return rand.Text() }

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{host, spam.New(host.Secret)}
	return app.Portal{
		Name:       "demos",
		Permission: "demos",
		Texts:      texts,
		Nav:        []web.NavItem{{Path: "/demos/", Label: "demos.nav", Icon: "screen", Public: true}},
		StaffNav:   []web.NavItem{{Path: "/staff/demos/", Label: "demos.staff.nav", Icon: "screen", May: "demos"}},
		Counter:    &app.Counter{Path: "/demos/", Live: p.live},
		Routes: func(r *app.Routes) {
			r.Anyone.GET("/", p.list)
			r.Anyone.GET("/sent", p.sent)
			r.Anyone.GET("/:type", p.pick)
			r.Anyone.POST("/:type", p.book)
			own := r.Anyone.At("/bookings")
			own.GET("/:token", p.show)
			own.GET("/:token/calendar.ics", p.calendar)
			own.POST("/:token/confirm", p.confirm)
			own.GET("/:token/move", p.choose)
			own.POST("/:token/move", p.move)
			own.GET("/:token/cancel", p.ask)
			own.POST("/:token/cancel", p.cancel)
			p.staff(r.Staff)
		},
		Desk:       p.desk,
		Agenda:     p.given,
		Beside:     p.beside,
		Takes:      map[string]app.Take{"demo": p.takeOver},
		Purposes:   purposes,
		Impersonal: impersonal,
		Chores: []jobs.Chore{
			{Name: "remind", Every: 5 * time.Minute, Do: p.remind},
			{Name: "record", Every: time.Hour, Do: p.askOutcomes},
			{Name: "expire", Every: 5 * time.Minute, Do: p.expire},
		},
		Mails:    p.samples(),
		Reindex:  p.reindex,
		Document: p.document,
		Demo:     p.demo,
	}
}

// live is the first free moment, for the front page.
func (p *portal) live(ctx context.Context) (app.Fact, error) {
	all, err := p.offer(ctx)
	if err != nil {
		return app.Fact{}, err
	}
	var first time.Time
	for _, t := range all {
		if !t.First.IsZero() && (first.IsZero() || t.First.Before(first)) {
			first = t.First
		}
	}
	if first.IsZero() {
		return app.Fact{}, nil
	}
	at := i18n.DateTime(ctx, first)
	return app.Fact{Sentence: i18n.T(ctx, "demos.counter.first", at), Point: at}, nil
}

// desk is what waits for a colleague: appointments of which nobody said what
// came of them.
func (p *portal) desk(ctx context.Context, who account.Account) ([]app.DeskItem, error) {
	open, err := unrecorded(ctx, p.DB, who.ID, p.Now())
	if err != nil || len(open) == 0 {
		return nil, err
	}
	return []app.DeskItem{{Path: "/staff/demos/", Label: i18n.T(ctx, "demos.desk"), Count: len(open), Urgent: true}}, nil
}

// given are the demonstrations that a colleague gives, and when he is off; or
// those of all hosts.
func (p *portal) given(ctx context.Context, ask app.AgendaAsk) (items []app.AgendaItem, err error) {
	host := ask.Who.ID
	if ask.All {
		host = ""
	}
	bookings, err := between(ctx, p.DB, host, ask.From, ask.To, p.Now())
	if err != nil {
		return nil, err
	}
	for _, l := range bookings {
		item := app.AgendaItem{
			UID: invite.UID("demo", l.ID, p.Site.URL), Sequence: l.Sequence, Start: l.start(), End: *l.EndAt, Zone: p.zoneOf(l.HostZone),
			Kind: l.typeName(ctx), Title: l.Name, Note: l.Company, Who: l.HostName, Where: l.HostLink, Path: "/staff/demos/bookings/" + l.ID, Open: l.Status == held,
		}
		if l.Outcome != "" {
			item.Note = i18n.T(ctx, "demos.outcome."+l.Outcome)
		}
		items = append(items, item)
	}
	off, err := offBetween(ctx, p.DB, host, ask.From, ask.To)
	for _, o := range off {
		items = append(items, app.AgendaItem{
			UID: invite.UID("off", o.ID, p.Site.URL), Start: o.FromAt, End: o.ToAt, Zone: p.zoneOf(o.Zone), Title: i18n.T(ctx, "demos.off"), Who: o.Name,
			Path: "/staff/demos/hosts/" + o.AccountID, Off: true,
		})
	}
	return items, err
}

// beside is what a colleague sees of a person's demonstrations elsewhere.
func (p *portal) beside(ctx context.Context, _, person account.Account) ([]app.BesideItem, error) {
	found, err := linesOf(ctx, p.DB, `
		SELECT * FROM demo_booking WHERE (account_id = ? OR lower(email) = ?) AND start_at IS NOT NULL
		ORDER BY start_at DESC, id LIMIT 3`, "b.start_at DESC, b.id", person.ID, person.Email)
	var items []app.BesideItem
	for _, l := range found {
		items = append(items, app.BesideItem{Path: "/staff/demos/bookings/" + l.ID, Label: i18n.T(ctx, "demos.beside", l.typeName(ctx), i18n.DateTime(ctx, l.start()))})
	}
	return items, err
}

func (l Line) typeName(ctx context.Context) string { return in(i18n.Lang(ctx), l.TypeNL, l.TypeEN) }

// doc makes a booking that stands findable for colleagues.
func (b Booking) doc(t Type) search.Doc {
	at := b.start()
	if at.IsZero() {
		at = b.CreatedAt
	}
	d := search.Doc{
		Kind: "demo_booking", Ref: b.ID, Path: "/staff/demos/bookings/" + b.ID, Title: t.NameNL + ": " + b.Name,
		Body: b.Company + "\n" + b.Email + "\n" + b.Phone + "\n" + b.Wish, Note: at.UTC().Format(time.DateOnly), At: at, Readers: []string{"staff:demos"},
	}
	if !b.Live() && b.Status != wished {
		d.Readers = nil
	}
	return d
}

func typeDoc(t Type) search.Doc {
	d := search.Doc{Kind: "demo", Ref: t.ID, Path: "/demos/" + t.Slug, Title: t.NameNL + " · " + t.NameEN, Body: t.AboutNL + "\n" + t.AboutEN, At: t.CreatedAt, Readers: []string{"all"}}
	if t.Retired {
		d.Readers = nil
	}
	return d
}

// put keeps the index in step with a booking.
func (p *portal) put(ctx context.Context, tx *db.Tx, b Booking) error {
	t, err := typeByID(ctx, tx, b.TypeID)
	if err != nil {
		return err
	}
	return p.Search.Put(ctx, tx, b.doc(t))
}

// document is the entry of one booking or type.
func (p *portal) document(ctx context.Context, tx *db.Tx, kind, ref string) (search.Doc, error) {
	switch kind {
	case "demo":
		t, err := typeByID(ctx, tx, ref)
		return typeDoc(t), err
	case "demo_booking":
		b, err := bookingByID(ctx, tx, ref)
		if err != nil {
			return search.Doc{}, err
		}
		t, err := typeByID(ctx, tx, b.TypeID)
		return b.doc(t), err
	}
	return search.Doc{}, fault.NotFound
}

func (p *portal) reindex(ctx context.Context, put func(search.Doc) error) error {
	all, err := allTypes(ctx, p.DB)
	if err != nil {
		return err
	}
	byID := map[string]Type{}
	for _, t := range all {
		byID[t.ID] = t
		if err := put(typeDoc(t)); err != nil {
			return err
		}
	}
	bookings, err := db.All[Booking](ctx, p.DB, `SELECT * FROM demo_booking WHERE status IN ('booked', 'held', 'wish') ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	for _, b := range bookings {
		if err := put(b.doc(byID[b.TypeID])); err != nil {
			return err
		}
	}
	return nil
}
