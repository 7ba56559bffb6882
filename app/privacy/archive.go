package privacy

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strings"
	"time"
)

// Archive is the zip that a person gets: it keeps the sum of every file for
// the manifest.
type Archive struct {
	zip   *zip.Writer
	at    time.Time
	files []ManifestFile
	open  *summed
}

// ManifestFile is one file in the archive.
type ManifestFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type summed struct {
	to   io.Writer
	hash hash.Hash
	file ManifestFile
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.hash.Write(p[:n])
	s.file.Size += int64(n)
	return n, err
}

func newArchive(to io.Writer, at time.Time) *Archive {
	return &Archive{zip: zip.NewWriter(to), at: at}
}

// Create begins the file name, which may hold slashes; it ends when the next one begins.
func (a *Archive) Create(name string) (io.Writer, error) {
	a.finish()
	name = safeName(name)
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.at})
	if err != nil {
		return nil, err
	}
	a.open = &summed{to: w, hash: sha256.New(), file: ManifestFile{Name: name}}
	return a.open, nil
}

// Write adds a whole file.
func (a *Archive) Write(name string, content []byte) error {
	w, err := a.Create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

func (a *Archive) finish() {
	if a.open != nil {
		a.open.file.SHA256 = hex.EncodeToString(a.open.hash.Sum(nil))
		a.files = append(a.files, a.open.file)
		a.open = nil
	}
}

func (a *Archive) close() error {
	a.finish()
	return a.zip.Close()
}

// safeName keeps a name inside the folder in which the archive is unpacked,
// on every system.
func safeName(name string) string {
	parts := strings.Split(name, "/")
	kept := parts[:0]
	for _, part := range parts {
		part = strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`\:*?"<>|`, r) {
				return '_'
			}
			return r
		}, part)
		part = strings.TrimLeft(part, ". ")
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/")
}
