package render

import (
	"fmt"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/phrase"
	"kigen/sla/report"
)

// chartWidth is the width of a picture across the page; HTML scales it.
const chartWidth = layout.BodyWidth

const (
	chartText  = 7.6
	chartSmall = 6.6
)

// roughly estimates text widths in pictures, whose final font is unknown at
// layout. It errs on the wide side.
func roughly(size float64) layout.Measure {
	return func(r rune) float64 {
		if layout.Wide(r) {
			return size
		}
		return 0.62 * size
	}
}

// mark is a small filled area beside a word.
func mark(f layout.Fill) *layout.Picture {
	p := &layout.Picture{Width: 8, Height: 8}
	p.Filled(0.5, 0.5, 7, 7, f)
	return p
}

// outcomePart is one outcome's share of a bar.
type outcomePart struct {
	fill layout.Fill
	key  string
	n    int
}

// outcomeParts lists the outcomes in the order of bars and legends.
func outcomeParts(f *report.Figures) []outcomePart {
	return []outcomePart{
		{layout.FillMet, "met", f.Met}, {layout.FillLate, "late", f.Late}, {layout.FillOverdue, "overdue", f.Overdue - f.OverdueAssumed},
		{layout.FillAssumed, "overdue_on_assumed", f.OverdueAssumed}, {layout.FillUnprovable, "not_provable", f.NotProvable},
	}
}

// legend draws the legend from x in one line and returns its right edge.
func (a *builder) legend(p *layout.Picture, x, y float64, parts []outcomePart) float64 {
	for _, part := range parts {
		text := a.text(part.key)
		p.Filled(x, y-6.4, 7, 7, part.fill)
		p.SoftLabel(x+10, y, text, chartSmall, layout.FromStart)
		x += 10 + roughly(chartSmall).Text(text) + 12
	}
	return x
}

// compliancePicture shows the outcomes of each vendor's deadlines.
func (a *builder) compliancePicture() *layout.Picture {
	const (
		nameWidth, rateWidth = 150.0, 98.0
		rowHeight, barHeight = 19.0, 11.0
		top                  = 20.0
		left                 = nameWidth + 8
		full                 = chartWidth - nameWidth - 8 - rateWidth
	)
	var shown []*report.Vendor
	for i := range a.report.Vendors {
		if v := &a.report.Vendors[i]; judged(v.Figures) > 0 {
			shown = append(shown, v)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	p := &layout.Picture{Alt: a.text("picture_compliance"), Width: chartWidth, Height: top + rowHeight*float64(len(shown)) + 4}
	a.legend(p, left, 9, usedParts(shown))
	for i, v := range shown {
		y := top + rowHeight*float64(i)
		p.Label(nameWidth, y+8.6, layout.Cut(v.Name.In(a.lang), nameWidth, roughly(chartText)), chartText, layout.ToEnd)
		x, all := left, judged(v.Figures)
		for _, part := range outcomeParts(&v.Figures) {
			if part.n == 0 {
				continue
			}
			width := full * float64(part.n) / float64(all)
			p.Filled(x, y, width, barHeight, part.fill)
			inArea(p, x, y, width, barHeight, part)
			x += width
		}
		p.BoldLabel(left+full+10, y+8.6, percent(v.Compliance.Share), chartText, layout.FromStart)
		if v.Compliance.Due > 0 {
			p.SoftLabel(left+full+50, y+8.6, a.of(v.Compliance.Share), chartSmall, layout.FromStart)
		}
	}
	return p
}

// usedParts lists the outcomes that occur at any vendor.
func usedParts(vendors []*report.Vendor) []outcomePart {
	var sum report.Figures
	for _, v := range vendors {
		sum.Met += v.Met
		sum.Late += v.Late
		sum.Overdue += v.Overdue
		sum.OverdueAssumed += v.OverdueAssumed
		sum.NotProvable += v.NotProvable
	}
	var used []outcomePart
	for _, part := range outcomeParts(&sum) {
		if part.n > 0 {
			used = append(used, part)
		}
	}
	return used
}

// inArea writes the number into an area that is wide enough, on a plain background
// where the area has a pattern.
func inArea(p *layout.Picture, x, y, w, h float64, part outcomePart) {
	text := fmt.Sprint(part.n)
	room := roughly(chartText).Text(text) + 4
	if w < room+2 {
		return
	}
	label := layout.Shape{Points: []layout.Point{layout.At(x+w/2, y+h/2+2.7)}, Fill: layout.InkText, Text: text, Size: chartText, Anchor: layout.AtMiddle, Bold: true}
	if part.fill == layout.FillMet {
		label.Fill = layout.InkPaper
	} else {
		p.Box(x+(w-room)/2, y+1.5, room, h-3, layout.InkPaper, layout.NoInk)
	}
	p.Add(label)
}

// promisedPicture shows how much of the promised time the notices took.
func (a *builder) promisedPicture() *layout.Picture {
	const (
		top, height  = 24.0, 78.0
		left, bottom = 8.0, top + height
	)
	f := &a.report.Totals
	bins := f.Promised
	most := f.Overdue
	answered := 0
	for _, b := range bins {
		most = max(most, b.Clocks)
		answered += b.Clocks
	}
	if answered == 0 {
		return nil
	}
	p := &layout.Picture{Alt: a.text("picture_promised"), Width: chartWidth, Height: bottom + 32}
	slot := (chartWidth - 2*left) / float64(len(bins)+1)
	bar := func(i, n int, look layout.Fill, under string) {
		x := left + slot*float64(i)
		tall := height * float64(n) / float64(most)
		if n > 0 {
			p.Filled(x+slot*0.16, bottom-tall, slot*0.68, tall, look)
			p.Label(x+slot/2, bottom-tall-3, fmt.Sprint(n), chartText, layout.AtMiddle)
		}
		p.SoftLabel(x+slot/2, bottom+10, under, chartSmall, layout.AtMiddle)
	}
	kept := 0
	from := 0.0
	for i, b := range bins {
		look := layout.FillLate
		if b.UpTo != nil && *b.UpTo <= 1 {
			look = layout.FillMet
			kept = i + 1
		}
		bar(i, b.Clocks, look, a.binName(from, b.UpTo))
		if b.UpTo != nil {
			from = *b.UpTo
		}
	}
	bar(len(bins), f.Overdue, layout.FillOverdue, a.text("overdue"))
	p.Line(left, bottom, chartWidth-left, bottom, layout.InkText, 0.8)
	x := left + slot*float64(kept)
	p.DashedLine(x, 4, x, bottom+2, layout.InkText, 1)
	p.Label(x-4, 10, phrase.Verdict(a.lang, string(report.Met)), chartSmall, layout.ToEnd)
	p.Label(x+4, 10, phrase.Verdict(a.lang, string(report.Late)), chartSmall, layout.FromStart)
	p.SoftLabel(chartWidth/2, bottom+24, a.text("promised_axis"), chartSmall, layout.AtMiddle)
	return p
}

// binName writes a bin of the promised time in percent.
func (a *builder) binName(from float64, upTo *float64) string {
	if upTo == nil {
		return a.text("bin_over", "From", layout.Short(from*100))
	}
	return a.text("bin", "From", layout.Short(from*100), "To", layout.Short(*upTo*100))
}
