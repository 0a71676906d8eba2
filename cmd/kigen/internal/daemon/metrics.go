package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kigen/sla"
	"kigen/store"
)

// unreadable is the value of a gauge whose query failed. It is above any threshold
// for an age, so that an alarm rings.
const unreadable = 1e9

// measure registers the gauges that do not depend on the configuration.
func (d *Daemon) measure() {
	d.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.metrics.MustRegister(&tallies{tally: d.books.CountByState})
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "kigen_build_info", Help: "Always 1; the label is the version.",
		ConstLabels: prometheus.Labels{"version": d.options.Version},
	})
	info.Set(1)
	d.metrics.MustRegister(info)
	d.gauge("kigen_oldest_unsent_seconds", "Age of the oldest alert that is not sent yet; 0 when there is none.", d.oldestUnsentSeconds)
	d.gauge("kigen_last_step_seconds", "Time since the watch loop last finished a step.", func() float64 {
		return time.Since(d.watch.lastStep()).Seconds()
	})
	d.gauge("kigen_leader", "1 while this replica leads: it watches over deadlines and sends; else 0. Always 1 with a database in a file.", func() float64 {
		return oneIf(d.lease.Valid())
	})
	d.gauge("kigen_next_planned_timestamp_seconds", "Unix time of the next planned step; 0 when none is planned.", func() float64 {
		return unixSeconds(d.watch.nextPlanned())
	})
	d.gauge("kigen_disk_full", "1 since a transaction found the database's disk full, until there is room again; else 0.", func() float64 {
		return oneIf(d.store.Full())
	})
	d.gauge("kigen_disk_failing", "1 while the database's disk answers with errors though it has room, else 0.", func() float64 {
		return oneIf(d.store.Failing() != nil)
	})
	d.gauge("kigen_incidents_put_aside", "Incidents for which a step of the watch loop failed; each is retried separately. 1e9 when the database can't be read.", d.asideCount)
	d.gauge("kigen_config_last_reload_successful", "1 when the configuration was last read without a mistake, 0 when it was refused and the one before is in force.", func() float64 {
		return oneIf(!d.reloads.refused.Load())
	})
	d.gauge("kigen_config_last_reload_success_timestamp_seconds", "Unix time at which the configuration in force was read.", func() float64 {
		return unixSeconds(d.reloads.last())
	})
}

// measure registers the gauges of the deployment's own parts.
func (d *deployment) measure() {
	d.figures.MustRegister(&successes{d.intake})
	gauge(d.figures, "kigen_slack_apps_disconnected", "Slack apps whose connection is down: /kigen and buttons do not work there; alerts are still sent.", d.appsDown)
	gauge(d.figures, "kigen_audit_missing", "Passed deadlines without a delivered alert, by the newest audit; 1e9 when there is no recent audit.", d.auditMissing)
	gauge(d.figures, "kigen_audit_timestamp_seconds", "Unix time of the newest audit; 0 before the first.", func() float64 {
		if v := d.auditor.latest.Load(); v != nil {
			return unixSeconds(v.at)
		}
		return 0
	})
	if d.backups != nil {
		gauge(d.figures, "kigen_backup_timestamp_seconds", "Unix time of the newest scheduled backup; 0 when there is none.", func() float64 {
			return unixSeconds(d.backups.Last())
		})
		gauge(d.figures, "kigen_restore_drill_timestamp_seconds", "Unix time of the newest restore drill; 0 when there is none, or the newest one failed.", d.drillSeconds)
		gauge(d.figures, "kigen_backup_failing", "1 while the scheduled backup fails, else 0.", func() float64 { return oneIf(d.backups.Failing()) })
	}
	if d.beats != nil {
		gauge(d.figures, "kigen_heartbeat_timestamp_seconds", "Unix time at which a heartbeat last arrived; 0 before the first.", func() float64 {
			return unixSeconds(d.beats.Last())
		})
	}
}

func (d *Daemon) gauge(name, help string, value func() float64) {
	gauge(d.metrics, name, help, value)
}

func gauge(r prometheus.Registerer, name, help string, value func() float64) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
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

func (d *deployment) drillSeconds() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), healthBound)
	defer cancel()
	line, known, err := d.store.LastDrill(ctx)
	if err != nil || !known || line.Kind != store.DrillPassed {
		return 0
	}
	return unixSeconds(line.At)
}

func (d *deployment) auditMissing() float64 {
	now := wallNow()
	v := d.auditor.verdict(now)
	switch {
	case v == nil && now.Sub(d.began) < auditStale:
		return 0 // the first audit is still to come
	case v == nil || v.err != nil:
		return unreadable
	}
	return float64(len(v.findings))
}

// tallies collects the number of incidents by state at each scrape.
type tallies struct {
	tally func(context.Context) (map[sla.State]int, error)
}

func (*tallies) desc() *prometheus.Desc {
	return prometheus.NewDesc("kigen_incidents", "Incidents that have a clock in the state; state=\"overdue\" counts the ones overdue now.", []string{"state"}, nil)
}

// Describe describes the collected metrics.
func (t *tallies) Describe(descs chan<- *prometheus.Desc) { descs <- t.desc() }

// Collect reads the counters. States without incidents have the value 0.
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
