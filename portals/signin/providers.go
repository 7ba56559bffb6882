package signin

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/facebook"
	"github.com/markbates/goth/providers/google"
	"golang.org/x/oauth2"

	"loket/app"
	"loket/app/account"
	"loket/app/text"
)

// provider is another site that can say who somebody is.
type provider struct {
	Name   string // in addresses: google
	Label  string // on the button: Google
	Origin string // where the browser is sent
	Issuer string // as it names itself, who speaks OpenID Connect
	// begin returns the address to send the browser to.
	begin func(ctx context.Context, state string, f secrets) (string, error)
	// finish asks the provider whom the code is about.
	finish func(ctx context.Context, code string, f secrets) (person, error)
}

// secrets are what one sign-in under way keeps on this side: the PKCE verifier
// (RFC 7636) and the nonce that the ID token must carry (OpenID Connect Core §3.1.2.1).
type secrets struct{ Verifier, Nonce string }

// person is what a provider tells about somebody. Verified is whether the
// provider says, with a boolean true, that the address is his.
type person struct {
	Provider string
	Subject  string // the provider's own id; with Provider it is who this is
	Name     string
	Email    string
	Verified bool
}

// fit is who a provider tells of, fit to keep: an id that is one short line, a
// name as somebody could have typed it.
func (who person) fit() (person, error) {
	if who.Subject != text.Line(who.Subject) || who.Subject == "" || len(who.Subject) > 255 {
		return who, fmt.Errorf("an id that %s cannot mean: %w", who.Provider, errRefused)
	}
	name := []rune(text.Line(who.Name))
	who.Name = strings.TrimSpace(string(name[:min(len(name), 120)]))
	who.Email = account.Address(who.Email)
	return who, nil
}

// errRefused says that what a provider sent cannot be trusted.
var errRefused = errors.New("refused")

// How long a provider may take in all, and how much it may say.
const (
	providerTime  = 6 * time.Second
	providerBytes = 1 << 20
)

// providers are those that are set up, in the order of their buttons. transport
// carries the calls to them; Go's default one follows the proxy and root
// certificates of the machine.
func providers(cfg app.Config, transport http.RoundTripper, now func() time.Time) []provider {
	client := &http.Client{
		Transport:     bounded{transport},
		Timeout:       providerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	back := func(name string) string { return cfg.URL + "/auth/" + name + "/callback" }
	var all []provider
	if cfg.GoogleKey != "" {
		all = append(all, ofGoogle(cfg, client, back("google")))
	}
	if cfg.FacebookKey != "" {
		all = append(all, ofFacebook(cfg, client, back("facebook")))
	}
	if cfg.TwitterKey != "" {
		all = append(all, ofTwitter(cfg, client, back("twitter")))
	}
	if cfg.OIDCIssuer != "" {
		all = append(all, ofIssuer(cfg, client, back("oidc"), now))
	}
	return all
}

// bounded cuts off an answer that is larger than any honest one.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, providerBytes), resp.Body}
	}
	return resp, err
}

// proving adds the PKCE verifier to the exchange of a code, which Goth's
// providers leave out; and ends with until, which they do not know of.
type proving struct {
	http.RoundTripper
	until    context.Context
	verifier string
}

// RoundTrip implements http.RoundTripper.
func (p proving) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(p.until)
	if r.Method != http.MethodPost || r.Body == nil {
		return p.RoundTripper.RoundTrip(r)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, errors.Join(err, r.Body.Close())
	}
	body := string(raw) + "&code_verifier=" + url.QueryEscape(p.verifier)
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return p.RoundTripper.RoundTrip(again)
}

func provingClient(ctx context.Context, client *http.Client, f secrets) *http.Client {
	with := *client
	with.Transport = proving{client.Transport, ctx, f.Verifier}
	return &with
}

// challenged adds PKCE (and, for who speaks OpenID Connect, a nonce) to the
// address that a Goth provider makes.
func challenged(session goth.Session, f secrets, more url.Values) (string, error) {
	address, err := session.GetAuthURL()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Del("access_type") // Goth asks Google for lasting access; this is only a sign-in
	query.Set("code_challenge", oauth2.S256ChallengeFromVerifier(f.Verifier))
	query.Set("code_challenge_method", "S256")
	for name, values := range more {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// finished has a Goth provider exchange the code and tell who it is about.
func finished(p goth.Provider, code string) (goth.Session, goth.User, error) {
	session, err := p.UnmarshalSession("{}")
	if err != nil {
		return nil, goth.User{}, err
	}
	if _, err := session.Authorize(p, url.Values{"code": {code}}); err != nil {
		return nil, goth.User{}, err
	}
	user, err := p.FetchUser(session)
	if err == nil && user.UserID == "" {
		err = fmt.Errorf("%s names nobody: %w", p.Name(), errRefused)
	}
	return session, user, err
}

func ofGoogle(cfg app.Config, client *http.Client, back string) provider {
	with := func(ctx context.Context, f secrets) *google.Provider {
		p := google.New(cfg.GoogleKey, cfg.GoogleSecret, back, "openid", "email", "profile")
		p.HTTPClient = provingClient(ctx, client, f)
		return p
	}
	return provider{
		Name: "google", Label: "Google", Origin: "https://accounts.google.com", Issuer: "https://accounts.google.com",
		begin: func(ctx context.Context, state string, f secrets) (string, error) {
			session, err := with(ctx, f).BeginAuth(state)
			if err != nil {
				return "", err
			}
			return challenged(session, f, url.Values{"nonce": {f.Nonce}})
		},
		finish: func(ctx context.Context, code string, f secrets) (person, error) {
			_, user, err := finished(with(ctx, f), code)
			if err != nil {
				return person{}, err
			}
			if err := nonceHeld(user.IDToken, f.Nonce); err != nil {
				return person{}, err
			}
			verified, _ := user.RawData["verified_email"].(bool)
			return person{"google", user.UserID, user.Name, user.Email, verified}, nil
		},
	}
}

// nonceHeld checks the nonce of an ID token that came straight from the
// provider over TLS, which stands in for checking its signature (OpenID Connect
// Core §3.1.3.7, step 6). Who sends no ID token is held to state and PKCE.
func nonceHeld(token, nonce string) error {
	if token == "" {
		return nil
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("ID token: %w", errRefused)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("ID token: %w", errRefused)
	}
	var claims struct{ Nonce string }
	if err := json.Unmarshal(raw, &claims); err != nil || claims.Nonce != nonce {
		return fmt.Errorf("nonce of the ID token: %w", errRefused)
	}
	return nil
}

func ofFacebook(cfg app.Config, client *http.Client, back string) provider {
	with := func(ctx context.Context, f secrets) *facebook.Provider {
		p := facebook.New(cfg.FacebookKey, cfg.FacebookSecret, back, "public_profile")
		p.HTTPClient = provingClient(ctx, client, f)
		return p.SetCustomFields([]string{"id", "name", "email"})
	}
	return provider{
		Name: "facebook", Label: "Facebook", Origin: "https://www.facebook.com",
		begin: func(ctx context.Context, state string, f secrets) (string, error) {
			session, err := with(ctx, f).BeginAuth(state)
			if err != nil {
				return "", err
			}
			return challenged(session, f, nil)
		},
		finish: func(ctx context.Context, code string, f secrets) (person, error) {
			_, user, err := finished(with(ctx, f), code)
			// Facebook does not say whether an address was verified.
			return person{"facebook", user.UserID, user.Name, user.Email, false}, err
		},
	}
}

func ofTwitter(cfg app.Config, client *http.Client, back string) provider {
	x := &twitter{
		config: oauth2.Config{
			ClientID: cfg.TwitterKey, ClientSecret: cfg.TwitterSecret, RedirectURL: back,
			Endpoint: oauth2.Endpoint{
				AuthURL: "https://x.com/i/oauth2/authorize", TokenURL: "https://api.x.com/2/oauth2/token",
				AuthStyle: oauth2.AuthStyleInHeader,
			},
			// tweet.read is what X wants before it names its own user; nothing is read.
			Scopes: []string{"users.read", "users.email", "tweet.read"},
		},
		profile: "https://api.x.com/2/users/me?user.fields=confirmed_email",
	}
	with := func(ctx context.Context, f secrets) *twitter {
		p := *x
		p.client = provingClient(ctx, client, f)
		return &p
	}
	return provider{
		Name: "twitter", Label: "X (Twitter)", Origin: "https://x.com",
		begin: func(ctx context.Context, state string, f secrets) (string, error) {
			session, err := with(ctx, f).BeginAuth(state)
			if err != nil {
				return "", err
			}
			return challenged(session, f, nil)
		},
		finish: func(ctx context.Context, code string, f secrets) (person, error) {
			_, user, err := finished(with(ctx, f), code)
			return person{"twitter", user.UserID, user.Name, user.Email, false}, err
		},
	}
}

// ofIssuer is any OpenID Connect provider, by its discovery document, which is
// read when somebody first signs in with it: that it is down must not keep the
// program from starting.
func ofIssuer(cfg app.Config, client *http.Client, back string, now func() time.Time) provider {
	var found atomic.Pointer[oidc.Provider]
	discover := func(ctx context.Context) (*oidc.Provider, oauth2.Config, error) {
		p := found.Load()
		if p == nil {
			var err error
			if p, err = oidc.NewProvider(oidc.ClientContext(ctx, client), cfg.OIDCIssuer); err != nil {
				return nil, oauth2.Config{}, err
			}
			found.Store(p)
		}
		return p, oauth2.Config{
			ClientID: cfg.OIDCKey, ClientSecret: cfg.OIDCSecret, RedirectURL: back,
			Endpoint: p.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		}, nil
	}
	return provider{
		Name: "oidc", Label: cmp.Or(cfg.OIDCName, "OpenID Connect"), Origin: originOf(cfg.OIDCIssuer), Issuer: cfg.OIDCIssuer,
		begin: func(ctx context.Context, state string, f secrets) (string, error) {
			_, config, err := discover(ctx)
			if err != nil {
				return "", err
			}
			return config.AuthCodeURL(state, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
		},
		finish: func(ctx context.Context, code string, f secrets) (person, error) {
			p, config, err := discover(ctx)
			if err != nil {
				return person{}, err
			}
			ctx = oidc.ClientContext(ctx, client)
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
			if err != nil {
				return person{}, err
			}
			raw, ok := token.Extra("id_token").(string)
			if !ok {
				return person{}, fmt.Errorf("no ID token: %w", errRefused)
			}
			idToken, err := p.VerifierContext(ctx, &oidc.Config{ClientID: cfg.OIDCKey, Now: now}).Verify(ctx, raw)
			if err != nil {
				return person{}, errors.Join(errRefused, err)
			}
			if idToken.Nonce != f.Nonce {
				return person{}, fmt.Errorf("nonce of the ID token: %w", errRefused)
			}
			return told(ctx, p, idToken, token)
		},
	}
}

// told reads who the ID token is about. Address and verified flag come from one
// and the same source: the token, or for who leaves the address out of it the
// userinfo endpoint.
func told(ctx context.Context, p *oidc.Provider, idToken *oidc.IDToken, token *oauth2.Token) (person, error) {
	type claims struct {
		Name     string          `json:"name"`
		Email    string          `json:"email"`
		Verified json.RawMessage `json:"email_verified"`
	}
	var c claims
	if err := idToken.Claims(&c); err != nil {
		return person{}, errors.Join(errRefused, err)
	}
	if c.Email == "" && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return person{}, err
		}
		if info.Subject != idToken.Subject {
			return person{}, fmt.Errorf("subject of the user info: %w", errRefused)
		}
		name := c.Name
		c = claims{}
		if err := info.Claims(&c); err != nil {
			return person{}, errors.Join(errRefused, err)
		}
		c.Name = cmp.Or(c.Name, name)
	}
	return person{"oidc", idToken.Subject, c.Name, c.Email, string(c.Verified) == "true"}, nil
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
