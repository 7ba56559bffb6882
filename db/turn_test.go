package db_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"loket/app/fault"
	"loket/db"
	"loket/db/dbtest"
)

// Another process holds the lock: whoever writes is told so within five
// seconds, all of them, whoever reads is not held up, and afterwards all is well.
func TestLockedByAnother(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), t.Context()
	other := d
	if d.SQLite() {
		var err error
		if other, err = db.OpenBeside("sqlite:" + d.Path()); err != nil {
			t.Fatal(err)
		}
		defer other.Close()
	}
	held, free := make(chan struct{}), make(chan struct{})
	released := make(chan error, 1)
	go func() {
		released <- other.Tx(ctx, func(tx *db.Tx) error {
			if !d.SQLite() {
				if _, err := db.Exec(ctx, tx, `LOCK TABLE counter`); err != nil {
					return err
				}
			}
			if _, err := db.Next(ctx, tx, "held"); err != nil {
				return err
			}
			close(held)
			<-free
			return nil
		})
	}()
	<-held
	var writers sync.WaitGroup
	start := time.Now()
	for i := range 6 {
		writers.Go(func() {
			time.Sleep(time.Duration(i) * 50 * time.Millisecond)
			began := time.Now()
			err := d.Tx(ctx, func(tx *db.Tx) error { _, err := db.Next(ctx, tx, "x"); return err })
			if took := time.Since(began); !errors.Is(err, fault.Unavailable) || took < 3*time.Second || took > 6*time.Second {
				t.Errorf("writer %d after %v: %v", i, took, err)
			}
		})
	}
	hasty, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := db.Exec(hasty, d, `UPDATE counter SET value = 0 WHERE name = 'y'`); err == nil || time.Since(start) > 7*time.Second {
		t.Errorf("in haste: %v after %v", err, time.Since(start))
	}
	if _, err := db.All[string](ctx, d, `SELECT name FROM setting`); err != nil {
		t.Errorf("reading: %v", err)
	}
	writers.Wait()
	began := time.Now() // whoever comes now is told at once: one request may write three times
	if err := d.Tx(ctx, func(tx *db.Tx) error { _, err := db.Next(ctx, tx, "x"); return err }); d.SQLite() && (!errors.Is(err, fault.Unavailable) || time.Since(began) > time.Second) {
		t.Errorf("again: %v after %v", err, time.Since(began))
	}
	close(free)
	if err := <-released; err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, d, `UPDATE counter SET value = 7 WHERE name = 'held'`); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A full disk refuses what is written, not what is read, and by itself takes it
// again when there is room.
func TestFull(t *testing.T) {
	d, ctx := dbtest.Open(t), t.Context()
	if !d.SQLite() {
		return // the server's own disk
	}
	pages, err := db.Get[int](ctx, d, `PRAGMA page_count`)
	if err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := db.Get[int](ctx, d.Writer(), `PRAGMA max_page_count = `+strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	set := func(name string) error {
		_, err := db.Exec(ctx, d, `INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)`, name, string(make([]byte, 100_000)), time.Unix(0, 0))
		return err
	}
	if err := set("x"); !errors.Is(err, fault.Unavailable) {
		t.Errorf("full: %v", err)
	}
	if some, err := db.All[string](ctx, d, `SELECT name FROM setting`); err != nil || len(some) != 0 {
		t.Errorf("reading: %v %v", some, err)
	}
	limit(1 << 30)
	if err := set("x"); err != nil {
		t.Errorf("room again: %v", err)
	}
	if err := d.Check(ctx); err != nil {
		t.Error(err)
	}
}
