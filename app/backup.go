package app

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"loket/app/fault"
	"loket/app/files"
	"loket/db"
)

// BackupsFor is how long a backup may be kept. What was erased within that time can
// be erased again in what is restored.
const BackupsFor = 35 * 24 * time.Hour

// A backup is a zip: the database as a SQLite file (of either engine), the
// files, the ledger of erasures, the secret, and a manifest with the sum of each.
const (
	backupDatabase = "loket.db"
	backupFiles    = "files/"
	backupLedger   = "erasures.log"
	backupSecret   = "secret"
	backupManifest = "manifest.json"
)

// Backed is the manifest of a backup.
type Backed struct {
	Format  int          `json:"format"`
	MadeAt  time.Time    `json:"made_at"`
	Engine  string       `json:"engine"`
	Parts   []BackedPart `json:"parts"`
	Missing []string     `json:"missing,omitempty"` // files whose row is there and whose bytes are not
}

// BackedPart is one file in a backup.
type BackedPart struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Backup writes the whole site to a file, while it runs or not. d is the
// site's database, opened beside whoever uses it. The file appears whole or not at all.
func Backup(ctx context.Context, cfg Config, d *db.DB, store *files.Store, now time.Time, to string) (made Backed, err error) {
	temp := to + ".part"
	out, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return made, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close(), os.Remove(temp))
		}
	}()
	snapshot := to + ".snapshot"
	if err := os.Remove(snapshot); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a backup that was broken off
		return made, err
	}
	defer os.Remove(snapshot)
	if err := d.Snapshot(ctx, snapshot); err != nil {
		return made, err
	}
	b := &backup{zip: zip.NewWriter(out), at: now, Backed: Backed{Format: 1, MadeAt: now.UTC()}}
	// Photos and the like hardly become smaller: quickly is well enough.
	b.zip.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestSpeed) })
	if b.Engine, err = d.Engine(ctx); err != nil {
		return made, err
	}
	if err := b.path(backupDatabase, snapshot); err != nil {
		return made, err
	}
	if err := b.files(ctx, snapshot, store); err != nil {
		return made, err
	}
	for name, path := range map[string]string{backupLedger: cfg.Ledger(), backupSecret: cfg.secretPath()} {
		if err := b.path(name, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return made, err
		}
	}
	if err := b.manifest(); err != nil {
		return made, err
	}
	if err := errors.Join(b.zip.Close(), out.Sync()); err != nil {
		return made, err
	}
	if err := out.Close(); err != nil {
		return made, err
	}
	return b.Backed, os.Rename(temp, to)
}

type backup struct {
	zip *zip.Writer
	at  time.Time
	Backed
}

func (b *backup) path(name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return b.add(name, in)
}

func (b *backup) add(name string, from io.Reader) error {
	to, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), from)
	b.Parts = append(b.Parts, BackedPart{name, n, hex.EncodeToString(sum.Sum(nil))})
	return err
}

// files adds the bytes of every file of which the snapshot has the row.
func (b *backup) files(ctx context.Context, snapshot string, store *files.Store) error {
	d, err := db.OpenBeside("sqlite:" + snapshot)
	if err != nil {
		return err
	}
	ids, err := db.All[string](ctx, d, `SELECT id FROM file ORDER BY id`)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	for _, id := range ids {
		in, err := store.Open(ctx, files.File{ID: id})
		if errors.Is(err, fault.NotFound) { // erased since the snapshot, or lost before
			b.Missing = append(b.Missing, id)
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(b.add(backupFiles+id, in), in.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (b *backup) manifest() error {
	text, err := json.MarshalIndent(b.Backed, "", "  ")
	if err != nil {
		return err
	}
	to, err := b.zip.CreateHeader(&zip.FileHeader{Name: backupManifest, Method: zip.Deflate, Modified: b.at})
	if err == nil {
		_, err = to.Write(text)
	}
	return err
}

// Restore puts the site of a backup in an empty place: the files, the ledger of
// erasures and the secret where there are none, and the database last, so that a
// restore that was broken off can be done again. Nothing is touched before
// every sum has been found right. Whoever calls it then replays the ledger, which
// goes back as far as backups live: one made before oldest is refused.
func Restore(ctx context.Context, cfg Config, store *files.Store, from string, oldest time.Time) (made Backed, err error) {
	in, err := zip.OpenReader(from)
	if err != nil {
		return made, fmt.Errorf("%s is no backup: %w", filepath.Base(from), err)
	}
	defer in.Close()
	r := restore{zip: &in.Reader}
	if err := r.check(); err != nil {
		return made, fmt.Errorf("%s: %w", filepath.Base(from), err)
	}
	if r.MadeAt.Before(oldest) {
		return made, fmt.Errorf("%s was made on %s, longer ago than a backup may be kept: who was erased since would be back", filepath.Base(from), r.MadeAt.Format(time.DateOnly))
	}
	if err := empty(ctx, cfg); err != nil {
		return made, err
	}
	for _, part := range r.Parts {
		if id, ok := strings.CutPrefix(part.Name, backupFiles); ok {
			if err := r.read(part.Name, func(bytes io.Reader) error { return store.Restore(ctx, id, bytes) }); err != nil {
				return made, err
			}
		}
	}
	// The ledger that is there is newer than the backup; it is why it stands outside the database.
	for name, path := range map[string]string{backupLedger: cfg.Ledger(), backupSecret: cfg.secretPath()} {
		if err := r.unlessThere(name, path); err != nil {
			return made, err
		}
	}
	return r.Backed, r.database(ctx, cfg)
}

// empty refuses a place where a site is already.
func empty(ctx context.Context, cfg Config) error {
	if path, sqlite := cfg.sqlitePath(); sqlite {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			return fmt.Errorf("restore: there is a database at %s already", path)
		}
		return nil
	}
	target, err := db.Open(cfg.DB)
	if err != nil {
		return err
	}
	defer target.Close()
	if err := target.Migrate(ctx); err != nil {
		return err
	}
	some, err := Inhabited(ctx, target)
	if err == nil && some {
		err = errors.New("restore: there are accounts in the database already")
	}
	return err
}

// Inhabited reports whether anybody has an account in a migrated database.
func Inhabited(ctx context.Context, d *db.DB) (bool, error) {
	return db.Get[bool](ctx, d, `SELECT EXISTS (SELECT 1 FROM account)`)
}

type restore struct {
	zip *zip.Reader
	Backed
}

func (r *restore) read(name string, do func(io.Reader) error) error {
	f, err := r.zip.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}

// check reads the manifest and compares every sum.
func (r *restore) check() error {
	err := r.read(backupManifest, func(from io.Reader) error { return json.NewDecoder(from).Decode(&r.Backed) })
	if err != nil {
		return fmt.Errorf("no manifest: %w", err)
	}
	if r.Format != 1 {
		return fmt.Errorf("a backup of format %d, which this program does not know", r.Format)
	}
	for _, part := range r.Parts {
		var sum hash.Hash = sha256.New()
		if err := r.read(part.Name, func(from io.Reader) error { _, err := io.Copy(sum, from); return err }); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != part.SHA256 {
			return fmt.Errorf("%s is damaged: its sum is another", part.Name)
		}
	}
	return nil
}

// database fills the database that cfg names, which is empty.
func (r *restore) database(ctx context.Context, cfg Config) error {
	path, sqlite := cfg.sqlitePath()
	if err := os.MkdirAll(cfg.DataDir(), 0o700); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(cfg.DataDir(), "restore-") // beside it, to be renamed
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ready := filepath.Join(folder, backupDatabase)
	if err := r.unlessThere(backupDatabase, ready); err != nil {
		return err
	}
	if err := r.prepared(ctx, ready, func(restored *db.DB) error {
		if sqlite {
			return nil
		}
		target, err := db.Open(cfg.DB)
		if err != nil {
			return err
		}
		_, err = db.Copy(ctx, restored, target)
		return errors.Join(err, target.Close())
	}); err != nil || !sqlite {
		return err
	}
	// The log of a database that was taken away would be played into this one.
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(ready, path)
}

// prepared brings the database of the backup up to date and hands it to use. Whoever
// signed out since stays signed out, and what had no bytes in the backup is no file.
func (r *restore) prepared(ctx context.Context, path string, use func(*db.DB) error) error {
	d, err := db.Open("sqlite:" + path)
	if err != nil {
		return err
	}
	err = d.Migrate(ctx)
	if err == nil {
		_, err = db.Exec(ctx, d, `DELETE FROM session`)
	}
	if err == nil && len(r.Missing) > 0 {
		_, err = db.Exec(ctx, d, `DELETE FROM file WHERE id IN (?)`, r.Missing)
	}
	if err == nil {
		err = use(d)
	}
	return errors.Join(err, d.Close())
}

// unlessThere writes a part of the backup to a path where nothing is, safe from a power cut.
func (r *restore) unlessThere(name, path string) (err error) {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	if _, err := fs.Stat(r.zip, name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = r.read(name, func(from io.Reader) error { _, err := io.Copy(out, from); return err })
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	return os.Rename(path+".part", path)
}
