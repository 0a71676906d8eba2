package notify_test

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/seedtest"
	"kigen/store"
)

// hostile is a network and a process that can't be relied on: 16 of 100
// requests are refused, 24 fail after Slack has accepted them, and the process
// is killed every 20 to 140 ms. All of it follows from the seed, whatever the
// order in which goroutines run.
type hostile struct {
	*pipeline
	seed uint64

	// Another destination than Slack: how one life makes it, its network, and its class.
	make    func(http.RoundTripper) notify.Destination
	network http.RoundTripper
	class   *wire.Class

	mu    sync.Mutex
	tries map[string]int // by what a request is about
}

// dice gives the fate of the nth request about one thing.
func (h *hostile) dice(about string) *rand.Rand {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries[about]++
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(about + strconv.Itoa(h.tries[about]))) // a hash never fails
	return rand.New(rand.NewPCG(h.seed, sum.Sum64()))
}

// judge gives a request its fate. Searches are answered: that Slack can be asked
// is the condition of the promise.
func (h *hostile) judge(c fakeslack.Call) *fakeslack.Fault {
	if strings.HasPrefix(c.Method, "conversations.") {
		return nil
	}
	refused := []fakeslack.Fault{
		fakeslack.Status(500), fakeslack.TooMany("1"), fakeslack.TooMany(""), fakeslack.HangUp(), fakeslack.Says("fatal_error"),
		fakeslack.Body("{}"),
	}
	lost := []fakeslack.Fault{
		fakeslack.Status(502), fakeslack.HangUp(), fakeslack.Body("{}"), fakeslack.Body(`{"ok":true,"ts":"1`), fakeslack.Says("internal_error"),
		fakeslack.BlackHole(),
	}
	dice := h.dice(c.Method + c.Args["metadata"])
	switch n := dice.IntN(100); {
	case n < 16:
		return refused[dice.IntN(len(refused))].Ptr()
	case n < 40:
		return lost[dice.IntN(len(lost))].Accepted().Ptr()
	default:
		return nil
	}
}

// mortal is one life of the process. After its death nothing that it does has
// any effect.
type mortal struct {
	*store.DB
	*hostile
	dead chan struct{}
}

func (m *mortal) gone() error {
	select {
	case <-m.dead:
		return errDead
	default:
		return nil
	}
}

// travel takes a while, and fails when the process dies meanwhile.
func (m *mortal) travel(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-m.dead:
		return errDead
	}
}

func (m *mortal) RoundTrip(req *http.Request) (*http.Response, error) {
	dice := m.dice("way to " + req.URL.Path)
	longest := 40
	if !strings.Contains(req.URL.Path, "chat.") {
		longest = 8 // a file takes three requests, and has to fit into a life
	}
	way := func() error { return m.travel(time.Duration(2+dice.IntN(longest)) * time.Millisecond) }
	if err := way(); err != nil {
		return nil, err
	}
	network := m.network
	if network == nil {
		network = m.slack.RoundTripper()
	}
	resp, err := network.RoundTrip(req)
	if err := way(); err != nil {
		return nil, err
	}
	return resp, err
}

func (m *mortal) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	if err := m.gone(); err != nil {
		return nil, err
	}
	return m.DB.NextDelivery(ctx, destination, now, kinds...)
}

func (m *mortal) Sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.Sent(ctx, id, r, at)
}

func (m *mortal) Retry(ctx context.Context, a outbox.Attempt, next time.Time, reason string) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.Retry(ctx, a, next, reason)
}

func (m *mortal) MarkUnconfirmed(ctx context.Context, a outbox.Attempt, searchAt time.Time, reason string) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.MarkUnconfirmed(ctx, a, searchAt, reason)
}

func (m *mortal) Interrupted(ctx context.Context, destination string, searchAt time.Time) (int, error) {
	if err := m.gone(); err != nil {
		return 0, err
	}
	return m.DB.Interrupted(ctx, destination, searchAt)
}

func (m *mortal) Resend(ctx context.Context, a outbox.Attempt, next time.Time, possibleRepeat bool) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.Resend(ctx, a, next, possibleRepeat)
}

func (m *mortal) Refuse(ctx context.Context, id outbox.DeliveryID, fallback string, now, next time.Time, reason string) (bool, error) {
	if err := m.gone(); err != nil {
		return false, err
	}
	return m.DB.Refuse(ctx, id, fallback, now, next, reason)
}

func (m *mortal) Reconsider(ctx context.Context, destination string, ids []outbox.DeliveryID, next time.Time) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.Reconsider(ctx, destination, ids, next)
}

func (m *mortal) Reopen(ctx context.Context, destination string, due, now time.Time) (int, error) {
	if err := m.gone(); err != nil {
		return 0, err
	}
	return m.DB.Reopen(ctx, destination, due, now)
}

func (m *mortal) Displace(ctx context.Context, id outbox.DeliveryID) (bool, error) {
	if err := m.gone(); err != nil {
		return false, err
	}
	return m.DB.Displace(ctx, id)
}

func (m *mortal) MarkUnsearchable(ctx context.Context, a outbox.Attempt, unsearchable bool) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.DB.MarkUnsearchable(ctx, a, unsearchable)
}

func (m *mortal) Merge(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (int, error) {
	if err := m.gone(); err != nil {
		return 0, err
	}
	return m.DB.Merge(ctx, destination, now, form)
}

// live runs a sender and kills it after d.
func (h *hostile) live(d time.Duration, above int) {
	m := &mortal{DB: h.db, hostile: h, dead: make(chan struct{})}
	var destination notify.Destination = h.bot(m)
	if h.make != nil {
		destination = h.make(m)
	}
	sender := notify.NewSender("soc", destination, m, writer("en"), notify.Options{DigestAbove: above, Class: h.class})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sender.Run(ctx) // a dead one's word does not count
	}()
	time.Sleep(d)
	close(m.dead)
	cancel()
	<-done
	h.rest()
}

// rest leaves the process dead while it would only wait: a minute of waiting is
// a thousand lives.
func (h *hostile) rest() {
	next, ok, err := h.db.NextSend(context.Background(), "soc")
	h.must(err)
	unconfirmed, err := h.db.Unconfirmed(context.Background(), "soc")
	h.must(err)
	for _, d := range unconfirmed {
		if !ok || d.SearchAt.Before(next) {
			next, ok = d.SearchAt, true
		}
	}
	if wait := time.Until(next); ok && wait > time.Second {
		time.Sleep(wait)
	}
}

// The table of what each order of steps costs: marking first loses alerts,
// sending first repeats them. Looking first does neither, alone or in digests.
func TestKilledAgainAndAgain(t *testing.T) {
	seed := seedtest.Of(t)
	for name, above := range map[string]int{"one by one": 1_000_000, "in a digest": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hostile{pipeline: newPipeline(t, fakeslack.Options{HistoryLag: 20 * time.Second}), seed: seed, tries: map[string]int{}}
				defer h.close()
				h.slack.FailWhen(h.judge)
				h.log(400)
				h.raise(0, outbox.ReasonOverdue, "soc")
				kills := rand.New(rand.NewPCG(seed, 1))
				lives := 0
				for begun := time.Now(); h.waiting() && time.Since(begun) < 2*time.Hour; lives++ {
					h.live(time.Duration(20+kills.IntN(121))*time.Millisecond, above)
				}
				h.checkTold(1)
				for _, m := range h.slack.Messages() {
					if strings.Contains(m.Shown(), repeated) {
						t.Errorf("%s is called a possible repeat", m.Key(slack.Key))
					}
				}
				t.Logf("%d kills, %d requests, %d messages", lives, len(h.slack.Calls()), len(h.slack.Messages()))
			})
		})
	}
}

func (p *pipeline) waiting() bool {
	_, waiting, err := p.db.OldestUnsent(context.Background())
	p.must(err)
	return waiting
}
