package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"kigen/sla"
)

// batchSize is how many incidents are in memory at once while streaming.
const batchSize = 200

// attributedClock is where one clock stands on the time line of reports.
type attributedClock struct {
	at       int64
	id       sla.ClockID
	incident sla.IncidentID
}

// Attributed hands to yield, in the order of time, each incident that has a
// clock attributed to [from, to): by the last instant before its due, by its
// start where it has no due, or by when the incident was logged where it has neither. Each incident
// comes once, with all its clocks and notices, out of one snapshot. An error
// of yield ends the stream and is returned.
func (db *DB) Attributed(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	return db.view(ctx, func(r *reader) error {
		// Clocks are numbered from 1: this is in front of all at from.
		last := attributedClock{at: from.UnixMilli(), id: 0}
		for {
			batch, err := r.attributedAfter(ctx, last, to)
			if err != nil {
				return fmt.Errorf("clocks from %s to %s: %w", from.Format(time.RFC3339), to.Format(time.RFC3339), err)
			}
			if len(batch) == 0 {
				return nil
			}
			if err := r.yieldFirsts(ctx, from, batch, yield); err != nil {
				return err
			}
			last = batch[len(batch)-1]
		}
	})
}

const attributedSQL = `SELECT attributed_at, id, incident_id FROM clocks
	WHERE (attributed_at, id) > ($1, $2) AND attributed_at < $3 ORDER BY attributed_at, id LIMIT $4`

func (r *reader) attributedAfter(ctx context.Context, last attributedClock, to time.Time) ([]attributedClock, error) {
	var batch []attributedClock
	err := r.query(ctx, func(rows *sql.Rows) error {
		var c attributedClock
		err := rows.Scan(&c.at, &c.id, &c.incident)
		batch = append(batch, c)
		return err
	}, attributedSQL, last.at, last.id, to.UnixMilli(), batchSize)
	return batch, err
}

// yieldFirsts yields the incidents whose first clock at or after from is in
// the batch; the others were yielded with an earlier one.
func (r *reader) yieldFirsts(ctx context.Context, from time.Time, batch []attributedClock, yield func(*sla.Incident) error) error {
	var ids []sla.IncidentID
	inBatch := make(map[sla.ClockID]bool, len(batch))
	seen := make(map[sla.IncidentID]bool, len(batch))
	for _, c := range batch {
		inBatch[c.id] = true
		if !seen[c.incident] {
			seen[c.incident] = true
			ids = append(ids, c.incident)
		}
	}
	incidents, err := r.incidents(ctx, ids)
	if err != nil {
		return err
	}
	for _, inc := range incidents {
		if !inBatch[firstClock(inc, from.UnixMilli())] {
			continue
		}
		if err := yield(inc); err != nil {
			return err
		}
	}
	return nil
}

// firstClock is the incident's clock that comes first on the time line at or
// after from.
func firstClock(inc *sla.Incident, from int64) (first sla.ClockID) {
	earliest := int64(math.MaxInt64)
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if at := attribution(inc, c); at.Valid && at.V >= from && at.V < earliest {
			first, earliest = c.ID, at.V
		}
	}
	return first
}

// attribution is what attributionSQL stores.
func attribution(inc *sla.Incident, c *sla.Clock) nullInt {
	for _, ms := range []nullInt{lastInTime(c), millis(c.Start.At), millis(inc.Times[sla.Logged].At)} {
		if ms.Valid {
			return ms
		}
	}
	return nullInt{}
}

// lastInTime is the last storable instant before the deadline, as
// sla.Incident.AttributedAt has it.
func lastInTime(c *sla.Clock) nullInt {
	ms := millis(c.Due)
	ms.V--
	return ms
}
