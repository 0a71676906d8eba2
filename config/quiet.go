package config

import (
	"kigen/calendar"
	"kigen/sla"
)

// quiet reads outside which hours each destination is left alone. It is a
// calendar and not a time of day from and to: a calendar knows weekends,
// holidays and closures, and the hours outside it pass midnight by themselves.
func (d *decoder) quiet(destinations *node) sla.Quiet {
	if destinations == nil || destinations.kind != object {
		return nil // reported already
	}
	var quiet sla.Quiet
	for _, f := range destinations.fields {
		hours := d.welcome(f.value.field("quiet"))
		if hours == nil {
			continue
		}
		if quiet == nil {
			quiet = sla.Quiet{}
		}
		quiet[f.key] = hours
	}
	return quiet
}

// welcome reads {outside: CALENDAR}; nil when the key is absent or of no use.
func (d *decoder) welcome(f *field) *calendar.Calendar {
	if f == nil {
		return nil
	}
	if f.value.kind != object || len(f.value.fields) == 0 {
		d.reportf(f.value, "name the calendar in whose hours messages are welcome, such as {outside: office}")
		return nil
	}
	d.keys(f.value, "outside")
	return d.calendar(f.value.get("outside"))
}

// calendar returns the shared calendar that n names; nil when there is none.
func (d *decoder) calendar(n *node) *calendar.Calendar {
	id := d.text(n)
	if id == "" {
		return nil
	}
	if d.calendars.given.field(id) != nil {
		return d.calendars.byID[id]
	}
	known := ""
	if ids := d.calendars.given.names(); len(ids) > 0 {
		known = ", or use " + orList(ids)
	}
	d.reportf(n, "is no calendar: define it under calendars, such as {%s: {hours: {mon-sun: [\"07:00-22:00\"]}}}%s", id, known)
	return nil
}
