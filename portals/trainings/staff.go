package trainings

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

// note adds a line to the log of who did what.
func (p *portal) note(c *web.Context, tx *db.Tx, act, object string) error {
	return account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: act, Object: object})
}

type staffAgendaPage struct {
	Coming    []listed
	Held      []listed
	Trainings []Training
	State     string
	Now       time.Time
}

// staffAgenda shows what is coming, what was just held, and the trainings.
func (p *portal) staffAgenda(c *web.Context) error {
	page := staffAgendaPage{State: c.Query("state"), Now: c.Now()}
	if !slices.Contains([]string{"draft", "published", "archived"}, page.State) {
		page.State = "published"
	}
	all, err := around(c, p.DB, c.Now().Add(-7*24*time.Hour))
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Over(c.Now()) {
			page.Held = append(page.Held, s)
		} else {
			page.Coming = append(page.Coming, s)
		}
	}
	slices.Reverse(page.Held)
	if page.Trainings, err = trainings(c, p.DB, page.State); err != nil {
		return err
	}
	return c.Render(http.StatusOK, staffAgendaView(page))
}

// trainingForm is what staff write about a training.
type trainingForm struct {
	Kind        string   `form:"kind" binding:"required,oneof=training webinar"`
	Title       string   `form:"title" binding:"required,max=120"`
	Lead        string   `form:"lead" binding:"max=300"`
	About       string   `form:"about" binding:"max=20000"`
	Products    []string `form:"products" binding:"max=20,dive,max=60"`
	Certificate bool     `form:"certificate"`
}

type trainingPage struct {
	Form     web.Form[trainingForm]
	Training Training
	Products []settings.Product
}

func (p *portal) trainingPage(c *web.Context, form web.Form[trainingForm], t Training) (page trainingPage, err error) {
	page = trainingPage{Form: form, Training: t}
	page.Products, err = p.Settings.Products(c)
	return page, err
}

func (p *portal) blankTraining(c *web.Context) error {
	form := web.NewForm[trainingForm]("trainings.edit")
	form.V.Kind = "training"
	page, err := p.trainingPage(c, form, Training{})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, trainingEditView(page))
}

func (p *portal) createTraining(c *web.Context) error {
	form := web.NewForm[trainingForm]("trainings.edit")
	t := Training{ID: rand.Text(), State: "draft", CreatedAt: c.Now()}
	return p.writeTraining(c, form, t, true)
}

func (p *portal) editTraining(c *web.Context) error {
	t, err := trainingByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[trainingForm]("trainings.edit")
	form.V = trainingForm{t.Kind, t.Title, t.Lead, t.About, t.ProductKeys(), t.Certificate}
	page, err := p.trainingPage(c, form, t)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, trainingEditView(page))
}

func (p *portal) saveTraining(c *web.Context) error {
	t, err := trainingByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.writeTraining(c, web.NewForm[trainingForm]("trainings.edit"), t, false)
}

func (p *portal) writeTraining(c *web.Context, form web.Form[trainingForm], t Training, isNew bool) error {
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page, err := p.trainingPage(c, form, t)
	if err != nil {
		return err
	}
	var products []string // those that there are: no other word goes into the row
	for _, product := range page.Products {
		if slices.Contains(form.V.Products, product.Key) {
			products = append(products, product.Key)
		}
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, trainingEditView(page))
	}
	t.Kind, t.Title, t.Lead, t.About, t.Certificate, t.ChangedAt = form.V.Kind, form.V.Title, form.V.Lead, form.V.About, form.V.Certificate, c.Now()
	t.Products = strings.Join(products, " ")
	path := "/staff/trainings/" + t.ID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if isNew {
			if err := c.Once(tx, form.Once, path); err != nil {
				return err
			}
			if err := db.Insert(c, tx, "training", t); err != nil {
				return err
			}
		} else if _, err := db.ExecNamed(c, tx, `UPDATE training SET kind = :kind, title = :title, lead = :lead, about = :about, products = :products,
			certificate = :certificate, changed_at = :changed_at WHERE id = :id`, t); err != nil {
			return err
		}
		if err := p.Search.Put(c, tx, found(t)); err != nil {
			return err
		}
		return p.note(c, tx, "training.saved", "training:"+t.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "trainings.staff.saved")
}

type staffTrainingPage struct {
	Training Training
	Sessions []listed
	Products []string
	Now      time.Time
}

func (p *portal) staffTraining(c *web.Context) error {
	t, err := trainingByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	page := staffTrainingPage{Training: t, Now: c.Now()}
	if page.Sessions, err = sessionsOf(c, p.DB, t.ID); err != nil {
		return err
	}
	for _, key := range t.ProductKeys() {
		page.Products = append(page.Products, p.Settings.ProductName(c, key))
	}
	return c.Render(http.StatusOK, staffTrainingView(page))
}

// setState publishes a training, or takes it back; the latter only when nobody
// counts on it any more.
func (p *portal) setState(state string) web.Handler {
	return func(c *web.Context) error {
		path := "/staff/trainings/" + c.Param("id")
		err := p.DB.Tx(c, func(tx *db.Tx) error {
			t, err := trainingByID(c, tx, c.Param("id"))
			if err != nil {
				return err
			}
			if state != "published" {
				expected, err := db.Get[int](c, tx, `SELECT count(*) FROM training_session WHERE training_id = ? AND state = 'open' AND ends_at > ? AND taken + waiting > 0`, t.ID, c.Now())
				if err != nil {
					return err
				}
				if expected > 0 {
					return fault.Conflict
				}
			}
			t.State, t.ChangedAt = state, c.Now()
			if _, err := db.ExecNamed(c, tx, `UPDATE training SET state = :state, changed_at = :changed_at WHERE id = :id`, t); err != nil {
				return err
			}
			if err := p.Search.Put(c, tx, found(t)); err != nil {
				return err
			}
			return p.note(c, tx, "training."+state, "training:"+t.ID)
		})
		if errors.Is(err, fault.Conflict) {
			return c.RedirectWith(path, web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.staff.expected")})
		}
		if err != nil {
			return err
		}
		return c.RedirectTo(path, "trainings.staff."+state)
	}
}

// sessionForm is when and where, as the clock and the calendar on the wall say.
type sessionForm struct {
	Date     string `form:"date" binding:"required,max=10"`
	Start    string `form:"start" binding:"required,max=5"`
	EndDate  string `form:"end_date" binding:"max=10"`
	End      string `form:"end" binding:"required,max=5"`
	Times    string `form:"times" binding:"max=2"`
	Every    string `form:"every" binding:"omitempty,oneof=1 7 14 28"`
	Zone     string `form:"zone" binding:"required,max=60"`
	Capacity string `form:"capacity" binding:"required,max=5"`
	Lang     string `form:"lang" binding:"required,oneof=nl en"`
	Place    string `form:"place" binding:"max=200"`
	JoinURL  string `form:"join_url" binding:"max=500"`
	Host     string `form:"host" binding:"max=40"`
}

type sessionPage struct {
	Form     web.Form[sessionForm]
	Training Training
	Session  Session
	Agents   []account.Account
	New      bool
}

func (p *portal) sessionPage(c *web.Context, form web.Form[sessionForm], t Training, s Session) (page sessionPage, err error) {
	page = sessionPage{Form: form, Training: t, Session: s, New: s.ID == ""}
	page.Agents, err = account.Agents(c, p.DB, "trainings")
	return page, err
}

func (p *portal) blankSession(c *web.Context) error {
	t, err := trainingByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[sessionForm]("trainings.session")
	form.V = sessionForm{Zone: p.Zone.String(), Lang: "nl", Capacity: "12", Times: "1", Every: "7", Host: c.Account.ID}
	if like, err := sessionByID(c, p.DB, c.Query("like")); err == nil && like.TrainingID == t.ID {
		form.V = formOf(like)
		form.V.Date, form.V.EndDate = "", ""
	} else if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	page, err := p.sessionPage(c, form, t, Session{})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, sessionEditView(page))
}

// read makes the session that the form describes, or says what is wrong with it.
func (p *portal) read(c *web.Context, form *web.Form[sessionForm], agents []account.Account, s *Session) {
	zone, err := hours.Zone(form.V.Zone)
	if err != nil {
		form.Wrong(c, "Zone", "invalid")
		return
	}
	moment := func(field, date, clock string, dateField string) time.Time {
		day, err := hours.ParseDate(date)
		if err != nil {
			form.Wrong(c, dateField, "date")
			return time.Time{}
		}
		at, err := hours.ParseClock(clock)
		if err != nil {
			form.Wrong(c, field, "clock")
			return time.Time{}
		}
		return hours.At(zone, day, at)
	}
	lastDay, lastField := form.V.EndDate, "EndDate"
	if lastDay == "" {
		lastDay, lastField = form.V.Date, "Date"
	}
	start := moment("Start", form.V.Date, form.V.Start, "Date")
	end := moment("End", lastDay, form.V.End, lastField)
	if form.OK() && !end.After(start) {
		form.Wrong(c, "End", "order")
	}
	if s.Times, err = strconv.Atoi(cmp.Or(form.V.Times, "1")); err != nil || s.Times < 1 || s.Times > mostTimes {
		form.Wrong(c, "Times", "number", mostTimes)
	}
	s.Every, _ = strconv.Atoi(cmp.Or(form.V.Every, "7")) // one of the choices
	if form.OK() && s.Times > 1 {
		if end.After(later(start, zone, s.Every)) {
			form.Wrong(c, "Times", "overlap")
		}
		end = later(end, zone, (s.Times-1)*s.Every)
	}
	if form.OK() && !start.Equal(s.StartsAt) && start.Before(c.Now()) {
		form.Wrong(c, "Date", "past")
	}
	capacity, err := strconv.Atoi(form.V.Capacity)
	if err != nil || capacity < 1 || capacity > 10000 {
		form.Wrong(c, "Capacity", "number")
	}
	if form.V.JoinURL != "" {
		if u, err := url.Parse(form.V.JoinURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			form.Wrong(c, "JoinURL", "invalid")
		}
	} else if form.V.Place == "" {
		form.Wrong(c, "Place", "nowhere")
	}
	s.ChangedAt = c.Now()
	s.HostID = nil
	if form.V.Host != "" {
		if !slices.ContainsFunc(agents, func(a account.Account) bool { return a.ID == form.V.Host }) {
			form.Wrong(c, "Host", "invalid")
		}
		s.HostID = &form.V.Host
	}
	s.StartsAt, s.EndsAt, s.Zone, s.Lang, s.Place, s.JoinURL, s.Capacity = start, end, zone.String(), form.V.Lang, form.V.Place, form.V.JoinURL, capacity
}

func (p *portal) createSession(c *web.Context) error {
	t, err := trainingByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[sessionForm]("trainings.session")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page, err := p.sessionPage(c, form, t, Session{})
	if err != nil {
		return err
	}
	s := Session{ID: rand.Text(), TrainingID: t.ID, State: "draft", CreatedAt: c.Now()}
	if ok {
		p.read(c, &page.Form, page.Agents, &s)
	}
	if !page.Form.OK() {
		return c.Render(http.StatusUnprocessableEntity, sessionEditView(page))
	}
	if c.PostForm("do") == "open" {
		s.State = "open"
	}
	s.Chairs = s.Capacity
	path := "/staff/trainings/sessions/" + s.ID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, path); err != nil {
			return err
		}
		if err := db.Insert(c, tx, "training_session", s); err != nil {
			return err
		}
		return p.note(c, tx, "training.session", "training_session:"+s.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "trainings.staff.saved")
}

func (p *portal) editSession(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	t, err := trainingByID(c, p.DB, s.TrainingID)
	if err != nil {
		return err
	}
	form := web.NewForm[sessionForm]("trainings.session")
	form.V = formOf(s)
	page, err := p.sessionPage(c, form, t, s.Session)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, sessionEditView(page))
}

// formOf is a session as the form has it.
func formOf(s listed) sessionForm {
	zone, first := s.Location(), s.Meetings()[0]
	return sessionForm{
		Date: hours.DateOf(first.Start, zone).String(), Start: hours.ClockOf(first.Start, zone).String(),
		EndDate: hours.DateOf(first.End, zone).String(), End: hours.ClockOf(first.End, zone).String(),
		Times: strconv.Itoa(s.Times), Every: strconv.Itoa(s.Every),
		Zone: s.Zone, Capacity: strconv.Itoa(s.Capacity), Lang: s.Lang, Place: s.Place, JoinURL: s.JoinURL, Host: s.HostKey(),
	}
}

// saveSession changes a session. Who signed up hears of another time or place,
// with a new version of the invitation; more seats go to those who wait; fewer
// seats drop nobody.
func (p *portal) saveSession(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	t, err := trainingByID(c, p.DB, s.TrainingID)
	if err != nil {
		return err
	}
	form := web.NewForm[sessionForm]("trainings.session")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page, err := p.sessionPage(c, form, t, s.Session)
	if err != nil {
		return err
	}
	changed := s.Session
	if ok {
		p.read(c, &page.Form, page.Agents, &changed)
	}
	if !page.Form.OK() {
		return c.Render(http.StatusUnprocessableEntity, sessionEditView(page))
	}
	if s.State == "cancelled" || s.Over(c.Now()) {
		return fault.Conflict
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error { return p.changeSession(c, tx, changed) })
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/trainings/sessions/"+s.ID, "trainings.staff.saved")
}

func (p *portal) changeSession(c *web.Context, tx *db.Tx, to Session) error {
	now, err := lock(c, tx, to.ID)
	if err != nil {
		return err
	}
	if now.State == "cancelled" {
		return fault.Conflict
	}
	to.Chairs = max(to.Capacity, now.Taken)
	if _, err := db.ExecNamed(c, tx, `UPDATE training_session SET starts_at = :starts_at, ends_at = :ends_at, times = :times, every = :every, zone = :zone, lang = :lang, place = :place,
		join_url = :join_url, host_id = :host_id, capacity = :capacity, chairs = :chairs, changed_at = :changed_at WHERE id = :id`, to); err != nil {
		return err
	}
	if err := p.note(c, tx, "training.session", "training_session:"+to.ID); err != nil {
		return err
	}
	full, err := sessionByID(c, tx, to.ID)
	if err != nil {
		return err
	}
	moved := !now.StartsAt.Equal(to.StartsAt) || !now.EndsAt.Equal(to.EndsAt) || now.Zone != to.Zone || now.Place != to.Place || now.Times != to.Times || now.Times > 1 && now.Every != to.Every
	if moved {
		if err := reschedule(c, tx, to, c.Now()); err != nil {
			return err
		}
		people, err := ofSession(c, tx, to.ID)
		if err != nil {
			return err
		}
		for i := range people {
			if err := p.tell(c, tx, otherTime, full, &people[i], ""); err != nil {
				return err
			}
		}
	}
	return p.fill(c, tx, full.Session, full)
}

// publishSession lets people sign up for a session.
func (p *portal) publishSession(c *web.Context) error {
	path := "/staff/trainings/sessions/" + c.Param("id")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		n, err := db.Exec(c, tx, `UPDATE training_session SET state = 'open', changed_at = ? WHERE id = ? AND state = 'draft'`, c.Now(), c.Param("id"))
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		return p.note(c, tx, "training.session", "training_session:"+c.Param("id"))
	})
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "trainings.staff.opened")
}

type cancelForm struct {
	Reason string `form:"reason" binding:"max=1000"`
}

func (p *portal) askCancelSession(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, cancelSessionView(s, web.NewForm[cancelForm]("trainings.off")))
}

// cancelSession calls a session off and tells everybody who signed up.
func (p *portal) cancelSession(c *web.Context) error {
	form := web.NewForm[cancelForm]("trainings.off")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, cancelSessionView(s, form))
	}
	told := 0
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		locked, err := lock(c, tx, s.ID)
		if err != nil {
			return err
		}
		if locked.State == "cancelled" || locked.Over(c.Now()) {
			return fault.Conflict
		}
		if _, err := db.Exec(c, tx, `UPDATE training_session SET state = 'cancelled' WHERE id = ?`, s.ID); err != nil {
			return err
		}
		people, err := ofSession(c, tx, s.ID)
		if err != nil {
			return err
		}
		told = 0
		for i := range people {
			if err := cancel(c, tx, &locked, &people[i], "session", c.Now()); err != nil {
				return err
			}
			if err := p.tell(c, tx, weCancelled, s, &people[i], form.V.Reason); err != nil {
				return err
			}
			if people[i].Confirmed() {
				told++
			}
		}
		return p.note(c, tx, "training.off", "training_session:"+s.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectWith("/staff/trainings/sessions/"+s.ID, web.Flash{Text: i18n.N(c, "trainings.staff.off", told)})
}

type consolePage struct {
	S       listed
	In      []Registration
	Waiting []Registration
	Over    bool
	Adds    bool // somebody can be added
	Now     time.Time
}

// console is what the host works with before, during and after a session.
func (p *portal) console(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	people, err := ofSession(c, p.DB, s.ID)
	if err != nil {
		return err
	}
	page := consolePage{S: s, Over: s.Over(c.Now()), Now: c.Now()}
	page.Adds = s.State == "open" && s.TState == "published" && c.Now().Before(p.Privacy.NextRun(s.EndsAt))
	for _, r := range people {
		if r.State == "in" {
			page.In = append(page.In, r)
		} else {
			page.Waiting = append(page.Waiting, r)
		}
	}
	c.TellTimeIn(s.Location())
	return c.Render(http.StatusOK, consoleView(page))
}

// attendance notes who was there: those who are ticked, of those who were on the page.
func (p *portal) attendance(c *web.Context) error {
	id := c.Param("id")
	there := c.PostValues("there")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		s, err := lock(c, tx, id)
		if err != nil {
			return err
		}
		if !s.Begun(c.Now()) {
			return fault.Conflict
		}
		for _, person := range c.PostValues("shown") {
			if _, err := attend(c, tx, id, person, slices.Contains(there, person), c.Now()); err != nil {
				return err
			}
		}
		return p.note(c, tx, "training.attendance", "training_session:"+id)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/trainings/sessions/"+id, "trainings.staff.attendance.saved")
}

// inSession is a sign-up for the session of the path.
func (p *portal) inSession(ctx context.Context, on db.Querier, session, person string) (Registration, error) {
	return db.Get[Registration](ctx, on, `SELECT * FROM training_registration WHERE id = ? AND session_id = ?`, person, session)
}

func (p *portal) person(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	r, err := p.inSession(c, p.DB, s.ID, c.Param("person"))
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, personView(s, r))
}

// removePerson ends somebody's sign-up and lets the first who waits move up.
func (p *portal) removePerson(c *web.Context) error {
	id := c.Param("id")
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		r, err := p.inSession(c, tx, id, c.Param("person"))
		if err != nil {
			return err
		}
		if err := p.note(c, tx, "training.removed", "training_registration:"+r.ID); err != nil {
			return err
		}
		return p.giveUp(c, tx, r.ID, weRemoved, "staff")
	})
	if err != nil && !errors.Is(err, fault.Gone) {
		return err
	}
	return c.RedirectTo("/staff/trainings/sessions/"+id, "trainings.staff.removed")
}
