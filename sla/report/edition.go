package report

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// EditionChanges compares a report with its newest edition.
type EditionChanges struct {
	Edition     int          `json:"edition"` // 1, 2, 3 …
	MadeAt      time.Time    `json:"made_at"`
	SHA256      string       `json:"sha256"` // of the kept model, in hexadecimal
	Kigen       string       `json:"kigen"`  // the version that made it
	Differences []Difference `json:"differences"`
	Corrections []Correction `json:"corrections"` // by incident
}

// Difference is one figure that is no longer what was kept.
type Difference struct {
	Vendor string   `json:"vendor,omitempty"` // empty: the totals
	Figure string   `json:"figure"`           // its JSON path in Figures: "met", "compliance.rate", "lateness.median_s"
	Was    *float64 `json:"was"`              // nil: there was none
	Is     *float64 `json:"is"`               // nil: there is none
}

// Effect is what a correction did to a clock's place in a report.
type Effect string

// The effects.
const (
	EffectAdded    Effect = "added"    // it belongs to the period only now
	EffectRemoved  Effect = "removed"  // it belongs to the period no more
	EffectVerdict  Effect = "verdict"  // it counts as something else
	EffectDeadline Effect = "deadline" // same verdict by another deadline
	EffectMeasure  Effect = "measure"  // same verdict and deadline, other lengths: start or notice
)

// Correction is one clock of the period that changed after the newest edition
// was kept, with the events that did it.
type Correction struct {
	Incident   sla.IncidentID `json:"incident"`
	Vendor     string         `json:"vendor"`
	VendorName calendar.Text  `json:"vendor_name"`
	Title      string         `json:"title"`
	Promise    string         `json:"promise"`
	Stage      string         `json:"stage,omitempty"`
	Effect     Effect         `json:"effect"`
	Was        *Standing      `json:"was"`    // as it was kept; nil when added
	Is         *Standing      `json:"is"`     // as it is, also when removed
	Events     []Revision     `json:"events"` // since the edition was kept, oldest first
	Clock      sla.ClockID    `json:"-"`
}

// Standing is what a clock comes to.
type Standing struct {
	Verdict    Verdict   `json:"verdict"`
	Start      time.Time `json:"start,omitzero"`
	Due        time.Time `json:"due,omitzero"`
	NotifiedAt time.Time `json:"notified_at,omitzero"`
}

// Revision is one event behind a correction.
type Revision struct {
	At     time.Time     `json:"at"`
	By     string        `json:"by"` // a person's name, or "kigen"
	Kind   sla.EventKind `json:"kind"`
	Fields []string      `json:"fields,omitempty"` // that an amendment changed, by their JSON names
	Reason string        `json:"reason,omitempty"` // of a withdrawal, a reopening, a waiver or its lifting
}

// Versions is what a report was made with.
type Versions struct {
	Kigen     string            `json:"kigen"`
	Promises  []PromiseVersion  `json:"promises"`  // of the clocks that belong to the period, by vendor and promise
	Calendars []CalendarVersion `json:"calendars"` // of these promises, by hash
	Holidays  []HolidayEdition  `json:"holidays"`  // the lists of public holidays that this kigen holds
	// Record is the head of the record as of the report: a database can be compared
	// with it later. Nil: the report is from before there was one.
	Record *RecordHead `json:"record,omitempty"`
}

// RecordHead is the newest line of the record.
type RecordHead struct {
	Count int64  `json:"count"`
	Hash  string `json:"hash"`
}

// PromiseVersion is one version of a promise.
type PromiseVersion struct {
	Vendor   string `json:"vendor"`
	Promise  string `json:"promise"`
	Document string `json:"document,omitempty"`
	Edition  string `json:"edition,omitempty"`
	Hash     string `json:"hash"`     // of its terms, SHA-256 in hexadecimal
	Calendar string `json:"calendar"` // hash of its calendar
	Clocks   int    `json:"clocks"`   // of the period
}

// CalendarVersion is one version of a calendar.
type CalendarVersion struct {
	Hash string `json:"hash"` // SHA-256 in hexadecimal
	Zone string `json:"zone,omitempty"`
}

// HolidayEdition is one list of public holidays.
type HolidayEdition struct {
	Country string `json:"country"` // ISO 3166, JP
	First   int    `json:"first"`   // year
	Last    int    `json:"last"`    // the last year that is official; later ones follow the law
}
