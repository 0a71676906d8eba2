package notify

import (
	"context"
	"time"
)

// standBy fails the waiting alerts over when the destination is down, until ctx
// ends. It runs concurrently with step, so that a request without an answer does
// not delay it.
func (s *Sender) standBy(ctx context.Context) {
	if s.fallback == "" {
		return
	}
	for ctx.Err() == nil {
		idle := longestSleep
		if wait, failing := s.breaker.untilDown(time.Now(), fallbackPatience); failing {
			idle = min(wait, longestSleep)
			if wait == 0 {
				idle = longestSleep
				if err := s.failOver(ctx); err != nil && ctx.Err() == nil {
					s.log.Error("outbox failed", "error", err)
					idle = outboxPause
				}
			}
		}
		sleep(ctx, s.standby, idle)
	}
}

// failOver queues the waiting alerts at the fallback. They stay queued here too,
// because people follow the incident at this destination; it gets them as one
// digest later.
func (s *Sender) failOver(ctx context.Context) error {
	n, err := s.outbox.FailOver(ctx, s.name, s.fallback, s.wallNow())
	if n > 0 {
		s.log.Error("alerts failed over", "fallback", s.fallback, "count", n)
		if s.failedOver != nil {
			s.failedOver()
		}
	}
	return err
}
