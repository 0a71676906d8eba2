package render

import (
	"fmt"
	"strings"
	"time"

	"kigen/sla/report"
)

// author writes a document. The first text that can't be said is kept as its
// error, so that what is written reads without interruption.
type author struct {
	*words
	report *report.Report
	err    error
}

// text is say for an author.
func (a *author) text(key string, pairs ...any) string {
	text, err := a.say(key, pairs...)
	if err != nil && a.err == nil {
		a.err = err
	}
	return text
}

// newDocument writes the report out in a language.
func newDocument(r report.Report, lang string) (document, error) {
	words, err := newWords(lang, r.Period)
	if err != nil {
		return document{}, err
	}
	a := &author{words: words, report: &r}
	kind := a.text("title_" + a.kind())
	doc := document{
		Lang: lang, Title: kind + " " + a.periodName(), Kind: kind, Heading: a.periodName(),
		Preface: a.preface(), Footer: strings.TrimSpace("kigen " + r.Versions.Kigen), pageWords: "%d / %d",
	}
	if !r.Period.Finished {
		doc.Chip = a.text("unfinished")
	}
	for _, s := range []section{
		{ID: "headline", Blocks: a.headline()},
		{ID: "vendors", Title: a.text("results"), Blocks: a.results()},
		{ID: "times", Title: a.text("times"), Blocks: a.times()},
		{ID: "services", Title: a.text("services"), Blocks: a.services()},
		{ID: "trend", Title: a.text("trend"), Blocks: a.trend()},
		{ID: "cases", Title: a.text("cases"), Blocks: a.cases()},
		{ID: "carried", Title: a.text("carried"), Blocks: a.carried()},
		{ID: "uncommitted", Title: a.text("uncommitted"), Blocks: a.uncommitted()},
		{ID: "excluded", Title: a.text("excluded"), Blocks: a.excluded()},
		{ID: "corrections", Title: a.text("corrections"), Blocks: a.corrections()},
		{ID: "definitions", Title: a.text("definitions"), Blocks: a.definitions()},
		{ID: "versions", Title: a.text("versions"), Blocks: a.versions()},
	} {
		if len(s.Blocks) > 0 {
			doc.Sections = append(doc.Sections, s)
		}
	}
	return doc, a.err
}

func (a *author) preface() []string {
	p := a.report.Period
	lines := []string{
		a.text("subtitle"),
		a.text("period", "From", a.instant(p.From), "To", a.deadline(p.To), "Zone", p.Zone),
	}
	if a.report.VendorFilter != "" {
		lines = append(lines, a.text("filtered", "Vendor", a.vendorName(a.report.VendorFilter)))
	}
	return lines
}

func (a *author) vendorName(id string) string {
	for i := range a.report.Vendors {
		if v := &a.report.Vendors[i]; v.ID == id {
			return v.Name.In(a.lang)
		}
	}
	return id
}

// headline is what a reader takes away who reads no further.
func (a *author) headline() []block {
	r := a.report
	f := &r.Totals
	var sentence string
	switch {
	case f.Incidents == 0:
		sentence = a.text("empty")
	case judged(*f) == 0:
		sentence = a.text("lead_none_due")
	default:
		sentence = a.text("lead", "N", judged(*f), "Met", f.Met, "Late", f.Late, "Overdue", f.Overdue, "NotProvable", f.NotProvable)
	}
	blocks := []block{{Lead: sentence}, {Figures: a.figures()}}
	if f.TimeToNotice.Count > 0 {
		blocks = append(blocks, block{Text: a.text("lead_times",
			"Median", a.length(f.TimeToNotice.Median), "P90", a.length(f.TimeToNotice.P90), "Longest", a.length(f.TimeToNotice.Longest),
			"Change", a.inBrackets(a.changeOfLength(r.Change.TimeToNotice)))})
	}
	if open := f.Pending + f.Running; open > 0 {
		blocks = append(blocks, block{Note: a.text("lead_open", "N", open)})
	}
	if n := a.stillCarried(); n > 0 {
		blocks = append(blocks, block{Note: a.text("lead_carried", "N", n)})
	}
	if !r.Period.Finished {
		blocks = append(blocks, block{Note: a.text("unfinished_note")})
	}
	return blocks
}

func (a *author) stillCarried() int {
	n := 0
	for i := range a.report.CarriedOver {
		if a.report.CarriedOver[i].NoticeAt.IsZero() {
			n++
		}
	}
	return n
}

func (a *author) inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return a.text("brackets", "Text", text)
}

func (a *author) figures() []figure {
	r := a.report
	f, c := &r.Totals, &r.Change
	rate := figure{Label: a.text("rate"), Value: percent(f.Compliance.Share), Main: true}
	rate.Small = compact(a.of(f.Compliance.Share), a.changeOfRate(c.Rate))
	overdue := figure{Label: a.text("overdue"), Value: fmt.Sprint(f.Overdue), Mark: mark(fillOverdue)}
	if f.OverdueAssumed > 0 {
		overdue.Small = append(overdue.Small, a.text("overdue_assumed", "Count", f.OverdueAssumed))
	}
	overdue.Small = append(overdue.Small, compact(a.change(c.Overdue))...)
	counted := func(key string, n, change int, look *picture) figure {
		return figure{Label: a.text(key), Value: fmt.Sprint(n), Small: compact(a.change(change)), Mark: look}
	}
	return []figure{
		rate,
		counted("incidents", f.Incidents, c.Incidents, nil),
		counted("met", f.Met, c.Met, mark(fillMet)),
		counted("late", f.Late, c.Late, mark(fillLate)),
		overdue,
		counted("not_provable", f.NotProvable, c.NotProvable, mark(fillUnprovable)),
	}
}

// compact leaves out what says nothing.
func compact(texts ...string) []string {
	var said []string
	for _, text := range texts {
		if text != "" {
			said = append(said, text)
		}
	}
	return said
}

func (a *author) of(s report.Share) string {
	if s.Due == 0 {
		return a.text("nothing_due")
	}
	return a.text("rate_of", "Kept", s.Kept, "Due", s.Due)
}

// change is how a count moved since the period before. A period that is still
// running is not compared with a whole one.
func (a *author) change(n int) string {
	if !a.compared() {
		return ""
	}
	return a.text("change_"+a.kind(), "Value", signed(float64(n), "%.0f"))
}

func (a *author) compared() bool {
	return a.report.Period.Finished && !a.report.Previous.Period.From.IsZero()
}

func (a *author) changeOfRate(points *float64) string {
	if points == nil || !a.compared() {
		return ""
	}
	return a.text("change_"+a.kind(), "Value", a.text("points", "Value", signed(*points, "%.1f")))
}

func (a *author) changeOfLength(seconds *int64) string {
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

// signed writes a number with its sign, and zero with both.
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

// monthName is the label of a month, such as 2026-10, as people say it.
func (a *author) monthName(label string) string {
	t, err := time.Parse("2006-01", label)
	if err != nil {
		return label
	}
	if a.lang == "ja" {
		return t.Format("2006年1月")
	}
	return t.Format("Jan 2006")
}
