package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// queuedAheadSQL makes deliveries due that were queued for an instant of a wall
// clock that was ahead, and never tried. Only reports and messages about logged
// incidents may be queued for later, by quiet hours.
const queuedAheadSQL = `UPDATE deliveries SET next_at = $1
	WHERE state = 'pending' AND attempts = 0 AND next_at > $2
	AND (kind <> 'post' OR NOT EXISTS (
		SELECT 1 FROM alerts a LEFT JOIN moments m ON m.incident_id = a.incident_id AND m.moment = 'logged' WHERE a.id = deliveries.alert_id
		AND (a.reason = 'logged' AND a.at > m.at OR a.reason = 'report' AND a.key NOT LIKE '%/sent/%')))`

// Reached is the newest instant of a decision, in UTC; zero: none.
func (r *reader) Reached(ctx context.Context) (time.Time, error) {
	var ms int64
	if err := r.one(ctx, []any{&ms}, nil, `SELECT reached_at FROM meta WHERE "only" = 1`); err != nil || ms == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(ms).UTC(), nil
}

// Reach stores now as the newest instant of a decision, unless a newer one is stored.
func (t *tx) Reach(ctx context.Context, now time.Time) error {
	if !now.After(t.latest) {
		return nil
	}
	_, err := t.exec(ctx, `UPDATE meta SET reached_at = $1 WHERE reached_at < $2`, now.UnixMilli(), now.UnixMilli())
	if err == nil {
		t.latest = now
	}
	return err
}

// Premature returns, in order, the ids of at most limit incidents after the given
// one with an open clock that may have a stamp or an alert for later than now.
func (r *reader) Premature(ctx context.Context, now time.Time, after sla.IncidentID, limit int) ([]sla.IncidentID, error) {
	ms := now.UnixMilli()
	ids, err := r.ids(ctx, `SELECT DISTINCT c.incident_id FROM clocks c
		WHERE c.incident_id > $1 AND c.state IN ('running', 'at_risk', 'overdue')
		AND (c.breached_at >= $2 OR EXISTS (SELECT 1 FROM alerts a WHERE a.clock_id = c.id AND a.premature = 0 AND a.at > $3))
		AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.incident_id = c.incident_id)
		ORDER BY c.incident_id LIMIT $4`, after, ms, ms, limit)
	if err != nil {
		return nil, fmt.Errorf("read the incidents with premature decisions: %w", err)
	}
	return ids, nil
}

// FreeKey returns the key for an alert: key itself, or one with a suffix if an alert
// with that key was withdrawn.
func (r *reader) FreeKey(ctx context.Context, key string) (string, error) {
	var early int
	const stmt = `SELECT COUNT(*) FROM alerts WHERE premature = 1 AND (key = $1 OR key > $2 AND key < $3)`
	if err := r.one(ctx, []any{&early}, nil, stmt, key, key+"/again/", key+"/again0"); err != nil || early == 0 {
		return key, err
	}
	return fmt.Sprintf("%s/again/%d", key, early), nil
}

// prematureAlerts selects the alerts of a clock that were planned for later than now,
// by the instant in their key: an alert about a fact that was entered late is raised
// after its planned instant.
func (r *reader) prematureAlerts(ctx context.Context, clock sla.ClockID, now time.Time) (ids []int64, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		var id int64
		var key string
		err := rows.Scan(&id, &key)
		if at, ok := policy.PlannedAt(key); ok && at.After(now) {
			ids = append(ids, id)
		}
		return err
	}, `SELECT id, key FROM alerts WHERE clock_id = $1 AND premature = 0 AND at > $2`, clock, now.UnixMilli())
	return ids, err
}

// reviveSQL makes the newest post of a valid alert pending again at each destination
// where a premature alert superseded it before it was sent.
const reviveSQL = `UPDATE deliveries SET state = 'pending', moot = 0, digest_page_id = NULL, next_at = $1
	WHERE state = 'superseded' AND id IN (
		SELECT MAX(d.id) FROM alerts a CROSS JOIN deliveries d
		WHERE a.clock_id = $2 AND a.premature = 0 AND d.alert_id = a.id AND d.kind = 'post' AND d.instead_of IS NULL
		AND EXISTS (SELECT 1 FROM alerts b CROSS JOIN deliveries l
			WHERE b.clock_id = $3 AND b.premature = 1 AND l.alert_id = b.id AND l.destination = d.destination AND l.id > d.id)
		GROUP BY d.destination)`

// Withdraw revokes the breach and the alerts of an open clock that were decided for
// later than now, and reports whether there were any.
func (t *tx) Withdraw(ctx context.Context, c *sla.Clock, now time.Time) (bool, error) {
	if !c.State.Open() {
		return false, nil
	}
	ms := now.UnixMilli()
	alerts, err := t.prematureAlerts(ctx, c.ID, now)
	if err != nil {
		return false, fmt.Errorf("alerts of clock %d: %w", c.ID, err)
	}
	stamped := !c.BreachedAt.IsZero() && !c.BreachedAt.Before(now)
	if len(alerts) == 0 && !stamped {
		return false, nil
	}
	for _, id := range alerts {
		if _, err := t.exec(ctx, `UPDATE alerts SET premature = 1 WHERE id = $1`, id); err != nil {
			return false, fmt.Errorf("withdraw alerts of clock %d: %w", c.ID, err)
		}
	}
	const unsent = supersedePostSQL + `
		SELECT d.id FROM alerts a CROSS JOIN deliveries d
		WHERE a.clock_id = $1 AND a.premature = 1 AND d.alert_id = a.id AND ` + unsettledPostSQL + `)`
	if _, err := t.exec(ctx, unsent, c.ID); err != nil {
		return false, fmt.Errorf("withdraw alerts of clock %d: %w", c.ID, err)
	}
	if _, err := t.exec(ctx, reviveSQL, ms, c.ID, c.ID); err != nil {
		return false, fmt.Errorf("withdraw alerts of clock %d: %w", c.ID, err)
	}
	const stamp = `UPDATE clocks SET premature_at = $1, breached_at = CASE WHEN breached_at >= $2 THEN NULL ELSE breached_at END
		WHERE id = $3 AND state = $4`
	n, err := t.exec(ctx, stamp, ms, ms, c.ID, c.State)
	if err == nil && n == 0 {
		err = tracker.ErrConflict
	}
	if err != nil {
		return false, fmt.Errorf("withdraw the breach of clock %d: %w", c.ID, err)
	}
	c.PrematureAt = now
	if stamped {
		c.BreachedAt = time.Time{}
	}
	t.touched[c.Incident] = true
	t.sealRow(record.Clock, int64(c.ID))
	return true, nil
}

// StepBack makes now the newest instant of a decision, schedules a step of every open
// clock, frees the keys of reports that were raised for later than now, and makes
// deliveries due that were put back or aside, or were queued for later than now: which wait was
// reckoned by the clock that was ahead, no row says.
func (t *tx) StepBack(ctx context.Context, now time.Time) error {
	if err := t.withdrawReports(ctx, now); err != nil {
		return fmt.Errorf("withdraw reports: %w", err)
	}
	ms := now.UnixMilli()
	for _, change := range []struct {
		stmt string
		args []any
	}{
		{`UPDATE clocks SET next_step_at = $1 WHERE next_step_at > $2 AND due_at IS NOT NULL AND state IN ('running', 'at_risk', 'overdue')`, []any{ms, ms}},
		{putBackSQL, []any{ms, ms}},
		{queuedAheadSQL, []any{ms, ms}},
		{`UPDATE meta SET reached_at = $1`, []any{ms}},
	} {
		if _, err := t.exec(ctx, change.stmt, change.args...); err != nil {
			return fmt.Errorf("plan again from %s: %w", now.Format(time.RFC3339), err)
		}
	}
	return nil
}

// RetryNow makes due what the leader before had put back: its clock may have been ahead, and
// no row says so.
func (db *DB) RetryNow(ctx context.Context, now time.Time) error {
	return db.updateLeading(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, putBackSQL, now.UnixMilli(), now.UnixMilli()); err != nil {
			return fmt.Errorf("retry what was put back: %w", err)
		}
		return nil
	})
}

const putBackSQL = `UPDATE deliveries SET next_at = $1 WHERE state IN ('pending', 'unknown', 'refused') AND attempts > 0 AND next_at > $2`

// withdrawReports renames the keys of reports whose period has not ended, so that they
// are raised again after its end. Alerts that quiet hours held back follow the
// report that they belong to.
func (t *tx) withdrawReports(ctx context.Context, now time.Time) error {
	var keys []string
	err := t.query(ctx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, `SELECT key FROM alerts WHERE reason = 'report' AND at > $1 AND premature = 0
		AND key NOT LIKE '%/held/%' AND key NOT LIKE '%/sent/%'`, now.UnixMilli())
	early := fmt.Sprintf("/early/%d", now.UnixMilli())
	for _, key := range keys {
		const its = `(key = $%d OR key > $%d AND key < $%d)`
		of := []any{key, key + "/held/", key + "/held0"}
		for _, change := range []struct {
			stmt string
			args []any
		}{
			{`UPDATE deliveries SET state = 'superseded' WHERE state = 'pending' AND attempts = 0
				AND alert_id IN (SELECT id FROM alerts WHERE ` + fmt.Sprintf(its, 1, 2, 3) + `)`, of},
			{`UPDATE deliveries SET key = key || $1 WHERE alert_id IN (SELECT id FROM alerts WHERE ` + fmt.Sprintf(its, 2, 3, 4) + `)`, append([]any{early}, of...)},
			{`UPDATE alerts SET premature = 1, key = key || $1 WHERE ` + fmt.Sprintf(its, 2, 3, 4), append([]any{early}, of...)},
		} {
			if err == nil {
				_, err = t.exec(ctx, change.stmt, change.args...)
			}
		}
	}
	return err
}

// AcceptClock makes a kigen, running or started later, accept a wall clock that is
// behind the newest decision: it then withdraws the decisions made too early.
func (db *DB) AcceptClock(ctx context.Context, now time.Time) error {
	return db.update(ctx, func(t *tx) error {
		accepted := now.Add(tracker.LongestStepBack).UnixMilli()
		_, err := t.exec(ctx, `UPDATE meta SET reached_at = $1 WHERE reached_at > $2`, accepted, accepted)
		return err
	})
}
