package notify

import (
	"cmp"
	"slices"
	"strings"

	"kigen/sla"
)

// decisive is the clock that a message about the whole incident is told by: of
// those in the most pressing state the one that is due first. It is nil when
// there is none.
func decisive(inc *sla.Incident) *sla.Clock {
	var first *sla.Clock
	for i := range inc.Clocks {
		if c := &inc.Clocks[i]; first == nil || pressing(c, first) < 0 {
			first = c
		}
	}
	return first
}

// pressing compares by state and, within one, by deadline. A state has
// deadlines for all of its clocks or for none.
func pressing(a, b *sla.Clock) int {
	rank := func(c *sla.Clock) int { return slices.Index(sla.States[:], c.State) }
	return cmp.Or(rank(a)-rank(b), a.Due.Compare(b.Due))
}

// ofIncident reports whether the message is about the incident as a whole.
func (n *narrator) ofIncident() bool { return n.alert.Reason == sla.ReasonLogged }

// newlyLogged reports whether the news is still that the incident was logged:
// no deadline has passed, the vendor has not spoken and nobody withdrew it.
func (n *narrator) newlyLogged() bool {
	if !n.ofIncident() || !n.clock.NoticeAt.IsZero() {
		return false
	}
	switch n.state {
	case sla.Running, sla.AtRisk, sla.Pending, sla.NoCommitment, sla.NotApplicable:
		return true
	}
	return false
}

// loggedHeadline names the deadline that comes first, or says why there is
// none. It holds no time that is left: nobody updates it while time passes.
func (n *narrator) loggedHeadline() string {
	blanks := words{"Who": n.who()}
	if !n.clock.Due.IsZero() {
		blanks["Due"] = n.deadline(n.clock.Due)
		return n.say("title_logged", blanks)
	}
	return n.say("title_logged_"+string(n.state), blanks)
}

// deadlines lists the deadline of each clock with what is promised by then.
func (n *narrator) deadlines() string {
	lines := make([]string, len(n.incident.Clocks))
	for i := range n.incident.Clocks {
		c := &n.incident.Clocks[i]
		name := c.Promise
		if p := n.Writer.promise(n.incident.Vendor, c.Promise); p != nil {
			name = p.Name.In(n.Lang)
			if c.Stage != "" {
				name = p.StageText(c.Stage).In(n.Lang)
			}
		}
		due := n.say("due_"+string(dueless(c)), nil)
		if !c.Due.IsZero() {
			due = n.deadline(c.Due)
		}
		lines[i] = n.say("due_of", words{"Name": name, "Due": due})
	}
	return strings.Join(lines, "\n")
}

// dueless is the state that says why a clock has no deadline.
func dueless(c *sla.Clock) sla.State {
	switch c.State {
	case sla.NoCommitment, sla.NotApplicable, sla.Cancelled, sla.Waived:
		return c.State
	}
	return sla.Pending
}
