// Package phrase writes instants, dates and lengths of time in Japanese and in
// English, the same way in alerts, pages and reports. It is pure: the current year
// is an argument.
//
// A lang of "ja" gives Japanese; every other one gives English.
package phrase

import (
	"strings"
	"time"

	"kigen/calendar"
)

const (
	secondsPerDay = 24 * 60 * 60

	aDay = 24 * time.Hour

	// Above ten minutes the seconds do not matter.
	secondsUpTo = 10 * time.Minute
)

// Zone is the abbreviation of t's zone: JST, or UTC-03 for a zone without one.
func Zone(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

// Instant writes t in its own zone to the minute: 5月7日(木) 09:00 or
// Thu 7 May 09:00. The year is added when it differs from now's year in that zone.
// A zero t is a dash.
func Instant(lang string, t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return day(lang, t, t.Year() != now.In(t.Location()).Year()) + " " + t.Format("15:04")
}

// Deadline writes t as Instant does, except that midnight is the 24:00 that
// ends the day before: a promise "by the end of 31 December" should not read
// as 1 January.
func Deadline(lang string, t, now time.Time) string {
	if hour, minute, second := t.Clock(); t.IsZero() || hour+minute+second != 0 {
		return Instant(lang, t, now)
	}
	before := t.Add(-time.Second)
	return day(lang, before, before.Year() != now.In(t.Location()).Year()) + " 24:00"
}

// Day writes a date without its year: 5月7日(木) or Thu 7 May.
func Day(lang string, d calendar.Date) string { return day(lang, noon(d), false) }

// FullDay writes a date with its year: 2026年5月7日(木) or Thu 7 May 2026.
func FullDay(lang string, d calendar.Date) string { return day(lang, noon(d), true) }

// noon is an instant whose UTC date is d.
func noon(d calendar.Date) time.Time {
	return time.Unix(int64(d)*secondsPerDay+secondsPerDay/2, 0).UTC()
}

func day(lang string, t time.Time, withYear bool) string {
	layout := "layout_day"
	if withYear {
		layout = "layout_full_day"
	}
	return strings.Replace(t.Format(words.In(lang).Say(layout)), t.Format("Mon"), Weekday(lang, t.Weekday()), 1)
}

// Weekday is the short name of a weekday: 木 or Thu.
func Weekday(lang string, d time.Weekday) string {
	return words.In(lang).Say("weekday_" + strings.ToLower(d.String()))
}

// Month names a month: 5月 or May.
func Month(lang string, m time.Month) string {
	return time.Date(2000, m, 1, 0, 0, 0, 0, time.UTC).Format(words.In(lang).Say("layout_month"))
}

// Duration writes a measured length of time, without its sign, in at most two units:
// 3時間58分 or 3 h 58 min, 3日1時間 or 3 d 1 h, 2分10秒 or 2 min 10 s. From one day on
// it counts in days, as countdowns do, so that two lengths beside each other have the
// same units. The rest below the last unit is cut off, so that "1 h left" never
// promises more than there is.
func Duration(lang string, d time.Duration) string {
	d = d.Abs()
	whole := func(unit time.Duration) int64 { return int64(d / unit) }
	switch {
	case d < time.Minute:
		return join(lang, part{whole(time.Second), second})
	case d < secondsUpTo:
		return join(lang, part{whole(time.Minute), minute}, part{whole(time.Second) % 60, second})
	case d < aDay:
		return join(lang, part{whole(time.Hour), hour}, part{whole(time.Minute) % 60, minute})
	default:
		return join(lang, part{whole(aDay), days}, part{whole(time.Hour) % 24, hour})
	}
}

// Hours writes the length of d, without its sign, in hours and minutes without
// days: 135時間 or 135 h, 14時間59分 or 14 h 59 min. Promises are published in hours
// ("72 hours"), and what they are worth is compared with that.
func Hours(lang string, d time.Duration) string {
	d = d.Abs()
	if d < time.Minute {
		return join(lang, part{0, minute})
	}
	return join(lang, part{int64(d / time.Hour), hour}, part{int64(d/time.Minute) % 60, minute})
}

type unit uint8

const (
	second unit = iota
	minute
	hour
	days
)

// keys are the keys of a number of each unit.
var keys = [...]string{"seconds", "minutes", "hours", "days"}

// part is a number of units.
type part struct {
	n    int64
	unit unit
}

// join writes the parts and leaves out those that are zero, unless all are.
func join(lang string, parts ...part) string {
	in, text := words.In(lang), ""
	for i, p := range parts {
		if last := i == len(parts)-1; p.n == 0 && (!last || text != "") {
			continue
		}
		switch next := in.Say(keys[p.unit], "N", p.n); text {
		case "":
			text = next
		default:
			text = in.Say("length_joint", "Long", text, "Short", next)
		}
	}
	return text
}
