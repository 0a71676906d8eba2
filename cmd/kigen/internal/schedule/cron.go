// Package schedule gives the instants at which jobs are due, by wall clocks in a
// zone. Unlike cron's own reckoning it neither skips nor repeats a job when the
// clocks change: a wall time that is skipped counts as the instant of the change.
// Between these instants jobs sleep by it.
package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a schedule in cron's fields.
type Cron struct {
	fields *cron.SpecSchedule // in UTC, which stands for wall clocks
	zone   *time.Location
}

// ParseCron reads five cron fields or a name such as @monthly, with an optional
// CRON_TZ= in front; without it the given zone is used. An error names the key of
// the configuration, the value and the remedy.
func ParseCron(key, spec string, zone *time.Location) (Cron, error) {
	refuse := func(why string) (Cron, error) {
		return Cron{}, fmt.Errorf(`%s %q: %s; write minute, hour, day, month and weekday, such as "CRON_TZ=Asia/Tokyo 0 9 1 * *"`, key, spec, why)
	}
	words := strings.Fields(spec)
	if len(words) > 0 && (strings.HasPrefix(words[0], "CRON_TZ=") || strings.HasPrefix(words[0], "TZ=")) {
		_, name, _ := strings.Cut(words[0], "=")
		var err error
		if zone, err = time.LoadLocation(name); err != nil || name == "" {
			return refuse(fmt.Sprintf("%q is no time zone", name))
		}
		words = words[1:] // cron itself panics on a zone without fields
	}
	parsed, err := cron.ParseStandard(strings.Join(words, " "))
	if err != nil {
		return refuse(err.Error())
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return refuse("an interval has no fixed dates")
	}
	fields.Location = time.UTC
	s := Cron{fields, zone}
	if s.First(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return refuse("this date never comes")
	}
	return s, nil
}

// First returns the first due instant at or after from; zero if there is none
// within five years.
func (s Cron) First(from time.Time) time.Time {
	// A day back, for wall times that the clocks skip just before from.
	wall := asUTC(from.In(s.zone)).Add(-24*time.Hour - 1)
	for {
		if wall = s.fields.Next(wall); wall.IsZero() {
			return wall
		}
		if at := instantOf(wall, s.zone); !at.Before(from) {
			return at
		}
	}
}

// Last returns the last due instant at or before until; zero if there is none
// within ten years.
func (s Cron) Last(until time.Time) (last time.Time) {
	// Most schedules are due daily: the search goes back a little further each time.
	for back := 25 * time.Hour; back < 12*366*24*time.Hour; back *= 4 {
		for at := s.First(until.Add(-back)); !at.IsZero() && !at.After(until); at = s.First(at.Add(1)) {
			last = at
		}
		if !last.IsZero() {
			return last
		}
	}
	return last
}

// asUTC returns the instant at which clocks in UTC show the date and time of t.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instantOf returns when clocks in the zone show the date and time that wall has
// in UTC. If they skip it, it is the instant of the change, for which time.Date
// may give the hour before.
func instantOf(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if asUTC(at).Before(wall) {
		_, change := at.ZoneBounds()
		return change.In(zone)
	}
	return at
}

// SkippedMonths lists the months in which the schedule is not always due
// although it names none. A schedule that names its months means to leave out the others.
func (s Cron) SkippedMonths() (months []time.Month) {
	const everyMonth = 1<<13 - 2 // bits 1 to 12
	if s.fields == nil || s.fields.Month&everyMonth != everyMonth {
		return nil
	}
	// Four years from 2025 on: every length of every month.
	for month := range 4 * 12 {
		first := time.Date(2025, time.Month(1+month), 1, 0, 0, 0, 0, s.zone)
		if at := s.First(first); (at.IsZero() || !at.Before(first.AddDate(0, 1, 0))) && !slices.Contains(months, first.Month()) {
			months = append(months, first.Month())
		}
	}
	slices.Sort(months)
	return months
}
