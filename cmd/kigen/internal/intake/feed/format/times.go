package format

import (
	"strconv"
	"strings"
	"time"

	"kigen/sla/pattern"
)

// zones are the names of zones whose offset is no guess: time.Parse gives +00:00 for any
// name that it does not know. CST and IST, which mean several, are left out; those of the
// Americas stand as RFC 822 has them.
var zones = map[string]int{
	"UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0,
	"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
	"JST": 9, "KST": 9, "CET": 1, "CEST": 2, "WEST": 1, "EET": 2, "EEST": 3, "MSK": 3, "SGT": 8, "HKT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}

// layouts are the forms of dates without their zone.
var layouts = []string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006/01/02 15:04:05", "2006/01/02 15:04",
	"2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 06 15:04:05", "2-Jan-06 15:04:05", "2-Jan-2006 15:04:05",
	"Jan 2, 2006 15:04:05", "Jan 2, 2006 15:04", "Jan 2 15:04:05 2006", "2 January 2006 15:04:05", "January 2, 2006 15:04",
}

var (
	weekday = pattern.New(`^[A-Za-z]{3,9},?\s+[0-9A-Za-z]`)
	offset  = pattern.New(`^(.*[0-9])\s*(?:(?:UTC|GMT)?([+-])([0-9]{2}):?([0-9]{2})?|\(?([A-Za-z]{1,5})\)?)$`)
	days    = map[string]bool{"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true}
)

// Time reads an instant. It is zero where there is none, and where the zone is missing or
// unknown: a zone is never guessed.
func Time(s string) time.Time {
	s = Line(s)
	if s == "" || len(s) > 60 {
		return time.Time{}
	}
	if len(s) >= 4 && days[strings.ToLower(s[:3])] && weekday.MatchString(s) {
		s = strings.TrimSpace(s[strings.IndexByte(s, ' '):])
	}
	m := offset.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}
	}
	zone, ok := zoneOf(m)
	if !ok {
		return time.Time{}
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, m[1], zone); err == nil {
			return reasonable(t.UTC())
		}
	}
	return time.Time{}
}

func zoneOf(m []string) (*time.Location, bool) {
	if name := m[5]; name != "" {
		hours, ok := zones[strings.ToUpper(name)]
		return time.FixedZone("", hours*3600), ok
	}
	h, _ := strconv.Atoi(m[3])
	minutes, _ := strconv.Atoi(m[4])
	if h > 14 || minutes > 59 {
		return nil, false
	}
	seconds := h*3600 + minutes*60
	if m[2] == "-" {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// reasonable drops what is no instant of an incident: 0001-01-01, 1970-01-01 and the like
// stand for "none".
func reasonable(t time.Time) time.Time {
	if t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}
	}
	return t
}

// epoch reads seconds, or milliseconds, since 1970, or a date.
func epoch(w word) time.Time {
	n, err := strconv.ParseFloat(string(w), 64)
	switch {
	case err != nil:
		return Time(string(w))
	case n > 1e11:
		return reasonable(time.UnixMilli(int64(min(n, 1e14))).UTC())
	case n > 0:
		return reasonable(time.Unix(int64(n), 0).UTC())
	}
	return time.Time{}
}

func stated(at, field string) Moment { return moment(Time(at), field, Stated) }

func moment(at time.Time, field string, basis Basis) Moment {
	if at.IsZero() {
		return Moment{}
	}
	return Moment{at, field, basis}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
