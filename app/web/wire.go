package web

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
)

// A request with both Content-Length and Transfer-Encoding, or with two lengths, is
// how somebody makes a proxy and us disagree about where it ends (RFC 9112 §6.3,
// OWASP ASVS 5.0 4.2.1). Go drops the one too many before a handler can see it, so
// the head is looked at as it came over the wire.

// Listen has the requests that come by l looked at; see Wired. When it is closed,
// whoever was at the door already is still let in.
func Listen(l net.Listener) net.Listener { return &wires{Listener: l} }

// Wired prepares a server whose listener is one of Listen.
func Wired(s *http.Server) {
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if w, ok := c.(*wire); ok {
			return context.WithValue(ctx, wireKey{}, w)
		}
		return ctx
	}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if w, ok := c.(*wire); ok && state == http.StateIdle {
			w.forget()
		}
	}
}

type wires struct {
	net.Listener
	mu     sync.Mutex
	queued []net.Conn // when it was closed
}

// Accept implements net.Listener.
func (w *wires) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.queued) == 0 {
			return nil, err
		}
		c, w.queued = w.queued[0], w.queued[1:]
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		return &wire{TCPConn: tcp}, nil
	}
	return c, nil
}

// Close implements net.Listener. The system has accepted connections that we have
// not, and closing would reset them, with the request that each may hold.
func (w *wires) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l, ok := w.Listener.(syscall.Conn); ok {
		if raw, err := l.SyscallConn(); err == nil {
			_ = raw.Control(w.acceptAll) // an error means that it is closed already
		}
	}
	return w.Listener.Close()
}

func (w *wires) acceptAll(fd uintptr) {
	for {
		accepted, _, err := syscall.Accept(int(fd))
		if err != nil { // EAGAIN: nobody is left, and nobody more is let in
			_ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR)
			return
		}
		syscall.CloseOnExec(accepted)
		file := os.NewFile(uintptr(accepted), "")
		if c, err := net.FileConn(file); err == nil { // a copy
			w.queued = append(w.queued, c)
		}
		file.Close()
	}
}

type wireKey struct{}

// wire is a connection that remembers the head of the request that is read.
type wire struct {
	*net.TCPConn
	mu   sync.Mutex
	seen []byte
}

// How much is remembered: more than the largest head that the server takes; and
// how much of it is kept between two requests, of which the first bytes of the
// next may be read before the end of this one.
const (
	wireHead = 48 << 10
	wireTail = 64
)

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.TCPConn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen = append(w.seen, p[:n]...); len(w.seen) > wireHead {
		w.keepTail()
	}
	return n, err
}

func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keepTail()
}

func (w *wire) keepTail() {
	w.seen = bytes.Clone(w.seen[max(0, len(w.seen)-wireTail):])
}

// ambiguous reports whether a request that says it comes in chunks says a length
// too, or one that says a length says it twice, which Go lets pass when both are the
// same. A head in chunks that cannot be found again, behind another request that was
// sent ahead, counts as ambiguous.
func ambiguous(r *http.Request) bool {
	chunks := len(r.TransferEncoding) > 0
	w, ok := r.Context().Value(wireKey{}).(*wire)
	if !ok || !chunks && r.ContentLength <= 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	line := []byte(r.Method + " " + r.RequestURI + " " + r.Proto)
	found, rest := false, w.seen
	for {
		at := bytes.Index(rest, line)
		if at < 0 {
			return chunks && !found
		}
		found, rest = true, rest[at+len(line):]
		if n := lengths(rest); n > 1 || n > 0 && chunks {
			return true
		}
	}
}

// lengths counts the lines that say a length before the end of the head.
func lengths(head []byte) (n int) {
	for row := range bytes.Lines(head) {
		text := strings.TrimRight(string(row), "\r\n")
		name, _, is := strings.Cut(text, ":")
		switch {
		case is && strings.EqualFold(strings.TrimSpace(name), "Content-Length"):
			n++
		case text == "" && len(row) > 0 && &row[0] != &head[0]:
			return n
		}
	}
	return n
}
