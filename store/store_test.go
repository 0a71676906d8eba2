package store_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/sla/tracker/trackertest"
	"kigen/store"
	"kigen/store/storetest"
)

// base is the instant at which the tests' databases are made.
var base = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// open opens a database of the test's own.
func open(t testing.TB) *store.DB {
	t.Helper()
	return openAt(t, storetest.Path(t))
}

func openAt(t testing.TB, path string) *store.DB {
	t.Helper()
	if !store.IsServer(path) {
		ofFiles(t)
	}
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	places.Store(db, path)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// update runs f in one transaction and fails the test on an error.
func update(t testing.TB, db *store.DB, f func(tx tracker.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// view runs f over a snapshot and fails the test on an error.
func view(t testing.TB, db *store.DB, f func(r tracker.Reader) error) {
	t.Helper()
	if err := db.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func incident(t testing.TB, db *store.DB, id sla.IncidentID) *sla.Incident {
	t.Helper()
	var inc *sla.Incident
	view(t, db, func(r tracker.Reader) (err error) {
		inc, err = r.Incident(t.Context(), id)
		return err
	})
	return inc
}

// logged stores an incident of a vendor with one clock per promise given, all
// in the state and with the due given; a zero due is none.
func logged(t testing.TB, db *store.DB, vendor string, clocks ...sla.Clock) *sla.Incident {
	t.Helper()
	inc := &sla.Incident{Vendor: vendor, Title: "outage at " + vendor}
	inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
	update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc, clocks...) })
	return inc
}

func insert(ctx context.Context, tx tracker.Tx, inc *sla.Incident, clocks ...sla.Clock) error {
	if err := tx.InsertIncident(ctx, inc); err != nil {
		return err
	}
	for i := range clocks {
		c := clocks[i]
		c.Incident = inc.ID
		if c.Promise == "" {
			c.Promise = string(rune('a' + i))
		}
		if (c.State == sla.Overdue || c.State == sla.Late) && c.BreachedAt.IsZero() {
			c.BreachedAt = c.Due
		}
		if err := tx.InsertClock(ctx, &c); err != nil {
			return err
		}
		inc.Clocks = append(inc.Clocks, c)
	}
	return trackertest.Logged(ctx, tx, inc)
}

// asJSON makes two values comparable however their times point to zones.
func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestIncidentComesBackAsItWasStored(t *testing.T) {
	db := open(t)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	var may5 calendar.Date
	if err := may5.UnmarshalText([]byte("2026-05-05")); err != nil {
		t.Fatal(err)
	}
	entry := time.FixedZone("", -5*3600)
	inc := &sla.Incident{
		Vendor: "sotas", Title: "障害 <1>", Description: "全角とhalf", Reference: "T-1",
		Facts:        sla.Facts{Service: "化学調査", Impact: sla.ImpactSerious, Scope: sla.ScopeAll, Severity: sla.SeverityHigh},
		Tags:         []string{"a", "日本"},
		Acknowledged: sla.Acknowledgement{By: "佐藤", At: base, Until: base.Add(time.Hour).In(tokyo)},
		CancelledAt:  base.Add(2 * time.Hour), CancelReason: "none",
	}
	for m := range inc.Times {
		inc.Times[m] = sla.Stamp{At: base.Add(time.Duration(m) * time.Minute).In(entry), Basis: sla.Stated}
	}
	clock := sla.Clock{
		Promise: "incident-notice", Stage: "first", Terms: "", State: sla.Overdue,
		Start:      sla.Start{At: base.In(entry), From: sla.Aware, Basis: sla.Assumed},
		Due:        base.Add(6 * time.Hour).In(tokyo),
		BreachedAt: base.Add(6 * time.Hour).In(tokyo),
		NotifiedAt: base.Add(7 * time.Hour),
		NextStepAt: base.Add(8 * time.Hour),
		Explanation: sla.Explanation{
			Rule: "6h",
			Steps: []sla.Step{
				{
					Kind: sla.StepSkipped, Date: may5, Reason: calendar.ReasonHoliday,
					Name: calendar.Text{Ja: "こどもの日", En: "Children's Day"}, Projected: true,
				},
				{Kind: sla.StepElapsed, From: base.In(entry), At: base.Add(6 * time.Hour).In(tokyo), Length: 6 * time.Hour},
			},
			Alternatives: []sla.Alternative{{Reading: "other", Due: base.Add(9 * time.Hour).In(tokyo)}},
		},
	}
	notice := sla.Notice{
		ReceivedAt: base.Add(7 * time.Hour).In(tokyo), SentAt: base.Add(6 * time.Hour).In(entry), Channel: "email",
		Stage: "first", Reference: "M-1", Text: "ご連絡", RecordedAt: base.Add(8 * time.Hour), RecordedBy: "佐藤", Number: 1,
	}
	update(t, db, func(tx tracker.Tx) error {
		if err := insert(t.Context(), tx, inc, clock); err != nil {
			return err
		}
		notice.Incident = inc.ID
		return tx.InsertNotice(t.Context(), &notice)
	})
	inc.Notices = []sla.Notice{notice}
	if got, want := asJSON(t, incident(t, db, inc.ID)), asJSON(t, inc); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := incident(t, db, inc.ID).Clocks[0].Due.Location().String(); got != "Asia/Tokyo" {
		t.Errorf("due comes back in zone %q, not in the calendar's", got)
	}
}
