package report

import (
	"cmp"
	"time"

	"kigen/sla"
)

// Heading is what a clock is counted under.
type Heading struct {
	Vendor   string
	Service  string
	Kind     sla.IncidentKind
	Promise  string
	Terms    string // content hash, as of sla.Clock
	Strength sla.Strength
	State    sla.State
	Assumed  bool // the clock's start is
}

// Row is the part of a clock that reports count. Instants are UTC milliseconds.
type Row struct {
	*Heading
	Clock      sla.ClockID
	Incident   sla.IncidentID
	At         int64 // attributed to: the last instant in time, its start, or its incident's log
	NotifiedAt int64 // 0: none
	Took       int64 // whole seconds from start to notice, if Measured; negative for a notice before the start
	Measured   bool
}

// RowOf is the row of an incident's clock.
func RowOf(inc *sla.Incident, c *sla.Clock) Row {
	r := Row{
		Heading: &Heading{
			Vendor: inc.Vendor, Service: inc.Service, Kind: cmp.Or(inc.Kind, sla.KindIncident), Promise: c.Promise, Terms: c.Terms,
			Strength: c.Explanation.Strength, State: c.State, Assumed: c.Assumed(),
		},
		Clock: c.ID, Incident: inc.ID, At: inc.AttributedAt(c).UnixMilli(),
	}
	if !c.NotifiedAt.IsZero() {
		r.NotifiedAt = c.NotifiedAt.UnixMilli()
		if !c.Start.At.IsZero() {
			r.Took, r.Measured = seconds(c.Start.At, c.NotifiedAt), true
		}
	}
	return r
}

// aboutIncident reports whether the clock counts in the compliance of incident notices;
// the other kinds are kept apart.
func (h *Heading) aboutIncident() bool { return h.Kind == "" || h.Kind == sla.KindIncident }

// verdict sorts a clock's state. It trusts the state: deciding is not a
// report's business.
func (h *Heading) verdict() Verdict {
	switch h.State {
	case sla.Late:
		if h.Assumed {
			return NotProvable
		}
		return Late
	case sla.AtRisk:
		return Running
	default:
		return Verdict(h.State) // the other names are the same
	}
}

// took is the row's time to notice; false where the vendor did not speak to
// what it was held to, so that none means anything.
func (r *Row) took(v Verdict) (length int64, ok bool) {
	return max(0, r.Took), r.Measured && answers(v)
}

func answers(v Verdict) bool {
	return v == Met || v == Late || v == NotProvable || v == NoCommitment
}

// due is a deadline's second, of a row whose verdict asks for one.
func (r *Row) due() int64 { return floorSeconds(r.At + 1) }

// lateness is the time from due to notice.
func (r *Row) lateness() int64 { return floorSeconds(r.NotifiedAt) - r.due() }

// promised is the time from start to due.
func (r *Row) promised() int64 { return r.Took - r.lateness() }

// floorSeconds counts as time.Time.Unix does, also before 1970.
func floorSeconds(ms int64) int64 {
	s := ms / 1000
	if ms%1000 < 0 {
		s--
	}
	return s
}

// seconds counts as sla.InTime does: by whole seconds of the clock.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }
