package notify

import (
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// fields lists the facts of the case, those that decide what to do first.
func (n *narrator) fields() []Field {
	var fields []Field
	add := func(id, value string) {
		if value != "" {
			fields = append(fields, Field{Name: n.say(id, nil), Value: value})
		}
	}
	add("field_incident", n.incident.Title)
	add("field_severity", n.severity())
	if n.ofIncident() && len(n.incident.Clocks) > 1 {
		add("field_due", n.deadlines())
	} else {
		add("field_due", n.due())
	}
	add("field_start", n.start())
	add("field_promise", n.promised())
	add("field_notice", n.notice())
	if n.state.Open() {
		add("field_owner", n.owner())
	}
	if n.state.Open() || n.newlyLogged() {
		add("field_contact", n.contact())
	}
	if n.state == sla.Cancelled {
		add("field_reason", n.incident.CancelReason)
	}
	return fields
}

func (n *narrator) severity() string {
	if n.incident.Severity == "" {
		return ""
	}
	return n.say("severity_"+string(n.incident.Severity), nil)
}

// due gives the deadline and, while the vendor is silent, how far off it is
// at the time of sending.
func (n *narrator) due() string {
	due := n.clock.Due
	switch {
	case due.IsZero() && (n.state == sla.Pending || n.newlyLogged()):
		return n.say("due_"+string(dueless(n.clock)), nil)
	case due.IsZero():
		return ""
	case n.newlyLogged():
		return n.deadline(due)
	}
	blanks := words{"Due": n.deadline(due), "Now": n.now.Format("15:04")}
	switch off := due.Sub(n.now); {
	case !n.state.Open():
		return n.deadline(due)
	case n.state == sla.Overdue:
		if -off < time.Minute {
			return n.deadline(due)
		}
		blanks["Past"] = phrase.Duration(n.Lang, off)
		return n.say("due_past", blanks)
	default:
		blanks["Left"] = phrase.Duration(n.Lang, off)
		return n.say("due_left", blanks)
	}
}

func (n *narrator) start() string {
	start := n.clock.Start
	if start.At.IsZero() {
		return n.say("start_unknown", nil)
	}
	id := "start"
	if start.Basis == sla.Assumed {
		id = "start_assumed"
	}
	return n.say(id, words{"At": n.instant(start.At), "Moment": n.clock.StartText(n.Lang)})
}

// promised names the promise and how firmly the vendor is bound by it.
func (n *narrator) promised() string {
	if n.promise == nil {
		return n.clock.Promise
	}
	parts := []string{n.promise.Name.In(n.Lang)}
	if n.clock.Stage != "" {
		parts = append(parts, n.promise.StageText(n.clock.Stage).In(n.Lang))
	}
	if n.promise.Strength != "" {
		parts = append(parts, n.say("strength_"+string(n.promise.Strength), nil))
	}
	return strings.Join(parts, " / ")
}

// notice describes the notice that stopped the clock.
func (n *narrator) notice() string {
	if n.clock.NoticeAt.IsZero() || n.state.Open() {
		return ""
	}
	parts := []string{n.instant(n.clock.NoticeAt)}
	for _, notice := range n.incident.Notices {
		if !notice.ReceivedAt.Equal(n.clock.NoticeAt) {
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

func (n *narrator) owner() string {
	ack := n.incident.Acknowledged
	if !ack.Quiets(n.now) {
		return n.say("owner_none", nil)
	}
	blanks := words{"By": ack.By, "Since": n.clockTime(ack.At.In(n.zone()))}
	if ack.Until.IsZero() {
		return n.say("owner", blanks)
	}
	blanks["Until"] = n.clockTime(ack.Until.In(n.zone()))
	return n.say("owner_until", blanks)
}

func (n *narrator) contact() string {
	if n.vendor == nil {
		return ""
	}
	return n.vendor.Contact
}
