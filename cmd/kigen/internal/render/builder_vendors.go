package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/report"
)

// results compares the vendors' outcomes.
func (a *builder) results() []layout.Block {
	r := a.report
	var blocks []layout.Block
	if pic := a.compliancePicture(); pic != nil {
		blocks = append(blocks, layout.Block{Picture: pic})
	}
	columns := []layout.Column{{Head: a.text("vendor"), Text: true}}
	for _, key := range []string{"incidents", "met", "late", "overdue", "not_provable", "running", "no_commitment", "not_applicable", "cancelled", "waived", "rate"} {
		columns = append(columns, a.narrow(key))
	}
	if a.compared() {
		columns = append(columns, layout.Column{Head: a.text("change_head_" + a.kind())})
	}
	t := &layout.Table{Columns: columns}
	for i := range r.Vendors {
		v := &r.Vendors[i]
		t.Rows = append(t.Rows, layout.Row{Cells: a.resultCells(v.Name.In(a.lang), &v.Figures, &v.Change)})
	}
	if len(r.Vendors) != 1 {
		t.Rows = append(t.Rows, layout.Row{Cells: a.resultCells(a.text("total"), &r.Totals, &r.Change), Total: true})
	}
	return append(blocks, layout.Block{Table: t}, layout.Block{Note: a.text("results_note")})
}

func (a *builder) resultCells(name string, f *report.Figures, c *report.Change) []layout.Cell {
	overdue := count(f.Overdue)
	if f.OverdueAssumed > 0 {
		overdue.Sub = a.text("assumed_short", "Count", f.OverdueAssumed)
	}
	cells := []layout.Cell{
		{Text: name}, count(f.Incidents), count(f.Met), count(f.Late), overdue, count(f.NotProvable), count(f.Pending + f.Running),
		count(f.NoCommitment), count(f.NotApplicable), count(f.Cancelled), count(f.Waived), a.rateCell(f),
	}
	if a.compared() {
		cells = append(cells, pointsCell(c.Rate))
	}
	return cells
}

func count(n int) layout.Cell { return layout.Cell{Text: fmt.Sprint(n), Soft: n == 0} }

func (a *builder) shareCell(s report.Share) layout.Cell {
	c := layout.Cell{Text: percent(s), Soft: s.Due == 0}
	if s.Due > 0 {
		c.Sub = a.of(s)
	}
	return c
}

// rateCell is the rate with what it leaves out.
func (a *builder) rateCell(f *report.Figures) layout.Cell {
	c := a.shareCell(f.Compliance.Share)
	c.Sub = strings.Join(compact(c.Sub, a.besideRate(f)), "\n")
	return c
}

func (a *builder) longestCell(l *report.Lengths) layout.Cell {
	c := a.lengthCell(l.Longest)
	if l.LongestAssumed {
		c.Sub = a.text("ground_assumed")
	}
	return c
}

func pointsCell(points *float64) layout.Cell {
	if points == nil {
		return layout.Cell{Text: "–", Soft: true}
	}
	return layout.Cell{Text: signed(*points, "%.1f")}
}

// judged counts deadlines with an outcome.
func judged(f report.Figures) int { return f.Met + f.Late + f.Overdue + f.NotProvable }

// times describes how long notices took, also relative to the promised time.
func (a *builder) times() []layout.Block {
	r := a.report
	if r.Totals.TimeToNotice.Count == 0 {
		return nil
	}
	var blocks []layout.Block
	if pic := a.promisedPicture(); pic != nil {
		blocks = append(blocks, layout.Block{Picture: pic})
	}
	t := &layout.Table{
		Groups: []layout.Group{
			{Span: 1}, {Text: a.text("times_notice"), Span: 4}, {Text: a.text("times_late"), Span: 3}, {Text: a.text("rate"), Span: 2},
		},
		Columns: []layout.Column{
			{Head: a.text("vendor"), Text: true},
			{Head: a.text("count")}, {Head: a.text("median")}, {Head: a.text("p90")}, {Head: a.text("longest")},
			{Head: a.text("count")}, {Head: a.text("median")}, {Head: a.text("longest")},
			{Head: a.text("firm")}, {Head: a.text("target")},
		},
	}
	for i := range r.Vendors {
		if v := &r.Vendors[i]; v.Clocks > 0 {
			t.Rows = append(t.Rows, layout.Row{Cells: a.timeCells(v.Name.In(a.lang), &v.Figures)})
		}
	}
	if len(t.Rows) > 1 {
		t.Rows = append(t.Rows, layout.Row{Cells: a.timeCells(a.text("total"), &r.Totals), Total: true})
	}
	return append(blocks, layout.Block{Table: t})
}

func (a *builder) timeCells(name string, f *report.Figures) []layout.Cell {
	return []layout.Cell{
		{Text: name},
		count(f.TimeToNotice.Count), a.lengthCell(f.TimeToNotice.Median), a.lengthCell(f.TimeToNotice.P90), a.longestCell(&f.TimeToNotice),
		count(f.Lateness.Count), a.lengthCell(f.Lateness.Median), a.lengthCell(f.Lateness.Longest),
		a.shareCell(f.Compliance.Firm), a.shareCell(f.Compliance.Target),
	}
}

func (a *builder) lengthCell(seconds *int64) layout.Cell {
	return layout.Cell{Text: a.length(seconds), Soft: seconds == nil}
}

// services lists the outcomes by service; empty if that would only repeat the
// vendors.
func (a *builder) services() []layout.Block {
	t := &layout.Table{Columns: []layout.Column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("service"), Text: true},
		a.narrow("incidents"), a.narrow("met"), a.narrow("late"), a.narrow("overdue"),
		a.narrow("not_provable"), a.narrow("running"), a.narrow("no_commitment"), {Head: a.text("rate")}, {Head: a.text("median_to_notice")},
	}}
	named := false
	for i := range a.report.Vendors {
		v := &a.report.Vendors[i]
		for n := range v.Services {
			s := &v.Services[n]
			named = named || s.Name != ""
			name := v.Name.In(a.lang)
			if n > 0 {
				name = ""
			}
			t.Rows = append(t.Rows, layout.Row{Inner: n > 0, Cells: []layout.Cell{
				{Text: name}, a.serviceCell(s.Name), count(s.Incidents), count(s.Met), count(s.Late), count(s.Overdue), count(s.NotProvable),
				count(s.Pending + s.Running), count(s.NoCommitment), a.rateCell(&s.Figures), a.lengthCell(s.TimeToNotice.Median),
			}})
		}
	}
	if !named {
		return nil
	}
	return []layout.Block{{Table: t}}
}

func (a *builder) serviceCell(name string) layout.Cell {
	if name == "" {
		return layout.Cell{Text: a.text("service_none"), Soft: true}
	}
	return layout.Cell{Text: name}
}

// trend describes the previous months; empty if no deadline fell into any of them.
func (a *builder) trend() []layout.Block {
	points := a.report.Trend
	if !slices.ContainsFunc(points, func(p report.TrendPoint) bool { return p.Total.Due > 0 }) {
		return nil
	}
	t := &layout.Table{Columns: []layout.Column{{Head: a.text("month"), Text: true}}}
	vendors := a.trendVendors()
	for _, key := range []string{"judged", "met", "rate", "median_to_notice"} {
		t.Columns = append(t.Columns, layout.Column{Head: a.text(key)})
	}
	for _, v := range vendors {
		t.Columns = append(t.Columns, layout.Column{Head: nameHead(a.vendorName(v))})
	}
	first := slices.IndexFunc(points, func(p report.TrendPoint) bool { return p.Total.Due > 0 })
	for i := first; i < len(points); i++ {
		p := &points[i]
		cells := []layout.Cell{
			{Text: a.monthName(p.Month)}, count(p.Total.Due), count(p.Total.Kept),
			{Text: percent(p.Total.Share), Soft: p.Total.Due == 0}, a.lengthCell(p.Total.Median),
		}
		for _, id := range vendors {
			cells = append(cells, trendCell(p, id))
		}
		t.Rows = append(t.Rows, layout.Row{Cells: cells})
	}
	return []layout.Block{{Picture: a.trendPicture()}, {Table: t}, {Note: a.text("trend_note")}}
}

func trendCell(p *report.TrendPoint, vendor string) layout.Cell {
	for i := range p.Vendors {
		if v := &p.Vendors[i]; v.ID == vendor && v.Due > 0 {
			return layout.Cell{Text: percent(v.Share)}
		}
	}
	return layout.Cell{Text: "–", Soft: true}
}

// maxTrendVendors is the number of vendors in the trend's table; other forms list
// all of them.
const maxTrendVendors = 6

// trendVendors returns the vendors with a deadline in the trend, in order.
func (a *builder) trendVendors() []string {
	var ids []string
	for i := range a.report.Vendors {
		id := a.report.Vendors[i].ID
		for n := range a.report.Trend {
			if !trendCell(&a.report.Trend[n], id).Soft {
				ids = append(ids, id)
				break
			}
		}
	}
	if len(ids) > maxTrendVendors {
		return nil
	}
	return ids
}

// nameHead breaks the name of a Japanese company beside what kind of company it is.
func nameHead(name string) string {
	const kind = "株式会社"
	if rest, ok := strings.CutPrefix(name, kind); ok && rest != "" {
		return kind + "\n" + rest
	}
	if rest, ok := strings.CutSuffix(name, kind); ok && rest != "" {
		return rest + "\n" + kind
	}
	return name
}

// worstFirst orders vendors for people: the lowest rate first, of equal rates the one
// that missed more. Those without a deadline to judge follow, by what can't be proved.
func worstFirst(vendors []report.Vendor) []report.Vendor {
	sorted := slices.Clone(vendors)
	slices.SortStableFunc(sorted, func(x, y report.Vendor) int {
		sx, sy := x.Compliance.Share, y.Compliance.Share
		if (sx.Due == 0) != (sy.Due == 0) {
			return cmp.Compare(sy.Due, sx.Due)
		}
		return cmp.Or(
			cmp.Compare(sx.Kept*max(sy.Due, 1), sy.Kept*max(sx.Due, 1)),
			cmp.Compare(sy.Due-sy.Kept, sx.Due-sx.Kept),
			cmp.Compare(y.OverdueAssumed+y.NotProvable, x.OverdueAssumed+x.NotProvable),
			cmp.Compare(y.Clocks, x.Clocks),
		)
	})
	return sorted
}
