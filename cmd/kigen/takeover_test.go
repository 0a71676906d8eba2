package main_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"kigen/sla/seedtest"
	"kigen/store/pgtest"
)

// BenchmarkTakeover measures, under load, how long it takes until another of three replicas
// leads, by what befalls the one that does; each is well again before the next round.
func BenchmarkTakeover(b *testing.B) {
	for _, what := range []blow{ended, killed, stopped10, quiet, isolated, cut} {
		b.Run(string(what), func(b *testing.B) {
			c := newChaos(b, rand.New(rand.NewPCG(seedtest.Of(b), 21)))
			l := c.load(chaosSize{pace: time.Second})
			defer l.finish()
			var took []time.Duration
			for b.Loop() {
				eventually(b, time.Minute, "three replicas and a leader", func() bool {
					return c.leader() != nil && c.ready(l, 0) && c.ready(l, 1) && c.ready(l, 2)
				})
				took = append(took, c.takeover(what))
				c.healing.Wait()
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds(), "s/median")
			b.ReportMetric(took[len(took)-1].Seconds(), "s/most")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// takeover lets something befall the leader, and returns after how long another one leads.
func (c *chaos) takeover(what blow) time.Duration {
	c.t.Helper()
	db := pgtest.Open(c.t, c.place)
	var before int
	newest := func(to ...any) bool {
		return db.QueryRowContext(c.t.Context(), `SELECT term, at FROM observed.terms ORDER BY term DESC LIMIT 1`).Scan(to...) == nil
	}
	var at time.Time
	if !newest(&before, &at) {
		c.t.Fatal("no leader")
	}
	r := c.leader()
	begun := time.Now()
	const length = 12 * time.Second
	switch what {
	case ended, killed:
		go r.end(map[blow]syscall.Signal{ended: syscall.SIGTERM, killed: syscall.SIGKILL}[what])
		c.heal(r, length, func() { r.begin(c.binary(steady)) })
	case stopped10:
		r.signal(syscall.SIGSTOP)
		c.heal(r, length, func() { r.signal(syscall.SIGCONT) })
	case quiet, isolated:
		r.database.set(muted)
		if what == isolated {
			r.slack.set(muted)
		}
		c.heal(r, length, func() { r.slack.set(flowing); r.database.set(flowing) })
	case cut:
		r.database.set(refused)
		c.heal(r, length, func() { r.database.set(flowing) })
	}
	term := before
	eventually(c.t, time.Minute, fmt.Sprint("the next leader after ", what), func() bool { return newest(&term, &at) && term > before })
	return at.Sub(begun)
}
