package sla

import "time"

// Op is what a rule does.
type Op string

// The operations. Every instant is reckoned in the promise's calendar.
const (
	OpNone         Op = "none"           // as needed: no time is promised
	OpElapsed      Op = "elapsed"        // Length of real time, also across nights and holidays
	OpBusinessTime Op = "business_time"  // Length of open time
	OpBusinessDays Op = "business_days"  // Count business days by date
	OpDays         Op = "days"           // Count calendar days
	OpMonths       Op = "months"         // Count calendar months, clamped to the month's last day
	OpNextOpening  Op = "next_opening"   // the first open instant at or after the start
	OpNextDayStart Op = "next_day_start" // the opening of the next business date after the start's
	OpLaterOf      Op = "later_of"       // the latest of Args
	OpEarlierOf    Op = "earlier_of"     // the earliest of Args
	OpHours        Op = "hours"          // Args[0] for a start inside hours, Args[1] outside
	OpCases        Op = "cases"          // the rule of the first of Cases that fits the facts
	OpFrom         Op = "from"           // Args[0] counted from the moment From instead of the start
)

// Ends says where on its last day a length in days or months ends.
type Ends string

// The ends.
const (
	EndOfDay Ends = "end_of_day" // 24:00
	Close    Ends = "close"      // the end of that day's business hours
	SameTime Ends = "same_time"  // the start's time of day
	Noon     Ends = "noon"
)

// Roll says what happens when the last of a length in calendar days or months
// is no business day.
type Roll string

// The rolls.
const (
	RollNone     Roll = ""
	RollNext     Roll = "next_business_day"
	RollPrevious Roll = "previous_business_day"
)

// Dimension is the fact that cases are told apart by.
type Dimension string

// The dimensions.
const (
	BySeverity Dimension = "severity"
	ByScope    Dimension = "scope"
	ByImpact   Dimension = "impact"
)

// Case is one branch of a rule by a fact. An empty Value is the default and
// comes last.
type Case struct {
	Value string `json:"value"`
	Rule  Rule   `json:"rule"`
}

// Rule is a due rule: plain data, made by hand or from configuration, checked
// by Validate and evaluated by a Promise.
type Rule struct {
	Op            Op            `json:"op"`
	Length        time.Duration `json:"length,omitempty"` // nanoseconds; negative: a lead before the start
	Count         int           `json:"count,omitempty"`  // negative: a lead before the start
	Ends          Ends          `json:"ends,omitempty"`   // empty: EndOfDay
	CountStartDay bool          `json:"count_start_day,omitempty"`
	Roll          Roll          `json:"roll,omitempty"`
	By            Dimension     `json:"by,omitempty"`
	Cases         []Case        `json:"cases,omitempty"`
	From          Moment        `json:"from,omitempty"`
	Args          []Rule        `json:"args,omitempty"`
}
