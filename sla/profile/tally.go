package profile

import "time"

// tally counts waits by their whole minutes: half a million starts have a few
// thousand different waits at most, so counting beats sorting.
type tally struct {
	starts    int
	byMinute  []int // how many starts wait that many minutes, rounded up
	max       time.Duration
	longestAt time.Time
	sum       [7][24]time.Duration
	heat      [7][24]Cell
}

func (t *tally) add(start time.Time, wait time.Duration) {
	t.starts++
	minutes := int((wait + time.Minute - 1) / time.Minute)
	if missing := minutes + 1 - len(t.byMinute); missing > 0 {
		t.byMinute = append(t.byMinute, make([]int, missing)...)
	}
	t.byMinute[minutes]++
	if t.longestAt.IsZero() || wait > t.max {
		t.max, t.longestAt = wait, start
	}
	weekday, hour := start.Weekday(), start.Hour()
	t.sum[weekday][hour] += wait
	cell := &t.heat[weekday][hour]
	cell.Starts++
	cell.Max = max(cell.Max, Seconds(wait))
}

func (t *tally) fill(p *Profile) {
	p.Starts, p.Max, p.LongestAt = t.starts, Seconds(t.max), t.longestAt
	p.Min = t.quantile(0, 1)
	p.Median = t.quantile(1, 2)
	p.P95 = t.quantile(95, 100)
	for weekday := range t.heat {
		for hour := range t.heat[weekday] {
			if cell := &t.heat[weekday][hour]; cell.Starts > 0 {
				cell.Mean = Seconds(t.sum[weekday][hour] / time.Duration(cell.Starts))
			}
		}
	}
	p.Heat = t.heat
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

// bounds are the upper ends of the distribution's buckets: the lengths that
// people think in, from minutes to a fortnight.
var bounds = [...]time.Duration{
	15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 9 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 96 * time.Hour, 120 * time.Hour,
	144 * time.Hour, 168 * time.Hour, 240 * time.Hour, 336 * time.Hour,
}

func (t *tally) distribution() []Bucket {
	var buckets []Bucket
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
	take(Seconds(len(t.byMinute)) * Seconds(time.Minute))
	return buckets
}
