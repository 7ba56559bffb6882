package tickets

import (
	"context"
	"errors"
	"slices"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/text"
	"loket/db"
)

// takeOver makes a ticket of what another counter hands over, with all that was
// said and noted, each at its own moment: what is promised counts from when it
// came in. fault.BadInput: there is nobody whom an answer could reach.
func (p *portal) takeOver(ctx context.Context, tx *db.Tx, in app.Intake) (string, error) {
	if len(in.Messages) == 0 {
		return "", fault.BadInput
	}
	who, fresh, err := p.sender(ctx, tx, in)
	if err != nil {
		return "", err
	}
	d, err := p.desk(ctx, tx)
	if err != nil {
		return "", err
	}
	then := d
	then.Now = in.ReceivedAt
	question := in.Messages[0]
	t := Ticket{CompanyID: who.CompanyID, RequesterID: &who.ID, Severity: "question", Channel: "form", Subject: in.Subject,
		// Whoever types another's address does not speak to that one's company.
		Private: in.AccountID == "" && !in.Confirmed}
	if t.Subject == "" {
		t.Subject = text.Excerpt(question.Text, 80)
	}
	if t.Subject == "" { // marks without words
		t.Subject = i18n.T(ctx, "tickets.channel.form")
	}
	if t, _, err = insert(ctx, tx, then, t, Message{AuthorID: &who.ID, Body: question.Text}); err != nil {
		return "", err
	}
	for _, said := range in.Messages[1:] {
		if then.Now = said.At; said.At.After(d.Now) {
			then.Now = d.Now
		}
		if err := p.retell(ctx, tx, then, t.ID, who, said); err != nil {
			return "", err
		}
	}
	if _, t, _, err = apply(ctx, tx, d, t.ID, Change{Actor: &in.By, Events: []Event{{Kind: TakenOver}}}); err != nil {
		return "", err
	}
	welcome := ""
	if fresh {
		if welcome, err = p.Host.Welcome(ctx, tx, who); err != nil {
			return "", err
		}
	}
	if err := p.Mail.Send(ctx, tx, mail.To{AccountID: who.ID, Address: who.Email, Name: who.Name, Lang: who.Lang}, takenOver(p, t, welcome)); err != nil {
		return "", err
	}
	if err := account.Audit(ctx, tx, account.Entry{At: d.Now, ActorID: in.By.ID, Act: "ticket.taken_over", Object: "ticket:" + t.ID, AboutID: who.ID}); err != nil {
		return "", err
	}
	if err := p.index(ctx, tx, t); err != nil {
		return "", err
	}
	if !in.By.May("tickets") { // he hands it over, and reads it no more
		return "/staff/", nil
	}
	return t.StaffPath(), nil
}

// sender is the account of who asked: his own, that of his address, or a new one,
// which opens with a link to that address only.
func (p *portal) sender(ctx context.Context, tx *db.Tx, in app.Intake) (who account.Account, fresh bool, err error) {
	if in.AccountID != "" {
		who, err = account.ByID(ctx, tx, in.AccountID)
	} else if !mail.Fits(in.Email) {
		return who, false, fault.BadInput
	} else {
		who, err = account.ByEmail(ctx, tx, in.Email)
	}
	if err == nil && who.DisabledAt != nil {
		return who, false, fault.BadInput
	}
	if err == nil || in.AccountID != "" || !errors.Is(err, fault.NotFound) {
		return who, false, err
	}
	who = account.Account{Email: in.Email, Name: in.Name, Phone: in.Phone, Lang: in.Lang, CreatedAt: p.Now()}
	if who.Name == "" {
		who.Name = who.Email
	}
	if in.Confirmed {
		who.VerifiedAt = &who.CreatedAt
	}
	who, err = account.Create(ctx, tx, who, false)
	return who, true, err
}

// retell adds what was said elsewhere to a ticket, at its own moment.
func (p *portal) retell(ctx context.Context, tx *db.Tx, then desk, id string, who account.Account, said app.Handed) error {
	m := Message{Kind: Reply, Party: Customer, Channel: "form", Body: said.Text}
	actor := &who
	if said.Note || said.AccountID != "" {
		m.Party, actor = Staff, nil
		if by, err := account.ByID(ctx, tx, said.AccountID); err == nil {
			actor = &by
		} else if !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	if said.Note {
		m.Kind = Note
	}
	_, _, _, err := apply(ctx, tx, then, id, Change{Actor: actor, Message: &m})
	return err
}

// takenOver tells somebody that his question goes on as a ticket. To an address
// that nobody has shown to be his it says nothing of what was asked.
func takenOver(p *portal, t Ticket, welcome string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		facts := []string{i18n.T(ctx, "tickets.mail.number"), t.Ref()}
		if t.DueAt != nil {
			facts = append(facts, i18n.T(ctx, "tickets.mail.by"), i18n.DateTime(ctx, *t.DueAt))
		}
		l := letter(ctx, "taken_over", t, mail.Para(i18n.T(ctx, "tickets.mail.taken_over.text")), mail.Facts(facts...))
		l.Subject, l.Heading = i18n.T(ctx, "tickets.mail.taken_over.subject", t.Ref()), i18n.T(ctx, "tickets.mail.taken_over.heading")
		if welcome == "" {
			l.Parts = append(l.Parts, p.open(ctx, t))
		} else {
			l.Parts = append(l.Parts, mail.Para(i18n.T(ctx, "tickets.mail.taken_over.welcome")),
				mail.Button(i18n.T(ctx, "tickets.mail.taken_over.button"), p.Site.URL+welcome))
		}
		return l
	}
}

// discreet is a letter to an address that nobody has shown to be the reader's:
// without his words, his name, or those of others that came with them. What a
// colleague answers is ours to send.
func (p *portal) discreet(make func(context.Context) mail.Letter) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		l := make(ctx)
		l.Subject, l.Heading = i18n.T(ctx, "tickets.mail.discreet.subject", l.Sub), i18n.T(ctx, "tickets.mail.discreet.heading")
		if !slices.Contains([]string{"tickets.answered", "tickets.solved"}, l.Kind) {
			l.Parts = []mail.Part{mail.Para(i18n.T(ctx, "tickets.mail.discreet.text"))}
		}
		l.Parts = append(l.Parts, mail.Fine(i18n.T(ctx, "tickets.mail.discreet.fine")))
		return l
	}
}
