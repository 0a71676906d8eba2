package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
)

// checkIncidentRows refuses an incident whose rows hold values that kigen never
// writes: an unknown state, or an instant that no date can represent. Such a row
// would fail later, in the middle of a message or of a list.
func checkIncidentRows(inc *sla.Incident) error {
	for m, s := range inc.Times {
		if err := errors.Join(checkTime(s.At), checkBasis(s.Basis)); err != nil {
			return fmt.Errorf("%s of %s: %w", sla.Moment(m), inc.ID, err)
		}
	}
	for _, t := range []time.Time{inc.Acknowledged.At, inc.Acknowledged.Until, inc.CancelledAt} {
		if err := checkTime(t); err != nil {
			return fmt.Errorf("incident %s: %w", inc.ID, err)
		}
	}
	for _, c := range inc.AllClocks() {
		if err := checkClockRow(c); err != nil {
			return fmt.Errorf("clock %d of %s: %w", c.ID, inc.ID, err)
		}
	}
	for i := range inc.Decisions {
		d := &inc.Decisions[i]
		if err := errors.Join(checkTime(d.AwareAt), checkTime(d.At)); err != nil {
			return fmt.Errorf("decision %d of %s: %w", d.ID, inc.ID, err)
		}
	}
	for i := range inc.Submissions {
		s := &inc.Submissions[i]
		if err := errors.Join(checkTime(s.SubmittedAt), checkTime(s.RecordedAt), checkTime(s.Withdrawal.At)); err != nil {
			return fmt.Errorf("submission %d of %s: %w", s.ID, inc.ID, err)
		}
	}
	for i := range inc.Notices {
		n := &inc.Notices[i]
		for _, t := range []time.Time{n.ReceivedAt, n.SentAt, n.RecordedAt, n.Withdrawal.At} {
			if err := checkTime(t); err != nil {
				return fmt.Errorf("notice %d of %s: %w", n.ID, inc.ID, err)
			}
		}
	}
	for i := range inc.Notes {
		if n := &inc.Notes[i]; checkTime(n.At) != nil {
			return fmt.Errorf("note %d of %s: %w", n.ID, inc.ID, checkTime(n.At))
		}
	}
	for i := range inc.Chasers {
		c := &inc.Chasers[i]
		if err := errors.Join(checkTime(c.SentAt), checkTime(c.RecordedAt)); err != nil {
			return fmt.Errorf("chaser %d of %s: %w", c.ID, inc.ID, err)
		}
	}
	return nil
}

func checkClockRow(c *sla.Clock) error {
	if !slices.Contains(sla.States[:], c.State) {
		return fmt.Errorf("unknown state %q", c.State)
	}
	for _, t := range []time.Time{c.Start.At, c.Due, c.BreachedAt, c.NotifiedAt, c.NextStepAt, c.Waiver.At} {
		if err := checkTime(t); err != nil {
			return err
		}
	}
	return checkBasis(c.Start.Basis)
}

// checkTime refuses an instant or an offset that RFC 3339 can't represent.
func checkTime(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	_, east := t.Zone()
	const day = 24 * 60 * 60
	if year := t.Year(); year < 1 || year > 9999 || east <= -day || east >= day {
		return fmt.Errorf("the instant %d ms at %d s east of UTC is out of range", t.UnixMilli(), east)
	}
	return nil
}

func checkBasis(b sla.Basis) error {
	switch b {
	case "", sla.Stated, sla.Observed, sla.Assumed:
		return nil
	}
	return fmt.Errorf("unknown basis %q", b)
}

// unreadable marks an error as ErrUnreadable of the incident, unless its cause is
// outside the incident's rows.
func (r *reader) unreadable(ctx context.Context, id sla.IncidentID, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, tracker.ErrUnavailable) || errors.Is(err, tracker.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s %w: %w", id, tracker.ErrUnreadable, err)
}

// incidentsForList returns the incidents with these ids. Of one that can't be read it
// returns the readable fields, with the reason in Unreadable, so that one damaged
// row does not break a list.
func (r *reader) incidentsForList(ctx context.Context, ids []sla.IncidentID) ([]*sla.Incident, error) {
	found, err := r.incidents(ctx, ids)
	if err == nil && len(found) == len(ids) || ctx.Err() != nil || errors.Is(err, tracker.ErrUnavailable) {
		return found, err
	}
	found = make([]*sla.Incident, len(ids))
	for i, id := range ids {
		one, err := r.Incident(ctx, id)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, tracker.ErrUnavailable) {
				return nil, err
			}
			one = r.readablePart(ctx, id, err)
		}
		found[i] = one
	}
	return found, nil
}

// readablePart reads the fields of a damaged incident that a list shows.
func (r *reader) readablePart(ctx context.Context, id sla.IncidentID, failed error) *sla.Incident {
	inc := &sla.Incident{ID: id, Unreadable: failed.Error()}
	// The error is ignored: the fields stay empty, and failed holds the reason.
	_ = r.query(ctx, func(rows *sql.Rows) error {
		return rows.Scan(&inc.Vendor, &inc.Service, &inc.Title, &inc.Reference)
	}, `SELECT vendor, service, title, reference FROM incidents WHERE id = $1`, id)
	return inc
}

// verifyFold replays the history of each incident and compares the result with it.
func (r *reader) verifyFold(ctx context.Context, f *findings, incidents []*sla.Incident) error {
	histories := make(map[sla.IncidentID][]sla.Event, len(incidents))
	ids := make([]sla.IncidentID, len(incidents))
	for i, inc := range incidents {
		ids[i] = inc.ID
	}
	err := r.query(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		histories[e.Incident] = append(histories[e.Incident], e)
		return err
	}, `SELECT `+eventColumns+` FROM events WHERE incident_id IN (`+placeholders(1, len(ids))+`) ORDER BY incident_id, seq`, anys(ids)...)
	if err != nil {
		return err
	}
	for _, inc := range incidents {
		if inc.Unreadable != "" {
			continue
		}
		for _, difference := range history.FoldEvents(histories[inc.ID]).Differences(inc) {
			f.addf("%s: %s", inc.ID, difference)
		}
	}
	return nil
}

// verifyReadable finds the incidents that can't be read, or are not what their
// histories tell.
func (r *reader) verifyReadable(ctx context.Context, f *findings) error {
	for last := sla.IncidentID(0); ; {
		ids, err := r.ids(ctx, `SELECT id FROM incidents WHERE id > $1 ORDER BY id LIMIT $2`, last, batchSize)
		if err != nil || len(ids) == 0 {
			return err
		}
		found, err := r.incidentsForList(ctx, ids)
		if err != nil {
			return err
		}
		for _, inc := range found {
			if inc.Unreadable != "" {
				f.addf("%s", inc.Unreadable)
			}
		}
		if err := r.verifyFold(ctx, f, found); err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}
