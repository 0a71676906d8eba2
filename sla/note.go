package sla

import "time"

// Note is what a person wrote down about an incident, such as a call without an answer.
type Note struct {
	ID       int64
	Incident IncidentID
	At       time.Time
	By       string // actor, as in the history
	Text     string
	Files    []Evidence
}

// Chaser records that a person asked the vendor for its notice.
type Chaser struct {
	ID         int64
	Incident   IncidentID
	SentAt     time.Time
	To         string // address or number; empty: unknown
	Channel    string // email, phone, portal …
	MessageID  string // of a mail
	RecordedAt time.Time
	RecordedBy string
}
