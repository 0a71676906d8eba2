//go:build !linux

package daemon

// monotonicMicros has no use where there is no systemd.
func monotonicMicros() (int64, bool) { return 0, false }
