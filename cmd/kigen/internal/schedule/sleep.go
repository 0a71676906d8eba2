package schedule

import (
	"context"
	"time"
)

// longestSleep bounds a sleep towards an instant: timers stop while the machine is
// suspended, and wall clocks are set.
const longestSleep = 15 * time.Second

// Pause sleeps for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Sleep sleeps until the next instant of the schedule or until ctx ends, and at most for
// 15 seconds: the job then looks at the clock again.
func (c Cron) Sleep(ctx context.Context, now func() time.Time) {
	wait := longestSleep
	from := now()
	if next := c.First(from.Add(1)); !next.IsZero() {
		wait = min(wait, next.Sub(from))
	}
	Pause(ctx, wait)
}
