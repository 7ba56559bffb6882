package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loket/app/account"
	"loket/app/apptest"
	"loket/db"
	"loket/portals"
)

var every = []string{"google", "facebook", "twitter", "oidc"}

// Table O, rows 7 and 17: what the provider is asked.
func TestDepart(t *testing.T) {
	a, f := withProviders(t)
	for name, origin := range map[string]string{
		"google": "https://accounts.google.com", "facebook": "https://www.facebook.com", "twitter": "https://x.com", "oidc": f.server.URL,
	} {
		b := a.Visitor()
		b.Header.Set("X-Forwarded-Host", "evil.example")
		at := depart(b, name, "?state=FIXED&provider=facebook&redirect_uri=https://evil.example")
		q := at.Query()
		if at.Scheme+"://"+at.Host != origin {
			t.Errorf("%s: sent to %s", name, at)
		}
		if q.Get("state") == "FIXED" || len(q.Get("state")) < 40 {
			t.Errorf("%s: state %q", name, q.Get("state"))
		}
		if q.Get("redirect_uri") != a.Site.URL+"/auth/"+name+"/callback" {
			t.Errorf("%s: redirect_uri %q", name, q.Get("redirect_uri"))
		}
		if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
			t.Errorf("%s: PKCE %v", name, q)
		}
		if oidc := name == "google" || name == "oidc"; oidc != (len(q.Get("nonce")) > 40) {
			t.Errorf("%s: nonce %q", name, q.Get("nonce"))
		}
		for scope := range strings.FieldsSeq(strings.ReplaceAll(q.Get("scope"), ",", " ")) {
			switch scope {
			case "openid", "email", "profile", "public_profile", "users.read", "users.email", "tweet.read":
			default:
				t.Errorf("%s asks for %s", name, scope)
			}
		}
		if q.Get("access_type") != "" {
			t.Errorf("%s asks for lasting access", name)
		}
		if again := depart(b, name, ""); again.Query().Get("state") == q.Get("state") {
			t.Errorf("%s: the same state twice", name)
		}
	}
	a.Visitor().Get("/auth/github").Want(404)
	a.Visitor().Get("/signin").Want(200, "Google", "Facebook", "X (Twitter)", "Bouw-ID")
}

// Only what is set up has a button.
func TestButtons(t *testing.T) {
	a := apptest.New(t, portals.All...)
	a.Visitor().Get("/signin").Want(200, "Inloggen").WantNot("Google", "Facebook", "of ga verder met")
	a.Visitor().Get("/auth/google").Want(404)
}

// A newcomer whose address the provider vouches for has an account at once, and
// the next time is the same person.
func TestNewcomer(t *testing.T) {
	for _, name := range []string{"google", "oidc"} {
		t.Run(name, func(t *testing.T) {
			a, f := withProviders(t)
			f.is(name, "4711", "Joost Bakker", "Joost@Bakker.example", true)
			joost := a.Visitor()
			page := f.through(joost, name, "/profile").Want(200, "Joost Bakker", "joost@bakker.example", "Gekoppeld")
			for _, c := range joost.Cookies() {
				for _, token := range f.tokens {
					if strings.Contains(c.Value, token) || strings.Contains(page.Body, token) {
						t.Error("the browser can see the provider's token")
					}
				}
			}
			if n := count(a, `SELECT count(*) FROM oauth_flow`); n != 0 {
				t.Errorf("%d flows left", n)
			}
			f.is(name, "4711", "Joost B.", "elders@bakker.example", true)
			phone := a.Visitor()
			f.through(phone, name, "/profile").Want(200, "joost@bakker.example")
			if n := count(a, `SELECT count(*) FROM account`); n != 1 {
				t.Errorf("%d accounts", n)
			}
			wantMail(a, "joost@bakker.example", "Ingelogd op een nieuw apparaat")
			phone.Post("/signout").Want(200)
			phone.Get("/signin").Want(200, "vorige keer")
		})
	}
}

// Table O, row 5: the same number at two providers is two people.
func TestSameNumberElsewhere(t *testing.T) {
	a, f := withProviders(t)
	f.is("google", "4711", "Joost Bakker", "joost@bakker.example", true)
	f.through(a.Visitor(), "google", "/profile").Want(200, "joost@bakker.example")
	f.is("oidc", "4711", "Piet Pietersen", "piet@pietersen.example", true)
	f.through(a.Visitor(), "oidc", "/profile").Want(200, "piet@pietersen.example")
	if n := count(a, `SELECT count(*) FROM account`); n != 2 {
		t.Errorf("%d accounts", n)
	}
}

// What a provider tells is kept as if somebody had typed it.
func TestOddPerson(t *testing.T) {
	a, f := withProviders(t)
	f.is("oidc", "4711", "Joost\x00\u202e\n"+strings.Repeat("Bakker ", 100), "Joost@BAKKER.example", true)
	b := a.Visitor()
	f.through(b, "oidc", "/profile").Want(200, "joost@bakker.example")
	if name := b.Get("/profile").Input("name"); !strings.HasPrefix(name, "Joost Bakker Bakker") || len(name) > 120 {
		t.Errorf("the name is %q", name)
	}
	for _, id := range []string{"", "47\x0011", strings.Repeat("4", 300)} {
		f.is("oidc", id, "Piet", "piet@pietersen.example", true)
		f.through(a.Visitor(), "oidc", "/profile").Want(200, "antwoordt nu niet")
	}
	if n := count(a, `SELECT count(*) FROM account`); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

// Who comes with an address of the vendor's own domain gets no account by that.
func TestVendorThroughProvider(t *testing.T) {
	a, f := withProviders(t)
	for _, verified := range []bool{true, false} {
		f.is("google", "4711", "Sanne", "sanne@tekenkast.example", verified)
		f.through(a.Visitor(), "google", "/profile").Want(200, "krijgen hun account van een beheerder")
	}
	f.is("facebook", "4711", "Sanne", "", false)
	b := a.Visitor()
	f.through(b, "facebook", "/profile")
	b.Post("/signin/address", "email", "sanne@tekenkast.example").Want(422, "krijgen hun account van een beheerder")
	if n := count(a, `SELECT count(*) FROM account`); n != 0 || len(a.Mails()) != 0 {
		t.Errorf("%d accounts, %d mails", n, len(a.Mails()))
	}
}

// An address that the provider does not vouch for, with a boolean true, is
// confirmed by mail first.
func TestUnverifiedAddress(t *testing.T) {
	for _, c := range []struct {
		provider string
		verified any
	}{
		{"google", false}, {"google", "true"}, {"google", 1}, {"google", nil},
		{"oidc", false}, {"oidc", "true"}, {"oidc", nil},
		{"facebook", true}, {"twitter", true},
	} {
		t.Run(c.provider, func(t *testing.T) {
			a, f := withProviders(t)
			f.is(c.provider, "4711", "Joost Bakker", "joost@bakker.example", c.verified)
			joost := a.Visitor()
			f.through(joost, c.provider, "/profile").Want(200, "Bevestig je e-mailadres", "joost@bakker.example", "Heb je al een account?")
			if signedIn(joost) || count(a, `SELECT count(*) FROM account`) != 0 {
				t.Fatal("the provider's word was enough")
			}
			link := a.Link(a.MailTo("joost@bakker.example"), "/signin/social/")
			a.Visitor().Get(link).Want(200, "Bevestig en ga verder")
			joost.Get(link).Want(200)
			if count(a, `SELECT count(*) FROM account`) != 0 {
				t.Fatal("opening the link was enough")
			}
			joost.Post(link).Want(200, "joost@bakker.example", "Gekoppeld")
			joost.Post(link).Want(410)
			phone := a.Visitor()
			f.through(phone, c.provider, "/profile").Want(200, "joost@bakker.example")
		})
	}
}

// Who follows the link of a sign-in that a stranger began gets an account that
// the stranger cannot open.
func TestConfirmedInAnotherBrowser(t *testing.T) {
	a, f := withProviders(t)
	f.is("facebook", "666", "Joost Bakker", "joost@bakker.example", true)
	stranger := a.Visitor()
	f.through(stranger, "facebook", "/")
	joost := a.Visitor()
	joost.Post(a.Link(a.MailTo("joost@bakker.example"), "/signin/social/"))
	if !signedIn(joost) {
		t.Fatal("Joost is not in")
	}
	f.through(stranger, "facebook", "/profile").Want(200, "Bevestig je e-mailadres")
	if signedIn(stranger) || count(a, `SELECT count(*) FROM identity`) != 0 {
		t.Error("the stranger's provider opens Joost's account")
	}
}

// Table O, row 1: an account is never joined by its address. Its owner signs in
// and links it himself.
func TestAddressOfAnAccount(t *testing.T) {
	for _, c := range []struct {
		provider string
		verified any
	}{{"google", true}, {"google", false}, {"oidc", true}, {"facebook", nil}, {"twitter", nil}} {
		t.Run(c.provider, func(t *testing.T) {
			a, f := withProviders(t)
			a.Customer("Jan")
			a.ForgetMails()
			f.is(c.provider, "4711", "Jan", "Jan@example.com", c.verified)
			b := a.Visitor()
			f.through(b, c.provider, "/profile").Want(200, `name="password"`)
			if signedIn(b) || count(a, `SELECT count(*) FROM identity`) != 0 {
				t.Fatal("joined by its address")
			}
			b.Post("/signin", "email", "jan@example.com", "password", apptest.Password, "next", "/profile").Want(200, "koppelen?", "jan@example.com")
			if count(a, `SELECT count(*) FROM identity`) != 0 {
				t.Fatal("linked without asking")
			}
			b.Post("/signin/offer", "link", "yes", "next", "/profile").Want(200, "is gekoppeld")
			wantMail(a, "jan@example.com", "Een nieuwe manier om in te loggen")
			f.through(a.Visitor(), c.provider, "/profile").Want(200, "jan@example.com", "Gekoppeld")

			other := a.Visitor() // says no
			f.is(c.provider, "815", "Jan", "jan@example.com", c.verified)
			f.through(other, c.provider, "/profile")
			other.Post("/signin", "email", "jan@example.com", "password", apptest.Password, "next", "/profile").Want(200, "koppelen?")
			other.Post("/signin/offer", "link", "no", "next", "/profile").Want(200, "Profiel")
			if n := count(a, `SELECT count(*) FROM identity`); n != 1 {
				t.Errorf("%d linked", n)
			}
		})
	}
}

// The page after an address that is not vouched for is the same for a known one.
func TestUnverifiedTellsNothing(t *testing.T) {
	a, f := withProviders(t)
	a.Customer("Jan")
	f.is("facebook", "1", "X", "jan@example.com", nil)
	known := f.through(a.Visitor(), "facebook", "/")
	f.is("facebook", "2", "X", "jxn@example.com", nil)
	unknown := f.through(a.Visitor(), "facebook", "/")
	strip := func(p *apptest.Page) string {
		body := nonced(p.Body)
		for _, cut := range []string{"state", "code"} {
			for {
				i := strings.Index(body, cut+"%3D")
				if i < 0 {
					i = strings.Index(body, cut+"=")
				}
				if i < 0 {
					break
				}
				end := i + strings.IndexAny(body[i:], `&"`)
				body = body[:i] + body[end:]
			}
		}
		return strings.ReplaceAll(body, "jxn@", "jan@")
	}
	if strip(known) != strip(unknown) {
		t.Error("the page tells whether an address is known")
	}
}

// Table O, row 3: what somebody set who never confirmed the address is void.
func TestUnconfirmedSignUpIsVoid(t *testing.T) {
	a, f := withProviders(t)
	evil := a.Visitor()
	evil.Post("/signup", "name", "Joost", "email", "joost@bakker.example", "password", sentence).Want(200)
	planted := a.Link(a.MailTo("joost@bakker.example"), "/signin/verify/")
	// And once more the way staff or an import may leave it: a row never confirmed.
	a.Tx(func(tx *db.Tx) error {
		_, err := account.Create(t.Context(), tx, account.Account{Name: "Joost", Email: "joost@bakker.example", Password: a.Site.Passwords.Hash(sentence), CreatedAt: a.Now()}, false)
		return err
	})
	evil.Post("/signin", "email", "joost@bakker.example", "password", sentence).Want(200, "Bevestig eerst je e-mailadres")
	if signedIn(evil) {
		t.Fatal("in without having confirmed the address")
	}
	f.is("google", "4711", "Joost Bakker", "joost@bakker.example", true)
	joost := a.Visitor()
	f.through(joost, "google", "/profile").Want(200, "joost@bakker.example", "Gekoppeld")
	a.Visitor().Post("/signin", "email", "joost@bakker.example", "password", sentence).Want(422)
	a.Visitor().Post(planted).Want(410)
	if n := count(a, `SELECT count(*) FROM link`); n != 0 {
		t.Errorf("%d links left", n)
	}
}

// Who tells no address is asked for one, which is confirmed.
func TestMissingAddress(t *testing.T) {
	for _, name := range every {
		t.Run(name, func(t *testing.T) {
			a, f := withProviders(t)
			f.is(name, "4711", "Joost Bakker", "", true)
			joost := a.Visitor()
			f.through(joost, name, "/profile").Want(200, "Wat is je e-mailadres?")
			joost.Post("/signin/address", "email", "geen adres").Want(422, "Dit is geen e-mailadres")
			joost.Post("/signin/address", "email", "joost@bakker.example").Want(200, "Bevestig je e-mailadres")
			if signedIn(joost) {
				t.Fatal("in before the address is confirmed")
			}
			joost.Post(a.Link(a.MailTo("joost@bakker.example"), "/signin/social/")).Want(200, "joost@bakker.example", "Gekoppeld")
			a.Visitor().Get("/signin/address").Want(200, "Inloggen")
		})
	}
}

// A provider that is down costs a sentence, not a page.
func TestProviderDown(t *testing.T) {
	for _, name := range every {
		t.Run(name, func(t *testing.T) {
			a, f := withProviders(t)
			f.is(name, "4711", "Joost Bakker", "joost@bakker.example", true)
			if name == "oidc" {
				f.down = true
				a.Visitor().Get("/auth/oidc").Want(200, "Bouw-ID antwoordt nu niet")
				f.down = false
			}
			b := a.Visitor()
			at := depart(b, name, "")
			code, asked := f.consent(at.String())
			f.down = true
			back := "/auth/" + name + "/callback?" + url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode()
			b.Get(back).Want(200, "antwoordt nu niet", "Mail me een inloglink")
			f.down = false
			f.through(b, name, "/").WantNot("antwoordt nu niet")
			b.Get("/auth/" + name + "/callback?error=access_denied&state=" + depart(b, name, "").Query().Get("state")).WantNot("access_denied")
		})
	}
}

// A provider that takes its time, call after call, costs a few seconds and a sentence.
func TestProviderSlow(t *testing.T) {
	for _, name := range every {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, f := withProviders(t)
			f.is(name, "4711", "Joost Bakker", "joost@bakker.example", true)
			b := a.Visitor()
			at := depart(b, name, "")
			code, asked := f.consent(at.String())
			f.slow = true
			began := time.Now()
			b.Get("/auth/"+name+"/callback?"+url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode()).Want(200, "antwoordt nu niet", "Mail me een inloglink")
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A callback counts once, in the browser that began it, at the provider where
// it began, within ten minutes, and with the code that belongs to it.
func TestCallback(t *testing.T) {
	for _, name := range every {
		t.Run(name, func(t *testing.T) {
			a, f := withProviders(t)
			f.is(name, "4711", "Joost Bakker", "joost@bakker.example", true)
			other := "google"
			if name == other {
				other = "oidc"
			}
			callback := func(at *url.URL) (string, string) {
				code, asked := f.consent(at.String())
				return "/callback?" + url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode(), code
			}
			refused := func(b *apptest.Browser, path, why string) {
				t.Helper()
				b.Get(path).Want(200, "Mail me een inloglink")
				if signedIn(b) || count(a, `SELECT count(*) FROM account`)+count(a, `SELECT count(*) FROM link`) != 0 {
					t.Fatalf("in, although %s", why)
				}
			}
			b := a.Visitor()
			depart(b, name, "")
			refused(b, "/auth/"+name+"/callback?code=x", "there is no state")
			refused(b, "/auth/"+name+"/callback?code=x&state=", "the state is empty")
			refused(b, "/auth/"+name+"/callback?code=x&state=made-up", "the state is made up")

			path, _ := callback(depart(b, name, ""))
			thief := a.Visitor()
			refused(thief, "/auth/"+name+path, "another browser began it")
			depart(thief, name, "")
			refused(thief, "/auth/"+name+path, "another browser, on its own way, began it")

			path, _ = callback(depart(b, name, ""))
			before := len(f.calls)
			refused(b, "/auth/"+other+path+"&provider="+name, "it began at another provider")
			if len(f.calls) != before {
				t.Errorf("the code of %s went to another: %s", name, f.calls[before:])
			}
			refused(b, "/auth/"+name+path, "the state was used elsewhere")

			path, _ = callback(depart(b, name, ""))
			a.Advance(11 * time.Minute)
			refused(b, "/auth/"+name+path, "it took eleven minutes")

			// A code of another flow does not go with this flow's verifier.
			_, stolen := callback(depart(a.Visitor(), name, ""))
			refused(b, "/auth/"+name+"/callback?code="+stolen+"&state="+depart(b, name, "").Query().Get("state"), "the code is another's")

			path, _ = callback(depart(b, name, ""))
			b.Get("/auth/" + name + path).Want(200)
			calls := len(f.calls)
			b.Post("/signout")
			b.Get("/auth/"+name+path).Want(200, "Mail me een inloglink")
			if len(f.calls) != calls || signedIn(b) {
				t.Error("the callback was used twice")
			}
		})
	}
}

// What an issuer sends has to be signed by it, for us, for this sign-in, now.
func TestIDToken(t *testing.T) {
	for why, spoil := range map[string]func(map[string]any){
		"another nonce":    func(c map[string]any) { c["nonce"] = "another" },
		"no nonce":         func(c map[string]any) { delete(c, "nonce") },
		"for another site": func(c map[string]any) { c["aud"] = "other-key" },
		"by another":       func(c map[string]any) { c["iss"] = "https://evil.example" },
		"too old":          func(c map[string]any) { c["exp"] = apptest.Start.Add(-time.Hour).Unix() },
		"no end":           func(c map[string]any) { delete(c, "exp") },
		"forged":           nil,
	} {
		t.Run(why, func(t *testing.T) {
			a, f := withProviders(t)
			f.is("oidc", "4711", "Joost Bakker", "joost@bakker.example", true)
			f.spoil, f.forge = spoil, spoil == nil
			b := a.Visitor()
			f.through(b, "oidc", "/").Want(200, "Mail me een inloglink")
			if signedIn(b) || count(a, `SELECT count(*) FROM account`) != 0 {
				t.Error("believed")
			}
		})
	}
	a, f := withProviders(t)
	f.is("google", "4711", "Joost Bakker", "joost@bakker.example", true)
	f.spoil = func(c map[string]any) { c["nonce"] = "another" }
	b := a.Visitor()
	f.through(b, "google", "/").Want(200, "Mail me een inloglink")
	if signedIn(b) {
		t.Error("Google's token with another nonce is believed")
	}
}

// Table O, row 9: to link takes a POST on this site and a fresh session.
func TestLink(t *testing.T) {
	a, f := withProviders(t)
	jan := a.Customer("Jan")
	f.is("facebook", "4711", "Jan", "iets@anders.example", nil)
	link := func(b *apptest.Browser) *apptest.Page { return b.Still().Post("/auth/facebook", "link", "1") }

	page := jan.Get("/profile").Want(200, "Koppel")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://accounts.google.com https://www.facebook.com https://x.com") {
		t.Errorf("the form cannot go on to the provider: %s", csp)
	}
	cross := jan.Still()
	cross.Header = http.Header{"Origin": {"https://evil.test"}, "Sec-Fetch-Site": {"cross-site"}}
	cross.Post("/auth/facebook", "link", "1").Want(403)
	at := depart(jan, "facebook", "?link=1") // a GET signs in, it does not link
	f.back(jan, "facebook", at)
	if count(a, `SELECT count(*) FROM identity`) != 0 {
		t.Fatal("linked by a GET")
	}

	began := link(jan)
	if began.Status != http.StatusSeeOther {
		t.Fatalf("status %d", began.Status)
	}
	to, err := url.Parse(began.Header.Get("Location"))
	a.Fatal(err)
	piet := a.Customer("Piet")
	code, asked := f.consent(to.String())
	callback := "/auth/facebook/callback?" + url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode()
	piet.Get(callback).Want(200, "in een andere browser")
	if count(a, `SELECT count(*) FROM identity`) != 0 {
		t.Fatal("the victim's account got the attacker's provider")
	}
	jan.Get(callback).Want(200, "is gekoppeld", "Gekoppeld")
	wantMail(a, "jan@example.com", "Een nieuwe manier om in te loggen")

	to, err = url.Parse(link(piet).Header.Get("Location"))
	a.Fatal(err)
	f.back(piet, "facebook", to).Want(200, "hoort al bij een ander account")

	a.Advance(16 * time.Minute)
	jan.Post("/auth/google", "link", "1").Want(200, "Log nog een keer in", `value="jan@example.com"`)

	jan.Post("/profile/unlink", "provider", "facebook").Want(200, "is ontkoppeld")
	if count(a, `SELECT count(*) FROM identity`) != 0 {
		t.Error("still linked")
	}
	jan.Post("/profile/unlink", "provider", "facebook").Want(404)
}

// The last way in stays, until there is a password.
func TestUnlinkTheLast(t *testing.T) {
	a, f := withProviders(t)
	f.is("google", "4711", "Joost Bakker", "joost@bakker.example", true)
	joost := a.Visitor()
	f.through(joost, "google", "/profile")
	joost.Post("/profile/unlink", "provider", "google").Want(200, "je enige manier om in te loggen", "Gekoppeld")
	joost.Get("/profile/password").Want(200, "Wachtwoord kiezen").WantNot("huidige")
	joost.Post("/profile/password", "password", sentence).Want(200, "Je wachtwoord is gewijzigd")
	joost.Post("/profile/unlink", "provider", "google").Want(200, "is ontkoppeld")
}

// Table O, row 15: a colleague gets in through a provider only when he linked it.
func TestStaffThroughProvider(t *testing.T) {
	a, f := withProviders(t)
	a.Staff("Sofie")
	f.is("google", "4711", "Sofie", "sofie@example.com", true)
	b := a.Visitor()
	f.through(b, "google", "/profile").Want(200, `name="password"`)
	if signedIn(b) {
		t.Fatal("a colleague is in by address")
	}
	b.Post("/signin", "email", "sofie@example.com", "password", apptest.Password)
	b.Post("/signin/offer", "link", "yes", "next", "/profile").Want(200, "is gekoppeld")
	f.through(a.Visitor(), "google", "/profile").Want(200, "sofie@example.com")
	// Added by an admin, not yet come: the mailed link is the way in, not the provider.
	a.Admin("Ada").Post("/staff/signin/people/new", "name", "Daan", "email", "daan@example.com", "lang", "nl", "role", "staff", "permissions", "tickets").Want(200, "daan@example.com")
	f.is("google", "815", "Daan", "daan@example.com", true)
	daan := a.Visitor()
	f.through(daan, "google", "/profile")
	if signedIn(daan) {
		t.Error("a colleague who never confirmed his address is in")
	}
}

// Table A, row 21, and table O: who is blocked gets in no way.
func TestBlocked(t *testing.T) {
	a, f := withProviders(t)
	f.is("google", "4711", "Joost Bakker", "joost@bakker.example", true)
	joost := a.Visitor()
	f.through(joost, "google", "/profile")
	joost.Post("/profile/password", "password", sentence)
	a.Visitor().Post("/signin/forgot", "email", "joost@bakker.example")
	reset := a.Link(a.MailTo("joost@bakker.example"), "/signin/reset/")
	a.Visitor().Post("/signin/link", "email", "joost@bakker.example")
	var in string
	for _, m := range a.Mails() {
		if strings.Contains(m.Text, "/signin/link/") {
			in = a.Link(m, "/signin/link/")
		}
	}
	id, err := db.Get[string](t.Context(), a.DB, `SELECT id FROM account WHERE email = 'joost@bakker.example'`)
	a.Fatal(err)
	ada := a.Admin("Ada")
	ada.Post("/staff/signin/people/"+id+"/block").Want(200, "geblokkeerd")
	a.ForgetMails()
	if signedIn(joost) {
		t.Error("the live session goes on")
	}
	known := a.Visitor()
	known.Post("/signin", "email", "joost@bakker.example", "password", sentence).Want(422)
	known.Post(reset, "password", "nog een andere lange zin").Want(410)
	known.Post(in).Want(410)
	f.through(known, "google", "/profile").Want(403, "Je account is geblokkeerd")
	known.Post("/signin/forgot", "email", "joost@bakker.example").Want(200, "Kijk in je mail")
	known.Post("/signin/link", "email", "joost@bakker.example").Want(200, "Kijk in je mail")
	if signedIn(known) || len(a.Mails()) != 0 {
		t.Error("there is a way in for who is blocked")
	}
	ada.Post("/staff/signin/people/"+id+"/unblock").Want(200, "opgeheven")
	f.through(known, "google", "/profile").Want(200, "joost@bakker.example")
}
