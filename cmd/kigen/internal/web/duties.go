package web

import (
	"context"

	"kigen/sla"
	"kigen/sla/tracker"
)

// mostDuties bounds the incidents of a list of our duties.
const mostDuties = 500

// KeyParam makes a request that can be repeated without being made twice.
type KeyParam struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"A repeated request with the same key changes nothing more"`
}

// NewDecision is the request body that decides whether a regime applies.
type NewDecision struct {
	Applies bool   `json:"applies" doc:"The duty applies to this incident"`
	Reason  string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why; it stays in the history, which an authority may ask for"`
	AwareAt string `json:"aware_at,omitempty" doc:"When we became aware in the sense of the law; absent: as the incident says"`
	Case    string `json:"case,omitempty" maxLength:"64" doc:"One of the duty's cases, which sets other times; absent: none of them"`
	By      string `json:"by,omitempty" maxLength:"100" doc:"The person who decides"`
}

// Entry converts the decision; read parses its time.
func (d *NewDecision) Entry(duty string, read TimeReader) (tracker.DecisionEntry, error) {
	e := tracker.DecisionEntry{Duty: duty, Applies: d.Applies, Case: d.Case, Reason: d.Reason, AwareAt: read.Time("aware_at", d.AwareAt)}
	return e, read.Err()
}

// NewSubmission is the request body that records a report of ours.
type NewSubmission struct {
	Duty        string    `json:"duty" minLength:"1" maxLength:"64" example:"jp-appi"`
	Stage       string    `json:"stage,omitempty" maxLength:"64" doc:"The report; absent: that of a duty with one report" example:"initial"`
	SubmittedAt string    `json:"submitted_at,omitempty" doc:"When it was submitted; absent: now"`
	Reference   string    `json:"reference,omitempty" maxLength:"300" doc:"Such as the receipt number"`
	Files       []newFile `json:"files,omitempty" maxItems:"10" doc:"What was submitted; at most 10 MiB together"`
	By          string    `json:"by,omitempty" maxLength:"100" doc:"The person who submitted it"`
}

// Entry converts the submission; read parses its time. An absent time stays zero, which
// the use case replaces by the server's current one.
func (n *NewSubmission) Entry(read TimeReader) (tracker.SubmissionEntry, error) {
	e := tracker.SubmissionEntry{Duty: n.Duty, Stage: n.Stage, SubmittedAt: read.Time("submitted_at", n.SubmittedAt), Reference: n.Reference}
	for _, f := range n.Files {
		e.Files = append(e.Files, Attachment(f.Name, f.Content))
	}
	return e, read.Err()
}

// DutyFilter selects clocks of our own duties.
type DutyFilter struct {
	Duty string // id of a regime; empty: all
	Open bool   // only those that still wait for a report
}

// Duty is a clock of our own duties with its incident.
type Duty struct {
	Incident *sla.Incident
	Clock    *sla.Clock
}

// awaited reports whether a report is still owed, also one that the law sets no time for.
func awaited(c *sla.Clock) bool {
	return c.State.Open() || c.State == sla.NoCommitment && c.NotifiedAt.IsZero()
}

// OurDuties lists the clocks of our own duties that the filter selects, by incident, the
// most urgent first.
func (s *Server) OurDuties(ctx context.Context, f DutyFilter) (list []Duty, err error) {
	incidents, err := s.Incidents.Ours(ctx, mostDuties)
	for _, inc := range incidents {
		for i := range inc.Duties {
			c := &inc.Duties[i]
			if (f.Duty == "" || c.Regime() == f.Duty) && (!f.Open || awaited(c)) {
				list = append(list, Duty{inc, c})
			}
		}
	}
	return list, err
}
