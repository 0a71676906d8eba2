package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
)

// model is a Report with what faces leave to prose or leave out, so that any
// face can be made from an edition.
type model struct {
	Report
	Cases []modelCase `json:"cases"`
}

type modelCase struct {
	Case
	Explanation sla.Explanation `json:"explanation"`
}

// figures is a Report without its cases.
type figures struct {
	Report
	Cases *struct{} `json:"cases,omitempty"`
}

// Encode writes the whole model as JSON, in no language. The same report gives
// the same bytes. Only one case at a time is unpacked.
func Encode(r Report) ([]byte, error) {
	var b bytes.Buffer
	head, err := json.Marshal(figures{Report: r})
	if err != nil {
		return nil, err
	}
	b.Write(head[:len(head)-1])
	b.WriteString(`,"cases":[`)
	first := true
	err = r.EachCase(func(c *Case) error {
		if !first {
			b.WriteByte(',')
		}
		first = false
		one, err := json.Marshal(modelCase{*c, c.Explanation})
		b.Write(one)
		return err
	})
	b.WriteString("]}")
	return b.Bytes(), err
}

// Decode reads what Encode wrote. Instants come back in zone, which is to be
// the period's; those inside an explanation keep their calendar's offset.
func Decode(data []byte, zone *time.Location) (Report, error) {
	var m model
	if err := json.Unmarshal(presentNames(data), &m); err != nil {
		return Report{}, fmt.Errorf("report of an edition: %w", err)
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

// presentNames gives the fields and values of an edition that was made before
// version 0.10 their present names. Encode writes no blanks, and a text cannot hold
// these bytes, because its quotes are escaped.
func presentNames(data []byte) []byte {
	return []byte(former.Replace(string(data)))
}

var former = strings.NewReplacer(
	`"notice_at":`, `"notified_at":`, `"kind":"noticed"`, `"kind":"aware"`, `"start_from":"noticed"`, `"start_from":"aware"`,
	`"moment":"noticed"`, `"moment":"aware"`, `"instead_of":"noticed"`, `"instead_of":"aware"`,
)

// mover brings instants into a zone; zero stays zero.
func mover(zone *time.Location) func(...*time.Time) {
	return func(instants ...*time.Time) {
		for _, t := range instants {
			if !t.IsZero() {
				*t = t.In(zone)
			}
		}
	}
}

func (c *Case) moveTo(in func(...*time.Time)) {
	in(&c.Start, &c.Due, &c.NotifiedAt, &c.RecordedAt)
	for j := range c.Timeline {
		in(&c.Timeline[j].At, &c.Timeline[j].Was, &c.Timeline[j].Is)
	}
}

// moveTo brings the report's instants into a zone.
func (r *Report) moveTo(zone *time.Location) {
	in := mover(zone)
	in(&r.Period.From, &r.Period.To, &r.Period.AsOf, &r.Previous.Period.From, &r.Previous.Period.To)
	for i := range r.Cases {
		r.Cases[i].moveTo(in)
	}
	for i := range r.CarriedOver {
		in(&r.CarriedOver[i].Due, &r.CarriedOver[i].NotifiedAt)
	}
	for i := range r.Excluded {
		in(&r.Excluded[i].Due)
	}
	if r.Backdated == nil { // an edition from before backdated notices were listed
		r.Backdated = []Backdated{}
	}
	for i := range r.Backdated {
		in(&r.Backdated[i].Due, &r.Backdated[i].NotifiedAt, &r.Backdated[i].RecordedAt)
	}
	for i := range r.Duties {
		in(&r.Duties[i].Due, &r.Duties[i].SubmittedAt)
	}
	if r.SinceEdition != nil {
		r.SinceEdition.moveTo(in)
	}
}

func (f *EditionChanges) moveTo(in func(...*time.Time)) {
	in(&f.MadeAt)
	for i := range f.Corrections {
		c := &f.Corrections[i]
		for _, s := range []*Standing{c.Was, c.Is} {
			if s != nil {
				in(&s.Start, &s.Due, &s.NotifiedAt)
			}
		}
		for j := range c.Events {
			in(&c.Events[j].At)
		}
	}
}
