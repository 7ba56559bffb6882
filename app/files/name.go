package files

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const nameRunes = 120

// CleanName makes what a visitor calls his file fit to show: no path, no control
// characters, none that turn the direction of the text round, at most 120
// characters of which the extension stays.
func CleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if name == "" {
		return "file"
	}
	runes := []rune(name)
	if len(runes) <= nameRunes {
		return name
	}
	ext := []rune(path.Ext(name))
	if len(ext) > 10 {
		ext = nil
	}
	return string(runes[:nameRunes-len(ext)]) + string(ext)
}

// withExtension gives the name the extension of what the image has become.
func withExtension(name, kind string) string {
	want, others := ".png", []string{".png"}
	switch kind {
	case "image/jpeg":
		want, others = ".jpg", []string{".jpg", ".jpeg", ".jpe", ".jfif"}
	case "image/gif":
		want, others = ".gif", []string{".gif"}
	}
	ext := path.Ext(name)
	for _, other := range others {
		if strings.EqualFold(ext, other) {
			return name
		}
	}
	return CleanName(strings.TrimSuffix(name, ext) + want)
}

// inert are the types of which a browser may know that it gets them. All others
// go as bytes: it has no use for more, and cannot be led to run them.
var inert = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "application/pdf": true, "application/zip": true, "text/csv": true,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   true,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         true,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": true,
	"application/vnd.oasis.opendocument.text":                                   true,
}

// Headers are those with which the bytes of f go to a browser. Whatever it is,
// it is saved and not opened: nothing in it runs here.
func (f File) Headers() map[string]string {
	kind := "application/octet-stream"
	if inert[f.Type] {
		kind = f.Type
	}
	return map[string]string{
		"Content-Type":                 kind,
		"Content-Disposition":          disposition(f.Name),
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "sandbox; default-src 'none'",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "private, no-cache",
		"ETag":                         `"` + f.SHA256 + `"`,
	}
}

// disposition is the Content-Disposition of an attachment: the name in ASCII for
// all, and as it is for those who know RFC 8187 (RFC 6266, section 4.3).
func disposition(name string) string {
	name = CleanName(name)
	var ascii, whole strings.Builder
	for _, r := range name {
		switch {
		case r > 126 || r == '"' || r == '\\' || r == '%':
			ascii.WriteByte('_')
		default:
			ascii.WriteRune(r)
		}
	}
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$&+-.^_`|~", c) >= 0: // attr-char
			whole.WriteByte(c)
		default:
			fmt.Fprintf(&whole, "%%%02X", c)
		}
	}
	return `attachment; filename="` + ascii.String() + `"; filename*=UTF-8''` + whole.String()
}
