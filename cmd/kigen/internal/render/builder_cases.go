package render

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/report"
)

// cases describes each late or missing notice in full.
func (a *builder) cases() layout.Section {
	s := layout.Section{ID: "cases", Title: a.text("cases")}
	if a.report.CaseCount() == 0 {
		s.Blocks = []layout.Block{{Text: a.text("cases_none")}}
		return s
	}
	s.Cards = func(yield func(*layout.Card) bool) {
		a.eachCase(func(c *report.Case) bool { return yield(a.card(c)) })
	}
	return s
}

// eachCase passes the cases to yield until it returns false, and records an error.
func (a *builder) eachCase(yield func(*report.Case) bool) {
	err := a.report.EachCase(func(c *report.Case) error {
		if !yield(c) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && a.err == nil {
		a.err = err
	}
}

// errEnough ends a reading of cases early.
var errEnough = errors.New("enough")

// outcome returns the fill of a case's outcome.
func outcome(c *report.Case) layout.Fill {
	switch {
	case c.Verdict == report.Late:
		return layout.FillLate
	case c.Verdict == report.NotProvable:
		return layout.FillUnprovable
	case c.Basis == sla.Assumed:
		return layout.FillAssumed
	default:
		return layout.FillOverdue
	}
}

func (a *builder) card(c *report.Case) *layout.Card {
	about := compact(c.Incident.String(), a.otherKind(c.Kind), c.VendorName.In(a.lang), c.Service, a.promiseOf(c.Vendor, c.Promise), c.Stage)
	k := &layout.Card{
		Fill: outcome(c), Outcome: a.text(string(c.Verdict)), Title: c.Title, About: strings.Join(about, " · "),
		Facts: a.facts(c), Timeline: a.timelinePicture(c), Events: a.events(c),
		Clause: a.text("case_clause", "Strength", phrase.Strength(a.lang, string(c.Strength))),
		Quote:  c.Clause.Quote, Source: source(c.Clause),
		Reasoning: a.text("case_explanation"), Steps: explain(c, a.lang),
	}
	if k.Quote == "" && k.Source == "" {
		k.NoClause = a.text("case_no_clause")
	}
	switch {
	case c.Basis == sla.Assumed && c.StartBasis() == sla.Assumed:
		k.Note = a.text("not_provable_note")
	case c.Basis == sla.Assumed:
		k.Note = a.text("not_provable_facts")
	}
	return k
}

// promiseOf returns the promise of a case by id, or "" if the report has only one
// promise of the vendor.
func (a *builder) promiseOf(vendor, promise string) string {
	if a.report.HasSeveralPromises(vendor, promise) {
		return promise
	}
	return ""
}

// about returns the service, with the promise if the vendor has several.
func (a *builder) about(service, vendor, promise string) string {
	return strings.Join(compact(service, a.promiseOf(vendor, promise)), " · ")
}

// source writes the place of a clause.
func source(s sla.Source) string {
	return strings.Join(compact(strings.TrimSpace(s.Document+" "+s.Edition), s.Section), " · ")
}

func (a *builder) facts(c *report.Case) []layout.Fact {
	facts := []layout.Fact{
		{Label: a.text("case_start"), Value: a.instant(c.Start), Small: a.text("moment", "Moment", prose.Moment(a.lang, c.StartFrom.String()), "Basis", a.text("basis_"+string(c.StartBasis())))},
		{Label: a.text("case_due"), Value: a.deadline(c.Due)},
	}
	done := phrase.Capital(phrase.Done(a.lang, deed(c.Kind, c.Promise)))
	if c.NotifiedAt.IsZero() {
		facts = append(facts, layout.Fact{Label: done, Value: phrase.Undone(a.lang, deed(c.Kind, c.Promise))})
	} else {
		facts = append(facts, layout.Fact{Label: done, Value: a.instant(c.NotifiedAt), Small: a.recordedAfter(c.NotifiedAt, c.RecordedAt)})
	}
	if said := announced(c, a.lang); said != "" {
		facts = append(facts, layout.Fact{Label: a.text("case_announced"), Value: said})
	}
	if c.Lateness != nil {
		facts = append(facts, layout.Fact{Label: a.text("case_late"), Value: a.length(c.Lateness)})
	}
	if c.Reference != "" {
		facts = append(facts, layout.Fact{Label: a.text("case_reference"), Value: c.Reference})
	}
	return facts
}

// events lists the case's timeline: time and event.
func (a *builder) events(c *report.Case) *layout.Table {
	entries := entriesOf(c)
	if len(entries) == 0 {
		return nil
	}
	what := a.text("event_what")
	if slices.ContainsFunc(entries, func(e report.Entry) bool { return minor(e.Kind) }) {
		what = a.text("event_what_marked")
	}
	head := []layout.Column{{Head: a.text("event_time"), Text: true, Part: 1}, {Head: what, Text: true, Part: 1.7}}
	t := &layout.Table{Columns: slices.Concat(head, head)}
	half := (len(entries) + 1) / 2
	for i := range half {
		cells := a.eventCells(c, &entries[i])
		if i+half < len(entries) {
			cells = append(cells, a.eventCells(c, &entries[i+half])...)
		} else {
			cells = append(cells, layout.Cell{}, layout.Cell{})
		}
		t.Rows = append(t.Rows, layout.Row{Cells: cells})
	}
	return t
}

// entriesOf drops the start entry if a moment is at the same instant.
func entriesOf(c *report.Case) []report.Entry {
	var entries []report.Entry
	for _, e := range c.Timeline {
		if e.Kind != report.EntryStart || !slices.ContainsFunc(c.Timeline, func(o report.Entry) bool { return isStart(c, &o) }) {
			entries = append(entries, e)
		}
	}
	return entries
}

// isStart reports whether an entry is the moment from which the clock counts.
func isStart(c *report.Case, e *report.Entry) bool {
	return string(e.Kind) == c.StartFrom.String() && e.At.Equal(c.Start)
}

func (a *builder) eventCells(c *report.Case, e *report.Entry) []layout.Cell {
	when := a.instant(e.At)
	if e.Kind == report.EntryDue {
		when = a.deadline(e.At)
	}
	what := a.entryText(e)
	if minor(e.Kind) {
		what = "▲ " + what
	}
	var details []string
	if isStart(c, e) {
		details = append(details, a.text("case_start"))
	}
	if e.Basis != "" {
		details = append(details, a.text("basis_"+string(e.Basis)))
	}
	details = append(details, compact(e.Channel, e.Stage)...)
	if e.Delay != nil {
		details = append(details, phrase.RecordedAfter(a.lang, time.Duration(*e.Delay)*time.Second))
	}
	if len(details) > 0 {
		what += a.inBrackets(strings.Join(details, a.text("between")))
	}
	return []layout.Cell{{Text: when}, {Text: what}}
}

// entryText is what happened.
func (a *builder) entryText(e *report.Entry) string {
	if m, err := sla.ParseMoment(string(e.Kind)); err == nil {
		return prose.MomentHeading(a.lang, m)
	}
	text := a.text("entry_"+string(e.Kind), "By", e.By, "Was", a.deadline(e.Was), "Is", a.deadline(e.Is))
	if e.Void {
		return text + a.inBrackets(a.text("entry_void"))
	}
	return text + a.inBrackets(e.Reason)
}

// carried lists incidents left open by earlier periods.
func (a *builder) carried() []layout.Block {
	if len(a.report.CarriedOver) == 0 {
		return a.unlessEmpty("carried_none")
	}
	t := &layout.Table{Columns: a.textColumns("incident", "title_of", "vendor", "case_due", "case_notice", "case_late")}
	widen(t, 1, 1.9, 1.3, 1.5, 1.5, 0.9)
	for i := range a.report.CarriedOver {
		c := &a.report.CarriedOver[i]
		notice := layout.Cell{Text: phrase.Undone(a.lang, deed(c.Kind, c.Promise))}
		if !c.NotifiedAt.IsZero() {
			notice.Text = a.instant(c.NotifiedAt)
			if !c.Answered {
				notice.Sub = a.text("carried_later")
			}
		}
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: c.Incident.String(), Sub: a.monthName(c.Month)}, {Text: c.Title, Sub: c.Reference},
			{Text: c.VendorName.In(a.lang), Sub: a.about(c.Service, c.Vendor, c.Promise)}, {Text: a.deadline(c.Due), Sub: phrase.Strength(a.lang, string(c.Strength))},
			notice, a.lengthCell(c.Lateness),
		}})
	}
	return []layout.Block{{Table: t}, {Note: a.text("carried_note")}}
}

func (a *builder) textColumns(keys ...string) []layout.Column {
	columns := make([]layout.Column, len(keys))
	for i, key := range keys {
		columns[i] = layout.Column{Head: a.text(key), Text: true}
	}
	return columns
}

// widen sets the relative widths of columns.
func widen(t *layout.Table, parts ...float64) {
	for i, part := range parts {
		t.Columns[i].Part = part
	}
}

// unlessEmpty returns the text for an empty section, in a period that could have
// had entries.
func (a *builder) unlessEmpty(key string) []layout.Block {
	if a.report.Totals.Incidents == 0 {
		return nil
	}
	return []layout.Block{{Text: a.text(key)}}
}

// uncommitted lists notices of vendors that promise no time.
func (a *builder) uncommitted() []layout.Block {
	if len(a.report.Uncommitted) == 0 {
		return a.unlessEmpty("uncommitted_none")
	}
	t := &layout.Table{Columns: []layout.Column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("count")}, {Head: a.text("uncommitted_answered")},
		{Head: a.text("median")}, {Head: a.text("p90")}, {Head: a.text("longest")},
	}}
	for i := range a.report.Uncommitted {
		u := &a.report.Uncommitted[i]
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: u.VendorName.In(a.lang)}, count(u.Clocks), count(u.Answered),
			a.lengthCell(u.TimeToNotice.Median), a.lengthCell(u.TimeToNotice.P90), a.longestCell(&u.TimeToNotice),
		}})
	}
	return []layout.Block{{Table: t}, {Note: a.text("uncommitted_note")}}
}

// excluded lists clocks left out of the rate, with the reason.
func (a *builder) excluded() []layout.Block {
	if len(a.report.Excluded) == 0 {
		return a.unlessEmpty("excluded_none")
	}
	t := &layout.Table{Columns: a.textColumns("incident", "title_of", "vendor", "case_due", "excluded_why")}
	widen(t, 1, 1.8, 1.4, 1.4, 1.9)
	for i := range a.report.Excluded {
		e := &a.report.Excluded[i]
		due := layout.Cell{Text: "–", Soft: true}
		if !e.Due.IsZero() {
			due = layout.Cell{Text: a.deadline(e.Due)}
		}
		t.Rows = append(t.Rows, layout.Row{Cells: []layout.Cell{
			{Text: e.Incident.String()}, {Text: e.Title}, {Text: e.VendorName.In(a.lang), Sub: a.about(e.Service, e.Vendor, e.Promise)}, due,
			{Text: a.text(string(e.Verdict)), Sub: a.ground(e)},
		}})
	}
	return []layout.Block{{Table: t}}
}

// ground writes why a clock is left out, with the fact behind it.
func (a *builder) ground(e *report.Exclusion) string {
	detail := e.Reason
	switch {
	case e.Value != "":
		detail = a.text("fact", "Name", a.text("fact_"+string(e.By)), "Value", prose.Fact(a.lang, e.By, e.Value))
	case e.StartFrom != "":
		detail = a.text("excluded_start", "Moment", prose.Moment(a.lang, e.StartFrom))
	}
	ground := string(cmp.Or(e.Ground, report.ByGate))
	if e.Ground == report.ByAssumption && e.Value != "" {
		ground = "unknown_fact"
	}
	return a.text("ground_"+ground) + a.inBrackets(detail)
}
