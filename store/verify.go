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
	"kigen/sla/record"
)

//go:embed query/verify_report_keys.sql
var verifyReportKeysSQL string

//go:embed query/verify_outbox.sql
var verifyOutboxSQL string

// mostFindings bounds the findings of each check of a badly damaged database.
const mostFindings = 20

// Verify reads the whole database and checks its invariants: the file is intact, its
// schema is what the migrations make, each incident can be read and is what its history
// tells, events are numbered from 1 without a gap and match their hashes, the record is
// one chain and seals every row as it is, the terms of every clock and their calendars
// are unchanged, list entries, counters and report keys match the clocks, editions,
// files and evidence match their hashes, every merged delivery has its digest, and the
// items of the inbox are what was decided about them. The error has one line for each finding.
func (db *DB) Verify(ctx context.Context) error { return db.verify(ctx, (*reader).checks) }

// VerifyHead is Verify, and proves that the database holds the history that had this
// head. With a Count of 0 any line may be it. The error is an ErrOtherHistory if the
// history is another one.
func (db *DB) VerifyHead(ctx context.Context, head record.Head) error {
	return db.verify(ctx, func(r *reader) []check {
		return append(r.checks(), check{"head", func(ctx context.Context, f *findings) error {
			err := r.checkHead(ctx, head)
			if errors.Is(err, ErrOtherHistory) {
				f.add(err)
				return nil
			}
			return err
		}})
	})
}

// check is one part of Verify. It returns an error only if it could not be done.
type check struct {
	name string
	run  func(context.Context, *findings) error
}

func (r *reader) checks() []check {
	return append(r.db.engine.checks(r), []check{
		{"readable", r.verifyReadable},
		{"events", r.verifyEvents},
		{"record", r.verifyRecord},
		{"terms", r.verifyTerms},
		{"versions", r.verifyVersions},
		{"list entries", r.verifyListEntries},
		{"counters", r.verifyCounters},
		{"report keys", r.verifyReportKeys},
		{"incidents without clocks", r.verifyClockless},
		{"earlier clocks", r.verifyEarlierClocks},
		{"reports", r.verifyReports},
		{"files", r.verifyFiles},
		{"outbox", r.verifyOutbox},
		{"inbox", r.verifyInbox},
		{"evidence", r.verifyEvidence},
	}...)
}

func (db *DB) verify(ctx context.Context, checks func(*reader) []check) error {
	return db.view(ctx, func(r *reader) error { return r.find(ctx, checks(r)) })
}

// find runs checks and joins what they find.
func (r *reader) find(ctx context.Context, checks []check) error {
	var all []error
	for _, c := range checks {
		var f findings
		if err := c.run(ctx, &f); err != nil {
			return fmt.Errorf("verify %s: %w", c.name, err)
		}
		all = append(all, f...)
	}
	if len(all) == 0 {
		return nil
	}
	return r.db.explain(ctx, errors.Join(all...))
}

type findings []error

func (f *findings) addf(format string, args ...any) { f.add(fmt.Errorf(format, args...)) }

func (f *findings) add(finding error) {
	if len(*f) < mostFindings {
		*f = append(*f, finding)
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

// verifyVersions checks the hashes of all terms, and that the calendar that a promise
// names is stored.
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

func (r *reader) verifyListEntries(ctx context.Context, f *findings) error {
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
		SELECT id, '' AS listing, vendor, severity, owner, kind FROM incidents
		UNION SELECT i.id, c.state, i.vendor, i.severity, i.owner, i.kind FROM clocks c JOIN incidents i ON i.id = c.incident_id WHERE `+ofVendors+`
		EXCEPT SELECT * FROM (SELECT incident_id, listing, vendor, severity, owner, kind FROM list_entries
			UNION ALL SELECT incident_id, `+stateSQL+`, vendor, severity, owner, kind FROM list_entries) kept) missing`)
}

func (r *reader) verifyCounters(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			listing, vendor, severity, owner, kind string
			stored, listed                         int64
		)
		if err := rows.Scan(&listing, &vendor, &severity, &owner, &kind, &stored, &listed); err != nil {
			return err
		}
		f.addf("the counter of list %q, vendor %s, severity %q, owner %q, kind %s, is %d, but %d incidents are listed", listing, vendor, severity, owner, kind, stored, listed)
		return nil
	}, `SELECT listing, vendor, severity, owner, kind, SUM(stored), SUM(listed) FROM (
			SELECT listing, vendor, severity, owner, kind, incidents AS stored, 0 AS listed FROM counters
			UNION ALL SELECT `+stateSQL+`, vendor, severity, owner, kind, 0, 1 FROM list_entries) both_sides
		GROUP BY listing, vendor, severity, owner, kind HAVING SUM(stored) <> SUM(listed)`)
}

// verifyReportKeys compares report_key and attributed_at with the clocks.
func (r *reader) verifyReportKeys(ctx context.Context, f *findings) error {
	return r.verifyClocks(ctx, f, "%s: a report counts clock %d wrongly: its report_key or attributed_at does not match it", verifyReportKeysSQL)
}

// verifyEarlierClocks checks has_earlier_clock, by which a month counts an incident
// with several clocks once.
func (r *reader) verifyEarlierClocks(ctx context.Context, f *findings) error {
	return r.verifyClocks(ctx, f, "%s: has_earlier_clock of clock %d is wrong",
		`SELECT id, incident_id FROM clocks c WHERE has_earlier_clock <>
		CASE WHEN EXISTS (SELECT 1 FROM clocks e WHERE e.incident_id = c.incident_id AND e.id < c.id AND (e.promise < 'us/' OR e.promise >= 'us0')) THEN 1 ELSE 0 END`)
}

// verifyClocks adds a finding for every clock that a statement selects.
func (r *reader) verifyClocks(ctx context.Context, f *findings, finding, stmt string) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			id       int64
			incident sla.IncidentID
		)
		if err := rows.Scan(&id, &incident); err != nil {
			return err
		}
		f.addf(finding, incident, id)
		return nil
	}, stmt)
}

func (r *reader) verifyClockless(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var incident sla.IncidentID
		if err := rows.Scan(&incident); err != nil {
			return err
		}
		f.addf("%s: a report counts it wrongly: its clockless_logged_at does not match its clocks", incident)
		return nil
	}, `SELECT id FROM incidents i WHERE clockless_logged_at IS DISTINCT FROM
		CASE WHEN NOT EXISTS (SELECT 1 FROM clocks WHERE incident_id = i.id AND `+ofVendors+`)
			THEN (SELECT at FROM moments WHERE incident_id = i.id AND moment = 'logged') END`)
}

func (r *reader) verifyReports(ctx context.Context, f *findings) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var k Edition
		if err := rows.Scan(&k.Period, &k.Number, &k.SHA256, &k.Model); err != nil {
			return err
		}
		if !k.Intact() {
			f.addf("edition %d of the report of %s was changed after it was kept", k.Number, k.Period)
		}
		return nil
	}, `SELECT period, edition, sha256, model FROM reports ORDER BY period, edition`)
}

// verifyOutbox checks that every merged delivery has its digest, and that the columns
// of each delivery agree.
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
