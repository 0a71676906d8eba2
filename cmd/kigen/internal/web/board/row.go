package board

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
)

// rowView is an incident on the board, with its most urgent clock.
type rowView struct {
	ID, Title, Reference string
	Vendor, Service      string
	Severity             string
	Kind                 string // empty: an incident
	State                sla.State
	Clock                clockView
	More                 int    // number of the incident's other clocks
	Who, Until           string // the owner, and until when repeats are suppressed
	Back                 string // query that carries the board's filter
	Chosen               bool   // for a change of several
	Fixed                bool   // nothing can be changed: it is cancelled or unreadable
	Doubt                bool   // the deadline is assumed
	Named                bool   // the group does not name the state
	Warned               string // the warning that passed last; empty: none, or the deadline passed
	due                  time.Time
	severity             sla.Severity
}

// row builds an incident's line on the board; clock is nil if it has none.
func (p *reader) row(inc *sla.Incident, clock *sla.Clock) rowView {
	row := rowView{
		severity: inc.Severity,
		ID:       inc.ID.String(), Title: inc.Title, Reference: inc.Reference,
		Vendor: p.VendorName(inc.Vendor), Service: inc.Service, State: web.StateOf(inc), Who: inc.Owner,
		Back: backQuery(filterOf(p.R.URL.Query())), Chosen: slices.Contains(p.R.PostForm["id"], inc.ID.String()),
		Fixed: inc.Unreadable != "" || !inc.CancelledAt.IsZero(),
	}
	if clock != nil && inc.CancelledAt.IsZero() {
		row.State = clock.State
	}
	if inc.Unreadable != "" {
		row.Title = cmp.Or(row.Title, row.ID)
		row.Clock.Lines = []string{inc.Unreadable}
	}
	row.Kind = p.otherKind(inc)
	row.Until = p.silentUntil(inc)
	row.Clock.StateName = p.StateOf(inc.Kind, "", row.State)
	if inc.Severity != "" {
		row.Severity = p.SeverityName(inc.Severity)
	}
	if clock != nil {
		row.Clock, row.More, row.due = p.clock(inc, clock), len(inc.Clocks)-1, clock.Due
		row.Warned = p.warned(inc, clock)
		row.Doubt = clock.Assumed() && row.Clock.Due != "" && row.State != sla.Cancelled
	}
	return row
}

// otherKind names the kind of what is no incident.
func (p *reader) otherKind(inc *sla.Incident) string {
	if inc.Kind == "" || inc.Kind == sla.KindIncident {
		return ""
	}
	return p.Word("kind", string(inc.Kind))
}

// warned names the last threshold that a clock at risk passed.
func (p *reader) warned(inc *sla.Incident, c *sla.Clock) string {
	if c.State != sla.AtRisk {
		return ""
	}
	lead, ok := p.Tracker.Policies.For(inc, c).Warned(c, p.Now)
	switch {
	case !ok:
		return ""
	case lead.Share > 0:
		return p.Say("warned_share", "Percent", strconv.FormatFloat(lead.Share*100, 'f', -1, 64))
	}
	return p.Say("warned_before", "Length", phrase.Duration(p.Lang, lead.Before))
}

// silentUntil says until when repeats are suppressed; empty: permanently, or the
// incident is not acknowledged.
func (p *reader) silentUntil(inc *sla.Incident) string {
	if inc.Acknowledged.Until.IsZero() {
		return ""
	}
	return p.Say("silent_until", "Until", p.Instant(inc.Acknowledged.Until))
}
