package web

import (
	"time"

	"loket/app/hours"
)

// ZoneOf is the time zone in which this visitor sees times: the one that the
// address names, which is remembered for a year, the one that he chose before,
// else the desk's. chosen tells whether he chose it.
func (c *Context) ZoneOf() (zone *time.Location, chosen bool) {
	if name := c.Query("zone"); name != "" {
		if zone, err := hours.Zone(name); err == nil {
			if err := c.Remember("zone", zone.String(), 365*24*time.Hour); err == nil {
				return zone, true
			}
		}
	}
	var kept string
	if c.Recall("zone", &kept) {
		if zone, err := hours.Zone(kept); err == nil {
			return zone, true
		}
	}
	return c.Site.Zone, false
}
