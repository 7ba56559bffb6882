package privacy_test

import (
	"fmt"
	"testing"
	"time"

	"loket/db"
)

// BenchmarkNight measures a dry run in which a sixth of 300,000 applications
// is due (at most 3 s) and an ordinary night (at most 1 s).
func BenchmarkNight(b *testing.B) {
	w := newWorld(b, "2027-01-01")
	w.tx(func(tx *db.Tx) error {
		for v := range 1000 {
			if _, err := db.Exec(w.ctx, tx, `INSERT INTO toy_vacancy (id, title, filled_at) VALUES (?, 'v', ?)`, fmt.Sprint(v), at("2026-06-01 12:00").AddDate(0, 0, v)); err != nil {
				return err
			}
		}
		for i := range 300_000 {
			if _, err := db.Exec(w.ctx, tx, `INSERT INTO toy_application (id, vacancy_id, email, name, letter, received_at) VALUES (?, ?, ?, 'Naam', 'brief brief brief brief brief brief brief', ?)`,
				fmt.Sprintf("%06d", i), fmt.Sprint(i%1000), fmt.Sprintf("u%d@example.nl", i), at("2026-06-01 12:00")); err != nil {
				return err
			}
		}
		return nil
	})
	w.now = at("2026-12-31")
	b.Run("dry", func(b *testing.B) {
		for b.Loop() {
			due, err := w.Due(w.ctx, w.now, true)
			if err != nil || len(due) < 40_000 {
				b.Fatal(len(due), err)
			}
		}
		limit(b, 3*time.Second)
	})
	if _, err := w.Run(w.ctx, w.now, true); err != nil {
		b.Fatal(err)
	}
	night := w.now
	b.Run("night", func(b *testing.B) {
		for b.Loop() {
			night = w.NextRun(night)
			w.now = night
			if _, err := w.Run(w.ctx, night, true); err != nil {
				b.Fatal(err)
			}
		}
		limit(b, time.Second)
	})
}

func limit(b *testing.B, most time.Duration) {
	if each := b.Elapsed() / time.Duration(b.N); each > most {
		b.Errorf("%v, at most %v", each, most)
	}
}
