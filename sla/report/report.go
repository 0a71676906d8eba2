package report

import (
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

// Verdicts lists all verdicts.
var Verdicts = [...]Verdict{Met, Late, Overdue, NotProvable, NoCommitment, NotApplicable, Cancelled, Waived, Pending, Running}

// Report is one period's figures: plain data that every face is made from.
// All instants are in the period's zone. No list is nil.
type Report struct {
	Period       Period          `json:"period"`
	VendorFilter string          `json:"vendor_filter,omitempty"` // the one vendor that was asked for; empty: all
	Formula      Formula         `json:"formula"`
	Previous     Previous        `json:"previous"`
	Totals       Figures         `json:"totals"`
	Change       Change          `json:"change"`           // of the totals, since the period before
	Vendors      []Vendor        `json:"vendors"`          // every vendor of the catalogue in its order, then unknown ones by id
	Kinds        []KindFigures   `json:"kinds,omitempty"`  // apart from incidents, with clocks in the period: everything above and the trend counts incidents only
	Cases        []Case          `json:"cases"`            // of every kind: silent first, then late, then not provable; each by due. Read them with EachCase: Stream and Open leave them out
	CarriedOver  []CarriedOver   `json:"carried_over"`     // due before the period and silent at its start; by due
	Uncommitted  []Uncommitted   `json:"uncommitted"`      // vendors with clocks that promise no time, in the order of Vendors
	Excluded     []Exclusion     `json:"excluded"`         // what the rate leaves out although something was due or promised; by vendor, then incident
	Backdated    []Backdated     `json:"backdated"`        // verdicts that rest on a notice recorded long after it was received; the longest delay first
	Duties       []Duty          `json:"duties,omitempty"` // reports of ours to authorities, by due; nil: none belongs to the period
	Trend        []TrendPoint    `json:"trend"`            // twelve months, or the period's own if more; the period's last comes last
	SinceEdition *EditionChanges `json:"frozen"`           // what has changed since the newest kept edition; nil: none was kept
	Versions     Versions        `json:"versions"`

	stream *caseStream // reads the cases, where Cases does not hold them
}

// Previous is the period before, of the same length.
type Previous struct {
	Period Period  `json:"period"`
	Totals Figures `json:"totals"`
}

// Formula is how Compliance is reckoned, as data: Rate is the sum of the
// counts named in Kept over the sum of those in Due, less those in Except.
// The names are the JSON keys of Counts.
type Formula struct {
	Kept   []string `json:"kept"`
	Due    []string `json:"due"`
	Except []string `json:"except"`
}

// ComplianceFormula is the formula of this version of the package.
func ComplianceFormula() Formula {
	return Formula{Kept: []string{"met"}, Due: []string{"met", "late", "overdue"}, Except: []string{"overdue_assumed"}}
}

// Vendor is the figures of one vendor.
type Vendor struct {
	ID   string        `json:"id"`
	Name calendar.Text `json:"name"`
	Figures
	Change   Change    `json:"change"`   // since the period before
	Services []Service `json:"services"` // with incidents in the period, by name; "" last
}

// KindFigures is the figures of what is no incident, such as maintenance, kept apart from
// the compliance of incident notices.
type KindFigures struct {
	Kind sla.IncidentKind `json:"kind"`
	Figures
	Vendors []KindVendor `json:"vendors"` // with clocks or incidents of the kind, in the order of Report.Vendors
}

// KindVendor is one vendor's figures of a kind.
type KindVendor struct {
	ID   string        `json:"id"`
	Name calendar.Text `json:"name"`
	Figures
}

// Service is the figures of one service of a vendor.
type Service struct {
	Name string `json:"name"` // as the incidents name it; empty: none was named
	Figures
	Change Change `json:"change"`
}

// Change is how figures differ from those of the period before: positive is
// more. A rate or length that either period lacks is nil.
type Change struct {
	Incidents    int      `json:"incidents"`
	Due          int      `json:"due"` // deadlines that count
	Met          int      `json:"met"`
	Late         int      `json:"late"`
	Overdue      int      `json:"overdue"`
	NotProvable  int      `json:"not_provable"`
	Rate         *float64 `json:"rate_points"`   // in percentage points
	FirmRate     *float64 `json:"firm_points"`   // in percentage points
	TargetRate   *float64 `json:"target_points"` // in percentage points
	TimeToNotice *int64   `json:"time_to_notice_median_s"`
	Lateness     *int64   `json:"lateness_median_s"`
}

// Figures is what is counted and measured, for one vendor or for all.
type Figures struct {
	Incidents int `json:"incidents"` // incidents, unlike the counts of clocks that follow
	Counts
	Compliance   Compliance `json:"compliance"`
	TimeToNotice Lengths    `json:"time_to_notice"` // from start to notice, of the clocks with a notice that are met, late, not provable or without commitment; a notice before the start counts as 0
	Lateness     Lengths    `json:"lateness"`       // from due to notice, of late clocks
	Promised     []Bin      `json:"promised"`       // how much of the promised time the notices took, of the clocks that are met, late or not provable
}

// Bin is one bar of a distribution: how many notices came within UpTo times
// the promised time, and after that of the bin before. A promise that is kept
// lies at or below 1.
type Bin struct {
	UpTo   *float64 `json:"up_to"` // 0.25, 0.5, 0.75, 1, 1.5, 2, 4; nil: longer than all
	Clocks int      `json:"clocks"`
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

	// LongestAssumed marks a longest that counts from an assumed start: the vendor may
	// have taken less.
	LongestAssumed bool `json:"longest_assumed,omitempty"`
}

// TrendPoint is one month, by the same rules as a report of that month.
type TrendPoint struct {
	Month   string        `json:"month"` // 2026-10
	Total   TrendFigures  `json:"total"`
	Vendors []TrendVendor `json:"vendors"` // the same ones in the same order in every point
}

// TrendVendor is one vendor's month.
type TrendVendor struct {
	ID string `json:"id"`
	TrendFigures
}

// TrendFigures is what a trend follows.
type TrendFigures struct {
	Share
	Median *int64 `json:"median_s"` // of Figures.TimeToNotice; nil when nothing was measured
}
