package signin

import (
	"net"
	"strings"
	"time"

	"loket/app/account"
)

// After how many failures in which time sign-in to an account slows down, how
// long it then takes at most, and after how long a rest all is forgotten.
const (
	freeFailures  = 10
	failureWindow = 15 * time.Minute
	longestDelay  = 15 * time.Minute
	failureRest   = 45 * time.Minute
)

// retryAt is the moment from which another try at an account is welcome, after
// the failures so far (the oldest first). Ten in a quarter of an hour are free;
// from the tenth on every one doubles the wait, from a second to a quarter of
// an hour. It never grows further, so nobody can lock somebody else out for good.
func retryAt(failures []time.Time) time.Time {
	var recent []time.Time
	var last time.Time
	level := 0
	for _, at := range failures {
		if !last.IsZero() && at.Sub(last) > failureRest {
			recent, level = nil, 0
		}
		last = at
		if level > 0 {
			level++
			continue
		}
		recent = append(recent, at)
		for at.Sub(recent[0]) > failureWindow {
			recent = recent[1:]
		}
		if len(recent) >= freeFailures {
			level = 1
		}
	}
	if level == 0 {
		return time.Time{}
	}
	return last.Add(min(longestDelay, time.Second<<min(level-1, 20)))
}

// quota is how much one network may try.
type quota struct {
	times  int
	within time.Duration
}

var networkQuotas = []quota{{10, time.Minute}, {60, time.Hour}}

// networkRetryAt is the moment from which another try from a network is
// welcome, after its tries so far (the oldest first).
func networkRetryAt(tries []time.Time, now time.Time) time.Time {
	var free time.Time
	for _, q := range networkQuotas {
		within := tries
		for len(within) > 0 && !within[0].After(now.Add(-q.within)) {
			within = within[1:]
		}
		if len(within) < q.times {
			continue
		}
		// Free again when so many have aged that one more fits.
		if at := within[len(within)-q.times].Add(q.within); at.After(free) {
			free = at
		}
	}
	return free
}

// ownDomain reports whether an address is of the domain of the desk's own, and
// that of the vendor. A domain at which the desk has its mailbox, but under which
// the site does not stand, is everybody's (gmail.com); of a site without a public
// name that cannot be told.
func ownDomain(address, desk, site string) bool {
	_, domain, _ := strings.Cut(account.Address(address), "@")
	_, own, _ := strings.Cut(account.Address(desk), "@")
	public := strings.Contains(site, ".") && net.ParseIP(site) == nil
	return domain != "" && domain == own && (!public || strings.HasSuffix("."+site, "."+own))
}

// mayUnlink reports whether a person can still get in when one of his linked
// providers goes.
func mayUnlink(password string, linked int) bool { return password != "" || linked > 1 }
