package web

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
)

// The picture's measures, in its own units. It is as wide as the page and
// scrolls sideways on a phone, so that its letters stay legible.
const (
	pictureWidth = 800.0
	pictureSide  = 10.0 // left and right of the time that it shows
	labelHeight  = 18.0
	barHeight    = 34.0
	labelGap     = 10.0
	axisHeight   = 15.0
	mostLabels   = 14
	wideLetter   = 12.0 // Japanese
	slimLetter   = 6.8
)

// picture is a clock on its calendar: when the vendor is open, where the clock
// started, where the deadline lies, when the notice came.
type picture struct {
	Width, Height                           float64
	BarTop, BarMiddle, BarBottom, BarHeight float64
	RunTop                                  float64 // of the stripe that shows how far the clock ran
	AxisHours, AxisDays, AxisNames          float64 // baselines of the labels under the bar
	Title                                   string  // all that it shows, for those who can't see it
	Days                                    []dayBand
	Hours                                   []tick
	Open                                    []band
	InTime, Over                            band // how far the clock ran, before and after the deadline
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

// frame maps instants to the picture.
type frame struct {
	from, to time.Time
	zone     *time.Location
}

// x is where an instant lies; what is outside the frame is put at its edge.
func (f frame) x(t time.Time) float64 {
	share := float64(t.Sub(f.from)) / float64(f.to.Sub(f.from))
	return pictureSide + min(max(share, 0), 1)*(pictureWidth-2*pictureSide)
}

func (f frame) band(from, to time.Time) band {
	x := f.x(from)
	return band{X: x, Width: f.x(to) - x}
}

// picture draws a clock that has a start and a deadline, up to when the incident
// was cancelled, if it was; nil: there is nothing to draw.
func (p *reader) picture(c *sla.Clock, promise *sla.Promise, cancelled time.Time) *picture {
	if c.Start.At.IsZero() || c.Due.IsZero() || !c.Start.At.Before(c.Due) {
		return nil
	}
	f := p.frame(c)
	pic := &picture{Width: pictureWidth}
	if promise != nil && promise.Calendar != nil && usesCalendar(&c.Explanation) {
		pic.HasCalendar = true
		for open := range promise.Calendar.Intervals(f.from, f.to) {
			pic.Open = append(pic.Open, f.band(open.Open, open.Close))
		}
	}
	end := p.now
	switch {
	case !c.NoticeAt.IsZero():
		end = c.NoticeAt
	case !cancelled.IsZero():
		end = later(cancelled, c.Start.At)
	}
	pic.InTime = f.band(c.Start.At, earlier(end, c.Due))
	if end.After(c.Due) {
		pic.Over = f.band(c.Due, end)
	}
	rows := p.addMarks(pic, c, f)
	pic.BarTop = float64(rows)*labelHeight + 6
	pic.BarHeight = barHeight
	pic.BarMiddle, pic.BarBottom = pic.BarTop+barHeight/2, pic.BarTop+barHeight
	pic.RunTop = pic.BarMiddle - 4
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

// frame chooses the stretch of time: from the start to the deadline and what
// came after it, but never so much silence that the promise itself shrinks
// to a point.
func (p *reader) frame(c *sla.Clock) frame {
	promised := c.Due.Sub(c.Start.At)
	to := c.Due
	switch {
	case !c.NoticeAt.IsZero():
		to = later(to, c.NoticeAt)
	case c.State.Open():
		to = later(to, p.now)
	}
	to = earlier(to, c.Due.Add(2*promised))
	margin := to.Sub(c.Start.At) / 20
	return frame{from: c.Start.At.Add(-margin), to: to.Add(margin), zone: c.Due.Location()}
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

// usesCalendar reports whether business hours or days had a say.
func usesCalendar(e *sla.Explanation) bool {
	for _, step := range e.Steps {
		switch step.Kind {
		case sla.StepInside, sla.StepOutside, sla.StepCounted, sla.StepSkipped, sla.StepOpening, sla.StepOpenTime, sla.StepRolled:
			return true
		}
	}
	return false
}

// addMarks puts the moments and their labels above the bar, in as few rows as
// keep the labels apart, and returns how many rows that took.
func (p *reader) addMarks(pic *picture, c *sla.Clock, f frame) int {
	add := func(kind string, at time.Time, text string) {
		pic.Marks = append(pic.Marks, mark{Kind: kind, X: f.x(at), Text: text})
	}
	add("start", c.Start.At, p.say("mark_start", "At", p.instant(c.Start.At)))
	add("due", c.Due, p.say("mark_due", "At", p.deadline(c.Due)))
	switch {
	case !c.NoticeAt.IsZero():
		add("notice", c.NoticeAt, p.say("mark_notice", "At", p.instant(c.NoticeAt)))
	case c.State.Open() && p.now.After(f.from):
		add("now", p.now, p.say("mark_now"))
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
	return len(ends)
}

// lineTop is where a mark's line begins: below its own label, and below those
// of lower rows that it would cross.
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

// addDays draws the civil dates, labelled as far as there is room.
func (p *reader) addDays(pic *picture, f frame, promise *sla.Promise) {
	first := f.from.In(f.zone)
	day := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, f.zone)
	every := int(f.to.Sub(f.from)/(24*time.Hour))/mostLabels + 1
	for i := 0; day.Before(f.to); i++ {
		next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, f.zone)
		date := calendar.NewDate(day.Year(), day.Month(), day.Day())
		d := dayBand{band: f.band(day, next)}
		d.Middle = d.X + d.Width/2
		room := d.Width * float64(every)
		for _, label := range []string{phrase.Day(p.lang, date), day.Format("1/2")} {
			if d.Label == "" && i%every == 0 && textWidth(label) < room {
				d.Label = label
			}
		}
		if pic.HasCalendar {
			known := promise.Calendar.Day(date)
			d.Closed = !known.Business
			if name := known.Name.In(p.lang); textWidth(name) < d.Width {
				d.Name = name
			}
		}
		pic.Days = append(pic.Days, d)
		day = next
	}
}

// hourSteps are the distances at which the times of a short stretch are
// labelled.
var hourSteps = [...]int{1, 2, 3, 6, 12}

// addHours labels the times of a stretch of a few days; of a longer one the
// dates say enough.
func addHours(pic *picture, f frame) {
	hours := int(f.to.Sub(f.from) / time.Hour)
	i := slices.IndexFunc(hourSteps[:], func(step int) bool { return hours/step <= mostLabels })
	if i < 0 {
		return
	}
	first := f.from.In(f.zone)
	for hour := first.Hour() + 1; ; hour++ {
		at := time.Date(first.Year(), first.Month(), first.Day(), hour, 0, 0, 0, f.zone)
		if !at.Before(f.to) {
			return
		}
		if at.Hour()%hourSteps[i] == 0 {
			pic.Hours = append(pic.Hours, tick{X: f.x(at), Label: at.Format("15:04")})
		}
	}
}

// textWidth estimates how much room a label takes.
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
