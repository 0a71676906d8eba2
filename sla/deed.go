package sla

// Deed is what answers a clock. It decides the verb of each sentence about the clock: a
// notice is received, a report of ours is submitted.
type Deed string

// The deeds. Their words are in package phrase.
const (
	DeedNotice       Deed = "notice"       // a message of the vendor after something happened
	DeedAnnouncement Deed = "announcement" // a message of the vendor before something happens
	DeedDeletion     Deed = "deletion"     // the confirmation that our data is deleted
	DeedEvidence     Deed = "evidence"     // the report or certificate of a periodic round
	DeedSubmission   Deed = "submission"   // a report of ours to an authority
)

// Deeds lists all deeds.
var Deeds = [...]Deed{DeedNotice, DeedAnnouncement, DeedDeletion, DeedEvidence, DeedSubmission}

// DeedOf is what answers a clock of the promise, for an incident of the kind. An empty
// kind is KindIncident.
func DeedOf(kind IncidentKind, promise string) Deed {
	if RegimeOf(promise) != "" {
		return DeedSubmission
	}
	for i := range kindTable {
		if row := &kindTable[i]; row.kind == kind {
			return row.deed
		}
	}
	return DeedNotice
}

// Awaits is what answers a clock of the incident.
func (inc *Incident) Awaits(c *Clock) Deed { return DeedOf(inc.Kind, c.Promise) }
