package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
)

// EditionClock is one clock as it stood when a report was kept. Instants are UTC
// milliseconds.
type EditionClock struct {
	Clock      sla.ClockID
	Incident   sla.IncidentID
	Verdict    Verdict
	At         int64 // attributed
	NotifiedAt int64 // 0: none
	Took       int64 // as of Row, if Measured
	Measured   bool
}

func (r *Row) editionClock() EditionClock {
	return EditionClock{r.Clock, r.Incident, r.verdict(), r.At, r.NotifiedAt, r.Took, r.Measured}
}

// EncodeClocks writes one line for each clock, by clock, so that the same clocks
// give the same bytes.
func EncodeClocks(clocks []EditionClock) []byte {
	var b []byte
	for _, k := range sorted(clocks, func(x, y EditionClock) int { return cmp.Compare(x.Clock, y.Clock) }) {
		b = fmt.Appendf(b, "%d %d %s %d %d", k.Clock, int64(k.Incident), k.Verdict, k.At, k.NotifiedAt)
		if k.Measured {
			b = fmt.Appendf(b, " %d", k.Took)
		}
		b = append(b, '\n')
	}
	return b
}

// DecodeClocks reads what EncodeClocks wrote.
func DecodeClocks(data []byte) ([]EditionClock, error) {
	var clocks []EditionClock
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) != 5 && len(words) != 6 {
			return nil, fmt.Errorf("clocks of an edition: line %d: %q", len(clocks)+1, line)
		}
		k := EditionClock{Verdict: Verdict(words[2]), Measured: len(words) == 6}
		// The third word is the verdict.
		for i, value := range []*int64{(*int64)(&k.Clock), (*int64)(&k.Incident), nil, &k.At, &k.NotifiedAt, &k.Took} {
			if value == nil || i >= len(words) {
				continue
			}
			var err error
			if *value, err = strconv.ParseInt(words[i], 10, 64); err != nil {
				return nil, fmt.Errorf("clocks of an edition: line %d: %w", len(clocks)+1, err)
			}
		}
		clocks = append(clocks, k)
	}
	return clocks, nil
}

// Edition is a kept report to compare with.
type Edition struct {
	EditionChanges        // Edition, MadeAt, SHA256, Kigen
	Report         Report // as Decode reads it
	Clocks         []EditionClock
}

// comparison finds what differs from an edition, if there is one, and gathers
// what another edition would keep.
type comparison struct {
	edition     *Edition
	was         map[sla.ClockID]*EditionClock
	is          []EditionClock
	changed     map[sla.ClockID]Effect
	left        map[sla.ClockID]*EditionClock // of was, not seen yet
	corrections []Correction
}

func newComparison(e *Edition) *comparison {
	c := &comparison{edition: e, was: map[sla.ClockID]*EditionClock{}, changed: map[sla.ClockID]Effect{}}
	if e != nil {
		for i := range e.Clocks {
			c.was[e.Clocks[i].Clock] = &e.Clocks[i]
		}
	}
	c.left = maps.Clone(c.was)
	return c
}

func (c *comparison) see(r *Row) {
	is := r.editionClock()
	c.is = append(c.is, is)
	if c.edition == nil {
		return
	}
	was := c.was[is.Clock]
	delete(c.left, is.Clock)
	switch {
	case was == nil:
		c.changed[is.Clock] = EffectAdded
	case was.Verdict != is.Verdict:
		c.changed[is.Clock] = EffectVerdict
	case was.At != is.At:
		c.changed[is.Clock] = EffectDeadline
	case *was != is:
		c.changed[is.Clock] = EffectMeasure
	}
}

// incidents are those with corrections to explain.
func (c *comparison) incidents() []sla.IncidentID {
	var ids []sla.IncidentID
	for _, k := range c.left {
		ids = append(ids, k.Incident)
	}
	for i := range c.is {
		if _, ok := c.changed[c.is[i].Clock]; ok {
			ids = append(ids, c.is[i].Incident)
		}
	}
	return ids
}

// explain makes a correction of a clock that differs.
func (c *comparison) explain(b *builder, h *History, clock *sla.Clock, r *Row) {
	effect, ok := c.changed[clock.ID]
	if _, left := c.left[clock.ID]; left {
		effect, ok = EffectRemoved, true
	}
	if !ok {
		return
	}
	zone := b.zone()
	k := Correction{
		Incident: h.ID, Vendor: h.Vendor, VendorName: b.name(h.Vendor), Title: h.Title,
		Promise: clock.Promise, Stage: clock.Stage, Effect: effect, Events: []Revision{}, Clock: clock.ID,
		Is: &Standing{
			Verdict: r.verdict(), Start: in(zone, clock.Start.At), Due: in(zone, clock.Due), NotifiedAt: in(zone, clock.NotifiedAt),
		},
	}
	if was := c.was[clock.ID]; was != nil {
		k.Was = was.standing(zone)
	}
	for i := range h.Events {
		if e := &h.Events[i]; e.At.After(c.edition.MadeAt) {
			k.Events = append(k.Events, Revision{At: e.At.In(zone), By: e.Actor, Kind: e.Kind, Fields: amended(e), Reason: undoReason(e)})
		}
	}
	c.corrections = append(c.corrections, k)
}

// standing leaves out what the kept line does not tell.
func (k *EditionClock) standing(zone *time.Location) *Standing {
	s := &Standing{Verdict: k.Verdict}
	if k.NotifiedAt != 0 {
		s.NotifiedAt = time.UnixMilli(k.NotifiedAt).In(zone)
	}
	if k.Measured {
		s.Start = time.Unix(floorSeconds(k.NotifiedAt)-k.Took, 0).In(zone)
	}
	switch k.Verdict {
	case Met, Late, NotProvable, Overdue, Running:
		s.Due = time.UnixMilli(k.At + 1).In(zone)
	}
	return s
}

// amended lists the fields that an amendment changed.
func amended(e *sla.Event) []string {
	var body map[string]json.RawMessage
	if e.Kind != sla.EventAmended || json.Unmarshal(e.Body, &body) != nil {
		return nil
	}
	fields := slices.Collect(maps.Keys(body))
	for i := range fields {
		fields[i] = sla.PresentName(fields[i])
	}
	return sorted(fields, cmp.Compare[string])
}

// newEditionChanges says what differs; nil where no edition was kept.
func (b *builder) newEditionChanges(r *Report) *EditionChanges {
	if b.comparison == nil || b.comparison.edition == nil {
		return nil
	}
	f := b.comparison.edition.EditionChanges
	f.MadeAt = f.MadeAt.In(b.zone())
	f.Differences = differences(&b.comparison.edition.Report, r)
	f.Corrections = sorted(b.comparison.corrections, func(x, y Correction) int {
		return cmp.Or(cmp.Compare(x.Incident, y.Incident), cmp.Compare(x.Clock, y.Clock))
	})
	return &f
}

// Changed reports whether any figure or clock is not as it was kept.
func (f *EditionChanges) Changed() bool { return len(f.Differences)+len(f.Corrections) > 0 }

func differences(was, is *Report) []Difference {
	list := append([]Difference{}, differ("", &was.Totals, &is.Totals)...)
	before := map[string]*Figures{}
	for i := range was.Vendors {
		before[was.Vendors[i].ID] = &was.Vendors[i].Figures
	}
	for i := range is.Vendors {
		v := &is.Vendors[i]
		old := before[v.ID]
		if old == nil {
			old = &Figures{}
		}
		delete(before, v.ID)
		list = append(list, differ(v.ID, old, &v.Figures)...)
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		list = append(list, differ(id, before[id], &Figures{})...)
	}
	return list
}

func differ(vendor string, was, is *Figures) []Difference {
	var list []Difference
	old := namedFigures(was)
	for i, now := range namedFigures(is) {
		if before := old[i].value; !equal(before, now.value) {
			list = append(list, Difference{Vendor: vendor, Figure: now.name, Was: before, Is: now.value})
		}
	}
	return list
}

func equal(x, y *float64) bool {
	if x == nil || y == nil {
		return x == y
	}
	return *x == *y
}

type namedFigure struct {
	name  string
	value *float64
}

// namedFigures lists figures by their JSON paths, in the order of a table.
func namedFigures(f *Figures) []namedFigure {
	count := func(n int) *float64 { v := float64(n); return &v }
	length := func(s *int64) *float64 {
		if s == nil {
			return nil
		}
		v := float64(*s)
		return &v
	}
	return []namedFigure{
		{"incidents", count(f.Incidents)}, {"clocks", count(f.Clocks)}, {"met", count(f.Met)}, {"late", count(f.Late)},
		{"overdue", count(f.Overdue)}, {"overdue_assumed", count(f.OverdueAssumed)}, {"not_provable", count(f.NotProvable)},
		{"no_commitment", count(f.NoCommitment)}, {"not_applicable", count(f.NotApplicable)}, {"cancelled", count(f.Cancelled)},
		{"waived", count(f.Waived)}, {"pending", count(f.Pending)}, {"running", count(f.Running)},
		{"compliance.rate", f.Compliance.Rate}, {"compliance.firm.rate", f.Compliance.Firm.Rate},
		{"compliance.target.rate", f.Compliance.Target.Rate},
		{"time_to_notice.median_s", length(f.TimeToNotice.Median)}, {"time_to_notice.p90_s", length(f.TimeToNotice.P90)},
		{"time_to_notice.longest_s", length(f.TimeToNotice.Longest)}, {"lateness.median_s", length(f.Lateness.Median)},
		{"lateness.p90_s", length(f.Lateness.P90)}, {"lateness.longest_s", length(f.Lateness.Longest)},
	}
}
