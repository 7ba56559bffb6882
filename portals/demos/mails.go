package demos

import (
	"context"
	"time"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/mail"
	"loket/db"
)

type ctx = context.Context

// note is all that a letter about a booking is made of.
type note struct {
	kind string
	t    Type
	b    Booking
	h    Host
	path string // of the receiver's page
	zone *time.Location
}

// at has texts come out with the clock of a zone.
func (p *portal) at(c ctx, zone *time.Location) ctx {
	return p.Site.Catalog.With(c, i18n.Lang(c), zone, p.Now())
}

// when is a moment with the place whose clock it is.
func when(c ctx, at time.Time) string {
	return i18n.T(c, "demos.when", i18n.DateTime(c, at), city(i18n.Of(c).Zone.String()))
}

// letter is what the prospect gets. The texts are demos.mail.KIND.*.
func (p *portal) letter(n note) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		c = p.at(c, n.zone)
		key := "demos.mail." + n.kind
		name := n.t.Name(i18n.Lang(c))
		l := mail.Letter{
			Kind: "demos." + n.kind, About: about(n.b), Thread: about(n.b),
			Subject: i18n.T(c, key+".subject", name), Heading: i18n.T(c, key+".heading"),
			Why: i18n.T(c, "demos.mail.why"),
		}
		// Until somebody has confirmed an address, nothing about a person goes there.
		if n.kind == "confirm" || n.kind == "planned" {
			l.Parts = []mail.Part{mail.Para(i18n.T(c, key+".text", name)), mail.Button(i18n.T(c, key+".button"), p.Site.URL+n.path), mail.Fine(i18n.T(c, "demos.mail.confirm.fine"))}
			l.Why = i18n.T(c, "demos.mail.confirm.why")
			return l
		}
		if n.kind == "wish" { // the address may not have been confirmed yet: no name
			l.Parts = append(l.Parts, mail.Para(i18n.T(c, key+".text")))
		} else {
			l.Parts = append(l.Parts, mail.Para(i18n.T(c, key+".text", n.b.Name)))
		}
		if n.b.StartAt != nil && n.kind != "missed" && n.kind != "sorry" && n.kind != "wish" {
			facts := []string{i18n.T(c, "demos.fact.what"), name, i18n.T(c, "demos.fact.when"), when(c, n.b.start()),
				i18n.T(c, "demos.fact.length"), i18n.T(c, "demos.minutes", n.t.Minutes)}
			if n.h.Name != "" {
				facts = append(facts, i18n.T(c, "demos.fact.with"), n.h.Name)
			}
			if n.kind != "cancelled" {
				if place := p.placeOf(c, n.t, n.h); place != "" {
					facts = append(facts, i18n.T(c, "demos.fact.where"), place)
				}
			}
			l.Parts = append(l.Parts, mail.Facts(facts...))
			l.Preheader = when(c, n.b.start())
		}
		if n.path != "" {
			l.Parts = append(l.Parts, mail.Button(i18n.T(c, key+".button"), p.Site.URL+n.path))
		}
		return l
	}
}

// hostLetter is what the colleague gets. The texts are demos.host.KIND.*.
func (p *portal) hostLetter(n note) func(ctx) mail.Letter {
	return func(c ctx) mail.Letter {
		c = p.at(c, n.zone)
		key := "demos.host." + n.kind
		l := mail.Letter{
			Kind: "demos.host." + n.kind, About: about(n.b), Thread: "host:" + about(n.b),
			Subject: i18n.T(c, key+".subject", n.b.Name), Heading: i18n.T(c, key+".heading"), Preheader: when(c, n.b.start()),
			Parts: []mail.Part{mail.Para(i18n.T(c, key+".text", n.b.Name))},
			Why:   i18n.T(c, "demos.host.why"),
		}
		facts := []string{i18n.T(c, "demos.fact.what"), n.t.Name(i18n.Lang(c)), i18n.T(c, "demos.fact.when"), when(c, n.b.start()), i18n.T(c, "demos.fact.who"), n.b.Name}
		for _, more := range []struct{ key, value string }{{"company", n.b.Company}, {"email", n.b.Email}, {"phone", n.b.Phone}} {
			if more.value != "" {
				facts = append(facts, i18n.T(c, "demos.book."+more.key), more.value)
			}
		}
		l.Parts = append(l.Parts, mail.Facts(facts...))
		if n.b.Wish != "" && n.kind != "cancelled" && n.kind != "record" {
			l.Parts = append(l.Parts, mail.Quote(n.b.Wish))
		}
		l.Parts = append(l.Parts, mail.Button(i18n.T(c, key+".button"), p.Site.URL+"/staff/demos/bookings/"+n.b.ID))
		return l
	}
}

func about(b Booking) string { return "demo_booking:" + b.ID }

// placeOf is where the appointment is: the host's room on the web, else what the
// type says.
func (p *portal) placeOf(c ctx, t Type, h Host) string {
	if h.Link != "" {
		return h.Link
	}
	return in(i18n.Lang(c), t.PlaceNL, t.PlaceEN)
}

// ics is the appointment as a calendar takes it, for the prospect or for the
// host. Both have the same UID for life.
func (p *portal) ics(c ctx, t Type, b Booking, h Host, method string, forHost bool, path string) string {
	e := invite.Event{
		UID: invite.UID("demo", b.ID, p.Site.URL), Sequence: b.Sequence, Start: b.start(), End: *b.EndAt, Zone: p.zoneOf(b.Zone),
		Summary: t.Name(i18n.Lang(c)), Location: p.placeOf(c, t, h), URL: p.Site.URL + path, Stamp: p.Now(),
		Organizer: p.Organizer(), Attendee: invite.Person{Name: b.Name, Address: b.Email},
		Description: i18n.T(c, "demos.ics.text", h.Name, p.Site.URL+path),
	}
	if forHost {
		e.Zone = p.zoneOf(h.Zone)
		e.Summary = t.Name(i18n.Lang(c)) + ": " + b.Name
		e.URL = p.Site.URL + "/staff/demos/bookings/" + b.ID
		e.Description = b.Wish
		e.Attendee = invite.Person{Name: h.Name, Address: h.Email}
	}
	if method == invite.MethodCancel {
		return string(invite.Cancel(e))
	}
	return string(invite.Request(e))
}

func (p *portal) send(c ctx, tx *db.Tx, n note, method string) error {
	to := mail.To{Address: n.b.Email, Name: n.b.Name, Lang: n.b.Lang}
	if n.b.AccountID != nil {
		to.AccountID = *n.b.AccountID
	}
	n.zone = p.zoneOf(n.b.Zone)
	if n.path == "link" {
		token, err := p.link(c, tx, n.b)
		if err != nil {
			return err
		}
		n.path = "/bookings/" + token
	}
	return p.Mail.Send(c, tx, to, func(c ctx) mail.Letter {
		l := p.letter(n)(c)
		if method != "" {
			l.Calendar = &mail.Calendar{Method: method, ICS: p.ics(c, n.t, n.b, n.h, method, false, n.path)}
		}
		return l
	})
}

func (p *portal) sendHost(c ctx, tx *db.Tx, n note, method string) error {
	if n.h.AccountID == "" { // he has left
		return nil
	}
	n.zone = p.zoneOf(n.h.Zone)
	return p.Mail.Send(c, tx, mail.To{AccountID: n.h.AccountID, Address: n.h.Email, Name: n.h.Name, Lang: n.h.Lang}, func(c ctx) mail.Letter {
		l := p.hostLetter(n)(c)
		if method != "" {
			l.Calendar = &mail.Calendar{Method: method, ICS: p.ics(c, n.t, n.b, n.h, method, true, "")}
		}
		return l
	})
}

func (p *portal) tellToConfirm(c ctx, tx *db.Tx, t Type, b Booking) error {
	return p.send(c, tx, note{kind: "confirm", t: t, b: b, path: "link"}, "")
}

// tellPlanned asks to confirm what a colleague planned.
func (p *portal) tellPlanned(c ctx, tx *db.Tx, t Type, b Booking) error {
	return p.send(c, tx, note{kind: "planned", t: t, b: b, path: "link"}, "")
}

func (p *portal) tellBooked(c ctx, tx *db.Tx, t Type, b Booking, h Host) error {
	if err := p.send(c, tx, note{kind: "booked", t: t, b: b, h: h, path: "link"}, invite.MethodRequest); err != nil {
		return err
	}
	return p.sendHost(c, tx, note{kind: "booked", t: t, b: b, h: h}, invite.MethodRequest)
}

// tellMoved tells both sides of the new moment or the other host; a host who is
// not needed any more loses it from his calendar.
func (p *portal) tellMoved(c ctx, tx *db.Tx, t Type, before, b Booking, h Host) error {
	kind := "moved"
	if before.start().Equal(b.start()) {
		kind = "handed"
	}
	if err := p.send(c, tx, note{kind: kind, t: t, b: b, h: h, path: "link"}, invite.MethodRequest); err != nil {
		return err
	}
	if before.host() == h.AccountID || before.Status != booked {
		return p.sendHost(c, tx, note{kind: "moved", t: t, b: b, h: h}, invite.MethodRequest)
	}
	old, err := hostOf(c, tx, before)
	if err != nil {
		return err
	}
	before.Sequence = b.Sequence
	if err := p.sendHost(c, tx, note{kind: "taken", t: t, b: before, h: old}, invite.MethodCancel); err != nil {
		return err
	}
	return p.sendHost(c, tx, note{kind: "booked", t: t, b: b, h: h}, invite.MethodRequest)
}

func (p *portal) tellCancelled(c ctx, tx *db.Tx, t Type, b Booking, byThem bool) error {
	h, err := hostOf(c, tx, b)
	if err != nil {
		return err
	}
	kind := "cancelled"
	if !byThem {
		kind = "called_off"
	}
	if err := p.send(c, tx, note{kind: kind, t: t, b: b, h: h, path: "/demos/" + t.Slug}, invite.MethodCancel); err != nil {
		return err
	}
	return p.sendHost(c, tx, note{kind: "cancelled", t: t, b: b, h: h}, invite.MethodCancel)
}

// samples are one of each letter, for the preview page.
func (p *portal) samples() []mail.Sample {
	make := func(kind, path string, calendar bool, host bool) mail.Sample {
		name := "demos." + kind
		if host {
			name = "demos.host." + kind
		}
		return mail.Sample{Name: name, Make: func(c ctx) mail.Letter {
			start := hours.At(p.Zone, hours.DateOf(p.Now(), p.Zone).AddDays(3), hours.HM(15, 0))
			end := start.Add(30 * time.Minute)
			id := "sample"
			n := note{kind: kind, path: path, zone: p.Zone,
				t: Type{Slug: "kennismaking", NameNL: "Kennismaking met Tekenkast", NameEN: "Meet Tekenkast", PlaceNL: "Online", PlaceEN: "Online", Minutes: 30},
				b: Booking{ID: id, HostID: &id, StartAt: &start, EndAt: &end, Name: "Iris Blom", Email: "iris@blom.example", Phone: "0301 55 00 77", Company: "Blom Bouwadvies", Wish: "We werken met drie onderaannemers. Hoe zien zij de laatste versie?", Zone: p.Zone.String()},
				h: Host{AccountID: id, Name: "Sanne Dekker", Email: "sanne@tekenkast.example", Zone: p.Zone.String(), Link: "https://meet.tekenkast.example/sanne"}}
			l := mail.Letter{}
			if host {
				l = p.hostLetter(n)(c)
			} else {
				l = p.letter(n)(c)
			}
			if calendar {
				method := invite.MethodRequest
				if kind == "cancelled" || kind == "called_off" || kind == "taken" {
					method = invite.MethodCancel
				}
				l.Calendar = &mail.Calendar{Method: method, ICS: p.ics(c, n.t, n.b, n.h, method, host, path)}
			}
			return l
		}}
	}
	const own = "/bookings/VOORBEELD"
	return []mail.Sample{
		make("confirm", own, false, false), make("planned", own, false, false), make("booked", own, true, false), make("moved", own, true, false), make("handed", own, true, false),
		make("cancelled", "/demos/kennismaking", true, false), make("called_off", "/demos/kennismaking", true, false),
		make("day", own, false, false), make("hour", own, false, false), make("wish", own, false, false),
		make("missed", "/demos/kennismaking", false, false), make("sorry", own, false, false), make("welcome", "/signin/forgot", false, false),
		make("booked", "", true, true), make("moved", "", true, true), make("taken", "", true, true), make("cancelled", "", true, true),
		make("hour", "", false, true), make("record", "", false, true),
	}
}
