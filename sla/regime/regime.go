// Package regime holds the laws and rules under which we owe reports about incidents of
// our vendors, and what an incident means under each of them.
package regime

import (
	"cmp"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

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
	Versions []Version
}

// Version is a regime as it stands from one date on.
type Version struct {
	*sla.Promise
	Label    Label
	Proposed bool // without force: shown, and never reckoned with
	Cases    []Case
}

// Case is a case for which a version sets other times. A person decides that it is
// given; until then the version's own, strictest times are reckoned with.
type Case struct {
	ID   string // such as improper-purpose
	Name calendar.Text
	*sla.Promise
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
func (rs Regimes) Promise(c *sla.Clock) (found *sla.Promise) {
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

// Stage returns a report of the regime by its id, in any of its versions.
func (r *Regime) Stage(id string) (sla.Stage, bool) {
	for _, v := range r.Versions {
		for _, s := range v.AllStages() {
			if s.ID == id {
				return s, true
			}
		}
	}
	return sla.Stage{}, false
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
func (r *Regime) InForce(aware time.Time, decided string) *sla.Promise {
	var found *Version
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
func (r *Regime) Cases() (cases []Case) {
	for _, v := range r.Versions {
		for _, c := range v.Cases {
			if !v.Proposed && !slices.ContainsFunc(cases, func(o Case) bool { return o.ID == c.ID }) {
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// The standpoints about a regime.
const (
	Undecided    = "undecided"
	Applies      = "applies"
	DoesNotApply = "does_not_apply"
)

// Standpoint is what was decided about a regime: Undecided, Applies or DoesNotApply.
func Standpoint(inc *sla.Incident, id string) string {
	switch d := inc.Decided(id); {
	case d == nil:
		return Undecided
	case d.Applies:
		return Applies
	}
	return DoesNotApply
}

// DutiesOf returns the clocks of our own duties under a regime.
func DutiesOf(inc *sla.Incident, id string) (clocks []sla.Clock) {
	for _, c := range inc.Duties {
		if c.Regime() == id {
			clocks = append(clocks, c)
		}
	}
	return clocks
}

// SetDuties replaces the clocks of our own duties under a regime.
func SetDuties(inc *sla.Incident, id string, clocks []sla.Clock) {
	inc.Duties = slices.Concat(slices.DeleteFunc(slices.Clone(inc.Duties), func(c sla.Clock) bool { return c.Regime() == id }), clocks)
	slices.SortStableFunc(inc.Duties, func(a, b sla.Clock) int { return cmp.Compare(a.ID, b.ID) })
}

// Ours is the incident as the clocks of a regime see it: our submissions in the place
// of the vendor's notices, and the moment of awareness that was decided. Unless stated, we
// became aware with the vendor's first notice, or when the incident was logged, and
// submitted with our first report to any authority.
func Ours(inc *sla.Incident, id string) *sla.Incident {
	own := *inc
	own.Clocks, own.Duties, own.Notices = DutiesOf(inc, id), nil, nil
	own.Times[sla.Aware] = awareOf(inc, id)
	if !own.Times[sla.Submitted].Known() {
		own.Times[sla.Submitted] = firstSubmission(inc)
	}
	for _, s := range inc.Submissions {
		if s.Regime == id && s.Counts() {
			own.Notices = append(own.Notices, sla.Notice{ID: s.ID, Incident: inc.ID, ReceivedAt: s.SubmittedAt, Stage: s.Stage})
		}
	}
	slices.SortStableFunc(own.Notices, func(a, b sla.Notice) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return &own
}

// firstSubmission is when we first reported the incident to any authority; unknown while
// no submission counts.
func firstSubmission(inc *sla.Incident) (first sla.Stamp) {
	for _, s := range inc.Submissions {
		if s.Counts() && (!first.Known() || s.SubmittedAt.Before(first.At)) {
			first = sla.Stamp{At: s.SubmittedAt, Basis: sla.Observed}
		}
	}
	return first
}

func awareOf(inc *sla.Incident, id string) sla.Stamp {
	if d := inc.Decided(id); d != nil && !d.AwareAt.IsZero() {
		return sla.Stamp{At: d.AwareAt, Basis: sla.Observed}
	}
	if aware := inc.Times[sla.Aware]; aware.Known() {
		return aware
	}
	at := inc.Times[sla.Logged].At
	for _, n := range inc.Counted() {
		if n.ReceivedAt.Before(at) {
			at = n.ReceivedAt
		}
	}
	return sla.Stamp{At: at, Basis: sla.Observed}
}
