package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
)

// Fold is an incident as its history tells it: each event is applied in order, as the
// use case that recorded it changed the incident. Events of older versions hold fewer
// fields; what they leave out is not known.
type Fold struct {
	begun     bool
	fields    map[string]string // by the names of the API
	tags      *[]string
	times     [len(sla.Times{})]foldedTime
	owner     string
	ack       sla.Acknowledgement
	cancelled time.Time
	imported  *sla.Import // nil: an event of an older version, before there were imports
	clocks    map[ClockKey]*foldedClock
	notices   []sla.Notice
	notes     []sla.Note
	chasers   []sla.Chaser
	decisions []sla.Decision
	submitted []sla.Submission
	faults    []string
}

// ClockKey names a clock of an incident: the promise, and the stage of one with stages.
type ClockKey struct{ Promise, Stage string }

func (k ClockKey) String() string {
	if k.Stage == "" {
		return "the clock " + k.Promise
	}
	return "the clock " + k.Promise + "/" + k.Stage
}

type foldedTime struct {
	at     time.Time
	basis  *sla.Basis
	offset *int
}

type foldedClock struct {
	state                sla.State
	start, due, breached time.Time
	waiver               sla.Waiver
}

// foldings are the events that change an incident. A use case that changes one has its
// event here; other events only tell.
var foldings = map[sla.EventKind]func(*Fold, *sla.Event) error{
	sla.EventLogged:       (*Fold).logged,
	sla.EventAmended:      (*Fold).amended,
	sla.EventDeadline:     (*Fold).deadline,
	sla.EventState:        (*Fold).state,
	sla.EventPremature:    (*Fold).premature,
	sla.EventNotice:       (*Fold).notice,
	sla.EventAcknowledged: (*Fold).acknowledged,
	sla.EventCancelled:    (*Fold).cancel,
	sla.EventReopened:     (*Fold).reopen,
	sla.EventWithdrawn:    (*Fold).withdraw,
	sla.EventWaived:       (*Fold).waive,
	sla.EventUnwaived:     (*Fold).unwaive,
	sla.EventOwner:        (*Fold).owned,
	sla.EventNote:         (*Fold).note,
	sla.EventChaser:       (*Fold).chased,
	sla.EventErased:       (*Fold).erase,
	sla.EventDecided:      (*Fold).decide,
	sla.EventSubmitted:    (*Fold).submit,

	sla.EventSubmissionWithdrawn: (*Fold).withdrawSubmission,
}

// FoldEvents applies the events of one incident, oldest first. In the place of a body
// that was erased stands the one that the event of the erasure holds.
func FoldEvents(events []sla.Event) *Fold {
	f := &Fold{fields: map[string]string{}, clocks: map[ClockKey]*foldedClock{}}
	events = Shown(events)
	for i := range events {
		e := &events[i]
		apply := foldings[e.Kind]
		if apply == nil {
			continue
		}
		if !f.begun && e.Kind != sla.EventLogged {
			f.faultf("its history does not begin with the event %s: events are missing", sla.EventLogged)
			f.begun = true
		}
		if e.Erased() {
			f.faultf("the content of event %d (%s) is missing", e.Seq, e.Kind)
			continue
		}
		if err := apply(f, e); err != nil {
			f.faultf("event %d (%s) can't be read: %v", e.Seq, e.Kind, err)
		}
	}
	if !f.begun {
		f.faultf("it has no history: its events are missing")
	}
	return f
}

func (f *Fold) faultf(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

func (f *Fold) logged(e *sla.Event) error {
	var b Logged
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if f.begun {
		f.faultf("event %d logs it again", e.Seq)
	}
	f.begun = true
	f.fields["vendor"], f.fields["service"], f.fields["title"] = b.Vendor, b.Service, b.Title
	f.fields["impact"], f.fields["scope"], f.fields["severity"] = string(b.Impact), string(b.Scope), string(b.Severity)
	if b.Rest != nil {
		f.fields["description"], f.fields["reference"] = b.Rest.Description, b.Rest.Reference
		f.fields["public_title"] = b.Rest.PublicTitle
		f.tags = &b.Rest.Tags
		f.fields["kind"] = string(b.Rest.Kind)
		f.imported = &sla.Import{}
		if from := b.Rest.Import; from != nil {
			*f.imported = sla.Import{Name: from.Name, PastUntil: from.PastUntil}
		}
	}
	times := map[string]time.Time{}
	for name, at := range b.Times {
		times[sla.PresentName(name)] = at
	}
	for m := range f.times {
		name := sla.Moment(m).Field()
		f.times[m] = foldedTime{at: times[name]}
		if b.Rest != nil {
			basis, offset := b.Rest.Bases[name], b.Rest.Offsets[name]
			f.times[m].basis, f.times[m].offset = &basis, &offset
		}
	}
	return nil
}

func (f *Fold) amended(e *sla.Event) error {
	var changes map[string]struct {
		New    json.RawMessage
		Basis  *sla.Basis
		Offset *int
	}
	if err := json.Unmarshal(e.Body, &changes); err != nil {
		return err
	}
	for name, change := range changes {
		if name == "tags" {
			var tags []string
			if err := json.Unmarshal(change.New, &tags); err != nil {
				return err
			}
			f.tags = &tags
			continue
		}
		if m := momentOf(name); m >= 0 {
			var at time.Time
			if err := json.Unmarshal(change.New, &at); err != nil {
				return err
			}
			f.times[m] = foldedTime{at, change.Basis, change.Offset}
			continue
		}
		var text string
		if err := json.Unmarshal(change.New, &text); err != nil {
			return err
		}
		f.fields[name] = text
	}
	return nil
}

// momentOf is the moment whose time a field holds; -1: none.
func momentOf(field string) int {
	for m := range (sla.Times{}) {
		if sla.Moment(m).Field() == sla.PresentName(field) {
			return m
		}
	}
	return -1
}

func (f *Fold) clock(promise, stage string) *foldedClock {
	key := ClockKey{promise, stage}
	c := f.clocks[key]
	if c == nil {
		c = &foldedClock{waiver: f.wholeWaiver(promise)}
		f.clocks[key] = c
	}
	return c
}

func (f *Fold) deadline(e *sla.Event) error {
	var b Deadline
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	c := f.clock(b.Promise, b.Stage)
	c.start, c.due = b.Start, instantOf(b.Due)
	c.enter(b.State)
	return nil
}

func (f *Fold) state(e *sla.Event) error {
	var b State
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	c := f.clock(b.Promise, b.Stage)
	if c.state != b.Was && c.state != b.State { // the deadline event before it may hold the new state
		f.faultf("event %d changes %s from %s, but it was %s: events are missing", e.Seq, ClockKey{b.Promise, b.Stage}, b.Was, c.state)
	}
	c.enter(b.State)
	return nil
}

// enter stamps a breach as Clock.Settle does.
func (c *foldedClock) enter(state sla.State) {
	c.state = state
	if (state == sla.Overdue || state == sla.Late) && c.breached.IsZero() {
		c.breached = c.due
	}
}

func (f *Fold) premature(e *sla.Event) error {
	var b Premature
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if b.Breached != nil {
		f.clock(b.Promise, b.Stage).breached = time.Time{}
	}
	return nil
}

func (f *Fold) notice(e *sla.Event) error {
	var b Notice
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	n := sla.Notice{
		ReceivedAt: b.ReceivedAt, SentAt: b.SentAt, Channel: b.Channel, Stage: b.Stage, Reference: b.Reference, Text: b.Text,
		RecordedAt: e.At, RecordedBy: e.Actor,
	}
	n.Files = filesOf(b.Files)
	f.notices = append(f.notices, n)
	return nil
}

func (f *Fold) acknowledged(e *sla.Event) error {
	var b struct {
		By    string
		Owner *string // nil in events of older versions, where it was the one who acknowledged
		Until time.Time
	}
	err := json.Unmarshal(e.Body, &b)
	f.owner = b.By
	if b.Owner != nil {
		f.owner = *b.Owner
	}
	f.ack = sla.Acknowledgement{By: b.By, At: e.At, Until: b.Until}
	return err
}

func (f *Fold) cancel(e *sla.Event) error {
	var b struct{ Reason string }
	err := json.Unmarshal(e.Body, &b)
	f.cancelled, f.fields["cancel_reason"] = e.At, b.Reason
	return err
}

// erase marks the files that were erased. Erased texts are in the bodies already.
func (f *Fold) erase(e *sla.Event) error {
	var b Erased
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if !slices.Contains(b.Fields, EraseFiles) {
		return nil
	}
	for i := range f.notices {
		MarkErased(f.notices[i].Files)
	}
	for i := range f.notes {
		MarkErased(f.notes[i].Files)
	}
	for i := range f.submitted {
		MarkErased(f.submitted[i].Files)
	}
	return nil
}

func (f *Fold) reopen(*sla.Event) error {
	f.cancelled, f.fields["cancel_reason"] = time.Time{}, ""
	return nil
}

func (f *Fold) withdraw(e *sla.Event) error {
	var b Withdrawn
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	if b.Notice < 1 || b.Notice > len(f.notices) {
		f.faultf("event %d withdraws notice %d, but it has %d: events are missing", e.Seq, b.Notice, len(f.notices))
		return nil
	}
	f.notices[b.Notice-1].Withdrawal = sla.Withdrawal{At: e.At, By: e.Actor, Reason: b.Reason}
	return nil
}

func (f *Fold) waive(e *sla.Event) error {
	var b Waived
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	for key, c := range f.clocks {
		if b.Names(key.Promise, key.Stage) && c.waiver.At.IsZero() {
			c.waiver = b.Waiver(e.Actor, e.At)
		}
	}
	return nil
}

func (f *Fold) unwaive(e *sla.Event) error {
	var b Waived
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	for key, c := range f.clocks {
		if key.Promise == b.Promise {
			c.waiver = b.Lifted(key.Stage, c.waiver)
		}
	}
	return nil
}

// wholeWaiver is the waiver of the whole promise, which its later clocks share.
func (f *Fold) wholeWaiver(promise string) sla.Waiver {
	for key, c := range f.clocks {
		if key.Promise == promise && c.waiver.Whole {
			return c.waiver
		}
	}
	return sla.Waiver{}
}

func instantOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
