package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
)

func TestTimeline(t *testing.T) {
	clock := func(h, m int) time.Time { return at(t, 5, fmt.Sprintf("%02d:%02d:00", h, m)) }
	c := sla.Clock{
		ID: 7, Promise: "p", Stage: "first", State: sla.Late, Start: sla.Start{At: clock(1, 0), From: sla.Occurred, Basis: sla.Stated},
		Due: clock(7, 0), NotifiedAt: clock(8, 0),
	}
	h := report.History{Incident: one(c)}
	h.Times[sla.Occurred] = sla.Stamp{At: clock(1, 0).UTC(), Basis: sla.Stated}
	h.Times[sla.Logged] = sla.Stamp{At: clock(2, 0), Basis: sla.Observed}
	h.Notices = []sla.Notice{{ReceivedAt: clock(8, 0).UTC(), Channel: "email"}, {ReceivedAt: clock(9, 0), Channel: "phone", Stage: "final"}}
	h.Alerts = []report.SentAlert{
		{Clock: 7, Reason: outbox.ReasonWarning, At: clock(4, 0)}, {Clock: 7, Reason: outbox.ReasonOverdue, At: clock(7, 1)},
		{Clock: 7, Reason: outbox.ReasonRepeat, At: clock(7, 30)}, {Clock: 7, Reason: outbox.ReasonEscalation, At: clock(7, 40)},
		{Clock: 8, Reason: outbox.ReasonOverdue, At: clock(7, 2)},
	}
	deadline := func(hour, minute int, promise, stage string, was, is time.Time) sla.Event {
		body, err := json.Marshal(map[string]any{"promise": promise, "stage": stage, "due": is, "old_due": was})
		if err != nil {
			t.Fatal(err)
		}
		return sla.Event{At: clock(hour, minute), Actor: "kigen", Kind: sla.EventDeadline, Body: body}
	}
	h.Events = []sla.Event{
		{At: clock(2, 0), Kind: sla.EventLogged, Body: []byte("{}")},
		{At: clock(2, 0), Kind: sla.EventDeadline, Body: []byte(`{"promise":"p","stage":"first","due":"2026-10-05T07:30:00+09:00"}`)},
		deadline(3, 0, "p", "first", clock(7, 30), clock(7, 0)),
		deadline(3, 1, "p", "other", clock(7, 30), clock(7, 0)),
		deadline(3, 2, "p", "first", clock(7, 0), clock(7, 0)),
		{At: clock(7, 10), Actor: "佐藤", Kind: sla.EventAcknowledged, Body: []byte("{}")},
	}
	r := makeOf(t, &detailed{history: h, Source: reporttest.Source{Incidents: []*sla.Incident{h.Incident}}}, report.Spec{Catalogue: vendors(), Period: october(t)})
	if len(r.Cases) != 1 {
		t.Fatalf("%d cases", len(r.Cases))
	}
	var got []string
	for _, e := range r.Cases[0].Timeline {
		line := e.At.Format("15:04 ") + string(e.Kind) + " " + string(e.Basis) + e.By + e.Channel + e.Stage
		if e.Stopped {
			line += " stopped"
		}
		if !e.Was.IsZero() {
			line += e.Was.Format("15:04>") + e.Is.Format("15:04")
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		"01:00 occurred stated", "01:00 start stated", "02:00 logged observed", "03:00 rescheduled 07:30>07:00", "04:00 warned",
		"07:00 due", "07:01 alerted", "07:10 acknowledged 佐藤", "07:40 alerted", "08:00 notice email stopped", "09:00 notice phonefinal",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What was taken back shows in the timeline of the clocks that it is about.
func TestTimelineShowsCorrections(t *testing.T) {
	clock := func(h, m int) time.Time { return at(t, 5, fmt.Sprintf("%02d:%02d:00", h, m)) }
	h := report.History{Incident: one(sla.Clock{
		ID: 7, Promise: "p", Stage: "first", State: sla.Overdue, Start: sla.Start{At: clock(1, 0), From: sla.Occurred, Basis: sla.Stated}, Due: clock(7, 0),
	})}
	h.Notices = []sla.Notice{{ReceivedAt: clock(6, 0), Channel: "email", Number: 1, Withdrawal: sla.Withdrawal{At: clock(8, 0)}}}
	h.Events = []sla.Event{
		{At: clock(8, 0), Actor: "佐藤", Kind: sla.EventWithdrawn, Body: []byte(`{"notice":1,"reason":"別件","received_at":"2026-10-04T21:00:00Z"}`)},
		{At: clock(8, 1), Actor: "佐藤", Kind: sla.EventWaived, Body: []byte(`{"promise":"p","reason":"合意"}`)},
		{At: clock(8, 2), Actor: "佐藤", Kind: sla.EventUnwaived, Body: []byte(`{"promise":"p","stage":"first","reason":"誤り"}`)},
		{At: clock(8, 3), Actor: "佐藤", Kind: sla.EventWaived, Body: []byte(`{"promise":"p","stage":"other","reason":"x"}`)},
		{At: clock(8, 4), Actor: "佐藤", Kind: sla.EventWaived, Body: []byte(`{"promise":"q","reason":"x"}`)},
		{At: clock(8, 5), Actor: "森", Kind: sla.EventReopened, Body: []byte(`{"reason":"訓練ではない"}`)},
	}
	r := makeOf(t, &detailed{history: h, Source: reporttest.Source{Incidents: []*sla.Incident{h.Incident}}}, report.Spec{Catalogue: vendors(), Period: october(t)})
	if len(r.Cases) != 1 {
		t.Fatalf("%d cases", len(r.Cases))
	}
	var got []string
	for _, e := range r.Cases[0].Timeline {
		line := e.At.Format("15:04 ") + string(e.Kind) + " " + e.By + e.Reason
		if !e.Was.IsZero() {
			line += " " + e.Was.Format("15:04")
		}
		if e.Void {
			line += "void"
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		"01:00 start", "06:00 notice void", "07:00 due", "08:00 withdrawn 佐藤別件 06:00", "08:01 waived 佐藤合意", "08:02 unwaived 佐藤誤り", "08:05 reopened 森訓練ではない",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestExclusionsSayWhy(t *testing.T) {
	start := sla.Start{At: at(t, 5, "10:00:00"), From: sla.Aware, Basis: sla.Assumed}
	stated := sla.Start{At: at(t, 5, "10:00:00"), From: sla.Occurred, Basis: sla.Stated}
	shut := sla.Explanation{Steps: []sla.Step{{Kind: sla.StepGateShut, By: sla.ByImpact, Value: "limited"}}}
	due := at(t, 5, "12:00:00")
	tests := []struct {
		name string
		c    sla.Clock
		want string
	}{
		{"a shut gate", sla.Clock{State: sla.NotApplicable, Start: stated, Explanation: shut}, "gate impact=limited"},
		{"no edition any more", sla.Clock{State: sla.NotApplicable, Start: stated, Explanation: sla.Explanation{Steps: []sla.Step{{Kind: sla.StepEnded}}}}, "edition"},
		{"a cadence that ended", sla.Clock{State: sla.NotApplicable, Start: stated, Explanation: sla.Explanation{Steps: []sla.Step{{Kind: sla.StepCadenceEnded}}}}, "settled"},
		{"cancelled", sla.Clock{State: sla.Cancelled, Start: stated, Due: due}, "cancelled 誤検知"},
		{"waived", sla.Clock{State: sla.Waived, Start: stated, Due: due, Waiver: sla.Waiver{At: due, Reason: "合意"}}, "waived 合意"},
		{"late on an assumed start", sla.Clock{State: sla.Late, Start: start, Due: due, NotifiedAt: due.Add(time.Hour)}, "assumed from aware"},
		{"silent on an assumed start", sla.Clock{State: sla.Overdue, Start: start, Due: due}, "assumed from aware"},
		{"late on a stated start counts", sla.Clock{State: sla.Late, Start: stated, Due: due, NotifiedAt: due.Add(time.Hour)}, ""},
		{"kept on an assumed start counts", sla.Clock{State: sla.Met, Start: start, Due: due, NotifiedAt: due}, ""},
		{"of another month", sla.Clock{State: sla.Cancelled, Start: stated, Due: due.AddDate(0, 1, 0)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inc := one(tt.c)
			inc.CancelReason = "誤検知"
			got := ""
			for _, e := range of(t, inc).Excluded {
				got = string(e.Ground)
				if e.Reason != "" {
					got += " " + e.Reason
				}
				if e.By != "" {
					got += " " + string(e.By) + "=" + e.Value
				}
				if e.StartFrom != "" {
					got += " from " + e.StartFrom
				}
			}
			if got != tt.want {
				t.Errorf("excluded as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestVersionsNameWhatClocksWereMadeWith(t *testing.T) {
	var incidents []*sla.Incident
	for i, terms := range []string{"t2", "t1", "t1", ""} {
		c := sla.Clock{ID: sla.ClockID(i + 1), Promise: "p", Terms: terms, State: sla.Met, Due: at(t, 5, "10:00:00")}
		incidents = append(incidents, &sla.Incident{ID: sla.IncidentID(i + 1), Vendor: "a", Clocks: []sla.Clock{c}})
	}
	bodies := map[string][]byte{
		"t1":  []byte(`{"source":{"document":"SLA","edition":"2"},"calendar":"cal"}`),
		"t2":  []byte(`{"source":{"document":"SLA","edition":"1"},"calendar":"cal"}`),
		"cal": []byte(`{"zone":"Asia/Tokyo"}`),
	}
	source := &reporttest.Source{Incidents: incidents, Terms: bodies}
	v := makeOf(t, source, report.Spec{
		Catalogue: vendors(), Period: october(t), Kigen: "v9", Holidays: []report.HolidayEdition{{Country: "JP", First: 1955, Last: 2027}},
	}).Versions
	if want := [][]string{{"t1", "t2"}, {"cal"}}; !slices.EqualFunc(source.Asked, want, slices.Equal) {
		t.Errorf("asked for the terms and calendars %q, want %q", source.Asked, want)
	}
	want := []report.PromiseVersion{
		{Vendor: "a", Promise: "p", Document: "SLA", Edition: "2", Hash: "t1", Calendar: "cal", Clocks: 2},
		{Vendor: "a", Promise: "p", Document: "SLA", Edition: "1", Hash: "t2", Calendar: "cal", Clocks: 1},
	}
	if v.Kigen != "v9" || len(v.Holidays) != 1 || !slices.Equal(v.Promises, want) || !slices.Equal(v.Calendars, []report.CalendarVersion{{Hash: "cal", Zone: "Asia/Tokyo"}}) {
		t.Errorf("versions %+v", v)
	}
}

func TestKeptLinesComeBack(t *testing.T) {
	kept := []report.EditionClock{
		{Clock: 9, Incident: 3, Verdict: report.Met, At: 1_790_000_000_000, NotifiedAt: 1_790_000_000_001, Took: -5, Measured: true},
		{Clock: 2, Incident: 1, Verdict: report.NoCommitment, At: -1},
	}
	got, err := report.DecodeClocks(report.EncodeClocks(kept))
	if err != nil || !slices.Equal(got, []report.EditionClock{kept[1], kept[0]}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, damaged := range []string{"1 2 met 3", "1 2 met 3 4 5 6", "x 2 met 3 4", "1 2 met 3 4 y"} {
		if _, err := report.DecodeClocks([]byte(damaged)); err == nil {
			t.Errorf("%q is read", damaged)
		}
	}
}

func TestOnlyLeavesTheOthersOut(t *testing.T) {
	var incidents []*sla.Incident
	for i, vendor := range []string{"a", "b", "gone"} {
		for n, due := range []time.Time{at(t, 5, "10:00:00"), at(t, -5, "10:00:00")} {
			c := sla.Clock{ID: sla.ClockID(10*i + n + 1), State: sla.Overdue, Due: due}
			incidents = append(incidents, &sla.Incident{ID: sla.IncidentID(10*i + n + 1), Vendor: vendor, Clocks: []sla.Clock{c}})
		}
		incidents = append(incidents, &sla.Incident{ID: sla.IncidentID(10*i + 9), Vendor: vendor})
	}
	r := makeOf(t, &reporttest.Source{Incidents: incidents}, report.Spec{Catalogue: vendors(), Period: october(t), Vendor: "a"})
	if len(r.Vendors) != 1 || r.Vendors[0].ID != "a" || r.VendorFilter != "a" || len(r.Cases) != 1 || len(r.CarriedOver) != 1 ||
		r.Totals.Clocks != 1 || r.Previous.Totals.Clocks != 1 || len(r.Trend[11].Vendors) != 1 || r.Trend[11].Total.Due != 1 {
		t.Errorf("got %+v", r)
	}
}

// detailed gives an incident its history.
type detailed struct {
	reporttest.Source
	history report.History
}

func (s *detailed) Histories(_ context.Context, _ []sla.IncidentID, yield func(*report.History) error) error {
	return yield(&s.history)
}

// widest notes the most incidents that were read at once.
type widest struct {
	*reporttest.Source
	most int
}

func (w *widest) Histories(ctx context.Context, ids []sla.IncidentID, yield func(*report.History) error) error {
	w.most = max(w.most, len(ids))
	return w.Source.Histories(ctx, ids, yield)
}

// However many cases a report lists, a few hundred are in memory.
func TestCasesAreReadInParts(t *testing.T) {
	const many = 3000
	due := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	source := &widest{Source: &reporttest.Source{}}
	for i := range many {
		source.Incidents = append(source.Incidents, &sla.Incident{ID: sla.IncidentID(i + 1), Vendor: "a", Clocks: []sla.Clock{{
			ID: sla.ClockID(i + 1), Incident: sla.IncidentID(i + 1), Promise: "p", State: sla.Overdue,
			Start: sla.Start{At: due.Add(-time.Hour), Basis: sla.Stated}, Due: due.Add(time.Duration(many-i) * time.Second),
		}}})
	}
	p, err := report.Month("2026-10", time.UTC, due.AddDate(0, 2, 0))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	err = report.Stream(t.Context(), source, report.Spec{Catalogue: vendors(), Period: p}, func(made *report.Result) error {
		last := time.Time{}
		return made.Report.EachCase(func(c *report.Case) error {
			if read++; c.Due.Before(last) {
				t.Errorf("case %d is due before the one before it", read)
			}
			last = c.Due
			return nil
		})
	})
	if err != nil || read != many || source.most > 200 {
		t.Errorf("%v; %d cases, %d incidents at once", err, read, source.most)
	}
}
