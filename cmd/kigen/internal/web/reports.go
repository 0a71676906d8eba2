package web

import (
	"context"

	"kigen/cmd/kigen/internal/reporting"
)

// Reports makes, sends and lists reports. A tracker.Invalid error describes a
// mistake in the request.
type Reports interface {
	ReportIndex
	// Render renders a report.
	Render(ctx context.Context, r reporting.Request) (*reporting.File, error)
	// Send sends the report of a finished period to destinations; none: to those
	// of the schedule.
	Send(ctx context.Context, period string, to []string) (*reporting.SendResult, error)
}

// ReportIndex lists reports. A tracker.Invalid error describes a mistake in the
// request.
type ReportIndex interface {
	// Year lists the periods of a year that have begun.
	Year(ctx context.Context, year int) (*reporting.ReportYear, error)
	// Page returns the report of a period and its editions, in a language.
	Page(ctx context.Context, period, lang string) (*reporting.ReportPage, error)
}
