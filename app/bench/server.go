package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a program that was started to be measured.
type server struct {
	addr    string
	process *exec.Cmd
	said    *bytes.Buffer
	beside  int // the postmaster, whose work counts too; 0 means none
}

// start runs the command and waits until GET path answers 200.
func start(ctx context.Context, now func() time.Time, addr, path string, cmd *exec.Cmd) (*server, error) {
	s := &server{addr: addr, process: cmd, said: new(bytes.Buffer)}
	cmd.Stdout, cmd.Stderr = s.said, s.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for from := now(); now().Sub(from) < time.Minute && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		if answer, err := fetch(addr, request{method: "GET", path: path}); err == nil && answer.status == http.StatusOK {
			return s, nil
		}
		if state, err := os.ReadFile(s.proc("stat")); err != nil || strings.Contains(string(state), ") Z ") {
			break
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s did not answer GET %s with 200; it said:\n%s", cmd.Path, path, s.said)
}

// stop ends the server the way its manager would, and by force after ten seconds.
func (s *server) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	force := time.AfterFunc(10*time.Second, func() { _ = s.process.Process.Kill() })
	_ = s.process.Wait()
	force.Stop()
}

func (s *server) proc(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.process.Process.Pid), name)
}

// cpu is the user and system time the server has used, its database included.
func (s *server) cpu() time.Duration {
	used := times(s.proc("stat"), 14, 15)
	if s.beside == 0 {
		return used
	}
	// What ended sessions used is in the postmaster's account of its children.
	used += times(filepath.Join("/proc", strconv.Itoa(s.beside), "stat"), 14, 15, 16, 17)
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		if fields := stat(path); len(fields) > 4 && fields[4] == strconv.Itoa(s.beside) {
			used += times(path, 14, 15)
		}
	}
	return used
}

// memory is the resident set in bytes, without the database server.
func (s *server) memory() int {
	text, _ := os.ReadFile(s.proc("status"))
	for _, line := range strings.Split(string(text), "\n") {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, _ := strconv.Atoi(strings.Fields(value)[0])
			return kb * 1024
		}
	}
	return 0
}

// stat returns the fields of a /proc/PID/stat, numbered from 1 as proc(5) does.
// The name of the program may hold spaces, so they are counted from behind it.
func stat(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	behind := strings.LastIndexByte(string(text), ')')
	return append([]string{"", "", ""}, strings.Fields(string(text)[behind+1:])...)
}

// times adds up fields of a /proc/PID/stat that count ticks of 1/100 s.
func times(path string, fields ...int) time.Duration {
	all := stat(path)
	var ticks int64
	for _, field := range fields {
		if field < len(all) {
			n, _ := strconv.ParseInt(all[field], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// freeAddr is an address of this machine that nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startControl starts this program once more as the bare handler.
func startControl(ctx context.Context, now func() time.Time) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	return start(ctx, now, addr, "/hello", exec.CommandContext(ctx, self, "control", addr))
}

// control serves what costs nothing to make. It uses net/http alone: a router
// adds nothing that can be measured.
func control(addr string) error {
	hello, page := []byte("hello"), bytes.Repeat([]byte("<td>loket</td>\n"), 1500)
	write := func(what []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Length", strconv.Itoa(len(what)))
			_, _ = w.Write(what) // a client that leaves is not counted
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", write(hello))
	mux.HandleFunc("GET /22k", write(page))
	return http.ListenAndServe(addr, mux)
}
