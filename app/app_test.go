package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/account"
	"loket/app/apptest"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/web"
	"loket/db"
	"loket/portals/home"
	"loket/templates"
)

// The smallest portal that has everything: a guest book. It shows that a portal
// is one function, and stands in for all of them where the frame is tested.
type guestbook struct {
	*app.Host
	mu   sync.Mutex
	said []string
}

type sayForm struct {
	Name string `form:"name" binding:"required,max=10"`
	Body string `form:"body" binding:"required,max=100"`
	Mood string `form:"mood" binding:"oneof=good bad"`
}

func (g *guestbook) portal() app.Portal {
	text := func(s string) fstest.MapFS {
		return fstest.MapFS{"nl.json": {Data: []byte(s)}, "en.json": {Data: []byte(strings.ReplaceAll(s, "Zeg", "Say"))}}
	}
	return app.Portal{
		Name: "guestbook",
		Texts: text(`{"guestbook.say.title":"Zeg iets","guestbook.say.name":"Naam","guestbook.say.name.required":"Geef je naam",
			"guestbook.say.body":"Tekst","guestbook.say.mood":"Bui","guestbook.say.mood.good":"Goed","guestbook.say.mood.bad":"Slecht","guestbook.said":"Gezegd: %s"}`),
		Routes: func(r *app.Routes) {
			r.Anyone.GET("/", g.blank)
			r.Anyone.POST("/", g.say)
			r.Anyone.GET("/panic", func(*web.Context) error { panic("a mistake in the program") })
			r.Anyone.GET("/half", func(c *web.Context) error {
				return c.Render(200, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
					_, err := io.WriteString(w, "half a page")
					return errors.Join(err, errors.New("the other half failed"))
				}))
			})
			r.Customers.GET("/mine", g.blank)
			r.Staff.GET("/", g.blank)
			r.Staff.May("hiring").GET("/hiring", g.blank)
			r.Staff.May("admin").GET("/admin", g.blank)
		},
	}
}

func (g *guestbook) page(form web.Form[sayForm]) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		inner := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			g.mu.Lock()
			said := html.EscapeString(strings.Join(g.said, ", "))
			g.mu.Unlock()
			fmt.Fprintf(w, "<h1>%s</h1><p>%s</p>", i18n.T(ctx, "guestbook.say.title"), said)
			for _, part := range []templ.Component{
				templates.Errors(form.Complaints()), templates.Once(form.Once), templates.Text(form.Field(ctx, "Name")),
				templates.Textarea(form.Field(ctx, "Body")), templates.Choices(form.Field(ctx, "Mood")),
			} {
				if err := part.Render(ctx, w); err != nil {
					return err
				}
			}
			return nil
		})
		return templates.Page(templates.Head{Title: "x", Wrong: !form.OK()}).Render(templ.WithChildren(ctx, inner), w)
	})
}

func (g *guestbook) blank(c *web.Context) error {
	return c.Render(http.StatusOK, g.page(web.NewForm[sayForm]("guestbook.say")))
}

func (g *guestbook) say(c *web.Context) error {
	form := web.NewForm[sayForm]("guestbook.say")
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, g.page(form))
	}
	err := g.DB.Tx(c, func(tx *db.Tx) error { return c.Once(tx, form.Once, "/guestbook/") })
	if err != nil {
		return err
	}
	if form.V.Body == "conflict" {
		return fault.Conflict
	}
	g.mu.Lock()
	g.said = append(g.said, form.V.Body)
	g.mu.Unlock()
	return c.RedirectTo("/guestbook/", "guestbook.said", form.V.Body)
}

func opened(t *testing.T) (*apptest.App, *guestbook) {
	g := &guestbook{}
	a := apptest.New(t, home.New, func(h *app.Host) app.Portal { g.Host = h; return g.portal() })
	return a, g
}

func TestAFormThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	a, g := opened(t)
	v := a.Visitor()
	v.Get("/guestbook/").Want(200, `maxlength="10"`, `aria-required="true"`, "Zeg iets")
	v.Post("/guestbook/", "name", "", "body", "  Hallo\x00 <b>daar</b>  ", "mood", "bad").
		Want(422, "Geef je naam", `href="#f-name"`, `aria-invalid="true"`, "Hallo &lt;b&gt;daar", "Fout:", `value="bad" checked`)
	v.Post("/guestbook/", "name", strings.Repeat("é", 11), "body", "x", "mood", "good").Want(422)
	v.Post("/guestbook/", "name", strings.Repeat("é", 10), "body", "x", "mood", "indifferent").Want(422)
	if len(g.said) != 0 {
		t.Errorf("said %q", g.said)
	}
	v.Post("/guestbook/", "name", strings.Repeat("é", 10), "body", "Dag", "mood", "good").Want(200, "Gezegd: Dag")
	v.Get("/guestbook/").Want(200, "Dag").WantNot("Gezegd: Dag") // a message is shown once
	v.In("en").Get("/guestbook/").Want(200, "Say iets", `lang="en"`)
}

func TestAFormPostedTwiceIsOneThing(t *testing.T) {
	a, g := opened(t)
	v := a.Visitor()
	once := v.Get("/guestbook/").Input("once")
	if len(once) < 20 {
		t.Fatalf("key %q", once)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			v.Post("/guestbook/", "name", "Jan", "body", "Een keer", "mood", "good", "once", once).Want(200)
		})
	}
	wg.Wait()
	if len(g.said) != 1 {
		t.Errorf("said %d times", len(g.said))
	}
}

func TestWhoMayComeIn(t *testing.T) {
	a, _ := opened(t)
	for _, c := range []struct {
		name, path string
		who        *apptest.Browser
		status     int
	}{
		{"visitor", "/guestbook/mine", a.Visitor(), 303},
		{"customer", "/guestbook/mine", a.Customer("Jan"), 200},
		{"visitor", "/staff/guestbook/", a.Visitor(), 303},
		{"customer", "/staff/guestbook/", a.Customer("Piet"), 403},
		{"manager", "/staff/guestbook/", a.Manager("Marit"), 403},
		{"agent", "/staff/guestbook/", a.Staff("Sofie"), 200},
		{"agent", "/staff/guestbook/hiring", a.Staff("Daan", "tickets"), 403},
		{"recruiter", "/staff/guestbook/hiring", a.Staff("Fatma", "hiring"), 200},
		{"recruiter", "/staff/guestbook/admin", a.Staff("Ali", "hiring"), 403},
		{"admin", "/staff/guestbook/hiring", a.Admin("Ada"), 200},
		{"admin", "/staff/guestbook/admin", a.Admin("Bea"), 200},
	} {
		if got := c.who.Still().Get(c.path).Status; got != c.status {
			t.Errorf("%s at %s: %d, want %d", c.name, c.path, got, c.status)
		}
	}
	if to := a.Visitor().Still().Get("/guestbook/mine?a=b").Header.Get("Location"); to != "/signin?next=%2Fguestbook%2Fmine%3Fa%3Db" {
		t.Errorf("sent to %q", to)
	}
	if !strings.HasPrefix(a.Customer("Kees").Get("/guestbook/").Header.Get("Cache-Control"), "no-store") {
		t.Error("a page for somebody who signed in may be stored")
	}
}

func TestRolesEndAtOnce(t *testing.T) {
	a, _ := opened(t)
	sofie := a.Staff("Sofie")
	sofie.Get("/staff/guestbook/").Want(200)
	if _, err := db.Exec(t.Context(), a.DB, `UPDATE account SET disabled_at = ? WHERE id = ?`, a.Now(), sofie.Account.ID); err != nil {
		t.Fatal(err)
	}
	if got := sofie.Still().Get("/staff/guestbook/").Status; got != 303 {
		t.Errorf("a disabled account gets %d", got)
	}
	jan, daan := a.Customer("Jan"), a.Staff("Daan")
	a.SetNow(a.Now().Add(13 * time.Hour))
	jan.Get("/guestbook/mine").Want(200)
	if got := daan.Still().Get("/staff/guestbook/").Status; got != 303 {
		t.Errorf("staff idle for 13 hours get %d", got)
	}
	a.SetNow(a.Now().Add(15 * 24 * time.Hour))
	if got := jan.Still().Get("/guestbook/mine").Status; got != 303 {
		t.Errorf("a customer idle for 15 days gets %d", got)
	}
}

func TestDoors(t *testing.T) {
	a, _ := opened(t)
	v := a.Visitor()
	v.Header.Set("Sec-Fetch-Site", "cross-site")
	v.Post("/guestbook/", "name", "x", "body", "y", "mood", "good").Want(403)
	v.Get("/guestbook/").Want(200)
	v.Header = http.Header{"Origin": {"https://evil.test"}}
	v.Post("/guestbook/", "name", "x", "body", "y", "mood", "good").Want(403)

	req, _ := http.NewRequest("GET", a.Server.URL+"/", nil)
	req.Host = "evil.test"
	resp, err := http.DefaultClient.Do(req)
	a.Fatal(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d", resp.StatusCode)
	}
	a.Visitor().Get("/nowhere").Want(404, "Deze pagina is er niet")
	for _, path := range []string{"//staff/guestbook", "/STAFF/guestbook/", "/staff/guestbook/.", "/x/..%2fstaff/guestbook/", "/staff/guestbook/;x", "/.git/config", "/.env", "/debug/pprof/", "/metrics", "/static/../go.mod", "/static/"} {
		if got := a.Visitor().Still().Get(path).Status; got >= 200 && got < 300 {
			t.Errorf("%s is %d", path, got)
		}
	}
	v.Header = http.Header{"X-Forwarded-Prefix": {"/evil"}, "X-Forwarded-Host": {"evil.test"}, "X-Original-Url": {"/staff/guestbook/"}}
	if to := v.Still().Get("/guestbook").Header.Get("Location"); to != "/guestbook/" {
		t.Errorf("/guestbook leads to %q", to)
	}
	if len(a.Visitor().Cookies()) != 0 {
		t.Error("a first visit sets cookies")
	}
}

// TestHeaders: no answer goes without the headers that keep a browser from harm.
func TestHeaders(t *testing.T) {
	open, g := opened(t)
	parts := app.Parts{Config: open.Config, DB: open.DB, Files: open.Files, Secret: open.Secret, Now: open.Now, Passwords: account.CheapHasher()}
	parts.Config.URL = "https://loket.example"
	a, err := app.New(parts, home.New, func(*app.Host) app.Portal { return g.portal() })
	open.Fatal(err)
	sheet := ""
	for _, c := range []struct {
		method, path, host, site string
		status                   int
	}{
		{"GET", "/guestbook/", "", "", 200}, {"HEAD", "/guestbook/", "", "", 200}, {"GET", "/guestbook/mine", "", "", 303}, {"GET", "/nowhere", "", "", 404},
		{"GET", "/guestbook/panic", "", "", 500}, {"POST", "/guestbook/", "", "cross-site", 403}, {"PUT", "/guestbook/", "", "cross-site", 403},
		{"POST", "/guestbook/", "", "", 422}, {"GET", "/", "evil.test", "", 421}, {"GET", "/healthz", "evil.test", "", 200}, {"HEAD", "/healthz", "", "", 200},
		{"GET", "/static/nothing", "", "", 404}, {"GET", "sheet", "", "", 200}, {"GET", "/robots.txt", "", "", 200},
	} {
		if c.path == "sheet" {
			c.path = sheet
		}
		r := httptest.NewRequest(c.method, "https://loket.example"+c.path, nil)
		if c.host != "" {
			r.Host = c.host
		}
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %s: %d", c.method, c.path, w.Code)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if w.Header().Get(name) != want {
				t.Errorf("%s %s: %s: %q", c.method, c.path, name, w.Header().Get(name))
			}
		}
		csp := w.Header().Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'none'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, rule) {
				t.Errorf("%s %s: no %s in %q", c.method, c.path, rule, csp)
			}
		}
		if _, rest, ok := strings.Cut(w.Body.String(), `<link rel="stylesheet" href="`); ok && sheet == "" {
			sheet, _, _ = strings.Cut(rest, `"`)
		}
		if c.status == 403 && !strings.Contains(w.Body.String(), "</html>") {
			t.Errorf("%s %s: no page: %s", c.method, c.path, w.Body)
		}
	}
}

// TestRefusalsAreWrittenDown: who asks for what he may not see is in the log,
// with the page and not with what was in its address, and cannot fill the log.
func TestRefusalsAreWrittenDown(t *testing.T) {
	a, _ := opened(t)
	piet := a.Customer("Piet")
	for range 40 {
		piet.Get("/staff/guestbook/admin?geheim=1").Want(403)
	}
	all, err := db.All[account.Entry](t.Context(), a.DB, `SELECT * FROM audit WHERE act = 'refused'`)
	if err != nil || len(all) != 30 || all[0].ActorID != piet.Account.ID || all[0].Object != "GET /staff/guestbook/admin" || all[0].Network != "127.0.0.1" {
		t.Errorf("%d %+v %v", len(all), all[:min(1, len(all))], err)
	}
	a.Customer("Jan").Get("/nowhere").Want(404)
	if broken, err := account.AuditBroken(t.Context(), a.DB); err != nil || len(broken) != 0 {
		t.Errorf("%v %v", broken, err)
	}
}

// TestReadingGoesOn: where nothing can be written, pages are still read, writing
// says so in words, readiness turns red, and all is well again by itself.
func TestReadingGoesOn(t *testing.T) {
	a, _ := opened(t)
	if !a.DB.SQLite() {
		return // a server that refuses to write is not for a test to make
	}
	jan := a.Customer("Jan")
	limit := func(query string) {
		_, err := db.Get[int](t.Context(), a.DB.Writer(), query)
		a.Fatal(err)
	}
	pages, err := db.Get[int](t.Context(), a.DB, `PRAGMA page_count`)
	a.Fatal(err)
	limit(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
	fill := func() (err error) {
		for i := 0; err == nil && i < 10_000; i++ {
			_, err = db.Exec(t.Context(), a.DB, `INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)`, fmt.Sprint("filling", i), strings.Repeat("x", 500), a.Now())
		}
		return err
	}
	if err := fill(); !errors.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	later := a.Now().Add(time.Hour) // when that somebody is there would be noted
	a.Clock(later)
	jan.Get("/guestbook/mine").Want(200, "Zeg iets")
	var last *apptest.Page
	for range 200 { // until the last free place is taken
		if last = jan.Post("/guestbook/", "name", "Jan", "body", "Dag", "mood", "good", "once", rand.Text()); last.Status != 200 {
			break
		}
	}
	last.Want(503, "</html>")
	if last.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	limit(`PRAGMA max_page_count = 1000000`)
	jan.Post("/guestbook/", "name", "Jan", "body", "Weer", "mood", "good", "once", rand.Text()).Want(200, "Gezegd: Weer")
	a.Visitor().Get("/readyz").Want(200, "ready")
}

func TestFailuresAreWholePages(t *testing.T) {
	a, _ := opened(t)
	v := a.Visitor()
	for _, path := range []string{"/guestbook/panic", "/guestbook/half"} {
		page := v.Get(path).Want(500, "Dit ging bij ons mis").WantNot("half a page", "mistake", "goroutine")
		if id := page.Header.Get("X-Request-Id"); id == "" || !page.Has(id) {
			t.Errorf("%s shows no request id", path)
		}
	}
	v.Post("/guestbook/", "name", "x", "body", "conflict", "mood", "good").Want(409)
}

func TestBodiesThatAreTooMuch(t *testing.T) {
	a, _ := opened(t)
	v := a.Visitor()
	v.Do("POST", "/guestbook/", "application/x-www-form-urlencoded", strings.NewReader("body="+strings.Repeat("x", 2<<20))).Want(413)
	v.Do("POST", "/guestbook/", "application/x-www-form-urlencoded", strings.NewReader("body=%zz")).Want(400)
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "f%d=x&", i)
	}
	v.Do("POST", "/guestbook/", "application/x-www-form-urlencoded", strings.NewReader(many.String())).Want(413)
	v.Do("POST", "/guestbook/", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nbroken")).Want(400)

	// 200 MB that are announced are refused before they are sent.
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.Server.URL, "http://"))
	a.Fatal(err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /guestbook/ HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 209715200\r\n\r\n", strings.TrimPrefix(a.Server.URL, "http://"))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("%q %v", answer, err)
	}
}

func TestPagesAreCompressed(t *testing.T) {
	a, _ := opened(t)
	req, _ := http.NewRequest("GET", a.Server.URL+"/guestbook/", nil)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(req)
	a.Fatal(err)
	defer resp.Body.Close()
	unzip, err := gzip.NewReader(resp.Body)
	a.Fatal(err)
	page, err := io.ReadAll(unzip)
	if err != nil || !bytes.Contains(page, []byte("</html>")) || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v %d bytes", err, len(page))
	}
	head, err := http.Head(a.Server.URL + "/guestbook/")
	a.Fatal(err)
	head.Body.Close()
	if head.StatusCode != 200 {
		t.Errorf("HEAD is %d", head.StatusCode)
	}
}

func TestCookiesThatWereTouched(t *testing.T) {
	a, _ := opened(t)
	jan := a.Customer("Jan")
	cookie := jan.Cookies()[0]
	for i := range len(cookie.Value) {
		bad := []byte(cookie.Value)
		bad[i] ^= 1
		req, _ := http.NewRequest("GET", a.Server.URL+"/guestbook/mine", nil)
		req.Header.Set("Cookie", cookie.Name+"="+string(bad))
		resp, err := http.DefaultTransport.RoundTrip(req)
		a.Fatal(err)
		resp.Body.Close()
		if resp.StatusCode != 303 {
			t.Fatalf("byte %d changed: %d", i, resp.StatusCode)
		}
	}
	req, _ := http.NewRequest("GET", a.Server.URL+"/guestbook/mine", nil)
	req.Header.Set("Cookie", cookie.Name+"="+strings.Repeat("x", 8000))
	resp, err := http.DefaultTransport.RoundTrip(req)
	a.Fatal(err)
	resp.Body.Close()
	if resp.StatusCode != 303 {
		t.Errorf("8 kB of cookie: %d", resp.StatusCode)
	}
}

func TestOnlyLocalPathsAreGoneTo(t *testing.T) {
	for path, want := range map[string]string{
		"/tickets/": "/tickets/", "/a?b=c": "/a?b=c", "": "/", "//evil.test": "/", "https://evil.test": "/",
		"/\\evil.test": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "evil": "/",
	} {
		if got := web.Local(path, "/"); got != want {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}

func TestLimits(t *testing.T) {
	a, _ := opened(t)
	limit := web.Limit{What: "test", Times: 3, Within: time.Minute}
	for range 3 {
		a.Fatal(limit.Take(t.Context(), a.DB, "x", a.Now()))
	}
	err := limit.Take(t.Context(), a.DB, "x", a.Now())
	var wait web.Wait
	if !errors.As(err, &wait) || wait.For != time.Minute || !errors.Is(err, fault.TooMany) {
		t.Errorf("%v", err)
	}
	a.Fatal(limit.Take(t.Context(), a.DB, "y", a.Now()))
	a.SetNow(a.Now().Add(61 * time.Second))
	a.Fatal(limit.Take(t.Context(), a.DB, "x", a.Now()))
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "nonsense": "",
	} {
		if got := web.Network(ip); got != want {
			t.Errorf("%s counts as %q", ip, got)
		}
	}
}

func TestReady(t *testing.T) {
	a, _ := opened(t)
	a.Visitor().Get("/healthz").Want(200, "alive")
	a.Visitor().Get("/readyz").Want(200, "ready")
}

func TestTheVendorsColours(t *testing.T) {
	a, _ := opened(t)
	path := ""
	for _, href := range a.Visitor().Get("/").Values("href") {
		if strings.HasPrefix(href, "/theme.") {
			path = href
		}
	}
	page := a.Visitor().Get(path).Want(200, "--h:")
	if !strings.Contains(page.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %q", path, page.Header)
	}
	a.Visitor().Get("/theme.000000.css").Want(404)
}
