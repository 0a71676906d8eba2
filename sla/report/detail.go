package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/backdated"
	"kigen/sla/outbox"
)

// History is an incident with all that happened to it.
type History struct {
	*sla.Incident
	Events []sla.Event // oldest first
	Alerts []SentAlert // by instant
}

// SentAlert is one alert of a clock that reached a destination.
type SentAlert struct {
	Clock  sla.ClockID
	Reason outbox.Reason
	At     time.Time // the first destination had it
}

// otherKind is the kind of what is no incident; empty for an incident.
func otherKind(inc *sla.Incident) sla.IncidentKind {
	if inc.Kind == sla.KindIncident {
		return ""
	}
	return inc.Kind
}

func isCase(v Verdict) bool { return v == Overdue || v == Late || v == NotProvable }

func isExcluded(v Verdict) bool { return v == NotApplicable || v == Cancelled || v == Waived }

// detail lists the incident's clocks that belong to the period and are late,
// silent or left out of the rate, and explains corrections.
func (b *builder) detail(h *History) {
	if b.leavesOut(h.Vendor) {
		return
	}
	for i := range h.Clocks {
		c := &h.Clocks[i]
		row := RowOf(h.Incident, c)
		if b.comparison != nil {
			b.comparison.explain(b, h, c, &row)
		}
		if !b.period.holds(row.At) {
			continue
		}
		v := row.verdict()
		if isCase(v) && !b.streams {
			b.cases = append(b.cases, b.newCase(h, c, v))
		}
		if isExcluded(v) || isCase(v) && row.Assumed {
			b.excluded = append(b.excluded, b.newExclusion(h.Incident, c, v))
		}
	}
}

func (b *builder) zone() *time.Location { return b.period.From.Location() }

// in leaves a zero instant zero.
func in(zone *time.Location, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

func (b *builder) newCase(h *History, c *sla.Clock, v Verdict) Case {
	zone := b.zone()
	k := Case{
		Incident: h.ID, Kind: otherKind(h.Incident), Vendor: h.Vendor, VendorName: b.name(h.Vendor),
		Service: h.Service, Title: h.Title, Reference: h.Reference,
		Promise: c.Promise, Stage: c.Stage, Strength: c.Explanation.Strength, Verdict: v,
		Start: in(zone, c.Start.At), StartFrom: c.Start.From, Basis: c.Basis(), Due: in(zone, c.Due),
		Month: h.Incident.AttributedAt(c).In(zone).Format(monthLayout), Timeline: newTimeline(h, c, zone),
		Clause: c.Explanation.Source, Explanation: c.Explanation, Clock: c.ID,
	}
	k.NotifiedAt, k.Lateness = answer(c, v, zone)
	if n := backdated.Of(h.Incident, c); n != nil {
		k.RecordedAt = n.RecordedAt.In(zone)
	}
	return k
}

// answer is when a late vendor spoke, and how long after due.
func answer(c *sla.Clock, v Verdict, zone *time.Location) (notifiedAt time.Time, lateness *int64) {
	if v == Overdue {
		return time.Time{}, nil
	}
	late := seconds(c.Due, c.NotifiedAt)
	return c.NotifiedAt.In(zone), &late
}

// compareCases puts first what needs a person first, and never leaves two
// cases equal, so that the order of adding does not show.
func compareCases(a, b Case) int {
	return cmp.Or(
		cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)),
		a.Due.Compare(b.Due),
		cmp.Compare(a.Incident, b.Incident),
		cmp.Compare(a.Clock, b.Clock),
	)
}

// urgency is the place of a case's verdict in the list of cases.
func urgency(v Verdict) int { return slices.Index([]Verdict{Overdue, Late, NotProvable}, v) }

func newTimeline(h *History, c *sla.Clock, zone *time.Location) []Entry {
	line := []Entry{
		{At: c.Start.At, Kind: EntryStart, Basis: c.Start.Basis},
		{At: c.Due, Kind: EntryDue},
	}
	for m, stamp := range h.Times {
		line = append(line, Entry{At: stamp.At, Kind: EntryOf(sla.Moment(m)), Basis: stamp.Basis})
	}
	for i := range h.Notices {
		n := &h.Notices[i]
		e := Entry{
			At: n.ReceivedAt, Kind: EntryNotice, Channel: n.Channel, Stage: n.Stage,
			Stopped: n.Counts() && n.ReceivedAt.Equal(c.NotifiedAt), Void: !n.Counts(),
		}
		if backdated.Marks(h.Incident, n) {
			delay := seconds(n.ReceivedAt, n.RecordedAt)
			e.Delay = &delay
		}
		line = append(line, e)
	}
	for _, t := range h.Alerts {
		if kind, ok := alertKinds[t.Reason]; ok && t.Clock == c.ID {
			line = append(line, Entry{At: t.At, Kind: kind})
		}
	}
	for i := range h.Events {
		if e, ok := entryOf(&h.Events[i], c, zone); ok {
			line = append(line, e)
		}
	}
	line = slices.DeleteFunc(line, func(e Entry) bool { return e.At.IsZero() })
	for i := range line {
		line[i].At = line[i].At.In(zone)
	}
	slices.SortStableFunc(line, func(x, y Entry) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(slices.Index(entryOrder, x.Kind), slices.Index(entryOrder, y.Kind)))
	})
	return line
}

// alertKinds leaves repeats out: that nobody had it shows already.
var alertKinds = map[outbox.Reason]EntryKind{
	outbox.ReasonWarning: EntryWarned, outbox.ReasonOverdue: EntryAlerted, outbox.ReasonEscalation: EntryAlerted,
}

// entryOrder is the order of what came at the same instant.
var entryOrder = entriesInOrder()

func entriesInOrder() (order []EntryKind) {
	for _, m := range sla.Moments() {
		order = append(order, EntryOf(m))
	}
	return append(order, EntryStart, EntryRescheduled, EntryWarned, EntryDue, EntryAlerted, EntryNotice, EntryAcknowledged,
		EntryWithdrawn, EntryReopened, EntryWaived, EntryUnwaived)
}

// entryOf is what an event adds to the timeline of a clock.
func entryOf(e *sla.Event, c *sla.Clock, zone *time.Location) (Entry, bool) {
	switch e.Kind {
	case sla.EventAcknowledged:
		return Entry{At: e.At, Kind: EntryAcknowledged, By: e.Actor}, true
	case sla.EventDeadline:
		// A part of the body that tracker writes, whose keys are kept for good.
		var body struct {
			Promise, Stage string
			Due            time.Time
			OldDue         time.Time `json:"old_due"`
		}
		if json.Unmarshal(e.Body, &body) != nil || body.Promise != c.Promise || body.Stage != c.Stage ||
			body.OldDue.IsZero() || body.OldDue.Equal(body.Due) {
			return Entry{}, false
		}
		return Entry{At: e.At, Kind: EntryRescheduled, Was: body.OldDue.In(zone), Is: in(zone, body.Due)}, true
	default:
		return undoEntry(e, c, zone)
	}
}

// undoEntries are the events that take something back.
var undoEntries = map[sla.EventKind]EntryKind{
	sla.EventWithdrawn: EntryWithdrawn, sla.EventReopened: EntryReopened,
	sla.EventWaived: EntryWaived, sla.EventUnwaived: EntryUnwaived,
}

// undone is the part that a report reads of the body of an event that takes something
// back. The keys are kept for good.
type undone struct {
	Promise, Stage, Reason string
	ReceivedAt             time.Time `json:"received_at"`
}

func undoEntry(e *sla.Event, c *sla.Clock, zone *time.Location) (Entry, bool) {
	kind, ok := undoEntries[e.Kind]
	var body undone
	if !ok || json.Unmarshal(e.Body, &body) != nil ||
		body.Promise != "" && (body.Promise != c.Promise || body.Stage != "" && body.Stage != c.Stage) {
		return Entry{}, false
	}
	return Entry{At: e.At, Kind: kind, By: e.Actor, Reason: body.Reason, Was: in(zone, body.ReceivedAt)}, true
}

// undoReason is the reason of an event that takes something back; empty: it is another.
func undoReason(e *sla.Event) string {
	var body undone
	if _, ok := undoEntries[e.Kind]; !ok || json.Unmarshal(e.Body, &body) != nil {
		return ""
	}
	return body.Reason
}

// carry lists the incident's clocks that belong to an earlier period and were
// silent when this one began. Of a clock it reads only state, due, notice, the
// start's basis, strength, promise and stage.
func (b *builder) carry(inc *sla.Incident) {
	if b.leavesOut(inc.Vendor) {
		return
	}
	zone := b.zone()
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		v := (&Heading{State: c.State, Assumed: c.Assumed()}).verdict()
		at := inc.AttributedAt(c)
		if !isCase(v) || !at.Before(b.period.From) || v != Overdue && c.NotifiedAt.Before(b.period.From) {
			continue
		}
		k := CarriedOver{
			Incident: inc.ID, Kind: otherKind(inc), Vendor: inc.Vendor, VendorName: b.name(inc.Vendor), Service: inc.Service,
			Title: inc.Title, Reference: inc.Reference, Promise: c.Promise, Stage: c.Stage, Strength: c.Explanation.Strength,
			Verdict: v, Month: at.In(zone).Format(monthLayout), Due: in(zone, c.Due), Clock: c.ID,
		}
		k.NotifiedAt, k.Lateness = answer(c, v, zone)
		k.Answered = v != Overdue && b.period.Contains(c.NotifiedAt)
		b.carried = append(b.carried, k)
	}
}

func compareCarried(x, y CarriedOver) int {
	return cmp.Or(x.Due.Compare(y.Due), cmp.Compare(x.Incident, y.Incident), cmp.Compare(x.Clock, y.Clock))
}

func (b *builder) newExclusion(inc *sla.Incident, c *sla.Clock, v Verdict) Exclusion {
	e := Exclusion{
		Incident: inc.ID, Vendor: inc.Vendor, VendorName: b.name(inc.Vendor), Service: inc.Service, Title: inc.Title,
		Promise: c.Promise, Stage: c.Stage, Verdict: v, Due: in(b.zone(), c.Due), Clock: c.ID,
	}
	switch v {
	case Cancelled:
		e.Ground, e.Reason = ByCancellation, inc.CancelReason
	case Waived:
		e.Ground, e.Reason = ByWaiver, c.Waiver.Reason
	case NotApplicable:
		e.Ground, e.By, e.Value = notApplicable(c.Explanation.Steps)
	default:
		e.Ground, e.StartFrom = ByAssumption, c.Start.From.String()
		if facts := c.UnknownFacts(); len(facts) > 0 && c.Start.Basis != sla.Assumed {
			e.StartFrom, e.By, e.Value = "", facts[0], string(sla.SeverityUnknown)
		}
	}
	return e
}

// notApplicable finds in an explanation why its promise did not apply.
func notApplicable(steps []sla.Step) (ground Ground, by sla.Dimension, value string) {
	for i := range steps {
		switch s := &steps[i]; s.Kind {
		case sla.StepGateShut:
			return ByGate, s.By, s.Value
		case sla.StepEnded:
			return ByEdition, "", ""
		case sla.StepLapsed:
			return ByLapse, "", ""
		case sla.StepCadenceEnded:
			return BySettled, "", ""
		}
	}
	return ByGate, "", ""
}

func compareExcluded(x, y Exclusion) int {
	return cmp.Or(cmp.Compare(x.Vendor, y.Vendor), cmp.Compare(x.Incident, y.Incident), cmp.Compare(x.Clock, y.Clock))
}
