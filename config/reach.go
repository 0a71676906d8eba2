package config

import (
	"fmt"
	"time"

	"kigen/config/tree"
	"kigen/sla"
)

// Unreached lists promises whose calendar has too few years to calculate deadlines for
// incidents from 30 days ago to a year ahead. It stays empty for long if calendars
// state no years.
func (c *Config) Unreached(now time.Time) []tree.Problem {
	const back, ahead = 30, 365
	var found tree.Invalid
	for _, u := range c.Catalogue.Unreached(now.AddDate(0, 0, -back), now.AddDate(0, 0, ahead)) {
		found = append(found, c.unreached(&u))
	}
	return found.Sorted()
}

func (c *Config) unreached(u *sla.Unreached) tree.Problem {
	cal := u.Promise.Calendar
	first, last := cal.Range()
	name := u.Promise.Vendor + "/" + u.Promise.ID
	if u.Stage != "" {
		name += "/" + u.Stage
	}
	years := fmt.Sprintf("%d..%d", first.Year(), last.Year()+10)
	message := fmt.Sprintf("end before the deadline of %s for incidents from %s on, which then have none: write %s", name, cal.DateOf(u.Start), years)
	if cal.DateOf(u.Start) < first {
		years = fmt.Sprintf("%d..%d", first.Year()-10, last.Year())
		message = fmt.Sprintf("begin after incidents of %s that may still be logged, such as one of %s, which then have no deadline: write %s", name, cal.DateOf(u.Start), years)
	}
	p := tree.Problem{File: c.Path, Field: tree.Dotted(cal.ID(), "years"), Value: fmt.Sprintf("%d..%d", first.Year(), last.Year()), Message: message}
	if n := c.yearsOf(cal.ID()); n != nil {
		p.File, p.Line, p.Field = n.File, n.Line, n.Path
	}
	return p
}

// yearsOf returns the node with the years of a shared calendar or of a vendor's own;
// nil if they are not stated.
func (c *Config) yearsOf(id string) *tree.Node {
	if shared := c.tree.Get("calendars").Get(id); shared != nil {
		return shared.Get("years")
	}
	vendors := c.tree.Get("vendors")
	if vendors == nil {
		return nil
	}
	for _, v := range vendors.Items {
		if idOf(v) == id {
			return v.Get("calendar").Get("years")
		}
	}
	return nil
}
