package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func dist() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"loket.abc123.css": file("body{}"), "loket.abc123.css.gz": file("zipped"), "loket.abc123.css.br": file("brotli"),
		"inter.def456.woff2": file("font"),
	}
}

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://loket.example/", nil)
	r.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAssetsComeInTheEncodingThatIsTaken(t *testing.T) {
	assets, err := NewAssets(dist())
	if err != nil {
		t.Fatal(err)
	}
	if got := assets.Path("loket.css"); got != "/static/loket.abc123.css" {
		t.Fatalf("path is %s", got)
	}
	for accept, want := range map[string][2]string{
		"gzip, deflate, br, zstd": {"br", "brotli"},
		"gzip":                    {"gzip", "zipped"},
		"GZIP;q=0.5, br;q=0":      {"gzip", "zipped"},
		"br; q=0.0":               {"", "body{}"},
		"brrr, xgzip":             {"", "body{}"},
		"":                        {"", "body{}"},
	} {
		w := ask(assets, "GET", assets.Path("loket.css"), "Accept-Encoding", accept)
		if w.Code != 200 || w.Header().Get("Content-Encoding") != want[0] || w.Body.String() != want[1] {
			t.Errorf("%q gets %d %q %q", accept, w.Code, w.Header().Get("Content-Encoding"), w.Body)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: caches are not told that the answer varies", accept)
		}
	}
	font := ask(assets, "GET", assets.Path("inter.woff2"), "Accept-Encoding", "br")
	if font.Header().Get("Content-Encoding") != "" || font.Header().Get("Content-Type") != "font/woff2" || font.Body.String() != "font" {
		t.Errorf("the font comes as %v %q", font.Header(), font.Body)
	}
}

func TestAssetsAreKeptForGood(t *testing.T) {
	assets, err := NewAssets(dist())
	if err != nil {
		t.Fatal(err)
	}
	w := ask(assets, "HEAD", assets.Path("loket.css"), "Accept-Encoding", "br")
	h := w.Header()
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/css; charset=utf-8", "Content-Length": "6", "ETag": `"abc123-br"`,
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD gives %d with %d bytes", w.Code, w.Body.Len())
	}
	again := ask(assets, "GET", assets.Path("loket.css"), "Accept-Encoding", "br", "If-None-Match", `W/"x", "abc123-br"`)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("a known file comes again: %d", again.Code)
	}
	if post := ask(assets, "POST", assets.Path("loket.css")); post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST gives %d", post.Code)
	}
}

func TestAssetsShowNothingElse(t *testing.T) {
	assets, err := NewAssets(dist())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/static/", "/static", "/static/../assets.go", "/static/./loket.abc123.css", "/static//loket.abc123.css", "/static/loket.css", "/static/loket.abc123.css.br", "/static/loket.000000.css", "/loket.abc123.css", ""} {
		w := ask(assets, "GET", path)
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s gives %d, cached %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if _, err := NewAssets(fstest.MapFS{"loket.css": {Data: []byte("x")}}); err == nil || !strings.Contains(err.Error(), "loket.css") {
		t.Errorf("a file without a hash is taken: %v", err)
	}
}

func TestThemeIsTheVendorsColour(t *testing.T) {
	vendor := Vendor{}
	site := &Site{Vendor: func() Vendor { return vendor }}
	if path, body := ThemeCSS(vendor); path != "" || body != nil {
		t.Errorf("no choice makes %s", path)
	}
	vendor = Vendor{Hue: 150, Chroma: "0.12"}
	path, body := ThemeCSS(vendor)
	if string(body) != ":root{--h:150;--c:0.12}\n" || !strings.HasPrefix(path, "/theme.") || !strings.HasSuffix(path, ".css") {
		t.Fatalf("%s holds %s", path, body)
	}
	h := http.HandlerFunc(site.Theme)
	if w := ask(h, "GET", path); w.Code != 200 || w.Body.String() != string(body) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s gives %d %q", path, w.Code, w.Body)
	}
	vendor.Hue = 20
	if w := ask(h, "GET", path); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "" {
		t.Errorf("the old colour's address gives %d", w.Code)
	}
	// The colour comes from a form: nothing of it may end the rule.
	for chroma, want := range map[string]string{
		"}body{display:none": ":root{--h:330}\n", "0.1;x": ":root{--h:330}\n", "NaN": ":root{--h:330}\n",
		"9": ":root{--h:330;--c:0.22}\n", "Inf": ":root{--h:330;--c:0.22}\n", "-1": ":root{--h:330;--c:0.04}\n",
	} {
		if _, body := ThemeCSS(Vendor{Hue: -30, Chroma: chroma}); string(body) != want {
			t.Errorf("chroma %q makes %s", chroma, body)
		}
	}
}
