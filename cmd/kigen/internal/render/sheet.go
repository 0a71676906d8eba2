package render

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"kigen/sla/report"
)

// sheet is a typed table, the source of CSV and XLSX. Its values are string, int,
// bool, time.Time, report.Share, and *int64 and *float64 that may be nil.
type sheet struct {
	name    string
	columns []sheetColumn
	rows    iter.Seq[[]any]
}

// sheetColumn is a column; its head is the text "csv_" + key.
type sheetColumn struct {
	key  string
	kind valueKind
}

// valueKind is the type of a column's values and determines their format.
type valueKind int

const (
	textValue    valueKind = iota // string
	longValue                     // string, of a sentence or more
	proseValue                    // string, of several sentences
	countValue                    // int
	changeValue                   // *float64, of a count
	shareValue                    // report.Share
	pointsValue                   // *float64, percentage points
	lengthValue                   // *int64, seconds
	instantValue                  // time.Time
	yesNoValue                    // bool
)

// unit is appended to a column's head in files without cell formats.
func (k valueKind) unit() string {
	switch k {
	case lengthValue:
		return "unit_seconds"
	case shareValue:
		return "unit_percent"
	case pointsValue:
		return "unit_points"
	default:
		return ""
	}
}

// sheetNames are the tables of a report, in the order of the XLSX. A new one comes last, so
// that no sheet changes its position.
var sheetNames = [...]string{"vendors", "services", "trend", "cases", "carried_over", "uncommitted", "excluded", "backdated", "corrections", "definitions", "versions", "kinds", "duties"}

// Tables lists the tables that CSV can write.
func Tables() []string { return slices.Clone(sheetNames[:]) }

// sheet builds one table of the report. Each row of an interim report ends with as of when.
func (a *builder) sheet(name string) (sheet, error) {
	s, err := a.finalSheet(name)
	at := a.report.Period.AsOf
	if err != nil || a.report.Period.Finished || at.IsZero() {
		return s, err
	}
	rows := s.rows
	s.columns = append(slices.Clip(s.columns), sheetColumn{"as_of", instantValue})
	s.rows = func(yield func([]any) bool) {
		rows(func(values []any) bool { return yield(append(slices.Clip(values), at)) })
	}
	return s, nil
}

func (a *builder) finalSheet(name string) (sheet, error) {
	switch name {
	case "vendors":
		return sheet{name, slices.Concat(vendorColumns, figureColumns), a.vendorRows}, nil
	case "services":
		return sheet{name, slices.Concat(vendorColumns, []sheetColumn{{"service", textValue}}, figureColumns), a.serviceRows}, nil
	case "kinds":
		return sheet{name, slices.Concat([]sheetColumn{{"month", textValue}, {"kind", textValue}}, vendorColumns[1:], figureColumns), a.kindRows}, nil
	case "trend":
		return sheet{name, trendColumns, a.trendRows}, nil
	case "cases":
		return sheet{name, slices.Concat(incidentColumns, caseColumns), a.caseRows}, nil
	case "carried_over":
		return sheet{name, slices.Concat(incidentColumns, carriedColumns), a.carriedRows}, nil
	case "uncommitted":
		return sheet{name, uncommittedColumns, a.uncommittedRows}, nil
	case "excluded":
		return sheet{name, slices.Concat(incidentColumns, excludedColumns), a.excludedRows}, nil
	case "backdated":
		return sheet{name, slices.Concat(incidentColumns, backdatedColumns), a.backdatedRows}, nil
	case "duties":
		return sheet{name, dutyColumns, a.dutyRows}, nil
	case "corrections":
		return sheet{name, slices.Concat(incidentColumns, correctionColumns), a.correctionRows}, nil
	case "definitions":
		return sheet{name, []sheetColumn{{"definition", proseValue}}, a.definitionRows}, nil
	case "versions":
		return sheet{name, versionColumns, a.versionRows}, nil
	default:
		return sheet{}, fmt.Errorf("table %q: use %s", name, strings.Join(sheetNames[:], ", "))
	}
}

var vendorColumns = []sheetColumn{{"month", textValue}, {"vendor", textValue}, {"name", textValue}}

var figureColumns = []sheetColumn{
	{"incidents", countValue}, {"clocks", countValue}, {"met", countValue}, {"late", countValue}, {"overdue", countValue},
	{"overdue_assumed", countValue}, {"not_provable", countValue}, {"no_commitment", countValue}, {"not_applicable", countValue},
	{"cancelled", countValue}, {"waived", countValue}, {"pending", countValue}, {"running", countValue},
	{"kept", countValue}, {"due", countValue}, {"rate", shareValue},
	{"firm_kept", countValue}, {"firm_due", countValue}, {"target_kept", countValue}, {"target_due", countValue},
	{"notice_count", countValue}, {"notice_median", lengthValue}, {"notice_p90", lengthValue}, {"notice_longest", lengthValue},
	{"late_count", countValue}, {"late_median", lengthValue}, {"late_longest", lengthValue}, {"rate_change", pointsValue},
	{"notice_longest_assumed", yesNoValue},
}

func figureValues(f *report.Figures, c *report.Change) []any {
	s := &f.Compliance
	return []any{
		f.Incidents, f.Clocks, f.Met, f.Late, f.Overdue, f.OverdueAssumed, f.NotProvable, f.NoCommitment, f.NotApplicable,
		f.Cancelled, f.Waived, f.Pending, f.Running, s.Kept, s.Due, s.Share, s.Firm.Kept, s.Firm.Due, s.Target.Kept, s.Target.Due,
		f.TimeToNotice.Count, f.TimeToNotice.Median, f.TimeToNotice.P90, f.TimeToNotice.Longest,
		f.Lateness.Count, f.Lateness.Median, f.Lateness.Longest, c.Rate,
		f.TimeToNotice.LongestAssumed,
	}
}

// vendorRows yields a row per vendor and a last one with the totals.
func (a *builder) vendorRows(yield func([]any) bool) {
	r := a.report
	for i := range r.Vendors {
		v := &r.Vendors[i]
		if !yield(append([]any{r.Period.Label, v.ID, v.Name.In(a.lang)}, figureValues(&v.Figures, &v.Change)...)) {
			return
		}
	}
	yield(append([]any{r.Period.Label, "", a.text("total")}, figureValues(&r.Totals, &r.Change)...))
}

func (a *builder) serviceRows(yield func([]any) bool) {
	for i := range a.report.Vendors {
		v := &a.report.Vendors[i]
		for n := range v.Services {
			s := &v.Services[n]
			if !yield(append([]any{a.report.Period.Label, v.ID, v.Name.In(a.lang), s.Name}, figureValues(&s.Figures, &s.Change)...)) {
				return
			}
		}
	}
}

var trendColumns = []sheetColumn{
	{"month", textValue}, {"vendor", textValue}, {"name", textValue},
	{"kept", countValue}, {"due", countValue}, {"rate", shareValue}, {"notice_median", lengthValue},
}

// trendRows yields each month's totals, then the vendors month by month.
func (a *builder) trendRows(yield func([]any) bool) {
	row := func(month, id, name string, f *report.TrendFigures) bool {
		return yield([]any{month, id, name, f.Kept, f.Due, f.Share, f.Median})
	}
	total := a.text("total")
	for i := range a.report.Trend {
		if p := &a.report.Trend[i]; !row(p.Month, "", total, &p.Total) {
			return
		}
	}
	for i := range a.report.Trend {
		p := &a.report.Trend[i]
		for n := range p.Vendors {
			if v := &p.Vendors[n]; !row(p.Month, v.ID, a.vendorName(v.ID), &v.TrendFigures) {
				return
			}
		}
	}
}
