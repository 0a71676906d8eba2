package render

import (
	"cmp"
	"fmt"
	"strings"

	"kigen/sla/report"
)

// corrections is what was said in the newest kept edition and holds no more.
func (a *author) corrections() []block {
	f := a.report.Frozen
	if f == nil {
		return nil
	}
	head := a.text("frozen", "Edition", f.Edition, "MadeAt", a.instant(f.MadeAt), "Kigen", f.Kigen, "Hash", shortHash(f.SHA256))
	if len(f.Differences) == 0 && len(f.Corrections) == 0 {
		return []block{{Text: head}, {Text: a.text("frozen_same")}}
	}
	blocks := []block{{Text: head}}
	if len(f.Differences) > 0 {
		blocks = append(blocks, block{Table: a.differences(f.Differences)})
	}
	if len(f.Corrections) > 0 {
		blocks = append(blocks, block{Table: a.corrected(f.Corrections)})
	}
	return blocks
}

func (a *author) differences(differences []report.Difference) *table {
	t := &table{Columns: []column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("difference_figure"), Text: true},
		{Head: a.text("difference_was")}, {Head: a.text("difference_is")},
	}}
	for _, d := range differences {
		name := a.text("total")
		if d.Vendor != "" {
			name = a.vendorName(d.Vendor)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: name}, {Text: a.figureName(d.Figure)}, a.value(d.Figure, d.Was), a.value(d.Figure, d.Is)}})
	}
	return t
}

// figureName says a JSON path of report.Figures in words: its columns have
// names already. A path that is new is shown as it is.
func (a *author) figureName(path string) string {
	key := strings.NewReplacer(
		"compliance.", "", "firm.", "firm_", "target.", "target_", "other.", "other_", "time_to_notice.", "notice_", "lateness.", "late_", "_s", "",
	).Replace(path)
	name, err := a.say("csv_" + key)
	if err != nil {
		return path
	}
	return name
}

// value writes a figure in the way of its kind.
func (a *author) value(path string, v *float64) cell {
	switch {
	case v == nil:
		return cell{Text: "–", Soft: true}
	case strings.HasSuffix(path, "rate"):
		return cell{Text: fmt.Sprintf("%.1f%%", *v*100)}
	case strings.HasSuffix(path, "_s"):
		seconds := int64(*v)
		return cell{Text: a.length(&seconds)}
	default:
		return cell{Text: fmt.Sprintf("%.0f", *v)}
	}
}

func (a *author) corrected(corrections []report.Correction) *table {
	t := &table{Columns: a.textColumns("incident", "title_of", "effect", "difference_was", "difference_is", "correction_events")}
	widen(t, 1, 1.5, 1.1, 1.1, 1.1, 1.9)
	for i := range corrections {
		c := &corrections[i]
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: c.Incident.String()}, {Text: c.Title, Sub: c.VendorName.In(a.lang)}, {Text: a.text("effect_" + string(c.Effect))},
			a.standing(c.Was), a.standing(c.Is), {Text: strings.Join(a.revisions(c.Events), "\n")},
		}})
	}
	return t
}

// revisions says what was corrected, one event a line.
func (a *author) revisions(events []report.Revision) []string {
	lines := make([]string, len(events))
	for i, e := range events {
		what := a.text("revision_" + string(e.Kind))
		if len(e.Fields) > 0 {
			what += a.inBrackets(strings.Join(e.Fields, a.text("between")))
		}
		lines[i] = a.text("revision", "At", a.instant(e.At), "By", e.By, "What", what)
	}
	return lines
}

func (a *author) standing(s *report.Standing) cell {
	if s == nil {
		return cell{Text: "–", Soft: true}
	}
	c := cell{Text: a.text(string(s.Verdict))}
	if !s.Due.IsZero() {
		c.Sub = a.text("standing_due", "Due", a.deadline(s.Due))
	}
	return c
}

func (a *author) definitions() []block {
	items := []string{a.formula()}
	for _, key := range definitionKeys {
		items = append(items, a.text("def_"+key))
	}
	return []block{{Items: items}}
}

// formula writes the rate's formula in the report's own words and figures.
func (a *author) formula() string {
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
	if len(f.Due) == 0 { // a report made before formulas were kept
		return a.text("def_compliance")
	}
	s := a.report.Totals.Compliance
	return a.text("formula", "Kept", join(f.Kept), "Due", due,
		"Result", a.ratio(s.Share), "Firm", a.ratio(s.Firm), "Target", a.ratio(s.Target))
}

func (a *author) ratio(s report.Share) string {
	if s.Due == 0 {
		return a.text("nothing_due")
	}
	return fmt.Sprintf("%d ÷ %d = %s", s.Kept, s.Due, percent(s))
}

// versions is what the report was made with, so that it can be made again.
func (a *author) versions() []block {
	v := &a.report.Versions
	var items []string
	if v.Kigen != "" {
		items = append(items, a.text("version_kigen", "Version", v.Kigen))
	}
	for _, h := range v.Holidays {
		items = append(items, a.text("version_holidays", "Country", h.Country, "First", h.First, "Last", h.Last))
	}
	for _, c := range v.Calendars {
		items = append(items, a.text("version_calendar", "Zone", cmp.Or(c.Zone, "–"), "Hash", shortHash(c.Hash)))
	}
	var blocks []block
	if len(v.Promises) > 0 {
		t := &table{Columns: a.textColumns("vendor", "version_promise", "version_document", "version_hash")}
		widen(t, 1.4, 1.1, 1.8, 1.3)
		t.Columns = append(t.Columns, column{Head: a.text("version_clocks")})
		for i := range v.Promises {
			p := &v.Promises[i]
			t.Rows = append(t.Rows, row{Cells: []cell{
				{Text: a.vendorName(p.Vendor)}, {Text: p.Promise}, {Text: strings.TrimSpace(p.Document + " " + p.Edition)},
				{Text: shortHash(p.Hash), Sub: a.text("version_of_calendar", "Hash", shortHash(p.Calendar))}, count(p.Clocks),
			}})
		}
		blocks = append(blocks, block{Table: t})
	}
	if len(items) > 0 {
		blocks = append(blocks, block{Items: items})
	}
	return blocks
}

// shortHash is enough of a hash to compare by eye; JSON has all of it.
func shortHash(hash string) string { return hash[:min(len(hash), 12)] }
