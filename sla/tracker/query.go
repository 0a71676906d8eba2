package tracker

import (
	"time"

	"kigen/sla"
)

// Query selects incidents for a list. The zero Query selects all.
type Query struct {
	Vendor   string           // id; empty: every vendor
	State    sla.State        // incidents with a clock in this state; empty: every state
	Severity sla.Severity     // SeverityUnknown: incidents without a severity; empty: every severity
	Owner    string           // empty: every owner, and none
	Kind     sla.IncidentKind // empty: every kind
	Unowned  bool             // only incidents without an owner
	From, To time.Time        // attributed to [From, To): by due, or by start without a due; zero: unbounded
	Text     string           // in title, description, reference, owner or id
	Cursor   string           // Page.Next of the page before; empty: the first page
	Limit    int              // 1 to 500; 0: 50
}

// Page is one page of a list. Incidents that require action come first: by
// state in the order of sla.States (of an incident's states the first), then by
// due, open ones soonest first and closed ones latest first, then by id, newest
// first. If the query has From or To, only the clocks attributed to that time
// count, by their attributed instants.
type Page struct {
	Incidents []*sla.Incident
	Next      string            // cursor of the next page; empty: this is the last
	Counts    map[sla.State]int // incidents by state, over all pages and regardless of the query's State
	CutShort  bool              // more incidents match Text than a search reads: these are the newest
}

// Deadline is one deadline for a timeline or a feed.
type Deadline struct {
	Incident sla.IncidentID
	Kind     sla.IncidentKind
	Clock    sla.ClockID
	Vendor   string
	Title    string
	Promise  string
	Stage    string
	State    sla.State // running, at_risk or overdue; or met or late
	Due      time.Time // in UTC
}

// DeadlineQuery selects deadlines, soonest first.
type DeadlineQuery struct {
	Vendor   string    // id; empty: every vendor
	Ours     bool      // our own duties, instead of what vendors owe
	From, To time.Time // due in [From, To)
	Answered bool      // deadlines that a notice answered, instead of open ones
	Limit    int       // maximum number of results
}

// AnsweredQuery selects incidents that a notice answered recently and that have no
// open clock.
type AnsweredQuery struct {
	Vendor   string           // id; empty: every vendor
	Severity sla.Severity     // as in Query
	Owner    string           // as in Query
	Kind     sla.IncidentKind // as in Query
	Unowned  bool             // as in Query
	Since    time.Time        // a notice came at or after this instant
	Limit    int              // maximum number of results
}
