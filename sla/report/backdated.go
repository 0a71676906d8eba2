package report

import (
	"cmp"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/backdated"
)

// Backdated is a clock whose verdict rests on a notice that was recorded long after it
// was received, by the rule of backdated.Notice.
type Backdated struct {
	Incident   sla.IncidentID `json:"incident"`
	Vendor     string         `json:"vendor"`
	VendorName calendar.Text  `json:"vendor_name"`
	Service    string         `json:"service,omitempty"`
	Title      string         `json:"title"`
	Reference  string         `json:"reference,omitempty"`
	Promise    string         `json:"promise"`
	Stage      string         `json:"stage,omitempty"`
	Verdict    Verdict        `json:"verdict"`
	Due        time.Time      `json:"due,omitzero"`
	NotifiedAt time.Time      `json:"notified_at"` // when the notice was received
	RecordedAt time.Time      `json:"recorded_at"`
	RecordedBy string         `json:"recorded_by,omitempty"`
	Delay      int64          `json:"delay_s"` // seconds from receipt to record
	Clock      sla.ClockID    `json:"-"`
}

// backdate lists the incident's clocks of the period that a backdated notice stopped.
func (b *builder) backdate(inc *sla.Incident) {
	if b.leavesOut(inc.Vendor) {
		return
	}
	zone := b.zone()
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		v := (&Heading{State: c.State, Assumed: c.Assumed()}).verdict()
		n := backdated.Of(inc, c)
		if n == nil || !answers(v) || !b.period.Contains(inc.AttributedAt(c)) {
			continue
		}
		b.backdated = append(b.backdated, Backdated{
			Incident: inc.ID, Vendor: inc.Vendor, VendorName: b.name(inc.Vendor), Service: inc.Service, Title: inc.Title,
			Reference: inc.Reference, Promise: c.Promise, Stage: c.Stage, Verdict: v, Due: in(zone, c.Due),
			NotifiedAt: n.ReceivedAt.In(zone), RecordedAt: n.RecordedAt.In(zone), RecordedBy: n.RecordedBy,
			Delay: seconds(n.ReceivedAt, n.RecordedAt), Clock: c.ID,
		})
	}
}

// compareBackdated puts the longest delay first.
func compareBackdated(x, y Backdated) int {
	return cmp.Or(cmp.Compare(y.Delay, x.Delay), cmp.Compare(x.Incident, y.Incident), cmp.Compare(x.Clock, y.Clock))
}
