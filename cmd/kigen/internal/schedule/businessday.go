package schedule

import (
	"time"

	"kigen/calendar"
)

// FirstBusinessDay is due on the first business day of each month. The calendar
// decides the date, clocks in Zone the time: Zone is that of the reported months,
// so that a report is never due before its month has ended.
type FirstBusinessDay struct {
	Calendar *calendar.Calendar
	At       time.Duration // time of the day
	Zone     *time.Location
}

// First returns the first such instant at or after from; zero past the
// calendar's years.
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
