package notify

import (
	"cmp"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// decisive returns the clock that represents the whole incident in a message:
// among the clocks in the most pressing state, the one that is due first. It is
// nil for an incident without clocks.
func decisive(inc *sla.Incident) *sla.Clock {
	var first *sla.Clock
	for i := range inc.Clocks {
		if c := &inc.Clocks[i]; first == nil || pressing(c, first) < 0 {
			first = c
		}
	}
	return first
}

// pressing compares by state, then by deadline. Either all clocks in a state
// have deadlines or none has.
func pressing(a, b *sla.Clock) int {
	rank := func(c *sla.Clock) int { return slices.Index(sla.States[:], c.State) }
	return cmp.Or(rank(a)-rank(b), a.Due.Compare(b.Due))
}

// ofIncident reports whether the message announces the incident as a whole, and
// not a later change.
func (n *messageBuilder) ofIncident() bool {
	return n.alert.Reason == outbox.ReasonLogged && n.news == nil
}

// newlyLogged reports whether the message still announces a new incident: no
// deadline has passed, there is no notice, and the incident is not cancelled.
func (n *messageBuilder) newlyLogged() bool {
	if !n.ofIncident() || !n.clock.NotifiedAt.IsZero() {
		return false
	}
	switch n.state {
	case sla.Running, sla.AtRisk, sla.Pending, sla.NoCommitment, sla.NotApplicable:
		return true
	}
	return false
}

// loggedHeadline names the first deadline, or the reason why there is none. It
// does not mention the time left, because the message is not updated as time
// passes.
func (n *messageBuilder) loggedHeadline() string {
	data := textData{"Who": n.who(), "What": phrase.Kind(n.Lang, string(n.incident.Kind))}
	if !n.clock.Due.IsZero() {
		data["Due"] = n.deadline(n.clock.Due)
		return n.text(n.worded("title_logged"), data)
	}
	return n.text(n.worded("title_logged_"+string(n.state)), data)
}

// deadlines lists the deadline of each clock with the name of its promise.
func (n *messageBuilder) deadlines() string {
	lines := make([]string, len(n.incident.Clocks))
	for i := range n.incident.Clocks {
		c := &n.incident.Clocks[i]
		due := n.dueless(c)
		switch {
		case !c.Due.IsZero():
			due = n.deadline(c.Due)
		case c.OutOfReach():
			due = n.text("due_out_of_reach", nil)
		}
		lines[i] = n.text("due_of", textData{"Name": n.dutyName(c), "Due": due})
	}
	return strings.Join(lines, "\n")
}

// dutyName names a clock among those of its incident: by its stage, or by its
// promise.
func (n *messageBuilder) dutyName(c *sla.Clock) string {
	p := n.promiseOf(n.incident.Vendor, c)
	if r := n.Duties.Regime(c.Regime()); r != nil && p != nil {
		return n.text("duty_name", textData{"To": r.To.In(n.Lang), "Report": p.StageText(c.Stage).In(n.Lang)})
	}
	switch {
	case p == nil:
		return c.Promise
	case c.Stage != "":
		return p.StageText(c.Stage).In(n.Lang)
	}
	return p.Title(n.Lang)
}

// dueless names the state that explains why a clock has no deadline.
func (n *messageBuilder) dueless(c *sla.Clock) string {
	switch c.State {
	case sla.NoCommitment, sla.NotApplicable, sla.Cancelled, sla.Waived:
		return n.stateWord(c)
	}
	return n.text("due_pending", nil)
}
