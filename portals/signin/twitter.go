package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"
)

// twitter is X as a Goth provider, over OAuth 2.0. Goth's own speaks OAuth 1.0a
// through a library of 2018, gives no address and cannot be told which HTTP
// client to use.
type twitter struct {
	config  oauth2.Config
	profile string
	client  *http.Client
}

// twitterSession is a sign-in at X under way.
type twitterSession struct{ AuthURL, AccessToken string }

// Name implements goth.Provider.
func (t *twitter) Name() string { return "twitter" }

// SetName implements goth.Provider; there is one X.
func (t *twitter) SetName(string) {}

// Debug implements goth.Provider.
func (t *twitter) Debug(bool) {}

// BeginAuth implements goth.Provider.
func (t *twitter) BeginAuth(state string) (goth.Session, error) {
	return &twitterSession{AuthURL: t.config.AuthCodeURL(state)}, nil
}

// UnmarshalSession implements goth.Provider.
func (t *twitter) UnmarshalSession(text string) (goth.Session, error) {
	s := &twitterSession{}
	return s, json.Unmarshal([]byte(text), s)
}

// FetchUser implements goth.Provider.
func (t *twitter) FetchUser(session goth.Session) (goth.User, error) {
	s, ok := session.(*twitterSession)
	if !ok || s.AccessToken == "" {
		return goth.User{}, errors.New("twitter: X has given no access yet")
	}
	request, err := http.NewRequest(http.MethodGet, t.profile, nil)
	if err != nil {
		return goth.User{}, err
	}
	request.Header.Set("Authorization", "Bearer "+s.AccessToken)
	response, err := t.client.Do(request)
	if err != nil {
		return goth.User{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return goth.User{}, fmt.Errorf("twitter: X answers %d about its user", response.StatusCode)
	}
	var answer struct {
		Data struct {
			ID    string `json:"id"`
			Name  string `json:"name"`
			Email string `json:"confirmed_email"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return goth.User{}, err
	}
	return goth.User{Provider: t.Name(), UserID: answer.Data.ID, Name: answer.Data.Name, Email: answer.Data.Email}, nil
}

// RefreshToken implements goth.Provider; nothing is kept that could be refreshed.
func (t *twitter) RefreshToken(string) (*oauth2.Token, error) {
	return nil, errors.New("no access to X is kept")
}

// RefreshTokenAvailable implements goth.Provider.
func (t *twitter) RefreshTokenAvailable() bool { return false }

// GetAuthURL implements goth.Session.
func (s *twitterSession) GetAuthURL() (string, error) { return s.AuthURL, nil }

// Marshal implements goth.Session.
func (s *twitterSession) Marshal() string { return "{}" }

// Authorize implements goth.Session.
func (s *twitterSession) Authorize(p goth.Provider, params goth.Params) (string, error) {
	t, ok := p.(*twitter)
	if !ok {
		return "", errors.New("not a sign-in at X")
	}
	token, err := t.config.Exchange(goth.ContextForClient(t.client), params.Get("code"))
	if err != nil {
		return "", err
	}
	s.AccessToken = token.AccessToken
	return s.AccessToken, nil
}
