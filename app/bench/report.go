package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// goal is the most a workload may cost, in CPU time of C22 or of hello; zero
// means that none was set.
type goal struct {
	times float64
	of    string // "C22" if empty
}

// report prints one line per cell, with the ratio to C22 and to the goal.
func report(out io.Writer, o options, targets []target, cells map[key]cell) {
	base := map[string]int{}
	for i, t := range targets {
		base[t.name] = i
	}
	fmt.Fprintf(out, "\n%s tickets, %d × %s a cell, median\n\n", thousands(o.tickets), o.rounds, o.cell)
	fmt.Fprintf(out, "%-6s %-42s %4s %9s %8s %8s %8s %7s  %-18s %8s %5s %6s\n",
		"", "", "c", "req/s", "p50 ms", "p99 ms", "CPU-µs", "× C22", "goal", "bytes", "bad", "MiB")
	for i, t := range targets {
		for _, clients := range o.clients {
			c := cells[key{i, clients}]
			ratio := c.cpu / cells[key{base["C22"], clients}].cpu
			fmt.Fprintf(out, "%-6s %-42s %4d %9s %8.2f %8.2f %8.0f %7.1f  %-18s %8s %5d %6d\n",
				t.name, t.what, clients, thousands(int(c.perSecond)), c.p50, c.p99, c.cpu, ratio,
				verdict(t.goal, c.cpu, func(of string) float64 { return cells[key{base[of], clients}].cpu }),
				thousands(int(c.bytes)), c.bad, c.memory>>20)
		}
	}
}

func verdict(g goal, cpu float64, of func(string) float64) string {
	if g.times == 0 {
		return ""
	}
	what := g.of
	if what == "" {
		what = "C22"
	}
	met := "missed"
	if cpu <= g.times*of(what) {
		met = "met"
	}
	return fmt.Sprintf("≤ %g %s %s", g.times, what, met)
}

// footprint prints what the program is without work: G12, G13 and G15.
func footprint(out io.Writer, o options, starts []time.Duration, idle, after int) error {
	file, err := os.Stat(o.loket)
	if err != nil {
		return err
	}
	slices.Sort(starts)
	fmt.Fprintf(out, "\nstart to first 200: %d ms (goal ≤ 80) · resident idle %d MiB (goal ≤ 40), after the load %d MiB (goal ≤ 90) · binary %.1f MB (goal ≤ 30)\n",
		starts[len(starts)/2].Milliseconds(), idle>>20, after>>20, float64(file.Size())/1e6)
	return nil
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
