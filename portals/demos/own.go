package demos

import (
	"errors"
	"net/http"
	"time"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/web"
	"loket/db"
)

// What a guest does with his appointment, by the link in his mail.

func (p *portal) sent(c *web.Context) error { return c.Render(http.StatusOK, sentView()) }

// link makes a link to a booking's own page. Each mail has one of its own: they
// are kept only as hashes.
func (p *portal) link(c ctx, tx *db.Tx, b Booking) (string, error) {
	return links.Make(c, tx, links.Link{Purpose: "demos.booking", Subject: b.ID}, p.Now(), lasts)
}

// mine is the booking that the link in the address opens.
func (p *portal) mine(c *web.Context, on db.Querier) (b Booking, t Type, err error) {
	c.Private()
	l, err := links.Look(c, on, "demos.booking", c.Param("token"), c.Now())
	if err != nil {
		return b, t, err
	}
	if b, err = bookingByID(c, on, l.Subject); err != nil {
		return b, t, err
	}
	if t, err = typeByID(c, on, b.TypeID); err != nil {
		return b, t, err
	}
	c.TellTimeIn(p.zoneOf(b.Zone))
	return b, t, nil
}

func (p *portal) page(c *web.Context, b Booking, t Type) (ownPage, error) {
	page := ownPage{Booking: b, Type: t, Zone: p.zoneOf(b.Zone), Path: "/bookings/" + c.Param("token"), Late: p.late(t, b), Over: b.Status == booked && !p.Now().Before(b.start())}
	var err error
	page.Host, err = hostOf(c, p.DB, b)
	return page, err
}

// late reports whether it is too late to move or cancel a booking online.
func (p *portal) late(t Type, b Booking) bool {
	return b.Status == booked && b.Outcome == "" && !p.Now().Before(t.changeBy(b))
}

// changeBy is until when a booking can be moved or cancelled online.
func (t Type) changeBy(b Booking) time.Time {
	return b.start().Add(-time.Duration(t.Cutoff) * time.Minute)
}

func (p *portal) show(c *web.Context) error {
	b, t, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	page, err := p.page(c, b, t)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, ownView(page))
}

// calendar is the invitation as a file.
func (p *portal) calendar(c *web.Context) error {
	b, t, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	if b.Status != booked {
		return fault.NotFound
	}
	h, err := hostOf(c, p.DB, b)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="demo.ics"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", []byte(p.ics(c, t, b, h, "REQUEST", false, "/bookings/"+c.Param("token"))))
	return nil
}

// confirm makes a held booking a real one: only who reads the mail can get here.
func (p *portal) confirm(c *web.Context) error {
	var gone bool
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		gone = false
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if b.Status == booked {
			return nil // pressed twice
		}
		if b.Status != held && b.Status != expired {
			return fault.Gone
		}
		if err := enough(c, tx, b, c.Now()); err != nil {
			return err
		}
		host, err := p.keptFor(c, tx, t, b)
		if gone = errors.Is(err, fault.Conflict); gone {
			b.Status, b.HoldUntil, b.SettledAt = wished, nil, nil // he may choose another moment
			if err := release(c, tx, b.ID); err != nil {
				return err
			}
			return save(c, tx, b)
		}
		if err != nil {
			return err
		}
		return p.settle(c, tx, t, b, host)
	})
	if errors.Is(err, errEnough) {
		return c.RedirectWith("/bookings/"+c.Param("token"), web.Flash{Kind: "warn", Text: i18n.T(c, "demos.book.enough", mostAhead)})
	}
	if err != nil {
		return err
	}
	if gone {
		return c.RedirectWith("/bookings/"+c.Param("token")+"/move", web.Flash{Kind: "warn", Text: i18n.T(c, "demos.confirm.late")})
	}
	return c.RedirectTo("/bookings/"+c.Param("token"), "demos.booked")
}

// keptFor is the host with whom a booking has its moment: the one who holds it,
// as long as he does, or else whoever is free then.
func (p *portal) keptFor(c ctx, tx *db.Tx, t Type, b Booking) (Host, error) {
	if b.Status == held && b.HoldUntil != nil && p.Now().Before(*b.HoldUntil) {
		if h, err := hostOf(c, tx, b); err != nil || h.AccountID != "" {
			return h, err
		}
	}
	return p.free(c, tx, t, b, b.start(), "")
}

// settle makes a booking with a moment a real one, and tells both sides. The
// caller has the lock.
func (p *portal) settle(c ctx, tx *db.Tx, t Type, b Booking, host Host) error {
	now := p.Now()
	b.Status, b.BookedAt, b.HoldUntil, b.SettledAt = booked, &now, nil, nil
	if err := p.take(c, tx, t, &b, host, b.start()); err != nil {
		return err
	}
	if err := p.put(c, tx, b); err != nil {
		return err
	}
	return p.tellBooked(c, tx, t, b, host)
}

// movable reports whether the person may choose a (new) moment himself.
func (p *portal) movable(b Booking, t Type) bool {
	return b.Status == wished || b.Status == booked && b.Outcome == "" && !p.late(t, b)
}

func (p *portal) choose(c *web.Context) error {
	b, t, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	if !p.movable(b, t) {
		return c.See("/bookings/" + c.Param("token"))
	}
	page, err := p.choice(c, t, b)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, moveView(page))
}

// move gives a booking another moment, or a wish its first.
func (p *portal) move(c *web.Context) error {
	start, err := instantOf(c.PostForm("start"))
	if err != nil {
		return p.chooseAgain(c, http.StatusUnprocessableEntity, "demos.book.start.required")
	}
	late := false
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if late = !p.movable(b, t); late {
			return nil
		}
		return p.rebook(c, tx, t, b, start)
	})
	if errors.Is(err, fault.Conflict) {
		return p.chooseAgain(c, http.StatusConflict, "demos.book.start.taken")
	}
	if err != nil {
		return err
	}
	path := "/bookings/" + c.Param("token")
	if late {
		return c.See(path)
	}
	return c.RedirectTo(path, "demos.moved")
}

// chooseAgain shows what there is to choose from, and what was wrong with the choice.
func (p *portal) chooseAgain(c *web.Context, status int, wrong string) error {
	b, t, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	if !p.movable(b, t) {
		return c.See("/bookings/" + c.Param("token"))
	}
	page, err := p.choice(c, t, b)
	if err != nil {
		return err
	}
	page.Wrong = i18n.T(c, wrong)
	return c.Render(status, moveView(page))
}

// rebook moves b to start and tells both sides; another host takes over when
// the first is not free. The caller has the lock.
func (p *portal) rebook(c ctx, tx *db.Tx, t Type, b Booking, start time.Time) error {
	if b.Status == booked && b.start().Equal(start) {
		return nil
	}
	host, err := p.free(c, tx, t, b, start, "")
	if err != nil {
		return err
	}
	before := b
	now := p.Now()
	first := b.BookedAt == nil
	if !first {
		b.Sequence++
	}
	b.Status, b.BookedAt, b.Reminded, b.Asked, b.Outcome, b.OutcomeAt, b.SettledAt = booked, &now, "", 0, "", nil, nil
	if err := p.take(c, tx, t, &b, host, start); err != nil {
		return err
	}
	if err := p.put(c, tx, b); err != nil {
		return err
	}
	if first {
		return p.tellBooked(c, tx, t, b, host)
	}
	return p.tellMoved(c, tx, t, before, b, host)
}

func (p *portal) ask(c *web.Context) error {
	b, t, err := p.mine(c, p.DB)
	if err != nil {
		return err
	}
	if !p.cancellable(b, t) {
		return c.See("/bookings/" + c.Param("token"))
	}
	page, err := p.page(c, b, t)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, cancelView(page))
}

func (p *portal) cancellable(b Booking, t Type) bool {
	return p.movable(b, t) || b.Status == held
}

func (p *portal) cancel(c *web.Context) error {
	late := false
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, err := p.mine(c, tx)
		if err != nil {
			return err
		}
		if b.Status == cancelled {
			return nil
		}
		if late = !p.cancellable(b, t); late {
			return nil
		}
		return p.callOff(c, tx, t, b, true)
	})
	if err != nil {
		return err
	}
	if late {
		return c.See("/bookings/" + c.Param("token"))
	}
	return c.RedirectTo("/bookings/"+c.Param("token"), "demos.cancelled")
}

// callOff cancels a booking: its time is free at once and both calendars lose it.
func (p *portal) callOff(c ctx, tx *db.Tx, t Type, b Booking, byThem bool) error {
	was := b.Status
	now := p.Now()
	b.Status, b.HoldUntil, b.SettledAt = cancelled, nil, &now
	b.Sequence++
	if err := release(c, tx, b.ID); err != nil {
		return err
	}
	if err := save(c, tx, b); err != nil {
		return err
	}
	if err := p.put(c, tx, b); err != nil {
		return err
	}
	if was != booked {
		return p.Mail.Cancel(c, tx, "demo:"+b.ID)
	}
	if err := count(c, tx, b, "cancelled", p.Zone); err != nil {
		return err
	}
	return p.tellCancelled(c, tx, t, b, byThem)
}
