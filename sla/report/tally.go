package report

import (
	"slices"

	"kigen/sla"
)

// tally holds the counts of one service. A vendor's figures sum those of its
// services, the totals those of the vendors.
type tally struct {
	incidents int
	counts    Counts
	shares    Compliance
	notice    []int64 // seconds from start to notice
	free      []int64 // of these, without a promised time
	late      []int64 // seconds from due to notice
	promised  [len(binEdges) + 1]int

	longestNotice, longestFree int64 // of those with a known start
}

// binEdges are the upper ends of the bins but the last, which has none.
var binEdges = [...]float64{0.25, 0.5, 0.75, 1, 1.5, 2, 4}

func (t *tally) add(r *Row) {
	v := r.verdict()
	t.counts.add(v, r.Assumed)
	t.shares.add(v, r.Assumed, r.Strength)
	if v == Late {
		t.late = append(t.late, r.lateness())
	}
	took, ok := r.took(v)
	if !ok {
		return
	}
	known := took
	if r.Assumed {
		known = 0
	}
	t.notice, t.longestNotice = append(t.notice, took), max(t.longestNotice, known)
	if v == NoCommitment {
		t.free, t.longestFree = append(t.free, took), max(t.longestFree, known)
		return
	}
	t.promised[bin(took, r.promised(), v == Met)]++
}

// bin uses the verdict where the ratio is not decisive: a notice in the deadline's
// very second is in time, and a promise may end before its start.
func bin(took, promised int64, met bool) int {
	const kept = 3 // the last bin of notices in time
	if promised <= 0 {
		if met {
			return kept
		}
		return len(binEdges)
	}
	i := 0
	for i < len(binEdges) && float64(took) > binEdges[i]*float64(promised) {
		i++
	}
	if met {
		return min(i, kept)
	}
	return max(i, kept+1)
}

func (n *Counts) add(v Verdict, assumed bool) {
	n.Clocks++
	*n.of(v)++
	if v == Overdue && assumed {
		n.OverdueAssumed++
	}
}

func (n *Counts) of(v Verdict) *int {
	switch v {
	case Met:
		return &n.Met
	case Late:
		return &n.Late
	case Overdue:
		return &n.Overdue
	case NotProvable:
		return &n.NotProvable
	case NoCommitment:
		return &n.NoCommitment
	case NotApplicable:
		return &n.NotApplicable
	case Cancelled:
		return &n.Cancelled
	case Waived:
		return &n.Waived
	case Pending:
		return &n.Pending
	default:
		return &n.Running
	}
}

// judged reports whether a verdict counts in the rate, and whether as kept.
func judged(v Verdict, assumed bool) (due, kept bool) {
	return v == Met || v == Late || v == Overdue && !assumed, v == Met
}

func (s *Compliance) add(v Verdict, assumed bool, strength sla.Strength) {
	due, kept := judged(v, assumed)
	if !due {
		return
	}
	part := &s.Other
	switch strength {
	case sla.Firm:
		part = &s.Firm
	case sla.Target:
		part = &s.Target
	}
	s.Share.add(due, kept)
	part.add(due, kept)
}

func (s *Share) add(due, kept bool) {
	if due {
		s.Due++
	}
	if kept {
		s.Kept++
	}
}

func (t *tally) merge(o *tally) {
	t.incidents += o.incidents
	t.counts.merge(o.counts)
	t.shares.merge(o.shares)
	t.notice = append(t.notice, o.notice...)
	t.free = append(t.free, o.free...)
	t.late = append(t.late, o.late...)
	t.longestNotice, t.longestFree = max(t.longestNotice, o.longestNotice), max(t.longestFree, o.longestFree)
	for i, n := range o.promised {
		t.promised[i] += n
	}
}

func (n *Counts) merge(o Counts) {
	n.Clocks += o.Clocks
	n.Met += o.Met
	n.Late += o.Late
	n.Overdue += o.Overdue
	n.OverdueAssumed += o.OverdueAssumed
	n.NotProvable += o.NotProvable
	n.NoCommitment += o.NoCommitment
	n.NotApplicable += o.NotApplicable
	n.Cancelled += o.Cancelled
	n.Waived += o.Waived
	n.Pending += o.Pending
	n.Running += o.Running
}

func (s *Compliance) merge(o Compliance) {
	s.Share.merge(o.Share)
	s.Firm.merge(o.Firm)
	s.Target.merge(o.Target)
	s.Other.merge(o.Other)
}

func (s *Share) merge(o Share) {
	s.Kept += o.Kept
	s.Due += o.Due
}

func (t *tally) figures() Figures {
	shares := t.shares
	for _, s := range []*Share{&shares.Share, &shares.Firm, &shares.Target, &shares.Other} {
		s.rate()
	}
	return Figures{
		Incidents: t.incidents, Counts: t.counts, Compliance: shares,
		TimeToNotice: describe(t.notice).over(t.longestNotice), Lateness: describe(t.late), Promised: t.bins(),
	}
}

func (t *tally) bins() []Bin {
	bins := make([]Bin, len(t.promised))
	for i, n := range t.promised {
		bins[i].Clocks = n
		if i < len(binEdges) {
			edge := binEdges[i]
			bins[i].UpTo = &edge
		}
	}
	return bins
}

func (s *Share) rate() {
	if s.Due > 0 {
		r := float64(s.Kept) / float64(s.Due)
		s.Rate = &r
	}
}

// describe reorders the samples.
func describe(samples []int64) Lengths {
	n := len(samples)
	if n == 0 {
		return Lengths{}
	}
	p90, longest := nth(samples, (9*n+9)/10-1), slices.Max(samples)
	return Lengths{Count: n, Median: median(samples), P90: &p90, Longest: &longest}
}

// over marks a longest that exceeds all those with a known start.
func (l Lengths) over(known int64) Lengths {
	l.LongestAssumed = l.Longest != nil && *l.Longest > known
	return l
}

// median is the middle value, of an even count the mean of the two rounded
// down; nil without samples. It reorders the samples.
func median(samples []int64) *int64 {
	n := len(samples)
	if n == 0 {
		return nil
	}
	m := nth(samples, n/2)
	if n%2 == 0 {
		m = (slices.Max(samples[:n/2]) + m) / 2 // nth leaves the smaller values in front
	}
	return &m
}

// nth is the value that sorting would put at k. It partially sorts the samples:
// a trend needs only the medians of a year.
func nth(samples []int64, k int) int64 {
	low, high := 0, len(samples)-1
	for low < high {
		pivot := samples[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for samples[i] < pivot {
				i++
			}
			for samples[j] > pivot {
				j--
			}
			if i <= j {
				samples[i], samples[j] = samples[j], samples[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return samples[k]
		}
	}
	return samples[k]
}

// change is the difference of figures from those before.
func change(now, before *Figures) Change {
	return Change{
		Incidents: now.Incidents - before.Incidents, Due: now.Compliance.Due - before.Compliance.Due,
		Met: now.Met - before.Met, Late: now.Late - before.Late, Overdue: now.Overdue - before.Overdue,
		NotProvable:  now.NotProvable - before.NotProvable,
		Rate:         points(now.Compliance.Share, before.Compliance.Share),
		FirmRate:     points(now.Compliance.Firm, before.Compliance.Firm),
		TargetRate:   points(now.Compliance.Target, before.Compliance.Target),
		TimeToNotice: longer(now.TimeToNotice, before.TimeToNotice),
		Lateness:     longer(now.Lateness, before.Lateness),
	}
}

func points(now, before Share) *float64 {
	if now.Rate == nil || before.Rate == nil {
		return nil
	}
	p := 100 * (*now.Rate - *before.Rate)
	return &p
}

func longer(now, before Lengths) *int64 {
	if now.Median == nil || before.Median == nil {
		return nil
	}
	d := *now.Median - *before.Median
	return &d
}
