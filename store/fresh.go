package store

import (
	"maps"
	"sync"

	"kigen/sla"
	"kigen/sla/outbox"
)

// fresh is what a transaction knows of an incident that it has inserted itself:
// without reading, it has no alerts to supersede, no event before its own, and no
// list entries. More than half of the statements of a new incident are left out
// so. A change of its fields or clocks ends it.
type fresh struct {
	vendor   string
	service  string
	severity sla.Severity
	owner    string
	kind     sla.IncidentKind
	clocks   []listClock
}

// tail is the last event of an incident.
type tail struct {
	seq  int64
	hash string
}

// dimensions are the columns of report_dimensions.
type dimensions struct {
	vendor, service, promise, terms string
	kind                            sla.IncidentKind
	strength                        sla.Strength
	state                           sla.State
	assumed                         bool
}

// known holds what is in the database and never leaves it: the versions of
// promises and calendars, what clocks keep of them, and the report dimensions. It is filled by commits, so
// that what is rolled back is never known.
type known struct {
	mu         sync.RWMutex
	terms      map[string]bool
	dimensions map[dimensions]int64
	promised   map[string]int64
	indexed    int64 // incidents up to here are in the search index; there may be more
}

func (k *known) indexedUpTo() int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.indexed
}

func (k *known) hasTerms(hash string) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.terms[hash]
}

func (k *known) dimensionsID(d *dimensions) int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.dimensions[*d]
}

func (k *known) promisedID(text string) int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.promised[text]
}

// learn adds what a committed transaction has found or inserted.
func (k *known) learn(l *learnt) {
	if len(l.terms)+len(l.dimensions)+len(l.promised) == 0 && l.indexed == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.terms == nil {
		k.terms, k.dimensions, k.promised = map[string]bool{}, map[dimensions]int64{}, map[string]int64{}
	}
	maps.Copy(k.terms, l.terms)
	maps.Copy(k.dimensions, l.dimensions)
	maps.Copy(k.promised, l.promised)
	k.indexed = max(k.indexed, l.indexed)
}

// learnt is what a transaction adds to known when it commits.
type learnt struct {
	terms      map[string]bool
	dimensions map[dimensions]int64
	promised   map[string]int64
	indexed    int64
	fresh      map[sla.IncidentID]*fresh
	clocks     map[sla.ClockID]bool    // of fresh incidents, without an alert
	silent     map[sla.IncidentID]bool // fresh incidents without an alert
	tails      map[sla.IncidentID]tail
}

func newLearnt() learnt {
	return learnt{
		terms: map[string]bool{}, dimensions: map[dimensions]int64{}, promised: map[string]int64{}, fresh: map[sla.IncidentID]*fresh{},
		clocks: map[sla.ClockID]bool{}, silent: map[sla.IncidentID]bool{}, tails: map[sla.IncidentID]tail{},
	}
}

// inserted notes a new incident.
func (l *learnt) inserted(inc *sla.Incident) {
	l.fresh[inc.ID] = &fresh{vendor: inc.Vendor, service: inc.Service, severity: inc.Severity, owner: inc.Owner, kind: inc.Kind}
	l.silent[inc.ID] = true
	l.tails[inc.ID] = tail{}
}

// insertedClock notes a new clock.
func (l *learnt) insertedClock(c *sla.Clock) {
	if f := l.fresh[c.Incident]; f != nil && c.Regime() == "" {
		f.clocks = append(f.clocks, listClock{c.State, millis(c.Due)})
	}
	l.clocks[c.ID] = true
}

// changed notes that the incident is no longer as it was inserted.
func (l *learnt) changed(id sla.IncidentID) { delete(l.fresh, id) }

// raised notes that an incident or a clock has an alert.
func (l *learnt) raised(a *outbox.Alert) {
	delete(l.silent, a.Incident)
	delete(l.clocks, a.Clock)
}
