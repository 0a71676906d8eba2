package notify

import (
	"strings"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// longestFault is how many characters of an error stand in a title.
const longestFault = 160

// writeUnreadable writes the message of a delivery whose data is damaged: the id
// of the incident or alert, and the error.
func (w Writer) writeUnreadable(m *wire.Message, d *outbox.Delivery) {
	s := textsIn(w.Lang)
	subject := d.Alert.Key
	if d.Alert.Incident != 0 {
		subject = d.Alert.Incident.String()
		m.Link = wire.Link{Text: s.text("open_incident", nil), URL: w.link("/incidents/" + subject)}
		m.Facts = &wire.Facts{Reason: d.Alert.Reason, Incident: d.Alert.Incident}
	}
	if subject == "" {
		subject = d.Key
	}
	why := d.Unreadable
	if _, after, ok := strings.Cut(why, "cannot be read: "); ok {
		why = after
	}
	m.Thread, m.Under = subject, d.Thread
	tag := ""
	switch d.Alert.Reason {
	case outbox.ReasonWarning:
		m.Status, tag = wire.StatusWarning, s.tagOf(phrase.State(w.Lang, string(sla.AtRisk)))
	case outbox.ReasonOverdue, outbox.ReasonRepeat, outbox.ReasonEscalation:
		m.Status, tag = wire.StatusOverdue, s.tagOf(phrase.Verdict(w.Lang, string(sla.Overdue)))
	default:
		m.Status = wire.StatusWaiting
	}
	m.Title = tag + s.text("title_unreadable", textData{"What": subject, "Why": shortened(oneLine(why), longestFault)})
	m.Notes = []string{s.text("note_unreadable", nil)}
}
