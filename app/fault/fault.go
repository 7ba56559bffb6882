// Package fault names the ways in which a request can go wrong that a visitor
// may know about. app/web turns each into a status and a page.
package fault

import "errors"

var (
	// NotFound: there is no such thing, or not for this visitor.
	NotFound = errors.New("not found")
	// Forbidden: the visitor is known and may not do this.
	Forbidden = errors.New("forbidden")
	// Conflict: what the visitor wants clashes with what is there now.
	Conflict = errors.New("conflict")
	// BadInput: the request cannot be read.
	BadInput = errors.New("bad input")
	// TooLarge: the request's body is larger than the page takes.
	TooLarge = errors.New("too large")
	// SignIn: the page is for people who have signed in.
	SignIn = errors.New("sign in first")
	// TooMany: too many attempts in too short a time.
	TooMany = errors.New("too many attempts")
	// Unavailable: it cannot be stored now (disk full, database busy); later it can.
	Unavailable = errors.New("unavailable")
	// Gone: the link has been used or is too old.
	Gone = errors.New("gone")
)
