package web

import (
	"encoding/base64"
	"net/http"
	"time"
)

// Flash is a message that is shown once, on the page after a redirect. Undo is
// the path of a form that takes the step back.
type Flash struct {
	Kind      string // ok, info, warn, bad
	Text      string
	Undo      string
	UndoLabel string
	Link      string
	LinkLabel string
}

// The message travels in a signed cookie of its own, so that a visitor without
// an account needs no session.
func (c *Context) setFlash(flash Flash) {
	if flash.Kind == "" {
		flash.Kind = "ok"
	}
	value, err := c.Site.cookies.Encode("flash", flash)
	if err != nil {
		return // a message too long for a cookie is not worth failing for
	}
	c.setCookie("flash", value, 2*time.Minute)
}

func (c *Context) readFlash() {
	value := c.cookie("flash")
	if value == "" {
		return
	}
	var flash Flash
	if c.Site.opens("flash", value, &flash) {
		c.flashes = append(c.flashes, flash)
	}
}

// Flashes are the messages to show on this page; showing them ends them.
func (c *Context) Flashes() []Flash {
	if len(c.flashes) > 0 {
		c.dropCookie("flash")
	}
	return c.flashes
}

// Say shows a message on the page that answers this request.
func (c *Context) Say(flash Flash) { c.flashes = append(c.flashes, flash) }

// Cookies are HttpOnly, Lax, and on https Secure with the __Host- prefix, which
// a neighbour site cannot set (RFC 6265bis §4.1.3.2).

func (s *Site) cookieName(name string) string {
	if name == "session" {
		name = "loket"
	} else {
		name = "loket-" + name
	}
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (c *Context) setCookie(name, value string, lasts time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: c.Site.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, Secure: c.Site.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Context) dropCookie(name string) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: c.Site.cookieName(name), Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: c.Site.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Context) cookie(name string) string {
	cookie, err := c.Request.Cookie(c.Site.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Remember keeps a small value in the visitor's browser, signed, under a name.
// Every name is declared in the cookie register.
func (c *Context) Remember(name string, value any, lasts time.Duration) error {
	encoded, err := c.Site.cookies.Encode(name, value)
	if err == nil {
		c.setCookie(name, encoded, lasts)
	}
	return err
}

// Recall reads what Remember kept; false when there is nothing or it was touched.
func (c *Context) Recall(name string, into any) bool {
	value := c.cookie(name)
	return c.Site.opens(name, value, into)
}

// opens reads a signed cookie. Only the very text that was set will do:
// base64 would let its last letter vary.
func (s *Site) opens(name, value string, into any) bool {
	if _, err := base64.URLEncoding.Strict().DecodeString(value); value == "" || err != nil {
		return false
	}
	return s.cookies.Decode(name, value, into) == nil
}

// Forget drops what Remember kept.
func (c *Context) Forget(name string) { c.dropCookie(name) }
