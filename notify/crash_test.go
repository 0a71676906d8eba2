package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla/outbox"
)

// The points at which a sender can be killed.
const (
	survives  = iota
	claimed   // sending is committed
	requested // the request is about to leave
	accepted  // Slack has the message, the answer is lost
	recorded  // sent is committed
	killPoints
)

// attempt is the fate of one attempt.
type attempt struct{ fault, kill int }

// faults are the ways in which Slack may fail; the first is none.
func faults() []fakeslack.Fault {
	return []fakeslack.Fault{
		fakeslack.Pass(), fakeslack.Pass(),
		fakeslack.TooMany("3"), fakeslack.TooMany(""),
		fakeslack.Status(500), fakeslack.Status(502).Accepted(),
		fakeslack.Body("{}"), fakeslack.Body(`{"ok":true`).Accepted(),
		fakeslack.HangUp(), fakeslack.HangUp().Accepted(), fakeslack.BlackHole().Accepted(),
		fakeslack.Says("fatal_error"), fakeslack.Says("channel_not_found"), fakeslack.Says("invalid_blocks"),
	}
}

// world is what outlives a sender: the outbox, Slack, and what fate has still
// in store.
type world struct {
	*memory
	slack *fakeslack.Slack

	fate    []attempt
	current attempt
}

// life is one run of a sender. Once it has died, nothing that it does has any
// effect.
type life struct {
	*world
	mu   sync.Mutex // over died, fate and current: the reconciler runs beside the sender
	died bool
	dead chan struct{}
}

var errDead = errors.New("this process was killed")

// dies reports whether the life is over, or ends at this point.
func (l *life) dies(point int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.died && point != survives && l.current.kill == point {
		l.died = true
		close(l.dead)
	}
	return l.died
}

// nextAttempt takes the fate of the attempt that begins.
func (l *life) nextAttempt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = attempt{}
	if len(l.fate) > 0 {
		l.current, l.fate = l.fate[0], l.fate[1:]
	}
}

// fault returns the index of the fault that the present attempt meets.
func (l *life) fault() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current.fault
}

func (l *life) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	if l.dies(survives) {
		return nil, errDead
	}
	d, err := l.memory.NextDelivery(ctx, destination, now, kinds...)
	if d == nil || err != nil {
		return d, err
	}
	l.nextAttempt()
	if l.dies(claimed) {
		return nil, errDead
	}
	return d, nil
}

func (l *life) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.dies(survives) {
		return nil, errDead
	}
	if !strings.HasSuffix(req.URL.Path, "/chat.postMessage") {
		return l.slack.RoundTripper().RoundTrip(req)
	}
	if l.dies(requested) {
		return nil, errDead
	}
	l.slack.Fail(faults()[l.fault()])
	resp, err := l.slack.RoundTripper().RoundTrip(req)
	if l.dies(accepted) {
		return nil, errDead
	}
	return resp, err
}

func (l *life) Sent(ctx context.Context, id outbox.DeliveryID, r outbox.Receipt, at time.Time) error {
	if l.dies(survives) {
		return errDead
	}
	err := l.memory.Sent(ctx, id, r, at)
	if l.dies(recorded) {
		return errDead
	}
	return err
}

func (l *life) Retry(ctx context.Context, a outbox.Attempt, next time.Time, reason string) error {
	if l.dies(survives) {
		return errDead
	}
	return l.memory.Retry(ctx, a, next, reason)
}

func (l *life) Interrupted(ctx context.Context, destination string, searchAt time.Time) (int, error) {
	if l.dies(survives) {
		return 0, errDead
	}
	return l.memory.Interrupted(ctx, destination, searchAt)
}

func (l *life) MarkUnconfirmed(ctx context.Context, a outbox.Attempt, searchAt time.Time, reason string) error {
	if l.dies(survives) {
		return errDead
	}
	return l.memory.MarkUnconfirmed(ctx, a, searchAt, reason)
}

func (l *life) Resend(ctx context.Context, a outbox.Attempt, next time.Time, possibleRepeat bool) error {
	if l.dies(survives) {
		return errDead
	}
	return l.memory.Resend(ctx, a, next, possibleRepeat)
}

func (l *life) Refuse(ctx context.Context, id outbox.DeliveryID, fallback string, now, next time.Time, reason string) (bool, error) {
	if l.dies(survives) {
		return false, errDead
	}
	return l.memory.Refuse(ctx, id, fallback, now, next, reason)
}

func (l *life) Reconsider(ctx context.Context, destination string, ids []outbox.DeliveryID, next time.Time) error {
	if l.dies(survives) {
		return errDead
	}
	return l.memory.Reconsider(ctx, destination, ids, next)
}

func (l *life) Reopen(ctx context.Context, destination string, due, now time.Time) (int, error) {
	if l.dies(survives) {
		return 0, errDead
	}
	return l.memory.Reopen(ctx, destination, due, now)
}

func (l *life) MarkUnsearchable(ctx context.Context, a outbox.Attempt, unsearchable bool) error {
	if l.dies(survives) {
		return errDead
	}
	return l.memory.MarkUnsearchable(ctx, a, unsearchable)
}

// settled reports whether nothing is left to be sent.
func (w *world) settled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rows {
		if r.State != outbox.DeliverySent {
			return false
		}
	}
	return true
}

// liveFor runs one sender after the other, stopping the last one in an
// orderly way.
func (w *world) liveFor(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	for ctx.Err() == nil {
		w.live(ctx)
	}
}

// live runs a sender until it is killed or ctx ends.
func (w *world) live(ctx context.Context) {
	l := &life{world: w, dead: make(chan struct{})}
	destination := slack.New(slack.Options{Token: token, Channel: channelID, Transport: l})
	sender := notify.NewSender("soc", destination, l, writer("en"), notify.Options{})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sender.Run(ctx) // always nil; a dead one's word would not count
	}()
	select {
	case <-l.dead:
		stop()
	case <-ctx.Done():
	}
	<-done
}

// However Slack fails and wherever the sender is killed: every alert arrives,
// nothing stays stuck, and nothing arrives twice, because Slack can be asked.
func TestNoAlertIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		count := rapid.IntRange(1, 6).Draw(rt, "alerts")
		fate := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) attempt {
			return attempt{
				fault: rapid.IntRange(0, len(faults())-1).Draw(t, "fault"),
				kill:  rapid.IntRange(survives, killPoints-1).Draw(t, "kill"),
			}
		}), 0, 20).Draw(rt, "fate")
		synctest.Test(t, func(*testing.T) {
			w := &world{memory: newMemory(), fate: fate}
			w.slack = fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
			for n := range count {
				w.add(numbered(n))
			}
			for hours := 0; hours < 8 && !w.settled(); hours++ { // the longest fate takes five
				w.liveFor(time.Hour)
			}
			w.check(rt)
		})
	})
}

// check holds what arrived against what was to arrive.
func (w *world) check(t *rapid.T) {
	seen := map[string]int{}
	for _, m := range w.slack.Messages() {
		key := m.Key(slack.Key)
		if seen[key]++; seen[key] > 1 {
			t.Errorf("%s arrived again; steps %q", key, w.history())
		}
		if strings.Contains(m.Text+m.Shown(), "You may have seen this before") {
			t.Errorf("%s is called a possible repeat; steps %q", key, w.history())
		}
	}
	for _, r := range w.rows {
		if r.State != outbox.DeliverySent || seen[r.Key] == 0 {
			t.Errorf("%s is %s and arrived %d times; steps %q", r.Key, r.State, seen[r.Key], w.history())
		}
	}
	if len(seen) != len(w.rows) {
		t.Errorf("%d alerts arrived of %d: %s", len(seen), len(w.rows), fmt.Sprint(seen))
	}
}
