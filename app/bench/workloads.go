package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
)

// workload is one thing that visitors do, asked again and again. The n of ask
// counts the requests, from a number on that no earlier cell has used; it
// returns false when the site has nothing to ask about.
type workload struct {
	name, what string
	goal       goal
	ask        func(s *site, n int) (request, bool)
}

// workloads are those that the program may have a route for; the others are
// left out with a line that says so. The goals are the ratios that hold on any
// machine: those that were set in µs are divided by the 20.6 µs of the C22 they
// were measured beside.
var workloads = []workload{
	{"W1", "ideas, visitor", goal{times: 15}, func(s *site, n int) (request, bool) {
		return request{method: "GET", path: "/ideas/"}, true
	}},
	{"W2", "an idea, visitor", goal{times: 16}, func(s *site, n int) (request, bool) {
		path, ok := pick(s.made.ideaPaths, n)
		return request{method: "GET", path: "/ideas/" + path}, ok
	}},
	{"W3", "ideas unchanged since last time (304)", goal{1.5, "hello"}, func(s *site, n int) (request, bool) {
		etag := s.etag("/ideas/", n/100_000)
		return request{method: "GET", path: "/ideas/", etag: etag}, etag != ""
	}},
	{"W4", "a vote", goal{times: 10}, func(s *site, n int) (request, bool) {
		// A pair of idea and customer that no earlier vote had.
		idea, ok := pick(s.made.ideas, n/len(s.customers))
		return request{method: "POST", path: "/ideas/" + idea + "/vote", cookie: s.customers[n%len(s.customers)]}, ok
	}},
	{"W5", "a new idea", goal{times: 10}, func(s *site, n int) (request, bool) {
		form := url.Values{"title": {fmt.Sprintf("Idee nummer %d", n)}, "body": {ideaBody}}
		return request{method: "POST", path: "/ideas/new", cookie: s.customer(n), form: form.Encode()}, true
	}},
	{"W6", "the inbox, staff", goal{times: 22}, inbox},
	{"W7", "a ticket, staff", goal{times: 20}, oneTicket},
	{"W8", "my tickets, customer", goal{times: 22}, func(s *site, n int) (request, bool) {
		return request{method: "GET", path: "/tickets/", cookie: s.customer(n)}, true
	}},
	{"W9", "search, staff", goal{times: 146}, search},
	{"W9c", "search, customer", goal{times: 146}, func(s *site, n int) (request, bool) {
		r, ok := search(s, n)
		r.cookie = s.customer(17)
		return r, ok
	}},
	{"W10", "a new ticket", goal{times: 25}, newTicket},
	{"W11", "all together, 1 in 10 writes", goal{times: 30}, func(s *site, n int) (request, bool) {
		switch at := n % 20; {
		case at < 12:
			return inbox(s, n)
		case at < 16:
			return oneTicket(s, n)
		case at < 18:
			return search(s, n)
		default:
			return newTicket(s, n)
		}
	}},
	{"W13", "front page, visitor", goal{times: 15}, func(s *site, n int) (request, bool) {
		return request{method: "GET", path: "/"}, true
	}},
	{"W16", "signing in", goal{times: 1940}, func(s *site, n int) (request, bool) {
		return request{method: "POST", path: "/signin", form: credentials(customerEmail(n % customers))}, true
	}},
}

const ideaBody = "Het zou schelen als een set van tekeningen in één keer uit te geven was, zonder elke tekening apart te kiezen."

func inbox(s *site, n int) (request, bool) {
	return request{method: "GET", path: "/staff/tickets/", cookie: s.colleague(n)}, true
}

func oneTicket(s *site, n int) (request, bool) {
	ticket, ok := pick(s.made.tickets[:min(1000, len(s.made.tickets))], n)
	return request{method: "GET", path: "/staff/tickets/" + ticket, cookie: s.colleague(n)}, ok
}

func search(s *site, n int) (request, bool) {
	terms := []string{"excel", "sharepoint", "excel tekening", "stor", "kwantiteit"}
	return request{method: "GET", path: "/search?q=" + url.QueryEscape(terms[n%len(terms)]), cookie: s.colleague(n)}, true
}

func newTicket(s *site, n int) (request, bool) {
	form := url.Values{"subject": {fmt.Sprintf("Proefticket %d", n)}, "severity": {"hinders"}, "product": {product}, "body": {ideaBody}}
	return request{method: "POST", path: "/tickets/new", cookie: s.customer(n), form: form.Encode()}, true
}

func credentials(email string) string {
	return url.Values{"email": {email}, "password": {password}}.Encode()
}

// pick is one of all, the same for the same n, and false when there is none.
func pick(all []string, n int) (string, bool) {
	if len(all) == 0 {
		return "", false
	}
	return all[rand.New(rand.NewPCG(uint64(n), 7)).IntN(len(all))], true
}

func (s *site) customer(n int) string  { return s.customers[n%len(s.customers)] }
func (s *site) colleague(n int) string { return s.colleagues[n%len(s.colleagues)] }

// etag asks for a page once in a cell and remembers the name of what it got:
// the workloads in between have changed the page.
func (s *site) etag(path string, cell int) string {
	s.etags.Lock()
	defer s.etags.Unlock()
	if known, ok := s.etags.of[path]; ok && s.etags.cell == cell {
		return known
	}
	a, err := fetch(s.addr, request{method: http.MethodGet, path: path})
	if err != nil {
		return ""
	}
	s.etags.cell, s.etags.of[path] = cell, a.header.Get("ETag")
	return s.etags.of[path]
}
