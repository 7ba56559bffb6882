package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loket/app/fault"
	"loket/app/jobs"
	"loket/db"
	"loket/db/dbtest"
)

// shop is a queue with a clock that the test moves.
type shop struct {
	*jobs.Queue
	t   *testing.T
	now atomic.Pointer[time.Time]
}

type parcel struct{ N int }

func newShop(t *testing.T) *shop {
	s := &shop{t: t}
	s.clock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	s.Queue = jobs.NewQueue(dbtest.Open(t), func() time.Time { return *s.now.Load() })
	return s
}

func (s *shop) clock(now time.Time)      { s.now.Store(&now) }
func (s *shop) later(wait time.Duration) { s.clock(s.Now().Add(wait)) }

func (s *shop) add(n int, about string) {
	s.t.Helper()
	s.tx(func(tx *db.Tx) error {
		return s.Add(s.t.Context(), tx, "parcel", jobs.Work{Payload: parcel{n}, About: about})
	})
}

func (s *shop) tx(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Tx(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) run() {
	s.t.Helper()
	if err := s.RunDue(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) left() int {
	s.t.Helper()
	n, err := db.Get[int](s.t.Context(), s.DB, `SELECT count(*) FROM job`)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestEachJobIsDoneOnce: eight workers and two hundred jobs.
func TestEachJobIsDoneOnce(t *testing.T) {
	s := newShop(t)
	var done [200]atomic.Int32
	jobs.Handle(s.Queue, "parcel", func(_ context.Context, p parcel) error { done[p.N].Add(1); return nil })
	for n := range done {
		s.add(n, "")
	}
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			if err := s.RunDue(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	for n := range done {
		if times := done[n].Load(); times != 1 {
			t.Errorf("job %d was done %d times", n, times)
		}
	}
	if s.left() != 0 {
		t.Errorf("%d are left", s.left())
	}
}

// TestWorkGoesWithItsTransaction: what is rolled back is not done, what is
// cancelled is not done, and what is for later is done later.
func TestWorkGoesWithItsTransaction(t *testing.T) {
	s := newShop(t)
	var done []int
	jobs.Handle(s.Queue, "parcel", func(_ context.Context, p parcel) error { done = append(done, p.N); return nil })
	back := errors.New("back")
	err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(s.Add(t.Context(), tx, "parcel", jobs.Work{Payload: parcel{1}}), back)
	})
	if !errors.Is(err, back) {
		t.Fatal(err)
	}
	s.add(2, "ticket:2")
	s.add(3, "ticket:3")
	s.tx(func(tx *db.Tx) error { return s.Cancel(t.Context(), tx, "ticket:2") })
	s.tx(func(tx *db.Tx) error {
		return s.Add(t.Context(), tx, "parcel", jobs.Work{Payload: parcel{4}, At: s.Now().Add(time.Hour)})
	})
	s.run()
	if fmt.Sprint(done) != "[3]" {
		t.Errorf("done now: %v", done)
	}
	s.later(time.Hour)
	s.run()
	if fmt.Sprint(done) != "[3 4]" {
		t.Errorf("done in the end: %v", done)
	}
}

// TestAFailureIsTriedAgain after 2, 4, 8 … minutes, ten times in all; then it
// stays for staff, who have it tried again when the cause has gone.
func TestAFailureIsTriedAgain(t *testing.T) {
	s := newShop(t)
	broken, tried := true, 0
	jobs.Handle(s.Queue, "parcel", func(context.Context, parcel) error {
		tried++
		switch {
		case !broken:
			return nil
		case tried == 3:
			panic("a mistake in the program")
		}
		return errors.New("the van is broken")
	})
	s.add(1, "")
	for try := 1; try <= 10; try++ {
		s.run()
		if tried != try {
			t.Fatalf("tried %d times, want %d", tried, try)
		}
		s.later(time.Minute<<try - time.Second)
		s.run()
		if tried != try {
			t.Fatalf("tried again too soon, after %v", time.Minute<<try)
		}
		s.later(time.Second)
	}
	s.later(1000 * time.Hour)
	s.run()
	up, err := s.GivenUp(t.Context())
	if err != nil || tried != 10 || len(up) != 1 || up[0].Failure != "the van is broken" || up[0].Tries != 10 {
		t.Fatalf("tried %d times, given up %+v, %v", tried, up, err)
	}
	broken = false
	s.tx(func(tx *db.Tx) error { return s.Retry(t.Context(), tx, up[0].ID) })
	s.run()
	if s.left() != 0 {
		t.Error("it is not done after all")
	}
	if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Retry(t.Context(), tx, up[0].ID) }); !errors.Is(err, fault.NotFound) {
		t.Errorf("again: %v", err)
	}
}

// TestSomeFailuresStay: what another try will not mend is not tried again, and
// says why in one line.
func TestSomeFailuresStay(t *testing.T) {
	s := newShop(t)
	jobs.Handle(s.Queue, "parcel", func(context.Context, parcel) error {
		return errors.Join(jobs.Permanent, errors.New("no such street"))
	})
	s.add(1, "")
	s.tx(func(tx *db.Tx) error { return s.Add(t.Context(), tx, "letter", jobs.Work{}) })
	s.tx(func(tx *db.Tx) error { return s.Add(t.Context(), tx, "parcel", jobs.Work{Payload: "no parcel"}) })
	s.run()
	up, err := s.GivenUp(t.Context())
	if err != nil || len(up) != 3 {
		t.Fatalf("%+v %v", up, err)
	}
	all := ""
	for _, f := range up {
		if f.Tries != 1 || strings.Contains(f.Failure, "\n") || strings.HasPrefix(f.Failure, "permanent") {
			t.Errorf("%+v", f)
		}
		all += f.Failure + "\n"
	}
	for _, why := range []string{"no such street", `nobody does "letter"`, "cannot unmarshal"} {
		if !strings.Contains(all, why) {
			t.Errorf("nothing says %q: %s", why, all)
		}
	}
}

// TestAWorkerThatDied keeps its job until its lease ends; then another does it.
func TestAWorkerThatDied(t *testing.T) {
	s := newShop(t)
	tried := 0
	jobs.Handle(s.Queue, "parcel", func(context.Context, parcel) error { tried++; return nil })
	s.add(1, "")
	if _, err := db.Exec(t.Context(), s.DB, `UPDATE job SET tries = 1, leased_until = ?`, s.Now().Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	s.run()
	if tried != 0 {
		t.Error("done by two")
	}
	s.later(5*time.Minute + time.Second)
	s.run()
	if tried != 1 || s.left() != 0 {
		t.Errorf("done %d times", tried)
	}
}

// TestTheJobInHandIsFinished when the program is asked to stop, and noted.
func TestTheJobInHandIsFinished(t *testing.T) {
	s := newShop(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	jobs.Handle(s.Queue, "parcel", func(ctx context.Context, _ parcel) error {
		close(begun)
		<-goOn
		finished.Store(ctx.Err() == nil)
		return ctx.Err()
	})
	s.add(1, "")
	s.add(2, "")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Work(ctx, time.Minute) }()
	<-begun
	stop()
	close(goOn)
	<-ended
	if !finished.Load() || s.left() != 1 {
		t.Errorf("finished %v, %d left", finished.Load(), s.left())
	}
}

// TestChores come back when they are due: by one of several programs, once for
// all that was missed, and what went wrong is there to see.
func TestChores(t *testing.T) {
	s := newShop(t)
	var done atomic.Int32
	var fail atomic.Bool
	chores := []jobs.Chore{{Name: "sweep", Every: time.Hour, Do: func(context.Context) error {
		done.Add(1)
		if fail.Load() {
			return errors.New("no broom")
		}
		return nil
	}}}
	for _, step := range []struct {
		wait time.Duration
		want int32
	}{{0, 1}, {59 * time.Minute, 1}, {time.Minute, 2}, {50 * time.Hour, 3}, {time.Minute, 3}} {
		s.later(step.wait)
		var programs sync.WaitGroup
		for range 4 {
			programs.Go(func() {
				if err := s.RunChores(t.Context(), chores); err != nil {
					t.Error(err)
				}
			})
		}
		programs.Wait()
		if done.Load() != step.want {
			t.Errorf("%v later: done %d times, want %d", step.wait, done.Load(), step.want)
		}
	}
	fail.Store(true)
	s.later(time.Hour)
	if err := s.RunChores(t.Context(), chores); err == nil {
		t.Error("nobody was told")
	}
	ran, err := jobs.LastRuns(t.Context(), s.DB)
	if err != nil || len(ran) != 1 || ran[0].Failure != "no broom" || ran[0].EndedAt == nil {
		t.Errorf("%+v %v", ran, err)
	}
}
