package trainings

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/links"
	"loket/app/mail"
	"loket/app/settings"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
)

// agendaForm is what of the agenda is shown; an empty field is everything.
type agendaForm struct {
	Kind    string `form:"kind" binding:"omitempty,oneof=training webinar"`
	Lang    string `form:"lang" binding:"omitempty,oneof=nl en"`
	Product string `form:"product" binding:"max=60"`
	Zone    string `form:"zone" binding:"max=60"`
}

// month is the sessions of one month, as the agenda shows them.
type month struct {
	First    time.Time
	Sessions []listed
}

type agendaPage struct {
	Form     web.Form[agendaForm]
	Months   []month
	Products []settings.Product
	Zone     string
	Guess    bool // the visitor's zone: he chose none
	Filtered bool
	Own      map[string]Registration // by session
}

func (p *portal) agenda(c *web.Context) error {
	form := web.NewForm[agendaForm]("trainings.filter")
	if _, err := form.Bind(c); err != nil {
		return err
	}
	if !form.OK() { // a filter that is none filters nothing
		form.V, form.Errors = agendaForm{}, nil
	}
	zone, known := c.ZoneOf()
	c.TellTimeIn(zone)
	form.V.Zone = zone.String()
	page := agendaPage{Form: form, Zone: zone.String(), Guess: !known, Filtered: form.V.Kind != "" || form.V.Lang != "" || form.V.Product != ""}
	var err error
	if page.Products, err = p.Settings.Products(c); err != nil {
		return err
	}
	all, err := agenda(c, p.DB, agendaFilter{Kind: form.V.Kind, Lang: form.V.Lang, Product: form.V.Product, Now: c.Now(), Limit: 100})
	if err != nil {
		return err
	}
	if page.Own, err = p.own(c); err != nil {
		return err
	}
	page.Months = byMonth(all, zone)
	return c.Render(http.StatusOK, agendaView(page))
}

func byMonth(all []listed, zone *time.Location) (months []month) {
	for _, s := range all {
		at := s.StartsAt.In(zone)
		if n := len(months); n > 0 && months[n-1].First.Month() == at.Month() && months[n-1].First.Year() == at.Year() {
			months[n-1].Sessions = append(months[n-1].Sessions, s)
		} else {
			months = append(months, month{at, []listed{s}})
		}
	}
	return months
}

// own are the sign-ups of who has signed in for what is still to come.
func (p *portal) own(c *web.Context) (map[string]Registration, error) {
	if c.Account == nil || !c.Account.Verified() {
		return nil, nil
	}
	all, err := signUpsOf(c, p.DB, c.Account.ID, c.Account.Email, c.Now())
	own := map[string]Registration{}
	for _, r := range all {
		own[r.SessionID] = r
	}
	return own, err
}

// toOwn leads who has signed in to the page of his sign-up.
func (p *portal) toOwn(c *web.Context) error {
	own, err := p.own(c)
	if err != nil {
		return err
	}
	r, signedUp := own[c.PostForm("session")]
	if !signedUp {
		return fault.NotFound
	}
	var path string
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		s, err := sessionByID(c, tx, r.SessionID)
		if err != nil {
			return err
		}
		path, err = p.ownPage(c, tx, r, s.Session)
		return err
	})
	if err != nil {
		return err
	}
	return c.See(path)
}

func zoneOptions(chosen string) (all []web.Option) {
	known := hours.Zones
	if !slices.Contains(known, chosen) {
		known = append([]string{chosen}, known...)
	}
	for _, zone := range known {
		all = append(all, web.Option{Value: zone, Label: city(zone)})
	}
	return all
}

// signUpForm is what somebody tells who signs up.
type signUpForm struct {
	Session string `form:"session" binding:"max=40"`
	Name    string `form:"name" binding:"required,max=100" autocomplete:"name"`
	Email   string `form:"email" binding:"required,email,max=200"`
	Company string `form:"company" binding:"max=120" autocomplete:"organization"`
	Phone   string `form:"phone" binding:"max=40" autocomplete:"tel"`
	URL     string `form:"url" binding:"max=200"`
}

type eventPage struct {
	Training Training
	Sessions []listed
	Form     web.Form[signUpForm]
	Products []string
	Zone     string
	Guess    bool // the visitor's zone: he chose none
	Gone     bool // what he asked for is no date any more
	Own      map[string]Registration
	Ask      spam.Ask
}

// shown is the session that the page is about: the chosen one, else the first.
func (e eventPage) shown() listed {
	for _, s := range e.Sessions {
		if s.ID == e.Form.V.Session {
			return s
		}
	}
	return all1(e.Sessions)
}

func (p *portal) eventPage(c *web.Context, form web.Form[signUpForm]) (page eventPage, err error) {
	page.Form, page.Ask = form, p.guard.Fresh(c, "trainings")
	if page.Training, err = published(c, p.DB, c.Param("id")); err != nil {
		return page, err
	}
	if page.Sessions, err = upcoming(c, p.DB, page.Training.ID, c.Now()); err != nil {
		return page, err
	}
	for _, key := range page.Training.ProductKeys() {
		page.Products = append(page.Products, p.Settings.ProductName(c, key))
	}
	if page.Own, err = p.own(c); err != nil {
		return page, err
	}
	zone, known := c.ZoneOf()
	c.TellTimeIn(zone)
	page.Zone, page.Guess = zone.String(), !known && c.Request.Method == http.MethodGet
	if page.Form.V.Session == "" {
		page.Form.V.Session = all1(page.Sessions).ID
	}
	return page, nil
}

func (p *portal) show(c *web.Context) error {
	form := web.NewForm[signUpForm]("trainings.signup")
	form.V.Session = c.Query("session")
	if c.Account != nil {
		form.V.Name, form.V.Email, form.V.Company, form.V.Phone = c.Account.Name, c.Account.Email, c.Account.CompanyName, c.Account.Phone
	}
	page, err := p.eventPage(c, form)
	if err != nil {
		return err
	}
	page.Gone = form.V.Session != "" && page.shown().ID != form.V.Session
	return c.Render(http.StatusOK, eventView(page))
}

// Limits on signing up. A whole company may come from one network. Of places
// that are held for an address that nobody confirmed there are only a few.
var (
	fromNetwork = web.Limit{What: "trainings.network", Times: 400, Within: 10 * time.Minute}
	forAddress  = web.Limit{What: "trainings.address", Times: 12, Within: time.Hour}
)

const mostHeld = 5

// bounded keeps machines from filling the room and from mailing the world. The
// error is a web.Wait.
func (p *portal) bounded(c *web.Context, tx *db.Tx, r Registration) error {
	if err := fromNetwork.Take(c, tx, web.Network(c.ClientIP()), c.Now()); err != nil {
		return err
	}
	if err := forAddress.Take(c, tx, account.Hash(r.Email), c.Now()); err != nil || r.Confirmed() {
		return err
	}
	held, err := db.All[time.Time](c, tx, `SELECT held_until FROM training_registration WHERE email = ? AND held_until > ? AND session_id <> ? ORDER BY held_until`, r.Email, c.Now(), r.SessionID)
	if err == nil && len(held) >= mostHeld {
		err = web.Wait{For: held[0].Sub(c.Now())}
	}
	return err
}

// outcome is what the page may say to who signed up: never whether the address
// had signed up before.
type outcome struct {
	seat   bool
	number int // in line
	own    string
}

// signUp takes a place for somebody. An address that has not been confirmed
// holds it for a day; who has signed in with it has it at once.
func (p *portal) signUp(c *web.Context) error {
	form := web.NewForm[signUpForm]("trainings.signup")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page, err := p.eventPage(c, form)
	if err != nil {
		return err
	}
	session := page.shown()
	if ok && !mail.Fits(form.V.Email) {
		page.Form.Wrong(c, "Email", "email")
	}
	if form.V.URL != "" && !webAddress(form.V.URL) {
		page.Form.Wrong(c, "URL", "invalid")
	}
	if !page.Form.OK() {
		return c.Render(http.StatusUnprocessableEntity, eventView(page))
	}
	if session.ID == "" || session.ID != page.Form.V.Session {
		page.Form.Wrong(c, "Session", "closed")
		return c.Render(http.StatusConflict, eventView(page))
	}
	r := registrationOf(c, page, session.ID)
	var done outcome
	sent := "/trainings/" + session.TrainingID + "/sent"
	asked := false
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		verdict, ask, err := p.guard.Check(c, tx, spam.Post{Form: "trainings", Email: r.Email, Text: r.Name + " " + r.Company, Crowd: true})
		if asked = verdict == spam.Prove; asked {
			page.Ask = ask
		}
		if err != nil || asked {
			return err
		}
		if err := c.Once(tx, form.Once, sent); err != nil {
			return err
		}
		if err := p.bounded(c, tx, r); err != nil {
			return err
		}
		done, err = p.enrol(c, tx, session.ID, r)
		return err
	})
	if errors.Is(err, fault.Conflict) {
		page.Form.Wrong(c, "Session", "closed")
		return c.Render(http.StatusConflict, eventView(page))
	}
	if err != nil {
		return err
	}
	if asked {
		page.Form.Errors = map[string]string{"": spam.Wrong(c)}
		return c.Render(http.StatusUnprocessableEntity, eventView(page))
	}
	return done.say(c, sent)
}

// registrationOf is what the form on the page asks for; it is confirmed when who
// has signed in asks it for himself.
func registrationOf(c *web.Context, page eventPage, session string) Registration {
	v := page.Form.V
	r := Registration{
		Name: v.Name, Email: account.Address(v.Email), Company: v.Company, Phone: v.Phone, URL: v.URL,
		Lang: i18n.Lang(c), Zone: page.Zone, SessionID: session,
	}
	if c.Account != nil && c.Account.Verified() && r.Email == c.Account.Email {
		now := c.Now()
		r.AccountID, r.ConfirmedAt = &c.Account.ID, &now
	}
	return r
}

// say leads to his own page whoever may know of it, and to the page that says to
// look in the mail whoever may not.
func (o outcome) say(c *web.Context, sent string) error {
	switch {
	case o.own != "" && o.seat:
		return c.RedirectTo(o.own, "trainings.done.seat")
	case o.own != "":
		return c.RedirectTo(o.own, "trainings.done.waiting", o.number)
	case o.seat:
		return c.RedirectTo(sent, "trainings.sent.seat")
	}
	return c.RedirectTo(sent, "trainings.sent.waiting", o.number)
}

// enrol gives r a place in a session, or tells him again when his address has
// one. fault.Conflict: one cannot sign up for it any more.
func (p *portal) enrol(ctx context.Context, tx *db.Tx, session string, r Registration) (done outcome, err error) {
	now := p.Now()
	s, err := lock(ctx, tx, session)
	if err != nil {
		return done, err
	}
	if !s.Open(now) {
		return done, fault.Conflict
	}
	before, err := signedUp(ctx, tx, session, r.Email)
	if err == nil {
		return p.enrolAgain(ctx, tx, s, before, r)
	}
	if !errors.Is(err, fault.NotFound) {
		return done, err
	}
	r.ID, r.ToldAt, r.CreatedAt = rand.Text(), now, now
	r.UID = invite.UID("training", r.ID, p.Config.URL)
	if !r.Confirmed() {
		until := heldUntil(now, s.StartsAt)
		r.HeldUntil = &until
	}
	if err := place(ctx, tx, &s, &r); err != nil {
		return done, err
	}
	if err := db.Insert(ctx, tx, "training_registration", r); err != nil {
		return done, err
	}
	done = outcome{seat: r.State == "in", number: s.Waiting}
	which := askConfirm
	if r.Confirmed() {
		which = placed(r)
		if done.own, err = p.ownPage(ctx, tx, r, s); err != nil {
			return done, err
		}
	}
	full, err := sessionByID(ctx, tx, session)
	if err != nil {
		return done, err
	}
	return done, p.tell(ctx, tx, which, full, &r, "")
}

// enrolAgain answers a second sign-up of an address just as a first one, so
// that nobody learns by it who comes; the address itself is told.
func (p *portal) enrolAgain(ctx context.Context, tx *db.Tx, s Session, before, r Registration) (done outcome, err error) {
	now := p.Now()
	done = outcome{seat: s.Free() > 0, number: s.Waiting + 1}
	if r.Confirmed() { // he has signed in: it is his own
		done.seat, done.number = before.State == "in", s.Waiting
		if _, err := confirm(ctx, tx, &before, now); err != nil {
			return done, err
		}
		if done.own, err = p.ownPage(ctx, tx, before, s); err != nil {
			return done, err
		}
		if before.State == "waiting" {
			n, err := ahead(ctx, tx, before)
			if err != nil {
				return done, err
			}
			done.number = n + 1
		}
	}
	if now.Sub(before.ToldAt) < confirmAgain && !r.Confirmed() {
		return done, nil
	}
	full, err := sessionByID(ctx, tx, s.ID)
	if err != nil {
		return done, err
	}
	which := askAgain
	if !before.Confirmed() {
		which = askConfirm
	}
	if err := p.tell(ctx, tx, which, full, &before, ""); err != nil {
		return done, err
	}
	_, err = db.Exec(ctx, tx, `UPDATE training_registration SET told_at = ? WHERE id = ?`, now, before.ID)
	return done, err
}

// placed is the letter for the place that somebody got.
func placed(r Registration) notice {
	if r.State == "in" {
		return haveSeat
	}
	return inLine
}

// ownPage makes a link to the page of a sign-up whose address is confirmed.
func (p *portal) ownPage(ctx context.Context, tx *db.Tx, r Registration, s Session) (string, error) {
	secret, err := links.Make(ctx, tx, links.Link{Purpose: ownPage, Email: r.Email, Subject: r.ID}, p.Now(), s.EndsAt.Sub(p.Now())+linkLasts)
	return "/registrations/" + secret, err
}

// sent asks to look in the mail.
func (p *portal) sent(c *web.Context) error {
	t, err := published(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, sentView(t))
}

// zoneOr is a zone by its name, else another one.
func zoneOr(name string, otherwise *time.Location) *time.Location {
	if zone, err := hours.Zone(name); err == nil {
		return zone
	}
	return otherwise
}
