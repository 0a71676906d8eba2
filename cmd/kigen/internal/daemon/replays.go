package daemon

import (
	"context"
	"fmt"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/tracker"
)

// attributed streams the incidents with a clock that belongs to [from, to).
type attributed interface {
	Attributed(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error
}

// Replays compares stored clocks with the clocks that the present promises would
// give. It writes nothing.
type Replays struct {
	Tracker   *tracker.Tracker
	Incidents attributed
	Zone      *time.Location // of months
}

// Month replays the incidents of a month such as 2026-10, as reports attribute
// them. A month that has no report is tracker.Invalid.
func (r *Replays) Month(ctx context.Context, month string) (*tracker.Comparison, error) {
	period, err := reporting.Month(month, r.Zone, r.Tracker.Now())
	if err != nil {
		return nil, err
	}
	compared, err := r.Tracker.ReplayAll(func(yield func(*sla.Incident) error) error {
		return r.Incidents.Attributed(ctx, period.From, period.To, yield)
	})
	if err != nil {
		return nil, fmt.Errorf("replay of %s: %w", month, err)
	}
	return compared, nil
}
