package render

import (
	"cmp"
	"slices"
	"strings"

	"kigen/sla"
	"kigen/sla/report"
)

// cases is each late or silent case at full length.
func (a *author) cases() []block {
	if len(a.report.Cases) == 0 {
		return []block{{Text: a.text("cases_none")}}
	}
	blocks := make([]block, len(a.report.Cases))
	for i := range a.report.Cases {
		blocks[i] = block{Card: a.card(&a.report.Cases[i])}
	}
	return blocks
}

// outcome is how pictures show a case.
func outcome(c *report.Case) fill {
	switch {
	case c.Verdict == report.Late:
		return fillLate
	case c.Verdict == report.NotProvable:
		return fillUnprovable
	case c.Basis == sla.Assumed:
		return fillAssumed
	default:
		return fillOverdue
	}
}

func (a *author) card(c *report.Case) *card {
	about := compact(c.Incident.String(), c.VendorName.In(a.lang), c.Service, c.Stage)
	k := &card{
		Fill: outcome(c), Outcome: a.text(string(c.Verdict)), Title: c.Title, About: strings.Join(about, " · "),
		Facts: a.facts(c), Timeline: a.timelinePicture(c), Events: a.events(c),
		Clause: a.text("case_clause", "Strength", a.text("strength_"+string(c.Strength))),
		Quote:  c.Clause.Quote, Source: source(c.Clause),
		Reasoning: a.text("case_explanation"), Steps: explain(c, a.lang),
	}
	if k.Quote == "" && k.Source == "" {
		k.NoClause = a.text("case_no_clause")
	}
	if c.Basis == sla.Assumed {
		k.Note = a.text("not_provable_note")
	}
	return k
}

// source is where a clause stands.
func source(s sla.Source) string {
	return strings.Join(compact(strings.TrimSpace(s.Document+" "+s.Edition), s.Section), " · ")
}

func (a *author) facts(c *report.Case) []fact {
	facts := []fact{
		{a.text("case_start"), a.instant(c.Start), a.text("moment", "Moment", sla.MomentText(a.lang, c.StartFrom.String()), "Basis", a.text("basis_"+string(c.Basis)))},
		{a.text("case_due"), a.deadline(c.Due), ""},
	}
	if c.NoticeAt.IsZero() {
		facts = append(facts, fact{a.text("case_notice"), a.text("case_silent"), ""})
	} else {
		facts = append(facts, fact{a.text("case_notice"), a.instant(c.NoticeAt), ""})
	}
	if c.Lateness != nil {
		facts = append(facts, fact{a.text("case_late"), a.length(c.Lateness), ""})
	}
	if c.Reference != "" {
		facts = append(facts, fact{a.text("case_reference"), c.Reference, ""})
	}
	return facts
}

// events is the timeline in words, in two columns of time and event.
func (a *author) events(c *report.Case) *table {
	entries := entriesOf(c)
	if len(entries) == 0 {
		return nil
	}
	head := []column{{Head: a.text("event_time"), Text: true, Part: 1}, {Head: a.text("event_what"), Text: true, Part: 1.7}}
	t := &table{Columns: slices.Concat(head, head)}
	half := (len(entries) + 1) / 2
	for i := range half {
		cells := a.eventCells(c, &entries[i])
		if i+half < len(entries) {
			cells = append(cells, a.eventCells(c, &entries[i+half])...)
		} else {
			cells = append(cells, cell{}, cell{})
		}
		t.Rows = append(t.Rows, row{Cells: cells})
	}
	return t
}

// entriesOf is the timeline without the start where a moment stands at it.
func entriesOf(c *report.Case) []report.Entry {
	var entries []report.Entry
	for _, e := range c.Timeline {
		if e.Kind != report.EntryStart || !slices.ContainsFunc(c.Timeline, func(o report.Entry) bool { return isStart(c, &o) }) {
			entries = append(entries, e)
		}
	}
	return entries
}

// isStart reports whether an entry is the moment that the clock counts from.
func isStart(c *report.Case, e *report.Entry) bool {
	return string(e.Kind) == c.StartFrom.String() && e.At.Equal(c.Start)
}

func (a *author) eventCells(c *report.Case, e *report.Entry) []cell {
	when := a.instant(e.At)
	if e.Kind == report.EntryDue {
		when = a.deadline(e.At)
	}
	what := a.text("entry_"+string(e.Kind), "By", e.By, "Was", a.deadline(e.Was), "Is", a.deadline(e.Is))
	var details []string
	if isStart(c, e) {
		details = append(details, a.text("case_start"))
	}
	if e.Basis != "" {
		details = append(details, a.text("basis_"+string(e.Basis)))
	}
	details = append(details, compact(e.Channel, e.Stage)...)
	if len(details) > 0 {
		what += a.inBrackets(strings.Join(details, a.text("between")))
	}
	return []cell{{Text: when}, {Text: what}}
}

// carried is what earlier periods left open.
func (a *author) carried() []block {
	if len(a.report.CarriedOver) == 0 {
		return a.unlessEmpty("carried_none")
	}
	t := &table{Columns: a.textColumns("incident", "title_of", "vendor", "case_due", "case_notice", "case_late")}
	widen(t, 1, 1.9, 1.3, 1.5, 1.5, 0.9)
	for i := range a.report.CarriedOver {
		c := &a.report.CarriedOver[i]
		notice := cell{Text: a.text("case_silent")}
		if !c.NoticeAt.IsZero() {
			notice.Text = a.instant(c.NoticeAt)
			if !c.Answered {
				notice.Sub = a.text("carried_later")
			}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: c.Incident.String(), Sub: a.monthName(c.Month)}, {Text: c.Title, Sub: c.Reference},
			{Text: c.VendorName.In(a.lang), Sub: c.Service}, {Text: a.deadline(c.Due), Sub: a.text("strength_" + string(c.Strength))},
			notice, a.lengthCell(c.Lateness),
		}})
	}
	return []block{{Table: t}, {Note: a.text("carried_note")}}
}

func (a *author) textColumns(keys ...string) []column {
	columns := make([]column, len(keys))
	for i, key := range keys {
		columns[i] = column{Head: a.text(key), Text: true}
	}
	return columns
}

// widen sets the columns' parts of the room.
func widen(t *table, parts ...float64) {
	for i, part := range parts {
		t.Columns[i].Part = part
	}
}

// unlessEmpty says that there is nothing to say, in a period in which there
// might have been.
func (a *author) unlessEmpty(key string) []block {
	if a.report.Totals.Incidents == 0 {
		return nil
	}
	return []block{{Text: a.text(key)}}
}

// uncommitted is how long those took who promise no time.
func (a *author) uncommitted() []block {
	if len(a.report.Uncommitted) == 0 {
		return a.unlessEmpty("uncommitted_none")
	}
	t := &table{Columns: []column{
		{Head: a.text("vendor"), Text: true}, {Head: a.text("count")}, {Head: a.text("uncommitted_answered")},
		{Head: a.text("median")}, {Head: a.text("p90")}, {Head: a.text("longest")},
	}}
	for i := range a.report.Uncommitted {
		u := &a.report.Uncommitted[i]
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: u.VendorName.In(a.lang)}, count(u.Clocks), count(u.Answered),
			a.lengthCell(u.TimeToNotice.Median), a.lengthCell(u.TimeToNotice.P90), a.lengthCell(u.TimeToNotice.Longest),
		}})
	}
	return []block{{Table: t}, {Note: a.text("uncommitted_note")}}
}

// excluded is what the rate leaves out, and why.
func (a *author) excluded() []block {
	if len(a.report.Excluded) == 0 {
		return a.unlessEmpty("excluded_none")
	}
	t := &table{Columns: a.textColumns("incident", "title_of", "vendor", "case_due", "excluded_why")}
	widen(t, 1, 1.8, 1.4, 1.4, 1.9)
	for i := range a.report.Excluded {
		e := &a.report.Excluded[i]
		due := cell{Text: "–", Soft: true}
		if !e.Due.IsZero() {
			due = cell{Text: a.deadline(e.Due)}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: e.Incident.String()}, {Text: e.Title}, {Text: e.VendorName.In(a.lang), Sub: e.Service}, due,
			{Text: a.text(string(e.Verdict)), Sub: a.ground(e)},
		}})
	}
	return []block{{Table: t}}
}

// ground is why something is left out, with the fact behind it.
func (a *author) ground(e *report.Exclusion) string {
	detail := e.Reason
	switch {
	case e.Value != "":
		detail = a.text("fact", "Name", a.text("fact_"+string(e.By)), "Value", sla.FactText(a.lang, e.By, e.Value))
	case e.StartFrom != "":
		detail = a.text("excluded_start", "Moment", sla.MomentText(a.lang, e.StartFrom))
	}
	return a.text("ground_"+string(cmp.Or(e.Ground, report.ByGate))) + a.inBrackets(detail)
}
