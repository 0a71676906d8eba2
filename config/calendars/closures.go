package calendars

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/config/tree"
)

// exceptions reads a dated closure, or an opening with its own hours, as one
// exception per named range of days.
func (c *Set) exceptions(n *tree.Node, opening bool) []calendar.Exception {
	known := []string{"date", "from", "to", "yearly", "monthly", "name"}
	if opening {
		known = append(known, "hours", "on")
	}
	if n.Kind == tree.Scalar { // - 2026-08-14
		day := c.Date(n)
		if opening {
			c.Missing(n, "hours", `write {date: …, hours: ["10:00-12:00"]}`)
		}
		return []calendar.Exception{{From: day, To: day}}
	}
	if !c.Keys(n, known...) {
		return nil
	}
	list := c.days(n)
	template := calendar.Exception{Name: c.Bilingual(n.Get("name"))}
	if opening {
		c.opening(n, &template)
	}
	for i := range list {
		e := &list[i]
		e.Name, e.Spans, e.BusinessDaysOnly = template.Name, template.Spans, template.BusinessDaysOnly
	}
	return list
}

// opening reads the keys of an opening: its hours, and whether it also opens days
// that are otherwise closed.
func (c *Set) opening(n *tree.Node, e *calendar.Exception) {
	if on := n.Get("on"); on != nil {
		switch text := c.Text(on); text {
		case "business_days":
			e.BusinessDaysOnly = true
		case "", everyDay:
		default:
			c.Reportf(on, "use business_days, which leaves closed days closed, or %s", everyDay)
		}
	}
	hours := n.Get("hours")
	if hours == nil {
		c.Missing(n, "hours", `give the hours on these days, such as ["10:00-12:00"]`)
		return
	}
	if e.Spans = c.spans(hours); hours.Kind == tree.List && len(hours.Items) == 0 {
		c.Reportf(hours, "names no hours: write the days as a closure instead")
	}
}

// everyDay is the value of on that confirms the default: the opening also opens
// closed days.
const everyDay = "every_day"

// warnOpening warns about an opening that falls on days with and without weekly
// hours: a half day on every 28 December opens some Sundays.
func (c *Set) warnOpening(n *tree.Node, e *calendar.Exception, weekly *[7][]calendar.Span) {
	if n.Get("on") != nil || len(e.Spans) == 0 || e.Monthly.Nth != 0 {
		return
	}
	open, shut := false, ""
	for day, spans := range weekly {
		switch {
		case !e.Yearly && !onWeekday(e, time.Weekday(day)):
		case len(spans) > 0:
			open = true
		default:
			shut = time.Weekday(day).String()
		}
	}
	if open && shut != "" {
		c.Warnf(n, "opens days that have no hours otherwise, when it falls on a %s: add on: business_days, or on: %s if that is meant", shut, everyDay)
	}
}

// onWeekday reports whether a range of dates contains a weekday.
func onWeekday(e *calendar.Exception, day time.Weekday) bool {
	for d := e.From; d <= e.To && d < e.From+7; d++ {
		if d.Weekday() == day {
			return true
		}
	}
	return false
}

// days reads one of the four ways to name days: date, from and to, yearly, monthly.
func (c *Set) days(n *tree.Node) []calendar.Exception {
	date, from, to, yearly, monthly := n.Get("date"), n.Get("from"), n.Get("to"), n.Get("yearly"), n.Get("monthly")
	bounds := tree.Given(from, to)
	switch others := tree.Given(date, yearly, monthly); {
	case others == 0 && bounds == 2:
		e := calendar.Exception{From: c.Date(from), To: c.Date(to)}
		if e.To < e.From {
			c.Reportf(to, "lies before from, %s: swap them", from.Shown())
		}
		return []calendar.Exception{e}
	case others != 1 || bounds > 0:
		c.Reportf(n, "needs exactly one way to name its days: date, or from and to, or yearly such as 12-29..01-03, or monthly such as 2nd wed")
		return nil
	case date != nil:
		day := c.Date(date)
		return []calendar.Exception{{From: day, To: day}}
	case yearly != nil:
		return []calendar.Exception{c.yearly(yearly)}
	}
	return c.monthly(monthly)
}

var (
	nthWeekday = regexp.MustCompile(`^(1st|2nd|3rd|4th|5th|last) (sun|mon|tue|wed|thu|fri|sat)(?: of ([a-z]{3}))?$`)
	nths       = []string{"1st", "2nd", "3rd", "4th", "5th"}
	months     = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// monthly reads one or several weekdays of a month by position, such as 2nd wed.
func (c *Set) monthly(n *tree.Node) []calendar.Exception {
	var found []calendar.Exception
	for i, text := range c.Texts(n) {
		if text == "" {
			continue // already reported
		}
		parts := nthWeekday.FindStringSubmatch(strings.ToLower(text))
		if len(parts) == 0 || parts[3] != "" && !slices.Contains(months, parts[3]) {
			c.Reportf(n.Item(i), "use the place of a weekday in the month, such as 2nd wed or last fri, or of one month only: 3rd thu of nov")
			continue
		}
		day := calendar.NthWeekday{
			Nth:     slices.Index(nths, parts[1]) + 1,
			Weekday: time.Weekday(slices.Index(weekdays, parts[2])),
			Month:   time.Month(slices.Index(months, parts[3]) + 1),
		}
		if day.Nth == 0 {
			day.Nth = -1 // last
		}
		found = append(found, calendar.Exception{Monthly: day})
	}
	return found
}

var yearlyRange = regexp.MustCompile(`^(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?$`)

// leapYear is the year of yearly ranges, so that 02-29 is valid.
const leapYear = 2000

func (c *Set) yearly(n *tree.Node) calendar.Exception {
	parts := yearlyRange.FindStringSubmatch(c.Text(n))
	if parts == nil {
		c.Reportf(n, "use a month and day such as 12-31, or a range such as 12-29..01-03")
		return calendar.Exception{}
	}
	if parts[3] == "" {
		parts[3], parts[4] = parts[1], parts[2]
	}
	from, okFrom := monthDay(parts[1], parts[2])
	to, okTo := monthDay(parts[3], parts[4])
	if !okFrom || !okTo {
		c.Reportf(n, "names a day that does not exist: use days such as 12-29..01-03")
	}
	return calendar.Exception{From: from, To: to, Yearly: true}
}

func monthDay(month, day string) (calendar.Date, bool) {
	m, _ := strconv.Atoi(month) // two digits each
	d, _ := strconv.Atoi(day)
	date := calendar.NewDate(leapYear, time.Month(m), d)
	_, gotMonth, gotDay := date.Civil()
	return date, int(gotMonth) == m && gotDay == d
}
