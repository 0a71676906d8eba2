package tracker

import (
	"time"

	"kigen/sla"
)

// Query selects incidents for a list. The zero Query selects all.
type Query struct {
	Vendor   string       // id; empty: every vendor
	State    sla.State    // incidents with a clock in this state; empty: every state
	Severity sla.Severity // SeverityUnknown: those that nobody has graded; empty: every severity
	From, To time.Time    // attributed to [From, To): by due, or by start where there is no due; zero: ever
	Text     string       // in title, description, reference or id
	Cursor   string       // Page.Next of the page before; empty: the first page
	Limit    int          // 1 to 500; 0: 50
}

// Page is one page of a list. The order is what needs a person first: by
// state as sla.States says (an incident's first state in that order), then by
// due, open ones soonest first and settled ones latest first, then by id,
// newest first. Where the query asks for a time, only the clocks that belong to
// it count, by the instant at which they do.
type Page struct {
	Incidents []*sla.Incident
	Next      string            // cursor of the next page; empty: this is the last
	Counts    map[sla.State]int // incidents by state over all pages of the query without its State
	CutShort  bool              // more incidents hold the Text than a search reads: these are the newest
}

// Deadline is one deadline, as a timeline or a feed shows it.
type Deadline struct {
	Incident sla.IncidentID
	Clock    sla.ClockID
	Vendor   string
	Title    string
	Stage    string
	State    sla.State // running, at_risk or overdue; or met or late
	Due      time.Time // in UTC
}

// DeadlineQuery selects deadlines, soonest first.
type DeadlineQuery struct {
	Vendor   string    // id; empty: every vendor
	From, To time.Time // due in [From, To)
	Answered bool      // those that a notice answered, instead of those that are open
	Limit    int       // at most so many
}

// AnsweredQuery selects incidents that a notice answered lately: none of their
// clocks is open any more.
type AnsweredQuery struct {
	Vendor   string       // id; empty: every vendor
	Severity sla.Severity // as in Query
	Since    time.Time    // a notice came at or after this instant
	Limit    int          // at most so many
}
