package ideas

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// heatCase is a case of testdata/heat.json. A comment is a time, or a time and
// whose it is.
type heatCase struct {
	Name     string
	Votes    []time.Time
	Comments []heatComment
	Now      time.Time
	Heat     *float64 // null: cold
}

type heatComment remark

func (c *heatComment) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &c.At)
	}
	return json.Unmarshal(raw, (*remark)(c))
}

// TestHeat runs every case in testdata/heat*.json.
func TestHeat(t *testing.T) {
	files, err := filepath.Glob("testdata/heat*.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []heatCase
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var some []heatCase
		if err := json.Unmarshal(raw, &some); err != nil || len(some) == 0 {
			t.Fatalf("%s has %d cases: %v", file, len(some), err)
		}
		cases = append(cases, some...)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i, " ", c.Name), func(t *testing.T) {
			var comments []remark
			for j, said := range c.Comments {
				if said.By == "" {
					said.By = fmt.Sprint("somebody ", j)
				}
				comments = append(comments, remark(said))
			}
			want := cold
			if c.Heat != nil {
				want = *c.Heat
			}
			if got := fullHeat(c.Votes, comments, zone); math.Abs(got-want) > 1e-9 {
				t.Errorf("full sum %.12f, want %.12f", got, want)
			}
			if got := stepByStep(c.Votes, comments, zone); math.Abs(got-want) > 1e-9 {
				t.Errorf("vote by vote %.12f, want %.12f", got, want)
			}
		})
	}
}

// stepByStep is the heat as it is kept: in the order in which things happen.
func stepByStep(votes []time.Time, comments []remark, zone *time.Location) float64 {
	heat := cold
	for _, v := range votes {
		heat = warmer(heat, 1, v)
	}
	for i, c := range comments {
		if warm(c, comments[:i], zone) {
			heat = warmer(heat, commentWeight, c.At)
		}
	}
	return heat
}

// However many votes there are and however far apart, keeping the number up to
// date comes to the same as adding everything up.
func TestHeatKeptIsHeatSummed(t *testing.T) {
	seed := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 10, 1_000, 20_000} {
		for _, years := range []int{0, 1, 30} {
			var votes []time.Time
			for range n {
				votes = append(votes, heatZero.Add(time.Duration(seed.Int64N(int64(years+1)*365*24))*time.Hour))
			}
			sum, kept := fullHeat(votes, nil, time.UTC), stepByStep(votes, nil, time.UTC)
			if math.Abs(sum-kept) > 1e-9 || math.IsNaN(kept) || math.IsInf(kept, 0) {
				t.Errorf("%d votes over %d years: summed %.12f, kept %.12f", n, years, sum, kept)
			}
		}
	}
}

// An old idea that suddenly takes off overtakes a young one that does not.
func TestOldIdeaThatTakesOff(t *testing.T) {
	now := time.Date(2028, 6, 1, 12, 0, 0, 0, time.UTC)
	var old []time.Time
	for day := range 20 {
		old = append(old, now.AddDate(-2, 0, -day))
	}
	young := []time.Time{now.AddDate(0, 0, -3), now.AddDate(0, 0, -2), now.AddDate(0, 0, -1)}
	if fullHeat(old, nil, time.UTC) >= fullHeat(young, nil, time.UTC) {
		t.Error("twenty votes of two years ago outweigh three of this week")
	}
	for range 5 {
		old = append(old, now)
	}
	if fullHeat(old, nil, time.UTC) <= fullHeat(young, nil, time.UTC) {
		t.Error("five votes of today do not lift the old idea")
	}
}

func TestSlugAndAddress(t *testing.T) {
	for title, want := range map[string]string{
		"Eén overzicht, s.v.p.!": "een-overzicht-s-v-p",
		"   ":                    "",
		"Ω mega 日本":              "ω-mega-日本",
		"een heel lange titel die nergens ophoudt en daarom wordt afgekapt bij een woord": "een-heel-lange-titel-die-nergens-ophoudt-en-daarom-wordt",
	} {
		if got := slug(title); got != want {
			t.Errorf("slug(%q) = %q, want %q", title, got, want)
		}
	}
	for part, want := range map[string]int64{"12": 12, "12-een": 12, "12-": 12, "012": 0, "-1": 0, "1e0": 0, "1abc": 0, "+1": 0, "99999999999999999999": 0, "12345678901234567890": 0} {
		if got, _ := addressed(part); got != want {
			t.Errorf("addressed(%q) = %d, want %d", part, got, want)
		}
	}
}

func TestCSVCellRunsNothing(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+31": "'+31", "-": "'-", "@x": "'@x", "\tx": "'\tx", "gewoon": "gewoon", "": ""} {
		if got := csvCell(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
