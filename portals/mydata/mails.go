package mydata

import (
	"context"
	"errors"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/links"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/db"
)

// linkLetter opens what is held of an address to who reads its mail. It says
// nothing about whether that is anything.
func linkLetter(kind, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.link."+key, args...) }
		return mail.Letter{Kind: "mydata.link", Subject: t("subject"), Preheader: t("text"), Heading: t("subject"),
			Parts: []mail.Part{mail.Para(t("text")), mail.Facts(t("asked"), i18n.T(ctx, "mydata.type."+kind)), mail.Button(t("button"), url), mail.Fine(t("fine"))}, Why: t("why")}
	}
}

// frozenLetter tells that an erasure was asked, and how to stop it.
func frozenLetter(at time.Time, url string, only privacy.Text) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.frozen."+key, args...) }
		told := t("text", i18n.DateTime(ctx, at))
		if !only.IsZero() {
			told = t("one", text(ctx, only), i18n.DateTime(ctx, at))
		}
		return mail.Letter{Kind: "mydata.frozen", Subject: t("subject"), Preheader: told, Heading: t("subject"),
			Parts: []mail.Part{mail.Para(told), mail.Para(t("you")), mail.Button(t("button"), url), mail.Fine(t("fine"))}, Why: t("why")}
	}
}

// reportLetter is the last letter to who was erased.
func (p *portal) reportLetter(r privacy.Request, report privacy.Report) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		var lines []string
		for _, l := range p.eraseLines(ctx, report.Purposes) {
			lines = append(lines, l.say())
		}
		return reported(ctx, r, report, lines, p.dayText(ctx, report.BackupsUntil))
	}
}

func reported(ctx context.Context, r privacy.Request, report privacy.Report, lines []string, backups string) mail.Letter {
	t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.report."+key, args...) }
	parts := []mail.Part{mail.Para(t("text", r.Number)), mail.List(lines...)}
	if report.Scrubbed > 0 {
		parts = append(parts, mail.Para(i18n.N(ctx, "mydata.mail.report.scrubbed", report.Scrubbed)))
	}
	if report.Doubtful > 0 {
		parts = append(parts, mail.Para(i18n.N(ctx, "mydata.mail.report.doubtful", report.Doubtful)))
	}
	if report.Cancelled > 0 {
		parts = append(parts, mail.Para(i18n.N(ctx, "mydata.mail.report.cancelled", report.Cancelled)))
	}
	parts = append(parts, mail.Para(t("sent")), mail.Para(t("backups", backups)), mail.Para(i18n.T(ctx, "mydata.mail.ap")), mail.Fine(t("fine")))
	return mail.Letter{Kind: "mydata.report", Subject: t("subject"), Preheader: t("text", r.Number), Heading: t("subject"), Parts: parts, Why: t("why"), About: mail.Once + r.ID}
}

// answerLetter is what a colleague answers. Whoever is given access finds his
// data, and the notes about him, behind url.
func answerLetter(r privacy.Request, state, answer, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.answer."+key, args...) }
		parts := []mail.Part{mail.Para(t(state, r.Number, i18n.T(ctx, "mydata.type."+r.Type)))}
		if answer != "" {
			parts = append(parts, mail.Quote(answer))
		}
		if r.Type == privacy.Access && state == privacy.Fulfilled {
			parts = append(parts, mail.Para(t("access")), mail.Button(t("access.button"), url))
		}
		if state != privacy.Fulfilled {
			parts = append(parts, mail.Para(i18n.T(ctx, "mydata.mail.ap")))
		}
		return mail.Letter{Kind: "mydata.answer", Subject: t("subject", r.Number), Preheader: t(state, r.Number, i18n.T(ctx, "mydata.type."+r.Type)), Heading: t("subject", r.Number), Parts: parts, Why: t("why"), Thread: "request:" + r.ID, About: "request:" + r.ID}
	}
}

// extendLetter says that the answer comes later, and why (GDPR art. 12(3)).
func extendLetter(r privacy.Request, due string, reason string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.extend."+key, args...) }
		return mail.Letter{Kind: "mydata.extend", Subject: t("subject", r.Number), Preheader: t("text", due), Heading: t("subject", r.Number),
			Parts: []mail.Part{mail.Para(t("text", due)), mail.Quote(reason), mail.Para(i18n.T(ctx, "mydata.mail.ap"))}, Why: i18n.T(ctx, "mydata.mail.answer.why"), Thread: "request:" + r.ID, About: "request:" + r.ID}
	}
}

// warnLetter comes a month before an account goes.
func warnLetter(day, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.warn."+key, args...) }
		return mail.Letter{Kind: "mydata.warn", Subject: t("subject", day), Preheader: t("text", day), Heading: t("subject", day),
			Parts: []mail.Part{mail.Para(t("text", day)), mail.Para(t("keep")), mail.Button(t("button"), url)}, Why: t("why")}
	}
}

// remindLetter tells colleagues that requests wait.
func remindLetter(lines []string, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string) string { return i18n.T(ctx, "mydata.mail.remind."+key) }
		return mail.Letter{Kind: "mydata.remind", Subject: t("subject"), Preheader: t("text"), Heading: t("subject"),
			Parts: []mail.Part{mail.Para(t("text")), mail.List(lines...), mail.Button(t("button"), url)}, Why: t("why")}
	}
}

// informLetter tells of a new version that is worse for the reader.
func informLetter(number int64, day string, changes []string, url string) func(context.Context) mail.Letter {
	return func(ctx context.Context) mail.Letter {
		t := func(key string, args ...any) string { return i18n.T(ctx, "mydata.mail.inform."+key, args...) }
		parts := []mail.Part{mail.Para(t("text", number, day))}
		if len(changes) > 0 {
			parts = append(parts, mail.List(changes...))
		}
		return mail.Letter{Kind: "mydata.inform", Subject: t("subject"), Preheader: t("text", number, day), Heading: t("subject"),
			Parts: append(parts, mail.Button(t("button"), url), mail.Fine(t("fine"))), Why: t("why")}
	}
}

// samples are one of each letter.
var samples = []mail.Sample{
	{Name: "mydata.link", Make: func(ctx context.Context) mail.Letter {
		return linkLetter(privacy.Access, "https://loket.example/privacy/link/VOORBEELD")(ctx)
	}},
	{Name: "mydata.frozen", Make: func(ctx context.Context) mail.Letter {
		return frozenLetter(i18n.Of(ctx).Now.Add(72*time.Hour), "https://loket.example/privacy/stop/VOORBEELD", privacy.Text{})(ctx)
	}},
	{Name: "mydata.report", Make: func(ctx context.Context) mail.Letter {
		lines := []string{i18n.T(ctx, "mydata.erase.sample")}
		return reported(ctx, privacy.Request{ID: "x", Number: 12}, privacy.Report{Scrubbed: 2, Doubtful: 1, Cancelled: 1}, lines, i18n.DayLong(ctx, i18n.Of(ctx).Now.AddDate(0, 0, 35)))
	}},
	{Name: "mydata.answer", Make: func(ctx context.Context) mail.Letter {
		return answerLetter(privacy.Request{ID: "x", Number: 12, Type: privacy.Rectification}, privacy.Refused, i18n.T(ctx, "mydata.mail.answer.sample"), "")(ctx)
	}},
	{Name: "mydata.extend", Make: func(ctx context.Context) mail.Letter {
		return extendLetter(privacy.Request{ID: "x", Number: 12}, i18n.DayLong(ctx, i18n.Of(ctx).Now.AddDate(0, 3, 0)), i18n.T(ctx, "mydata.mail.extend.sample"))(ctx)
	}},
	{Name: "mydata.warn", Make: func(ctx context.Context) mail.Letter {
		return warnLetter(i18n.DayLong(ctx, i18n.Of(ctx).Now.AddDate(0, 0, 30)), "https://loket.example/signin")(ctx)
	}},
	{Name: "mydata.remind", Make: func(ctx context.Context) mail.Letter {
		return remindLetter([]string{i18n.T(ctx, "mydata.mail.remind.line", 12, i18n.T(ctx, "mydata.type.access"), i18n.DayLong(ctx, i18n.Of(ctx).Now.AddDate(0, 0, 6)))}, "https://loket.example/staff/privacy/requests")(ctx)
	}},
	{Name: "mydata.inform", Make: func(ctx context.Context) mail.Letter {
		return informLetter(15, i18n.DayLong(ctx, i18n.Of(ctx).Now.AddDate(0, 0, 14)), []string{i18n.T(ctx, "mydata.mail.inform.sample")}, "https://loket.example/privacy/")(ctx)
	}},
}

// frozen mails who asked for erasure how to stop it: "not you? stop".
func (p *portal) frozen(ctx context.Context, tx *db.Tx, r privacy.Request) error {
	if r.Email == "" || r.EraseAt == nil || !r.EraseAt.After(p.Now()) {
		return nil
	}
	secret, err := links.Make(ctx, tx, links.Link{Purpose: linkStop, Email: r.Email, Subject: r.ID}, p.Now(), r.EraseAt.Sub(p.Now()))
	if err != nil {
		return err
	}
	var only privacy.Text
	if purpose, ok := p.Privacy.Registry.Purpose(r.Only()); ok {
		only = purpose.Title
	}
	return p.Mail.Send(ctx, tx, to(r.Email, r.Lang), frozenLetter(*r.EraseAt, p.Config.URL+"/privacy/stop/"+secret, only))
}

// reported mails what was done, before the address goes.
func (p *portal) reported(ctx context.Context, tx *db.Tx, r privacy.Request, report privacy.Report) error {
	if r.Email == "" {
		return nil
	}
	return p.Mail.Send(ctx, tx, to(r.Email, r.Lang), p.reportLetter(r, report))
}

// informJob is the work of telling everybody of a version, a part at a time.
type informJob struct {
	Version int64
	After   string // id of the last account told
}

// informLater has everybody told of a version once it has been published.
func (p *portal) informLater(ctx context.Context, tx *db.Tx, v privacy.Version, _ []privacy.Change) error {
	return p.Jobs.Add(ctx, tx, "mydata.inform", jobs.Work{Payload: informJob{Version: v.Number}})
}

const informAtOnce = 100

func (p *portal) inform(ctx context.Context, j informJob) error {
	v, err := p.Privacy.Version(ctx, j.Version)
	if err != nil {
		return err
	}
	people, err := everybody(ctx, p.DB, j.After, informAtOnce)
	if err != nil || len(people) == 0 {
		return err
	}
	changed := map[string][]string{}
	for _, lang := range i18n.Codes {
		if changed[lang], err = p.newLines(ctx, v.Number, lang); err != nil {
			return err
		}
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, who := range people {
			lang := who.Lang
			if !i18n.Known(lang) {
				lang = i18n.Codes[0]
			}
			err := p.Mail.Send(ctx, tx, mail.To{AccountID: who.ID, Address: who.Email, Name: who.Name, Lang: lang}, func(ctx context.Context) mail.Letter {
				return informLetter(v.Number, p.isoText(ctx, v.EffectiveOn), changed[lang], p.Config.URL+"/privacy/")(ctx)
			})
			if err != nil && !errors.Is(err, fault.BadInput) { // an address that cannot be written to keeps up nobody
				return err
			}
		}
		return p.Jobs.Add(ctx, tx, "mydata.inform", jobs.Work{Payload: informJob{j.Version, people[len(people)-1].ID}})
	})
}

// newLines are the sentences of a version that the one before it lacks, some ten at most.
func (p *portal) newLines(ctx context.Context, number int64, lang string) (lines []string, err error) {
	if number < 2 {
		return nil, nil
	}
	all, err := p.Privacy.Diff(ctx, number-1, number, lang)
	for _, l := range all {
		if l.Op == "+" && len(lines) < 10 {
			lines = append(lines, l.Text)
		}
	}
	return lines, err
}

// warn mails people a month before their account goes.
func (p *portal) warn(ctx context.Context) error {
	soon, err := p.Privacy.Warnings(ctx, p.Now())
	if err != nil {
		return err
	}
	for _, d := range soon {
		err := p.DB.Tx(ctx, func(tx *db.Tx) error {
			who, err := db.Get[account.Account](ctx, tx, `SELECT * FROM account WHERE id = ?`, d.Row)
			if err != nil {
				return err
			}
			if err := p.Privacy.Warned(ctx, tx, who.ID); err != nil {
				return err
			}
			return p.Mail.Send(ctx, tx, mail.To{AccountID: who.ID, Address: who.Email, Name: who.Name, Lang: who.Lang}, func(ctx context.Context) mail.Letter {
				return warnLetter(p.dayText(ctx, d.Day), p.Config.URL+"/signin")(ctx)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remind mails the colleagues who keep privacy what waits for an answer.
func (p *portal) remind(ctx context.Context) error {
	agents, err := account.Agents(ctx, p.DB, "privacy")
	if err != nil {
		return err
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		due, err := p.Privacy.Reminders(ctx, tx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, who := range agents {
			err := p.Mail.Send(ctx, tx, mail.To{AccountID: who.ID, Address: who.Email, Name: who.Name, Lang: who.Lang}, func(ctx context.Context) mail.Letter {
				var lines []string
				for _, r := range due {
					lines = append(lines, strings.TrimSpace(i18n.T(ctx, "mydata.mail.remind.line", int(r.Number), i18n.T(ctx, "mydata.type."+r.Type), p.isoText(ctx, r.DueOn))))
				}
				return remindLetter(lines, p.Config.URL+"/staff/privacy/requests")(ctx)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// soonIs how many days before its deadline a request asks for attention.
const soonIs = 7

func soon(due string, today hours.Date) bool {
	d, err := hours.ParseDate(due)
	return err == nil && days(today, d) <= soonIs
}
