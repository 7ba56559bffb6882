// Package home is the front of the site and the desk of staff: what waits,
// search over everything, and the settings that belong to no counter.
package home

import (
	"cmp"
	"context"
	"embed"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/text"
	"loket/app/web"
)

//go:embed nl.json en.json
var texts embed.FS

type portal struct{ *app.Host }

// New returns the portal.
func New(host *app.Host) app.Portal {
	p := &portal{host}
	return app.Portal{
		Name:  "home",
		Texts: texts,
		StaffNav: []web.NavItem{
			{Path: "/staff/", Label: "home.desk.nav", Icon: "inbox"},
			{Path: "/staff/agenda", Label: "home.agenda.nav", Icon: "calendar"},
		},
		ManageNav: []web.NavItem{
			{Path: "/staff/home/settings", Label: "home.settings.nav", Icon: "settings", May: "admin"},
			{Path: "/staff/home/hours", Label: "home.hours.nav", Icon: "clock", May: "admin"},
			{Path: "/staff/home/mails", Label: "home.mails.nav", Icon: "mail", May: "admin"},
		},
		Routes: func(r *app.Routes) {
			root := r.Anyone.At("")
			root.GET("/", p.front)
			root.GET("/search", p.search)
			root.GET("/robots.txt", p.robots)
			root.GET("/sitemap.xml", p.sitemap)
			root.GET("/.well-known/security.txt", p.security)
			staff := r.Staff.At("/staff")
			staff.GET("/", p.desk)
			staff.GET("/agenda", p.agenda)
			staff.POST("/agenda/calendar", p.makeCalendar)
			staff.POST("/agenda/calendar/stop", p.stopCalendar)
			root.GET("/calendar/:file", p.calendar)
			admin := r.Staff.May("admin")
			admin.GET("/settings", p.settings)
			admin.POST("/settings", p.saveSettings)
			admin.GET("/hours", p.hours)
			admin.POST("/hours", p.saveHours)
			admin.GET("/mails", p.mails)
			admin.GET("/mails/:name", p.mail)
			admin.POST("/reindex", p.reindex)
		},
	}
}

// counter is a counter on the front page.
type counter struct {
	Number, Path, Title, Text string
	Live                      app.Fact
}

type frontPage struct {
	Counters []counter
	Fronts   []templ.Component
	Open     bool
	Change   time.Time // when the desk closes, or opens
	Changes  bool
	AnswerBy time.Time
	Kept     settings.Kept
}

// promise is what the vendor promises everybody: a first answer by a human
// being within two working days.
var promise = hours.Target{Amount: 2, Unit: hours.WorkingDays}

func (p *portal) front(c *web.Context) error {
	calendar, err := settings.Get(c, p.Settings, settings.CalendarKey(p.Zone))
	if err != nil {
		return err
	}
	page := frontPage{Open: calendar.Open(c.Now())}
	page.Change, page.Changes = calendar.NextChange(c.Now())
	if page.AnswerBy, err = promise.Due(calendar, c.Now(), nil); err != nil {
		return err
	}
	if page.Kept, err = settings.Get(c, p.Settings, settings.KeptKey); err != nil {
		return err
	}
	for _, portal := range p.Portals() {
		if portal.Front != nil {
			parts, err := portal.Front(c.Request.Context())
			if err != nil {
				return err
			}
			page.Fronts = append(page.Fronts, parts...)
		}
		if portal.Counter == nil {
			continue
		}
		at := counter{Path: portal.Counter.Path, Title: i18n.T(c, portal.Name+".counter.title"), Text: i18n.T(c, portal.Name+".counter.text")}
		at.Number = i18n.Number(c, len(page.Counters)+1)
		if portal.Counter.Live != nil {
			if at.Live, err = portal.Counter.Live(c.Request.Context()); err != nil {
				return err
			}
		}
		page.Counters = append(page.Counters, at)
	}
	return c.Render(http.StatusOK, frontView(page))
}

type searchPage struct {
	Query string
	Kind  string // a key of searched, or empty for all
	Found search.Result
	Later bool    // it is not the first page
	First counter // where one can ask instead
}

func (p *portal) search(c *web.Context) error {
	page := searchPage{Query: strings.TrimSpace(text.Clean(c.Query("q"))), First: p.first(c)}
	if page.Query != "" {
		// The last word may be the beginning of one: people stop typing when they can.
		q := search.Query{Text: page.Query, Readers: c.Account.Readers(), Limit: 20, Prefix: true}
		if kind := c.Query("kind"); searched[kind] != nil {
			page.Kind, q.Kinds = kind, searched[kind]
		}
		before, err := strconv.ParseInt(cmp.Or(c.Query("before"), "0"), 10, 64)
		if err != nil {
			return fault.NotFound
		}
		q.Before, page.Later = search.Cursor(before), before != 0
		if page.Found, err = p.Search.Find(c, p.DB, q); err != nil {
			return err
		}
	}
	return c.Render(http.StatusOK, searchView(page))
}

// first is the first counter of the front page.
func (p *portal) first(ctx context.Context) counter {
	for _, portal := range p.Portals() {
		if portal.Counter != nil {
			return counter{Path: portal.Counter.Path, Title: i18n.T(ctx, portal.Name+".counter.title")}
		}
	}
	return counter{}
}

func (p *portal) robots(c *web.Context) error {
	c.String(http.StatusOK, "User-agent: *\nDisallow: /staff/\nDisallow: /signin\nDisallow: /search\nSitemap: %s/sitemap.xml\n", p.Config.URL)
	return nil
}

func (p *portal) sitemap(c *web.Context) error {
	type address struct {
		Loc string `xml:"loc"`
	}
	all := struct {
		XMLName struct{}  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URL     []address `xml:"url"`
	}{URL: []address{{p.Config.URL + "/"}}}
	for _, item := range p.Site.Nav {
		if item.May == "" && item.Public {
			all.URL = append(all.URL, address{p.Config.URL + item.Path})
		}
	}
	c.XML(http.StatusOK, all)
	return nil
}

// security tells finders of a leak whom to write to (RFC 9116).
func (p *portal) security(c *web.Context) error {
	c.String(http.StatusOK, "Contact: mailto:%s\nExpires: %s\nPreferred-Languages: nl, en\n",
		p.Site.Vendor().Email, c.Now().AddDate(0, 6, 0).UTC().Format(time.RFC3339))
	return nil
}

func (p *portal) desk(c *web.Context) error {
	waiting, err := p.Waiting(c.Request.Context(), *c.Account)
	if err != nil {
		return err
	}
	ahead, err := p.ahead(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, deskView(greeting(*c.Account), waiting, ahead))
}

func greeting(a account.Account) string { return a.First() }
