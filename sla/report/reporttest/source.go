// Package reporttest makes reports from incidents in memory, for tests.
package reporttest

import (
	"context"
	"time"

	"kigen/sla"
	"kigen/sla/report"
)

// Source is a report.Source over whole incidents, in their order. They have no
// events and no alerts.
type Source struct {
	Incidents []*sla.Incident
	Terms     map[string][]byte // bodies of terms and calendars by their hashes
	Asked     [][]string        // the hashes of each call of Bodies
}

// Rows yields the clocks of the span.
func (s *Source) Rows(_ context.Context, from, to time.Time, yield func(*report.Row) error) error {
	for _, inc := range s.Incidents {
		for i := range inc.Clocks {
			row := report.RowOf(inc, &inc.Clocks[i])
			if row.At < from.UnixMilli() || row.At >= to.UnixMilli() {
				continue
			}
			if err := yield(&row); err != nil {
				return err
			}
		}
	}
	return nil
}

// TrendRows yields what a trend counts of the span.
func (s *Source) TrendRows(ctx context.Context, from, to time.Time, yield func(h *report.Heading, took int64, measured bool)) error {
	return s.Rows(ctx, from, to, func(r *report.Row) error {
		yield(r.Heading, r.Took, r.Measured)
		return nil
	})
}

// Clockless yields the incidents without clocks that were logged in the span.
func (s *Source) Clockless(_ context.Context, from, to time.Time, yield func(*sla.Incident) error) error {
	for _, inc := range s.Incidents {
		logged := inc.Times[sla.Logged].At
		if len(inc.Clocks) > 0 || logged.Before(from) || !logged.Before(to) {
			continue
		}
		if err := yield(inc); err != nil {
			return err
		}
	}
	return nil
}

// Silent yields every incident: a report leaves out the clocks that are not
// silent.
func (s *Source) Silent(_ context.Context, _ time.Time, yield func(*sla.Incident) error) error {
	for _, inc := range s.Incidents {
		if err := yield(inc); err != nil {
			return err
		}
	}
	return nil
}

// Backdated yields every incident: a report leaves out what is not backdated.
func (s *Source) Backdated(ctx context.Context, from, _ time.Time, yield func(*sla.Incident) error) error {
	return s.Silent(ctx, from, yield)
}

// Duties yields every incident: a report leaves out what does not belong to its period.
func (s *Source) Duties(ctx context.Context, from, _ time.Time, yield func(*sla.Incident) error) error {
	return s.Silent(ctx, from, yield)
}

// Histories yields the incidents with these ids.
func (s *Source) Histories(_ context.Context, ids []sla.IncidentID, yield func(*report.History) error) error {
	byID := map[sla.IncidentID][]*sla.Incident{}
	for _, inc := range s.Incidents {
		byID[inc.ID] = append(byID[inc.ID], inc)
	}
	for _, id := range ids {
		for _, inc := range byID[id] {
			if err := yield(&report.History{Incident: inc}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Bodies returns the terms with these hashes.
func (s *Source) Bodies(_ context.Context, hashes []string) (map[string][]byte, error) {
	s.Asked = append(s.Asked, hashes)
	bodies := map[string][]byte{}
	for _, hash := range hashes {
		if body, ok := s.Terms[hash]; ok {
			bodies[hash] = body
		}
	}
	return bodies, nil
}
