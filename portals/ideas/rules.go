package ideas

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The statuses of an idea. It can be voted on while it is open; completed,
// declined and duplicate are decisions.
const (
	statusNew       = "new"
	statusReview    = "review"
	statusPlanned   = "planned"
	statusStarted   = "started"
	statusCompleted = "completed"
	statusDeclined  = "declined"
	statusDuplicate = "duplicate"
)

// statuses are those that staff can set; duplicate comes only from a merge.
var statuses = []string{statusNew, statusReview, statusPlanned, statusStarted, statusCompleted, statusDeclined}

// open reports whether an idea with that status can be voted on.
func open(status string) bool {
	return status == statusNew || status == statusReview || status == statusPlanned || status == statusStarted
}

// decided reports whether that status is a decision, after which the term for
// keeping the author's name runs.
func decided(status string) bool { return !open(status) }

// Heat: log2 of the sum of what every vote and comment weighs, where each
// weighs twice as much as one of two weeks before. Nothing cools down by itself,
// so the order of two ideas changes only when something happens to one of them,
// and the number can be stored and indexed.
const (
	halfLife      = 14 * 24 * time.Hour
	commentWeight = 0.6
	// cold is the heat of an idea without votes and comments: log2 of nothing is
	// no number that a database keeps. Anything real is warmer.
	cold = -1e6
)

var heatZero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// halfLives is how many half-lives after heatZero t is. It counts in seconds: a
// time.Duration ends after 292 years.
func halfLives(t time.Time) float64 {
	whole := float64(t.Unix() - heatZero.Unix())
	return (whole + float64(t.Nanosecond())/1e9) / halfLife.Seconds()
}

// warmer is heat after one more thing of that weight at t. It works with
// exponents, so that no date is too far for a float64.
func warmer(heat, weight float64, t time.Time) float64 {
	added := halfLives(t) + math.Log2(weight)
	if heat <= cold {
		return added
	}
	high, low := max(heat, added), min(heat, added)
	return high + math.Log1p(math.Exp2(low-high))/math.Ln2
}

// remark is a comment, as far as the heat goes.
type remark struct {
	By string
	At time.Time
}

// fullHeat is the heat of an idea with these votes and comments, in zone: of one
// person's comments on one day the first counts.
func fullHeat(votes []time.Time, comments []remark, zone *time.Location) float64 {
	var exponents []float64
	for _, t := range votes {
		exponents = append(exponents, halfLives(t))
	}
	for i, c := range comments {
		if warm(c, comments[:i], zone) {
			exponents = append(exponents, halfLives(c.At)+math.Log2(commentWeight))
		}
	}
	if len(exponents) == 0 {
		return cold
	}
	// Smallest first and relative to the greatest: nothing overflows, and what
	// is small adds up before it meets what is great.
	slices.Sort(exponents)
	high := exponents[len(exponents)-1]
	sum := 0.0
	for _, e := range exponents {
		sum += math.Exp2(e - high)
	}
	return high + math.Log2(sum)
}

// warm reports whether c counts for the heat after the comments before it.
func warm(c remark, before []remark, zone *time.Location) bool {
	return !slices.ContainsFunc(before, func(b remark) bool { return b.By == c.By && sameDay(b.At, c.At, zone) })
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	ay, am, ad := a.In(zone).Date()
	by, bm, bd := b.In(zone).Date()
	return ay == by && am == bm && ad == bd
}

// slug is the readable end of an idea's address.
func slug(title string) string {
	out := strings.Join(foldedWords(title), "-")
	if len(out) > 60 {
		out = out[:60]
		if i := strings.LastIndexByte(out, '-'); i > 0 {
			out = out[:i]
		}
	}
	return strings.ToValidUTF8(out, "")
}

// addressed reads the part of an address that names an idea: NUMBER,
// NUMBER-SLUG or an id. There is one way to write a number: no sign, no zero
// before it.
func addressed(part string) (number int64, id string) {
	digits, _, _ := strings.Cut(part, "-")
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 && len(digits) < 16 && strconv.FormatInt(n, 10) == digits {
		return n, ""
	}
	if strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return 0, "none" // no id looks like it
	}
	return 0, part
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
