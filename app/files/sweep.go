package files

import (
	"context"
	"errors"
	"time"

	"loket/app/fault"
	"loket/db"
)

const draftFor = 24 * time.Hour

// OrphanFor is longer than any request lasts that brings a file.
const OrphanFor = time.Hour

// Swept says what a sweep found.
type Swept struct {
	Drafts  int      // files of forms that were never sent, removed
	Orphans int      // bytes without a row, removed
	Missing []string // ids of rows whose bytes are gone: restore them from a backup
}

// Sweep removes drafts of more than 24 hours and bytes from before some moment that
// no row holds, and reports rows without bytes. Where other programs may be taking
// files in, that moment is OrphanFor ago.
func (s *Store) Sweep(ctx context.Context, d *db.DB, before time.Time) (Swept, error) {
	var swept Swept
	now := s.now()
	err := d.Tx(ctx, func(tx *db.Tx) error {
		ids, err := db.All[string](ctx, tx, `DELETE FROM file WHERE owner LIKE 'draft:%' AND created_at < ? RETURNING id`, now.Add(-draftFor))
		for _, id := range ids {
			s.removeAfter(ctx, tx, id)
		}
		swept.Drafts = len(ids)
		return err
	})
	if err != nil {
		return swept, err
	}
	stored := map[string]bool{}
	var old []string
	err = s.bucket.each(ctx, func(name string, at time.Time) error {
		stored[name] = true
		if at.Before(before) {
			old = append(old, name)
		}
		return nil
	})
	if err != nil {
		return swept, err
	}
	for len(old) > 0 {
		some := old[:min(500, len(old))]
		old = old[len(some):]
		held, err := db.All[string](ctx, d, `SELECT id FROM file WHERE id IN (?)`, some)
		if err != nil {
			return swept, err
		}
		rows := map[string]bool{}
		for _, id := range held {
			rows[id] = true
		}
		for _, name := range some {
			if rows[name] {
				continue
			}
			if err := s.bucket.remove(ctx, name); err != nil {
				return swept, err
			}
			swept.Orphans++
		}
	}
	ids, err := db.All[string](ctx, d, `SELECT id FROM file WHERE created_at < ? ORDER BY id`, now.Add(-OrphanFor))
	if err != nil {
		return swept, err
	}
	for _, id := range ids {
		if stored[id] {
			continue
		}
		// It may have come in after the store was listed.
		if r, err := s.bucket.get(ctx, id); errors.Is(err, fault.NotFound) {
			swept.Missing = append(swept.Missing, id)
		} else if err != nil {
			return swept, err
		} else if err := r.Close(); err != nil {
			return swept, err
		}
	}
	return swept, nil
}
