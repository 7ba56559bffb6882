package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/db"
)

// NavItem is an entry of a menu: its path, the key of its text, the name of its
// icon, and the permission a colleague needs to see it.
type NavItem struct {
	Path, Label, Icon string
	May               string
	Public            bool // everybody may read it: part of the site map
}

// Vendor is whose counter this is, as staff set it.
type Vendor = settings.Vendor

// Site is what all requests share.
type Site struct {
	DB        *db.DB
	URL       string // public address, without a slash at the end
	Zone      *time.Location
	Now       func() time.Time
	Catalog   *i18n.Catalog
	Nav       []NavItem
	StaffNav  []NavItem
	ManageNav []NavItem
	FootNav   []NavItem
	MeNav     []NavItem // in the menu of whoever has signed in
	Vendor    func() Vendor
	Assets    *Assets
	// Banner asks something on every page, such as consent; nil or a nil
	// component asks nothing.
	Banner    func(*Context) templ.Component
	ErrorPage func(status int) templ.Component
	Passwords *account.Hasher
	// Deadline is the real moment that far ahead, for the connection's own
	// deadlines, which know no other clock; nil leaves them alone.
	Deadline func(time.Duration) time.Time
	// Open computes what a page may load beyond this site (from consent), per request.
	Open func(*Context)

	secure     bool
	host       string
	cookies    *securecookie.SecureCookie
	sessionKey []byte
	store      sessions.Store
}

// Start derives the site's keys from secret; call it once, before the first request.
func (s *Site) Start(secret []byte) error {
	u, err := url.Parse(s.URL)
	if err != nil {
		return err
	}
	s.secure, s.host = u.Scheme == "https", u.Host
	hash := sha256.Sum256(append([]byte("loket cookie hash "), secret...))
	block := sha256.Sum256(append([]byte("loket cookie block "), secret...))
	s.cookies = securecookie.New(hash[:], block[:])
	// A signature holds as long as the longest cookie; how long each of them
	// lasts its own Max-Age says, and a session ends with its row.
	s.cookies.MaxAge(int((366 * 24 * time.Hour).Seconds()))
	s.cookies.SetSerializer(securecookie.JSONEncoder{})
	s.sessionKey = Key(secret, "session")
	s.store = &store{s}
	return nil
}

// Key derives a key for one use from the site's secret.
func Key(secret []byte, use string) []byte {
	sum := sha256.Sum256(append([]byte("loket "+use+" "), secret...))
	return sum[:]
}

// Handle turns a Handler into gin's kind.
func (s *Site) Handle(h Handler) gin.HandlerFunc {
	return func(g *gin.Context) {
		c := &Context{Context: g, Site: s, RequestID: requestID()}
		ctx := context.WithValue(g.Request.Context(), contextKey{}, c)
		c.ctx = s.Catalog.With(ctx, s.language(c, nil), s.Zone, s.Now())
		c.Request = g.Request.WithContext(c.ctx)
		defer c.recover()
		c.headers()
		err := c.open()
		if err == nil && !c.legible() {
			err = fault.NotFound
		}
		if err == nil {
			err = h(c)
		}
		if err != nil {
			c.fail(err)
		}
	}
}

// open reads who asks and what is waiting to be told.
func (c *Context) open() error {
	c.readFlash()
	if err := c.identify(); err != nil {
		return err
	}
	if c.Account != nil {
		c.Header("Cache-Control", "no-store")
		if lang := c.Site.language(c, c.Account); lang != i18n.Lang(c.Request.Context()) {
			c.SpeakIn(lang)
		}
	}
	if c.Site.Open != nil {
		c.Site.Open(c)
	}
	return nil
}

// SpeakIn has the rest of the request speak the language with that code.
func (c *Context) SpeakIn(lang string) { c.speak(lang, c.Site.Zone) }

// TellTimeIn has the rest of the request write times as clocks in zone show them.
func (c *Context) TellTimeIn(zone *time.Location) { c.speak(i18n.Lang(c.Request.Context()), zone) }

// speak changes how the request's own locale speaks. The request itself stays:
// the database may still watch it for the visitor leaving.
func (c *Context) speak(lang string, zone *time.Location) {
	ctx := c.Request.Context()
	*i18n.Of(ctx) = *i18n.Of(c.Site.Catalog.With(ctx, lang, zone, c.Site.Now()))
}

// language picks the visitor's language: the cookie, the account, the browser, Dutch.
func (s *Site) language(c *Context, a *account.Account) string {
	if cookie := c.cookie("lang"); i18n.Known(cookie) {
		return cookie
	}
	if a != nil {
		return a.Lang
	}
	if accept := c.GetHeader("Accept-Language"); accept != "" {
		return s.Catalog.Match(accept)
	}
	return i18n.Codes[0]
}

// ChooseLanguage remembers the visitor's language in a cookie for a year.
func (c *Context) ChooseLanguage(code string) {
	if i18n.Known(code) {
		c.setCookie("lang", code, 365*24*time.Hour)
		c.SpeakIn(code)
	}
}

// ChooseTheme remembers light, dark or neither for a year.
func (c *Context) ChooseTheme(theme string) { c.setCookie("theme", theme, 365*24*time.Hour) }

// Theme is light, dark, or empty for what the browser prefers.
func (c *Context) Theme() string {
	theme := c.cookie("theme")
	if theme == "" && c.Account != nil {
		theme = c.Account.Theme
	}
	if theme != "light" && theme != "dark" {
		return ""
	}
	return theme
}

// guarded sets the headers that no answer goes without, whatever becomes of the
// request (OWASP ASVS 5.0 3.4).
func (s *Site) guarded(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", basePolicyText)
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

func (c *Context) headers() {
	h := c.Writer.Header()
	h.Set("X-Request-Id", c.RequestID)
	h.Set("Vary", "Cookie, Accept-Language")
}

// Private keeps the address of the page, which carries a secret, out of
// referrers and caches.
func (c *Context) Private() {
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cache-Control", "no-store")
}

// recover makes a panic one failed request: a page, and a log line with the place.
func (c *Context) recover() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	slog.Error("panic", "request", c.RequestID, "route", c.FullPath(), "panic", p, "stack", string(debug.Stack()))
	if !c.Writer.Written() {
		c.fail(errPanic)
	}
}

var errPanic = errors.New("panic")

// requestID is short enough to read out over the phone: 7F3K-92QM.
func requestID() string {
	text := rand.Text()
	return text[:4] + "-" + text[4:8]
}

// Host refuses a request for another host than the public one (421, RFC 9110
// §15.5.20), so that nothing is ever made from a forged Host header. Health
// checks come by any name.
func (s *Site) Host(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.guarded(w.Header())
		if ambiguous(r) {
			w.Header().Set("Connection", "close")
			http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
			return
		}
		if !strings.EqualFold(r.Host, s.host) && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			http.Error(w, http.StatusText(http.StatusMisdirectedRequest), http.StatusMisdirectedRequest)
			return
		}
		r.Header.Del("X-Forwarded-Prefix") // gin would lead to it from whoever sends it
		next.ServeHTTP(w, r)
	})
}

// Once makes a form that is posted twice one thing: the first time it notes
// where the form leads, and after that it returns a Repeated, which sends the
// visitor there. key is the form's Once; without one nothing is noted.
func (c *Context) Once(tx *db.Tx, key, path string) error {
	if key == "" {
		return nil
	}
	who := ""
	if c.Account != nil {
		who = c.Account.ID
	}
	id := account.Hash(who + " " + c.FullPath() + " " + key)
	n, err := db.Exec(c, tx, `INSERT INTO posted (id, path, at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`, id, path, c.Now())
	if err != nil || n == 1 {
		return err
	}
	before, err := db.Get[string](c, tx, `SELECT path FROM posted WHERE id = ?`, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return Repeated{before}
}
