package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func TestDistFollowsTheSources(t *testing.T) {
	made, err := pack(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("../dist/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != len(made) {
		t.Errorf("dist has %d files, the sources make %d: run go generate ./static", len(kept), len(made))
	}
	for name, want := range made {
		got, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what its source makes: run go generate ./static (%v)", name, err)
		}
	}
}

func TestTwinsHoldTheSame(t *testing.T) {
	made, err := pack(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range made {
		if twin, ok := made[name+".gz"]; ok {
			r, err := gzip.NewReader(bytes.NewReader(twin))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, content) {
				t.Errorf("%s.gz holds something else (%v)", name, err)
			}
			if plain, err := io.ReadAll(brotli.NewReader(bytes.NewReader(made[name+".br"]))); err != nil || !bytes.Equal(plain, content) {
				t.Errorf("%s.br holds something else (%v)", name, err)
			}
		}
	}
}

// What a first visit may weigh, in bytes: design.md §8, performance.md G14.
func TestBudget(t *testing.T) {
	made, err := pack(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []struct {
		ends  string
		bytes int
	}{{".css.gz", 13 << 10}, {".js.gz", 8 << 10}, {".woff2", 50 << 10}, {".svg.gz", 1 << 10}} {
		total := 0
		for name, content := range made {
			if strings.HasSuffix(name, limit.ends) {
				total += len(content)
			}
		}
		if total == 0 || total > limit.bytes {
			t.Errorf("%s weighs %d bytes, at most %d", limit.ends, total, limit.bytes)
		}
	}
}

func TestStyleSheetLoadsOnlyWhatIsServed(t *testing.T) {
	made, err := pack(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range made {
		if !strings.HasSuffix(name, ".css") {
			continue
		}
		for _, piece := range strings.Split(string(content), "url(")[1:] {
			target, _, _ := strings.Cut(piece, ")")
			if made[target] == nil {
				t.Errorf("%s loads %s, which is not served", name, target)
			}
		}
		if strings.Contains(string(content), "@import") {
			t.Errorf("%s imports another style sheet", name)
		}
	}
}
