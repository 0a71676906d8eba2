package sla

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Moment names an instant in an incident's life from which a promise can
// count.
type Moment uint8

// The moments: of an incident in the order in which they usually come, then those of
// other kinds.
const (
	Occurred   Moment = iota // it happened at the vendor
	Detected                 // the vendor's monitoring saw it
	Confirmed                // the vendor established that it is an incident
	Declared                 // the vendor formally declared or classified it
	Aware                    // we first knew of it
	Logged                   // it was entered in kigen
	Classified               // we classified it, as major or not
	Determined               // we determined that a law applies to it
	Assessed                 // we finished assessing it
	Submitted                // we submitted our own report of it
	Scheduled                // a maintenance or change is planned to begin
	Ended                    // our contract ended
	Requested                // we requested something of the vendor
	moments
)

// momentTable describes each moment. Another moment is a constant, a row here, its
// texts in packages prose and phrase and a field in the API; storage, configuration,
// forms and flags read this table.
var momentTable = [moments]struct {
	name     string
	ours     bool           // we can state it; only the vendor can state the others
	begins   bool           // it is about what happened from then on: no notice of that comes before it
	ahead    bool           // it may lie in the future
	later    bool           // it comes long after logging: the form that logs leaves it out
	usage    string         // of a flag, in English
	standIns []Moment       // what stands in for it while it is unknown, best first; none: rules wait for it
	kinds    []IncidentKind // that have it; nil: all
}{
	Occurred: {
		name: "occurred", begins: true, usage: "when it happened at the vendor", standIns: []Moment{Aware, Logged}, kinds: happenings,
	},
	Detected: {
		name: "detected", begins: true, usage: "when the vendor's monitoring saw it", standIns: []Moment{Confirmed, Aware, Logged}, kinds: happenings,
	},
	Confirmed: {
		name: "confirmed", begins: true, usage: "when the vendor established that it is an incident", standIns: []Moment{Detected, Aware, Logged}, kinds: happenings,
	},
	Declared: {
		name: "declared", begins: true, usage: "when the vendor formally declared it", standIns: []Moment{Confirmed, Aware, Logged}, kinds: happenings,
	},
	Aware: {
		name: "aware", ours: true, usage: "when we became aware of it", standIns: []Moment{Logged},
	},
	Logged: {
		name: "logged", ours: true, usage: "when it was logged in kigen",
	},
	Classified: {
		name: "classified", ours: true, later: true, usage: "when we classified it", kinds: happenings,
	},
	Determined: {
		name: "determined", ours: true, later: true, usage: "when we determined that a law applies to it", kinds: happenings,
	},
	Assessed: {
		name: "assessed", ours: true, later: true, usage: "when we finished assessing it", kinds: happenings,
	},
	// A rule of ours that counts from it takes the first submission on record (see
	// package regime). A person states it for a report that kigen does not hold, such
	// as one to the police.
	Submitted: {
		name: "submitted", ours: true, later: true, usage: "when we submitted our own report of it", kinds: happenings,
	},
	Scheduled: {
		name: "scheduled", ahead: true, usage: "when a maintenance or change is planned to begin", kinds: []IncidentKind{KindMaintenance, KindChange},
	},
	Ended: {
		name: "ended", ours: true, begins: true, ahead: true, usage: "when our contract ended", kinds: []IncidentKind{KindContractEnd},
	},
	Requested: {
		name: "requested", ours: true, later: true, usage: "when we requested it of the vendor",
	},
}

// Moments lists all moments, in their order.
func Moments() []Moment {
	all := make([]Moment, moments)
	for i := range all {
		all[i] = Moment(i)
	}
	return all
}

// EnteredMoments lists the moments that people enter, in their order: all but
// Logged, which kigen sets.
func EnteredMoments() []Moment { return slices.DeleteFunc(Moments(), isLogged) }

func isLogged(m Moment) bool { return m == Logged }

// MomentNames lists the names of all moments for an error, as in "a, b or c".
func MomentNames() string { return namesOf(Moments()) }

func namesOf(list []Moment) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.String()
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// String returns the moment's name as configuration and JSON write it.
func (m Moment) String() string {
	if m < moments {
		return momentTable[m].name
	}
	return fmt.Sprintf("Moment(%d)", uint8(m))
}

// Known reports whether m is one of the moments.
func (m Moment) Known() bool { return m < moments }

// Field is the name of the moment's instant in JSON, CSV and flags.
func (m Moment) Field() string { return m.String() + "_at" }

// Ours reports whether we can state the moment. Only the vendor can state the others.
func (m Moment) Ours() bool { return momentTable[m].ours }

// Begins reports whether no notice comes before the moment. A notice of maintenance
// comes before the planned start.
func (m Moment) Begins() bool { return momentTable[m].begins }

// Later reports whether the moment comes long after an incident was logged, so that a
// form that logs one need not ask for it.
func (m Moment) Later() bool { return momentTable[m].later }

// Ahead reports whether the moment may lie in the future.
func (m Moment) Ahead() bool { return momentTable[m].ahead }

// Usage describes the moment's instant for the help of a flag, in English.
func (m Moment) Usage() string { return momentTable[m].usage }

// waits reports whether a deadline waits for the moment while it is unknown. It
// waits for the vendor's moments, which only the vendor can state. Ours have the
// moment of logging as a bound, or no stand-in at all.
func (m Moment) waits() bool { return !m.Ours() }

// MarshalText writes the moment's name.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMoment reads a moment's name as people write it.
func ParseMoment(name string) (Moment, error) {
	for m := range momentTable {
		if momentTable[m].name == name {
			return Moment(m), nil
		}
	}
	return 0, fmt.Errorf("%q is not a moment: use %s", name, MomentNames())
}

// UnmarshalText reads a moment's name from a record, which may hold a former name.
func (m *Moment) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMoment(PresentName(string(b)))
	return err
}

// PresentName returns the present name of a moment or of its field. Sealed records
// keep the words of their day: until version 0.9 aware was called noticed.
func PresentName(name string) string {
	switch name {
	case "noticed":
		return Aware.String()
	case "noticed_at":
		return Aware.String() + "_at"
	}
	return name
}

// Basis says how well an instant is known.
type Basis string

// The bases, from firm to weak.
const (
	Stated   Basis = "stated"   // the vendor said so
	Observed Basis = "observed" // we saw it ourselves
	Assumed  Basis = "assumed"  // a fallback stands in for a moment that only the vendor knows
)

// Stamp is one instant of an incident. A zero At means that it is unknown.
type Stamp struct {
	At    time.Time // any zone; storage keeps UTC milliseconds and the entered offset
	Basis Basis
}

// Known reports whether the instant is known.
func (s Stamp) Known() bool { return !s.At.IsZero() }

// Times holds an incident's moments, indexed by Moment.
type Times [moments]Stamp

// A Start is the instant that a clock counts from, and how it was found.
type Start struct {
	At    time.Time
	From  Moment // the moment that was used, the promise's own or a stand-in
	Basis Basis  // Assumed when From is a stand-in
}

// Start returns the instant of moment m, or of the first known one that stands in for
// it: the instants at which a vendor detected or confirmed are often unknown until
// the vendor states them. It reports false when none is known.
func (t *Times) Start(m Moment) (Start, bool) {
	var start Start
	known := t.find(m, &start)
	return start, known
}

// find is Start with a result in memory of the caller, so that the hot path copies
// it once.
func (t *Times) find(m Moment, start *Start) bool {
	if own := &t[m]; own.Known() {
		start.At, start.From, start.Basis = own.At, m, own.Basis
		return true
	}
	for _, from := range momentTable[m].standIns {
		if s := &t[from]; s.Known() {
			*start = Start{At: s.At, From: from, Basis: Assumed}
			return true
		}
	}
	return false
}
