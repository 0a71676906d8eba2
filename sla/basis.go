package sla

import (
	"time"

	"kigen/calendar"
)

// Bounds describe how a deadline depends on unknown facts. The zero value is that
// of a deadline that depends on known facts only, or that counts from a stand-in
// and has no other bound: then the basis of its start is Assumed.
type Bounds struct {
	// Until is the latest deadline that any value of the unknown facts gives:
	// after it, late is provable. Zero: there is no such bound.
	Until time.Time `json:"until,omitzero"`
	// Warn is the earlier deadline that a part of the rule would give if the moment
	// that it waits for had come. It causes warnings and is not binding.
	Warn time.Time `json:"warn,omitzero"`
	// Assumed: the deadline is the strictest that the unknown facts allow. A
	// notice after it is not provably late before Until.
	Assumed bool `json:"assumed,omitempty"`
	// Proven: Until passed without a notice.
	Proven bool `json:"proven,omitempty"`
}

// unknownSet is a set of unknown facts.
type unknownSet uint8

// The unknown facts that a deadline can rest on.
const (
	unknownMoment unknownSet = 1 << iota
	unknownSeverity
	unknownScope
	unknownImpact
)

// flag is the set of the dimension's fact.
func (d Dimension) flag() unknownSet {
	switch d {
	case BySeverity:
		return unknownSeverity
	case ByScope:
		return unknownScope
	case ByImpact:
		return unknownImpact
	}
	return 0
}

// weigh sets the bounds of a deadline that was worked out with unknown facts.
// Start is the start of the promise or the stage.
func (r *reckoner) weigh(d *Deadline, rule *Rule, start Start, due calendar.Instant) error {
	from := calendar.InstantOf(start.At)
	b := bounder{reckoner: reckoner{cal: r.cal, facts: r.facts}, start: certain}
	if start.At.IsZero() || start.Basis == Assumed {
		b.start = unbounded
	}
	until, err := b.worlds(rule, from, r.unknown|b.ungraded(rule))
	if err != nil {
		return err
	}
	if until.After(due) || until.IsZero() {
		d.Bounds.Assumed = true
		if !until.IsZero() {
			d.Bounds.Until = r.cal.Time(until)
		}
	}
	if d.Bounds.Assumed && d.Bounds.Until.IsZero() && d.Start.Basis == Assumed {
		d.Bounds = Bounds{} // the basis of the start is enough
	}
	if !r.dropped || start.At.IsZero() {
		return nil
	}
	quiet := reckoner{cal: r.cal, facts: r.facts, assume: true, leg: leg(moments)}
	warn, err := quiet.due(rule, from)
	if err == nil && !warn.IsZero() && due.After(warn) {
		d.Bounds.Warn = r.cal.Time(warn)
	}
	return err
}

// bounder finds the latest deadline that any values of the unknown facts give. One
// assignment of values to all of them is a world.
type bounder struct {
	reckoner
	start  extent     // of the promise's start
	guess  unknownSet // the facts that are assigned by the world
	severe Severity
	scope  Scope
	impact Impact
}

// extent relates an instant to the true one, which follows if all facts are known.
type extent uint8

// The extents.
const (
	certain   extent = iota // it is the true instant
	atMost                  // the true instant is at or before it
	unbounded               // nothing is known
)

// worlds returns the latest bound over all values of the unknown facts; zero where
// one of them has no bound.
func (b *bounder) worlds(rule *Rule, start calendar.Instant, unknown unknownSet) (latest calendar.Instant, err error) {
	count := 1
	b.guess = unknown
	for _, by := range [...]Dimension{BySeverity, ByScope, ByImpact} {
		if unknown&by.flag() != 0 {
			count *= by.known()
		}
	}
	for world := range count {
		b.assign(world)
		at, x, err := b.bound(rule, start, b.start)
		if err != nil || x == unbounded || at.IsZero() {
			return calendar.Instant{}, err
		}
		if at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}

// ungraded are the unknown facts of all cases in the rule: where another fact turns
// out to be other than assumed, they decide too.
func (b *bounder) ungraded(rule *Rule) (facts unknownSet) {
	if rule.Op == OpCases && b.facts.value(rule.By) == unknown {
		facts = rule.By.flag()
	}
	for i := range rule.Args {
		facts |= b.ungraded(&rule.Args[i])
	}
	for i := range rule.Cases {
		facts |= b.ungraded(&rule.Cases[i].Rule)
	}
	return facts
}

// known is the number of values that a fact can have once it is known.
func (d Dimension) known() int {
	switch d {
	case BySeverity:
		return len(Severities)
	case ByScope:
		return len(Scopes) - 1 // without unknown, the last
	default:
		return len(Impacts) - 1
	}
}

// assign sets the unknown facts to the values of the world with the given number.
func (b *bounder) assign(world int) {
	if b.guess&unknownSeverity != 0 {
		b.severe = Severities[world%BySeverity.known()]
		world /= BySeverity.known()
	}
	if b.guess&unknownScope != 0 {
		b.scope = Scopes[world%ByScope.known()]
		world /= ByScope.known()
	}
	if b.guess&unknownImpact != 0 {
		b.impact = Impacts[world]
	}
}

// value returns a fact in this world.
func (b *bounder) value(by Dimension) string {
	switch {
	case b.guess&by.flag() == 0:
		return b.facts.value(by)
	case by == BySeverity:
		return string(b.severe)
	case by == ByScope:
		return string(b.scope)
	}
	return string(b.impact)
}

// bound returns the latest instant that the rule gives for a start of the given
// extent. A zero instant promises no time.
func (b *bounder) bound(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	switch rule.Op {
	case OpNone:
		return calendar.Instant{}, certain, nil
	case OpFrom:
		return b.boundFrom(rule, start, x)
	case OpThen:
		at, x, err := b.bound(&rule.Args[0], start, x)
		if err != nil || x == certain && at.IsZero() {
			return at, x, err
		}
		return b.bound(&rule.Args[1], at, x)
	case OpLaterOf, OpEarlierOf:
		return b.boundPick(rule, start, x)
	case OpHours:
		return b.boundHours(rule, start, x)
	case OpCases:
		return b.boundCases(rule, start, x)
	case OpEvery:
		return b.bound(&rule.Args[0], start, x)
	case OpRolled:
		return b.boundRolled(rule, start, x)
	case OpLapses:
		return b.boundLapses(rule, start, x)
	}
	if x == unbounded || x == atMost && rule.Ends == SameTime {
		return calendar.Instant{}, unbounded, nil
	}
	at, err := b.due(rule, start) // a later start never gives an earlier deadline
	return at, x, err
}

func (b *bounder) boundFrom(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	if s := &b.facts.Times[rule.From]; s.Known() && s.Basis != Assumed {
		return b.bound(&rule.Args[0], calendar.InstantOf(s.At), certain)
	}
	return b.bound(&rule.Args[0], start, unbounded)
}

func (b *bounder) boundPick(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	var best calendar.Instant
	widest, missing := certain, false
	for i := range rule.Args {
		at, got, err := b.bound(&rule.Args[i], start, x)
		switch {
		case err != nil:
			return at, got, err
		case got == unbounded:
			missing = true
			continue
		case at.IsZero():
			continue
		}
		widest = max(widest, got)
		if best.IsZero() || at.After(best) == (rule.Op == OpLaterOf) {
			best = at
		}
	}
	switch {
	case !missing:
		return best, widest, nil
	case rule.Op == OpLaterOf || best.IsZero():
		return calendar.Instant{}, unbounded, nil
	}
	return best, atMost, nil
}

func (b *bounder) boundHours(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	if x == certain {
		_, inside := b.cal.Locate(start)
		return b.bound(&rule.Args[1-bit(inside)], start, x)
	}
	a, ax, err := b.bound(&rule.Args[0], start, x)
	if err != nil {
		return a, ax, err
	}
	c, cx, err := b.bound(&rule.Args[1], start, x)
	switch {
	case err != nil || ax == unbounded || cx == unbounded || a.IsZero() || c.IsZero():
		return calendar.Instant{}, unbounded, err
	case c.After(a):
		a = c
	}
	return a, atMost, nil
}

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}

// boundCases takes the case of this world's fact. A case for the unknown fact may
// hold as well: the vendor may not know the fact either.
func (b *bounder) boundCases(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	value := b.value(rule.By)
	at, got, err := b.boundCase(rule, value, start, x)
	if err != nil || b.guess&rule.By.flag() == 0 || !rule.hasCase(unknown) {
		return at, got, err
	}
	other, also, err := b.boundCase(rule, unknown, start, x)
	switch {
	case err != nil || got == unbounded || also == unbounded || at.IsZero() || other.IsZero():
		return calendar.Instant{}, unbounded, err
	case other.After(at):
		at = other
	}
	return at, atMost, nil
}

func (b *bounder) boundCase(rule *Rule, value string, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	for i := range rule.Cases {
		if c := &rule.Cases[i]; c.Value == value || c.Value == "" && value != unknown {
			return b.bound(&c.Rule, start, x)
		}
	}
	return calendar.Instant{}, certain, nil
}

func (r *Rule) hasCase(value string) bool {
	for i := range r.Cases {
		if r.Cases[i].Value == value {
			return true
		}
	}
	return false
}

// boundRolled is bound for OpRolled: an instant before the bound, on the same day,
// may have been rolled to the end of that day by the rule, and no further.
func (b *bounder) boundRolled(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	at, got, err := b.bound(&rule.Args[0], start, x)
	switch {
	case err != nil || at.IsZero() || got == unbounded:
		return at, got, err
	case got == atMost && rule.Ends == SameTime:
		return calendar.Instant{}, unbounded, nil
	}
	day := b.cal.DateAt(at.Add(-1))
	rolled, end, err := b.rollToEnd(rule, day, at)
	switch {
	case err != nil:
		return end, got, err
	case rolled != day:
		if got == certain || end.After(at) {
			at = end
		}
	case got == atMost && end.After(at):
		at = end
	}
	return at, got, nil
}

func (b *bounder) boundLapses(rule *Rule, start calendar.Instant, x extent) (calendar.Instant, extent, error) {
	at, got, err := b.bound(&rule.Args[0], start, x)
	before := &b.facts.Times[rule.From]
	switch {
	case err != nil || at.IsZero() || got == unbounded:
		return at, got, err
	case got == atMost || !before.Known() || before.Basis == Assumed:
		return calendar.Instant{}, unbounded, nil
	case calendar.InstantOf(before.At).After(at):
		return calendar.Instant{}, certain, nil
	}
	return at, got, nil
}

// needsStart reports whether the rule gives no instant without the start.
func (r *reckoner) needsStart(rule *Rule) bool {
	switch rule.Op {
	case OpNone:
		return false
	case OpFrom:
		_, known := r.facts.Times.Start(rule.From)
		return !known
	case OpEarlierOf:
		for i := range rule.Args {
			if !r.needsStart(&rule.Args[i]) {
				return false
			}
		}
		return true
	case OpLaterOf:
		for i := range rule.Args {
			if r.needsStart(&rule.Args[i]) {
				return true
			}
		}
		return false
	case OpThen, OpRolled, OpLapses, OpEvery:
		return len(rule.Args) == 0 || r.needsStart(&rule.Args[0])
	}
	return true
}
