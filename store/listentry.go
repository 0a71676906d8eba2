package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"kigen/sla"
)

// everywhere is the listing of all incidents, in which their rank tells their first
// state. The others are named by a state, and hold the incidents that have a more
// urgent one: an incident whose clocks share a state has one entry.
const everywhere = ""

// noDue sorts after every deadline.
const noDue = math.MaxInt64

// listEntry is a row of list_entries. All rows of an incident differ only in
// their listing. Ranks are stored: another order of sla.States needs a migration
// that computes them again.
type listEntry struct {
	listing  string
	vendor   string
	severity sla.Severity
	owner    string
	kind     sla.IncidentKind
	rank     int64 // index in sla.States of the incident's first state
	sortKey  int64 // the first of its clocks' keys in that state
}

// listClock holds the fields of a clock that decide the order of a list.
type listClock struct {
	state sla.State
	due   nullInt
}

// key orders clocks of one state; clocks without a due come last.
func (c listClock) key() int64 {
	if !c.due.Valid {
		return noDue
	}
	return keyOf(c.state, c.due.V)
}

// keyOf orders clocks of one state by an instant: open ones soonest first, settled
// ones latest first.
func keyOf(state sla.State, at int64) int64 {
	if state.Open() {
		return at
	}
	return -at
}

// rankOf is the position of a state in the order of lists.
func rankOf(s sla.State) int64 { return int64(slices.Index(sla.States[:], s)) }

// entriesOf computes the entries of an incident with these clocks; first holds its
// vendor, severity, owner and kind.
func entriesOf(first listEntry, clocks []listClock) []listEntry {
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
	entries := []listEntry{first}
	for _, s := range states {
		if rankOf(s) == first.rank {
			continue
		}
		p := first
		p.listing = string(s)
		entries = append(entries, p)
	}
	return entries
}

// state is the state in whose list an entry shows its incident; empty: it has no clock.
func (p listEntry) state() string {
	if p.listing != everywhere || p.rank >= int64(len(sla.States)) {
		return p.listing
	}
	return string(sla.States[p.rank])
}

// stateSQL is listEntry.state of a row of list_entries.
var stateSQL = func() string {
	var b strings.Builder
	b.WriteString("CASE WHEN listing <> '' THEN listing")
	for rank, state := range sla.States {
		fmt.Fprintf(&b, " WHEN rank = %d THEN '%s'", rank, state)
	}
	return b.String() + " ELSE '' END"
}()

// updateListEntries updates the entries of the incidents that the transaction
// changed. It runs once, at the end, because one incident may change many times.
func (t *tx) updateListEntries(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(t.touched)) {
		if err := t.updateEntries(ctx, id); err != nil {
			return fmt.Errorf("update the list entries of %s: %w", id, err)
		}
	}
	if err := t.storeEntries(ctx); err != nil {
		return fmt.Errorf("store list entries: %w", err)
	}
	return nil
}

// updateEntries writes only the entries that differ: most changes of an incident,
// such as another title, do not move it.
func (t *tx) updateEntries(ctx context.Context, id sla.IncidentID) error {
	if f := t.learnt.fresh[id]; f != nil && len(f.clocks) > 0 {
		t.addEntries(id, nil, entriesOf(listEntry{vendor: f.vendor, severity: f.severity, owner: f.owner, kind: f.kind}, f.clocks))
		return nil
	}
	was, err := t.storedEntries(ctx, id)
	if err != nil {
		return err
	}
	is, err := t.currentEntries(ctx, id)
	if err != nil {
		return err
	}
	if err := t.markClockless(ctx, id, is[0].state() == ""); err != nil {
		return err
	}
	for _, p := range was {
		if !slices.Contains(is, p) {
			if err := t.removeEntry(ctx, id, p); err != nil {
				return err
			}
		}
	}
	t.addEntries(id, was, is)
	return nil
}

// addEntries adds the entries that are not there yet.
func (t *tx) addEntries(id sla.IncidentID, was, is []listEntry) {
	for _, p := range is {
		if !slices.Contains(was, p) {
			t.entries = append(t.entries, addedEntry{id, p})
			t.count(p, 1)
		}
	}
}

// markClockless sets clockless_logged_at, by which a report counts an incident
// without clocks, and clears it for the others.
func (t *tx) markClockless(ctx context.Context, id sla.IncidentID, clockless bool) error {
	const stmt = `UPDATE incidents SET clockless_logged_at = m.at
		FROM (SELECT CAST($1 AS BIGINT) AS id, (SELECT at FROM moments WHERE $2 = 1 AND incident_id = $3 AND moment = 'logged') AS at) m
		WHERE incidents.id = m.id AND clockless_logged_at IS DISTINCT FROM m.at`
	_, err := t.exec(ctx, stmt, id, clockless, id)
	return err
}

func (t *tx) storedEntries(ctx context.Context, id sla.IncidentID) ([]listEntry, error) {
	var entries []listEntry
	err := t.query(ctx, func(rows *sql.Rows) error {
		var p listEntry
		err := rows.Scan(&p.listing, &p.vendor, &p.severity, &p.owner, &p.kind, &p.rank, &p.sortKey)
		entries = append(entries, p)
		return err
	}, `SELECT listing, vendor, severity, owner, kind, rank, sort_key FROM list_entries WHERE incident_id = $1`, id)
	return entries, err
}

func (t *tx) currentEntries(ctx context.Context, id sla.IncidentID) ([]listEntry, error) {
	var like listEntry
	if err := t.one(ctx, []any{&like.vendor, &like.severity, &like.owner, &like.kind}, sql.ErrNoRows, `SELECT vendor, severity, owner, kind FROM incidents WHERE id = $1`, id); err != nil {
		return nil, err
	}
	var clocks []listClock
	err := t.query(ctx, func(rows *sql.Rows) error {
		var c listClock
		err := rows.Scan(&c.state, &c.due)
		clocks = append(clocks, c)
		return err
	}, `SELECT state, due_at FROM clocks WHERE incident_id = $1 AND `+ofVendors, id)
	return entriesOf(like, clocks), err
}

func (t *tx) removeEntry(ctx context.Context, id sla.IncidentID, p listEntry) error {
	if _, err := t.exec(ctx, `DELETE FROM list_entries WHERE incident_id = $1 AND listing = $2`, id, p.listing); err != nil {
		return err
	}
	t.count(p, -1)
	return nil
}

// addedEntry is an entry that a transaction adds.
type addedEntry struct {
	incident sla.IncidentID
	listEntry
}

// storeEntries stores the added entries and the changed counters.
func (t *tx) storeEntries(ctx context.Context) error {
	rows := make([][]any, len(t.entries))
	for i, p := range t.entries {
		rows[i] = []any{p.incident, p.listing, p.vendor, p.severity, p.owner, p.kind, p.rank, p.sortKey, -p.incident}
	}
	const into = `INSERT INTO list_entries (incident_id, listing, vendor, severity, owner, kind, rank, sort_key, newest)`
	if err := t.insertRows(ctx, into, rows); err != nil {
		return err
	}
	for p, change := range t.counted {
		if change == 0 {
			continue
		}
		if err := t.addToCounter(ctx, p, change); err != nil {
			return err
		}
	}
	return nil
}

// count changes the counter of the entry's state, vendor, severity, owner and kind.
func (t *tx) count(p listEntry, change int) {
	p.listing, p.rank, p.sortKey = p.state(), 0, 0
	t.counted[p] += change
}

// addToCounter keeps the number of entries by state, vendor, severity, owner and kind: counting a
// million rows for each page would take too long.
func (t *tx) addToCounter(ctx context.Context, p listEntry, change int) error {
	const stmt = `INSERT INTO counters (listing, vendor, severity, owner, kind, incidents) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (listing, vendor, severity, owner, kind) DO UPDATE SET incidents = counters.incidents + excluded.incidents`
	_, err := t.exec(ctx, stmt, p.listing, p.vendor, p.severity, p.owner, p.kind, change)
	return err
}
