package sla

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// AllStages lists the stages of the promise; a promise without stages has one,
// with an empty id.
func (p *Promise) AllStages() []Stage {
	if len(p.Stages) > 0 {
		return p.Stages
	}
	if p.Periodic() {
		return p.periodicStage()
	}
	return []Stage{{Due: p.Due}}
}

// Deadline works out the promise's one deadline, or its first stage's, for an
// incident with these facts. It allocates nothing. An error wraps
// calendar.ErrRange when the calendar does not reach that far.
func (p *Promise) Deadline(f *Facts) (d Deadline, err error) {
	rule := &p.Due
	if len(p.Stages) > 0 {
		rule = &p.Stages[0].Due
	}
	if own := &f.Times[p.Start]; own.Known() { // inlined for speed
		d.Start.At, d.Start.From, d.Start.Basis = own.At, p.Start, own.Basis
	} else {
		f.Times.find(p.Start, &d.Start)
	}
	if !p.plain(&d, rule, f) {
		err = p.reckon(&d, rule, f, nil)
	}
	return d, err
}

// plain is reckon for the common case: the start is known and the promise applies.
// It reports false, and leaves d unchanged, in every other case.
func (p *Promise) plain(d *Deadline, rule *Rule, f *Facts) bool {
	if d.Start.From != p.Start || d.Start.At.IsZero() || d.Start.Basis == Assumed || p.To != 0 || !p.Gate.Open(f) {
		return false
	}
	r := reckoner{cal: p.Calendar, facts: f, leg: leg(moments), own: p.Start}
	due, err := r.due(rule, calendar.InstantOf(d.Start.At))
	if err != nil || due.IsZero() || r.unknown != 0 || r.leg != leg(moments) {
		return false
	}
	d.State, d.Due = Running, p.Calendar.Time(due)
	return true
}

// StageDeadline works out the deadline of one stage. For a stage that counts
// from an earlier one, answered is when the notice for that one came; while it is
// zero the stage is Pending.
func (p *Promise) StageDeadline(s *Stage, f *Facts, answered time.Time) (d Deadline, err error) {
	d.Start = p.stageStart(s, f, answered)
	if err = p.reckon(&d, &s.Due, f, nil); err == nil {
		err = p.guide(&d, s, f, answered, nil)
	}
	return d, err
}

// guide adds to a stage's deadline the earlier instant of its range, which only warns.
func (p *Promise) guide(d *Deadline, s *Stage, f *Facts, answered time.Time, trace *[]Step) error {
	if s.Guide == nil || d.State != Running {
		return nil
	}
	early := Deadline{Start: p.stageStart(s, f, answered)}
	if err := p.reckon(&early, s.Guide, f, nil); err != nil || early.Due.IsZero() || !early.Due.Before(d.Due) {
		return err
	}
	if warn := d.Bounds.Warn; warn.IsZero() || early.Due.Before(warn) {
		d.Bounds.Warn = early.Due
	}
	if trace != nil {
		r := reckoner{cal: p.Calendar, trace: trace}
		r.note(Step{Kind: StepGuide, At: early.Due})
	}
	return nil
}

// strengthOf is the strength of a stage.
func (p *Promise) strengthOf(s *Stage) Strength { return cmp.Or(s.Strength, p.Strength) }

// Began is the start in the zone of the due, so that the two can be compared at a
// glance. A start without a due keeps its zone.
func (d *Deadline) Began() time.Time {
	if d.Due.IsZero() || d.Start.At.IsZero() {
		return d.Start.At
	}
	return d.Start.At.In(d.Due.Location())
}

// Assumed reports whether late would not be provable when Due has passed.
func (d *Deadline) Assumed() bool { return d.Bounds.Assumed || d.Start.Basis == Assumed }

// ExplainStage is StageDeadline with the steps that led to it, and the deadlines
// of the other readings where they differ.
func (p *Promise) ExplainStage(s *Stage, f *Facts, answered time.Time) (Deadline, Explanation, error) {
	d := Deadline{Start: p.stageStart(s, f, answered)}
	e := Explanation{Source: p.Source, Strength: p.strengthOf(s), Rule: s.Due.String(), Reading: p.Reading}
	if err := p.reckon(&d, &s.Due, f, &e.Steps); err != nil {
		return Deadline{}, Explanation{}, err
	}
	if err := p.guide(&d, s, f, answered, &e.Steps); err != nil {
		return Deadline{}, Explanation{}, err
	}
	e.Bounds = d.Bounds
	if raw := p.stageStart(s, f, answered); !raw.At.Equal(d.Start.At) {
		e.Counted = &raw.At
	} else if p.atAnchor(s, d.Start.At) {
		nameAnchor(e.Steps)
	} else {
		e.After, _ = RoundOf(s.After)
		p.nameAnswered(s, e.Steps)
	}
	if len(p.Stages) == 0 && !d.Due.IsZero() && !p.Periodic() {
		if err := p.compareReadings(f, &d, &e); err != nil {
			return Deadline{}, Explanation{}, err
		}
	}
	return d, e, nil
}

// Explain is Deadline with its explanation.
func (p *Promise) Explain(f *Facts) (Deadline, Explanation, error) {
	stage := p.AllStages()[0]
	return p.ExplainStage(&stage, f, time.Time{})
}

func (p *Promise) stageStart(s *Stage, f *Facts, answered time.Time) Start {
	if s.After == "" {
		start, _ := f.Times.Start(p.Start)
		return start
	}
	if answered.IsZero() && p.Periodic() {
		answered = p.anchored()
	}
	if answered.IsZero() {
		return Start{}
	}
	return Start{At: answered, From: p.Start, Basis: Observed}
}

// nameAnswered names, in the first step of a stage that counts from an earlier
// one, the notice that it counts from: its start is not a moment of the incident.
func (p *Promise) nameAnswered(s *Stage, steps []Step) {
	if s.After == "" || len(steps) == 0 {
		return
	}
	if first := &steps[0]; first.Kind == StepStart || first.Kind == StepPending {
		first.Moment, first.Name = MomentNotice, p.stageName(s.After)
	}
}

// StageText names a clock's stage and, for a cadence, its round. The promise may be
// nil, because the configuration no longer has it; then the stage's id is used.
func (p *Promise) StageText(stage string) calendar.Text {
	id, round := RoundOf(stage)
	name := calendar.Text{Ja: id, En: id}
	if p != nil {
		name = p.stageName(id)
	}
	if round == 1 {
		return name
	}
	return phrase.Round(name, round)
}

func (p *Promise) stageName(id string) calendar.Text {
	for _, s := range p.AllStages() {
		if s.ID == id && !s.Name.IsZero() {
			return s.Name
		}
	}
	return calendar.Text{Ja: id, En: id}
}

// reckon sets a deadline's state before any notice and its due instant from its
// start.
func (p *Promise) reckon(d *Deadline, rule *Rule, f *Facts, trace *[]Step) error {
	r := reckoner{cal: p.Calendar, facts: f, trace: trace, leg: leg(moments), own: p.Start}
	switch {
	case !p.Gate.Open(f):
		d.State = NotApplicable
		if r.trace != nil {
			r.noteGate(&p.Gate)
		}
		return nil
	case d.Start.At.IsZero():
		if r.needsStart(rule) {
			d.State = Pending
			if r.trace != nil {
				r.notePending(p)
			}
			return nil
		}
		r.leg |= waits | absent
	case d.Start.From != p.Start && p.Start.waits():
		r.leg |= waits
	}
	if d.Start.Basis == Assumed || r.leg&absent != 0 {
		r.unknown = unknownMoment
	}
	if r.trace != nil {
		r.noteStart(p, d.Start)
	}
	if p.To != 0 && p.endedBefore(&f.Times) {
		d.State = NotApplicable
		return nil
	}
	due, err := r.due(rule, calendar.InstantOf(d.Start.At))
	switch {
	case err != nil:
		at := d.Start.At.Format(time.RFC3339)
		*d = Deadline{}
		return fmt.Errorf("the deadline of %s/%s from %s: %w", p.Vendor, p.ID, at, err)
	case due.IsZero():
		d.State = r.without()
		return nil
	}
	d.State, d.Due = Running, p.Calendar.Time(due)
	if r.unknown != 0 || r.leg.from() != moments {
		if err := r.ground(d, rule, due); err != nil {
			return err
		}
	}
	if r.trace != nil {
		r.noteDue(d.Due)
	}
	return nil
}

// without is the state of a deadline where no time is promised.
func (r *reckoner) without() State {
	switch {
	case r.leg&absent != 0:
		return Pending
	case r.lapsed:
		return NotApplicable
	}
	return NoCommitment
}

// ground sets how a deadline depends on unknown facts. Where the start is a
// stand-in, or lies after the due that another moment decided, that moment becomes
// the start.
func (r *reckoner) ground(d *Deadline, rule *Rule, due calendar.Instant) error {
	start := d.Start
	if r.leg.from() != moments && (start.From != r.own || start.At.IsZero() || start.At.After(d.Due)) {
		d.Start, _ = r.facts.Times.Start(r.leg.from())
		if r.trace != nil && !d.Start.At.Equal(start.At) {
			r.noteGround(r.leg.from(), d.Start)
		}
	}
	if r.unknown == 0 {
		return nil
	}
	if err := r.weigh(d, rule, start, due); err != nil {
		return err
	}
	if r.trace != nil {
		r.noteBound(&d.Bounds)
	}
	return nil
}

// compareReadings names the reading in force and adds the deadlines of the others
// where they differ.
func (p *Promise) compareReadings(f *Facts, d *Deadline, e *Explanation) error {
	for i := range p.Readings {
		reading := &p.Readings[i]
		if reading.ID == p.Reading {
			e.ReadingSays = reading.Says
			continue
		}
		other := Deadline{}
		other.Start, _ = f.Times.Start(p.Start)
		err := p.reckon(&other, &reading.Due, f, nil)
		if errors.Is(err, calendar.ErrRange) {
			continue // the other reading decides nothing, and the one in force has its deadline
		}
		if err != nil {
			return err
		}
		if !other.Due.Equal(d.Due) {
			e.Alternatives = append(e.Alternatives, Alternative{Reading: reading.ID, Says: reading.Says, Due: other.Due})
		}
	}
	return nil
}
