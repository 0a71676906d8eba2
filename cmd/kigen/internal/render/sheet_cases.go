package render

import (
	"fmt"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/report"
)

var incidentColumns = []sheetColumn{
	{"incident", textValue}, {"vendor", textValue}, {"name", textValue}, {"service", textValue}, {"title", longValue},
	{"reference", textValue}, {"promise", textValue}, {"stage", textValue},
}

func (a *builder) incidentValues(id sla.IncidentID, vendor string, name calendar.Text, texts ...any) []any {
	return append([]any{id.String(), vendor, name.In(a.lang)}, texts...)
}

var caseColumns = []sheetColumn{
	{"month", textValue}, {"strength", textValue}, {"verdict", textValue}, {"start", instantValue}, {"start_from", textValue},
	{"basis", textValue}, {"due_at", instantValue}, {"notified_at", instantValue}, {"lateness", lengthValue},
	{"document", longValue}, {"section", textValue}, {"quote", longValue}, {"url", longValue},
	{"recorded_at", instantValue}, {"backdated", longValue}, {"kind", textValue},
}

func (a *builder) caseRows(yield func([]any) bool) {
	a.eachCase(func(c *report.Case) bool {
		values := a.incidentValues(c.Incident, c.Vendor, c.VendorName, c.Service, c.Title, c.Reference, c.Promise, c.Stage,
			c.Month, phrase.Strength(a.lang, string(c.Strength)), a.text(string(c.Verdict)), c.Start, prose.Moment(a.lang, c.StartFrom.String()),
			a.text("basis_"+string(c.Basis)), c.Due, c.NotifiedAt, c.Lateness,
			strings.TrimSpace(c.Clause.Document+" "+c.Clause.Edition), c.Clause.Section, c.Clause.Quote, c.Clause.URL,
			c.RecordedAt, a.recordedAfter(c.NotifiedAt, c.RecordedAt), phrase.Kind(a.lang, string(c.Kind)))
		return yield(values)
	})
}

var carriedColumns = []sheetColumn{
	{"month", textValue}, {"strength", textValue}, {"verdict", textValue}, {"due_at", instantValue}, {"notified_at", instantValue},
	{"lateness", lengthValue}, {"answered", yesNoValue}, {"kind", textValue},
}

func (a *builder) carriedRows(yield func([]any) bool) {
	for i := range a.report.CarriedOver {
		c := &a.report.CarriedOver[i]
		values := a.incidentValues(c.Incident, c.Vendor, c.VendorName, c.Service, c.Title, c.Reference, c.Promise, c.Stage,
			c.Month, phrase.Strength(a.lang, string(c.Strength)), a.text(string(c.Verdict)), c.Due, c.NotifiedAt, c.Lateness, c.Answered, phrase.Kind(a.lang, string(c.Kind)))
		if !yield(values) {
			return
		}
	}
}

var uncommittedColumns = []sheetColumn{
	{"vendor", textValue}, {"name", textValue}, {"clocks", countValue}, {"notice_count", countValue},
	{"notice_median", lengthValue}, {"notice_p90", lengthValue}, {"notice_longest", lengthValue},
	{"notice_longest_assumed", yesNoValue},
}

func (a *builder) uncommittedRows(yield func([]any) bool) {
	for i := range a.report.Uncommitted {
		u := &a.report.Uncommitted[i]
		t := &u.TimeToNotice
		if !yield([]any{u.Vendor, u.VendorName.In(a.lang), u.Clocks, u.Answered, t.Median, t.P90, t.Longest, t.LongestAssumed}) {
			return
		}
	}
}

var excludedColumns = []sheetColumn{{"verdict", textValue}, {"due_at", instantValue}, {"ground", longValue}}

func (a *builder) excludedRows(yield func([]any) bool) {
	for i := range a.report.Excluded {
		e := &a.report.Excluded[i]
		values := a.incidentValues(e.Incident, e.Vendor, e.VendorName, e.Service, e.Title, "", e.Promise, e.Stage,
			a.text(string(e.Verdict)), e.Due, a.ground(e))
		if !yield(values) {
			return
		}
	}
}

var backdatedColumns = []sheetColumn{
	{"verdict", textValue}, {"due_at", instantValue}, {"notified_at", instantValue}, {"recorded_at", instantValue},
	{"recorded_by", textValue}, {"delay", lengthValue}, {"backdated", longValue},
}

func (a *builder) backdatedRows(yield func([]any) bool) {
	for i := range a.report.Backdated {
		n := &a.report.Backdated[i]
		values := a.incidentValues(n.Incident, n.Vendor, n.VendorName, n.Service, n.Title, n.Reference, n.Promise, n.Stage,
			a.text(string(n.Verdict)), n.Due, n.NotifiedAt, n.RecordedAt, n.RecordedBy, &n.Delay, a.recordedAfter(n.NotifiedAt, n.RecordedAt))
		if !yield(values) {
			return
		}
	}
}

var correctionColumns = []sheetColumn{
	{"effect", textValue}, {"was_verdict", textValue}, {"was_due", instantValue}, {"is_verdict", textValue}, {"is_due", instantValue}, {"events", longValue},
}

func (a *builder) correctionRows(yield func([]any) bool) {
	if a.report.SinceEdition == nil {
		return
	}
	for i := range a.report.SinceEdition.Corrections {
		c := &a.report.SinceEdition.Corrections[i]
		was, wasDue := a.standingValues(c.Was)
		is, isDue := a.standingValues(c.Is)
		values := a.incidentValues(c.Incident, c.Vendor, c.VendorName, "", c.Title, "", c.Promise, c.Stage,
			a.text("effect_"+string(c.Effect)), was, wasDue, is, isDue, strings.Join(a.revisions(c.Events), "\n"))
		if !yield(values) {
			return
		}
	}
}

func (a *builder) standingValues(s *report.Standing) (verdict string, due time.Time) {
	if s == nil {
		return "", time.Time{}
	}
	return a.text(string(s.Verdict)), s.Due
}

func (a *builder) definitionRows(yield func([]any) bool) {
	for _, item := range a.definitions()[0].Items {
		if !yield([]any{item}) {
			return
		}
	}
}

var versionColumns = []sheetColumn{
	{"version_kind", textValue}, {"vendor", textValue}, {"version_name", longValue}, {"hash", longValue}, {"clocks", countValue},
}

func (a *builder) versionRows(yield func([]any) bool) {
	v := &a.report.Versions
	rows := [][]any{{"kigen", "", v.Kigen, "", nil}}
	for _, p := range v.Promises {
		name := strings.TrimSpace(p.Promise + " " + p.Document + " " + p.Edition)
		rows = append(rows, []any{a.text("version_promise"), p.Vendor, name, p.Hash, p.Clocks})
	}
	for _, c := range v.Calendars {
		rows = append(rows, []any{a.text("version_calendar_head"), "", c.Zone, c.Hash, nil})
	}
	for _, h := range v.Holidays {
		rows = append(rows, []any{a.text("version_holidays_head"), "", fmt.Sprintf("%s %d–%d", h.Country, h.First, h.Last), "", nil})
	}
	for _, row := range rows {
		if !yield(row) {
			return
		}
	}
}
