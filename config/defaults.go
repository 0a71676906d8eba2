package config

import (
	"time"

	"kigen/config/tree"
)

// setDefaults adds missing keys to the tree itself, so that Print shows them.
func setDefaults(root *tree.Node) {
	d := defaulter{root: root}
	d.value("listen", "127.0.0.1:8080")
	d.value("database", "kigen.db")
	d.value("timezone", "Asia/Tokyo")
	d.value("language", "ja")
	d.sessions()
	if root.Get("destinations") == nil {
		console := d.object("destinations.console", tree.Field{Key: "console", Value: d.object("destinations.console.console")})
		root.Set("destinations", d.object("destinations", tree.Field{Key: "console", Value: console}))
	}
	// A defined destination without further settings receives alerts.
	if root.Get("alerts") == nil {
		root.Set("alerts", d.list("alerts", d.object("alerts[0]",
			tree.Field{Key: "to", Value: d.everyone("alerts[0].to")},
			tree.Field{Key: "warn", Value: d.list("alerts[0].warn", d.scalar("alerts[0].warn[0]", "50%"), d.scalar("alerts[0].warn[1]", "1h"))},
			tree.Field{Key: "repeat", Value: d.scalar("alerts[0].repeat", "4h")},
		)))
	}
	if root.Get("report") == nil {
		root.Set("report", d.object("report"))
	}
	if report := root.Get("report"); report.Kind == tree.Object {
		d.report(report)
	}
	if heartbeat := root.Get("heartbeat"); heartbeat != nil && heartbeat.Kind == tree.Object {
		d.within(heartbeat, "every", "1m")
	}
	if backup := root.Get("backup"); backup != nil && backup.Kind == tree.Object {
		d.within(backup, "schedule", "CRON_TZ="+d.timezone()+" 0 3 * * *")
		d.within(backup, "keep", "14")
	}
	if record := root.Get("record"); record != nil && record.Kind == tree.Object {
		d.within(record, "schedule", "CRON_TZ="+d.timezone()+" 0 9 * * *")
	}
}

// defaulter creates nodes that no file contains; they refer to the whole file.
type defaulter struct{ root *tree.Node }

func (d defaulter) scalar(path, text string) *tree.Node {
	return &tree.Node{Kind: tree.Scalar, Text: text, Raw: text, Tag: "!!str", File: d.root.File, Path: path}
}

func (d defaulter) object(path string, fields ...tree.Field) *tree.Node {
	return &tree.Node{Kind: tree.Object, Fields: fields, File: d.root.File, Path: path}
}

func (d defaulter) list(path string, items ...*tree.Node) *tree.Node {
	return &tree.Node{Kind: tree.List, Items: items, File: d.root.File, Path: path}
}

func (d defaulter) value(key, text string) {
	if d.root.Get(key) == nil {
		d.root.Set(key, d.scalar(key, text))
	}
}

// within sets a missing key of an object.
func (d defaulter) within(parent *tree.Node, key, text string) {
	if parent.Get(key) == nil {
		parent.Set(key, d.scalar(tree.Dotted(parent.Path, key), text))
	}
}

// sessions defaults to 8 hours idle, a shift, a day in total, and ten of one user.
func (d defaulter) sessions() {
	if d.root.Get("sessions") == nil {
		d.root.Set("sessions", d.object("sessions"))
	}
	if sessions := d.root.Get("sessions"); sessions.Kind == tree.Object {
		d.within(sessions, "idle", "8h")
		d.within(sessions, "lifetime", "24h")
		d.within(sessions, "each_user", "10")
	}
}

// everyone lists all destinations.
func (d defaulter) everyone(path string) *tree.Node {
	var names []*tree.Node
	for _, f := range d.root.Get("destinations").Fields {
		names = append(names, d.scalar(path, f.Key))
	}
	return d.list(path, names...)
}

func (d defaulter) report(report *tree.Node) {
	d.within(report, "schedule", "CRON_TZ="+d.timezone()+" 0 9 1 * *")
	if report.Field("to") == nil {
		report.Set("to", d.everyone("report.to"))
	}
	if report.Field("formats") == nil {
		report.Set("formats", d.list("report.formats", d.scalar("report.formats", "pdf"), d.scalar("report.formats", "xlsx")))
	}
	if language := d.root.Get("language").Text; language == "ja" || language == "en" { // other values are reported where they are written
		d.within(report, "language", language)
	}
}

func (d defaulter) timezone() string {
	timezone := d.root.Get("timezone").Text
	if _, err := time.LoadLocation(timezone); err != nil {
		return "UTC" // the zone is reported where it is written
	}
	return timezone
}
