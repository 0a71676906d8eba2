package grammar

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"kigen/sla"
)

// PromiseError is one fault of a promise.
type PromiseError struct {
	Path    string // as configuration names the field, such as stages[1].after
	Value   string // the value found; empty: nothing to show
	Message string // the fault and its remedy
}

// Error names the field, the value and the remedy.
func (e *PromiseError) Error() string { return located(e.Path, e.Value, e.Message) }

// Check reports all faults of a promise, joined: *RuleErrors for its rules,
// *PromiseErrors for the rest.
func Check(p *sla.Promise) error {
	var c promiseCheck
	c.fields(p)
	c.gate(&p.Gate)
	c.channels("channels", &p.Channels, true)
	if ch := &p.Channels; ch.Strict && len(ch.Any)+len(ch.All)+len(ch.ByScope) == 0 {
		c.addf("strict", true, "refuses every channel but those that are named: name them under channels, or leave it out")
	}
	if len(p.Stages) > 0 {
		c.stages(p.Stages)
		c.stagesAlone(p)
	} else {
		c.due(p)
	}
	c.expect(p)
	c.about(p)
	return errors.Join(c.problems...)
}

// promiseCheck collects the faults of a promise.
type promiseCheck struct{ problems []error }

func (c *promiseCheck) addf(path string, value any, format string, args ...any) {
	c.problems = append(c.problems, &PromiseError{
		Path: path, Value: fmt.Sprint(value), Message: fmt.Sprintf(format, args...),
	})
}

func (c *promiseCheck) rule(path string, r *sla.Rule) {
	check := ruleCheck{}
	check.rule(r, path, 1)
	c.problems = append(c.problems, check.problems...)
}

func (c *promiseCheck) fields(p *sla.Promise) {
	if p.ID == "" {
		c.addf("id", "", "is missing: name the promise, such as incident-notice")
	}
	if p.Calendar == nil {
		c.addf("calendar", "", "is missing: every deadline is reckoned in a calendar's zone")
	}
	if !slices.Contains(sla.Strengths[:], p.Strength) {
		c.addf("strength", p.Strength, "use %s", orList(names(sla.Strengths[:])))
	}
	if !p.Start.Known() {
		c.addf("start", p.Start, "use %s", sla.MomentNames())
	}
	if p.From != 0 && p.To != 0 && p.From > p.To {
		c.addf("effective.to", p.To, "lies before from, %s: swap them", p.From)
	}
	if p.Strength == sla.AsNeeded && p.Commits() {
		c.addf("strength", p.Strength, "promises no time, but due names one: use firm, target or best_effort, or due: as_needed")
	}
}

// about checks that the promise suits the kind that it is about: the moments that it
// counts from are those of that kind, and a periodic promise has rounds.
func (c *promiseCheck) about(p *sla.Promise) {
	kind := p.KindOf()
	if !kind.Known() {
		c.addf("about", kind, "use %s", sla.KindNames())
		return
	}
	if p.Start.Known() && !p.Start.Of(kind) {
		c.addf("start", p.Start, "an incident of kind %s has no such moment: use %s", kind, kind.MomentNames())
	}
	for _, rule := range rulesOf(p) {
		c.moments(rule.path, rule.rule, kind)
		if rule.rule.Op == sla.OpEvery && (kind != sla.KindPeriodic || !rule.main) {
			c.addf(rule.path, "", "every is the due of a promise about: %s: leave it out, or give the cadence of a stage as every: true", sla.KindPeriodic)
		}
	}
	if kind == sla.KindPeriodic && p.Due.Op != sla.OpEvery && p.Due.Op != sla.OpNone || kind == sla.KindPeriodic && len(p.Stages) > 0 {
		c.addf("due", "", "a periodic promise falls due again after each answer: give it as {every: {months: 12}}, or as_needed")
	}
	if p.Anchor != 0 && !p.Periodic() {
		c.addf("anchor", p.Anchor, "is where the rounds of a periodic promise begin: leave it out, or give due as {every: {months: 12}}")
	}
}

// moments refuses a rule that counts from a moment that the kind does not have.
func (c *promiseCheck) moments(path string, r *sla.Rule, kind sla.IncidentKind) {
	if (r.Op == sla.OpFrom || r.Op == sla.OpLapses) && r.From.Known() && !r.From.Of(kind) {
		c.addf(path, r.From, "an incident of kind %s has no such moment: use %s", kind, kind.MomentNames())
	}
	for i := range r.Args {
		c.moments(path, &r.Args[i], kind)
	}
	for i := range r.Cases {
		c.moments(path, &r.Cases[i].Rule, kind)
	}
}

// placedRule is a rule of a promise with the path of its field.
type placedRule struct {
	path string
	rule *sla.Rule
	main bool // the due of the promise, or of a reading
}

func rulesOf(p *sla.Promise) []placedRule {
	list := []placedRule{{"due", &p.Due, true}}
	for i := range p.Readings {
		list = append(list, placedRule{fmt.Sprintf("readings[%d].due", i), &p.Readings[i].Due, true})
	}
	for i := range p.Stages {
		list = append(list, placedRule{fmt.Sprintf("stages[%d].due", i), &p.Stages[i].Due, false})
	}
	if p.Expect != nil {
		list = append(list, placedRule{"expect", p.Expect, false})
	}
	return list
}

// gate checks the values of a gate. The services are those of the vendor, which the
// promise does not hold: the configuration checks the names.
func (c *promiseCheck) gate(g *sla.Gate) {
	for i, name := range g.Service {
		at := fmt.Sprintf("gate.service[%d]", i)
		if name == "" {
			c.addf(at, "", "is empty: name one of the vendor's services")
		} else if slices.Contains(g.Service[:i], name) {
			c.addf(at, name, "comes twice: keep one")
		}
	}
	allowed(c, "gate.impact", g.Impact, sla.Impacts[:])
	allowed(c, "gate.scope", g.Scope, sla.Scopes[:])
	allowed(c, "gate.severity", g.Severity, sla.Severities[:])
}

func allowed[T ~string](c *promiseCheck, path string, given, known []T) {
	for i, value := range given {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !slices.Contains(known, value) {
			c.addf(at, value, "use %s", orList(names(known)))
		} else if slices.Contains(given[:i], value) {
			c.addf(at, value, "comes twice: keep one")
		}
	}
}

// channels checks one set of channels. Only the outermost may depend on the scope.
func (c *promiseCheck) channels(path string, ch *sla.Channels, outermost bool) {
	kinds := 0
	for _, set := range []bool{len(ch.Any) > 0, len(ch.All) > 0, len(ch.ByScope) > 0} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		c.addf(path, "", "any, all and by_scope exclude each other: use one")
	}
	if kinds == 0 && !outermost {
		c.addf(path, "", "names no channel: use any or all with at least one")
	}
	for _, name := range slices.Concat(ch.Any, ch.All) {
		if name == "" {
			c.addf(path, "", "a channel's name is empty: use email, phone, portal, site or a name of your own")
		}
	}
	if len(ch.ByScope) > 0 && !outermost {
		c.addf(path, "", "by_scope inside by_scope: use any or all")
		return
	}
	for _, scope := range sla.Scopes {
		if inner, ok := ch.ByScope[scope]; ok {
			c.channels(path+".by_scope."+string(scope), &inner, false)
		}
	}
	for scope := range ch.ByScope {
		if !slices.Contains(sla.Scopes[:], scope) {
			c.addf(path+".by_scope", scope, "use %s", orList(names(sla.Scopes[:])))
		}
	}
}

// due checks the promise's one rule, or its readings.
func (c *promiseCheck) due(p *sla.Promise) {
	if len(p.Readings) > 0 {
		c.readings(p)
		return
	}
	c.rule("due", &p.Due)
	if p.Reading != "" {
		c.addf("reading", p.Reading, "no readings are given: leave it out, or give readings")
	}
}

// readings checks that the reading in force is one of those named, and that Due is
// the rule of that reading.
func (c *promiseCheck) readings(p *sla.Promise) {
	ids := make([]string, len(p.Readings))
	inForce := -1
	for i := range p.Readings {
		r := &p.Readings[i]
		at := fmt.Sprintf("readings[%d]", i)
		if r.ID == "" {
			c.addf(at, "", "a reading's id is missing: name it, such as next-opening")
		} else if slices.Contains(ids[:i], r.ID) {
			c.addf(at, r.ID, "the id comes twice: keep one")
		}
		if ids[i] = r.ID; r.ID == p.Reading {
			inForce = i
		}
		c.rule(at+".due", &r.Due)
	}
	if inForce < 0 {
		c.addf("reading", p.Reading, "use %s", orList(ids))
	} else if !reflect.DeepEqual(p.Due, p.Readings[inForce].Due) {
		c.addf("due", "", "differs from the reading in force, %q: use that reading's rule", p.Reading)
	}
}

// stages checks that each stage counts from the start or from an earlier stage, so
// that there is no cycle.
func (c *promiseCheck) stages(stages []sla.Stage) {
	ids := make([]string, len(stages))
	for i := range stages {
		s := &stages[i]
		at := fmt.Sprintf("stages[%d]", i)
		if s.ID == "" {
			c.addf(at+".id", "", "is missing: name the stage, such as first or final")
		} else if slices.Contains(ids[:i], s.ID) {
			c.addf(at+".id", s.ID, "comes twice: keep one")
		}
		if strings.Contains(s.ID, sla.RoundMark) {
			c.addf(at+".id", s.ID, "%s numbers the rounds of a cadence: use letters, digits, - and _", sla.RoundMark)
		}
		if s.After != "" && !slices.Contains(ids[:i], s.After) {
			c.addf(at+".after", s.After, "is not an earlier stage: name a stage listed above it, or leave it out to count from the start")
		}
		if s.Every && s.Due.Op == sla.OpNone {
			c.addf(at+".every", s.Every, "a cadence needs a time: give due a length")
		}
		ids[i] = s.ID
		c.rule(at+".due", &s.Due)
		c.stageExtras(at, s)
	}
}

// stageExtras checks what a report to an authority adds to a stage.
func (c *promiseCheck) stageExtras(at string, s *sla.Stage) {
	if s.Strength != "" && !slices.Contains(sla.Strengths[:], s.Strength) {
		c.addf(at+".strength", s.Strength, "use %s, or leave it out for that of the promise", orList(names(sla.Strengths[:])))
	}
	if s.Latest && s.After == "" {
		c.addf(at+".latest", s.Latest, "counts from the latest notice for another stage: name that stage under after")
	}
	if s.Guide == nil {
		return
	}
	c.rule(at+".guide", s.Guide)
	if s.Due.Op == sla.OpNone || s.Guide.Op == sla.OpNone {
		c.addf(at+".guide", "", "is the earlier instant of a range: give due and guide a time, such as due: {days: 5} and guide: {days: 3}")
	}
}

func (c *promiseCheck) stagesAlone(p *sla.Promise) {
	if len(p.Readings) > 0 || p.Reading != "" {
		c.addf("readings", "", "a promise with stages has none: give each stage its due")
	}
}

func (c *promiseCheck) expect(p *sla.Promise) {
	if p.Expect == nil {
		return
	}
	if p.Commits() {
		c.addf("expect", "", "is for a promise without a time: leave it out, the deadline alerts by itself")
	}
	if p.Expect.Op == sla.OpNone {
		c.addf("expect", "", "needs a time, such as 72h")
	}
	c.rule("expect", p.Expect)
}
