package demos

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
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
	if t, err = typeByID(c, on, b.TypeID); err != nil {
		return b, t, h, err
	}
	h, err = hostOf(c, on, b)
	return b, t, h, err
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

// Outcomes that can be recorded on the spot; becoming a customer has a page of its own.
var outcomes = []string{"no_customer", "no_show", "host_no_show"}

// record notes what came of an appointment. That is when its data has done its
// work: it goes in the next night, unless the host did not turn up and the
// prospect gets another moment.
func (p *portal) record(c *web.Context) error {
	outcome := c.PostForm("outcome")
	if outcome == "customer" {
		return c.See("/staff/demos/bookings/" + c.Param("id") + "/customer")
	}
	if !slices.Contains(outcomes, outcome) {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "bad", Text: i18n.T(c, "demos.staff.outcome.choose")})
	}
	early := false
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		b, t, h, err := p.of(c, tx)
		if err != nil {
			return err
		}
		now := c.Now()
		if early = b.Status != booked && b.Outcome == "" || b.StartAt == nil || now.Before(b.start()); early || b.Outcome == outcome {
			return nil
		}
		if b.Outcome != "" {
			if err := uncount(c, tx, b, b.Outcome, p.Zone); err != nil {
				return err
			}
		}
		b.Status, b.Outcome, b.OutcomeAt, b.SettledAt = booked, outcome, &now, &now
		n := note{t: t, b: b, h: h}
		switch outcome {
		case "no_show":
			n.kind, n.path = "missed", "/demos/"+t.Slug
		case "host_no_show":
			n.kind, n.path = "sorry", "link"
			b.Status, b.SettledAt = wished, nil
		}
		if err := save(c, tx, b); err != nil {
			return err
		}
		if err := count(c, tx, b, outcome, p.Zone); err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: now, ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo." + outcome, Object: about(b)}); err != nil {
			return err
		}
		if n.kind == "" {
			return nil
		}
		return p.send(c, tx, n, "")
	})
	if err != nil {
		return err
	}
	if early {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "warn", Text: i18n.T(c, "demos.staff.early")})
	}
	return c.RedirectTo("/staff/demos/bookings/"+c.Param("id"), "demos.staff.recorded")
}

func (p *portal) askCustomer(c *web.Context) error {
	b, _, _, err := p.of(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, customerView(b))
}

// makeCustomer moves the prospect to the customer administration.
func (p *portal) makeCustomer(c *web.Context) error {
	plan := strings.TrimSpace(c.PostForm("plan"))
	if len(plan) > 120 {
		return fault.BadInput
	}
	early := false
	var b Booking
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		if err := lock(c, tx); err != nil {
			return err
		}
		var err error
		var t Type
		if b, t, _, err = p.of(c, tx); err != nil {
			return err
		}
		now := c.Now()
		if early = b.BookedAt == nil || now.Before(b.start()); early {
			return nil
		}
		if b.Outcome != "" {
			if err := uncount(c, tx, b, b.Outcome, p.Zone); err != nil {
				return err
			}
		}
		if err := count(c, tx, b, "customer", p.Zone); err != nil {
			return err
		}
		if err := p.Search.Remove(c, tx, "demo_booking", b.ID); err != nil {
			return err
		}
		who, err := become(c, tx, b, plan, now, hours.DateOf(now, p.Zone))
		if err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: now, ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "demo.customer", Object: about(b), AboutID: who.ID}); err != nil {
			return err
		}
		b.AccountID = &who.ID
		return p.send(c, tx, note{kind: "welcome", t: t, b: Booking{ID: b.ID, Name: b.Name, Email: b.Email, Lang: b.Lang, Zone: b.Zone, AccountID: b.AccountID}, path: "/signin/forgot"}, "")
	})
	if err != nil {
		return err
	}
	if early {
		return c.RedirectWith("/staff/demos/bookings/"+c.Param("id"), web.Flash{Kind: "warn", Text: i18n.T(c, "demos.staff.early")})
	}
	return c.RedirectTo("/staff/demos/", "demos.staff.customer.done", b.Name)
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

// ---- hosts ----

func (p *portal) hostList(c *web.Context) error {
	page, err := p.hostsPage(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, hostsView(page))
}

func (p *portal) hostsPage(c *web.Context) (page hostsPage, err error) {
	if page.Hosts, err = allHosts(c, p.DB); err != nil {
		return page, err
	}
	agents, err := account.Agents(c, p.DB, "demos")
	for _, a := range agents {
		if !slices.ContainsFunc(page.Hosts, func(h Host) bool { return h.AccountID == a.ID }) {
			page.Others = append(page.Others, web.Option{Value: a.ID, Label: a.Name})
		}
	}
	return page, err
}

// usual are the hours that a new host starts with.
func usual() hours.Week {
	return hours.Weekdays(hours.Window{Open: hours.HM(9, 0), Close: hours.HM(12, 0)}, hours.Window{Open: hours.HM(13, 0), Close: hours.HM(17, 0)})
}

func weekText(week hours.Week) (string, error) {
	raw, err := json.Marshal(week)
	return string(raw), err
}

func (p *portal) addHost(c *web.Context) error {
	agents, err := account.Agents(c, p.DB, "demos")
	if err != nil {
		return err
	}
	id := c.PostForm("account")
	if !slices.ContainsFunc(agents, func(a account.Account) bool { return a.ID == id }) {
		return c.RedirectWith("/staff/demos/hosts", web.Flash{Kind: "bad", Text: i18n.T(c, "demos.hosts.choose")})
	}
	week, err := weekText(usual())
	if err != nil {
		return err
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if _, err := db.Exec(c, tx, `INSERT INTO demo_host (account_id, zone, week) VALUES (?, ?, ?) ON CONFLICT (account_id) DO NOTHING`, id, p.Zone.String(), week); err != nil {
			return err
		}
		_, err := db.Exec(c, tx, `
			INSERT INTO demo_type_host (type_id, account_id) SELECT id, CAST(? AS TEXT) FROM demo_type WHERE NOT retired
			ON CONFLICT (type_id, account_id) DO NOTHING`, id)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+id, "demos.hosts.added")
}

type hostForm struct {
	Mon    string `form:"mon" binding:"max=120"`
	Tue    string `form:"tue" binding:"max=120"`
	Wed    string `form:"wed" binding:"max=120"`
	Thu    string `form:"thu" binding:"max=120"`
	Fri    string `form:"fri" binding:"max=120"`
	Sat    string `form:"sat" binding:"max=120"`
	Sun    string `form:"sun" binding:"max=120"`
	Zone   string `form:"zone" binding:"required,max=64"`
	Link   string `form:"link" binding:"omitempty,http_url,max=300"`
	Active bool   `form:"active"`
}

// day is the field of a weekday, and its name.
func (f *hostForm) day(d time.Weekday) (*string, string) {
	switch d {
	case time.Monday:
		return &f.Mon, "Mon"
	case time.Tuesday:
		return &f.Tue, "Tue"
	case time.Wednesday:
		return &f.Wed, "Wed"
	case time.Thursday:
		return &f.Thu, "Thu"
	case time.Friday:
		return &f.Fri, "Fri"
	case time.Saturday:
		return &f.Sat, "Sat"
	}
	return &f.Sun, "Sun"
}

func (p *portal) host(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	return p.showHost(c, http.StatusOK, page)
}

func (p *portal) hostInPath(c *web.Context) (hostPage, error) {
	h, err := hostByID(c, p.DB, c.Param("id"))
	if err != nil {
		return hostPage{}, err
	}
	return p.hostPage(h)
}

// hostPage is a host's page with its forms, of which one may have come back.
func (p *portal) hostPage(h Host) (hostPage, error) {
	week, err := h.week()
	page := hostPage{Host: h, Form: web.NewForm[hostForm]("demos.host.form"), DayForm: web.Form[dayForm]{Prefix: "demos.host.day"},
		OffForm: web.Form[offForm]{Prefix: "demos.host.off"}, OwnerForm: web.Form[ownerForm]{Prefix: "demos.host.owner"}}
	for d := range week {
		field, _ := page.Form.V.day(time.Weekday(d))
		*field = hours.FormatWindows(week[d])
	}
	page.Form.V.Zone, page.Form.V.Link, page.Form.V.Active = h.Zone, h.Link, h.Active
	return page, err
}

func (p *portal) showHost(c *web.Context, status int, page hostPage) (err error) {
	h := page.Host
	page.Zones = p.zoneOptions(c, p.zoneOf(page.Form.V.Zone))
	zone := p.zoneOf(h.Zone)
	if page.Days, err = daysOf(c, p.DB, h.AccountID, hours.DateOf(c.Now(), zone)); err != nil {
		return err
	}
	if page.Off, err = offOf(c, p.DB, h.AccountID, c.Now()); err != nil {
		return err
	}
	type owned struct{ ID, Name string }
	companies, err := db.All[owned](c, p.DB, `SELECT c.id, c.name FROM demo_owner o JOIN company c ON c.id = o.company_id WHERE o.account_id = ? ORDER BY c.name, c.id LIMIT 200`, h.AccountID)
	if err != nil {
		return err
	}
	for _, co := range companies {
		page.Owns = append(page.Owns, web.Option{Value: co.ID, Label: co.Name})
	}
	c.TellTimeIn(zone)
	return c.Render(status, hostView(page))
}

// inPieces reports whether windows begin and end at whole fives of minutes, in
// which a host's time is handed out.
func inPieces(windows []hours.Window) bool {
	for _, w := range windows {
		if time.Duration(w.Open)%(piece*time.Second) != 0 || time.Duration(w.Close)%(piece*time.Second) != 0 {
			return false
		}
	}
	return true
}

func (p *portal) saveHost(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := web.Form[hostForm]{Prefix: "demos.host.form"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	h := page.Host
	var week hours.Week
	for d := range week {
		field, name := form.V.day(time.Weekday(d))
		windows, err := hours.ParseWindows(*field)
		if err != nil || !inPieces(windows) {
			form.Wrong(c, name, "hours")
		}
		week[d] = windows
	}
	if _, err := hours.Zone(form.V.Zone); err != nil {
		form.Wrong(c, "Zone", "timezone")
	}
	if !form.OK() {
		page.Form = form
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	text, err := weekText(week)
	if err != nil {
		return err
	}
	_, err = db.Exec(c, p.DB, `UPDATE demo_host SET zone = ?, week = ?, link = ?, active = ? WHERE account_id = ?`, form.V.Zone, text, form.V.Link, form.V.Active, h.AccountID)
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+h.AccountID, "demos.staff.saved")
}

type dayForm struct {
	Day     string `form:"day" binding:"required,max=10"`
	Windows string `form:"windows" binding:"max=120"`
}

// addDay gives a date hours of its own, in place of those of its weekday.
func (p *portal) addDay(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.DayForm
	if _, err := form.Bind(c); err != nil {
		return err
	}
	day, err := hours.ParseDate(form.V.Day)
	if err != nil && form.Errors["Day"] == "" {
		form.Wrong(c, "Day", "wrong")
	}
	windows, err := hours.ParseWindows(form.V.Windows)
	if err != nil || !inPieces(windows) {
		form.Wrong(c, "Windows", "wrong")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	h, zone := page.Host, p.zoneOf(page.Host.Zone)
	_, err = db.Exec(c, p.DB, `
		INSERT INTO demo_day (account_id, day, windows) VALUES (?, ?, ?)
		ON CONFLICT (account_id, day) DO UPDATE SET windows = excluded.windows`, h.AccountID, day.String(), hours.FormatWindows(windows))
	if err != nil {
		return err
	}
	return p.keptWith(c, h, hours.At(zone, day, 0), hours.At(zone, day.AddDays(1), 0), Diary{Zone: zone, Dated: map[hours.Date][]hours.Window{day: windows}})
}

type offForm struct {
	From      string `form:"from" binding:"required,max=10"`
	FromTime  string `form:"from_time" binding:"max=5"`
	Until     string `form:"until" binding:"required,max=10"`
	UntilTime string `form:"until_time" binding:"max=5"`
}

// ends are when time off begins and ends, on the clock of zone: whole days
// where no clock is given. ok is false when that is no stretch of time.
func (f offForm) ends(zone *time.Location) (from, to time.Time, ok bool) {
	first, err := hours.ParseDate(f.From)
	last, err2 := hours.ParseDate(f.Until)
	opens, closes := hours.Clock(0), hours.Midnight
	var err3, err4 error
	if f.FromTime != "" {
		opens, err3 = hours.ParseClock(f.FromTime)
	}
	if f.UntilTime != "" {
		closes, err4 = hours.ParseClock(f.UntilTime)
	}
	if errors.Join(err, err2, err3, err4) != nil {
		return from, to, false
	}
	from, to = hours.At(zone, first, opens), hours.At(zone, last, closes)
	return from, to, from.Before(to)
}

// addOff notes when a host is off: days, or a part of one.
func (p *portal) addOff(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.OffForm
	if _, err := form.Bind(c); err != nil {
		return err
	}
	h, zone := page.Host, p.zoneOf(page.Host.Zone)
	from, to, ok := form.V.ends(zone)
	if !ok && form.OK() {
		form.Wrong(c, "Until", "wrong")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	off := struct {
		ID        string
		AccountID string    `db:"account_id"`
		FromAt    time.Time `db:"from_at"`
		ToAt      time.Time `db:"to_at"`
	}{newID(), h.AccountID, from, to}
	if err := db.Insert(c, p.DB, "demo_off", off); err != nil {
		return err
	}
	return p.keptWith(c, h, from, to, Diary{Zone: zone})
}

// keptWith says that a host's hours were kept, and how many appointments between
// two moments do not fit in them.
func (p *portal) keptWith(c *web.Context, h Host, from, to time.Time, d Diary) error {
	path := "/staff/demos/hosts/" + h.AccountID
	all, err := between(c, p.DB, h.AccountID, from, to, c.Now())
	if err != nil {
		return err
	}
	clash := 0
	for _, l := range all {
		if !d.Holds(l.start(), *l.EndAt) {
			clash++
		}
	}
	if clash > 0 {
		return c.RedirectWith(path, web.Flash{Kind: "warn", Text: i18n.N(c, "demos.host.clash", clash), Link: "/staff/demos/?who=all", LinkLabel: i18n.T(c, "demos.staff.agenda")})
	}
	return c.RedirectTo(path, "demos.staff.saved")
}

type ownerForm struct {
	Company string `form:"company" binding:"required,max=120"`
}

// addOwner has a host look after a company.
func (p *portal) addOwner(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	form := &page.OwnerForm
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	n := int64(0)
	if ok {
		n, err = db.Exec(c, p.DB, `
			INSERT INTO demo_owner (company_id, account_id)
			SELECT id, CAST(? AS TEXT) FROM company WHERE lower(name) = ?
			ON CONFLICT (company_id) DO UPDATE SET account_id = excluded.account_id`, page.Host.AccountID, strings.ToLower(form.V.Company))
	}
	if err != nil {
		return err
	}
	if ok && n == 0 {
		form.Wrong(c, "Company", "none")
	}
	if !form.OK() {
		return p.showHost(c, http.StatusUnprocessableEntity, page)
	}
	return c.RedirectTo("/staff/demos/hosts/"+page.Host.AccountID, "demos.staff.saved")
}

// drop takes a date with its own hours, time off, or a company away from a host.
func (p *portal) drop(c *web.Context) error {
	page, err := p.hostInPath(c)
	if err != nil {
		return err
	}
	id := page.Host.AccountID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		for _, gone := range []struct{ text, value string }{
			{`DELETE FROM demo_day WHERE account_id = ? AND day = ?`, c.PostForm("day")},
			{`DELETE FROM demo_off WHERE account_id = ? AND id = ?`, c.PostForm("off")},
			{`DELETE FROM demo_owner WHERE account_id = ? AND company_id = ?`, c.PostForm("company")},
		} {
			if _, err := db.Exec(c, tx, gone.text, id, gone.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/demos/hosts/"+id, "demos.staff.saved")
}

// ---- types ----

func (p *portal) typeList(c *web.Context) error {
	all, err := allTypes(c, p.DB)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, typesView(all))
}

type typeForm struct {
	NameNL  string   `form:"name_nl" binding:"required,max=120"`
	NameEN  string   `form:"name_en" binding:"required,max=120"`
	Slug    string   `form:"slug" binding:"required,max=60"`
	AboutNL string   `form:"about_nl" binding:"max=2000"`
	AboutEN string   `form:"about_en" binding:"max=2000"`
	PlaceNL string   `form:"place_nl" binding:"max=120"`
	PlaceEN string   `form:"place_en" binding:"max=120"`
	Minutes int      `form:"minutes" binding:"min=5,max=480"`
	Step    int      `form:"step" binding:"min=0,max=480"`
	Before  int      `form:"before" binding:"min=0,max=240"`
	After   int      `form:"after" binding:"min=0,max=240"`
	Notice  int      `form:"notice" binding:"min=0,max=43200"`
	Days    int      `form:"days" binding:"min=1,max=120"`
	Daily   int      `form:"daily" binding:"min=0,max=50"`
	Weekly  int      `form:"weekly" binding:"min=0,max=200"`
	Cutoff  int      `form:"cutoff" binding:"min=0,max=10080"`
	Retired bool     `form:"retired"`
	Hosts   []string `form:"hosts" binding:"max=100"`
}

var slugRule = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (p *portal) newType(c *web.Context) error {
	form := web.NewForm[typeForm]("demos.type")
	form.V = typeForm{Minutes: 30, Step: 30, After: 15, Notice: 240, Days: 60, Cutoff: 120, PlaceNL: "Online, link volgt per mail", PlaceEN: "Online, link follows by mail"}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		form.V.Hosts = append(form.V.Hosts, h.AccountID)
	}
	return c.Render(http.StatusOK, typeView(form, hosts, ""))
}

func (p *portal) editType(c *web.Context) error {
	t, err := typeByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	form := web.NewForm[typeForm]("demos.type")
	form.V = typeForm{t.NameNL, t.NameEN, t.Slug, t.AboutNL, t.AboutEN, t.PlaceNL, t.PlaceEN, t.Minutes, t.Step, t.Before, t.After, t.Notice, t.Days, t.Daily, t.Weekly, t.Cutoff, t.Retired, nil}
	if form.V.Hosts, err = db.All[string](c, p.DB, `SELECT account_id FROM demo_type_host WHERE type_id = ?`, t.ID); err != nil {
		return err
	}
	return c.Render(http.StatusOK, typeView(form, hosts, t.Slug))
}

func (p *portal) saveType(c *web.Context) error {
	id := c.Param("id")
	t := Type{ID: newID(), CreatedAt: c.Now()}
	if id != "" {
		var err error
		if t, err = typeByID(c, p.DB, id); err != nil {
			return err
		}
	}
	hosts, err := allHosts(c, p.DB)
	if err != nil {
		return err
	}
	form := web.Form[typeForm]{Prefix: "demos.type"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	v := form.V
	if form.Errors["Slug"] == "" && (!slugRule.MatchString(v.Slug) || v.Slug == "sent") {
		form.Wrong(c, "Slug", "form")
	}
	for _, f := range []struct {
		name string
		n    int
	}{{"Minutes", v.Minutes}, {"Step", v.Step}, {"Before", v.Before}, {"After", v.After}} {
		if f.n%5 != 0 && form.Errors[f.name] == "" {
			form.Wrong(c, f.name, "five")
		}
	}
	for _, h := range v.Hosts {
		if !slices.ContainsFunc(hosts, func(host Host) bool { return host.AccountID == h }) {
			form.Wrong(c, "Hosts", "oneof")
		}
	}
	if form.OK() {
		slug := t.Slug
		t = Type{t.ID, v.Slug, v.NameNL, v.NameEN, v.AboutNL, v.AboutEN, v.PlaceNL, v.PlaceEN, v.Minutes, v.Step, v.Before, v.After, v.Notice, v.Days, v.Daily, v.Weekly, v.Cutoff, t.Sort, v.Retired, t.CreatedAt}
		err = p.DB.Tx(c, func(tx *db.Tx) error { return p.keepType(c, tx, t, slug == "", v.Hosts) })
		if errors.Is(err, fault.Conflict) {
			form.Wrong(c, "Slug", "taken")
		} else if err != nil {
			return err
		}
	}
	if !form.OK() {
		return c.Render(http.StatusUnprocessableEntity, typeView(form, hosts, t.Slug))
	}
	return c.RedirectTo("/staff/demos/types", "demos.staff.saved")
}

func (p *portal) keepType(c ctx, tx *db.Tx, t Type, fresh bool, hosts []string) error {
	if err := lock(c, tx); err != nil {
		return err
	}
	if fresh {
		if err := db.Insert(c, tx, "demo_type", t); err != nil {
			return err
		}
	} else if _, err := db.ExecNamed(c, tx, `
		UPDATE demo_type SET slug = :slug, name_nl = :name_nl, name_en = :name_en, about_nl = :about_nl, about_en = :about_en,
			place_nl = :place_nl, place_en = :place_en, minutes = :minutes, step = :step, before = :before, after = :after, notice = :notice,
			days = :days, daily = :daily, weekly = :weekly, cutoff = :cutoff, retired = :retired WHERE id = :id`, t); err != nil {
		return err
	}
	if _, err := db.Exec(c, tx, `DELETE FROM demo_type_host WHERE type_id = ?`, t.ID); err != nil {
		return err
	}
	for _, h := range hosts {
		if _, err := db.Exec(c, tx, `INSERT INTO demo_type_host (type_id, account_id) VALUES (?, ?) ON CONFLICT (type_id, account_id) DO NOTHING`, t.ID, h); err != nil {
			return err
		}
	}
	return p.Search.Put(c, tx, typeDoc(t))
}

// takeOver makes a demonstration of what another counter hands over: the person
// gets a mail with a link, and chooses a moment himself.
func (p *portal) takeOver(c ctx, tx *db.Tx, got app.Intake) (string, error) {
	if !mail.Fits(got.Email) {
		return "", fault.BadInput
	}
	all, err := types(c, tx)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fault.BadInput
	}
	b := Booking{ID: newID(), TypeID: all[0].ID, Status: wished, Name: got.Name, Email: got.Email, Phone: got.Phone, Company: got.Company,
		Lang: got.Lang, Zone: p.Zone.String(), CreatedAt: p.Now()}
	if got.AccountID != "" {
		b.AccountID = &got.AccountID
	}
	var wish, notes []string
	if got.Subject != "" {
		wish = append(wish, got.Subject)
	}
	for _, m := range got.Messages {
		if m.Note {
			notes = append(notes, m.Text)
		} else if m.AccountID == "" {
			wish = append(wish, m.Text)
		}
	}
	b.Wish, b.Note = strings.Join(wish, "\n\n"), strings.Join(notes, "\n\n")
	if err := db.Insert(c, tx, "demo_booking", b); err != nil {
		return "", err
	}
	if err := p.put(c, tx, b); err != nil {
		return "", err
	}
	return "/staff/demos/bookings/" + b.ID, p.send(c, tx, note{kind: "wish", t: all[0], b: b, path: "link"}, "")
}
