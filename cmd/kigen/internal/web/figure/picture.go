package figure

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
)

// Dimensions of the picture, in SVG units. It scrolls sideways on a phone, so
// that its text stays legible.
const (
	pictureWidth = 800.0
	pictureSide  = 10.0 // margin left and right
	labelHeight  = 18.0
	barHeight    = 34.0
	labelGap     = 10.0
	axisHeight   = 15.0
	mostLabels   = 14
	wideLetter   = 12.0 // Japanese
	slimLetter   = 6.8
)

// Picture shows a clock on its calendar: business hours, start, deadline and
// notice.
type Picture struct {
	Width, Height                           float64
	BarTop, BarMiddle, BarBottom, BarHeight float64
	RunTop                                  float64 // of the stripe for the elapsed time
	BreakText                               float64 // baseline of the label in a break
	AxisHours, AxisDays, AxisNames          float64 // baselines of the labels under the bar
	Title                                   string  // text alternative for screen readers
	Days                                    []dayBand
	Hours                                   []tick
	Open                                    []band
	Breaks                                  []axisBreak
	InTime, Over                            band // elapsed time before and after the deadline
	Marks                                   []mark
	HasCalendar                             bool
}

// band is a stretch of the time axis.
type band struct{ X, Width float64 }

// dayBand is one civil date.
type dayBand struct {
	band
	Closed      bool
	Label, Name string // date, and holiday
	Middle      float64
}

// tick is a time of day on the axis.
type tick struct {
	X     float64
	Label string
}

// mark is a moment with its label.
type mark struct {
	Kind         string // start, due, notice, now
	X, LineTop   float64
	Text         string
	TextX, TextY float64 // of the label's middle
}

// Of draws a clock that has a start and a deadline; nil: it lacks one of
// them. A clock of a cancelled incident ends at the cancellation.
func Of(page *frame.Reader, inc *sla.Incident, c *sla.Clock, promise *sla.Promise) *Picture {
	p := &reader{page}
	if c.Start.At.IsZero() || c.Due.IsZero() || !c.Start.At.Before(c.Due) {
		return nil
	}
	end := p.waitEnd(c, inc.CancelledAt)
	f := newAxis(c, end)
	pic := &Picture{Width: pictureWidth, Breaks: p.breaks(f)}
	if promise != nil && promise.Calendar != nil && usesCalendar(&c.Explanation) {
		pic.HasCalendar = true
		for _, s := range f.spans {
			for open := range promise.Calendar.Intervals(s.from, s.to) {
				pic.Open = append(pic.Open, f.band(later(open.Open, s.from), earlier(open.Close, s.to)))
			}
		}
	}
	pic.InTime = f.band(c.Start.At, earlier(end, c.Due))
	if end.After(c.Due) {
		pic.Over = f.band(c.Due, end)
	}
	rows := p.addMarks(pic, c, f, phrase.Done(p.Lang, string(inc.Awaits(c))))
	pic.BarTop = float64(rows)*labelHeight + 6
	pic.BarHeight = barHeight
	pic.BarMiddle, pic.BarBottom = pic.BarTop+barHeight/2, pic.BarTop+barHeight
	pic.RunTop, pic.BreakText = pic.BarMiddle-4, pic.BarMiddle+4
	p.addDays(pic, f, promise)
	addHours(pic, f)
	bottom := pic.BarBottom
	for _, axis := range []struct {
		y    *float64
		used bool
	}{
		{&pic.AxisHours, len(pic.Hours) > 0},
		{&pic.AxisDays, true},
		{&pic.AxisNames, slices.ContainsFunc(pic.Days, func(d dayBand) bool { return d.Name != "" })},
	} {
		if axis.used {
			bottom += axisHeight
			*axis.y = bottom - 2
		}
	}
	pic.Height = bottom + 4
	return pic
}

// waitEnd is the end of the wait for a notice: the notice, the cancellation, now while
// the clock is open, else the deadline.
func (p *reader) waitEnd(c *sla.Clock, cancelled time.Time) time.Time {
	switch {
	case !c.NotifiedAt.IsZero():
		return later(c.NotifiedAt, c.Start.At)
	case !cancelled.IsZero():
		return later(cancelled, c.Start.At)
	case c.State.Open():
		return later(p.Now, c.Start.At)
	}
	return c.Due
}

// usesCalendar reports whether business hours or days affected the deadline.
func usesCalendar(e *sla.Explanation) bool {
	for _, step := range e.Steps {
		switch step.Kind {
		case sla.StepInside, sla.StepOutside, sla.StepCounted, sla.StepSkipped, sla.StepOpening, sla.StepOpenTime, sla.StepRolled:
			return true
		}
	}
	return false
}

// addMarks places the marks and their labels above the bar, in as few rows as
// possible without overlaps, and returns the number of rows.
func (p *reader) addMarks(pic *Picture, c *sla.Clock, f axis, done string) int {
	add := func(kind string, at time.Time, text string) {
		pic.Marks = append(pic.Marks, mark{Kind: kind, X: f.x(at), Text: text})
	}
	add("start", c.Start.At, p.Say("mark_start", "At", p.Instant(c.Start.At)))
	add("due", c.Due, p.Say("mark_due", "At", p.Deadline(c.Due)))
	switch {
	case !c.NotifiedAt.IsZero():
		add("notice", c.NotifiedAt, done+" "+p.Instant(c.NotifiedAt))
	case c.State.Open() && p.Now.After(f.spans[0].from):
		add("now", p.Now, p.Say("mark_now"))
	}
	slices.SortStableFunc(pic.Marks, func(a, b mark) int { return cmp.Compare(a.X, b.X) })
	var ends []float64 // where the last label of each row ends
	said := make([]string, len(pic.Marks))
	for i := range pic.Marks {
		m := &pic.Marks[i]
		width := textWidth(m.Text)
		left := min(max(m.X-width/2, pictureSide), pictureWidth-pictureSide-width)
		row := slices.IndexFunc(ends, func(end float64) bool { return left >= end+labelGap })
		if row < 0 {
			row, ends = len(ends), append(ends, 0)
		}
		ends[row] = left + width
		m.TextX, m.TextY = left+width/2, float64(row)*labelHeight+13
		m.LineTop = m.TextY + 4
		said[i] = m.Text
	}
	for i := range pic.Marks {
		pic.Marks[i].LineTop = lineTop(pic.Marks, i)
	}
	pic.Title = strings.Join(said, " · ")
	for _, b := range pic.Breaks {
		pic.Title += " · " + p.Say("picture_break", "Length", b.Label)
	}
	return len(ends)
}

// lineTop is the top of a mark's line: below its own label, and below labels of
// lower rows that it would cross.
func lineTop(marks []mark, i int) float64 {
	m := &marks[i]
	top := m.LineTop
	for j := range marks {
		if other := &marks[j]; other.TextY > m.TextY && math.Abs(other.TextX-m.X) < textWidth(other.Text)/2 {
			top = max(top, other.LineTop)
		}
	}
	return top
}

// addDays draws the civil dates of each span, with labels where they fit.
func (p *reader) addDays(pic *Picture, f axis, promise *sla.Promise) {
	every := int(f.drawn()/(24*time.Hour))/mostLabels + 1
	for _, s := range f.spans {
		i := 0
		for date, begins := range f.days(s) {
			d := dayBand{band: f.band(later(begins, s.from), earlier((date+1).In(f.zone), s.to))}
			d.Middle = d.X + d.Width/2
			room := d.Width * float64(every)
			for _, label := range []string{phrase.Day(p.Lang, date), begins.Format("1/2")} {
				if d.Label == "" && i%every == 0 && textWidth(label) < room && d.Middle+textWidth(label)/2 < f.x(s.to) {
					d.Label = label
				}
			}
			if pic.HasCalendar {
				known := promise.Calendar.Day(date)
				d.Closed = !known.Business
				if name := known.Name.In(p.Lang); textWidth(name) < d.Width {
					d.Name = name
				}
			}
			pic.Days = append(pic.Days, d)
			i++
		}
	}
}

// hourSteps are the possible distances between labelled hours.
var hourSteps = [...]int{1, 2, 3, 6, 12}

// addHours labels the hours where a few days are drawn; longer times have dates only.
func addHours(pic *Picture, f axis) {
	hours := int(f.drawn() / time.Hour)
	i := slices.IndexFunc(hourSteps[:], func(step int) bool { return hours/step <= mostLabels })
	if i < 0 {
		return
	}
	for _, s := range f.spans {
		first := s.from.In(f.zone)
		for hour := first.Hour() + 1; ; hour++ {
			at := time.Date(first.Year(), first.Month(), first.Day(), hour, 0, 0, 0, f.zone)
			if !at.Before(s.to) {
				break
			}
			label := at.Format("15:04")
			x, half := f.x(at), textWidth(label)/2
			if at.Hour()%hourSteps[i] == 0 && f.x(s.from) <= x-half && x+half <= f.x(s.to) {
				pic.Hours = append(pic.Hours, tick{X: x, Label: label})
			}
		}
	}
}

// textWidth estimates the width of a label.
func textWidth(text string) float64 {
	width := 0.0
	for _, r := range text {
		if utf8.RuneLen(r) > 2 {
			width += wideLetter
		} else {
			width += slimLetter
		}
	}
	return width
}
