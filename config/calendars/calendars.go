// Package calendars reads the calendars of a configuration and compiles them: weekly hours,
// holidays of countries and of lists, closures and openings, and days from iCalendar files.
// Each problem stands at the line that caused it.
package calendars

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/config/reading"
	"kigen/config/tree"
)

// Default years of a calendar: Japan's holidays are known from 1955.
const (
	firstYear = 1955
	lastYear  = 2099
)

// Set reads and compiles the calendars of a configuration.
type Set struct {
	*reading.Reader
	ByID    map[string]*calendar.Calendar // compiled so far; a vendor's own one has the vendor's id
	Given   *tree.Node                    // shared calendars, which vendors reference by id
	Imports map[string][]Import           // by calendar: the days of iCalendar files

	dir      string         // base of relative paths
	zone     *time.Location // of calendars that name none
	made     func() map[*tree.Node]*calendar.Calendar
	national map[string]calendar.Holidays // by country and years, shared between vendors
	open     *calendar.Calendar           // result of Always, created on first use
}

// New reads with r. Paths are relative to dir; a calendar without a zone gets zone.
// Made holds what was compiled before, by the nodes that describe it.
func New(r *reading.Reader, dir string, zone *time.Location, made func() map[*tree.Node]*calendar.Calendar) *Set {
	return &Set{
		Reader: r, dir: dir, zone: zone, made: made,
		ByID:     make(map[string]*calendar.Calendar),
		national: make(map[string]calendar.Holidays),
		Imports:  make(map[string][]Import),
	}
}

// Shared compiles the calendars that vendors reference by id.
func (c *Set) Shared(n *tree.Node) {
	if !c.Is(n, tree.Object) {
		return
	}
	c.Given = n
	for _, f := range n.Fields {
		if !tree.IsIdentifier(f.Key) {
			c.Reportf(f.Value, "the id %q can't be used: %s", f.Key, reading.IdentifierRule)
		}
		c.Compile(f.Key, f.Value)
	}
}

// Find returns the shared calendar that n names.
func (c *Set) Find(n *tree.Node) *calendar.Calendar {
	id := c.Text(n)
	if c.Given.Field(id) != nil {
		return c.ByID[id]
	}
	if id != "" {
		known := append(c.Given.Names(), "a mapping with hours")
		c.Reportf(n, "is not a calendar: define it under calendars, or use %s", tree.OrList(known))
	}
	return c.Always()
}

// Own compiles a vendor's own calendar under the vendor's id.
func (c *Set) Own(vendor string, n *tree.Node) *calendar.Calendar {
	if taken := c.Given.Field(vendor); taken != nil {
		c.Reportf(taken.Value, "the vendor %s has a calendar of its own under this id: choose another, or override the vendor's", vendor)
		return c.Always()
	}
	if made := c.made()[n]; made != nil {
		c.ByID[vendor] = made
		return made
	}
	return c.Compile(vendor, n)
}

// Always returns a calendar that is open at every instant: for vendors that promise
// elapsed time only, and as substitute for an invalid calendar.
func (c *Set) Always() *calendar.Calendar {
	if c.open != nil {
		return c.open
	}
	spec := calendar.Spec{ID: "always", Zone: c.zone, FirstYear: firstYear, LastYear: lastYear}
	for day := range spec.Weekly {
		spec.Weekly[day] = []calendar.Span{{Open: 0, Close: 24 * 60}}
	}
	made, err := calendar.Compile(spec)
	if err != nil {
		panic("config: the calendar that is always open: " + err.Error()) // constant input
	}
	c.open = made
	return made
}

// Compile compiles one calendar under an id. An invalid one is reported, and the calendar
// that is always open takes its place.
func (c *Set) Compile(id string, n *tree.Node) *calendar.Calendar {
	before := len(c.Problems)
	spec, exceptions := c.Spec(id, n)
	if len(c.Problems) == before {
		made, err := calendar.Compile(spec)
		if err == nil {
			c.ByID[id] = made
			return made
		}
		for _, e := range reading.Unjoin(err) {
			c.misfit(n, exceptions, e)
		}
	}
	c.ByID[id] = c.Always()
	return c.ByID[id]
}

// misfit reports an error of Compile at the line that caused it.
func (c *Set) misfit(n *tree.Node, exceptions []*tree.Node, err error) {
	var problem *calendar.Problem
	if !errors.As(err, &problem) {
		c.Reportf(n, "%v", err)
		return
	}
	at := n
	var i int
	if _, err := fmt.Sscanf(problem.Field, "exceptions[%d]", &i); err == nil && i < len(exceptions) {
		at = exceptions[i]
	} else if strings.HasPrefix(problem.Field, "weekly") && n.Get("hours") != nil {
		at = n.Get("hours")
	} else if strings.HasSuffix(problem.Field, "_year") && n.Get("years") != nil {
		at = n.Get("years")
	}
	value := problem.Value
	if at == n || problem.Field == "weekly" {
		value = "" // the id, which the path already contains
	}
	c.Refused(at, value, problem.Remedy)
}

// Spec reads one calendar and returns the nodes of its exceptions in their order.
func (c *Set) Spec(id string, n *tree.Node) (calendar.Spec, []*tree.Node) {
	spec := calendar.Spec{ID: id, Zone: c.zone, FirstYear: firstYear, LastYear: lastYear}
	if n.Kind == tree.Null {
		c.Reportf(n, `is empty: give it hours, such as {hours: {mon-fri: ["09:00-18:00"]}}`)
		return spec, nil
	}
	if !c.Keys(n, "zone", "hours", "holidays", "closures", "openings", "unpublished_closures", "years") {
		return spec, nil
	}
	if zone := n.Get("zone"); zone != nil {
		spec.Zone = c.Zone(zone)
	}
	spec.Unpublished = c.Bilingual(n.Get("unpublished_closures"))
	if years := n.Get("years"); years != nil {
		spec.FirstYear, spec.LastYear = c.years(years)
	}
	if hours := n.Get("hours"); hours != nil {
		spec.Weekly = c.hours(hours)
	} else {
		c.Missing(n, "hours", `give the weekly hours, such as {mon-fri: ["09:00-18:00"]}`)
	}
	spec.Holidays = c.holidays(n.Get("holidays"), &spec)
	spec.Country = country(n.Get("holidays"))
	var exceptions []*tree.Node
	for _, closure := range c.List(n.Get("closures")) {
		for _, e := range c.closures(closure, &spec) {
			spec.Exceptions = append(spec.Exceptions, e)
			exceptions = append(exceptions, closure)
		}
	}
	for _, opening := range c.List(n.Get("openings")) {
		for _, e := range c.exceptions(opening, true) {
			spec.Exceptions = append(spec.Exceptions, e)
			exceptions = append(exceptions, opening)
			c.warnOpening(opening, &e, &spec.Weekly)
		}
	}
	return spec, exceptions
}

var yearRange = regexp.MustCompile(`^(\d{4})\.\.(\d{4})$`)

func (c *Set) years(n *tree.Node) (first, last int) {
	parts := yearRange.FindStringSubmatch(c.Text(n))
	if parts == nil {
		c.Reportf(n, "use a first and a last year, such as 2000..2099")
		return firstYear, lastYear
	}
	first, _ = strconv.Atoi(parts[1]) // four digits
	last, _ = strconv.Atoi(parts[2])
	return first, last
}

// weekdays are the day names in time.Weekday's order.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// hours reads weekly hours by day or range of days. A day may be named repeatedly
// if its hours do not overlap.
func (c *Set) hours(n *tree.Node) (weekly [7][]calendar.Span) {
	if !c.Is(n, tree.Object) {
		return weekly
	}
	var given [7]bool
	for _, f := range n.Fields {
		days, ok := parseDays(f.Key)
		if !ok {
			c.Reportf(f.Value, "%q is not a day: use mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri", f.Key)
			continue
		}
		spans := c.spans(f.Value)
		for _, day := range days {
			if given[day] && (len(spans) == 0 || len(weekly[day]) == 0) {
				c.Reportf(f.Value, "%s has hours and is also closed: keep one", weekdays[day])
			}
			if a, b, ok := overlapping(weekly[day], spans); ok {
				c.Reportf(f.Value, "%s has hours twice, and %s overlaps %s: keep one", weekdays[day], b, a)
				continue
			}
			given[day], weekly[day] = true, slices.Concat(weekly[day], spans)
		}
	}
	return weekly
}

// overlapping returns a span of each list that share time of one day.
func overlapping(as, bs []calendar.Span) (a, b calendar.Span, ok bool) {
	for _, a := range as {
		for _, b := range bs {
			if a.Open < b.Close && b.Open < a.Close {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// parseDays reads mon, or mon-fri; a range may wrap around the week's end.
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

// spans reads the hours of a day: a list or a single span; empty means closed.
func (c *Set) spans(n *tree.Node) []calendar.Span {
	if n.Kind == tree.Null {
		return nil
	}
	items := []*tree.Node{n}
	if n.Kind != tree.Scalar {
		items = c.List(n)
	}
	var spans []calendar.Span
	for _, item := range items {
		text := c.Text(item)
		if text == "" {
			continue
		}
		span, err := calendar.ParseSpan(text)
		if err != nil {
			c.Reportf(item, `use hours such as "09:00-18:00", or "22:00-06:00" for a shift that ends on the next day`)
			continue
		}
		if span.Close%60 == 59 {
			c.Warnf(item, `closes a minute early, because hours end before their closing time: write %q, unless that minute is meant to be closed`, calendar.Span{Open: span.Open, Close: span.Close + 1})
		}
		spans = append(spans, span)
	}
	return spans
}
