package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/notify"
	"kigen/sla/outbox"
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
	taken        *prometheus.CounterVec
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
			Help: "Attempts by destination and outcome: sent, failed (to be tried again), unknown (no answer) or refused (the message was put aside, or a recipient refuses it).",
		}, []string{"destination", "outcome"}),
		deliveryLags: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kigen_delivery_lag_seconds", Help: "From the instant at which an alert was due until it was sent.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 900, 3600},
		}, []string{"destination"}),
	}
	m.taken = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kigen_intake_items_total", Help: "What came in, by source and result: the state of a new item, changed, unchanged, the state that a person gave it, hint, or failed.",
	}, []string{"source", "result"})
	r.MustRegister(m.taken, m.steps, m.stepSeconds, m.raised, m.attempts, m.outcomes, m.deliveryLags)
	for _, result := range []string{"ok", "failed"} {
		m.steps.WithLabelValues(result) // created with 0, so that it can be watched from the start
	}
	for _, reason := range []outbox.Reason{outbox.ReasonLogged, outbox.ReasonWarning, outbox.ReasonOverdue, outbox.ReasonRepeat, outbox.ReasonEscalation, outbox.ReasonReport, outbox.ReasonTest, outbox.ReasonCandidate, outbox.ReasonSource} {
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

// tookIn counts what came in.
func (m *meter) tookIn(source, result string) { m.taken.WithLabelValues(source, result).Inc() }

// committed counts the alerts that a transaction raised.
func (m *meter) committed(alerts []outbox.Reason) {
	for _, reason := range alerts {
		m.raised.WithLabelValues(string(reason)).Inc()
	}
}

// line is the state of one destination since the daemon started.
type line struct {
	lastSent     time.Time // zero: nothing went out yet
	failingSince time.Time // zero: the last attempt went well, or there was none
	reason       string    // of the last failure; holds no secret
}

// meteredOutbox is the outbox of one sender. It counts deliveries and keeps the
// state of the destination.
type meteredOutbox struct {
	notify.Outbox
	meter *meter
	name  string

	mu     sync.Mutex
	line   line
	posted outbox.DeliveryID // the post that was claimed last
	dueAt  time.Time         // when its alert was due
}

func newMeteredOutbox(o notify.Outbox, m *meter, name string) *meteredOutbox {
	m.outcomes.WithLabelValues(name, "refused") // created with 0, so that it can be watched from the start
	return &meteredOutbox{Outbox: o, meter: m, name: name}
}

// NextDelivery claims the next delivery, with which an attempt begins.
func (o *meteredOutbox) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	d, err := o.Outbox.NextDelivery(ctx, destination, now, kinds...)
	if err != nil || d == nil {
		return d, err
	}
	o.meter.attempts.WithLabelValues(o.name, string(d.Kind)).Inc()
	if d.Kind == outbox.Post {
		o.mu.Lock()
		o.posted, o.dueAt = d.ID, d.Alert.At
		o.mu.Unlock()
	}
	return d, nil
}

// Sent records a delivery that arrived.
func (o *meteredOutbox) Sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error {
	if err := o.Outbox.Sent(ctx, id, r, at); err != nil {
		return err
	}
	o.arrived(id, at)
	return nil
}

func (o *meteredOutbox) arrived(id outbox.DeliveryID, at time.Time) {
	o.mu.Lock()
	isPost, dueAt := o.posted == id, o.dueAt
	o.line = line{lastSent: at}
	o.mu.Unlock()
	o.meter.outcomes.WithLabelValues(o.name, "sent").Inc()
	if isPost {
		o.meter.deliveryLags.WithLabelValues(o.name).Observe(max(0, at.Sub(dueAt).Seconds()))
	}
}

// Partly records a delivery that did not arrive for every recipient.
func (o *meteredOutbox) Partly(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time, left []outbox.Undelivered) error {
	if err := o.Outbox.Partly(ctx, id, r, at, left); err != nil {
		return err
	}
	for _, u := range left {
		outcome := "failed"
		if u.Refused {
			outcome = "refused"
		}
		o.meter.outcomes.WithLabelValues(o.name, outcome).Inc()
	}
	o.arrived(id, at)
	return nil
}

// Retry puts back a delivery that did not arrive.
func (o *meteredOutbox) Retry(ctx context.Context, a outbox.Attempt, next time.Time, reason string) error {
	o.failed("failed", reason)
	return o.Outbox.Retry(ctx, a, next, reason)
}

// MarkUnconfirmed records an attempt of unknown outcome.
func (o *meteredOutbox) MarkUnconfirmed(ctx context.Context, a outbox.Attempt, searchAt time.Time, reason string) error {
	o.failed("unknown", reason)
	return o.Outbox.MarkUnconfirmed(ctx, a, searchAt, reason)
}

// Refuse puts a message aside that the destination refuses. The state of the
// destination does not change.
func (o *meteredOutbox) Refuse(ctx context.Context, id outbox.DeliveryID, fallback string, now, next time.Time, reason string) (bool, error) {
	handed, err := o.Outbox.Refuse(ctx, id, fallback, now, next, reason)
	if err == nil {
		o.meter.outcomes.WithLabelValues(o.name, "refused").Inc()
	}
	return handed, err
}

// Interrupted makes the deliveries unconfirmed that a crash left in sending.
func (o *meteredOutbox) Interrupted(ctx context.Context, destination string, searchAt time.Time) (int, error) {
	n, err := o.Outbox.Interrupted(ctx, destination, searchAt)
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
		o.line.failingSince = wallNow()
	}
}

// state returns the state of the destination.
func (o *meteredOutbox) state() line {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.line
}
