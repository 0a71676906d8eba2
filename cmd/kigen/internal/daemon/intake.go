package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// sourceReader reads the sources of one configuration and hands what they bring to the
// inbox, by Service.Take. It runs on the leading replica alone: what it commits, it commits
// as the leader.
type sourceReader interface {
	// Run reads until ctx ends.
	Run(ctx context.Context) error
	// Hint has the page of a source read now; false: it reads no such page.
	Hint(ctx context.Context, source string, hook []byte) (bool, error)
}

// UpdateInbox is Update for what changes items, too.
func (g gated) UpdateInbox(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	return g.whilePresent(func() error { return g.DB.UpdateInbox(ctx, f) })
}

// UpdateInboxLeading is UpdateInbox of the leading replica.
func (g gated) UpdateInboxLeading(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	return g.whilePresent(func() error { return g.DB.UpdateInboxLeading(ctx, f) })
}

// whilePresent runs a transaction while the deployment is the present one.
func (g gated) whilePresent(f func() error) error {
	d := g.deployment
	d.swap.RLock()
	defer d.swap.RUnlock()
	if d.present.Load() != d {
		return fmt.Errorf("the configuration was replaced meanwhile: %w", tracker.ErrUnavailable)
	}
	return f()
}

// makeIntake makes the inbox.
func (d *deployment) makeIntake() *intake.Service {
	return &intake.Service{
		Store: gated{d.store, d}, Tracker: d.tracker, Config: d.config.Intake, Register: d.config.Register,
		Mails: mail.Reader{}, Zone: d.config.Timezone, Lang: d.config.Language, Now: wallNow, Count: d.meter.tookIn, Fetch: d.hint,
	}
}

// hint has a page read now. A replica that does not lead reads no pages, and leaves the hook
// to the next poll of the one that does: the sender would give up after too many refusals.
func (d *deployment) hint(ctx context.Context, source string, hook []byte) error {
	if !d.lease.Valid() {
		return nil
	}
	for _, r := range d.readers {
		taken, err := r.Hint(ctx, source, hook)
		switch {
		case errors.Is(err, feed.ErrNoDelivery):
			return tracker.Invalidf("body", "", "is no delivery of a status page: send to this source what its page sends to its subscribers")
		case err != nil: // the sender gives up after some failures, and this one is not its own
			d.log.Warn("a hook was left", "source", source, "error", err)
			return nil
		case taken:
			return nil
		}
	}
	return fmt.Errorf("the page of %s is not read here: %w", source, tracker.ErrUnavailable)
}

// watchedSources adds faults of sources: what comes in late, comes too late.
func (d *deployment) watchedSources(ctx context.Context, h *web.Health) {
	watched, err := d.intake.Watched(ctx)
	if err != nil {
		d.log.Error("health: the sources of the intake can't be read", "error", err)
		h.Fault(false, catalog.Both("database_unreadable"))
		return
	}
	for i := range watched {
		w := &watched[i]
		switch {
		case !w.FailingSince.IsZero():
			h.Fault(false, catalog.Both("source_fails", "Source", w.Name, "Length", lengthOf(h.At.Sub(w.FailingSince)), "Error", errorOf(w.Error)))
		case len(d.readers) > 0 && w.Silent(h.At, d.began):
			h.Fault(false, catalog.Both("source_silent", "Source", w.Name))
		}
	}
}

// successes collects when each source was last read, at each scrape.
type successes struct{ *intake.Service }

func (*successes) desc() *prometheus.Desc {
	return prometheus.NewDesc("kigen_intake_last_success_timestamp_seconds", "Unix time at which a source of the intake was last read; 0: never.", []string{"source"}, nil)
}

// Describe describes the collected metrics.
func (s *successes) Describe(descs chan<- *prometheus.Desc) { descs <- s.desc() }

// Collect reads what is remembered of the sources of the configuration that are read at
// intervals.
func (s *successes) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	watched, err := s.Watched(ctx)
	if err != nil {
		metrics <- prometheus.NewInvalidMetric(s.desc(), err)
		return
	}
	for i := range watched {
		if w := &watched[i]; w.Every > 0 {
			metrics <- prometheus.MustNewConstMetric(s.desc(), prometheus.GaugeValue, unixSeconds(w.LastSuccess), w.Name)
		}
	}
}
