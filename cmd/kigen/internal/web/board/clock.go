package board

import (
	"cmp"
	"fmt"
	"time"

	"kigen/cmd/kigen/internal/web/figure"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// clockView is a clock as text.
type clockView struct {
	State              sla.State
	StateName          string
	Heading, Done      string // of the deadline, and of the notice, in the words of what is owed
	Stage              string
	Start, Moment, Due string // "" where unknown or none
	Assumed            bool   // the start is
	Unknown            string // unknown facts whose strictest case is used; "" if none
	NotProvable        bool
	Count              countView
	Notice, Verdict    string // time of the notice, and its distance from the deadline
	Quote, Place       string
	Strength           string
	Lines              []string // the explanation without its clause
	Breached           string   // an earlier deadline that passed without a notice
	Picture            *figure.Picture
	Waived             string // when and why; empty: it is not waived
}

// countView is a countdown. At is the deadline in Unix milliseconds; zero: no
// countdown.
type countView struct {
	At    int64
	Label string // translation of "left" or "past"
	Value string
	Past  bool
}

// clock formats all texts of a clock, so that templates only place them.
func (p *reader) clock(inc *sla.Incident, c *sla.Clock) clockView {
	e, deed := &c.Explanation, string(inc.Awaits(c))
	v := clockView{
		State: c.State, StateName: phrase.Capital(prose.State(p.Lang, inc.Kind, c)), NotProvable: c.NotProvable(),
		Heading: phrase.Capital(phrase.DeadlineOf(p.Lang, deed)), Done: phrase.Capital(phrase.Done(p.Lang, deed)),
		Count: p.count(c), Quote: e.Source.Quote, Place: p.Cite(&e.Source), Lines: prose.Reasons(p.Lang, e),
	}
	v.Waived = p.waived(c)
	if e.Strength != "" {
		v.Strength = p.Word("strength", string(e.Strength))
	}
	if !c.Start.At.IsZero() {
		v.Start, v.Moment = p.Instant(c.Start.At), prose.Start(p.Lang, c)
		v.Assumed = c.Start.Basis == sla.Assumed
		if c.Assumed() && !v.Assumed {
			v.Unknown = p.sayFacts(c)
		}
	}
	if !c.Due.IsZero() {
		v.Due = p.Deadline(c.Due)
	}
	if !c.BreachedAt.IsZero() && !c.BreachedAt.Equal(c.Due) {
		v.Breached = p.Deadline(c.BreachedAt)
	}
	if !c.NotifiedAt.IsZero() {
		v.Notice, v.Verdict = p.Instant(c.NotifiedAt), p.Verdict(c, phrase.Done(p.Lang, deed))
	}
	return v
}

// sayFacts names the unknown facts that determine a deadline.
func (p *reader) sayFacts(c *sla.Clock) string {
	return cmp.Or(prose.UnknownFacts(p.Lang, c), p.Say("assumed"))
}

// count is the time until the deadline, or since it.
func (p *reader) count(c *sla.Clock) countView {
	if c.Due.IsZero() || !c.State.Open() {
		return countView{}
	}
	left := c.Due.Sub(p.Now)
	v := countView{At: c.Due.UnixMilli(), Label: p.Say("left"), Value: countdown(left, p.Say("day")), Past: left < 0}
	if v.Past {
		v.Label = p.Say("past")
	}
	return v
}

// countdown formats a duration with days if there are any; the page's script
// uses the same format.
func countdown(d time.Duration, day string) string {
	seconds := int64(d.Abs() / time.Second)
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		return fmt.Sprintf("%d%s %s", days, day, clock)
	}
	return clock
}
