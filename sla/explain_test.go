package sla_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
)

// TestOtherReadingWithoutTime: a reading by which nothing is promised says so.
func TestOtherReadingWithoutTime(t *testing.T) {
	p := promising(elapsed(time.Hour), tokyoDesk(t))
	p.Reading = "hour"
	p.Readings = []sla.Reading{
		{ID: "hour", Due: p.Due},
		{ID: "none", Due: sla.Rule{Op: sla.OpNone}, Says: calendar.Text{Ja: "努力目標", En: "a mere aim"}},
		{ID: "unnamed", Due: elapsed(2 * time.Hour)},
		{ID: "same", Due: elapsed(60 * time.Minute)},
	}
	_, e, err := p.Explain(starting(p, at(t, "2026-05-01 18:00")))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain/readings", explained(&e))
}

// TestStagesSayWhatTheyCountFrom: a stage after another one counts from that
// one's notice, and waits for it.
func TestStagesSayWhatTheyCountFrom(t *testing.T) {
	p := promising(sla.Rule{}, tokyoDesk(t))
	p.Stages = []sla.Stage{
		{ID: "first", Name: calendar.Text{Ja: "第一報", En: "First notice"}, Due: elapsed(12 * time.Hour)},
		{ID: "final", Name: calendar.Text{Ja: "最終報告", En: "Final report"}, After: "first", Due: businessDays(2, sla.Close)},
	}
	facts := starting(p, at(t, "2026-06-11 22:00"))
	d, e, err := p.ExplainStage(&p.Stages[1], facts, time.Time{})
	if err != nil || d.State != sla.Pending {
		t.Fatalf("%s, %v; want pending", d.State, err)
	}
	golden(t, "explain/stage-pending", explained(&e))
	d, e, err = p.ExplainStage(&p.Stages[1], facts, at(t, "2026-06-12 08:00"))
	if err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2026-06-16 17:00")
	golden(t, "explain/stage", explained(&e))
	// Deadline is the first stage's.
	if d, err = p.Deadline(facts); err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2026-06-12 10:00")
}

// TestGateSaysWhatKeepsItShut names each fact, and only those.
func TestGateSaysWhatKeepsItShut(t *testing.T) {
	p := promising(elapsed(time.Hour), tokyoDesk(t))
	p.Gate = sla.Gate{
		Service:  []string{"Mail"},
		Impact:   []sla.Impact{sla.ImpactSerious},
		Scope:    []sla.Scope{sla.ScopeAll},
		Severity: []sla.Severity{sla.SeverityCritical},
	}
	facts := starting(p, at(t, "2026-05-01 18:00"))
	facts.Service, facts.Impact, facts.Scope, facts.Severity = "Storage", sla.ImpactNone, sla.ScopeAll, sla.SeverityLow
	d, e, err := p.Explain(facts)
	if err != nil || d.State != sla.NotApplicable || !d.Due.IsZero() {
		t.Fatalf("%s due %s, %v", d.State, d.Due, err)
	}
	golden(t, "explain/gate", explained(&e))
	// What is unknown counts as applying.
	facts.Service, facts.Impact, facts.Scope, facts.Severity = "", sla.ImpactUnknown, "", ""
	if d, err = p.Deadline(facts); err != nil || d.State != sla.Running {
		t.Errorf("unknown facts: %s, %v", d.State, err)
	}
}

// TestLeadsAreExplained: days before, and the days skipped on the way back.
func TestLeadsAreExplained(t *testing.T) {
	tests := map[string]sla.Rule{
		"lead-business-days": businessDays(-3, sla.Close),
		"lead-week-rolled":   days(-7, sla.Close, sla.RollPrevious),
		"lead-open-time":     businessTime(-9 * time.Hour),
	}
	for name, rule := range tests {
		p := promising(rule, tokyoDesk(t))
		_, e, err := p.Explain(starting(p, at(t, "2026-08-18 11:00")))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "explain/"+name, explained(&e))
	}
}

// TestLongLengthsStayShort: nobody reads 3,000 days one by one.
func TestLongLengthsStayShort(t *testing.T) {
	for _, rule := range []sla.Rule{businessDays(2000, sla.Close), businessTime(9000 * time.Hour), days(3000, sla.Close, sla.RollNext)} {
		p := promising(rule, tokyoDesk(t))
		_, e, err := p.Explain(starting(p, at(t, "2020-06-10 11:00")))
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Steps) > 12 {
			t.Errorf("%s is explained in %d steps", &rule, len(e.Steps))
		}
	}
}

// TestRuleText: a rule writes itself close to the configuration's words.
func TestRuleText(t *testing.T) {
	tests := []struct {
		rule sla.Rule
		want string
	}{
		{byHours(elapsed(6*time.Hour), laterOf(nextOpening, elapsed(6*time.Hour))), "inside_hours: 6h; outside_hours: later_of(next_opening, 6h)"},
		{elapsed(90 * time.Minute), "1h30m"},
		{elapsed(15 * time.Second), "15s"},
		{businessTime(4 * time.Hour), "4h of business hours"},
		{businessDays(1, ""), "1 business day"},
		{businessDays(3, sla.Close), "3 business days, ends close"},
		{countingStartDay(days(5, "", sla.RollNext)), "5 days, counting the start day, roll next_business_day"},
		{days(-7, "", ""), "7 days before"},
		{months(1), "1 month"},
		{sla.Rule{Op: sla.OpNone}, "none"},
		{from(sla.Aware, elapsed(24*time.Hour)), "24h from aware"},
		{cases(sla.BySeverity, sla.Case{Value: "high", Rule: elapsed(time.Hour)}, sla.Case{Rule: sla.Rule{Op: sla.OpNone}}), "by severity (high: 1h; default: none)"},
	}
	for _, test := range tests {
		if got := test.rule.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // also where nothing fits together
		if rule := anyRule(t, 3); rule.String() == "" {
			t.Fatal("no text")
		}
	})
}

// anyRule draws what Validate would refuse as well.
func anyRule(t *rapid.T, depth int) sla.Rule {
	rule := sla.Rule{
		Op: rapid.SampledFrom([]sla.Op{
			sla.OpNone, sla.OpElapsed, sla.OpBusinessTime, sla.OpBusinessDays, sla.OpDays, sla.OpMonths, sla.OpNextOpening,
			sla.OpNextDayStart, sla.OpLaterOf, sla.OpEarlierOf, sla.OpHours, sla.OpCases, sla.OpFrom, 0, 200,
		}).Draw(t, "op"),
		Length: time.Duration(rapid.Int64().Draw(t, "length")),
		Count:  rapid.Int().Draw(t, "count"),
		Ends:   sla.Ends(rapid.String().Draw(t, "ends")),
		Roll:   sla.Roll(rapid.String().Draw(t, "roll")),
		By:     sla.Dimension(rapid.String().Draw(t, "by")),
		From:   sla.Moment(rapid.Uint8().Draw(t, "from")),
	}
	if depth == 0 {
		return rule
	}
	for range rapid.IntRange(0, 3).Draw(t, "args") {
		rule.Args = append(rule.Args, anyRule(t, depth-1))
	}
	for range rapid.IntRange(0, 2).Draw(t, "cases") {
		rule.Cases = append(rule.Cases, sla.Case{Value: rapid.String().Draw(t, "value"), Rule: anyRule(t, depth-1)})
	}
	return rule
}
