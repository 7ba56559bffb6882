// Package spent tells what a test cost the processor, however busy the machine
// is with something else: a bound on work, which no clock on the wall can hold.
package spent

import (
	"syscall"
	"time"
)

// CPU is the user and system time that this process has used since it began.
func CPU() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
