package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kigen/sla"
	"kigen/sla/tracker"
)

// incidentColumns are the columns of an incident's own fields, in the order of
// incidentValues and scanIncident.
const incidentColumns = `vendor, service, title, description, impact, scope, severity,
	occurred_at, occurred_offset, occurred_basis,
	detected_at, detected_offset, detected_basis,
	confirmed_at, confirmed_offset, confirmed_basis,
	declared_at, declared_offset, declared_basis,
	noticed_at, noticed_offset, noticed_basis,
	logged_at, logged_offset, logged_basis,
	reference, tags, ack_by, ack_at, ack_until, ack_until_offset, cancelled_at, cancel_reason, version`

func incidentValues(inc *sla.Incident) ([]any, error) {
	tags, err := listText(inc.Tags)
	if err != nil {
		return nil, fmt.Errorf("tags of %s: %w", inc.ID, err)
	}
	values := []any{
		inc.Vendor, inc.Service, inc.Title, inc.Description, inc.Impact, inc.Scope, inc.Severity,
	}
	for _, s := range inc.Times {
		values = append(values, millis(s.At), offset(s.At), s.Basis)
	}
	return append(values,
		inc.Reference, tags,
		inc.Acknowledged.By, millis(inc.Acknowledged.At), millis(inc.Acknowledged.Until), offset(inc.Acknowledged.Until),
		millis(inc.CancelledAt), inc.CancelReason, inc.Version), nil
}

// scanIncident reads id and incidentColumns.
func scanIncident(rows *sql.Rows) (*sla.Incident, error) {
	var (
		inc                                sla.Incident
		at, east                           [len(inc.Times)]nullInt
		tags                               string
		ackAt, until, untilEast, cancelled nullInt
	)
	dest := []any{
		&inc.ID, &inc.Vendor, &inc.Service, &inc.Title, &inc.Description, &inc.Impact, &inc.Scope, &inc.Severity,
	}
	for m := range inc.Times {
		dest = append(dest, &at[m], &east[m], &inc.Times[m].Basis)
	}
	dest = append(dest, &inc.Reference, &tags, &inc.Acknowledged.By, &ackAt, &until, &untilEast,
		&cancelled, &inc.CancelReason, &inc.Version)
	if err := rows.Scan(dest...); err != nil {
		return nil, err
	}
	for m := range inc.Times {
		inc.Times[m].At = entered(at[m], east[m])
	}
	inc.Acknowledged.At, inc.Acknowledged.Until = utc(ackAt), entered(until, untilEast)
	inc.CancelledAt = utc(cancelled)
	var err error
	if inc.Tags, err = parseList(tags); err != nil {
		return nil, fmt.Errorf("tags of %s: %w", inc.ID, err)
	}
	return &inc, nil
}

// fold brings text into the form in which a search compares it: lower case,
// full-width and half-width characters alike.
func fold(parts ...string) string {
	return strings.ToLower(norm.NFKC.String(strings.Join(parts, "\n")))
}

// InsertIncident stores a new incident without clocks and sets its ID and
// Version.
func (t *tx) InsertIncident(ctx context.Context, inc *sla.Incident) error {
	inc.Version = 1
	values, err := incidentValues(inc)
	if err != nil {
		return err
	}
	folded := fold(inc.Title, inc.Reference, inc.Description)
	values = append(values, folded)
	stmt := "INSERT INTO incidents (" + incidentColumns + ", folded) VALUES (" + placeholders(1, len(values)) + ") RETURNING id"
	if err := t.one(ctx, []any{&inc.ID}, nil, stmt, values...); err != nil {
		return fmt.Errorf("store incident: %w", err)
	}
	t.touched[inc.ID] = true
	return t.index(ctx, inc.ID, inc.Version, folded)
}

// UpdateIncident stores the incident's own fields if its Version is still the
// stored one, and raises Version; otherwise ErrConflict.
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
	t.touched[inc.ID] = true
	if err := t.moveService(ctx, inc); err != nil {
		return err
	}
	return t.reattribute(ctx, inc)
}

// reattribute moves the clocks that belong to a month only by the instant at
// which their incident was logged.
func (t *tx) reattribute(ctx context.Context, inc *sla.Incident) error {
	const stmt = `UPDATE clocks SET attributed_at = $1 WHERE incident_id = $2 AND due_at IS NULL AND start_at IS NULL`
	if _, err := t.exec(ctx, stmt, millis(inc.Times[sla.Logged].At), inc.ID); err != nil {
		return fmt.Errorf("clocks of %s: %w", inc.ID, err)
	}
	return nil
}

// Incident returns an incident with its clocks and notices, or ErrNotFound.
func (r *reader) Incident(ctx context.Context, id sla.IncidentID) (*sla.Incident, error) {
	found, err := r.incidents(ctx, []sla.IncidentID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("incident %s: %w", id, tracker.ErrNotFound)
	}
	return found[0], nil
}

// incidents returns the incidents with these ids, in the order of the ids,
// each with its clocks and notices. An id without an incident is left out.
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
	}, "SELECT id, "+incidentColumns+" FROM incidents WHERE id"+in, args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	if err := r.addClocks(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read clocks: %w", err)
	}
	if err := r.addNotices(ctx, byID, in, args); err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	found := make([]*sla.Incident, 0, len(byID))
	for _, id := range ids {
		if inc := byID[id]; inc != nil {
			found = append(found, inc)
		}
	}
	return found, nil
}
