package web

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/outbox"
)

// Refusal is a message that its destination refuses and that no newer message
// has replaced. Zero times mean none.
type Refusal struct {
	Incident    sla.IncidentID      `json:"incident,omitempty" example:"KGN-42" doc:"Absent: the message is a report"`
	Destination string              `json:"destination"`
	Kind        outbox.DeliveryKind `json:"kind" doc:"post, or update: a change of an earlier message"`
	Alert       outbox.Reason       `json:"alert" doc:"The reason for the message"`
	At          time.Time           `json:"at" doc:"When it was last refused"`
	Next        time.Time           `json:"next_try" doc:"When it is retried, unless a newer message is sent before"`
	Why         string              `json:"why" doc:"The destination's answer"`
	Remedy      calendar.Text       `json:"remedy"`
	Fallback    string              `json:"fallback,omitempty" doc:"The destination that received the alert instead; absent: none"`
	ToldAt      time.Time           `json:"told_at,omitzero" doc:"When the fallback sent it"`
}
