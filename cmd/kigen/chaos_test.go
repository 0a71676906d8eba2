package main_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakeslack"
	"kigen/sla/seedtest"
	"kigen/store/pgtest"
)

// blow is a kind of thing that happens to replicas, their networks and their database.
type blow string

const (
	killed      blow = "kill -9"
	stopped2    blow = "SIGSTOP of 2 s"
	stopped10   blow = "SIGSTOP of 10 s"
	stopped70   blow = "SIGSTOP of 70 s"
	ended       blow = "clean stop"
	cut         blow = "database connections cut"
	quiet       blow = "database connections silent"
	isolated    blow = "network silent"
	aheadOfTime blow = "clock 10 min ahead"
	restarted   blow = "database restarted fast"
	crashed     blow = "database restarted immediately"
)

// blows are all kinds. A long run deals them in turn, each time in another order; a short one
// deals each of them once but for the longest.
func blows(long bool) []blow {
	all := []blow{killed, stopped2, stopped10, ended, cut, quiet, isolated, aheadOfTime, restarted, crashed}
	if long {
		all = append(all, stopped70)
	}
	return all
}

// chaosSize is how much happens in a run.
type chaosSize struct {
	long              bool
	events, incidents int
	gap               time.Duration // between two events, on average
	pace              time.Duration // between two incidents, on average
}

func sizeOfChaos(t *testing.T) chaosSize {
	t.Helper()
	text := os.Getenv("KIGEN_CHAOS")
	if text == "" {
		return chaosSize{events: len(blows(false)), incidents: 12, gap: 1500 * time.Millisecond, pace: 1200 * time.Millisecond}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("KIGEN_CHAOS is %q: give a number of events, such as 200", text)
	}
	return chaosSize{long: true, events: n, incidents: n * 5 / 2, gap: 8 * time.Second, pace: 3 * time.Second}
}

// chaosChannels are the destinations: each incident raises an alert at each of them.
var chaosChannels = []string{"C0000000001", "C0000000002", "C0000000003", "C0000000004"}

// TestChaos runs three replicas of the built binary on one PostgreSQL, with a Slack that
// fails, while they are killed, stopped and cut off, the database restarts, and the clock of
// one is ahead: no alert is lost, none comes twice, no two replicas share a term, and the
// record verifies. KIGEN_CHAOS is the number of events of a long run, KIGEN_SIM_SEED repeats
// the order of its events.
func TestChaos(t *testing.T) {
	size := sizeOfChaos(t)
	if !size.long {
		t.Parallel()
	}
	c := newChaos(t, rand.New(rand.NewPCG(seedtest.Of(t), 18)))
	c.binary(ahead) // before it is needed
	load := c.load(size)
	c.rage(size)
	load.finish()
	c.rest(load)
	c.check(load)
}

// chaos is three replicas and what happens to them.
type chaos struct {
	t        testing.TB
	random   *rand.Rand
	cluster  *pgtest.Cluster
	place    string          // the database's address, without a wire
	standby  *pgtest.Cluster // nil: none
	slack    *fakeslack.Slack
	trap     *trap
	replicas []*replica

	mu      sync.Mutex
	busy    map[*replica]bool
	dealt   map[blow]int
	lost    []loss // of a leader
	healing sync.WaitGroup
}

// loss is a leader that can't go on.
type loss struct {
	by blow
	at time.Time
}

func newChaos(t testing.TB, random *rand.Rand) *chaos {
	t.Helper()
	c := prepareChaos(t, random)
	c.begin()
	return c
}

// prepareChaos makes all but the replicas.
func prepareChaos(t testing.TB, random *rand.Rand) *chaos {
	t.Helper()
	c := &chaos{t: t, random: random, cluster: pgtest.Start(t), busy: map[*replica]bool{}, dealt: map[blow]int{}}
	c.place = c.cluster.URL(t)
	c.slack = fakeslack.New(fakeslack.Options{Token: botToken, Channels: chaosChannels, EnforceRate: true, Burst: 3})
	c.trap = &trap{slack: c.slack, hit: make(chan struct{}, 1), random: rand.New(rand.NewPCG(random.Uint64(), 0))}
	worked(t, runIn(t, t.TempDir(), []string{"KIGEN_DATABASE=" + c.place}, "", "db", "migrate"))
	c.recordTerms()
	return c
}

// begin makes the replicas and starts them.
func (c *chaos) begin() {
	c.t.Helper()
	server := httptest.NewServer(c.trap)
	c.t.Cleanup(server.Close)
	for n := range 3 {
		c.replicas = append(c.replicas, c.newReplica(fmt.Sprint(n+1), server.Listener.Addr().String()))
	}
	for _, r := range c.replicas {
		r.begin(c.binary(steady))
		c.t.Cleanup(func() { r.end(syscall.SIGKILL) })
	}
	c.t.Cleanup(c.healing.Wait) // which may start one again
}

func (c *chaos) binary(build func() (string, error)) string {
	c.t.Helper()
	path, err := build()
	if err != nil {
		c.t.Fatal(err)
	}
	return path
}

// newReplica makes a replica that reaches the database and Slack by wires of its own.
func (c *chaos) newReplica(name, slackAddress string) *replica {
	c.t.Helper()
	u, err := url.Parse(c.place)
	if err != nil {
		c.t.Fatal(err)
	}
	query := u.Query()
	r := &replica{t: c.t, name: name, dir: c.t.TempDir()}
	r.database = newWire(c.t, "unix", filepath.Join(query.Get("host"), ".s.PGSQL.5432"))
	r.slack = newWire(c.t, "tcp", slackAddress)
	query.Del("host")
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = r.database.address(), query.Encode()
	// The replicas have one configuration, so each reaches the same Slack by a proxy of its own.
	place := u.String()
	if c.standby != nil {
		place = c.standby.Either(c.t, c.place)
	}
	r.env = []string{"KIGEN_DATABASE=" + place, "HTTP_PROXY=http://" + r.slack.address(), "NO_PROXY="}
	var config strings.Builder
	config.WriteString("language: en\ndestinations:\n")
	for i, channel := range chaosChannels {
		fmt.Fprintf(&config, "  d%d: {slack: {token: %s, channel: %s, api_url: \"http://slack.test/api/\"}}\n", i+1, botToken, channel)
	}
	config.WriteString("alerts:\n")
	for i := range chaosChannels {
		fmt.Fprintf(&config, "  - {to: [d%d]}\n", i+1)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "kigen.yaml"), []byte(config.String()), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// rage deals so many blows.
func (c *chaos) rage(size chaosSize) {
	c.t.Helper()
	eventually(c.t, time.Minute, "a leader", func() bool { return c.leader() != nil })
	var deck []blow
	for range size.events {
		pause(c.t, size.gap/2+rand.N(size.gap))
		if len(deck) == 0 {
			deck = blows(size.long)
			c.random.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		}
		c.deal(deck[0])
		deck = deck[1:]
	}
	c.healing.Wait()
}

// deal deals one blow.
func (c *chaos) deal(b blow) {
	c.t.Helper()
	c.dealt[b]++
	switch b {
	case restarted:
		c.cluster.RestartFast(c.t)
		return
	case crashed:
		c.cluster.RestartImmediate(c.t)
		return
	}
	r, leads := c.target()
	if leads && b != stopped2 && b != aheadOfTime {
		c.lost = append(c.lost, loss{b, time.Now()})
	}
	length := time.Duration(c.random.Int64N(int64(8 * time.Second)))
	switch b {
	case killed:
		r.end(syscall.SIGKILL)
		c.heal(r, length/2, func() { r.begin(c.binary(steady)) })
	case ended:
		r.end(syscall.SIGTERM)
		c.heal(r, length/2, func() { r.begin(c.binary(steady)) })
	case aheadOfTime: // until the replica is killed or stopped
		r.end(syscall.SIGKILL)
		c.heal(r, length/2, func() { r.begin(c.binary(ahead)) })
	case stopped2, stopped10, stopped70:
		r.signal(syscall.SIGSTOP)
		lengths := map[blow]time.Duration{stopped2: 2 * time.Second, stopped10: 10 * time.Second, stopped70: 70 * time.Second}
		c.heal(r, lengths[b], func() { r.signal(syscall.SIGCONT) })
	case cut:
		r.database.set(refused)
		c.heal(r, length, func() { r.database.set(flowing) })
	case quiet:
		r.database.set(muted)
		c.heal(r, 6*time.Second+length, func() { r.database.set(flowing) })
	case isolated:
		r.database.set(muted)
		r.slack.set(muted)
		c.heal(r, 6*time.Second+length, func() { r.slack.set(flowing); r.database.set(flowing) })
	}
}

// heal undoes a blow to a replica after a while, and lets it have others then.
func (c *chaos) heal(r *replica, after time.Duration, undo func()) {
	c.mu.Lock()
	c.busy[r] = true
	c.mu.Unlock()
	c.healing.Add(1)
	time.AfterFunc(after, func() {
		defer c.healing.Done()
		undo()
		c.mu.Lock()
		c.busy[r] = false
		c.mu.Unlock()
	})
}

// target is the replica for the next blow, more often the leader than another one.
func (c *chaos) target() (r *replica, leads bool) {
	c.t.Helper()
	var free []*replica
	eventually(c.t, 3*time.Minute, "a replica that is well", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		free = slices.DeleteFunc(slices.Clone(c.replicas), func(r *replica) bool { return c.busy[r] })
		return len(free) > 0
	})
	leader := c.leader()
	if slices.Contains(free, leader) && c.random.IntN(3) > 0 {
		return leader, true
	}
	r = free[c.random.IntN(len(free))]
	return r, r == leader
}

// leader is the replica that was the last to say that it leads.
func (c *chaos) leader() *replica {
	newest := slices.MaxFunc(c.replicas, func(a, b *replica) int { return cmp.Compare(a.newest(), b.newest()) })
	if newest.newest() == 0 {
		return nil
	}
	return newest
}
