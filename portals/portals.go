// Package portals lists the portals that this program has.
package portals

import (
	"loket/app"
	"loket/portals/home"
	"loket/portals/trainings"
)

// All is every portal, in the order of the menu.
var All = []func(*app.Host) app.Portal{
	home.New,
	trainings.New,
}
