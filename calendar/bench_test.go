package calendar_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rickar/cal/v2"

	"kigen/calendar"
)

const tenDays = 10 * 24 * time.Hour

// workload returns 200,000 instants between 2019 and 2027, the same every time,
// in Japan's zone: the peer judges a time in the zone it comes in.
func workload(t testing.TB) []time.Time {
	t.Helper()
	tokyo := zone(t, "Asia/Tokyo")
	first := time.Date(2019, 1, 1, 0, 0, 0, 0, tokyo)
	length := time.Date(2028, 1, 1, 0, 0, 0, 0, tokyo).Sub(first)
	random := rand.New(rand.NewPCG(2019, 2027))
	instants := make([]time.Time, 200_000)
	for i := range instants {
		instants[i] = first.Add(time.Duration(random.Int64N(int64(length))))
	}
	return instants
}

// contest holds the five that do the same work.
type contest struct {
	kigen                   *calendar.Calendar
	table                   *table
	shipped, cached, mapped peer
	instants                []time.Time
}

func newContest(b *testing.B) *contest {
	c := japan(b, 2018, 2028)
	size := cal.CacheMaxSize
	cal.CacheMaxSize = 1 << 20 // read by the cached variant alone
	b.Cleanup(func() { cal.CacheMaxSize = size })
	return &contest{
		kigen: c, table: newTable(c),
		shipped: shippedPeer(), cached: cachedPeer(), mapped: mappedPeer(c),
		instants: workload(b),
	}
}

// run measures one operation over the workload, again and again.
func (c *contest) run(b *testing.B, name string, operation func(time.Time)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			operation(c.instants[i])
			if i++; i == len(c.instants) {
				i = 0
			}
		}
	})
}

func (c *contest) peers(b *testing.B, operation func(peer, time.Time)) {
	c.run(b, "cal-map", func(t time.Time) { operation(c.mapped, t) })
	c.run(b, "cal-cache", func(t time.Time) { operation(c.cached, t) })
	c.run(b, "cal", func(t time.Time) { operation(c.shipped, t) })
}

func BenchmarkDeadlineIsOpen(b *testing.B) {
	c := newContest(b)
	open := 0
	c.run(b, "table", func(t time.Time) {
		if c.table.isOpen(t) {
			open++
		}
	})
	c.run(b, "kigen", func(t time.Time) {
		if c.kigen.IsOpen(t) {
			open++
		}
	})
	c.peers(b, func(p peer, t time.Time) {
		if p.IsWorkTime(t) {
			open++
		}
	})
}

func BenchmarkDeadlineNextOpening(b *testing.B) {
	c := newContest(b)
	var sink time.Time
	c.run(b, "table", func(t time.Time) { sink = c.table.nextOpening(t) })
	c.run(b, "kigen", func(t time.Time) { sink, _ = c.kigen.NextOpening(t) })
	c.peers(b, func(p peer, t time.Time) { sink = p.nextOpening(t) })
	_ = sink
}

func BenchmarkDeadlineAdd3BusinessDays(b *testing.B) {
	c := newContest(b)
	var sink calendar.Date
	c.run(b, "table", func(t time.Time) { sink = c.table.addDays(t, 3) })
	c.run(b, "kigen", func(t time.Time) { sink, _ = c.kigen.AddBusinessDays(c.kigen.DateOf(t), 3) })
	c.peers(b, func(p peer, t time.Time) { p.WorkdaysFrom(t, 3) })
	_ = sink
}

func BenchmarkDeadlineAdd6BusinessHours(b *testing.B) {
	c := newContest(b)
	var sink time.Time
	c.run(b, "table", func(t time.Time) { sink = c.table.addOpen(t, 6*time.Hour) })
	c.run(b, "kigen", func(t time.Time) { sink, _ = c.kigen.AddOpen(t, 6*time.Hour) })
	c.peers(b, func(p peer, t time.Time) { sink = p.AddWorkHours(t, 6*time.Hour) })
	_ = sink
}

func BenchmarkDeadlineOpenTimeIn10Days(b *testing.B) {
	c := newContest(b)
	var sink time.Duration
	c.run(b, "table", func(t time.Time) { sink = c.table.openBetween(t, t.Add(tenDays)) })
	c.run(b, "kigen", func(t time.Time) { sink, _ = c.kigen.OpenBetween(t, t.Add(tenDays)) })
	c.peers(b, func(p peer, t time.Time) { sink = p.WorkHoursInRange(t, t.Add(tenDays)) })
	_ = sink
}

// BenchmarkCompile100Years has no DST in Tokyo, and two changes a year with
// split hours in New York.
func BenchmarkCompile100Years(b *testing.B) {
	japan, err := calendar.Japan(nil, 1955, 2054)
	if err != nil {
		b.Fatal(err)
	}
	specs := map[string]calendar.Spec{
		"tokyo":    {Zone: zone(b, "Asia/Tokyo"), Weekly: weekdays(b, "09:00-18:00")},
		"new-york": {Zone: zone(b, "America/New_York"), Weekly: weekdays(b, "09:00-12:00", "13:00-17:00")},
	}
	for name, spec := range specs {
		spec.ID, spec.Holidays, spec.FirstYear, spec.LastYear = name, japan, 1955, 2054
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := calendar.Compile(spec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
