package contact

import (
	"errors"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/text"
	"loket/db"
)

func about(q Contact) string { return "contact:" + q.ID }

func (q Contact) to() mail.To {
	to := mail.To{Address: q.Email, Name: q.Name, Lang: q.Lang}
	if q.AccountID != nil {
		to.AccountID = *q.AccountID
	}
	return to
}

func (p *portal) url(path string) string { return p.Site.URL + path }

// confirmLetter asks whether an address is the sender's. It says nothing of
// what was written: anyone may have written it.
func (p *portal) confirmLetter(q Contact, path string) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		return mail.Letter{Kind: "contact.confirm", About: about(q), Subject: i18n.T(c, "contact.mail.confirm.subject"), Heading: i18n.T(c, "contact.mail.confirm.heading"),
			Parts: []mail.Part{mail.Para(i18n.T(c, "contact.mail.confirm.text")), mail.Button(i18n.T(c, "contact.mail.confirm.button"), p.url(path)), mail.Fine(i18n.T(c, "contact.mail.notyou"))},
			Why:   i18n.T(c, "contact.mail.entered")}
	}
}

func (p *portal) tellToConfirm(c ctx, tx *db.Tx, q Contact) error {
	path, err := p.link(c, tx, q)
	if err != nil {
		return err
	}
	return p.Mail.Send(c, tx, q.to(), p.confirmLetter(q, path))
}

// receivedLetter acknowledges a question. To an address that nobody has
// confirmed it carries neither name nor text.
func (p *portal) receivedLetter(q Contact, path string) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		by := i18n.DateTime(c, q.DueAt)
		l := mail.Letter{Kind: "contact.received", About: about(q), Thread: about(q), Subject: i18n.T(c, "contact.mail.received.subject"),
			Heading: i18n.T(c, "contact.mail.received.heading"), Preheader: i18n.T(c, "contact.mail.received.by", by), Why: i18n.T(c, "contact.mail.entered")}
		if q.How == "call" {
			l.Parts = append(l.Parts, mail.Para(i18n.T(c, "contact.mail.received.call", by)))
		} else {
			l.Parts = append(l.Parts, mail.Para(i18n.T(c, "contact.mail.received.text", by)))
		}
		if q.ConfirmedAt == nil {
			l.Parts = append(l.Parts, mail.Fine(i18n.T(c, "contact.mail.notyou")))
			return l
		}
		l.Parts = append(l.Parts, mail.Quote(q.Message), mail.Button(i18n.T(c, "contact.mail.look"), p.url(path)))
		return l
	}
}

func (p *portal) tellReceived(c ctx, tx *db.Tx, q Contact) error {
	path := ""
	if q.ConfirmedAt != nil {
		var err error
		if path, err = p.link(c, tx, q); err != nil {
			return err
		}
	}
	return p.Mail.Send(c, tx, q.to(), p.receivedLetter(q, path))
}

// answerLetter is what a colleague answered, with the question whether that will
// do. It does not repeat what was asked.
func (p *portal) answerLetter(q Contact, agent, body, path string) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		return mail.Letter{Kind: "contact.answer", About: about(q), Thread: about(q), Subject: i18n.T(c, "contact.mail.answer.subject"), Preheader: text.Excerpt(body, 120),
			Heading: i18n.T(c, "contact.mail.answer.heading"),
			Parts: []mail.Part{mail.Said(agent, i18n.T(c, "contact.mail.answer.wrote", agent), body), mail.Para(i18n.T(c, "contact.mail.answer.satisfied")),
				mail.Button(i18n.T(c, "contact.mail.answer.button"), p.url(path)), mail.Fine(i18n.T(c, "contact.mail.answer.fine"))},
			Why: i18n.T(c, "contact.mail.entered")}
	}
}

// teamLetter tells a colleague that something came in for him.
func (p *portal) teamLetter(q Contact, topic Topic, kind string) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		name := topic.Name(i18n.Lang(c))
		return mail.Letter{Kind: "contact." + kind, About: about(q), Thread: "team:" + about(q), Subject: i18n.T(c, "contact.mail."+kind+".subject", name),
			Heading: i18n.T(c, "contact.mail."+kind+".heading"),
			Parts: []mail.Part{mail.Para(i18n.T(c, "contact.mail."+kind+".text", i18n.DateTime(c, q.DueAt))),
				mail.Facts(i18n.T(c, "contact.ask.name"), q.Name, i18n.T(c, "contact.ask.topic"), name), mail.Button(i18n.T(c, "contact.mail.team.button"), p.url("/staff/contact/"+q.ID))},
			Why: i18n.T(c, "contact.mail.team.why")}
	}
}

// team are the colleagues who hear of a question: whoever took it, else those named for its topic as
// far as they work on contact; of a topic without names, all who do.
func (p *portal) team(c ctx, on db.Querier, q Contact) ([]account.Account, Topic, error) {
	topic, err := p.topicOf(c, q.Topic)
	if err != nil {
		return nil, topic, err
	}
	agents, err := account.Agents(c, on, "contact")
	if q.AgentID != nil {
		if i := slices.IndexFunc(agents, func(a account.Account) bool { return a.ID == *q.AgentID }); i >= 0 {
			return agents[i : i+1], topic, err
		}
	}
	if err != nil || len(topic.Team) == 0 {
		return agents, topic, err
	}
	named := slices.DeleteFunc(slices.Clone(agents), func(a account.Account) bool { return !topic.has(a) })
	if len(named) > 0 {
		agents = named
	}
	return agents, topic, nil
}

func (p *portal) tell(c ctx, tx *db.Tx, q Contact, kind string) error {
	agents, topic, err := p.team(c, tx, q)
	if err != nil {
		return err
	}
	for _, a := range agents {
		if err := p.Mail.Send(c, tx, mail.To{AccountID: a.ID, Address: a.Email, Name: a.Name, Lang: a.Lang}, p.teamLetter(q, topic, kind)); err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) tellTeam(c ctx, tx *db.Tx, q Contact) error { return p.tell(c, tx, q, "team") }

// alarm tells the team, once, that an answer is later than promised.
func (p *portal) alarm(c ctx) error {
	late, err := db.All[Contact](c, p.DB, `SELECT * FROM contact WHERE status = 'open' AND due_at <= ? AND NOT alarmed ORDER BY due_at, id LIMIT 200`, p.Now())
	if err != nil {
		return err
	}
	var failed []error
	for _, q := range late {
		failed = append(failed, p.DB.Tx(c, func(tx *db.Tx) error {
			n, err := db.Exec(c, tx, `UPDATE contact SET alarmed = TRUE WHERE id = ? AND NOT alarmed AND status = 'open'`, q.ID)
			if err != nil || n == 0 {
				return err
			}
			return p.tell(c, tx, q, "late")
		}))
	}
	return errors.Join(failed...)
}

func (p *portal) samples() []mail.Sample {
	example := func(c ctx) Contact {
		now := p.Now()
		return Contact{ID: "sample", Topic: "question", How: "mail", Name: "Iris Blom", Email: "iris@blom.example", Message: "Kan ik tekeningen delen met iemand zonder account?",
			Lang: i18n.Lang(c), ReceivedAt: now, OwedAt: now, DueAt: now.Add(48 * time.Hour)}
	}
	const own = "/contact/message/VOORBEELD"
	confirmed := func(c ctx) Contact {
		q := example(c)
		q.ConfirmedAt = &q.ReceivedAt
		return q
	}
	return []mail.Sample{
		{Name: "contact.confirm", Make: func(c ctx) mail.Letter { return p.confirmLetter(example(c), own)(c) }},
		{Name: "contact.received", Make: func(c ctx) mail.Letter { return p.receivedLetter(confirmed(c), own)(c) }},
		{Name: "contact.received.stranger", Make: func(c ctx) mail.Letter { return p.receivedLetter(example(c), "")(c) }},
		{Name: "contact.answer", Make: func(c ctx) mail.Letter {
			return p.answerLetter(example(c), "Sanne Dekker", i18n.T(c, "contact.mail.answer.example"), own)(c)
		}},
		{Name: "contact.team", Make: func(c ctx) mail.Letter { return p.teamLetter(example(c), TopicsKey.Default[0], "team")(c) }},
		{Name: "contact.yours", Make: func(c ctx) mail.Letter { return p.teamLetter(example(c), TopicsKey.Default[0], "yours")(c) }},
		{Name: "contact.late", Make: func(c ctx) mail.Letter { return p.teamLetter(example(c), TopicsKey.Default[0], "late")(c) }},
	}
}
