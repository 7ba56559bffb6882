package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Assets are the files that a browser fetches besides pages: the style sheet,
// the script, the font, the icon. Their names carry a hash of the content, so a
// browser may keep them for good.
type Assets struct {
	paths map[string]string // loket.css → /static/loket.HASH.css
	files map[string]asset  // loket.HASH.css → its content
}

type asset struct {
	kind, etag          string
	plain, gzip, brotli []byte
}

const assetsPath = "/static/"

var assetKinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// NewAssets reads the files NAME.HASH.EXT of dist and their compressed twins
// (.gz, .br) into memory.
func NewAssets(dist fs.FS) (*Assets, error) {
	a := &Assets{map[string]string{}, map[string]asset{}}
	entries, err := fs.ReadDir(dist, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		full := entry.Name()
		ext := path.Ext(full)
		kind, ok := assetKinds[ext]
		if !ok {
			continue
		}
		base := strings.TrimSuffix(full, ext)
		hash := path.Ext(base)
		if hash == "" {
			return nil, fmt.Errorf("asset %s has no hash in its name", full)
		}
		file := asset{kind: kind, etag: hash[1:]}
		if file.plain, err = fs.ReadFile(dist, full); err != nil {
			return nil, err
		}
		if kind != assetKinds[".woff2"] {
			if file.gzip, err = fs.ReadFile(dist, full+".gz"); err != nil {
				return nil, err
			}
			if file.brotli, err = fs.ReadFile(dist, full+".br"); err != nil {
				return nil, err
			}
		}
		a.files[full] = file
		a.paths[strings.TrimSuffix(base, hash)+ext] = assetsPath + full
	}
	return a, nil
}

// Path is the public path of the asset with that plain name ("loket.css"). A
// name that is not there leads to a page that is not found.
func (a *Assets) Path(name string) string {
	if p, ok := a.paths[name]; ok {
		return p
	}
	return assetsPath + name
}

// ServeHTTP answers GET and HEAD of the paths that Path gives, in the smallest
// encoding that the browser takes.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	name, ok := strings.CutPrefix(r.URL.Path, assetsPath)
	file, found := a.files[name]
	switch {
	case !ok || !found:
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	body, etag := file.plain, file.etag
	if file.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		switch accept := r.Header.Get("Accept-Encoding"); {
		case accepts(accept, "br"):
			body, etag = file.brotli, etag+"-br"
			h.Set("Content-Encoding", "br")
		case accepts(accept, "gzip"):
			body, etag = file.gzip, etag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	writeForever(w, r, file.kind, etag, body)
}

// writeForever answers with a body that never changes under its address.
func writeForever(w http.ResponseWriter, r *http.Request, kind, etag string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+etag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), `"`+etag+`"`) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a browser that left needs no answer
	}
}

// accepts reports whether an Accept-Encoding header takes a coding (RFC 9110
// §12.5.3); "*" is not counted as one.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !found || err == nil && weight > 0
	}
	return false
}

// ThemeCSS is the vendor's colour as a style sheet, which no page may hold
// itself (style-src 'self'), and its path. Lightness is fixed in loket.css, so
// contrast holds for every hue. The path is empty when the vendor chose nothing.
func ThemeCSS(v Vendor) (path string, body []byte) {
	chroma, err := strconv.ParseFloat(v.Chroma, 64)
	var rules string
	if v.Hue != 0 {
		rules += "--h:" + strconv.Itoa(((v.Hue%360)+360)%360) + ";"
	}
	if err == nil && !math.IsNaN(chroma) {
		rules += "--c:" + strconv.FormatFloat(min(max(chroma, 0.04), 0.22), 'f', -1, 64) + ";"
	}
	if rules == "" {
		return "", nil
	}
	body = []byte(":root{" + strings.TrimSuffix(rules, ";") + "}\n")
	return "/theme." + themeHash(body) + ".css", body
}

func themeHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:6])
}

// Theme answers /theme.HASH.css: the colour of now for the hash of now; another
// hash is not found, so an old colour is never kept under a new address.
func (s *Site) Theme(w http.ResponseWriter, r *http.Request) {
	path, body := ThemeCSS(s.Vendor())
	if path == "" || r.URL.Path != path {
		http.NotFound(w, r)
		return
	}
	writeForever(w, r, assetKinds[".css"], themeHash(body), body)
}
