package web

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla"
	"kigen/sla/tracker"
)

// NewIncident is the request body that logs an incident.
type NewIncident struct {
	Kind        string `json:"kind,omitempty" enum:"incident,event,vulnerability,maintenance,change,contract_end,periodic" doc:"Its subject, which decides which promises apply; absent: incident. It never changes"`
	Vendor      string `json:"vendor" minLength:"1" doc:"The vendor's id, see GET /vendors" example:"sotas"`
	Title       string `json:"title" minLength:"1" maxLength:"300" doc:"Short description in one line" example:"Sign-in fails"`
	PublicTitle string `json:"public_title,omitempty" maxLength:"300" doc:"What a letter to the vendor calls it; absent: the service and the time of the event, never title"`
	Service     string `json:"service,omitempty" maxLength:"300" doc:"The vendor's product"`
	Description string `json:"description,omitempty" maxLength:"50000"`
	Impact      string `json:"impact,omitempty" enum:"serious,limited,none,unknown" doc:"Impact on the own organization; promises apply while it is unknown"`
	Scope       string `json:"scope,omitempty" enum:"all_customers,specific_customers,unknown" doc:"The customers affected"`
	Severity    string `json:"severity,omitempty" enum:"critical,high,medium,low" doc:"Severity given by the SOC"`
	Moments[string]
	Reference string   `json:"reference,omitempty" maxLength:"300" doc:"The SOC's own ticket, or the vendor's"`
	Tags      []string `json:"tags,omitempty" maxItems:"50" maxLength:"100"`
}

// Entry converts the body; read parses its times.
func (n *NewIncident) Entry(read TimeReader) (tracker.Entry, error) {
	e := tracker.Entry{
		Kind: sla.IncidentKind(n.Kind), Vendor: n.Vendor, Title: n.Title, PublicTitle: n.PublicTitle, Description: n.Description,
		Reference: n.Reference, Tags: n.Tags,
	}
	e.Service, e.Impact, e.Scope, e.Severity = n.Service, sla.Impact(n.Impact), sla.Scope(n.Scope), sla.Severity(n.Severity)
	for _, m := range sla.EnteredMoments() {
		e.Times[m] = read.Stamp(m, *n.At(m))
	}
	return e, read.Err()
}

// BatchedIncident is one incident in the request body of a batch, with the vendor's
// notice if there was one.
type BatchedIncident struct {
	NewIncident
	NoticeReceivedAt string `json:"notice_received_at,omitempty" doc:"When the vendor's notice was received; required with any other field of the notice"`
	NoticeSentAt     string `json:"notice_sent_at,omitempty" doc:"The vendor's own date of the notice"`
	NoticeChannel    string `json:"notice_channel,omitempty" maxLength:"100" doc:"email, phone, portal, site …"`
	NoticeStage      string `json:"notice_stage,omitempty" maxLength:"100" doc:"The stage of the promise that it answers; absent: the first open one"`
	NoticeReference  string `json:"notice_reference,omitempty" maxLength:"300"`
	NoticeText       string `json:"notice_text,omitempty" maxLength:"200000"`
}

// Entry converts the body; read parses its times.
func (b *BatchedIncident) Entry(read TimeReader) (tracker.Entry, error) {
	n := tracker.NoticeEntry{
		ReceivedAt: read.Time("notice_received_at", b.NoticeReceivedAt), SentAt: read.Time("notice_sent_at", b.NoticeSentAt),
		Channel: b.NoticeChannel, Stage: b.NoticeStage, Reference: b.NoticeReference, Text: b.NoticeText,
	}
	e, err := b.NewIncident.Entry(read)
	if b.NoticeReceivedAt+b.NoticeSentAt+b.NoticeChannel+b.NoticeStage+b.NoticeReference+b.NoticeText != "" {
		e.Notices = []tracker.NoticeEntry{n}
	}
	return e, err
}

// ChangedIncident is the request body that amends an incident: an absent field
// is unchanged, null clears it and makes a moment unknown.
type ChangedIncident struct {
	Title       Optional[string] `json:"title,omitempty" maxLength:"300"`
	PublicTitle Optional[string] `json:"public_title,omitempty" maxLength:"300"`
	Service     Optional[string] `json:"service,omitempty" maxLength:"300"`
	Description Optional[string] `json:"description,omitempty" maxLength:"50000"`
	Impact      Optional[string] `json:"impact,omitempty" enum:"serious,limited,none,unknown"`
	Scope       Optional[string] `json:"scope,omitempty" enum:"all_customers,specific_customers,unknown"`
	Severity    Optional[string] `json:"severity,omitempty" enum:"critical,high,medium,low"`
	Moments[Optional[string]]
	Reference Optional[string]   `json:"reference,omitempty" maxLength:"300"`
	Tags      Optional[[]string] `json:"tags,omitempty" maxItems:"50" maxLength:"100"`
	Version   int64              `json:"version,omitempty" minimum:"1" doc:"The version that the change is based on; a newer one is a conflict instead of being overwritten"`
}

// Amendment contains only the given fields, so that a caller who sends one
// field does not change another.
func (c *ChangedIncident) Amendment(read TimeReader) (tracker.Amendment, error) {
	a := tracker.Amendment{
		Title: c.Title.pointer(), PublicTitle: c.PublicTitle.pointer(), Service: c.Service.pointer(), Description: c.Description.pointer(),
		Reference: c.Reference.pointer(), Tags: c.Tags.pointer(), Version: c.Version,
		Times: map[sla.Moment]sla.Stamp{},
	}
	a.Impact = fact(c.Impact, sla.ImpactUnknown)
	a.Scope = fact(c.Scope, sla.ScopeUnknown)
	a.Severity = fact(c.Severity, sla.Severity(""))
	for _, m := range sla.EnteredMoments() {
		if text := c.At(m); text.Given {
			a.Times[m] = read.Stamp(m, text.Value)
		}
	}
	return a, read.Err()
}

// fact converts a field into a fact; null means unknown.
func fact[T ~string](field Optional[string], unknown T) *T {
	if !field.Given {
		return nil
	}
	value := T(field.Value)
	if field.null {
		value = unknown
	}
	return &value
}

// NewNotice is the request body that records a vendor's notice.
type NewNotice struct {
	ReceivedAt string    `json:"received_at,omitempty" doc:"When it was received; absent: now" example:"2026-05-03T09:12:00+09:00"`
	SentAt     string    `json:"sent_at,omitempty" doc:"The vendor's own date of the notice"`
	Channel    string    `json:"channel,omitempty" maxLength:"100" doc:"email, phone, portal, site …" example:"email"`
	Stage      string    `json:"stage,omitempty" maxLength:"100" doc:"The stage of the promise that it answers; absent: the first open one"`
	Reference  string    `json:"reference,omitempty" maxLength:"300"`
	Text       string    `json:"text,omitempty" maxLength:"200000"`
	Files      []newFile `json:"files,omitempty" maxItems:"10" doc:"Evidence; at most 10 MiB together"`
}

// Entry converts the notice; read parses its times. An absent received_at stays
// zero, which the use case replaces by the server's current time.
func (n *NewNotice) Entry(read TimeReader) (tracker.NoticeEntry, error) {
	e := tracker.NoticeEntry{
		ReceivedAt: read.Time("received_at", n.ReceivedAt), SentAt: read.Time("sent_at", n.SentAt),
		Channel: n.Channel, Stage: n.Stage, Reference: n.Reference, Text: n.Text,
	}
	for _, f := range n.Files {
		e.Files = append(e.Files, Attachment(f.Name, f.Content))
	}
	return e, read.Err()
}

// newFile is a file in the request body that records a notice.
type newFile struct {
	Name    string `json:"name" minLength:"1" maxLength:"500" example:"notice.eml"`
	Content []byte `json:"content" doc:"Base64"`
}

// Attachment detects the media type from the content instead of trusting the
// sender's declaration.
func Attachment(name string, content []byte) tracker.Attachment {
	return tracker.Attachment{Name: name, Type: http.DetectContentType(content), Content: content}
}

// Acknowledgement is the request body that acknowledges an incident.
type Acknowledgement struct {
	Until string `json:"until,omitempty" doc:"Repeated alerts are suppressed until then; absent: permanently"`
	By    string `json:"by,omitempty" maxLength:"100" doc:"The person who handles it"`
}

// Cancellation is the request body that cancels an incident.
type Cancellation struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why it is cancelled"`
}

// Optional is a field that records whether it was given, and whether as null.
type Optional[T any] struct {
	Given, null bool
	Value       T
}

// UnmarshalJSON accepts the field's value or null.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Given, o.null = true, string(b) == "null"
	return json.Unmarshal(b, &o.Value)
}

// Schema describes the value, or null.
func (Optional[T]) Schema(r huma.Registry) *huma.Schema {
	schema := huma.SchemaFromType(r, reflect.TypeFor[T]())
	schema.Nullable = true
	return schema
}

// pointer is nil when the field was not given; null gives the zero value.
func (o *Optional[T]) pointer() *T {
	if !o.Given {
		return nil
	}
	return &o.Value
}
