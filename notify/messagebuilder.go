package notify

import (
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// messageBuilder builds the message about one clock from its present state, or
// about an incident from its decisive clock.
type messageBuilder struct {
	Writer
	texts
	alert    *outbox.Alert
	incident *sla.Incident
	clock    *sla.Clock
	vendor   *sla.Vendor  // nil when the catalogue no longer has it
	promise  *sla.Promise // nil likewise
	now      time.Time
	state    sla.State
	news     *news // the change that an update reports as a new message; nil: the update edits its post
}

// newMessageBuilder returns nil for a delivery that is not about a clock.
func newMessageBuilder(w Writer, d *outbox.Delivery, now time.Time) *messageBuilder {
	clock := d.Clock
	if clock == nil && d.Incident != nil && d.Alert.Reason == outbox.ReasonLogged {
		clock = decisive(d.Incident)
	}
	var change *news
	if w.once && d.Kind == outbox.Update && clock != nil {
		change = newNews(d, clock)
		clock = change.clock
	}
	if d.Incident == nil || clock == nil {
		return nil
	}
	n := &messageBuilder{
		Writer: w, texts: textsIn(w.Lang),
		alert: &d.Alert, incident: d.Incident, clock: clock,
		now: now, state: clock.State, news: change,
		promise: w.promiseOf(d.Incident.Vendor, clock),
	}
	n.vendor, _ = w.Vendors.Vendor(d.Incident.Vendor)
	// The watch loop may be a moment behind; the message must not show a negative
	// time left.
	ahead := n.state == sla.Running || n.state == sla.AtRisk
	if due := clock.Due; ahead && !due.IsZero() && !sla.InTime(due, now) {
		n.state = sla.Overdue
	}
	return n
}

func (n *messageBuilder) write(m *wire.Message) {
	m.Thread = n.incident.ID.String()
	m.Status = n.status()
	m.Title = n.tag() + n.headline() + " " + n.incident.ID.String()
	m.Fields = n.fields()
	m.Notes = n.notes()
	m.Quote = n.quote()
	m.Explanation = n.explanation()
	m.Link = wire.Link{Text: n.text("open_incident", nil), URL: n.incidentURL()}
	m.Actions = n.actions()
	m.Facts = n.facts()
	m.Clock = n.alert.Clock
}

// owned reports whether the message shows an owner. An escalation ignores the
// owner.
func (n *messageBuilder) owned() bool {
	escalates := n.alert.Reason == outbox.ReasonEscalation && n.news == nil
	return n.state.Open() && !escalates && n.incident.Acknowledged.Quiets(n.now)
}

func (n *messageBuilder) status() wire.Status {
	if n.owned() {
		return wire.StatusAcknowledged
	}
	switch n.state {
	case sla.AtRisk:
		return wire.StatusWarning
	case sla.Overdue:
		return wire.StatusOverdue
	case sla.Met:
		return wire.StatusMet
	case sla.Late:
		return wire.StatusLate
	case sla.Running, sla.Pending:
		return wire.StatusWaiting
	}
	switch {
	case n.unasked():
		return wire.StatusMet
	case n.newlyLogged():
		return wire.StatusWaiting
	}
	return wire.StatusCancelled
}

// unasked reports whether the vendor sent a notice that it did not owe.
func (n *messageBuilder) unasked() bool {
	return (n.state == sla.NoCommitment || n.state == sla.NotApplicable) && !n.clock.NotifiedAt.IsZero()
}

// tag begins the title with the word that decides whether to act at once.
func (n *messageBuilder) tag() string {
	status := n.status()
	switch {
	case n.premature():
		return n.text("tag_premature", nil)
	case n.news != nil && n.state.Open() && status != wire.StatusAcknowledged:
		return n.text(n.news.tag(), nil)
	case n.unasked():
		return n.text(n.worded("tag_notified"), nil)
	case n.newlyLogged() && status != wire.StatusAcknowledged:
		return n.text("tag_logged", nil)
	case status == wire.StatusCancelled:
		return n.tagOf(n.stateWord(n.clock))
	}
	if status == wire.StatusOverdue && (n.alert.Reason == outbox.ReasonRepeat || n.alert.Reason == outbox.ReasonEscalation) {
		return n.text("tag_overdue_"+string(n.alert.Reason), textData{"State": strings.ToUpper(phrase.Verdict(n.Lang, string(sla.Overdue)))})
	}
	switch status {
	case wire.StatusWarning:
		return n.tagOf(phrase.State(n.Lang, string(n.state)))
	case wire.StatusOverdue, wire.StatusMet, wire.StatusLate:
		return n.verdictTag()
	}
	if status == wire.StatusWaiting {
		return n.text(n.worded("tag_waiting"), nil)
	}
	return n.text("tag_"+string(status), textData{"By": shortened(n.incident.Holder(), 12)})
}

// stateWord names the state of a clock of the incident in the words of what it awaits.
func (n *messageBuilder) stateWord(c *sla.Clock) string {
	return phrase.StateOf(n.Lang, string(n.incident.Awaits(c)), string(c.State))
}

// verdictTag is the tag of a clock that is decided, or past its deadline.
func (n *messageBuilder) verdictTag() string {
	return n.tagOf(phrase.Verdict(n.Lang, string(n.state)))
}

func (n *messageBuilder) headline() string {
	data := textData{"Who": n.who()}
	if n.ours() {
		data = n.dutyData()
	}
	switch {
	case n.newlyLogged():
		return n.loggedHeadline()
	case n.unasked():
		data["Notified"] = n.notified()
		return n.text(n.worded("title_notified"), data)
	}
	switch n.state {
	case sla.Running, sla.AtRisk, sla.Pending:
		switch {
		case n.clock.OutOfReach():
			return n.text(n.worded("title_out_of_reach"), data)
		case n.clock.Due.IsZero():
			return n.text(n.worded("title_no_due"), data)
		}
		data["Left"] = phrase.Duration(n.Lang, n.clock.Due.Sub(n.now))
		data["Due"] = n.deadline(n.clock.Due)
		return n.text(n.worded("title_ahead"), data)
	case sla.Overdue:
		past := n.now.Sub(n.clock.Due)
		if past < time.Minute {
			data["Due"] = n.deadline(n.clock.Due)
			return n.text(n.worded("title_overdue_now"), data)
		}
		data["Past"] = phrase.Duration(n.Lang, past)
		return n.text(n.worded("title_overdue"), data)
	case sla.Met, sla.Late:
		data["Notified"] = n.notified()
		return n.text(n.worded("title_notified"), data)
	default:
		return n.text(n.worded("title_"+string(n.state)), data)
	}
}

// who names the vendor and, if known, the service, short enough that the rest of
// the title is never cut off.
func (n *messageBuilder) who() string {
	name := n.incident.Vendor
	if n.vendor != nil {
		name = n.vendor.Name.In(n.Lang)
	}
	name = shortened(name, 24)
	if n.incident.Service == "" {
		return name
	}
	return n.text("who", textData{"Vendor": name, "Service": shortened(n.incident.Service, 24)})
}

// shortened cuts a name to at most longest characters.
func shortened(name string, longest int) string {
	if runes := []rune(name); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return name
}

// notified gives the notice's time and its distance from the deadline.
func (n *messageBuilder) notified() string {
	at := n.clock.NotifiedAt.In(n.zone())
	data := textData{"At": n.clockTime(at)}
	if n.clock.Due.IsZero() {
		return n.text(n.worded("notified_plain"), data)
	}
	if said := prose.Verdict(n.Lang, n.clock); said != "" {
		data["Said"] = said
		return n.text(n.worded("notified_said"), data)
	}
	ahead := n.clock.Due.Sub(at)
	data["By"] = phrase.Duration(n.Lang, ahead)
	switch {
	case n.state == sla.Late:
		return n.text(n.worded("notified_after"), data)
	case ahead < time.Second:
		return n.text(n.worded("notified_on_time"), data)
	default:
		return n.text(n.worded("notified_before"), data)
	}
}

// clockTime writes the time of day alone when t is today.
func (n *messageBuilder) clockTime(t time.Time) string {
	if t.Format(time.DateOnly) == n.now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return phrase.Instant(n.Lang, t, n.now)
}

// instant and deadline write t in the reader's zone and name the zone, because
// teams in different zones may share a channel.
func (n *messageBuilder) instant(t time.Time) string {
	t = t.In(n.zone())
	return phrase.Instant(n.Lang, t, n.now) + " " + phrase.Zone(t)
}

func (n *messageBuilder) deadline(t time.Time) string {
	t = t.In(n.zone())
	return phrase.Deadline(n.Lang, t, n.now) + " " + phrase.Zone(t)
}

func (n *messageBuilder) notes() (notes []string) {
	if n.premature() {
		notes = append(notes, n.text("note_premature", nil))
	}
	if was := n.dueBefore(); !was.IsZero() && !n.clock.Due.IsZero() && !was.Equal(n.clock.Due) {
		notes = append(notes, n.text("note_moved", textData{"Due": n.deadline(was)}))
	}
	if n.ours() {
		return append(notes, n.dutyNotes()...)
	}
	notes = append(notes, n.answerNotes()...)
	facts := prose.UnknownFacts(n.Lang, n.clock)
	startKnown := facts != "" && n.clock.Start.Basis != sla.Assumed
	switch late := n.clock.NotProvable() && n.state == sla.Late; {
	case late && startKnown:
		notes = append(notes, n.text("note_not_provable_facts", textData{"Facts": facts}))
	case late:
		notes = append(notes, n.text("note_not_provable", nil))
	case n.state.Open() && n.clock.Assumed() && startKnown:
		notes = append(notes, n.text("note_strictest", textData{"Facts": facts}))
	case n.state.Open() && n.clock.Assumed():
		notes = append(notes, n.text("note_assumed", textData{"From": n.moment(n.clock.Start.From)}))
	}
	if warn := n.clock.Explanation.Bounds.Warn; !warn.IsZero() && n.state.Open() && n.now.Before(n.clock.Due) {
		notes = append(notes, n.text("note_waiting", textData{"Due": n.deadline(warn)}))
	}
	return notes
}

// answerNotes explain how the notice that stopped the clock differs from a
// complete one.
func (n *messageBuilder) answerNotes() []string {
	if n.clock.NotifiedAt.IsZero() {
		return nil
	}
	return prose.Answer(n.Lang, &n.clock.Explanation.Answer, n.promise)
}

// dueBefore is the deadline that the reader saw last: the alert's or, in news,
// the one of the last message.
func (n *messageBuilder) dueBefore() time.Time {
	if n.news != nil {
		return n.news.dueBefore
	}
	return n.alert.DueAt
}

func (n *messageBuilder) moment(m sla.Moment) string { return prose.Moment(n.Lang, m.String()) }

// quote returns the vendor's clause as stored with the clock.
func (n *messageBuilder) quote() wire.Quote {
	source := n.clock.Explanation.Source
	if source == (sla.Source{}) && n.promise != nil {
		source = n.promise.Source
	}
	var origin []string
	for _, part := range []string{source.Document, source.Edition, source.Section} {
		if part != "" {
			origin = append(origin, part)
		}
	}
	return wire.Quote{
		Heading: n.text(n.worded("quote"), nil), Text: source.Quote,
		Source: strings.Join(origin, ", "), URL: source.URL,
	}
}

// explanation shows how the deadline was computed, without the clause, which
// the quote shows.
func (n *messageBuilder) explanation() wire.Section {
	lines := prose.Reasons(n.Lang, &n.clock.Explanation)
	if len(lines) == 0 {
		return wire.Section{}
	}
	return wire.Section{Heading: n.text("explanation", nil), Lines: lines}
}

func (n *messageBuilder) facts() *wire.Facts {
	facts := &wire.Facts{
		Reason: n.alert.Reason, Incident: n.incident.ID, Reference: n.incident.Reference,
		Vendor: n.incident.Vendor, Service: n.incident.Service,
		Promise: n.clock.Promise, Stage: n.clock.Stage, State: n.state,
		Start: n.clock.Start.At, Basis: n.clock.Basis(), Due: n.clock.Due,
		BreachedAt: n.clock.BreachedAt, NotifiedAt: n.clock.NotifiedAt,
	}
	if n.ours() {
		facts.OwedBy, facts.Duty, facts.To = sla.Us, n.clock.Regime(), n.dutyData()["To"]
	}
	if n.incident.Acknowledged.Quiets(n.now) {
		facts.Acknowledged = n.incident.Acknowledged.By
	}
	return facts
}
