package mydata

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// register keeps the register of cookies in memory, which every request looks
// at. Another program on the same database may change it, so it is read again
// after some seconds.
type register struct{ now atomic.Pointer[readRegister] }

type readRegister struct {
	privacy.CookieRegister
	at time.Time
}

const registerFor = 10 * time.Second

func (p *portal) cookieRegister(ctx context.Context) (privacy.CookieRegister, error) {
	if r := p.register.now.Load(); r != nil && p.Now().Sub(r.at).Abs() < registerFor {
		return r.CookieRegister, nil
	}
	r, err := p.Privacy.CookieRegister(ctx)
	if err == nil {
		p.register.now.Store(&readRegister{r, p.Now()})
	}
	return r, err
}

// changed has the register read again once tx has been committed.
func (p *portal) changed(tx *db.Tx) { tx.OnCommit(func() { p.register.now.Store(nil) }) }

// choices are what the visitor's cookie says, if it says anything.
func choices(c *web.Context) (privacy.Choices, bool) { return privacy.ChoicesOf(c.Request) }

// cookieName is that of the visitor's choice.
func cookieName(c *web.Context) string {
	if strings.HasPrefix(c.Site.URL, "https:") {
		return "__Host-loket-" + privacy.ConsentCookie
	}
	return "loket-" + privacy.ConsentCookie
}

func (p *portal) consents(c *web.Context) (privacy.CookieRegister, privacy.Consents, error) {
	r, err := p.cookieRegister(c)
	if err != nil {
		return r, privacy.Consents{}, err
	}
	chosen, ok := choices(c)
	return r, r.Consents(chosen, ok, privacy.SignalsOf(c.Request.Header), p.today()), nil
}

// open lets in the third parties that the visitor allowed, and nobody else: a
// tag that somebody forgot in a page cannot load.
func (p *portal) open(c *web.Context) {
	r, consents, err := p.consents(c)
	if err != nil {
		return // nothing beyond this site, then
	}
	r.Allow(consents, "", c.Policy.Allow)
}

// banner asks for consent where the register holds something that needs it and
// the visitor has not decided. Staff's own pages have no banner.
func (p *portal) banner(c *web.Context) templ.Component {
	if c.Request.URL.Path == "/privacy/cookies" {
		return nil
	}
	r, consents, err := p.consents(c)
	if err == nil && consents.Signal {
		err = p.refuseFor(c, r)
	}
	if err != nil {
		slog.Error("cookie register", "err", err)
		return nil
	}
	if len(consents.Ask) == 0 {
		return nil
	}
	var purposes []string
	for _, category := range consents.Ask {
		purposes = append(purposes, i18n.T(c, "mydata.banner."+category, strings.Join(vendors(r, category), ", ")))
	}
	return bannerView(i18n.T(c, "mydata.banner.text", strings.Join(purposes, i18n.T(c, "mydata.banner.and"))))
}

// refuseFor writes down, once for a browser, that its signal refused for the
// visitor (Global Privacy Control, Do Not Track): a signal only ever refuses.
func (p *portal) refuseFor(c *web.Context, r privacy.CookieRegister) error {
	made := privacy.Choices{Ref: rand.Text(), On: p.today(), Categories: map[string]privacy.Decision{}}
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		for _, category := range r.Asks() {
			d := privacy.Decision{Version: r.Versions[category]}
			made.Categories[category] = d
			if err := p.prove(c, tx, r, made.Ref, category, d, privacy.ByGPC); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		p.remember(c, made)
	}
	return err
}

// remember keeps a choice in the visitor's browser for as long as it holds.
func (p *portal) remember(c *web.Context, made privacy.Choices) {
	http.SetCookie(c.Writer, &http.Cookie{Name: cookieName(c), Value: made.String(), Path: "/",
		Expires: hours.At(p.Zone, privacy.ConsentTerm.Add(made.On), 0), HttpOnly: true, Secure: strings.HasPrefix(c.Site.URL, "https:"), SameSite: http.SameSiteLaxMode})
}

// vendors are the parties of a category that need consent, each once.
func vendors(r privacy.CookieRegister, category string) (names []string) {
	for _, entry := range r.Of(category) {
		if entry.ConsentNeeded && !slices.Contains(names, entry.Vendor) {
			names = append(names, entry.Vendor)
		}
	}
	return names
}

// cookieCategory is one category on the page of choices.
type cookieCategory struct {
	Key, Name, About string
	Entries          []privacy.Cookie
	Asks             bool
	Decided, Yes     bool
	Chosen           map[string]bool // entries that can be allowed by themselves, and whether they are
}

type cookiesPage struct {
	Categories []cookieCategory
	Asks       bool
	On, Until  string // of the choice that stands
	Signal     bool
	Next       string
}

// ticks reports whether an entry has a box of its own: it asks, or it comes
// after a click and the visitor has it come always.
func ticks(e privacy.Cookie, consents privacy.Consents) bool {
	return e.ConsentNeeded || e.Click && consents.Allows(e)
}

func (p *portal) cookies(c *web.Context) error {
	r, consents, err := p.consents(c)
	if err != nil {
		return err
	}
	chosen, ok := choices(c)
	page := cookiesPage{Signal: privacy.SignalsOf(c.Request.Header).Refuses(), Next: c.Next("")}
	for _, category := range []string{privacy.Functional, privacy.Analytical, privacy.MarketingAd, privacy.Embedded} {
		entries := r.Of(category)
		if len(entries) == 0 {
			continue
		}
		one := cookieCategory{Key: category, Name: text(c, privacy.CategoryName(category)), About: i18n.T(c, "mydata.cookies.about."+category), Entries: entries,
			Asks: slices.ContainsFunc(entries, func(e privacy.Cookie) bool { return ticks(e, consents) }), Yes: consents.Category(category), Decided: consents.Decided(category), Chosen: map[string]bool{}}
		if category == privacy.Embedded && !one.Asks {
			one.About = i18n.T(c, "mydata.cookies.about.click")
		}
		for _, e := range entries {
			if ticks(e, consents) {
				one.Chosen[e.ID] = consents.Allows(e) && !one.Yes
			}
		}
		page.Asks = page.Asks || one.Asks
		page.Categories = append(page.Categories, one)
	}
	if ok && len(consents.Ask) == 0 && page.Asks {
		page.On, page.Until = p.dayText(c, chosen.On), p.dayText(c, privacy.ConsentTerm.Add(chosen.On))
	}
	return c.Render(http.StatusOK, cookiesView(page))
}

// choose stores what the visitor decided: in his browser what he chose, here
// that somebody did, under a random number and without his address or browser.
func (p *portal) choose(c *web.Context) error {
	if err := c.Request.ParseForm(); err != nil {
		return err
	}
	r, err := p.cookieRegister(c)
	if err != nil {
		return err
	}
	all, how := c.PostForm("choice"), privacy.ByForm
	if all == "always" {
		return p.always(c, r, c.PostForm("vendor"))
	}
	if c.PostForm("from") == "banner" {
		how = privacy.ByBanner
	}
	made := privacy.Choices{On: p.today(), Categories: map[string]privacy.Decision{}}
	before, ok := choices(c)
	if made.Ref = before.Ref; !ok {
		made.Ref = rand.Text()
	}
	ticked := c.PostValues("vendor")
	for _, category := range r.Asks() {
		made.Categories[category] = privacy.Decision{Version: r.Versions[category], Yes: all == "all" || all != "none" && c.PostForm(category) == "1"}
	}
	for _, entry := range r.Cookies {
		if all != "none" && (entry.Click || entry.ConsentNeeded && all != "all") && slices.Contains(ticked, entry.ID) && !made.Categories[entry.Category].Yes {
			made.Vendors = append(made.Vendors, entry.ID)
		}
	}
	if privacy.SignalsOf(c.Request.Header).Refuses() && c.PostForm("sure") != "1" && yes(made) {
		return c.Render(http.StatusOK, cookiesSureView(p.sureOf(c, r, made)))
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		for _, category := range r.Asks() {
			d := made.Categories[category]
			if err := p.prove(c, tx, r, made.Ref, category, d, how); err != nil {
				return err
			}
		}
		for _, entry := range r.Cookies {
			chosen := slices.Contains(made.Vendors, entry.ID)
			if made.Categories[entry.Category].Yes || !chosen && !(entry.Click && (entry.ConsentNeeded || slices.Contains(before.Vendors, entry.ID))) {
				continue
			}
			if err := p.proveOne(c, tx, r, made.Ref, entry, chosen, how); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.remember(c, made)
	p.expire(c, r, made)
	if c.Fragment() == "cookie" { // without #cookie in the answer, the script takes the banner away
		c.Say(web.Flash{Kind: "ok", Text: i18n.T(c, "mydata.cookies.saved")})
		return c.Render(http.StatusOK, templates.WithFlashes(templ.NopComponent))
	}
	return c.RedirectTo(c.Next("/privacy/cookies"), "mydata.cookies.saved")
}

// always has a party that comes after a click come by itself from now on. What
// else the visitor chose stays as it is.
func (p *portal) always(c *web.Context, r privacy.CookieRegister, id string) error {
	i := slices.IndexFunc(r.Cookies, func(entry privacy.Cookie) bool { return entry.ID == id && entry.Click })
	if i < 0 {
		return fault.BadInput
	}
	entry := r.Cookies[i]
	if privacy.SignalsOf(c.Request.Header).Refuses() && c.PostForm("sure") != "1" {
		return c.Render(http.StatusOK, cookiesSureView(sureCookies{Words: []string{entry.Vendor + ": " + text(c, entry.Purpose())},
			Fields: [][2]string{{"sure", "1"}, {"next", c.Next("")}, {"choice", "always"}, {"vendor", id}}}))
	}
	made, ok := choices(c)
	if !ok || privacy.ConsentTerm.Add(made.On).Compare(p.today()) <= 0 {
		made = privacy.Choices{Ref: cmp.Or(made.Ref, rand.Text()), On: p.today(), Categories: map[string]privacy.Decision{}}
	}
	if !slices.Contains(made.Vendors, id) {
		made.Vendors = append(made.Vendors, id)
	}
	err := p.DB.Tx(c, func(tx *db.Tx) error { return p.proveOne(c, tx, r, made.Ref, entry, true, privacy.ByForm) })
	if err != nil {
		return err
	}
	p.remember(c, made)
	return c.RedirectTo(c.Next("/privacy/cookies"), "mydata.cookies.saved")
}

func yes(made privacy.Choices) bool {
	for _, d := range made.Categories {
		if d.Yes {
			return true
		}
	}
	return len(made.Vendors) > 0
}

// sureCookies asks once more, in words, for a yes against the browser's signal.
type sureCookies struct {
	Words  []string
	Fields [][2]string
}

func (p *portal) sureOf(c *web.Context, r privacy.CookieRegister, made privacy.Choices) sureCookies {
	s := sureCookies{Fields: [][2]string{{"sure", "1"}, {"next", c.Next("")}}}
	for _, category := range r.Asks() {
		if made.Categories[category].Yes {
			s.Words = append(s.Words, i18n.T(c, "mydata.banner."+category, strings.Join(vendors(r, category), ", ")))
			s.Fields = append(s.Fields, [2]string{category, "1"})
		}
	}
	for _, entry := range r.Cookies {
		if slices.Contains(made.Vendors, entry.ID) {
			s.Words = append(s.Words, entry.Vendor+": "+text(c, entry.Purpose()))
			s.Fields = append(s.Fields, [2]string{"vendor", entry.ID})
		}
	}
	return s
}

// prove records the decision on one category, with the words that were shown.
func (p *portal) prove(c *web.Context, tx *db.Tx, r privacy.CookieRegister, ref, category string, d privacy.Decision, how string) error {
	words := i18n.T(c, "mydata.banner."+category, strings.Join(vendors(r, category), ", "))
	_, err := p.Privacy.Record(c, tx, privacy.Consented{Ref: ref, Purpose: "cookies." + category, Version: d.Version, Wording: words, Yes: d.Yes, How: how, Lang: i18n.Lang(c), Proof: "form /privacy/cookies"})
	return err
}

// proveOne records the decision on one entry, with the words that were shown.
func (p *portal) proveOne(c *web.Context, tx *db.Tx, r privacy.CookieRegister, ref string, entry privacy.Cookie, yes bool, how string) error {
	_, err := p.Privacy.Record(c, tx, privacy.Consented{Ref: ref, Purpose: "cookies." + entry.Category, Item: entry.ID, Version: r.Versions[entry.Category],
		Wording: entry.Vendor + ": " + text(c, entry.Purpose()), Yes: yes, How: how, Lang: i18n.Lang(c), Proof: "form /privacy/cookies"})
	return err
}

// expire removes the cookies of this site that belong to what is refused now.
// Those of others are out of our reach; their hosts go from the policy at once.
func (p *portal) expire(c *web.Context, r privacy.CookieRegister, made privacy.Choices) {
	for _, entry := range r.Cookies {
		if !entry.ConsentNeeded || made.Categories[entry.Category].Yes || slices.Contains(made.Vendors, entry.ID) {
			continue
		}
		for _, cookie := range c.Request.Cookies() {
			for pattern := range strings.FieldsFuncSeq(entry.Pattern, func(r rune) bool { return r == ',' || r == ' ' }) {
				begin, open := strings.CutSuffix(pattern, "*")
				if cookie.Name == pattern || open && begin != "" && strings.HasPrefix(cookie.Name, begin) {
					http.SetCookie(c.Writer, &http.Cookie{Name: cookie.Name, Path: "/", MaxAge: -1})
				}
			}
		}
	}
}

// gpc says that Global Privacy Control is honoured here.
func (p *portal) gpc(c *web.Context) error {
	body, err := json.Marshal(struct {
		GPC        bool   `json:"gpc"`
		LastUpdate string `json:"lastUpdate"`
	}{true, "2026-11-01"})
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/json", body)
	return nil
}

// whose is who an entry of the register belongs to: "Hotjar Ltd., Malta".
func whose(ctx context.Context, e privacy.Cookie) string {
	return strings.Trim(e.Vendor+", "+privacy.Processor{Country: e.Country}.CountryIn(i18n.Lang(ctx)), ", ")
}
