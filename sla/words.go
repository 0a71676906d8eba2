package sla

import (
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// MomentText names a moment in "ja" or "en". It returns another name unchanged.
func MomentText(lang, moment string) string {
	m, err := ParseMoment(PresentName(moment))
	if err != nil {
		return moment
	}
	return momentTable[m].text.In(lang)
}

// StateText names the state of the clock for a person.
func (c *Clock) StateText(lang string) string {
	if c.OutOfReach() {
		return phrase.State(lang, "out_of_reach")
	}
	return phrase.State(lang, string(c.State))
}

// momentText names the moment that the step counts from.
func (s Step) momentText(lang string) string {
	if s.Moment != MomentNotice {
		return MomentText(lang, s.Moment)
	}
	return text(lang, "「"+s.Name.Ja+"」の通知", `the notice "`+s.Name.In(lang)+`"`)
}

// StartText names what the clock counts from: a moment, or the notice that answered
// an earlier stage.
func (c *Clock) StartText(lang string) string {
	if steps := c.Explanation.Steps; len(steps) > 0 && steps[0].Moment == MomentNotice {
		return steps[0].momentText(lang)
	}
	return MomentText(lang, c.Start.From.String())
}

// UnknownFacts lists the facts whose strictest case decided the clock's deadline.
func (c *Clock) UnknownFacts() (facts []Dimension) {
	if !c.Explanation.Bounds.Assumed {
		return nil
	}
	for i := range c.Explanation.Steps {
		s := &c.Explanation.Steps[i]
		if s.Kind == StepCase && (s.Value == "" || s.Value == unknown) && !slices.Contains(facts, s.By) {
			facts = append(facts, s.By)
		}
	}
	return facts
}

// UnknownFactsText names the UnknownFacts in one line; empty if there are none.
func (c *Clock) UnknownFactsText(lang string) string {
	return FactsText(lang, c.UnknownFacts())
}

// FactsText names facts in one line.
func FactsText(lang string, facts []Dimension) string {
	names := make([]string, len(facts))
	for i, by := range facts {
		names[i] = by.Text(lang)
	}
	return strings.Join(names, text(lang, "、", ", "))
}

// StartsFrom is what the clock counts from as JSON names it: a moment, or
// MomentNotice for the notice that answered the stage After.
func (c *Clock) StartsFrom() string {
	if c.Explanation.After != "" {
		return MomentNotice
	}
	return c.Start.From.String()
}

// FactText names the value of a fact: serious along impact is 重大.
func FactText(lang string, by Dimension, value string) string {
	switch by {
	case ByImpact:
		return phrase.Impact(lang, value)
	case ByScope:
		return phrase.Scope(lang, value)
	case BySeverity:
		return phrase.Severity(lang, value)
	}
	return value
}

// Text names the fact.
func (d Dimension) Text(lang string) string {
	switch d {
	case BySeverity:
		return text(lang, "深刻度", "severity")
	case ByScope:
		return text(lang, "影響範囲", "scope")
	case ByImpact:
		return text(lang, "影響度", "impact")
	}
	return string(d)
}

// hoursText writes a day's hours as 09:00〜12:00、13:00〜17:00.
func hoursText(lang string, hours []calendar.Span) string {
	list := make([]string, len(hours))
	for i, h := range hours {
		list[i] = strings.Replace(h.String(), "-", text(lang, "〜", "–"), 1)
		if h.PassesMidnight() {
			list[i] = strings.Replace(list[i], "〜", "〜翌", 1)
		}
	}
	return strings.Join(list, text(lang, "、", ", "))
}

// zoneName is the abbreviation of an instant's zone: JST, or UTC-03 for a zone
// without one.
func zoneName(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

func instantText(lang string, t time.Time) string { return phrase.Instant(lang, t, time.Time{}) }

func deadlineText(lang string, t time.Time) string { return phrase.Deadline(lang, t, time.Time{}) }

func text(lang, ja, en string) string {
	if lang == "ja" {
		return ja
	}
	return en
}

func nonEmpty(parts ...string) []string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}
