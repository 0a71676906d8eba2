package frame

import (
	"slices"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// Verdict describes the distance of the notice, or of what else was done, from the
// deadline, or how an event was announced.
func (p *Reader) Verdict(c *sla.Clock, done string) string {
	said := prose.Verdict(p.Lang, c)
	switch {
	case said != "":
		return said
	case c.Due.IsZero():
		if c.Start.At.IsZero() {
			return ""
		}
		return p.Say("verdict_after_start", "By", phrase.Duration(p.Lang, c.NotifiedAt.Sub(c.Start.At)), "Done", done)
	case sla.InTime(c.Due, c.NotifiedAt):
		return p.Say("verdict_in_time", "By", phrase.Duration(p.Lang, c.Due.Sub(c.NotifiedAt)), "Done", done)
	default:
		return p.Say("verdict_late", "By", phrase.Duration(p.Lang, c.NotifiedAt.Sub(c.Due)), "Done", done)
	}
}

// ClockName names a clock beside others: its stage, or its promise if there are several.
func (p *Reader) ClockName(inc *sla.Incident, c *sla.Clock, promise *sla.Promise) string {
	several := slices.ContainsFunc(inc.Clocks, func(k sla.Clock) bool { return k.Promise != c.Promise })
	if c.Stage == "" && several && promise != nil {
		return promise.Title(p.Lang)
	}
	return promise.StageText(c.Stage).In(p.Lang)
}

// PromiseOf returns the configured promise that a clock was calculated with; nil
// if it has changed since.
func PromiseOf(v *sla.Vendor, inc *sla.Incident, c *sla.Clock) *sla.Promise {
	if v == nil {
		return nil
	}
	for _, p := range v.Applying(inc.Kind, &inc.Times) {
		if p.ID == c.Promise && p.Terms().Hash == c.Terms {
			return p
		}
	}
	return nil
}
