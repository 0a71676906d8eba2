package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
)

var (
	//go:embed query/fail_over_one.sql
	failOverOneSQL string
	//go:embed query/reopen.sql
	reopenSQL string
	//go:embed query/refused.sql
	refusedSQL string
	//go:embed query/displace.sql
	displaceSQL string
)

// refusedFor is how long a refused delivery is shown and tried again.
const refusedFor = 30 * 24 * time.Hour

// standsSQL is true for a refused delivery d of the alert a, the clock c and the
// incident n that is still relevant: no later message of its incident, or later
// update of its message, was queued, and a post's clock is open.
const standsSQL = `a.reason <> 'test'
	AND (d.kind <> 'post' OR c.id IS NULL OR c.state IN ('pending', 'running', 'at_risk', 'overdue'))
	AND (d.kind <> 'post' OR n.id IS NULL OR n.cancelled_at IS NULL)
	AND NOT EXISTS (
		SELECT 1 FROM deliveries l
		WHERE l.incident_id = d.incident_id AND l.destination = d.destination AND l.id > d.id
		AND d.kind = 'post' AND l.kind = 'post' AND l.state NOT IN ('refused', 'superseded', 'retired'))
	AND NOT EXISTS (
		SELECT 1 FROM deliveries l
		WHERE l.post_id = d.post_id AND l.id > d.id AND l.state NOT IN ('refused', 'superseded', 'retired'))`

func withStands(stmt string) string { return strings.ReplaceAll(stmt, "{stands}", standsSQL) }

// Refuse puts a delivery aside with the reason, to be tried again at next, and
// queues its alert at the fallback (empty: none). A part of a digest is dissolved
// instead: its alerts are sent one by one. It reports whether it queued a
// delivery at the fallback. A delivery that was sent or is unconfirmed is an
// ErrConflict.
func (db *DB) Refuse(ctx context.Context, id outbox.DeliveryID, fallback string, now, next time.Time, reason string) (handed bool, err error) {
	err = db.update(ctx, func(t *tx) error {
		var digest bool
		const part = `SELECT a.reason IN ('digest', 'changes', 'imported') AND d.kind IN ('post', 'page')
			FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.id = $1`
		if err := t.one(ctx, []any{&digest}, nil, part, id); err != nil {
			return err
		}
		if digest {
			return t.dissolve(ctx, id, now, reason)
		}
		const aside = `UPDATE deliveries SET state = 'refused', refusals = refusals + 1, next_at = $1, last_error = $2
			WHERE id = $3 AND attempts > 0 AND state IN ('pending', 'sending')`
		if err := t.recordOutcome(ctx, id, "refused", aside, next.UnixMilli(), foreign(reason), id); err != nil || fallback == "" {
			return err
		}
		n, err := t.exec(ctx, failOverOneSQL, ">"+fallback, fallback, now.UnixMilli(), id, fallback)
		handed = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("put delivery %d aside: %w", id, err)
	}
	return handed, nil
}

// dissolve supersedes a summary or page of a digest and makes its alerts pending,
// each alone, because one line may be the reason of the refusal.
func (t *tx) dissolve(ctx context.Context, id outbox.DeliveryID, now time.Time, reason string) error {
	const end = `UPDATE deliveries SET state = 'superseded', last_error = $1
		WHERE id = $2 AND attempts > 0 AND state IN ('pending', 'sending')`
	if err := t.recordOutcome(ctx, id, "dissolved", end, foreign(reason), id); err != nil {
		return err
	}
	const free = `UPDATE deliveries SET state = 'pending', digest_page_id = NULL, alone = 1, next_at = $1
		WHERE digest_page_id = $2 AND state = 'merged'`
	_, err := t.exec(ctx, free, now.UnixMilli(), id)
	return err
}

// Reconsider makes refused deliveries pending again, due at next, after their
// destination turned out to refuse all messages. Alerts of dissolved digests may
// be merged again.
func (db *DB) Reconsider(ctx context.Context, destination string, ids []outbox.DeliveryID, next time.Time) error {
	err := db.update(ctx, func(t *tx) error {
		for _, id := range ids {
			const stmt = `UPDATE deliveries SET state = 'pending', next_at = $1 WHERE id = $2 AND state = 'refused'`
			if _, err := t.exec(ctx, stmt, next.UnixMilli(), id); err != nil {
				return err
			}
		}
		_, err := t.exec(ctx, `UPDATE deliveries SET alone = 0 WHERE state = 'pending' AND destination = $1 AND alone = 1`, destination)
		return err
	})
	if err != nil {
		return fmt.Errorf("put back deliveries that %s refused: %w", destination, err)
	}
	return nil
}

// Reopen makes the destination's refused deliveries pending that were put aside
// until due or earlier and are still relevant; it supersedes the others. It
// returns how many are pending again.
func (db *DB) Reopen(ctx context.Context, destination string, due, now time.Time) (int, error) {
	var waiting bool
	err := db.view(ctx, func(r *reader) error { // in most cases there is none
		const stmt = `SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'refused' AND destination = $1 AND next_at <= $2)`
		return r.one(ctx, []any{&waiting}, nil, stmt, destination, due.UnixMilli())
	})
	var n int64
	if err == nil && waiting {
		err = db.update(ctx, func(t *tx) (err error) {
			n, err = t.exec(ctx, withStands(reopenSQL), now.UnixMilli(), destination, due.UnixMilli(), now.Add(-refusedFor).UnixMilli())
			if err != nil {
				return err
			}
			const moot = `UPDATE deliveries SET state = 'superseded' WHERE state = 'refused' AND kind <> 'copy' AND destination = $1 AND next_at <= $2`
			_, err = t.exec(ctx, moot, destination, due.UnixMilli())
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("reopen deliveries that %s refused: %w", destination, err)
	}
	return int(n), nil
}

// Displace records that the message which an update changes no longer exists. It
// returns true when the update has to be posted as a new message. Otherwise
// another message of the same clock carries the change and the update is
// superseded.
func (db *DB) Displace(ctx context.Context, id outbox.DeliveryID) (anew bool, err error) {
	err = db.update(ctx, func(t *tx) error {
		const gone = `UPDATE deliveries SET gone = 1
			WHERE id = (SELECT post_id FROM deliveries WHERE id = $1) AND incident_id IS NOT NULL`
		if _, err := t.exec(ctx, gone, id); err != nil {
			return err
		}
		n, err := t.exec(ctx, displaceSQL, id)
		anew = n == 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("displace delivery %d: %w", id, err)
	}
	return anew, nil
}

// Refused lists the refused deliveries that are still relevant, newest first, at
// most limit: all those of one incident, or, for incident 0, those whose incident
// was not acknowledged since the refusal.
func (db *DB) Refused(ctx context.Context, incident sla.IncidentID, now time.Time, limit int) (list []outbox.Refusal, err error) {
	err = db.view(ctx, func(r *reader) error {
		return r.query(ctx, func(rows *sql.Rows) error {
			var f outbox.Refusal
			var at, next, sent nullInt
			var of sql.Null[int64]
			err := rows.Scan(&of, &f.Destination, &f.Kind, &f.Alert, &at, &next, &f.Why, &f.Fallback, &sent)
			f.Incident, f.At, f.Next, f.FallbackSentAt = sla.IncidentID(of.V), utc(at), utc(next), utc(sent)
			list = append(list, f)
			return err
		}, withStands(refusedSQL), now.Add(-refusedFor).UnixMilli(), incident, incident, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("refused deliveries: %w", err)
	}
	return list, nil
}
