package calendar_test

import (
	"slices"
	"time"

	"kigen/calendar"
)

// oracle answers every question by stepping through the minutes of a window and
// reading the wall clock of each. It knows nothing of the package but the plain
// fields of a spec: no compiled table, no date arithmetic, no zone segments.
// Clocks change at whole minutes in every zone and year tested, so that a
// minute is open or closed as a whole.
type oracle struct {
	spec    calendar.Spec
	minutes []minute // of the window, in order
	first   int      // the first minute of the calendar's years
	end     int      // the minute after their last
}

// minute is one minute of real time, as a clock on the wall shows it.
type minute struct {
	start time.Time
	date  string // 2006-01-02
	clock time.Duration
	open  bool
	own   bool   // in hours that begin on its date
	shift string // the date before, in hours that began on that; else empty
	begun bool   // the date's own hours have begun
}

// of reports whether the minute is open in hours that begin on a date.
func (m minute) of(date string) bool { return m.own && m.date == date || m.shift == date }

func newOracle(spec calendar.Spec, from time.Time, days int) *oracle {
	o := &oracle{spec: spec, first: -1, minutes: make([]minute, 0, days*24*60)}
	from = from.Truncate(time.Minute)
	hours := map[string][]calendar.Span{}
	last := minute{}
	befores := o.datesBefore(from, days)
	for _, before := range befores {
		if _, known := hours[before]; !known && before != "" {
			hours[before] = o.hours(before, weekdayOf(before))
		}
	}
	for i := range days * 24 * 60 {
		at := from.Add(time.Duration(i) * time.Minute).In(spec.Zone)
		date := last.date
		if i == 0 || at.Day() != last.start.Day() {
			date = at.Format(time.DateOnly)
			hours[date] = o.hours(date, at.Weekday())
		}
		before := befores[date]
		m := minute{
			start: at, date: date,
			clock: time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute,
		}
		covered := at.Year() >= spec.FirstYear && at.Year() <= spec.LastYear
		if covered {
			if o.first < 0 {
				o.first = i
			}
			o.end = i + 1
			for _, span := range hours[date] {
				m.own = m.own || m.clock >= time.Duration(span.Open)*time.Minute && m.clock < time.Duration(span.Close)*time.Minute
			}
			for _, span := range hours[before] {
				if m.clock+24*time.Hour < time.Duration(span.Close)*time.Minute && before[:4] >= yearOf(spec.FirstYear) {
					m.shift = before
				}
			}
			m.open = m.own || m.shift != ""
			m.begun = m.own || last.begun && last.date == date
		}
		o.minutes = append(o.minutes, m)
		last = m
	}
	return o
}

// datesBefore returns, for each date that the zone has in a window, the date
// that it had before.
func (o *oracle) datesBefore(from time.Time, days int) map[string]string {
	var dates []string
	for i := -72; i <= days*24+24; i++ {
		dates = append(dates, from.Add(time.Duration(i)*time.Hour).In(o.spec.Zone).Format(time.DateOnly))
	}
	slices.Sort(dates)
	dates = slices.Compact(dates)
	before := map[string]string{}
	for i := 1; i < len(dates); i++ {
		before[dates[i]] = dates[i-1]
	}
	return before
}

func weekdayOf(date string) time.Weekday {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t.Weekday()
}

// hours returns what a date is meant to be open, clocks aside.
func (o *oracle) hours(date string, weekday time.Weekday) []calendar.Span {
	return o.excepted(date, weekday, len(o.spec.Exceptions))
}

// excepted applies the first n exceptions.
func (o *oracle) excepted(date string, weekday time.Weekday, n int) []calendar.Span {
	for i := n - 1; i >= 0; i-- {
		e := o.spec.Exceptions[i]
		if e.BusinessDaysOnly && len(o.excepted(date, weekday, i)) == 0 {
			continue
		}
		if e.Monthly.Nth != 0 {
			if onNth(date, e.Monthly) {
				return e.Spans
			}
			continue
		}
		from, to, at := e.From.String(), e.To.String(), date
		if e.Yearly {
			from, to, at = from[5:], to[5:], at[5:]
		}
		within := from <= at && at <= to
		if from > to {
			within = at >= from || at <= to
		}
		if within {
			return e.Spans
		}
	}
	for holiday := range o.spec.Holidays {
		if holiday.String() == date {
			return nil
		}
	}
	return o.spec.Weekly[weekday]
}

// onNth counts the same weekdays of the month one by one.
func onNth(date string, n calendar.NthWeekday) bool {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	if t.Weekday() != n.Weekday || n.Month != 0 && t.Month() != n.Month {
		return false
	}
	if n.Nth < 0 {
		return t.AddDate(0, 0, 7).Month() != t.Month()
	}
	count := 0
	for d := t; d.Month() == t.Month(); d = d.AddDate(0, 0, -7) {
		count++
	}
	return count == n.Nth
}

// edges returns the instants at which something changes between two minutes of
// the window: open to closed, one date to another, or a jump of the clock.
func (o *oracle) edges(from, to int) []time.Time {
	var found []time.Time
	for i := from; i < to; i++ {
		last, m := o.minutes[i-1], o.minutes[i]
		if m.open != last.open || m.date != last.date || m.clock != last.clock+time.Minute {
			found = append(found, m.start)
		}
	}
	return found
}

// verdict tells whether an answer is known, or known to lie beyond the
// calendar's years, or beyond the window.
type verdict int

const (
	known verdict = iota
	outOfYears
	outOfWindow
)

// edge is the verdict on a search that ran out of minutes at i.
func (o *oracle) edge(i int) verdict {
	if i < o.first && o.first > 0 || i >= o.end && o.end < len(o.minutes) {
		return outOfYears
	}
	return outOfWindow
}

// place returns the minute that holds t.
func (o *oracle) place(t time.Time) int {
	return int(t.Truncate(time.Minute).Sub(o.minutes[0].start) / time.Minute)
}

func (o *oracle) isOpen(t time.Time) bool { return o.minutes[o.place(t)].open }

func (o *oracle) nextOpening(t time.Time) (time.Time, verdict) {
	i := o.place(t)
	if i < o.first || i >= o.end {
		return time.Time{}, outOfYears
	}
	if o.minutes[i].open {
		return t, known
	}
	for i++; i < o.end; i++ {
		if o.minutes[i].open {
			return o.minutes[i].start, known
		}
	}
	return time.Time{}, o.edge(i)
}

// covers reports whether t lies in the calendar's years, or is their very end.
func (o *oracle) covers(t time.Time) bool {
	i := o.place(t)
	return i >= o.first && (i < o.end || i == o.end && t.Equal(o.minutes[i].start))
}

func (o *oracle) addOpen(t time.Time, d time.Duration) (time.Time, verdict) {
	if !o.covers(t) {
		return time.Time{}, outOfYears
	}
	i := o.place(t)
	at := t
	for ; d > 0 && i < o.end; i++ {
		next := o.minutes[i].start.Add(time.Minute)
		if o.minutes[i].open {
			left := next.Sub(at)
			if d <= left {
				return at.Add(d), known
			}
			d -= left
		}
		at = next
	}
	for ; d < 0 && i >= o.first; i-- {
		if o.minutes[i].open {
			left := at.Sub(o.minutes[i].start)
			if -d <= left {
				return at.Add(d), known
			}
			d += left
		}
		at = o.minutes[i].start
	}
	if d == 0 {
		return t, known
	}
	return time.Time{}, o.edge(i)
}

func (o *oracle) openBetween(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -o.openBetween(b, a)
	}
	var sum time.Duration
	for i := o.place(a); i < len(o.minutes) && o.minutes[i].start.Before(b); i++ {
		if o.minutes[i].open {
			from, to := o.minutes[i].start, o.minutes[i].start.Add(time.Minute)
			if from.Before(a) {
				from = a
			}
			if to.After(b) {
				to = b
			}
			sum += to.Sub(from)
		}
	}
	return sum
}

// on returns the minutes that belong to a date and pass a test.
func (o *oracle) on(date string, test func(minute) bool) []minute {
	var found []minute
	for _, m := range o.minutes {
		if m.date == date && test(m) {
			found = append(found, m)
		}
	}
	return found
}

// openMinutes returns those of the hours that begin on a date.
func (o *oracle) openMinutes(date string) []minute {
	var found []minute
	for _, m := range o.minutes {
		if m.of(date) {
			found = append(found, m)
		}
	}
	return found
}

// bounds returns the first instant of a date and the instant that ends it.
func (o *oracle) bounds(date string) (start, end time.Time) {
	all := o.on(date, func(minute) bool { return true })
	if len(all) > 0 {
		return all[0].start, all[len(all)-1].start.Add(time.Minute)
	}
	for i, m := range o.minutes {
		if m.date > date || i == o.end {
			return m.start, m.start
		}
	}
	panic("the window ends before " + date)
}

// at returns the first instant of a date with the wall clock at or past clock.
func (o *oracle) at(date string, clock time.Duration) time.Time {
	for _, m := range o.on(date, func(m minute) bool { return m.clock+time.Minute > clock }) {
		return m.start.Add(max(clock-m.clock, 0))
	}
	_, end := o.bounds(date)
	return end
}

// nextDate counts dates as a paper calendar does.
func nextDate(date string, step int) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, step).Format(time.DateOnly)
}

// addBusinessDays walks date by date. The window must hold every date on the
// way; known says whether it did.
func (o *oracle) addBusinessDays(date string, n int) (string, verdict) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	firstDate, lastDate := o.minutes[0].date, o.minutes[len(o.minutes)-1].date
	for n > 0 {
		date = nextDate(date, step)
		year := date[:4]
		switch {
		case year < yearOf(o.spec.FirstYear) || year > yearOf(o.spec.LastYear):
			return "", outOfYears
		case date <= firstDate || date >= lastDate:
			return "", outOfWindow
		}
		if len(o.openMinutes(date)) > 0 {
			n--
		}
	}
	return date, known
}

// endOfYears returns the last date that the zone has in the calendar's years,
// where the window shows it.
func (o *oracle) endOfYears() (date string, ok bool) {
	if o.end == 0 || o.end == len(o.minutes) {
		return "", false
	}
	return o.minutes[o.end-1].date, true
}

func (o *oracle) passesMidnight(date string) bool {
	return slices.ContainsFunc(o.hours(date, weekdayOf(date)), calendar.Span.PassesMidnight)
}

func yearOf(year int) string { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006") }
