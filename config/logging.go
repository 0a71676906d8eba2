package config

import (
	"log/slog"

	"kigen/config/tree"
)

// Logging is how the daemon writes its log to standard error.
type Logging struct {
	JSON  bool       // one JSON object a line instead of key=value
	Level slog.Level // lines below it are left out
}

func (d *decoder) logging(n *tree.Node) Logging {
	if n == nil || !d.Keys(n, "format", "level") {
		return Logging{}
	}
	l := Logging{JSON: d.Text(n.Get("format")) == "json"}
	if format := n.Get("format"); format != nil && !l.JSON && d.Text(format) != "text" {
		d.Reportf(format, "use text or json")
	}
	switch level := n.Get("level"); d.Text(level) {
	case "debug":
		l.Level = slog.LevelDebug
	case "", "info":
	case "warn":
		l.Level = slog.LevelWarn
	case "error":
		l.Level = slog.LevelError
	default:
		d.Reportf(level, "use debug, info, warn or error")
	}
	return l
}
