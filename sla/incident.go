package sla

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Impact is how hard an incident hits us, as far as we know.
type Impact string

// The impacts.
const (
	ImpactSerious Impact = "serious"
	ImpactLimited Impact = "limited"
	ImpactNone    Impact = "none"
	ImpactUnknown Impact = "unknown"
)

// Impacts lists the values that an incident accepts.
var Impacts = [...]Impact{ImpactSerious, ImpactLimited, ImpactNone, ImpactUnknown}

// Scope is whom an incident touches.
type Scope string

// The scopes.
const (
	ScopeAll      Scope = "all_customers"
	ScopeSpecific Scope = "specific_customers"
	ScopeUnknown  Scope = "unknown"
)

// Scopes lists the values that an incident accepts.
var Scopes = [...]Scope{ScopeAll, ScopeSpecific, ScopeUnknown}

// Severity is the SOC's own grading. It may be empty, which counts as unknown.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
)

// SeverityUnknown is how filters and alert policies name the incidents that
// nobody has graded. Such an incident itself holds no severity.
const SeverityUnknown Severity = "unknown"

// Severities lists the values that an incident accepts.
var Severities = [...]Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}

// IncidentID numbers the incidents of one database, from 1. People say it on
// the phone at night, so it is short: KGN-42.
type IncidentID int64

const incidentPrefix = "KGN-"

// String returns the form that people and JSON use, such as KGN-42.
func (id IncidentID) String() string { return incidentPrefix + strconv.FormatInt(int64(id), 10) }

// ParseIncidentID reads KGN-42, kgn-42 or plain 42.
func ParseIncidentID(s string) (IncidentID, error) {
	digits := s
	if len(s) >= len(incidentPrefix) && strings.EqualFold(s[:len(incidentPrefix)], incidentPrefix) {
		digits = s[len(incidentPrefix):]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no incident id: write it as KGN-42 or 42", s)
	}
	return IncidentID(n), nil
}

// MarshalText writes KGN-42.
func (id IncidentID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseIncidentID reads.
func (id *IncidentID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseIncidentID(string(b))
	return err
}

// Facts is what the rules ask of an incident: when things happened and how
// bad they are.
type Facts struct {
	Times    Times
	Impact   Impact
	Scope    Scope
	Severity Severity
}

// Incident is what the SOC logs about one event at one vendor.
type Incident struct {
	ID          IncidentID
	Vendor      string // id in the catalogue
	Service     string // as the vendor names it; may be empty
	Title       string
	Description string
	Facts
	Reference string // the SOC's own ticket, or the vendor's
	Tags      []string

	Acknowledged Acknowledgement
	CancelledAt  time.Time // zero: stands
	CancelReason string

	Version int64 // grows with each change; a stale writer is refused
	Clocks  []Clock
	Notices []Notice
}

// AttributedAt is the instant whose day, month or year one of the incident's
// clocks belongs to: the last storable one before its deadline, so that a
// deadline at midnight belongs to the day that ends then, as people say it; else
// its start; else when the incident was logged.
func (inc *Incident) AttributedAt(c *Clock) time.Time {
	switch {
	case !c.Due.IsZero():
		return c.Due.Add(-time.Millisecond)
	case !c.Start.At.IsZero():
		return c.Start.At
	default:
		return inc.Times[Logged].At
	}
}

// Acknowledgement says who has an incident. A zero At means nobody does.
type Acknowledgement struct {
	By    string
	At    time.Time
	Until time.Time // repeats are silent until then; zero: for good
}

// Quiets reports whether a repeat that falls on the given instant is silent.
func (a Acknowledgement) Quiets(at time.Time) bool {
	return !a.At.IsZero() && !at.Before(a.At) && (a.Until.IsZero() || at.Before(a.Until))
}

// Notice is a vendor's message to us about an incident.
type Notice struct {
	ID         int64
	Incident   IncidentID
	ReceivedAt time.Time // when it reached us: this instant is measured
	SentAt     time.Time // as the vendor dates it; zero: unknown
	Channel    string    // email, phone, portal, site … as in the promise
	Stage      string    // the promise's stage that it answers, of a cadence its open round; empty: the first open one
	Reference  string
	Text       string
	RecordedAt time.Time
	RecordedBy string
	Files      []Evidence // evidence that came with it
}

// Evidence is a file that came with a notice. What it holds is kept apart, under its hash.
type Evidence struct {
	Name   string
	Type   string // media type, as sniffed from the content
	Size   int64  // bytes
	SHA256 string // of the content, in hex
}
