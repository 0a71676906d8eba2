package tracker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/history"
)

// IncidentReader reads incidents.
type IncidentReader interface {
	// Incident returns an incident with its clocks (in creation order) and its notices
	// (by ReceivedAt), or ErrNotFound.
	Incident(ctx context.Context, id sla.IncidentID) (*sla.Incident, error)
	// Referenced returns the first incident of a vendor with each of these references;
	// those without one are left out.
	Referenced(ctx context.Context, vendor string, references []string) (map[string]sla.IncidentID, error)
}

// IncidentWriter stores incidents.
type IncidentWriter interface {
	// InsertIncident stores a new incident without clocks and sets its ID and Version.
	InsertIncident(ctx context.Context, inc *sla.Incident) error
	// UpdateIncident stores the incident's own fields if its Version is still
	// the stored one, and raises Version; otherwise ErrConflict.
	UpdateIncident(ctx context.Context, inc *sla.Incident) error
}

// Entry is the input for logging an incident. Only Vendor and Title are required.
type Entry struct {
	Kind                       sla.IncidentKind // empty: KindIncident
	Vendor, Title, Description string
	sla.Facts
	PublicTitle string // see sla.Incident
	Reference   string
	Tags        []string
	Notices     []NoticeEntry // that the vendor has sent already; each with ReceivedAt
}

// Amendment changes an incident: nil leaves a field unchanged. In Times, a
// moment that is present with a zero Stamp becomes unknown again.
type Amendment struct {
	Service, Title, PublicTitle, Description, Reference *string

	Impact   *sla.Impact
	Scope    *sla.Scope
	Severity *sla.Severity
	Tags     *[]string
	Times    map[sla.Moment]sla.Stamp
	Version  int64 // the version that was read; 0: any
}

// NoticeEntry is the input for a vendor's message. A zero ReceivedAt means now.
type NoticeEntry struct {
	ReceivedAt, SentAt        time.Time
	Channel, Stage, Reference string
	Text                      string
	Files                     []Attachment
}

// Attachment is a file that came with a vendor's message.
type Attachment struct {
	Name    string
	Type    string // media type, as sniffed from the content
	Content []byte
}

// incident builds the incident of the entry, logged at now.
func (e *Entry) incident(now time.Time) *sla.Incident {
	inc := &sla.Incident{
		Kind: cmp.Or(e.Kind, sla.KindIncident), Vendor: strings.TrimSpace(e.Vendor),
		Title: strings.TrimSpace(e.Title), PublicTitle: strings.TrimSpace(e.PublicTitle), Description: plainText(e.Description),
		Facts: e.Facts, Reference: strings.TrimSpace(e.Reference), Tags: slices.Clone(e.Tags),
	}
	inc.Service = strings.TrimSpace(inc.Service)
	inc.Impact = cmp.Or(inc.Impact, sla.ImpactUnknown)
	inc.Scope = cmp.Or(inc.Scope, sla.ScopeUnknown)
	for m := range inc.Times {
		inc.Times[m] = stamp(sla.Moment(m), inc.Times[m])
	}
	inc.Times[sla.Logged] = sla.Stamp{At: now.UTC(), Basis: sla.Observed}
	return inc
}

// stamp adds the default basis to a bare time: the vendor's moments are stated by
// the vendor, ours are observed. It truncates to the milliseconds of storage.
func stamp(m sla.Moment, s sla.Stamp) sla.Stamp {
	if !s.Known() {
		return sla.Stamp{}
	}
	s.At = s.At.Truncate(time.Millisecond)
	if s.Basis == "" {
		s.Basis = sla.Stated
		if m.Ours() {
			s.Basis = sla.Observed
		}
	}
	return s
}

// hashedMoments are the moments of the first version, in its order.
var hashedMoments = [...]sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared, sla.Aware, sla.Logged}

// hashedEntry is the layout of an entry from which its hash is made. The hashes of
// earlier versions are in databases, so this layout never changes: a later field or
// moment appears in it only where it has a value.
type hashedEntry struct {
	Vendor, Service, Title, Description string
	Times                               [len(hashedMoments)]sla.Stamp
	Impact                              sla.Impact
	Scope                               sla.Scope
	Severity                            sla.Severity
	Reference                           string
	Tags                                []string
	Later                               map[string]sla.Stamp `json:",omitempty"` // other known moments, by name
	PublicTitle                         string               `json:",omitempty"`
	Notices                             []NoticeEntry        `json:",omitempty"`
	Kind                                sla.IncidentKind     `json:",omitempty"` // other than incident
}

// hash identifies the content of an entry under an idempotency key.
func (e *Entry) hash() string {
	h := hashedEntry{
		Vendor: e.Vendor, Service: e.Service, Title: e.Title, Description: e.Description,
		Impact: e.Impact, Scope: e.Scope, Severity: e.Severity, Reference: e.Reference, Tags: e.Tags,
		Later: map[string]sla.Stamp{}, PublicTitle: e.PublicTitle, Notices: e.Notices,
	}
	if e.Kind != sla.KindIncident {
		h.Kind = e.Kind
	}
	for i, s := range e.Times {
		if at := slices.Index(hashedMoments[:], sla.Moment(i)); at >= 0 {
			h.Times[at] = s
		} else if s.Known() {
			h.Later[sla.Moment(i).String()] = s
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		panic(fmt.Sprintf("tracker: entry: %v", err)) // plain data, which always marshals
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// apply changes the incident and returns the changes by field.
func (a *Amendment) apply(inc *sla.Incident) map[string]history.Changed {
	changes := map[string]history.Changed{}
	assign(changes, "service", &inc.Service, trimmed(a.Service))
	assign(changes, "title", &inc.Title, trimmed(a.Title))
	assign(changes, "public_title", &inc.PublicTitle, trimmed(a.PublicTitle))
	if a.Description != nil && plainText(*a.Description) != plainText(inc.Description) {
		description := plainText(*a.Description)
		assign(changes, "description", &inc.Description, &description)
	}
	assign(changes, "reference", &inc.Reference, trimmed(a.Reference))
	assign(changes, "impact", &inc.Impact, a.Impact)
	assign(changes, "scope", &inc.Scope, a.Scope)
	assign(changes, "severity", &inc.Severity, a.Severity)
	if a.Tags != nil && !slices.Equal(inc.Tags, *a.Tags) {
		changes["tags"] = history.Changed{Old: inc.Tags, New: *a.Tags}
		inc.Tags = slices.Clone(*a.Tags)
	}
	for m, s := range a.Times {
		old, s := inc.Times[m], stamp(m, s)
		if old.At.Equal(s.At) && old.Basis == s.Basis {
			continue
		}
		offset := history.Offset(s.At)
		changes[m.Field()] = history.Changed{Old: history.UTC(old.At), New: history.UTC(s.At), Basis: &s.Basis, Offset: &offset}
		inc.Times[m] = s
	}
	return changes
}

// trimmed is the text without the blanks around it; nil stays nil.
func trimmed(s *string) *string {
	if s == nil {
		return nil
	}
	t := strings.TrimSpace(*s)
	return &t
}

func assign[T comparable](changes map[string]history.Changed, field string, to, from *T) {
	if from != nil && *to != *from {
		changes[field] = history.Changed{Old: *to, New: *from}
		*to = *from
	}
}

func (n *NoticeEntry) notice(c *change) *sla.Notice {
	received := n.ReceivedAt
	if received.IsZero() {
		received = c.now
	}
	return &sla.Notice{
		Incident: c.inc.ID, ReceivedAt: received.Truncate(time.Millisecond), SentAt: n.SentAt.Truncate(time.Millisecond),
		Channel: strings.TrimSpace(n.Channel), Stage: strings.TrimSpace(n.Stage), Reference: strings.TrimSpace(n.Reference),
		Text: plainText(n.Text), RecordedAt: c.now, RecordedBy: c.by.Actor,
	}
}
