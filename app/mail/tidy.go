package mail

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loket/db"
)

// Once is where About begins of a letter that is the last to somebody: as soon
// as it has gone, nothing of it is kept but that it went.
const Once = "once:"

// forget keeps of a letter that it went.
func (m *Mailer) forget(ctx context.Context, id string) error {
	if _, err := db.Exec(ctx, m.DB, `UPDATE mail SET account_id = NULL, address = '', subject = '', text = '', html = '', calendar = '', reply_to = '', unsubscribe = '' WHERE id = ?`, id); err != nil {
		return err
	}
	// Readers may hold it up; the next checkpoint is that of the night.
	_ = m.DB.Checkpoint(ctx)
	return nil
}

// Tidy brings a folder of letters in line with the table: a file of which the
// row is gone or empty goes, and one of which the row was scrubbed is written anew.
// It says how many files that were. Other transports keep nothing.
func (m *Mailer) Tidy(ctx context.Context) (n int, err error) {
	where, ok := m.Transport.(folder)
	if !ok {
		return 0, nil
	}
	entries, err := os.ReadDir(string(where))
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(entries, 200) {
		names := map[string]string{}
		var ids []string
		for _, entry := range part {
			if id, ok := letterID(entry.Name()); ok {
				names[id] = entry.Name()
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		rows, err := db.All[row](ctx, m.DB, `SELECT * FROM mail WHERE id IN (?) AND address <> ''`, ids)
		if err != nil {
			return n, err
		}
		for _, r := range rows {
			name := names[r.ID]
			delete(names, r.ID)
			if !strings.Contains(r.Subject+r.Text+r.HTML, "[verwijderd]") {
				continue
			}
			msg, err := m.message(r)
			if err != nil {
				return n, err
			}
			if err := where.write(name, Outgoing{msg: msg}); err != nil {
				return n, err
			}
			n++
		}
		for id, name := range names {
			if m.isLast(ctx, id) {
				continue // it names nobody
			}
			if err := os.Remove(filepath.Join(string(where), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (m *Mailer) isLast(ctx context.Context, id string) bool {
	last, err := db.Get[bool](ctx, m.DB, `SELECT EXISTS (SELECT 1 FROM mail WHERE id = ? AND about LIKE 'once:%')`, id)
	return err == nil && last
}

// letterID is the id of the letter in a file of the folder.
func letterID(name string) (string, bool) {
	base, ok := strings.CutSuffix(name, ".eml")
	i := strings.LastIndexByte(base, '-')
	return base[i+1:], ok && i >= 0
}
