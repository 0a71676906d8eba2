package calendar_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
)

// scene is a zone and a date around which its clocks do something odd.
type scene struct{ zone, date string }

func scenes() []scene {
	return []scene{
		{"Asia/Tokyo", "2026-05-05"},
		{"Asia/Tokyo", "2026-12-31"},
		{"America/New_York", "2025-03-09"},
		{"America/New_York", "2025-11-02"},
		{"America/Sao_Paulo", "2018-02-18"}, // back at midnight: 23:00 comes twice
		{"America/Sao_Paulo", "2018-11-04"}, // forward at midnight: no 00:00
		{"Australia/Lord_Howe", "2025-04-06"},
		{"Australia/Lord_Howe", "2025-10-05"}, // by half an hour
		{"Africa/Cairo", "2025-04-25"},
		{"Africa/Cairo", "2025-10-31"},
		{"America/St_Johns", "2006-04-02"}, // at 00:01
		{"America/St_Johns", "2006-10-29"}, // a date begins, ends and begins again
		{"Pacific/Apia", "2011-12-30"},     // a date that never was
		{"Pacific/Kiritimati", "1994-12-31"},
		{"Asia/Pyongyang", "2015-08-15"},
		{"America/New_York", "2048-12-31"}, // by rule, at the end of a leap year
		{"UTC", "1969-12-31"},
		{"Europe/Lisbon", "1992-09-27"}, // two changes at one instant
	}
}

// windowDays is how much real time the oracle knows, and queryDays the part in
// the middle that questions are asked about.
const (
	windowDays = 36
	queryDays  = 12
)

// drawSpans draws up to three stretches in order that do not overlap.
func drawSpans(t *rapid.T, label string) []calendar.Span {
	grain := rapid.SampledFrom([]int{1, 5, 30, 60}).Draw(t, label+" grain")
	count := rapid.IntRange(0, 3).Draw(t, label+" count")
	var result []calendar.Span
	next := 0
	for range count {
		open := next + grain*rapid.IntRange(0, 480/grain).Draw(t, label+" open")
		shut := min(open+grain*rapid.IntRange(1, 600/grain).Draw(t, label+" length"), 24*60)
		if open >= shut {
			break
		}
		result = append(result, calendar.Span{Open: calendar.TimeOfDay(open), Close: calendar.TimeOfDay(shut)})
		next = shut
	}
	if next < 24*60-grain && rapid.IntRange(0, 3).Draw(t, label+" shift") == 0 {
		open := max(next+grain*rapid.IntRange(0, (24*60-grain-next)/grain).Draw(t, label+" shift opens"), 1)
		shut := rapid.IntRange(24*60+1, open+24*60).Draw(t, label+" shift ends")
		result = append(result, calendar.Span{Open: calendar.TimeOfDay(open), Close: calendar.TimeOfDay(shut)})
	}
	return result
}

// apart cuts each weekday's shift where the next day's hours begin, as a spec
// must have it.
func apart(weekly *[7][]calendar.Span) {
	for day := range weekly {
		if n, next := len(weekly[day]), weekly[(day+1)%7]; n > 0 && len(next) > 0 {
			hours := slices.Clone(weekly[day])
			last := &hours[n-1]
			last.Close = min(last.Close, max(24*60+next[0].Open, min(last.Close, 24*60)))
			weekly[day] = hours
		}
	}
}

func drawSpec(t *rapid.T, around scene) (calendar.Spec, calendar.Date) {
	location, err := time.LoadLocation(around.zone)
	if err != nil {
		t.Fatal(err)
	}
	centre, err := calendar.ParseDate(around.date)
	if err != nil {
		t.Fatal(err)
	}
	near := func(label string) calendar.Date {
		return centre + calendar.Date(rapid.IntRange(-windowDays/3, windowDays/3).Draw(t, label))
	}
	_, month, _ := centre.Civil()
	spec := calendar.Spec{
		ID: "drawn", Zone: location, Holidays: calendar.Holidays{},
		FirstYear: centre.Year() - rapid.IntRange(0, 1).Draw(t, "years before"),
		LastYear:  centre.Year() + rapid.IntRange(0, 1).Draw(t, "years after"),
	}
	usual := drawSpans(t, "usual")
	for day := range spec.Weekly {
		switch rapid.IntRange(0, 5).Draw(t, "weekday") {
		case 0:
		case 1:
			spec.Weekly[day] = drawSpans(t, "weekly")
		case 2:
			spec.Weekly[day] = []calendar.Span{{Open: 0, Close: 24 * 60}}
		default:
			spec.Weekly[day] = usual
		}
	}
	apart(&spec.Weekly)
	for range rapid.IntRange(0, 4).Draw(t, "holidays") {
		spec.Holidays[near("holiday")] = calendar.Holiday{Reason: calendar.ReasonHoliday}
	}
	for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
		spec.Exceptions = append(spec.Exceptions, drawException(t, near("from"), month))
	}
	return spec, centre
}

func drawException(t *rapid.T, from calendar.Date, month time.Month) calendar.Exception {
	e := calendar.Exception{
		From: from, To: from + calendar.Date(rapid.IntRange(0, 5).Draw(t, "days")),
		Yearly: rapid.Bool().Draw(t, "yearly"), Spans: drawSpans(t, "exception"),
		BusinessDaysOnly: rapid.Bool().Draw(t, "business days only"),
	}
	if rapid.IntRange(0, 3).Draw(t, "monthly") == 0 {
		e.Monthly = calendar.NthWeekday{
			Nth: rapid.SampledFrom([]int{-1, 1, 2, 3, 4, 5}).Draw(t, "nth"), Weekday: from.Weekday(),
			Month: rapid.SampledFrom([]time.Month{0, 0, month}).Draw(t, "month"),
		}
	}
	if e.Yearly {
		// Another year, as the wrap over the new year must not depend on it.
		e.From = e.From.AddMonths(-12 * rapid.IntRange(0, 3).Draw(t, "from years ago"))
	}
	return e
}

// question holds one compiled calendar and its oracle.
type question struct {
	*rapid.T
	calendar *calendar.Calendar
	oracle   *oracle
}

// ask draws a calendar and compares every query with the oracle.
func ask(t *rapid.T) {
	around := rapid.SampledFrom(scenes()).Draw(t, "scene")
	spec, centre := drawSpec(t, around)
	c, err := calendar.Compile(spec)
	if err != nil {
		t.Skip(err) // never opens
	}
	year, month, day := centre.Civil()
	from := time.Date(year, month, day-windowDays/2, 0, 0, 0, 0, time.UTC)
	q := question{T: t, calendar: c, oracle: newOracle(spec, from, windowDays)}
	a, b := q.instant("a"), q.instant("b")
	q.instants(a, b)
	q.openTime(a, b)
	q.pictures(a, b)
	date := centre + calendar.Date(rapid.IntRange(-queryDays/2, queryDays/2).Draw(t, "date"))
	q.dates(date)
	q.counting(date)
}

// instant draws an instant: at an edge, next to one, or anywhere.
func (q question) instant(label string) time.Time {
	const first, last = (windowDays - queryDays) / 2 * 24 * 60, (windowDays + queryDays) / 2 * 24 * 60
	var at time.Time
	if edges := q.oracle.edges(first, last); len(edges) > 0 && rapid.Bool().Draw(q.T, label+" at an edge") {
		at = edges[rapid.IntRange(0, len(edges)-1).Draw(q.T, label+" edge")]
		at = at.Add(time.Duration(rapid.SampledFrom([]int64{0, 0, -1, 1, -1_000_000_000}).Draw(q.T, label+" beside")))
	} else {
		at = q.oracle.minutes[rapid.IntRange(first, last-1).Draw(q.T, label)].start
		at = at.Add(time.Duration(rapid.Int64Range(0, 59_999_999_999).Draw(q.T, label+" fraction")))
	}
	switch rapid.SampledFrom([]string{"its own", "utc", "far"}).Draw(q.T, label+" zone") {
	case "utc":
		return at.UTC()
	case "far":
		return at.In(time.FixedZone("far", -12*60*60))
	}
	return at.In(q.oracle.spec.Zone)
}

func (q question) equal(what string, got, want any) {
	q.Helper()
	if got != want {
		q.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// answer compares an instant with the oracle's, where that knows it.
func (q question) answer(what string, got time.Time, err error, want time.Time, v verdict) {
	q.Helper()
	switch v {
	case outOfWindow:
	case outOfYears:
		if !errors.Is(err, calendar.ErrRange) {
			q.Fatalf("%s: got %v, %v, want ErrRange", what, got, err)
		}
	case known:
		if err != nil || !got.Equal(want) || got.Location() != q.oracle.spec.Zone {
			q.Fatalf("%s: got %v, %v, want %v", what, got, err, want.In(q.oracle.spec.Zone))
		}
	}
}

func (q question) instants(a, b time.Time) {
	local := a.In(q.oracle.spec.Zone)
	gotDate, clock := q.calendar.Local(a)
	q.equal(fmt.Sprint("date of ", local), gotDate.String(), local.Format(time.DateOnly))
	q.equal(fmt.Sprint("clock at ", local), clock, time.Duration(local.Hour())*time.Hour+
		time.Duration(local.Minute())*time.Minute+time.Duration(local.Second())*time.Second+time.Duration(local.Nanosecond()))
	q.equal(fmt.Sprint("date alone of ", local), q.calendar.DateOf(a), gotDate)
	wantShift := gotDate.String()
	if m := q.oracle.minutes[q.oracle.place(a)]; m.shift != "" && !m.begun {
		wantShift = m.shift
	}
	q.equal(fmt.Sprint("business date of ", local), q.calendar.BusinessDateOf(a).String(), wantShift)
	ofHours := gotDate.String()
	if m := q.oracle.minutes[q.oracle.place(a)]; m.shift != "" {
		ofHours = m.shift
	}
	q.equal(fmt.Sprint("shift date of ", local), q.calendar.ShiftDateOf(a).String(), ofHours)
	q.equal(fmt.Sprint("business date at ", local), q.calendar.BusinessDateAt(calendar.InstantOf(a)).String(), wantShift)
	q.equal(fmt.Sprint("is open at ", local), q.calendar.IsOpen(a), q.oracle.isOpen(a))
	got, err := q.calendar.NextOpening(a)
	want, v := q.oracle.nextOpening(a)
	q.answer(fmt.Sprint("next opening from ", local), got, err, want, v)
}

func (q question) openTime(a, b time.Time) {
	d := time.Duration(rapid.Int64Range(int64(-50*time.Hour), int64(50*time.Hour)).Draw(q.T, "open time"))
	switch rapid.IntRange(0, 2).Draw(q.T, "kind of open time") {
	case 0:
		d = d.Truncate(time.Hour)
	case 1: // exactly used up at b
		d = q.oracle.openBetween(a, b)
	}
	got, err := q.calendar.AddOpen(a, d)
	want, v := q.oracle.addOpen(a, d)
	q.answer(fmt.Sprintf("%v open from %v", d, a.In(q.oracle.spec.Zone)), got, err, want, v)
	if err == nil {
		back, err := q.calendar.OpenBetween(a, got)
		q.equal(fmt.Sprintf("error of open time from %v", a), err, error(nil))
		q.equal(fmt.Sprintf("open time from %v to %v", a, got), back, d)
	}

	between, err := q.calendar.OpenBetween(a, b)
	if !q.oracle.covers(a) || !q.oracle.covers(b) {
		q.equal("error of open time out of years", err, calendar.ErrRange)
		return
	}
	q.equal(fmt.Sprintf("open time from %v to %v", a, b), between, q.oracle.openBetween(a, b))
}

// pictures checks that the open stretches are apart, and cover open time only.
func (q question) pictures(a, b time.Time) {
	if b.Before(a) {
		a, b = b, a
	}
	var sum time.Duration
	last := a.Add(-1)
	for iv := range q.calendar.Intervals(a, b) {
		if !iv.Open.After(last) || !iv.Close.After(iv.Open) || iv.Open.Before(a) || iv.Close.After(b) {
			q.Fatalf("interval %v between %v and %v, after %v", iv, a, b, last)
		}
		last = iv.Close
		sum += iv.Close.Sub(iv.Open)
	}
	q.equal(fmt.Sprintf("sum of open stretches from %v to %v", a, b), sum, q.oracle.openBetween(a, b))
}

func (q question) dates(d calendar.Date) {
	s := d.String()
	if d.Year() < q.oracle.spec.FirstYear || d.Year() > q.oracle.spec.LastYear {
		q.equal("business day out of years", q.calendar.IsBusinessDay(d), false)
		_, err := q.calendar.StartOfDay(d)
		q.equal("start of a day out of years", err, calendar.ErrRange)
		return
	}
	start, end := q.oracle.bounds(s)
	got, err := q.calendar.StartOfDay(d)
	q.answer("start of "+s, got, err, start, known)
	got, err = q.calendar.EndOfDay(d)
	q.answer("end of "+s, got, err, end, known)

	clock := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(q.T, "clock"))
	if minutes := q.oracle.on(s, func(minute) bool { return true }); len(minutes) > 0 && rapid.Bool().Draw(q.T, "beside a minute") {
		clock = minutes[rapid.IntRange(0, len(minutes)-1).Draw(q.T, "minute")].clock
		clock += time.Duration(rapid.Int64Range(-1, 1).Draw(q.T, "beside"))
	}
	got, err = q.calendar.At(d, clock)
	q.answer(fmt.Sprintf("%s at %v", s, clock), got, err, q.oracle.at(s, clock), known)

	open := q.oracle.openMinutes(s)
	q.equal("business day "+s, q.calendar.IsBusinessDay(d), len(open) > 0)
	q.equal("day "+s, q.calendar.Day(d).Business, len(open) > 0)
	opening, errOpening := q.calendar.Opening(d)
	shut, errClose := q.calendar.Close(d)
	if len(open) == 0 {
		q.equal("opening of closed "+s, errOpening, calendar.ErrNotBusinessDay)
		q.equal("close of closed "+s, errClose, calendar.ErrNotBusinessDay)
		return
	}
	q.answer("opening of "+s, opening, errOpening, open[0].start, known)
	closes := known
	if last, _ := q.oracle.endOfYears(); s == last && q.oracle.passesMidnight(s) {
		closes = outOfYears
	}
	q.answer("close of "+s, shut, errClose, open[len(open)-1].start.Add(time.Minute), closes)
}

func (q question) counting(d calendar.Date) {
	if d.Year() < q.oracle.spec.FirstYear || d.Year() > q.oracle.spec.LastYear {
		_, err := q.calendar.AddBusinessDays(d, 0)
		q.equal("counting from a date out of years", err, calendar.ErrRange)
		return
	}
	check := func(what string, got calendar.Date, err error, want string, v verdict) {
		switch v {
		case outOfWindow:
		case outOfYears:
			q.equal(what+": error", err, calendar.ErrRange)
		case known:
			q.equal(what+": error", err, error(nil))
			q.equal(what, got.String(), want)
		}
	}
	n := rapid.IntRange(-8, 8).Draw(q.T, "business days")
	got, err := q.calendar.AddBusinessDays(d, n)
	want, v := q.oracle.addBusinessDays(d.String(), n)
	check(fmt.Sprintf("%d business days from %s", n, d), got, err, want, v)

	forward, errForward := q.calendar.RollForward(d)
	back, errBack := q.calendar.RollBack(d)
	wantForward, vForward := q.oracle.addBusinessDays(nextDate(d.String(), -1), 1)
	wantBack, vBack := q.oracle.addBusinessDays(nextDate(d.String(), 1), -1)
	check("roll forward "+d.String(), forward, errForward, wantForward, vForward)
	check("roll back "+d.String(), back, errBack, wantBack, vBack)
}

func TestEveryQueryEqualsTheOracle(t *testing.T) { rapid.Check(t, ask) }

// Over years, where no oracle can step along, adding and measuring must undo one
// another, from and to the very edges.
func TestAddingAndMeasuringAgreeOverYears(t *testing.T) {
	c := japan(t, 1955, 2054)
	first, last := c.Range()
	rapid.Check(t, func(t *rapid.T) {
		instant := func(label string) time.Time {
			d, err := c.RollForward(calendar.Date(rapid.Int32Range(int32(first), int32(last)-10).Draw(t, label+" date")))
			if err != nil {
				t.Fatal(err)
			}
			opening, err := c.Opening(d)
			if err != nil {
				t.Fatal(err)
			}
			return opening.Add(time.Duration(rapid.OneOf(rapid.Just(0), rapid.Just(int(9*time.Hour)), rapid.IntRange(0, int(9*time.Hour))).Draw(t, label)))
		}
		a, b := instant("a"), instant("b")
		d, err := c.OpenBetween(a, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AddOpen(a, d)
		want := b
		switch {
		case d > 0 && !c.IsOpen(b.Add(-1)): // an opening: the time was used up at the close before
			day, errDay := c.AddBusinessDays(c.DateOf(b), -1)
			shut, errClose := c.Close(day)
			want, err = shut, errors.Join(err, errDay, errClose)
		case d < 0 && !c.IsOpen(b): // a close: the same time leads from the next opening
			next, errNext := c.NextOpening(b)
			want, err = next, errors.Join(err, errNext)
		case d == 0:
			want = a
		}
		if err != nil || !got.Equal(want) {
			t.Fatalf("%v open from %v: got %v, %v, want %v", d, a, got, err, want)
		}
	})
}

func FuzzQueries(f *testing.F) { f.Fuzz(rapid.MakeFuzz(ask)) }
