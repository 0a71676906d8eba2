// Package deadline calculates the deadlines that follow from a start: for one
// question with its explanation, or for a stream of them at high throughput.
package deadline

import (
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// Asker holds the settings shared by all questions. It is safe for concurrent use
// if its fields are not changed.
type Asker struct {
	Catalogue sla.Catalogue
	Time      func(text string) (when.Time, error) // parses a time; the error is a when.Error
	Lang      string                               // of the explanation: "ja" or "en"
	About     sla.IncidentKind                     // only promises about this kind; empty: about incidents, or that of Promise
	Promise   string                               // only the promise with this id; empty: all
	Stage     string                               // only the stage with this id; empty: all
	Impact    sla.Impact                           // default facts for gates and cases; empty: unknown
	Scope     sla.Scope
	Severity  sla.Severity
}

// Answer is the deadline of one stage of a promise. Its JSON keys are a contract.
type Answer struct {
	Vendor       string           `json:"vendor"`
	Promise      string           `json:"promise"`
	Stage        string           `json:"stage"`        // empty for a promise with one notice
	About        sla.IncidentKind `json:"about"`        // the kind of incident that the promise is about
	Start        *time.Time       `json:"start"`        // with the offset of due; without a due, as given; null: unknown
	StartFrom    string           `json:"start_from"`   // the moment used; notice: the vendor's notice for an earlier stage
	Due          *time.Time       `json:"due"`          // with the calendar's offset; null: no time is promised
	State        sla.State        `json:"state"`        // before any notice
	NotProvable  bool             `json:"not_provable"` // a late verdict would rest on an assumption
	Rule         string           `json:"rule"`
	Explanation  []Step           `json:"explanation"`
	Reading      string           `json:"reading"`
	Alternatives []Alternative    `json:"alternatives"`
	Explained    sla.Explanation  `json:"-"`
	StartAssumed bool             `json:"-"` // another moment stands in for the start
}

// Step is a typed step with its sentence in the asker's language.
type Step struct {
	sla.Step
	Text string `json:"text"`
}

// Alternative is the deadline under a reading that is not in force.
type Alternative struct {
	Reading string     `json:"reading"`
	Due     *time.Time `json:"due"`
}

// Ask returns a deadline for every stage of every promise of the vendor in force
// at the start, and how the question's times were read. Invalid questions
// return a tracker.Invalid error.
func (a *Asker) Ask(q *Question) ([]Answer, []Read, error) {
	v, known := a.Catalogue.Vendor(q.Vendor)
	if !known {
		return nil, nil, unknownVendor(a.Catalogue, q.Vendor)
	}
	a, err := a.of(q.About)
	if err != nil {
		return nil, nil, err
	}
	facts, read, err := a.factsOf(v, q)
	if err != nil {
		return nil, nil, err
	}
	var answers []Answer
	for _, p := range v.Applying(a.kind(v), &facts.Times) {
		if a.Promise != "" && p.ID != a.Promise {
			continue
		}
		for _, stage := range p.AllStages() {
			if a.Stage != "" && stage.ID != a.Stage {
				continue
			}
			answer, err := a.explain(p, &stage, &facts)
			if err != nil {
				return nil, nil, q.outside(err)
			}
			answers = append(answers, answer)
		}
	}
	if len(answers) == 0 {
		return nil, nil, a.nothing(v)
	}
	return answers, read, nil
}

// kind is the kind that the asker selects from a vendor's promises.
func (a *Asker) kind(v *sla.Vendor) sla.IncidentKind {
	if a.About != "" {
		return a.About
	}
	for _, p := range v.Promises {
		if a.Promise == p.ID {
			return p.KindOf()
		}
	}
	return sla.KindIncident
}

// answered is when the evidence came that a round of a periodic promise counts from: the
// start of the question. A stage of any other promise waits for the notice before it.
func answered(p *sla.Promise, f *sla.Facts) time.Time {
	if p.Periodic() {
		return f.Times[p.Start].At
	}
	return time.Time{}
}

// explain calculates one stage with its explanation.
func (a *Asker) explain(p *sla.Promise, stage *sla.Stage, f *sla.Facts) (Answer, error) {
	d, e, err := p.ExplainStage(stage, f, answered(p, f))
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{
		Vendor: p.Vendor, Promise: p.ID, Stage: stage.ID, About: p.KindOf(), Start: instant(d.Began()), StartFrom: startFrom(stage, &d.Start),
		Due: instant(d.Due), State: d.State, NotProvable: d.Assumed(), StartAssumed: d.Start.Basis == sla.Assumed, Rule: e.Rule, Explanation: make([]Step, len(e.Steps)), Reading: e.Reading,
		Alternatives: make([]Alternative, len(e.Alternatives)), Explained: e,
	}
	for i, step := range e.Steps {
		answer.Explanation[i] = Step{Step: step, Text: prose.Step(a.Lang, &step)}
	}
	for i, other := range e.Alternatives {
		answer.Alternatives[i] = Alternative{Reading: other.Reading, Due: instant(other.Due)}
	}
	return answer, nil
}

// startFrom names the moment that a stage counts from; "" if none is known.
func startFrom(stage *sla.Stage, start *sla.Start) string {
	switch {
	case stage.After != "":
		return sla.MomentNotice
	case start.At.IsZero():
		return ""
	}
	return start.From.String()
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// unknownVendor lists the known vendors.
func unknownVendor(c sla.Catalogue, id string) error {
	return tracker.Invalidf("vendor", id, "%s", c.Unknown(id))
}

// nothing explains why no promise or stage of the vendor matches, and lists those
// that would.
func (a *Asker) nothing(v *sla.Vendor) error {
	var promises, stages []string
	for _, p := range v.Promises {
		if a.About != "" && p.KindOf() != a.About {
			continue
		}
		promises = appendNew(promises, p.ID)
		for i := range p.Stages {
			if a.Promise == "" || a.Promise == p.ID {
				stages = appendNew(stages, p.Stages[i].ID)
			}
		}
	}
	switch {
	case len(v.Promises) > 0 && len(v.About(a.kind(v))) == 0:
		return tracker.Invalid{noneAbout(v, a.kind(v))}
	case len(promises) == 0:
		return tracker.Invalidf("vendor", v.ID, "has made no promise: ask for another vendor, or add one under vendors: in the configuration")
	case a.Promise != "" && !slices.Contains(promises, a.Promise):
		return tracker.Invalidf("promise", a.Promise, "is not a promise of %s: use one of %s", tracker.Called(v), strings.Join(promises, ", "))
	case len(stages) == 0:
		return tracker.Invalidf("stage", a.Stage, "is not a stage of %s, whose promises have none: leave it out", tracker.Called(v))
	}
	return tracker.Invalidf("stage", a.Stage, "is not a stage of %s: use one of %s", tracker.Called(v), strings.Join(stages, ", "))
}

// noneAbout says that the vendor has made no promise about a kind, and about which it has.
func noneAbout(v *sla.Vendor, kind sla.IncidentKind) tracker.Problem {
	kinds := make([]string, 0, len(v.Kinds()))
	for _, k := range v.Kinds() {
		kinds = append(kinds, string(k))
	}
	return tracker.Problemf(fieldAbout, string(kind), "%s has made no promise about this kind: use one of %s", tracker.Called(v), strings.Join(kinds, ", "))
}

func appendNew(to []string, id string) []string {
	if slices.Contains(to, id) {
		return to
	}
	return append(to, id)
}
