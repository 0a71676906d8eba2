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
	now := t.now()
	reckoned := map[clockName]Outcome{}
	for _, promise := range vendor.Applying(&inc.Times) {
		for _, d := range duties(promise, inc) {
			outcome, err := t.replayDuty(&d, inc, now)
			if err != nil {
				return nil, err
			}
			reckoned[clockName{promise.ID, d.stage.ID}] = outcome
		}
	}
	return compare(inc, reckoned), nil
}

// clockName is what a clock is called within its incident.
type clockName struct{ promise, stage string }

func (t *Tracker) replayDuty(d *duty, inc *sla.Incident, now time.Time) (Outcome, error) {
	deadline, err := d.promise.StageDeadline(&d.stage, &inc.Facts, d.start.At)
	if err != nil {
		return Outcome{}, err
	}
	clock := sla.Clock{NoticeAt: d.answer}
	clock.Settle(deadline, t.Policies, inc.Acknowledged, now)
	return Outcome{State: clock.State, Due: clock.Due, Terms: t.version(d.promise).promise.Hash}, nil
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
