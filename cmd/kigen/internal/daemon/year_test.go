package daemon

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

var long = flag.Bool("long", false, "simulate a whole year of a SOC, not a few days")

// TestYearOfASOC lives through the days of a SOC in virtual time: people log,
// amend, acknowledge and cancel incidents, vendors speak in time, late or
// never, Slack fails in every way, kigen is stopped and killed, and the clock
// is set. Every alert that an independent model expects must arrive, once, and
// nothing else. KIGEN_SIM_SEED repeats a run. -long makes it a year, in which
// every vendor speaks after two weeks at the latest; it takes some minutes, fewer
// with TMPDIR in memory:
//
//	TMPDIR=/dev/shm go test -run YearOfASOC -v -timeout 1h ./cmd/kigen/internal/daemon -long
func TestYearOfASOC(t *testing.T) {
	days, incidents := 3, 100
	if *long {
		days, incidents = 365, 4000
	}
	seed := rand.Uint64()
	if text := os.Getenv("KIGEN_SIM_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("KIGEN_SIM_SEED is %q: give the number that a run printed", text)
		}
	}
	t.Logf("KIGEN_SIM_SEED=%d, %d days, %d incidents", seed, days, incidents)
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSOC(t, dir, seed)
		s.live(time.Duration(days)*24*time.Hour, incidents)
		s.rest()
		s.check()
	})
}

const socConfig = `
language: en
destinations:
  soc:  {slack: {token: xoxb-test, channel: C0000000001}}
  lead: {slack: {token: xoxb-test, channel: C0000000002}}
alerts:
  - {to: [soc], warn: [50%, 1h], repeat: 4h}
  - {to: [lead], after: 2h, repeat: 12h}
`

// soc is what outlives a daemon: the database, Slack, the people, and the
// model of what they are to be told.
type soc struct {
	t      *testing.T
	random *rand.Rand
	config *config.Config
	path   string
	slack  *fakeslack.Slack
	model  *model
	began  time.Time

	life *life // nil while kigen is down
	plan plan

	mu     sync.Mutex
	offset time.Duration // of the wall clock from virtual time
}

func newSOC(t *testing.T, dir string, seed uint64) *soc {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(socConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &soc{
		t: t, config: c, path: filepath.Join(dir, "kigen.db"), began: time.Now(),
		random: rand.New(rand.NewPCG(seed, 0)), model: newModel(),
	}
	s.slack = fakeslack.New(fakeslack.Options{
		Token: "xoxb-test", Channels: []string{"C0000000001", "C0000000002"}, EnforceRate: true, HistoryLag: 2 * time.Second, Forget: true,
	})
	s.slack.FailWhen(func(call fakeslack.Call) *fakeslack.Fault {
		// Drawn for the call, not in the order in which two senders' calls happen
		// to arrive, which a seed does not repeat.
		name := fnv.New64a()
		fmt.Fprint(name, call.Method, call.Args["channel"], call.At.UnixNano())
		return s.weather(rand.New(rand.NewPCG(seed, name.Sum64())), call)
	})
	return s
}

// now is the wall clock, which may be set.
func (s *soc) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.offset)
}

// weather fails one request in ten, and nearly all of them in the first half
// hour of every seventh one.
func (s *soc) weather(random *rand.Rand, call fakeslack.Call) *fakeslack.Fault {
	storm := call.At.Sub(s.began)%(3*time.Hour+30*time.Minute) < 30*time.Minute
	if calm := random.IntN(10) > 0; calm && !storm || random.IntN(10) == 0 {
		return nil
	}
	faults := []fakeslack.Fault{
		fakeslack.TooMany("3"), fakeslack.TooMany(""), fakeslack.TooMany("Sat, 01 Jan 2000 00:00:00 GMT"),
		fakeslack.Status(http.StatusInternalServerError), fakeslack.Status(http.StatusBadGateway).Accepted(),
		fakeslack.Body("{}"), fakeslack.Body("{}").Accepted(), fakeslack.Body(`{"ok":true`).Accepted(),
		fakeslack.HangUp(), fakeslack.HangUp().Accepted(), fakeslack.BlackHole().Accepted(), fakeslack.BlackHole(),
		fakeslack.Says("fatal_error"), fakeslack.Says("internal_error").Accepted(),
		fakeslack.Says("token_revoked"), fakeslack.Says("invalid_blocks"),
	}
	return &faults[random.IntN(len(faults))]
}

// life is one run of kigen, without its listener, which would hold up virtual
// time.
type life struct {
	db      *store.DB
	tracker *tracker.Tracker
	dead    chan struct{} // closed when it was killed
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// start begins a life as the daemon does.
func (s *soc) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &life{dead: make(chan struct{}), cancel: cancel}
	var err error
	if l.db, err = store.Open(ctx, s.path, s.now()); err != nil {
		s.t.Fatal(err)
	}
	l.tracker = &tracker.Tracker{Store: l.db, Catalogue: s.config.Catalogue, Policies: s.config.Alerts, Now: s.now}
	if err := l.tracker.Adopt(ctx); err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	writer := notify.Writer{Lang: "en", Zone: s.config.Timezone, Vendors: s.config.Catalogue}
	var senders []*notify.Sender
	for name, channel := range s.channels() {
		destination := notify.NewSlack(notify.SlackOptions{Token: "xoxb-test", Channel: channel, Transport: wire{s.slack, l.dead}})
		senders = append(senders, notify.NewSender(name, destination, l.db, writer, notify.Options{Log: log, Now: s.now}))
	}
	step := func(ctx context.Context) (time.Time, error) {
		s.model.tick(s.now())
		return l.tracker.Step(ctx)
	}
	loop := newWatch(step, func() {
		for _, sender := range senders {
			sender.Wake()
		}
	}, log)
	loop.now = s.now
	l.tracker.Changed = loop.Wake
	for _, sender := range senders {
		l.done.Go(func() { _ = sender.Run(ctx) }) // always nil
	}
	l.done.Go(func() { loop.run(ctx) })
	s.life = l
}

func (s *soc) channels() map[string]string {
	return map[string]string{"soc": "C0000000001", "lead": "C0000000002"}
}

// stop ends the life in an orderly way. A kill takes the database and the line
// to Slack away first, so that nothing that is still going on has an effect.
func (s *soc) stop(kill bool) {
	s.t.Helper()
	l := s.life
	if kill {
		close(l.dead)
		_ = l.db.Close()
	}
	l.cancel()
	l.done.Wait()
	if err := l.db.Close(); err != nil && !kill {
		s.t.Error(err)
	}
	s.life = nil
}

// wire is the way to Slack. It takes time in both directions, in which kigen
// may die.
type wire struct {
	slack *fakeslack.Slack
	dead  <-chan struct{}
}

var errKilled = errors.New("killed")

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.travel(req.Context()); err != nil {
		return nil, err
	}
	resp, err := w.slack.RoundTripper().RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return resp, w.travel(req.Context())
}

func (w wire) travel(ctx context.Context) error {
	select {
	case <-w.dead:
		return errKilled
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(120 * time.Millisecond):
		return nil
	}
}

// plan is what is to happen, in the order of virtual time.
type plan []happening

type happening struct {
	at time.Duration // since the beginning
	do func()
}

func (s *soc) at(d time.Duration, do func()) {
	h := happening{d, do}
	i, _ := slices.BinarySearchFunc(s.plan, h, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	s.plan = slices.Insert(s.plan, i, h)
}

// in does it after a while.
func (s *soc) in(d time.Duration, do func()) { s.at(time.Since(s.began)+d, do) }

// upTo draws a length from a second up to d.
func (s *soc) upTo(d time.Duration) time.Duration {
	return time.Second + time.Duration(s.random.Int64N(int64(d)))
}

// live plans so many incidents, and all that goes wrong, and lives through it.
func (s *soc) live(length time.Duration, incidents int) {
	s.start()
	for range incidents {
		s.at(s.upTo(length*9/10), s.logIncident)
	}
	for at := s.upTo(6 * time.Hour); at < length; at += s.upTo(6 * time.Hour) {
		s.at(at, s.goDown)
	}
	for at := s.upTo(24 * time.Hour); at < length; at += s.upTo(48 * time.Hour) {
		s.at(at, s.setClock)
	}
	for len(s.plan) > 0 && time.Since(s.began) < length {
		next := s.plan[0]
		s.plan = s.plan[1:]
		time.Sleep(next.at - time.Since(s.began))
		next.do()
	}
}

// rest ends all that goes wrong and lets kigen finish.
func (s *soc) rest() {
	s.t.Helper()
	if s.life == nil {
		s.start()
	}
	s.slack.FailWhen(nil)
	time.Sleep(2 * time.Hour)
	s.stop(false)
}

func (s *soc) goDown() {
	if s.life == nil {
		return
	}
	s.stop(s.random.IntN(3) > 0)
	pause := s.upTo(time.Minute)
	if s.random.IntN(4) == 0 {
		pause = s.upTo(10 * time.Hour)
	}
	s.in(pause, s.start)
}

// setClock sets the wall clock wrong, and right again some time later.
func (s *soc) setClock() {
	steps := []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour}
	s.step(steps[s.random.IntN(len(steps))])
	s.in(s.upTo(5*time.Hour), func() { s.step(0) })
}

func (s *soc) step(offset time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset = offset
	s.model.stepped()
}

// logIncident logs one, and plans what becomes of it.
func (s *soc) logIncident() {
	vendors := []string{"sotas", "sustaina", "tatsujin", "superstream", "cybertrust"}
	e := tracker.Entry{Vendor: vendors[s.random.IntN(len(vendors))], Title: "an incident"}
	e.Impact = sla.ImpactSerious
	start := s.now().Add(-s.upTo(30 * time.Hour))
	for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
		if s.random.IntN(3) > 0 {
			e.Times[m].At = start
		}
	}
	var id sla.IncidentID
	s.person("logs", func(l *life) (*sla.Incident, error) {
		inc, err := l.tracker.Log(context.Background(), "ueda", "", e)
		if inc != nil {
			id = inc.ID
		}
		return inc, err
	}, func() { s.treat(id) })
}

// treat plans what people and the vendor do about an incident.
func (s *soc) treat(id sla.IncidentID) {
	switch silent := s.random.IntN(5) == 0; {
	case !silent:
		s.in(s.upTo(60*time.Hour), func() { s.notice(id) })
	case *long: // a year of vendors that never speak would be a year of repeats
		s.in(s.upTo(14*24*time.Hour), func() { s.notice(id) })
	}
	if s.random.IntN(3) == 0 {
		s.in(s.upTo(40*time.Hour), func() { s.acknowledge(id) })
	}
	if s.random.IntN(5) == 0 {
		s.in(s.upTo(20*time.Hour), func() { s.amend(id) })
	}
	if s.random.IntN(12) == 0 {
		s.in(s.upTo(30*time.Hour), func() { s.cancel(id) })
	}
}

func (s *soc) notice(id sla.IncidentID) {
	s.person("notices", func(l *life) (*sla.Incident, error) {
		return l.tracker.Notice(context.Background(), "ueda", id, tracker.NoticeEntry{Channel: "email"})
	}, nil)
}

func (s *soc) acknowledge(id sla.IncidentID) {
	snooze := s.random.IntN(2) == 0
	s.person("acknowledges", func(l *life) (*sla.Incident, error) {
		var until time.Time
		if snooze {
			until = s.now().Add(90 * time.Minute)
		}
		return l.tracker.Acknowledge(context.Background(), "ueda", id, until)
	}, nil)
}

func (s *soc) amend(id sla.IncidentID) {
	earlier := s.upTo(10 * time.Hour)
	s.person("amends", func(l *life) (*sla.Incident, error) {
		times := map[sla.Moment]sla.Stamp{}
		for _, m := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed} {
			times[m] = sla.Stamp{At: s.now().Add(-earlier)}
		}
		return l.tracker.Amend(context.Background(), "ueda", id, tracker.Amendment{Times: times})
	}, nil)
}

func (s *soc) cancel(id sla.IncidentID) {
	s.person("cancels", func(l *life) (*sla.Incident, error) {
		return l.tracker.Cancel(context.Background(), "ueda", id, "a drill")
	}, nil)
}

// person does one thing, now or when kigen is there again, and tells the model
// what came of it. What kigen refuses, because a wrong clock makes it nonsense,
// people leave.
func (s *soc) person(what string, do func(*life) (*sla.Incident, error), then func()) {
	s.t.Helper()
	if s.life == nil {
		s.in(time.Hour, func() { s.person(what, do, then) })
		return
	}
	// The watch loop may be at work in this very instant: who comes first would
	// be left to chance.
	time.Sleep(time.Millisecond / 2)
	inc, err := do(s.life)
	var refused tracker.Invalid
	switch {
	case errors.As(err, &refused):
		return
	case err != nil:
		s.t.Fatalf("a person %s: %v", what, err)
	}
	s.model.changed(s.now(), inc)
	if then != nil {
		then()
	}
}
