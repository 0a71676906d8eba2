package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kigen/sla"
)

// unreadable is what a gauge shows when the database can't be asked. No
// threshold for an age is above it, so an alarm rings.
const unreadable = 1e9

// measure registers what an operator's Prometheus watches the watcher by,
// besides what the meter counts.
func (d *Daemon) measure() {
	d.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.metrics.MustRegister(&tallies{tally: d.books.Tally})
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "kigen_build_info", Help: "Always 1; the label tells the version.",
		ConstLabels: prometheus.Labels{"version": d.options.Version},
	})
	info.Set(1)
	d.metrics.MustRegister(info)
	d.gauge("kigen_oldest_unsent_seconds", "Age of the oldest alert that no destination has taken yet; 0 when there is none.", d.oldestUnsentSeconds)
	d.gauge("kigen_last_step_seconds", "Time since the watch loop last finished a step.", func() float64 {
		return time.Since(d.watch.lastStep()).Seconds()
	})
	d.gauge("kigen_next_planned_timestamp_seconds", "Unix time of the next planned step; 0 when none is planned.", func() float64 {
		return unixSeconds(d.watch.nextPlanned())
	})
	d.gauge("kigen_audit_missing", "Passed deadlines that nobody was told of, by the newest audit; 1e9 when there is no fresh one.", d.auditMissing)
	d.gauge("kigen_audit_timestamp_seconds", "Unix time of the newest audit; 0 before the first.", func() float64 {
		if v := d.auditor.latest.Load(); v != nil {
			return unixSeconds(v.at)
		}
		return 0
	})
}

func (d *Daemon) gauge(name, help string, value func() float64) {
	d.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func (d *Daemon) oldestUnsentSeconds() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	oldest, ok, err := d.store.OldestUnsent(ctx)
	switch {
	case err != nil:
		d.log.Error("oldest unsent alert can't be read", "error", err)
		return unreadable
	case !ok:
		return 0
	}
	return max(0, time.Since(oldest).Seconds())
}

func (d *Daemon) auditMissing() float64 {
	now := time.Now().Round(0)
	v := d.auditor.verdict(now)
	switch {
	case v == nil && now.Sub(d.begun) < auditStale:
		return 0 // the first audit is still to come
	case v == nil || v.err != nil:
		return unreadable
	}
	return float64(len(v.findings))
}

// tallies collects the incidents by state when it is asked.
type tallies struct {
	tally func(context.Context) (map[sla.State]int, error)
}

func (*tallies) desc() *prometheus.Desc {
	return prometheus.NewDesc("kigen_incidents", "Incidents that have a clock in the state; state=\"overdue\" is what is overdue now.", []string{"state"}, nil)
}

// Describe tells Prometheus what comes.
func (t *tallies) Describe(descs chan<- *prometheus.Desc) { descs <- t.desc() }

// Collect reads the counters. States without incidents are given as 0, so that
// they can be watched.
func (t *tallies) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	counts, err := t.tally(ctx)
	if err != nil {
		metrics <- prometheus.NewInvalidMetric(t.desc(), err)
		return
	}
	for _, state := range sla.States {
		metrics <- prometheus.MustNewConstMetric(t.desc(), prometheus.GaugeValue, float64(counts[state]), string(state))
	}
}
