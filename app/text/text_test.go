package text

import (
	"bytes"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"loket/app/apptest/spent"
)

const link = ` rel="nofollow noopener noreferrer"`

func TestHTML(t *testing.T) {
	for _, x := range []struct{ name, markdown, want string }{
		{"empty", "", ""},
		{"paragraphs and line breaks", "Hallo,\nhij doet het niet.\n\nGroet, Jan", "<p>Hallo,<br>\nhij doet het niet.</p>\n<p>Groet, Jan</p>\n"},
		{"emphasis", "*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n"},
		{"headings that begin lower, with a step left out", "## a\n#### b\n## c", "<h3>a</h3>\n<h4>b</h4>\n<h3>c</h3>\n"},
		{"headings below those of the page", "# a\n## b\n### c\n###### d\n\ne\n===", "<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<h6>d</h6>\n<h3>e</h3>\n"},
		{"lists", "- a\n- b\n\n3. c\n4. d", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>\n"},
		{"quote", "> zo\n> is het", "<blockquote>\n<p>zo<br>\nis het</p>\n</blockquote>\n"},
		{"code", "```go\na < b && c\n\n<script>\n```", "<pre><code>a &lt; b &amp;&amp; c\n\n&lt;script&gt;\n</code></pre>\n"},
		{"table", "| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th class=\"center\">b</th>\n<th class=\"right\">c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td class=\"center\">2</td>\n<td class=\"right\">3</td>\n</tr>\n</tbody>\n</table>\n"},
		{"link", "[a](https://example.org/?b=1&c=2 \"titel\")", `<p><a href="https://example.org/?b=1&amp;c=2"` + link + `>a</a></p>` + "\n"},
		{"link by reference", "[a][1]\n\n[1]: http://example.org", `<p><a href="http://example.org"` + link + `>a</a></p>` + "\n"},
		{"bare links", "zie www.example.org, https://example.org/a_b of jan@example.org.", `<p>zie <a href="http://www.example.org"` + link + `>www.example.org</a>, <a href="https://example.org/a_b"` + link + `>https://example.org/a_b</a> of <a href="mailto:jan@example.org"` + link + `>jan@example.org</a>.</p>` + "\n"},
		{"address between angles", "<jan@example.org> <https://example.org>", `<p><a href="mailto:jan@example.org"` + link + `>jan@example.org</a> <a href="https://example.org"` + link + `>https://example.org</a></p>` + "\n"},
		{"link that runs a script", "[a *b*](javascript:alert(1)) <javascript:alert(1)>", "<p>a <em>b</em> javascript:alert(1)</p>\n"},
		{"link in disguise", "[a](&#106;avascript:x) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](vbscript:x) [e](\\javascript:x)", "<p>a b c d e</p>\n"},
		{"link to a page of ours or a file", "[a](/staff/) [b](//example.org) [c](file:///etc/passwd) [d](tel:112)", "<p>a b c d</p>\n"},
		{"picture", "![een kat](https://track.example/x.gif)", `<p><a href="https://track.example/x.gif"` + link + `>een kat</a></p>` + "\n"},
		{"picture without a description", "![](https://track.example/x.gif)", `<p><a href="https://track.example/x.gif"` + link + `>https://track.example/x.gif</a></p>` + "\n"},
		{"picture in a link", "[![kat](https://track.example/x.gif)](https://example.org)", `<p><a href="https://example.org"` + link + `>kat</a></p>` + "\n"},
		{"picture in its own address", "![kat](data:image/png;base64,AAAA) ![<b>](cid:1)", "<p>kat &lt;b&gt;</p>\n"},
		{"HTML is text", "<div onclick=\"x\">a</div>\n\nList<String> <!-- b --> <script>alert(1)</script>", "<p>&lt;div onclick=&#34;x&#34;&gt;a&lt;/div&gt;</p>\n<p>List&lt;String&gt; &lt;!-- b --&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
		{"entities", "&amp; &lt;b&gt; &copy; AT&T", "<p>&amp; &lt;b&gt; © AT&amp;T</p>\n"},
		{"attributes are text", "# a {onclick=x}", "<h3>a {onclick=x}</h3>\n"},
		{"NUL and carriage return", "a\x00b\r\nc", "<p>ab<br>\nc</p>\n"},
		{"too long", strings.Repeat("*a* <b>\n", 9000), "<p>" + strings.TrimSuffix(strings.Repeat("*a* &lt;b&gt;<br>\n", 9000), "<br>\n") + "</p>\n"},
		{"too deep, and plain", strings.Repeat(">", 41) + " a\nb\n\n\n<i>\n", "<p>" + strings.Repeat("&gt;", 41) + " a<br>\nb</p>\n<p>&lt;i&gt;</p>\n"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := HTML(x.markdown).String(); got != x.want {
				t.Errorf("got\n%.2000s\nwant\n%.2000s", got, x.want)
			}
			checkSafe(t, x.markdown)
		})
	}
}

func TestComponent(t *testing.T) {
	var b bytes.Buffer
	if err := Component("**a** <b>").Render(t.Context(), &b); err != nil || b.String() != "<p><strong>a</strong> &lt;b&gt;</p>\n" {
		t.Errorf("%q (%v)", b.String(), err)
	}
}

// Whatever the renderer lets through, the policy does not.
func TestPolicyByItself(t *testing.T) {
	for dirty, want := range map[string]string{
		`<script>alert(1)</script>a`:                                  `a`,
		`<p onclick="x" style="x" id="x">a</p>`:                       `<p>a</p>`,
		`<a href="javascript:x">a</a>`:                                `a`,
		`<a href=" jav&#x09;ascript:x">a</a>`:                         `a`,
		`<a href="/x">a</a>`:                                          `a`,
		`<a href="https://a.example">a</a>`:                           `<a href="https://a.example" rel="nofollow noreferrer">a</a>`,
		`<img src="https://a.example/x.gif"><iframe></iframe>`:        ``,
		`<h1>a</h1><h2>b</h2><h3>c</h3>`:                              `abc`,
		`<td class="modal right">a</td>`:                              `<td>a</td>`,
		`<svg><style><img src=x onerror=alert(1)></style></svg>a`:     `a`,
		`<form action="/x"><input name="a"><button>b</button></form>`: `b`,
	} {
		got := policy.Sanitize(dirty)
		if strings.ReplaceAll(strings.ReplaceAll(got, "<h3>c</h3>", "c"), " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: got %s, want %s", dirty, got, want)
		}
	}
}

// elements are all that may come out, with the attributes each may have.
var elements = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "ul": nil, "ol": {"start"}, "li": nil, "blockquote": nil,
	"pre": nil, "code": nil, "em": nil, "strong": nil, "del": nil, "a": {"href", "rel"},
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": {"class"}, "td": {"class"},
}

// checkSafe fails if a browser would see anything in a text but what is
// allowed. It reads the HTML as a browser does.
func checkSafe(t *testing.T, markdown string) {
	t.Helper()
	out := HTML(markdown).String()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: 0}
	doc, err := html.ParseFragment(strings.NewReader(out), nil)
	if err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	for _, n := range doc {
		body.AppendChild(n)
	}
	for n := range body.Descendants() {
		switch n.Type {
		case html.TextNode:
		case html.ElementNode:
			if n.Data == "html" || n.Data == "head" || n.Data == "body" {
				continue // what the parser puts around a fragment
			}
			allowed, known := elements[n.Data]
			if !known {
				t.Fatalf("<%s> in %q from %q", n.Data, out, markdown)
			}
			for _, a := range n.Attr {
				if !slices.Contains(allowed, a.Key) {
					t.Fatalf("%s=%q in %q from %q", a.Key, a.Val, out, markdown)
				}
				if a.Key == "href" {
					u, err := url.Parse(a.Val)
					if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
						t.Fatalf("link to %q in %q from %q", a.Val, out, markdown)
					}
				}
				if a.Key == "rel" && a.Val != rel {
					t.Fatalf("rel=%q in %q", a.Val, out)
				}
			}
			if n.Data == "a" && len(n.Attr) > 0 && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "rel" }) {
				t.Fatalf("a link without rel in %q", out)
			}
		default:
			t.Fatalf("a node of kind %d in %q from %q", n.Type, out, markdown)
		}
	}
}

// hostile is texts made to be slow, of a size.
func hostile(size int) map[string]string {
	texts := map[string]string{}
	for _, s := range []string{"[", "]", ">", "> ", "*a", "*a ", "a**b", "_a_", "*a_", "***a", "![", "[a](", "[](", "[[a]", "](", "`", "``a`", "<", "<a ", "<!--", "<?",
		"<div>", "</div>", "<a@b.c>", "http://a.b ", "www.a", "www.a.b/(", "a@", "&", "&amp", "\\", "- ", "1. ", "> - ", "- > ", "+ 1) ", "~~a", "~", "a|", "|", "|-", "[a]: b\n", "[a]\n", "[a]:\n",
		"\n", "a\n", "- a\n", "-\n", "#", "# ", "#\n", "```\n", "~~~ a\n", "    a\n", "\t", " ", "a  \n", "***\n", "=\n", "a\n=\n", "|a|\n|-|\n", "a|b\n-|-\n", ">\n", "> a\n\n", "é", "e\u0301", "\u0301", "\xff", "\x00", "\u202e", "(((", "a\n\n", "[a\n\n"} {
		texts[s] = strings.Repeat(s, size/len(s)+1)
	}
	const step = "- "
	var stairs, ladder strings.Builder
	for n := 0; stairs.Len() < size; n++ {
		stairs.WriteString(strings.Repeat("  ", n) + step + "a\n")
		ladder.WriteString(strings.Repeat(">", n%39+1) + " a\n")
	}
	texts["stairs"], texts["ladder"] = stairs.String(), ladder.String()
	texts["wide table"] = strings.Repeat("|a", size/6) + "|\n" + strings.Repeat("|-", size/6) + "|\n" + strings.Repeat("a\n", size/6)
	texts["square table"] = strings.Repeat("|a", 100) + "|\n" + strings.Repeat("|-", 100) + "|\n" + strings.Repeat("a\n", 195)
	texts["long table"] = "|a|b\n|-|-\n" + strings.Repeat("a\n", size/2)
	texts["just enough delimiters"] = strings.Repeat(strings.Repeat("[](", 490)+"\n\n", size/1500)
	texts["just enough stars"] = strings.Repeat(strings.Repeat("*a_ ", 490)+"\n\n", size/2000)
	texts["just enough nesting"] = strings.Repeat(strings.Repeat("> - ", 20)+"a\n\n", size/83)
	return texts
}

// Time and space stay within bounds for texts of the largest size that is read
// as Markdown, and for longer ones.
func TestHostileText(t *testing.T) {
	for _, size := range []int{mostBytes - 1024, 500_000} {
		for name, s := range hostile(size) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := spent.CPU()
			out := HTML(s).String()
			took := spent.CPU() - start
			runtime.ReadMemStats(&after)
			taken := after.TotalAlloc - before.TotalAlloc
			if took > 500*time.Millisecond || taken > 128<<20 || len(out) > 16*size {
				t.Errorf("%d bytes of %q took %v, %d MB, and became %d bytes", len(s), name, took, taken>>20, len(out))
			}
			if testing.Verbose() && took > 50*time.Millisecond {
				t.Logf("%d bytes of %q took %v, %d MB, and became %d bytes", len(s), name, took, taken>>20, len(out))
			}
		}
	}
	for name, s := range map[string]string{
		"open brackets": strings.Repeat("[", 50_000), "quotes": strings.Repeat(">", 50_000), "stars": strings.Repeat("*a", 50_000),
		"nested divs": strings.Repeat("<div>", 100_000), "lines": strings.Repeat("regel\n", 10_000), "long lines": strings.Repeat("een regel van een normale lengte\n", 10_000),
	} {
		start := spent.CPU()
		HTML(s)
		Plain(s)
		Excerpt(s, 200)
		if took := spent.CPU() - start; took > 500*time.Millisecond {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func TestOrdinaryTextIsMarkdown(t *testing.T) {
	log := strings.Repeat("2026-03-06 12:00:00 [INFO] [worker-1] started | ok | 12 ms\n", 200) // a pasted log is two dozen kB
	letter := strings.Repeat("Beste collega, **dit** is een [link](https://example.org) en `code`.\n\n> > Jij schreef\n\n- [ ] punt\n\n", 300)
	for name, s := range map[string]string{"log": log, "letter": letter, "rule": strings.Repeat("- ", 20) + "\n" + strings.Repeat("-", 200)} {
		if tooMuch(s) {
			t.Errorf("%s is shown as plain text", name)
		}
	}
}

func TestPlain(t *testing.T) {
	for markdown, want := range map[string]string{
		"":                                       "",
		"# Titel\n\nHallo **daar**,\nregel twee": "Titel\nHallo daar,\nregel twee",
		"- een\n- [twee](https://example.org)":   "een\ntwee",
		"| a | b |\n|---|---|\n| 1 | 2 |":        "a\nb\n1\n2",
		"a &amp; b &lt;c&gt; <d>":                "a & b <c> <d>",
		"![kat](https://example.org/x.gif)":      "kat",
		"```\ncode *zo*\n```":                    "code *zo*",
		strings.Repeat("[", 2000):                strings.Repeat("[", 2000),
	} {
		if got := Plain(markdown); got != want {
			t.Errorf("%.80q: got %.200q, want %.200q", markdown, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, x := range []struct {
		markdown string
		runes    int
		want     string
	}{
		{"Kort.", 20, "Kort."},
		{"**Hallo** wereld,\nhoe gaat het?", 40, "Hallo wereld, hoe gaat het?"},
		{"Hallo wereld, hoe gaat het?", 27, "Hallo wereld, hoe gaat het?"},
		{"Hallo wereld, hoe gaat het?", 26, "Hallo wereld, hoe gaat…"},
		{"Hallo wereld, hoe gaat het?", 14, "Hallo wereld…"},
		{"Hallo wereld", 6, "Hallo…"},
		{"één tweeëndertig", 10, "één tweeë…"},
		{"Onafgebrokenlangwoord", 8, "Onafgeb…"},
		{"a", 0, ""},
		{"ab", 1, "…"},
		{strings.Repeat("woord ", 5000), 12, "woord woord…"},
		{"kort\n\n" + strings.Repeat("\n", 5000) + "einde", 12, "kort…"},
	} {
		got := Excerpt(x.markdown, x.runes)
		if got != x.want {
			t.Errorf("%.60q to %d: %q, want %q", x.markdown, x.runes, got, x.want)
		}
	}
}

func TestClean(t *testing.T) {
	for dirty, want := range map[string]string{
		"":                           "",
		"gewoon\n\ttekst":            "gewoon\n\ttekst",
		"a\x00b\x07c\x7fd\u0090e":    "abcde",
		"a\r\nb\rc\u0085d":           "a\nb\nc\nd",
		"caf\xe9 \xff":               "caf\uFFFD \uFFFD",
		"cafe\u0301":                 "café",
		"e\x00\u0301":                "é",
		"\uFEFFa\u202Egpj.exe":       "agpj.exe",
		"👩\u200d💻 \u200fשלום \u200e": "👩\u200d💻 \u200fשלום \u200e",
	} {
		if got := Clean(dirty); got != want {
			t.Errorf("%q: got %q, want %q", dirty, got, want)
		}
	}
	if got := Line(" a\r\n\tb\u2028 c\u00a0 \x00d "); got != "a b c d" {
		t.Errorf("one line: %q", got)
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"Één CAFÉ": "een cafe", "Ĳsselmeer": "ijsselmeer", "Łódź": "lodz", "Straße": "strasse", "ﬁjn": "fijn", "ＡＢＣ": "abc",
		"İstanbul ısı": "istanbul isi", "Ørsted": "orsted", "Ångström": "angstrom", "Ὀδυσσεύς": "οδυσσευσ", "한국": "한국", "C++ №5": "c++ no5",
	} {
		if got := Fold(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range hostile(60) {
		f.Add(s)
	}
	for _, s := range []string{"[a](javascript:alert(1))", "<javascript:alert(1)>", "![a](https://b.c/d.png \"e\")", "[a]: javascript:x\n[a]", "<img src=x onerror=alert(1)>",
		"`<script>`", "|a|\n|:-:|\n|<script>|", "# [a](b)\n=", "[![a](http://b)](http://c)", "![[a](http://b)](http://c)", "[a](http://b\"onclick=x)", "~~[a](mailto:b)~~", "&#x3c;script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkSafe(t, s)
		if plain := Plain(s); !utf8.ValidString(plain) {
			t.Fatalf("%q", plain)
		}
		if e := Excerpt(s, 20); utf8.RuneCountInString(e) > 20 || strings.Contains(e, "\n") {
			t.Fatalf("excerpt %q", e)
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a\x00\r\n", "e\u0301", "\xff", "ẞ", "İ", "\u1100\u1161", "\u0344", "ǅ", "K", "\u03f4", strings.Repeat("\u0301", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || strings.ContainsAny(c, "\x00\r\x1b\x7f") {
			t.Fatalf("%q is not clean", c)
		}
		if again := Clean(c); again != c {
			t.Fatalf("%q cleaned again is %q", c, again)
		}
		if l := Line(s); Line(l) != l || strings.ContainsAny(l, "\n\t\u2028") {
			t.Fatalf("line %q", l)
		}
		if fold := Fold(s); Fold(fold) != fold || !utf8.ValidString(fold) {
			t.Fatalf("%q folds to %q, and that to %q", s, fold, Fold(fold))
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	message := "Beste Jan,\n\nDank voor je bericht. **Zo** los je het op:\n\n1. Ga naar https://example.org/instellingen\n2. Kies *Geavanceerd*\n3. Zet `cache` uit\n\n> Hij doet het niet.\n> Wat nu?\n\nGroet,\nSofie\n"
	b.ReportAllocs()
	for b.Loop() {
		HTML(message)
	}
}

func BenchmarkExcerpt(b *testing.B) {
	message := strings.Repeat("Dank voor je bericht. **Zo** los je het op: zie https://example.org.\n\n", 50)
	b.ReportAllocs()
	for b.Loop() {
		Excerpt(message, 120)
	}
}
