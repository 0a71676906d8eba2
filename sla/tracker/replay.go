package tracker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"kigen/sla"
)

// Outcome is what a clock comes to.
type Outcome struct {
	State sla.State
	Due   time.Time // zero: none
	Terms string    // content hash of the promise and calendar version; empty: no clock
}

// Difference is a clock that today's promises and calendars would set
// otherwise than it stands.
type Difference struct {
	Incident sla.IncidentID
	Vendor   string
	Promise  string
	Stage    string
	Stands   Outcome // zero: there is no such clock yet
	Would    Outcome // zero: there would be no such clock any more
}

// Comparison is what a replay of many incidents found.
type Comparison struct {
	Incidents    int // all of them
	Cancelled    int // of these, withdrawn: there is nothing to compare
	Unconfigured int // of these, at vendors that left the configuration: they keep what they have
	Differences  []Difference
}

// ReplayAll replays the incidents that stream hands out. It changes nothing.
func (t *Tracker) ReplayAll(stream func(yield func(*sla.Incident) error) error) (*Comparison, error) {
	c := &Comparison{}
	err := stream(func(inc *sla.Incident) error {
		c.Incidents++
		if _, known := t.Catalogue.Vendor(inc.Vendor); !known {
			c.Unconfigured++
		} else if !inc.CancelledAt.IsZero() {
			c.Cancelled++
		}
		differences, err := t.Replay(inc)
		c.Differences = append(c.Differences, differences...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Replay says what would differ for an incident if it were reckoned under
// today's promises and calendars. It changes nothing: verdicts stay as they
// were given, and this shows what a change of rules would have meant.
func (t *Tracker) Replay(inc *sla.Incident) ([]Difference, error) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	if !known || !inc.CancelledAt.IsZero() {
		return nil, nil
	}
	r := replay{Tracker: t, inc: inc, now: t.now(), would: map[clockName]Outcome{}}
	for _, promise := range vendor.Applying(&inc.Times) {
		for _, d := range duties(promise, inc) {
			if err := r.reckon(&d); err != nil {
				return nil, fmt.Errorf("%s: %w", inc.ID, err)
			}
		}
	}
	return r.compare(), nil
}

// replay is one incident reckoned anew.
type replay struct {
	*Tracker
	inc   *sla.Incident
	now   time.Time
	would map[clockName]Outcome
}

// clockName is what a clock is called within its incident.
type clockName struct{ promise, stage string }

// reckon works out what the clock of a duty would come to.
func (r *replay) reckon(d *duty) error {
	deadline, err := d.promise.StageDeadline(&d.stage, &r.inc.Facts, d.start.At)
	if err != nil {
		return err
	}
	d.end(&deadline)
	name := clockName{d.promise.ID, d.stage.ID}
	clock := sla.Clock{NoticeAt: d.answered(deadline)}
	for i := range r.inc.Clocks { // one that was waived stays so
		if k := &r.inc.Clocks[i]; name == (clockName{k.Promise, k.Stage}) {
			clock.State, clock.Due = k.State, k.Due
		}
	}
	r.would[name] = r.outcome(&clock, deadline, r.version(d.promise).promise.Hash)
	return nil
}

// outcome is what a deadline means for a clock as of now.
func (r *replay) outcome(clock *sla.Clock, deadline sla.Deadline, terms string) Outcome {
	clock.Settle(deadline, r.Policies.For(r.inc, clock), r.inc.Acknowledged, r.now)
	return Outcome{State: clock.State, Due: clock.Due, Terms: terms}
}

// compare lists, in the order of the incident's clocks, what differs in state
// or in due; another wording of the terms alone is no difference. A clock
// stands where it would stand after the watch loop's next step: that time
// passed since the last one is no difference either.
func (r *replay) compare() []Difference {
	var differences []Difference
	add := func(name clockName, stands, would Outcome) {
		if stands.State != would.State || !stands.Due.Equal(would.Due) {
			differences = append(differences, Difference{
				Incident: r.inc.ID, Vendor: r.inc.Vendor, Promise: name.promise, Stage: name.stage, Stands: stands, Would: would,
			})
		}
	}
	for _, k := range r.inc.Clocks {
		name := clockName{k.Promise, k.Stage}
		add(name, r.outcome(&k, k.Deadline(), k.Terms), r.would[name])
		delete(r.would, name)
	}
	missing := slices.Collect(maps.Keys(r.would))
	slices.SortFunc(missing, func(a, b clockName) int {
		return cmp.Or(cmp.Compare(a.promise, b.promise), cmp.Compare(a.stage, b.stage))
	})
	for _, name := range missing {
		add(name, Outcome{}, r.would[name])
	}
	return differences
}
