package daemon

import (
	"time"

	"kigen/calendar"
)

// Occasion says when a job is due.
type Occasion interface {
	// First is the first instant at or after from that is due; zero when none
	// is known.
	First(from time.Time) time.Time
}

// FirstBusinessDay is the first business day of each month. The calendar says
// which date that is; the time is on clocks in Zone, whose months are reported,
// so that it never comes before the month that it ends is over.
type FirstBusinessDay struct {
	Calendar *calendar.Calendar
	At       time.Duration // time of the day
	Zone     *time.Location
}

// First is the first such instant at or after from; zero past the calendar's
// years.
func (f FirstBusinessDay) First(from time.Time) time.Time {
	year, month, _ := from.In(f.Zone).Date()
	for first := calendar.NewDate(year, month, 1); ; first = first.AddMonths(1) {
		day, err := f.Calendar.RollForward(first)
		if err != nil {
			return time.Time{}
		}
		y, m, d := day.Civil()
		wall := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(f.At)
		if at := instantOf(wall, f.Zone); !at.Before(from) {
			return at
		}
	}
}
