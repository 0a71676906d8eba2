package report

import (
	"fmt"
	"time"
)

// Kind says what a period is made of.
type Kind string

// The kinds of period.
const (
	KindMonth   Kind = "month"   // 2026-10
	KindQuarter Kind = "quarter" // 2026-Q3, of the calendar year
	KindYear    Kind = "year"    // 2026
	KindMonths  Kind = "months"  // 2026-04..2026-09, both included
	KindDays    Kind = "days"    // 2026-10-01..2026-10-15, both included
)

// Period is the stretch of time that a report covers: From is inside, To is
// the first instant after it, both in the zone of the report.
type Period struct {
	Label    string    `json:"label"` // "2026-10", "2026-Q3", "2026", "2026-04..2026-09" or "2026-10-01..2026-10-15"
	Kind     Kind      `json:"kind"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Zone     string    `json:"zone"`     // name in the tz database
	Finished bool      `json:"finished"` // false: it was still running when the report was asked for
}

// Contains reports whether the instant lies in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// PeriodError is a period that no report can be made for.
type PeriodError struct {
	Value  string // as it was given
	Remedy string // what is wrong and what would be right
}

// Error names the value and the remedy.
func (e *PeriodError) Error() string { return fmt.Sprintf("month %q: %s", e.Value, e.Remedy) }

const (
	monthLayout = "2006-01"
	firstYear   = 1970 // an earlier year is a slip of the finger
)

// Month reads a label such as "2026-10" as that month in the zone. The month
// that is running at now is allowed and not Finished. A month that has not
// begun, and a label that is no month, is a *PeriodError.
func Month(label string, zone *time.Location, now time.Time) (Period, error) {
	first, err := time.Parse(monthLayout, label)
	if err != nil {
		return Period{}, &PeriodError{label, "write the year and the month as YYYY-MM, such as 2026-10"}
	}
	if first.Year() < firstYear {
		return Period{}, &PeriodError{label, fmt.Sprintf("the year must be %d or later", firstYear)}
	}
	p := monthOf(first.Year(), first.Month(), zone, now)
	if now.Before(p.From) {
		return Period{}, &PeriodError{label, fmt.Sprintf(
			"this month has not begun in %s; the latest one with a report is %s", zone, now.In(zone).Format(monthLayout))}
	}
	return p, nil
}

// LastFinished is the newest month that had ended in the zone at now.
func LastFinished(zone *time.Location, now time.Time) Period {
	local := now.In(zone)
	return monthOf(local.Year(), local.Month()-1, zone, now)
}

// Previous is the month before p. It had ended when p had begun.
func (p Period) Previous() Period {
	return monthOf(p.From.Year(), p.From.Month()-1, p.From.Location(), p.From)
}

func monthOf(year int, month time.Month, zone *time.Location, now time.Time) Period {
	p := Period{Kind: KindMonth, From: monthStart(year, month, zone), To: monthStart(year, month+1, zone), Zone: zone.String()}
	p.Label = p.From.Format(monthLayout)
	p.Finished = !now.Before(p.To)
	return p
}

// monthStart is the first instant of the month. Where clocks change in the
// first hour of a month, midnight may come twice or never, and time.Date does
// not promise which instant it then gives.
func monthStart(year int, month time.Month, zone *time.Location) time.Time {
	t := time.Date(year, month, 1, 0, 0, 0, 0, zone)
	if t.Day() != 1 { // midnight was skipped, and this is the hour before
		_, t = t.ZoneBounds()
		return t.In(zone)
	}
	change, _ := t.ZoneBounds()
	if change.IsZero() {
		return t
	}
	_, before := change.Add(-time.Second).In(zone).Zone()
	_, after := t.Zone()
	if earlier := t.Add(-time.Duration(before-after) * time.Second); earlier.Before(change) && before > after {
		return earlier // midnight came twice, and this is the first
	}
	return t
}
