package account_test

import (
	"strings"
	"testing"

	"loket/app/account"
)

func TestWeakness(t *testing.T) {
	about := []string{"Joost van der Wal", "joost.vanderwal@bouwbedrijf.example", "Tekenkast", "Tekenkast Revisies"}
	for _, c := range []struct{ password, want string }{
		{"zeven77", "short"},
		{"welkom01", "short"},
		{"password1", "short"},
		{"qwertyuiop", "short"},
		{"elf letters", "short"},
		{"Welkom2026!!", "common"},
		{"Wachtwoord01", "common"},
		{"W@chtw00rd2026!", "common"},
		{"P@ssw0rd1234", "common"},
		{"password1234", "common"},
		{"qwertyuiop12", "common"},
		{"zomervakantie", "common"},
		{"Amsterdam2026", "common"},
		{"welkomwelkom1", "common"},
		{"Tekenkast2026", "common"},
		{"t3k3nk4st!!!!!", "common"},
		{"TekenkastRevisies", "common"},
		{"joostvanderwal1", "common"},
		{"Bouwbedrijf-2026", "common"},
		{"joost.vanderwal@bouwbedrijf.example 1", "common"},
		{"aaaaaaaaaaaa", "common"},
		{"123456789012", "common"},
		{"abcabcabcabc", "common"},
		{"abcdefghijkl", "common"},
		{"lkjhgfdsapoi", "common"},
		{strings.Repeat("x", 129), "long"},
		{strings.Repeat("é", 128), ""},
		{strings.Repeat("é", 40), ""},
		{strings.Repeat("a", 64), ""},
		{"een kast vol dunne jassen", ""},
		{"correct horse battery staple", ""},
		{"🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋🦈", ""},
		{"k7Qz pW2m fR9x", ""},
		{"fietsbel zomer tulp 9", ""},
		{"            x y z 1 2 3", ""},
	} {
		if got := account.Weakness(c.password, about...); got != c.want {
			t.Errorf("Weakness(%q) = %q, want %q", c.password, got, c.want)
		}
	}
}

// Whoever pastes a password of any kind gets an answer at once.
func FuzzWeakness(f *testing.F) {
	f.Add("W@chtw00rd2026!")
	f.Add("\x00\xff wachtwoord")
	f.Fuzz(func(t *testing.T, password string) {
		switch got := account.Weakness(password, "Jan", "jan@klant.example"); got {
		case "", "short", "long", "common":
		default:
			t.Errorf("unknown answer %q", got)
		}
	})
}
