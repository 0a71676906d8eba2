package reporting

import (
	"context"
	"fmt"
	"io"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/render"
	"kigen/sla"
	"kigen/sla/regime"
	"kigen/sla/report"
	"kigen/store"
)

// archive is the store of incidents and of editions.
type archive interface {
	Snapshot(ctx context.Context, f func(*store.Snapshot) error) error
	Version(ctx context.Context) (string, error)
	KeepEdition(ctx context.Context, e *store.Edition, after int) error
}

// Reports makes reports from the store.
type Reports struct {
	Store     archive
	Catalogue sla.Catalogue
	Duties    regime.Regimes // our own, that are switched on
	Zone      *time.Location // of periods and of the times in reports
	Lang      string         // of sent reports
	Formats   []string       // of the files of sent reports
	BaseURL   string         // of links in sent reports; empty: no links
	Kigen     string         // version, recorded in reports and editions
	Holidays  []report.HolidayEdition
	Now       func() time.Time

	Renderings *Renderings // nil: renders at once and keeps nothing
}

// Holidays lists the official holiday lists of this version.
func Holidays() []report.HolidayEdition {
	first, last := calendar.OfficialJapanYears()
	return []report.HolidayEdition{{Country: "JP", First: first, Last: last}}
}

// stream makes a report from one snapshot of the store and passes it to use,
// during which its cases can be read. With an empty vendor it covers all vendors
// and is compared with the newest edition.
func (s *Reports) stream(ctx context.Context, period report.Period, vendor string, use func(*report.Result) error) error {
	return s.Store.Snapshot(ctx, func(snap *store.Snapshot) (err error) {
		spec := report.Spec{Catalogue: s.Catalogue, Duties: s.Duties, Period: period, Vendor: vendor, Kigen: s.Kigen, Holidays: s.Holidays, Now: s.Now()}
		head, err := snap.Head(ctx)
		if err != nil {
			return err
		}
		spec.Record = &report.RecordHead{Count: head.Count, Hash: head.Hash.String()}
		if vendor == "" {
			if spec.Newest, err = newestEdition(ctx, snap, period); err != nil {
				return err
			}
		}
		return report.Stream(ctx, snap, spec, use)
	})
}

// note summarizes a report for a message.
func (s *Reports) note(r report.Report) (render.Note, error) {
	note, err := render.Summary(r, s.Lang)
	if s.BaseURL != "" {
		note.Link = s.BaseURL + "/reports/" + r.Period.Label
	}
	return note, err
}

// Render renders a report or an edition. A field of the request without a report
// is tracker.Invalid.
func (s *Reports) Render(ctx context.Context, q Request) (*File, error) {
	form, err := q.form()
	if err != nil {
		return nil, err
	}
	if err := q.checkVendor(s.Catalogue); err != nil {
		return nil, err
	}
	period, err := s.period(q.Period)
	if err != nil {
		return nil, err
	}
	version, err := s.Store.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", q.Period, err)
	}
	// A reload makes other Reports, from which the same request may differ.
	key := fmt.Sprintf("%p %+v %s %t %s %s", s, q, period.Label, period.Finished, version, minute(period, s.Now()))
	file, err := s.Renderings.file(ctx, key, func(ctx context.Context, w io.Writer) (string, error) {
		return form.MediaType, s.requested(ctx, &q, period, func(r report.Report) error {
			return form.Write(w, r, q.Lang, render.CSVOptions{Table: q.Table, BOM: q.BOM})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", q.Period, err)
	}
	return file, nil
}

// minute is the part of a rendering's key for the time of day. While the period or the
// month of its trend runs, the report says as of when it is, and open clocks become
// overdue without a change of the data.
func minute(period report.Period, now time.Time) string {
	months := period.TrendMonths()
	present := now.Truncate(time.Minute)
	if present.After(months[len(months)-1].To) {
		return ""
	}
	return present.UTC().Format(time.RFC3339)
}

// requested passes the report or edition of a request to use.
func (s *Reports) requested(ctx context.Context, q *Request, period report.Period, use func(report.Report) error) error {
	if q.ofEdition() {
		edition, err := s.edition(ctx, period, q.Edition)
		if err != nil {
			return err
		}
		r, err := openEdition(edition, s.Zone)
		if err != nil {
			return err
		}
		return use(r)
	}
	return s.stream(ctx, period, q.Vendor, func(made *report.Result) error { return use(made.Report) })
}
