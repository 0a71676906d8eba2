package report

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Verdict is what a clock counts as in a report.
type Verdict string

// The verdicts. Each clock has exactly one.
const (
	Met           Verdict = "met"            // notice in time
	Late          Verdict = "late"           // notice after due, start known
	Overdue       Verdict = "overdue"        // due has passed, still silent
	NotProvable   Verdict = "not_provable"   // notice after due, but the start is assumed
	NoCommitment  Verdict = "no_commitment"  // the vendor promised no time
	NotApplicable Verdict = "not_applicable" // the gate is shut
	Cancelled     Verdict = "cancelled"      // the incident was withdrawn
	Waived        Verdict = "waived"         // we let the vendor off
	Pending       Verdict = "pending"        // the start is unknown
	Running       Verdict = "running"        // due is ahead
)

// Report is one period's figures: plain data that every face is made from.
// All instants are in the period's zone.
type Report struct {
	Period  Period   `json:"period"`
	Totals  Figures  `json:"totals"`
	Vendors []Vendor `json:"vendors"` // every vendor of the catalogue in its order, then unknown ones by id
	Cases   []Case   `json:"cases"`   // silent first, then late, then not provable; each by due
}

// Vendor is the figures of one vendor.
type Vendor struct {
	ID   string        `json:"id"`
	Name calendar.Text `json:"name"`
	Figures
}

// Figures is what is counted and measured, for one vendor or for all.
type Figures struct {
	Incidents int `json:"incidents"` // incidents, unlike the counts of clocks that follow
	Counts
	Compliance   Compliance `json:"compliance"`
	TimeToNotice Lengths    `json:"time_to_notice"` // from start to notice, of the clocks with a notice that are met, late, not provable or without commitment; a notice before the start counts as 0
	Lateness     Lengths    `json:"lateness"`       // from due to notice, of late clocks
}

// Counts is the number of clocks for each verdict.
type Counts struct {
	Clocks         int `json:"clocks"` // the sum of all verdicts below
	Met            int `json:"met"`
	Late           int `json:"late"`
	Overdue        int `json:"overdue"`
	OverdueAssumed int `json:"overdue_assumed"` // how many of Overdue rest on an assumed start
	NotProvable    int `json:"not_provable"`
	NoCommitment   int `json:"no_commitment"`
	NotApplicable  int `json:"not_applicable"`
	Cancelled      int `json:"cancelled"`
	Waived         int `json:"waived"`
	Pending        int `json:"pending"`
	Running        int `json:"running"`
}

// Compliance is the share of deadlines that were kept, over all promises and
// by their strength. The parts add up to the whole.
type Compliance struct {
	Share
	Firm   Share `json:"firm"`
	Target Share `json:"target"`
	Other  Share `json:"other"` // best effort, and what states no strength
}

// Share is Kept out of Due.
type Share struct {
	Kept int      `json:"kept"` // met
	Due  int      `json:"due"`  // met + late + overdue with a known start
	Rate *float64 `json:"rate"` // Kept / Due, from 0 to 1; nil when nothing was due
}

// Lengths describes a set of lengths of time in whole seconds. With a Count
// of zero the rest is nil.
type Lengths struct {
	Count   int    `json:"count"`
	Median  *int64 `json:"median_s"`
	P90     *int64 `json:"p90_s"`
	Longest *int64 `json:"longest_s"`
}

// Case is one clock whose vendor was late or is still silent, with what is
// needed to speak to the vendor about it.
type Case struct {
	Incident    sla.IncidentID  `json:"incident"`
	Vendor      string          `json:"vendor"`
	VendorName  calendar.Text   `json:"vendor_name"`
	Service     string          `json:"service,omitempty"`
	Title       string          `json:"title"`
	Reference   string          `json:"reference,omitempty"`
	Promise     string          `json:"promise"`
	Stage       string          `json:"stage,omitempty"`
	Strength    sla.Strength    `json:"strength"`
	Verdict     Verdict         `json:"verdict"` // Overdue, Late or NotProvable
	Start       time.Time       `json:"start"`
	StartFrom   sla.Moment      `json:"start_from"` // the moment that Start is
	Basis       sla.Basis       `json:"basis"`
	Due         time.Time       `json:"due"`
	NoticeAt    time.Time       `json:"notice_at,omitzero"` // zero while silent
	Lateness    *int64          `json:"lateness_s"`         // seconds from due to notice; nil while silent
	Clause      sla.Source      `json:"clause"`
	Explanation sla.Explanation `json:"-"` // a face turns it into prose
	clock       sla.ClockID     // to order the stages of one incident
}
