package web

// Settings is the part of the configuration that is safe to show: no secrets, and
// no addresses that contain one.
type Settings struct {
	Destinations []DestinationSetting
	Path         string // of the file; empty: built-in configuration
	Backups      string // schedule and place; empty: none
	Reports      string // schedule and destinations; empty: none
}

// DestinationSetting is one destination without its secrets.
type DestinationSetting struct {
	Name, Kind string // Kind as the configuration names it
	Where      string // a channel, a host, recipients
	Fallback   string // empty: none
}
