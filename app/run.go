package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var errMigrations = errors.New("migrations have not all run")

func errNotMigrated(err error) error {
	if err != nil {
		return err
	}
	return errMigrations
}

// How long a request in hand may take when the program is asked to stop.
const patience = 10 * time.Second

// Run serves until ctx ends, then finishes the requests and the jobs in hand.
// ready is called with the address once it can be connected to.
func (a *App) Run(ctx context.Context, ready func(address string)) error {
	listener, err := net.Listen("tcp", a.Config.Listen)
	if err != nil {
		return fmt.Errorf("LOKET_LISTEN: %w", err)
	}
	server := &http.Server{
		Handler:           a.Handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	var work sync.WaitGroup
	for range 2 {
		work.Go(func() { a.Jobs.Work(ctx, 5*time.Second) })
	}
	work.Go(func() { a.comeBack(ctx) })
	stopMetrics, err := a.serveMetrics(&work)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	work.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	ready(listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err = errors.Join(err, server.Shutdown(stopping))
	stopMetrics()
	work.Wait()
	return err
}

// comeBack runs the chores that are due, once at the start and then every minute.
func (a *App) comeBack(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := a.Jobs.RunChores(ctx, a.Chores); err != nil {
			slog.Error("chores", "err", err)
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
