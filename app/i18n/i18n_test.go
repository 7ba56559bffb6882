package i18n_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"loket/app/i18n"
)

func folder(nl, en string) i18n.Folder {
	return i18n.Folder{Name: "x", Files: fstest.MapFS{"nl.json": {Data: []byte(nl)}, "en.json": {Data: []byte(en)}}}
}

func TestLanguagesAreEquals(t *testing.T) {
	for name, c := range map[string]struct{ nl, en, says string }{
		"a text that English lacks":     {`{"x.a":"a"}`, `{}`, "missing in en"},
		"a text that Dutch lacks":       {`{}`, `{"x.a":"a"}`, "missing in nl"},
		"other arguments":               {`{"x.a":"%s en %d"}`, `{"x.a":"%s"}`, "other arguments"},
		"a key of another folder":       {`{"y.a":"a"}`, `{"y.a":"a"}`, "belongs elsewhere"},
		"the same in another order":     {`{"x.a":"%[2]d van %[1]s"}`, `{"x.a":"%s has %d"}`, ""},
		"percent signs are no argument": {`{"x.a":"99 %% op tijd"}`, `{"x.a":"99%% on time"}`, ""},
	} {
		_, err := i18n.Load(folder(c.nl, c.en))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriting(t *testing.T) {
	c, err := i18n.Load(folder(
		`{"x.n.one":"%d stem","x.n.other":"%d stemmen","x.p":"99 %% op tijd","x.q":"%s: 99 %%"}`,
		`{"x.n.one":"%d vote","x.n.other":"%d votes","x.p":"99%% on time","x.q":"%s: 99%%"}`))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2025, 11, 24, 14, 48, 0, 0, time.UTC)
	nl, en := c.With(context.Background(), "nl", zone, now), c.With(context.Background(), "en", zone, now)
	at := time.Date(2025, 11, 25, 13, 30, 0, 0, time.UTC)
	for _, w := range []struct{ got, want string }{
		{i18n.N(nl, "x.n", 1), "1 stem"}, {i18n.N(nl, "x.n", 0), "0 stemmen"}, {i18n.N(en, "x.n", 2), "2 votes"},
		{i18n.T(nl, "x.p"), "99 % op tijd"}, {i18n.T(en, "x.q", "a"), "a: 99%"}, {i18n.T(en, "x.none"), "⟦x.none⟧"},
		{i18n.DateTime(nl, at), "di 25 nov, 14:30"}, {i18n.DateTime(en, at), "Tue 25 Nov, 14:30"},
		{i18n.Day(nl, at.AddDate(1, 0, 0)), "wo 25 nov 2026"}, {i18n.DayLong(en, at), "25 November 2025"},
		{i18n.Soon(nl, at), "di 14:30"}, {i18n.Soon(nl, now.Add(time.Hour)), "16:48"}, {i18n.Soon(nl, at.AddDate(0, 0, 20)), "ma 15 dec, 14:30"},
		{i18n.Age(nl, now.Add(-4*time.Hour)), "4 u"}, {i18n.Age(en, now.Add(-50*time.Hour)), "2 d"},
		{i18n.Span(nl, 7*time.Hour+12*time.Minute), "7 u 12 min"}, {i18n.Span(en, 43*time.Minute), "43 min"},
		{i18n.Number(nl, 1234567), "1.234.567"}, {i18n.Number(en, -1234), "-1,234"}, {i18n.Number(nl, 12), "12"},
		{i18n.Percent(nl, 99.94, 2), "99,94 %"}, {i18n.Percent(en, 99.94, 2), "99.94%"},
		{i18n.Size(nl, 211_900), "212 kB"}, {i18n.Size(nl, 4_100_000), "4,1 MB"}, {i18n.Size(en, 900), "900 B"},
	} {
		if w.got != w.want {
			t.Errorf("%q, want %q", w.got, w.want)
		}
	}
	for accept, want := range map[string]string{
		"en-GB,en;q=0.9": "en", "nl-BE": "nl", "de-DE,en;q=0.5": "en", "fr": "nl", "": "nl", ";;;": "nl", strings.Repeat("-", 8000): "nl",
	} {
		if got := c.Match(accept); got != want {
			t.Errorf("%.20q: %s, want %s", accept, got, want)
		}
	}
}

// FuzzMatch: whatever a browser says that it reads, it gets one of our languages.
func FuzzMatch(f *testing.F) {
	c, err := i18n.Load(folder(`{"x.a":"a"}`, `{"x.a":"a"}`))
	if err != nil {
		f.Fatal(err)
	}
	for _, accept := range []string{"", "nl", "en-GB,en;q=0.9", "*", ";;;", "x-klingon", "zh-Hant-TW;q=0", "en;q=-1", "a--b", "\x00", "nl;q=9999999999"} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if got := c.Match(accept); !i18n.Known(got) {
			t.Errorf("%q: %q", accept, got)
		}
	})
}
