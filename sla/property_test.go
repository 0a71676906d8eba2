package sla_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/grammar"
)

// TestDeadlineEqualsOracle is the proof of the engine: any rule, from any
// start, in any place.
func TestDeadlineEqualsOracle(t *testing.T) { rapid.Check(t, checkAgainstOracle) }

// FuzzDeadline lets the fuzzer choose rule, place and start.
func FuzzDeadline(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkAgainstOracle)) }

func checkAgainstOracle(t *rapid.T) {
	w := drawWorld(t)
	rule := w.drawRule(t, 3)
	if err := grammar.CheckRule(&rule); err != nil {
		t.Fatalf("drew a rule that is not valid: %v", err)
	}
	if rule.String() == "" {
		t.Fatal("a rule without a text")
	}
	o := &oracle{place: w.place, facts: &w.facts}
	want := o.due(&rule, w.start)

	p := w.promise(rule)
	p.Gate = drawGate(t)
	if by := o.shut(&p.Gate); len(by) > 0 {
		checkShut(t, p, &w.facts, by)
		p.Gate = sla.Gate{}
	}
	got, err := p.Deadline(&w.facts)
	if err != nil {
		t.Fatalf("%s from %s: %v", &rule, w.start.In(w.place.zone), err)
	}
	state := sla.Running
	switch {
	case want.IsZero() && o.lapsed:
		state = sla.NotApplicable
	case want.IsZero():
		state = sla.NoCommitment
	}
	if !got.Due.Equal(want) || got.State != state {
		t.Fatalf("%s from %s in %s: due %s, %s; want %s, %s", &rule, w.start.In(w.place.zone), w.region.zone,
			got.Due, got.State, want.In(w.place.zone), state)
	}
	if !want.IsZero() && got.Due.Location() != w.place.zone {
		t.Fatalf("due is in %s, want the calendar's zone", got.Due.Location())
	}
	checkExplained(t, p, &w.facts, got)
	checkWhereverTheValueIsFrom(t, p, w.facts, got)
}

// checkExplained: asking for the reasons changes nothing, and they lead to the
// result.
func checkExplained(t *rapid.T, p *sla.Promise, f *sla.Facts, want sla.Deadline) {
	d, e, err := p.Explain(f)
	if err != nil || d != want {
		t.Fatalf("explained: %+v, %v; want %+v", d, err, want)
	}
	first, last := e.Steps[0], e.Steps[len(e.Steps)-1]
	if first.Kind != sla.StepStart || !first.At.Equal(want.Start.At) {
		t.Fatalf("the first step is %+v", first)
	}
	if want.State == sla.Running && (last.Kind != sla.StepDue || !last.At.Equal(want.Due)) {
		t.Fatalf("the last step is %+v, want due %s", last, want.Due)
	}
	if want.State == sla.NoCommitment && !slices.ContainsFunc(e.Steps, func(s sla.Step) bool { return s.Kind == sla.StepNone }) {
		t.Fatalf("no step says that no time is promised: %+v", e.Steps)
	}
	if want.State == sla.NotApplicable && !slices.ContainsFunc(e.Steps, func(s sla.Step) bool { return s.Kind == sla.StepLapsed || s.Kind == sla.StepNone }) {
		t.Fatalf("no step says why there is no deadline: %+v", e.Steps)
	}
	for _, s := range e.Steps {
		if s.Depth < 0 || s.Kind == sla.StepDue && s.Depth != 0 {
			t.Fatalf("depth %d of %+v", s.Depth, s)
		}
	}
}

// checkWhereverTheValueIsFrom: an instant is an instant in every zone.
func checkWhereverTheValueIsFrom(t *rapid.T, p *sla.Promise, f sla.Facts, want sla.Deadline) {
	for m := range f.Times {
		f.Times[m].At = f.Times[m].At.In(time.FixedZone("far", -11*3600))
	}
	if d, err := p.Deadline(&f); err != nil || !d.Due.Equal(want.Due) {
		t.Fatalf("from another zone due %s, %v; want %s", d.Due, err, want.Due)
	}
}

// TestPickIsASet: the order and repetition of arguments never matter, later
// is never before earlier, and one argument is itself.
func TestPickIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.know() // what is not known has no say beside what is
		rules := []sla.Rule{w.drawRule(t, 2), w.drawRule(t, 2), w.drawRule(t, 1)}
		shuffled := append(rapid.Permutation(rules).Draw(t, "order"), rules[0])
		dues := make([]time.Time, len(rules))
		for i, r := range rules {
			dues[i] = w.mustDue(t, r)
		}
		for _, pick := range []struct {
			of   func(...sla.Rule) sla.Rule
			best func([]time.Time, func(a, b time.Time) int) time.Time
		}{{laterOf, slices.MaxFunc[[]time.Time]}, {earlierOf, slices.MinFunc[[]time.Time]}} {
			timed := slices.DeleteFunc(slices.Clone(dues), time.Time.IsZero)
			want := time.Time{}
			if len(timed) > 0 {
				want = pick.best(timed, time.Time.Compare)
			}
			rule := pick.of(rules...)
			other := pick.of(shuffled...)
			if a, b := w.mustDue(t, rule), w.mustDue(t, other); !a.Equal(want) || !b.Equal(want) {
				t.Fatalf("%s: %s and, shuffled, %s; want %s", &rule, a, b, want)
			}
			if alone := w.mustDue(t, pick.of(rules[1])); !alone.Equal(dues[1]) {
				t.Fatalf("alone %s, want %s", alone, dues[1])
			}
		}
	})
}

// know states every moment that is not known, at the start.
func (w *world) know() {
	for m := range w.facts.Times {
		if s := &w.facts.Times[m]; !s.Known() {
			*s = sla.Stamp{At: w.start, Basis: sla.Stated}
		}
	}
}

func (w *world) mustDue(t *rapid.T, rule sla.Rule) time.Time {
	d, err := w.promise(rule).Deadline(&w.facts)
	if err != nil {
		t.Fatal(err)
	}
	return d.Due
}

// TestAddedThenMeasured: what was added is what lies between.
func TestAddedThenMeasured(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		length := drawTime(t, min(2*w.weekly, 2000))
		due := w.mustDue(t, businessTime(length))
		if measured, err := w.cal.OpenBetween(w.start, due); err != nil || measured != length {
			t.Fatalf("%s of open time lead to %s: measured %s, %v", length, due, measured, err)
		}
		n := rapid.IntRange(1, 8).Draw(t, "days")
		last := w.place.shiftDate(w.start)
		for counted := 0; counted < n; {
			if last = last.plus(1); w.place.isBusiness(last) {
				counted++
			}
		}
		due = w.mustDue(t, businessDays(n, sla.Close))
		if shut := w.place.day(last).shut; !due.Equal(shut) {
			t.Fatalf("%d business days lead to %v: counted to %v, which closes at %v", n, due, last, shut)
		}
	})
}

// TestListedDaysAddUp: an explanation counts each business day once and in
// order, gives a reason for each other day, and its open time adds up.
func TestListedDaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		n := rapid.IntRange(-8, 8).Filter(func(n int) bool { return n != 0 }).Draw(t, "days")
		_, e, err := w.promise(businessDays(n, sla.Close)).Explain(&w.facts)
		if err != nil {
			t.Fatal(err)
		}
		c, counted := w.place.shiftDate(w.start), 0
		for _, s := range e.Steps {
			if s.Kind != sla.StepCounted && s.Kind != sla.StepSkipped {
				continue
			}
			c = c.plus(sign(n))
			if year, month, day := s.Date.Civil(); (civil{year, month, day}) != c {
				t.Fatalf("the step for %v speaks of %s", c, s.Date)
			}
			business := s.Kind == sla.StepCounted
			if business {
				counted++
			}
			if business != w.place.isBusiness(c) || business && s.N != sign(n)*counted || !business && s.Reason == "" {
				t.Fatalf("%v: %+v", c, s)
			}
		}
		if counted != max(n, -n) {
			t.Fatalf("%d days are listed, want %d", counted, n)
		}

		length := drawTime(t, min(2*w.weekly, 2000))
		if _, e, err = w.promise(businessTime(length)).Explain(&w.facts); err != nil {
			t.Fatal(err)
		}
		sum := time.Duration(0)
		for _, s := range e.Steps {
			if s.Kind == sla.StepOpenTime {
				sum += s.Length
			}
		}
		if sum != length.Abs() {
			t.Fatalf("the days listed add up to %s, want %s", sum, length)
		}
	})
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// monotone reports whether a later start can never give an earlier deadline.
// It can where a branch asks whether the start is inside hours, for the two
// branches have nothing to do with one another; and with the same time of day,
// where the clocks went back and show a time of day twice.
func monotone(r *sla.Rule) bool {
	if r.Op == sla.OpHours || r.Op == sla.OpRolled || r.Op == sla.OpLapses || r.Ends == sla.SameTime {
		return false
	}
	for i := range r.Args {
		if !monotone(&r.Args[i]) {
			return false
		}
	}
	for i := range r.Cases {
		if !monotone(&r.Cases[i].Rule) {
			return false
		}
	}
	return true
}

func TestLaterStartNeverEarlierDeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		rule := rapid.Custom(func(t *rapid.T) sla.Rule { return w.drawRule(t, 3) }).
			Filter(func(r sla.Rule) bool { return monotone(&r) }).Draw(t, "rule")
		first := w.mustDue(t, rule)
		later := w.start.Add(drawTime(t, 4000).Abs())
		w.facts.Times[sla.Occurred].At = later
		if second := w.mustDue(t, rule); second.Before(first) {
			t.Fatalf("%s: from %s due %s, from the later %s due %s", &rule, w.start, first, later, second)
		}
	})
}

// TestWhereItIsNotMonotone shows both exceptions.
func TestWhereItIsNotMonotone(t *testing.T) {
	desk := tokyoDesk(t)
	branch := promising(byHours(businessDays(1, sla.Close), elapsed(time.Hour)), desk)
	wantDue(t, branch, at(t, "2026-06-10 16:59"), at(t, "2026-06-11 17:00"))
	wantDue(t, branch, at(t, "2026-06-10 17:00"), at(t, "2026-06-10 18:00"))

	// On 2026-11-01 New York shows 01:00 to 02:00 twice.
	york := zone(t, "America/New_York")
	r := region{"America/New_York", 2026}
	w := &world{region: r, place: &place{zone: york}}
	same := promising(days(1, sla.SameTime, sla.RollNone), openAlways(t, w))
	first := time.Date(2026, time.November, 1, 5, 50, 0, 0, time.UTC) // 01:50 EDT
	wantDue(t, same, first, time.Date(2026, time.November, 2, 1, 50, 0, 0, york))
	wantDue(t, same, first.Add(20*time.Minute), time.Date(2026, time.November, 2, 1, 10, 0, 0, york)) // 01:10 EST
}

func wantDue(t *testing.T, p *sla.Promise, start, want time.Time) {
	t.Helper()
	d, err := p.Deadline(starting(p, start))
	if err != nil || !d.Due.Equal(want) {
		t.Errorf("%s from %s: due %s, %v; want %s", &p.Due, start, d.Due, err, want)
	}
}

// TestNeverOverBeforeItBegan: a length forward ends after its start, however
// it is counted. (A roll back to the business day before may not: that is what
// it says.)
func TestNeverOverBeforeItBegan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		rule := rapid.Custom(w.drawLength).Filter(func(r sla.Rule) bool {
			return r.Length >= 0 && r.Count >= 0 && r.Roll != sla.RollPrevious
		}).Draw(t, "rule")
		if due := w.mustDue(t, rule); due.Before(w.start) || due.Equal(w.start) && rule.Op != sla.OpNextOpening && rule.Op != sla.OpStart {
			t.Fatalf("%s from %s is due %s", &rule, w.start, due)
		}
	})
}

// TestSharedByGoroutines: a promise is shared by whoever asks.
func TestSharedByGoroutines(t *testing.T) {
	p := vendors(t)["sotas"]
	starts := workload(t)[:2000]
	want := make([]time.Time, len(starts))
	for i, start := range starts {
		d, err := p.Deadline(starting(p, start))
		if err != nil {
			t.Fatal(err)
		}
		want[i] = d.Due
	}
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for i, start := range starts {
				d, _, err := p.Explain(starting(p, start))
				if err != nil || !d.Due.Equal(want[i]) {
					t.Errorf("from %s: %s, %v; want %s", start, d.Due, err, want[i])
				}
			}
		})
	}
	group.Wait()
}

// TestUnknownIsStrict: whatever a fact turns out to be, the deadline that
// stood while it was unknown was not the later one.
func TestUnknownIsStrict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		rule := w.drawCases(t, func() sla.Rule { return w.drawRule(t, 1) })
		for _, c := range rule.Cases {
			if c.Value == "unknown" {
				return // then not knowing has terms of its own
			}
		}
		w.facts.Severity, w.facts.Scope, w.facts.Impact = "", "", ""
		unknown := w.mustDue(t, rule)
		w.facts.Severity = rapid.SampledFrom(sla.Severities[:]).Draw(t, "severity")
		w.facts.Scope = rapid.SampledFrom(sla.Scopes[:]).Draw(t, "scope")
		w.facts.Impact = rapid.SampledFrom(sla.Impacts[:]).Draw(t, "impact")
		if known := w.mustDue(t, rule); !known.IsZero() && (unknown.IsZero() || known.Before(unknown)) {
			t.Fatalf("%s: unknown %s, known %s", &rule, unknown, known)
		}
	})
}
