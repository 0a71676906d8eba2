package sla

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Impact is how hard an incident hits us, as far as is known.
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

// Scope is the set of customers that an incident affects.
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

// SeverityUnknown is the name of an empty severity in filters and alert policies.
// An incident itself never holds it.
const SeverityUnknown Severity = "unknown"

// Severities lists the values that an incident accepts.
var Severities = [...]Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}

// IncidentID numbers the incidents of one database, from 1. It is short, such as
// KGN-42, because people read it out on the phone.
type IncidentID int64

const incidentPrefix = "KGN-"

// String returns the form used in texts and JSON, such as KGN-42.
func (id IncidentID) String() string { return incidentPrefix + strconv.FormatInt(int64(id), 10) }

// ParseIncidentID reads KGN-42, kgn-42 or plain 42.
func ParseIncidentID(s string) (IncidentID, error) {
	digits := s
	if len(s) >= len(incidentPrefix) && strings.EqualFold(s[:len(incidentPrefix)], incidentPrefix) {
		digits = s[len(incidentPrefix):]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not an incident ID: write it as KGN-42 or 42", s)
	}
	return IncidentID(n), nil
}

// MarshalText writes KGN-42.
func (id IncidentID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText accepts the forms of ParseIncidentID.
func (id *IncidentID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseIncidentID(string(b))
	return err
}

// Facts are the inputs of the rules: the moments of an incident, the service that it
// hit, and how severe it is.
type Facts struct {
	Times    Times
	Service  string // as the vendor names it; empty: unknown
	Impact   Impact
	Scope    Scope
	Severity Severity
}

// Incident is one event at one vendor, as the SOC logged it.
type Incident struct {
	ID          IncidentID
	Kind        IncidentKind // empty in a new incident: KindIncident
	Vendor      string       // id in the catalogue
	Title       string
	PublicTitle string // what a letter to the vendor calls it; empty: kigen's own wording
	Description string
	Facts
	Reference string // the SOC's own ticket, or the vendor's
	Tags      []string
	Import    Import // zero: logged by itself

	Owner        string // the person who has it; empty: unassigned
	Acknowledged Acknowledgement
	CancelledAt  time.Time // zero: not cancelled
	CancelReason string

	Version int64 // raised by each change; a write with an older version is refused
	Clocks  []Clock
	Notices []Notice
	Notes   []Note   // oldest first
	Chasers []Chaser // oldest first

	// Our own duties under the regimes that are switched on. Their clocks are never among
	// Clocks: no figure about a vendor holds them.
	Duties      []Clock
	Decisions   []Decision   // oldest first
	Submissions []Submission // in the order of recording

	// Unreadable is why storage could not read the incident; empty: it could. A list
	// shows such an incident by its ID and the fields that could be read.
	Unreadable string
}

// Holder is the person to ask about the incident: its owner, or who acknowledged it;
// empty: none.
func (inc *Incident) Holder() string { return cmp.Or(inc.Owner, inc.Acknowledged.By) }

// AttributedAt is the instant that assigns one of the incident's clocks to a day,
// month or year: the last storable instant before its deadline, because a deadline
// at midnight belongs to the day that ends then; else its start; else when the
// incident was logged.
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

// Acknowledgement records who took an incident. A zero At means that it is not
// acknowledged. It makes the person the owner, and ends when the incident has none.
type Acknowledgement struct {
	By    string
	At    time.Time
	Until time.Time // repeats are suppressed until then; zero: for good
}

// Quiets reports whether a repeat planned for the given instant is suppressed.
func (a Acknowledgement) Quiets(at time.Time) bool {
	return !a.At.IsZero() && !at.Before(a.At) && (a.Until.IsZero() || at.Before(a.Until))
}

// Notice is a vendor's message to us about an incident.
type Notice struct {
	ID         int64
	Incident   IncidentID
	ReceivedAt time.Time // when it reached us: this instant counts
	SentAt     time.Time // as the vendor dates it; zero: unknown
	Channel    string    // email, phone, portal, site … as in the promise
	Stage      string    // the stage that it answers, of a cadence the open round; empty: the first open stage
	Reference  string
	Text       string
	RecordedAt time.Time
	RecordedBy string
	Files      []Evidence // that came with it

	// Number counts the incident's notices from 1, in the order of recording. It never
	// changes.
	Number     int
	Withdrawal Withdrawal
}

// Withdrawal records that a notice was recorded by mistake: it stays in the record, and
// counts for no clock. A zero At means that the notice counts.
type Withdrawal struct {
	At     time.Time
	By     string
	Reason string
}

// Counts reports whether the notice counts for the clocks.
func (n *Notice) Counts() bool { return n.Withdrawal.At.IsZero() }

// Counted returns the notices that were not withdrawn, by ReceivedAt.
func (inc *Incident) Counted() []Notice {
	withdrawn := func(n Notice) bool { return !n.Counts() }
	if !slices.ContainsFunc(inc.Notices, withdrawn) {
		return inc.Notices
	}
	return slices.DeleteFunc(slices.Clone(inc.Notices), withdrawn)
}

// Evidence describes a file that came with a notice. Its content is stored separately, by hash.
type Evidence struct {
	Name   string
	Type   string // media type, as sniffed from the content
	Size   int64  // bytes
	SHA256 string // of the content, in hex
	Erased bool   // the content was erased
}
