package feed

import (
	"context"
	"sync"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/cmd/kigen/internal/intake/feed/follow"
)

// Getter asks for a document; fetch.Client is one.
type Getter interface {
	Get(ctx context.Context, r fetch.Request) (fetch.Response, error)
}

// Keeper keeps the state of the sources.
type Keeper interface {
	// Load returns what was kept of a source, with all its items; nothing of a new one.
	Load(ctx context.Context, source string) (Kept, error)
	// Commit keeps a step whole or not at all.
	Commit(ctx context.Context, source string, s Step) error
}

// Kept is the state of a source. Without its items it is one small JSON document, and
// each item is one, too.
type Kept struct {
	State  follow.State `json:"state"`
	Health Health       `json:"health"`
}

// Step is what a poll changes: the state without its items, and the items that changed.
type Step struct {
	Kept
	Outcome follow.Outcome
}

// Result is the result of a poll.
type Result string

// The results.
const (
	OK          Result = "ok"
	NotModified Result = "not_modified" // the source says so
	Failed      Result = "failed"       // neither "all clear" nor silence
)

// Poll is what became of a poll.
type Poll struct {
	Source  string
	At      time.Time
	Result  Result
	Reason  string // of a failure
	Err     error
	Partial error // of a document beside the first one
	Outcome follow.Outcome
	RetryAt time.Time     // the source asks not to be asked before
	Skew    time.Duration // how far the source's clock is ahead of ours
	News    []News
}

// Options are what a Poller depends on.
type Options struct {
	Get    Getter
	Keep   Keeper
	Now    func() time.Time
	Jitter func(most time.Duration) time.Duration // from 0 to most; nil: none
	Report func(Poll)                             // after a poll is kept; nil: none
}

// Poller asks one source. Run is its loop; the other methods serve tests and hooks.
type Poller struct {
	source Source
	o      Options
	woken  chan struct{}

	turn sync.Mutex // one poll at a time

	mu      sync.Mutex // what follows
	kept    Kept
	loaded  bool
	hints   []follow.Hint
	next    time.Time // zero: at once
	metrics map[string]int64
}

// New returns a poller of a source.
func New(s Source, o Options) *Poller {
	if o.Jitter == nil {
		o.Jitter = func(time.Duration) time.Duration { return 0 }
	}
	if o.Report == nil {
		o.Report = func(Poll) {}
	}
	return &Poller{source: s, o: o, woken: make(chan struct{}, 1), metrics: map[string]int64{}}
}

// Source returns what the poller asks.
func (p *Poller) Source() Source { return p.source }

// Load reads what was kept. Poll does so itself where it was not done.
func (p *Poller) Load(ctx context.Context) error {
	kept, err := p.o.Keep.Load(ctx, p.source.Name)
	if err != nil {
		return err
	}
	now := p.o.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept, p.loaded = kept, true
	// A restart asks no source earlier, unless the interval is shorter now.
	latest := now.Add(p.source.Every)
	if at := kept.Health.RetryAt; at.Sub(now) <= 25*time.Hour {
		latest = later(latest, at)
	}
	p.next = later(now, kept.Health.Next)
	if p.next.After(latest) {
		p.next = latest
	}
	if len(p.hints) > 0 { // a hook came before
		p.next = later(now, kept.Health.RetryAt)
	}
	return nil
}

// Due is when the source is to be asked next.
func (p *Poller) Due() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

// Item returns an item of the source.
func (p *Poller) Item(id string) (follow.Item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.kept.State.Items[id]
	return i, ok
}

// Poll asks the source now. Its error is one of the keeper: then nothing of the poll
// counts, and the next one brings the same again.
func (p *Poller) Poll(ctx context.Context) (Poll, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if !p.ready() {
		if err := p.Load(ctx); err != nil {
			return Poll{}, err
		}
	}
	p.mu.Lock()
	state, hints := p.kept.State, p.hints
	p.mu.Unlock()
	for _, h := range hints {
		state = follow.Hinted(state, h)
	}

	r := p.ask(ctx, state)
	now := p.o.Now()
	poll := Poll{Source: p.source.Name, At: now, Result: r.result, Err: r.err, Partial: r.partial, Skew: r.skew}
	if len(r.reads) > 0 {
		state, poll.Outcome = follow.Observe(r.state, now, r.reads, r.err == nil && r.partial == nil)
	}
	poll.Reason, poll.RetryAt = why(r.err)
	kept := Kept{state, p.health(now)}
	poll.News = kept.Health.after(poll, p.source.Every)
	kept.Health.Next = p.plan(kept.Health, poll)
	if err := p.o.Keep.Commit(ctx, p.source.Name, Step{kept, poll.Outcome}); err != nil {
		return poll, err
	}
	p.mu.Lock()
	p.kept, p.hints, p.next = kept, p.hints[len(hints):], kept.Health.Next
	if len(p.hints) > 0 {
		p.next = later(now, kept.Health.RetryAt)
	}
	p.count(poll)
	p.mu.Unlock()
	p.o.Report(poll)
	return poll, nil
}

func (p *Poller) health(now time.Time) Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.kept.Health
	if h.Began.IsZero() {
		h.Began = now
	}
	return h
}

// longestRest bounds each wait: timers stop while the machine is suspended.
const longestRest = 15 * time.Second

// Run asks the source until the context ends. It begins with the kept state, because
// another replica may have asked meanwhile.
func (p *Poller) Run(ctx context.Context) error {
	p.mu.Lock()
	p.loaded, p.next = false, time.Time{}
	p.mu.Unlock()
	for {
		if err := p.rest(ctx); err != nil {
			return err
		}
		if now := p.o.Now(); now.Before(p.Due()) {
			p.silence(ctx, now)
			continue
		}
		var err error
		if p.ready() {
			_, err = p.Poll(ctx)
		} else {
			err = p.Load(ctx)
		}
		if err != nil && ctx.Err() == nil {
			p.mu.Lock()
			p.next = p.o.Now().Add(min(p.source.Every, fetch.HostInterval))
			p.mu.Unlock()
			p.o.Report(Poll{Source: p.source.Name, At: p.o.Now(), Result: Failed, Reason: "store", Err: err})
		}
	}
}

func (p *Poller) ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loaded
}

// rest waits until the source is to be asked, a hook wakes it, or its silence is to be
// told. It returns the error of an ended context.
func (p *Poller) rest(ctx context.Context) error {
	p.mu.Lock()
	until := p.next
	if at := p.kept.Health.silentAt(p.source.Every); p.loaded && !at.IsZero() && at.Before(until) {
		until = at
	}
	p.mu.Unlock()
	t := time.NewTimer(min(max(0, until.Sub(p.o.Now())), longestRest))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
	case <-p.woken:
	}
	return ctx.Err()
}

// silence tells once that a source has been silent for too long, where it is not asked for
// a while.
func (p *Poller) silence(ctx context.Context, now time.Time) {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.mu.Lock()
	kept := p.kept
	p.mu.Unlock()
	news := kept.Health.silent(now, p.source.Every)
	if len(news) == 0 {
		return
	}
	// Where this cannot be kept, it is news again after a restart: better than never.
	_ = p.o.Keep.Commit(ctx, p.source.Name, Step{Kept: kept})
	p.mu.Lock()
	p.kept = kept
	p.mu.Unlock()
	p.o.Report(Poll{Source: p.source.Name, At: now, Result: Failed, Reason: "silent", News: news})
}
