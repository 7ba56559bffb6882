package ideas

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/app/links"
	"loket/app/mail"
	"loket/db"
)

// What is to be told is told by a job: many may have voted, and the colleague
// who decides should not wait for all their letters.
type statusJob struct {
	Status string
	After  string // who was told last
	Told   int    // how many were
}

type commentJob struct{ Comment string }

func (p *portal) jobs() {
	jobs.Handle(p.Jobs, "ideas.status", p.sendStatus)
	jobs.Handle(p.Jobs, "ideas.comment", p.sendComment)
}

func (p *portal) tellStatus(ctx context.Context, tx *db.Tx, change string) error {
	return p.Jobs.Add(ctx, tx, "ideas.status", jobs.Work{Payload: statusJob{Status: change}, About: "idea_status:" + change})
}

func (p *portal) tellComment(ctx context.Context, tx *db.Tx, k Comment) error {
	return p.Jobs.Add(ctx, tx, "ideas.comment", jobs.Work{Payload: commentJob{k.ID}, About: "idea_comment:" + k.ID})
}

// everybody is more people than there are.
const everybody = 1 << 30

// audienceOf are the people to tell of an idea, without the one who did it. Of
// an idea that is not for everybody, only those who may see it.
func (p *portal) audienceOf(ctx context.Context, on db.Querier, i Idea, but string, c circle) ([]account.Account, error) {
	c.Idea = i.ID
	people, err := audience(ctx, on, c)
	return slices.DeleteFunc(people, func(a account.Account) bool { return a.ID == but || !seen(&a, i) }), err
}

// handful is how many are written to in one transaction: on SQLite nobody else
// writes meanwhile.
const handful = 100

// sendStatus writes to everybody who is to hear of a change of status, once: a
// handful, and the rest in a job that it queues. How many were told, which the
// job knows too, shows a job that runs again that its work was done.
func (p *portal) sendStatus(ctx context.Context, j statusJob) error {
	type change struct {
		IdeaID    string `db:"idea_id"`
		Status    string
		Response  string
		Expected  string
		AccountID *string `db:"account_id"`
	}
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := db.Get[change](ctx, tx, `
			UPDATE idea_status SET told = CASE WHEN told < 0 THEN 0 ELSE told END
			WHERE id = ? AND (told = ? OR told = -1 AND ? = 0) RETURNING idea_id, status, response, expected, account_id`, j.Status, j.Told, j.Told)
		if errors.Is(err, fault.NotFound) {
			return nil // told, or gone
		}
		if err != nil {
			return err
		}
		i, err := byID(ctx, tx, s.IdeaID)
		if err != nil {
			return err
		}
		who := ""
		if s.AccountID != nil {
			who = *s.AccountID
		}
		// One more, to see whether there are more. All of a private idea's are few.
		c := circle{Voters: true, After: j.After, Limit: handful + 1}
		if !i.public() {
			c.Limit = everybody
		}
		people, err := p.audienceOf(ctx, tx, i, who, c)
		if err != nil {
			return err
		}
		more := len(people) >= handful && c.Limit != everybody
		if more {
			people = people[:handful]
		}
		for _, a := range people {
			if err := p.send(ctx, tx, a, i, func(ctx context.Context, stop string) mail.Letter {
				return p.statusLetter(ctx, i, s.Status, s.Response, s.Expected, stop)
			}); err != nil {
				return err
			}
		}
		next := statusJob{Status: j.Status, Told: j.Told + len(people)}
		if _, err := db.Exec(ctx, tx, `UPDATE idea_status SET told = ? WHERE id = ?`, next.Told, j.Status); err != nil || !more {
			return err
		}
		next.After = people[handful-1].ID
		return p.Jobs.Add(ctx, tx, "ideas.status", jobs.Work{Payload: next, About: "idea_status:" + j.Status})
	})
}

// sendComment writes to the author and the followers of an idea that somebody
// said something about it.
func (p *portal) sendComment(ctx context.Context, j commentJob) error {
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		k, err := db.Get[Comment](ctx, tx, `SELECT * FROM idea_comment WHERE id = ? AND hidden_at IS NULL`, j.Comment)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		i, err := byID(ctx, tx, k.IdeaID)
		if err != nil {
			return err
		}
		on, err := byID(ctx, tx, k.OriginalID)
		if err != nil {
			return err
		}
		// The job may run twice; the letters are written once.
		done, err := db.Get[bool](ctx, tx, `SELECT EXISTS (SELECT 1 FROM mail WHERE about = ?)`, "idea_comment:"+k.ID)
		if err != nil || done {
			return err
		}
		who, name := "", ""
		if k.AccountID != nil {
			a, err := account.ByID(ctx, tx, *k.AccountID)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return err
			}
			who, name = *k.AccountID, a.Name
		}
		people, err := p.audienceOf(ctx, tx, i, who, circle{Limit: everybody})
		if err != nil {
			return err
		}
		for _, a := range people {
			if !seen(&a, on) {
				continue
			}
			if err := p.send(ctx, tx, a, i, func(ctx context.Context, stop string) mail.Letter {
				return p.commentLetter(ctx, i, k, name, stop)
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// send writes one letter about an idea, with a link that stops them.
func (p *portal) send(ctx context.Context, tx *db.Tx, a account.Account, i Idea, letter func(ctx context.Context, stop string) mail.Letter) error {
	secret, err := links.Make(ctx, tx, links.Link{Purpose: stopLink, AccountID: &a.ID, Email: a.Email, Subject: i.ID}, p.Now(), 90*24*time.Hour)
	if err != nil {
		return err
	}
	return p.Mail.Send(ctx, tx, to(a), func(ctx context.Context) mail.Letter { return letter(ctx, "/ideas/stop/"+secret) })
}

func to(a account.Account) mail.To {
	return mail.To{AccountID: a.ID, Address: a.Email, Name: a.Name, Lang: a.Lang}
}

// tellModerated tells an author whether his idea is on the board.
func (p *portal) tellModerated(ctx context.Context, tx *db.Tx, i Idea, reason string) error {
	if i.AuthorID == nil {
		return nil
	}
	a, err := account.ByID(ctx, tx, *i.AuthorID)
	if err != nil {
		return err
	}
	return p.Mail.Send(ctx, tx, to(a), func(ctx context.Context) mail.Letter { return p.moderatedLetter(ctx, i, reason) })
}

// tellMerged tells who voted on an idea, or follows it, where it went.
func (p *portal) tellMerged(ctx context.Context, tx *db.Tx, from, into Idea) error {
	ids, err := db.All[string](ctx, tx, `
		SELECT a.id FROM account a WHERE a.disabled_at IS NULL AND a.verified_at IS NOT NULL
			AND a.id NOT IN (SELECT account_id FROM idea_follow WHERE idea_id IN (?, ?) AND muted)
			AND (a.id IN (SELECT account_id FROM idea_vote WHERE original_id = ?)
				OR a.id IN (SELECT account_id FROM idea_follow WHERE idea_id = ?) OR a.id IN (SELECT author_id FROM idea WHERE id = ?))
		ORDER BY a.id`, from.ID, into.ID, from.ID, from.ID, from.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := account.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !seen(&a, from) || !seen(&a, into) {
			continue
		}
		if err := p.send(ctx, tx, a, into, func(ctx context.Context, stop string) mail.Letter { return p.mergedLetter(ctx, from, into, stop) }); err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) tellBehalf(ctx context.Context, tx *db.Tx, i Idea, a account.Account) error {
	return p.Mail.Send(ctx, tx, to(a), func(ctx context.Context) mail.Letter { return p.behalfLetter(ctx, i) })
}

func (p *portal) askVote(ctx context.Context, tx *db.Tx, a account.Account, i Idea, secret string) error {
	return p.Mail.Send(ctx, tx, to(a), func(ctx context.Context) mail.Letter { return p.agreeLetter(ctx, i, secret) })
}

// The letters.

func (p *portal) link(i Idea) string { return p.Site.URL + "/ideas/" + strconv.FormatInt(i.Number, 10) }

func about(i Idea) string { return "idea:" + i.ID }

func (p *portal) statusLetter(ctx context.Context, i Idea, status, response, expected, stop string) mail.Letter {
	l := mail.Letter{Kind: "ideas.status", Thread: about(i), About: about(i), Optional: stop,
		Subject:   i18n.T(ctx, "ideas.mail.status.subject", i18n.T(ctx, "ideas.status."+status), i.Title),
		Preheader: i18n.T(ctx, "ideas.mail.status."+status),
		Heading:   i.Title,
		Parts:     []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.status."+status))}}
	if response != "" {
		l.Parts = append(l.Parts, mail.Quote(response))
	}
	if expected != "" {
		l.Parts = append(l.Parts, mail.Facts(i18n.T(ctx, "ideas.expected"), expected))
	}
	l.Parts = append(l.Parts, mail.Button(i18n.T(ctx, "ideas.mail.see"), p.link(i)), mail.Fine(i18n.T(ctx, "ideas.mail.why")))
	return l
}

func (p *portal) commentLetter(ctx context.Context, i Idea, k Comment, name, stop string) mail.Letter {
	who := shortName(ctx, name)
	return mail.Letter{Kind: "ideas.comment", Thread: about(i), About: "idea_comment:" + k.ID, Optional: stop,
		Subject:   i18n.T(ctx, "ideas.mail.comment.subject", i.Title),
		Preheader: i18n.T(ctx, "ideas.mail.comment.text", who),
		Heading:   i.Title,
		Parts: []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.comment.text", who)), mail.Quote(k.Body),
			mail.Button(i18n.T(ctx, "ideas.mail.see"), p.link(i)), mail.Fine(i18n.T(ctx, "ideas.mail.why_follow"))}}
}

func (p *portal) moderatedLetter(ctx context.Context, i Idea, reason string) mail.Letter {
	l := mail.Letter{Kind: "ideas.moderated", Thread: about(i), About: about(i), Heading: i.Title}
	if i.ApprovedAt != nil {
		l.Subject = i18n.T(ctx, "ideas.mail.approved.subject", i.Title)
		l.Parts = []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.approved.text"))}
	} else {
		l.Subject = i18n.T(ctx, "ideas.mail.refused.subject", i.Title)
		l.Parts = []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.refused.text")), mail.Quote(reason)}
	}
	l.Preheader = l.Subject
	l.Parts = append(l.Parts, mail.Button(i18n.T(ctx, "ideas.mail.see"), p.link(i)))
	return l
}

func (p *portal) mergedLetter(ctx context.Context, from, into Idea, stop string) mail.Letter {
	return mail.Letter{Kind: "ideas.merged", Thread: about(from), About: about(into), Optional: stop,
		Subject:   i18n.T(ctx, "ideas.mail.merged.subject", from.Title),
		Preheader: i18n.T(ctx, "ideas.mail.merged.text", into.Title),
		Heading:   from.Title,
		Parts: []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.merged.text", into.Title)), mail.Para(i18n.T(ctx, "ideas.mail.merged.votes")),
			mail.Button(i18n.T(ctx, "ideas.mail.see"), p.link(into)), mail.Fine(i18n.T(ctx, "ideas.mail.why"))}}
}

func (p *portal) behalfLetter(ctx context.Context, i Idea) mail.Letter {
	return mail.Letter{Kind: "ideas.behalf", Thread: about(i), About: about(i),
		Subject:   i18n.T(ctx, "ideas.mail.behalf.subject", i.Title),
		Preheader: i18n.T(ctx, "ideas.mail.behalf.text"),
		Heading:   i.Title,
		Parts: []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.behalf.text")), mail.Button(i18n.T(ctx, "ideas.mail.see"), p.link(i)),
			mail.Fine(i18n.T(ctx, "ideas.mail.behalf.not"))}}
}

func (p *portal) agreeLetter(ctx context.Context, i Idea, secret string) mail.Letter {
	return mail.Letter{Kind: "ideas.agree", Thread: about(i), About: about(i),
		Subject:   i18n.T(ctx, "ideas.mail.agree.subject", i.Title),
		Preheader: i18n.T(ctx, "ideas.mail.agree.text"),
		Heading:   i.Title,
		Parts: []mail.Part{mail.Para(i18n.T(ctx, "ideas.mail.agree.text")), mail.Para(i18n.T(ctx, "ideas.mail.agree.ask")),
			mail.Button(i18n.T(ctx, "ideas.agree.yes"), p.Site.URL+"/ideas/agree/"+secret), mail.Fine(i18n.T(ctx, "ideas.mail.agree.not"))}}
}

// samples are one of each letter.
func (p *portal) samples() []mail.Sample {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	i := Idea{ID: "EXAMPLE", Number: 12, Title: "Meerdere tekeningen tegelijk uitgeven", Status: statusPlanned, ApprovedAt: &now}
	refused := Idea{ID: "EXAMPLE", Number: 13, Title: "Bel mij terug"}
	other := Idea{ID: "OTHER", Number: 14, Title: "Uitgeven in één keer", ApprovedAt: &now}
	k := Comment{ID: "EXAMPLE", Body: "Bij ons gaat het om sets van *zestig* tekeningen."}
	all := []mail.Sample{
		{Name: "ideas.comment", Make: func(ctx context.Context) mail.Letter {
			return p.commentLetter(ctx, i, k, "Noor Smits", "/ideas/stop/EXAMPLE")
		}},
		{Name: "ideas.approved", Make: func(ctx context.Context) mail.Letter { return p.moderatedLetter(ctx, i, "") }},
		{Name: "ideas.refused", Make: func(ctx context.Context) mail.Letter {
			return p.moderatedLetter(ctx, refused, "Dit is een vraag over jouw project. We maakten er een ticket van.")
		}},
		{Name: "ideas.merged", Make: func(ctx context.Context) mail.Letter {
			return p.mergedLetter(ctx, other, i, "/ideas/stop/EXAMPLE")
		}},
		{Name: "ideas.behalf", Make: func(ctx context.Context) mail.Letter { return p.behalfLetter(ctx, i) }},
		{Name: "ideas.agree", Make: func(ctx context.Context) mail.Letter { return p.agreeLetter(ctx, i, "EXAMPLE") }},
	}
	for _, status := range statuses {
		all = append(all, mail.Sample{Name: "ideas.status." + status, Make: func(ctx context.Context) mail.Letter {
			return p.statusLetter(ctx, i, status, "Je kunt vanaf 8 december meetesten.", "januari 2027", "/ideas/stop/EXAMPLE")
		}})
	}
	return all
}
