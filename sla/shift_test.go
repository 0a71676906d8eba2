package sla_test

import (
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/prose"
)

// shifts is a place with the same shift on the days from Monday to Friday.
func shifts(t *testing.T, hours string) calendar.Spec {
	spec := calendar.Spec{ID: "shifts", Zone: tokyo(t), FirstYear: 2026, LastYear: 2027, Holidays: calendar.Holidays{}}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = spans(t, hours)
	}
	return spec
}

// 2026-05-01 is a Friday; the holidays of that week are left out.
func TestBusinessDaysOfShifts(t *testing.T) {
	untilClose := sla.Rule{Op: sla.OpBusinessDays, Count: 1, Ends: sla.Close}
	startDay := untilClose
	startDay.CountStartDay = true
	for _, test := range []struct {
		name, hours, start, due string
		rule                    sla.Rule
		holiday                 string
	}{
		{name: "over the weekend", hours: "22:00-06:00", start: "2026-05-01 10:00", due: "2026-05-05 06:00", rule: untilClose},
		{name: "within the week", hours: "22:00-06:00", start: "2026-04-30 10:00", due: "2026-05-02 06:00", rule: untilClose},
		{name: "a long shift", hours: "09:00-03:00", start: "2026-04-30 10:00", due: "2026-05-02 03:00", rule: untilClose},
		{name: "24 hours", hours: "09:00-09:00", start: "2026-04-30 10:00", due: "2026-05-02 09:00", rule: untilClose},
		{name: "in the small hours of Monday's shift", hours: "22:00-06:00", start: "2026-05-05 03:00", due: "2026-05-06 06:00", rule: untilClose},
		{name: "after Monday's shift", hours: "22:00-06:00", start: "2026-05-05 06:00", due: "2026-05-07 06:00", rule: untilClose},
		{name: "in the small hours of Friday's shift", hours: "22:00-06:00", start: "2026-05-02 03:00", due: "2026-05-05 06:00", rule: untilClose},
		{name: "the start's shift counts", hours: "22:00-06:00", start: "2026-05-02 03:00", due: "2026-05-02 06:00", rule: startDay},
		{name: "a holiday takes its shift", hours: "22:00-06:00", start: "2026-05-01 10:00", due: "2026-05-06 06:00", rule: untilClose, holiday: "2026-05-04"},
		{name: "the morning of a holiday is open", hours: "22:00-06:00", start: "2026-05-05 23:00", due: "2026-05-06 05:00", rule: sla.Rule{Op: sla.OpBusinessTime, Length: 6 * time.Hour}, holiday: "2026-05-06"},
		{name: "business hours over a weekend", hours: "22:00-06:00", start: "2026-05-02 03:00", due: "2026-05-04 23:00", rule: sla.Rule{Op: sla.OpBusinessTime, Length: 4 * time.Hour}},
		{name: "next opening", hours: "22:00-06:00", start: "2026-05-02 06:00", due: "2026-05-04 22:00", rule: sla.Rule{Op: sla.OpNextOpening}},
		{name: "inside a shift", hours: "22:00-06:00", start: "2026-05-02 03:00", due: "2026-05-02 03:00", rule: sla.Rule{Op: sla.OpNextOpening}},
		{name: "the next business day's start", hours: "22:00-06:00", start: "2026-05-05 03:00", due: "2026-05-05 22:00", rule: sla.Rule{Op: sla.OpNextDayStart}},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := shifts(t, test.hours)
			if test.holiday != "" {
				spec.Holidays[date(t, test.holiday)] = calendar.Holiday{}
			}
			cal, err := calendar.Compile(spec)
			if err != nil {
				t.Fatal(err)
			}
			p := promising(test.rule, cal)
			d, e, err := p.Explain(starting(p, at(t, test.start)))
			if err != nil || !d.Due.Equal(at(t, test.due)) {
				t.Errorf("due %v, %v, want %s\n%s", d.Due, err, test.due, strings.Join(prose.Explanation("en", &e), "\n"))
			}
		})
	}
}

// The last shift that a calendar knows closes after its years. What ends within
// them is explained all the same.
func TestTheLastShiftIsExplained(t *testing.T) {
	cal, err := calendar.Compile(shifts(t, "22:00-06:00"))
	if err != nil {
		t.Fatal(err)
	}
	p := promising(sla.Rule{Op: sla.OpBusinessTime, Length: time.Hour}, cal)
	d, e, err := p.Explain(starting(p, at(t, "2027-12-31 12:00"))) // a Friday
	if err != nil || !d.Due.Equal(at(t, "2027-12-31 23:00")) {
		t.Errorf("due %v, %v\n%s", d.Due, err, strings.Join(prose.Explanation("en", &e), "\n"))
	}
}

// What is counted of a shift is told by the day that it began on.
func TestShiftsInWords(t *testing.T) {
	cal, err := calendar.Compile(shifts(t, "22:00-06:00"))
	if err != nil {
		t.Fatal(err)
	}
	rule := byHours(sla.Rule{Op: sla.OpBusinessDays, Count: 1, Ends: sla.Close}, sla.Rule{Op: sla.OpBusinessTime, Length: 4 * time.Hour})
	p := promising(rule, cal)
	for _, test := range []struct {
		start, lang string
		want        []string
	}{
		{"2026-05-02 03:00", "en", []string{
			"Sat 2 May 2026 03:00 is inside business hours (Fri 1 May 2026: 22:00–06:00)",
			"Fri 1 May 2026: the day of the start is not counted",
			"Mon 4 May 2026: business day 1",
			"Until the close of business of Mon 4 May 2026, at 06:00 on the next day",
		}},
		{"2026-05-02 03:00", "ja", []string{
			"2026年5月2日(土) 03:00 は営業時間内(2026年5月1日(金)の営業時間 22:00〜翌06:00)",
			"2026年5月4日(月) の営業終了(翌06:00)まで",
		}},
		{"2026-05-01 20:00", "en", []string{
			"Fri 1 May 2026 20:00 is outside business hours (that day 22:00–06:00)",
			"Fri 1 May 2026 22:00 to 02:00 on the next day: 4 h of business hours counted",
		}},
	} {
		_, e, err := p.Explain(starting(p, at(t, test.start)))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(prose.Explanation(test.lang, &e), "\n")
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: lacks %q:\n%s", test.start, want, text)
			}
		}
	}
}

// A special opening that begins while the shift of the day before lasts is not the
// next business day's start for a start at or after it.
func TestNextDayStartAfterAnOverlappingOpening(t *testing.T) {
	spec := shifts(t, "22:00-06:00")
	saturday := date(t, "2026-05-02")
	spec.Exceptions = append(spec.Exceptions, calendar.Exception{From: saturday, To: saturday, Spans: spans(t, "05:00-12:00")})
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := promising(sla.Rule{Op: sla.OpNextDayStart}, cal)
	for start, due := range map[string]string{
		"2026-05-02 04:59": "2026-05-02 05:00",
		"2026-05-02 05:00": "2026-05-04 22:00",
		"2026-05-02 05:30": "2026-05-04 22:00",
	} {
		wantDue(t, p, at(t, start), at(t, due))
	}
}

// A business day that is counted from the small hours of a shift ends after its start.
func TestBusinessDaysFromTheSmallHours(t *testing.T) {
	cal, err := calendar.Compile(shifts(t, "22:00-06:00"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule       sla.Rule
		start, due string
	}{
		{businessDays(1, sla.SameTime), "2026-05-07 03:00", "2026-05-08 03:00"}, // of Wednesday's shift
		{businessDays(1, sla.SameTime), "2026-05-07 23:00", "2026-05-08 23:00"},
		{businessDays(-1, sla.SameTime), "2026-05-08 03:00", "2026-05-07 03:00"},
		{businessDays(1, "02:00"), "2026-05-07 03:00", "2026-05-08 02:00"},
		{businessDays(1, "04:00"), "2026-05-07 03:00", "2026-05-07 04:00"},
	} {
		wantDue(t, promising(test.rule, cal), at(t, test.start), at(t, test.due))
	}
}

// Open time of a shift is explained by the shift's date, also after the hours of a
// special opening that began meanwhile.
func TestOpenTimeOfAnOverlappedShift(t *testing.T) {
	spec := shifts(t, "22:00-06:00")
	saturday := date(t, "2026-05-02")
	spec.Exceptions = append(spec.Exceptions, calendar.Exception{From: saturday, To: saturday, Spans: spans(t, "00:00-01:00")})
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := promising(sla.Rule{Op: sla.OpBusinessTime, Length: -time.Hour}, cal)
	d, e, err := p.Explain(starting(p, at(t, "2026-05-02 12:00")))
	text := strings.Join(prose.Explanation("en", &e), "\n")
	if err != nil || !d.Due.Equal(at(t, "2026-05-02 05:00")) || !strings.Contains(text, "1 h of business hours counted") {
		t.Errorf("due %v, %v\n%s", d.Due, err, text)
	}
	inside := promising(byHours(elapsed(time.Hour), elapsed(2*time.Hour)), cal)
	_, e, err = inside.Explain(starting(inside, at(t, "2026-05-02 05:30")))
	if text := strings.Join(prose.Explanation("en", &e), "\n"); err != nil || !strings.Contains(text, "22:00–06:00") {
		t.Errorf("%v: the hours named are not those that hold the start:\n%s", err, text)
	}
}

// Where the clocks go back, the end of a shift comes twice: at 01:59 the shift until
// 01:01 is closed, and a second later it is open once more.
func TestOpenTimeOfAShiftThatEndsTwice(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "fold", Zone: zone, FirstYear: 2026, LastYear: 2027, Holidays: calendar.Holidays{}}
	spec.Weekly[time.Saturday] = spans(t, "12:00-01:01")
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := promising(sla.Rule{Op: sla.OpBusinessTime, Length: time.Second}, cal)
	_, e, err := p.Explain(starting(p, time.Date(2026, time.November, 1, 5, 59, 59, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range e.Steps {
		if s.Kind == sla.StepOpenTime && s.Length == time.Second {
			return
		}
	}
	t.Errorf("the second is not listed:\n%s", strings.Join(prose.Explanation("en", &e), "\n"))
}
