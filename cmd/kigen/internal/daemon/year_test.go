package daemon

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/notify"
	"kigen/notify/email"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/seedtest"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

var long = flag.Bool("long", false, "simulate a whole year of a SOC, not a few days")

// TestYearOfASOC lives through the days of a SOC in virtual time: people log,
// amend, acknowledge, cancel and reopen incidents, withdraw notices, waive promises, vendors speak in time, late or
// never, Slack fails in every way, channels are moved, a mail server takes long
// to confirm, a row can't be read for some hours, kigen is stopped and killed, and
// the clock is set. Every alert that an independent model expects must arrive,
// once, and nothing else; and the last change of an incident must reach every
// destination that has an earlier message of it. What a destination does not take for
// minutes is at its fallback. KIGEN_SIM_SEED repeats a run. -long makes it a year, in which
// every vendor speaks after four days at the latest; it takes some minutes, fewer
// with TMPDIR in memory:
//
//	TMPDIR=/dev/shm go test -run YearOfASOC -v -timeout 1h ./cmd/kigen/internal/daemon -long
func TestYearOfASOC(t *testing.T) {
	days, incidents := 3, 100
	switch {
	case *long:
		days, incidents = 365, 4000
	case storetest.OnPostgres():
		days, incidents = 1, 30 // a commit takes ten times as long
	}
	seed := seedtest.Of(t)
	t.Logf("%d days, %d incidents", days, incidents)
	database := storetest.Path(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSOC(t, database, seed)
		s.live(time.Duration(days)*24*time.Hour, incidents)
		s.rest()
		s.check()
		s.checkChanges()
		s.checkPager()
		if _, err := store.VerifyFile(context.Background(), s.path, nil, time.Now()); err != nil {
			t.Errorf("the record of the year: %v", err)
		}
	})
}

const socConfig = `
language: en
destinations:
  soc:  {slack: {token: xoxb-test, channel: C0000000001}, fallback: spare}
  lead: {slack: {token: xoxb-test, channel: C0000000002}}
  spare: {slack: {token: xoxb-test, channel: C0000000003}}
  mail: {email: {smtp: "smtp://mail.example.jp", from: kigen@example.jp, to: [lead@example.jp]}}
  duty: {pagerduty: {routing_key: 0123456789abcdef0123456789ABCDEF}}
alerts:
  - {to: [soc, mail, duty], warn: [50%, 1h], repeat: 4h}
  - {to: [lead], after: 2h, repeat: 12h}
`

// soc is what outlives a daemon: the database, Slack, the people, and the
// model of what they are to be told.
type soc struct {
	t      *testing.T
	random *rand.Rand
	config *config.Config
	path   string // of the database, or its URL
	slack  *fakeslack.Slack
	office *postOffice
	duty   *fakechat.PagerDuty
	model  *model
	began  time.Time

	life *life // nil while kigen is down

	channels map[string]moves            // by destination
	opened   int                         // channels so far
	moving   map[string]func()           // by destination, configures the next channel: the old one is closed
	answered map[sla.IncidentID]answered // what people last did
	damaged  func()                      // mends the row that can't be read; nil: there is none

	unread []stepped // belongs to the watch loop, and to start
	plan   plan

	waits map[string]wait // by the key of the post

	mu     sync.Mutex
	offset time.Duration        // of the wall clock from virtual time
	set    time.Time            // when the clock was last set
	good   time.Time            // the last good answer from soc
	odd    map[string]time.Time // when a message that is refused for itself was first seen, by its metadata
}

// stepped is the incidents that a step at a tick committed.
type stepped struct {
	incidents []sla.IncidentID
	at        tick
}

func newSOC(t *testing.T, database string, seed uint64) *soc {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(socConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &soc{
		t: t, config: c, path: database, began: time.Now(),
		random: rand.New(rand.NewPCG(seed, 0)), model: newModel(), odd: map[string]time.Time{},
		office: &postOffice{seed: seed, taken: map[string][]time.Time{}}, answered: map[sla.IncidentID]answered{},
		channels: map[string]moves{"soc": {{channelID(1), time.Now()}}, "lead": {{channelID(2), time.Now()}}, "spare": {{spareChannel, time.Now()}}},
		opened:   3,
		moving:   map[string]func(){},
	}
	s.slack = fakeslack.New(fakeslack.Options{
		Token: "xoxb-test", Channels: channelIDs(), EnforceRate: true, HistoryLag: 2 * time.Second, Forget: true,
	})
	s.duty = fakechat.NewPagerDuty(c.Destinations["duty"].Kind.(*config.Spoken).Values()["routing_key"])
	s.duty.FailWhen(s.pagerWeather)
	s.slack.FailWhen(func(call fakeslack.Call) *fakeslack.Fault {
		// Drawn for the call, not in the order in which two senders' calls happen
		// to arrive, which a seed does not repeat.
		if s.refuses(call) {
			return fakeslack.Says("a_word_of_tomorrow").Ptr()
		}
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
// hour of every seventh one, except those to the fallback.
func (s *soc) weather(random *rand.Rand, call fakeslack.Call) *fakeslack.Fault {
	storm := call.At.Sub(s.began)%(3*time.Hour+30*time.Minute) < 30*time.Minute && call.Args["channel"] != spareChannel
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

// refuses reports whether Slack refuses a message for what it is: one in forty,
// for twenty minutes, in whatever form it comes.
func (s *soc) refuses(call fakeslack.Call) bool {
	metadata := call.Args["metadata"]
	name := fnv.New64a()
	fmt.Fprint(name, metadata)
	if call.Method != "chat.postMessage" || name.Sum64()%40 != 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.odd[metadata].IsZero() {
		s.odd[metadata] = call.At
	}
	return call.At.Sub(s.odd[metadata]) < 20*time.Minute
}

// life is one run of kigen, without its listener, which would hold up virtual
// time.
type life struct {
	db      *store.DB
	tracker *tracker.Tracker
	began   time.Time
	dead    chan struct{} // closed when it was killed
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// start begins a life as the daemon does.
func (s *soc) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &life{began: time.Now(), dead: make(chan struct{}), cancel: cancel}
	var err error
	if l.db, err = store.Open(ctx, s.path, s.now()); err != nil {
		s.t.Fatal(err)
	}
	l.tracker = &tracker.Tracker{Store: l.db, Catalogue: s.config.Catalogue, Policies: s.config.Alerts, Now: s.now}
	if _, err := l.db.KeepDestinations(ctx, s.places(), s.now()); err != nil {
		s.t.Fatal(err)
	}
	if err := l.tracker.Adopt(ctx); err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	writer := notify.Writer{Lang: "en", Zone: s.config.Timezone, Vendors: s.config.Catalogue}
	var senders []*notify.Sender
	for name, destination := range s.destinations(l) {
		c := s.config.Destinations[name]
		class := c.Class()
		options := notify.Options{Class: &class, Log: log, Now: s.now, Fallback: c.Fallback}
		senders = append(senders, notify.NewSender(name, destination, l.db, writer, options))
	}
	step := func(ctx context.Context) (time.Time, error) {
		s.model.tick(s.now())
		next, err := l.tracker.Step(ctx)
		s.lookForRecovered(l.db)
		return next, err
	}
	loop := newWatch(step, func() {}, log)
	loop.now = s.now
	l.db.Subscribe(func(ctx context.Context, c store.Committed) {
		follow(ctx, c, loop, senders...)
		if isOwnStep(ctx) {
			s.unread = append(s.unread, stepped{c.Incidents, s.model.lastTick()})
			s.read(l.db)
		}
	})
	s.read(l.db)
	for _, sender := range senders {
		l.done.Go(func() { _ = sender.Run(ctx) }) // always nil
	}
	l.done.Go(func() { loop.run(ctx) })
	s.life = l
}

// read tells the model what became of the incidents that a step committed. After
// a kill the next life does.
func (s *soc) read(db *store.DB) {
	for len(s.unread) > 0 {
		err := db.View(context.Background(), func(r tracker.Reader) error {
			for _, id := range s.unread[0].incidents {
				inc, err := r.Incident(context.Background(), id)
				switch {
				case errors.Is(err, tracker.ErrUnreadable):
					continue // it was put aside
				case err != nil:
					return err
				}
				s.model.committed(inc, s.unread[0].at)
			}
			return nil
		})
		if err != nil {
			return
		}
		s.unread = s.unread[1:]
	}
}

// destinations makes those of a life.
func (s *soc) destinations(l *life) map[string]notify.Destination {
	s.t.Helper()
	server := email.Server{Host: "mail.example.jp", Port: 25, Dial: s.office.dialler(s.t, l.dead)}
	mail, err := email.New(email.Options{Server: server, From: "kigen@example.jp", To: []string{"lead@example.jp"}})
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]notify.Destination{"mail": mail, "duty": s.pager(l)}
	for name, m := range s.channels {
		w := wire{way: s.slack.RoundTripper(), dead: l.dead}
		if name == "soc" {
			w.well = s.answeredWell
		}
		all[name] = slack.New(slack.Options{Token: "xoxb-test", Channel: m.present(), Transport: w})
	}
	return all
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

// wire is the way to a destination. It takes time in both directions, in which kigen
// may die.
type wire struct {
	way  http.RoundTripper
	dead <-chan struct{}
	well func() // called after each good answer from Slack; may be nil
}

var errKilled = errors.New("killed")

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.travel(req.Context()); err != nil {
		return nil, err
	}
	resp, err := w.way.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if w.well != nil && isWell(resp) {
		w.well()
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
	for at := s.upTo(24 * time.Hour); at < length; at += s.upTo(max(length/40, 48*time.Hour)) {
		s.at(at, s.setClock)
	}
	for at := s.upTo(length / 3); at < length; at += s.upTo(max(length/20, 24*time.Hour)) {
		s.at(at, s.move)
	}
	for at := s.upTo(length / 6); at < length; at += s.upTo(max(length/40, 16*time.Hour)) {
		s.at(at, s.damage)
	}
	if s.random.IntN(3) == 0 {
		s.at(s.upTo(length/3), s.wave)
	}
	for at := time.Minute; at < length; at += 5 * time.Minute {
		s.at(at, s.watchFallback)
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
	for _, name := range slices.Sorted(maps.Keys(s.moving)) {
		s.moving[name]()
	}
	if s.life == nil {
		s.start()
	}
	if s.damaged != nil {
		s.damaged()
	}
	s.slack.FailWhen(nil)
	s.duty.FailWhen(nil)
	s.office.mu.Lock()
	s.office.quick = true
	s.office.mu.Unlock()
	s.stop(false)
	s.start()                         // tries again what was refused and put aside
	const sending = 30 * time.Second  // of what falls due last
	time.Sleep(2*time.Hour + sending) // many deadlines are at a full hour
	for s.queuedWithin(sending) {
		time.Sleep(sending)
	}
	s.stop(false)
	time.Sleep(10 * time.Minute) // the mail server's last answers, to nobody
}

func (s *soc) goDown() {
	pause := s.upTo(time.Minute)
	if s.random.IntN(4) == 0 {
		pause = s.upTo(10 * time.Hour)
	}
	s.down(pause)
}

// down ends a life for a while.
func (s *soc) down(pause time.Duration) {
	if s.life == nil {
		return
	}
	s.stop(s.random.IntN(3) > 0)
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
	s.offset, s.set = offset, time.Now()
	s.model.stepped()
}
