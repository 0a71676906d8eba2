package daemon

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"time"

	"kigen/sla"
	"kigen/sla/report"
	"kigen/store"
)

// gather reads one period's report out of one snapshot: rows for what is only
// counted, whole incidents for what is listed. An empty vendor is all.
func (s *Reports) gather(ctx context.Context, period report.Period, vendor string) (*report.Builder, error) {
	b := report.NewBuilder(s.Catalogue, period)
	b.Only(vendor)
	err := s.Incidents.Snapshot(ctx, func(snap *store.Snapshot) error {
		if vendor == "" { // an edition holds all vendors
			edition, err := newestEdition(ctx, snap, period)
			if err != nil {
				return err
			}
			b.Compare(edition)
		}
		if err := count(ctx, snap, b, period); err != nil {
			return err
		}
		if err := list(ctx, snap, b, period); err != nil {
			return err
		}
		return s.date(ctx, snap, b)
	})
	return b, err
}

// count hands over what is only counted: the period, the one before, which
// ends where this one begins, and the trend.
func count(ctx context.Context, snap *store.Snapshot, b *report.Builder, period report.Period) error {
	from := period.Previous().From
	err := snap.Counted(ctx, from, period.To, func(c *store.Counted) error {
		b.Count(report.Row{
			Heading: (*report.Heading)(c.Heading), Clock: c.Clock, Incident: c.Incident,
			At: c.At, NoticeAt: c.NoticeAt, Took: c.Took, Measured: c.Measured,
		})
		return nil
	})
	if err != nil {
		return err
	}
	err = snap.Clockless(ctx, from, period.To, func(inc *sla.Incident) error {
		b.Clockless(inc)
		return nil
	})
	if err != nil {
		return err
	}
	for i, month := range b.TrendMonths() {
		err := snap.Took(ctx, month.From, month.To, func(h *store.Heading, took int64, measured bool) {
			b.CountTrend(i, (*report.Heading)(h), took, measured)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// list hands over what the report shows one by one.
func list(ctx context.Context, snap *store.Snapshot, b *report.Builder, period report.Period) error {
	err := snap.Silent(ctx, period.From, func(inc *sla.Incident) error {
		b.Carry(inc)
		return nil
	})
	if err != nil {
		return err
	}
	return snap.Histories(ctx, b.Wanted(), func(h *store.History) error {
		told := make([]report.Told, len(h.Told))
		for i, t := range h.Told {
			told[i] = report.Told(t)
		}
		b.Detail(report.History{Incident: h.Incident, Events: h.Events, Told: told})
		return nil
	})
}

// date says which versions of everything the report rests on.
func (s *Reports) date(ctx context.Context, snap *store.Snapshot, b *report.Builder) error {
	bodies, err := snap.Bodies(ctx, b.Terms())
	if err != nil {
		return err
	}
	calendars, err := snap.Bodies(ctx, report.Calendars(bodies))
	if err != nil {
		return err
	}
	for hash, body := range calendars {
		bodies[hash] = body
	}
	b.Made(s.Kigen, s.Holidays, bodies)
	return nil
}

// newestEdition reads the newest kept edition of a period's report; nil when
// none was kept.
func newestEdition(ctx context.Context, snap *store.Snapshot, period report.Period) (*report.Edition, error) {
	kept, err := snap.Report(ctx, period.Label, 0)
	if err != nil || kept == nil {
		return nil, err
	}
	e := &report.Edition{Frozen: report.Frozen{
		Edition: kept.Edition, MadeAt: kept.MadeAt, SHA256: kept.SHA256, Kigen: kept.Kigen,
	}}
	if e.Report, err = openEdition(kept, period.From.Location()); err != nil {
		return nil, err
	}
	lines, err := unpack(kept.Clocks)
	if err == nil {
		e.Clocks, err = report.DecodeKept(lines)
	}
	if err != nil {
		return nil, fmt.Errorf("edition %d of the report of %s: %w", kept.Edition, kept.Period, err)
	}
	return e, nil
}

// openEdition reads a kept model. One that is not what was kept is not shown.
func openEdition(kept *store.KeptReport, zone *time.Location) (report.Report, error) {
	if !kept.Intact() {
		return report.Report{}, fmt.Errorf("edition %d of the report of %s was changed after it was kept: restore it from a backup", kept.Edition, kept.Period)
	}
	r, err := report.Decode(kept.Model, zone)
	if err != nil {
		return r, fmt.Errorf("edition %d of the report of %s: %w", kept.Edition, kept.Period, err)
	}
	return r, nil
}

// pack gives the same bytes for the same data: no name and no time is in it.
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
