package notify

import "kigen/sla"

// The actions that a message can offer. A destination that reports clicks
// reports them under these ids.
const (
	ActionAcknowledge = "kigen_ack"    // the value is the incident's id
	ActionNotice      = "kigen_notice" // likewise
	ActionSnooze      = "kigen_snooze" // likewise
	ActionChaser      = "kigen_chaser" // likewise
	ActionOpen        = "kigen_open"   // leads to the URL; there is nothing to do
)

// ActionPrimary is the Style of the action that a person most likely wants.
const ActionPrimary = "primary"

// Action is something that a person can do from the message itself.
type Action struct {
	ID    string // one of the Action constants
	Text  string
	Value string // what it is done to: an incident's id such as KGN-12; empty for ActionOpen
	URL   string // of ActionOpen alone
	Style string // ActionPrimary, or empty
}

// actions are what can be done about the clock as it stands: nothing is left
// to acknowledge once the vendor has spoken. Where nobody would hear a click,
// only the link is offered.
func (n *narrator) actions() []Action {
	var actions []Action
	offer := func(id, style string) {
		if n.Interactive {
			actions = append(actions, Action{ID: id, Text: n.say(id, nil), Value: n.incident.ID.String(), Style: style})
		}
	}
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
	if url := n.incidentURL(); url != "" {
		actions = append(actions, Action{ID: ActionOpen, Text: n.say("open_incident", nil), URL: url})
	}
	return actions
}

// chaseable reports whether there is something to ask the vendor for: a notice
// that is owed or hoped for, or the reason why it came late.
func (n *narrator) chaseable() bool {
	return n.state.Open() || n.state == sla.Late || n.state == sla.NoCommitment && n.clock.NoticeAt.IsZero()
}

func (n *narrator) incidentURL() string { return n.link("/incidents/" + n.incident.ID.String()) }
