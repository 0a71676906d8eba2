package notify

import "kigen/sla"

// premature reports whether the alert was sent before its deadline, which is still
// ahead. After the deadline or a notice the message shows the clock's state as usual.
func (n *messageBuilder) premature() bool {
	return n.alert.Premature && (n.state == sla.Running || n.state == sla.AtRisk || n.state == sla.Pending)
}
