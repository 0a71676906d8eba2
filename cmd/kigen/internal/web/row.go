package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// rowView is one incident on the board, told by the clock that needs a person
// most.
type rowView struct {
	ID, Title, Reference string
	Vendor, Service      string
	Severity             string
	State                sla.State
	Clock                clockView
	More                 int    // further clocks of the incident
	Who, Until           string // who has it, and until when repeats are silent
	Doubt                bool   // the deadline is an assumption
}

// clockView is a clock in words.
type clockView struct {
	State              sla.State
	StateName          string
	Stage              string
	Start, Moment, Due string // "" where unknown or none
	Assumed            bool
	NotProvable        bool
	Count              countView
	Notice, Verdict    string // when the notice came, and how that stands to the deadline
	Quote, Place       string
	Strength           string
	Lines              []string // the explanation without its clause
	Breached           string   // a deadline that passed in silence and is not Due any more
	Picture            *picture
}

// countView is a countdown. At is the deadline in Unix milliseconds; zero:
// there is nothing to count.
type countView struct {
	At    int64
	Label string // "left" or "past", in words
	Value string
	Past  bool
}

// row tells an incident in one line of the board, by one of its clocks; nil:
// it has none.
func (p *reader) row(inc *sla.Incident, clock *sla.Clock) rowView {
	row := rowView{
		ID: inc.ID.String(), Title: inc.Title, Reference: inc.Reference,
		Vendor: p.vendorName(inc.Vendor), Service: inc.Service, State: stateOf(inc), Who: inc.Acknowledged.By,
	}
	if clock != nil && inc.CancelledAt.IsZero() {
		row.State = clock.State
	}
	row.Until = p.silentUntil(inc)
	row.Clock.StateName = p.stateName(row.State)
	if inc.Severity != "" {
		row.Severity = p.severityName(inc.Severity)
	}
	if clock != nil {
		row.Clock, row.More = p.clock(clock), len(inc.Clocks)-1
		row.Doubt = row.Clock.Assumed && row.Clock.Due != "" && row.State != sla.Cancelled
	}
	return row
}

// leading is the clock that gives an incident its state; of several open ones
// the one that is due first, of settled ones the one that was due last; nil
// where there is none.
func leading(clocks []sla.Clock) *sla.Clock {
	if len(clocks) == 0 {
		return nil
	}
	first := slices.MinFunc(clocks, func(a, b sla.Clock) int {
		due := a.Due.Compare(b.Due)
		if !a.State.Open() {
			due = -due
		}
		return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), due)
	})
	return &first
}

// rank is a state's place on the board.
func rank(state sla.State) int { return slices.Index(sla.States[:], state) }

func (p *reader) vendorName(id string) string {
	if v, ok := p.Catalogue.Vendor(id); ok {
		return v.Name.In(p.lang)
	}
	return id // removed from the configuration since
}

// silentUntil says until when repeats are silent; empty: for good, or nobody
// has the incident.
func (p *reader) silentUntil(inc *sla.Incident) string {
	if inc.Acknowledged.Until.IsZero() {
		return ""
	}
	return p.say("silent_until", "Until", p.instant(inc.Acknowledged.Until))
}

// clock words everything here, so that templates only put words into places.
func (p *reader) clock(c *sla.Clock) clockView {
	e := &c.Explanation
	v := clockView{
		State: c.State, StateName: p.stateName(c.State), NotProvable: c.NotProvable(),
		Count: p.count(c), Quote: e.Source.Quote, Place: p.place(&e.Source), Lines: e.Reasons(p.lang),
	}
	if e.Strength != "" {
		v.Strength = p.say("strength_" + string(e.Strength))
	}
	if !c.Start.At.IsZero() {
		v.Start, v.Moment = p.instant(c.Start.At), c.StartText(p.lang)
		v.Assumed = c.Start.Basis == sla.Assumed
	}
	if !c.Due.IsZero() {
		v.Due = p.deadline(c.Due)
	}
	if !c.BreachedAt.IsZero() && !c.BreachedAt.Equal(c.Due) {
		v.Breached = p.deadline(c.BreachedAt)
	}
	if !c.NoticeAt.IsZero() {
		v.Notice, v.Verdict = p.instant(c.NoticeAt), p.verdict(c)
	}
	return v
}

// verdict says how far from the deadline the notice came.
func (p *reader) verdict(c *sla.Clock) string {
	switch {
	case c.Due.IsZero():
		if c.Start.At.IsZero() {
			return ""
		}
		return p.say("verdict_after_start", "By", phrase.Duration(p.lang, c.NoticeAt.Sub(c.Start.At)))
	case sla.InTime(c.Due, c.NoticeAt):
		return p.say("verdict_in_time", "By", phrase.Duration(p.lang, c.Due.Sub(c.NoticeAt)))
	default:
		return p.say("verdict_late", "By", phrase.Duration(p.lang, c.NoticeAt.Sub(c.Due)))
	}
}

// count is what is left until the deadline, or how long it has passed.
func (p *reader) count(c *sla.Clock) countView {
	if c.Due.IsZero() || !c.State.Open() {
		return countView{}
	}
	left := c.Due.Sub(p.now)
	v := countView{At: c.Due.UnixMilli(), Label: p.say("left"), Value: countdown(left, p.say("day")), Past: left < 0}
	if v.Past {
		v.Label = p.say("past")
	}
	return v
}

// countdown writes hours, minutes and seconds, and days above them, as the
// page's script does from then on.
func countdown(d time.Duration, day string) string {
	seconds := int64(d.Abs() / time.Second)
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		return fmt.Sprintf("%d%s %s", days, day, clock)
	}
	return clock
}

// place says where the clause stands.
func (p *reader) place(s *sla.Source) string {
	bare := *s
	bare.Quote = ""
	return bare.Citation(p.lang)
}

// instant writes t in the configured zone.
func (p *reader) instant(t time.Time) string { return phrase.Instant(p.lang, t.In(p.Zone), p.now) }

// deadline writes t in the configured zone; midnight is the day's 24:00.
func (p *reader) deadline(t time.Time) string { return phrase.Deadline(p.lang, t.In(p.Zone), p.now) }
