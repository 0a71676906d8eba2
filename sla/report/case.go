package report

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
)

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
	Month       string          `json:"month"`              // that it belongs to, 2026-10
	Timeline    []Entry         `json:"timeline"`           // by instant
	Clause      sla.Source      `json:"clause"`
	Explanation sla.Explanation `json:"-"` // a face turns it into prose
	Clock       sla.ClockID     `json:"-"` // to order the stages of one incident
}

// EntryKind names what one entry of a case's timeline says.
type EntryKind string

// The kinds of entry. A moment of the incident has its sla.Moment's name.
const (
	EntryOccurred     EntryKind = "occurred"
	EntryDetected     EntryKind = "detected"
	EntryConfirmed    EntryKind = "confirmed"
	EntryDeclared     EntryKind = "declared"
	EntryNoticed      EntryKind = "noticed"
	EntryLogged       EntryKind = "logged"
	EntryStart        EntryKind = "start"        // the clock counts from here
	EntryWarned       EntryKind = "warned"       // a warning threshold passed and we knew
	EntryDue          EntryKind = "due"          // the deadline, as it stands
	EntryAlerted      EntryKind = "alerted"      // people were told that due had passed
	EntryNotice       EntryKind = "notice"       // the vendor spoke
	EntryAcknowledged EntryKind = "acknowledged" // a person had it
	EntryRescheduled  EntryKind = "rescheduled"  // the deadline was reckoned anew, from Was to Is
)

// Entry is one line of a case's timeline. Only what its kind names is set.
type Entry struct {
	At      time.Time `json:"at"`
	Kind    EntryKind `json:"kind"`
	Basis   sla.Basis `json:"basis,omitempty"`   // of a moment and of the start
	By      string    `json:"by,omitempty"`      // who acknowledged
	Channel string    `json:"channel,omitempty"` // of a notice
	Stage   string    `json:"stage,omitempty"`   // that a notice named
	Stopped bool      `json:"stopped,omitempty"` // this notice stopped the clock
	Was     time.Time `json:"was,omitzero"`      // the deadline before
	Is      time.Time `json:"is,omitzero"`       // the deadline after
}

// CarriedOver is a clock of an earlier period whose vendor was still silent
// when this one began. Its own period counts it; no rate here does.
type CarriedOver struct {
	Incident   sla.IncidentID `json:"incident"`
	Vendor     string         `json:"vendor"`
	VendorName calendar.Text  `json:"vendor_name"`
	Service    string         `json:"service,omitempty"`
	Title      string         `json:"title"`
	Reference  string         `json:"reference,omitempty"`
	Promise    string         `json:"promise"`
	Stage      string         `json:"stage,omitempty"`
	Strength   sla.Strength   `json:"strength"`
	Verdict    Verdict        `json:"verdict"` // Overdue, Late or NotProvable, as known now
	Month      string         `json:"month"`   // that counts it, 2026-09
	Due        time.Time      `json:"due"`
	NoticeAt   time.Time      `json:"notice_at,omitzero"` // zero while silent
	Lateness   *int64         `json:"lateness_s"`         // seconds from due to notice; nil while silent
	Answered   bool           `json:"answered"`           // the notice came within this period
	Clock      sla.ClockID    `json:"-"`
}

// Uncommitted is a vendor's clocks that promise no time.
type Uncommitted struct {
	Vendor       string        `json:"vendor"`
	VendorName   calendar.Text `json:"vendor_name"`
	Clocks       int           `json:"clocks"`
	Answered     int           `json:"answered"`       // with a notice all the same
	TimeToNotice Lengths       `json:"time_to_notice"` // from start to notice
}

// Ground is why something is left out of the rate.
type Ground string

// The grounds.
const (
	ByGate         Ground = "gate"      // the promise does not apply to such an incident
	ByEdition      Ground = "edition"   // the promise was in force only until before the start
	BySettled      Ground = "settled"   // a round of a cadence that a final notice ended
	ByCancellation Ground = "cancelled" // the incident was withdrawn: Reason
	ByWaiver       Ground = "waived"    // we let the vendor off
	ByAssumption   Ground = "assumed"   // silent or late, but on an assumed start
)

// Exclusion is one clock that the rate leaves out, and why. Clocks that are
// open, and promises without a time, are counted under those names instead.
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
	Reason     string         `json:"reason,omitempty"` // of a cancellation, as it was entered
	By         sla.Dimension  `json:"by,omitempty"`     // the fact that shut the gate, with its Value
	Value      string         `json:"value,omitempty"`
	StartFrom  string         `json:"start_from,omitempty"` // of an assumed start: the moment that stands in
	Due        time.Time      `json:"due,omitzero"`
	Clock      sla.ClockID    `json:"-"`
}
