package store_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

func snapshot(t testing.TB, db *store.DB, f func(s *store.Snapshot) error) {
	t.Helper()
	if err := db.Snapshot(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// line writes a counted clock so that two can be compared.
func line(clock sla.ClockID, inc sla.IncidentID, vendor, service, promise, terms string, strength sla.Strength, state sla.State, assumed bool, at, notice int64, took string) string {
	return fmt.Sprintln(clock, inc, vendor, service, promise, terms, strength, state, assumed, at, notice, took)
}

func countedLines(t testing.TB, db *store.DB, from, to time.Time) []string {
	t.Helper()
	var lines []string
	snapshot(t, db, func(s *store.Snapshot) error {
		return s.Rows(t.Context(), from, to, func(c *report.Row) error {
			took := "-"
			if c.Measured {
				took = fmt.Sprint(c.Took)
			}
			lines = append(lines, line(c.Clock, c.Incident, c.Vendor, c.Service, c.Promise, c.Terms, c.Strength, c.State, c.Assumed, c.At, c.NotifiedAt, took))
			return nil
		})
	})
	return lines
}

// naiveLine says of a whole clock what a counted one must.
func naiveLine(inc *sla.Incident, c *sla.Clock) string {
	took, notice := "-", int64(0)
	if !c.NotifiedAt.IsZero() {
		notice = c.NotifiedAt.UnixMilli()
		if !c.Start.At.IsZero() {
			took = fmt.Sprint(c.NotifiedAt.Unix() - c.Start.At.Unix())
		}
	}
	return line(c.ID, inc.ID, inc.Vendor, inc.Service, c.Promise, c.Terms, c.Explanation.Strength, c.State, c.Start.Basis == sla.Assumed,
		attributedAt(inc, c).UnixMilli(), notice, took)
}

// TestCountedClocksAreTheWholeOnes: after any changes of clocks and services,
// what a report counts is what stands in the incidents, and Verify agrees.
func TestCountedClocksAreTheWholeOnes(t *testing.T) {
	ctx, fresh := t.Context(), freshDatabases(t)
	rapid.Check(t, func(rt *rapid.T) {
		db := fresh(rt)
		defer db.Close()
		draw := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, name) }
		instant := func(name string) time.Time {
			if rapid.Bool().Draw(rt, "no "+name) {
				return time.Time{}
			}
			return base.Add(time.Duration(rapid.Int64Range(-3_000_000_000, 3_000_000_000).Draw(rt, name)) * time.Millisecond)
		}
		change := func(c *sla.Clock) {
			c.State, c.Due, c.NotifiedAt = rapid.SampledFrom(sla.States[:]).Draw(rt, "state"), instant("due"), instant("notice")
			c.Start = sla.Start{At: instant("start"), From: sla.Aware, Basis: sla.Basis(draw("basis", "stated", "assumed"))}
			c.Explanation.Strength = sla.Strength(draw("strength", "firm", "target", ""))
		}
		var all []*sla.Incident
		err := db.Update(ctx, func(tx tracker.Tx) error {
			for range rapid.IntRange(1, 6).Draw(rt, "incidents") {
				inc := &sla.Incident{Vendor: draw("vendor", "a", "b"), Facts: sla.Facts{Service: draw("service", "", "x", "y")}}
				inc.Times[sla.Logged].At = base.Add(time.Duration(rapid.IntRange(-9, 9).Draw(rt, "logged")) * 100 * time.Hour)
				clocks := make([]sla.Clock, rapid.IntRange(0, 3).Draw(rt, "clocks"))
				for i := range clocks {
					change(&clocks[i])
				}
				if err := insert(ctx, tx, inc, clocks...); err != nil {
					return err
				}
				all = append(all, inc)
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(0, 4).Draw(rt, "changes") {
			inc := all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")]
			err := db.Update(ctx, func(tx tracker.Tx) error {
				for i := range inc.Clocks {
					was := inc.Clocks[i].State
					change(&inc.Clocks[i])
					if err := tx.UpdateClock(ctx, &inc.Clocks[i], was); err != nil {
						return err
					}
				}
				inc.Service = draw("new service", "", "x", "z")
				inc.Times[sla.Logged].At = inc.Times[sla.Logged].At.Add(time.Hour)
				return tx.UpdateIncident(ctx, inc)
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		from, to := base.Add(-20*24*time.Hour), base.Add(25*24*time.Hour)
		var want, clockless []string
		for _, inc := range all {
			logged := inc.Times[sla.Logged].At
			if len(inc.Clocks) == 0 && !logged.Before(from) && logged.Before(to) {
				clockless = append(clockless, fmt.Sprintln(logged.UnixMilli(), inc.ID, inc.Vendor, inc.Service))
			}
			for i := range inc.Clocks {
				if at := attributedAt(inc, &inc.Clocks[i]); !at.Before(from) && at.Before(to) {
					want = append(want, naiveLine(inc, &inc.Clocks[i]))
				}
			}
		}
		got := countedLines(t, db, from, to)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("counted\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(want, ""))
		}
		var found []string
		snapshot(t, db, func(s *store.Snapshot) error {
			return s.Clockless(ctx, from, to, func(inc *sla.Incident) error {
				found = append(found, fmt.Sprintln(inc.Times[sla.Logged].At.UnixMilli(), inc.ID, inc.Vendor, inc.Service))
				return nil
			})
		})
		slices.Sort(found)
		slices.Sort(clockless)
		if !slices.Equal(found, clockless) {
			rt.Fatalf("without clocks: %q, want %q", found, clockless)
		}
		if err := db.VerifyRows(ctx); err != nil {
			rt.Fatal(err)
		}
	})
}

// TestSilentAtAnInstant: due before it, and answered at it or after, or never.
func TestSilentAtAnInstant(t *testing.T) {
	db := open(t)
	noon := base.AddDate(0, 1, 0)
	before, after := noon.Add(-time.Millisecond), noon.Add(time.Millisecond)
	clocks := []sla.Clock{
		{Promise: "never", State: sla.Overdue, Due: noon.AddDate(0, 0, -3)},
		{Promise: "due at it, which is in time", State: sla.Overdue, Due: noon},
		{Promise: "due after it", State: sla.Overdue, Due: after},
		{Promise: "answered at it", State: sla.Late, Due: noon.AddDate(0, 0, -2), NotifiedAt: noon},
		{Promise: "answered before it", State: sla.Late, Due: noon.AddDate(0, 0, -2), NotifiedAt: before},
		{Promise: "kept", State: sla.Met, Due: noon.AddDate(0, 0, -2), NotifiedAt: before},
		{Promise: "running", State: sla.Running, Due: after},
		{Promise: "due, and not recorded as overdue yet", State: sla.AtRisk, Due: before},
	}
	for i := range clocks {
		clocks[i].Start = sla.Start{At: base, Basis: sla.Assumed}
		clocks[i].Explanation.Strength = sla.Firm
	}
	logged(t, db, "sotas", clocks...)
	var got []string
	snapshot(t, db, func(s *store.Snapshot) error {
		return s.Silent(t.Context(), noon, func(inc *sla.Incident) error {
			c := inc.Clocks[0]
			if c.Start.Basis != sla.Assumed || c.Explanation.Strength != sla.Firm || inc.Title == "" || inc.Vendor != "sotas" || c.Due.IsZero() {
				t.Errorf("got %s", asJSON(t, inc))
			}
			got = append(got, c.Promise)
			return nil
		})
	})
	if want := []string{"never", "answered at it", "due, and not recorded as overdue yet", "due at it, which is in time"}; !slices.Equal(got, want) {
		t.Errorf("silent: %q, want %q", got, want)
	}
}

// TestOldDatabaseIsCountedLikeANewOne: the migration fills in what later
// versions write themselves.
func TestOldDatabaseIsCountedLikeANewOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 1); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO incidents (id, vendor, service, title, description, impact, scope, severity, occurred_basis, detected_basis,
			confirmed_basis, declared_basis, noticed_basis, logged_at, logged_offset, logged_basis, reference, tags, ack_by, cancel_reason, folded, version)
		SELECT value, 'sotas', 'x' || (value % 2), 't', '', 'unknown', 'unknown', '', '', '', '', '', '', 1000 * value, 0, 'observed', '', '[]', '', '', 't', 1
		FROM json_each('[1, 2, 3, 4]')`)
	rawExec(t, path, `INSERT INTO clocks (id, incident_id, promise, stage, terms, state, start_at, start_offset, start_from, start_basis,
			due_at, due_offset, zone, breached_at, notice_at, explanation, next_step_at, attributed_at) VALUES
		(1, 1, 'p', '', '', 'met', 1500, 0, 'noticed', 'assumed', 90000, 0, 'UTC', NULL, 61999, '{"strength":"firm"}', NULL, 90000),
		(2, 1, 'q', '', '', 'pending', NULL, NULL, '', '', NULL, NULL, '', NULL, NULL, '{}', NULL, 1000),
		(3, 2, 'p', '', '', 'no_commitment', 2000, 0, 'noticed', 'observed', NULL, NULL, '', NULL, 1000, '{"strength":"target"}', NULL, 2000)`)
	db := openAt(t, path)
	got := countedLines(t, db, time.UnixMilli(0), time.UnixMilli(1_000_000))
	want := []string{
		line(2, 1, "sotas", "x1", "p", "", "", sla.Pending, false, 1000, 0, "-"),
		line(3, 2, "sotas", "x0", "p", "", sla.Target, sla.NoCommitment, false, 2000, 1000, "-1"),
		line(1, 1, "sotas", "x1", "p", "", sla.Firm, sla.Met, true, 89999, 61999, "60"),
	}
	want[0] = strings.Replace(want[0], " p ", " q ", 1)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(want, ""))
	}
	var clockless []sla.IncidentID
	snapshot(t, db, func(s *store.Snapshot) error {
		return s.Clockless(t.Context(), time.UnixMilli(0), time.UnixMilli(4000), func(inc *sla.Incident) error {
			clockless = append(clockless, inc.ID)
			return nil
		})
	})
	if !slices.Equal(clockless, []sla.IncidentID{3}) {
		t.Errorf("without clocks: %v, want 3 alone", clockless)
	}
	// The raw rows have no list entries; nothing is wrong with their report keys.
	if err := db.Verify(t.Context()); err != nil && strings.Contains(err.Error(), "report") {
		t.Error(err)
	}
}

// TestVerifyFindsWrongHeadings: a report must not count what does not stand.
func TestVerifyFindsWrongHeadings(t *testing.T) {
	for name, damage := range map[string]string{
		"another state":         `UPDATE clocks SET state = 'late'`,
		"another service":       `UPDATE incidents SET service = 'other'`,
		"another notice":        `UPDATE clocks SET notified_at = notified_at + 5000`,
		"another due":           `UPDATE clocks SET due_at = due_at + 1`,
		"no heading":            `UPDATE clocks SET report_key = 0`,
		"without clocks it has": `UPDATE incidents SET clockless_logged_at = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kigen.db")
			db := openAt(t, path)
			logged(t, db, "sotas", sla.Clock{State: sla.Met, Start: sla.Start{At: base}, Due: base.Add(time.Hour), NotifiedAt: base.Add(time.Minute)})
			if err := db.VerifyRows(t.Context()); err != nil {
				t.Fatal(err)
			}
			rawExec(t, path, damage)
			if err := db.VerifyRows(t.Context()); err == nil || !strings.Contains(err.Error(), "KGN-1") || !strings.Contains(err.Error(), "report") {
				t.Errorf("verify says %v", err)
			}
		})
	}
}

func TestHistoriesHoldSentAlerts(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Overdue, Due: base})
	other := logged(t, db, "sotas", sla.Clock{State: sla.Overdue, Due: base})
	update(t, db, func(tx tracker.Tx) error {
		if err := tx.AppendEvent(t.Context(), &sla.Event{Incident: inc.ID, At: base, Actor: "x", Kind: sla.EventRetired, Body: []byte("{}")}); err != nil {
			return err
		}
		for i, reason := range []outbox.Reason{outbox.ReasonWarning, outbox.ReasonOverdue} {
			alert := &outbox.Alert{Key: string(reason), Reason: reason, Incident: inc.ID, Clock: inc.Clocks[0].ID, DueAt: base, At: base.Add(time.Duration(i) * time.Hour), To: []string{"soc", "lead"}}
			if _, err := tx.Raise(t.Context(), alert); err != nil {
				return err
			}
		}
		return nil
	})
	sentAt := base.Add(2 * time.Hour)
	for _, to := range []string{"lead", "soc"} { // the warning to both; the rest is still on its way
		d, err := db.NextDelivery(t.Context(), to, base)
		if err != nil || d == nil {
			t.Fatal(d, err)
		}
		if err := db.Sent(t.Context(), d.ID, outbox.Receipt{}, sentAt); err != nil {
			t.Fatal(err)
		}
		sentAt = sentAt.Add(time.Minute)
	}
	var got []*report.History
	snapshot(t, db, func(s *store.Snapshot) error {
		return s.Histories(t.Context(), []sla.IncidentID{other.ID, inc.ID, 99}, func(h *report.History) error {
			got = append(got, h)
			return nil
		})
	})
	if len(got) != 2 || got[0].ID != other.ID || len(got[0].Alerts) != 0 || len(got[0].Events) != 2 || len(got[1].Events) != 3 {
		t.Fatalf("got %s", asJSON(t, got))
	}
	want := report.SentAlert{Clock: inc.Clocks[0].ID, Reason: outbox.ReasonWarning, At: base.Add(2 * time.Hour)}
	if len(got[1].Alerts) != 1 || cmp.Compare(got[1].Alerts[0].At.UnixMilli(), want.At.UnixMilli()) != 0 || got[1].Alerts[0].Reason != want.Reason || got[1].Alerts[0].Clock != want.Clock {
		t.Errorf("alerts %+v, want %+v", got[1].Alerts, want)
	}
}

// TestALaterMigrationMayHaveComeFirst: a database of a build between two
// releases is brought up to date all the same.
func TestALaterMigrationMayHaveComeFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	if err := store.MigrateTo(t.Context(), path, 2); err != nil {
		t.Fatal(err)
	}
	rawExec(t, path, `INSERT INTO schema_versions (version_id, is_applied) VALUES (5, 1)`)
	db := openAt(t, path)
	logged(t, db, "sotas", sla.Clock{State: sla.Met, Due: base})
	if lines := countedLines(t, db, base.Add(-time.Hour), base); len(lines) != 1 {
		t.Errorf("counted %q", lines)
	}
}
