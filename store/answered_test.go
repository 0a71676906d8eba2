package store_test

import (
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// TestAnswered: what a notice answered since an instant, newest first, each
// incident once, without those of which something is still open.
func TestAnswered(t *testing.T) {
	db := open(t)
	at := func(hours int) time.Time { return base.Add(time.Duration(hours) * time.Hour) }
	clock := func(state sla.State, notice int) sla.Clock { return sla.Clock{State: state, NotifiedAt: at(notice)} }
	severe := &sla.Incident{Vendor: "sotas", Facts: sla.Facts{Severity: sla.SeverityCritical}}
	for _, inc := range []struct {
		*sla.Incident
		clocks []sla.Clock
	}{
		{&sla.Incident{Vendor: "sotas"}, []sla.Clock{clock(sla.Met, 1)}},
		{&sla.Incident{Vendor: "sotas"}, []sla.Clock{clock(sla.Met, 2), clock(sla.Late, 5)}},
		{&sla.Incident{Vendor: "sotas"}, []sla.Clock{clock(sla.Met, 3), {State: sla.Running}}},
		{severe, []sla.Clock{clock(sla.Late, 4)}},
		{&sla.Incident{Vendor: "cybertrust"}, []sla.Clock{clock(sla.NoCommitment, 2)}},
		{&sla.Incident{Vendor: "sotas"}, []sla.Clock{clock(sla.Cancelled, 6)}},
		{&sla.Incident{Vendor: "sotas"}, []sla.Clock{clock(sla.Met, -1)}},
	} {
		update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc.Incident, inc.clocks...) })
	}
	for name, tc := range map[string]struct {
		q     tracker.AnsweredQuery
		want  []sla.IncidentID
		total int
	}{
		"since":          {tracker.AnsweredQuery{Since: base, Limit: 9}, []sla.IncidentID{2, 4, 5, 1}, 4},
		"the very hour":  {tracker.AnsweredQuery{Since: at(4), Limit: 9}, []sla.IncidentID{2, 4}, 2},
		"limit":          {tracker.AnsweredQuery{Since: base, Limit: 1}, []sla.IncidentID{2}, 4},
		"vendor":         {tracker.AnsweredQuery{Since: base, Limit: 9, Vendor: "cybertrust"}, []sla.IncidentID{5}, 1},
		"severity":       {tracker.AnsweredQuery{Since: base, Limit: 9, Severity: sla.SeverityCritical}, []sla.IncidentID{4}, 1},
		"without grade":  {tracker.AnsweredQuery{Since: at(2), Limit: 9, Severity: sla.SeverityUnknown}, []sla.IncidentID{2, 5}, 2},
		"nothing so far": {tracker.AnsweredQuery{Since: at(7), Limit: 9}, nil, 0},
	} {
		found, total, err := db.Answered(t.Context(), tc.q)
		var got []sla.IncidentID
		for _, inc := range found {
			got = append(got, inc.ID)
		}
		if err != nil || total != tc.total || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v of %d, %v; want %v of %d", name, got, total, err, tc.want, tc.total)
		}
	}
}
