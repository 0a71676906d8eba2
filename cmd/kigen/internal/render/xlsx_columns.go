package render

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"kigen/cmd/kigen/internal/render/layout"
)

// readColumns are the columns of a sheet that people read, in the order of reading. CSV
// has all columns; a sheet that is not listed has them, too.
var readColumns = map[string][]string{
	"vendors":      slices.Concat([]string{"name"}, readFigures),
	"services":     slices.Concat([]string{"name", "service"}, readFigures),
	"kinds":        slices.Concat([]string{"kind", "name"}, readFigures),
	"trend":        {"month", "name", "kept", "due", "rate", "notice_median"},
	"cases":        {"incident", "kind", "name", "service", "title", "reference", "stage", "verdict", "strength", "start", "start_from", "basis", "due_at", "notified_at", "lateness", "backdated"},
	"carried_over": {"incident", "kind", "name", "service", "title", "reference", "stage", "month", "verdict", "strength", "due_at", "notified_at", "lateness", "answered"},
	"uncommitted":  {"name", "clocks", "notice_count", "notice_median", "notice_p90", "notice_longest", "notice_longest_assumed"},
	"excluded":     {"incident", "name", "service", "title", "promise", "stage", "verdict", "due_at", "ground"},
	"backdated":    {"incident", "name", "service", "title", "reference", "stage", "verdict", "due_at", "notified_at", "recorded_at", "recorded_by", "backdated"},
	"duties":       {"incident", "name", "title", "duty_name", "duty_to", "duty_report", "duty_state", "due_at", "submitted_at", "duty_reference", "duty_decision", "duty_decided_by", "duty_reason", "duty_advice"},
	"corrections":  {"incident", "name", "title", "promise", "stage", "effect", "was_verdict", "was_due", "is_verdict", "is_due", "events"},
}

var readFigures = []string{
	"incidents", "met", "late", "overdue", "overdue_assumed", "not_provable", "pending", "running", "no_commitment", "not_applicable",
	"cancelled", "waived", "due", "rate", "rate_change", "notice_median", "notice_longest", "notice_longest_assumed", "late_longest",
}

// read returns the sheet with the columns that people read. An interim report keeps its
// last column, as of when it is.
func (s *sheet) read() sheet {
	keys, ok := readColumns[s.name]
	if !ok {
		return *s
	}
	var from []int
	for _, key := range append(slices.Clip(keys), "as_of") {
		if i := slices.IndexFunc(s.columns, func(c sheetColumn) bool { return c.key == key }); i >= 0 {
			from = append(from, i)
		}
	}
	short := sheet{name: s.name, columns: make([]sheetColumn, len(from))}
	for to, i := range from {
		short.columns[to] = s.columns[i]
	}
	short.rows = func(yield func([]any) bool) {
		s.rows(func(values []any) bool {
			row := make([]any, len(from))
			for to, i := range from {
				row[to] = values[i]
			}
			return yield(row)
		})
	}
	return short
}

const (
	// fittedRows is the number of rows by which columns are fitted; they are held in
	// memory.
	fittedRows = 500
	// widestName bounds a column of names.
	widestName = 60
	// headLines is the number of lines that the head of a column may take.
	headLines = 3
)

// bounds are the narrowest and the widest column of a kind, in characters of the default
// font. Values with a format have one width.
func (k valueKind) bounds() (least, most float64) {
	switch k {
	case proseValue:
		return 120, 120
	case longValue:
		return 12, 44
	case textValue:
		return 11, widestName
	case instantValue:
		return 17, 17
	case lengthValue:
		return 10, 10
	default:
		return 8, 8
	}
}

// widths fits the columns of a sheet to its heads and to some of its rows.
func (b *workbook) widths(s *sheet, rows [][]any) []float64 {
	widths := make([]float64, len(s.columns))
	for i, c := range s.columns {
		least, most := c.kind.bounds()
		width := max(least, b.headWidth(c))
		for _, row := range rows {
			if text, ok := row[i].(string); ok {
				width = max(width, textWidth(text))
			}
		}
		widths[i] = min(width, max(most, b.headWidth(c)))
	}
	return widths
}

// headWidth is the narrowest width at which the head takes headLines lines at most. A
// word breaks where it is Japanese.
func (b *workbook) headWidth(c sheetColumn) float64 {
	width := 0
	for word := range strings.FieldsSeq(b.text("csv_" + c.key)) {
		if !strings.ContainsFunc(word, layout.Wide) {
			width = max(width, min(displaywidth.String(word), 12))
		}
	}
	lines := displaywidth.String(b.text("csv_"+c.key))/headLines + 1
	return float64(max(width, lines) + 2)
}

// textWidth is the width of the longest line, with the padding of a cell.
func textWidth(text string) float64 {
	width := 0
	for line := range strings.Lines(text) {
		width = max(width, displaywidth.String(strings.TrimRight(line, "\n")))
	}
	return float64(width) + 2
}
