package calendar_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
)

// kept is the canonical form as another program reads it.
type kept struct {
	Form        string
	ID          string
	Zone        string
	Unpublished calendar.Text
	First       int                        `json:"first_year"`
	Last        int                        `json:"last_year"`
	Weekly      map[string][]calendar.Span `json:"weekly"`
	Holidays    []struct {
		Date      calendar.Date
		Reason    calendar.Reason
		Name      calendar.Text
		Projected bool
	}
	Exceptions []keptException
}

// keptException is flat, where an Exception has its NthWeekday.
type keptException struct {
	Name         calendar.Text
	From, To     calendar.Date
	Yearly       bool
	Nth          int
	Weekday      time.Weekday
	Month        time.Month
	BusinessDays bool `json:"business_days_only"`
	Spans        []calendar.Span
}

// spec makes a spec of what was kept.
func (k *kept) spec(t *testing.T) calendar.Spec {
	spec := calendar.Spec{
		ID: k.ID, Zone: zone(t, k.Zone), Unpublished: k.Unpublished, FirstYear: k.First, LastYear: k.Last,
		Holidays: calendar.Holidays{},
	}
	for day := range spec.Weekly {
		spec.Weekly[day] = k.Weekly[strings.ToLower(time.Weekday(day).String())]
	}
	for _, h := range k.Holidays {
		spec.Holidays[h.Date] = calendar.Holiday{Name: h.Name, Reason: h.Reason, Projected: h.Projected}
	}
	for _, e := range k.Exceptions {
		spec.Exceptions = append(spec.Exceptions, calendar.Exception{
			Name: e.Name, From: e.From, To: e.To, Yearly: e.Yearly, Spans: e.Spans, BusinessDaysOnly: e.BusinessDays,
			Monthly: calendar.NthWeekday{Nth: e.Nth, Weekday: e.Weekday, Month: e.Month},
		})
	}
	return spec
}

// What is kept of a calendar is all of it: one that is made of the canonical
// form alone is the same calendar.
func TestCanonicalHoldsTheWholeCalendar(t *testing.T) {
	odd := sound(t)
	odd.ID, odd.Unpublished = "a \"quoted\" \\ <id>\n\u2028", calendar.Text{Ja: "創立記念日 ほか", En: "founder's day, \x01"}
	odd.Weekly[time.Saturday] = spans(t, "22:00-24:00", "00:00-06:30")
	odd.Weekly[time.Friday] = spans(t, "22:00-24:00", "09:00-12:00")
	odd.Weekly[time.Thursday] = spans(t, "22:00-06:00")
	odd.Holidays = calendar.Holidays{
		date(t, "2026-06-02"): {Name: calendar.Text{Ja: "祝"}, Projected: true},
		date(t, "2026-06-03"): {Reason: calendar.ReasonSubstitute},
		date(t, "2030-06-03"): {}, // outside the years
	}
	odd.Exceptions = []calendar.Exception{
		{From: date(t, "2025-12-29"), To: date(t, "2026-01-03"), Yearly: true, Name: calendar.Text{Ja: "年末年始"}},
		{From: date(t, "2026-06-07"), To: date(t, "2026-06-07"), Spans: spans(t, "10:00-11:00")},
		{Monthly: calendar.NthWeekday{Nth: -1, Weekday: time.Sunday}},
		{Monthly: calendar.NthWeekday{Nth: 2, Weekday: time.Monday, Month: time.May}, Spans: spans(t, "20:00-04:00"), BusinessDaysOnly: true},
	}
	long := sound(t)
	long.FirstYear, long.LastYear = 1955, 2099
	var err error
	if long.Holidays, err = calendar.Japan(nil, 1955, 2099); err != nil {
		t.Fatal(err)
	}
	for _, spec := range []calendar.Spec{sound(t), odd, long} {
		c := compile(t, spec)
		if sum := sha256.Sum256([]byte(c.Canonical())); hex.EncodeToString(sum[:]) != c.Hash() {
			t.Errorf("%s: the hash is not that of the canonical form", spec.ID)
		}
		var k kept
		decoder := json.NewDecoder(strings.NewReader(c.Canonical()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&k); err != nil {
			t.Fatalf("%v in %.300s", err, c.Canonical())
		}
		if again := compile(t, k.spec(t)); again.Canonical() != c.Canonical() || k.Form == "" {
			t.Errorf("%s: made of what was kept:\n%.600s\nwant\n%.600s", spec.ID, again.Canonical(), c.Canonical())
		}
	}
}
