package report

import (
	"cmp"
	"maps"
	"slices"

	"kigen/calendar"
	"kigen/sla"
)

// builder gathers one period's report. It keeps counts and lengths, and of
// clocks only what the report lists: memory grows with the period and the
// trend, never with what lies outside. Make calls its steps in their order.
type builder struct {
	spec       *Spec
	period     Period
	previous   Period
	now        book
	before     book
	kinds      map[sla.IncidentKind]*book // of the period, apart from incidents
	trend      []trendMonth
	cases      []Case
	carried    []CarriedOver
	excluded   []Exclusion
	backdated  []Backdated
	duties     []Duty
	details    map[sla.IncidentID]bool // incidents whose clocks are listed one by one
	comparison *comparison             // nil: a report of one vendor
	versions   Versions

	streams  bool // the cases are only found, to be read when they are asked for
	refs     []caseRef
	promises map[promiseOf]bool // of refs
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

func newBuilder(spec *Spec) *builder {
	b := &builder{
		spec: spec, period: spec.Period, previous: spec.Period.Previous(), details: map[sla.IncidentID]bool{},
		now: newBook(), before: newBook(), kinds: map[sla.IncidentKind]*book{},
	}
	for _, month := range spec.Period.TrendMonths() {
		b.trend = append(b.trend, trendMonth{month, map[string]*trendTally{}})
	}
	if spec.Vendor == "" {
		b.comparison = newComparison(spec.Newest)
	}
	return b
}

func newBook() book {
	return book{map[Heading]*entry{}, map[sla.IncidentID]bool{}}
}

func (b *builder) leavesOut(vendor string) bool {
	return b.spec.Vendor != "" && vendor != b.spec.Vendor
}

// countRow counts a clock that belongs to the period or to the one before.
func (b *builder) countRow(r *Row) {
	if b.leavesOut(r.Vendor) {
		return
	}
	incident := r.aboutIncident()
	if incident && b.previous.holds(r.At) {
		b.before.count(r)
	}
	if !b.period.holds(r.At) {
		return
	}
	if incident {
		b.now.count(r)
	} else {
		b.kind(r.Kind).count(r)
	}
	b.list(r)
	if b.comparison != nil {
		b.comparison.see(r)
	}
}

// list notes a clock that the report lists one by one.
func (b *builder) list(r *Row) {
	v := r.verdict()
	if b.streams && isCase(v) {
		b.refs = append(b.refs, caseRef{r.Incident, r.Clock, v, r.At})
		b.promises[promiseOf{r.Vendor, r.Promise}] = true
	}
	if isExcluded(v) || isCase(v) && (!b.streams || r.Assumed) {
		b.details[r.Incident] = true
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

// countClockless counts an incident that has no clock in the period in which it
// was logged.
func (b *builder) countClockless(inc *sla.Incident) {
	if b.leavesOut(inc.Vendor) {
		return
	}
	logged := inc.Times[sla.Logged].At
	if h := (Heading{Kind: inc.Kind}); !h.aboutIncident() {
		if b.period.Contains(logged) {
			b.kind(inc.Kind).countClockless(inc)
		}
		return
	}
	for _, k := range []struct {
		period Period
		book   *book
	}{{b.period, &b.now}, {b.previous, &b.before}} {
		if k.period.Contains(logged) {
			k.book.countClockless(inc)
		}
	}
}

func (k *book) countClockless(inc *sla.Incident) {
	if !k.incidents[inc.ID] {
		k.incidents[inc.ID] = true
		k.entry(&Heading{Vendor: inc.Vendor, Service: inc.Service}).tally.incidents++
	}
}

// kind is the book of what is no incident.
func (b *builder) kind(k sla.IncidentKind) *book {
	if b.kinds[k] == nil {
		made := newBook()
		b.kinds[k] = &made
	}
	return b.kinds[k]
}

// newKinds makes the figures of each kind apart from incidents.
func (b *builder) newKinds() (list []KindFigures) {
	for _, k := range sla.Kinds() {
		book := b.kinds[k]
		if book == nil {
			continue
		}
		services, total := book.services(), &tally{}
		figures := KindFigures{Kind: k, Vendors: []KindVendor{}}
		for _, id := range b.ids(services) {
			mine := &tally{}
			for _, t := range services[id] {
				mine.merge(t)
			}
			if services[id] != nil {
				total.merge(mine)
				figures.Vendors = append(figures.Vendors, KindVendor{ID: id, Name: b.name(id), Figures: mine.figures()})
			}
		}
		figures.Figures = total.figures()
		list = append(list, figures)
	}
	return list
}

// detailed lists, in order, the incidents whose cases or exclusions the report
// lists, or that differ from the edition compared with.
func (b *builder) detailed() []sla.IncidentID {
	ids := maps.Clone(b.details)
	if b.comparison != nil {
		for _, id := range b.comparison.incidents() {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
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

// report makes the report of what was gathered.
func (b *builder) report() Report {
	r := Report{
		Period: b.period, VendorFilter: b.spec.Vendor, Formula: ComplianceFormula(), Vendors: []Vendor{},
		Cases: sorted(b.cases, compareCases), CarriedOver: sorted(b.carried, compareCarried),
		Uncommitted: []Uncommitted{}, Backdated: sorted(b.backdated, compareBackdated),
	}
	if len(b.duties) > 0 {
		r.Duties = sorted(b.duties, compareDuties)
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
	r.Kinds = b.newKinds()
	r.Trend = b.newTrend()
	r.Versions = b.newVersions()
	r.SinceEdition = b.newEditionChanges(&r)
	return r
}

func sorted[T any](list []T, compare func(x, y T) int) []T {
	list = append([]T{}, list...)
	slices.SortFunc(list, compare)
	return list
}

// newVendor makes a vendor's figures out of its services'.
func (b *builder) newVendor(id string, now, before map[string]*tally) (Vendor, *tally) {
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

func (b *builder) newUncommitted(id string, t *tally) Uncommitted {
	return Uncommitted{
		Vendor: id, VendorName: b.name(id), Clocks: t.counts.NoCommitment,
		Answered: len(t.free), TimeToNotice: describe(t.free).over(t.longestFree),
	}
}

// name is a vendor's. One that has left the catalogue goes by its id.
func (b *builder) name(id string) calendar.Text {
	if v, ok := b.spec.Catalogue.Vendor(id); ok {
		return v.Name
	}
	return calendar.Text{Ja: id, En: id}
}

// ids lists the catalogue's vendors in their order, then those that have left
// it but are counted.
func (b *builder) ids(counted map[string]map[string]*tally) []string {
	ids := b.spec.Catalogue.IDs()
	for _, id := range slices.Sorted(maps.Keys(counted)) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return slices.DeleteFunc(ids, b.leavesOut)
}
