package store_test

import (
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// told is an alert about the clock of a case, and what became of it.
type told struct {
	reason outbox.Reason
	at     time.Duration // after due
	stale  bool          // about another deadline
	to     string        // empty: soc
	digest outbox.DeliveryState
	state  outbox.DeliveryState
}

const escalateAfter = 2 * time.Hour

// The audit is asked six hours past due, for what was to be told at due and
// for what was to be told two hours later.
func TestUnalerted(t *testing.T) {
	const first, escalation = "overdue", "escalation"
	for name, tc := range map[string]struct {
		state     sla.State
		due       time.Duration // before now; 0: 6 h
		ack       time.Duration // after due; 0: nobody has it
		cancelled bool
		alerts    []told
		want      []string
	}{
		"planner never came":           {state: sla.Running, want: []string{first, escalation}},
		"state moved, nothing raised":  {state: sla.Overdue, want: []string{first, escalation}},
		"warned only":                  {state: sla.AtRisk, alerts: []told{{reason: outbox.ReasonWarning, at: time.Hour, state: outbox.DeliverySent}}, want: []string{first, escalation}},
		"told to others only":          {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent, to: "siem"}}, want: []string{first, escalation}},
		"another one of the stage":     {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, at: 3 * time.Hour, state: outbox.DeliverySent, to: "oncall"}}},
		"repeat instead of the stage":  {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonRepeat, at: 4 * time.Hour, state: outbox.DeliverySent}}},
		"in doubt":                     {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliveryUnknown}}, want: []string{first, escalation}},
		"in a digest that is out":      {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliveryMerged, digest: outbox.DeliverySent}}},
		"in a digest that is not":      {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonEscalation, at: 3 * time.Hour, state: outbox.DeliveryMerged, digest: outbox.DeliveryPending}}, want: []string{first, escalation}},
		"both stages told":             {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent}, {reason: outbox.ReasonEscalation, at: escalateAfter, state: outbox.DeliverySent}}},
		"escalation never raised":      {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent}}, want: []string{escalation}},
		"escalation stuck":             {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent}, {reason: outbox.ReasonEscalation, at: escalateAfter, state: outbox.DeliveryPending}}, want: []string{escalation}},
		"stuck in the outbox":          {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliveryPending}}, want: []string{first, escalation}},
		"crashed while sending":        {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySending}}, want: []string{first, escalation}},
		"superseded, nothing after it": {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySuperseded}}, want: []string{first, escalation}},
		"superseded by a repeat":       {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySuperseded}, {reason: outbox.ReasonRepeat, at: 4 * time.Hour, state: outbox.DeliverySent}}},
		"repeats that never arrive":    {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonRepeat, at: 6*time.Hour - time.Minute, state: outbox.DeliveryPending}}, want: []string{first, escalation}},
		"about an earlier deadline":    {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, state: outbox.DeliverySent, stale: true}}, want: []string{first, escalation}},
		"only just learned of":         {state: sla.Overdue, alerts: []told{{reason: outbox.ReasonOverdue, at: 6*time.Hour - time.Minute, state: outbox.DeliveryPending}, {reason: outbox.ReasonEscalation, at: 6*time.Hour - time.Minute, state: outbox.DeliveryPending}}},
		"acknowledged at due":          {state: sla.Overdue, ack: time.Minute, want: []string{escalation}},
		"acknowledged later":           {state: sla.Overdue, ack: 3 * time.Hour},
		"acknowledged before due":      {state: sla.Overdue, ack: -time.Hour, want: []string{first, escalation}},
		"within the grace":             {state: sla.Running, due: 4 * time.Minute},
		"past the grace":               {state: sla.Running, due: 5 * time.Minute, want: []string{first}},
		"not due yet":                  {state: sla.Running, due: -time.Hour},
		"notice came":                  {state: sla.Late},
		"met":                          {state: sla.Met},
		"waived":                       {state: sla.Waived},
		"cancelled":                    {state: sla.Overdue, cancelled: true},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			now := base.AddDate(0, 1, 0)
			if tc.due == 0 {
				tc.due = 6 * time.Hour
			}
			due := now.Add(-tc.due)
			inc := &sla.Incident{Vendor: "sotas", Title: "outage"}
			if tc.ack != 0 {
				inc.Acknowledged = sla.Acknowledgement{By: "sato", At: due.Add(tc.ack)}
			}
			if tc.cancelled {
				inc.CancelledAt = now
			}
			update(t, db, func(tx tracker.Tx) error {
				return insert(t.Context(), tx, inc, sla.Clock{State: tc.state, Due: due})
			})
			for _, a := range tc.alerts {
				raiseTold(t, db, &inc.Clocks[0], a)
			}
			auditor := db.Auditor()
			defer auditor.Close()
			var got []string
			for stage, after := range map[string]time.Duration{first: 0, escalation: escalateAfter} {
				found, err := auditor.Unalerted(t.Context(), now, store.Stage{After: after, To: []string{"soc", "oncall"}}, 5*time.Minute, 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range found {
					if u.Clock != inc.Clocks[0].ID || u.Incident != inc.ID || u.Vendor != "sotas" || !u.Due.Equal(due) {
						t.Errorf("found %+v", u)
					}
					got = append(got, stage)
				}
			}
			if !sameSet(got, tc.want) {
				t.Errorf("untold: %v, want %v", got, tc.want)
			}
		})
	}
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func raiseTold(t *testing.T, db *store.DB, c *sla.Clock, a told) {
	t.Helper()
	due := c.Due
	if a.stale {
		due = due.Add(-time.Minute)
	}
	if a.to == "" {
		a.to = "soc"
	}
	alert := &outbox.Alert{
		Key: string(a.reason) + a.at.String(), Reason: a.reason, Incident: c.Incident, Clock: c.ID,
		DueAt: due, At: c.Due.Add(a.at), To: []string{a.to},
	}
	update(t, db, func(tx tracker.Tx) error {
		_, err := tx.Raise(t.Context(), alert)
		return err
	})
	writer, _ := db.Pools()
	if _, err := writer.ExecContext(t.Context(), "UPDATE deliveries SET state = $1 WHERE alert_id = $2", a.state, alert.ID); err != nil {
		t.Fatal(err)
	}
	if a.digest == "" {
		return
	}
	const digest = `INSERT INTO deliveries (key, alert_id, destination, kind, state, queued_at, next_at)
		VALUES ('digest', $1, 'soc', 'page', $2, 0, 0)`
	const tell = `UPDATE deliveries SET digest_page_id = (SELECT id FROM deliveries WHERE key = 'digest') WHERE kind = 'post'`
	_, err := writer.ExecContext(t.Context(), digest, alert.ID, a.digest)
	if err == nil {
		_, err = writer.ExecContext(t.Context(), tell)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnalertedListsTheOldestFirstUpToTheLimit(t *testing.T) {
	db := open(t)
	now := base.AddDate(0, 1, 0)
	for i := range 5 {
		logged(t, db, "sotas", sla.Clock{State: sla.Overdue, Due: now.Add(-time.Duration(i+1) * time.Hour)})
	}
	auditor := db.Auditor()
	defer auditor.Close()
	found, err := auditor.Unalerted(t.Context(), now, store.Stage{To: []string{"soc"}}, 5*time.Minute, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 3 || found[0].Incident != 5 || found[2].Incident != 3 {
		t.Errorf("found %+v, want the three oldest of five", found)
	}
}

func TestNextDueAndCounts(t *testing.T) {
	db := open(t)
	auditor := db.Auditor()
	defer auditor.Close()
	if _, ok, err := auditor.NextDue(t.Context(), base); ok || err != nil {
		t.Errorf("an empty database has a next deadline (%v)", err)
	}
	logged(t, db, "sotas", sla.Clock{State: sla.Overdue, Due: base.Add(-time.Hour)}, sla.Clock{State: sla.Running, Due: base.Add(2 * time.Hour)})
	logged(t, db, "sotas", sla.Clock{State: sla.Running, Due: base.Add(3 * time.Hour)})
	logged(t, db, "sotas", sla.Clock{State: sla.Met, Due: base.Add(time.Hour)})
	due, ok, err := auditor.NextDue(t.Context(), base)
	if !ok || err != nil || !due.Equal(base.Add(2*time.Hour)) {
		t.Errorf("next due is %s, %t (%v)", due, ok, err)
	}
	counts, err := auditor.CountByState(t.Context())
	if err != nil || counts[sla.Running] != 2 || counts[sla.Overdue] != 1 || counts[sla.Met] != 1 || len(counts) != 3 {
		t.Errorf("tally is %v (%v)", counts, err)
	}
}
