package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/sla/tracker/trackertest"
	"kigen/store"
	"kigen/store/storetest"
)

// pipeline is a real database, a fake Slack and what runs between them, all in
// one bubble.
type pipeline struct {
	testing.TB
	db    *store.DB
	slack *fakeslack.Slack
	incs  []*sla.Incident
}

// newPipeline must be called inside the bubble, and closed there.
func newPipeline(t testing.TB, opts fakeslack.Options) *pipeline {
	t.Helper()
	db, err := store.Open(context.Background(), storetest.Path(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	opts.Token = token
	if opts.Channels == nil {
		opts.Channels = []string{channelID}
	}
	return &pipeline{TB: t, db: db, slack: fakeslack.New(opts)}
}

func (p *pipeline) close() {
	if err := p.db.Verify(context.Background()); err != nil {
		p.Error(err)
	}
	if err := p.db.Close(); err != nil {
		p.Error(err)
	}
}

func (p *pipeline) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// log stores n incidents, each with a clock that is overdue now.
func (p *pipeline) log(n int) {
	p.Helper()
	now := time.Now()
	p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
		for range n {
			inc := &sla.Incident{
				Vendor: [...]string{"sotas", "globex", "initech"}[len(p.incs)%3], Title: "ログイン障害 & <others>", Facts: sla.Facts{Service: "工程管理"},
			}
			if err := tx.InsertIncident(context.Background(), inc); err != nil {
				return err
			}
			c := sla.Clock{
				Incident: inc.ID, Promise: "incident-notice", State: sla.Overdue, BreachedAt: now, Due: now,
				Start: sla.Start{At: now.Add(-time.Hour), From: sla.Occurred, Basis: sla.Stated},
			}
			if err := tx.InsertClock(context.Background(), &c); err != nil {
				return err
			}
			inc.Clocks = []sla.Clock{c}
			p.incs = append(p.incs, inc)
			if err := trackertest.Logged(context.Background(), tx, inc); err != nil {
				return err
			}
		}
		return nil
	}))
}

// raise tells one alert of every incident from the given one on.
func (p *pipeline) raise(from int, reason outbox.Reason, to ...string) {
	p.Helper()
	now := time.Now()
	p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
		for _, inc := range p.incs[from:] {
			_, err := tx.Raise(context.Background(), &outbox.Alert{
				Key: fmt.Sprintf("%s/%d/%d", reason, inc.ID, now.UnixMilli()), Reason: reason, Incident: inc.ID,
				Clock: inc.Clocks[0].ID, DueAt: inc.Clocks[0].Due, At: now, To: to,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// noticed records that the vendor spoke, and queues the updates.
func (p *pipeline) noticed(which int) {
	p.Helper()
	p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
		c := p.incs[which].Clocks[0]
		was := c.State
		c.State, c.NotifiedAt = sla.Late, time.Now()
		if sla.InTime(c.Due, c.NotifiedAt) {
			c.NotifiedAt = c.NotifiedAt.Add(time.Second)
		}
		p.incs[which].Clocks[0] = c
		if err := tx.UpdateClock(context.Background(), &c, was); err != nil {
			return err
		}
		if err := trackertest.Answered(context.Background(), tx, &c, was); err != nil {
			return err
		}
		return tx.QueueUpdates(context.Background(), c.Incident, time.Now())
	}))
}

// run starts a sender; the returned func stops it and waits.
func (p *pipeline) run(name string, d notify.Destination, opts notify.Options) (wake, stop func()) {
	return p.runOn(p.db, name, d, opts)
}

func (p *pipeline) runOn(o notify.Outbox, name string, d notify.Destination, opts notify.Options) (wake, stop func()) {
	sender := notify.NewSender(name, d, o, writer("en"), opts)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sender.Run(ctx) // always nil
	}()
	return sender.Wake, func() { cancel(); <-done }
}

func (p *pipeline) bot(transport http.RoundTripper) *slack.Channel {
	if transport == nil {
		transport = p.slack.RoundTripper()
	}
	return slack.New(slack.Options{Token: token, Channel: channelID, Transport: transport})
}

var incidentIDs = regexp.MustCompile(`KGN-\d+`)

// told counts how often Slack tells of each incident, in messages and on pages.
// A summary names one as an example, which does not count.
func (p *pipeline) told() map[string]int {
	told := map[string]int{}
	for _, m := range p.slack.Messages() {
		key := m.Key(slack.Key)
		if strings.HasPrefix(key, "digest/") && m.ThreadTS == "" {
			continue
		}
		seen := map[string]bool{}
		for _, id := range incidentIDs.FindAllString(m.Shown(), -1) {
			if !seen[id] {
				told[id]++
			}
			seen[id] = true
		}
	}
	return told
}

// checkTold holds that every incident was told exactly so often.
func (p *pipeline) checkTold(want int) {
	p.Helper()
	told := p.told()
	lost, repeated := 0, 0
	for _, inc := range p.incs {
		switch n := told[inc.ID.String()]; {
		case n < want:
			lost++
		case n > want:
			repeated++
		}
	}
	if lost+repeated > 0 || len(told) > len(p.incs) {
		p.Errorf("of %d incidents %d were told less than %d times and %d more often", len(p.incs), lost, want, repeated)
	}
	if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
		p.Errorf("something waits since %s (%v)", at, err)
	}
}

// paper is a terminal that a test reads while it is written to.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func (p *paper) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Reset()
}
