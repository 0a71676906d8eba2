package daemon

import (
	"maps"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// settings returns the part of the configuration that every reader of the board
// may see.
func settings(c *config.Config) *web.Settings {
	s := &web.Settings{Path: c.Path}
	for _, name := range slices.Sorted(maps.Keys(c.Destinations)) {
		d := c.Destinations[name]
		s.Destinations = append(s.Destinations, web.DestinationSetting{
			Name: name, Kind: d.Kind.Name(), Where: d.Kind.Where(), Fallback: d.Fallback,
		})
	}
	if c.Backup.Dir != "" {
		s.Backups = c.Backup.Schedule + " → " + c.Backup.Dir
	}
	if len(c.Report.To) > 0 {
		s.Reports = c.Report.Schedule + " → " + strings.Join(c.Report.To, ", ")
	}
	return s
}
