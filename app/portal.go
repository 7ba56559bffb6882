// Package app is the host: it runs the portals that it is given and knows
// nothing of what they do.
package app

import (
	"context"
	"io/fs"
	"time"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/jobs"
	"loket/app/mail"
	"loket/app/privacy"
	"loket/app/search"
	"loket/app/web"
	"loket/db"
)

// Portal describes one portal: all that the host must know to run it. What a
// portal leaves empty, it does not have.
type Portal struct {
	Name       string        // the start of its paths: /NAME and /staff/NAME
	Permission string        // what a colleague needs for its staff pages; empty for any colleague
	Texts      fs.FS         // nl.json and en.json, keys starting with "NAME."
	Nav        []web.NavItem // in everyone's menu
	StaffNav   []web.NavItem // in the menu of staff: where they work
	ManageNav  []web.NavItem // in the menu of staff, below that: how the site is set up
	FootNav    []web.NavItem // at the foot of every page
	MeNav      []web.NavItem // in the menu of whoever has signed in
	Counter    *Counter      // its place on the front page
	// Front is what the portal shows under the counters of the front page to
	// whoever looks (web.Of): one templates.Front, or none.
	Front  func(context.Context) ([]templ.Component, error)
	Routes func(*Routes) // its pages, by who may see them
	Desk   func(context.Context, account.Account) ([]DeskItem, error)
	Agenda func(context.Context, AgendaAsk) ([]AgendaItem, error) // its appointments, for the agenda of staff
	Beside func(ctx context.Context, viewer, person account.Account) ([]BesideItem, error)
	Takes  map[string]Take // what it takes over from other counters, by kind: "ticket", "demo"
	// Welcome makes the page on which somebody for whom another portal made an
	// account chooses a password; to have opened it shows that the address is his.
	Welcome    func(ctx context.Context, tx *db.Tx, who account.Account) (path string, err error)
	Purposes   []privacy.Purpose
	Impersonal []privacy.Impersonal // its tables without personal data
	Stores     []privacy.Store
	Chores     []jobs.Chore
	Mails      []mail.Sample // one example of each mail it sends, for the preview page and the tests
	Reindex    func(context.Context, func(search.Doc) error) error
	// Document makes the entry of one thing, from its row as tx sees it; it is
	// fault.NotFound for a kind that is not this portal's and a row that is gone.
	Document func(ctx context.Context, tx *db.Tx, kind, ref string) (search.Doc, error)
	Demo     func(context.Context, *db.Tx, Demo) error // fills in the demonstration company
	// Ready is called once, when the whole program has been built and before
	// the first request: for what needs all of the Host.
	Ready func()
}

// Counter is a portal's place on the front page: its texts are
// NAME.counter.title and NAME.counter.text. Live says one fact of this moment,
// or none.
type Counter struct {
	Path string
	Live func(context.Context) (Fact, error)
}

// Fact is a sentence about this moment, and the words in it that matter: a
// number, a time. The zero value is no fact.
type Fact struct{ Sentence, Point string }

// DeskItem is something that waits for a colleague: how much of it, and where.
type DeskItem struct {
	Path, Label string // Label is a text, not a key
	Count       int
	Urgent      bool
}

// AgendaAsk is whose appointments are asked for: those that have something of
// [From, To).
type AgendaAsk struct {
	Who      account.Account // the colleague who asks
	All      bool            // of every colleague, not only his own
	From, To time.Time
}

// AgendaItem is an appointment of a colleague, a stretch in which he is off, or
// (Start is End) a moment at which something has to be done.
type AgendaItem struct {
	UID        string // one for life, as an invitation has it
	Sequence   int
	Start, End time.Time
	Zone       *time.Location // in which its clock hangs
	Kind       string         // what it is, in words
	Title      string
	Note       string // how it stands, in words: "12 van 20 plekken"
	Who        string // the colleague
	Where      string
	Path       string // the page of staff about it
	Off        bool   // nobody is met then
	Open       bool   // not certain yet
}

// BesideItem is a line about a person for the card that staff see beside his
// ticket: portals meet there without knowing each other.
type BesideItem struct{ Path, Label string }

// Intake is what one counter hands over to another: a question that turns out
// to be a ticket, somebody who would like a demonstration. The data moves: who
// hands it over erases its own in the same transaction.
type Intake struct {
	By         account.Account // the colleague who hands it over
	AccountID  string          // of the sender, if he has signed in
	Name       string
	Email      string
	Confirmed  bool // the address has been shown to be his
	Phone      string
	Company    string
	Lang       string
	Subject    string
	Messages   []Handed // in order; the first is what he asked
	ReceivedAt time.Time
}

// Handed is one message of what is handed over.
type Handed struct {
	AccountID string // of the colleague who wrote it; empty for the sender
	Note      bool   // for colleagues only
	Text      string
	At        time.Time
}

// Take makes what is handed over its portal's own, as part of tx, and returns
// the page of staff about it. fault.BadInput: it cannot, for want of something
// (an address to write to).
type Take func(ctx context.Context, tx *db.Tx, in Intake) (path string, err error)

// Routes is where a portal puts its pages, by who may see them. Of a portal
// NAME, Anyone and Customers begin at /NAME, Staff at /staff/NAME.
type Routes struct{ Anyone, Customers, Staff Group }

// Group is a set of paths with the same readers.
type Group struct {
	app   *App
	path  string
	who   string
	guard web.Guard
}

// GET adds a page. Reading it changes nothing.
func (g Group) GET(path string, h web.Handler) { g.add("GET", path, h) }

// POST adds something to do.
func (g Group) POST(path string, h web.Handler) { g.add("POST", path, h) }

// May narrows the group to colleagues who work in that field ("admin": admins).
func (g Group) May(permission string) Group {
	g.guard, g.who = web.May(permission), "staff:"+permission
	return g
}

// At returns the group with other paths: from the root of the site.
func (g Group) At(path string) Group { g.path = path; return g }

func (g Group) add(method, path string, h web.Handler) {
	full := g.path + path
	g.app.policy = append(g.app.policy, Route{method, full, g.who})
	g.app.router.Handle(method, full, g.app.Site.Handle(g.guard(h)))
	if method == "GET" {
		g.app.router.Handle("HEAD", full, g.app.Site.Handle(g.guard(h)))
	}
}

// Route is a line of the table of who may see what.
type Route struct{ Method, Path, Who string }
