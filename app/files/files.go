// Package files keeps what people attach. A file is a row in the database, which
// says whose it is and who may have it, and its bytes in a store under the id of
// the row. The bytes are there, safe from a power cut, before the row is.
package files

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"loket/app/fault"
	"loket/db"
)

// Why a file is refused; Reason gives the word for it.
var (
	ErrEmpty = fmt.Errorf("the file is empty: %w", fault.BadInput)
	ErrLarge = fmt.Errorf("the file is too large: %w", fault.TooLarge)
	ErrQuota = fmt.Errorf("too many bytes in all: %w", fault.TooLarge)
	// ErrImage: broken, larger than 40 megapixels, or of a kind from which we
	// cannot take the place and the camera (HEIC, AVIF, animated WebP).
	ErrImage = fmt.Errorf("the image cannot be read: %w", fault.BadInput)
)

// Reason says in one word why a file was refused: empty, large, quota or image.
// It is empty for any other error.
func Reason(err error) string {
	switch {
	case errors.Is(err, ErrEmpty):
		return "empty"
	case errors.Is(err, ErrLarge):
		return "large"
	case errors.Is(err, ErrQuota):
		return "quota"
	case errors.Is(err, ErrImage):
		return "image"
	}
	return ""
}

// Limits are in bytes; zero means the default.
type Limits struct {
	File  int64 // one file: 25 MB
	Owner int64 // all that is attached to one thing: 100 MB
	Day   int64 // all that one account brings in 24 hours: 500 MB
}

// Store keeps files.
type Store struct {
	bucket bucket
	now    func() time.Time
	limits Limits
	images chan struct{} // one image at a time: a large one takes hundreds of MB to decode
}

// bucket is where the bytes are.
type bucket interface {
	put(ctx context.Context, name string, from io.Reader, at time.Time) error // whole and on disk, or not at all
	get(ctx context.Context, name string) (io.ReadSeekCloser, error)          // fault.NotFound
	remove(ctx context.Context, name string) error                            // no error if it is not there
	each(ctx context.Context, f func(name string, at time.Time) error) error
	close() error
}

// Open opens the store at where: file:FOLDER, or a URL of a cloud store
// (s3://BUCKET?…, azblob://CONTAINER). mem:// forgets all when it is closed.
func Open(ctx context.Context, where string, now func() time.Time, limits Limits) (*Store, error) {
	limits.File = cmp.Or(limits.File, 25<<20)
	limits.Owner = cmp.Or(limits.Owner, 100<<20)
	limits.Day = cmp.Or(limits.Day, 500<<20)
	s := &Store{now: now, limits: limits, images: make(chan struct{}, 1)}
	var err error
	if path, ok := strings.CutPrefix(where, "file:"); ok {
		s.bucket, err = openFolder(path)
	} else {
		s.bucket, err = openCloud(ctx, where)
	}
	return s, err
}

// Close closes the store.
func (s *Store) Close() error { return s.bucket.close() }

// Limits are those in force.
func (s *Store) Limits() Limits { return s.limits }

// File is a file that is kept.
type File struct {
	ID        string
	Owner     string  // what it is attached to: ticket_message:ID, application:ID
	AccountID *string `db:"account_id"` // who brought it, if an account did
	Name      string  // for people; never part of a path
	Type      string  // by its content, not by what the visitor says
	Size      int64
	SHA256    string
	CreatedAt time.Time `db:"created_at"`
}

// Upload is what somebody sent and we have taken in: its bytes are in the store,
// and go within two hours if no row comes to hold them.
type Upload struct{ file File }

// Name, Type and Size of an upload are those that it will have as a file.
func (u Upload) Name() string { return u.file.Name }
func (u Upload) Type() string { return u.file.Type }
func (u Upload) Size() int64  { return u.file.Size }

// Take reads what somebody sends and stores its bytes. It takes its time, so it
// comes before the transaction that Save is part of. The name is only what the
// visitor says; the type goes by the content. A photo loses its EXIF data: where
// it was made, with what.
func (s *Store) Take(ctx context.Context, name string, from io.Reader) (Upload, error) {
	id := rand.Text()
	in := &counted{from: bufio.NewReaderSize(from, 4096), left: s.limits.File, hash: sha256.New()}
	head, err := in.from.Peek(3072)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return Upload{}, ErrEmpty
	case err != nil && !errors.Is(err, io.EOF):
		return Upload{}, err
	}
	kind := mimetype.Detect(head).String()
	name = CleanName(name)
	if !isImage(kind) {
		if err := s.bucket.put(ctx, id, in, s.now()); err != nil {
			return Upload{}, err
		}
	} else {
		original, err := io.ReadAll(in)
		if err != nil {
			return Upload{}, err
		}
		var clean []byte
		if clean, kind, err = s.redraw(ctx, original, kind); err != nil {
			return Upload{}, err
		}
		name = withExtension(name, kind)
		in = &counted{from: bufio.NewReader(bytes.NewReader(clean)), left: 2 * s.limits.File, hash: sha256.New()}
		if err := s.bucket.put(ctx, id, in, s.now()); err != nil {
			return Upload{}, err
		}
	}
	return Upload{File{ID: id, Name: name, Type: kind, Size: in.read, SHA256: hex.EncodeToString(in.hash.Sum(nil))}}, nil
}

// Save makes the upload a file of owner, brought by that account (empty for
// none). It refuses with ErrQuota what is too much in all.
func (s *Store) Save(ctx context.Context, tx *db.Tx, u Upload, owner, accountID string) (File, error) {
	now := s.now()
	used, err := db.Get[struct{ Owner, Day int64 }](ctx, tx, `
		SELECT
			(SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file WHERE owner = ?) AS owner,
			(SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file WHERE account_id = ? AND created_at > ?) AS day`,
		owner, accountID, now.Add(-24*time.Hour))
	if err != nil {
		return File{}, err
	}
	if used.Owner+u.file.Size > s.limits.Owner || used.Day+u.file.Size > s.limits.Day {
		return File{}, ErrQuota
	}
	f := u.file
	f.Owner, f.CreatedAt = owner, now
	if accountID != "" {
		f.AccountID = &accountID
	}
	return f, db.Insert(ctx, tx, "file", f)
}

// Drop lets go of an upload that no row will hold. Without it the sweep does.
func (s *Store) Drop(ctx context.Context, u Upload) error { return s.bucket.remove(ctx, u.file.ID) }

// Draft is the owner of files chosen in a form that could not be sent yet; key
// says whose form it is (a session). They are kept for 24 hours.
func Draft(key string) string { return "draft:" + key }

// Adopt gives the files with those ids, which belong to from, to owner: the
// draft has become the thing. If one of them is not there any more, it is
// fault.NotFound.
func (s *Store) Adopt(ctx context.Context, tx *db.Tx, ids []string, from, owner string) error {
	if len(ids) == 0 {
		return nil
	}
	n, err := db.Exec(ctx, tx, `UPDATE file SET owner = ? WHERE owner = ? AND id IN (?)`, owner, from, ids)
	if err == nil && n < int64(len(ids)) {
		err = fmt.Errorf("a chosen file: %w", fault.NotFound)
	}
	return err
}

// Of lists the files of owner, oldest first.
func Of(ctx context.Context, on db.Querier, owner string) ([]File, error) {
	return db.All[File](ctx, on, `SELECT * FROM file WHERE owner = ? ORDER BY created_at, id`, owner)
}

// ByOwner lists the files of several owners, oldest first.
func ByOwner(ctx context.Context, on db.Querier, owners []string) (map[string][]File, error) {
	found := map[string][]File{}
	if len(owners) == 0 {
		return found, nil
	}
	all, err := db.All[File](ctx, on, `SELECT * FROM file WHERE owner IN (?) ORDER BY created_at, id`, owners)
	for _, f := range all {
		found[f.Owner] = append(found[f.Owner], f)
	}
	return found, err
}

// One returns the file with that id if it belongs to owner. Whoever asks has
// decided already that the visitor may see what owner names.
func One(ctx context.Context, on db.Querier, owner, id string) (File, error) {
	return db.Get[File](ctx, on, `SELECT * FROM file WHERE owner = ? AND id = ?`, owner, id)
}

// Open opens the bytes of f.
func (s *Store) Open(ctx context.Context, f File) (io.ReadSeekCloser, error) {
	r, err := s.bucket.get(ctx, f.ID)
	if err != nil {
		err = fmt.Errorf("bytes of file %s: %w", f.ID, err)
	}
	return r, err
}

// Restore puts the bytes of a file back under its id, from a backup.
func (s *Store) Restore(ctx context.Context, id string, from io.Reader) error {
	return s.bucket.put(ctx, id, from, s.now())
}

// Forget removes a file: its row in tx, its bytes once tx has been committed.
func (s *Store) Forget(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := db.Exec(ctx, tx, `DELETE FROM file WHERE id = ?`, id); err != nil {
		return err
	}
	s.removeAfter(ctx, tx, id)
	return nil
}

// ForgetOf removes all files of owner.
func (s *Store) ForgetOf(ctx context.Context, tx *db.Tx, owner string) error {
	ids, err := db.All[string](ctx, tx, `DELETE FROM file WHERE owner = ? RETURNING id`, owner)
	for _, id := range ids {
		s.removeAfter(ctx, tx, id)
	}
	return err
}

func (s *Store) removeAfter(ctx context.Context, tx *db.Tx, id string) {
	tx.OnCommit(func() {
		// If it fails, the bytes have no row and the next sweep takes them.
		_ = s.bucket.remove(context.WithoutCancel(ctx), id)
	})
}

// Check writes, reads and removes a small file: the store is there and not full.
func (s *Store) Check(ctx context.Context) error {
	name := "probe-" + rand.Text()
	if err := s.bucket.put(ctx, name, strings.NewReader(name), s.now()); err != nil {
		return fmt.Errorf("file store: %w: %w", fault.Unavailable, err)
	}
	return s.bucket.remove(ctx, name)
}

// counted reads at most left bytes, and counts and hashes them.
type counted struct {
	from *bufio.Reader
	left int64
	read int64
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.left -= int64(n)
	c.read += int64(n)
	if c.left < 0 {
		return 0, ErrLarge
	}
	c.hash.Write(p[:n])
	return n, err
}
