package report

import (
	"fmt"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase/localizer"
)

// Kind is the unit of a period.
type Kind string

// The kinds of period.
const (
	KindMonth   Kind = "month"   // 2026-10
	KindQuarter Kind = "quarter" // 2026-Q3, of the calendar year
	KindYear    Kind = "year"    // 2026
	KindMonths  Kind = "months"  // 2026-04..2026-09, both included
	KindDays    Kind = "days"    // 2026-10-01..2026-10-15, both included
)

// Period is the time that a report covers: From is included, To is the first
// instant after it, both in the zone of the report.
type Period struct {
	Label    string    `json:"label"` // "2026-10", "2026-Q3", "2026", "2026-04..2026-09" or "2026-10-01..2026-10-15"
	Kind     Kind      `json:"kind"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Zone     string    `json:"zone"`     // name in the tz database
	Finished bool      `json:"finished"` // false: it was still running when the report was requested

	// AsOf is when a report of a running period was requested, to the minute; zero: the
	// period is finished.
	AsOf time.Time `json:"as_of,omitzero"`
}

// Contains reports whether the instant lies in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// PeriodError is a period for which no report can be made.
type PeriodError struct {
	Value  string            // the value as given
	Remedy localizer.Message // the fault and its remedy
}

func refusedf(label, format string, args ...any) error {
	return &PeriodError{label, localizer.Messagef(format, args...)}
}

// Error names the value and the remedy.
func (e *PeriodError) Error() string { return e.In(localizer.English) }

// In is Error in "ja" or "en".
func (e *PeriodError) In(lang string) string {
	return localizer.Messagef("period %q: %s", e.Value, e.Remedy).In(lang)
}

const (
	yearLayout  = "2006"
	monthLayout = "2006-01"
	dayLayout   = "2006-01-02"
	between     = ".."
	firstYear   = 1970 // an earlier year is a typing error
	mostYears   = 10   // the longest range
)

// Month parses a label such as "2026-10" as that month in the zone. The month
// that is running at now is allowed and not Finished. A month that has not
// begun, and any other label, is a *PeriodError.
func Month(label string, zone *time.Location, now time.Time) (Period, error) {
	first, err := time.Parse(monthLayout, label)
	if err != nil {
		return Period{}, refusedf(label, "write the year and the month as YYYY-MM, such as 2026-10")
	}
	return begun(label, monthOf(first.Year(), first.Month(), zone, now), now)
}

// ParsePeriod parses a month (2026-10), a quarter (2026-Q3), a year (2026), or
// an inclusive range of months (2026-04..2026-09) or days (2026-10-01..2026-10-15).
// A period that is running at now is allowed and not Finished; one that has not
// begun, and any other text, is a *PeriodError.
func ParsePeriod(label string, zone *time.Location, now time.Time) (Period, error) {
	s := span{zone: zone}
	if from, to, isRange := strings.Cut(label, between); isRange {
		if !s.readRange(from, to) {
			return Period{}, refusedf(label, "write both ends as months or both as days, such as 2026-04..2026-09 or 2026-10-01..2026-10-15")
		}
	} else if !s.readOne(label) {
		return Period{}, refusedf(label, "write a month as YYYY-MM, such as 2026-10, a quarter as 2026-Q3, a year as 2026, or a range as 2026-04..2026-09 or 2026-10-01..2026-10-15")
	}
	if s.length < 1 {
		return Period{}, refusedf(label, "the range ends before it begins; write the earlier end first")
	}
	if s.length > s.most() {
		return Period{}, refusedf(label, "a range holds at most %d years", mostYears)
	}
	return begun(label, s.period(now), now)
}

// begun refuses a period that has not begun.
func begun(label string, p Period, now time.Time) (Period, error) {
	if p.From.Year() < firstYear {
		return Period{}, refusedf(label, "the year must be %d or later", firstYear)
	}
	if now.Before(p.From) {
		latest := now.In(p.From.Location()).Format(monthLayout)
		if p.Kind == KindMonth {
			return Period{}, refusedf(label, "this month has not begun in %s; the latest month with a report is %s", p.Zone, latest)
		}
		return Period{}, refusedf(label, "this period has not begun in %s; the latest month with a report is %s", p.Zone, latest)
	}
	return p, nil
}

// LastFinished is the newest month that had ended in the zone at now.
func LastFinished(zone *time.Location, now time.Time) Period {
	local := now.In(zone)
	return monthOf(local.Year(), local.Month()-1, zone, now)
}

// Previous is the period of the same length before p: the month before a month, the
// quarter before a quarter, as many months or days before a range. It has always
// ended.
func (p Period) Previous() Period {
	s := p.span()
	if s.days {
		s.day -= s.length
	} else {
		s.month -= time.Month(s.length)
	}
	return s.period(p.From)
}

// Next is the period of the same length after p. It may not have begun at now.
func (p Period) Next(now time.Time) Period {
	s := p.span()
	if s.days {
		s.day += s.length
	} else {
		s.month += time.Month(s.length)
	}
	return s.period(now)
}

// trendLength is how many months a trend has at least.
const trendLength = 12

// TrendMonths are the months of the period's trend, oldest first: twelve, or all of
// the period's if it has more. The last one contains the period's end.
func (p Period) TrendMonths() []Period {
	zone, last := p.From.Location(), p.To.Add(-1)
	from, to := p.From.Year()*12+int(p.From.Month()), last.Year()*12+int(last.Month())
	n := max(trendLength, to-from+1)
	months := make([]Period, n)
	for i := range months {
		months[i] = monthOf(last.Year(), last.Month()-time.Month(n-1-i), zone, p.To)
	}
	return months
}

func monthOf(year int, month time.Month, zone *time.Location, now time.Time) Period {
	return span{kind: KindMonth, year: year, month: month, day: 1, length: 1, zone: zone}.period(now)
}

// span is a period in wall-clock terms: a number of months or days from a date.
type span struct {
	kind   Kind
	year   int
	month  time.Month // may lie outside 1 to 12, as for time.Date
	day    int
	length int
	days   bool // length counts days, not months
	zone   *time.Location
}

// most is the greatest length of a range.
func (s span) most() int {
	if s.days {
		return mostYears * 366
	}
	return mostYears * 12
}

func (s *span) readOne(label string) bool {
	if t, err := time.Parse(monthLayout, label); err == nil {
		s.set(KindMonth, t, 1)
		return true
	}
	if t, err := time.Parse(yearLayout, label); err == nil {
		s.set(KindYear, t, 12)
		return true
	}
	year, quarter, isQuarter := strings.Cut(label, "-Q")
	t, err := time.Parse(yearLayout, year)
	if !isQuarter || err != nil || len(quarter) != 1 || quarter < "1" || quarter > "4" {
		return false
	}
	s.set(KindQuarter, t.AddDate(0, 3*int(quarter[0]-'1'), 0), 3)
	return true
}

func (s *span) readRange(from, to string) bool {
	if first, last, ok := parseBoth(monthLayout, from, to); ok {
		s.set(KindMonths, first, (last.Year()-first.Year())*12+int(last.Month()-first.Month())+1)
		return true
	}
	if first, last, ok := parseBoth(dayLayout, from, to); ok {
		s.set(KindDays, first, daysBetween(first, last)+1)
		s.days = true
		return true
	}
	return false
}

func parseBoth(layout, from, to string) (first, last time.Time, ok bool) {
	first, err := time.Parse(layout, from)
	if err != nil {
		return first, last, false
	}
	last, err = time.Parse(layout, to)
	return first, last, err == nil
}

// daysBetween counts days by date; both must be midnights in UTC.
func daysBetween(first, last time.Time) int { return int(last.Sub(first) / (24 * time.Hour)) }

func (s *span) set(kind Kind, first time.Time, length int) {
	s.kind, s.year, s.month, s.day, s.length = kind, first.Year(), first.Month(), first.Day(), length
}

// span is parsed from the period's label. The first instant cannot be used instead:
// in a zone that skips midnight its date is right, but not its hour.
func (p Period) span() span {
	s := span{zone: p.From.Location()}
	if from, to, isRange := strings.Cut(p.Label, between); isRange {
		s.readRange(from, to)
	} else {
		s.readOne(p.Label)
	}
	return s
}

func (s span) period(now time.Time) Period {
	endYear, endMonth, endDay := s.year, s.month+time.Month(s.length), s.day
	if s.days {
		endMonth, endDay = s.month, s.day+s.length
	}
	p := Period{
		Label: s.label(), Kind: s.kind, Zone: s.zone.String(),
		From: calendar.NewDate(s.year, s.month, s.day).In(s.zone), To: calendar.NewDate(endYear, endMonth, endDay).In(s.zone),
	}
	if p.Finished = !now.Before(p.To); !p.Finished {
		p.AsOf = now.In(s.zone).Truncate(time.Minute)
	}
	return p
}

func (s span) label() string {
	first := time.Date(s.year, s.month, s.day, 0, 0, 0, 0, time.UTC)
	switch s.kind {
	case KindYear:
		return first.Format(yearLayout)
	case KindQuarter:
		return fmt.Sprintf("%s-Q%d", first.Format(yearLayout), (first.Month()+2)/3)
	case KindMonths:
		return first.Format(monthLayout) + between + first.AddDate(0, s.length-1, 0).Format(monthLayout)
	case KindDays:
		return first.Format(dayLayout) + between + first.AddDate(0, 0, s.length-1).Format(dayLayout)
	default:
		return first.Format(monthLayout)
	}
}
