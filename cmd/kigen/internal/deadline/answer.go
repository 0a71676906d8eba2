// Package deadline answers which instant a start leads to: one answer with its
// explanation, or a stream of them as fast as the machine reads.
package deadline

import (
	"errors"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Asker holds what is the same for every question. It is safe for any number
// of goroutines as long as nobody changes it.
type Asker struct {
	Catalogue sla.Catalogue
	Zone      *time.Location // of starts that are given without one
	Lang      string         // of the explanation: "ja" or "en"
	Promise   string         // id of the only promise to answer for; empty: all
	Impact    sla.Impact     // the facts that gates and cases ask for; empty: unknown
	Scope     sla.Scope
	Severity  sla.Severity
}

// Answer is what one start leads to under one promise. Its JSON keys are a
// contract.
type Answer struct {
	Vendor       string          `json:"vendor"`
	Promise      string          `json:"promise"`
	Stage        string          `json:"stage,omitempty"` // for a promise that owes several notices
	Start        time.Time       `json:"start"`           // with the offset it was given in, or the zone's
	Due          *time.Time      `json:"due"`             // with the calendar's offset; null: no time is promised
	State        sla.State       `json:"state"`           // before any notice
	Rule         string          `json:"rule"`
	Explanation  []Step          `json:"explanation"`
	Reading      string          `json:"reading"`
	Alternatives []Alternative   `json:"alternatives"`
	Explained    sla.Explanation `json:"-"`
}

// Step is one typed step with its sentence in the asker's language.
type Step struct {
	sla.Step
	Text string `json:"text"`
}

// Alternative is the deadline under a reading that is not in force.
type Alternative struct {
	Reading string     `json:"reading"`
	Due     *time.Time `json:"due"`
}

// Ask answers for every promise of the vendor, and every stage of it, that
// binds at the start. A tracker.Invalid error names what is wrong with the
// question.
func (a *Asker) Ask(vendor, start string) ([]Answer, error) {
	v, at, err := a.read(vendor, start)
	if err != nil {
		return nil, err
	}
	facts := a.facts(at)
	var answers []Answer
	for _, p := range v.Applying(&facts.Times) {
		if a.Promise != "" && p.ID != a.Promise {
			continue
		}
		for _, stage := range p.Duties() {
			answer, err := a.explain(p, &stage, &facts, at)
			if err != nil {
				return nil, outside(start, err)
			}
			answers = append(answers, answer)
		}
	}
	if len(answers) == 0 {
		return nil, noPromise(v, a.Promise)
	}
	return answers, nil
}

// read finds the vendor and reads the start.
func (a *Asker) read(vendor, start string) (*sla.Vendor, time.Time, error) {
	v, known := a.Catalogue.Vendor(vendor)
	if !known {
		return nil, time.Time{}, unknownVendor(a.Catalogue, vendor)
	}
	at, err := tracker.ParseTime(start, a.Zone)
	if err != nil {
		return nil, time.Time{}, tracker.Invalid{tracker.BadTime("start", start, err)}
	}
	return v, at, nil
}

// facts puts the start at every moment: whichever a promise counts from, this
// is what was asked for.
func (a *Asker) facts(start time.Time) sla.Facts {
	f := sla.Facts{Impact: a.Impact, Scope: a.Scope, Severity: a.Severity}
	for m := range f.Times {
		f.Times[m] = sla.Stamp{At: start, Basis: sla.Stated}
	}
	return f
}

// explain works out one stage with all its reasons.
func (a *Asker) explain(p *sla.Promise, stage *sla.Stage, f *sla.Facts, start time.Time) (Answer, error) {
	d, e, err := p.ExplainStage(stage, f, time.Time{})
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{
		Vendor: p.Vendor, Promise: p.ID, Stage: stage.ID, Start: start, Due: instant(d.Due), State: d.State,
		Rule: e.Rule, Explanation: make([]Step, len(e.Steps)), Reading: e.Reading,
		Alternatives: make([]Alternative, len(e.Alternatives)), Explained: e,
	}
	for i, step := range e.Steps {
		answer.Explanation[i] = Step{Step: step, Text: step.Text(a.Lang)}
	}
	for i, other := range e.Alternatives {
		answer.Alternatives[i] = Alternative{Reading: other.Reading, Due: instant(other.Due)}
	}
	return answer, nil
}

// instant is nil, in JSON null, for the zero time.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// unknownVendor names those that are known.
func unknownVendor(c sla.Catalogue, id string) error {
	return tracker.Invalid{{Field: "vendor", Value: id, Message: "is not known: use one of " + strings.Join(c.IDs(), ", "),
		Ja: "登録されていないベンダーです。" + strings.Join(c.IDs(), ", ") + " から選んでください。"}}
}

// noPromise names those that the vendor made.
func noPromise(v *sla.Vendor, id string) error {
	var known []string
	for _, p := range v.Promises {
		known = append(known, p.ID)
	}
	return tracker.Invalid{{Field: "promise", Value: id, Message: "is no promise of " + v.ID + " at that start: use one of " + strings.Join(known, ", "),
		Ja: "その時刻に有効な" + v.Name.In("ja") + "の約束ではありません。" + strings.Join(known, ", ") + " から選んでください。"}}
}

// outside turns a calendar that does not reach the start into an input error:
// the person can mend it, the program can't.
func outside(start string, err error) error {
	if !errors.Is(err, calendar.ErrRange) {
		return err
	}
	return tracker.Invalid{{Field: "start", Value: start, Message: "leads outside the years that the vendor's calendar covers: use a start inside them (" + err.Error() + ")",
		Ja: "ベンダーの営業日カレンダーの範囲外に出ます。範囲内の時刻を入力してください。"}}
}
