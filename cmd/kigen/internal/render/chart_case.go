package render

import (
	"time"

	"kigen/sla/report"
)

// cardWidth is the room for a picture inside a case's frame.
const cardWidth = bodyWidth - 2*cardPad - 3

// timeline is the scale of one case's picture.
type timeline struct {
	from, to time.Time
}

const timelineEdge = 8.0

func (t timeline) x(at time.Time) float64 {
	part := float64(at.Sub(t.from)) / float64(t.to.Sub(t.from))
	return timelineEdge + (cardWidth-2*timelineEdge)*min(max(part, 0), 1)
}

// newTimeline spans everything that is known of the case. Silence goes on to
// the edge.
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
	include(c.NoticeAt)
	for i := range c.Timeline {
		include(c.Timeline[i].At)
	}
	if !t.to.After(t.from) {
		t.to = t.from.Add(time.Minute)
	}
	if c.NoticeAt.IsZero() {
		t.to = t.to.Add(t.to.Sub(t.from) / 3)
	}
	return t
}

// timelinePicture draws the way from the start over the deadline to the
// notice, or to the silence that goes on.
func (a *author) timelinePicture(c *report.Case) *picture {
	if c.Start.IsZero() || c.Due.IsZero() {
		return nil
	}
	const axis, thick = 34.0, 9.0
	t := newTimeline(c)
	p := &picture{Alt: a.text("picture_timeline"), Width: cardWidth, Height: 60}
	start, due, end := t.x(c.Start), t.x(c.Due), cardWidth-timelineEdge
	if !c.NoticeAt.IsZero() {
		end = t.x(c.NoticeAt)
	}
	p.line(timelineEdge, axis, cardWidth-timelineEdge, axis, inkLine, 0.8)
	p.box(start, axis-thick/2, max(due-start, 0.5), thick, "#d5e6de", inkMet)
	if end > due {
		p.filled(due, axis-thick/2, end-due, thick, outcome(c))
	}
	for i := range c.Timeline {
		if x := t.x(c.Timeline[i].At); minor(c.Timeline[i].Kind) {
			p.area(inkSoft, inkSoft, point{x, axis + thick/2 + 1.5}, point{x + 2.4, axis + thick/2 + 5.5}, point{x - 2.4, axis + thick/2 + 5.5})
		}
	}
	p.line(start, axis-thick/2-4, start, axis+thick/2, inkText, 1)
	p.line(due, axis-thick, due, axis+thick, inkText, 2)
	a.timelineLabels(p, c, start, due, end, axis)
	return p
}

// minor entries get a small mark; the words are in the table below.
func minor(kind report.EntryKind) bool {
	return kind != report.EntryStart && kind != report.EntryDue && kind != report.EntryNotice
}

func (a *author) timelineLabels(p *picture, c *report.Case, start, due, end, axis float64) {
	startText := a.text("timeline_start", "At", a.instant(c.Start))
	dueText := a.text("timeline_due", "At", a.deadline(c.Due))
	y := axis - 11
	left, right := p.within(start, startText), p.within(due, dueText)
	if right.from < left.to+8 { // no room beside each other
		y -= 10
	}
	p.softLabel(left.from, y, startText, chartSmall, fromStart)
	p.boldLabel(right.from, axis-11, dueText, chartSmall, fromStart)
	below := axis + 21
	if c.NoticeAt.IsZero() {
		p.area(inkOverdue, inkOverdue, point{end, axis - 6}, point{end + 6, axis}, point{end, axis + 6})
		p.boldLabel(end+6, below, a.text("timeline_silent"), chartSmall, toEnd)
		return
	}
	p.dot(end, axis)
	text := a.text("timeline_notice", "At", a.instant(c.NoticeAt))
	p.boldLabel(p.within(end, text).from, below, text, chartSmall, fromStart)
}

// stretch is a piece of a horizontal line.
type stretch struct{ from, to float64 }

// within centres a text on x as far as the picture's edges allow.
func (p *picture) within(x float64, text string) stretch {
	width := roughly(chartSmall).text(text)
	from := min(max(x-width/2, 0), max(p.Width-width, 0))
	return stretch{from, from + width}
}
