package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/notify"
	"kigen/sla"
	"kigen/sla/tracker"
)

// meter counts what the daemon does, for /metrics. It is safe for any number
// of goroutines.
type meter struct {
	steps        *prometheus.CounterVec
	stepSeconds  prometheus.Histogram
	raised       *prometheus.CounterVec
	attempts     *prometheus.CounterVec
	outcomes     *prometheus.CounterVec
	deliveryLags *prometheus.HistogramVec
}

func newMeter(r prometheus.Registerer) *meter {
	m := &meter{
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kigen_steps_total", Help: "Steps of the watch loop, by result: ok or failed.",
		}, []string{"result"}),
		stepSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kigen_step_duration_seconds", Help: "How long a step of the watch loop takes, from its first query to its last commit.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30},
		}),
		raised: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kigen_alerts_raised_total", Help: "Alerts that were committed to the outbox, by reason.",
		}, []string{"reason"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kigen_delivery_attempts_total", Help: "Requests begun, by destination and kind: post or update.",
		}, []string{"destination", "kind"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kigen_deliveries_total",
			Help: "Attempts by destination and outcome: sent, failed (to be tried again) or unknown (no answer).",
		}, []string{"destination", "outcome"}),
		deliveryLags: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kigen_delivery_lag_seconds", Help: "From the instant at which an alert was due to be told until it was sent.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 900, 3600},
		}, []string{"destination"}),
	}
	r.MustRegister(m.steps, m.stepSeconds, m.raised, m.attempts, m.outcomes, m.deliveryLags)
	for _, result := range []string{"ok", "failed"} {
		m.steps.WithLabelValues(result) // a counter that is not there can't be watched
	}
	for _, reason := range []sla.Reason{sla.ReasonWarning, sla.ReasonOverdue, sla.ReasonRepeat, sla.ReasonEscalation, sla.ReasonReport} {
		m.raised.WithLabelValues(string(reason))
	}
	return m
}

// stepped counts a step of the watch loop.
func (m *meter) stepped(took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.steps.WithLabelValues(result).Inc()
	m.stepSeconds.Observe(took.Seconds())
}

// meteredStore counts the alerts that a transaction raised, once it is committed.
type meteredStore struct {
	tracker.Store
	meter *meter
}

// Update runs f in one transaction.
func (s meteredStore) Update(ctx context.Context, f func(tracker.Tx) error) error {
	var raised []sla.Reason
	err := s.Store.Update(ctx, func(tx tracker.Tx) error {
		return f(meteredTx{tx, &raised})
	})
	if err == nil {
		for _, reason := range raised {
			s.meter.raised.WithLabelValues(string(reason)).Inc()
		}
	}
	return err
}

type meteredTx struct {
	tracker.Tx
	raised *[]sla.Reason
}

// Raise stores an alert. One for nobody only keeps a key and is not counted.
func (t meteredTx) Raise(ctx context.Context, a *sla.Alert) (bool, error) {
	raised, err := t.Tx.Raise(ctx, a)
	if raised && len(a.To) > 0 {
		*t.raised = append(*t.raised, a.Reason)
	}
	return raised, err
}

// line is what is known of the way to one destination since the daemon began.
type line struct {
	lastSent     time.Time // zero: nothing went out yet
	failingSince time.Time // zero: the last attempt went well, or there was none
	reason       string    // of the last failure; holds no secret
}

// meteredOutbox is an outbox that counts what its one sender does, and notes
// how the destination fares.
type meteredOutbox struct {
	notify.Outbox
	meter *meter
	name  string

	mu     sync.Mutex
	line   line
	posted sla.DeliveryID // the post that was claimed last
	dueAt  time.Time      // when it was due to be told
}

func newMeteredOutbox(o notify.Outbox, m *meter, name string) *meteredOutbox {
	return &meteredOutbox{Outbox: o, meter: m, name: name}
}

// NextDelivery claims the next delivery, with which an attempt begins.
func (o *meteredOutbox) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...sla.DeliveryKind) (*sla.Delivery, error) {
	d, err := o.Outbox.NextDelivery(ctx, destination, now, kinds...)
	if err != nil || d == nil {
		return d, err
	}
	o.meter.attempts.WithLabelValues(o.name, string(d.Kind)).Inc()
	if d.Kind == sla.Post {
		o.mu.Lock()
		o.posted, o.dueAt = d.ID, d.Alert.At
		o.mu.Unlock()
	}
	return d, nil
}

// Sent records a delivery that arrived.
func (o *meteredOutbox) Sent(ctx context.Context, id sla.DeliveryID, r sla.Receipt, at time.Time) error {
	if err := o.Outbox.Sent(ctx, id, r, at); err != nil {
		return err
	}
	o.mu.Lock()
	isPost, dueAt := o.posted == id, o.dueAt
	o.line = line{lastSent: at}
	o.mu.Unlock()
	o.meter.outcomes.WithLabelValues(o.name, "sent").Inc()
	if isPost {
		o.meter.deliveryLags.WithLabelValues(o.name).Observe(max(0, at.Sub(dueAt).Seconds()))
	}
	return nil
}

// Retry puts back a delivery that did not arrive.
func (o *meteredOutbox) Retry(ctx context.Context, id sla.DeliveryID, next time.Time, reason string) error {
	o.failed("failed", reason)
	return o.Outbox.Retry(ctx, id, next, reason)
}

// Doubt records an attempt of unknown outcome.
func (o *meteredOutbox) Doubt(ctx context.Context, id sla.DeliveryID, lookAt time.Time, reason string) error {
	o.failed("unknown", reason)
	return o.Outbox.Doubt(ctx, id, lookAt, reason)
}

// Interrupted puts in doubt what a crash left half sent.
func (o *meteredOutbox) Interrupted(ctx context.Context, destination string, lookAt time.Time) (int, error) {
	n, err := o.Outbox.Interrupted(ctx, destination, lookAt)
	if n > 0 {
		o.failed("unknown", "no answer")
	}
	return n, err
}

func (o *meteredOutbox) failed(outcome, reason string) {
	o.meter.outcomes.WithLabelValues(o.name, outcome).Inc()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.line.reason = reason
	if o.line.failingSince.IsZero() {
		o.line.failingSince = time.Now().Round(0)
	}
}

// state is how the destination fares.
func (o *meteredOutbox) state() line {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.line
}
