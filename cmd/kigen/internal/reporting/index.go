package reporting

import (
	"context"
	"fmt"
	"strconv"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla/report"
	"kigen/store"
)

// ReportYear is one year of reports.
type ReportYear struct {
	Year    int
	Years   []int         // with clocks, and the present one; newest first
	Periods []ReportEntry // the year, then each quarter with its months, newest first
}

// ReportEntry is one period in the list.
type ReportEntry struct {
	Label     string
	Kind      string // year, quarter or month
	Finished  bool
	Clocks    int // that belong to it, and incidents without any
	Due, Kept int // of the compliance rate
	Edition   int // number of the newest edition; 0: none
}

// ReportPage is the report of one period in short, with its editions.
type ReportPage struct {
	Report   report.Report // without its cases
	Name     string        // title of the report
	Editions []Edition     // newest first, without models and clocks; none in a report of one vendor
	Previous string        // label of the period before; empty: no report can be made of it
	Next     string        // label of the period after; empty: it has not begun
}

// Year lists the periods of one year that have begun. It reads the year's clocks
// once: quarters and the year are sums of months.
func (s *Reports) Year(ctx context.Context, year int) (*ReportYear, error) {
	period, err := s.period(strconv.Itoa(year))
	if err != nil {
		return nil, err
	}
	view := &ReportYear{Year: year}
	err = s.Store.Snapshot(ctx, func(snap *store.Snapshot) error {
		if view.Years, err = s.years(ctx, snap); err != nil {
			return err
		}
		editions, err := editionsOf(ctx, snap)
		if err != nil {
			return err
		}
		months, err := report.Months(ctx, snap, period, s.Now())
		if err != nil {
			return err
		}
		view.Periods = s.entries(year, months, editions)
		return nil
	})
	return view, err
}

// years lists the years with clocks up to the present one, newest first.
func (s *Reports) years(ctx context.Context, snap *store.Snapshot) (years []int, err error) {
	first, _, err := snap.Attributed(ctx)
	if err != nil {
		return nil, err
	}
	present := s.Now().In(s.Zone).Year()
	oldest := present
	if !first.IsZero() {
		oldest = min(present, first.In(s.Zone).Year())
	}
	for year := present; year >= oldest; year-- {
		years = append(years, year)
	}
	return years, nil
}

// editionsOf maps periods to the numbers of their newest editions.
func editionsOf(ctx context.Context, snap *store.Snapshot) (map[string]int, error) {
	newest, err := snap.NewestEditions(ctx)
	editions := make(map[string]int, len(newest))
	for _, e := range newest {
		editions[e.Period] = e.Number
	}
	return editions, err
}

// entries lists the year, then each quarter with its months, newest first.
// Periods that have not begun are left out.
func (s *Reports) entries(year int, months []report.MonthTotal, editions map[string]int) (all []ReportEntry) {
	add := func(label string, months []report.MonthTotal) {
		if e, begun := s.entry(label, months, editions); begun {
			all = append(all, e)
		}
	}
	add(strconv.Itoa(year), months)
	for quarter := 4; quarter >= 1; quarter-- {
		mine := months[3*quarter-3 : 3*quarter]
		add(fmt.Sprintf("%d-Q%d", year, quarter), mine)
		for i := len(mine) - 1; i >= 0; i-- {
			add(mine[i].Month.Label, mine[i:i+1])
		}
	}
	return all
}

// entry sums up months; begun is false for a period in the future.
func (s *Reports) entry(label string, months []report.MonthTotal, editions map[string]int) (e ReportEntry, begun bool) {
	period, err := s.period(label)
	if err != nil {
		return e, false
	}
	e = ReportEntry{Label: label, Kind: string(period.Kind), Finished: period.Finished, Edition: editions[label]}
	for i := range months {
		m := &months[i]
		e.Clocks, e.Due, e.Kept = e.Clocks+m.Clocks, e.Due+m.Share.Due, e.Kept+m.Share.Kept
	}
	return e, true
}

// Page returns the report of one period in short, in a language; with a vendor, the
// report for that vendor. A period or a vendor that has no report is tracker.Invalid.
func (s *Reports) Page(ctx context.Context, label, vendor, lang string) (*ReportPage, error) {
	period, err := s.period(label)
	if err != nil {
		return nil, err
	}
	if err := (&Request{Vendor: vendor}).checkVendor(s.Catalogue); err != nil {
		return nil, err
	}
	page := &ReportPage{Previous: s.begun(period.Previous()), Next: s.begun(period.Next(s.Now()))}
	err = s.stream(ctx, period, vendor, func(made *report.Result) error {
		page.Report = made.Report
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", label, err)
	}
	if page.Name, err = render.Name(period, lang); err != nil {
		return nil, err
	}
	if vendor != "" {
		return page, nil
	}
	err = s.Store.Snapshot(ctx, func(snap *store.Snapshot) error {
		page.Editions, err = snap.Editions(ctx, period.Label)
		return err
	})
	return page, err
}

// begun is the label of a period of which a report can be made; empty: none can.
func (s *Reports) begun(period report.Period) string {
	if _, err := s.period(period.Label); err != nil {
		return ""
	}
	return period.Label
}
