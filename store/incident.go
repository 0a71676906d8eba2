package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kigen/sla"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// incidentColumns are the columns of an incident's own fields, in the order of
// incidentValues and scanIncident.
const incidentColumns = `kind, vendor, service, title, description, impact, scope, severity,
	reference, tags, ack_by, ack_at, ack_until, ack_until_offset, cancelled_at, cancel_reason, version, owner, public_title`

// originColumns hold what never changes after an incident was logged, as its first
// event tells.
const originColumns = `import, past_until`

func incidentValues(inc *sla.Incident) ([]any, error) {
	tags, err := listText(inc.Tags)
	if err != nil {
		return nil, fmt.Errorf("tags of %s: %w", inc.ID, err)
	}
	return []any{
		inc.Kind, inc.Vendor, inc.Service, inc.Title, inc.Description, inc.Impact, inc.Scope, inc.Severity,
		inc.Reference, tags,
		inc.Acknowledged.By, millis(inc.Acknowledged.At), millis(inc.Acknowledged.Until), offset(inc.Acknowledged.Until),
		millis(inc.CancelledAt), inc.CancelReason, inc.Version, inc.Owner, inc.PublicTitle,
	}, nil
}

// scanIncident reads id, originColumns and incidentColumns.
func scanIncident(rows *sql.Rows) (*sla.Incident, error) {
	var (
		inc                                sla.Incident
		tags                               string
		ackAt, until, untilEast, cancelled nullInt
		pastUntil                          nullInt
	)
	err := rows.Scan(&inc.ID, &inc.Import.Name, &pastUntil, &inc.Kind, &inc.Vendor, &inc.Service, &inc.Title, &inc.Description, &inc.Impact, &inc.Scope, &inc.Severity,
		&inc.Reference, &tags, &inc.Acknowledged.By, &ackAt, &until, &untilEast,
		&cancelled, &inc.CancelReason, &inc.Version, &inc.Owner, &inc.PublicTitle)
	if err != nil {
		return nil, err
	}
	inc.Acknowledged.At, inc.Acknowledged.Until = utc(ackAt), entered(until, untilEast)
	inc.CancelledAt, inc.Import.PastUntil = utc(cancelled), utc(pastUntil)
	if inc.Tags, err = parseList(tags); err != nil {
		return nil, fmt.Errorf("tags of %s: %w", inc.ID, err)
	}
	return &inc, nil
}

// fold normalizes text for searching: lower case, and full-width and half-width
// forms of a character are the same.
func fold(parts ...string) string {
	return strings.ToLower(norm.NFKC.String(strings.Join(parts, "\n")))
}

// InsertIncident stores a new incident without clocks and sets its ID, its Version
// and, if it has none, its Kind.
func (t *tx) InsertIncident(ctx context.Context, inc *sla.Incident) error {
	inc.Version, inc.Kind = 1, cmp.Or(inc.Kind, sla.KindIncident)
	own, err := incidentValues(inc)
	if err != nil {
		return err
	}
	folded := fold(inc.Title, inc.Reference, inc.Description)
	values := slices.Concat(own, []any{folded, inc.Import.Name, millis(inc.Import.PastUntil)})
	stmt := "INSERT INTO incidents (" + incidentColumns + ", folded, " + originColumns + ") VALUES (" + placeholders(1, len(values)) + ") RETURNING id"
	if err := t.one(ctx, []any{&inc.ID}, nil, stmt, values...); err != nil {
		return fmt.Errorf("store incident: %w", err)
	}
	t.touched[inc.ID] = true
	t.learnt.inserted(inc)
	if err := t.putMoments(ctx, inc); err != nil {
		return err
	}
	if err := t.sealInserted(record.Incident, int64(inc.ID), append(own, sealedMoments(inc))); err != nil {
		return err
	}
	return t.indexNew(ctx, inc.ID)
}

// UpdateIncident stores the incident's own fields and raises Version if the stored
// version equals it; otherwise it returns ErrConflict.
func (t *tx) UpdateIncident(ctx context.Context, inc *sla.Incident) error {
	next := *inc
	next.Version++
	values, err := incidentValues(&next)
	if err != nil {
		return err
	}
	folded := fold(inc.Title, inc.Reference, inc.Description)
	if err := t.reindex(ctx, inc.ID, next.Version, folded); err != nil {
		return err
	}
	values = append(values, folded)
	n := len(values)
	stmt := "UPDATE incidents SET (" + incidentColumns + ", folded) = (" + placeholders(1, n) + ")" +
		fmt.Sprintf(" WHERE id = $%d AND version = $%d", n+1, n+2)
	changed, err := t.exec(ctx, stmt, append(values, inc.ID, inc.Version)...)
	if err != nil {
		return fmt.Errorf("store %s: %w", inc.ID, err)
	}
	if changed == 0 {
		return fmt.Errorf("%s, version %d: %w", inc.ID, inc.Version, tracker.ErrConflict)
	}
	inc.Version = next.Version
	t.learnt.changed(inc.ID)
	t.touched[inc.ID] = true
	t.sealRow(record.Incident, int64(inc.ID))
	if err := t.putMoments(ctx, inc); err != nil {
		return err
	}
	if err := t.moveService(ctx, inc); err != nil {
		return err
	}
	return t.reattribute(ctx, inc)
}

// reattribute updates attributed_at of the clocks that have neither due nor start,
// and so belong to the period in which their incident was logged.
func (t *tx) reattribute(ctx context.Context, inc *sla.Incident) error {
	const stmt = `UPDATE clocks SET attributed_at = $1 WHERE incident_id = $2 AND due_at IS NULL AND start_at IS NULL AND ` + ofVendors
	if _, err := t.exec(ctx, stmt, millis(inc.Times[sla.Logged].At), inc.ID); err != nil {
		return fmt.Errorf("clocks of %s: %w", inc.ID, err)
	}
	return nil
}

// Incident returns an incident with its clocks, notices, notes and chasers. The error is
// ErrNotFound, or ErrUnreadable where rows of the incident are damaged.
func (r *reader) Incident(ctx context.Context, id sla.IncidentID) (*sla.Incident, error) {
	found, err := r.incidents(ctx, []sla.IncidentID{id})
	if err != nil {
		return nil, r.unreadable(ctx, id, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("incident %s: %w", id, tracker.ErrNotFound)
	}
	return found[0], nil
}

// incidents returns the incidents with these ids, in the order of the ids,
// each with its clocks, notices, notes and chasers. An id without an incident is left out.
func (r *reader) incidents(ctx context.Context, ids []sla.IncidentID) ([]*sla.Incident, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	byID := make(map[sla.IncidentID]*sla.Incident, len(ids))
	in, args := " IN ("+placeholders(1, len(ids))+")", anys(ids)
	err := r.query(ctx, func(rows *sql.Rows) error {
		inc, err := scanIncident(rows)
		if err == nil {
			byID[inc.ID] = inc
		}
		return err
	}, "SELECT id, "+originColumns+", "+incidentColumns+" FROM incidents WHERE id"+in, args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	if err := r.addMoments(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read moments: %w", err)
	}
	if err := r.addClocks(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read clocks: %w", err)
	}
	if err := r.addNotices(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	if err := r.addNotes(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	if err := r.addChasers(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read chasers: %w", err)
	}
	if err := r.addDecisions(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	if err := r.addSubmissions(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read submissions: %w", err)
	}
	found := make([]*sla.Incident, 0, len(byID))
	for _, id := range ids {
		if inc := byID[id]; inc != nil {
			if err := checkIncidentRows(inc); err != nil {
				return nil, err
			}
			found = append(found, inc)
		}
	}
	return found, nil
}
