package sla_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"

	"kigen/calendar"
	"kigen/sla"
)

// workload returns 200,000 instants between 2019 and 2027, the same every time
// and the same as in package calendar, in Japan's zone: the peer judges a time
// in the zone it comes in.
func workload(t testing.TB) []time.Time {
	t.Helper()
	first := time.Date(2019, 1, 1, 0, 0, 0, 0, tokyo(t))
	length := time.Date(2028, 1, 1, 0, 0, 0, 0, tokyo(t)).Sub(first)
	random := rand.New(rand.NewPCG(2019, 2027))
	instants := make([]time.Time, 200_000)
	for i := range instants {
		instants[i] = first.Add(time.Duration(random.Int64N(int64(length))))
	}
	return instants
}

// chunk is how many instants one turn of a benchmark takes, so that the turn
// itself costs nothing beside them.
const chunk = 1000

// measure runs one operation over the workload and reports the time of one.
func measure(b *testing.B, name string, instants []time.Time, operation func([]time.Time)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		turns := 0
		for b.Loop() {
			start := turns * chunk % len(instants)
			operation(instants[start : start+chunk])
			turns++
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(turns*chunk), "ns/op")
	})
}

// BenchmarkDeadlineSotas is the whole deadline of Sotas: by a table that knows
// nothing else, by the engine, and put together by hand from the holiday
// library as it ships, with its cache made large, and over a map of dates.
func BenchmarkDeadlineSotas(b *testing.B) {
	promise := vendors(b)["sotas"]
	instants := workload(b)
	hand := newTable(promise.Calendar)
	var sink time.Time
	measure(b, "table", instants, func(list []time.Time) {
		for _, t := range list {
			sink = hand.sotas(t)
		}
	})
	measure(b, "kigen", instants, engine(b, promise))
	size := cal.CacheMaxSize
	cal.CacheMaxSize = 1 << 20 // read by the cached variant alone
	b.Cleanup(func() { cal.CacheMaxSize = size })
	for _, p := range peers(promise.Calendar) {
		measure(b, p.name, instants, func(list []time.Time) {
			for _, t := range list {
				sink = p.sotas(t)
			}
		})
	}
	_ = sink
}

func BenchmarkDeadlineSustaina(b *testing.B)    { benchmark(b, "sustaina") }
func BenchmarkDeadlineTatsujin(b *testing.B)    { benchmark(b, "tatsujin") }
func BenchmarkDeadlineSuperstream(b *testing.B) { benchmark(b, "superstream") }

func benchmark(b *testing.B, vendor string) {
	measure(b, "kigen", workload(b), engine(b, vendors(b)[vendor]))
}

// engine asks a promise as the daemon does, start by start.
func engine(b *testing.B, p *sla.Promise) func([]time.Time) {
	facts := starting(p, time.Time{})
	return func(list []time.Time) {
		for _, t := range list {
			facts.Times[p.Start].At = t
			if _, err := p.Deadline(facts); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkExplainSotas is the same deadline with its reasons.
func BenchmarkExplainSotas(b *testing.B) {
	promise := vendors(b)["sotas"]
	facts := starting(promise, time.Time{})
	measure(b, "kigen", workload(b), func(list []time.Time) {
		for _, t := range list {
			facts.Times[promise.Start].At = t
			if _, _, err := promise.Explain(facts); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// table is the limit that the benchmark measures against: what one would write
// by hand for Sotas alone, knowing that Japan is nine hours ahead of UTC and
// open from 09:00 to 18:00.
type table struct {
	zone *time.Location
	base int64
	days []tableDay // by days since base
}

type tableDay struct {
	business    bool
	today, next int64 // Unix seconds of the first opening of this date or after, and after this date
}

const (
	tableOffset = 9 * 60 * 60
	tableOpen   = 9 * 60 * 60
	tableClose  = 18 * 60 * 60
	daySeconds  = 24 * 60 * 60
)

func newTable(c *calendar.Calendar) *table {
	first, last := c.Range()
	h := &table{zone: c.Zone(), base: int64(first), days: make([]tableDay, last-first+1)}
	opening := int64(0)
	for d := last; d >= first; d-- {
		entry := &h.days[d-first]
		entry.business, entry.next = c.IsBusinessDay(d), opening
		if entry.business {
			opening = int64(d)*daySeconds + tableOpen - tableOffset
		}
		entry.today = opening
	}
	return h
}

func (h *table) sotas(t time.Time) time.Time {
	local := t.Unix() + tableOffset
	day, second := &h.days[local/daySeconds-h.base], local%daySeconds
	later := t.Add(6 * time.Hour)
	opening := day.today
	if day.business && second >= tableOpen {
		if second < tableClose {
			return later.In(h.zone)
		}
		opening = day.next
	}
	if opening > later.Unix() {
		return time.Unix(opening, 0).In(h.zone)
	}
	return later.In(h.zone)
}

// peer is the calendar of the holiday library, asked as its users ask it.
type peer struct {
	name string
	*cal.BusinessCalendar
}

// peers returns the library as it ships, cached, and over a map of dates, the
// fastest first.
func peers(c *calendar.Calendar) []peer {
	business := map[civil]bool{}
	first, last := c.Range()
	for d := first; d <= last; d++ {
		year, month, day := d.Civil()
		business[civil{year, month, day}] = c.IsBusinessDay(d)
	}
	list := []peer{{name: "cal-map"}, {name: "cal-cache"}, {name: "cal"}}
	for i := range list {
		list[i].BusinessCalendar = cal.NewBusinessCalendar()
		list[i].SetWorkHours(9*time.Hour, 18*time.Hour)
		if i > 0 {
			list[i].AddHoliday(jp.Holidays...)
		}
	}
	list[0].WorkdayFunc = func(t time.Time) bool { return business[civilOf(t)] }
	list[1].Cacheable = true
	return list
}

func (p peer) sotas(t time.Time) time.Time {
	later := t.Add(6 * time.Hour)
	if p.IsWorkTime(t) {
		return later
	}
	opening := p.WorkdayStart(t)
	if !t.Before(opening) || !p.IsWorkday(t) {
		opening = p.NextWorkdayStart(t)
	}
	if opening.After(later) {
		return opening
	}
	return later
}

// TestRivalsAgree: a benchmark that compares different answers compares
// nothing.
func TestRivalsAgree(t *testing.T) {
	promise := vendors(t)["sotas"]
	hand := newTable(promise.Calendar)
	rivals := peers(promise.Calendar)
	for i, start := range workload(t) {
		d, err := promise.Deadline(starting(promise, start))
		if err != nil {
			t.Fatal(err)
		}
		if got := hand.sotas(start); !got.Equal(d.Due) {
			t.Fatalf("table from %s: %s, want %s", start, got, d.Due)
		}
		if i >= 3000 || start.Hour() == 18 && start.Minute() == 0 && start.Second() == 0 {
			continue // the peer is slow, and still open in the second of the close
		}
		for _, p := range rivals {
			if got := p.sotas(start); !got.Equal(d.Due) {
				t.Fatalf("%s from %s: %s, want %s", p.name, start, got, d.Due)
			}
		}
	}
}

// TestDeadlineAllocatesNothing, whatever the rule: the batch and the profile
// ask for hundreds of thousands.
func TestDeadlineAllocatesNothing(t *testing.T) {
	for name, p := range vendors(t) {
		facts := starting(p, at(t, "2026-05-01 18:00"))
		if n := testing.AllocsPerRun(100, func() {
			if _, err := p.Deadline(facts); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	tiers := promising(cases(sla.BySeverity,
		sla.Case{Value: "high", Rule: earlierOf(businessTime(time.Hour), from(sla.Aware, days(1, sla.Noon, sla.RollNext)))},
		sla.Case{Rule: months(1)}), tokyoDesk(t))
	facts := starting(tiers, at(t, "2026-05-01 18:00"))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := tiers.Deadline(facts); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("nested rules allocate %v times", n)
	}
}
