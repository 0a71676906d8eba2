package api

import (
	"encoding/json"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/backdated"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// incidentJSON is an incident in a response.
type incidentJSON struct {
	ID          sla.IncidentID   `json:"id" example:"KGN-42"`
	State       sla.State        `json:"state" doc:"The most urgent state of its clocks; unreadable: the record is damaged"`
	Version     int64            `json:"version" doc:"Increases with each change"`
	Kind        sla.IncidentKind `json:"kind" enum:"incident,event,vulnerability,maintenance,change,contract_end,periodic" doc:"Its subject"`
	Vendor      string           `json:"vendor"`
	Service     string           `json:"service"`
	Title       string           `json:"title"`
	PublicTitle string           `json:"public_title" doc:"What a letter to the vendor calls it; empty: the service and the time of the event"`
	Description string           `json:"description"`
	Impact      sla.Impact       `json:"impact"`
	Scope       sla.Scope        `json:"scope"`
	Severity    sla.Severity     `json:"severity"`
	web.Moments[web.Instant]
	LoggedAt  *time.Time `json:"logged_at"`
	Reference string     `json:"reference"`
	Tags      []string   `json:"tags" nullable:"false"`

	Owner        *string           `json:"owner" doc:"The person or team who has it; null: unassigned"`
	Acknowledged *acknowledgedJSON `json:"acknowledged,omitempty" doc:"Absent: not acknowledged"`
	Cancelled    *cancelledJSON    `json:"cancelled,omitempty" doc:"Absent: not cancelled"`
	Notices      []noticeJSON      `json:"notices" nullable:"false"`
	Clocks       []clockJSON       `json:"clocks" nullable:"false"`
	Notes        []noteJSON        `json:"notes" nullable:"false" doc:"Oldest first"`
	Chasers      []sentChaserJSON  `json:"chasers" nullable:"false" doc:"Recorded requests to the vendor, oldest first"`

	Duties      []dutyJSON       `json:"duties" nullable:"false" doc:"Our own duties to authorities, apart from the vendor's clocks"`
	Decisions   []decisionJSON   `json:"decisions" nullable:"false" doc:"About our own duties, oldest first"`
	Submissions []submissionJSON `json:"submissions" nullable:"false" doc:"Our reports to authorities, in the order of recording"`

	Unreadable string        `json:"unreadable,omitempty" doc:"Why the damaged record cannot be read; its other fields are incomplete. Absent: the record is intact"`
	Refused    []web.Refusal `json:"refused,omitempty" doc:"Messages about the incident that their destination refuses; only when a single incident is requested. Absent: none"`
}

// acknowledgedJSON is an incident's acknowledgement.
type acknowledgedJSON struct {
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
	Until *time.Time `json:"until" doc:"Repeated alerts are suppressed until then; null: permanently"`
}

// cancelledJSON is when and why an incident was cancelled.
type cancelledJSON struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// noticeJSON is a recorded notice of the vendor.
type noticeJSON struct {
	N          int        `json:"n" doc:"Counts the notices of the incident from 1, in the order of recording"`
	ReceivedAt time.Time  `json:"received_at"`
	SentAt     *time.Time `json:"sent_at"`
	Channel    string     `json:"channel"`
	Stage      string     `json:"stage"`
	Reference  string     `json:"reference"`
	Text       string     `json:"text"`
	RecordedAt time.Time  `json:"recorded_at"`
	RecordedBy string     `json:"recorded_by"`
	Backdated  string     `json:"backdated,omitempty" doc:"How long after its receipt it was recorded, in words; absent: soon, so that its time of receipt rests on no later word"`
	Files      []fileJSON `json:"files" nullable:"false"`

	WithdrawnAt     *time.Time `json:"withdrawn_at,omitempty" doc:"The notice counts no more since then; absent: it counts"`
	WithdrawnBy     string     `json:"withdrawn_by,omitempty"`
	WithdrawnReason string     `json:"withdrawn_reason,omitempty"`
}

// clockJSON is one promise, or one stage of it, applied to the incident.
type clockJSON struct {
	Promise      string            `json:"promise"`
	Stage        string            `json:"stage,omitempty"`
	State        sla.State         `json:"state"`
	Start        *time.Time        `json:"start"`
	StartFrom    string            `json:"start_from,omitempty" doc:"The moment that was used as the start"`
	After        string            `json:"after,omitempty" doc:"The stage whose notice is the start"`
	Basis        sla.Basis         `json:"basis,omitempty" doc:"The weakest basis of what determines due: stated, observed or assumed"`
	Unknown      []sla.Dimension   `json:"unknown,omitempty" doc:"Unknown facts whose strictest case determines due"`
	Due          *time.Time        `json:"due" doc:"With the calendar's offset; null: no deadline"`
	BreachedAt   *time.Time        `json:"breached_at" doc:"When the deadline passed without a notice; never erased"`
	NotifiedAt   *time.Time        `json:"notified_at"`
	Waived       *waivedJSON       `json:"waived,omitempty" doc:"We released the vendor from the promise; absent: we did not"`
	Verdict      string            `json:"verdict,omitempty" doc:"How an announced event, or the end of a contract, was answered, in words; absent: no notice, or another kind"`
	NotProvable  bool              `json:"not_provable" doc:"Late only under an assumption"`
	ProvableDue  *time.Time        `json:"provable_due,omitempty" doc:"After this time, lateness is provable for every possible value of the unknown facts"`
	WarnAt       *time.Time        `json:"warn_at,omitempty" doc:"Provisional deadline, for a warning, while the start of this part is unknown: counted from the moment that substitutes for it"`
	OtherChannel string            `json:"other_channel,omitempty" doc:"The channel of the notice, if the promise does not list it"`
	ByStage      string            `json:"by_stage,omitempty" doc:"The later stage whose notice answered this one"`
	Rule         string            `json:"rule"`
	Strength     sla.Strength      `json:"strength,omitempty"`
	Source       sla.Source        `json:"source"`
	Explanation  []stepJSON        `json:"explanation" nullable:"false"`
	Reading      string            `json:"reading"`
	Alternatives []alternativeJSON `json:"alternatives" nullable:"false"`
}

// stepJSON is a step of an explanation, typed and as text.
type stepJSON struct {
	sla.Step
	Text string `json:"text" doc:"The step in the requested language"`
}

// alternativeJSON is the deadline under a reading that is not used.
type alternativeJSON struct {
	Reading string        `json:"reading"`
	Says    calendar.Text `json:"says"`
	Due     *time.Time    `json:"due"`
}

// eventJSON is one event of an incident's history.
type eventJSON struct {
	Seq   int64           `json:"seq"`
	At    time.Time       `json:"at"`
	Actor string          `json:"actor"`
	Kind  sla.EventKind   `json:"kind"`
	Body  json.RawMessage `json:"body"`
	Prev  string          `json:"prev" doc:"Hash of the previous event"`
	Hash  string          `json:"hash"`

	Erased bool   `json:"erased,omitempty" doc:"The body was erased: hash covers its SHA-256, and body shows hashes in place of the erased texts"`
	Origin string `json:"origin,omitempty" doc:"Client address, or slack:WORKSPACE/CHANNEL; absent: kigen itself, or unknown"`
}

// instant is null for the zero time.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// incidentView converts an incident for the API. Times that a person entered
// keep their offset, the others are in the configured zone.
func (s *server) incidentView(inc *sla.Incident, lang string) incidentJSON {
	v := incidentJSON{
		ID: inc.ID, State: web.StateOf(inc), Version: inc.Version, Kind: inc.Kind, Vendor: inc.Vendor, Service: inc.Service,
		Title: inc.Title, PublicTitle: inc.PublicTitle, Description: inc.Description, Impact: inc.Impact, Scope: inc.Scope, Severity: inc.Severity,
		Moments:   web.MomentsFrom(func(m sla.Moment) web.Instant { return web.Instant{Time: inc.Times[m].At} }),
		LoggedAt:  s.zoned(inc.Times[sla.Logged].At),
		Reference: inc.Reference, Tags: append([]string{}, inc.Tags...),
		Unreadable: inc.Unreadable,
		Owner:      ownerView(inc), Notes: s.noteViews(inc.Notes), Chasers: s.chaserViews(inc.Chasers),
		Duties: s.dutyViews(inc, lang), Decisions: s.decisionViews(inc.Decisions), Submissions: s.submissionViews(inc.Submissions),
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
		if n := &inc.Notices[i]; backdated.Marks(inc, n) {
			v.Notices[i].Backdated = phrase.RecordedAfter(lang, backdated.After(n))
		}
	}
	for i := range inc.Clocks {
		v.Clocks[i] = s.clockView(&inc.Clocks[i], lang)
	}
	return v
}

func (s *server) noticeView(n *sla.Notice) noticeJSON {
	v := noticeJSON{
		N: n.Number, ReceivedAt: n.ReceivedAt, SentAt: instant(n.SentAt), Channel: n.Channel, Stage: n.Stage,
		Reference: n.Reference, Text: n.Text, RecordedAt: n.RecordedAt.In(s.Zone), RecordedBy: n.RecordedBy,
		Files: filesView(n.Files), WithdrawnBy: n.Withdrawal.By, WithdrawnReason: n.Withdrawal.Reason,
	}
	if !n.Counts() {
		v.WithdrawnAt = s.zoned(n.Withdrawal.At)
	}
	return v
}

// clockView converts a clock for the API. Due keeps the calendar's offset,
// because the promise was made in that zone; measured times are in the
// configured one.
func (s *server) clockView(c *sla.Clock, lang string) clockJSON {
	e := &c.Explanation
	v := clockJSON{
		Promise: c.Promise, Stage: c.Stage, State: c.State, Due: instant(c.Due), BreachedAt: s.zoned(c.BreachedAt),
		NotifiedAt: s.zoned(c.NotifiedAt), Verdict: prose.Verdict(lang, c), NotProvable: c.NotProvable(), Rule: e.Rule, Strength: e.Strength, Source: e.Source,
		Explanation: steps(e, lang), Reading: e.Reading, Alternatives: alternatives(e),
	}
	if !c.Start.At.IsZero() {
		d := c.Deadline()
		if d.Due.IsZero() {
			d.Start.At = d.Start.At.In(s.Zone)
		}
		v.Start, v.StartFrom, v.Basis = instant(d.Began()), c.StartsFrom(), c.Basis()
	}
	if bounds := &e.Bounds; bounds.Assumed && !bounds.Until.IsZero() {
		v.ProvableDue = instant(bounds.Until)
	}
	v.WarnAt, v.After, v.Unknown = instant(e.Bounds.Warn), e.After, c.UnknownFacts()
	v.Waived = s.waiverView(c.Waiver)
	v.OtherChannel, v.ByStage = e.Answer.Channel, e.Answer.Stage
	return v
}

// zoned returns t in the configured zone, or null for the zero time.
func (s *server) zoned(t time.Time) *time.Time { return instant(t.In(s.Zone)) }

// steps converts an explanation's steps and adds their text.
func steps(e *sla.Explanation, lang string) []stepJSON {
	steps := make([]stepJSON, len(e.Steps))
	for i, step := range e.Steps {
		steps[i] = stepJSON{Step: step, Text: prose.Step(lang, &step)}
	}
	return steps
}

// alternatives converts the other readings. The result is never nil, so that
// JSON contains an empty list instead of null.
func alternatives(e *sla.Explanation) []alternativeJSON {
	list := make([]alternativeJSON, len(e.Alternatives))
	for i, a := range e.Alternatives {
		list[i] = alternativeJSON{Reading: a.Reading, Says: a.Says, Due: instant(a.Due)}
	}
	return list
}

// fileJSON is a file in a response.
type fileJSON struct {
	Name   string `json:"name"`
	Type   string `json:"type" doc:"Media type detected from the content"`
	Size   int64  `json:"size" doc:"Bytes"`
	SHA256 string `json:"sha256"`
	Erased bool   `json:"erased,omitempty" doc:"The content was erased; the hash stays"`
}

func filesView(files []sla.Evidence) []fileJSON {
	views := make([]fileJSON, len(files))
	for i, f := range files {
		views[i] = fileJSON(f)
	}
	return views
}

func (s *server) eventViews(events []sla.Event) []eventJSON {
	views := make([]eventJSON, len(events))
	stand := history.Shown(events) // for bodies that were erased
	for i, e := range events {
		if len(e.Body) > 0 && !json.Valid(e.Body) { // damaged: shown as text
			e.Body, _ = json.Marshal(string(e.Body)) // marshalling a string does not fail
		}
		shown := e.Body
		if e.Erased() {
			shown = stand[i].Body
		}
		views[i] = eventJSON{
			Seq: e.Seq, At: e.At.In(s.Zone), Actor: e.Actor, Kind: e.Kind, Body: shown, Erased: e.Erased(), Prev: e.Prev, Hash: e.Hash, Origin: e.Origin,
		}
	}
	return views
}
