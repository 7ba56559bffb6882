package demos

import (
	"context"
	"strings"
	"time"

	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/web"
)

// zones are those in the list; any other of the IANA list is taken too.
var zones = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver", "America/Mexico_City", "America/Chicago",
	"America/Bogota", "America/New_York", "America/Toronto", "America/Curacao", "America/Halifax", "America/Santiago", "America/Paramaribo", "America/Sao_Paulo",
	"America/Argentina/Buenos_Aires", "Atlantic/Azores", "UTC", "Europe/Lisbon", "Europe/Dublin", "Europe/London", "Africa/Lagos", "Africa/Casablanca",
	"Europe/Amsterdam", "Europe/Brussels", "Europe/Luxembourg", "Europe/Paris", "Europe/Berlin", "Europe/Madrid", "Europe/Rome", "Europe/Zurich", "Europe/Vienna",
	"Europe/Copenhagen", "Europe/Oslo", "Europe/Stockholm", "Europe/Warsaw", "Europe/Prague", "Europe/Budapest", "Africa/Johannesburg", "Europe/Athens",
	"Europe/Bucharest", "Europe/Helsinki", "Europe/Kyiv", "Africa/Cairo", "Asia/Jerusalem", "Europe/Istanbul", "Africa/Nairobi", "Asia/Riyadh", "Asia/Dubai",
	"Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Jakarta", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Shanghai",
	"Australia/Perth", "Asia/Seoul", "Asia/Tokyo", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
}

// zoneOf is the zone with that name, or the site's when there is none.
func (p *portal) zoneOf(name string) *time.Location {
	if zone, err := hours.Zone(name); err == nil && len(name) < 64 {
		return zone
	}
	return p.Zone
}

// city is how a zone is called: "New York".
func city(zone *time.Location) string {
	name := zone.String()
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// zoneOptions are the zones to choose from, with what the clock shows there now.
func (p *portal) zoneOptions(ctx context.Context, chosen *time.Location) []web.Option {
	names := zones
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
		all = append(all, web.Option{Value: name, Label: i18n.T(ctx, "demos.zone.now", city(zone), p.Now().In(zone).Format("15:04")), Chosen: name == chosen.String()})
	}
	return all
}
