package render_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla/report"
)

// parts reads the files of a workbook.
func parts(t testing.TB, body []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range archive.File {
		text, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}

// sheetCount is the summary and one sheet for each table.
var sheetCount = 1 + len(render.Tables())

// Each sheet prints across A4 landscape, on one page in width, with page numbers; a
// table repeats its head and prints nothing beside its rows.
func TestWorkbookPrints(t *testing.T) {
	for name, r := range months(t) {
		for _, lang := range []string{"ja", "en"} {
			all := parts(t, written(t, r, "xlsx", lang))
			for n := 1; n <= sheetCount; n++ {
				sheet := all["xl/worksheets/sheet"+strconv.Itoa(n)+".xml"]
				for _, want := range []string{`orientation="landscape"`, `paperSize="9"`, `fitToPage="true"`, `&amp;P / &amp;N`, "<oddHeader>", "<pageMargins"} {
					if !strings.Contains(sheet, want) {
						t.Errorf("%s in %s: sheet %d lacks %s", name, lang, n, want)
					}
				}
			}
			book := all["xl/workbook.xml"]
			titles := regexp.MustCompile(`<definedName[^>]* name="_xlnm.Print_Titles"[^>]*>[^<]*!\$1:\$1</definedName>`).FindAllString(book, -1)
			areas := regexp.MustCompile(`<definedName[^>]* name="_xlnm.Print_Area"[^>]*>[^<]*!\$A\$1:\$[A-Z]+\$\d+</definedName>`).FindAllString(book, -1)
			if len(titles) != sheetCount-1 || len(areas) != sheetCount-1 {
				t.Errorf("%s in %s: %d heads are repeated, %d areas are set, of %d", name, lang, len(titles), len(areas), sheetCount-1)
			}
		}
	}
}

// Names of vendors show whole, and no column is wider than what it holds.
func TestWorkbookColumnsFit(t *testing.T) {
	letters := &runewidth.Condition{StrictEmojiNeutral: true}
	col := regexp.MustCompile(`<col min="(\d+)" max="\d+" width="([\d.]+)"`)
	for _, lang := range []string{"ja", "en"} {
		body := written(t, month(t), "xlsx", lang)
		all := parts(t, body)
		for n := 1; n < sheetCount; n++ {
			rows := readSheet(t, body, n)
			name := slices.IndexFunc(rows[0], func(head string) bool { return head == "ベンダー" || head == "Vendor" })
			if name < 0 {
				continue
			}
			widths := map[int]float64{}
			for _, m := range col.FindAllStringSubmatch(all["xl/worksheets/sheet"+strconv.Itoa(n+1)+".xml"], -1) {
				i, _ := strconv.Atoi(m[1])
				widths[i-1], _ = strconv.ParseFloat(m[2], 64)
			}
			longest := letters.StringWidth(rows[0][name])
			for _, row := range rows[1:] {
				if name < len(row) {
					longest = max(longest, letters.StringWidth(row[name]))
				}
			}
			if got := widths[name]; got < float64(longest) || got > max(float64(longest)+4, 11) {
				t.Errorf("sheet %d in %s: the column of vendors is %.0f wide for names of %d", n, lang, got, longest)
			}
		}
	}
}

// The workbook shows what is read; CSV has every column, at its old place.
func TestWorkbookShowsWhatIsRead(t *testing.T) {
	r := sample(t)
	body := written(t, r, "xlsx", "en")
	if head := readSheet(t, body, vendorSheet)[0]; len(head) > 20 || !slices.Contains(head, "Longest: start assumed") || slices.Contains(head, "Vendor ID") {
		t.Errorf("the sheet of vendors has %d columns: %q", len(head), head)
	}
	rows := readCSV(t, r, "en", false)
	if len(rows[0]) != 32 || rows[0][1] != "Vendor ID" || rows[0][30] != "Compliance: change (points)" || rows[0][31] != "Longest: start assumed" {
		t.Errorf("the CSV of vendors: %q", rows[0])
	}
}

// A longest wait that counts from an assumed start is marked where the figure stands.
func TestLongestWaitsAreMarkedInTables(t *testing.T) {
	for _, assumed := range []bool{true, false} {
		r := sample(t)
		want := "no"
		if assumed {
			want = "yes"
		}
		r.Vendors[0].TimeToNotice.LongestAssumed, r.Totals.TimeToNotice.LongestAssumed = assumed, assumed
		r.Uncommitted[0].TimeToNotice.LongestAssumed, r.Vendors[0].Services[0].TimeToNotice.LongestAssumed = assumed, assumed
		for _, table := range []string{"vendors", "services", "uncommitted"} {
			var out bytes.Buffer
			if err := render.CSV(&out, r, "en", render.CSVOptions{Table: table}); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if got := rows[1][slices.Index(rows[0], "Longest: start assumed")]; got != want {
				t.Errorf("CSV of %s: %q, want %q", table, got, want)
			}
		}
		body := written(t, r, "xlsx", "en")
		rows := readSheet(t, body, vendorSheet)
		if got := rows[1][slices.Index(rows[0], "Longest: start assumed")]; got != want {
			t.Errorf("XLSX: %q, want %q", got, want)
		}
		summary := ""
		for _, row := range readSheet(t, body, 0) {
			summary += strings.Join(row, "\t") + "\n"
		}
		if strings.Contains(summary, "Time to notice: longest (the start is assumed)") != assumed {
			t.Errorf("assumed %v, the summary says\n%s", assumed, summary)
		}
	}
}

// texts writes a report in every form that people and programs read, as plain text.
func texts(t testing.TB, r report.Report, lang string, tables ...string) map[string]string {
	t.Helper()
	all := map[string]string{"html": string(written(t, r, "html", lang)), "json": string(written(t, r, "json", lang))}
	var pdf, cells, lines strings.Builder
	for _, f := range readFragments(t, written(t, r, "pdf", lang)) {
		pdf.WriteString(f.text)
	}
	body := written(t, r, "xlsx", lang)
	for n := range sheetCount {
		for _, row := range readSheet(t, body, n) {
			cells.WriteString(strings.Join(row, "\t") + "\n")
		}
	}
	for _, table := range tables {
		if err := render.CSV(&lines, r, lang, render.CSVOptions{Table: table}); err != nil {
			t.Fatal(err)
		}
	}
	all["pdf"], all["xlsx"], all["csv"] = pdf.String(), cells.String(), lines.String()
	return all
}

func holds(t *testing.T, all map[string]string, wanted ...string) {
	t.Helper()
	for form, text := range all {
		for _, want := range wanted {
			if form != "json" && !strings.Contains(squeeze(text), squeeze(want)) {
				t.Errorf("%s lacks %q", form, want)
			}
		}
	}
}

// Every form marks a verdict that rests on a backdated notice, in the same words.
func TestBackdatedNoticesAreMarkedInEveryForm(t *testing.T) {
	for lang, want := range map[string]string{"ja": "受領から3日2時間後に記録", "en": "recorded 3 d 2 h after receipt"} {
		all := texts(t, sample(t), lang, "backdated")
		holds(t, all, want)
		for _, key := range []string{`"backdated": [`, `"recorded_at": "2026-10-08T10:30:00+09:00"`, `"delay_s": 266400`} {
			if !strings.Contains(all["json"], key) {
				t.Errorf("the JSON lacks %s", key)
			}
		}
		cases := texts(t, sample(t), lang, "cases")
		holds(t, map[string]string{"csv": cases["csv"]}, want)
	}
	r := sample(t)
	for i := range 100 {
		one := r.Backdated[0]
		one.RecordedAt = one.RecordedAt.Add(time.Duration(i) * time.Minute)
		r.Backdated = append(r.Backdated, one)
	}
	all := texts(t, r, "en", "backdated")
	holds(t, map[string]string{"html": all["html"], "pdf": all["pdf"]}, "41 more are in the XLSX and the CSV.")
	if n := strings.Count(all["csv"], "KGN-7"); n != 101 {
		t.Errorf("the CSV lists %d of 101", n)
	}
}

// Withdrawals and waivers are corrections: who took back what, and why, is in every form.
func TestCorrectionsAreInEveryForm(t *testing.T) {
	r := sample(t)
	r.SinceEdition.Corrections[0].Events = append(r.SinceEdition.Corrections[0].Events,
		report.Revision{At: r.Period.To, By: "森", Kind: "waived", Reason: "合意により免除"},
		report.Revision{At: r.Period.To, By: "森", Kind: "unwaived", Reason: "誤りのため解除"},
		report.Revision{At: r.Period.To, By: "林", Kind: "reopened", Reason: "訓練ではない"})
	for lang, wanted := range map[string][]string{
		"ja": {"佐藤: 通知を取り下げ(別件の電話だった)", "森: 期限を免除(合意により免除)", "森: 免除を解除(誤りのため解除)", "林: 取り消しを戻した(訓練ではない)"},
		"en": {"佐藤: notice withdrawn (別件の電話だった)", "森: deadline waived (合意により免除)", "森: waiver lifted (誤りのため解除)", "林: incident reopened (訓練ではない)"},
	} {
		all := texts(t, r, lang, "corrections")
		holds(t, all, wanted...)
		for _, key := range []string{`"kind": "withdrawn"`, `"kind": "waived"`, `"reason": "合意により免除"`} {
			if !strings.Contains(all["json"], key) {
				t.Errorf("the JSON lacks %s", key)
			}
		}
	}
}
