package tracker

import (
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

// Replay says what would differ for an incident if it were reckoned under
// today's promises and calendars. It changes nothing: verdicts stay as they
// were given, and this shows what a change of rules would have meant.
func (t *Tracker) Replay(inc *sla.Incident) ([]Difference, error) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	if !known || !inc.CancelledAt.IsZero() {
		return nil, nil
	}
	again := *inc
	again.Clocks = nil
	for _, k := range inc.Clocks { // later stages count from the answers to earlier ones
		again.Clocks = append(again.Clocks, sla.Clock{Promise: k.Promise, Stage: k.Stage, NoticeAt: k.NoticeAt})
	}
	c := &change{Tracker: t, inc: &again, now: t.now()}
	reckoned := map[clockName]Outcome{}
	for _, promise := range vendor.Applying(&inc.Times) {
		for _, duty := range promise.Duties() {
			outcome, err := c.replayDuty(promise, &duty)
			if err != nil {
				return nil, err
			}
			reckoned[clockName{promise.ID, duty.ID}] = outcome
		}
	}
	return compare(inc, reckoned), nil
}

// clockName is what a clock is called within its incident.
type clockName struct{ promise, stage string }

func (c *change) replayDuty(p *sla.Promise, duty *sla.Stage) (Outcome, error) {
	d, err := p.StageDeadline(duty, &c.inc.Facts, c.answeredAt(p.ID, duty.After))
	if err != nil {
		return Outcome{}, err
	}
	clock, _ := c.clock(p.ID, duty.ID)
	clock.NoticeAt = c.answer(p, duty.ID)
	clock.Settle(d, c.Policies, c.inc.Acknowledged, c.now)
	return Outcome{State: clock.State, Due: clock.Due, Terms: p.Terms().Hash}, nil
}

// compare lists, in the order of the incident's clocks, what differs in state
// or in due; another wording of the terms alone is no difference.
func compare(inc *sla.Incident, reckoned map[clockName]Outcome) []Difference {
	var differences []Difference
	add := func(name clockName, stands, would Outcome) {
		if stands.State != would.State || !stands.Due.Equal(would.Due) {
			differences = append(differences, Difference{
				Incident: inc.ID, Vendor: inc.Vendor, Promise: name.promise, Stage: name.stage, Stands: stands, Would: would,
			})
		}
	}
	for i := range inc.Clocks {
		k := &inc.Clocks[i]
		name := clockName{k.Promise, k.Stage}
		add(name, Outcome{State: k.State, Due: k.Due, Terms: k.Terms}, reckoned[name])
		delete(reckoned, name)
	}
	missing := make([]clockName, 0, len(reckoned))
	for name := range reckoned {
		missing = append(missing, name)
	}
	slices.SortFunc(missing, func(a, b clockName) int {
		return slices.Compare([]string{a.promise, a.stage}, []string{b.promise, b.stage})
	})
	for _, name := range missing {
		add(name, Outcome{}, reckoned[name])
	}
	return differences
}
