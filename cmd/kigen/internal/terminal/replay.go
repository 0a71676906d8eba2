package terminal

import (
	"fmt"
	"time"

	"kigen/cmd/kigen/internal/web/api"
)

// Replay omits the year from dates in the month's own year.
func (w *Printer) Replay(r *api.Replay, month time.Time) error {
	summary := fmt.Sprintf(say(w.Lang, "recalculated"), r.Month, r.Incidents)
	if n := len(r.Differences); n == 0 {
		summary += say(w.Lang, "no_differences")
	} else {
		summary += fmt.Sprintf(say(w.Lang, "would_change"), n)
	}
	fmt.Fprintln(w.Out, summary)
	if r.Cancelled > 0 {
		fmt.Fprintf(w.Out, say(w.Lang, "cancelled_left_out"), r.Cancelled)
	}
	if r.Unconfigured > 0 {
		fmt.Fprintf(w.Out, say(w.Lang, "unconfigured_left_out"), r.Unconfigured)
	}
	if len(r.Differences) == 0 {
		return nil
	}
	fmt.Fprintln(w.Out)
	var t Table
	t.Add(say(w.Lang, "heading_id"), say(w.Lang, "heading_promise"), say(w.Lang, "heading_recorded"), "", say(w.Lang, "heading_current_rules"), "")
	for _, d := range r.Differences {
		name := d.Vendor + "/" + d.Promise
		if d.Stage != "" {
			name += "/" + d.Stage
		}
		stands, standsDue := outcomeText(w.Lang, d.Stands, month)
		would, wouldDue := outcomeText(w.Lang, d.Would, month)
		t.Add(d.Incident.String(), name, stands, standsDue, would, wouldDue)
	}
	return t.Print(w.Out)
}

func outcomeText(lang string, o *api.ReplayOutcome, now time.Time) (state, due string) {
	if o == nil {
		return say(lang, "no_such_promise"), ""
	}
	return StateText(lang, o.State), DueText(lang, o.Due, now)
}
