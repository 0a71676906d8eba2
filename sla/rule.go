package sla

import (
	"fmt"
	"time"
)

// Op is the operation of a rule. It is a number instead of a string, because every
// deadline branches on it.
type Op uint8

// The operations. Every instant is reckoned in the promise's calendar.
const (
	opUnset        Op = iota // an uninitialized rule: Validate refuses it
	OpNone                   // as needed: no time is promised
	OpElapsed                // Length of real time, also across nights and holidays
	OpBusinessTime           // Length of open time
	OpBusinessDays           // Count business days by date
	OpDays                   // Count calendar days
	OpMonths                 // Count calendar months, by Counting
	OpNextOpening            // the first open instant at or after the start
	OpNextDayStart           // the opening of the next business date after the start's
	OpLaterOf                // the latest of Args
	OpEarlierOf              // the earliest of Args
	OpHours                  // Args[0] for a start inside hours, Args[1] outside
	OpCases                  // the rule of the first of Cases that matches the facts
	OpFrom                   // Args[0] counted from the moment From instead of the start
	OpStart                  // the start itself
	OpThen                   // Args[1] counted from the instant that Args[0] gives
	OpRolled                 // Args[0], moved by Roll and Ends where it falls on a closed day
	OpLapses                 // Args[0], unless the moment From comes after it: then no time
	OpEvery                  // Args[0] again and again, each time from the answer before
	ops
)

// The names are part of a promise's content hash: they never change.
var opNames = [ops]string{
	"", "none", "elapsed", "business_time", "business_days", "days", "months", "next_opening", "next_day_start",
	"later_of", "earlier_of", "hours", "cases", "from", "start", "then", "rolled", "lapses", "every",
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
	return fmt.Errorf("%q is not an operation of a rule", b)
}

// Ends says where on its last day a length in days or months ends: one of the
// constants, or a time of day such as 17:30.
type Ends string

// The ends.
const (
	EndOfDay   Ends = "end_of_day"   // 24:00
	EndOfMonth Ends = "end_of_month" // 24:00 of the last day of that month
	Close      Ends = "close"        // the end of that day's business hours
	SameTime   Ends = "same_time"    // the start's time of day
	Noon       Ends = "noon"
)

// Clock parses a time of day such as 17:30 into the time since midnight; false for
// every other Ends.
func (e Ends) Clock() (time.Duration, bool) {
	if len(e) != 5 || e[2] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if e[i] < '0' || e[i] > '9' {
			return 0, false
		}
	}
	hours, minutes := int(e[0]-'0')*10+int(e[1]-'0'), int(e[3]-'0')*10+int(e[4]-'0')
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, true
}

// Counting says on which day a length in months ends.
type Counting string

// The countings. Both leave out the day of the start, unless CountStartDay.
const (
	// CivilCodeJP is the Civil Code of Japan, articles 140 and 143: the length
	// runs from its first counted day, and ends on the day before the day of
	// that number in the last month, or with that month where it has no such
	// day. One month from 28 February ends on 31 March.
	CivilCodeJP Counting = "civil_code_jp"
	// SameDate is Regulation (EEC, Euratom) 1182/71, article 3: the length ends
	// on the start's day of the month, or with that month where it has no such
	// day. One month from 28 February ends on 28 March.
	SameDate Counting = "same_date"
)

// Roll says what happens when the last day of a length in calendar days or
// months, or the day on which an OpRolled falls, is not a business day.
type Roll string

// The rolls.
const (
	RollNone     Roll = ""
	RollNext     Roll = "next_business_day"
	RollPrevious Roll = "previous_business_day"
)

// Dimension is a fact that a gate asks for, and by which cases are distinguished. No
// cases are distinguished by service: a vendor's paper about another one is a promise
// of its own.
type Dimension string

// The dimensions.
const (
	BySeverity Dimension = "severity"
	ByScope    Dimension = "scope"
	ByImpact   Dimension = "impact"
	ByService  Dimension = "service"
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
	Length        time.Duration `json:"length,omitempty"`   // nanoseconds; negative: before the start
	Count         int           `json:"count,omitempty"`    // negative: before the start
	Ends          Ends          `json:"ends,omitempty"`     // empty: EndOfDay
	Counting      Counting      `json:"counting,omitempty"` // of months; empty: that of the calendar's country
	CountStartDay bool          `json:"count_start_day,omitempty"`
	Roll          Roll          `json:"roll,omitempty"`
	By            Dimension     `json:"by,omitempty"`
	Cases         []Case        `json:"cases,omitempty"`
	From          Moment        `json:"from,omitempty"`
	Args          []Rule        `json:"args,omitempty"`
}
