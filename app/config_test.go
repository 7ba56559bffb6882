package app_test

import (
	"testing"

	"loket/app"
)

// TestPublicAddress: the address of the site is compared with the host that
// browsers send, so it is read the way they write it.
func TestPublicAddress(t *testing.T) {
	t.Setenv("LOKET_MAIL_FROM", "loket@tekenkast.example")
	for setting, want := range map[string]string{
		"https://loket.example/":          "https://loket.example",
		"https://Loket.Example:443":       "https://loket.example",
		"http://loket.example:80":         "http://loket.example",
		"http://localhost:8080":           "http://localhost:8080",
		"https://loket.example:80":        "https://loket.example:80",
		"https://tekenkást.example":       "https://xn--tekenkst-eza.example",
		"http://[::1]:8080":               "http://[::1]:8080",
		"https://":                        "",
		"https://loket.example/aan/de/ku": "",
	} {
		t.Setenv("LOKET_URL", setting)
		cfg, err := app.ReadConfig()
		if (err != nil) != (want == "") || err == nil && cfg.URL != want {
			t.Errorf("%s is read as %q, %v; want %q", setting, cfg.URL, err, want)
		}
	}
}
