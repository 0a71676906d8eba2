package prose

import (
	"cmp"
	"strings"

	"kigen/sla"
	"kigen/sla/phrase"
)

// Explanation returns the lines of an explanation: the clause, then the Reasons.
// They are fit for a mail to the vendor.
func Explanation(lang string, e *sla.Explanation) []string {
	reasons := Reasons(lang, e)
	if clause := Citation(lang, &e.Source); clause != "" {
		return append([]string{catalog.In(lang).Say("promised", "Clause", clause)}, reasons...)
	}
	return reasons
}

// Reasons returns the steps, the reading used and the deadlines of the other
// readings, for places that show the clause already.
func Reasons(lang string, e *sla.Explanation) []string {
	var lines []string
	for i := range e.Steps {
		lines = append(lines, strings.Repeat("  ", e.Steps[i].Depth)+Step(lang, &e.Steps[i]))
	}
	if !e.ReadingSays.IsZero() {
		lines = append(lines, catalog.In(lang).Say("reading_used", "Reading", e.ReadingSays.In(lang)))
	}
	for i := range e.Alternatives {
		lines = append(lines, alternative(lang, &e.Alternatives[i]))
	}
	return append(lines, Answer(lang, &e.Answer, nil)...)
}

// Answer describes the notice that stopped a clock where it was not the plain
// case. The promise, which may be nil, names the stage.
func Answer(lang string, a *sla.Answer, p *sla.Promise) (lines []string) {
	if a.Channel != "" {
		lines = append(lines, catalog.In(lang).Say("answer_channel", "Channel", a.Channel))
	}
	if a.Stage != "" {
		lines = append(lines, catalog.In(lang).Say("answer_stage", "Stage", p.StageText(a.Stage).In(lang)))
	}
	return lines
}

func alternative(lang string, a *sla.Alternative) string {
	says := cmp.Or(a.Says.In(lang), a.Reading)
	if a.Due.IsZero() {
		return catalog.In(lang).Say("reading_other_none", "Reading", says)
	}
	return catalog.In(lang).Say("reading_other", "Reading", says, "Due", deadline(lang, a.Due))
}

// Citation writes the quoted clause with its place in the document; without a
// quote, the place alone. It is empty for an empty source.
func Citation(lang string, s *sla.Source) string {
	place := strings.Join(nonEmpty(s.Document, s.Edition, s.Section), say(lang, "list_joint"))
	switch {
	case s.Quote == "":
		return place
	case place == "":
		return catalog.In(lang).Say("quoted", "Quote", s.Quote)
	}
	return catalog.In(lang).Say("citation", "Quote", s.Quote, "Place", place)
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

// Start names the point that a clock counts from: a moment, or the notice that
// answered an earlier stage.
func Start(lang string, c *sla.Clock) string {
	if steps := c.Explanation.Steps; len(steps) > 0 && steps[0].Moment == sla.MomentNotice {
		return stepMoment(lang, &steps[0])
	}
	return Moment(lang, c.Start.From.String())
}

// State names the state of a clock of an incident of the kind.
func State(lang string, kind sla.IncidentKind, c *sla.Clock) string {
	if c.OutOfReach() {
		return phrase.State(lang, "out_of_reach")
	}
	return phrase.StateOf(lang, string(sla.DeedOf(kind, c.Promise)), string(c.State))
}
