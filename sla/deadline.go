package sla

import (
	"errors"
	"fmt"
	"time"

	"kigen/calendar"
)

// Duties lists the notices that the promise owes: its stages, or the one
// notice of a promise without stages.
func (p *Promise) Duties() []Stage {
	if len(p.Stages) > 0 {
		return p.Stages
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
	f.Times.find(p.Start, &d.Start)
	err = p.reckon(&d, rule, f, nil)
	return d, err
}

// StageDeadline works out the deadline of one stage. For a stage that counts
// from an earlier one, answered is when that one's notice came; while it is
// zero the stage is Pending.
func (p *Promise) StageDeadline(s *Stage, f *Facts, answered time.Time) (d Deadline, err error) {
	d.Start = p.stageStart(s, f, answered)
	err = p.reckon(&d, &s.Due, f, nil)
	return d, err
}

// ExplainStage is StageDeadline with the steps that led to it, and the other
// readings' deadlines where they differ.
func (p *Promise) ExplainStage(s *Stage, f *Facts, answered time.Time) (Deadline, Explanation, error) {
	d := Deadline{Start: p.stageStart(s, f, answered)}
	e := Explanation{Source: p.Source, Strength: p.Strength, Rule: s.Due.String(), Reading: p.Reading}
	if err := p.reckon(&d, &s.Due, f, &e.Steps); err != nil {
		return Deadline{}, Explanation{}, err
	}
	p.nameAnswered(s, e.Steps)
	if len(p.Stages) == 0 && !d.Due.IsZero() {
		if err := p.compareReadings(f, &d, &e); err != nil {
			return Deadline{}, Explanation{}, err
		}
	}
	return d, e, nil
}

// Explain is Deadline with its explanation.
func (p *Promise) Explain(f *Facts) (Deadline, Explanation, error) {
	stage := p.Duties()[0]
	return p.ExplainStage(&stage, f, time.Time{})
}

func (p *Promise) stageStart(s *Stage, f *Facts, answered time.Time) Start {
	if s.After == "" {
		start, _ := f.Times.Start(p.Start)
		return start
	}
	if answered.IsZero() {
		return Start{}
	}
	return Start{At: answered, From: p.Start, Basis: Observed}
}

// nameAnswered says in the first step of a stage that counts from an earlier
// one which notice that was: its start is none of the incident's moments.
func (p *Promise) nameAnswered(s *Stage, steps []Step) {
	if s.After == "" || len(steps) == 0 {
		return
	}
	if first := &steps[0]; first.Kind == StepStart || first.Kind == StepPending {
		first.Moment, first.Name = MomentNotice, p.stageName(s.After)
	}
}

// StageText names a clock's stage in words, and which round of a cadence it is.
// A promise that nobody has any more, nil, leaves its id.
func (p *Promise) StageText(stage string) calendar.Text {
	id, round := RoundOf(stage)
	name := calendar.Text{Ja: id, En: id}
	if p != nil {
		name = p.stageName(id)
	}
	if round == 1 {
		return name
	}
	return calendar.Text{
		Ja: fmt.Sprintf("%s(第%d回)", name.In("ja"), round),
		En: fmt.Sprintf("%s, round %d", name.In("en"), round),
	}
}

func (p *Promise) stageName(id string) calendar.Text {
	for i := range p.Stages {
		if s := &p.Stages[i]; s.ID == id && !s.Name.IsZero() {
			return s.Name
		}
	}
	return calendar.Text{Ja: id, En: id}
}

// reckon decides, from a deadline's start, its state before any notice and its
// due instant.
func (p *Promise) reckon(d *Deadline, rule *Rule, f *Facts, trace *[]Step) error {
	r := reckoner{cal: p.Calendar, facts: f, trace: trace}
	switch {
	case !p.Gate.Open(f):
		d.State = NotApplicable
		if r.trace != nil {
			r.noteGate(&p.Gate)
		}
		return nil
	case d.Start.At.IsZero():
		d.State = Pending
		if r.trace != nil {
			r.notePending(p)
		}
		return nil
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
		d.State = NoCommitment
		return nil
	}
	d.State, d.Due = Running, p.Calendar.Time(due)
	if r.trace != nil {
		r.noteDue(d.Due)
	}
	return nil
}

// compareReadings names the reading in force and adds the others' deadlines
// where they differ.
func (p *Promise) compareReadings(f *Facts, d *Deadline, e *Explanation) error {
	for i := range p.Readings {
		reading := &p.Readings[i]
		if reading.ID == p.Reading {
			e.ReadingSays = reading.Says
			continue
		}
		other := Deadline{Start: d.Start}
		err := p.reckon(&other, &reading.Due, f, nil)
		if errors.Is(err, calendar.ErrRange) {
			continue // it decides nothing, and the one in force has its deadline
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
