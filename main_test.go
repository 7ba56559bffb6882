package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"loket/db"
)

// These tests run the program itself, as a process of its own: this test binary
// becomes it when asProgram is set.
const asProgram = "LOKET_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// machine is a folder to run the program in, and its settings.
type machine struct {
	t    *testing.T
	dir  string
	url  string
	more []string // settings
}

func newMachine(t *testing.T, more ...string) *machine {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return &machine{t: t, dir: t.TempDir(), url: "http://" + free.Addr().String(), more: more}
}

func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = m.dir
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "TZ=UTC",
		"LOKET_URL=" + m.url, "LOKET_LISTEN=" + strings.TrimPrefix(m.url, "http://")}, m.more...)
	return cmd
}

// run runs a command to its end and returns its exit status and what it wrote
// to standard output and standard error.
func (m *machine) run(input string, args ...string) (status int, out, complaint string) {
	m.t.Helper()
	cmd := m.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// serving is the program while it serves.
type serving struct {
	*machine
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan struct{}
}

func (m *machine) serve() *serving {
	m.t.Helper()
	s := &serving{machine: m, cmd: m.command("serve"), log: &bytes.Buffer{}, done: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, s.log
	if err := s.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() { defer close(s.done); s.cmd.Wait() }() //nolint:errcheck // its exit status is looked at
	m.t.Cleanup(func() { s.cmd.Process.Kill(); <-s.done })
	for {
		resp, err := http.Get(m.url + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s
			}
		}
		select {
		case <-s.done:
			m.t.Fatalf("did not start: %s", s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end sends a signal and returns the exit status.
func (s *serving) end(signal syscall.Signal) int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.t.Fatal("does not end")
	}
	return s.cmd.ProcessState.ExitCode()
}

// joost signs in, with an account made while the program serves.
func (s *serving) joost() *http.Client {
	s.t.Helper()
	if status, out, complaint := s.run("een fiets met drie wielen\n", "user", "add", "--email", "joost@bouw.example", "--name", "Joost", "--company", "Bouw"); status != 0 {
		s.t.Fatalf("%d %s %s", status, out, complaint)
	}
	return s.signIn()
}

func (s *serving) signIn() *http.Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 32}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(s.url+"/signin", url.Values{"email": {"joost@bouw.example"}, "password": {"een fiets met drie wielen"}})
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("sign-in: %d", resp.StatusCode)
	}
	return client
}

// file files a ticket with an attachment and returns its path, or an error when
// it was not acknowledged.
func (s *serving) file(client *http.Client, text string) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"subject": text, "body": "Over " + text, "severity": "question"} {
		form.WriteField(name, value) //nolint:errcheck // to memory
	}
	part, _ := form.CreateFormFile("attachments", "bijlage.txt")
	io.WriteString(part, strings.Repeat(text+"\n", 200)) //nolint:errcheck // to memory
	form.Close()
	resp, err := client.Post(s.url+"/tickets/new", form.FormDataContentType(), &body)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	return resp.Header.Get("Location"), nil
}

func get(client *http.Client, address string) (int, string, error) {
	resp, err := client.Get(address)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// until waits for something that the program is busy with.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for range 60_000 {
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("waited a minute")
}

var attachment = regexp.MustCompile(`href="(/[^"]*files?/[^"]+)"`)

// TestKilled kills the program while sixteen write: what was acknowledged is
// there afterwards, with its file and its mail.
func TestKilled(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := m.serve()
	client := s.joost()
	acknowledged := map[string]string{}
	for round := range 3 {
		var mu sync.Mutex
		var writers sync.WaitGroup
		var some atomic.Int32
		for w := range 16 {
			writers.Go(func() {
				for i := 0; ; i++ {
					text := fmt.Sprintf("Vraag %d-%d-%d", round, w, i)
					path, err := s.file(client, text)
					if err != nil {
						return
					}
					mu.Lock()
					acknowledged[path] = text
					mu.Unlock()
					some.Add(1)
				}
			})
		}
		until(t, func() bool { return some.Load() >= 40 })
		s.end(syscall.SIGKILL)
		writers.Wait()
		s = m.serve()
	}
	for path, text := range acknowledged {
		status, page, err := get(client, s.url+path)
		if err != nil || status != 200 || !strings.Contains(page, text) {
			t.Fatalf("%s %s: %d %v", path, text, status, err)
		}
		link := attachment.FindStringSubmatch(page)
		if link == nil {
			t.Fatalf("%s has no attachment", text)
		}
		if status, file, err := get(client, s.url+link[1]); status != 200 || err != nil || !strings.HasPrefix(file, text+"\n"+text) {
			t.Fatalf("attachment of %s: %d %v", text, status, err)
		}
	}
	if status := s.end(syscall.SIGTERM); status != 0 {
		t.Errorf("exit status %d: %s", status, s.log)
	}
	d, err := db.Open("sqlite:" + filepath.Join(m.dir, "data/loket.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := context.Background()
	if err := d.Check(ctx); err != nil {
		t.Error(err)
	}
	count := func(query string) int {
		n, err := db.Get[int](ctx, d, query)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	tickets := count(`SELECT count(*) FROM ticket`)
	if mails := count(`SELECT count(*) FROM mail WHERE kind LIKE 'tickets.%'`); tickets < len(acknowledged) || mails != tickets {
		t.Errorf("%d acknowledged, %d tickets, %d mails", len(acknowledged), tickets, mails)
	}
	kept, err := os.ReadDir(filepath.Join(m.dir, "data/files"))
	if files := count(`SELECT count(*) FROM file WHERE owner NOT LIKE 'draft:%'`); err != nil || files != tickets || len(kept) != count(`SELECT count(*) FROM file`) {
		t.Errorf("%d rows of files that count, %d files, %v", files, len(kept), err)
	}
}

// TestStopped asks the program to stop while people are busy: all that was
// begun is answered.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := newMachine(t).serve()
	client := s.joost()
	var stopped atomic.Bool
	var answered atomic.Int32
	var people sync.WaitGroup
	for range 12 {
		people.Go(func() {
			for {
				late := stopped.Load()
				path, err := s.file(client, "Nog een vraag")
				if err != nil && late {
					return // the door was being closed when he came
				}
				if err != nil || path == "" {
					t.Errorf("%q %v", path, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	// Somebody on a slow line is half-way.
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	form := "email=nobody%40bouw.example&password=een+heel+ander+woord"
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", strings.TrimPrefix(s.url, "http://"), len(form), form[:10])
	until(t, func() bool { return answered.Load() >= 30 })
	stopped.Store(true)
	go func() { time.Sleep(time.Second); io.WriteString(conn, form[10:]) }()
	began := time.Now()
	if status := s.end(syscall.SIGTERM); status != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("exit status %d after %v: %s", status, time.Since(began), s.log)
	}
	people.Wait()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the slow one got %v %v", resp, err)
	}
}

// TestSomebodyNeverFinishes: whoever never finishes does not keep the program
// from stopping in time.
func TestSomebodyNeverFinishes(t *testing.T) {
	t.Parallel()
	s := newMachine(t).serve()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /signin HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=", strings.TrimPrefix(s.url, "http://"))
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	if status := s.end(syscall.SIGTERM); status != 0 || time.Since(began) > 10500*time.Millisecond {
		t.Errorf("exit status %d after %v: %s", status, time.Since(began), s.log)
	}
}

// TestOnTheWire sends what no browser sends.
func TestOnTheWire(t *testing.T) {
	t.Parallel()
	s := newMachine(t).serve()
	host := strings.TrimPrefix(s.url, "http://")
	small := "POST /signin HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for _, c := range []struct {
		name, request string
		status        int
		closed        bool
	}{
		{"length and chunks", small + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, true},
		{"chunks and length", small + "Transfer-Encoding: chunked\r\ncontent-length : 6\r\n\r\n0\r\n\r\n", 400, true},
		{"behind another", "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + small + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, true},
		{"with a false head in its body", small + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\nPOST /signin HTTP/1.1\r\n\r\nab\r\n0\r\n\r\n", 400, true},
		{"chunks only", small + "Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n", 422, false},
		{"the same length twice", small + "Content-Length: 6\r\nContent-Length: 6\r\n\r\nabcdef", 400, true},
		{"two lengths", small + "Content-Length: 6\r\nContent-Length: 5\r\n\r\nabcdef", 400, true},
		{"other coding", small + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501, true},
		{"space before the colon", "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-A : b\r\n\r\n", 400, true},
		{"two hosts", "GET / HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.test\r\n\r\n", 400, true},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400, true},
		{"NUL", "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-A: \x00\r\n\r\n", 400, true},
		{"another host", "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421, false},
		{"a large head", "GET / HTTP/1.1\r\nHost: " + host + "\r\nX-A: " + strings.Repeat("a", 60_000) + "\r\n\r\n", 431, true},
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second)) //nolint:errcheck // a socket
		io.WriteString(conn, c.request)                    //nolint:errcheck // it may be closed half-way
		in := bufio.NewReader(conn)
		status, closing := 0, false
		for range strings.Count(c.request, "/healthz") + 1 {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				break
			}
			io.Copy(io.Discard, resp.Body) //nolint:errcheck // whether it closes is seen below
			status, closing = resp.StatusCode, resp.Close
		}
		if closing {
			_, err = in.ReadByte()
			closing = err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
		}
		conn.Close()
		if status != c.status || closing != c.closed {
			t.Errorf("%s: status %d, closed %v", c.name, status, closing)
		}
	}
	// Chunks are welcome on a connection that has been used before.
	for range 20 {
		resp, err := http.DefaultClient.Post(s.url+"/signin", "application/x-www-form-urlencoded", struct{ io.Reader }{strings.NewReader("email=x&password=y")})
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body) //nolint:errcheck // only the status counts
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("in chunks: %d", resp.StatusCode)
		}
	}
}

// TestBesideARunningSite: a second program refuses, short commands work, nobody
// else can read the files, and damage is found at the start.
func TestBesideARunningSite(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := m.serve()
	if status, _, complaint := m.run("", "serve"); status != 1 || !strings.Contains(complaint, "another loket is using this database") {
		t.Errorf("second: %d %s", status, complaint)
	}
	for _, args := range [][]string{{"version"}, {"user", "add", "--email", "a@b.example", "--name", "A", "--role", "admin"}, {"backup", "site.zip"}, {"privacy", "register"}} {
		if status, _, complaint := m.run("", args...); status != 0 {
			t.Errorf("%v: %d %s", args, status, complaint)
		}
	}
	err := filepath.WalkDir(m.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == m.dir {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if status := s.end(syscall.SIGTERM); status != 0 {
		t.Errorf("exit status %d: %s", status, s.log)
	}
	path := filepath.Join(m.dir, "data/loket.db")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := file.Stat()
	for at := int64(40_960); at < info.Size()-4096; at += 16_384 {
		file.WriteAt(bytes.Repeat([]byte{0xa5}, 3000), at) //nolint:errcheck // damage
	}
	file.Close()
	if status, _, complaint := m.run("", "serve"); status != 1 || !strings.Contains(complaint, "LOKET_DB") || strings.Contains(complaint, "goroutine") {
		t.Errorf("damaged: %d %s", status, complaint)
	}
}

// TestUserAdd: one sentence and an exit status for whatever is asked.
func TestUserAdd(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	const good = "een fiets met drie wielen\n"
	for _, c := range []struct {
		input  string
		status int
		says   string
		args   []string
	}{
		{good, 0, "jan@klant.example has an account.", []string{"--email", " Jan@Klant.example", "--name", "Jan"}},
		{good, 1, "jan@klant.example has an account already", []string{"--email", "JAN@klant.example", "--name", "Jan"}},
		{"", 0, "gets a mail to choose a password", []string{"--email", "piet@klant.example", "--name", "Piet", "--company", "Klant", "--manager"}},
		{good, 0, "has an account.", []string{"--email", "sofie@desk.example", "--name", "Sofie", "--role", "staff", "--permissions", "tickets, ideas,tickets"}},
		{good, 0, "has an account.", []string{"--email", "ada@desk.example", "--name", "Ada", "--role=admin"}},
		{"kort\n", 1, "the password is short", []string{"--email", "a@klant.example", "--name", "A"}},
		{"wachtwoord12\n", 1, "the password is common", []string{"--email", "a@klant.example", "--name", "A"}},
		{good, 2, "--email and --name are needed", []string{"--email", "a@klant.example"}},
		{good, 2, "--email and --name are needed", []string{"--email", "a@klant.example", "--name", " \t "}},
		{good, 2, "is no address", []string{"--email", "geen adres", "--name", "A"}},
		{good, 2, "is no address", []string{"--email", "a@klant.example,b@klant.example", "--name", "A"}},
		{good, 2, "--role", []string{"--email", "a@klant.example", "--name", "A", "--role", "keizer"}},
		{good, 2, "--permissions", []string{"--email", "a@klant.example", "--name", "A", "--role", "staff", "--permissions", "tickets,alles"}},
		{good, 2, "--permissions", []string{"--email", "a@klant.example", "--name", "A", "--permissions", "tickets"}},
		{good, 2, "--manager needs --company", []string{"--email", "a@klant.example", "--name", "A", "--manager"}},
		{good, 2, "too much", []string{"--email", "a@klant.example", "--name", "A", "meer"}},
		{good, 2, "-colour", []string{"--email", "a@klant.example", "--name", "A", "--colour", "red"}},
	} {
		status, out, complaint := m.run(c.input, append([]string{"user", "add"}, c.args...)...)
		said := strings.TrimSpace(out + complaint)
		if status != c.status || !strings.Contains(said, c.says) || strings.Contains(said, "\n") || (status == 0) != (complaint == "") {
			t.Errorf("%q: %d %q %q", c.args, status, out, complaint)
		}
	}
	d, err := db.OpenBeside("sqlite:" + filepath.Join(m.dir, "data/loket.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if may, err := db.Get[string](t.Context(), d, `SELECT permissions FROM account WHERE email = 'sofie@desk.example'`); err != nil || may != "ideas,tickets" {
		t.Errorf("she may %q, %v", may, err)
	}
	if n, err := db.Get[int](t.Context(), d, `SELECT count(*) FROM account`); err != nil || n != 4 {
		t.Errorf("%d accounts, %v", n, err)
	}
}

// TestCopy moves a site to another file and goes on there with the next number;
// it makes no site of a name that was mistyped, and fills none that is in use.
func TestCopy(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := m.serve()
	client := s.joost()
	if _, err := s.file(client, "De eerste vraag"); err != nil {
		t.Fatal(err)
	}
	if status := s.end(syscall.SIGTERM); status != 0 {
		t.Fatalf("exit status %d: %s", status, s.log)
	}
	const old, moved = "sqlite:data/loket.db", "sqlite:data/moved.db"
	if status, _, complaint := m.run("", "copy", "--from", "sqlite:data/loket.bd", "--to", moved); status != 1 || !strings.Contains(complaint, "there is no database at data/loket.bd") {
		t.Errorf("mistyped: %d %s", status, complaint)
	}
	if status, out, complaint := m.run("", "copy", "--from", old, "--to", moved); status != 0 {
		t.Fatalf("%d %s %s", status, out, complaint)
	}
	if status, _, complaint := m.run("", "copy", "--from", old, "--to", moved); status != 1 || !strings.Contains(complaint, "already") {
		t.Errorf("over a site: %d %s", status, complaint)
	}
	m.more = append(m.more, "LOKET_DB="+moved)
	s = m.serve()
	path, err := s.file(s.signIn(), "De tweede vraag")
	if err != nil {
		t.Fatal(err)
	}
	if status, page, err := get(client, s.url+path); status != 200 || err != nil || !strings.Contains(page, "TK-1002") {
		t.Errorf("the number goes on: %d %v %.3000s", status, err, page)
	}
}

// TestWrongUse: what the program cannot do it says in one sentence, with an exit
// status of its own.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, args := range [][]string{{}, {"nonsense"}, {"serve", "now"}, {"serve", "--nonsense"}, {"user"}, {"user", "add"}, {"copy"}, {"backup"}, {"restore"}, {"privacy"}, {"privacy", "run", "--at", "tomorrow"}} {
		if status, _, complaint := m.run("", args...); status != 2 || complaint == "" || strings.Contains(complaint, "goroutine") {
			t.Errorf("%v: %d %s", args, status, complaint)
		}
	}
	for setting, value := range map[string]string{
		"LOKET_LISTEN": "nonsense", "LOKET_URL": "ftp://x", "LOKET_DB": "mysql://user:geheim@x", "LOKET_FILES": "ftp://user:geheim@x", "LOKET_MAIL": "pop://user:geheim@x",
		"LOKET_MAIL_FROM": "nobody", "LOKET_SECRET": "short", "LOKET_ZONE": "Mars/Olympus", "LOKET_METRICS_LISTEN": "zz", "LOKET_TRUSTED_PROXIES": "everyone", "LOKET_OIDC_ISSUER": "nonsense", "LOKET_GOOGLE_KEY": "half",
	} {
		bad := newMachine(t, setting+"="+value)
		status, _, complaint := bad.run("", "serve")
		if status != 1 || !strings.Contains(complaint, setting) || strings.Contains(complaint, "geheim") || strings.Count(strings.TrimSpace(complaint), "\n") > 0 {
			t.Errorf("%s: %d %s", setting, status, complaint)
		}
	}
	for _, where := range []string{"sqlite:", "sqlite:/proc/nowhere/x.db", "postgres://127.0.0.1:1/nothing", "postgres://jan:geheim@%zz"} {
		bad := newMachine(t, "LOKET_DB="+where)
		if status, _, complaint := bad.run("", "serve"); status != 1 || !strings.Contains(complaint, "LOKET_") || strings.Contains(complaint, "geheim") || strings.Count(strings.TrimSpace(complaint), "\n") > 0 {
			t.Errorf("%s: %d %s", where, status, complaint)
		}
	}
}
