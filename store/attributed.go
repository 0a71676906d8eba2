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

// attributedClock is the position of a clock in the order of attributed_at.
type attributedClock struct {
	at       int64
	id       sla.ClockID
	incident sla.IncidentID
}

// Attributed passes to yield, in the order of attributed_at, each incident that has
// a clock attributed to [from, to). Each incident comes once, with all its clocks
// and notices, from one snapshot. An error of yield ends the stream and is
// returned.
func (db *DB) Attributed(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	return db.view(ctx, func(r *reader) error {
		// Clock ids start at 1, so this position is before all clocks at from.
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

// yieldFirsts yields the incidents whose first clock at or after from is in the
// batch; the others were yielded with an earlier batch.
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
	incidents, err := r.incidentsForList(ctx, ids)
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

// firstClock is the incident's clock with the earliest attributed_at at or after
// from.
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

// attribution computes the same value as attributionSQL.
func attribution(inc *sla.Incident, c *sla.Clock) nullInt {
	for _, ms := range []nullInt{lastInTime(c), millis(c.Start.At), millis(inc.Times[sla.Logged].At)} {
		if ms.Valid {
			return ms
		}
	}
	return nullInt{}
}

// lastInTime is the last millisecond before the deadline: a deadline at midnight
// belongs to the day before, as in sla.Incident.AttributedAt.
func lastInTime(c *sla.Clock) nullInt {
	ms := millis(c.Due)
	ms.V--
	return ms
}
