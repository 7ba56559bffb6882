package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"loket/app"
	"loket/app/apptest"
	"loket/portals/home"
	"loket/portals/signin"
)

// fake stands in for every provider on 127.0.0.1. It is as strict as they are:
// a code works once, for who shows the verifier that its challenge was made of.
type fake struct {
	t      *testing.T
	server *httptest.Server
	issuer *oidctest.Server
	key    *ecdsa.PrivateKey
	now    func() time.Time

	mu     sync.Mutex
	who    map[string]any // what the provider tells of its user, by its own names
	grants map[string]url.Values
	tokens []string
	calls  []string
	down   bool
	slow   bool                        // takes each call and never answers
	spoil  func(claims map[string]any) // changes the ID token
	forge  bool                        // signs it with a key of its own
}

// roads lead the calls of Goth's providers to the fake.
var roads = map[string]string{
	"oauth2.googleapis.com": "/google", "www.googleapis.com": "/google",
	"graph.facebook.com": "/facebook", "api.x.com": "/x",
}

// RoundTrip implements http.RoundTripper.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Host+r.URL.Path)
	down, slow := f.down, f.slow
	f.mu.Unlock()
	if slow {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if down {
		return nil, fmt.Errorf("dial tcp %s: connect: connection refused", r.URL.Host)
	}
	again := r.Clone(r.Context())
	if at, ok := roads[r.URL.Host]; ok {
		local, err := url.Parse(f.server.URL + at + r.URL.Path + "?" + r.URL.RawQuery)
		if err != nil {
			return nil, err
		}
		again.URL, again.Host = local, ""
	} else if !strings.HasPrefix(r.URL.String(), f.server.URL) {
		f.t.Errorf("a call to %s", r.URL.Host)
		return nil, fmt.Errorf("nobody at %s", r.URL.Host)
	}
	return http.DefaultTransport.RoundTrip(again)
}

// withProviders is the program with all providers set up, and their fake.
func withProviders(t *testing.T) (*apptest.App, *fake) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, key: key, grants: map[string]url.Values{}, who: map[string]any{}}
	f.issuer = &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k1", Algorithm: "ES256"}}, Algorithms: []string{"ES256"}}
	f.server = httptest.NewServer(f.routes())
	t.Cleanup(f.server.Close)
	f.issuer.SetIssuer(f.server.URL)
	a := apptest.With(t, []func(*app.Host) app.Portal{home.New, signin.With(f)}, func(parts *app.Parts) {
		c := &parts.Config
		c.GoogleKey, c.GoogleSecret = "google-key", "google-secret"
		c.FacebookKey, c.FacebookSecret = "facebook-key", "facebook-secret"
		c.TwitterKey, c.TwitterSecret = "twitter-key", "twitter-secret"
		c.OIDCIssuer, c.OIDCKey, c.OIDCSecret, c.OIDCName = f.server.URL, "oidc-key", "oidc-secret", "Bouw-ID"
	})
	f.now = a.Now
	return a, f
}

func (f *fake) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /google/token", f.token("google-key", true))
	mux.HandleFunc("GET /google/oauth2/v2/userinfo", f.user)
	mux.HandleFunc("POST /facebook/oauth/access_token", f.token("facebook-key", false))
	mux.HandleFunc("GET /facebook/me", f.user)
	mux.HandleFunc("POST /x/2/oauth2/token", f.token("twitter-key", false))
	mux.HandleFunc("GET /x/2/users/me", f.user)
	mux.HandleFunc("POST /token", f.token("oidc-key", true))
	mux.Handle("/", f.issuer)
	return mux
}

// consent is what the provider's own page does: it remembers what was asked
// and sends the browser back with a code.
func (f *fake) consent(address string) (code string, asked url.Values) {
	f.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code = rand.Text()
	f.grants[code] = u.Query()
	return code, u.Query()
}

func (f *fake) token(client string, idToken bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if err := r.ParseForm(); err != nil {
			f.t.Error(err)
		}
		code := r.PostForm.Get("code")
		asked, ok := f.grants[code]
		id, secret, _ := r.BasicAuth()
		if id == "" {
			id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
		}
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		switch {
		case !ok, asked.Get("client_id") != client, id != client, secret != strings.Replace(client, "key", "secret", 1),
			asked.Get("redirect_uri") != r.PostForm.Get("redirect_uri"),
			asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"invalid_grant","error_description":"joost@bakker.example may not"}`)
			return
		}
		delete(f.grants, code)
		token := "access-" + rand.Text()
		f.tokens = append(f.tokens, token)
		answer := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600}
		if idToken {
			answer["id_token"] = f.idToken(client, asked.Get("nonce"))
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	}
}

func (f *fake) idToken(client, nonce string) string {
	now := f.now()
	claims := map[string]any{"iss": f.server.URL, "aud": client, "nonce": nonce, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for name, value := range f.who {
		claims[name] = value
	}
	if f.spoil != nil {
		f.spoil(claims)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		f.t.Error(err)
	}
	key := f.key
	if f.forge {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			f.t.Error(err)
		}
	}
	return oidctest.SignIDToken(key, "k1", "ES256", string(raw))
}

func (f *fake) user(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = r.URL.Query().Get("access_token")
	}
	if len(f.tokens) == 0 || f.tokens[len(f.tokens)-1] != token {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	var told any = f.who
	if strings.HasPrefix(r.URL.Path, "/x/") {
		told = map[string]any{"data": f.who}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(told)
}

// are sets who the provider's user is, by the names that provider uses.
func (f *fake) is(provider, id, name, email string, verified any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.who = map[string]any{"name": name, "picture": "http://127.0.0.1:1/canary.png"}
	switch provider {
	case "google":
		f.who["id"], f.who["sub"], f.who["email"], f.who["verified_email"] = id, id, email, verified
	case "facebook":
		f.who["id"], f.who["email"], f.who["verified"] = id, email, verified
		delete(f.who, "picture")
	case "twitter":
		f.who["id"], f.who["confirmed_email"], f.who["verified"] = id, email, verified
	default:
		f.who["sub"], f.who["email"], f.who["email_verified"] = id, email, verified
	}
	if email == "" {
		delete(f.who, "email")
		delete(f.who, "confirmed_email")
	}
}

// depart begins at a provider and returns where the browser is sent.
func depart(b *apptest.Browser, provider, query string) *url.URL {
	b.App.T.Helper()
	page := b.Still().Get("/auth/" + provider + query)
	if page.Status != http.StatusSeeOther {
		b.App.T.Fatalf("/auth/%s: status %d", provider, page.Status)
	}
	u, err := url.Parse(page.Header.Get("Location"))
	b.App.Fatal(err)
	return u
}

// through goes the whole way through a provider and back.
func (f *fake) through(b *apptest.Browser, provider, next string) *apptest.Page {
	b.App.T.Helper()
	return f.back(b, provider, depart(b, provider, "?next="+url.QueryEscape(next)))
}

func (f *fake) back(b *apptest.Browser, provider string, at *url.URL) *apptest.Page {
	b.App.T.Helper()
	code, asked := f.consent(at.String())
	return b.Get("/auth/" + provider + "/callback?" + url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode())
}
