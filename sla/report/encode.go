package report

import (
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
)

// model is a Report with what faces leave to prose or leave out, so that any
// face can be made from what was kept.
type model struct {
	Report
	Cases []modelCase `json:"cases"`
}

type modelCase struct {
	Case
	Explanation sla.Explanation `json:"explanation"`
}

// Encode writes the whole model as JSON, in no language. The same report gives
// the same bytes.
func Encode(r Report) ([]byte, error) {
	m := model{Report: r, Cases: make([]modelCase, len(r.Cases))}
	for i := range r.Cases {
		m.Cases[i] = modelCase{r.Cases[i], r.Cases[i].Explanation}
	}
	return json.Marshal(m)
}

// Decode reads what Encode wrote. Instants come back in zone, which is to be
// the period's; those inside an explanation keep their calendar's offset.
func Decode(data []byte, zone *time.Location) (Report, error) {
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		return Report{}, fmt.Errorf("kept report: %w", err)
	}
	r := m.Report
	r.Cases = make([]Case, len(m.Cases))
	for i := range m.Cases {
		r.Cases[i] = m.Cases[i].Case
		r.Cases[i].Explanation = m.Cases[i].Explanation
	}
	r.moveTo(zone)
	return r, nil
}

// moveTo brings the report's instants into a zone.
func (r *Report) moveTo(zone *time.Location) {
	in := func(instants ...*time.Time) {
		for _, t := range instants {
			if !t.IsZero() {
				*t = t.In(zone)
			}
		}
	}
	in(&r.Period.From, &r.Period.To, &r.Previous.Period.From, &r.Previous.Period.To)
	for i := range r.Cases {
		c := &r.Cases[i]
		in(&c.Start, &c.Due, &c.NoticeAt)
		for j := range c.Timeline {
			in(&c.Timeline[j].At, &c.Timeline[j].Was, &c.Timeline[j].Is)
		}
	}
	for i := range r.CarriedOver {
		in(&r.CarriedOver[i].Due, &r.CarriedOver[i].NoticeAt)
	}
	for i := range r.Excluded {
		in(&r.Excluded[i].Due)
	}
	if r.Frozen != nil {
		r.Frozen.moveTo(in)
	}
}

func (f *Frozen) moveTo(in func(...*time.Time)) {
	in(&f.MadeAt)
	for i := range f.Corrections {
		c := &f.Corrections[i]
		for _, s := range []*Standing{c.Was, c.Is} {
			if s != nil {
				in(&s.Start, &s.Due, &s.NoticeAt)
			}
		}
		for j := range c.Events {
			in(&c.Events[j].At)
		}
	}
}
