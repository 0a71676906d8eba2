package sla_test

import (
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Where clocks skip midnight the anchor's day begins at the change, not in the evening
// before.
func TestAnchorOnADayWithoutMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "office", Zone: zone, FirstYear: 2017, LastYear: 2018}
	spec.Weekly[time.Monday] = []calendar.Span{{Open: 9 * 60, Close: 18 * 60}}
	office, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := &sla.Promise{
		ID: "assessment", Vendor: "acme", About: sla.KindPeriodic, Strength: sla.Firm, Calendar: office, Anchor: calendar.NewDate(2017, time.October, 15),
		Due: sla.Rule{Op: sla.OpEvery, Args: []sla.Rule{{Op: sla.OpElapsed, Length: 24 * time.Hour}}},
	}
	owed := p.Owed(&sla.Incident{Kind: sla.KindPeriodic})
	want := time.Date(2017, time.October, 15, 1, 0, 0, 0, zone)
	if len(owed) != 1 || !owed[0].Start.At.Equal(want) {
		t.Errorf("owed %+v, want one round from %s", owed, want)
	}
}
