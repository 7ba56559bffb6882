// Package trainings is the counter for trainings and webinars: what is on, who
// comes, who waits, and everything that is said to them before and after.
package trainings

import (
	"context"
	"embed"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/jobs"
	"loket/app/privacy"
	"loket/app/search"
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

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{host, spam.New(host.Secret)}
	return app.Portal{
		Name:       "trainings",
		Permission: "trainings",
		Texts:      texts,
		Nav:        []web.NavItem{{Path: "/trainings/", Label: "trainings.nav", Icon: "video", Public: true}},
		StaffNav:   []web.NavItem{{Path: "/staff/trainings/", Label: "trainings.staff.nav", Icon: "video", May: "trainings"}},
		Counter:    &app.Counter{Path: "/trainings/", Live: p.live},
		Front:      p.front,
		Routes:     p.routes,
		Desk:       p.desk,
		Agenda:     p.hosting,
		Beside:     p.beside,
		Purposes:   []privacy.Purpose{purpose, certificates},
		Impersonal: impersonal,
		Chores: []jobs.Chore{
			{Name: "reminders", Every: time.Minute, Do: p.remind},
			{Name: "holds", Every: time.Minute, Do: p.letGo},
			{Name: "certificates", Every: time.Minute, Do: p.certify},
			{Name: "forget", Every: time.Hour, Do: p.forget},
		},
		Mails:   p.samples(),
		Reindex: p.reindex,
		Demo:    p.demo,
	}
}

func (p *portal) routes(r *app.Routes) {
	r.Anyone.GET("/", p.agenda)
	r.Anyone.GET("/certificates/", p.certificateForm)
	r.Anyone.GET("/certificates/:code", p.certificate)
	r.Anyone.GET("/certificates/:code/:seal", p.certificateHeld)
	r.Anyone.POST("/certificates/:code/:seal", p.withdrawCertificate)
	r.Anyone.GET("/certificates/:code/:seal/certificate.pdf", p.certificatePDF)
	r.Anyone.GET("/:id", p.show)
	r.Anyone.POST("/:id", p.signUp)
	r.Customers.POST("/:id/own", p.toOwn)
	r.Anyone.GET("/:id/sent", p.sent)

	root := r.Anyone.At("")
	root.GET("/registrations/:token", p.registration)
	root.POST("/registrations/:token/confirm", p.confirm)
	root.POST("/registrations/:token/cancel", p.cancel)
	root.POST("/registrations/:token/session", p.change)
	root.GET("/registrations/:token/join", p.registration)
	root.POST("/registrations/:token/join", p.join)
	root.GET("/registrations/:token/invite.ics", p.calendarFile)
	root.GET("/feed/trainings.atom", p.atom)
	root.GET("/calendar/trainings.ics", p.calendarFeed)

	r.Staff.GET("/", p.staffAgenda)
	r.Staff.GET("/new", p.blankTraining)
	r.Staff.POST("/new", p.createTraining)
	r.Staff.GET("/:id", p.staffTraining)
	r.Staff.GET("/:id/edit", p.editTraining)
	r.Staff.POST("/:id/edit", p.saveTraining)
	r.Staff.POST("/:id/publish", p.setState("published"))
	r.Staff.POST("/:id/archive", p.setState("archived"))
	r.Staff.POST("/:id/draft", p.setState("draft"))
	r.Staff.GET("/:id/sessions/new", p.blankSession)
	r.Staff.POST("/:id/sessions/new", p.createSession)
	r.Staff.GET("/sessions/:id", p.console)
	r.Staff.GET("/sessions/:id/edit", p.editSession)
	r.Staff.POST("/sessions/:id/edit", p.saveSession)
	r.Staff.POST("/sessions/:id/publish", p.publishSession)
	r.Staff.GET("/sessions/:id/cancel", p.askCancelSession)
	r.Staff.POST("/sessions/:id/cancel", p.cancelSession)
	r.Staff.POST("/sessions/:id/attendance", p.attendance)
	r.Staff.GET("/sessions/:id/people/:person", p.person)
	r.Staff.POST("/sessions/:id/people/:person/remove", p.removePerson)
	r.Staff.GET("/sessions/:id/add", p.blankPerson)
	r.Staff.POST("/sessions/:id/add", p.addPerson)
	r.Staff.GET("/sessions/:id/import", p.blankImport)
	r.Staff.POST("/sessions/:id/import", p.importPeople)
	r.Staff.GET("/sessions/:id/export.csv", p.export)
	r.Staff.GET("/sessions/:id/mail", p.blankMail)
	r.Staff.POST("/sessions/:id/mail", p.mailPeople)
}

// live says when the next session is, for the front page.
func (p *portal) live(ctx context.Context) (app.Fact, error) {
	s, err := next(ctx, p.DB, p.Now())
	if errors.Is(err, fault.NotFound) {
		return app.Fact{}, nil
	}
	if err != nil {
		return app.Fact{}, err
	}
	at := i18n.DateTime(ctx, s.StartsAt)
	return app.Fact{Sentence: i18n.T(ctx, "trainings.counter.live", at), Point: at}, nil
}

// front are the next sessions.
func (p *portal) front(ctx context.Context) ([]templ.Component, error) {
	next, err := agenda(ctx, p.DB, agendaFilter{Now: p.Now(), Limit: 3})
	if err != nil || len(next) == 0 {
		return nil, err
	}
	return []templ.Component{frontView(next)}, nil
}

// desk tells a colleague about the sessions of today, and those that were held
// and of which nobody noted who was there: after the night that can no longer be done.
func (p *portal) desk(ctx context.Context, viewer account.Account) (items []app.DeskItem, err error) {
	now := p.Now()
	all, err := around(ctx, p.DB, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	today := hours.DateOf(now, p.Zone)
	for _, s := range all {
		mine := s.HostID == nil || *s.HostID == viewer.ID
		path := "/staff/trainings/sessions/" + s.ID
		switch {
		case s.State != "open" || s.TState != "published" || !mine:
		case s.Over(now) && s.Attended == 0 && s.Taken > 0 && hours.DateOf(s.EndsAt, p.Zone) == today:
			items = append(items, app.DeskItem{Path: path, Label: i18n.T(ctx, "trainings.desk.attendance", s.Title), Count: s.Taken, Urgent: true})
		case !s.Over(now) && hours.DateOf(s.Upcoming(now).Start, p.Zone) == today:
			items = append(items, app.DeskItem{Path: path, Label: i18n.T(ctx, "trainings.desk.today", s.Title, i18n.Clock(ctx, s.Upcoming(now).Start)), Count: s.Taken})
		}
	}
	return items, nil
}

// hosting are the sessions that a colleague gives, or all of them.
func (p *portal) hosting(ctx context.Context, ask app.AgendaAsk) (items []app.AgendaItem, err error) {
	all, err := between(ctx, p.DB, ask.From, ask.To)
	for _, s := range all {
		if !ask.All && s.HostKey() != ask.Who.ID {
			continue
		}
		for i, m := range s.Meetings() {
			if !m.End.After(ask.From) || !m.Start.Before(ask.To) {
				continue
			}
			id := s.ID
			if i > 0 {
				id += "-" + strconv.Itoa(i+1)
			}
			items = append(items, app.AgendaItem{
				UID: invite.UID("session", id, p.Config.URL), Sequence: int(s.Version), Start: m.Start, End: m.End, Zone: s.Location(),
				Kind: i18n.T(ctx, "trainings.kind."+s.Kind), Title: s.Title, Note: i18n.T(ctx, "trainings.taken", s.Taken, s.Capacity), Who: s.Host(),
				Where: whereOf(ctx, s.Session), Path: "/staff/trainings/sessions/" + s.ID, Open: s.State == "draft" || s.TState == "draft",
			})
		}
	}
	return items, err
}

func (p *portal) beside(ctx context.Context, _, person account.Account) (items []app.BesideItem, err error) {
	all, err := ofPerson(ctx, p.DB, person.ID, person.Email, p.Now())
	for _, s := range all {
		items = append(items, app.BesideItem{Path: "/staff/trainings/sessions/" + s.ID, Label: i18n.T(ctx, "trainings.beside", s.Title, i18n.Day(ctx, s.StartsAt))})
	}
	return items, err
}

// found is how a training is found: by everybody once it is published, by
// colleagues who work here while it is a draft.
func found(t Training) search.Doc {
	d := search.Doc{Kind: "training", Ref: t.ID, Path: "/trainings/" + t.ID, Title: t.Title, Body: t.Lead + "\n" + text.Plain(t.About), At: t.ChangedAt, Readers: []string{"all"}}
	if t.State != "published" {
		d.Path, d.Readers = "/staff/trainings/"+t.ID, []string{"staff:trainings"}
	}
	return d
}

func (p *portal) reindex(ctx context.Context, put func(search.Doc) error) error {
	return db.Each(ctx, p.DB, `SELECT * FROM training`, nil, func(t Training) error { return put(found(t)) })
}

func inZone(ctx context.Context, texts *i18n.Catalog, zone *time.Location, now time.Time) context.Context {
	return texts.With(ctx, i18n.Lang(ctx), zone, now)
}

// zoneName is how people call the time of the reader's zone: "Nederlandse tijd",
// "tijd van New York".
func zoneName(ctx context.Context) string {
	name := i18n.Of(ctx).Zone.String()
	switch name {
	case "Europe/Amsterdam":
		return i18n.T(ctx, "trainings.zone.home")
	case "UTC":
		return "UTC"
	}
	return i18n.T(ctx, "trainings.zone.of", city(name))
}

// city is the place that a zone is named after.
func city(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

// timeOf is from when to when a session is on its day: "10:00–10:45".
func timeOf(ctx context.Context, s Session) string {
	zone := i18n.Of(ctx).Zone
	s.EndsAt = s.Meetings()[0].End
	if hours.DateOf(s.StartsAt, zone) != hours.DateOf(s.EndsAt, zone) {
		return i18n.T(ctx, "trainings.until", i18n.Clock(ctx, s.StartsAt), i18n.DateTime(ctx, s.EndsAt))
	}
	return i18n.Clock(ctx, s.StartsAt) + "–" + i18n.Clock(ctx, s.EndsAt)
}

// dayOf is the day of a session in full: "donderdag 27 november 2026".
func dayOf(ctx context.Context, s Session) string {
	return i18n.WeekdayLong(ctx, s.StartsAt.In(i18n.Of(ctx).Zone).Weekday()) + " " + i18n.DayLong(ctx, s.StartsAt)
}

// whenOf is all of it, with the zone.
func whenOf(ctx context.Context, s Session) string {
	if s.Times > 1 {
		return i18n.T(ctx, "trainings.series.when", s.Times, strings.Join(meetings(ctx, s), "; "), zoneName(ctx))
	}
	return dayOf(ctx, s) + ", " + timeOf(ctx, s) + " (" + zoneName(ctx) + ")"
}

// meetings are the times of a session: "di 1 dec, 10:00–12:00".
func meetings(ctx context.Context, s Session) (all []string) {
	for _, m := range s.Meetings() {
		all = append(all, i18n.Day(ctx, m.Start)+", "+timeOf(ctx, Session{StartsAt: m.Start, EndsAt: m.End}))
	}
	return all
}

// rhythm is how often a session is held: "3 keer, elke week"; empty for once.
func rhythm(ctx context.Context, s Session) string {
	if s.Times <= 1 {
		return ""
	}
	return i18n.T(ctx, "trainings.series", s.Times, i18n.T(ctx, "trainings.session.every."+strconv.Itoa(s.Every)))
}

// whereOf is the place, or that it is online.
func whereOf(ctx context.Context, s Session) string {
	if s.Place != "" {
		return s.Place
	}
	return i18n.T(ctx, "trainings.online")
}
