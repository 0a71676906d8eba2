package daemon

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// settings returns the part of the configuration that every reader of the board
// may see. Of addresses that may hold a key it has the host alone.
func settings(c *config.Config) *web.Settings {
	s := &web.Settings{Path: c.Path}
	for _, name := range slices.Sorted(maps.Keys(c.Destinations)) {
		d := c.Destinations[name]
		setting := web.DestinationSetting{Name: name, Fallback: d.Fallback}
		switch {
		case d.Slack != nil:
			setting.Kind, setting.Where = "slack", d.Slack.Channel
		case d.Email != nil:
			setting.Kind, setting.Where = "email", strings.Join(d.Email.To, ", ")
		case d.Webhook != nil:
			setting.Kind, setting.Where = "webhook", host(d.Webhook.URL.Reveal())
		default:
			setting.Kind = "console"
		}
		s.Destinations = append(s.Destinations, setting)
	}
	if c.Backup.Dir != "" {
		s.Backups = c.Backup.Schedule + " → " + c.Backup.Dir
	}
	if len(c.Report.To) > 0 {
		s.Reports = c.Report.Schedule + " → " + strings.Join(c.Report.To, ", ")
	}
	return s
}

// host returns the host of an address, which is no secret.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
