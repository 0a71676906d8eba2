package render

import (
	"fmt"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/report"
)

// trendPicture shows met and missed deadlines by month as bars, and the rate as a
// line.
func (a *builder) trendPicture() *layout.Picture {
	const (
		top, height = 26.0, 92.0
		left, right = 22.0, chartWidth - 34
		bottom      = top + height
	)
	points := a.report.Trend
	most := 0
	for i := range points {
		most = max(most, points[i].Total.Due)
	}
	p := &layout.Picture{Alt: a.text("picture_trend"), Width: chartWidth, Height: bottom + 26}
	slot := (right - left) / float64(len(points))
	thick := min(slot*0.52, 26)
	for _, part := range []float64{0, 0.5, 1} {
		y := bottom - height*part
		p.Line(left, y, right, y, layout.InkLine, 0.5)
		p.SoftLabel(right+4, y+2.4, fmt.Sprintf("%.0f%%", part*100), chartSmall, layout.FromStart)
	}
	p.SoftLabel(left-4, top+2.4, fmt.Sprint(most), chartSmall, layout.ToEnd)
	p.SoftLabel(left-4, bottom+2.4, "0", chartSmall, layout.ToEnd)
	for i := range points {
		t, x := &points[i].Total, left+slot*float64(i)
		kept := height * float64(t.Kept) / float64(most)
		missed := height * float64(t.Due-t.Kept) / float64(most)
		if t.Kept > 0 {
			p.Filled(x+(slot-thick)/2, bottom-kept, thick, kept, layout.FillMet)
		}
		if t.Due > t.Kept {
			p.Filled(x+(slot-thick)/2, bottom-kept-missed, thick, missed, layout.FillLate)
		}
		a.monthLabel(p, x+slot/2, bottom+10, points, i)
	}
	a.rateLine(p, points, left, slot, bottom, height)
	x := a.legend(p, left, 9, []outcomePart{{fill: layout.FillMet, key: "met"}, {fill: layout.FillLate, key: "trend_missed"}})
	p.Line(x, 6.6, x+14, 6.6, layout.InkText, 1.2)
	p.Dot(x+7, 6.6)
	p.SoftLabel(x+18, 9, a.text("trend_rate"), chartSmall, layout.FromStart)
	return p
}

// monthLabel writes a month under its bar, and the year under the first bar and
// each January.
func (a *builder) monthLabel(p *layout.Picture, x, y float64, points []report.TrendPoint, i int) {
	label := points[i].Month // such as 2026-10
	if len(label) != len("2026-10") {
		p.SoftLabel(x, y, label, chartSmall, layout.AtMiddle)
		return
	}
	if every := (len(points) + 23) / 24; i%every != 0 {
		return
	}
	p.SoftLabel(x, y, a.text("month_"+label[5:]), chartSmall, layout.AtMiddle)
	if i == 0 || label[5:] == "01" {
		p.SoftLabel(x, y+9, label[:4], chartSmall, layout.AtMiddle)
	}
}

// rateLine connects the rates of adjacent months; a month without deadlines leaves
// a gap.
func (a *builder) rateLine(p *layout.Picture, points []report.TrendPoint, left, slot, bottom, height float64) {
	at := func(i int) layout.Point {
		t := &points[i].Total
		return layout.At(left+slot*(float64(i)+0.5), bottom-height*float64(t.Kept)/float64(t.Due))
	}
	for i := range points {
		if i > 0 && points[i].Total.Due > 0 && points[i-1].Total.Due > 0 {
			from, to := at(i-1), at(i)
			p.Line(from.X, from.Y, to.X, to.Y, layout.InkPaper, 3)
			p.Line(from.X, from.Y, to.X, to.Y, layout.InkText, 1.2)
		}
	}
	for i := range points {
		if points[i].Total.Due == 0 {
			continue
		}
		here := at(i)
		p.Dot(here.X, here.Y)
		text := percent(points[i].Total.Share)
		room := roughly(chartSmall).Text(text) + 3
		p.Box(here.X-room/2, here.Y-12.5, room, 8.5, layout.InkPaper, layout.NoInk)
		p.Label(here.X, here.Y-5.6, text, chartSmall, layout.AtMiddle)
	}
}
