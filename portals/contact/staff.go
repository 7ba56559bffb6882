package contact

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

func (p *portal) staff(g app.Group) {
	g.GET("/", p.list)
	g.GET("/new", p.newNote)
	g.POST("/new", p.saveNote)
	g.GET("/settings", p.settingsPage)
	g.POST("/settings", p.saveSettings)
	g.GET("/topics/:key", p.topic)
	g.POST("/topics/:key", p.saveTopic)
	g.POST("/topics/:key/up", p.moveTopic)
	g.POST("/topics/:key/drop", p.dropTopic)
	g.GET("/:id", p.read)
	g.POST("/:id/answer", p.answer)
	g.POST("/:id/answered", p.called)
	g.POST("/:id/note", p.note)
	g.POST("/:id/assign", p.assign)
	g.POST("/:id/settled", p.settle)
	g.POST("/:id/spam", p.spam)
	g.POST("/:id/restore", p.restore)
	g.GET("/:id/move/:kind", p.askMove)
	g.POST("/:id/move/:kind", p.move)
}

var tabs = []string{open, answered, settled, spammed}

func (p *portal) list(c *web.Context) error {
	page := inboxPage{Status: c.Query("status"), Topic: c.Query("topic"), Who: c.Query("who"), Now: c.Now()}
	if !slices.Contains(tabs, page.Status) {
		page.Status = open
	}
	f := filter{Status: page.Status, Topic: page.Topic, Who: page.Who, Me: c.Account.ID, AfterID: c.Query("id")}
	if at, err := time.Parse(time.RFC3339Nano, c.Query("after")); err == nil {
		f.After = at
	}
	var err error
	if page.Topics, err = p.topics(c); err != nil {
		return err
	}
	if page.Agents, err = account.Agents(c, p.DB, "contact"); err != nil {
		return err
	}
	if page.Owed, err = owed(c, p.DB); err != nil {
		return err
	}
	if page.Lines, err = inbox(c, p.DB, f); err != nil {
		return err
	}
	if len(page.Lines) > pageSize {
		page.Lines = page.Lines[:pageSize]
		last := page.Lines[pageSize-1]
		page.More = "/staff/contact/?" + url.Values{"status": {page.Status}, "topic": {page.Topic}, "who": {page.Who}, "after": {last.DueAt.UTC().Format(time.RFC3339Nano)}, "id": {last.ID}}.Encode()
	}
	return c.Render(http.StatusOK, inboxView(page))
}

func (p *portal) read(c *web.Context) error {
	q, err := byID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	return p.showStaff(c, http.StatusOK, q, web.NewForm[answerForm]("contact.answer"))
}

func (p *portal) showStaff(c *web.Context, status int, q Contact, form web.Form[answerForm]) (err error) {
	page := readPage{Contact: q, Form: form, Now: c.Now()}
	if page.Messages, err = messages(c, p.DB, q.ID); err != nil {
		return err
	}
	if page.Topic, err = p.topicOf(c, q.Topic); err != nil {
		return err
	}
	if page.Agents, err = account.Agents(c, p.DB, "contact"); err != nil {
		return err
	}
	if q.AgentID != nil {
		agent, err := account.ByID(c, p.DB, *q.AgentID)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		page.Agent = agent.Name
	}
	for _, kind := range []string{"ticket", "demo"} {
		if _, ok := p.Take(kind); ok && (q.Email != "" || kind == "ticket") {
			page.Kinds = append(page.Kinds, kind)
		}
	}
	return c.Render(status, readView(page))
}

// changing does something to the question in the address, as a colleague.
func (p *portal) changing(c *web.Context, do func(*db.Tx, *Contact) error) error {
	return p.DB.Tx(c, func(tx *db.Tx) error {
		q, err := byID(c, tx, c.Param("id"))
		if err != nil {
			return err
		}
		if err := do(tx, &q); err != nil {
			return err
		}
		if err := save(c, tx, q); err != nil {
			return err
		}
		return p.Search.Put(c, tx, doc(q))
	})
}

func (p *portal) back(c *web.Context, said string, args ...any) error {
	return c.RedirectTo("/staff/contact/"+c.Param("id"), said, args...)
}

type answerForm struct {
	Message string `form:"message" binding:"required,max=20000"`
}

// hasAnswered notes that a person has answered: the first time tells whether the
// promise was kept.
func (p *portal) hasAnswered(c *web.Context, tx *db.Tx, q *Contact) error {
	now := c.Now()
	if q.FirstAt == nil {
		q.FirstAt = &now
		if err := count(c, tx, *q, now, p.Zone); err != nil {
			return err
		}
	}
	q.Status, q.AnsweredAt, q.SettledAt = answered, &now, nil
	if q.AgentID == nil {
		q.AgentID = &c.Account.ID
	}
	return nil
}

// answer answers by mail.
func (p *portal) answer(c *web.Context) error {
	form := web.Form[answerForm]{Prefix: "contact.answer"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		q, err := byID(c, p.DB, c.Param("id"))
		if err != nil {
			return err
		}
		return p.showStaff(c, http.StatusUnprocessableEntity, q, form)
	}
	err = p.changing(c, func(tx *db.Tx, q *Contact) error {
		if q.Email == "" || q.Status == spammed || q.Status == unconfirmed {
			return fault.BadInput
		}
		if err := c.Once(tx, form.Once, "/staff/contact/"+q.ID); err != nil {
			return err
		}
		if err := say(c, tx, q.ID, "us", c.Account.ID, form.V.Message, c.Now()); err != nil {
			return err
		}
		path, err := p.link(c, tx, *q)
		if err != nil {
			return err
		}
		if err := p.Mail.Send(c, tx, q.to(), p.answerLetter(*q, c.Account.Name, form.V.Message, path)); err != nil {
			return err
		}
		return p.hasAnswered(c, tx, q)
	})
	if err != nil {
		return err
	}
	return p.back(c, "contact.staff.answered")
}

// called notes an answer by telephone.
func (p *portal) called(c *web.Context) error {
	return p.write(c, "us", "contact.staff.called", func(tx *db.Tx, q *Contact) error { return p.hasAnswered(c, tx, q) })
}

// note adds something for colleagues only; it answers nobody.
func (p *portal) note(c *web.Context) error {
	return p.write(c, "note", "contact.staff.noted", func(*db.Tx, *Contact) error { return nil })
}

func (p *portal) write(c *web.Context, party, said string, then func(*db.Tx, *Contact) error) error {
	form := web.Form[answerForm]{Prefix: "contact.answer"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if !ok {
		q, err := byID(c, p.DB, c.Param("id"))
		if err != nil {
			return err
		}
		return p.showStaff(c, http.StatusUnprocessableEntity, q, form)
	}
	err = p.changing(c, func(tx *db.Tx, q *Contact) error {
		if err := c.Once(tx, form.Once, "/staff/contact/"+q.ID); err != nil {
			return err
		}
		if err := say(c, tx, q.ID, party, c.Account.ID, form.V.Message, c.Now()); err != nil {
			return err
		}
		return then(tx, q)
	})
	if err != nil {
		return err
	}
	return p.back(c, said)
}

// assign gives a question to a colleague, who hears of it, or to nobody.
func (p *portal) assign(c *web.Context) error {
	agents, err := account.Agents(c, p.DB, "contact")
	if err != nil {
		return err
	}
	id := c.PostForm("agent")
	i := slices.IndexFunc(agents, func(a account.Account) bool { return a.ID == id })
	if i < 0 && id != "" {
		return fault.BadInput
	}
	err = p.changing(c, func(tx *db.Tx, q *Contact) error {
		before := q.AgentID
		q.AgentID = nil
		if id == "" {
			return nil
		}
		q.AgentID = &id
		if id == c.Account.ID || before != nil && *before == id || q.Status != open {
			return nil
		}
		return p.tell(c, tx, *q, "yours")
	})
	switch {
	case err != nil:
		return err
	case id == "":
		return p.back(c, "contact.staff.nobodys")
	case id == c.Account.ID:
		return p.back(c, "contact.staff.yours")
	}
	return p.back(c, "contact.staff.given", agents[i].Name)
}

// settle notes that the sender said by telephone or mail that he is satisfied.
func (p *portal) settle(c *web.Context) error {
	err := p.changing(c, func(tx *db.Tx, q *Contact) error {
		now := c.Now()
		if q.FirstAt == nil {
			q.FirstAt = &now
			if err := count(c, tx, *q, now, p.Zone); err != nil {
				return err
			}
		}
		q.Status, q.SettledAt = settled, &now
		return nil
	})
	if err != nil {
		return err
	}
	path := "/staff/contact/" + c.Param("id")
	return c.RedirectWith(path, web.Flash{Kind: "ok", Text: i18n.T(c, "contact.staff.settled"), Undo: path + "/restore"})
}

func (p *portal) spam(c *web.Context) error {
	err := p.changing(c, func(tx *db.Tx, q *Contact) error {
		now := c.Now()
		q.Status, q.SettledAt = spammed, &now
		return p.Mail.Cancel(c, tx, about(*q))
	})
	if err != nil {
		return err
	}
	return c.RedirectWith("/staff/contact/", web.Flash{Kind: "ok", Text: i18n.T(c, "contact.staff.spammed"), Undo: "/staff/contact/" + c.Param("id") + "/restore"})
}

// restore puts back what was taken for spam, or for settled.
func (p *portal) restore(c *web.Context) error {
	err := p.changing(c, func(_ *db.Tx, q *Contact) error {
		if q.Status == spammed || q.Status == settled {
			q.Status, q.SettledAt = open, nil
			if q.AnsweredAt != nil {
				q.Status = answered
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.back(c, "contact.staff.restored")
}

func (p *portal) askMove(c *web.Context) error {
	q, err := byID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if _, ok := p.Take(c.Param("kind")); !ok {
		return fault.NotFound
	}
	return c.Render(http.StatusOK, moveView(q, c.Param("kind")))
}

// move hands a question over to the counter that takes such things. The data
// moves in one transaction: what is there is gone here.
func (p *portal) move(c *web.Context) error {
	take, ok := p.Take(c.Param("kind"))
	if !ok {
		return fault.NotFound
	}
	path := ""
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		q, err := byID(c, tx, c.Param("id"))
		if err != nil {
			return err
		}
		if q.Status == unconfirmed || q.Status == spammed {
			return fault.BadInput
		}
		handed, err := p.handed(c, tx, q)
		if err != nil {
			return err
		}
		if path, err = take(c, tx, handed); err != nil {
			return err
		}
		if err := p.Search.Remove(c, tx, "contact", q.ID); err != nil {
			return err
		}
		if err := account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: "contact.moved", Object: about(q) + " → " + c.Param("kind")}); err != nil {
			return err
		}
		return gone(c, tx, q.ID)
	})
	if errors.Is(err, fault.BadInput) {
		return c.RedirectWith("/staff/contact/"+c.Param("id"), web.Flash{Kind: "bad", Text: i18n.T(c, "contact.staff.unmovable")})
	}
	if err != nil {
		return err
	}
	return c.RedirectTo(path, "contact.staff.moved")
}

// handed is a question as another counter gets it.
func (p *portal) handed(c *web.Context, tx *db.Tx, q Contact) (app.Intake, error) {
	all, err := messages(c, tx, q.ID)
	out := app.Intake{By: *c.Account, Name: q.Name, Email: q.Email, Confirmed: q.ConfirmedAt != nil, Phone: q.Phone, Company: q.Company, Lang: q.Lang,
		Messages: []app.Handed{{Text: q.Message, At: q.ReceivedAt}}, ReceivedAt: q.ReceivedAt}
	if q.AccountID != nil {
		out.AccountID = *q.AccountID
	}
	for _, m := range all {
		h := app.Handed{Note: m.Party == "note", Text: m.Body, At: m.CreatedAt}
		if m.AccountID != nil {
			h.AccountID = *m.AccountID
		}
		out.Messages = append(out.Messages, h)
	}
	return out, err
}

// ---- notes of calls and mails ----

type noteForm struct {
	Channel string `form:"channel" binding:"required,oneof=phone mail"`
	Topic   string `form:"topic" binding:"required,max=40"`
	Name    string `form:"name" binding:"required,max=120"`
	Email   string `form:"email" binding:"omitempty,email,max=254"`
	Phone   string `form:"phone" binding:"max=40"`
	Company string `form:"company" binding:"max=120"`
	Message string `form:"message" binding:"required,max=10000"`
}

func (p *portal) newNote(c *web.Context) error {
	form := web.NewForm[noteForm]("contact.note")
	form.V.Channel = "phone"
	return p.noteForm(c, http.StatusOK, form)
}

func (p *portal) noteForm(c *web.Context, status int, form web.Form[noteForm]) error {
	topics, err := p.topics(c)
	if err != nil {
		return err
	}
	return c.Render(status, noteView(form, topicOptions(c, topics)))
}

// saveNote takes in what somebody said or mailed. No mail goes out: he has
// spoken to a person.
func (p *portal) saveNote(c *web.Context) error {
	form := web.Form[noteForm]{Prefix: "contact.note"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	topics, err := p.topics(c)
	if err != nil {
		return err
	}
	v := form.V
	if v.Topic != "" && indexOf(topics, v.Topic) < 0 {
		form.Wrong(c, "Topic", "oneof")
	}
	if v.Email != "" && form.Errors["Email"] == "" && !mail.Fits(v.Email) {
		form.Wrong(c, "Email", "email")
	}
	if v.Email == "" && !dialable(v.Phone) {
		form.Wrong(c, "Email", "either")
	}
	if !form.OK() {
		return p.noteForm(c, http.StatusUnprocessableEntity, form)
	}
	now := c.Now()
	due, err := p.dueAt(c, now)
	if err != nil {
		return err
	}
	q := Contact{ID: newID(), Topic: v.Topic, Channel: v.Channel, Status: open, How: "call", Name: v.Name, Email: v.Email, Phone: v.Phone, Company: v.Company,
		Message: v.Message, Lang: i18n.Lang(c), AgentID: &c.Account.ID, ReceivedAt: now, OwedAt: now, DueAt: due}
	if v.Channel == "mail" || v.Phone == "" {
		q.How = "mail"
	}
	if v.Channel == "mail" && v.Email != "" {
		q.ConfirmedAt = &now // he wrote from it
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/contact/"+q.ID); err != nil {
			return err
		}
		if err := db.Insert(c, tx, "contact", q); err != nil {
			return err
		}
		return p.Search.Put(c, tx, doc(q))
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/contact/"+q.ID, "contact.staff.kept")
}

// ---- settings ----

type settingsForm struct {
	Street  string `form:"street" binding:"max=60"`
	Cross   string `form:"cross" binding:"max=60"`
	Station string `form:"station" binding:"max=60"`
	Parking string `form:"parking" binding:"max=60"`
	NL      string `form:"nl" binding:"max=2000"`
	EN      string `form:"en" binding:"max=2000"`
}

func (p *portal) settingsPage(c *web.Context) error {
	way, err := settings.Get(c, p.Settings, RouteKey)
	if err != nil {
		return err
	}
	form := web.NewForm[settingsForm]("contact.settings")
	form.V = settingsForm(way)
	return p.showSettings(c, http.StatusOK, form)
}

func (p *portal) showSettings(c *web.Context, status int, form web.Form[settingsForm]) error {
	page := settingsPage{Form: form}
	var err error
	if page.Topics, err = p.topics(c); err != nil {
		return err
	}
	if page.Agents, err = account.Agents(c, p.DB, "contact"); err != nil {
		return err
	}
	return c.Render(status, settingsView(page))
}

func (p *portal) saveSettings(c *web.Context) error {
	form := web.Form[settingsForm]{Prefix: "contact.settings"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	if !form.OK() {
		return p.showSettings(c, http.StatusUnprocessableEntity, form)
	}
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		return settings.Put(c, tx, p.Settings, RouteKey, Route(form.V))
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/contact/settings", "contact.staff.kept")
}

// openDay is a weekday with its hours.
type openDay struct{ Day, Hours string }

// ahead is for how many days other hours than those of the weekday are told.
const ahead = 21

// week is when the desk is open, day by day, and the dates soon on which that is
// otherwise.
func week(c ctx, calendar hours.Calendar, now time.Time) (all []openDay) {
	said := func(windows []hours.Window) string {
		if len(windows) == 0 {
			return i18n.T(c, "contact.closed")
		}
		return strings.ReplaceAll(hours.FormatWindows(windows), "-", "–")
	}
	for i := range 7 {
		day := time.Weekday((i + 1) % 7)
		all = append(all, openDay{i18n.WeekdayLong(c, day), said(calendar.Week[day])})
	}
	zone := i18n.Of(c).Zone
	for day, i := hours.DateOf(now, zone), 0; i < ahead; day, i = day.AddDays(1), i+1 {
		windows := calendar.Windows(day)
		if slices.Equal(windows, calendar.Week[day.Weekday()]) {
			continue
		}
		text := said(windows)
		if holiday := hours.HolidayName(calendar.Free(day), i18n.Lang(c)); holiday != "" && len(windows) == 0 {
			text += " (" + holiday + ")"
		}
		all = append(all, openDay{i18n.Day(c, hours.At(zone, day, hours.HM(12, 0))), text})
	}
	return all
}
