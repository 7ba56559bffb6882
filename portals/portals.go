// Package portals lists the portals that this program has.
package portals

import (
	"loket/app"
	"loket/portals/contact"
	"loket/portals/demos"
	"loket/portals/home"
	"loket/portals/ideas"
	"loket/portals/mydata"
	"loket/portals/signin"
	"loket/portals/tickets"
	"loket/portals/trainings"
)

// All is every portal, in the order of the menu.
var All = []func(*app.Host) app.Portal{
	home.New,
	signin.New,
	tickets.New,
	ideas.New,
	trainings.New,
	demos.New,
	contact.New,
	mydata.New,
}
