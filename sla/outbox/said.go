package outbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"time"

	"kigen/sla"
)

// Said is a digest of the facts about an incident and its clocks that a message
// shows and that a person can change. It leaves out texts, and what changes with
// time alone: two equal values mean that a message needs no update.
type Said struct {
	Incident string                    `json:"incident"` // digest of its own facts: title, severity, assignee …
	Clocks   map[sla.ClockID]ClockSaid `json:"clocks,omitempty"`
}

// ClockSaid is the part of Said about one clock.
type ClockSaid struct {
	Due    int64     `json:"due,omitempty"`    // Unix milliseconds; 0: none
	Closed sla.State `json:"closed,omitempty"` // the state of a closed clock; empty: open
	Facts  string    `json:"facts"`            // digest of its start and its notice
}

// Standing returns the facts about an incident as of now.
func Standing(inc *sla.Incident) Said {
	ack := inc.Acknowledged
	facts := []any{
		inc.Title, inc.Service, inc.Reference, inc.Severity, inc.Impact, inc.Scope,
		ack.By, instant(ack.At), instant(ack.Until), instant(inc.CancelledAt), inc.CancelReason, len(inc.Counted()),
	}
	if inc.Owner != ack.By { // else the digest is that of messages from before there were owners
		facts = append(facts, inc.Owner)
	}
	s := Said{Incident: digest(facts...), Clocks: make(map[sla.ClockID]ClockSaid, len(inc.Clocks))}
	for i := range inc.Clocks {
		s.Clocks[inc.Clocks[i].ID] = stated(&inc.Clocks[i])
	}
	for i := range inc.Duties {
		c := &inc.Duties[i]
		said := stated(c)
		if d := inc.Decided(c.Regime()); d != nil {
			said.Facts = digest(said.Facts, d.Applies, d.Case)
		}
		s.Clocks[c.ID] = said
	}
	return s
}

func stated(c *sla.Clock) ClockSaid {
	s := ClockSaid{Due: instant(c.Due), Facts: digest(instant(c.Start.At), c.Start.Basis, instant(c.NotifiedAt))}
	if !c.State.Open() {
		s.Closed = c.State
	}
	return s
}

// With returns the facts that a destination has after one more message about one
// clock, while the incident is in the given state.
func (s Said) With(now Said, clock sla.ClockID) Said {
	said := Said{Incident: now.Incident, Clocks: maps.Clone(s.Clocks)}
	if said.Clocks == nil {
		said.Clocks = map[sla.ClockID]ClockSaid{}
	}
	if stated, ok := now.Clocks[clock]; ok {
		said.Clocks[clock] = stated
	}
	return said
}

// Equal reports whether both hold the same facts.
func (s Said) Equal(o Said) bool { return s.Incident == o.Incident && maps.Equal(s.Clocks, o.Clocks) }

// instant is a time in Unix milliseconds, 0 for the zero time.
func instant(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// digest is short, because one is stored with each message.
func digest(facts ...any) string {
	h := sha256.New()
	for _, f := range facts {
		fmt.Fprintf(h, "%v\x00", f)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
