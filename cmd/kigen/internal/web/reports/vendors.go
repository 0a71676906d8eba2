package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/report"
)

// vendorRow is one vendor's results in a period.
type vendorRow struct {
	Name, Link string // Link is the report to hand to the vendor
	Incidents  int
	Parts      []barPart // of the bar; none: nothing has an outcome
	Others     []barPart // what has no outcome
	Rate, Of   string    // Rate is empty where nothing was due
	Unproven   int       // what the rate leaves out because it can't be proved
	Median     string    // time to notice
	Longest    string
	Assumed    bool // the longest counts from an assumed start
	Trend      trendView
}

// barPart is one verdict's share of a bar.
type barPart struct {
	Class, Name string
	N           int
	X, Width    float64 // of 100
}

// trendView is the rate of each month of the trend, as small bars.
type trendView struct {
	Width, Height float64
	Label         string // for screen readers
	Bars          []trendBar
}

// trendBar is one month: Height is 0 where nothing was due.
type trendBar struct {
	X, Y, Width, Height float64
	Class, Title        string
}

// vendorRows fills the table of vendors, the worst first.
func (p *reader) vendorRows(view *shelfView) {
	r := &view.Report
	vendors := slices.Clone(r.Vendors)
	var quiet []string
	slices.SortStableFunc(vendors, func(x, y report.Vendor) int { return compareRates(&x.Figures, &y.Figures) })
	for i := range vendors {
		v := &vendors[i]
		if v.ID == r.VendorFilter {
			view.VendorName = v.Name.In(p.Lang)
		}
		if v.Clocks == 0 && v.Incidents == 0 {
			quiet = append(quiet, v.Name.In(p.Lang))
			continue
		}
		view.Rows = append(view.Rows, p.vendorRow(r, v))
	}
	view.Quiet = strings.Join(quiet, p.Say("report_between"))
	view.Legend = p.verdictParts(&r.Totals)
}

// compareRates puts the lower rate first, and what has no rate last.
func compareRates(x, y *report.Figures) int {
	a, b := x.Compliance.Share, y.Compliance.Share
	if (a.Due == 0) != (b.Due == 0) {
		return cmp.Compare(b.Due, a.Due)
	}
	return cmp.Or(
		cmp.Compare(a.Kept*max(b.Due, 1), b.Kept*max(a.Due, 1)),
		cmp.Compare(b.Due-b.Kept, a.Due-a.Kept),
		cmp.Compare(y.OverdueAssumed+y.NotProvable, x.OverdueAssumed+x.NotProvable),
		cmp.Compare(y.Clocks, x.Clocks),
	)
}

func (p *reader) vendorRow(r *report.Report, v *report.Vendor) vendorRow {
	row := vendorRow{
		Name: v.Name.In(p.Lang), Link: reportRef{label: r.Period.Label, vendor: v.ID}.page(), Incidents: v.Incidents,
		Parts: p.verdictParts(&v.Figures), Others: p.otherParts(&v.Figures), Unproven: v.OverdueAssumed + v.NotProvable,
		Median: p.seconds(v.TimeToNotice.Median), Longest: p.seconds(v.TimeToNotice.Longest), Assumed: v.TimeToNotice.LongestAssumed,
		Trend: p.trend(r.Trend, v.ID),
	}
	if share := v.Compliance.Share; share.Due > 0 {
		row.Rate, row.Of = rateText(share.Kept, share.Due), p.Say("reports_of", "Kept", share.Kept, "Due", share.Due)
	}
	return row
}

// verdictParts are the outcomes that occur, in the order of the bar.
func (p *reader) verdictParts(f *report.Figures) []barPart {
	overdue := p.VerdictName(string(report.Overdue))
	parts := used([]barPart{
		{Class: "v-met", Name: p.VerdictName(string(report.Met)), N: f.Met},
		{Class: "v-late", Name: p.VerdictName(string(report.Late)), N: f.Late},
		{Class: "v-overdue", Name: overdue, N: f.Overdue - f.OverdueAssumed},
		{Class: "v-assumed", Name: p.Say("report_assumed", "Verdict", overdue), N: f.OverdueAssumed},
		{Class: "v-unproven", Name: p.VerdictName(string(report.NotProvable)), N: f.NotProvable},
	})
	all, x := 0, 0.0
	for _, part := range parts {
		all += part.N
	}
	for i := range parts {
		parts[i].X, parts[i].Width = x, 100*float64(parts[i].N)/float64(all)
		x += parts[i].Width
	}
	return parts
}

// otherParts are the clocks without an outcome.
func (p *reader) otherParts(f *report.Figures) []barPart {
	return used([]barPart{
		{Name: p.VerdictName(string(report.Running)), N: f.Running}, {Name: p.VerdictName(string(report.Pending)), N: f.Pending},
		{Name: p.VerdictName(string(report.NoCommitment)), N: f.NoCommitment}, {Name: p.VerdictName(string(report.NotApplicable)), N: f.NotApplicable},
		{Name: p.VerdictName(string(report.Cancelled)), N: f.Cancelled}, {Name: p.VerdictName(string(report.Waived)), N: f.Waived},
	})
}

func used(parts []barPart) []barPart {
	return slices.DeleteFunc(parts, func(part barPart) bool { return part.N == 0 })
}

// seconds writes a length; empty: nothing was measured.
func (p *reader) seconds(length *int64) string {
	if length == nil {
		return ""
	}
	return phrase.Duration(p.Lang, time.Duration(*length)*time.Second)
}

const (
	trendSlot = 9.0 // width of a month
	trendGap  = 2.0
	trendTall = 24.0
	// trendLeast is the height of a month in which nothing was kept, so that it differs
	// from one in which nothing was due.
	trendLeast = 2.0
)

// trend draws the rates of the last months. The row of a vendor without any is empty.
func (p *reader) trend(points []report.TrendPoint, vendor string) trendView {
	view := trendView{Width: trendSlot * float64(len(points)), Height: trendTall + 1}
	var said []string
	for i := range points {
		share := shareOf(&points[i], vendor)
		bar := trendBar{X: trendSlot*float64(i) + trendGap/2, Y: trendTall, Width: trendSlot - trendGap, Class: "t-some"}
		bar.Title = p.periodName(points[i].Month) + ": " + p.Say("reports_none_due")
		if share.Due > 0 {
			bar.Height = max(trendLeast, trendTall*float64(share.Kept)/float64(share.Due))
			bar.Y -= bar.Height
			bar.Title = p.periodName(points[i].Month) + ": " + rateText(share.Kept, share.Due)
			said = append(said, bar.Title)
			if share.Kept == share.Due {
				bar.Class = "t-all"
			}
		}
		view.Bars = append(view.Bars, bar)
	}
	if len(said) == 0 {
		return trendView{}
	}
	view.Label = p.Say("report_trend") + ": " + strings.Join(said, ", ")
	return view
}

func shareOf(point *report.TrendPoint, vendor string) report.Share {
	for i := range point.Vendors {
		if point.Vendors[i].ID == vendor {
			return point.Vendors[i].Share
		}
	}
	return report.Share{}
}
