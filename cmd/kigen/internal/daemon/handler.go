package daemon

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/config"
)

// makeHandler makes the handler of all HTTP requests.
func (d *deployment) makeHandler() http.Handler {
	replays := Replays{Tracker: d.tracker, Incidents: d.store, Zone: d.config.Timezone}
	return web.New(web.Options{
		Tracker: d.tracker, Incidents: d.store, Catalogue: d.config.Catalogue,
		Zone: d.config.Timezone, Lang: d.config.Language, Version: d.options.Version, Now: clock,
		Register: d.registry(), Intake: d.intake, Chasing: d.chasing,
		Reports: reportService{d.reports(), d.monthly}, Metrics: prometheus.Gatherers{d.metrics, d.figures},
		Operations: web.Operations{Replay: replays.Month, Health: d.health, Trial: d.try, Refused: d.refusedOf, Reload: d.reload()},
		Access:     d.access, OIDC: d.issuer, Live: d.live, Settings: settings(d.config), Log: d.log,
		Reach: web.Reach{
			Base: publicPath(d.config.BaseURL), PublicURL: d.config.BaseURL, Origin: publicOrigin(d.config.BaseURL), Proxies: d.config.TrustedProxies,
			Hosts: publicHosts(d.config.BaseURL), Loopback: d.loopback(), Allow: web.Allow(d.config.Access.Allow), Published: d.published() != "",
		},
	}, pages.Mount, api.Mount)
}

// reportService makes and lists reports, and sends them as the monthly job does.
type reportService struct {
	*reporting.Reports
	monthly *reporting.Monthly
}

// Send sends the report of a finished period.
func (s reportService) Send(ctx context.Context, period string, to []string) (*reporting.SendResult, error) {
	return s.monthly.Send(ctx, period, to)
}

// Destinations lists where reports can be sent, and where the scheduled ones go.
func (s reportService) Destinations() (all, scheduled []string) { return s.monthly.Destinations() }

// publicHosts returns the host under which a proxy publishes the board.
func publicHosts(baseURL string) []string {
	if u, err := url.Parse(baseURL); err == nil && u.Hostname() != "" {
		return []string{u.Hostname()}
	}
	return nil
}

// publicPath returns the path under which a proxy publishes the board; empty:
// none.
func publicPath(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// reports makes reports from the daemon's database.
func (d *deployment) reports() *reporting.Reports {
	return &reporting.Reports{
		Store: d.store, Catalogue: d.config.Catalogue, Duties: d.config.Duties, Zone: d.config.Timezone,
		Lang: d.config.Report.Language, Formats: d.config.Report.Formats, BaseURL: d.config.BaseURL, Kigen: d.options.Version,
		Holidays: reporting.Holidays(), Now: clock, Renderings: d.rendered,
	}
}

// reportSchedule returns the schedule of the monthly report.
func reportSchedule(c *config.Config) (reporting.Schedule, error) {
	if c.Report.FirstBusinessDay != nil {
		return schedule.FirstBusinessDay{Calendar: c.Report.FirstBusinessDay, At: c.Report.At, Zone: c.Timezone}, nil
	}
	return schedule.ParseCron("report.schedule", c.Report.Schedule, c.Timezone)
}

// makeMonthly makes the job that sends the monthly report.
func (d *deployment) makeMonthly() (*reporting.Monthly, error) {
	due, err := reportSchedule(d.config)
	if err != nil {
		return nil, err
	}
	return &reporting.Monthly{
		CheckClock: d.tracker.CheckClock, Schedule: due, Zone: d.config.Timezone, To: d.config.Report.To, Quiet: d.config.Quiet, Store: d.store,
		Known: slices.Sorted(maps.Keys(d.config.Destinations)), Lang: d.config.Report.Language,
		Prepare: d.reports().Prepare, Now: clock, Log: d.log,
	}, nil
}
