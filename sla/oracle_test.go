package sla_test

import (
	"cmp"
	"slices"
	"time"

	"kigen/sla"
)

// The oracle works out deadlines a second time and shares nothing with the
// engine. It steps through time minute by minute and asks of each minute only
// what a clock on the wall of the place shows; hours and closures are plain
// data. No table, no prefix sum, no arithmetic on offsets. Clocks change at
// whole minutes in every zone and year tested, so that a minute is open or
// closed as a whole.

// civil is a date on a calendar on the wall.
type civil struct {
	year  int
	month time.Month
	day   int
}

func civilOf(t time.Time) civil {
	year, month, day := t.Date()
	return civil{year, month, day}
}

// plus is the date n days on. It has no zone: a date is counted, not timed.
func (c civil) plus(n int) civil {
	return civilOf(time.Date(c.year, c.month, c.day+n, 0, 0, 0, 0, time.UTC))
}

func (c civil) weekday() time.Weekday {
	return time.Date(c.year, c.month, c.day, 0, 0, 0, 0, time.UTC).Weekday()
}

// plusMonths is the same day n months on, or that month's last day.
func (c civil) plusMonths(n int) civil {
	month := civil{c.year, c.month + time.Month(n), 1}.plus(0)
	same := civil{month.year, month.month, c.day}.plus(0)
	for same.month != month.month {
		same = same.plus(-1)
	}
	return same
}

// hours is a stretch of minutes of a wall clock, from open up to and without
// shut. A shift over midnight counts on past 1440.
type hours struct{ open, shut int }

// place is a calendar as plain data.
type place struct {
	zone   *time.Location
	weekly [7][]hours        // by weekday
	dated  map[civil][]hours // holidays, closures, openings: instead of the weekly hours
	seen   map[civil]*wallDay
}

// wallDay is a date as the wall clock shows it: its minutes in the order of
// time.
type wallDay struct {
	minutes    []time.Time
	open, shut time.Time // the first open minute, and the end of the last; zero: never open
}

func (p *place) hoursOf(c civil) []hours {
	if dated, ok := p.dated[c]; ok {
		return dated
	}
	return p.weekly[c.weekday()]
}

func (p *place) open(t time.Time) bool {
	own := civilOf(t.In(p.zone))
	return p.openIn(t, own) || p.openIn(t, own.plus(-1))
}

// openIn reports whether t lies in hours that begin on a date.
func (p *place) openIn(t time.Time, c civil) bool {
	wall := t.In(p.zone)
	minute := wall.Hour()*60 + wall.Minute()
	if civilOf(wall) != c {
		minute += 1440
	}
	for _, h := range p.hoursOf(c) {
		if h.open <= minute && minute < h.shut {
			return true
		}
	}
	return false
}

// shiftDate is the date that t counts for: of the shift that it lies in, unless the
// hours of its own date have begun.
func (p *place) shiftDate(t time.Time) civil {
	own := civilOf(t.In(p.zone))
	opened := p.day(own).open
	if before := own.plus(-1); p.openIn(t, before) && (opened.IsZero() || opened.After(t)) {
		return before
	}
	return own
}

func (p *place) day(c civil) *wallDay {
	if d, ok := p.seen[c]; ok {
		return d
	}
	d := &wallDay{}
	// No day is longer than 26 hours where clocks change by two at most.
	noon := time.Date(c.year, c.month, c.day, 12, 0, 0, 0, p.zone)
	for t := noon.Add(-15 * time.Hour); t.Before(noon.Add(39 * time.Hour)); t = t.Add(time.Minute) {
		switch civilOf(t.In(p.zone)) {
		case c:
			d.minutes = append(d.minutes, t)
		case c.plus(1): // a shift may go on into it
		default:
			continue
		}
		if p.openIn(t, c) {
			if d.open.IsZero() {
				d.open = t
			}
			d.shut = t.Add(time.Minute)
		}
	}
	p.seen[c] = d
	return d
}

func (p *place) isBusiness(c civil) bool { return !p.day(c).open.IsZero() }

func (p *place) endOfDay(c civil) time.Time {
	minutes := p.day(c).minutes
	return minutes[len(minutes)-1].Add(time.Minute)
}

// when is the first instant of the date at which the wall clock shows the time
// of day or more; the end of the day where it never does.
func (p *place) when(c civil, clock time.Duration) time.Time {
	for _, t := range p.day(c).minutes {
		wall := t.In(p.zone)
		shown := time.Duration(wall.Hour()*60+wall.Minute()) * time.Minute
		if shown >= clock {
			return t
		}
		if clock < shown+time.Minute {
			return t.Add(clock - shown)
		}
	}
	return p.endOfDay(c)
}

func (p *place) nextOpening(t time.Time) time.Time {
	for !p.open(t) {
		t = t.Truncate(time.Minute).Add(time.Minute)
	}
	return t
}

// addOpen goes on from t until d of open time has passed, or back until it
// has been undone.
func (p *place) addOpen(t time.Time, d time.Duration) time.Time {
	for d > 0 {
		end := t.Truncate(time.Minute).Add(time.Minute)
		if p.open(t) {
			if end.Sub(t) >= d {
				return t.Add(d)
			}
			d -= end.Sub(t)
		}
		t = end
	}
	for d < 0 {
		begin := t.Add(-1).Truncate(time.Minute)
		if p.open(begin) {
			if t.Sub(begin) >= -d {
				return t.Add(d)
			}
			d += t.Sub(begin)
		}
		t = begin
	}
	return t
}

// businessDay is the n-th business day after c, or before it.
func (p *place) businessDay(c civil, n int) civil {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		c = c.plus(step)
		if p.isBusiness(c) {
			n--
		}
	}
	return c
}

// oracle answers for one place and one incident.
type oracle struct {
	*place
	facts  *sla.Facts
	waits  bool // the last answer counts from a moment of the vendor's that is not known
	lapsed bool // a deadline lapsed
}

// due is the instant that a rule gives; zero where it promises none.
func (o *oracle) due(r *sla.Rule, start time.Time) time.Time {
	switch r.Op {
	case sla.OpElapsed:
		return start.Add(r.Length)
	case sla.OpBusinessTime:
		return o.addOpen(start, r.Length)
	case sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
		return o.dated(r, start)
	case sla.OpNextOpening:
		return o.nextOpening(start)
	case sla.OpNextDayStart:
		return o.day(o.businessDay(o.shiftDate(start), 1)).open
	case sla.OpLaterOf, sla.OpEarlierOf:
		return o.pick(r, start)
	case sla.OpHours:
		if o.open(start) {
			return o.due(&r.Args[0], start)
		}
		return o.due(&r.Args[1], start)
	case sla.OpCases:
		return o.cases(r, start)
	case sla.OpFrom:
		at, waits := o.moment(r.From, start)
		o.waits = waits
		return o.due(&r.Args[0], at)
	case sla.OpStart:
		return start
	case sla.OpThen, sla.OpRolled, sla.OpLapses:
		return o.derived(r, start)
	default:
		return time.Time{}
	}
}

// derived goes on from what the inner rule gives.
func (o *oracle) derived(r *sla.Rule, start time.Time) time.Time {
	inner := o.due(&r.Args[0], start)
	before := o.facts.Times[r.From].At
	switch {
	case inner.IsZero():
		return inner
	case r.Op == sla.OpThen:
		return o.due(&r.Args[1], inner)
	case r.Op == sla.OpLapses && inner.Before(before):
		o.lapsed = true
		return time.Time{}
	case r.Op == sla.OpLapses || o.isBusiness(civilOf(inner.Add(-1).In(o.zone))):
		return inner
	}
	day := civilOf(inner.Add(-1).In(o.zone))
	for !o.isBusiness(day) && r.Roll == sla.RollNext {
		day = day.plus(1)
	}
	for !o.isBusiness(day) {
		day = day.plus(-1)
	}
	return o.ending(r.Ends, day, inner)
}

// pick asks what is known before what waits where it is for the earliest.
func (o *oracle) pick(r *sla.Rule, start time.Time) time.Time {
	var known, waiting []time.Time
	own := o.waits
	for i := range r.Args {
		o.waits = own
		switch t := o.due(&r.Args[i], start); {
		case t.IsZero():
		case o.waits:
			waiting = append(waiting, t)
		default:
			known = append(known, t)
		}
	}
	o.waits = len(waiting) > 0 && (r.Op == sla.OpLaterOf || len(known) == 0) || len(known)+len(waiting) == 0 && own
	switch {
	case len(known)+len(waiting) == 0:
		return time.Time{}
	case r.Op == sla.OpLaterOf:
		return slices.MaxFunc(append(known, waiting...), time.Time.Compare)
	case len(known) > 0:
		return slices.MinFunc(known, time.Time.Compare)
	default:
		return slices.MinFunc(waiting, time.Time.Compare)
	}
}

// dated counts days or months from the start's date, which is day 1 if the
// rule says so and the deadline would not then be over before it began.
func (o *oracle) dated(r *sla.Rule, start time.Time) time.Time {
	counted := civilOf(start.In(o.zone))
	if r.Op == sla.OpBusinessDays {
		counted = o.shiftDate(start)
	}
	if r.CountStartDay {
		if at := o.lastDay(r, counted, -1, start); at.After(start) {
			return at
		}
	}
	at := o.lastDay(r, counted, 0, start)
	for later := 1; r.Op == sla.OpBusinessDays && r.Count > 0 && !at.After(start); later++ {
		at = o.lastDay(r, counted, later, start)
	}
	return at
}

func (o *oracle) lastDay(r *sla.Rule, from civil, shift int, start time.Time) time.Time {
	var last civil
	switch r.Op {
	case sla.OpBusinessDays:
		last = o.businessDay(from.plus(shift), r.Count)
	case sla.OpDays:
		last = from.plus(r.Count + shift)
	default:
		last = o.months(r, from, shift)
	}
	if r.Ends == sla.EndOfMonth {
		last = last.monthEnd()
	}
	for r.Roll == sla.RollNext && !o.isBusiness(last) {
		last = last.plus(1)
	}
	for r.Roll == sla.RollPrevious && !o.isBusiness(last) {
		last = last.plus(-1)
	}
	if r.Op == sla.OpBusinessDays && r.Ends == sla.SameTime && o.shiftDate(start) != civilOf(start.In(o.zone)) {
		last = last.plus(1) // the small hours of a shift
	}
	return o.ending(r.Ends, last, start)
}

// months counts by the law that the rule names, or that of the place.
func (o *oracle) months(r *sla.Rule, from civil, shift int) civil {
	civilCode := r.Counting == sla.CivilCodeJP || r.Counting == "" && o.zone.String() == "Asia/Tokyo"
	if civilCode && r.Count > 0 {
		return from.plus(1 + shift).corresponding(r.Count)
	}
	return from.plusMonths(r.Count).plus(shift)
}

func (o *oracle) ending(ends sla.Ends, last civil, start time.Time) time.Time {
	wall := start.In(o.zone)
	switch {
	case ends == sla.SameTime:
		clock := time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute +
			time.Duration(wall.Second())*time.Second + time.Duration(wall.Nanosecond())
		return o.when(last, clock)
	case ends == sla.Noon:
		return o.when(last, 12*time.Hour)
	case ends == "17:30":
		return o.when(last, 17*time.Hour+30*time.Minute)
	case ends == "02:00":
		return o.when(last, 2*time.Hour)
	case ends == sla.Close && o.isBusiness(last):
		return o.day(last).shut
	default:
		return o.endOfDay(last)
	}
}

func (o *oracle) cases(r *sla.Rule, start time.Time) time.Time {
	fact := map[sla.Dimension]string{
		sla.BySeverity: string(o.facts.Severity), sla.ByScope: string(o.facts.Scope), sla.ByImpact: string(o.facts.Impact),
	}[r.By]
	fact = cmp.Or(fact, "unknown")
	var strictest time.Time
	own, waits := o.waits, o.waits
	for i := range r.Cases {
		o.waits = own
		c := &r.Cases[i]
		if c.Value == fact {
			return o.due(&c.Rule, start)
		}
		if fact != "unknown" && c.Value == "" {
			return o.due(&c.Rule, start)
		}
		if fact != "unknown" {
			continue
		}
		if t := o.due(&c.Rule, start); !t.IsZero() && (strictest.IsZero() || t.Before(strictest)) {
			strictest, waits = t, o.waits
		}
	}
	o.waits = waits
	if fact != "unknown" {
		return time.Time{}
	}
	return strictest
}

// moment is when something happened, or what stands in for it; a moment of the
// vendor's is waited for.
func (o *oracle) moment(m sla.Moment, start time.Time) (at time.Time, waits bool) {
	chain := map[sla.Moment][]sla.Moment{
		sla.Occurred:  {sla.Occurred, sla.Aware, sla.Logged},
		sla.Detected:  {sla.Detected, sla.Confirmed, sla.Aware, sla.Logged},
		sla.Confirmed: {sla.Confirmed, sla.Detected, sla.Aware, sla.Logged},
		sla.Declared:  {sla.Declared, sla.Confirmed, sla.Aware, sla.Logged},
		sla.Aware:     {sla.Aware, sla.Logged},
		sla.Logged:    {sla.Logged},
	}[m]
	for _, candidate := range chain {
		if at := o.facts.Times[candidate].At; !at.IsZero() {
			return at, candidate != m && m != sla.Aware
		}
	}
	return start, true
}
