package daemon

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when a job is due, by wall clocks in a zone. Unlike cron's own
// reckoning it neither skips nor repeats a job when the clocks change: a wall
// time that is skipped counts as the instant of the change.
type Schedule struct {
	fields *cron.SpecSchedule // in UTC, which stands for wall clocks
	zone   *time.Location
}

// ParseSchedule reads five cron fields or a name such as @monthly, with an
// optional CRON_TZ= in front; without it the zone given counts. An error names
// the key of the configuration, what was given and what would be right.
func ParseSchedule(key, spec string, zone *time.Location) (Schedule, error) {
	refuse := func(why string) (Schedule, error) {
		return Schedule{}, fmt.Errorf(`%s %q: %s; write minute, hour, day, month and weekday, such as "CRON_TZ=Asia/Tokyo 0 9 1 * *"`, key, spec, why)
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
	s := Schedule{fields, zone}
	if s.First(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return refuse("this date never comes")
	}
	return s, nil
}

// First is the first instant at or after from that is due; zero when none
// comes within five years.
func (s Schedule) First(from time.Time) time.Time {
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

// Last is the last instant at or before until that was due; zero when none
// was within ten years.
func (s Schedule) Last(until time.Time) (last time.Time) {
	// Most schedules are due daily: look back a little further each time.
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

// asUTC is the instant at which clocks in UTC show what t shows.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instantOf is when clocks in the zone show what wall shows in UTC. Where they
// skip it, time.Date may give the hour before; the change itself is meant.
func instantOf(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if asUTC(at).Before(wall) {
		_, change := at.ZoneBounds()
		return change.In(zone)
	}
	return at
}
