package sla

import (
	"fmt"
	"time"
)

// Op is what a rule does. It is a number, not its name, because every deadline
// branches on it.
type Op uint8

// The operations. Every instant is reckoned in the promise's calendar.
const (
	opUnset        Op = iota // a rule that nobody filled in: Validate refuses it
	OpNone                   // as needed: no time is promised
	OpElapsed                // Length of real time, also across nights and holidays
	OpBusinessTime           // Length of open time
	OpBusinessDays           // Count business days by date
	OpDays                   // Count calendar days
	OpMonths                 // Count calendar months, clamped to the month's last day
	OpNextOpening            // the first open instant at or after the start
	OpNextDayStart           // the opening of the next business date after the start's
	OpLaterOf                // the latest of Args
	OpEarlierOf              // the earliest of Args
	OpHours                  // Args[0] for a start inside hours, Args[1] outside
	OpCases                  // the rule of the first of Cases that fits the facts
	OpFrom                   // Args[0] counted from the moment From instead of the start
	ops
)

// The names are part of a promise's content hash: they never change.
var opNames = [ops]string{
	"", "none", "elapsed", "business_time", "business_days", "days", "months", "next_opening", "next_day_start",
	"later_of", "earlier_of", "hours", "cases", "from",
}

// String returns the operation's name as terms and errors write it.
func (o Op) String() string {
	if o < ops {
		return opNames[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// MarshalText writes the operation's name.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an operation's name.
func (o *Op) UnmarshalText(b []byte) error {
	for i, name := range opNames {
		if name == string(b) {
			*o = Op(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no operation of a rule", b)
}

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
