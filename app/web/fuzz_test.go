package web

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"loket/app/i18n"
)

type fuzzForm struct {
	Name   string   `form:"name" binding:"required,max=10"`
	Email  string   `form:"email" binding:"omitempty,email,max=254"`
	Mood   string   `form:"mood" binding:"omitempty,oneof=good bad"`
	Number int      `form:"number" binding:"max=100"`
	Many   []string `form:"many" binding:"max=3"`
}

// FuzzForm: whatever is posted, what is taken keeps to the rules of the form and
// can be kept by both engines.
func FuzzForm(f *testing.F) {
	for _, body := range []string{
		"name=Jan&email=jan@x.test&mood=good&number=7&many=a&many=b", "name=%00&number=x", "name[]=a&a[b][c]=d&a[2147483647]=x", "name=%ff%fe&name=b",
		"many=1&many=2&many=3&many=4", "number=99999999999999999999", "%zz", "&&&=&", "name=" + strings.Repeat("%C3%A9", 11), "email=a@b.c%0d%0aBcc:x", `{"name":"x"}`,
	} {
		f.Add(body, "application/x-www-form-urlencoded")
	}
	f.Add("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nJan\r\n--x--\r\n", "multipart/form-data; boundary=x")
	text := []byte(`{"site.field.invalid":"x","site.field.required":"x","site.field.max":"x %s"}`)
	catalog, err := i18n.Load(i18n.Folder{Name: "site", Files: fstest.MapFS{"nl.json": {Data: text}, "en.json": {Data: text}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, kind string) {
		g, _ := gin.CreateTestContext(httptest.NewRecorder())
		g.Request = httptest.NewRequest("POST", "/", strings.NewReader(body))
		g.Request.Header.Set("Content-Type", kind)
		ctx := catalog.With(g.Request.Context(), "nl", time.UTC, time.Unix(0, 0))
		c := &Context{Context: g, Site: &Site{Catalog: catalog}, ctx: ctx}
		form := NewForm[fuzzForm]("x")
		ok, err := form.Bind(c)
		if err != nil || !ok {
			return
		}
		v := form.V
		if v.Name == "" || utf8.RuneCountInString(v.Name) > 10 || v.Mood != "" && v.Mood != "good" && v.Mood != "bad" || v.Number > 100 || len(v.Many) > 3 {
			t.Errorf("taken: %+v", v)
		}
		for _, s := range append([]string{v.Name, v.Email}, v.Many...) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r") || strings.TrimSpace(s) != s {
				t.Errorf("kept: %q", s)
			}
		}
	})
}

// FuzzCookie: only the very text that was set is read back.
func FuzzCookie(f *testing.F) {
	site := &Site{URL: "http://loket.example"}
	if err := site.Start([]byte("a secret of the tests, long enough")); err != nil {
		f.Fatal(err)
	}
	set, err := site.cookies.Encode("known", "a secret")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, byte(0), "")
	f.Add(5, byte('A'), "")
	f.Add(len(set)-1, byte(1), "")
	f.Add(0, byte(0), "=")
	f.Add(40, byte(0), strings.Repeat("A", 5000))
	f.Add(3, byte(32), "\x00")
	f.Fuzz(func(t *testing.T, at int, change byte, more string) {
		value := []byte(set)
		value[uint(at)%uint(len(value))] ^= change
		touched := string(value) + more
		var into string
		if site.opens("known", touched, &into) != (touched == set) || site.opens("flash", touched, &into) || site.opens("known", more, &into) {
			t.Errorf("%q opens", touched)
		}
	})
}

// FuzzLocal: where a browser is sent on to is on this site, however it reads the
// address.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/", "/tickets/?a=b#c", "//evil.test", "/\\evil.test", "/\t/evil.test", "https://evil.test", "/%2f/evil.test", "/a\r\nb", "javascript:alert(1)", "/.//evil.test", "/..//evil.test"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "loket.example", Path: "/signin"}
	f.Fuzz(func(t *testing.T, path string) {
		to := Local(path, "/otherwise")
		// The URL Standard (4.4) drops tabs and line ends and reads \ as /.
		as := strings.ReplaceAll(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(to), "\\", "/")
		u, err := base.Parse(as)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || strings.HasPrefix(as, "//") {
			t.Errorf("%q leads to %q", path, to)
		}
	})
}
