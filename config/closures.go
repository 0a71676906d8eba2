package config

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"time"

	"kigen/calendar"
)

// holidays reads a country, a newer official list of Japan, or dates.
func (c *calendars) holidays(n *node, first, last int) calendar.Holidays {
	switch {
	case n == nil:
		return nil
	case n.kind == list:
		return c.listed(n)
	case n.kind == object:
		return c.official(n, first, last)
	}
	country := c.text(n)
	if country == "" || country == "none" {
		return nil
	}
	key := country + " " + strconv.Itoa(first) + ".." + strconv.Itoa(last)
	if known, ok := c.national[key]; ok {
		return known
	}
	holidays, err := calendar.National(country, first, last)
	switch {
	case err != nil && slices.Contains(calendar.Countries(), country):
		c.reportf(n, "has no known holidays in some of the years %d..%d: set years to fewer, such as 2000..2099", first, last)
	case err != nil:
		c.reportf(n, "is no known country: use none, or one of %s", orList(calendar.Countries()))
	}
	c.national[key] = holidays
	return holidays
}

// listed reads holidays one by one: a date, or {date, name}.
func (c *calendars) listed(n *node) calendar.Holidays {
	holidays := make(calendar.Holidays)
	for _, item := range c.list(n) {
		holiday := calendar.Holiday{Reason: calendar.ReasonHoliday}
		dateNode := item
		if item.kind == object {
			c.keys(item, "date", "name")
			if dateNode = item.get("date"); dateNode == nil {
				c.missing(item, "date", "write it like 2026-12-25")
				continue
			}
			holiday.Name = c.words(item.get("name"))
		}
		date := c.date(dateNode)
		if _, twice := holidays[date]; twice {
			c.reportf(dateNode, "comes twice: keep one")
		}
		holidays[date] = holiday
	}
	return holidays
}

// official reads the Cabinet Office's list from a file beside the configuration.
func (c *calendars) official(n *node, first, last int) calendar.Holidays {
	c.keys(n, "official_csv")
	file := n.get("official_csv")
	if file == nil {
		c.missing(n, "official_csv", "name the file, such as syukujitsu.csv")
		return nil
	}
	data, ok := c.beside(file)
	if !ok {
		return nil
	}
	list, err := calendar.ReadOfficialJapan(bytes.NewReader(data))
	if err != nil {
		c.reportf(file, "is not the Cabinet Office's list of holidays: %v", err)
		return nil
	}
	holidays, err := calendar.Japan(list, first, last)
	if err != nil {
		c.reportf(file, "does not serve %d..%d: %v", first, last, err)
		return nil
	}
	return holidays
}

// exception reads a dated closure, or an opening with hours of its own.
func (c *calendars) exception(n *node, opening bool) calendar.Exception {
	known := []string{"date", "from", "to", "yearly", "name"}
	if opening {
		known = append(known, "hours")
	}
	if n.kind == scalar { // - 2026-08-14
		day := c.date(n)
		if opening {
			c.missing(n, "hours", `write {date: …, hours: ["10:00-12:00"]}`)
		}
		return calendar.Exception{From: day, To: day}
	}
	if !c.keys(n, known...) {
		return calendar.Exception{}
	}
	e := c.days(n)
	e.Name = c.words(n.get("name"))
	if opening {
		hours := n.get("hours")
		if hours == nil {
			c.missing(n, "hours", `give the hours on these days, such as ["10:00-12:00"]`)
			return e
		}
		if e.Spans = c.spans(hours); hours.kind == list && len(hours.items) == 0 {
			c.reportf(hours, "names no hours: write the days as a closure instead")
		}
	}
	return e
}

// days reads one of the three ways to name days: date, from and to, yearly.
func (c *calendars) days(n *node) calendar.Exception {
	date, from, to, yearly := n.get("date"), n.get("from"), n.get("to"), n.get("yearly")
	switch {
	case date != nil && from == nil && to == nil && yearly == nil:
		day := c.date(date)
		return calendar.Exception{From: day, To: day}
	case date == nil && from != nil && to != nil && yearly == nil:
		e := calendar.Exception{From: c.date(from), To: c.date(to)}
		if e.To < e.From {
			c.reportf(to, "lies before from, %s: swap them", from.shown())
		}
		return e
	case date == nil && from == nil && to == nil && yearly != nil:
		return c.yearly(yearly)
	}
	c.reportf(n, "names its days in no single way: use date, or from and to, or yearly such as 12-29..01-03")
	return calendar.Exception{}
}

var yearlyRange = regexp.MustCompile(`^(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?$`)

// leapYear carries the months and days of yearly ranges, 02-29 among them.
const leapYear = 2000

func (c *calendars) yearly(n *node) calendar.Exception {
	parts := yearlyRange.FindStringSubmatch(c.text(n))
	if parts == nil {
		c.reportf(n, "use a month and day such as 12-31, or a range such as 12-29..01-03")
		return calendar.Exception{}
	}
	if parts[3] == "" {
		parts[3], parts[4] = parts[1], parts[2]
	}
	from, okFrom := monthDay(parts[1], parts[2])
	to, okTo := monthDay(parts[3], parts[4])
	if !okFrom || !okTo {
		c.reportf(n, "names a day that no year has: use days such as 12-29..01-03")
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
