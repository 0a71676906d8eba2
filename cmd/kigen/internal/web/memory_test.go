package web_test

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// memory is a Store for handlers' tests: one lock, no rollback.
type memory struct {
	mu        sync.Mutex
	incidents []*sla.Incident
	events    map[sla.IncidentID][]sla.Event
	keys      map[string]remembered
	alerts    map[string]bool
	broken    error // what every access fails with, if set
}

type remembered struct {
	hash string
	id   sla.IncidentID
}

func newMemory() *memory {
	return &memory{events: map[sla.IncidentID][]sla.Event{}, keys: map[string]remembered{}, alerts: map[string]bool{}}
}

func (m *memory) Update(_ context.Context, f func(tracker.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	return f(m)
}

func (m *memory) View(_ context.Context, f func(tracker.Reader) error) error {
	return m.Update(context.Background(), func(tx tracker.Tx) error { return f(tx) })
}

func (m *memory) find(id sla.IncidentID) (*sla.Incident, error) {
	if i := int(id) - 1; i >= 0 && i < len(m.incidents) {
		return m.incidents[i], nil
	}
	return nil, tracker.ErrNotFound
}

func clone(inc *sla.Incident) *sla.Incident {
	c := *inc
	c.Clocks, c.Notices = slices.Clone(inc.Clocks), slices.Clone(inc.Notices)
	return &c
}

func (m *memory) Incident(_ context.Context, id sla.IncidentID) (*sla.Incident, error) {
	inc, err := m.find(id)
	if err != nil {
		return nil, err
	}
	return clone(inc), nil
}

func (m *memory) Events(_ context.Context, id sla.IncidentID) ([]sla.Event, error) {
	return m.events[id], nil
}

func (m *memory) DueIncidents(_ context.Context, now time.Time, _ int) (ids []sla.IncidentID, _ error) {
	for _, inc := range m.incidents {
		if slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return !c.NextStepAt.IsZero() && !c.NextStepAt.After(now) }) {
			ids = append(ids, inc.ID)
		}
	}
	return ids, nil
}

func (m *memory) NextStep(context.Context) (time.Time, bool, error) { return time.Time{}, false, nil }

func (m *memory) Replayed(_ context.Context, key string) (sla.IncidentID, string, error) {
	r, ok := m.keys[key]
	if !ok {
		return 0, "", tracker.ErrNotFound
	}
	return r.id, r.hash, nil
}

func (m *memory) HasAlert(_ context.Context, key string) (bool, error) { return m.alerts[key], nil }

func (m *memory) CreatedAt(context.Context) (time.Time, error) { return time.Time{}, nil }

func (m *memory) InsertIncident(_ context.Context, inc *sla.Incident) error {
	inc.ID, inc.Version = sla.IncidentID(len(m.incidents)+1), 1
	m.incidents = append(m.incidents, clone(inc))
	return nil
}

func (m *memory) UpdateIncident(_ context.Context, inc *sla.Incident) error {
	stored, err := m.find(inc.ID)
	if err != nil {
		return err
	}
	if stored.Version != inc.Version {
		return tracker.ErrConflict
	}
	inc.Version++
	*stored = *clone(inc)
	return nil
}

func (m *memory) InsertClock(_ context.Context, c *sla.Clock) error {
	inc, err := m.find(c.Incident)
	if err != nil {
		return err
	}
	c.ID = sla.ClockID(int(c.Incident)*100 + len(inc.Clocks))
	inc.Clocks = append(inc.Clocks, *c)
	return nil
}

func (m *memory) UpdateClock(_ context.Context, c *sla.Clock, _ sla.State) error {
	inc, err := m.find(c.Incident)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(inc.Clocks, func(k sla.Clock) bool { return k.ID == c.ID })
	inc.Clocks[i] = *c
	return nil
}

func (m *memory) InsertNotice(_ context.Context, n *sla.Notice) error {
	inc, err := m.find(n.Incident)
	if err != nil {
		return err
	}
	inc.Notices = append(inc.Notices, *n)
	return nil
}

func (m *memory) AppendEvent(_ context.Context, e *sla.Event) error {
	seq, hash := int64(0), ""
	if history := m.events[e.Incident]; len(history) > 0 {
		seq, hash = history[len(history)-1].Seq, history[len(history)-1].Hash
	}
	e.Seal(seq, hash)
	m.events[e.Incident] = append(m.events[e.Incident], *e)
	return nil
}

func (m *memory) KeepTerms(context.Context, sla.Terms) error { return nil }

func (m *memory) Remember(_ context.Context, key, hash string, id sla.IncidentID, _ time.Time) error {
	m.keys[key] = remembered{hash, id}
	return nil
}

func (m *memory) Raise(_ context.Context, a *sla.Alert) (bool, error) {
	fresh := !m.alerts[a.Key]
	m.alerts[a.Key] = true
	return fresh, nil
}

func (m *memory) Supersede(context.Context, sla.ClockID, []string) error { return nil }

func (m *memory) QueueUpdates(context.Context, sla.IncidentID, time.Time) error { return nil }

func (m *memory) List(_ context.Context, q tracker.Query) (tracker.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return tracker.Page{}, m.broken
	}
	page := tracker.Page{Counts: map[sla.State]int{}}
	for _, inc := range m.incidents {
		if q.Vendor != "" && inc.Vendor != q.Vendor || !strings.Contains(inc.Title+inc.ID.String(), q.Text) {
			continue
		}
		page.Counts[stateOf(inc)]++
		if q.State == "" || stateOf(inc) == q.State {
			page.Incidents = append(page.Incidents, clone(inc))
		}
	}
	slices.SortStableFunc(page.Incidents, func(a, b *sla.Incident) int {
		return cmp.Or(cmp.Compare(slices.Index(sla.States[:], stateOf(a)), slices.Index(sla.States[:], stateOf(b))), dueOf(a).Compare(dueOf(b)))
	})
	from, _ := strconv.Atoi(q.Cursor)
	page.Incidents = page.Incidents[min(from, len(page.Incidents)):]
	if limit := cmp.Or(q.Limit, 50); len(page.Incidents) > limit {
		page.Incidents, page.Next = page.Incidents[:limit], strconv.Itoa(from+limit)
	}
	return page, nil
}

func stateOf(inc *sla.Incident) sla.State {
	for _, s := range sla.States {
		if slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State == s }) {
			return s
		}
	}
	return sla.NoCommitment
}

func dueOf(inc *sla.Incident) time.Time { return inc.Clocks[0].Due }
