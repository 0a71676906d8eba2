package daemon

import (
	"net/http"
	"net/url"
	"time"

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
		Report: reports.asked, Replay: replays.Month, Metrics: d.metrics, Health: d.health, Trial: d.try,
		Hosts: publicHosts(d.config.BaseURL), Loopback: d.loopback(), Log: d.log,
		Access: d.access, OIDC: d.issuer(), Origin: publicOrigin(d.config.BaseURL), Proxies: d.config.TrustedProxies,
	})
}

// publicHosts is the host under which a proxy passes the board on.
func publicHosts(baseURL string) []string {
	if u, err := url.Parse(baseURL); err == nil && u.Hostname() != "" {
		return []string{u.Hostname()}
	}
	return nil
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
	schedule, err := ParseSchedule("report.schedule", d.config.Report.Schedule, d.config.Timezone)
	if err != nil {
		return nil, err
	}
	return &Monthly{
		Schedule: schedule, Zone: d.config.Timezone, To: d.config.Report.To, Quiet: d.config.Quiet, Store: d.store,
		Build: d.reports().Issue, Now: time.Now, Raised: d.wakeSenders, Log: d.log,
	}, nil
}
