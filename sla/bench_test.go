package sla_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"kigen/sla"
)

// instants are the workload of every benchmark: 200,000 random starts.
func instants() []time.Time {
	const n = 200_000
	random := rand.New(rand.NewPCG(2019, 2027))
	first := time.Date(2019, time.January, 7, 0, 0, 0, 0, time.UTC).Unix()
	last := time.Date(2027, time.December, 1, 0, 0, 0, 0, time.UTC).Unix()
	list := make([]time.Time, n)
	for i := range list {
		list[i] = time.Unix(first+random.Int64N(last-first), 0).UTC()
	}
	return list
}

func BenchmarkDeadline(b *testing.B) {
	promises := vendors(b)
	starts := instants()
	for _, vendor := range []string{"sustaina", "sotas", "tatsujin", "superstream"} {
		p := promises[vendor]
		b.Run(vendor, func(b *testing.B) {
			facts := starting(p, starts[0])
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				facts.Times[p.Start].At = starts[i]
				if i++; i == len(starts) {
					i = 0
				}
				if _, err := p.Deadline(facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var _ = sla.Running
