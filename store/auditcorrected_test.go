package store_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// TestUnalertedAfterACorrection: what was told before a correction of a passed
// deadline counts; what was told before the clock became overdue again does not.
func TestUnalertedAfterACorrection(t *testing.T) {
	now := base.AddDate(0, 1, 0)
	due := now.Add(-6 * time.Hour)
	sent := told{reason: outbox.ReasonOverdue, state: outbox.DeliverySent, stale: true}
	escalated := told{reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliverySent, stale: true}
	for name, tc := range map[string]struct {
		clock                 sla.Clock
		alerts                []told
		untold, unescalated   bool
		announcedBy, againOff time.Duration
	}{
		"corrected, told before":     {clock: sla.Clock{State: sla.Overdue}, announcedBy: time.Hour, alerts: []told{sent}, unescalated: true},
		"corrected, all told before": {clock: sla.Clock{State: sla.Overdue}, announcedBy: time.Hour, alerts: []told{sent, escalated}},
		"corrected, never told":      {clock: sla.Clock{State: sla.Overdue}, announcedBy: time.Hour, untold: true, unescalated: true},
		"stuck after it was ahead":   {clock: sla.Clock{State: sla.Running}, announcedBy: time.Hour, alerts: []told{sent, escalated}, untold: true, unescalated: true},
		"again, told only the time before": {clock: sla.Clock{State: sla.Overdue}, againOff: 4 * time.Hour,
			alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent}, {reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliverySent}}, untold: true, unescalated: true},
		"again, and told again": {clock: sla.Clock{State: sla.Overdue}, againOff: time.Hour,
			alerts: []told{{reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliverySent}}},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			tc.clock.Due = due
			if tc.announcedBy != 0 {
				tc.clock.Announced = sla.Announced{Start: due.Add(-tc.announcedBy), Due: due.Add(-tc.announcedBy)}
			}
			if tc.againOff != 0 {
				tc.clock.AgainAt = due.Add(tc.againOff)
			}
			inc := &sla.Incident{Vendor: "sotas", Title: "outage"}
			update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc, tc.clock) })
			for _, a := range tc.alerts {
				raiseTold(t, db, &inc.Clocks[0], a)
			}
			auditor := db.Auditor()
			defer auditor.Close()
			for after, want := range map[time.Duration]bool{0: tc.untold, escalateAfter: tc.unescalated} {
				found, err := auditor.Unalerted(t.Context(), now, store.Stage{After: after, To: []string{"soc"}}, 5*time.Minute, 10)
				if err != nil {
					t.Fatal(err)
				}
				if got := len(found) > 0; got != want {
					t.Errorf("untold %s past due: %t, want %t", after, got, want)
				}
			}
		})
	}
}
