package daemon

import (
	"syscall"
	"time"
)

const (
	timeError        = 5    // TIME_ERROR of adjtimex(2)
	statusUnsynced   = 0x40 // STA_UNSYNC
	vouchedTolerance = time.Minute
)

// vouched reports whether a time service synchronizes the kernel's clock, and now
// agrees with that clock.
func vouched(now time.Time) bool {
	var kernel syscall.Timex
	state, err := syscall.Adjtimex(&kernel) // with no mode set it only reads
	if err != nil || state == timeError || kernel.Status&statusUnsynced != 0 {
		return false
	}
	at := time.Unix(int64(kernel.Time.Sec), 0) //nolint:unconvert // its type differs by machine
	return now.Sub(at).Abs() < vouchedTolerance
}
