package calendar

import (
	"cmp"
	"fmt"
	"math"
	"sync"
	"time"
)

// Compile checks a spec and builds its calendar. The error joins every [Problem]
// found, as [errors.Join] does. The calendar shares no memory with the spec.
func Compile(spec Spec) (*Calendar, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	c := &Calendar{
		id:          spec.ID,
		zone:        spec.Zone,
		country:     cmp.Or(spec.Country, zoneCountry(spec.Zone)),
		unpublished: spec.Unpublished,
		first:       NewDate(spec.FirstYear, 1, 1),
		last:        NewDate(spec.LastYear, 12, 31),
	}
	holidays := spec.Holidays.within(c.first, c.last)
	b := newBuilder(c, &spec, holidays)
	b.walk()
	if len(c.intervals) == 0 {
		return nil, &Problem{
			Field: "weekly", Value: spec.ID,
			Remedy: fmt.Sprintf("never opens from %d to %d; give at least one weekday hours, like 09:00-18:00", spec.FirstYear, spec.LastYear),
		}
	}
	b.fillSkippedDates()
	b.countBusinessDays()
	b.sumIntervals()
	b.indexInstants()
	b.indexOffsets()
	b.shareKinds()
	c.canonical = string(spec.canonical(holidays))
	c.hash = sync.OnceValue(func() string { return hashOf(c.canonical) })
	return c, nil
}

// rule is the reason and the hours of a date.
type rule struct {
	reason    Reason
	name      Text
	projected bool
	spans     []Span
}

// builder fills the tables of a calendar. While it does, each date has a kind of its own.
type builder struct{ *Calendar }

func newBuilder(c *Calendar, spec *Spec, holidays []Date) builder {
	c.days = make([]int32, c.last-c.first+1)
	c.kinds = make([]day, len(c.days))
	for i := range c.days {
		c.days[i], c.kinds[i] = int32(i), day{start: unset, open: unset}
	}
	b := builder{c}
	b.applyWeekly(spec.Weekly)
	b.applyHolidays(spec.Holidays, holidays)
	b.applyExceptions(spec.Exceptions)
	return b
}

func (b builder) applyWeekly(weekly [7][]Span) {
	for _, spans := range weekly {
		r := rule{reason: ReasonWeekend}
		if len(spans) > 0 {
			r = rule{reason: ReasonBusinessDay, spans: sortedSpans(spans)}
		}
		b.rules = append(b.rules, r)
	}
	weekday := int32(b.first.Weekday())
	for i := range b.days {
		b.day(i).rule = (weekday + int32(i)) % 7
	}
}

// applyHolidays makes one rule for dates with equal holidays, such as New Year's Day of all
// years.
func (b builder) applyHolidays(holidays Holidays, dates []Date) {
	numbers := make(map[Holiday]int32)
	for _, date := range dates {
		h := holidays[date]
		number, known := numbers[h]
		if !known {
			number = int32(len(b.rules))
			numbers[h] = number
			b.rules = append(b.rules, rule{reason: h.reason(), name: h.Name, projected: h.Projected})
		}
		b.dayOf(date).rule = number
	}
}

func (b builder) applyExceptions(exceptions []Exception) {
	for i := range exceptions {
		e := &exceptions[i]
		number := int32(len(b.rules))
		r := rule{reason: ReasonClosure, name: e.Name}
		if len(e.Spans) > 0 {
			r.reason, r.spans = ReasonOpening, sortedSpans(e.Spans)
		}
		b.rules = append(b.rules, r)
		e.eachRange(b.first, b.last, func(from, to Date) {
			for d := max(from, b.first); d <= min(to, b.last); d++ {
				entry := b.dayOf(d)
				if !e.BusinessDaysOnly || len(b.rules[entry.rule].spans) > 0 {
					entry.rule = number
				}
			}
		})
	}
}

// eachRange calls apply for every range of dates of the exception that overlaps the
// dates between first and last. A range may exceed them.
func (e *Exception) eachRange(first, last Date, apply func(from, to Date)) {
	switch {
	case e.Monthly.Nth != 0:
		for year := first.Year(); year <= last.Year(); year++ {
			for month := time.January; month <= time.December; month++ {
				if d, ok := e.Monthly.in(year, month); ok {
					apply(d, d)
				}
			}
		}
		return
	case !e.Yearly:
		apply(e.From, e.To)
		return
	}
	_, fromMonth, fromDay := e.From.Civil()
	_, toMonth, toDay := e.To.Civil()
	wraps := toMonth < fromMonth || toMonth == fromMonth && toDay < fromDay
	// The year before the first counts as well: a range may wrap into it.
	for year := first.Year() - 1; year <= last.Year(); year++ {
		end := year
		if wraps {
			end++
		}
		// 29 February, as a start in a common year, becomes 1 March by itself;
		// as an end it is the last of February.
		to := NewDate(end, toMonth, 1) + Date(toDay-1)
		apply(NewDate(year, fromMonth, fromDay), min(to, NewDate(end, toMonth+1, 0)))
	}
}

// walk visits the zone's segments and dates in order of time, and records where each
// date begins and ends and which of its hours exist. A segment contains no clock
// change, so the result is exact.
func (b builder) walk() {
	const margin = 2 * secondsPerDay // beyond any offset from UTC
	b.segments = segments(b.zone, int64(b.first)*secondsPerDay-margin, int64(b.last+1)*secondsPerDay+margin)
	b.intervals = make([]interval, 0, b.spanCount())
	for _, s := range b.segments {
		from, to := s.dates()
		for d := max(from, b.first); d <= min(to, b.last); d++ {
			b.addDate(s, d)
		}
	}
}

// spanCount estimates the number of intervals.
func (b builder) spanCount() int {
	count := 1
	for i := range b.days {
		count += len(b.rules[b.day(i).rule].spans)
	}
	return count
}

func (b builder) addDate(s segment, date Date) {
	entry := b.dayOf(date)
	start, end := s.part(date, 0, secondsPerDay)
	if entry.start == unset {
		entry.start = sinceMidnight(date, start)
	}
	entry.end = sinceMidnight(date, end)
	if before := b.dateBefore(date); before >= b.first {
		shift, passes := overnightShift(b.spansOf(before))
		if passes {
			b.overnight = true
			b.addHours(s, date, Span{Close: shift.Close - endOfDay}, before)
		}
	}
	for _, span := range b.spansOf(date) {
		b.addHours(s, date, Span{Open: span.Open, Close: min(span.Close, endOfDay)}, date)
	}
}

// sinceMidnight returns the seconds from 00:00 UTC of a date to an instant near it.
func sinceMidnight(date Date, second int64) int32 { return int32(second - int64(date)*secondsPerDay) }

func (b builder) spansOf(d Date) []Span { return b.rules[b.dayOf(d).rule].spans }

// dateBefore returns the previous existing date in the zone. A shift continues
// after a date that the zone jumped over.
func (c *Calendar) dateBefore(d Date) Date {
	d--
	for d > c.first && c.dayOf(d).skipped() {
		d--
	}
	return d
}

// addHours appends the part of a date's hours that lies in the segment to the day
// that they belong to: that date, or the one before.
func (b builder) addHours(s segment, date Date, span Span, owner Date) {
	open, shut := s.part(date, int64(span.Open)*60, int64(span.Close)*60)
	if open >= shut {
		return
	}
	entry := b.dayOf(owner)
	if entry.open == unset {
		entry.open = sinceMidnight(owner, open)
	}
	entry.close = sinceMidnight(owner, shut)
	b.addInterval(interval{open: open, close: shut})
}

// addInterval appends an open stretch that begins no earlier than the last. A
// stretch that continues or overlaps the last one, over midnight or a clock change,
// extends it.
func (b builder) addInterval(iv interval) {
	if n := len(b.intervals); n > 0 && b.intervals[n-1].close >= iv.open {
		b.intervals[n-1].close = max(b.intervals[n-1].close, iv.close)
		return
	}
	b.intervals = append(b.intervals, iv)
}

// fillSkippedDates sets the beginning and end of a date that the zone jumped over
// to the instant of the jump, so that counting across it works.
func (b builder) fillSkippedDates() {
	last := len(b.days) - 1
	for b.day(last).start == unset {
		last-- // a zone can skip the last date: Kiritimati had no 1994-12-31
	}
	b.end = b.second(last, b.day(last).end)
	if _, passes := overnightShift(b.spansOf(b.first + Date(last))); passes {
		b.day(last).close = beyond
	}
	next := b.end
	for i := len(b.days) - 1; i >= 0; i-- {
		entry := b.day(i)
		if entry.start == unset {
			jump := sinceMidnight(b.first+Date(i), next)
			entry.start, entry.end = jump, jump
		}
		next = b.second(i, entry.start)
	}
	b.start = next
}

// shareKinds stores equal kinds once: tens of thousands of dates have a few hundred.
func (b builder) shareKinds() {
	numbers := make(map[day]int32)
	var kinds []day
	for i, kind := range b.kinds {
		if i >= 7 && kind == kinds[b.days[i-7]] { // most days are as the same day a week before
			b.days[i] = b.days[i-7]
			continue
		}
		number, known := numbers[kind]
		if !known {
			number = int32(len(kinds))
			numbers[kind] = number
			kinds = append(kinds, kind)
		}
		b.days[i] = number
	}
	b.kinds = kinds
}

func (b builder) countBusinessDays() {
	b.before = make([]int32, 0, len(b.days)+1)
	count := int32(0)
	for i := range b.days {
		b.before = append(b.before, count)
		if b.day(i).open != unset {
			count++
		}
	}
	b.before = append(b.before, count)
	b.business = make([]Date, 0, count)
	for i := range b.days {
		if b.isBusiness(i) {
			b.business = append(b.business, b.first+Date(i))
		}
	}
}

// sumIntervals sets the open time before each interval, and adds a sentinel past
// the end, so that searches need no bounds check.
func (b builder) sumIntervals() {
	var sum int64
	for i := range b.intervals {
		b.intervals[i].before = sum
		sum += b.intervals[i].close - b.intervals[i].open
	}
	b.intervals = append(b.intervals, interval{open: b.end + 1, close: math.MaxInt64, before: sum})
}

// indexInstants records the first interval of a search for every 24 hours from the start.
func (b builder) indexInstants() {
	b.marks = make([]mark, (b.end-b.start+secondsPerDay-1)/secondsPerDay)
	interval := 0
	for i := range b.marks {
		at := b.start + int64(i)*secondsPerDay
		for b.intervals[interval].close <= at {
			interval++
		}
		b.marks[i] = markOf(at, b.intervals[interval].close, interval)
	}
}

// indexOffsets records the offset of the zone for the same 24 hours, where it has several.
func (b builder) indexOffsets() {
	if len(b.segments) == 1 {
		return
	}
	b.offsets = make([]int32, len(b.marks))
	segment := 0
	for i := range b.offsets {
		at := b.start + int64(i)*secondsPerDay
		for b.segments[segment].end <= at {
			segment++
		}
		b.offsets[i] = int32(b.segments[segment].offset)
		if b.segments[segment].end < at+secondsPerDay {
			b.offsets[i] = offsetChanges
		}
	}
}
