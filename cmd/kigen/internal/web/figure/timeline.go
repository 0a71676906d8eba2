package figure

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	// Span is how far a timeline looks ahead.
	Span = 24 * time.Hour
	// Most is how many deadlines it shows.
	Most = 2000

	mostSaid = 50 // entries of its text alternative

	timelineWidth = 1200.0
	edgeWidth     = 118.0 // block at the left for overdue incidents
	lineGap       = 19.0  // between rows of labels
	mostLines     = 3
	crowd         = 16.0 // marks closer than this are merged
)

// Timeline shows the deadlines of the next 24 hours, drawn and as text.
type Timeline struct {
	Width, Height   float64
	Axis            float64 // baseline of the line of time
	AxisText        float64 // baseline of the hours
	From, To        float64 // ends of the time axis
	Edge            edgeView
	Hours           []hourMark
	Dues            []dueMark
	Title           string
	Said            []string
	Overdue, Coming int
	More            bool // there are more than Most
}

// edgeView is the block at the left edge for overdue incidents.
type edgeView struct {
	Text           string
	X, Y           float64
	Width, Height  float64
	TextX, TextY   float64
	OverdueAddress string
}

// hourMark is a time of day on the axis.
type hourMark struct {
	X        float64
	Label    string
	Midnight bool
}

// dueMark is one deadline, or several that are merged.
type dueMark struct {
	X, Radius    float64
	N            int
	Tone         sla.State
	Label        string // empty: it does not fit
	LabelX       float64
	LabelY, Line float64
	Anchor       string
	Link         string // to the incident; empty: several deadlines
	Hint         string
}

// Ahead draws the deadlines of the next Span, in their order. overdue counts the
// incidents of the block at the left edge, whose link is link.
func Ahead(page *frame.Reader, due []tracker.Deadline, overdue int, link string) *Timeline {
	p := &reader{page}
	v := &Timeline{Width: timelineWidth, Overdue: overdue, From: 12, To: timelineWidth - 24}
	if v.More = len(due) > Most; v.More {
		due = due[:Most]
	}
	v.Coming = len(due)
	if overdue > 0 {
		v.From = edgeWidth + 12
	}
	v.Title = p.Say("ahead_said", "N", countText(v.Coming, v.More), "Silent", overdue)
	marks := p.dueMarks(v, due)
	lines := placeLabels(v, marks)
	v.Axis = float64(lines)*lineGap + 20
	v.AxisText, v.Height = v.Axis+22, v.Axis+30
	for i := range marks {
		marks[i].Line = marks[i].LabelY + 4
	}
	v.Dues = marks
	p.addTimes(v)
	if overdue > 0 {
		v.Edge = edgeView{
			Text: p.Say("ahead_overdue", "N", overdue, "State", phrase.Verdict(p.Lang, string(sla.Overdue))), X: 1, Y: v.Axis - 16, Width: edgeWidth - 8, Height: 32,
			TextX: (edgeWidth - 8) / 2, TextY: v.Axis + 4.5, OverdueAddress: link,
		}
	}
	return v
}

// countText is a number, with a plus sign if there are more.
func countText(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// minute is the beginning of the minute: the picture moves with it, so that a part
// that is refreshed within a minute stays the same.
func (p *reader) minute() time.Time { return p.Now.Truncate(time.Minute) }

// aheadX is the position of an instant.
func (p *reader) aheadX(v *Timeline, t time.Time) float64 {
	return v.From + (v.To-v.From)*float64(t.Sub(p.minute()))/float64(Span)
}

// dueMarks merges deadlines that are closer than crowd, and lists the first
// deadlines one by one in the text alternative.
func (p *reader) dueMarks(v *Timeline, due []tracker.Deadline) []dueMark {
	var marks []dueMark
	for i := 0; i < len(due); {
		x := p.aheadX(v, due[i].Due)
		n := 1
		for i+n < len(due) && p.aheadX(v, due[i+n].Due)-x < crowd {
			n++
		}
		marks = append(marks, p.dueMark(v, due[i:i+n]))
		i += n
	}
	for _, d := range due[:min(len(due), mostSaid)] {
		v.Said = append(v.Said, p.dueText(&d))
	}
	return marks
}

// dueText formats a deadline as one line.
func (p *reader) dueText(d *tracker.Deadline) string {
	return p.Deadline(d.Due) + " " + d.Incident.String() + " " + p.VendorName(d.Vendor) + " " + d.Title
}

// dueMark builds the mark of one or more deadlines, in the colour of the most
// urgent state.
func (p *reader) dueMark(v *Timeline, due []tracker.Deadline) dueMark {
	first := due[0]
	last := due[len(due)-1]
	m := dueMark{X: (p.aheadX(v, first.Due) + p.aheadX(v, last.Due)) / 2, N: len(due), Radius: 6}
	tone := slices.MinFunc(due, func(a, b tracker.Deadline) int { return cmp.Compare(web.Rank(a.State), web.Rank(b.State)) })
	m.Tone = tone.State
	clock := p.dueClock(first.Due)
	if m.N == 1 {
		m.Label = clock + " " + short(p.VendorName(first.Vendor)) + " " + first.Incident.String()
		m.Link, m.Hint = p.IncidentPath(first.Incident), p.dueText(&first)
		return m
	}
	m.Radius = 10
	m.Label = clock
	if until := p.dueClock(last.Due); until != clock {
		m.Label += "–" + until
	}
	m.Label += " " + p.vendorCounts(due)
	said := make([]string, 0, 10)
	for _, d := range due[:min(10, len(due))] {
		said = append(said, p.dueText(&d))
	}
	m.Hint = strings.Join(said, "\n")
	return m
}

// dueClock is the time of day; midnight is 24:00.
func (p *reader) dueClock(due time.Time) string {
	if clock := due.In(p.Zone).Format("15:04"); clock != "00:00" {
		return clock
	}
	return "24:00"
}

// vendorCounts names the vendor with the most deadlines in a mark, and counts
// the others.
func (p *reader) vendorCounts(due []tracker.Deadline) string {
	counts := map[string]int{}
	var vendors []string
	for _, d := range due {
		if counts[d.Vendor]++; counts[d.Vendor] == 1 {
			vendors = append(vendors, d.Vendor)
		}
	}
	slices.SortStableFunc(vendors, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	text := short(p.VendorName(vendors[0])) + " ×" + strconv.Itoa(counts[vendors[0]])
	if rest := len(due) - counts[vendors[0]]; rest > 0 {
		text += " +" + strconv.Itoa(rest)
	}
	return text
}

// short shortens a vendor's name for a label.
func short(name string) string {
	name = strings.NewReplacer("株式会社", "", "有限会社", "").Replace(name)
	if letters := []rune(name); len(letters) > 14 {
		return string(letters[:13]) + "…"
	}
	return name
}

// placeLabels places the labels in rows above the axis and returns the number of
// rows. A label that fits in no row is removed.
func placeLabels(v *Timeline, marks []dueMark) int {
	var ends []float64
	for i := range marks {
		m := &marks[i]
		width := textWidth(m.Label)
		m.LabelX, m.Anchor = m.X-4, "start"
		if m.LabelX+width > v.Width {
			m.LabelX, m.Anchor = m.X+4, "end"
		}
		left := m.LabelX
		if m.Anchor == "end" {
			left -= width
		}
		row := slices.IndexFunc(ends, func(end float64) bool { return left >= end+labelGap })
		if row < 0 && len(ends) < mostLines {
			row, ends = len(ends), append(ends, 0)
		}
		if row < 0 {
			m.Label = ""
			continue
		}
		ends[row] = left + width
		m.LabelY = float64(row) // row number; converted below when the number of rows is known
	}
	for i := range marks {
		// The first row is closest to the axis, which keeps most lines short.
		marks[i].LabelY = float64(len(ends)-1-int(marks[i].LabelY))*lineGap + 13
	}
	return len(ends)
}

// addTimes labels every third hour, and midnight with its date.
func (p *reader) addTimes(v *Timeline) {
	start := p.Now.In(p.Zone)
	for hour := start.Hour() + 1; ; hour++ {
		at := time.Date(start.Year(), start.Month(), start.Day(), hour, 0, 0, 0, p.Zone)
		if !at.Before(p.minute().Add(Span)) {
			return
		}
		mark := hourMark{X: p.aheadX(v, at), Midnight: at.Hour() == 0}
		switch {
		case mark.Midnight:
			mark.Label = phrase.Day(p.Lang, calendar.NewDate(at.Year(), at.Month(), at.Day()))
		case at.Hour()%3 == 0:
			mark.Label = at.Format("15:04")
		}
		v.Hours = append(v.Hours, mark)
	}
}
