package notify

import (
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// narrator tells of one clock of one incident, as it stands now, or of the
// incident by its decisive clock.
type narrator struct {
	Writer
	speaker
	alert    *sla.Alert
	incident *sla.Incident
	clock    *sla.Clock
	vendor   *sla.Vendor  // nil when the catalogue has lost it
	promise  *sla.Promise // nil likewise
	now      time.Time
	state    sla.State
}

// newNarrator returns nil for what is not about a clock.
func newNarrator(w Writer, d *sla.Delivery, now time.Time) *narrator {
	clock := d.Clock
	if clock == nil && d.Incident != nil && d.Alert.Reason == sla.ReasonLogged {
		clock = decisive(d.Incident)
	}
	if d.Incident == nil || clock == nil {
		return nil
	}
	n := &narrator{
		Writer: w, speaker: newSpeaker(w.Lang),
		alert: &d.Alert, incident: d.Incident, clock: clock,
		now: now, state: clock.State,
		promise: w.promise(d.Incident.Vendor, clock.Promise),
	}
	n.vendor, _ = w.Vendors.Vendor(d.Incident.Vendor)
	// The watch loop may be a moment behind; the message must not say that
	// minus one second is left.
	ahead := n.state == sla.Running || n.state == sla.AtRisk
	if due := clock.Due; ahead && !due.IsZero() && !sla.InTime(due, now) {
		n.state = sla.Overdue
	}
	return n
}

func (n *narrator) write(m *Message) {
	m.Thread = n.incident.ID.String()
	m.Status = n.status()
	m.Title = n.tag() + n.headline() + " " + n.incident.ID.String()
	m.Fields = n.fields()
	m.Notes = n.notes()
	m.Quote = n.quote()
	m.Explanation = n.explanation()
	m.Link = Link{Text: n.say("open_incident", nil), URL: n.incidentURL()}
	m.Actions = n.actions()
	m.Facts = n.facts()
}

// owned reports whether the case is shown as in somebody's hands. Escalation
// does not stop for that.
func (n *narrator) owned() bool {
	return n.state.Open() && n.alert.Reason != sla.ReasonEscalation && n.incident.Acknowledged.Quiets(n.now)
}

func (n *narrator) status() Status {
	if n.owned() {
		return StatusAcknowledged
	}
	switch n.state {
	case sla.AtRisk:
		return StatusWarning
	case sla.Overdue:
		return StatusOverdue
	case sla.Met:
		return StatusMet
	case sla.Late:
		return StatusLate
	case sla.Running, sla.Pending:
		return StatusWaiting
	}
	switch {
	case n.unasked():
		return StatusMet
	case n.newlyLogged():
		return StatusWaiting
	}
	return StatusCancelled
}

// unasked reports whether the vendor spoke though it owed nothing.
func (n *narrator) unasked() bool {
	return (n.state == sla.NoCommitment || n.state == sla.NotApplicable) && !n.clock.NoticeAt.IsZero()
}

// tag opens the title with the one word that decides whether to get up.
func (n *narrator) tag() string {
	status := n.status()
	switch {
	case n.unasked():
		return n.say("tag_notified", nil)
	case n.newlyLogged() && status != StatusAcknowledged:
		return n.say("tag_logged", nil)
	case status == StatusCancelled:
		return n.say("tag_"+string(n.state), nil)
	}
	if status == StatusOverdue && (n.alert.Reason == sla.ReasonRepeat || n.alert.Reason == sla.ReasonEscalation) {
		return n.say("tag_overdue_"+string(n.alert.Reason), nil)
	}
	return n.say("tag_"+string(status), words{"By": shortened(n.incident.Acknowledged.By, 12)})
}

func (n *narrator) headline() string {
	blanks := words{"Who": n.who()}
	switch {
	case n.newlyLogged():
		return n.loggedHeadline()
	case n.unasked():
		blanks["Notified"] = n.notified()
		return n.say("title_notified", blanks)
	}
	switch n.state {
	case sla.Running, sla.AtRisk, sla.Pending:
		if n.clock.Due.IsZero() {
			return n.say("title_no_due", blanks)
		}
		blanks["Left"] = phrase.Duration(n.Lang, n.clock.Due.Sub(n.now))
		blanks["Due"] = n.deadline(n.clock.Due)
		return n.say("title_ahead", blanks)
	case sla.Overdue:
		past := n.now.Sub(n.clock.Due)
		if past < time.Minute {
			blanks["Due"] = n.deadline(n.clock.Due)
			return n.say("title_overdue_now", blanks)
		}
		blanks["Past"] = phrase.Duration(n.Lang, past)
		return n.say("title_overdue", blanks)
	case sla.Met, sla.Late:
		blanks["Notified"] = n.notified()
		return n.say("title_notified", blanks)
	default:
		return n.say("title_"+string(n.state), blanks)
	}
}

// who names the vendor and the service, as far as they are known, and short
// enough that the rest of the title is never cut off.
func (n *narrator) who() string {
	name := n.incident.Vendor
	if n.vendor != nil {
		name = n.vendor.Name.In(n.Lang)
	}
	name = shortened(name, 24)
	if n.incident.Service == "" {
		return name
	}
	return n.say("who", words{"Vendor": name, "Service": shortened(n.incident.Service, 24)})
}

// shortened cuts a name to so many characters.
func shortened(name string, longest int) string {
	if runes := []rune(name); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return name
}

// notified says when the notice came, measured against the deadline.
func (n *narrator) notified() string {
	at := n.clock.NoticeAt.In(n.zone())
	blanks := words{"At": n.clockTime(at)}
	if n.clock.Due.IsZero() {
		return n.say("notified_plain", blanks)
	}
	ahead := n.clock.Due.Sub(at)
	blanks["By"] = phrase.Duration(n.Lang, ahead)
	switch {
	case n.state == sla.Late:
		return n.say("notified_after", blanks)
	case ahead < time.Second:
		return n.say("notified_on_time", blanks)
	default:
		return n.say("notified_before", blanks)
	}
}

// clockTime writes the time of day alone when t is today.
func (n *narrator) clockTime(t time.Time) string {
	if t.Format(time.DateOnly) == n.now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return phrase.Instant(n.Lang, t, n.now)
}

// instant and deadline write t in the zone of the reader, and name the zone:
// a team on two continents reads one channel.
func (n *narrator) instant(t time.Time) string {
	t = t.In(n.zone())
	return phrase.Instant(n.Lang, t, n.now) + " " + t.Format("MST")
}

func (n *narrator) deadline(t time.Time) string {
	t = t.In(n.zone())
	return phrase.Deadline(n.Lang, t, n.now) + " " + t.Format("MST")
}

func (n *narrator) notes() (notes []string) {
	if !n.alert.DueAt.IsZero() && !n.clock.Due.IsZero() && !n.alert.DueAt.Equal(n.clock.Due) {
		notes = append(notes, n.say("note_moved", words{"Due": n.deadline(n.alert.DueAt)}))
	}
	if n.clock.NotProvable() && n.state == sla.Late {
		return append(notes, n.say("note_not_provable", nil))
	}
	if n.state.Open() && n.clock.Start.Basis == sla.Assumed {
		notes = append(notes, n.say("note_assumed", words{"From": n.moment(n.clock.Start.From)}))
	}
	return notes
}

func (n *narrator) moment(m sla.Moment) string { return sla.MomentText(n.Lang, m.String()) }

// quote gives the vendor's own words as they were kept with the clock.
func (n *narrator) quote() Quote {
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
	return Quote{
		Heading: n.say("quote", nil), Text: source.Quote,
		Source: strings.Join(origin, ", "), URL: source.URL,
	}
}

// explanation tells how the deadline came about, without the clause: the
// quote shows that already.
func (n *narrator) explanation() Section {
	lines := n.clock.Explanation.Reasons(n.Lang)
	if len(lines) == 0 {
		return Section{}
	}
	return Section{Heading: n.say("explanation", nil), Lines: lines}
}

func (n *narrator) facts() *Facts {
	facts := &Facts{
		Reason: n.alert.Reason, Incident: n.incident.ID, Reference: n.incident.Reference,
		Vendor: n.incident.Vendor, Service: n.incident.Service,
		Promise: n.clock.Promise, Stage: n.clock.Stage, State: n.state,
		Start: n.clock.Start.At, Basis: n.clock.Start.Basis, Due: n.clock.Due,
		BreachedAt: n.clock.BreachedAt, NoticeAt: n.clock.NoticeAt,
	}
	if n.incident.Acknowledged.Quiets(n.now) {
		facts.Acknowledged = n.incident.Acknowledged.By
	}
	return facts
}
