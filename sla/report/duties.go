package report

import (
	"cmp"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/regime"
)

// Duty is a report that we owe to an authority and that belongs to the period by its
// deadline, else by its start, else by when the incident was logged. None of them is in a
// figure about a vendor.
type Duty struct {
	Incident    sla.IncidentID `json:"incident"`
	Vendor      string         `json:"vendor"` // at which the incident was
	VendorName  calendar.Text  `json:"vendor_name"`
	Title       string         `json:"title"`
	Duty        string         `json:"duty"` // id of the regime
	Name        calendar.Text  `json:"name"`
	To          calendar.Text  `json:"to"`
	Stage       string         `json:"stage"`
	Report      calendar.Text  `json:"report"` // the stage's name
	State       sla.State      `json:"state"`
	Decided     string         `json:"decided"` // undecided, applies or does_not_apply
	Reason      string         `json:"reason,omitempty"`
	DecidedBy   string         `json:"decided_by,omitempty"`
	Due         time.Time      `json:"due,omitzero"`
	SubmittedAt time.Time      `json:"submitted_at,omitzero"`
	Reference   string         `json:"reference,omitempty"`
	Clock       sla.ClockID    `json:"-"`
}

// owe lists the reports of the period that we owe for an incident. A report about one
// vendor goes to people who need not know of them.
func (b *builder) owe(inc *sla.Incident) {
	if b.spec.Vendor != "" {
		return
	}
	for i := range inc.Duties {
		if c := &inc.Duties[i]; b.period.Contains(inc.AttributedAt(c)) {
			b.duties = append(b.duties, b.newDuty(inc, c))
		}
	}
}

func (b *builder) newDuty(inc *sla.Incident, c *sla.Clock) Duty {
	id, zone := c.Regime(), b.zone()
	d := Duty{
		Incident: inc.ID, Vendor: inc.Vendor, VendorName: b.name(inc.Vendor), Title: inc.Title,
		Duty: id, Name: calendar.Text{Ja: id, En: id}, To: calendar.Text{Ja: id, En: id}, Stage: c.Stage,
		Report: b.spec.Duties.Promise(c).StageText(c.Stage), State: c.State, Decided: regime.Standpoint(inc, id),
		Due: in(zone, c.Due), SubmittedAt: in(zone, c.NotifiedAt), Clock: c.ID,
	}
	if r := b.spec.Duties.Regime(id); r != nil {
		d.Name, d.To = r.Name, r.To
	}
	if c.State.Open() && !c.Due.IsZero() && !b.spec.Now.IsZero() && !sla.InTime(c.Due, b.spec.Now) {
		d.State = sla.Overdue
	}
	if decision := inc.Decided(id); decision != nil {
		d.Reason, d.DecidedBy = decision.Reason, sla.Person(decision.By)
	}
	for _, s := range inc.Submissions {
		if s.Counts() && s.Regime == id && s.Stage == c.Stage && s.SubmittedAt.Equal(c.NotifiedAt) {
			d.Reference = s.Reference
		}
	}
	return d
}

// compareDuties orders duties by their deadlines; duties without a deadline come last.
func compareDuties(x, y Duty) int {
	if x.Due.IsZero() != y.Due.IsZero() {
		if x.Due.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(x.Due.Compare(y.Due), cmp.Compare(x.Incident, y.Incident), cmp.Compare(x.Clock, y.Clock))
}
