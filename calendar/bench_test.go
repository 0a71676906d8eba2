package calendar_test

import (
	"math/rand/v2"
	"runtime"
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

// chunk is how many instants one turn of a benchmark takes, so that the turn
// itself costs nothing beside them.
const chunk = 1000

// run measures one operation over the workload, chunk by chunk, and reports the
// time of one operation.
func (c *contest) run(b *testing.B, name string, operation func([]time.Time)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		turns := 0
		for b.Loop() {
			start := turns * chunk % len(c.instants)
			operation(c.instants[start : start+chunk])
			turns++
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(turns*chunk), "ns/op")
	})
}

func (c *contest) peers(b *testing.B, operation func(peer, []time.Time)) {
	c.run(b, "cal-map", func(list []time.Time) { operation(c.mapped, list) })
	c.run(b, "cal-cache", func(list []time.Time) { operation(c.cached, list) })
	c.run(b, "cal", func(list []time.Time) { operation(c.shipped, list) })
}

// one turns an answer into a number without a branch that nobody could predict.
func one(yes bool) int {
	n := 0
	if yes {
		n = 1
	}
	return n
}

func BenchmarkDeadlineIsOpen(b *testing.B) {
	c := newContest(b)
	open := 0
	c.run(b, "table", func(list []time.Time) {
		for _, t := range list {
			open += one(c.table.isOpen(t))
		}
	})
	c.run(b, "kigen", func(list []time.Time) {
		for _, t := range list {
			open += one(c.kigen.IsOpen(t))
		}
	})
	c.peers(b, func(p peer, list []time.Time) {
		for _, t := range list {
			open += one(p.IsWorkTime(t))
		}
	})
}

func BenchmarkDeadlineNextOpening(b *testing.B) {
	c := newContest(b)
	var sink time.Time
	c.run(b, "table", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.table.nextOpening(t)
		}
	})
	c.run(b, "kigen", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.kigen.NextOpening(t)
		}
	})
	c.peers(b, func(p peer, list []time.Time) {
		for _, t := range list {
			sink = p.nextOpening(t)
		}
	})
	_ = sink
}

func BenchmarkDeadlineAdd3BusinessDays(b *testing.B) {
	c := newContest(b)
	var sink calendar.Date
	c.run(b, "table", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.table.addDays(t, 3)
		}
	})
	c.run(b, "kigen", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.kigen.AddBusinessDays(c.kigen.DateOf(t), 3)
		}
	})
	c.peers(b, func(p peer, list []time.Time) {
		for _, t := range list {
			p.WorkdaysFrom(t, 3)
		}
	})
	_ = sink
}

func BenchmarkDeadlineAdd6BusinessHours(b *testing.B) {
	c := newContest(b)
	var sink time.Time
	c.run(b, "table", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.table.addOpen(t, 6*time.Hour)
		}
	})
	c.run(b, "kigen", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.kigen.AddOpen(t, 6*time.Hour)
		}
	})
	c.peers(b, func(p peer, list []time.Time) {
		for _, t := range list {
			sink = p.AddWorkHours(t, 6*time.Hour)
		}
	})
	_ = sink
}

func BenchmarkDeadlineOpenTimeIn10Days(b *testing.B) {
	c := newContest(b)
	var sink time.Duration
	c.run(b, "table", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.table.openBetween(t, t.Add(tenDays))
		}
	})
	c.run(b, "kigen", func(list []time.Time) {
		for _, t := range list {
			sink, _ = c.kigen.OpenBetween(t, t.Add(tenDays))
		}
	})
	c.peers(b, func(p peer, list []time.Time) {
		for _, t := range list {
			sink = p.WorkHoursInRange(t, t.Add(tenDays))
		}
	})
	_ = sink
}

// BenchmarkCompile100Years has no DST in Tokyo, and two changes a year with
// split hours in New York. It reports what a calendar keeps in memory.
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
			b.ReportMetric(retained(b, spec), "kept-MB")
		})
	}
}

// retained returns the megabytes of the calendar of a spec.
func retained(b *testing.B, spec calendar.Spec) float64 {
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := heap()
	c, err := calendar.Compile(spec)
	if err != nil {
		b.Fatal(err)
	}
	after := heap()
	runtime.KeepAlive(c)
	return after - before
}
