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
func (p *Promise) Deadline(f *Facts) (Deadline, error) {
	if len(p.Stages) > 0 {
		return p.StageDeadline(&p.Stages[0], f, time.Time{})
	}
	return p.reckon(&p.Due, f, p.start(f), nil)
}

// StageDeadline works out the deadline of one stage. For a stage that counts
// from an earlier one, answered is when that one's notice came; while it is
// zero the stage is Pending.
func (p *Promise) StageDeadline(s *Stage, f *Facts, answered time.Time) (Deadline, error) {
	return p.reckon(&s.Due, f, p.stageStart(s, f, answered), nil)
}

// ExplainStage is StageDeadline with the steps that led to it, and the other
// readings' deadlines where they differ.
func (p *Promise) ExplainStage(s *Stage, f *Facts, answered time.Time) (Deadline, Explanation, error) {
	start := p.stageStart(s, f, answered)
	e := Explanation{Source: p.Source, Strength: p.Strength, Rule: s.Due.String(), Reading: p.Reading}
	d, err := p.reckon(&s.Due, f, start, &e.Steps)
	if err != nil {
		return Deadline{}, Explanation{}, err
	}
	p.nameAnswered(s, e.Steps)
	if len(p.Stages) == 0 && !d.Due.IsZero() {
		err = p.compareReadings(f, start, d.Due, &e)
	}
	return d, e, err
}

// Explain is Deadline with its explanation.
func (p *Promise) Explain(f *Facts) (Deadline, Explanation, error) {
	stage := p.Duties()[0]
	return p.ExplainStage(&stage, f, time.Time{})
}

func (p *Promise) start(f *Facts) Start {
	start, _ := f.Times.Start(p.Start)
	return start
}

func (p *Promise) stageStart(s *Stage, f *Facts, answered time.Time) Start {
	if s.After == "" {
		return p.start(f)
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

func (p *Promise) stageName(id string) calendar.Text {
	for i := range p.Stages {
		if s := &p.Stages[i]; s.ID == id && !s.Name.IsZero() {
			return s.Name
		}
	}
	return calendar.Text{Ja: id, En: id}
}

// reckon decides the state before any notice, and the due instant.
func (p *Promise) reckon(rule *Rule, f *Facts, start Start, trace *[]Step) (Deadline, error) {
	r := reckoner{cal: p.Calendar, facts: f, trace: trace}
	d := Deadline{Start: start, State: Running}
	if !p.Gate.Open(f) {
		d.State = NotApplicable
		r.noteGate(&p.Gate)
		return d, nil
	}
	if start.At.IsZero() {
		d.State = Pending
		r.notePending(p)
		return d, nil
	}
	r.noteStart(p, start)
	if p.To != 0 && p.Calendar.DateOf(start.At) > p.To {
		d.State = NotApplicable
		return d, nil
	}
	due, err := r.due(rule, start.At)
	if err != nil {
		return Deadline{}, fmt.Errorf("the deadline of %s/%s from %s: %w", p.Vendor, p.ID, start.At.Format(time.RFC3339), err)
	}
	if due.IsZero() {
		d.State = NoCommitment
		return d, nil
	}
	d.Due = due.In(p.Calendar.Zone())
	r.noteDue(d.Due)
	return d, nil
}

// compareReadings names the reading in force and adds the others' deadlines
// where they differ.
func (p *Promise) compareReadings(f *Facts, start Start, due time.Time, e *Explanation) error {
	for i := range p.Readings {
		reading := &p.Readings[i]
		if reading.ID == p.Reading {
			e.ReadingSays = reading.Says
			continue
		}
		other, err := p.reckon(&reading.Due, f, start, nil)
		if errors.Is(err, calendar.ErrRange) {
			continue // it decides nothing, and the one in force has its deadline
		}
		if err != nil {
			return err
		}
		if !other.Due.Equal(due) {
			e.Alternatives = append(e.Alternatives, Alternative{Reading: reading.ID, Says: reading.Says, Due: other.Due})
		}
	}
	return nil
}
