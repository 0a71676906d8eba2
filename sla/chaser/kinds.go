package chaser

import (
	"strings"

	"kigen/sla"
	"kigen/sla/phrase"
)

// ofKind puts the subject of the letter in the place of an incident. Japanese names none.
func (w *writer) ofKind(sentence string) string {
	if key := "matter_" + string(w.Incident.Kind); catalog.In(w.lang).Has(key) {
		return strings.ReplaceAll(sentence, w.say("matter"), w.say(key))
	}
	return sentence
}

// heading is that of the part that names the subject.
func (w *writer) heading() string {
	if w.Incident.Kind == "" || w.Incident.Kind == sla.KindIncident {
		return w.say("thing_head")
	}
	return w.say("thing_head_other")
}

// eventOfKind names what is no incident to the vendor; empty for one.
func (w *writer) eventOfKind(service, day string) string {
	if key := "event_" + string(w.Incident.Kind); catalog.In(w.lang).Has(key) {
		return w.say(key, "Service", service, "Day", day)
	}
	return ""
}

// announced says how long ahead an event was announced, beside what was promised; empty
// for every other clock.
func (w *writer) announced(c *sla.Clock) string {
	lead, ok := c.Lead()
	if !ok || w.tone != Late {
		return ""
	}
	key := "announced"
	switch {
	case lead.Given < 0:
		key = "announced_after"
	case lead.Promised == 0:
		return ""
	}
	return w.say(key, "Given", phrase.Duration(w.lang, lead.Given), "Promised", phrase.Duration(w.lang, lead.Promised))
}

// ownWishes are the requests about what is no incident; nil: those of an incident.
func (w *writer) ownWishes() []string {
	switch w.Incident.Kind {
	case sla.KindMaintenance, sla.KindChange:
		return []string{w.say("wish_planned"), w.say("wish_planned_effect")}
	case sla.KindContractEnd:
		return []string{w.say("wish_deleted"), w.say("wish_certificate")}
	case sla.KindPeriodic:
		return []string{w.say("wish_last_done"), w.say("wish_report")}
	}
	return nil
}
