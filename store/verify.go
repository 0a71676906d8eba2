package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"kigen/sla"
)

//go:embed query/verify_counted.sql
var verifyCountedSQL string

//go:embed query/verify_outbox.sql
var verifyOutboxSQL string

// mostFindings bounds how much Verify reports of a database that is damaged
// all over.
const mostFindings = 20

// Verify reads the whole database and checks what it promises: the file is
// sound, each incident's events follow on from 1 without a gap and hash to
// what was sealed, every clock's terms are kept unchanged and with their
// calendar, the lists and their counters are complete, reports count what
// stands and are what was kept, and every alert that a digest is to tell has
// one. The error lists what is not so, one finding a line.
func (db *DB) Verify(ctx context.Context) error {
	return db.view(ctx, func(r *reader) error {
		if err := quickCheck(ctx, r.tx); err != nil {
			return db.explain(ctx, err)
		}
		var f findings
		for _, check := range []func(context.Context, *findings) error{
			r.verifyReferences, r.verifyEvents, r.verifyTerms, r.verifyVersions, r.verifyPlaces, r.verifyTallies,
			r.verifyCounted, r.verifyClockless, r.verifyFollows, r.verifyReports, r.verifyFiles, r.verifyOutbox, r.verifyEvidence,
		} {
			if err := check(ctx, &f); err != nil {
				return fmt.Errorf("verify: %w", err)
			}
		}
		if len(f) == 0 {
			return nil
		}
		return db.explain(ctx, errors.Join(f...))
	})
}

type findings []error

func (f *findings) addf(format string, args ...any) {
	if len(*f) < mostFindings {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}

func (r *reader) verifyEvents(ctx context.Context, f *findings) error {
	var last sla.Event
	return r.query(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		if err != nil {
			return err
		}
		if e.Incident != last.Incident {
			last = sla.Event{}
		}
		switch {
		case e.Seq != last.Seq+1:
			f.addf("%s: event %d follows event %d: events are missing", e.Incident, e.Seq, last.Seq)
		case e.Prev != last.Hash:
			f.addf("%s: event %d does not hold the hash of the one before", e.Incident, e.Seq)
		case !e.Intact():
			f.addf("%s: event %d was changed after it was written", e.Incident, e.Seq)
		}
		last = e
		return nil
	}, `SELECT `+eventColumns+` FROM events ORDER BY incident_id, seq`)
}

func (r *reader) verifyTerms(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			id       int64
			incident sla.IncidentID
			hash     string
		)
		if err := rows.Scan(&id, &incident, &hash); err != nil {
			return err
		}
		f.addf("%s: the terms %s of clock %d are missing", incident, hash, id)
		return nil
	}, `SELECT id, incident_id, terms FROM clocks
		WHERE terms <> '' AND NOT EXISTS (SELECT 1 FROM terms WHERE hash = clocks.terms)`)
}

// verifyVersions checks that all terms still are what their hash says, and
// that the calendar that a promise names is kept with it.
func (r *reader) verifyVersions(ctx context.Context, f *findings) error {
	type naming struct{ promise, calendar string }
	var named []naming
	kept := map[string]bool{}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var hash string
		var body []byte
		if err := rows.Scan(&hash, &body); err != nil {
			return err
		}
		kept[hash] = true
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != hash {
			f.addf("the terms %s were changed after they were written", hash)
			return nil
		}
		var terms struct{ Calendar string }
		if err := json.Unmarshal(body, &terms); err != nil {
			return fmt.Errorf("terms %s: %w", hash, err)
		}
		if terms.Calendar != "" {
			named = append(named, naming{hash, terms.Calendar})
		}
		return nil
	}, `SELECT hash, body FROM terms ORDER BY hash`)
	for _, n := range named {
		if !kept[n.calendar] {
			f.addf("the calendar %s of the terms %s is missing", n.calendar, n.promise)
		}
	}
	return err
}

func (r *reader) verifyPlaces(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			incident sla.IncidentID
			listing  string
		)
		if err := rows.Scan(&incident, &listing); err != nil {
			return err
		}
		f.addf("%s is missing from the list %q", incident, listing)
		return nil
	}, `SELECT id, listing FROM (
		SELECT id, '' AS listing, vendor, severity FROM incidents
		UNION SELECT i.id, c.state, i.vendor, i.severity FROM clocks c JOIN incidents i ON i.id = c.incident_id
		EXCEPT SELECT incident_id, listing, vendor, severity FROM places) missing`)
}

func (r *reader) verifyTallies(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			listing, vendor, severity string
			kept, counted             int64
		)
		if err := rows.Scan(&listing, &vendor, &severity, &kept, &counted); err != nil {
			return err
		}
		f.addf("the counter of list %q, vendor %s, severity %q, is %d where %d incidents are", listing, vendor, severity, kept, counted)
		return nil
	}, `SELECT listing, vendor, severity, SUM(kept), SUM(counted) FROM (
			SELECT listing, vendor, severity, incidents AS kept, 0 AS counted FROM tallies
			UNION ALL SELECT listing, vendor, severity, 0, 1 FROM places) both_sides
		GROUP BY listing, vendor, severity HAVING SUM(kept) <> SUM(counted)`)
}

// verifyCounted checks what reports count clocks by against the clocks.
func (r *reader) verifyCounted(ctx context.Context, f *findings) error {
	return r.verifyClocks(ctx, f, "%s: a report counts clock %d as something else than it is", verifyCountedSQL)
}

// verifyFollows checks by what a month counts an incident with several clocks once.
func (r *reader) verifyFollows(ctx context.Context, f *findings) error {
	return r.verifyClocks(ctx, f, "%s: clock %d is wrong on whether the incident had one before it",
		`SELECT id, incident_id FROM clocks c WHERE follows <>
		EXISTS (SELECT 1 FROM clocks e WHERE e.incident_id = c.incident_id AND e.id < c.id)`)
}

// verifyClocks complains of every clock that a statement finds.
func (r *reader) verifyClocks(ctx context.Context, f *findings, complaint, stmt string) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			id       int64
			incident sla.IncidentID
		)
		if err := rows.Scan(&id, &incident); err != nil {
			return err
		}
		f.addf(complaint, incident, id)
		return nil
	}, stmt)
}

func (r *reader) verifyClockless(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var incident sla.IncidentID
		if err := rows.Scan(&incident); err != nil {
			return err
		}
		f.addf("%s: a report is wrong on whether it has clocks", incident)
		return nil
	}, `SELECT id FROM incidents i WHERE clockless_at IS NOT
		CASE WHEN NOT EXISTS (SELECT 1 FROM clocks WHERE incident_id = i.id) THEN logged_at END`)
}

func (r *reader) verifyReports(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var k KeptReport
		if err := rows.Scan(&k.Period, &k.Edition, &k.SHA256, &k.Model); err != nil {
			return err
		}
		if !k.Intact() {
			f.addf("edition %d of the report of %s was changed after it was kept", k.Edition, k.Period)
		}
		return nil
	}, `SELECT period, edition, sha256, model FROM reports ORDER BY period, edition`)
}

// verifyOutbox checks that every delivery that another one tells has one that
// will, or did.
func (r *reader) verifyOutbox(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var key, what string
		if err := rows.Scan(&key, &what); err != nil {
			return err
		}
		f.addf("the delivery %s %s", key, what)
		return nil
	}, verifyOutboxSQL)
}
