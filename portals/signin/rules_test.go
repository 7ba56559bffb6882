package signin

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestRetryAt(t *testing.T) {
	every := func(n int, gap time.Duration) (all []time.Time) {
		for i := range n {
			all = append(all, noon.Add(time.Duration(i)*gap))
		}
		return all
	}
	for name, c := range map[string]struct {
		failures []time.Time
		want     time.Duration // after the last; 0 is at once
	}{
		"none":                        {nil, 0},
		"nine in a minute":            {every(9, time.Second), 0},
		"the tenth":                   {every(10, time.Second), time.Second},
		"the eleventh":                {every(11, time.Second), 2 * time.Second},
		"the fourteenth":              {every(14, time.Second), 16 * time.Second},
		"never longer than a quarter": {every(60, time.Second), 15 * time.Minute},
		"slowly":                      {every(40, 2*time.Minute), 0},
		"ten just within":             {every(10, 100*time.Second), time.Second},
		"after a rest":                {append(every(12, time.Second), noon.Add(time.Hour)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := retryAt(c.failures)
			if c.want == 0 {
				if !got.IsZero() {
					t.Fatalf("has to wait until %v", got)
				}
				return
			}
			if want := c.failures[len(c.failures)-1].Add(c.want); !got.Equal(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestNetworkRetryAt(t *testing.T) {
	var tries []time.Time
	for i := range 10 {
		tries = append(tries, noon.Add(time.Duration(i)*time.Second))
	}
	now := noon.Add(10 * time.Second)
	if got := networkRetryAt(tries[:9], now); got.After(now) {
		t.Errorf("the tenth has to wait until %v", got)
	}
	if got, want := networkRetryAt(tries, now), noon.Add(time.Minute); !got.Equal(want) {
		t.Errorf("the eleventh may at %v, want %v", got, want)
	}
	tries = nil
	for i := range 60 {
		tries = append(tries, noon.Add(time.Duration(i)*40*time.Second))
	}
	now = noon.Add(41 * time.Minute)
	if got, want := networkRetryAt(tries, now), noon.Add(time.Hour); !got.Equal(want) {
		t.Errorf("the 61st in an hour may at %v, want %v", got, want)
	}
}

func TestOwnDomain(t *testing.T) {
	for _, c := range []struct {
		address, desk, site string
		own                 bool
	}{
		{"jan@tekenkast.example", "loket@tekenkast.example", "loket.tekenkast.example", true},
		{"JAN@Tekenkast.example ", "loket@tekenkast.example", "tekenkast.example", true},
		{"jan@tekenkast.example", "loket@tekenkast.example", "127.0.0.1", true},
		{"jan@tekenkast.example", "loket@tekenkast.example", "localhost", true},
		{"jan@klant.example", "loket@tekenkast.example", "localhost", false},
		{"jan@eentekenkast.example", "loket@tekenkast.example", "eentekenkast.example", false},
		{"jan@postvakken.example", "tekenkast@postvakken.example", "loket.tekenkast.example", false},
		{"jan@kast.example", "loket@kast.example", "tekenkast.example", false},
		{"jan", "", "localhost", false},
	} {
		if got := ownDomain(c.address, c.desk, c.site); got != c.own {
			t.Errorf("%s at %s of %s: %v", c.address, c.site, c.desk, got)
		}
	}
}
