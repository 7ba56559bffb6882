package tickets

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPlace: whatever stands in an address, a page begins at a place that both
// engines can compare.
func FuzzPlace(f *testing.F) {
	for _, seed := range []string{"", "x", "rs.ABC", "-1.A", "zzzzzzzzzzzzz.A", "0.", ".A", "0.a\x00b", "0.\xff\xfe", "0." + strings.Repeat("a", 41)} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(seed)))
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		at, err := parsePlace(cursor)
		if err != nil || cursor == "" {
			return
		}
		if !utf8.ValidString(at.ID) || strings.Contains(at.ID, "\x00") || at.ID == "" || at.At.Year() < 1970 || at.At.Year() > 9999 {
			t.Errorf("%q: %+v", cursor, at)
		}
	})
}
