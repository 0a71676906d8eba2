package config

import (
	"time"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla/policy"
)

// quiet reads the quiet hours of each destination: those outside a calendar. A calendar
// also covers weekends, holidays and closures, which a time range cannot.
func (d *decoder) quiet(destinations *tree.Node) policy.Quiet {
	if destinations == nil || destinations.Kind != tree.Object {
		return nil // already reported
	}
	var quiet policy.Quiet
	for _, f := range destinations.Fields {
		hours := d.welcome(f.Value.Field("quiet"))
		if hours == nil {
			continue
		}
		if quiet == nil {
			quiet = policy.Quiet{}
		}
		quiet[f.Key] = hours
	}
	return quiet
}

// welcome reads {outside: CALENDAR}; nil if absent or invalid.
func (d *decoder) welcome(f *tree.Field) *calendar.Calendar {
	if f == nil {
		return nil
	}
	if f.Value.Kind != tree.Object || len(f.Value.Fields) == 0 {
		d.Reportf(f.Value, "name the calendar whose hours permit messages, such as {outside: office}")
		return nil
	}
	d.Keys(f.Value, "outside")
	named := f.Value.Get("outside")
	return d.opening(named, d.calendar(named))
}

// opening reports a calendar without an opening within a year from now: messages that
// wait for it would never be sent.
func (d *decoder) opening(n *tree.Node, c *calendar.Calendar) *calendar.Calendar {
	if c == nil {
		return nil
	}
	now := time.Now()
	if opens, err := c.NextOpening(now); err != nil || opens.After(now.AddDate(1, 0, 0)) {
		first, last := c.Range()
		d.Reportf(n, "never opens within a year from now (its years are %d..%d): name a calendar that does, or change its years, hours and closures", first.Year(), last.Year())
	}
	return c
}

// calendar returns the shared calendar that n names; nil if there is none.
func (d *decoder) calendar(n *tree.Node) *calendar.Calendar {
	id := d.Text(n)
	if id == "" {
		return nil
	}
	if d.calendars.Given.Field(id) != nil {
		return d.calendars.ByID[id]
	}
	known := ""
	if ids := d.calendars.Given.Names(); len(ids) > 0 {
		known = ", or use " + tree.OrList(ids)
	}
	d.Reportf(n, "is not a calendar: define it under calendars, such as {%s: {hours: {mon-sun: [\"07:00-22:00\"]}}}%s", id, known)
	return nil
}
