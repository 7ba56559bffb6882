package mydata

import (
	"context"
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
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// fresh is how long ago a person may have signed in to take all his data away or have it erased.
const fresh = 15 * time.Minute

type minePage struct {
	Who        person
	Email      string
	Held       []heldPurpose
	Empty      []string // purposes that hold nothing
	Marks      []templates.Mark
	Consents   []consentLine
	Seen       []seenLine
	Requests   []requestLine
	Controller privacy.Controller
	Restricted bool
}

// heldPurpose is a row of the timeline.
type heldPurpose struct {
	Row       templates.Purpose
	Key       string
	What      []templates.Fact // what is held
	Rules     []templates.Fact
	CanObject bool
	Objects   bool
	CanErase  bool
}

func (p *portal) mine(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return p.unknown(c, err)
	}
	page := minePage{Who: who, Email: who.Email}
	held, err := p.Privacy.Holdings(c, who.Subject)
	if err != nil {
		return err
	}
	today := p.today()
	page.Marks = marks(c, today)
	slices.SortStableFunc(held, func(a, b privacy.Holding) int {
		switch {
		case a.First.IsZero() && b.First.IsZero():
			return 0
		case a.First.IsZero():
			return 1
		case b.First.IsZero():
			return -1
		}
		return a.First.Compare(b.First)
	})
	can, err := p.erasable(c, who.Subject)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Count == 0 {
			page.Empty = append(page.Empty, text(c, h.Purpose.Title))
			continue
		}
		one := p.heldPurpose(c, h, today)
		one.CanErase = can[one.Key]
		page.Held = append(page.Held, one)
	}
	if page.Consents, err = p.consentsOf(c, who.Subject); err != nil {
		return err
	}
	id := p.accountOf(c, who)
	if id != "" {
		if page.Seen, err = p.seenBy(c, id, 6); err != nil {
			return err
		}
		if page.Restricted, err = p.Privacy.RestrictedPerson(c, p.DB, id); err != nil {
			return err
		}
	}
	if page.Requests, err = p.requestsOf(c, who.Subject); err != nil {
		return err
	}
	if page.Controller, err = p.Privacy.Controller(c, p.DB); err != nil {
		return err
	}
	return c.Render(http.StatusOK, mineView(page))
}

// unknown leads a visitor to the two ways in.
func (p *portal) unknown(c *web.Context, err error) error {
	if !errors.Is(err, fault.SignIn) || c.Request.Method != http.MethodGet {
		return err
	}
	return c.RedirectWith("/signin?next="+c.Request.URL.Path, web.Flash{Kind: "info", Text: i18n.T(c, "mydata.mine.signin"), Link: "/privacy/request", LinkLabel: i18n.T(c, "mydata.mine.signin.link")})
}

// accountOf is the account of a person, also of who came by a link to its address.
func (p *portal) accountOf(ctx context.Context, who person) string {
	if who.AccountID != "" {
		return who.AccountID
	}
	a, err := account.ByEmail(ctx, p.DB, who.Email)
	if err != nil {
		return ""
	}
	return a.ID
}

// The axis runs from today to three years ahead.
const axisDays = 3 * 365

func part(today, day hours.Date) float64 {
	if day.IsZero() {
		return 1
	}
	return min(max(float64(days(today, day))/axisDays, .01), 1)
}

func days(from, to hours.Date) int {
	at := func(d hours.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int(at(to).Sub(at(from)).Hours() / 24)
}

func marks(ctx context.Context, today hours.Date) []templates.Mark {
	list := []templates.Mark{{At: 0, Text: i18n.T(ctx, "mydata.mine.today")}}
	for year := today.Year + 1; year <= today.Year+3; year++ {
		at := float64(days(today, hours.Date{Year: year, Month: time.January, Day: 1})) / axisDays
		if at > .2 && at < .85 {
			list = append(list, templates.Mark{At: at, Text: strconv.Itoa(year)})
		}
	}
	return append(list, templates.Mark{At: 1, Text: i18n.T(ctx, "mydata.mine.later")})
}

var purposeIcons = map[string]string{
	"portal": "key", "service": "building", "billing": "euro", "security": "lock", "notify": "mail", "rights": "shield", "support": "ticket", "ideas": "idea",
	"training": "video", "demo": "calendar", "contact": "message", "jobs": "briefcase", "jobs.research": "search", "reference": "star", "analytics": "chart", "status": "bell",
}

func (p *portal) heldPurpose(ctx context.Context, h privacy.Holding, today hours.Date) heldPurpose {
	icon := purposeIcons[h.Purpose.Key]
	if icon == "" {
		icon = "file"
	}
	one := heldPurpose{Key: h.Purpose.Key, Objects: h.Objects, Row: templates.Purpose{Icon: icon, Name: text(ctx, h.Purpose.Title), What: i18n.N(ctx, "mydata.mine.things", h.Count), Part: part(today, h.First)}}
	switch {
	case h.First.IsZero():
		one.Row.Gone = i18n.T(ctx, "mydata.mine.nodate")
	case h.First == h.Last:
		one.Row.Gone = i18n.Day(ctx, p.noon(h.First))
	default:
		one.Row.Gone = i18n.T(ctx, "mydata.mine.from", i18n.Day(ctx, p.noon(h.First)))
	}
	for _, r := range h.Records {
		label := text(ctx, r.Record.Label)
		if label == "" {
			label = r.Record.Table
		}
		value := i18n.N(ctx, "mydata.mine.times", r.Count)
		switch {
		case !r.First.IsZero() && r.First == r.Last:
			value += ", " + i18n.T(ctx, "mydata.mine.until", p.dayText(ctx, r.First))
		case !r.First.IsZero():
			value += ", " + i18n.T(ctx, "mydata.mine.between", p.dayText(ctx, r.First), p.dayText(ctx, r.Last))
		}
		for _, w := range r.While {
			value += "; " + i18n.T(ctx, "mydata.mine.while", text(ctx, w))
		}
		for _, w := range r.Why {
			value += "; " + text(ctx, w)
			one.Row.Locked = true
		}
		one.What = append(one.What, templates.Fact{Name: label, Value: value})
		for _, s := range r.Sentences {
			fact := templates.Fact{Name: i18n.T(ctx, "mydata.mine.rule"), Value: text(ctx, s)}
			if !slices.Contains(one.Rules, fact) {
				one.Rules = append(one.Rules, fact)
			}
		}
	}
	one.Rules = append([]templates.Fact{{Name: i18n.T(ctx, "mydata.mine.why"), Value: text(ctx, h.Purpose.Why)}}, one.Rules...)
	var grounds []string
	for _, b := range h.Purpose.Basis {
		name := i18n.T(ctx, "mydata.basis."+letter(b))
		if !slices.Contains(grounds, name) {
			grounds = append(grounds, name)
		}
		one.CanObject = one.CanObject || letter(b) == "f"
	}
	one.Rules = append(one.Rules, templates.Fact{Name: i18n.T(ctx, "mydata.mine.basis"), Value: strings.Join(grounds, ", ")})
	return one
}

// letter is the ground of GDPR art. 6(1): a to f.
func letter(b privacy.Basis) string { return strings.Trim(strings.TrimPrefix(b.Article, "6(1)"), "()") }

// consentLine is a consent as it stands now.
type consentLine struct {
	Purpose, Item string
	What, When    string
	Stands        bool
}

func (p *portal) consentsOf(ctx context.Context, who privacy.Subject) ([]consentLine, error) {
	all, err := p.Privacy.ConsentsOf(ctx, who)
	if err != nil {
		return nil, err
	}
	var lines []consentLine
	for _, r := range all { // the newest first
		if slices.ContainsFunc(lines, func(l consentLine) bool { return l.Purpose == r.Purpose && l.Item == r.Item }) {
			continue
		}
		line := consentLine{Purpose: r.Purpose, Item: r.Item, Stands: r.Yes()}
		if line.What, err = wording(ctx, p.DB, r.WordingHash); err != nil {
			return nil, err
		}
		if line.What == "" {
			line.What = r.Purpose
			if purpose, ok := p.Privacy.Registry.Purpose(r.Purpose); ok {
				line.What = text(ctx, purpose.Title)
			}
		}
		key := "mydata.consent.given"
		if !line.Stands {
			key = "mydata.consent.no"
		}
		line.When = i18n.T(ctx, key, i18n.DayLong(ctx, r.DecidedAt))
		lines = append(lines, line)
	}
	return lines, nil
}

func (p *portal) withdraw(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	id := p.accountOf(c, who)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.Withdraw(c, tx, who.Subject, c.PostForm("purpose"), c.PostForm("item"), privacy.ByForm); err != nil {
			return err
		}
		return audit(c, tx, "consent.withdrawn", c.PostForm("purpose"), id)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/privacy/mine", "mydata.consent.withdrawn")
}

// seenLine is one line of who did what with somebody's data.
type seenLine struct {
	At       time.Time
	Who, Did string
	You      bool
}

func (p *portal) seenBy(ctx context.Context, id string, limit int) ([]seenLine, error) {
	seen, err := p.Privacy.SeenBy(ctx, id, limit)
	if err != nil {
		return nil, err
	}
	names, err := p.names(ctx, seen)
	if err != nil {
		return nil, err
	}
	var lines []seenLine
	for _, s := range seen {
		line := seenLine{At: s.At.Time, Who: names[s.ActorID], You: s.ActorID == id}
		switch {
		case line.You:
			line.Who = i18n.T(ctx, "mydata.seen.you")
		case s.ActorID == "":
			line.Who = i18n.T(ctx, "mydata.seen.program")
		case line.Who == "":
			line.Who = i18n.T(ctx, "mydata.seen.former")
		}
		line.Did = did(ctx, s.Act)
		lines = append(lines, line)
	}
	return lines, nil
}

// did says in words what an entry of the log stands for.
func did(ctx context.Context, name string) string {
	if key := "mydata.act." + name; i18n.Has(ctx, key) {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "mydata.act", name)
}

func (p *portal) names(ctx context.Context, seen []privacy.Seen) (map[string]string, error) {
	var ids []string
	for _, s := range seen {
		if s.ActorID != "" && !slices.Contains(ids, s.ActorID) {
			ids = append(ids, s.ActorID)
		}
	}
	return namesOf(ctx, p.DB, ids)
}

func (p *portal) log(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return p.unknown(c, err)
	}
	id := p.accountOf(c, who)
	if id == "" {
		return fault.NotFound
	}
	seen, err := p.seenBy(c, id, 300)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, logView(seen))
}

// requestLine is a request of a person as he sees it.
type requestLine struct {
	privacy.Request
	Due  string
	Stop bool // an erasure that can still be stopped
}

func (p *portal) requestsOf(ctx context.Context, who privacy.Subject) ([]requestLine, error) {
	all, err := requestsBy(ctx, p.DB, who)
	if err != nil {
		return nil, err
	}
	var lines []requestLine
	for _, r := range all {
		lines = append(lines, requestLine{r, p.isoText(ctx, r.DueOn), r.EraseAt != nil && r.AnsweredAt == nil && r.EraseAt.After(p.Now())})
	}
	return lines, nil
}

// stopMine stops an erasure for who proved by a mailed link that he is the person.
func (p *portal) stopMine(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	open, err := p.requestsOf(c, who.Subject)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(open, func(l requestLine) bool { return l.Stop })
	if i < 0 {
		return fault.Gone
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := p.Privacy.StopErasure(c, tx, open[i].ID); err != nil {
			return err
		}
		return p.auditRequest(c, tx, "erase.stopped", open[i].ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/privacy/mine", "mydata.stop.done")
}

// known asks for the password again when the sign-in was too long ago. done
// says that the answer has been given.
func (p *portal) known(c *web.Context, who person) (done bool, err error) {
	if who.Proven || c.SessionAge() <= fresh {
		return false, nil
	}
	next := c.Request.URL.Path
	if purpose := c.Query("purpose") + c.PostForm("purpose"); purpose != "" {
		next += "?" + url.Values{"purpose": {purpose}}.Encode()
	}
	return true, c.See("/privacy/mine/confirm?" + url.Values{"next": {next}}.Encode())
}

type confirmForm struct {
	Password string `form:"password" binding:"required,max=128" clean:"no" autocomplete:"current-password"`
}

var confirms = web.Limit{What: "mydata.confirm", Times: 5, Within: 15 * time.Minute}

func (p *portal) blankConfirm(c *web.Context) error {
	if c.Account == nil {
		return p.unknown(c, errNobody)
	}
	return c.Render(http.StatusOK, confirmView(web.NewForm[confirmForm]("mydata.confirm"), c.Next("/privacy/mine"), c.Account.Password != "", c.Account.Email))
}

func (p *portal) confirm(c *web.Context) error {
	if c.Account == nil {
		return errNobody
	}
	form := web.Form[confirmForm]{Prefix: "mydata.confirm"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	if ok {
		if err := confirms.Take(c, p.DB, c.Account.ID, c.Now()); err != nil {
			return err
		}
		if !p.Site.Passwords.Check(c.Account.Password, form.V.Password) {
			form.Wrong(c, "Password", "wrong")
		}
	}
	form.V.Password = ""
	if !form.OK() {
		return c.Render(http.StatusUnprocessableEntity, confirmView(form, c.Next("/privacy/mine"), c.Account.Password != "", c.Account.Email))
	}
	if err := confirms.Clear(c, p.DB, c.Account.ID); err != nil {
		return err
	}
	next := c.Next("/privacy/mine")
	if err := c.SignIn(*c.Account); err != nil {
		return err
	}
	return c.See(next)
}

func (p *portal) showDownload(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return p.unknown(c, err)
	}
	if done, err := p.known(c, who); done || err != nil {
		return err
	}
	only, err := p.onePurpose(c.Query("purpose"))
	if err != nil {
		return err
	}
	if only == nil {
		return c.Render(http.StatusOK, downloadView("", i18n.T(c, "mydata.download.title")))
	}
	return c.Render(http.StatusOK, downloadView(only.Key, i18n.T(c, "mydata.download.one", text(c, only.Title))))
}

// seenFor is how long the notes that a colleague has looked at go along with a download.
const seenFor = 7 * 24 * time.Hour

// download makes the zip while it is read; it is stored nowhere. What a
// colleague has to look at first is left out: then the request stays open
// until he has, and the next download has it.
func (p *portal) download(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	if done, err := p.known(c, who); done || err != nil {
		return err
	}
	only, err := p.onePurpose(c.PostForm("purpose"))
	if err != nil {
		return err
	}
	key := ""
	if only != nil {
		key = only.Key
	}
	released, err := notesReleased(c, p.DB, who.Subject, p.Now().Add(-seenFor))
	if err != nil {
		return err
	}
	withheld := 0
	if !released {
		if withheld, err = p.Privacy.Withheld(c, who.Subject, key); err != nil {
			return err
		}
	}
	id := p.accountOf(c, who)
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if waits, err := accessWaits(c, tx, who.Subject); err != nil {
			return err
		} else if withheld > 0 && waits != "" {
			return audit(c, tx, "export", "request:"+waits, id)
		}
		ask := privacy.Ask{Type: privacy.Access, Subject: who.Subject, Channel: who.channel(), Lang: i18n.Lang(c), Verified: true}
		if withheld > 0 {
			ask.Body = i18n.N(c, "mydata.download.withheld", withheld)
		}
		r, err := p.Privacy.Ask(c, tx, ask)
		if err != nil {
			return err
		}
		if withheld == 0 {
			err = p.Privacy.Answer(c, tx, r.ID, privacy.Fulfilled, "", "")
		}
		return errors.Join(err, audit(c, tx, "export", "request:"+r.ID, id))
	})
	if err != nil {
		return err
	}
	attachment(c, "application/zip", "mijn-gegevens-"+p.today().String()+".zip")
	_, err = p.Privacy.Export(c, who.Subject, c.Writer, privacy.ExportOptions{Lang: i18n.Lang(c), Purpose: key, Released: released})
	return err
}

// objectable is a purpose that rests on our interest.
type objectable struct {
	Key, Title, Interest string
	Objects              bool
}

func (p *portal) showObject(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return p.unknown(c, err)
	}
	list, err := p.objectables(c, who)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, objectView(list))
}

func (p *portal) objectables(ctx context.Context, who person) (list []objectable, err error) {
	id := p.accountOf(ctx, who)
	for _, purpose := range p.Privacy.Registry.Purposes {
		for _, b := range purpose.Basis {
			if letter(b) != "f" {
				continue
			}
			one := objectable{Key: purpose.Key, Title: text(ctx, purpose.Title), Interest: text(ctx, b.Interest)}
			if id != "" {
				if one.Objects, err = p.Privacy.Objects(ctx, p.DB, id, purpose.Key); err != nil {
					return nil, err
				}
			}
			list = append(list, one)
			break
		}
	}
	return list, nil
}

// object records an objection (GDPR art. 21). For analyses it works at once;
// about another interest a colleague weighs and answers within the month.
func (p *portal) object(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	purpose, ok := p.Privacy.Registry.Purpose(c.PostForm("purpose"))
	if !ok || !slices.ContainsFunc(purpose.Basis, func(b privacy.Basis) bool { return letter(b) == "f" }) {
		return fault.NotFound
	}
	id := p.accountOf(c, who)
	undo := c.PostForm("do") == "undo"
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		name := "objection"
		switch {
		case undo:
			name = "objection.withdrawn"
			if err := p.Privacy.Unobject(c, tx, id, purpose.Key); err != nil {
				return err
			}
		case id != "":
			objects, err := p.Privacy.Objects(c, tx, id, purpose.Key)
			if err != nil || objects { // pressed twice
				return err
			}
			if err := p.Privacy.Object(c, tx, id, purpose.Key, who.channel()); err != nil {
				return err
			}
		}
		if !undo && (purpose.Key != "analytics" || id == "") {
			if _, err := p.Privacy.Ask(c, tx, privacy.Ask{Type: privacy.Objection, Subject: who.Subject, Channel: who.channel(), Body: text(c, purpose.Title), Lang: i18n.Lang(c), Verified: true}); err != nil {
				return err
			}
		}
		return audit(c, tx, name, purpose.Key, id)
	})
	if err != nil {
		return err
	}
	switch {
	case undo:
		return c.RedirectTo("/privacy/mine/object", "mydata.object.undone")
	case purpose.Key == "analytics":
		return c.RedirectTo("/privacy/mine/object", "mydata.object.done")
	}
	return c.RedirectTo("/privacy/mine/object", "mydata.object.asked")
}

type askForm struct {
	Type string `form:"type" binding:"required,oneof=rectification restriction objection withdrawal portability"`
	Body string `form:"body" binding:"required,max=5000"`
}

func (p *portal) blankAsk(c *web.Context) error {
	if _, err := p.self(c); err != nil {
		return p.unknown(c, err)
	}
	form := web.NewForm[askForm]("mydata.ask")
	form.V.Type = privacy.Rectification
	if c.Query("type") == privacy.Restriction {
		form.V.Type = privacy.Restriction
	}
	return c.Render(http.StatusOK, askView(form, p.dayText(c, privacy.Deadline(p.today()))))
}

// ask files what a colleague has to do for a person.
func (p *portal) ask(c *web.Context) error {
	who, err := p.self(c)
	if err != nil {
		return err
	}
	form := web.Form[askForm]{Prefix: "mydata.ask"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, askView(form, p.dayText(c, privacy.Deadline(p.today()))))
	}
	var r privacy.Request
	id := p.accountOf(c, who)
	err = p.DB.Tx(c, func(tx *db.Tx) (err error) {
		if err := c.Once(tx, form.Once, "/privacy/mine"); err != nil {
			return err
		}
		r, err = p.Privacy.Ask(c, tx, privacy.Ask{Type: form.V.Type, Subject: who.Subject, Channel: who.channel(), Body: form.V.Body, Lang: i18n.Lang(c), Verified: true})
		if err != nil {
			return err
		}
		return audit(c, tx, "asked."+form.V.Type, "request:"+r.ID, id)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/privacy/mine", "mydata.ask.done", r.Number, p.isoText(c, r.DueOn))
}

func mineCrumbs(ctx context.Context, key string) []templates.Link {
	return []templates.Link{{Path: "/privacy/mine", Label: i18n.T(ctx, "mydata.mine.nav")}, {Label: i18n.T(ctx, key)}}
}

func joined(list []string) string { return strings.Join(list, ", ") }
