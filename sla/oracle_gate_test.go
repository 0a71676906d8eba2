package sla_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
)

// someServices are the services of the world's vendor: alike, because names are
// compared exactly, and one is the word for an unknown fact of other kinds.
var someServices = []string{"Mail", "mail", "Mail 2", "メール", "unknown"}

// shut lists the facts for which a gate leaves the incident out, worked out a second
// time: a known fact that the gate's list does not name.
func (o *oracle) shut(g *sla.Gate) (by []sla.Dimension) {
	for _, asked := range []struct {
		by     sla.Dimension
		fact   string
		known  bool
		listed []string
	}{
		{sla.ByService, o.facts.Service, o.facts.Service != "", g.Service},
		{sla.ByImpact, string(o.facts.Impact), o.facts.Impact != "" && o.facts.Impact != sla.ImpactUnknown, texts(g.Impact)},
		{sla.ByScope, string(o.facts.Scope), o.facts.Scope != "" && o.facts.Scope != sla.ScopeUnknown, texts(g.Scope)},
		{sla.BySeverity, string(o.facts.Severity), o.facts.Severity != "", texts(g.Severity)},
	} {
		named := map[string]bool{}
		for _, value := range asked.listed {
			named[value] = true
		}
		if asked.known && len(named) > 0 && !named[asked.fact] {
			by = append(by, asked.by)
		}
	}
	return by
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// drawGate draws a gate that asks for some of the facts, or for none.
func drawGate(t *rapid.T) (g sla.Gate) {
	if rapid.IntRange(0, 2).Draw(t, "gated") > 0 {
		return g
	}
	g.Service = drawSome(t, "gate.service", someServices)
	g.Impact = drawSome(t, "gate.impact", sla.Impacts[:])
	g.Scope = drawSome(t, "gate.scope", sla.Scopes[:])
	g.Severity = drawSome(t, "gate.severity", sla.Severities[:])
	return g
}

// drawSome draws some of the values without repetition, often none.
func drawSome[T comparable](t *rapid.T, label string, values []T) []T {
	if rapid.Bool().Draw(t, label+" is open") {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, len(values), rapid.ID).Draw(t, label)
}

// checkShut holds a promise with a shut gate to the facts that shut it: no deadline,
// and one step for each fact.
func checkShut(t *rapid.T, p *sla.Promise, f *sla.Facts, by []sla.Dimension) {
	d, err := p.Deadline(f)
	if err != nil || d.State != sla.NotApplicable || !d.Due.IsZero() || p.Gate.Open(f) {
		t.Fatalf("gate %+v, facts %+v: %s due %s, %v, want not_applicable", p.Gate, f, d.State, d.Due, err)
	}
	_, e, err := p.Explain(f)
	if err != nil {
		t.Fatal(err)
	}
	var named []sla.Dimension
	for _, s := range e.Steps {
		if s.Kind != sla.StepGateShut || s.Value == "" {
			t.Fatalf("the step %+v of a shut gate", s)
		}
		named = append(named, s.By)
	}
	if !slices.Equal(named, by) {
		t.Fatalf("gate %+v, facts %+v: the steps name %v, want %v", p.Gate, f, named, by)
	}
}

// TestGateByService: a promise about two of three services, by hand.
func TestGateByService(t *testing.T) {
	for _, test := range []struct {
		name, service string
		impact        sla.Impact
		state         sla.State
	}{
		{"the first", "Sotas工程管理", "", sla.Running},
		{"the second", "Sotasデータベース", "", sla.Running},
		{"another", "Sotas化学調査", "", sla.NotApplicable},
		{"not known yet", "", "", sla.Running},
		{"a part of a name", "Sotas", "", sla.NotApplicable},
		{"a longer name", "Sotas工程管理 ", "", sla.NotApplicable},
		{"the word for another unknown fact", "unknown", "", sla.NotApplicable},
		{"one of them, without impact", "Sotas工程管理", sla.ImpactNone, sla.NotApplicable},
		{"one of them, with impact", "Sotas工程管理", sla.ImpactSerious, sla.Running},
		{"another, with impact", "Sotas化学調査", sla.ImpactSerious, sla.NotApplicable},
	} {
		p := promising(elapsed(6*time.Hour), tokyoDesk(t))
		p.Gate = sla.Gate{Service: []string{"Sotas工程管理", "Sotasデータベース"}, Impact: []sla.Impact{sla.ImpactSerious}}
		facts := starting(p, at(t, "2026-05-01 10:00"))
		facts.Service, facts.Impact = test.service, test.impact
		d, err := p.Deadline(facts)
		if err != nil || d.State != test.state || d.Due.IsZero() != (test.state == sla.NotApplicable) {
			t.Errorf("%s: %s due %s, %v; want %s", test.name, d.State, d.Due, err, test.state)
		}
		if d.Assumed() {
			t.Errorf("%s: an unknown service makes the deadline an assumption", test.name)
		}
	}
}
