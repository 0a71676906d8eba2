package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	ahead         = 24 * time.Hour // how far the board looks
	mostAhead     = 2000           // deadlines read for it
	mostAheadSaid = 50             // entries of its text

	timelineWidth = 1200.0
	edgeWidth     = 118.0 // at the left, for what is overdue
	lineGap       = 19.0  // between rows of labels
	mostLines     = 3
	crowd         = 16.0 // markers nearer than this become one
)

// timelineView is what falls due in the next 24 hours, drawn and in words.
type timelineView struct {
	Width, Height   float64
	Axis            float64 // baseline of the line of time
	AxisText        float64 // baseline of the hours
	From, To        float64 // where time begins and ends
	Edge            edgeView
	Hours           []hourMark
	Dues            []dueMark
	Title           string
	Said            []string
	Overdue, Coming int
	More            bool // there are more than were read
}

// edgeView is the block at the left edge for what is overdue already.
type edgeView struct {
	Text           string
	X, Y           float64
	Width, Height  float64
	TextX, TextY   float64
	OverdueAddress string
}

// hourMark is a time of day on the line.
type hourMark struct {
	X        float64
	Label    string
	Midnight bool
}

// dueMark is one deadline, or several that lie too near to tell apart.
type dueMark struct {
	X, Radius    float64
	N            int
	Tone         sla.State
	Label        string // empty: there is no room
	LabelX       float64
	LabelY, Line float64
	Anchor       string
	Link         string // of a single one
	Hint         string
}

// timeline draws the deadlines of the next 24 hours.
func (p *reader) timeline(q *tracker.Query, overdue int) (*timelineView, error) {
	due, err := p.Incidents.Deadlines(p.r.Context(), tracker.DeadlineQuery{
		Vendor: q.Vendor, From: p.now, To: p.now.Add(ahead), Limit: mostAhead + 1,
	})
	if err != nil {
		return nil, err
	}
	v := &timelineView{Width: timelineWidth, Overdue: overdue, From: 12, To: timelineWidth - 24}
	if v.More = len(due) > mostAhead; v.More {
		due = due[:mostAhead]
	}
	v.Coming = len(due)
	if overdue > 0 {
		v.From = edgeWidth + 12
	}
	v.Title = p.say("ahead_said", "N", countText(v.Coming, v.More), "Overdue", overdue)
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
			Text: p.say("ahead_overdue", "N", overdue), X: 1, Y: v.Axis - 16, Width: edgeWidth - 8, Height: 32,
			TextX: (edgeWidth - 8) / 2, TextY: v.Axis + 4.5, OverdueAddress: p.boardLink(p.r.URL.Query(), "state", string(sla.Overdue)),
		}
	}
	return v, nil
}

// countText is a number, with a sign that there are more.
func countText(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// aheadX is where an instant lies.
func (p *reader) aheadX(v *timelineView, t time.Time) float64 {
	return v.From + (v.To-v.From)*float64(t.Sub(p.now))/float64(ahead)
}

// dueMarks puts what lies within a few pixels into one mark, in words one by
// one as far as that can be listened to.
func (p *reader) dueMarks(v *timelineView, due []tracker.Deadline) []dueMark {
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
	for _, d := range due[:min(len(due), mostAheadSaid)] {
		v.Said = append(v.Said, p.dueText(&d))
	}
	return marks
}

// dueText says one deadline in a line.
func (p *reader) dueText(d *tracker.Deadline) string {
	return p.deadline(d.Due) + " " + d.Incident.String() + " " + p.vendorName(d.Vendor) + " " + d.Title
}

// dueMark marks deadlines that lie together; the most urgent state tints it.
func (p *reader) dueMark(v *timelineView, due []tracker.Deadline) dueMark {
	first := due[0]
	last := due[len(due)-1]
	m := dueMark{X: (p.aheadX(v, first.Due) + p.aheadX(v, last.Due)) / 2, N: len(due), Radius: 6}
	tone := slices.MinFunc(due, func(a, b tracker.Deadline) int { return cmp.Compare(rank(a.State), rank(b.State)) })
	m.Tone = tone.State
	clock := p.dueClock(first.Due)
	if m.N == 1 {
		m.Label = clock + " " + short(p.vendorName(first.Vendor)) + " " + first.Incident.String()
		m.Link, m.Hint = p.incidentPath(first.Incident), p.dueText(&first)
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

// dueClock is the time of day; midnight is the day's end.
func (p *reader) dueClock(due time.Time) string {
	if clock := due.In(p.Zone).Format("15:04"); clock != "00:00" {
		return clock
	}
	return "24:00"
}

// vendorCounts names whose deadlines lie together, the most first.
func (p *reader) vendorCounts(due []tracker.Deadline) string {
	counts := map[string]int{}
	var vendors []string
	for _, d := range due {
		if counts[d.Vendor]++; counts[d.Vendor] == 1 {
			vendors = append(vendors, d.Vendor)
		}
	}
	slices.SortStableFunc(vendors, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	text := short(p.vendorName(vendors[0])) + " ×" + strconv.Itoa(counts[vendors[0]])
	if rest := len(due) - counts[vendors[0]]; rest > 0 {
		text += " +" + strconv.Itoa(rest)
	}
	return text
}

// short cuts a vendor's name to what fits beside a mark.
func short(name string) string {
	name = strings.NewReplacer("株式会社", "", "有限会社", "").Replace(name)
	if letters := []rune(name); len(letters) > 14 {
		return string(letters[:13]) + "…"
	}
	return name
}

// placeLabels finds rows above the line for the labels and returns how many
// rows that took; a label for which there is no room in any row goes.
func placeLabels(v *timelineView, marks []dueMark) int {
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
		m.LabelY = float64(row) // until it is known how many rows there are
	}
	for i := range marks {
		// The first row is nearest to the line, so that most lines stay short.
		marks[i].LabelY = float64(len(ends)-1-int(marks[i].LabelY))*lineGap + 13
	}
	return len(ends)
}

// addTimes labels every third hour, and midnight with its date.
func (p *reader) addTimes(v *timelineView) {
	start := p.now.In(p.Zone)
	for hour := start.Hour() + 1; ; hour++ {
		at := time.Date(start.Year(), start.Month(), start.Day(), hour, 0, 0, 0, p.Zone)
		if !at.Before(p.now.Add(ahead)) {
			return
		}
		mark := hourMark{X: p.aheadX(v, at), Midnight: at.Hour() == 0}
		switch {
		case mark.Midnight:
			mark.Label = phrase.Day(p.lang, calendar.NewDate(at.Year(), at.Month(), at.Day()))
		case at.Hour()%3 == 0:
			mark.Label = at.Format("15:04")
		}
		v.Hours = append(v.Hours, mark)
	}
}
