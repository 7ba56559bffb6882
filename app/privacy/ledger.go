package privacy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"loket/db"
)

// The ledger is a file beside the database, one JSON object a line: restoring
// an old database would also restore its old tombstones, so the proof of what was erased
// since stands outside it. It never holds a name or an address.

// SyncLedger appends the tombstones that are not in the ledger yet and waits
// until they are on disk. Whatever a crash left behind comes along the next time.
func (e *Engine) SyncLedger(ctx context.Context) error {
	if e.Ledger == "" {
		return nil
	}
	for {
		stones, err := db.All[tombstone](ctx, e.DB, `SELECT * FROM erasure WHERE ledgered = FALSE ORDER BY at, id LIMIT 5000`)
		if err != nil || len(stones) == 0 {
			return err
		}
		var b bytes.Buffer
		ids := make([]string, len(stones))
		for i, s := range stones {
			line, err := json.Marshal(s)
			if err != nil {
				return err
			}
			b.Write(append(line, '\n'))
			ids[i] = s.ID
		}
		if err := appendSynced(e.Ledger, b.Bytes()); err != nil {
			return err
		}
		for len(ids) > 0 {
			n := min(500, len(ids))
			if _, err := db.Exec(ctx, e.DB, `UPDATE erasure SET ledgered = TRUE WHERE id IN (?)`, ids[:n]); err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
}

func appendSynced(path string, content []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil {
		return err
	} else if size := info.Size(); size > 0 { // a line that a crash cut off must not swallow the next
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			content = append([]byte{'\n'}, content...)
		}
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// compact turns tombstones into numbers once the oldest backup that could
// hold their rows is gone: then even the key of a row serves nothing any more.
func (e *Engine) compact(ctx context.Context) error {
	before := e.dawn(e.backups().Cutoff(e.day(e.Now())))
	err := e.DB.Tx(ctx, func(tx *db.Tx) error {
		type kind struct {
			Month   string
			Cause   Cause
			Purpose string
			Table   string
			Action  Verb
		}
		totals := map[kind]int64{}
		err := db.Each(ctx, tx, `SELECT * FROM erasure WHERE at < ?`, []any{before}, func(s tombstone) error {
			totals[kind{s.At.In(e.Zone).Format("2006-01"), s.Cause, s.Purpose, s.Table, s.Action}]++
			return nil
		})
		if err != nil {
			return err
		}
		for k, n := range totals {
			if _, err := db.Exec(ctx, tx, `INSERT INTO erasure_count (id, month, cause, purpose, table_name, action, total) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (month, cause, purpose, table_name, action) DO UPDATE SET total = erasure_count.total + excluded.total`,
				rand.Text(), k.Month, k.Cause, k.Purpose, k.Table, k.Action, n); err != nil {
				return err
			}
		}
		_, err = db.Exec(ctx, tx, `DELETE FROM erasure WHERE at < ?`, before)
		return err
	})
	if err != nil || e.Ledger == "" {
		return err
	}
	return compactFile(e.Ledger, before)
}

// compactFile drops the rows that are old enough from the ledger.
func compactFile(path string, before time.Time) error {
	var keep bytes.Buffer
	dropped := false
	err := eachLine(path, func(line []byte, s tombstone) error {
		if s.ID != "" && s.At.Before(before) {
			dropped = true
			return nil
		}
		keep.Write(append(bytes.Clone(line), '\n'))
		return nil
	})
	if err != nil || !dropped {
		return err
	}
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := appendSynced(next, keep.Bytes()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// eachLine reads a ledger; one that is not there is empty. A last line that a
// crash cut off is left out: SyncLedger wrote it again.
func eachLine(path string, f func(line []byte, s tombstone) error) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReader(file)
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var s tombstone
		if err := json.Unmarshal(bytes.TrimSpace(line), &s); err != nil {
			continue // cut off by a crash
		}
		if err := f(bytes.TrimSpace(line), s); err != nil {
			return err
		}
	}
}

// Replay erases again, in a database that was restored, what the ledger says
// was erased since its backup, and says how many rows. It comes before the first request
// is served. A person who was erased on request is also taken out of other people's text again.
func (e *Engine) Replay(ctx context.Context, ledger string) (rows int, err error) {
	known := map[string]bool{}
	if err := db.Each(ctx, e.DB, `SELECT id FROM erasure`, nil, func(id string) error { known[id] = true; return nil }); err != nil {
		return 0, err
	}
	r, version, err := e.Published(ctx)
	if err != nil {
		return 0, err
	}
	var todo []tombstone
	err = eachLine(ledger, func(_ []byte, s tombstone) error {
		if s.ID != "" && s.Row != "" && !known[s.ID] {
			todo, known[s.ID] = append(todo, s), true
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for len(todo) > 0 {
		n := min(batch, len(todo))
		part := todo[:n]
		todo = todo[n:]
		var did int
		err := e.DB.Tx(ctx, func(tx *db.Tx) error {
			did = 0
			for _, s := range part {
				again, err := e.again(ctx, tx, r, version, s)
				if err != nil {
					return fmt.Errorf("replay %s %s: %w", s.Table, s.Row, err)
				}
				if again {
					did++
				}
			}
			return nil
		})
		if err != nil {
			return rows, err
		}
		rows += did
	}
	return rows, e.after(ctx)
}

// again does what one line of the ledger says.
func (e *Engine) again(ctx context.Context, tx *db.Tx, r *Registry, version Version, s tombstone) (bool, error) {
	p, rec, ok := r.Record(s.Table)
	if !ok || s.Action != Deletes && s.Action != Anonymises { // the portal is gone, and its table with it
		return false, nil
	}
	w := &work{Engine: e, at: e.Now(), run: s.Run, statement: version.Number}
	action := Action{Do: s.Action}
	if s.Detail != "" {
		action.Only = splitList(s.Detail)
	}
	for _, k := range rec.Keep { // the statements that save a tally belong to the rule or to the erasure
		if ruleKey(p, rec, &k) == s.Rule {
			action.Before = k.Then.Before
		}
	}
	if s.Cause == Requested {
		for _, a := range rec.OnErase {
			if a.Do == s.Action && a.Choice == "" {
				action.Before = a.Before
				break
			}
		}
		names, err := e.identifiersIn(ctx, tx, rec, "t."+rec.key()+" = :row", map[string]any{"row": s.Row})
		if err != nil {
			return false, err
		}
		if !names.IsZero() {
			w.names = names
			if _, _, err := w.scrubOthers(ctx, tx, r, nil, Period{Months: 1}.Add(e.day(w.at))); err != nil {
				return false, err
			}
		}
	}
	s.Ledgered = true // whether or not the row is here: it is dealt with
	if err := db.Insert(ctx, tx, "erasure", s); err != nil {
		return false, err
	}
	w.replay = true
	return w.apply(ctx, tx, Due{Purpose: s.Purpose, Table: s.Table, Row: s.Row, Rule: s.Rule, Action: s.Action, Cause: s.Cause, action: action, rec: rec})
}
