package daemon

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/store"
)

// Year lists the periods of one year that have begun, with what each comes to.
// It reads the year's clocks once: quarters and the year are sums of months.
func (s *Reports) Year(ctx context.Context, year int) (*web.ReportYear, error) {
	period, err := readPeriod(strconv.Itoa(year), s.Zone, s.Now())
	if err != nil {
		return nil, err
	}
	view := &web.ReportYear{Year: year}
	err = s.Incidents.Snapshot(ctx, func(snap *store.Snapshot) error {
		if view.Years, err = s.years(ctx, snap); err != nil {
			return err
		}
		editions, err := editionsOf(ctx, snap)
		if err != nil {
			return err
		}
		months, err := s.months(ctx, snap, period)
		if err != nil {
			return err
		}
		view.Periods = s.entries(year, months, editions)
		return nil
	})
	return view, err
}

// years lists the years with clocks up to now, newest first.
func (s *Reports) years(ctx context.Context, snap *store.Snapshot) (years []int, err error) {
	first, _, err := snap.Attributed(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Now().In(s.Zone).Year()
	oldest := now
	if !first.IsZero() {
		oldest = min(now, first.In(s.Zone).Year())
	}
	for year := now; year >= oldest; year-- {
		years = append(years, year)
	}
	return years, nil
}

func editionsOf(ctx context.Context, snap *store.Snapshot) (map[string]int, error) {
	kept, err := snap.Reports(ctx)
	editions := make(map[string]int, len(kept))
	for _, k := range kept {
		editions[k.Period] = k.Edition
	}
	return editions, err
}

// months counts the clocks of each month of a year.
func (s *Reports) months(ctx context.Context, snap *store.Snapshot, year report.Period) (months [12]web.ReportEntry, err error) {
	b := report.NewBuilder(s.Catalogue, year)
	for i, month := range b.TrendMonths() {
		err := snap.Took(ctx, month.From, month.To, func(h *store.Heading, took int64, measured bool) {
			b.CountTrend(i, (*report.Heading)(h), took, measured)
			months[month.From.Month()-1].Clocks++
		})
		if err != nil {
			return months, err
		}
	}
	err = snap.Clockless(ctx, year.From, year.To, func(inc *sla.Incident) error {
		months[inc.Times[sla.Logged].At.In(s.Zone).Month()-1].Clocks++
		return nil
	})
	for _, point := range b.Report().Trend {
		month, parseErr := time.Parse("2006-01", point.Month)
		if parseErr != nil {
			return months, fmt.Errorf("trend: %w", parseErr)
		}
		m := &months[month.Month()-1]
		m.Due, m.Kept = point.Total.Due, point.Total.Kept
	}
	return months, err
}

// entries puts the year, its quarters and its months in the order in which
// they are shown: the year, then each quarter with its months, newest first.
func (s *Reports) entries(year int, months [12]web.ReportEntry, editions map[string]int) []web.ReportEntry {
	whole := []web.ReportEntry{s.entry(strconv.Itoa(year), months[:], editions)}
	for quarter := 4; quarter >= 1; quarter-- {
		mine := months[3*quarter-3 : 3*quarter]
		whole = append(whole, s.entry(fmt.Sprintf("%d-Q%d", year, quarter), mine, editions))
		for i := 2; i >= 0; i-- {
			label := fmt.Sprintf("%d-%02d", year, 3*quarter-2+i)
			whole = append(whole, s.entry(label, mine[i:i+1], editions))
		}
	}
	begun := whole[:0]
	for _, e := range whole {
		if e.Label != "" {
			begun = append(begun, e)
		}
	}
	return begun
}

// entry sums months up; the zero entry is a period that has not begun.
func (s *Reports) entry(label string, months []web.ReportEntry, editions map[string]int) web.ReportEntry {
	period, err := readPeriod(label, s.Zone, s.Now())
	if err != nil {
		return web.ReportEntry{}
	}
	e := web.ReportEntry{Label: label, Kind: string(period.Kind), Finished: period.Finished, Edition: editions[label]}
	for _, m := range months {
		e.Clocks, e.Due, e.Kept = e.Clocks+m.Clocks, e.Due+m.Due, e.Kept+m.Kept
	}
	return e
}

// Shelf is what there is of one period: its figures in short, and the editions
// that were kept.
func (s *Reports) Shelf(ctx context.Context, label, lang string) (*web.ReportShelf, error) {
	period, err := readPeriod(label, s.Zone, s.Now())
	if err != nil {
		return nil, err
	}
	shelf := &web.ReportShelf{}
	if shelf.Report, err = s.Of(ctx, period); err != nil {
		return nil, fmt.Errorf("report of %s: %w", label, err)
	}
	if shelf.Name, err = render.Name(period, lang); err != nil {
		return nil, err
	}
	note, err := render.Summary(shelf.Report, lang)
	if err != nil {
		return nil, err
	}
	shelf.Lines = note.Lines
	err = s.Incidents.Snapshot(ctx, func(snap *store.Snapshot) error {
		kept, err := snap.Editions(ctx, period.Label)
		for _, k := range kept {
			shelf.Editions = append(shelf.Editions, web.ReportEdition{Number: k.Edition, MadeAt: k.MadeAt, Kigen: k.Kigen, SHA256: k.SHA256})
		}
		return err
	})
	return shelf, err
}
