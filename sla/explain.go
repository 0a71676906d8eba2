package sla

import (
	"time"

	"kigen/calendar"
)

// StepKind names what one step of an explanation says.
type StepKind string

// The kinds of step.
const (
	StepStart         StepKind = "start"          // the clock counts from At
	StepPending       StepKind = "pending"        // Moment, that the promise counts from, is unknown
	StepGateShut      StepKind = "gate_shut"      // the promise does not apply: By and Value say which fact
	StepBeforeEdition StepKind = "before_edition" // the start lies before the first known edition, of Date
	StepEnded         StepKind = "ended"          // the promise does not apply: it was in force until Date
	StepInside        StepKind = "inside_hours"   // At is inside business hours, that day's Hours
	StepOutside       StepKind = "outside_hours"  // At is outside that day's Hours, or on a closed day: Reason, Name
	StepElapsed       StepKind = "elapsed"        // Length of real time from From to At
	StepOpenTime      StepKind = "open_time"      // Length of open time from From to At was counted
	StepStartDay      StepKind = "start_day"      // the start's own Date is not counted
	StepCounted       StepKind = "counted"        // Date counts as number N; negative: of a lead
	StepSkipped       StepKind = "skipped"        // Date does not count: Reason, Name
	StepDays          StepKind = "days"           // N calendar days lead to Date
	StepMonths        StepKind = "months"         // N calendar months lead to Date
	StepRolled        StepKind = "rolled"         // moved by N days to the business day Date
	StepOpening       StepKind = "opening"        // the next opening is At
	StepEnds          StepKind = "ends"           // the last day's Ends is At
	StepLater         StepKind = "later"          // the later of the candidates above is At
	StepEarlier       StepKind = "earlier"        // the earlier of the candidates above is At
	StepCase          StepKind = "case"           // the rule for this By and Value; no Value: the strictest of all
	StepFrom          StepKind = "from"           // the steps that follow count from Moment at At
	StepUnpublished   StepKind = "unpublished"    // the vendor has closures, Name, that it does not publish
	StepCadenceEnded  StepKind = "cadence_ended"  // the notice Name, at At, ended the cadence that this was a round of
	StepNone          StepKind = "none"           // no time is promised
	StepDue           StepKind = "due"            // the deadline is At
)

// MomentNotice is the Moment of a step that rests on the vendor's notice for
// another stage, which its Name names.
const MomentNotice = "notice"

// Step is one typed step from start to due. Instants carry the calendar's
// zone. Only the fields that its Kind names are set.
type Step struct {
	Kind      StepKind        `json:"kind"`
	Depth     int             `json:"depth,omitempty"` // inside how many later_of, earlier_of
	At        time.Time       `json:"at,omitzero"`
	Zone      string          `json:"zone,omitempty"` // of At, in letters: an instant that was stored has only its offset
	From      time.Time       `json:"from,omitzero"`
	Length    time.Duration   `json:"length_ns,omitempty"`
	Date      calendar.Date   `json:"date,omitzero"`
	N         int             `json:"n,omitempty"`
	Moment    string          `json:"moment,omitempty"`
	InsteadOf string          `json:"instead_of,omitempty"` // the moment that Moment stands in for
	Hours     []calendar.Span `json:"hours,omitempty"`      // of the business day of At
	Basis     Basis           `json:"basis,omitempty"`
	Reason    calendar.Reason `json:"reason,omitempty"`
	Name      calendar.Text   `json:"name,omitzero"`
	Projected bool            `json:"projected,omitempty"` // by the Act, not yet in the official list
	Ends      Ends            `json:"ends,omitempty"`
	By        Dimension       `json:"by,omitempty"`
	Value     string          `json:"value,omitempty"`
}

// Alternative is the deadline under a reading that is not in force.
type Alternative struct {
	Reading string        `json:"reading"`
	Says    calendar.Text `json:"says,omitzero"`
	Due     time.Time     `json:"due,omitzero"`
}

// Explanation is how a deadline came about, in typed steps. Lines turns it
// into prose.
type Explanation struct {
	Source       Source        `json:"source,omitzero"`
	Strength     Strength      `json:"strength,omitempty"`
	Rule         string        `json:"rule,omitempty"`
	Reading      string        `json:"reading,omitempty"`
	ReadingSays  calendar.Text `json:"reading_says,omitzero"`
	Steps        []Step        `json:"steps,omitempty"`
	Alternatives []Alternative `json:"alternatives,omitempty"` // other readings whose deadline differs
}
