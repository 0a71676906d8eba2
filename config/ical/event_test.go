package ical_test

import (
	"strings"
	"testing"
	"time"

	"kigen/config/ical"
)

// TestEvents reads the times of planned work: in UTC, in a named zone and in the zone of
// the reader, by an end or a length.
func TestEvents(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	file := func(lines ...string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Work\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	}
	for name, c := range map[string]struct {
		data       []byte
		start, end string // empty: no event
	}{
		"UTC":            {file("DTSTART:20270320T010000Z", "DTEND:20270320T030000Z"), "2027-03-20T01:00:00Z", "2027-03-20T03:00:00Z"},
		"zone":           {file("DTSTART;TZID=America/Los_Angeles:20270320T220000", "DTEND;TZID=America/Los_Angeles:20270321T013000"), "2027-03-20T22:00:00-07:00", "2027-03-21T01:30:00-07:00"},
		"floating":       {file("DTSTART:20270320T010000", "DURATION:P1DT2H30M"), "2027-03-20T01:00:00+09:00", "2027-03-21T03:30:00+09:00"},
		"unknown zone":   {file("DTSTART;TZID=Nowhere:20270320T010000", "DTEND;TZID=Nowhere:20270320T020000"), "", ""},
		"a whole day":    {file("DTSTART;VALUE=DATE:20270320", "DTEND;VALUE=DATE:20270321"), "", ""},
		"without an end": {file("DTSTART:20270320T010000Z"), "", ""},
	} {
		events, err := ical.Events(c.data, tokyo)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.start == "" {
			if len(events) != 0 {
				t.Errorf("%s: %+v", name, events)
			}
			continue
		}
		start, _ := time.Parse(time.RFC3339, c.start)
		end, _ := time.Parse(time.RFC3339, c.end)
		if len(events) != 1 || !events[0].Start.Equal(start) || !events[0].End.Equal(end) || events[0].Summary != "Work" || events[0].Maintenance || events[0].Cancelled {
			t.Errorf("%s: %+v, want %s to %s", name, events, start, end)
		}
	}
	events, err := ical.Events(file("DTSTART:20270320T010000Z", "DTEND:20270320T030000Z", "X-MAINTNOTE-STATUS:CANCELLED"), tokyo)
	if err != nil || len(events) != 1 || !events[0].Maintenance || !events[0].Cancelled {
		t.Errorf("%+v, %v", events, err)
	}
	if _, err := ical.Events([]byte("no calendar"), tokyo); err == nil {
		t.Error("what is no calendar is read as one")
	}
}
