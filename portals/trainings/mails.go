package trainings

import (
	"context"
	"time"

	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/links"
	"loket/app/mail"
	"loket/db"
)

// The purposes of links that this counter mails.
const (
	ownPage      = "trainings.registration"
	mailsOfAsker = "training_registration:"
)

// notice is which letter goes to somebody who signed up.
type notice string

const (
	askConfirm   notice = "confirm"   // the only one for an address that has not been confirmed
	askAgain     notice = "again"     // he had signed up already
	haveSeat     notice = "seat"      // with the invitation
	inLine       notice = "waiting"   // with his number
	movedUp      notice = "promoted"  // with the invitation
	otherTime    notice = "moved"     // the session is at another time or place
	otherSession notice = "changed"   // he chose another session
	youCancelled notice = "cancelled" // with the cancellation
	weCancelled  notice = "off"       // the session is off
	weRemoved    notice = "removed"
	remindDay    notice = "reminder"
	remindSoon   notice = "soon"
	lineClosed   notice = "closed" // he waited in vain
)

// post is what a letter is made from.
type post struct {
	notice   notice
	s        listed
	r        Registration
	link     string // of his own page
	number   int    // in line
	said     string // what staff add
	calendar *mail.Calendar
}

// tell writes to who signed up: a link to his own page, and the appointment or
// its cancellation where that goes along. To an address that has not been
// confirmed nothing goes but the question to confirm it.
func (p *portal) tell(ctx context.Context, tx *db.Tx, n notice, s listed, r *Registration, said string) error {
	if !r.Confirmed() && n != askConfirm {
		return nil
	}
	secret, err := links.Make(ctx, tx, links.Link{Purpose: ownPage, Email: r.Email, Subject: r.ID}, p.Now(), s.EndsAt.Sub(p.Now())+linkLasts)
	if err != nil {
		return err
	}
	to := post{notice: n, s: s, r: *r, link: p.Config.URL + "/registrations/" + secret, said: said}
	if n == inLine || r.State == "waiting" {
		before, err := ahead(ctx, tx, *r)
		if err != nil {
			return err
		}
		to.number = before + 1
	}
	event := p.event(ctx, to)
	switch n {
	case haveSeat, movedUp, otherTime, otherSession, askAgain:
		if r.State == "in" {
			to.calendar = &mail.Calendar{Method: invite.MethodRequest, ICS: string(invite.Request(event))}
			if err := invited(ctx, tx, r); err != nil {
				return err
			}
		} else if r.Invited { // he gave up a seat for a place in line
			to.calendar = &mail.Calendar{Method: invite.MethodCancel, ICS: string(invite.Cancel(event))}
		}
	case youCancelled, weCancelled, weRemoved:
		if r.Invited {
			to.calendar = &mail.Calendar{Method: invite.MethodCancel, ICS: string(invite.Cancel(event))}
		}
	}
	address := mail.To{Address: r.Email, Lang: r.Lang}
	if r.AccountID != nil {
		address.AccountID = *r.AccountID
	}
	if r.Confirmed() {
		address.Name = r.Name
	}
	return p.Mail.Send(ctx, tx, address, func(ctx context.Context) mail.Letter {
		return p.letter(ctx, to)
	})
}

// event is a sign-up as an appointment.
func (p *portal) event(ctx context.Context, to post) invite.Event {
	place := to.s.Place
	if place == "" {
		place = "Online"
	}
	first := to.s.Meetings()[0]
	return invite.Event{
		UID: to.r.UID, Sequence: to.r.Sequence, Start: first.Start, End: first.End, Zone: to.s.Location(), Times: to.s.Times, Every: to.s.Every,
		Summary: to.s.Title, Location: place, URL: to.link, Stamp: p.Now(),
		Description: i18n.T(p.Site.Catalog.With(ctx, to.r.Lang, to.s.Location(), p.Now()), "trainings.mail.calendar", to.link),
		Organizer:   p.Organizer(),
		Attendee:    invite.Person{Name: to.r.Name, Address: to.r.Email},
	}
}

// letter is one of the letters about a sign-up. Times are in the zone of who signed up.
func (p *portal) letter(ctx context.Context, to post) mail.Letter {
	zone, err := time.LoadLocation(to.r.Zone)
	if err != nil || to.r.Zone == "" {
		zone = to.s.Location()
	}
	ctx = inZone(ctx, p.Site.Catalog, zone, p.Now())
	key := "trainings.mail." + string(to.notice)
	l := mail.Letter{
		Kind: "trainings." + string(to.notice), Subject: i18n.T(ctx, key+".subject", to.s.Title), Heading: i18n.T(ctx, key+".heading", to.s.Title),
		Preheader: whenOf(ctx, to.s.Session), Thread: "training-registration:" + to.r.ID, About: mailsOfAsker + to.r.ID, Calendar: to.calendar,
		Why: i18n.T(ctx, "trainings.mail.why"),
	}
	switch {
	case to.notice == askConfirm:
		l.Why = i18n.T(ctx, "trainings.mail.confirm.why")
		l.Parts = append(l.Parts, mail.Para(i18n.T(ctx, key+".text")))
	case to.r.State == "waiting" && to.notice != lineClosed:
		l.Parts = append(l.Parts, mail.Para(i18n.T(ctx, key+".text")), mail.Para(i18n.T(ctx, "trainings.mail.number", to.number)))
	case to.notice == remindSoon && to.s.Place != "":
		l.Parts = append(l.Parts, mail.Para(i18n.T(ctx, key+".text.place")))
	default:
		l.Parts = append(l.Parts, mail.Para(i18n.T(ctx, key+".text")))
	}
	if to.said != "" {
		l.Parts = append(l.Parts, mail.Quote(to.said))
	}
	facts := []string{i18n.T(ctx, "trainings.what"), to.s.Title, i18n.T(ctx, "trainings.when"), whenOf(ctx, to.s.Session), i18n.T(ctx, "trainings.where"), whereOf(ctx, to.s.Session)}
	if to.notice == remindDay || to.notice == remindSoon { // of a series this time
		m := to.s.Upcoming(p.Now())
		facts[3] = whenOf(ctx, Session{StartsAt: m.Start, EndsAt: m.End})
		l.Preheader = facts[3]
	}
	if to.s.Host() != "" && to.notice != askConfirm {
		facts = append(facts, i18n.T(ctx, "trainings.host"), to.s.Host())
	}
	l.Parts = append(l.Parts, mail.Facts(facts...), mail.Button(i18n.T(ctx, "trainings.mail."+button(to)), to.link))
	switch to.notice {
	case askConfirm:
		if to.r.HeldUntil != nil {
			l.Parts = append(l.Parts, mail.Fine(i18n.T(ctx, "trainings.mail.confirm.fine", i18n.DateTime(ctx, *to.r.HeldUntil))))
		}
	case youCancelled, weCancelled, weRemoved:
	default:
		l.Parts = append(l.Parts, mail.Fine(i18n.T(ctx, "trainings.mail.fine")))
	}
	return l
}

// button is the key of what one does with the letter.
func button(to post) string {
	switch to.notice {
	case askConfirm:
		return "button.confirm"
	case youCancelled, weCancelled, weRemoved:
		return "button.look"
	case remindSoon:
		if to.s.Place == "" {
			return "button.join"
		}
	}
	return "button.own"
}

// samples is one letter of every kind, for the preview page.
func (p *portal) samples() (all []mail.Sample) {
	for _, n := range []notice{askConfirm, askAgain, haveSeat, inLine, movedUp, otherTime, otherSession, youCancelled, weCancelled, weRemoved, remindDay, remindSoon, lineClosed} {
		all = append(all, mail.Sample{Name: "trainings." + string(n), Make: func(ctx context.Context) mail.Letter {
			to := p.example()
			to.notice = n
			if n == inLine || n == lineClosed {
				to.r.State, to.number = "waiting", 3
			}
			if n == weCancelled {
				to.said = "Tom is ziek."
			}
			return p.letter(ctx, to)
		}})
	}
	all = append(all,
		mail.Sample{Name: "trainings.message", Make: func(ctx context.Context) mail.Letter {
			return p.message(ctx, p.example(), "Neem je laptop mee", "Neem een laptop mee waarop je *Tekenkast* kunt openen.")
		}},
		mail.Sample{Name: "trainings.certificate", Make: func(ctx context.Context) mail.Letter {
			to := p.example()
			return p.certificateLetter(ctx, to.s, to.r, p.Config.URL+"/trainings/certificates/ABCDE-FGHIJ-KLMNO-PQRST/x")
		}})
	return all
}

// example is somebody who signed up, for the samples.
func (p *portal) example() post {
	start := p.Now().Truncate(time.Hour).Add(50 * time.Hour)
	until, host := p.Now().Add(holdFor), "Tom Brink"
	return post{
		s: listed{Session: Session{StartsAt: start, EndsAt: start.Add(2 * time.Hour), Zone: p.Zone.String(), Capacity: 12}, Title: "Basistraining Projecten", Kind: "training", HostName: &host},
		r: Registration{ID: "example", Name: "Jan Smit", Email: "jan@example.com", State: "in", Zone: p.Zone.String(), Lang: "nl", HeldUntil: &until}, link: p.Config.URL + "/registrations/voorbeeld",
	}
}

// message is what staff write to people of a session.
func (p *portal) message(ctx context.Context, to post, subject, body string) mail.Letter {
	return mail.Letter{
		Kind: "trainings.message", Subject: subject, Heading: subject, Sub: to.s.Title + ", " + i18n.DateTime(ctx, to.s.StartsAt),
		Parts:  []mail.Part{mail.Quote(body), mail.Button(i18n.T(ctx, "trainings.mail.button.own"), to.link)},
		Thread: "training-registration:" + to.r.ID, About: mailsOfAsker + to.r.ID, Why: i18n.T(ctx, "trainings.mail.why"),
	}
}
