package daemon

import (
	"context"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// mostAsides bounds the incidents that the health page lists.
const mostAsides = 20

// putAside logs that a step failed for one incident.
func (d *Daemon) putAside(a tracker.Aside) {
	d.log.Error("incident put aside: a step failed for it", "incident", a.Incident, "tries", a.Tries,
		"next_try", a.NextAt.Format(time.RFC3339), "error", a.Error)
}

// asides adds the incidents that the watch loop has put aside. kigen stays ready,
// because all others are processed; the auditor covers their overdue clocks.
func (d *deployment) asides(ctx context.Context, h *web.Health) {
	all, err := d.store.Asides(ctx)
	if err != nil {
		d.log.Error("health: incidents put aside can't be read", "error", err)
		return // another check reports an unreadable database
	}
	for _, a := range all[:min(len(all), mostAsides)] {
		next := func(lang string) string {
			return phrase.Instant(lang, a.NextAt.In(d.config.Timezone), h.At.In(d.config.Timezone))
		}
		h.Aside = append(h.Aside, web.AsideHealth{Incident: a.Incident, Since: a.Since, NextTry: a.NextAt, Tries: a.Tries, Error: a.Error})
		h.Fault(false, catalog.Both("put_aside", "ID", a.Incident, "Next", next, "Error", errorOf(a.Error)))
	}
	if more := len(all) - mostAsides; more > 0 {
		h.Fault(false, catalog.Both("put_aside_more", "Count", more))
	}
}

// asideCount returns the value of the metric.
func (d *Daemon) asideCount() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	all, err := d.store.Asides(ctx)
	if err != nil {
		d.log.Error("incidents put aside can't be read", "error", err)
		return unreadable
	}
	return float64(len(all))
}
