// Command bench measures the program from outside: it seeds a site, starts the
// built program on it, and asks for pages over loopback in a closed loop. What
// counts is the CPU time that the server spends on a request, as a ratio to a
// bare handler that writes 22 KB from memory, measured in the same run: requests
// per second say as much about the neighbours as about the program.
//
//	make bench                               100,000 tickets, 3 rounds of 10 s a cell
//	make bench SHORT=1                       1,000 tickets, 1 round of 2 s, 16 clients
//	make bench BENCH='-only W6,W7 -tickets 10000'
//	make bench BENCH='-only W1,W2,W4 -ideas 100000'
//	.ci/postgres make bench                  the same on PostgreSQL
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options is what one run measures.
type options struct {
	loket   string        // the program's file
	db      string        // an empty database, or "" for a SQLite file of its own
	ideas   int           // with some 27 votes each
	tickets int           // and half as many of everything else, see seed.go
	rounds  int           // of which the median counts
	cell    time.Duration // how long one workload runs at one number of clients
	clients []int
	only    []string // names of workloads; none means all
	now     func() time.Time
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "control" {
		exit(control(os.Args[2]))
	}
	var o options
	var short bool
	var clients, only string
	flag.StringVar(&o.loket, "loket", "./loket", "the program")
	flag.StringVar(&o.db, "db", os.Getenv("LOKET_TEST_DB"), "an empty PostgreSQL database; a SQLite file in a temporary folder if none")
	flag.IntVar(&o.tickets, "tickets", 100_000, "tickets to seed")
	flag.IntVar(&o.ideas, "ideas", 1_000, "ideas to seed")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, of which the median counts")
	flag.DurationVar(&o.cell, "d", 10*time.Second, "how long a workload runs at one number of clients")
	flag.StringVar(&clients, "c", "1,16,64", "numbers of clients")
	flag.StringVar(&only, "only", "", "workloads, such as W6,W7")
	flag.BoolVar(&short, "short", false, "a first look: 1,000 tickets, one round of 2 s, 16 clients")
	flag.Parse()
	if short {
		o.tickets, o.rounds, o.cell, clients = 1_000, 1, 2*time.Second, "16"
	}
	for _, c := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			exit(fmt.Errorf("-c %s: %q is no number of clients", clients, c))
		}
		o.clients = append(o.clients, n)
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	o.now = time.Now
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run makes the site, starts the servers, and measures every workload that the
// program has a route for.
func run(ctx context.Context, o options) error {
	s, err := newSite(ctx, o)
	if err != nil {
		return err
	}
	defer s.remove()
	bare, err := startControl(ctx, o.now)
	if err != nil {
		return err
	}
	defer bare.stop()
	start, err := s.coldStarts(ctx, 5)
	if err != nil {
		return err
	}
	loket, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer loket.stop()
	idle := loket.memory()
	if err := s.signIn(loket.addr); err != nil {
		return err
	}
	targets := []target{
		{name: "hello", what: "bare handler, 5 bytes", server: bare, ask: always("/hello")},
		{name: "C22", what: "bare handler, 22 KB from memory", server: bare, ask: always("/22k")},
	}
	for _, w := range workloads {
		if len(o.only) > 0 && !slices.Contains(o.only, w.name) {
			continue
		}
		ask := func(n int) (request, bool) { return w.ask(s, n) }
		if why := absent(loket.addr, ask); why != "" {
			fmt.Printf("%-4s %s: left out, %s\n", w.name, w.what, why)
			continue
		}
		targets = append(targets, target{name: w.name, what: w.what, goal: w.goal, server: loket, ask: ask})
	}
	cells, err := measure(ctx, o, targets)
	if err != nil {
		return err
	}
	report(os.Stdout, o, targets, cells)
	return footprint(os.Stdout, o, start, idle, loket.memory())
}

// absent asks a few times and says why this workload cannot be measured, or "".
func absent(addr string, ask func(int) (request, bool)) string {
	for n := range 20 {
		r, ok := ask(n)
		if !ok {
			return "nothing of the kind was seeded"
		}
		answer, err := fetch(addr, r)
		if err != nil {
			return err.Error()
		}
		if answer.status >= 400 || strings.HasPrefix(answer.header.Get("Location"), "/signin") {
			return fmt.Sprintf("%s %s answers %d", r.method, r.path, answer.status)
		}
	}
	return ""
}
