package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"loket/app/account"
	"loket/app/fault"
)

// store keeps sessions as rows. The cookie carries, signed, only a random
// secret; the row is found by its hash. Ending the row ends the session, which
// a cookie that holds the session itself cannot do.
type store struct{ site *Site }

const sessionName = "session"

// Get returns the session of the request, reading it at most once.
func (s *store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names, or returns an empty one.
func (s *store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = &sessions.Options{
		Path: "/", MaxAge: int(account.Longest.Seconds()),
		HttpOnly: true, Secure: s.site.secure, SameSite: http.SameSiteLaxMode,
	}
	cookie, err := r.Cookie(s.site.cookieName(name))
	if err != nil {
		return session, nil
	}
	secret, ok := s.site.signedBy(cookie.Value)
	if !ok {
		return session, nil // touched, or of another secret: a visitor
	}
	found, who, err := account.BySecret(r.Context(), s.site.DB, secret, s.site.Now())
	if errors.Is(err, fault.NotFound) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	session.IsNew = false
	session.Values["session"], session.Values["account"] = found, who
	return session, nil
}

// Save writes the cookie: the secret of the new session, or none when MaxAge is
// negative. It must come before the body of the answer.
func (s *store) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	value := ""
	if secret, ok := session.Values["secret"].(string); ok && session.Options.MaxAge >= 0 {
		value = s.site.sign(secret)
	}
	http.SetCookie(w, sessions.NewCookie(s.site.cookieName(session.Name()), value, session.Options))
	return nil
}

// sign is the secret of a session as its cookie carries it: with a signature, so
// that a made-up one costs no look into the database, and without a time, which
// the other cookies hold and this one has no use for: the row says when it ends.
func (s *Site) sign(secret string) string {
	mac := hmac.New(sha256.New, s.sessionKey)
	mac.Write([]byte(secret))
	return secret + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signedBy returns the secret that a session's cookie carries.
func (s *Site) signedBy(cookie string) (secret string, ok bool) {
	secret, _, ok = strings.Cut(cookie, ".")
	return secret, ok && hmac.Equal([]byte(s.sign(secret)), []byte(cookie))
}

// identify finds out whose request it is.
func (c *Context) identify() error {
	session, err := c.Site.store.Get(c.Request, sessionName)
	if err != nil || session.IsNew {
		return err
	}
	who := session.Values["account"].(account.Account)
	c.Account, c.session = &who, session.Values["session"].(account.Session)
	if c.Now().Sub(c.session.SeenAt) > 5*time.Minute {
		return c.seen()
	}
	return nil
}

// seen notes that the session is in use.
func (c *Context) seen() error {
	return c.Aside(func(ctx context.Context) error { return account.Seen(ctx, c.Site.DB, c.session, c.Now()) })
}

// Aside does a write that goes with reading a page: who looks, who has looked.
// Where nothing can be written now (disk full, database locked) the page is
// shown all the same, and soon; the program's log says so.
func (c *Context) Aside(write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(c, time.Second)
	defer cancel()
	err := write(ctx)
	if err == nil || c.Err() != nil || !errors.Is(err, fault.Unavailable) && ctx.Err() == nil {
		return err
	}
	who := ""
	if c.Account != nil {
		who = c.Account.ID
	}
	slog.Warn("could not be written down", "request", c.RequestID, "route", c.FullPath(), "account", who, "err", err)
	return nil
}

// SessionID names the session of this request, to tell it from the others of
// the account.
func (c *Context) SessionID() string { return c.session.ID }

// SessionAge is how long ago the visitor signed in on this browser.
func (c *Context) SessionAge() time.Duration { return c.Now().Sub(c.session.CreatedAt) }

// SignIn starts a new session for a, ending the one that this browser had: the
// id changes whenever the rights do.
func (c *Context) SignIn(a account.Account) error {
	if c.session.ID != "" {
		if err := account.End(c, c.Site.DB, c.session.AccountID, c.session.ID); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	secret, opened, err := account.Open(c, c.Site.DB, a.ID, Device(c.Request.UserAgent()), Network(c.ClientIP()), c.Now())
	if err != nil {
		return err
	}
	session, err := c.Site.store.Get(c.Request, sessionName)
	if err != nil {
		return err
	}
	session.Values["secret"] = secret
	c.Account, c.session = &a, opened
	return session.Save(c.Request, c.Writer)
}

// SignOut ends this browser's session.
func (c *Context) SignOut() error {
	session, err := c.Site.store.Get(c.Request, sessionName)
	if err != nil {
		return err
	}
	if c.Account != nil {
		if err := account.End(c, c.Site.DB, c.Account.ID, c.session.ID); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	c.Account, c.session = nil, account.Session{}
	session.Options.MaxAge = -1
	return session.Save(c.Request, c.Writer)
}

// Device says in two words which browser it is ("Firefox, Linux"), which is all
// of the user agent that is kept.
func Device(agent string) string {
	pick := func(otherwise string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return otherwise
	}
	browser := pick("Browser", "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := pick("", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	if system == "" {
		return browser
	}
	return browser + ", " + system
}

// SessionCookie starts a session for an account and returns the cookie of it,
// for the program's own tests and tools; a browser gets its cookie by SignIn.
func (s *Site) SessionCookie(ctx context.Context, accountID string) (*http.Cookie, error) {
	secret, _, err := account.Open(ctx, s.DB, accountID, "", "", s.Now())
	if err != nil {
		return nil, err
	}
	return &http.Cookie{Name: s.cookieName(sessionName), Value: s.sign(secret), Path: "/"}, nil
}
