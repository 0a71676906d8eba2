package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// The changeable columns of a clock, in the order of clockValues.
const (
	plainClockColumns = `terms, state, start_at, start_offset, start_from, start_basis,
	due_at, due_offset, zone, notified_at, next_step_at,
	announced_start_at, announced_due_at, again_at, waived_at, waived_by, waived_reason, waived_whole`
	clockColumns = plainClockColumns + `, promised_id, explanation`
)

// clockValues are the values of clockColumns; whole is the clock's explanation.
func (t *tx) clockValues(ctx context.Context, c *sla.Clock, whole string) ([]any, error) {
	explanation, err := t.explanationValues(ctx, whole)
	if err != nil {
		return nil, err
	}
	return append(plainClockValues(c), explanation...), nil
}

// sealedClockValues are the values of the columns by which the record seals a new
// clock; whole is its explanation.
func sealedClockValues(c *sla.Clock, whole string) []any {
	plain := plainClockValues(c)
	const notified, announced = 9, 11 // where notified_at and announced_start_at are in plainClockColumns
	return slices.Concat([]any{c.Incident, c.Promise, c.Stage}, plain[:notified+1],
		[]any{whole, millis(c.BreachedAt), nil}, plain[announced:])
}

// plainClockValues are the values of plainClockColumns.
func plainClockValues(c *sla.Clock) []any {
	from := ""
	if !c.Start.At.IsZero() {
		from = c.Start.From.String()
	}
	return []any{
		c.Terms, c.State, millis(c.Start.At), offset(c.Start.At), from, c.Basis(),
		millis(c.Due), offset(c.Due), zoneName(c.Due), millis(c.NotifiedAt), millis(c.NextStepAt),
		millis(c.Announced.Start), millis(c.Announced.Due), millis(c.AgainAt),
		millis(c.Waiver.At), c.Waiver.By, c.Waiver.Reason, c.Waiver.Whole,
	}
}

// attributionSQL is the expression for a clock's attributed_at. Its three arguments are
// the last instant before the due, the start and the incident. A clock of our own duties
// belongs to no period, so that no report and no list of vendors counts it.
func attributionSQL(c *sla.Clock, from int) string {
	if c.Regime() != "" {
		return fmt.Sprintf("CASE WHEN COALESCE(CAST($%d AS BIGINT), $%d, $%d) IS NULL THEN CAST(NULL AS BIGINT) END", from, from+1, from+2)
	}
	return fmt.Sprintf("COALESCE($%d, $%d, (SELECT at FROM moments WHERE incident_id = $%d AND moment = 'logged'))", from, from+1, from+2)
}

// InsertClock stores a new clock and sets its ID.
func (t *tx) InsertClock(ctx context.Context, c *sla.Clock) error {
	whole, err := explanationText(c)
	if err != nil {
		return err
	}
	values, err := t.clockValues(ctx, c, whole)
	if err != nil {
		return err
	}
	heading, err := t.heading(ctx, c)
	if err != nil {
		return fmt.Errorf("store clock %s of %s: %w", c.Promise, c.Incident, err)
	}
	values = append(values, c.Incident, c.Promise, c.Stage, millis(c.BreachedAt), reportKey(heading, c))
	n := len(values)
	stmt := "INSERT INTO clocks (" + clockColumns + ", incident_id, promise, stage, breached_at, report_key, attributed_at, has_earlier_clock) VALUES (" +
		placeholders(1, n) + ", " + attributionSQL(c, n+1) + fmt.Sprintf(", CASE WHEN EXISTS (SELECT 1 FROM clocks WHERE incident_id = $%d AND %s) THEN 1 ELSE 0 END) RETURNING id", n+4, ofVendors)
	values = append(values, lastInTime(c), millis(c.Start.At), c.Incident, c.Incident)
	if err := t.one(ctx, []any{&c.ID}, nil, stmt, values...); err != nil {
		return fmt.Errorf("store clock %s of %s: %w", c.Promise, c.Incident, err)
	}
	t.touched[c.Incident] = true
	t.committed.plans(c.NextStepAt)
	t.learnt.insertedClock(c)
	return t.sealInserted(record.Clock, int64(c.ID), sealedClockValues(c, whole))
}

// UpdateClock stores the clock if its stored state is was; otherwise it returns
// ErrConflict. A stored BreachedAt is never replaced: it is copied to c.
func (t *tx) UpdateClock(ctx context.Context, c *sla.Clock, was sla.State) error {
	whole, err := explanationText(c)
	if err != nil {
		return err
	}
	values, err := t.clockValues(ctx, c, whole)
	if err != nil {
		return err
	}
	heading, err := t.heading(ctx, c)
	if err != nil {
		return fmt.Errorf("store clock: %w", err)
	}
	values = append(values, reportKey(heading, c))
	n := len(values)
	stmt := "UPDATE clocks SET (" + clockColumns + ", report_key, breached_at, attributed_at) = (" + placeholders(1, n) +
		fmt.Sprintf(", COALESCE(breached_at, $%d), ", n+1) + attributionSQL(c, n+2) + ")" +
		fmt.Sprintf(" WHERE id = $%d AND incident_id = $%d AND state = $%d RETURNING breached_at", n+5, n+6, n+7)
	values = append(values, millis(c.BreachedAt), lastInTime(c), millis(c.Start.At), c.Incident, c.ID, c.Incident, was)
	lost := fmt.Errorf("clock %d (%s of %s), no longer %s: %w", c.ID, c.Promise, c.Incident, was, tracker.ErrConflict)
	var breached nullInt
	if err := t.one(ctx, []any{&breached}, lost, stmt, values...); err != nil {
		return fmt.Errorf("store clock: %w", err)
	}
	c.BreachedAt = t.db.inZone(breached, offset(c.Due), zoneName(c.Due))
	t.committed.plans(c.NextStepAt)
	t.learnt.changed(c.Incident)
	t.touched[c.Incident] = true
	t.sealRow(record.Clock, int64(c.ID))
	return nil
}

// addClocks reads the clocks of incidents, in creation order.
func (r *reader) addClocks(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	stmt := "SELECT id, incident_id, promise, stage, breached_at, premature_at, " + plainClockColumns + ", " + explanationSQL +
		" FROM clocks WHERE incident_id" + in + " ORDER BY id"
	return r.query(ctx, func(rows *sql.Rows) error {
		c, err := r.scanClock(rows)
		if err != nil {
			return err
		}
		inc := byID[c.Incident]
		if c.Regime() != "" {
			inc.Duties = append(inc.Duties, c)
		} else {
			inc.Clocks = append(inc.Clocks, c)
		}
		return nil
	}, stmt, args...)
}

func (r *reader) scanClock(rows *sql.Rows) (sla.Clock, error) {
	var (
		c                                        sla.Clock
		breached, start, startEast, due, dueEast nullInt
		notified, next, premature                nullInt
		announcedStart, announcedDue             nullInt
		again, waived                            nullInt
		from, zone                               string
		explanation                              []byte
	)
	err := rows.Scan(&c.ID, &c.Incident, &c.Promise, &c.Stage, &breached, &premature,
		&c.Terms, &c.State, &start, &startEast, &from, &c.Start.Basis,
		&due, &dueEast, &zone, &notified, &next,
		&announcedStart, &announcedDue, &again, &waived, &c.Waiver.By, &c.Waiver.Reason, &c.Waiver.Whole, &explanation)
	if err != nil {
		return c, err
	}
	if from != "" {
		if err := c.Start.From.UnmarshalText([]byte(from)); err != nil {
			return c, fmt.Errorf("start of clock %d: %w", c.ID, err)
		}
	}
	if err := json.Unmarshal(explanation, &c.Explanation); err != nil {
		return c, fmt.Errorf("explanation of clock %d: %w", c.ID, err)
	}
	if own := c.Explanation.StartBasis; own != "" {
		c.Start.Basis = own // the column holds Clock.Basis
	}
	c.Start.At = entered(start, startEast)
	c.Due = r.db.inZone(due, dueEast, zone)
	c.BreachedAt = r.db.inZone(breached, dueEast, zone)
	c.NotifiedAt, c.NextStepAt, c.PrematureAt = utc(notified), utc(next), utc(premature)
	c.Announced = sla.Announced{Start: utc(announcedStart), Due: utc(announcedDue)}
	c.AgainAt, c.Waiver.At = utc(again), utc(waived)
	return c, nil
}

const dueIncidentsSQL = `SELECT incident_id FROM clocks WHERE next_step_at <= $1
	AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.incident_id = clocks.incident_id) ORDER BY next_step_at, incident_id LIMIT $2`

// clocksEach is how many due clocks are read for each incident that is asked for, and
// the factor when these belong to too few.
const clocksEach = 4

// DueIncidents returns, soonest first, the ids of at most limit incidents with a
// clock whose NextStepAt is at or before now and that are not put aside.
func (r *reader) DueIncidents(ctx context.Context, now time.Time, limit int) ([]sla.IncidentID, error) {
	for clocks := clocksEach * limit; ; clocks *= clocksEach {
		ids, err := r.ids(ctx, dueIncidentsSQL, now.UnixMilli(), clocks)
		if err != nil {
			return nil, fmt.Errorf("read due incidents: %w", err)
		}
		read := len(ids)
		seen := make(map[sla.IncidentID]bool, read)
		ids = slices.DeleteFunc(ids, func(id sla.IncidentID) bool {
			known := seen[id]
			seen[id] = true
			return known
		})
		if len(ids) >= limit || read < clocks {
			return ids[:min(len(ids), limit)], nil
		}
	}
}

const nextStepSQL = `SELECT next_step_at FROM clocks WHERE next_step_at IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.incident_id = clocks.incident_id) ORDER BY next_step_at LIMIT 1`

// planAgainSQL spreads the next steps of the open clocks, in the order of their due.
// A next step that is sooner stays.
const planAgainSQL = `UPDATE clocks SET next_step_at = CASE
		WHEN clocks.next_step_at < turn.at THEN clocks.next_step_at ELSE turn.at END
	FROM (SELECT id, $1 + (ROW_NUMBER() OVER (ORDER BY due_at, id) - 1) / $2 * $3 AS at FROM clocks
		WHERE due_at IS NOT NULL AND state IN ('running', 'at_risk', 'overdue')) turn
	WHERE turn.id = clocks.id`

// AdoptPolicies schedules a step of every open clock from an instant on, batch
// clocks at a time with a pause between, unless the stored fingerprint of the alert
// policies is the same.
func (t *tx) AdoptPolicies(ctx context.Context, fingerprint string, from time.Time, batch int, pause time.Duration) error {
	changed, err := t.exec(ctx, `UPDATE meta SET policies = $1 WHERE policies <> $2`, fingerprint, fingerprint)
	if err != nil {
		return fmt.Errorf("adopt policies: %w", err)
	}
	if changed == 0 {
		return nil
	}
	if _, err := t.exec(ctx, planAgainSQL, from.UnixMilli(), batch, pause.Milliseconds()); err != nil {
		return fmt.Errorf("plan open clocks again: %w", err)
	}
	return nil
}

// NextStep returns the earliest NextStepAt of all clocks, or the next try of an
// incident that is put aside; false when none is planned.
func (r *reader) NextStep(ctx context.Context) (time.Time, bool, error) {
	next, planned, err := r.earliest(ctx, nextStepSQL)
	if err != nil {
		return time.Time{}, false, err
	}
	try, waits, err := r.earliest(ctx, `SELECT MIN(next_at) FROM aside`)
	if waits && (!planned || try.Before(next)) {
		next, planned = try, true
	}
	return next, planned, err
}

// earliest runs a statement that returns one instant or NULL.
func (r *reader) earliest(ctx context.Context, stmt string, args ...any) (time.Time, bool, error) {
	var at nullInt
	if err := r.one(ctx, []any{&at}, nil, stmt, args...); err != nil {
		return time.Time{}, false, err
	}
	return utc(at), at.Valid, nil
}
