package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"loket/app/fault"
)

// folder keeps the bytes in a folder of this machine. gocloud's own folder driver
// renames without fsync, so a power cut could leave a row with an empty file.
type folder string

func openFolder(path string) (bucket, error) {
	if path = strings.TrimPrefix(path, "//"); path == "" {
		return nil, errors.New("file: needs a folder")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return folder(path), nil
}

// path joins a name that the program made; anything else would be a mistake.
func (f folder) path(name string) (string, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
	}) {
		return "", fault.NotFound
	}
	return filepath.Join(string(f), name), nil
}

func (f folder) put(_ context.Context, name string, from io.Reader, at time.Time) (err error) {
	defer func() {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			err = errors.Join(fault.Unavailable, err)
		}
	}()
	path, err := f.path(name)
	if err != nil {
		return err
	}
	temp, err := os.OpenFile(path+"-part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	_, err = io.Copy(temp, from)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Chtimes(temp.Name(), at, at); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return f.sync()
}

// sync makes a rename last.
func (f folder) sync() error {
	dir, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (f folder) get(_ context.Context, name string) (io.ReadSeekCloser, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.NotFound
	}
	return file, err
}

func (f folder) remove(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f folder) each(ctx context.Context, do func(string, time.Time) error) error {
	dir, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		some, err := dir.ReadDir(1_000)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, entry := range some {
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
				continue
			}
			if err != nil {
				return err
			}
			if err := errors.Join(ctx.Err(), do(entry.Name(), info.ModTime())); err != nil {
				return err
			}
		}
	}
}

func (folder) close() error { return nil }
