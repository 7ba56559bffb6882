package demos

import (
	"context"
	"strings"
	"time"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
)

// zoneOf is the zone with that name, or the site's when there is none.
func (p *portal) zoneOf(name string) *time.Location {
	if zone, err := hours.Zone(name); err == nil && len(name) < 64 {
		return zone
	}
	return p.Zone
}

// city is how the zone with that name is called: "New York".
func city(name string) string {
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// zoneOptions are the zones to choose from, with what the clock shows there now.
func (p *portal) zoneOptions(ctx context.Context, chosen *time.Location) []web.Option {
	names := hours.Zones
	known := false
	for _, name := range names {
		known = known || name == chosen.String()
	}
	if !known {
		names = append([]string{chosen.String()}, names...)
	}
	var all []web.Option
	for _, name := range names {
		zone, err := hours.Zone(name)
		if err != nil {
			continue // a zone that this machine does not know
		}
		all = append(all, web.Option{Value: name, Label: i18n.T(ctx, "demos.zone.now", city(name), p.Now().In(zone).Format("15:04")), Chosen: name == chosen.String()})
	}
	return all
}
