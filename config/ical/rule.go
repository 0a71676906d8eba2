package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/teambition/rrule-go"

	"kigen/calendar"
)

// recurring lists the start days of an event by its RRULE, or its first day without
// one.
func (r *feed) recurring(event *ics.VEvent, w *whole) ([]calendar.Date, error) {
	rules := event.GetProperties(ics.ComponentPropertyRrule)
	switch {
	case event.HasProperty(ics.ComponentPropertyExrule):
		return nil, errors.New("leaves out days by EXRULE, which is not read: write its days out")
	case len(rules) == 0:
		return []calendar.Date{w.first}, nil
	case len(rules) > 1:
		return nil, errors.New("has several RRULEs: split it into events with one each")
	}
	text := strings.TrimSpace(rules[0].Value)
	option, err := r.option(text, w)
	if err != nil {
		return nil, err
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, fmt.Errorf("recurs by %q, which is not read (%w): write its days out", text, err)
	}
	return datesOf(rule, text, w)
}

// datesOf expands a rule. It rejects a rule that does not produce the event's own
// first day, whose meaning RFC 5545 leaves undefined.
func datesOf(rule *rrule.RRule, text string, w *whole) ([]calendar.Date, error) {
	var dates []calendar.Date
	next := rule.Iterator()
	for at, ok := next(); ok; at, ok = next() {
		dates = append(dates, calendar.NewDate(at.Date()))
		if len(dates) == 1 && dates[0] != w.first {
			break
		}
	}
	if len(dates) == 0 || dates[0] != w.first {
		return nil, fmt.Errorf("begins on %s, which its rule %q does not produce: begin it on a day of the rule", w.first, text)
	}
	return dates, nil
}

// option parses an RRULE. Dates are represented as midnight UTC, so that no zone
// shifts them; UNTIL is converted to a date first.
func (r *feed) option(text string, w *whole) (*rrule.ROption, error) {
	until := calendar.NewDate(r.last, time.December, 31)
	var kept []string
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "":
		case "UNTIL":
			stated, err := r.until(value, w)
			if err != nil {
				return nil, err
			}
			until = min(until, stated)
		case "BYHOUR", "BYMINUTE", "BYSECOND":
			if strings.Trim(value, "0") != "" {
				return nil, fmt.Errorf("recurs by %q: %s", part, noWholeDay)
			}
		case "FREQ", "INTERVAL", "COUNT", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS":
			kept = append(kept, part)
		default:
			return nil, fmt.Errorf("recurs by %q, which is not read: write its days out", part)
		}
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("recurs by %q, which is not read (%w): write its days out", text, err)
	case option.Freq > rrule.DAILY:
		return nil, fmt.Errorf("recurs by %q: %s", text, noWholeDay)
	}
	option.Dtstart = midnightUTC(w.first)
	if option.Dtstart.IsZero() { // the library treats zero as absent and would count from the current time
		return nil, fmt.Errorf("begins on %s: begin it in the calendar's years", w.first)
	}
	option.Until = midnightUTC(max(until, w.first)) // a rule that ends before it begins has its first day
	return option, nil
}

// until returns the last start day. An UNTIL in UTC is read in the event's zone:
// 15:00Z is the next day in Japan. For an event of dates, midnight UTC is that date.
func (r *feed) until(value string, w *whole) (calendar.Date, error) {
	t := moment{value: value, tzid: w.tzid}
	if date, ok := t.date(); ok {
		return date, nil
	}
	wall, utc, ok := t.wall()
	if !ok {
		return 0, fmt.Errorf("recurs until %q, which is not a day: use a date such as UNTIL=20271231", value)
	}
	zone := w.zone
	switch {
	case !utc, w.dates && wall.Equal(midnightUTC(calendar.NewDate(wall.Date()))):
		return calendar.NewDate(wall.Date()), nil
	case w.dates:
		zone = r.zone
	case zone == nil && w.tzid != "":
		if zone, ok = zoneNamed(w.tzid); !ok {
			return 0, fmt.Errorf("recurs until %q in UTC, and its zone %q is unknown: use a date such as UNTIL=20271231", value, w.tzid)
		}
	case zone == nil:
		zone = r.zone
	}
	return calendar.NewDate(wall.In(zone).Date()), nil
}

func midnightUTC(d calendar.Date) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
