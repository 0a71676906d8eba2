package reporting

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// Edition is a kept report.
type Edition = store.Edition

// newestEdition reads the newest edition of a period's report; nil if there is
// none.
func newestEdition(ctx context.Context, snap *store.Snapshot, period report.Period) (*report.Edition, error) {
	stored, err := snap.Edition(ctx, period.Label, 0)
	if err != nil || stored == nil {
		return nil, err
	}
	e := &report.Edition{EditionChanges: report.EditionChanges{
		Edition: stored.Number, MadeAt: stored.MadeAt, SHA256: stored.SHA256, Kigen: stored.Kigen,
	}}
	if e.Report, err = openEdition(stored, period.From.Location()); err != nil {
		return nil, err
	}
	lines, err := unpack(stored.Clocks)
	if err == nil {
		e.Clocks, err = report.DecodeClocks(lines)
	}
	if err != nil {
		return nil, editionError(stored, err)
	}
	return e, nil
}

// openEdition reads the report of an edition, also of one that is not stored
// yet; its cases are read with EachCase. A stored one whose model does not have its hash is an error.
func openEdition(e *store.Edition, zone *time.Location) (report.Report, error) {
	if e.Number != 0 && !e.Intact() {
		return report.Report{}, fmt.Errorf("edition %d of the report of %s was changed after it was kept: restore it from a backup", e.Number, e.Period)
	}
	r, err := report.Open(e.Model, zone)
	if err != nil {
		return r, editionError(e, err)
	}
	return r, nil
}

// readEdition reads all of an edition.
func readEdition(e *store.Edition, zone *time.Location) error {
	r, err := openEdition(e, zone)
	if err != nil {
		return err
	}
	if err := r.EachCase(func(*report.Case) error { return nil }); err != nil {
		return editionError(e, err)
	}
	return nil
}

func editionError(e *store.Edition, err error) error {
	return fmt.Errorf("edition %d of the report of %s: %w", e.Number, e.Period, err)
}

// edition reads a stored edition by its number, the newest for 0. If there is
// none, the error is tracker.Invalid.
func (s *Reports) edition(ctx context.Context, period report.Period, number int) (e *store.Edition, err error) {
	err = s.Store.Snapshot(ctx, func(snap *store.Snapshot) error {
		e, err = snap.Edition(ctx, period.Label, number)
		return err
	})
	if err == nil && e == nil {
		err = tracker.Invalidf("month", period.Label, "no edition was kept: use kigen report %s --freeze", period.Label)
	}
	return e, err
}

// Freeze stores the report of a finished period such as 2026-10 as a new
// edition. If nothing has changed since the newest edition, it returns that one
// and isNew is false.
func (s *Reports) Freeze(ctx context.Context, label string) (e *store.Edition, isNew bool, err error) {
	period, err := s.period(label)
	if err != nil {
		return nil, false, err
	}
	e, after, err := s.draft(ctx, period)
	if err != nil || e.Number != 0 {
		return e, false, err
	}
	return e, true, s.Store.KeepEdition(ctx, e, after)
}

// draft makes the next edition of a finished period's report, which follows the
// one numbered after. If nothing has changed since the newest edition, it
// returns that one, which has its Number.
func (s *Reports) draft(ctx context.Context, period report.Period) (e *store.Edition, after int, err error) {
	if !period.Finished {
		return nil, 0, tracker.Invalidf("month", period.Label, "has not ended: its report can be kept and sent from %s", period.To.Format("2006-01-02 15:04"))
	}
	done, err := s.Renderings.slot(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	unchanged := false
	err = s.stream(ctx, period, "", func(made *report.Result) error {
		if changes := made.Report.SinceEdition; changes != nil {
			after, unchanged = changes.Edition, !changes.Changed()
		}
		if unchanged {
			return nil
		}
		e, err = s.newEdition(made, period)
		return err
	})
	if err == nil && unchanged {
		e, err = s.edition(ctx, period, after)
	}
	return e, after, err
}

// newEdition packs a report into an edition without a number.
func (s *Reports) newEdition(made *report.Result, period report.Period) (e *store.Edition, err error) {
	e = &store.Edition{Period: period.Label, MadeAt: s.Now(), Kigen: s.Kigen}
	if e.Model, err = report.Encode(made.Report); err != nil {
		return nil, fmt.Errorf("edition of the report of %s: %w", period.Label, err)
	}
	if e.Clocks, err = pack(report.EncodeClocks(made.Clocks)); err != nil {
		return nil, fmt.Errorf("edition of the report of %s: %w", period.Label, err)
	}
	return e, nil
}

// Verify returns all editions of a period's report, oldest first. The error
// names those that were changed after they were stored.
func (s *Reports) Verify(ctx context.Context, label string) (editions []store.Edition, err error) {
	period, err := s.period(label)
	if err != nil {
		return nil, err
	}
	newest, err := s.edition(ctx, period, 0)
	if err != nil {
		return nil, err
	}
	var changed []error
	for n := 1; n <= newest.Number; n++ {
		e, err := s.edition(ctx, period, n)
		if err != nil {
			return nil, err
		}
		if err := readEdition(e, s.Zone); err != nil {
			changed = append(changed, err)
		}
		editions = append(editions, *e)
	}
	return editions, errors.Join(changed...)
}

// pack compresses data without a name and a time, so that the same data gives
// the same bytes.
func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
