package tracker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
)

// Entry is what a person or a script enters to log an incident. Only Vendor
// and Title are required.
type Entry struct {
	Vendor, Service, Title, Description string
	sla.Facts
	Reference string
	Tags      []string
}

// Amendment changes an incident: nil leaves a field as it is. In Times, a
// moment that is present with a zero Stamp becomes unknown again.
type Amendment struct {
	Service, Title, Description, Reference *string
	Impact                                 *sla.Impact
	Scope                                  *sla.Scope
	Severity                               *sla.Severity
	Tags                                   *[]string
	Times                                  map[sla.Moment]sla.Stamp
	Version                                int64 // the version that was read; 0: whatever stands
}

// NoticeEntry is what is entered of a vendor's message. A zero ReceivedAt means now.
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

// incident makes the incident that the entry asks for, logged at now.
func (e *Entry) incident(now time.Time) *sla.Incident {
	inc := &sla.Incident{
		Vendor: strings.TrimSpace(e.Vendor), Service: strings.TrimSpace(e.Service),
		Title: strings.TrimSpace(e.Title), Description: e.Description,
		Facts: e.Facts, Reference: strings.TrimSpace(e.Reference), Tags: slices.Clone(e.Tags),
	}
	inc.Impact = cmp.Or(inc.Impact, sla.ImpactUnknown)
	inc.Scope = cmp.Or(inc.Scope, sla.ScopeUnknown)
	for m := range inc.Times {
		inc.Times[m] = stamp(sla.Moment(m), inc.Times[m])
	}
	inc.Times[sla.Logged] = sla.Stamp{At: now.UTC(), Basis: sla.Observed}
	return inc
}

// stamp fills in the basis that a bare time has: the vendor's moments are as
// the vendor stated them, ours are as we observed them. Storage keeps
// milliseconds.
func stamp(m sla.Moment, s sla.Stamp) sla.Stamp {
	if !s.Known() {
		return sla.Stamp{}
	}
	s.At = s.At.Truncate(time.Millisecond)
	if s.Basis == "" {
		s.Basis = sla.Stated
		if m >= sla.Noticed {
			s.Basis = sla.Observed
		}
	}
	return s
}

// hash tells one request from another under the same idempotency key.
func (e *Entry) hash() string {
	text, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("tracker: entry: %v", err)) // only plain data in there
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// replayed returns the incident that the same request logged before; nil when
// the key is new.
func replayed(ctx context.Context, r Reader, key, request string) (*sla.Incident, error) {
	if key == "" {
		return nil, nil
	}
	id, earlier, err := r.Replayed(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case earlier != request:
		return nil, Invalid{{Field: "Idempotency-Key", Value: key, Message: "was used for another request, which logged " + id.String() + ": use a new key",
			Ja: "同じキーで " + id.String() + " を登録済みです。新しいキーを使ってください。"}}
	}
	return r.Incident(ctx, id)
}

// apply changes the incident and returns what changed, by field.
func (a *Amendment) apply(inc *sla.Incident) map[string]Changed {
	changes := map[string]Changed{}
	assign(changes, "service", &inc.Service, trimmed(a.Service))
	assign(changes, "title", &inc.Title, trimmed(a.Title))
	assign(changes, "description", &inc.Description, a.Description)
	assign(changes, "reference", &inc.Reference, trimmed(a.Reference))
	assign(changes, "impact", &inc.Impact, a.Impact)
	assign(changes, "scope", &inc.Scope, a.Scope)
	assign(changes, "severity", &inc.Severity, a.Severity)
	if a.Tags != nil && !slices.Equal(inc.Tags, *a.Tags) {
		changes["tags"] = Changed{Old: inc.Tags, New: *a.Tags}
		inc.Tags = slices.Clone(*a.Tags)
	}
	for m, s := range a.Times {
		old, s := inc.Times[m], stamp(m, s)
		if old.At.Equal(s.At) && old.Basis == s.Basis {
			continue
		}
		changes[timeField(m)] = Changed{Old: utc(old.At), New: utc(s.At)}
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

func assign[T comparable](changes map[string]Changed, field string, to, from *T) {
	if from != nil && *to != *from {
		changes[field] = Changed{Old: *to, New: *from}
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
		Text: n.Text, RecordedAt: c.now, RecordedBy: c.actor,
	}
}
