package board

import (
	"net/http"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
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
	h := p.Health(p.r.Context())
	view := &healthView{Refused: p.refusals(h.Refused)}
	for _, f := range h.Faults {
		view.Faults = append(view.Faults, f.Text.In(p.lang))
	}
	step := p.ago(h.At, h.LastStep)
	view.Parts = []string{p.say("health_step", "Ago", step), p.nextDue(&h), p.oldestUnsent(&h), p.destinations(&h)}
	view.Rows = []healthRow{
		{Name: p.say("health_row_step"), Text: step},
		p.ahead("health_row_due", h.At, h.NextDue),
		p.ahead("health_row_planned", h.At, h.NextPlanned),
		p.waiting(&h),
		p.audit(&h),
	}
	for _, a := range h.Aside {
		view.Rows = append(view.Rows, healthRow{
			Name: p.say("health_row_aside", "ID", a.Incident), Text: p.say("health_next_try", "At", p.instantOrNone(a.NextTry)), More: a.Error, Red: true,
		})
	}
	for _, d := range h.Destinations {
		view.Rows = append(view.Rows, p.destination(&h, d))
	}
	for _, d := range h.Departed {
		view.Rows = append(view.Rows, p.departed(&h, d))
	}
	if h.Backup != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.say("health_row_backup"), Text: p.ago(h.At, h.Backup.Last), More: p.instantOrNone(h.Backup.Last)})
		if !h.Backup.Drilled.IsZero() {
			view.Rows = append(view.Rows, healthRow{Name: p.say("health_row_drill"), Text: p.ago(h.At, h.Backup.Drilled), More: p.instantOrNone(h.Backup.Drilled)})
		}
	}
	if h.Heartbeat != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.say("health_row_heartbeat"), Text: p.ago(h.At, h.Heartbeat.Last)})
	}
	return view
}

// ago formats the time since then.
func (p *reader) ago(now, then time.Time) string {
	if then.IsZero() {
		return p.say("health_never")
	}
	return p.say("health_ago", "By", phrase.Duration(p.lang, max(0, now.Sub(then))))
}

func (p *reader) nextDue(h *web.Health) string {
	if h.NextDue.IsZero() {
		return p.say("health_no_due")
	}
	return p.say("health_due", "In", phrase.Duration(p.lang, max(0, h.NextDue.Sub(h.At))))
}

func (p *reader) oldestUnsent(h *web.Health) string {
	if h.OldestUnsent.IsZero() {
		return p.say("health_unsent_none")
	}
	return p.say("health_unsent", "By", phrase.Duration(p.lang, max(0, h.At.Sub(h.OldestUnsent))))
}

// ahead is the row of a future instant.
func (p *reader) ahead(name string, now, then time.Time) healthRow {
	if then.IsZero() {
		return healthRow{Name: p.say(name), Text: p.say("health_none")}
	}
	in := p.say("health_in", "In", phrase.Duration(p.lang, max(0, then.Sub(now))))
	return healthRow{Name: p.say(name), Text: in, More: p.instantOrNone(then)}
}

func (p *reader) waiting(h *web.Health) healthRow {
	row := healthRow{Name: p.say("health_row_unsent"), Text: p.say("health_none")}
	if !h.OldestUnsent.IsZero() {
		row.Text = p.say("health_waits", "By", phrase.Duration(p.lang, max(0, h.At.Sub(h.OldestUnsent))))
		row.More = p.instantOrNone(h.OldestUnsent)
	}
	return row
}

// destinations lists the failing destinations for the line on the board.
func (p *reader) destinations(h *web.Health) string {
	var broken []string
	for _, d := range h.Destinations {
		if !d.FailingSince.IsZero() {
			broken = append(broken, p.say("health_broken", "Name", d.Name, "Since", p.instantOrNone(d.FailingSince)))
		}
	}
	if len(broken) == 0 {
		return p.say("health_destinations_ok")
	}
	return strings.Join(broken, p.say("and"))
}

func (p *reader) destination(h *web.Health, d web.DestinationHealth) healthRow {
	row := healthRow{Name: p.say("health_row_destination", "Name", d.Name)}
	switch {
	case !d.FailingSince.IsZero():
		row.Text, row.More, row.Red = p.say("health_failing", "Since", p.instantOrNone(d.FailingSince)), d.Reason, true
	case d.LastSent.IsZero():
		row.Text = p.say("health_nothing_sent")
	default:
		row.Text, row.More = p.say("health_works"), p.say("health_last_sent", "Ago", p.ago(h.At, d.LastSent))
	}
	return row
}

func (p *reader) departed(h *web.Health, d web.Departed) healthRow {
	row := healthRow{Name: p.say("health_row_destination", "Name", d.Name), Text: p.say("health_departed")}
	if d.Successor != "" {
		row.More = p.say("health_succeeded", "Ago", p.ago(h.At, d.At), "Name", d.Successor)
	} else {
		row.More = p.say("health_retired", "Ago", p.ago(h.At, d.At), "N", d.Retired)
	}
	return row
}

func (p *reader) audit(h *web.Health) healthRow {
	row := healthRow{Name: p.say("health_row_audit")}
	switch {
	case h.AuditedAt.IsZero():
		row.Text = p.say("health_not_audited")
	case h.Untold > 0:
		row.Text, row.Red = p.say("health_untold", "N", h.Untold), true
	default:
		row.Text = p.say("health_all_told")
	}
	if !h.AuditedAt.IsZero() {
		row.More = p.ago(h.At, h.AuditedAt)
	}
	return row
}

// healthPage shows the state of kigen in full.
func (p *reader) healthPage(w http.ResponseWriter) {
	if p.Health == nil {
		p.missing(w)
		return
	}
	p.render(w, http.StatusOK, "health", page{Title: p.say("health_title"), Nav: "health", Live: true, Main: p.health()})
}

// healthPart renders the part of the page that its script refreshes.
func (p *reader) healthPart(w http.ResponseWriter) {
	if p.Health == nil {
		p.missing(w)
		return
	}
	p.renderPart(w, http.StatusOK, "health", "live", p.complete(page{Title: p.say("health_title"), Main: p.health()}))
}
