package ical

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// Event is one event with its times.
type Event struct {
	UID, Summary string
	Start, End   time.Time
	Cancelled    bool
	Maintenance  bool // it has fields X-MAINTNOTE-*, the standard of notices of planned work
	// Work names the planned work by its provider and the provider's id, which all mails
	// about it have in common; empty: they are not stated.
	Work string
}

// Events returns the events of a file that have times, in their order. A time without a
// zone is in the zone of the file, else in the given one. Events whose times cannot be
// read, and repetitions, are left out: what a mail says is then read from its text.
func Events(data []byte, zone *time.Location) ([]Event, error) {
	files, err := parseCalendars(data)
	if err != nil {
		return nil, fmt.Errorf("is not an iCalendar file: %w", err)
	}
	var events []Event
	for _, file := range files {
		own := zone
		if z := feedZone(file); z != nil {
			own = z
		}
		method := ""
		for _, p := range file.CalendarProperties {
			if p.IANAToken == string(ics.PropertyMethod) {
				method = strings.ToUpper(strings.TrimSpace(p.Value))
			}
		}
		for _, event := range file.Events() {
			if e, ok := timed(event, own); ok {
				e.Cancelled = e.Cancelled || method == "CANCEL"
				events = append(events, e)
			}
		}
	}
	return events, nil
}

// timed reads an event that begins and ends at times.
func timed(event *ics.VEvent, zone *time.Location) (Event, bool) {
	e := Event{
		UID: propertyOf(event, ics.ComponentPropertyUniqueId), Summary: eventName(event),
		Cancelled: strings.EqualFold(propertyOf(event, ics.ComponentPropertyStatus), string(ics.ObjectStatusCancelled)),
	}
	e.maintenance(event)
	start, ok := timeOf(event, ics.ComponentPropertyDtStart)
	if !ok {
		return e, false
	}
	if e.Start, ok = start.instant(zone); !ok {
		return e, false
	}
	if end, stated := timeOf(event, ics.ComponentPropertyDtEnd); stated {
		e.End, ok = end.instant(zone)
		return e, ok
	}
	length, ok := duration(propertyOf(event, ics.ComponentPropertyDuration))
	e.End = e.Start.Add(length)
	return e, ok
}

// maintenance reads the fields of planned work. Of several ids the primary one counts.
func (e *Event) maintenance(event *ics.VEvent) {
	var provider, id string
	for _, p := range event.Properties {
		name, ok := strings.CutPrefix(p.IANAToken, "X-MAINTNOTE-")
		value := strings.TrimSpace(p.Value)
		e.Maintenance = e.Maintenance || ok
		switch {
		case !ok:
		case name == "STATUS":
			e.Cancelled = e.Cancelled || strings.HasPrefix(strings.ToUpper(value), "CANCEL")
		case name == "PROVIDER":
			provider = value
		case name == "MAINTENANCE-ID" && (id == "" || slices.Contains(p.ICalParameters["X-MAINTNOTE-PRECEDENCE"], "PRIMARY")):
			id = value
		}
	}
	if provider != "" && id != "" {
		e.Work = provider + "/" + id
	}
}

// instant is the time of a value: in UTC, in its own zone, or in the given one.
func (t moment) instant(zone *time.Location) (time.Time, bool) {
	wall, utc, ok := t.wall()
	switch {
	case !ok:
		return time.Time{}, false
	case utc:
		zone = time.UTC
	case t.tzid != "":
		if zone, ok = zoneNamed(t.tzid); !ok {
			return time.Time{}, false
		}
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone), true
}

var anyDuration = regexp.MustCompile(`^\+?P(?:\d{1,4}W)?(?:\d{1,4}D)?(?:T(?:\d{1,4}H)?(?:\d{1,5}M)?(?:\d{1,6}S)?)?$`)

// duration reads a DURATION: PT3H, P1DT2H.
func duration(text string) (length time.Duration, ok bool) {
	text = strings.ToUpper(text)
	if !anyDuration.MatchString(text) {
		return 0, false
	}
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	digits := []byte{}
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' {
			digits = append(digits, c)
		} else if unit := units[c]; unit > 0 && len(digits) > 0 {
			n, _ := strconv.Atoi(string(digits)) // matched above
			length += time.Duration(n) * unit
			digits = slices.Delete(digits, 0, len(digits))
		}
	}
	return length, length > 0
}
