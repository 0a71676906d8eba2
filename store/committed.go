package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

// Committed describes one committed transaction to its subscribers: open pages,
// metrics, the watch loop and the senders. A transaction that leaves all fields
// empty, such as the outcome of a delivery, is not published.
type Committed struct {
	Incidents    []sla.IncidentID // with changed fields, clocks or history
	Alerts       []outbox.Reason  // of each alert raised for at least one destination
	Destinations []string         // with deliveries that were queued or may be sent earlier
	NextStep     time.Time        // the earliest step that was planned for a clock; zero: none; the Unix epoch: unknown
	Register     bool             // a vendor was published or withdrawn
	Intake       bool             // something came in, or was decided about it
	Anything     bool             // another replica has changed something, which is not known
}

func (c *Committed) empty() bool {
	return len(c.Incidents) == 0 && len(c.Alerts) == 0 && len(c.Destinations) == 0 && !c.Register && !c.Intake && !c.Anything
}

// changed adds an incident.
func (c *Committed) changed(id sla.IncidentID) {
	if !slices.Contains(c.Incidents, id) {
		c.Incidents = append(c.Incidents, id)
	}
}

// plans adds the planned step of a clock; zero: it has none.
func (c *Committed) plans(step time.Time) {
	if !step.IsZero() && (c.NextStep.IsZero() || step.Before(c.NextStep)) {
		c.NextStep = step
	}
}

// queued adds a destination.
func (c *Committed) queued(destination string) {
	if !slices.Contains(c.Destinations, destination) {
		c.Destinations = append(c.Destinations, destination)
	}
}

// subscribers are the functions called after commits, in the order of subscription.
// The zero value has none.
type subscribers struct {
	mu   sync.RWMutex
	next int
	list []subscriber
}

type subscriber struct {
	id   int
	hear func(context.Context, Committed)
}

// Subscribe calls hear after each commit of this process, in the goroutine that
// committed and with its context, until cancel is called. hear must not block and
// must not change the slices.
func (db *DB) Subscribe(hear func(context.Context, Committed)) (cancel func()) {
	s := &db.subscribers
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := s.next
	s.list = append(slices.Clone(s.list), subscriber{id, hear})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list = slices.DeleteFunc(slices.Clone(s.list), func(x subscriber) bool { return x.id == id })
	}
}

// publish calls the subscribers, unless the transaction changed nothing of theirs.
func (s *subscribers) publish(ctx context.Context, c Committed) {
	if c.empty() {
		return
	}
	s.mu.RLock()
	list := s.list
	s.mu.RUnlock()
	for _, x := range list {
		x.hear(ctx, c)
	}
}
