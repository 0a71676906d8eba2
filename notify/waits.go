package notify

import (
	"strconv"
	"time"
)

// waitDivisor divides the waits for an unclear outcome. Only the tests that kill the built
// binary set it, by the linker, to meet the same points in less time; it is empty
// in every other build.
var waitDivisor string

// divided is a wait of the length d in a build without waitDivisor.
func divided(d time.Duration) time.Duration {
	if n, err := strconv.Atoi(waitDivisor); err == nil && n > 0 {
		return d / time.Duration(n)
	}
	return d
}
