package daemon

import (
	"sync"
	"time"
)

// clockAhead is by how much the wall clock is ahead of the machine's, such as 10m. Only
// the tests of replicas whose clocks differ set it, by the linker; it is empty in every
// other build.
var clockAhead string

var ahead = sync.OnceValue(func() time.Duration {
	d, err := time.ParseDuration(clockAhead)
	if err != nil {
		return 0
	}
	return d
})

// clock is the clock of everything that people see or that is stored.
func clock() time.Time { return time.Now().Add(ahead()) }

// wallNow returns the wall clock without its monotonic reading, to compare with
// stored times.
func wallNow() time.Time { return clock().Round(0) }
