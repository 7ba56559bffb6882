// Package portals lists the portals that this program has.
package portals

import (
	"loket/app"
	"loket/portals/home"
	"loket/portals/ideas"
	"loket/portals/signin"
	"loket/portals/tickets"
)

// All is every portal, in the order of the menu.
var All = []func(*app.Host) app.Portal{
	home.New,
	signin.New,
	tickets.New,
	ideas.New,
}
