package render

import (
	"fmt"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/report"
)

// builder builds a document. It keeps the first missing text as its error, so that
// the building code needs no error checks.
type builder struct {
	*texts
	report *report.Report
	err    error
}

// text returns a text, or records the error.
func (a *builder) text(key string, pairs ...any) string {
	text, err := a.say(key, pairs...)
	if err != nil && a.err == nil {
		a.err = err
	}
	return text
}

// narrow returns a text as the head of a narrow column.
func (a *builder) narrow(key string) layout.Column {
	head, err := a.head(key)
	if err != nil && a.err == nil {
		a.err = err
	}
	return layout.Column{Head: head}
}

// newDocument builds the document of a report in a language.
func newDocument(r report.Report, lang string) (layout.Document, error) {
	texts, err := newTexts(lang, r.Period)
	if err != nil {
		return layout.Document{}, err
	}
	r.Vendors = worstFirst(r.Vendors)
	a := &builder{texts: texts, report: &r}
	kind := a.text("title_" + a.kind())
	doc := layout.Document{
		Lang: lang, Title: kind + " " + a.periodName(), Kind: kind, Heading: a.periodName(),
		Preface: a.preface(), Footer: a.footer(), PageWords: "%d / %d",
		Failed: func() error { return a.err },
	}
	if !r.Period.Finished {
		doc.Chip = a.text("unfinished")
	}
	for _, s := range []layout.Section{
		{ID: "headline", Blocks: a.headline()},
		{ID: "vendors", Title: a.text("results"), Blocks: a.results()},
		{ID: "times", Title: a.text("times"), Blocks: a.times()},
		{ID: "services", Title: a.text("services"), Blocks: a.services()},
		{ID: "kinds", Title: a.text("kinds"), Blocks: a.kinds()},
		{ID: "trend", Title: a.text("trend"), Blocks: a.trend()},
		a.cases(),
		{ID: "carried", Title: a.text("carried"), Blocks: a.carried()},
		{ID: "uncommitted", Title: a.text("uncommitted"), Blocks: a.uncommitted()},
		{ID: "excluded", Title: a.text("excluded"), Blocks: a.excluded()},
		{ID: "backdated", Title: a.text("backdated"), Blocks: a.backdated()},
		{ID: "duties", Title: a.text("duties"), Blocks: a.duties()},
		{ID: "corrections", Title: a.text("corrections"), Blocks: a.corrections()},
		{ID: "definitions", Title: a.text("definitions"), Blocks: a.definitions()},
		{ID: "versions", Title: a.text("versions"), Blocks: a.versions()},
		{ID: "signatures", Blocks: a.signatures()},
	} {
		if len(s.Blocks) > 0 || s.Cards != nil {
			doc.Sections = append(doc.Sections, s)
		}
	}
	return doc, a.err
}

func (a *builder) preface() []string {
	p := a.report.Period
	lines := []string{
		a.text("subtitle"),
		a.text("period", "From", a.instant(p.From), "To", a.deadline(p.To), "Zone", p.Zone),
	}
	if a.report.VendorFilter != "" {
		lines = append(lines, a.text("filtered", "Vendor", a.vendorName(a.report.VendorFilter)))
	}
	return append(lines, compact(a.asOf())...)
}

// footer stands on every page.
func (a *builder) footer() string {
	return strings.Join(compact(strings.TrimSpace("kigen "+a.report.Versions.Kigen), a.asOf()), " · ")
}

// asOf says that a report is an interim one, and as of when; empty: it is final.
func (a *builder) asOf() string {
	if a.report.Period.Finished || a.report.Period.AsOf.IsZero() {
		return ""
	}
	return a.text("as_of", "At", a.instant(a.report.Period.AsOf))
}

func (a *builder) vendorName(id string) string {
	for i := range a.report.Vendors {
		if v := &a.report.Vendors[i]; v.ID == id {
			return v.Name.In(a.lang)
		}
	}
	return id
}

// headline returns the figures for readers who read no further.
func (a *builder) headline() []layout.Block {
	r := a.report
	f := &r.Totals
	var sentence string
	switch {
	case f.Incidents == 0:
		sentence = a.text("empty")
	case judged(*f) == 0:
		sentence = a.text("lead_none_due")
	default:
		sentence = a.text("lead", "N", judged(*f), "Met", f.Met, "LateCount", f.Late, "Silent", f.Overdue, "NotProvable", f.NotProvable)
	}
	blocks := []layout.Block{{Lead: sentence}, {Figures: a.figures()}}
	if f.TimeToNotice.Count > 0 {
		blocks = append(blocks, layout.Block{Text: a.text("lead_times",
			"Median", a.length(f.TimeToNotice.Median), "P90", a.length(f.TimeToNotice.P90), "Longest", a.longest(&f.TimeToNotice),
			"Change", a.inBrackets(a.changeOfLength(r.Change.TimeToNotice)))})
	}
	if open := f.Pending + f.Running; open > 0 {
		blocks = append(blocks, layout.Block{Note: a.text("lead_open", "N", open)})
	}
	if n := a.stillCarried(); n > 0 {
		blocks = append(blocks, layout.Block{Note: a.text("lead_carried", "N", n)})
	}
	if !r.Period.Finished {
		blocks = append(blocks, layout.Block{Note: a.text("unfinished_note")})
	}
	return blocks
}

func (a *builder) stillCarried() int {
	n := 0
	for i := range a.report.CarriedOver {
		if a.report.CarriedOver[i].NotifiedAt.IsZero() {
			n++
		}
	}
	return n
}

// longest is the longest of several lengths, marked if it counts from an assumed start.
func (a *builder) longest(l *report.Lengths) string {
	if !l.LongestAssumed {
		return a.length(l.Longest)
	}
	return a.text("longest_assumed", "Length", a.length(l.Longest))
}

func (a *builder) inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return a.text("brackets", "Text", text)
}

func (a *builder) figures() []layout.Figure {
	r := a.report
	f, c := &r.Totals, &r.Change
	rate := layout.Figure{Label: a.text("rate"), Value: percent(f.Compliance.Share), Main: true}
	rate.Small = compact(a.of(f.Compliance.Share), a.besideRate(f), a.changeOfRate(c.Rate))
	overdue := layout.Figure{Label: a.text("overdue"), Value: fmt.Sprint(f.Overdue), Mark: mark(layout.FillOverdue)}
	if f.OverdueAssumed > 0 {
		overdue.Small = append(overdue.Small, a.text("overdue_assumed", "Count", f.OverdueAssumed))
	}
	overdue.Small = append(overdue.Small, compact(a.change(c.Overdue))...)
	counted := func(key string, n, change int, look *layout.Picture) layout.Figure {
		return layout.Figure{Label: a.text(key), Value: fmt.Sprint(n), Small: compact(a.change(change)), Mark: look}
	}
	return []layout.Figure{
		rate,
		counted("incidents", f.Incidents, c.Incidents, nil),
		counted("met", f.Met, c.Met, mark(layout.FillMet)),
		counted("late", f.Late, c.Late, mark(layout.FillLate)),
		overdue,
		counted("not_provable", f.NotProvable, c.NotProvable, mark(layout.FillUnprovable)),
	}
}

// compact drops empty texts.
func compact(texts ...string) []string {
	var said []string
	for _, text := range texts {
		if text != "" {
			said = append(said, text)
		}
	}
	return said
}

func (a *builder) of(s report.Share) string {
	if s.Due == 0 {
		return a.text("nothing_due")
	}
	return a.text("rate_of", "Kept", s.Kept, "Due", s.Due)
}

// besideRate counts what a rate leaves out because the start is assumed: without it a
// vendor that stayed silent may read 100%.
func (a *builder) besideRate(f *report.Figures) string {
	n := f.OverdueAssumed + f.NotProvable
	if n == 0 || f.Compliance.Due == 0 {
		return ""
	}
	return a.text("beside_rate", "N", n)
}

// change writes how a count differs from the previous period. A running period is
// not compared with a complete one.
func (a *builder) change(n int) string {
	if !a.compared() {
		return ""
	}
	return a.text("change_"+a.kind(), "Value", signed(float64(n), "%.0f"))
}

func (a *builder) compared() bool {
	return a.report.Period.Finished && !a.report.Previous.Period.From.IsZero()
}

func (a *builder) changeOfRate(points *float64) string {
	if points == nil || !a.compared() {
		return ""
	}
	return a.text("change_"+a.kind(), "Value", a.text("points", "Value", signed(*points, "%.1f")))
}

func (a *builder) changeOfLength(seconds *int64) string {
	if seconds == nil || !a.compared() {
		return ""
	}
	value := "±0"
	if *seconds != 0 {
		sign := "+"
		if *seconds < 0 {
			sign = "−"
		}
		value = sign + a.length(seconds)
	}
	return a.text("change_"+a.kind(), "Value", value)
}

// signed writes a number with its sign; zero gets ±.
func signed(v float64, format string) string {
	text := fmt.Sprintf(format, v)
	switch {
	case strings.Trim(text, "-0.") == "":
		return "±0"
	case v < 0:
		return "−" + strings.TrimPrefix(text, "-")
	default:
		return "+" + text
	}
}

// monthName writes the label of a month, such as 2026-10, for people.
func (a *builder) monthName(label string) string {
	t, err := time.Parse("2006-01", label)
	if err != nil {
		return label
	}
	return t.Format(a.Say("layout_short_month"))
}
