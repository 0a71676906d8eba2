package notify

import "kigen/sla"

// premature reports whether the message belongs to an alert that was sent too
// early and whose deadline is still ahead. Once the deadline has passed or a
// notice came, the message shows the usual state.
func (n *messageBuilder) premature() bool {
	return n.alert.Premature && (n.state == sla.Running || n.state == sla.AtRisk || n.state == sla.Pending)
}
