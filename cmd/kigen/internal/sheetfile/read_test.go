package sheetfile_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"kigen/cmd/kigen/internal/sheetfile"
)

// saved is a list as a SOC keeps it, with an empty column at the end and empty rows
// as Excel saves them.
var saved = [][]string{
	{"ベンダー", "件名", "発生日時", "検知日時", "通知受領日時", "通知手段", "深刻度", "管理番号", ""},
	{"Sotas", "認証障害①", "2026/5/1 18:00", "2026年5月1日 18時10分", "2026/5/2 9:00", "電話", "高", "SOC-1", ""},
	{"", "", "", "", "", "", "", "", ""},
	{"cybertrust", "髙橋さんへ~の連絡", "2026/5/1 18:00", "", "", "", "Critical", "SOC-2", ""},
}

var bodies = []map[string]any{
	{
		"vendor": "Sotas", "title": "認証障害①", "occurred_at": "2026/5/1 18:00", "detected_at": "2026年5月1日 18時10分",
		"notice_received_at": "2026/5/2 9:00", "notice_channel": "phone", "severity": "high", "reference": "SOC-1",
	},
	{"vendor": "cybertrust", "title": "髙橋さんへ~の連絡", "occurred_at": "2026/5/1 18:00", "severity": "critical", "reference": "SOC-2"},
}

func joined(separator, end string) string {
	var b strings.Builder
	for _, row := range saved {
		b.WriteString(strings.Join(row, separator) + end)
	}
	return b.String()
}

func read(t *testing.T, raw []byte, m sheetfile.Map) []map[string]any {
	t.Helper()
	f, err := sheetfile.Read("list.csv", raw, m)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for _, row := range f.Rows {
		got = append(got, row.Body)
	}
	return got
}

// A list is read alike in every encoding and with every separator.
func TestAsSpreadsheetsSaveIt(t *testing.T) {
	for name, codec := range map[string]encoding.Encoding{
		"UTF-8": encoding.Nop, "UTF-8 with a mark": unicode.UTF8BOM, "CP932": japanese.ShiftJIS,
		"UTF-16 LE": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16 BE": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"UTF-16 LE without a mark": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16 BE without a mark": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		for _, separator := range []string{",", ";", "\t"} {
			for _, end := range []string{"\n", "\r\n"} {
				raw, err := codec.NewEncoder().Bytes([]byte(joined(separator, end)))
				if err != nil {
					t.Fatal(err)
				}
				if got := read(t, raw, nil); !reflect.DeepEqual(got, bodies) {
					t.Errorf("%s, %q: %v", name, separator, got)
				}
			}
		}
	}
	if got := read(t, []byte("sep=;\r\n"+joined(";", "\r\n")), nil); !reflect.DeepEqual(got, bodies) {
		t.Errorf("with its separator declared: %v", got)
	}
}

// The cells of a spreadsheet hold dates as numbers; a day without a time stays one.
func TestSpreadsheet(t *testing.T) {
	f := excelize.NewFile()
	withTime, err := f.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 18, 0, 0, 0, time.UTC)
	rows := [][]any{
		{"ベンダー", "件名", "発生日時", "検知日時", "参照番号"},
		{"sotas", "障害", at, "2026/5/1 18:05", 1234},
		{},
		{"sotas", "日付だけ", time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)},
		{"sotas", "数字の日付", 20260501, nil, nil},
	}
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for cell, style := range map[string]int{"C2": withTime, "C4": day, "D4": withTime, "C5": 0} {
		if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
			t.Fatal(err)
		}
	}
	var raw bytes.Buffer
	if err := f.Write(&raw); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"vendor": "sotas", "title": "障害", "occurred_at": "2026-05-01 18:00:00", "detected_at": "2026/5/1 18:05", "reference": "1234"},
		{"vendor": "sotas", "title": "日付だけ", "occurred_at": "2026-05-02", "detected_at": "2026-05-02 00:00:00"},
		{"vendor": "sotas", "title": "数字の日付", "occurred_at": "20260501"},
	}
	if got := read(t, raw.Bytes(), nil); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	_, err = sheetfile.Read("list.xlsx", raw.Bytes(), sheetfile.Map{"件名": "colour"})
	if err == nil || !strings.Contains(err.Error(), `map "件名=colour": names no field`) {
		t.Errorf("%v", err)
	}
}

// A person's own headers get a meaning, or are left out.
func TestMap(t *testing.T) {
	m, err := sheetfile.ParseMap([]string{"会社=vendor", "何が=title", "記入者="})
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, []byte("会社,何が,記入者,深刻度\nsotas,障害,上田,緊急\n"), m)
	want := []map[string]any{{"vendor": "sotas", "title": "障害", "severity": "critical"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if _, err := sheetfile.ParseMap([]string{"=title"}); err == nil {
		t.Error("an entry without a column passes")
	}
}

// Each fault names the row, the column, the value and the remedy, in both languages.
func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		raw   string
		m     sheetfile.Map
		wants []string
	}{
		"CP932":            {raw: "vendor,\x8c\x8f\x96\xbc\nsotas,\x8f\xe1\x8aQ\xff\n", wants: []string{`line 2: 件名 "障害`, "is not CP932"}},
		"damaged UTF-8":    {raw: "ベンダー,件名\nsotas,障害\xe3\n", wants: []string{`line 2: 件名 "障害`, "is not UTF-8", "save it as CSV UTF-8"}},
		"an unknown head":  {raw: "ベンダー,件名,色\nsotas,障害,赤\n", wants: []string{`line 1: column "色": is unknown`, "--map '色='"}},
		"an absent column": {raw: "ベンダー\nsotas\n", wants: []string{`column "title": is missing`}},
		"a value beyond":   {raw: "ベンダー,件名,\nsotas,障害,赤\n", wants: []string{`line 2: column 3 "赤": has no header`}},
		"absent in a map":  {raw: "ベンダー,件名\nsotas,障害\n", m: sheetfile.Map{"色": "title"}, wants: []string{`map "色=title"`}},
		"old Excel":        {raw: "\xd0\xcf\x11\xe0rest", wants: []string{"save it as .xlsx"}},
		"not a ZIP":        {raw: "PK\x03\x04rest", wants: []string{"can't be read as a spreadsheet"}},
	} {
		_, err := sheetfile.Read("f.csv", []byte(tc.raw), tc.m)
		faults, ok := err.(*sheetfile.Faults) //nolint:errorlint // returned as it is
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range tc.wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in %v", name, want, err)
			}
		}
		if ja := faults.In("ja"); !strings.Contains(ja, "。") {
			t.Errorf("%s: no Japanese in %s", name, ja)
		}
	}
}

// Two rows with one reference would be taken for the same incident.
func TestRepeatedReference(t *testing.T) {
	f, err := sheetfile.Read("f.csv", []byte("vendor,title,ref\nsotas,A,1\nSOTAS,B,1\ncybertrust,C,1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Repeated(); len(got) != 1 || got[0].Line != 3 || !strings.Contains(got[0].Text.In("en"), "line 2") {
		t.Errorf("%v", got)
	}
}
