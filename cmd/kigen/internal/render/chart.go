package render

import (
	"fmt"

	"kigen/sla/report"
)

// chartWidth is the width of a picture across the page. HTML scales it.
const chartWidth = bodyWidth

// Sizes of words in pictures.
const (
	chartText  = 7.6
	chartSmall = 6.6
)

// roughly measures for pictures, which are laid out before it is known in
// which font they are drawn: it errs on the wide side.
func roughly(size float64) measure {
	return func(r rune) float64 {
		if wide(r) {
			return size
		}
		return 0.62 * size
	}
}

// mark is a small area that stands beside a word.
func mark(f fill) *picture {
	p := &picture{Width: 8, Height: 8}
	p.filled(0.5, 0.5, 7, 7, f)
	return p
}

// outcomePart is one outcome's share of a bar.
type outcomePart struct {
	fill fill
	key  string
	n    int
}

// outcomeParts are the outcomes in the order in which bars and keys show them.
func outcomeParts(f *report.Figures) []outcomePart {
	return []outcomePart{
		{fillMet, "met", f.Met}, {fillLate, "late", f.Late}, {fillOverdue, "overdue", f.Overdue - f.OverdueAssumed},
		{fillAssumed, "overdue_on_assumed", f.OverdueAssumed}, {fillUnprovable, "not_provable", f.NotProvable},
	}
}

// legend explains the areas from x on, in one line; it tells where it ends.
func (a *author) legend(p *picture, x, y float64, parts []outcomePart) float64 {
	for _, part := range parts {
		text := a.text(part.key)
		p.filled(x, y-6.4, 7, 7, part.fill)
		p.softLabel(x+10, y, text, chartSmall, fromStart)
		x += 10 + roughly(chartSmall).text(text) + 12
	}
	return x
}

// compliancePicture shows for each vendor how its deadlines came out.
func (a *author) compliancePicture() *picture {
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
	p := &picture{Alt: a.text("picture_compliance"), Width: chartWidth, Height: top + rowHeight*float64(len(shown)) + 4}
	a.legend(p, left, 9, usedParts(shown))
	for i, v := range shown {
		y := top + rowHeight*float64(i)
		p.label(nameWidth, y+8.6, cut(v.Name.In(a.lang), nameWidth, roughly(chartText)), chartText, toEnd)
		x, all := left, judged(v.Figures)
		for _, part := range outcomeParts(&v.Figures) {
			if part.n == 0 {
				continue
			}
			width := full * float64(part.n) / float64(all)
			p.filled(x, y, width, barHeight, part.fill)
			p.inArea(x, y, width, barHeight, part)
			x += width
		}
		p.boldLabel(left+full+10, y+8.6, percent(v.Compliance.Share), chartText, fromStart)
		if v.Compliance.Due > 0 {
			p.softLabel(left+full+50, y+8.6, a.of(v.Compliance.Share), chartSmall, fromStart)
		}
	}
	return p
}

// usedParts are the outcomes that any of the vendors has.
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

// inArea writes the number into an area that is wide enough, on a clear
// ground where there is a pattern.
func (p *picture) inArea(x, y, w, h float64, part outcomePart) {
	text := fmt.Sprint(part.n)
	room := roughly(chartText).text(text) + 4
	if w < room+2 {
		return
	}
	label := shape{points: []point{{x + w/2, y + h/2 + 2.7}}, fill: inkText, text: text, size: chartText, anchor: atMiddle, bold: true}
	if part.fill == fillMet {
		label.fill = inkPaper
	} else {
		p.box(x+(w-room)/2, y+1.5, room, h-3, inkPaper, noInk)
	}
	p.add(label)
}

// promisedPicture shows how much of the promised time the notices took.
func (a *author) promisedPicture() *picture {
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
	p := &picture{Alt: a.text("picture_promised"), Width: chartWidth, Height: bottom + 32}
	slot := (chartWidth - 2*left) / float64(len(bins)+1)
	bar := func(i, n int, look fill, under string) {
		x := left + slot*float64(i)
		tall := height * float64(n) / float64(most)
		if n > 0 {
			p.filled(x+slot*0.16, bottom-tall, slot*0.68, tall, look)
			p.label(x+slot/2, bottom-tall-3, fmt.Sprint(n), chartText, atMiddle)
		}
		p.softLabel(x+slot/2, bottom+10, under, chartSmall, atMiddle)
	}
	kept := 0
	from := 0.0
	for i, b := range bins {
		look := fillLate
		if b.UpTo != nil && *b.UpTo <= 1 {
			look = fillMet
			kept = i + 1
		}
		bar(i, b.Clocks, look, a.binName(from, b.UpTo))
		if b.UpTo != nil {
			from = *b.UpTo
		}
	}
	bar(len(bins), f.Overdue, fillOverdue, a.text("overdue"))
	p.line(left, bottom, chartWidth-left, bottom, inkText, 0.8)
	x := left + slot*float64(kept)
	p.dashedLine(x, 4, x, bottom+2, inkText, 1)
	p.label(x-4, 10, a.text("promised_kept"), chartSmall, toEnd)
	p.label(x+4, 10, a.text("promised_late"), chartSmall, fromStart)
	p.softLabel(chartWidth/2, bottom+24, a.text("promised_axis"), chartSmall, atMiddle)
	return p
}

// binName says one bin of the promised time as percentages.
func (a *author) binName(from float64, upTo *float64) string {
	if upTo == nil {
		return a.text("bin_over", "From", short(from*100))
	}
	return a.text("bin", "From", short(from*100), "To", short(*upTo*100))
}
