package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"kigen/sla"
)

// everywhere is the listing of all incidents; the others are named by a state.
const everywhere = ""

// noDue sorts behind every deadline.
const noDue = math.MaxInt64

// place is one row of an incident in the lists. All but its listing is the
// same in each of them. Ranks are stored: another order of sla.States asks for
// a migration that works them out again.
type place struct {
	listing  string
	vendor   string
	severity sla.Severity
	rank     int64 // index in sla.States of the incident's first state
	sortKey  int64 // the first of its clocks' keys in that state
}

// standing is one clock, as far as the order of a list asks.
type standing struct {
	state sla.State
	due   nullInt
}

// key orders clocks of one state; what has no due comes last.
func (c standing) key() int64 {
	if !c.due.Valid {
		return noDue
	}
	return keyOf(c.state, c.due.V)
}

// keyOf orders clocks of one state by an instant: what is open soonest first,
// what is settled latest first.
func keyOf(state sla.State, at int64) int64 {
	if state.Open() {
		return at
	}
	return -at
}

// rankOf is a state's place in the order of lists.
func rankOf(s sla.State) int64 { return int64(slices.Index(sla.States[:], s)) }

// placesOf works out the rows of an incident like first with these clocks.
func placesOf(first place, clocks []standing) []place {
	first.listing, first.rank, first.sortKey = everywhere, int64(len(sla.States)), noDue
	var states []sla.State
	for _, c := range clocks {
		if !slices.Contains(states, c.state) {
			states = append(states, c.state)
		}
		rank, key := rankOf(c.state), c.key()
		if rank < first.rank || rank == first.rank && key < first.sortKey {
			first.rank, first.sortKey = rank, key
		}
	}
	places := []place{first}
	for _, s := range states {
		p := first
		p.listing = string(s)
		places = append(places, p)
	}
	return places
}

// placeTouched brings the lists up to date with what the transaction changed.
// It runs once, at the end, however many clocks of an incident have changed.
func (t *tx) placeTouched(ctx context.Context) error {
	for id := range t.touched {
		if err := t.place(ctx, id); err != nil {
			return fmt.Errorf("place of %s in the lists: %w", id, err)
		}
	}
	return nil
}

// place writes only the rows that differ. Most changes of an incident, an
// acknowledgement or another title, move it nowhere.
func (t *tx) place(ctx context.Context, id sla.IncidentID) error {
	was, err := t.storedPlaces(ctx, id)
	if err != nil {
		return err
	}
	is, err := t.currentPlaces(ctx, id)
	if err != nil {
		return err
	}
	// Only the list of all holds it: there is no clock with a state.
	if err := t.markClockless(ctx, id, len(is) == 1); err != nil {
		return err
	}
	for _, p := range was {
		if !slices.Contains(is, p) {
			if err := t.removePlace(ctx, id, p); err != nil {
				return err
			}
		}
	}
	for _, p := range is {
		if !slices.Contains(was, p) {
			if err := t.addPlace(ctx, id, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// markClockless keeps when an incident without clocks was logged: a report
// counts it by that.
func (t *tx) markClockless(ctx context.Context, id sla.IncidentID, clockless bool) error {
	const stmt = `UPDATE incidents SET clockless_at = CASE WHEN $1 THEN logged_at END
		WHERE id = $2 AND clockless_at IS NOT CASE WHEN $3 THEN logged_at END`
	_, err := t.exec(ctx, stmt, clockless, id, clockless)
	return err
}

func (t *tx) storedPlaces(ctx context.Context, id sla.IncidentID) ([]place, error) {
	var places []place
	err := t.query(ctx, func(rows *sql.Rows) error {
		var p place
		err := rows.Scan(&p.listing, &p.vendor, &p.severity, &p.rank, &p.sortKey)
		places = append(places, p)
		return err
	}, `SELECT listing, vendor, severity, rank, sort_key FROM places WHERE incident_id = $1`, id)
	return places, err
}

func (t *tx) currentPlaces(ctx context.Context, id sla.IncidentID) ([]place, error) {
	var like place
	if err := t.one(ctx, []any{&like.vendor, &like.severity}, sql.ErrNoRows, `SELECT vendor, severity FROM incidents WHERE id = $1`, id); err != nil {
		return nil, err
	}
	var clocks []standing
	err := t.query(ctx, func(rows *sql.Rows) error {
		var c standing
		err := rows.Scan(&c.state, &c.due)
		clocks = append(clocks, c)
		return err
	}, `SELECT state, due_at FROM clocks WHERE incident_id = $1`, id)
	return placesOf(like, clocks), err
}

func (t *tx) removePlace(ctx context.Context, id sla.IncidentID, p place) error {
	if _, err := t.exec(ctx, `DELETE FROM places WHERE incident_id = $1 AND listing = $2`, id, p.listing); err != nil {
		return err
	}
	return t.tally(ctx, p, -1)
}

func (t *tx) addPlace(ctx context.Context, id sla.IncidentID, p place) error {
	const stmt = `INSERT INTO places (incident_id, listing, vendor, severity, rank, sort_key, newest)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	if _, err := t.exec(ctx, stmt, id, p.listing, p.vendor, p.severity, p.rank, p.sortKey, -id); err != nil {
		return err
	}
	return t.tally(ctx, p, 1)
}

func (t *tx) tally(ctx context.Context, p place, change int) error {
	const stmt = `INSERT INTO tallies (listing, vendor, severity, incidents) VALUES ($1, $2, $3, $4)
		ON CONFLICT (listing, vendor, severity) DO UPDATE SET incidents = tallies.incidents + excluded.incidents`
	_, err := t.exec(ctx, stmt, p.listing, p.vendor, p.severity, change)
	return err
}
