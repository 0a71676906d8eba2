package render_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/render"
	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/report"
)

// sample is the report that has something of everything.
func sample(t testing.TB) report.Report {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("../../../../sla/report/testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Decode(kept, zone)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func months(t testing.TB) map[string]report.Report {
	return map[string]report.Report{"month": month(t), "running": running(t), "empty": empty(t), "sample": sample(t)}
}

var readers = map[string]func(testing.TB, []byte) []result{
	"json": readJSON, "csv": readCSVResults, "xlsx": readXLSX, "html": readHTML, "pdf": readPDF,
}

// agrees reads the figures out of a form and compares them with the model.
func agrees(t testing.TB, r report.Report, form, lang string) {
	t.Helper()
	want := wanted(r)
	if len(r.Vendors) == 1 && (form == "html" || form == "pdf") {
		want = want[:1] // people need no total of one
	}
	if got := readers[form](t, written(t, r, form, lang)); !slices.Equal(got, want) {
		t.Errorf("%s in %s says\n%v\nwant\n%v", form, lang, got, want)
	}
}

func TestAllFormsSayTheSame(t *testing.T) {
	for name, r := range months(t) {
		for _, lang := range []string{"ja", "en"} {
			for _, form := range render.FormNames() {
				t.Run(name+"/"+lang+"/"+form, func(t *testing.T) { agrees(t, r, form, lang) })
			}
		}
	}
}

// Whatever is in a report, every form can be made and says the same.
func TestAnyReportRenders(t *testing.T) {
	base := sample(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := anyReport(rt, base)
		lang := rapid.SampledFrom([]string{"ja", "en"}).Draw(rt, "lang")
		agrees(failing{t, rt}, r, rapid.SampledFrom(render.FormNames()).Draw(rt, "form"), lang)
		table := rapid.SampledFrom(render.Tables()).Draw(rt, "table")
		if err := render.CSV(io.Discard, r, lang, render.CSVOptions{Table: table}); err != nil {
			rt.Fatalf("table %s: %v", table, err)
		}
	})
}

// failing lets helpers of a testing.TB fail one draw of rapid.
type failing struct {
	testing.TB
	rt *rapid.T
}

func (f failing) Helper()                        {}
func (f failing) Errorf(format string, a ...any) { f.rt.Errorf(format, a...) }
func (f failing) Fatalf(format string, a ...any) { f.rt.Fatalf(format, a...) }
func (f failing) Fatal(a ...any)                 { f.rt.Fatal(a...) }

// anyText is what people and vendors may type.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.Han, unicode.Hiragana, unicode.Latin, unicode.Po, unicode.So, unicode.Cc, unicode.Mn), 0, 90, -1),
		rapid.StringOfN(rapid.SampledFrom([]rune("=+-@\"'<>&,;()\\ \t\r\nあア漢。、ー𠮷😀e\u0301é\u200d")), 0, 30, -1),
		rapid.SampledFrom([]string{"", "Sotas株式会社", "=HYPERLINK(\"x\")", strings.Repeat("とても長い件名", 60), strings.Repeat("unbreakable", 40)}),
	)
}

func anyReport(t *rapid.T, base report.Report) report.Report {
	r := base
	text, small := anyText(), rapid.IntRange(0, 12)
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return r.Period.From.Add(time.Duration(rapid.Int64Range(-4e7, 4e7).Draw(t, "seconds")) * time.Second)
	})
	length := rapid.Custom(func(t *rapid.T) *int64 {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		n := rapid.Int64Range(0, 1e8).Draw(t, "length")
		return &n
	})
	figures := rapid.Custom(func(t *rapid.T) report.Figures {
		n := func(name string) int { return small.Draw(t, name) }
		f := report.Figures{Incidents: n("incidents"), Counts: report.Counts{
			Met: n("met"), Late: n("late"), Overdue: n("overdue"), NotProvable: n("not provable"), NoCommitment: n("no commitment"),
			NotApplicable: n("not applicable"), Cancelled: n("cancelled"), Waived: n("waived"), Pending: n("pending"), Running: n("running"),
		}}
		f.OverdueAssumed = min(f.Overdue, n("assumed"))
		f.Compliance.Share = report.Share{Kept: f.Met, Due: f.Met + f.Late + f.Overdue - f.OverdueAssumed}
		f.TimeToNotice = report.Lengths{Count: n("notices"), Median: length.Draw(t, "median"), Longest: length.Draw(t, "longest")}
		f.Promised = base.Totals.Promised[:rapid.IntRange(0, len(base.Totals.Promised)).Draw(t, "bins")]
		return f
	})
	r.Totals = figures.Draw(t, "totals")
	r.Vendors = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) report.Vendor {
		name := text.Draw(t, "name")
		return report.Vendor{ID: text.Draw(t, "id"), Name: calendar.Text{Ja: name, En: name}, Figures: figures.Draw(t, "figures"), Services: base.Vendors[0].Services}
	}), 0, 5).Draw(t, "vendors")
	r.Cases = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) report.Case {
		c := base.Cases[0]
		c.Verdict = rapid.SampledFrom([]report.Verdict{report.Overdue, report.Late, report.NotProvable}).Draw(t, "verdict")
		c.Strength = rapid.SampledFrom(append(sla.Strengths[:], "")).Draw(t, "strength")
		c.Title, c.Service, c.Reference = text.Draw(t, "title"), text.Draw(t, "service"), text.Draw(t, "reference")
		c.Clause.Quote = text.Draw(t, "quote")
		c.Start, c.Due = instant.Draw(t, "start"), instant.Draw(t, "due")
		if c.NotifiedAt = instant.Draw(t, "notice"); c.Verdict == report.Overdue {
			c.NotifiedAt, c.Lateness = time.Time{}, nil
		}
		c.Timeline = c.Timeline[:rapid.IntRange(0, len(c.Timeline)).Draw(t, "entries")]
		return c
	}), 0, 4).Draw(t, "cases")
	r.Excluded = r.Excluded[:rapid.IntRange(0, len(r.Excluded)).Draw(t, "excluded")]
	r.Trend = r.Trend[:rapid.IntRange(0, len(r.Trend)).Draw(t, "trend")]
	if rapid.Bool().Draw(t, "none kept") {
		r.SinceEdition = nil
	}
	return r
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(render.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema admits every report, and names every field: one that it does not
// know, or one that is missing, is refused.
func TestSchemaDescribesTheJSON(t *testing.T) {
	s := schema(t)
	for name, r := range months(t) {
		for _, lang := range []string{"ja", "en"} {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(written(t, r, "json", lang)))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
		}
	}
	for _, change := range []func(map[string]any){
		func(doc map[string]any) { delete(doc, "totals") },
		func(doc map[string]any) { doc["more"] = 1 },
		func(doc map[string]any) { doc["totals"].(map[string]any)["met"] = "1" },
		func(doc map[string]any) { doc["cases"].([]any)[0].(map[string]any)["verdict"] = "met" },
		func(doc map[string]any) { doc["vendors"].([]any)[0].(map[string]any)["extra"] = true },
		func(doc map[string]any) { doc["period"].(map[string]any)["from"] = "yesterday" },
	} {
		var doc map[string]any
		if err := json.Unmarshal(written(t, sample(t), "json", "ja"), &doc); err != nil {
			t.Fatal(err)
		}
		change(doc)
		if err := s.Validate(doc); err == nil {
			t.Error("the schema admits a report that is none")
		}
	}
}

// Another reader than the test's own finds every text of the PDF too: the
// font's map to Unicode is right.
func TestPDFTextCanBeCopied(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		const why = "pdftotext is not installed: apt-get install poppler-utils"
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	for name, r := range months(t) {
		for _, lang := range []string{"ja", "en"} {
			body := written(t, r, "pdf", lang)
			file := filepath.Join(t.TempDir(), "report.pdf")
			if err := os.WriteFile(file, body, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), tool, "-raw", file, "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			copied := squeeze(string(out))
			for _, f := range readFragments(t, body) {
				if !strings.Contains(copied, squeeze(f.text)) {
					t.Errorf("%s in %s: %q can't be copied from page %d", name, lang, f.text, f.page)
				}
			}
		}
	}
}

func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// HTML and PDF hold the same sentences, whatever the page breaks do to them.
func TestPDFHoldsWhatHTMLHolds(t *testing.T) {
	for name, r := range months(t) {
		var whole strings.Builder
		for _, f := range readFragments(t, written(t, r, "pdf", "ja")) {
			whole.WriteString(f.text)
		}
		pdf := squeeze(whole.String())
		for _, c := range r.Cases {
			for _, text := range []string{c.Title, c.Incident.String(), c.Clause.Quote, c.Reference} {
				if !strings.Contains(pdf, squeeze(text)) {
					t.Errorf("%s: the PDF lacks %q", name, text)
				}
			}
			for _, line := range prose.Reasons("ja", &c.Explanation) {
				if !strings.Contains(pdf, squeeze(line)) {
					t.Errorf("%s: the PDF lacks the reason %q", name, line)
				}
			}
		}
	}
}

// Texts stay texts in a workbook, and instants are numbers with a format.
func TestWorkbookCells(t *testing.T) {
	r := sample(t)
	const evil = `=HYPERLINK("http://example.jp","x")`
	r.Cases[0].Title, r.Cases[0].Service = evil, "+1+2\x00\x1f"
	body := written(t, r, "xlsx", "en")
	rows := readSheet(t, body, 4)
	at := func(name string) string {
		column := slices.Index(rows[0], name)
		if column < 0 {
			t.Fatalf("no column %q in %q", name, rows[0])
		}
		return rows[1][column]
	}
	if at("Title") != evil || at("Service") != `+1+2\u0000\u001f` {
		t.Errorf("title %q, service %q", at("Title"), at("Service"))
	}
	// The reader shows every such number as an instant, and cuts off what is
	// less than a second. Cells show the wall clock of the period's zone.
	shown := func(name string) time.Time {
		got, err := time.Parse(time.RFC3339, at(name))
		if err != nil {
			t.Fatalf("%s is no number with a format of time: %v", name, err)
		}
		return got.Add(time.Second / 2).Round(time.Minute)
	}
	for name, want := range map[string]time.Time{"Deadline": r.Cases[0].Due, "Notice": r.Cases[0].NotifiedAt, "Start": r.Cases[0].Start} {
		if got, wall := shown(name).Format("2006-01-02 15:04"), want.Format("2006-01-02 15:04"); got != wall {
			t.Errorf("%s = %s, want %s", name, got, wall)
		}
	}
	if got := shown("Late by").Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)); got != 90*time.Minute {
		t.Errorf("lateness = %s, want 1h30m", got)
	}
	parts, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts.File {
		text, err := fs.ReadFile(parts, part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(part.Name, "xl/worksheets/sheet") && bytes.Contains(text, []byte("<f")) {
			t.Errorf("%s holds a formula", part.Name)
		}
	}
}
