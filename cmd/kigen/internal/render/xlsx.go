package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kigen/sla/report"
)

// XLSX writes the report as a workbook: a summary with charts, then a sheet for
// each table, with filters and frozen heads. Dates, lengths and rates are numbers
// with formats; texts are never formulas. Rows are streamed; data beyond a few
// megabytes goes to a temporary file.
func XLSX(w io.Writer, r report.Report, lang string) (err error) {
	texts, err := newTexts(lang, r.Period)
	if err != nil {
		return err
	}
	book := &workbook{builder: &builder{texts: texts, report: &r}, file: excelize.NewFile()}
	defer func() {
		if closing := book.file.Close(); err == nil {
			err = closing
		}
	}()
	book.file.SetZipWriter(func(out io.Writer) excelize.ZipWriter { return &sortedZip{out: out} })
	if err := book.fill(); err != nil {
		return fmt.Errorf("XLSX: %w", err)
	}
	if _, err := book.file.WriteTo(w); err != nil {
		return fmt.Errorf("XLSX: %w", err)
	}
	return nil
}

// workbook is an XLSX under construction.
type workbook struct {
	*builder
	file   *excelize.File
	styles []int // by valueKind
	head   int
	rows   map[string]int // of each sheet, without the head
}

func (b *workbook) fill() error {
	if err := b.prepare(); err != nil {
		return err
	}
	b.rows = make(map[string]int)
	summary := b.text("sheet_summary")
	if err := b.file.SetSheetName(b.file.GetSheetName(0), summary); err != nil {
		return err
	}
	for _, name := range sheetNames {
		s, err := b.sheet(name)
		if err != nil {
			return err
		}
		if err := b.addSheet(&s); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	if err := b.addSummary(summary); err != nil {
		return fmt.Errorf("sheet summary: %w", err)
	}
	return b.err
}

// prepare sets the styles and the file's properties.
func (b *workbook) prepare() error {
	// The period's end, so that the same report gives the same file.
	made := b.report.Period.To.UTC().Format(time.RFC3339)
	err := b.file.SetDocProps(&excelize.DocProperties{
		Title: b.text("title_"+b.kind()) + " " + b.periodName(), Creator: "kigen " + b.report.Versions.Kigen,
		LastModifiedBy: "kigen", Created: made, Modified: made, Language: b.lang,
	})
	if err != nil {
		return err
	}
	b.head, err = b.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8ECF1"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
		Border:    []excelize.Border{{Type: "bottom", Color: "1C2430", Style: 1}},
	})
	if err != nil {
		return err
	}
	formats := [...]string{
		textValue: "@", longValue: "@", proseValue: "@", countValue: "#,##0", changeValue: "+#,##0;-#,##0;0", shareValue: "0.0%", pointsValue: "+0.0;-0.0;0.0",
		lengthValue: "[h]:mm:ss", instantValue: "yyyy-mm-dd hh:mm", yesNoValue: "@",
	}
	b.styles = make([]int, len(formats))
	for kind, format := range formats {
		style := &excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top", WrapText: valueKind(kind) == longValue || valueKind(kind) == proseValue}}
		if b.styles[kind], err = b.file.NewStyle(style); err != nil {
			return err
		}
	}
	return nil
}

// sheetName is the title of a sheet on its tab.
func (b *workbook) sheetName(name string) string {
	if name == "uncommitted" {
		return b.verdict(report.NoCommitment)
	}
	return b.text("sheet_" + name)
}

// addSheet writes the columns that people read. The first rows are held back: a column's
// width comes before them in the file.
func (b *workbook) addSheet(all *sheet) error {
	s := all.read()
	name := b.sheetName(s.name)
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	if err := b.onPaper(name, b.sheetName(s.name), 0); err != nil {
		return err
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	written, err := b.addRows(out, &s)
	if err != nil {
		return err
	}
	b.rows[s.name] = written
	if err := b.closeSheet(out, &s, written+1); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return b.printed(name, len(s.columns), written+1)
}

// addRows writes the head and the rows, and returns the number of rows.
func (b *workbook) addRows(out *excelize.StreamWriter, s *sheet) (written int, err error) {
	var first [][]any
	opened := false
	open := func() error {
		opened = true
		if err := b.openSheet(out, s, b.widths(s, first)); err != nil {
			return err
		}
		for _, record := range first {
			written++
			if err := b.addRow(out, s, written+1, record); err != nil {
				return err
			}
		}
		return nil
	}
	for record := range s.rows {
		if !opened {
			if first = append(first, slices.Clone(record)); len(first) < fittedRows {
				continue
			}
			if err := open(); err != nil {
				return written, err
			}
			continue
		}
		written++
		if err := b.addRow(out, s, written+1, record); err != nil {
			return written, err
		}
	}
	if !opened {
		err = open()
	}
	return written, err
}

func (b *workbook) addRow(out *excelize.StreamWriter, s *sheet, row int, record []any) error {
	values := make([]any, len(s.columns))
	for i, c := range s.columns {
		values[i] = excelize.Cell{StyleID: b.styles[c.kind], Value: b.xlsxValue(record[i])}
	}
	at, err := excelize.CoordinatesToCellName(1, row)
	if err != nil {
		return err
	}
	return out.SetRow(at, values)
}

// onPaper makes a sheet print across the width of an A4 page, with its title, as of when
// it is, and page numbers; long is the number of pages in length, 0 for as many as it
// takes.
func (b *workbook) onPaper(sheet, title string, long int) error {
	const a4 = 9
	size, across, wide, fit := a4, "landscape", 1, true
	err := b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &across, FitToWidth: &wide, FitToHeight: &long})
	if err != nil {
		return err
	}
	side, edge, band := 0.4, 0.7, 0.3 // inches
	if err := b.file.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &edge, Bottom: &edge, Header: &band, Footer: &band}); err != nil {
		return err
	}
	field := func(text string) string { return strings.ReplaceAll(text, "&", "&&") } // & begins one
	err = b.file.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{
		OddHeader: "&L" + field(b.text("title_"+b.kind())+" "+b.periodName()) + "&R" + field(title),
		OddFooter: "&L" + field(b.footer()) + "&R&P / &N",
	})
	if err != nil {
		return err
	}
	return b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit})
}

// printed repeats the head on every page and prints the rows, not what lies beside them.
func (b *workbook) printed(sheet string, columns, last int) error {
	column, err := excelize.ColumnNumberToName(columns)
	if err != nil {
		return err
	}
	quoted := quotedSheet(sheet)
	err = b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: quoted + "$1:$1", Scope: sheet})
	if err != nil {
		return err
	}
	return b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("%s$A$1:$%s$%d", quoted, column, last), Scope: sheet,
	})
}

// quotedSheet is a sheet as a formula names it.
func quotedSheet(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'!" }

// openSheet writes the head and the settings that must precede the rows.
func (b *workbook) openSheet(out *excelize.StreamWriter, s *sheet, widths []float64) error {
	head := make([]any, len(s.columns))
	for i, c := range s.columns {
		if err := out.SetColWidth(i+1, i+1, widths[i]); err != nil {
			return err
		}
		head[i] = excelize.Cell{StyleID: b.head, Value: b.text("csv_" + c.key)}
	}
	panes := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := out.SetPanes(panes); err != nil {
		return err
	}
	return out.SetRow("A1", head, excelize.RowOpts{Height: 15*headLines + 3})
}

// closeSheet turns the rows into a table, which provides the filters. A table
// needs at least one row.
func (b *workbook) closeSheet(out *excelize.StreamWriter, s *sheet, last int) error {
	if last < 2 {
		return nil
	}
	end, err := excelize.CoordinatesToCellName(len(s.columns), last)
	if err != nil {
		return err
	}
	stripes := false
	return out.AddTable(&excelize.Table{Range: "A1:" + end, Name: s.name, StyleName: "TableStyleLight1", ShowRowStripes: &stripes})
}

// xlsxValue converts a value for a cell: lengths are days, dates are days since
// the end of 1899 on the wall clock of the period's zone.
func (b *workbook) xlsxValue(value any) any {
	switch v := value.(type) {
	case string:
		return cellText(v)
	case bool:
		return b.yesNo(v)
	case report.Share:
		if v.Due > 0 {
			return float64(v.Kept) / float64(v.Due)
		}
	case *int64:
		if v != nil {
			return float64(*v) / (24 * 60 * 60)
		}
	case *float64:
		if v != nil {
			return *v
		}
	case time.Time:
		if !v.IsZero() {
			return serial(v.In(b.period.From.Location()))
		}
	case int:
		return v
	}
	return nil
}

func serial(t time.Time) float64 {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	zero := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	return wall.Sub(zero).Hours() / 24
}
