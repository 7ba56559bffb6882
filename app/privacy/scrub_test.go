package privacy

import (
	"strings"
	"testing"
)

func TestScrub(t *testing.T) {
	id := Identify("Zoë van den Berg", "Zoe.Berg@example.nl", "06-12345678")
	for in, want := range map[string]string{
		"Mail zoe.berg@EXAMPLE.nl even":        "Mail [verwijderd] even",
		"mijnzoe.berg@example.nl":              "mijnzoe.berg@example.nl",
		"x-zoe.berg@example.nl":                "x-zoe.berg@example.nl",
		"Bel 0612345678 of +31 6 12 34 56 78.": "Bel [verwijderd] of [verwijderd].",
		"0031 (0)6-1234 5678":                  "[verwijderd]",
		"order 90612345678 en 06123456789":     "order 90612345678 en 06123456789",
		"Groet, ZOË VAN DEN BERG":              "Groet, [verwijderd]",
		"Zoë van den\nBerg schreef":            "[verwijderd] schreef",
		"@zoë.van.den.berg kijk":               "[verwijderd] kijk",
		"Zoë van den Bergen is iemand anders":  "Zoë van den Bergen is iemand anders",
		"(Zoë van den Berg)":                   "([verwijderd])",
		"<b>Zoë van den Berg</b>":              "<b>[verwijderd]</b>",
		"niets":                                "niets",
	} {
		if got, _, _ := Scrub(in, id); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	text, hits, uncertain := Scrub("Zoë van den Berg en Zoë, zoe.berg@example.nl", id)
	if text != "[verwijderd] en Zoë, [verwijderd]" || hits != 2 || len(uncertain) != 1 || uncertain[0] != "Zoë" {
		t.Errorf("%q, %d hits, uncertain %v", text, hits, uncertain)
	}
	if got, _, u := Scrub("Jan is er niet", Identify("Jan", "", "")); got != "Jan is er niet" || len(u) != 1 {
		t.Errorf("a single name is not certain: %q %v", got, u)
	}
	amp := Identify("Kim O'Hara", "", "")
	if got, _, _ := Scrub("Groet Kim O&#39;Hara", amp); got != "Groet [verwijderd]" {
		t.Errorf("as HTML writes it: %q", got)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("Groet, Jan Jansen (06 12345678) jan@example.nl", "Jan Jansen", "jan@example.nl", "0612345678")
	f.Fuzz(func(t *testing.T, text, name, email, phone string) {
		id := Identify(name, email, phone)
		clean, hits, _ := Scrub(text, id)
		if hits == 0 && clean != text {
			t.Errorf("changed without a hit: %q to %q", text, clean)
		}
		if strings.Contains(clean, "\x00") && !strings.Contains(text, "\x00") {
			t.Error("made a NUL")
		}
	})
}

func FuzzParseChoices(f *testing.F) {
	f.Add("v1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.20270301.analytical:1:1.=maps")
	f.Fuzz(func(t *testing.T, s string) {
		if c, ok := ParseChoices(s); ok {
			if again, ok := ParseChoices(c.String()); !ok || again.String() != c.String() {
				t.Errorf("%q is read as %q and not read back", s, c.String())
			}
		}
	})
}
