package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loket/db"
)

// A closed loop counts every answer once, and says which were wrong.
func TestLoadCountsWhatTheServerAnswered(t *testing.T) {
	var asked atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "loket=x" || r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("asked with %v", r.Header)
		}
		if asked.Add(1)%10 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write([]byte("twelve bytes"))
	}))
	defer web.Close()
	self := &server{addr: web.Listener.Addr().String(), process: command(t)}
	defer self.stop()
	target := target{server: self, ask: func(n int) (request, bool) {
		return request{method: "GET", path: "/", cookie: "loket=x"}, true
	}}
	c, err := load(context.Background(), time.Now, target, 4, 200*time.Millisecond, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := int(asked.Load()) / 10; c.bad != want {
		t.Errorf("%d bad answers, want %d", c.bad, want)
	}
	if c.bytes != 12 || c.perSecond < 100 || c.p50 > c.p99 {
		t.Errorf("measured %+v", c)
	}
}

// The seeder writes the same site every time, into whatever tables there are.
func TestSeedIsTheSameEveryTime(t *testing.T) {
	var first string
	for range 2 {
		d, err := db.Open("sqlite:" + filepath.Join(t.TempDir(), "x.db") + "?_synchronous=OFF")
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		if err := d.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{patternCustomer, patternStaff} {
			if _, err := db.Exec(ctx, d, `INSERT INTO account (id, email, name, password, created_at, active_at) VALUES (?, ?, 'P', 'hash', ?, ?)`, email, email, at, at); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := seed(ctx, d, at, 100, 50); err != nil {
			t.Fatal(err)
		}
		n, err := db.Get[int](ctx, d, `SELECT count(*) FROM membership m JOIN account a ON a.id = m.account_id AND a.company_id = m.company_id WHERE a.password = 'hash'`)
		if err != nil || n != customers {
			t.Errorf("%d customers belong to a company (%v), want %d", n, err, customers)
		}
		names, err := db.All[string](ctx, d, `SELECT name FROM company ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		now := strings.Join(names, "\n")
		if first != "" && first != now {
			t.Error("the second site has other companies")
		}
		first = now
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReportNamesTheGoal(t *testing.T) {
	var out strings.Builder
	targets := []target{{name: "hello"}, {name: "C22"}, {name: "W1", goal: goal{times: 15}}, {name: "W3", goal: goal{1.5, "hello"}}}
	cells := map[key]cell{{0, 16}: {cpu: 14}, {1, 16}: {cpu: 20}, {2, 16}: {cpu: 200, perSecond: 12_345}, {3, 16}: {cpu: 30}}
	report(&out, options{tickets: 100_000, rounds: 3, cell: time.Second, clients: []int{16}}, targets, cells)
	for _, want := range []string{"100,000 tickets", "12,345", "10.0  ≤ 15 C22 met", "≤ 1.5 hello missed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// command starts a process that only waits, to have one to measure.
func command(t *testing.T) *exec.Cmd {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// The words that the workloads search for are as common and as rare as the
// figures that the goals come from suppose.
func TestProseHoldsTheWordsSearchedFor(t *testing.T) {
	s := newSeeder(time.Time{}, 0)
	const bodies = 20_000
	hits := map[string]int{}
	for range bodies {
		body := " " + s.prose(60) + " "
		for _, word := range []string{"excel", "sharepoint", "tekening", "kwantiteit"} {
			if strings.Contains(body, " "+word+" ") {
				hits[word]++
			}
		}
	}
	if hits["excel"] < bodies*6/10 || hits["tekening"] < bodies/10 || hits["tekening"] > bodies*5/10 {
		t.Errorf("of %d bodies hold: %v", bodies, hits)
	}
	if hits["kwantiteit"] == 0 || hits["kwantiteit"] > bodies/50 {
		t.Errorf("the rare word stands in %d of %d", hits["kwantiteit"], bodies)
	}
}
