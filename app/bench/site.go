package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"loket/db"
)

// site is a seeded site, and who is signed in to it.
type site struct {
	loket, folder, db string
	now               func() time.Time
	made              *made

	addr                  string
	postmaster            int
	customers, colleagues []string // cookies
	etags                 struct {
		sync.Mutex
		cell int
		of   map[string]string
	}
}

// newSite makes a site in a temporary folder: the program migrates it and adds
// two people, the seeder adds the rest.
func newSite(ctx context.Context, o options) (*site, error) {
	loket, err := filepath.Abs(o.loket)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "loket-bench-")
	if err != nil {
		return nil, err
	}
	s := &site{loket: loket, folder: folder, db: o.db, now: o.now}
	s.etags.of = map[string]string{}
	if s.db == "" {
		s.db = "sqlite:" + filepath.Join(folder, "loket.db")
	}
	if err := s.fill(ctx, o.tickets, o.ideas); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func (s *site) fill(ctx context.Context, tickets, ideas int) error {
	for _, step := range [][]string{
		{"migrate"},
		{"user", "add", "--email", patternCustomer, "--name", "Patroon", "--role", "customer"},
		{"user", "add", "--email", patternStaff, "--name", "Patroon", "--role", "staff"},
	} {
		cmd := s.command(ctx, "", step...)
		cmd.Stdin = strings.NewReader(password + "\n")
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("loket %s: %w: %s", strings.Join(step, " "), err, said)
		}
	}
	from := s.now()
	d, err := db.Open(s.db)
	if err != nil {
		return err
	}
	s.made, err = seed(ctx, d, from, tickets, ideas)
	if err == nil && !d.SQLite() {
		s.postmaster, err = postmaster(ctx, d)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	fmt.Printf("seeded in %.1f s\n", s.now().Sub(from).Seconds())
	return nil
}

// postmaster is the process that all sessions of this PostgreSQL come from, if
// it runs on this machine.
func postmaster(ctx context.Context, d *db.DB) (int, error) {
	session, err := db.Get[int](ctx, d, `SELECT pg_backend_pid()`)
	if err != nil {
		return 0, err
	}
	if fields := stat(filepath.Join("/proc", strconv.Itoa(session), "stat")); len(fields) > 4 {
		return strconv.Atoi(fields[4])
	}
	return 0, nil
}

// command is the program with the settings of this site.
func (s *site) command(ctx context.Context, addr string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.loket, args...)
	cmd.Dir = s.folder
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.folder,
		"LOKET_LISTEN=" + addr, "LOKET_URL=http://" + addr,
		"LOKET_DB=" + s.db,
		"LOKET_FILES=file:" + filepath.Join(s.folder, "files"),
		"LOKET_MAIL=file:" + filepath.Join(s.folder, "mail"),
		"LOKET_SECRET=only-for-measuring-0123456789abcdef",
	}
	if addr == "" {
		cmd.Env[2], cmd.Env[3] = "LOKET_LISTEN=localhost:8080", "LOKET_URL=http://localhost:8080"
	}
	return cmd
}

// start starts the program on this site and waits for its front page.
func (s *site) start(ctx context.Context) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	running, err := start(ctx, s.now, addr, "/", s.command(ctx, addr, "serve"))
	if err != nil {
		return nil, err
	}
	running.beside = s.postmaster
	s.addr = addr
	return running, nil
}

// coldStarts tells how long it takes from starting the program to its first page.
func (s *site) coldStarts(ctx context.Context, n int) ([]time.Duration, error) {
	var all []time.Duration
	for range n {
		from := s.now()
		running, err := s.start(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, s.now().Sub(from))
		running.stop()
	}
	return all, nil
}

// signIn signs in the people who do the asking.
func (s *site) signIn(addr string) error {
	for i := range 24 {
		email, list := customerEmail(i), &s.customers
		if i >= 16 {
			email, list = staffEmail(i-16), &s.colleagues
		}
		a, err := fetch(addr, request{method: http.MethodPost, path: "/signin", form: credentials(email)})
		if err != nil {
			return err
		}
		if a.status != http.StatusSeeOther || a.cookies() == "" {
			return fmt.Errorf("%s cannot sign in: POST /signin answers %d", email, a.status)
		}
		*list = append(*list, a.cookies())
	}
	return nil
}

func (s *site) remove() { _ = os.RemoveAll(s.folder) }
