package web

import (
	"time"

	"kigen/calendar"
)

// Health is how kigen itself fares: whether it keeps time, and whether what it
// has to tell arrives. Zero times are unknown or none.
type Health struct {
	At           time.Time `json:"at"`
	LastStep     time.Time `json:"last_step"`
	NextPlanned  time.Time `json:"next_planned,omitzero"`
	NextDue      time.Time `json:"next_due,omitzero"`
	OldestUnsent time.Time `json:"oldest_unsent,omitzero"` // since when the oldest alert has waited
	AuditedAt    time.Time `json:"audited_at,omitzero"`
	Untold       int       `json:"untold"` // passed deadlines that nobody was told of

	Destinations []DestinationHealth `json:"destinations"`
	Faults       []Fault             `json:"faults"`
}

// DestinationHealth is how one destination fares since kigen was started.
type DestinationHealth struct {
	Name         string    `json:"name"`
	LastSent     time.Time `json:"last_sent,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"` // zero: it works, or nothing was sent yet
	Reason       string    `json:"reason,omitempty"`       // of the last failure
}

// Fault is something that a person has to look at.
type Fault struct {
	Text   calendar.Text `json:"text"`
	Alerts bool          `json:"alerts"` // it may keep an alert from arriving: kigen is not ready
}

// Fault adds a fault.
func (h *Health) Fault(alerts bool, text calendar.Text) {
	h.Faults = append(h.Faults, Fault{Text: text, Alerts: alerts})
}
