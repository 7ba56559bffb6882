package app_test

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loket/app/apptest"
	"loket/app/hours"
	"loket/app/privacy"
	"loket/app/settings"
	"loket/db"
	"loket/portals"
)

var policyHost = regexp.MustCompile(`https://([a-z0-9.*-]+)`)

// TestHostsOfEveryPage visits every page that a visitor can reach, in every
// state of consent, and compares the hosts that the policy lets in with the
// register both ways. (That no page itself names a third party is a house rule.)
func TestHostsOfEveryPage(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	register, err := a.Privacy.CookieRegister(t.Context())
	a.Fatal(err)
	states := []struct {
		name   string
		signal string
		choose []string
		asked  bool
	}{
		{"before", "", nil, true},
		{"refused", "", []string{"choice", "none", "from", "banner"}, false},
		{"accepted", "", []string{"choice", "all", "from", "banner"}, false},
		{"measuring", "", []string{"choice", "some", "analytical", "1"}, false},
		{"one vendor", "", []string{"choice", "some", "vendor", "hotjar"}, false},
		{"map always", "", []string{"choice", "some", "vendor", "google-maps"}, false},
		{"signal", "1", nil, false},
	}
	pages := reachable(t, a)
	if len(pages) < 25 {
		t.Errorf("only %d pages", len(pages))
	}
	met := map[string]bool{}
	for _, state := range states {
		v := a.Visitor()
		if state.signal != "" {
			v.Header.Set("Sec-Gpc", state.signal)
		}
		if state.choose != nil {
			v.Post("/privacy/cookies", state.choose...).Want(200)
		}
		for _, path := range pages {
			page := v.Get(path)
			chosen, ok := privacy.Choices{}, false
			for _, c := range v.Cookies() {
				if strings.HasSuffix(c.Name, "loket-"+privacy.ConsentCookie) {
					chosen, ok = privacy.ParseChoices(c.Value)
				}
			}
			consents := register.Consents(chosen, ok, privacy.Signals{GPC: state.signal != ""}, hours.DateOf(a.Now(), a.Zone))
			want, got := register.Hosts(consents, ""), hostsOf(page)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s lets in %v, the register %v", state.name, path, got, want)
			}
			if (state.name == "before" || state.name == "refused" || state.name == "signal") && len(got) > 0 {
				t.Errorf("%s: %s lets in %v", state.name, path, got)
			}
			for _, host := range got {
				met[host] = true
			}
		}
	}
	// The map comes in answer to a click, and then from a host of the register only.
	route := a.Visitor().Post("/contact/route", "map", "google").Want(200, "<iframe")
	for _, host := range hostsOf(route) {
		if !slices.ContainsFunc(register.Cookies, func(c privacy.Cookie) bool { return c.Click && slices.Contains(strings.Fields(c.Hosts), host) }) {
			t.Errorf("the map comes from %s, which is not in the register", host)
		}
		met[host] = true
	}
	for _, entry := range register.Cookies {
		for _, host := range strings.Fields(entry.Hosts) {
			if !entry.Click && !met[host] {
				t.Errorf("%s is in the register and no choice lets it in", host)
			}
		}
	}
}

// TestHostsByDefault: a fresh site lets nobody in; the map after a click is the
// one third party that its register names.
func TestHostsByDefault(t *testing.T) {
	a := apptest.New(t, portals.All...)
	for _, path := range reachable(t, a) {
		v := a.Visitor()
		if got := hostsOf(v.Get(path).WantNot("Mogen we meekijken?")); len(got) > 0 || len(v.Cookies()) > 0 {
			t.Errorf("%s lets in %v and sets %v", path, got, v.Cookies())
		}
	}
	register, err := a.Privacy.CookieRegister(t.Context())
	a.Fatal(err)
	for _, entry := range register.Cookies {
		if !entry.FirstParty && (entry.ID != "google-maps" || !entry.Click) {
			t.Errorf("%+v is in the register of a fresh site", entry)
		}
	}
}

// A visitor has the map come by itself, finds that among his preferences, and
// takes it back there. What else he chose stays.
func TestMapAlways(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Tx(func(tx *db.Tx) error {
		v := settings.VendorKey.Default
		v.Address = "Havenkade 12, 1234 AB Westerdam"
		return settings.Put(t.Context(), tx, a.Settings, settings.VendorKey, v)
	})
	iris := a.Visitor()
	iris.Get("/contact/route").Want(200, "Toon de kaart altijd").WantNot("<iframe")
	always := []string{"choice", "always", "vendor", "google-maps", "next", "/contact/route"}
	page := iris.Post("/privacy/cookies", always...).Want(200, "<iframe", "Je koos ervoor deze kaart altijd te zien")
	if got := hostsOf(page); !slices.Equal(got, []string{"www.google.com"}) {
		t.Errorf("the page lets in %v", got)
	}
	iris.Get("/contact/route").Want(200, "<iframe").WantNot("geolocation\"")
	if settings := iris.Get("/privacy/cookies").Want(200, "Alles weigeren"); !strings.Contains(settings.Body, `value="google-maps" checked`) {
		t.Error("the choice is not among the preferences")
	}
	iris.Post("/privacy/cookies", "choice", "all", "vendor", "google-maps").Want(200)
	iris.Get("/contact/route").Want(200, "<iframe")
	iris.Post("/privacy/cookies", "choice", "none", "vendor", "google-maps").Want(200, "Er valt niets te kiezen")
	if page := iris.Get("/contact/route").WantNot("<iframe"); len(hostsOf(page)) > 0 {
		t.Errorf("after refusing, the page lets in %v", hostsOf(page))
	}
	proof, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM consent WHERE item = 'google-maps' AND withdrawn_at IS NOT NULL`)
	if err != nil || proof == 0 {
		t.Errorf("no proof that he took it back: %v", err)
	}

	// Half a year later the map asks again.
	iris.Post("/privacy/cookies", always...).Want(200, "<iframe")
	a.SetNow(a.Now().AddDate(0, 6, 1))
	iris.Get("/contact/route").Want(200).WantNot("<iframe")

	// Against the signal of his browser he is asked once more.
	gpc := a.Visitor()
	gpc.Header.Set("Sec-Gpc", "1")
	gpc.Post("/privacy/cookies", always...).Want(200, "Toch toestaan?", "Google")
	gpc.Get("/contact/route").WantNot("<iframe")
	gpc.Post("/privacy/cookies", append(always, "sure", "1")...).Want(200, "<iframe")

	for _, vendor := range []string{"", "nobody", "hotjar"} { // only what comes after a click
		if got := a.Visitor().Post("/privacy/cookies", "choice", "always", "vendor", vendor).Status; got != 400 {
			t.Errorf("always %q: %d", vendor, got)
		}
	}
	a = apptest.New(t, portals.All...)
	a.Fatal(a.Demonstrate(t.Context(), io.Discard))
	all := a.Visitor()
	all.Post("/privacy/cookies", "choice", "some", "analytical", "1").Want(200)
	all.Post("/privacy/cookies", always...).Want(200, "<iframe")
	if settings := all.Get("/privacy/cookies"); !strings.Contains(settings.Body, `name="analytical" value="1" checked`) {
		t.Error("what he chose before is gone")
	}
}

// reachable are the pages that a visitor finds, a few of each kind.
func reachable(t *testing.T, a *apptest.App) (pages []string) {
	t.Helper()
	seen, kinds, todo := map[string]bool{}, map[string]int{}, []string{"/", "/contact/route"}
	v := a.Visitor()
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || kinds[kind(path)] > 0 || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/auth/") {
			continue
		}
		seen[path] = true
		kinds[kind(path)]++
		page := v.Get(path)
		if page.Status == 200 && strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			pages = append(pages, path)
			todo = append(todo, page.Links()...)
		}
	}
	return pages
}

func hostsOf(page *apptest.Page) (hosts []string) {
	for _, m := range policyHost.FindAllStringSubmatch(page.Header.Get("Content-Security-Policy"), -1) {
		hosts = append(hosts, m[1])
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
