package ideas

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
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

// warmer is heat after one more thing of that weight at t. It works with
// exponents, so that no date is too far for a float64.
func warmer(heat, weight float64, t time.Time) float64 {
	added := float64(t.Sub(heatZero))/float64(halfLife) + math.Log2(weight)
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
		exponents = append(exponents, float64(t.Sub(heatZero))/float64(halfLife))
	}
	for i, c := range comments {
		if warm(c, comments[:i], zone) {
			exponents = append(exponents, float64(c.At.Sub(heatZero))/float64(halfLife)+math.Log2(commentWeight))
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

// Similar ideas share trigrams: pieces of three letters of their words, with
// spaces around each word so that its beginning weighs more. It forgives
// plurals, typing errors and, what Dutch needs, compounds.
const (
	similarEnough = 0.13
	similarMost   = 5
	muchLess      = 0.4 // of the best one's likeness
)

// grams are the trigrams of a text, each once, sorted. Words that say nothing
// about what is missed are left out, unless there are no others.
func grams(text string) []string {
	all := foldedWords(text)
	telling := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return stopwords[w] })
	if len(telling) == 0 {
		telling = all
	}
	var found []string
	for _, w := range telling {
		padded := []rune("  " + w + " ")
		for i := range len(padded) - 2 {
			found = append(found, string(padded[i:i+3]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// foldedWords are the words of a text without case and diacritics.
func foldedWords(text string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// likeness is the share of their trigrams that two texts have in common: 0 to 1.
func likeness(a, b []string) float64 {
	shared := common(a, b)
	if shared == 0 {
		return 0
	}
	return float64(shared) / float64(len(a)+len(b)-shared)
}

// common counts what two sorted lists share.
func common(a, b []string) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

// variants are the ways to say text: as it stands, and with each term that has
// synonyms replaced by one of them. Terms are one or more words; each group is
// terms with commas between them.
func variants(text string, groups []string) []string {
	const most = 12
	words := foldedWords(text)
	said := []string{strings.Join(words, " ")}
	for _, group := range groups {
		var terms []string
		for term := range strings.SplitSeq(group, ",") {
			if t := strings.Join(foldedWords(term), " "); t != "" {
				terms = append(terms, t)
			}
		}
		// The longest first: "e-mail notifications" before "e-mail".
		byLength := slices.Clone(terms)
		slices.SortStableFunc(byLength, func(a, b string) int { return len(b) - len(a) })
		for _, term := range byLength {
			if !strings.Contains(" "+said[0]+" ", " "+term+" ") {
				continue
			}
			for _, base := range slices.Clone(said) {
				for _, other := range terms {
					if other == term || len(said) >= most {
						continue
					}
					v := strings.TrimSpace(strings.ReplaceAll(" "+base+" ", " "+term+" ", " "+other+" "))
					if !slices.Contains(said, v) {
						said = append(said, v)
					}
				}
			}
			break
		}
	}
	return said
}

var stopwords = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`
		de het een en of in op te van voor met aan bij door uit naar om over tot als dan dat die dit deze er per via
		ik je jij jullie u we wij ze zij hij mij mijn me ons onze hun haar zijn is was ben bent heb hebt heeft hebben had
		kan kun kunnen wil willen graag moet moeten zal zou word wordt worden niet geen wel ook nog al maar want hoe wat waar
		the a an and or of to on for from with at by as is are was were be been it its this that these those
		i you we they my your our their me us have has had do does did can could will would should not no but if how what where when`) {
		set[w] = true
	}
	return set
}()

// commonSynonyms hold on every board, beside the board's own.
var commonSynonyms = []string{
	"mailmelding, mailmeldingen, e-mailmelding, e-mailmeldingen, mailnotificaties, email notifications, e-mail notifications, meldingen per mail, e-mails",
	"uitzetten, uitschakelen, afzetten, turn off, disable, switch off",
	"inloggen, aanmelden, inlog, login, log in, sign in, signin",
	"sso, single sign on, azure ad, entra, entra id, bedrijfsaccount, microsoft account, saml",
	"kopieren, copy, dupliceren, duplicate, overnemen, clone, klonen",
	"map, mappen, folder, folders, directory",
	"mappenstructuur, map structuur, mapstructuur, folder structure",
	"doorzoeken, zoeken, search, full text search, vinden",
	"donkere weergave, donker thema, dark mode, dark theme, nachtmodus",
	"exporteren, export, downloaden, download, uitvoeren",
	"importeren, import, inlezen, upload, uploaden",
	"vergelijken, compare, vergelijking, diff, verschillen",
	"revisie, revisies, revision, revisions, versie, versies, version, versions",
	"tekening, tekeningen, drawing, drawings, bouwtekening",
	"herinnering, herinneringen, reminder, reminders",
	"telefoon, mobiel, mobile, phone, smartphone, app",
	"sjabloon, sjablonen, template, templates",
	"opmerking, opmerkingen, comment, comments, annotatie, annotaties, markup",
	"offline, zonder internet, without internet",
	"rechten, toegang, permissions, access rights",
	"taal, vertaling, language, translation",
	"sneltoets, sneltoetsen, shortcut, shortcuts, toetsenbord, keyboard",
	"koppeling, integratie, integration, api",
	"agenda, kalender, calendar, outlook",
	"overzicht, dashboard, overview",
	"prullenbak, verwijderd, recycle bin, trash, terughalen, undelete, herstellen, restore",
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

// csvCell makes a cell that a spreadsheet shows and does not run: one that would
// begin a formula gets an apostrophe (OWASP, CSV injection).
func csvCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
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
