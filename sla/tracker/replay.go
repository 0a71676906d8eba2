package tracker

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Outcome is the state and due of a clock.
type Outcome struct {
	State sla.State
	Due   time.Time // zero: none
	Terms string    // content hash of the promise and calendar version; empty: no clock
}

// Difference is a clock whose outcome would differ under today's promises and
// calendars.
type Difference struct {
	Incident sla.IncidentID
	Vendor   string
	Promise  string
	Stage    string
	Stands   Outcome // the present outcome; zero: there is no such clock yet
	Would    Outcome // the outcome under today's; zero: there would be no such clock
}

// Comparison is the result of replaying many incidents.
type Comparison struct {
	Incidents    int // all of them
	Cancelled    int // of these, cancelled: there is nothing to compare
	Unconfigured int // of these, at vendors that left the configuration: their clocks stay as they are
	Differences  []Difference
}

// ReplayAll replays the incidents that stream yields. It changes nothing.
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

// Replay lists the clocks of an incident whose outcome would differ under today's
// promises and calendars. It changes nothing: stored states remain, and the result
// shows the effect of a change of rules.
func (t *Tracker) Replay(inc *sla.Incident) ([]Difference, error) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	if !known || !inc.CancelledAt.IsZero() {
		return nil, nil
	}
	r := replay{Tracker: t, inc: inc, now: t.now(), would: map[clockName]Outcome{}}
	for _, promise := range vendor.Applying(inc.Kind, &inc.Times) {
		for _, d := range promise.Owed(inc) {
			if err := r.reckon(&d); err != nil {
				return nil, fmt.Errorf("%s: %w", inc.ID, err)
			}
		}
	}
	return r.compare(), nil
}

// replay works out one incident again.
type replay struct {
	*Tracker
	inc   *sla.Incident
	now   time.Time
	would map[clockName]Outcome
}

// clockName identifies a clock within its incident.
type clockName struct{ promise, stage string }

// reckon works out the outcome of a duty's clock.
func (r *replay) reckon(d *sla.Duty) error {
	deadline, err := d.Promise.StageDeadline(&d.Stage, &r.inc.Facts, d.Start.At)
	if errors.Is(err, calendar.ErrRange) {
		deadline, err = sla.Deadline{Start: d.Start, State: sla.Pending}, nil
	}
	if err != nil {
		return err
	}
	d.End(&deadline)
	name := clockName{d.Promise.ID, d.Stage.ID}
	clock := sla.Clock{NotifiedAt: d.FulfilledAt(deadline)}
	for i := range r.inc.Clocks { // a waived clock stays waived
		if k := &r.inc.Clocks[i]; name == (clockName{k.Promise, k.Stage}) {
			clock.State, clock.Due, clock.Waiver = k.State, k.Due, k.Waiver
		}
	}
	r.would[name] = r.outcome(&clock, deadline, r.version(d.Promise).promise.Hash)
	return nil
}

// outcome is the outcome of a clock with this deadline as of now.
func (r *replay) outcome(clock *sla.Clock, deadline sla.Deadline, terms string) Outcome {
	clock.Settle(deadline, r.Policies.For(r.inc, clock), r.inc.Acknowledged, r.now)
	return Outcome{State: clock.State, Due: clock.Due, Terms: terms}
}

// compare lists, in the order of the incident's clocks, those that differ in state
// or due; other terms alone are not a difference, and neither is the due of a clock
// that is waived either way. It compares with the state after
// the watch loop's next step, so that the time since the last step is not a
// difference either.
func (r *replay) compare() []Difference {
	var differences []Difference
	add := func(name clockName, stands, would Outcome) {
		if waived := stands.State == sla.Waived && would.State == sla.Waived; waived {
			return
		}
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
