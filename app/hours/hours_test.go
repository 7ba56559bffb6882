package hours

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestAt(t *testing.T) {
	for _, x := range []struct{ name, zone, date, clock, want string }{
		{"usual", "Europe/Amsterdam", "2026-07-01", "08:30", "2026-07-01T06:30:00Z"},
		{"spring, before", "Europe/Amsterdam", "2026-03-29", "01:59", "2026-03-29T00:59:00Z"},
		{"spring, skipped", "Europe/Amsterdam", "2026-03-29", "02:30", "2026-03-29T01:30:00Z"},
		{"spring, first skipped", "Europe/Amsterdam", "2026-03-29", "02:00", "2026-03-29T01:00:00Z"},
		{"spring, after", "Europe/Amsterdam", "2026-03-29", "03:00", "2026-03-29T01:00:00Z"},
		{"autumn, before", "Europe/Amsterdam", "2026-10-25", "01:59", "2026-10-24T23:59:00Z"},
		{"autumn, twice", "Europe/Amsterdam", "2026-10-25", "02:30", "2026-10-25T00:30:00Z"},
		{"autumn, after", "Europe/Amsterdam", "2026-10-25", "03:00", "2026-10-25T02:00:00Z"},
		{"end of day", "Europe/Amsterdam", "2026-10-25", "24:00", "2026-10-25T23:00:00Z"},
		{"New York, skipped", "America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30:00Z"},
		{"New York, twice", "America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z"},
		{"New York, after", "America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00:00Z"},
		{"half an hour skipped", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00Z"},
		{"half an hour twice", "Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z"},
		{"Lord Howe, after", "Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04T15:30:00Z"},
		{"before the date line moved", "Pacific/Apia", "2011-12-29", "23:59", "2011-12-30T09:59:00Z"},
		{"a day that never was", "Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T22:00:00Z"},
		{"after the date line moved", "Pacific/Apia", "2011-12-31", "00:00", "2011-12-30T10:00:00Z"},
		{"midnight skipped", "America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00:00Z"},
		{"far ahead", "Pacific/Kiritimati", "2026-01-01", "00:00", "2025-12-31T10:00:00Z"},
		{"far behind", "Pacific/Pago_Pago", "2026-01-01", "00:00", "2026-01-01T11:00:00Z"},
		{"half hours", "Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15:00Z"},
		{"no change for ever", "UTC", "2026-01-01", "08:30", "2026-01-01T08:30:00Z"},
		{"far future", "Europe/Amsterdam", "2400-07-01", "08:30", "2400-07-01T06:30:00Z"},
	} {
		t.Run(x.name, func(t *testing.T) {
			date, err := ParseDate(x.date)
			if err != nil {
				t.Fatal(err)
			}
			clock, err := ParseClock(x.clock)
			if err != nil {
				t.Fatal(err)
			}
			if got := At(zone(x.zone), date, clock).UTC().Format(time.RFC3339Nano); got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
	twice := At(amsterdam, Date{2026, 10, 25}, HM(2, 30)+Clock(15*time.Second+7))
	if want := time.Date(2026, 10, 25, 0, 30, 15, 7, time.UTC); !twice.Equal(want) {
		t.Errorf("seconds: %v, want %v", twice, want)
	}
	if got, want := At(amsterdam, Date{2026, 1, 1}, HM(26, 0)), moment("2026-01-02 02:00"); !got.Equal(want) {
		t.Errorf("26:00 is %v, want %v", got, want)
	}
}

// Every instant of a year, read from the clock, is found again: itself, or the
// first pass of an hour that comes twice.
func TestAtFindsEveryInstant(t *testing.T) {
	for _, name := range []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Kolkata"} {
		z := zone(name)
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(15 * time.Minute) {
			got := At(z, DateOf(at, z), ClockOf(at, z))
			if got.After(at) || at.Sub(got) > time.Hour || ClockOf(got, z) != ClockOf(at, z) {
				t.Fatalf("%s: %v read and set again is %v", name, at.In(z), got)
			}
		}
	}
}

func TestDate(t *testing.T) {
	d, err := ParseDate("2024-02-29")
	if err != nil || d != (Date{2024, time.February, 29}) || d.String() != "2024-02-29" || d.Weekday() != time.Thursday {
		t.Errorf("read %v (%v), a %v", d, err, d.Weekday())
	}
	if next := d.AddDays(1); next != (Date{2024, time.March, 1}) || next.AddDays(-366) != (Date{2023, time.March, 1}) {
		t.Errorf("the day after is %v, a year before that %v", next, next.AddDays(-366))
	}
	dates := []Date{{2026, 1, 2}, {2025, 12, 31}, {2026, 1, 1}, {2025, 11, 30}}
	slices.SortFunc(dates, Date.Compare)
	if !reflect.DeepEqual(dates, []Date{{2025, 11, 30}, {2025, 12, 31}, {2026, 1, 1}, {2026, 1, 2}}) {
		t.Errorf("sorted: %v", dates)
	}
	for _, wrong := range []string{"", "2026-02-30", "2026-2-3", "26-02-03", "2026-02-03 ", "2026-13-01", "morgen"} {
		if d, err := ParseDate(wrong); !errors.Is(err, Invalid{BadDate, wrong}) {
			t.Errorf("%q was read as %v (%v)", wrong, d, err)
		}
	}
	if !(Date{}).IsZero() || d.IsZero() {
		t.Error("only the date that was never set is zero")
	}
}

func TestParseWindows(t *testing.T) {
	office := []Window{{HM(8, 30), HM(12, 0)}, {HM(13, 0), HM(17, 0)}}
	for text, want := range map[string][]Window{
		"08:30-12:00, 13:00-17:00": office,
		"13-17;8.30 – 12.00":       office,
		" 8:30-12:00,13:00-17 ":    office,
		"":                         nil,
		"Gesloten":                 nil,
		"closed":                   nil,
		"22:00-06:00":              {{HM(22, 0), HM(6, 0)}},
		"00:00-24:00":              {{0, Midnight}},
		"00:00-12:00, 12:00-24:00": {{0, HM(12, 0)}, {HM(12, 0), Midnight}},
	} {
		got, err := ParseWindows(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v (%v), want %v", text, got, err, want)
		}
		again, err := ParseWindows(FormatWindows(got))
		if err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%q does not come back: %v (%v)", text, again, err)
		}
	}
	for text, want := range map[string]Invalid{
		"08:30":                    {BadWindow, "08:30"},
		",":                        {BadWindow, ","},
		"08:30-25:00":              {BadTime, "25:00"},
		"8:60-9":                   {BadTime, "8:60"},
		"8:5-9":                    {BadTime, "8:5"},
		"24:00-02:00":              {BadTime, "24:00"},
		"24:01-02:00":              {BadTime, "24:01"},
		"-1-3":                     {BadTime, ""},
		"08:30-12:00-17:00":        {BadTime, "12:00-17:00"},
		"acht-vijf":                {BadTime, "acht"},
		"08:30-12:00, 11:00-17:00": {Overlap, "08:30-12:00, 11:00-17:00"},
		"22:00-06:00, 23:00-23:30": {Overlap, "22:00-06:00, 23:00-23:30"},
	} {
		if got, err := ParseWindows(text); err != want {
			t.Errorf("%q: %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	good := desk()
	good.Week[time.Saturday] = []Window{{HM(20, 0), HM(4, 0)}}
	good.Week[time.Sunday] = []Window{{HM(4, 0), Midnight}}
	if err := good.Validate(); err != nil {
		t.Errorf("touching windows: %v", err)
	}
	if err := always().Validate(); err != nil {
		t.Errorf("always open: %v", err)
	}
	wrong := map[string]func(*Calendar){
		"no zone":               func(c *Calendar) { c.Zone = nil },
		"the machine's zone":    func(c *Calendar) { c.Zone = time.Local },
		"never open":            func(c *Calendar) { c.Week = Week{} },
		"only open on one date": func(c *Calendar) { c.Week, c.Exceptions = Week{}, map[Date][]Window{{2026, 1, 1}: {{0, Midnight}}} },
		"overlap":               func(c *Calendar) { c.Week[1] = append(c.Week[1], Window{HM(16, 59), HM(18, 0)}) },
		"overlap over midnight": func(c *Calendar) { c.Week[2] = []Window{{HM(22, 0), HM(9, 0)}} },
		"overlap over the weekend": func(c *Calendar) {
			c.Week[6], c.Week[0] = []Window{{HM(20, 0), HM(5, 0)}}, []Window{{HM(4, 0), HM(5, 0)}}
		},
		"overlap in an exception": func(c *Calendar) {
			c.Exceptions = map[Date][]Window{{2026, 1, 1}: {{HM(8, 0), HM(9, 0)}, {HM(8, 0), HM(9, 0)}}}
		},
		"opens at 24:00":  func(c *Calendar) { c.Week[2] = []Window{{Midnight, HM(2, 0)}} },
		"closes at 25:00": func(c *Calendar) { c.Week[2] = []Window{{HM(8, 0), HM(25, 0)}} },
		"before midnight": func(c *Calendar) { c.Week[2] = []Window{{-minute, HM(8, 0)}} },
		"half a minute":   func(c *Calendar) { c.Week[2] = []Window{{HM(8, 0) + minute/2, HM(9, 0)}} },
		"liberation":      func(c *Calendar) { c.Dutch = &Options{LiberationDay: "sometimes"} },
	}
	for name, spoil := range wrong {
		c := desk()
		spoil(&c)
		var invalid Invalid
		if err := c.Validate(); !errors.As(err, &invalid) || invalid.Error() == "hours: " {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCalendarAsJSON(t *testing.T) {
	c := desk()
	c.Closed = []Date{{2026, 12, 24}}
	c.Exceptions = map[Date][]Window{{2026, 12, 31}: {{HM(8, 30), HM(12, 0)}}, {2027, 1, 4}: {}}
	c.Dutch = &Options{LiberationDay: Lustrum, GoodFriday: true}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var again Calendar
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("%+v (%v) came back from %s", again, err, text)
	}
	for _, wrong := range []string{
		`{"tz":"Europe/Atlantis"}`, `{"tz":"Local"}`, `{"hours":{}}`, `[]`,
		`{"tz":"UTC","hours":{"maandag":[]}}`, `{"tz":"UTC","hours":{"Monday":[["8:30","17:00"]]}}`,
		`{"tz":"UTC","hours":{"Monday":[["08:30"]]}}`, `{"tz":"UTC","holidays":["2026-02-30"]}`,
		`{"tz":"UTC","exceptions":{"kerst":[]}}`, `{"tz":"UTC","hours":{"Monday":[[8,17]]}}`,
	} {
		var c Calendar
		if err := json.Unmarshal([]byte(wrong), &c); err == nil {
			t.Errorf("%s was read as %+v", wrong, c)
		}
	}
}

func TestOpenAndNextChange(t *testing.T) {
	c := desk()
	c.Dutch = &Options{}
	c.Exceptions = map[Date][]Window{{2026, 4, 6}: {{HM(10, 0), HM(12, 0)}}} // open on Easter Monday after all
	for _, x := range []struct {
		at   string
		open bool
		next string
	}{
		{"2026-03-06 08:29", false, "2026-03-06 08:30"},
		{"2026-03-06 08:30", true, "2026-03-06 17:00"},
		{"2026-03-06 16:59", true, "2026-03-06 17:00"},
		{"2026-03-06 17:00", false, "2026-03-09 08:30"},
		{"2026-04-03 17:00", false, "2026-04-06 10:00"},
		{"2026-04-06 10:00", true, "2026-04-06 12:00"},
		{"2026-12-24 17:00", false, "2026-12-28 08:30"},
		{"2026-12-31 17:00", false, "2027-01-04 08:30"},
	} {
		if got := c.Open(moment(x.at)); got != x.open {
			t.Errorf("%s: open is %v", x.at, got)
		}
		if got, found := c.NextChange(moment(x.at)); !found || !got.Equal(moment(x.next)) {
			t.Errorf("%s: changes at %v (%v), want %s", x.at, got, found, x.next)
		}
	}
	night := Calendar{Zone: amsterdam, Week: Week{time.Friday: {{HM(22, 0), Midnight}}, time.Saturday: {{0, HM(3, 0)}}}}
	if got, found := night.NextChange(moment("2026-03-06 23:00")); !found || !got.Equal(moment("2026-03-07 03:00")) {
		t.Errorf("windows that touch at midnight: closes at %v", got)
	}
	for name, c := range map[string]Calendar{"never closes": always(), "never opens": {}} {
		if got, found := c.NextChange(moment("2026-03-06 23:00")); found || !got.IsZero() {
			t.Errorf("%s, but changes at %v", name, got)
		}
	}
	last := desk()
	last.Exceptions = map[Date][]Window{}
	for n := range 400 {
		last.Exceptions[Date{2026, 3, 7}.AddDays(n)] = nil
	}
	if got, found := last.NextChange(moment("2026-03-06 10:00")); !found || !got.Equal(moment("2026-03-06 17:00")) {
		t.Errorf("the last closing for more than a year: %v (%v)", got, found)
	}
	if got, err := c.NextOpening(moment("2026-03-06 17:00")); err != nil || !got.Equal(moment("2026-03-09 08:30")) {
		t.Errorf("opens next at %v (%v)", got, err)
	}
}

func TestWorking(t *testing.T) {
	march, april := moment("2026-03-01 00:00"), moment("2026-04-01 00:00")
	if got := always().Working(march, april); got != 44580*time.Minute {
		t.Errorf("March 2026 has %v, want 44,580 minutes", got)
	}
	if got := desk().Working(march, april); got != 22*510*time.Minute {
		t.Errorf("March 2026 has %v of office hours", got)
	}
	if got := desk().Working(april, march); got != 0 {
		t.Errorf("backwards: %v", got)
	}
	ages := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := desk().Working(time.Time{}, ages); got <= 0 || got > 100*366*24*time.Hour {
		t.Errorf("ages: %v", got)
	}
	// Samoa went to bed on Thursday 29 December 2011 and woke up on Saturday.
	apia := Calendar{Zone: zone("Pacific/Apia"), Week: Weekdays(Window{HM(8, 0), HM(16, 0)})}
	from, to := At(apia.Zone, Date{2011, 12, 28}, 0), At(apia.Zone, Date{2012, 1, 3}, 0)
	if got := apia.Working(from, to); got != 24*time.Hour {
		t.Errorf("Wednesday, Thursday and Monday in Samoa: %v", got)
	}
}

func TestEaster(t *testing.T) {
	// Dates as the churches published them, the earliest and the latest among them.
	for _, want := range []string{
		"1818-03-22", "1913-03-23", "1943-04-25", "1961-04-02", "2000-04-23", "2008-03-23", "2011-04-24", "2016-03-27", "2019-04-21", "2024-03-31",
		"2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2038-04-25", "2285-03-22",
	} {
		d, err := ParseDate(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := Easter(d.Year); got != d {
			t.Errorf("Easter is %v, want %v", got, want)
		}
	}
}

func TestDutchHolidays(t *testing.T) {
	list := func(year int, o Options) (text []string) {
		for _, h := range Dutch(year, o) {
			text = append(text, h.Date.String()[5:]+" "+h.Key)
		}
		return text
	}
	want := []string{
		"01-01 new_year", "04-20 easter_sunday", "04-21 easter_monday", "04-26 kings_day", "05-29 ascension",
		"06-08 whit_sunday", "06-09 whit_monday", "12-25 christmas_day", "12-26 boxing_day",
	}
	if got := list(2025, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("2025: %v", got)
	}
	want = []string{
		"01-01 new_year", "04-03 good_friday", "04-05 easter_sunday", "04-06 easter_monday", "04-27 kings_day", "05-05 liberation",
		"05-14 ascension", "05-24 whit_sunday", "05-25 whit_monday", "12-25 christmas_day", "12-26 boxing_day",
	}
	if got := list(2026, Statutory()); !reflect.DeepEqual(got, want) {
		t.Errorf("2026: %v", got)
	}
	for year, free := range map[int]bool{2025: true, 2026: false, 2029: false, 2030: true} {
		if _, found := (Options{LiberationDay: Lustrum}).Holiday(Date{year, 5, 5}); found != free {
			t.Errorf("5 May %d is free: %v", year, found)
		}
	}
	for _, h := range Dutch(2026, Statutory()) {
		if h.Name("nl") == "" || h.Name("en") == "" || h.Name("nl") == h.Name("en") {
			t.Errorf("%s is called %q and %q", h.Key, h.Name("nl"), h.Name("en"))
		}
	}
	if got := (Holiday{Key: "kings_day"}).Name("nl"); got != "Koningsdag" {
		t.Errorf("27 April is called %s", got)
	}
}

func TestNextWorkingDay(t *testing.T) {
	for from, want := range map[string]string{
		"2026-03-06": "2026-03-06", // Friday
		"2026-03-07": "2026-03-09",
		"2026-04-03": "2026-04-07", // Good Friday
		"2026-04-27": "2026-04-28",
		"2026-12-25": "2026-12-28",
		"2027-01-01": "2027-01-04",
		"2030-05-04": "2030-05-06",
	} {
		d, err := ParseDate(from)
		if err != nil {
			t.Fatal(err)
		}
		if got := NextWorkingDay(d, Statutory()); got.String() != want {
			t.Errorf("from %s: %v, want %s", from, got, want)
		}
	}
	if got := NextWorkingDay(Date{2026, 4, 3}, Options{}); got != (Date{2026, 4, 3}) {
		t.Errorf("Good Friday where it is no day off: %v", got)
	}
}

// Friday 16:50, two working days, an hour's pause on Monday.
func TestExplain(t *testing.T) {
	c := desk()
	start, due := moment("2026-03-06 16:50"), moment("2026-03-10 17:00")
	pauses := []Pause{{moment("2026-03-09 11:00"), moment("2026-03-09 12:00")}, {moment("2026-03-09 16:00"), moment("2026-03-10 08:00")}}
	var got []string
	for _, s := range c.Explain(start, due, pauses) {
		got = append(got, s.From.Format("Mon 15:04-")+s.To.Format("15:04 ")+string(s.Kind)+" "+s.Length().String())
	}
	want := []string{
		"Fri 16:50-17:00 open 10m0s", "Fri 17:00-00:00 closed 7h0m0s", "Sat 00:00-00:00 closed 24h0m0s", "Sun 00:00-00:00 closed 24h0m0s",
		"Mon 00:00-08:30 closed 8h30m0s", "Mon 08:30-11:00 open 2h30m0s", "Mon 11:00-12:00 paused 1h0m0s", "Mon 12:00-16:00 open 4h0m0s",
		"Mon 16:00-17:00 paused 1h0m0s", "Mon 17:00-00:00 closed 7h0m0s", "Tue 00:00-08:30 closed 8h30m0s", "Tue 08:30-17:00 open 8h30m0s",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the story is\n%q\nwant\n%q", got, want)
	}
	c.Dutch, c.Closed = &Options{}, []Date{{2026, 4, 8}}
	reasons := map[string]string{}
	for _, s := range c.Explain(moment("2026-04-05 00:00"), moment("2026-04-09 12:00"), nil) {
		reasons[s.Day.String()] += s.Why
	}
	if !reflect.DeepEqual(reasons, map[string]string{"2026-04-05": "easter_sunday", "2026-04-06": "easter_monday", "2026-04-07": "", "2026-04-08": ClosedDay, "2026-04-09": ""}) {
		t.Errorf("reasons: %v", reasons)
	}
	if s := c.Explain(due, start, nil); s != nil {
		t.Errorf("backwards: %v", s)
	}
	if s := c.Explain(start, start.AddDate(5000, 0, 0), nil); len(s) == 0 || len(s) > 4*Horizon {
		t.Errorf("ages: %d segments", len(s))
	}
}

func TestBar(t *testing.T) {
	c := desk()
	start, due := moment("2026-03-09 14:30"), moment("2026-03-10 14:30") // 2.5 and 6 hours
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	bar := c.Bar(start, due, moment("2026-03-09 15:45"), nil)
	if len(bar.Parts) != 3 || bar.Parts[1].Kind != Shut || !near(bar.Parts[1].Right-bar.Parts[1].Left, narrow) {
		t.Fatalf("parts: %+v", bar.Parts)
	}
	if !near(bar.Parts[0].Right, (1-narrow)*2.5/8.5) || bar.Parts[2].Right != 1 {
		t.Errorf("parts: %+v", bar.Parts)
	}
	if !near(bar.Now, bar.Parts[0].Right/2) || !near(bar.Gone, 1.25/8.5) {
		t.Errorf("now at %v with %v gone", bar.Now, bar.Gone)
	}
	for at, want := range map[string][2]float64{"2026-03-09 12:00": {0, 0}, "2026-03-10 14:30": {1, 1}, "2026-03-12 14:30": {1, 1}} {
		if bar := c.Bar(start, due, moment(at), nil); !near(bar.Now, want[0]) || !near(bar.Gone, want[1]) {
			t.Errorf("%s: now at %v with %v gone", at, bar.Now, bar.Gone)
		}
	}
	if bar := c.Bar(start, start, start, nil); len(bar.Parts) != 0 || bar.Gone != 1 || bar.Now != 1 {
		t.Errorf("no time at all: %+v", bar)
	}
	if bar := c.Bar(moment("2026-03-07 12:00"), moment("2026-03-09 08:30"), moment("2026-03-08 12:00"), nil); len(bar.Parts) != 1 || bar.Gone != 1 {
		t.Errorf("a weekend: %+v", bar)
	}
	for seed := range uint64(300) {
		r := seeded(seed)
		c, from, pauses := r.calendar(), r.moment(), r.pauses()
		to := from.Add(time.Duration(r.IntN(20000)) * time.Minute)
		bar, left := c.Bar(from, to, r.moment(), pauses), 0.0
		for _, p := range bar.Parts {
			if p.Left != left || p.Right < p.Left {
				t.Fatalf("seed %d: %+v", seed, bar.Parts)
			}
			left = p.Right
		}
		if len(bar.Parts) > 0 && left != 1 || bar.Now < 0 || bar.Now > 1 || bar.Gone < 0 || bar.Gone > 1 {
			t.Fatalf("seed %d: %+v", seed, bar)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"08:30-12:00, 13:00-17:00", "8.30–17", "22:00-06:00", "gesloten", "2026-12-31", "24:00", "",
		`{"tz":"Europe/Amsterdam","hours":{"Monday":[["22:00","24:00"]]},"holidays":["2026-12-25"],"exceptions":{"2026-12-24":[]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if windows, err := ParseWindows(text); err == nil {
			again, err := ParseWindows(FormatWindows(windows))
			if err != nil || !slices.Equal(again, windows) {
				t.Fatalf("%v does not come back: %v (%v)", windows, again, err)
			}
		}
		if d, err := ParseDate(text); err == nil && d.String() != text {
			t.Fatalf("%q was read as %v", text, d)
		}
		if c, err := ParseClock(text); err == nil && c.String() != text {
			t.Fatalf("%q was read as %v", text, c)
		}
		var c Calendar
		if json.Unmarshal([]byte(text), &c) != nil || c.Validate() != nil {
			return
		}
		start := moment("2026-03-06 16:50")
		due, err := c.Add(start, 8*time.Hour)
		if err == nil && c.Working(start, due) != 8*time.Hour {
			t.Fatalf("eight hours from %v are due at %v", start, due)
		}
	})
}
