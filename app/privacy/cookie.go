package privacy

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loket/app/fault"
	"loket/app/hours"
	"loket/db"
)

// Categories of cookies and third parties.
const (
	Functional  = "functional"
	Analytical  = "analytical"
	MarketingAd = "marketing"
	Embedded    = "embedded" // loaded after a click: maps, film
)

var categoryNames = map[string]Text{
	Functional:  {"Functioneel", "Functional"},
	Analytical:  {"Analytisch", "Analytical"},
	MarketingAd: {"Marketing", "Marketing"},
	Embedded:    {"Op de pagina na een klik", "In the page after a click"},
}

// CategoryName is a category in words.
func CategoryName(category string) Text { return categoryNames[category] }

// Cookie is a line of the register: something that is stored with a visitor,
// or a third party that a page may meet.
type Cookie struct {
	ID            string `db:"id"`
	Pattern       string `db:"pattern"` // the name of the cookie, with * for what varies
	Category      string `db:"category"`
	Vendor        string `db:"vendor"`
	Country       string `db:"country"`
	PurposeNL     string `db:"purpose_nl"`
	PurposeEN     string `db:"purpose_en"`
	Term          string `db:"term"` // "session" or ISO 8601: P6M, PT2M
	FirstParty    bool   `db:"first_party"`
	ConsentNeeded bool   `db:"consent_needed"`
	Click         bool   `db:"click"` // loaded only where the visitor clicks
	Hosts         string `db:"hosts"` // that its code talks to, with spaces between: for the CSP
	EndedOn       string `db:"ended_on"`
}

// Purpose is what it is for.
func (c Cookie) Purpose() Text { return Text{c.PurposeNL, c.PurposeEN} }

// TermIn is how long it stays, in words.
func (c Cookie) TermIn(lang string) string {
	if c.Term == "session" {
		return Text{"tot je de browser sluit", "until you close the browser"}.In(lang)
	}
	if d, ok := shortTerm(c.Term); ok {
		n, unit := int(d/time.Minute), Text{"minuten", "minutes"}
		if d%time.Hour == 0 {
			n, unit = int(d/time.Hour), Text{"uur", "hours"}
			if n == 1 {
				unit.EN = "hour"
			}
		}
		return strconv.Itoa(n) + " " + unit.In(lang)
	}
	p, err := ParsePeriod(c.Term)
	if err != nil {
		return c.Term
	}
	return p.In(lang)
}

// shortTerm reads a term of less than a day: PT2M, PT1H.
func shortTerm(term string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(term, "PT")
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(strings.ToLower(rest))
	return d, err == nil && d >= time.Minute && d < 24*time.Hour
}

// Lasts is the longest that it may stay when it is set at a moment; zero:
// until the browser is closed.
func (c Cookie) Lasts(from time.Time) time.Duration {
	if d, ok := shortTerm(c.Term); ok {
		return d
	}
	p, err := ParsePeriod(c.Term)
	if err != nil {
		return 0
	}
	return from.AddDate(p.Years, p.Months, 7*p.Weeks+p.Days).Sub(from)
}

// OwnCookies are those that the program itself sets, which no choice can
// refuse. On https their names begin with __Host-. A test compares them with
// the code both ways, and every page that a test opens with their terms.
var OwnCookies = []Cookie{
	own("", "Aangemeld blijven", "Staying signed in", "P90D"),
	own("flash", "Een melding tonen nadat je iets verstuurde", "Showing a message after you sent something", "PT2M"),
	own("lang", "De taal die je koos", "The language you chose", "P1Y"),
	own("theme", "Licht of donker, als je dat koos", "Light or dark, if you chose", "P1Y"),
	own("zone", "De tijdzone die je koos", "The time zone you chose", "P1Y"),
	own(ConsentCookie, "Je cookiekeuze onthouden", "Remembering your cookie choice", "P6M"),
	own("known", "Deze browser herkennen bij het inloggen, tegen misbruik", "Recognising this browser when you sign in, against abuse", "P180D"),
	own("flow", "Inloggen via een ander bedrijf veilig afronden", "Finishing a sign-in through another company safely", "PT1H"),
	own("offer", "Een inlog via een ander bedrijf bewaren tot je je adres hebt bevestigd", "Keeping a sign-in through another company until you have confirmed your address", "PT1H"),
	own("idea", "Je idee bewaren terwijl je inlogt", "Keeping your idea while you sign in", "P1D"),
	own("mine", "Je gegevens zien na een gemailde link", "Seeing your data after a mailed link", "PT1H"),
}

// Embeds are third parties that the program's own pages load, each in answer to
// a click, only that once or from then on as the visitor chooses. Who keeps the register may put an entry with the same key in its place.
var Embeds = []Cookie{{ID: "google-maps", Category: Embedded, Vendor: "Google LLC", Country: "US", PurposeNL: "De kaart bij ons adres, alleen als je daarop klikt of hem altijd wilt zien",
	PurposeEN: "The map with our address, only if you click for it or want it always", Term: "session", Click: true, Hosts: "www.google.com"}}

func own(name, nl, en, term string) Cookie {
	id := strings.TrimSuffix("loket-"+name, "-")
	return Cookie{ID: id, Pattern: id, Category: Functional, Vendor: "Loket", PurposeNL: nl, PurposeEN: en, Term: term, FirstParty: true}
}

func cookies(ctx context.Context, on db.Querier) ([]Cookie, error) {
	stored, err := db.All[Cookie](ctx, on, `SELECT * FROM cookie WHERE ended_on = '' ORDER BY category, vendor, id`)
	list := slices.Clone(OwnCookies)
	for _, embed := range Embeds {
		if !slices.ContainsFunc(stored, func(c Cookie) bool { return c.ID == embed.ID }) {
			list = append(list, embed)
		}
	}
	return append(list, stored...), err
}

// CookieRegister is the register with the version of each category.
type CookieRegister struct {
	Cookies  []Cookie
	Versions map[string]int64
}

// CookieRegister reads the register: the program's own cookies and what was added.
func (e *Engine) CookieRegister(ctx context.Context) (r CookieRegister, err error) {
	if r.Cookies, err = cookies(ctx, e.DB); err != nil {
		return r, err
	}
	type category struct {
		ID      string
		Version int64
	}
	versions, err := db.All[category](ctx, e.DB, `SELECT id, version FROM cookie_category`)
	r.Versions = map[string]int64{}
	for _, v := range versions {
		r.Versions[v.ID] = v.Version
	}
	return r, err
}

// SaveCookie adds or changes an entry. A newcomer, or other hosts or another
// purpose, makes a new version of its category, which asks visitors again; an editorial change does not. fault.Conflict
// when the vendor has the same purpose elsewhere in the register, fault.BadInput when it is incomplete or needs consent and does not ask.
func (e *Engine) SaveCookie(ctx context.Context, tx *db.Tx, c Cookie) error {
	if c.ID == "" || c.Vendor == "" || c.PurposeNL == "" || c.PurposeEN == "" || categoryNames[c.Category].IsZero() {
		return fmt.Errorf("cookie %q: key, vendor, category and purpose in both languages: %w", c.ID, fault.BadInput)
	}
	if _, short := shortTerm(c.Term); c.Term != "session" && !short {
		if _, err := ParsePeriod(c.Term); err != nil {
			return fmt.Errorf("cookie %s: %w: %w", c.ID, err, fault.BadInput)
		}
	}
	if !c.FirstParty && !c.ConsentNeeded {
		return fmt.Errorf("cookie %s: a third party needs consent: %w", c.ID, fault.BadInput)
	}
	for _, host := range strings.Fields(c.Hosts) {
		if !validHost(host) {
			return fmt.Errorf("cookie %s: %q is no host: %w", c.ID, host, fault.BadInput)
		}
	}
	before, err := db.All[Cookie](ctx, tx, `SELECT * FROM cookie WHERE id = ?`, c.ID)
	if err != nil {
		return err
	}
	_, err = db.ExecNamed(ctx, tx, `
		INSERT INTO cookie (id, pattern, category, vendor, country, purpose_nl, purpose_en, term, first_party, consent_needed, click, hosts, ended_on)
		VALUES (:id, :pattern, :category, :vendor, :country, :purpose_nl, :purpose_en, :term, :first_party, :consent_needed, :click, :hosts, :ended_on)
		ON CONFLICT (id) DO UPDATE SET pattern = excluded.pattern, category = excluded.category, vendor = excluded.vendor, country = excluded.country,
			purpose_nl = excluded.purpose_nl, purpose_en = excluded.purpose_en, term = excluded.term, first_party = excluded.first_party,
			consent_needed = excluded.consent_needed, click = excluded.click, hosts = excluded.hosts, ended_on = excluded.ended_on`, c)
	if err != nil {
		return err
	}
	same := len(before) > 0 && before[0].Category == c.Category && before[0].Vendor == c.Vendor && before[0].Hosts == c.Hosts && before[0].PurposeNL == c.PurposeNL && before[0].EndedOn == c.EndedOn
	if same || c.EndedOn != "" || !c.ConsentNeeded {
		return nil
	}
	_, err = db.Exec(ctx, tx, `INSERT INTO cookie_category (id, version, changed_at) VALUES (?, 1, ?)
		ON CONFLICT (id) DO UPDATE SET version = cookie_category.version + 1, changed_at = excluded.changed_at`, c.Category, e.Now())
	return err
}

// validHost allows a host, or all hosts below one, and nothing that means something else in a policy.
func validHost(s string) bool {
	s = strings.TrimPrefix(s, "*.")
	if !strings.Contains(s, ".") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}

// Asks are the categories that need consent, in the order of the form.
func (r CookieRegister) Asks() []string {
	var asks []string
	for _, category := range []string{Analytical, MarketingAd, Embedded, Functional} {
		if slices.ContainsFunc(r.Cookies, func(c Cookie) bool { return c.Category == category && c.ConsentNeeded && !c.Click }) {
			asks = append(asks, category)
		}
	}
	return asks
}

// Of are the entries of a category.
func (r CookieRegister) Of(category string) (list []Cookie) {
	for _, c := range r.Cookies {
		if c.Category == category {
			list = append(list, c)
		}
	}
	return list
}

// ConsentCookie is the cookie that holds the choice of a visitor, after the
// program's own prefix: loket-choice.
const ConsentCookie = "choice"

// ConsentTerm is how long a choice holds, yes and no alike.
var ConsentTerm = Period{Months: 6}

// Choices is what a visitor decided, as it stands in his cookie:
// "v1.REF.20260501.analytical:3:1.marketing:2:0.=vendor". REF is random and is all that the proof knows of him.
type Choices struct {
	Ref        string
	On         hours.Date
	Categories map[string]Decision
	Vendors    []string // entries of the register that he lets load without their whole category
}

// Decision is yes or no to a version of a category.
type Decision struct {
	Version int64
	Yes     bool
}

// String is the cookie's value.
func (c Choices) String() string {
	parts := []string{"v1", c.Ref, strings.ReplaceAll(c.On.String(), "-", "")}
	for _, category := range sortedKeys(c.Categories) {
		d := c.Categories[category]
		yes := "0"
		if d.Yes {
			yes = "1"
		}
		parts = append(parts, category+":"+strconv.FormatInt(d.Version, 10)+":"+yes)
	}
	for _, v := range c.Vendors {
		parts = append(parts, "="+v)
	}
	return strings.Join(parts, ".")
}

// ParseChoices reads the cookie. Anything that is not what String writes is no decision.
func ParseChoices(value string) (c Choices, ok bool) {
	parts := strings.Split(value, ".")
	if len(value) > 1000 || len(parts) < 3 || parts[0] != "v1" || len(parts[1]) < 20 || len(parts[1]) > 40 {
		return Choices{}, false
	}
	on, err := time.Parse("20060102", parts[2])
	if err != nil {
		return Choices{}, false
	}
	c = Choices{Ref: parts[1], On: hours.DateOf(on, time.UTC), Categories: map[string]Decision{}}
	for _, part := range parts[3:] {
		if vendor, is := strings.CutPrefix(part, "="); is {
			c.Vendors = append(c.Vendors, vendor)
			continue
		}
		fields := strings.Split(part, ":")
		if len(fields) != 3 || categoryNames[fields[0]].IsZero() {
			return Choices{}, false
		}
		version, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || fields[2] != "0" && fields[2] != "1" {
			return Choices{}, false
		}
		c.Categories[fields[0]] = Decision{version, fields[2] == "1"}
	}
	return c, true
}

// ChoicesOf reads the choice that came with a request, if any did. Its cookie is
// not signed: it says nothing that its visitor may not choose, and lasts longer
// than signatures do.
func ChoicesOf(r *http.Request) (Choices, bool) {
	for _, name := range []string{"__Host-loket-" + ConsentCookie, "loket-" + ConsentCookie} {
		if cookie, err := r.Cookie(name); err == nil {
			return ParseChoices(cookie.Value)
		}
	}
	return Choices{}, false
}

// Always reports whether the visitor of a request lets an entry of the register
// that comes after a click come by itself.
func (r CookieRegister) Always(id string, req *http.Request, today hours.Date) bool {
	chosen, ok := ChoicesOf(req)
	consents := r.Consents(chosen, ok, SignalsOf(req.Header), today)
	return slices.ContainsFunc(r.Cookies, func(entry Cookie) bool { return entry.ID == id && entry.Click && consents.Allows(entry) })
}

// Signals are what the browser says by itself.
type Signals struct{ GPC, DNT bool }

// SignalsOf reads Sec-GPC and DNT. They only ever refuse.
func SignalsOf(h http.Header) Signals {
	return Signals{GPC: h.Get("Sec-GPC") == "1", DNT: h.Get("DNT") == "1"}
}

// Refuses reports whether a signal refuses marketing and sharing with third parties.
func (s Signals) Refuses() bool { return s.GPC || s.DNT }

// Consents is what holds for one visitor on one request.
type Consents struct {
	allowed map[string]bool // categories
	vendors map[string]bool
	current map[string]bool // categories about which a choice of the present version stands
	Ask     []string        // categories to ask about; empty: no banner
	Signal  bool            // a signal refused for him
}

// Consents weighs a visitor's cookie against the register and the signals of
// his browser. What he chose explicitly wins from a signal; without a choice a signal refuses and nothing is
// asked about what it refuses; a choice that is too old, or about an older version, counts as none.
func (r CookieRegister) Consents(choices Choices, chosen bool, s Signals, today hours.Date) Consents {
	c := Consents{allowed: map[string]bool{}, vendors: map[string]bool{}, current: map[string]bool{}}
	old := !chosen || ConsentTerm.Add(choices.On).Compare(today) <= 0 || choices.On.Compare(today) > 0
	for _, category := range r.Asks() {
		d, decided := choices.Categories[category]
		switch {
		case !old && decided && d.Version == r.Versions[category]:
			c.allowed[category], c.current[category] = d.Yes, true
		case s.Refuses() && category != Functional:
			c.Signal = true
		default:
			c.Ask = append(c.Ask, category)
		}
	}
	if !old {
		for _, v := range choices.Vendors {
			c.vendors[v] = true
		}
	}
	return c
}

// Allows reports whether an entry of the register may load for this visitor.
func (c Consents) Allows(entry Cookie) bool {
	if entry.Click {
		return c.vendors[entry.ID]
	}
	if !entry.ConsentNeeded {
		return true
	}
	return c.allowed[entry.Category] || c.current[entry.Category] && c.vendors[entry.ID]
}

// Decided reports whether the visitor made a choice about a category that still stands.
func (c Consents) Decided(category string) bool { return c.current[category] }

// Category reports whether a category was allowed.
func (c Consents) Category(category string) bool { return c.allowed[category] }

// Hosts are the third parties that this visitor lets in, each once: what the
// Content-Security-Policy may name besides the site itself. clicked is an entry whose click came with this request.
func (r CookieRegister) Hosts(c Consents, clicked string) []string {
	var hosts []string
	for _, entry := range r.Cookies {
		if entry.FirstParty || !c.Allows(entry) && !(entry.Click && entry.ID == clicked && clicked != "") {
			continue
		}
		hosts = append(hosts, strings.Fields(entry.Hosts)...)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// Allow tells a policy, through its method of that shape, what this visitor
// lets in: a tag that somebody forgot cannot load what he did not allow.
func (r CookieRegister) Allow(c Consents, clicked string, policy func(directive string, sources ...string)) {
	hosts := r.Hosts(c, clicked)
	if len(hosts) == 0 {
		return
	}
	for i, host := range hosts {
		hosts[i] = "https://" + host
	}
	for _, directive := range []string{"script-src", "img-src", "connect-src", "frame-src"} {
		policy(directive, hosts...)
	}
}
