package sla

import (
	"cmp"
	"strings"
	"time"
)

// Us is the debtor of our own duties, in the place of a vendor's id.
const Us = "us"

// ours begins the promise of a clock of ours. No promise of a vendor has such an id.
const ours = Us + "/"

// RegimePromise is the promise that the clocks of a regime name.
func RegimePromise(id string) string { return ours + id }

// Regime is the id of the regime that a clock of our own duties is of; empty for a
// clock of a vendor's promise.
func (c *Clock) Regime() string { return RegimeOf(c.Promise) }

// RegimeOf is the id of the regime that a clock's promise is a duty of; empty for a
// promise of a vendor.
func RegimeOf(promise string) string {
	id, found := strings.CutPrefix(promise, ours)
	if !found {
		return ""
	}
	return id
}

// OwedByUs reports whether the promise is a duty of ours.
func (p *Promise) OwedByUs() bool { return p.Vendor == Us }

// Opens reports whether the duties of ours open with an incident of this kind.
func (k IncidentKind) Opens() bool { return cmp.Or(k, KindIncident) == KindIncident }

// Decision is a person's decision whether a regime applies to an incident. The latest
// one counts; the earlier ones stay in the record.
type Decision struct {
	ID       int64
	Incident IncidentID
	Regime   string
	Applies  bool
	Case     string // of the regime's cases; empty: none of them
	Reason   string
	AwareAt  time.Time // when we became aware in the sense of the regime; zero: as the incident says
	At       time.Time
	By       string // actor, as in the history
}

// Submission is a report of ours to an authority.
type Submission struct {
	ID          int64
	Incident    IncidentID
	Number      int // counts the incident's submissions from 1, in the order of recording
	Regime      string
	Stage       string
	SubmittedAt time.Time // this instant counts
	Reference   string    // such as the authority's receipt number
	RecordedAt  time.Time
	RecordedBy  string
	Files       []Evidence
	Withdrawal  Withdrawal // of a submission that was recorded by mistake
}

// Counts reports whether the submission counts for the clocks.
func (s *Submission) Counts() bool { return s.Withdrawal.At.IsZero() }

// Decided returns the decision that counts for a regime, nil while it is undecided.
func (inc *Incident) Decided(regime string) (latest *Decision) {
	for i := range inc.Decisions {
		if d := &inc.Decisions[i]; d.Regime == regime {
			latest = d
		}
	}
	return latest
}

// Same reports whether both decide the same for the same reason.
func (d *Decision) Same(o *Decision) bool {
	return d.Regime == o.Regime && d.Applies == o.Applies && d.Case == o.Case && d.Reason == o.Reason && d.AwareAt.Equal(o.AwareAt)
}

// AllClocks returns the clocks of the vendor's promises and of our own duties.
func (inc *Incident) AllClocks() []*Clock {
	all := make([]*Clock, 0, len(inc.Clocks)+len(inc.Duties))
	for i := range inc.Clocks {
		all = append(all, &inc.Clocks[i])
	}
	for i := range inc.Duties {
		all = append(all, &inc.Duties[i])
	}
	return all
}
