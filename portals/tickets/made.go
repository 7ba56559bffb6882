package tickets

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/origin"
	"loket/app/web"
	"loket/db"
)

// What is made of a ticket at another counter: an idea. The counters meet by
// addresses and by what the origin registry keeps.

// source is how other counters name a ticket that something was made from.
func (t *Ticket) source() string { return "ticket:" + t.ID }

// ideaPath is where an idea is made of a ticket, if there is a counter for ideas
// that this colleague may use: with the question as a start, and for whom it is.
func (p *portal) ideaPath(c *web.Context, t Ticket, question string) string {
	for _, other := range p.Portals() {
		if other.Name != "ideas" || other.Permission != "" && !c.Account.May(other.Permission) {
			continue
		}
		with := url.Values{"from": {t.source()}, "title": {t.Subject}}
		if runes := []rune(question); len(runes) > 0 {
			with.Set("body", string(runes[:min(len(runes), 1500)])) // an address has an end
		}
		if t.RequesterID != nil {
			with.Set("account", *t.RequesterID)
		}
		return "/staff/ideas/new?" + with.Encode()
	}
	return ""
}

// question is the first that the customer wrote, as far as it is still there.
func question(all []entry) string {
	for _, e := range all {
		if e.Message != nil && e.Message.Seq == 1 {
			return e.Message.Body
		}
	}
	return ""
}

// madeOf lists what was made of a ticket; customers see what everybody may see.
func madeOf(ctx context.Context, on db.Querier, t Ticket, staff bool) ([]origin.Link, error) {
	all, err := origin.Of(ctx, on, t.source())
	return slices.DeleteFunc(all, func(l origin.Link) bool { return !staff && !l.Shown }), err
}

// madeState is how far something is that was made of a ticket, in words;
// nothing where its counter says it in a way that we do not know.
func madeState(ctx context.Context, l origin.Link) string {
	switch l.State {
	case "new", "review", "planned", "started", "completed", "declined", "duplicate":
		return i18n.T(ctx, "tickets.made."+l.State)
	}
	return ""
}

// shipped tells the requester, once, on his ticket and by mail, that what was
// made of it is there. What not everybody may see he hears nothing of.
func (p *portal) shipped(ctx context.Context, tx *db.Tx, n origin.News) error {
	if n.State != "completed" || !n.Shown {
		return nil
	}
	t, err := ofStaff(ctx, tx, n.Source[len("ticket:"):])
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	told, err := events(ctx, tx, t.ID)
	if err != nil || slices.ContainsFunc(told, func(e Event) bool { return e.Kind == Shipped && e.Value == n.Made }) {
		return err
	}
	d, err := p.desk(ctx, tx)
	if err != nil {
		return err
	}
	_, t, _, err = apply(ctx, tx, d, t.ID, Change{Events: []Event{{Kind: Shipped, Value: n.Made}}})
	if err != nil {
		return err
	}
	joined, err := participants(ctx, tx, t)
	if err != nil {
		return err
	}
	for _, who := range joined {
		if who.ID == t.Requester() && who.Mail && who.Present {
			return p.send(ctx, tx, who, shippedMail(p, t, n))
		}
	}
	return nil
}

// shippedMail tells that what was made of a ticket is there.
func shippedMail(p *portal, t Ticket, n origin.News) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.shipped.text", n.Title))}
		if n.Text != "" {
			parts = append(parts, mail.Quote(n.Text))
		}
		return letter(ctx, "shipped", t, append(parts, mail.Button(i18n.T(ctx, "tickets.mail.shipped.button"), p.Site.URL+n.Path),
			p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.unfollow")))...)
	}
}
