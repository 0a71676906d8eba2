package report_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/report"
)

// oracle asks each question of a report of the whole list, in words of days
// and months as a wall calendar shows them.
type oracle struct {
	all  list
	zone *time.Location
}

func newOracle(incidents []*sla.Incident, z *time.Location) oracle {
	o := oracle{zone: z}
	for _, inc := range incidents {
		for _, c := range inc.Clocks {
			o.all = append(o.all, flat{inc, c})
		}
		if len(inc.Clocks) == 0 { // stands for itself, without a state
			o.all = append(o.all, flat{inc: inc})
		}
	}
	return o
}

func (o oracle) days(first, last string) list {
	return o.all.keep(func(f flat) bool { return f.day(o.zone) >= first && f.day(o.zone) <= last })
}

func (l list) vendor(id string) list {
	return l.keep(func(f flat) bool { return f.inc.Vendor == id })
}

func (l list) service(name string) list {
	return l.keep(func(f flat) bool { return f.inc.Service == name })
}

// promised sorts notices by how much of the promised time they took.
func (l list) promised() []int {
	bins := make([]int, 8)
	for _, f := range l {
		met := f.is("met")
		if !met && !f.is("late") && !f.is("not_provable") || f.c.Start.At.IsZero() || f.c.NotifiedAt.IsZero() {
			continue
		}
		took, whole := f.c.NotifiedAt.Unix()-f.c.Start.At.Unix(), f.c.Due.Unix()-f.c.Start.At.Unix()
		took = max(took, 0)
		i := 7
		for n, quarters := range []int64{16, 8, 6, 4, 3, 2, 1} { // 4, 2, 1.5, 1, 0.75, 0.5 and 0.25 times
			if whole > 0 && 4*took <= quarters*whole {
				i = 6 - n
			}
		}
		if whole <= 0 && met {
			i = 3
		}
		if met {
			i = min(i, 3)
		} else {
			i = max(i, 4)
		}
		bins[i]++
	}
	return bins
}

// carried are the clocks silent on the morning of a day though due before.
func (o oracle) carried(first string) list {
	return o.all.keep(func(f flat) bool {
		answered := "never"
		if f.is("late") || f.is("not_provable") {
			answered = f.c.NotifiedAt.In(o.zone).Format("2006-01-02")
		} else if !f.is("overdue") {
			return false
		}
		return f.day(o.zone) < first && answered >= first
	})
}

// trend writes the twelve months up to a day.
func (o oracle) trend(last string) string {
	var year, month int
	if _, err := fmt.Sscanf(last[:7], "%d-%d", &year, &month); err != nil {
		panic(err) // the table of periods is wrong
	}
	var b strings.Builder
	for n := 11; n >= 0; n-- {
		y, m := year, month-n
		if m < 1 {
			y, m = y-1, m+12
		}
		label := fmt.Sprintf("%d-%02d", y, m)
		mine := o.all.keep(func(f flat) bool { return f.month(o.zone) == label })
		fmt.Fprintf(&b, "%s %s;", label, mine.point())
		for _, id := range o.trendVendors(year, month) {
			fmt.Fprintf(&b, " %s %s;", id, mine.vendor(id).point())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// trendVendors are the catalogue's, and who else has a clock in the months.
func (o oracle) trendVendors(year, month int) []string {
	ids := []string{"b", "a", "c"}
	for _, gone := range []string{"away", "gone"} {
		mine := o.all.clocks().vendor(gone).keep(func(f flat) bool {
			label := f.month(o.zone)
			return label <= fmt.Sprintf("%d-%02d", year, month) && label > fmt.Sprintf("%d-%02d", year-1, month)
		})
		if len(mine) > 0 {
			ids = append(ids, gone)
		}
	}
	return ids
}

func (l list) point() string {
	median, _, _ := strings.Cut(strings.TrimPrefix(lengths(l.noticeTimes()), fmt.Sprintf("%d: ", len(l.noticeTimes()))), " ")
	return shareText(l.share()) + " " + median
}

func (o oracle) vendors(l list) []string {
	ids := []string{"b", "a", "c"}
	for _, gone := range []string{"away", "gone"} {
		if len(l.vendor(gone)) > 0 {
			ids = append(ids, gone)
		}
	}
	return ids
}

func ratePoints(now, before list) string {
	kept, due := now.share()
	keptBefore, dueBefore := before.share()
	if due == 0 || dueBefore == 0 {
		return "-"
	}
	return fmt.Sprintf("%.6f", 100*float64(kept)/float64(due)-100*float64(keptBefore)/float64(dueBefore))
}

func changeText(now, before list) string {
	return fmt.Sprintf("%+d %+d %+d %s", now.incidents()-before.incidents(), now.count("met")-before.count("met"), now.count("late")-before.count("late"), ratePoints(now, before))
}

func changeOf(c report.Change) string {
	rate := "-"
	if c.Rate != nil {
		rate = fmt.Sprintf("%.6f", *c.Rate)
	}
	return fmt.Sprintf("%+d %+d %+d %s", c.Incidents, c.Met, c.Late, rate)
}

// describe writes the whole report by the oracle.
func (o oracle) describe(first, last, firstBefore, lastBefore string) string {
	now, before := o.days(first, last), o.days(firstBefore, lastBefore)
	var b strings.Builder
	fmt.Fprintf(&b, "totals %s\nbefore %s\nchange %s\n", now.describe(), before.describe(), changeText(now, before))
	for _, id := range o.vendors(now) {
		mine, was := now.vendor(id), before.vendor(id)
		fmt.Fprintf(&b, "%s %s change %s\n", id, mine.describe(), changeText(mine, was))
		for _, name := range []string{"x", "y", ""} {
			if s := mine.service(name); len(s) > 0 {
				fmt.Fprintf(&b, "%s/%s %s change %s\n", id, name, s.describe(), changeText(s, was.service(name)))
			}
		}
		if free := mine.keep(func(f flat) bool { return f.is("no_commitment") }); len(free) > 0 {
			fmt.Fprintf(&b, "%s uncommitted %d: %s\n", id, len(free), lengths(free.noticeTimes()))
		}
	}
	cases := now.keep(func(f flat) bool { return f.is("late") || f.is("overdue") || f.is("not_provable") })
	out := now.keep(func(f flat) bool {
		return f.is("not_applicable") || f.is("cancelled") || f.is("waived") || f.is("not_provable") || f.is("overdue_assumed")
	})
	fmt.Fprintf(&b, "cases %v\ncarried %v\nexcluded %v\n%s", cases.ids(), o.carried(first).ids(), out.ids(), o.trend(last))
	return b.String()
}

func (l list) ids() []int {
	ids := []int{}
	for _, f := range l {
		ids = append(ids, int(f.c.ID))
	}
	slices.Sort(ids)
	return ids
}

// describeReport writes the same of a report.
func describeReport(r report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "totals %s\nbefore %s\nchange %s\n", describeFigures(r.Totals), describeFigures(r.Previous.Totals), changeOf(r.Change))
	for _, v := range r.Vendors {
		fmt.Fprintf(&b, "%s %s change %s\n", v.ID, describeFigures(v.Figures), changeOf(v.Change))
		for _, s := range v.Services {
			fmt.Fprintf(&b, "%s/%s %s change %s\n", v.ID, s.Name, describeFigures(s.Figures), changeOf(s.Change))
		}
		for _, u := range r.Uncommitted {
			if u.Vendor == v.ID {
				fmt.Fprintf(&b, "%s uncommitted %d: %s\n", v.ID, u.Clocks, lengthsOf(u.TimeToNotice))
			}
		}
	}
	cases, carried, excluded := []int{}, []int{}, []int{}
	for _, c := range r.Cases {
		cases = append(cases, int(c.Clock))
	}
	for _, c := range r.CarriedOver {
		carried = append(carried, int(c.Clock))
	}
	for _, e := range r.Excluded {
		excluded = append(excluded, int(e.Clock))
	}
	slices.Sort(cases)
	slices.Sort(carried)
	slices.Sort(excluded)
	fmt.Fprintf(&b, "cases %v\ncarried %v\nexcluded %v\n", cases, carried, excluded)
	for _, p := range r.Trend {
		fmt.Fprintf(&b, "%s %s;", p.Month, pointOf(p.Total))
		for _, v := range p.Vendors {
			fmt.Fprintf(&b, " %s %s;", v.ID, pointOf(v.TrendFigures))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func pointOf(f report.TrendFigures) string {
	median := "-"
	if f.Median != nil {
		median = fmt.Sprint(*f.Median)
	}
	return shareOf(f.Share) + " " + median
}
