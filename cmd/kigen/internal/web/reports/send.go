package reports

import (
	"net/http"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/tracker"
)

// sending offers to send and to freeze a finished report, to those who may.
func (p *reader) sending(view *shelfView) {
	view.CanSend = !view.Running && p.Who.Role.Includes(access.Analyst)
	all, scheduled := p.Reports.Destinations()
	chosen := p.R.PostForm["to"]
	if len(chosen) == 0 {
		chosen = scheduled
	}
	for _, name := range all {
		view.Targets = append(view.Targets, frame.Choice{Value: name, Text: name, Chosen: slices.Contains(chosen, name)})
	}
}

// sendReport sends the report of a finished period to the chosen destinations.
func (p *reader) sendReport(w http.ResponseWriter) {
	p.decided(w, func(label string) (done string, err error) {
		to := p.R.PostForm["to"]
		if len(to) == 0 {
			return "", tracker.Invalidf("to", "", "%s", p.Say("report_to_missing"))
		}
		sent, err := p.Reports.Send(p.R.Context(), label, to)
		if err == nil {
			p.Note(p.R.Context(), frame.Actor, "report_sent", sent.Period+" "+strings.Join(sent.To, " "))
		}
		return "report_sent", err
	})
}

// freezeReport keeps the report of a finished period as an edition.
func (p *reader) freezeReport(w http.ResponseWriter) {
	p.decided(w, func(label string) (done string, err error) {
		_, isNew, err := p.Reports.Freeze(p.R.Context(), label)
		if err != nil || !isNew {
			return "report_same", err
		}
		p.Note(p.R.Context(), frame.Actor, "report_frozen", label)
		return "report_frozen", nil
	})
}

// decided runs what was confirmed by its checkbox, and goes back to the report.
func (p *reader) decided(w http.ResponseWriter, do func(label string) (done string, err error)) {
	if p.Reports == nil {
		p.Missing(w)
		return
	}
	if !p.ParseForm(w) {
		return
	}
	var err error = tracker.Invalidf("confirm", "", "%s", p.Say("report_confirm_missing"))
	label, done := p.R.PathValue("month"), ""
	if p.R.PostForm.Get("confirm") == "yes" {
		done, err = do(label)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.R, p.Base+reportRef{label: label}.page()+"?done="+done, http.StatusSeeOther)
	case p.Refused(err) != nil:
		p.showReport(w, http.StatusUnprocessableEntity, "", p.Refused(err))
	default:
		p.Fail(w, err)
	}
}
