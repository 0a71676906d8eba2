package sla_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// promising is a firm promise with one rule, counted from when it occurred.
func promising(due sla.Rule, cal *calendar.Calendar) *sla.Promise {
	return &sla.Promise{ID: "test", Vendor: "test", Strength: sla.Firm, Start: sla.Occurred, Due: due, Calendar: cal}
}

func cases(by sla.Dimension, list ...sla.Case) sla.Rule {
	return sla.Rule{Op: sla.OpCases, By: by, Cases: list}
}

func from(m sla.Moment, rule sla.Rule) sla.Rule {
	return sla.Rule{Op: sla.OpFrom, From: m, Args: []sla.Rule{rule}}
}

// days counts calendar days.
func days(n int, ends sla.Ends, roll sla.Roll) sla.Rule {
	return sla.Rule{Op: sla.OpDays, Count: n, Ends: ends, Roll: roll}
}

func months(n int) sla.Rule { return sla.Rule{Op: sla.OpMonths, Count: n} }

func businessTime(d time.Duration) sla.Rule { return sla.Rule{Op: sla.OpBusinessTime, Length: d} }

func countingStartDay(r sla.Rule) sla.Rule {
	r.CountStartDay = true
	return r
}

// TestRules is each operation by hand. Hours are Mon-Fri 09:00-12:00 and
// 13:00-17:00 in Tokyo, with national holidays and a summer closure from
// 2026-08-12 to -14.
func TestRules(t *testing.T) {
	cal := tokyoDesk(t)
	tests := []struct {
		name       string
		rule       sla.Rule
		start, due string
	}{
		{"minutes run through the night", elapsed(30 * time.Minute), "2026-05-01 23:45:10", "2026-05-02 00:15:10"},
		{"a lead in hours", elapsed(-48 * time.Hour), "2026-05-02 10:00", "2026-04-30 10:00"},

		// 16:00 to 17:00 is one hour, Monday 09:00-12:00 three more.
		{"business hours pass the weekend", businessTime(4 * time.Hour), "2026-06-12 16:00", "2026-06-15 12:00"},
		{"business hours pass lunch", businessTime(4*time.Hour + time.Minute), "2026-06-12 16:00", "2026-06-15 13:01"},
		{"business hours used up at the close end there", businessTime(4 * time.Hour), "2026-06-12 13:00", "2026-06-12 17:00"},
		{"business hours backwards", businessTime(-2 * time.Hour), "2026-06-15 10:00", "2026-06-12 16:00"},

		{"one business day, end of day", businessDays(1, ""), "2026-06-12 10:00", "2026-06-16 00:00"},
		{"one business day, close", businessDays(1, sla.Close), "2026-06-12 23:00", "2026-06-15 17:00"},
		{"one business day, same time", businessDays(1, sla.SameTime), "2026-06-12 23:00:07", "2026-06-15 23:00:07"},
		{"one business day, noon", businessDays(1, sla.Noon), "2026-06-12 23:00", "2026-06-15 12:00"},
		{"three business days back", businessDays(-3, sla.Close), "2026-05-07 10:00", "2026-04-28 17:00"},
		{"a company's own closure", businessDays(2, sla.Close), "2026-08-07 10:00", "2026-08-17 17:00"}, // 08-10, 08-11 山の日

		{"start day counts", countingStartDay(businessDays(3, sla.Close)), "2026-06-10 16:00", "2026-06-12 17:00"},
		{"start day counts, one day", countingStartDay(businessDays(1, sla.Close)), "2026-06-10 16:59", "2026-06-10 17:00"},
		// At 17:00 that day is over; else the deadline would pass before it began.
		{"start day cannot count after its close", countingStartDay(businessDays(1, sla.Close)), "2026-06-10 17:00", "2026-06-11 17:00"},
		{"start day cannot count after noon", countingStartDay(days(1, sla.Noon, "")), "2026-06-10 12:00", "2026-06-11 12:00"},
		{"a closed start day never counts", countingStartDay(businessDays(1, sla.Close)), "2026-06-13 08:00", "2026-06-15 17:00"},
		{"start day counts in days", countingStartDay(days(5, "", "")), "2026-06-10 10:00", "2026-06-15 00:00"},

		{"days", days(5, "", ""), "2026-06-10 10:00", "2026-06-16 00:00"},
		{"days at the same time", days(14, sla.SameTime, ""), "2026-06-10 10:00", "2026-06-24 10:00"},
		{"a week before", days(-7, sla.SameTime, ""), "2026-06-10 10:00", "2026-06-03 10:00"},
		{"close of a closed day is its end", days(3, sla.Close, ""), "2026-06-10 10:00", "2026-06-14 00:00"},
		{"roll on", days(3, sla.Close, sla.RollNext), "2026-06-10 10:00", "2026-06-15 17:00"},
		{"roll back", days(3, sla.Close, sla.RollPrevious), "2026-06-10 10:00", "2026-06-12 17:00"},
		{"no roll from a business day", days(2, sla.Close, sla.RollNext), "2026-06-10 10:00", "2026-06-12 17:00"},

		{"31 January and a month", months(1), "2026-01-31 10:00", "2026-03-01 00:00"},
		{"31 January and a month in a leap year", months(1), "2028-01-31 10:00", "2028-03-01 00:00"},
		{"a month before 31 March", months(-1), "2026-03-31 10:00", "2026-03-01 00:00"},
		{"13 months", months(13), "2026-06-10 10:00", "2027-07-11 00:00"},

		{"next opening inside hours is now", nextOpening, "2026-06-12 11:59:59", "2026-06-12 11:59:59"},
		{"next opening at the break", nextOpening, "2026-06-12 12:00", "2026-06-12 13:00"},
		{"next opening after the close", nextOpening, "2026-06-12 17:00", "2026-06-15 09:00"},
		{"next business date from the morning", nextDayStart, "2026-06-12 05:00", "2026-06-15 09:00"},

		{"later", laterOf(elapsed(time.Hour), nextOpening), "2026-06-12 08:30", "2026-06-12 09:30"},
		{"earlier", earlierOf(elapsed(time.Hour), nextOpening), "2026-06-12 08:30", "2026-06-12 09:00"},
		{"no time never wins", earlierOf(sla.Rule{Op: sla.OpNone}, elapsed(time.Hour)), "2026-06-12 08:30", "2026-06-12 09:30"},
		{"open is inside", byHours(elapsed(time.Hour), elapsed(2*time.Hour)), "2026-06-12 09:00", "2026-06-12 10:00"},
		{"closed is outside", byHours(elapsed(time.Hour), elapsed(2*time.Hour)), "2026-06-12 17:00", "2026-06-12 19:00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := promising(test.rule, cal)
			d, err := p.Deadline(starting(p, at(t, test.start)))
			if err != nil {
				t.Fatal(err)
			}
			checkDue(t, d, test.due)
		})
	}
}

// TestBoundaries: hours are [open, close), to the nanosecond.
func TestBoundaries(t *testing.T) {
	p := promising(byHours(elapsed(time.Hour), elapsed(2*time.Hour)), tokyoDesk(t))
	for _, test := range []struct {
		start  string
		shift  time.Duration
		inside bool
	}{
		{"2026-06-10 09:00", -1, false}, {"2026-06-10 09:00", 0, true},
		{"2026-06-10 12:00", -1, true}, {"2026-06-10 12:00", 0, false},
		{"2026-06-10 13:00", -1, false}, {"2026-06-10 13:00", 0, true},
		{"2026-06-10 17:00", -1, true}, {"2026-06-10 17:00", 0, false},
	} {
		start := at(t, test.start).Add(test.shift)
		want := start.Add(2 * time.Hour)
		if test.inside {
			want = start.Add(time.Hour)
		}
		wantDue(t, p, start, want)
	}
}

func tokyoDesk(t testing.TB) *calendar.Calendar {
	t.Helper()
	holidays, err := japanHolidays()
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, calendar.Spec{
		ID: "desk", Zone: tokyo(t), Weekly: weekdays(t, "09:00-12:00", "13:00-17:00"), Holidays: holidays,
		Exceptions: []calendar.Exception{{
			Name: calendar.Text{Ja: "夏季休業", En: "Summer closure"}, From: date(t, "2026-08-12"), To: date(t, "2026-08-14"),
		}},
		FirstYear: 2020, LastYear: 2035,
	})
}

// TestCases: what is unknown counts as applying, so the strictest case stands
// until the fact is known, unless a case is made for not knowing.
func TestCases(t *testing.T) {
	tiers := cases(sla.BySeverity,
		sla.Case{Value: "critical", Rule: elapsed(15 * time.Minute)},
		sla.Case{Value: "high", Rule: elapsed(time.Hour)},
		sla.Case{Rule: elapsed(24 * time.Hour)})
	prudent := cases(sla.ByScope,
		sla.Case{Value: "specific_customers", Rule: elapsed(time.Hour)},
		sla.Case{Value: "unknown", Rule: elapsed(3 * time.Hour)},
		sla.Case{Rule: elapsed(2 * time.Hour)})
	partial := cases(sla.ByImpact,
		sla.Case{Value: "serious", Rule: elapsed(time.Hour)},
		sla.Case{Value: "limited", Rule: sla.Rule{Op: sla.OpNone}})
	cal := tokyoDesk(t)
	tests := []struct {
		name string
		rule sla.Rule
		set  func(f *sla.Facts)
		want time.Duration // 0: no commitment
	}{
		{"named", tiers, func(f *sla.Facts) { f.Severity = sla.SeverityHigh }, time.Hour},
		{"default", tiers, func(f *sla.Facts) { f.Severity = sla.SeverityLow }, 24 * time.Hour},
		{"unknown: the strictest", tiers, func(*sla.Facts) {}, 15 * time.Minute},
		{"unknown has its own case", prudent, func(f *sla.Facts) { f.Scope = sla.ScopeUnknown }, 3 * time.Hour},
		{"empty is unknown", prudent, func(f *sla.Facts) { f.Scope = "" }, 3 * time.Hour},
		{"default by scope", prudent, func(f *sla.Facts) { f.Scope = sla.ScopeAll }, 2 * time.Hour},
		{"unknown: no time is never strict", partial, func(f *sla.Facts) { f.Impact = sla.ImpactUnknown }, time.Hour},
		{"a case without a time", partial, func(f *sla.Facts) { f.Impact = sla.ImpactLimited }, 0},
		{"no case fits", partial, func(f *sla.Facts) { f.Impact = sla.ImpactNone }, 0},
	}
	start := at(t, "2026-06-12 10:00")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := promising(test.rule, cal)
			facts := starting(p, start)
			test.set(facts)
			d, err := p.Deadline(facts)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case test.want == 0 && d.State != sla.NoCommitment:
				t.Errorf("state %s, want %s", d.State, sla.NoCommitment)
			case test.want != 0 && !d.Due.Equal(start.Add(test.want)):
				t.Errorf("due %s, want %s later", d.Due, test.want)
			}
		})
	}
}

// TestFrom: 4 hours from the vendor's declaration, and never past 24 hours
// from when we noticed.
func TestFrom(t *testing.T) {
	p := promising(earlierOf(elapsed(4*time.Hour), from(sla.Aware, elapsed(24*time.Hour))), tokyoDesk(t))
	p.Start = sla.Declared
	facts := starting(p, at(t, "2026-06-13 09:00"))
	facts.Times[sla.Aware] = sla.Stamp{At: at(t, "2026-06-12 10:00"), Basis: sla.Observed}
	d, e, err := p.Explain(facts)
	if err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2026-06-13 10:00")
	golden(t, "explain/from-awareness", explained(&e))

	// What stands in for a moment is named, not the moment that was meant.
	facts.Times[sla.Logged] = facts.Times[sla.Aware]
	facts.Times[sla.Aware] = sla.Stamp{}
	if _, e, err = p.Explain(facts); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain/from-stand-in", explained(&e))

	// Where nothing stands in, the promise's own start has to do.
	facts.Times[sla.Logged] = sla.Stamp{}
	if d, err = p.Deadline(facts); err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2026-06-13 13:00")
}

// TestHostileRules: what no vendor promises, and what Validate refuses, ends
// in an error at once: no panic, no wrapped date, no endless loop.
func TestHostileRules(t *testing.T) {
	nested := elapsed(time.Hour)
	for range 60 { // twice the work a level would never end
		nested = cases(sla.BySeverity, sla.Case{Value: "high", Rule: nested}, sla.Case{Rule: elapsed(2 * time.Hour)})
	}
	tests := []struct {
		name  string
		rule  sla.Rule
		fails bool
		text  string
	}{
		{"10^9 business days", businessDays(1e9, sla.Close), true, "outside the years"},
		{"10^9 business days back", businessDays(-1e9, sla.Close), true, "outside the years"},
		{"the most business days", businessDays(math.MaxInt, ""), true, "outside the years"},
		{"the fewest business days", businessDays(math.MinInt, ""), true, "outside the years"},
		{"10,000 years of days", days(3_652_425, "", ""), true, "outside the years"},
		{"2^32 days do not wrap to none", days(1<<32, "", ""), true, "outside the years"},
		{"10,000 years of months", months(120_000), true, "outside the years"},
		{"2^40 months", months(1 << 40), true, "outside the years"},
		{"the fewest months", months(math.MinInt), true, "outside the years"},
		{"292 years of business hours", businessTime(math.MaxInt64), true, "outside the years"},
		{"292 years of business hours back", businessTime(math.MinInt64), true, "outside the years"},
		{"no operation", sla.Rule{}, true, "Validate"},
		{"unknown operation", sla.Rule{Op: 200}, true, "Validate"},
		{"hours without branches", sla.Rule{Op: sla.OpHours}, true, "Validate"},
		{"hours with one branch", sla.Rule{Op: sla.OpHours, Args: []sla.Rule{nextOpening}}, true, "Validate"},
		{"from without a rule", sla.Rule{Op: sla.OpFrom}, true, "Validate"},
		{"from no moment", from(99, nextOpening), true, "Validate"},
		{"later of nothing", sla.Rule{Op: sla.OpLaterOf}, true, "Validate"},
		{"bad rule deep inside", laterOf(nextOpening, byHours(nextOpening, earlierOf(sla.Rule{Op: 201}))), true, "Validate"},
		{"deep cases", nested, false, ""},
	}
	cal := tokyoDesk(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := promising(test.rule, cal)
			facts := starting(p, at(t, "2026-06-13 10:00")) // Saturday: outside
			_, err := p.Deadline(facts)
			_, _, explained := p.Explain(facts)
			for _, err := range []error{err, explained} {
				if (err != nil) != test.fails {
					t.Fatalf("error %v, want one: %v", err, test.fails)
				}
				if test.fails && (!strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), "test/test")) {
					t.Errorf("error %q, want the promise and %q", err, test.text)
				}
			}
			if test.rule.String() == "" {
				t.Error("a rule without a text")
			}
		})
	}
}

// TestEdgeOfTheCalendar: a start outside the calendar's years is an error of
// its own kind wherever the calendar is asked, and no concern of real hours.
func TestEdgeOfTheCalendar(t *testing.T) {
	cal := tokyoDesk(t)
	for _, rule := range []sla.Rule{nextOpening, nextDayStart, businessDays(1, ""), businessTime(time.Hour), days(1, "", ""), months(1)} {
		for _, start := range []string{"2019-06-03 10:00", "2036-01-01 10:00"} {
			p := promising(rule, cal)
			if _, err := p.Deadline(starting(p, at(t, start))); !errors.Is(err, calendar.ErrRange) {
				t.Errorf("%s from %s: %v, want ErrRange", &rule, start, err)
			}
		}
	}
	p := promising(elapsed(24*time.Hour), cal)
	d, err := p.Deadline(starting(p, at(t, "2036-01-01 10:00")))
	if err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2036-01-02 10:00")
}

// TestReadingBeyondTheCalendar: another reading that can't be reckoned takes
// no deadline away from the one in force.
func TestReadingBeyondTheCalendar(t *testing.T) {
	p := promising(elapsed(time.Hour), tokyoDesk(t))
	p.Reading = "hour"
	p.Readings = []sla.Reading{{ID: "hour", Due: p.Due}, {ID: "day", Due: businessDays(1, "")}}
	d, e, err := p.Explain(starting(p, at(t, "2035-12-31 23:30")))
	if err != nil {
		t.Fatal(err)
	}
	checkDue(t, d, "2036-01-01 00:30")
	if len(e.Alternatives) != 0 {
		t.Errorf("alternatives %v, want none", e.Alternatives)
	}
}

// openAlways is a calendar of the world's zone that never closes.
func openAlways(t testing.TB, w *world) *calendar.Calendar {
	t.Helper()
	spec := calendar.Spec{ID: "always", Zone: w.place.zone, FirstYear: w.region.year - 1, LastYear: w.region.year + 1}
	for day := range spec.Weekly {
		spec.Weekly[day] = spans(t, "00:00-24:00")
	}
	return compile(t, spec)
}
