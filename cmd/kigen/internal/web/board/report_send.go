package board

import (
	"net/http"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla/tracker"
)

// sending offers to send and to freeze a finished report, to those who may.
func (p *reader) sending(view *shelfView) {
	view.CanSend = !view.Running && p.who.Role.Includes(access.Analyst)
	all, scheduled := p.Reports.Destinations()
	chosen := p.r.PostForm["to"]
	if len(chosen) == 0 {
		chosen = scheduled
	}
	for _, name := range all {
		view.Targets = append(view.Targets, choice{Value: name, Text: name, Chosen: slices.Contains(chosen, name)})
	}
}

// sendReport sends the report of a finished period to the chosen destinations.
func (p *reader) sendReport(w http.ResponseWriter) {
	p.decided(w, func(label string) (done string, err error) {
		to := p.r.PostForm["to"]
		if len(to) == 0 {
			return "", tracker.Invalid{{Field: "to", Message: p.say("report_to_missing")}}
		}
		sent, err := p.Reports.Send(p.r.Context(), label, to)
		if err == nil {
			p.Note(p.r.Context(), boardActor, "report_sent", sent.Period+" "+strings.Join(sent.To, " "))
		}
		return "report_sent", err
	})
}

// freezeReport keeps the report of a finished period as an edition.
func (p *reader) freezeReport(w http.ResponseWriter) {
	p.decided(w, func(label string) (done string, err error) {
		_, isNew, err := p.Reports.Freeze(p.r.Context(), label)
		if err != nil || !isNew {
			return "report_same", err
		}
		p.Note(p.r.Context(), boardActor, "report_frozen", label)
		return "report_frozen", nil
	})
}

// decided runs what was confirmed by its checkbox, and goes back to the report.
func (p *reader) decided(w http.ResponseWriter, do func(label string) (done string, err error)) {
	if p.Reports == nil {
		p.missing(w)
		return
	}
	if !p.parseForm(w) {
		return
	}
	var err error = tracker.Invalid{{Field: "confirm", Message: p.say("report_confirm_missing")}}
	label, done := p.r.PathValue("month"), ""
	if p.r.PostForm.Get("confirm") == "yes" {
		done, err = do(label)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.r, p.Base+reportRef{label: label}.page()+"?done="+done, http.StatusSeeOther)
	case p.refused(err) != nil:
		p.showReport(w, http.StatusUnprocessableEntity, "", p.refused(err))
	default:
		p.fail(w, err)
	}
}
