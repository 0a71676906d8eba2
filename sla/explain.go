package sla

import (
	"time"

	"kigen/calendar"
)

// StepKind names the statement that one step of an explanation makes.
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
	StepCounted       StepKind = "counted"        // Date counts as number N; negative: before the start
	StepSkipped       StepKind = "skipped"        // Date does not count: Reason, Name
	StepDays          StepKind = "days"           // N calendar days lead to Date
	StepMonths        StepKind = "months"         // N calendar months, by Counting, lead to Date
	StepThen          StepKind = "then"           // the steps that follow count from At
	StepLapsed        StepKind = "lapsed"         // the deadline From lapsed, because Moment came after it, at At
	StepWaiting       StepKind = "waiting"        // a part of the rule waits for Moment; by its stand-in it would be At, zero: unknown
	StepBound         StepKind = "bound"          // unknown facts: not provably late before At; zero: never
	StepGuide         StepKind = "guide"          // the range begins at At: a reminder before the due
	StepRolled        StepKind = "rolled"         // moved by N days to the business day Date
	StepOpening       StepKind = "opening"        // the next opening is At
	StepEnds          StepKind = "ends"           // the last day's Ends is At
	StepLater         StepKind = "later"          // the latest of the candidates above is At
	StepEarlier       StepKind = "earlier"        // the earliest of the candidates above is At
	StepCase          StepKind = "case"           // the rule for this By and Value; no Value: the strictest of all
	StepFrom          StepKind = "from"           // the steps that follow count from Moment at At
	StepUnpublished   StepKind = "unpublished"    // the vendor has unpublished closures, described by Name
	StepCadenceEnded  StepKind = "cadence_ended"  // the notice for stage Name, at At, ended the cadence of this round
	StepNone          StepKind = "none"           // no time is promised
	// The deadline is unknown, because the calendar's years end on Date, or
	// begin on it, after the start.
	StepCalendarEnds   StepKind = "calendar_ends"
	StepCalendarBegins StepKind = "calendar_begins"
	StepDue            StepKind = "due" // the deadline is At
)

// MomentNotice is the Moment of a step that counts from the vendor's notice for
// another stage, which the step's Name names.
const MomentNotice = "notice"

// Step is one typed step from start to due. Instants carry the calendar's
// zone. Only the fields that its Kind names are set.
type Step struct {
	Kind      StepKind        `json:"kind"`
	Depth     int             `json:"depth,omitempty"` // number of enclosing later_of and earlier_of
	At        time.Time       `json:"at,omitzero"`
	Zone      string          `json:"zone,omitempty"` // abbreviation of At's zone: an instant read from storage has only its offset
	From      time.Time       `json:"from,omitzero"`
	Length    time.Duration   `json:"length_ns,omitempty"`
	Date      calendar.Date   `json:"date,omitzero"`
	N         int             `json:"n,omitempty"`
	Moment    string          `json:"moment,omitempty"`
	InsteadOf string          `json:"instead_of,omitempty"` // the moment that Moment stands in for
	Hours     []calendar.Span `json:"hours,omitempty"`      // of the business day of At; of Date where that is set
	Parts     []Part          `json:"parts,omitempty"`      // the open stretches between From and At, where there are several
	Basis     Basis           `json:"basis,omitempty"`
	Reason    calendar.Reason `json:"reason,omitempty"`
	Name      calendar.Text   `json:"name,omitzero"`
	Projected bool            `json:"projected,omitempty"` // by the Act, not yet in the official list
	Ends      Ends            `json:"ends,omitempty"`
	By        Dimension       `json:"by,omitempty"`
	Value     string          `json:"value,omitempty"`
	Counting  Counting        `json:"counting,omitempty"`
}

// Part is an open stretch of a day, in the calendar's zone.
type Part struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Alternative is the deadline under a reading that is not in force.
type Alternative struct {
	Reading string        `json:"reading"`
	Says    calendar.Text `json:"says,omitzero"`
	Due     time.Time     `json:"due,omitzero"`
}

// Answer describes the notice that stopped the clock where it was not the plain
// case, a notice by a promised channel for this stage.
type Answer struct {
	Channel string `json:"channel,omitempty"` // a direct channel that the promise does not name
	Stage   string `json:"stage,omitempty"`   // the later stage whose notice answered this one as well
}

// Explanation holds the typed steps that led to a deadline. Lines writes them as
// prose.
type Explanation struct {
	Source       Source        `json:"source,omitzero"`
	Strength     Strength      `json:"strength,omitempty"`
	Rule         string        `json:"rule,omitempty"`
	Reading      string        `json:"reading,omitempty"`
	ReadingSays  calendar.Text `json:"reading_says,omitzero"`
	Steps        []Step        `json:"steps,omitempty"`
	Alternatives []Alternative `json:"alternatives,omitempty"` // other readings whose deadline differs
	Bounds       Bounds        `json:"bounds,omitzero"`        // how the deadline depends on unknown facts
	StartBasis   Basis         `json:"start_basis,omitempty"`  // of the start, where the clock's differs
	Counted      *time.Time    `json:"counted,omitempty"`      // the start of the promise or the stage, where another moment decided
	After        string        `json:"after,omitempty"`        // the stage whose notice the clock counts from
	Answer       Answer        `json:"answer,omitzero"`        // how the notice that stopped the clock came
}
