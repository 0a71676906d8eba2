package profile

import (
	"math"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// tally counts waits by their whole minutes: half a million starts have a few
// thousand different waits at most, so counting beats sorting.
type tally struct {
	promise *sla.Promise
	applies func(start time.Time) bool // called once a day: the version that applies changes with the date
	applied bool                       // to any start so far

	lead      bool // a deadline lay before its start
	starts    int
	byMinute  []int // how many starts wait that many minutes, rounded up
	max       time.Duration
	longestAt time.Time
	heat      [7][24]heat
}

// heat holds the waits of the starts of one weekday and hour.
type heat struct {
	starts   int
	sum, max time.Duration
}

// take counts every minute in [start, end). It stops at the first one that shows
// that there is no wait to measure.
func (t *tally) take(start, end time.Time) error {
	var facts sla.Facts // only the start changes from minute to minute
	stamp := &facts.Times[t.promise.Start]
	stamp.Basis = sla.Stated
	cal := t.promise.Calendar
	zone := cal.Zone()
	today, applies := calendar.Date(math.MinInt32), false
	var cell *heat
	// Integer seconds are faster than times; the loop runs half a million times.
	for second, until := start.Unix(), start.Unix(); second < end.Unix(); second += 60 {
		start := time.Unix(second, 0).In(zone)
		if second >= until {
			date, clock := cal.Local(start)
			if date != today {
				today, applies = date, t.applies(start)
			}
			cell = &t.heat[date.Weekday()][clock/time.Hour]
			until = second + cellLength(start, clock)
		}
		if !applies {
			continue
		}
		stamp.At = start
		d, err := t.promise.Deadline(&facts)
		if err != nil {
			return err
		}
		if d.State == sla.NotApplicable { // the version has ended
			continue
		}
		t.applied = true
		wait := time.Duration(d.Due.Unix()-second)*time.Second + time.Duration(d.Due.Nanosecond())
		switch {
		case d.Due.IsZero(): // no time is promised, for this or any other start
			return nil
		case wait < 0 || t.promise.Start == sla.Scheduled: // announced by then, however long ahead
			t.lead = true
			return nil
		}
		t.add(start, wait, cell)
	}
	return nil
}

// cellLength is the number of seconds until the next hour of the wall clock, or
// until the offset of the zone changes.
func cellLength(start time.Time, clock time.Duration) int64 {
	left := int64((time.Hour - clock%time.Hour) / time.Second)
	if _, change := start.ZoneBounds(); !change.IsZero() {
		// From 2038 on the time package may return a change in the past.
		left = min(left, max(change.Unix()-start.Unix(), 1))
	}
	return left
}

func (t *tally) add(start time.Time, wait time.Duration, cell *heat) {
	t.starts++
	minutes := int((wait + time.Minute - 1) / time.Minute)
	if missing := minutes + 1 - len(t.byMinute); missing > 0 {
		t.byMinute = append(t.byMinute, make([]int, missing)...)
	}
	t.byMinute[minutes]++
	if wait > t.max || t.starts == 1 {
		t.max, t.longestAt = wait, start
	}
	cell.starts++
	cell.sum += wait
	cell.max = max(cell.max, wait)
}

func (t *tally) fill(p *Profile) {
	if p.Lead = t.lead; t.lead || t.starts == 0 {
		return
	}
	p.Starts = t.starts
	p.Max, p.LongestAt, p.LongestDue = Seconds(t.max), t.longestAt, t.longestAt.Add(t.max)
	p.Min = t.quantile(0, 1)
	p.Median = t.quantile(1, 2)
	p.P95 = t.quantile(95, 100)
	for weekday := range t.heat {
		for hour, h := range &t.heat[weekday] {
			if h.starts > 0 {
				p.Heat[weekday][hour] = Cell{Starts: h.starts, Mean: Seconds(h.sum / time.Duration(h.starts)), Max: Seconds(h.max)}
			}
		}
	}
	p.Distribution = t.distribution()
}

// quantile is the shortest wait that at least k/n of the starts do not exceed.
func (t *tally) quantile(k, n int) Seconds {
	needed := max((t.starts*k+n-1)/n, 1)
	for minutes, starts := range t.byMinute {
		if needed -= starts; needed <= 0 {
			return Seconds(minutes) * Seconds(time.Minute)
		}
	}
	return Seconds(t.max)
}

// bounds are the upper ends of the distribution's buckets, from minutes to a
// fortnight.
var bounds = [...]time.Duration{
	15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 9 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 96 * time.Hour, 120 * time.Hour,
	144 * time.Hour, 168 * time.Hour, 240 * time.Hour, 336 * time.Hour,
}

func (t *tally) distribution() []Bucket {
	buckets := []Bucket{}
	next := 0 // minutes counted so far
	take := func(upTo Seconds) {
		starts := 0
		for ; next < len(t.byMinute) && Seconds(next)*Seconds(time.Minute) <= upTo; next++ {
			starts += t.byMinute[next]
		}
		if starts > 0 {
			buckets = append(buckets, Bucket{UpTo: upTo, Starts: starts})
		}
	}
	for _, bound := range bounds {
		take(Seconds(bound))
	}
	take(Seconds(len(t.byMinute)-1) * Seconds(time.Minute))
	return buckets
}
