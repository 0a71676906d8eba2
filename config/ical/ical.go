// Package ical reads iCalendar files (RFC 5545): as the whole days of a calendar, or as
// events with times, such as those of planned work.
package ical

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"kigen/calendar"
)

// feed reads an iCalendar file (RFC 5545) as whole days. Timed events and
// unsupported forms are errors that name the event; nothing is read partially.
type feed struct {
	zone        *time.Location // of the calendar that receives the days
	first, last int            // its years

	feedZone *time.Location             // X-WR-TIMEZONE of the current VCALENDAR; nil: none
	moved    map[string][]calendar.Date // by UID: occurrences that other events replace
	problems []error
}

// WholeDays converts the events of a file to closed days of a calendar in a zone;
// recurring events are expanded from the first to the last year.
func WholeDays(data []byte, zone *time.Location, firstYear, lastYear int) (closed []calendar.Exception, problems []error) {
	r := &feed{zone: zone, first: firstYear, last: lastYear, moved: map[string][]calendar.Date{}}
	files, err := parseCalendars(data)
	if err != nil {
		return nil, []error{fmt.Errorf("is not an iCalendar file: %w", err)}
	}
	events := 0
	for _, file := range files {
		events += len(file.Events())
		r.feedZone = feedZone(file)
		for _, event := range file.Events() {
			r.noteMoved(event)
		}
	}
	if events == 0 {
		return nil, []error{errors.New("contains no event: export the calendar with its events, or remove the entry")}
	}
	for _, file := range files {
		r.feedZone = feedZone(file)
		for _, event := range file.Events() {
			if strings.EqualFold(propertyOf(event, ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled)) {
				continue
			}
			days, err := r.eventDays(event)
			if err != nil {
				r.problem(event, err)
			}
			closed = append(closed, days...)
		}
	}
	return closed, r.problems
}

func (r *feed) problem(event *ics.VEvent, err error) {
	r.problems = append(r.problems, fmt.Errorf("event %q %w", eventName(event), err))
}

// parseCalendars reads every VCALENDAR of a file: exports of several calendars are
// concatenated.
func parseCalendars(data []byte) ([]*ics.Calendar, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("it is in UTF-16: save it as UTF-8")
	}
	var parts [][]byte
	for line := range bytes.Lines(data) {
		if begins := bytes.EqualFold(bytes.TrimRight(line, " \t\r\n"), []byte("BEGIN:VCALENDAR")); begins || len(parts) == 0 {
			parts = append(parts, nil)
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], line...)
	}
	var files []*ics.Calendar
	for _, part := range parts {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		file, err := ics.ParseCalendarWithOptions(bytes.NewReader(part), ics.PropertyParser(upperCaseNames))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		return nil, errors.New("it is empty")
	}
	return files, nil
}

// upperCaseNames reads a line with upper-case names: property, parameter and
// component names are case-insensitive (RFC 5545, section 2).
func upperCaseNames(raw ics.ContentLine) (*ics.BaseProperty, error) {
	line, err := ics.ParseProperty(raw)
	if err != nil || line == nil {
		return line, err
	}
	line.IANAToken = strings.ToUpper(line.IANAToken)
	if line.IANAToken == "BEGIN" || line.IANAToken == "END" {
		line.Value = strings.ToUpper(strings.TrimSpace(line.Value))
	}
	parameters := make(map[string][]string, len(line.ICalParameters))
	for name, values := range line.ICalParameters {
		parameters[strings.ToUpper(name)] = values
	}
	line.ICalParameters = parameters
	return line, nil
}

// feedZone returns a VCALENDAR's own zone; nil if it has none or it is unknown.
func feedZone(file *ics.Calendar) *time.Location {
	for _, p := range file.CalendarProperties {
		if p.IANAToken == string(ics.PropertyXWRTimezone) {
			zone, _ := zoneNamed(p.Value)
			return zone
		}
	}
	return nil
}

func propertyOf(event *ics.VEvent, name ics.ComponentProperty) string {
	if p := event.GetProperty(name); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

func eventName(event *ics.VEvent) string {
	return strings.Join(strings.Fields(ics.FromText(propertyOf(event, ics.ComponentPropertySummary))), " ")
}

// noteMoved records the occurrence of a recurring event that this event replaces or
// cancels.
func (r *feed) noteMoved(event *ics.VEvent) {
	p := event.GetProperty(ics.ComponentPropertyRecurrenceId)
	if p == nil {
		return
	}
	if len(p.ICalParameters["RANGE"]) > 0 {
		r.problem(event, errors.New("replaces all later occurrences by RECURRENCE-ID;RANGE: write its days out"))
		return
	}
	value := moment{value: p.Value, tzid: parameter(&p.BaseProperty, "TZID")}
	date, ok := r.day(value, nil)
	if !ok {
		r.problem(event, fmt.Errorf("replaces the occurrence %q, which is not a whole day: write its days out", p.Value))
		return
	}
	uid := propertyOf(event, ics.ComponentPropertyUniqueId)
	r.moved[uid] = append(r.moved[uid], date)
}

func parameter(p *ics.BaseProperty, name string) string {
	if values := p.ICalParameters[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// eventDays lists the days of all occurrences of an event in the calendar's years.
// Adjacent occurrences are joined.
func (r *feed) eventDays(event *ics.VEvent) ([]calendar.Exception, error) {
	w, err := r.span(event)
	if err != nil {
		return nil, err
	}
	firsts, err := r.occurrences(event, &w)
	if err != nil {
		return nil, err
	}
	name := eventName(event)
	from, to := calendar.NewDate(r.first, time.January, 1), calendar.NewDate(r.last, time.December, 31)
	var days []calendar.Exception
	for _, first := range firsts {
		last := first + calendar.Date(w.days-1)
		if last < from || first > to {
			continue
		}
		if n := len(days); n > 0 && days[n-1].To >= first-1 {
			days[n-1].To = max(days[n-1].To, last)
			continue
		}
		days = append(days, calendar.Exception{From: first, To: last, Name: calendar.Text{Ja: name, En: name}})
	}
	return days, nil
}

// occurrences lists the start days of an event, sorted.
func (r *feed) occurrences(event *ics.VEvent, w *whole) ([]calendar.Date, error) {
	dates, err := r.recurring(event, w)
	if err != nil {
		return nil, err
	}
	added, err := r.listed(event, ics.ComponentPropertyRdate, w)
	if err != nil {
		return nil, err
	}
	left, err := r.listed(event, ics.ComponentPropertyExdate, w)
	if err != nil {
		return nil, err
	}
	if !event.HasProperty(ics.ComponentPropertyRecurrenceId) {
		left = append(left, r.moved[propertyOf(event, ics.ComponentPropertyUniqueId)]...)
	}
	dates = append(dates, added...)
	slices.Sort(dates)
	dates = slices.Compact(dates)
	return slices.DeleteFunc(dates, func(d calendar.Date) bool { return slices.Contains(left, d) }), nil
}

// listed reads the days of EXDATE or RDATE, which may be repeated.
func (r *feed) listed(event *ics.VEvent, name ics.ComponentProperty, w *whole) ([]calendar.Date, error) {
	var dates []calendar.Date
	for _, property := range event.GetProperties(name) {
		for value := range strings.SplitSeq(property.Value, ",") {
			date, ok := r.day(moment{value: value, tzid: parameter(&property.BaseProperty, "TZID")}, w.zone)
			if !ok {
				return nil, fmt.Errorf("lists %q in %s, which is not a whole day: write its days out", value, name)
			}
			dates = append(dates, date)
		}
	}
	return dates, nil
}
