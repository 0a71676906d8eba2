package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
)

// The years that a calendar covers unless it says otherwise: Japan's holidays
// are known from 1955.
const (
	firstYear = 1955
	lastYear  = 2099
)

// calendars reads and compiles the calendars of a configuration.
type calendars struct {
	*decoder
	byID     map[string]*calendar.Calendar
	given    *node                        // the shared ones, which vendors refer to by id
	national map[string]calendar.Holidays // by country and years: several vendors share one
	open     *calendar.Calendar           // what always returns, once made
}

func newCalendars(d *decoder) *calendars {
	return &calendars{
		decoder:  d,
		byID:     make(map[string]*calendar.Calendar),
		national: make(map[string]calendar.Holidays),
	}
}

// shared compiles the calendars that vendors refer to by id.
func (c *calendars) shared(n *node) {
	if !c.is(n, object) {
		return
	}
	c.given = n
	for _, f := range n.fields {
		if !identifier.MatchString(f.key) {
			c.reportf(f.value, "the id %q can't be used: %s", f.key, identifierRule)
		}
		c.compile(f.key, f.value)
	}
}

// find returns the shared calendar that n names.
func (c *calendars) find(n *node) *calendar.Calendar {
	id := c.text(n)
	if c.given.field(id) != nil {
		return c.byID[id]
	}
	if id != "" {
		known := append(c.given.names(), "a mapping with hours")
		c.reportf(n, "is no calendar: define it under calendars, or use %s", orList(known))
	}
	return c.always()
}

// own compiles a vendor's own calendar under the vendor's id.
func (c *calendars) own(vendor string, n *node) *calendar.Calendar {
	if taken := c.given.field(vendor); taken != nil {
		c.reportf(taken.value, "the vendor %s has a calendar of its own under this id: choose another, or override the vendor's", vendor)
		return c.always()
	}
	return c.compile(vendor, n)
}

// always is open at every instant. It serves vendors that promise real hours
// only, and stands in for a calendar that could not be read.
func (c *calendars) always() *calendar.Calendar {
	if c.open != nil {
		return c.open
	}
	spec := calendar.Spec{ID: "always", Zone: c.zone, FirstYear: firstYear, LastYear: lastYear}
	for day := range spec.Weekly {
		spec.Weekly[day] = []calendar.Span{{Open: 0, Close: 24 * 60}}
	}
	made, err := calendar.Compile(spec)
	if err != nil {
		panic("config: the calendar that is always open: " + err.Error()) // no input reaches it
	}
	c.open = made
	return made
}

func (c *calendars) compile(id string, n *node) *calendar.Calendar {
	before := len(c.problems)
	spec, exceptions := c.spec(id, n)
	if len(c.problems) == before {
		made, err := calendar.Compile(spec)
		if err == nil {
			c.byID[id] = made
			return made
		}
		for _, e := range unjoin(err) {
			c.misfit(n, exceptions, e)
		}
	}
	c.byID[id] = c.always()
	return c.byID[id]
}

// misfit reports a thing that Compile found, at the line that it speaks of.
func (c *calendars) misfit(n *node, exceptions []*node, err error) {
	var problem *calendar.Problem
	if !errors.As(err, &problem) {
		c.reportf(n, "%v", err)
		return
	}
	at := n
	var i int
	if _, err := fmt.Sscanf(problem.Field, "exceptions[%d]", &i); err == nil && i < len(exceptions) {
		at = exceptions[i]
	} else if strings.HasPrefix(problem.Field, "weekly") && n.get("hours") != nil {
		at = n.get("hours")
	} else if strings.HasSuffix(problem.Field, "_year") && n.get("years") != nil {
		at = n.get("years")
	}
	value := problem.Value
	if at == n || problem.Field == "weekly" {
		value = "" // it is the id, which the path names already
	}
	c.refused(at, value, problem.Remedy)
}

// spec reads one calendar, and the nodes of its exceptions in their order.
func (c *calendars) spec(id string, n *node) (calendar.Spec, []*node) {
	spec := calendar.Spec{ID: id, Zone: c.zone, FirstYear: firstYear, LastYear: lastYear}
	if n.kind == null {
		c.reportf(n, `is empty: give it hours, such as {hours: {mon-fri: ["09:00-18:00"]}}`)
		return spec, nil
	}
	if !c.keys(n, "zone", "hours", "holidays", "closures", "openings", "unpublished_closures", "years") {
		return spec, nil
	}
	if zone := n.get("zone"); zone != nil {
		spec.Zone = c.location(zone)
	}
	spec.Unpublished = c.words(n.get("unpublished_closures"))
	if years := n.get("years"); years != nil {
		spec.FirstYear, spec.LastYear = c.years(years)
	}
	if hours := n.get("hours"); hours != nil {
		spec.Weekly = c.hours(hours)
	} else {
		c.missing(n, "hours", `give the weekly hours, such as {mon-fri: ["09:00-18:00"]}`)
	}
	spec.Holidays = c.holidays(n.get("holidays"), spec.FirstYear, spec.LastYear)
	var exceptions []*node
	for _, closure := range c.list(n.get("closures")) {
		for _, e := range c.closures(closure, spec.LastYear) {
			spec.Exceptions = append(spec.Exceptions, e)
			exceptions = append(exceptions, closure)
		}
	}
	for _, opening := range c.list(n.get("openings")) {
		spec.Exceptions = append(spec.Exceptions, c.exception(opening, true))
		exceptions = append(exceptions, opening)
	}
	return spec, exceptions
}

var yearRange = regexp.MustCompile(`^(\d{4})\.\.(\d{4})$`)

func (c *calendars) years(n *node) (first, last int) {
	parts := yearRange.FindStringSubmatch(c.text(n))
	if parts == nil {
		c.reportf(n, "use a first and a last year, such as 2000..2099")
		return firstYear, lastYear
	}
	first, _ = strconv.Atoi(parts[1]) // four digits
	last, _ = strconv.Atoi(parts[2])
	return first, last
}

// weekdays are the names of the days in time.Weekday's order.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// hours reads weekly hours by day or range of days.
func (c *calendars) hours(n *node) (weekly [7][]calendar.Span) {
	if !c.is(n, object) {
		return weekly
	}
	var given [7]bool
	for _, f := range n.fields {
		days, ok := parseDays(f.key)
		if !ok {
			c.reportf(f.value, "%q is no day: use mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri", f.key)
			continue
		}
		spans := c.spans(f.value)
		for _, day := range days {
			if given[day] {
				c.reportf(f.value, "%s has hours twice: keep one", weekdays[day])
			}
			given[day], weekly[day] = true, spans
		}
	}
	return weekly
}

// parseDays reads mon, or mon-fri; a range may pass the end of the week.
func parseDays(key string) (days []time.Weekday, ok bool) {
	from, to, isRange := strings.Cut(key, "-")
	if !isRange {
		to = from
	}
	first, last := slices.Index(weekdays, from), slices.Index(weekdays, to)
	if first < 0 || last < 0 {
		return nil, false
	}
	for day := first; ; day = (day + 1) % 7 {
		days = append(days, time.Weekday(day))
		if day == last {
			return days, true
		}
	}
}

// spans reads the hours of a day: a list, or one alone; nothing means closed.
func (c *calendars) spans(n *node) []calendar.Span {
	if n.kind == null {
		return nil
	}
	items := []*node{n}
	if n.kind != scalar {
		items = c.list(n)
	}
	var spans []calendar.Span
	for _, item := range items {
		text := c.text(item)
		if text == "" {
			continue
		}
		span, err := calendar.ParseSpan(text)
		if err != nil {
			c.reportf(item, `use hours within one day, such as "09:00-18:00"; those that pass midnight as two, to 24:00 and from 00:00 on the next day`)
			continue
		}
		spans = append(spans, span)
	}
	return spans
}
