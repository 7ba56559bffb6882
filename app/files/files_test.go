package files_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loket/app/apptest/spent"
	"loket/app/fault"
	"loket/app/files"
	"loket/db"
	"loket/db/dbtest"
)

// cabinet is a store with its database and a clock that stands still.
type cabinet struct {
	t testing.TB
	*files.Store
	d      *db.DB
	folder string
	now    time.Time
}

func newCabinet(t testing.TB, limits files.Limits) *cabinet {
	t.Helper()
	c := &cabinet{t: t, d: dbtest.Open(t), folder: filepath.Join(t.TempDir(), "files"), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	store, err := files.Open(t.Context(), "file:"+c.folder, func() time.Time { return c.now }, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	c.Store = store
	return c
}

func (c *cabinet) tx(f func(tx *db.Tx) error) error { return c.d.Tx(c.t.Context(), f) }

func (c *cabinet) keep(name, content, owner string) (files.File, error) {
	c.t.Helper()
	u, err := c.Take(c.t.Context(), name, strings.NewReader(content))
	if err != nil {
		return files.File{}, err
	}
	var f files.File
	err = c.tx(func(tx *db.Tx) (err error) {
		f, err = c.Save(c.t.Context(), tx, u, owner, "")
		return err
	})
	return f, err
}

func (c *cabinet) mustKeep(name, content, owner string) files.File {
	c.t.Helper()
	f, err := c.keep(name, content, owner)
	if err != nil {
		c.t.Fatalf("%.40q: %v", name, err)
	}
	return f
}

func (c *cabinet) bytes(f files.File) string {
	c.t.Helper()
	r, err := c.Open(c.t.Context(), f)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(all)
}

func (c *cabinet) onDisk() int {
	c.t.Helper()
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		c.t.Fatal(err)
	}
	return len(entries)
}

func picture(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.Set(x, y, color.RGBA{uint8(255 * x / w), uint8(255 * y / h), 90, 255})
		}
	}
	return p
}

func encoded(t testing.TB, encode func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAFileComesBackAsItWas(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	f := c.mustKeep("verslag.pdf", "%PDF-1.7\nhallo", "ticket_message:1")
	if c.bytes(f) != "%PDF-1.7\nhallo" || f.Type != "application/pdf" || f.Size != 14 ||
		f.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte("%PDF-1.7\nhallo"))) {
		t.Errorf("kept %+v", f)
	}
	same, err := files.One(t.Context(), c.d, "ticket_message:1", f.ID)
	if err != nil || same.Name != "verslag.pdf" || same.AccountID != nil {
		t.Errorf("found %+v, %v", same, err)
	}
	if _, err := files.One(t.Context(), c.d, "ticket_message:2", f.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("under another owner: %v", err)
	}
	all, err := files.ByOwner(t.Context(), c.d, []string{"ticket_message:1", "ticket_message:2"})
	if err != nil || len(all["ticket_message:1"]) != 1 {
		t.Errorf("by owner: %v, %v", all, err)
	}
	info, err := os.Stat(filepath.Join(c.folder, f.ID))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("on disk: %v, %v", info, err)
	}
}

func TestNames(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	for name, want := range map[string]string{
		"../../x": "x", `..\\x`: "x", "/etc/passwd": "passwd", `C:\Users\Jan\x.txt`: "x.txt", "": "file", "..": "file", ".": "file", "a/": "file",
		"a\r\nSet-Cookie: x=1.txt": "a Set-Cookie: x=1.txt", "factuur\u202Efdp.exe": "factuurfdp.exe", "a\x00b\x1b[31m.txt": "ab[31m.txt",
		"  spaties  erin .txt ": "spaties erin .txt", `"quoted".txt`: `"quoted".txt`, "tekening 🦢.dwg": "tekening 🦢.dwg", "\xff\xfe.txt": "txt",
		strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 116) + ".pdf", strings.Repeat("x", 300): strings.Repeat("x", 120),
		"con.": "con", "\u2066.\u2069": "file",
	} {
		f := c.mustKeep(name, "text", "x:1")
		if f.Name != want {
			t.Errorf("%.40q is kept as %q, want %q", name, f.Name, want)
		}
		line := f.Headers()["Content-Disposition"]
		kind, params, err := mime.ParseMediaType(line)
		if err != nil || kind != "attachment" || params["filename"] != want || strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
			t.Errorf("%q → %q → %q, %v", name, line, params["filename"], err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(c.folder))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the folder: %v, %v", entries, err)
	}
	if _, err := c.Open(t.Context(), files.File{ID: "../loket.db"}); !errors.Is(err, fault.NotFound) {
		t.Errorf("a made-up id: %v", err)
	}
}

func TestNothingRunsInTheBrowser(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	for name, content := range map[string]string{
		"x.svg": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "x.html": "<!doctype html><script>alert(1)</script>",
		"x.xml": `<?xml version="1.0"?><x/>`, "foto.jpg": "<html><script>alert(1)</script></html>", "x.mhtml": "MIME-Version: 1.0\nContent-Type: text/html\n\n<script>",
		"x.js": "alert(1)", "x.exe": "MZ\x90\x00",
	} {
		h := c.mustKeep(name, content, "x:1").Headers()
		if h["Content-Type"] != "application/octet-stream" || !strings.HasPrefix(h["Content-Disposition"], "attachment;") ||
			h["X-Content-Type-Options"] != "nosniff" || h["Content-Security-Policy"] != "sandbox; default-src 'none'" {
			t.Errorf("%s: %v", name, h)
		}
	}
	if kind := c.mustKeep("x.pdf", "%PDF-1.7", "x:1").Headers()["Content-Type"]; kind != "application/pdf" {
		t.Errorf("pdf is %s", kind)
	}
}

func TestLimits(t *testing.T) {
	c := newCabinet(t, files.Limits{File: 100, Owner: 250, Day: 300})
	if _, err := c.keep("leeg", "", "x:1"); files.Reason(err) != "empty" || !errors.Is(err, fault.BadInput) {
		t.Errorf("0 bytes: %v", err)
	}
	if _, err := c.keep("groot", strings.Repeat("x", 101), "x:1"); files.Reason(err) != "large" || !errors.Is(err, fault.TooLarge) {
		t.Errorf("101 bytes: %v", err)
	}
	if n := c.onDisk(); n != 0 {
		t.Errorf("%d files of what was refused", n)
	}
	full := strings.Repeat("x", 100)
	c.mustKeep("1", full, "x:1")
	c.mustKeep("2", full, "x:1")
	if _, err := c.keep("3", full, "x:1"); files.Reason(err) != "quota" {
		t.Errorf("300 bytes of one owner: %v", err)
	}
	c.mustKeep("other", full, "x:2")
	if _, err := db.Exec(t.Context(), c.d, `INSERT INTO account (id, email, name, created_at, active_at) VALUES ('jan', 'jan@x.test', 'Jan', ?, ?)`, c.now, c.now); err != nil {
		t.Fatal(err)
	}
	save := func(owner string) error {
		u, err := c.Take(t.Context(), "x", strings.NewReader(full))
		if err != nil {
			t.Fatal(err)
		}
		return c.tx(func(tx *db.Tx) error {
			_, err := c.Save(t.Context(), tx, u, owner, "jan")
			return err
		})
	}
	if err := errors.Join(save("a:1"), save("a:2"), save("a:3")); err != nil {
		t.Error(err)
	}
	if err := save("a:4"); files.Reason(err) != "quota" {
		t.Errorf("400 bytes a day: %v", err)
	}
	c.now = c.now.Add(25 * time.Hour)
	if err := save("a:4"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// hugePNG claims to be w × h and holds, well packed, that many black pixels or
// as many as fit in some 100 KB.
func hugePNG(w, h uint32) string {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		whole := append([]byte(name), data...)
		b.Write(whole)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(whole))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	chunk("IHDR", append(head, 1, 0, 0, 0, 0))
	var data bytes.Buffer
	z, _ := zlib.NewWriterLevel(&data, zlib.BestCompression)
	row := make([]byte, 1+w/8)
	for range h {
		z.Write(row)
	}
	z.Close()
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return b.String()
}

func TestImageBombsAreRefusedOnTheirHeader(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	small := encoded(t, func(w io.Writer) error { return jpeg.Encode(w, picture(8, 8), nil) })
	frame := at(small, "\xff\xc0")
	liar := small[:frame+5] + "\xff\xff\xff\xff" + small[frame+9:]
	one := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White})
	movie := &gif.GIF{}
	for range 50_000 {
		movie.Image, movie.Delay = append(movie.Image, one), append(movie.Delay, 1)
	}
	webp := "RIFF\x1e\x00\x00\x00WEBPVP8L\x11\x00\x00\x00\x2f" + string([]byte{0xff, 0xff, 0xff, 0xff, 0x07}) + strings.Repeat("\x00", 12)
	tiff := "II*\x00\x08\x00\x00\x00" + "\x05\x00" +
		"\x00\x01\x04\x00\x01\x00\x00\x00\xff\xff\x00\x00" + "\x01\x01\x04\x00\x01\x00\x00\x00\xff\xff\x00\x00" +
		"\x02\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00" + "\x03\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00" + "\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00" + "\x00\x00\x00\x00"
	for name, content := range map[string]string{
		"bom.png": hugePNG(30_000, 30_000), "bom.jpg": liar, "bom.gif": encoded(t, func(w io.Writer) error { return gif.EncodeAll(w, movie) }),
		"bom.webp": webp, "bom.tiff": tiff, "polyglot.gif": "GIF89a/*<script>alert(1)//*/", "half.png": hugePNG(10, 10)[:60], "iphone.heic": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + small,
		"overflow.png": hugePNG(10, 10)[:16] + "\x7f\xff\xff\xff\x7f\xff\xff\xff" + hugePNG(10, 10)[24:],
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := spent.CPU()
		_, err := c.keep(name, content, "x:1")
		took := spent.CPU() - start
		runtime.ReadMemStats(&after)
		if files.Reason(err) != "image" {
			t.Errorf("%s (%d bytes): %v", name, len(content), err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 || took > 300*time.Millisecond {
			t.Errorf("%s took %v and %d MB", name, took, got>>20)
		}
	}
	if n := c.onDisk(); n != 0 {
		t.Errorf("%d files of what was refused", n)
	}
}

func at(s, what string) int { return strings.Index(s, what) }

// photo is a JPEG that says how it was held and where it was made.
func photo(t testing.TB, orientation byte) string {
	plain := encoded(t, func(w io.Writer) error { return jpeg.Encode(w, picture(40, 20), nil) })
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02" +
		"\x01\x0f\x00\x02\x00\x00\x00\x04CANO" + "\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) + "\x00\x00" + "\x00\x00\x00\x00" + "GPSLatitude 52.3702"
	length := len(exif) + 2
	return plain[:2] + "\xff\xe1" + string([]byte{byte(length >> 8), byte(length)}) + exif + plain[2:] + "<script>after the end</script>"
}

func TestAPhotoForgetsWhereItWasMade(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	for orientation := byte(1); orientation <= 8; orientation++ {
		f := c.mustKeep("foto.JPG", photo(t, orientation), "x:1")
		stored := c.bytes(f)
		for _, trace := range []string{"Exif", "GPS", "52.3702", "CANO", "script"} {
			if strings.Contains(stored, trace) {
				t.Errorf("%q is still in it", trace)
			}
		}
		p, err := jpeg.Decode(strings.NewReader(stored))
		if err != nil {
			t.Fatal(err)
		}
		w, h := 40, 20
		if orientation >= 5 {
			w, h = 20, 40
		}
		if p.Bounds().Dx() != w || p.Bounds().Dy() != h || f.Name != "foto.JPG" || int64(len(stored)) != f.Size {
			t.Errorf("orientation %d: %v, %+v", orientation, p.Bounds(), f)
		}
		// The corner that was red and green at most, bottom right of the scene.
		corner := map[byte][2]int{1: {39, 19}, 2: {0, 19}, 3: {0, 0}, 4: {39, 0}, 5: {19, 39}, 6: {0, 39}, 7: {0, 0}, 8: {19, 0}}[orientation]
		r, g, _, _ := p.At(corner[0], corner[1]).RGBA()
		if r>>8 < 200 || g>>8 < 200 {
			t.Errorf("orientation %d: the corner is %d, %d", orientation, r>>8, g>>8)
		}
	}
}

func TestPicturesAreDrawnAnew(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	withText := encoded(t, func(w io.Writer) error { return png.Encode(w, picture(9, 9)) })
	withText = withText[:33] + "\x00\x00\x00\x0btEXtAuthor\x00Jan.\x00\x00\x00\x00" + withText[33:]
	// The checksum of that chunk is wrong on purpose where the decoder looks.
	if _, err := c.keep("x.png", withText, "x:1"); files.Reason(err) != "image" {
		t.Errorf("wrong checksum: %v", err)
	}
	polyglot := encoded(t, func(w io.Writer) error { return png.Encode(w, picture(9, 9)) }) + "PK\x03\x04<script>"
	f := c.mustKeep("x.exe", polyglot, "x:1")
	if strings.Contains(c.bytes(f), "script") || f.Name != "x.png" || f.Type != "image/png" {
		t.Errorf("polyglot became %+v", f)
	}
	movie := &gif.GIF{Delay: []int{5, 5, 5}, LoopCount: 2}
	for range 3 {
		movie.Image = append(movie.Image, image.NewPaletted(image.Rect(0, 0, 5, 5), color.Palette{color.Black, color.White}))
	}
	f = c.mustKeep("x.gif", encoded(t, func(w io.Writer) error { return gif.EncodeAll(w, movie) }), "x:1")
	again, err := gif.DecodeAll(strings.NewReader(c.bytes(f)))
	if err != nil || len(again.Image) != 3 || again.LoopCount != 2 || f.Type != "image/gif" {
		t.Errorf("gif: %v, %+v", err, f)
	}
}

func TestForgottenFilesAreGone(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	f, other := c.mustKeep("a.txt", "weg ermee", "x:1"), c.mustKeep("b.txt", "blijft", "x:2")
	broken := errors.New("broken")
	err := c.tx(func(tx *db.Tx) error { return errors.Join(c.Forget(t.Context(), tx, f.ID), broken) })
	if !errors.Is(err, broken) || c.bytes(f) != "weg ermee" {
		t.Errorf("a transaction that failed took the file: %v", err)
	}
	if err := c.tx(func(tx *db.Tx) error { return c.ForgetOf(t.Context(), tx, "x:1") }); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(t.Context(), f); !errors.Is(err, fault.NotFound) {
		t.Errorf("bytes: %v", err)
	}
	if left, err := files.Of(t.Context(), c.d, "x:1"); err != nil || len(left) != 0 {
		t.Errorf("rows: %v, %v", left, err)
	}
	if c.bytes(other) != "blijft" {
		t.Error("another's file went too")
	}
}

func TestFilesOfAFormThatFailedAreKept(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	a, b := c.mustKeep("a.txt", "a", files.Draft("session")), c.mustKeep("b.txt", "b", files.Draft("other"))
	adopt := func(ids ...string) error {
		return c.tx(func(tx *db.Tx) error {
			return c.Adopt(t.Context(), tx, ids, files.Draft("session"), "ticket_message:1")
		})
	}
	if err := adopt(a.ID, b.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("another's draft: %v", err)
	}
	if err := errors.Join(adopt(), adopt(a.ID)); err != nil {
		t.Error(err)
	}
	if got, _ := files.Of(t.Context(), c.d, "ticket_message:1"); len(got) != 1 || got[0].ID != a.ID {
		t.Errorf("adopted %v", got)
	}
	c.now = c.now.Add(25 * time.Hour)
	swept, err := c.Sweep(t.Context(), c.d, c.now.Add(-files.OrphanFor))
	if err != nil || swept.Drafts != 1 || swept.Orphans != 0 || c.onDisk() != 1 || c.bytes(a) != "a" {
		t.Errorf("swept %+v, %v", swept, err)
	}
}

func TestSweep(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	kept := c.mustKeep("a.txt", "a", "x:1")
	lost := c.mustKeep("b.txt", "b", "x:1")
	if err := os.Remove(filepath.Join(c.folder, lost.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Take(t.Context(), "c.txt", strings.NewReader("no row comes")); err != nil {
		t.Fatal(err)
	}
	if swept, err := c.Sweep(t.Context(), c.d, c.now.Add(-files.OrphanFor)); err != nil || swept.Orphans != 0 || len(swept.Missing) != 0 {
		t.Errorf("too soon: %+v, %v", swept, err)
	}
	c.now = c.now.Add(90 * time.Minute)
	fresh, err := c.Take(t.Context(), "d.txt", strings.NewReader("under way"))
	if err != nil {
		t.Fatal(err)
	}
	swept, err := c.Sweep(t.Context(), c.d, c.now.Add(-files.OrphanFor))
	if err != nil || swept.Orphans != 1 || len(swept.Missing) != 1 || swept.Missing[0] != lost.ID {
		t.Errorf("swept %+v, %v", swept, err)
	}
	if c.onDisk() != 2 || c.bytes(kept) != "a" {
		t.Errorf("%d files left", c.onDisk())
	}
	if err := c.Drop(t.Context(), fresh); err != nil || c.onDisk() != 1 {
		t.Errorf("drop: %v", err)
	}
	// Of a program that was killed, the next one knows that nobody is sending any more.
	if _, err := c.Take(t.Context(), "e.txt", strings.NewReader("killed")); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(time.Second)
	if swept, err := c.Sweep(t.Context(), c.d, c.now); err != nil || swept.Orphans != 1 || c.onDisk() != 1 {
		t.Errorf("after a kill: %+v, %v", swept, err)
	}
}

func TestCheckNoticesAFullDisk(t *testing.T) {
	c := newCabinet(t, files.Limits{})
	if err := c.Check(t.Context()); err != nil || c.onDisk() != 0 {
		t.Errorf("healthy: %v", err)
	}
	if err := os.RemoveAll(c.folder); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("gone: %v", err)
	}
}

type cut struct{ io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		err = errors.New("the visitor left")
	}
	return n, err
}

func TestEveryStoreIsWholeOrNothing(t *testing.T) {
	for _, where := range []string{"mem://", "file:" + t.TempDir()} {
		d := dbtest.Open(t)
		s, err := files.Open(t.Context(), where, func() time.Time { return time.Now().Add(2 * time.Hour) }, files.Limits{File: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Take(t.Context(), "x", cut{strings.NewReader(strings.Repeat("x", 9_000))}); err == nil {
			t.Error("half a file was taken")
		}
		if _, err := s.Take(t.Context(), "x", strings.NewReader(strings.Repeat("x", 10_001))); files.Reason(err) != "large" {
			t.Errorf("too large: %v", err)
		}
		if swept, err := s.Sweep(t.Context(), d, time.Now().Add(time.Hour)); err != nil || swept.Orphans != 0 {
			t.Errorf("%.5s: left behind %+v, %v", where, swept, err)
		}
		u, err := s.Take(t.Context(), "x", strings.NewReader("hallo"))
		if err != nil {
			t.Fatal(err)
		}
		var f files.File
		err = d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			f, err = s.Save(t.Context(), tx, u, "x:1", "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seek(2, io.SeekStart); err != nil {
			t.Error(err)
		}
		if rest, err := io.ReadAll(r); err != nil || string(rest) != "llo" {
			t.Errorf("from 2: %q, %v", rest, err)
		}
		r.Close()
		if err := errors.Join(s.Check(t.Context()), d.Tx(t.Context(), func(tx *db.Tx) error { return s.Forget(t.Context(), tx, f.ID) })); err != nil {
			t.Error(err)
		}
		if _, err := s.Open(t.Context(), f); !errors.Is(err, fault.NotFound) {
			t.Errorf("forgotten: %v", err)
		}
	}
	if _, err := files.Open(context.Background(), "ftp://x", time.Now, files.Limits{}); err == nil {
		t.Error("ftp opened")
	}
}

func FuzzTake(f *testing.F) {
	f.Add("x.gif", "GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x02\x84\x51\x00\x3b")
	f.Add("x.jpg", photo(f, 6))
	f.Add("../é\u202e.png", hugePNG(20, 20))
	s, err := files.Open(context.Background(), "mem://", time.Now, files.Limits{File: 1 << 20})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, content string) {
		u, err := s.Take(t.Context(), name, strings.NewReader(content))
		if err != nil {
			if files.Reason(err) == "" {
				t.Error(err)
			}
			return
		}
		if u.Name() == "" || utf8.RuneCountInString(u.Name()) > 120 || strings.ContainsAny(u.Name(), "/\\\r\n\x00") {
			t.Errorf("name %q", u.Name())
		}
	})
}
