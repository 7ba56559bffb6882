package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/jobs"
	"loket/db"
	"loket/db/dbtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// desk is a help desk that writes letters.
type desk struct {
	t testing.TB
	*Mailer
	d     *db.DB
	queue *jobs.Queue
	now   time.Time
}

func newDesk(t testing.TB, where string) *desk {
	t.Helper()
	texts, err := i18n.Load(i18n.Folder{Name: "mail", Files: Texts})
	if err != nil {
		t.Fatal(err)
	}
	h := &desk{t: t, d: dbtest.Open(t), now: time.Date(2025, 11, 25, 8, 12, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	transport, err := OpenTransport(where)
	if err != nil {
		t.Fatal(err)
	}
	h.queue = jobs.NewQueue(h.d, clock)
	h.Mailer = &Mailer{
		DB: h.d, Now: clock, Transport: transport,
		URL: "https://loket.tekenkast.example", From: "Tekenkast · loket <loket@tekenkast.example>",
		Speak: func(ctx context.Context, lang string) context.Context { return texts.With(ctx, lang, time.UTC, h.now) },
		Queue: func(ctx context.Context, tx *db.Tx, id string) error {
			return h.queue.Add(ctx, tx, "mail", jobs.Work{Payload: id})
		},
		Brand: func(context.Context) Brand {
			return Brand{"Tekenkast", "Tekenkast B.V., Voorbeeldkade 12, Amersfoort · 085 000 00 00", "https://loket.tekenkast.example/privacy/mine"}
		},
	}
	jobs.Handle(h.queue, "mail", h.Deliver)
	return h
}

func (h *desk) send(to To, l Letter) error {
	return h.d.Tx(h.t.Context(), func(tx *db.Tx) error {
		return h.Send(h.t.Context(), tx, to, func(context.Context) Letter { return l })
	})
}

func (h *desk) queued() []row {
	h.t.Helper()
	rows, err := db.All[row](h.t.Context(), h.d, `SELECT * FROM mail ORDER BY queued_at, id`)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func answered() Letter {
	return Letter{
		Kind: "tickets.answered", Subject: "[TK-2841] Sanne antwoordde op je ticket", About: "ticket:1", Thread: "ticket:1",
		Preheader: "Het omzetten van je twee DWG-bestanden is gelukt.",
		Top:       "Antwoord boven deze lijn; je bericht komt bij Sanne in je ticket.",
		Heading:   "Uitgifte blijft hangen op ‘voorbereiden’", Sub: "TK-2841 · beantwoord di 25 nov, 09:12, ruim vóór 14:30",
		Parts: []Part{
			Said("Sanne Dekker", "Sanne Dekker schreef:", "Goedemorgen Joost,\n\nOnze omzetter struikelde over **twee externe verwijzingen** in A-401 en A-402. Dat is vannacht gerepareerd. <script>alert(1)</script>\n\n![x](https://track.example/x.gif)"),
			Button("Bekijk je ticket", "https://loket.tekenkast.example/tickets/2841"),
			Links("Is het hiermee opgelost?", Link{"Ja, sluit het ticket", "https://loket.tekenkast.example/tickets/2841/ja"}, Link{"Nee, nog niet", "https://loket.tekenkast.example/tickets/2841/nee?een=heel&lang=adres-dat-niet-afgebroken-wordt"}),
			Facts("Wanneer", "di 25 nov, 14:30", "Waar", "online"),
			List("eerste punt", "tweede punt"),
			Para("Groet <b>& tot ziens</b>"),
			Fine("Sluit je het ticket, dan wissen we bijlagen na 30 dagen en de rest na 90 dagen."),
		},
		Why: "Je krijgt dit omdat je TK-2841 indiende.", Optional: "/u/ABC",
	}
}

func TestALetterIsDrawnTwice(t *testing.T) {
	h := newDesk(t, "file:"+t.TempDir())
	for _, lang := range i18n.Codes {
		drawn, err := h.Render(h.Speak(t.Context(), lang), answered())
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{"answered." + lang + ".html": drawn.HTML, "answered." + lang + ".txt": drawn.Text} {
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || got != string(want) {
				t.Errorf("%s is now\n%s\n(%v)", name, got, err)
			}
		}
		if len(drawn.HTML) > 10_000 {
			t.Errorf("%d bytes of HTML", len(drawn.HTML))
		}
		for _, bad := range []string{"<img", "<script", "url(", "track.example/x.gif\"/>"} {
			if strings.Contains(drawn.HTML, bad) {
				t.Errorf("HTML has %s", bad)
			}
		}
		for _, both := range []string{"Sanne Dekker", "/tickets/2841/ja", "na 30 dagen", "14:30", "tweede punt", "/u/ABC", "/privacy/mine", "Voorbeeldkade"} {
			if !strings.Contains(drawn.HTML, both) || !strings.Contains(drawn.Text, both) {
				t.Errorf("%q is not in both", both)
			}
		}
		for line := range strings.Lines(drawn.Text) {
			if utf8.RuneCountInString(line) > 77 && !strings.Contains(line, "://") {
				t.Errorf("a line of %d: %q", utf8.RuneCountInString(line), line)
			}
		}
	}
}

// parse reads a letter as a mail program does: headers decoded, and its bodies by type.
func parse(t *testing.T, raw []byte) (mail.Header, map[string]string) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	bodies := map[string]string{}
	var read func(kind, encoding string, body io.Reader)
	read = func(kind, encoding string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(media, "multipart/") {
			if strings.EqualFold(encoding, "quoted-printable") {
				body = quotedprintable.NewReader(body)
			}
			all, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			bodies[media+params["method"]] = string(all)
			return
		}
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
		}
	}
	read(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
	return msg.Header, bodies
}

func TestALetterInAFolder(t *testing.T) {
	folder := t.TempDir()
	h := newDesk(t, "file:"+folder)
	l := answered()
	l.Calendar = &Calendar{"REQUEST", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"}
	l.ReplyTo = "reply+abc@tekenkast.example"
	if err := h.send(To{Address: "joost@bouwbüro.example", Lang: "nl"}, l); err != nil {
		t.Fatal(err)
	}
	queued := h.queued()[0]
	for range 2 { // a worker may die between sending and noting it
		if err := h.queue.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), h.d, `UPDATE mail SET sent_at = NULL`); err != nil {
			t.Fatal(err)
		}
		if err := h.Deliver(t.Context(), queued.ID); err != nil {
			t.Fatal(err)
		}
	}
	found, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(found) != 1 || !strings.HasSuffix(found[0], ".eml") {
		t.Fatalf("files %v, %v", found, err)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	header, bodies := parse(t, raw)
	root := header.Get("References")
	for name, want := range map[string]string{
		"To": "<joost@xn--bouwbro-r2a.example>", "Reply-To": "<reply+abc@tekenkast.example>", "Message-Id": queued.MessageID, "In-Reply-To": root,
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "List-Unsubscribe": "<https://loket.tekenkast.example/u/ABC>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Date": "Tue, 25 Nov 2025 08:12:00 +0000", "Content-Language": "nl",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if from, err := header.AddressList("From"); err != nil || from[0].Name != "Tekenkast · loket" || from[0].Address != "loket@tekenkast.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if !messageID(root) || !strings.HasSuffix(queued.MessageID, "@loket.tekenkast.example>") || root == queued.MessageID {
		t.Errorf("thread %q of %q", root, queued.MessageID)
	}
	for kind, want := range map[string]string{"text/plain": "Sanne Dekker schreef:", "text/html": "<h1", "text/calendarREQUEST": "BEGIN:VCALENDAR", "application/ics": ""} {
		if body, ok := bodies[kind]; !ok || !strings.Contains(body, want) {
			t.Errorf("%s: %q", kind, body)
		}
	}
	h.now = h.now.Add(time.Hour)
	if err := h.send(To{Address: "joost@x.test"}, answered()); err != nil {
		t.Fatal(err)
	}
	if rows := h.queued(); rows[1].Thread != root || rows[1].Lang != "nl" {
		t.Errorf("the next letter: %+v", rows[1])
	}
}

func TestNobodyAddsAHeaderOrAReceiver(t *testing.T) {
	h := newDesk(t, "file:"+t.TempDir())
	for _, address := range []string{
		"victim@x.test\r\nBcc: evil@x.test", "victim@x.test,evil@x.test", "victim@x.test evil@x.test", "<victim@x.test>", "Jan <victim@x.test>", "a@b@c", "", "x", "@x.test", "x@",
		"x@-.test\x00", "\"a b\"@x.test", "=?utf-8?q?a=40x.test=2c?= b@x.test", strings.Repeat("a", 300) + "@x.test", "a@x.test;b@x.test", "team: a@x.test;",
	} {
		if err := h.send(To{Address: address}, answered()); !errors.Is(err, fault.BadInput) {
			t.Errorf("%.40q: %v", address, err)
		}
	}
	if n := len(h.queued()); n != 0 {
		t.Fatalf("%d letters queued", n)
	}
	l := answered()
	l.Subject = "Hallo\r\nBcc: evil@x.test\r\n\r\n<b>" + strings.Repeat("é", 300)
	l.Thread = "<x@y>\r\nBcc: evil@x.test"
	l.Optional = "https://x.test/\r\nBcc: evil@x.test"
	if err := h.send(To{Address: "jan@x.test", Name: "Jan\r\nBcc: evil@x.test"}, l); err != nil {
		t.Fatal(err)
	}
	msg, err := h.message(h.queued()[0])
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	header, bodies := parse(t, raw.Bytes())
	if header.Get("Bcc") != "" || header.Get("To") != "<jan@x.test>" || bodies["text/plain"] == "" || header.Get("List-Unsubscribe") != "" {
		t.Errorf("header %v", header)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject")); err != nil || !strings.HasPrefix(got, "Hallo Bcc: evil@x.test <b>éé") || utf8.RuneCountInString(got) != 200 {
		t.Errorf("subject %q, %v", got, err)
	}
	l.ReplyTo = "a@x.test, b@x.test"
	if err := h.send(To{Address: "jan@x.test"}, l); !errors.Is(err, fault.BadInput) {
		t.Errorf("two reply addresses: %v", err)
	}
}

func TestWhatIsTakenBackIsNotSent(t *testing.T) {
	folder := t.TempDir()
	h := newDesk(t, "file:"+folder)
	other := answered()
	other.About = "ticket:2"
	for address, l := range map[string]Letter{"jan@x.test": answered(), "piet@x.test": other, "kees@x.test": other} {
		if err := h.send(To{Address: address}, l); err != nil {
			t.Fatal(err)
		}
	}
	err := h.d.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(h.Cancel(t.Context(), tx, "ticket:1"), h.CancelTo(t.Context(), tx, "", "Piet@x.test"), h.CancelTo(t.Context(), tx, "", ""))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.queue.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range h.queued() {
		if sent := r.SentAt != nil; sent != (r.Address == "kees@x.test") {
			t.Errorf("%s: sent %v", r.Address, sent)
		}
	}
	if err := h.Deliver(t.Context(), "erased"); err != nil {
		t.Errorf("an erased letter: %v", err)
	}
}

// office is a mail server of which one can tell how it behaves.
type office struct {
	mu     sync.Mutex
	refuse *smtp.SMTPError // to the receiver
	hang   chan struct{}
	taken  [][]byte
	seal   *tls.Config // offers STARTTLS
	sealed bool        // the last connection was
}

func (o *office) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, o.sealed = c.TLSConnectionState()
	return o, nil
}
func (o *office) Reset()                               {}
func (o *office) Logout() error                        { return nil }
func (o *office) Mail(string, *smtp.MailOptions) error { return nil }
func (o *office) Rcpt(string, *smtp.RcptOptions) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		return o.refuse
	}
	return nil
}
func (o *office) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if o.hang != nil {
		<-o.hang
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken = append(o.taken, raw)
	return err
}

func (o *office) open(t *testing.T) string {
	t.Helper()
	s := smtp.NewServer(o)
	s.Domain, s.AllowInsecureAuth = "localhost", o.seal == nil
	s.TLSConfig = o.seal
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return "smtp://" + l.Addr().String()
}

func TestAMailServerTakesIt(t *testing.T) {
	o := &office{}
	h := newDesk(t, o.open(t))
	if err := h.send(To{Address: "jan@x.test", Lang: "en"}, answered()); err != nil {
		t.Fatal(err)
	}
	id := h.queued()[0].ID
	if err := errors.Join(h.Deliver(t.Context(), id), h.Deliver(t.Context(), id)); err != nil {
		t.Fatal(err)
	}
	if len(o.taken) != 1 {
		t.Fatalf("the server has %d", len(o.taken))
	}
	header, bodies := parse(t, o.taken[0])
	if header.Get("Message-Id") != h.queued()[0].MessageID || !strings.Contains(bodies["text/plain"], "My data: ") {
		t.Errorf("%v\n%s", header, bodies["text/plain"])
	}
}

// A server on this machine that seals with a certificate of its own making gets
// its letters sealed.
func TestAMailServerThatSeals(t *testing.T) {
	own := httptest.NewTLSServer(nil)
	defer own.Close()
	o := &office{seal: &tls.Config{Certificates: own.TLS.Certificates}}
	h := newDesk(t, o.open(t))
	if err := h.send(To{Address: "jan@x.test"}, answered()); err != nil {
		t.Fatal(err)
	}
	if err := h.Deliver(t.Context(), h.queued()[0].ID); err != nil || len(o.taken) != 1 || !o.sealed {
		t.Errorf("%v, %d taken, sealed %v", err, len(o.taken), o.sealed)
	}
}

func TestAMailServerInTrouble(t *testing.T) {
	o := &office{refuse: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "jan@x.test later"}}
	where := o.open(t)
	h := newDesk(t, where)
	if err := h.send(To{Address: "jan@x.test"}, answered()); err != nil {
		t.Fatal(err)
	}
	id := h.queued()[0].ID
	failed := func(what string, permanent bool) {
		t.Helper()
		err := h.Deliver(t.Context(), id)
		if err == nil || errors.Is(err, jobs.Permanent) != permanent || strings.Contains(err.Error(), "jan@") || h.queued()[0].SentAt != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	failed("busy", false)
	o.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "jan@x.test unknown"}
	failed("refused", true)
	o.refuse = nil
	impatient := func(where string) {
		post, err := openTransport(where, 300*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		h.Transport = post
	}
	impatient(where)
	o.hang = make(chan struct{})
	start := time.Now()
	failed("hanging", false)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("hung for %v", took)
	}
	close(o.hang)

	cut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := cut.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 hello\r\n")
			c.Read(make([]byte, 60))
			c.Close()
		}
	}()
	impatient("smtp://" + cut.Addr().String())
	failed("cut", false)
	cut.Close()
	failed("away", false)
}

func TestBadSettings(t *testing.T) {
	for _, where := range []string{"", "file:", "smtp://", "ftp://x", "smtp://user:geheim@x:port", "jan:geheim"} {
		if _, err := openTransport(where, time.Second); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", where, err)
		}
	}
	// Away from this machine nothing leaves unsealed.
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "10.0.0.1": false, "mail.test": false, "127.0.0.1.evil.test": false} {
		if loopback(host) != want {
			t.Errorf("%s", host)
		}
	}
}
