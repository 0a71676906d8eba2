package sla_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/policy"
)

func lapses(m sla.Moment, rule sla.Rule) sla.Rule {
	return sla.Rule{Op: sla.OpLapses, From: m, Args: []sla.Rule{rule}}
}

func then(point, rule sla.Rule) sla.Rule {
	return sla.Rule{Op: sla.OpThen, Args: []sla.Rule{point, rule}}
}

func rolled(rule sla.Rule, roll sla.Roll, ends sla.Ends) sla.Rule {
	return sla.Rule{Op: sla.OpRolled, Roll: roll, Ends: ends, Args: []sla.Rule{rule}}
}

// known is an incident of which these moments are stated, or observed where they
// are ours.
func known(t testing.TB, moments map[sla.Moment]string) *sla.Facts {
	t.Helper()
	f := &sla.Facts{}
	for m, when := range moments {
		f.Times[m] = sla.Stamp{At: at(t, when), Basis: sla.Stated}
		if m >= sla.Aware {
			f.Times[m].Basis = sla.Observed
		}
	}
	return f
}

// judged is the clock of a promise after a notice, which may be none.
func judged(t testing.TB, p *sla.Promise, f *sla.Facts, notice, now string) *sla.Clock {
	t.Helper()
	d, e, err := p.Explain(f)
	if err != nil {
		t.Fatal(err)
	}
	c := &sla.Clock{Explanation: e}
	if notice != "" {
		c.NotifiedAt = at(t, notice)
	}
	c.Settle(d, policy.Policies(nil), sla.Acknowledgement{}, at(t, now))
	return c
}

// TestVerdictRestsOnWhatIsKnown: what stands for an unknown fact warns, and
// convicts nobody; what is stated bounds a deadline whatever else is unknown.
func TestVerdictRestsOnWhatIsKnown(t *testing.T) {
	declaredOrDetected := earlierOf(from(sla.Declared, elapsed(4*time.Hour)), from(sla.Detected, elapsed(24*time.Hour)))
	bySeverity := cases(sla.BySeverity, sla.Case{Value: "critical", Rule: elapsed(15 * time.Minute)}, sla.Case{Rule: elapsed(24 * time.Hour)})
	dora := earlierOf(from(sla.Declared, elapsed(4*time.Hour)), lapses(sla.Declared, from(sla.Aware, elapsed(24*time.Hour))))
	logged := map[sla.Moment]string{sla.Detected: "2026-11-10 10:00", sla.Logged: "2026-11-10 10:05"}
	late := map[sla.Moment]string{sla.Detected: "2026-11-10 10:00", sla.Logged: "2026-11-12 12:00"}
	aware := map[sla.Moment]string{sla.Aware: "2026-11-10 10:00", sla.Logged: "2026-11-10 10:00"}
	occurred := map[sla.Moment]string{sla.Occurred: "2026-11-10 10:00", sla.Logged: "2026-11-10 10:00"}
	for _, test := range []struct {
		name        string
		start       sla.Moment
		rule        sla.Rule
		facts       map[sla.Moment]string
		notice      string
		due         string
		state       sla.State
		notProvable bool
		from        sla.Moment
		warn        string
	}{
		{"a leg waits for its moment", sla.Declared, declaredOrDetected, logged, "2026-11-10 20:00", "2026-11-11 10:00", sla.Met, false, sla.Detected, "2026-11-10 14:05"},
		{"what is known bounds it", sla.Declared, declaredOrDetected, logged, "2026-11-12 12:00", "2026-11-11 10:00", sla.Late, false, sla.Detected, "2026-11-10 14:05"},
		{"a start after its due", sla.Declared, declaredOrDetected, late, "2026-11-12 12:00", "2026-11-11 10:00", sla.Late, false, sla.Detected, ""},
		{"the start is another leg's", sla.Detected, declaredOrDetected, logged, "2026-11-10 20:00", "2026-11-11 10:00", sla.Met, false, sla.Detected, "2026-11-10 14:05"},
		{"every leg waits", sla.Declared, declaredOrDetected, aware, "2026-11-10 20:00", "2026-11-10 14:00", sla.Late, true, sla.Aware, ""},
		{"a later leg waits", sla.Detected, laterOf(elapsed(time.Hour), from(sla.Declared, elapsed(4*time.Hour))), logged, "2026-11-10 20:00", "2026-11-10 14:05", sla.Late, true, sla.Detected, ""},
		{"the strictest case warns", sla.Occurred, bySeverity, occurred, "2026-11-10 12:00", "2026-11-10 10:15", sla.Late, true, sla.Occurred, ""},
		{"all cases are over", sla.Occurred, bySeverity, occurred, "2026-11-11 10:01", "2026-11-10 10:15", sla.Late, false, sla.Occurred, ""},
		{"all cases are over in silence", sla.Occurred, bySeverity, occurred, "", "2026-11-10 10:15", sla.Overdue, false, sla.Occurred, ""},
		{"not yet classified", sla.Declared, dora, aware, "2026-11-11 12:00", "2026-11-11 10:00", sla.Late, true, sla.Aware, "2026-11-10 14:00"},
		{"classified late", sla.Declared, dora, map[sla.Moment]string{sla.Aware: "2026-11-10 10:00", sla.Declared: "2026-11-11 12:00"}, "2026-11-11 15:00", "2026-11-11 16:00", sla.Met, false, sla.Declared, ""},
		{"classified early", sla.Declared, dora, map[sla.Moment]string{sla.Aware: "2026-11-10 10:00", sla.Declared: "2026-11-10 12:00"}, "2026-11-10 16:01", "2026-11-10 16:00", sla.Late, false, sla.Declared, ""},
		{"an assumed start", sla.Confirmed, elapsed(24 * time.Hour), aware, "2026-11-12 10:00", "2026-11-11 10:00", sla.Late, true, sla.Aware, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := promising(test.rule, tokyoDesk(t))
			p.Start = test.start
			c := judged(t, p, known(t, test.facts), test.notice, "2026-11-20 10:00")
			if !c.Due.Equal(at(t, test.due)) || c.State != test.state || c.NotProvable() != test.notProvable || c.Start.From != test.from {
				t.Errorf("due %s, %s, not provable %v, from %s; want %+v", c.Due, c.State, c.NotProvable(), c.Start.From, test)
			}
			if c.Start.At.After(c.Due) {
				t.Errorf("starts at %s, after its due %s", c.Start.At, c.Due)
			}
			if warn := c.Explanation.Bounds.Warn; warn.IsZero() != (test.warn == "") || test.warn != "" && !warn.Equal(at(t, test.warn)) {
				t.Errorf("warns at %s, want %s", warn, test.warn)
			}
		})
	}
}

// TestSilenceBecomesProvable: a clock that is overdue by an assumption plans to
// say when what is known bounds it.
func TestSilenceBecomesProvable(t *testing.T) {
	rule := cases(sla.BySeverity, sla.Case{Value: "critical", Rule: elapsed(15 * time.Minute)}, sla.Case{Rule: elapsed(24 * time.Hour)})
	p := promising(rule, tokyoDesk(t))
	facts := known(t, map[sla.Moment]string{sla.Occurred: "2026-11-10 10:00"})
	c := judged(t, p, facts, "", "2026-11-10 12:00")
	bound := at(t, "2026-11-11 10:00")
	if c.State != sla.Overdue || !c.NotProvable() || !c.NextStepAt.Equal(bound.Add(time.Millisecond)) || !c.ProvableDue().Equal(bound) {
		t.Fatalf("%s, not provable %v, next step %s", c.State, c.NotProvable(), c.NextStepAt)
	}
	c.Settle(c.Deadline(), policy.Policies(nil), sla.Acknowledgement{}, c.NextStepAt)
	if c.State != sla.Overdue || c.NotProvable() || c.Basis() != sla.Stated {
		t.Errorf("after the bound: %s, basis %s", c.State, c.Basis())
	}
	facts.Severity = sla.SeverityLow
	if c = judged(t, p, facts, "", "2026-11-10 12:00"); c.State != sla.Running || !c.Due.Equal(bound) || c.Basis() != sla.Stated {
		t.Errorf("with the severity known: %s, due %s, basis %s", c.State, c.Due, c.Basis())
	}
}

// TestBoundHolds: a late verdict that counts as provable stays one, whatever
// the unknown facts turn out to be; and one that does not rest on an assumption
// has its deadline as the bound.
func TestBoundHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if rapid.Bool().Draw(t, "nothing graded") {
			w.facts.Severity, w.facts.Scope, w.facts.Impact = "", "", ""
		}
		p := w.promise(w.drawRule(t, 3))
		p.Start = rapid.SampledFrom(allMoments).Draw(t, "start")
		d, err := p.Deadline(&w.facts)
		if err != nil {
			t.Fatal(err)
		}
		if d.State != sla.Running {
			return
		}
		c := sla.Clock{NotifiedAt: d.Due.Add(time.Hour)}
		c.Settle(d, policy.Policies(nil), sla.Acknowledgement{}, d.Due)
		bound := c.ProvableDue()
		if bound.IsZero() {
			return
		}
		if bound.Before(d.Due) {
			t.Fatalf("%s: provable from %s, before the due %s", &p.Due, bound, d.Due)
		}
		w.guess(t)
		truth, err := p.Deadline(&w.facts)
		if err != nil {
			t.Fatal(err)
		}
		if truth.State != sla.Running || truth.Due.After(bound) {
			t.Fatalf("%s: provable from %s, but %s, due %s, with all known", &p.Due, bound, truth.State, truth.Due)
		}
	})
}

// TestBoundOfNestedCases: a case that the strictest one hides may promise nothing.
func TestBoundOfNestedCases(t *testing.T) {
	hour := elapsed(time.Hour)
	rule := cases(sla.ByScope,
		sla.Case{Value: "unknown", Rule: hour},
		sla.Case{Rule: cases(sla.ByImpact, sla.Case{Value: "unknown", Rule: hour}, sla.Case{Rule: sla.Rule{Op: sla.OpNone}})})
	p := promising(rule, tokyoDesk(t))
	d, err := p.Deadline(starting(p, at(t, "2026-11-10 10:00")))
	if err != nil || !d.Due.Equal(at(t, "2026-11-10 11:00")) || !d.Bounds.Assumed || !d.Bounds.Until.IsZero() {
		t.Errorf("due %s, bounds %+v, %v; want 11:00, assumed, never provable", d.Due, d.Bounds, err)
	}
}

// TestEarlierOfWithoutAStart: the parts that need the start wait, and the known moment
// decides, with and without an explanation.
func TestEarlierOfWithoutAStart(t *testing.T) {
	p := promising(sla.Rule{Op: sla.OpEarlierOf, Args: []sla.Rule{
		nextOpening, from(sla.Occurred, elapsed(time.Hour)), {Op: sla.OpRolled, Args: []sla.Rule{nextOpening}, Roll: sla.RollNext},
	}}, tokyoDesk(t))
	p.Start = sla.Detected
	facts := starting(p, at(t, "2026-11-10 10:00"))
	facts.Times = sla.Times{sla.Occurred: {At: at(t, "2026-11-10 10:00"), Basis: sla.Stated}}
	d, err := p.Deadline(facts)
	explained, _, failed := p.Explain(facts)
	for _, got := range []sla.Deadline{d, explained} {
		if err != nil || failed != nil || !got.Due.Equal(at(t, "2026-11-10 11:00")) {
			t.Errorf("due %s, %v, %v; want 11:00", got.Due, err, failed)
		}
	}
}

// guess has all that was unknown turn out somehow.
func (w *world) guess(t *rapid.T) {
	for m := range w.facts.Times {
		if s := &w.facts.Times[m]; !s.Known() {
			minutes := rapid.IntRange(-20000, 20000).Draw(t, "when it was")
			*s = sla.Stamp{At: w.start.Add(time.Duration(minutes) * time.Minute), Basis: sla.Stated}
		}
	}
	f := &w.facts
	if f.Severity == "" {
		f.Severity = rapid.SampledFrom(sla.Severities[:]).Draw(t, "severity")
	}
	if f.Scope == "" {
		f.Scope = rapid.SampledFrom(sla.Scopes[:2]).Draw(t, "scope")
	}
	if f.Impact == "" {
		f.Impact = rapid.SampledFrom(sla.Impacts[:3]).Draw(t, "impact")
	}
}

// TestMonthsByLaw: articles 140 and 143 of the Civil Code, and Regulation
// 1182/71, on the days where they differ.
func TestMonthsByLaw(t *testing.T) {
	desk := tokyoDesk(t)
	for _, test := range []struct {
		start, want string
		n           int
		counting    sla.Counting
		startDay    bool
	}{
		{"2026-02-28", "2026-03-31", 1, "", false},
		{"2026-04-30", "2026-05-31", 1, "", false},
		{"2026-01-31", "2026-02-28", 1, "", true},
		{"2026-03-31", "2026-04-30", 1, "", true},
		{"2026-01-29", "2026-02-28", 1, "", true},
		{"2026-01-28", "2026-02-27", 1, "", true},
		{"2026-01-30", "2026-02-28", 1, sla.CivilCodeJP, false}, // counted from the 31st, which February has not
		{"2026-01-31", "2026-02-28", 1, sla.CivilCodeJP, false}, // counted from 1 February
		{"2026-01-15", "2026-02-15", 1, sla.CivilCodeJP, false},
		{"2026-12-31", "2027-01-31", 1, sla.CivilCodeJP, false},
		{"2024-02-28", "2025-02-28", 12, sla.CivilCodeJP, false}, // counted from the 29th
		{"2024-02-29", "2025-02-28", 12, sla.CivilCodeJP, false}, // counted from 1 March
		{"2026-02-28", "2026-03-28", 1, sla.SameDate, false},
		{"2026-04-30", "2026-05-30", 1, sla.SameDate, false},
		{"2026-01-31", "2026-02-28", 1, sla.SameDate, false},
	} {
		rule := sla.Rule{Op: sla.OpMonths, Count: test.n, Counting: test.counting, CountStartDay: test.startDay}
		wantDue(t, promising(rule, desk), at(t, test.start+" 10:00"), at(t, test.want+" 00:00").AddDate(0, 0, 1))
	}
}

// TestRolledLengths: what a closed day moves, and nothing else.
func TestRolledLengths(t *testing.T) {
	desk := tokyoDesk(t) // 2026-08-08 is a Saturday, 2026-08-11 a holiday
	day := rolled(elapsed(24*time.Hour), sla.RollNext, sla.Noon)
	for _, test := range []struct {
		rule        sla.Rule
		start, want string
	}{
		{day, "2026-08-06 15:00", "2026-08-07 15:00"}, // Friday
		{day, "2026-08-07 15:00", "2026-08-10 12:00"}, // from Saturday
		{day, "2026-08-10 15:00", "2026-08-17 12:00"}, // from the holiday and the closure
		{day, "2026-08-07 00:00", "2026-08-08 00:00"}, // the end of Friday
		{rolled(elapsed(24*time.Hour), sla.RollPrevious, "17:30"), "2026-08-07 15:00", "2026-08-07 17:30"},
		{rolled(elapsed(24*time.Hour), sla.RollNext, ""), "2026-08-07 15:00", "2026-08-11 00:00"},
		{rolled(elapsed(24*time.Hour), sla.RollNext, sla.SameTime), "2026-08-07 15:00", "2026-08-10 15:00"},
		{businessDays(1, "17:30"), "2026-08-07 15:00", "2026-08-10 17:30"},
		{then(nextDayStart, elapsed(6*time.Hour)), "2026-08-07 15:00", "2026-08-10 15:00"},
		{then(nextOpening, sla.Rule{Op: sla.OpBusinessTime, Length: 2 * time.Hour}), "2026-08-07 20:00", "2026-08-10 11:00"},
		{sla.Rule{Op: sla.OpMonths, Count: 1, Ends: sla.EndOfMonth}, "2026-01-31 10:00", "2026-03-01 00:00"},
		{sla.Rule{Op: sla.OpMonths, Ends: sla.EndOfMonth}, "2026-02-03 10:00", "2026-03-01 00:00"},
		{sla.Rule{Op: sla.OpMonths, Count: 1, Ends: sla.EndOfMonth, Roll: sla.RollPrevious}, "2026-04-10 10:00", "2026-05-30 00:00"},
	} {
		wantDue(t, promising(test.rule, desk), at(t, test.start), at(t, test.want))
	}
}

// A part whose moment is unknown, and for which no other stands in, is counted
// from the promise's start for its warning. The explanation names the moment
// that it waits for all the same.
func TestAWaitingPartNamesItsOwnMoment(t *testing.T) {
	p := &sla.Promise{
		ID: "p", Vendor: "v", Calendar: tokyoDesk(t), Start: sla.Detected,
		Due: earlierOf(from(sla.Declared, elapsed(4*time.Hour)), from(sla.Detected, elapsed(24*time.Hour))),
	}
	var f sla.Facts
	f.Times[sla.Detected] = sla.Stamp{At: time.Date(2026, 11, 10, 10, 0, 0, 0, time.UTC), Basis: sla.Stated}
	_, e, err := p.Explain(&f)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(e.Steps, func(s sla.Step) bool { return s.Kind == sla.StepWaiting })
	if i < 0 || e.Steps[i].Moment != "declared" {
		t.Errorf("the steps are %+v", e.Steps)
	}
}
