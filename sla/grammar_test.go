package sla_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/grammar"
)

func TestRefusedRules(t *testing.T) {
	hour := sla.Rule{Op: sla.OpElapsed, Length: time.Hour}
	none := sla.Rule{Op: sla.OpNone}
	nested := func(depth int) sla.Rule {
		r := hour
		for range depth - 1 {
			r = sla.Rule{Op: sla.OpLaterOf, Args: []sla.Rule{hour, r}}
		}
		return r
	}
	deepest := strings.Repeat("args[1].", grammar.MaxDepth-1)
	many := slices.Repeat([]sla.Rule{hour}, grammar.MaxArgs+1)
	for _, test := range []struct {
		name string
		rule sla.Rule
		want string // all problems, one a line
	}{
		{"zero", sla.Rule{}, `is not an operation of a rule: use one of the Op constants`},
		{"unknown", sla.Rule{Op: 200}, `Op(200): "Op(200)": is not an operation of a rule: use one of the Op constants`},
		{"no length", sla.Rule{Op: sla.OpElapsed}, `elapsed: "0s": use a length of more than 0 and at most 87840h (10 years)`},
		{"long", sla.Rule{Op: sla.OpBusinessTime, Length: grammar.MaxLength + 1}, `business_time: "87840h0m0.000000001s": use a length of more than 0 and at most 87840h (10 years)`},
		{"long lead", sla.Rule{Op: sla.OpElapsed, Length: -grammar.MaxLength - 1}, `elapsed: "-87840h0m0.000000001s": use a length of more than 0 and at most 87840h (10 years)`},
		{"no count", sla.Rule{Op: sla.OpBusinessDays}, `business_days: "0": use a count of 1 to 10000`},
		{"many days", sla.Rule{Op: sla.OpDays, Count: grammar.MaxCount + 1}, `days: "10001": use a count of 1 to 10000`},
		{"many days before", sla.Rule{Op: sla.OpDays, Count: -grammar.MaxCount - 1}, `days: "-10001": use a count of 1 to 10000`},
		{"many months", sla.Rule{Op: sla.OpMonths, Count: grammar.MaxMonths + 1}, `months: "1201": use a count of 1 to 1200`},
		{"bad end", sla.Rule{Op: sla.OpBusinessDays, Count: 1, Ends: "evening"}, `business_days: "evening": use close, end_of_day, end_of_month, same_time, noon or a time of day such as 17:30 for ends`},
		{"bad roll", sla.Rule{Op: sla.OpDays, Count: 1, Roll: "forward"}, `days: "forward": use next_business_day or previous_business_day for roll, or leave it out`},
		{"close of no business day", sla.Rule{Op: sla.OpMonths, Count: 1, Ends: sla.Close}, `months: "close": ends needs a business day to end on: set roll to next_business_day or previous_business_day`},
		{"one to compare", sla.Rule{Op: sla.OpLaterOf, Args: []sla.Rule{hour}}, `later_of: "1": compares rules: give 2 to 16 of them`},
		{"too many to compare", sla.Rule{Op: sla.OpEarlierOf, Args: many}, `earlier_of: "17": compares rules: give 2 to 16 of them`},
		{"nothing to compare", sla.Rule{Op: sla.OpLaterOf, Args: []sla.Rule{hour, none}}, `args[1].later_of: a rule without a time can't be compared or counted: leave it out, or give a time`},
		{"half a branch", sla.Rule{Op: sla.OpHours, Args: []sla.Rule{hour}}, `hours: "1": give two rules, for a start inside and outside business hours`},
		{"from nowhere", sla.Rule{Op: sla.OpFrom, From: 99, Args: []sla.Rule{hour}}, `from: "Moment(99)": use occurred, detected, confirmed, declared, aware, logged, classified, determined, assessed, submitted, scheduled, ended or requested`},
		{"from for two", sla.Rule{Op: sla.OpFrom, Args: []sla.Rule{hour, hour}}, `from: "2": give the one rule that counts from the other moment`},
		{"cases by colour", sla.Rule{Op: sla.OpCases, By: "colour", Cases: []sla.Case{{Rule: hour}}}, `cases: "colour": use severity, scope or impact`},
		{"no cases", sla.Rule{Op: sla.OpCases, By: sla.ByScope}, `cases: name at least one scope before the default: all_customers, specific_customers or unknown`},
		{"default alone", sla.Rule{Op: sla.OpCases, By: sla.ByScope, Cases: []sla.Case{{Rule: hour}}}, `cases: name at least one scope before the default: all_customers, specific_customers or unknown`},
		{"default first", sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{"low", hour}, {"", hour}, {"high", hour}}}, `cases[1].cases: the default hides the cases behind it: put it last`},
		{"a case twice", sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{"low", hour}, {"low", hour}}}, `cases[1].cases: "low": comes twice: keep one`},
		{"case of another kind", sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{"serious", hour}}}, `cases[0].cases: "serious": use critical, high, medium or low`},
		{
			"deep", nested(grammar.MaxDepth + 1),
			deepest + "args[0].elapsed: rules are nested deeper than 8: write a simpler rule\n" +
				deepest + "args[1].elapsed: rules are nested deeper than 8: write a simpler rule",
		},
		{
			"two problems inside", sla.Rule{Op: sla.OpHours, Args: []sla.Rule{{Op: sla.OpElapsed}, {Op: sla.OpDays}}},
			"args[0].elapsed: \"0s\": use a length of more than 0 and at most 87840h (10 years)\nargs[1].days: \"0\": use a count of 1 to 10000",
		},
		{
			"everything that means nothing here",
			sla.Rule{
				Op: sla.OpNextOpening, Length: 1, Count: 1, Ends: sla.Noon, CountStartDay: true, Roll: sla.RollNext,
				By: sla.ByScope, From: sla.Declared, Args: []sla.Rule{hour},
			},
			"a length, a count, ends, count_start_day, roll, cases, from, inner rules",
		},
	} {
		err := grammar.CheckRule(&test.rule)
		want := test.want
		if test.name == "everything that means nothing here" {
			var lines []string
			for word := range strings.SplitSeq(want, ", ") {
				lines = append(lines, "next_opening: "+word+" has no meaning here: leave it out")
			}
			want = strings.Join(lines, "\n")
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.name, err, want)
		}
		var problem *grammar.RuleError
		if !errors.As(err, &problem) {
			t.Errorf("%s: got %T, want *grammar.RuleError", test.name, err)
		}
	}
	if r := nested(grammar.MaxDepth); grammar.CheckRule(&r) != nil {
		t.Errorf("a rule of the greatest depth is refused: %v", grammar.CheckRule(&r))
	}
}

// TestValidRulesHaveAnswers makes rules by the grammar and asks them for
// deadlines: a rule that Validate takes never fails but at the calendar's edge.
func TestValidRulesHaveAnswers(t *testing.T) {
	cal := alwaysOpen(t)
	rapid.Check(t, func(t *rapid.T) {
		rule := drawRule(t, grammar.MaxDepth)
		if err := grammar.CheckRule(&rule); err != nil {
			t.Fatalf("%s: %v", &rule, err)
		}
		p := &sla.Promise{ID: "p", Vendor: "v", Strength: sla.Firm, Due: rule, Calendar: cal}
		facts := sla.Facts{
			Impact:   rapid.SampledFrom(sla.Impacts[:]).Draw(t, "impact"),
			Scope:    rapid.SampledFrom(sla.Scopes[:]).Draw(t, "scope"),
			Severity: rapid.SampledFrom(append(sla.Severities[:], "")).Draw(t, "severity"),
		}
		start := time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "start"), 0)
		facts.Times[sla.Occurred] = sla.Stamp{At: start, Basis: sla.Stated}
		d, err := p.Deadline(&facts)
		if err != nil && !errors.Is(err, calendar.ErrRange) {
			t.Fatalf("%s from %s: %v", &rule, start, err)
		}
		if err == nil && d.Due.IsZero() && d.State != sla.NoCommitment {
			t.Fatalf("%s from %s: no deadline, but %s", &rule, start, d.State)
		}
	})
}

func alwaysOpen(t *testing.T) *calendar.Calendar {
	t.Helper()
	spec := calendar.Spec{ID: "open", Zone: time.UTC, FirstYear: 1960, LastYear: 2080}
	for day := range spec.Weekly {
		spec.Weekly[day] = []calendar.Span{{Open: 0, Close: 24 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// drawRule makes a valid rule that names a time for some facts.
func drawRule(t *rapid.T, depth int) sla.Rule {
	ops := []sla.Op{sla.OpElapsed, sla.OpBusinessTime, sla.OpBusinessDays, sla.OpDays, sla.OpMonths, sla.OpNextOpening, sla.OpNextDayStart}
	if depth > 1 {
		ops = append(ops, sla.OpLaterOf, sla.OpEarlierOf, sla.OpHours, sla.OpCases, sla.OpFrom)
	}
	r := sla.Rule{Op: rapid.SampledFrom(ops).Draw(t, "op")}
	sign := rapid.SampledFrom([]int{1, -1}).Draw(t, "sign")
	ends := rapid.SampledFrom([]sla.Ends{"", sla.EndOfDay, sla.SameTime, sla.Noon, sla.Close})
	switch r.Op {
	case sla.OpElapsed, sla.OpBusinessTime:
		r.Length = time.Duration(sign) * time.Duration(rapid.Int64Range(1, int64(grammar.MaxLength)).Draw(t, "length"))
	case sla.OpBusinessDays:
		r.Count, r.Ends = sign*rapid.IntRange(1, grammar.MaxCount).Draw(t, "count"), ends.Draw(t, "ends")
		r.CountStartDay = rapid.Bool().Draw(t, "count start day")
	case sla.OpDays, sla.OpMonths:
		r.Count, r.Ends = sign*rapid.IntRange(1, grammar.MaxMonths).Draw(t, "count"), ends.Draw(t, "ends")
		r.Roll = rapid.SampledFrom([]sla.Roll{sla.RollNext, sla.RollPrevious}).Draw(t, "roll")
	case sla.OpLaterOf, sla.OpEarlierOf, sla.OpHours:
		r.Args = []sla.Rule{drawRule(t, depth-1), drawRule(t, depth-1)}
	case sla.OpFrom:
		r.From = rapid.SampledFrom([]sla.Moment{sla.Occurred, sla.Declared, sla.Logged}).Draw(t, "from")
		r.Args = []sla.Rule{drawRule(t, depth-1)}
	case sla.OpCases:
		r.By = sla.BySeverity
		r.Cases = []sla.Case{{Value: "critical", Rule: drawRule(t, depth-1)}}
		if rapid.Bool().Draw(t, "default") {
			r.Cases = append(r.Cases, sla.Case{Rule: sla.Rule{Op: sla.OpNone}})
		}
	default: // nothing to choose
	}
	return r
}

func TestRefusedPromises(t *testing.T) {
	hour, day := sla.Rule{Op: sla.OpElapsed, Length: time.Hour}, sla.Rule{Op: sla.OpDays, Count: 1}
	none := sla.Rule{Op: sla.OpNone}
	cal := alwaysOpen(t)
	for _, test := range []struct {
		name   string
		change func(*sla.Promise)
		want   string // all problems, one a line
	}{
		{"right", func(*sla.Promise) {}, ""},
		{"no id", func(p *sla.Promise) { p.ID = "" }, `id: is missing: name the promise, such as incident-notice`},
		{"no calendar", func(p *sla.Promise) { p.Calendar = nil }, `calendar: is missing: every deadline is reckoned in a calendar's zone`},
		{"strength", func(p *sla.Promise) { p.Strength = "strong" }, `strength: "strong": use firm, target, best_effort or as_needed`},
		{"start", func(p *sla.Promise) { p.Start = 99 }, `start: "Moment(99)": use occurred, detected, confirmed, declared, aware, logged, classified, determined, assessed, submitted, scheduled, ended or requested`},
		{"dates", func(p *sla.Promise) { p.From, p.To = 2, 1 }, `effective.to: "1970-01-02": lies before from, 1970-01-03: swap them`},
		{"as needed, but timed", func(p *sla.Promise) { p.Strength = sla.AsNeeded }, `strength: "as_needed": promises no time, but due names one: use firm, target or best_effort, or due: as_needed`},
		{"gate", func(p *sla.Promise) { p.Gate = sla.Gate{Scope: []sla.Scope{"all_customers", "world", "all_customers"}} }, "gate.scope[1]: \"world\": use all_customers, specific_customers or unknown\ngate.scope[2]: \"all_customers\": comes twice: keep one"},
		{"gate by service", func(p *sla.Promise) { p.Gate.Service = []string{"Mail", "mail", "", "Mail"} }, "gate.service[2]: is empty: name one of the vendor's services\ngate.service[3]: \"Mail\": comes twice: keep one"},
		{"cases by service", func(p *sla.Promise) {
			p.Due = sla.Rule{Op: sla.OpCases, By: sla.ByService, Cases: []sla.Case{{Value: "Mail", Rule: hour}}}
		}, `due.cases: "service": use severity, scope or impact`},
		{"channels", func(p *sla.Promise) { p.Channels = sla.Channels{Any: []string{"email"}, All: []string{""}} }, "channels: any, all and by_scope exclude each other: use one\nchannels: a channel's name is empty: use email, phone, portal, site or a name of your own"},
		{"channels by scope by scope", func(p *sla.Promise) {
			p.Channels = sla.Channels{ByScope: map[sla.Scope]sla.Channels{sla.ScopeAll: {ByScope: map[sla.Scope]sla.Channels{sla.ScopeAll: {}}}}}
		}, "channels.by_scope.all_customers: by_scope inside by_scope: use any or all"},
		{"due", func(p *sla.Promise) { p.Due.Length = 0 }, `due.elapsed: "0s": use a length of more than 0 and at most 87840h (10 years)`},
		{"reading without readings", func(p *sla.Promise) { p.Reading = "x" }, `reading: "x": no readings are given: leave it out, or give readings`},
		{"reading that is none", func(p *sla.Promise) { p.Readings, p.Reading = []sla.Reading{{ID: "a", Due: hour}}, "b" }, `reading: "b": use a`},
		{"reading of another rule", func(p *sla.Promise) { p.Readings, p.Reading = []sla.Reading{{ID: "a", Due: day}}, "a" }, `due: differs from the reading in force, "a": use that reading's rule`},
		{"readings alike", func(p *sla.Promise) {
			p.Readings, p.Reading = []sla.Reading{{ID: "a", Due: hour}, {ID: "a", Due: day}, {Due: day}}, "a"
		}, "readings[1]: \"a\": the id comes twice: keep one\nreadings[2]: a reading's id is missing: name it, such as next-opening\ndue: differs from the reading in force, \"a\": use that reading's rule"},
		{"stages", func(p *sla.Promise) {
			p.Stages = []sla.Stage{{ID: "a", After: "b", Due: hour}, {ID: "b", Due: none, Every: true}, {ID: "b", After: "a", Due: hour}, {Due: hour}}
		}, "stages[0].after: \"b\": is not an earlier stage: name a stage listed above it, or leave it out to count from the start\nstages[1].every: \"true\": a cadence needs a time: give due a length\nstages[2].id: \"b\": comes twice: keep one\nstages[3].id: is missing: name the stage, such as first or final"},
		{"a stage with the name of a round", func(p *sla.Promise) {
			p.Stages = []sla.Stage{{ID: "a", Due: hour, Every: true}, {ID: "a#2", Due: hour}}
		}, `stages[1].id: "a#2": # numbers the rounds of a cadence: use letters, digits, - and _`},
		{"stages and readings", func(p *sla.Promise) { p.Stages, p.Reading = []sla.Stage{{ID: "a", Due: hour}}, "a" }, `readings: a promise with stages has none: give each stage its due`},
		{"expected though promised", func(p *sla.Promise) { p.Expect = &hour }, `expect: is for a promise without a time: leave it out, the deadline alerts by itself`},
		{"expected never", func(p *sla.Promise) { p.Due, p.Strength, p.Expect = none, sla.AsNeeded, &none }, `expect: needs a time, such as 72h`},
		{"as needed", func(p *sla.Promise) { p.Due, p.Strength, p.Expect = none, sla.AsNeeded, &day }, ""},
	} {
		p := &sla.Promise{ID: "incident-notice", Vendor: "acme", Strength: sla.Firm, Start: sla.Detected, Due: hour, Calendar: cal}
		test.change(p)
		got := ""
		if err := grammar.Check(p); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}
