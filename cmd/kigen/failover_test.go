package main_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"kigen/sla/seedtest"
)

// TestFailover crashes the PostgreSQL that three replicas work on, under load, and promotes
// its synchronous standby: each replica finds it by the hosts in its URL, nothing that was
// acknowledged is lost, and no alert comes twice.
func TestFailover(t *testing.T) {
	t.Parallel()
	c := prepareChaos(t, rand.New(rand.NewPCG(seedtest.Of(t), 20)))
	c.standby = c.cluster.Standby(t)
	c.begin()
	l := c.load(chaosSize{incidents: 10, pace: 400 * time.Millisecond})
	three := func() bool { return c.ready(l, 0) && c.ready(l, 1) && c.ready(l, 2) }
	eventually(t, time.Minute, "three replicas, incidents and alerts", func() bool { return l.count() > 5 && len(c.slack.Messages()) > 3 && three() })
	crashed, led := time.Now(), c.leader().newest()
	c.cluster.Crash(t)
	c.standby.Promote(t)
	logged := l.count()
	c.cluster, c.place = c.standby, c.standby.Here(t, c.place)
	eventually(t, time.Minute, "work on the standby", func() bool { return l.count() > logged+3 && c.leader().newest() >= led })
	t.Logf("incidents are logged again %s after the crash", time.Since(crashed).Round(10*time.Millisecond))
	eventually(t, time.Minute, "three replicas", three)
	l.finish()
	c.rest(l)
	c.check(l)
	for _, r := range c.replicas {
		if n := len(r.endings()); n > 0 {
			t.Errorf("replica %s ended %d times: %q", r.name, n, r.endings())
		}
	}
}
