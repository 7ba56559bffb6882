// Package settings is what staff set up on a page rather than in the
// environment: whose counter this is, when the desk is open, which products
// there are, how long promises take. Each is one JSON value in the database,
// kept in memory until somebody changes it.
package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"loket/app/fault"
	"loket/db"
)

// Store reads and writes settings.
type Store struct {
	db   *db.DB
	now  func() time.Time
	kept atomic.Pointer[kept]
	on   map[string][]func(context.Context, *db.Tx) error
}

type kept struct {
	values map[string]string
	at     time.Time
}

// Another process on the same PostgreSQL database may change a setting; it is
// seen here within this time.
const fresh = 10 * time.Second

// New returns a store on d.
func New(d *db.DB, now func() time.Time) *Store {
	return &Store{db: d, now: now, on: map[string][]func(context.Context, *db.Tx) error{}}
}

// OnChange has f called inside every transaction that sets the setting, after
// it has been set: what was computed from it is computed anew, or the change
// does not happen. Call it while the program is being built.
func (s *Store) OnChange(name string, f func(context.Context, *db.Tx) error) {
	s.on[name] = append(s.on[name], f)
}

// Key names a setting and says what it is until somebody sets it.
type Key[T any] struct {
	Name    string
	Default T
}

func (s *Store) values(ctx context.Context) (map[string]string, error) {
	now := s.now()
	if k := s.kept.Load(); k != nil {
		if age := now.Sub(k.at); age >= 0 && age < fresh {
			return k.values, nil
		}
	}
	type row struct{ Name, Value string }
	rows, err := db.All[row](ctx, s.db, `SELECT name, value FROM setting`)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, r := range rows {
		values[r.Name] = r.Value
	}
	s.kept.Store(&kept{values, now})
	return values, nil
}

// Get returns the setting, or its default while nobody has set it.
func Get[T any](ctx context.Context, s *Store, key Key[T]) (T, error) {
	values, err := s.values(ctx)
	if err != nil {
		return key.Default, err
	}
	return decode(key, values)
}

// GetIn is Get as tx sees it, with what tx itself has set.
func GetIn[T any](ctx context.Context, tx *db.Tx, key Key[T]) (T, error) {
	raw, err := db.Get[string](ctx, tx, `SELECT value FROM setting WHERE name = ?`, key.Name)
	if errors.Is(err, fault.NotFound) {
		return key.Default, nil
	}
	if err != nil {
		return key.Default, err
	}
	return decode(key, map[string]string{key.Name: raw})
}

func decode[T any](key Key[T], values map[string]string) (T, error) {
	raw, ok := values[key.Name]
	if !ok {
		return key.Default, nil
	}
	var value T
	if err := json.Unmarshal([]byte(raw), &value); err != nil {
		return key.Default, fmt.Errorf("setting %s: %w", key.Name, err)
	}
	return value, nil
}

// Put sets the setting, as part of tx.
func Put[T any](ctx context.Context, tx *db.Tx, s *Store, key Key[T], value T) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, tx, `
		INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, key.Name, string(raw), s.now())
	if err != nil {
		return err
	}
	tx.OnCommit(func() { s.kept.Store(nil) })
	for _, changed := range s.on[key.Name] {
		if err := changed(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}
