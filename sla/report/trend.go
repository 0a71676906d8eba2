package report

import (
	"maps"
	"slices"
)

// trendMonth is one month of the trend so far, by vendor.
type trendMonth struct {
	period  Period
	vendors map[string]*trendTally
}

type trendTally struct {
	share  Share
	notice []int64
}

// countTrend counts a clock that belongs to the i-th month of the trend; took
// is the whole seconds from start to notice, if measured.
func (b *builder) countTrend(i int, h *Heading, took int64, measured bool) {
	if b.leavesOut(h.Vendor) || !h.aboutIncident() {
		return
	}
	t := b.trend[i].vendors[h.Vendor]
	if t == nil {
		t = &trendTally{}
		b.trend[i].vendors[h.Vendor] = t
	}
	v := h.verdict()
	t.share.add(judged(v, h.Assumed))
	if measured && answers(v) {
		t.notice = append(t.notice, max(0, took))
	}
}

// newTrend lists in every month the same vendors: the catalogue's, then those
// that have left it but have clocks in any of the months.
func (b *builder) newTrend() []TrendPoint {
	ids := b.spec.Catalogue.IDs()
	gone := map[string]bool{}
	for i := range b.trend {
		for id := range b.trend[i].vendors {
			gone[id] = !slices.Contains(ids, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		if gone[id] {
			ids = append(ids, id)
		}
	}
	ids = slices.DeleteFunc(ids, b.leavesOut)
	points := make([]TrendPoint, len(b.trend))
	for i := range b.trend {
		points[i] = b.trend[i].point(ids)
	}
	return points
}

func (m *trendMonth) point(ids []string) TrendPoint {
	p := TrendPoint{Month: m.period.Label, Vendors: make([]TrendVendor, len(ids))}
	all := trendTally{}
	for i, id := range ids {
		mine := m.vendors[id]
		if mine == nil {
			mine = &trendTally{}
		}
		all.share.merge(mine.share)
		all.notice = append(all.notice, mine.notice...)
		p.Vendors[i] = TrendVendor{id, mine.figures()}
	}
	p.Total = all.figures()
	return p
}

func (t *trendTally) figures() TrendFigures {
	f := TrendFigures{Share: t.share, Median: median(t.notice)}
	f.rate()
	return f
}
