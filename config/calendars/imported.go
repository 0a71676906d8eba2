package calendars

import (
	"path/filepath"
	"time"

	"kigen/calendar"
	"kigen/config/ical"
	"kigen/config/reading"
	"kigen/config/tree"
)

// closures reads an entry of a calendar's closures: days, or a file of days.
func (c *Set) closures(n *tree.Node, spec *calendar.Spec) []calendar.Exception {
	if n.Kind != tree.Object || n.Get("ics") == nil {
		return c.exceptions(n, false)
	}
	if !c.Keys(n, "ics", "name") {
		return nil
	}
	return c.imported(n, spec)
}

// imported reads the days of an iCalendar file and adds them to [Set.Imports].
func (c *Set) imported(n *tree.Node, spec *calendar.Spec) []calendar.Exception {
	file := n.Get("ics")
	data, ok := c.beside(file)
	if !ok {
		return nil
	}
	zone := spec.Zone
	if zone == nil {
		zone = time.UTC // already reported
	}
	days, problems := ical.WholeDays(data, zone, spec.FirstYear, spec.LastYear)
	for _, err := range problems {
		c.Reportf(file, "%v", err)
	}
	if len(days) == 0 && len(problems) == 0 {
		c.Warnf(file, "has no days in the calendar's years, %d..%d: export it again, or remove the entry", spec.FirstYear, spec.LastYear)
	}
	name := c.Bilingual(n.Get("name"))
	for i := range days {
		if !name.IsZero() {
			days[i].Name = name
		}
		c.Imports[spec.ID] = append(c.Imports[spec.ID], Import{File: file.Text, From: days[i].From, To: days[i].To, Name: days[i].Name})
	}
	return days
}

// beside reads a file relative to the configuration's directory.
func (c *Set) beside(n *tree.Node) ([]byte, bool) {
	path := c.Text(n)
	if path == "" {
		return nil, false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.dir, path)
	}
	data, err := reading.ReadFile(path)
	if err != nil {
		c.Reportf(n, "can't be read: %v: name a readable file, relative to the configuration's folder", err)
		return nil, false
	}
	return data, true
}

// Import is a range of days that an iCalendar file closed or made holidays.
type Import struct {
	File     string // as named in the configuration
	From, To calendar.Date
	Name     calendar.Text
}
