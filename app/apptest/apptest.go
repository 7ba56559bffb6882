// Package apptest runs the whole program in a test: real router, real
// templates, a fresh database, browsers that keep cookies, and a clock that
// stands still until the test moves it. The only fakes are that clock and the
// transport of mail.
package apptest

import (
	"context"
	"crypto/rand"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loket/app"
	"loket/app/account"
	"loket/app/files"
	"loket/app/settings"
	"loket/db"
	"loket/db/dbtest"
)

// App is the program under test.
type App struct {
	*app.App
	T      testing.TB
	Server *httptest.Server
	Secret []byte
	now    atomic.Pointer[time.Time]

	forgotten time.Time // mails up to then are not told of again
}

// Mail is a mail that went out.
type Mail struct {
	To             string `db:"address"`
	Subject        string
	Text           string
	HTML           string
	Calendar       string
	CalendarMethod string `db:"calendar_method"`
}

// Start is what the clock of a test shows at first: Monday 23 November 2026,
// 10:00 in Amsterdam, when the desk is open.
var Start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// Option changes how the program under test is made.
type Option func(*app.Parts)

// New returns the program with these portals, on a fresh database.
func New(t testing.TB, portals ...func(*app.Host) app.Portal) *App {
	t.Helper()
	return With(t, portals)
}

// With is New with options.
func With(t testing.TB, portals []func(*app.Host) app.Portal, options ...Option) *App {
	t.Helper()
	a := &App{T: t, Secret: []byte("a secret of the tests, long enough")}
	a.now.Store(&Start)
	now := func() time.Time { return *a.now.Load() }
	store, err := files.Open(t.Context(), "file:"+filepath.Join(t.TempDir(), "files"), now, files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	parts := app.Parts{
		Config: app.Config{URL: "http://127.0.0.1", Zone: "Europe/Amsterdam", From: "loket@tekenkast.example", Mail: "file:" + filepath.Join(t.TempDir(), "mail"), OIDCName: "OpenID Connect", DB: "sqlite:" + filepath.Join(t.TempDir(), "loket.db")},
		DB:     dbtest.Open(t), Files: store, Secret: a.Secret,
		Now:       now,
		Passwords: account.CheapHasher(),
	}
	for _, option := range options {
		option(&parts)
	}
	handler := &late{}
	a.Server = httptest.NewServer(handler)
	t.Cleanup(a.Server.Close)
	parts.Config.URL = a.Server.URL
	if a.App, err = app.New(parts, portals...); err != nil {
		t.Fatal(err)
	}
	handler.Store(&a.App.Handler)
	a.setUp()
	return a
}

// setUp makes the site that of Tekenkast, with two products.
func (a *App) setUp() {
	a.Tx(func(tx *db.Tx) error {
		vendor := settings.VendorKey.Default
		vendor.Name, vendor.LegalName, vendor.Email, vendor.Phone = "Tekenkast", "Tekenkast B.V.", "loket@tekenkast.example", "085 000 00 00"
		if err := settings.Put(a.T.Context(), tx, a.Settings, settings.VendorKey, vendor); err != nil {
			return err
		}
		return settings.Put(a.T.Context(), tx, a.Settings, settings.ProductsKey, []settings.Product{
			{Key: "uitgifte", Name: "Tekenkast Uitgifte"}, {Key: "viewer", Name: "Tekenkast Viewer"},
		})
	})
}

// Tx runs f in a transaction, or fails the test.
func (a *App) Tx(f func(*db.Tx) error) {
	a.T.Helper()
	if err := a.DB.Tx(a.T.Context(), f); err != nil {
		a.T.Fatal(err)
	}
}

// Ctx is a context that speaks Dutch at the test's moment, for calling what
// writes texts without a request.
func (a *App) Ctx() context.Context {
	return a.Site.Catalog.With(a.T.Context(), "nl", a.Zone, a.Now())
}

// SetNow puts the clock at a moment and does the work that is then due.
func (a *App) SetNow(t time.Time) {
	a.T.Helper()
	a.now.Store(&t)
	a.RunJobs()
}

// Clock puts the clock at a moment and does nothing besides.
func (a *App) Clock(t time.Time) { a.now.Store(&t) }

// tick moves the clock by the smallest step that is kept, so that what one
// person does after the other is in that order.
func (a *App) tick() {
	for {
		now := a.now.Load()
		later := now.Add(time.Microsecond)
		if a.now.CompareAndSwap(now, &later) {
			return
		}
	}
}

// Advance moves the clock and does the work that has become due.
func (a *App) Advance(d time.Duration) {
	a.T.Helper()
	a.SetNow(a.Now().Add(d))
}

// RunJobs does the chores and the work that are due.
func (a *App) RunJobs() {
	a.T.Helper()
	if err := a.Jobs.RunChores(a.T.Context(), a.Chores); err != nil {
		a.T.Error(err)
	}
	if err := a.Jobs.RunDue(a.T.Context()); err != nil {
		a.T.Fatal(err)
	}
}

// Mails sends what is queued and returns every mail that went out so far.
func (a *App) Mails() []Mail {
	a.T.Helper()
	a.RunJobs()
	all, err := db.All[Mail](a.T.Context(), a.DB, `
		SELECT address, subject, text, html, calendar, calendar_method FROM mail
		WHERE sent_at IS NOT NULL AND sent_at > ? ORDER BY queued_at, sent_at, id`, a.forgotten)
	a.Fatal(err)
	return all
}

// MailTo sends what is queued and returns the last mail to an address; the test
// fails when there is none.
func (a *App) MailTo(address string) Mail {
	a.T.Helper()
	all := a.Mails()
	for i := len(all) - 1; i >= 0; i-- {
		if strings.EqualFold(all[i].To, address) {
			return all[i]
		}
	}
	a.T.Fatalf("no mail to %s among %d", address, len(all))
	return Mail{}
}

// Link is the path of the first link in the mail that starts with prefix on this site.
func (a *App) Link(m Mail, prefix string) string {
	a.T.Helper()
	start := strings.Index(m.Text, a.Site.URL+prefix)
	if start < 0 {
		a.T.Fatalf("no link to %s in\n%s", prefix, m.Text)
	}
	link := m.Text[start+len(a.Site.URL):]
	if end := strings.IndexAny(link, " \n\r>)"); end >= 0 {
		link = link[:end]
	}
	return link
}

// ForgetMails has Mails begin anew, a second later.
func (a *App) ForgetMails() {
	a.T.Helper()
	a.RunJobs()
	a.forgotten = a.Now()
	later := a.Now().Add(time.Second)
	a.now.Store(&later)
}

// Company returns the company with that name, making it the first time.
func (a *App) Company(name string) account.Company {
	a.T.Helper()
	found, err := db.All[account.Company](a.T.Context(), a.DB, `SELECT * FROM company WHERE name = ?`, name)
	if err != nil {
		a.T.Fatal(err)
	}
	if len(found) > 0 {
		return found[0]
	}
	c := account.Company{ID: rand.Text(), Name: name, CreatedAt: a.Now()}
	if err := db.Insert(a.T.Context(), a.DB, "company", c); err != nil {
		a.T.Fatal(err)
	}
	return c
}

// Password is that of everybody in the tests.
const Password = "een heel lang wachtwoord"

// Visitor returns someone who has not signed in.
func (a *App) Visitor() *Browser { return newBrowser(a) }

// Customer returns someone who has signed in with an account of the company
// Van der Wal Bouw. Names are first names; the address is NAME@example.com.
func (a *App) Customer(name string) *Browser { return a.CustomerOf("Van der Wal Bouw", name) }

// CustomerOf returns someone who has signed in with an account of that company.
func (a *App) CustomerOf(company, name string) *Browser {
	c := a.Company(company)
	return a.signedIn(account.Account{Name: name, CompanyID: &c.ID}, false)
}

// Loner returns someone who has signed in with an account without a company.
func (a *App) Loner(name string) *Browser { return a.signedIn(account.Account{Name: name}, false) }

// Manager returns a customer who manages Van der Wal Bouw.
func (a *App) Manager(name string) *Browser {
	c := a.Company("Van der Wal Bouw")
	return a.signedIn(account.Account{Name: name, CompanyID: &c.ID}, true)
}

// Staff returns a colleague who has signed in and works in these fields; none
// named means tickets.
func (a *App) Staff(name string, permissions ...string) *Browser {
	if permissions == nil {
		permissions = []string{"tickets"}
	}
	return a.signedIn(account.Account{Name: name, Role: account.StaffRole, Permissions: strings.Join(permissions, ",")}, false)
}

// Admin returns an admin who has signed in.
func (a *App) Admin(name string) *Browser {
	return a.signedIn(account.Account{Name: name, Role: account.AdminRole}, false)
}

func (a *App) signedIn(who account.Account, manager bool) *Browser {
	a.T.Helper()
	now := a.Now()
	who.Email, who.VerifiedAt, who.CreatedAt = account.Address(who.Name+"@example.com"), &now, now
	who.Password = a.Site.Passwords.Hash(Password)
	b := newBrowser(a)
	a.Tx(func(tx *db.Tx) (err error) {
		b.Account, err = account.Create(a.T.Context(), tx, who, manager)
		return err
	})
	b.SignIn()
	return b
}

// As returns someone who is in the database already, signed in.
func (a *App) As(email string) *Browser {
	a.T.Helper()
	b := newBrowser(a)
	var err error
	b.Account, err = account.ByEmail(a.T.Context(), a.DB, email)
	a.Fatal(err)
	b.SignIn()
	return b
}

// Fatal fails the test when err is not nil.
func (a *App) Fatal(err error) {
	a.T.Helper()
	if err != nil {
		a.T.Fatal(err)
	}
}
