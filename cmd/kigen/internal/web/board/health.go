package board

import (
	"net/http"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
)

// healthView is the state of kigen as shown on the board, in one line, and on
// the health page, in full.
type healthView struct {
	Parts  []string // of the line on the board
	Faults []string // texts; none: all is well
	Rows   []healthRow
	// Refused lists the messages that their destination refuses.
	Refused []refusalView
}

// healthRow is one row of the health page.
type healthRow struct {
	Name, Text, More string
	Red              bool
}

// health builds the view of kigen's state; nil: there is no source for it.
func (p *reader) health() *healthView {
	if p.Health == nil {
		return nil
	}
	h := p.Health(p.R.Context())
	view := &healthView{Refused: p.refusals(h.Refused)}
	for _, f := range h.Faults {
		view.Faults = append(view.Faults, f.Text.In(p.Lang))
	}
	step := p.ago(h.At, h.LastStep)
	view.Parts = []string{p.Say("health_step", "Ago", step), p.nextDue(&h), p.oldestUnsent(&h), p.destinations(&h)}
	view.Rows = []healthRow{
		{Name: p.Say("health_row_step"), Text: step},
		p.coming("health_row_due", h.At, h.NextDue),
		p.coming("health_row_planned", h.At, h.NextPlanned),
		p.waiting(&h),
		p.audit(&h),
	}
	if h.Leader != nil {
		view.Rows = append(view.Rows, p.leader(h.Leader))
	}
	for _, a := range h.Aside {
		view.Rows = append(view.Rows, healthRow{
			Name: p.Say("health_row_aside", "ID", a.Incident), Text: p.Say("health_next_try", "At", p.InstantOrNone(a.NextTry)), More: a.Error, Red: true,
		})
	}
	for _, d := range h.Destinations {
		view.Rows = append(view.Rows, p.destination(&h, d))
	}
	for _, d := range h.Departed {
		view.Rows = append(view.Rows, p.departed(&h, d))
	}
	if h.Backup != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.Say("health_row_backup"), Text: p.ago(h.At, h.Backup.Last), More: p.InstantOrNone(h.Backup.Last)})
		if !h.Backup.Drilled.IsZero() {
			view.Rows = append(view.Rows, healthRow{Name: p.Say("health_row_drill"), Text: p.ago(h.At, h.Backup.Drilled), More: p.InstantOrNone(h.Backup.Drilled)})
		}
	}
	if h.Heartbeat != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.Say("health_row_heartbeat"), Text: p.ago(h.At, h.Heartbeat.Last)})
	}
	return view
}

// ago formats the time since then.
func (p *reader) ago(now, then time.Time) string {
	if then.IsZero() {
		return p.Say("health_never")
	}
	return p.Say("health_ago", "By", phrase.Duration(p.Lang, max(0, now.Sub(then))))
}

func (p *reader) nextDue(h *web.Health) string {
	if h.NextDue.IsZero() {
		return p.Say("health_no_due")
	}
	return p.Say("health_due", "In", phrase.Duration(p.Lang, max(0, h.NextDue.Sub(h.At))))
}

func (p *reader) oldestUnsent(h *web.Health) string {
	if h.OldestUnsent.IsZero() {
		return p.Say("health_unsent_none")
	}
	return p.Say("health_unsent", "By", phrase.Duration(p.Lang, max(0, h.At.Sub(h.OldestUnsent))))
}

// coming is the row of a future instant.
func (p *reader) coming(name string, now, then time.Time) healthRow {
	if then.IsZero() {
		return healthRow{Name: p.Say(name), Text: p.Say("health_none")}
	}
	in := p.Say("health_in", "In", phrase.Duration(p.Lang, max(0, then.Sub(now))))
	return healthRow{Name: p.Say(name), Text: in, More: p.InstantOrNone(then)}
}

func (p *reader) waiting(h *web.Health) healthRow {
	row := healthRow{Name: p.Say("health_row_unsent"), Text: p.Say("health_none")}
	if !h.OldestUnsent.IsZero() {
		row.Text = p.Say("health_waits", "By", phrase.Duration(p.Lang, max(0, h.At.Sub(h.OldestUnsent))))
		row.More = p.InstantOrNone(h.OldestUnsent)
	}
	return row
}

// destinations lists the failing destinations for the line on the board.
func (p *reader) destinations(h *web.Health) string {
	var broken []string
	for _, d := range h.Destinations {
		if !d.FailingSince.IsZero() {
			broken = append(broken, p.Say("health_broken", "Name", d.Name, "Since", p.InstantOrNone(d.FailingSince)))
		}
	}
	if len(broken) == 0 {
		return p.Say("health_destinations_ok")
	}
	return strings.Join(broken, p.Say("and"))
}

func (p *reader) destination(h *web.Health, d web.DestinationHealth) healthRow {
	row := healthRow{Name: p.Say("health_row_destination", "Name", d.Name)}
	switch {
	case !d.FailingSince.IsZero():
		row.Text, row.More, row.Red = p.Say("health_failing", "Since", p.InstantOrNone(d.FailingSince)), d.Reason, true
	case d.LastSent.IsZero():
		row.Text = p.Say("health_nothing_sent")
	default:
		row.Text, row.More = p.Say("health_works"), p.Say("health_last_sent", "Ago", p.ago(h.At, d.LastSent))
	}
	return row
}

func (p *reader) departed(h *web.Health, d web.Departed) healthRow {
	row := healthRow{Name: p.Say("health_row_destination", "Name", d.Name), Text: p.Say("health_departed")}
	if d.Successor != "" {
		row.More = p.Say("health_succeeded", "Ago", p.ago(h.At, d.At), "Name", d.Successor)
	} else {
		row.More = p.Say("health_retired", "Ago", p.ago(h.At, d.At), "N", d.Retired)
	}
	return row
}

func (p *reader) audit(h *web.Health) healthRow {
	row := healthRow{Name: p.Say("health_row_audit")}
	switch {
	case h.AuditedAt.IsZero():
		row.Text = p.Say("health_not_audited")
	case h.Untold > 0:
		row.Text, row.Red = p.Say("health_untold", "N", h.Untold), true
	default:
		row.Text = p.Say("health_all_told")
	}
	if !h.AuditedAt.IsZero() {
		row.More = p.ago(h.At, h.AuditedAt)
	}
	return row
}

// healthPage shows the state of kigen in full.
func (p *reader) healthPage(w http.ResponseWriter) {
	if p.Health == nil {
		p.Missing(w)
		return
	}
	p.Render(w, http.StatusOK, "health", frame.Page{Title: p.Say("health_title"), Nav: "health", Live: true, Main: p.health()})
}

// healthPart renders the part of the page that its script refreshes.
func (p *reader) healthPart(w http.ResponseWriter) {
	if p.Health == nil {
		p.Missing(w)
		return
	}
	p.RenderPart(w, http.StatusOK, "health", "live", p.Complete(frame.Page{Title: p.Say("health_title"), Main: p.health()}))
}

// leader is the replica that watches over deadlines and sends.
func (p *reader) leader(l *web.LeaderHealth) healthRow {
	text := l.Name
	if l.Here {
		text = p.Say("health_leader_here", "Name", l.Name)
	}
	return healthRow{Name: p.Say("health_row_leader"), Text: text, More: p.Say("health_leader_term", "Address", l.Address, "Term", l.Term)}
}
