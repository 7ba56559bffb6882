package home

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

type settingsForm struct {
	Name      string `form:"name" binding:"required,max=60"`
	LegalName string `form:"legal_name" binding:"required,max=120"`
	Address   string `form:"address" binding:"max=200"`
	Phone     string `form:"phone" binding:"max=40"`
	Email     string `form:"email" binding:"required,email,max=200"`
	Hue       int    `form:"hue" binding:"min=0,max=359"`
	Chroma    string `form:"chroma" binding:"required,oneof=0.04 0.10 0.17 0.22"`
	Products  string `form:"products" binding:"max=4000"`
}

func (p *portal) settings(c *web.Context) error {
	v, err := settings.Get(c, p.Settings, settings.VendorKey)
	if err != nil {
		return err
	}
	products, err := settings.Get(c, p.Settings, settings.ProductsKey)
	if err != nil {
		return err
	}
	form := web.NewForm[settingsForm]("home.settings")
	form.V = settingsForm{v.Name, v.LegalName, v.Address, v.Phone, v.Email, v.Hue, v.Chroma, productLines(products)}
	return c.Render(http.StatusOK, settingsView(form))
}

func (p *portal) saveSettings(c *web.Context) error {
	form := web.NewForm[settingsForm]("home.settings")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	before, err := settings.Get(c, p.Settings, settings.ProductsKey)
	if err != nil {
		return err
	}
	products, fine := parseProducts(form.V.Products, before)
	if !fine {
		form.Wrong(c, "Products", "invalid")
	}
	if !ok || !form.OK() {
		return c.Render(http.StatusUnprocessableEntity, settingsView(form))
	}
	v := settings.Vendor{Name: form.V.Name, LegalName: form.V.LegalName, Address: form.V.Address, Phone: form.V.Phone, Email: form.V.Email, Hue: form.V.Hue, Chroma: form.V.Chroma}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := settings.Put(c, tx, p.Settings, settings.VendorKey, v); err != nil {
			return err
		}
		if err := settings.Put(c, tx, p.Settings, settings.ProductsKey, products); err != nil {
			return err
		}
		return p.note(c, tx, "setting", "vendor")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/home/settings", "home.settings.saved")
}

func (p *portal) note(c *web.Context, tx *db.Tx, act, object string) error {
	return account.Audit(c, tx, account.Entry{At: c.Now(), ActorID: c.Account.ID, Network: web.Network(c.ClientIP()), Act: act, Object: object})
}

// productLines writes one product a line: "key: Name", a retired one with a
// minus before it.
func productLines(products []settings.Product) string {
	var b strings.Builder
	for _, p := range products {
		if p.Retired {
			b.WriteString("-")
		}
		b.WriteString(p.Key + ": " + p.Name + "\n")
	}
	return b.String()
}

// parseProducts reads what productLines writes. A product that was there and is
// left out is retired, not gone: tickets still name it.
func parseProducts(lines string, before []settings.Product) (all []settings.Product, ok bool) {
	seen := map[string]bool{}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		retired := strings.HasPrefix(line, "-")
		key, name, found := strings.Cut(strings.TrimPrefix(line, "-"), ":")
		key, name = strings.TrimSpace(key), strings.TrimSpace(name)
		if !found || key == "" || name == "" || seen[key] || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return nil, false
		}
		seen[key] = true
		all = append(all, settings.Product{Key: key, Name: name, Retired: retired})
	}
	for _, p := range before {
		if !seen[p.Key] {
			p.Retired = true
			all = append(all, p)
		}
	}
	return all, true
}

// hoursForm is the week as people write it: "08:30-12:00, 13:00-17:00", empty
// for a closed day; dated exceptions one a line: "2026-12-24 08:30-15:00".
type hoursForm struct {
	Mon        string `form:"mon" binding:"max=100"`
	Tue        string `form:"tue" binding:"max=100"`
	Wed        string `form:"wed" binding:"max=100"`
	Thu        string `form:"thu" binding:"max=100"`
	Fri        string `form:"fri" binding:"max=100"`
	Sat        string `form:"sat" binding:"max=100"`
	Sun        string `form:"sun" binding:"max=100"`
	Dutch      bool   `form:"dutch"`
	GoodFriday bool   `form:"good_friday"`
	Liberation string `form:"liberation" binding:"required,oneof=never lustrum yearly"`
	Exceptions string `form:"exceptions" binding:"max=4000"`
}

func (f *hoursForm) days() [7]*string {
	return [7]*string{&f.Sun, &f.Mon, &f.Tue, &f.Wed, &f.Thu, &f.Fri, &f.Sat}
}

var dayFields = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

func (p *portal) hours(c *web.Context) error {
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	form := web.NewForm[hoursForm]("home.hours")
	for day, text := range form.V.days() {
		*text = hours.FormatWindows(calendar.Week[day])
	}
	form.V.Liberation = "never"
	if calendar.Dutch != nil {
		form.V.Dutch, form.V.GoodFriday = true, calendar.Dutch.GoodFriday
		form.V.Liberation = cmp.Or(string(calendar.Dutch.LiberationDay), "never")
	}
	form.V.Exceptions = exceptionLines(calendar)
	return c.Render(http.StatusOK, hoursView(form, p.holidays(c, calendar)))
}

func (p *portal) saveHours(c *web.Context) error {
	form := web.NewForm[hoursForm]("home.hours")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	calendar := hours.Calendar{Zone: p.Zone}
	for day, text := range form.V.days() {
		if calendar.Week[day], err = hours.ParseWindows(*text); err != nil {
			form.Wrong(c, dayFields[day], "windows")
		}
	}
	if calendar.Closed, calendar.Exceptions, err = parseExceptions(form.V.Exceptions); err != nil {
		form.Wrong(c, "Exceptions", "windows")
	}
	if form.V.Dutch {
		calendar.Dutch = &hours.Options{GoodFriday: form.V.GoodFriday}
		if form.V.Liberation != "never" {
			calendar.Dutch.LiberationDay = hours.Liberation(form.V.Liberation)
		}
	}
	if form.OK() && calendar.Validate() != nil {
		form.Wrong(c, "Mon", "never")
	}
	if !ok || !form.OK() {
		return c.Render(http.StatusUnprocessableEntity, hoursView(form, nil))
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := settings.Put(c, tx, p.Settings, settings.CalendarKey(p.Zone), calendar); err != nil {
			return err
		}
		return p.note(c, tx, "setting", "calendar")
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/home/hours", "home.hours.saved")
}

// exceptionLines writes the days that differ, one a line, in order.
func exceptionLines(c hours.Calendar) string {
	var lines []string
	for _, d := range c.Closed {
		lines = append(lines, d.String())
	}
	for d, windows := range c.Exceptions {
		lines = append(lines, strings.TrimSpace(d.String()+" "+hours.FormatWindows(windows)))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func parseExceptions(lines string) (closed []hours.Date, others map[hours.Date][]hours.Window, err error) {
	others = map[hours.Date][]hours.Window{}
	for line := range strings.Lines(lines) {
		day, windows, _ := strings.Cut(strings.TrimSpace(line), " ")
		if day == "" {
			continue
		}
		date, err := hours.ParseDate(day)
		if err != nil {
			return nil, nil, err
		}
		if strings.TrimSpace(windows) == "" {
			closed = append(closed, date)
		} else if others[date], err = hours.ParseWindows(windows); err != nil {
			return nil, nil, err
		}
	}
	return closed, others, nil
}

// holiday is a day off in the coming year, as the page lists it.
type holiday struct {
	Day  time.Time
	Name string
}

func (p *portal) holidays(c *web.Context, calendar hours.Calendar) (all []holiday) {
	if calendar.Dutch == nil {
		return nil
	}
	today := hours.DateOf(c.Now(), p.Zone)
	for _, year := range []int{today.Year, today.Year + 1} {
		for _, h := range hours.Dutch(year, *calendar.Dutch) {
			if h.Date.Compare(today) >= 0 && h.Date.Compare(today.AddDays(365)) <= 0 {
				all = append(all, holiday{hours.At(p.Zone, h.Date, hours.HM(12, 0)), hours.HolidayName(h.Key, i18n.Lang(c))})
			}
		}
	}
	return all
}

// sampleOf is one example of a mail that some portal sends.
type sampleOf struct {
	Portal string
	Sample mail.Sample
}

// sampleGroup are the samples of one portal.
type sampleGroup struct {
	Title   string
	Samples []sampleOf
}

func groups(ctx context.Context, all []sampleOf) (found []sampleGroup) {
	last := ""
	for _, s := range all {
		if s.Portal != last {
			found = append(found, sampleGroup{Title: i18n.Or(ctx, []string{s.Portal + ".counter.title", s.Portal + ".staff.nav", "home.mails.accounts"})})
			last = s.Portal
		}
		of := &found[len(found)-1]
		of.Samples = append(of.Samples, s)
	}
	return found
}

func (p *portal) samples() (all []sampleOf) {
	for _, portal := range p.Portals() {
		for _, s := range portal.Mails {
			all = append(all, sampleOf{portal.Name, s})
		}
	}
	return all
}

func (p *portal) mails(c *web.Context) error {
	return c.Render(http.StatusOK, mailsView(p.samples()))
}

// mail shows one example in both languages, as people read it: the HTML as a
// document of its own, because a mail may style itself and a page may not.
func (p *portal) mail(c *web.Context) error {
	for _, s := range p.samples() {
		if s.Sample.Name != c.Param("name") {
			continue
		}
		lang := c.Query("lang")
		if !i18n.Known(lang) {
			lang = i18n.Lang(c)
		}
		ctx := p.Site.Catalog.With(c.Request.Context(), lang, p.Zone, c.Now())
		rendered, err := p.Mail.Render(ctx, s.Sample.Make(ctx))
		if err != nil {
			return fmt.Errorf("sample %s: %w", s.Sample.Name, err)
		}
		switch c.Query("as") {
		case "html":
			c.Policy.Allow("style-src", "'unsafe-inline'")
			c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox")
			c.Header("X-Frame-Options", "SAMEORIGIN")
			c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(rendered.HTML))
			return nil
		}
		c.Policy.Allow("frame-src", "'self'")
		return c.Render(http.StatusOK, mailView(s, lang, rendered))
	}
	return fault.NotFound
}

func (p *portal) reindex(c *web.Context) error {
	if err := p.Reindex(c.Request.Context()); err != nil {
		return err
	}
	return c.RedirectTo("/staff/home/settings", "home.settings.reindexed")
}
