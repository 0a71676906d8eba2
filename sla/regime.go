package sla

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
)

// Us is the debtor of our own duties, in the place of a vendor's id.
const Us = "us"

// ours begins the promise of a clock of ours. No promise of a vendor has such an id.
const ours = Us + "/"

// Label says how well the text of a law was read before its rule was written down.
type Label string

// The labels, from best to worst.
const (
	LabelText      Label = "V" // the text itself was read, in a public copy
	LabelSecondary Label = "S" // a secondary source was read
	LabelUnread    Label = "K" // general knowledge; no text was read
)

// Labels lists the labels that a regime accepts.
var Labels = [...]Label{LabelText, LabelSecondary, LabelUnread}

// Regime is a law or a rule under which we owe reports about incidents. Its versions
// are promises of Us: each stage is a report that we owe.
type Regime struct {
	ID       string // such as jp-appi
	Name     calendar.Text
	To       calendar.Text // the authority
	Note     calendar.Text // what the rule leaves to a person
	Versions []RegimeVersion
}

// RegimeVersion is a regime as it stands from one date on.
type RegimeVersion struct {
	*Promise
	Label    Label
	Proposed bool // without force: shown, and never reckoned with
	Cases    []RegimeCase
}

// RegimeCase is a case for which a version sets other times. A person decides that it is
// given; until then the version's own, strictest times are reckoned with.
type RegimeCase struct {
	ID   string // such as improper-purpose
	Name calendar.Text
	*Promise
}

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

// Regimes are those that are switched on, in the order of the configuration.
type Regimes []*Regime

// Regime finds a regime by id; nil: it is not switched on.
func (rs Regimes) Regime(id string) *Regime {
	for _, r := range rs {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Promise is the version of a regime that has the clock's report, the newest with force;
// nil: none has. It names the report where the clock's own version is not at hand.
func (rs Regimes) Promise(c *Clock) (found *Promise) {
	r := rs.Regime(c.Regime())
	if r == nil {
		return nil
	}
	for _, v := range r.Versions {
		if !v.Proposed && v.HasStage(c.Stage) && (found == nil || v.From > found.From) {
			found = v.Promise
		}
	}
	return found
}

// OwedByUs reports whether the promise is a duty of ours.
func (p *Promise) OwedByUs() bool { return p.Vendor == Us }

// Stage returns a report of the regime by its id, in any of its versions.
func (r *Regime) Stage(id string) (Stage, bool) {
	for _, v := range r.Versions {
		for _, s := range v.AllStages() {
			if s.ID == id {
				return s, true
			}
		}
	}
	return Stage{}, false
}

// StageIDs lists the reports of the versions with force, each once.
func (r *Regime) StageIDs() (ids []string) {
	for _, v := range r.Versions {
		for _, s := range v.AllStages() {
			if !v.Proposed && !slices.Contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

// InForce returns the version in force when we became aware, in the case that was
// decided; nil where none was in force. Before the first version there was no duty.
func (r *Regime) InForce(aware time.Time, decided string) *Promise {
	var found *RegimeVersion
	for i := range r.Versions {
		v := &r.Versions[i]
		if v.Proposed || !v.InForce(v.Calendar.DateOf(aware)) {
			continue
		}
		if found == nil || v.From > found.From {
			found = v
		}
	}
	if found == nil {
		return nil
	}
	for i := range found.Cases {
		if c := &found.Cases[i]; c.ID == decided {
			return c.Promise
		}
	}
	return found.Promise
}

// Cases lists the cases of all versions with force, each once.
func (r *Regime) Cases() (cases []RegimeCase) {
	for _, v := range r.Versions {
		for _, c := range v.Cases {
			if !v.Proposed && !slices.ContainsFunc(cases, func(o RegimeCase) bool { return o.ID == c.ID }) {
				cases = append(cases, c)
			}
		}
	}
	return cases
}

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

// The standpoints about a regime.
const (
	Undecided    = "undecided"
	Applies      = "applies"
	DoesNotApply = "does_not_apply"
)

// Standpoint is what was decided about a regime: Undecided, Applies or DoesNotApply.
func (inc *Incident) Standpoint(regime string) string {
	switch d := inc.Decided(regime); {
	case d == nil:
		return Undecided
	case d.Applies:
		return Applies
	}
	return DoesNotApply
}

// Same reports whether both decide the same for the same reason.
func (d *Decision) Same(o *Decision) bool {
	return d.Regime == o.Regime && d.Applies == o.Applies && d.Case == o.Case && d.Reason == o.Reason && d.AwareAt.Equal(o.AwareAt)
}

// DutiesOf returns the clocks of our own duties under a regime.
func (inc *Incident) DutiesOf(regime string) (clocks []Clock) {
	for _, c := range inc.Duties {
		if c.Regime() == regime {
			clocks = append(clocks, c)
		}
	}
	return clocks
}

// SetDuties replaces the clocks of our own duties under a regime.
func (inc *Incident) SetDuties(regime string, clocks []Clock) {
	inc.Duties = slices.Concat(slices.DeleteFunc(slices.Clone(inc.Duties), func(c Clock) bool { return c.Regime() == regime }), clocks)
	slices.SortStableFunc(inc.Duties, func(a, b Clock) int { return cmp.Compare(a.ID, b.ID) })
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

// Ours is the incident as the clocks of a regime see it: our submissions in the place
// of the vendor's notices, and the moment of awareness that was decided. Unless stated, we
// became aware with the vendor's first notice, or when the incident was logged.
func (inc *Incident) Ours(regime string) *Incident {
	own := *inc
	own.Clocks, own.Duties, own.Notices = inc.DutiesOf(regime), nil, nil
	own.Times[Aware] = inc.awareOf(regime)
	for _, s := range inc.Submissions {
		if s.Regime == regime && s.Counts() {
			own.Notices = append(own.Notices, Notice{ID: s.ID, Incident: inc.ID, ReceivedAt: s.SubmittedAt, Stage: s.Stage})
		}
	}
	slices.SortStableFunc(own.Notices, func(a, b Notice) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return &own
}

func (inc *Incident) awareOf(regime string) Stamp {
	if d := inc.Decided(regime); d != nil && !d.AwareAt.IsZero() {
		return Stamp{At: d.AwareAt, Basis: Observed}
	}
	if aware := inc.Times[Aware]; aware.Known() {
		return aware
	}
	at := inc.Times[Logged].At
	for _, n := range inc.Counted() {
		if n.ReceivedAt.Before(at) {
			at = n.ReceivedAt
		}
	}
	return Stamp{At: at, Basis: Observed}
}
