package account_test

import (
	"strings"
	"testing"

	"loket/app/account"
)

// However somebody writes his mailbox, it is one.
func TestAddress(t *testing.T) {
	for written, kept := range map[string]string{
		" Jan@Klant.EXAMPLE ":       "jan@klant.example",
		"jan@bücher.example":        "jan@bücher.example",
		"Jan@BÜCHER.example":        "jan@bücher.example",
		"jan@xn--bcher-kva.example": "jan@bücher.example",
		"jan@XN--BCHER-KVA.example": "jan@bücher.example",
		"jan@bu\u0308cher.example":  "jan@bücher.example",
		"re\u0301mi@klant.example":  "rémi@klant.example",
		"\u212aees@klant.example":   "kees@klant.example", // the sign for kelvin
		"jan@xn--\x7f.example":      "jan@xn--\x7f.example",
		"geen adres":                "geen adres",
		"":                          "",
	} {
		if got := account.Address(written); got != kept {
			t.Errorf("Address(%q) = %q, want %q", written, got, kept)
		}
		if again := account.Address(account.Address(written)); again != account.Address(written) {
			t.Errorf("Address(%q) is not stable: %q", written, again)
		}
	}
}

func TestWire(t *testing.T) {
	for written, wire := range map[string]string{
		"jan@klant.example":                        "jan@klant.example",
		"jan+wens@klant.example":                   "jan+wens@klant.example",
		"jan@bücher.example":                       "jan@xn--bcher-kva.example",
		"rémi@klant.example":                       "rémi@klant.example",
		`"jan de wit"@klant.example`:               "",
		"Jan <jan@klant.example>":                  "",
		"jan@klant.example, piet@klant.example":    "",
		"ja\u200bn@klant.example":                  "", // an invisible space
		"ja\u00adn@klant.example":                  "", // an invisible hyphen
		"jan\u3164@klant.example":                  "", // an invisible letter
		"jan\u202e@klant.example":                  "", // what follows reads backwards
		"jan@klant.example\r\nBcc: e@v.example":    "",
		"jan@-klant-.example":                      "",
		"jan@klant..example":                       "",
		"jan@[127.0.0.1]":                          "",
		strings.Repeat("j", 65) + "@klant.example": "",
		"jan": "",
		"":    "",
	} {
		if got, ok := account.Wire(written); got != wire || ok != (wire != "") {
			t.Errorf("Wire(%q) = %q, %v, want %q", written, got, ok, wire)
		}
	}
}
