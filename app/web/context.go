// Package web is what the pages of all portals have in common: handlers that
// return errors, guards, forms, sessions, messages, assets and headers.
package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/db"
)

// Context is one request: gin's context, plus who asks.
type Context struct {
	*gin.Context
	Account   *account.Account // nil for a visitor who has not signed in
	Site      *Site
	RequestID string
	Policy    Policy // of the answer's Content-Security-Policy

	ctx     context.Context
	session account.Session
	flashes []Flash
}

// A Context is the context of its own request, and stays it: the database goes
// on watching one for a moment after its answer, when gin has given its own
// Context to the next request already.

// Deadline implements context.Context.
func (c *Context) Deadline() (time.Time, bool) { return c.ctx.Deadline() }

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} { return c.ctx.Done() }

// Err implements context.Context.
func (c *Context) Err() error { return c.ctx.Err() }

// Value implements context.Context.
func (c *Context) Value(key any) any { return c.ctx.Value(key) }

type contextKey struct{}

// Of returns the request that ctx belongs to; nil where there is none (a mail).
func Of(ctx context.Context) *Context {
	c, _ := ctx.Value(contextKey{}).(*Context)
	return c
}

// Handler answers a request or says why it cannot.
type Handler func(c *Context) error

// Now is the present, as the whole program sees it.
func (c *Context) Now() time.Time { return c.Site.Now() }

// Staff reports whether a member of staff asks.
func (c *Context) Staff() bool { return c.Account != nil && c.Account.Staff() }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render answers with a page. It is rendered whole before the first byte goes
// out, so a page that fails is never half a page.
func (c *Context) Render(status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if err := page.Render(c.Request.Context(), buf); err != nil {
		return err
	}
	return c.write(status, "text/html; charset=utf-8", buf.Bytes())
}

func (c *Context) write(status int, kind string, body []byte) error {
	h := c.Writer.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", c.Policy.String())
	if len(body) > 1400 {
		h.Add("Vary", "Accept-Encoding")
		if accepts(c.GetHeader("Accept-Encoding"), "gzip") {
			return c.writeGzip(status, body)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return nil
	}
	_, err := c.Writer.Write(body)
	return gone(err)
}

// gone drops the error of a visitor who left before the answer was written.
func gone(err error) error {
	if err != nil {
		slog.Debug("visitor left", "err", err)
	}
	return nil
}

// Fragment reports whether the page's script asks for a part of the page only,
// and for which (the id of the element it will replace).
func (c *Context) Fragment() string {
	return strings.TrimPrefix(c.GetHeader("X-Fragment"), "#")
}

// RedirectTo sends the visitor to path, with a message to show there.
func (c *Context) RedirectTo(path, key string, args ...any) error {
	return c.RedirectWith(path, Flash{Kind: "ok", Text: i18n.T(c, key, args...)})
}

// RedirectWith sends the visitor to path with that message.
func (c *Context) RedirectWith(path string, flash Flash) error {
	c.setFlash(flash)
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// See sends the visitor to path.
func (c *Context) See(path string) error {
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// Next is the path on this site to go on to, from the form or the query: never
// another site.
func (c *Context) Next(otherwise string) string {
	next := c.Query("next")
	if next == "" && c.Request.Method == http.MethodPost {
		next = c.PostForm("next")
	}
	return Local(next, otherwise)
}

// Local returns path if it leads to a page of this site, else otherwise.
func Local(path, otherwise string) string {
	u, err := url.Parse(path)
	if err != nil || path == "" || path[0] != '/' || strings.HasPrefix(path, "//") ||
		strings.ContainsAny(path, "\\\r\n\t") || u.Host != "" || u.Scheme != "" {
		return otherwise
	}
	return path
}

// Link is the public address of a path on this site.
func (c *Context) Link(path string) string { return c.Site.URL + path }

// status is the one place where faults become HTTP.
func status(err error) int {
	for _, known := range []struct {
		fault  error
		status int
	}{
		{fault.NotFound, http.StatusNotFound},
		{fault.Forbidden, http.StatusForbidden},
		{fault.Conflict, http.StatusConflict},
		{fault.BadInput, http.StatusBadRequest},
		{fault.TooLarge, http.StatusRequestEntityTooLarge},
		{fault.TooMany, http.StatusTooManyRequests},
		{fault.Gone, http.StatusGone},
		{fault.Unavailable, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, known.fault) {
			return known.status
		}
	}
	return http.StatusInternalServerError
}

// Repeated says that a form was posted before, and where that led.
type Repeated struct{ Path string }

// Error implements error.
func (r Repeated) Error() string { return "posted before" }

// Wait says how long to wait after too many attempts.
type Wait struct{ For time.Duration }

// Error implements error.
func (w Wait) Error() string { return "wait " + w.For.String() }

// Seconds is the wait in whole seconds, after which it is over.
func (w Wait) Seconds() int { return max(1, int(math.Ceil(w.For.Seconds()))) }

// Unwrap makes a Wait a fault.TooMany.
func (w Wait) Unwrap() error { return fault.TooMany }

// fail shows err to the visitor and, if it is ours, to the operator.
func (c *Context) fail(err error) {
	var repeated Repeated
	if errors.As(err, &repeated) {
		c.Redirect(http.StatusSeeOther, repeated.Path)
		return
	}
	if errors.Is(err, fault.SignIn) {
		next := c.Request.URL.RequestURI()
		if c.Request.Method != http.MethodGet {
			next = c.Request.URL.Path
		}
		c.Redirect(http.StatusSeeOther, "/signin?next="+url.QueryEscape(next))
		return
	}
	code := status(err)
	var wait Wait
	if errors.As(err, &wait) {
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
	} else if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		c.Header("Retry-After", "60")
	}
	if code == http.StatusRequestEntityTooLarge || code == http.StatusBadRequest {
		c.Header("Connection", "close") // what is left of the body is not worth reading
	}
	if code == http.StatusForbidden && c.Account != nil {
		c.refused()
	}
	if code >= 500 && c.Request.Context().Err() == nil {
		slog.Error("request failed", "request", c.RequestID, "method", c.Request.Method, "route", c.FullPath(), "err", err)
	}
	if err := c.Render(code, c.Site.ErrorPage(code)); err != nil {
		slog.Error("error page failed", "request", c.RequestID, "err", err)
		c.String(code, http.StatusText(code))
	}
}

// refusals is how many refused pages of one person are written down.
var refusals = Limit{What: "refused", Times: 30, Within: time.Hour}

// refused writes down that somebody asked for what he may not see or do: which
// page, not about whom (OWASP ASVS 5.0 16.3.2).
func (c *Context) refused() {
	who := c.Account.ID
	err := c.Site.DB.Tx(c, func(tx *db.Tx) error {
		if err := refusals.Take(c, tx, who, c.Now()); err != nil {
			return err
		}
		return account.Audit(c, tx, account.Entry{
			At: c.Now(), ActorID: who, Network: Network(c.ClientIP()), Act: "refused", Object: c.Request.Method + " " + c.FullPath(), AboutID: who,
		})
	})
	if err != nil && !errors.Is(err, fault.TooMany) && !errors.Is(err, fault.Unavailable) {
		slog.Error("a refusal was not written down", "request", c.RequestID, "err", err)
	}
}
