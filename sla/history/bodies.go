// Package history is the events of an incident: what the body of each kind holds, the
// fold that replays them, and what an erasure leaves of them. Record keepers fill the
// bodies, pages read them, and the check of the database compares the fold with what is
// stored. The keys of the bodies are those of the API; instants are in UTC. It is pure.
package history

import (
	"encoding/json"
	"time"

	"kigen/sla"
)

// Logged is the body of an EventLogged.
type Logged struct {
	Vendor   string               `json:"vendor"`
	Service  string               `json:"service,omitempty"`
	Title    string               `json:"title"`
	Impact   sla.Impact           `json:"impact"`
	Scope    sla.Scope            `json:"scope"`
	Severity sla.Severity         `json:"severity,omitempty"`
	Times    map[string]time.Time `json:"times"`
	Rest     *LoggedRest          `json:"rest,omitempty"` // nil in events of older versions
}

// LoggedRest is what completes the record of an incident as it was logged.
type LoggedRest struct {
	Kind        sla.IncidentKind     `json:"kind"`
	Description string               `json:"description,omitempty"`
	PublicTitle string               `json:"public_title,omitempty"`
	Reference   string               `json:"reference,omitempty"`
	Tags        []string             `json:"tags,omitempty"`
	Bases       map[string]sla.Basis `json:"bases,omitempty"`   // of times
	Offsets     map[string]int       `json:"offsets,omitempty"` // at which times were entered, in seconds east of UTC
	Import      *Import              `json:"import,omitempty"`  // nil: logged by itself
}

// Import is the origin of an imported incident.
type Import struct {
	Name      string    `json:"name,omitempty"`
	PastUntil time.Time `json:"past_until"`
}

// DescribeIncident is the body for an incident as it was logged.
func DescribeIncident(inc *sla.Incident) Logged {
	rest := &LoggedRest{
		Kind: inc.Kind, PublicTitle: inc.PublicTitle, Description: inc.Description, Reference: inc.Reference, Tags: inc.Tags,
		Bases: map[string]sla.Basis{}, Offsets: map[string]int{},
	}
	if inc.Import != (sla.Import{}) {
		rest.Import = &Import{Name: inc.Import.Name, PastUntil: inc.Import.PastUntil.UTC()}
	}
	b := Logged{
		Vendor: inc.Vendor, Service: inc.Service, Title: inc.Title,
		Impact: inc.Impact, Scope: inc.Scope, Severity: inc.Severity, Times: map[string]time.Time{}, Rest: rest,
	}
	for m, s := range inc.Times {
		if !s.Known() {
			continue
		}
		name := sla.Moment(m).Field()
		b.Times[name], rest.Bases[name] = s.At.UTC(), s.Basis
		if east := Offset(s.At); east != 0 {
			rest.Offsets[name] = east
		}
	}
	return b
}

// Notice is the body of an EventNotice.
type Notice struct {
	ReceivedAt time.Time `json:"received_at"`
	SentAt     time.Time `json:"sent_at,omitzero"`
	Channel    string    `json:"channel,omitempty"`
	Stage      string    `json:"stage,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	Text       string    `json:"text,omitempty"`
	Files      []File    `json:"files,omitempty"`
}

// File binds a file's content to the history by its hash.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// DescribeNotice is the body for a notice.
func DescribeNotice(n *sla.Notice) Notice {
	body := Notice{
		ReceivedAt: n.ReceivedAt.UTC(), Channel: n.Channel, Stage: n.Stage, Reference: n.Reference, Text: n.Text,
	}
	body.Files = Files(n.Files)
	if !n.SentAt.IsZero() {
		body.SentAt = n.SentAt.UTC()
	}
	return body
}

// Deadline is the body of an EventDeadline: the deadline and the one that
// it replaces.
type Deadline struct {
	Promise string    `json:"promise"`
	Stage   string    `json:"stage,omitempty"`
	State   sla.State `json:"state"`
	Start   time.Time `json:"start,omitzero"`
	From    string    `json:"from,omitempty"`  // the moment that is Start, or notice: the notice for the stage After
	After   string    `json:"after,omitempty"` // the stage whose notice the clock counts from
	Basis   sla.Basis `json:"basis,omitempty"` // of the clock
	// Unknown are the facts whose strictest case decided the due.
	Unknown  []sla.Dimension `json:"unknown,omitempty"`
	Due      *time.Time      `json:"due"`
	OldStart time.Time       `json:"old_start,omitzero"`
	OldDue   *time.Time      `json:"old_due,omitempty"`
	Terms    string          `json:"terms"`
}

// DescribeDeadline is the body for the deadline of c that replaces that of before.
func DescribeDeadline(c, before *sla.Clock) Deadline {
	b := Deadline{
		Promise: c.Promise, Stage: c.Stage, State: c.State, Basis: c.Basis(),
		Due: UTC(c.Due), OldDue: UTC(before.Due), Terms: c.Terms,
		After: c.Explanation.After, Unknown: c.UnknownFacts(),
	}
	if !c.Start.At.IsZero() {
		b.Start, b.From = c.Start.At.UTC(), c.StartsFrom()
	}
	if !before.Start.At.IsZero() {
		b.OldStart = before.Start.At.UTC()
	}
	return b
}

// State is the body of an EventState.
type State struct {
	Promise string     `json:"promise"`
	Stage   string     `json:"stage,omitempty"`
	Was     sla.State  `json:"was"`
	State   sla.State  `json:"state"`
	Due     *time.Time `json:"due,omitempty"`
	// For a notice that stopped the clock: its channel, if the promise does not name
	// that, and its stage, if that is a later one.
	OtherChannel string `json:"other_channel,omitempty"`
	ByStage      string `json:"by_stage,omitempty"`
}

// DescribeState is the body for the state of c, which was in another one.
func DescribeState(c *sla.Clock, was sla.State) State {
	b := State{Promise: c.Promise, Stage: c.Stage, Was: was, State: c.State, Due: UTC(c.Due)}
	if !c.NotifiedAt.IsZero() {
		b.OtherChannel, b.ByStage = c.Explanation.Answer.Channel, c.Explanation.Answer.Stage
	}
	return b
}

// Changed is the change of one field. The body of an EventAmended maps field names
// to it.
type Changed struct {
	Old any `json:"old"`
	New any `json:"new"`
	// Of a time: its basis, and the offset at which it was entered, in seconds east of UTC.
	Basis  *sla.Basis `json:"basis,omitempty"`
	Offset *int       `json:"offset,omitempty"`
}

// Retired is the body of an EventRetired.
type Retired struct {
	Destination string `json:"destination"`
	Messages    int    `json:"messages"`
}

// UTC is nil for a zero instant, which JSON writes as null.
func UTC(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// Note is the body of an EventNote.
type Note struct {
	Text  string `json:"text,omitempty"`
	Files []File `json:"files,omitempty"`
}

// Files names files with the hashes of their contents.
func Files(files []sla.Evidence) (bodies []File) {
	for _, f := range files {
		bodies = append(bodies, File{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return bodies
}

// filesOf is the inverse of fileBodies, without the types.
func filesOf(bodies []File) (files []sla.Evidence) {
	for _, b := range bodies {
		files = append(files, sla.Evidence{Name: b.Name, Size: b.Size, SHA256: b.SHA256})
	}
	return files
}

// Chaser is the body of an EventChaser.
type Chaser struct {
	SentAt    time.Time `json:"sent_at"`
	Offset    int       `json:"offset,omitempty"` // at which sent_at was entered, in seconds east of UTC
	To        string    `json:"to,omitempty"`
	Channel   string    `json:"channel,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
}

// Owner is the body of an EventOwner.
type Owner struct {
	Owner string `json:"owner"` // empty: unassigned
	Was   string `json:"was,omitempty"`
}

// Waived is the body of an EventWaived and of an EventUnwaived.
type Waived struct {
	Promise string `json:"promise"`
	Stage   string `json:"stage,omitempty"` // of the one clock; empty: the whole promise
	Reason  string `json:"reason"`
}

// Names reports whether the body is about a clock.
func (b *Waived) Names(promise, stage string) bool {
	return promise == b.Promise && (b.Stage == "" || stage == b.Stage)
}

// Waiver is the waiver that the event sets.
func (b *Waived) Waiver(by string, at time.Time) sla.Waiver {
	return sla.Waiver{At: at, By: by, Reason: b.Reason, Whole: b.Stage == ""}
}

// Lifted is the waiver of a clock of the promise after the waiver of the body ended. Once
// one clock counts again, the clocks that start later count, too.
func (b *Waived) Lifted(stage string, w sla.Waiver) sla.Waiver {
	if b.Names(b.Promise, stage) {
		return sla.Waiver{}
	}
	w.Whole = false
	return w
}

// Premature is the body of an EventPremature.
type Premature struct {
	Promise  string     `json:"promise"`
	Stage    string     `json:"stage,omitempty"`
	State    sla.State  `json:"state"` // the state that was decided too early
	Due      *time.Time `json:"due,omitempty"`
	Breached *time.Time `json:"breached_at,omitempty"` // the stamp that was taken back
}

// Withdrawn is the body of an EventWithdrawn. ReceivedAt and Channel are those of
// the notice.
type Withdrawn struct {
	Notice     int       `json:"notice"`
	Reason     string    `json:"reason"`
	ReceivedAt time.Time `json:"received_at"`
	Channel    string    `json:"channel,omitempty"`
}

// Decision is the body of an EventDecided.
type Decision struct {
	Duty    string    `json:"duty"`
	Applies bool      `json:"applies"`
	Case    string    `json:"case,omitempty"`
	Reason  string    `json:"reason"`
	AwareAt time.Time `json:"aware_at,omitzero"`
	Offset  int       `json:"offset,omitempty"` // at which aware_at was entered, in seconds east of UTC
}

// DescribeDecision is the body for a decision.
func DescribeDecision(d *sla.Decision) Decision {
	b := Decision{Duty: d.Regime, Applies: d.Applies, Case: d.Case, Reason: d.Reason}
	if !d.AwareAt.IsZero() {
		b.AwareAt, b.Offset = d.AwareAt.UTC(), Offset(d.AwareAt)
	}
	return b
}

// Submission is the body of an EventSubmitted.
type Submission struct {
	Duty        string    `json:"duty"`
	Stage       string    `json:"stage"`
	SubmittedAt time.Time `json:"submitted_at"`
	Offset      int       `json:"offset,omitempty"` // at which submitted_at was entered, in seconds east of UTC
	Reference   string    `json:"reference,omitempty"`
	Files       []File    `json:"files,omitempty"`
}

// DescribeSubmission is the body for a submission.
func DescribeSubmission(s *sla.Submission) Submission {
	return Submission{
		Duty: s.Regime, Stage: s.Stage, SubmittedAt: s.SubmittedAt.UTC(), Offset: Offset(s.SubmittedAt), Reference: s.Reference, Files: Files(s.Files),
	}
}

// SubmissionWithdrawn is the body of an EventSubmissionWithdrawn. Duty, Stage and
// SubmittedAt are those of the submission.
type SubmissionWithdrawn struct {
	Submission  int       `json:"submission"`
	Duty        string    `json:"duty"`
	Stage       string    `json:"stage"`
	SubmittedAt time.Time `json:"submitted_at"`
	Reason      string    `json:"reason"`
}

// Erased is the body of an EventErased.
type Erased struct {
	Fields []string `json:"fields"`
	Reason string   `json:"reason"`
	// Bodies are, by Seq, the bodies of the events whose own were removed, with hashes
	// in place of the erased texts.
	Bodies map[int64]json.RawMessage `json:"bodies,omitempty"`
}
