package render_test

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/thedatashed/xlsxreader"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla/report"
)

// What each form says of one vendor, or of all, read back from its bytes by
// something that did not write them: incidents, met, late, overdue, not
// provable, open, no commitment, not applicable, cancelled, waived, and the
// rate in percent.
type result [11]string

// wanted is what every form has to say: the vendors, then the totals.
func wanted(r report.Report) []result {
	all := []result{}
	for i := range r.Vendors {
		all = append(all, resultOf(&r.Vendors[i].Figures))
	}
	return append(all, resultOf(&r.Totals))
}

func resultOf(f *report.Figures) result {
	rate := "–"
	if f.Compliance.Due > 0 {
		tenths := math.Round(1000*float64(f.Compliance.Kept)/float64(f.Compliance.Due)) / 10
		if f.Compliance.Kept < f.Compliance.Due {
			tenths = min(tenths, 99.9)
		}
		rate = fmt.Sprintf("%.1f%%", tenths)
	}
	var res result
	for i, n := range []int{f.Incidents, f.Met, f.Late, f.Overdue, f.NotProvable, f.Pending + f.Running, f.NoCommitment, f.NotApplicable, f.Cancelled, f.Waived} {
		res[i] = strconv.Itoa(n)
	}
	res[10] = rate
	return res
}

func written(t testing.TB, r report.Report, form, lang string) []byte {
	t.Helper()
	f, err := render.FormNamed(form)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out, r, lang, render.CSVOptions{}); err != nil {
		t.Fatalf("%s in %s: %v", form, lang, err)
	}
	return out.Bytes()
}

func readJSON(t testing.TB, body []byte) []result {
	t.Helper()
	type figures struct {
		Incidents, Met, Late, Overdue, Cancelled, Waived, Pending, Running int
		NotProvable                                                        int `json:"not_provable"`
		NoCommitment                                                       int `json:"no_commitment"`
		NotApplicable                                                      int `json:"not_applicable"`
		Compliance                                                         struct{ Kept, Due int }
	}
	var doc struct {
		Vendors []figures
		Totals  figures
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	var all []result
	for _, f := range append(doc.Vendors, doc.Totals) {
		all = append(all, resultOf(&report.Figures{
			Incidents: f.Incidents,
			Counts: report.Counts{
				Met: f.Met, Late: f.Late, Overdue: f.Overdue, NotProvable: f.NotProvable, Pending: f.Pending, Running: f.Running,
				NoCommitment: f.NoCommitment, NotApplicable: f.NotApplicable, Cancelled: f.Cancelled, Waived: f.Waived,
			},
			Compliance: report.Compliance{Share: report.Share{Kept: f.Compliance.Kept, Due: f.Compliance.Due}},
		}))
	}
	return all
}

// tableColumns are where the table of vendors holds a result; the sixth value is the sum
// of two columns.
type tableColumns struct {
	result           [11]int
	pending, running int
}

var (
	csvColumns  = tableColumns{[...]int{3, 5, 6, 7, 9, 14, 10, 11, 12, 13, 18}, 14, 15}
	xlsxColumns = tableColumns{[...]int{1, 2, 3, 4, 6, 7, 9, 10, 11, 12, 14}, 7, 8}
)

// readTable reads the rows of the table of vendors, whose lengths and rates
// are still as the form writes them.
func readTable(t testing.TB, rows [][]string, columns tableColumns, rate func(string) string) []result {
	t.Helper()
	var all []result
	for _, row := range rows {
		var res result
		for i, column := range columns.result {
			res[i] = row[column]
		}
		pending, err := strconv.Atoi(row[columns.pending])
		if err != nil {
			t.Fatal(err)
		}
		running, err := strconv.Atoi(row[columns.running])
		if err != nil {
			t.Fatal(err)
		}
		res[5], res[10] = strconv.Itoa(pending+running), rate(row[columns.result[10]])
		all = append(all, res)
	}
	return all
}

func readCSVResults(t testing.TB, body []byte) []result {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return readTable(t, rows[1:], csvColumns, func(text string) string {
		if text == "" {
			return "–"
		}
		return text + "%"
	})
}

// readSheet reads a sheet of a workbook, head first, as text. Cells that are
// not there are empty.
func readSheet(t testing.TB, body []byte, n int) [][]string {
	t.Helper()
	book, err := xlsxreader.NewReader(body)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for row := range book.ReadRows(book.Sheets[n]) {
		if row.Error != nil {
			t.Fatal(row.Error)
		}
		var cells []string
		for _, c := range row.Cells {
			for len(cells) < c.ColumnIndex() {
				cells = append(cells, "")
			}
			cells = append(cells, c.Value)
		}
		rows = append(rows, cells)
	}
	return rows
}

const vendorSheet = 1

func readXLSX(t testing.TB, body []byte) []result {
	t.Helper()
	rows := readSheet(t, body, vendorSheet)
	for i := range rows {
		rows[i] = append(rows[i], make([]string, 32)...) // empty cells at the end are left out
	}
	return readTable(t, rows[1:], xlsxColumns, func(text string) string {
		if text == "" {
			return "–"
		}
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		tenths := math.Round(rate*1000) / 10
		if rate < 1 {
			tenths = min(tenths, 99.9)
		}
		return fmt.Sprintf("%.1f%%", tenths)
	})
}

var (
	htmlRow  = regexp.MustCompile(`(?s)<tr[^>]*><td.*?</tr>`)
	htmlCell = regexp.MustCompile(`(?s)<td class="[^"]*">([^<]*)`)
)

func readHTML(t testing.TB, body []byte) []result {
	t.Helper()
	_, rest, found := strings.Cut(string(body), `<section id="vendors">`)
	if !found {
		t.Fatal("no section of vendors")
	}
	part, _, _ := strings.Cut(rest, "</section>")
	var all []result
	for _, row := range htmlRow.FindAllString(part, -1) {
		var res result
		for i, cell := range htmlCell.FindAllStringSubmatch(row, -1) {
			if i > 0 && i <= len(res) {
				res[i-1] = html.UnescapeString(cell[1])
			}
		}
		all = append(all, res)
	}
	return all
}

// fragment is one text of a PDF, at its place on its page.
type fragment struct {
	page int
	x, y float64
	text string
}

var (
	pdfStream = regexp.MustCompile(`(?s)/Length \d+>>\nstream\n(.*?)\nendstream`)
	pdfText   = regexp.MustCompile(`(?s)BT (-?[\d.]+) (-?[\d.]+) Td \((.*?)\) Tj ET`)
)

// readFragments takes every text out of the pages of a PDF. The font's codes
// are UTF-16, as its ToUnicode map says.
func readFragments(t testing.TB, body []byte) []fragment {
	t.Helper()
	var all []fragment
	page := 0
	for _, stream := range pdfStream.FindAllSubmatch(body, -1) {
		z, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // not a page
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte(" Tj ET")) {
			continue
		}
		page++
		for _, m := range pdfText.FindAllSubmatch(content, -1) {
			x, errX := strconv.ParseFloat(string(m[1]), 64)
			y, errY := strconv.ParseFloat(string(m[2]), 64)
			if errX != nil || errY != nil {
				t.Fatal(errX, errY)
			}
			all = append(all, fragment{page, x, y, unescape(m[3])})
		}
	}
	return all
}

func unescape(raw []byte) string {
	var plain []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
			if raw[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, raw[i])
	}
	var codes []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		codes = append(codes, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(codes))
}

var number = regexp.MustCompile(`^(\d+|\d+\.\d%|–)$`)

// readPDF finds the rows of the table of vendors: as many numbers in one line
// as no other table has.
func readPDF(t testing.TB, body []byte) []result {
	t.Helper()
	const names = 50.0 // where the column of names begins, at most
	lines := map[string][]fragment{}
	var order []string
	for _, f := range readFragments(t, body) {
		key := fmt.Sprintf("%d/%.2f", f.page, f.y)
		if lines[key] == nil {
			order = append(order, key)
		}
		lines[key] = append(lines[key], f)
	}
	var all []result
	for _, key := range order {
		line := lines[key]
		slices.SortStableFunc(line, func(a, b fragment) int { return cmp.Compare(a.x, b.x) })
		var res result
		n := 0
		for _, f := range line {
			if f.x > names && number.MatchString(f.text) && n < len(res) {
				res[n] = f.text
				n++
			}
		}
		if n == len(res) {
			all = append(all, res)
		}
	}
	return all
}
