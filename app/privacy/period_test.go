package privacy

import (
	"testing"

	"loket/app/hours"
)

func date(s string) hours.Date {
	d, err := hours.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// For ten years of days: the cut-off is the last day whose term is over.
func TestCutoffIsTheLastDayWhoseTermIsOver(t *testing.T) {
	for _, p := range []Period{{}, {Days: 1}, {Days: 14}, {Weeks: 6}, {Months: 1}, {Months: 6}, {Years: 1}, {Years: 3}, {Years: 7}, {Years: 1, Weeks: 6}, {Months: 1, Days: 3}} {
		before := hours.Date{}
		for d := date("2023-01-01"); d.Year < 2033; d = d.AddDays(1) {
			c := p.Cutoff(d)
			if p.Add(c).Compare(d) > 0 || p.Add(c.AddDays(1)).Compare(d) <= 0 {
				t.Fatalf("%v on %v: cutoff %v", p, d, c)
			}
			if end := p.Add(d); !before.IsZero() && end.Compare(before) < 0 {
				t.Fatalf("%v from %v ends before it does from the day before", p, d)
			} else {
				before = end
			}
		}
	}
}

func TestMonthsClamp(t *testing.T) {
	for _, x := range []struct {
		from string
		p    Period
		want string
	}{
		{"2027-01-31", Period{Months: 1}, "2027-02-28"},
		{"2028-01-31", Period{Months: 1}, "2028-02-29"},
		{"2028-02-29", Period{Years: 1}, "2029-02-28"},
		{"2024-02-29", Period{Years: 3}, "2027-02-28"},
		{"2027-08-31", Period{Months: 1}, "2027-09-30"},
		{"2026-11-25", Period{Months: 1}, "2026-12-25"},
		{"2027-03-01", Period{Weeks: 6}, "2027-04-12"},
		{"2027-03-01", Period{Years: 1, Weeks: 6}, "2028-04-12"},
		{"2027-02-03", Period{Days: 30}, "2027-03-05"},
		{"2026-12-15", Period{Months: 3}, "2027-03-15"},
	} {
		if got := x.p.Add(date(x.from)); got != date(x.want) {
			t.Errorf("%s + %v = %v, want %s", x.from, x.p, got, x.want)
		}
	}
}

func TestPeriodsAreWrittenAndRead(t *testing.T) {
	for text, want := range map[string]Period{"P6W": {Weeks: 6}, "P1Y6W": {Years: 1, Weeks: 6}, "P30D": {Days: 30}, "P0D": {}, "P2M": {Months: 2}} {
		got, err := ParsePeriod(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "P", "6W", "P6", "PW", "P-1D", "P6X"} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q read as %v", bad, p)
		}
	}
	p := Period{Years: 1, Weeks: 6}
	if p.In("nl") != "1 jaar en 6 weken" || p.In("en") != "1 year and 6 weeks" {
		t.Error(p.In("nl"), p.In("en"))
	}
}
