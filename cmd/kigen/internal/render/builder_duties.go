package render

import (
	"strings"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/regime"
	"kigen/sla/report"
)

// duties lists the reports that we owe to authorities, apart from everything about
// vendors; empty if there are none.
func (a *builder) duties() []layout.Block {
	if len(a.report.Duties) == 0 {
		return nil
	}
	t := &layout.Table{Columns: a.textColumns("incident", "duty_report", "duty_to", "case_due", "duty_submitted", "duty_decision")}
	widen(t, 1, 1.9, 1.7, 1.5, 1.6, 1.7)
	for i := range a.report.Duties {
		d := &a.report.Duties[i]
		due, submitted := layout.Cell{Text: "–", Soft: true}, layout.Cell{Text: owedState(a.lang, d.State)}
		if !d.Due.IsZero() {
			due = layout.Cell{Text: a.deadline(d.Due)}
		}
		if !d.SubmittedAt.IsZero() {
			submitted = layout.Cell{Text: a.instant(d.SubmittedAt), Sub: strings.Join(compact(owedState(a.lang, d.State), d.Reference), " · ")}
		}
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: d.Incident.String(), Sub: d.VendorName.In(a.lang)}, {Text: d.Report.In(a.lang), Sub: d.Name.In(a.lang)},
			{Text: d.To.In(a.lang)}, due, submitted, {Text: a.decided(d), Sub: d.Reason},
		}})
	}
	return []layout.Block{{Note: a.text("duties_note") + " " + phrase.NotLegalAdvice(a.lang)}, {Table: t}}
}

// owedState names the state of a report that we owe.
func owedState(lang string, state sla.State) string {
	return phrase.StateOf(lang, string(sla.DeedSubmission), string(state))
}

// decided is what was decided about a duty, and by whom.
func (a *builder) decided(d *report.Duty) string {
	text := a.text("decided_" + d.Decided)
	if d.Decided == regime.Undecided {
		return text
	}
	return text + a.inBrackets(d.DecidedBy)
}

var dutyColumns = []sheetColumn{
	{"incident", textValue}, {"vendor", textValue}, {"name", textValue}, {"title", textValue}, {"duty", textValue}, {"duty_name", textValue},
	{"duty_to", textValue}, {"stage", textValue}, {"duty_report", textValue}, {"duty_state", textValue}, {"due_at", instantValue},
	{"submitted_at", instantValue}, {"duty_reference", textValue}, {"duty_decision", textValue}, {"duty_decided_by", textValue},
	{"duty_reason", longValue}, {"duty_advice", longValue},
}

func (a *builder) dutyRows(yield func([]any) bool) {
	for i := range a.report.Duties {
		d := &a.report.Duties[i]
		values := []any{
			d.Incident.String(), d.Vendor, d.VendorName.In(a.lang), d.Title, d.Duty, d.Name.In(a.lang),
			d.To.In(a.lang), d.Stage, d.Report.In(a.lang), owedState(a.lang, d.State), d.Due,
			d.SubmittedAt, d.Reference, a.text("decided_" + d.Decided), d.DecidedBy, d.Reason, phrase.NotLegalAdvice(a.lang),
		}
		if !yield(values) {
			return
		}
	}
}
