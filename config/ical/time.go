package ical

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"kigen/calendar"
)

// moment is a value of DTSTART, DTEND or the like: a date, or a wall-clock time in
// the zone of TZID, in UTC with a trailing Z, or without a zone.
type moment struct{ value, tzid string }

// whole is the first occurrence of a whole-day event.
type whole struct {
	first calendar.Date
	days  int
	dates bool           // written as dates, without times
	tzid  string         // of DTSTART
	zone  *time.Location // zone in which a UTC time is midnight; nil: the wall clock as written
}

const noWholeDay = "is no event of whole days: keep only whole days, from midnight to midnight, and write hours as openings"

// date parses a date without a time. It has no zone and is used in the calendar's.
func (t moment) date() (calendar.Date, bool) {
	at, err := time.Parse("20060102", t.value)
	if err != nil {
		return 0, false
	}
	return calendar.NewDate(at.Date()), true
}

// wall parses a value with a time as its own wall clock, and reports whether that is
// UTC.
func (t moment) wall() (at time.Time, utc, ok bool) {
	text, utc := strings.CutSuffix(strings.ToUpper(t.value), "Z")
	at, err := time.Parse("20060102T150405", text)
	return at, utc, err == nil
}

// span reads the first occurrence of an event: DTSTART with DTEND, which is
// exclusive, or with DURATION.
func (r *feed) span(event *ics.VEvent) (whole, error) {
	start, ok := timeOf(event, ics.ComponentPropertyDtStart)
	if !ok {
		return whole{}, errors.New("has no DTSTART, so " + noWholeDay)
	}
	if name, ok := timeOf(event, ics.ComponentPropertyDtEnd); ok && event.HasProperty(ics.ComponentPropertyDuration) {
		return whole{}, fmt.Errorf("states DURATION beside DTEND %q: keep one", name.value)
	}
	end, hasEnd := timeOf(event, ics.ComponentPropertyDtEnd)
	first, isDate := start.date()
	if _, _, isTime := start.wall(); !isDate && !isTime {
		return whole{}, fmt.Errorf("begins on %q, which is not a day", start.value)
	}
	w := whole{first: first, days: 1, dates: isDate, tzid: start.tzid}
	switch {
	case event.HasProperty(ics.ComponentPropertyDuration):
		days, err := wholeDuration(propertyOf(event, ics.ComponentPropertyDuration))
		if err != nil {
			return whole{}, err
		}
		if w.days = days; isDate {
			return w, nil
		}
		return r.midnights(w, start, nil)
	case isDate && !hasEnd:
		return w, nil
	case isDate:
		after, ok := end.date()
		if !ok {
			return whole{}, errors.New(noWholeDay)
		}
		if after < first {
			return whole{}, fmt.Errorf("ends on %s, before it begins: DTEND is the day after its last", after)
		}
		w.days = max(int(after-first), 1) // some programs write an end equal to the start for one day
		return w, nil
	case !hasEnd:
		return whole{}, errors.New("has no DTEND, so " + noWholeDay)
	}
	return r.midnights(w, start, &end)
}

// midnights completes an event written with times, in the first zone in which it
// runs from midnight to midnight. Without an end, days is its length.
func (r *feed) midnights(w whole, start moment, end *moment) (whole, error) {
	for _, zone := range r.zones(start) {
		first, ok := dayIn(start, zone, false)
		if !ok {
			continue
		}
		w.first, w.zone = first, zone
		if end == nil {
			return w, nil
		}
		if after, ok := dayIn(*end, zone, true); ok && after > first {
			w.days = int(after - first)
			return w, nil
		}
	}
	return whole{}, errors.New(noWholeDay)
}

// zones lists the zones in which a time may be midnight: its own wall clock (nil),
// then the calendar's. For UTC the calendar's zone and the file's come first, because
// programs write local midnights in UTC.
func (r *feed) zones(t moment) []*time.Location {
	if _, utc, ok := t.wall(); !ok || !utc {
		return []*time.Location{nil, r.zone}
	}
	zones := []*time.Location{r.zone}
	if r.feedZone != nil {
		zones = append(zones, r.feedZone)
	}
	return append(zones, time.UTC)
}

// day converts a value to a date: a date, or midnight in the given zone or in one of
// the candidates of zones.
func (r *feed) day(t moment, zone *time.Location) (calendar.Date, bool) {
	if date, ok := t.date(); ok {
		return date, true
	}
	zones := r.zones(t)
	if zone != nil {
		zones = append([]*time.Location{zone}, zones...)
	}
	for _, zone := range zones {
		if date, ok := dayIn(t, zone, false); ok {
			return date, true
		}
	}
	return 0, false
}

// dayIn returns the date that begins at a time on the wall clock of a zone; nil is the
// clock as written. An end may be 23:59 or 23:59:59 of the day before.
func dayIn(t moment, zone *time.Location, isEnd bool) (calendar.Date, bool) {
	at, ok := t.in(zone)
	if !ok {
		return 0, false
	}
	date := calendar.NewDate(at.Date())
	switch clock := at.Format("150405"); {
	case clock == "000000":
		return date, true
	case isEnd && (clock == "235900" || clock == "235959"):
		return date + 1, true
	}
	return 0, false
}

// in returns the wall clock of a zone at a time.
func (t moment) in(zone *time.Location) (time.Time, bool) {
	wall, utc, ok := t.wall()
	if !ok || zone == nil {
		return wall, ok
	}
	own := time.UTC
	if !utc {
		if own, ok = zoneNamed(t.tzid); !ok {
			return time.Time{}, false
		}
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, own).In(zone), true
}

// timeOf reads a property with a time; false for an absent or empty one.
func timeOf(event *ics.VEvent, name ics.ComponentProperty) (moment, bool) {
	p := event.GetProperty(name)
	if p == nil || strings.TrimSpace(p.Value) == "" {
		return moment{}, false
	}
	return moment{value: strings.TrimSpace(p.Value), tzid: parameter(&p.BaseProperty, "TZID")}, true
}

// zoneNamed finds a zone by the names that calendar programs use: of the tz database,
// of Windows, or of the tz database with a program-specific prefix.
func zoneNamed(tzid string) (*time.Location, bool) {
	tzid = strings.Trim(strings.TrimSpace(tzid), `"`)
	if tzid == "" || tzid == "Local" {
		return nil, false
	}
	if zone := ics.WindowsTimezoneToIANA(tzid); zone != nil {
		return zone, true
	}
	for name := strings.TrimPrefix(tzid, "/"); ; {
		if zone, err := time.LoadLocation(name); err == nil && name != "Local" && name != "" {
			return zone, true
		}
		_, rest, more := strings.Cut(name, "/")
		if !more {
			return nil, false
		}
		name = rest
	}
}

var icalDuration = regexp.MustCompile(`^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$`)

// wholeDuration parses a DURATION of whole days: P3D, P1W or PT48H.
func wholeDuration(text string) (days int, err error) {
	parts := icalDuration.FindStringSubmatch(strings.ToUpper(text))
	if parts == nil {
		return 0, fmt.Errorf("states the DURATION %q: use whole days such as P3D", text)
	}
	seconds := 0
	for i, unit := range []int{7 * 86400, 86400, 3600, 60, 1} {
		n, _ := strconv.Atoi(parts[i+1]) // digits, or empty
		seconds += n * unit
	}
	if seconds == 0 || seconds%86400 != 0 {
		return 0, fmt.Errorf("states the DURATION %q: %s", text, noWholeDay)
	}
	return seconds / 86400, nil
}
