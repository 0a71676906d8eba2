package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
)

// A verdict that rests on a notice recorded after the deadline, though received before
// it, is listed, and so is one that was recorded days later.
func TestBackdatedNoticesAreListed(t *testing.T) {
	due := at(t, 5, "16:00:00")
	clock := func(state sla.State, notified time.Time) sla.Clock {
		return sla.Clock{ID: 1, Promise: "p", State: state, Start: sla.Start{At: at(t, 5, "10:00:00"), From: sla.Occurred, Basis: sla.Stated}, Due: due, NotifiedAt: notified}
	}
	incident := func(id sla.IncidentID, title string, c sla.Clock, recorded time.Time) *sla.Incident {
		inc := one(c)
		inc.ID, inc.Title = id, title
		inc.Notices = []sla.Notice{{ReceivedAt: c.NotifiedAt, RecordedAt: recorded, RecordedBy: "森", Channel: "phone"}}
		return inc
	}
	r := of(t,
		incident(1, "in time, recorded after the deadline", clock(sla.Met, at(t, 5, "15:59:00")), at(t, 8, "18:59:00")),
		incident(2, "in time, recorded at once", clock(sla.Met, at(t, 5, "15:00:00")), at(t, 5, "15:10:00")),
		incident(3, "late, recorded soon", clock(sla.Late, at(t, 5, "17:00:00")), at(t, 5, "18:00:00")),
		incident(4, "late, recorded a day later", clock(sla.Late, at(t, 5, "17:00:00")), at(t, 6, "17:00:00")),
		incident(5, "cancelled", clock(sla.Cancelled, at(t, 5, "15:00:00")), at(t, 9, "15:00:00")),
	)
	var got []string
	for _, b := range r.Backdated {
		got = append(got, b.Title+" "+string(b.Verdict)+" "+(time.Duration(b.Delay)*time.Second).String()+" "+b.RecordedBy)
	}
	want := []string{"in time, recorded after the deadline met 75h0m0s 森", "late, recorded a day later late 24h0m0s 森"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range r.Cases {
		marked := !c.RecordedAt.IsZero()
		if i := slices.IndexFunc(c.Timeline, func(e report.Entry) bool { return e.Kind == report.EntryNotice }); marked != (c.Timeline[i].Delay != nil) || marked != (c.Incident == 4) {
			t.Errorf("%s: recorded %v, %+v", c.Title, c.RecordedAt, c.Timeline[i])
		}
	}
	other := incident(6, "of another vendor", clock(sla.Met, at(t, 5, "15:59:00")), at(t, 8, "18:59:00"))
	other.Vendor = "b"
	r = makeOf(t, &reporttest.Source{Incidents: []*sla.Incident{other}}, report.Spec{Catalogue: vendors(), Period: october(t), Vendor: "a"})
	if len(r.Backdated) != 0 {
		t.Errorf("the report of one vendor shows another's: %+v", r.Backdated)
	}
}
