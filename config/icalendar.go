package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"kigen/calendar"
)

// closures reads one entry of a calendar's closures: days, or a file of them.
func (c *calendars) closures(n *node, lastYear int) []calendar.Exception {
	if n.kind != object || n.get("ics") == nil {
		return []calendar.Exception{c.exception(n, false)}
	}
	if !c.keys(n, "ics", "name") {
		return nil
	}
	file := n.get("ics")
	data, ok := c.beside(file)
	if !ok {
		return nil
	}
	closed, problems := wholeDays(data, lastYear)
	for _, err := range problems {
		c.reportf(file, "%v", err)
	}
	if name := c.words(n.get("name")); !name.IsZero() {
		for i := range closed {
			closed[i].Name = name
		}
	}
	return closed
}

// beside reads a file that the configuration names, relative to its folder.
func (c *calendars) beside(n *node) ([]byte, bool) {
	path := c.text(n)
	if path == "" {
		return nil, false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.dir, path)
	}
	data, err := readFile(path)
	if err != nil {
		c.reportf(n, "can't be read: %v: name a readable file, relative to the configuration's folder", err)
		return nil, false
	}
	return data, true
}

// wholeDays reads the events of an iCalendar file (RFC 5545) as closed days,
// yearly ones for each year until lastYear. It takes whole days only: an event
// of some hours, or in a rhythm that it does not know, is an error and never
// half understood.
func wholeDays(data []byte, lastYear int) (closed []calendar.Exception, problems []error) {
	parsed, err := ics.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		return nil, []error{fmt.Errorf("is no iCalendar file: %w", err)}
	}
	if len(parsed.Events()) == 0 {
		return nil, []error{errors.New("holds no event: export the calendar with its events, or leave the entry out")}
	}
	for _, event := range parsed.Events() {
		if propertyOf(event, ics.ComponentPropertyStatus) == string(ics.ObjectStatusCancelled) {
			continue
		}
		days, err := eventDays(event, lastYear)
		if err != nil {
			problems = append(problems, fmt.Errorf("event %q %w", eventName(event), err))
		}
		closed = append(closed, days...)
	}
	return closed, problems
}

func propertyOf(event *ics.VEvent, name ics.ComponentProperty) string {
	if p := event.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func eventName(event *ics.VEvent) string {
	return strings.Join(strings.Fields(ics.FromText(propertyOf(event, ics.ComponentPropertySummary))), " ")
}

// eventDays lists the days of one event, once for each of its occurrences.
func eventDays(event *ics.VEvent, lastYear int) ([]calendar.Exception, error) {
	from, to, err := span(event)
	if err != nil {
		return nil, err
	}
	firsts, err := occurrences(event, from, lastYear)
	if err != nil {
		return nil, err
	}
	left, err := leftOut(event)
	if err != nil {
		return nil, err
	}
	name := eventName(event)
	var days []calendar.Exception
	for _, first := range firsts {
		if !slices.Contains(left, first) {
			days = append(days, calendar.Exception{
				From: first, To: first + (to - from), Name: calendar.Text{Ja: name, En: name},
			})
		}
	}
	return days, nil
}

// span is the first and the last day of an event. DTEND is the day after it.
func span(event *ics.VEvent) (from, to calendar.Date, err error) {
	const remedy = "is no event of whole days: keep only whole days, and write hours as openings"
	from, ok := civilDate(propertyOf(event, ics.ComponentPropertyDtStart))
	if !ok {
		return 0, 0, errors.New(remedy)
	}
	if event.HasProperty(ics.ComponentPropertyDuration) {
		return 0, 0, errors.New("states a DURATION: state its last day with DTEND instead")
	}
	end := propertyOf(event, ics.ComponentPropertyDtEnd)
	if end == "" {
		return from, from, nil
	}
	after, ok := civilDate(end)
	if !ok {
		return 0, 0, errors.New(remedy)
	}
	if after <= from {
		return 0, 0, fmt.Errorf("ends on %s, before it begins: DTEND is the day after its last", after)
	}
	return from, after - 1, nil
}

// civilDate reads a date without a time. It belongs to no zone: the calendar's
// own days are meant.
func civilDate(value string) (calendar.Date, bool) {
	t, err := time.Parse("20060102", value)
	if err != nil {
		return 0, false
	}
	return calendar.NewDate(t.Date()), true
}

// occurrences lists the days on which an event begins.
func occurrences(event *ics.VEvent, from calendar.Date, lastYear int) ([]calendar.Date, error) {
	remedy := errors.New("recurs in a way other than every year: write its days out")
	if event.HasProperty(ics.ComponentPropertyRdate) || event.HasProperty(ics.ComponentPropertyRecurrenceId) {
		return nil, remedy
	}
	rules, err := event.GetRRules()
	switch {
	case err != nil || len(rules) > 1:
		return nil, remedy
	case len(rules) == 0:
		return []calendar.Date{from}, nil
	case !yearly(rules[0], from):
		return nil, remedy
	}
	return anniversaries(rules[0], from, lastYear), nil
}

func anniversaries(rule *ics.RecurrenceRule, from calendar.Date, lastYear int) []calendar.Date {
	var dates []calendar.Date
	_, month, day := from.Civil()
	for year := from.Year(); year <= lastYear; year += max(rule.Interval, 1) {
		date := calendar.NewDate(year, month, day)
		over := !rule.Until.IsZero() && date > calendar.NewDate(rule.Until.Date())
		if over || rule.Count > 0 && len(dates) == rule.Count {
			break
		}
		if _, _, same := date.Civil(); same == day { // 29 February is in no common year
			dates = append(dates, date)
		}
	}
	return dates
}

// yearly reports whether a rule means the event's own date each year.
func yearly(rule *ics.RecurrenceRule, from calendar.Date) bool {
	_, month, day := from.Civil()
	plain := len(rule.BySecond)+len(rule.ByMinute)+len(rule.ByHour)+len(rule.ByDay)+len(rule.ByYearDay)+
		len(rule.ByWeekNo)+len(rule.BySetPos) == 0
	return rule.Freq == ics.FrequencyYearly && plain &&
		(len(rule.ByMonth) == 0 || slices.Equal(rule.ByMonth, []int{int(month)})) &&
		(len(rule.ByMonthDay) == 0 || slices.Equal(rule.ByMonthDay, []int{day}))
}

// leftOut lists the days on which a yearly event does not take place.
func leftOut(event *ics.VEvent) ([]calendar.Date, error) {
	var dates []calendar.Date
	for _, property := range event.GetProperties(ics.ComponentPropertyExdate) {
		for value := range strings.SplitSeq(property.Value, ",") {
			date, ok := civilDate(value)
			if !ok {
				return nil, fmt.Errorf("leaves out %q, which is no whole day: write its days out", value)
			}
			dates = append(dates, date)
		}
	}
	return dates, nil
}
