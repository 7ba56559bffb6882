package apptest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/privacy"
	"loket/db"
)

// late is a handler that is known only after its server has an address.
type late struct{ atomic.Pointer[http.Handler] }

func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*l.Load()).ServeHTTP(w, r) }

// Browser is someone who visits the site and keeps cookies.
type Browser struct {
	App     *App
	Account account.Account // of someone who has one
	Header  http.Header     // sent with every request
	client  *http.Client
}

func newBrowser(a *App) *Browser {
	jar, err := cookiejar.New(nil)
	a.Fatal(err)
	return &Browser{App: a, Header: http.Header{}, client: &http.Client{Jar: jar, Transport: minded{a}}}
}

// minded looks at every cookie that the site sets: its name is in the register
// and it stays no longer than the register says.
type minded struct{ app *App }

func (m minded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, cookie := range resp.Cookies() {
		lasts := time.Duration(cookie.MaxAge) * time.Second
		if cookie.MaxAge == 0 && !cookie.Expires.IsZero() {
			lasts = cookie.Expires.Sub(m.app.Now())
		}
		if lasts < 0 {
			continue
		}
		i := slices.IndexFunc(privacy.OwnCookies, func(c privacy.Cookie) bool { return c.Pattern == strings.TrimPrefix(cookie.Name, "__Host-") })
		switch {
		case i < 0:
			m.app.T.Errorf("%s %s: cookie %s is not in the register", req.Method, req.URL.Path, cookie.Name)
		case lasts > privacy.OwnCookies[i].Lasts(m.app.Now()):
			m.app.T.Errorf("%s %s: cookie %s stays %s, the register says %s", req.Method, req.URL.Path, cookie.Name, lasts, privacy.OwnCookies[i].Term)
		}
	}
	return resp, nil
}

// SignIn gives the browser a session of its account, without the sign-in page
// (which has tests of its own).
func (b *Browser) SignIn() {
	b.App.T.Helper()
	cookie, err := b.App.Site.SessionCookie(b.App.T.Context(), b.Account.ID)
	b.App.Fatal(err)
	at, err := url.Parse(b.App.Server.URL)
	b.App.Fatal(err)
	b.client.Jar.SetCookies(at, []*http.Cookie{cookie})
}

// Again returns another browser of the same person.
func (b *Browser) Again() *Browser {
	other := newBrowser(b.App)
	other.Account = b.Account
	other.SignIn()
	return other
}

// In has the person read pages and mails in a language: "nl", "en". Of somebody
// with an account it is the account that says so.
func (b *Browser) In(lang string) *Browser {
	b.App.T.Helper()
	b.Header.Set("Accept-Language", lang)
	if b.Account.ID != "" {
		_, err := db.Exec(b.App.T.Context(), b.App.DB, `UPDATE account SET lang = ? WHERE id = ?`, lang, b.Account.ID)
		b.App.Fatal(err)
	}
	return b
}

// Cookies are what the browser keeps of the site.
func (b *Browser) Cookies() []*http.Cookie {
	at, err := url.Parse(b.App.Server.URL)
	b.App.Fatal(err)
	return b.client.Jar.Cookies(at)
}

// Get visits path and follows redirects.
func (b *Browser) Get(path string) *Page {
	b.App.T.Helper()
	return b.Do("GET", path, "", nil)
}

// Post sends a form with the given names and values to path and follows the redirect.
func (b *Browser) Post(path string, fields ...string) *Page {
	b.App.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.Do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// File is a file chosen in a form.
type File struct{ Field, Name, Content string }

// Upload sends a form with files to path and follows the redirect.
func (b *Browser) Upload(path string, files []File, fields ...string) *Page {
	b.App.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		b.App.Fatal(form.WriteField(fields[i], fields[i+1]))
	}
	for _, f := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", multipart.FileContentDisposition(f.Field, f.Name))
		h.Set("Content-Type", "application/octet-stream")
		part, err := form.CreatePart(h)
		b.App.Fatal(err)
		_, err = io.WriteString(part, f.Content)
		b.App.Fatal(err)
	}
	b.App.Fatal(form.Close())
	return b.Do("POST", path, form.FormDataContentType(), &body)
}

// Still returns the browser with redirects not followed.
func (b *Browser) Still() *Browser {
	still := *b
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	still.client = &client
	return &still
}

// Do sends a request; every page that comes back is held to the house rules.
func (b *Browser) Do(method, path, kind string, body io.Reader) *Page {
	t := b.App.T
	t.Helper()
	address := path
	if !strings.HasPrefix(path, "http://") {
		address = b.App.Server.URL + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range b.Header {
		req.Header[name] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		b.App.tick()
	}
	page := &Page{T: t, Status: resp.StatusCode, Path: resp.Request.URL.RequestURI(), Header: resp.Header, Body: string(text)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && len(text) > 0 && resp.StatusCode/100 != 3 && resp.Header.Get("Content-Disposition") == "" {
		for _, rule := range broken(page.Body, resp.Header.Get("Content-Security-Policy"), b.Header.Get("X-Fragment") != "") {
			t.Errorf("%s %s: %s", method, path, rule)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") && !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s %s: Content-Security-Policy %q", method, path, csp)
		}
	}
	return page
}

// Page is what came back.
type Page struct {
	T      testing.TB
	Status int
	Path   string
	Header http.Header
	Body   string
}

// Want fails the test unless the page has that status and contains all texts,
// as they are or as HTML writes them.
func (p *Page) Want(status int, texts ...string) *Page {
	p.T.Helper()
	if p.Status != status {
		p.T.Fatalf("%s: status %d, want %d\n%s", p.Path, p.Status, status, p.Text())
	}
	for _, text := range texts {
		if !p.Has(text) {
			p.T.Errorf("%s: no %q in\n%s", p.Path, text, p.Text())
		}
	}
	return p
}

// WantNot fails the test if the page contains one of the texts.
func (p *Page) WantNot(texts ...string) *Page {
	p.T.Helper()
	for _, text := range texts {
		if p.Has(text) {
			p.T.Errorf("%s: there is %q in\n%s", p.Path, text, p.Text())
		}
	}
	return p
}

// Has reports whether the page contains text, in its source or as it is read.
func (p *Page) Has(text string) bool {
	return strings.Contains(p.Body, text) || strings.Contains(p.Text(), text)
}
