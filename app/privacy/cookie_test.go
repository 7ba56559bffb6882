package privacy_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/db"
)

func (w *world) register() privacy.CookieRegister {
	w.t.Helper()
	r, err := w.CookieRegister(w.ctx)
	w.ok(err)
	return r
}

func (w *world) today() hours.Date { return hours.DateOf(w.now, amsterdam) }

func choice(on hours.Date, categories map[string]privacy.Decision, vendors ...string) privacy.Choices {
	return privacy.Choices{Ref: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", On: on, Categories: categories, Vendors: vendors}
}

func TestCase33NothingToAskByDefault(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	r := w.register()
	c := r.Consents(privacy.Choices{}, false, privacy.Signals{}, w.today())
	if len(c.Ask) != 0 || len(r.Hosts(c, "")) != 0 {
		t.Errorf("asks %v, hosts %v", c.Ask, r.Hosts(c, ""))
	}
	r.Allow(c, "", func(directive string, sources ...string) { t.Errorf("%s lets in %v", directive, sources) })
	for _, cookie := range r.Cookies {
		if cookie.Click && !cookie.ConsentNeeded {
			continue // a map that comes only in answer to a click, and sets nothing here
		}
		if !cookie.FirstParty || cookie.ConsentNeeded || cookie.Category != privacy.Functional {
			t.Errorf("%+v", cookie)
		}
	}
}

func (w *world) demo() privacy.CookieRegister {
	w.t.Helper()
	w.tx(func(tx *db.Tx) error {
		return w.FillDemo(w.ctx, tx, privacy.Controller{Name: "Tekenkast B.V.", Address: "Voorbeeldstraat 1, Utrecht", Email: "privacy@tekenkast.example"})
	})
	return w.register()
}

func TestConsentDecidesHosts(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	r := w.demo()
	none := r.Consents(privacy.Choices{}, false, privacy.Signals{}, w.today())
	if !slices.Equal(none.Ask, []string{privacy.Analytical, privacy.MarketingAd}) || len(r.Hosts(none, "")) != 0 {
		t.Errorf("before a decision: asks %v, hosts %v", none.Ask, r.Hosts(none, ""))
	}
	yes := choice(w.today(), map[string]privacy.Decision{
		privacy.Analytical:  {Version: r.Versions[privacy.Analytical], Yes: true},
		privacy.MarketingAd: {Version: r.Versions[privacy.MarketingAd], Yes: false},
	})
	parsed, ok := privacy.ParseChoices(yes.String())
	if !ok || parsed.String() != yes.String() {
		t.Fatalf("the cookie is not read as it was written: %s", yes)
	}
	c := r.Consents(parsed, true, privacy.Signals{}, w.today())
	hosts := r.Hosts(c, "")
	if len(c.Ask) != 0 || !slices.Contains(hosts, "static.hotjar.com") || slices.Contains(hosts, "connect.facebook.net") || slices.Contains(hosts, "maps.googleapis.com") {
		t.Errorf("analytics only: asks %v, hosts %v", c.Ask, hosts)
	}
	policy := map[string][]string{}
	r.Allow(c, "", func(directive string, sources ...string) { policy[directive] = sources })
	if len(policy) != 4 || !slices.Contains(policy["script-src"], "https://static.hotjar.com") || policy["font-src"] != nil {
		t.Errorf("policy: %v", policy)
	}
	if clicked := r.Hosts(c, "google-maps"); !slices.Contains(clicked, "maps.googleapis.com") || slices.Contains(clicked, "developer.api.autodesk.com") {
		t.Errorf("after a click on the map: %v", clicked)
	}
	always := r.Consents(choice(w.today(), nil, "google-maps"), true, privacy.Signals{}, w.today())
	if !slices.Contains(r.Hosts(always, ""), "maps.googleapis.com") {
		t.Error("always is forgotten")
	}
	for _, day := range []struct {
		on   string
		asks bool
	}{{"2027-08-31", false}, {"2027-09-01", true}} {
		d, _ := hours.ParseDate(day.on)
		if asks := len(r.Consents(parsed, true, privacy.Signals{}, d).Ask) > 0; asks != day.asks {
			t.Errorf("on %s asks %v", day.on, asks)
		}
	}
	w.tx(func(tx *db.Tx) error {
		return w.SaveCookie(w.ctx, tx, privacy.Cookie{ID: "new", Category: privacy.MarketingAd, Vendor: "Nieuw", Country: "NL", PurposeNL: "Iets", PurposeEN: "Something", Term: "P1M", ConsentNeeded: true, Hosts: "new.example.com"})
	})
	r = w.register()
	if c := r.Consents(parsed, true, privacy.Signals{}, w.today()); !slices.Equal(c.Ask, []string{privacy.MarketingAd}) || !c.Category(privacy.Analytical) {
		t.Errorf("a new vendor asks %v", c.Ask)
	}
}

func TestCase35SignalsRefuseAndNeverConsent(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	r := w.demo()
	signals := privacy.SignalsOf(http.Header{"Sec-Gpc": {"1"}})
	c := r.Consents(privacy.Choices{}, false, signals, w.today())
	if len(c.Ask) != 0 || !c.Signal || len(r.Hosts(c, "")) != 0 {
		t.Errorf("asks %v, hosts %v", c.Ask, r.Hosts(c, ""))
	}
	explicit := choice(w.today(), map[string]privacy.Decision{privacy.Analytical: {Version: r.Versions[privacy.Analytical], Yes: true}})
	c = r.Consents(explicit, true, signals, w.today())
	if !c.Category(privacy.Analytical) || c.Category(privacy.MarketingAd) || len(c.Ask) != 0 {
		t.Errorf("explicit: %+v", c)
	}
	off := r.Consents(privacy.Choices{}, false, privacy.SignalsOf(http.Header{"Sec-Gpc": {"0"}, "Dnt": {"null"}}), w.today())
	if len(off.Ask) != 2 {
		t.Error("a signal that is off refuses")
	}
}

func TestForgedCookiesAreNoDecision(t *testing.T) {
	ref := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, bad := range []string{"", "v1", "v1." + ref, "v2." + ref + ".20270301", "v1.short.20270301", "v1." + ref + ".20271301", "v1." + ref + ".20270301.analytical:1", "v1." + ref + ".20270301.analytical:x:1",
		"v1." + ref + ".20270301.analytical:1:2", "v1." + ref + ".20270301.all:1:1", strings.Repeat("v1.", 400)} {
		if c, ok := privacy.ParseChoices(bad); ok {
			t.Errorf("%q read as %+v", bad, c)
		}
	}
}

func TestRegisterRefusesContradictions(t *testing.T) {
	w := newWorld(t, "2027-03-01")
	w.demo()
	good := privacy.Cookie{ID: "x", Category: privacy.Analytical, Vendor: "Vendor", Country: "US", PurposeNL: "Iets", PurposeEN: "Something", Term: "P1M", ConsentNeeded: true, Hosts: "x.example.com"}
	save := func(c privacy.Cookie) error {
		return w.DB.Tx(w.ctx, func(tx *db.Tx) error { return w.SaveCookie(w.ctx, tx, c) })
	}
	twice := good
	twice.Vendor, twice.PurposeNL, twice.Category = "Autodesk, Inc.", "Een 3D-model tonen", privacy.Functional
	if err := save(twice); !errors.Is(err, fault.Conflict) {
		t.Errorf("one vendor with one purpose in two categories: %v", err)
	}
	free := good
	free.ConsentNeeded = false
	host := good
	host.Hosts = "x.example.com;script-src"
	term := good
	term.Term = "a while"
	for _, bad := range []privacy.Cookie{free, host, term} {
		if err := save(bad); !errors.Is(err, fault.BadInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := save(good); err != nil {
		t.Error(err)
	}
}

func TestProofHoldsNoAddress(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	decide := func(yes bool, how string) {
		w.tx(func(tx *db.Tx) error {
			_, err := w.Record(w.ctx, tx, privacy.Consented{Ref: "ref-1", Purpose: privacy.Analytical, Version: 3, Wording: "Mogen we meten?", Yes: yes, How: how, Lang: "nl"})
			return err
		})
	}
	decide(false, privacy.ByGPC)
	decide(false, privacy.ByGPC) // a form sent twice
	w.now = at("2027-03-01 13:00")
	decide(true, privacy.ByBanner)
	if n, words := w.count(`SELECT count(*) FROM consent`), w.count(`SELECT count(*) FROM consent_wording`); n != 2 || words != 1 {
		t.Errorf("%d decisions, %d wordings", n, words)
	}
	days, err := w.ConsentDays(w.ctx, at("2027-03-01"))
	w.ok(err)
	if len(days) != 2 || days[0].How != privacy.ByGPC || days[0].No != 1 || days[1].Yes != 1 {
		t.Errorf("%+v", days)
	}
	columns, err := w.DB.Columns(w.ctx)
	w.ok(err)
	for _, c := range columns {
		if c.Table == "consent" && (strings.Contains(c.Column, "ip") && c.Column != "proof" || strings.Contains(c.Column, "agent") || strings.Contains(c.Column, "network")) {
			t.Errorf("the proof holds %s", c.Column)
		}
	}
}

func TestConsentWithdrawnBetween(t *testing.T) {
	w := newWorld(t, "2027-03-01 12:00")
	w.account("jan", "jan@example.nl", "Jan Jansen")
	who := privacy.Subject{AccountID: "jan"}
	w.tx(func(tx *db.Tx) error {
		_, err := w.Record(w.ctx, tx, privacy.Consented{Subject: who, Purpose: "reference", Item: "photo", Version: 1, Wording: "Mag je foto erbij?", Yes: true, How: privacy.ByForm, Lang: "nl"})
		return err
	})
	if yes, err := w.Agreed(w.ctx, w.DB, who, "reference", "photo"); err != nil || !yes {
		t.Fatal("not agreed")
	}
	w.now = at("2027-03-01 12:05")
	w.tx(func(tx *db.Tx) error { return w.Withdraw(w.ctx, tx, who, "reference", "photo", privacy.ByForm) })
	w.tx(func(tx *db.Tx) error {
		if yes, err := w.Agreed(w.ctx, tx, who, "reference", "photo"); err != nil || yes {
			t.Error("what is published now would be without consent")
		}
		return nil
	})
	err := w.DB.Tx(w.ctx, func(tx *db.Tx) error { return w.Withdraw(w.ctx, tx, who, "reference", "photo", privacy.ByForm) })
	if !errors.Is(err, fault.NotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func TestBreachHas72Hours(t *testing.T) {
	w := newWorld(t, "2027-03-26 18:00")
	var b privacy.Breach
	w.tx(func(tx *db.Tx) (err error) {
		b, err = w.LogBreach(w.ctx, tx, privacy.Breach{DiscoveredAt: at("2027-03-26 16:30"), Facts: "Laptop kwijt"})
		return err
	})
	// The clock goes forward in that weekend, and Monday is Easter: neither counts.
	if !b.DueAt.Equal(at("2027-03-29 17:30")) {
		t.Errorf("due %v", b.DueAt.In(amsterdam))
	}
}
