package config

import "time"

// setDefaults fills in what a file leaves out, in the tree itself, so that
// Print shows it.
func setDefaults(root *node) {
	d := defaulter{root: root}
	d.value("listen", "127.0.0.1:8080")
	d.value("database", "kigen.db")
	d.value("timezone", "Asia/Tokyo")
	d.value("language", "ja")
	d.sessions()
	if root.get("destinations") == nil {
		console := d.object("destinations.console", field{key: "console", value: d.object("destinations.console.console")})
		root.set("destinations", d.object("destinations", field{key: "console", value: console}))
	}
	// Whoever defines a destination and says nothing else wants to be told there.
	if root.get("alerts") == nil {
		root.set("alerts", d.list("alerts", d.object("alerts[0]",
			field{key: "to", value: d.everyone("alerts[0].to")},
			field{key: "warn", value: d.list("alerts[0].warn", d.scalar("alerts[0].warn[0]", "50%"), d.scalar("alerts[0].warn[1]", "1h"))},
			field{key: "repeat", value: d.scalar("alerts[0].repeat", "4h")},
		)))
	}
	if root.get("report") == nil {
		root.set("report", d.object("report"))
	}
	if report := root.get("report"); report.kind == object {
		d.report(report)
	}
	if heartbeat := root.get("heartbeat"); heartbeat != nil && heartbeat.kind == object {
		d.within(heartbeat, "every", "1m")
	}
	if backup := root.get("backup"); backup != nil && backup.kind == object {
		d.within(backup, "schedule", "CRON_TZ="+d.timezone()+" 0 3 * * *")
		d.within(backup, "keep", "14")
	}
}

// defaulter makes nodes that no file wrote. They point at the file as a whole.
type defaulter struct{ root *node }

func (d defaulter) scalar(path, text string) *node {
	return &node{kind: scalar, text: text, raw: text, tag: "!!str", file: d.root.file, path: path}
}

func (d defaulter) object(path string, fields ...field) *node {
	return &node{kind: object, fields: fields, file: d.root.file, path: path}
}

func (d defaulter) list(path string, items ...*node) *node {
	return &node{kind: list, items: items, file: d.root.file, path: path}
}

func (d defaulter) value(key, text string) {
	if d.root.get(key) == nil {
		d.root.set(key, d.scalar(key, text))
	}
}

// within fills in a key of an object.
func (d defaulter) within(parent *node, key, text string) {
	if parent.get(key) == nil {
		parent.set(key, d.scalar(dotted(parent.path, key), text))
	}
}

// sessions lets people stay signed in for a shift without a look, and a day.
func (d defaulter) sessions() {
	if d.root.get("sessions") == nil {
		d.root.set("sessions", d.object("sessions"))
	}
	if sessions := d.root.get("sessions"); sessions.kind == object {
		d.within(sessions, "idle", "8h")
		d.within(sessions, "lifetime", "24h")
	}
}

// everyone names all destinations.
func (d defaulter) everyone(path string) *node {
	var names []*node
	for _, f := range d.root.get("destinations").fields {
		names = append(names, d.scalar(path, f.key))
	}
	return d.list(path, names...)
}

func (d defaulter) report(report *node) {
	d.within(report, "schedule", "CRON_TZ="+d.timezone()+" 0 9 1 * *")
	if report.field("to") == nil {
		report.set("to", d.everyone("report.to"))
	}
	if report.field("formats") == nil {
		report.set("formats", d.list("report.formats", d.scalar("report.formats", "pdf"), d.scalar("report.formats", "xlsx")))
	}
	if language := d.root.get("language").text; language == "ja" || language == "en" { // another is refused where it was written
		d.within(report, "language", language)
	}
}

func (d defaulter) timezone() string {
	timezone := d.root.get("timezone").text
	if _, err := time.LoadLocation(timezone); err != nil {
		return "UTC" // the zone is refused where it was written; once is enough
	}
	return timezone
}
