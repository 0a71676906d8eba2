package render

import (
	"cmp"
	"fmt"
	"strings"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/report"
)

// corrections lists figures of the newest edition that have changed since.
func (a *builder) corrections() []layout.Block {
	f := a.report.SinceEdition
	if f == nil {
		return nil
	}
	head := a.text("frozen", "Edition", f.Edition, "MadeAt", a.instant(f.MadeAt), "Kigen", f.Kigen, "Hash", shortHash(f.SHA256))
	if len(f.Differences) == 0 && len(f.Corrections) == 0 {
		return []layout.Block{{Text: head}, {Text: a.text("frozen_same")}}
	}
	blocks := []layout.Block{{Text: head}}
	if len(f.Differences) > 0 {
		blocks = append(blocks, layout.Block{Table: a.differences(f.Differences)})
	}
	if len(f.Corrections) > 0 {
		blocks = append(blocks, layout.Block{Table: a.corrected(f.Corrections)})
	}
	return blocks
}

func (a *builder) differences(differences []report.Difference) *layout.Table {
	t := &layout.Table{Columns: []layout.Column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("difference_figure"), Text: true},
		{Head: a.text("difference_was")}, {Head: a.text("difference_is")},
	}}
	for _, d := range differences {
		name := a.text("total")
		if d.Vendor != "" {
			name = a.vendorName(d.Vendor)
		}
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{{Text: name}, {Text: a.figureName(d.Figure)}, a.value(d.Figure, d.Was), a.value(d.Figure, d.Is)}})
	}
	return t
}

// figureName names a JSON path of report.Figures. An unknown path is returned
// unchanged.
func (a *builder) figureName(path string) string {
	key := strings.NewReplacer(
		"compliance.", "", "firm.", "firm_", "target.", "target_", "other.", "other_", "time_to_notice.", "notice_", "lateness.", "late_", "_s", "",
	).Replace(path)
	name, err := a.say("csv_" + key)
	if err != nil {
		return path
	}
	return name
}

// value writes a figure according to its kind.
func (a *builder) value(path string, v *float64) layout.Cell {
	switch {
	case v == nil:
		return layout.Cell{Text: "–", Soft: true}
	case strings.HasSuffix(path, "rate"):
		return layout.Cell{Text: fmt.Sprintf("%.1f%%", *v*100)}
	case strings.HasSuffix(path, "_s"):
		seconds := int64(*v)
		return layout.Cell{Text: a.length(&seconds)}
	default:
		return layout.Cell{Text: fmt.Sprintf("%.0f", *v)}
	}
}

func (a *builder) corrected(corrections []report.Correction) *layout.Table {
	t := &layout.Table{Columns: a.textColumns("incident", "title_of", "effect", "difference_was", "difference_is", "correction_events")}
	widen(t, 1, 1.5, 1.1, 1.1, 1.1, 1.9)
	for i := range corrections {
		c := &corrections[i]
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: c.Incident.String()}, {Text: c.Title, Sub: c.VendorName.In(a.lang)}, {Text: a.text("effect_" + string(c.Effect))},
			a.standing(c.Was), a.standing(c.Is), {Text: strings.Join(a.revisions(c.Events), "\n")},
		}})
	}
	return t
}

// revisions lists the corrections, one event per line.
func (a *builder) revisions(events []report.Revision) []string {
	lines := make([]string, len(events))
	for i, e := range events {
		what := a.revision(e.Kind)
		if len(e.Fields) > 0 {
			what += a.inBrackets(strings.Join(e.Fields, a.text("between")))
		}
		what += a.inBrackets(e.Reason)
		lines[i] = a.text("revision", "At", a.instant(e.At), "By", e.By, "What", what)
	}
	return lines
}

// revision names a correction.
func (a *builder) revision(kind sla.EventKind) string {
	if kind == sla.EventCancelled {
		return phrase.State(a.lang, string(sla.Cancelled))
	}
	return a.text("revision_" + string(kind))
}

func (a *builder) standing(s *report.Standing) layout.Cell {
	if s == nil {
		return layout.Cell{Text: "–", Soft: true}
	}
	c := layout.Cell{Text: a.text(string(s.Verdict))}
	if !s.Due.IsZero() {
		c.Sub = a.text("standing_due", "Due", a.deadline(s.Due))
	}
	return c
}

func (a *builder) definitions() []layout.Block {
	items := []string{a.formula()}
	for _, key := range definitionKeys {
		items = append(items, a.text("def_"+key))
	}
	return []layout.Block{{Items: items}}
}

// formula writes the formula of the rate with the report's figures.
func (a *builder) formula() string {
	f := a.report.Formula
	join := func(keys []string) string {
		words := make([]string, len(keys))
		for i, key := range keys {
			words[i] = a.text("csv_" + key)
		}
		return strings.Join(words, " + ")
	}
	due := join(f.Due)
	if len(f.Except) > 0 {
		due += " − " + join(f.Except)
	}
	if len(f.Due) == 0 { // a report from before formulas were stored
		return a.text("def_compliance")
	}
	s := a.report.Totals.Compliance
	return a.text("formula", "Kept", join(f.Kept), "Due", due,
		"Result", a.ratio(s.Share), "Firm", a.ratio(s.Firm), "Target", a.ratio(s.Target))
}

func (a *builder) ratio(s report.Share) string {
	if s.Due == 0 {
		return a.text("nothing_due")
	}
	return fmt.Sprintf("%d ÷ %d = %s", s.Kept, s.Due, percent(s))
}

// versions lists the data and rules that the report was made from.
func (a *builder) versions() []layout.Block {
	v := &a.report.Versions
	var items []string
	if v.Kigen != "" {
		items = append(items, a.text("version_kigen", "Version", v.Kigen))
	}
	if h := v.Record; h != nil {
		items = append(items, a.text("version_record", "Count", h.Count, "Hash", h.Hash))
	}
	for _, h := range v.Holidays {
		items = append(items, a.text("version_holidays", "Country", h.Country, "First", h.First, "Last", h.Last))
	}
	for _, c := range v.Calendars {
		items = append(items, a.text("version_calendar", "Zone", cmp.Or(c.Zone, "–"), "Hash", shortHash(c.Hash)))
	}
	var blocks []layout.Block
	if len(v.Promises) > 0 {
		t := &layout.Table{Columns: a.textColumns("vendor", "version_promise", "version_document", "version_hash")}
		widen(t, 1.4, 1.1, 1.8, 1.3)
		t.Columns = append(t.Columns, layout.Column{Head: a.text("version_clocks")})
		for i := range v.Promises {
			p := &v.Promises[i]
			t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
				{Text: a.vendorName(p.Vendor)}, {Text: p.Promise}, {Text: strings.TrimSpace(p.Document + " " + p.Edition)},
				{Text: shortHash(p.Hash), Sub: a.text("version_of_calendar", "Hash", shortHash(p.Calendar))}, count(p.Clocks),
			}})
		}
		blocks = append(blocks, layout.Block{Table: t})
	}
	if len(items) > 0 {
		blocks = append(blocks, layout.Block{Items: items})
	}
	return blocks
}

// signatures leave room for who made the report, when, and who approved it. Only an
// interim report names its time: a final one is the same whenever it is made.
func (a *builder) signatures() []layout.Block {
	made := ""
	if at := a.report.Period.AsOf; !a.report.Period.Finished && !at.IsZero() {
		made = a.instant(at)
	}
	return []layout.Block{{Signs: []layout.Sign{
		{Label: a.text("made_at"), Value: made}, {Label: a.text("author")}, {Label: a.text("approved")},
	}}}
}

// shortHash shortens a hash for comparison by eye; JSON has all of it.
func shortHash(hash string) string { return hash[:min(len(hash), 12)] }
