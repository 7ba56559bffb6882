package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is how an address is kept and compared: without spaces around it, in
// lower case and Unicode normal form C, and its domain in letters rather than in
// the ASCII that stands for them (RFC 5890 §2.3.2.1). Two ways to write one
// mailbox are one address.
func Address(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	at := strings.LastIndexByte(email, '@')
	if at < 0 || ascii(email) && !strings.Contains(email[at:], "xn--") {
		return email
	}
	email = norm.NFC.String(email)
	at = strings.LastIndexByte(email, '@')
	if domain, err := idna.Lookup.ToUnicode(email[at+1:]); err == nil {
		email = email[:at+1] + domain
	}
	return email
}

// Wire is an address as it goes over the wire, with its domain in ASCII. It is
// false for what is not one bare address that a letter can go to: a name beside
// it, a quoted or invisible character, a domain that cannot be.
func Wire(address string) (string, bool) {
	address = strings.TrimSpace(address)
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > 254 || strings.ContainsFunc(address, odd) {
		return "", false
	}
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || domain == "" || at > 64 {
		return "", false
	}
	return address[:at+1] + domain, true
}

// IsAddress reports whether somebody's address may be this: one that letters can
// go to, of a domain that more than this machine knows.
func IsAddress(address string) bool {
	wire, ok := Wire(address)
	return ok && strings.Contains(wire[strings.LastIndexByte(wire, '@'):], ".")
}

// odd reports whether a character makes an address something else than it looks like.
func odd(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || strings.ContainsRune(`<>(),;:"[]\`, r)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
