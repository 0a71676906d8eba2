package board

import (
	"cmp"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// clockView is a clock as text.
type clockView struct {
	State              sla.State
	StateName          string
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
	Picture            *picture
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
func (p *reader) clock(c *sla.Clock) clockView {
	e := &c.Explanation
	v := clockView{
		State: c.State, StateName: phrase.Capital(prose.State(p.lang, c)), NotProvable: c.NotProvable(),
		Count: p.count(c), Quote: e.Source.Quote, Place: p.place(&e.Source), Lines: prose.Reasons(p.lang, e),
	}
	v.Waived = p.waived(c)
	if e.Strength != "" {
		v.Strength = p.word("strength", string(e.Strength))
	}
	if !c.Start.At.IsZero() {
		v.Start, v.Moment = p.instant(c.Start.At), prose.Start(p.lang, c)
		v.Assumed = c.Start.Basis == sla.Assumed
		if c.Assumed() && !v.Assumed {
			v.Unknown = p.sayFacts(c)
		}
	}
	if !c.Due.IsZero() {
		v.Due = p.deadline(c.Due)
	}
	if !c.BreachedAt.IsZero() && !c.BreachedAt.Equal(c.Due) {
		v.Breached = p.deadline(c.BreachedAt)
	}
	if !c.NotifiedAt.IsZero() {
		v.Notice, v.Verdict = p.instant(c.NotifiedAt), p.verdict(c)
	}
	return v
}

// sayFacts names the unknown facts that determine a deadline.
func (p *reader) sayFacts(c *sla.Clock) string {
	return cmp.Or(prose.UnknownFacts(p.lang, c), p.say("assumed"))
}

// verdict describes the distance of the notice from the deadline.
func (p *reader) verdict(c *sla.Clock) string {
	switch {
	case c.Due.IsZero():
		if c.Start.At.IsZero() {
			return ""
		}
		return p.say("verdict_after_start", "By", phrase.Duration(p.lang, c.NotifiedAt.Sub(c.Start.At)))
	case sla.InTime(c.Due, c.NotifiedAt):
		return p.say("verdict_in_time", "By", phrase.Duration(p.lang, c.Due.Sub(c.NotifiedAt)))
	default:
		return p.say("verdict_late", "By", phrase.Duration(p.lang, c.NotifiedAt.Sub(c.Due)))
	}
}

// count is the time until the deadline, or since it.
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

// place cites the document that contains the clause, without its quote.
func (p *reader) place(s *sla.Source) string {
	bare := *s
	bare.Quote = ""
	return prose.Citation(p.lang, &bare)
}

// instant formats t in the person's zone.
func (p *reader) instant(t time.Time) string { return phrase.Instant(p.lang, t.In(p.Zone), p.now) }

// deadline formats t in the person's zone; midnight is 24:00 of the day before.
func (p *reader) deadline(t time.Time) string { return phrase.Deadline(p.lang, t.In(p.Zone), p.now) }

func (p *reader) instantOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.instant(t)
}

// promiseOf returns the configured promise that a clock was calculated with; nil
// if it has changed since.
func promiseOf(v *sla.Vendor, inc *sla.Incident, c *sla.Clock) *sla.Promise {
	if v == nil {
		return nil
	}
	for _, p := range v.Applying(&inc.Times) {
		if p.ID == c.Promise && p.Terms().Hash == c.Terms {
			return p
		}
	}
	return nil
}
