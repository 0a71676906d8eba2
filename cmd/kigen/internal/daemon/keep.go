package daemon

import (
	"context"
	"errors"
	"fmt"

	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// Freeze keeps the report of a finished period such as 2026-10 as another
// edition, and returns it; isNew is false where nothing has changed since the
// newest edition, which is returned then.
func (s *Reports) Freeze(ctx context.Context, label string) (kept *store.KeptReport, isNew bool, err error) {
	period, err := readPeriod(label, s.Zone, s.Now())
	if err != nil {
		return nil, false, err
	}
	return s.keep(ctx, period)
}

func (s *Reports) keep(ctx context.Context, period report.Period) (kept *store.KeptReport, isNew bool, err error) {
	kept, after, err := s.draft(ctx, period)
	if err != nil || kept.Edition != 0 {
		return kept, false, err
	}
	return kept, true, s.Incidents.KeepReport(ctx, kept, after)
}

// draft makes the next edition of a finished period's report, to be kept after
// the one numbered after; where nothing has changed, it is the newest edition,
// which has its number.
func (s *Reports) draft(ctx context.Context, period report.Period) (kept *store.KeptReport, after int, err error) {
	if !period.Finished {
		return nil, 0, tracker.Invalid{{
			Field: "month", Value: period.Label,
			Message: "has not ended: its report can be kept and sent from " + period.To.Format("2006-01-02 15:04"),
			Ja:      "まだ終わっていません。" + period.To.Format("2006-01-02 15:04") + " 以降に確定・送信できます",
		}}
	}
	b, err := s.gather(ctx, period, "")
	if err != nil {
		return nil, 0, err
	}
	r := b.Report()
	if r.Frozen != nil && !r.Frozen.Changed() {
		kept, err = s.edition(ctx, period, r.Frozen.Edition)
		return kept, r.Frozen.Edition, err
	}
	if r.Frozen != nil {
		after = r.Frozen.Edition
	}
	kept = &store.KeptReport{Period: period.Label, MadeAt: s.Now(), Kigen: s.Kigen}
	if kept.Model, err = report.Encode(r); err != nil {
		return nil, 0, fmt.Errorf("keep report of %s: %w", period.Label, err)
	}
	if kept.Clocks, err = pack(report.EncodeKept(b.Kept())); err != nil {
		return nil, 0, fmt.Errorf("keep report of %s: %w", period.Label, err)
	}
	return kept, after, nil
}

// frozen is an edition of a period's report as it was kept, the newest for 0.
func (s *Reports) frozen(ctx context.Context, period report.Period, number int) (report.Report, error) {
	kept, err := s.edition(ctx, period, number)
	if err != nil {
		return report.Report{}, err
	}
	return openEdition(kept, s.Zone)
}

// edition reads a kept edition, the newest for 0. That there is none is
// tracker.Invalid.
func (s *Reports) edition(ctx context.Context, period report.Period, number int) (kept *store.KeptReport, err error) {
	err = s.Incidents.Snapshot(ctx, func(snap *store.Snapshot) error {
		kept, err = snap.Report(ctx, period.Label, number)
		return err
	})
	if err == nil && kept == nil {
		err = tracker.Invalid{{
			Field: "month", Value: period.Label, Message: "no edition was kept: use kigen report " + period.Label + " --freeze",
			Ja: "確定版がありません。kigen report " + period.Label + " --freeze で作成してください",
		}}
	}
	return kept, err
}

// Verify returns all kept editions of a period's report, oldest first. The
// error names those that are not what was kept.
func (s *Reports) Verify(ctx context.Context, label string) (editions []store.KeptReport, err error) {
	period, err := readPeriod(label, s.Zone, s.Now())
	if err != nil {
		return nil, err
	}
	newest, err := s.edition(ctx, period, 0)
	if err != nil {
		return nil, err
	}
	var changed []error
	for n := 1; n <= newest.Edition; n++ {
		kept, err := s.edition(ctx, period, n)
		if err != nil {
			return nil, err
		}
		if _, err := openEdition(kept, s.Zone); err != nil {
			changed = append(changed, err)
		}
		editions = append(editions, *kept)
	}
	return editions, errors.Join(changed...)
}
