package web

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla"
	"kigen/sla/tracker"
)

// entered lists the moments that people enter, in the order of the bodies'
// fields; the last moment, logged, is our own.
var entered = [...]sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared, sla.Noticed}

// newIncident is the body that logs an incident.
type newIncident struct {
	Vendor      string   `json:"vendor" minLength:"1" doc:"The vendor's id, as GET /vendors lists it" example:"sotas"`
	Title       string   `json:"title" minLength:"1" maxLength:"300" doc:"What happened, in a line" example:"Sign-in fails"`
	Service     string   `json:"service,omitempty" maxLength:"300" doc:"The vendor's product"`
	Description string   `json:"description,omitempty" maxLength:"50000"`
	Impact      string   `json:"impact,omitempty" enum:"serious,limited,none,unknown" doc:"How hard it hits us; unknown counts as applying"`
	Scope       string   `json:"scope,omitempty" enum:"all_customers,specific_customers,unknown" doc:"Whom it touches"`
	Severity    string   `json:"severity,omitempty" enum:"critical,high,medium,low" doc:"The SOC's own grading"`
	OccurredAt  string   `json:"occurred_at,omitempty" doc:"When it happened at the vendor. RFC 3339, or 2026-05-02 22:10 in the configured zone" example:"2026-05-02T22:10:00+09:00"`
	DetectedAt  string   `json:"detected_at,omitempty" doc:"When the vendor's monitoring saw it"`
	ConfirmedAt string   `json:"confirmed_at,omitempty" doc:"When the vendor established that it is an incident"`
	DeclaredAt  string   `json:"declared_at,omitempty" doc:"When the vendor formally declared it"`
	NoticedAt   string   `json:"noticed_at,omitempty" doc:"When the SOC first saw it"`
	Reference   string   `json:"reference,omitempty" maxLength:"300" doc:"The SOC's own ticket, or the vendor's"`
	Tags        []string `json:"tags,omitempty" maxItems:"50" maxLength:"100"`
}

// entry reads the body's times in zone.
func (n *newIncident) entry(zone *time.Location) (tracker.Entry, error) {
	read := timeReader{zone: zone}
	e := tracker.Entry{
		Vendor: n.Vendor, Service: n.Service, Title: n.Title, Description: n.Description,
		Reference: n.Reference, Tags: n.Tags,
	}
	e.Impact, e.Scope, e.Severity = sla.Impact(n.Impact), sla.Scope(n.Scope), sla.Severity(n.Severity)
	for i, text := range []string{n.OccurredAt, n.DetectedAt, n.ConfirmedAt, n.DeclaredAt, n.NoticedAt} {
		e.Times[entered[i]] = read.stamp(entered[i], text)
	}
	return e, read.err()
}

// changedIncident is the body that amends an incident: what is absent stays,
// null clears.
type changedIncident struct {
	Title       optional[string]   `json:"title,omitempty" maxLength:"300"`
	Service     optional[string]   `json:"service,omitempty" maxLength:"300"`
	Description optional[string]   `json:"description,omitempty" maxLength:"50000"`
	Impact      optional[string]   `json:"impact,omitempty" enum:"serious,limited,none,unknown"`
	Scope       optional[string]   `json:"scope,omitempty" enum:"all_customers,specific_customers,unknown"`
	Severity    optional[string]   `json:"severity,omitempty" enum:"critical,high,medium,low"`
	OccurredAt  optional[string]   `json:"occurred_at,omitempty" doc:"Null: unknown again"`
	DetectedAt  optional[string]   `json:"detected_at,omitempty"`
	ConfirmedAt optional[string]   `json:"confirmed_at,omitempty"`
	DeclaredAt  optional[string]   `json:"declared_at,omitempty"`
	NoticedAt   optional[string]   `json:"noticed_at,omitempty"`
	Reference   optional[string]   `json:"reference,omitempty" maxLength:"300"`
	Tags        optional[[]string] `json:"tags,omitempty" maxItems:"50" maxLength:"100"`
	Version     int64              `json:"version,omitempty" minimum:"1" doc:"The version that was read: a change made meanwhile is refused instead of overwritten"`
}

// amendment names only what was given, so that a caller who knows one field can
// not undo another.
func (c *changedIncident) amendment(zone *time.Location) (tracker.Amendment, error) {
	read := timeReader{zone: zone}
	a := tracker.Amendment{
		Title: c.Title.pointer(), Service: c.Service.pointer(), Description: c.Description.pointer(),
		Reference: c.Reference.pointer(), Tags: c.Tags.pointer(), Version: c.Version,
		Times: map[sla.Moment]sla.Stamp{},
	}
	a.Impact = fact(c.Impact, sla.ImpactUnknown)
	a.Scope = fact(c.Scope, sla.ScopeUnknown)
	a.Severity = fact(c.Severity, sla.Severity(""))
	for i, text := range []optional[string]{c.OccurredAt, c.DetectedAt, c.ConfirmedAt, c.DeclaredAt, c.NoticedAt} {
		if text.given {
			a.Times[entered[i]] = read.stamp(entered[i], text.value)
		}
	}
	return a, read.err()
}

// fact turns a field into a graded fact; null means unknown.
func fact[T ~string](field optional[string], unknown T) *T {
	if !field.given {
		return nil
	}
	value := T(field.value)
	if field.null {
		value = unknown
	}
	return &value
}

// newNotice is the body that records a vendor's message.
type newNotice struct {
	ReceivedAt string    `json:"received_at,omitempty" doc:"When it reached us; absent: now" example:"2026-05-03T09:12:00+09:00"`
	SentAt     string    `json:"sent_at,omitempty" doc:"As the vendor dates it"`
	Channel    string    `json:"channel,omitempty" maxLength:"100" doc:"email, phone, portal, site …" example:"email"`
	Stage      string    `json:"stage,omitempty" maxLength:"100" doc:"The promise's stage that it answers; absent: the first open one"`
	Reference  string    `json:"reference,omitempty" maxLength:"300"`
	Text       string    `json:"text,omitempty" maxLength:"200000"`
	Files      []newFile `json:"files,omitempty" maxItems:"10" doc:"Evidence; 10 MiB together at most"`
}

// entry reads the notice's times in zone. An absent received_at stays zero, which
// the use case takes as now: the server's clock decides, not the caller's.
func (n *newNotice) entry(zone *time.Location) (tracker.NoticeEntry, error) {
	read := timeReader{zone: zone}
	e := tracker.NoticeEntry{
		ReceivedAt: read.time("received_at", n.ReceivedAt), SentAt: read.time("sent_at", n.SentAt),
		Channel: n.Channel, Stage: n.Stage, Reference: n.Reference, Text: n.Text,
	}
	for _, f := range n.Files {
		e.Files = append(e.Files, attachment(f.Name, f.Content))
	}
	return e, read.err()
}

// acknowledgement is the body that says that a person has an incident.
type acknowledgement struct {
	Until string `json:"until,omitempty" doc:"Repeats stay silent until then; absent: for good"`
	By    string `json:"by,omitempty" maxLength:"100" doc:"Who has it"`
}

// cancellation is the body that withdraws an incident.
type cancellation struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why it was none"`
}

// timeReader reads several times and gathers what is wrong with them.
type timeReader struct {
	zone    *time.Location
	invalid tracker.Invalid
}

// time reads one field; an empty one is the zero time.
func (r *timeReader) time(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := tracker.ParseTime(text, r.zone)
	if err != nil {
		r.invalid = append(r.invalid, tracker.BadTime(field, text, err))
	}
	return t
}

// stamp reads one moment. What is entered of the vendor's moments is what the
// vendor stated; when we noticed is our own observation.
func (r *timeReader) stamp(m sla.Moment, text string) sla.Stamp {
	at := r.time(m.String()+"_at", text)
	switch {
	case at.IsZero():
		return sla.Stamp{}
	case m == sla.Noticed:
		return sla.Stamp{At: at, Basis: sla.Observed}
	default:
		return sla.Stamp{At: at, Basis: sla.Stated}
	}
}

// err is nil when every time could be read. A nil Invalid in an error would not be.
func (r *timeReader) err() error {
	if len(r.invalid) == 0 {
		return nil
	}
	return r.invalid
}

// optional is a field of which it matters whether it was given, and as null.
type optional[T any] struct {
	given, null bool
	value       T
}

// UnmarshalJSON takes the field's value or null.
func (o *optional[T]) UnmarshalJSON(b []byte) error {
	o.given, o.null = true, string(b) == "null"
	return json.Unmarshal(b, &o.value)
}

// Schema describes the value itself, or null.
func (optional[T]) Schema(r huma.Registry) *huma.Schema {
	schema := huma.SchemaFromType(r, reflect.TypeFor[T]())
	schema.Nullable = true
	return schema
}

// pointer is nil when the field was not given; null gives the zero value.
func (o *optional[T]) pointer() *T {
	if !o.given {
		return nil
	}
	return &o.value
}
