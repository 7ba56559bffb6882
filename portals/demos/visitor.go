package demos

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
)

const (
	holds = 30 * time.Minute     // a moment is held for whoever has to confirm his address
	lasts = 120 * 24 * time.Hour // of the link to a booking: longer than any booking is kept
)

type bookForm struct {
	Name    string `form:"name" binding:"required,max=120" autocomplete:"name"`
	Email   string `form:"email" binding:"required,email,max=254"`
	Phone   string `form:"phone" binding:"max=40" autocomplete:"tel"`
	Company string `form:"company" binding:"max=120" autocomplete:"organization"`
	Wish    string `form:"wish" binding:"max=2000"`
	Start   string `form:"start" binding:"required,max=40"`
	Zone    string `form:"zone" binding:"max=64"`
}

func (p *portal) list(c *web.Context) error {
	all, err := p.offer(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, listView(all))
}

// offered is a type with its first free moment, if it has one.
type offered struct {
	Type
	First time.Time
}

func (p *portal) offer(ctx context.Context) ([]offered, error) {
	all, err := types(ctx, p.DB)
	if err != nil {
		return nil, err
	}
	var offer []offered
	for _, t := range all {
		starts, err := p.next(ctx, p.DB, t, "", p.Now(), 1)
		if err != nil {
			return nil, err
		}
		o := offered{Type: t}
		if len(starts) > 0 {
			o.First = starts[0]
		}
		offer = append(offer, o)
	}
	return offer, nil
}

// pick shows the moments of a type; once one is chosen, the form.
func (p *portal) pick(c *web.Context) error {
	t, err := typeBySlug(c, p.DB, c.Param("type"))
	if err != nil {
		return err
	}
	if c.Query("start") == "" {
		page, err := p.choice(c, t, Booking{})
		if err != nil {
			return err
		}
		page.Hosts, err = hostsOf(c, p.DB, t.ID)
		if err != nil {
			return err
		}
		return c.Render(http.StatusOK, pickView(page))
	}
	zone := p.zoneOf(c.Query("zone"))
	c.TellTimeIn(zone)
	form := web.NewForm[bookForm]("demos.book")
	form.V.Start, form.V.Zone = c.Query("start"), zone.String()
	if a := c.Account; a != nil && !a.Staff() {
		form.V.Name, form.V.Email, form.V.Phone, form.V.Company = a.Name, a.Email, a.Phone, a.CompanyName
	}
	page := formPage{Type: t, Form: form, Zone: zone, Ask: p.guard.Fresh(c, "demos")}
	if page.Start, err = instantOf(form.V.Start); err != nil {
		return c.See("/demos/" + t.Slug)
	}
	err = p.open(c, p.DB, t, page.Start)
	if errors.Is(err, fault.Conflict) { // better to hear it before filling in the form
		form.Wrong(c, "Start", "taken")
		return p.again(c, http.StatusConflict, page, form)
	}
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, formView(page))
}

// instantOf reads the moment that a form names: RFC 3339, in UTC.
func instantOf(s string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		return time.Time{}, fault.BadInput
	}
	return at.UTC(), nil
}

// choice is what there is to choose from: the month of the day asked for, and
// the moments of the first free day from it.
func (p *portal) choice(c *web.Context, t Type, b Booking) (choicePage, error) {
	var zone *time.Location
	known := true
	if b.ID == "" {
		zone, known = c.ZoneOf()
	} else {
		zone = p.zoneOf(cmp.Or(c.Query("zone"), b.Zone))
	}
	c.TellTimeIn(zone)
	today := hours.DateOf(c.Now(), zone)
	from, err := hours.ParseDate(c.Query("from"))
	if err != nil || from.Compare(today) < 0 {
		from = today
	}
	page := choicePage{Type: t, Booking: b, Zone: zone, Guess: !known, Zones: p.zoneOptions(c, zone), Path: c.Request.URL.Path, Today: today}
	end := today.AddDays(t.Days + 2)
	if t.Days == 0 {
		end = today.AddDays(366)
	}
	if from.Compare(end) > 0 {
		from = end
	}
	first, err := p.next(c, p.DB, t, b.ID, hours.At(zone, from, 0), 1)
	if err != nil {
		return page, err
	}
	if len(first) > 0 {
		page.Day = hours.DateOf(first[0], zone)
	} else {
		page.Day = from
	}
	page.First = hours.Date{Year: page.Day.Year, Month: page.Day.Month, Day: 1}
	next := hours.DateOf(hours.At(zone, page.First.AddDays(32), 0), zone)
	page.Next = hours.Date{Year: next.Year, Month: next.Month, Day: 1}
	starts, err := p.slots(c, p.DB, t, b.ID, hours.At(zone, page.First, 0), hours.At(zone, page.Next, 0))
	if err != nil {
		return page, err
	}
	page.Free = map[int]int{}
	for _, at := range starts {
		day := hours.DateOf(at, zone)
		page.Free[day.Day]++
		if day == page.Day {
			page.Slots = append(page.Slots, at)
		}
	}
	page.HasPrev = page.First.Compare(today) > 0
	page.HasNext = page.Next.Compare(end) <= 0
	return page, nil
}

// book books a moment. Whoever has signed in with his own address has it at once;
// for others it is held until they have confirmed their address.
func (p *portal) book(c *web.Context) error {
	t, err := typeBySlug(c, p.DB, c.Param("type"))
	if err != nil {
		return err
	}
	form := web.Form[bookForm]{Prefix: "demos.book"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	zone := p.zoneOf(form.V.Zone)
	c.TellTimeIn(zone)
	page := formPage{Type: t, Zone: zone, Ask: p.guard.Fresh(c, "demos")}
	if page.Start, err = instantOf(form.V.Start); err != nil && form.V.Start != "" {
		form.Wrong(c, "Start", "choose")
		ok = false
	}
	if ok && !mail.Fits(form.V.Email) {
		form.Wrong(c, "Email", "email")
		ok = false
	}
	if !ok {
		if err := p.guard.Amiss(c, p.DB); err != nil {
			return err
		}
		return p.again(c, http.StatusUnprocessableEntity, page, form)
	}
	b := p.bookingFrom(c, t, form.V, zone)
	post := spam.Post{Form: "demos", Email: b.Email, Text: b.Wish}
	verdict, ask, path := spam.Verdict(""), spam.Ask{}, ""
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if verdict, ask, err = p.guard.Check(c, tx, post); err != nil {
			return err
		}
		if verdict == spam.Prove { // who is too late anyway hears that, and is asked nothing
			return p.open(c, tx, t, page.Start)
		}
		path, err = p.insert(c, tx, t, b, form.Once, page.Start)
		return err
	})
	if errors.Is(err, fault.Conflict) { // nothing was kept: what the guard counted neither
		if _, _, failed := p.judge(c, post); failed != nil {
			return failed
		}
	}
	if err == nil && verdict == spam.Prove {
		page.Ask, page.Form = ask, form
		page.Form.Errors = map[string]string{"": spam.Wrong(c)}
		return c.Render(http.StatusUnprocessableEntity, formView(page))
	}
	if errors.Is(err, errEnough) {
		form.Errors = map[string]string{"": i18n.T(c, "demos.book.enough", mostAhead)}
		return p.again(c, http.StatusConflict, page, form)
	}
	if errors.Is(err, fault.Conflict) {
		form.Wrong(c, "Start", "taken")
		return p.again(c, http.StatusConflict, page, form)
	}
	if err != nil {
		return err
	}
	if b.Status == booked {
		return c.RedirectTo(path, "demos.booked")
	}
	return c.See(path)
}

// judge asks the guard, whose counting stays whatever becomes of the booking.
func (p *portal) judge(c *web.Context, post spam.Post) (v spam.Verdict, ask spam.Ask, err error) {
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		v, ask, err = p.guard.Check(c, tx, post)
		return err
	})
	return v, ask, err
}

// open is fault.Conflict when nobody is free at start.
func (p *portal) open(ctx ctx, on db.Querier, t Type, start time.Time) error {
	starts, err := p.slots(ctx, on, t, "", start, start.Add(time.Microsecond))
	if err == nil && len(starts) == 0 {
		err = fault.Conflict
	}
	return err
}

// Nobody keeps others from the moments there are: so many can be held, while
// their addresses have not been confirmed, for one address and from one network
// (a whole company may come from there), and so many can lie ahead of a person.
var (
	heldFor  = web.Limit{What: "demos.held.address", Times: 5, Within: holds}
	heldFrom = web.Limit{What: "demos.held.network", Times: 40, Within: holds}
)

const mostAhead = 5

// errEnough: the person has as many appointments ahead as one can have.
var errEnough = errors.New("enough appointments ahead")

// bounded holds a new booking to those limits: a web.Wait, or errEnough. Of an
// address that nobody confirmed it does not tell how many appointments it has.
func (p *portal) bounded(c *web.Context, tx *db.Tx, b Booking) error {
	if b.Status == booked {
		return enough(c, tx, b, c.Now())
	}
	if err := heldFor.Take(c, tx, account.Hash(account.Address(b.Email)), c.Now()); err != nil {
		return err
	}
	return heldFrom.Take(c, tx, web.Network(c.ClientIP()), c.Now())
}

// insert keeps a new booking at start, if somebody is free then, and returns
// the page to go on to. fault.Conflict: nobody is.
func (p *portal) insert(c *web.Context, tx *db.Tx, t Type, b Booking, once string, start time.Time) (path string, err error) {
	if err := lock(c, tx); err != nil {
		return "", err
	}
	path = "/demos/sent"
	if b.Status == booked {
		token, err := p.link(c, tx, b)
		if err != nil {
			return "", err
		}
		path = "/bookings/" + token
	}
	if err := c.Once(tx, once, path); err != nil {
		return "", err
	}
	host, err := p.free(c, tx, t, b, start, "")
	if err != nil {
		return "", err
	}
	if err := p.bounded(c, tx, b); err != nil {
		return "", err
	}
	if err := db.Insert(c, tx, "demo_booking", b); err != nil {
		return "", err
	}
	if err := p.take(c, tx, t, &b, host, start); err != nil {
		return "", err
	}
	if err := p.put(c, tx, b); err != nil {
		return "", err
	}
	if b.Status == held {
		return path, p.tellToConfirm(c, tx, t, b)
	}
	return path, p.tellBooked(c, tx, t, b, host)
}

// again shows the form as it was filled in, with moments to choose from when the
// one in it will not do.
func (p *portal) again(c *web.Context, status int, page formPage, form web.Form[bookForm]) error {
	page.Form = form
	if form.Errors["Start"] != "" {
		from := page.Start
		if from.Before(c.Now()) {
			from = c.Now()
		}
		var err error
		if page.Offer, err = p.next(c, p.DB, page.Type, "", from, 6); err != nil {
			return err
		}
		if len(page.Offer) == 0 {
			if page.Offer, err = p.next(c, p.DB, page.Type, "", c.Now(), 6); err != nil {
				return err
			}
		}
	}
	return c.Render(status, formView(page))
}

func (p *portal) bookingFrom(c *web.Context, t Type, v bookForm, zone *time.Location) Booking {
	now := c.Now()
	until := now.Add(holds)
	b := Booking{ID: newID(), TypeID: t.ID, Status: held, HoldUntil: &until, Name: v.Name, Email: v.Email, Phone: v.Phone, Company: v.Company,
		Wish: v.Wish, Lang: i18n.Lang(c), Zone: zone.String(), CreatedAt: now}
	if a := c.Account; a != nil {
		if !a.Staff() {
			b.AccountID, b.CompanyID = &a.ID, a.CompanyID
		}
		if a.Verified() && account.Address(v.Email) == a.Email {
			b.Status, b.BookedAt, b.HoldUntil = booked, &now, nil
		}
	}
	return b
}
