package report

import (
	"cmp"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Case is one clock whose vendor was late or has sent no notice, with the details
// for a talk with the vendor.
type Case struct {
	Incident    sla.IncidentID   `json:"incident"`
	Kind        sla.IncidentKind `json:"kind,omitempty"` // empty: an incident
	Vendor      string           `json:"vendor"`
	VendorName  calendar.Text    `json:"vendor_name"`
	Service     string           `json:"service,omitempty"`
	Title       string           `json:"title"`
	Reference   string           `json:"reference,omitempty"`
	Promise     string           `json:"promise"`
	Stage       string           `json:"stage,omitempty"`
	Strength    sla.Strength     `json:"strength"`
	Verdict     Verdict          `json:"verdict"` // Overdue, Late or NotProvable
	Start       time.Time        `json:"start"`
	StartFrom   sla.Moment       `json:"start_from"` // the moment used as Start
	Basis       sla.Basis        `json:"basis"`
	Due         time.Time        `json:"due"`
	NotifiedAt  time.Time        `json:"notified_at,omitzero"` // zero without a notice
	RecordedAt  time.Time        `json:"recorded_at,omitzero"` // of the notice, if it is backdated
	Lateness    *int64           `json:"lateness_s"`           // seconds from due to notice; nil without a notice
	Month       string           `json:"month"`                // that it belongs to, 2026-10
	Timeline    []Entry          `json:"timeline"`             // by instant
	Clause      sla.Source       `json:"clause"`
	Explanation sla.Explanation  `json:"-"` // a face turns it into prose
	Clock       sla.ClockID      `json:"-"` // to order the stages of one incident
}

// StartBasis is how well the start is known. It can differ from the case's basis,
// because a deadline can depend on other facts as well.
func (c *Case) StartBasis() sla.Basis { return cmp.Or(c.Explanation.StartBasis, c.Basis) }

// EntryKind names the statement of one entry of a case's timeline.
type EntryKind string

// EntryOf is the kind of a moment's entry.
func EntryOf(m sla.Moment) EntryKind { return EntryKind(m.String()) }

// The other kinds of entry.
const (
	EntryStart        EntryKind = "start"        // the clock counts from here
	EntryWarned       EntryKind = "warned"       // a warning threshold passed, and the incident was known
	EntryDue          EntryKind = "due"          // the deadline, as it stands
	EntryAlerted      EntryKind = "alerted"      // destinations were alerted that due had passed
	EntryNotice       EntryKind = "notice"       // a notice of the vendor
	EntryAcknowledged EntryKind = "acknowledged" // a person took the incident
	EntryRescheduled  EntryKind = "rescheduled"  // the deadline was recomputed, from Was to Is
	EntryWithdrawn    EntryKind = "withdrawn"    // the notice received at Was was withdrawn
	EntryReopened     EntryKind = "reopened"     // the cancellation of the incident was taken back
	EntryWaived       EntryKind = "waived"       // the promise was waived
	EntryUnwaived     EntryKind = "unwaived"     // the waiver was lifted
)

// Entry is one line of a case's timeline. Only the fields of its kind are set.
type Entry struct {
	At      time.Time `json:"at"`
	Kind    EntryKind `json:"kind"`
	Basis   sla.Basis `json:"basis,omitempty"`   // of a moment and of the start
	By      string    `json:"by,omitempty"`      // who acknowledged, or corrected the record
	Reason  string    `json:"reason,omitempty"`  // of a correction
	Channel string    `json:"channel,omitempty"` // of a notice
	Stage   string    `json:"stage,omitempty"`   // that a notice named
	Stopped bool      `json:"stopped,omitempty"` // whether this notice stopped the clock
	Void    bool      `json:"void,omitempty"`    // of a notice that was withdrawn: it counts no more
	Delay   *int64    `json:"delay_s,omitempty"` // of a backdated notice: seconds from its receipt to its record
	Was     time.Time `json:"was,omitzero"`      // the deadline before; when a withdrawn notice was received
	Is      time.Time `json:"is,omitzero"`       // the deadline after
}

// CarriedOver is a clock of an earlier period that had no notice when this one
// began. It counts in its own period, not in the rates of this one.
type CarriedOver struct {
	Incident   sla.IncidentID   `json:"incident"`
	Kind       sla.IncidentKind `json:"kind,omitempty"` // empty: an incident
	Vendor     string           `json:"vendor"`
	VendorName calendar.Text    `json:"vendor_name"`
	Service    string           `json:"service,omitempty"`
	Title      string           `json:"title"`
	Reference  string           `json:"reference,omitempty"`
	Promise    string           `json:"promise"`
	Stage      string           `json:"stage,omitempty"`
	Strength   sla.Strength     `json:"strength"`
	Verdict    Verdict          `json:"verdict"` // Overdue, Late or NotProvable, as known now
	Month      string           `json:"month"`   // that counts it, 2026-09
	Due        time.Time        `json:"due"`
	NotifiedAt time.Time        `json:"notified_at,omitzero"` // zero without a notice
	Lateness   *int64           `json:"lateness_s"`           // seconds from due to notice; nil without a notice
	Answered   bool             `json:"answered"`             // the notice came within this period
	Clock      sla.ClockID      `json:"-"`
}

// Uncommitted is a vendor's clocks that promise no time.
type Uncommitted struct {
	Vendor       string        `json:"vendor"`
	VendorName   calendar.Text `json:"vendor_name"`
	Clocks       int           `json:"clocks"`
	Answered     int           `json:"answered"`       // with a notice nevertheless
	TimeToNotice Lengths       `json:"time_to_notice"` // from start to notice
}

// Ground is the reason why a clock is left out of the rate.
type Ground string

// The grounds.
const (
	ByGate         Ground = "gate"      // the promise does not apply to such an incident
	ByEdition      Ground = "edition"   // the promise ended before the start
	ByLapse        Ground = "lapsed"    // the deadline lapsed before it was due
	BySettled      Ground = "settled"   // the final notice ended the cadence of this round
	ByCancellation Ground = "cancelled" // the incident was cancelled: Reason
	ByWaiver       Ground = "waived"    // we released the vendor from this promise
	ByAssumption   Ground = "assumed"   // overdue or late, but by an assumed start or an unknown fact
)

// Exclusion is one clock that the rate leaves out, and why. Open clocks, and
// promises without a time, have counts of their own instead.
type Exclusion struct {
	Incident   sla.IncidentID `json:"incident"`
	Vendor     string         `json:"vendor"`
	VendorName calendar.Text  `json:"vendor_name"`
	Service    string         `json:"service,omitempty"`
	Title      string         `json:"title"`
	Promise    string         `json:"promise"`
	Stage      string         `json:"stage,omitempty"`
	Verdict    Verdict        `json:"verdict"`
	Ground     Ground         `json:"ground"`
	Reason     string         `json:"reason,omitempty"` // of a cancellation or a waiver, as it was entered
	By         sla.Dimension  `json:"by,omitempty"`     // the fact for which the promise does not apply, or that is unknown, with its Value
	Value      string         `json:"value,omitempty"`
	StartFrom  string         `json:"start_from,omitempty"` // of an assumed start: the moment that stands in
	Due        time.Time      `json:"due,omitzero"`
	Clock      sla.ClockID    `json:"-"`
}
