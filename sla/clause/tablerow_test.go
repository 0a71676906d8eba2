package clause_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"kigen/sla/clause"
)

// tableLayout writes a table as pdftotext -layout does: each cell is broken at its width
// and stands at its column.
type tableLayout struct {
	widths   []int // of the columns, in characters
	indent   int
	tight    bool // a full cell has one space behind it, so that the columns after it move
	rowGap   bool // blank lines between the rows
	wordwise bool
}

func (l tableLayout) write(rows [][]string) string {
	var out strings.Builder
	for n, row := range rows {
		cells, height := make([][]string, len(row)), 0
		for k, text := range row {
			cells[k] = l.broken(text, l.widths[k])
			height = max(height, len(cells[k]))
		}
		for h := range height {
			line, at := strings.Repeat(" ", l.indent), l.indent
			for k := range row {
				if h < len(cells[k]) {
					line += strings.Repeat(" ", max(0, at-utf8.RuneCountInString(line))) + cells[k][h]
				}
				gap := 3
				if l.tight {
					gap = 1
				}
				at += l.widths[k] + gap
			}
			out.WriteString(line + "\n")
		}
		if l.rowGap && n < len(rows)-1 {
			out.WriteString("\n")
		}
	}
	return out.String()
}

func (l tableLayout) broken(text string, width int) (lines []string) {
	if !l.wordwise {
		for runes := []rune(text); len(runes) > 0; {
			n := min(width, len(runes))
			lines, runes = append(lines, string(runes[:n])), runes[n:]
		}
		return lines
	}
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// barred is the same table with each row on one line.
func barred(rows [][]string) string {
	var out strings.Builder
	for n, row := range rows {
		out.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if n == 0 {
			out.WriteString("|---|---|---|\n")
		}
	}
	return out.String()
}

var tables = []struct {
	before, after string
	wordwise      bool
	rows          [][]string
}{
	{before: "5. 通知\n\n当社は次の表のとおり、お客様に通知します。\n\n", after: "\n以上\n", rows: [][]string{
		{"区分", "通知までの時間", "通知方法"},
		{"重大なセキュリティインシデント", "当社が検知してから24時間以内にお客様の管理者へ通知します", "メールおよび電話により、あらかじめ登録された連絡先へ"},
		{"サービスの停止", "発生から2時間以内", "ステータスページおよび登録されたメールアドレス宛のメール"},
		{"計画メンテナンス", "実施日の7日前までに通知するものとし、緊急の場合を除きます", "メール"},
	}},
	{before: "6. Notification\n\nWe notify customers as follows.\n\n", after: "\nThe end of the document, which is a paragraph of ordinary prose.\n", wordwise: true, rows: [][]string{
		{"Severity", "Time to notify", "Channel"},
		{"Critical security incidents that involve personal data of the customer", "We will notify the customer within 24 hours after we have detected the incident", "E-mail and phone to the registered contact persons"},
		{"Service outage", "Within 2 hours of occurrence", "Status page and e-mail to all administrators of the account"},
		{"Planned maintenance", "At least 7 days before the maintenance begins, except in an emergency", "E-mail"},
	}},
}

// proposals are what a paper promises, line by line.
func proposals(text string) string {
	var b strings.Builder
	for _, p := range clause.Read(clause.Lines(text)).Promises {
		fmt.Fprintf(&b, "%s %s %s %s %v\n", p.About, p.Start, clause.Flow(p.Due), p.Strength, p.Channels)
	}
	return b.String()
}

// A table whose cells a PDF file spreads over several lines is read as if each row stood
// on one line.
func TestTallRowsReadAsOneLine(t *testing.T) {
	for _, table := range tables {
		want := proposals(table.before + barred(table.rows) + table.after)
		if strings.Count(want, "\n") != len(table.rows)-1 {
			t.Fatalf("each row on one line:\n%s", want)
		}
		for _, widths := range [][]int{{30, 34, 30}, {24, 26, 28}, {18, 22, 20}, {40, 18, 26}} {
			for _, indent := range []int{0, 1, 4} {
				for _, tight := range []bool{false, true} {
					for _, rowGap := range []bool{false, true} {
						l := tableLayout{widths, indent, tight, rowGap, table.wordwise}
						text := table.before + l.write(table.rows) + table.after
						if got := proposals(text); got != want {
							t.Errorf("%+v:\n%s\ngives\n%s\nwant\n%s", l, text, got, want)
						}
					}
				}
			}
		}
	}
}

// pdfText is what pdftotext -layout gives for a table that a browser printed: full cells
// leave one space, and their columns stand elsewhere than those of the head.
const pdfText = `5.   通知
当社は次の表のとおり、お客様に通知します。
区分               通知までの時間         通知方法
重大なセキュリティインシデン 当社が検知してから24時間以内 メールおよび電話により、あら
ト(個人情報の漏えいを含む場合) にお客様の管理者へ通知します かじめ登録された連絡先へ
サービスの停止          発生から2時間以内       ステータスページおよび登録さ
                                 れたメールアドレス宛のメール
計画メンテナンス         実施日の7日前までに通知するも メール
                 のとし、緊急の場合を除きます
以上
6. Notification
We notify customers as follows.

Severity                               Time to notify                     Channel
Critical security incidents that       We will notify the customer within E-mail and phone to the
involve personal data of the           24 hours after we have detected registered contact persons
customer                               the incident
Service outage                         Within 2 hours of occurrence       Status page and e-mail to all
                                                                          administrators of the account
Planned maintenance                    At least 7 days before the         E-mail
                                       maintenance begins, except in
                                       an emergency

The end of the document, which is a paragraph of ordinary prose that follows the table.
`

func TestTallRowsOfAPrintedTable(t *testing.T) {
	paper := clause.Read(clause.Lines(pdfText))
	if len(paper.Promises) != 6 || len(paper.Unread) != 0 {
		t.Fatalf("%d promises, unread %v:\n%s", len(paper.Promises), paper.Unread, proposals(pdfText))
	}
	for i, want := range []struct{ about, start, due, in string }{
		{"incident", "detected", "24h", "にお客様の管理者へ通知します"},
		{"maintenance", "occurred", "2h", "れたメールアドレス宛のメール"},
		{"maintenance", "scheduled", "{before: {days: 7}}", "のとし、緊急の場合を除きます"},
		{"incident", "detected", "24h", "the incident"},
		{"incident", "occurred", "2h", "administrators of the account"},
		{"maintenance", "scheduled", "{before: {days: 7}}", "an emergency"},
	} {
		p := paper.Promises[i]
		if p.About != want.about || p.Start != want.start || clause.Flow(p.Due) != want.due || !strings.Contains(p.Quote, want.in) {
			t.Errorf("%d: %s %s %s of %q, want %+v", i, p.About, p.Start, clause.Flow(p.Due), p.Quote, want)
		}
	}
}

// Rows that stand close together stay apart: a second length in a column, a short label
// and a capital letter each begin a row, and prose below a table is no cell.
func TestShortRowsStayApart(t *testing.T) {
	for text, want := range map[string]int{
		"Severity     Response time\ncritical     15 minutes\nhigh         2 hours\nlow          2 business days\n":                                                3,
		"対応時間\n\n深刻度        初回応答\n緊急        受付から15分以内\n高          受付から2時間以内\n低          受付から2営業日以内\n":                                                              3,
		"Priority        First response        Update\nP1              30 minutes            every 2 hours\n                after hours           every 4 hours\n": 2,
	} {
		if got := strings.Count(proposals(text), "\n"); got < want {
			t.Errorf("%d promises, want at least %d, of\n%s\n%s", got, want, text, proposals(text))
		}
	}
	const prose = "Severity        Time to notify\nCritical        within 24 hours of detection\nwe reserve the right to change this table at any time and will tell you within 30 days of the change.\n"
	for _, p := range clause.Read(clause.Lines(prose)).Promises {
		if strings.Contains(p.Quote, "24 hours") && strings.Contains(p.Quote, "reserve") {
			t.Errorf("prose below a table joined its last row: %q", p.Quote)
		}
	}
}
