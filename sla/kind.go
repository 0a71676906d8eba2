package sla

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// IncidentKind is the subject of an incident. A promise applies to one kind.
type IncidentKind string

// The kinds.
const (
	KindIncident      IncidentKind = "incident"      // a security incident or an outage
	KindEvent         IncidentKind = "event"         // a forerunner: something that may become an incident
	KindVulnerability IncidentKind = "vulnerability" // a weakness, without an incident
	KindMaintenance   IncidentKind = "maintenance"   // planned work on a service
	KindChange        IncidentKind = "change"        // a planned change of a service
	KindContractEnd   IncidentKind = "contract_end"  // the end of our contract, with what the vendor owes after it
	KindPeriodic      IncidentKind = "periodic"      // what a vendor does again and again, such as a yearly assessment
)

// happenings are the kinds that begin with something that happened at the vendor.
var happenings = []IncidentKind{KindIncident, KindEvent, KindVulnerability}

// kindTable describes each kind, in the order of lists. Another kind is a constant, a
// row here and its texts in package phrase; rows of momentTable name the kinds that
// have a moment.
var kindTable = [...]struct {
	kind    IncidentKind
	subject Moment // an incident of the kind is about this moment and can't be logged without it; Logged: none
	deed    Deed   // what the vendor owes
}{
	{KindIncident, Logged, DeedNotice},
	{KindEvent, Logged, DeedNotice},
	{KindVulnerability, Logged, DeedNotice},
	{KindMaintenance, Scheduled, DeedAnnouncement},
	{KindChange, Scheduled, DeedAnnouncement},
	{KindContractEnd, Ended, DeedDeletion},
	{KindPeriodic, Logged, DeedEvidence},
}

// Kinds lists all kinds, in the order of lists.
func Kinds() []IncidentKind {
	all := make([]IncidentKind, len(kindTable))
	for i := range kindTable {
		all[i] = kindTable[i].kind
	}
	return all
}

// KindNames lists the names of all kinds for an error, as in "a, b or c".
func KindNames() string {
	names := make([]string, len(kindTable))
	for i, k := range Kinds() {
		names[i] = string(k)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// ParseKind reads a kind's name; an empty one is KindIncident.
func ParseKind(name string) (IncidentKind, error) {
	k := cmp.Or(IncidentKind(name), KindIncident)
	if !k.Known() {
		return "", fmt.Errorf("%q is not a kind: use %s", name, KindNames())
	}
	return k, nil
}

// Known reports whether k is one of the kinds.
func (k IncidentKind) Known() bool { return slices.Contains(Kinds(), k) }

// Subject is the moment that an incident of the kind is about and can't be logged
// without; false: it needs none.
func (k IncidentKind) Subject() (Moment, bool) {
	for i := range kindTable {
		if row := &kindTable[i]; row.kind == k {
			return row.subject, row.subject != Logged
		}
	}
	return Logged, false
}

// Moments lists the moments that an incident of the kind can have, in their order.
func (k IncidentKind) Moments() []Moment {
	return slices.DeleteFunc(Moments(), func(m Moment) bool { return !m.Of(k) })
}

// EnteredMoments lists those of the kind's moments that people enter: the kind's
// subject first.
func (k IncidentKind) EnteredMoments() []Moment {
	entered := slices.DeleteFunc(k.Moments(), isLogged)
	if subject, needed := k.Subject(); needed {
		entered = append([]Moment{subject}, slices.DeleteFunc(entered, func(m Moment) bool { return m == subject })...)
	}
	return entered
}

// MomentNames lists the names of the kind's moments for an error, as in "a, b or c".
func (k IncidentKind) MomentNames() string { return namesOf(k.Moments()) }

// Of reports whether an incident of the kind can have the moment.
func (m Moment) Of(k IncidentKind) bool {
	kinds := momentTable[m].kinds
	return kinds == nil || slices.Contains(kinds, k)
}

// KindOf is the kind of the promise's incidents; a promise without one is about
// incidents.
func (p *Promise) KindOf() IncidentKind { return cmp.Or(p.About, KindIncident) }
