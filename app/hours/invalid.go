package hours

// Problem is what is wrong with hours that somebody entered. A page shows its
// own sentence for each.
type Problem string

const (
	BadTime   Problem = "time"    // not a time of day, or not in whole minutes
	BadWindow Problem = "window"  // not written as 08:30-17:00
	BadDate   Problem = "date"    // not a date
	BadDay    Problem = "day"     // not a day of the week
	BadZone   Problem = "zone"    // not a time zone
	BadOption Problem = "option"  // not a way to keep Liberation Day
	BadTarget Problem = "target"  // an unknown unit, or an amount below zero or beyond the horizon
	Overlap   Problem = "overlap" // two windows of which one begins in the other
	NeverOpen Problem = "never"   // a week without any window
)

// Invalid is the error for hours that cannot be: what is wrong, and the text
// or the windows in which it is.
type Invalid struct {
	Problem Problem
	Text    string
}

// Error says it in English, for logs.
func (e Invalid) Error() string {
	if e.Text == "" {
		return "hours: " + sentences[e.Problem]
	}
	return "hours: " + sentences[e.Problem] + ": " + e.Text
}

var sentences = map[Problem]string{
	BadTime:   "not a time from 00:00 to 24:00",
	BadWindow: "not a window such as 08:30-17:00",
	BadDate:   "not a date such as 2026-12-31",
	BadDay:    "not a day of the week",
	BadZone:   "not a time zone",
	BadOption: "not a way to keep Liberation Day",
	BadTarget: "not a target",
	Overlap:   "windows overlap",
	NeverOpen: "the week has no open window",
}
