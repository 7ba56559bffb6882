// Package tickets is the counter for questions: customers file them and read
// when the answer will come; colleagues answer, the one that is due first, first.
package tickets

import (
	"context"
	"embed"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct{ *app.Host }

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{host}
	jobs.Handle(host.Jobs, "tickets.recompute", p.recompute)
	host.Origin.Handle("ticket", p.shipped)
	host.Settings.OnChange(settings.CalendarKey(host.Zone).Name, p.queueRecompute)
	return app.Portal{
		Name:       "tickets",
		Permission: "tickets",
		Texts:      texts,
		Nav:        []web.NavItem{{Path: "/tickets/", Label: "tickets.nav", Icon: "ticket"}},
		StaffNav:   []web.NavItem{{Path: "/staff/tickets/", Label: "tickets.nav", Icon: "ticket", May: "tickets"}},
		Counter:    &app.Counter{Path: "/tickets/new", Live: p.live},
		Front:      p.front,
		Routes: func(r *app.Routes) {
			p.customerRoutes(r)
			p.staffRoutes(r)
		},
		Desk:       p.waiting,
		Takes:      map[string]app.Take{"ticket": p.takeOver},
		Beside:     p.beside,
		Purposes:   purposes,
		Impersonal: impersonal,
		Chores: []jobs.Chore{
			{Name: "wake", Every: time.Minute, Do: p.wake},
			{Name: "warn", Every: time.Minute, Do: p.warn},
			{Name: "close", Every: time.Hour, Do: p.closeSolved},
			{Name: "count", Every: 24 * time.Hour, Do: p.checkCounts},
			{Name: "kept", Every: 15 * time.Minute, Do: p.reckon},
		},
		Mails:    samples(p),
		Reindex:  p.reindex,
		Document: document,
		Demo:     p.demo,
	}
}

// Ref is how people call a ticket: TK-1042.
func (t *Ticket) Ref() string { return "TK-" + strconv.FormatInt(t.Number, 10) }

// Path is the page of a ticket for its customer.
func (t *Ticket) Path() string { return "/tickets/" + t.ID }

// StaffPath is the page of a ticket for colleagues.
func (t *Ticket) StaffPath() string { return "/staff/tickets/" + t.ID }

func (p *portal) calendar(ctx context.Context) (hours.Calendar, error) {
	return settings.Get(ctx, p.Settings, settings.CalendarKey(p.Zone))
}

// desk reads the office hours and promises in force now.
func (p *portal) desk(ctx context.Context, on db.Querier) (desk, error) {
	calendar, err := p.calendar(ctx)
	if err != nil {
		return desk{}, err
	}
	promised, err := policies(ctx, on)
	return desk{p.Now(), calendar, promised}, err
}

// live is what the front page says of the counter: when a question that is
// asked now will be answered.
func (p *portal) live(ctx context.Context) (app.Fact, error) {
	d, err := p.desk(ctx, p.DB)
	if err != nil {
		return app.Fact{}, err
	}
	due, err := promise(d.Now, "question", d.Policies, d.Calendar)
	if err != nil || due.IsZero() {
		return app.Fact{}, err
	}
	at := i18n.Soon(ctx, due)
	return app.Fact{Sentence: i18n.T(ctx, "tickets.counter.live", at), Point: at}, nil
}

// front are a customer's own open tickets.
func (p *portal) front(ctx context.Context) ([]templ.Component, error) {
	who := web.Of(ctx).Account
	if who == nil || who.Staff() {
		return nil, nil
	}
	open, err := mine(ctx, p.DB, customerList{Me: who.ID, Company: who.Company()}, false, place{})
	if err != nil || len(open) == 0 {
		return nil, err
	}
	return []templ.Component{frontView(open[:min(3, len(open))])}, nil
}

// waiting says what waits for a colleague: what is late, his own, and nobody's.
func (p *portal) waiting(ctx context.Context, viewer account.Account) ([]app.DeskItem, error) {
	kept, err := counts(ctx, p.DB, viewer.ID)
	if err != nil {
		return nil, err
	}
	late, err := countLate(ctx, p.DB, p.Now())
	if err != nil {
		return nil, err
	}
	var items []app.DeskItem
	add := func(n int, key, path string, urgent bool) {
		if n > 0 {
			items = append(items, app.DeskItem{Path: path, Label: i18n.T(ctx, key), Count: n, Urgent: urgent})
		}
	}
	add(late, "tickets.desk.late", "/staff/tickets/", true)
	add(kept["mine"], "tickets.desk.mine", "/staff/tickets/?view=mine", false)
	add(kept["nobody"], "tickets.desk.nobody", "/staff/tickets/?view=nobody", false)
	return items, nil
}

// beside lists a person's tickets for the card that colleagues see.
func (p *portal) beside(ctx context.Context, _, person account.Account) ([]app.BesideItem, error) {
	all, err := ofRequester(ctx, p.DB, person.ID, 5)
	var items []app.BesideItem
	for _, t := range all {
		items = append(items, app.BesideItem{Path: t.StaffPath(), Label: t.Ref() + " " + t.Subject + " (" + i18n.T(ctx, "tickets.status."+t.Status) + ")"})
	}
	return items, err
}

// wake ends the snooze of the tickets whose time has come.
func (p *portal) wake(ctx context.Context) error {
	ids, err := snoozedUntil(ctx, p.DB, p.Now())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.change(ctx, id, Change{Edit: func(t *Ticket) { t.SnoozedUntil = nil }}); err != nil {
			return err
		}
	}
	return nil
}

// closeSolved closes what was solved so long ago that nobody can reopen it.
func (p *portal) closeSolved(ctx context.Context) error {
	ids, err := solvedBefore(ctx, p.DB, p.Now().Add(-closeAfter))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.change(ctx, id, Change{Edit: func(t *Ticket) { t.Status = Closed }}); err != nil {
			return err
		}
	}
	return nil
}

// change carries out a change by the program itself.
func (p *portal) change(ctx context.Context, id string, c Change) error {
	d, err := p.desk(ctx, p.DB)
	if err != nil {
		return err
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		_, _, _, err := apply(ctx, tx, d, id, c)
		return err
	})
}

// index makes a ticket findable as it is now: what was said to the customer for
// all who may see the ticket, notes for colleagues only, in a document apart.
func (p *portal) index(ctx context.Context, tx *db.Tx, t Ticket) error {
	return docs(ctx, tx, t, func(d search.Doc) error { return p.Search.Put(ctx, tx, d) })
}

func docs(ctx context.Context, on db.Querier, t Ticket, put func(search.Doc) error) error {
	if t.Subject == t.Ref() { // what it said has been erased
		return nil
	}
	all, err := messages(ctx, on, t.ID, true)
	if err != nil {
		return err
	}
	joined, err := db.All[string](ctx, on, `SELECT account_id FROM ticket_participant WHERE ticket_id = ?`, t.ID)
	if err != nil {
		return err
	}
	said, noted := "", ""
	for _, m := range all {
		if m.Kind == Note {
			noted += text.Plain(m.Body) + "\n"
		} else {
			said += text.Plain(m.Body) + "\n"
		}
	}
	said += t.Ref() // to be found by its number; last, for the excerpt begins with what was said
	doc := search.Doc{Kind: "ticket", Ref: t.ID, Path: t.Path(), Title: t.Subject, Body: said, Note: t.Ref(), At: t.CreatedAt, Readers: readers(t, joined)}
	if err := put(doc); err != nil {
		return err
	}
	if noted == "" {
		return nil
	}
	return put(search.Doc{Kind: "ticket_note", Ref: t.ID, Path: t.StaffPath(), Title: t.Subject, Body: noted, Note: t.Ref(), At: t.CreatedAt, Readers: []string{"staff:tickets"}})
}

// document is what the index has of a ticket, or of its notes, as it is now.
func document(ctx context.Context, on *db.Tx, kind, ref string) (found search.Doc, err error) {
	if kind == "ticket_known" {
		return knownDocument(ctx, on, ref)
	}
	if kind != "ticket" && kind != "ticket_note" {
		return found, fault.NotFound
	}
	t, err := ofStaff(ctx, on, ref)
	if err != nil {
		return found, err
	}
	err = docs(ctx, on, t, func(d search.Doc) error {
		if d.Kind == kind {
			found = d
		}
		return nil
	})
	if err == nil && found.Kind == "" {
		err = fault.NotFound
	}
	return found, err
}

// readers are those who find a ticket: see visible, which says the same in SQL.
func readers(t Ticket, joined []string) []string {
	all := []string{"staff:tickets"}
	if t.CompanyID == nil {
		if t.RequesterID != nil {
			all = append(all, "account:"+*t.RequesterID)
		}
		return all
	}
	for _, who := range append(joined, t.Requester()) {
		if who != "" {
			all = append(all, account.Member(*t.CompanyID, who))
		}
	}
	if !t.Private {
		all = append(all, "managers:"+*t.CompanyID)
	}
	return all
}

// reindex gives every ticket, and all that is known, to the index anew.
func (p *portal) reindex(ctx context.Context, put func(search.Doc) error) error {
	all, err := allKnown(ctx, p.DB)
	if err != nil {
		return err
	}
	for _, k := range all {
		for _, doc := range knownDocs(k) {
			if err := put(doc); err != nil {
				return err
			}
		}
	}
	after := ""
	for {
		batch, err := db.All[Ticket](ctx, p.DB, `SELECT `+ticketColumns+` FROM ticket t WHERE t.id > ? ORDER BY t.id LIMIT 200`, after)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, t := range batch {
			after = t.ID
			if err := docs(ctx, p.DB, t, put); err != nil {
				return err
			}
		}
	}
}
