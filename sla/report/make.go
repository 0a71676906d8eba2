package report

import (
	"context"
	"time"

	"kigen/sla"
	"kigen/sla/regime"
)

// Source reads what a report is made from, as of one instant. Each method hands
// what it finds to yield and stops at an error. Spans of time include from and
// exclude to.
type Source interface {
	// Rows yields each clock that is attributed to the span. A row is valid
	// until yield returns, its heading for good.
	Rows(ctx context.Context, from, to time.Time, yield func(*Row) error) error
	// TrendRows is Rows for what a trend counts: the heading, and the whole
	// seconds from start to notice where they were measured.
	TrendRows(ctx context.Context, from, to time.Time, yield func(h *Heading, took int64, measured bool)) error
	// Clockless yields each incident without clocks that was logged in the span:
	// its id, vendor, service and when it was logged.
	Clockless(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error
	IncidentSource
	// Bodies returns the bodies of terms and calendars by their hashes. An
	// unknown hash is left out.
	Bodies(ctx context.Context, hashes []string) (map[string][]byte, error)
}

// IncidentSource reads whole incidents.
type IncidentSource interface {
	// Silent yields, inside its incident, each clock that is attributed to before
	// the instant at and had no notice until then, also one that is still open.
	Silent(ctx context.Context, at time.Time, yield func(*sla.Incident) error) error
	// Backdated yields, inside its incident, each clock that is attributed to the span
	// and was stopped by a backdated notice, with that notice. It may yield others.
	Backdated(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error
	// Duties yields each incident with a clock of our own duties that belongs to the span.
	// It may yield others.
	Duties(ctx context.Context, from, to time.Time, yield func(*sla.Incident) error) error
	// Histories yields the incidents with these ids, in their order.
	Histories(ctx context.Context, ids []sla.IncidentID, yield func(*History) error) error
}

// Spec says which report to make, and with what.
type Spec struct {
	Catalogue sla.Catalogue
	Duties    regime.Regimes // our own, for the names of what we owe
	Period    Period
	Vendor    string   // id of the only vendor in the report; empty: all vendors
	Newest    *Edition // to compare with, unless Vendor is set; nil: there is no edition
	Kigen     string   // the version that makes the report
	Holidays  []HolidayEdition
	Record    *RecordHead // as of the source; nil: not recorded in the report

	// Now is the instant of the report: a deadline that has passed without a notice is
	// overdue, also where the source still has it as open. Zero: states are as the source
	// has them.
	Now time.Time
}

// Result is a report with what an edition of it keeps beside it.
type Result struct {
	Report Report
	Clocks []EditionClock // of the period, in no order; nil where Spec.Vendor is set
}

// Make makes one report. It counts rows, then reads whole incidents for what is
// listed one by one, then the versions that the counted clocks were made with:
// each step asks the source for what the step before it found.
func Make(ctx context.Context, source Source, spec Spec) (*Result, error) {
	return newBuilder(&spec).make(ctx, sourceAsOf(source, spec.Now))
}

func (b *builder) make(ctx context.Context, source Source) (*Result, error) {
	for _, step := range []func(context.Context, Source) error{b.readCounts, b.readDetails, b.readVersions} {
		if err := step(ctx, source); err != nil {
			return nil, err
		}
	}
	made := &Result{Report: b.report()}
	if b.comparison != nil {
		made.Clocks = b.comparison.is
	}
	return made, nil
}

// readCounts counts the period, the one before, which ends where this one
// begins, and the trend.
func (b *builder) readCounts(ctx context.Context, source Source) error {
	err := source.Rows(ctx, b.previous.From, b.period.To, func(r *Row) error {
		b.countRow(r)
		return nil
	})
	if err != nil {
		return err
	}
	err = source.Clockless(ctx, b.previous.From, b.period.To, func(inc *sla.Incident) error {
		b.countClockless(inc)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range b.trend {
		month := &b.trend[i].period
		err := source.TrendRows(ctx, month.From, month.To, func(h *Heading, took int64, measured bool) {
			b.countTrend(i, h, took, measured)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) readDetails(ctx context.Context, source Source) error {
	err := source.Silent(ctx, b.period.From, func(inc *sla.Incident) error {
		b.carry(inc)
		return nil
	})
	if err != nil {
		return err
	}
	err = source.Backdated(ctx, b.period.From, b.period.To, func(inc *sla.Incident) error {
		b.backdate(inc)
		return nil
	})
	if err != nil {
		return err
	}
	err = source.Duties(ctx, b.period.From, b.period.To, func(inc *sla.Incident) error {
		b.owe(inc)
		return nil
	})
	if err != nil {
		return err
	}
	return source.Histories(ctx, b.detailed(), func(h *History) error {
		b.detail(h)
		return nil
	})
}

func (b *builder) readVersions(ctx context.Context, source Source) error {
	bodies, err := source.Bodies(ctx, b.termsHashes())
	if err != nil {
		return err
	}
	calendars, err := source.Bodies(ctx, calendarHashes(bodies))
	if err != nil {
		return err
	}
	for hash, body := range calendars {
		bodies[hash] = body
	}
	b.date(bodies)
	return nil
}

// MonthTotal is one month in the list of a year's reports.
type MonthTotal struct {
	Month  Period
	Clocks int // that belong to the month, and incidents without any
	Share  Share
}

// Months counts the clocks of each month of a year, in order. now is as in Spec.
func Months(ctx context.Context, source Source, year Period, now time.Time) ([]MonthTotal, error) {
	source = sourceAsOf(source, now)
	var months []MonthTotal
	for _, period := range year.TrendMonths() {
		m := MonthTotal{Month: period}
		err := source.TrendRows(ctx, period.From, period.To, func(h *Heading, _ int64, _ bool) {
			m.Clocks++
			if h.aboutIncident() {
				m.Share.add(judged(h.verdict(), h.Assumed))
			}
		})
		if err != nil {
			return nil, err
		}
		err = source.Clockless(ctx, period.From, period.To, func(*sla.Incident) error {
			m.Clocks++
			return nil
		})
		if err != nil {
			return nil, err
		}
		m.Share.rate()
		months = append(months, m)
	}
	return months, nil
}
