package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/report"
)

// handler is everything that the daemon answers over HTTP.
func (d *Daemon) handler() http.Handler {
	reports := d.reports()
	replays := Replays{Tracker: d.tracker, Incidents: d.store, Zone: d.config.Timezone}
	return web.New(web.Options{
		Tracker: d.tracker, Incidents: d.store, Catalogue: d.config.Catalogue,
		Zone: d.config.Timezone, Lang: d.config.Language, Version: d.options.Version, Now: time.Now,
		Report: reports.Render, Replay: replays.Month, Ready: d.ready, Metrics: d.metrics(),
		Hosts: publicHosts(d.config.BaseURL), Loopback: true, Log: d.log,
	})
}

// publicHosts is the host under which a proxy passes the board on.
func publicHosts(baseURL string) []string {
	if u, err := url.Parse(baseURL); err == nil && u.Hostname() != "" {
		return []string{u.Hostname()}
	}
	return nil
}

// stalledAfter is how long the watch loop may be silent before kigen says
// that it is not ready: twice its longest sleep.
const stalledAfter = 2 * longestSleep

// ready says what keeps kigen from watching over deadlines.
func (d *Daemon) ready(ctx context.Context) error {
	if silent := time.Since(d.watch.lastStep()); silent > stalledAfter {
		return fmt.Errorf("the watch loop has not finished a step for %s: see the log", silent.Round(time.Second))
	}
	_, _, err := d.store.OldestUnsent(ctx)
	return err
}

// metrics are what an operator's Prometheus watches the watcher by.
func (d *Daemon) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "kigen_oldest_unsent_seconds",
			Help: "Age of the oldest alert that no destination has taken yet; 0 when there is none.",
		}, d.oldestUnsentSeconds),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "kigen_last_step_seconds",
			Help: "Time since the watch loop last finished a step.",
		}, func() float64 { return time.Since(d.watch.lastStep()).Seconds() }),
	)
	return registry
}

// unreadable is what a gauge shows when the database can't be asked. No
// threshold for an age is above it, so an alarm rings.
const unreadable = 1e9

func (d *Daemon) oldestUnsentSeconds() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	oldest, ok, err := d.store.OldestUnsent(ctx)
	switch {
	case err != nil:
		d.log.Error("oldest unsent alert can't be read", "error", err)
		return unreadable
	case !ok:
		return 0
	}
	return time.Since(oldest).Seconds()
}

// reports makes reports from the daemon's database.
func (d *Daemon) reports() *Reports {
	return &Reports{
		Incidents: d.store, Catalogue: d.config.Catalogue, Zone: d.config.Timezone,
		Lang: d.config.Language, BaseURL: d.config.BaseURL, Kigen: d.options.Version, Holidays: Holidays(), Now: time.Now,
	}
}

// Holidays are the official lists that this kigen holds.
func Holidays() []report.HolidayEdition {
	first, last := calendar.OfficialJapanYears()
	return []report.HolidayEdition{{Country: "JP", First: first, Last: last}}
}

// makeMonthly is the job that sends the monthly report.
func (d *Daemon) makeMonthly() (*Monthly, error) {
	schedule, err := ParseSchedule(d.config.Report.Schedule, d.config.Timezone)
	if err != nil {
		return nil, err
	}
	return &Monthly{
		Schedule: schedule, Zone: d.config.Timezone, To: d.config.Report.To, Store: d.store,
		Build: d.reports().Issue, Now: time.Now, Raised: d.wakeSenders, Log: d.log,
	}, nil
}
