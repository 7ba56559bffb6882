package demos

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
)

func (p *portal) staff(g app.Group) {
	g.GET("/", p.agenda)
	g.GET("/new", p.planTypes)
	g.GET("/new/:type", p.planPick)
	g.POST("/new/:type", p.plan)
	g.GET("/bookings/:id", p.booking)
	g.POST("/bookings/:id/confirm", p.staffConfirm)
	g.POST("/bookings/:id/note", p.saveNote)
	g.POST("/bookings/:id/outcome", p.record)
	g.GET("/bookings/:id/customer", p.askCustomer)
	g.POST("/bookings/:id/customer", p.makeCustomer)
	g.GET("/bookings/:id/move", p.staffChoose)
	g.POST("/bookings/:id/move", p.staffMove)
	g.POST("/bookings/:id/host", p.hand)
	g.GET("/bookings/:id/cancel", p.staffAsk)
	g.POST("/bookings/:id/cancel", p.staffCancel)
	g.GET("/hosts", p.hostList)
	g.POST("/hosts", p.addHost)
	g.GET("/hosts/:id", p.host)
	g.POST("/hosts/:id", p.saveHost)
	g.POST("/hosts/:id/day", p.addDay)
	g.POST("/hosts/:id/off", p.addOff)
	g.POST("/hosts/:id/owner", p.addOwner)
	g.POST("/hosts/:id/drop", p.drop)
	g.GET("/types", p.typeList)
	g.GET("/types/new", p.newType)
	g.POST("/types/new", p.saveType)
	g.GET("/types/:id", p.editType)
	g.POST("/types/:id", p.saveType)
}

func (p *portal) agenda(c *web.Context) error {
	page := agendaPage{Mine: c.Query("who") != "all"}
	host := ""
	if page.Mine {
		host = c.Account.ID
	}
	now := c.Now()
	var err error
	if page.Open, err = unrecorded(c, p.DB, host, now); err != nil {
		return err
	}
	if page.Coming, err = upcoming(c, p.DB, host, now.Add(-2*time.Hour), now); err != nil {
		return err
	}
	if page.Wishes, err = wishes(c, p.DB); err != nil {
		return err
	}
	if page.Tallies, err = tallies(c, p.DB); err != nil {
		return err
	}
	return c.Render(http.StatusOK, agendaView(page))
}

// of reads the booking in the address, its type and its host, if it has one.
func (p *portal) of(c *web.Context, on db.Querier) (b Booking, t Type, h Host, err error) {
	if b, err = bookingByID(c, on, c.Param("id")); err != nil {
		return b, t, h, err
	}
	t, h, err = around(c, on, b)
	return b, t, h, err
}

// around reads what a booking is of, and who its host is, if it has one.
func around(c ctx, on db.Querier, b Booking) (t Type, h Host, err error) {
	if t, err = typeByID(c, on, b.TypeID); err != nil {
		return t, h, err
	}
	h, err = hostOf(c, on, b)
	return t, h, err
}

func (p *portal) booking(c *web.Context) error {
	b, t, h, err := p.of(c, p.DB)
	if err != nil {
		return err
	}
	page := staffPage{Booking: b, Type: t, Host: h, Over: b.Status == booked && !c.Now().Before(b.start())}
	if b.Live() && !page.Over {
		hosts, err := hostsOf(c, p.DB, t.ID)
		if err != nil {
			return err
		}
		page.Others = hostOptions(slices.DeleteFunc(hosts, func(other Host) bool { return other.AccountID == h.AccountID }))
	}
	return c.Render(http.StatusOK, bookingView(page))
}

func (p *portal) saveNote(c *web.Context) error {
	type noteForm struct {
		Note string `form:"note" binding:"max=4000"`
	}
	form := web.NewForm[noteForm]("demos.staff")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	path := "/staff/demos/bookings/" + c.Param("id")
	if !ok {
		return c.RedirectWith(path, web.Flash{Kind: "bad", Text: form.Errors["Note"]})
	}
	n, err := db.Exec(c, p.DB, `UPDATE demo_booking SET note = ? WHERE id = ?`, form.V.Note, c.Param("id"))
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "demos.staff.saved")
}

func (p *portal) staffChoose(c *web.Context) error {
	b, t, _, err := p.of(c, p.DB)
	if err != nil {
		return err
	}
	t.Notice = 0 // who plans knows whether it can be done
	page, err := p.choice(c, t, Booking{ID: b.ID, Status: b.Status, StartAt: b.StartAt, Name: b.Name, Zone: p.Zone.String()})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, staffMoveView(page))
}

func (p *portal) staffMove(c *web.Context) error {
	start, err := instantOf(c.PostForm("start"))
	path := "/staff/demos/bookings/" + c.Param("id")
	if err != nil {
		return c.RedirectWith(path+"/move", web.Flash{Kind: "bad", Text: i18n.T(c, "demos.book.start.required")})
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, _, err := p.of(c, tx)
		if err != nil {
			return err
		}
		if b.Status != booked && b.Status != wished {
			return fault.Gone
		}
		t.Notice = 0
		sure, err := known(c, tx, b)
		if err != nil {
			return err
		}
		if !sure {
			return p.holdFor(c, tx, t, b, start, "")
		}
		return p.rebook(c, tx, t, b, start)
	})
	if errors.Is(err, fault.Conflict) {
		return c.RedirectWith(path+"/move", web.Flash{Kind: "bad", Text: i18n.T(c, "demos.book.start.taken")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "demos.staff.moved")
}

// hand gives an appointment to another colleague, at the same moment: the guest
// hears with whom it is, and it moves from one calendar to the other.
func (p *portal) hand(c *web.Context) error {
	path := "/staff/demos/bookings/" + c.Param("id")
	var host Host
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, _, err := p.of(c, tx)
		if err != nil {
			return err
		}
		if !b.Live() || b.Outcome != "" {
			return fault.Gone
		}
		if b.host() == c.PostForm("host") {
			return nil // pressed twice
		}
		t.Notice = 0
		if host, err = p.free(c, tx, t, b, b.start(), c.PostForm("host")); err != nil {
			return err
		}
		before := b
		b.Sequence++
		if err := p.take(c, tx, t, &b, host, b.start()); err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo.handed", Object: about(b)}); err != nil {
			return err
		}
		if b.Status == held { // it has not been in any calendar yet
			return nil
		}
		return p.tellMoved(c, tx, t, before, b, host)
	})
	if errors.Is(err, fault.Conflict) {
		return c.RedirectWith(path, web.Flash{Kind: "bad", Text: i18n.T(c, "demos.hand.busy")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "demos.hand.done")
}

func (p *portal) staffAsk(c *web.Context) error {
	b, t, h, err := p.of(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, staffCancelView(staffPage{Booking: b, Type: t, Host: h}))
}

func (p *portal) staffCancel(c *web.Context) error {
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, _, err := p.of(c, tx)
		if err != nil {
			return err
		}
		if b.Status == cancelled || b.Status == expired {
			return nil
		}
		if b.Outcome != "" {
			return fault.Gone
		}
		return p.callOff(c, tx, t, b, false)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/bookings/"+c.Param("id"), "demos.staff.cancelled")
}
