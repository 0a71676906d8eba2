package notify

import (
	"strconv"

	"kigen/notify/wire"
	"kigen/sla"
)

// The actions that a message can offer. A destination that reports clicks
// reports them under these ids.
const (
	ActionAcknowledge = "kigen_ack"    // the value is the incident's id
	ActionNotice      = "kigen_notice" // likewise
	ActionSnooze      = "kigen_snooze" // likewise
	ActionChaser      = "kigen_chaser" // likewise
	ActionOpen        = "kigen_open"   // opens the URL

	ActionItemNotice  = "kigen_item_notice"  // the value is the number of an item of the inbox, and its incident's id
	ActionItemDismiss = "kigen_item_dismiss" // the value is the number of an item of the inbox
)

// ActionPrimary is the Style of the action that a person most likely wants.
const ActionPrimary = "primary"

// actions returns the actions that the clock's state allows: a clock with a
// notice needs no acknowledgement. Without Interactive, only the link remains,
// because no component receives clicks.
func (n *messageBuilder) actions() []wire.Action {
	var actions []wire.Action
	offer := func(id, style string) {
		if n.Interactive {
			actions = append(actions, wire.Action{ID: id, Text: n.text(id, nil), Value: n.incident.ID.String(), Style: style})
		}
	}
	if n.ours() {
		if n.state.Open() && !n.incident.Acknowledged.Quiets(n.now) {
			offer(ActionAcknowledge, ActionPrimary)
		}
		if n.state.Open() {
			offer(ActionSnooze, "")
		}
	} else {
		n.vendorActions(offer)
	}
	if url := n.incidentURL(); url != "" {
		actions = append(actions, wire.Action{ID: ActionOpen, Text: n.text("open_incident", nil), URL: url})
	}
	return actions
}

// vendorActions are those that a vendor's clock allows.
func (n *messageBuilder) vendorActions(offer func(id, style string)) {
	if n.state.Open() {
		if n.incident.Acknowledged.Quiets(n.now) {
			offer(ActionNotice, ActionPrimary)
		} else {
			offer(ActionAcknowledge, ActionPrimary)
			offer(ActionNotice, "")
		}
		offer(ActionSnooze, "")
	}
	if n.state == sla.NoCommitment && n.chaseable() {
		offer(ActionNotice, "")
	}
	if n.chaseable() {
		offer(ActionChaser, "")
	}
}

// chaseable reports whether a chaser to the vendor makes sense: it asks for a
// missing notice, or for the reason of a late one.
func (n *messageBuilder) chaseable() bool {
	return n.state.Open() || n.state == sla.Late || n.state == sla.NoCommitment && n.clock.NotifiedAt.IsZero()
}

func (n *messageBuilder) incidentURL() string { return n.link("/incidents/" + n.incident.ID.String()) }

// itemActions returns what can be done about one item of the inbox; none where no component
// receives clicks, or where a message is about several items.
func (w Writer) itemActions(body *reportBody, to wire.Link) (actions []wire.Action) {
	if !w.Interactive || len(body.Items) != 1 {
		return nil
	}
	s, item := textsIn(w.Lang), strconv.FormatInt(body.Items[0], 10)
	if body.Notifies && body.Incident != "" {
		actions = append(actions, wire.Action{ID: ActionItemNotice, Text: s.text(ActionItemNotice, nil), Value: item + " " + body.Incident, Style: ActionPrimary})
	}
	actions = append(actions, wire.Action{ID: ActionItemDismiss, Text: s.text(ActionItemDismiss, nil), Value: item})
	if to.URL != "" {
		actions = append(actions, wire.Action{ID: ActionOpen, Text: to.Text, URL: to.URL})
	}
	return actions
}
