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
	// Destinations lists where reports can be sent, and where the scheduled ones go.
	Destinations() (all, scheduled []string)
	// Freeze keeps the report of a finished period as an edition; isNew is false if
	// nothing has changed since the newest one.
	Freeze(ctx context.Context, period string) (e *reporting.Edition, isNew bool, err error)
}

// ReportIndex lists reports. A tracker.Invalid error describes a mistake in the
// request.
type ReportIndex interface {
	// Year lists the periods of a year that have begun.
	Year(ctx context.Context, year int) (*reporting.ReportYear, error)
	// Page returns the report of a period and its editions, or that for one vendor, in a
	// language.
	Page(ctx context.Context, period, vendor, lang string) (*reporting.ReportPage, error)
}
