package notify

import (
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// news is a change of an incident, for a message at a destination that cannot
// edit earlier messages.
type news struct {
	clock     *sla.Clock   // the main subject of the message
	others    []*sla.Clock // further clocks that changed
	dueBefore time.Time    // the clock's deadline in the last message; zero: unknown or none
	moved     bool         // the clock's deadline changed
}

// newNews compares the incident with the last message at the destination. The
// given clock is that of the post that the update replies to. The news is about
// the most pressing clock that got a notice since, else the most pressing one
// that changed, else the most pressing one that the last message showed.
func newNews(d *outbox.Delivery, clock *sla.Clock) *news {
	if d.Said == nil {
		return newsOf(clock, d.Alert.DueAt, d.Clock == clock)
	}
	now := outbox.Standing(d.Incident)
	var changed, answered []*sla.Clock
	for _, c := range d.Incident.AllClocks() {
		before, known := d.Said.Clocks[c.ID]
		if before == now.Clocks[c.ID] {
			continue
		}
		changed = append(changed, c)
		if !c.NotifiedAt.IsZero() && (!known || before.Closed == "") {
			answered = append(answered, c)
		}
	}
	switch {
	case len(answered) > 0:
		clock = foremost(answered)
	case len(changed) > 0:
		clock = foremost(changed)
	default:
		clock = foremost(saidOf(d))
	}
	before := d.Said.Clocks[clock.ID].Due
	n := newsOf(clock, time.UnixMilli(before), before != 0)
	for _, c := range changed {
		if c != clock {
			n.others = append(n.others, c)
		}
	}
	return n
}

// newsOf returns news of one clock. If known is set, due is its deadline in the
// last message.
func newsOf(clock *sla.Clock, due time.Time, known bool) *news {
	n := &news{clock: clock}
	if known {
		n.dueBefore = due
	}
	n.moved = !n.dueBefore.IsZero() && !n.dueBefore.Equal(clock.Due)
	return n
}

// saidOf lists the clocks that the last message showed, or all if it showed none.
func saidOf(d *outbox.Delivery) (clocks []*sla.Clock) {
	all := d.Incident.AllClocks()
	for _, c := range all {
		if _, ok := d.Said.Clocks[c.ID]; ok {
			clocks = append(clocks, c)
		}
	}
	if len(clocks) == 0 {
		return all
	}
	return clocks
}

// foremost returns the most pressing clock, see pressing.
func foremost(clocks []*sla.Clock) *sla.Clock {
	first := clocks[0]
	for _, c := range clocks[1:] {
		if pressing(c, first) < 0 {
			first = c
		}
	}
	return first
}

// tag returns the text id of the title's tag for news that is neither about a
// notice nor about an owner. It differs from the tag of the alert.
func (n *news) tag() string {
	if n.moved {
		return "tag_moved"
	}
	return "tag_updated"
}

// alsoChanged lists the other clocks that changed, with their states.
func (n *messageBuilder) alsoChanged() string {
	if n.news == nil {
		return ""
	}
	lines := make([]string, len(n.news.others))
	for i, c := range n.news.others {
		lines[i] = n.text("due_of", textData{"Name": n.dutyName(c), "Due": n.becameOf(c)})
	}
	return strings.Join(lines, "\n")
}

func (n *messageBuilder) becameOf(c *sla.Clock) string {
	switch {
	case c.State == sla.Met || c.State == sla.Late:
		data := textData{"At": phrase.Instant(n.Lang, c.NotifiedAt.In(n.zone()), n.now), "Verdict": phrase.Verdict(n.Lang, string(c.State))}
		id := "line_notified"
		if deed := n.incident.Awaits(c); !ofVendorNotices(deed) {
			id, data["Done"] = "line_done", phrase.Done(n.Lang, string(deed))
		}
		return n.text(id, data)
	case !c.State.Open():
		return n.stateWord(c)
	case c.Due.IsZero():
		return n.dueless(c)
	}
	return n.deadline(c.Due)
}
