package web

import (
	"encoding/json"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// incidentJSON is an incident as it is read back.
type incidentJSON struct {
	ID          sla.IncidentID `json:"id" example:"KGN-42"`
	State       sla.State      `json:"state" doc:"The first of its clocks' states, in the order of the board"`
	Version     int64          `json:"version" doc:"Grows with each change"`
	Vendor      string         `json:"vendor"`
	Service     string         `json:"service"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Impact      sla.Impact     `json:"impact"`
	Scope       sla.Scope      `json:"scope"`
	Severity    sla.Severity   `json:"severity"`
	OccurredAt  *time.Time     `json:"occurred_at"`
	DetectedAt  *time.Time     `json:"detected_at"`
	ConfirmedAt *time.Time     `json:"confirmed_at"`
	DeclaredAt  *time.Time     `json:"declared_at"`
	NoticedAt   *time.Time     `json:"noticed_at"`
	LoggedAt    *time.Time     `json:"logged_at"`
	Reference   string         `json:"reference"`
	Tags        []string       `json:"tags" nullable:"false"`

	Acknowledged *acknowledgedJSON `json:"acknowledged,omitempty" doc:"Absent: nobody has it"`
	Cancelled    *cancelledJSON    `json:"cancelled,omitempty" doc:"Absent: it stands"`
	Notices      []noticeJSON      `json:"notices" nullable:"false"`
	Clocks       []clockJSON       `json:"clocks" nullable:"false"`
}

// acknowledgedJSON is who has the incident.
type acknowledgedJSON struct {
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
	Until *time.Time `json:"until" doc:"Repeats are silent until then; null: for good"`
}

// cancelledJSON is when and why the incident was withdrawn.
type cancelledJSON struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// noticeJSON is a vendor's message as it was recorded.
type noticeJSON struct {
	ReceivedAt time.Time  `json:"received_at"`
	SentAt     *time.Time `json:"sent_at"`
	Channel    string     `json:"channel"`
	Stage      string     `json:"stage"`
	Reference  string     `json:"reference"`
	Text       string     `json:"text"`
	RecordedAt time.Time  `json:"recorded_at"`
	RecordedBy string     `json:"recorded_by"`
	Files      []fileJSON `json:"files" nullable:"false"`
}

// clockJSON is one promise, or one stage of it, applied to the incident.
type clockJSON struct {
	Promise      string            `json:"promise"`
	Stage        string            `json:"stage,omitempty"`
	State        sla.State         `json:"state"`
	Start        *time.Time        `json:"start"`
	StartFrom    string            `json:"start_from,omitempty" doc:"The moment that was used as the start"`
	Basis        sla.Basis         `json:"basis,omitempty" doc:"stated, observed or assumed"`
	Due          *time.Time        `json:"due" doc:"With the calendar's offset; null: no time"`
	BreachedAt   *time.Time        `json:"breached_at" doc:"Never erased"`
	NoticeAt     *time.Time        `json:"notice_at"`
	NotProvable  bool              `json:"not_provable" doc:"Late, but on an assumed start"`
	Rule         string            `json:"rule"`
	Strength     sla.Strength      `json:"strength,omitempty"`
	Source       sla.Source        `json:"source"`
	Explanation  []stepJSON        `json:"explanation" nullable:"false"`
	Reading      string            `json:"reading"`
	Alternatives []alternativeJSON `json:"alternatives" nullable:"false"`
}

// stepJSON is a typed step of an explanation with its sentence.
type stepJSON struct {
	sla.Step
	Text string `json:"text" doc:"The step in the language asked for"`
}

// alternativeJSON is the deadline under a reading that is not in force.
type alternativeJSON struct {
	Reading string        `json:"reading"`
	Says    calendar.Text `json:"says"`
	Due     *time.Time    `json:"due"`
}

// eventJSON is one line of an incident's history.
type eventJSON struct {
	Seq   int64           `json:"seq"`
	At    time.Time       `json:"at"`
	Actor string          `json:"actor"`
	Kind  sla.EventKind   `json:"kind"`
	Body  json.RawMessage `json:"body"`
	Prev  string          `json:"prev" doc:"Hash of the event before"`
	Hash  string          `json:"hash"`

	Origin string `json:"origin,omitempty" doc:"Address that it came from, or of Slack: slack:WORKSPACE/CHANNEL; absent: kigen itself, or not known"`
}

// deadlineJSON answers which instant a start leads to.
type deadlineJSON struct {
	Vendor       string            `json:"vendor"`
	Promise      string            `json:"promise"`
	Start        time.Time         `json:"start"`
	Due          *time.Time        `json:"due" doc:"With the calendar's offset; null: no time is promised"`
	State        sla.State         `json:"state"`
	Rule         string            `json:"rule"`
	Explanation  []stepJSON        `json:"explanation" nullable:"false"`
	Reading      string            `json:"reading"`
	Alternatives []alternativeJSON `json:"alternatives" nullable:"false"`
}

// instant is null for the zero time.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// stateOf is the first of the clocks' states in the order of the board. An
// incident without clocks is at a vendor without promises.
func stateOf(inc *sla.Incident) sla.State {
	if !inc.CancelledAt.IsZero() {
		return sla.Cancelled
	}
	for _, state := range sla.States {
		if slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State == state }) {
			return state
		}
	}
	return sla.NoCommitment
}

// incidentView gives an incident as JSON. Times that a person entered keep
// their offset, the others are in the configured zone.
func (s *server) incidentView(inc *sla.Incident, lang string) incidentJSON {
	v := incidentJSON{
		ID: inc.ID, State: stateOf(inc), Version: inc.Version, Vendor: inc.Vendor, Service: inc.Service,
		Title: inc.Title, Description: inc.Description, Impact: inc.Impact, Scope: inc.Scope, Severity: inc.Severity,
		OccurredAt: instant(inc.Times[sla.Occurred].At), DetectedAt: instant(inc.Times[sla.Detected].At),
		ConfirmedAt: instant(inc.Times[sla.Confirmed].At), DeclaredAt: instant(inc.Times[sla.Declared].At),
		NoticedAt: instant(inc.Times[sla.Noticed].At), LoggedAt: s.zoned(inc.Times[sla.Logged].At),
		Reference: inc.Reference, Tags: append([]string{}, inc.Tags...),
		Notices: make([]noticeJSON, len(inc.Notices)), Clocks: make([]clockJSON, len(inc.Clocks)),
	}
	if a := inc.Acknowledged; !a.At.IsZero() {
		v.Acknowledged = &acknowledgedJSON{By: a.By, At: a.At.In(s.Zone), Until: instant(a.Until)}
	}
	if !inc.CancelledAt.IsZero() {
		v.Cancelled = &cancelledJSON{At: inc.CancelledAt.In(s.Zone), Reason: inc.CancelReason}
	}
	for i := range inc.Notices {
		v.Notices[i] = s.noticeView(&inc.Notices[i])
	}
	for i := range inc.Clocks {
		v.Clocks[i] = s.clockView(&inc.Clocks[i], lang)
	}
	return v
}

func (s *server) noticeView(n *sla.Notice) noticeJSON {
	return noticeJSON{
		ReceivedAt: n.ReceivedAt, SentAt: instant(n.SentAt), Channel: n.Channel, Stage: n.Stage,
		Reference: n.Reference, Text: n.Text, RecordedAt: n.RecordedAt.In(s.Zone), RecordedBy: n.RecordedBy,
		Files: filesView(n.Files),
	}
}

// clockView gives a clock as JSON. Due keeps the calendar's offset, because the
// promise was made in that zone; what we measured is in the configured one.
func (s *server) clockView(c *sla.Clock, lang string) clockJSON {
	e := &c.Explanation
	v := clockJSON{
		Promise: c.Promise, Stage: c.Stage, State: c.State, Due: instant(c.Due), BreachedAt: s.zoned(c.BreachedAt),
		NoticeAt: s.zoned(c.NoticeAt), NotProvable: c.NotProvable(), Rule: e.Rule, Strength: e.Strength, Source: e.Source,
		Explanation: steps(e, lang), Reading: e.Reading, Alternatives: alternatives(e),
	}
	if !c.Start.At.IsZero() {
		v.Start, v.StartFrom, v.Basis = s.zoned(c.Start.At), c.Start.From.String(), c.Start.Basis
	}
	return v
}

// zoned is t in the configured zone, or null for the zero time.
func (s *server) zoned(t time.Time) *time.Time { return instant(t.In(s.Zone)) }

// steps gives every step with its sentence: programs read the one, people the other.
func steps(e *sla.Explanation, lang string) []stepJSON {
	steps := make([]stepJSON, len(e.Steps))
	for i, step := range e.Steps {
		steps[i] = stepJSON{Step: step, Text: step.Text(lang)}
	}
	return steps
}

// alternatives is never nil, so that JSON shows an empty list instead of null.
func alternatives(e *sla.Explanation) []alternativeJSON {
	list := make([]alternativeJSON, len(e.Alternatives))
	for i, a := range e.Alternatives {
		list[i] = alternativeJSON{Reading: a.Reading, Says: a.Says, Due: instant(a.Due)}
	}
	return list
}
