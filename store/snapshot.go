package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/report"
)

// Snapshot is the report.Source of the database as of one instant.
type Snapshot struct {
	reader
	known map[int64]*report.Heading
}

// Snapshot runs f over one consistent snapshot, which never waits for a writer.
func (db *DB) Snapshot(ctx context.Context, f func(*Snapshot) error) error {
	return db.view(ctx, func(r *reader) error {
		known, err := r.headings(ctx)
		if err != nil {
			return fmt.Errorf("headings of reports: %w", err)
		}
		return f(&Snapshot{*r, known})
	})
}

// slice is how much of the time line one statement reads: what it returns is
// held in memory whole.
const slice = 4 * 24 * time.Hour

// A column of many rows is read as one text: passing a value from the database to Go
// takes longer than finding it. All columns of a statement have the same order.
const (
	countedSQL = `SELECT string_agg(CAST(report_key AS TEXT), ','), string_agg(CAST(attributed_at AS TEXT), ','), string_agg(CAST(id AS TEXT), ','), string_agg(CAST(incident_id AS TEXT), ','),
		string_agg(CAST(COALESCE(notified_at, 0) AS TEXT), ',') FROM clocks WHERE attributed_at >= $1 AND attributed_at < $2`
	tookSQL = `SELECT string_agg(CAST(report_key AS TEXT), ',') FROM clocks WHERE attributed_at >= $1 AND attributed_at < $2`
)

// Rows passes to yield each clock that is attributed to [from, to). The row is
// reused for the next clock.
func (s *Snapshot) Rows(ctx context.Context, from, to time.Time, yield func(*report.Row) error) error {
	var r report.Row
	return s.slices(ctx, from, to, countedSQL, 5, func(columns []numbers) error {
		heading, took, measured := splitReportKey(columns[0].next())
		r.Heading, r.Took, r.Measured = s.known[heading], took, measured
		r.At, r.Clock, r.Incident, r.NotifiedAt = columns[1].next(), sla.ClockID(columns[2].next()), sla.IncidentID(columns[3].next()), columns[4].next()
		if r.Heading == nil {
			if err := s.headingOf(ctx, &r); err != nil || r.Heading == nil {
				return err
			}
		}
		return yield(&r)
	})
}

// headingOf derives the heading of a clock whose stored one is missing, so that
// one damaged row does not stop a report. The strength of the promise is unknown
// then. A clock without an incident gets no heading.
func (s *Snapshot) headingOf(ctx context.Context, r *report.Row) error {
	return s.query(ctx, func(rows *sql.Rows) error {
		var h report.Heading
		err := rows.Scan(&h.Vendor, &h.Service, &h.Kind, &h.Promise, &h.Terms, &h.State, &h.Assumed)
		r.Heading = &h
		return err
	}, `SELECT i.vendor, i.service, i.kind, c.promise, c.terms, c.state, c.start_basis = 'assumed'
		FROM clocks c JOIN incidents i ON i.id = c.incident_id WHERE c.id = $1`, r.Clock)
}

// TrendRows passes to yield the heading of each clock that is attributed to
// [from, to), with the whole seconds from start to notice where measured.
func (s *Snapshot) TrendRows(ctx context.Context, from, to time.Time, yield func(h *report.Heading, took int64, measured bool)) error {
	return s.slices(ctx, from, to, tookSQL, 1, func(columns []numbers) error {
		heading, took, measured := splitReportKey(columns[0].next())
		if h := s.known[heading]; h != nil {
			yield(h, took, measured)
		}
		return nil
	})
}

// slices runs a statement over [from, to), one slice at a time, and passes each row's
// columns to scan, which must take one number from each.
func (s *Snapshot) slices(ctx context.Context, from, to time.Time, stmt string, columns int, scan func([]numbers) error) error {
	texts, rest := make([]sql.Null[string], columns), make([]numbers, columns)
	dest := make([]any, columns)
	for i := range texts {
		dest[i] = &texts[i]
	}
	for from.Before(to) {
		end := from.Add(slice)
		if end.After(to) {
			end = to
		}
		if err := s.one(ctx, dest, nil, stmt, from.UnixMilli(), end.UnixMilli()); err != nil {
			return fmt.Errorf("clocks from %s to %s: %w", from.Format(time.RFC3339), end.Format(time.RFC3339), err)
		}
		for i, t := range texts {
			rest[i] = numbers(t.V)
		}
		for rest[0] != "" {
			if err := scan(rest); err != nil {
				return err
			}
		}
		from = end
	}
	return nil
}

// numbers is a text of integers with commas between them.
type numbers string

// next removes and returns the first number.
func (n *numbers) next() (value int64) {
	s, i, sign := string(*n), 0, int64(1)
	if s != "" && s[0] == '-' {
		i, sign = 1, -1
	}
	for ; i < len(s) && s[i] != ','; i++ {
		value = value*10 + int64(s[i]-'0')
	}
	*n = numbers(s[min(i+1, len(s)):])
	return sign * value
}

const clocklessSQL = `SELECT id, kind, vendor, service, clockless_logged_at FROM incidents
	WHERE clockless_logged_at >= $1 AND clockless_logged_at < $2 ORDER BY clockless_logged_at, id`

// Clockless passes to yield each incident without any clock that was logged in
// [from, to), with its id, vendor, service and logged time.
func (s *Snapshot) Clockless(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	err := s.query(ctx, func(rows *sql.Rows) error {
		var (
			inc    sla.Incident
			logged nullInt
		)
		if err := rows.Scan(&inc.ID, &inc.Kind, &inc.Vendor, &inc.Service, &logged); err != nil {
			return err
		}
		inc.Times[sla.Logged].At = utc(logged)
		return yield(&inc)
	}, clocklessSQL, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("incidents without clocks: %w", err)
	}
	return nil
}

// silentSQL has a part for each index. The last one is of clocks that fell due and are
// not recorded as overdue yet.
const silentSQL = `WITH silent (id) AS (
		SELECT id FROM clocks WHERE state = 'overdue' AND attributed_at < $1
		UNION ALL SELECT id FROM clocks WHERE state = 'late' AND notified_at >= $2 AND attributed_at < $3
		UNION ALL SELECT id FROM clocks WHERE state IN ('running', 'at_risk', 'overdue') AND due_at <= $4 AND state <> 'overdue' AND ` + ofVendors + `)
	SELECT c.id, c.incident_id, i.kind, i.vendor, i.service, i.title, i.reference, c.promise, c.stage, h.strength, c.state,
		c.start_basis, c.due_at, c.notified_at
	FROM silent s JOIN clocks c ON c.id = s.id JOIN incidents i ON i.id = c.incident_id
	JOIN report_dimensions h ON h.id = c.report_key / 4294967296 ORDER BY c.attributed_at, c.id`

// Silent passes to yield each clock that was due before the instant at and had
// no notice until then, inside its incident, with the fields that a report lists.
// Start and explanation hold only the start's basis and the promise's strength.
func (s *Snapshot) Silent(ctx context.Context, at time.Time, yield func(*sla.Incident) error) error {
	ms := at.UnixMilli()
	err := s.query(ctx, func(rows *sql.Rows) error {
		var (
			inc           sla.Incident
			c             sla.Clock
			due, notified nullInt
		)
		err := rows.Scan(&c.ID, &inc.ID, &inc.Kind, &inc.Vendor, &inc.Service, &inc.Title, &inc.Reference, &c.Promise, &c.Stage,
			&c.Explanation.Strength, &c.State, &c.Start.Basis, &due, &notified)
		if err != nil {
			return err
		}
		c.Incident, c.Due, c.NotifiedAt = inc.ID, utc(due), utc(notified)
		inc.Clocks = []sla.Clock{c}
		return yield(&inc)
	}, silentSQL, ms, ms, ms, ms)
	if err != nil {
		return fmt.Errorf("clocks silent at %s: %w", at.Format(time.RFC3339), err)
	}
	return nil
}

// backdatedSQL prefers the notice of an instant that was recorded first.
const backdatedSQL = `SELECT c.id, c.incident_id, i.kind, i.vendor, i.service, i.title, i.reference, c.promise, c.stage, c.state,
		c.start_basis, c.due_at, c.start_at, c.notified_at, n.received_at, n.recorded_at, n.recorded_by
	FROM clocks c CROSS JOIN notices n JOIN incidents i ON i.id = c.incident_id
	WHERE n.incident_id = c.incident_id AND n.received_at = c.notified_at AND c.attributed_at >= $1 AND c.attributed_at < $2 AND c.notified_at IS NOT NULL AND n.withdrawn_at IS NULL
		AND (n.recorded_at >= n.received_at + 86400000 OR n.recorded_at > c.due_at)
		AND n.id = (SELECT m.id FROM notices m WHERE m.incident_id = c.incident_id AND m.received_at = c.notified_at
			AND m.withdrawn_at IS NULL ORDER BY m.recorded_at, m.id LIMIT 1)
	ORDER BY c.attributed_at, c.id`

// Backdated passes to yield each clock of [from, to) that was stopped by a notice
// recorded a day or more after it was received, or after the deadline, inside its
// incident and with that notice, with the fields that a report lists. Start holds only
// its time and the basis.
func (s *Snapshot) Backdated(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	err := s.query(ctx, func(rows *sql.Rows) error {
		var (
			inc                            sla.Incident
			c                              sla.Clock
			n                              sla.Notice
			due, start, notified, received nullInt
			recorded                       nullInt
		)
		err := rows.Scan(&c.ID, &inc.ID, &inc.Kind, &inc.Vendor, &inc.Service, &inc.Title, &inc.Reference, &c.Promise, &c.Stage, &c.State,
			&c.Start.Basis, &due, &start, &notified, &received, &recorded, &n.RecordedBy)
		if err != nil {
			return err
		}
		c.Incident, c.Due, c.Start.At, c.NotifiedAt = inc.ID, utc(due), utc(start), utc(notified)
		n.Incident, n.ReceivedAt, n.RecordedAt = inc.ID, utc(received), utc(recorded)
		inc.Clocks, inc.Notices = []sla.Clock{c}, []sla.Notice{n}
		return yield(&inc)
	}, backdatedSQL, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("backdated notices from %s to %s: %w", from.Format(time.RFC3339), to.Format(time.RFC3339), err)
	}
	return nil
}

const dutiesSQL = `SELECT DISTINCT c.incident_id FROM clocks c JOIN moments m ON m.incident_id = c.incident_id AND m.moment = 'logged'
	WHERE c.promise >= 'us/' AND c.promise < 'us0' AND COALESCE(c.due_at - 1, c.start_at, m.at) >= $1 AND COALESCE(c.due_at - 1, c.start_at, m.at) < $2
	ORDER BY c.incident_id`

// Duties passes to yield, in their order, the incidents with a clock of our own duties
// that belongs to [from, to).
func (s *Snapshot) Duties(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	ids, err := s.ids(ctx, dutiesSQL, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("our duties from %s to %s: %w", from.Format(time.RFC3339), to.Format(time.RFC3339), err)
	}
	for batch := range slices.Chunk(ids, batchSize) {
		incidents, err := s.incidentsForList(ctx, batch)
		if err != nil {
			return fmt.Errorf("our duties: %w", err)
		}
		for _, inc := range incidents {
			if err := yield(inc); err != nil {
				return err
			}
		}
	}
	return nil
}

// Histories passes to yield the incidents with these ids, in their order. An
// id without an incident is left out.
func (s *Snapshot) Histories(ctx context.Context, ids []sla.IncidentID, yield func(*report.History) error) error {
	for len(ids) > 0 {
		batch := ids[:min(len(ids), batchSize)]
		ids = ids[len(batch):]
		histories, err := s.histories(ctx, batch)
		if err != nil {
			return err
		}
		for _, h := range histories {
			if err := yield(h); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Snapshot) histories(ctx context.Context, ids []sla.IncidentID) ([]*report.History, error) {
	incidents, err := s.incidentsForList(ctx, ids)
	if err != nil {
		return nil, err
	}
	incidents = slices.DeleteFunc(incidents, func(inc *sla.Incident) bool { return inc.Unreadable != "" && inc.Vendor == "" })
	histories := make([]*report.History, len(incidents))
	byID := make(map[sla.IncidentID]*report.History, len(incidents))
	for i, inc := range incidents {
		histories[i] = &report.History{Incident: inc}
		byID[inc.ID] = histories[i]
	}
	in, args := " IN ("+placeholders(1, len(ids))+")", anys(ids)
	err = s.query(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		if h := byID[e.Incident]; h != nil {
			h.Events = append(h.Events, e)
		}
		return err
	}, `SELECT `+eventColumns+` FROM events WHERE incident_id`+in+` ORDER BY incident_id, seq`, args...)
	if err == nil {
		err = s.addAlerts(ctx, byID, in, args)
	}
	if err != nil {
		return nil, fmt.Errorf("histories: %w", err)
	}
	return histories, nil
}

func (s *Snapshot) addAlerts(ctx context.Context, byID map[sla.IncidentID]*report.History, in string, args []any) error {
	stmt := sentAlertsSQL + in + ` GROUP BY a.id, d.incident_id ORDER BY 4, 2`
	return s.query(ctx, func(rows *sql.Rows) error {
		var (
			id    sla.IncidentID
			alert report.SentAlert
			at    int64
		)
		err := rows.Scan(&id, &alert.Clock, &alert.Reason, &at)
		if h := byID[id]; h != nil {
			alert.At = time.UnixMilli(at).UTC()
			h.Alerts = append(h.Alerts, alert)
		}
		return err
	}, stmt, args...)
}

// sentAlertsSQL ends before the incidents' ids.
const sentAlertsSQL = `SELECT d.incident_id, a.clock_id, a.reason, MIN(d.sent_at) FROM deliveries d JOIN alerts a ON a.id = d.alert_id
	WHERE d.kind = 'post' AND d.sent_at IS NOT NULL AND a.clock_id IS NOT NULL AND a.premature = 0 AND d.incident_id`

// Bodies returns the bodies of terms by their hashes; an unknown hash is left out.
func (s *Snapshot) Bodies(ctx context.Context, hashes []string) (map[string][]byte, error) {
	bodies := make(map[string][]byte, len(hashes))
	for _, hash := range hashes {
		var body []byte
		if err := s.one(ctx, []any{&body}, nil, `SELECT body FROM terms WHERE hash = $1`, hash); err != nil {
			return nil, fmt.Errorf("terms %s: %w", hash, err)
		}
		if body != nil {
			bodies[hash] = body
		}
	}
	return bodies, nil
}
