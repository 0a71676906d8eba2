package render_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/render"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/report"
)

// faces writes every face of a report.
func faces(r report.Report, lang string) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"json": func(w io.Writer) error { return render.JSON(w, r, lang) },
		"csv":  func(w io.Writer) error { return render.CSV(w, r, lang, render.CSVOptions{}) },
		"html": func(w io.Writer) error { return render.HTML(w, r, lang) },
		"pdf":  func(w io.Writer) error { return render.PDF(w, r, lang) },
		"xlsx": func(w io.Writer) error { return render.XLSX(w, r, lang) },
	}
}

func readCSV(t testing.TB, r report.Report, lang string, withBOM bool) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := render.CSV(&out, r, lang, render.CSVOptions{BOM: withBOM}); err != nil {
		t.Fatal(err)
	}
	if got := bytes.HasPrefix(out.Bytes(), []byte("\xef\xbb\xbf")); got != withBOM {
		t.Errorf("byte order mark: %v, want %v", got, withBOM)
	}
	text := strings.TrimPrefix(out.String(), "\ufeff")
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || !strings.HasSuffix(text, "\r\n") {
		t.Error("lines must end in CRLF")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The JSON face, read back, is the report itself.
func TestJSONHoldsTheReport(t *testing.T) {
	want := month(t)
	var out bytes.Buffer
	if err := render.JSON(&out, want, "ja"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		report.Report
		Cases []struct {
			report.Case
			Explanation []string `json:"explanation"`
		} `json:"cases"`
		Definitions map[string]string `json:"definitions"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Totals, want.Totals) || !reflect.DeepEqual(got.Vendors, want.Vendors) {
		t.Errorf("figures changed on the way:\n got %+v\nwant %+v", got.Totals, want.Totals)
	}
	if !got.Period.From.Equal(want.Period.From) || !got.Period.To.Equal(want.Period.To) || got.Period.Label != "2026-10" || !got.Period.Finished {
		t.Errorf("period = %+v", got.Period)
	}
	if len(got.Cases) != len(want.Cases) || len(want.Cases) == 0 {
		t.Fatalf("%d cases, want %d", len(got.Cases), len(want.Cases))
	}
	for i, c := range got.Cases {
		w := want.Cases[i]
		if c.Incident != w.Incident || !c.Due.Equal(w.Due) || c.Verdict != w.Verdict || c.Clause != w.Clause || len(c.Explanation) < 3 {
			t.Errorf("case %d = %+v", i, c)
		}
	}
	if len(got.Definitions) == 0 {
		t.Error("the rules of counting are missing")
	}
}

// Every figure of the CSV is the report's, for vendors and totals alike.
func TestCSVHoldsTheReport(t *testing.T) {
	r := month(t)
	rows := readCSV(t, r, "en", true)
	header := rows[0]
	figures := []report.Figures{}
	for _, v := range r.Vendors {
		figures = append(figures, v.Figures)
	}
	figures = append(figures, r.Totals)
	if len(rows) != len(figures)+1 {
		t.Fatalf("%d rows, want %d", len(rows), len(figures)+1)
	}
	optional := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	for i, f := range figures {
		want := map[string]string{
			"Month": "2026-10", "Incidents": strconv.Itoa(f.Incidents), "Promises applied": strconv.Itoa(f.Clocks),
			"In time": strconv.Itoa(f.Met), "Late": strconv.Itoa(f.Late), "Overdue": strconv.Itoa(f.Overdue),
			"Overdue on an assumed start": strconv.Itoa(f.OverdueAssumed), "Not provable": strconv.Itoa(f.NotProvable),
			"No commitment": strconv.Itoa(f.NoCommitment), "Not applicable": strconv.Itoa(f.NotApplicable),
			"Cancelled": strconv.Itoa(f.Cancelled), "Waived": strconv.Itoa(f.Waived), "Start unknown": strconv.Itoa(f.Pending),
			"Running": strconv.Itoa(f.Running), "Kept": strconv.Itoa(f.Compliance.Kept), "Judged": strconv.Itoa(f.Compliance.Due),
			"Firm kept": strconv.Itoa(f.Compliance.Firm.Kept), "Firm judged": strconv.Itoa(f.Compliance.Firm.Due),
			"Target kept": strconv.Itoa(f.Compliance.Target.Kept), "Target judged": strconv.Itoa(f.Compliance.Target.Due),
			"Time to notice: count": strconv.Itoa(f.TimeToNotice.Count), "Time to notice: median (s)": optional(f.TimeToNotice.Median),
			"Time to notice: 90th percentile (s)": optional(f.TimeToNotice.P90), "Time to notice: longest (s)": optional(f.TimeToNotice.Longest),
			"Lateness: count": strconv.Itoa(f.Lateness.Count), "Lateness: median (s)": optional(f.Lateness.Median), "Lateness: longest (s)": optional(f.Lateness.Longest),
		}
		for name, value := range want {
			column := slices.Index(header, name)
			if column < 0 {
				t.Fatalf("no column %q in %q", name, header)
			}
			if got := rows[i+1][column]; got != value {
				t.Errorf("row %d, %s = %q, want %q", i+1, name, got, value)
			}
		}
	}
}

func TestRateIsRoundedButNeverUpToAll(t *testing.T) {
	tests := []struct {
		kept, due int
		want      string
	}{
		{0, 0, ""}, {0, 7, "0.0"}, {7, 7, "100.0"}, {2, 3, "66.7"}, {1, 3, "33.3"}, {1, 8, "12.5"},
		{1, 16, "6.3"}, {9999, 10000, "99.9"}, {1, 100000, "0.0"}, {999, 1000, "99.9"},
	}
	for _, tt := range tests {
		r := empty(t)
		r.Totals.Compliance.Share = report.Share{Kept: tt.kept, Due: tt.due}
		rows := readCSV(t, r, "en", false)
		last := rows[len(rows)-1]
		if got := last[slices.Index(rows[0], "Compliance (%)")]; got != tt.want {
			t.Errorf("%d of %d = %q, want %q", tt.kept, tt.due, got, tt.want)
		}
	}
}

// Whatever a vendor is called, a spreadsheet takes it for text, and each of its
// characters shows.
func TestCSVNamesAreHarmless(t *testing.T) {
	const formula = "=+-@\t\r\n＝＋－＠"
	r := empty(t)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"", "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'", `"`, ","}).Draw(rt, "first") +
			rapid.StringOfN(rapid.SampledFrom([]rune("=+-@\t\r\n\",;'あaA1 |!")), 0, 12, -1).Draw(rt, "rest")
		r.Vendors = []report.Vendor{{ID: name, Name: calendar.Text{Ja: name, En: name}}}
		row := readCSV(t, r, "ja", false)[1]
		for _, cell := range row[1:3] {
			if strings.IndexAny(cell, formula) == 0 {
				rt.Fatalf("%q starts a formula", cell)
			}
			for i, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";|\t", r) }) {
				if i > 0 && strings.IndexAny(strings.TrimLeft(part, " \r\n\""), "=+-@＝＋－＠") == 0 {
					rt.Fatalf("%q: %q starts a formula where a spreadsheet splits the cell", cell, part)
				}
			}
			plain := strings.ReplaceAll(phrase.Lines(name), "\r\n", "\n")
			quotes := strings.NewReplacer("'", "")
			if quotes.Replace(cell) != quotes.Replace(plain) {
				rt.Fatalf("%q came back as %q", name, cell)
			}
			if cell != plain && !strings.ContainsAny(name, formula) {
				rt.Fatalf("%q holds no formula and came back as %q", name, cell)
			}
		}
	})
}

func TestHTMLIsSelfContainedAndInert(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		r := month(t)
		r.Cases[0].Title = `<img src=x onerror=alert(1)>`
		r.Cases[0].Reference = `"><script>alert(2)</script>`
		r.Vendors[0].Name = calendar.Text{Ja: "<b>甲社</b>", En: "<b>A</b>"}
		var out bytes.Buffer
		if err := render.HTML(&out, r, lang); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		if found := regexp.MustCompile(`(?i)<script|<img|<b>[^0-9–]|<link|src=[^x]|href=|url\(|@import|ZgotmplZ|<no value>|%!`).FindString(page); found != "" {
			t.Errorf("%s: the page holds %q", lang, found)
		}
		if !strings.Contains(page, "&lt;img src=x onerror=alert(1)&gt;") || !strings.Contains(page, `<html lang="`+lang+`">`) {
			t.Errorf("%s: the title or the language is missing", lang)
		}
	}
}

func TestSummary(t *testing.T) {
	tests := []struct {
		name, lang string
		report     report.Report
		title      string
		lines      []string
	}{
		{"ja", "ja", month(t), "月次報告 2026年10月: 遵守率 66.7%(6件中4件)", []string{
			"サイバートラスト株式会社: インシデント1件 · 通知期限の定めなし1 · 通知まで中央値2日10時間",
			"Sotas株式会社: インシデント4件 · 期限内2 · 遅延1 · 取消1 · 通知まで中央値13時間27分",
			"スーパーストリーム株式会社: インシデント2件 · 期限超過1 · 判定不能1 · 通知まで中央値2日2時間",
			"CCJ株式会社: インシデント2件 · 期限内1 · 通知対象外1 · 通知まで中央値4時間25分",
			"株式会社NTTデータ 税務サービスグループ: インシデント2件 · 期限内1 · 期限超過1 · 通知まで中央値2日4時間",
		}},
		{"en", "en", month(t), "Monthly report October 2026: 66.7% compliance (4 of 6)", []string{
			"Cybertrust: 1 incident · 1 no commitment · median 2 d 10 h to notice",
			"Sotas: 4 incidents · 2 in time · 1 late · 1 cancelled · median 13 h 27 min to notice",
			"SuperStream: 2 incidents · 1 overdue · 1 not provable · median 2 d 2 h to notice",
			"CCJ: 2 incidents · 1 in time · 1 not applicable · median 4 h 25 min to notice",
			"NTT DATA Tax Service Group: 2 incidents · 1 in time · 1 overdue · median 2 d 4 h to notice",
		}},
		{"empty ja", "ja", empty(t), "月次報告 2026年9月: 判定対象の通知期限なし", []string{
			"インシデントなし: サイバートラスト株式会社、Sotas株式会社、スーパーストリーム株式会社、CCJ株式会社、株式会社NTTデータ 税務サービスグループ"}},
		{"running en", "en", running(t), "Monthly report November 2026: no deadline to judge", []string{
			"NTT DATA Tax Service Group: 1 incident · 1 running",
			"No incidents: Cybertrust, Sotas, SuperStream, CCJ"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			note, err := render.Summary(tt.report, tt.lang)
			if err != nil {
				t.Fatal(err)
			}
			if note.Title != tt.title {
				t.Errorf("title = %q, want %q", note.Title, tt.title)
			}
			if !slices.Equal(note.Lines, tt.lines) {
				t.Errorf("lines:\n got %s\nwant %s", strings.Join(note.Lines, "\n     "), strings.Join(tt.lines, "\n     "))
			}
		})
	}
}

// Every verdict, strength, moment and basis can be said in both languages.
func TestEveryWordCanBeSaid(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		r := empty(t)
		f := &r.Vendors[0]
		f.Incidents = 1
		f.Counts = report.Counts{Clocks: 10, Met: 1, Late: 1, Overdue: 2, OverdueAssumed: 1, NotProvable: 1, NoCommitment: 1, NotApplicable: 1, Cancelled: 1, Waived: 1, Pending: 1, Running: 1}
		r.Totals = f.Figures
		for _, verdict := range []report.Verdict{report.Overdue, report.Late, report.NotProvable} {
			for _, strength := range append(sla.Strengths[:], "") {
				for _, basis := range []sla.Basis{sla.Stated, sla.Observed, sla.Assumed} {
					for moment := sla.Occurred; moment <= sla.Logged; moment++ {
						r.Cases = append(r.Cases, report.Case{Verdict: verdict, Strength: strength, Basis: basis, StartFrom: moment, Due: time.Unix(0, 0)})
					}
				}
			}
		}
		for name, face := range faces(r, lang) {
			if err := face(io.Discard); err != nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
		}
		if _, err := render.Summary(r, lang); err != nil {
			t.Errorf("summary in %s: %v", lang, err)
		}
	}
}

func TestAnotherLanguageIsRefused(t *testing.T) {
	for _, lang := range []string{"fr", "", "JA", "ja-JP"} {
		for name, face := range faces(empty(t), lang) {
			var out bytes.Buffer
			if err := face(&out); err == nil || !strings.Contains(err.Error(), strconv.Quote(lang)) || !strings.Contains(err.Error(), "ja or en") {
				t.Errorf("%s in %q: %v", name, lang, err)
			}
			if out.Len() != 0 {
				t.Errorf("%s in %q left %d bytes", name, lang, out.Len())
			}
		}
	}
}

var errFull = errors.New("no space left")

// full is a disk with room for a few bytes only.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestAWriteThatFailsIsAnError(t *testing.T) {
	for name, face := range faces(month(t), "ja") {
		for _, room := range []int{0, 100} {
			if err := face(&full{room}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: %v", name, room, err)
			}
		}
	}
	if err := render.CSV(&full{0}, month(t), "ja", render.CSVOptions{BOM: true}); !errors.Is(err, errFull) {
		t.Errorf("the byte order mark: %v", err)
	}
}

// TestInterimReportSaysAsOfWhen: every face, and every sheet and table, of a report
// whose period has not ended.
func TestInterimReportSaysAsOfWhen(t *testing.T) {
	r := running(t)
	for _, table := range render.Tables() {
		var out bytes.Buffer
		if err := render.CSV(&out, r, "en", render.CSVOptions{Table: table}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if last := len(rows[0]) - 1; rows[0][last] != "Preliminary as of" || len(rows) > 1 && rows[1][last] != "2026-11-05T09:00:00+09:00" {
			t.Errorf("%s: %q", table, rows[:min(2, len(rows))])
		}
	}
	for face, want := range map[string]string{"html": "Preliminary, as of Thu 5 Nov 09:00", "json": `"as_of": "2026-11-05T09:00:00+09:00"`} {
		var out bytes.Buffer
		if err := faces(r, "en")[face](&out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ReplaceAll(out.String(), `"as_of":"`, `"as_of": "`), want) {
			t.Errorf("%s lacks %q", face, want)
		}
	}
	note, err := render.Summary(r, "en")
	if err != nil || !slices.Contains(note.Notes, "Preliminary, as of Thu 5 Nov 09:00") {
		t.Errorf("%v, %v", note.Notes, err)
	}
	if final := empty(t); !final.Period.AsOf.IsZero() {
		t.Error("a finished period is as of an instant")
	}
}

// TestFullMarksShowWhatTheyLeaveOut: 100% never stands alone beside what was silent or
// late on an assumed start, and a wait from one is marked.
func TestFullMarksShowWhatTheyLeaveOut(t *testing.T) {
	r := empty(t)
	day := int64(24 * 60 * 60)
	f := report.Figures{
		Incidents: 3, Counts: report.Counts{Clocks: 3, Met: 1, Overdue: 1, OverdueAssumed: 1, NotProvable: 1},
		Compliance:   report.Compliance{Share: report.Share{Kept: 1, Due: 1}},
		TimeToNotice: report.Lengths{Count: 2, Median: &day, P90: &day, Longest: &day, LongestAssumed: true},
	}
	r.Vendors[0].Figures, r.Totals = f, f
	var out bytes.Buffer
	if err := render.HTML(&out, r, "ja"); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, found := range regexp.MustCompile(`100(\.0)?%</(td|dd)>`).FindAllString(page, -1) {
		if strings.HasSuffix(found, "</td>") {
			t.Error("a rate of 100% stands alone in a table")
		}
	}
	for _, want := range []string{"判定不能 別に2", "1日(起算点推定)", `1日<span class="small">起算点が推定</span>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}
