package hours

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Window is a stretch of a day in which the desk is open: from Open up to and
// not including Close. A window whose Close is not after its Open runs over
// midnight into the next day and belongs to the day on which it opens.
type Window struct{ Open, Close Clock }

// length is how far the hands move from Open to Close.
func (w Window) length() Clock {
	if w.Close <= w.Open {
		return w.Close + Midnight - w.Open
	}
	return w.Close - w.Open
}

// String writes the window as 08:30-17:00.
func (w Window) String() string { return w.Open.String() + "-" + w.Close.String() }

// String writes the clock as 08:30, with seconds only if it has them.
func (c Clock) String() string {
	d := time.Duration(c)
	s := fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
	if rest := d % time.Minute; rest != 0 {
		s += fmt.Sprintf(":%02d", rest/time.Second)
	}
	return s
}

// ParseClock reads a time written as 08:30; 24:00 is the end of the day.
// Anything else is refused with [Invalid].
func ParseClock(s string) (Clock, error) {
	if len(s) == 5 && s[2] == ':' {
		if c, ok := clock(s[:2], s[3:]); ok {
			return c, nil
		}
	}
	return 0, Invalid{Problem: BadTime, Text: s}
}

// clock is the clock at an hour and a minute given as digits.
func clock(hour, minute string) (Clock, bool) {
	h, err := strconv.ParseUint(hour, 10, 8)
	if err != nil {
		return 0, false
	}
	m, err := strconv.ParseUint(minute, 10, 8)
	c := HM(int(h), int(m))
	return c, err == nil && m < 60 && c <= Midnight
}

// MarshalJSON writes the window as ["08:30", "17:00"].
func (w Window) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]string{w.Open.String(), w.Close.String()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *Window) UnmarshalJSON(text []byte) error {
	var ends []string
	if err := json.Unmarshal(text, &ends); err != nil {
		return err
	}
	if len(ends) != 2 {
		return Invalid{Problem: BadWindow, Text: string(text)}
	}
	var err error
	if w.Open, err = ParseClock(ends[0]); err != nil {
		return err
	}
	w.Close, err = ParseClock(ends[1])
	return err
}

// ParseWindows reads the hours of a day as people type them:
// "08:30-12:00, 13:00-17:00". Dots for colons, hours without minutes or without
// their first zero and long dashes are understood; an empty text, "closed" and
// "gesloten" mean closed. The windows come back in order. What cannot be read,
// and windows that overlap, are refused with [Invalid], naming the piece.
func ParseWindows(s string) ([]Window, error) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "-", "closed", "gesloten":
		return nil, nil
	}
	var windows []Window
	for piece := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' }) {
		w, err := parseWindow(piece)
		if err != nil {
			return nil, err
		}
		windows = append(windows, w)
	}
	if len(windows) == 0 {
		return nil, Invalid{Problem: BadWindow, Text: s}
	}
	slices.SortFunc(windows, func(a, b Window) int { return int(a.Open - b.Open) })
	return windows, checkDay(windows)
}

// parseWindow reads one window as people type it.
func parseWindow(piece string) (Window, error) {
	piece = strings.TrimSpace(piece)
	open, close, found := strings.Cut(strings.NewReplacer("–", "-", "—", "-", "−", "-").Replace(piece), "-")
	if !found {
		return Window{}, Invalid{Problem: BadWindow, Text: piece}
	}
	from, err := typedClock(open)
	if err != nil {
		return Window{}, err
	}
	to, err := typedClock(close)
	return Window{from, to}, err
}

// typedClock reads a time as people type it: 08:30, 8.30, 8.
func typedClock(s string) (Clock, error) {
	s = strings.TrimSpace(s)
	hour, minute, found := strings.Cut(strings.Replace(s, ".", ":", 1), ":")
	if !found {
		minute = "00"
	}
	if c, ok := clock(hour, minute); ok && len(hour) <= 2 && len(minute) == 2 {
		return c, nil
	}
	return 0, Invalid{Problem: BadTime, Text: s}
}

// FormatWindows writes the hours of a day as [ParseWindows] reads them; a day
// without windows is an empty text.
func FormatWindows(windows []Window) string {
	pieces := make([]string, len(windows))
	for i, w := range windows {
		pieces[i] = w.String()
	}
	return strings.Join(pieces, ", ")
}

// checkDay refuses windows of one day with an impossible time or that overlap.
func checkDay(windows []Window) error {
	for i, w := range windows {
		if w.Open < 0 || w.Open >= Midnight || w.Open%minute != 0 {
			return Invalid{Problem: BadTime, Text: w.Open.String()}
		}
		if w.Close < 0 || w.Close > Midnight || w.Close%minute != 0 {
			return Invalid{Problem: BadTime, Text: w.Close.String()}
		}
		for _, v := range windows[:i] {
			if v.Open < w.Open+w.length() && w.Open < v.Open+v.length() {
				return Invalid{Problem: Overlap, Text: v.String() + ", " + w.String()}
			}
		}
	}
	return nil
}

// minute is the finest that a window may be set to.
const minute = Clock(time.Minute)
