package render

import (
	"time"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/phrase"
	"kigen/sla/report"
)

// cardWidth is the width of a picture inside a case's frame.
const cardWidth = layout.BodyWidth - 2*layout.CardPad - 3

// timeline is the scale of one case's picture.
type timeline struct {
	from, to time.Time
}

const timelineEdge = 8.0

func (t timeline) x(at time.Time) float64 {
	part := float64(at.Sub(t.from)) / float64(t.to.Sub(t.from))
	return timelineEdge + (cardWidth-2*timelineEdge)*min(max(part, 0), 1)
}

// newTimeline covers all instants of the case. A missing notice extends to the edge.
func newTimeline(c *report.Case) timeline {
	t := timeline{c.Start, c.Due}
	include := func(at time.Time) {
		if at.IsZero() {
			return
		}
		if at.Before(t.from) {
			t.from = at
		}
		if at.After(t.to) {
			t.to = at
		}
	}
	include(c.NotifiedAt)
	for i := range c.Timeline {
		include(c.Timeline[i].At)
	}
	if !t.to.After(t.from) {
		t.to = t.from.Add(time.Minute)
	}
	if c.NotifiedAt.IsZero() {
		t.to = t.to.Add(t.to.Sub(t.from) / 3)
	}
	return t
}

// timelinePicture draws start, deadline and notice of a case, or the time without
// a notice.
func (a *builder) timelinePicture(c *report.Case) *layout.Picture {
	if c.Start.IsZero() || c.Due.IsZero() {
		return nil
	}
	const thick = 9.0
	t := newTimeline(c)
	p := &layout.Picture{Alt: a.text("picture_timeline"), Width: cardWidth}
	axis := a.axis(p, t, c)
	p.Height = axis + 24
	start, due, end := t.x(c.Start), t.x(c.Due), cardWidth-timelineEdge
	if !c.NotifiedAt.IsZero() {
		end = t.x(c.NotifiedAt)
	}
	p.Line(timelineEdge, axis, cardWidth-timelineEdge, axis, layout.InkLine, 0.8)
	p.Box(start, axis-thick/2, max(due-start, 0.5), thick, "#d5e6de", layout.InkMet)
	if end > due {
		p.Filled(due, axis-thick/2, end-due, thick, outcome(c))
	}
	for i := range c.Timeline {
		if x := t.x(c.Timeline[i].At); minor(c.Timeline[i].Kind) {
			p.Area(layout.InkSoft, layout.InkSoft, layout.At(x, axis+thick/2+1.5), layout.At(x+2.4, axis+thick/2+5.5), layout.At(x-2.4, axis+thick/2+5.5))
		}
	}
	p.Line(start, axis-thick/2-4, start, axis+thick/2, layout.InkText, 1)
	p.Line(due, axis-thick, due, axis+thick, layout.InkText, 2)
	a.timelineLabels(p, c, start, due, end, axis)
	return p
}

// axis is the height of the line, below one row of labels or two.
func (a *builder) axis(p *layout.Picture, t timeline, c *report.Case) float64 {
	const oneRow, twoRows = 22.0, 32.0
	start, due := a.edgeTexts(c)
	if within(p, t.x(c.Due), due).from < within(p, t.x(c.Start), start).to+betweenLabels {
		return twoRows
	}
	return oneRow
}

// betweenLabels is the least space between two labels in a row.
const betweenLabels = 8

func (a *builder) edgeTexts(c *report.Case) (start, due string) {
	return a.text("timeline_start", "At", a.instant(c.Start)), a.text("timeline_due", "At", a.deadline(c.Due))
}

// minor entries get a small mark; the table below describes them. A correction of the
// record has none: it is no event of the incident.
func minor(kind report.EntryKind) bool {
	switch kind {
	case report.EntryStart, report.EntryDue, report.EntryNotice,
		report.EntryWithdrawn, report.EntryReopened, report.EntryWaived, report.EntryUnwaived:
		return false
	}
	return true
}

func (a *builder) timelineLabels(p *layout.Picture, c *report.Case, start, due, end, axis float64) {
	startText, dueText := a.edgeTexts(c)
	y := axis - 11
	left, right := within(p, start, startText), within(p, due, dueText)
	if right.from < left.to+betweenLabels { // no room side by side
		y -= 10
	}
	p.SoftLabel(left.from, y, startText, chartSmall, layout.FromStart)
	p.BoldLabel(right.from, axis-11, dueText, chartSmall, layout.FromStart)
	below := axis + 21
	if c.NotifiedAt.IsZero() {
		p.Area(layout.InkOverdue, layout.InkOverdue, layout.At(end, axis-6), layout.At(end+6, axis), layout.At(end, axis+6))
		p.BoldLabel(end+6, below, phrase.Undone(a.lang, deed(c.Kind, c.Promise)), chartSmall, layout.ToEnd)
		return
	}
	p.Dot(end, axis)
	text := phrase.Capital(phrase.Done(a.lang, deed(c.Kind, c.Promise))) + " " + a.instant(c.NotifiedAt)
	p.BoldLabel(within(p, end, text).from, below, text, chartSmall, layout.FromStart)
}

// stretch is a horizontal interval.
type stretch struct{ from, to float64 }

// within centres a text at x as far as the picture's edges allow.
func within(p *layout.Picture, x float64, text string) stretch {
	width := roughly(chartSmall).Text(text)
	from := min(max(x-width/2, 0), max(p.Width-width, 0))
	return stretch{from, from + width}
}
