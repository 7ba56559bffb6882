package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loket/app/web"
)

var errMigrations = errors.New("migrations have not all run")

func errNotMigrated(err error) error {
	if err != nil {
		return err
	}
	return errMigrations
}

// How long a request in hand may take when the program is asked to stop; before
// that, how long connections get to hear that they are to be closed; and how
// long the search for damage may keep the program from serving.
const (
	patience = 9 * time.Second
	farewell = 300 * time.Millisecond
	inspects = 500 * time.Millisecond
)

// Run serves until ctx ends, then finishes the requests and the jobs in hand.
// ready is called with the address once it can be connected to.
func (a *App) Run(ctx context.Context, ready func(address string)) error {
	listener, err := net.Listen("tcp", a.Config.Listen)
	if err != nil {
		return fmt.Errorf("LOKET_LISTEN: %w", err)
	}
	defer listener.Close()
	var work sync.WaitGroup
	stopMetrics, err := a.serveMetrics(&work)
	if err != nil {
		return err
	}
	defer stopMetrics()
	ctx, stop := context.WithCancel(ctx)
	defer work.Wait()
	defer stop()
	damaged := make(chan error, 1)
	work.Go(func() { damaged <- a.DB.Check(ctx) })
	select { // a large file is looked through while the site runs
	case err := <-damaged:
		if err != nil {
			return fmt.Errorf("LOKET_DB: %w", err)
		}
	case <-time.After(inspects):
	}
	var leaving atomic.Bool
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if leaving.Load() {
				w.Header().Set("Connection", "close")
			}
			a.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	web.Wired(server)
	a.clear(ctx)
	for range 2 {
		work.Go(func() { a.Jobs.Work(ctx, 5*time.Second) })
	}
	work.Go(func() { a.comeBack(ctx) })
	failed := make(chan error, 1)
	work.Go(func() {
		if err := server.Serve(web.Listen(listener)); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	ready(listener.Addr().String())
	for {
		select {
		case err := <-failed:
			return errors.Join(err, server.Close())
		case err := <-damaged:
			if err == nil || ctx.Err() != nil {
				damaged = nil
				continue
			}
			return errors.Join(fmt.Errorf("LOKET_DB: %w", err), server.Close())
		case <-a.DB.Lost():
			return errors.Join(errLost, server.Close())
		case <-ctx.Done():
		}
		break
	}
	// Whoever keeps a connection open hears that it ends, instead of finding it ended.
	leaving.Store(true)
	time.Sleep(farewell)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := server.Shutdown(stopping); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	slog.Warn("stopped before some requests were finished")
	return server.Close()
}

var errLost = errors.New("LOKET_DB: the disk does not keep what is written; look at it before starting again")

// clear removes, before anybody is served, the bytes that a program left behind that
// was killed while somebody sent a file. That is safe where this is the only program,
// and quick in a folder; elsewhere the chore waits until nobody can be sending them.
func (a *App) clear(ctx context.Context) {
	if !a.DB.SQLite() || !strings.HasPrefix(a.Config.Files, "file:") {
		return
	}
	if _, err := a.Files.Sweep(ctx, a.DB, a.Now()); err != nil && ctx.Err() == nil {
		slog.Error("files left behind", "err", err)
	}
}

// comeBack runs the chores that are due: at the start, at every new minute on
// the clock, and at once when the clock is set.
func (a *App) comeBack(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last time.Time
	for {
		if now := a.Now().Truncate(time.Minute); !now.Equal(last) {
			last = now
			if err := a.Jobs.RunChores(ctx, a.Chores); err != nil {
				slog.Error("chores", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// serveMetrics serves Prometheus metrics on an address of their own, if one is set.
func (a *App) serveMetrics(work *sync.WaitGroup) (stop func(), err error) {
	if a.Config.Metrics == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", a.Config.Metrics)
	if err != nil {
		return nil, fmt.Errorf("LOKET_METRICS_LISTEN: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	work.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("metrics", "err", err)
		}
	})
	return func() { server.Close() }, nil
}
