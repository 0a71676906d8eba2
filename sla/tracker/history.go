package tracker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/record"
)

// HistoryReader reads the histories of incidents.
type HistoryReader interface {
	// Events returns the history of an incident, oldest first.
	Events(ctx context.Context, id sla.IncidentID) ([]sla.Event, error)
	// Head is the newest line of the record.
	Head(ctx context.Context) (record.Head, error)
	// CreatedAt is when this database was created.
	CreatedAt(ctx context.Context) (time.Time, error)
}

// HistoryWriter appends to the histories of incidents.
type HistoryWriter interface {
	// AppendEvent seals the event to the incident's last one and stores it.
	AppendEvent(ctx context.Context, e *sla.Event) error
}

// The types below are the bodies of events. Their keys are those of the API; instants are in UTC.

type loggedBody struct {
	Vendor   string               `json:"vendor"`
	Service  string               `json:"service,omitempty"`
	Title    string               `json:"title"`
	Impact   sla.Impact           `json:"impact"`
	Scope    sla.Scope            `json:"scope"`
	Severity sla.Severity         `json:"severity,omitempty"`
	Times    map[string]time.Time `json:"times"`
	Rest     *loggedRest          `json:"rest,omitempty"` // nil in events of older versions
}

// loggedRest is what completes the record of an incident as it was logged.
type loggedRest struct {
	Kind        sla.IncidentKind     `json:"kind"`
	Description string               `json:"description,omitempty"`
	PublicTitle string               `json:"public_title,omitempty"`
	Reference   string               `json:"reference,omitempty"`
	Tags        []string             `json:"tags,omitempty"`
	Bases       map[string]sla.Basis `json:"bases,omitempty"`   // of times
	Offsets     map[string]int       `json:"offsets,omitempty"` // at which times were entered, in seconds east of UTC
	Import      *importBody          `json:"import,omitempty"`  // nil: logged by itself
}

// importBody is the origin of an imported incident.
type importBody struct {
	Name      string    `json:"name,omitempty"`
	PastUntil time.Time `json:"past_until"`
}

func describe(inc *sla.Incident) loggedBody {
	rest := &loggedRest{
		Kind: inc.Kind, PublicTitle: inc.PublicTitle, Description: inc.Description, Reference: inc.Reference, Tags: inc.Tags,
		Bases: map[string]sla.Basis{}, Offsets: map[string]int{},
	}
	if inc.Import != (sla.Import{}) {
		rest.Import = &importBody{Name: inc.Import.Name, PastUntil: inc.Import.PastUntil.UTC()}
	}
	b := loggedBody{
		Vendor: inc.Vendor, Service: inc.Service, Title: inc.Title,
		Impact: inc.Impact, Scope: inc.Scope, Severity: inc.Severity, Times: map[string]time.Time{}, Rest: rest,
	}
	for m, s := range inc.Times {
		if !s.Known() {
			continue
		}
		name := sla.Moment(m).Field()
		b.Times[name], rest.Bases[name] = s.At.UTC(), s.Basis
		if east := offsetOf(s.At); east != 0 {
			rest.Offsets[name] = east
		}
	}
	return b
}

type noticeBody struct {
	ReceivedAt time.Time  `json:"received_at"`
	SentAt     time.Time  `json:"sent_at,omitzero"`
	Channel    string     `json:"channel,omitempty"`
	Stage      string     `json:"stage,omitempty"`
	Reference  string     `json:"reference,omitempty"`
	Text       string     `json:"text,omitempty"`
	Files      []fileBody `json:"files,omitempty"`
}

// fileBody binds a file's content to the history by its hash.
type fileBody struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func describeNotice(n *sla.Notice) noticeBody {
	body := noticeBody{
		ReceivedAt: n.ReceivedAt.UTC(), Channel: n.Channel, Stage: n.Stage, Reference: n.Reference, Text: n.Text,
	}
	body.Files = fileBodies(n.Files)
	if !n.SentAt.IsZero() {
		body.SentAt = n.SentAt.UTC()
	}
	return body
}

// DeadlineBody is the body of an EventDeadline: the deadline and the one that
// it replaces.
type DeadlineBody struct {
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

func describeDeadline(c, before *sla.Clock) DeadlineBody {
	b := DeadlineBody{
		Promise: c.Promise, Stage: c.Stage, State: c.State, Basis: c.Basis(),
		Due: utc(c.Due), OldDue: utc(before.Due), Terms: c.Terms,
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

// StateBody is the body of an EventState.
type StateBody struct {
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

func describeState(c *sla.Clock, was sla.State) StateBody {
	b := StateBody{Promise: c.Promise, Stage: c.Stage, Was: was, State: c.State, Due: utc(c.Due)}
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

// RetiredBody is the body of an EventRetired.
type RetiredBody struct {
	Destination string `json:"destination"`
	Messages    int    `json:"messages"`
}

// utc is nil for a zero instant, which JSON writes as null.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// record appends an event to the incident's history.
func (c *change) record(actor string, kind sla.EventKind, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", kind, c.inc.ID, err)
	}
	event := &sla.Event{Incident: c.inc.ID, At: c.now, Actor: actor, Kind: kind, Body: text}
	if actor != kigen {
		event.Origin = c.by.Origin
	}
	return c.tx.AppendEvent(c.ctx, event)
}
