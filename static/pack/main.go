// Command pack makes static/dist from the sources in static: names that carry a
// hash of the content, so that browsers may keep a file for good, and compressed
// twins, so that the server compresses nothing while it serves.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run replaces dir/dist by what the sources in dir make.
func run(dir string) error {
	made, err := pack(os.DirFS(dir))
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.Mkdir(dist, 0o755); err != nil {
		return err
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(dist, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pack returns the content of dist by file name. Style sheets come last: they
// name the others, by url(NAME).
func pack(sources fs.FS) (map[string][]byte, error) {
	made, hashed := map[string][]byte{}, map[string]string{}
	for _, kind := range []string{".woff2", ".svg", ".js", ".css"} {
		names, err := fs.Glob(sources, "*"+kind)
		if err != nil {
			return nil, err
		}
		slices.Sort(names)
		for _, name := range names {
			content, err := fs.ReadFile(sources, name)
			if err != nil {
				return nil, err
			}
			if kind == ".css" {
				for from, to := range hashed {
					content = bytes.ReplaceAll(content, []byte("url("+from+")"), []byte("url("+to+")"))
				}
			}
			hashed[name] = withHash(name, content)
			made[hashed[name]] = content
			if kind == ".woff2" {
				continue // compressed already
			}
			if made[hashed[name]+".gz"], err = gzipped(content); err != nil {
				return nil, err
			}
			if made[hashed[name]+".br"], err = brotlied(content); err != nil {
				return nil, err
			}
		}
	}
	return made, nil
}

func withHash(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
}

func gzipped(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func brotlied(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
