package app

import (
	"context"
	netmail "net/mail"
	"time"

	"loket/app/account"
	"loket/app/files"
	"loket/app/invite"
	"loket/app/jobs"
	"loket/app/mail"
	"loket/app/origin"
	"loket/app/privacy"
	"loket/app/search"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

// Host is what a portal may use of the program around it.
type Host struct {
	Config   Config
	DB       *db.DB
	Jobs     *jobs.Queue
	Mail     *mail.Mailer
	Search   *search.Index
	Files    *files.Store
	Settings *settings.Store
	Origin   *origin.Registry // what was made from what, across portals
	Privacy  *privacy.Engine
	Site     *web.Site
	Secret   []byte // derive with web.Key; never used as it is
	Zone     *time.Location
	Now      func() time.Time
	// Beside gathers from all portals what a colleague may see about a person.
	Beside func(ctx context.Context, viewer, person account.Account) ([]BesideItem, error)
	// Take finds who takes over things of a kind ("ticket", "demo"); false when
	// no portal does.
	Take func(kind string) (Take, bool)
	// Welcome makes the page on which somebody for whom an account was made
	// chooses a password; empty when no portal has one.
	Welcome func(ctx context.Context, tx *db.Tx, who account.Account) (path string, err error)
	// Waiting gathers from all portals what waits for a colleague.
	Waiting func(context.Context, account.Account) ([]DeskItem, error)
	// Agenda gathers from all portals where a colleague works what is in his
	// agenda, the first first.
	Agenda func(context.Context, AgendaAsk) ([]AgendaItem, error)
	// Portals describes the portals that run, for pages about all of them.
	Portals func() []Portal
	// Reindex makes the search index anew from all portals.
	Reindex func(context.Context) error
	// Policy lists every route and who may use it.
	Policy func() []Route
}

// Organizer is who invites to appointments: the vendor, from the address that
// mails come from. It is the same for the life of an appointment, whoever of the
// colleagues gives it: calendars take changes only from who invited (RFC 5546,
// section 3.2.2).
func (h *Host) Organizer() invite.Person {
	vendor := h.Site.Vendor()
	from := vendor.Email
	if address, err := netmail.ParseAddress(h.Config.From); err == nil {
		from = address.Address
	}
	return invite.Person{Name: vendor.Name, Address: from}
}

// Demo is what the demonstration company's data is made from.
type Demo struct {
	Now       time.Time
	Companies []account.Company
	People    map[string]account.Account // by first name
}
