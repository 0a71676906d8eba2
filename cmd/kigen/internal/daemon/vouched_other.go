//go:build !linux

package daemon

import "time"

// vouched is false: the synchronization of the clock is unknown on this system.
func vouched(time.Time) bool { return false }
