package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is one thing to ask; cookie is that of whoever asks, "" for a visitor.
type request struct {
	method, path, cookie, etag string
	form                       string // URL-encoded
}

type answer struct {
	status int
	bytes  int
	header http.Header
}

// target is what a cell measures.
type target struct {
	name, what string
	goal       goal
	server     *server
	ask        func(n int) (request, bool)
}

// cell is what one target did with one number of clients.
type cell struct {
	perSecond, p50, p99, cpu, bytes float64 // p50 and p99 in ms, cpu in µs per request
	bad                             int     // answers other than 2xx, 303 and 304
	memory                          int     // of the server, in bytes
}

// key names a cell: the number of the target and of clients.
type key struct{ target, clients int }

func always(path string) func(int) (request, bool) {
	return func(int) (request, bool) { return request{method: "GET", path: path}, true }
}

// measure runs all targets in turn, round after round, so that a busy moment of
// the machine hits all of them, and returns the median of each cell.
func measure(ctx context.Context, o options, targets []target) (map[key]cell, error) {
	seen := map[key][]cell{}
	for i, t := range targets { // warm, every target once
		if _, err := load(ctx, o.now, t, 4, min(o.cell, time.Second), 0); err != nil {
			return nil, fmt.Errorf("%s: %w", targets[i].name, err)
		}
	}
	for round := range o.rounds {
		for _, clients := range o.clients {
			for i, t := range targets {
				c, err := load(ctx, o.now, t, clients, o.cell, (round+1)*10_000_000+clients*100_000)
				if err != nil {
					return nil, fmt.Errorf("%s with %d clients: %w", t.name, clients, err)
				}
				seen[key{i, clients}] = append(seen[key{i, clients}], c)
			}
		}
	}
	result := map[key]cell{}
	for k, rounds := range seen {
		result[k] = median(rounds)
	}
	return result, nil
}

// median takes each figure's own median; of what went wrong it takes all.
func median(rounds []cell) cell {
	mid := func(figure func(cell) float64) float64 {
		var all []float64
		for _, c := range rounds {
			all = append(all, figure(c))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	m := cell{
		perSecond: mid(func(c cell) float64 { return c.perSecond }),
		p50:       mid(func(c cell) float64 { return c.p50 }),
		p99:       mid(func(c cell) float64 { return c.p99 }),
		cpu:       mid(func(c cell) float64 { return c.cpu }),
		bytes:     mid(func(c cell) float64 { return c.bytes }),
		memory:    int(mid(func(c cell) float64 { return float64(c.memory) })),
	}
	for _, c := range rounds {
		m.bad += c.bad
	}
	return m
}

// load has clients ask one thing after another for a while. Requests are
// numbered from first on, so that no two ever ask for the same new thing.
func load(ctx context.Context, now func() time.Time, t target, clients int, d time.Duration, first int) (cell, error) {
	var next atomic.Int64
	next.Store(int64(first))
	var wait sync.WaitGroup
	waits := make([][]time.Duration, clients)
	bad, size, errs := make([]int, clients), make([]int, clients), make([]error, clients)
	cpu, begin := t.server.cpu(), now()
	for i := range clients {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var conn connection
			defer conn.close()
			for ctx.Err() == nil && now().Sub(begin) < d {
				r, _ := t.ask(int(next.Add(1)))
				sent := now()
				a, err := conn.do(t.server.addr, r)
				if err != nil {
					errs[i] = err
					return
				}
				waits[i] = append(waits[i], now().Sub(sent))
				size[i] += a.bytes
				if a.status >= 300 && a.status != http.StatusSeeOther && a.status != http.StatusNotModified {
					bad[i]++
				}
			}
		}()
	}
	wait.Wait()
	took, used := now().Sub(begin), t.server.cpu()-cpu
	var all []time.Duration
	var c cell
	var bytes int
	for i := range clients {
		if errs[i] != nil {
			return c, errs[i]
		}
		all = append(all, waits[i]...)
		c.bad += bad[i]
		bytes += size[i]
	}
	if len(all) == 0 {
		return c, context.Cause(ctx)
	}
	slices.Sort(all)
	n := float64(len(all))
	c.perSecond = n / took.Seconds()
	c.p50 = all[len(all)/2].Seconds() * 1e3
	c.p99 = all[len(all)*99/100].Seconds() * 1e3
	c.cpu = used.Seconds() * 1e6 / n
	c.bytes = float64(bytes) / n
	c.memory = t.server.memory()
	return c, nil
}

// connection is one that is kept alive between requests.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *connection) do(addr string, r request) (answer, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
		if err != nil {
			return answer{}, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 32<<10)
	}
	if _, err := c.conn.Write(r.wire(addr)); err != nil {
		c.close()
		return answer{}, err
	}
	response, err := http.ReadResponse(c.in, &http.Request{Method: r.method})
	if err != nil {
		c.close()
		return answer{}, err
	}
	size, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.Close {
		c.close()
	}
	return answer{response.StatusCode, int(size), response.Header}, err
}

// wire is the request as a browser of the same site would send it.
func (r request) wire(addr string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\nAccept-Language: nl\r\nSec-Fetch-Site: same-origin\r\n", r.method, r.path, addr)
	if r.cookie != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", r.cookie)
	}
	if r.etag != "" {
		fmt.Fprintf(&b, "If-None-Match: %s\r\n", r.etag)
	}
	if r.method == http.MethodPost {
		fmt.Fprintf(&b, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(r.form))
	}
	b.WriteString("\r\n")
	b.WriteString(r.form)
	return b.Bytes()
}

// fetch asks one thing on a connection of its own.
func fetch(addr string, r request) (answer, error) {
	var c connection
	defer c.close()
	return c.do(addr, r)
}

// cookies turns the Set-Cookie lines of an answer into a Cookie line.
func (a answer) cookies() string {
	var pairs []string
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if cookie.Value != "" {
			pairs = append(pairs, cookie.Name+"="+cookie.Value)
		}
	}
	return strings.Join(pairs, "; ")
}
