package jobs_test

import (
	"context"
	"testing"
	"time"

	"loket/app/jobs"
	"loket/db/dbtest"
)

// TestChoresFollowTheClock: a chore of every minute runs at every minute, how
// few seconds it began after the last; a clock that is set back stops none.
func TestChoresFollowTheClock(t *testing.T) {
	now := time.Date(2027, 1, 4, 9, 0, 2, 0, time.UTC)
	q := jobs.NewQueue(dbtest.Open(t), func() time.Time { return now })
	ran := 0
	chores := []jobs.Chore{{Name: "count", Every: time.Minute, Do: func(context.Context) error { ran++; return nil }}}
	for _, at := range []struct {
		now  time.Time
		want int
		why  string
	}{
		{now, 1, "at the start"},
		{now.Add(57 * time.Second), 1, "in the same minute"},
		{now.Add(59 * time.Second), 2, "in the next minute"},
		{now.AddDate(1, 0, 0), 3, "a year later"},
		{now.Add(time.Minute), 4, "set back by a year"},
	} {
		now = at.now
		if err := q.RunChores(t.Context(), chores); err != nil {
			t.Fatal(err)
		}
		if ran != at.want {
			t.Errorf("%s: ran %d times, want %d", at.why, ran, at.want)
		}
	}
}
