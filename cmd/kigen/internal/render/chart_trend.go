package render

import (
	"fmt"

	"kigen/sla/report"
)

// trendPicture shows month by month how many deadlines were kept and missed,
// and the rate as a line.
func (a *author) trendPicture() *picture {
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
	p := &picture{Alt: a.text("picture_trend"), Width: chartWidth, Height: bottom + 26}
	slot := (right - left) / float64(len(points))
	thick := min(slot*0.52, 26)
	for _, part := range []float64{0, 0.5, 1} {
		y := bottom - height*part
		p.line(left, y, right, y, inkLine, 0.5)
		p.softLabel(right+4, y+2.4, fmt.Sprintf("%.0f%%", part*100), chartSmall, fromStart)
	}
	p.softLabel(left-4, top+2.4, fmt.Sprint(most), chartSmall, toEnd)
	p.softLabel(left-4, bottom+2.4, "0", chartSmall, toEnd)
	for i := range points {
		t, x := &points[i].Total, left+slot*float64(i)
		kept := height * float64(t.Kept) / float64(most)
		missed := height * float64(t.Due-t.Kept) / float64(most)
		if t.Kept > 0 {
			p.filled(x+(slot-thick)/2, bottom-kept, thick, kept, fillMet)
		}
		if t.Due > t.Kept {
			p.filled(x+(slot-thick)/2, bottom-kept-missed, thick, missed, fillLate)
		}
		a.monthLabel(p, x+slot/2, bottom+10, points, i)
	}
	a.rateLine(p, points, left, slot, bottom, height)
	x := a.legend(p, left, 9, []outcomePart{{fill: fillMet, key: "trend_kept"}, {fill: fillLate, key: "trend_missed"}})
	p.line(x, 6.6, x+14, 6.6, inkText, 1.2)
	p.dot(x+7, 6.6)
	p.softLabel(x+18, 9, a.text("trend_rate"), chartSmall, fromStart)
	return p
}

// monthLabel names a month under its bar, and the year under the first and
// under each January.
func (a *author) monthLabel(p *picture, x, y float64, points []report.TrendPoint, i int) {
	label := points[i].Month // 2026-10
	if len(label) != len("2026-10") {
		p.softLabel(x, y, label, chartSmall, atMiddle)
		return
	}
	if every := (len(points) + 23) / 24; i%every != 0 {
		return
	}
	p.softLabel(x, y, a.text("month_"+label[5:]), chartSmall, atMiddle)
	if i == 0 || label[5:] == "01" {
		p.softLabel(x, y+9, label[:4], chartSmall, atMiddle)
	}
}

// rateLine joins the rates of months next to each other; a month in which
// nothing fell due leaves a gap.
func (a *author) rateLine(p *picture, points []report.TrendPoint, left, slot, bottom, height float64) {
	at := func(i int) point {
		t := &points[i].Total
		return point{left + slot*(float64(i)+0.5), bottom - height*float64(t.Kept)/float64(t.Due)}
	}
	for i := range points {
		if i > 0 && points[i].Total.Due > 0 && points[i-1].Total.Due > 0 {
			from, to := at(i-1), at(i)
			p.line(from.x, from.y, to.x, to.y, inkPaper, 3)
			p.line(from.x, from.y, to.x, to.y, inkText, 1.2)
		}
	}
	for i := range points {
		if points[i].Total.Due == 0 {
			continue
		}
		here := at(i)
		p.dot(here.x, here.y)
		text := percent(points[i].Total.Share)
		room := roughly(chartSmall).text(text) + 3
		p.box(here.x-room/2, here.y-12.5, room, 8.5, inkPaper, noInk)
		p.label(here.x, here.y-5.6, text, chartSmall, atMiddle)
	}
}

// dot is a small square on its corner: a point of a line.
func (p *picture) dot(x, y float64) {
	const r = 2.6
	p.area(inkText, inkPaper, point{x, y - r}, point{x + r, y}, point{x, y + r}, point{x - r, y})
}
