package sla_test

import (
	"slices"
	"sync"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/sla"
)

// region is a zone in a year in which its clocks do something.
type region struct {
	zone string
	year int
}

// Clocks go forward at midnight in São Paulo and in Cairo, by half an hour in
// Lord Howe, and never in Tokyo.
var regions = []region{
	{"Asia/Tokyo", 2026}, {"America/New_York", 2026}, {"America/Sao_Paulo", 2017},
	{"Australia/Lord_Howe", 2025}, {"Africa/Cairo", 2024}, {"Asia/Kathmandu", 2026},
}

// changes lists the instants of a year, to the minute, at which a zone's
// clocks change.
var changes = sync.OnceValue(func() map[region][]time.Time {
	all := map[region][]time.Time{}
	for _, r := range regions {
		location, err := time.LoadLocation(r.zone)
		if err != nil {
			panic(err)
		}
		last := time.Date(r.year, 1, 1, 0, 0, 0, 0, time.UTC)
		for t := last; t.Year() == r.year; t = t.Add(30 * time.Minute) {
			_, was := last.In(location).Zone()
			if _, is := t.In(location).Zone(); is != was {
				all[r] = append(all[r], t)
			}
			last = t
		}
	}
	return all
})

// world is one random case: a place, an incident and its start.
type world struct {
	region region
	place  *place
	cal    *calendar.Calendar
	facts  sla.Facts
	start  time.Time
	weekly int // open minutes a week
}

func drawWorld(t *rapid.T) *world {
	r := rapid.SampledFrom(regions).Draw(t, "region")
	location, err := time.LoadLocation(r.zone)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{region: r, place: &place{zone: location, dated: map[civil][]hours{}, seen: map[civil]*wallDay{}}}
	w.start = w.drawInstant(t)
	spec := calendar.Spec{ID: "random", Zone: location, FirstYear: r.year - 4, LastYear: r.year + 4}
	w.drawWeek(t, &spec)
	w.drawDates(t, &spec)
	if w.cal, err = calendar.Compile(spec); err != nil {
		t.Fatal(err)
	}
	w.facts = sla.Facts{
		Service:  rapid.SampledFrom(append(someServices, "")).Draw(t, "service"),
		Impact:   rapid.SampledFrom(append(sla.Impacts[:], "")).Draw(t, "impact"),
		Scope:    rapid.SampledFrom(append(sla.Scopes[:], "")).Draw(t, "scope"),
		Severity: rapid.SampledFrom(append(sla.Severities[:], "")).Draw(t, "severity"),
	}
	w.facts.Times[sla.Occurred] = sla.Stamp{At: w.start, Basis: sla.Stated}
	for _, m := range []sla.Moment{sla.Detected, sla.Confirmed, sla.Aware} {
		if rapid.Bool().Draw(t, "known") {
			later := time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes later")) * time.Minute
			w.facts.Times[m] = sla.Stamp{At: w.start.Add(later), Basis: sla.Stated}
		}
	}
	return w
}

// drawInstant favours what is near a change of the clocks, and has fractions
// of a second.
func (w *world) drawInstant(t *rapid.T) time.Time {
	at := time.Date(w.region.year, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*24*60-1).Draw(t, "minute of the year")) * time.Minute)
	if near := changes()[w.region]; len(near) > 0 && rapid.Bool().Draw(t, "near a change") {
		around := rapid.SampledFrom([]int{90, 24 * 60, 6 * 24 * 60}).Draw(t, "around")
		at = rapid.SampledFrom(near).Draw(t, "change").Add(time.Duration(rapid.IntRange(-around, around).Draw(t, "minutes")) * time.Minute)
	}
	fraction := rapid.SampledFrom([]time.Duration{0, 0, 1, 999_999_999, 17*time.Second + 500*time.Millisecond, time.Minute - 1}).Draw(t, "fraction")
	return at.Add(fraction)
}

func drawHours(t *rapid.T) []hours {
	cuts := rapid.SliceOfNDistinct(rapid.OneOf(
		rapid.IntRange(0, 1440), rapid.SampledFrom([]int{0, 60, 120, 150, 180, 540, 720, 780, 1020, 1080, 1380, 1440}),
	), 2, 6, rapid.ID).Draw(t, "cuts")
	slices.Sort(cuts)
	var list []hours
	for i := 0; i+1 < len(cuts); i += 2 {
		list = append(list, hours{cuts[i], cuts[i+1]})
	}
	if last := &list[len(list)-1]; last.open > 0 && last.open < 1440 && rapid.IntRange(0, 3).Draw(t, "shift") == 0 {
		last.shut = rapid.IntRange(1441, last.open+1440).Draw(t, "shift ends")
	}
	return list
}

func spansOf(list []hours) []calendar.Span {
	spans := make([]calendar.Span, len(list))
	for i, h := range list {
		spans[i] = calendar.Span{Open: calendar.TimeOfDay(h.open), Close: calendar.TimeOfDay(h.shut)}
	}
	return spans
}

func (w *world) drawWeek(t *rapid.T, spec *calendar.Spec) {
	for day := range w.place.weekly {
		if rapid.IntRange(0, 9).Draw(t, "open on the day") < 7 {
			w.place.weekly[day] = drawHours(t)
		}
	}
	// At least one day is open long enough that a change of the clocks leaves
	// something of it.
	if len(w.place.weekly[time.Wednesday]) == 0 {
		w.place.weekly[time.Wednesday] = []hours{{9 * 60, 17 * 60}}
	}
	for day := range w.place.weekly {
		list, next := w.place.weekly[day], w.place.weekly[(day+1)%7]
		if len(list) > 0 && len(next) > 0 { // weekly hours must not overlap
			last := &list[len(list)-1]
			last.shut = min(last.shut, max(1440+next[0].open, min(last.shut, 1440)))
		}
		spec.Weekly[day] = spansOf(list)
		for _, h := range list {
			w.weekly += h.shut - h.open
		}
	}
}

// drawDates closes and opens days around the start.
func (w *world) drawDates(t *rapid.T, spec *calendar.Spec) {
	near := func(label string) civil {
		return civilOf(w.start).plus(rapid.IntRange(-30, 40).Draw(t, label))
	}
	spec.Holidays = calendar.Holidays{}
	for range rapid.IntRange(0, 4).Draw(t, "holidays") {
		c := near("holiday")
		spec.Holidays[calendar.NewDate(c.year, c.month, c.day)] = calendar.Holiday{Name: calendar.Text{Ja: "祝日", En: "Holiday"}}
		w.place.dated[c] = nil
	}
	for range rapid.IntRange(0, 4).Draw(t, "exceptions") {
		first := near("exception")
		e := calendar.Exception{Name: calendar.Text{Ja: "夏季休業", En: "Closure"}, From: calendar.NewDate(first.year, first.month, first.day)}
		length := rapid.IntRange(1, 9).Draw(t, "days")
		e.To = e.From + calendar.Date(length-1)
		var list []hours
		if rapid.Bool().Draw(t, "opens") {
			list = drawHours(t)
		}
		e.Spans = spansOf(list)
		spec.Exceptions = append(spec.Exceptions, e)
		for i := range length {
			w.place.dated[first.plus(i)] = list
		}
	}
}

// drawRule draws a rule that Validate accepts, at most depth rules deep.
func (w *world) drawRule(t *rapid.T, depth int) sla.Rule {
	if depth > 1 {
		inner := func() sla.Rule { return w.drawRule(t, depth-1) }
		switch rapid.SampledFrom([]sla.Op{sla.OpLaterOf, sla.OpEarlierOf, sla.OpHours, sla.OpCases, sla.OpFrom, sla.OpThen, sla.OpRolled, sla.OpLapses, 0, 0}).Draw(t, "op") {
		case sla.OpLaterOf:
			return laterOf(inner(), inner())
		case sla.OpEarlierOf:
			return earlierOf(inner(), inner(), inner())
		case sla.OpHours:
			return byHours(inner(), inner())
		case sla.OpCases:
			return w.drawCases(t, inner)
		case sla.OpFrom:
			return from(rapid.SampledFrom(allMoments).Draw(t, "moment"), inner())
		case sla.OpThen:
			return sla.Rule{Op: sla.OpThen, Args: []sla.Rule{w.drawLength(t), inner()}} // near the start
		case sla.OpRolled:
			return sla.Rule{
				Op: sla.OpRolled, Args: []sla.Rule{inner()},
				Roll: rapid.SampledFrom([]sla.Roll{sla.RollNext, sla.RollPrevious}).Draw(t, "roll"),
				Ends: rapid.SampledFrom([]sla.Ends{"", sla.EndOfDay, sla.SameTime, sla.Noon, sla.Close, "17:30", "02:00"}).Draw(t, "ends"),
			}
		case sla.OpLapses:
			return sla.Rule{Op: sla.OpLapses, From: rapid.SampledFrom(allMoments).Draw(t, "moment"), Args: []sla.Rule{inner()}}
		}
	}
	return w.drawLength(t)
}

func (w *world) drawCases(t *rapid.T, inner func() sla.Rule) sla.Rule {
	values := map[sla.Dimension][]string{
		sla.BySeverity: {"critical", "high", "medium", "low"},
		sla.ByScope:    {"all_customers", "specific_customers", "unknown"},
		sla.ByImpact:   {"serious", "limited", "none", "unknown"},
	}
	by := rapid.SampledFrom([]sla.Dimension{sla.BySeverity, sla.ByScope, sla.ByImpact}).Draw(t, "by")
	rule := cases(by)
	for _, value := range rapid.SliceOfNDistinct(rapid.SampledFrom(values[by]), 1, 2, rapid.ID).Draw(t, "values") {
		rule.Cases = append(rule.Cases, sla.Case{Value: value, Rule: inner()})
	}
	last := sla.Case{Rule: sla.Rule{Op: sla.OpNone}}
	if rapid.Bool().Draw(t, "a default with a time") {
		last.Rule = inner()
	}
	rule.Cases = append(rule.Cases, last)
	return rule
}

func (w *world) drawLength(t *rapid.T) sla.Rule {
	ops := []sla.Op{
		sla.OpElapsed, sla.OpBusinessTime, sla.OpBusinessDays, sla.OpDays, sla.OpMonths, sla.OpNextOpening, sla.OpNextDayStart, sla.OpStart,
	}
	rule := sla.Rule{Op: rapid.SampledFrom(ops).Draw(t, "length")}
	most := 8 // of a count
	switch rule.Op {
	case sla.OpElapsed:
		rule.Length = drawTime(t, 6000)
		return rule
	case sla.OpBusinessTime:
		rule.Length = drawTime(t, min(2*w.weekly, 2000)) // further is only slower
		return rule
	case sla.OpNextOpening, sla.OpNextDayStart, sla.OpStart:
		return rule
	case sla.OpDays:
		most = 40
	case sla.OpMonths:
		most = 14
	}
	rule.Count = rapid.IntRange(1, most).Draw(t, "count")
	rule.Ends = rapid.SampledFrom([]sla.Ends{"", sla.EndOfDay, sla.SameTime, sla.Noon, "17:30", "02:00"}).Draw(t, "ends")
	if rule.Op == sla.OpMonths {
		rule.Counting = rapid.SampledFrom([]sla.Counting{"", sla.CivilCodeJP, sla.SameDate}).Draw(t, "counting")
	}
	if (rule.Op == sla.OpMonths || rule.Op == sla.OpDays) && rapid.IntRange(0, 3).Draw(t, "to the month's end") == 0 {
		rule.Ends = sla.EndOfMonth
	}
	if rule.Op != sla.OpBusinessDays {
		rule.Roll = rapid.SampledFrom([]sla.Roll{sla.RollNone, sla.RollNext, sla.RollPrevious}).Draw(t, "roll")
	}
	if (rule.Op == sla.OpBusinessDays || rule.Roll != sla.RollNone) && rapid.Bool().Draw(t, "until the close") {
		rule.Ends = sla.Close
	}
	switch {
	case rapid.IntRange(0, 4).Draw(t, "a lead") == 0:
		rule.Count = -rule.Count
	default:
		rule.CountStartDay = rapid.Bool().Draw(t, "start day counts")
	}
	return rule
}

// drawTime draws a length of at most so many minutes, rarely backwards, with
// odd seconds.
func drawTime(t *rapid.T, minutes int) time.Duration {
	d := time.Duration(rapid.IntRange(0, max(minutes, 1)).Draw(t, "minutes")) * time.Minute
	d += rapid.SampledFrom([]time.Duration{1, time.Second, time.Minute, time.Minute, 90*time.Second + 7}).Draw(t, "odd")
	if rapid.IntRange(0, 4).Draw(t, "backwards") == 0 {
		d = -d
	}
	return d
}

// promise is a promise of the world's place with one rule.
func (w *world) promise(rule sla.Rule) *sla.Promise { return promising(rule, w.cal) }
