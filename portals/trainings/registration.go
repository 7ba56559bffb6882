package trainings

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// ownView is somebody's own page of a sign-up.
type ownView struct {
	Token    string
	R        Registration
	S        listed
	Training Training
	Number   int // in line
	Others   []listed
	Doors    bool
	Opens    time.Time // the doors, the next time
	Online   bool
	Over     bool
}

func (o ownView) path(step string) string { return "/registrations/" + o.Token + step }

// mine finds the sign-up that the link of a request opens.
func (p *portal) mine(c *web.Context, on db.Querier) (Registration, error) {
	c.Private()
	link, err := links.Look(c, on, ownPage, c.Param("token"), c.Now())
	if err != nil {
		return Registration{}, err
	}
	return registrationByID(c, on, link.Subject)
}

// registration shows somebody his sign-up. It changes nothing: mail scanners
// follow links.
func (p *portal) registration(c *web.Context) error {
	r, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	page, err := p.ownView(c, r)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, registrationView(page))
}

func (p *portal) ownView(c *web.Context, r Registration) (page ownView, err error) {
	zone := zoneOr(r.Zone, p.Zone)
	if chosen, known := c.ZoneOf(); known {
		zone = chosen
	}
	c.TellTimeIn(zone)
	page = ownView{Token: c.Param("token"), R: r}
	if page.S, err = sessionByID(c, p.DB, r.SessionID); err != nil {
		return page, err
	}
	if page.Training, err = trainingByID(c, p.DB, page.S.TrainingID); err != nil {
		return page, err
	}
	if r.State == "waiting" {
		before, err := ahead(c, p.DB, r)
		if err != nil {
			return page, err
		}
		page.Number = before + 1
	}
	page.Over = page.S.Over(c.Now())
	if r.State != "cancelled" && r.Confirmed() && !page.Over && r.AttendedAt == nil {
		others, err := upcoming(c, p.DB, page.S.TrainingID, c.Now())
		if err != nil {
			return page, err
		}
		for _, s := range others {
			if s.ID != r.SessionID && (s.Free() > 0 || r.State == "waiting") {
				page.Others = append(page.Others, s)
			}
		}
	}
	page.Online = page.S.JoinURL != ""
	page.Opens = page.S.Upcoming(c.Now()).Start.Add(-doorsOpen)
	page.Doors = page.Online && r.State == "in" && r.Confirmed() && page.S.Doors(c.Now())
	if page.Doors {
		c.Policy.Allow("form-action", origin(page.S.JoinURL)) // a form's redirect counts as its action
	}
	return page, nil
}

// origin is the scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "'self'"
	}
	return u.Scheme + "://" + u.Host
}

// confirm is the button under "is this your address?".
func (p *portal) confirm(c *web.Context) error {
	own := "/registrations/" + c.Param("token")
	var r Registration
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if r, err = p.mine(c, tx); err != nil {
			return err
		}
		locked, err := lock(c, tx, r.SessionID) // the place may be given up this moment
		if err != nil {
			return err
		}
		if r, err = registrationByID(c, tx, r.ID); err != nil {
			return err
		}
		if locked.Over(c.Now()) && r.AttendedAt == nil {
			return errOver
		}
		first, err := confirm(c, tx, &r, c.Now())
		if err != nil || !first || r.AttendedAt != nil { // who is there needs no invitation
			return err
		}
		s, err := sessionByID(c, tx, r.SessionID)
		if err != nil {
			return err
		}
		return p.tell(c, tx, placed(r), s, &r, "")
	})
	if errors.Is(err, errOver) {
		return c.See(own) // the page says so
	}
	if err != nil {
		return err
	}
	switch {
	case r.AttendedAt != nil:
		return c.RedirectTo(own, "trainings.done.there")
	case r.State == "in":
		return c.RedirectTo(own, "trainings.done.seat")
	case r.State == "waiting":
		return c.RedirectTo(own, "trainings.done.line")
	}
	return c.See(own) // the page says that it has lapsed
}

// errOver: who wants to change his sign-up was there, or could have been.
var errOver = errors.New("the session is over")

// still says whether r can be changed by whose it is: not once he was there, or
// it is over, or the counts would not be those of who came.
func (p *portal) still(c *web.Context, tx *db.Tx, r Registration) error {
	s, err := sessionByID(c, tx, r.SessionID)
	if err == nil && r.State != "cancelled" && (s.Over(c.Now()) || r.AttendedAt != nil) {
		err = errOver
	}
	return err
}

// cancel gives a place up; the first who waits has it.
func (p *portal) cancel(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		r, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if err := p.still(c, tx, r); err != nil {
			return err
		}
		return p.giveUp(c, tx, r.ID, youCancelled, "self")
	})
	if errors.Is(err, errOver) {
		return c.RedirectWith("/registrations/"+c.Param("token"), web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.own.late")})
	}
	if err != nil && !errors.Is(err, fault.Gone) {
		return err
	}
	return c.RedirectTo("/registrations/"+c.Param("token"), "trainings.done.cancelled")
}

// change puts somebody into another session of the same training.
func (p *portal) change(c *web.Context) error {
	own := "/registrations/" + c.Param("token")
	to := c.PostForm("session")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		r, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if err := p.still(c, tx, r); err != nil {
			return err
		}
		return p.moveTo(c, tx, r, to)
	})
	if errors.Is(err, errOver) {
		return c.RedirectWith(own, web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.own.late")})
	}
	if errors.Is(err, errAlready) {
		return c.RedirectWith(own, web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.change.already")})
	}
	if errors.Is(err, fault.Conflict) {
		return c.RedirectWith(own, web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.change.full")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(own, "trainings.done.changed")
}

// join leads to the room and notes that somebody was there. Before the address
// is confirmed, and before the doors open, there is no room.
func (p *portal) join(c *web.Context) error {
	var to string
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		r, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		s, err := sessionByID(c, tx, r.SessionID)
		if err != nil {
			return err
		}
		if !r.Confirmed() || r.State != "in" || s.JoinURL == "" || !s.Doors(c.Now()) {
			return fault.Conflict
		}
		to = s.JoinURL
		_, err = attend(c, tx, r.SessionID, r.ID, true, c.Now())
		return err
	})
	if errors.Is(err, fault.Conflict) {
		return c.RedirectWith("/registrations/"+c.Param("token"), web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.join.closed")})
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// calendarFile is the appointment as a file, for who cannot use the invitation.
func (p *portal) calendarFile(c *web.Context) error {
	r, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	if !r.Confirmed() || r.State != "in" {
		return fault.NotFound
	}
	s, err := sessionByID(c, p.DB, r.SessionID)
	if err != nil {
		return err
	}
	event := p.event(c, post{s: s, r: r, link: p.Config.URL + "/registrations/" + c.Param("token")})
	event.Stamp = r.ToldAt
	c.Header("Content-Disposition", `attachment; filename="training.ics"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", invite.Feed(s.Title, []invite.Event{event}))
	return nil
}

// giveUp ends a sign-up and lets the first who waits have the place. It is
// fault.Gone when it has ended already.
func (p *portal) giveUp(c context.Context, tx *db.Tx, id string, n notice, by string) error {
	r, err := registrationByID(c, tx, id)
	if err != nil {
		return err
	}
	s, err := lock(c, tx, r.SessionID)
	if err != nil {
		return err
	}
	if r, err = registrationByID(c, tx, id); err != nil { // as it is now that nobody else can change it
		return err
	}
	if r.SessionID != s.ID {
		return fault.Conflict
	}
	if err := cancel(c, tx, &s, &r, by, p.Now()); err != nil {
		return err
	}
	full, err := sessionByID(c, tx, s.ID)
	if err != nil {
		return err
	}
	if n != "" {
		if err := p.tell(c, tx, n, full, &r, ""); err != nil {
			return err
		}
	}
	return p.fill(c, tx, s, full)
}

// fill lets those who wait move up into the free seats of the locked session,
// and tells them.
func (p *portal) fill(c context.Context, tx *db.Tx, s Session, full listed) error {
	up, err := promote(c, tx, &s, p.Now())
	if err != nil {
		return err
	}
	for i := range up {
		if err := p.tell(c, tx, movedUp, full, &up[i], ""); err != nil {
			return err
		}
	}
	return nil
}

// errAlready: who wants to change to a session has signed up for it.
var errAlready = errors.New("signed up already")

// moveTo puts r into another session of its training and lets the first who
// waits for the old one move up.
func (p *portal) moveTo(c context.Context, tx *db.Tx, r Registration, to string) error {
	old, err := sessionByID(c, tx, r.SessionID)
	if err != nil {
		return err
	}
	into, err := sessionByID(c, tx, to)
	if err != nil {
		return err
	}
	if into.TrainingID != old.TrainingID || into.ID == old.ID || !r.Confirmed() || !into.Open(p.Now()) || into.TState != "published" {
		return fault.NotFound
	}
	if _, err := signedUp(c, tx, to, r.Email); !errors.Is(err, fault.NotFound) {
		if err == nil {
			err = errAlready
		}
		return err
	}
	from, _, err := move(c, tx, &r, to, p.Now())
	if err != nil {
		return err
	}
	if err := p.tell(c, tx, otherSession, into, &r, ""); err != nil {
		return err
	}
	return p.fill(c, tx, from, old)
}
