package tickets

import (
	"context"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/mail"
	"loket/app/origin"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Every mail about a ticket is one of these functions: from what happened to
// the letter, in the language of the reader.

// letter is what all mails about a ticket have in common.
func letter(ctx context.Context, kind string, t Ticket, parts ...mail.Part) mail.Letter {
	return mail.Letter{
		Kind:      "tickets." + kind,
		Subject:   i18n.T(ctx, "tickets.mail."+kind+".subject", t.Ref(), t.Subject),
		Preheader: i18n.T(ctx, "tickets.mail."+kind+".preheader"),
		Heading:   t.Subject,
		Sub:       t.Ref(),
		Parts:     parts,
		Thread:    "ticket:" + t.ID,
		About:     "ticket:" + t.ID,
	}
}

// open is the button to the ticket's page.
func (p *portal) open(ctx context.Context, t Ticket) mail.Part {
	return mail.Button(i18n.T(ctx, "tickets.mail.open"), p.Site.URL+t.Path())
}

// received tells the customer that his ticket has come in, and by when he gets an answer.
func received(p *portal, t Ticket) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.received.text"))}
		facts := []string{i18n.T(ctx, "tickets.mail.number"), t.Ref()}
		if t.DueAt != nil {
			facts = append(facts, i18n.T(ctx, "tickets.mail.by"), i18n.DateTime(ctx, *t.DueAt))
		}
		facts = append(facts, i18n.T(ctx, "tickets.mail.severity"), i18n.T(ctx, "tickets.new.severity."+t.Severity))
		return letter(ctx, "received", t, append(parts, mail.Facts(facts...), p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.automatic")))...)
	}
}

// answered brings a colleague's answer to those who follow the ticket.
func answered(p *portal, t Ticket, m Message, agent string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.answered.text", agent)), mail.Quote(m.Body)}
		if t.Status == Pending {
			parts = append(parts, mail.Para(i18n.T(ctx, "tickets.mail.answered.yours")))
		}
		return letter(ctx, "answered", t, append(parts, p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.unfollow")))...)
	}
}

// written brings what a customer wrote to the colleague whose ticket it is and
// to his own colleagues who follow it.
func written(p *portal, t Ticket, m Message, who string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "written", t, mail.Para(i18n.T(ctx, "tickets.mail.written.text", who)), mail.Quote(m.Body),
			p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.unfollow")))
	}
}

// added tells a colleague that he reads along from now on.
func added(p *portal, t Ticket, by string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		return letter(ctx, "added", t, mail.Para(i18n.T(ctx, "tickets.mail.added.text", by)), mail.Quote(t.Excerpt),
			p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.unfollow")))
	}
}

// solved tells that the ticket is solved; with a path to rate it asks the
// requester whether he is helped.
func solved(p *portal, t Ticket, m Message, who, ratePath string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.solved.text", who))}
		if m.Body != "" {
			parts = append(parts, mail.Quote(m.Body))
		}
		if ratePath != "" {
			parts = append(parts, mail.Para(i18n.T(ctx, "tickets.mail.solved.ask")),
				mail.Button(i18n.T(ctx, "tickets.rate.helped.yes"), p.Site.URL+ratePath+"?helped=yes"),
				mail.Button(i18n.T(ctx, "tickets.rate.helped.no"), p.Site.URL+ratePath+"?helped=no"))
		}
		return letter(ctx, "solved", t, append(parts, p.open(ctx, t), mail.Fine(i18n.T(ctx, "tickets.mail.solved.fine")))...)
	}
}

// reopened tells that the ticket is open again.
func reopened(p *portal, t Ticket, m Message, who string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		parts := []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.reopened.text", who))}
		if m.Body != "" {
			parts = append(parts, mail.Quote(m.Body))
		}
		return letter(ctx, "reopened", t, append(parts, p.open(ctx, t))...)
	}
}

// assigned tells a colleague that a ticket is his from now on.
func assigned(p *portal, t Ticket, by string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		facts := []string{i18n.T(ctx, "tickets.mail.severity"), i18n.T(ctx, "tickets.new.severity."+t.Severity)}
		if t.DueAt != nil {
			facts = append(facts, i18n.T(ctx, "tickets.mail.by"), i18n.DateTime(ctx, *t.DueAt))
		}
		return letter(ctx, "assigned", t, mail.Para(i18n.T(ctx, "tickets.mail.assigned.text", by)), mail.Facts(facts...), mail.Quote(t.Excerpt),
			mail.Button(i18n.T(ctx, "tickets.mail.open"), p.Site.URL+t.StaffPath()))
	}
}

// send queues a letter to one person.
func (p *portal) send(ctx context.Context, tx *db.Tx, to Person, make func(context.Context) mail.Letter) error {
	if !to.Proven && !to.Ours() {
		make = p.discreet(make)
	}
	return p.Mail.Send(ctx, tx, mail.To{AccountID: to.ID, Address: to.Email, Name: to.Name, Lang: to.Lang}, make)
}

// tell mails what happened to those who follow the ticket and to the colleague
// whose it is, but not to who did it.
func (p *portal) tell(ctx context.Context, tx *db.Tx, before, after Ticket, m Message, actor account.Account) error {
	if err := p.tellFollowers(ctx, tx, before, after, m, actor); err != nil {
		return err
	}
	if m.Kind == Note {
		return p.tellAssignee(ctx, tx, before, after, Message{}, actor)
	}
	following, err := participants(ctx, tx, after)
	if err != nil {
		return err
	}
	nowSolved := finished(after.Status) && !finished(before.Status)
	nowOpen := finished(before.Status) && !finished(after.Status)
	for _, who := range following {
		if !who.Mail || !who.Present || who.ID == actor.ID {
			continue
		}
		var make func(context.Context) mail.Letter
		switch {
		case nowSolved:
			path := ""
			if who.ID == after.Requester() {
				if path, err = rateLink(ctx, tx, after, who, *after.SolvedAt); err != nil {
					return err
				}
			}
			make = solved(p, after, m, actor.Name, path)
		case nowOpen:
			make = reopened(p, after, m, actor.Name)
		case m.Party == Staff:
			make = answered(p, after, m, actor.Name)
		case m.Party == Customer:
			make = written(p, after, m, actor.Name)
		default:
			continue
		}
		if err := p.send(ctx, tx, who, make); err != nil {
			return err
		}
	}
	return p.tellAssignee(ctx, tx, before, after, m, actor)
}

// tellAssignee mails the colleague whose ticket it is.
func (p *portal) tellAssignee(ctx context.Context, tx *db.Tx, before, after Ticket, m Message, actor account.Account) error {
	if after.AssigneeID == nil || *after.AssigneeID == actor.ID {
		return nil
	}
	found, err := people(ctx, tx, []string{*after.AssigneeID})
	who, ok := found[*after.AssigneeID]
	if err != nil || !ok {
		return err
	}
	switch {
	case before.Assignee() != after.Assignee():
		return p.send(ctx, tx, who, assigned(p, after, actor.Name))
	case finished(before.Status) && !finished(after.Status):
		return p.send(ctx, tx, who, reopened(p, after, m, actor.Name))
	case m.Party == Customer:
		return p.send(ctx, tx, who, written(p, after, m, actor.Name))
	}
	return nil
}

// rateLink makes the link by which the requester says whether he is helped, as
// long as he may still reopen the ticket and a while after.
func rateLink(ctx context.Context, tx *db.Tx, t Ticket, who Person, now time.Time) (string, error) {
	secret, err := links.Make(ctx, tx, links.Link{Purpose: ratePurpose, AccountID: &who.ID, Email: who.Email, Subject: t.ID}, now, 30*24*time.Hour)
	return "/tickets/helped/" + secret, err
}

// samples are one of each mail, about a ticket that does not exist.
func samples(p *portal) []mail.Sample {
	example := func(ctx context.Context) (Ticket, Message) {
		due := i18n.Of(ctx).Now.Add(26 * time.Hour)
		return Ticket{ID: "EXAMPLE", Number: 2841, Subject: i18n.T(ctx, "tickets.mail.example.subject"), Excerpt: i18n.T(ctx, "tickets.mail.example.question"),
			Severity: "hinders", Status: Open, DueAt: &due}, Message{Party: Staff, Body: i18n.T(ctx, "tickets.mail.example.answer")}
	}
	make := func(name string, make func(Ticket, Message) func(context.Context) mail.Letter) mail.Sample {
		return mail.Sample{Name: "tickets." + name, Make: func(ctx context.Context) mail.Letter {
			t, m := example(ctx)
			return make(t, m)(ctx)
		}}
	}
	return []mail.Sample{
		make("received", func(t Ticket, _ Message) func(context.Context) mail.Letter { return received(p, t) }),
		make("taken_over", func(t Ticket, _ Message) func(context.Context) mail.Letter {
			return takenOver(p, t, "/signin/welcome/EXAMPLE")
		}),
		make("discreet", func(t Ticket, m Message) func(context.Context) mail.Letter {
			return p.discreet(answered(p, t, m, "Sanne Dekker"))
		}),
		make("answered", func(t Ticket, m Message) func(context.Context) mail.Letter { return answered(p, t, m, "Sanne Dekker") }),
		make("written", func(t Ticket, m Message) func(context.Context) mail.Letter { return written(p, t, m, "Joost Bakker") }),
		make("added", func(t Ticket, _ Message) func(context.Context) mail.Letter { return added(p, t, "Joost Bakker") }),
		make("solved", func(t Ticket, m Message) func(context.Context) mail.Letter {
			return solved(p, t, m, "Sanne Dekker", "/tickets/helped/EXAMPLE")
		}),
		make("reopened", func(t Ticket, m Message) func(context.Context) mail.Letter { return reopened(p, t, m, "Joost Bakker") }),
		make("merged", func(t Ticket, _ Message) func(context.Context) mail.Letter {
			return mergedMail(p, t, Ticket{ID: "EXAMPLE", Number: 2799, Subject: t.Subject})
		}),
		make("split", func(t Ticket, _ Message) func(context.Context) mail.Letter {
			return splitMail(p, Ticket{Number: 2799}, t)
		}),
		make("followed", func(t Ticket, m Message) func(context.Context) mail.Letter { return followed(p, t, m, "Sanne Dekker") }),
		make("shipped", func(t Ticket, m Message) func(context.Context) mail.Letter {
			return shippedMail(p, t, origin.News{Link: origin.Link{Path: "/ideas/1", Title: t.Subject}, Text: m.Body})
		}),
		{Name: "tickets.known_update", Make: func(ctx context.Context) mail.Letter { return p.knownLetter(exampleProblem(ctx), "known_update")(ctx) }},
		{Name: "tickets.known_solved", Make: func(ctx context.Context) mail.Letter { return p.knownLetter(exampleProblem(ctx), "known_solved")(ctx) }},
		{Name: "tickets.known_back", Make: func(ctx context.Context) mail.Letter { return p.knownLetter(exampleProblem(ctx), "known_back")(ctx) }},
		make("warning", func(t Ticket, _ Message) func(context.Context) mail.Letter {
			t.DueClock = First
			return warning(p, t, 48*time.Minute)
		}),
		make("assigned", func(t Ticket, _ Message) func(context.Context) mail.Letter { return assigned(p, t, "Daan Visser") }),
	}
}

// exampleProblem is a known problem that does not exist.
func exampleProblem(ctx context.Context) known {
	title, body := i18n.T(ctx, "tickets.mail.example.subject"), i18n.T(ctx, "tickets.mail.example.answer")
	return known{ID: "EXAMPLE", Kind: Problem, TitleNL: title, BodyNL: body, TitleEN: title, BodyEN: body}
}

// receiptOf says what the forms of this counter lead to being kept: from the
// same declaration that erases it.
func receiptOf(c *web.Context) keeps {
	lang := i18n.Lang(c.Request.Context())
	support := purposes[0]
	return keeps{Why: support.Why.In(lang), Until: support.Records[0].Keep[0].Sentence(lang), Who: i18n.T(c, "tickets.receipt.who")}
}

// shorten is the beginning of a message, for lists.
func shorten(body string) string { return text.Excerpt(body, 120) }
