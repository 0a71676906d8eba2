package daemon

import "golang.org/x/sys/unix"

// monotonicMicros returns the clock by which systemd orders reloads, in
// microseconds.
func monotonicMicros() (int64, bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0, false
	}
	return t.Nano() / 1000, true
}
