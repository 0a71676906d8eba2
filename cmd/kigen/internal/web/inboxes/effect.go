package inboxes

import (
	"slices"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// effectView says what would become of one clock.
type effectView struct {
	Name, Text string
	State      sla.State // from then on
	Notes      []string  // why, where that is new
}

// effects says in words what would become of an incident's clocks. before is nil for an
// incident that is not logged yet. stops reports whether a clock would stop.
func (p *reader) effects(before, after *sla.Incident) (views []effectView, stops bool) {
	vendor, _ := p.Catalogue.Vendor(after.Vendor)
	for i := range after.Clocks {
		c := &after.Clocks[i]
		was := earlier(before, c)
		stopped := !c.NotifiedAt.IsZero() && (was == nil || was.NotifiedAt.IsZero())
		stops = stops || stopped
		v := effectView{State: c.State, Text: p.effect(after, was, c, stopped), Notes: newLines(p.Lang, was, c)}
		v.Name = phrase.Capital(phrase.DeadlineOf(p.Lang, string(after.Awaits(c))))
		if stage := p.ClockName(after, c, frame.PromiseOf(vendor, after, c)); stage != "" {
			v.Name = p.Say("clock_stage", "Heading", v.Name, "Stage", stage)
		}
		views = append(views, v)
	}
	return views, stops
}

// earlier is a clock as it was before; nil: it is new.
func earlier(before *sla.Incident, c *sla.Clock) *sla.Clock {
	if before == nil {
		return nil
	}
	i := slices.IndexFunc(before.Clocks, func(k sla.Clock) bool { return k.Promise == c.Promise && k.Stage == c.Stage })
	if i < 0 {
		return nil
	}
	return &before.Clocks[i]
}

func (p *reader) effect(inc *sla.Incident, was, c *sla.Clock, stopped bool) string {
	due := ""
	if !c.Due.IsZero() {
		due = p.Deadline(c.Due)
	}
	state := phrase.Capital(prose.State(p.Lang, inc.Kind, c))
	verdict := p.Verdict(c, phrase.Done(p.Lang, string(inc.Awaits(c))))
	switch {
	case stopped && due != "" && verdict != "":
		return p.Say("effect_stops", "Due", due, "Verdict", verdict)
	case stopped && verdict != "":
		return p.Say("effect_answered", "Verdict", verdict)
	case due == "" || !c.State.Open():
		return p.Say("effect_stays", "State", state)
	case was == nil || was.Due.IsZero():
		return p.Say("effect_begins", "Due", due, "State", state)
	case !was.Due.Equal(c.Due):
		return p.Say("effect_moves", "Was", p.Deadline(was.Due), "Due", due)
	}
	return p.Say("effect_runs", "Due", due, "State", state)
}

// newLines are those of a clock's explanation that it did not have before; of a new clock,
// none: its deadline says enough here.
func newLines(lang string, was, c *sla.Clock) (lines []string) {
	if was == nil {
		return nil
	}
	old := prose.Reasons(lang, &was.Explanation)
	for _, line := range prose.Reasons(lang, &c.Explanation) {
		if !slices.Contains(old, line) {
			lines = append(lines, line)
		}
	}
	return lines
}
