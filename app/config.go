package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"golang.org/x/net/idna"
)

// Config is every setting, read from the environment.
type Config struct {
	Listen  string `env:"LOKET_LISTEN" envDefault:"localhost:8080"`     // address to serve on
	URL     string `env:"LOKET_URL" envDefault:"http://localhost:8080"` // public address; links in mail start with it
	DB      string `env:"LOKET_DB" envDefault:"sqlite:data/loket.db"`   // or postgres://…
	Files   string `env:"LOKET_FILES" envDefault:"file:data/files"`     // or s3://…, azblob://…
	Mail    string `env:"LOKET_MAIL" envDefault:"file:data/mail"`       // or smtp://…, smtps://…
	From    string `env:"LOKET_MAIL_FROM"`                              // sender; loket@HOST of LOKET_URL when empty
	Secret  string `env:"LOKET_SECRET"`                                 // signs cookies; made and kept in data/secret when empty
	Zone    string `env:"LOKET_ZONE" envDefault:"Europe/Amsterdam"`     // the desk's time zone
	Metrics string `env:"LOKET_METRICS_LISTEN"`                         // address for Prometheus metrics; off when empty
	Proxies string `env:"LOKET_TRUSTED_PROXIES"`                        // networks whose X-Forwarded-For counts, with commas

	GoogleKey      string `env:"LOKET_GOOGLE_KEY"`
	GoogleSecret   string `env:"LOKET_GOOGLE_SECRET"`
	FacebookKey    string `env:"LOKET_FACEBOOK_KEY"`
	FacebookSecret string `env:"LOKET_FACEBOOK_SECRET"`
	TwitterKey     string `env:"LOKET_TWITTER_KEY"`
	TwitterSecret  string `env:"LOKET_TWITTER_SECRET"`
	OIDCIssuer     string `env:"LOKET_OIDC_ISSUER"`
	OIDCKey        string `env:"LOKET_OIDC_KEY"`
	OIDCSecret     string `env:"LOKET_OIDC_SECRET"`
	OIDCName       string `env:"LOKET_OIDC_NAME" envDefault:"OpenID Connect"` // on the button
}

// ReadConfig reads the settings. A bad one is an error that names it.
func ReadConfig() (Config, error) {
	var c Config
	if err := env.Parse(&c); err != nil {
		return c, err
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return c, fmt.Errorf("LOKET_URL: %q is not an address such as https://loket.example", c.URL)
	}
	if err := asBrowsersWrite(u); err != nil {
		return c, fmt.Errorf("LOKET_URL: %q is not an address such as https://loket.example", c.URL)
	}
	c.URL = u.String()
	if c.From == "" {
		c.From = "loket@" + u.Hostname()
	}
	if from, err := mail.ParseAddress(c.From); err != nil || strings.ContainsAny(from.Address, " \r\n") {
		return c, fmt.Errorf("LOKET_MAIL_FROM: %q is not an address such as loket@example.nl or Loket <loket@example.nl>", c.From)
	}
	if c.Listen == "" {
		return c, errors.New("LOKET_LISTEN: no address to serve on")
	}
	for name, address := range map[string]string{"LOKET_LISTEN": c.Listen, "LOKET_METRICS_LISTEN": c.Metrics} {
		if !listenable(address) {
			return c, fmt.Errorf("%s: %q is not an address such as localhost:8080", name, address)
		}
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		return c, fmt.Errorf("LOKET_ZONE: %q is not a time zone such as Europe/Amsterdam", c.Zone)
	}
	if !strings.HasPrefix(c.DB, "sqlite:") && !strings.HasPrefix(c.DB, "postgres://") && !strings.HasPrefix(c.DB, "postgresql://") {
		return c, fmt.Errorf("LOKET_DB: %q starts with neither sqlite: nor postgres://", scheme(c.DB))
	}
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok && (path == "" || path[0] == '?') {
		return c, errors.New("LOKET_DB: sqlite: needs the path of a file, such as sqlite:data/loket.db")
	}
	if !oneOf(c.Files, "file:", "s3://", "azblob://") {
		return c, fmt.Errorf("LOKET_FILES: %q starts with none of file: s3:// azblob://", scheme(c.Files))
	}
	if !oneOf(c.Mail, "file:", "smtp://", "smtps://") {
		return c, fmt.Errorf("LOKET_MAIL: %q starts with none of file: smtp:// smtps://", scheme(c.Mail))
	}
	if c.Secret != "" && len(c.Secret) < 16 {
		return c, errors.New("LOKET_SECRET: shorter than 16 characters")
	}
	for _, proxy := range c.TrustedProxies() {
		if _, err := netip.ParsePrefix(proxy); err != nil {
			if _, err := netip.ParseAddr(proxy); err != nil {
				return c, fmt.Errorf("LOKET_TRUSTED_PROXIES: %q is no network such as 10.0.0.0/8", proxy)
			}
		}
	}
	return c, c.pairs()
}

// asBrowsersWrite gives an address the host that comes with every request: in lower
// case ASCII (RFC 5890), without the port that goes without saying.
func asBrowsersWrite(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	if strings.ContainsFunc(host, func(r rune) bool { return r > '~' }) {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return err
		}
	}
	if strings.Contains(host, ":") { // IPv6
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		host += ":" + port
	}
	u.Host = host
	return nil
}

// pairs refuses a provider of which only a part is set.
func (c Config) pairs() error {
	for _, p := range []struct{ name, key, secret string }{
		{"GOOGLE", c.GoogleKey, c.GoogleSecret},
		{"FACEBOOK", c.FacebookKey, c.FacebookSecret},
		{"TWITTER", c.TwitterKey, c.TwitterSecret},
		{"OIDC", c.OIDCKey, c.OIDCSecret},
	} {
		if (p.key == "") != (p.secret == "") {
			return fmt.Errorf("LOKET_%s_KEY and LOKET_%s_SECRET: set both or neither", p.name, p.name)
		}
	}
	if (c.OIDCIssuer == "") != (c.OIDCKey == "") {
		return errors.New("LOKET_OIDC_ISSUER and LOKET_OIDC_KEY: set both or neither")
	}
	if issuer, err := url.Parse(c.OIDCIssuer); c.OIDCIssuer != "" && (err != nil || issuer.Scheme != "https" && issuer.Scheme != "http" || issuer.Host == "") {
		return fmt.Errorf("LOKET_OIDC_ISSUER: %q is not an address such as https://login.example.com", c.OIDCIssuer)
	}
	return nil
}

// listenable reports whether an address has a host, which may be left out, and a port.
func listenable(address string) bool {
	if address == "" {
		return true // off
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// TrustedProxies are the networks whose X-Forwarded-For counts.
func (c Config) TrustedProxies() []string {
	var all []string
	for proxy := range strings.SplitSeq(c.Proxies, ",") {
		if proxy = strings.TrimSpace(proxy); proxy != "" {
			all = append(all, proxy)
		}
	}
	return all
}

// DataDir is the folder that holds what belongs to this site but not in its
// database: beside a SQLite file, else ./data.
func (c Config) DataDir() string {
	if path, ok := c.sqlitePath(); ok {
		return filepath.Dir(path)
	}
	return "data"
}

// sqlitePath is that of the SQLite file, if the site lives in one.
func (c Config) sqlitePath() (string, bool) {
	path, ok := strings.CutPrefix(c.DB, "sqlite:")
	path, _, _ = strings.Cut(path, "?")
	return path, ok
}

// Ledger is the file outside the database that lists every erasure.
func (c Config) Ledger() string { return filepath.Join(c.DataDir(), "erasures.log") }

// secretPath is where the secret is kept that the program made; empty when it is set.
func (c Config) secretPath() string {
	if c.Secret != "" {
		return ""
	}
	return filepath.Join(c.DataDir(), "secret")
}

// SecretBytes returns the secret, making and keeping one the first time. Of two
// programs that start at once, one makes it and both use it.
func (c Config) SecretBytes() ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret), nil
	}
	path := c.secretPath()
	if kept, err := os.ReadFile(path); err == nil && len(kept) >= 32 {
		return kept, nil
	} else if err == nil {
		return nil, fmt.Errorf("%s is damaged: put it back from a backup, or remove it and everybody signs in anew", path)
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(c.DataDir(), 0o700); err != nil {
		return nil, err
	}
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, see crypto/rand
	temp, err := os.CreateTemp(c.DataDir(), "secret-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(hex.EncodeToString(b[:]))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

func oneOf(value string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return false
}

// scheme keeps passwords out of error messages.
func scheme(value string) string {
	before, _, found := strings.Cut(value, ":")
	if !found {
		return value
	}
	return before + ":…"
}
