package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// attributed streams the incidents with a clock that belongs to [from, to).
type attributed interface {
	Attributed(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error
}

// Reports makes reports from what the store holds.
type Reports struct {
	Incidents attributed
	Catalogue sla.Catalogue
	Zone      *time.Location
	Lang      string // of the note that is sent
	BaseURL   string // for the note's link; empty: none
	Now       func() time.Time
}

// Of is the report of a period.
func (s *Reports) Of(ctx context.Context, period report.Period) (report.Report, error) {
	b := report.NewBuilder(s.Catalogue, period)
	err := s.Incidents.Attributed(ctx, period.From, period.To, func(inc *sla.Incident) error {
		b.Add(inc)
		return nil
	})
	if err != nil {
		return report.Report{}, err
	}
	return b.Report(), nil
}

// Note is what is sent when the period has ended.
func (s *Reports) Note(ctx context.Context, period report.Period) (render.Note, error) {
	r, err := s.Of(ctx, period)
	if err != nil {
		return render.Note{}, err
	}
	note, err := render.Summary(r, s.Lang)
	if s.BaseURL != "" {
		note.Link = s.BaseURL + "/reports/" + period.Label
	}
	return note, err
}

// Render is the report of a month such as 2026-10 as json, csv or html, with
// its media type. A month or a format that can't be had is tracker.Invalid.
func (s *Reports) Render(ctx context.Context, month, format, lang string) (contentType string, body []byte, err error) {
	var face func(io.Writer, report.Report) error
	switch format {
	case "json":
		contentType = "application/json"
		face = func(w io.Writer, r report.Report) error { return render.JSON(w, r, lang) }
	case "csv":
		contentType = "text/csv; charset=utf-8; header=present"
		face = func(w io.Writer, r report.Report) error { return render.CSV(w, r, lang, false) }
	case "html":
		contentType = "text/html; charset=utf-8"
		face = func(w io.Writer, r report.Report) error { return render.HTML(w, r, lang) }
	default:
		return "", nil, tracker.Invalid{{Field: "format", Value: format, Message: "use json, csv or html"}}
	}
	period, err := readMonth(month, s.Zone, s.Now())
	if err != nil {
		return "", nil, err
	}
	r, err := s.Of(ctx, period)
	if err != nil {
		return "", nil, fmt.Errorf("report of %s: %w", month, err)
	}
	var whole bytes.Buffer
	if err := face(&whole, r); err != nil {
		return "", nil, fmt.Errorf("report of %s: %w", month, err)
	}
	return contentType, whole.Bytes(), nil
}

// readMonth reads a month; one that can't be had is tracker.Invalid.
func readMonth(month string, zone *time.Location, now time.Time) (report.Period, error) {
	period, err := report.Month(month, zone, now)
	var refused *report.PeriodError
	if errors.As(err, &refused) {
		return period, tracker.Invalid{{Field: "month", Value: refused.Value, Message: refused.Remedy}}
	}
	return period, err
}
