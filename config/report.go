package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"kigen/calendar"
)

// Report says when the monthly report is sent, to whom, and in which forms.
type Report struct {
	Schedule         string             // in the form of robfig/cron, CRON_TZ included; empty: by FirstBusinessDay
	FirstBusinessDay *calendar.Calendar // on whose first business day of a month it is sent; nil: by Schedule
	At               time.Duration      // time of that day, on clocks in the configured zone
	To               []string           // destinations; empty: the report is made but not sent
	Formats          []string           // of the files that go with it; empty: none
	Language         string             // ja or en
}

// reportFormats are the files that a report can be sent as.
func reportFormats() []string { return []string{"html", "pdf", "xlsx", "csv", "json"} }

// report reads when, where and how the monthly report goes.
func (d *decoder) report(n *node, destinations map[string]Destination) Report {
	if !d.keys(n, "schedule", "to", "formats", "language") {
		return Report{}
	}
	r := Report{
		To:       d.to(n.get("to"), destinations),
		Formats:  d.formats(n.get("formats")),
		Language: d.language(n.get("language")),
	}
	schedule := n.get("schedule")
	if schedule == nil || schedule.kind != object {
		r.Schedule = d.schedule(schedule)
		return r
	}
	r.FirstBusinessDay, r.At = d.firstBusinessDay(schedule)
	return r
}

// firstBusinessDay reads {first_business_day: CALENDAR, at: "09:00"}.
func (d *decoder) firstBusinessDay(n *node) (*calendar.Calendar, time.Duration) {
	if !d.keys(n, "first_business_day", "at") {
		return nil, 0
	}
	if n.get("first_business_day") == nil {
		d.missing(n, "first_business_day", "name a calendar, such as {first_business_day: office, at: \"09:00\"}, or write five cron fields")
	}
	at := 9 * time.Hour
	if n.get("at") != nil {
		at = d.timeOfDay(n.get("at"))
	}
	return d.anyCalendar(n.get("first_business_day")), at
}

// anyCalendar returns the calendar that n names, a vendor's own one too; nil
// when there is none.
func (d *decoder) anyCalendar(n *node) *calendar.Calendar {
	id := d.text(n)
	if id == "" {
		return nil
	}
	found := d.calendars.byID[id]
	if found == nil {
		d.reportf(n, "is no calendar: define it under calendars, or use %s", orList(slices.Sorted(maps.Keys(d.calendars.byID))))
	}
	return found
}

func (d *decoder) timeOfDay(n *node) time.Duration {
	text := d.text(n)
	t, err := time.Parse("15:04", text)
	if text != "" && (err != nil || len(text) != len("15:04")) {
		d.reportf(n, "use hours and minutes in quotes, from \"00:00\" to \"23:59\"")
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

func (d *decoder) formats(n *node) []string {
	if n == nil {
		return nil
	}
	names := d.texts(n)
	for i, name := range names {
		at := n
		if n.kind == list && i < len(n.items) {
			at = n.items[i]
		}
		if name != "" && !slices.Contains(reportFormats(), name) {
			d.reportf(at, "is no format of a report: use %s", orList(reportFormats()))
		} else if slices.Contains(names[:i], name) {
			d.reportf(at, "comes twice: keep one")
		}
	}
	return names
}

// schedule checks a cron expression: robfig/cron panics on a zone without
// fields, and takes dates that never come.
func (d *decoder) schedule(n *node) string {
	text := d.text(n)
	if text == "" {
		return ""
	}
	const remedy = `use five fields, minute hour day month weekday, such as "CRON_TZ=Asia/Tokyo 0 9 1 * *"`
	if strings.Contains(strings.Fields(text)[0], "TZ=") && len(strings.Fields(text)) < 2 {
		d.reportf(n, remedy)
		return text
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		d.reportf(n, remedy)
	} else if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		d.reportf(n, "names a date that never comes: "+remedy)
	}
	return text
}
