package tracker

import (
	"context"
	"slices"

	"kigen/sla"
)

// Lister lists incidents.
type Lister interface {
	// List returns one page of the incidents that the query selects.
	List(ctx context.Context, q Query) (Page, error)
}

// KeepRounds opens the rounds of periodic promises that have an anchor: an incident of
// the kind periodic for each vendor that has none, named by title, and the clocks of
// promises that were added since. Later rounds open by themselves, when evidence answers
// the round before. A vendor whose incident was cancelled has ended its rounds.
func (t *Tracker) KeepRounds(ctx context.Context, l Lister, title func(*sla.Vendor) string) error {
	for _, v := range t.Catalogue {
		if !slices.ContainsFunc(v.About(sla.KindPeriodic), func(p *sla.Promise) bool { return p.Anchor != 0 }) {
			continue
		}
		page, err := l.List(ctx, Query{Vendor: v.ID, Kind: sla.KindPeriodic, Limit: 500})
		if err != nil {
			return err
		}
		if len(page.Incidents) == 0 {
			_, err = t.Log(ctx, byKigen(), Entry{Kind: sla.KindPeriodic, Vendor: v.ID, Title: title(v)})
		} else {
			err = t.openRounds(ctx, v, page.Incidents)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openRounds starts the clocks that the vendor's first standing incident lacks.
func (t *Tracker) openRounds(ctx context.Context, v *sla.Vendor, incidents []*sla.Incident) error {
	var first *sla.Incident
	for _, inc := range incidents {
		if inc.CancelledAt.IsZero() && inc.Unreadable == "" && (first == nil || inc.ID < first.ID) {
			first = inc
		}
	}
	if first == nil || !lacks(v, first) {
		return nil
	}
	_, err := t.changeIncident(ctx, byKigen(), UseAmend, first.ID, func(c *change) error {
		c.opens = true
		return c.reckon()
	})
	return err
}

// lacks reports whether a promise about the incident's kind has no clock.
func lacks(v *sla.Vendor, inc *sla.Incident) bool {
	return slices.ContainsFunc(v.Applying(inc.Kind, &inc.Times), func(p *sla.Promise) bool {
		return !slices.ContainsFunc(inc.Clocks, func(k sla.Clock) bool { return k.Promise == p.ID })
	})
}
