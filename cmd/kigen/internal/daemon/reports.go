package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// archive is what reports are made from, and where they are kept.
type archive interface {
	Snapshot(ctx context.Context, f func(*store.Snapshot) error) error
	KeepReport(ctx context.Context, k *store.KeptReport, after int) error
}

// Reports makes reports from what the store holds.
type Reports struct {
	Incidents archive
	Catalogue sla.Catalogue
	Zone      *time.Location
	Lang      string   // of what is sent
	Formats   []string // of the files that are sent with the note
	BaseURL   string   // for the note's link; empty: none
	Kigen     string   // the version that makes them
	Holidays  []report.HolidayEdition
	Now       func() time.Time
}

// Wanted says which report, and how.
type Wanted struct {
	Period string // 2026-10, 2026-Q3, 2026, 2026-04..2026-09, 2026-10-01..2026-10-15
	Format string // one of render.FormNames
	Lang   string // ja or en
	Vendor string // id; empty: all
	Frozen bool   // the newest kept edition, as it was
	// Edition is a kept edition by its number; 0: none, or the newest if Frozen.
	Edition int
	CSV     render.CSVOptions
}

// kept reports whether an edition is wanted as it was kept.
func (w *Wanted) kept() bool { return w.Frozen || w.Edition != 0 }

// Of is the report of a period.
func (s *Reports) Of(ctx context.Context, period report.Period) (report.Report, error) {
	b, err := s.gather(ctx, period, "")
	if err != nil {
		return report.Report{}, err
	}
	return b.Report(), nil
}

// Note is a period's report in a few lines.
func (s *Reports) Note(ctx context.Context, period report.Period) (render.Note, error) {
	r, err := s.Of(ctx, period)
	if err != nil {
		return render.Note{}, err
	}
	return s.note(r)
}

func (s *Reports) note(r report.Report) (render.Note, error) {
	note, err := render.Summary(r, s.Lang)
	if s.BaseURL != "" {
		note.Link = s.BaseURL + "/reports/" + r.Period.Label
	}
	return note, err
}

// Render is the report of a period such as 2026-10 in one of
// render's forms, with its media type. A period or a format that can't be had is tracker.Invalid.
func (s *Reports) Render(ctx context.Context, label, format, lang string) (contentType string, body []byte, err error) {
	return s.RenderWanted(ctx, Wanted{Period: label, Format: format, Lang: lang})
}

// RenderWanted is Render with all that can be asked for.
func (s *Reports) RenderWanted(ctx context.Context, w Wanted) (contentType string, body []byte, err error) {
	form, err := formOf(w)
	if err != nil {
		return "", nil, err
	}
	period, err := s.check(w)
	if err != nil {
		return "", nil, err
	}
	r, err := s.wanted(ctx, w, period)
	if err != nil {
		return "", nil, fmt.Errorf("report of %s: %w", w.Period, err)
	}
	var whole bytes.Buffer
	if err := form.Write(&whole, r, w.Lang, w.CSV); err != nil {
		return "", nil, fmt.Errorf("report of %s: %w", w.Period, err)
	}
	return form.MediaType, whole.Bytes(), nil
}

// asked is RenderWanted for the board and the API.
func (s *Reports) asked(ctx context.Context, q web.ReportRequest) (contentType string, body []byte, err error) {
	return s.RenderWanted(ctx, Wanted{
		Period: q.Period, Format: q.Format, Lang: q.Lang, Vendor: q.Vendor, Edition: q.Edition, CSV: render.CSVOptions{Table: q.Table, BOM: q.BOM},
	})
}

// formOf finds the form, and refuses a table that CSV does not have.
func formOf(w Wanted) (render.Form, error) {
	form, err := render.FormNamed(w.Format)
	if err != nil {
		forms := strings.Join(render.FormNames(), ", ")
		return form, tracker.Invalid{{Field: "format", Value: w.Format, Message: "use " + forms, Ja: "次のいずれかを指定してください: " + forms}}
	}
	switch tables := strings.Join(render.Tables(), ", "); {
	case w.CSV.Table != "" && !slices.Contains(render.Tables(), w.CSV.Table):
		return form, tracker.Invalid{{Field: "table", Value: w.CSV.Table, Message: "use " + tables, Ja: "次のいずれかを指定してください: " + tables}}
	case w.CSV.Table != "" && w.Format != "csv":
		return form, tracker.Invalid{{
			Field: "table", Value: w.CSV.Table, Message: w.Format + " has all tables: leave the table out, or use the format csv",
			Ja: w.Format + "はすべての表を含みます。表の指定を外すか、形式をcsvにしてください",
		}}
	}
	return form, nil
}

// check reads the period, and refuses what there can be no report of.
func (s *Reports) check(w Wanted) (report.Period, error) {
	if _, ok := s.Catalogue.Vendor(w.Vendor); w.Vendor != "" && !ok {
		ids := strings.Join(s.Catalogue.IDs(), ", ")
		return report.Period{}, tracker.Invalid{{
			Field: "vendor", Value: w.Vendor, Message: "is not in the catalogue; use one of " + ids,
			Ja: "登録されていないベンダーです。次のいずれかを指定してください: " + ids,
		}}
	}
	if w.kept() && w.Vendor != "" {
		return report.Period{}, tracker.Invalid{{
			Field: "vendor", Value: w.Vendor, Message: "a kept edition holds all vendors; leave the vendor out",
			Ja: "確定版は全ベンダーを含みます。ベンダーの指定を外してください",
		}}
	}
	return readPeriod(w.Period, s.Zone, s.Now())
}

func (s *Reports) wanted(ctx context.Context, w Wanted, period report.Period) (report.Report, error) {
	if w.kept() {
		return s.frozen(ctx, period, w.Edition)
	}
	b, err := s.gather(ctx, period, w.Vendor)
	if err != nil {
		return report.Report{}, err
	}
	return b.Report(), nil
}

// readPeriod reads any period; one that can't be had is tracker.Invalid.
func readPeriod(label string, zone *time.Location, now time.Time) (report.Period, error) {
	period, err := report.ParsePeriod(label, zone, now)
	return period, invalidPeriod(err)
}

// readMonth reads a month; one that can't be had is tracker.Invalid.
func readMonth(month string, zone *time.Location, now time.Time) (report.Period, error) {
	period, err := report.Month(month, zone, now)
	return period, invalidPeriod(err)
}

func invalidPeriod(err error) error {
	var refused *report.PeriodError
	if errors.As(err, &refused) {
		return tracker.Invalid{{Field: "month", Value: refused.Value, Message: refused.Remedy, Ja: refused.Ja}}
	}
	return err
}
