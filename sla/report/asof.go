package report

import (
	"context"
	"slices"
	"time"

	"kigen/sla"
)

// asOf is a Source in which an open clock is overdue from its deadline on. The state
// in the store changes a moment after that, and later where no daemon runs.
type asOf struct {
	Source
	now   time.Time
	twins map[*Heading]*Heading // of open headings, with the state Overdue
}

// sourceAsOf returns the source as of an instant; a zero one leaves every state as it is.
func sourceAsOf(source Source, now time.Time) Source {
	if now.IsZero() {
		return source
	}
	return &asOf{source, now, map[*Heading]*Heading{}}
}

// firstOpen is the earliest instant to which a clock is attributed that is not overdue.
func (s *asOf) firstOpen() int64 { return s.now.UnixMilli() - 1 }

// open reports whether a clock of this state has neither a notice nor passed its deadline.
func open(state sla.State) bool { return state == sla.Running || state == sla.AtRisk }

func (s *asOf) passed(h *Heading) *Heading {
	if !open(h.State) {
		return h
	}
	twin, ok := s.twins[h]
	if !ok {
		overdue := *h
		overdue.State = sla.Overdue
		twin = &overdue
		s.twins[h] = twin
	}
	return twin
}

func (s *asOf) Rows(ctx context.Context, from, to time.Time, yield func(*Row) error) error {
	first := s.firstOpen()
	return s.Source.Rows(ctx, from, to, func(r *Row) error {
		if r.At >= first || !open(r.State) {
			return yield(r)
		}
		passed := *r
		passed.Heading = s.passed(r.Heading)
		return yield(&passed)
	})
}

func (s *asOf) TrendRows(ctx context.Context, from, to time.Time, yield func(h *Heading, took int64, measured bool)) error {
	cut := time.UnixMilli(s.firstOpen())
	if cut.Before(from) {
		cut = from
	}
	if cut.After(to) {
		cut = to
	}
	err := s.Source.TrendRows(ctx, from, cut, func(h *Heading, took int64, measured bool) {
		yield(s.passed(h), took, measured)
	})
	if err != nil {
		return err
	}
	return s.Source.TrendRows(ctx, cut, to, yield)
}

func (s *asOf) Silent(ctx context.Context, at time.Time, yield func(*sla.Incident) error) error {
	return s.Source.Silent(ctx, at, func(inc *sla.Incident) error { return yield(s.incident(inc)) })
}

func (s *asOf) Histories(ctx context.Context, ids []sla.IncidentID, yield func(*History) error) error {
	return s.Source.Histories(ctx, ids, func(h *History) error {
		if inc := s.incident(h.Incident); inc != h.Incident {
			h = &History{inc, h.Events, h.Alerts}
		}
		return yield(h)
	})
}

// incident returns the incident with the states as of now.
func (s *asOf) incident(inc *sla.Incident) *sla.Incident {
	is := inc
	for i := range inc.Clocks {
		if !open(inc.Clocks[i].State) || inc.AttributedAt(&inc.Clocks[i]).UnixMilli() >= s.firstOpen() {
			continue
		}
		if is == inc {
			one := *inc
			one.Clocks = slices.Clone(inc.Clocks)
			is = &one
		}
		is.Clocks[i].State = sla.Overdue
	}
	return is
}
