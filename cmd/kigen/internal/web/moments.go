package web

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kigen/sla"
)

// Moments are the fields of the moments that people enter, in the order of
// sla.EnteredMoments. Requests and responses embed them.
type Moments[T any] struct {
	OccurredAt  T `json:"occurred_at,omitempty" query:"occurred_at" doc:"When the incident happened at the vendor. In a request RFC 3339, or 2026-05-02 22:10 in the configured zone" example:"2026-05-02T22:10:00+09:00"`
	DetectedAt  T `json:"detected_at,omitempty" query:"detected_at" doc:"When the vendor's monitoring detected it"`
	ConfirmedAt T `json:"confirmed_at,omitempty" query:"confirmed_at" doc:"When the vendor established that it is an incident"`
	DeclaredAt  T `json:"declared_at,omitempty" query:"declared_at" doc:"When the vendor formally declared it"`
	AwareAt     T `json:"aware_at,omitempty" query:"aware_at" doc:"When the SOC became aware of it"`

	ClassifiedAt T `json:"classified_at,omitempty" query:"classified_at" doc:"When the SOC classified it"`
	DeterminedAt T `json:"determined_at,omitempty" query:"determined_at" doc:"When the SOC determined that a law applies to it"`
	AssessedAt   T `json:"assessed_at,omitempty" query:"assessed_at" doc:"When the SOC finished assessing it"`
	SubmittedAt  T `json:"submitted_at,omitempty" query:"submitted_at" doc:"When the SOC submitted its own report of it"`
	ScheduledAt  T `json:"scheduled_at,omitempty" query:"scheduled_at" doc:"When a maintenance or change is planned to begin; required for these kinds, and only for them"`
	EndedAt      T `json:"ended_at,omitempty" query:"ended_at" doc:"When the contract ended or will end; required for the kind contract_end, and only for it"`
	RequestedAt  T `json:"requested_at,omitempty" query:"requested_at" doc:"When the SOC requested something of the vendor"`
}

// At returns the field of a moment that people enter. The fields have the order of
// sla.EnteredMoments, which leaves out Logged.
func (f *Moments[T]) At(m sla.Moment) *T {
	i := int(m)
	if m > sla.Logged {
		i--
	}
	return reflect.ValueOf(f).Elem().Field(i).Addr().Interface().(*T)
}

// MomentsFrom fills each field from the moment.
func MomentsFrom[T any](value func(sla.Moment) T) (f Moments[T]) {
	for _, m := range sla.EnteredMoments() {
		*f.At(m) = value(m)
	}
	return f
}

// Instant is a time in a response; the zero time is null.
type Instant struct{ time.Time }

// MarshalJSON writes RFC 3339 or null.
func (t Instant) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.Time)
}

// Schema describes the time, or null.
func (Instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}
