package report

import (
	"cmp"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Builder gathers the incidents of one period. It keeps counts, two lists of
// lengths per vendor and the late or silent cases, not the incidents. It is
// for one goroutine.
type Builder struct {
	period  Period
	order   []string // the catalogue's vendors
	vendors map[string]*tally
	cases   []Case
}

// tally is one vendor's share so far.
type tally struct {
	name      calendar.Text
	incidents int
	counts    Counts
	shares    Compliance
	notice    []int64 // seconds from start to notice
	late      []int64 // seconds from due to notice
}

// NewBuilder starts a report for the period over all vendors of the catalogue.
func NewBuilder(catalogue sla.Catalogue, period Period) *Builder {
	b := &Builder{period: period, order: catalogue.IDs(), vendors: make(map[string]*tally)}
	for _, v := range catalogue {
		b.vendors[v.ID] = &tally{name: v.Name}
	}
	return b
}

// Add counts what of the incident belongs to the period. Add each incident
// once; one with nothing in the period changes nothing.
func (b *Builder) Add(inc *sla.Incident) {
	counted := len(inc.Clocks) == 0 && b.period.Contains(inc.Times[sla.Logged].At)
	for i := range inc.Clocks {
		if c := &inc.Clocks[i]; b.period.Contains(attributed(inc, c)) {
			b.addClock(inc, c)
			counted = true
		}
	}
	if counted {
		b.vendor(inc.Vendor).incidents++
	}
}

// attributed is the instant whose month a clock belongs to.
func attributed(inc *sla.Incident, c *sla.Clock) time.Time {
	switch {
	case !c.Due.IsZero():
		return c.Due
	case !c.Start.At.IsZero():
		return c.Start.At
	default:
		return inc.Times[sla.Logged].At
	}
}

// vendor finds a vendor's tally. One that has left the catalogue keeps its
// incidents, under its id.
func (b *Builder) vendor(id string) *tally {
	t, ok := b.vendors[id]
	if !ok {
		t = &tally{name: calendar.Text{Ja: id, En: id}}
		b.vendors[id] = t
	}
	return t
}

func (b *Builder) addClock(inc *sla.Incident, c *sla.Clock) {
	t, v := b.vendor(inc.Vendor), verdict(c)
	t.counts.add(v, c)
	t.shares.add(v, c)
	if measured(c, v) {
		t.notice = append(t.notice, max(0, seconds(c.Start.At, c.NoticeAt)))
	}
	if v == Late {
		t.late = append(t.late, seconds(c.Due, c.NoticeAt))
	}
	if v == Late || v == Overdue || v == NotProvable {
		b.cases = append(b.cases, b.newCase(inc, c, v))
	}
}

// verdict sorts a clock's state. It trusts the state: deciding is not a
// report's business.
func verdict(c *sla.Clock) Verdict {
	switch c.State {
	case sla.Late:
		if c.NotProvable() {
			return NotProvable
		}
		return Late
	case sla.AtRisk:
		return Running
	default:
		return Verdict(c.State) // the other names are the same
	}
}

// measured reports whether the vendor spoke to what it was held to, so that
// its time to notice means something.
func measured(c *sla.Clock, v Verdict) bool {
	switch v {
	case Met, Late, NotProvable, NoCommitment:
		return !c.NoticeAt.IsZero() && !c.Start.At.IsZero()
	default:
		return false
	}
}

// seconds counts as sla.InTime does: by whole seconds of the clock.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }

func (b *Builder) newCase(inc *sla.Incident, c *sla.Clock, v Verdict) Case {
	zone := b.period.From.Location()
	k := Case{
		Incident: inc.ID, Vendor: inc.Vendor, VendorName: b.vendor(inc.Vendor).name,
		Service: inc.Service, Title: inc.Title, Reference: inc.Reference,
		Promise: c.Promise, Stage: c.Stage, Strength: c.Explanation.Strength, Verdict: v,
		Start: c.Start.At.In(zone), StartFrom: c.Start.From, Basis: c.Start.Basis, Due: c.Due.In(zone),
		Clause: c.Explanation.Source, Explanation: c.Explanation, Clock: c.ID, Timeline: []Entry{},
	}
	if v != Overdue {
		late := seconds(c.Due, c.NoticeAt)
		k.NoticeAt, k.Lateness = c.NoticeAt.In(zone), &late
	}
	return k
}

func (n *Counts) add(v Verdict, c *sla.Clock) {
	n.Clocks++
	*n.of(v)++
	if v == Overdue && c.NotProvable() {
		n.OverdueAssumed++
	}
}

func (n *Counts) of(v Verdict) *int {
	switch v {
	case Met:
		return &n.Met
	case Late:
		return &n.Late
	case Overdue:
		return &n.Overdue
	case NotProvable:
		return &n.NotProvable
	case NoCommitment:
		return &n.NoCommitment
	case NotApplicable:
		return &n.NotApplicable
	case Cancelled:
		return &n.Cancelled
	case Waived:
		return &n.Waived
	case Pending:
		return &n.Pending
	default:
		return &n.Running
	}
}

func (s *Compliance) add(v Verdict, c *sla.Clock) {
	judged := v == Met || v == Late || v == Overdue && !c.NotProvable()
	if !judged {
		return
	}
	part := &s.Other
	switch c.Explanation.Strength {
	case sla.Firm:
		part = &s.Firm
	case sla.Target:
		part = &s.Target
	}
	for _, share := range []*Share{&s.Share, part} {
		share.Due++
		if v == Met {
			share.Kept++
		}
	}
}

// Report returns the figures of what was added so far.
func (b *Builder) Report() Report {
	r := Report{
		Period: b.period, Formula: ComplianceFormula(), Vendors: []Vendor{}, Cases: slices.Clone(b.cases),
		CarriedOver: []CarriedOver{}, Uncommitted: []Uncommitted{}, Excluded: []Exclusion{}, Trend: []TrendPoint{},
		Previous: Previous{Period: b.period.Previous(), Totals: (&tally{}).figures()},
		Versions: Versions{Promises: []PromiseVersion{}, Calendars: []CalendarVersion{}, Holidays: []HolidayEdition{}},
	}
	all := &tally{}
	for _, id := range b.ids() {
		t := b.vendors[id]
		r.Vendors = append(r.Vendors, Vendor{ID: id, Name: t.name, Figures: t.figures(), Services: []Service{}})
		all.merge(t)
	}
	r.Totals = all.figures()
	if r.Cases == nil {
		r.Cases = []Case{}
	}
	slices.SortFunc(r.Cases, compareCases)
	return r
}

// ids lists the catalogue's vendors in their order, then the unknown ones.
func (b *Builder) ids() []string {
	var unknown []string
	for id := range b.vendors {
		if !slices.Contains(b.order, id) {
			unknown = append(unknown, id)
		}
	}
	slices.Sort(unknown)
	return slices.Concat(b.order, unknown)
}

// compareCases puts first what needs a person first, and never leaves two
// cases equal, so that the order of adding does not show.
func compareCases(a, b Case) int {
	urgency := []Verdict{Overdue, Late, NotProvable}
	return cmp.Or(
		cmp.Compare(slices.Index(urgency, a.Verdict), slices.Index(urgency, b.Verdict)),
		a.Due.Compare(b.Due),
		cmp.Compare(a.Incident, b.Incident),
		cmp.Compare(a.Clock, b.Clock),
	)
}

func (t *tally) merge(o *tally) {
	t.incidents += o.incidents
	t.counts.merge(o.counts)
	t.shares.merge(o.shares)
	t.notice = append(t.notice, o.notice...)
	t.late = append(t.late, o.late...)
}

func (n *Counts) merge(o Counts) {
	n.Clocks += o.Clocks
	n.Met += o.Met
	n.Late += o.Late
	n.Overdue += o.Overdue
	n.OverdueAssumed += o.OverdueAssumed
	n.NotProvable += o.NotProvable
	n.NoCommitment += o.NoCommitment
	n.NotApplicable += o.NotApplicable
	n.Cancelled += o.Cancelled
	n.Waived += o.Waived
	n.Pending += o.Pending
	n.Running += o.Running
}

func (s *Compliance) merge(o Compliance) {
	s.Share.merge(o.Share)
	s.Firm.merge(o.Firm)
	s.Target.merge(o.Target)
	s.Other.merge(o.Other)
}

func (s *Share) merge(o Share) {
	s.Kept += o.Kept
	s.Due += o.Due
}

func (t *tally) figures() Figures {
	shares := t.shares
	for _, s := range []*Share{&shares.Share, &shares.Firm, &shares.Target, &shares.Other} {
		s.rate()
	}
	return Figures{
		Incidents: t.incidents, Counts: t.counts, Compliance: shares,
		TimeToNotice: describe(t.notice), Lateness: describe(t.late), Promised: []Bin{},
	}
}

func (s *Share) rate() {
	if s.Due > 0 {
		r := float64(s.Kept) / float64(s.Due)
		s.Rate = &r
	}
}

// describe leaves the samples in their order.
func describe(samples []int64) Lengths {
	n := len(samples)
	if n == 0 {
		return Lengths{}
	}
	sorted := slices.Sorted(slices.Values(samples))
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	p90 := sorted[(9*n+9)/10-1]
	return Lengths{Count: n, Median: &median, P90: &p90, Longest: &sorted[n-1]}
}
