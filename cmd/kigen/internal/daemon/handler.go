package daemon

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla/report"
)

// handler is everything that the daemon answers over HTTP.
func (d *Daemon) handler() http.Handler {
	reports := d.reports()
	replays := Replays{Tracker: d.tracker, Incidents: d.store, Zone: d.config.Timezone}
	return web.New(web.Options{
		Tracker: d.tracker, Incidents: d.store, Catalogue: d.config.Catalogue,
		Zone: d.config.Timezone, Lang: d.config.Language, Version: d.options.Version, Now: time.Now,
		Report: reports.asked, Send: d.monthly.Send, Library: reports, Replay: replays.Month, Metrics: d.metrics, Health: d.health, Trial: d.try,
		Base: publicPath(d.config.BaseURL), Live: d.live, PublicURL: d.config.BaseURL, Settings: settings(d.config),
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

// publicPath is the path below which a proxy passes the board on; empty: none.
func publicPath(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// reports makes reports from the daemon's database.
func (d *Daemon) reports() *Reports {
	return &Reports{
		Incidents: d.store, Catalogue: d.config.Catalogue, Zone: d.config.Timezone,
		Lang: d.config.Report.Language, Formats: d.config.Report.Formats, BaseURL: d.config.BaseURL, Kigen: d.options.Version, Holidays: Holidays(), Now: time.Now,
	}
}

// Holidays are the official lists that this kigen holds.
func Holidays() []report.HolidayEdition {
	first, last := calendar.OfficialJapanYears()
	return []report.HolidayEdition{{Country: "JP", First: first, Last: last}}
}

// reportOccasion is when the report is sent.
func reportOccasion(c *config.Config) (Occasion, error) {
	if c.Report.FirstBusinessDay != nil {
		return FirstBusinessDay{Calendar: c.Report.FirstBusinessDay, At: c.Report.At, Zone: c.Timezone}, nil
	}
	return ParseSchedule("report.schedule", c.Report.Schedule, c.Timezone)
}

// makeMonthly is the job that sends the monthly report.
func (d *Daemon) makeMonthly() (*Monthly, error) {
	occasion, err := reportOccasion(d.config)
	if err != nil {
		return nil, err
	}
	return &Monthly{
		Schedule: occasion, Zone: d.config.Timezone, To: d.config.Report.To, Quiet: d.config.Quiet, Store: d.store,
		Known: slices.Sorted(maps.Keys(d.config.Destinations)), Lang: d.config.Report.Language,
		Build: d.reports().Issue, Now: time.Now, Raised: d.wakeSenders, Log: d.log,
	}, nil
}
