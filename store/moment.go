package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"kigen/sla"
)

// putMoments stores the known moments of an incident and deletes the others.
func (t *tx) putMoments(ctx context.Context, inc *sla.Incident) error {
	var values []any
	for m, s := range inc.Times {
		if s.Known() {
			values = append(values, inc.ID, sla.Moment(m).String(), millis(s.At), offset(s.At), s.Basis)
		}
	}
	if err := t.forgetMoments(ctx, inc); err != nil || len(values) == 0 {
		return err
	}
	const stmt = `INSERT INTO moments (incident_id, moment, at, at_offset, basis) VALUES %s
		ON CONFLICT (incident_id, moment) DO UPDATE SET at = excluded.at, at_offset = excluded.at_offset, basis = excluded.basis`
	if _, err := t.exec(ctx, fmt.Sprintf(stmt, rowPlaceholders(len(values)/5, 5)), values...); err != nil {
		return fmt.Errorf("store the moments of %s: %w", inc.ID, err)
	}
	return nil
}

// sealedMoments is the text by which the record seals the moments of an incident; nil
// of one without moments. sealedTables has it in SQL.
func sealedMoments(inc *sla.Incident) any {
	var list []string
	for m, s := range inc.Times {
		if s.Known() {
			list = append(list, fmt.Sprintf("%s %d %d %s", sla.Moment(m), millis(s.At).V, offset(s.At).V, s.Basis))
		}
	}
	if list == nil {
		return nil
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// forgetMoments deletes the moments of a stored incident that are unknown now.
func (t *tx) forgetMoments(ctx context.Context, inc *sla.Incident) error {
	args := []any{inc.ID}
	for m, s := range inc.Times {
		if !s.Known() {
			args = append(args, sla.Moment(m).String())
		}
	}
	if inc.Version == 1 || len(args) == 1 {
		return nil // new, or with all moments
	}
	stmt := `DELETE FROM moments WHERE incident_id = $1 AND moment IN (` + placeholders(2, len(args)-1) + `)`
	if _, err := t.exec(ctx, stmt, args...); err != nil {
		return fmt.Errorf("delete moments of %s: %w", inc.ID, err)
	}
	return nil
}

// rowPlaceholders returns the numbered arguments of rows of n columns each.
func rowPlaceholders(rows, n int) string {
	list := make([]string, rows)
	for i := range list {
		list[i] = "(" + placeholders(1+i*n, n) + ")"
	}
	return strings.Join(list, ", ")
}

// addMoments reads the moments of incidents.
func (r *reader) addMoments(ctx context.Context, byID map[sla.IncidentID]*sla.Incident, in string, args []any) error {
	return r.query(ctx, func(rows *sql.Rows) error {
		var (
			id       sla.IncidentID
			name     string
			at, east nullInt
			basis    sla.Basis
		)
		if err := rows.Scan(&id, &name, &at, &east, &basis); err != nil {
			return err
		}
		m, err := sla.ParseMoment(name)
		if err != nil {
			return fmt.Errorf("moments of %s: %w", id, err)
		}
		byID[id].Times[m] = sla.Stamp{At: entered(at, east), Basis: basis}
		return nil
	}, `SELECT incident_id, moment, at, at_offset, basis FROM moments WHERE incident_id`+in, args...)
}
