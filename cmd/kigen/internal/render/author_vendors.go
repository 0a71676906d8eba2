package render

import (
	"fmt"
	"slices"

	"kigen/sla/report"
)

// results is who kept their word, vendor by vendor.
func (a *author) results() []block {
	r := a.report
	var blocks []block
	if pic := a.compliancePicture(); pic != nil {
		blocks = append(blocks, block{Picture: pic})
	}
	columns := []column{{Head: a.text("vendor"), Text: true}}
	for _, key := range []string{"incidents", "met", "late", "overdue", "not_provable", "open", "head_no_commitment", "head_not_applicable", "cancelled", "waived", "rate"} {
		columns = append(columns, column{Head: a.text(key)})
	}
	if a.compared() {
		columns = append(columns, column{Head: a.text("change_head_" + a.kind())})
	}
	t := &table{Columns: columns}
	for i := range r.Vendors {
		v := &r.Vendors[i]
		t.Rows = append(t.Rows, row{Cells: a.resultCells(v.Name.In(a.lang), &v.Figures, &v.Change)})
	}
	if len(r.Vendors) != 1 {
		t.Rows = append(t.Rows, row{Cells: a.resultCells(a.text("total"), &r.Totals, &r.Change), Total: true})
	}
	return append(blocks, block{Table: t}, block{Note: a.text("results_note")})
}

func (a *author) resultCells(name string, f *report.Figures, c *report.Change) []cell {
	overdue := count(f.Overdue)
	if f.OverdueAssumed > 0 {
		overdue.Sub = a.text("assumed_short", "Count", f.OverdueAssumed)
	}
	cells := []cell{
		{Text: name}, count(f.Incidents), count(f.Met), count(f.Late), overdue, count(f.NotProvable), count(f.Pending + f.Running),
		count(f.NoCommitment), count(f.NotApplicable), count(f.Cancelled), count(f.Waived), a.shareCell(f.Compliance.Share),
	}
	if a.compared() {
		cells = append(cells, pointsCell(c.Rate))
	}
	return cells
}

func count(n int) cell { return cell{Text: fmt.Sprint(n), Soft: n == 0} }

func (a *author) shareCell(s report.Share) cell {
	c := cell{Text: percent(s), Soft: s.Due == 0}
	if s.Due > 0 {
		c.Sub = a.of(s)
	}
	return c
}

func pointsCell(points *float64) cell {
	if points == nil {
		return cell{Text: "–", Soft: true}
	}
	return cell{Text: signed(*points, "%.1f")}
}

// judged is how many deadlines have had an outcome.
func judged(f report.Figures) int { return f.Met + f.Late + f.Overdue + f.NotProvable }

// times is how long notices took, and how much of the promised time.
func (a *author) times() []block {
	r := a.report
	if r.Totals.TimeToNotice.Count == 0 {
		return nil
	}
	var blocks []block
	if pic := a.promisedPicture(); pic != nil {
		blocks = append(blocks, block{Picture: pic})
	}
	t := &table{
		Groups: []group{{"", 1}, {a.text("times_notice"), 4}, {a.text("times_late"), 3}, {a.text("rate"), 2}},
		Columns: []column{
			{Head: a.text("vendor"), Text: true},
			{Head: a.text("count")}, {Head: a.text("median")}, {Head: a.text("p90")}, {Head: a.text("longest")},
			{Head: a.text("count")}, {Head: a.text("median")}, {Head: a.text("longest")},
			{Head: a.text("firm")}, {Head: a.text("target")},
		},
	}
	for i := range r.Vendors {
		if v := &r.Vendors[i]; v.Clocks > 0 {
			t.Rows = append(t.Rows, row{Cells: a.timeCells(v.Name.In(a.lang), &v.Figures)})
		}
	}
	if len(t.Rows) > 1 {
		t.Rows = append(t.Rows, row{Cells: a.timeCells(a.text("total"), &r.Totals), Total: true})
	}
	return append(blocks, block{Table: t})
}

func (a *author) timeCells(name string, f *report.Figures) []cell {
	return []cell{
		{Text: name},
		count(f.TimeToNotice.Count), a.lengthCell(f.TimeToNotice.Median), a.lengthCell(f.TimeToNotice.P90), a.lengthCell(f.TimeToNotice.Longest),
		count(f.Lateness.Count), a.lengthCell(f.Lateness.Median), a.lengthCell(f.Lateness.Longest),
		a.shareCell(f.Compliance.Firm), a.shareCell(f.Compliance.Target),
	}
}

func (a *author) lengthCell(seconds *int64) cell {
	return cell{Text: a.length(seconds), Soft: seconds == nil}
}

// services says the same service by service. Where every vendor has one
// unnamed service alone it would only repeat the vendors.
func (a *author) services() []block {
	t := &table{Columns: []column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("service"), Text: true},
		{Head: a.text("incidents")}, {Head: a.text("met")}, {Head: a.text("late")}, {Head: a.text("overdue")},
		{Head: a.text("not_provable")}, {Head: a.text("open")}, {Head: a.text("no_commitment")}, {Head: a.text("rate")}, {Head: a.text("median_to_notice")},
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
			t.Rows = append(t.Rows, row{Inner: n > 0, Cells: []cell{
				{Text: name}, a.serviceCell(s.Name), count(s.Incidents), count(s.Met), count(s.Late), count(s.Overdue), count(s.NotProvable),
				count(s.Pending + s.Running), count(s.NoCommitment), a.shareCell(s.Compliance.Share), a.lengthCell(s.TimeToNotice.Median),
			}})
		}
	}
	if !named {
		return nil
	}
	return []block{{Table: t}}
}

func (a *author) serviceCell(name string) cell {
	if name == "" {
		return cell{Text: a.text("service_none"), Soft: true}
	}
	return cell{Text: name}
}

// trend is how the months before were. Months in which nothing fell due at
// all, in the whole trend, are not worth a picture.
func (a *author) trend() []block {
	points := a.report.Trend
	if !slices.ContainsFunc(points, func(p report.TrendPoint) bool { return p.Total.Due > 0 }) {
		return nil
	}
	t := &table{Columns: []column{{Head: a.text("month"), Text: true}}}
	vendors := a.trendVendors()
	for _, key := range []string{"judged", "kept", "rate", "median_to_notice"} {
		t.Columns = append(t.Columns, column{Head: a.text(key)})
	}
	for _, v := range vendors {
		t.Columns = append(t.Columns, column{Head: a.vendorName(v)})
	}
	for i := range points {
		p := &points[i]
		cells := []cell{
			{Text: a.monthName(p.Month)}, count(p.Total.Due), count(p.Total.Kept),
			{Text: percent(p.Total.Share), Soft: p.Total.Due == 0}, a.lengthCell(p.Total.Median),
		}
		for _, id := range vendors {
			cells = append(cells, trendCell(p, id))
		}
		t.Rows = append(t.Rows, row{Cells: cells})
	}
	return []block{{Picture: a.trendPicture()}, {Table: t}, {Note: a.text("trend_note")}}
}

func trendCell(p *report.TrendPoint, vendor string) cell {
	for i := range p.Vendors {
		if v := &p.Vendors[i]; v.ID == vendor && v.Due > 0 {
			return cell{Text: percent(v.Share)}
		}
	}
	return cell{Text: "–", Soft: true}
}

// maxTrendVendors is how many vendors the trend's table has room for; all of
// them are in the other forms.
const maxTrendVendors = 6

// trendVendors are those with a deadline in the trend, in their order.
func (a *author) trendVendors() []string {
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
