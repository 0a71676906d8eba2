package notify

import (
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// fields lists the incident's facts, those that decide the next action first.
func (n *messageBuilder) fields() []wire.Field {
	var fields []wire.Field
	add := func(id, value string) {
		if value != "" {
			fields = append(fields, wire.Field{Name: n.text(id, nil), Value: phrase.Line(value)})
		}
	}
	add("field_incident", n.incident.Title)
	add("field_kind", n.kind())
	add("field_severity", n.severity())
	if n.ofIncident() && len(n.incident.Clocks) > 1 {
		fields = append(fields, wire.Field{Name: n.text("field_due", nil), Value: n.deadlines()})
	} else {
		add("field_due", n.due())
	}
	add("field_start", n.start())
	if n.ours() {
		n.dutyFields(add)
		add("field_vendor", n.who())
	} else {
		add("field_promise", n.promised())
		add(n.worded("field_notice"), n.notice())
	}
	add("field_changed", n.alsoChanged())
	if n.state.Open() {
		add("field_owner", n.owner())
	}
	if (n.state.Open() || n.newlyLogged()) && !n.ours() {
		add("field_contact", n.contact())
	}
	if n.state == sla.Cancelled {
		add("field_reason", n.incident.CancelReason)
	}
	return fields
}

// kind names the kind of what is no incident.
func (n *messageBuilder) kind() string {
	if n.incident.Kind == "" || n.incident.Kind == sla.KindIncident {
		return ""
	}
	return phrase.Capital(phrase.Kind(n.Lang, string(n.incident.Kind)))
}

func (n *messageBuilder) severity() string {
	if n.incident.Severity == "" {
		return ""
	}
	return phrase.Severity(n.Lang, string(n.incident.Severity))
}

// due returns the deadline and, while the clock is open, its distance from the
// time of sending.
func (n *messageBuilder) due() string {
	due := n.clock.Due
	switch {
	case due.IsZero() && (n.state == sla.Pending || n.newlyLogged()):
		return n.dueless(n.clock)
	case due.IsZero():
		return ""
	case n.newlyLogged():
		return n.deadline(due)
	}
	data := textData{"Due": n.deadline(due), "Now": n.now.Format("15:04")}
	switch off := due.Sub(n.now); {
	case !n.state.Open():
		return n.deadline(due)
	case n.state == sla.Overdue:
		if -off < time.Minute {
			return n.deadline(due)
		}
		data["Past"] = phrase.Duration(n.Lang, off)
		return n.text("due_past", data)
	default:
		data["Left"] = phrase.Duration(n.Lang, off)
		return n.text("due_left", data)
	}
}

func (n *messageBuilder) start() string {
	start := n.clock.Start
	if start.At.IsZero() {
		return n.text("start_unknown", nil)
	}
	id := "start"
	if start.Basis == sla.Assumed {
		id = "start_assumed"
	}
	return n.text(id, textData{"At": n.instant(start.At), "Moment": prose.Start(n.Lang, n.clock)})
}

// promised names the promise and its strength.
func (n *messageBuilder) promised() string {
	if n.promise == nil {
		return n.clock.Promise
	}
	parts := []string{n.promise.Title(n.Lang)}
	if n.clock.Stage != "" {
		parts = append(parts, n.promise.StageText(n.clock.Stage).In(n.Lang))
	}
	if n.promise.Strength != "" {
		parts = append(parts, phrase.Strength(n.Lang, string(n.promise.Strength)))
	}
	return strings.Join(parts, " / ")
}

// notice describes the notice that stopped the clock.
func (n *messageBuilder) notice() string {
	if n.clock.NotifiedAt.IsZero() || n.state.Open() {
		return ""
	}
	parts := []string{n.instant(n.clock.NotifiedAt)}
	for _, notice := range n.incident.Counted() {
		if !notice.ReceivedAt.Equal(n.clock.NotifiedAt) {
			continue
		}
		for _, part := range []string{notice.Channel, notice.Reference} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		break
	}
	return strings.Join(parts, ", ")
}

func (n *messageBuilder) owner() string {
	ack, owner := n.incident.Acknowledged, n.incident.Owner
	switch {
	case ack.Quiets(n.now):
		owner = n.incident.Holder()
	case owner == "":
		return n.text("owner_none", nil)
	default:
		return owner
	}
	data := textData{"By": owner, "Since": n.clockTime(ack.At.In(n.zone()))}
	if ack.Until.IsZero() {
		return n.text("owner", data)
	}
	data["Until"] = n.clockTime(ack.Until.In(n.zone()))
	return n.text("owner_until", data)
}

func (n *messageBuilder) contact() string {
	if n.vendor == nil {
		return ""
	}
	return n.vendor.Contact
}
