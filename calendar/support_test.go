package calendar_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func spans(t testing.TB, list ...string) []calendar.Span {
	t.Helper()
	var result []calendar.Span
	for _, s := range list {
		span, err := calendar.ParseSpan(s)
		if err != nil {
			t.Fatal(err)
		}
		result = append(result, span)
	}
	return result
}

// weekdays gives Monday to Friday the same hours.
func weekdays(t testing.TB, list ...string) (weekly [7][]calendar.Span) {
	t.Helper()
	for day := time.Monday; day <= time.Friday; day++ {
		weekly[day] = spans(t, list...)
	}
	return weekly
}

func compile(t testing.TB, spec calendar.Spec) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
