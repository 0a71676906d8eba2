// Package figure draws: a clock on its calendar, and the deadlines ahead. It places
// shapes and labels; the templates write them as SVG.
package figure

import (
	"iter"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
)

// reader is a request for a page with figures.
type reader struct{ *frame.Reader }

// axis maps instants to the picture. All its instants lie in the spans, which share
// one scale; between two of them the axis is broken.
type axis struct {
	spans []span
	zone  *time.Location
}

// span is an unbroken part of the time axis.
type span struct{ from, to time.Time }

func (s span) length() time.Duration { return s.to.Sub(s.from) }

const (
	breakWidth = 84.0 // of the gap in a broken axis, which holds the length left out

	// The wait after a deadline is drawn whole up to this multiple of the promised
	// time. Of a longer one the beginning and the end are drawn.
	mostWait = 2
)

// newAxis spans the start, the deadline, and the notice or the end of the wait. The
// promised time stays visible: a wait that is much longer breaks the axis.
func newAxis(c *sla.Clock, end time.Time) axis {
	promised := c.Due.Sub(c.Start.At)
	whole := span{c.Start.At, later(c.Due, end)}
	if !c.NotifiedAt.IsZero() {
		whole.from = earlier(whole.from, c.NotifiedAt)
	}
	f := axis{spans: []span{whole}, zone: c.Due.Location()}
	if end.Sub(c.Due) > mostWait*promised {
		f.spans = []span{{whole.from, c.Due.Add(promised / 2)}, {end.Add(-promised / 2), whole.to}}
	}
	margin := f.drawn() / 20
	f.spans[0].from = whole.from.Add(-margin)
	f.spans[len(f.spans)-1].to = whole.to.Add(margin)
	return f
}

// drawn is the time that the picture shows.
func (f axis) drawn() (sum time.Duration) {
	for _, s := range f.spans {
		sum += s.length()
	}
	return sum
}

// x is the position of an instant, limited to the picture. An instant that a break
// leaves out stands inside the break.
func (f axis) x(t time.Time) float64 {
	breaks := float64(len(f.spans)-1) * breakWidth
	scale := (pictureWidth - 2*pictureSide - breaks) / float64(f.drawn())
	x := pictureSide
	for i, s := range f.spans {
		if i > 0 {
			x += breakWidth * part(t, span{f.spans[i-1].to, s.from})
		}
		x += scale * float64(s.length()) * part(t, s)
	}
	return x
}

// part is the share of a span that lies before t, from 0 to 1.
func part(t time.Time, s span) float64 {
	return min(max(float64(t.Sub(s.from))/float64(s.length()), 0), 1)
}

func (f axis) band(from, to time.Time) band {
	x := f.x(from)
	return band{X: x, Width: f.x(to) - x}
}

// axisBreak is a gap in the time axis.
type axisBreak struct {
	band
	Middle float64
	Label  string // the time left out
}

func (p *reader) breaks(f axis) (list []axisBreak) {
	for i := 1; i < len(f.spans); i++ {
		from, to := f.spans[i-1].to, f.spans[i].from
		b := axisBreak{band: f.band(from, to), Label: phrase.Duration(p.Lang, roundLength(to.Sub(from)))}
		b.Middle = b.X + b.Width/2
		list = append(list, b)
	}
	return list
}

// roundLength rounds a length so that its text fits into a break.
func roundLength(d time.Duration) time.Duration {
	const day = 24 * time.Hour
	for _, unit := range []time.Duration{10 * day, 10 * time.Hour} {
		if d >= unit {
			return d.Round(unit / 10)
		}
	}
	return d.Round(time.Minute)
}

// days yields the civil dates of a span that exist in the zone, each with when it begins.
func (f axis) days(s span) iter.Seq2[calendar.Date, time.Time] {
	return func(yield func(date calendar.Date, begins time.Time) bool) {
		date := calendar.NewDate(s.from.In(f.zone).Date())
		for begins := date.In(f.zone); begins.Before(s.to); {
			next := (date + 1).In(f.zone)
			if next.After(begins) && !yield(date, begins) {
				return
			}
			date, begins = date+1, next
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
