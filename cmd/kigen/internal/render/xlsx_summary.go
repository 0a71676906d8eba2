package render

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"kigen/cmd/kigen/internal/render/layout"
	"kigen/sla/phrase"
)

// maxCellText is the character limit of a spreadsheet cell.
const maxCellText = 32767

// cellText shows control characters as the other faces do, removes what XML forbids
// and cuts at maxCellText.
func cellText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r&0xfffe == 0xfffe {
			return -1
		}
		return r
	}, phrase.Lines(text))
	if utf8.RuneCountInString(text) <= maxCellText {
		return text
	}
	return string([]rune(text)[:maxCellText-1]) + "…"
}

// addSummary writes the headline, the definitions and the charts.
func (b *workbook) addSummary(name string) error {
	if err := b.onPaper(name, name, 1); err != nil {
		return err
	}
	if err := b.summaryWidths(name); err != nil {
		return err
	}
	title, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}})
	if err != nil {
		return err
	}
	put := func(row int, style int, values ...any) error {
		for i, value := range values {
			at, err := excelize.CoordinatesToCellName(i+1, row)
			if err != nil {
				return err
			}
			if err := b.file.SetCellValue(name, at, value); err != nil {
				return err
			}
			if err := b.file.SetCellStyle(name, at, at, style); err != nil {
				return err
			}
		}
		return nil
	}
	if err := put(1, title, b.text("title_"+b.kind())+" "+b.periodName()); err != nil {
		return err
	}
	row := 2
	for _, line := range b.preface() {
		if err := put(row, 0, cellText(line)); err != nil {
			return err
		}
		row++
	}
	row++
	if err := put(row, b.head, b.text("summary_figure"), b.text("summary_value"), b.text("summary_change")); err != nil {
		return err
	}
	for _, f := range b.summaryFigures() {
		row++
		if err := put(row, 0, b.text(f.key)+b.inBrackets(f.mark)); err != nil {
			return err
		}
		at := fmt.Sprintf("B%d", row)
		if err := b.number(name, at, f.kind, f.value); err != nil {
			return err
		}
		if err := b.number(name, fmt.Sprintf("C%d", row), f.changeKind, f.change); err != nil {
			return err
		}
	}
	for _, sign := range b.signatures()[0].Signs {
		row++
		if err := put(row+1, 0, sign.Label, cellText(sign.Value)); err != nil {
			return err
		}
	}
	return errors.Join(b.complianceChart(name), b.trendChart(name))
}

func (b *workbook) summaryWidths(name string) error {
	for column, width := range map[string]float64{"A": 30, "B": 16, "C": 16, "D": 3} {
		if err := b.file.SetColWidth(name, column, column, width); err != nil {
			return err
		}
	}
	return nil
}

// number writes a value with the format of its kind; nil leaves the cell empty.
func (b *workbook) number(sheet, at string, kind valueKind, value any) error {
	v := b.xlsxValue(value)
	if v == nil {
		return nil
	}
	if err := b.file.SetCellValue(sheet, at, v); err != nil {
		return err
	}
	return b.file.SetCellStyle(sheet, at, at, b.styles[kind])
}

// summaryFigure is a line of the summary with its change.
type summaryFigure struct {
	key        string
	kind       valueKind
	value      any
	changeKind valueKind
	change     any
	mark       string // beside the name
}

func (b *workbook) summaryFigures() []summaryFigure {
	f, c := &b.report.Totals, &b.report.Change
	counted := func(key string, n, change int) summaryFigure {
		moved := float64(change)
		return summaryFigure{key: key, kind: countValue, value: n, changeKind: changeValue, change: &moved}
	}
	longest := ""
	if f.TimeToNotice.LongestAssumed {
		longest = b.text("ground_assumed")
	}
	figures := []summaryFigure{
		{key: "rate", kind: shareValue, value: f.Compliance.Share, changeKind: pointsValue, change: c.Rate},
		{key: "csv_firm_rate", kind: shareValue, value: f.Compliance.Firm, changeKind: pointsValue, change: c.FirmRate},
		{key: "csv_target_rate", kind: shareValue, value: f.Compliance.Target, changeKind: pointsValue, change: c.TargetRate},
		counted("incidents", f.Incidents, c.Incidents), counted("judged", f.Compliance.Due, c.Due),
		counted("met", f.Met, c.Met), counted("late", f.Late, c.Late), counted("overdue", f.Overdue, c.Overdue),
		{key: "csv_overdue_assumed", kind: countValue, value: f.OverdueAssumed},
		counted("not_provable", f.NotProvable, c.NotProvable),
		{key: "csv_notice_median", kind: lengthValue, value: f.TimeToNotice.Median},
		{key: "csv_notice_p90", kind: lengthValue, value: f.TimeToNotice.P90},
		{key: "csv_notice_longest", kind: lengthValue, value: f.TimeToNotice.Longest, mark: longest},
		{key: "csv_late_median", kind: lengthValue, value: f.Lateness.Median},
	}
	if !b.compared() {
		for i := range figures {
			figures[i].change = nil
		}
	}
	return figures
}

// columnOf returns the letter of a column.
func columnOf(columns []string, key string) string {
	for i, c := range columns {
		if c == key {
			letter, err := excelize.ColumnNumberToName(i + 1)
			if err == nil {
				return letter
			}
		}
	}
	return ""
}

// series is a column of values with its head as name.
func (b *workbook) series(sheet string, columns []string, key string, last int, colour layout.Ink) excelize.ChartSeries {
	quoted := quotedSheet(b.sheetName(sheet))
	rangeOf := func(letter string) string { return fmt.Sprintf("%s$%s$2:$%s$%d", quoted, letter, letter, last) }
	letter := columnOf(columns, key)
	category := "name"
	if sheet == "trend" {
		category = "month"
	}
	return excelize.ChartSeries{
		Name:       fmt.Sprintf("%s$%s$1", quoted, letter),
		Categories: rangeOf(columnOf(columns, category)), Values: rangeOf(letter),
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{strings.TrimPrefix(string(colour), "#")}},
		Line: excelize.LineOptions{Width: 1},
	}
}

// complianceChart shows the outcomes per vendor, without totals. The colours also
// differ in lightness, for black-and-white prints.
func (b *workbook) complianceChart(summary string) error {
	columns := readColumns["vendors"]
	last := b.rows["vendors"]
	if last < 2 {
		return nil
	}
	var series []excelize.ChartSeries
	for _, part := range []struct {
		key    string
		colour layout.Ink
	}{{"met", "#4fa37f"}, {"late", "#f2c69a"}, {"overdue", "#b8465c"}, {"not_provable", "#e6e9ee"}} {
		series = append(series, b.series("vendors", columns, part.key, last, part.colour))
	}
	return b.file.AddChart(summary, "E2", &excelize.Chart{
		Type: excelize.BarStacked, Series: series, Title: chartTitle(b.text("picture_compliance")),
		Legend: excelize.ChartLegend{Position: "bottom"}, PlotArea: excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0;;"}},
		YAxis: excelize.ChartAxis{MajorGridLines: true, Font: axisFont()}, XAxis: excelize.ChartAxis{ReverseOrder: true, Font: axisFont()},
		Dimension: excelize.ChartDimension{Width: 720, Height: 320},
		Format:    excelize.GraphicOptions{AltText: b.text("picture_compliance")},
	})
}

// trendChart shows the totals of each month, and the rate as a line.
func (b *workbook) trendChart(summary string) error {
	months := len(b.report.Trend)
	if months == 0 {
		return nil
	}
	full, none := 1.0, 0.0
	bars := &excelize.Chart{
		Type: excelize.Col, Title: chartTitle(b.text("picture_trend")),
		Series: []excelize.ChartSeries{
			b.series("trend", readColumns["trend"], "due", months+1, "#c3cad3"), b.series("trend", readColumns["trend"], "kept", months+1, layout.InkMet),
		},
		Legend: excelize.ChartLegend{Position: "bottom"}, YAxis: excelize.ChartAxis{MajorGridLines: true, Font: axisFont()}, XAxis: excelize.ChartAxis{Font: axisFont()},
		Dimension: excelize.ChartDimension{Width: 720, Height: 320},
		Format:    excelize.GraphicOptions{AltText: b.text("picture_trend")},
	}
	rate := b.series("trend", readColumns["trend"], "rate", months+1, layout.InkText)
	rate.Marker = excelize.ChartMarker{Symbol: "diamond", Size: 7}
	line := &excelize.Chart{
		Type: excelize.Line, Series: []excelize.ChartSeries{rate}, ShowBlanksAs: "gap",
		YAxis: excelize.ChartAxis{Secondary: true, Font: axisFont(), Minimum: &none, Maximum: &full, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0%"}},
	}
	return b.file.AddChart(summary, "E20", bars, line)
}

func axisFont() excelize.Font { return excelize.Font{Size: 9, Color: "1C2430"} }

func chartTitle(text string) excelize.ChartTitle {
	return excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: text, Font: &excelize.Font{Size: 11, Bold: true}}}}
}
