package chaser

import (
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// opening states the subject of the letter and the current state.
func (w *writer) opening() string {
	c := w.clocks[0]
	key := "opening_" + string(w.tone)
	if w.tone == Request {
		return w.thanks() + w.say(key)
	}
	if w.assumed(c) && (w.tone == Overdue || w.tone == Late) {
		key += "_assumed"
	}
	return w.thanks() + w.say(key, "Promised", w.promised(c), "Due", w.deadline(due(c)), "Length", w.length(c),
		"Now", w.instant(w.Now), "Awaited", w.awaited(c)) + w.assumption(c)
}

// awaited names the notice that has not come.
func (w *writer) awaited(c *sla.Clock) string {
	if c.Stage == "" && !w.several() {
		return w.say("awaited")
	}
	return w.say("awaited_named", "Named", w.named(c))
}

// thanks acknowledges the notices that the vendor has sent.
func (w *writer) thanks() string {
	notices := w.Incident.Counted()
	if len(notices) == 0 || w.tone == Late {
		return ""
	}
	return w.say("thanks", "At", w.instant(notices[len(notices)-1].ReceivedAt))
}

// length is the time between the deadline and now, or the notice that came.
func (w *writer) length(c *sla.Clock) string {
	if w.tone == Late {
		return phrase.Duration(w.lang, c.NotifiedAt.Sub(due(c)))
	}
	return phrase.Duration(w.lang, w.Now.Sub(due(c)))
}

// due is the deadline that a letter names: once both the strictest and the most
// lenient case have passed, that of the most lenient one.
func due(c *sla.Clock) time.Time {
	if proven := c.ProvableDue(); !c.Assumed() && !proven.IsZero() && c.Explanation.Bounds.Assumed {
		return proven
	}
	return c.Due
}

// promised names the deadline and the strength of the promise.
func (w *writer) promised(c *sla.Clock) string {
	deadline := w.say("deadline_of_notice")
	if c.Stage != "" || w.several() {
		deadline = w.say("deadline_of", "Named", w.named(c))
	}
	key := "promised"
	switch c.Explanation.Strength {
	case sla.Target:
		key = "promised_target"
	case sla.BestEffort:
		key = "promised_best_effort"
	}
	return w.say(key, "Deadline", deadline)
}

// named is the name of the notice that a clock waits for: that of its stage, else
// of its promise; both if the incident has clocks of several promises.
func (w *writer) named(c *sla.Clock) string {
	promise := c.Promise
	p := w.promise(c)
	if p != nil {
		promise = p.Title(w.lang)
	}
	name := promise
	if c.Stage != "" {
		name = p.StageText(c.Stage).In(w.lang)
		if w.several() {
			name = w.say("stage_of", "Promise", promise, "Stage", name)
		}
	}
	return w.say("quoted", "Text", name)
}

// several reports whether the incident has clocks of more promises than one.
func (w *writer) several() bool {
	clocks := w.Incident.Clocks
	return slices.ContainsFunc(clocks, func(c sla.Clock) bool { return c.Promise != clocks[0].Promise })
}

// stagesWanted asks for each stage of a promise that is still open.
func (w *writer) stagesWanted() (list []string) {
	for _, c := range w.clocks {
		if c.Stage != "" && c.State.Open() {
			list = append(list, w.say("wish_stage", "Named", w.named(c)))
		}
	}
	return list
}

func (w *writer) assumed(c *sla.Clock) bool { return c.Assumed() }

// assumption states the facts that the calculation lacks.
func (w *writer) assumption(c *sla.Clock) string {
	if !w.assumed(c) {
		return ""
	}
	if c.Start.Basis != sla.Assumed {
		return w.say("assumed_facts", "Facts", w.list(w.unknownFacts(c)))
	}
	return w.say("assumed_start", "Missing", w.missing(c), "Used", w.moment(c.Start.From))
}

// unknownFacts names the unknown facts that decide the deadline.
func (w *writer) unknownFacts(c *sla.Clock) (facts []string) {
	add := func(name string) {
		if !slices.Contains(facts, name) {
			facts = append(facts, name)
		}
	}
	for _, step := range c.Explanation.Steps {
		switch {
		case step.Kind == sla.StepCase && (step.Value == "" || step.Value == "unknown"):
			add(prose.Dimension(w.lang, step.By))
		case step.InsteadOf != "":
			var m sla.Moment
			if m.UnmarshalText([]byte(step.InsteadOf)) == nil {
				add(w.moment(m))
			}
		}
	}
	if len(facts) == 0 {
		add(w.missing(c))
	}
	return facts
}

// missing names the moment that the promise counts from.
func (w *writer) missing(c *sla.Clock) string {
	if p := w.promise(c); p != nil {
		return w.moment(p.Start)
	}
	return w.say("moment_any")
}

// moment names a moment in the vendor's words.
func (w *writer) moment(m sla.Moment) string {
	if key := "moment_" + m.String(); catalog.In(w.lang).Has(key) {
		return w.say(key)
	}
	return prose.Moment(w.lang, m.String())
}

// provenance marks a time that the vendor stated, and one that is assumed. A vendor
// that was never heard has stated none, although its moments have that basis by default.
func (w *writer) provenance(b sla.Basis) string {
	switch {
	case b == sla.Assumed:
		return w.say("provenance_assumed")
	case b == sla.Stated && len(w.Incident.Notices) > 0:
		return w.say("provenance_stated")
	}
	return ""
}

// unknownWanted asks for the facts that the deadline depends on.
func (w *writer) unknownWanted(c *sla.Clock) string {
	if w.tone == Unknown || c.Start.Basis == sla.Assumed {
		return w.say("wish_start", "Missing", w.missing(c))
	}
	return w.say("wish_facts", "Facts", w.list(w.unknownFacts(c)))
}

// wishes are the requests, the most important first.
func (w *writer) wishes() []string {
	c := w.clocks[0]
	all := w.stagesWanted()
	if w.tone == Late {
		all = append(all, w.say("wish_why_late"), w.say("wish_next_time"))
	} else {
		all = append(all, w.say("wish_status"), w.say("wish_effect"), w.say("wish_next_notice"))
	}
	if w.tone == Overdue && !w.assumed(c) {
		all = append(all, w.say("wish_why_silent"))
	}
	if w.tone == Unknown || w.assumed(c) && w.tone != Request {
		all = append(all, w.unknownWanted(c))
	}
	return all
}
