package hours

// Zones are those to choose from in a list, from west to east: one a country of
// those that our visitors come from. Any other of the IANA list is taken too.
var Zones = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver", "America/Mexico_City", "America/Chicago",
	"America/Bogota", "America/New_York", "America/Toronto", "America/Curacao", "America/Halifax", "America/Santiago", "America/Paramaribo", "America/Sao_Paulo",
	"America/Argentina/Buenos_Aires", "Atlantic/Azores", "UTC", "Europe/Lisbon", "Europe/Dublin", "Europe/London", "Africa/Lagos", "Africa/Casablanca",
	"Europe/Amsterdam", "Europe/Brussels", "Europe/Luxembourg", "Europe/Paris", "Europe/Berlin", "Europe/Madrid", "Europe/Rome", "Europe/Zurich", "Europe/Vienna",
	"Europe/Copenhagen", "Europe/Oslo", "Europe/Stockholm", "Europe/Warsaw", "Europe/Prague", "Europe/Budapest", "Africa/Johannesburg", "Europe/Athens",
	"Europe/Bucharest", "Europe/Helsinki", "Europe/Kyiv", "Africa/Cairo", "Asia/Jerusalem", "Europe/Istanbul", "Africa/Nairobi", "Asia/Riyadh", "Asia/Dubai",
	"Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Jakarta", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Shanghai",
	"Australia/Perth", "Asia/Seoul", "Asia/Tokyo", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
}
