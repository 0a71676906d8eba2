package daemon

import (
	"context"
	"errors"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/tracker"
)

// wallFault adds a fault if the wall clock is wrong.
func (d *deployment) wallFault(ctx context.Context, h *web.Health) {
	var wrong *tracker.ClockError
	if errors.As(d.tracker.CheckClock(ctx), &wrong) {
		h.Unserving(wrong.Message().Both())
	}
}
