package mail

import (
	"net/mail"
	"strings"
	"testing"
)

// FuzzAddress: what fits is one bare address, to which nothing can be added.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"jan@x.test", " jan@x.test ", "jan@x.test,piet@x.test", "jan@x.test\r\nBcc: piet@x.test", `"jan piet"@x.test`, "Jan <jan@x.test>", "jan@münchen.test",
		"jan@[127.0.0.1]", "jan+tag@x.test", "@x.test", "jan@", "jan@x..test", "=?utf-8?q?jan?=@x.test", "jan@x.test;piet@x.test", strings.Repeat("a", 300) + "@x.test", "jan\x00@x.test", "jân@x.test",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		address, err := oneAddress(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(address, " \t\r\n\x00,;<>\"()[]") || strings.Count(address, "@") != 1 {
			t.Errorf("%q as %q", s, address)
		}
		all, err := mail.ParseAddressList(address)
		if err != nil || len(all) != 1 || all[0].Address != address {
			t.Errorf("%q as %q: %v %v", s, address, all, err)
		}
		if again, err := oneAddress(address); err != nil || again != address {
			t.Errorf("%q twice: %q %v", address, again, err)
		}
	})
}
