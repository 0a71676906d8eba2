package web

import (
	"strings"

	"kigen/sla"
	"kigen/sla/phrase"
)

// vendorPage is a vendor with what it promised.
type vendorPage struct {
	ID, Name, Contact string
	Services          []string
	Promises          []promisePage
}

// promisePage is a promise with what it would mean for an incident now.
type promisePage struct {
	Name, Strength, Quote, Place, Effective string
	Start, Gate                             string
	Stages                                  []stageLine
	Readings                                []choice // the one in force first
	Unpublished                             string
	Now                                     string   // the deadline of what happens this minute; empty: none
	Lines                                   []string // its explanation
}

// stageLine is one notice of several that a promise owes.
type stageLine struct {
	Name  string
	After string // the stage whose notice it counts from; empty: it counts as the promise does
	Rule  string
	Every bool // again and again
}

// stages lists what a promise owes by stages; none: it owes one notice.
func (p *reader) stages(promise *sla.Promise) []stageLine {
	lines := make([]stageLine, len(promise.Stages))
	for i := range promise.Stages {
		s := &promise.Stages[i]
		lines[i] = stageLine{Name: promise.StageText(s.ID).In(p.lang), Rule: p.rule(&s.Due), Every: s.Every}
		if s.After != "" {
			lines[i].After = promise.StageText(s.After).In(p.lang)
		}
	}
	return lines
}

// rule says a length in words, and every other rule as configuration writes it.
func (p *reader) rule(r *sla.Rule) string {
	if r.Op == sla.OpElapsed {
		return phrase.Duration(p.lang, r.Length)
	}
	return r.String()
}

// promise shows what the words come to for an incident at this minute, which says
// more than a rule: six hours can be five days.
func (p *reader) promise(promise *sla.Promise) promisePage {
	view := promisePage{
		Name: promise.Name.In(p.lang), Strength: p.say("strength_" + string(promise.Strength)),
		Quote: promise.Source.Quote, Place: p.place(&promise.Source), Gate: p.gate(&promise.Gate),
	}
	view.Effective, view.Readings = p.effective(promise), p.readings(promise)
	if !promise.Commits() {
		return view
	}
	view.Stages = p.stages(promise)
	view.Start = sla.MomentText(p.lang, promise.Start.String())
	if promise.Calendar != nil {
		view.Unpublished = promise.Calendar.Unpublished().In(p.lang)
	}
	facts := sla.Facts{Times: allAt(p.now)}
	if d, e, err := promise.Explain(&facts); err == nil && !d.Due.IsZero() {
		view.Now, view.Lines = p.deadline(d.Due), e.Reasons(p.lang)
	}
	return view
}

// gate says to what a promise applies; empty: to everything.
func (p *reader) gate(g *sla.Gate) string {
	var parts []string
	for _, part := range []string{
		gatePart(p.texts, "impact", g.Impact), gatePart(p.texts, "scope", g.Scope), gatePart(p.texts, "severity", g.Severity),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, p.say("and"))
}

func gatePart[T ~string](x texts, fact string, values []T) string {
	if len(values) == 0 {
		return ""
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = x.say(fact + "_" + string(v))
	}
	return x.say("gate_of", "Fact", x.say("field_"+fact), "Values", strings.Join(words, x.say("or")))
}
