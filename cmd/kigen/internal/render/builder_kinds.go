package render

import (
	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/report"
)

// kinds lists the outcomes of what is no incident, kind by kind and vendor by vendor;
// empty if the period has none.
func (a *builder) kinds() []layout.Block {
	if len(a.report.Kinds) == 0 {
		return nil
	}
	columns := []layout.Column{{Head: a.text("kind"), Text: true}, {Head: a.text("vendor"), Text: true}}
	for _, key := range []string{"kind_count", "met", "late", "overdue", "not_provable", "running", "no_commitment", "kind_left_out", "rate"} {
		columns = append(columns, a.narrow(key))
	}
	t := &layout.Table{Columns: columns}
	for i := range a.report.Kinds {
		k := &a.report.Kinds[i]
		for n := range k.Vendors {
			v := &k.Vendors[n]
			name := phrase.Capital(phrase.Kind(a.lang, string(k.Kind)))
			if n > 0 {
				name = ""
			}
			cells := append([]layout.Cell{{Text: name}, {Text: v.Name.In(a.lang)}}, a.kindCells(&v.Figures)...)
			t.Rows = append(t.Rows, layout.Row{Inner: n > 0, Cells: cells})
		}
	}
	return []layout.Block{{Table: t}, {Note: a.text("kinds_note")}}
}

func (a *builder) kindCells(f *report.Figures) []layout.Cell {
	overdue := count(f.Overdue)
	if f.OverdueAssumed > 0 {
		overdue.Sub = a.text("assumed_short", "Count", f.OverdueAssumed)
	}
	return []layout.Cell{
		count(f.Incidents), count(f.Met), count(f.Late), overdue, count(f.NotProvable), count(f.Pending + f.Running),
		count(f.NoCommitment), count(f.NotApplicable + f.Cancelled + f.Waived), a.rateCell(f),
	}
}

// otherKind names the kind of what is no incident.
func (a *builder) otherKind(k sla.IncidentKind) string {
	if k == "" || k == sla.KindIncident {
		return ""
	}
	return phrase.Kind(a.lang, string(k))
}

// deed is what answers the clock of a case.
func deed(kind sla.IncidentKind, promise string) string { return string(sla.DeedOf(kind, promise)) }

// announced says how an announced event, or the end of a contract, was answered; empty
// for every other case.
func announced(c *report.Case, lang string) string {
	return prose.Verdict(lang, &sla.Clock{
		Start: sla.Start{At: c.Start, From: c.StartFrom}, Due: c.Due, NotifiedAt: c.NotifiedAt, Explanation: c.Explanation,
	})
}

// kindRows yields a row per kind and vendor, and one with the totals of each kind.
func (a *builder) kindRows(yield func([]any) bool) {
	none := &report.Change{}
	for i := range a.report.Kinds {
		k := &a.report.Kinds[i]
		name := phrase.Kind(a.lang, string(k.Kind))
		for n := range k.Vendors {
			v := &k.Vendors[n]
			if !yield(append([]any{a.report.Period.Label, name, v.ID, v.Name.In(a.lang)}, figureValues(&v.Figures, none)...)) {
				return
			}
		}
		if !yield(append([]any{a.report.Period.Label, name, "", a.text("total")}, figureValues(&k.Figures, none)...)) {
			return
		}
	}
}
