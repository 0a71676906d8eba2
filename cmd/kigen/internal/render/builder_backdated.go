package render

import (
	"time"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/phrase"
)

// mostBackdated bounds the list for people: after an import it may hold years. Other
// forms list all.
const mostBackdated = 60

// backdated lists verdicts that rest on a notice recorded long after it was received;
// empty if there is none.
func (a *builder) backdated() []layout.Block {
	all := a.report.Backdated
	if len(all) == 0 {
		return nil
	}
	t := &layout.Table{Columns: a.textColumns("incident", "title_of", "vendor", "case_due", "backdated_received", "backdated_recorded")}
	widen(t, 1, 1.8, 1.3, 1.4, 1.4, 1.9)
	for i := range all[:min(len(all), mostBackdated)] {
		n := &all[i]
		due := layout.Cell{Text: "–", Soft: true}
		if !n.Due.IsZero() {
			due = layout.Cell{Text: a.deadline(n.Due)}
		}
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: n.Incident.String()}, {Text: n.Title, Sub: n.Reference},
			{Text: n.VendorName.In(a.lang), Sub: a.about(n.Service, n.Vendor, n.Promise)}, due,
			{Text: a.instant(n.NotifiedAt), Sub: a.text(string(n.Verdict))},
			{Text: a.instant(n.RecordedAt) + a.inBrackets(n.RecordedBy), Sub: a.recordedAfter(n.NotifiedAt, n.RecordedAt)},
		}})
	}
	blocks := []layout.Block{{Note: a.text("backdated_note")}, {Table: t}}
	if more := len(all) - mostBackdated; more > 0 {
		blocks = append(blocks, layout.Block{Note: a.text("backdated_more", "N", more)})
	}
	return blocks
}

// recordedAfter says how long after its receipt a backdated notice was recorded; empty:
// it is none.
func (a *builder) recordedAfter(received, recorded time.Time) string {
	if recorded.IsZero() {
		return ""
	}
	return phrase.RecordedAfter(a.lang, recorded.Sub(received))
}
