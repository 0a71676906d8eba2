package notify

import (
	"cmp"
	"slices"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// writeDecision writes who decided what about the item of a candidate, and when. What holds
// only while the item waits is left out once it does not.
func (w Writer) writeDecision(m *wire.Message, d *outbox.ItemDecision, body *reportBody) {
	s := textsIn(w.Lang)
	at := d.At.In(w.zone())
	data := textData{"By": w.decider(d.By), "At": phrase.Instant(w.Lang, at, m.At) + " " + phrase.Zone(at)}
	if d.Incident != 0 {
		data["Incident"] = d.Incident.String()
	}
	said := []string{s.text("item_"+d.Action, data)}
	if d.Reason != "" && d.Action != "reopen" {
		said = append(said, s.text("item_reason", textData{"Reason": shortened(d.Reason, reasonLimit)}))
	}
	lines := m.Explanation.Lines
	if !d.Waits {
		m.Status = wire.StatusCancelled
		m.Title = s.tagOf(s.text("item_tag_"+d.Action, nil)) + cmp.Or(body.Subject, body.Title)
		lines = body.Lines
	}
	m.Explanation.Lines = slices.Concat(said, lines)
}

// reasonLimit bounds a person's reason, which may be as long as a page, in characters.
const reasonLimit = 300

// decider names who decided, by way of which where no name is known.
func (w Writer) decider(actor string) string {
	switch actor {
	case sla.ActorBoard, sla.ActorAPI:
		return textsIn(w.Lang).text("actor_"+actor, nil)
	}
	return cmp.Or(sla.Signature(actor), actor)
}
