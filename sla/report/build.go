package report

import (
	"cmp"
	"maps"
	"slices"

	"kigen/calendar"
	"kigen/sla"
)

// Builder gathers one period's report. It keeps counts and lengths, and of
// clocks only what the report lists: memory grows with the period and the
// trend, never with what lies outside. It is for one goroutine.
//
// Add takes whole incidents. Whoever has millions of them hands over rows
// instead, by Count, CountTrend, Clockless and Carry, and then the incidents
// that Wanted names, by Detail.
type Builder struct {
	period, previous Period
	catalogue        sla.Catalogue
	only             string
	now, before      book
	trend            []trendMonth
	cases            []Case
	carried          []CarriedOver
	excluded         []Exclusion
	wanted           map[sla.IncidentID]bool
	comparison       *comparison
	versions         Versions
}

// book is the counting of one period.
type book struct {
	headings  map[Heading]*entry
	incidents map[sla.IncidentID]bool
}

// entry is what was counted under one heading's vendor and service.
type entry struct {
	tally  *tally
	clocks int // under the heading itself
}

// NewBuilder starts a report for the period over all vendors of the catalogue.
func NewBuilder(catalogue sla.Catalogue, period Period) *Builder {
	b := &Builder{
		period: period, previous: period.Previous(), catalogue: catalogue, wanted: map[sla.IncidentID]bool{},
		now: newBook(), before: newBook(),
	}
	for _, month := range period.TrendMonths() {
		b.trend = append(b.trend, trendMonth{month, map[string]*trendTally{}})
	}
	return b
}

func newBook() book {
	return book{map[Heading]*entry{}, map[sla.IncidentID]bool{}}
}

// Only leaves out all vendors but one. It comes before anything is added.
func (b *Builder) Only(vendor string) { b.only = vendor }

func (b *Builder) leavesOut(vendor string) bool { return b.only != "" && vendor != b.only }

// Add counts what of the incident belongs to the period, the one before, and
// the trend. Add each incident once; one with nothing there changes nothing.
func (b *Builder) Add(inc *sla.Incident) {
	if len(inc.Clocks) == 0 {
		b.Clockless(inc)
	}
	for i := range inc.Clocks {
		row := rowOf(inc, &inc.Clocks[i])
		b.Count(row)
		for month := range b.trend {
			if b.trend[month].period.holds(row.At) {
				b.CountTrend(month, row.Heading, row.Took, row.Measured)
			}
		}
	}
	b.Carry(inc)
	b.Detail(History{Incident: inc})
}

// Count counts a clock that belongs to the period or to the one before.
func (b *Builder) Count(r Row) {
	if b.leavesOut(r.Vendor) {
		return
	}
	if b.previous.holds(r.At) {
		b.before.count(&r)
	}
	if !b.period.holds(r.At) {
		return
	}
	b.now.count(&r)
	if listed(r.verdict()) {
		b.wanted[r.Incident] = true
	}
	if b.comparison != nil {
		b.comparison.see(&r)
	}
}

// holds reports whether an instant in UTC milliseconds lies in the period.
func (p *Period) holds(ms int64) bool { return ms >= p.From.UnixMilli() && ms < p.To.UnixMilli() }

func (k *book) count(r *Row) {
	e := k.entry(r.Heading)
	e.clocks++
	e.tally.add(r)
	if !k.incidents[r.Incident] {
		k.incidents[r.Incident] = true
		e.tally.incidents++
	}
}

// entry finds the place of a heading. All of one vendor and service share
// their tally.
func (k *book) entry(h *Heading) *entry {
	if e, ok := k.headings[*h]; ok {
		return e
	}
	service := Heading{Vendor: h.Vendor, Service: h.Service}
	e := &entry{}
	if own, ok := k.headings[service]; ok {
		e.tally = own.tally
	} else {
		e.tally = &tally{}
		k.headings[service] = &entry{tally: e.tally}
	}
	if *h == service {
		return k.headings[service]
	}
	k.headings[*h] = e
	return e
}

// Clockless counts an incident that has no clock in the period in which it was
// logged.
func (b *Builder) Clockless(inc *sla.Incident) {
	if b.leavesOut(inc.Vendor) {
		return
	}
	logged := inc.Times[sla.Logged].At
	for _, k := range []struct {
		period Period
		book   *book
	}{{b.period, &b.now}, {b.previous, &b.before}} {
		if k.period.Contains(logged) && !k.book.incidents[inc.ID] {
			k.book.incidents[inc.ID] = true
			k.book.entry(&Heading{Vendor: inc.Vendor, Service: inc.Service}).tally.incidents++
		}
	}
}

// Wanted lists, in order, the incidents whose cases or exclusions the report
// lists, or that differ from the edition compared with.
func (b *Builder) Wanted() []sla.IncidentID {
	wanted := maps.Clone(b.wanted)
	if b.comparison != nil {
		for _, id := range b.comparison.incidents() {
			wanted[id] = true
		}
	}
	return slices.Sorted(maps.Keys(wanted))
}

// services sums a book up by vendor and service.
func (k *book) services() map[string]map[string]*tally {
	all := map[string]map[string]*tally{}
	for h, e := range k.headings {
		if all[h.Vendor] == nil {
			all[h.Vendor] = map[string]*tally{}
		}
		all[h.Vendor][h.Service] = e.tally
	}
	return all
}

// Report returns the figures of what was added so far.
func (b *Builder) Report() Report {
	r := Report{
		Period: b.period, VendorFilter: b.only, Formula: ComplianceFormula(), Vendors: []Vendor{},
		Cases: sorted(b.cases, compareCases), CarriedOver: sorted(b.carried, compareCarried),
		Uncommitted: []Uncommitted{},
	}
	now, before := b.now.services(), b.before.services()
	ids := b.ids(now)
	total, totalBefore := &tally{}, &tally{}
	for _, id := range ids {
		v, mine := b.newVendor(id, now[id], before[id])
		r.Vendors = append(r.Vendors, v)
		total.merge(mine)
		if mine.counts.NoCommitment > 0 {
			r.Uncommitted = append(r.Uncommitted, b.newUncommitted(id, mine))
		}
	}
	for _, services := range before {
		for _, t := range services {
			totalBefore.merge(t)
		}
	}
	r.Totals = total.figures()
	r.Previous = Previous{Period: b.previous, Totals: totalBefore.figures()}
	r.Change = change(&r.Totals, &r.Previous.Totals)
	r.Excluded = sorted(b.excluded, func(x, y Exclusion) int {
		return cmp.Or(cmp.Compare(slices.Index(ids, x.Vendor), slices.Index(ids, y.Vendor)), compareExcluded(x, y))
	})
	r.Trend = b.newTrend()
	r.Versions = b.newVersions()
	r.Frozen = b.newFrozen(&r)
	return r
}

func sorted[T any](list []T, compare func(x, y T) int) []T {
	list = append([]T{}, list...)
	slices.SortFunc(list, compare)
	return list
}

// newVendor makes a vendor's figures out of its services'.
func (b *Builder) newVendor(id string, now, before map[string]*tally) (Vendor, *tally) {
	v := Vendor{ID: id, Name: b.name(id), Services: []Service{}}
	mine, was := &tally{}, &tally{}
	for _, t := range before {
		was.merge(t)
	}
	for _, name := range slices.SortedFunc(maps.Keys(now), compareServices) {
		t, old := now[name], &tally{}
		if o := before[name]; o != nil {
			old = o
		}
		mine.merge(t)
		s, oldFigures := Service{Name: name, Figures: t.figures()}, old.figures()
		s.Change = change(&s.Figures, &oldFigures)
		v.Services = append(v.Services, s)
	}
	v.Figures = mine.figures()
	oldFigures := was.figures()
	v.Change = change(&v.Figures, &oldFigures)
	return v, mine
}

// compareServices puts incidents that named none last.
func compareServices(x, y string) int {
	if (x == "") != (y == "") {
		return cmp.Compare(y, x)
	}
	return cmp.Compare(x, y)
}

func (b *Builder) newUncommitted(id string, t *tally) Uncommitted {
	return Uncommitted{
		Vendor: id, VendorName: b.name(id), Clocks: t.counts.NoCommitment,
		Answered: len(t.free), TimeToNotice: describe(t.free),
	}
}

// name is a vendor's. One that has left the catalogue goes by its id.
func (b *Builder) name(id string) calendar.Text {
	if v, ok := b.catalogue.Vendor(id); ok {
		return v.Name
	}
	return calendar.Text{Ja: id, En: id}
}

// ids lists the catalogue's vendors in their order, then those that have left
// it but are counted.
func (b *Builder) ids(counted map[string]map[string]*tally) []string {
	ids := b.catalogue.IDs()
	for _, id := range slices.Sorted(maps.Keys(counted)) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return slices.DeleteFunc(ids, b.leavesOut)
}
