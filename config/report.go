package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"kigen/calendar"
	"kigen/config/tree"
)

// Report is the schedule, recipients and formats of the monthly report.
type Report struct {
	Schedule         string             // in the form of robfig/cron, including CRON_TZ; empty: by FirstBusinessDay
	FirstBusinessDay *calendar.Calendar // send on its first business day of each month; nil: by Schedule
	At               time.Duration      // time of that day in the configured zone
	To               []string           // destinations; empty: the report is created but not sent
	Formats          []string           // of the attached files; empty: none
	Language         string             // ja or en
}

// reportFormats are the possible formats of attached files.
func reportFormats() []string { return []string{"html", "pdf", "xlsx", "csv", "json"} }

// report reads the settings of the monthly report.
func (d *decoder) report(n *tree.Node, destinations map[string]Destination) Report {
	if !d.Keys(n, "schedule", "to", "formats", "language") {
		return Report{}
	}
	r := Report{
		To:       d.to(n.Get("to"), destinations),
		Formats:  d.formats(n.Get("formats")),
		Language: d.language(n.Get("language")),
	}
	schedule := n.Get("schedule")
	if schedule == nil || schedule.Kind != tree.Object {
		r.Schedule = d.schedule(schedule)
		return r
	}
	r.FirstBusinessDay, r.At = d.firstBusinessDay(schedule)
	return r
}

func (d *decoder) firstBusinessDay(n *tree.Node) (*calendar.Calendar, time.Duration) {
	if !d.Keys(n, "first_business_day", "at") {
		return nil, 0
	}
	if n.Get("first_business_day") == nil {
		d.Missing(n, "first_business_day", "name a calendar, such as {first_business_day: office, at: \"09:00\"}, or write five cron fields")
	}
	at := 9 * time.Hour
	if n.Get("at") != nil {
		at = d.timeOfDay(n.Get("at"))
	}
	named := n.Get("first_business_day")
	return d.opening(named, d.anyCalendar(named)), at
}

// anyCalendar returns the shared or vendor calendar that n names; nil if there is none.
func (d *decoder) anyCalendar(n *tree.Node) *calendar.Calendar {
	id := d.Text(n)
	if id == "" {
		return nil
	}
	found := d.calendars.ByID[id]
	if found == nil {
		d.Reportf(n, "is not a calendar: define it under calendars, or use %s", tree.OrList(slices.Sorted(maps.Keys(d.calendars.ByID))))
	}
	return found
}

func (d *decoder) timeOfDay(n *tree.Node) time.Duration {
	text := d.Text(n)
	t, err := time.Parse("15:04", text)
	if text != "" && (err != nil || len(text) != len("15:04")) {
		d.Reportf(n, "use hours and minutes in quotes, from \"00:00\" to \"23:59\"")
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

func (d *decoder) formats(n *tree.Node) []string {
	if n == nil {
		return nil
	}
	names := d.Texts(n)
	for i, name := range names {
		at := n
		if n.Kind == tree.List && i < len(n.Items) {
			at = n.Items[i]
		}
		if name != "" && !slices.Contains(reportFormats(), name) {
			d.Reportf(at, "is not a report format: use %s", tree.OrList(reportFormats()))
		} else if slices.Contains(names[:i], name) {
			d.Reportf(at, "appears twice: keep one")
		}
	}
	return names
}

// schedule checks a cron expression: robfig/cron panics on a zone without fields, and
// accepts dates that never occur.
func (d *decoder) schedule(n *tree.Node) string {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	const remedy = `use five fields, minute hour day month weekday, such as "CRON_TZ=Asia/Tokyo 0 9 1 * *"`
	if strings.Contains(strings.Fields(text)[0], "TZ=") && len(strings.Fields(text)) < 2 {
		d.Reportf(n, remedy)
		return text
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		d.Reportf(n, remedy)
	} else if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		d.Reportf(n, "names a date that never occurs: "+remedy)
	}
	return text
}
